/* Policy files, as declared in policy_load.h: the file, what it extends, its stages, and whether its rules make sense together.
 * Not for: conditions and results of single rules (policy_read.c, policy_then.c). */
#define _DEFAULT_SOURCE
#include "sim/policy_load.h"

#include "sim/file.h"
#include "sim/policy_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CHAIN_MAX = 16, RULES_MAX = 512 };

/* The rules while stages are put together; those of a stage in order. */
struct rules {
    struct iso_policy_rule list[RULES_MAX];
    size_t count;
};

struct chain {
    const struct chain *child; /* file whose `extends` led here; NULL: the one asked for */
    dev_t device;
    ino_t inode;
    unsigned depth;
};

struct loader {
    struct iso_policy_reader reader;
    struct iso_policy *policy;
    struct rules *stage[ISO_POLICY_STAGE_COUNT];
    struct iso_buffer *texts; /* what the hash covers */
    const char *data_folder, *path;
    const struct chain *chain;
};

static int load_into(struct loader *outer, struct iso_policy *policy, struct iso_diags *diags, const char *path,
                     const struct chain *child);

static const char *keep(struct loader *l, const char *text)
{
    return iso_arena_string(l->reader.arena, text, strlen(text));
}

/* ---- one rule ---- */

static const yaml_node_t *member(struct loader *l, const yaml_node_t *mapping, const char *name)
{
    for (const yaml_node_pair_t *p = mapping->data.mapping.pairs.start; p < mapping->data.mapping.pairs.top; p++)
        if (strcmp(iso_yaml_scalar(iso_yaml_node(&l->reader.yaml, p->key)), name) == 0)
            return iso_yaml_node(&l->reader.yaml, p->value);
    return NULL;
}

/* Every key of a mapping is one of these (NULL-terminated). */
static bool check_keys(struct loader *l, const yaml_node_t *node, const char *what, const char *const *names)
{
    struct iso_buffer list = {0};
    char shown[160];
    bool good = true;
    for (size_t i = 0; names[i]; i++)
        iso_buffer_format(&list, "%s%s", i ? ", " : "", names[i]);
    if (node->type != YAML_MAPPING_NODE) {
        ISO_POLICY_FAIL(&l->reader, node, "%s is %s; expected a mapping with %s", what,
                        iso_yaml_describe(shown, sizeof shown, node), list.data);
        good = false;
    }
    for (const yaml_node_pair_t *p = node->data.mapping.pairs.start; good && p < node->data.mapping.pairs.top; p++) {
        const yaml_node_t *key = iso_yaml_node(&l->reader.yaml, p->key);
        bool known = false;
        for (size_t i = 0; names[i]; i++)
            known |= strcmp(names[i], iso_yaml_scalar(key)) == 0;
        if (!known) {
            ISO_POLICY_FAIL(&l->reader, key, "%s has an unknown key \"%s\"; expected %s", what, iso_yaml_scalar(key),
                            list.data);
            good = false;
        }
    }
    iso_buffer_free(&list);
    return good;
}

static const char *text_of(struct loader *l, const yaml_node_t *mapping, const char *key, bool required)
{
    const yaml_node_t *node = member(l, mapping, key);
    const char *text = node ? iso_yaml_scalar(node) : NULL;
    char shown[160];
    if (node && (!text || !*text))
        ISO_POLICY_FAIL(&l->reader, node, "%s is %s; expected text", key, iso_yaml_describe(shown, sizeof shown, node));
    else if (!node && required)
        ISO_POLICY_FAIL(&l->reader, mapping, "%s is missing; expected text", key);
    return text ? keep(l, text) : NULL;
}

static bool read_rule(struct loader *l, struct iso_policy_rule *out, enum iso_policy_stage stage,
                      const yaml_node_t *node)
{
    static const char *const keys[] = {"id", "when", "then", "cite", NULL};
    bool before = l->reader.failed;
    *out = (struct iso_policy_rule){.stage = stage,
                                    .policy = l->policy->name,
                                    .path = l->path,
                                    .line = (uint32_t)node->start_mark.line + 1,
                                    .column = (uint32_t)node->start_mark.column + 1};
    if (!check_keys(l, node, "rule", keys))
        return false;
    l->reader.failed = false;
    out->id = text_of(l, node, "id", true);
    out->cite = text_of(l, node, "cite", true);
    const yaml_node_t *when = member(l, node, "when"), *then = member(l, node, "then");
    if (!when || !then)
        ISO_POLICY_FAIL(&l->reader, node, "%s is missing; expected %s", when ? "then" : "when",
                        when ? "what the rule answers" : "a mapping of inputs to values, or always");
    if (when)
        iso_policy_read_when(&l->reader, out, when);
    if (then && out->box)
        iso_policy_read_then(&l->reader, out, then);
    bool good = !l->reader.failed;
    l->reader.failed |= before;
    return good;
}

