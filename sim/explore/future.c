/* Which residuals go on alike, as declared in future.h. Two do if the steps still to come are the same and as ordered among each other, if the steps
 * performed that an outside write may still spoil are the same, if entries of TLBs and instruction caches in use, or kept, are the same and as much hangs on them,
 * and if the runs end alike. A horizon's end is its walk as horizon.c keeps it, with everything that may be pending there pending. */
#include "sim/explore/future.h"
#include "sim/explore/sets.h"
#include "sim/explore/symmetry.h"
#include "sim/isa/fatal.h"

#include <stdlib.h>
#include <string.h>

/* A residual, in the machine's pool, that stands for others or might. */
struct first {
    uint32_t number, hash;
};

struct iso_futures {
    struct first *first;
    uint32_t count, capacity;
    uint32_t *bucket; /* of `first`, by hash: number + 1 */
    uint32_t size;
    uint32_t asked, merged; /* residuals so far; those that another stands for */
    bool given_up;          /* hardly two residuals go on alike here: not worth the looking */
};

/* When to judge whether it is, and the share of residuals that must be merged then. */
enum { JUDGED_FROM = 8192, SHARE = 64 };

enum {
    STEP_WORDS = 20,
    PART_WORDS = 1,
    WORDS_MAX = 192 + 4 * ISO_EVENTS_MAX + ISO_EVENTS_MAX * (STEP_WORDS + 16 * PART_WORDS)
};

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
                (run->waits >> i & 1) << 58 | (run->sensitive >> i & 1) << 59 | (run->gate >> i & 1) << 60 |
                (run->releases >> i & 1) << 61 | (run->deferred >> i & 1) << 62 | (run->withheld >> i & 1) << 63;
    word[n++] = pair | (uint64_t)(made ? 0 : s->alike) << 32;
    word[n++] = squeeze(s->preds & ~done, kept);
    word[n++] = squeeze(s->hazards & ~done, kept);
    word[n++] = squeeze(s->siblings & ~done, kept);
    word[n++] = squeeze(s->users & ~done, kept);
    word[n++] = squeeze(s->same_offset & ~done, kept);
    word[n++] = s->slots;
    word[n++] = squeeze(s->with & ~done, kept);
    for (unsigned p = 0; p < s->nparts; p++) {
        const struct iso_part *part = &s->part[p];
        uint64_t own = part->own >= 0 && !(done >> part->own & 1) ? 1 + place((unsigned)part->own, kept) : 0;
        word[n++] = part->slot | (uint64_t)part->exempt << 8 | (uint64_t)(own && part->forwards) << 9 | own << 16 |
                    (uint64_t)(made ? 0 : part->value) << 32;
    }
    return n;
}

/* The same for what horizon.c keeps of an event; `reads`: some may be pending there. */
static unsigned describe_event(uint64_t *word, const struct iso_run *run, unsigned i, uint64_t done, uint64_t kept,
                               bool reads)
{
    const struct iso_event *e = &run->open->event[i];
    struct iso_order_event build;
    const struct iso_depend *d = &build.depend;
    iso_walk_unpack_order(&build, run->open, i);
    word[0] = e->size | (uint64_t)e->alias << 8 | (uint64_t)e->insn << 16;
    word[1] = e->loc;
    word[2] = squeeze(e->own_writes & ~done, kept);
    word[3] = squeeze(build.lob & ~done, kept);
    if (!reads)
        return 4;
    word[4] = squeeze(d->address & ~done, kept);
    word[5] = squeeze(d->pick_address & ~done, kept);
    word[6] = squeeze(d->data & ~done, kept);
    word[7] = squeeze(d->pick_data & ~done, kept);
    word[8] = squeeze(d->flow & ~done, kept);
    word[9] = squeeze(d->pick_flow & ~done, kept);
    return 10;
}

/* Completions still to come of a TLBI or IC. */
static uint64_t completions_of(const struct iso_run *run, unsigned step, uint64_t done)
{
    uint64_t out = 0;
    for (uint64_t left = run->all & ~done; left; left &= left - 1) {
        const struct iso_step *s = &run->step[__builtin_ctzll(left)];
        if (s->kind == ISO_EVENT_COMPLETION && s->pair == (int8_t)step)
            out |= left & -left;
    }
    return out;
}

