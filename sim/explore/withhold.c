/* Writes withheld, as declared in withhold.h. Not for: the moves themselves (machine.c). */
#include "sim/explore/withhold.h"
#include "sim/explore/claims.h"
#include "sim/explore/holds.h"
#include "sim/explore/reach.h"

#include <stdlib.h>
#include <string.h>

enum { PARTS_MAX = 255 }; /* withheld in the ways of one node */

/* Whether a write may be withheld at all. */
static bool may_wait(const struct iso_ob_machine *m, unsigned thread, const struct iso_event *e)
{
    const uint16_t ordered = ISO_EVENT_L | ISO_EVENT_X | ISO_EVENT_EX | ISO_EVENT_AGAIN | ISO_EVENT_NOT_ATOMIC;
    return e->kind == ISO_EVENT_WRITE && e->pair < 0 && !e->siblings && !(e->flags & ordered) && !e->alias &&
           !e->peripheral && !iso_claims_is_looked_at(m->claims, thread, e->loc, e->size);
}

/* Writes of the run that may be, of those to one place the first. */
static uint64_t find_candidates(const struct iso_ob_machine *m, unsigned thread, const struct iso_run *run,
                                const struct iso_trace *trace)
{
    uint64_t out = 0, slots = 0;
    for (uint64_t k = run->stores; k; k &= k - 1) {
        const unsigned i = (unsigned)__builtin_ctzll(k);
        if ((run->step[i].slots & slots) || !may_wait(m, thread, &trace->event[i]))
            continue;
        slots |= run->step[i].slots;
        out |= k & -k;
    }
    return out;
}

/* Writes after step w that publish it if they come first. What a round for ever would write is not made. */
static uint64_t find_publishers(const struct iso_run *run, unsigned w, uint64_t withheld)
{
    uint64_t out = 0;
    for (uint64_t k = run->stores & ~run->waits & ~withheld & ~(ISO_BIT(w) - 1); k; k &= k - 1) {
        const struct iso_step *s = &run->step[__builtin_ctzll(k)];
        out |= s->kind == ISO_EVENT_WRITE && (s->preds >> w & 1) ? k & -k : 0;
    }
    return out;
}

/* Whether everything that waits for step w waits for one of its publishers as well, or is withheld itself. */
static bool is_free(const struct iso_run *run, unsigned w, uint64_t publishers, uint64_t withheld)
{
    if ((run->gate >> w & 1) && !(run->gate & publishers))
        return false;
    for (unsigned k = w + 1; k < run->nsteps; k++)
        if ((run->step[k].preds >> w & 1) && !((withheld | publishers) >> k & 1) && !(run->step[k].preds & publishers))
            return false;
    return true;
}

static int by_slot(const void *a, const void *b)
{
    return ((const struct iso_part *)a)->slot - ((const struct iso_part *)b)->slot;
}

/* Parts of a step put to others: a later write of a slot stands. */
static unsigned put_parts(struct iso_part *out, unsigned count, const struct iso_step *s)
{
    for (unsigned i = 0; i < s->nparts; i++) {
        unsigned k = 0;
        while (k < count && out[k].slot != s->part[i].slot)
            k++;
        out[k] = s->part[i];
        count += k == count;
    }
    return count;
}

/* What is made where a step publishes those that are withheld until then. */
static struct iso_published *publish(struct iso_ob_machine *m, const struct iso_run *run, unsigned publisher,
                                     uint64_t with)
{
    struct iso_published *out = iso_arena_alloc(m->arena, sizeof *out);
    struct iso_part part[ISO_SLOTS_MAX];
    unsigned count = 0;
    *out = (struct iso_published){
        .with = with, .made = {.slots = run->step[publisher].slots}, .next = run->step[publisher].published};
    for (uint64_t k = with; k; k &= k - 1) {
        out->made.slots |= run->step[__builtin_ctzll(k)].slots;
        count = put_parts(part, count, &run->step[__builtin_ctzll(k)]);
    }
    count = put_parts(part, count, &run->step[publisher]);
    qsort(part, count, sizeof *part, by_slot);
    out->made.nparts = (uint8_t)count;
    out->made.part = iso_arena_copy(m->arena, part, count * sizeof *part);
    return out;
}

void iso_withheld_made(struct iso_made *out, struct iso_ob_machine *m, const struct iso_residual *r, unsigned thread,
                       unsigned i)
{
    struct iso_run *run = m->thread[thread].run[r->run];
    struct iso_step *s = &run->step[i];
    const uint64_t with = s->with & ~r->done;
    struct iso_published *p = s->published;
    *out = (struct iso_made){s->part, s->slots, s->nparts};
    if (!with)
        return;
    while (p && p->with != with)
        p = p->next;
    if (!p)
        s->published = p = publish(m, run, i, with);
    *out = p->made;
}

