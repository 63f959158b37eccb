/* `when` and `then` of a rule, as declared in policy_read.h. A condition becomes a list of boxes: alternatives of conjunctions of
 * "input in set of values". Not for: files, stages and inheritance (policy_load.c). */
#include "sim/policy_read.h"

#include "models/migration.h"

#include <stdlib.h>
#include <string.h>

/* ---- shorthands ---- */

enum { YES = 1u << ISO_POLICY_BOOL_YES, CACHED = 1u << ISO_POLICY_ATTR_WB | 1u << ISO_POLICY_ATTR_WBT };
static const struct iso_policy_shorthand shorthands[] = {
    {"RAM", "map_memory", {{ISO_POLICY_MAP_MEMORY, YES}, {ISO_POLICY_INPUT_COUNT, 0}}, false},
    {"CACHE", "vma_attr is WB or WBT", {{ISO_POLICY_VMA_ATTR, CACHED}, {ISO_POLICY_INPUT_COUNT, 0}}, false},
    {"PF", "vma.PFNMAP or vma.MIXEDMAP", {{ISO_POLICY_VMA_PFNMAP, YES}, {ISO_POLICY_VMA_MIXEDMAP, YES}}, true},
    {"FD", "cpu.FWB and cpu.DIC", {{ISO_POLICY_CPU_FWB, YES}, {ISO_POLICY_CPU_DIC, YES}}, false},
};

const struct iso_policy_shorthand *iso_policy_shorthand_at(size_t i)
{
    return i < sizeof shorthands / sizeof shorthands[0] ? &shorthands[i] : NULL;
}

static const struct iso_policy_shorthand *find_shorthand(const char *name)
{
    const struct iso_policy_shorthand *one;
    for (size_t i = 0; (one = iso_policy_shorthand_at(i)) != NULL; i++)
        if (strcmp(one->name, name) == 0)
            return one;
    return NULL;
}

/* ---- lists of boxes ---- */

struct boxes {
    struct iso_policy_box box[ISO_POLICY_RULE_BOXES_MAX];
    size_t count;
    bool overflow;
};

static void add_box(struct boxes *list, const struct iso_policy_box *box)
{
    for (size_t i = 0; i < ISO_POLICY_INPUT_COUNT; i++)
        if (!box->allowed[i])
            return; /* contradicts itself: an alternative that never holds */
    if (list->count == ISO_POLICY_RULE_BOXES_MAX)
        list->overflow = true;
    else
        list->box[list->count++] = *box;
}

/* list := list and more */
static void restrict_boxes(struct boxes *list, const struct boxes *more)
{
    struct boxes *before = iso_allocate(sizeof *before);
    *before = *list;
    list->count = 0;
    for (size_t a = 0; a < before->count; a++)
        for (size_t b = 0; b < more->count; b++) {
            struct iso_policy_box box = before->box[a];
            for (size_t i = 0; i < ISO_POLICY_INPUT_COUNT; i++)
                box.allowed[i] &= more->box[b].allowed[i];
            add_box(list, &box);
        }
    list->overflow |= more->overflow;
    free(before);
}

static void add_restricted(struct boxes *out, enum iso_policy_input input, uint16_t values)
{
    struct iso_policy_box box;
    iso_policy_box_init(&box);
    box.allowed[input] &= values;
    add_box(out, &box);
}

static void shorthand_boxes(struct boxes *out, const struct iso_policy_shorthand *s, bool yes)
{
    bool alone = s->yes[1].input == ISO_POLICY_INPUT_COUNT;
    struct iso_policy_box box;
    if (alone || s->any != yes) { /* one box: both hold, or neither does */
        iso_policy_box_init(&box);
        for (size_t i = 0; i < (alone ? 1u : 2u); i++)
            box.allowed[s->yes[i].input] &= yes ? s->yes[i].values : (uint16_t)~s->yes[i].values;
        add_box(out, &box);
        return;
    }
    for (size_t i = 0; i < 2; i++)
        add_restricted(out, s->yes[i].input, yes ? s->yes[i].values : (uint16_t)~s->yes[i].values);
}

/* ---- when ---- */

