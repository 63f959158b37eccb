/* Measuring workloads, as declared in cost.h. Not for: how the table looks (cost_table.c). */
#include "sim/cost.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Twice what the pilot lets expect, and more than any start costs: beyond it a thread does not end. */
enum { PILOT_SEEDS = 2, PILOT_MAX_CYCLES = 1000000, SLOWER = 8 };

static const char *const end_names[] = {
    [ISO_COST_MEASURED] = "measured", [ISO_COST_REFUSED] = "refused",         [ISO_COST_UNKNOWN] = "unknown",
    [ISO_COST_FAULT] = "fault",       [ISO_COST_NO_PROGRESS] = "no-progress", [ISO_COST_FAILED] = "failed"};

const char *iso_cost_end_name(enum iso_cost_end end)
{
    return end_names[end];
}

double iso_cost_ratio(const struct iso_cost *cost, const struct iso_cost *reference)
{
    bool known = cost->end == ISO_COST_MEASURED && reference->end == ISO_COST_MEASURED && reference->p50_milli;
    return known ? (double)cost->p50_milli / (double)reference->p50_milli : 0;
}

void iso_cost_scale(struct iso_test *out, struct iso_thread *threads, const struct iso_test *test, uint64_t iterations)
{
    *out = *test;
    memcpy(threads, test->thread, test->nthreads * sizeof *threads);
    for (uint32_t i = 0; i < test->ncost_registers; i++)
        threads[test->cost_register[i].thread].init.x[test->cost_register[i].reg] = iterations;
    out->thread = threads;
}

uint64_t iso_cost_difference(uint64_t once, uint64_t twice, uint32_t n)
{
    return twice > once && n ? (twice - once) * 1000 / n : 0;
}

/* ---- one setup ---- */

struct place {
    const struct iso_run *run;
    const struct iso_scenario *scenario;
    const struct iso_migration *sequence;
    const struct iso_machine *machine; /* bound */
    size_t tier;
    struct iso_attribute attribute;
};

struct timing {
    enum iso_cost_end end;
    uint64_t p50, p99; /* cycles of a run */
};

static enum iso_cost_end end_of(const struct iso_outcome_set *set)
{
    enum iso_cost_end end = set->count ? ISO_COST_MEASURED : ISO_COST_FAILED;
    for (size_t i = 0; i < set->count; i++)
        if (set->list[i].state.nfaults)
            return ISO_COST_FAULT;
        else if (set->list[i].state.no_progress)
            end = ISO_COST_NO_PROGRESS;
    return end;
}

/* Runs the workload with so many iterations (0: as written). */
static struct timing time_run(const struct place *place, uint64_t iterations, uint32_t seeds, uint64_t max_cycles,
                              struct iso_diags *diags)
{
    struct timing timing = {.end = ISO_COST_FAILED};
    struct iso_scenario scaled = *place->scenario;
    struct iso_test *test = iso_allocate(sizeof *test);
    struct iso_thread *threads = iso_allocate((scaled.test->nthreads + 1) * sizeof *threads);
    struct iso_setup *setup = iso_allocate(sizeof *setup);
    struct iso_composition composition = {0};
    struct iso_outcome_set set;
    struct iso_platform_stats stats = {0};
    struct iso_platform_options options = {
        .first_seed = place->run->seed, .runs = seeds, .max_cycles = max_cycles, .measure = true};

    iso_outcome_set_init(&set);
    *test = *scaled.test;
    if (iterations) {
        iso_cost_scale(test, threads, scaled.test, iterations);
        scaled.test = test;
    }
    if (iso_run_compose(&composition, diags, place->run, &scaled, place->sequence) == 0) {
        if (iso_scenario_setup(setup, diags, &scaled, composition.test ? &composition : NULL, place->machine,
                               place->tier, &place->attribute, NULL) == 0 &&
            iso_engine_timed(&set, &stats, diags, setup, &options) == 0)
            timing = (struct timing){end_of(&set), stats.cycles_p50, stats.cycles_p99};
        iso_composition_free(&composition);
    }
    iso_outcome_set_free(&set);
    free(setup);
    free(threads);
    free(test);
    return timing;
}

static struct iso_cost measure(const struct place *place, uint32_t seeds, struct iso_diags *diags)
{
    uint32_t n = place->scenario->test->cost_iterations;
    bool loops = place->scenario->test->ncost_registers != 0;
    struct timing pilot = time_run(place, 0, loops ? PILOT_SEEDS : seeds, PILOT_MAX_CYCLES, diags);
    if (pilot.end != ISO_COST_MEASURED)
        return (struct iso_cost){.end = pilot.end};
    if (!loops)
        return (struct iso_cost){ISO_COST_MEASURED, pilot.p50 * 1000, pilot.p99 * 1000};
    uint64_t limit = PILOT_MAX_CYCLES + SLOWER * n * pilot.p99;
    struct timing once = time_run(place, n, seeds, limit, diags);
    struct timing twice = once.end == ISO_COST_MEASURED ? time_run(place, UINT64_C(2) * n, seeds, limit, diags) : once;
    if (twice.end != ISO_COST_MEASURED)
        return (struct iso_cost){.end = twice.end};
    return (struct iso_cost){ISO_COST_MEASURED, iso_cost_difference(once.p50, twice.p50, n),
                             iso_cost_difference(once.p99, twice.p99, n)};
}

/* ---- all cells of a workload ---- */

