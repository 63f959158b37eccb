/* Final states of the search. Not for: printing them (sim/isa/outcome.h). */
#include "sim/explore/finals.h"
#include "models/translate.h"
#include "sim/explore/copies.h"
#include "sim/explore/witness.h"
#include "sim/isa/fatal.h"

#include <stdlib.h>
#include <string.h>

/* Units of memory observables that may be UNKNOWN at the end, each for itself. */
enum { UNITS_MAX = 20, NO_UNIT = UNITS_MAX };

struct iso_finals {
    struct iso_ob_machine *m;
    struct iso_outcome_set *out;
    uint64_t limit_bytes; /* of *out */
    uint32_t *key;        /* distinct combinations seen: thread finals, then memory observables' values */
    uint32_t nkeys, capacity, width;
    uint32_t *bucket;
    uint32_t size;
    uint32_t *end[ISO_THREADS_MAX]; /* finals each thread can be at, scratch */
    uint32_t nend[ISO_THREADS_MAX];
    uint8_t *has[ISO_THREADS_MAX]; /* by final, scratch */
    uint32_t capacity_ends[ISO_THREADS_MAX];
    /* memory observables */
    uint16_t observable[ISO_FINAL_MAX_OBSERVABLES];
    unsigned nobservables;
    uint8_t unit[ISO_FINAL_MAX_OBSERVABLES]; /* of the state under way, by memory observable */
    uint64_t at[ISO_FINAL_MAX_OBSERVABLES];  /* location of such a one */
    unsigned nunits;
    struct iso_bytes16 *value; /* values of memory observables, numbered */
    uint32_t nvalues, value_capacity;
    /* the witness asked for, if it turned up */
    bool is_met;
    uint32_t met[ISO_THREADS_MAX];
    struct iso_final met_state;
};

/* How many ends a thread has. */
static uint32_t ends_of(const struct iso_ob_machine *m, unsigned walked)
{
    return m->thread[walked].end ? m->thread[walked].nends : m->program->thread[walked].nfinals;
}

struct iso_finals *iso_finals_new(struct iso_ob_machine *m, struct iso_outcome_set *out, uint64_t limit_bytes)
{
    struct iso_finals *f = calloc(1, sizeof *f);
    const struct iso_test *test = m->program->setup->test;
    if (!f)
        iso_out_of_memory(__FILE__, __LINE__);
    f->m = m;
    f->out = out;
    f->limit_bytes = limit_bytes;
    for (uint32_t i = 0; i < test->nobservables; i++)
        if (test->observable[i].kind == ISO_OBSERVABLE_LOCATION || test->observable[i].kind == ISO_OBSERVABLE_TAG)
            f->observable[f->nobservables++] = (uint16_t)i;
    f->width = m->nthreads + f->nobservables + (m->copies ? 1 : 0);
    for (unsigned i = 0; i < m->nthreads; i++) {
        uint32_t n = ends_of(m, m->program->twin_of[i]) + 1;
        f->end[i] = calloc(n, sizeof *f->end[i]);
        f->has[i] = calloc(n, 1);
        if (!f->end[i] || !f->has[i])
            iso_out_of_memory(__FILE__, __LINE__);
    }
    return f;
}

void iso_finals_free(struct iso_finals *f)
{
    for (unsigned i = 0; i < f->m->nthreads; i++) {
        free(f->end[i]);
        free(f->has[i]);
    }
    free(f->key);
    free(f->bucket);
    free(f->value);
    free(f);
}

/* Finals that a thread's node may have come to. */
static uint32_t thread_ends(struct iso_finals *f, unsigned thread, uint32_t node, const struct iso_view *view)
{
    const struct iso_ob_machine *m = f->m;
    const struct iso_node *n = &m->node[node];
    unsigned walked = m->program->twin_of[thread];
    uint32_t count = 0, finals = ends_of(m, walked);
    if (n->has_moves && !n->may_end)
        return 0;
    if (finals > f->capacity_ends[thread]) {
        f->capacity_ends[thread] = 2 * finals;
        free(f->has[thread]);
        f->has[thread] = calloc(2 * (size_t)finals, 1);
        f->end[thread] = realloc(f->end[thread], 2 * (size_t)finals * sizeof *f->end[thread]);
        if (!f->has[thread] || !f->end[thread])
            iso_out_of_memory(__FILE__, __LINE__);
    }
    for (uint32_t k = 0; k < n->count; k++) {
        const struct iso_residual *r = iso_machine_residual(m, n, k);
        uint32_t final = m->thread[walked].run[r->run]->end;
        if (f->has[thread][final] || !iso_machine_is_finished(m, walked, r, view))
            continue;
        f->has[thread][final] = 1;
        f->end[thread][count++] = final;
    }
    for (uint32_t k = 0; k < count; k++)
        f->has[thread][f->end[thread][k]] = 0;
    return f->nend[thread] = count;
}

