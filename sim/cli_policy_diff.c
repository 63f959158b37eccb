/* `isotier policy diff A B`: what a program gets under B that it did not under A, place by place: newly refused, newly allowed, new leaks and
 * leaks that go; and what typical work costs under both. Not for: reports of runs (`isotier gate`). */
#include "sim/cli_policy.h"

#include "sim/cost_table.h"
#include "sim/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COST_SEEDS = 5 };

enum change { STARTS_LEAKING, ALLOWED, UNDECIDED, REFUSED, STOPS_LEAKING, OTHER, UNCHANGED };
static const char *const change_names[] = {"starts diverging", "newly allowed", "newly undecided", "newly refused",
                                           "stops diverging",  "changes",       "unchanged"};

/* What one policy gives a scenario at a place. */
struct answer {
    enum iso_verdict verdict;
    enum iso_divergence divergence;
    const char *attribute; /* "none" where there is none */
    const struct iso_policy_cell *cell;
};

/* Scenarios that change in the same way at the same place. */
struct row {
    enum change change;
    struct answer before, after; /* of the first */
    const struct iso_policy_place *place_before, *place_after;
    uint32_t scenario, scenarios;
};

struct table {
    struct row *row;
    size_t count, capacity;
    size_t compared; /* cells that both have */
};

static struct answer answer_of(const struct iso_policy_cell *cell, const struct iso_survey *survey)
{
    struct answer a = {
        .verdict = ISO_VERDICT_REFUSED, .divergence = ISO_DIVERGENCE_NONE, .attribute = "none", .cell = cell};
    if (cell->end == ISO_POLICY_MAPPED) {
        a.verdict = (enum iso_verdict)survey->summary[cell->computed].verdict;
        a.divergence = (enum iso_divergence)survey->summary[cell->computed].divergence;
        a.attribute = survey->run.cell[cell->computed].attribute_name;
    } else if (cell->end != ISO_POLICY_REFUSED) {
        a.verdict = ISO_VERDICT_UNKNOWN;
    }
    return a;
}

static enum change change_of(const struct answer *a, const struct answer *b)
{
    if (a->verdict == b->verdict && a->divergence == b->divergence)
        return strcmp(a->attribute, b->attribute) == 0 ? UNCHANGED : OTHER;
    if (b->verdict == ISO_VERDICT_DIVERGES)
        return STARTS_LEAKING;
    if (b->verdict == ISO_VERDICT_UNKNOWN || b->verdict == ISO_VERDICT_BOUNDED)
        return UNDECIDED;
    if (b->verdict == ISO_VERDICT_REFUSED)
        return REFUSED;
    if (a->verdict == ISO_VERDICT_REFUSED)
        return ALLOWED;
    return a->verdict == ISO_VERDICT_DIVERGES ? STOPS_LEAKING : OTHER;
}

static void add(struct table *t, const struct row *row)
{
    for (size_t i = 0; i < t->count; i++) {
        struct row *r = &t->row[i];
        if (r->change == row->change && r->place_after->mapping == row->place_after->mapping &&
            r->place_after->tier == row->place_after->tier && r->before.verdict == row->before.verdict &&
            r->after.verdict == row->after.verdict && r->after.divergence == row->after.divergence &&
            r->before.divergence == row->before.divergence && strcmp(r->before.attribute, row->before.attribute) == 0 &&
            strcmp(r->after.attribute, row->after.attribute) == 0) {
            r->scenarios += r->scenario != row->scenario;
            return;
        }
    }
    if (t->count == t->capacity) {
        t->capacity = t->capacity * 2 + 64;
        t->row = iso_reallocate(t->row, t->capacity * sizeof t->row[0]);
    }
    t->row[t->count] = *row;
    t->row[t->count++].scenarios = 1;
}

static int by_change(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->change != y->change)
        return x->change < y->change ? -1 : 1;
    if (x->after.divergence != y->after.divergence)
        return x->after.divergence < y->after.divergence ? -1 : 1;
    if (x->before.divergence != y->before.divergence)
        return x->before.divergence < y->before.divergence ? -1 : 1;
    if (x->place_after->tier != y->place_after->tier)
        return x->place_after->tier < y->place_after->tier ? -1 : 1;
    int order = strcmp(x->place_after->mapping->name, y->place_after->mapping->name);
    return order ? order : x->scenario < y->scenario ? -1 : x->scenario > y->scenario;
}