/* ---- stages ---- */

static size_t find_rule(const struct rules *rules, const char *id)
{
    for (size_t i = 0; i < rules->count; i++)
        if (strcmp(rules->list[i].id, id) == 0)
            return i;
    return rules->count;
}

static void insert_rule(struct loader *l, struct rules *rules, size_t at, const struct iso_policy_rule *rule,
                        const yaml_node_t *node)
{
    for (unsigned s = 0; s < ISO_POLICY_STAGE_COUNT; s++) {
        size_t i = find_rule(l->stage[s], rule->id);
        if (i < l->stage[s]->count) {
            const struct iso_policy_rule *other = &l->stage[s]->list[i];
            ISO_POLICY_FAIL(&l->reader, node, "rule \"%s\" is also in %s:%u, stage %s; expected an id of its own%s",
                            rule->id, other->path, other->line, iso_policy_stage_name(other->stage),
                            strcmp(other->policy, rule->policy) ? ", or the rule under override" : "");
            return;
        }
    }
    if (rules->count == RULES_MAX) {
        ISO_POLICY_FAIL(&l->reader, node, "stage has more than %d rules", RULES_MAX);
        return;
    }
    memmove(&rules->list[at + 1], &rules->list[at], (rules->count - at) * sizeof rules->list[0]);
    rules->list[at] = *rule;
    rules->count++;
}

static const yaml_node_t *want_list(struct loader *l, const yaml_node_t *node, const char *what)
{
    char shown[160];
    if (node->type == YAML_SEQUENCE_NODE)
        return node;
    ISO_POLICY_FAIL(&l->reader, node, "%s is %s; expected a list", what, iso_yaml_describe(shown, sizeof shown, node));
    return NULL;
}

/* Rules of a list, put in at a place (first) or at the end. */
static void add_rules(struct loader *l, enum iso_policy_stage stage, const yaml_node_t *node, bool first)
{
    struct rules *rules = l->stage[stage];
    size_t at = first ? 0 : rules->count;
    if (!want_list(l, node, iso_policy_stage_name(stage)))
        return;
    for (const yaml_node_item_t *i = node->data.sequence.items.start; i < node->data.sequence.items.top; i++) {
        const yaml_node_t *item = iso_yaml_node(&l->reader.yaml, *i);
        struct iso_policy_rule rule;
        size_t before = rules->count;
        if (read_rule(l, &rule, stage, item))
            insert_rule(l, rules, at, &rule, item);
        at += rules->count - before;
    }
}

static void missing_rule(struct loader *l, const struct rules *rules, const yaml_node_t *node, const char *id,
                         enum iso_policy_stage stage)
{
    struct iso_buffer names = {0};
    for (size_t i = 0; i < rules->count; i++)
        iso_buffer_format(&names, "%s%s", i ? ", " : "", rules->list[i].id);
    ISO_POLICY_FAIL(&l->reader, node, "stage %s has no rule \"%s\"; expected one of %s", iso_policy_stage_name(stage),
                    id ? id : "", names.size ? names.data : "(none)");
    iso_buffer_free(&names);
}

static void override_rules(struct loader *l, enum iso_policy_stage stage, const yaml_node_t *node)
{
    struct rules *rules = l->stage[stage];
    if (!want_list(l, node, "override"))
        return;
    for (const yaml_node_item_t *i = node->data.sequence.items.start; i < node->data.sequence.items.top; i++) {
        const yaml_node_t *item = iso_yaml_node(&l->reader.yaml, *i);
        struct iso_policy_rule rule;
        if (!read_rule(l, &rule, stage, item))
            continue;
        size_t at = find_rule(rules, rule.id);
        if (at == rules->count)
            missing_rule(l, rules, item, rule.id, stage);
        else
            rules->list[at] = rule;
    }
}

