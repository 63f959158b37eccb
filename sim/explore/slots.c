/* Locations cut into slots, and traces compiled for the machine.
 * A slot is a run of bytes that every access takes whole or not at all; in tests without mixed sizes it is a variable.
 * Not for: moving (machine.c). */
#include "sim/explore/alike.h"
#include "sim/explore/copies.h"
#include "sim/explore/future.h"
#include "sim/explore/live.h"
#include "sim/explore/symmetry.h"
#include "sim/explore/translation.h"
#include "sim/explore/unmet.h"
#include "sim/explore/withhold.h"
#include "sim/isa/fatal.h"

#include <stdlib.h>
#include <string.h>

uint32_t iso_machine_value(struct iso_slot *slot, struct iso_bytes16 value)
{
    for (uint32_t i = 0; i < slot->nvalues; i++)
        if (iso_bytes_equal(slot->value[i], value))
            return i;
    if (slot->nvalues == slot->capacity) {
        slot->capacity = slot->capacity ? 2 * slot->capacity : 8;
        slot->value = realloc(slot->value, slot->capacity * sizeof *slot->value);
        if (!slot->value)
            iso_out_of_memory(__FILE__, __LINE__);
    }
    slot->value[slot->nvalues] = value;
    return slot->nvalues++;
}

uint32_t iso_machine_history(struct iso_ob_machine *m, uint32_t parent, uint32_t value)
{
    uint32_t length = parent == UINT32_MAX ? 1 : m->history[parent].length + 1;
    for (uint32_t i = 0; i < m->nhistories; i++)
        if (m->history[i].parent == parent && m->history[i].value == value)
            return i;
    if (m->nhistories == m->history_capacity) {
        m->history_capacity = m->history_capacity ? 2 * m->history_capacity : 16;
        m->history = realloc(m->history, m->history_capacity * sizeof *m->history);
        if (!m->history)
            iso_out_of_memory(__FILE__, __LINE__);
    }
    m->history[m->nhistories] = (struct iso_history){parent, value, length};
    return m->nhistories++;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Whether a write is known there already: runs that make it may be walked only later. */
static bool is_written(const struct iso_domain *domain, uint64_t from, uint64_t to)
{
    for (uint32_t i = 0; i < domain->nwrites; i++)
        if (!domain->write[i].disturbs && domain->write[i].loc < to &&
            from < domain->write[i].loc + domain->write[i].size)
            return true;
    return false;
}

/* Cuts the footprints at each other's ends. */
static int cut(struct iso_ob_machine *m, const struct iso_footprints *f)
{
    uint64_t *edge = malloc((2 * (size_t)f->count + 1) * sizeof *edge);
    size_t n = 0, kept = 0;
    if (!edge)
        iso_out_of_memory(__FILE__, __LINE__);
    for (uint32_t i = 0; i < f->count; i++) {
        edge[n++] = f->list[i].loc;
        edge[n++] = f->list[i].loc + f->list[i].size;
    }
    qsort(edge, n, sizeof *edge, by_number);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || edge[i] != edge[kept - 1])
            edge[kept++] = edge[i];
    for (size_t i = 0; i + 1 < kept; i++) {
        bool used = false, is_code = false;
        for (uint32_t k = 0; k < f->count && !used; k++)
            used = f->list[k].loc <= edge[i] && edge[i + 1] <= f->list[k].loc + f->list[k].size;
        if (!used)
            continue;
        if (m->nslots == ISO_SLOTS_MAX) {
            m->failure = "more locations than the engine holds (64)";
            free(edge);
            return -1;
        }
        for (uint32_t k = 0; k < f->count && m->program->fetches; k++)
            is_code |= f->list[k].is_code && f->list[k].loc <= edge[i] && edge[i] < f->list[k].loc + f->list[k].size;
        m->slot[m->nslots++] = (struct iso_slot){.loc = edge[i],
                                                 .size = (uint8_t)(edge[i + 1] - edge[i]),
                                                 .is_code = is_code,
                                                 .written = is_written(m->program->domain, edge[i], edge[i + 1])};
    }
    free(edge);
    return 0;
}