/* Bytes of a location at the end: slots that the program knows, initial contents elsewhere. */
static struct iso_bytes16 read_memory(const struct iso_ob_machine *m, const uint32_t *memory, uint64_t loc,
                                      unsigned size)
{
    struct iso_bytes16 out = iso_image_read(&m->program->image, loc, size);
    for (unsigned i = 0; i < m->nslots; i++) {
        const struct iso_slot *slot = &m->slot[i];
        struct iso_bytes16 value;
        if (slot->loc >= loc + size || loc >= slot->loc + slot->size)
            continue;
        const unsigned shown = iso_copies_shown(m, memory, i);
        value = m->slot[shown].value[iso_machine_top(m, shown, memory)];
        for (unsigned k = 0; k < slot->size; k++)
            if (slot->loc + k >= loc && slot->loc + k < loc + size)
                iso_bytes_set(&out, (unsigned)(slot->loc + k - loc), iso_bytes_get(value, k));
    }
    return out;
}

/* Location that an observable shows: by initial frame, or through the page's final descriptor. */
static uint64_t observed_loc(const struct iso_finals *f, const uint32_t *memory, const struct iso_observable *o)
{
    const struct iso_setup *setup = f->m->program->setup;
    uint64_t loc = iso_image_loc(setup, o->va);
    int page = setup->variant.vmsa ? iso_test_page_at(setup->test, o->va) : -1;
    if (page >= 0 && setup->test->observe_through_translation) {
        struct iso_pte pte;
        iso_pte_decode(&pte, read_memory(f->m, memory, setup->test->page[page].descriptor_va, 8).lo);
        int frame = pte.valid ? iso_test_frame_at(setup->test, pte.oa) : -1;
        if (pte.valid)
            loc = pte.oa + (o->va & (ISO_PAGE_BYTES - 1));
        if (frame >= 0 && setup->test->page[frame].stage2) {
            struct iso_s2pte second;
            iso_s2pte_decode(
                &second,
                read_memory(f->m, memory, setup->test->page[setup->test->page[frame].stage2 - 1].descriptor_va, 8).lo);
            if (second.valid)
                loc = second.oa + (o->va & (ISO_PAGE_BYTES - 1));
        }
    }
    return o->kind == ISO_OBSERVABLE_TAG ? iso_loc_of_tag(loc) : loc;
}

static uint32_t number_of(struct iso_finals *f, struct iso_bytes16 value)
{
    for (uint32_t i = 0; i < f->nvalues; i++)
        if (iso_bytes_equal(f->value[i], value))
            return i;
    if (f->nvalues == f->value_capacity) {
        f->value_capacity = f->value_capacity ? 2 * f->value_capacity : 16;
        f->value = realloc(f->value, f->value_capacity * sizeof *f->value);
        if (!f->value)
            iso_out_of_memory(__FILE__, __LINE__);
    }
    f->value[f->nvalues] = value;
    return f->nvalues++;
}

static void rehash(struct iso_finals *f)
{
    f->size = f->size ? 2 * f->size : 64;
    free(f->bucket);
    f->bucket = calloc(f->size, sizeof *f->bucket);
    if (!f->bucket)
        iso_out_of_memory(__FILE__, __LINE__);
    for (uint32_t i = 0; i < f->nkeys; i++) {
        uint32_t at = iso_hash_words(&f->key[(size_t)i * f->width], f->width) & (f->size - 1);
        while (f->bucket[at])
            at = (at + 1) & (f->size - 1);
        f->bucket[at] = i + 1;
    }
}

static bool is_new(struct iso_finals *f, const uint32_t *key)
{
    uint32_t at;
    if (2 * f->nkeys >= f->size)
        rehash(f);
    at = iso_hash_words(key, f->width) & (f->size - 1);
    for (; f->bucket[at]; at = (at + 1) & (f->size - 1))
        if (!memcmp(&f->key[(size_t)(f->bucket[at] - 1) * f->width], key, f->width * sizeof *key))
            return false;
    if (f->nkeys == f->capacity) {
        f->capacity = f->capacity ? 2 * f->capacity : 16;
        f->key = realloc(f->key, (size_t)f->capacity * f->width * sizeof *f->key);
        if (!f->key)
            iso_out_of_memory(__FILE__, __LINE__);
    }
    memcpy(&f->key[(size_t)f->nkeys * f->width], key, f->width * sizeof *key);
    f->bucket[at] = ++f->nkeys;
    return true;
}

