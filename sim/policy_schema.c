/* The JSON Schema (draft-07) of policy files, printed from the tables that the loader reads by; and where bundled policies are found.
 * Declared in policy_load.h. Not for: validating. */
#include "sim/file.h"
#include "sim/policy_read.h"

#include <stdlib.h>
#include <string.h>

static void add_names(struct iso_buffer *out, const char *const *names, size_t count, size_t first)
{
    for (size_t i = first; i < count; i++) {
        iso_buffer_add(out, i > first ? ", " : "");
        iso_buffer_json_string(out, names[i]);
    }
}

/* One value, a list of them, or {not: ...}. yes and no are booleans to a YAML 1.1 reader. */
static void add_input(struct iso_buffer *out, const struct iso_policy_input_row *row)
{
    struct iso_buffer value = {0};
    iso_buffer_add(&value, "{\"enum\": [");
    add_names(&value, row->values, row->nvalues, 0);
    for (size_t i = 0; i < row->nvalues; i++)
        if (strcmp(row->values[i], "yes") == 0)
            iso_buffer_add(&value, ", true, false");
    iso_buffer_add(&value, "]}");
    iso_buffer_add(out, "        ");
    iso_buffer_json_string(out, row->name);
    iso_buffer_add(out, ": {\"description\": ");
    iso_buffer_json_string(out, row->meaning);
    iso_buffer_format(out,
                      ", \"anyOf\": [%s, {\"type\": \"array\", \"items\": %s, \"minItems\": 1},\n          {\"type\": "
                      "\"object\", \"additionalProperties\": false, \"required\": [\"not\"], \"properties\": {\"not\": "
                      "{\"anyOf\": [%s, {\"type\": \"array\", \"items\": %s, \"minItems\": 1}]}}}]},\n",
                      value.data, value.data, value.data, value.data);
    iso_buffer_free(&value);
}

static void add_conditions(struct iso_buffer *out)
{
    const struct iso_policy_shorthand *one;
    iso_buffer_add(out,
                   "    \"when\": {\"anyOf\": [{\"const\": \"always\"}, {\"$ref\": \"#/definitions/condition\"}]},\n"
                   "    \"condition\": {\n      \"type\": \"object\",\n      \"additionalProperties\": false,\n      "
                   "\"properties\": {\n");
    for (unsigned i = 0; i < ISO_POLICY_INPUT_COUNT; i++)
        add_input(out, iso_policy_input_at((enum iso_policy_input)i));
    for (size_t i = 0; (one = iso_policy_shorthand_at(i)) != NULL; i++) {
        iso_buffer_format(out, "        \"%s\": {\"description\": ", one->name);
        iso_buffer_json_string(out, one->meaning);
        iso_buffer_add(out, ", \"enum\": [\"no\", \"yes\", true, false]},\n");
    }
    iso_buffer_add(out, "        \"any\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/definitions/condition\"}, "
                        "\"minItems\": 1}\n      }\n    },\n");
}

static void add_details(struct iso_buffer *out, enum iso_policy_action action, bool last)
{
    bool first = true;
    iso_buffer_format(out, "        \"%s\": {\"enum\": [", iso_policy_action_name(action));
    for (unsigned i = 1; i < ISO_POLICY_DETAIL_COUNT; i++) {
        const char *name = iso_policy_detail_name((enum iso_policy_detail)i);
        enum iso_policy_detail found;
        if (!iso_policy_detail_find(&found, action, name))
            continue;
        iso_buffer_add(out, first ? "" : ", ");
        iso_buffer_json_string(out, name);
        first = false;
    }
    iso_buffer_format(out, "]}%s\n", last ? "" : ",");
}

