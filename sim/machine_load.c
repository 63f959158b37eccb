/* First pass over a machine file: shape. Walks the tables of machine_fields.c; what is not in a table is an error.
 * Not for: what values mean together (machine_check.c). Not modelled: includes, inheritance between machines. */
#include "sim/machine_load.h"

#include "sim/file.h"
#include "sim/machine_fields.h"
#include "sim/yaml_tree.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct loader {
    struct iso_yaml yaml;
    struct iso_machine_file *file;
    struct iso_machine *machine;
    struct iso_machine_marks *marks;
    const yaml_node_t *reference;
    struct iso_provenance_note note; /* of the innermost enclosing part that has one */
    bool has_note;
    size_t tier, hop;
    bool failed;
};

#define FAIL(loader, node, ...) ((loader)->failed = true, iso_yaml_error(&(loader)->yaml, node, __VA_ARGS__))

static struct iso_mark_at mark_of(const yaml_node_t *node)
{
    return (struct iso_mark_at){.line = (uint32_t)node->start_mark.line + 1,
                                .column = (uint32_t)node->start_mark.column + 1};
}

/* ---- scalars ---- */

static bool is_name(const char *text)
{
    size_t size = strlen(text);
    return size >= 1 && size < ISO_NAME_MAX &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == size;
}

static bool read_number(struct loader *loader, double *out, const yaml_node_t *node, const struct iso_field *field)
{
    char shown[160];
    const char *text = iso_yaml_scalar(node);
    char *end = NULL;
    double value = text && *text && strspn(text, "0123456789.eE+-") == strlen(text) ? strtod(text, &end) : NAN;
    bool whole = field->kind == ISO_FIELD_COUNT;
    if (!end || *end || !isfinite(value) || value < field->minimum || value > field->maximum ||
        (whole && value != floor(value))) {
        FAIL(loader, node, "%s is %s; expected a %snumber from %g to %g", field->name,
             iso_yaml_describe(shown, sizeof shown, node), whole ? "whole " : "", field->minimum, field->maximum);
        return false;
    }
    *out = value;
    return true;
}

static void read_address(struct loader *loader, uint64_t *out, const yaml_node_t *node, const struct iso_field *field)
{
    char shown[160];
    const char *text = iso_yaml_scalar(node);
    char *end = NULL;
    errno = 0;
    uint64_t value = text && text[0] >= '0' && text[0] <= '9' ? strtoull(text, &end, 0) : 0;
    if (!end || *end || errno || value >> 52 || value % 4096)
        FAIL(loader, node, "%s is %s; expected a physical address below 2^52, a multiple of 4096", field->name,
             iso_yaml_describe(shown, sizeof shown, node));
    else
        *out = value;
}

/* A scalar field of the table into its structure. */
static void read_scalar(struct loader *loader, void *base, const yaml_node_t *node, const struct iso_field *field)
{
    static const double scale[] = {[ISO_FIELD_COUNT] = 1,    [ISO_FIELD_NS_PS] = 1000,       [ISO_FIELD_NS] = 1,
                                   [ISO_FIELD_KIB] = 1024,   [ISO_FIELD_GBPS] = 1000,        [ISO_FIELD_PERCENT] = 10,
                                   [ISO_FIELD_RATIO] = 1000, [ISO_FIELD_GIB] = 1073741824.0, [ISO_FIELD_PART] = 0};
    char shown[160];
    char *place = (char *)base + field->offset;
    const char *text = iso_yaml_scalar(node);
    double number = 0;
    uint32_t whole;
    uint64_t wide;

    switch (field->kind) {
    case ISO_FIELD_TEXT:
        if (!text)
            FAIL(loader, node, "%s is %s; expected text", field->name, iso_yaml_describe(shown, sizeof shown, node));
        break;
    case ISO_FIELD_NAME:
        if (!text || !is_name(text))
            FAIL(loader, node, "%s is %s; expected a name of 1 to %d letters, digits, dots, dashes and underscores",
                 field->name, iso_yaml_describe(shown, sizeof shown, node), ISO_NAME_MAX - 1);
        else
            memcpy(place, text, strlen(text) + 1);
        break;
    case ISO_FIELD_BOOL:
        if (!text || (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0))
            FAIL(loader, node, "%s is %s; expected yes or no", field->name,
                 iso_yaml_describe(shown, sizeof shown, node));
        else
            *(bool *)place = text[0] == 'y';
        break;
    case ISO_FIELD_ADDRESS:
        wide = 0;
        read_address(loader, &wide, node, field);
        memcpy(place, &wide, sizeof wide);
        break;
    case ISO_FIELD_COUNT:
    case ISO_FIELD_NS_PS:
    case ISO_FIELD_NS:
    case ISO_FIELD_KIB:
    case ISO_FIELD_GBPS:
    case ISO_FIELD_PERCENT:
    case ISO_FIELD_RATIO:
        if (read_number(loader, &number, node, field)) {
            whole = (uint32_t)(number * scale[field->kind] + 0.5);
            memcpy(place, &whole, sizeof whole);
        }
        break;
    case ISO_FIELD_GIB:
        if (read_number(loader, &number, node, field)) {
            wide = (uint64_t)(number * scale[field->kind]);
            memcpy(place, &wide, sizeof wide);
        }
        break;
    case ISO_FIELD_PART:
        break;
    }
}

