/* States that were seen: each once, in few words. What a state holds beside its threads' nodes (memory, and how old entries are) is shared by many: it is
 * kept once, and the state has its number. Words at its end may be marks: bits that say something about the ways that led to it. States that differ in these alone are
 * one, which has the marks of all; who gets more of them has to be looked at again.
 * Not for: what the words mean (search.c). Exact: two states are one only if all their other words are equal. */
#ifndef ISOTIER_SIM_EXPLORE_STATES_H
#define ISOTIER_SIM_EXPLORE_STATES_H

#include <stdbool.h>
#include <stdint.h>

/* Rows of `width` words, each once; numbered as they come. */
struct iso_rows {
    uint32_t *word;
    uint32_t count, capacity;
    uint32_t *bucket; /* number + 1, and of its hash what there is room for */
    uint32_t size;
    unsigned width;
};

struct iso_states {
    struct iso_rows head; /* nodes, and the number of the rest */
    struct iso_rows rest;
    struct iso_rows marks;
    uint32_t *mark; /* by state: number of its marks */
    uint32_t mark_capacity;
    bool narrow; /* numbers of nodes are small so far: two in a word */
    unsigned nthreads;
    unsigned reasons,
        nreasons; /* words of a state that only say why it comes about: the first of them, how many; states with them have no rest of their own */
};

/* `width`: words of a state, the first `nthreads` of them nodes, the last `nmarks` marks (not beside reasons). Freed with iso_states_free(). */
void iso_states_init(struct iso_states *s, unsigned width, unsigned nthreads, unsigned nmarks, unsigned reasons,
                     unsigned nreasons);
void iso_states_free(struct iso_states *s);
static inline uint32_t iso_states_count(const struct iso_states *s)
{
    return s->head.count;
}
/* Keeps a state unless it was seen, or was with fewer reasons: of equal final states the one with fewest causes is kept. Its number: as many as there were if it is
 * new. `marked`: set if it has got marks. */
uint32_t iso_states_add(struct iso_states *s, const uint32_t *state, bool *marked);
/* The words of state `number`. */
void iso_states_get(uint32_t *out, const struct iso_states *s, uint32_t number);
/* Bytes that they take. */
uint64_t iso_states_bytes(const struct iso_states *s);

#endif
