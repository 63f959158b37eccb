/* `isotier policy needs`: which capabilities a tier must have so that the policy does not leak there: the sets of settings to change, none of which
 * can be left out. How: the smallest changes that remove each leak, proven smallest by explain.h, are united, leak by leak; no set that
 * contains another stays; then the policy is checked on the changed machine, whole and with each change taken back.
 * Not for: changes of attributes or of the CPU; a leak that one of these removes with fewer settings is counted, not searched further. */
#include "sim/cli_policy.h"

#include "sim/explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SETS_MAX = 64, CHANGES_MAX = 12 };

struct need {
    struct iso_change change[CHANGES_MAX];
    size_t count;
};

struct needs {
    struct iso_policy_job *job;
    size_t tier;
    struct need set[SETS_MAX];
    size_t count;
    bool cut; /* some search was cut */
    uint32_t judged;
};

static bool same_change(const struct iso_change *a, const struct iso_change *b)
{
    return a->tier == b->tier && a->hop == b->hop && a->key == b->key && a->to == b->to;
}

static bool has_change(const struct need *set, const struct iso_change *change)
{
    for (size_t i = 0; i < set->count; i++)
        if (same_change(&set->change[i], change))
            return true;
    return false;
}

static bool contains(const struct need *big, const struct need *small)
{
    for (size_t i = 0; i < small->count; i++)
        if (!has_change(big, &small->change[i]))
            return false;
    return true;
}

/* Both together. False if they want two values of one setting, or there is no room. */
static bool unite(struct need *out, const struct need *a, const struct iso_change_set *b)
{
    *out = *a;
    for (size_t i = 0; i < b->count; i++) {
        if (has_change(out, &b->change[i]))
            continue;
        for (size_t k = 0; k < out->count; k++)
            if (out->change[k].hop == b->change[i].hop && out->change[k].key == b->change[i].key)
                return false;
        if (out->count == CHANGES_MAX)
            return false;
        out->change[out->count++] = b->change[i];
    }
    return true;
}

/* Keeps the list an antichain. */
static void keep(struct needs *n, struct need *list, size_t *count, const struct need *set)
{
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++)
        if (contains(set, &list[i]))
            return;
    for (size_t i = 0; i < *count; i++)
        if (!contains(&list[i], set))
            list[kept++] = list[i];
    *count = kept;
    if (*count == SETS_MAX)
        n->cut = true;
    else
        list[(*count)++] = *set;
}

static bool of_tier_alone(const struct iso_change_set *set)
{
    bool alone = true;
    for (size_t i = 0; i < set->count; i++)
        alone &= !set->change[i].is_attribute && !set->change[i].is_cpu;
    return alone;
}

/* Unites what is needed so far with what removes one more leak. False if no smallest change that removes it is one of the tier's capabilities. */
static bool add_leak(struct needs *n, const struct iso_cell *cell, size_t computed)
{
    const struct iso_run *run = &n->job->survey.run;
    struct iso_machine *bound = iso_allocate(sizeof *bound);
    struct iso_minimal *minimal = iso_allocate(sizeof *minimal);
    struct need *list = iso_allocate(SETS_MAX * sizeof *list);
    struct iso_buffer values = {0};
    struct iso_diags ignored = {0};
    struct iso_judge judge;
    size_t count = 0;
    if (iso_judge_begin(&judge, &ignored, run, &run->scenario[cell->scenario], cell->sequence) == 0 &&
        iso_cell_bind(bound, &values, &ignored, &judge, computed) == 0) {
        iso_explain_minimal(minimal, &judge, bound, cell, ISO_MINIMAL_OF_MANY);
        n->judged += (uint32_t)minimal->judged;
        n->cut |= !minimal->proven || !minimal->all;
        for (size_t i = 0; i < n->count; i++)
            for (size_t k = 0; k < minimal->count; k++) {
                struct need both;
                if (of_tier_alone(&minimal->set[k]) && unite(&both, &n->set[i], &minimal->set[k]))
                    keep(n, list, &count, &both);
            }
        if (count) {
            memcpy(n->set, list, count * sizeof *list);
            n->count = count;
        }
    }
    iso_judge_end(&judge);
    iso_buffer_free(&values);
    iso_diags_free(&ignored);
    free(list);
    free(minimal);
    free(bound);
    return count != 0;
}

