/* Symptom files: YAML into struct iso_symptom_file, as declared in symptom.h. Not for: running the configurations (symptom_run.c). */
#include "sim/symptom.h"

#include "sim/policy_answer.h"
#include "sim/yaml_tree.h"

#include <stdlib.h>
#include <string.h>

struct reader {
    struct iso_yaml yaml;
    struct iso_symptom_file *file;
    bool failed;
};
#define FAIL(reader, node, ...) ((reader)->failed = true, iso_yaml_error(&(reader)->yaml, node, __VA_ARGS__))

enum { SHOWN_MAX = 160 };

/* Value of a key of a mapping; NULL without it. */
static const yaml_node_t *member(struct reader *r, const yaml_node_t *node, const char *key)
{
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++)
        if (strcmp(iso_yaml_scalar(iso_yaml_node(&r->yaml, pair->key)), key) == 0)
            return iso_yaml_node(&r->yaml, pair->value);
    return NULL;
}

/* A mapping with no key outside `keys` (NULL-terminated). */
static bool check_mapping(struct reader *r, const yaml_node_t *node, const char *what, const char *const *keys)
{
    struct iso_buffer names = {0};
    char shown[SHOWN_MAX];
    bool good = true;
    for (size_t i = 0; keys[i]; i++)
        iso_buffer_format(&names, "%s%s", i ? ", " : "", keys[i]);
    if (node->type != YAML_MAPPING_NODE) {
        FAIL(r, node, "%s is %s; expected a mapping with some of %s", what,
             iso_yaml_describe(shown, sizeof shown, node), names.data);
        good = false;
    }
    for (const yaml_node_pair_t *pair = good ? node->data.mapping.pairs.start : NULL;
         pair && pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = iso_yaml_node(&r->yaml, pair->key);
        size_t i = 0;
        while (keys[i] && strcmp(keys[i], iso_yaml_scalar(key)) != 0)
            i++;
        if (!keys[i])
            FAIL(r, key, "unknown key \"%s\" in %s; expected one of %s", iso_yaml_scalar(key), what, names.data);
    }
    iso_buffer_free(&names);
    return good;
}

/* Text of a key, kept in the arena; NULL without it, with a diagnostic where it is required or no text. */
static const char *text_of(struct reader *r, const yaml_node_t *node, const char *key, bool required)
{
    const yaml_node_t *value = member(r, node, key);
    const char *text = value ? iso_yaml_scalar(value) : NULL;
    char shown[SHOWN_MAX];
    if (value && (!text || !*text))
        FAIL(r, value, "%s is %s; expected text", key, iso_yaml_describe(shown, sizeof shown, value));
    else if (!value && required)
        FAIL(r, node, "%s is missing; expected text", key);
    return text ? iso_arena_string(r->file->arena, text, strlen(text)) : NULL;
}

static double factor_of(struct reader *r, const yaml_node_t *node, const char *key)
{
    const yaml_node_t *value = member(r, node, key);
    const char *text = value ? iso_yaml_scalar(value) : NULL;
    char shown[SHOWN_MAX], *end = NULL;
    double factor = text ? strtod(text, &end) : 0;
    if (value && (!text || *end || !(factor > 0) || factor > 1e6)) {
        FAIL(r, value, "%s is %s; expected a factor above 0, at most 1000000", key,
             iso_yaml_describe(shown, sizeof shown, value));
        return 0;
    }
    return factor;
}

/* ---- expect ---- */

static void read_reaction(struct reader *r, struct iso_symptom_expect *e, const yaml_node_t *node)
{
    const yaml_node_pair_t *pair = node->type == YAML_MAPPING_NODE ? node->data.mapping.pairs.start : NULL;
    char shown[SHOWN_MAX];
    if (!pair || pair + 1 != node->data.mapping.pairs.top || !iso_yaml_scalar(iso_yaml_node(&r->yaml, pair->value))) {
        FAIL(r, node, "reaction is %s; expected one event and what is done: {abort35: kill_vm}",
             iso_yaml_describe(shown, sizeof shown, node));
        return;
    }
    const yaml_node_t *event = iso_yaml_node(&r->yaml, pair->key);
    const char *text = iso_yaml_scalar(iso_yaml_node(&r->yaml, pair->value));
    if (!iso_policy_value_find(&e->event, ISO_POLICY_EVENT, iso_yaml_scalar(event))) {
        struct iso_buffer names = {0};
        const struct iso_policy_input_row *row = iso_policy_input_at(ISO_POLICY_EVENT);
        for (size_t i = 0; i < row->nvalues; i++)
            iso_buffer_format(&names, "%s%s", i ? ", " : "", row->values[i]);
        FAIL(r, event, "\"%s\" is no event; expected one of %s", iso_yaml_scalar(event), names.data);
        iso_buffer_free(&names);
        return;
    }
    e->says_event = true;
    e->reaction = iso_arena_string(r->file->arena, text, strlen(text));
}