/* Entries that count: of a translation or fetch performed, what hangs on it; of one still to come, which that is; how old entries a TLBI or IC leaves. */
static unsigned describe_entries(uint64_t *word, const struct iso_ob_machine *m, const struct iso_run *run,
                                 const struct iso_residual *r, uint64_t kept)
{
    unsigned n = 0;
    for (uint32_t k = 0; k < m->aux[r->aux]; k++) {
        const uint32_t entry = m->aux[r->aux + 1 + k], step = entry >> 24;
        const uint8_t kind = run->step[step].kind;
        const bool reads = kind == ISO_EVENT_TTD_READ || kind == ISO_EVENT_FETCH, made = r->done >> step & 1;
        const uint64_t hangs = !reads ? completions_of(run, step, r->done)
                               : made ? iso_set_consequences(run, step) & ~r->done
                                      : ISO_BIT(step);
        word[n++] = (entry & 0xffffff) | (uint64_t)kind << 24 | (uint64_t)made << 32;
        word[n++] = squeeze(hangs, kept);
    }
    return n;
}

/* Everything that says how a residual goes on; 0: it stands for itself. */
static unsigned describe(uint64_t *word, struct iso_ob_machine *m, unsigned thread, const struct iso_residual *r)
{
    struct iso_run *run = m->thread[thread].run[r->run];
    uint64_t left = run->all & ~r->done, kept = left | watched(run, r->done);
    bool reads = (left & ~run->gate & ~run->stores) != 0;
    unsigned n = 0;
    word[n++] = thread | (uint64_t)run->cut << 8 | (uint64_t)(run->open != NULL) << 9 | (uint64_t)run->lost << 10 |
                (uint64_t)__builtin_popcountll(kept) << 16 | (uint64_t)m->aux[r->aux] << 32;
    n += describe_entries(&word[n], m, run, r, kept);
    if (run->open) {
        if (!iso_horizon_keeps(run, left))
            return 0;
        word[n++] = iso_horizon_kind(m, thread, run);
        n += iso_horizon_order(&word[n], m, thread, run, left, kept);
    } else {
        word[n++] = run->end;
    }
    for (uint64_t k = kept; k; k &= k - 1) {
        unsigned i = (unsigned)__builtin_ctzll(k);
        n += describe_step(&word[n], run, i, r->done, kept);
        if (run->open)
            n += describe_event(&word[n], run, i, r->done, kept, reads);
    }
    return n;
}

static uint32_t hash_of(const uint64_t *word, unsigned count)
{
    uint32_t out = iso_hash_words((const uint32_t *)(const void *)word, 2 * (size_t)count);
    return out ? out : 1;
}

static void *array(void *old, size_t count, size_t size)
{
    void *out = realloc(old, count * size);
    if (!out)
        iso_out_of_memory(__FILE__, __LINE__);
    return out;
}

static void put(struct iso_futures *f, uint32_t hash, uint32_t number)
{
    uint32_t at = hash & (f->size - 1);
    while (f->bucket[at])
        at = (at + 1) & (f->size - 1);
    f->bucket[at] = number + 1;
}

/* Makes room for one more. */
static void make_room(struct iso_futures *f)
{
    if (f->count == f->capacity) {
        f->capacity = f->count ? 2 * f->count : 256;
        f->first = array(f->first, f->capacity, sizeof *f->first);
    }
    if (2 * f->count < f->size)
        return;
    f->size = f->size ? 2 * f->size : 1024;
    free(f->bucket);
    f->bucket = calloc(f->size, sizeof *f->bucket);
    if (!f->bucket)
        iso_out_of_memory(__FILE__, __LINE__);
    for (uint32_t i = 0; i < f->count; i++)
        put(f, f->first[i].hash, i);
}

/* The first residual asked for that goes on as this one of the pool does; it is that itself if there is none. */
static uint32_t first_alike(struct iso_ob_machine *m, uint32_t number)
{
    struct iso_futures *f = m->futures;
    uint64_t word[WORDS_MAX], other[WORDS_MAX];
    unsigned thread = m->pool[number].thread;
    unsigned n = describe(word, m, thread, &m->pool[number].r);
    uint32_t hash;
    if (!n)
        return number;
    hash = hash_of(word, n);
    make_room(f);
    for (uint32_t at = hash & (f->size - 1); f->bucket[at]; at = (at + 1) & (f->size - 1)) {
        const struct first *i = &f->first[f->bucket[at] - 1];
        if (i->hash == hash && m->pool[i->number].thread == thread &&
            describe(other, m, thread, &m->pool[i->number].r) == n && !memcmp(word, other, n * sizeof *word))
            return i->number;
    }
    f->first[f->count] = (struct first){number, hash};
    put(f, hash, f->count++);
    return number;
}

