/* Stage 2 of a guest's access in the walk: a second Implicit TTD read, of the host's descriptor, behind that of stage 1 and before the access.
 * A fault goes to the host; what comes of it is the setup's routing.
 * Not for: which stale entries a translation may use (machine.c); attributes (walk_tier.c).
 * A guest's own walk goes through stage 2 likewise where the scenario speaks of the memory that its descriptor lies in: S2PTE(PTE(x)), a third Implicit TTD read
 * before that of stage 1.
 * Not modelled: stage 2 of the guest's code, of its explicit accesses to PTE(x); tables that move; AT through both stages.
 * Source: Arm ARM B2.3.1, D8.4 (stage 2), D8.14 (TLB maintenance), D8.15 (faults); facts/kernel-policies.md sections 2.3 and 3. */
#include "models/translate.h"
#include "sim/explore/explore.h"
#include "sim/explore/walk.h"
#include "sim/isa/value.h"

#include <string.h>

void iso_walk_use(struct iso_builder *b, int i, const struct iso_path *path)
{
    if (path->ttd >= 0)
        b->event[path->ttd].users |= ISO_BIT(i);
    if (path->ttd_stage1 >= 0)
        b->event[path->ttd_stage1].users |= ISO_BIT(i);
    if (path->ttd_table >= 0)
        b->event[path->ttd_table].users |= ISO_BIT(i);
    for (uint64_t k = path->other_ttds; k; k &= k - 1)
        b->event[__builtin_ctzll(k)].users |= ISO_BIT(i);
}

void iso_walk_routed(struct iso_builder *b, unsigned stage, uint8_t type, uint64_t va, uint64_t own, uint64_t pick_flow)
{
    const struct iso_insn *insn = &b->test->thread[b->w.code].insn[b->w.pc];
    unsigned row = iso_setup_route_row(b->setup, b->thread_index, insn, stage);
    uint8_t becomes = iso_fault_routed(&b->setup->routing, row, type);
    bool handled = iso_fault_is_signal(becomes) && b->thread->handler < b->thread->ninsns;
    iso_walk_partial(b);
    if (becomes == ISO_FAULT_NONE) { /* tried again for ever: nothing that changes is left */
        b->w.stuck = b->w.done = true;
        return;
    }
    if (iso_fault_is_result(becomes) && !handled)
        iso_walk_end(b, becomes, va);
    else
        iso_walk_fault(b, becomes, becomes != ISO_FAULT_SERROR, va, own, pick_flow, true);
}

/* How an access stands with a stage-2 descriptor. */
struct verdict {
    enum iso_mmu_fault fault, first; /* the latter: before CH-63 let maintenance ignore it */
    bool nothing;                    /* IC of what does not translate */
    enum iso_route route;            /* of the fault */
    bool updates;                    /* by hardware, or by the host's handler */
    bool resolves;                   /* the latter: an exception and its return come in between */
    uint64_t after;
};

static bool reads_memory(const struct iso_insn *insn)
{
    return insn->cls != ISO_INSN_STORE && insn->cls != ISO_INSN_STORE_EXCLUSIVE && insn->cls != ISO_INSN_STORE_TAG &&
           insn->cls != ISO_INSN_STORE_TAG_DATA && insn->cls != ISO_INSN_ZERO;
}