/* A leak that is left, in words or as JSON. */
static void add_left(struct iso_buffer *out, const struct iso_policy_check *check, const struct iso_survey *survey,
                     const struct iso_policy_leak *leak, bool json)
{
    const struct iso_policy_cell *cell = &check->cell[leak->cell];
    const char *kind = iso_divergence_name((enum iso_divergence)survey->summary[cell->computed].divergence);
    const char *mapping = check->place[leak->place].mapping->name, *scenario = survey->run.scenario[cell->scenario].id;
    if (json) {
        iso_buffer_format(out, "%s{\"class\": \"%s\", \"mapping\": \"%s\", \"scenario\": ", out->size ? ", " : "", kind,
                          mapping);
        iso_buffer_json_string(out, scenario);
        iso_buffer_add(out, "}");
    } else {
        iso_buffer_format(out, "\n      left: %s of %s, %s", kind, mapping, scenario);
    }
}

/* Leaks at the tier with the set's changes, without change `without` (count: with all); SIZE_MAX if it cannot be checked. left (may be NULL) gets
 * them. */
static size_t leaks_with(struct needs *n, const struct need *set, size_t without, struct iso_buffer *left)
{
    struct iso_policy_job *job = n->job;
    struct iso_machine_file *machine = iso_allocate(sizeof *machine);
    struct iso_survey survey = job->survey;
    struct iso_policy_check check = {0};
    struct iso_diags ignored = {0};
    size_t leaks = SIZE_MAX;
    *machine = *job->machine;
    for (size_t i = 0; i < set->count; i++)
        if (i != without)
            machine->machine.tiers[set->change[i].tier]
                .hops[set->change[i].hop]
                .capabilities.value[set->change[i].key] = set->change[i].to;
    survey.run.machine = machine;
    survey.run.cell = NULL;
    survey.run.arena = NULL;
    survey.run.ncells = survey.ncomputed = 0;
    survey.summary = NULL;
    survey.json = NULL;
    survey.of_scenario = NULL;
    survey.nof_scenario = NULL;
    survey.tiers = (struct iso_strings){0};
    iso_strings_add(&survey.tiers, machine->machine.tiers[n->tier].name);
    if (n->tier != machine->machine.reference)
        iso_strings_add(&survey.tiers, machine->machine.tiers[machine->machine.reference].name);
    if (iso_survey_add(&check, &survey, &ignored, job->file[0]) == 0 &&
        iso_survey_compute(&survey, (unsigned)job->options->jobs, job->options->timeout_s, job->cli->verb->name) == 0) {
        iso_policy_judge(&check, &survey);
        leaks = 0;
        for (size_t i = 0; i < check.nleaks; i++) {
            if (!check.leak[i].counts || check.place[check.leak[i].place].tier != n->tier)
                continue;
            leaks++;
            if (left)
                add_left(left, &check, &survey, &check.leak[i], n->job->json);
        }
    }
    iso_policy_check_free(&check);
    iso_diags_free(&ignored);
    survey.run.scenario = NULL; /* the job's */
    survey.run.nscenarios = 0;
    for (size_t s = 0; survey.of_scenario && s < job->survey.run.nscenarios; s++)
        free(survey.of_scenario[s]);
    survey.run.migrate = (struct iso_strings){0};
    free(survey.of_scenario);
    survey.of_scenario = NULL;
    iso_survey_free(&survey);
    free(machine);
    return leaks;
}

static void text_set(struct needs *n, const struct need *set, const struct iso_cell *cell, size_t needed, size_t left,
                     const struct iso_buffer *leaks)
{
    struct iso_buffer out = {0};
    for (size_t i = 0; i < set->count; i++) {
        iso_buffer_add(&out, i ? "; " : "  ");
        iso_change_text(&out, &n->job->machine->machine, cell, &set->change[i]);
    }
    printf("%s   ", out.data);
    if (left == 0)
        printf("(checked: no leak there; %zu of %zu needed)\n", needed, set->count);
    else if (left == SIZE_MAX)
        printf("(could not be checked)\n");
    else
        printf("(not enough: %zu leaks are left)%s\n", left, iso_buffer_string(leaks));
    iso_buffer_free(&out);
}

static void json_set(struct needs *n, const struct need *set, size_t needed, size_t left,
                     const struct iso_buffer *leaks, bool first)
{
    const struct iso_tier *tier = &n->job->machine->machine.tiers[n->tier];
    struct iso_buffer out = {0};
    iso_buffer_add(&out, first ? "\n    {\"changes\": [" : ",\n    {\"changes\": [");
    for (size_t i = 0; i < set->count; i++) {
        const struct iso_change *c = &set->change[i];
        iso_buffer_add(&out, i ? ", {\"key\": " : "{\"key\": ");
        iso_buffer_format(&out, "\"tiers.%s.%s\", \"hop\": ", tier->name, iso_capability_key(c->key)->name);
        iso_buffer_json_string(&out, tier->hops[c->hop].name);
        iso_buffer_format(&out, ", \"from\": \"%s\", \"to\": \"%s\"}", iso_capability_value_name(c->key, c->from),
                          iso_capability_value_name(c->key, c->to));
    }
    iso_buffer_format(&out, "], \"needed\": %zu, \"enough\": %s, \"left\": [%s]}", needed,
                      left == 0          ? "true"
                      : left == SIZE_MAX ? "null"
                                         : "false",
                      leaks->size ? leaks->data : "");
    fwrite(out.data, 1, out.size, stdout);
    iso_buffer_free(&out);
}

