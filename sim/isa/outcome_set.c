/* Sets of final states: deduplicated by text while they are collected, sorted by text when they are reported.
 * Not for: how a state prints (outcome.c). */
#include "sim/isa/fatal.h"
#include "sim/isa/outcome.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void iso_outcome_set_init(struct iso_outcome_set *set)
{
    memset(set, 0, sizeof *set);
}

static uint64_t hash(const char *text)
{
    uint64_t h = 14695981039346656037u;
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 1099511628211u;
    return h ^ h >> 29;
}

/* Makes the table twice the room of the list and enters all of it. */
static void rebuild(struct iso_outcome_set *set)
{
    size_t buckets = set->nbuckets ? set->nbuckets : 32;

    while (buckets < set->count * 2 + 2)
        buckets *= 2;
    free(set->bucket);
    set->bucket = calloc(buckets, sizeof *set->bucket);
    if (!set->bucket)
        iso_out_of_memory(__FILE__, __LINE__);
    set->nbuckets = buckets;
    for (size_t i = 0; i < set->count; i++) {
        size_t h = (size_t)hash(set->list[i].text) & (buckets - 1);
        while (set->bucket[h])
            h = (h + 1) & (buckets - 1);
        set->bucket[h] = (uint32_t)(i + 1);
    }
}

struct iso_end iso_final_end(const struct iso_final *state)
{
    return (struct iso_end){state->nfaults, state->ncauses, state->no_progress, state->fault, state->cause};
}

/* One block for the text, the faults and the causes: a set may have a million states. Returns its bytes. */
static size_t keep(struct iso_outcome *out, const char *text, size_t length, const struct iso_final *state)
{
    const size_t align = _Alignof(struct iso_fault), faults = state->nfaults * sizeof *state->fault,
                 causes = state->ncauses * sizeof *state->cause, begin = (length + align) & ~(align - 1),
                 size = begin + faults + causes;
    char *block = malloc(size);
    if (!block)
        iso_out_of_memory(__FILE__, __LINE__);
    memcpy(block, text, length + 1);
    memcpy(block + begin, state->fault, faults);
    memcpy(block + begin + faults, state->cause, causes);
    out->text = block;
    out->state = iso_final_end(state);
    out->state.fault = (struct iso_fault *)(void *)(block + begin);
    out->state.cause = (struct iso_cause *)(void *)(block + begin + faults);
    return size;
}

/* Order among causes, by what they say. */
static int compare_causes(const struct iso_cause *a, const struct iso_cause *b)
{
    const int by[] = {a->thread - b->thread, a->insn - b->insn, a->rule - b->rule,
                      a->effect - b->effect, a->tier - b->tier, a->hop - b->hop};
    for (size_t i = 0; i < sizeof by / sizeof *by; i++)
        if (by[i])
            return by[i];
    return 0;
}

/* Whether a state is told by these causes rather than by those known: by the fewest; of as many by the first in order, so that it does not hang on which was found
 * first. */
static bool tells_better(const struct iso_final *state, const struct iso_end *known)
{
    int order = 0;
    if (state->ncauses != known->ncauses)
        return state->ncauses < known->ncauses;
    for (uint32_t i = 0; i < state->ncauses && !order; i++)
        order = compare_causes(&state->cause[i], &known->cause[i]);
    return order < 0;
}

static void insert(struct iso_outcome_set *set, const struct iso_test *test, const struct iso_final *state,
                   uint64_t count, bool satisfies)
{
    char fixed[2048], *text = fixed;
    size_t length = iso_final_text(fixed, sizeof fixed, test, state);

    if (length >= sizeof fixed) {
        text = malloc(length + 1);
        if (!text)
            iso_out_of_memory(__FILE__, __LINE__);
        iso_final_text(text, length + 1, test, state);
    }
    if (set->count * 2 + 2 > set->nbuckets)
        rebuild(set);
    size_t h = (size_t)hash(text) & (set->nbuckets - 1);
    for (; set->bucket[h]; h = (h + 1) & (set->nbuckets - 1)) {
        struct iso_outcome *known = &set->list[set->bucket[h] - 1];
        if (strcmp(known->text, text))
            continue;
        known->count += count;
        if (tells_better(state, &known->state)) {
            char *before = known->text;
            keep(known, text, length, state);
            free(before);
        }
        if (text != fixed)
            free(text);
        return;
    }
    if (set->count == set->capacity) {
        size_t capacity = set->capacity ? set->capacity * 2 : 8;
        struct iso_outcome *list = realloc(set->list, capacity * sizeof *list);
        if (!list)
            iso_out_of_memory(__FILE__, __LINE__);
        set->list = list;
        set->capacity = capacity;
    }
    set->list[set->count] = (struct iso_outcome){.count = count, .satisfies = satisfies};
    set->bytes += sizeof *set->list + keep(&set->list[set->count], text, length, state);
    set->bucket[h] = (uint32_t)++set->count;
    if (text != fixed)
        free(text);
}

