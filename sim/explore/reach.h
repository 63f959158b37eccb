/* Values that a place can still come to hold. A way of a thread whose read waits for a value that its place never holds again leads nowhere: it is left out, and what
 * only such ways do (a read that would be late, an access of what another claims) is left out with them.
 * From one value a place comes to another by a write of some run: a plain write from any value, the write of an atomic pair from the one that its read finds. Runs
 * that turn up later may have others: where one makes reachable what was taken not to be, the search begins again, with that write known.
 * What others do until then does not hang on the read left out: whatever depends on it is ordered after it, and another way of the same thread, with a value that
 * the place does hold, does all the same up to there.
 * Not for: descriptors and code; where a place has more than 64 values nothing is left out any more. Not modelled: in which order values can come. */
#ifndef ISOTIER_SIM_EXPLORE_REACH_H
#define ISOTIER_SIM_EXPLORE_REACH_H

#include "sim/explore/machine.h"

/* A search begins whose runs are compiled as far as they are known. */
void iso_reach_begin(struct iso_ob_machine *m);
/* The writes of a run are possible from now on. */
void iso_reach_add(struct iso_ob_machine *m, const struct iso_run *run);
/* Whether a read of the run still to come waits for what its place will never hold, as far as is known. */
bool iso_reach_is_doomed(struct iso_ob_machine *m, const struct iso_run *run, uint64_t done,
                         const struct iso_view *view);
/* Slots that this depends on. */
uint64_t iso_reach_looks(const struct iso_ob_machine *m, const struct iso_run *run, uint64_t done);
/* The search ends: sets machine->misclaimed if something left out was reachable, and keeps the writes for the next. */
void iso_reach_end(struct iso_ob_machine *m);

#endif
