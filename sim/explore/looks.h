/* What a residual looks at: slots of which a write by another thread may change it. What is left as it is by a write elsewhere need not be worked out anew.
 * Private to sim/explore.
 * Not for: writes of descriptors and code, whose past counts; completions; moves of the thread itself. */
#ifndef ISOTIER_SIM_EXPLORE_LOOKS_H
#define ISOTIER_SIM_EXPLORE_LOOKS_H

#include "sim/explore/machine.h"

/* Those of reads that may be made next, at once or behind translations that may be, and of reads made that a write may yet spoil. */
uint64_t iso_looks_of(struct iso_ob_machine *m, unsigned thread, struct iso_pooled *p);
/* The same of all residuals of a node. */
uint64_t iso_looks_of_all(struct iso_ob_machine *m, uint32_t node);
/* Whether some of `slots` are descriptors or code. */
bool iso_looks_at_past(const struct iso_ob_machine *m, uint64_t slots);

#endif
