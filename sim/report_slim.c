/* Slim reports: written from full ones, and their rows read back into cells. Declared in report.h and report_shape.h.
 * A row is ["SCENARIO@*:ATTRIBUTE+PLAN", scenario, attribute, mapping, migration, [kind of each tier, in the order of "tiers"; null: no
 * such cell]]; the star stands for the tier. Of several policies: ["SCENARIO@*:%:MAPPING+PLAN", ..., [kinds], group of policies for which it
 * is so]; the percent sign stands for the policy. Not for: full reports (report_read.c, report_write.c).
 * Not kept: outcomes, counts of runs, witnesses, coverage, cycles. */
#include "sim/report_shape.h"

#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

static void bad_row(struct iso_report_reader *r, size_t i, const char *expected)
{
    uint32_t line, column;
    struct iso_json_step to[2] = {{.key = "rows"}, {.index = i}};
    iso_json_place(&line, &column, r->text, r->size, to, 2);
    iso_diags_add(r->diags, false, r->path, line, column, "row %zu is not one of a slim report; expected %s", i + 1,
                  expected);
    r->failed = true;
}

/* The id of the row's cell on a tier, under a policy (NULL: it is not named): star and percent sign replaced. */
static const char *expand_id(struct iso_report *report, const char *template, const char *tier, const char *policy)
{
    const char *star = strchr(template, '*');
    struct iso_buffer id = {0};
    if (!star)
        return template;
    bool named = policy && strncmp(star + 1, ":%:", 3) == 0;
    iso_buffer_format(&id, "%.*s%s%s%s%s", (int)(star - template), template, tier, named ? ":" : "",
                      named ? policy : "", star + (named ? 3 : 1));
    const char *made = iso_arena_string(report->arena, id.data, id.size);
    iso_buffer_free(&id);
    return made;
}

/* The policies of a row: its group's, those of the whole report, or none. NULL after a diagnostic. */
static const json_t *group_of(struct iso_report_reader *r, const json_t *row, size_t i)
{
    const json_t *number = json_array_get(row, 6), *groups = json_object_get(r->report->json, "groups");
    const json_t *group = json_array_get(groups, (size_t)json_integer_value(number));
    if (!json_is_integer(number) || json_integer_value(number) < 0 || !json_array_size(group)) {
        bad_row(r, i, "the number of a group of policies that the report has");
        return NULL;
    }
    for (size_t k = 0; k < json_array_size(group); k++) {
        const json_t *policy = json_array_get(group, k);
        if (!json_is_integer(policy) || json_integer_value(policy) < 0 ||
            (size_t)json_integer_value(policy) >= r->report->npolicies) {
            bad_row(r, i, "a group that lists numbers of the report's policies");
            return NULL;
        }
    }
    return group;
}

static void add_read(struct iso_report *report, const struct iso_report_cell *kind, const char *const text[5],
                     const char *policy, bool named, size_t tier, size_t index)
{
    struct iso_report_cell *cell = &report->cell[report->ncells++];
    *cell = *kind;
    cell->id = expand_id(report, text[0], report->tier[tier], named ? policy : NULL);
    cell->scenario = text[1];
    cell->attribute = text[2];
    cell->policy = policy;
    cell->mapping = text[3];
    cell->migration = text[4];
    cell->tier = report->tier[tier];
    cell->index = index;
    cell->subject =
        json_object_get(json_object_get(json_object_get(report->json, "scenarios"), cell->scenario), "subject");
}

