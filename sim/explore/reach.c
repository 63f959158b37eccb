/* Values within reach, as declared in reach.h. Not for: what is done about a way left out (machine.c). */
#include "sim/explore/reach.h"
#include "sim/explore/claims.h"
#include "sim/explore/live.h"
#include "sim/explore/symmetry.h"
#include "sim/isa/fatal.h"

#include <stdlib.h>
#include <string.h>

enum { VALUES = 64 };

/* Of one slot; bits are numbers of values. */
struct iso_reach {
    uint64_t edge[VALUES]; /* by value: written over that one */
    uint64_t closed[VALUES];
    uint64_t denied[VALUES]; /* by value that it held: what was taken to be out of reach */
    uint64_t once;           /* values taken not to come back once they are written over */
    uint64_t comes_back;     /* those that can */
    uint64_t last;           /* values taken not to be written over */
    bool changed;            /* since `closed` was worked out */
};

static void close_up(struct iso_ob_machine *m, unsigned slot)
{
    struct iso_reach *r = &m->reach[slot];
    uint32_t n = m->slot[slot].nvalues;
    bool returns = false;
    if (!r->changed || n > VALUES)
        return;
    r->changed = false;
    for (uint32_t i = 0; i < VALUES; i++)
        r->closed[i] = r->edge[i] | ISO_BIT(i);
    for (uint32_t k = 0; k < n; k++)
        for (uint32_t i = 0; i < n; i++)
            r->closed[i] |= r->closed[i] >> k & 1 ? r->closed[k] : 0;
    for (uint32_t i = 0; i < n; i++)
        for (uint64_t next = r->edge[i]; next; next &= next - 1) {
            const unsigned to = (unsigned)__builtin_ctzll(next);
            r->comes_back |= r->closed[to] & ISO_BIT(i);
            returns |= to != i && (r->closed[to] >> i & 1);
        }
    for (uint32_t i = 0; i < VALUES; i++) {
        r->closed[i] |= returns ? UINT64_MAX : 0;
        m->misclaimed |= (r->denied[i] & r->closed[i]) != 0;
        r->denied[i] &= ~r->closed[i];
    }
    r->comes_back |= returns ? UINT64_MAX : 0;
    m->misclaimed |= (r->once & r->comes_back) != 0;
    r->once &= ~r->comes_back;
}

/* A write of `to` over `from`, numbers of the slot's values. */
static bool observe(struct iso_ob_machine *m, unsigned slot, uint32_t from, uint32_t to)
{
    if (from >= VALUES || to >= VALUES || (m->reach[slot].edge[from] >> to & 1))
        return true;
    m->reach[slot].edge[from] |= ISO_BIT(to);
    m->reach[slot].changed = true;
    m->misclaimed |= to != from && (m->reach[slot].last >> from & 1);
    for (unsigned k = 0; k < iso_symmetry_exchanges(m); k++) {
        uint32_t there = from, then = to;
        const int place = iso_symmetry_value(m, k, slot, &there), same = iso_symmetry_value(m, k, slot, &then);
        if (place < 0 || same < 0)
            return iso_symmetry_give_up(m);
        if (!observe(m, (unsigned)place, there, then))
            return false;
    }
    return true;
}

/* What a place holds that no thread will look at was left out of the state (live.h): it may have been any of its values. */
bool iso_reach_follow(struct iso_ob_machine *m, const uint32_t *node, const uint32_t *memory,
                      const struct iso_move *move)
{
    const uint64_t lost = iso_live_lost(m, node);
    bool out = true;
    for (unsigned i = 0; i < move->nparts && out; i++) {
        const struct iso_part *p = &move->part[i];
        const uint32_t n = m->slot[p->slot].nvalues;
        if (lost >> p->slot & 1)
            for (uint32_t from = 0; from < n && out; from++)
                out = observe(m, p->slot, from, p->value);
        else
            out = observe(m, p->slot, iso_machine_top(m, p->slot, memory), p->value);
    }
    return out;
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
            from = iso_machine_value(slot, w->over);
            if (from < VALUES && to < VALUES)
                m->reach[k].edge[from] |= ISO_BIT(to);
        }
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

