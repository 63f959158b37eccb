/* A run: cells of scenarios x tiers x (attributes said, or mappings under policies), judged and reported. The pieces that `run`, `explain`
 * and the verbs about policies share. Not for: the command line itself, the matrix (matrix.h).
 * Cells with the same scenario, tier, attribute, routing of faults and migration sequence are computed once and labelled as often as they occur. */
#ifndef ISOTIER_SIM_RUN_H
#define ISOTIER_SIM_RUN_H

#include "sim/compare.h"
#include "sim/engines.h"
#include "sim/machine_load.h"
#include "sim/policy_load.h"
#include "sim/scenario.h"

enum { ISO_CELL_LABEL_MAX = 128 }; /* mapping and attribute */

struct iso_cell {
    size_t scenario, tier;
    struct iso_attribute attribute;
    char attribute_name[ISO_ATTRIBUTE_NAME_MAX]; /* "none" where the policy gives none */
    struct iso_alias_attributes aliases;         /* for the scenario's Alias= lines; zero: it has none that depends */
    const struct iso_migration *sequence;        /* if the scenario migrates */
    const struct iso_policy_file *policy;        /* NULL: the attribute was said, not derived */
    const struct iso_mapping *mapping;           /* NULL without a policy */
    enum iso_policy_end end;                     /* MAPPED: it is run; else it is reported as refused or unknown */
    enum iso_policy_stage stage;                 /* where a refusal or a gap is */
    enum iso_policy_errno error;
    char unknown[64]; /* of end UNKNOWN: setting of the machine, or "policy.STAGE" where no rule covers the mapping */
    const struct iso_policy_reaction *reaction; /* by event, the run's; NULL without a policy */
    struct iso_routing routing; /* what the reactions make of the program's faults; zero without a policy */
    /* "SCENARIO@TIER:ATTRIBUTE" or "SCENARIO@TIER:MAPPING", in a run of several policies "SCENARIO@TIER:POLICY:MAPPING"; with "+MIGRATION" where it
     * has one. The run's. */
    const char *id;
};
/* What names a cell's row: its mapping, else its attribute. */
const char *iso_cell_label(const struct iso_cell *cell);

struct iso_run {
    const struct iso_machine_file *machine;
    struct iso_scenario *scenario; /* owned */
    size_t nscenarios;
    struct iso_cell *cell; /* owned; those of a scenario stand together, in order of attribute or mapping, then tier */
    size_t ncells;
    unsigned engines; /* enum iso_engine bits */
    uint64_t seed;
    uint32_t seeds;
    uint32_t loop_bound;
    uint64_t max_candidates;
    struct iso_strings migrate; /* --migrate; empty: the scenarios' own Migrate= lines; "none": no migration */
    const struct iso_migration *sequence;
    const struct iso_policy_file *const *policy; /* of the report, borrowed */
    size_t npolicies;                            /* 0: attributes were said */
    struct iso_policy_vm vm;                     /* what its VMs have enabled, for the report */
    struct iso_arena *arena;                     /* owned: what cells point to; made when the first cell is added */
};

/* Attributes that a user says (--attr): each is one, and one that the machine's CPUs can give a page: Tagged takes FEAT_MTE2, NoTagAccess
 * FEAT_MTE_PERM (Arm ARM D8.6; facts/kernel-policies.md 2.1). Attributes that scenarios bring are what their programs need. 0; -1 with diagnostics. */
int iso_run_check_attributes(struct iso_diags *diags, const struct iso_machine *machine,
                             const struct iso_strings *attributes);
/* Cells for tiers and attributes named (empty: all tiers; each scenario's own attributes). 0; -1 with diagnostics. */
int iso_run_plan(struct iso_run *run, struct iso_diags *diags, const struct iso_strings *tiers,
                 const struct iso_strings *attributes);
/* Cells for mappings under policies: only those that a tier can back. 0; -1 with diagnostics. */
struct iso_policy_plan {
    const struct iso_policy_file *const *policy;
    size_t npolicies;
    const struct iso_mapping *const *mapping;
    size_t nmappings;
    struct iso_policy_vm vm;
    unsigned triggers;  /* only pages that these move; 0: whatever moves them */
    bool keep_sequence; /* run->sequence for every migration, whatever the policy says */
};
int iso_run_plan_policies(struct iso_run *run, struct iso_diags *diags, const struct iso_strings *tiers,
                          const struct iso_policy_plan *plan);
void iso_run_free(struct iso_run *run);

/* Names of what its VMs have enabled, in the order of ISO_POLICY_VM_WORDS: "mte,realm"; "" if nothing. */
void iso_run_vm_names(struct iso_buffer *out, const struct iso_run *run);

/* The migration plan of a scenario as the report names it ("l:P0:L1 (base)"); "" if nothing migrates. */
void iso_run_migration_name(struct iso_buffer *out, const struct iso_run *run, const struct iso_scenario *scenario,
                            const struct iso_migration *sequence);
/* Composes it with the errors that the scenario injects. composition->test stays NULL if nothing migrates and no error strikes. 0; -1 with diagnostics. */
int iso_run_compose(struct iso_composition *out, struct iso_diags *diags, const struct iso_run *run,
                    const struct iso_scenario *scenario, const struct iso_migration *sequence);

/* ---- judging ---- */

/* What the engines said of one setup. */
struct iso_evaluation {
    char key[ISO_SHA256_TEXT_MAX];
    struct iso_outcome_set exact, seen;
    struct iso_platform_stats stats;
    bool has_exact, has_seen;
    struct iso_buffer error; /* of the engines that could not run it; empty: none */
};

