/* Loops in the walk: which iterations change nothing, and which loops never end.
 * An iteration that writes nothing and comes back to its head with the same values in every register that is still needed can be left out: what follows
 * it is allowed without it too, for it only adds order. So a loop that waits for a value, or retries an exclusive or a CAS, is walked with its last round
 * alone. If nothing but memory could end it, going round for ever is an end of the thread of its own: NoProgress, provided that the values
 * read in that round are memory's last.
 * The same holds for a round that writes if its path depends on nothing it reads: a retry loop on a tier that lets every store exclusive write and fail.
 * A spurious failure of a store exclusive is no reason to go round for ever (Arm ARM B2.12.5, forward progress).
 * A loop that only counts, its condition on registers that depend on no read, is walked round by round and no bound cuts it.
 * Not modelled: loops through indirect branches (they are unrolled to the bound). */
#include "sim/explore/explore.h"
#include "sim/explore/walk.h"

#include <string.h>

#define MONITOR ISO_BIT(ISO_TAINT_RESERVATION) /* the local monitor counts as a register */

/* Whether threads may take faults in place of what they do for other reasons than what a tier does. */
static bool expects_faults(const struct iso_setup *setup)
{
    return setup->variant.vmsa || setup->variant.memtag;
}

/* On a machine only a thread that is known to take faults has registers needed for them: else no loop that shows what it read would come back to where it was. The
 * first fault of another is none in this round, whose walks did not keep what it leaves as it was; the next round knows. False: it is not to be taken. */
bool iso_walk_expects_fault(struct iso_builder *b)
{
    const uint32_t bit = 1u << b->thread_index;
    if (!b->setup->machine || expects_faults(b->setup) || (b->program->faulty & bit))
        return true;
    *b->program->faults |= bit;
    return false;
}

/* Whether an instruction may take a fault in place of what it does. */
static bool may_fault(const struct iso_builder *b, const struct iso_insn *insn)
{
    if (!expects_faults(b->setup) && !(b->program->faulty >> b->thread_index & 1))
        return false;
    return insn->cls != ISO_INSN_COMPUTE && insn->cls != ISO_INSN_BRANCH && insn->cls != ISO_INSN_BARRIER;
}

/* Registers read before they are written from instruction i on, one pass backwards. A fault leaves the results unwritten and the monitor as it is: they are live
 * where it leads to. */
static bool live_pass(const struct iso_builder *b, uint64_t *live, uint64_t at_end)
{
    const struct iso_thread *t = b->thread;
    bool changed = false;
    for (uint32_t i = t->ninsns; i-- > 0;) {
        const struct iso_insn *insn = &t->insn[i];
        struct iso_insn_uses u;
        uint64_t out = i + 1 == t->code_end || i + 1 == t->ninsns ? at_end : live[i + 1], next;
        iso_insn_uses(&u, insn);
        if (insn->cls == ISO_INSN_BRANCH) {
            bool direct = insn->target >= 0 && (uint32_t)insn->target <= t->ninsns;
            uint64_t there = !direct                                 ? UINT64_MAX
                             : (uint32_t)insn->target >= t->code_end ? at_end | live[insn->target]
                                                                     : live[insn->target];
            out |= there;
        } else if (insn->cls == ISO_INSN_EXCEPTION_RETURN || insn->cls == ISO_INSN_EXCEPTION) {
            out = UINT64_MAX;
        }
        next = out;
        out &= ~(u.result | u.status | u.writeback);
        if (insn->cls == ISO_INSN_LOAD_EXCLUSIVE || insn->cls == ISO_INSN_CLREX)
            out &= ~MONITOR;
        if (t->handler < t->ninsns)
            out |= live[t->handler];
        else if (may_fault(b, insn))
            out |= b->setup->variant.fault_mode == ISO_FAULT_MODE_SKIP ? next | at_end : at_end;
        if (insn->cls == ISO_INSN_STORE_EXCLUSIVE)
            out |= MONITOR;
        out |= u.address | u.data | u.compare | u.pick | u.control | u.writeback;
        changed |= out != live[i];
        live[i] = out;
    }
    return changed;
}

