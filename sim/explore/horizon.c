/* Horizons that come to the same: a thread whose reads are made goes on alike whatever it has read, if the registers it still needs are alike.
 * What is left of its past are the reads and writes still to come, the reads made that those may yet spoil, and what of the order so far counts for them; everything
 * else is forgotten, so that states merge and events do not pile up.
 * Why that is all: what comes later is ordered after an event of the past only to come after it in time. One that is performed always will have, and so will
 * all that it is ordered after itself; so it counts for later events only by what of its past may still be pending. Its dependencies are in its own
 * order, but for picks of a read: where those may be pending, nothing is forgotten (is_closed()).
 * Not for: finding horizons (walk.c). */
#include "sim/explore/machine.h"
#include "sim/explore/words.h"
#include "sim/isa/fatal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    WALK_WORDS = sizeof(struct iso_walk) / sizeof(uint64_t),
    BUILD_WORDS = sizeof(struct iso_order_event) / sizeof(uint64_t)
};
static_assert(sizeof(struct iso_walk) == WALK_WORDS * sizeof(uint64_t) && (int)WALK_WORDS <= ISO_WORDS_MAX &&
                  sizeof(struct iso_order_event) == BUILD_WORDS * sizeof(uint64_t) &&
                  (int)BUILD_WORDS * ISO_EVENTS_MAX <= ISO_WORDS_MAX,
              "a walk and an event's order are whole words");

void iso_walk_pack(struct iso_continuation *c, struct iso_arena *arena, const struct iso_walk *w,
                   const struct iso_event *event, const struct iso_order_event *build)
{
    uint64_t word[WALK_WORDS], order[BUILD_WORDS * ISO_EVENTS_MAX];
    memcpy(word, w, sizeof word);
    memcpy(order, build, w->nevents * sizeof *build);
    c->w = iso_words_pack(arena, word, WALK_WORDS);
    c->nevents = w->nevents;
    c->event = iso_arena_copy(arena, event, w->nevents * sizeof *event);
    c->build = iso_words_pack(arena, order, w->nevents * BUILD_WORDS);
}

void iso_walk_unpack(struct iso_walk *out, const struct iso_continuation *c)
{
    uint64_t word[WALK_WORDS];
    iso_words_unpack(word, c->w, WALK_WORDS, 0, WALK_WORDS);
    memcpy(out, word, sizeof word);
}

void iso_walk_unpack_order(struct iso_order_event *out, const struct iso_continuation *c, unsigned i)
{
    uint64_t word[BUILD_WORDS];
    iso_words_unpack(word, c->build, c->nevents * BUILD_WORDS, i * BUILD_WORDS, BUILD_WORDS);
    memcpy(out, word, sizeof word);
}

/* What stays of the thread's past. */
struct past {
    uint64_t pending; /* reads and writes still to come */
    uint64_t kept;    /* those, and the reads made that they must stay atomic with, or that they may spoil */
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
    uint64_t *set[] = {&o->read,          &o->read_noret,      &o->write,          &o->release,
                       &o->control,       &o->pick_control,    &o->address_access, &o->pick_address_access,
                       &o->before_access, &o->before_explicit, &o->before_write,   &o->before_cache,
                       &o->before_any,    &o->before_ttd,      &o->before_all,     &o->since};
    struct iso_order kept = {.since_lost = o->since_lost | ((o->since & ~past->pending) != 0)};
    uint64_t *to[] = {&kept.read,          &kept.read_noret,      &kept.write,          &kept.release,
                      &kept.control,       &kept.pick_control,    &kept.address_access, &kept.pick_address_access,
                      &kept.before_access, &kept.before_explicit, &kept.before_write,   &kept.before_cache,
                      &kept.before_any,    &kept.before_ttd,      &kept.before_all,     &kept.since};
    for (size_t i = 0; i < sizeof set / sizeof set[0]; i++)
        *to[i] = squeeze(*set[i] & past->pending, past->kept);
    kept.since = kept.since_lost ? 0 : kept.since;
    *o = kept;
}

/* Registers that the thread may still read or show. */
static uint64_t needed(const struct iso_program *program, unsigned thread, const struct iso_walk *w)
{
    const struct iso_thread *code = &program->setup->test->thread[thread];
    const uint64_t *live = program->thread[thread].live;
    if (!live || w->code != thread)
        return UINT64_MAX;
    return program->thread[thread].ends |
           live[w->pc >= code->ninsns || (!w->in_handler && w->pc >= code->code_end) ? code->ninsns : w->pc];
}

