/* Residuals with one future: what a thread has read and written that no longer has a say in how it goes on is forgotten, so that sets of residuals shrink and
 * more of them are equal. Private to sim/explore.
 * Not for: what follows from a horizon (horizon.c), which this takes as it comes. */
#ifndef ISOTIER_SIM_EXPLORE_FUTURE_H
#define ISOTIER_SIM_EXPLORE_FUTURE_H

#include "sim/explore/machine.h"

struct iso_futures;

/* The residual of the pool that stands for all of its thread that go on as residual `number` does: the first of them that was asked for. */
uint32_t iso_future_of(struct iso_ob_machine *m, uint32_t number);
/* Leaves out of the set under way (sets.h) what has an idle read still to make that could be made at any time, where the set has what goes on the same without it:
 * that can do all that this can, whatever the read would have to find. */
void iso_future_thin(struct iso_ob_machine *m);
void iso_futures_free(struct iso_futures *f);

#endif
