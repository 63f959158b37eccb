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
        if (state->ncauses < known->state.ncauses)
            known->state = *state;
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
    if (text == fixed) {
        text = malloc(length + 1);
        if (!text)
            iso_out_of_memory(__FILE__, __LINE__);
        memcpy(text, fixed, length + 1);
    }
    set->list[set->count] = (struct iso_outcome){.text = text, .count = count, .satisfies = satisfies, .state = *state};
    set->bucket[h] = (uint32_t)++set->count;
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

static int compare(const void *left, const void *right)
{
    return strcmp(((const struct iso_outcome *)left)->text, ((const struct iso_outcome *)right)->text);
}

void iso_outcome_set_sort(struct iso_outcome_set *set)
{
    if (set->count)
        qsort(set->list, set->count, sizeof *set->list, compare);
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
