/* What a final state of a test shows, and its condition over that: observables, fault patterns, the condition as an array.
 * Order of observables: registers by thread and number, then memory and tags by name, then fault patterns.
 * Not for: evaluating (condition.c), printing (outcome.c). */
#include "sim/isa/litmus_build.h"
#include "sim/isa/outcome.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct observe {
    struct iso_build *build;
    struct iso_observable *list;
    uint32_t count, capacity;
    struct iso_fault_pattern *fault;
    uint32_t nfaults, fault_capacity;
    struct iso_prop *prop;
    uint32_t nprops, prop_capacity;
};

static const char *format(struct iso_build *build, const char *pattern, const char *name, long long number)
{
    char text[512];
    int size = snprintf(text, sizeof text, pattern, name, number);
    return iso_arena_string(build->reader->arena, text,
                            size < 0                     ? 0
                            : (size_t)size < sizeof text ? (size_t)size
                                                         : sizeof text - 1);
}

static const char *register_text(struct iso_build *build, uint32_t thread, int reg)
{
    char text[48];

    snprintf(text, sizeof text, "%u:%s", thread, iso_register_name(reg));
    return iso_arena_string(build->reader->arena, text, strlen(text));
}

static struct iso_observable *append(struct observe *o)
{
    o->list = iso_arena_grow(o->build->reader->arena, o->list, o->count, &o->capacity, sizeof *o->list);
    o->list[o->count] = (struct iso_observable){.reg = ISO_REG_NONE};
    return &o->list[o->count++];
}

/* Bytes of memory that tell a scalar's value: 8, so that an address shows, unless a neighbour is nearer. */
static uint8_t scalar_bytes(const struct iso_build *build, const struct iso_location *location)
{
    uint64_t room = 8;

    if (location->element_bytes > 8)
        return 16;
    if (location + 1 < build->location + build->test->nlocations && location[1].page == location->page &&
        location[1].va - location->va < room)
        room = location[1].va - location->va;
    uint64_t left = ISO_PAGE_BYTES - location->va % ISO_PAGE_BYTES;
    room = left < room ? left : room;
    return (uint8_t)room;
}

/* What a place observes: its first observable, without text. False after a diagnostic. *elements: >1 for a whole array. */
static bool describe(struct iso_build *build, struct iso_observable *out, uint32_t *elements,
                     const struct iso_ast_place *place)
{
    uint32_t thread;
    int32_t symbol, page;
    int reg;

    *out = (struct iso_observable){.reg = ISO_REG_NONE};
    *elements = 1;
    if (place->kind == ISO_PLACE_REGISTER || place->kind == ISO_PLACE_SYMBOLIC) {
        reg = iso_build_register(build, &thread, place);
        if (reg < 0)
            return false;
        uint8_t type = reg < ISO_REG_COUNT ? build->scratch[thread].type[reg] : ISO_TYPE_NONE;
        *out = (struct iso_observable){.kind = ISO_OBSERVABLE_REGISTER,
                                       .thread = (uint8_t)thread,
                                       .reg = (uint8_t)reg,
                                       .bytes = 8,
                                       .type = type == ISO_TYPE_NONE ? ISO_TYPE_INT32 : type};
        return true;
    }
    if (place->pte_of_label) {
        page = iso_build_code_page(build, place->thread, place->name, place->line, place->column);
        if (page < 0)
            return false;
        *out = (struct iso_observable){.kind = ISO_OBSERVABLE_LOCATION,
                                       .bytes = 8,
                                       .type = ISO_TYPE_PTEVAL,
                                       .va = build->page[page].descriptor_va};
        return true;
    }
    symbol = iso_build_symbol_find(build, place->name);
    const struct iso_location *location = &build->location[build->symbol[symbol].location];
    switch (place->kind) {
    case ISO_PLACE_PTE:
        *out = (struct iso_observable){.kind = ISO_OBSERVABLE_LOCATION,
                                       .bytes = 8,
                                       .type = ISO_TYPE_PTEVAL,
                                       .va = build->page[location->page].descriptor_va};
        return true;
    case ISO_PLACE_TAG:
        *out = (struct iso_observable){.kind = ISO_OBSERVABLE_TAG, .va = location->va + (uint64_t)place->offset};
        return true;
    case ISO_PLACE_LOCATION:
    case ISO_PLACE_PA:
        break;
    case ISO_PLACE_PTE2:
    case ISO_PLACE_REGISTER:
    case ISO_PLACE_SYMBOLIC:
        iso_reader_error(build->reader, place->line, place->column,
                         "not supported: translation of descriptors (PTE of PTE)");
        return false;
    }
    *out = (struct iso_observable){.kind = ISO_OBSERVABLE_LOCATION,
                                   .bytes = scalar_bytes(build, location),
                                   .type = location->typed || location->type == ISO_TYPE_PTEVAL ? location->type
                                                                                                : ISO_TYPE_INT32,
                                   .va = location->va};
    if (location->is_array)
        out->bytes = location->element_bytes;
    if (place->has_index) {
        if (!location->is_array) {
            iso_reader_error(build->reader, place->line, place->column, "%s is no array", location->name);
            return false;
        }
        if (place->index >= location->count) {
            iso_reader_error(build->reader, place->line, place->column,
                             "%s[%llu] is out of bounds, expected an index below %u", location->name,
                             (unsigned long long)place->index, location->count);
            return false;
        }
        out->va += place->index * location->element_bytes;
    } else if (location->is_array) {
        *elements = location->count;
        out->array = (uint16_t)(build->symbol[symbol].location + 1);
    }
    return true;
}

