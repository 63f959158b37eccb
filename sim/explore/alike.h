/* Runs that differ only in what a read finds, and go on alike: they are one, whose read any of those values serves. Private to sim/explore.
 * A CAS that fails does so for many values, a loop that waits sees many that are not the one, a comparison splits numbers in two. Where the value decides at most which
 * way its thread goes (ISO_EVENT_IDLE), nothing but whether the read can be made hangs on it, and the machine asks that of each value that serves.
 * Why nothing is lost or gained: a way in which the run stands with the read made is the same for all of them, and one with the read still to come waits for one
 * of them instead of standing there once for each.
 * Not for: walks before a search, whose runs are few; witnesses, which name the write that a read finds. */
#ifndef ISOTIER_SIM_EXPLORE_ALIKE_H
#define ISOTIER_SIM_EXPLORE_ALIKE_H

#include "sim/explore/explore.h"

/* Makes one of each of those among the thread's traces from `first` on, which come of one walk. */
void iso_alike_merge(struct iso_program *program, unsigned thread, uint32_t first);

#endif