static const char *const expect_keys[] = {"verdict",   "class",  "outcome",  "no_outcome", "rule",
                                          "refused",   "errno",  "reaction", "attribute",  "kernel_alias",
                                          "vmm_alias", "slower", "faster",   NULL};

static void read_names(struct reader *r, struct iso_symptom_expect *e, const yaml_node_t *node)
{
    const char *verdict = text_of(r, node, "verdict", false), *divergence = text_of(r, node, "class", false),
               *refused = text_of(r, node, "refused", false), *error = text_of(r, node, "errno", false);
    e->says_verdict = verdict && iso_verdict_find(&e->verdict, verdict);
    if (verdict && !e->says_verdict)
        FAIL(r, member(r, node, "verdict"),
             "verdict is \"%s\"; expected SAME, NARROWER, DIVERGES, REFUSED, UNKNOWN, BOUNDED or MODEL-BUG", verdict);
    e->says_class = divergence && iso_divergence_find(&e->divergence, divergence);
    if (divergence && !e->says_class)
        FAIL(r, member(r, node, "class"),
             "class is \"%s\"; expected corruption, lost-update, stale, torn, tag-lost, tag-false-fault, fault, "
             "no-progress or value",
             divergence);
    e->says_refused = refused && iso_policy_stage_find(&e->refused, refused);
    if (refused && !e->says_refused)
        FAIL(r, member(r, node, "refused"),
             "refused is \"%s\"; expected the stage: firmware, hotplug, memremap, mmap, memslot, s2fault, access or "
             "migrate",
             refused);
    e->says_error = error && iso_policy_errno_find(&e->error, error);
    if (error && (!e->says_error || !refused))
        FAIL(r, member(r, node, "errno"), "errno is \"%s\"; expected the name of an error beside refused, as EINVAL",
             error);
}

static void read_expect(struct reader *r, struct iso_symptom_case *one, const yaml_node_t *node)
{
    struct iso_symptom_expect *e = &one->expect;
    if (!check_mapping(r, node, "expect", expect_keys))
        return;
    if (node->data.mapping.pairs.start == node->data.mapping.pairs.top)
        FAIL(r, node, "expect is empty; expected what has to be found");
    read_names(r, e, node);
    e->outcome = text_of(r, node, "outcome", false);
    e->no_outcome = text_of(r, node, "no_outcome", false);
    e->rule = text_of(r, node, "rule", false);
    e->attribute = text_of(r, node, "attribute", false);
    e->kernel_alias = text_of(r, node, "kernel_alias", false);
    e->vmm_alias = text_of(r, node, "vmm_alias", false);
    e->slower = factor_of(r, node, "slower");
    e->faster = factor_of(r, node, "faster");
    if (member(r, node, "reaction"))
        read_reaction(r, e, member(r, node, "reaction"));
    if (e->vmm_alias && strcmp(e->vmm_alias, "matched") != 0 && strcmp(e->vmm_alias, "mismatched") != 0)
        FAIL(r, member(r, node, "vmm_alias"), "vmm_alias is \"%s\"; expected matched or mismatched", e->vmm_alias);
    if (!one->scenario &&
        (e->says_verdict || e->says_class || e->outcome || e->no_outcome || e->rule || e->slower > 0 || e->faster > 0))
        FAIL(r, node, "a verdict, class, outcome, rule or factor is expected where nothing runs; expected a scenario");
    if (!one->policy && (e->says_event || e->kernel_alias || e->vmm_alias))
        FAIL(r, node, "a reaction or alias is expected where no policy is asked; expected policy and mapping");
    if (one->scenario && (e->kernel_alias || e->vmm_alias))
        FAIL(r, node, "an alias is expected beside a scenario; expected it of what the policy answers, without one");
}

/* ---- configurations ---- */

static void read_vm(struct reader *r, struct iso_symptom_case *one, const yaml_node_t *node)
{
    char shown[SHOWN_MAX];
    if (node->type != YAML_SEQUENCE_NODE) {
        FAIL(r, node, "vm is %s; expected a list with some of %s", iso_yaml_describe(shown, sizeof shown, node),
             ISO_POLICY_VM_WORDS);
        return;
    }
    for (const yaml_node_item_t *i = node->data.sequence.items.start; i < node->data.sequence.items.top; i++) {
        const yaml_node_t *item = iso_yaml_node(&r->yaml, *i);
        const char *text = iso_yaml_scalar(item);
        if (!text || !iso_policy_vm_set(&one->vm, text))
            FAIL(r, item, "vm has %s; expected some of %s", iso_yaml_describe(shown, sizeof shown, item),
                 ISO_POLICY_VM_WORDS);
    }
}

