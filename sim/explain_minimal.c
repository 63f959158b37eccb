/* The smallest change that removes a divergence, found by search and so proven smallest. Declared in explain.h.
 * Not for: what a change costs. Not modelled: changes of more than three settings at once; timing settings; CPU features that change no access
 * and no monitor (DIC, IDC, ETS, BBM levels), for an engine runs a machine's scenario by its Variant= line in these. */
#include "sim/explain.h"

#include <stdlib.h>
#include <string.h>

enum { SETTINGS_MAX = 1024, COMBINATIONS_MAX = 300000 };

/* What a changed machine makes of the program's accesses, and whether the divergence is gone there. */
struct point {
    char digest[ISO_SHA256_TEXT_MAX];
    bool removes;
};

struct search {
    struct iso_minimal *out;
    struct iso_judge *judge;
    const struct iso_machine *machine; /* as it is */
    const struct iso_cell *cell;
    const struct iso_outcome_set *ordinary; /* what the reference shows there */
    struct iso_change change[SETTINGS_MAX];
    uint32_t alone[SETTINGS_MAX]; /* point of that change by itself */
    bool active[SETTINGS_MAX];    /* it makes a difference by itself or beside another change */
    size_t nchanges;
    struct point *point; /* distinct ones, that of the machine as it is first */
    uint32_t npoints, capacity;
    uint32_t *bucket;
    uint32_t size;
    bool exclusives; /* the program has some */
    struct iso_machine changed;
    struct iso_buffer text;
};

static void apply(struct iso_machine *machine, struct iso_attribute *attribute, const struct iso_change *change)
{
    if (change->is_attribute)
        *attribute = change->attribute;
    else if (change->is_cpu)
        machine->features.value[change->cpu_key] = change->to;
    else
        machine->tiers[change->tier].hops[change->hop].capabilities.value[change->key] = change->to;
}

/* The same setting is changed, to whatever value. */
static bool same_setting(const struct iso_change *a, const struct iso_change *b)
{
    return a->is_attribute == b->is_attribute && a->is_cpu == b->is_cpu && a->tier == b->tier && a->hop == b->hop &&
           a->key == b->key && a->cpu_key == b->cpu_key;
}

/* ---- all single changes ---- */

static void add_change(struct search *s, const struct iso_change *change)
{
    if (s->nchanges < SETTINGS_MAX)
        s->change[s->nchanges++] = *change;
    else
        s->out->gave_up = true;
}

/* Capabilities of the tier under test, features and choices of the CPU, attributes. */
static void list_changes(struct search *s)
{
    static const char *const attributes[] = {
        "wb-tagged", "wb-tagged+notag", "wb",          "wb-weak",      "wt",
        "nc",        "device-gre",      "device-ngre", "device-ngnre", "device-ngnrne"};
    const struct iso_tier *tier = &s->machine->tiers[s->cell->tier];
    for (size_t h = 0; h < tier->nhops; h++)
        for (unsigned k = 0; k < ISO_CAP_COUNT; k++) {
            struct iso_change change = {.tier = s->cell->tier,
                                        .hop = h,
                                        .key = (enum iso_capability_key)k,
                                        .from = tier->hops[h].capabilities.value[k]};
            for (size_t i = 0; change.from != ISO_VALUE_PASS && i < iso_capability_choice_count(change.key); i++) {
                change.to = iso_capability_choice(change.key, i);
                if (change.to != change.from)
                    add_change(s, &change);
            }
        }
    for (unsigned k = 0; k < ISO_CPU_COUNT; k++) {
        struct iso_change change = {
            .is_cpu = true, .cpu_key = (enum iso_cpu_key)k, .from = s->machine->features.value[k]};
        for (size_t i = 0; i < iso_cpu_choice_count(change.cpu_key); i++) {
            change.to = iso_cpu_choice(change.cpu_key, i);
            if (change.to != change.from)
                add_change(s, &change);
        }
    }
    for (size_t i = s->judge->scenario->tagged ? 0 : 2; i < sizeof attributes / sizeof attributes[0]; i++) {
        struct iso_change change = {.is_attribute = true};
        if (iso_attribute_parse(&change.attribute, attributes[i], NULL, NULL) == 0 &&
            iso_attribute_point_of(&change.attribute) != iso_attribute_point_of(&s->cell->attribute))
            add_change(s, &change);
    }
}

/* ---- points ---- */

