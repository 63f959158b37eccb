/* What a person sees of a run: the matrix, the worst cells first, the exit line. Also the report's summary, counted from the same cells.
 * For: cli_run.c. Not for: programs; they read the JSON report. */
#ifndef ISOTIER_SIM_MATRIX_H
#define ISOTIER_SIM_MATRIX_H

#include "sim/run.h"

/* summary[i] belongs to run->cell[i]. */
void iso_matrix_print(struct iso_buffer *out, const struct iso_run *run, const struct iso_cell_summary *summary,
                      const char *report_path);
/* Exit status of the run: the bitmask of design section 5. */
int iso_matrix_status(const struct iso_run *run, const struct iso_cell_summary *summary);
/* The character that stands for a verdict in tables: = < ! - ? # *. */
char iso_verdict_mark(enum iso_verdict verdict);
/* The report, complete. cells[i] is the JSON object of cell i. */
void iso_report_write(struct iso_buffer *out, const struct iso_run *run, const struct iso_cell_summary *summary,
                      char *const *cells);

#endif