void iso_outcome_set_add(struct iso_outcome_set *set, const struct iso_test *test, const struct iso_final *state,
                         uint64_t count)
{
    if (test->nfilters && !iso_final_passes_filter(test, state))
        return;
    bool satisfies = iso_final_satisfies(test, state);
    if (satisfies !=
        (test->quantifier == ISO_NOT_EXISTS)) /* ~exists: an execution without the body is a positive one */
        set->positive += count;
    else
        set->negative += count;
    insert(set, test, state, count, satisfies);
}

struct iso_outcome_mark iso_outcome_set_mark(const struct iso_outcome_set *set)
{
    return (struct iso_outcome_mark){set->count, set->bytes, set->positive, set->negative};
}

void iso_outcome_set_cut(struct iso_outcome_set *set, const struct iso_outcome_mark *mark)
{
    while (set->count > mark->count)
        free(set->list[--set->count].text);
    set->bytes = mark->bytes;
    set->positive = mark->positive;
    set->negative = mark->negative;
    rebuild(set);
}

/* ---- sorting: texts begin alike and a set may have a million of them, so eight bytes at a time ---- */

struct item {
    uint64_t key;   /* bytes of the text at the depth under way, the first one highest */
    uint32_t index; /* in the list */
};

static uint64_t key_at(const char *text, size_t depth)
{
    uint64_t key = 0;
    for (unsigned i = 0; i < 8; i++) {
        unsigned char c = (unsigned char)text[depth + i];
        key |= (uint64_t)c << (56 - 8 * i);
        if (!c)
            break;
    }
    return key;
}

/* Sorts by key; equal ones stay in order. */
static void merge_sort(struct item *item, struct item *room, size_t count)
{
    if (count <= 12) {
        for (size_t i = 1; i < count; i++) {
            struct item one = item[i];
            size_t k = i;
            for (; k && item[k - 1].key > one.key; k--)
                item[k] = item[k - 1];
            item[k] = one;
        }
        return;
    }
    size_t half = count / 2, left = 0, right = half;
    merge_sort(item, room, half);
    merge_sort(item + half, room, count - half);
    if (item[half - 1].key <= item[half].key)
        return;
    memcpy(room, item, half * sizeof *item);
    for (size_t to = 0; left < half; to++)
        item[to] = right < count && item[right].key < room[left].key ? item[right++] : room[left++];
}

/* Sorts texts that are alike up to `depth`. */
static void sort_from(const struct iso_outcome *list, struct item *item, struct item *room, size_t count, size_t depth)
{
    for (size_t i = 0; i < count; i++)
        item[i].key = key_at(list[item[i].index].text, depth);
    merge_sort(item, room, count);
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && item[end].key == item[i].key; end++)
            ;
        if (end - i > 1 && item[i].key & 255) /* no end of text in it */
            sort_from(list, item + i, room, end - i, depth + 8);
    }
}

void iso_outcome_set_sort(struct iso_outcome_set *set)
{
    struct item *item = set->count > 1 ? malloc((set->count + set->count / 2) * sizeof *item) : NULL;
    struct iso_outcome *list = set->count > 1 ? malloc(set->count * sizeof *list) : NULL;
    if (set->count > 1) {
        if (!item || !list)
            iso_out_of_memory(__FILE__, __LINE__);
        for (size_t i = 0; i < set->count; i++)
            item[i].index = (uint32_t)i;
        sort_from(set->list, item, item + set->count, set->count, 0);
        for (size_t i = 0; i < set->count; i++)
            list[i] = set->list[item[i].index];
        free(set->list);
        set->list = list;
        set->capacity = set->count;
    }
    free(item);
    if (set->nbuckets)
        rebuild(set);
}

enum iso_test_verdict iso_outcome_set_verdict(const struct iso_outcome_set *set, const struct iso_test *test)
{
    uint64_t with = set->positive, without = set->negative; /* the body, whatever the quantifier */

    if (test->quantifier == ISO_NOT_EXISTS) {
        with = set->negative;
        without = set->positive;
    }
    return !with ? ISO_NEVER : without ? ISO_SOMETIMES : ISO_ALWAYS;
}

void iso_outcome_set_free(struct iso_outcome_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        free(set->list[i].text);
    free(set->list);
    free(set->bucket);
    memset(set, 0, sizeof *set);
}
