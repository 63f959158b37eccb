/* Reading scalars and mappings of a machine file by the tables of machine_fields.c. Declared in machine_read.h.
 * Not for: parts with a shape of their own (machine_load.c). */
#include "sim/machine_read.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct iso_mark_at iso_loader_mark(const yaml_node_t *node)
{
    return (struct iso_mark_at){.line = (uint32_t)node->start_mark.line + 1,
                                .column = (uint32_t)node->start_mark.column + 1};
}

/* ---- scalars ---- */

bool iso_loader_is_name(const char *text)
{
    size_t size = strlen(text);
    return size >= 1 && size < ISO_NAME_MAX &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == size;
}

bool iso_loader_number(struct iso_loader *loader, double *out, const yaml_node_t *node, const struct iso_field *field)
{
    char shown[160];
    const char *text = iso_yaml_scalar(node);
    char *end = NULL;
    double value = text && *text && strspn(text, "0123456789.eE+-") == strlen(text) ? strtod(text, &end) : NAN;
    bool whole = field->kind == ISO_FIELD_COUNT;
    if (!end || *end || !isfinite(value) || value < field->minimum || value > field->maximum ||
        (whole && value != floor(value))) {
        ISO_LOADER_FAIL(loader, node, "%s is %s; expected a %snumber from %g to %g", field->name,
                        iso_yaml_describe(shown, sizeof shown, node), whole ? "whole " : "", field->minimum,
                        field->maximum);
        return false;
    }
    *out = value;
    return true;
}

static void read_address(struct iso_loader *loader, uint64_t *out, const yaml_node_t *node,
                         const struct iso_field *field)
{
    char shown[160];
    const char *text = iso_yaml_scalar(node);
    char *end = NULL;
    errno = 0;
    uint64_t value = text && text[0] >= '0' && text[0] <= '9' ? strtoull(text, &end, 0) : 0;
    if (!end || *end || errno || value >> 52 || value % 4096)
        ISO_LOADER_FAIL(loader, node, "%s is %s; expected a physical address below 2^52, a multiple of 4096",
                        field->name, iso_yaml_describe(shown, sizeof shown, node));
    else
        *out = value;
}

/* A scalar field of the table into its structure. */
static void read_scalar(struct iso_loader *loader, void *base, const yaml_node_t *node, const struct iso_field *field)
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
            ISO_LOADER_FAIL(loader, node, "%s is %s; expected text", field->name,
                            iso_yaml_describe(shown, sizeof shown, node));
        break;
    case ISO_FIELD_NAME:
        if (!text || !iso_loader_is_name(text))
            ISO_LOADER_FAIL(loader, node,
                            "%s is %s; expected a name of 1 to %d letters, digits, dots, dashes and underscores",
                            field->name, iso_yaml_describe(shown, sizeof shown, node), ISO_NAME_MAX - 1);
        else
            memcpy(place, text, strlen(text) + 1);
        break;
    case ISO_FIELD_BOOL:
        if (!text || (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0))
            ISO_LOADER_FAIL(loader, node, "%s is %s; expected yes or no", field->name,
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
        if (iso_loader_number(loader, &number, node, field)) {
            whole = (uint32_t)(number * scale[field->kind] + 0.5);
            memcpy(place, &whole, sizeof whole);
        }
        break;
    case ISO_FIELD_GIB:
        if (iso_loader_number(loader, &number, node, field)) {
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

void iso_loader_section(struct iso_loader *loader, void *base, const yaml_node_t *node, enum iso_machine_section id,
                        iso_part_reader *part)
{
    const struct iso_section *section = iso_machine_section(id);
    char shown[160];
    uint64_t seen = 0;

    if (!node || node->type != YAML_MAPPING_NODE) {
        ISO_LOADER_FAIL(loader, node, "%s is %s; expected a mapping", section->name,
                        iso_yaml_describe(shown, sizeof shown, node));
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
                    ISO_LOADER_FAIL(loader, key, "unknown key \"%s\" in %s; expected one of %s", iso_yaml_scalar(key),
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
            ISO_LOADER_FAIL(loader, node, "%s has no \"%s\" (%s)", section->name, section->fields[i].name,
                            section->fields[i].meaning);
}
