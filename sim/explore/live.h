/* Values that nobody will look at. What a place holds makes no difference where every thread that reads it writes it first: a node of a queue that is in no queue, a flag
 * whose waiter has gone on. States that differ in such values alone are one.
 * What a thread reads behind a horizon is not known beforehand. So it is learned by the instruction that it goes on from: what a walk from there reads, and what is read
 * from the next horizon on and not written on the way. A value is left out where nothing of that kind is known; if a walk turns up afterwards by which it would have been
 * read, the search begins again with that known.
 * Not for: places that final states show, descriptors and code; searches without claims (claims.h). */
#ifndef ISOTIER_SIM_EXPLORE_LIVE_H
#define ISOTIER_SIM_EXPLORE_LIVE_H

#include "sim/explore/machine.h"

/* What is known of a thread that goes on from instruction `pc`: it may read loc before it writes it. Kept from one round to the next. */
struct iso_live_read {
    uint64_t loc;
    uint32_t pc;
    unsigned thread;
};

/* A search begins that may leave values out. */
void iso_live_begin(struct iso_ob_machine *m);
/* Run `number` of the thread turned up, which goes on from `from`. If a value was left out that it comes to read, sets machine->again. */
void iso_live_learn(struct iso_ob_machine *m, unsigned thread, struct iso_run *from, uint32_t number);
/* Slots were found to stand for each other under symmetry: what is known of one is of the other. */
void iso_live_mirror(struct iso_ob_machine *m);
/* Slots whose values nobody will look at, of those that may be left out, with threads at these nodes. */
uint64_t iso_live_lost(struct iso_ob_machine *m, const uint32_t *node);
/* Leaves them out of memory: they hold what they did at the start. */
void iso_live_forget(struct iso_ob_machine *m, const uint32_t *node, uint32_t *memory);

#endif
