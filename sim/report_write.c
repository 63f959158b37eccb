/* The report of a run as JSON: the same bytes for the same inputs and seed. Declared in matrix.h; its shape is
 * reports/schema/report.schema.json. No clock, host name, absolute path or number of workers goes in. */
#include "sim/matrix.h"

#include "sim/file.h"

#include <stdlib.h>
#include <string.h>

#ifndef ISOTIER_VERSION
#define ISOTIER_VERSION "0"
#endif

enum { FLUSH_BYTES = 1 << 20 };

static void write_counts(struct iso_buffer *out, const struct iso_run *run, const struct iso_run_results *results)
{
    uint32_t verdict[ISO_VERDICT_COUNT] = {0}, tier[ISO_VERDICT_COUNT] = {0}, divergence[ISO_DIVERGENCE_NONE] = {0};
    bool first = true;
    for (size_t i = 0; i < run->ncells; i++) {
        const struct iso_cell_summary *summary = iso_run_summary(results, i);
        verdict[summary->verdict]++;
        tier[summary->tier_verdict]++;
        if (summary->divergence < ISO_DIVERGENCE_NONE)
            divergence[summary->divergence]++;
    }
    iso_buffer_format(out, "\"cells\": %zu, \"verdicts\": {", run->ncells);
    for (unsigned v = 0; v < ISO_VERDICT_COUNT; v++)
        iso_buffer_format(out, "%s\"%s\": %u", v ? ", " : "", iso_verdict_name((enum iso_verdict)v), verdict[v]);
    iso_buffer_add(out, "}, \"tier_verdicts\": {");
    for (unsigned v = 0; v < ISO_VERDICT_COUNT; v++)
        iso_buffer_format(out, "%s\"%s\": %u", v ? ", " : "", iso_verdict_name((enum iso_verdict)v), tier[v]);
    iso_buffer_add(out, "}, \"classes\": {");
    for (unsigned d = 0; d < ISO_DIVERGENCE_NONE; d++)
        if (divergence[d]) {
            iso_buffer_format(out, "%s\"%s\": %u", first ? "" : ", ", iso_divergence_name((enum iso_divergence)d),
                              divergence[d]);
            first = false;
        }
    iso_buffer_add(out, "}");
}

