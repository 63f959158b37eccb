/* What a state of the search is made of, in words: a node by thread, memory by slot, and what else the program calls for.
 * And which state stands for all that differ only in which of several threads, alike in what they can do, stands where. Private to sim/explore. */
#ifndef ISOTIER_SIM_EXPLORE_LAYOUT_H
#define ISOTIER_SIM_EXPLORE_LAYOUT_H

#include "sim/explore/claims.h"

enum {
    ISO_STATE_WORDS_MAX = ISO_THREADS_MAX * (1 + ISO_CLAIM_WORDS) + 2 * ISO_SLOTS_MAX + ISO_THREADS_MAX * ISO_SLOTS_MAX
};

/* The first word of each part; nodes are at 0. */
struct iso_layout {
    unsigned width; /* of all */
    unsigned memory;
    unsigned oldest;  /* see struct iso_view; by thread where the program has completions */
    unsigned cleaned; /* the same */
    unsigned claims;  /* by thread (claims.h) */
    bool has_claims;
};

void iso_layout_find(struct iso_layout *at, const struct iso_ob_machine *m, bool has_claims);
/* Whether two twins (twins.c) stand alike. */
bool iso_layout_is_alike(const struct iso_layout *at, const struct iso_ob_machine *m, const uint32_t *state, unsigned i,
                         unsigned k);
/* Puts in place of a state the one that stands for it. False: the search cannot go on. */
bool iso_layout_arrange(const struct iso_layout *at, struct iso_ob_machine *m, uint32_t *state);

#endif
