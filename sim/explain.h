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
enum { ISO_CHANGES_MAX = 16, ISO_CHANGE_SETS_MAX = 64 };

/* How long to search: one cell that somebody asked for, or each of many. By machines and states, not by time: same inputs, same result. */
enum iso_minimal_effort { ISO_MINIMAL_OF_ONE_CELL, ISO_MINIMAL_OF_MANY };
struct iso_change_set {
    struct iso_change change[ISO_CHANGES_MAX];
    size_t count;
};
struct iso_minimal {
    struct iso_change_set set[ISO_CHANGE_SETS_MAX]; /* of the smallest size, in order of the key tables */
    size_t count;                                   /* of them; all there are unless `total` is larger */
    size_t total;                                   /* sets of the smallest size that remove it */
    size_t size;                                    /* of each; 0: none found */
    bool proven;                                    /* nothing smaller does; with none found: no set of any size does */
    bool all;                                       /* there are no others of this size */
    bool
        no_engine; /* the exhaustive engine does not run the cell, or does not show the divergence: nothing was searched */
    size_t settings;  /* that could be changed */
    size_t judged;    /* changed machines that were run */
    size_t undecided; /* of them those whose set is bounded, counted as not removing */
};
/* The smallest sets of settings to change so that the cell becomes SAME or NARROWER and ordinary memory keeps its outcomes (a program without its atomics or
 * tags is another program); or the proof that no set does. Complete without trying all: a machine that does not remove it fails all that agree with it in
 * what was asked for while it was run (explain_space.h). The next candidate differs in one of these; what fails for each value of a setting fails
 * whatever the setting says. Where the effort ends before the search does, `proven` is false. */
void iso_explain_minimal(struct iso_minimal *out, struct iso_judge *judge, const struct iso_machine *machine,
                         const struct iso_cell *cell, enum iso_minimal_effort effort);
/* The result in words: what removes it, a line a set, and what is proven. */
void iso_minimal_text(struct iso_buffer *out, const struct iso_machine *machine, const struct iso_cell *cell,
                      const struct iso_minimal *minimal);
/* "tiers.bar.excl.nc: no -> yes" */
void iso_change_text(struct iso_buffer *out, const struct iso_machine *machine, const struct iso_cell *cell,
                     const struct iso_change *change);

#endif