static const char *subject_of(const struct iso_run *run, size_t cell)
{
    const struct iso_test *test = run->scenario[run->cell[cell].scenario].test;
    return test->nsubjects ? test->subject[0] : "-";
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Of the outcomes that the exhaustive engine allows, how many the timed engine showed, by subject. */
static void write_coverage(struct iso_buffer *out, const struct iso_run *run, const struct iso_run_results *results)
{
    const char **subjects = iso_allocate((run->ncells + 1) * sizeof *subjects);
    size_t count = 0;
    bool first = true;
    for (size_t i = 0; i < run->ncells; i++) {
        size_t k = 0;
        while (k < count && strcmp(subjects[k], subject_of(run, i)) != 0)
            k++;
        if (k == count)
            subjects[count++] = subject_of(run, i);
    }
    if (count)
        qsort(subjects, count, sizeof subjects[0], by_name);
    iso_buffer_add(out, ", \"coverage\": {");
    for (size_t k = 0; k < count; k++) {
        uint64_t allowed = 0, covered = 0;
        for (size_t i = 0; i < run->ncells; i++)
            if (strcmp(subject_of(run, i), subjects[k]) == 0) {
                allowed += iso_run_summary(results, i)->allowed;
                covered += iso_run_summary(results, i)->covered;
            }
        iso_buffer_add(out, first ? "" : ", ");
        first = false;
        iso_buffer_json_string(out, subjects[k]);
        iso_buffer_format(out, ": {\"observed\": %llu, \"allowed\": %llu}", (unsigned long long)covered,
                          (unsigned long long)allowed);
    }
    iso_buffer_add(out, "}");
    free(subjects);
}

static void write_policy(struct iso_buffer *out, const struct iso_policy_file *file)
{
    iso_buffer_add(out, "{\"name\": ");
    iso_buffer_json_string(out, file->policy.name);
    iso_buffer_format(out, ", \"sha256\": \"%s\"}", file->sha256);
}

/* One policy stands as "policy", as it always did; several as a list beside a null. */
static void write_policies(struct iso_buffer *out, const struct iso_run *run)
{
    iso_buffer_add(out, ",\n \"policy\": ");
    if (run->npolicies == 1)
        write_policy(out, run->policy[0]);
    else
        iso_buffer_add(out, "null");
    if (run->npolicies > 1)
        iso_buffer_add(out, ",\n \"policies\": [");
    for (size_t i = 0; i < run->npolicies && run->npolicies > 1; i++) {
        iso_buffer_add(out, i ? ",\n  " : "\n  ");
        write_policy(out, run->policy[i]);
    }
    if (run->npolicies > 1)
        iso_buffer_add(out, "]");
    if (!run->npolicies)
        return;
    iso_buffer_add(out, ",\n \"vm\": [");
    struct iso_buffer names = {0};
    iso_run_vm_names(&names, run);
    for (char *word = names.data, *end; *word; word = end) {
        end = word + strcspn(word, ",");
        iso_buffer_format(out, "%s\"%.*s\"", word == names.data ? "" : ", ", (int)(end - word), word);
        end += *end == ',';
    }
    iso_buffer_free(&names);
    iso_buffer_add(out, "]");
}

static void write_head(struct iso_buffer *out, const struct iso_run *run)
{
    const struct iso_machine *machine = &run->machine->machine;
    iso_buffer_format(
        out, "{\"schema\": 1,\n \"tool\": {\"name\": \"isotier\", \"version\": \"%s\"},\n \"machine\": {\"name\": ",
        ISOTIER_VERSION);
    iso_buffer_json_string(out, machine->name);
    iso_buffer_format(out, ", \"sha256\": \"%s\"}", run->machine->sha256);
    write_policies(out, run);
    iso_buffer_format(out, ",\n \"seed\": %llu,\n \"seeds\": %u,\n \"engines\": [", (unsigned long long)run->seed,
                      run->seeds);
    iso_buffer_add(out, run->engines & ISO_ENGINE_EXHAUSTIVE ? "\"exhaustive\"" : "");
    iso_buffer_add(out, run->engines == (ISO_ENGINE_EXHAUSTIVE | ISO_ENGINE_TIMED) ? ", " : "");
    iso_buffer_add(out, run->engines & ISO_ENGINE_TIMED ? "\"timed\"" : "");
    iso_buffer_add(out, "],\n \"reference\": ");
    iso_buffer_json_string(out, machine->tiers[machine->reference].name);
    iso_buffer_add(out, ",\n \"tiers\": [");
    for (size_t t = 0; t < machine->ntiers; t++) {
        iso_buffer_add(out, t ? ", " : "");
        iso_buffer_json_string(out, machine->tiers[t].name);
    }
    iso_buffer_add(out, "],\n \"scenarios\": {");
    for (size_t i = 0; i < run->nscenarios; i++) {
        iso_buffer_add(out, i ? ",\n  " : "\n  ");
        iso_buffer_json_string(out, run->scenario[i].id);
        iso_buffer_format(out, ": {\"sha256\": \"%s\"}", run->scenario[i].sha256);
    }
    iso_buffer_add(out, "},\n \"cells\": [");
}

int iso_report_write(struct iso_diags *diags, const char *path, const struct iso_run *run,
                     const struct iso_run_results *results)
{
    struct iso_file_writer writer;
    struct iso_buffer out = {0};
    iso_file_begin(&writer, path);
    write_head(&out, run);
    for (size_t i = 0; i < run->ncells; i++) {
        const struct iso_run_result *result = &results->result[results->of[i]];
        iso_buffer_add(&out, i ? ",\n  " : "\n  ");
        iso_cell_json(&out, run, i, result->body, result->size);
        if (out.size > FLUSH_BYTES) {
            iso_file_add(&writer, out.data, out.size);
            iso_buffer_clear(&out);
        }
    }
    iso_buffer_add(&out, "],\n \"summary\": {");
    write_counts(&out, run, results);
    write_coverage(&out, run, results);
    iso_buffer_format(&out, ", \"exit\": %d}}\n", iso_matrix_status(run, results));
    iso_file_add(&writer, out.data, out.size);
    iso_buffer_free(&out);
    return iso_file_end(&writer, diags);
}
