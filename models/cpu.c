/* The table of CPU features and knobs and generic access to it. What a value means is said in decide.c and align.c. */
#include "models/cpu.h"

#include "models/key.h"
#include "models/rule.h"

#define VALUE_ROW(set, symbol, name, number) {name, number},
#define VALUE_TABLE(set)                                                                                               \
    static const struct iso_value_row values_##set[] = {{"unknown", 0}, {"free", 0}, ISO_##set##_VALUES(VALUE_ROW)};   \
    static const struct iso_value_set set_##set = {#set, values_##set, sizeof values_##set / sizeof *values_##set};
ISO_CPU_VALUE_SETS(VALUE_TABLE)

static const struct iso_key_row rows[ISO_CPU_COUNT] = {
#define KEY_ROW(symbol, name, set, initial, citation, meaning)                                                         \
    [ISO_CPU_##symbol] = {name, &set_##set, 0, "", citation, meaning},
    ISO_CPU_KEYS(KEY_ROW)
#undef KEY_ROW
};

void iso_cpu_features_init(struct iso_cpu_features *out)
{
    *out = (struct iso_cpu_features){.value = {
#define KEY_VALUE(symbol, name, set, initial, citation, meaning) [ISO_CPU_##symbol] = initial,
                                         ISO_CPU_KEYS(KEY_VALUE)
#undef KEY_VALUE
                                     }};
}

const struct iso_key_row *iso_cpu_key(enum iso_cpu_key key)
{
    return &rows[key];
}

bool iso_cpu_key_find(enum iso_cpu_key *out, const char *name)
{
    size_t i = iso_key_find(rows, ISO_CPU_COUNT, name);
    if (i == ISO_CPU_COUNT)
        return false;
    *out = (enum iso_cpu_key)i;
    return true;
}

const char *iso_cpu_value_name(enum iso_cpu_key key, uint8_t value)
{
    return iso_key_value_name(&rows[key], value);
}

bool iso_cpu_value_find(uint8_t *out, enum iso_cpu_key key, const char *name)
{
    return iso_value_find(out, rows[key].set, name);
}

uint32_t iso_cpu_number(const struct iso_cpu_features *features, enum iso_cpu_key key)
{
    return iso_key_number(&rows[key], iso_cpu_get(features, key));
}

bool iso_cpu_set(struct iso_cpu_features *features, enum iso_cpu_key key, uint8_t value)
{
    if (value >= rows[key].set->count)
        return false;
    features->value[key] = value;
    return true;
}

size_t iso_cpu_choice_count(enum iso_cpu_key key)
{
    return rows[key].set->count - ISO_VALUE_FIRST;
}

uint8_t iso_cpu_choice(enum iso_cpu_key key, size_t i)
{
    (void)key;
    return (uint8_t)(i + ISO_VALUE_FIRST);
}

bool iso_cpu_bind(struct iso_cpu_features *features, enum iso_cpu_key key, size_t i)
{
    if (features->value[key] != ISO_VALUE_UNKNOWN || i >= iso_cpu_choice_count(key))
        return false;
    features->value[key] = iso_cpu_choice(key, i);
    return true;
}

bool iso_cpu_is_one_choice(enum iso_cpu_key key)
{
    const char *citation = rows[key].citation;
    char id[16] = "";
    const struct iso_rule *rule;
    for (size_t i = 0; i + 1 < sizeof id && citation[i] && citation[i] != ';' && citation[i] != ' '; i++)
        id[i] = citation[i];
    rule = iso_rule_find(id);
    return rule && key != ISO_CPU_EXTERNAL_ABORT && key != ISO_CPU_NSH_ATOMIC &&
           (rule->kind == ISO_RULE_IMPDEF || rule->kind == ISO_RULE_DISPUTED);
}

bool iso_cpu_has(const struct iso_cpu_features *features, enum iso_cpu_key key)
{
    return iso_cpu_get(features, key) !=
           ISO_FEATURE_NO; /* every set that is asked this way has NO as its first member */
}

/* `first` at first_value needs `second` to be something other than second_value. */
struct contradiction {
    enum iso_cpu_key first, second;
    uint8_t first_value, second_value;
    const char *sentence;
};

static const struct contradiction contradictions[] = {
    {ISO_CPU_LSE2, ISO_CPU_LSE, ISO_FEATURE_YES, ISO_FEATURE_NO, "lse2 needs lse."},
    {ISO_CPU_LSE128, ISO_CPU_LSE, ISO_FEATURE_YES, ISO_FEATURE_NO, "lse128 needs lse."},
    {ISO_CPU_THE, ISO_CPU_LSE, ISO_FEATURE_YES, ISO_FEATURE_NO, "the (RCW) needs lse."},
    {ISO_CPU_MTE_PERM, ISO_CPU_MTE, ISO_FEATURE_YES, ISO_MTE_LEVEL_0, "mte_perm needs mte of at least 2."},
    {ISO_CPU_MTE_PERM, ISO_CPU_MTE, ISO_FEATURE_YES, ISO_MTE_LEVEL_1, "mte_perm needs mte of at least 2."},
    {ISO_CPU_MTE_CANONICAL, ISO_CPU_MTE, ISO_FEATURE_YES, ISO_MTE_LEVEL_0, "mte_canonical needs mte of at least 2."},
    {ISO_CPU_MTE_CANONICAL, ISO_CPU_MTE, ISO_FEATURE_YES, ISO_MTE_LEVEL_1, "mte_canonical needs mte of at least 2."},
    {ISO_CPU_MTE_STORE_ONLY, ISO_CPU_MTE, ISO_FEATURE_YES, ISO_MTE_LEVEL_0, "mte_store_only needs mte of at least 2."},
    {ISO_CPU_MTE_STORE_ONLY, ISO_CPU_MTE, ISO_FEATURE_YES, ISO_MTE_LEVEL_1, "mte_store_only needs mte of at least 2."},
};

const char *iso_cpu_contradiction(const struct iso_cpu_features *features, enum iso_cpu_key *first,
                                  enum iso_cpu_key *second)
{
    for (size_t i = 0; i < sizeof contradictions / sizeof *contradictions; i++) {
        const struct contradiction *c = &contradictions[i];
        if (features->value[c->first] == c->first_value && features->value[c->second] == c->second_value) {
            *first = c->first;
            *second = c->second;
            return c->sentence;
        }
    }
    return NULL;
}