/* ---- sections ---- */

/* Keys that others depend on are read before them, whatever their order in the file. */
static int rank(const struct iso_field *field)
{
    if (field->kind != ISO_FIELD_PART)
        return 2;
    switch (field->part) {
    case ISO_PART_PROVENANCE:
    case ISO_PART_HOP_KIND:
    case ISO_PART_REFERENCE:
        return 0;
    case ISO_PART_PATH:
        return 1;
    case ISO_PART_CPU:
    case ISO_PART_FEATURES:
    case ISO_PART_CPU_TIMING:
    case ISO_PART_CACHE_L1:
    case ISO_PART_CACHE_L2:
    case ISO_PART_TIERS:
    case ISO_PART_TIER_KIND:
    case ISO_PART_CAPABILITIES:
    case ISO_PART_CURVE:
    case ISO_PART_MIX:
    case ISO_PART_TIMING_SOURCE:
    case ISO_PART_IDLE:
        return 2;
    }
    return 2;
}

typedef void part_reader(struct loader *loader, void *base, const yaml_node_t *node, const struct iso_field *field);

/* All keys of a mapping by its table; parts go to `part`. */
static void read_section(struct loader *loader, void *base, const yaml_node_t *node, enum iso_machine_section id,
                         part_reader *part)
{
    const struct iso_section *section = iso_machine_section(id);
    char shown[160];
    uint64_t seen = 0;

    if (!node || node->type != YAML_MAPPING_NODE) {
        FAIL(loader, node, "%s is %s; expected a mapping", section->name, iso_yaml_describe(shown, sizeof shown, node));
        return;
    }
    for (int pass = 0; pass < 3; pass++) {
        for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top;
             pair++) {
            const yaml_node_t *key = iso_yaml_node(&loader->yaml, pair->key),
                              *value = iso_yaml_node(&loader->yaml, pair->value);
            size_t i = 0;
            while (i < section->count && strcmp(section->fields[i].name, iso_yaml_scalar(key)) != 0)
                i++;
            if (i == section->count) {
                struct iso_buffer names = {0};
                for (size_t k = 0; k < section->count; k++)
                    iso_buffer_format(&names, "%s%s", k ? ", " : "", section->fields[k].name);
                if (pass == 0)
                    FAIL(loader, key, "unknown key \"%s\" in %s; expected one of %s", iso_yaml_scalar(key),
                         section->name, names.data);
                iso_buffer_free(&names);
                continue;
            }
            const struct iso_field *field = &section->fields[i];
            seen |= UINT64_C(1) << i;
            if (rank(field) != pass)
                continue;
            if (field->kind == ISO_FIELD_PART)
                part(loader, base, value, field);
            else
                read_scalar(loader, base, value, field);
        }
    }
    for (size_t i = 0; i < section->count; i++)
        if (section->fields[i].required && !(seen >> i & 1))
            FAIL(loader, node, "%s has no \"%s\" (%s)", section->name, section->fields[i].name,
                 section->fields[i].meaning);
}

/* ---- provenance and settings ---- */

