/* First pass over a machine file: shape. Walks the tables of machine_fields.c; what is not in a table is an error.
 * Not for: what values mean together (machine_check.c). Not modelled: includes, inheritance between machines. */
#include "sim/machine_read.h"

#include <stdlib.h>
#include <string.h>

/* ---- provenance and settings ---- */

/* from, ref of a mapping; `value` is allowed beside them where `with_value`. */
static bool read_note(struct iso_loader *loader, struct iso_provenance_note *out, const yaml_node_t *node,
                      const yaml_node_t **value)
{
    char shown[160];
    const yaml_node_t *from = NULL, *reference = NULL;
    if (node->type != YAML_MAPPING_NODE) {
        ISO_LOADER_FAIL(loader, node, "provenance is %s; expected {from: claim|probe|datasheet|assumed, ref: text}",
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
            ISO_LOADER_FAIL(loader, key, "unknown key \"%s\"; expected %sfrom or ref", name, value ? "value, " : "");
            return false;
        }
    }
    if (!from || !iso_yaml_scalar(from) || !iso_source_find(&out->source, iso_yaml_scalar(from))) {
        ISO_LOADER_FAIL(loader, from ? from : node, "from is %s; expected claim, probe, datasheet or assumed",
                        iso_yaml_describe(shown, sizeof shown, from));
        return false;
    }
    if (reference && !iso_yaml_scalar(reference)) {
        ISO_LOADER_FAIL(loader, reference, "ref is %s; expected text",
                        iso_yaml_describe(shown, sizeof shown, reference));
        return false;
    }
    if ((!reference || !*iso_yaml_scalar(reference)) && out->source != ISO_SOURCE_ASSUMED) {
        ISO_LOADER_FAIL(loader, node, "a value from a %s has no ref; expected where it can be looked up",
                        iso_source_name(out->source));
        return false;
    }
    out->reference = reference ? iso_arena_string(loader->file->arena, iso_yaml_scalar(reference),
                                                  strlen(iso_yaml_scalar(reference)))
                               : NULL;
    return true;
}

/* "value" or {value, from, ref}: the scalar, and where it comes from. NULL after an error. */
static const yaml_node_t *read_setting(struct iso_loader *loader, struct iso_provenance_note *note,
                                       const yaml_node_t *node, const char *key)
{
    const yaml_node_t *value = NULL;
    if (iso_yaml_scalar(node)) {
        if (!loader->has_note && strcmp(iso_yaml_scalar(node), "unknown") != 0) {
            ISO_LOADER_FAIL(
                loader, node,
                "%s does not say where it comes from; expected {value, from, ref}, or a provenance key above it", key);
            return NULL;
        }
        *note = loader->note;
        return node;
    }
    if (node->type != YAML_MAPPING_NODE) {
        ISO_LOADER_FAIL(loader, node, "%s is a list; expected a value or {value, from, ref}", key);
        return NULL;
    }
    if (!read_note(loader, note, node, &value))
        return NULL;
    if (!value || !iso_yaml_scalar(value)) {
        ISO_LOADER_FAIL(loader, node, "%s has no value; expected {value, from, ref}", key);
        return NULL;
    }
    return value;
}

static void bad_value(struct iso_loader *loader, const yaml_node_t *node, const char *key,
                      const struct iso_value_set *set)
{
    struct iso_buffer names = {0};
    for (size_t i = 0; i < set->count; i++)
        if (set->values[i].name)
            iso_buffer_format(&names, "%s%s", i ? ", " : "", set->values[i].name);
    ISO_LOADER_FAIL(loader, node, "%s is \"%s\"; expected one of %s", key, iso_yaml_scalar(node),
                    iso_buffer_string(&names));
    iso_buffer_free(&names);
}

