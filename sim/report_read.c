/* Reading reports with jansson, as declared in report.h and report_shape.h. Not for: rows of slim reports (report_slim.c); validating
 * every key; reports/schema/report.schema.json says the rest. */
#include "sim/report_shape.h"

#include "sim/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void iso_report_fail(struct iso_report_reader *r, const json_t *object, const char *where, const char *key,
                     const char *expected)
{
    uint32_t line, column;
    const json_t *value = json_object_get(object, key);
    char *shown = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS) : NULL;
    r->step[r->nsteps].key = key;
    iso_json_place(&line, &column, r->text, r->size, r->step, r->nsteps + 1);
    if (shown)
        iso_diags_add(r->diags, false, r->path, line, column, "%s has \"%s\" %.40s%s; expected %s", where, key, shown,
                      strlen(shown) > 40 ? "..." : "", expected);
    else
        iso_diags_add(r->diags, false, r->path, line, column, "%s has no \"%s\"; expected %s", where, key, expected);
    free(shown);
    r->failed = true;
}

const char *iso_report_text(struct iso_report_reader *r, const json_t *object, const char *where, const char *key,
                            bool may_be_null)
{
    const json_t *value = json_object_get(object, key);
    if (may_be_null && (!value || json_is_null(value)))
        return NULL;
    if (!json_is_string(value)) {
        iso_report_fail(r, object, where, key, may_be_null ? "text or null" : "text");
        return "";
    }
    return json_string_value(value);
}

const json_t *iso_report_texts(struct iso_report_reader *r, const json_t *object, const char *where, const char *key)
{
    const json_t *list = json_object_get(object, key);
    bool good = !list || json_is_array(list);
    for (size_t i = 0; good && i < json_array_size(list); i++)
        good = json_is_string(json_array_get(list, i));
    if (!good)
        iso_report_fail(r, object, where, key, "a list of texts");
    return good ? list : NULL;
}

static uint64_t whole_of(struct iso_report_reader *r, const json_t *object, const char *where, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (value && (!json_is_integer(value) || json_integer_value(value) < 0)) {
        iso_report_fail(r, object, where, key, "a whole number");
        return 0;
    }
    return (uint64_t)json_integer_value(value);
}

static void read_verdict(struct iso_report_reader *r, enum iso_verdict *out, const json_t *json, const char *where,
                         const char *key)
{
    const char *name = iso_report_text(r, json, where, key, false);
    if (!r->failed && !iso_verdict_find(out, name))
        iso_report_fail(r, json, where, key, "SAME, NARROWER, DIVERGES, REFUSED, UNKNOWN, BOUNDED or MODEL-BUG");
}

static void read_class(struct iso_report_reader *r, enum iso_divergence *out, const json_t *json, const char *where,
                       const char *key)
{
    const char *name = iso_report_text(r, json, where, key, true);
    *out = ISO_DIVERGENCE_NONE;
    if (!r->failed && name && !iso_divergence_find(out, name))
        iso_report_fail(r, json, where, key,
                        "corruption, lost-update, stale, torn, tag-lost, tag-false-fault, fault, no-progress, value or "
                        "null");
}

void iso_report_judgement(struct iso_report_reader *r, struct iso_report_cell *cell, const json_t *json,
                          const char *where)
{
    const json_t *refused = json_object_get(json, "refused");
    read_verdict(r, &cell->verdict, json, where, "verdict");
    read_verdict(r, &cell->tier_verdict, json, where, "tier_verdict");
    read_class(r, &cell->divergence, json, where, "class");
    read_class(r, &cell->tier_divergence, json, where, "tier_class");
    cell->rules = iso_report_texts(r, json, where, "rules");
    cell->unknown = iso_report_texts(r, json, where, "unknown");
    if (json_is_object(refused)) {
        r->step[r->nsteps++].key = "refused";
        cell->stage = iso_report_text(r, refused, where, "stage", false);
        cell->error = iso_report_text(r, refused, where, "errno", false);
        r->nsteps--;
    }
}

static bool has_tier(const struct iso_report *report, const char *tier)
{
    for (size_t i = 0; i < report->ntiers; i++)
        if (strcmp(report->tier[i], tier) == 0)
            return true;
    return false;
}

