/* Comparing a cell's outcome set with the reference's: verdicts and classes of design section 6. Pure.
 * For: the runner, explain, gate. Not for: running engines, unknown capabilities (run_cell.c).
 *
 * Exact sets (exhaustive engine) are compared as sets. Sampled sets (timed engine alone) are not complete, so there a state counts as new
 * only if the reference did not show it in as many runs, *and* an effect that ordinary memory does not have took part in it
 * (iso_final.cause), *and* for NARROWER nothing is concluded: what was not seen may still exist. */
#ifndef ISOTIER_SIM_COMPARE_H
#define ISOTIER_SIM_COMPARE_H

#include "sim/isa/outcome.h"

enum iso_verdict {
    ISO_VERDICT_SAME,
    ISO_VERDICT_NARROWER,
    ISO_VERDICT_DIVERGES,
    ISO_VERDICT_REFUSED,
    ISO_VERDICT_UNKNOWN,
    ISO_VERDICT_BOUNDED,
    ISO_VERDICT_MODEL_BUG,
};
enum { ISO_VERDICT_COUNT = 7 };
const char *iso_verdict_name(enum iso_verdict verdict); /* "SAME", ..., "MODEL-BUG" */
bool iso_verdict_find(enum iso_verdict *out, const char *name);

/* Classes of a divergence, most severe first. */
enum iso_divergence {
    ISO_DIVERGENCE_CORRUPTION, /* memory nobody wrote */
    ISO_DIVERGENCE_LOST_UPDATE,
    ISO_DIVERGENCE_STALE,
    ISO_DIVERGENCE_TORN,
    ISO_DIVERGENCE_TAG_LOST, /* protection silently off */
    ISO_DIVERGENCE_TAG_FALSE_FAULT,
    ISO_DIVERGENCE_FAULT, /* an abort the reference cannot give */
    ISO_DIVERGENCE_NO_PROGRESS,
    ISO_DIVERGENCE_VALUE,
    ISO_DIVERGENCE_NONE
};
const char *iso_divergence_name(enum iso_divergence divergence); /* "corruption", ...; NULL for NONE */
bool iso_divergence_find(enum iso_divergence *out, const char *name);

/* What an effect does to the program, in a few words: "reports failure and writes". */
const char *iso_cause_phrase(enum iso_cause_effect effect);

struct iso_comparison {
    enum iso_verdict verdict;       /* SAME, NARROWER, DIVERGES, BOUNDED */
    enum iso_divergence divergence; /* most severe over the new states */
    size_t *fresh;                  /* owned: indices of the new states in the cell's set, in its order */
    size_t nfresh;
    size_t witness;                /* the new state that gives `divergence`; meaningless if nfresh is 0 */
    const struct iso_cause *cause; /* the effect that explains it; NULL: none recorded. Points into the cell's set */
};

/* Both sets sorted. `sampled`: they are observations. If a set is bounded and nothing is new, the verdict is BOUNDED.
 * The caller frees out->fresh. */
void iso_compare(struct iso_comparison *out, const struct iso_test *test, const struct iso_outcome_set *reference,
                 const struct iso_outcome_set *cell, bool sampled);

/* The same where the sets are of one scenario in two compositions, in which its instructions stand at other indices. */
void iso_compare_composed(struct iso_comparison *out, const struct iso_test *test,
                          const struct iso_test *reference_test, const struct iso_outcome_set *reference,
                          const struct iso_outcome_set *cell, bool sampled);

/* Index of a state by its text in a sorted set; set->count if it is not there. */
size_t iso_outcome_index(const struct iso_outcome_set *set, const char *text);

#endif
