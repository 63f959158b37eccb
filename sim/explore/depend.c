/* Dependence of one answer, as declared in depend.h. A setting that was asked for may make no difference: what it decides another setting has settled, or this
 * engine does not look at. Such settings are found one by one; one is left out if the answer is the same for every combination of its values and those of
 * the settings left out before, and what was asked for under any of these is noted in its place. */
#include "sim/explore/depend.h"
#include "sim/isa/fatal.h"

#include <stdlib.h>
#include <string.h>

enum { LEFT_OUT_MAX = 8, COMBINATIONS_MAX = 192, VALUES_MAX = 16 };

struct left_out {
    int hop; /* -1: the CPU's */
    unsigned key, count;
    uint8_t value[VALUES_MAX]; /* the machine's own first */
};

struct depend {
    struct iso_tier tier; /* a copy, to change settings in */
    struct iso_cpu_features features;
    struct iso_reads cpu, hop[ISO_HOPS_MAX]; /* of the latest answer */
    struct iso_reads all_cpu, all_hop[ISO_HOPS_MAX];
    struct left_out left[LEFT_OUT_MAX];
    unsigned nleft;
    struct iso_effect_set answer;
};

bool iso_depend_wanted(const struct iso_machine *machine, unsigned tier)
{
    bool wanted = machine->features.reads != NULL;
    for (size_t h = 0; h < machine->tiers[tier].nhops; h++)
        wanted |= machine->tiers[tier].hops[h].capabilities.reads != NULL;
    return wanted;
}

/* An element without what this engine does not act by: where and by which rule it was decided, and orders that all accesses keep here. */
static struct iso_effect acted_by(const struct iso_effect *element)
{
    struct iso_effect e = *element, none;
    iso_effect_init(&none);
    e.rule = none.rule;
    e.rule2 = none.rule2;
    e.hop = none.hop;
    e.acts_as = none.acts_as;
    e.where = none.where;
    e.check_at = none.check_at;
    e.fault_stage = none.fault_stage;
    e.settled = none.settled;
    e.poison_settled = none.poison_settled;
    e.order &= ISO_ORDER_NREORDER | ISO_ORDER_NGATHER | ISO_ORDER_DISTURBED;
    return e;
}

static bool acts_alike(const struct iso_effect *a, const struct iso_effect *b)
{
    struct iso_effect first = acted_by(a), second = acted_by(b);
    return iso_effect_equal(&first, &second) && !a->nassumed && !b->nassumed;
}

/* Where there are several elements, the rules say which choices are one. */
static bool same_answer(const struct iso_effect_set *a, const struct iso_effect_set *b)
{
    bool same = a->count == b->count && a->overflow == b->overflow;
    for (size_t i = 0; i < a->count && same; i++)
        same = a->count == 1 ? acts_alike(&a->item[i], &b->item[i])
                             : iso_effect_equal(&a->item[i], &b->item[i]) && !a->item[i].nassumed;
    return same;
}

static void set_value(struct depend *d, const struct left_out *l, uint8_t value)
{
    if (l->hop < 0)
        d->features.value[l->key] = value;
    else
        d->tier.hops[l->hop].capabilities.value[l->key] = value;
}

/* Whether each combination of what is left out, from the i-th on, gives the same; notes what is asked for on the way. */
static bool try_combinations(struct depend *d, const struct iso_effect_set *answer,
                             const struct iso_effect_query *query, unsigned i)
{
    bool same = true;
    if (i == d->nleft) {
        memset(&d->cpu, 0, sizeof d->cpu);
        memset(d->hop, 0, sizeof d->hop);
        iso_decide_path(&d->answer, &query->access, &query->attribute, &d->tier, &d->features);
        for (unsigned w = 0; w < ISO_READS_WORDS; w++) {
            d->all_cpu.key[w] |= d->cpu.key[w];
            for (size_t h = 0; h < d->tier.nhops; h++)
                d->all_hop[h].key[w] |= d->hop[h].key[w];
        }
        return same_answer(answer, &d->answer);
    }
    for (unsigned k = 0; k < d->left[i].count && same; k++) {
        set_value(d, &d->left[i], d->left[i].value[k]);
        same = try_combinations(d, answer, query, i + 1);
    }
    set_value(d, &d->left[i], d->left[i].value[0]);
    return same;
}

