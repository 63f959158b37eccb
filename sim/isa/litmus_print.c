/* A test as litmus text, for `isotier show` and for composed migrations: reading the text gives the same test.
 * Registers print by number (symbolic names are gone), values in symbolic notation, the condition as it was written.
 * Not for: final states (outcome.c). */
#include "models/access.h"
#include "models/translate.h"
#include "sim/isa/litmus_build.h"
#include "sim/isa/text.h"

#include <string.h>

/* Whether reading back gives every page its index without Layout= lines. */
static void mention(uint32_t *next, bool *in_order, uint32_t location)
{
    if (location > *next)
        *in_order = false;
    if (location == *next)
        ++*next;
}

static struct iso_bytes16 initial(const struct iso_location *location, uint32_t element)
{
    struct iso_bytes16 value = {0, 0};
    const uint8_t *bytes = location->init + (size_t)element * location->element_bytes;

    for (uint32_t i = 0; i < location->element_bytes; i++) {
        if (i < 8)
            value.lo |= (uint64_t)bytes[i] << 8 * i;
        else
            value.hi |= (uint64_t)bytes[i] << 8 * (i - 8);
    }
    return value;
}

static void mention_value(uint32_t *next, bool *in_order, const struct iso_test *test, uint64_t value)
{
    struct iso_symbol symbol;

    iso_symbol_of(&symbol, test, value);
    if (symbol.kind == ISO_SYMBOL_ADDRESS)
        mention(next, in_order, symbol.index);
    else if (symbol.kind != ISO_SYMBOL_NUMBER && symbol.kind != ISO_SYMBOL_LABEL && test->page[symbol.index].nlocations)
        mention(next, in_order, test->page[symbol.index].location);
}

static uint64_t default_descriptor(const struct iso_test *test, uint32_t page)
{
    return iso_pte_encode(
        &(struct iso_pte){.valid = true, .af = true, .db = true, .el0 = true, .sh = 3, .oa = test->page[page].pa});
}

/* Whether a page lies behind another one in virtual memory: Layout= puts them on one line. */
static bool follows(const struct iso_test *test, uint32_t page)
{
    uint64_t distance = test->page[page].va - ISO_MAP_VIRTUAL;
    return page < test->npages && test->page[page].nlocations && distance % ISO_MAP_STRIDE;
}

static bool needs_layout(const struct iso_test *test)
{
    uint32_t next = 0;
    bool in_order = true;

    for (uint32_t p = 0; p < test->npages; p++) {
        const struct iso_page *page = &test->page[p];
        if (page->nlocations > 1 || (page->nlocations && test->location[page->location].va != page->va))
            return true;
        for (uint32_t i = page->location; i < page->location + page->nlocations; i++) {
            mention(&next, &in_order, i);
            for (uint32_t k = 0; k < test->location[i].count; k++)
                mention_value(&next, &in_order, test, initial(&test->location[i], k).lo);
        }
        if (page->nlocations)
            mention_value(&next, &in_order, test, page->descriptor);
    }
    return !in_order;
}

static void separator(struct iso_text *out, bool *first, const char *head)
{
    iso_text_string(out, *first ? head : " ");
    *first = false;
}

static void print_words(struct iso_text *out, const char *key, const char *const *word, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        iso_text_string(out, i ? " " : key);
        iso_text_string(out, word[i]);
    }
    if (count)
        iso_text_char(out, '\n');
}

static void print_variant(struct iso_text *out, const struct iso_test *test)
{
    const struct iso_variant *v = &test->variant;
    static const char *const modes[] = {"fatal", "handled", "faultToNext"}, *const tags[] = {"sync", "async", "asym"};
    const char *name[20];
    uint32_t count = 0;

    if (v->vmsa)
        name[count++] = "vmsa";
    if (v->memtag)
        name[count++] = "memtag";
    if (v->mixed)
        name[count++] = "mixed";
    if (v->ifetch)
        name[count++] = "ifetch";
    if (v->tag_mode_given)
        name[count++] = tags[v->tag_mode % 3];
    if (v->fault_mode_given)
        name[count++] = modes[v->fault_mode % 3];
    if (v->store_only)
        name[count++] = "store-only";
    if (v->ets >= 2)
        name[count++] = v->ets == 2 ? "ets2" : "ets3";
    if (v->exs)
        name[count++] = "exs";
    if (v->eis)
        name[count++] = "eis";
    if (v->eos)
        name[count++] = "eos";
    if (v->fwb)
        name[count++] = "fwb";
    if (v->ptw)
        name[count++] = "ptw";
    if (v->cu)
        name[count++] = "cu";
    if (v->not_supported)
        name[count++] = v->not_supported_name;
    for (uint32_t i = 0; i < count; i++) {
        iso_text_string(out, i ? "," : "Variant=");
        iso_text_string(out, name[i]);
    }
    if (count)
        iso_text_char(out, '\n');
    if (v->dic || v->idc)
        iso_text_string(out, v->dic && v->idc ? "CacheType=DIC IDC\n" : v->dic ? "CacheType=DIC\n" : "CacheType=IDC\n");
}