static void print_set(struct needs *n, const struct need *set, const struct iso_cell *cell, bool first)
{
    struct iso_buffer leaks = {0};
    size_t left = leaks_with(n, set, set->count, &leaks), needed = 0;
    for (size_t i = 0; i < set->count; i++)
        needed += set->count == 1 || leaks_with(n, set, i, NULL) != 0;
    if (n->job->json)
        json_set(n, set, needed, left, &leaks, first);
    else
        text_set(n, set, cell, needed, left, &leaks);
    iso_buffer_free(&leaks);
}

static void print_head(const struct needs *n, size_t leaks, size_t beyond, bool first)
{
    const char *tier = n->job->machine->machine.tiers[n->tier].name;
    if (n->job->json) {
        printf("%s{\"tier\": \"%s\", \"leaks\": %zu, \"not_of_the_tier\": %zu, \"judged\": %u, \"search_cut\": %s, "
               "\"sets\": [",
               first ? "\n  " : ",\n  ", tier, leaks, beyond, n->judged, n->cut ? "true" : "false");
        return;
    }
    printf("tier %s: %zu leaks; ", tier, leaks);
    if (beyond)
        printf("the smallest change that removes %zu of them is one of the attribute or the CPU, so that no "
               "capabilities were "
               "looked for; ",
               beyond);
    if (n->count && n->set[0].count)
        printf("any one of these removes the %s ", beyond ? "others" : "leaks");
    printf("(%u machines judged%s)\n", n->judged, n->cut ? ", search cut" : "");
}

static void print_tier(struct needs *n, size_t leaks, bool first)
{
    const struct iso_policy_check *check = &n->job->check[0];
    const struct iso_cell *cell = NULL;
    size_t beyond = 0;
    n->set[0] = (struct need){0};
    n->count = 1;
    n->cut = false;
    n->judged = 0;
    for (size_t i = 0; i < check->nleaks; i++) {
        const struct iso_policy_cell *of = &check->cell[check->leak[i].cell];
        bool again = false;
        if (!check->leak[i].counts || check->place[check->leak[i].place].tier != n->tier)
            continue;
        for (size_t k = 0; k < i; k++)
            again |= check->leak[k].counts && check->cell[check->leak[k].cell].computed == of->computed;
        cell = &n->job->survey.run.cell[of->computed];
        if (!again)
            beyond += !add_leak(n, cell, of->computed);
    }
    print_head(n, leaks, beyond, first);
    for (size_t i = 0; i < n->count && n->set[i].count; i++)
        print_set(n, &n->set[i], cell, i == 0);
    if (n->job->json)
        printf("]}");
}

static void print_needs(struct needs *n)
{
    const struct iso_policy_check *check = &n->job->check[0];
    const struct iso_machine *machine = &n->job->machine->machine;
    bool first = true;
    printf(n->job->json ? "{\"policy\": \"%s\", \"machine\": \"%s\", \"verdict\": \"%s\", \"leaks\": %zu, \"tiers\": ["
                        : "policy %s   machine %s: %s, %zu leaks\n",
           check->file->policy.name, machine->name, iso_policy_verdict_name(check->verdict), check->ncounting);
    for (n->tier = 0; n->tier < machine->ntiers; n->tier++) {
        size_t leaks = 0;
        for (size_t i = 0; i < check->nleaks; i++)
            leaks += check->leak[i].counts && check->place[check->leak[i].place].tier == n->tier;
        fflush(stdout);
        if (leaks) {
            print_tier(n, leaks, first);
            first = false;
        }
    }
    if (n->job->json)
        printf("]}\n");
}

int iso_policy_do_needs(const struct iso_cli *cli, const struct iso_policy_options *options,
                        const struct iso_strings *operands)
{
    struct iso_policy_job job = {.cli = cli, .options = options};
    struct needs *n = iso_allocate(sizeof *n);
    int status;
    if (operands->count != 1)
        status = iso_cli_usage(cli, "needs: expected one policy");
    else
        status = iso_policy_job_open(&job, operands);
    if (status == 0 && (status = iso_policy_job_run(&job)) == 0) {
        n->job = &job;
        print_needs(n);
        status = iso_policy_verdict_status(&job.check[0]);
    }
    free(n);
    iso_policy_job_close(&job);
    return status;
}
