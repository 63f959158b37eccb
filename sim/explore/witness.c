/* One execution from the states that the search went through, as declared in witness.h. Not for: finding those states (search.c).
 * Backwards, state by state, a residual is picked that leads to the one picked after it; forwards, what it performs becomes events. */
#include "sim/explore/witness.h"
#include "sim/explore/copies.h"
#include "sim/explore/sets.h"
#include "sim/isa/fatal.h"

#include <stdlib.h>
#include <string.h>

static void *grow(void *list, uint32_t count, uint32_t *capacity, size_t size)
{
    if (count < *capacity)
        return list;
    *capacity = *capacity ? 2 * *capacity : 32;
    list = realloc(list, *capacity * size);
    if (!list)
        iso_out_of_memory(__FILE__, __LINE__);
    return list;
}

void iso_recorder_add(struct iso_recorder *recorder, struct iso_record record)
{
    recorder->list = grow(recorder->list, recorder->count, &recorder->capacity, sizeof *recorder->list);
    recorder->list[recorder->count++] = record;
}

void iso_recorder_end(struct iso_recorder *recorder, const struct iso_residual *r)
{
    if (recorder->is_found || r->run != recorder->target.run || r->aux != recorder->target.aux ||
        r->done != recorder->target.done)
        return;
    recorder->is_found = true;
    recorder->nfound = recorder->count;
    recorder->found = malloc((recorder->count + 1) * sizeof *recorder->found);
    if (!recorder->found)
        iso_out_of_memory(__FILE__, __LINE__);
    if (recorder->count)
        memcpy(recorder->found, recorder->list, recorder->count * sizeof *recorder->found);
}

/* ---- backwards: one way a thread ---- */

/* What a thread performs after one move. */
struct stretch {
    struct iso_record *record; /* owned */
    uint32_t count;
};

static struct iso_view view_of(const struct iso_ob_machine *m, const struct iso_passage *p, unsigned thread)
{
    const uint32_t *oldest = p->oldest + (m->has_completions ? thread * m->nkeys : 0);
    return (struct iso_view){p->memory, oldest, oldest, p->cleaned};
}

/* The residual before the move to `to` that becomes `target`, and what it performs. */
static bool find_before(struct iso_ob_machine *m, struct stretch *out, struct iso_residual *target,
                        const struct iso_passage *from, const struct iso_passage *to, unsigned thread)
{
    uint32_t node = from->node[thread], count = m->node[node].count;
    struct iso_view view = view_of(m, to, thread);
    struct iso_recorder recorder = {.target = *target};
    for (uint32_t k = 0; k < count && !recorder.is_found; k++) {
        struct iso_residual r = *iso_machine_residual(m, &m->node[node], k);
        iso_set_reset(m);
        iso_set_add(m, iso_set_number(m, thread, &r));
        const uint32_t single = iso_set_node(m, thread);
        m->recorder = &recorder;
        recorder.count = 0;
        if (thread == to->thread)
            iso_machine_make(m, single, &to->move, &view);
        else
            iso_machine_see(m, single, &to->move, to->changed, &view);
        m->recorder = NULL;
        if (recorder.is_found)
            *target = r;
    }
    free(recorder.list);
    *out = (struct stretch){recorder.found, recorder.nfound};
    return recorder.is_found;
}

static bool find_start(struct iso_ob_machine *m, struct stretch *out, const struct iso_residual *target,
                       const struct iso_passage *first, unsigned thread)
{
    struct iso_view view = view_of(m, first, thread);
    struct iso_recorder recorder = {.target = *target};
    m->recorder = &recorder;
    iso_machine_start(m, thread, &view);
    m->recorder = NULL;
    free(recorder.list);
    *out = (struct stretch){recorder.found, recorder.nfound};
    return recorder.is_found;
}