static int first_slot(const struct iso_ob_machine *m, uint64_t loc)
{
    for (unsigned i = 0; i < m->nslots; i++)
        if (m->slot[i].loc == loc)
            return (int)i;
    return -1;
}

/* Latest Explicit write of the trace before event i, in another instruction, that covers a slot. */
static int latest_own(const struct iso_trace *t, unsigned i, const struct iso_slot *slot)
{
    for (uint64_t own = t->event[i].own_writes; own;) {
        int k = 63 - __builtin_clzll(own);
        const struct iso_event *w = &t->event[k];
        if (w->loc <= slot->loc && slot->loc + slot->size <= w->loc + w->size)
            return k;
        own &= ~ISO_BIT(k);
    }
    return -1;
}

static uint32_t value_of(struct iso_slot *slot, const struct iso_event *e)
{
    return iso_machine_value(slot, iso_bytes_slice(e->value, (unsigned)(slot->loc - e->loc), slot->size));
}

static bool covered(const struct iso_trace *t, uint64_t writes, const struct iso_slot *slot)
{
    for (; writes; writes &= writes - 1) {
        const struct iso_event *w = &t->event[__builtin_ctzll(writes)];
        if (w->loc <= slot->loc && slot->loc + slot->size <= w->loc + w->size)
            return true;
    }
    return false;
}

/* Key of the entries a translation may come from. */
static int8_t key_of(const struct iso_ob_machine *m, const struct iso_trace *t, const struct iso_event *e)
{
    int8_t own = e->page < 0 ? -1 : m->descriptor_of_page[e->page];
    if (!(e->flags & ISO_EVENT_STAGE2) || e->ttd < 0 || own < 0)
        return own;
    for (unsigned k = m->ndescriptors; k < m->nkeys; k++)
        if (m->pair_second[k] == own && m->pair_first[k] == m->descriptor_of_page[t->event[e->ttd].page])
            return (int8_t)k;
    return own;
}

/* Slots of code that cache maintenance works on: those of its line, or (no line) all. DC does so in the copies that it acts on; IC wherever its CPUs have fetched
 * the word from. */
static uint64_t code_in_line(const struct iso_ob_machine *m, const struct iso_event *e)
{
    uint64_t out = 0;
    for (unsigned k = m->first_code; k < m->nkeys; k++) {
        const struct iso_slot *slot = &m->slot[m->key_slot[k]];
        uint64_t loc = iso_loc_strip(slot->loc), copy = (slot->loc & ISO_LOC_COPY) >> ISO_LOC_COPY_SHIFT;
        if (e->size && (loc >= e->loc + e->size || e->loc >= loc + slot->size))
            continue;
        if (e->kind == ISO_EVENT_IC || !copy || (e->value.lo >> copy & 1))
            out |= ISO_BIT(m->key_slot[k]);
    }
    return out;
}

/* A write through its copy changes memory at the same instant. Returns how many parts there are now. */
static unsigned write_through(struct iso_ob_machine *m, struct iso_step *s, struct iso_part *part, unsigned n,
                              const struct iso_event *e)
{
    struct iso_event there = *e;
    there.loc = iso_loc_strip(e->loc);
    for (int k = first_slot(m, there.loc); k >= 0 && (unsigned)k < m->nslots && m->slot[k].loc < there.loc + e->size;
         k++) {
        part[n++] = (struct iso_part){.slot = (uint8_t)k, .own = -1, .value = value_of(&m->slot[k], &there)};
        m->slot[k].written = true;
        s->slots |= ISO_BIT(k);
    }
    return n;
}

/* Whether the event is the second half of a write over two pages: it is made with the first. */
static bool is_absorbed(const struct iso_trace *t, unsigned i)
{
    return i && t->event[i].kind == ISO_EVENT_WRITE && t->event[i - 1].kind == ISO_EVENT_WRITE &&
           (t->event[i - 1].siblings >> i & 1u);
}

