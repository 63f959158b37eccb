/* `then` of a rule, as declared in policy_read.h: what each stage may answer. Not for: conditions (policy_read.c). */
#include "sim/policy_read.h"

#include "models/migration.h"

#include <stdlib.h>
#include <string.h>

unsigned iso_policy_then_of(enum iso_policy_stage stage)
{
    switch (stage) {
    case ISO_POLICY_STAGE_FIRMWARE:
        return ISO_POLICY_THEN_OK | ISO_POLICY_THEN_MTE;
    case ISO_POLICY_STAGE_HOTPLUG:
    case ISO_POLICY_STAGE_MEMREMAP:
    case ISO_POLICY_STAGE_MMAP:
        return ISO_POLICY_THEN_OK | ISO_POLICY_THEN_S1 | ISO_POLICY_THEN_REFUSE;
    case ISO_POLICY_STAGE_MEMSLOT:
        return ISO_POLICY_THEN_OK | ISO_POLICY_THEN_REFUSE;
    case ISO_POLICY_STAGE_S2FAULT:
        return ISO_POLICY_THEN_S2 | ISO_POLICY_THEN_X | ISO_POLICY_THEN_REFUSE;
    case ISO_POLICY_STAGE_ACCESS:
        return ISO_POLICY_THEN_REACT;
    case ISO_POLICY_STAGE_MIGRATE:
        return ISO_POLICY_THEN_MOVE | ISO_POLICY_THEN_REFUSE;
    }
    return 0;
}

static const char *expected(enum iso_policy_stage stage)
{
    switch (stage) {
    case ISO_POLICY_STAGE_FIRMWARE:
        return "ok or {mte: off}";
    case ISO_POLICY_STAGE_HOTPLUG:
    case ISO_POLICY_STAGE_MEMREMAP:
        return "{s1: attribute of the kernel's alias} or {refuse: errno}";
    case ISO_POLICY_STAGE_MMAP:
        return "ok, {s1: attribute} or {refuse: errno}";
    case ISO_POLICY_STAGE_MEMSLOT:
        return "ok or {refuse: errno}";
    case ISO_POLICY_STAGE_S2FAULT:
        return "{s2: type, x: no|yes|on-fault} or {refuse: errno}";
    case ISO_POLICY_STAGE_ACCESS:
        return "handled, kill_vm, {inject: kind}, {signal: name}, {exit: reason} or {retry: how}";
    case ISO_POLICY_STAGE_MIGRATE:
        return "{sequence: name, target: any|other-node, tags: copy|aside} or {refuse: errno}";
    }
    return "";
}

/* The position of a word in a NULL-terminated list, or -1 with a diagnostic. */
static int word_of(struct iso_policy_reader *reader, const yaml_node_t *node, const char *key, const char *const *words)
{
    const char *text = iso_yaml_scalar(node);
    struct iso_buffer names = {0};
    char shown[160];
    for (int i = 0; text && words[i]; i++)
        if (strcmp(words[i], text) == 0)
            return i;
    for (int i = 0; words[i]; i++)
        iso_buffer_format(&names, "%s%s", i ? ", " : "", words[i]);
    ISO_POLICY_FAIL(reader, node, "%s is %s; expected one of %s", key, iso_yaml_describe(shown, sizeof shown, node),
                    iso_buffer_string(&names));
    iso_buffer_free(&names);
    return -1;
}

static void read_attribute(struct iso_policy_reader *reader, struct iso_policy_result *out, const yaml_node_t *node,
                           enum iso_policy_input set)
{
    const struct iso_policy_input_row *row = iso_policy_input_at(set);
    const char *words[17] = {NULL};
    for (size_t i = 0; i < row->nvalues; i++)
        words[i] = row->values[i];
    int word = word_of(reader, node, set == ISO_POLICY_S2 ? "s2" : "s1", words);
    if (word < 0)
        return;
    if (set == ISO_POLICY_S2)
        out->s2 = (enum iso_policy_s2)word, out->says_s2 = true;
    else
        out->s1 = (enum iso_policy_attr)word, out->says_s1 = true;
}

