/* Where a walk stops for the search to catch up: horizons, and reads whose value is not guessed. Where everything a read is ordered after is made once a horizon's
 * gate is, and everything to come is ordered after the read, the walk stops in front of it. The search looks up what memory holds whenever it can be made, and
 * the walk goes on with that: one way of standing there in place of one for each value that the location may ever hold. So it is with an Acquire, and with
 * a read that a barrier follows before anything else, in a loop that waits for it too; and with one that all behind it meets in a byte (walk_ahead.c).
 * Not for: a read that other accesses may overtake: with that value guessed they are made before it. What goes on behind a horizon: horizon.c.
 * Source: Arm ARM B2.3 (Barrier-ordered-before: Acquire, AcquirePC, Release before Acquire, DMB and DSB). */
#include "sim/explore/explore.h"
#include "sim/explore/walk.h"

#include <string.h>

/* Whether everything that may come after instruction i comes behind a barrier that orders it after i's read, or is i again, of a loop that only waits for it. One
 * step of a search through the thread's code; `live`: registers needed at i. */
static bool leads_to_barrier(const struct iso_thread *t, uint32_t i, uint32_t at, uint64_t live, uint8_t *seen)
{
    for (;; at++) {
        const struct iso_insn *insn = &t->insn[at];
        struct iso_insn_uses uses;
        const uint8_t bit = live == UINT64_MAX ? 2 : 1;
        if (at >= t->code_end || (seen[at] & bit))
            return true;
        if (at == i)
            return live != UINT64_MAX;
        seen[at] |= bit;
        iso_insn_uses(&uses, insn);
        if (insn->cls == ISO_INSN_BARRIER)
            return (insn->barrier == ISO_BARRIER_DMB || insn->barrier == ISO_BARRIER_DSB) &&
                   insn->types != ISO_BARRIER_ST;
        if (insn->cls == ISO_INSN_BRANCH) {
            if (insn->target < 0 || (uint32_t)insn->target > t->ninsns || uses.result ||
                !leads_to_barrier(t, i, (uint32_t)insn->target, live, seen))
                return false;
            if (!uses.control)
                return true;
        } else if (insn->cls == ISO_INSN_COMPUTE) {
            if (uses.result & live) /* the loop begins again with other registers: then the same read comes once more */
                live = UINT64_MAX;
        } else if (insn->cls != ISO_INSN_HINT) { /* may have Effects of its own */
            return false;
        }
    }
}

void iso_walk_find_fenced(struct iso_builder *b)
{
    const struct iso_thread *t = b->thread;
    struct iso_thread_traces *observed = &b->program->thread[b->thread_index];
    uint8_t *seen = iso_arena_alloc(b->program->arena, t->ninsns + 1);
    observed->fenced = iso_arena_alloc(b->program->arena, t->ninsns + 1);
    for (uint32_t i = 0; i < t->code_end; i++) {
        const struct iso_insn *insn = &t->insn[i];
        struct iso_insn_uses uses;
        iso_insn_uses(&uses, insn);
        memset(seen, 0, t->ninsns + 1);
        if ((insn->cls == ISO_INSN_LOAD && !(uses.result & b->live[i])) || insn->cls == ISO_INSN_ATOMIC)
            observed->fenced[i] =
                uses.result &&
                leads_to_barrier(t, i, i + 1, insn->cls == ISO_INSN_LOAD ? b->live[i] : UINT64_MAX, seen);
    }
}

bool iso_walk_is_paired(const struct iso_builder *b, const struct iso_walk *w)
{
    bool known = b->live && w->code == b->thread_index;
    return w->reserved && !(known && !(b->live[w->pc] >> ISO_TAINT_RESERVATION & 1));
}

bool iso_walk_is_answered(const struct iso_builder *b)
{
    unsigned i = b->answered;
    while (i < b->w.nevents && b->event[i].kind == ISO_EVENT_TTD_READ)
        i++;
    return i == b->w.nevents;
}

bool iso_walk_is_fenced(const struct iso_builder *b)
{
    const bool *fenced = b->program->thread[b->thread_index].fenced;
    return fenced && b->w.code == b->thread_index && fenced[b->w.pc];
}

/* Whether the walk may stop in front of the current instruction at all: nothing was chosen or made for it yet. */
static bool may_stop(const struct iso_builder *b, const struct iso_walk *before)
{
    const struct iso_program *program = b->program;
    return program->lazy && !program->request && !program->fetches && !b->setup->variant.vmsa &&
           !program->image.split_frames && before->nevents == b->w.nevents && before->cursor == b->w.cursor &&
           !before->order.tlbi && !before->order.ic && !iso_walk_is_paired(b, before);
}

