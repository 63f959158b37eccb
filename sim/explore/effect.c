/* Effects of accesses on tiers, cached, with their deviation from ordinary memory. See effect.h. */
#include "sim/explore/effect.h"
#include "models/rule.h"
#include "sim/explore/depend.h"
#include "sim/isa/a64_asm.h"
#include "sim/isa/fatal.h"

#include <stdlib.h>
#include <string.h>

enum { CACHE_MAX = 256 };

struct entry {
    struct iso_effect_query query;
    struct iso_tier_effect *effect;
    uint32_t count;
};

struct iso_effect_cache {
    struct entry entry[CACHE_MAX];
    uint32_t count;
    struct iso_machine ordinary;
    struct iso_effect_set set, usual; /* scratch: large */
    struct iso_machine bound;         /* likewise */
    struct iso_tier tier;             /* likewise */
};

struct iso_effect_cache *iso_effect_cache_new(void)
{
    struct iso_effect_cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        iso_out_of_memory(__FILE__, __LINE__);
    iso_ordinary_machine(&cache->ordinary);
    return cache;
}

void iso_effect_cache_clear(struct iso_effect_cache *cache)
{
    for (uint32_t i = 0; i < cache->count; i++)
        free(cache->entry[i].effect);
    cache->count = 0;
}

void iso_effect_cache_free(struct iso_effect_cache *cache)
{
    if (cache)
        iso_effect_cache_clear(cache);
    free(cache);
}

/* The rule that decided. Where no choice did, the effect names the last fixed rule that it came by; of tags that is the rule of tag types. */
static uint16_t rule_row(const struct iso_rule_ref *ref, uint8_t deviation)
{
    const struct iso_rule *row = ref->member ? iso_rule_find(ref->member) : NULL;
    if (!row && ref->id)
        row = iso_rule_find(ref->id);
    if (row && row->kind == ISO_RULE_FIXED && deviation >= ISO_CAUSE_TAG_UNCHECKED &&
        deviation <= ISO_CAUSE_TAG_ALIASES)
        row = iso_rule_find("TAG");
    return row ? (uint16_t)(row - iso_rule_at(0)) : 0;
}

/* Whether an access may go another way each time. */
static bool is_free(const struct iso_effect_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct iso_rule *row = set->item[i].rule.id ? iso_rule_find(set->item[i].rule.id) : NULL;
        if (row && (row->kind == ISO_RULE_UNPREDICTABLE || row->kind == ISO_RULE_PERMITTED))
            return true;
    }
    return false;
}

static struct iso_tier_choice *add_choice(struct iso_tier_choices *choices)
{
    if (choices->count == ISO_CHOICES_MAX) {
        choices->overflow = true;
        return NULL;
    }
    choices->list[choices->count] = (struct iso_tier_choice){.rule = NULL};
    return &choices->list[choices->count++];
}

uint32_t iso_effect_implementation(struct iso_tier_choices *choices, uint8_t tier, uint8_t kind, const char *rule,
                                   uint32_t count)
{
    struct iso_tier_choice *c;
    for (uint32_t i = 0; i < choices->count; i++) {
        c = &choices->list[i];
        if (c->rule && c->tier == tier && c->kind == kind && c->count == count && c->rule == rule)
            return c->taken;
    }
    c = add_choice(choices);
    if (c) {
        c->rule = rule;
        c->tier = tier;
        c->kind = kind;
        c->count = (uint8_t)count;
    }
    return 0;
}

/* The choice about an unknown setting, added if new. NULL: too many. */
static struct iso_tier_choice *setting_choice(struct iso_tier_choices *choices, uint8_t tier,
                                              const struct iso_assumption *a)
{
    struct iso_tier_choice *c;
    for (uint32_t i = 0; i < choices->count; i++) {
        c = &choices->list[i];
        if (!c->rule && c->assumption.is_cpu == a->is_cpu && c->assumption.key == a->key &&
            (a->is_cpu || (c->tier == tier && c->assumption.hop == a->hop)))
            return c;
    }
    c = add_choice(choices);
    if (c) {
        c->tier = tier;
        c->assumption = *a;
    }
    return c;
}

uint8_t iso_effect_setting(struct iso_tier_choices *choices, const struct iso_cpu_features *features,
                           enum iso_cpu_key key)
{
    const struct iso_assumption a = {.is_cpu = true, .key = (uint8_t)key};
    struct iso_tier_choice *c;
    if (iso_cpu_get(features, key) >= ISO_VALUE_FIRST)
        return iso_cpu_get(features, key);
    c = setting_choice(choices, 0, &a);
    if (!c)
        return iso_cpu_choice(key, 0);
    for (c->count = 0; c->count < iso_cpu_choice_count(key) && c->count < ISO_CHOICE_VALUES_MAX; c->count++)
        c->value[c->count] = iso_cpu_choice(key, c->count);
    return c->value[c->taken];
}

