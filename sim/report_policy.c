/* Policies of a report: finding one, narrowing the report to one, ids that name it; and a report made of a run without the way through a
 * file. Declared in report.h. Not for: reading (report_read.c), writing (report_write.c, report_slim.c). */
#include "sim/report_shape.h"
#include "sim/run_spread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef ISOTIER_VERSION
#define ISOTIER_VERSION "0"
#endif

const char *iso_report_policy_name(char *out, size_t size, const struct iso_report *report)
{
    if (!report->npolicies)
        return NULL;
    if (report->npolicies == 1)
        snprintf(out, size, "%s", report->policy[0].name);
    else
        snprintf(out, size, "%zu policies", report->npolicies);
    return out;
}

size_t iso_report_policy_find(const struct iso_report *report, const char *name)
{
    size_t i = 0;
    while (i < report->npolicies && strcmp(report->policy[i].name, name) != 0)
        i++;
    return i;
}

/* The cell's id with "POLICY:" after the tier put in, or taken out. */
static const char *renamed(struct iso_report *report, const struct iso_report_cell *cell, bool named)
{
    size_t head = strlen(cell->scenario) + 1 + strlen(cell->tier) + 1, skip = 0;
    struct iso_buffer id = {0};
    if (strlen(cell->id) < head || cell->id[head - 1] != ':')
        return cell->id;
    if (strncmp(cell->id + head, cell->policy, strlen(cell->policy)) == 0 &&
        cell->id[head + strlen(cell->policy)] == ':')
        skip = strlen(cell->policy) + 1;
    iso_buffer_format(&id, "%.*s%s%s%s", (int)head, cell->id, named ? cell->policy : "", named ? ":" : "",
                      cell->id + head + skip);
    const char *made = iso_arena_string(report->arena, id.data, id.size);
    iso_buffer_free(&id);
    return made;
}

bool iso_report_narrow(struct iso_report *report, const char *policy)
{
    size_t at = iso_report_policy_find(report, policy), kept = 0;
    bool several = report->npolicies > 1;
    if (at == report->npolicies)
        return false;
    for (size_t i = 0; i < report->ncells; i++)
        if (report->cell[i].policy && strcmp(report->cell[i].policy, policy) == 0) {
            report->cell[kept] = report->cell[i];
            if (several)
                report->cell[kept].id = renamed(report, &report->cell[kept], false);
            kept++;
        }
    report->ncells = kept;
    report->policy += at;
    report->npolicies = 1;
    report->ncoverage = 0; /* of all policies together */
    return true;
}

void iso_report_qualify(struct iso_report *report)
{
    for (size_t i = 0; i < report->ncells && report->npolicies == 1; i++)
        if (report->cell[i].policy)
            report->cell[i].id = renamed(report, &report->cell[i], true);
}

/* ---- of a run ---- */

/* Verdicts, rules and keys of a result, from its JSON. */
static void read_result(struct iso_report_reader *r, struct iso_report_cell *out, json_t *results,
                        const struct iso_run_result *result)
{
    struct iso_buffer text = {0};
    json_error_t error;
    iso_buffer_format(&text, "{%.*s}", (int)(result->size - 2),
                      result->body + 2); /* without ", " before the first key */
    json_t *json = json_loadb(text.data, text.size, 0, &error);
    r->text = text.data;
    r->size = text.size;
    if (!json) {
        iso_diags_add(r->diags, false, r->path, 0, 0, "the result of a cell is not JSON: %s", error.text);
        r->failed = true;
    } else {
        json_array_append_new(results, json);
        iso_report_judgement(r, out, json, "result");
        const char *proof = json_string_value(json_object_get(json, "proof"));
        out->observed = json_array_size(json_object_get(json_object_get(json, "outcomes"), "cell")) > 0 ||
                        json_integer_value(json_object_get(json_object_get(json, "observed"), "runs")) > 0;
        out->exact = out->observed && proof && strcmp(proof, "exhaustive") == 0;
    }
    iso_buffer_free(&text);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct iso_report_scenario *)a)->name, ((const struct iso_report_scenario *)b)->name);
}

