/* The keys of a machine file as tables: the loader reads by them, the JSON Schema is printed from them.
 * For: machine_load.c, machine_schema.c. Not for: capabilities and CPU knobs, whose tables are in models/. */
#ifndef ISOTIER_SIM_MACHINE_FIELDS_H
#define ISOTIER_SIM_MACHINE_FIELDS_H

#include "models/machine.h"

/* How a value is written, and how it is kept. */
enum iso_field_kind {
    ISO_FIELD_TEXT,    /* any text; not kept */
    ISO_FIELD_NAME,    /* 1..31 of [A-Za-z0-9._-]; kept as char[ISO_NAME_MAX] */
    ISO_FIELD_COUNT,   /* whole number; uint32_t */
    ISO_FIELD_BOOL,    /* yes, no; bool */
    ISO_FIELD_NS_PS,   /* nanoseconds; uint32_t picoseconds */
    ISO_FIELD_NS,      /* nanoseconds; uint32_t nanoseconds */
    ISO_FIELD_KIB,     /* KiB; uint32_t bytes */
    ISO_FIELD_GIB,     /* GiB; uint64_t bytes */
    ISO_FIELD_ADDRESS, /* address, hexadecimal or decimal; uint64_t */
    ISO_FIELD_GBPS,    /* 10^9 bytes a second; uint32_t MB/s */
    ISO_FIELD_PERCENT, /* uint32_t per mille */
    ISO_FIELD_RATIO,   /* uint32_t per mille */
    ISO_FIELD_PART     /* a mapping or list with a reader of its own */
};

/* Parts: PART(symbol, definition name in the schema) */
/* clang-format off */
#define ISO_MACHINE_PARTS(PART)                                                                                        \
    PART(PROVENANCE, "provenance") PART(CPU, "cpu") PART(FEATURES, "features") PART(CPU_TIMING, "cpu_timing")          \
    PART(CACHE_L1, "cache") PART(CACHE_L2, "cache") PART(TIERS, "tiers") PART(TIER_KIND, "tier_kind")                  \
    PART(PATH, "path") PART(HOP_KIND, "hop_kind") PART(CAPABILITIES, "capabilities") PART(CURVE, "load_curve")         \
    PART(MIX, "read_mix") PART(REFERENCE, "name") PART(TIMING_SOURCE, "provenance") PART(IDLE, "idle_ns")
/* clang-format on */
enum iso_machine_part {
#define ISO_MACHINE_PART_ENUM(symbol, name) ISO_PART_##symbol,
    ISO_MACHINE_PARTS(ISO_MACHINE_PART_ENUM)
#undef ISO_MACHINE_PART_ENUM
};

struct iso_field {
    const char *name;
    enum iso_field_kind kind;
    enum iso_machine_part part; /* of ISO_FIELD_PART */
    bool required;
    size_t offset;           /* in the structure of the section */
    double minimum, maximum; /* of the number as written */
    const char *meaning;
};

/* A mapping of the file with a fixed list of keys. */
struct iso_section {
    const char *name; /* definition name in the schema */
    const struct iso_field *fields;
    size_t count;
};

enum iso_machine_section {
    ISO_SECTION_MACHINE,
    ISO_SECTION_CPU,
    ISO_SECTION_CPU_TIMING,
    ISO_SECTION_CACHE,
    ISO_SECTION_TIER,
    ISO_SECTION_HOP,
    ISO_SECTION_CURVE_POINT,
    ISO_SECTION_MIX_POINT,
};
enum { ISO_SECTION_COUNT = 8 };

const struct iso_section *iso_machine_section(enum iso_machine_section section);
const char *iso_machine_part_name(enum iso_machine_part part);

#endif
