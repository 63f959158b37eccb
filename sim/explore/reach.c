/* Values within reach, as declared in reach.h. Not for: what is done about a way left out (machine.c). */
#include "sim/explore/reach.h"
#include "sim/explore/claims.h"
#include "sim/isa/fatal.h"

#include <stdlib.h>
#include <string.h>

enum { VALUES = 64 };

/* Of one slot; bits are numbers of values. */
struct iso_reach {
    uint64_t any;          /* written whatever was there before */
    uint64_t edge[VALUES]; /* by value: written over that one */
    uint64_t closed[VALUES];
    uint64_t denied[VALUES]; /* by value that it held: what was taken to be out of reach */
    bool changed;            /* since `closed` was worked out */
};

static void close_up(struct iso_ob_machine *m, unsigned slot)
{
    struct iso_reach *r = &m->reach[slot];
    uint32_t n = m->slot[slot].nvalues;
    if (!r->changed || n > VALUES)
        return;
    r->changed = false;
    for (uint32_t i = 0; i < VALUES; i++)
        r->closed[i] = r->edge[i] | r->any | ISO_BIT(i);
    for (uint32_t k = 0; k < n; k++)
        for (uint32_t i = 0; i < n; i++)
            r->closed[i] |= r->closed[i] >> k & 1 ? r->closed[k] : 0;
    for (uint32_t i = 0; i < n; i++) {
        m->misclaimed |= (r->denied[i] & r->closed[i]) != 0;
        r->denied[i] &= ~r->closed[i];
    }
}

static void add(struct iso_reach *r, uint64_t *set, uint32_t value)
{
    if (value >= VALUES || (*set >> value & 1))
        return;
    *set |= ISO_BIT(value);
    r->changed = true;
}

/* The value that an atomic write finds in a slot: its read's. NULL: any may be there. */
static const struct iso_part *overwritten(const struct iso_run *run, const struct iso_step *write, unsigned slot)
{
    const struct iso_step *read = write->pair >= 0 ? &run->step[write->pair] : NULL;
    if (!read || read->kind != ISO_EVENT_READ || (write->flags & ISO_EVENT_NOT_ATOMIC) || iso_step_is_unknown(read))
        return NULL;
    for (uint64_t pieces = ISO_BIT(write->pair) | read->siblings; pieces; pieces &= pieces - 1) {
        const struct iso_step *piece = &run->step[__builtin_ctzll(pieces)];
        for (unsigned i = 0; i < piece->nparts; i++)
            if (piece->part[i].slot == slot)
                return piece->part[i].exempt ? NULL : &piece->part[i];
    }
    return NULL;
}

void iso_reach_add(struct iso_ob_machine *m, const struct iso_run *run)
{
    for (uint64_t k = m->reach ? run->stores : 0; k; k &= k - 1) {
        const struct iso_step *s = &run->step[__builtin_ctzll(k)];
        for (unsigned i = 0; i < s->nparts; i++) {
            const struct iso_part *p = &s->part[i], *old = overwritten(run, s, p->slot);
            struct iso_reach *r = &m->reach[p->slot];
            if (old && old->value < VALUES)
                add(r, &r->edge[old->value], p->value);
            else
                add(r, &r->any, p->value);
        }
    }
}

void iso_reach_begin(struct iso_ob_machine *m)
{
    const struct iso_claims *known = m->claims;
    if (known->too_many)
        return;
    m->reach = iso_arena_alloc(m->arena, m->nslots * sizeof *m->reach);
    memset(m->reach, 0, m->nslots * sizeof *m->reach);
    for (uint32_t i = 0; i < known->nwrites; i++)
        for (unsigned k = 0; k < m->nslots; k++) {
            const struct iso_claims_write *w = &known->write[i];
            struct iso_slot *slot = &m->slot[k];
            uint32_t to, from;
            if (slot->loc != w->loc || slot->size != w->size)
                continue;
            to = iso_machine_value(slot, w->value);
            from = w->over_any ? VALUES : iso_machine_value(slot, w->over);
            add(&m->reach[k], from < VALUES ? &m->reach[k].edge[from] : &m->reach[k].any, to);
        }
    for (unsigned t = 0; t < m->nthreads; t++)
        for (uint32_t i = 0; i < m->thread[t].nruns; i++)
            iso_reach_add(m, m->thread[t].run[i]);
    for (unsigned k = 0; k < m->nslots; k++)
        m->reach[k].changed = true;
}