/* from, ref of a mapping; `value` is allowed beside them where `with_value`. */
static bool read_note(struct loader *loader, struct iso_provenance_note *out, const yaml_node_t *node,
                      const yaml_node_t **value)
{
    char shown[160];
    const yaml_node_t *from = NULL, *reference = NULL;
    if (node->type != YAML_MAPPING_NODE) {
        FAIL(loader, node, "provenance is %s; expected {from: claim|probe|datasheet|assumed, ref: text}",
             iso_yaml_describe(shown, sizeof shown, node));
        return false;
    }
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = iso_yaml_node(&loader->yaml, pair->key),
                          *item = iso_yaml_node(&loader->yaml, pair->value);
        const char *name = iso_yaml_scalar(key);
        if (strcmp(name, "from") == 0)
            from = item;
        else if (strcmp(name, "ref") == 0)
            reference = item;
        else if (value && strcmp(name, "value") == 0)
            *value = item;
        else {
            FAIL(loader, key, "unknown key \"%s\"; expected %sfrom or ref", name, value ? "value, " : "");
            return false;
        }
    }
    if (!from || !iso_yaml_scalar(from) || !iso_source_find(&out->source, iso_yaml_scalar(from))) {
        FAIL(loader, from ? from : node, "from is %s; expected claim, probe, datasheet or assumed",
             iso_yaml_describe(shown, sizeof shown, from));
        return false;
    }
    if (reference && !iso_yaml_scalar(reference)) {
        FAIL(loader, reference, "ref is %s; expected text", iso_yaml_describe(shown, sizeof shown, reference));
        return false;
    }
    if ((!reference || !*iso_yaml_scalar(reference)) && out->source != ISO_SOURCE_ASSUMED) {
        FAIL(loader, node, "a value from a %s has no ref; expected where it can be looked up",
             iso_source_name(out->source));
        return false;
    }
    out->reference = reference ? iso_arena_string(loader->file->arena, iso_yaml_scalar(reference),
                                                  strlen(iso_yaml_scalar(reference)))
                               : NULL;
    return true;
}

/* "value" or {value, from, ref}: the scalar, and where it comes from. NULL after an error. */
static const yaml_node_t *read_setting(struct loader *loader, struct iso_provenance_note *note, const yaml_node_t *node,
                                       const char *key)
{
    const yaml_node_t *value = NULL;
    if (iso_yaml_scalar(node)) {
        if (!loader->has_note && strcmp(iso_yaml_scalar(node), "unknown") != 0) {
            FAIL(loader, node,
                 "%s does not say where it comes from; expected {value, from, ref}, or a provenance key above it", key);
            return NULL;
        }
        *note = loader->note;
        return node;
    }
    if (node->type != YAML_MAPPING_NODE) {
        FAIL(loader, node, "%s is a list; expected a value or {value, from, ref}", key);
        return NULL;
    }
    if (!read_note(loader, note, node, &value))
        return NULL;
    if (!value || !iso_yaml_scalar(value)) {
        FAIL(loader, node, "%s has no value; expected {value, from, ref}", key);
        return NULL;
    }
    return value;
}

static void bad_value(struct loader *loader, const yaml_node_t *node, const char *key, const struct iso_value_set *set)
{
    struct iso_buffer names = {0};
    for (size_t i = 0; i < set->count; i++)
        if (set->values[i].name)
            iso_buffer_format(&names, "%s%s", i ? ", " : "", set->values[i].name);
    FAIL(loader, node, "%s is \"%s\"; expected one of %s", key, iso_yaml_scalar(node), iso_buffer_string(&names));
    iso_buffer_free(&names);
}

static void read_features(struct loader *loader, const yaml_node_t *node)
{
    char shown[160];
    if (node->type != YAML_MAPPING_NODE) {
        FAIL(loader, node, "features is %s; expected a mapping", iso_yaml_describe(shown, sizeof shown, node));
        return;
    }
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = iso_yaml_node(&loader->yaml, pair->key);
        const char *name = iso_yaml_scalar(key);
        struct iso_provenance_note note = {0};
        enum iso_cpu_key feature;
        uint8_t number;
        if (!iso_cpu_key_find(&feature, name)) {
            FAIL(loader, key, "unknown feature \"%s\"; `isotier lint --schema machine` lists them", name);
            continue;
        }
        const yaml_node_t *value = read_setting(loader, &note, iso_yaml_node(&loader->yaml, pair->value), name);
        if (!value)
            continue;
        if (!iso_cpu_value_find(&number, feature, iso_yaml_scalar(value))) {
            bad_value(loader, value, name, iso_cpu_key(feature)->set);
            continue;
        }
        loader->machine->features.value[feature] = number;
        loader->machine->features_source[feature] = note;
        loader->marks->feature[feature] = mark_of(value);
    }
}

