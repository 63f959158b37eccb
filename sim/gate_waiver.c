/* Reading waiver files by a table of their keys, and dates, as declared in gate_waiver.h.
 * Not for: what a waiver does to a finding (gate_waive.c). Not modelled: times of day, time zones other than UTC. */
#include "sim/gate_waiver.h"

#include "sim/buffer.h"
#include "sim/gate_glob.h"
#include "sim/yaml_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- names and days ---- */

static const char *const category_names[ISO_GATE_CATEGORY_COUNT] = {
    [ISO_GATE_BREAKING] = "breaking",
    [ISO_GATE_WEAKENING] = "weakening",
    [ISO_GATE_COST] = "cost",
    [ISO_GATE_INFO] = "info",
};

const char *iso_gate_category_name(enum iso_gate_category category)
{
    return category_names[category];
}

bool iso_gate_category_find(enum iso_gate_category *out, const char *name)
{
    for (unsigned i = 0; i < ISO_GATE_CATEGORY_COUNT; i++)
        if (strcmp(category_names[i], name) == 0) {
            *out = (enum iso_gate_category)i;
            return true;
        }
    return false;
}

static bool is_leap(int32_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int32_t days_in_month(int32_t year, int32_t month)
{
    static const int32_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

static int32_t days_before_year(int32_t year)
{
    int32_t y = year - 1;
    return y * 365 + y / 4 - y / 100 + y / 400 - (1969 * 365 + 1969 / 4 - 1969 / 100 + 1969 / 400);
}

bool iso_day_parse(int32_t *out, const char *text)
{
    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-' || strspn(text, "0123456789-") != 10 ||
        strspn(text, "0123456789") != 4 || strspn(text + 5, "0123456789") != 2 || strspn(text + 8, "0123456789") != 2)
        return false;
    int32_t year = (int32_t)strtol(text, NULL, 10), month = (int32_t)strtol(text + 5, NULL, 10),
            day = (int32_t)strtol(text + 8, NULL, 10);
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        return false;
    *out = days_before_year(year) + day - 1;
    for (int32_t m = 1; m < month; m++)
        *out += days_in_month(year, m);
    return true;
}

void iso_day_text(char out[ISO_DAY_TEXT_MAX], int32_t day)
{
    int32_t year = 1970 + day / 366, month = 1;
    while (days_before_year(year + 1) <= day)
        year++;
    int32_t rest = day - days_before_year(year);
    while (rest >= days_in_month(year, month))
        rest -= days_in_month(year, month++);
    snprintf(out, ISO_DAY_TEXT_MAX, "%04d-%02d-%02d", year % 10000, month, rest + 1);
}

int32_t iso_day_today(void)
{
    return (int32_t)(time(NULL) / 86400);
}

/* ---- the file ---- */

enum key { KEY_ID, KEY_CELLS, KEY_CATEGORY, KEY_CLASS, KEY_REASON, KEY_OWNER, KEY_CREATED, KEY_EXPIRES, KEY_COUNT };

static const struct {
    const char *name, *meaning;
    bool required;
} keys[KEY_COUNT] = {
    [KEY_ID] = {"id", "a name of its own", true},
    [KEY_CELLS] = {"cells", "a glob over cell ids, or a list of them", true},
    [KEY_CATEGORY] = {"category", "breaking, weakening, cost or info, or a list of them", false},
    [KEY_CLASS] = {"class", "a class of divergence, or a list of them", false},
    [KEY_REASON] = {"reason", "why it is accepted", true},
    [KEY_OWNER] = {"owner", "who answers for it", true},
    [KEY_CREATED] = {"created", "the day it was written", true},
    [KEY_EXPIRES] = {"expires", "the last day on which it holds", true},
};

struct reader {
    struct iso_yaml yaml;
    struct iso_waivers *file;
    int32_t today;
    bool failed;
};

#define FAIL(r, node, ...) ((r)->failed = true, iso_yaml_error(&(r)->yaml, node, __VA_ARGS__))

static const char *read_text(struct reader *r, const yaml_node_t *node, enum key key, size_t limit)
{
    char shown[160];
    const char *text = iso_yaml_scalar(node);
    if (!text || strspn(text, " \t\r\n") == strlen(text) || strlen(text) > limit) {
        FAIL(r, node, "%s is %s; expected %s, of at most %zu characters", keys[key].name,
             text && strlen(text) > limit ? "too long" : iso_yaml_describe(shown, sizeof shown, node),
             keys[key].meaning, limit);
        return "";
    }
    return iso_arena_string(r->file->arena, text, strlen(text));
}

static void read_day(struct reader *r, int32_t *out, const yaml_node_t *node, enum key key)
{
    char shown[160];
    const char *text = iso_yaml_scalar(node);
    if (!text || !iso_day_parse(out, text))
        FAIL(r, node, "%s is %s; expected a day as YYYY-MM-DD", keys[key].name,
             iso_yaml_describe(shown, sizeof shown, node));
}

/* One scalar, or each scalar of a list, goes to `take`. */
static void read_list(struct reader *r, struct iso_waiver *waiver, const yaml_node_t *node, enum key key,
                      void (*take)(struct reader *, struct iso_waiver *, const yaml_node_t *))
{
    char shown[160];
    if (iso_yaml_scalar(node)) {
        take(r, waiver, node);
        return;
    }
    if (node->type != YAML_SEQUENCE_NODE || node->data.sequence.items.start == node->data.sequence.items.top) {
        FAIL(r, node, "%s is %s; expected %s", keys[key].name,
             node->type == YAML_SEQUENCE_NODE ? "an empty list" : iso_yaml_describe(shown, sizeof shown, node),
             keys[key].meaning);
        return;
    }
    for (const int *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
        const yaml_node_t *one = iso_yaml_node(&r->yaml, *item);
        if (iso_yaml_scalar(one))
            take(r, waiver, one);
        else
            FAIL(r, one, "%s has %s in its list; expected text", keys[key].name,
                 iso_yaml_describe(shown, sizeof shown, one));
    }
}

static void take_glob(struct reader *r, struct iso_waiver *waiver, const yaml_node_t *node)
{
    const char *text = iso_yaml_scalar(node), *wrong = iso_glob_check(text);
    if (wrong) {
        char shown[160];
        FAIL(r, node, "glob %s %s", iso_yaml_describe(shown, sizeof shown, node), wrong);
        return;
    }
    const char **list = iso_arena_alloc(r->file->arena, (waiver->ncells + 1) * sizeof *list);
    if (waiver->ncells)
        memcpy(list, waiver->cells, waiver->ncells * sizeof *list);
    list[waiver->ncells++] = iso_arena_string(r->file->arena, text, strlen(text));
    waiver->cells = list;
}

static void take_category(struct reader *r, struct iso_waiver *waiver, const yaml_node_t *node)
{
    char shown[160];
    enum iso_gate_category category;
    if (iso_gate_category_find(&category, iso_yaml_scalar(node)))
        waiver->categories |= 1u << category;
    else
        FAIL(r, node, "category is %s; expected breaking, weakening, cost or info",
             iso_yaml_describe(shown, sizeof shown, node));
}

static void take_class(struct reader *r, struct iso_waiver *waiver, const yaml_node_t *node)
{
    char shown[160];
    enum iso_divergence divergence;
    if (iso_divergence_find(&divergence, iso_yaml_scalar(node)))
        waiver->classes |= 1u << divergence;
    else
        FAIL(r, node,
             "class is %s; expected corruption, lost-update, stale, torn, tag-lost, tag-false-fault, fault, "
             "no-progress or value",
             iso_yaml_describe(shown, sizeof shown, node));
}

static void read_key(struct reader *r, struct iso_waiver *waiver, enum key key, const yaml_node_t *node)
{
    switch (key) {
    case KEY_ID:
        waiver->id = read_text(r, node, key, 64);
        waiver->line = (uint32_t)node->start_mark.line + 1;
        waiver->column = (uint32_t)node->start_mark.column + 1;
        if (*waiver->id && strspn(waiver->id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") !=
                               strlen(waiver->id))
            FAIL(r, node, "id is \"%s\"; expected letters, digits, dots, dashes and underscores", waiver->id);
        break;
    case KEY_CELLS:
        read_list(r, waiver, node, key, take_glob);
        break;
    case KEY_CATEGORY:
        read_list(r, waiver, node, key, take_category);
        break;
    case KEY_CLASS:
        read_list(r, waiver, node, key, take_class);
        break;
    case KEY_REASON:
        waiver->reason = read_text(r, node, key, 2000);
        break;
    case KEY_OWNER:
        waiver->owner = read_text(r, node, key, 200);
        break;
    case KEY_CREATED:
        read_day(r, &waiver->created, node, key);
        break;
    case KEY_EXPIRES:
        read_day(r, &waiver->expires, node, key);
        break;
    case KEY_COUNT:
        break;
    }
}

static void check_days(struct reader *r, const struct iso_waiver *waiver, const yaml_node_t *created,
                       const yaml_node_t *expires)
{
    char day[ISO_DAY_TEXT_MAX];
    if (waiver->created > r->today) {
        iso_day_text(day, r->today);
        FAIL(r, created, "created is %s, after today (%s); expected a day that has come", iso_yaml_scalar(created),
             day);
    } else if (waiver->expires < waiver->created) {
        FAIL(r, expires, "expires is %s, before created (%s); expected a day after it", iso_yaml_scalar(expires),
             iso_yaml_scalar(created));
    } else if (waiver->expires - waiver->created > ISO_WAIVER_MAX_DAYS) {
        iso_day_text(day, waiver->created + ISO_WAIVER_MAX_DAYS);
        FAIL(r, expires, "expires is %s, %d days after created; expected at most %d days: %s or earlier",
             iso_yaml_scalar(expires), waiver->expires - waiver->created, ISO_WAIVER_MAX_DAYS, day);
    }
}

static void read_waiver(struct reader *r, const yaml_node_t *node)
{
    const yaml_node_t *value[KEY_COUNT] = {0};
    struct iso_waiver *waiver = &r->file->list[r->file->count];
    char shown[160];
    *waiver = (struct iso_waiver){0};
    if (node->type != YAML_MAPPING_NODE) {
        FAIL(r, node, "a waiver is %s; expected a mapping with id, cells, reason, owner, created and expires",
             iso_yaml_describe(shown, sizeof shown, node));
        return;
    }
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *name = iso_yaml_node(&r->yaml, pair->key);
        unsigned k = 0;
        while (k < KEY_COUNT && strcmp(keys[k].name, iso_yaml_scalar(name)) != 0)
            k++;
        if (k == KEY_COUNT)
            FAIL(r, name,
                 "unknown key \"%s\" in a waiver; expected one of id, cells, category, class, reason, owner, created, "
                 "expires",
                 iso_yaml_scalar(name));
        else
            value[k] = iso_yaml_node(&r->yaml, pair->value);
    }
    bool failed = r->failed;
    r->failed = false;
    for (unsigned k = 0; k < KEY_COUNT; k++) {
        if (value[k])
            read_key(r, waiver, (enum key)k, value[k]);
        else if (keys[k].required)
            FAIL(r, node, "a waiver has no \"%s\" (%s)", keys[k].name, keys[k].meaning);
    }
    if (!waiver->categories)
        waiver->categories = 1u << ISO_GATE_BREAKING | 1u << ISO_GATE_WEAKENING | 1u << ISO_GATE_COST;
    if (!r->failed)
        check_days(r, waiver, value[KEY_CREATED], value[KEY_EXPIRES]);
    for (size_t i = 0; waiver->id && *waiver->id && i < r->file->count; i++)
        if (strcmp(r->file->list[i].id, waiver->id) == 0)
            FAIL(r, value[KEY_ID], "id \"%s\" is given twice; first on line %u", waiver->id, r->file->list[i].line);
    if (waiver->id && *waiver->id)
        r->file->count++;
    r->failed |= failed;
}

static void read_file(struct reader *r)
{
    const yaml_node_t *root = iso_yaml_root(&r->yaml), *list = NULL;
    char shown[160];
    if (root->type != YAML_MAPPING_NODE) {
        FAIL(r, root, "the file is %s; expected a mapping with the key waivers",
             iso_yaml_describe(shown, sizeof shown, root));
        return;
    }
    for (const yaml_node_pair_t *pair = root->data.mapping.pairs.start; pair < root->data.mapping.pairs.top; pair++) {
        const yaml_node_t *name = iso_yaml_node(&r->yaml, pair->key);
        if (strcmp(iso_yaml_scalar(name), "waivers") == 0)
            list = iso_yaml_node(&r->yaml, pair->value);
        else
            FAIL(r, name, "unknown key \"%s\"; expected waivers", iso_yaml_scalar(name));
    }
    if (!list || list->type != YAML_SEQUENCE_NODE) {
        FAIL(r, list ? list : root, "waivers is %s; expected a list of waivers, [] for none",
             iso_yaml_describe(shown, sizeof shown, list));
        return;
    }
    size_t count = (size_t)(list->data.sequence.items.top - list->data.sequence.items.start);
    r->file->list = iso_allocate((count + 1) * sizeof r->file->list[0]);
    for (size_t i = 0; i < count; i++)
        read_waiver(r, iso_yaml_node(&r->yaml, list->data.sequence.items.start[i]));
}

int iso_waivers_read(struct iso_waivers **out, struct iso_diags *diags, const char *path, int32_t today)
{
    struct reader r = {.today = today};
    if (iso_yaml_load(&r.yaml, diags, path) != 0)
        return -1;
    r.file = iso_allocate(sizeof *r.file);
    r.file->path = iso_duplicate(path);
    r.file->arena = iso_arena_new();
    read_file(&r);
    iso_yaml_free(&r.yaml);
    if (r.failed) {
        iso_waivers_free(r.file);
        return -1;
    }
    *out = r.file;
    return 0;
}

void iso_waivers_free(struct iso_waivers *waivers)
{
    if (!waivers)
        return;
    iso_arena_free(waivers->arena);
    free(waivers->list);
    free(waivers->path);
    free(waivers);
}

bool iso_waiver_covers(const struct iso_waiver *waiver, const char *cell)
{
    for (size_t i = 0; i < waiver->ncells; i++)
        if (iso_glob_match(waiver->cells[i], cell))
            return true;
    return false;
}
