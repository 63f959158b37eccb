/* `isotier symptoms`: what the field saw and what isotier finds of it, by running every configuration that the symptom file names.
 * Not for: running one of them (symptom_run.c). */
#include "sim/cli.h"

#include "sim/file.h"
#include "sim/pool.h"
#include "sim/symptom.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
    const char *file, *format;
    uint64_t jobs;
    bool list;
};

/* One configuration of a chosen symptom, and what came of it. */
struct job {
    const struct iso_symptom *symptom;
    const struct iso_symptom_case *one;
    enum iso_symptom_end end;
    char *found; /* owned */
};

struct work {
    const struct iso_symptom_file *file;
    const char *data_folder;
    const struct iso_symptom **chosen;
    size_t nchosen;
    struct job *job;
    size_t njobs;
};

static void do_job(struct iso_buffer *out, size_t item, void *context)
{
    const struct work *w = context;
    struct iso_buffer found = {0};
    char end = (char)iso_symptom_case_run(&found, w->job[item].one, w->file->path, w->data_folder);
    iso_buffer_add_bytes(out, &end, 1);
    iso_buffer_add_bytes(out, found.data, found.size);
    iso_buffer_free(&found);
}

static void keep_job(size_t item, enum iso_pool_end end, int detail, const char *data, size_t size, void *context)
{
    struct work *w = context;
    struct iso_buffer text = {0};
    if (end == ISO_POOL_FINISHED && size) {
        w->job[item].end = (enum iso_symptom_end)data[0];
        iso_buffer_add_bytes(&text, data + 1, size - 1);
    } else {
        w->job[item].end = ISO_SYMPTOM_BROKEN;
        iso_buffer_format(&text, "the process that ran it ended by signal %d", detail);
    }
    w->job[item].found = iso_duplicate(iso_buffer_string(&text));
    iso_buffer_free(&text);
}

/* ---- choosing ---- */

static int choose(struct work *w, const struct iso_cli *cli, const struct iso_strings *ids)
{
    w->chosen = iso_allocate((w->file->count + 1) * sizeof *w->chosen);
    for (size_t k = 0; k < ids->count; k++) {
        size_t i = 0;
        while (i < w->file->count && strcmp(w->file->list[i].id, ids->list[k]) != 0)
            i++;
        if (i == w->file->count)
            return iso_cli_usage(cli, "there is no symptom \"%s\"; `isotier symptoms --list` lists them", ids->list[k]);
    }
    for (size_t i = 0; i < w->file->count; i++) {
        bool wanted = ids->count == 0;
        for (size_t k = 0; k < ids->count; k++)
            wanted |= strcmp(w->file->list[i].id, ids->list[k]) == 0;
        if (wanted)
            w->chosen[w->nchosen++] = &w->file->list[i];
    }
    size_t total = 0;
    for (size_t i = 0; i < w->nchosen; i++)
        total += w->chosen[i]->ncases;
    w->job = iso_allocate((total + 1) * sizeof *w->job);
    for (size_t i = 0; i < w->nchosen; i++)
        for (size_t k = 0; k < w->chosen[i]->ncases; k++)
            w->job[w->njobs++] = (struct job){.symptom = w->chosen[i], .one = &w->chosen[i]->list[k]};
    return ISO_EXIT_CLEAN;
}

/* ---- printing ---- */

static const char *const end_names[] = {"reproduced", "not reproduced", "failed"};

/* Worst end over the configurations of a symptom. */
static enum iso_symptom_end end_of(const struct work *w, const struct iso_symptom *symptom)
{
    enum iso_symptom_end worst = ISO_SYMPTOM_AS_EXPECTED;
    for (size_t i = 0; i < w->njobs; i++)
        if (w->job[i].symptom == symptom && w->job[i].end > worst)
            worst = w->job[i].end;
    return worst;
}

static const char *state_of(const struct work *w, const struct iso_symptom *symptom)
{
    return symptom->reason ? "not modelled" : end_names[end_of(w, symptom)];
}

