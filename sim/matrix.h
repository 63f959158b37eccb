/* What a person sees of a run: the matrix, the worst cells first, the exit line. Also the report's summary, counted from the same cells.
 * For: cli_run.c. Not for: programs; they read the JSON report. */
#ifndef ISOTIER_SIM_MATRIX_H
#define ISOTIER_SIM_MATRIX_H

#include "sim/run_spread.h"

void iso_matrix_print(struct iso_buffer *out, const struct iso_run *run, const struct iso_run_results *results,
                      const char *report_path);
/* Exit status of the run: the bitmask of design section 5. */
int iso_matrix_status(const struct iso_run *run, const struct iso_run_results *results);
/* The character that stands for a verdict in tables: = < ! - ? # *. */
char iso_verdict_mark(enum iso_verdict verdict);
/* The report, complete, into a file; cells that were computed once stand in it as often as they occur. 0; -1 with a diagnostic. */
int iso_report_write(struct iso_diags *diags, const char *path, const struct iso_run *run,
                     const struct iso_run_results *results);

#endif
