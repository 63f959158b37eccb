/* When translations are made: TTD reads as the machine performs them. Private to sim/explore.
 * A TTD read may be made long before the access it is for, and a TLBI that completes in between ends it. Made with entry `index` it asks that no completion of
 * another thread ends that entry before all its consequences are there (TLBI-ob; struct iso_step.users, same_offset). So to make it early gains nothing but the
 * entry, and of all the times at which it might be made one is enough: right before the first step that needs it (it is "wanted"). In an execution's linear
 * order it moves there past steps that are not ordered after it. What it could lose on the way:
 * - The entry to a completion of another thread: there it would be gone for the early read, too, whose users are still to come. (One without users has no
 *   consequences, and is made as soon as it can.)
 * - The entry to a completion of its own thread, which leaves reads made before it alone; a descriptor that faults, of which TLBs keep nothing, to a
 *   write: then the index found so far is kept beside the read still to come (an aux entry of a step not done), until a completion of another thread ends it.
 * - Its place before a completion that a later read of the same bytes asks of it (same_offset): it is made right before that, as without it there is no such
 *   execution.
 * A read with a hardware update is one with it, and nothing writes the descriptor in between, so that it loses nothing.
 * Of several entries with a descriptor that serves the newest is taken: it outlives the others.
 * Not for: reads that another translation is ordered after, which are offered at once; threads that no TLBI of another thread reaches, whose reads are made as soon
 * as they can. Where a witness is asked for, or nothing is to be reduced, every time is tried. */
#ifndef ISOTIER_SIM_EXPLORE_TRANSLATION_H
#define ISOTIER_SIM_EXPLORE_TRANSLATION_H

#include "sim/explore/machine.h"

/* Newest history index of a descriptor that serves and that the translation may use now, or -1. */
int iso_translation_finds(const struct iso_ob_machine *m, const struct iso_run *run, const struct iso_residual *r,
                          unsigned i, const struct iso_view *view);
/* What becomes of a translation that finds its descriptor: nothing yet; it is made at once, for nothing is lost; it is made or not, both are tried. */
enum iso_translation_time { ISO_TRANSLATION_LATER, ISO_TRANSLATION_NOW, ISO_TRANSLATION_EITHER };
enum iso_translation_time iso_translation_when(struct iso_ob_machine *m, unsigned thread, const struct iso_run *run,
                                               const struct iso_residual *r, unsigned i, const struct iso_view *view);
/* Makes the translation with entry `index`. */
void iso_translation_make(struct iso_ob_machine *m, unsigned thread, const struct iso_run *run, struct iso_residual *r,
                          unsigned i, int index);
/* Whether a completion of another thread (or, of an IC, its own) leaves the residual alive: no work is still to be done with an entry that it ends, TLBI-ob and
 * IC-ob. Makes translations that come right before it. */
bool iso_translation_survives(struct iso_ob_machine *m, unsigned thread, const struct iso_run *run,
                              struct iso_residual *r, const struct iso_move *move, const struct iso_view *view);
/* Keeps for reads still to come what the thread's own completion, or a write to `slots`, takes from them. Memory and entries are as after it. */
void iso_translation_keep(struct iso_ob_machine *m, unsigned thread, const struct iso_run *run, struct iso_residual *r,
                          const struct iso_move *move, uint64_t slots, const struct iso_view *view);
/* What a TLBI leaves of key k at this moment: one more than the oldest index that may still be used, or 0 if it is not concerned. */
uint32_t iso_translation_bound(const struct iso_ob_machine *m, const struct iso_step *s, unsigned k,
                               const struct iso_view *view);
/* Tells the domain how often a descriptor has held what it holds `now`. */
void iso_translation_note_times(const struct iso_ob_machine *m, const struct iso_slot *slot, uint32_t now);

/* Whether stage 2 lets hardware update the descriptor at `loc` now: where it has the memory that it lies in at all. */
bool iso_translation_may_update(const struct iso_ob_machine *m, const uint32_t *memory, uint64_t loc);

#endif
