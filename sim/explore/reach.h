/* Values that a place can still come to hold. A way of a thread whose read waits for a value that its place never holds again leads nowhere: it is left out, and what
 * only such ways do (a read that would be late, an access of what another claims) is left out with them.
 * From one value a place comes to another by the writes that the search has made so far. Where one turns up that makes reachable what was taken not to be, the search
 * begins again, with that write known. Why nothing is lost when none does: take an execution, and the first of its writes that was never made in the search. Up to
 * there its threads stand in ways that wait for nothing but what their places hold just before it: what the execution itself has read by then, and for every
 * read still to come what there is at that time. None of these was left out, for all writes so far were made; they do all the same up to there, as what
 * depends on a read is ordered after it; so the write was made.
 * A store that may be made again (CH-38) is not where nothing else is written over what it leaves: it would change nothing.
 * A write by hardware counts before its thread is looked at: reads of the thread from before it may be still to come.
 * Where a place is known to come back to a value nothing is left out for it any more: it would hardly pay.
 * Not for: descriptors and code; where a place has more than 64 values nothing is left out any more. Not modelled: in which order values can come. */
#ifndef ISOTIER_SIM_EXPLORE_REACH_H
#define ISOTIER_SIM_EXPLORE_REACH_H

#include "sim/explore/machine.h"

/* A search begins whose runs are compiled as far as they are known. */
void iso_reach_begin(struct iso_ob_machine *m);
/* A move is made; nodes of the threads and memory as they were before. False: the search cannot go on. */
bool iso_reach_follow(struct iso_ob_machine *m, const uint32_t *node, const uint32_t *memory,
                      const struct iso_move *move);
/* Whether a read of the run still to come waits for what its place will never hold, as far as is known. */
bool iso_reach_is_doomed(struct iso_ob_machine *m, const struct iso_run *run, uint64_t done,
                         const struct iso_view *view);
/* Whether a value was seen to be written over what a slot holds; whether something else is known to come after that. */
bool iso_reach_was_seen(const struct iso_ob_machine *m, unsigned slot, const uint32_t *memory, uint32_t value);
bool iso_reach_goes_on(const struct iso_ob_machine *m, unsigned slot, const uint32_t *memory);
/* Whether none of what a read of the thread finds comes back once it is written over, as far as is known. */
bool iso_reach_is_once(struct iso_ob_machine *m, const struct iso_step *read);
/* Whether nothing is written over what a write leaves, as far as is known. */
bool iso_reach_is_last(struct iso_ob_machine *m, const struct iso_step *write);
/* The accesses of a thread before one under way. */
struct iso_walk_past {
    const struct iso_event *event;
    unsigned nevents;
    uint16_t instance; /* of the instruction under way: its own accesses do not count */
};
/* Of the values that a read may find, leaves those that its place comes to hold after what earlier accesses of its thread found or left there. */
void iso_reach_narrow(struct iso_ob_machine *m, struct iso_domain_values *values, uint64_t loc, unsigned size,
                      const struct iso_walk_past *past);
/* Slots that this depends on. */
uint64_t iso_reach_looks(const struct iso_ob_machine *m, const struct iso_run *run, uint64_t done);
/* The search ends: sets machine->misclaimed if something left out was reachable, and keeps the writes for the next. */
void iso_reach_end(struct iso_ob_machine *m);

#endif
