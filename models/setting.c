/* Provenance names and lookup of values by name. */
#include "models/setting.h"

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
