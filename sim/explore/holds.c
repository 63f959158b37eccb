/* Places held, as declared in holds.h. */
#include "sim/explore/holds.h"
#include "sim/explore/claims.h"
#include "sim/explore/reach.h"
#include "sim/explore/sets.h"

uint64_t iso_holds_half_way(const struct iso_run *run, uint64_t done)
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
    for (uint32_t k = 0; k < n->count; k++) {
        const struct iso_residual *r = iso_machine_residual(m, n, k);
        const uint64_t here = iso_holds_half_way(m->thread[n->thread].run[r->run], r->done);
        n->held &= here;
        n->half_way |= here;
    }
    n->has_held = true;
    return n->held;
}

uint64_t iso_holds_of(struct iso_ob_machine *m, uint32_t node)
{
    return held(m, &m->node[node]);
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

/* Whether what a way of the thread would write that stands between two halves at one of these slots was seen to be written over what is there: else the thread that
 * holds the place may have a way that waits for that, and nobody knows yet. Nor would that thread wait for what it alone is known to write: so this one counts as
 * its writer, too. */
static bool is_expected(struct iso_ob_machine *m, unsigned thread, const struct iso_run *run, uint64_t done,
                        uint64_t slots, const uint32_t *memory)
{
    for (uint64_t k = run->sensitive & done; k; k &= k - 1) {
        const struct iso_step *read = &run->step[__builtin_ctzll(k)];
        const struct iso_step *write = read->pair < 0 ? NULL : &run->step[read->pair];
        if (!write || (done >> read->pair & 1) || !(read->slots & slots))
            continue;
        for (unsigned i = 0; i < write->nparts; i++)
            if (!iso_reach_was_seen(m, write->part[i].slot, memory, write->part[i].value))
                return false;
        iso_machine_note_writes(
            m, memory, thread, &(struct iso_move){.nparts = write->nparts, .slots = write->slots, .part = write->part});
    }
    return true;
}

/* The thread's node without the ways that stand between two halves at one of these slots. */
static uint32_t without(struct iso_ob_machine *m, const uint32_t *node, unsigned thread, uint64_t slots,
                        const uint32_t *memory)
{
    const struct iso_node *n = &m->node[node[thread]];
    iso_set_reset(m);
    for (uint32_t k = 0; k < n->count; k++) {
        const uint32_t number = m->member[n->first + k];
        const struct iso_residual *r = &m->pool[number].r;
        const struct iso_run *run = m->thread[n->thread].run[r->run];
        if (!(iso_holds_half_way(run, r->done) & slots) || !is_expected(m, thread, run, r->done, slots, memory))
            iso_set_add(m, number);
    }
    m->dropped = 0;
    return iso_set_node(m, n->thread);
}

bool iso_holds_prune(struct iso_ob_machine *m, uint32_t *node, const uint32_t *memory, const uint32_t *claims)
{
    for (unsigned i = 0; i < m->nthreads && m->reach; i++) {
        uint64_t here = held(m, &m->node[node[i]]) & ~iso_claims_read(claims, i);
        for (uint64_t k = here; k; k &= k - 1)
            if (!iso_reach_goes_on(m, (unsigned)__builtin_ctzll(k), memory))
                here &= ~(k & -k);
        for (unsigned k = 0; k < m->nthreads && here; k++) {
            if (k == i)
                continue;
            held(m, &m->node[node[k]]);
            if (!(m->node[node[k]].half_way & here & ~iso_claims_read(claims, k)))
                continue;
            node[k] = without(m, node, k, here & ~iso_claims_read(claims, k), memory);
            if (node[k] == UINT32_MAX)
                return false;
        }
    }
    return true;
}
