/* Reports read back: what gate and explain need of them.
 * For: cli_gate.c, cli_explain.c, lint. Not for: writing (report_write.c). */
#ifndef ISOTIER_SIM_REPORT_H
#define ISOTIER_SIM_REPORT_H

#include "sim/compare.h"
#include "sim/isa/diag.h"

struct iso_report_cell {
    const char *id, *scenario, *tier, *attribute, *migration; /* migration: NULL if none */
    enum iso_verdict verdict, tier_verdict;
    enum iso_divergence divergence;
};

struct iso_report {
    const char *machine, *machine_sha256, *reference;
    uint64_t seed, seeds;
    bool exhaustive, timed;
    struct iso_report_cell *cell;
    size_t ncells;
    void *json; /* holds the strings */
};

/* 0: *out is owned by the caller (iso_report_free). -1 with diagnostics: not JSON (line and column), or a key that a report has is missing. */
int iso_report_read(struct iso_report **out, struct iso_diags *diags, const char *path);
void iso_report_free(struct iso_report *report);
/* SHA-256 that the report keeps for a scenario; NULL if it has none. */
const char *iso_report_scenario_sha256(const struct iso_report *report, const char *scenario);

#endif