/* Evaluations of one scenario, each setup run once. */
struct iso_judge {
    const struct iso_run *run;
    const struct iso_scenario *scenario;
    struct iso_composition composition; /* test NULL: nothing migrates, no error strikes */
    struct iso_composition correct;     /* with the correct sequence where the run's is a mutant; test NULL: the same */
    struct iso_evaluation **evaluation;
    size_t count, capacity;
};
/* The correct sequence that a mutant differs from; the sequence itself if it is correct. */
const struct iso_migration *iso_migration_correct(const struct iso_migration *sequence);
/* 0; -1 with diagnostics if the scenario cannot be composed. */
int iso_judge_begin(struct iso_judge *judge, struct iso_diags *diags, const struct iso_run *run,
                    const struct iso_scenario *scenario, const struct iso_migration *sequence);
void iso_judge_end(struct iso_judge *judge);

struct iso_judgement {
    enum iso_verdict verdict, tier_verdict;
    enum iso_divergence divergence, tier_divergence;
    /* ordinary memory, pages moved by a correct sequence; reference tier with the same attribute and the run's sequence; the cell. Owned by the judge */
    const struct iso_evaluation *reference, *twin, *cell;
    struct iso_comparison against_reference, against_twin;
    struct iso_strings bugs; /* states observed outside the exact set; point into the evaluations */
};
/* Judges one cell on a machine without unknowns that matter: the cell's tier and routing, under `attribute`. Its references run under the same
 * routing: what a kernel makes of a fault is no difference between memories. 0; -1 with diagnostics if the cell cannot be set up. */
int iso_judge_cell(struct iso_judgement *out, struct iso_diags *diags, struct iso_judge *judge,
                   const struct iso_machine *machine, const struct iso_cell *cell,
                   const struct iso_attribute *attribute);
/* The setup of a cell as iso_scenario_setup() makes it, with the cell's routing; attribute NULL: of ordinary memory in its place, aliases included. */
int iso_cell_setup(struct iso_setup *out, struct iso_diags *diags, const struct iso_scenario *scenario,
                   const struct iso_composition *composition, const struct iso_machine *machine,
                   const struct iso_cell *cell, size_t tier, const struct iso_attribute *attribute);
void iso_judgement_free(struct iso_judgement *judgement);
/* Outcome set that speaks for an evaluation: exact where there is one, else what was seen. */
const struct iso_outcome_set *iso_evaluation_set(const struct iso_evaluation *evaluation);

/* ---- cells ---- */

/* What the matrix and the exit status need of a cell; plain bytes, crosses a pipe. */
struct iso_cell_summary {
    uint32_t cell;
    uint8_t verdict, tier_verdict, divergence, tier_divergence;
    bool migrates, ran_exact, ran_timed, tool_error;
    uint32_t allowed, covered; /* states of the exact set, and those of them that the timed engine showed */
    uint64_t runs;
    char what[112], rule[48], hop[ISO_NAME_MAX]; /* for "worst first" */
    char unknown[256];                           /* keys, space-separated */
    char error[256];
};

/* What came of the cells of one scenario: equal ones are computed once. */
struct iso_scenario_results {
    struct iso_cell_summary *summary; /* owned; .cell is the first of the cells that have this result */
    struct iso_buffer *body;          /* owned; JSON without what names a cell */
    size_t count;
    uint32_t *of; /* owned; result of each cell */
};
void iso_scenario_compute(struct iso_scenario_results *out, const struct iso_run *run, size_t first, size_t count);
void iso_scenario_results_free(struct iso_scenario_results *results);

/* All cells of one scenario, in their order: `done` gets each with its JSON object. Equal cells are computed once. */
void iso_scenario_run(const struct iso_run *run, size_t first, size_t count,
                      void (*done)(void *context, const struct iso_cell_summary *summary, const char *json,
                                   size_t size),
                      void *context);

/* Would both cells of a scenario be computed alike? */
bool iso_cell_same(const struct iso_cell *a, const struct iso_cell *b);

/* Judges a cell, unknowns included: its JSON without what names it; and the whole object around such a body. */
void iso_cell_body(struct iso_cell_summary *summary, struct iso_buffer *body, struct iso_judge *judge, size_t cell);
void iso_cell_json(struct iso_buffer *json, const struct iso_run *run, size_t cell, const char *body, size_t size);
/* Both at once: judges a cell and appends its JSON object to *json. */
void iso_cell_run(struct iso_cell_summary *summary, struct iso_buffer *json, struct iso_judge *judge, size_t cell);
/* The machine that the cell's object in the report speaks of: each unknown setting that the cell meets bound to its first value, and "key=value" of those, one a
 * line, in *values. 0; -1 with diagnostics. */
int iso_cell_bind(struct iso_machine *out, struct iso_buffer *values, struct iso_diags *diags, struct iso_judge *judge,
                  size_t cell);
/* A diagnostic as the reason why a cell failed, with its line and column: the file is the cell's, and reports name no path. */
void iso_diag_reason(struct iso_buffer *out, const struct iso_diag *diag);
/* As iso_cell_failed(), for the first of the diagnostics, or `otherwise`. */
void iso_cell_refused(struct iso_cell_summary *summary, struct iso_buffer *body, size_t cell,
                      const struct iso_diags *diags, const char *otherwise);
/* What iso_cell_body() does, for a cell whose process died or whose scenario cannot be composed. */
void iso_cell_failed(struct iso_cell_summary *summary, struct iso_buffer *body, size_t cell, const char *reason);

/* "CH-12/E2" of a cause; "" without one. */
void iso_cause_rule(struct iso_buffer *out, const struct iso_cause *cause);

#endif