/* Whether a slot that holds `from` can come to hold `value`; notes where it is relied on that it cannot. */
static bool is_reachable(struct iso_ob_machine *m, unsigned slot, uint32_t from, uint32_t value, bool note)
{
    struct iso_reach *r = &m->reach[slot];
    close_up(m, slot);
    if (r->closed[from] >> value & 1)
        return true;
    r->denied[from] |= note ? ISO_BIT(value) : 0;
    return false;
}

/* What a step reads or writes in a slot. */
static const struct iso_part *part_of(const struct iso_step *s, unsigned slot)
{
    for (unsigned i = 0; i < s->nparts; i++)
        if (s->part[i].slot == slot)
            return &s->part[i];
    return NULL;
}

bool iso_reach_goes_on(const struct iso_ob_machine *m, unsigned slot, const uint32_t *memory)
{
    const uint32_t now = iso_machine_top(m, slot, memory);
    return now < VALUES && (m->reach[slot].edge[now] & ~ISO_BIT(now));
}

bool iso_reach_was_seen(const struct iso_ob_machine *m, unsigned slot, const uint32_t *memory, uint32_t value)
{
    const uint32_t now = iso_machine_top(m, slot, memory);
    return now < VALUES && value < VALUES && (m->reach[slot].edge[now] >> value & 1);
}

bool iso_reach_is_once(struct iso_ob_machine *m, const struct iso_step *read)
{
    if (iso_step_is_unknown(read)) /* it finds anything, whatever was written */
        return false;
    for (unsigned i = 0; m->reach && i < read->nparts; i++) {
        const struct iso_part *p = &read->part[i];
        struct iso_reach *r = &m->reach[p->slot];
        close_up(m, p->slot);
        if (m->slot[p->slot].nvalues > VALUES || m->slot[p->slot].has_history || (r->comes_back >> p->value & 1))
            return false;
        r->once |= ISO_BIT(p->value);
    }
    return m->reach != NULL;
}

bool iso_reach_is_last(struct iso_ob_machine *m, const struct iso_step *write)
{
    for (unsigned i = 0; m->reach && i < write->nparts; i++) {
        const struct iso_part *p = &write->part[i];
        if (p->value >= VALUES || (m->reach[p->slot].edge[p->value] & ~ISO_BIT(p->value)))
            return false;
        m->reach[p->slot].last |= ISO_BIT(p->value);
    }
    return m->reach != NULL;
}

/* The place holds first what the thread's own write puts there, and what its earlier reads still to come find: coherence. */
static bool follows_own(struct iso_ob_machine *m, const struct iso_run *run, const struct iso_step *s,
                        const struct iso_part *p, uint64_t done, bool note)
{
    const struct iso_part *own = p->own >= 0 && !(done >> p->own & 1) ? part_of(&run->step[p->own], p->slot) : NULL;
    if (own)
        return p->forwards || is_reachable(m, p->slot, own->value, p->value, note);
    for (uint64_t before = s->hazards & ~done; before; before &= before - 1) {
        const struct iso_step *read = &run->step[__builtin_ctzll(before)];
        const struct iso_part *found =
            iso_step_is_unknown(read) || read->nalike > 1 ? NULL : part_of(read, p->slot); /* it may find either */
        if (found && !is_reachable(m, p->slot, found->value, p->value, note))
            return false;
    }
    return true;
}

/* Whether a read can still find value number k of those that serve it. */
static bool is_within_reach(struct iso_ob_machine *m, const struct iso_run *run, const struct iso_step *s, uint32_t k,
                            uint64_t done, const struct iso_view *view, bool note)
{
    const struct iso_part *part = iso_step_served(s, k);
    for (const struct iso_part *p = part; p < part + s->nparts; p++) {
        if (m->slot[p->slot].nvalues > VALUES || m->slot[p->slot].has_history)
            continue;
        if (!follows_own(m, run, s, p, done, note))
            return false;
        if (p->own >= 0 && !(done >> p->own & 1))
            continue;
        if (!is_reachable(m, p->slot, iso_machine_top(m, p->slot, view->memory), p->value, note))
            return false;
    }
    return true;
}

