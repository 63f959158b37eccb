/* Settings: named keys with named values, the common form of capabilities (capability.h) and CPU features (cpu.h).
 *
 * For: so that the YAML loader, the schema test, the report and the binder of unknowns are generic.
 * Not for: what a value means to an access: that is iso_decide() alone.
 * Value 0 of every set is `unknown`, which is not `no`. Value 1 of a capability is `pass` (this hop leaves the matter
 * to the next one); value 1 of a CPU knob is `free` (the architecture allows each member each time). */
#ifndef ISO_MODELS_SETTING_H
#define ISO_MODELS_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ISO_VALUE_UNKNOWN = 0, ISO_VALUE_PASS = 1, ISO_VALUE_FREE = 1, ISO_VALUE_FIRST = 2 };

struct iso_value_row {
    const char *name; /* as in YAML; a number for numeric sets */
    uint32_t number;  /* the number for numeric sets, else 0 */
};

struct iso_value_set {
    const char *name;
    const struct iso_value_row *values;
    size_t count;
};

struct iso_key_row {
    const char *name; /* as in YAML and reports, dots separate the levels: "tag.storage" */
    const struct iso_value_set *set;
    unsigned owners;      /* capability: bit mask 1 << enum iso_hop_kind of the hops that must state it; else 0 */
    const char *unit;     /* "bytes", "count" or "" */
    const char *citation; /* rule ids and sections */
    const char *meaning;  /* one line for the schema and --help */
};

enum iso_source { ISO_SOURCE_ASSUMED, ISO_SOURCE_CLAIM, ISO_SOURCE_PROBE, ISO_SOURCE_DATASHEET };

/* Where a value comes from. The reference string belongs to the caller and must outlive the machine. */
struct iso_provenance_note {
    enum iso_source source;
    const char *reference; /* NULL: none given */
};

const char *iso_source_name(enum iso_source source);
bool iso_source_find(enum iso_source *out, const char *name);

/* Finds a value by name in a set. Returns false if there is none. */
bool iso_value_find(uint8_t *out, const struct iso_value_set *set, const char *name);

#endif