/* Cells of both checks, by scenario, mapping and tier. One with several final attributes is compared as its first. */
static void compare(struct table *t, const struct iso_policy_check *a, const struct iso_policy_check *b,
                    const struct iso_survey *survey)
{
    size_t from = 0;
    for (size_t i = 0; i < b->ncells; i++) {
        const struct iso_policy_place *place = &b->place[b->cell[i].place];
        while (from < a->ncells && a->cell[from].scenario < b->cell[i].scenario)
            from++;
        for (size_t k = from; k < a->ncells && a->cell[k].scenario == b->cell[i].scenario; k++) {
            const struct iso_policy_place *other = &a->place[a->cell[k].place];
            if (other->mapping != place->mapping || other->tier != place->tier)
                continue;
            struct row row = {.before = answer_of(&a->cell[k], survey),
                              .after = answer_of(&b->cell[i], survey),
                              .place_before = other,
                              .place_after = place,
                              .scenario = b->cell[i].scenario};
            t->compared++;
            row.change = change_of(&row.before, &row.after);
            if (row.change != UNCHANGED)
                add(t, &row);
            break;
        }
    }
    if (t->count)
        qsort(t->row, t->count, sizeof t->row[0], by_change);
}

static void add_answer(struct iso_buffer *out, const struct answer *a, const struct iso_policy_place *place)
{
    const struct iso_policy_rule *rule = iso_policy_place_rule(place);
    iso_buffer_add(out, iso_verdict_name(a->verdict));
    if (a->divergence != ISO_DIVERGENCE_NONE)
        iso_buffer_format(out, " %s", iso_divergence_name(a->divergence));
    if (a->cell->end == ISO_POLICY_MAPPED)
        iso_buffer_format(out, " as %s", a->attribute);
    if (a->cell->end == ISO_POLICY_REFUSED)
        iso_buffer_format(out, " at %s -%s", iso_policy_stage_report_name(a->cell->stage),
                          iso_policy_errno_name(a->cell->error));
    if (rule && a->cell->stage != ISO_POLICY_STAGE_MIGRATE)
        iso_buffer_format(out, " by %s", rule->id);
}

static void text_row(struct iso_buffer *out, const struct iso_policy_job *job, const struct row *r)
{
    iso_buffer_format(out, "  %-16s on %-10s %4u scenario%s  ", r->place_after->mapping->name,
                      job->machine->machine.tiers[r->place_after->tier].name, r->scenarios,
                      r->scenarios == 1 ? " " : "s");
    add_answer(out, &r->before, r->place_before);
    iso_buffer_add(out, "  ->  ");
    add_answer(out, &r->after, r->place_after);
    iso_buffer_format(out, "   (%s)\n", job->survey.run.scenario[r->scenario].id);
}

static void json_row(struct iso_buffer *out, const struct iso_policy_job *job, const struct row *r, bool first)
{
    struct iso_buffer before = {0}, after = {0};
    add_answer(&before, &r->before, r->place_before);
    add_answer(&after, &r->after, r->place_after);
    iso_buffer_format(out, "%s{\"change\": \"%s\", \"mapping\": \"%s\", \"tier\": ", first ? "\n   " : ",\n   ",
                      change_names[r->change], r->place_after->mapping->name);
    iso_buffer_json_string(out, job->machine->machine.tiers[r->place_after->tier].name);
    iso_buffer_format(out, ", \"scenarios\": %u, \"scenario\": ", r->scenarios);
    iso_buffer_json_string(out, job->survey.run.scenario[r->scenario].id);
    iso_buffer_add(out, ", \"before\": ");
    iso_buffer_json_string(out, before.data);
    iso_buffer_add(out, ", \"after\": ");
    iso_buffer_json_string(out, after.data);
    iso_buffer_add(out, "}");
    iso_buffer_free(&before);
    iso_buffer_free(&after);
}

