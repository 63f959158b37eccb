/* `isotier policy suggest`: refusals after which nothing leaks, as a policy that extends the one asked about.
 * How: for each kind of place that leaks (view, origin, VMA attribute, tags), the first refusal of a list from weak to strong that stops it: pages
 * do not move there; they do not with tags; it is not mapped with tags; not at all. Every step loads the policy and checks it; then each
 * refusal is left out once, to see that it leaks again. Not for: changes of attributes, of machines.
 * Not modelled: conditions on tiers, which no kernel can read; that no smaller set of other refusals would do is not proven. */
#include "sim/cli_policy.h"

#include "sim/file.h"

#include <paths.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REFUSALS_MAX = 64 };

struct refusal {
    enum iso_policy_stage stage;
    enum iso_policy_errno error;
    const struct iso_mapping *mapping; /* its view, origin and VMA attribute are the condition */
    bool tagged;                       /* only with tags */
    struct iso_buffer why;
};

struct suggestion {
    struct iso_policy_job *job;
    const struct iso_policy *base;
    char folder[256];
    struct iso_buffer name, path, text;
    struct refusal refusal[REFUSALS_MAX];
    size_t count;
    struct iso_policy_check check; /* of the text */
    struct iso_policy_file *file;
    uint32_t checks;
};

static void add_condition(struct iso_buffer *out, const struct refusal *r)
{
    bool guest = r->mapping->view == ISO_MAPPING_GUEST;
    iso_buffer_format(out, "{vm: %s, origin: \"%s\"", guest ? "yes" : "no",
                      iso_policy_input_at(ISO_POLICY_ORIGIN)->values[r->mapping->origin]);
    if (r->mapping->origin == ISO_POLICY_ORIGIN_PFN_ONLY)
        iso_buffer_format(out, ", vma_attr: %s", iso_policy_attr_name(r->mapping->vma_attr));
    if (r->tagged)
        iso_buffer_add(out, r->stage == ISO_POLICY_STAGE_MIGRATE ? ", page.tagged: yes"
                            : guest                              ? ", vm.mte: yes"
                                                                 : ", vma.MTE: yes");
    iso_buffer_add(out, "}");
}

/* The overlay, without refusal `without` (count: with all). */
static void write_text(struct suggestion *s, size_t without)
{
    iso_buffer_clear(&s->text);
    iso_buffer_format(&s->text, "policy: %s\ntitle: \"%s, with refusals that keep the tiers of %s apart\"\n",
                      s->name.data, s->base->name, s->job->machine->machine.name);
    iso_buffer_format(&s->text,
                      "cite: \"isotier policy suggest %s --machine %s\"\nextends: %s\nproposal: yes\nstages:\n",
                      s->base->name, s->job->machine->machine.name, s->base->name);
    for (unsigned stage = 0; stage < ISO_POLICY_STAGE_COUNT; stage++) {
        bool any = false;
        for (size_t i = 0; i < s->count; i++) {
            const struct refusal *r = &s->refusal[i];
            if (i == without || (unsigned)r->stage != stage)
                continue;
            if (!any)
                iso_buffer_format(&s->text, "  %s:\n    before:\n", iso_policy_stage_name(r->stage));
            any = true;
            iso_buffer_format(&s->text, "      - {id: suggested-%zu, when: ", i + 1);
            add_condition(&s->text, r);
            iso_buffer_format(&s->text, ", then: {refuse: %s}, cite: \"%s\"}\n", iso_policy_errno_name(r->error),
                              iso_buffer_string(&r->why));
        }
    }
}

/* Loads and checks the overlay. False if the loader does not take it. */
static bool check_text(struct suggestion *s, size_t without)
{
    struct iso_diags diags = {0};
    bool good = false;
    iso_policy_check_free(&s->check);
    iso_policy_file_free(s->file);
    s->file = NULL;
    write_text(s, without);
    if (iso_file_write(&diags, s->path.data, s->text.data, s->text.size) == 0 &&
        iso_policy_load(&s->file, &diags, s->path.data, s->job->cli->data_folder) == 0)
        good = iso_survey_add(&s->check, &s->job->survey, &diags, s->file) == 0 &&
               iso_survey_compute(&s->job->survey, (unsigned)s->job->options->jobs, s->job->options->timeout_s,
                                  s->job->cli->verb->name) == 0;
    if (good)
        iso_policy_judge(&s->check, &s->job->survey);
    s->checks++;
    iso_diags_free(&diags);
    return good;
}

static bool same_kind(const struct iso_policy_place *a, const struct iso_policy_place *b)
{
    return a->mapping->view == b->mapping->view && a->mapping->origin == b->mapping->origin && a->tagged == b->tagged &&
           (a->mapping->origin != ISO_POLICY_ORIGIN_PFN_ONLY || a->mapping->vma_attr == b->mapping->vma_attr);
}

