/* What effects of accesses on tiers mean to a program: the fault it sees, and how they differ from those of ordinary memory. Both engines use it.
 * Pure: no state, no errors. Source: the facts that models/decide.h cites; classes of causes: outcome.h. */
#ifndef ISOTIER_SIM_ISA_EFFECT_CAUSE_H
#define ISOTIER_SIM_ISA_EFFECT_CAUSE_H

#include "models/decide.h"
#include "models/machine.h"
#include "sim/isa/outcome.h"

/* What the program sees of an abort, an enum iso_fault_type; ISO_FAULT_NONE: nothing. */
uint8_t iso_effect_fault(const struct iso_effect *effect);
/* The cause, an enum iso_cause_effect, of an access that does nothing. */
uint8_t iso_effect_nop(const struct iso_access *access);
/* What of an effect ordinary memory does not have: usual, not empty, is all that it has for the same access. Of several that differ, the one that is
 * performed is compared with. An enum iso_cause_effect. */
uint8_t iso_effect_deviation(const struct iso_effect *effect, const struct iso_access *access,
                             const struct iso_effect_set *usual);

/* A machine of one tier that has every capability, with default features and no timing. */
void iso_ordinary_machine(struct iso_machine *out);
/* What its Write-Back memory (tagged, where the access is checked or about tags) makes of an access of this CPU. */
void iso_decide_ordinary(struct iso_effect_set *out, const struct iso_access *access,
                         const struct iso_machine *ordinary, const struct iso_cpu_features *features);

#endif
