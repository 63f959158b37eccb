/* Settings and points as declared in explain_space.h: what may be changed, and what the exhaustive engine makes of a changed machine.
 * What a verdict depended on is what the models were asked for while it was found (models/reads.h): a machine that agrees in all of that gives the same. */
#include "sim/explain_space.h"

#include <stdlib.h>
#include <string.h>

/* ---- the settings ---- */

static struct iso_setting *add_setting(struct iso_space *s, uint16_t *index, uint8_t from)
{
    struct iso_setting *out = &s->setting[s->count];
    *index = s->count;
    *out = (struct iso_setting){.from = from};
    s->base.value[s->count++] = from;
    return out;
}

/* Left out: reads with side effects (CH-61) let more happen and take no outcome away. */
static bool only_adds(unsigned key, uint8_t value)
{
    return key == ISO_CAP_SPECULATION_SAFE && value == ISO_SUPPORT_NO;
}

static void add_hop(struct iso_space *s, size_t hop)
{
    const struct iso_capabilities *c = &s->machine->tiers[s->cell->tier].hops[hop].capabilities;
    for (unsigned k = 0; k < ISO_CAP_COUNT; k++) {
        s->of_hop[hop][k] = ISO_SETTING_NONE;
        if (c->value[k] == ISO_VALUE_PASS)
            continue;
        struct iso_setting *setting = add_setting(s, &s->of_hop[hop][k], c->value[k]);
        setting->hop = (uint8_t)hop;
        setting->key = (uint8_t)k;
        for (size_t i = 0; i < iso_capability_choice_count((enum iso_capability_key)k); i++) {
            uint8_t value = iso_capability_choice((enum iso_capability_key)k, i);
            if (value != setting->from && !only_adds(k, value))
                setting->value[setting->nvalues++] = value;
        }
    }
}

/* `free` is left out: whatever it shows, each of the values that it stands for shows no more. */
static void add_cpu(struct iso_space *s)
{
    for (unsigned k = 0; k < ISO_CPU_COUNT; k++) {
        struct iso_setting *setting = add_setting(s, &s->of_cpu[k], s->machine->features.value[k]);
        setting->is_cpu = true;
        setting->key = (uint8_t)k;
        for (size_t i = 0; i < iso_cpu_choice_count((enum iso_cpu_key)k); i++) {
            uint8_t value = iso_cpu_choice((enum iso_cpu_key)k, i);
            if (value != setting->from)
                setting->value[setting->nvalues++] = value;
        }
    }
}

static void add_attributes(struct iso_space *s)
{
    static const char *const names[] = {
        "wb-tagged", "wb-tagged:osh", "wb-tagged+notag", "wb",           "wb:osh",       "wb:nsh",
        "wb-weak",   "wb-weak:osh",   "wb-weak:nsh",     "wt",           "wt:osh",       "wt:nsh",
        "nc",        "device-gre",    "device-ngre",     "device-ngnre", "device-ngnrne"};
    struct iso_setting *setting = add_setting(s, &s->attribute, 0);
    setting->is_attribute = true;
    s->attributes[0] = s->cell->attribute;
    for (size_t i = s->judge->scenario->tagged ? 0 : 3; i < sizeof names / sizeof names[0]; i++) {
        struct iso_attribute *a = &s->attributes[setting->nvalues + 1];
        if (iso_attribute_parse(a, names[i], NULL, NULL) == 0 &&
            iso_attribute_point_of(a) != iso_attribute_point_of(&s->cell->attribute)) {
            setting->value[setting->nvalues] = (uint8_t)(setting->nvalues + 1);
            setting->nvalues++;
        }
    }
}

struct iso_change iso_space_change(const struct iso_space *s, uint16_t index, uint8_t value)
{
    const struct iso_setting *setting = &s->setting[index];
    struct iso_change out = {.is_attribute = setting->is_attribute,
                             .is_cpu = setting->is_cpu,
                             .tier = s->cell->tier,
                             .hop = setting->hop,
                             .from = setting->from,
                             .to = value};
    if (setting->is_attribute)
        out.attribute = s->attributes[value];
    else if (setting->is_cpu)
        out.cpu_key = (enum iso_cpu_key)setting->key;
    else
        out.key = (enum iso_capability_key)setting->key;
    return out;
}

static void set_point(struct iso_space *s, const struct iso_point *point)
{
    struct iso_tier *tier = &s->changed.tiers[s->cell->tier];
    for (uint16_t i = 0; i < s->count; i++) {
        const struct iso_setting *setting = &s->setting[i];
        if (setting->is_cpu)
            s->changed.features.value[setting->key] = point->value[i];
        else if (!setting->is_attribute)
            tier->hops[setting->hop].capabilities.value[setting->key] = point->value[i];
    }
}

/* ---- what was asked for ---- */

static void clear_reads(struct iso_space *s)
{
    s->cpu_reads = (struct iso_reads){{0}};
    memset(s->hop_reads, 0, sizeof s->hop_reads);
}

static void add_reads(struct iso_settings *out, const struct iso_reads *reads, const uint16_t *setting, unsigned count)
{
    for (unsigned k = 0; k < count; k++)
        if (reads->key[k / 64] >> k % 64 & 1 && setting[k] != ISO_SETTING_NONE)
            iso_settings_add(out, setting[k]);
}

