/* What the threads may still do, and what of the past it leaves without a meaning. Private to sim/explore.
 * Descriptors and code keep what they held, and each thread how old an entry of it it may use. Where no way of a thread translates through a descriptor any more, or
 * fetches a word, the age of its entries is no matter; where that is so of all threads, nor is what was there before. But a TLBI or IC still to come
 * ends entries that were used already and that something ordered behind goes by: their age is one of what was there, so that all of it is kept for them.
 * Not for: two stages, where entries of one say how old those of both may be; threads that go on behind a horizon, which may do anything. */
#ifndef ISOTIER_SIM_EXPLORE_PAST_H
#define ISOTIER_SIM_EXPLORE_PAST_H

#include "sim/explore/machine.h"

/* The node, with what its thread may still do. */
const struct iso_node *iso_node_left(struct iso_ob_machine *m, uint32_t node);
/* Gives one value to what no thread looks at any more. oldest: by thread (with completions) and key; cleaned: by key of code, NULL: none. */
void iso_past_forget(struct iso_ob_machine *m, const uint32_t *node, uint32_t *memory, uint32_t *oldest,
                     uint32_t *cleaned);

#endif