/* `maintenance`: DC or IC by address, whose own translation this is; NULL: no such. */
static struct verdict judge(struct iso_builder *b, uint64_t descriptor, struct iso_mmu_access access, bool update_db,
                            const struct iso_insn *maintenance)
{
    struct iso_mmu_control control = {.ha = iso_setup_tthm(b->setup, b->test->stage2_tthm) != ISO_TTHM_SOFTWARE,
                                      .hd = iso_setup_tthm(b->setup, b->test->stage2_tthm) == ISO_TTHM_HAHD};
    static const enum iso_route_cause causes[] = {[ISO_MMU_TRANSLATION] = ISO_ROUTE_TRANSLATION,
                                                  [ISO_MMU_ACCESS_FLAG] = ISO_ROUTE_ACCESS_FLAG,
                                                  [ISO_MMU_PERMISSION] = ISO_ROUTE_PERMISSION};
    struct verdict out = {.route = ISO_ROUTE_TO_FAULT};
    struct iso_s2pte pte, updated;
    iso_s2pte_decode(&pte, descriptor);
    out.fault = out.first = iso_s2pte_check(&pte, &access, &control);
    if (maintenance && out.fault == ISO_MMU_ACCESS_FLAG && iso_walk_ignores(b, maintenance, out.fault)) {
        pte.af = true;
        out.fault = iso_s2pte_check(&pte, &access, &control);
    }
    if (maintenance && out.fault != ISO_MMU_NONE && iso_walk_ignores(b, maintenance, out.fault)) {
        out.nothing = out.fault == ISO_MMU_TRANSLATION;
        out.fault = ISO_MMU_NONE;
        return out;
    }
    if (out.fault != ISO_MMU_NONE) {
        out.route = iso_route_find(&b->setup->routing, 2, causes[out.fault]);
        out.resolves = out.updates = out.route == ISO_ROUTE_TO_RESOLVE && iso_s2pte_resolve(&pte, out.fault, &access);
        if (out.route == ISO_ROUTE_TO_RESOLVE && !out.resolves)
            out.route = ISO_ROUTE_TO_EXIT_EFAULT;
        out.after = iso_s2pte_encode(&pte);
        return out;
    }
    access.write = update_db;
    out.updates = iso_s2pte_update(&updated, &pte, &access, &control);
    out.after = iso_s2pte_encode(&updated);
    return out;
}

static bool write_back(struct iso_builder *b, int ttd, uint64_t loc, const struct verdict *v,
                       const struct iso_path *path)
{
    struct iso_depend d = {.address = path->depend.address,
                           .pick_address = path->depend.pick_address,
                           .flow = b->build[ttd].depend.flow,
                           .pick_flow = b->build[ttd].depend.pick_flow,
                           .same = ISO_BIT(ttd)};
    int hu = iso_walk_event(b, ISO_EVENT_HU, ISO_EVENT_STAGE2, loc, 8, &d);
    if (hu < 0)
        return false;
    b->event[hu].value.lo = v->after;
    b->event[hu].page = b->event[ttd].page;
    b->event[hu].pair = (int8_t)ttd;
    b->event[ttd].pair = (int8_t)hu;
    iso_order_event(b, (unsigned)hu);
    if (v->resolves) { /* the handler's write is complete before the access starts again; its return clears the local monitor */
        iso_order_context(&b->w.order, ISO_BIT(hu));
        b->w.reserved = false;
    }
    return true;
}

/* What a translation asks of a stage-2 descriptor. */
struct question {
    const struct iso_page *page; /* that stands for it */
    int8_t stage1;               /* TTD read of stage 1 before it; -1: none */
    struct iso_depend depend;
    struct iso_mmu_access access;
    bool update_db;
    const struct iso_insn *maintenance;
    bool quiet; /* hardware updates nothing */
    bool may_misalign;
    /* of the access itself; NULL: of a table */
    const struct iso_insn *insn;
    const struct iso_path_request *request;
    uint64_t stage1_descriptor;
    int stage1_page;
};

/* Whether another fault of the access is taken than that of stage 2 (walk_priority.c). Without a physical address no tier has a say. */
static bool outranked(struct iso_builder *b, struct iso_path *out, const struct question *q, const struct verdict *v,
                      uint64_t descriptor)
{
    const struct iso_walked_descriptors d = {.stage1 = q->stage1_descriptor, .stage2 = descriptor, .has_stage2 = true};
    struct iso_s2pte pte;
    if (!q->insn || v->fault == ISO_MMU_TRANSLATION)
        return false;
    iso_s2pte_decode(&pte, descriptor);
    out->loc = pte.oa + (q->request->va & (ISO_PAGE_BYTES - 1));
    return iso_walk_outranked(b, out, q->insn, q->request, q->stage1_page, &d,
                              v->fault == ISO_MMU_PERMISSION ? ISO_RANK_STAGE2_PERMISSION : ISO_RANK_STAGE2);
}