static void read_features(struct iso_loader *loader, const yaml_node_t *node)
{
    char shown[160];
    if (node->type != YAML_MAPPING_NODE) {
        ISO_LOADER_FAIL(loader, node, "features is %s; expected a mapping",
                        iso_yaml_describe(shown, sizeof shown, node));
        return;
    }
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = iso_yaml_node(&loader->yaml, pair->key);
        const char *name = iso_yaml_scalar(key);
        struct iso_provenance_note note = {0};
        enum iso_cpu_key feature;
        uint8_t number;
        if (!iso_cpu_key_find(&feature, name)) {
            ISO_LOADER_FAIL(loader, key, "unknown feature \"%s\"; `isotier lint --schema machine` lists them", name);
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
        loader->marks->feature[feature] = iso_loader_mark(value);
    }
}

/* hop == ISO_HOPS_MAX: said of the tier as a whole. */
static void read_capabilities(struct iso_loader *loader, struct iso_tier *tier, const yaml_node_t *node, size_t hop)
{
    char shown[160];
    if (node->type != YAML_MAPPING_NODE) {
        ISO_LOADER_FAIL(loader, node, "capabilities is %s; expected a mapping",
                        iso_yaml_describe(shown, sizeof shown, node));
        return;
    }
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = iso_yaml_node(&loader->yaml, pair->key);
        const char *name = iso_yaml_scalar(key);
        struct iso_provenance_note note = {0};
        enum iso_capability_key capability;
        uint8_t number;
        if (!iso_capability_key_find(&capability, name)) {
            ISO_LOADER_FAIL(loader, key, "unknown capability \"%s\"; `isotier lint --schema machine` lists them", name);
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
            ISO_LOADER_FAIL(loader, key, "no hop of the path can hold %s; expected a home-node in the path", name);
            continue;
        }
        struct iso_mark_at *mark = &loader->marks->capability[loader->tier][at][capability];
        if (mark->line) {
            ISO_LOADER_FAIL(loader, key, "%s is already given for hop \"%s\" on line %u; expected it once", name,
                            tier->hops[at].name, mark->line);
            continue;
        }
        tier->hops[at].capabilities.value[capability] = number;
        tier->hops[at].capabilities.source[capability] = note;
        *mark = iso_loader_mark(value);
    }
}

/* ---- parts ---- */

static void no_part(struct iso_loader *loader, void *base, const yaml_node_t *node, const struct iso_field *field)
{
    (void)base;
    ISO_LOADER_FAIL(loader, node, "%s cannot stand here", field->name);
}

static void read_hop_part(struct iso_loader *loader, void *base, const yaml_node_t *node, const struct iso_field *field)
{
    struct iso_hop *hop = base;
    char shown[160];
    if (field->part == ISO_PART_HOP_KIND) {
        enum iso_hop_kind kind;
        if (!iso_yaml_scalar(node) || !iso_hop_kind_find(&kind, iso_yaml_scalar(node)))
            ISO_LOADER_FAIL(loader, node, "hop is %s; expected core, home-node, bridge, link, switch or device",
                            iso_yaml_describe(shown, sizeof shown, node));
        else
            iso_hop_init(hop, kind);
    } else if (field->part == ISO_PART_PROVENANCE) {
        loader->has_note = read_note(loader, &loader->note, node, NULL);
    } else if (field->part == ISO_PART_CAPABILITIES) {
        read_capabilities(loader, &loader->machine->tiers[loader->tier], node, loader->hop);
    }
}

static void read_path(struct iso_loader *loader, struct iso_tier *tier, const yaml_node_t *node)
{
    char shown[160];
    if (node->type != YAML_SEQUENCE_NODE || node->data.sequence.items.top == node->data.sequence.items.start) {
        ISO_LOADER_FAIL(loader, node, "path is %s; expected a list of hops, core first",
                        iso_yaml_describe(shown, sizeof shown, node));
        return;
    }
    for (const yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
        const yaml_node_t *hop = iso_yaml_node(&loader->yaml, *item);
        struct iso_provenance_note note = loader->note;
        bool has_note = loader->has_note;
        if (tier->nhops == ISO_HOPS_MAX) {
            ISO_LOADER_FAIL(loader, hop, "path has more than %d hops", ISO_HOPS_MAX);
            return;
        }
        loader->hop = tier->nhops++;
        iso_loader_section(loader, &tier->hops[loader->hop], hop, ISO_SECTION_HOP, read_hop_part);
        loader->note = note, loader->has_note = has_note;
        enum iso_hop_kind kind = tier->hops[loader->hop].kind;
        if (loader->hop == 0 ? kind != ISO_HOP_CORE : kind < tier->hops[loader->hop - 1].kind)
            ISO_LOADER_FAIL(
                loader, hop, "%s hop after %s; expected the order core, home-node, bridge, link, switch, device",
                iso_hop_kind_name(kind), loader->hop ? iso_hop_kind_name(tier->hops[loader->hop - 1].kind) : "nothing");
    }
    if (tier->hops[tier->nhops - 1].kind != ISO_HOP_DEVICE)
        ISO_LOADER_FAIL(loader, node, "path ends in a %s hop; expected a device",
                        iso_hop_kind_name(tier->hops[tier->nhops - 1].kind));
}

