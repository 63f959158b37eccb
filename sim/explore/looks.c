/* What a residual looks at, as declared in looks.h.
 * Why that is all: another thread's write changes what reads find that have all they wait for, and so which translations are wanted (translation.h), those that such
 * a read waits for; and it may spoil reads made. A read that may be made now or later has been tried both ways already: with it made the residual is in its set,
 * too, and looks for itself. What a translation, a fetch, a TLBI or an IC finds hangs on descriptors and code alone, and on completions. */
#include "sim/explore/looks.h"
#include "sim/explore/reach.h"

/* Steps still to come that wait for translations at most. */
static uint64_t find_next(const struct iso_run *run, uint64_t done)
{
    const uint64_t left = run->all & ~done;
    uint64_t translations = 0, out = 0;
    for (uint64_t k = left; k; k &= k - 1)
        if (run->step[__builtin_ctzll(k)].kind == ISO_EVENT_TTD_READ)
            translations |= k & -k;
    for (uint64_t k = left & ~run->stores; k; k &= k - 1)
        if (!(run->step[__builtin_ctzll(k)].preds & left & ~translations))
            out |= k & -k;
    return out;
}

uint64_t iso_looks_of(struct iso_ob_machine *m, unsigned thread, struct iso_pooled *p)
{
    const struct iso_run *run = m->thread[thread].run[p->r.run];
    uint64_t steps, out;
    if (p->has_looks)
        return p->looks;
    steps = (run->sensitive & p->r.done) | find_next(run, p->r.done);
    out = iso_run_awaits(run, p->r.done) | iso_reach_looks(m, run, p->r.done);
    for (uint64_t k = steps; k; k &= k - 1)
        steps |= run->step[__builtin_ctzll(k)].siblings;
    for (; steps; steps &= steps - 1)
        out |= run->step[__builtin_ctzll(steps)].slots;
    p->has_looks = true;
    return p->looks = out;
}

uint64_t iso_looks_of_all(struct iso_ob_machine *m, uint32_t node)
{
    struct iso_node *n = &m->node[node];
    for (uint32_t k = 0; k < n->count && !n->has_looks; k++)
        n->all_looks |= iso_looks_of(m, n->thread, &m->pool[m->member[n->first + k]]);
    n->has_looks = true;
    return n->all_looks;
}

bool iso_looks_at_past(const struct iso_ob_machine *m, uint64_t slots)
{
    for (; slots; slots &= slots - 1)
        if (m->slot[__builtin_ctzll(slots)].has_history)
            return true;
    return false;
}