/* A fault of stage 2 whose TTD read is event `ttd`. */
static void fault(struct iso_builder *b, struct iso_path *out, int ttd, uint16_t flags, const struct verdict *v,
                  uint64_t va)
{
    static const uint8_t types[] = {[ISO_MMU_TRANSLATION] = ISO_FAULT_MMU_TRANSLATION,
                                    [ISO_MMU_ACCESS_FLAG] = ISO_FAULT_MMU_ACCESS_FLAG,
                                    [ISO_MMU_PERMISSION] = ISO_FAULT_MMU_PERMISSION};
    struct iso_depend at_fault = {.flow = out->depend.flow, .pick_flow = out->depend.pick_flow, .same = ISO_BIT(ttd)};
    int f = iso_walk_event(b, ISO_EVENT_FAULT, flags & ISO_EVENT_TLB_UNCACHEABLE, 0, 1, &at_fault);
    if (f < 0)
        return;
    b->event[f].ttd = (int8_t)ttd;
    iso_walk_use(b, f, out);
    iso_order_event(b, (unsigned)f);
    iso_walk_routed(b, 2, v->route == ISO_ROUTE_TO_EXIT_EFAULT ? ISO_FAULT_EXIT_EFAULT : types[v->fault], va,
                    ISO_BIT(ttd) | out->depend.pick_address, out->depend.pick_flow);
}

/* Two entries for an intermediate address, and the abort that reports it: the host's. */
static enum iso_path_status conflict_abort(struct iso_builder *b, struct iso_path *out, const struct question *q,
                                           const struct iso_conflict *conflict, struct iso_bytes16 value, uint64_t va)
{
    int ttd = iso_walk_event(b, ISO_EVENT_TTD_READ, ISO_EVENT_STAGE2 | ISO_EVENT_FAULTS, q->page->descriptor_va, 8,
                             &q->depend),
        f;
    if (ttd < 0)
        return ISO_PATH_STOP;
    b->event[ttd].value = value;
    b->event[ttd].page = (int16_t)(q->page - b->test->page);
    b->event[ttd].ttd = q->stage1;
    iso_order_event(b, (unsigned)ttd);
    ttd = iso_walk_conflict_read(b, out, conflict, ttd, &q->depend);
    struct iso_depend at_fault = {
        .flow = q->depend.flow, .pick_flow = q->depend.pick_flow, .same = ttd < 0 ? 0 : ISO_BIT(ttd)};
    f = ttd < 0 ? -1 : iso_walk_event(b, ISO_EVENT_FAULT, 0, 0, 1, &at_fault);
    if (f < 0)
        return ISO_PATH_STOP;
    b->event[f].ttd = (int8_t)ttd;
    b->event[ttd].users |= ISO_BIT(f);
    iso_walk_use(b, f, out);
    iso_order_event(b, (unsigned)f);
    iso_walk_routed(b, 2, ISO_FAULT_TLB_CONFLICT, va, ISO_BIT(ttd) | out->depend.pick_address, out->depend.pick_flow);
    return ISO_PATH_STOP;
}

