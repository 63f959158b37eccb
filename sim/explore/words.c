/* Packed words, as declared in words.h. */
#include "sim/explore/words.h"
#include "sim/explore/event.h"

static unsigned masks(unsigned count)
{
    return (count + 63) / 64;
}

const uint64_t *iso_words_pack(struct iso_arena *arena, const uint64_t *word, unsigned count)
{
    uint64_t out[ISO_WORDS_MAX / 64 + ISO_WORDS_MAX] = {0};
    unsigned n = masks(count);
    for (unsigned i = 0; i < count; i++)
        if (word[i]) {
            out[i / 64] |= ISO_BIT(i % 64);
            out[n++] = word[i];
        }
    return iso_arena_copy(arena, out, n * sizeof *out);
}

void iso_words_unpack(uint64_t *out, const uint64_t *packed, unsigned total, unsigned first, unsigned count)
{
    const uint64_t *from = packed + masks(total);
    for (unsigned k = 0; k < first / 64; k++)
        from += __builtin_popcountll(packed[k]);
    if (first % 64)
        from += __builtin_popcountll(packed[first / 64] & (ISO_BIT(first % 64) - 1));
    for (unsigned i = 0; i < count; i++)
        out[i] = packed[(first + i) / 64] >> (first + i) % 64 & 1 ? *from++ : 0;
}