/* Heads that instruction i may still lead to, one pass backwards; head k is bit k in program order. */
static bool reach_pass(const struct iso_thread *t, uint64_t *reach, const bool *is_head)
{
    bool changed = false;
    unsigned head = 0;
    for (uint32_t i = 0; i < t->ninsns; i++)
        head += is_head[i];
    for (uint32_t i = t->ninsns; i-- > 0;) {
        const struct iso_insn *insn = &t->insn[i];
        uint64_t out = reach[i + 1];
        if (is_head[i])
            out |= ISO_BIT(--head);
        if (insn->cls == ISO_INSN_BRANCH)
            out |= insn->target >= 0 && (uint32_t)insn->target <= t->ninsns ? reach[insn->target] : UINT64_MAX;
        else if (insn->cls == ISO_INSN_EXCEPTION_RETURN || insn->cls == ISO_INSN_EXCEPTION)
            out = UINT64_MAX;
        if (t->handler < t->ninsns)
            out |= reach[t->handler];
        changed |= out != reach[i];
        reach[i] = out;
    }
    return changed;
}

static void find_reach(struct iso_builder *b)
{
    const struct iso_thread *t = b->thread;
    struct iso_thread_traces *observed = &b->program->thread[b->thread_index];
    unsigned heads = 0;
    observed->reach = NULL;
    for (uint32_t i = 0; i < t->ninsns; i++)
        heads += b->is_head[i];
    if (heads > 64 || b->program->fetches)
        return;
    observed->reach = iso_arena_alloc(b->program->arena, (t->ninsns + 1) * sizeof *observed->reach);
    while (reach_pass(t, observed->reach, b->is_head))
        ;
}

bool iso_walk_comes_back(const struct iso_program *program, unsigned thread, const struct iso_walk *w, uint32_t head)
{
    const struct iso_thread_traces *t = &program->thread[thread];
    unsigned bit = 0;
    if (!t->reach || w->code != thread || !t->is_head[head])
        return true;
    for (uint32_t i = 0; i < head; i++)
        bit += t->is_head[i];
    return t->reach[w->pc] >> bit & 1;
}

void iso_walk_find_loops(struct iso_builder *b)
{
    const struct iso_thread *t = b->thread;
    struct iso_thread_traces *observed = &b->program->thread[b->thread_index];
    uint64_t at_end = 0;
    bool any = false;
    b->live = NULL;
    observed->live = NULL;
    observed->fenced = NULL;
    for (uint32_t i = 0; i < t->ninsns; i++)
        any |= t->insn[i].cls == ISO_INSN_BRANCH && t->insn[i].target >= 0 && (uint32_t)t->insn[i].target <= i;
    if (!any && !b->program->lazy)
        return;
    for (uint32_t i = 0; i < observed->nshown; i++)
        if (observed->shown[i] < ISO_REG_COUNT)
            at_end |= ISO_BIT(observed->shown[i]);
    observed->ends = at_end;
    b->live = iso_arena_alloc(b->program->arena, (t->ninsns + 1) * sizeof *b->live);
    observed->waits_here = iso_arena_alloc(b->program->arena, (t->ninsns + 1) * sizeof *observed->waits_here);
    observed->reads_here = iso_arena_alloc(b->program->arena, (t->ninsns + 1) * sizeof *observed->reads_here);
    b->is_head = iso_arena_alloc(b->program->arena, t->ninsns * sizeof *b->is_head);
    for (uint32_t i = 0; i < t->ninsns; i++)
        if (t->insn[i].cls == ISO_INSN_BRANCH && t->insn[i].target >= 0 && (uint32_t)t->insn[i].target <= i)
            b->is_head[t->insn[i].target] = true;
    observed->live = b->live;
    observed->is_head = b->is_head;
    find_reach(b);
    for (uint32_t i = 0; i < t->ninsns; i++) {
        bool stores = false, reads = false;
        if (t->insn[i].cls != ISO_INSN_BRANCH || t->insn[i].target < 0 || (uint32_t)t->insn[i].target > i)
            continue;
        for (uint32_t k = (uint32_t)t->insn[i].target; k <= i; k++)
            stores |= t->insn[k].cls == ISO_INSN_STORE || t->insn[k].cls == ISO_INSN_STORE_TAG ||
                      t->insn[k].cls == ISO_INSN_STORE_TAG_DATA || t->insn[k].cls == ISO_INSN_ZERO;
        for (uint32_t k = i + 1; k-- > (uint32_t)t->insn[i].target && !stores;) {
            reads |= t->insn[k].cls == ISO_INSN_LOAD || t->insn[k].cls == ISO_INSN_ATOMIC ||
                     t->insn[k].cls == ISO_INSN_CAS || t->insn[k].cls == ISO_INSN_LOAD_EXCLUSIVE;
            observed->waits_here[k] = true;
            observed->reads_here[k] |= reads;
        }
    }
    if (b->program->fetches) /* what will be executed may need any register */
        memset(b->live, 0xff, (t->ninsns + 1) * sizeof *b->live);
    else
        while (live_pass(b, b->live, at_end))
            ;
    b->live[t->ninsns] = at_end;
    if (b->program->lazy && !b->program->fetches && !b->setup->variant.vmsa)
        iso_walk_find_fenced(b);
}