/* Remembers the combination if it ends as the witness asked for must; of several in one state the one with the fewest effects of tiers. */
static void compare_with_wanted(struct iso_finals *f, const uint32_t *key, const struct iso_final *state)
{
    const struct iso_witness_request *request = f->m->program->request;
    size_t size = request ? strlen(request->wanted->text) + 2 : 0;
    char *text;
    if (!request || state->ncauses > request->wanted->state.ncauses ||
        (f->is_met && f->met_state.ncauses <= state->ncauses))
        return;
    text = malloc(size);
    if (!text)
        iso_out_of_memory(__FILE__, __LINE__);
    iso_final_text(text, size, f->m->program->setup->test, state); /* a longer one is cut and differs */
    if (strcmp(text, request->wanted->text) == 0) {
        f->is_met = true;
        f->met_state = *state;
        memcpy(f->met, key, f->m->nthreads * sizeof *key);
    }
    free(text);
}

bool iso_finals_met(struct iso_finals *f, uint32_t *final)
{
    if (f->is_met) {
        memcpy(final, f->met, f->m->nthreads * sizeof *final);
        f->m->program->request->state = f->met_state;
    }
    return f->is_met;
}

/* What thread i shows at its end. */
static const struct iso_final_part *part_of(const struct iso_finals *f, unsigned i, const uint32_t *key)
{
    unsigned walked = f->m->program->twin_of[i];
    const struct iso_machine_thread *t = &f->m->thread[walked];
    return &f->m->program->thread[walked].final[t->end ? t->end[key[i]].final : key[i]];
}

static void add(struct iso_finals *f, const uint32_t *key, uint32_t unknown)
{
    const struct iso_program *program = f->m->program;
    const struct iso_test *test = program->setup->test;
    struct iso_final state;
    memset(&state, 0, sizeof state);
    for (unsigned i = 0; i < f->nobservables; i++)
        state.value[f->observable[i]] = f->value[key[f->m->nthreads + i]];
    for (unsigned i = 0; i < program->nthreads; i++) {
        const struct iso_thread_traces *t = &program->thread[i];
        const struct iso_final_part *part = part_of(f, i, key);
        for (uint32_t k = 0; k < t->nobserved; k++)
            state.value[t->observed[k]].lo = part->reg[t->place[k]];
        for (uint32_t k = 0; k < part->nfaults && state.nfaults < ISO_FINAL_MAX_FAULTS; k++) {
            state.fault[state.nfaults] = part->fault[k];
            state.fault[state.nfaults++].thread = (uint8_t)i;
        }
        for (uint32_t k = 0; k < part->ncauses && state.ncauses < ISO_FINAL_MAX_CAUSES; k++) {
            state.cause[state.ncauses] = part->cause[k];
            state.cause[state.ncauses++].thread = (uint8_t)i;
        }
        if (part->no_progress)
            state.no_progress |= 1u << i;
    }
    if (f->m->copies && key[f->width - 1] && program->aliases->lost && state.ncauses < ISO_FINAL_MAX_CAUSES)
        state.cause[state.ncauses++] = *program->aliases->lost;
    if (unknown && state.ncauses < ISO_FINAL_MAX_CAUSES)
        state.cause[state.ncauses++] = program->aliases->disturbed_cause;
    compare_with_wanted(f, key, &state);
    iso_outcome_set_add(f->out, test, &state, 1);
}

/* Numbers of the memory observables' values. */
static void observe(struct iso_finals *f, uint32_t *key, const uint32_t *memory)
{
    for (unsigned i = 0; i < f->nobservables; i++) {
        const struct iso_observable *o = &f->m->program->setup->test->observable[f->observable[i]];
        unsigned size = o->kind == ISO_OBSERVABLE_TAG ? 1 : o->bytes;
        key[f->m->nthreads + i] = number_of(f, read_memory(f->m, memory, observed_loc(f, memory, o), size));
    }
}

/* The same where ends say what private slots hold. */
static void observe_private(struct iso_finals *f, uint32_t *key, const uint32_t *memory)
{
    const struct iso_ob_machine *m = f->m;
    uint32_t whole[ISO_SLOTS_MAX];
    memcpy(whole, memory, m->nslots * sizeof *whole);
    for (unsigned t = 0; t < m->nthreads; t++)
        for (unsigned k = 0; k < m->nshown; k++) {
            uint32_t value = m->thread[m->program->twin_of[t]].end[key[t]].value[k];
            if (value != memory[m->shown[k]]) /* the search leaves the initial one there */
                whole[m->shown[k]] = value;
        }
    observe(f, key, whole);
}

/* Whether some thread goes round for ever: then caches need not write anything back. */
static bool is_stuck(const struct iso_finals *f, const uint32_t *key)
{
    for (unsigned i = 0; i < f->m->nthreads; i++)
        if (part_of(f, i, key)->no_progress)
            return true;
    return false;
}