bool iso_reach_is_doomed(struct iso_ob_machine *m, const struct iso_run *run, uint64_t done,
                         const struct iso_view *view)
{
    uint64_t left = m->reach ? pending(run, done) : 0;
    m->consulted |= iso_reach_looks(m, run, done);
    for (; left; left &= left - 1) {
        const struct iso_step *s = &run->step[__builtin_ctzll(left)];
        uint32_t k = 0;
        while (k < s->nalike && !is_within_reach(m, run, s, k, done, view, s->nalike == 1))
            k++;
        if (k < s->nalike)
            continue;
        for (k = 0; k < s->nalike && s->nalike > 1; k++)
            is_within_reach(m, run, s, k, done, view, true);
        return true;
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

/* What the thread's latest access before instruction `instance` found or left in a slot, a number of its values. False: there was none. */
static bool find_latest(uint32_t *out, struct iso_slot *slot, const struct iso_walk_past *past)
{
    for (unsigned k = past->nevents; k-- > 0;) {
        const struct iso_event *e = &past->event[k];
        if (!iso_event_is_explicit(e) || e->instance == past->instance || e->loc >= slot->loc + slot->size ||
            slot->loc >= e->loc + e->size)
            continue;
        if (e->loc > slot->loc || slot->loc + slot->size > e->loc + e->size || (e->flags & ISO_EVENT_UNKNOWN))
            return false;
        if (e->kind == ISO_EVENT_READ && e->alike)
            return false;
        *out = iso_machine_value(slot, iso_bytes_slice(e->value, (unsigned)(slot->loc - e->loc), slot->size));
        return true;
    }
    return false;
}

void iso_reach_narrow(struct iso_ob_machine *m, struct iso_domain_values *values, uint64_t loc, unsigned size,
                      const struct iso_walk_past *past)
{
    for (unsigned k = 0; m->reach && k < m->nslots; k++) {
        struct iso_slot *slot = &m->slot[k];
        uint32_t from, count = 0;
        if (slot->loc < loc || slot->loc + slot->size > loc + size || slot->has_history ||
            !find_latest(&from, slot, past))
            continue;
        for (uint32_t i = 0; i < values->count; i++) {
            uint32_t value =
                iso_machine_value(slot, iso_bytes_slice(values->value[i], (unsigned)(slot->loc - loc), slot->size));
            if (slot->nvalues > VALUES || is_reachable(m, k, from, value, true))
                values->value[count++] = values->value[i];
        }
        values->count = count;
    }
}

static void keep(struct iso_claims *c, const struct iso_slot *slot, uint32_t over, uint32_t value)
{
    const struct iso_claims_write w = {
        .loc = slot->loc, .size = slot->size, .over = slot->value[over], .value = slot->value[value]};
    for (uint32_t i = 0; i < c->nwrites; i++)
        if (c->write[i].loc == w.loc && c->write[i].size == w.size && iso_bytes_equal(c->write[i].value, w.value) &&
            iso_bytes_equal(c->write[i].over, w.over))
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
            m->claims->too_many |= m->reach[k].denied[i] || m->reach[k].once || m->reach[k].last;
        m->misclaimed |= m->claims->too_many;
        close_up(m, k);
    }
    for (unsigned k = 0; m->reach && k < m->nslots; k++) {
        const struct iso_reach *r = &m->reach[k];
        const uint32_t n = m->slot[k].nvalues < VALUES ? m->slot[k].nvalues : VALUES;
        for (uint32_t to = 0; to < n; to++)
            for (uint32_t from = 0; from < n; from++)
                if (r->edge[from] >> to & 1)
                    keep(m->claims, &m->slot[k], from, to);
    }
}
