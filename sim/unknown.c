/* Every access that a program's instructions can make, on every page they can reach, put through iso_decide_path(): which unknown setting
 * the program meets first, and whether a changed setting can matter to it at all. Declared in scenario.h.
 * Not for: what the setting would do; the runner tries each value.
 * Not modelled: values that flow into addresses; such an instruction is taken to reach every page under test. */
#include "models/decide.h"
#include "sim/buffer.h"
#include "sim/isa/a64_asm.h"
#include "sim/scenario.h"

#include <string.h>

enum { KINDS_MAX = 2 };

/* Kinds of access of an instruction; 0 if it makes none that a tier decides. */
static unsigned kinds_of(enum iso_access_kind out[KINDS_MAX], const struct iso_insn *insn)
{
    bool pair = insn->count == 2;
    switch ((enum iso_insn_class)insn->cls) {
    case ISO_INSN_LOAD:
        out[0] = pair                                 ? ISO_ACCESS_LDP
                 : insn->order & ISO_ORDER_ACQUIRE    ? ISO_ACCESS_LDAR
                 : insn->order & ISO_ORDER_ACQUIRE_PC ? ISO_ACCESS_LDAPR
                                                      : ISO_ACCESS_LDR;
        return 1;
    case ISO_INSN_STORE:
        out[0] = pair ? ISO_ACCESS_STP : insn->order & ISO_ORDER_RELEASE ? ISO_ACCESS_STLR : ISO_ACCESS_STR;
        return 1;
    case ISO_INSN_LOAD_EXCLUSIVE:
        out[0] = pair ? ISO_ACCESS_LDXP : ISO_ACCESS_LDXR;
        return 1;
    case ISO_INSN_STORE_EXCLUSIVE:
        out[0] = pair ? ISO_ACCESS_STXP : ISO_ACCESS_STXR;
        return 1;
    case ISO_INSN_ATOMIC:
        out[0] = insn->size == 16 || insn->rt2 != ISO_REG_NONE ? ISO_ACCESS_LSE128
                 : insn->order & ISO_ORDER_NO_RETURN           ? ISO_ACCESS_LSE_STORE
                 : strncmp(insn->mnemonic, "SWP", 3) == 0      ? ISO_ACCESS_SWP
                                                               : ISO_ACCESS_LSE_LOAD;
        return 1;
    case ISO_INSN_CAS:
        out[0] = pair ? ISO_ACCESS_CASP : ISO_ACCESS_CAS_HIT;
        out[1] = ISO_ACCESS_CAS_MISS;
        return pair ? 1 : 2;
    case ISO_INSN_LOAD_TAG:
        out[0] = insn->count > 1 ? ISO_ACCESS_LDGM : ISO_ACCESS_LDG;
        return 1;
    case ISO_INSN_STORE_TAG:
        out[0] = insn->count > 1 ? ISO_ACCESS_STGM : ISO_ACCESS_STG;
        return 1;
    case ISO_INSN_STORE_TAG_DATA:
        out[0] = insn->size == 64 ? ISO_ACCESS_STZGM : ISO_ACCESS_STZG;
        return 1;
    case ISO_INSN_ZERO:
        switch (iso_a64_zero_kind(insn)) {
        case ISO_A64_ZERO_DATA:
            out[0] = ISO_ACCESS_DC_ZVA;
            break;
        case ISO_A64_ZERO_TAGS:
            out[0] = ISO_ACCESS_DC_GVA;
            break;
        case ISO_A64_ZERO_TAGS_AND_DATA:
            out[0] = ISO_ACCESS_DC_GZVA;
            break;
        }
        return 1;
    case ISO_INSN_PREFETCH:
        out[0] = ISO_ACCESS_PRFM;
        return 1;
    case ISO_INSN_CACHE:
        out[0] = ISO_ACCESS_DC_CIVAC;
        return insn->rn != ISO_REG_NONE ? 1 : 0;
    case ISO_INSN_COMPUTE:
    case ISO_INSN_BRANCH:
    case ISO_INSN_BARRIER:
    case ISO_INSN_TLBI:
    case ISO_INSN_AT:
    case ISO_INSN_SYSTEM_READ:
    case ISO_INSN_SYSTEM_WRITE:
    case ISO_INSN_EXCEPTION:
    case ISO_INSN_EXCEPTION_RETURN:
    case ISO_INSN_CLREX:
    case ISO_INSN_HINT:
        return 0;
    }
    return 0;
}