static void read_detail(struct iso_policy_reader *reader, struct iso_policy_result *out, const yaml_node_t *node,
                        enum iso_policy_action action)
{
    const char *words[ISO_POLICY_DETAIL_COUNT + 1] = {NULL};
    size_t count = 0;
    enum iso_policy_detail any;
    for (unsigned i = 1; i < ISO_POLICY_DETAIL_COUNT; i++)
        if (iso_policy_detail_find(&any, action, iso_policy_detail_name((enum iso_policy_detail)i)))
            words[count++] = iso_policy_detail_name((enum iso_policy_detail)i);
    int word = word_of(reader, node, iso_policy_action_name(action), words);
    out->action = action;
    if (word >= 0)
        iso_policy_detail_find(&out->detail, action, words[word]);
}

static void read_errno(struct iso_policy_reader *reader, struct iso_policy_result *out, const yaml_node_t *node)
{
    const char *words[ISO_POLICY_ERRNO_COUNT] = {NULL};
    for (unsigned i = 1; i < ISO_POLICY_ERRNO_COUNT; i++)
        words[i - 1] = iso_policy_errno_name((enum iso_policy_errno)i);
    int word = word_of(reader, node, "refuse", words);
    out->action = ISO_POLICY_REFUSE;
    if (word >= 0)
        out->error = (enum iso_policy_errno)(word + 1);
}

static void read_sequence(struct iso_policy_reader *reader, struct iso_policy_result *out, const yaml_node_t *node)
{
    const char *text = iso_yaml_scalar(node);
    const struct iso_migration *sequence = text ? iso_migration_find(text) : NULL;
    struct iso_buffer names = {0};
    char shown[160];
    if (sequence) {
        out->sequence = sequence->name;
        return;
    }
    for (size_t i = 0; i < iso_migration_count(); i++)
        iso_buffer_format(&names, "%s%s", i ? ", " : "", iso_migration_at(i)->name);
    ISO_POLICY_FAIL(reader, node, "sequence is %s; expected one of %s", iso_yaml_describe(shown, sizeof shown, node),
                    iso_buffer_string(&names));
    iso_buffer_free(&names);
}

/* One key of `then`; the bit it belongs to, 0 if there is no such key. */
static unsigned bit_of(const char *key)
{
    static const struct {
        const char *key;
        unsigned bit;
    } bits[] = {
        {"s1", ISO_POLICY_THEN_S1},         {"s2", ISO_POLICY_THEN_S2},         {"x", ISO_POLICY_THEN_X},
        {"mte", ISO_POLICY_THEN_MTE},       {"refuse", ISO_POLICY_THEN_REFUSE}, {"inject", ISO_POLICY_THEN_REACT},
        {"signal", ISO_POLICY_THEN_REACT},  {"exit", ISO_POLICY_THEN_REACT},    {"retry", ISO_POLICY_THEN_REACT},
        {"sequence", ISO_POLICY_THEN_MOVE}, {"target", ISO_POLICY_THEN_MOVE},   {"tags", ISO_POLICY_THEN_MOVE}};
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++)
        if (strcmp(bits[i].key, key) == 0)
            return bits[i].bit;
    return 0;
}

