/* States that the search has still to go on from: each once, the latest first. Private to sim/explore.
 * Not for: what states there are (states.h). */
#ifndef ISOTIER_SIM_EXPLORE_WAITING_H
#define ISOTIER_SIM_EXPLORE_WAITING_H

#include <stdbool.h>
#include <stdint.h>

/* All zero: none. Freed with iso_waiting_free(). */
struct iso_waiting {
    uint32_t *state;
    uint32_t count, capacity;
    uint32_t *is_in; /* bit per state */
    uint32_t is_in_capacity;
    uint32_t picks, next_pick, random;
};

/* Puts a state there, unless it is. */
void iso_waiting_put(struct iso_waiting *w, uint32_t state);
/* Takes one out: the latest, as a rule, for what was worked out about it is at hand; if `scattered`, now and then another one. There is one. */
uint32_t iso_waiting_take(struct iso_waiting *w, bool scattered);
void iso_waiting_free(struct iso_waiting *w);

#endif
