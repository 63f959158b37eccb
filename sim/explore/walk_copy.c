/* Loads of a kernel that copies a page. When it does the page is unmapped, and nobody writes it: its loads could find one thing only. So the walk stops in front of each (as
 * in walk_horizon.c) instead of guessing every row of values that the page may ever hold, and the read is made as soon as it can with what memory holds.
 * It is stopped for nothing that others see: all that the read waits for everything to come waits for, too, but for what can be made at any time. So the read is made as
 * early as in any execution. That it goes later, or that others of the kernel's accesses overtake it, matters only where another thread writes the place after
 * that. Who does so shows that it could; the search begins again, and the value of reads of that place is guessed from then on (claims.h, reads that need not wait).
 * Not for: loads whose tags are checked, those of several accesses, and those through descriptors that change. */
#include "sim/explore/claims.h"
#include "sim/explore/explore.h"
#include "sim/explore/walk.h"

/* A translation by a descriptor that nobody writes. */
static bool is_fixed(const struct iso_builder *b, unsigned i)
{
    const struct iso_event *e = &b->event[i];
    for (uint32_t k = 0; k < b->program->domain->nwrites; k++) {
        const struct iso_domain_write *w = &b->program->domain->write[k];
        if (w->loc < e->loc + e->size && e->loc < w->loc + w->size)
            return false;
    }
    return e->kind == ISO_EVENT_TTD_READ;
}

bool iso_walk_is_fixed(const struct iso_builder *b, unsigned first)
{
    for (unsigned i = first; i < b->w.nevents; i++)
        if (!is_fixed(b, i))
            return false;
    return true;
}

/* Reads so far that the walk need not wait for: the one that it went on with is made; translations by such descriptors can be made at any time. */
static uint64_t find_made(const struct iso_builder *b, unsigned nevents)
{
    unsigned answered = b->answered;
    uint64_t out = 0;
    for (unsigned i = 0; i < nevents; i++)
        out |= is_fixed(b, i) ? ISO_BIT(i) : 0;
    while (answered < nevents && b->event[answered].kind == ISO_EVENT_TTD_READ)
        answered++;
    return out | (answered < nevents && b->event[answered].kind == ISO_EVENT_READ ? ISO_BIT(answered) : 0);
}

/* What everything to come is behind. */
static uint64_t find_behind(const struct iso_builder *b, const struct iso_order *o)
{
    uint64_t out = o->before_ttd | o->before_all;
    for (uint64_t k = out; k; k &= k - 1)
        out |= b->event[__builtin_ctzll(k)].preds;
    return out;
}

bool iso_walk_await_copy(struct iso_builder *b, const struct iso_path *path, uint64_t loc, unsigned size,
                         uint16_t flags, uint64_t preds)
{
    const struct iso_walk *before = &b->snapshot[b->nsnapshots ? b->nsnapshots - 1 : 0];
    const struct iso_program *program = b->program;
    const struct iso_order *o = &before->order;
    const uint64_t past = before->nevents < ISO_EVENTS_MAX ? ISO_BIT(before->nevents) - 1 : UINT64_MAX;
    const uint64_t made = b->nsnapshots ? find_made(b, before->nevents) : 0, gate = (preds | made) & past;
    if (!b->nsnapshots || !program->reads_soon || flags || path->rest || path->error >= 0 || path->tag >= 0 ||
        b->insn->cls != ISO_INSN_LOAD || b->insn->count != 1 || size != b->insn->size ||
        before->cursor != b->w.cursor || before->in_wait || iso_walk_is_paired(b, before) ||
        !iso_walk_is_fixed(b, before->nevents) || ((o->read | o->tag | o->ttd | o->fetch | o->tlbi | o->ic) & ~gate) ||
        (gate & ~made & ~find_behind(b, o)) || !iso_claims_may_read_soon(program->claims, b->thread_index, loc, size))
        return false;
    for (unsigned k = 0; k < before->nevents; k++)
        if (iso_event_is_store(&b->event[k]) && b->event[k].loc < loc + size &&
            loc < b->event[k].loc + b->event[k].size)
            return false;
    b->gate = gate;
    b->inside = false;
    b->soon = true;
    iso_walk_stop(b, before, loc, size);
    return true;
}