/* The way of one thread through all states; `last` is where it ends. */
static bool find_way(struct iso_ob_machine *m, struct stretch *way, const struct iso_passage *passage, uint32_t count,
                     unsigned thread, uint32_t final, struct iso_residual *last)
{
    const struct iso_passage *end = &passage[count - 1];
    const struct iso_node *node = &m->node[end->node[thread]];
    struct iso_view view = view_of(m, end, thread);
    struct iso_residual target;
    uint32_t events = UINT32_MAX;
    for (uint32_t k = 0; k < node->count; k++) {
        const struct iso_residual *r = iso_machine_residual(m, node, k);
        const struct iso_run *run = m->thread[thread].run[r->run];
        if (run->final == final && run->nsteps < events && iso_machine_is_finished(m, thread, r, &view)) {
            *last = *r;
            events = run->nsteps;
        }
    }
    if (events == UINT32_MAX)
        return false;
    target = *last;
    for (uint32_t j = count - 1; j > 0; j--) {
        const struct iso_passage *to = &passage[j];
        if (to->thread != thread && to->move.kind != ISO_EVENT_WRITE && to->move.kind != ISO_EVENT_MAINTENANCE &&
            (to->move.kind == ISO_EVENT_CACHE || !to->move.broadcast))
            continue;
        if (!find_before(m, &way[j], &target, &passage[j - 1], to, thread))
            return false;
    }
    return find_start(m, &way[0], &target, &passage[0], thread);
}

/* ---- forwards: events ---- */

struct read_from {
    uint32_t read, source;
    uint8_t slot;
};

/* Where a thread's events stand while they are written down. */
struct position {
    uint32_t run;
    uint32_t section;
    uint64_t done;
    int32_t id[ISO_EVENTS_MAX]; /* witness event by event of the run; -1: none yet */
    bool started;
};

struct script {
    struct iso_ob_machine *m;
    struct iso_witness_event *event;
    uint64_t *key; /* where it stands: thread, section, event number */
    uint32_t nevents, capacity, key_capacity;
    uint32_t *written[ISO_SLOTS_MAX]; /* writes of a slot in coherence order, the initial one first */
    uint32_t nwritten[ISO_SLOTS_MAX], capacity_written[ISO_SLOTS_MAX];
    struct read_from *from;
    uint32_t nfrom, from_capacity;
    struct iso_witness_edge *edge;
    uint32_t nedges, edge_capacity;
    struct position at[ISO_THREADS_MAX];
    uint32_t time;
    uint64_t changed, copied_back; /* by the move under way: slots changed; cached slots that it copies to memory */
};

/* By enum iso_event_kind. */
static const uint8_t kinds[] = {
    [ISO_EVENT_READ] = ISO_WITNESS_READ,
    [ISO_EVENT_WRITE] = ISO_WITNESS_WRITE,
    [ISO_EVENT_TAG_READ] = ISO_WITNESS_TAG_READ,
    [ISO_EVENT_TTD_READ] = ISO_WITNESS_TTD_READ,
    [ISO_EVENT_HU] = ISO_WITNESS_HARDWARE,
    [ISO_EVENT_FAULT] = ISO_WITNESS_FAULT,
    [ISO_EVENT_TLBI] = ISO_WITNESS_TLBI,
    [ISO_EVENT_COMPLETION] = ISO_WITNESS_COMPLETION,
    [ISO_EVENT_CACHE] = ISO_WITNESS_CACHE,
    [ISO_EVENT_FETCH] = ISO_WITNESS_FETCH,
    [ISO_EVENT_IC] = ISO_WITNESS_IC,
    [ISO_EVENT_MAINTENANCE] = ISO_WITNESS_MAINTENANCE,
};

static const struct {
    uint16_t from, to;
} flag_rows[] = {
    {ISO_EVENT_A, ISO_WITNESS_ACQUIRE}, {ISO_EVENT_Q, ISO_WITNESS_ACQUIRE_PC},
    {ISO_EVENT_L, ISO_WITNESS_RELEASE}, {ISO_EVENT_EX, ISO_WITNESS_EXCLUSIVE},
    {ISO_EVENT_X, ISO_WITNESS_ATOMIC},  {ISO_EVENT_FAULTS, ISO_WITNESS_FAULTS},
};

static uint32_t add_event(struct script *s, const struct iso_witness_event *event, uint64_t key)
{
    s->event = grow(s->event, s->nevents, &s->capacity, sizeof *s->event);
    s->key = grow(s->key, s->nevents, &s->key_capacity, sizeof *s->key);
    s->event[s->nevents] = *event;
    s->key[s->nevents] = key;
    return s->nevents++;
}

