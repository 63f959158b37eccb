/* Which settings an answer of iso_decide_path() really depends on. Private to sim/explore. For: searches that want to know it (models/reads.h); nothing is done in
 * any other run. Not for: deciding anything. */
#ifndef ISOTIER_SIM_EXPLORE_DEPEND_H
#define ISOTIER_SIM_EXPLORE_DEPEND_H

#include "sim/explore/effect.h"

/* Whether somebody wants to know. */
bool iso_depend_wanted(const struct iso_machine *machine, unsigned tier);
/* iso_decide_path() for the query, which notes in the machine's `reads` only settings that this engine can see the answer change by: with the others at any value at all, the
 * answer is the same. */
void iso_depend_decide(struct iso_effect_set *out, const struct iso_machine *machine,
                       const struct iso_effect_query *query);

#endif