/* Whether an element assumes of each unknown setting what it is taken to be. Values met for the first time are noted. */
static bool agrees(const struct iso_effect *e, struct iso_tier_choices *choices, uint8_t tier)
{
    for (uint32_t i = 0; i < e->nassumed; i++) {
        struct iso_tier_choice *c = setting_choice(choices, tier, &e->assumed[i]);
        uint8_t k = 0;
        if (!c)
            return false;
        while (k < c->count && c->value[k] != e->assumed[i].value)
            k++;
        if (k == c->count && k < ISO_CHOICE_VALUES_MAX)
            c->value[c->count++] = e->assumed[i].value;
        if (k != c->taken)
            return false;
    }
    return true;
}

/* Leaves the elements that can be under the settings as they are taken; one of them at least. */
static void drop_other_settings(struct iso_effect_set *set, struct iso_tier_choices *choices, uint8_t tier)
{
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++)
        if (agrees(&set->item[i], choices, tier))
            set->item[count++] = set->item[i]; /* elements only move down */
    if (!count)
        choices->overflow = true;
    set->count = count ? count : 1;
}

void iso_effect_agree(struct iso_effect_set *set, struct iso_tier_choices *choices)
{
    drop_other_settings(set, choices, 0);
}

struct iso_tier_effect iso_effect_of_both(const struct iso_effect *effect, const struct iso_access *access,
                                          uint8_t tier)
{
    uint8_t deviation = effect->kind == ISO_EFFECT_FAULT      ? ISO_CAUSE_FAULT
                        : effect->kind == ISO_EFFECT_NOP      ? iso_effect_nop(access)
                        : effect->order & ISO_ORDER_UNORDERED ? ISO_CAUSE_ORDER
                                                              : ISO_CAUSE_NONE;
    return (struct iso_tier_effect){
        .effect = *effect, .deviation = deviation, .tier = tier, .rule = rule_row(&effect->rule, deviation)};
}

bool iso_effect_next(struct iso_tier_choices *choices)
{
    while (choices->count) {
        struct iso_tier_choice *last = &choices->list[choices->count - 1];
        if (++last->taken < last->count) {
            choices->overflow |= ++choices->runs == ISO_CHOICE_RUNS_MAX;
            return choices->runs < ISO_CHOICE_RUNS_MAX;
        }
        choices->count--;
    }
    return false;
}

/* Decides with each knob that a machine leaves open, but an implementation turns one way for all its accesses, as this exploration takes it. The machine that is
 * so; cache->set: its answer. */
static const struct iso_machine *decide_as_one(struct iso_effect_cache *cache, struct iso_tier_choices *choices,
                                               const struct iso_machine *machine, const struct iso_effect_query *query)
{
    struct iso_cpu_features features = machine->features;
    struct iso_reads reads;
    bool any = false, again = true;
    cache->tier = machine->tiers[query->tier];
    for (size_t h = 0; h < cache->tier.nhops; h++)
        cache->tier.hops[h].capabilities.reads = NULL;
    while (again) {
        again = false;
        memset(&reads, 0, sizeof reads);
        features.reads = &reads;
        iso_decide_path(&cache->set, &query->access, &query->attribute, &cache->tier, &features);
        for (unsigned k = 0; k < ISO_CPU_COUNT; k++) {
            enum iso_cpu_key key = (enum iso_cpu_key)k;
            bool open = (reads.key[k / 64] >> k % 64 & 1) && iso_cpu_get(&features, key) < ISO_VALUE_FIRST;
            if (!open || !iso_cpu_is_one_choice(key))
                continue;
            (void)iso_cpu_set(&features, key, iso_effect_setting(choices, &machine->features, key));
            any = again = true;
        }
    }
    if (!any)
        return machine;
    cache->bound = *machine;
    memcpy(cache->bound.features.value, features.value, sizeof features.value);
    return &cache->bound;
}