static void print_threads_info(struct iso_text *out, const struct iso_test *test)
{
    bool first = true;

    for (uint32_t i = 0; i < test->nthreads; i++)
        if (test->thread[i].tthm != ISO_TTHM_SOFTWARE) {
            separator(out, &first, "TTHM=");
            iso_text_char(out, 'P');
            iso_text_unsigned(out, test->thread[i].id);
            iso_text_string(out, test->thread[i].tthm == ISO_TTHM_HA ? ":HA" : ":HD");
        }
    if (test->stage2_tthm != ISO_TTHM_SOFTWARE) {
        separator(out, &first, "TTHM=");
        iso_text_string(out, test->stage2_tthm == ISO_TTHM_HA ? "S2:HA" : "S2:HD");
    }
    iso_text_string(out, first ? "" : "\n");
    first = true;
    for (uint32_t i = 0; i < test->nthreads; i++)
        if (test->thread[i].guest) {
            iso_text_string(out, first ? "Guest=P" : ",P");
            first = false;
            iso_text_unsigned(out, test->thread[i].id);
        }
    iso_text_string(out, first ? "" : "\n");
    first = true;
    for (uint32_t i = 0; i < test->nthreads; i++)
        if (test->thread[i].el0) {
            iso_text_string(out, first ? "EL0=P" : ",P");
            first = false;
            iso_text_unsigned(out, test->thread[i].id);
        }
    iso_text_string(out, first ? "" : "\n");
    if (test->unroll) {
        iso_text_string(out, "Unroll=");
        iso_text_unsigned(out, test->unroll);
        iso_text_char(out, '\n');
    }
}

/* Migrate= and Mprotect=: NAME or NAME:Pn:LABEL. */
static void print_calls(struct iso_text *out, const char *key, const struct iso_test *test,
                        const struct iso_migrate *call, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        iso_text_string(out, i ? " " : key);
        iso_text_string(out, test->page[call[i].page].name);
        if (call[i].label) {
            iso_text_string(out, ":P");
            iso_text_unsigned(out, test->thread[call[i].thread].id);
            iso_text_char(out, ':');
            iso_text_string(out, call[i].label);
        }
    }
    iso_text_string(out, count ? "\n" : "");
}

static void print_header(struct iso_text *out, const struct iso_test *test)
{
    iso_text_string(out, "AArch64 ");
    iso_text_string(out, test->name);
    iso_text_char(out, '\n');
    if (test->doc && *test->doc) {
        iso_text_char(out, '"');
        iso_text_string(out, test->doc);
        iso_text_string(out, "\"\n");
    }
    print_words(out, "Subject=", test->subject, test->nsubjects);
    print_words(out, "Rules=", test->rule, test->nrules);
    print_variant(out, test);
    print_threads_info(out, test);
    for (uint32_t i = 0; i < test->nplaces; i++) {
        iso_text_string(out, i ? " " : "Place=");
        bool table = test->page[test->place[i].page].is_table;
        iso_text_string(out, table ? "PTE(" : "");
        iso_text_string(out, test->page[test->place[i].page].name);
        iso_text_string(out, table ? ")@" : "@");
        iso_text_string(out, test->place[i].tier);
    }
    iso_text_string(out, test->nplaces ? "\n" : "");
    for (uint32_t i = 0; i < test->naliases; i++) {
        const struct iso_alias *a = &test->alias[i];
        iso_text_string(out, i ? " " : "Alias=");
        iso_text_string(out, test->page[a->page].name);
        iso_text_char(out, ':');
        iso_text_string(out, test->page[a->of].name);
        iso_text_string(out, a->role == ISO_ALIAS_CELL ? "" : "@");
        iso_text_string(out, a->role == ISO_ALIAS_CELL ? "" : a->text);
    }
    iso_text_string(out, test->naliases ? "\n" : "");
    print_calls(out, "Migrate=", test, test->migrate, test->nmigrates);
    print_calls(out, "Mprotect=", test, test->mprotect, test->nmprotects);
    iso_print_host(out, test);
    for (uint32_t i = 0; i < test->ninjects; i++) {
        const struct iso_inject *j = &test->inject[i];
        iso_text_string(out, i ? " " : "Inject=");
        iso_text_string(out, j->name);
        if (j->when == ISO_INJECT_START)
            iso_text_string(out, ":start");
        if (j->when == ISO_INJECT_LABEL) {
            iso_text_string(out, ":P");
            iso_text_unsigned(out, test->thread[j->thread].id);
            iso_text_char(out, ':');
            iso_text_string(out, j->label);
        }
        iso_text_char(out, ':');
        iso_text_string(out, iso_condition_name((enum iso_condition)j->condition));
    }
    iso_text_string(out, test->ninjects ? "\n" : "");
    if (test->cost_iterations) {
        iso_text_string(out, "Cost=");
        iso_text_unsigned(out, test->cost_iterations);
        for (uint32_t i = 0; i < test->ncost_registers; i++) {
            iso_text_char(out, ' ');
            iso_text_unsigned(out, test->thread[test->cost_register[i].thread].id);
            iso_text_char(out, ':');
            iso_text_string(out, iso_register_name(test->cost_register[i].reg));
        }
        iso_text_char(out, '\n');
    }
    if (!needs_layout(test))
        return;
    for (uint32_t p = 0; p < test->npages; p++)
        for (uint32_t i = 0; i < test->page[p].nlocations; i++) {
            const struct iso_location *l = &test->location[test->page[p].location + i];
            bool last = i + 1 == test->page[p].nlocations;
            iso_text_string(out, i || follows(test, p) ? " " : "Layout=");
            iso_text_string(out, l->name);
            iso_text_char(out, ':');
            iso_text_unsigned(out, (l->va - ISO_MAP_VIRTUAL) % ISO_MAP_STRIDE);
            iso_text_string(out, last && !(p + 1 < test->npages && follows(test, p + 1)) ? "\n" : "");
        }
}

