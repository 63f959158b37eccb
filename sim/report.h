/* Reports read back: what gate, explain and the surface need of them. A full report is what `isotier run` writes; a slim one
 * (`isotier baseline`) has the verdicts alone and is read into the same rows.
 * For: cli_gate.c, cli_explain.c, cli_baseline.c, lint. Not for: writing full reports (report_write.c). */
#ifndef ISOTIER_SIM_REPORT_H
#define ISOTIER_SIM_REPORT_H

#include "sim/buffer.h"
#include "sim/compare.h"
#include "sim/isa/diag.h"

struct iso_report_cell {
    const char *id, *scenario, *tier, *attribute;
    const char *policy, *mapping, *migration; /* NULL if none */
    enum iso_verdict verdict, tier_verdict;
    enum iso_divergence divergence, tier_divergence; /* NONE where the report has null or nothing */
    const char *stage, *error;                       /* of a refusal; NULL without one */
    const void *subject, *rules, *unknown;           /* lists of texts: iso_report_list_*() */
    bool observed;                                   /* an engine answered */
    bool exact;                                      /* the exhaustive engine did */
    bool has_cycles;
    uint64_t p50_cycles, p99_cycles;
    bool has_witness;
    uint32_t witness_line; /* in the scenario's file; 0: not known */
    size_t index;          /* in the report's "cells" */
};

struct iso_report_scenario {
    const char *name, *sha256;
};

struct iso_report_policy {
    const char *name, *sha256;
};

/* Outcomes that the exhaustive engine allows, and those of them that the timed engine showed. */
struct iso_report_coverage {
    const char *subject;
    uint64_t observed, allowed;
};

struct iso_report {
    const char *version; /* of the tool that wrote it; NULL: it does not say */
    const char *machine, *machine_sha256, *reference;
    const struct iso_report_policy *policy; /* in the report's order */
    size_t npolicies;                       /* 0: forced attributes */
    const char *vm;                         /* what VMs had enabled: "mte,realm"; "" if nothing; NULL: not said */
    uint64_t seed, seeds;
    bool exhaustive, timed;
    bool slim;
    struct iso_report_cell *cell;
    size_t ncells;
    const char **tier;
    size_t ntiers;
    struct iso_report_scenario *scenario; /* sorted by name */
    size_t nscenarios;
    struct iso_report_coverage *coverage; /* sorted by subject */
    size_t ncoverage;
    void *json;              /* holds the strings */
    struct iso_arena *arena; /* holds what was made while reading */
};

/* 0: *out is owned by the caller (iso_report_free). -1 with diagnostics: not JSON, or a key that a report has is missing or wrong; each
 * with line and column. */
int iso_report_read(struct iso_report **out, struct iso_diags *diags, const char *path);
void iso_report_free(struct iso_report *report);
/* What a report of the run would be read as, coverage and cycles left out. 0: owned by the caller, and the run must outlive it. -1 with diagnostics. */
struct iso_run;
struct iso_run_results;
int iso_report_of_run(struct iso_report **out, struct iso_diags *diags, const struct iso_run *run,
                      const struct iso_run_results *results);
/* "linux-7.x", "21 policies", NULL where attributes were forced. Writes at most size bytes. */
const char *iso_report_policy_name(char *out, size_t size, const struct iso_report *report);
/* Position of a policy by name; npolicies if there is none. */
size_t iso_report_policy_find(const struct iso_report *report, const char *name);
/* Leaves the cells of one policy; false if the report has none of that name. */
bool iso_report_narrow(struct iso_report *report, const char *policy);
/* Ids as in a report of several policies, "SCENARIO@TIER:POLICY:MAPPING", where it is about one. */
void iso_report_qualify(struct iso_report *report);
/* SHA-256 that the report keeps for a scenario; NULL if it has none. */
const char *iso_report_scenario_sha256(const struct iso_report *report, const char *scenario);

size_t iso_report_list_size(const void *list); /* 0 for NULL */
const char *iso_report_list_text(const void *list, size_t i);
/* First subject of a cell; its scenario's folder where it names none; "-" without either. Writes at most size bytes. */
const char *iso_report_subject(char *out, size_t size, const struct iso_report_cell *cell);

/* The slim form of a report: the same bytes for the same verdicts, without outcomes, counts and witnesses; without cycles. Rows of one
 * scenario and attribute, a column for each tier, each with the group of policies that it holds for; kinds of cell and groups stand once, in
 * lists. Shape: reports/schema/baseline.schema.json. */
void iso_report_slim(struct iso_buffer *out, const struct iso_report *report);

#endif