static bool same(const struct iso_observable *a, const struct iso_observable *b)
{
    return a->kind == b->kind && a->thread == b->thread && a->reg == b->reg && a->va == b->va && a->array == b->array &&
           a->bytes == b->bytes;
}

static int32_t find(const struct observe *o, const struct iso_observable *key)
{
    for (uint32_t i = 0; i < o->count; i++)
        if (same(&o->list[i], key))
            return (int32_t)i;
    return -1;
}

static const char *place_text(struct iso_build *build, const struct iso_observable *key,
                              const struct iso_ast_place *place)
{
    if (key->kind == ISO_OBSERVABLE_REGISTER)
        return register_text(build, key->thread, key->reg);
    const char *name = iso_span_string(build->reader, place->name);
    if (place->pte_of_label)
        return format(build, "[PTE(%2$lld:%1$s)]", name, (long long)place->thread);
    switch (place->kind) {
    case ISO_PLACE_PTE:
        return format(build, "[PTE(%s)]", name, 0);
    case ISO_PLACE_TAG:
        return format(build, place->offset ? "[tag(%s+%lld)]" : "[tag(%s)]", name, (long long)place->offset);
    case ISO_PLACE_PA:
        return format(build, "[PA(%s)]", name, 0);
    case ISO_PLACE_LOCATION:
    case ISO_PLACE_PTE2:
    case ISO_PLACE_REGISTER:
    case ISO_PLACE_SYMBOLIC:
        break;
    }
    if (place->has_index)
        return format(build, "%s[%lld]", name, (long long)place->index);
    return key->array ? name : format(build, "[%s]", name, 0);
}

static bool add_place(struct observe *o, const struct iso_ast_place *place, bool as_instruction, bool as_par,
                      bool hidden)
{
    struct iso_observable key;
    uint32_t elements;

    if (!describe(o->build, &key, &elements, place))
        return false;
    if (o->count + elements > ISO_FINAL_MAX_OBSERVABLES) {
        iso_reader_error(o->build->reader, place->line, place->column, "a final state of more than %u values",
                         ISO_FINAL_MAX_OBSERVABLES);
        return false;
    }
    const char *text = NULL;
    for (uint32_t i = 0; i < elements; i++, key.va += key.bytes) {
        int32_t known = find(o, &key);
        struct iso_observable *observable;
        if (known >= 0) {
            observable = &o->list[known];
            observable->hidden &= hidden;
        } else {
            text = text ? text : place_text(o->build, &key, place);
            observable = append(o);
            *observable = key;
            observable->text = text;
            observable->hidden = hidden;
        }
        if (as_instruction)
            observable->type = ISO_TYPE_INSTRUCTION;
        if (as_par)
            observable->type = ISO_TYPE_PAR;
    }
    return true;
}