/* What a stage may answer, as a definition of its own. */
static void add_then(struct iso_buffer *out, enum iso_policy_stage stage)
{
    const struct iso_policy_input_row *s1 = iso_policy_input_at(ISO_POLICY_VMA_ATTR),
                                      *s2 = iso_policy_input_at(ISO_POLICY_S2);
    unsigned bits = iso_policy_then_of(stage);
    struct iso_buffer words = {0};
    if (bits & ISO_POLICY_THEN_OK)
        iso_buffer_add(&words, "{\"const\": \"ok\"}, ");
    if (bits & ISO_POLICY_THEN_REACT)
        iso_buffer_add(&words, "{\"enum\": [\"kill_vm\", \"handled\"]}, ");
    iso_buffer_format(out,
                      "    \"then_%s\": {\"description\": \"%s\", \"anyOf\": [%s{\n      \"type\": \"object\", "
                      "\"additionalProperties\": false, \"minProperties\": 1, \"properties\": {\n",
                      iso_policy_stage_name(stage), iso_policy_stage_meaning(stage), iso_buffer_string(&words));
    if (bits & ISO_POLICY_THEN_MTE)
        iso_buffer_add(out, "        \"mte\": {\"enum\": [\"off\", false]}\n");
    if (bits & ISO_POLICY_THEN_S1) {
        iso_buffer_add(out, "        \"s1\": {\"enum\": [");
        add_names(out, s1->values, s1->nvalues, 0);
        iso_buffer_add(out, "]},\n");
    }
    if (bits & ISO_POLICY_THEN_S2) {
        iso_buffer_add(out, "        \"s2\": {\"enum\": [");
        add_names(out, s2->values, s2->nvalues, 0);
        iso_buffer_add(out, "]},\n        \"x\": {\"enum\": [\"no\", \"yes\", \"on-fault\", true, false]},\n");
    }
    if (bits & ISO_POLICY_THEN_MOVE)
        iso_buffer_add(out, "        \"sequence\": {\"type\": \"string\"},\n        \"target\": {\"enum\": [\"any\", "
                            "\"other-node\"]},\n        \"tags\": {\"enum\": [\"copy\", \"aside\"]},\n");
    if (bits & ISO_POLICY_THEN_REACT) {
        add_details(out, ISO_POLICY_INJECT, false);
        add_details(out, ISO_POLICY_SIGNAL, false);
        add_details(out, ISO_POLICY_EXIT, false);
        add_details(out, ISO_POLICY_RETRY, true);
    }
    if (bits & ISO_POLICY_THEN_REFUSE) {
        iso_buffer_add(out, "        \"refuse\": {\"enum\": [");
        for (unsigned i = 1; i < ISO_POLICY_ERRNO_COUNT; i++)
            iso_buffer_format(out, "%s\"%s\"", i > 1 ? ", " : "", iso_policy_errno_name((enum iso_policy_errno)i));
        iso_buffer_add(out, "]}\n");
    }
    iso_buffer_add(out, "      }}]},\n");
    iso_buffer_free(&words);
}

static void add_stages(struct iso_buffer *out)
{
    iso_buffer_add(
        out, "    \"stages\": {\n      \"type\": \"object\", \"additionalProperties\": false, \"properties\": {\n");
    for (unsigned s = 0; s < ISO_POLICY_STAGE_COUNT; s++) {
        const char *name = iso_policy_stage_name((enum iso_policy_stage)s);
        iso_buffer_format(
            out,
            "        \"%s\": {\"anyOf\": [{\"$ref\": \"#/definitions/rules_%s\"}, {\n          \"type\": "
            "\"object\", \"additionalProperties\": false, \"properties\": {\n            \"replace\": "
            "{\"$ref\": \"#/definitions/rules_%s\"}, \"override\": {\"$ref\": \"#/definitions/rules_%s\"}, "
            "\"before\": {\"$ref\": \"#/definitions/rules_%s\"},\n            \"append\": {\"$ref\": "
            "\"#/definitions/rules_%s\"}, \"remove\": {\"type\": \"array\", \"items\": {\"type\": "
            "\"string\"}}}}]}%s\n",
            name, name, name, name, name, name, s + 1 == ISO_POLICY_STAGE_COUNT ? "" : ",");
    }
    iso_buffer_add(out, "      }\n    },\n");
    for (unsigned s = 0; s < ISO_POLICY_STAGE_COUNT; s++) {
        const char *name = iso_policy_stage_name((enum iso_policy_stage)s);
        iso_buffer_format(out,
                          "    \"rules_%s\": {\"type\": \"array\", \"items\": {\n      \"type\": \"object\", "
                          "\"additionalProperties\": false, \"required\": [\"id\", \"when\", \"then\", \"cite\"], "
                          "\"properties\": {\n        \"id\": {\"type\": \"string\"}, \"when\": {\"$ref\": "
                          "\"#/definitions/when\"}, \"then\": {\"$ref\": \"#/definitions/then_%s\"}, \"cite\": "
                          "{\"type\": \"string\"}}}}%s\n",
                          name, name, s + 1 == ISO_POLICY_STAGE_COUNT ? "" : ",");
    }
}