/* Which memory observables speculative reads may have changed (walk_unknown.c): each for itself, elements of a long array together. False: too many. */
static bool find_units(struct iso_finals *f, const uint32_t *memory)
{
    const struct iso_program *program = f->m->program;
    const struct iso_test *test = program->setup->test;
    uint8_t of_array[ISO_FINAL_MAX_OBSERVABLES + 1];
    f->nunits = 0;
    if (!program->aliases || !program->aliases->is_disturbed)
        return true;
    memset(of_array, NO_UNIT, sizeof of_array);
    memset(f->unit, NO_UNIT, sizeof f->unit);
    for (unsigned i = 0; i < f->nobservables; i++) {
        const struct iso_observable *o = &test->observable[f->observable[i]];
        uint8_t *many = iso_observable_is_one_of_many(test, o) ? &of_array[o->array] : NULL;
        f->at[i] = observed_loc(f, memory, o);
        if (o->kind != ISO_OBSERVABLE_LOCATION || !iso_domain_disturbs(program->domain, f->at[i], o->bytes))
            continue;
        if (!many || *many == NO_UNIT) {
            if (f->nunits == UNITS_MAX)
                return false;
            f->unit[i] = (uint8_t)f->nunits++;
        }
        if (many && *many == NO_UNIT)
            *many = f->unit[i];
    }
    for (unsigned i = 0; i < f->nobservables; i++) {
        const struct iso_observable *o = &test->observable[f->observable[i]];
        if (iso_observable_is_one_of_many(test, o))
            f->unit[i] = of_array[o->array];
    }
    return true;
}

/* Units that are UNKNOWN at the end as some thread waits for ever for something else there. */
static uint32_t lost_for_ever(const struct iso_finals *f, const uint32_t *key)
{
    const struct iso_test *test = f->m->program->setup->test;
    uint32_t out = 0;
    for (unsigned t = 0; t < f->m->nthreads && f->nunits; t++)
        for (unsigned k = 0; k < ISO_TRACE_UNKNOWN_MAX; k++) {
            const uint64_t loc = part_of(f, t, key)->unknown[k];
            for (unsigned i = 0; loc && i < f->nobservables; i++)
                if (f->unit[i] != NO_UNIT && f->at[i] <= loc &&
                    loc < f->at[i] + test->observable[f->observable[i]].bytes)
                    out |= 1u << f->unit[i];
        }
    return out;
}

/* A combination, with each choice of what is UNKNOWN at the end, and what comes of it by exchanging twins. False: no more room. */
static bool keep(struct iso_finals *f, const uint32_t *key)
{
    const struct iso_test *test = f->m->program->setup->test;
    const uint32_t lost = lost_for_ever(f, key);
    bool room = true;
    for (uint32_t unknown = 0; unknown < 1u << f->nunits && room; unknown++) {
        uint32_t with[ISO_THREADS_MAX + ISO_FINAL_MAX_OBSERVABLES + 1];
        memcpy(with, key, f->width * sizeof *key);
        for (unsigned i = 0; i < f->nobservables && unknown; i++)
            if (f->unit[i] != NO_UNIT && (unknown >> f->unit[i] & 1u))
                with[f->m->nthreads + i] = number_of(f, iso_walk_unknown(test->observable[f->observable[i]].bytes));
        if ((lost & ~unknown) || !is_new(f, with))
            continue;
        do {
            add(f, with, unknown);
            room = f->out->bytes <= f->limit_bytes;
        } while (room && iso_twins_exchange(f->m->program, with));
    }
    return room;
}

bool iso_finals_collect(struct iso_finals *f, const uint32_t *node, const uint32_t *memory, const uint32_t *oldest,
                        bool *ended)
{
    const struct iso_ob_machine *m = f->m;
    uint32_t key[ISO_THREADS_MAX + ISO_FINAL_MAX_OBSERVABLES + 1], at[ISO_THREADS_MAX] = {0};
    unsigned i;
    for (i = 0; i < m->nthreads; i++) {
        struct iso_view view = {memory, oldest + (m->has_completions ? i * m->nkeys : 0), NULL, NULL};
        *ended = thread_ends(f, i, node[i], &view) != 0;
        if (!*ended)
            return true;
    }
    bool room = find_units(f, memory);
    observe(f, key, memory);
    if (m->copies)
        key[f->width - 1] = iso_copies_have_lost(m, memory);
    do { /* every combination of ends */
        for (i = 0; i < m->nthreads; i++)
            key[i] = f->end[i][at[i]];
        if (m->nshown)
            observe_private(f, key, memory);
        iso_twins_sort(m->program, key);
        if (room && (!iso_copies_are_dirty(m, memory) || is_stuck(f, key)))
            room = keep(f, key);
        for (i = 0; i < m->nthreads && ++at[i] == f->nend[i]; i++)
            at[i] = 0;
    } while (room && i < m->nthreads);
    return room;
}