/* The parts of a memory event: how many, at most two a byte; 0: it reaches a place that no slot stands for. */
static unsigned compile_parts(struct iso_ob_machine *m, struct iso_step *s, struct iso_part *part,
                              const struct iso_trace *t, unsigned i)
{
    const struct iso_event *e = &t->event[i];
    unsigned n = 0, bytes = 0;
    for (int k = first_slot(m, e->loc); k >= 0 && (unsigned)k < m->nslots && m->slot[k].loc < e->loc + e->size; k++) {
        struct iso_slot *slot = &m->slot[k];
        struct iso_part *p = &part[n++];
        *p = (struct iso_part){.slot = (uint8_t)k, .own = -1, .value = value_of(slot, e)};
        if (slot->loc < e->loc || slot->loc + slot->size > e->loc + e->size)
            return 0;
        bytes += slot->size;
        s->slots |= ISO_BIT(k);
        if (iso_event_is_store(e)) {
            slot->written = true;
            m->again |= m->laid_out && iso_copies_miss(m, (unsigned)k);
        }
        if (e->kind == ISO_EVENT_READ || e->kind == ISO_EVENT_TAG_READ) {
            p->own = (int8_t)latest_own(t, i, slot);
            p->forwards = p->own >= 0 && value_of(slot, &t->event[p->own]) == p->value;
            p->exempt = e->pair >= 0 && covered(t, e->between, slot);
        }
    }
    if (bytes != e->size)
        return 0;
    return e->kind == ISO_EVENT_WRITE && iso_alias_writes_memory(m->program, e) ? write_through(m, s, part, n, e) : n;
}

/* The values that a TTD read may find: those of the set of that number (iso_program_alike()), or the one alone. */
static void compile_alike(struct iso_ob_machine *m, struct iso_step *s, const struct iso_part *first, uint32_t number)
{
    const struct iso_alike *set = number ? &m->program->alike[number - 1] : NULL;
    struct iso_part *part;
    s->alike = number;
    s->nalike = set ? set->count : 1;
    s->part = part = iso_arena_alloc(m->arena, s->nalike * sizeof *part);
    for (uint32_t i = 0; i < s->nalike; i++) {
        part[i] = *first;
        if (set)
            part[i].value = iso_machine_value(&m->slot[first->slot], set->value[i]);
    }
}

/* Of a read that several values serve: its parts, `n`, once for each. */
static void compile_served(struct iso_ob_machine *m, struct iso_step *s, const struct iso_trace *t, unsigned i,
                           unsigned n)
{
    const struct iso_alike *set = &m->program->alike[t->event[i].alike - 1];
    struct iso_event *event = iso_arena_copy(m->arena, t->event, t->nevents * sizeof *event);
    struct iso_trace one = *t;
    struct iso_part *part = iso_arena_alloc(m->arena, set->count * n * sizeof *part);
    one.event = event;
    s->alike = (uint32_t)event[i].alike;
    s->nalike = set->count;
    s->part = part;
    for (uint32_t k = 0; k < set->count; k++) {
        event[i].value = set->value[k];
        compile_parts(m, s, part + k * n, &one, i);
    }
}

