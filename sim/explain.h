/* Why a cell diverges: its witness as text and as a graph, and the smallest change that makes it SAME.
 * For: cli_explain.c. Not for: judging many cells (run.h). */
#ifndef ISOTIER_SIM_EXPLAIN_H
#define ISOTIER_SIM_EXPLAIN_H

#include "sim/run.h"

/* The execution behind a cell's new state, by the exhaustive engine, completed (explain_witness.h). Owned; iso_explained_free(). */
struct iso_explained {
    struct iso_setup *setup;     /* that it ran in */
    struct iso_witness *witness; /* NULL: nothing is new, or no execution was found within the bounds */
};
/* 0; -1 with a diagnostic if the engine cannot run the cell. */
int iso_explain_witness(struct iso_explained *out, struct iso_diags *diags, const struct iso_judge *judge,
                        const struct iso_machine *machine, const struct iso_cell *cell,
                        const struct iso_judgement *judgement);
void iso_explained_free(struct iso_explained *explained);

/* The outcome sets, the new state, every effect that took part in it with instruction, tier, hop and rule, and its execution. */
void iso_explain_text(struct iso_buffer *out, const struct iso_judge *judge, const struct iso_machine *machine,
                      const struct iso_cell *cell, const struct iso_judgement *judgement,
                      const struct iso_explained *explained);

/* The execution as an event graph for graphviz: initial writes in a row on top, threads as columns in program order, rf, co and fr between them; tier,
 * attribute and tag on each access; what decided in red, with hop and rule. An empty graph without a witness. */
void iso_explain_dot(struct iso_buffer *out, const struct iso_judge *judge, const struct iso_machine *machine,
                     const struct iso_cell *cell, const struct iso_explained *explained);

/* One setting changed. */
struct iso_change {
    bool is_attribute, is_cpu;
    struct iso_attribute attribute;
    size_t tier, hop;
    enum iso_capability_key key;
    enum iso_cpu_key cpu_key;
    uint8_t from, to;
};
enum { ISO_CHANGE_SIZE_MAX = 3, ISO_CHANGES_MAX = 4, ISO_CHANGE_SETS_MAX = 16, ISO_CHANGE_TRIES_MAX = 4000 };
struct iso_change_set {
    struct iso_change change[ISO_CHANGES_MAX];
    size_t count;
};
struct iso_minimal {
    struct iso_change_set set[ISO_CHANGE_SETS_MAX]; /* all of the smallest size, in order of the key tables */
    size_t count;
    size_t size;                              /* of each; 0: none found */
    size_t reached;                           /* size that the search came to */
    size_t tried;                             /* sets of changes */
    size_t tried_of[ISO_CHANGE_SIZE_MAX + 1]; /* of them with so many settings changed */
    size_t judged; /* of them those that the engines had to run: others come to the same as one before */
    bool gave_up;  /* cut off at ISO_CHANGE_TRIES_MAX cells judged, ISO_CHANGE_SETS_MAX sets or too many combinations:
                      others of this size may exist */
};
/* Breadth first by size over every capability of the tier, every feature and choice of the CPU and the attributes, so that nothing smaller is missed: sets
 * that come to the same for every access of the program (iso_setup_digest) and its monitors are judged once; of sets of three, those whose
 * members all matter beside one other. Accepts SAME and NARROWER, and only changes that leave ordinary memory's outcomes as they are: a program
 * without its atomics or tags is another program. */
void iso_explain_minimal(struct iso_minimal *out, struct iso_judge *judge, const struct iso_machine *machine,
                         const struct iso_cell *cell);
/* "tiers.bar.excl.nc: no -> yes" */
void iso_change_text(struct iso_buffer *out, const struct iso_machine *machine, const struct iso_cell *cell,
                     const struct iso_change *change);

#endif
