/* Loops that may go on for ever: where rounds are not counted, states of the search form cycles. An execution that goes round one of them any number of times
 * and leaves it is no more than one that never entered; one that cannot leave is an end of its own, and not found by looking for finished threads.
 * A trap is a cycle from which no final state is reached. Private to sim/explore. */
#ifndef ISOTIER_SIM_EXPLORE_TRAPS_H
#define ISOTIER_SIM_EXPLORE_TRAPS_H

#include <stdbool.h>
#include <stdint.h>

enum { ISO_UNCOUNTED_STATES = 4000000 /* after so many, rounds of loops are counted again: they may never end */ };

struct iso_traps {
    uint32_t **block; /* of words: a state that others follow on, marked, then those */
    uint32_t nwords, block_capacity;
    uint32_t from;  /* the last of them */
    uint32_t count; /* edges */
    uint32_t *end;  /* states that are final */
    uint32_t nends, end_capacity;
};

/* One state leads to another, or is final; numbers below 2^31. Freed with iso_traps_free(). */
void iso_traps_add(struct iso_traps *t, uint32_t from, uint32_t to);
void iso_traps_end(struct iso_traps *t, uint32_t state);
/* Whether there is a trap among states [0, nstates). */
bool iso_traps_found(const struct iso_traps *t, uint32_t nstates);
void iso_traps_free(struct iso_traps *t);

#endif
