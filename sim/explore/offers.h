/* Moves that the ways of a node have ahead: each step of theirs that others see, and that their thread's own order lets go, is one; equal ones are one move.
 * iso_machine_moves() (machine.h) lists them. Not for: what a move does (machine.c). */
#ifndef ISOTIER_SIM_EXPLORE_OFFERS_H
#define ISOTIER_SIM_EXPLORE_OFFERS_H

#include "sim/explore/machine.h"

/* Step i of a residual as a move; for a completion the bounds that its TLBI or IC took. */
void iso_offer_of(struct iso_ob_machine *m, struct iso_move *out, unsigned thread, const struct iso_residual *r,
                  unsigned i);
/* Whether a move is that; not for completions. */
bool iso_offer_is(struct iso_ob_machine *m, const struct iso_move *a, const struct iso_residual *r, unsigned thread,
                  unsigned i);
/* Whether two moves are the same. */
bool iso_offer_is_same(const struct iso_ob_machine *m, const struct iso_move *a, const struct iso_move *b);
/* Whether the thread can come to the unrolling bound at a node: then there is more than was explored. */
bool iso_offers_cut(const struct iso_ob_machine *m, uint32_t node);

#endif
