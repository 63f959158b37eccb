/* Is a policy transparent, guarded or leaky on a machine (design section 6)? Cells of the runner, judged by which tiers a page moves between.
 *
 * For: `isotier policy`. Not for: running cells (run.h, run_spread.h), evaluating rules (models/policy.h).
 * A place is a mapping on a tier, for programs with or without tags. Two places are a pair if the policy maps both and lets a page move
 * between them: the host's kernel (stage migrate, by a trigger that may choose that target: models/migration_trigger.h), or a guest's kernel between the memories that its VM has. Every place of a pair must show SAME or NARROWER in every scenario.
 * Not modelled: distances between nodes, which choose among targets but forbid none; pages that are pinned. */
#ifndef ISOTIER_SIM_POLICY_CHECK_H
#define ISOTIER_SIM_POLICY_CHECK_H

#include "sim/run_spread.h"

enum iso_policy_verdict {
    ISO_POLICY_TRANSPARENT,
    ISO_POLICY_GUARDED,
    ISO_POLICY_LEAKY,
    ISO_POLICY_UNDECIDED,  /* no leak, but cells that hang on what nobody said, or that hit a bound */
    ISO_POLICY_FAILED,     /* the tool failed on a cell */
    ISO_POLICY_UNOBSERVED, /* no cell decides, and no refusal keeps places apart */
};
const char *iso_policy_verdict_name(enum iso_policy_verdict verdict);

enum iso_policy_mover { ISO_POLICY_MOVER_NONE, ISO_POLICY_MOVER_HOST, ISO_POLICY_MOVER_GUEST };

struct iso_policy_place {
    const struct iso_mapping *mapping;
    size_t tier;
    bool tagged;
    struct iso_policy_decision decision;
    enum iso_policy_mover mover; /* NONE: no page comes or goes */
    unsigned
        triggers; /* of the host's kernel that bring pages here or take them away: bits 1 << enum iso_policy_trigger */
    size_t partner;  /* other end of a pair, the reference tier where it is one */
    bool kept_apart; /* a refusal keeps it from a place that would otherwise be its partner */
    bool counts;     /* its cells decide the verdict */
};

/* A cell of the check: what the policy says, and which computed cell has the result. */
struct iso_policy_cell {
    uint32_t scenario, place;
    enum iso_policy_end end;
    enum iso_policy_stage stage; /* of REFUSED */
    enum iso_policy_errno error;
    char unknown[64]; /* of UNKNOWN */
    uint32_t computed;
};

/* What diverges in the same way at the same place, in some scenarios. */
struct iso_policy_leak {
    uint32_t cell; /* the first */
    uint32_t scenarios;
    uint32_t place;
    bool counts;
    bool struck; /* only where an error strikes (Inject= of the scenario) */
};

struct iso_policy_check {
    const struct iso_policy_file *file;
    struct iso_policy_place *place; /* owned */
    size_t nplaces;
    struct iso_policy_cell *cell; /* owned */
    size_t ncells;
    struct iso_policy_leak *leak;      /* owned; worst first, those that count before those that do not */
    size_t nleaks, ncounting, nstruck; /* all; those that count; of these, those only where an error strikes */
    enum iso_policy_verdict verdict;
    enum iso_policy_verdict unstruck;  /* the verdict where no error strikes */
    uint32_t cells[ISO_VERDICT_COUNT]; /* of places that count */
    uint32_t pairs;
    struct iso_buffer unknown; /* keys that matter, each between spaces */
};

/* Checks of several policies, their cells computed once. */
struct iso_survey {
    struct iso_run run; /* machine, scenarios, engines; its cells are those to compute */
    struct iso_cell_summary *summary;
    char **json;
    size_t ncomputed;
    uint32_t **of_scenario; /* cells of each scenario */
    uint32_t *nof_scenario;
    const struct iso_mapping *const *mapping;
    size_t nmappings;
    unsigned triggers; /* what moves pages, bits; 0: all there are */
    bool named;        /* mappings were named: they count even where no page moves */
    bool no_tags;      /* VMs without MTE, and no programs that use tags */
    bool no_errors;    /* no scenarios in which an error strikes */
    struct iso_policy_vm vm;
    struct iso_strings tiers; /* empty: all */
};

/* Plans a policy's cells; those that no earlier check has are added to the run. 0; -1 with diagnostics. Free *out either way. */
int iso_survey_add(struct iso_policy_check *out, struct iso_survey *survey, struct iso_diags *diags,
                   const struct iso_policy_file *file);
/* Computes what is not computed yet. 0; -1 after a message. */
int iso_survey_compute(struct iso_survey *survey, unsigned jobs, uint64_t timeout_s, const char *verb);
/* Verdict and leaks of a check whose cells are computed. */
void iso_policy_judge(struct iso_policy_check *check, const struct iso_survey *survey);
void iso_policy_check_free(struct iso_policy_check *check);
/* Everything but the mappings and the machine, which belong to the caller. */
void iso_survey_free(struct iso_survey *survey);

/* Pairs, without running anything. */
void iso_policy_pair_places(struct iso_policy_check *check, const struct iso_survey *survey);
/* The rule that gave the place its attribute, or refused it; NULL if none covers it. */
const struct iso_policy_rule *iso_policy_place_rule(const struct iso_policy_place *place);
/* Exit status of a verdict: 0, 1, 8 (leaky; +16 if keys are unknown) or 16. */
int iso_policy_verdict_status(const struct iso_policy_check *check);

/* One policy in full, or a line. all: every leak, not only the first of them. */
void iso_policy_check_text(struct iso_buffer *out, const struct iso_policy_check *check,
                           const struct iso_survey *survey, bool all);
void iso_policy_check_line(struct iso_buffer *out, const struct iso_policy_check *check,
                           const struct iso_survey *survey);
void iso_policy_check_json(struct iso_buffer *out, const struct iso_policy_check *check,
                           const struct iso_survey *survey);

#endif