static void list_names(struct iso_buffer *out, const char *prefix, size_t size)
{
    for (unsigned pass = 0; pass < 2 && !out->size; pass++)
        for (unsigned i = 0; i < ISO_POLICY_INPUT_COUNT; i++) {
            const char *name = iso_policy_input_at((enum iso_policy_input)i)->name;
            if (pass || (size && strncmp(name, prefix, size) == 0))
                iso_buffer_format(out, "%s%s", out->size ? ", " : "", name);
        }
}

static void unknown_input(struct iso_policy_reader *reader, const yaml_node_t *key, const char *name)
{
    struct iso_buffer names = {0};
    const char *dot = strchr(name, '.');
    bool flag = dot && strncmp(name, "vma.", 4) == 0;
    list_names(&names, name, dot ? (size_t)(dot - name) + 1 : 0);
    ISO_POLICY_FAIL(reader, key, "unknown %s \"%s\"; expected one of %s%s", flag ? "flag" : "input", name,
                    iso_buffer_string(&names), dot ? "" : ", RAM, CACHE, PF, FD, any");
    iso_buffer_free(&names);
}

static uint16_t read_value(struct iso_policy_reader *reader, enum iso_policy_input input, const yaml_node_t *node)
{
    const struct iso_policy_input_row *row = iso_policy_input_at(input);
    const char *text = iso_yaml_scalar(node);
    struct iso_buffer names = {0};
    char shown[160];
    uint8_t value;
    if (text && iso_policy_value_find(&value, input, text))
        return (uint16_t)(1u << value);
    for (size_t i = 0; i < row->nvalues; i++)
        iso_buffer_format(&names, "%s%s", i ? ", " : "", row->values[i]);
    ISO_POLICY_FAIL(reader, node, "%s is %s; expected one of %s", row->name,
                    iso_yaml_describe(shown, sizeof shown, node), iso_buffer_string(&names));
    iso_buffer_free(&names);
    return iso_policy_input_mask(input);
}

/* value, [values], {not: value or [values]} */
static uint16_t read_values(struct iso_policy_reader *reader, enum iso_policy_input input, const yaml_node_t *node)
{
    uint16_t mask = 0;
    if (node->type == YAML_SEQUENCE_NODE) {
        for (const yaml_node_item_t *i = node->data.sequence.items.start; i < node->data.sequence.items.top; i++)
            mask |= read_value(reader, input, iso_yaml_node(&reader->yaml, *i));
        if (!mask)
            ISO_POLICY_FAIL(reader, node, "%s is an empty list; expected at least one value",
                            iso_policy_input_at(input)->name);
        return mask;
    }
    if (node->type == YAML_MAPPING_NODE) {
        const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
        const char *name =
            pair < node->data.mapping.pairs.top ? iso_yaml_scalar(iso_yaml_node(&reader->yaml, pair->key)) : NULL;
        const yaml_node_t *inner = name ? iso_yaml_node(&reader->yaml, pair->value) : NULL;
        if (!name || strcmp(name, "not") != 0 || pair + 1 != node->data.mapping.pairs.top ||
            inner->type == YAML_MAPPING_NODE) {
            ISO_POLICY_FAIL(reader, node, "%s is a mapping; expected a value, a list of values, or {not: ...}",
                            iso_policy_input_at(input)->name);
            return iso_policy_input_mask(input);
        }
        mask = (uint16_t)(iso_policy_input_mask(input) & (uint16_t)~read_values(reader, input, inner));
        if (iso_policy_input_has_unknown(input))
            mask &= (uint16_t)~1u; /* what is unknown is not known to be another value */
        return mask;
    }
    return read_value(reader, input, node);
}

static bool may_read(struct iso_policy_reader *reader, enum iso_policy_stage stage, enum iso_policy_input input,
                     const yaml_node_t *key)
{
    const struct iso_policy_input_row *row = iso_policy_input_at(input);
    switch (row->scope) {
    case ISO_POLICY_SCOPE_ANY:
        return true;
    case ISO_POLICY_SCOPE_ACCESS:
        if (stage == ISO_POLICY_STAGE_ACCESS)
            return true;
        ISO_POLICY_FAIL(reader, key, "%s is not known at stage %s; expected it in stage access", row->name,
                        iso_policy_stage_name(stage));
        return false;
    case ISO_POLICY_SCOPE_MIGRATE:
        if (stage == ISO_POLICY_STAGE_MIGRATE)
            return true;
        ISO_POLICY_FAIL(reader, key, "%s is not known at stage %s; expected it in stage migrate", row->name,
                        iso_policy_stage_name(stage));
        return false;
    case ISO_POLICY_SCOPE_TIER:
        if (reader->reads_tiers)
            return true;
        ISO_POLICY_FAIL(reader, key,
                        "%s is read by a policy that is not marked for it; expected \"reads_tiers: yes\" at the top: "
                        "no kernel knows what a tier can do",
                        row->name);
        return false;
    }
    return false;
}

