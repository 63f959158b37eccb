/* A planned run, computed: cells spread over processes; results in the order of their first cells, whatever the number of processes.
 * For: run, policy. Not for: planning (run.h), printing (matrix.h). Prints progress to a terminal on standard error, nothing else. */
#ifndef ISOTIER_SIM_RUN_SPREAD_H
#define ISOTIER_SIM_RUN_SPREAD_H

#include "sim/run.h"

struct iso_run_result {
    struct iso_cell_summary summary; /* .cell: one of the cells that have it */
    char *body;                      /* owned: the cell's object in the report without what names it */
    size_t size;
};
struct iso_run_results {
    struct iso_run_result *result; /* each once */
    size_t count, capacity;
    size_t *of; /* result of each cell */
};
const struct iso_cell_summary *iso_run_summary(const struct iso_run_results *results, size_t cell);

/* jobs 0: one a core; timeout_s 0: any time. 0; -1 after a message if no process could be started. Free *out either way. */
int iso_run_spread(struct iso_run_results *out, const struct iso_run *run, unsigned jobs, uint64_t timeout_s,
                   const char *verb);
void iso_run_results_free(struct iso_run_results *results);
/* Errors of the engines, on standard error: the first ten that differ. */
void iso_run_results_warn(const struct iso_run_results *results, const struct iso_run *run);

#endif