static void remove_rules(struct loader *l, enum iso_policy_stage stage, const yaml_node_t *node)
{
    struct rules *rules = l->stage[stage];
    if (!want_list(l, node, "remove"))
        return;
    for (const yaml_node_item_t *i = node->data.sequence.items.start; i < node->data.sequence.items.top; i++) {
        const yaml_node_t *item = iso_yaml_node(&l->reader.yaml, *i);
        const char *id = iso_yaml_scalar(item);
        size_t at = id ? find_rule(rules, id) : rules->count;
        if (at == rules->count) {
            missing_rule(l, rules, item, id, stage);
            continue;
        }
        rules->count--;
        memmove(&rules->list[at], &rules->list[at + 1], (rules->count - at) * sizeof rules->list[0]);
    }
}

static void read_stage(struct loader *l, enum iso_policy_stage stage, const yaml_node_t *node)
{
    static const char *const keys[] = {"replace", "remove", "override", "before", "append", NULL};
    const yaml_node_t *part;
    if (node->type == YAML_SEQUENCE_NODE && l->policy->extends) {
        ISO_POLICY_FAIL(&l->reader, node,
                        "stage %s is a list in a policy that extends another; expected replace, remove, override, "
                        "before or append",
                        iso_policy_stage_name(stage));
        return;
    }
    if (node->type == YAML_SEQUENCE_NODE) {
        add_rules(l, stage, node, false);
        return;
    }
    if (!check_keys(l, node, "stage", keys))
        return;
    if ((part = member(l, node, "replace")) != NULL) {
        l->stage[stage]->count = 0;
        add_rules(l, stage, part, false);
    }
    if ((part = member(l, node, "remove")) != NULL)
        remove_rules(l, stage, part);
    if ((part = member(l, node, "override")) != NULL)
        override_rules(l, stage, part);
    if ((part = member(l, node, "before")) != NULL)
        add_rules(l, stage, part, true);
    if ((part = member(l, node, "append")) != NULL)
        add_rules(l, stage, part, false);
}

static void read_stages(struct loader *l, const yaml_node_t *node)
{
    const char *names[ISO_POLICY_STAGE_COUNT + 1] = {NULL};
    for (unsigned s = 0; s < ISO_POLICY_STAGE_COUNT; s++)
        names[s] = iso_policy_stage_name((enum iso_policy_stage)s);
    if (!check_keys(l, node, "stages", names))
        return;
    for (unsigned s = 0; s < ISO_POLICY_STAGE_COUNT; s++) {
        const yaml_node_t *stage = member(l, node, names[s]);
        if (stage)
            read_stage(l, (enum iso_policy_stage)s, stage);
    }
}

/* ---- head ---- */

static bool read_flag(struct loader *l, const yaml_node_t *root, const char *key, bool otherwise)
{
    const yaml_node_t *node = member(l, root, key);
    const char *text = node ? iso_yaml_scalar(node) : NULL;
    char shown[160];
    if (!node)
        return otherwise;
    if (!text || (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0))
        ISO_POLICY_FAIL(&l->reader, node, "%s is %s; expected yes or no", key,
                        iso_yaml_describe(shown, sizeof shown, node));
    return text && strcmp(text, "yes") == 0;
}

static void read_kernel(struct loader *l, const yaml_node_t *root)
{
    const yaml_node_t *node = member(l, root, "kernel");
    const char *text = node ? iso_yaml_scalar(node) : NULL;
    unsigned major = 0, minor = 0;
    int end = 0;
    char shown[160];
    if (!node)
        return;
    if (!text || sscanf(text, "%2u.%3u%n", &major, &minor, &end) != 2 || text[end] || !major || minor > 255)
        ISO_POLICY_FAIL(&l->reader, node, "kernel is %s; expected a version such as \"6.17\"",
                        iso_yaml_describe(shown, sizeof shown, node));
    l->policy->kernel = ISO_KERNEL(major, minor);
}

static bool is_name(const char *text)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    return *text && strspn(text, allowed) == strlen(text) && strlen(text) <= 64;
}