static void reads_so_far(struct iso_settings *out, const struct iso_space *s)
{
    *out = (struct iso_settings){{0}};
    add_reads(out, &s->cpu_reads, s->of_cpu, ISO_CPU_COUNT);
    for (size_t h = 0; h < s->machine->tiers[s->cell->tier].nhops; h++)
        add_reads(out, &s->hop_reads[h], s->of_hop[h], ISO_CAP_COUNT);
}

/* ---- judging ---- */

/* Both say something that cannot hold at once, or that no page can have. */
static bool is_impossible(struct iso_settings *why, struct iso_space *s, const struct iso_attribute *attribute)
{
    const struct iso_tier *tier = &s->changed.tiers[s->cell->tier];
    struct iso_refusal refusal;
    enum iso_cpu_key first, second;
    enum iso_capability_key one, other;
    *why = (struct iso_settings){{0}};
    if (iso_scenario_refused(&refusal, tier, attribute, s->judge->composition.migrates)) {
        iso_settings_add(why, s->attribute);
        return true;
    }
    if (s->contradicts)
        return false;
    if (iso_cpu_contradiction(&s->changed.features, &first, &second)) {
        iso_settings_add(why, s->of_cpu[first]);
        iso_settings_add(why, s->of_cpu[second]);
        return true;
    }
    for (size_t h = 0; h < tier->nhops; h++)
        if (iso_capability_contradiction(&tier->hops[h].capabilities, &one, &other)) {
            if (s->of_hop[h][one] != ISO_SETTING_NONE)
                iso_settings_add(why, s->of_hop[h][one]);
            if (s->of_hop[h][other] != ISO_SETTING_NONE)
                iso_settings_add(why, s->of_hop[h][other]);
            return true;
        }
    return false;
}

/* The set of the cell, or (attribute NULL) of ordinary memory. false: the engine cannot run it. */
static bool run(struct iso_outcome_set *out, struct iso_space *s, const struct iso_attribute *attribute)
{
    const struct iso_judge *judge = s->judge;
    const struct iso_composition *composition = judge->composition.test ? &judge->composition : NULL;
    const struct iso_explore_options options = {.loop_bound = judge->run->loop_bound,
                                                .max_candidates = judge->run->max_candidates};
    struct iso_diags ignored = {0};
    if (!attribute && judge->correct.test)
        composition = &judge->correct;
    iso_outcome_set_init(out);
    clear_reads(s);
    bool good = iso_cell_setup(&s->setup, &ignored, judge->scenario, composition, &s->changed, s->cell,
                               attribute ? s->cell->tier : s->changed.reference, attribute) == 0 &&
                iso_engine_exhaustive(out, &ignored, &s->setup, &options) == 0;
    iso_outcome_set_sort(out);
    iso_diags_free(&ignored);
    return good;
}

static bool is_subset(const struct iso_outcome_set *a, const struct iso_outcome_set *b)
{
    for (size_t i = 0; i < a->count; i++)
        if (iso_outcome_index(b, a->list[i].text) == b->count)
            return false;
    return true;
}

void iso_space_judge(struct iso_finding *out, struct iso_space *s, const struct iso_point *point)
{
    const struct iso_attribute *attribute = &s->attributes[point->value[s->attribute]];
    struct iso_outcome_set set;
    *out = (struct iso_finding){.removes = false};
    set_point(s, point);
    if (is_impossible(&out->why, s, attribute))
        return;
    s->judged++;
    bool ran = run(&set, s, attribute), narrower = is_subset(&set, &s->ordinary), bounded = !ran || set.bounded;
    s->states += set.candidates;
    iso_outcome_set_free(&set);
    reads_so_far(&out->why, s);
    iso_settings_add(&out->why, s->attribute);
    out->undecided = narrower && bounded;
    if (!narrower || bounded)
        return;
    ran = run(&set, s, NULL);
    bounded = !ran || set.bounded;
    out->removes = !bounded && is_subset(&set, &s->ordinary) && is_subset(&s->ordinary, &set);
    out->undecided = bounded;
    s->states += set.candidates;
    iso_outcome_set_free(&set);
    reads_so_far(&out->why, s);
}

int iso_space_open(struct iso_space *s, struct iso_judge *judge, const struct iso_machine *machine,
                   const struct iso_cell *cell)
{
    struct iso_finding as_it_is;
    struct iso_settings why;
    memset(s, 0, sizeof *s);
    s->judge = judge;
    s->machine = machine;
    s->cell = cell;
    s->changed = *machine;
    s->changed.features.reads = &s->cpu_reads;
    add_attributes(s); /* first: most depends on it */
    for (size_t h = 0; h < machine->tiers[cell->tier].nhops; h++) {
        s->changed.tiers[cell->tier].hops[h].capabilities.reads = &s->hop_reads[h];
        add_hop(s, h);
    }
    add_cpu(s);
    if (!(iso_engines_linked() & ISO_ENGINE_EXHAUSTIVE) || !run(&s->ordinary, s, NULL) || s->ordinary.bounded)
        return -1;
    s->contradicts = is_impossible(&why, s, &cell->attribute);
    iso_space_judge(&as_it_is, s, &s->base);
    return as_it_is.removes || as_it_is.undecided ? -1 : 0;
}

void iso_space_close(struct iso_space *s)
{
    iso_outcome_set_free(&s->ordinary);
}
