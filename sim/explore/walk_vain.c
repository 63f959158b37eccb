/* What a run need not be followed for.
 * A CAS that compares unequal may write back what it has read. Whatever comes of that comes of the same CAS without the write, as long as nothing of its thread finds
 * that write before the CAS's read is made: from there to the write the place holds the same, for the two are atomic, so that what finds the written value finds it
 * without; and a write less orders less. Behind a read that is an Acquire nothing can; else the run is kept if something did, or may yet.
 * In a pair of exclusives the write would count as the thread's own in between; what tiers, tags and translations make of it is another matter.
 * Source: Arm ARM C6.2 (CAS), B2.3 (Atomicity, Internal visibility requirement). */
#include "sim/explore/explore.h"
#include "sim/explore/walk.h"

bool iso_walk_may_be_in_vain(const struct iso_builder *b)
{
    return b->program->lazy && !b->setup->machine && !b->setup->variant.vmsa && !b->setup->variant.memtag &&
           !b->program->fetches && !b->w.reserved;
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