void iso_withhold(struct iso_ob_machine *m, unsigned thread, struct iso_run *run, const struct iso_trace *trace)
{
    uint64_t withheld = m->program->withholds ? find_candidates(m, thread, run, trace) : 0, before = 0;
    while (before != withheld) {
        before = withheld;
        for (uint64_t k = withheld; k; k &= k - 1) {
            const unsigned w = (unsigned)__builtin_ctzll(k);
            const uint64_t publishers = find_publishers(run, w, withheld);
            if ((!publishers && !run->open) || !is_free(run, w, publishers, withheld))
                withheld &= ~(k & -k);
        }
    }
    for (uint64_t k = withheld ? run->stores & ~withheld : 0; k; k &= k - 1) {
        struct iso_step *s = &run->step[__builtin_ctzll(k)];
        s->with = s->kind == ISO_EVENT_WRITE ? s->preds & withheld : 0;
    }
    run->withheld = withheld;
}

void iso_withheld_find(struct iso_ob_machine *m, struct iso_node *n)
{
    struct iso_part part[PARTS_MAX];
    unsigned count = 0;
    for (uint32_t k = 0; k < n->count; k++) {
        const struct iso_residual *r = iso_machine_residual(m, n, k);
        const struct iso_run *run = m->thread[n->thread].run[r->run];
        for (uint64_t left = run->withheld & ~r->done; left; left &= left - 1) {
            const struct iso_step *s = &run->step[__builtin_ctzll(left)];
            if (s->preds & ~(r->done | run->withheld))
                continue;
            n->touches |= s->slots;
            n->withheld |= s->slots;
            for (unsigned i = 0; i < s->nparts; i++) {
                unsigned p = 0;
                while (p < count && (part[p].slot != s->part[i].slot || part[p].value != s->part[i].value))
                    p++;
                if (p == PARTS_MAX) {
                    m->misclaimed = m->claims->given_up = true;
                    return;
                }
                part[p] = s->part[i];
                count += p == count;
            }
        }
    }
    n->nwithheld = (uint8_t)count;
    n->withheld_part = count ? iso_arena_copy(m->arena, part, count * sizeof *part) : NULL;
}

/* Slots that a thread may access next in ways that do not stand between two halves at a place that another holds in all of its ways. */
static uint64_t find_touches(struct iso_ob_machine *m, const uint32_t *node, unsigned thread)
{
    uint64_t held = 0, out = 0;
    for (unsigned i = 0; i < m->nthreads; i++)
        held |= i == thread ? 0 : iso_holds_of(m, node[i]);
    if (!held)
        return m->node[node[thread]].touches;
    for (uint32_t k = 0; k < m->node[node[thread]].count; k++) {
        const struct iso_residual *r = iso_machine_residual(m, &m->node[node[thread]], k);
        const struct iso_run *run = m->thread[m->node[node[thread]].thread].run[r->run];
        out |= iso_holds_half_way(run, r->done) & held ? 0 : iso_machine_touches(run, r->done);
    }
    return out;
}

void iso_withheld_check(struct iso_ob_machine *m, const uint32_t *node, const uint32_t *memory, const uint32_t *claims)
{
    struct iso_move all[ISO_MOVES_MAX];
    for (unsigned i = 0; i < m->nthreads && !m->failure; i++)
        if (!m->node[node[i]].has_moves)
            iso_machine_moves(m, all, ISO_MOVES_MAX, node[i]);
    for (unsigned i = 0; i < m->nthreads && !m->again; i++) {
        const struct iso_node *n = &m->node[node[i]];
        const struct iso_move move = {.nparts = n->nwithheld, .slots = n->withheld, .part = n->withheld_part};
        if (!n->nwithheld)
            continue;
        iso_machine_note_writes(m, memory, i, &move);
        if (m->reach && !iso_reach_follow(m, node, memory, &move))
            return;
        for (unsigned k = 0; k < m->nthreads; k++) {
            const uint64_t taken = iso_claims_of(claims, k) | iso_claims_read(claims, k);
            uint64_t met = (m->node[node[k]].touches | taken) & n->withheld;
            if (k == i || !met)
                continue;
            m->doubted[i] |= met;
            met = find_touches(m, node, k) & n->withheld;
            if (met)
                iso_claims_look_at(m, i, met);
        }
    }
}

void iso_withheld_settle(struct iso_ob_machine *m)
{
    const bool ends = !m->again && !m->misclaimed && !m->failure && !iso_program_has_news(m->program);
    for (unsigned i = 0; i < m->nthreads && ends; i++)
        if (m->doubted[i])
            iso_claims_look_at(m, i, m->doubted[i]);
}