static void read_row(struct iso_report_reader *r, size_t *capacity, const struct iso_report_cell *kind, size_t nkinds,
                     const json_t *row, size_t i)
{
    struct iso_report *report = r->report;
    const json_t *columns = json_array_get(row, 5), *group = NULL;
    const char *text[5];
    bool several = report->npolicies > 1;
    for (size_t k = 0; k < 5; k++)
        text[k] = json_string_value(json_array_get(row, k));
    if (json_array_size(row) != (several ? 7 : 6) || !text[0] || !text[1] || !text[2] || !json_is_array(columns)) {
        bad_row(r, i,
                several
                    ? "[id with * for the tier, scenario, attribute, mapping, migration, [kinds], group of policies]"
                    : "[id with * for the tier, scenario, attribute, mapping, migration, [kinds]]");
        return;
    }
    if (json_array_size(columns) != report->ntiers) {
        bad_row(r, i, "a kind, or null, for each of the tiers");
        return;
    }
    if (several && !(group = group_of(r, row, i)))
        return;
    size_t npolicies = group ? json_array_size(group) : 1;
    if (report->ncells + npolicies * report->ntiers > *capacity) {
        *capacity = *capacity * 2 + npolicies * report->ntiers + 256;
        report->cell = iso_reallocate(report->cell, *capacity * sizeof report->cell[0]);
    }
    for (size_t k = 0; k < npolicies; k++)
        for (size_t t = 0; t < report->ntiers && !r->failed; t++) {
            const json_t *column = json_array_get(columns, t);
            json_int_t number = json_integer_value(column);
            if (json_is_null(column))
                continue;
            if (!json_is_integer(column) || number < 0 || (size_t)number >= nkinds) {
                bad_row(r, i, "numbers of kinds that the report has");
                return;
            }
            size_t policy = group ? (size_t)json_integer_value(json_array_get(group, k)) : 0;
            add_read(report, &kind[number], text, report->npolicies ? report->policy[policy].name : NULL, several, t,
                     i);
        }
}

void iso_report_expand(struct iso_report_reader *r, const json_t *json)
{
    const json_t *kinds = json_object_get(json, "kinds"), *rows = json_object_get(json, "rows");
    size_t nkinds = json_array_size(kinds), nrows = json_array_size(rows);
    if (!json_is_array(kinds))
        iso_report_fail(r, json, "report", "kinds", "a list");
    if (!json_is_array(rows))
        iso_report_fail(r, json, "report", "rows", "a list");
    struct iso_report_cell *kind = iso_allocate((nkinds + 1) * sizeof *kind);
    size_t capacity = 0;
    r->step[r->nsteps++].key = "kinds";
    r->nsteps++;
    for (size_t i = 0; i < nkinds && !r->failed; i++) {
        const json_t *one = json_array_get(kinds, i);
        r->step[r->nsteps - 1] = (struct iso_json_step){.index = i};
        iso_report_judgement(r, &kind[i], one, "kind");
        const char *proof = iso_report_text(r, one, "kind", "proof", true);
        kind[i].observed = proof != NULL;
        kind[i].exact = proof && strcmp(proof, "exhaustive") == 0;
    }
    r->nsteps -= 2;
    for (size_t i = 0; i < nrows && !r->failed; i++)
        read_row(r, &capacity, kind, nkinds, json_array_get(rows, i), i);
    free(kind);
}

/* ---- writing ---- */

struct kinds {
    char **text;
    size_t count, capacity;
};

static void add_texts(struct iso_buffer *out, const void *list)
{
    iso_buffer_add(out, "[");
    for (size_t i = 0; i < iso_report_list_size(list); i++) {
        iso_buffer_add(out, i ? ", " : "");
        iso_buffer_json_string(out, iso_report_list_text(list, i));
    }
    iso_buffer_add(out, "]");
}

