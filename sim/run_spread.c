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

static void send_cell(void *context, const struct iso_cell_summary *summary, const char *json, size_t size)
{
    struct iso_buffer *out = context;
    uint64_t bytes = size;
    iso_buffer_add_bytes(out, (const char *)summary, sizeof *summary);
    iso_buffer_add_bytes(out, (const char *)&bytes, sizeof bytes);
    iso_buffer_add_bytes(out, json, size);
}

/* In a worker: all cells of one scenario. Each cell: its summary, the size of its JSON, the JSON. */
static void work(struct iso_buffer *out, size_t item, void *context)
{
    struct progress *p = context;
    iso_scenario_run(p->run, p->first[item], p->count[item], send_cell, out);
}

static void keep(struct progress *p, size_t cell, const struct iso_cell_summary *summary, const char *json, size_t size)
{
    p->results->summary[cell] = *summary;
    p->results->json[cell] = iso_allocate(size + 1);
    memcpy(p->results->json[cell], json, size);
}

static void done(size_t item, enum iso_pool_end end, int detail, const char *data, size_t size, void *context)
{
    struct progress *p = context;
    struct iso_cell_summary summary;
    size_t at = 0;
    for (size_t i = p->first[item]; i < p->first[item] + p->count[item]; i++) {
        uint64_t json;
        if (end == ISO_POOL_FINISHED && at + sizeof summary + sizeof json <= size) {
            memcpy(&summary, data + at, sizeof summary);
            memcpy(&json, data + at + sizeof summary, sizeof json);
            keep(p, i, &summary, data + at + sizeof summary + sizeof json, json);
            at += sizeof summary + sizeof json + json;
        } else {
            struct iso_buffer reason = {0}, text = {0};
            if (end == ISO_POOL_TIMED_OUT)
                iso_buffer_format(&reason, "no result within %llu s", (unsigned long long)p->timeout_s);
            else
                iso_buffer_format(&reason, "the process that ran it ended by signal %d", detail);
            iso_cell_failed(&summary, &text, p->run, i, reason.data);
            summary.tool_error = end != ISO_POOL_TIMED_OUT;
            keep(p, i, &summary, text.data, text.size);
            iso_buffer_free(&reason);
            iso_buffer_free(&text);
        }
    }
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
    out->summary = iso_allocate((run->ncells + 1) * sizeof out->summary[0]);
    out->json = iso_allocate((run->ncells + 1) * sizeof out->json[0]);
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

void iso_run_results_free(struct iso_run_results *results, const struct iso_run *run)
{
    for (size_t i = 0; i < run->ncells; i++)
        free(results->json[i]);
    free(results->json);
    free(results->summary);
    *results = (struct iso_run_results){0};
}

void iso_run_results_warn(const struct iso_run_results *results, const struct iso_run *run)
{
    size_t shown = 0, more = 0;
    for (size_t i = 0; i < run->ncells; i++) {
        const char *error = results->summary[i].error;
        bool repeated = i > 0 && strcmp(error, results->summary[i - 1].error) == 0;
        if (!error[0] || repeated)
            continue;
        if (shown++ < 10)
            fprintf(stderr, "%s: %s\n", run->cell[i].id, error);
        else
            more++;
    }
    if (more)
        fprintf(stderr, "... and %zu more; the report has them all\n", more);
}