/* ---- initial state ------------------------------------------------------------------------------------------ */

static void print_location(struct iso_text *out, const struct iso_test *test, const struct iso_location *location)
{
    bool zero = true;

    iso_text_char(out, ' ');
    if (location->typed) {
        iso_text_string(out, location->type == ISO_TYPE_POINTER ? "int *" : iso_type_name(location->type));
        iso_text_string(out, location->type == ISO_TYPE_POINTER ? "" : " ");
    }
    iso_text_string(out, location->name);
    if (location->is_array) {
        iso_text_char(out, '[');
        iso_text_unsigned(out, location->count);
        iso_text_char(out, ']');
    }
    for (uint32_t i = 0; i < location->count * location->element_bytes; i++)
        zero &= !location->init[i];
    if (!zero || !location->typed) {
        uint8_t type =
            location->element_bytes == 8 ? ISO_TYPE_INT64 : location->type; /* a wide number in an untyped place */
        iso_text_string(out, location->is_array ? "={" : "=");
        for (uint32_t i = 0; i < location->count; i++) {
            iso_text_string(out, i ? "," : "");
            iso_value_print(out, test, type, initial(location, i));
        }
        iso_text_string(out, location->is_array ? "}" : "");
    }
    iso_text_string(out, ";\n");
    if (location->tag) {
        iso_text_string(out, " [tag(");
        iso_text_string(out, location->name);
        iso_text_string(out, ")]=:");
        iso_text_string(out, iso_colour_name(test, location->tag));
        iso_text_string(out, ";\n");
    }
}

static void print_descriptor(struct iso_text *out, const struct iso_test *test, uint32_t index)
{
    const struct iso_page *page = &test->page[index];

    if ((page->nlocations && page->descriptor == default_descriptor(test, index)) ||
        (page->is_table && !test->has_guest))
        return;
    iso_text_string(out, page->is_table ? " [S2PTE(PTE(" : page->is_stage2 ? " [S2PTE(" : " [PTE(");
    iso_text_string(out, page->name);
    iso_text_string(out, page->is_table ? "))]=" : ")]=");
    iso_value_print(out, test, ISO_TYPE_PTEVAL, (struct iso_bytes16){page->descriptor, 0});
    iso_text_string(out, ";\n");
}

/* Type that the condition sees a register with; INT32 is the default. */
static uint8_t register_type(const struct iso_test *test, uint32_t thread, int reg)
{
    for (uint32_t i = 0; i < test->nobservables; i++) {
        const struct iso_observable *o = &test->observable[i];
        if (o->kind == ISO_OBSERVABLE_REGISTER && o->thread == thread && o->reg == reg)
            return o->type == ISO_TYPE_PAR ? ISO_TYPE_INT32 : o->type;
    }
    return ISO_TYPE_INT32;
}

