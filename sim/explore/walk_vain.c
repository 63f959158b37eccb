/* What a run need not be followed for.
 * A CAS that compares unequal may write back what it has read. Whatever comes of that comes of the same CAS without the write, as long as nothing of its thread finds
 * that write before the CAS's read is made: from there to the write the place holds the same, for the two are atomic, so that what finds the written value finds it
 * without; and a write less orders less. Behind a read that is an Acquire nothing can, nor where all reads of the place that may follow on the thread's code come behind a
 * barrier, or an Acquire behind a Release; else the run is kept if something did, or may yet.
 * In a pair of exclusives the write would count as the thread's own in between; what tiers, tags and translations make of it is another matter.
 * Source: Arm ARM C6.2 (CAS), B2.3 (Atomicity, Internal visibility requirement, Barrier-ordered-before). */
#include "sim/explore/explore.h"
#include "sim/explore/walk.h"
#include "sim/isa/value.h"

bool iso_walk_may_be_in_vain(const struct iso_builder *b)
{
    return b->program->lazy && !b->setup->machine && !b->setup->variant.vmsa && !b->setup->variant.memtag &&
           !b->program->fetches && !b->w.reserved;
}

enum { INSNS_MAX = 512 }; /* of a thread whose code is looked at */

/* What is looked for on the code behind a CAS. */
struct search {
    const struct iso_builder *b;
    uint64_t loc;
    unsigned size;
    uint64_t known; /* registers that no instruction of the thread writes */
    bool no_return; /* DMB LD does not order the CAS's read */
    uint8_t *seen;  /* by instruction: come to before a Release, behind one */
};

/* Whether an access may be one of the CAS's bytes. */
static bool may_overlap(const struct search *s, const struct iso_insn *insn)
{
    struct iso_insn_uses uses;
    uint64_t after, loc;
    iso_insn_uses(&uses, insn);
    if (uses.address & ~s->known)
        return true;
    loc = iso_address_strip(iso_insn_address(&after, insn, &s->b->w.regs));
    return loc < s->loc + s->size && s->loc < loc + (uint64_t)insn->size * insn->count;
}

/* Whether no read from instruction `at` on may find the write; `released`: behind a Release, which the CAS's read is before. */
static bool finds_nothing(const struct search *s, uint32_t at, bool released)
{
    const struct iso_thread *t = s->b->thread;
    for (;; at++) {
        const struct iso_insn *insn = &t->insn[at];
        struct iso_insn_uses uses;
        const uint8_t bit = released ? 2 : 1;
        if (at >= t->code_end || (s->seen[at] & bit))
            return true;
        s->seen[at] |= bit;
        iso_insn_uses(&uses, insn);
        if (insn->cls == ISO_INSN_BARRIER) {
            if ((insn->barrier == ISO_BARRIER_DMB || insn->barrier == ISO_BARRIER_DSB) &&
                (insn->types == ISO_BARRIER_SY || (insn->types != ISO_BARRIER_ST && !s->no_return)))
                return true;
        } else if (insn->cls == ISO_INSN_BRANCH) {
            if (insn->target < 0 || (uint32_t)insn->target > t->ninsns || uses.result ||
                (uses.control && !finds_nothing(s, (uint32_t)insn->target, released)))
                return false;
            if (!uses.control)
                at = (uint32_t)insn->target - 1;
        } else if (insn->cls == ISO_INSN_LOAD || insn->cls == ISO_INSN_LOAD_EXCLUSIVE || insn->cls == ISO_INSN_ATOMIC ||
                   insn->cls == ISO_INSN_CAS) {
            if (released && uses.result && (insn->order & ISO_ORDER_ACQUIRE))
                return true;
            if (may_overlap(s, insn))
                return false;
        } else if (insn->cls == ISO_INSN_STORE) {
            released |= (insn->order & ISO_ORDER_RELEASE) != 0;
        } else if (insn->cls != ISO_INSN_HINT && insn->cls != ISO_INSN_PREFETCH && insn->cls != ISO_INSN_COMPUTE &&
                   insn->cls != ISO_INSN_STORE_EXCLUSIVE) {
            return false;
        }
    }
}

bool iso_walk_is_not_found(const struct iso_builder *b, int read)
{
    const struct iso_event *r = &b->event[read];
    uint8_t seen[INSNS_MAX] = {0};
    struct search s = {.b = b,
                       .loc = r->loc,
                       .size = (unsigned)b->insn->size * b->insn->count,
                       .known = UINT64_MAX,
                       .no_return = (r->flags & ISO_EVENT_NORET) != 0,
                       .seen = seen};
    if (r->flags & ISO_EVENT_A)
        return true;
    if (b->w.code != b->thread_index || b->w.in_handler || b->thread->ninsns > INSNS_MAX)
        return false;
    for (uint32_t i = 0; i < b->thread->ninsns; i++) {
        struct iso_insn_uses uses;
        iso_insn_uses(&uses, &b->thread->insn[i]);
        s.known &= ~(uses.result | uses.writeback);
    }
    return finds_nothing(&s, b->w.pc + 1, false);
}

/* Whether a read of the thread may find the write `k` before the other half of its pair is made. */
static bool is_found_early(const struct iso_builder *b, unsigned k)
{
    const struct iso_event *w = &b->event[k];
    for (unsigned i = k + 1; i < b->w.nevents; i++) {
        const struct iso_event *r = &b->event[i];
        if (r->kind == ISO_EVENT_READ && r->loc < w->loc + w->size && w->loc < r->loc + r->size &&
            !(r->preds >> w->pair & 1))
            return true;
    }
    return b->w.at_horizon && !(b->gate >> w->pair & 1);
}

bool iso_walk_is_in_vain(const struct iso_builder *b)
{
    for (uint64_t k = b->w.vain; k; k &= k - 1)
        if (!is_found_early(b, (unsigned)__builtin_ctzll(k)))
            return true;
    return false;
}

/* Reads whose value goes into what is written, or where, or into a register that is still needed or shown. */
static uint64_t used(const struct iso_builder *b)
{
    const struct iso_thread_traces *t = &b->program->thread[b->thread_index];
    const uint64_t live = !b->live || b->w.code != b->thread_index ? UINT64_MAX
                          : b->w.at_horizon                        ? t->ends | b->live[b->w.pc]
                                                                   : t->ends;
    uint64_t out = 0;
    for (unsigned i = 0; i < b->w.nevents; i++)
        out |= b->build[i].depend.address | b->build[i].depend.data;
    for (unsigned r = 0; r < ISO_TAINTS; r++)
        if (r >= ISO_REG_COUNT || (live >> r & 1))
            out |= b->w.flow[r];
    return out;
}

void iso_walk_find_idle(struct iso_builder *b)
{
    const uint64_t busy = used(b);
    for (unsigned i = 0; i < b->w.nevents; i++) {
        struct iso_event *e = &b->event[i];
        if (e->kind != ISO_EVENT_READ)
            continue;
        e->flags &= (uint16_t)~ISO_EVENT_IDLE;
        e->flags |= busy >> i & 1 ? 0 : ISO_EVENT_IDLE;
    }
}