static void read_place(struct reader *r, struct iso_symptom_case *one, const yaml_node_t *node)
{
    const char *mapping = text_of(r, node, "mapping", false), *sequence = text_of(r, node, "sequence", false),
               *expected = "", *tagged = text_of(r, node, "tagged", false);
    struct iso_attribute attribute;
    size_t at = 0;
    if (!one->attribute == !one->policy)
        FAIL(r, node, "%s; expected an attribute, or a policy and a mapping",
             one->policy ? "attribute and policy are both given" : "neither attribute nor policy is given");
    if (!one->policy != !mapping)
        FAIL(r, node, "%s; expected policy and mapping together",
             mapping ? "mapping is given without a policy" : "policy is given without a mapping");
    if (one->attribute && !one->scenario)
        FAIL(r, node, "scenario is missing; expected one beside an attribute");
    if (one->attribute && iso_attribute_parse(&attribute, one->attribute, &at, &expected) != 0)
        FAIL(r, member(r, node, "attribute"), "\"%s\" is no attribute; expected %s", one->attribute, expected);
    one->mapping = mapping ? iso_mapping_find(mapping) : NULL;
    if (mapping && !one->mapping)
        FAIL(r, member(r, node, "mapping"), "there is no mapping \"%s\"; expected one of `isotier decide --policy`",
             mapping);
    one->sequence = sequence ? iso_migration_find(sequence) : NULL;
    if (sequence && !one->sequence)
        FAIL(r, member(r, node, "sequence"), "there is no sequence \"%s\"; `isotier show --sequences` lists them",
             sequence);
    one->tagged = tagged && strcmp(tagged, "yes") == 0;
    if (tagged && (one->scenario || (!one->tagged && strcmp(tagged, "no") != 0)))
        FAIL(r, member(r, node, "tagged"), "tagged is \"%s\"; expected yes or no, and no scenario beside it", tagged);
}

static void read_case(struct reader *r, struct iso_symptom_case *one, const yaml_node_t *node, bool gone)
{
    static const char *const keys[] = {"scenario", "machine", "tier",     "attribute", "policy", "mapping",
                                       "vm",       "tagged",  "sequence", "than",      "expect", NULL};
    *one = (struct iso_symptom_case){
        .gone = gone, .line = (uint32_t)node->start_mark.line + 1, .column = (uint32_t)node->start_mark.column + 1};
    if (!check_mapping(r, node, "a configuration", keys))
        return;
    one->scenario = text_of(r, node, "scenario", false);
    one->machine = text_of(r, node, "machine", true);
    one->tier = text_of(r, node, "tier", true);
    one->attribute = text_of(r, node, "attribute", false);
    one->policy = text_of(r, node, "policy", false);
    one->than = text_of(r, node, "than", false);
    read_place(r, one, node);
    if (member(r, node, "vm"))
        read_vm(r, one, member(r, node, "vm"));
    if (member(r, node, "expect"))
        read_expect(r, one, member(r, node, "expect"));
    else
        FAIL(r, node, "expect is missing; expected what has to be found");
    if (one->than && !(one->expect.slower > 0) && !(one->expect.faster > 0))
        FAIL(r, member(r, node, "than"), "than is given, but no factor; expected slower or faster under expect");
}