void iso_walk_drop_dead(const struct iso_program *program, unsigned thread, struct iso_walk *w)
{
    uint64_t live = needed(program, thread, w);
    for (unsigned r = 0; r <= 30; r++)
        if (!(live >> r & 1))
            w->regs.x[r] = 0;
    if (!(live >> ISO_REG_NZCV & 1))
        w->regs.x[ISO_REG_NZCV] = 0;
}

static void squeeze_taints(uint64_t *taint, uint64_t live, const struct past *past)
{
    for (unsigned r = 0; r < ISO_TAINTS; r++)
        taint[r] = r < ISO_REG_COUNT && (live >> r & 1) ? squeeze(taint[r] & past->pending, past->kept) : 0;
}

/* The walk at a horizon with everything left out that has no say in how it goes on. */
static void forget(const struct iso_program *program, unsigned thread, struct iso_walk *w, const struct past *past)
{
    const bool repeats =
        program->uncounted && w->effects; /* what others do not see is counted: there may be no end to it */
    uint64_t live = needed(program, thread, w);
    iso_walk_drop_dead(program, thread, w);
    squeeze_taints(w->flow, live, past);
    squeeze_taints(w->pick_flow, live, past);
    squeeze_order(&w->order, past);
    memset(&w->monitor, 0, sizeof w->monitor);
    w->reserved = false;
    w->reservation = -1;
    w->reserved_size = 0;
    w->reserved_loc = 0;
    w->nevents = w->horizon = (uint8_t)__builtin_popcountll(past->kept);
    w->instance = w->nevents;
    w->vain = squeeze(w->vain & past->pending, past->kept);
    w->effects = 0;
    w->cursor = 0;
    unsigned nloops = 0;
    for (unsigned i = 0; i < w->nloops; i++) {
        struct iso_loop kept = {.target = w->loop[i].target, .times = repeats ? 0 : w->loop[i].times};
        const bool *is_head = w->code == thread ? program->thread[thread].is_head : NULL;
        if (!is_head || !is_head[kept.target]) /* through a register, which may say to go round for ever */
            kept.known = w->loop[i].known;
        if (iso_walk_comes_back(program, thread, w, kept.target))
            memcpy(&w->loop[nloops++], &kept, sizeof kept);
    }
    memset(&w->loop[nloops], 0, (ISO_WALK_LOOPS_MAX - nloops) * sizeof w->loop[0]);
    w->nloops = (uint8_t)nloops;
}

/* An event of the past as it goes on to matter: what is made before it is made. */
static void keep_event(struct iso_event *out, const struct iso_event *e, const struct past *past, bool is_pending)
{
    memset(out, 0, sizeof *out);
    out->kind = e->kind;
    out->size = e->size;
    out->pair = out->ttd = out->tag = -1;
    if (e->pair >= 0 && (past->kept >> e->pair & 1))
        out->pair = (int8_t)__builtin_popcountll(past->kept & (ISO_BIT(e->pair) - 1));
    out->flags = e->flags;
    out->releases = e->releases;
    out->insn = e->insn;
    out->page = -1;
    out->loc = e->loc;
    out->alias = e->alias;
    out->peripheral = e->peripheral;
    if (is_pending) {
        out->value = e->value;
        out->alike = e->alike;
    }
    out->preds = squeeze(e->preds & past->pending, past->kept);
    out->hazards = squeeze(e->hazards & past->pending, past->kept);
    out->own_writes = squeeze(e->own_writes & past->pending, past->kept);
    out->siblings = squeeze(e->siblings, past->kept); /* the store's write is paired with them all */
}

/* The same of its order and dependencies. */
static void keep_order(struct iso_order_event *out, const struct iso_order_event *from, const struct past *past)
{
    const uint64_t set[] = {
        from->lob,         from->depend.address,  from->depend.pick_address, from->depend.data, from->depend.pick_data,
        from->depend.flow, from->depend.pick_flow};
    uint64_t *to[] = {
        &out->lob,         &out->depend.address,  &out->depend.pick_address, &out->depend.data, &out->depend.pick_data,
        &out->depend.flow, &out->depend.pick_flow};
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < sizeof set / sizeof set[0]; i++)
        *to[i] = squeeze(set[i] & past->pending, past->kept);
}