static bool still_leaks(const struct iso_policy_check *check, const struct iso_policy_place *kind)
{
    for (size_t i = 0; i < check->nleaks; i++)
        if (check->leak[i].counts && same_kind(&check->place[check->leak[i].place], kind))
            return true;
    return false;
}

/* Adds the weakest refusal that stops leaks of this kind. False if none does. */
static bool stop(struct suggestion *s, const struct iso_policy_leak *leak, const struct iso_policy_place *kind)
{
    bool guest = kind->mapping->view == ISO_MAPPING_GUEST;
    enum iso_policy_stage map = guest ? ISO_POLICY_STAGE_MEMSLOT : ISO_POLICY_STAGE_MMAP;
    const struct {
        enum iso_policy_stage stage;
        enum iso_policy_errno error;
        bool tagged;
    } list[] = {{ISO_POLICY_STAGE_MIGRATE, ISO_POLICY_EAGAIN, true},
                {map, ISO_POLICY_EINVAL, true},
                {ISO_POLICY_STAGE_MIGRATE, ISO_POLICY_EAGAIN, false},
                {map, ISO_POLICY_EINVAL, false}};
    const struct iso_policy_cell *cell = &s->job->check[0].cell[leak->cell];
    struct refusal *r = &s->refusal[s->count++];
    *r = (struct refusal){.mapping = kind->mapping};
    iso_buffer_format(&r->why, "%s of %s on %s, %s",
                      iso_divergence_name((enum iso_divergence)s->job->survey.summary[cell->computed].divergence),
                      kind->mapping->name, s->job->machine->machine.tiers[kind->tier].name,
                      s->job->survey.run.scenario[cell->scenario].id);
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        if (list[i].tagged && !kind->tagged)
            continue;
        r->stage = list[i].stage;
        r->error = list[i].error;
        r->tagged = list[i].tagged;
        if (check_text(s, s->count) && !still_leaks(&s->check, kind))
            return true;
    }
    iso_buffer_free(&r->why);
    s->count--;
    return false;
}

static void leave_out(struct suggestion *s, size_t i)
{
    iso_buffer_free(&s->refusal[i].why);
    memmove(&s->refusal[i], &s->refusal[i + 1], (s->count - i - 1) * sizeof s->refusal[0]);
    s->count--;
}

/* Kinds without tags first: what stops them may stop those with tags too. Leaves out what is not needed in the end. */
static bool search(struct suggestion *s)
{
    const struct iso_policy_check *base = &s->job->check[0];
    bool stopped = true;
    for (int tagged = 0; tagged < 2; tagged++)
        for (size_t i = 0; i < base->nleaks && s->count < REFUSALS_MAX; i++) {
            const struct iso_policy_place *kind = &base->place[base->leak[i].place];
            if (!base->leak[i].counts || kind->tagged != (tagged != 0) ||
                !still_leaks(s->count ? &s->check : base, kind))
                continue;
            if (!stop(s, &base->leak[i], kind)) {
                stopped = false;
                if (s->count)
                    check_text(s, s->count);
            }
        }
    for (size_t i = s->count; i-- > 0 && stopped && s->count > 1;)
        if (check_text(s, i) && s->check.ncounting == 0)
            leave_out(s, i);
    return stopped && s->count && check_text(s, s->count) && s->check.ncounting == 0;
}

/* Each refusal left out once: does it leak again? */
static size_t count_needed(struct suggestion *s)
{
    size_t needed = 0;
    for (size_t i = 0; i < s->count; i++)
        needed += s->count == 1 || !check_text(s, i) || s->check.ncounting != 0;
    check_text(s, s->count);
    return needed;
}

static void json_refusal(struct iso_buffer *out, const struct refusal *r, size_t i)
{
    bool guest = r->mapping->view == ISO_MAPPING_GUEST;
    iso_buffer_format(
        out, "%s{\"rule\": \"suggested-%zu\", \"stage\": \"%s\", \"errno\": \"%s\", \"when\": {\"vm\": \"%s\", ",
        i ? ",\n   " : "\n   ", i + 1, iso_policy_stage_name(r->stage), iso_policy_errno_name(r->error),
        guest ? "yes" : "no");
    iso_buffer_format(out, "\"origin\": \"%s\"", iso_policy_input_at(ISO_POLICY_ORIGIN)->values[r->mapping->origin]);
    if (r->mapping->origin == ISO_POLICY_ORIGIN_PFN_ONLY)
        iso_buffer_format(out, ", \"vma_attr\": \"%s\"", iso_policy_attr_name(r->mapping->vma_attr));
    if (r->tagged)
        iso_buffer_format(out, ", \"%s\": \"yes\"",
                          r->stage == ISO_POLICY_STAGE_MIGRATE ? "page.tagged"
                          : guest                              ? "vm.mte"
                                                               : "vma.MTE");
    iso_buffer_add(out, "}, \"reason\": ");
    iso_buffer_json_string(out, iso_buffer_string(&r->why));
    iso_buffer_add(out, "}");
}