/* The file that `extends` names: beside this one, else among the bundled. */
static void parent_path(struct loader *l, struct iso_buffer *out, const char *name)
{
    const char *slash = strrchr(l->path, '/');
    iso_buffer_format(out, "%.*s%s.yaml", slash ? (int)(slash - l->path) + 1 : 0, l->path, name);
    if (!iso_file_exists(out->data) && l->data_folder) {
        iso_buffer_clear(out);
        iso_buffer_format(out, "%s/models/policies/%s.yaml", l->data_folder, name);
    }
}

static void read_parent(struct loader *l, const yaml_node_t *root)
{
    const yaml_node_t *node = member(l, root, "extends");
    const char *name = text_of(l, root, "extends", false);
    struct iso_buffer path = {0};
    struct stat status;
    if (!name)
        return;
    l->policy->extends = name;
    if (!is_name(name)) {
        ISO_POLICY_FAIL(&l->reader, node, "extends is \"%s\"; expected the name of a policy", name);
        return;
    }
    parent_path(l, &path, name);
    if (stat(path.data, &status) != 0) {
        ISO_POLICY_FAIL(&l->reader, node,
                        "extends \"%s\": there is no %s; expected a policy beside this file or a bundled one", name,
                        path.data);
        iso_buffer_free(&path);
        return;
    }
    for (const struct chain *c = l->chain; c; c = c->child)
        if (c->device == status.st_dev && c->inode == status.st_ino) {
            ISO_POLICY_FAIL(&l->reader, node,
                            "extends \"%s\" closes a cycle; expected a policy that does not extend this one", name);
            iso_buffer_free(&path);
            return;
        }
    struct iso_policy parent = {0};
    if (l->chain->depth == CHAIN_MAX) {
        ISO_POLICY_FAIL(&l->reader, node, "extends: more than %d policies in a row", CHAIN_MAX);
    } else if (load_into(l, &parent, l->reader.yaml.diags, keep(l, path.data), l->chain) != 0) {
        l->reader.failed = true;
    } else {
        l->policy->kernel = parent.kernel;
        l->policy->reads_tiers = parent.reads_tiers;
    }
    iso_buffer_free(&path);
}

static void read_root(struct loader *l, const yaml_node_t *root)
{
    static const char *const keys[] = {"policy",   "title",       "cite",   "extends", "kernel",
                                       "proposal", "reads_tiers", "stages", NULL};
    struct iso_policy *policy = l->policy;
    if (!check_keys(l, root, "policy file", keys))
        return;
    policy->name = text_of(l, root, "policy", true);
    policy->title = text_of(l, root, "title", true);
    policy->cite = text_of(l, root, "cite", true);
    if (policy->name && !is_name(policy->name))
        ISO_POLICY_FAIL(&l->reader, member(l, root, "policy"), "policy is \"%s\"; expected 1..64 of [A-Za-z0-9._-]",
                        policy->name);
    if (!policy->name)
        return;
    read_parent(l, root);
    policy->proposal = read_flag(l, root, "proposal", false);
    policy->reads_tiers = read_flag(l, root, "reads_tiers", policy->reads_tiers);
    l->reader.reads_tiers = policy->reads_tiers;
    read_kernel(l, root);
    if (member(l, root, "stages"))
        read_stages(l, member(l, root, "stages"));
    else if (!policy->extends)
        ISO_POLICY_FAIL(&l->reader, root, "stages is missing; expected rules by stage, or extends");
}

/* outer: the loader of the child, whose arena, rules and hash are shared. */
static int load_into(struct loader *outer, struct iso_policy *policy, struct iso_diags *diags, const char *path,
                     const struct chain *child)
{
    struct loader l = *outer;
    struct stat status;
    l.reader.failed = false;
    l.policy = policy;
    l.path = path;
    if (iso_yaml_load(&l.reader.yaml, diags, path) != 0)
        return -1;
    struct chain self = {.child = child, .depth = child ? child->depth + 1 : 0};
    if (stat(path, &status) == 0) {
        self.device = status.st_dev;
        self.inode = status.st_ino;
    }
    l.chain = &self;
    iso_buffer_add_bytes(l.texts, l.reader.yaml.text, l.reader.yaml.size);
    read_root(&l, iso_yaml_root(&l.reader.yaml));
    iso_yaml_free(&l.reader.yaml);
    return l.reader.failed ? -1 : 0;
}

/* ---- meaning ---- */