static void read_points(struct iso_loader *loader, struct iso_tier *tier, const yaml_node_t *node,
                        const struct iso_field *field)
{
    char shown[160];
    bool curve = field->part == ISO_PART_CURVE;
    size_t *count = curve ? &tier->ncurve : &tier->nmix;
    if (node->type != YAML_SEQUENCE_NODE) {
        ISO_LOADER_FAIL(loader, node, "%s is %s; expected a list of points", field->name,
                        iso_yaml_describe(shown, sizeof shown, node));
        return;
    }
    if (curve)
        loader->marks->curve[loader->tier] = iso_loader_mark(node);
    for (const yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
        const yaml_node_t *point = iso_yaml_node(&loader->yaml, *item);
        if (*count == ISO_CURVE_MAX) {
            ISO_LOADER_FAIL(loader, point, "%s has more than %d points", field->name, ISO_CURVE_MAX);
            return;
        }
        if (curve)
            iso_loader_section(loader, &tier->curve[(*count)++], point, ISO_SECTION_CURVE_POINT, no_part);
        else
            iso_loader_section(loader, &tier->mix[(*count)++], point, ISO_SECTION_MIX_POINT, no_part);
    }
}

static void read_tier_part(struct iso_loader *loader, void *base, const yaml_node_t *node,
                           const struct iso_field *field)
{
    static const struct iso_field idle = {.name = "idle_ns", .kind = ISO_FIELD_NS_PS, .minimum = 0, .maximum = 1000000};
    struct iso_tier *tier = base;
    char shown[160];
    if (field->part == ISO_PART_TIER_KIND) {
        if (!iso_yaml_scalar(node) || !iso_tier_kind_find(&tier->kind, iso_yaml_scalar(node))) {
            struct iso_buffer names = {0};
            for (unsigned i = 0; i < ISO_TIER_KIND_COUNT; i++)
                iso_buffer_format(&names, "%s%s", i ? ", " : "", iso_tier_kind_name((enum iso_tier_kind)i));
            ISO_LOADER_FAIL(loader, node, "kind is %s; expected one of %s",
                            iso_yaml_describe(shown, sizeof shown, node), names.data);
            iso_buffer_free(&names);
        }
    } else if (field->part == ISO_PART_PROVENANCE) {
        loader->has_note = read_note(loader, &loader->note, node, NULL);
    } else if (field->part == ISO_PART_PATH) {
        read_path(loader, tier, node);
    } else if (field->part == ISO_PART_CAPABILITIES) {
        read_capabilities(loader, tier, node, ISO_HOPS_MAX);
    } else if (field->part == ISO_PART_IDLE) {
        if (iso_loader_number(loader, &loader->marks->idle_ns[loader->tier], node, &idle))
            loader->marks->idle[loader->tier] = iso_loader_mark(node);
    } else if (field->part == ISO_PART_TIMING_SOURCE) {
        read_note(loader, &tier->timing_source, node, NULL);
    } else {
        read_points(loader, tier, node, field);
    }
}