/* Where a location lies: its page frame, and whether it is a tag or a descriptor. */
static void place(const struct script *s, struct iso_witness_event *e)
{
    const struct iso_setup *setup = s->m->program->setup;
    e->page = e->frame = -1;
    if (!e->size)
        return;
    if (e->loc & ISO_LOC_COPY) { /* numbers as in alias.h */
        e->copy = (uint8_t)((e->loc & ISO_LOC_COPY) >> ISO_LOC_COPY_SHIFT);
        e->loc = iso_loc_strip(e->loc);
    }
    if (iso_loc_is_tag(e->loc)) {
        e->flags |= ISO_WITNESS_IS_TAG;
        e->loc &= ~ISO_LOC_TAG;
    } else if (iso_test_descriptor_at(setup->test, e->loc) >= 0) {
        e->flags |= ISO_WITNESS_DESCRIPTOR;
        return;
    }
    e->frame = setup->variant.vmsa ? iso_test_frame_at(setup->test, e->loc) : iso_test_page_at(setup->test, e->loc);
    e->page = e->frame;
}

static uint32_t event_of(struct script *s, unsigned thread, unsigned i);

static int other(struct script *s, unsigned thread, int i)
{
    return i < 0 ? -1 : (int)event_of(s, thread, (unsigned)i);
}

/* The witness's event for event `i` of the run that a thread is in. */
static uint32_t event_of(struct script *s, unsigned thread, unsigned i)
{
    struct position *at = &s->at[thread];
    const struct iso_event *e = &s->m->program->thread[thread].trace[at->run].event[i];
    struct iso_witness_event out = {.kind = kinds[e->kind],
                                    .size = e->size,
                                    .thread = (uint8_t)thread,
                                    .insn = e->insn,
                                    .section = at->section,
                                    .instance = e->instance,
                                    .time = UINT32_MAX,
                                    .loc = e->loc,
                                    .pair = -1,
                                    .ttd = -1,
                                    .tag = -1,
                                    .value = e->value};
    uint32_t id;
    if (at->id[i] >= 0)
        return (uint32_t)at->id[i];
    if (!iso_event_is_memory(e))
        out.size = 0;
    for (size_t k = 0; k < sizeof flag_rows / sizeof flag_rows[0]; k++)
        if (e->flags & flag_rows[k].from)
            out.flags |= flag_rows[k].to;
    place(s, &out);
    if (e->kind == ISO_EVENT_TTD_READ || e->kind == ISO_EVENT_HU || e->kind == ISO_EVENT_TLBI)
        out.page = e->page;
    else if (e->ttd >= 0)
        out.page = s->m->program->thread[thread].trace[at->run].event[e->ttd].page;
    id = add_event(s, &out, (uint64_t)(thread + 2) << 56 | (uint64_t)at->section << 16 | i);
    at->id[i] = (int32_t)id;
    int pair = other(s, thread, e->pair), ttd = other(s, thread, e->ttd), tag = other(s, thread, e->tag);
    s->event[id].pair = pair;
    s->event[id].ttd = ttd;
    s->event[id].tag = tag;
    return id;
}

static uint32_t initial_write(struct script *s, unsigned slot)
{
    const struct iso_slot *at = &s->m->slot[slot];
    struct iso_witness_event out = {.kind = ISO_WITNESS_INITIAL,
                                    .size = at->size,
                                    .thread = ISO_WITNESS_NO_THREAD,
                                    .loc = at->loc,
                                    .pair = -1,
                                    .ttd = -1,
                                    .tag = -1,
                                    .value = iso_image_read(&s->m->program->image, at->loc, at->size)};
    place(s, &out);
    return add_event(s, &out, slot);
}

static void add_write(struct script *s, unsigned slot, uint32_t id)
{
    s->written[slot] = grow(s->written[slot], s->nwritten[slot], &s->capacity_written[slot], sizeof *s->written[slot]);
    s->written[slot][s->nwritten[slot]++] = id;
}

/* The write that a slot holds now, or that the descriptor's history has at `index`. */
static uint32_t source_of(struct script *s, unsigned slot, int index)
{
    if (!s->nwritten[slot])
        add_write(s, slot, initial_write(s, slot));
    if (index >= 0 && (uint32_t)index < s->nwritten[slot])
        return s->written[slot][index];
    return s->written[slot][s->nwritten[slot] - 1];
}

static void add_read(struct script *s, uint32_t read, uint32_t source, unsigned slot)
{
    s->from = grow(s->from, s->nfrom, &s->from_capacity, sizeof *s->from);
    s->from[s->nfrom++] = (struct read_from){read, source, (uint8_t)slot};
}