/* What typical work costs under both (workloads/), as `isotier cost --compare` says. False if it cannot be measured: no workloads, no timed engine. */
static bool add_cost(struct iso_buffer *out, const struct iso_policy_job *job)
{
    struct iso_policy_plan plan = {.policy = (const struct iso_policy_file *const *)job->file,
                                   .npolicies = job->nfiles,
                                   .mapping = job->mapping,
                                   .nmappings = job->survey.nmappings,
                                   .vm = job->survey.vm};
    struct iso_run run = {
        .machine = job->machine, .engines = ISO_ENGINE_EXHAUSTIVE, .seed = 1, .sequence = iso_migration_find("base")};
    struct iso_strings folder = {0};
    struct iso_buffer path = {0};
    struct iso_diags diags = {0};
    struct iso_cost_cell *cell = NULL;
    struct iso_cost_table table;
    bool both = iso_engines_linked() == (ISO_ENGINE_EXHAUSTIVE | ISO_ENGINE_TIMED);
    iso_buffer_format(&path, "%s/workloads", job->cli->data_folder);
    iso_strings_add(&folder, iso_file_is_directory("workloads") ? "workloads" : path.data);
    bool good = both && iso_scenarios_read(&run.scenario, &run.nscenarios, &diags, &folder) == 0 &&
                iso_run_plan_policies(&run, &diags, &job->survey.tiers, &plan) == 0 && run.ncells != 0 &&
                iso_cost_measure_all(&cell, &run, (unsigned)job->options->jobs, COST_SEEDS, "policy") == 0;
    if (good) {
        iso_cost_table_make(&table, &run, cell, COST_SEEDS);
        if (job->json)
            iso_cost_table_json(out, &table);
        else
            iso_cost_table_compare(out, &table, job->file[0], job->file[1]);
        iso_cost_table_free(&table);
    }
    iso_diags_free(&diags);
    iso_strings_free(&folder);
    iso_buffer_free(&path);
    iso_run_free(&run);
    free(cell);
    return good;
}

static void print_table(struct iso_buffer *out, const struct iso_policy_job *job, const struct table *t)
{
    const struct iso_policy_check *check = job->check;
    if (job->json) {
        iso_buffer_format(out, "{\"machine\": \"%s\", \"before\": {\"policy\": \"%s\", \"verdict\": \"%s\"}, ",
                          job->machine->machine.name, job->file[0]->policy.name,
                          iso_policy_verdict_name(check[0].verdict));
        iso_buffer_format(out, "\"after\": {\"policy\": \"%s\", \"verdict\": \"%s\"}, \"changes\": [",
                          job->file[1]->policy.name, iso_policy_verdict_name(check[1].verdict));
        for (size_t i = 0; i < t->count; i++)
            json_row(out, job, &t->row[i], i == 0);
        iso_buffer_add(out, "], \"cost\": ");
        if (job->options->no_cost || !add_cost(out, job))
            iso_buffer_add(out, "null");
        iso_buffer_add(out, "}\n");
        return;
    }
    iso_buffer_format(out, "machine %s   %s %s (%zu leaks)  ->  %s %s (%zu leaks)\n", job->machine->machine.name,
                      job->file[0]->policy.name, iso_policy_verdict_name(check[0].verdict), check[0].ncounting,
                      job->file[1]->policy.name, iso_policy_verdict_name(check[1].verdict), check[1].ncounting);
    for (size_t i = 0; i < t->count; i++) {
        if (i == 0 || t->row[i - 1].change != t->row[i].change)
            iso_buffer_format(out, "%s\n", change_names[t->row[i].change]);
        text_row(out, job, &t->row[i]);
    }
    if (!t->count)
        iso_buffer_add(out, t->compared ? "nothing changes for a program\n"
                                        : "nothing was compared: no tier can back such a mapping\n");
    if (!job->options->no_cost) {
        iso_buffer_add(out, "\nwhat it costs\n");
        if (!add_cost(out, job))
            iso_buffer_add(
                out, "  not measured: it takes the timed engine, workloads/ and a mapping that a tier can back\n");
    }
}

int iso_policy_do_diff(const struct iso_cli *cli, const struct iso_policy_options *options,
                       const struct iso_strings *operands)
{
    struct iso_policy_job job = {.cli = cli, .options = options};
    struct table table = {0};
    struct iso_buffer out = {0};
    if (operands->count != 2)
        return iso_cli_usage(cli, "diff: expected two policies, before and after");
    int status = iso_policy_job_open(&job, operands);
    if (status == 0)
        status = iso_policy_job_run(&job);
    if (status == 0) {
        compare(&table, &job.check[0], &job.check[1], &job.survey);
        print_table(&out, &job, &table);
        fwrite(out.data, 1, out.size, stdout);
        status = table.compared ? ISO_EXIT_CLEAN : ISO_EXIT_VACUOUS;
        for (size_t i = 0; i < table.count; i++) {
            status |= table.row[i].change == STARTS_LEAKING ? ISO_EXIT_DIVERGES : ISO_EXIT_CHANGED;
            status |= table.row[i].change == UNDECIDED ? ISO_EXIT_INCONCLUSIVE : 0;
        }
    }
    free(table.row);
    iso_buffer_free(&out);
    iso_policy_job_close(&job);
    return status;
}
