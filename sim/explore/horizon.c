/* Horizons that come to the same: a thread whose reads are all made goes on alike whatever it has read, if the registers it still needs are alike.
 * What is left of its past are the writes still to come; everything else is forgotten, so that states merge and events do not pile up.
 * Not for: finding horizons (walk.c). */
#include "sim/explore/machine.h"

#include <string.h>

/* Bits of the pending events moved down to the front, all others dropped. */
static uint64_t squeeze(uint64_t mask, uint64_t pending)
{
    uint64_t out = 0;
    unsigned to = 0;
    for (; pending; pending &= pending - 1, to++)
        if (mask >> __builtin_ctzll(pending) & 1)
            out |= ISO_BIT(to);
    return out;
}

static void squeeze_order(struct iso_order *o, uint64_t pending)
{
    uint64_t *set[] = {&o->write,        &o->release,    &o->before_access, &o->before_explicit, &o->before_write,
                       &o->before_cache, &o->before_any, &o->before_ttd,    &o->before_all};
    struct iso_order kept = {0};
    uint64_t *to[] = {&kept.write,           &kept.release,      &kept.before_access,
                      &kept.before_explicit, &kept.before_write, &kept.before_cache,
                      &kept.before_any,      &kept.before_ttd,   &kept.before_all};
    for (size_t i = 0; i < sizeof set / sizeof set[0]; i++)
        *to[i] = squeeze(*set[i], pending);
    *o = kept;
}

/* The walk at a horizon with everything left out that has no say in how it goes on. */
static void forget(struct iso_walk *w, const uint64_t *live, bool own_code, uint64_t pending)
{
    uint64_t needed = live && own_code ? live[w->pc] : UINT64_MAX;
    for (unsigned r = 0; r <= 30; r++)
        if (!(needed >> r & 1))
            w->regs.x[r] = 0;
    if (!(needed >> ISO_REG_NZCV & 1))
        w->regs.x[ISO_REG_NZCV] = 0;
    memset(w->flow, 0, sizeof w->flow);
    memset(w->pick_flow, 0, sizeof w->pick_flow);
    squeeze_order(&w->order, pending);
    memset(&w->monitor, 0, sizeof w->monitor);
    w->reservation = -1;
    w->reserved_size = 0;
    w->reserved_loc = 0;
    w->nevents = w->horizon = (uint8_t)__builtin_popcountll(pending);
    w->instance = w->nevents;
    w->effects = 0;
    w->cursor = 0;
    for (unsigned i = 0; i < w->nloops; i++) {
        struct iso_loop kept = {.target = w->loop[i].target, .times = w->loop[i].times};
        memcpy(&w->loop[i], &kept, sizeof kept);
    }
}

static bool is_known(const struct iso_trace *t, const struct iso_walk *w, const struct iso_event *event, uint32_t count)
{
    return t->canonical && t->nevents == count && !memcmp(&t->open->w, w, sizeof *w) &&
           !memcmp(t->event, event, count * sizeof *event);
}

int64_t iso_horizon_canonical(struct iso_ob_machine *m, unsigned thread, struct iso_run *run, uint64_t done)
{
    struct iso_thread_traces *t = &m->program->thread[thread];
    const struct iso_continuation *from = run->open;
    struct iso_event event[ISO_EVENTS_MAX];
    struct iso_order_event build[ISO_EVENTS_MAX];
    struct iso_trace trace = {.canonical = true};
    struct iso_continuation *c;
    struct iso_walk w;
    uint64_t pending = run->all & ~done;
    uint32_t count = 0;
    for (unsigned i = 0; i < run->nmerged; i++)
        if (run->merged[i].done == done)
            return run->merged[i].run;
    for (uint64_t k = pending; k; k &= k - 1, count++) {
        const struct iso_event *e = &from->event[__builtin_ctzll(k)];
        if (e->kind != ISO_EVENT_WRITE || e->pair >= 0)
            return -1;
        memset(&event[count], 0, sizeof event[count]);
        event[count].kind = e->kind;
        event[count].size = e->size;
        event[count].pair = event[count].ttd = event[count].tag = -1;
        event[count].flags = e->flags;
        event[count].insn = e->insn;
        event[count].instance = (uint16_t)count;
        event[count].page = -1;
        event[count].loc = e->loc;
        event[count].value = e->value;
        event[count].preds = squeeze(e->preds, pending);
        memset(&build[count], 0, sizeof build[count]);
        build[count].lob = squeeze(from->build[__builtin_ctzll(k)].lob, pending);
    }
    memcpy(&w, &from->w, sizeof w);
    forget(&w, t->live, from->w.code == thread, pending);
    uint32_t found = 0;
    while (found < t->ntraces && !is_known(&t->trace[found], &w, event, count))
        found++;
    if (found == t->ntraces) {
        c = iso_arena_alloc(m->arena, sizeof *c);
        memcpy(&c->w, &w, sizeof w);
        c->event = trace.event = iso_arena_copy(m->arena, event, count * sizeof *event);
        c->build = iso_arena_copy(m->arena, build, count * sizeof *build);
        trace.nevents = count;
        trace.open = c;
        iso_program_keep_trace(m->program, thread, &trace);
        iso_machine_add_runs(m, thread, found);
        m->thread[thread].run[found]->canonical = true;
    }
    if (run->nmerged < ISO_MERGED_MAX) {
        run->merged[run->nmerged].done = done;
        run->merged[run->nmerged++].run = found;
    }
    return found;
}
