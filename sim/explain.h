/* Why a cell diverges: its witness as text and as a graph, and the smallest change that makes it SAME.
 * For: cli_explain.c. Not for: judging many cells (run.h). */
#ifndef ISOTIER_SIM_EXPLAIN_H
#define ISOTIER_SIM_EXPLAIN_H

#include "sim/run.h"

/* The new state, every effect that took part in it with instruction, tier, hop and rule, and the outcome sets. */
void iso_explain_text(struct iso_buffer *out, const struct iso_judge *judge, const struct iso_machine *machine,
                      const struct iso_cell *cell, const struct iso_judgement *judgement);

/* Threads as columns in program order, tier and attribute on each access, the deciding instructions marked, hop and rule beside them. */
void iso_explain_dot(struct iso_buffer *out, const struct iso_judge *judge, const struct iso_machine *machine,
                     const struct iso_cell *cell, const struct iso_judgement *judgement);

/* One setting changed. */
struct iso_change {
    bool is_attribute, is_cpu;
    struct iso_attribute attribute;
    size_t tier, hop;
    enum iso_capability_key key;
    enum iso_cpu_key cpu_key;
    uint8_t from, to;
};
enum { ISO_CHANGES_MAX = 4, ISO_CHANGE_SETS_MAX = 16 };
struct iso_change_set {
    struct iso_change change[ISO_CHANGES_MAX];
    size_t count;
};
struct iso_minimal {
    struct iso_change_set set[ISO_CHANGE_SETS_MAX]; /* all of the smallest size, in order of the key tables */
    size_t count;
    size_t size;  /* of each; 0: none found */
    size_t tried; /* cells judged */
    bool gave_up; /* the search was cut off: a smaller or equal set may exist */
};
/* Breadth first by size over every setting that changes what becomes of an access of the program (iso_setup_digest), so that nothing
 * smaller is missed. Accepts SAME and NARROWER. */
void iso_explain_minimal(struct iso_minimal *out, struct iso_judge *judge, const struct iso_machine *machine,
                         const struct iso_cell *cell);
/* "tiers.bar.excl.nc: no -> yes" */
void iso_change_text(struct iso_buffer *out, const struct iso_machine *machine, const struct iso_cell *cell,
                     const struct iso_change *change);

#endif
