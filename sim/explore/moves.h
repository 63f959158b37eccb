/* What a move makes of the words of a state (layout.h): of memory, and of how old the entries are that translations and fetches may still use.
 * Not for: what threads make of it (machine.c). */
#ifndef ISOTIER_SIM_EXPLORE_MOVES_H
#define ISOTIER_SIM_EXPLORE_MOVES_H

#include "sim/explore/machine.h"

/* A write. memory: by slot. */
void iso_move_write(struct iso_ob_machine *m, uint32_t *memory, const struct iso_move *move);
/* A completion of a TLBI or IC of `thread`. oldest: by thread and key. */
void iso_move_complete(const struct iso_ob_machine *m, uint32_t *oldest, unsigned thread, const struct iso_move *move);
/* Cleaning of code. cleaned: by key of code. */
void iso_move_clean(const struct iso_ob_machine *m, uint32_t *cleaned, const uint32_t *memory,
                    const struct iso_move *move);
/* Writes that hardware may make now of its own accord, each of one part: AF of a valid descriptor, for a translation that no access needed (speculation); tags of a
 * line that is evicted to a tier which stores none. Returns their count, at most two a slot. */
unsigned iso_move_hardware(struct iso_part *out, struct iso_ob_machine *m, const uint32_t *memory);

#endif