/* Everything that decides how the walk goes on from a loop head. */
static uint64_t digest(const struct iso_walk *w, uint64_t live)
{
    uint64_t h = w->in_handler + ((uint64_t)w->late_tags << 8) + ((uint64_t)w->late_at_dsb << 16);
    if ((live & MONITOR) && w->reserved)
        h ^= w->reserved_loc * 31 + w->reserved_size;
    for (uint64_t r = live & ((UINT64_C(1) << ISO_REG_COUNT) - 1); r; r &= r - 1) {
        unsigned reg = (unsigned)__builtin_ctzll(r);
        h = (h ^ w->regs.x[reg]) * UINT64_C(0xff51afd7ed558ccd) + reg;
        h ^= h >> 29;
    }
    return h;
}

static struct iso_loop *loop_at(struct iso_builder *b, uint32_t head)
{
    struct iso_walk *w = &b->w;
    for (unsigned i = 0; i < w->nloops; i++)
        if (w->loop[i].target == head)
            return &w->loop[i];
    for (unsigned i = 0; i < w->nloops && w->nloops == ISO_WALK_LOOPS_MAX;)
        if (iso_walk_comes_back(b->program, b->thread_index, w, w->loop[i].target))
            i++;
        else
            memmove(&w->loop[i], &w->loop[i + 1], (--w->nloops - i) * sizeof w->loop[i]);
    if (w->nloops == ISO_WALK_LOOPS_MAX) {
        b->failure = "more loops in one thread than the engine holds";
        w->dead = true;
        return NULL;
    }
    w->loop[w->nloops] = (struct iso_loop){.target = head};
    return &w->loop[w->nloops++];
}

/* The bound: the run ends here, and whether it can really come this far is left to the search. */
static void cut(struct iso_walk *w)
{
    w->cut = w->done = true;
}

/* Whether something that the loop itself reads has a say in `registers`. A run's taints do not tell: those of reads made before a horizon are forgotten. */
static bool reads_itself(const struct iso_thread *t, uint32_t target, uint32_t from, uint64_t registers)
{
    uint64_t before = 0;
    bool reads = false;
    while (before != registers) {
        before = registers;
        for (uint32_t i = target; i <= from; i++) {
            struct iso_insn_uses u;
            iso_insn_uses(&u, &t->insn[i]);
            if (!((u.result | u.status) & registers))
                continue;
            reads |= t->insn[i].cls != ISO_INSN_COMPUTE;
            registers |= u.address | u.data | u.compare | u.pick | u.control;
        }
    }
    return reads;
}