/* ---- fault patterns ----------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    enum iso_fault_type type;
} fault_types[] = {
    {"MMU:Translation", ISO_FAULT_MMU_TRANSLATION},
    {"MMU:AccessFlag", ISO_FAULT_MMU_ACCESS_FLAG},
    {"MMU:Permission", ISO_FAULT_MMU_PERMISSION},
    {"MMU:Exclusive", ISO_FAULT_MMU_EXCLUSIVE},
    {"TagCheck", ISO_FAULT_TAG_CHECK},
    {"Alignment", ISO_FAULT_ALIGNMENT},
    {"ExternalAbort", ISO_FAULT_EXTERNAL_ABORT},
    {"SError", ISO_FAULT_SERROR},
    {"TLBConflict", ISO_FAULT_TLB_CONFLICT},
    {"UndefinedInstruction", ISO_FAULT_UNDEFINED},
    {"SupervisorCall", ISO_FAULT_SUPERVISOR_CALL},
    {"HypervisorCall", ISO_FAULT_HYPERVISOR_CALL},
    {"SecureMonitorCall", ISO_FAULT_SECURE_MONITOR_CALL},
    {"Breakpoint", ISO_FAULT_BREAKPOINT},
    {"TagPermission", ISO_FAULT_TAG_PERMISSION},
};

static bool read_fault_type(struct iso_build *build, uint32_t *mask, struct iso_span text)
{
    uint32_t side = 0;
    struct iso_span name = text;

    if (text.size > 6 && (!memcmp(text.text, "D-MMU:", 6) || !memcmp(text.text, "I-MMU:", 6))) {
        side = text.text[0] == 'D' ? ISO_FAULT_PATTERN_DATA : ISO_FAULT_PATTERN_FETCH;
        name.text += 2;
        name.size -= 2;
    }
    for (size_t i = 0; i < sizeof fault_types / sizeof fault_types[0]; i++)
        if (iso_span_is(name, fault_types[i].name)) {
            *mask = 1u << fault_types[i].type | side;
            return true;
        }
    int size = text.size > 40 ? 40 : (int)text.size;
    if (text.size > 4 && (!memcmp(text.text, "GCS:", 4) || !memcmp(text.text, "PacC", 4)))
        iso_reader_error(build->reader, text.line, text.column, "fault type '%.*s' not supported: %s", size, text.text,
                         text.text[0] == 'G' ? "guarded control stacks (GCS)" : "pointer authentication (PAC)");
    else
        iso_reader_error(build->reader, text.line, text.column,
                         "fault type '%.*s', expected MMU:Translation, MMU:AccessFlag, MMU:Permission, TagCheck ...",
                         size, text.text);
    return false;
}

static bool make_fault(struct iso_build *build, struct iso_fault_pattern *out, const struct iso_ast_fault *fault)
{
    *out = (struct iso_fault_pattern){.thread = (int32_t)fault->thread,
                                      .label_insn = -1,
                                      .types = UINT32_MAX & ~(ISO_FAULT_PATTERN_DATA | ISO_FAULT_PATTERN_FETCH)};
    if (fault->thread >= build->test->nthreads) {
        iso_reader_error(build->reader, fault->line, fault->column,
                         "fault of P%u, a thread that does not exist, expected P0 .. P%u", fault->thread,
                         build->test->nthreads - 1);
        return false;
    }
    if (fault->label.size) {
        const struct iso_label *label = iso_build_label_find(build, fault->thread, fault->label);
        if (!label) {
            iso_reader_error(build->reader, fault->label.line, fault->label.column, "unknown label '%.*s' of P%u",
                             fault->label.size > 40 ? 40 : (int)fault->label.size, fault->label.text, fault->thread);
            return false;
        }
        out->label_insn = (int32_t)label->insn;
        out->label = label->name;
    }
    if (fault->has_address) {
        int32_t symbol = iso_build_symbol_find(build, fault->address);
        const char *name = iso_span_string(build->reader, fault->address);
        out->has_address = true;
        out->address =
            fault->address_is_pte ? build->page[build->symbol[symbol].page].descriptor_va : iso_build_va(build, symbol);
        out->address_text = fault->address_is_pte ? format(build, "PTE(%s)", name, 0) : name;
    }
    if (fault->type.size) {
        out->type_text = iso_span_string(build->reader, fault->type);
        return read_fault_type(build, &out->types, fault->type);
    }
    return true;
}

static int32_t find_fault(const struct observe *o, const struct iso_fault_pattern *key)
{
    for (uint32_t i = 0; i < o->nfaults; i++) {
        const struct iso_fault_pattern *p = &o->fault[i];
        bool same_label = (!p->label && !key->label) || (p->label && key->label && !strcmp(p->label, key->label));
        if (p->thread == key->thread && same_label && p->has_address == key->has_address &&
            p->address == key->address && !p->type_text == !key->type_text && p->types == key->types)
            return (int32_t)i;
    }
    return -1;
}

static bool add_fault(struct observe *o, const struct iso_ast_fault *fault)
{
    struct iso_fault_pattern key;

    if (!make_fault(o->build, &key, fault))
        return false;
    if (find_fault(o, &key) >= 0)
        return true;
    o->fault = iso_arena_grow(o->build->reader->arena, o->fault, o->nfaults, &o->fault_capacity, sizeof *o->fault);
    o->fault[o->nfaults++] = key;
    if (o->nfaults > ISO_FINAL_MAX_OBSERVABLES) {
        iso_reader_error(o->build->reader, fault->line, fault->column, "more than %u different faults in the condition",
                         ISO_FINAL_MAX_OBSERVABLES);
        return false;
    }
    return true;
}

/* ---- the condition ------------------------------------------------------------------------------------------ */