/* An event of hardware's own, at one slot. */
static uint32_t add_hardware(struct script *s, unsigned slot, uint8_t kind, struct iso_bytes16 value)
{
    const struct iso_slot *at = &s->m->slot[slot];
    struct iso_witness_event out = {.kind = kind,
                                    .size = at->size,
                                    .thread = ISO_WITNESS_NO_THREAD,
                                    .time = s->time++,
                                    .loc = at->loc,
                                    .pair = -1,
                                    .ttd = -1,
                                    .tag = -1,
                                    .value = value};
    place(s, &out);
    return add_event(s, &out, UINT64_C(1) << 56 | out.time);
}

/* An event that copies: each changed slot from its other copy. */
static void copy_values(struct script *s, uint32_t id, uint64_t changed)
{
    const struct iso_copies *c = s->m->copies;
    for (uint64_t k = c->cached; k; k &= k - 1) {
        unsigned cached = (unsigned)__builtin_ctzll(k), home = c->memory_of[cached];
        bool back = changed >> home & 1 && s->copied_back >> cached & 1;
        if (back) {
            add_read(s, id, source_of(s, cached, -1), cached);
            source_of(s, home, -1);
            add_write(s, home, id);
        } else if (changed >> cached & 1) {
            add_read(s, id, source_of(s, home, -1), home);
            source_of(s, cached, -1);
            add_write(s, cached, id);
        }
    }
}

/* One step performed: an event, and where its value comes from or goes to. A write that will be made again is an event of its own. */
static void perform(struct script *s, unsigned thread, unsigned i, int index)
{
    struct position *at = &s->at[thread];
    const struct iso_step *step = &s->m->thread[thread].run[at->run]->step[i];
    const bool again = index == ISO_RECORD_AGAIN;
    const int32_t last = at->id[i];
    if (again)
        at->id[i] = -1;
    const uint32_t id = event_of(s, thread, i);
    if (step->kind == ISO_EVENT_MAINTENANCE)
        copy_values(s, id, s->changed);
    for (unsigned k = 0; k < step->nparts; k++) {
        const struct iso_part *p = &step->part[k];
        if (iso_step_is_unknown(step)) { /* no write that others need see */
            const struct iso_bytes16 any = iso_walk_unknown(s->m->slot[p->slot].size);
            add_read(s, id, add_hardware(s, p->slot, ISO_WITNESS_HARDWARE, any), p->slot);
        } else if (step->kind == ISO_EVENT_WRITE || step->kind == ISO_EVENT_HU) {
            source_of(s, p->slot, -1);
            add_write(s, p->slot, id);
        } else if (p->own >= 0 && !(at->done >> p->own & 1)) {
            add_read(s, id, event_of(s, thread, (unsigned)p->own), p->slot);
        } else {
            add_read(s, id, source_of(s, p->slot, index), p->slot);
        }
    }
    s->event[id].time = s->time++;
    if (again)
        at->id[i] = last;
    else
        at->done |= ISO_BIT(i);
}

/* The thread goes on in another run, whose first events are those of the run so far. */
static void enter(struct script *s, unsigned thread, uint32_t run)
{
    struct position *at = &s->at[thread];
    if (!at->started)
        memset(at->id, -1, sizeof at->id);
    at->started = true;
    at->run = run;
}

/* The same where the engine forgets all but what is still to come. */
static void merge(struct script *s, unsigned thread, const struct iso_record *record)
{
    struct position *at = &s->at[thread];
    const struct iso_run *run = s->m->thread[thread].run[record->from];
    uint64_t kept = iso_horizon_kept(run, record->done), done = 0;
    int32_t id[ISO_EVENTS_MAX];
    unsigned n = 0;
    enter(s, thread, record->from);
    memset(id, -1, sizeof id);
    for (uint64_t k = kept; k; k &= k - 1, n++) {
        unsigned i = (unsigned)__builtin_ctzll(k);
        id[n] = (int32_t)event_of(s, thread, i);
        if (record->done >> i & 1)
            done |= ISO_BIT(n);
    }
    memcpy(at->id, id, sizeof id);
    at->done = done;
    at->run = record->run;
    at->section++;
}

