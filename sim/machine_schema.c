/* The JSON Schema (draft-07) of machine files, printed from the tables that the loader reads by, so that the two cannot differ.
 * Also: where bundled machines are found. Not for: validating; editors and the harness do that. */
#include "sim/file.h"
#include "sim/machine_fields.h"
#include "sim/machine_load.h"

#include <stdlib.h>
#include <string.h>

static void schema_values(struct iso_buffer *out, const struct iso_value_set *set)
{
    bool first = true;
    iso_buffer_add(out, "{\"enum\": [");
    for (size_t i = 0; i < set->count; i++) {
        const char *name = set->values[i].name;
        if (!name)
            continue;
        iso_buffer_add(out, first ? "" : ", ");
        first = false;
        if (strspn(name, "0123456789") == strlen(name))
            iso_buffer_add(out, name);
        else
            iso_buffer_json_string(out, name);
    }
    iso_buffer_add(out, "]}");
}

/* "key": value or {value, from, ref}. */
static void schema_setting(struct iso_buffer *out, const char *indent, const struct iso_key_row *row, bool last)
{
    iso_buffer_format(out, "%s\"%s\": {\"description\": ", indent, row->name);
    struct iso_buffer description = {0};
    iso_buffer_format(&description, "%s%s%s [%s]", row->meaning, row->unit && *row->unit ? ", " : "",
                      row->unit ? row->unit : "", row->citation);
    iso_buffer_json_string(out, description.data);
    iso_buffer_free(&description);
    iso_buffer_add(out, ", \"anyOf\": [");
    schema_values(out, row->set);
    iso_buffer_add(out, ", {\"type\": \"object\", \"additionalProperties\": false, \"required\": [\"value\", "
                        "\"from\"], \"properties\": {\"value\": ");
    schema_values(out, row->set);
    iso_buffer_format(out, ", \"from\": {\"$ref\": \"#/definitions/from\"}, \"ref\": {\"type\": \"string\"}}}]}%s\n",
                      last ? "" : ",");
}

static void schema_names(struct iso_buffer *out, unsigned count, const char *(*name)(unsigned))
{
    iso_buffer_add(out, "{\"enum\": [");
    for (unsigned i = 0; i < count; i++) {
        iso_buffer_add(out, i ? ", " : "");
        iso_buffer_json_string(out, name(i));
    }
    iso_buffer_add(out, "]}");
}

static const char *hop_kind(unsigned i)
{
    return iso_hop_kind_name((enum iso_hop_kind)i);
}

static const char *tier_kind(unsigned i)
{
    return iso_tier_kind_name((enum iso_tier_kind)i);
}

static const char *source(unsigned i)
{
    return iso_source_name((enum iso_source)i);
}

static void schema_field(struct iso_buffer *out, const struct iso_field *field, bool last)
{
    iso_buffer_format(out, "        \"%s\": {\"description\": ", field->name);
    iso_buffer_json_string(out, field->meaning);
    iso_buffer_add(out, ", ");
    switch (field->kind) {
    case ISO_FIELD_TEXT:
        iso_buffer_add(out, "\"type\": \"string\"");
        break;
    case ISO_FIELD_NAME:
        iso_buffer_format(out, "\"type\": \"string\", \"pattern\": \"^[A-Za-z0-9._-]{1,%d}$\"", ISO_NAME_MAX - 1);
        break;
    case ISO_FIELD_BOOL:
        iso_buffer_add(out, "\"enum\": [\"yes\", \"no\"]");
        break;
    case ISO_FIELD_ADDRESS:
        iso_buffer_add(out, "\"type\": [\"integer\", \"string\"]");
        break;
    case ISO_FIELD_COUNT:
        iso_buffer_format(out, "\"type\": \"integer\", \"minimum\": %g, \"maximum\": %g", field->minimum,
                          field->maximum);
        break;
    case ISO_FIELD_NS_PS:
    case ISO_FIELD_NS:
    case ISO_FIELD_KIB:
    case ISO_FIELD_GIB:
    case ISO_FIELD_GBPS:
    case ISO_FIELD_PERCENT:
    case ISO_FIELD_RATIO:
        iso_buffer_format(out, "\"type\": \"number\", \"minimum\": %g, \"maximum\": %.10g", field->minimum,
                          field->maximum);
        break;
    case ISO_FIELD_PART:
        iso_buffer_format(out, "\"allOf\": [{\"$ref\": \"#/definitions/%s\"}]", iso_machine_part_name(field->part));
        break;
    }
    iso_buffer_format(out, "}%s\n", last ? "" : ",");
}

static void schema_section(struct iso_buffer *out, const struct iso_section *section)
{
    bool first = true;
    iso_buffer_format(
        out,
        "    \"%s\": {\n      \"type\": \"object\",\n      \"additionalProperties\": false,\n      \"required\": [",
        section->name);
    for (size_t i = 0; i < section->count; i++)
        if (section->fields[i].required) {
            iso_buffer_format(out, "%s\"%s\"", first ? "" : ", ", section->fields[i].name);
            first = false;
        }
    iso_buffer_add(out, "],\n      \"properties\": {\n");
    for (size_t i = 0; i < section->count; i++)
        schema_field(out, &section->fields[i], i + 1 == section->count);
    iso_buffer_add(out, "      }\n    },\n");
}