static bool collect(struct observe *o, const struct iso_ast_prop *prop, bool hidden)
{
    if (!prop)
        return true;
    switch ((enum iso_prop_kind)prop->kind) {
    case ISO_PROP_TRUE:
    case ISO_PROP_FALSE:
        return true;
    case ISO_PROP_EQ:
    case ISO_PROP_NE:
        return add_place(o, &prop->place, false, prop->value.kind == ISO_AST_PAR, hidden);
    case ISO_PROP_EQ_OBSERVABLE:
        return add_place(o, &prop->place, false, false, hidden) && add_place(o, &prop->place2, false, false, hidden);
    case ISO_PROP_FAULT:
        return add_fault(o, &prop->fault);
    case ISO_PROP_NOT:
    case ISO_PROP_AND:
    case ISO_PROP_OR:
    case ISO_PROP_IMPLIES:
        return collect(o, prop->a, hidden) && collect(o, prop->b, hidden);
    }
    return true;
}

static int compare_observables(const void *left, const void *right)
{
    const struct iso_observable *a = left, *b = right;
    bool ra = a->kind == ISO_OBSERVABLE_REGISTER, rb = b->kind == ISO_OBSERVABLE_REGISTER;

    if (ra != rb)
        return ra ? -1 : 1;
    if (ra && a->thread != b->thread)
        return a->thread < b->thread ? -1 : 1;
    if (ra)
        return a->reg < b->reg ? -1 : a->reg > b->reg;
    int order = strcmp(a->text, b->text);
    return order ? order : a->va < b->va ? -1 : a->va > b->va;
}

static int32_t emit(struct observe *o, struct iso_prop prop)
{
    o->prop = iso_arena_grow(o->build->reader->arena, o->prop, o->nprops, &o->prop_capacity, sizeof *o->prop);
    o->prop[o->nprops] = prop;
    return (int32_t)o->nprops++;
}

/* Page whose descriptor a place is: the default oa of a descriptor it is compared with. */
static int32_t page_of_pte(struct iso_build *build, const struct iso_ast_place *place)
{
    if (place->kind != ISO_PLACE_PTE)
        return -1;
    if (place->pte_of_label)
        return iso_build_code_page(build, place->thread, place->name, place->line, place->column);
    return (int32_t)build->symbol[iso_build_symbol_find(build, place->name)].page;
}

static int32_t lower_equality(struct observe *o, const struct iso_ast_prop *prop)
{
    struct iso_build *build = o->build;
    struct iso_observable key;
    struct iso_bytes16 value;
    uint32_t elements;
    bool list = prop->value.kind == ISO_AST_LIST;

    if (!describe(build, &key, &elements, &prop->place))
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
        return emit(o, (struct iso_prop){.kind = prop->kind, .a = find(o, &key), .b = -1, .value = value});
    }
    int32_t all = emit(o, (struct iso_prop){.kind = ISO_PROP_TRUE, .a = -1, .b = -1});
    for (uint32_t i = 0; i < elements; i++, key.va += key.bytes) {
        if (!iso_build_value(build, &value, &prop->value.item[i], -1))
            return -1;
        int32_t one = emit(o, (struct iso_prop){.kind = ISO_PROP_EQ, .a = find(o, &key), .b = -1, .value = value});
        all = emit(o, (struct iso_prop){.kind = ISO_PROP_AND, .a = all, .b = one});
    }
    return prop->kind == ISO_PROP_EQ ? all : emit(o, (struct iso_prop){.kind = ISO_PROP_NOT, .a = all, .b = -1});
}

