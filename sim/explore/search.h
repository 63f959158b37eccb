/* The search over sequences of moves, and the final states it finds. Private to sim/explore. */
#ifndef ISOTIER_SIM_EXPLORE_SEARCH_H
#define ISOTIER_SIM_EXPLORE_SEARCH_H

#include "sim/explore/machine.h"

/* Visits every state of the machine and adds every final state to *out. 0; -1 with machine->failure. Sets out->bounded when a limit of the
 * options was hit. */
int iso_search(struct iso_outcome_set *out, struct iso_ob_machine *m, const struct iso_explore_options *options);

#endif