static char *kind_of(const struct iso_report_cell *cell)
{
    struct iso_buffer out = {0};
    iso_buffer_format(&out,
                      "{\"verdict\": \"%s\", \"tier_verdict\": \"%s\", \"class\": ", iso_verdict_name(cell->verdict),
                      iso_verdict_name(cell->tier_verdict));
    iso_buffer_json_string(&out, iso_divergence_name(cell->divergence));
    iso_buffer_add(&out, ", \"tier_class\": ");
    iso_buffer_json_string(&out, iso_divergence_name(cell->tier_divergence));
    iso_buffer_add(&out, ", \"rules\": ");
    add_texts(&out, cell->rules);
    iso_buffer_add(&out, ", \"unknown\": ");
    add_texts(&out, cell->unknown);
    iso_buffer_add(&out, ", \"refused\": ");
    if (cell->stage) {
        iso_buffer_add(&out, "{\"stage\": ");
        iso_buffer_json_string(&out, cell->stage);
        iso_buffer_add(&out, ", \"errno\": ");
        iso_buffer_json_string(&out, cell->error);
        iso_buffer_add(&out, "}");
    } else {
        iso_buffer_add(&out, "null");
    }
    iso_buffer_format(&out, ", \"proof\": %s}", cell->exact ? "\"exhaustive\"" : cell->observed ? "\"timed\"" : "null");
    return out.data;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t find_kind(const struct kinds *kinds, const char *text)
{
    size_t low = 0, high = kinds->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(kinds->text[middle], text) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Each kind once, sorted: numbers depend on what the report says, not on the order of its cells. */
static void collect_kinds(struct kinds *kinds, const struct iso_report *report)
{
    kinds->text = iso_allocate((report->ncells + 1) * sizeof kinds->text[0]);
    for (size_t i = 0; i < report->ncells; i++)
        kinds->text[i] = kind_of(&report->cell[i]);
    if (report->ncells)
        qsort(kinds->text, report->ncells, sizeof kinds->text[0], by_text);
    for (size_t i = 0; i < report->ncells; i++)
        if (kinds->count && strcmp(kinds->text[kinds->count - 1], kinds->text[i]) == 0)
            free(kinds->text[i]);
        else
            kinds->text[kinds->count++] = kinds->text[i];
}

struct row {
    char *template; /* with policy and tier the key */
    const struct iso_report_cell *cell;
    size_t tier, policy;
};

/* The id with a star for the tier and a percent sign for the policy; as it stands if the tier is not to be found in it. */
static char *template_of(const struct iso_report_cell *cell, bool several)
{
    struct iso_buffer out = {0};
    size_t size = strlen(cell->tier), policy = several && cell->policy ? strlen(cell->policy) : 0;
    const char *at = cell->id;
    while ((at = strchr(at, '@')) && (strncmp(at + 1, cell->tier, size) != 0 || !strchr(":+", at[1 + size])))
        at++;
    if (!at || strchr(cell->id, '*')) {
        iso_buffer_add(&out, cell->id);
        return out.data;
    }
    const char *rest = at + 1 + size;
    bool named = policy && strncmp(rest + 1, cell->policy, policy) == 0 && rest[1 + policy] == ':';
    iso_buffer_format(&out, "%.*s*%s%s", (int)(at + 1 - cell->id), cell->id, named ? ":%" : "",
                      rest + (named ? 1 + policy : 0));
    return out.data;
}

static int by_row(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int order = strcmp(x->template, y->template);
    if (!order)
        order = x->policy < y->policy ? -1 : x->policy > y->policy;
    return order ? order : x->tier < y->tier ? -1 : x->tier > y->tier;
}

/* Texts of a list, each once. */
struct texts {
    char **text;
    size_t count, capacity;
};

static size_t number_of(struct texts *list, const char *text)
{
    size_t i = 0;
    while (i < list->count && strcmp(list->text[i], text) != 0)
        i++;
    if (i < list->count)
        return i;
    if (list->count == list->capacity) {
        list->capacity = list->capacity * 2 + 16;
        list->text = iso_reallocate(list->text, list->capacity * sizeof list->text[0]);
    }
    list->text[list->count++] = iso_duplicate(text);
    return i;
}

static void texts_free(struct texts *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->text[i]);
    free(list->text);
    *list = (struct texts){0};
}

/* The row that begins at *at, without its brackets' end; *at goes past it. */
static void add_row(struct iso_buffer *out, size_t *at, const struct iso_report *report, const struct row *row,
                    const struct kinds *kinds)
{
    const struct row *first = &row[*at];
    const struct iso_report_cell *cell = first->cell;
    const char *text[5] = {first->template, cell->scenario, cell->attribute, cell->mapping, cell->migration};
    size_t next = *at;
    iso_buffer_add(out, "[");
    for (size_t k = 0; k < 5; k++) {
        iso_buffer_json_string(out, text[k]);
        iso_buffer_add(out, ", ");
    }
    for (size_t t = 0; t < report->ntiers; t++) {
        iso_buffer_add(out, t ? ", " : "[");
        if (next < report->ncells && row[next].tier == t && row[next].policy == first->policy &&
            strcmp(row[next].template, first->template) == 0) {
            char *kind = kind_of(row[next++].cell);
            iso_buffer_format(out, "%zu", find_kind(kinds, kind));
            free(kind);
        } else {
            iso_buffer_add(out, "null");
        }
    }
    iso_buffer_add(out, report->ntiers ? "]" : "[]");
    *at = next == *at ? next + 1 : next; /* a cell on a tier that the report does not list */
}

/* Rows of one template that differ in nothing but the policy become one, with the number of the group of those policies. */
static size_t add_rows_of_policies(struct iso_buffer *out, size_t from, const struct iso_report *report,
                                   const struct row *row, const struct kinds *kinds, struct texts *groups)
{
    struct texts rows = {0};
    struct iso_buffer *group = iso_allocate((report->npolicies + 1) * sizeof *group);
    size_t at = from;
    while (at < report->ncells && strcmp(row[at].template, row[from].template) == 0) {
        struct iso_buffer one = {0};
        size_t policy = row[at].policy;
        add_row(&one, &at, report, row, kinds);
        size_t number = number_of(&rows, one.data);
        if (number < report->npolicies)
            iso_buffer_format(&group[number], "%s%zu", group[number].size ? ", " : "[", policy);
        iso_buffer_free(&one);
    }
    for (size_t i = 0; i < rows.count && i < report->npolicies; i++) {
        iso_buffer_add(&group[i], "]");
        iso_buffer_format(out, "%s\n  %s, %zu]", from || i ? "," : "", rows.text[i], number_of(groups, group[i].data));
        iso_buffer_free(&group[i]);
    }
    free(group);
    texts_free(&rows);
    return at;
}

static void add_rows(struct iso_buffer *out, struct texts *groups, const struct iso_report *report,
                     const struct kinds *kinds)
{
    struct row *row = iso_allocate((report->ncells + 1) * sizeof *row);
    bool several = report->npolicies > 1;
    for (size_t i = 0; i < report->ncells; i++) {
        const struct iso_report_cell *cell = &report->cell[i];
        row[i] = (struct row){.template = template_of(cell, several),
                              .cell = cell,
                              .policy = several && cell->policy ? iso_report_policy_find(report, cell->policy) : 0};
        while (row[i].tier < report->ntiers && strcmp(report->tier[row[i].tier], cell->tier) != 0)
            row[i].tier++;
    }
    if (report->ncells)
        qsort(row, report->ncells, sizeof row[0], by_row);
    for (size_t i = 0; i < report->ncells;) {
        if (several) {
            i = add_rows_of_policies(out, i, report, row, kinds, groups);
            continue;
        }
        iso_buffer_add(out, i ? ",\n  " : "\n  ");
        add_row(out, &i, report, row, kinds);
        iso_buffer_add(out, "]");
    }
    for (size_t i = 0; i < report->ncells; i++)
        free(row[i].template);
    free(row);
}

static void add_policies(struct iso_buffer *out, const struct iso_report *report)
{
    for (size_t i = 0; i < report->npolicies && report->npolicies > 1; i++) {
        iso_buffer_add(out, i ? ",\n  {\"name\": " : " \"policies\": [\n  {\"name\": ");
        iso_buffer_json_string(out, report->policy[i].name);
        iso_buffer_add(out, ", \"sha256\": ");
        iso_buffer_json_string(out, report->policy[i].sha256);
        iso_buffer_add(out, "}");
    }
    iso_buffer_add(out, report->npolicies > 1 ? "],\n" : "");
    if (!report->vm)
        return;
    iso_buffer_add(out, " \"vm\": [");
    for (const char *word = report->vm; *word;) {
        size_t size = strcspn(word, ",");
        iso_buffer_add(out, word == report->vm ? "" : ", ");
        iso_buffer_json_bytes(out, word, size);
        word += size + (word[size] != 0);
    }
    iso_buffer_add(out, "],\n");
}

static void add_named(struct iso_buffer *out, const char *key, const char *name, const char *sha256)
{
    iso_buffer_format(out, " \"%s\": ", key);
    if (name) {
        iso_buffer_add(out, "{\"name\": ");
        iso_buffer_json_string(out, name);
        iso_buffer_add(out, ", \"sha256\": ");
        iso_buffer_json_string(out, sha256);
        iso_buffer_add(out, "},\n");
    } else {
        iso_buffer_add(out, "null,\n");
    }
}

static void add_scenarios(struct iso_buffer *out, const struct iso_report *report)
{
    iso_buffer_add(out, " \"scenarios\": {");
    for (size_t i = 0; i < report->nscenarios; i++) {
        const struct iso_report_scenario *scenario = &report->scenario[i];
        const void *subject = NULL;
        for (size_t k = 0; k < report->ncells && !subject; k++)
            if (strcmp(report->cell[k].scenario, scenario->name) == 0)
                subject = report->cell[k].subject;
        iso_buffer_add(out, i ? ",\n  " : "\n  ");
        iso_buffer_json_string(out, scenario->name);
        iso_buffer_add(out, ": {\"sha256\": ");
        iso_buffer_json_string(out, scenario->sha256);
        iso_buffer_add(out, ", \"subject\": ");
        add_texts(out, subject);
        iso_buffer_add(out, "}");
    }
    iso_buffer_add(out, "},\n");
}

void iso_report_slim(struct iso_buffer *out, const struct iso_report *report)
{
    struct kinds kinds = {0};
    struct texts groups = {0};
    struct iso_buffer rows = {0};
    collect_kinds(&kinds, report);
    iso_buffer_add(out, "{\"schema\": 1,\n \"slim\": true,\n \"tool\": {\"name\": \"isotier\", \"version\": ");
    iso_buffer_json_string(out, report->version ? report->version : "0");
    iso_buffer_add(out, "},\n");
    add_named(out, "machine", report->machine, report->machine_sha256);
    const struct iso_report_policy *one = report->npolicies == 1 ? report->policy : NULL;
    add_named(out, "policy", one ? one->name : NULL, one ? one->sha256 : NULL);
    add_policies(out, report);
    iso_buffer_format(out, " \"seed\": %llu,\n \"seeds\": %llu,\n \"engines\": [%s%s%s],\n \"reference\": ",
                      (unsigned long long)report->seed, (unsigned long long)report->seeds,
                      report->exhaustive ? "\"exhaustive\"" : "", report->exhaustive && report->timed ? ", " : "",
                      report->timed ? "\"timed\"" : "");
    iso_buffer_json_string(out, report->reference);
    iso_buffer_add(out, ",\n \"tiers\": [");
    for (size_t i = 0; i < report->ntiers; i++) {
        iso_buffer_add(out, i ? ", " : "");
        iso_buffer_json_string(out, report->tier[i]);
    }
    iso_buffer_add(out, "],\n");
    add_scenarios(out, report);
    iso_buffer_add(out, " \"kinds\": [");
    for (size_t i = 0; i < kinds.count; i++)
        iso_buffer_format(out, "%s%s", i ? ",\n  " : "\n  ", kinds.text[i]);
    add_rows(&rows, &groups, report, &kinds);
    for (size_t i = 0; i < groups.count; i++)
        iso_buffer_format(out, "%s%s", i ? ",\n  " : "],\n \"groups\": [\n  ", groups.text[i]);
    iso_buffer_add(out, "],\n \"rows\": [");
    iso_buffer_add_bytes(out, iso_buffer_string(&rows), rows.size);
    iso_buffer_add(out, "]}\n");
    iso_buffer_free(&rows);
    texts_free(&groups);
    for (size_t i = 0; i < kinds.count; i++)
        free(kinds.text[i]);
    free(kinds.text);
}
