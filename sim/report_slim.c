/* Slim reports: written from full ones, and their rows read back into cells. Declared in report.h and report_shape.h.
 * A row is ["SCENARIO@*:ATTRIBUTE+PLAN", scenario, attribute, mapping, migration, [kind of each tier, in the order of "tiers"; null: no
 * such cell]]; the star stands for the tier. Not for: full reports (report_read.c, report_write.c).
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

/* The id of the row's cell on a tier: the star replaced. */
static const char *expand_id(struct iso_report *report, const char *template, const char *tier)
{
    const char *star = strchr(template, '*');
    if (!star)
        return template;
    size_t head = (size_t)(star - template), middle = strlen(tier), tail = strlen(star + 1);
    char *id = iso_arena_alloc(report->arena, head + middle + tail + 1);
    memcpy(id, template, head);
    memcpy(id + head, tier, middle);
    memcpy(id + head + middle, star + 1, tail);
    return id;
}

static void read_row(struct iso_report_reader *r, const struct iso_report_cell *kind, size_t nkinds, const json_t *row,
                     size_t i)
{
    struct iso_report *report = r->report;
    const json_t *columns = json_array_get(row, 5);
    const char *text[5];
    for (size_t k = 0; k < 5; k++)
        text[k] = json_string_value(json_array_get(row, k));
    if (json_array_size(row) != 6 || !text[0] || !text[1] || !text[2] || !json_is_array(columns)) {
        bad_row(r, i, "[id with * for the tier, scenario, attribute, mapping, migration, [kinds]]");
        return;
    }
    if (json_array_size(columns) != report->ntiers) {
        bad_row(r, i, "a kind, or null, for each of the tiers");
        return;
    }
    for (size_t t = 0; t < report->ntiers && !r->failed; t++) {
        const json_t *column = json_array_get(columns, t);
        json_int_t number = json_integer_value(column);
        if (json_is_null(column))
            continue;
        if (!json_is_integer(column) || number < 0 || (size_t)number >= nkinds) {
            bad_row(r, i, "numbers of kinds that the report has");
            return;
        }
        struct iso_report_cell *cell = &report->cell[report->ncells++];
        *cell = kind[number];
        cell->id = expand_id(report, text[0], report->tier[t]);
        cell->scenario = text[1];
        cell->attribute = text[2];
        cell->mapping = text[3];
        cell->migration = text[4];
        cell->tier = report->tier[t];
        cell->index = i;
        cell->subject =
            json_object_get(json_object_get(json_object_get(report->json, "scenarios"), cell->scenario), "subject");
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
    r->report->cell = iso_allocate((nrows * r->report->ntiers + 1) * sizeof r->report->cell[0]);
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
        read_row(r, kind, nkinds, json_array_get(rows, i), i);
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
    char *template; /* also the key */
    const struct iso_report_cell *cell;
    size_t tier;
};

/* The id with a star for the tier; as it stands if the tier is not to be found in it. */
static char *template_of(const struct iso_report_cell *cell)
{
    struct iso_buffer out = {0};
    size_t size = strlen(cell->tier);
    const char *at = cell->id;
    while ((at = strchr(at, '@')) && (strncmp(at + 1, cell->tier, size) != 0 || !strchr(":+", at[1 + size])))
        at++;
    if (at && !strchr(cell->id, '*'))
        iso_buffer_format(&out, "%.*s*%s", (int)(at + 1 - cell->id), cell->id, at + 1 + size);
    else
        iso_buffer_add(&out, cell->id);
    return out.data;
}

static int by_row(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int order = strcmp(x->template, y->template);
    return order ? order : x->tier < y->tier ? -1 : x->tier > y->tier;
}

static void add_rows(struct iso_buffer *out, const struct iso_report *report, const struct kinds *kinds)
{
    struct row *row = iso_allocate((report->ncells + 1) * sizeof *row);
    for (size_t i = 0; i < report->ncells; i++) {
        row[i] = (struct row){template_of(&report->cell[i]), &report->cell[i], 0};
        while (row[i].tier < report->ntiers && strcmp(report->tier[row[i].tier], row[i].cell->tier) != 0)
            row[i].tier++;
    }
    if (report->ncells)
        qsort(row, report->ncells, sizeof row[0], by_row);
    for (size_t i = 0, next; i < report->ncells; i = next) {
        const struct iso_report_cell *cell = row[i].cell;
        const char *text[5] = {row[i].template, cell->scenario, cell->attribute, cell->mapping, cell->migration};
        iso_buffer_add(out, i ? ",\n  [" : "\n  [");
        for (size_t k = 0; k < 5; k++) {
            iso_buffer_json_string(out, text[k]);
            iso_buffer_add(out, ", ");
        }
        next = i;
        for (size_t t = 0; t < report->ntiers; t++) {
            iso_buffer_add(out, t ? ", " : "[");
            if (next < report->ncells && row[next].tier == t && strcmp(row[next].template, row[i].template) == 0) {
                char *kind = kind_of(row[next++].cell);
                iso_buffer_format(out, "%zu", find_kind(kinds, kind));
                free(kind);
            } else {
                iso_buffer_add(out, "null");
            }
        }
        iso_buffer_add(out, report->ntiers ? "]]" : "[]]");
        if (next == i) /* a cell on a tier that the report does not list */
            next++;
    }
    for (size_t i = 0; i < report->ncells; i++)
        free(row[i].template);
    free(row);
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
    collect_kinds(&kinds, report);
    iso_buffer_add(out, "{\"schema\": 1,\n \"slim\": true,\n \"tool\": {\"name\": \"isotier\", \"version\": ");
    iso_buffer_json_string(out, report->version ? report->version : "0");
    iso_buffer_add(out, "},\n");
    add_named(out, "machine", report->machine, report->machine_sha256);
    add_named(out, "policy", report->policy, report->policy_sha256);
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
    iso_buffer_add(out, "],\n \"rows\": [");
    add_rows(out, report, &kinds);
    iso_buffer_add(out, "]}\n");
    for (size_t i = 0; i < kinds.count; i++)
        free(kinds.text[i]);
    free(kinds.text);
}