/* hop == ISO_HOPS_MAX: said of the tier as a whole. */
static void read_capabilities(struct loader *loader, struct iso_tier *tier, const yaml_node_t *node, size_t hop)
{
    char shown[160];
    if (node->type != YAML_MAPPING_NODE) {
        FAIL(loader, node, "capabilities is %s; expected a mapping", iso_yaml_describe(shown, sizeof shown, node));
        return;
    }
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = iso_yaml_node(&loader->yaml, pair->key);
        const char *name = iso_yaml_scalar(key);
        struct iso_provenance_note note = {0};
        enum iso_capability_key capability;
        uint8_t number;
        if (!iso_capability_key_find(&capability, name)) {
            FAIL(loader, key, "unknown capability \"%s\"; `isotier lint --schema machine` lists them", name);
            continue;
        }
        const yaml_node_t *value = read_setting(loader, &note, iso_yaml_node(&loader->yaml, pair->value), name);
        if (!value)
            continue;
        if (!iso_capability_value_find(&number, capability, iso_yaml_scalar(value))) {
            bad_value(loader, value, name, iso_capability_key(capability)->set);
            continue;
        }
        size_t at = hop < ISO_HOPS_MAX ? hop : iso_tier_owner(tier, capability);
        if (at >= tier->nhops) {
            FAIL(loader, key, "no hop of the path can hold %s; expected a home-node in the path", name);
            continue;
        }
        struct iso_mark_at *mark = &loader->marks->capability[loader->tier][at][capability];
        if (mark->line) {
            FAIL(loader, key, "%s is already given for hop \"%s\" on line %u; expected it once", name,
                 tier->hops[at].name, mark->line);
            continue;
        }
        tier->hops[at].capabilities.value[capability] = number;
        tier->hops[at].capabilities.source[capability] = note;
        *mark = mark_of(value);
    }
}

/* ---- parts ---- */

static void no_part(struct loader *loader, void *base, const yaml_node_t *node, const struct iso_field *field)
{
    (void)base;
    FAIL(loader, node, "%s cannot stand here", field->name);
}

static void read_hop_part(struct loader *loader, void *base, const yaml_node_t *node, const struct iso_field *field)
{
    struct iso_hop *hop = base;
    char shown[160];
    if (field->part == ISO_PART_HOP_KIND) {
        enum iso_hop_kind kind;
        if (!iso_yaml_scalar(node) || !iso_hop_kind_find(&kind, iso_yaml_scalar(node)))
            FAIL(loader, node, "hop is %s; expected core, home-node, bridge, link, switch or device",
                 iso_yaml_describe(shown, sizeof shown, node));
        else
            iso_hop_init(hop, kind);
    } else if (field->part == ISO_PART_PROVENANCE) {
        loader->has_note = read_note(loader, &loader->note, node, NULL);
    } else if (field->part == ISO_PART_CAPABILITIES) {
        read_capabilities(loader, &loader->machine->tiers[loader->tier], node, loader->hop);
    }
}

static void read_path(struct loader *loader, struct iso_tier *tier, const yaml_node_t *node)
{
    char shown[160];
    if (node->type != YAML_SEQUENCE_NODE || node->data.sequence.items.top == node->data.sequence.items.start) {
        FAIL(loader, node, "path is %s; expected a list of hops, core first",
             iso_yaml_describe(shown, sizeof shown, node));
        return;
    }
    for (const yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
        const yaml_node_t *hop = iso_yaml_node(&loader->yaml, *item);
        struct iso_provenance_note note = loader->note;
        bool has_note = loader->has_note;
        if (tier->nhops == ISO_HOPS_MAX) {
            FAIL(loader, hop, "path has more than %d hops", ISO_HOPS_MAX);
            return;
        }
        loader->hop = tier->nhops++;
        read_section(loader, &tier->hops[loader->hop], hop, ISO_SECTION_HOP, read_hop_part);
        loader->note = note, loader->has_note = has_note;
        enum iso_hop_kind kind = tier->hops[loader->hop].kind;
        if (loader->hop == 0 ? kind != ISO_HOP_CORE : kind < tier->hops[loader->hop - 1].kind)
            FAIL(loader, hop, "%s hop after %s; expected the order core, home-node, bridge, link, switch, device",
                 iso_hop_kind_name(kind),
                 loader->hop ? iso_hop_kind_name(tier->hops[loader->hop - 1].kind) : "nothing");
    }
    if (tier->hops[tier->nhops - 1].kind != ISO_HOP_DEVICE)
        FAIL(loader, node, "path ends in a %s hop; expected a device",
             iso_hop_kind_name(tier->hops[tier->nhops - 1].kind));
}