static void read_cell(struct iso_report_reader *r, struct iso_report_cell *cell, const json_t *json)
{
    const json_t *outcomes = json_object_get(json, "outcomes"), *observed = json_object_get(json, "observed"),
                 *cycles = json_object_get(json_object_get(json, "cycles"), "cell"),
                 *witness = json_object_get(json, "witness");
    const char *proof = iso_report_text(r, json, "cell", "proof", true);
    cell->id = iso_report_text(r, json, "cell", "id", false);
    cell->scenario = iso_report_text(r, json, "cell", "scenario", false);
    cell->tier = iso_report_text(r, json, "cell", "tier", false);
    cell->attribute = iso_report_text(r, json, "cell", "attribute", false);
    cell->policy = iso_report_text(r, json, "cell", "policy", true);
    if (!cell->policy && r->report->npolicies == 1)
        cell->policy = r->report->policy[0].name;
    if (!r->failed && !cell->policy && r->report->npolicies > 1)
        iso_report_fail(r, json, "cell", "policy", "one of the report's policies");
    if (!r->failed && cell->policy && iso_report_policy_find(r->report, cell->policy) == r->report->npolicies)
        iso_report_fail(r, json, "cell", "policy", "one of the report's policies");
    cell->mapping = iso_report_text(r, json, "cell", "mapping", true);
    cell->migration = iso_report_text(r, json, "cell", "migration", true);
    if (!r->failed && strchr(cell->id, '*'))
        iso_report_fail(r, json, "cell", "id", "an id without *");
    if (!r->failed && r->report->ntiers && !has_tier(r->report, cell->tier))
        iso_report_fail(r, json, cell->id, "tier", "one of the report's tiers");
    if (!r->failed)
        iso_report_judgement(r, cell, json, cell->id);
    if (!r->failed)
        cell->subject = iso_report_texts(r, json, cell->id, "subject");
    cell->observed = outcomes ? json_array_size(json_object_get(outcomes, "cell")) > 0 ||
                                    json_integer_value(json_object_get(observed, "runs")) > 0
                              : cell->verdict != ISO_VERDICT_REFUSED && cell->verdict != ISO_VERDICT_BOUNDED;
    cell->exact = cell->observed && (proof ? strcmp(proof, "exhaustive") == 0 : r->report->exhaustive);
    if (json_is_object(cycles)) {
        cell->has_cycles = true;
        cell->p50_cycles = (uint64_t)json_integer_value(json_object_get(cycles, "p50"));
        cell->p99_cycles = (uint64_t)json_integer_value(json_object_get(cycles, "p99"));
    }
    cell->has_witness = json_is_object(witness);
    json_int_t line = json_integer_value(json_object_get(witness, "line"));
    cell->witness_line = line > 0 && line < INT32_MAX ? (uint32_t)line : 0;
}

static void read_engines(struct iso_report *report, const json_t *engines)
{
    for (size_t i = 0; i < json_array_size(engines); i++) {
        const char *name = json_string_value(json_array_get(engines, i));
        report->exhaustive |= name && strcmp(name, "exhaustive") == 0;
        report->timed |= name && strcmp(name, "timed") == 0;
    }
}

static int by_scenario(const void *a, const void *b)
{
    return strcmp(((const struct iso_report_scenario *)a)->name, ((const struct iso_report_scenario *)b)->name);
}

static int by_subject(const void *a, const void *b)
{
    return strcmp(((const struct iso_report_coverage *)a)->subject, ((const struct iso_report_coverage *)b)->subject);
}

static void read_scenarios(struct iso_report *report, json_t *scenarios)
{
    const char *name;
    json_t *value;
    report->scenario = iso_arena_alloc(report->arena, (json_object_size(scenarios) + 1) * sizeof report->scenario[0]);
    json_object_foreach(scenarios, name, value)
    {
        const char *sha256 = json_string_value(json_object_get(value, "sha256"));
        report->scenario[report->nscenarios++] = (struct iso_report_scenario){name, sha256 ? sha256 : ""};
    }
    if (report->nscenarios)
        qsort(report->scenario, report->nscenarios, sizeof report->scenario[0], by_scenario);
}