static bool compile_event(struct iso_ob_machine *m, struct iso_step *s, const struct iso_trace *t, unsigned i)
{
    const struct iso_event *e = &t->event[i];
    struct iso_part part[32];
    unsigned n, more = 0;
    *s = (struct iso_step){.kind = e->kind,
                           .pair = e->pair,
                           .flags = e->flags,
                           .page = e->page,
                           .key = e->kind == ISO_EVENT_TTD_READ ? key_of(m, t, e) : (int8_t)-1,
                           .preds = e->preds,
                           .hazards = e->hazards,
                           .siblings = e->siblings,
                           .same_offset = e->same_offset,
                           .users = e->users};
    if (e->kind == ISO_EVENT_CACHE || e->kind == ISO_EVENT_IC)
        s->slots = code_in_line(m, e);
    if (e->kind == ISO_EVENT_MAINTENANCE) {
        s->slots = iso_copies_of_line(m, e->loc, e->value.lo, (unsigned)e->value.hi);
        s->key = (int8_t)e->value.hi;
    }
    if (!iso_event_is_memory(e))
        return true;
    if (is_absorbed(t, i))
        return true;
    n = compile_parts(m, s, part, t, i);
    if (n && e->kind == ISO_EVENT_WRITE && e->siblings) {
        more = compile_parts(m, s, part + n, t, (unsigned)__builtin_ctzll(e->siblings));
        n = more ? n + more : 0;
        s->siblings = 0;
    }
    s->nparts = (uint8_t)n;
    s->nalike = 1;
    if (n && e->kind == ISO_EVENT_TTD_READ)
        compile_alike(m, s, part, (uint32_t)e->value.hi);
    else if (n && e->kind == ISO_EVENT_READ && e->alike)
        compile_served(m, s, t, i, n);
    else
        s->part = iso_arena_copy(m->arena, part, n * sizeof *part);
    return n != 0;
}

/* False: a place that no slot stands for. */
static bool compile_awaited(struct iso_ob_machine *m, struct iso_run *run, const struct iso_trace *t)
{
    const struct iso_continuation *open = t->open;
    uint64_t end = open->awaited + open->awaits;
    unsigned bytes = 0;
    run->awaited_own = -1;
    for (unsigned i = 0; i < t->nevents; i++)
        if (t->event[i].kind == ISO_EVENT_WRITE && t->event[i].loc < end &&
            open->awaited < t->event[i].loc + t->event[i].size)
            run->awaited_own = (int8_t)i;
    for (int k = first_slot(m, open->awaited); k >= 0 && (unsigned)k < m->nslots && m->slot[k].loc < end; k++) {
        if (m->slot[k].loc + m->slot[k].size > end)
            return false;
        bytes += m->slot[k].size;
        run->awaited |= ISO_BIT(k);
    }
    return bytes == open->awaits;
}

/* False: the trace reaches a place that no slot stands for. */
static bool compile_trace(struct iso_ob_machine *m, unsigned thread, struct iso_run *run, const struct iso_trace *t)
{
    bool whole = true;
    uint64_t accessed, written = 0;
    struct iso_step *step = iso_arena_alloc(m->arena, (t->nevents + 1) * sizeof *step);
    *run = (struct iso_run){.step = step,
                            .nsteps = t->nevents,
                            .final = t->final,
                            .end = t->final,
                            .cut = t->cut,
                            .lost = t->lost,
                            .open = t->open};
    run->gate = t->open && !t->canonical ? t->open->gate : 0;
    if (t->open && t->open->awaits)
        whole = compile_awaited(m, run, t);
    accessed = run->awaited;
    for (unsigned i = 0; i < t->nevents; i++) {
        struct iso_step *s = &step[i];
        whole &= compile_event(m, s, t, i);
        run->all |= ISO_BIT(i);
        run->releases |= t->event[i].releases ? ISO_BIT(i) : 0;
        if (s->kind == ISO_EVENT_READ && (s->flags & ISO_EVENT_IDLE))
            run->idle |= ISO_BIT(i);
        if (s->flags & (ISO_EVENT_WAITS | ISO_EVENT_SPIN))
            run->waits |= ISO_BIT(i);
        if ((s->kind == ISO_EVENT_READ && (s->pair >= 0 || s->hazards || s->siblings)) ||
            (s->kind == ISO_EVENT_TTD_READ && s->pair >= 0))
            run->sensitive |= ISO_BIT(i);
        if ((s->kind == ISO_EVENT_WRITE && !is_absorbed(t, i)) || s->kind == ISO_EVENT_HU ||
            s->kind == ISO_EVENT_COMPLETION || s->kind == ISO_EVENT_MAINTENANCE ||
            (s->kind == ISO_EVENT_CACHE && s->slots && !m->program->idc))
            run->stores |= ISO_BIT(i);
        if (s->kind == ISO_EVENT_COMPLETION && !m->has_completions) {
            m->completes = true;
            m->again = m->laid_out; /* states have no room for what they would have to hold */
        }
        if (s->kind == ISO_EVENT_COMPLETION && (s->flags & ISO_EVENT_INNER_SHAREABLE) &&
            !(m->broadcasts >> thread & 1)) {
            m->broadcasts |= 1u << thread;
            m->again |= m->laid_out; /* translations of others were made as if nothing could end them */
        }
        accessed |= s->slots;
        written |= s->kind == ISO_EVENT_WRITE || s->kind == ISO_EVENT_HU ? s->slots : 0;
        run->deferred |= s->kind == ISO_EVENT_TTD_READ ? ISO_BIT(i) : 0;
    }
    for (unsigned i = 0; i < t->nevents; i++)
        run->deferred &= step[i].kind == ISO_EVENT_TTD_READ ? ~step[i].preds : UINT64_MAX;
    iso_withhold(m, thread, run, t);
    iso_unmet_note(m, thread, accessed, written);
    return whole;
}