static void take_head(struct iso_report *report, const struct iso_run *run)
{
    const struct iso_machine *machine = &run->machine->machine;
    struct iso_report_policy *policy = iso_arena_alloc(report->arena, (run->npolicies + 1) * sizeof *policy);
    report->machine = machine->name;
    report->machine_sha256 = run->machine->sha256;
    report->reference = machine->tiers[machine->reference].name;
    report->seed = run->seed;
    report->seeds = run->seeds;
    report->exhaustive = run->engines & ISO_ENGINE_EXHAUSTIVE;
    report->timed = run->engines & ISO_ENGINE_TIMED;
    report->version = ISOTIER_VERSION;
    report->policy = policy;
    for (size_t i = 0; i < run->npolicies; i++)
        policy[report->npolicies++] = (struct iso_report_policy){run->policy[i]->policy.name, run->policy[i]->sha256};
    report->tier = iso_arena_alloc(report->arena, (machine->ntiers + 1) * sizeof report->tier[0]);
    for (size_t t = 0; t < machine->ntiers; t++)
        report->tier[report->ntiers++] = machine->tiers[t].name;
    report->scenario = iso_arena_alloc(report->arena, (run->nscenarios + 1) * sizeof report->scenario[0]);
    for (size_t i = 0; i < run->nscenarios; i++)
        report->scenario[report->nscenarios++] =
            (struct iso_report_scenario){run->scenario[i].id, run->scenario[i].sha256};
    qsort(report->scenario, report->nscenarios, sizeof report->scenario[0], by_name);
}

static void take_vm(struct iso_report *report, const struct iso_run *run)
{
    struct iso_buffer text = {0};
    iso_run_vm_names(&text, run);
    if (run->npolicies)
        report->vm = iso_arena_string(report->arena, text.data, text.size);
    iso_buffer_free(&text);
}

/* "x (base)" of each scenario and sequence, made once. */
static const char *migration_of(struct iso_report *report, const struct iso_run *run, const struct iso_cell *cell)
{
    struct iso_buffer text = {0};
    const char *made = NULL;
    iso_run_migration_name(&text, run, &run->scenario[cell->scenario], cell->sequence);
    if (text.size)
        made = iso_arena_string(report->arena, text.data, text.size);
    iso_buffer_free(&text);
    return made;
}

static const json_t *subjects_of(json_t *lists, const struct iso_scenario *scenario)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < scenario->test->nsubjects; i++)
        json_array_append_new(list, json_string(scenario->test->subject[i]));
    json_array_append_new(lists, list);
    return list;
}

int iso_report_of_run(struct iso_report **out, struct iso_diags *diags, const struct iso_run *run,
                      const struct iso_run_results *results)
{
    struct iso_report_reader r = {.diags = diags, .path = "report", .report = iso_allocate(sizeof *r.report)};
    struct iso_report *report = r.report;
    struct iso_report_cell *kind = iso_allocate((results->count + 1) * sizeof *kind);
    const json_t *subject = NULL;
    json_t *kept = json_array();
    report->json = kept;
    report->arena = iso_arena_new();
    take_head(report, run);
    take_vm(report, run);
    for (size_t i = 0; i < results->count && !r.failed; i++)
        read_result(&r, &kind[i], kept, &results->result[i]);
    report->cell = iso_allocate((run->ncells + 1) * sizeof report->cell[0]);
    for (size_t i = 0; i < run->ncells && !r.failed; i++) {
        const struct iso_cell *cell = &run->cell[i], *before = i ? &run->cell[i - 1] : NULL;
        const struct iso_scenario *scenario = &run->scenario[cell->scenario];
        struct iso_report_cell *to = &report->cell[report->ncells++];
        bool same = before && before->scenario == cell->scenario;
        if (!same)
            subject = subjects_of(kept, scenario);
        *to = kind[results->of[i]];
        to->id = cell->id;
        to->scenario = scenario->id;
        to->subject = subject;
        to->tier = report->tier[cell->tier];
        to->attribute = cell->attribute_name;
        to->policy = cell->policy ? cell->policy->policy.name : NULL;
        to->mapping = cell->mapping ? cell->mapping->name : NULL;
        to->migration = same && before->sequence == cell->sequence ? to[-1].migration : migration_of(report, run, cell);
        to->index = i;
    }
    free(kind);
    if (r.failed) {
        iso_report_free(report);
        return -1;
    }
    *out = report;
    return 0;
}