static void read_coverage(struct iso_report *report, json_t *coverage)
{
    const char *subject;
    json_t *value;
    report->coverage = iso_arena_alloc(report->arena, (json_object_size(coverage) + 1) * sizeof report->coverage[0]);
    json_object_foreach(coverage, subject, value)
    {
        json_int_t observed = json_integer_value(json_object_get(value, "observed")),
                   allowed = json_integer_value(json_object_get(value, "allowed"));
        if (allowed > 0 && observed >= 0)
            report->coverage[report->ncoverage++] =
                (struct iso_report_coverage){subject, (uint64_t)observed, (uint64_t)allowed};
    }
    if (report->ncoverage)
        qsort(report->coverage, report->ncoverage, sizeof report->coverage[0], by_subject);
}

static void read_named(struct iso_report_reader *r, const char **name, const char **sha256, const json_t *json,
                       const char *key)
{
    const json_t *object = json_object_get(json, key);
    r->step[r->nsteps++].key = key;
    *name = iso_report_text(r, object, key, "name", false);
    *sha256 = iso_report_text(r, object, key, "sha256", false);
    r->nsteps--;
}

/* "policy" of a report about one, or "policies". */
static void read_policies(struct iso_report_reader *r, const json_t *json)
{
    struct iso_report *report = r->report;
    const json_t *one = json_object_get(json, "policy"), *list = json_object_get(json, "policies"),
                 *vm = iso_report_texts(r, json, "report", "vm");
    size_t count = json_array_size(list);
    struct iso_report_policy *policy = iso_arena_alloc(report->arena, (count + 1) * sizeof *policy);
    report->policy = policy;
    if (list && !json_is_array(list))
        iso_report_fail(r, json, "report", "policies", "a list");
    if (one && !json_is_null(one)) {
        read_named(r, &policy->name, &policy->sha256, json, "policy");
        report->npolicies = 1;
    }
    r->step[r->nsteps++].key = "policies";
    r->nsteps++;
    for (size_t i = 0; i < count && !r->failed && !report->npolicies; i++) {
        r->step[r->nsteps - 1] = (struct iso_json_step){.index = i};
        policy[i].name = iso_report_text(r, json_array_get(list, i), "policy", "name", false);
        policy[i].sha256 = iso_report_text(r, json_array_get(list, i), "policy", "sha256", false);
    }
    r->nsteps -= 2;
    if (!report->npolicies)
        report->npolicies = count;
    if (json_object_get(json, "vm")) {
        struct iso_buffer names = {0};
        iso_buffer_add(&names, "");
        for (size_t i = 0; i < json_array_size(vm); i++)
            iso_buffer_format(&names, "%s%s", i ? "," : "", iso_report_list_text(vm, i));
        report->vm = iso_arena_string(report->arena, names.data, names.size);
        iso_buffer_free(&names);
    }
}

static void read_head(struct iso_report_reader *r, const json_t *json)
{
    struct iso_report *report = r->report;
    if (!json_is_object(json) || json_integer_value(json_object_get(json, "schema")) != 1) {
        iso_report_fail(r, json, "report", "schema", "the number 1");
        return;
    }
    read_named(r, &report->machine, &report->machine_sha256, json, "machine");
    read_policies(r, json);
    report->version = json_string_value(json_object_get(json_object_get(json, "tool"), "version"));
    report->reference = iso_report_text(r, json, "report", "reference", false);
    report->seed = whole_of(r, json, "report", "seed");
    report->seeds = whole_of(r, json, "report", "seeds");
    report->slim = json_is_true(json_object_get(json, "slim"));
    read_engines(report, json_object_get(json, "engines"));
    const json_t *tiers = iso_report_texts(r, json, "report", "tiers");
    report->tier = iso_arena_alloc(report->arena, (json_array_size(tiers) + 1) * sizeof report->tier[0]);
    for (size_t i = 0; i < json_array_size(tiers); i++)
        report->tier[report->ntiers++] = json_string_value(json_array_get(tiers, i));
    read_scenarios(report, json_object_get(json, "scenarios"));
    read_coverage(report, json_object_get(json_object_get(json, "summary"), "coverage"));
}