/* A descriptor has been written: which places still hold what the test began with (domain.h). */
static void note_arrival(struct iso_ob_machine *m, const struct iso_slot *slot, uint32_t value, const uint32_t *memory,
                         uint32_t writers)
{
    const uint64_t descriptor = slot->value[value].lo;
    struct iso_domain_arrival *a;
    if (slot->size != 8 || iso_image_read(&m->program->image, slot->loc, 8).lo == descriptor)
        return;
    a = iso_domain_arrive(m->program->domain, slot->loc, descriptor, writers);
    for (unsigned i = 0; i < m->nslots; i++) {
        const bool kept = m->slot[i].has_history || memory[i] == m->initial[i];
        if ((a->kept >> i & 1) || ((a->known >> i & 1) && !kept))
            continue;
        a->known |= ISO_BIT(i);
        a->kept |= kept ? ISO_BIT(i) : 0;
        iso_domain_note_place(a, m->slot[i].loc, m->slot[i].size, kept);
    }
}

void iso_machine_note_writes(struct iso_ob_machine *m, const uint32_t *memory, unsigned thread,
                             const struct iso_move *move)
{
    for (unsigned k = 0; m->program->lazy && k < move->nparts; k++) {
        const struct iso_slot *slot = &m->slot[move->part[k].slot];
        iso_program_note_write(m->program, thread, slot->loc, slot->size, slot->value[move->part[k].value],
                               move->is_hu);
        if (m->symmetry)
            iso_symmetry_note_write(m, thread, move->part[k].slot, move->part[k].value);
        if (slot->has_history && !slot->is_code)
            note_arrival(m, slot, move->part[k].value, memory, 1u << thread);
        if (m->program->domain->ntimes && slot->has_history)
            iso_translation_note_times(m, slot, memory[move->part[k].slot]);
    }
}

bool iso_machine_add_runs(struct iso_ob_machine *m, unsigned thread, uint32_t first)
{
    struct iso_machine_thread *mt = &m->thread[thread];
    const struct iso_thread_traces *t = &m->program->thread[thread];
    bool whole = true;
    if (t->ntraces > mt->capacity) {
        mt->capacity = 2 * t->ntraces;
        mt->run = realloc(mt->run, mt->capacity * sizeof *mt->run);
        if (!mt->run)
            iso_out_of_memory(__FILE__, __LINE__);
    }
    for (uint32_t k = first; k < t->ntraces; k++) {
        mt->run[k] = iso_arena_alloc(m->arena, sizeof *mt->run[k]);
        whole &= compile_trace(m, thread, mt->run[k], &t->trace[k]);
    }
    mt->nruns = t->ntraces;
    return whole;
}