static void read_part(struct iso_policy_reader *reader, struct iso_policy_result *out, const char *key,
                      const yaml_node_t *value)
{
    static const char *const exec[] = {"no", "yes", "on-fault", NULL};
    static const char *const target[] = {"any", "other-node", NULL};
    static const char *const tags[] = {"copy", "aside", NULL};
    static const char *const off[] = {"off", NULL};
    if (strcmp(key, "s1") == 0)
        read_attribute(reader, out, value, ISO_POLICY_VMA_ATTR);
    else if (strcmp(key, "s2") == 0)
        read_attribute(reader, out, value, ISO_POLICY_S2);
    else if (strcmp(key, "x") == 0)
        out->exec = (enum iso_policy_exec)(word_of(reader, value, key, exec) + 1);
    else if (strcmp(key, "target") == 0)
        out->target = (enum iso_policy_target)(word_of(reader, value, key, target) + 1);
    else if (strcmp(key, "tags") == 0)
        out->tags = (enum iso_policy_tag_carry)(word_of(reader, value, key, tags) + 1);
    else if (strcmp(key, "mte") == 0)
        out->mte_off = word_of(reader, value, key, off) == 0;
    else if (strcmp(key, "sequence") == 0)
        read_sequence(reader, out, value);
    else if (strcmp(key, "refuse") == 0)
        read_errno(reader, out, value);
    else if (strcmp(key, "inject") == 0)
        read_detail(reader, out, value, ISO_POLICY_INJECT);
    else if (strcmp(key, "signal") == 0)
        read_detail(reader, out, value, ISO_POLICY_SIGNAL);
    else if (strcmp(key, "exit") == 0)
        read_detail(reader, out, value, ISO_POLICY_EXIT);
    else
        read_detail(reader, out, value, ISO_POLICY_RETRY);
}

/* A rule that gives an attribute to a CPU without the feature it needs. */
static void check_cpu(struct iso_policy_reader *reader, const struct iso_policy_rule *rule, const yaml_node_t *node)
{
    const struct iso_policy_result *r = &rule->result;
    bool tagged = r->says_s1 && r->s1 == ISO_POLICY_ATTR_WBT,
         no_tag = r->says_s2 && r->s2 == ISO_POLICY_S2_NORMAL_NOTAG;
    enum iso_policy_input needed = tagged ? ISO_POLICY_CPU_MTE2 : ISO_POLICY_CPU_MTE_PERM;
    if (!tagged && !no_tag)
        return;
    for (size_t i = 0; i < rule->nboxes; i++)
        if (rule->box[i].allowed[needed] >> ISO_POLICY_BOOL_NO & 1u) {
            ISO_POLICY_FAIL(reader, node,
                            "%s is an attribute that a CPU without %s lacks; expected \"%s: yes\" in when",
                            tagged ? iso_policy_attr_name(r->s1) : iso_policy_s2_name(r->s2),
                            tagged ? "FEAT_MTE2" : "FEAT_MTE_PERM", iso_policy_input_at(needed)->name);
            return;
        }
}

static bool has_step(const struct iso_migration *sequence, enum iso_migration_step step)
{
    for (size_t i = 0; i < sequence->nrows; i++)
        if (sequence->row[i].step == step)
            return true;
    return false;
}

/* Names of the sequences, bugs left out, that keep tags aside, or that carry them to the destination. */
static void sequences_with(struct iso_buffer *out, bool aside)
{
    iso_buffer_add(out, "");
    for (size_t i = 0; i < iso_migration_count(); i++) {
        const struct iso_migration *m = iso_migration_at(i);
        bool fits = aside ? has_step(m, ISO_MIGRATION_SAVE_TAGS)
                          : has_step(m, ISO_MIGRATION_COPY_TAGS) || has_step(m, ISO_MIGRATION_RESTORE_TAGS);
        if (fits && m->standing != ISO_MIGRATION_MUTANT)
            iso_buffer_format(out, "%s%s", out->size ? ", " : "", m->name);
    }
}