struct known {
    struct place place;
    char *values; /* of the machine's unknowns; owned */
    struct iso_cost cost;
    char error[160];
};

struct measuring {
    struct iso_cost_cell *out;
    size_t first;
    const struct iso_run *run;
    uint32_t seeds;
    struct known *known;
    size_t nknown, capacity;
};

static bool same_place(const struct known *k, const struct place *b, const char *values)
{
    const struct iso_attribute *x = &k->place.attribute, *y = &b->attribute;
    bool device = iso_class_is_device(x->cls);
    return k->place.tier == b->tier && k->place.sequence == b->sequence && strcmp(k->values, values) == 0 &&
           x->xs == y->xs && iso_attribute_point_of(x) == iso_attribute_point_of(y) &&
           (!device || x->stage1_device == y->stage1_device);
}

static struct iso_cost measure_once(struct measuring *m, const struct place *place, const char *values, char error[160])
{
    for (size_t i = 0; i < m->nknown; i++)
        if (same_place(&m->known[i], place, values)) {
            memcpy(error, m->known[i].error, sizeof m->known[i].error);
            return m->known[i].cost;
        }
    if (m->nknown == m->capacity) {
        m->capacity = m->capacity ? m->capacity * 2 : 16;
        m->known = iso_reallocate(m->known, m->capacity * sizeof m->known[0]);
    }
    struct iso_diags diags = {0};
    struct known *k = &m->known[m->nknown++];
    *k = (struct known){.place = *place, .values = iso_duplicate(values)};
    k->cost = measure(place, m->seeds, &diags);
    if (diags.count)
        snprintf(k->error, sizeof k->error, "%s", diags.list[0].message);
    iso_diags_free(&diags);
    memcpy(error, k->error, sizeof k->error);
    return k->cost;
}

/* Binds what the machine leaves unknown to the first value of each, and measures the cell and its reference there. */
static void measure_cell(struct measuring *m, struct iso_cost_cell *out, size_t index)
{
    const struct iso_cell *cell = &m->run->cell[index];
    const struct iso_scenario *scenario = &m->run->scenario[cell->scenario];
    struct iso_machine *machine = iso_allocate(sizeof *machine);
    struct iso_buffer values = {0};
    struct iso_diags diags = {0};
    struct iso_judge judge;

    out->cost.end = out->reference.end = ISO_COST_FAILED;
    if (iso_judge_begin(&judge, &diags, m->run, scenario, cell->sequence) == 0 &&
        iso_cell_bind(machine, &values, &diags, &judge, index) == 0) {
        struct place place = {m->run, scenario, cell->sequence, machine, cell->tier, cell->attribute};
        struct place reference = place;
        const char *text = iso_buffer_string(&values);
        reference.sequence = iso_migration_correct(cell->sequence);
        reference.tier = machine->reference;
        reference.attribute = iso_scenario_ordinary(scenario);
        out->reference = measure_once(m, &reference, text, out->error);
        out->cost = measure_once(m, &place, text, out->error);
        snprintf(out->unknown, sizeof out->unknown, "%.*s", (int)strcspn(text, "\n"), text);
    }
    if (diags.count)
        snprintf(out->error, sizeof out->error, "%s", diags.list[0].message);
    iso_judge_end(&judge);
    iso_diags_free(&diags);
    iso_buffer_free(&values);
    free(machine);
}

/* After the verdict of a cell: why it is not measured, or what it costs. */
static void take(void *context, const struct iso_cell_summary *summary, const char *json, size_t size)
{
    struct measuring *m = context;
    const struct iso_run *run = m->run;
    const struct iso_cell *cell = &run->cell[summary->cell];
    struct iso_cost_cell *out = &m->out[summary->cell - m->first];
    struct iso_refusal refusal;
    (void)json;
    (void)size;
    *out = (struct iso_cost_cell){.verdict = summary->verdict, .divergence = summary->divergence};
    if (cell->end == ISO_POLICY_REFUSED) {
        out->cost.end = ISO_COST_REFUSED;
        snprintf(out->stage, sizeof out->stage, "%s", iso_policy_stage_report_name(cell->stage));
        snprintf(out->error_name, sizeof out->error_name, "%s", iso_policy_errno_name(cell->error));
    } else if (cell->end == ISO_POLICY_UNKNOWN) {
        out->cost.end = ISO_COST_UNKNOWN;
        snprintf(out->unknown, sizeof out->unknown, "%s", cell->unknown);
    } else if (!cell->policy && iso_scenario_refused(&refusal, &run->machine->machine.tiers[cell->tier],
                                                     &cell->attribute, summary->migrates)) {
        out->cost.end = ISO_COST_REFUSED;
        snprintf(out->stage, sizeof out->stage, "%s", refusal.stage);
        snprintf(out->error_name, sizeof out->error_name, "%s", refusal.error);
    } else {
        measure_cell(m, out, summary->cell);
    }
    if (!out->error[0])
        snprintf(out->error, sizeof out->error, "%.*s", (int)sizeof out->error - 1, summary->error);
}

void iso_cost_measure(struct iso_cost_cell *out, const struct iso_run *run, size_t first, size_t count, uint32_t seeds)
{
    struct measuring m = {.out = out, .first = first, .run = run, .seeds = seeds};
    iso_scenario_run(run, first, count, take, &m);
    for (size_t i = 0; i < m.nknown; i++)
        free(m.known[i].values);
    free(m.known);
}
