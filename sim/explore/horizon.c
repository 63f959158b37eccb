/* Horizons that come to the same: a thread whose reads are all made goes on alike whatever it has read, if the registers it still needs are alike.
 * What is left of its past are the writes still to come (and the reads they are paired with); everything else is forgotten, so that states merge and events do not pile up.
 * Not for: finding horizons (walk.c). */
#include "sim/explore/machine.h"
#include "sim/isa/fatal.h"

#include <stdlib.h>
#include <string.h>

/* What stays of the thread's past. */
struct past {
    uint64_t pending; /* writes still to come */
    uint64_t kept;    /* those, and the reads made that they must stay atomic with */
};

/* Bits of the events kept moved down to the front, all others dropped. */
static uint64_t squeeze(uint64_t mask, uint64_t kept)
{
    uint64_t out = 0;
    unsigned to = 0;
    for (; kept; kept &= kept - 1, to++)
        if (mask >> __builtin_ctzll(kept) & 1)
            out |= ISO_BIT(to);
    return out;
}

static void squeeze_order(struct iso_order *o, const struct past *past)
{
    uint64_t *set[] = {&o->write,        &o->release,    &o->before_access, &o->before_explicit, &o->before_write,
                       &o->before_cache, &o->before_any, &o->before_ttd,    &o->before_all};
    struct iso_order kept = {0};
    uint64_t *to[] = {&kept.write,           &kept.release,      &kept.before_access,
                      &kept.before_explicit, &kept.before_write, &kept.before_cache,
                      &kept.before_any,      &kept.before_ttd,   &kept.before_all};
    for (size_t i = 0; i < sizeof set / sizeof set[0]; i++)
        *to[i] = squeeze(*set[i] & past->pending, past->kept);
    *o = kept;
}

/* Registers that the thread may still read or show. */
static uint64_t needed(const struct iso_program *program, unsigned thread, const struct iso_walk *w)
{
    const struct iso_thread *code = &program->setup->test->thread[thread];
    const uint64_t *live = program->thread[thread].live;
    if (!live || w->code != thread)
        return UINT64_MAX;
    return live[w->pc >= code->ninsns || (!w->in_handler && w->pc >= code->code_end) ? code->ninsns : w->pc];
}

/* The walk at a horizon with everything left out that has no say in how it goes on. */
static void forget(const struct iso_program *program, unsigned thread, struct iso_walk *w, const struct past *past)
{
    uint64_t live = needed(program, thread, w);
    for (unsigned r = 0; r <= 30; r++)
        if (!(live >> r & 1))
            w->regs.x[r] = 0;
    if (!(live >> ISO_REG_NZCV & 1))
        w->regs.x[ISO_REG_NZCV] = 0;
    memset(w->flow, 0, sizeof w->flow);
    memset(w->pick_flow, 0, sizeof w->pick_flow);
    squeeze_order(&w->order, past);
    memset(&w->monitor, 0, sizeof w->monitor);
    w->reservation = -1;
    w->reserved_size = 0;
    w->reserved_loc = 0;
    w->nevents = w->horizon = (uint8_t)__builtin_popcountll(past->kept);
    w->instance = w->nevents;
    w->effects = 0;
    w->cursor = 0;
    unsigned nloops = 0;
    for (unsigned i = 0; i < w->nloops; i++) {
        struct iso_loop kept = {.target = w->loop[i].target, .times = w->loop[i].times};
        if (iso_walk_comes_back(program, thread, w, kept.target))
            memcpy(&w->loop[nloops++], &kept, sizeof kept);
    }
    memset(&w->loop[nloops], 0, (ISO_WALK_LOOPS_MAX - nloops) * sizeof w->loop[0]);
    w->nloops = (uint8_t)nloops;
}

/* An event of the past as it goes on to matter: what is made before it is made. */
static void keep_event(struct iso_event *out, const struct iso_event *e, const struct past *past)
{
    memset(out, 0, sizeof *out);
    out->kind = e->kind;
    out->size = e->size;
    out->pair = out->ttd = out->tag = -1;
    if (e->pair >= 0)
        out->pair = (int8_t)__builtin_popcountll(past->kept & (ISO_BIT(e->pair) - 1));
    out->flags = e->flags;
    out->insn = e->insn;
    out->page = -1;
    out->loc = e->loc;
    out->alias = e->alias;
    out->peripheral = e->peripheral;
    if (e->kind == ISO_EVENT_WRITE)
        out->value = e->value;
    out->preds = squeeze(e->preds & past->pending, past->kept);
    out->own_writes = squeeze(e->own_writes & past->pending, past->kept);
    out->siblings = squeeze(e->siblings, past->kept); /* the store's write is paired with them all */
}