static void forget(struct iso_futures *f)
{
    free(f->first);
    free(f->bucket);
    *f = (struct iso_futures){0};
}

uint32_t iso_future_of(struct iso_ob_machine *m, uint32_t number)
{
    struct iso_futures *f = m->futures;
    uint32_t found;
    if (!m->merges)
        return number;
    if (m->pool[number].future)
        return m->pool[number].future - 1;
    if (!f)
        m->futures = f = array(NULL, 1, sizeof *f), *f = (struct iso_futures){0};
    if (f->given_up)
        return number;
    if (!m->symmetry && f->asked == JUDGED_FROM && f->merged < f->asked / SHARE) {
        forget(f);
        f->given_up = true;
        return number;
    }
    found = first_alike(m, number);
    f->asked++;
    f->merged += found != number;
    m->pool[number].future = found + 1;
    if (m->symmetry && found != number)
        iso_symmetry_check(m, number, found);
    return found;
}

/* Numbers of what a residual goes on as once one of its idle reads is made that nothing can spoil. */
static void find_rid(struct iso_ob_machine *m, uint32_t number)
{
    const unsigned thread = m->pool[number].thread;
    const struct iso_residual r = m->pool[number].r;
    const struct iso_run *run = m->thread[thread].run[r.run];
    unsigned count = 0;
    m->pool[number].has_rid = true;
    for (uint64_t left = run->idle & ~r.done & ~run->waits; left && count < ISO_RID_MAX; left &= left - 1) {
        const struct iso_step *s = &run->step[__builtin_ctzll(left)];
        struct iso_residual next = r;
        if ((s->preds & ~r.done) || s->pair >= 0 || ((s->hazards | s->siblings) & ~r.done))
            continue;
        next.done |= left & -left;
        next = (struct iso_residual){next.run, next.aux, next.done};
        const uint32_t then = iso_future_of(m, iso_set_number(m, thread, &next));
        m->pool[number].rid[count++] = then + 1;
    }
}

/* Whether a residual comes about again whenever it matters, from one in the set under way. */
static bool is_covered(struct iso_ob_machine *m, uint32_t number)
{
    const unsigned thread = m->pool[number].thread;
    const struct iso_residual r = m->pool[number].r;
    const struct iso_run *parent;
    struct iso_residual before = r;
    if (m->pool[number].stale != m->scratch_stamp || !m->thread[thread].run[r.run]->parent)
        return false;
    before.run = m->thread[thread].run[r.run]->parent - 1;
    parent = m->thread[thread].run[before.run];
    before.done &= parent->all;
    return m->pool[iso_future_of(m, iso_set_number(m, thread, &before))].stamp == m->scratch_stamp;
}

void iso_future_thin(struct iso_ob_machine *m)
{
    uint32_t kept = 0;
    if (!m->merges)
        return;
    for (uint32_t k = 0; k < m->nscratch; k++) {
        const uint32_t number = m->scratch[k];
        bool idle = false;
        if (!m->pool[number].has_rid)
            find_rid(m, number);
        for (unsigned i = 0; i < ISO_RID_MAX && m->pool[number].rid[i]; i++)
            idle |= m->pool[m->pool[number].rid[i] - 1].stamp == m->scratch_stamp;
        idle |= is_covered(m, number);
        m->pool[number].is_idle = idle;
    }
    for (uint32_t k = 0; k < m->nscratch; k++) {
        const uint32_t number = m->scratch[k];
        if (m->pool[number].is_idle) {
            m->pool[number].stamp = 0;
            m->scratch_sum -= iso_hash_words(&number, 1);
        } else {
            m->scratch[kept++] = number;
        }
    }
    m->nscratch = kept;
}

void iso_futures_free(struct iso_futures *f)
{
    if (f)
        forget(f);
    free(f);
}