static void read_points(struct loader *loader, struct iso_tier *tier, const yaml_node_t *node,
                        const struct iso_field *field)
{
    char shown[160];
    bool curve = field->part == ISO_PART_CURVE;
    size_t *count = curve ? &tier->ncurve : &tier->nmix;
    if (node->type != YAML_SEQUENCE_NODE) {
        FAIL(loader, node, "%s is %s; expected a list of points", field->name,
             iso_yaml_describe(shown, sizeof shown, node));
        return;
    }
    if (curve)
        loader->marks->curve[loader->tier] = mark_of(node);
    for (const yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
        const yaml_node_t *point = iso_yaml_node(&loader->yaml, *item);
        if (*count == ISO_CURVE_MAX) {
            FAIL(loader, point, "%s has more than %d points", field->name, ISO_CURVE_MAX);
            return;
        }
        if (curve)
            read_section(loader, &tier->curve[(*count)++], point, ISO_SECTION_CURVE_POINT, no_part);
        else
            read_section(loader, &tier->mix[(*count)++], point, ISO_SECTION_MIX_POINT, no_part);
    }
}

static void read_tier_part(struct loader *loader, void *base, const yaml_node_t *node, const struct iso_field *field)
{
    static const struct iso_field idle = {.name = "idle_ns", .kind = ISO_FIELD_NS_PS, .minimum = 0, .maximum = 1000000};
    struct iso_tier *tier = base;
    char shown[160];
    if (field->part == ISO_PART_TIER_KIND) {
        if (!iso_yaml_scalar(node) || !iso_tier_kind_find(&tier->kind, iso_yaml_scalar(node))) {
            struct iso_buffer names = {0};
            for (unsigned i = 0; i < ISO_TIER_KIND_COUNT; i++)
                iso_buffer_format(&names, "%s%s", i ? ", " : "", iso_tier_kind_name((enum iso_tier_kind)i));
            FAIL(loader, node, "kind is %s; expected one of %s", iso_yaml_describe(shown, sizeof shown, node),
                 names.data);
            iso_buffer_free(&names);
        }
    } else if (field->part == ISO_PART_PROVENANCE) {
        loader->has_note = read_note(loader, &loader->note, node, NULL);
    } else if (field->part == ISO_PART_PATH) {
        read_path(loader, tier, node);
    } else if (field->part == ISO_PART_CAPABILITIES) {
        read_capabilities(loader, tier, node, ISO_HOPS_MAX);
    } else if (field->part == ISO_PART_IDLE) {
        if (read_number(loader, &loader->marks->idle_ns[loader->tier], node, &idle))
            loader->marks->idle[loader->tier] = mark_of(node);
    } else if (field->part == ISO_PART_TIMING_SOURCE) {
        read_note(loader, &tier->timing_source, node, NULL);
    } else {
        read_points(loader, tier, node, field);
    }
}

static void read_tiers(struct loader *loader, const yaml_node_t *node)
{
    struct iso_machine *machine = loader->machine;
    char shown[160];
    if (node->type != YAML_MAPPING_NODE || node->data.mapping.pairs.top == node->data.mapping.pairs.start) {
        FAIL(loader, node, "tiers is %s; expected a mapping of names to tiers",
             iso_yaml_describe(shown, sizeof shown, node));
        return;
    }
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = iso_yaml_node(&loader->yaml, pair->key);
        const char *name = iso_yaml_scalar(key);
        struct iso_provenance_note note = loader->note;
        bool has_note = loader->has_note;
        if (machine->ntiers == ISO_TIERS_MAX) {
            FAIL(loader, key, "more than %d tiers", ISO_TIERS_MAX);
            return;
        }
        if (!is_name(name) || strcmp(name, "tier") == 0 || strcmp(name, "reference") == 0) {
            FAIL(loader, key,
                 "tier is called \"%s\"; expected a name of 1 to %d letters, digits, dots, dashes, not \"tier\" or "
                 "\"reference\"",
                 name, ISO_NAME_MAX - 1);
            continue;
        }
        loader->tier = machine->ntiers++;
        struct iso_tier *tier = &machine->tiers[loader->tier];
        memcpy(tier->name, name, strlen(name) + 1);
        loader->marks->tier[loader->tier] = mark_of(key);
        loader->marks->idle_ns[loader->tier] = -1;
        read_section(loader, tier, iso_yaml_node(&loader->yaml, pair->value), ISO_SECTION_TIER, read_tier_part);
        loader->note = note, loader->has_note = has_note;
    }
}