/* The TTD read of a stage-2 descriptor, and what comes of a fault. *place: where its event goes in the path. */
static enum iso_path_status consult(struct iso_builder *b, struct iso_path *out, const struct question *q,
                                    int8_t *place, uint64_t va, uint64_t *descriptor)
{
    struct iso_bytes16 value;
    struct verdict v;
    struct iso_conflict conflict;
    uint16_t flags = ISO_EVENT_STAGE2;
    bool waits, retries;
    int ttd;
    if (!iso_walk_value(b, &value, q->page->descriptor_va, 8, true) ||
        !iso_walk_conflict(b, &conflict, (int)(q->page - b->test->page), value.lo))
        return ISO_PATH_STOP;
    if (conflict.kind == ISO_CONFLICT_ABORT)
        return conflict_abort(b, out, q, &conflict, value, va);
    uint64_t found = conflict.kind == ISO_CONFLICT_AMALGAM ? conflict.descriptor : value.lo;
    v = judge(b, found, q->access, q->update_db, q->maintenance);
    if (conflict.kind == ISO_CONFLICT_AMALGAM && v.updates) { /* hardware and handlers work on what memory holds */
        b->w.dead = true;
        return ISO_PATH_STOP;
    }
    waits = v.fault != ISO_MMU_NONE && v.route == ISO_ROUTE_TO_RETRY;
    retries = waits && iso_walk_retries(b);
    waits = waits && !retries;
    if (v.resolves)
        iso_walk_early(b);
    if (b->w.dead)
        return ISO_PATH_STOP;
    if (v.fault != ISO_MMU_NONE && !v.resolves)
        flags |= ISO_EVENT_FAULTS;
    if (v.first == ISO_MMU_TRANSLATION || v.first == ISO_MMU_ACCESS_FLAG)
        flags |= ISO_EVENT_TLB_UNCACHEABLE;
    if (waits)
        flags |= ISO_EVENT_WAITS;
    ttd = iso_walk_event(b, ISO_EVENT_TTD_READ, flags, q->page->descriptor_va, 8, &q->depend);
    if (ttd < 0)
        return ISO_PATH_STOP;
    b->event[ttd].value = value;
    b->event[ttd].page = (int16_t)(q->page - b->test->page);
    b->event[ttd].ttd = q->stage1;
    iso_order_event(b, (unsigned)ttd);
    if (conflict.kind != ISO_CONFLICT_NONE && (ttd = iso_walk_conflict_read(b, out, &conflict, ttd, &q->depend)) < 0)
        return ISO_PATH_STOP;
    if (q->stage1 >= 0)
        out->ttd_stage1 = out->ttd;
    *place = (int8_t)ttd;
    out->depend.flow = b->build[ttd].depend.flow;
    out->depend.pick_flow = b->build[ttd].depend.pick_flow;
    out->depend.same |= ISO_BIT(ttd);
    out->read_same |= ISO_BIT(ttd);
    if (waits) {
        iso_walk_partial(b);
        b->w.stuck = b->w.done = true;
        return ISO_PATH_STOP;
    }
    if (v.nothing) {
        b->w.pc++;
        return ISO_PATH_STOP;
    }
    if (retries) { /* the handler waits, and returns to the instruction */
        iso_order_context(&b->w.order, ISO_BIT(ttd) | out->depend.pick_address);
        b->w.reserved = false;
        return ISO_PATH_STOP;
    }
    if (v.fault != ISO_MMU_NONE && outranked(b, out, q, &v, found))
        return ISO_PATH_STOP;
    if (v.fault != ISO_MMU_NONE && !v.resolves) {
        fault(b, out, ttd, flags, &v, va);
        return ISO_PATH_STOP;
    }
    if (q->quiet && !v.resolves)
        v.updates = false;
    if (v.updates && !v.resolves && q->may_misalign && iso_walk_choose(b, 2) == 1) {
        out->unupdated[1] = true;
        v.updates = false;
    }
    if (v.updates && !write_back(b, ttd, q->page->descriptor_va, &v, out))
        return ISO_PATH_STOP;
    *descriptor = v.updates ? v.after : found;
    return ISO_PATH_OK;
}

enum iso_path_status iso_walk_stage2(struct iso_builder *b, struct iso_path *out, const struct iso_insn *insn,
                                     const struct iso_path_request *request, struct iso_walked_descriptors *descriptor)
{
    int frame = iso_test_frame_at(b->test, out->loc);
    struct question q = {.stage1 = out->ttd,
                         .depend = out->depend,
                         .access = {.read = reads_memory(insn), .write = request->write},
                         .update_db = request->update_db,
                         .quiet = request->quiet,
                         .may_misalign = iso_walk_may_misalign(b, insn, request),
                         .insn = insn,
                         .request = request,
                         .stage1_descriptor = descriptor->stage1,
                         .stage1_page = iso_test_page_at(b->test, iso_address_strip(request->va))};
    struct iso_s2pte pte;
    if (frame < 0 || !b->test->page[frame].stage2)
        return ISO_PATH_OK; /* the host keeps it where it is */
    if (insn->cls == ISO_INSN_CACHE && !request->fetch) {
        struct iso_mmu_maintenance maintenance = iso_walk_maintenance(b, insn);
        iso_maintenance_access(&q.access, &maintenance);
        q.maintenance = insn;
    }
    q.page = &b->test->page[b->test->page[frame].stage2 - 1];
    q.depend.same = ISO_BIT(out->ttd);
    if (consult(b, out, &q, &out->ttd, request->va, &descriptor->stage2) != ISO_PATH_OK)
        return ISO_PATH_STOP;
    descriptor->has_stage2 = true;
    iso_s2pte_decode(&pte, descriptor->stage2);
    out->loc = pte.oa + (request->va & (ISO_PAGE_BYTES - 1));
    return ISO_PATH_OK;
}

/* ---- the guest's own tables ---- */

static bool is_guests(const struct iso_builder *b, const struct iso_insn *insn)
{
    return b->thread->guest && !insn->host;
}

