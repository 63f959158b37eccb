/* Slots that one thread alone accesses. Nobody else can tell when they are written, and the thread itself reads its latest write in program order or what was
 * there at first: so such a write takes place as soon as its own thread's order lets it, inside the thread, and is no state of the search.
 * In an execution's linear order it moves to the front of everything it is not ordered after; no value changes. What memory holds at the end is the run's to say.
 * Not for: threads walked from horizon to horizon, whose accesses are not known beforehand; descriptors, code, and what hardware may write of its own accord.
 * Source: Arm ARM B2.3 (Internal visibility requirement; local memory write successor orders writes and earlier reads of one location). */
#include "sim/explore/machine.h"

#include <string.h>

/* Bit per slot: only one thread of all accesses it, and only by what it does itself. */
static uint64_t find_private(const struct iso_ob_machine *m, uint64_t mine[ISO_THREADS_MAX])
{
    uint64_t once = 0, shared = 0;
    for (unsigned t = 0; t < m->nthreads; t++) {
        mine[t] = 0;
        for (uint32_t k = 0; k < m->thread[t].nruns; k++)
            for (uint32_t i = 0; i < m->thread[t].run[k]->nsteps; i++) {
                const struct iso_step *s = &m->thread[t].run[k]->step[i];
                mine[t] |= s->slots;
                shared |= s->kind == ISO_EVENT_HU && s->pair < 0 ? s->slots : 0;
            }
        if (m->program->has_twins >> t & 1)
            shared |= mine[t];
        shared |= once & mine[t];
        once |= mine[t];
    }
    for (unsigned i = 0; i < m->nslots; i++)
        if (m->slot[i].has_history || iso_image_is_tagless(&m->program->image, m->slot[i].loc) ||
            iso_image_is_split(&m->program->image, m->slot[i].loc)) /* caches copy it, and its own order is lost */
            shared |= ISO_BIT(i);
    for (unsigned t = 0; t < m->nthreads; t++)
        mine[t] &= ~shared;
    return once & ~shared;
}

bool iso_machine_shows(const struct iso_ob_machine *m, const struct iso_slot *slot)
{
    const struct iso_setup *setup = m->program->setup;
    const struct iso_test *test = setup->test;
    if (setup->variant.vmsa && test->observe_through_translation)
        return true;
    for (uint32_t i = 0; i < test->nobservables; i++) {
        const struct iso_observable *o = &test->observable[i];
        uint64_t loc;
        unsigned size = o->kind == ISO_OBSERVABLE_TAG ? 1 : o->bytes;
        if (o->kind != ISO_OBSERVABLE_LOCATION && o->kind != ISO_OBSERVABLE_TAG)
            continue;
        loc = iso_image_loc(setup, o->va);
        loc = o->kind == ISO_OBSERVABLE_TAG ? iso_loc_of_tag(loc) : loc;
        if (slot->loc < loc + size && loc < slot->loc + slot->size)
            return true;
    }
    return false;
}

/* Takes the private parts out of a step. False: it reads a value that it cannot find, so that there is no such run. */
static bool hide_parts(struct iso_ob_machine *m, struct iso_step *s, uint64_t hidden, const uint32_t *initial)
{
    struct iso_part part[32];
    unsigned n = 0;
    if (!(s->slots & hidden))
        return true;
    if (iso_step_is_unknown(s)) { /* only where its own writes stand counts */
        s->slots &= ~hidden;
        return true;
    }
    for (unsigned i = 0; i < s->nparts; i++) {
        const struct iso_part *p = &s->part[i];
        bool reads = s->kind == ISO_EVENT_READ || s->kind == ISO_EVENT_TAG_READ;
        if (!(hidden >> p->slot & 1))
            part[n++] = *p;
        else if (reads && (p->own >= 0 ? !p->forwards : p->value != initial[p->slot]))
            return false;
    }
    s->nparts = (uint8_t)n;
    s->slots &= ~hidden;
    s->part = iso_arena_copy(m->arena, part, n * sizeof *part);
    return true;
}

/* Number of the thread's end that has this final and leaves these values in the slots shown. */
static uint32_t end_of(struct iso_ob_machine *m, unsigned thread, uint32_t final, const uint32_t *value)
{
    struct iso_machine_thread *t = &m->thread[thread];
    uint32_t i = 0;
    while (i < t->nends && (t->end[i].final != final || memcmp(t->end[i].value, value, m->nshown * sizeof *value) != 0))
        i++;
    if (i == t->nends)
        t->end[t->nends++] =
            (struct iso_machine_end){final, iso_arena_copy(m->arena, value, m->nshown * sizeof *value)};
    return i;
}

/* False: there is no such run. */
static bool hide(struct iso_ob_machine *m, unsigned thread, struct iso_run *run, uint64_t hidden,
                 const uint32_t *initial)
{
    struct iso_step *step = iso_arena_copy(m->arena, run->step, run->nsteps * sizeof *step);
    uint32_t value[ISO_SLOTS_MAX];
    for (unsigned k = 0; k < m->nshown; k++)
        value[k] = initial[m->shown[k]];
    for (uint32_t i = 0; i < run->nsteps; i++) {
        const struct iso_step *whole = &run->step[i];
        for (unsigned p = 0; whole->kind == ISO_EVENT_WRITE && p < whole->nparts; p++)
            for (unsigned k = 0; k < m->nshown; k++)
                if (whole->part[p].slot == m->shown[k])
                    value[k] = whole->part[p].value;
        if (!hide_parts(m, &step[i], hidden, initial))
            return false;
        if (whole->slots && !step[i].slots) {
            run->stores &= ~ISO_BIT(i);
            run->sensitive &= ~ISO_BIT(i);
        }
    }
    run->step = step;
    run->end = end_of(m, thread, run->final, value);
    return true;
}

void iso_machine_hide_private(struct iso_ob_machine *m)
{
    uint64_t mine[ISO_THREADS_MAX], hidden;
    uint32_t initial[ISO_SLOTS_MAX];
    if (m->program->lazy || m->program->request || m->program->fetches)
        return;
    hidden = find_private(m, mine);
    for (uint64_t k = hidden; k; k &= k - 1) {
        unsigned i = (unsigned)__builtin_ctzll(k);
        struct iso_slot *slot = &m->slot[i];
        initial[i] = iso_machine_value(slot, iso_image_read(&m->program->image, slot->loc, slot->size));
        if (!slot->written)
            hidden &= ~ISO_BIT(i);
        else if (iso_machine_shows(m, slot))
            m->shown[m->nshown++] = (uint8_t)i;
    }
    for (unsigned t = 0; t < m->nthreads && hidden; t++) {
        struct iso_machine_thread *mt = &m->thread[t];
        uint32_t kept = 0;
        mt->end = iso_arena_alloc(m->arena, (mt->nruns + 1) * sizeof *mt->end);
        for (uint32_t k = 0; k < mt->nruns; k++)
            if (hide(m, t, mt->run[k], hidden & mine[t], initial))
                mt->run[kept++] = mt->run[k];
        mt->nruns = kept;
    }
}