/* found: the refusals stop every leak; needed: that leak again when left out. */
static void json_suggestion(struct suggestion *s, bool found, size_t needed)
{
    const struct iso_policy_check *base = &s->job->check[0];
    struct iso_buffer out = {0};
    iso_buffer_format(&out,
                      "{\"policy\": \"%s\", \"machine\": \"%s\", \"verdict\": \"%s\", \"leaks\": %zu, \"tried\": %u, ",
                      s->base->name, s->job->machine->machine.name, iso_policy_verdict_name(base->verdict),
                      base->ncounting, s->checks);
    if (found && base->ncounting)
        iso_buffer_format(&out, "\"suggested\": {\"policy\": \"%s\", \"verdict\": \"%s\", \"needed\": %zu}",
                          s->name.data, iso_policy_verdict_name(s->check.verdict), needed);
    else
        iso_buffer_add(&out, "\"suggested\": null");
    iso_buffer_add(&out, ", \"refusals\": [");
    for (size_t i = 0; i < s->count && found; i++)
        json_refusal(&out, &s->refusal[i], i);
    iso_buffer_add(&out, "], \"text\": ");
    iso_buffer_json_string(&out, found && base->ncounting ? s->text.data : NULL);
    iso_buffer_add(&out, "}\n");
    fwrite(out.data, 1, out.size, stdout);
    iso_buffer_free(&out);
}

static void text_suggestion(struct suggestion *s, bool found, size_t needed)
{
    const struct iso_policy_check *base = &s->job->check[0];
    const char *machine = s->job->machine->machine.name;
    if (!base->ncounting)
        printf("# %s is %s on machine %s: nothing to refuse\n", s->base->name, iso_policy_verdict_name(base->verdict),
               machine);
    else if (!found)
        printf("# no set of such refusals stops every leak of %s on machine %s; tried %u policies\n", s->base->name,
               machine, s->checks);
    else
        printf("# %s on machine %s: %zu leaks; with the refusals below: %s. %zu of %zu refusals leak again when left "
               "out.\n%s",
               s->base->name, machine, base->ncounting, iso_policy_verdict_name(s->check.verdict), needed, s->count,
               s->text.data);
}

static int print_suggestion(struct suggestion *s)
{
    const struct iso_policy_check *base = &s->job->check[0];
    bool found = !base->ncounting || search(s);
    size_t needed = found && base->ncounting ? count_needed(s) : 0;
    if (s->job->json)
        json_suggestion(s, found, needed);
    else
        text_suggestion(s, found, needed);
    return !base->ncounting ? iso_policy_verdict_status(base)
           : found          ? iso_policy_verdict_status(&s->check)
                            : (int)ISO_EXIT_DIVERGES;
}

int iso_policy_do_suggest(const struct iso_cli *cli, const struct iso_policy_options *options,
                          const struct iso_strings *operands)
{
    struct iso_policy_job job = {.cli = cli, .options = options};
    struct iso_strings usual = {0};
    struct suggestion *s = iso_allocate(sizeof *s);
    int status;
    iso_strings_add(&usual, operands->count ? operands->list[0] : "linux-7.x");
    if (operands->count > 1)
        status = iso_cli_usage(cli, "suggest: expected one policy");
    else if ((status = iso_policy_job_open(&job, &usual)) == 0 && (status = iso_policy_job_run(&job)) == 0) {
        s->job = &job;
        s->base = &job.file[0]->policy;
        iso_buffer_format(&s->name, "%s-guarded", s->base->name);
        const char *temporary = getenv("TMPDIR");
        snprintf(s->folder, sizeof s->folder, "%s/isotier-suggest-XXXXXX",
                 temporary && *temporary ? temporary : _PATH_TMP);
        if (!mkdtemp(s->folder)) {
            status = ISO_EXIT_ERROR;
            fprintf(stderr, "isotier policy: no temporary folder can be made\n");
        } else {
            iso_buffer_format(&s->path, "%s/%s.yaml", s->folder, s->name.data);
            status = print_suggestion(s);
            remove(s->path.data);
            rmdir(s->folder);
        }
    }
    for (size_t i = 0; i < s->count; i++)
        iso_buffer_free(&s->refusal[i].why);
    iso_policy_check_free(&s->check);
    iso_policy_file_free(s->file);
    iso_buffer_free(&s->name);
    iso_buffer_free(&s->path);
    iso_buffer_free(&s->text);
    free(s);
    iso_strings_free(&usual);
    iso_policy_job_close(&job);
    return status;
}
