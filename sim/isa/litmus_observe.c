/* What a final state of a test shows, and its condition over that: observables, fault patterns, the condition as an array.
 * Order of observables: registers by thread and number, then memory and tags by name, then fault patterns.
 * Not for: evaluating (condition.c), printing (outcome.c). */
#include "sim/isa/litmus_observe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *iso_observe_format(struct iso_build *build, const char *pattern, const char *name, long long number)
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

static struct iso_observable *append(struct iso_observe *o)
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

/* Whether a register without a type holds what MRS read from PAR_EL1 and nothing else: then it shows as that. */
static bool holds_par(const struct iso_thread *thread, int reg)
{
    bool found = false;

    for (uint32_t i = 0; i < thread->ninsns; i++) {
        const struct iso_insn *insn = &thread->insn[i];
        struct iso_insn_uses uses;
        iso_insn_uses(&uses, insn);
        if (!((uses.result | uses.writeback | uses.status) >> reg & 1u))
            continue;
        if (insn->cls != ISO_INSN_SYSTEM_READ || insn->sysreg != ISO_REG_PAR)
            return false;
        found = true;
    }
    return found;
}

bool iso_observe_describe(struct iso_build *build, struct iso_observable *out, uint32_t *elements,
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
        if (type == ISO_TYPE_NONE && reg < ISO_REG_COUNT && holds_par(&build->test->thread[thread], reg))
            type = ISO_TYPE_PAR;
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
    case ISO_PLACE_S2PTE:
        page = iso_build_stage2_page(build, location->page, place->of_table, place->line, place->column);
        if (page < 0)
            return false;
        *out = (struct iso_observable){.kind = ISO_OBSERVABLE_LOCATION,
                                       .bytes = 8,
                                       .type = ISO_TYPE_PTEVAL,
                                       .va = build->page[page].descriptor_va};
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

int32_t iso_observe_find(const struct iso_observe *o, const struct iso_observable *key)
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
        return iso_observe_format(build, "[PTE(%2$lld:%1$s)]", name, (long long)place->thread);
    switch (place->kind) {
    case ISO_PLACE_PTE:
        return iso_observe_format(build, "[PTE(%s)]", name, 0);
    case ISO_PLACE_S2PTE:
        return iso_observe_format(build, place->of_table ? "[S2PTE(PTE(%s))]" : "[S2PTE(%s)]", name, 0);
    case ISO_PLACE_TAG:
        return iso_observe_format(build, place->offset ? "[tag(%s+%lld)]" : "[tag(%s)]", name,
                                  (long long)place->offset);
    case ISO_PLACE_PA:
        return iso_observe_format(build, "[PA(%s)]", name, 0);
    case ISO_PLACE_LOCATION:
    case ISO_PLACE_PTE2:
    case ISO_PLACE_REGISTER:
    case ISO_PLACE_SYMBOLIC:
        break;
    }
    if (place->has_index)
        return iso_observe_format(build, "%s[%lld]", name, (long long)place->index);
    return key->array ? name : iso_observe_format(build, "[%s]", name, 0);
}

static bool add_place(struct iso_observe *o, const struct iso_ast_place *place, bool as_instruction, bool as_par,
                      bool hidden)
{
    struct iso_observable key;
    uint32_t elements;

    if (!iso_observe_describe(o->build, &key, &elements, place))
        return false;
    if (o->count + elements > ISO_FINAL_MAX_OBSERVABLES) {
        iso_reader_error(o->build->reader, place->line, place->column, "a final state of more than %u values",
                         ISO_FINAL_MAX_OBSERVABLES);
        return false;
    }
    const char *text = NULL;
    for (uint32_t i = 0; i < elements; i++, key.va += key.bytes) {
        int32_t known = iso_observe_find(o, &key);
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

/* ---- the condition ------------------------------------------------------------------------------------------ */

static bool collect(struct iso_observe *o, const struct iso_ast_prop *prop, bool hidden)
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
        return iso_observe_add_fault(o, &prop->fault);
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

bool iso_build_condition(struct iso_build *build)
{
    const struct iso_ast *ast = build->ast;
    struct iso_test *test = build->test;
    struct iso_observe o = {.build = build};

    for (uint32_t i = 0; i < ast->nobserved; i++) {
        const struct iso_ast_observed *item = &ast->observed[i];
        if (item->is_fault ? !iso_observe_add_fault(&o, &item->fault)
                           : !add_place(&o, &item->place, item->as_instruction, false, false))
            return false;
    }
    if (!collect(&o, ast->condition, false) || !collect(&o, ast->filter, true))
        return false;
    if (o.count)
        qsort(o.list, o.count, sizeof *o.list, compare_observables);
    if (ast->filter) {
        if (iso_observe_lower(&o, ast->filter) < 0)
            return false;
        test->filter = o.prop;
        test->nfilters = o.nprops;
        o.prop = NULL;
        o.nprops = o.prop_capacity = 0;
    }
    if (ast->condition ? iso_observe_lower(&o, ast->condition) < 0
                       : iso_observe_emit(&o, (struct iso_prop){.kind = ISO_PROP_TRUE, .a = -1, .b = -1}) < 0)
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
