/* Values that nobody will look at, as declared in live.h. */
#include "sim/explore/live.h"
#include "sim/explore/claims.h"
#include "sim/explore/holds.h"
#include "sim/explore/symmetry.h"
#include "sim/explore/walk.h"
#include "sim/isa/fatal.h"

#include <stdlib.h>
#include <string.h>

enum { READS_MAX = 16384 };

/* From one horizon to another, with what is written on the way. */
struct segment {
    uint32_t to;
    uint64_t written;
    struct segment *next;
};

/* A thread that goes on from an instruction. */
struct place {
    uint64_t live;    /* slots that it may read before it writes them */
    uint64_t assumed; /* those that it was taken not to */
    struct segment *segment;
};

struct iso_live {
    struct place *place[ISO_THREADS_MAX]; /* by instruction */
    uint32_t nplaces[ISO_THREADS_MAX];
    uint32_t version; /* counts what was learned */
};

static struct place *place_of(struct iso_ob_machine *m, unsigned thread, uint32_t pc)
{
    struct iso_live *l = m->live;
    if (pc >= l->nplaces[thread]) {
        struct place *grown = iso_arena_alloc(m->arena, 2 * (pc + 1) * sizeof *grown);
        memset(grown, 0, 2 * (pc + 1) * sizeof *grown);
        if (l->nplaces[thread])
            memcpy(grown, l->place[thread], l->nplaces[thread] * sizeof *grown);
        l->place[thread] = grown;
        l->nplaces[thread] = 2 * (pc + 1);
    }
    return &l->place[thread][pc];
}

static uint32_t pc_of(struct iso_run *run)
{
    if (!run->has_pc) {
        struct iso_walk w;
        iso_walk_unpack(&w, run->open);
        run->pc = w.pc;
        run->has_pc = true;
    }
    return run->pc;
}

/* ---- what is learned ---- */

static void keep(struct iso_ob_machine *m, unsigned thread, uint32_t pc, unsigned slot)
{
    struct iso_claims *c = m->claims;
    if (c->nreads == READS_MAX) {
        m->again = true;
        return;
    }
    if (c->nreads == c->read_capacity) {
        c->read_capacity = c->read_capacity ? 2 * c->read_capacity : 64;
        c->read = realloc(c->read, c->read_capacity * sizeof *c->read);
        if (!c->read)
            iso_out_of_memory(__FILE__, __LINE__);
    }
    c->read[c->nreads++] = (struct iso_live_read){m->slot[slot].loc, pc, thread};
}

static void put_images(struct iso_ob_machine *m, unsigned thread, uint32_t pc, unsigned slot);

/* The thread may read a slot before it writes it, from an instruction on; so may others in its place. */
static void put(struct iso_ob_machine *m, unsigned thread, uint32_t pc, unsigned slot)
{
    struct place *p = place_of(m, thread, pc);
    if (p->live >> slot & 1)
        return;
    p->live |= ISO_BIT(slot);
    m->again |= (p->assumed >> slot & 1) != 0;
    m->live->version++;
    keep(m, thread, pc, slot);
    put_images(m, thread, pc, slot);
}

static void put_images(struct iso_ob_machine *m, unsigned thread, uint32_t pc, unsigned slot)
{
    for (unsigned k = 0; k < iso_symmetry_exchanges(m); k++) {
        unsigned there = thread;
        const int to = iso_symmetry_place(m, k, &there, slot);
        if (to >= 0)
            put(m, there, pc, (unsigned)to);
    }
}

static void put_all(struct iso_ob_machine *m, unsigned thread, uint32_t pc, uint64_t slots)
{
    for (slots &= ~place_of(m, thread, pc)->live; slots; slots &= slots - 1)
        put(m, thread, pc, (unsigned)__builtin_ctzll(slots));
}

/* What is read from a horizon on is read from those before it on. */
static void close_up(struct iso_ob_machine *m)
{
    uint32_t before;
    do {
        before = m->live->version;
        for (unsigned t = 0; t < m->nthreads; t++)
            for (uint32_t pc = 0; pc < m->live->nplaces[t]; pc++)
                for (const struct segment *s = m->live->place[t][pc].segment; s; s = s->next)
                    put_all(m, t, pc, place_of(m, t, s->to)->live & ~s->written);
    } while (m->live->version != before);
}