static size_t list_size(struct reader *r, const yaml_node_t *node, const char *key)
{
    char shown[SHOWN_MAX];
    if (!node)
        return 0;
    if (node->type == YAML_SEQUENCE_NODE && node->data.sequence.items.start < node->data.sequence.items.top)
        return (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    FAIL(r, node, "%s is %s; expected a list of configurations", key,
         node->type == YAML_SEQUENCE_NODE ? "empty" : iso_yaml_describe(shown, sizeof shown, node));
    return 0;
}

static void read_state(struct reader *r, struct iso_symptom *symptom, const yaml_node_t *node)
{
    const char *state = text_of(r, node, "state", true);
    const yaml_node_t *shows = member(r, node, "shows"), *gone = member(r, node, "gone");
    bool modelled = state && strcmp(state, "modelled") == 0;
    symptom->reason = text_of(r, node, "reason", false);
    if (state && !modelled && strcmp(state, "not-modelled") != 0)
        FAIL(r, member(r, node, "state"), "state is \"%s\"; expected modelled or not-modelled", state);
    else if (modelled && symptom->reason)
        FAIL(r, member(r, node, "reason"), "reason is given for a symptom that is modelled; expected none");
    else if (modelled && !shows)
        FAIL(r, node, "shows is missing; expected the configurations in which the symptom shows");
    else if (state && !modelled && (shows || gone || !symptom->reason))
        FAIL(r, node, "symptom is not modelled, but %s; expected a reason and no configurations",
             symptom->reason ? "has configurations" : "has no reason");
    if (state && !modelled && symptom->left_out)
        FAIL(r, member(r, node, "left_out"), "left_out is given for a symptom that is not modelled; expected none");
    size_t nshows = list_size(r, shows, "shows"), ngone = list_size(r, gone, "gone");
    symptom->ncases = nshows + ngone;
    symptom->list = iso_arena_alloc(r->file->arena, (symptom->ncases + 1) * sizeof symptom->list[0]);
    for (size_t i = 0; i < symptom->ncases; i++)
        read_case(r, &symptom->list[i],
                  iso_yaml_node(&r->yaml, i < nshows ? shows->data.sequence.items.start[i]
                                                     : gone->data.sequence.items.start[i - nshows]),
                  i >= nshows);
}

static void read_symptom(struct reader *r, const yaml_node_t *node)
{
    static const char *const keys[] = {"id",     "title",    "saw",   "cite", "state",
                                       "reason", "left_out", "shows", "gone", NULL};
    struct iso_symptom *symptom = &r->file->list[r->file->count];
    *symptom = (struct iso_symptom){.line = (uint32_t)node->start_mark.line + 1,
                                    .column = (uint32_t)node->start_mark.column + 1};
    if (!check_mapping(r, node, "a symptom", keys))
        return;
    symptom->id = text_of(r, node, "id", true);
    symptom->title = text_of(r, node, "title", true);
    symptom->saw = text_of(r, node, "saw", true);
    symptom->cite = text_of(r, node, "cite", true);
    symptom->left_out = text_of(r, node, "left_out", false);
    for (size_t i = 0; symptom->id && i < r->file->count; i++)
        if (strcmp(r->file->list[i].id, symptom->id) == 0)
            FAIL(r, member(r, node, "id"), "id \"%s\" is given twice; first on line %u", symptom->id,
                 r->file->list[i].line);
    read_state(r, symptom, node);
    if (symptom->id)
        r->file->count++;
}

static void read_file(struct reader *r)
{
    static const char *const keys[] = {"symptoms", NULL};
    const yaml_node_t *root = iso_yaml_root(&r->yaml), *list;
    char shown[SHOWN_MAX];
    if (!check_mapping(r, root, "the file", keys))
        return;
    list = member(r, root, "symptoms");
    if (!list || list->type != YAML_SEQUENCE_NODE || list->data.sequence.items.start == list->data.sequence.items.top) {
        FAIL(r, list ? list : root, "symptoms is %s; expected a list of symptoms",
             list && list->type == YAML_SEQUENCE_NODE ? "empty" : iso_yaml_describe(shown, sizeof shown, list));
        return;
    }
    size_t count = (size_t)(list->data.sequence.items.top - list->data.sequence.items.start);
    r->file->list = iso_allocate(count * sizeof r->file->list[0]);
    for (size_t i = 0; i < count; i++)
        read_symptom(r, iso_yaml_node(&r->yaml, list->data.sequence.items.start[i]));
}

int iso_symptoms_load(struct iso_symptom_file **out, struct iso_diags *diags, const char *path)
{
    struct reader r = {.failed = false};
    if (iso_yaml_load(&r.yaml, diags, path) != 0)
        return -1;
    r.file = iso_allocate(sizeof *r.file);
    r.file->path = iso_duplicate(path);
    r.file->arena = iso_arena_new();
    read_file(&r);
    iso_yaml_free(&r.yaml);
    if (r.failed) {
        iso_symptoms_free(r.file);
        return -1;
    }
    *out = r.file;
    return 0;
}

void iso_symptoms_free(struct iso_symptom_file *file)
{
    if (!file)
        return;
    iso_arena_free(file->arena);
    free(file->list);
    free(file->path);
    free(file);
}

bool iso_symptoms_file_looks(const char *path)
{
    struct iso_diags ignored = {0};
    struct reader r = {.failed = false};
    bool found = false;
    if (iso_yaml_load(&r.yaml, &ignored, path) == 0) {
        const yaml_node_t *root = iso_yaml_root(&r.yaml);
        found = root->type == YAML_MAPPING_NODE && member(&r, root, "symptoms");
        iso_yaml_free(&r.yaml);
    }
    iso_diags_free(&ignored);
    return found;
}
