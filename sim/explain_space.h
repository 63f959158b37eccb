/* The settings that a search for a smaller change may change, and what a changed machine makes of a cell. For: explain_minimal.c. Not for: anything else.
 * A setting is a capability of a hop of the cell's tier (one that says something: a hop that leaves a matter to the next one keeps doing so), a feature
 * or choice of the CPU, or the attribute of the pages under test. */
#ifndef ISOTIER_SIM_EXPLAIN_SPACE_H
#define ISOTIER_SIM_EXPLAIN_SPACE_H

#include "sim/explain.h"

enum {
    ISO_SETTINGS_MAX = ISO_HOPS_MAX * ISO_CAP_COUNT + ISO_CPU_COUNT + 1,
    ISO_SETTING_VALUES_MAX = 32,
    ISO_SETTING_WORDS = (ISO_SETTINGS_MAX + 63) / 64,
    ISO_SETTING_NONE = 0xffff
};

/* A set of settings. */
struct iso_settings {
    uint64_t bits[ISO_SETTING_WORDS];
};

struct iso_setting {
    bool is_attribute, is_cpu;
    uint8_t hop, key;
    uint8_t from;    /* the machine's value; of the attribute, index 0 */
    uint8_t nvalues; /* others that it may have */
    uint8_t value[ISO_SETTING_VALUES_MAX];
};

/* A value for each setting. */
struct iso_point {
    uint8_t value[ISO_SETTINGS_MAX];
};

struct iso_space {
    struct iso_judge *judge;
    const struct iso_machine *machine; /* as it is */
    const struct iso_cell *cell;
    struct iso_setting setting[ISO_SETTINGS_MAX];
    uint16_t count;
    uint16_t of_hop[ISO_HOPS_MAX][ISO_CAP_COUNT], of_cpu[ISO_CPU_COUNT]; /* ISO_SETTING_NONE: cannot be changed */
    uint16_t attribute;                                                  /* the setting that is the attribute */
    struct iso_attribute attributes[ISO_SETTING_VALUES_MAX];
    struct iso_point base;
    bool contradicts;                /* the machine does so as it is */
    struct iso_outcome_set ordinary; /* what the reference shows there; owned */
    struct iso_machine changed;
    struct iso_reads cpu_reads, hop_reads[ISO_HOPS_MAX];
    struct iso_setup setup;
    size_t judged;   /* points that an engine ran */
    uint64_t states; /* that it visited for them: what the search has cost, on any machine */
};

/* What is known of a point: no other point that agrees with it in the settings of `why` can be better. */
struct iso_finding {
    bool removes;   /* SAME or NARROWER, and ordinary memory shows what it did */
    bool undecided; /* the set is bounded, or the engine cannot run it: counts as not removing */
    struct iso_settings why;
};

/* Lists the settings and runs the cell as it is. 0; -1 if the exhaustive engine does not find it diverging. */
int iso_space_open(struct iso_space *out, struct iso_judge *judge, const struct iso_machine *machine,
                   const struct iso_cell *cell);
void iso_space_close(struct iso_space *space);
/* Runs the cell, and ordinary memory beside it, on the changed machine. */
void iso_space_judge(struct iso_finding *out, struct iso_space *space, const struct iso_point *point);
/* The change of one setting to a value. */
struct iso_change iso_space_change(const struct iso_space *space, uint16_t setting, uint8_t value);

static inline bool iso_settings_has(const struct iso_settings *set, unsigned setting)
{
    return set->bits[setting / 64] >> setting % 64 & 1;
}
static inline void iso_settings_add(struct iso_settings *set, unsigned setting)
{
    set->bits[setting / 64] |= UINT64_C(1) << setting % 64;
}
static inline void iso_settings_drop(struct iso_settings *set, unsigned setting)
{
    set->bits[setting / 64] &= ~(UINT64_C(1) << setting % 64);
}
static inline void iso_settings_unite(struct iso_settings *set, const struct iso_settings *other)
{
    for (unsigned w = 0; w < ISO_SETTING_WORDS; w++)
        set->bits[w] |= other->bits[w];
}

#endif