static void read_cells(struct iso_report_reader *r, const json_t *json)
{
    struct iso_report *report = r->report;
    const json_t *cells = json_object_get(json, "cells");
    if (!json_is_array(cells)) {
        iso_report_fail(r, json, "report", "cells", "a list");
        return;
    }
    size_t count = json_array_size(cells);
    report->cell = iso_allocate((count + 1) * sizeof report->cell[0]);
    r->step[r->nsteps++].key = "cells";
    r->nsteps++;
    for (size_t i = 0; i < count && !r->failed; i++) {
        r->step[r->nsteps - 1] = (struct iso_json_step){.index = i};
        report->cell[i].index = i;
        read_cell(r, &report->cell[i], json_array_get(cells, i));
        report->ncells++;
    }
    r->nsteps -= 2;
}

static int by_id(const void *a, const void *b)
{
    const struct iso_report_cell *const *x = a, *const *y = b;
    int order = strcmp((*x)->id, (*y)->id);
    return order ? order : (*x)->index < (*y)->index ? -1 : 1;
}

/* Two cells of one id: no answer to the question what became of it. */
static void check_ids(struct iso_report_reader *r)
{
    struct iso_report *report = r->report;
    const struct iso_report_cell **sorted = iso_allocate((report->ncells + 1) * sizeof *sorted);
    for (size_t i = 0; i < report->ncells; i++)
        sorted[i] = &report->cell[i];
    if (report->ncells)
        qsort(sorted, report->ncells, sizeof sorted[0], by_id);
    for (size_t i = 1; i < report->ncells && !r->failed; i++)
        if (strcmp(sorted[i - 1]->id, sorted[i]->id) == 0) {
            struct iso_json_step to[3] = {
                {.key = report->slim ? "rows" : "cells"}, {.index = sorted[i]->index}, {.key = "id"}};
            uint32_t line, column;
            iso_json_place(&line, &column, r->text, r->size, to, 3);
            iso_diags_add(r->diags, false, r->path, line, column, "cell \"%s\" is given twice; expected each id once",
                          sorted[i]->id);
            r->failed = true;
        }
    free(sorted);
}

int iso_report_read(struct iso_report **out, struct iso_diags *diags, const char *path)
{
    struct iso_report_reader r = {.diags = diags, .path = path};
    json_error_t error;
    char *data;

    if (iso_file_read(&data, &r.size, diags, path, ISO_FILE_MAX_BYTES) != 0)
        return -1;
    r.text = data;
    json_t *json = json_loadb(data, r.size, JSON_REJECT_DUPLICATES, &error);
    if (!json) {
        iso_diags_add(diags, false, path, error.line > 0 ? (uint32_t)error.line : 1,
                      error.column > 0 ? (uint32_t)error.column : 1, "not JSON: %s; expected a report of `isotier run`",
                      r.size ? error.text : "the file is empty");
        free(data);
        return -1;
    }
    r.report = iso_allocate(sizeof *r.report);
    r.report->json = json;
    r.report->arena = iso_arena_new();
    read_head(&r, json);
    if (!r.failed && r.report->slim)
        iso_report_expand(&r, json);
    else if (!r.failed)
        read_cells(&r, json);
    if (!r.failed)
        check_ids(&r);
    free(data);
    if (r.failed) {
        iso_report_free(r.report);
        return -1;
    }
    *out = r.report;
    return 0;
}

void iso_report_free(struct iso_report *report)
{
    json_decref(report->json);
    iso_arena_free(report->arena);
    free(report->cell);
    free(report);
}

const char *iso_report_scenario_sha256(const struct iso_report *report, const char *scenario)
{
    for (size_t i = 0; i < report->nscenarios; i++)
        if (strcmp(report->scenario[i].name, scenario) == 0)
            return *report->scenario[i].sha256 ? report->scenario[i].sha256 : NULL;
    return NULL;
}

size_t iso_report_list_size(const void *list)
{
    return json_array_size(list);
}

const char *iso_report_list_text(const void *list, size_t i)
{
    const char *text = json_string_value(json_array_get(list, i));
    return text ? text : "";
}

const char *iso_report_subject(char *out, size_t size, const struct iso_report_cell *cell)
{
    size_t folder = strcspn(cell->scenario, "/");
    if (iso_report_list_size(cell->subject))
        snprintf(out, size, "%s", iso_report_list_text(cell->subject, 0));
    else
        snprintf(out, size, "%.*s", cell->scenario[folder] ? (int)folder : 1,
                 cell->scenario[folder] ? cell->scenario : "-");
    return out;
}