static void replay(struct script *s, unsigned thread, const struct stretch *stretch)
{
    for (uint32_t i = 0; i < stretch->count; i++) {
        const struct iso_record *r = &stretch->record[i];
        if (r->index == ISO_RECORD_MERGE) {
            merge(s, thread, r);
            continue;
        }
        enter(s, thread, r->run);
        perform(s, thread, r->step, r->index);
    }
}

/* A cache's own move, location by location; none where all that comes of it is that a copy is clean. */
static void perform_copying(struct script *s, const struct iso_move *move)
{
    const uint64_t copy = s->m->slot[__builtin_ctzll(move->slots)].loc & ISO_LOC_COPY;
    for (unsigned k = 0; k < move->nparts; k++) {
        const struct iso_part *p = &move->part[k];
        const struct iso_slot *slot = &s->m->slot[p->slot];
        struct iso_witness_event out = {.kind = move->copying == ISO_COPYING_FILL ? ISO_WITNESS_FILLED
                                                                                  : ISO_WITNESS_WRITTEN_BACK,
                                        .size = slot->size,
                                        .thread = ISO_WITNESS_NO_THREAD,
                                        .time = s->time++,
                                        .loc = slot->loc | copy,
                                        .pair = -1,
                                        .ttd = -1,
                                        .tag = -1,
                                        .value = slot->value[p->value]};
        place(s, &out);
        copy_values(s, add_event(s, &out, UINT64_C(1) << 56 | out.time), ISO_BIT(p->slot));
    }
}

/* Hardware's own move. */
static void perform_alone(struct script *s, const struct iso_move *move)
{
    const struct iso_part *p = &move->part[0];
    const struct iso_slot *at = &s->m->slot[p->slot];
    const uint8_t kind = at->has_history ? ISO_WITNESS_HARDWARE : ISO_WITNESS_TAG_EVICTED;
    source_of(s, p->slot, -1);
    add_write(s, p->slot, add_hardware(s, p->slot, kind, at->value[p->value]));
}

/* A translation from a TLB entry that stays for ever: the latest write of that value to the descriptor; -1: memory's last. */
static int last_index(const struct script *s, const struct iso_step *step)
{
    const struct iso_part *p = &step->part[0];
    if (step->kind != ISO_EVENT_TTD_READ && step->kind != ISO_EVENT_FETCH)
        return -1;
    for (uint32_t i = s->nwritten[p->slot]; i-- > 0;)
        if (memcmp(&s->event[s->written[p->slot][i]].value, &s->m->slot[p->slot].value[p->value],
                   sizeof(struct iso_bytes16)) == 0)
            return (int)i;
    return -1;
}

/* Reads of a thread that goes round for ever: memory stays as it is. */
static void wait_for_ever(struct script *s, unsigned thread, const struct iso_residual *last)
{
    enter(s, thread, last->run);
    for (uint64_t w = s->m->thread[thread].run[last->run]->waits & ~last->done; w; w &= w - 1) {
        unsigned i = (unsigned)__builtin_ctzll(w);
        perform(s, thread, i, last_index(s, &s->m->thread[thread].run[last->run]->step[i]));
        s->event[event_of(s, thread, i)].flags |= ISO_WITNESS_NEVER;
    }
}

/* ---- relations ---- */

static void add_edge(struct script *s, uint32_t from, uint32_t to, enum iso_witness_relation relation)
{
    for (uint32_t i = 0; i < s->nedges; i++)
        if (s->edge[i].from == from && s->edge[i].to == to && s->edge[i].relation == relation)
            return;
    s->edge = grow(s->edge, s->nedges, &s->edge_capacity, sizeof *s->edge);
    s->edge[s->nedges++] = (struct iso_witness_edge){from, to, (uint8_t)relation};
}

static void relate(struct script *s)
{
    for (unsigned slot = 0; slot < s->m->nslots; slot++)
        for (uint32_t i = 0; i + 1 < s->nwritten[slot]; i++)
            add_edge(s, s->written[slot][i], s->written[slot][i + 1], ISO_WITNESS_CO);
    for (uint32_t i = 0; i < s->nfrom; i++) {
        const struct read_from *f = &s->from[i];
        uint32_t k = 0;
        add_edge(s, f->source, f->read, ISO_WITNESS_RF);
        while (k < s->nwritten[f->slot] && s->written[f->slot][k] != f->source)
            k++;
        if (k + 1 < s->nwritten[f->slot] && (int)s->written[f->slot][k + 1] != s->event[f->read].pair)
            add_edge(s, f->read, s->written[f->slot][k + 1], ISO_WITNESS_FR);
    }
}

