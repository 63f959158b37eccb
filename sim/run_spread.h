/* A planned run, computed: cells spread over processes, results in the cells' order whatever their number.
 * For: run, policy. Not for: planning (run.h), printing (matrix.h). Prints progress to a terminal on standard error, nothing else. */
#ifndef ISOTIER_SIM_RUN_SPREAD_H
#define ISOTIER_SIM_RUN_SPREAD_H

#include "sim/run.h"

struct iso_run_results {
    struct iso_cell_summary *summary; /* by cell */
    char **json;                      /* the cell's object in the report */
};

/* jobs 0: one a core; timeout_s 0: any time. 0; -1 after a message if no process could be started. Free *out either way. */
int iso_run_spread(struct iso_run_results *out, const struct iso_run *run, unsigned jobs, uint64_t timeout_s,
                   const char *verb);
void iso_run_results_free(struct iso_run_results *results, const struct iso_run *run);
/* Errors of the engines, on standard error: the first ten that differ. */
void iso_run_results_warn(const struct iso_run_results *results, const struct iso_run *run);

#endif
