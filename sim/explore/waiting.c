/* States to go on from, as declared in waiting.h. */
#include "sim/explore/waiting.h"
#include "sim/isa/fatal.h"

#include <stdlib.h>
#include <string.h>

enum {
    FIRST = 64,
    PICKED_EVERY =
        16, /* states, and later on ever fewer: for states far from each other share little that is at hand */
    PICKED_SHARE = 512
};

static uint32_t *grow(uint32_t *old, uint32_t *capacity)
{
    const uint32_t before = *capacity;
    *capacity = before ? 2 * before : FIRST;
    old = realloc(old, *capacity * sizeof *old);
    if (!old)
        iso_out_of_memory(__FILE__, __LINE__);
    memset(old + before, 0, (*capacity - before) * sizeof *old);
    return old;
}

void iso_waiting_put(struct iso_waiting *w, uint32_t state)
{
    while (state / 32 >= w->is_in_capacity)
        w->is_in = grow(w->is_in, &w->is_in_capacity);
    if (w->is_in[state / 32] >> state % 32 & 1u)
        return;
    w->is_in[state / 32] |= 1u << state % 32;
    if (w->count == w->capacity)
        w->state = grow(w->state, &w->capacity);
    w->state[w->count++] = state;
}

uint32_t iso_waiting_take(struct iso_waiting *w, bool scattered)
{
    uint32_t out;
    if (scattered && ++w->picks >= w->next_pick) {
        const uint32_t last = w->state[w->count - 1];
        uint32_t *other;
        w->next_pick = w->picks + PICKED_EVERY + w->picks / PICKED_SHARE;
        w->random = w->random * UINT32_C(1664525) + UINT32_C(1013904223);
        other = &w->state[(uint64_t)w->random * w->count >> 32];
        w->state[w->count - 1] = *other;
        *other = last;
    }
    out = w->state[--w->count];
    w->is_in[out / 32] &= ~(1u << out % 32);
    return out;
}

void iso_waiting_free(struct iso_waiting *w)
{
    free(w->state);
    free(w->is_in);
}
