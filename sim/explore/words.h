/* Arrays of words of which most are 0, kept in few: a bit for each word, then those that are not 0.
 * Not for: looking for equal ones (their words are equal, too, but whoever has many hashes them unpacked). */
#ifndef ISOTIER_SIM_EXPLORE_WORDS_H
#define ISOTIER_SIM_EXPLORE_WORDS_H

#include "sim/isa/diag.h"

enum { ISO_WORDS_MAX = 1024 }; /* in one array */

/* Lies in the arena; count at most ISO_WORDS_MAX. */
const uint64_t *iso_words_pack(struct iso_arena *arena, const uint64_t *word, unsigned count);
/* Words [first, first + count) of an array of `total`. */
void iso_words_unpack(uint64_t *out, const uint64_t *packed, unsigned total, unsigned first, unsigned count);

#endif
