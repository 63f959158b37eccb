/* States seen, as declared in states.h. Not for: which states there are (search.c). */
#include "sim/explore/states.h"
#include "sim/explore/layout.h"
#include "sim/isa/fatal.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROWS = 64, FIRST_BUCKETS = 256, SMALL_MAX = 0xffff };

static const uint32_t *row(const struct iso_rows *r, uint32_t number)
{
    return &r->word[(size_t)number * r->width];
}

/* Hash of a row, whatever its words [skipped, skipped + count). */
static uint32_t hash_of(const uint32_t *word, unsigned width, unsigned skipped, unsigned count)
{
    uint32_t hash = iso_hash_words(word, skipped);
    return skipped < width ? hash ^ 31u * iso_hash_words(word + skipped + count, width - skipped - count) : hash;
}

/* A bucket: number + 1 in as many bits as the table's size has, and above them those of the hash, so that rows are hardly looked at in vain. */
static void put(struct iso_rows *r, uint32_t hash, uint32_t number)
{
    uint32_t at = hash & (r->size - 1);
    while (r->bucket[at])
        at = (at + 1) & (r->size - 1);
    r->bucket[at] = (hash & ~(r->size - 1)) | (number + 1);
}

static void rehash(struct iso_rows *r, unsigned skipped, unsigned count)
{
    r->size = r->size ? 2 * r->size : FIRST_BUCKETS;
    free(r->bucket);
    r->bucket = calloc(r->size, sizeof *r->bucket);
    if (!r->bucket)
        iso_out_of_memory(__FILE__, __LINE__);
    for (uint32_t i = 0; i < r->count; i++)
        put(r, hash_of(row(r, i), r->width, skipped, count), i);
}

/* Whether a row that was seen is this one, or is it but for fewer bits in the words that are skipped. */
static bool is_covered(const uint32_t *seen, const uint32_t *word, unsigned width, unsigned skipped, unsigned count)
{
    if (memcmp(seen, word, skipped * sizeof *word) != 0)
        return false;
    if (skipped == width)
        return true;
    for (unsigned i = skipped; i < skipped + count; i++)
        if (seen[i] & ~word[i])
            return false;
    return !memcmp(seen + skipped + count, word + skipped + count, (width - skipped - count) * sizeof *word);
}

/* Number of a row, added if it is new. */
static uint32_t number_of(struct iso_rows *r, const uint32_t *word, unsigned skipped, unsigned count)
{
    uint32_t hash;
    if (!r->size || r->count >= r->size / 4 * 3)
        rehash(r, skipped, count);
    hash = hash_of(word, r->width, skipped, count);
    for (uint32_t at = hash & (r->size - 1); r->bucket[at]; at = (at + 1) & (r->size - 1)) {
        const uint32_t number = (r->bucket[at] & (r->size - 1)) - 1;
        if (((r->bucket[at] ^ hash) & ~(r->size - 1)) == 0 &&
            is_covered(row(r, number), word, r->width, skipped, count))
            return number;
    }
    if (r->count == r->capacity) {
        r->capacity = r->capacity ? 2 * r->capacity : FIRST_ROWS;
        r->word = realloc(r->word, (size_t)r->capacity * r->width * sizeof *r->word);
        if (!r->word)
            iso_out_of_memory(__FILE__, __LINE__);
    }
    memcpy(&r->word[(size_t)r->count * r->width], word, r->width * sizeof *word);
    put(r, hash, r->count);
    return r->count++;
}

void iso_states_init(struct iso_states *s, unsigned width, unsigned nthreads, unsigned nmarks, unsigned reasons,
                     unsigned nreasons)
{
    *s = (struct iso_states){.nthreads = nthreads, .reasons = reasons, .nreasons = nreasons};
    s->marks.width = nmarks;
    s->rest.width = nreasons ? 0 : width - nthreads - nmarks;
    s->narrow = s->rest.width != 0;
    s->head.width = s->rest.width ? (nthreads + 1) / 2 + 1 : width;
}

void iso_states_free(struct iso_states *s)
{
    free(s->head.word);
    free(s->head.bucket);
    free(s->rest.word);
    free(s->rest.bucket);
    free(s->marks.word);
    free(s->marks.bucket);
    free(s->mark);
}

