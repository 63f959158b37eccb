/* Which residuals go on alike, as declared in future.h. Two do if the steps still to come are the same and as ordered among each other, if the steps
 * performed that an outside write may still spoil are the same, and if the runs end alike. A horizon's end is its walk as horizon.c keeps it, with
 * everything that may be pending there pending.
 * Not for: entries of TLBs and instruction caches in use (aux): such a residual stands for itself. */
#include "sim/explore/future.h"
#include "sim/isa/fatal.h"

#include <stdlib.h>
#include <string.h>

/* A residual that was asked for, and the one that stands for it. */
struct known {
    uint32_t thread, run, for_run;
    uint64_t done, for_done;
};

struct table {
    uint32_t *bucket; /* number + 1 */
    uint32_t size, count;
};

struct iso_futures {
    struct known *known;
    uint32_t capacity;
    struct table by_residual; /* of all */
    struct table by_future;   /* of those that stand for others */
    uint32_t *hash;           /* of a future, by number of known; 0 where another stands for it */
    uint32_t merged;          /* known ones that another stands for */
    bool given_up;            /* hardly two residuals go on alike here: not worth the looking */
};

/* When to judge whether it is, and the share of residuals that must be merged then. */
enum { JUDGED_FROM = 8192, SHARE = 16 };

enum { STEP_WORDS = 12, PART_WORDS = 1, WORDS_MAX = 64 + ISO_EVENTS_MAX * (STEP_WORDS + 16 * PART_WORDS) };

/* Bits of the steps that matter moved down to the front, all others dropped. */
static uint64_t squeeze(uint64_t mask, uint64_t kept)
{
    uint64_t out = 0;
    if (!mask)
        return 0;
    for (unsigned to = 0; kept; kept &= kept - 1, to++)
        if (mask >> __builtin_ctzll(kept) & 1)
            out |= ISO_BIT(to);
    return out;
}

static unsigned place(unsigned i, uint64_t kept)
{
    return (unsigned)__builtin_popcountll(kept & (ISO_BIT(i) - 1));
}

/* Steps performed that something still to come looks back at: reads that an outside write may spoil, translations of updates. */
static uint64_t watched(const struct iso_run *run, uint64_t done)
{
    uint64_t out = 0;
    for (uint64_t k = run->sensitive & done; k; k &= k - 1) {
        const struct iso_step *s = &run->step[__builtin_ctzll(k)];
        if ((s->pair >= 0 && !(done >> s->pair & 1)) || ((s->hazards | s->siblings) & ~done))
            out |= k & -k;
    }
    return out;
}

/* Words of one step; `open`: a horizon is ahead. */
static unsigned describe_step(uint64_t *word, const struct iso_run *run, unsigned i, uint64_t done, uint64_t kept)
{
    const struct iso_step *s = &run->step[i];
    bool made = done >> i & 1;
    unsigned n = 0;
    uint64_t pair = 0;
    if (s->pair >= 0)
        pair = kept >> s->pair & 1 ? 1 + place((unsigned)s->pair, kept) : 128u + run->step[s->pair].kind;
    word[n++] = s->kind | (uint64_t)s->nparts << 8 | (uint64_t)s->flags << 16 | (uint64_t)(uint16_t)s->page << 32 |
                (uint64_t)(uint8_t)s->key << 48 | (uint64_t)made << 56 | (run->stores >> i & 1) << 57 |
                (run->waits >> i & 1) << 58 | (run->sensitive >> i & 1) << 59;
    word[n++] = pair;
    word[n++] = squeeze(s->preds & ~done, kept);
    word[n++] = squeeze(s->hazards & ~done, kept);
    word[n++] = squeeze(s->siblings & ~done, kept);
    word[n++] = squeeze(s->users & ~done, kept);
    word[n++] = squeeze(s->same_offset & ~done, kept);
    word[n++] = s->slots;
    for (unsigned p = 0; p < s->nparts; p++) {
        const struct iso_part *part = &s->part[p];
        uint64_t own = part->own >= 0 && !(done >> part->own & 1) ? 1 + place((unsigned)part->own, kept) : 0;
        word[n++] = part->slot | (uint64_t)part->exempt << 8 | (uint64_t)(own && part->forwards) << 9 | own << 16 |
                    (uint64_t)(made ? 0 : part->value) << 32;
    }
    return n;
}

/* The same for what horizon.c keeps of an event. */
static unsigned describe_event(uint64_t *word, const struct iso_run *run, unsigned i, uint64_t done, uint64_t kept)
{
    const struct iso_event *e = &run->open->event[i];
    word[0] = e->size | (uint64_t)e->alias << 8 | (uint64_t)e->insn << 16;
    word[1] = e->loc;
    word[2] = squeeze(e->own_writes & ~done, kept);
    word[3] = squeeze(run->open->build[i].lob & ~done, kept);
    return 4;
}