void iso_policy_schema(struct iso_buffer *out)
{
    iso_buffer_add(
        out,
        "{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n  \"title\": \"isotier policy\",\n  "
        "\"description\": \"What the kernel or hypervisor does with a mapping: rules by stage; printed by `isotier "
        "lint --schema policy`\",\n  \"type\": \"object\",\n  \"additionalProperties\": false,\n  \"required\": "
        "[\"policy\", \"title\", \"cite\"],\n  \"properties\": {\n    \"policy\": {\"$ref\": "
        "\"#/definitions/name\"},\n    \"title\": {\"type\": \"string\"},\n    \"cite\": {\"type\": \"string\"},\n   "
        " \"extends\": {\"$ref\": \"#/definitions/name\"},\n    \"kernel\": {\"type\": \"string\", \"pattern\": "
        "\"^[0-9]{1,2}[.][0-9]{1,3}$\"},\n    \"proposal\": {\"enum\": [\"yes\", \"no\", true, false]},\n    "
        "\"reads_tiers\": {\"enum\": [\"yes\", \"no\", true, false]},\n    \"stages\": {\"$ref\": "
        "\"#/definitions/stages\"}\n  },\n  \"definitions\": {\n    \"name\": {\"type\": \"string\", \"pattern\": "
        "\"^[A-Za-z0-9._-]{1,64}$\"},\n");
    add_conditions(out);
    for (unsigned s = 0; s < ISO_POLICY_STAGE_COUNT; s++)
        add_then(out, (enum iso_policy_stage)s);
    add_stages(out);
    iso_buffer_add(out, "  }\n}\n");
}

/* ---- where policies are ---- */

void iso_policy_kernel_name(struct iso_buffer *out, uint16_t kernel)
{
    iso_buffer_add(out, "");
    if (kernel)
        iso_buffer_format(out, "%u.%u", kernel >> 8, kernel & 255u);
}

int iso_policy_path(struct iso_buffer *out, struct iso_diags *diags, const char *name, const char *data_folder)
{
    size_t size = strlen(name), count = 0;
    struct iso_buffer folder = {0}, names = {0};
    struct iso_diags ignored = {0};
    char **list = NULL;
    int status = 0;

    iso_buffer_clear(out);
    if (strchr(name, '/') || (size > 5 && strcmp(name + size - 5, ".yaml") == 0)) {
        iso_buffer_add(out, name);
        return 0;
    }
    iso_buffer_format(&folder, "%s/models/policies", data_folder);
    iso_buffer_format(out, "%s/%s.yaml", folder.data, name);
    if (!size || !iso_file_exists(out->data)) {
        status = -1;
        iso_file_find(&list, &count, &ignored, folder.data, ".yaml");
        for (size_t i = 0; i < count; i++) {
            const char *base = list[i] + folder.size + 1;
            iso_buffer_format(&names, "%s%.*s", i ? ", " : "", (int)(strlen(base) - 5), base);
            free(list[i]);
        }
        free(list);
        iso_diags_add(diags, false, "--policy", 0, 0, "there is no policy \"%s\"; expected a path, or one of %s", name,
                      count ? iso_buffer_string(&names) : "the bundled policies (none found: set ISOTIER_DATA)");
        iso_diags_free(&ignored);
    }
    iso_buffer_free(&folder);
    iso_buffer_free(&names);
    return status;
}

int iso_policy_open(struct iso_policy_file **out, struct iso_diags *diags, const char *name, const char *data_folder)
{
    struct iso_buffer path = {0};
    int status = iso_policy_path(&path, diags, name, data_folder);
    if (status == 0)
        status = iso_policy_load(out, diags, path.data, data_folder);
    iso_buffer_free(&path);
    return status;
}

bool iso_policy_file_looks(const char *path)
{
    struct iso_diags ignored = {0};
    struct iso_yaml yaml;
    bool found = false;
    if (iso_yaml_load(&yaml, &ignored, path) == 0) {
        const yaml_node_t *root = iso_yaml_root(&yaml);
        for (const yaml_node_pair_t *p = root->data.mapping.pairs.start;
             root->type == YAML_MAPPING_NODE && p < root->data.mapping.pairs.top; p++) {
            const char *key = iso_yaml_scalar(iso_yaml_node(&yaml, p->key));
            found |= strcmp(key, "policy") == 0 || strcmp(key, "extends") == 0 || strcmp(key, "stages") == 0;
        }
        iso_yaml_free(&yaml);
    }
    iso_diags_free(&ignored);
    return found;
}