/* The walk itself faults at stage 2 although the descriptor permits it: HCR_EL2.PTW and Device memory (Arm ARM RKTSYP). */
static void fault_of_device(struct iso_builder *b, struct iso_path *out, const struct iso_path_request *request)
{
    struct verdict v = {.fault = ISO_MMU_PERMISSION,
                        .route = iso_route_find(&b->setup->routing, 2, ISO_ROUTE_PERMISSION)};
    if (v.route == ISO_ROUTE_TO_RESOLVE) /* nothing that a handler could set */
        v.route = ISO_ROUTE_TO_EXIT_EFAULT;
    fault(b, out, out->ttd_table, 0, &v, request->va);
}

enum iso_path_status iso_walk_table(struct iso_builder *b, struct iso_path *out, const struct iso_page *page,
                                    const struct iso_insn *insn, const struct iso_path_request *request,
                                    uint64_t *stage2)
{
    struct question q = {
        .page = &b->test->page[page->table - 1], .stage1 = -1, .depend = out->depend, .access = {.read = true}};
    struct iso_attribute attribute;
    if (!is_guests(b, insn))
        return ISO_PATH_OK;
    if (consult(b, out, &q, &out->ttd_table, request->va, stage2) != ISO_PATH_OK)
        return ISO_PATH_STOP;
    if (iso_setup_table_attribute(&attribute, b->setup, page->table - 1, stage2))
        return ISO_PATH_OK;
    fault_of_device(b, out, request);
    return ISO_PATH_STOP;
}

enum iso_path_status iso_walk_table_update(struct iso_builder *b, struct iso_path *out, const struct iso_page *page,
                                           const struct iso_insn *insn, const struct iso_path_request *request,
                                           uint64_t *stage2, uint16_t *flags, bool *updates)
{
    bool guest = is_guests(b, insn);
    struct iso_effect_query query;
    struct iso_s2pte pte;
    uint32_t count;
    uint8_t type;
    iso_s2pte_decode(&pte, *stage2);
    if (guest && !pte.write) { /* looked up again, now for a write */
        struct question q = {.page = &b->test->page[page->table - 1],
                             .stage1 = out->ttd,
                             .depend = out->depend,
                             .access = {.read = true, .write = true},
                             .update_db = true};
        int8_t stage1 = out->ttd_stage1;
        q.depend.same = ISO_BIT(out->ttd);
        if (consult(b, out, &q, &out->ttd_table, request->va, stage2) != ISO_PATH_OK)
            return ISO_PATH_STOP;
        out->ttd_stage1 = stage1;
    }
    if (!b->setup->machine)
        return ISO_PATH_OK;
    memset(&query, 0, sizeof query);
    iso_access_init(&query.access, ISO_ACCESS_HW_UPDATE);
    query.access.va = query.access.pa = page->descriptor_va;
    query.tier = b->setup->frame_tier[page->table - 1];
    iso_setup_table_attribute(&query.attribute, b->setup, page->table - 1, guest ? stage2 : NULL);
    const struct iso_tier_effect *found =
        iso_effect_find(b->program->effects, b->program->choices, &count, b->setup->machine, &query);
    struct iso_tier_effect effect = found[iso_walk_choose(b, count)];
    if (b->w.dead)
        return ISO_PATH_STOP;
    iso_walk_add_cause(b, &effect);
    switch (effect.effect.kind) {
    case ISO_EFFECT_PASS:
    case ISO_EFFECT_PERFORM:
        if (effect.effect.rmw == ISO_RMW_NONATOMIC)
            *flags |= ISO_EVENT_NOT_ATOMIC;
        *updates = !effect.effect.data_lost;
        return ISO_PATH_OK;
    case ISO_EFFECT_NOP:
        *updates = false;
        return ISO_PATH_OK;
    case ISO_EFFECT_HANG:
        b->w.stuck = b->w.done = true;
        return ISO_PATH_STOP;
    case ISO_EFFECT_FAULT:
        break;
    }
    type = iso_effect_fault(&effect.effect);
    if (type == ISO_FAULT_NONE) {
        *updates = false;
        return ISO_PATH_OK;
    }
    /* stage 1's type is Write-Back: in a guest what is wrong is stage 2's matter (facts/arm-attributes.md 2.2, 8) */
    iso_walk_routed(b, guest ? 2 : 1, type, request->va, ISO_BIT(out->ttd), out->depend.pick_flow);
    return ISO_PATH_STOP;
}