/* Walks on from a horizon; the thread's traces from there on are new runs. False: the search cannot go on. */
static bool walk_on(struct iso_ob_machine *m, unsigned thread, struct iso_run *run, const struct iso_bytes16 *value)
{
    struct iso_thread_traces *t = &m->program->thread[thread];
    uint32_t first = t->ntraces;
    t->batch = first;
    m->program->domain->known = m->program->domain->nwrites;
    iso_walk_resume(m->builder, m->program, thread, run->open, value);
    if (m->builder->failure || m->program->failure) {
        m->failure = m->builder->failure ? m->builder->failure : m->program->failure;
        return false;
    }
    iso_alike_merge(m->program, thread, first);
    if (!iso_machine_add_runs(m, thread, first) || m->program->refetch)
        m->again = true;
    for (uint32_t k = first; k < t->ntraces; k++)
        iso_live_learn(m, thread, run, k);
    return !m->again;
}

bool iso_machine_extend(struct iso_ob_machine *m, unsigned thread, struct iso_run *run)
{
    uint32_t first = m->program->thread[thread].ntraces;
    if (run->extended)
        return true;
    if (!walk_on(m, thread, run, NULL))
        return false;
    run->extended = true;
    run->first_child = first;
    run->nchildren = m->program->thread[thread].ntraces - first;
    return true;
}

struct iso_bytes16 iso_machine_awaited(const struct iso_ob_machine *m, const struct iso_run *run, uint64_t done,
                                       const struct iso_view *view)
{
    struct iso_bytes16 out = {0, 0};
    if (run->awaited_own >= 0 && !(done >> run->awaited_own & 1)) {
        const struct iso_event *own = &run->open->event[run->awaited_own];
        return iso_bytes_slice(own->value, (unsigned)(run->open->awaited - own->loc), run->open->awaits);
    }
    for (uint64_t k = run->awaited; k; k &= k - 1) {
        const struct iso_slot *slot = &m->slot[__builtin_ctzll(k)];
        struct iso_bytes16 value = slot->value[iso_machine_top(m, (unsigned)__builtin_ctzll(k), view->memory)];
        for (unsigned i = 0; i < slot->size; i++)
            iso_bytes_set(&out, (unsigned)(slot->loc - run->open->awaited) + i, iso_bytes_get(value, i));
    }
    return out;
}

const struct iso_answer *iso_machine_answer(struct iso_ob_machine *m, unsigned thread, struct iso_run *run,
                                            struct iso_bytes16 value)
{
    uint32_t first = m->program->thread[thread].ntraces;
    struct iso_answer *a = run->answer;
    while (a && !iso_bytes_equal(a->value, value))
        a = a->next;
    if (a)
        return a;
    if (!walk_on(m, thread, run, &value))
        return NULL;
    a = iso_arena_alloc(m->arena, sizeof *a);
    *a = (struct iso_answer){value, first, m->program->thread[thread].ntraces - first, run->answer};
    return run->answer = a;
}

/* What instruction caches may hold, and whether it counts: with CTR_EL0.DIC a fetch finds what memory holds. */
static int add_code(struct iso_ob_machine *m)
{
    memset(m->code_key, -1, sizeof m->code_key);
    m->first_code = m->nkeys;
    for (unsigned i = 0; i < m->nslots; i++) {
        if (!m->slot[i].is_code || m->program->dic)
            continue;
        if (m->nkeys == ISO_SLOTS_MAX) {
            m->failure = "more changing code and translations than the engine holds (64)";
            return -1;
        }
        m->slot[i].has_history = true;
        m->code_key[i] = (int8_t)m->nkeys;
        m->key_slot[m->nkeys++] = (uint8_t)i;
    }
    return 0;
}