static int32_t lower(struct observe *o, const struct iso_ast_prop *prop)
{
    struct iso_observable left, right;
    struct iso_fault_pattern pattern;
    uint32_t elements;
    int32_t a, b = -1;

    switch ((enum iso_prop_kind)prop->kind) {
    case ISO_PROP_TRUE:
    case ISO_PROP_FALSE:
        return emit(o, (struct iso_prop){.kind = prop->kind, .a = -1, .b = -1});
    case ISO_PROP_EQ:
    case ISO_PROP_NE:
        return lower_equality(o, prop);
    case ISO_PROP_EQ_OBSERVABLE:
        if (!describe(o->build, &left, &elements, &prop->place) ||
            !describe(o->build, &right, &elements, &prop->place2))
            return -1;
        if (left.array || right.array) {
            iso_reader_error(o->build->reader, prop->place.line, prop->place.column,
                             "a whole array compared with a place, expected single elements");
            return -1;
        }
        return emit(o, (struct iso_prop){.kind = prop->kind, .a = find(o, &left), .b = find(o, &right)});
    case ISO_PROP_FAULT:
        if (!make_fault(o->build, &pattern, &prop->fault))
            return -1;
        return emit(o, (struct iso_prop){.kind = prop->kind, .a = find_fault(o, &pattern), .b = -1});
    case ISO_PROP_NOT:
    case ISO_PROP_AND:
    case ISO_PROP_OR:
    case ISO_PROP_IMPLIES:
        a = lower(o, prop->a);
        if (a < 0)
            return -1;
        if (prop->b) {
            b = lower(o, prop->b);
            if (b < 0)
                return -1;
        }
        return emit(o, (struct iso_prop){.kind = prop->kind, .a = a, .b = b});
    }
    return -1;
}

bool iso_build_condition(struct iso_build *build)
{
    const struct iso_ast *ast = build->ast;
    struct iso_test *test = build->test;
    struct observe o = {.build = build};

    for (uint32_t i = 0; i < ast->nobserved; i++) {
        const struct iso_ast_observed *item = &ast->observed[i];
        if (item->is_fault ? !add_fault(&o, &item->fault)
                           : !add_place(&o, &item->place, item->as_instruction, false, false))
            return false;
    }
    if (!collect(&o, ast->condition, false) || !collect(&o, ast->filter, true))
        return false;
    if (o.count)
        qsort(o.list, o.count, sizeof *o.list, compare_observables);
    if (ast->filter) {
        if (lower(&o, ast->filter) < 0)
            return false;
        test->filter = o.prop;
        test->nfilters = o.nprops;
        o.prop = NULL;
        o.nprops = o.prop_capacity = 0;
    }
    if (ast->condition ? lower(&o, ast->condition) < 0
                       : emit(&o, (struct iso_prop){.kind = ISO_PROP_TRUE, .a = -1, .b = -1}) < 0)
        return false;
    test->condition = o.prop;
    test->nconditions = o.nprops;
    test->quantifier = ast->quantifier;
    test->condition_text = iso_span_string(build->reader, ast->condition_text);
    test->filter_text = ast->filter ? iso_span_string(build->reader, ast->filter_text) : "";
    for (uint32_t i = 0; i < o.nfaults; i++) {
        if (o.count >= ISO_FINAL_MAX_OBSERVABLES) {
            iso_reader_error(build->reader, ast->condition_text.line, ast->condition_text.column,
                             "a final state of more than %u values", ISO_FINAL_MAX_OBSERVABLES);
            return false;
        }
        struct iso_observable *fault = append(&o);
        fault->kind = ISO_OBSERVABLE_FAULT;
        fault->thread = (uint8_t)o.fault[i].thread;
        fault->fault = (int16_t)i;
        fault->text = "";
    }
    test->observable = o.list;
    test->nobservables = o.count;
    test->fault = o.fault;
    test->nfaults = o.nfaults;
    return true;
}