static void read_conjunction(struct iso_policy_reader *reader, struct boxes *out, enum iso_policy_stage stage,
                             const yaml_node_t *node, unsigned depth);

static void read_any(struct iso_policy_reader *reader, struct boxes *out, enum iso_policy_stage stage,
                     const yaml_node_t *node, unsigned depth)
{
    struct boxes *one;
    char shown[160];
    if (node->type != YAML_SEQUENCE_NODE || depth > 4) {
        ISO_POLICY_FAIL(reader, node, "any is %s; expected a list of conditions%s",
                        iso_yaml_describe(shown, sizeof shown, node), depth > 4 ? ", nested at most 4 deep" : "");
        return;
    }
    one = iso_allocate(sizeof *one);
    for (const yaml_node_item_t *i = node->data.sequence.items.start; i < node->data.sequence.items.top; i++) {
        *one = (struct boxes){.count = 0};
        read_conjunction(reader, one, stage, iso_yaml_node(&reader->yaml, *i), depth + 1);
        for (size_t b = 0; b < one->count; b++)
            add_box(out, &one->box[b]);
        out->overflow |= one->overflow;
    }
    free(one);
}

static void read_condition(struct iso_policy_reader *reader, struct boxes *out, enum iso_policy_stage stage,
                           const yaml_node_t *key, const yaml_node_t *value, unsigned depth)
{
    const char *name = iso_yaml_scalar(key), *text = iso_yaml_scalar(value);
    const struct iso_policy_shorthand *shorthand = find_shorthand(name);
    enum iso_policy_input input;
    if (strcmp(name, "any") == 0) {
        read_any(reader, out, stage, value, depth);
    } else if (shorthand) {
        if (text && (strcmp(text, "yes") == 0 || strcmp(text, "no") == 0))
            shorthand_boxes(out, shorthand, text[0] == 'y');
        else
            ISO_POLICY_FAIL(reader, value, "%s is no yes or no; expected yes or no (%s)", name, shorthand->meaning);
    } else if (!iso_policy_input_find(&input, name)) {
        unknown_input(reader, key, name);
    } else if (may_read(reader, stage, input, key)) {
        add_restricted(out, input, read_values(reader, input, value));
    }
}

static void read_conjunction(struct iso_policy_reader *reader, struct boxes *out, enum iso_policy_stage stage,
                             const yaml_node_t *node, unsigned depth)
{
    struct iso_policy_box all;
    struct boxes *one;
    char shown[160];
    iso_policy_box_init(&all);
    add_box(out, &all);
    if (node->type != YAML_MAPPING_NODE) {
        ISO_POLICY_FAIL(reader, node, "condition is %s; expected a mapping of inputs to values, or always",
                        iso_yaml_describe(shown, sizeof shown, node));
        return;
    }
    one = iso_allocate(sizeof *one);
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        *one = (struct boxes){.count = 0};
        read_condition(reader, one, stage, iso_yaml_node(&reader->yaml, pair->key),
                       iso_yaml_node(&reader->yaml, pair->value), depth);
        restrict_boxes(out, one);
    }
    free(one);
}

void iso_policy_read_when(struct iso_policy_reader *reader, struct iso_policy_rule *rule, const yaml_node_t *node)
{
    struct boxes *list = iso_allocate(sizeof *list);
    const char *text = iso_yaml_scalar(node);
    if (text && strcmp(text, "always") == 0) {
        struct iso_policy_box all;
        iso_policy_box_init(&all);
        add_box(list, &all);
    } else {
        read_conjunction(reader, list, rule->stage, node, 0);
    }
    if (list->overflow)
        ISO_POLICY_FAIL(reader, node, "condition has more than %d alternatives; expected several rules",
                        ISO_POLICY_RULE_BOXES_MAX);
    rule->nboxes = list->count;
    rule->box = iso_arena_copy(reader->arena, list->box, (list->count + !list->count) * sizeof list->box[0]);
    free(list);
}