/* Whether a condition's registers say how often to go round without anything read, drawn or failed: such a loop ends by itself. */
static bool is_counted(const struct iso_builder *b, uint32_t target, uint32_t from, uint64_t control)
{
    const struct iso_walk *w = &b->w;
    if (!control || w->code != b->thread_index || b->program->fetches || iso_walk_flow(w->pick_flow, control))
        return false;
    for (uint32_t i = target; i <= from; i++) {
        const struct iso_insn *insn = &b->thread->insn[i];
        if (insn->cls == ISO_INSN_STORE_EXCLUSIVE || insn->cls == ISO_INSN_SYSTEM_READ ||
            !strcmp(insn->mnemonic, "IRG"))
            return false;
    }
    return !reads_itself(b->thread, target, from, control);
}

void iso_walk_count_loop(struct iso_builder *b, uint32_t target, uint32_t from, uint64_t control)
{
    struct iso_loop *loop = loop_at(b, target);
    if (!loop)
        return;
    loop->came_back = true;
    if (loop->known < ISO_WALK_KNOWN_ROUNDS_MAX && is_counted(b, target, from, control)) {
        loop->known++;
        return;
    }
    loop->times++;
    if (loop->times > b->loop_bound &&
        !(b->live && b->w.code == b->thread_index && b->is_head[target])) /* through a register: no head */
        cut(&b->w);
}

void iso_walk_spurious(struct iso_walk *w)
{
    for (unsigned i = 0; i < w->nloops; i++)
        for (unsigned k = 0; k < w->loop[i].nvisits; k++)
            w->loop[i].visit[k].unfair = true;
}

void iso_walk_refused(struct iso_walk *w)
{
    for (unsigned i = 0; i < w->nloops; i++)
        for (unsigned k = 0; k < w->loop[i].nvisits; k++)
            w->loop[i].visit[k].refused = true;
}

/* Whether no read since event `first` has had a say in where the thread went or what it accessed. */
static bool goes_blindly(const struct iso_order *o, unsigned first)
{
    uint64_t sources = o->control | o->pick_control | o->address_access | o->pick_address_access | o->ttd | o->tag;
    return first < ISO_EVENTS_MAX && !(sources >> first);
}

/* A round came back to where an earlier one began, but wrote. If it can only go the same way again, whatever memory holds, the thread goes round for
 * ever; memory is then looked at after any number of rounds. */
static bool ends_here(struct iso_builder *b, const struct iso_loop *loop, unsigned visit)
{
    return loop->visit[visit].refused && !loop->visit[visit].unfair &&
           goes_blindly(&b->w.order, loop->visit[visit].nevents) && iso_walk_choose(b, 2) == 0;
}

void iso_walk_enter_head(struct iso_builder *b)
{
    struct iso_walk *w = &b->w;
    struct iso_loop *loop = loop_at(b, w->pc);
    uint64_t now = digest(w, b->live[w->pc]);
    if (!loop)
        return;
    for (unsigned k = 0; loop->came_back && k < loop->nvisits; k++) {
        if (loop->visit[k].digest != now)
            continue;
        if (loop->visit[k].effects != w->effects && k + 1 == loop->nvisits && ends_here(b, loop, k)) {
            w->stuck = w->done = true;
            return;
        }
        if (loop->visit[k].effects != w->effects)
            continue;
        if (loop->visit[k].unfair) {
            w->dead = true;
            return;
        }
        for (unsigned i = loop->visit[k].nevents; i < w->nevents; i++)
            b->event[i].flags |= ISO_EVENT_SPIN;
        w->stuck = w->done = true;
        return;
    }
    if (loop->came_back && loop->times > b->loop_bound) {
        cut(w);
        return;
    }
    loop->came_back = false;
    if (loop->nvisits == ISO_WALK_VISITS_MAX)
        memmove(&loop->visit[0], &loop->visit[1], --loop->nvisits * sizeof loop->visit[0]);
    loop->visit[loop->nvisits].digest = now;
    loop->visit[loop->nvisits].effects = w->effects;
    loop->visit[loop->nvisits].nevents = w->nevents;
    loop->visit[loop->nvisits].refused = false;
    loop->visit[loop->nvisits++].unfair = false;
}