const struct iso_tier_effect *iso_effect_find(struct iso_effect_cache *cache, struct iso_tier_choices *choices,
                                              uint32_t *count, const struct iso_machine *machine,
                                              const struct iso_effect_query *query)
{
    struct iso_cpu_features features = machine->features; /* what is usual elsewhere decides nothing here */
    const struct iso_machine *bound;
    struct entry *e;
    uint32_t first = 0;
    features.reads = NULL;
    for (uint32_t i = 0; i < cache->count; i++)
        if (!memcmp(&cache->entry[i].query, query, sizeof *query)) {
            *count = cache->entry[i].count;
            return cache->entry[i].effect;
        }
    if (cache->count == CACHE_MAX)
        iso_effect_cache_clear(cache);
    iso_decide_ordinary(&cache->usual, &query->access, &cache->ordinary, &features);
    bound = decide_as_one(cache, choices, machine, query);
    if (iso_depend_wanted(machine, query->tier))
        iso_depend_decide(&cache->set, bound, query);
    drop_other_settings(&cache->set, choices, query->tier);
    e = &cache->entry[cache->count++];
    e->query = *query;
    e->count = (uint32_t)cache->set.count;
    if (e->count > 1 && !is_free(&cache->set)) {
        first = iso_effect_implementation(choices, query->tier, (uint8_t)query->access.kind, cache->set.item[0].rule.id,
                                          e->count);
        e->count = 1;
    }
    e->effect = calloc(e->count, sizeof *e->effect);
    if (!e->effect)
        iso_out_of_memory(__FILE__, __LINE__);
    for (uint32_t i = 0; i < e->count; i++) {
        const struct iso_effect *item = &cache->set.item[first + i];
        uint8_t deviation = iso_effect_deviation(item, &query->access, &cache->usual);
        e->effect[i] = (struct iso_tier_effect){
            .effect = *item, .deviation = deviation, .tier = query->tier, .rule = rule_row(&item->rule, deviation)};
    }
    *count = e->count;
    return e->effect;
}

static enum iso_access_kind zero_kind(const struct iso_insn *insn)
{
    switch (iso_a64_zero_kind(insn)) {
    case ISO_A64_ZERO_DATA:
        return ISO_ACCESS_DC_ZVA;
    case ISO_A64_ZERO_TAGS:
        return ISO_ACCESS_DC_GVA;
    case ISO_A64_ZERO_TAGS_AND_DATA:
        return ISO_ACCESS_DC_GZVA;
    }
    return ISO_ACCESS_DC_ZVA;
}

enum iso_access_kind iso_effect_kind(const struct iso_insn *insn)
{
    bool pair = insn->count == 2, block = insn->count > 2;
    switch ((enum iso_insn_class)insn->cls) {
    case ISO_INSN_LOAD:
        if (insn->order & ISO_ORDER_ACQUIRE_PC)
            return pair ? ISO_ACCESS_LDIAPP : ISO_ACCESS_LDAPR;
        if (insn->order & ISO_ORDER_ACQUIRE)
            return pair ? ISO_ACCESS_LDIAPP : ISO_ACCESS_LDAR;
        return pair ? ISO_ACCESS_LDP : ISO_ACCESS_LDR;
    case ISO_INSN_STORE:
        if (insn->order & ISO_ORDER_RELEASE)
            return pair ? ISO_ACCESS_LDIAPP : ISO_ACCESS_STLR;
        return pair ? ISO_ACCESS_STP : ISO_ACCESS_STR;
    case ISO_INSN_LOAD_EXCLUSIVE:
        return pair ? ISO_ACCESS_LDXP : ISO_ACCESS_LDXR;
    case ISO_INSN_STORE_EXCLUSIVE:
        return pair ? ISO_ACCESS_STXP : ISO_ACCESS_STXR;
    case ISO_INSN_ATOMIC:
        if (insn->size == 16)
            return ISO_ACCESS_LSE128;
        if (!strncmp(insn->mnemonic, "SWP", 3))
            return ISO_ACCESS_SWP;
        return insn->order & ISO_ORDER_NO_RETURN ? ISO_ACCESS_LSE_STORE : ISO_ACCESS_LSE_LOAD;
    case ISO_INSN_CAS:
        return !strncmp(insn->mnemonic, "CASP", 4) ? ISO_ACCESS_CASP : ISO_ACCESS_CAS_HIT;
    case ISO_INSN_LOAD_TAG:
        return block ? ISO_ACCESS_LDGM : ISO_ACCESS_LDG;
    case ISO_INSN_STORE_TAG:
        return block ? ISO_ACCESS_STGM : ISO_ACCESS_STG;
    case ISO_INSN_STORE_TAG_DATA:
        return insn->size == 64 ? ISO_ACCESS_STZGM : ISO_ACCESS_STZG;
    case ISO_INSN_ZERO:
        return zero_kind(insn);
    case ISO_INSN_COMPUTE:
    case ISO_INSN_BRANCH:
    case ISO_INSN_BARRIER:
    case ISO_INSN_CACHE:
    case ISO_INSN_TLBI:
    case ISO_INSN_AT:
    case ISO_INSN_SYSTEM_READ:
    case ISO_INSN_SYSTEM_WRITE:
    case ISO_INSN_EXCEPTION:
    case ISO_INSN_EXCEPTION_RETURN:
    case ISO_INSN_CLREX:
    case ISO_INSN_PREFETCH:
    case ISO_INSN_HINT:
        break;
    }
    return ISO_ACCESS_LDR;
}
