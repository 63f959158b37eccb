/* The smallest change that removes a divergence, found by search and so proven smallest. Declared in explain.h.
 * Not for: what a change costs. Not modelled: changes of more than three settings at once; timing settings. */
#include "sim/explain.h"

#include <stdlib.h>
#include <string.h>

enum { SIZE_MAX_SET = 3, TRIES_MAX = 600, CANDIDATES_MAX = 256 };

struct search {
    struct iso_minimal *out;
    struct iso_judge *judge;
    const struct iso_cell *cell;
    struct iso_buffer digest;
    struct iso_change_set path;
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

static void digest_of(struct iso_buffer *out, const struct search *s, const struct iso_machine *machine,
                      const struct iso_attribute *attribute)
{
    struct iso_setup *setup = iso_allocate(sizeof *setup);
    struct iso_diags ignored = {0};
    const struct iso_composition *composition = s->judge->composition.test ? &s->judge->composition : NULL;
    iso_buffer_clear(out);
    if (iso_scenario_setup(setup, &ignored, s->judge->scenario, composition, machine, s->cell->tier, attribute) == 0)
        iso_setup_digest(out, setup);
    iso_diags_free(&ignored);
    free(setup);
}

/* The same setting is changed, to whatever value. */
static bool same_setting(const struct iso_change *a, const struct iso_change *b)
{
    return a->is_attribute == b->is_attribute && a->is_cpu == b->is_cpu && a->tier == b->tier && a->hop == b->hop &&
           a->key == b->key && a->cpu_key == b->cpu_key;
}

static bool same_change(const struct iso_change *a, const struct iso_change *b)
{
    return same_setting(a, b) && a->to == b->to &&
           iso_attribute_point_of(&a->attribute) == iso_attribute_point_of(&b->attribute);
}

static bool on_path(const struct search *s, const struct iso_change *change)
{
    for (size_t i = 0; i < s->path.count; i++)
        if (same_setting(&s->path.change[i], change))
            return true;
    return false;
}

/* Keeps a candidate if it changes what becomes of any access. */
static void consider(struct search *s, struct iso_change *list, size_t *count, const struct iso_machine *machine,
                     const struct iso_attribute *attribute, const struct iso_change *change,
                     const struct iso_buffer *before)
{
    struct iso_machine *changed = iso_allocate(sizeof *changed);
    struct iso_attribute other = *attribute;
    *changed = *machine;
    apply(changed, &other, change);
    digest_of(&s->digest, s, changed, &other);
    if (*count < CANDIDATES_MAX && strcmp(iso_buffer_string(&s->digest), iso_buffer_string(before)) != 0)
        list[(*count)++] = *change;
    free(changed);
}

/* All settings that matter: capabilities of the tier under test, then the attribute. */
static size_t candidates(struct search *s, struct iso_change *list, const struct iso_machine *machine,
                         const struct iso_attribute *attribute)
{
    static const char *const attributes[] = {"wb-tagged", "wb", "nc", "device-gre", "device-ngnre"};
    const struct iso_tier *tier = &machine->tiers[s->cell->tier];
    struct iso_buffer before = {0};
    size_t count = 0;
    digest_of(&before, s, machine, attribute);
    for (size_t h = 0; h < tier->nhops; h++)
        for (unsigned k = 0; k < ISO_CAP_COUNT; k++) {
            struct iso_change change = {.tier = s->cell->tier,
                                        .hop = h,
                                        .key = (enum iso_capability_key)k,
                                        .from = tier->hops[h].capabilities.value[k]};
            if (change.from == ISO_VALUE_PASS || on_path(s, &change))
                continue;
            for (size_t i = 0; i < iso_capability_choice_count(change.key); i++) {
                change.to = iso_capability_choice(change.key, i);
                if (change.to != change.from)
                    consider(s, list, &count, machine, attribute, &change, &before);
            }
        }
    for (size_t i = s->judge->scenario->tagged ? 0 : 1; i < sizeof attributes / sizeof attributes[0]; i++) {
        struct iso_change change = {.is_attribute = true};
        if (iso_attribute_parse(&change.attribute, attributes[i], NULL, NULL) == 0 && !on_path(s, &change))
            consider(s, list, &count, machine, attribute, &change, &before);
    }
    iso_buffer_free(&before);
    return count;
}

static bool removes(struct search *s, const struct iso_machine *machine, const struct iso_attribute *attribute)
{
    struct iso_judgement judgement;
    struct iso_diags ignored = {0};
    struct iso_refusal refusal;
    bool good = false;
    if (iso_scenario_refused(&refusal, &machine->tiers[s->cell->tier], attribute, s->judge->composition.test != NULL))
        return false;
    s->out->tried++;
    if (iso_judge_cell(&judgement, &ignored, s->judge, machine, s->cell->tier, attribute) == 0) {
        good = judgement.verdict == ISO_VERDICT_SAME || judgement.verdict == ISO_VERDICT_NARROWER;
        iso_judgement_free(&judgement);
    }
    iso_diags_free(&ignored);
    return good;
}

/* The same set in another order was found already. */
static bool known(const struct search *s)
{
    for (size_t i = 0; i < s->out->count; i++) {
        size_t shared = 0;
        for (size_t a = 0; a < s->path.count; a++)
            for (size_t b = 0; b < s->out->set[i].count; b++)
                shared += same_change(&s->path.change[a], &s->out->set[i].change[b]);
        if (shared == s->path.count)
            return true;
    }
    return false;
}

/* All sets of exactly `more` further changes. */
static void deepen(struct search *s, const struct iso_machine *machine, const struct iso_attribute *attribute,
                   size_t more)
{
    struct iso_change *list = iso_allocate(CANDIDATES_MAX * sizeof *list);
    size_t count = candidates(s, list, machine, attribute);
    for (size_t i = 0; i < count; i++) {
        struct iso_machine *changed = iso_allocate(sizeof *changed);
        struct iso_attribute other = *attribute;
        *changed = *machine;
        apply(changed, &other, &list[i]);
        s->path.change[s->path.count++] = list[i];
        if (s->out->tried >= TRIES_MAX || s->out->count == ISO_CHANGE_SETS_MAX)
            s->out->gave_up = true;
        else if (more > 1)
            deepen(s, changed, &other, more - 1);
        else if (!known(s) && removes(s, changed, &other))
            s->out->set[s->out->count++] = s->path;
        s->path.count--;
        free(changed);
    }
    free(list);
}

void iso_explain_minimal(struct iso_minimal *out, struct iso_judge *judge, const struct iso_machine *machine,
                         const struct iso_cell *cell)
{
    struct search s = {.out = out, .judge = judge, .cell = cell};
    *out = (struct iso_minimal){0};
    for (size_t size = 1; size <= SIZE_MAX_SET && !out->count && !out->gave_up; size++) {
        out->size = size;
        deepen(&s, machine, &cell->attribute, size);
    }
    if (!out->count)
        out->size = 0;
    iso_buffer_free(&s.digest);
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