static void read_cpu_part(struct loader *loader, void *base, const yaml_node_t *node, const struct iso_field *field)
{
    (void)base;
    if (field->part == ISO_PART_PROVENANCE)
        loader->has_note = read_note(loader, &loader->note, node, NULL);
    else if (field->part == ISO_PART_FEATURES)
        read_features(loader, node);
    else
        read_section(loader, &loader->machine->cpu_timing, node, ISO_SECTION_CPU_TIMING, no_part);
}

static void read_machine_part(struct loader *loader, void *base, const yaml_node_t *node, const struct iso_field *field)
{
    struct iso_machine *machine = base;
    struct iso_provenance_note note = loader->note;
    bool has_note = loader->has_note;
    if (field->part == ISO_PART_PROVENANCE) {
        loader->has_note = read_note(loader, &loader->note, node, NULL);
        return;
    }
    if (field->part == ISO_PART_CPU)
        read_section(loader, machine, node, ISO_SECTION_CPU, read_cpu_part);
    else if (field->part == ISO_PART_CACHE_L1)
        read_section(loader, &machine->l1, node, ISO_SECTION_CACHE, no_part);
    else if (field->part == ISO_PART_CACHE_L2)
        read_section(loader, &machine->l2, node, ISO_SECTION_CACHE, no_part);
    else if (field->part == ISO_PART_TIERS)
        read_tiers(loader, node);
    else
        loader->reference = node;
    loader->note = note, loader->has_note = has_note;
}

static void find_reference(struct loader *loader)
{
    struct iso_machine *machine = loader->machine;
    const char *name = iso_yaml_scalar(loader->reference);
    struct iso_buffer names = {0};
    char shown[160];
    if (!loader->reference)
        return; /* already reported as missing */
    for (size_t i = 0; i < machine->ntiers; i++) {
        iso_buffer_format(&names, "%s%s", i ? ", " : "", machine->tiers[i].name);
        machine->tiers[i].reference = name && strcmp(machine->tiers[i].name, name) == 0;
        if (machine->tiers[i].reference)
            machine->reference = i;
    }
    if (!name || !iso_machine_tier(machine, name))
        FAIL(loader, loader->reference, "reference is %s; expected a tier of this machine: %s",
             iso_yaml_describe(shown, sizeof shown, loader->reference), iso_buffer_string(&names));
    iso_buffer_free(&names);
}

int iso_machine_load(struct iso_machine_file **out, struct iso_diags *diags, const char *path)
{
    struct loader loader = {0};
    if (iso_yaml_load(&loader.yaml, diags, path) != 0)
        return -1;
    loader.file = iso_allocate(sizeof *loader.file);
    loader.file->arena = iso_arena_new();
    loader.machine = &loader.file->machine;
    loader.marks = iso_allocate(sizeof *loader.marks);
    iso_machine_init(loader.machine);
    iso_sha256_text(loader.file->sha256, loader.yaml.text, loader.yaml.size);
    read_section(&loader, loader.machine, iso_yaml_root(&loader.yaml), ISO_SECTION_MACHINE, read_machine_part);
    find_reference(&loader);
    if (!loader.failed && iso_machine_check(diags, path, loader.machine, loader.marks) != 0)
        loader.failed = true;
    iso_yaml_free(&loader.yaml);
    free(loader.marks);
    if (loader.failed) {
        iso_machine_file_free(loader.file);
        return -1;
    }
    *out = loader.file;
    return 0;
}

void iso_machine_file_free(struct iso_machine_file *file)
{
    if (!file)
        return;
    iso_arena_free(file->arena);
    free(file);
}