/* The row that is kept of a state: its nodes, two in a word as long as their numbers are small, and the number of the rest. */
static void pack(uint32_t *row, const struct iso_states *s, const uint32_t *node, uint32_t rest)
{
    if (!s->narrow)
        memcpy(row, node, s->nthreads * sizeof *row);
    for (unsigned i = 0; s->narrow && i < s->nthreads; i += 2)
        row[i / 2] = node[i] | (i + 1 < s->nthreads ? node[i + 1] << 16 : 0);
    row[s->head.width - 1] = rest;
}

static void unpack(uint32_t *node, const struct iso_states *s, const uint32_t *row)
{
    if (!s->narrow)
        memcpy(node, row, s->nthreads * sizeof *node);
    for (unsigned i = 0; s->narrow && i < s->nthreads; i++)
        node[i] = row[i / 2] >> 16 * (i % 2) & SMALL_MAX;
}

/* Number of a node that is not small: all rows get more room, and keep their numbers. */
static void widen(struct iso_states *s)
{
    const struct iso_states old = *s;
    s->narrow = false;
    s->head = (struct iso_rows){.width = s->nthreads + 1};
    for (uint32_t i = 0; i < old.head.count; i++) {
        uint32_t node[ISO_THREADS_MAX], word[ISO_THREADS_MAX + 1];
        const uint32_t *from = row(&old.head, i);
        unpack(node, &old, from);
        pack(word, s, node, from[old.head.width - 1]);
        number_of(&s->head, word, s->head.width, 0);
    }
    free(old.head.word);
    free(old.head.bucket);
}

/* Gives a state marks; `is_new`: it has none yet. True: there are more now. */
static bool put_marks(struct iso_states *s, uint32_t number, const uint32_t *mark, bool is_new)
{
    uint32_t all[ISO_STATE_WORDS_MAX];
    uint32_t before;
    if (number == s->mark_capacity) {
        s->mark_capacity = s->mark_capacity ? 2 * s->mark_capacity : FIRST_ROWS;
        s->mark = realloc(s->mark, s->mark_capacity * sizeof *s->mark);
        if (!s->mark)
            iso_out_of_memory(__FILE__, __LINE__);
    }
    if (is_new) {
        s->mark[number] = number_of(&s->marks, mark, s->marks.width, 0);
        return true;
    }
    before = s->mark[number];
    for (unsigned i = 0; i < s->marks.width; i++)
        all[i] = mark[i] | row(&s->marks, before)[i];
    s->mark[number] = number_of(&s->marks, all, s->marks.width, 0);
    return s->mark[number] != before;
}

uint32_t iso_states_add(struct iso_states *s, const uint32_t *state, bool *marked)
{
    uint32_t word[ISO_THREADS_MAX + 1], number;
    const uint32_t count = s->head.count;
    *marked = false;
    if (!s->rest.width)
        return number_of(&s->head, state, s->nreasons ? s->reasons : s->head.width, s->nreasons);
    for (unsigned i = 0; i < s->nthreads && s->narrow; i++)
        if (state[i] > SMALL_MAX)
            widen(s);
    pack(word, s, state, number_of(&s->rest, state + s->nthreads, s->rest.width, 0));
    number = number_of(&s->head, word, s->head.width, 0);
    *marked = s->marks.width && put_marks(s, number, state + s->nthreads + s->rest.width, number == count);
    return number;
}

void iso_states_get(uint32_t *out, const struct iso_states *s, uint32_t number)
{
    const uint32_t *head = row(&s->head, number);
    if (!s->rest.width) {
        memcpy(out, head, s->head.width * sizeof *out);
        return;
    }
    unpack(out, s, head);
    memcpy(out + s->nthreads, row(&s->rest, head[s->head.width - 1]), s->rest.width * sizeof *out);
    if (s->marks.width)
        memcpy(out + s->nthreads + s->rest.width, row(&s->marks, s->mark[number]), s->marks.width * sizeof *out);
}

static uint64_t bytes_of(const struct iso_rows *r)
{
    return ((uint64_t)r->count * r->width + r->size) * sizeof *r->word;
}

uint64_t iso_states_bytes(const struct iso_states *s)
{
    return bytes_of(&s->head) + bytes_of(&s->rest) + bytes_of(&s->marks) +
           (s->marks.width ? (uint64_t)s->head.count * sizeof *s->mark : 0);
}