static void print_text(struct iso_buffer *out, const struct work *w)
{
    size_t reproduced = 0, not_modelled = 0;
    for (size_t i = 0; i < w->nchosen; i++) {
        const struct iso_symptom *symptom = w->chosen[i];
        iso_buffer_format(out, "%-4s %-14s %s\n", symptom->id, state_of(w, symptom), symptom->title);
        iso_buffer_format(out, "     field    %s  [%s]\n", symptom->saw, symptom->cite);
        if (symptom->reason)
            iso_buffer_format(out, "     reason   %s\n", symptom->reason);
        if (symptom->left_out)
            iso_buffer_format(out, "     left out %s\n", symptom->left_out);
        for (size_t k = 0; k < w->njobs; k++) {
            const struct job *job = &w->job[k];
            if (job->symptom != symptom)
                continue;
            iso_buffer_format(out, "     %s    ", job->one->gone ? "gone " : "shows");
            iso_symptom_case_name(out, job->one);
            iso_buffer_format(out, "\n              %s\n", job->found);
            if (job->end != ISO_SYMPTOM_AS_EXPECTED) {
                iso_buffer_add(out, "              EXPECTED ");
                iso_symptom_expect_text(out, &job->one->expect);
                iso_buffer_format(out, "  (%s:%u)\n", w->file->path, job->one->line);
            }
        }
        reproduced += !symptom->reason && end_of(w, symptom) == ISO_SYMPTOM_AS_EXPECTED;
        not_modelled += symptom->reason != NULL;
    }
    iso_buffer_format(out, "\n%zu symptom%s: %zu reproduced, %zu not reproduced, %zu not modelled\n", w->nchosen,
                      w->nchosen == 1 ? "" : "s", reproduced, w->nchosen - reproduced - not_modelled, not_modelled);
}

static void json_text(struct iso_buffer *out, bool *first, const char *key, const char *text)
{
    iso_buffer_json_key(out, first, key);
    iso_buffer_json_string(out, text);
}

static void json_job(struct iso_buffer *out, const struct job *job)
{
    struct iso_buffer name = {0}, expect = {0};
    bool first = true;
    iso_symptom_case_name(&name, job->one);
    iso_symptom_expect_text(&expect, &job->one->expect);
    iso_buffer_add(out, "{");
    iso_buffer_json_key(out, &first, "gone");
    iso_buffer_add(out, job->one->gone ? "true" : "false");
    json_text(out, &first, "configuration", name.data);
    json_text(out, &first, "found", job->found);
    json_text(out, &first, "expected", expect.data);
    iso_buffer_json_key(out, &first, "as_expected");
    iso_buffer_add(out, job->end == ISO_SYMPTOM_AS_EXPECTED ? "true}" : "false}");
    iso_buffer_free(&name);
    iso_buffer_free(&expect);
}

static void print_json(struct iso_buffer *out, const struct work *w)
{
    iso_buffer_add(out, "{\"symptoms\": [");
    for (size_t i = 0; i < w->nchosen; i++) {
        const struct iso_symptom *symptom = w->chosen[i];
        bool first = true, none = true;
        iso_buffer_add(out, i ? ",\n{" : "\n{");
        json_text(out, &first, "id", symptom->id);
        json_text(out, &first, "title", symptom->title);
        json_text(out, &first, "saw", symptom->saw);
        json_text(out, &first, "cite", symptom->cite);
        json_text(out, &first, "state", state_of(w, symptom));
        json_text(out, &first, "reason", symptom->reason);
        json_text(out, &first, "left_out", symptom->left_out);
        iso_buffer_json_key(out, &first, "configurations");
        iso_buffer_add(out, "[");
        for (size_t k = 0; k < w->njobs; k++)
            if (w->job[k].symptom == symptom) {
                iso_buffer_add(out, none ? "" : ", ");
                json_job(out, &w->job[k]);
                none = false;
            }
        iso_buffer_add(out, "]}");
    }
    iso_buffer_add(out, "\n]}\n");
}

