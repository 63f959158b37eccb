/* Writes withheld: a plain write that nobody else looks at before its thread makes another one that comes after it, and publishes it, is made together with that one. A
 * node of a queue that is filled in before it is linked is so no state of the search for each order in which that may be done, whichever way the thread has come there (for
 * ways that all begin with the same write claims.h has it made at once).
 * Whether nobody does is not known beforehand: a place is withheld until another thread turns out to be about to access it while its write could have been made; the
 * search begins again, and the place is withheld no more. The first such access of an execution is found, for up to there it makes the same moves but for those
 * withheld, and their values count as written as soon as they could be. Executions explored are executions: a write that comes later than it need, with none in
 * between that looks at its place, is a linear order like another.
 * Not for: threads whose accesses translate, are checked or reach tiers; a write that the thread itself has to wait for, as in front of a barrier behind which it reads.
 * Source: Arm ARM B2.3 (External visibility requirement; Internal visibility requirement: the thread reads its own write before). */
#ifndef ISOTIER_SIM_EXPLORE_WITHHOLD_H
#define ISOTIER_SIM_EXPLORE_WITHHOLD_H

#include "sim/explore/machine.h"

/* Which writes of a run are withheld, and with which they are made. */
void iso_withhold(struct iso_ob_machine *m, unsigned thread, struct iso_run *run, const struct iso_trace *trace);
/* What step i of a residual makes, with what it publishes of that still to come. */
void iso_withheld_made(struct iso_made *out, struct iso_ob_machine *m, const struct iso_residual *r, unsigned thread,
                       unsigned i);
/* What a node's ways withhold that could be made: sets its parts and slots. */
void iso_withheld_find(struct iso_ob_machine *m, struct iso_node *n);
/* Looks at a state for accesses to what is withheld in it. Sets machine->misclaimed where there is one. */
void iso_withheld_check(struct iso_ob_machine *m, const uint32_t *node, const uint32_t *memory, const uint32_t *claims);
/* The search has come to its end. If nothing else has turned up, what others have claimed or read early counts as accessed, too, and so do accesses by ways that looked as
 * if they could not go on for what others hold (holds.h). */
void iso_withheld_settle(struct iso_ob_machine *m);

#endif
