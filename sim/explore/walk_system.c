/* TLB and cache maintenance and address translation instructions in the walk.
 * Not modelled: DC by set and way; TLBI of other translation regimes than the test's, or of the guest and its host.
 * Source: Arm ARM D8.14 (TLB maintenance), B2.3 (DC in the order), C5.5 (AT). */
#include "sim/explore/explore.h"
#include "sim/explore/walk.h"
#include "sim/isa/a64_asm.h"
#include "sim/isa/value.h"

#include <string.h>

/* Pages of the test that a TLBI by address names, a bit each. A range operation (FEAT_TLBIRANGE, Arm ARM C5.5) names (NUM + 1) << (5 * SCALE + 1)
 * pages from BaseADDR on, and none here if its TG is not the 4 KB granule. */
static uint64_t tlbi_pages(const struct iso_builder *b, const struct iso_insn *insn)
{
    uint64_t x = b->w.regs.x[insn->rn], first = x & ((UINT64_C(1) << 44) - 1), count = 1, pages = 0;
    if (insn->scope == ISO_TLBI_RANGE) {
        first = x & ((UINT64_C(1) << 37) - 1);
        count = (x >> 46 & 3u) == 1 ? ((x >> 39 & 31u) + 1) << (5 * (x >> 44 & 3u) + 1) : 0;
    }
    for (unsigned page = 0; page < b->test->npages && page < ISO_SETUP_MAX_PAGES; page++)
        if ((b->test->page[page].va / ISO_PAGE_BYTES) - first < count &&
            iso_test_page_at(b->test, b->test->page[page].va) == (int)page)
            pages |= ISO_BIT(page);
    return pages;
}

static bool tlbi_event(struct iso_builder *b, uint16_t flags, const struct iso_depend *depend, int page)
{
    struct iso_depend d = *depend;
    int i = iso_walk_event(b, ISO_EVENT_TLBI, flags, 0, 1, &d);
    if (i < 0)
        return false;
    b->event[i].page = (int16_t)page;
    b->event[i].loc = UINT64_MAX - 1; /* overlaps nothing */
    iso_order_event(b, (unsigned)i);
    return true;
}

static void tlbi(struct iso_builder *b, const struct iso_insn *insn)
{
    struct iso_insn_uses uses;
    struct iso_depend d = {0};
    uint16_t flags = insn->domain == ISO_DOMAIN_NSH ? 0 : ISO_EVENT_INNER_SHAREABLE;
    uint64_t pages = 0;
    int page = -1; /* all */
    iso_insn_uses(&uses, insn);
    if (b->test->has_guest) {
        struct iso_a64_tlbi_target target = iso_a64_tlbi_target(insn, b->thread->guest && !insn->host);
        if (target.guest)
            flags |= ISO_EVENT_GUEST;
        if (target.stage2)
            flags |= ISO_EVENT_STAGE2;
        if (!target.stage1)
            flags |= ISO_EVENT_NOT_STAGE1;
        if (!target.stage1 && !target.stage2)
            page = ISO_SETUP_MAX_PAGES;
    }
    if (insn->rn < ISO_REG_COUNT && insn->scope == ISO_TLBI_IPA && b->test->has_guest) {
        int stage2 = iso_test_stage2_at(b->test, (b->w.regs.x[insn->rn] & ((UINT64_C(1) << 36) - 1)) << 12);
        page = stage2 >= 0 ? stage2 : (int)ISO_SETUP_MAX_PAGES;
    } else if (insn->rn < ISO_REG_COUNT && (insn->scope == ISO_TLBI_VA || insn->scope == ISO_TLBI_RANGE)) {
        pages = tlbi_pages(b, insn);
        page = ISO_SETUP_MAX_PAGES; /* no page of the test */
    }
    d.address = d.flow = iso_walk_flow(b->w.flow, uses.address);
    d.pick_address = d.pick_flow = iso_walk_flow(b->w.pick_flow, uses.address);
    if (!pages && !tlbi_event(b, flags, &d, page))
        return;
    for (page = 0; page < (int)ISO_SETUP_MAX_PAGES && pages >> page; page++)
        if ((pages >> page & 1u) && !tlbi_event(b, flags, &d, page))
            return;
    b->w.pc++;
}

