/* Final states: from finished threads and memory to struct iso_final, each distinct one once.
 * Threads end independently once the sequence of writes is given, so that a state of the search stands for the product of their ends. */
#ifndef ISOTIER_SIM_EXPLORE_FINALS_H
#define ISOTIER_SIM_EXPLORE_FINALS_H

#include "sim/explore/machine.h"

struct iso_finals;
/* limit_bytes: that all states of *out may take. */
struct iso_finals *iso_finals_new(struct iso_ob_machine *m, struct iso_outcome_set *out, uint64_t limit_bytes);
void iso_finals_free(struct iso_finals *f);
/* Adds the final states of a search state, if each thread can be at its end: *ended. False: there is no room for all of them. */
bool iso_finals_collect(struct iso_finals *f, const uint32_t *node, const uint32_t *memory, const uint32_t *oldest,
                        bool *ended);
/* Whether the program's witness request was met since the last call: by threads that ended as final[] says, in the order of threads. */
bool iso_finals_met(struct iso_finals *f, uint32_t *final);

#endif
