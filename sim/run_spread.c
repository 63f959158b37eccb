/* Cells of a run spread over processes, a scenario each. Declared in run_spread.h. Not for: what a cell is (run.h). */
#include "sim/run_spread.h"

#include "sim/pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct progress {
    const struct iso_run *run;
    struct iso_run_results *results;
    size_t *first, *count; /* cells of each scenario */
    uint64_t timeout_s;
    struct timespec start;
    bool shown, terminal;
};

/* In a worker: all cells of one scenario. How many results; of each its summary, size and body; then the number of each cell's result. */
static void work(struct iso_buffer *out, size_t item, void *context)
{
    struct progress *p = context;
    struct iso_scenario_results results;
    iso_scenario_compute(&results, p->run, p->first[item], p->count[item]);
    iso_buffer_add_bytes(out, (const char *)&results.count, sizeof results.count);
    for (size_t i = 0; i < results.count; i++) {
        size_t size = results.body[i].size;
        iso_buffer_add_bytes(out, (const char *)&results.summary[i], sizeof results.summary[i]);
        iso_buffer_add_bytes(out, (const char *)&size, sizeof size);
        iso_buffer_add_bytes(out, results.body[i].data, size);
    }
    iso_buffer_add_bytes(out, (const char *)results.of, p->count[item] * sizeof results.of[0]);
    iso_scenario_results_free(&results);
}

static void keep(struct iso_run_results *results, const struct iso_cell_summary *summary, const char *body, size_t size)
{
    if (results->count == results->capacity) {
        results->capacity = results->capacity * 2 + 256;
        results->result = iso_reallocate(results->result, results->capacity * sizeof results->result[0]);
    }
    struct iso_run_result *result = &results->result[results->count++];
    *result = (struct iso_run_result){.summary = *summary, .body = iso_allocate(size + 1), .size = size};
    memcpy(result->body, body, size);
}

static void take(void *out, size_t size, const char **data)
{
    memcpy(out, *data, size);
    *data += size;
}

/* What a worker sent of a scenario. */
static void keep_scenario(struct progress *p, size_t item, const char *data)
{
    struct iso_run_results *results = p->results;
    size_t base = results->count, count, size;
    take(&count, sizeof count, &data);
    for (size_t i = 0; i < count; i++) {
        struct iso_cell_summary summary;
        take(&summary, sizeof summary, &data);
        take(&size, sizeof size, &data);
        keep(results, &summary, data, size);
        data += size;
    }
    for (size_t i = 0; i < p->count[item]; i++) {
        uint32_t of;
        take(&of, sizeof of, &data);
        results->of[p->first[item] + i] = base + of;
    }
}

static void done(size_t item, enum iso_pool_end end, int detail, const char *data, size_t size, void *context)
{
    struct progress *p = context;
    struct iso_buffer reason = {0}, body = {0};
    struct iso_cell_summary summary;
    if (!p->count[item])
        return;
    if (end == ISO_POOL_FINISHED && size) {
        keep_scenario(p, item, data);
        return;
    }
    if (end == ISO_POOL_TIMED_OUT)
        iso_buffer_format(&reason, "no result within %llu s", (unsigned long long)p->timeout_s);
    else
        iso_buffer_format(&reason, "the process that ran it ended by signal %d", detail);
    iso_cell_failed(&summary, &body, p->first[item], reason.data);
    summary.tool_error = end != ISO_POOL_TIMED_OUT;
    for (size_t i = 0; i < p->count[item]; i++)
        p->results->of[p->first[item] + i] = p->results->count;
    keep(p->results, &summary, body.data, body.size);
    iso_buffer_free(&reason);
    iso_buffer_free(&body);
}

/* A line on the terminal once a second has passed. */
static void tick(size_t finished, size_t count, void *context)
{
    struct progress *p = context;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!p->terminal || now.tv_sec - p->start.tv_sec < 1)
        return;
    fprintf(stderr, "\r%zu of %zu scenarios, %lld s ", finished, count, (long long)(now.tv_sec - p->start.tv_sec));
    fflush(stderr);
    p->shown = true;
}

static unsigned default_jobs(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (unsigned)n : 1;
}

int iso_run_spread(struct iso_run_results *out, const struct iso_run *run, unsigned jobs, uint64_t timeout_s,
                   const char *verb)
{
    struct progress p = {.run = run, .results = out, .timeout_s = timeout_s};
    struct iso_pool pool = {.jobs = jobs ? jobs : default_jobs(),
                            .timeout_s = (unsigned)timeout_s,
                            .context = &p,
                            .work = work,
                            .done = done,
                            .tick = tick};
    *out = (struct iso_run_results){.of = iso_allocate((run->ncells + 1) * sizeof out->of[0])};
    p.first = iso_allocate((run->nscenarios + 1) * sizeof p.first[0]);
    p.count = iso_allocate((run->nscenarios + 1) * sizeof p.count[0]);
    clock_gettime(CLOCK_MONOTONIC, &p.start);
    p.terminal = isatty(STDERR_FILENO) == 1;
    for (size_t i = 0; i < run->ncells; i++) {
        size_t s = run->cell[i].scenario;
        if (!p.count[s])
            p.first[s] = i;
        p.count[s]++;
    }
    int status = iso_pool_run(&pool, run->nscenarios);
    if (p.shown)
        fprintf(stderr, "\r%60s\r", "");
    if (status != 0)
        fprintf(stderr, "isotier %s: no process could be started\n", verb);
    free(p.first);
    free(p.count);
    return status;
}

const struct iso_cell_summary *iso_run_summary(const struct iso_run_results *results, size_t cell)
{
    return &results->result[results->of[cell]].summary;
}

void iso_run_results_free(struct iso_run_results *results)
{
    for (size_t i = 0; i < results->count; i++)
        free(results->result[i].body);
    free(results->result);
    free(results->of);
    *results = (struct iso_run_results){0};
}

void iso_run_results_warn(const struct iso_run_results *results, const struct iso_run *run)
{
    size_t shown = 0, more = 0;
    for (size_t i = 0; i < results->count; i++) {
        const char *error = results->result[i].summary.error;
        bool repeated = i > 0 && strcmp(error, results->result[i - 1].summary.error) == 0;
        if (!error[0] || repeated)
            continue;
        if (shown++ < 10)
            fprintf(stderr, "%s: %s\n", run->cell[results->result[i].summary.cell].id, error);
        else
            more++;
    }
    if (more)
        fprintf(stderr, "... and %zu more; the report has them all\n", more);
}