static void check_rule(struct iso_diags *diags, const struct iso_policy *policy, size_t i, bool *failed)
{
    const struct iso_policy_rule *rule = &policy->rule[i];
    size_t other;
    enum iso_policy_defect defect = iso_policy_rule_defect(policy, i, &other);
    const struct iso_policy_rule *by = &policy->rule[other];
    struct iso_buffer where = {0};
    if (other != i)
        iso_buffer_format(&where, "rule \"%s\" (%s:%u)", by->id, by->path, by->line);
    switch (defect) {
    case ISO_POLICY_DEFECT_NONE:
        break;
    case ISO_POLICY_DEFECT_IMPOSSIBLE:
        iso_diags_add(diags, false, rule->path, rule->line, rule->column,
                      "rule \"%s\" can never match: its condition contradicts itself; expected a case that can be",
                      rule->id);
        break;
    case ISO_POLICY_DEFECT_SHADOWED:
        iso_diags_add(diags, false, rule->path, rule->line, rule->column,
                      "rule \"%s\" can never match: %s %s every case before it; expected a case that is left", rule->id,
                      other != i ? where.data : "earlier rules of the stage together", other != i ? "takes" : "take");
        break;
    case ISO_POLICY_DEFECT_CONTRADICTS:
        iso_diags_add(diags, false, rule->path, rule->line, rule->column,
                      "rule \"%s\" contradicts %s: %s; expected one answer", rule->id, iso_buffer_string(&where),
                      other > i ? "that refuses every case of it, and a refusal overrides"
                                : "the same condition has another result there");
        break;
    case ISO_POLICY_DEFECT_UNDECIDED:
        iso_diags_add(diags, false, rule->path, rule->line, rule->column,
                      "the rules of stage %s are too tangled to tell whether rule \"%s\" can match; expected fewer "
                      "alternatives",
                      iso_policy_stage_name(rule->stage), rule->id);
        break;
    }
    *failed |= defect != ISO_POLICY_DEFECT_NONE;
    iso_buffer_free(&where);
}

static int check_rules(struct iso_diags *diags, const struct iso_policy *policy)
{
    bool failed = false;
    for (size_t i = 0; i < policy->nrules; i++)
        if (strcmp(policy->rule[i].policy, policy->name) ==
            0) /* an inherited rule that this policy shadows is overruled, not wrong */
            check_rule(diags, policy, i, &failed);
    return failed ? -1 : 0;
}

static void gather(struct iso_policy *policy, struct iso_arena *arena, struct rules *const *stage)
{
    size_t count = 0, at = 0;
    for (unsigned s = 0; s < ISO_POLICY_STAGE_COUNT; s++)
        count += stage[s]->count;
    struct iso_policy_rule *list = iso_arena_alloc(arena, (count + 1) * sizeof *list);
    for (unsigned s = 0; s < ISO_POLICY_STAGE_COUNT; s++)
        for (size_t i = 0; i < stage[s]->count; i++)
            list[at++] = stage[s]->list[i];
    policy->rule = list;
    policy->nrules = count;
}

int iso_policy_load(struct iso_policy_file **out, struct iso_diags *diags, const char *path, const char *data_folder)
{
    struct iso_policy_file *file = iso_allocate(sizeof *file);
    struct iso_buffer texts = {0};
    struct loader l = {.texts = &texts, .data_folder = data_folder};
    file->arena = l.reader.arena = iso_arena_new();
    for (unsigned s = 0; s < ISO_POLICY_STAGE_COUNT; s++)
        l.stage[s] = iso_allocate(sizeof *l.stage[s]);
    int status = load_into(&l, &file->policy, diags, iso_arena_string(file->arena, path, strlen(path)), NULL);
    if (status == 0) {
        gather(&file->policy, file->arena, l.stage);
        status = check_rules(diags, &file->policy);
    }
    iso_sha256_text(file->sha256, iso_buffer_string(&texts), texts.size);
    for (unsigned s = 0; s < ISO_POLICY_STAGE_COUNT; s++)
        free(l.stage[s]);
    iso_buffer_free(&texts);
    if (status == 0)
        *out = file;
    else
        iso_policy_file_free(file);
    return status;
}

void iso_policy_file_free(struct iso_policy_file *file)
{
    if (!file)
        return;
    iso_arena_free(file->arena);
    free(file);
}