/* What a move says of tags is what its sequence does; a page that goes elsewhere has no sequence here. */
static void check_move(struct iso_policy_reader *reader, const struct iso_policy_result *r, const yaml_node_t *node)
{
    const struct iso_migration *sequence = r->sequence ? iso_migration_find(r->sequence) : NULL;
    bool aside = r->tags == ISO_POLICY_TAGS_ASIDE;
    struct iso_buffer names = {0};
    if (r->target == ISO_POLICY_TARGET_OTHER_NODE && (r->sequence || r->tags)) {
        ISO_POLICY_FAIL(reader, node,
                        "target: other-node says that the page does not come here; expected no %s beside it",
                        r->sequence ? "sequence" : "tags");
        return;
    }
    if (!r->tags || (!sequence && !aside))
        return;
    sequences_with(&names, aside);
    if (!sequence)
        ISO_POLICY_FAIL(reader, node, "tags: aside has no sequence that keeps them so; expected sequence: one of %s",
                        names.data);
    else if (aside && !has_step(sequence, ISO_MIGRATION_SAVE_TAGS))
        ISO_POLICY_FAIL(reader, node, "tags: aside, but the sequence %s keeps no tags aside; expected one of %s",
                        sequence->name, names.data);
    else if (!aside && !has_step(sequence, ISO_MIGRATION_COPY_TAGS) && !has_step(sequence, ISO_MIGRATION_RESTORE_TAGS))
        ISO_POLICY_FAIL(reader, node, "tags: copy, but the sequence %s copies none; expected one of %s, or no tags",
                        sequence->name, names.data);
    iso_buffer_free(&names);
}

static bool read_word(struct iso_policy_reader *reader, struct iso_policy_rule *rule, const yaml_node_t *node)
{
    const char *text = iso_yaml_scalar(node);
    unsigned allowed = iso_policy_then_of(rule->stage);
    char shown[160];
    if (!text)
        return false;
    if (strcmp(text, "ok") == 0 && (allowed & ISO_POLICY_THEN_OK))
        rule->result.action = ISO_POLICY_OK;
    else if (strcmp(text, "kill_vm") == 0 && (allowed & ISO_POLICY_THEN_REACT))
        rule->result.action = ISO_POLICY_KILL_VM;
    else if (strcmp(text, "handled") == 0 && (allowed & ISO_POLICY_THEN_REACT))
        rule->result.action = ISO_POLICY_HANDLED;
    else
        ISO_POLICY_FAIL(reader, node, "then is %s; expected %s", iso_yaml_describe(shown, sizeof shown, node),
                        expected(rule->stage));
    return true;
}

void iso_policy_read_then(struct iso_policy_reader *reader, struct iso_policy_rule *rule, const yaml_node_t *node)
{
    unsigned allowed = iso_policy_then_of(rule->stage), said = 0;
    char shown[160];
    if (read_word(reader, rule, node))
        return;
    if (node->type != YAML_MAPPING_NODE || node->data.mapping.pairs.start == node->data.mapping.pairs.top) {
        ISO_POLICY_FAIL(reader, node, "then is %s; expected %s", iso_yaml_describe(shown, sizeof shown, node),
                        expected(rule->stage));
        return;
    }
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = iso_yaml_node(&reader->yaml, pair->key);
        unsigned bit = bit_of(iso_yaml_scalar(key));
        bool alone = bit == ISO_POLICY_THEN_REFUSE || bit == ISO_POLICY_THEN_REACT;
        if (!(bit & allowed) || (said && (alone || (said & (ISO_POLICY_THEN_REFUSE | ISO_POLICY_THEN_REACT))))) {
            ISO_POLICY_FAIL(reader, key, "stage %s cannot answer \"%s\"%s; expected %s",
                            iso_policy_stage_name(rule->stage), iso_yaml_scalar(key),
                            bit & allowed ? " beside another answer" : "", expected(rule->stage));
            return;
        }
        said |= bit;
        read_part(reader, &rule->result, iso_yaml_scalar(key), iso_yaml_node(&reader->yaml, pair->value));
    }
    if (rule->stage == ISO_POLICY_STAGE_MIGRATE)
        check_move(reader, &rule->result, node);
    if (rule->stage == ISO_POLICY_STAGE_S2FAULT && !(said & (ISO_POLICY_THEN_S2 | ISO_POLICY_THEN_REFUSE)))
        ISO_POLICY_FAIL(reader, node, "then has no s2; expected %s", expected(rule->stage));
    check_cpu(reader, rule, node);
}
