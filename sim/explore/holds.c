/* Places held, as declared in holds.h. */
#include "sim/explore/holds.h"
#include "sim/explore/claims.h"
#include "sim/explore/reach.h"

/* Slots where one way of a thread stands between the two halves of a pair, and nothing may come from outside. */
static uint64_t held_by(const struct iso_run *run, uint64_t done)
{
    uint64_t out = 0;
    for (uint64_t k = run->sensitive & done; k; k &= k - 1) {
        const struct iso_step *s = &run->step[__builtin_ctzll(k)];
        if (s->kind != ISO_EVENT_READ || s->pair < 0 || (done >> s->pair & 1) ||
            (run->step[s->pair].flags & ISO_EVENT_NOT_ATOMIC))
            continue;
        for (unsigned i = 0; i < s->nparts; i++)
            if (!s->part[i].exempt && (s->part[i].own < 0 || (done >> s->part[i].own & 1)))
                out |= ISO_BIT(s->part[i].slot);
    }
    return out;
}

static uint64_t held(struct iso_ob_machine *m, struct iso_node *n)
{
    if (n->has_held)
        return n->held;
    n->held = n->count ? UINT64_MAX : 0;
    for (uint32_t k = 0; k < n->count && n->held; k++) {
        const struct iso_residual *r = iso_machine_residual(m, n, k);
        n->held &= held_by(m->thread[n->thread].run[r->run], r->done);
    }
    n->has_held = true;
    return n->held;
}

bool iso_holds_clash(struct iso_ob_machine *m, const uint32_t *node, const uint32_t *memory, const uint32_t *claims)
{
    uint64_t all = 0, twice = 0;
    for (unsigned i = 0; i < m->nthreads && m->reach; i++) {
        const uint64_t here = held(m, &m->node[node[i]]) & ~iso_claims_read(claims, i);
        twice |= here & all;
        all |= here;
    }
    for (; twice; twice &= twice - 1)
        if (iso_reach_goes_on(m, (unsigned)__builtin_ctzll(twice), memory))
            return true;
    return false;
}