/* Entries that combine two stages: any page with any intermediate page. */
static int add_pairs(struct iso_ob_machine *m)
{
    m->nkeys = m->ndescriptors;
    for (unsigned a = 0; m->stage2_keys && a < m->ndescriptors; a++)
        for (unsigned b = 0; b < m->ndescriptors; b++) {
            if ((m->stage2_keys >> a & 1) || !(m->stage2_keys >> b & 1))
                continue;
            if (m->nkeys == ISO_SLOTS_MAX) {
                m->failure = "more translations through two stages than the engine holds (64)";
                return -1;
            }
            m->pair_first[m->nkeys] = (uint8_t)a;
            m->pair_second[m->nkeys] = (uint8_t)b;
            m->key_slot[m->nkeys++] = m->descriptor[b];
        }
    return 0;
}

int iso_machine_build(struct iso_ob_machine *m, struct iso_program *program)
{
    const struct iso_setup *setup = program->setup;
    m->program = program;
    m->nthreads = program->nthreads;
    m->aux_capacity = 64;
    m->aux = calloc(m->aux_capacity, sizeof *m->aux);
    if (!m->aux)
        iso_out_of_memory(__FILE__, __LINE__);
    m->seen = UINT32_MAX;
    m->naux = 1; /* list 0: empty */
    for (uint32_t i = 0; program->sets_af && i < setup->test->npages; i++)
        iso_footprints_add(program->footprints, setup->test->page[i].descriptor_va, 8, false);
    program->footprints->grown = false;
    if (cut(m, program->footprints) < 0)
        return -1;
    for (unsigned i = 0; i < m->nslots && program->lazy; i++) /* number 0 */
        iso_machine_value(&m->slot[i], iso_image_read(&program->image, m->slot[i].loc, m->slot[i].size));
    memset(m->descriptor_of_page, -1, sizeof m->descriptor_of_page);
    for (unsigned i = 0; setup->variant.vmsa && i < m->nslots; i++) {
        int page = iso_test_descriptor_at(setup->test, m->slot[i].loc);
        if (page >= 0 && page < (int)ISO_SETUP_MAX_PAGES && m->slot[i].size == 8 &&
            m->slot[i].loc == setup->test->page[page].descriptor_va) {
            m->slot[i].has_history = true;
            m->key_slot[m->ndescriptors] = (uint8_t)i;
            if (setup->test->page[page].is_stage2)
                m->stage2_keys |= ISO_BIT(m->ndescriptors);
            m->descriptor_of_page[page] = (int8_t)m->ndescriptors;
            m->descriptor[m->ndescriptors++] = (uint8_t)i;
        }
    }
    if (add_pairs(m) < 0 || add_code(m) < 0 || (program->image.split_frames && iso_copies_build(m) < 0))
        return -1;
    for (unsigned i = 0; i < program->nthreads; i++) {
        if (setup->test->thread[i].guest)
            m->guests |= 1u << i;
        if (program->twin_of[i] == i)
            iso_machine_add_runs(m, i, 0);
    }
    m->has_completions |= m->completes;
    if (program->sets_af) /* hardware may write any descriptor */
        for (unsigned i = 0; i < m->ndescriptors; i++)
            m->slot[m->descriptor[i]].written = true;
    iso_machine_hide_private(m);
    for (unsigned i = 0; i < program->nthreads; i++)
        m->thread[i].nroots = m->thread[i].nruns;
    return 0;
}

void iso_machine_free(struct iso_ob_machine *m)
{
    for (unsigned i = 0; i < m->nslots; i++)
        free(m->slot[i].value);
    for (unsigned i = 0; i < m->nthreads; i++)
        free(m->thread[i].run), free(m->thread[i].kind), free(m->thread[i].canonical.bucket);
    iso_futures_free(m->futures);
    free(m->history);
    free(m->node);
    free(m->origin);
    free(m->pool);
    free(m->pool_hash.bucket);
    free(m->member);
    free(m->node_hash.bucket);
    free(m->aux_hash.bucket);
    free(m->aux);
    free(m->scratch);
}
