/* Sets of residuals under construction and interned. Private to sim/explore.
 * One set is built at a time, in the machine's scratch space. */
#ifndef ISOTIER_SIM_EXPLORE_SETS_H
#define ISOTIER_SIM_EXPLORE_SETS_H

#include "sim/explore/machine.h"

/* Entry of an aux list: history index of a descriptor or word of code, as a TTD read or fetch used it or (plus one) as a TLBI or IC found it. */
#define ISO_AUX_ENTRY(step, descriptor, index)                                                                         \
    ((uint32_t)(step) << 24 | (uint32_t)(descriptor) << 16 | (uint32_t)(index))

/* List with an entry more; without entries that can no longer matter, so that equal futures compare equal. List 0 is empty. */
uint32_t iso_set_aux_add(struct iso_ob_machine *m, uint32_t aux, uint32_t entry);
/* List with this entry, or none, in place of those of a step. */
uint32_t iso_set_aux_put(struct iso_ob_machine *m, uint32_t aux, unsigned step, uint32_t entry);
uint32_t iso_set_aux_drop(struct iso_ob_machine *m, uint32_t aux, unsigned step);
uint32_t iso_set_aux_trim(struct iso_ob_machine *m, const struct iso_run *run, uint32_t aux, uint64_t done);
/* Steps of a TTD read's consequences that a later TLBI completion could still find missing. */
uint64_t iso_set_consequences(const struct iso_run *run, unsigned step);

/* Number of a residual in the machine's pool, where each is once. */
uint32_t iso_set_number(struct iso_ob_machine *m, unsigned thread, const struct iso_residual *r);
/* Empties the scratch set; adds a residual of the pool unless it is there; gives the set's number (UINT32_MAX if it is empty). */
void iso_set_reset(struct iso_ob_machine *m);
void iso_set_add(struct iso_ob_machine *m, uint32_t number);
/* Whether a residual was asked about before in the set under way: reads that may go in any order lead to it once for each order. Where somebody asks how the set
 * came about each counts. */
bool iso_set_has_expanded(struct iso_ob_machine *m, unsigned thread, const struct iso_residual *r);
/* A residual that is being worked out, inside of another one's. */
struct iso_under_way {
    struct iso_under_way *outer;
    struct iso_residual r;
};
/* Whether a round of a loop, begun at a residual that is being worked out, is over and back there. Others see nothing of it, and no state tells one round from the next, so
 * that traps.h cannot say whether there is a way out: then the search is to begin again with rounds counted. */
bool iso_set_circles(struct iso_ob_machine *m, const struct iso_residual *r);
uint32_t iso_set_node(struct iso_ob_machine *m, unsigned thread);
/* The same of a set that may be empty. */
uint32_t iso_set_intern(struct iso_ob_machine *m, unsigned thread);

#endif