/* What a run leaves behind at its horizon; false: something that is not kept. */
static bool find_past(struct past *out, const struct iso_continuation *from, uint64_t pending)
{
    out->pending = out->kept = pending;
    for (uint64_t k = pending; k; k &= k - 1) {
        const struct iso_event *e = &from->event[__builtin_ctzll(k)],
                               *read = e->pair >= 0 ? &from->event[e->pair] : NULL;
        if (e->kind != ISO_EVENT_WRITE)
            return false;
        if (!read)
            continue;
        if (read->kind != ISO_EVENT_READ || read->between)
            return false;
        out->kept |= ISO_BIT(e->pair) | read->siblings;
    }
    return true;
}

static bool is_known(const struct iso_trace *t, const struct iso_walk *w, const struct iso_event *event, uint32_t count)
{
    return t->canonical && t->nevents == count && !memcmp(&t->open->w, w, sizeof *w) &&
           !memcmp(t->event, event, count * sizeof *event);
}

bool iso_horizon_keeps(const struct iso_run *run, uint64_t left)
{
    struct past past;
    uint64_t pending = 0;
    for (uint64_t k = left; k; k &= k - 1)
        if (!iso_event_is_load(&run->open->event[__builtin_ctzll(k)]))
            pending |= k & -k;
    return find_past(&past, run->open, pending);
}

uint32_t iso_horizon_kind(struct iso_ob_machine *m, unsigned thread, struct iso_run *run)
{
    struct iso_machine_thread *t = &m->thread[thread];
    const struct past nothing = {0, 0};
    struct iso_walk w;
    uint32_t hash, i = 0;
    if (run->kind)
        return run->kind;
    memcpy(&w, &run->open->w, sizeof w);
    forget(m->program, thread, &w, &nothing);
    hash = iso_hash_words((const uint32_t *)(const void *)&w, sizeof w / sizeof(uint32_t));
    while (i < t->nkinds && (t->kind[i].hash != hash || memcmp(t->kind[i].walk, &w, sizeof w) != 0))
        i++;
    if (i == t->nkinds) {
        if (t->nkinds == t->kind_capacity) {
            t->kind_capacity = t->kind_capacity ? 2 * t->kind_capacity : 16;
            t->kind = realloc(t->kind, t->kind_capacity * sizeof *t->kind);
            if (!t->kind)
                iso_out_of_memory(__FILE__, __LINE__);
        }
        t->kind[t->nkinds++] = (struct iso_horizon_kind){hash, iso_arena_copy(m->arena, &w, sizeof w)};
    }
    return run->kind = i + 1;
}

unsigned iso_horizon_order(uint64_t *out, const struct iso_run *run, uint64_t left, uint64_t kept)
{
    const struct past past = {left, kept};
    struct iso_order o = run->open->w.order;
    squeeze_order(&o, &past);
    memcpy(out, &o, sizeof o);
    return sizeof o / sizeof *out;
}

bool iso_horizon_canonical(struct iso_ob_machine *m, unsigned thread, uint32_t *run_number, uint64_t *done)
{
    struct iso_thread_traces *t = &m->program->thread[thread];
    struct iso_run *run = m->thread[thread].run[*run_number];
    const struct iso_continuation *from = run->open;
    struct iso_event event[ISO_EVENTS_MAX];
    struct iso_order_event build[ISO_EVENTS_MAX];
    struct iso_continuation *c;
    struct iso_walk w;
    struct past past;
    uint64_t made;
    uint32_t count = 0, found = 0;
    for (unsigned i = 0; i < run->nmerged; i++)
        if (run->merged[i].before == *done) {
            *run_number = run->merged[i].run;
            *done = run->merged[i].after;
            return true;
        }
    if (!find_past(&past, from, run->all & ~*done))
        return false;
    for (uint64_t k = past.kept; k; k &= k - 1, count++) {
        unsigned i = (unsigned)__builtin_ctzll(k);
        keep_event(&event[count], &from->event[i], &past);
        event[count].instance = (uint16_t)count;
        memset(&build[count], 0, sizeof build[count]);
        build[count].lob = squeeze(from->build[i].lob & past.pending, past.kept);
    }
    made = squeeze(past.kept & ~past.pending, past.kept);
    memcpy(&w, &from->w, sizeof w);
    forget(m->program, thread, &w, &past);
    while (found < t->ntraces && !is_known(&t->trace[found], &w, event, count))
        found++;
    if (found == t->ntraces) {
        struct iso_trace trace = {.canonical = true};
        c = iso_arena_alloc(m->arena, sizeof *c);
        memcpy(&c->w, &w, sizeof w);
        c->event = trace.event = iso_arena_copy(m->arena, event, count * sizeof *event);
        c->build = iso_arena_copy(m->arena, build, count * sizeof *build);
        trace.nevents = count;
        trace.open = c;
        iso_program_keep_trace(m->program, thread, &trace);
        if (!iso_machine_add_runs(m, thread, found))
            m->again = true;
        m->thread[thread].run[found]->canonical = true;
    }
    if (run->nmerged < ISO_MERGED_MAX) {
        run->merged[run->nmerged].before = *done;
        run->merged[run->nmerged].after = made;
        run->merged[run->nmerged++].run = found;
    }
    *run_number = found;
    *done = made;
    return true;
}