void iso_live_learn(struct iso_ob_machine *m, unsigned thread, struct iso_run *from, uint32_t number)
{
    struct iso_run *run = m->thread[thread].run[number];
    const uint32_t pc = m->live ? pc_of(from) : 0, version = m->live ? m->live->version : 0;
    uint64_t read = 0, written = 0;
    struct segment *s;
    if (!m->live)
        return;
    for (uint32_t i = from->nsteps; i < run->nsteps; i++) {
        const struct iso_step *step = &run->step[i];
        for (unsigned k = 0; k < step->nparts; k++) {
            const struct iso_part *p = &step->part[k];
            if (run->stores >> i & 1)
                written |= ISO_BIT(p->slot);
            else if (p->own < (int)from->nsteps)
                read |= ISO_BIT(p->slot);
        }
    }
    put_all(m, thread, pc, read);
    if (run->open) {
        const uint32_t to = pc_of(run);
        for (s = place_of(m, thread, pc)->segment; s && (s->to != to || s->written != written);)
            s = s->next;
        if (!s) {
            s = iso_arena_alloc(m->arena, sizeof *s);
            *s = (struct segment){to, written, place_of(m, thread, pc)->segment};
            place_of(m, thread, pc)->segment = s;
            put_all(m, thread, pc, place_of(m, thread, to)->live & ~written);
        }
    }
    if (m->live->version != version)
        close_up(m);
}

void iso_live_mirror(struct iso_ob_machine *m)
{
    for (unsigned t = 0; t < m->nthreads && m->live; t++)
        for (uint32_t pc = 0; pc < m->live->nplaces[t]; pc++)
            for (uint64_t k = m->live->place[t][pc].live; k; k &= k - 1)
                put_images(m, t, pc, (unsigned)__builtin_ctzll(k));
    if (m->live)
        close_up(m);
}

void iso_live_begin(struct iso_ob_machine *m)
{
    const uint32_t known = m->claims->nreads;
    if (!m->forgettable || known == READS_MAX)
        return;
    m->live = iso_arena_alloc(m->arena, sizeof *m->live);
    *m->live = (struct iso_live){.version = 1};
    for (uint32_t i = 0; i < known; i++)
        for (unsigned k = 0; k < m->nslots; k++)
            if (m->slot[k].loc == m->claims->read[i].loc)
                place_of(m, m->claims->read[i].thread, m->claims->read[i].pc)->live |= ISO_BIT(k);
    iso_live_mirror(m);
}

/* ---- what is left out ---- */

/* Slots whose values threads at the node may look at. */
static uint64_t live_at(struct iso_ob_machine *m, struct iso_node *n)
{
    uint64_t out = 0;
    if (n->live_version == m->live->version)
        return n->live;
    for (uint32_t k = 0; k < n->count; k++) {
        const struct iso_residual *r = iso_machine_residual(m, n, k);
        struct iso_run *run = m->thread[n->thread].run[r->run];
        uint64_t written = 0;
        for (uint64_t left = run->all & ~r->done; left; left &= left - 1) {
            const struct iso_step *s = &run->step[__builtin_ctzll(left)];
            if (run->stores & left & -left) {
                written |= s->slots;
                continue;
            }
            for (unsigned i = 0; i < s->nparts; i++)
                if (s->part[i].own < 0 || (r->done >> s->part[i].own & 1))
                    out |= ISO_BIT(s->part[i].slot);
        }
        out |= iso_holds_half_way(run, r->done);
        if (run->open)
            out |= (run->awaited | place_of(m, n->thread, pc_of(run))->live) & ~written;
    }
    n->live_version = m->live->version;
    return n->live = out;
}

uint64_t iso_live_lost(struct iso_ob_machine *m, const uint32_t *node)
{
    uint64_t live = 0;
    if (!m->live || !m->forgettable)
        return 0;
    for (unsigned i = 0; i < m->nthreads; i++)
        live |= live_at(m, &m->node[node[i]]);
    return m->forgettable & ~live;
}

/* From here on the thread is taken not to look at some slots. */
static void assume(struct iso_ob_machine *m, struct iso_node *n, uint64_t slots)
{
    if (!(slots & ~n->assumed))
        return;
    n->assumed |= slots;
    for (uint32_t k = 0; k < n->count; k++) {
        struct iso_run *run = m->thread[n->thread].run[iso_machine_residual(m, n, k)->run];
        if (run->open)
            place_of(m, n->thread, pc_of(run))->assumed |= slots & ~place_of(m, n->thread, pc_of(run))->live;
    }
}

void iso_live_forget(struct iso_ob_machine *m, const uint32_t *node, uint32_t *memory)
{
    uint64_t left_out = 0;
    for (uint64_t k = iso_live_lost(m, node); k; k &= k - 1)
        if (memory[__builtin_ctzll(k)]) {
            memory[__builtin_ctzll(k)] = 0;
            left_out |= k & -k;
        }
    m->forgotten |= left_out;
    for (unsigned i = 0; i < m->nthreads && left_out; i++)
        assume(m, &m->node[node[i]], left_out);
}
