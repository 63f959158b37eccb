/* What becomes of an access on the tier it goes to: the exhaustive engine's use of iso_decide_path().
 * A set with several elements is a choice, of three kinds. A setting that the machine leaves unknown has one value for the whole exploration, whatever
 * access asks; so has a knob of the CPU that stands for an IMPLEMENTATION DEFINED choice, and any other such choice for every access of a kind on a tier; the exploration is repeated for each value. Where the
 * architecture says CONSTRAINED UNPREDICTABLE, or permits without requiring, each access may go its own way.
 * Not for: saying what a tier does (models/decide.h). Not modelled: see README.md. */
#ifndef ISOTIER_SIM_EXPLORE_EFFECT_H
#define ISOTIER_SIM_EXPLORE_EFFECT_H

#include "models/decide.h"
#include "sim/explore/event.h"
#include "sim/isa/effect_cause.h"

enum { ISO_CHOICES_MAX = 24, ISO_CHOICE_RUNS_MAX = 512, ISO_CHOICE_VALUES_MAX = 8 };

/* One choice that a machine's silence leaves: an unknown setting, or an IMPLEMENTATION DEFINED choice by tier, kind of access and rule. */
struct iso_tier_choice {
    const char *rule;                 /* NULL: a setting */
    struct iso_assumption assumption; /* of a setting; value: none */
    uint8_t tier, kind;
    uint8_t count, taken;
    uint8_t value[ISO_CHOICE_VALUES_MAX]; /* of a setting: those that elements have assumed */
};

struct iso_tier_choices {
    struct iso_tier_choice list[ISO_CHOICES_MAX];
    uint32_t count;
    uint32_t runs; /* ways to choose that were tried before this one */
    bool overflow; /* there are more choices than places in the list, or ways than are tried */
};

/* An effect with what of it ordinary memory does not have. */
struct iso_tier_effect {
    struct iso_effect effect;
    uint8_t deviation; /* enum iso_cause_effect */
    uint8_t tier;
    uint16_t rule; /* row of the rule register */
};

struct iso_effect_query {
    struct iso_access access;
    struct iso_attribute attribute;
    uint8_t tier;
};

struct iso_effect_cache;
struct iso_effect_cache *iso_effect_cache_new(void);
void iso_effect_cache_free(struct iso_effect_cache *cache);
/* Forgets what depended on choices. */
void iso_effect_cache_clear(struct iso_effect_cache *cache);

/* Effects of an access; *count of them may be picked freely (1 where the choice is the machine's). Owned by the cache. */
const struct iso_tier_effect *iso_effect_find(struct iso_effect_cache *cache, struct iso_tier_choices *choices,
                                              uint32_t *count, const struct iso_machine *machine,
                                              const struct iso_effect_query *query);

/* Which of several elements the implementation takes; the first for a choice that is met for the first time. `rule` is told by its address. */
uint32_t iso_effect_implementation(struct iso_tier_choices *choices, uint8_t tier, uint8_t kind, const char *rule,
                                   uint32_t count);

/* Value of a setting of all CPUs: the machine's, or where it leaves it open the one that this exploration takes. */
uint8_t iso_effect_setting(struct iso_tier_choices *choices, const struct iso_cpu_features *features,
                           enum iso_cpu_key key);
/* Of a set about a CPU alone, the elements under its unknown settings as they are taken. */
void iso_effect_agree(struct iso_effect_set *set, struct iso_tier_choices *choices);
/* Something that ordinary memory on both pages would not have brought about (models/straddle.h), with its deviation. */
struct iso_tier_effect iso_effect_of_both(const struct iso_effect *effect, const struct iso_access *access,
                                          uint8_t tier);

/* Kind of access that an instruction makes. */
enum iso_access_kind iso_effect_kind(const struct iso_insn *insn);
/* Goes on to the next way to choose; choices that only the last way led to are forgotten. False: all were tried, or as many as ever are. */
bool iso_effect_next(struct iso_tier_choices *choices);

#endif
