/* Names under an exchange of two threads, as declared in names.h. Not for: which runs are laid beside each other (symmetry.c). */
#include "sim/explore/names.h"
#include "sim/explore/live.h"
#include "sim/explore/symmetry.h"
#include "sim/isa/fatal.h"

#include <stdlib.h>
#include <string.h>

void iso_table_set(struct iso_table *t, uint32_t from, uint32_t to)
{
    uint32_t capacity = t->capacity ? t->capacity : 16;
    while (capacity <= from)
        capacity *= 2;
    if (capacity != t->capacity) {
        t->to = realloc(t->to, capacity * sizeof *t->to);
        if (!t->to)
            iso_out_of_memory(__FILE__, __LINE__);
        memset(t->to + t->capacity, 0xff, (capacity - t->capacity) * sizeof *t->to);
        t->capacity = capacity;
    }
    t->to[from] = to;
}

static void try(struct iso_exchange *x, unsigned slot, uint32_t value)
{
    if (x->ntrials == x->trial_capacity) {
        x->trial_capacity = x->trial_capacity ? 2 * x->trial_capacity : 64;
        x->trial = realloc(x->trial, x->trial_capacity * sizeof *x->trial);
        if (!x->trial)
            iso_out_of_memory(__FILE__, __LINE__);
    }
    x->trial[x->ntrials++] = (struct iso_trial){(uint8_t)slot, value};
}

static void take_back(struct iso_exchange *x)
{
    while (x->ntrials) {
        const struct iso_trial *t = &x->trial[--x->ntrials];
        int other = x->slot[t->slot];
        if (t->value == ISO_NO_NAME) {
            x->slot[other] = ISO_NO_SLOT;
            x->slot[t->slot] = ISO_NO_SLOT;
        } else {
            x->value[other].to[x->value[t->slot].to[t->value]] = ISO_NO_NAME;
            x->value[t->slot].to[t->value] = ISO_NO_NAME;
        }
    }
}

/* Pairs two values of slots that are paired; false: one has another name already. */
static bool pair_values(struct iso_exchange *x, unsigned slot, uint32_t value, uint32_t other)
{
    const unsigned there = (unsigned)x->slot[slot];
    const uint32_t to = iso_table_get(&x->value[slot], value), from = iso_table_get(&x->value[there], other);
    if (to != ISO_NO_NAME || from != ISO_NO_NAME)
        return to == other && from == value;
    iso_table_set(&x->value[slot], value, other);
    iso_table_set(&x->value[there], other, value);
    try(x, slot, value);
    return true;
}

/* The same for slots; each holds its value number 0 at the start. */
static bool pair_slots(struct iso_ob_machine *m, struct iso_exchange *x, unsigned slot, unsigned other)
{
    if (x->slot[slot] != ISO_NO_SLOT || x->slot[other] != ISO_NO_SLOT)
        return x->slot[slot] == (int)other && x->slot[other] == (int)slot;
    if (m->slot[slot].size != m->slot[other].size)
        return false;
    x->slot[slot] = (int8_t)other;
    x->slot[other] = (int8_t)slot;
    try(x, slot, ISO_NO_NAME);
    return pair_values(x, slot, 0, 0);
}

/* The trials stand. A value that nobody looks at any more may be left out of states (live.h) only where nobody does in any image. */
static void settle(struct iso_ob_machine *m, struct iso_exchange *x)
{
    bool has_slots = false;
    for (; x->ntrials; x->ntrials--) {
        const struct iso_trial *t = &x->trial[x->ntrials - 1];
        has_slots |= t->value == ISO_NO_NAME;
        uint64_t both = iso_symmetry_orbit(m, t->slot);
        if (t->value != ISO_NO_NAME || !(m->forgettable & both) || (m->forgettable & both) == both)
            continue;
        m->again |= (m->forgotten & both) != 0;
        m->forgettable &= ~both;
    }
    if (has_slots)
        iso_live_mirror(m);
}

static bool fit_slots(struct iso_ob_machine *m, struct iso_exchange *x, uint64_t a, uint64_t b)
{
    for (; a && b; a &= a - 1, b &= b - 1)
        if (!pair_slots(m, x, (unsigned)__builtin_ctzll(a), (unsigned)__builtin_ctzll(b)))
            return false;
    return !a && !b;
}

/* Whether the values that serve two reads are the same by names known already. */
static bool fit_sets(const struct iso_exchange *x, const struct iso_step *a, const struct iso_step *b)
{
    for (uint32_t k = 0; k < a->nalike; k++) {
        const struct iso_part *p = iso_step_served(a, k);
        uint32_t other = 0;
        while (other < b->nalike) {
            const struct iso_part *q = iso_step_served(b, other);
            unsigned i = 0;
            while (i < a->nparts && p[i].forwards == q[i].forwards &&
                   iso_table_get(&x->value[p[i].slot], p[i].value) == q[i].value)
                i++;
            if (i == a->nparts)
                break;
            other++;
        }
        if (other == b->nalike)
            return false;
    }
    return true;
}

static bool fit_step(struct iso_ob_machine *m, struct iso_exchange *x, const struct iso_step *a,
                     const struct iso_step *b)
{
    if (a->kind != b->kind || a->nparts != b->nparts || a->pair != b->pair || a->flags != b->flags ||
        a->page != b->page || a->key != b->key || a->preds != b->preds || a->hazards != b->hazards ||
        a->siblings != b->siblings || a->same_offset != b->same_offset || a->users != b->users ||
        a->nalike != b->nalike || a->with != b->with)
        return false;
    for (unsigned i = 0; i < a->nparts; i++) {
        const struct iso_part *p = &a->part[i], *q = &b->part[i];
        if (p->exempt != q->exempt || p->own != q->own || !pair_slots(m, x, p->slot, q->slot))
            return false;
        if (a->nalike == 1 && (p->forwards != q->forwards || !pair_values(x, p->slot, p->value, q->value)))
            return false;
    }
    return a->nalike == 1 || fit_sets(x, a, b);
}

