/* Residuals with one future: what a thread has read and written that no longer has a say in how it goes on is forgotten, so that sets of residuals shrink and
 * more of them are equal. Private to sim/explore.
 * Not for: what follows from a horizon (horizon.c), which this takes as it comes. */
#ifndef ISOTIER_SIM_EXPLORE_FUTURE_H
#define ISOTIER_SIM_EXPLORE_FUTURE_H

#include "sim/explore/machine.h"

struct iso_futures;

/* The residual that stands for all of the thread that go on as `r` does: the first of them that was asked for. */
struct iso_residual iso_future_of(struct iso_ob_machine *m, unsigned thread, struct iso_residual r);
void iso_futures_free(struct iso_futures *f);

#endif