static int run_chosen(const struct options *o, struct work *w, bool json)
{
    struct iso_buffer out = {0};
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct iso_pool pool = {.jobs = o->jobs     ? (unsigned)o->jobs
                                    : cores > 0 ? (unsigned)cores
                                                : 1u,
                            .context = w,
                            .work = do_job,
                            .done = keep_job};
    int status = ISO_EXIT_CLEAN;
    if (iso_pool_run(&pool, w->njobs) != 0) {
        fprintf(stderr, "isotier symptoms: no process could be started\n");
        return ISO_EXIT_ERROR;
    }
    for (size_t i = 0; i < w->njobs; i++)
        status |= w->job[i].end == ISO_SYMPTOM_AS_EXPECTED ? ISO_EXIT_CLEAN
                  : w->job[i].end == ISO_SYMPTOM_OTHERWISE ? ISO_EXIT_CHANGED
                                                           : ISO_EXIT_ERROR;
    if (!w->njobs)
        status = ISO_EXIT_VACUOUS;
    if (json)
        print_json(&out, w);
    else
        print_text(&out, w);
    fwrite(out.data, 1, out.size, stdout);
    iso_buffer_free(&out);
    return status;
}

static void print_list(const struct work *w)
{
    struct iso_buffer name = {0};
    for (size_t i = 0; i < w->nchosen; i++) {
        const struct iso_symptom *symptom = w->chosen[i];
        printf("%-4s %-12s %s\n", symptom->id, symptom->reason ? "not-modelled" : "modelled", symptom->title);
        for (size_t k = 0; k < symptom->ncases; k++) {
            iso_buffer_clear(&name);
            iso_symptom_case_name(&name, &symptom->list[k]);
            printf("     %s %s\n", symptom->list[k].gone ? "gone " : "shows", name.data);
        }
    }
    iso_buffer_free(&name);
}

static int run_symptoms(const struct iso_cli *cli, int argc, char **argv)
{
    struct options o = {.format = "text"};
    struct iso_strings ids = {0};
    struct iso_diags diags = {0};
    struct iso_symptom_file *file = NULL;
    struct iso_buffer path = {0};
    struct work w = {.data_folder = cli->data_folder};
    int parsed = iso_cli_options(&o, &ids, cli, argc, argv), status = parsed > 0 ? ISO_EXIT_USAGE : ISO_EXIT_CLEAN;
    bool json = strcmp(o.format, "json") == 0;

    if (parsed == 0 && !json && strcmp(o.format, "text") != 0) {
        status = iso_cli_usage(cli, "--format is \"%s\"; expected text or json", o.format);
    } else if (parsed == 0) {
        iso_buffer_format(&path, "%s/scenarios/symptoms.yaml", cli->data_folder);
        if (iso_symptoms_load(&file, &diags, o.file ? o.file : path.data) == 0) {
            w.file = file;
            status = choose(&w, cli, &ids);
            if (status == ISO_EXIT_CLEAN && o.list)
                print_list(&w);
            else if (status == ISO_EXIT_CLEAN)
                status = run_chosen(&o, &w, json);
        }
        status |= iso_cli_report(&diags);
    }
    for (size_t i = 0; i < w.njobs; i++)
        free(w.job[i].found);
    free(w.job);
    free(w.chosen);
    iso_symptoms_free(file);
    iso_buffer_free(&path);
    iso_strings_free(&ids);
    return status;
}

static const struct iso_option options[] = {
    {"file", ISO_OPTION_TEXT, offsetof(struct options, file), "FILE", "@file",
     "symptoms in this file (default: the bundled ones, scenarios/symptoms.yaml)"},
    {"format", ISO_OPTION_TEXT, offsetof(struct options, format), "FORMAT", "text json", "text (default) or json"},
    {"list", ISO_OPTION_FLAG, offsetof(struct options, list), NULL, NULL, "print the configurations, run nothing"},
    {"jobs", ISO_OPTION_COUNT, offsetof(struct options, jobs), "N", NULL, "processes (default: one a core)"},
};

const struct iso_verb iso_verb_symptoms = {
    .name = "symptoms",
    .operands = "[ID...]",
    .summary = "run what the field saw go wrong, and its fixes: is each found, and gone with the fix?",
    .examples = "isotier symptoms\nisotier symptoms S6 S12 --format json\nisotier symptoms --list",
    .notes = "Exit status 4: a symptom is not found where it was seen, or still there with the field's fix.",
    .options = options,
    .noptions = sizeof options / sizeof options[0],
    .run = run_symptoms,
};