struct rank {
    uint64_t key;
    uint32_t event;
};

static int by_key(const void *a, const void *b)
{
    const struct rank *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->event < y->event ? -1 : x->event > y->event;
}

static int by_relation(const void *a, const void *b)
{
    const struct iso_witness_edge *x = a, *y = b;
    if (x->relation != y->relation)
        return x->relation < y->relation ? -1 : 1;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return x->to < y->to ? -1 : x->to > y->to;
}

/* Initial writes, hardware, then threads in program order. */
static struct iso_witness *sorted(const struct script *s)
{
    struct iso_witness *out = calloc(1, sizeof *out);
    struct rank *rank = calloc(s->nevents + 1, sizeof *rank);
    uint32_t *to = calloc(s->nevents + 1, sizeof *to);
    if (!out || !rank || !to)
        iso_out_of_memory(__FILE__, __LINE__);
    out->event = calloc(s->nevents + 1, sizeof *out->event);
    out->edge = calloc(s->nedges + 1, sizeof *out->edge);
    if (!out->event || !out->edge)
        iso_out_of_memory(__FILE__, __LINE__);
    for (uint32_t i = 0; i < s->nevents; i++)
        rank[i] = (struct rank){s->key[i], i};
    qsort(rank, s->nevents, sizeof *rank, by_key);
    for (uint32_t i = 0; i < s->nevents; i++)
        to[rank[i].event] = i;
    for (uint32_t i = 0; i < s->nevents; i++) {
        struct iso_witness_event *e = &out->event[i];
        *e = s->event[rank[i].event];
        e->pair = e->pair < 0 ? -1 : (int)to[e->pair];
        e->ttd = e->ttd < 0 ? -1 : (int)to[e->ttd];
        e->tag = e->tag < 0 ? -1 : (int)to[e->tag];
    }
    for (uint32_t i = 0; i < s->nedges; i++)
        out->edge[i] = (struct iso_witness_edge){to[s->edge[i].from], to[s->edge[i].to], s->edge[i].relation};
    qsort(out->edge, s->nedges, sizeof *out->edge, by_relation);
    out->nevents = s->nevents;
    out->nedges = s->nedges;
    free(rank);
    free(to);
    return out;
}

struct iso_witness *iso_witness_build(struct iso_ob_machine *m, const struct iso_passage *passage, uint32_t count,
                                      const uint32_t *final)
{
    struct script *s = calloc(1, sizeof *s);
    struct stretch *way[ISO_THREADS_MAX] = {NULL};
    struct iso_residual last[ISO_THREADS_MAX];
    struct iso_witness *out = NULL;
    bool good = s != NULL;
    for (unsigned t = 0; t < m->nthreads && good; t++) {
        way[t] = calloc(count, sizeof *way[t]);
        good = way[t] && find_way(m, way[t], passage, count, t, final[t], &last[t]);
    }
    if (good) {
        s->m = m;
        for (uint32_t j = 0; j < count; j++) {
            unsigned mover = j ? passage[j].thread : ISO_THREADS_MAX;
            s->changed = passage[j].changed;
            s->copied_back = passage[j].move.copying == ISO_COPYING_FILL ? 0 : passage[j].move.slots;
            if (j && mover == ISO_THREADS_MAX && passage[j].move.copying)
                perform_copying(s, &passage[j].move);
            else if (j && mover == ISO_THREADS_MAX)
                perform_alone(s, &passage[j].move);
            if (mover < m->nthreads)
                replay(s, mover, &way[mover][j]);
            for (unsigned t = 0; t < m->nthreads; t++)
                if (t != mover)
                    replay(s, t, &way[t][j]);
        }
        for (unsigned t = 0; t < m->nthreads; t++)
            wait_for_ever(s, t, &last[t]);
        relate(s);
        out = sorted(s);
    }
    for (unsigned t = 0; t < m->nthreads; t++) {
        for (uint32_t j = 0; way[t] && j < count; j++)
            free(way[t][j].record);
        free(way[t]);
    }
    if (s) {
        for (unsigned i = 0; i < m->nslots; i++)
            free(s->written[i]);
        free(s->event);
        free(s->key);
        free(s->from);
        free(s->edge);
    }
    free(s);
    return out;
}