/* Looks at the effects of one access; true ends the walk. */
typedef bool visitor(void *context, const struct iso_effect_set *effects, size_t tier);

struct walk {
    const struct iso_setup *setup;
    visitor *visit;
    void *context;
};

/* An access that goes on to the page behind: what both are asked together, and what is left of it there. */
static bool ask_behind(const struct walk *walk, const struct iso_access *access, uint32_t page)
{
    const struct iso_setup *setup = walk->setup;
    const struct iso_test *test = setup->test;
    uint32_t first = iso_straddle_first(access->va, access->size_bytes);
    int behind = first ? iso_test_page_at(test, access->va + first) : -1;
    struct iso_straddle_page both[2];
    struct iso_effect_set effects;
    struct iso_access rest = *access;
    if (behind < 0)
        return false;
    iso_setup_straddle_page(&both[0], setup, (int)page, test->page[page].descriptor, NULL);
    iso_setup_straddle_page(&both[1], setup, behind, test->page[behind].descriptor, NULL);
    iso_decide_straddle(&effects, access, both, &setup->machine->features);
    if (walk->visit(walk->context, &effects, setup->frame_tier[behind]))
        return true;
    iso_straddle_rest(&rest, access->va + first, access->size_bytes - first);
    iso_decide_path(&effects, &rest, &setup->page_attribute[behind], &setup->machine->tiers[setup->frame_tier[behind]],
                    &setup->machine->features);
    return walk->visit(walk->context, &effects, setup->frame_tier[behind]);
}

/* One access of a page. */
static bool ask(const struct walk *walk, const struct iso_insn *insn, enum iso_access_kind kind, uint32_t page,
                uint64_t offset)
{
    const struct iso_setup *setup = walk->setup;
    const struct iso_machine *machine = setup->machine;
    size_t tier = setup->frame_tier[page];
    const struct iso_attribute *attribute = &setup->page_attribute[page];
    struct iso_effect_set effects;
    struct iso_access access;

    iso_access_init(&access, kind);
    if (insn->size && iso_access_family(kind) != ISO_FAMILY_MAINTENANCE && iso_access_family(kind) != ISO_FAMILY_TAG) {
        access.element_bytes = insn->size;
        access.size_bytes = (uint32_t)insn->size * (insn->count ? insn->count : 1);
    }
    access.va = setup->test->page[page].va + offset;
    access.pa = setup->test->page[page].pa + offset;
    access.acquire = (insn->order & ISO_ORDER_ACQUIRE) != 0;
    access.release = (insn->order & ISO_ORDER_RELEASE) != 0;
    access.no_return = (insn->order & ISO_ORDER_NO_RETURN) != 0;
    access.tag_access = setup->variant.memtag;
    if (setup->variant.memtag && iso_access_tag_checkable(kind) && iso_insn_is_tag_checked(insn))
        access.check = ISO_TAG_CHECK_YES;
    for (uint32_t i = 0; i < setup->nerrors; i++) {
        if (!(setup->error[i].frames >> page & 1))
            continue;
        access.condition = (enum iso_condition)setup->error[i].condition;
        iso_decide_path(&effects, &access, attribute, &machine->tiers[tier], &machine->features);
        if (walk->visit(walk->context, &effects, tier))
            return true;
    }
    access.condition = ISO_CONDITION_NORMAL;
    iso_decide_path(&effects, &access, attribute, &machine->tiers[tier], &machine->features);
    return walk->visit(walk->context, &effects, tier) || ask_behind(walk, &access, page);
}