static void read_tiers(struct iso_loader *loader, const yaml_node_t *node)
{
    struct iso_machine *machine = loader->machine;
    char shown[160];
    if (node->type != YAML_MAPPING_NODE || node->data.mapping.pairs.top == node->data.mapping.pairs.start) {
        ISO_LOADER_FAIL(loader, node, "tiers is %s; expected a mapping of names to tiers",
                        iso_yaml_describe(shown, sizeof shown, node));
        return;
    }
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = iso_yaml_node(&loader->yaml, pair->key);
        const char *name = iso_yaml_scalar(key);
        struct iso_provenance_note note = loader->note;
        bool has_note = loader->has_note;
        if (machine->ntiers == ISO_TIERS_MAX) {
            ISO_LOADER_FAIL(loader, key, "more than %d tiers", ISO_TIERS_MAX);
            return;
        }
        if (!iso_loader_is_name(name) || strcmp(name, "tier") == 0 || strcmp(name, "reference") == 0) {
            ISO_LOADER_FAIL(
                loader, key,
                "tier is called \"%s\"; expected a name of 1 to %d letters, digits, dots, dashes, not \"tier\" or "
                "\"reference\"",
                name, ISO_NAME_MAX - 1);
            continue;
        }
        loader->tier = machine->ntiers++;
        struct iso_tier *tier = &machine->tiers[loader->tier];
        memcpy(tier->name, name, strlen(name) + 1);
        loader->marks->tier[loader->tier] = iso_loader_mark(key);
        loader->marks->idle_ns[loader->tier] = -1;
        iso_loader_section(loader, tier, iso_yaml_node(&loader->yaml, pair->value), ISO_SECTION_TIER, read_tier_part);
        loader->note = note, loader->has_note = has_note;
    }
}

static void read_cpu_part(struct iso_loader *loader, void *base, const yaml_node_t *node, const struct iso_field *field)
{
    (void)base;
    if (field->part == ISO_PART_PROVENANCE)
        loader->has_note = read_note(loader, &loader->note, node, NULL);
    else if (field->part == ISO_PART_FEATURES)
        read_features(loader, node);
    else
        iso_loader_section(loader, &loader->machine->cpu_timing, node, ISO_SECTION_CPU_TIMING, no_part);
}

static void read_machine_part(struct iso_loader *loader, void *base, const yaml_node_t *node,
                              const struct iso_field *field)
{
    struct iso_machine *machine = base;
    struct iso_provenance_note note = loader->note;
    bool has_note = loader->has_note;
    if (field->part == ISO_PART_PROVENANCE) {
        loader->has_note = read_note(loader, &loader->note, node, NULL);
        return;
    }
    if (field->part == ISO_PART_CPU)
        iso_loader_section(loader, machine, node, ISO_SECTION_CPU, read_cpu_part);
    else if (field->part == ISO_PART_CACHE_L1)
        iso_loader_section(loader, &machine->l1, node, ISO_SECTION_CACHE, no_part);
    else if (field->part == ISO_PART_CACHE_L2)
        iso_loader_section(loader, &machine->l2, node, ISO_SECTION_CACHE, no_part);
    else if (field->part == ISO_PART_TIERS)
        read_tiers(loader, node);
    else
        loader->reference = node;
    loader->note = note, loader->has_note = has_note;
}

static void find_reference(struct iso_loader *loader)
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
        ISO_LOADER_FAIL(loader, loader->reference, "reference is %s; expected a tier of this machine: %s",
                        iso_yaml_describe(shown, sizeof shown, loader->reference), iso_buffer_string(&names));
    iso_buffer_free(&names);
}

int iso_machine_load(struct iso_machine_file **out, struct iso_diags *diags, const char *path)
{
    struct iso_loader loader = {0};
    if (iso_yaml_load(&loader.yaml, diags, path) != 0)
        return -1;
    loader.file = iso_allocate(sizeof *loader.file);
    loader.file->arena = iso_arena_new();
    loader.machine = &loader.file->machine;
    loader.marks = iso_allocate(sizeof *loader.marks);
    iso_machine_init(loader.machine);
    iso_sha256_text(loader.file->sha256, loader.yaml.text, loader.yaml.size);
    iso_loader_section(&loader, loader.machine, iso_yaml_root(&loader.yaml), ISO_SECTION_MACHINE, read_machine_part);
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
