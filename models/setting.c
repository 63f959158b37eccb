/* Provenance names, and lookup of keys and values by name. */
#include "models/key.h"

#include <string.h>

static const char *const source_name[] = {
    [ISO_SOURCE_ASSUMED] = "assumed",
    [ISO_SOURCE_CLAIM] = "claim",
    [ISO_SOURCE_PROBE] = "probe",
    [ISO_SOURCE_DATASHEET] = "datasheet",
};

const char *iso_source_name(enum iso_source source)
{
    return source_name[source];
}

bool iso_source_find(enum iso_source *out, const char *name)
{
    for (size_t i = 0; i < sizeof source_name / sizeof *source_name; i++)
        if (strcmp(source_name[i], name) == 0) {
            *out = (enum iso_source)i;
            return true;
        }
    return false;
}

bool iso_value_find(uint8_t *out, const struct iso_value_set *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->values[i].name, name) == 0) {
            *out = (uint8_t)i;
            return true;
        }
    return false;
}

size_t iso_key_find(const struct iso_key_row *rows, size_t count, const char *name)
{
    size_t i = 0;
    while (i < count && strcmp(rows[i].name, name) != 0)
        i++;
    return i;
}

const char *iso_key_value_name(const struct iso_key_row *row, uint8_t value)
{
    return value < row->set->count ? row->set->values[value].name : NULL;
}

uint32_t iso_key_number(const struct iso_key_row *row, uint8_t value)
{
    return value < row->set->count ? row->set->values[value].number : 0;
}