/* Reads made that something pending may yet spoil. */
static uint64_t find_watched(const struct iso_event *event, uint64_t made, uint64_t pending)
{
    uint64_t out = 0;
    for (uint64_t k = made; k; k &= k - 1) {
        const struct iso_event *e = &event[__builtin_ctzll(k)];
        if (e->kind == ISO_EVENT_READ && ((e->hazards | e->siblings) & pending))
            out |= k & -k;
    }
    return out;
}

/* Whether every event depends on pending reads only as it is ordered after them: then one that is performed depends on nothing pending. */
static bool is_closed(const struct iso_continuation *from, uint64_t all, uint64_t pending)
{
    for (uint64_t k = all; k; k &= k - 1) {
        unsigned i = (unsigned)__builtin_ctzll(k);
        struct iso_order_event build;
        const struct iso_depend *d = &build.depend;
        iso_walk_unpack_order(&build, from, i);
        uint64_t sources = d->address | d->pick_address | d->data | d->pick_data | d->flow | d->pick_flow;
        if (sources & pending & ~from->event[i].preds)
            return false;
    }
    return true;
}

/* What a run leaves behind at its horizon with the steps `pending` still to come, others of `all` made; false: something that is not kept. */
static bool find_past(struct past *out, const struct iso_continuation *from, uint64_t all, uint64_t pending)
{
    uint64_t reads = 0;
    out->pending = pending;
    out->kept = pending | find_watched(from->event, all & ~pending, pending);
    for (uint64_t k = pending; k; k &= k - 1) {
        const struct iso_event *e = &from->event[__builtin_ctzll(k)],
                               *read = e->pair >= 0 && e->kind == ISO_EVENT_WRITE ? &from->event[e->pair] : NULL;
        if ((e->kind != ISO_EVENT_WRITE && e->kind != ISO_EVENT_READ) || e->between)
            return false;
        reads |= e->kind == ISO_EVENT_READ ? k & -k : 0;
        if (!read)
            continue;
        if (read->kind != ISO_EVENT_READ || read->between)
            return false;
        out->kept |= ISO_BIT(e->pair) | read->siblings;
    }
    return !reads || is_closed(from, all, reads);
}

static bool is_known(const struct iso_trace *t, uint32_t hash, const struct iso_walk *w, const struct iso_event *event,
                     uint32_t count)
{
    struct iso_walk known;
    if (t->hash != hash || t->nevents != count)
        return false;
    iso_walk_unpack(&known, t->open);
    return !memcmp(&known, w, sizeof known) && !memcmp(t->event, event, count * sizeof *event);
}

/* Number of the canonical trace that is this one; UINT32_MAX: there is none yet. */
static uint32_t find_canonical(const struct iso_ob_machine *m, unsigned thread, uint32_t hash, const struct iso_walk *w,
                               const struct iso_event *event, uint32_t count)
{
    const struct iso_machine_hash *h = &m->thread[thread].canonical;
    if (!h->size)
        return UINT32_MAX;
    for (uint32_t at = hash & (h->size - 1); h->bucket[at]; at = (at + 1) & (h->size - 1))
        if (is_known(&m->program->thread[thread].trace[h->bucket[at] - 1], hash, w, event, count))
            return h->bucket[at] - 1;
    return UINT32_MAX;
}

static void put(struct iso_machine_hash *h, uint32_t hash, uint32_t number)
{
    uint32_t at = hash & (h->size - 1);
    while (h->bucket[at])
        at = (at + 1) & (h->size - 1);
    h->bucket[at] = number + 1;
}

static void keep_canonical(struct iso_ob_machine *m, unsigned thread, uint32_t number)
{
    struct iso_machine_hash *h = &m->thread[thread].canonical;
    const struct iso_trace *trace = m->program->thread[thread].trace;
    uint32_t *old = h->bucket, size = h->size;
    if (2 * h->count >= h->size) {
        h->size = h->size ? 2 * h->size : 64;
        h->bucket = calloc(h->size, sizeof *h->bucket);
        if (!h->bucket)
            iso_out_of_memory(__FILE__, __LINE__);
        for (uint32_t i = 0; i < size; i++)
            if (old[i])
                put(h, trace[old[i] - 1].hash, old[i] - 1);
        free(old);
    }
    put(h, trace[number].hash, number);
    h->count++;
}