/* AT: translates without accessing; the result goes to PAR_EL1. Stage 1 alone: in a guest it is an intermediate address. */
static void address_translation(struct iso_builder *b, const struct iso_insn *insn)
{
    struct iso_insn_uses uses;
    struct iso_path path;
    uint64_t par;
    uint8_t fault = ISO_FAULT_NONE;
    struct iso_path_request request = {
        .va = insn->rn < ISO_REG_COUNT ? b->w.regs.x[insn->rn] : 0, .probe = true, .size = 1};
    char text[32];
    const char *level;
    iso_insn_text(text, sizeof text, insn); /* "AT S1E0W,X1": stage, level, direction */
    level = strchr(text, 'E');
    request.el0 = level && level[1] == '0';
    request.write = level && level[1] && level[2] == 'W';
    iso_insn_uses(&uses, insn);
    if (iso_walk_path(b, &path, insn, &uses, &request, &fault) != ISO_PATH_OK)
        return;
    par = fault != ISO_FAULT_NONE ? ISO_PAR_FAULT : path.loc & UINT64_C(0x0000fffffffff000);
    b->w.regs.x[ISO_REG_PAR] = par;
    b->w.flow[ISO_REG_PAR] = path.depend.flow;
    b->w.pick_flow[ISO_REG_PAR] = path.depend.pick_flow;
    b->w.pc++;
}

/* Bytes that one operation by address works on: the machine's line; without a machine the word, so that nothing is done for what lies beside it. */
static unsigned line_bytes(const struct iso_builder *b)
{
    return b->setup->machine && b->setup->machine->l1.line_bytes && b->setup->machine->l1.line_bytes <= 128
               ? b->setup->machine->l1.line_bytes
               : 4;
}

/* What a DC does to copies of a line that may differ; 0: nothing that anybody is promised. */
static unsigned maintenance_of(const struct iso_builder *b, const struct iso_insn *insn, const struct iso_path *path)
{
    struct iso_alias_operation operation = iso_a64_maintenance(insn);
    return iso_alias_maintain(&operation, b->thread->guest && !insn->host, (enum iso_tagging)path->tagging,
                              path->tags_with_data);
}

/* DC by address to a point of unification or coherency, IC: Effects of their own in the order. Where all see one copy, what data accesses find stays; code is what is
 * fetched after IC (Arm ARM B2.7.4.2: DC CVAU, DSB, IC IVAU, DSB, ISB). */
static void cache(struct iso_builder *b, const struct iso_insn *insn)
{
    struct iso_insn_uses uses;
    struct iso_path path = {.ttd = -1, .tag = -1};
    struct iso_path_request request = {.va = insn->rn < ISO_REG_COUNT ? b->w.regs.x[insn->rn] : 0, .size = 1};
    bool by_address = insn->rn < ISO_REG_COUNT && insn->cache_op != ISO_CACHE_DC_SET_WAY;
    bool fetches = b->program->fetches, invalidates = insn->cache_op >= ISO_CACHE_IC_IVAU;
    bool may_fault = by_address && b->setup->machine; /* IC of what nobody fetches: CH-63 */
    bool cleans =
        insn->cache_op == ISO_CACHE_DC_CVAU ||
        (fetches && (insn->cache_op <= ISO_CACHE_DC_CIVAC)); /* to the Point of Coherency: past that of Unification */
    iso_insn_uses(&uses, insn);
    request.write = iso_walk_maintenance(b, insn).invalidates;
    if ((invalidates && !fetches && !may_fault) || (!by_address && !invalidates)) {
        b->w.pc++;
        return;
    }
    if (by_address && iso_walk_path(b, &path, insn, &uses, &request, &(uint8_t){ISO_FAULT_NONE}) != ISO_PATH_OK)
        return;
    if (cleans || (invalidates && fetches)) {
        struct iso_depend d = path.depend;
        unsigned line = !by_address ? 0 : fetches ? line_bytes(b) : 1;
        uint16_t flags = insn->cache_op == ISO_CACHE_IC_IALLU || path.own_caches ? 0 : ISO_EVENT_INNER_SHAREABLE;
        uint64_t loc = line ? path.loc & ~(uint64_t)(line - 1) : UINT64_MAX - 1;
        int i = invalidates ? iso_walk_event(b, ISO_EVENT_IC, flags, loc, line, &d)
                            : iso_walk_event(b, ISO_EVENT_CACHE, 0, loc, line, &d);
        if (i < 0)
            return;
        b->event[i].value.lo = path.maintained;
        if (by_address)
            iso_walk_link(b, i, &path);
        iso_order_event(b, (unsigned)i);
    }
    if (path.maintained && maintenance_of(b, insn, &path)) {
        struct iso_depend d = path.depend;
        int i =
            iso_walk_event(b, ISO_EVENT_MAINTENANCE, 0, path.loc & ~(uint64_t)(ISO_LINE_BYTES - 1), ISO_LINE_BYTES, &d);
        if (i < 0)
            return;
        b->event[i].value = (struct iso_bytes16){path.maintained, maintenance_of(b, insn, &path)};
        iso_walk_link(b, i, &path);
        iso_order_event(b, (unsigned)i);
    }
    b->w.pc++;
}

void iso_walk_system(struct iso_builder *b, const struct iso_insn *insn)
{
    if (insn->cls == ISO_INSN_TLBI)
        tlbi(b, insn);
    else if (insn->cls == ISO_INSN_AT)
        address_translation(b, insn);
    else
        cache(b, insn);
}
