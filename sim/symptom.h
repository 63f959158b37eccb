/* Field symptoms: what people met on real machines, each with the configurations in which isotier has to find it and those in which the
 * field's fix removes it. One YAML file: scenarios/symptoms.yaml, shape in reports/schema/symptoms.schema.json.
 * For: the verb `symptoms`, lint. Not for: judging cells (run.h) or policies (policy_answer.h): a symptom only says what to ask and
 * what to expect. Not modelled: symptoms whose cause has no place in a model of memory; they are listed with the reason. */
#ifndef ISOTIER_SIM_SYMPTOM_H
#define ISOTIER_SIM_SYMPTOM_H

#include "models/mapping.h"
#include "models/migration.h"
#include "sim/compare.h"
#include "sim/policy_load.h"

#include <stdbool.h>

/* What has to hold of one configuration. Whatever is said has to hold; at least one thing is. */
struct iso_symptom_expect {
    bool says_verdict, says_class, says_refused, says_error, says_event;
    enum iso_verdict verdict;
    enum iso_divergence divergence;
    const char *outcome;    /* some outcome of the cell holds this text; NULL: not said */
    const char *no_outcome; /* none does; NULL: not said */
    const char *rule;       /* of the worst new outcome: "CH-12/E2" */
    enum iso_policy_stage refused;
    enum iso_policy_errno error;
    uint8_t event;            /* value of ISO_POLICY_EVENT */
    const char *reaction;     /* to the event: "kill_vm", "signal SIGBUS/BUS_OBJERR" */
    const char *attribute;    /* the mapping's only final attribute */
    const char *kernel_alias; /* the kernel's stage-1 attribute: "WBT" */
    const char *vmm_alias;    /* "matched", "mismatched" */
    double slower, faster;    /* cycles are at least `slower`, at most `faster` times those of `than`; 0: not said */
};

/* One configuration. With a scenario: one cell, run. Without: what the policy answers for the mapping. */
struct iso_symptom_case {
    bool gone; /* the symptom must not show here */
    const char *scenario, *machine, *tier;
    const char *attribute; /* or policy and mapping */
    const char *policy;
    const struct iso_mapping *mapping;
    struct iso_policy_vm vm;
    bool tagged;                          /* the program asks for tags; only without a scenario */
    const struct iso_migration *sequence; /* NULL: base, or what the policy says */
    const char *than;                     /* scenario whose cycles are the measure; NULL: the reference tier's */
    struct iso_symptom_expect expect;
    uint32_t line, column;
};

struct iso_symptom {
    const char *id, *title;
    const char *saw;      /* what the field saw */
    const char *cite;     /* where */
    const char *reason;   /* why it is not modelled; NULL: it is */
    const char *left_out; /* what of it no configuration shows; NULL: nothing is known to be missing */
    struct iso_symptom_case *list;
    size_t ncases;
    uint32_t line, column;
};

struct iso_symptom_file {
    char *path;
    struct iso_symptom *list;
    size_t count;
    struct iso_arena *arena; /* holds all strings and cases */
};

/* Loads and checks: shape, names of mappings, sequences, attributes, stages, verdicts; ids once each. Machines, policies and scenarios are
 * only named here; they are opened when a case is run. 0: *out is owned by the caller. -1 with diagnostics; *out untouched. */
int iso_symptoms_load(struct iso_symptom_file **out, struct iso_diags *diags, const char *path);
void iso_symptoms_free(struct iso_symptom_file *file);
/* Does the file look like one (a top-level key `symptoms`)? For lint. False if it cannot be read. */
bool iso_symptoms_file_looks(const char *path);

enum iso_symptom_end {
    ISO_SYMPTOM_AS_EXPECTED,
    ISO_SYMPTOM_OTHERWISE,
    ISO_SYMPTOM_BROKEN, /* machine, policy or scenario cannot be read, or the cell cannot be run */
};

/* Runs one configuration and writes what was found, one line. path: of the symptom file, for diagnostics. */
enum iso_symptom_end iso_symptom_case_run(struct iso_buffer *found, const struct iso_symptom_case *one,
                                          const char *path, const char *data_folder);
/* "refcount@cxl:nc on full", "usemem-guest on c2c of grace-like under linux-6.9-any-uncached": names a configuration. */
void iso_symptom_case_name(struct iso_buffer *out, const struct iso_symptom_case *one);
/* "DIVERGES fault", ...: what is expected of it. */
void iso_symptom_expect_text(struct iso_buffer *out, const struct iso_symptom_expect *expect);

#endif
