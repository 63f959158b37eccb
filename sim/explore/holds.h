/* Places that a thread holds: every way in which it stands has made the read of an atomic read-modify-write there, or of a pair of exclusives that will write, and
 * its write is still to come. A write of another thread there would come between the two (Arm ARM B2.3, Atomicity); so where two threads hold one place, neither can go
 * on, and the state leads nowhere.
 * Where one thread holds a place in every way, no way of another that stands between the halves there can go on, either: it is left out.
 * Ways that were left out for the value that they wait for (reach.h) may be missing where nothing is known yet of how the place goes on: there nobody holds it.
 * The same of a place that a thread has read early (claims.h): ways that read it later were left out as long as nobody writes it.
 * Not for: pairs whose halves a tier performs one by one, and places with several copies. */
#ifndef ISOTIER_SIM_EXPLORE_HOLDS_H
#define ISOTIER_SIM_EXPLORE_HOLDS_H

#include "sim/explore/machine.h"

/* Slots where one way of a thread stands between the two halves of a pair, and nothing may come from outside; where all ways of a node do. */
uint64_t iso_holds_half_way(const struct iso_run *run, uint64_t done);
uint64_t iso_holds_of(struct iso_ob_machine *m, uint32_t node);
/* Whether that is so of threads that stand at these nodes, under that memory. claims: words of the state (claims.h). */
bool iso_holds_clash(struct iso_ob_machine *m, const uint32_t *node, const uint32_t *memory, const uint32_t *claims);
/* Leaves such ways out of the nodes of a state. False: nothing is left of a thread. */
bool iso_holds_prune(struct iso_ob_machine *m, uint32_t *node, const uint32_t *memory, const uint32_t *claims);

#endif
