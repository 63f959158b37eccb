/* Reading reports with jansson, as declared in report.h. Not for: validating every key; reports/schema/report.schema.json says the rest. */
#include "sim/report.h"

#include "sim/buffer.h"
#include "sim/file.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    struct iso_diags *diags;
    const char *path;
    bool failed;
};

static void fail(struct reader *r, const char *where, const char *key, const char *expected)
{
    iso_diags_add(r->diags, false, r->path, 1, 1, "%s has no \"%s\"; expected %s", where, key, expected);
    r->failed = true;
}

static const char *text_of(struct reader *r, const json_t *object, const char *where, const char *key, bool may_be_null)
{
    const json_t *value = json_object_get(object, key);
    if (may_be_null && (!value || json_is_null(value)))
        return NULL;
    if (!json_is_string(value)) {
        fail(r, where, key, "text");
        return "";
    }
    return json_string_value(value);
}

static void read_cell(struct reader *r, struct iso_report_cell *cell, const json_t *json)
{
    cell->id = text_of(r, json, "cell", "id", false);
    cell->scenario = text_of(r, json, "cell", "scenario", false);
    cell->tier = text_of(r, json, "cell", "tier", false);
    cell->attribute = text_of(r, json, "cell", "attribute", false);
    cell->migration = text_of(r, json, "cell", "migration", true);
    const char *divergence = text_of(r, json, "cell", "class", true);
    cell->divergence = ISO_DIVERGENCE_NONE;
    if (!r->failed && (!iso_verdict_find(&cell->verdict, text_of(r, json, "cell", "verdict", false)) ||
                       !iso_verdict_find(&cell->tier_verdict, text_of(r, json, "cell", "tier_verdict", false))))
        fail(r, cell->id, "verdict", "SAME, NARROWER, DIVERGES, REFUSED, UNKNOWN, BOUNDED or MODEL-BUG");
    if (!r->failed && divergence && !iso_divergence_find(&cell->divergence, divergence))
        fail(r, cell->id, "class",
             "corruption, lost-update, stale, torn, tag-lost, tag-false-fault, fault, no-progress, value or null");
}

static void read_engines(struct iso_report *report, const json_t *engines)
{
    for (size_t i = 0; i < json_array_size(engines); i++) {
        const char *name = json_string_value(json_array_get(engines, i));
        report->exhaustive |= name && strcmp(name, "exhaustive") == 0;
        report->timed |= name && strcmp(name, "timed") == 0;
    }
}

int iso_report_read(struct iso_report **out, struct iso_diags *diags, const char *path)
{
    struct reader r = {.diags = diags, .path = path};
    json_error_t error;
    char *data;
    size_t size;

    if (iso_file_read(&data, &size, diags, path, ISO_FILE_MAX_BYTES) != 0)
        return -1;
    json_t *json = json_loadb(data, size, JSON_REJECT_DUPLICATES, &error);
    free(data);
    if (!json) {
        iso_diags_add(diags, false, path, error.line > 0 ? (uint32_t)error.line : 1,
                      error.column > 0 ? (uint32_t)error.column : 1, "not JSON: %s; expected a report of `isotier run`",
                      error.text);
        return -1;
    }
    struct iso_report *report = iso_allocate(sizeof *report);
    report->json = json;
    const json_t *machine = json_object_get(json, "machine"), *cells = json_object_get(json, "cells");
    if (!json_is_object(json) || json_integer_value(json_object_get(json, "schema")) != 1)
        fail(&r, "report", "schema", "the number 1");
    if (!r.failed) {
        report->machine = text_of(&r, machine, "machine", "name", false);
        report->machine_sha256 = text_of(&r, machine, "machine", "sha256", false);
        report->reference = text_of(&r, json, "report", "reference", false);
        report->seed = (uint64_t)json_integer_value(json_object_get(json, "seed"));
        report->seeds = (uint64_t)json_integer_value(json_object_get(json, "seeds"));
        read_engines(report, json_object_get(json, "engines"));
        if (!json_is_array(cells))
            fail(&r, "report", "cells", "a list");
    }
    if (!r.failed) {
        report->ncells = json_array_size(cells);
        report->cell = iso_allocate((report->ncells + 1) * sizeof report->cell[0]);
    }
    for (size_t i = 0; i < report->ncells && !r.failed; i++)
        read_cell(&r, &report->cell[i], json_array_get(cells, i));
    if (r.failed) {
        iso_report_free(report);
        return -1;
    }
    *out = report;
    return 0;
}

void iso_report_free(struct iso_report *report)
{
    json_decref(report->json);
    free(report->cell);
    free(report);
}

const char *iso_report_scenario_sha256(const struct iso_report *report, const char *scenario)
{
    return json_string_value(
        json_object_get(json_object_get(json_object_get(report->json, "scenarios"), scenario), "sha256"));
}