static void try_setting(struct depend *d, const struct iso_effect_set *answer, const struct iso_effect_query *query,
                        int hop, unsigned key)
{
    struct left_out *l = &d->left[d->nleft];
    struct iso_reads cpu = d->all_cpu, hops[ISO_HOPS_MAX];
    unsigned combinations = 1;
    size_t count = hop < 0 ? iso_cpu_choice_count((enum iso_cpu_key)key)
                           : iso_capability_choice_count((enum iso_capability_key)key);
    if (d->nleft == LEFT_OUT_MAX || count >= VALUES_MAX)
        return;
    memcpy(hops, d->all_hop, sizeof hops);
    *l = (struct left_out){.hop = hop, .key = key, .count = 1};
    l->value[0] = hop < 0 ? d->features.value[key] : d->tier.hops[hop].capabilities.value[key];
    if (hop >= 0 && l->value[0] == ISO_VALUE_PASS)
        return; /* nobody changes it */
    for (size_t i = 0; i < count; i++) {
        uint8_t value =
            hop < 0 ? iso_cpu_choice((enum iso_cpu_key)key, i) : iso_capability_choice((enum iso_capability_key)key, i);
        if (value != l->value[0])
            l->value[l->count++] = value;
    }
    for (unsigned i = 0; i <= d->nleft; i++)
        combinations *= d->left[i].count;
    if (combinations > COMBINATIONS_MAX)
        return;
    d->nleft++;
    if (try_combinations(d, answer, query, 0))
        return;
    d->nleft--;
    d->all_cpu = cpu; /* only what stays left out counts */
    memcpy(d->all_hop, hops, sizeof hops);
}

static bool has(const struct iso_reads *reads, unsigned key)
{
    return reads->key[key / 64] >> key % 64 & 1;
}

static bool is_left_out(const struct depend *d, int hop, unsigned key)
{
    for (unsigned i = 0; i < d->nleft; i++)
        if (d->left[i].hop == hop && d->left[i].key == key)
            return true;
    return false;
}

static void note_all(const struct depend *d, const struct iso_machine *machine, unsigned tier)
{
    for (unsigned k = 0; k < ISO_CPU_COUNT; k++)
        if (has(&d->all_cpu, k) && !is_left_out(d, -1, k))
            iso_reads_note(machine->features.reads, k);
    for (size_t h = 0; h < d->tier.nhops; h++)
        for (unsigned k = 0; k < ISO_CAP_COUNT; k++)
            if (has(&d->all_hop[h], k) && !is_left_out(d, (int)h, k))
                iso_reads_note(machine->tiers[tier].hops[h].capabilities.reads, k);
}

void iso_depend_decide(struct iso_effect_set *out, const struct iso_machine *machine,
                       const struct iso_effect_query *query)
{
    struct depend *d = calloc(1, sizeof *d);
    struct iso_reads cpu, hop[ISO_HOPS_MAX];
    if (!d)
        iso_out_of_memory(__FILE__, __LINE__);
    d->tier = machine->tiers[query->tier];
    d->features = machine->features;
    d->features.reads = &d->cpu;
    for (size_t h = 0; h < d->tier.nhops; h++)
        d->tier.hops[h].capabilities.reads = &d->hop[h];
    iso_decide_path(out, &query->access, &query->attribute, &d->tier, &d->features);
    cpu = d->all_cpu = d->cpu;
    memcpy(hop, d->hop, sizeof hop);
    memcpy(d->all_hop, d->hop, sizeof hop);
    for (unsigned k = 0; k < ISO_CPU_COUNT; k++)
        if (machine->features.reads && has(&cpu, k))
            try_setting(d, out, query, -1, k);
    for (size_t h = 0; h < d->tier.nhops; h++)
        for (unsigned k = 0; k < ISO_CAP_COUNT; k++)
            if (machine->tiers[query->tier].hops[h].capabilities.reads && has(&hop[h], k))
                try_setting(d, out, query, (int)h, k);
    note_all(d, machine, query->tier);
    free(d);
}