/* Everything that says how a residual goes on; 0: it stands for itself. */
static unsigned describe(uint64_t *word, struct iso_ob_machine *m, unsigned thread, const struct iso_residual *r)
{
    struct iso_run *run = m->thread[thread].run[r->run];
    uint64_t left = run->all & ~r->done, kept = left | watched(run, r->done);
    unsigned n = 0;
    word[n++] = thread | (uint64_t)run->cut << 8 | (uint64_t)(run->open != NULL) << 9 |
                (uint64_t)__builtin_popcountll(kept) << 16;
    if (run->open) {
        if (!iso_horizon_keeps(run, left))
            return 0;
        word[n++] = iso_horizon_kind(m, thread, run);
        n += iso_horizon_order(&word[n], run, left, kept);
    } else {
        word[n++] = run->end;
    }
    for (uint64_t k = kept; k; k &= k - 1) {
        unsigned i = (unsigned)__builtin_ctzll(k);
        n += describe_step(&word[n], run, i, r->done, kept);
        if (run->open)
            n += describe_event(&word[n], run, i, r->done, kept);
    }
    return n;
}

static uint32_t hash_of(const uint64_t *word, unsigned count)
{
    uint32_t out = iso_hash_words((const uint32_t *)(const void *)word, 2 * (size_t)count);
    return out ? out : 1;
}

static uint32_t residual_hash(unsigned thread, const struct iso_residual *r)
{
    uint32_t word[4] = {thread, r->run, (uint32_t)r->done, (uint32_t)(r->done >> 32)};
    return iso_hash_words(word, 4);
}

static void *array(void *old, size_t count, size_t size)
{
    void *out = realloc(old, count * size);
    if (!out)
        iso_out_of_memory(__FILE__, __LINE__);
    return out;
}

static void put(struct table *t, uint32_t hash, uint32_t number)
{
    uint32_t at = hash & (t->size - 1);
    while (t->bucket[at])
        at = (at + 1) & (t->size - 1);
    t->bucket[at] = number + 1;
    t->count++;
}

/* Makes room for one more in both tables. */
static void make_room(struct iso_futures *f)
{
    struct table *t = &f->by_residual;
    uint32_t n = t->count;
    if (n == f->capacity) {
        f->capacity = n ? 2 * n : 256;
        f->known = array(f->known, f->capacity, sizeof *f->known);
        f->hash = array(f->hash, f->capacity, sizeof *f->hash);
    }
    if (2 * n < t->size)
        return;
    for (unsigned both = 0; both < 2; both++) {
        t = both ? &f->by_future : &f->by_residual;
        free(t->bucket);
        *t = (struct table){.size = t->size ? 2 * t->size : 1024};
        t->bucket = calloc(t->size, sizeof *t->bucket);
        if (!t->bucket)
            iso_out_of_memory(__FILE__, __LINE__);
        for (uint32_t i = 0; i < n; i++) {
            const struct known *k = &f->known[i];
            struct iso_residual r = {k->run, 0, k->done};
            if (!both)
                put(t, residual_hash(k->thread, &r), i);
            else if (f->hash[i])
                put(t, f->hash[i], i);
        }
    }
}

/* The first residual asked for that goes on as `r` does; r itself is it if there is none. */
static struct iso_residual first_alike(struct iso_ob_machine *m, unsigned thread, struct iso_residual r, uint32_t *hash)
{
    const struct iso_futures *f = m->futures;
    uint64_t word[WORDS_MAX], other[WORDS_MAX];
    unsigned n = describe(word, m, thread, &r);
    *hash = 0;
    if (!n)
        return r;
    *hash = hash_of(word, n);
    for (uint32_t at = *hash & (f->by_future.size - 1); f->by_future.bucket[at];
         at = (at + 1) & (f->by_future.size - 1)) {
        uint32_t i = f->by_future.bucket[at] - 1;
        struct iso_residual first = {f->known[i].run, 0, f->known[i].done};
        if (f->hash[i] == *hash && f->known[i].thread == thread && describe(other, m, thread, &first) == n &&
            !memcmp(word, other, n * sizeof *word)) {
            *hash = 0;
            return first;
        }
    }
    return r;
}

static void forget(struct iso_futures *f)
{
    free(f->known);
    free(f->hash);
    free(f->by_residual.bucket);
    free(f->by_future.bucket);
    *f = (struct iso_futures){0};
}

struct iso_residual iso_future_of(struct iso_ob_machine *m, unsigned thread, struct iso_residual r)
{
    struct iso_futures *f = m->futures;
    struct iso_residual found;
    uint32_t hash, at;
    if (r.aux || !m->merges)
        return r;
    if (!f)
        m->futures = f = array(NULL, 1, sizeof *f), *f = (struct iso_futures){0};
    if (f->given_up)
        return r;
    make_room(f);
    hash = residual_hash(thread, &r);
    for (at = hash & (f->by_residual.size - 1); f->by_residual.bucket[at]; at = (at + 1) & (f->by_residual.size - 1)) {
        const struct known *k = &f->known[f->by_residual.bucket[at] - 1];
        if (k->run == r.run && k->done == r.done && k->thread == thread)
            return (struct iso_residual){k->for_run, 0, k->for_done};
    }
    uint32_t number = f->by_residual.count;
    if (number == JUDGED_FROM && f->merged < number / SHARE) {
        forget(f);
        f->given_up = true;
        return r;
    }
    found = first_alike(m, thread, r, &f->hash[number]);
    f->merged += found.run != r.run || found.done != r.done;
    f->known[number] = (struct known){thread, r.run, found.run, r.done, found.done};
    put(&f->by_residual, hash, number);
    if (f->hash[number])
        put(&f->by_future, f->hash[number], number);
    return found;
}

void iso_futures_free(struct iso_futures *f)
{
    if (f)
        forget(f);
    free(f);
}