/* Settings of the monitors: not seen in what becomes of an access. */
static bool is_of_monitors(unsigned key)
{
    return key == ISO_CPU_ERG || key == ISO_CPU_NSH_OBSERVERS ||
           (key >= ISO_CPU_MON_OWN_STORE_MARKED && key <= ISO_CPU_STX_ABORT);
}

static void digest_of(char out[ISO_SHA256_TEXT_MAX], struct search *s, const struct iso_attribute *attribute)
{
    struct iso_setup *setup = iso_allocate(sizeof *setup);
    struct iso_diags ignored = {0};
    const struct iso_composition *composition = s->judge->composition.test ? &s->judge->composition : NULL;
    iso_buffer_clear(&s->text);
    iso_buffer_add(&s->text, "");
    if (iso_scenario_setup(setup, &ignored, s->judge->scenario, composition, &s->changed, s->cell->tier, attribute,
                           &s->cell->aliases) == 0)
        iso_setup_digest(&s->text, setup);
    for (unsigned k = 0; s->exclusives && k < ISO_CPU_COUNT; k++)
        if (is_of_monitors(k))
            iso_buffer_format(&s->text, "%u;", s->changed.features.value[k]);
    iso_sha256_text(out, s->text.data, s->text.size);
    iso_diags_free(&ignored);
    free(setup);
}

static bool same_set(const struct iso_outcome_set *a, const struct iso_outcome_set *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; i < a->count && same; i++)
        same = strcmp(a->list[i].text, b->list[i].text) == 0;
    return same;
}

/* Whether the cell shows nothing new on the changed machine, on which ordinary memory must be what it was. */
static bool judge_point(struct search *s, const struct iso_attribute *attribute)
{
    struct iso_judgement judgement;
    struct iso_diags ignored = {0};
    struct iso_refusal refusal;
    enum iso_cpu_key first, second;
    bool good = false;
    if (iso_scenario_refused(&refusal, &s->changed.tiers[s->cell->tier], attribute, s->judge->composition.migrates) ||
        iso_cpu_contradiction(&s->changed.features, &first, &second))
        return false;
    s->out->judged++;
    if (iso_judge_cell(&judgement, &ignored, s->judge, &s->changed, s->cell, attribute) == 0) {
        good = (judgement.verdict == ISO_VERDICT_SAME || judgement.verdict == ISO_VERDICT_NARROWER) &&
               same_set(iso_evaluation_set(judgement.reference), s->ordinary);
        iso_judgement_free(&judgement);
    }
    iso_diags_free(&ignored);
    return good;
}

