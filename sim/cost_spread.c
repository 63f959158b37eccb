/* Measuring the cells of many workloads, a process each at a time. Declared in cost.h. Not for: measuring one (cost.c). */
#include "sim/cost.h"
#include "sim/pool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct costing {
    const struct iso_run *run;
    struct iso_cost_cell *cell;
    size_t *first, *count; /* cells of each workload */
    uint32_t seeds;
};

static void work(struct iso_buffer *out, size_t item, void *context)
{
    struct costing *c = context;
    struct iso_cost_cell *cells = iso_allocate((c->count[item] + 1) * sizeof *cells);
    iso_cost_measure(cells, c->run, c->first[item], c->count[item], c->seeds);
    iso_buffer_add_bytes(out, (const char *)cells, c->count[item] * sizeof *cells);
    free(cells);
}

static void done(size_t item, enum iso_pool_end end, int detail, const char *data, size_t size, void *context)
{
    struct costing *c = context;
    struct iso_cost_cell *cells = &c->cell[c->first[item]];
    if (end == ISO_POOL_FINISHED && size == c->count[item] * sizeof *cells) {
        memcpy(cells, data, size);
        return;
    }
    for (size_t i = 0; i < c->count[item]; i++) {
        cells[i] = (struct iso_cost_cell){.cost.end = ISO_COST_FAILED,
                                          .reference.end = ISO_COST_FAILED,
                                          .verdict = ISO_VERDICT_BOUNDED,
                                          .divergence = ISO_DIVERGENCE_NONE};
        snprintf(cells[i].error, sizeof cells[i].error, "the process that measured it ended by signal %d", detail);
    }
}

int iso_cost_measure_all(struct iso_cost_cell **out, const struct iso_run *run, unsigned jobs, uint32_t seeds,
                         const char *verb)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    struct costing c = {.run = run, .seeds = seeds};
    struct iso_pool pool = {.jobs = jobs         ? jobs
                                    : online > 0 ? (unsigned)online
                                                 : 1,
                            .context = &c,
                            .work = work,
                            .done = done};
    *out = c.cell = iso_allocate((run->ncells + 1) * sizeof c.cell[0]);
    c.first = iso_allocate((run->nscenarios + 1) * sizeof c.first[0]);
    c.count = iso_allocate((run->nscenarios + 1) * sizeof c.count[0]);
    for (size_t i = run->ncells; i-- > 0;) {
        c.first[run->cell[i].scenario] = i;
        c.count[run->cell[i].scenario]++;
    }
    int status = iso_pool_run(&pool, run->nscenarios);
    if (status != 0)
        fprintf(stderr, "isotier %s: no process could be started: %s\n", verb, strerror(errno));
    free(c.first);
    free(c.count);
    return status;
}