/* Reads still to come, but for those that find anything. */
static uint64_t pending(const struct iso_run *run, uint64_t done)
{
    uint64_t out = 0;
    for (uint64_t left = run->all & ~done & ~run->stores; left; left &= left - 1) {
        const struct iso_step *s = &run->step[__builtin_ctzll(left)];
        out |= s->kind == ISO_EVENT_READ && !iso_step_is_unknown(s) ? left & -left : 0;
    }
    return out;
}

bool iso_reach_is_doomed(struct iso_ob_machine *m, const struct iso_run *run, uint64_t done,
                         const struct iso_view *view)
{
    uint64_t left = m->reach ? pending(run, done) : 0;
    m->consulted |= iso_reach_looks(m, run, done);
    for (; left; left &= left - 1) {
        const struct iso_step *s = &run->step[__builtin_ctzll(left)];
        for (unsigned i = 0; i < s->nparts; i++) {
            const struct iso_part *p = &s->part[i];
            struct iso_reach *r = &m->reach[p->slot];
            uint32_t now = iso_machine_top(m, p->slot, view->memory);
            if ((p->own >= 0 && !(done >> p->own & 1)) || m->slot[p->slot].nvalues > VALUES)
                continue;
            close_up(m, p->slot);
            if (r->closed[now] >> p->value & 1)
                continue;
            r->denied[now] |= ISO_BIT(p->value);
            return true;
        }
    }
    return false;
}

uint64_t iso_reach_looks(const struct iso_ob_machine *m, const struct iso_run *run, uint64_t done)
{
    uint64_t out = 0;
    for (uint64_t left = m->reach ? pending(run, done) : 0; left; left &= left - 1)
        out |= run->step[__builtin_ctzll(left)].slots;
    return out;
}

static void keep(struct iso_claims *c, const struct iso_slot *slot, uint32_t over, uint32_t value)
{
    struct iso_claims_write w = {.loc = slot->loc, .size = slot->size, .value = slot->value[value]};
    if (over < VALUES)
        w.over = slot->value[over];
    else
        w.over_any = true;
    for (uint32_t i = 0; i < c->nwrites; i++)
        if (c->write[i].loc == w.loc && c->write[i].size == w.size && c->write[i].over_any == w.over_any &&
            iso_bytes_equal(c->write[i].value, w.value) && iso_bytes_equal(c->write[i].over, w.over))
            return;
    if (c->nwrites == c->write_capacity) {
        c->write_capacity = c->write_capacity ? 2 * c->write_capacity : 32;
        c->write = realloc(c->write, c->write_capacity * sizeof *c->write);
        if (!c->write)
            iso_out_of_memory(__FILE__, __LINE__);
    }
    c->write[c->nwrites++] = w;
}

void iso_reach_end(struct iso_ob_machine *m)
{
    for (unsigned k = 0; m->reach && k < m->nslots; k++) {
        for (uint32_t i = 0; i < VALUES && m->slot[k].nvalues > VALUES; i++)
            m->claims->too_many |= m->reach[k].denied[i] != 0;
        m->misclaimed |= m->claims->too_many;
        close_up(m, k);
    }
    for (unsigned k = 0; m->reach && k < m->nslots; k++) {
        const struct iso_reach *r = &m->reach[k];
        const uint32_t n = m->slot[k].nvalues < VALUES ? m->slot[k].nvalues : VALUES;
        for (uint32_t to = 0; to < n; to++) {
            if (r->any >> to & 1)
                keep(m->claims, &m->slot[k], VALUES, to);
            for (uint32_t from = 0; from < n; from++)
                if (r->edge[from] >> to & 1)
                    keep(m->claims, &m->slot[k], from, to);
        }
    }
}