/* What of a walk to go on with is not named after anything. */
static void unname(struct iso_walk *out, const struct iso_continuation *c)
{
    iso_walk_unpack(out, c);
    memset(&out->regs, 0, sizeof out->regs);
    memset(&out->monitor, 0, sizeof out->monitor);
    memset(out->fault, 0, sizeof out->fault);
    out->reserved_loc = out->reserved_rest = out->retried_through = 0;
    out->code = 0;
    for (unsigned i = 0; i < ISO_WALK_LOOPS_MAX; i++)
        for (unsigned k = 0; k < ISO_WALK_VISITS_MAX; k++)
            out->loop[i].visit[k].digest = 0;
}

/* Whether two runs go on from the same place in the same way, but for names. */
static bool go_on_alike(const struct iso_continuation *a, const struct iso_continuation *b)
{
    struct iso_walk w, v;
    unname(&w, a);
    unname(&v, b);
    return !memcmp(&w, &v, sizeof w) && a->gate == b->gate;
}

static bool are_alike(struct iso_ob_machine *m, struct iso_exchange *x, const struct iso_run *a,
                      const struct iso_run *b)
{
    if (a->nsteps != b->nsteps || a->all != b->all || a->waits != b->waits || a->sensitive != b->sensitive ||
        a->gate != b->gate || a->cut != b->cut || a->lost != b->lost || a->canonical != b->canonical ||
        a->releases != b->releases || a->stores != b->stores || a->withheld != b->withheld ||
        a->deferred != b->deferred || !a->open != !b->open)
        return false;
    if (a->open && (a->open->inside != b->open->inside || a->open->awaits != b->open->awaits))
        return false;
    if (a->awaited && a->awaited_own != b->awaited_own)
        return false;
    if (!fit_slots(m, x, a->awaited, b->awaited))
        return false;
    for (uint32_t i = 0; i < a->nsteps; i++)
        if (!fit_step(m, x, &a->step[i], &b->step[i]))
            return false;
    return !a->open || go_on_alike(a->open, b->open);
}

bool iso_names_fit(struct iso_ob_machine *m, struct iso_exchange *x, const struct iso_run *a, const struct iso_run *b)
{
    bool fits = are_alike(m, x, a, b);
    if (fits)
        settle(m, x);
    else
        take_back(x);
    return fits;
}

bool iso_names_take(struct iso_ob_machine *m, struct iso_exchange *x, unsigned number,
                    const struct iso_symmetry_names *names)
{
    for (uint32_t i = 0; i < names->count; i++) {
        const struct iso_symmetry_name *n = &names->list[i];
        unsigned a = 0, b = 0;
        if (n->exchange != number)
            continue;
        while (a < m->nslots && (m->slot[a].loc != n->loc[0] || m->slot[a].size != n->size))
            a++;
        while (b < m->nslots && (m->slot[b].loc != n->loc[1] || m->slot[b].size != n->size))
            b++;
        if (a == m->nslots || b == m->nslots)
            continue;
        if (!pair_slots(m, x, a, b) || !pair_values(x, a, iso_machine_value(&m->slot[a], n->value[0]),
                                                    iso_machine_value(&m->slot[b], n->value[1])))
            return false;
        settle(m, x);
    }
    return true;
}

static void keep_name(struct iso_symmetry_names *names, const struct iso_symmetry_name *name)
{
    for (uint32_t i = 0; i < names->count; i++) {
        const struct iso_symmetry_name *n = &names->list[i];
        if (n->exchange == name->exchange && n->size == name->size && n->loc[0] == name->loc[0] &&
            n->loc[1] == name->loc[1] && iso_bytes_equal(n->value[0], name->value[0]) &&
            iso_bytes_equal(n->value[1], name->value[1]))
            return;
    }
    if (names->count == names->capacity) {
        names->capacity = names->capacity ? 2 * names->capacity : 64;
        names->list = realloc(names->list, names->capacity * sizeof *names->list);
        if (!names->list)
            iso_out_of_memory(__FILE__, __LINE__);
    }
    names->list[names->count++] = *name;
}

void iso_names_keep(const struct iso_ob_machine *m, const struct iso_exchange *x, unsigned number,
                    struct iso_symmetry_names *names)
{
    for (unsigned k = 0; k < m->nslots; k++) {
        const struct iso_slot *a = &m->slot[k], *b = x->slot[k] == ISO_NO_SLOT ? NULL : &m->slot[x->slot[k]];
        for (uint32_t v = 0; b && x->slot[k] >= (int)k && v < a->nvalues; v++) {
            uint32_t other = iso_table_get(&x->value[k], v);
            if (other != ISO_NO_NAME)
                keep_name(names, &(struct iso_symmetry_name){.loc = {a->loc, b->loc},
                                                             .value = {a->value[v], b->value[other]},
                                                             .size = a->size,
                                                             .exchange = (uint8_t)number});
        }
    }
}

void iso_names_free(struct iso_exchange *x)
{
    for (unsigned k = 0; k < ISO_SLOTS_MAX; k++)
        free(x->value[k].to);
    for (unsigned t = 0; t < ISO_THREADS_MAX; t++)
        free(x->run[t].to);
    free(x->node.to);
    free(x->trial);
}