/* Whether own writes that may be still to come when the read is made leave no choice of what it finds: the latest supplies all of it or is in memory. */
static bool is_plain(const struct iso_builder *b, uint64_t loc, unsigned size, uint64_t preds)
{
    uint64_t pending = 0;
    int latest = -1;
    for (unsigned k = 0; k < b->w.nevents; k++)
        if (iso_event_is_store(&b->event[k]) && b->event[k].loc < loc + size &&
            loc < b->event[k].loc + b->event[k].size) {
            pending |= ISO_BIT(k) & ~preds;
            latest = (int)k;
        }
    return !pending || (b->event[latest].kind == ISO_EVENT_WRITE && b->event[latest].loc <= loc &&
                        loc + size <= b->event[latest].loc + b->event[latest].size);
}

void iso_walk_stop(struct iso_builder *b, const struct iso_walk *before, uint64_t loc, unsigned size)
{
    b->awaited = loc;
    b->w = *before;
    b->w.horizon = b->w.nevents;
    b->w.awaits = (uint8_t)size;
    b->w.in_wait = b->inside;
    b->w.at_horizon = b->w.done = true;
}

bool iso_walk_await(struct iso_builder *b, const struct iso_path *path, uint64_t loc, unsigned size, uint16_t flags,
                    uint64_t preds)
{
    const struct iso_walk *before = &b->snapshot[b->nsnapshots - 1];
    const struct iso_thread_traces *t = &b->program->thread[b->thread_index];
    const struct iso_order *o = &b->w.order;
    bool left = ((o->read | o->tag) & ~preds) != 0;
    if (!b->nsnapshots || (flags & ISO_EVENT_AS_WRITE) || path->rest ||
        size != (unsigned)b->insn->size * b->insn->count || !may_stop(b, before) || !is_plain(b, loc, size, preds))
        return false;
    b->inside = before->in_wait && before->code == b->thread_index && t->waits_here[before->pc];
    if (b->program->whole_horizons && (left || b->inside))
        return false;
    b->program->has_early_horizons |= left || b->inside;
    b->gate = preds;
    b->soon = false;
    iso_walk_stop(b, before, loc, size);
    return true;
}

bool iso_walk_runs_on(const struct iso_builder *b)
{
    const struct iso_thread_traces *t = &b->program->thread[b->thread_index];
    const struct iso_insn *insn = &b->thread->insn[b->w.pc];
    struct iso_insn_uses uses;
    if (b->w.code != b->thread_index || b->program->fetches || b->w.in_handler || b->w.pc >= b->thread->code_end ||
        !b->live || b->is_head[b->w.pc] || t->waits_here[b->w.pc])
        return false;
    iso_insn_uses(&uses, insn);
    if (insn->cls == ISO_INSN_BRANCH)
        return insn->target > (int64_t)b->w.pc && (uint32_t)insn->target <= b->thread->ninsns && !uses.result;
    return insn->cls == ISO_INSN_HINT || (insn->cls == ISO_INSN_COMPUTE && strcmp(insn->mnemonic, "IRG") != 0);
}

/* Whether a horizon is here: every event still to come is ordered after some reads, its gate, of which one at least is new since the last one. Then their
 * values need not be guessed together with what follows. Reads that are not in the gate are behind the horizon still to be made, or made already.
 * Between a load exclusive and a store exclusive that may follow there is none, for the pair is looked at as one. Threads that translate have one only where translations
 * wait too, and then for all reads, and for the completions of their TLBIs (program.c). Inside a loop that may only wait the walk has to see its rounds: there nothing
 * is forgotten, and a horizon pays only where the round goes on reading. */
bool iso_walk_is_horizon(struct iso_builder *b, uint32_t before_pc)
{
    const struct iso_order *o = &b->w.order;
    const struct iso_thread_traces *t = &b->program->thread[b->thread_index];
    uint64_t reads = o->read | o->tag | o->ttd | o->fetch;
    uint64_t before = b->program->fetches      ? o->before_all
                      : b->setup->variant.vmsa ? o->before_ttd | o->before_all
                                               : o->before_access | o->before_all | o->before_any;
    uint64_t closed = before;
    bool whole =
        b->program->whole_horizons || b->program->fetches || b->setup->variant.vmsa || b->program->image.split_frames;
    b->inside =
        b->live && t->waits_here && b->w.code == b->thread_index && t->waits_here[b->w.pc] && t->waits_here[before_pc];
    if (iso_walk_is_paired(b, &b->w) || (o->tlbi & ~before) || o->ic ||
        (b->inside && (whole || b->w.pc <= before_pc || !t->reads_here[b->w.pc])))
        return false;
    for (; before; before &= before - 1)
        closed |= b->event[__builtin_ctzll(before)].preds;
    b->gate = reads & closed;
    if (!(b->gate >> b->w.horizon) || (whole && (reads & ~closed)))
        return false;
    b->program->has_early_horizons |= b->inside || (reads & ~closed);
    return true;
}
