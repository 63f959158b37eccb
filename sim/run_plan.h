/* Inside the planner of runs only: what run_plan.c and run_policy.c share. Not for: anybody else; run.h is the way in. */
#ifndef ISOTIER_SIM_RUN_PLAN_H
#define ISOTIER_SIM_RUN_PLAN_H

#include "sim/run.h"

/* Appends a cell and writes its id: SCENARIO@TIER:LABEL, with +PLAN where it migrates. */
struct iso_cell *iso_run_add_cell(struct iso_run *run, size_t *capacity, const struct iso_cell *with, const char *label,
                                  const char *migration);
/* Is the name listed, or the list empty? */
bool iso_run_wants(const struct iso_strings *names, const char *name);
/* Every tier named, there or by a scenario, is one of the machine's. 0; -1 with diagnostics. */
int iso_run_check_tiers(struct iso_diags *diags, const struct iso_run *run, const struct iso_strings *tiers);

#endif
