/* The table of capability keys and generic access to it. What a value means is not said here: see decide.c. */
#include "models/capability.h"

#include "models/key.h"

#define VALUE_ROW(set, symbol, name, number) {name, number},
#define VALUE_TABLE(set)                                                                                               \
    static const struct iso_value_row values_##set[] = {{"unknown", 0}, {"pass", 0}, ISO_##set##_VALUES(VALUE_ROW)};   \
    static const struct iso_value_set set_##set = {#set, values_##set, sizeof values_##set / sizeof *values_##set};
ISO_VALUE_SETS(VALUE_TABLE)

static const struct iso_key_row rows[ISO_CAP_COUNT] = {
#define KEY_ROW(symbol, name, set, owners, unit, citation, meaning)                                                    \
    [ISO_CAP_##symbol] = {name, &set_##set, owners, unit, citation, meaning},
    ISO_CAPABILITIES(KEY_ROW)
#undef KEY_ROW
};

const struct iso_key_row *iso_capability_key(enum iso_capability_key key)
{
    return &rows[key];
}

bool iso_capability_key_find(enum iso_capability_key *out, const char *name)
{
    size_t i = iso_key_find(rows, ISO_CAP_COUNT, name);
    if (i == ISO_CAP_COUNT)
        return false;
    *out = (enum iso_capability_key)i;
    return true;
}

const char *iso_capability_value_name(enum iso_capability_key key, uint8_t value)
{
    return iso_key_value_name(&rows[key], value);
}

bool iso_capability_value_find(uint8_t *out, enum iso_capability_key key, const char *name)
{
    return iso_value_find(out, rows[key].set, name);
}

uint32_t iso_capability_value_number(enum iso_capability_key key, uint8_t value)
{
    return iso_key_number(&rows[key], value);
}

uint32_t iso_capability_number(const struct iso_capabilities *capabilities, enum iso_capability_key key)
{
    return iso_key_number(&rows[key], iso_capability_get(capabilities, key));
}

bool iso_capability_set(struct iso_capabilities *capabilities, enum iso_capability_key key, uint8_t value)
{
    if (value >= rows[key].set->count)
        return false;
    capabilities->value[key] = value;
    return true;
}

size_t iso_capability_choice_count(enum iso_capability_key key)
{
    return rows[key].set->count - ISO_VALUE_FIRST;
}

uint8_t iso_capability_choice(enum iso_capability_key key, size_t i)
{
    (void)key;
    return (uint8_t)(i + ISO_VALUE_FIRST);
}

bool iso_capability_bind(struct iso_capabilities *capabilities, enum iso_capability_key key, size_t i)
{
    if (capabilities->value[key] != ISO_VALUE_UNKNOWN || i >= iso_capability_choice_count(key))
        return false;
    capabilities->value[key] = iso_capability_choice(key, i);
    return true;
}

/* Pairs of values that cannot both be true of one hop. */
struct contradiction {
    enum iso_capability_key first, second;
    uint8_t first_value, second_value;
    const char *sentence;
};

static const struct contradiction contradictions[] = {
    {ISO_CAP_EXCL_WB, ISO_CAP_EXCL_MONITOR, ISO_SUPPORT_YES, ISO_MONITOR_PLACE_NONE,
     "excl.wb says exclusives are supported, but excl.monitor says that there is no monitor."},
    {ISO_CAP_EXCL_NC, ISO_CAP_EXCL_MONITOR, ISO_SUPPORT_YES, ISO_MONITOR_PLACE_NONE,
     "excl.nc says exclusives are supported, but excl.monitor says that there is no monitor."},
    {ISO_CAP_EXCL_DEVICE, ISO_CAP_EXCL_MONITOR, ISO_SUPPORT_YES, ISO_MONITOR_PLACE_NONE,
     "excl.device says exclusives are supported, but excl.monitor says that there is no monitor."},
    {ISO_CAP_TAG_STORAGE, ISO_CAP_COH_MODEL, ISO_TAG_STORAGE_EMD32, ISO_COH_MODEL_HDM_D,
     "tag.storage says emd32, but HDM-D carries no extended metadata (CXL 3.2 table 3-36)."},
    {ISO_CAP_TAG_STORAGE, ISO_CAP_COH_MODEL, ISO_TAG_STORAGE_EMD32, ISO_COH_MODEL_NATIVE,
     "tag.storage says emd32, but native memory has no CXL link that carries extended metadata."},
    {ISO_CAP_PTL_NATIVE, ISO_CAP_PTL_RMW_UNIT, ISO_SUPPORT_YES, ISO_RMW_UNIT_16,
     "ptl.native says partial writes are native, but ptl.rmw_unit gives a read-modify-write unit."},
    {ISO_CAP_PTL_NATIVE, ISO_CAP_PTL_RMW_UNIT, ISO_SUPPORT_YES, ISO_RMW_UNIT_32,
     "ptl.native says partial writes are native, but ptl.rmw_unit gives a read-modify-write unit."},
    {ISO_CAP_PTL_NATIVE, ISO_CAP_PTL_RMW_UNIT, ISO_SUPPORT_YES, ISO_RMW_UNIT_64,
     "ptl.native says partial writes are native, but ptl.rmw_unit gives a read-modify-write unit."},
};

const char *iso_capability_contradiction(const struct iso_capabilities *capabilities, enum iso_capability_key *first,
                                         enum iso_capability_key *second)
{
    for (size_t i = 0; i < sizeof contradictions / sizeof *contradictions; i++) {
        const struct contradiction *c = &contradictions[i];
        if (capabilities->value[c->first] == c->first_value && capabilities->value[c->second] == c->second_value) {
            *first = c->first;
            *second = c->second;
            return c->sentence;
        }
    }
    return NULL;
}