void iso_machine_schema(struct iso_buffer *out)
{
    iso_buffer_add(
        out,
        "{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n  \"title\": \"isotier machine\",\n"
        "  \"description\": \"CPUs, caches and tiers of one machine; printed by `isotier lint --schema machine`\",\n"
        "  \"$ref\": \"#/definitions/machine\",\n  \"definitions\": {\n");
    for (unsigned i = 0; i < ISO_SECTION_COUNT; i++)
        schema_section(out, iso_machine_section((enum iso_machine_section)i));
    iso_buffer_format(out, "    \"name\": {\"type\": \"string\", \"pattern\": \"^[A-Za-z0-9._-]{1,%d}$\"},\n",
                      ISO_NAME_MAX - 1);
    iso_buffer_add(out, "    \"from\": ");
    schema_names(out, ISO_SOURCE_DATASHEET + 1, source);
    iso_buffer_add(
        out,
        ",\n    \"provenance\": {\"type\": \"object\", \"additionalProperties\": false, \"required\": [\"from\"],\n"
        "      \"properties\": {\"from\": {\"$ref\": \"#/definitions/from\"}, \"ref\": {\"type\": \"string\"}}},\n"
        "    \"idle_ns\": {\"type\": \"number\", \"minimum\": 0, \"maximum\": 1000000},\n"
        "    \"load_curve\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/definitions/load_point\"}, "
        "\"maxItems\": ");
    iso_buffer_format(out,
                      "%d},\n    \"read_mix\": {\"type\": \"array\", \"items\": {\"$ref\": "
                      "\"#/definitions/mix_point\"}, \"maxItems\": %d},\n",
                      ISO_CURVE_MAX, ISO_CURVE_MAX);
    iso_buffer_format(out,
                      "    \"path\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/definitions/hop\"}, \"minItems\": "
                      "1, \"maxItems\": %d},\n",
                      ISO_HOPS_MAX);
    iso_buffer_format(out,
                      "    \"tiers\": {\"type\": \"object\", \"minProperties\": 1, \"maxProperties\": %d, "
                      "\"propertyNames\": {\"$ref\": \"#/definitions/name\"},\n"
                      "      \"additionalProperties\": {\"$ref\": \"#/definitions/tier\"}},\n    \"hop_kind\": ",
                      ISO_TIERS_MAX);
    schema_names(out, ISO_HOP_KIND_COUNT, hop_kind);
    iso_buffer_add(out, ",\n    \"tier_kind\": ");
    schema_names(out, ISO_TIER_KIND_COUNT, tier_kind);
    iso_buffer_add(out, ",\n    \"features\": {\n      \"type\": \"object\",\n      \"additionalProperties\": false,\n "
                        "     \"properties\": {\n");
    for (unsigned i = 0; i < ISO_CPU_COUNT; i++)
        schema_setting(out, "        ", iso_cpu_key((enum iso_cpu_key)i), i + 1 == ISO_CPU_COUNT);
    iso_buffer_add(out, "      }\n    },\n    \"capabilities\": {\n      \"type\": \"object\",\n      "
                        "\"additionalProperties\": false,\n      \"properties\": {\n");
    for (unsigned i = 0; i < ISO_CAP_COUNT; i++)
        schema_setting(out, "        ", iso_capability_key((enum iso_capability_key)i), i + 1 == ISO_CAP_COUNT);
    iso_buffer_add(out, "      }\n    }\n  }\n}\n");
}

int iso_machine_path(struct iso_buffer *out, struct iso_diags *diags, const char *name, const char *data_folder)
{
    size_t size = strlen(name);
    struct iso_buffer folder = {0}, names = {0};
    struct iso_diags ignored = {0};
    char **list = NULL;
    size_t count = 0;
    bool found = true;

    iso_buffer_clear(out);
    if (strchr(name, '/') || (size > 5 && strcmp(name + size - 5, ".yaml") == 0)) {
        iso_buffer_add(out, name);
        return 0;
    }
    iso_buffer_format(&folder, "%s/models/machines", data_folder);
    iso_buffer_format(out, "%s/%s.yaml", folder.data, name);
    if (!size || !iso_file_exists(out->data)) {
        found = false;
        iso_file_find(&list, &count, &ignored, folder.data, ".yaml");
        for (size_t i = 0; i < count; i++) {
            const char *base = list[i] + folder.size + 1;
            iso_buffer_format(&names, "%s%.*s", i ? ", " : "", (int)(strlen(base) - 5), base);
            free(list[i]);
        }
        free(list);
        iso_diags_add(diags, false, "--machine", 0, 0, "there is no machine \"%s\"; expected a path, or one of %s",
                      name, count ? iso_buffer_string(&names) : "the bundled machines (none found: set ISOTIER_DATA)");
        iso_diags_free(&ignored);
    }
    iso_buffer_free(&folder);
    iso_buffer_free(&names);
    return found ? 0 : -1;
}
