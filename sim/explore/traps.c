/* Cycles without a way out, as declared in traps.h. Not for: what is done about them (search.c). */
#include "sim/explore/traps.h"
#include "sim/isa/fatal.h"

#include <stdlib.h>
#include <string.h>

static void *grown(void *list, uint32_t *capacity, size_t size)
{
    *capacity = *capacity ? 2 * *capacity : 256;
    list = realloc(list, *capacity * size);
    if (!list)
        iso_out_of_memory(__FILE__, __LINE__);
    return list;
}

enum { BLOCK_WORDS = 1 << 16 };
#define FROM (UINT32_C(1) << 31)

static void put(struct iso_traps *t, uint32_t word)
{
    const uint32_t block = t->nwords / BLOCK_WORDS;
    if (t->nwords % BLOCK_WORDS == 0) {
        if (block == t->block_capacity)
            t->block = grown(t->block, &t->block_capacity, sizeof *t->block);
        t->block[block] = malloc(BLOCK_WORDS * sizeof **t->block);
        if (!t->block[block])
            iso_out_of_memory(__FILE__, __LINE__);
    }
    t->block[block][t->nwords++ % BLOCK_WORDS] = word;
}

void iso_traps_add(struct iso_traps *t, uint32_t from, uint32_t to)
{
    if (!t->nwords || t->from != from)
        put(t, from | FROM);
    t->from = from;
    put(t, to);
    t->count++;
}

/* Where one looks at the edges one by one. */
struct cursor {
    uint32_t at, from, to;
};

static bool next(struct cursor *c, const struct iso_traps *t)
{
    for (; c->at < t->nwords; c->at++) {
        const uint32_t word = t->block[c->at / BLOCK_WORDS][c->at % BLOCK_WORDS];
        if (word & FROM) {
            c->from = word & ~FROM;
        } else {
            c->to = word;
            c->at++;
            return true;
        }
    }
    return false;
}

void iso_traps_end(struct iso_traps *t, uint32_t state)
{
    if (t->nends == t->end_capacity)
        t->end = grown(t->end, &t->end_capacity, sizeof *t->end);
    t->end[t->nends++] = state;
}

/* Edges by where they lead: those to state i are in from[first[i]..first[i + 1]). */
static uint32_t *sort_edges(const struct iso_traps *t, uint32_t *first, uint32_t nstates)
{
    uint32_t *from = calloc((size_t)t->count + 1, sizeof *from), *at = calloc((size_t)nstates + 1, sizeof *at);
    if (!from || !at)
        iso_out_of_memory(__FILE__, __LINE__);
    for (struct cursor c = {0}; next(&c, t);)
        first[c.to + 1]++;
    for (uint32_t i = 0; i < nstates; i++)
        first[i + 1] += first[i];
    memcpy(at, first, nstates * sizeof *at);
    for (struct cursor c = {0}; next(&c, t);)
        from[at[c.to]++] = c.from;
    free(at);
    return from;
}

/* What is left when states are taken away that lead nowhere but to those taken away before, and those from which a final state is reached. */
bool iso_traps_found(const struct iso_traps *t, uint32_t nstates)
{
    uint32_t *first = calloc((size_t)nstates + 2, sizeof *first), *from,
             *out = calloc((size_t)nstates + 1, sizeof *out), *stack = calloc((size_t)nstates + 1, sizeof *stack),
             count = 0, left = nstates;
    bool *taken = calloc((size_t)nstates + 1, sizeof *taken);
    if (!first || !out || !stack || !taken)
        iso_out_of_memory(__FILE__, __LINE__);
    from = sort_edges(t, first, nstates);
    for (uint32_t i = 0; i < t->nends; i++)
        if (!taken[t->end[i]])
            taken[stack[count++] = t->end[i]] = true;
    for (; count; left--) {
        uint32_t state = stack[--count];
        for (uint32_t k = first[state]; k < first[state + 1]; k++)
            if (!taken[from[k]])
                taken[stack[count++] = from[k]] = true;
    }
    for (struct cursor c = {0}; next(&c, t);)
        out[c.from] += !taken[c.to];
    for (uint32_t i = 0; i < nstates; i++)
        if (!taken[i] && !out[i])
            stack[count++] = i;
    for (; count; left--) {
        uint32_t state = stack[--count];
        for (uint32_t k = first[state]; k < first[state + 1]; k++)
            if (!taken[from[k]] && --out[from[k]] == 0)
                stack[count++] = from[k];
    }
    free(first);
    free(from);
    free(out);
    free(stack);
    free(taken);
    return left != 0;
}

void iso_traps_free(struct iso_traps *t)
{
    for (uint32_t i = 0; i < t->nwords; i += BLOCK_WORDS)
        free(t->block[i / BLOCK_WORDS]);
    free(t->block);
    free(t->end);
}