static uint32_t bucket_of(const struct search *s, const char *digest)
{
    uint32_t hash = 2166136261u;
    for (const char *c = digest; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619u;
    hash &= s->size - 1;
    while (s->bucket[hash] && strcmp(s->point[s->bucket[hash] - 1].digest, digest) != 0)
        hash = (hash + 1) & (s->size - 1);
    return hash;
}

/* The point that some changes lead to, judged if it is new. */
static uint32_t point_of(struct search *s, const uint32_t *member, size_t count)
{
    char digest[ISO_SHA256_TEXT_MAX];
    struct iso_attribute attribute = s->cell->attribute;
    s->changed = *s->machine;
    for (size_t i = 0; i < count; i++)
        apply(&s->changed, &attribute, &s->change[member[i]]);
    digest_of(digest, s, &attribute);
    if (2 * s->npoints >= s->size) {
        s->size = s->size ? 2 * s->size : 1024;
        free(s->bucket);
        s->bucket = iso_allocate(s->size * sizeof *s->bucket);
        for (uint32_t i = 0; i < s->npoints; i++)
            s->bucket[bucket_of(s, s->point[i].digest)] = i + 1;
    }
    uint32_t at = bucket_of(s, digest);
    if (!s->bucket[at]) {
        if (s->npoints == s->capacity) {
            s->capacity = s->capacity ? 2 * s->capacity : 256;
            s->point = iso_reallocate(s->point, s->capacity * sizeof *s->point);
        }
        struct point *p = &s->point[s->npoints++];
        memcpy(p->digest, digest, sizeof digest);
        p->removes = count && judge_point(s, &attribute);
        s->bucket[at] = s->npoints;
    }
    return s->bucket[at] - 1;
}

/* ---- search ---- */

/* One set of changes. False: the search is at its bound. */
static bool try_set(struct search *s, const uint32_t *member, size_t count, uint32_t *point)
{
    struct iso_minimal *out = s->out;
    if (out->judged >= ISO_CHANGE_TRIES_MAX || out->tried >= COMBINATIONS_MAX) {
        out->gave_up = true;
        return false;
    }
    out->tried++;
    out->tried_of[count]++;
    *point = point_of(s, member, count);
    if (!s->point[*point].removes)
        return true;
    if (out->count == ISO_CHANGE_SETS_MAX) {
        out->gave_up = true;
        return false;
    }
    for (size_t i = 0; i < count; i++)
        out->set[out->count].change[i] = s->change[member[i]];
    out->set[out->count++].count = count;
    return true;
}

/* Every set of one change; of two; of three that each matter beside one other. */
static void try_all(struct search *s, size_t size)
{
    uint32_t m[ISO_CHANGE_SIZE_MAX], point;
    for (m[0] = 0; m[0] < s->nchanges; m[0]++) {
        if (size == 1) {
            if (!try_set(s, m, 1, &s->alone[m[0]]))
                return;
            s->active[m[0]] = s->alone[m[0]] != 0;
        }
        for (m[1] = m[0] + 1; size > 1 && m[1] < s->nchanges; m[1]++) {
            if (same_setting(&s->change[m[0]], &s->change[m[1]]))
                continue;
            if (size == 2) {
                if (!try_set(s, m, 2, &point))
                    return;
                s->active[m[0]] |= point != s->alone[m[1]];
                s->active[m[1]] |= point != s->alone[m[0]];
            }
            for (m[2] = m[1] + 1; size > 2 && s->active[m[0]] && s->active[m[1]] && m[2] < s->nchanges; m[2]++)
                if (s->active[m[2]] && !same_setting(&s->change[m[0]], &s->change[m[2]]) &&
                    !same_setting(&s->change[m[1]], &s->change[m[2]]) && !try_set(s, m, 3, &point))
                    return;
        }
    }
}

void iso_explain_minimal(struct iso_minimal *out, struct iso_judge *judge, const struct iso_machine *machine,
                         const struct iso_cell *cell)
{
    struct search *s = iso_allocate(sizeof *s);
    struct iso_judgement judgement;
    struct iso_diags ignored = {0};
    const struct iso_test *test = judge->scenario->test;
    s->out = out;
    s->judge = judge;
    s->machine = machine;
    s->cell = cell;
    *out = (struct iso_minimal){0};
    for (uint32_t t = 0; t < test->nthreads; t++)
        for (uint32_t i = 0; i < test->thread[t].ninsns; i++)
            s->exclusives |= test->thread[t].insn[i].cls == ISO_INSN_LOAD_EXCLUSIVE;
    if (iso_judge_cell(&judgement, &ignored, judge, machine, cell, &cell->attribute) == 0) {
        s->ordinary = iso_evaluation_set(judgement.reference);
        iso_judgement_free(&judgement);
        list_changes(s);
        point_of(s, NULL, 0);
    }
    iso_diags_free(&ignored);
    for (size_t size = 1; s->ordinary && size <= ISO_CHANGE_SIZE_MAX && !out->count && !out->gave_up; size++) {
        out->size = out->reached = size;
        try_all(s, size);
    }
    if (!out->count)
        out->size = 0;
    iso_buffer_free(&s->text);
    free(s->point);
    free(s->bucket);
    free(s);
}

void iso_change_text(struct iso_buffer *out, const struct iso_machine *machine, const struct iso_cell *cell,
                     const struct iso_change *change)
{
    char name[ISO_ATTRIBUTE_NAME_MAX];
    if (change->is_attribute) {
        iso_attribute_name(name, &change->attribute);
        iso_buffer_format(out, "attribute: %s -> %s", cell->attribute_name, name);
    } else if (change->is_cpu) {
        iso_buffer_format(out, "cpu.%s: %s -> %s", iso_cpu_key(change->cpu_key)->name,
                          iso_cpu_value_name(change->cpu_key, change->from),
                          iso_cpu_value_name(change->cpu_key, change->to));
    } else {
        iso_buffer_format(out, "tiers.%s.%s: %s -> %s (hop %s)", machine->tiers[change->tier].name,
                          iso_capability_key(change->key)->name, iso_capability_value_name(change->key, change->from),
                          iso_capability_value_name(change->key, change->to),
                          machine->tiers[change->tier].hops[change->hop].name);
    }
}