static void print_registers(struct iso_text *out, const struct iso_test *test, uint32_t thread)
{
    bool first = true;

    for (int reg = 0; reg < ISO_REG_COUNT; reg++) {
        uint64_t value = test->thread[thread].init.x[reg];
        uint8_t type = register_type(test, thread, reg);
        if (!value && type == ISO_TYPE_INT32)
            continue;
        iso_text_char(out, ' ');
        first = false;
        if (type != ISO_TYPE_INT32) {
            iso_text_string(out, type == ISO_TYPE_POINTER ? "int *" : iso_type_name(type));
            iso_text_string(out, type == ISO_TYPE_POINTER ? "" : " ");
        }
        iso_text_unsigned(out, test->thread[thread].id);
        iso_text_char(out, ':');
        iso_text_string(out, iso_register_name(reg));
        if (value) {
            iso_text_char(out, '=');
            iso_value_print(out, test, type == ISO_TYPE_PTEVAL ? ISO_TYPE_PTEVAL : ISO_TYPE_INT64,
                            (struct iso_bytes16){value, 0});
        }
        iso_text_char(out, ';');
    }
    iso_text_string(out, first ? "" : "\n");
}

/* ---- condition ---------------------------------------------------------------------------------------------- */

static bool in_condition(const struct iso_test *test, uint32_t observable)
{
    bool is_fault = test->observable[observable].kind == ISO_OBSERVABLE_FAULT;

    for (uint32_t i = 0; i < test->nconditions; i++) {
        const struct iso_prop *p = &test->condition[i];
        bool place = p->kind == ISO_PROP_EQ || p->kind == ISO_PROP_NE || p->kind == ISO_PROP_EQ_OBSERVABLE;
        if (is_fault ? p->kind == ISO_PROP_FAULT && p->a == test->observable[observable].fault
                     : place && (p->a == (int32_t)observable ||
                                 (p->kind == ISO_PROP_EQ_OBSERVABLE && p->b == (int32_t)observable)))
            return true;
    }
    return false;
}

static void print_fault_pattern(struct iso_text *out, const struct iso_test *test,
                                const struct iso_fault_pattern *pattern)
{
    iso_text_string(out, "fault(P");
    iso_text_unsigned(out, test->thread[pattern->thread].id);
    iso_text_string(out, pattern->label ? ":" : "");
    iso_text_string(out, pattern->label ? pattern->label : "");
    iso_text_string(out, pattern->has_address ? "," : "");
    iso_text_string(out, pattern->has_address ? pattern->address_text : "");
    iso_text_string(out, pattern->type_text ? "," : "");
    iso_text_string(out, pattern->type_text ? pattern->type_text : "");
    iso_text_char(out, ')');
}

/* Text with runs of blanks and newlines as one blank. */
static void print_squeezed(struct iso_text *out, const char *text)
{
    for (bool blank = false; *text; text++) {
        bool space = *text == ' ' || *text == '\n' || *text == '\t' || *text == '\r';
        if (!space || !blank)
            iso_text_char(out, space ? ' ' : *text);
        blank = space;
    }
}

static void print_condition(struct iso_text *out, const struct iso_test *test)
{
    bool first = true;
    uint16_t array = 0;

    for (uint32_t i = 0; i < test->nobservables; i++) {
        const struct iso_observable *o = &test->observable[i];
        if (o->hidden || in_condition(test, i) || (o->array && o->array == array))
            continue;
        array = o->array;
        separator(out, &first, "locations [");
        if (o->kind == ISO_OBSERVABLE_FAULT) {
            print_fault_pattern(out, test, &test->fault[o->fault]);
        } else if (o->text[0] == '[') { /* `locations` takes names without brackets */
            for (const char *c = o->text + 1; c[0] && c[1]; c++)
                iso_text_char(out, *c);
        } else {
            iso_text_string(out, o->text);
        }
        iso_text_char(out, ';');
    }
    iso_text_string(out, first ? "" : "]\n");
    if (test->filter_text && *test->filter_text) {
        iso_text_string(out, "filter ");
        print_squeezed(out, test->filter_text);
        iso_text_char(out, '\n');
    }
    if (test->condition_text && *test->condition_text) {
        print_squeezed(out, test->condition_text);
        iso_text_char(out, '\n');
    }
}

size_t iso_litmus_text(char *out, size_t size, const struct iso_test *test)
{
    struct iso_text text;

    iso_text_start(&text, out, size);
    print_header(&text, test);
    iso_text_string(&text, "{\n");
    for (uint32_t p = 0; p < test->npages; p++) {
        for (uint32_t i = 0; i < test->page[p].nlocations; i++)
            print_location(&text, test, &test->location[test->page[p].location + i]);
        print_descriptor(&text, test, p);
    }
    for (uint32_t i = 0; i < test->nthreads; i++)
        print_registers(&text, test, i);
    iso_text_string(&text, "}\n");
    iso_print_code(&text, test);
    print_condition(&text, test);
    return iso_text_end(&text);
}
