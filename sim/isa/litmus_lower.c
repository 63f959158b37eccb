/* A condition as the file says it becomes an array of nodes over observables, children first.
 * Not for: evaluating (condition.c). */
#include "sim/isa/litmus_observe.h"

int32_t iso_observe_emit(struct iso_observe *o, struct iso_prop prop)
{
    o->prop = iso_arena_grow(o->build->reader->arena, o->prop, o->nprops, &o->prop_capacity, sizeof *o->prop);
    o->prop[o->nprops] = prop;
    return (int32_t)o->nprops++;
}

/* Page whose descriptor a place is: the default oa of a descriptor it is compared with. */
static int32_t page_of_pte(struct iso_build *build, const struct iso_ast_place *place)
{
    if (place->kind == ISO_PLACE_S2PTE) {
        const struct iso_page *page = &build->page[build->symbol[iso_build_symbol_find(build, place->name)].page];
        return (place->of_table ? page->table : page->stage2) - 1;
    }
    if (place->kind != ISO_PLACE_PTE)
        return -1;
    if (place->pte_of_label)
        return iso_build_code_page(build, place->thread, place->name, place->line, place->column);
    return (int32_t)build->symbol[iso_build_symbol_find(build, place->name)].page;
}

static int32_t lower_equality(struct iso_observe *o, const struct iso_ast_prop *prop)
{
    struct iso_build *build = o->build;
    struct iso_observable key;
    struct iso_bytes16 value;
    uint32_t elements;
    bool list = prop->value.kind == ISO_AST_LIST;

    if (!iso_observe_describe(build, &key, &elements, &prop->place))
        return -1;
    if (key.array ? !list || prop->value.nitems != elements : list) {
        iso_reader_error(build->reader, prop->value.line, prop->value.column,
                         key.array ? "the place is an array of %u elements, expected {..} with as many values"
                                   : "a list of values for a place that is no array of %u",
                         elements);
        return -1;
    }
    bool colour = prop->value.kind == ISO_AST_COLOUR;
    if ((key.kind == ISO_OBSERVABLE_TAG) != colour && !(colour && key.kind == ISO_OBSERVABLE_REGISTER)) {
        iso_reader_error(build->reader, prop->value.line, prop->value.column,
                         colour ? "a colour for a place that is no tag" : "expected a colour such as :red");
        return -1;
    }
    if (!key.array) {
        if (!iso_build_value(build, &value, &prop->value, page_of_pte(build, &prop->place)))
            return -1;
        return iso_observe_emit(
            o, (struct iso_prop){.kind = prop->kind, .a = iso_observe_find(o, &key), .b = -1, .value = value});
    }
    int32_t all = iso_observe_emit(o, (struct iso_prop){.kind = ISO_PROP_TRUE, .a = -1, .b = -1});
    for (uint32_t i = 0; i < elements; i++, key.va += key.bytes) {
        if (!iso_build_value(build, &value, &prop->value.item[i], -1))
            return -1;
        int32_t one = iso_observe_emit(
            o, (struct iso_prop){.kind = ISO_PROP_EQ, .a = iso_observe_find(o, &key), .b = -1, .value = value});
        all = iso_observe_emit(o, (struct iso_prop){.kind = ISO_PROP_AND, .a = all, .b = one});
    }
    return prop->kind == ISO_PROP_EQ ? all
                                     : iso_observe_emit(o, (struct iso_prop){.kind = ISO_PROP_NOT, .a = all, .b = -1});
}

int32_t iso_observe_lower(struct iso_observe *o, const struct iso_ast_prop *prop)
{
    struct iso_observable left, right;
    struct iso_fault_pattern pattern;
    uint32_t elements;
    int32_t a, b = -1;

    switch ((enum iso_prop_kind)prop->kind) {
    case ISO_PROP_TRUE:
    case ISO_PROP_FALSE:
        return iso_observe_emit(o, (struct iso_prop){.kind = prop->kind, .a = -1, .b = -1});
    case ISO_PROP_EQ:
    case ISO_PROP_NE:
        return lower_equality(o, prop);
    case ISO_PROP_EQ_OBSERVABLE:
        if (!iso_observe_describe(o->build, &left, &elements, &prop->place) ||
            !iso_observe_describe(o->build, &right, &elements, &prop->place2))
            return -1;
        if (left.array || right.array) {
            iso_reader_error(o->build->reader, prop->place.line, prop->place.column,
                             "a whole array compared with a place, expected single elements");
            return -1;
        }
        return iso_observe_emit(
            o,
            (struct iso_prop){.kind = prop->kind, .a = iso_observe_find(o, &left), .b = iso_observe_find(o, &right)});
    case ISO_PROP_FAULT:
        if (!iso_observe_make_fault(o->build, &pattern, &prop->fault))
            return -1;
        return iso_observe_emit(
            o, (struct iso_prop){.kind = prop->kind, .a = iso_observe_find_fault(o, &pattern), .b = -1});
    case ISO_PROP_NOT:
    case ISO_PROP_AND:
    case ISO_PROP_OR:
    case ISO_PROP_IMPLIES:
        a = iso_observe_lower(o, prop->a);
        if (a < 0)
            return -1;
        if (prop->b) {
            b = iso_observe_lower(o, prop->b);
            if (b < 0)
                return -1;
        }
        return iso_observe_emit(o, (struct iso_prop){.kind = prop->kind, .a = a, .b = b});
    }
    return -1;
}