uint64_t iso_horizon_kept(const struct iso_run *run, uint64_t done)
{
    struct past past;
    return find_past(&past, run->open, run->all, run->all & ~done) ? past.kept : 0;
}

bool iso_horizon_keeps(const struct iso_run *run, uint64_t left)
{
    struct past past;
    return !run->open->inside && find_past(&past, run->open, run->all, left & ~run->gate);
}

uint32_t iso_horizon_kind(struct iso_ob_machine *m, unsigned thread, struct iso_run *run)
{
    struct iso_machine_thread *t = &m->thread[thread];
    const struct past nothing = {0, 0};
    struct iso_walk w;
    uint32_t hash, i = 0;
    if (run->kind)
        return run->kind;
    iso_walk_unpack(&w, run->open);
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

unsigned iso_horizon_order(uint64_t *out, const struct iso_ob_machine *m, unsigned thread, const struct iso_run *run,
                           uint64_t left, uint64_t kept)
{
    const struct past past = {left & ~run->gate, kept};
    struct iso_walk w;
    unsigned n = sizeof w.order / sizeof *out;
    iso_walk_unpack(&w, run->open);
    squeeze_order(&w.order, &past);
    memcpy(out, &w.order, sizeof w.order);
    if (!(past.pending & ~run->stores))
        return n;
    uint64_t live = needed(m->program, thread, &w);
    squeeze_taints(w.flow, live, &past);
    squeeze_taints(w.pick_flow, live, &past);
    for (unsigned r = 0; r < ISO_REG_COUNT; r++)
        if (w.flow[r] | w.pick_flow[r]) {
            out[n++] = r;
            out[n++] = w.flow[r];
            out[n++] = w.pick_flow[r];
        }
    return n;
}

static void keep_merged(struct iso_ob_machine *m, struct iso_run *run, uint64_t before, uint64_t after, uint32_t as)
{
    struct iso_merged *new = iso_arena_alloc(m->arena, sizeof *new);
    *new = (struct iso_merged){before, after, as, run->merged};
    run->merged = new;
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
    uint32_t count = 0, found, hash;
    const struct iso_merged *known = iso_run_merged(run, *done);
    if (known) {
        if (known->run == UINT32_MAX)
            return false;
        *run_number = known->run;
        *done = known->after;
        return true;
    }
    if (!find_past(&past, from, run->all, run->all & ~*done)) {
        keep_merged(m, run, *done, 0, UINT32_MAX);
        return false;
    }
    for (uint64_t k = past.kept; k; k &= k - 1, count++) {
        unsigned i = (unsigned)__builtin_ctzll(k);
        keep_event(&event[count], &from->event[i], &past, past.pending >> i & 1);
        event[count].instance = (uint16_t)count;
        struct iso_order_event order;
        iso_walk_unpack_order(&order, from, i);
        keep_order(&build[count], &order, &past);
    }
    made = squeeze(past.kept & ~past.pending, past.kept);
    iso_walk_unpack(&w, from);
    forget(m->program, thread, &w, &past);
    hash = iso_hash_words((const uint32_t *)(const void *)&w, sizeof w / sizeof(uint32_t)) ^
           31u * iso_hash_words((const uint32_t *)(const void *)event, count * (sizeof *event / sizeof(uint32_t)));
    found = find_canonical(m, thread, hash, &w, event, count);
    if (found == UINT32_MAX) {
        struct iso_trace trace = {.canonical = true, .hash = hash};
        c = iso_arena_alloc(m->arena, sizeof *c);
        iso_walk_pack(c, m->arena, &w, event, build);
        c->awaited = from->awaited;
        c->awaits = from->awaits;
        c->soon = from->soon;
        trace.event = c->event;
        trace.nevents = count;
        trace.open = c;
        found = t->ntraces;
        iso_program_keep_trace(m->program, thread, &trace);
        if (m->program->failure) {
            m->failure = m->program->failure;
            return false;
        }
        if (!iso_machine_add_runs(m, thread, found))
            m->again = true;
        m->thread[thread].run[found]->canonical = true;
        keep_canonical(m, thread, found);
    }
    keep_merged(m, run, *done, made, found);
    *run_number = found;
    *done = made;
    return true;
}
