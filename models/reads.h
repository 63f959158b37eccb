/* Which settings a computation has read: a bit a key. For searches that must know what an answer depends on (sim/explain_minimal.c); two machines that agree in
 * what was read give the same answer. Not for: what a value means. Nothing is noted where a set of settings has no `reads`, as in every run. */
#ifndef ISO_MODELS_READS_H
#define ISO_MODELS_READS_H

#include <assert.h>
#include <stdint.h>

enum { ISO_READS_WORDS = 2 };

struct iso_reads {
    uint64_t key[ISO_READS_WORDS];
};

static inline void iso_reads_note(struct iso_reads *reads, unsigned key)
{
    if (reads)
        reads->key[key / 64] |= UINT64_C(1) << key % 64;
}

#endif