/* Base and index registers keep their initial values: the address is known before the program runs. */
static bool address_is_fixed(const struct iso_thread *thread, const struct iso_insn *insn)
{
    struct iso_insn_uses uses;
    iso_insn_uses(&uses, insn);
    uint64_t sources = uses.address;
    for (uint32_t i = 0; i < thread->ninsns; i++) {
        struct iso_insn_uses u;
        iso_insn_uses(&u, &thread->insn[i]);
        if ((u.result | u.writeback | u.status) & sources)
            return false;
    }
    return sources != 0;
}

static bool ask_insn(const struct walk *walk, const struct iso_thread *thread, const struct iso_insn *insn)
{
    const struct iso_setup *setup = walk->setup;
    enum iso_access_kind kinds[KINDS_MAX];
    unsigned nkinds = kinds_of(kinds, insn);
    if (!nkinds)
        return false;
    if (address_is_fixed(thread, insn)) {
        uint64_t base, va = iso_insn_address(&base, insn, &thread->init) & UINT64_C(0x00ffffffffffffff);
        int page = iso_test_page_at(setup->test, va);
        for (unsigned k = 0; k < nkinds && page >= 0; k++)
            if (ask(walk, insn, kinds[k], (uint32_t)page, va - setup->test->page[page].va))
                return true;
        bool moves = page >= 0 && setup->blocking_pages >> page & 1;
        if ((page >= 0 && !moves) || iso_test_descriptor_at(setup->test, va) >= 0)
            return false;
    }
    for (uint32_t page = 0; page < setup->test->npages; page++) {
        /* aligned, inside 16 bytes, across, and over the end of the page: by an element of a pair, by a byte */
        static const uint64_t offsets[] = {0, 1, 13, ISO_PAGE_BYTES - 8, ISO_PAGE_BYTES - 1};
        for (unsigned k = 0; k < nkinds; k++)
            for (unsigned o = 0; o < (insn->size > 1 ? 5u : 1u); o++)
                if (ask(walk, insn, kinds[k], page, offsets[o]))
                    return true;
    }
    return false;
}

/* Hardware updates of descriptors in memory that the scenario places. */
static bool ask_tables(const struct walk *walk)
{
    const struct iso_setup *setup = walk->setup;
    bool manages = false;
    for (uint32_t t = 0; t < setup->test->nthreads; t++)
        manages |= setup->test->thread[t].tthm != ISO_TTHM_SOFTWARE;
    for (uint32_t page = 0; manages && page < setup->test->npages; page++) {
        const struct iso_page *p = &setup->test->page[page];
        struct iso_effect_set effects;
        struct iso_attribute attribute;
        struct iso_access access;
        if (!p->is_table)
            continue;
        iso_access_init(&access, ISO_ACCESS_HW_UPDATE);
        access.va = access.pa = setup->test->page[p->base].descriptor_va;
        iso_setup_table_attribute(&attribute, setup, (int)page, setup->test->has_guest ? &p->descriptor : NULL);
        iso_decide_path(&effects, &access, &attribute, &setup->machine->tiers[setup->frame_tier[page]],
                        &setup->machine->features);
        if (walk->visit(walk->context, &effects, setup->frame_tier[page]))
            return true;
    }
    return false;
}

/* Fetches from pages of code that the test puts somewhere. */
static bool ask_fetches(const struct walk *walk)
{
    static const struct iso_insn any = {0};
    for (uint32_t page = 0; page < walk->setup->test->npages; page++)
        if (iso_test_page_is_code(walk->setup->test, page) && ask(walk, &any, ISO_ACCESS_IFETCH, page, 0))
            return true;
    return false;
}

static bool walk_accesses(const struct walk *walk)
{
    const struct iso_test *test = walk->setup->test;
    if (ask_fetches(walk))
        return true;
    for (uint32_t t = 0; t < test->nthreads; t++)
        for (uint32_t i = 0; i < test->thread[t].ninsns; i++)
            if (ask_insn(walk, &test->thread[t], &test->thread[t].insn[i]))
                return true;
    return ask_tables(walk);
}

