/* Costs as a table: mapping x tier as rows, workloads as columns. For: cli_cost.c. Not for: measuring (cost.h). */
#ifndef ISOTIER_SIM_COST_TABLE_H
#define ISOTIER_SIM_COST_TABLE_H

#include "sim/cost.h"

struct iso_cost_row {
    const struct iso_policy_file *policy; /* NULL: the attribute was said */
    size_t tier;
    const struct iso_mapping *mapping; /* NULL: see policy */
    char label[ISO_CELL_LABEL_MAX];    /* mapping or attribute */
    size_t *cell; /* owned: by workload, index in run->cell; SIZE_MAX: the workload is not asked for here */
};
struct iso_cost_table {
    const struct iso_run *run;
    const struct iso_cost_cell *cell; /* by index in run->cell */
    uint32_t seeds;
    struct iso_cost_row *row; /* owned: by policy, then as the cells are planned */
    size_t nrows;
};
/* Rows of a run whose cells are measured. Free with iso_cost_table_free(). */
void iso_cost_table_make(struct iso_cost_table *out, const struct iso_run *run, const struct iso_cost_cell *cell,
                         uint32_t seeds);
void iso_cost_table_free(struct iso_cost_table *table);

void iso_cost_table_text(struct iso_buffer *out, const struct iso_cost_table *table);
/* Rows of two policies one below the other, with second / first; rows that cost and answer the same are only counted. */
void iso_cost_table_compare(struct iso_buffer *out, const struct iso_cost_table *table,
                            const struct iso_policy_file *first, const struct iso_policy_file *second);
void iso_cost_table_json(struct iso_buffer *out, const struct iso_cost_table *table); /* one object */

#endif