static bool visit_unknown(void *context, const struct iso_effect_set *set, size_t tier)
{
    struct iso_unknown *out = context;
    for (size_t i = 0; i < set->count; i++)
        if (set->item[i].nassumed) {
            const struct iso_assumption *a = &set->item[i].assumed[0];
            *out = (struct iso_unknown){.is_cpu = a->is_cpu, .tier = tier, .hop = a->hop};
            if (a->is_cpu)
                out->cpu_key = (enum iso_cpu_key)a->key;
            else
                out->key = (enum iso_capability_key)a->key;
            return true;
        }
    return false;
}

bool iso_setup_unknown(struct iso_unknown *out, const struct iso_setup *setup)
{
    struct walk walk = {setup, visit_unknown, out};
    struct iso_unknown any;
    return iso_machine_unknown(&any, setup->machine, 0) && walk_accesses(&walk);
}

static bool visit_digest(void *context, const struct iso_effect_set *set, size_t tier)
{
    struct iso_buffer *text = context;
    for (size_t i = 0; i < set->count; i++) {
        const struct iso_effect *e = &set->item[i];
        iso_buffer_format(text, "%zu:%d,%d,%d,%d,%d,%d,%u,%u,%d,%d,%d,%d,%d,%d,%x,%llx;", tier, e->kind, e->fault,
                          e->clears, e->exclusive, e->rmw, e->where, e->single_copy_bytes, e->rmw_unit_bytes,
                          e->data_ones, e->data_lost, e->compare, e->mismatch, e->check_at, e->tag, (unsigned)e->order,
                          (unsigned long long)e->peripheral_bytes);
    }
    iso_buffer_add(text, "\n");
    return false;
}

void iso_setup_digest(struct iso_buffer *out, const struct iso_setup *setup)
{
    struct walk walk = {setup, visit_digest, out};
    iso_buffer_clear(out);
    iso_buffer_add(out, "");
    walk_accesses(&walk);
}

static uint32_t cause_of(const struct iso_effect *effect)
{
    if (effect->kind != ISO_EFFECT_FAULT)
        return 0;
    switch (effect->fault) {
    case ISO_ABORT_NONE:
    case ISO_ABORT_INTERRUPT:
    case ISO_ABORT_UNDEFINED:
        return 0;
    case ISO_ABORT_SERROR:
        return 1u << ISO_ROUTE_SERROR;
    case ISO_ABORT_ALIGNMENT:
        return 1u << ISO_ROUTE_ALIGNMENT;
    case ISO_ABORT_UNSUPPORTED:
    case ISO_ABORT_ATOMIC_UPDATE:
        return 1u << ISO_ROUTE_UNSUPPORTED;
    case ISO_ABORT_PERMISSION:
        return 1u << (effect->fault_tag_access ? ISO_ROUTE_TAG_ACCESS : ISO_ROUTE_PERMISSION);
    case ISO_ABORT_TAG_CHECK:
        return 1u << ISO_ROUTE_TAG_CHECK;
    case ISO_ABORT_EXTERNAL:
        return 1u << ISO_ROUTE_EXTERNAL;
    }
    return 0;
}

static bool visit_causes(void *context, const struct iso_effect_set *set, size_t tier)
{
    uint32_t *causes = context;
    (void)tier;
    for (size_t i = 0; i < set->count; i++)
        *causes |= cause_of(&set->item[i]);
    return false;
}

uint32_t iso_setup_fault_causes(const struct iso_setup *setup)
{
    uint32_t causes = setup->variant.memtag ? 1u << ISO_ROUTE_TAG_CHECK : 0;
    struct walk walk = {setup, visit_causes, &causes};
    if (setup->variant.vmsa) /* translations that the program makes itself */
        return (1u << ISO_ROUTE_CAUSE_COUNT) - 1;
    walk_accesses(&walk);
    return causes;
}

void iso_unknown_name(struct iso_buffer *out, const struct iso_machine *machine, const struct iso_unknown *unknown)
{
    if (unknown->is_cpu)
        iso_buffer_format(out, "cpu.%s", iso_cpu_key(unknown->cpu_key)->name);
    else
        iso_buffer_format(out, "tiers.%s.%s", machine->tiers[unknown->tier].name,
                          iso_capability_key(unknown->key)->name);
}
