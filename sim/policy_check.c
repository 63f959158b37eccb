/* Cells of policy checks: planned by the runner, equal ones computed once for all policies. Declared in policy_check.h.
 * Not for: what they amount to (policy_check_judge.c). */
#include "sim/policy_check.h"

#include "sim/run_plan.h"

#include <stdlib.h>
#include <string.h>

static void add_places(struct iso_policy_check *check, const struct iso_survey *survey)
{
    const struct iso_machine *machine = &survey->run.machine->machine;
    struct iso_policy_question question;
    check->place = iso_allocate((survey->nmappings * machine->ntiers * 2 + 1) * sizeof check->place[0]);
    for (size_t m = 0; m < survey->nmappings; m++)
        for (size_t t = 0; t < machine->ntiers; t++)
            for (int tagged = 0; tagged < (survey->no_tags ? 1 : 2); tagged++) {
                if (!iso_mapping_fits(survey->mapping[m], machine->tiers[t].kind) ||
                    !iso_run_wants(&survey->tiers, machine->tiers[t].name))
                    continue;
                struct iso_policy_place *place = &check->place[check->nplaces];
                *place = (struct iso_policy_place){.mapping = survey->mapping[m], .tier = t, .tagged = tagged != 0};
                iso_policy_ask(&question, &check->file->policy, place->mapping, machine, t, &survey->vm, place->tagged);
                iso_policy_decide(&place->decision, &check->file->policy, &question, &machine->features);
                check->nplaces += place->decision.end != ISO_POLICY_UNMAPPED;
            }
}

static uint32_t place_of(const struct iso_policy_check *check, const struct iso_cell *cell, bool tagged)
{
    uint32_t i = 0;
    while (i < check->nplaces && !(check->place[i].mapping == cell->mapping && check->place[i].tier == cell->tier &&
                                   check->place[i].tagged == tagged))
        i++;
    return i;
}

/* The computed cell that an equal cell has, added if there is none. */
static uint32_t computed_of(struct iso_survey *survey, size_t *capacity, const struct iso_cell *cell)
{
    struct iso_run *run = &survey->run;
    uint32_t **list = &survey->of_scenario[cell->scenario], *count = &survey->nof_scenario[cell->scenario];
    for (uint32_t i = 0; i < *count; i++)
        if (iso_cell_same(&run->cell[(*list)[i]], cell))
            return (*list)[i];
    if (run->ncells == *capacity) {
        *capacity = *capacity * 2 + 256;
        run->cell = iso_reallocate(run->cell, *capacity * sizeof run->cell[0]);
    }
    if ((*count & (*count + 1)) == 0)
        *list = iso_reallocate(*list, (2 * (size_t)*count + 1) * sizeof **list);
    run->cell[run->ncells] = *cell;
    (*list)[(*count)++] = (uint32_t)run->ncells;
    return (uint32_t)run->ncells++;
}

int iso_survey_add(struct iso_policy_check *out, struct iso_survey *survey, struct iso_diags *diags,
                   const struct iso_policy_file *file)
{
    struct iso_run plan;
    struct iso_policy_plan with = {.policy = &file,
                                   .npolicies = 1,
                                   .mapping = survey->mapping,
                                   .nmappings = survey->nmappings,
                                   .vm = survey->vm,
                                   .triggers = survey->triggers};
    size_t capacity = survey->run.ncells;
    *out = (struct iso_policy_check){.file = file};
    if (!survey->of_scenario) {
        survey->of_scenario = iso_allocate((survey->run.nscenarios + 1) * sizeof survey->of_scenario[0]);
        survey->nof_scenario = iso_allocate((survey->run.nscenarios + 1) * sizeof survey->nof_scenario[0]);
    }
    if (!survey->run.arena)
        survey->run.arena = iso_arena_new();
    plan = survey->run;
    plan.cell = NULL;
    plan.ncells = 0;
    if (iso_run_plan_policies(&plan, diags, &survey->tiers, &with) != 0) {
        free(plan.cell);
        return -1;
    }
    add_places(out, survey);
    out->cell = iso_allocate((plan.ncells + 1) * sizeof out->cell[0]);
    for (size_t i = 0; i < plan.ncells; i++) {
        const struct iso_cell *cell = &plan.cell[i];
        bool tagged = plan.scenario[cell->scenario].tagged;
        if ((tagged && survey->no_tags) || (survey->no_errors && plan.scenario[cell->scenario].test->ninjects))
            continue;
        struct iso_policy_cell *to = &out->cell[out->ncells++];
        *to = (struct iso_policy_cell){.scenario = (uint32_t)cell->scenario,
                                       .place = place_of(out, cell, tagged),
                                       .end = cell->end,
                                       .stage = cell->stage,
                                       .error = cell->error};
        memcpy(to->unknown, cell->unknown, sizeof to->unknown);
        if (cell->end == ISO_POLICY_MAPPED)
            to->computed = computed_of(survey, &capacity, cell);
    }
    free(plan.cell);
    return 0;
}

int iso_survey_compute(struct iso_survey *survey, unsigned jobs, uint64_t timeout_s, const char *verb)
{
    struct iso_run run = survey->run; /* the new cells, those of a scenario together */
    struct iso_run_results results = {0};
    size_t todo = survey->run.ncells - survey->ncomputed, *index = iso_allocate((todo + 1) * sizeof *index);
    int status = 0;
    run.cell = iso_allocate((todo + 1) * sizeof run.cell[0]);
    run.ncells = 0;
    for (size_t s = 0; s < run.nscenarios; s++)
        for (uint32_t i = 0; survey->of_scenario && i < survey->nof_scenario[s]; i++)
            if (survey->of_scenario[s][i] >= survey->ncomputed) {
                index[run.ncells] = survey->of_scenario[s][i];
                run.cell[run.ncells++] = survey->run.cell[survey->of_scenario[s][i]];
            }
    survey->summary = iso_reallocate(survey->summary, (survey->run.ncells + 1) * sizeof survey->summary[0]);
    survey->json = iso_reallocate(survey->json, (survey->run.ncells + 1) * sizeof survey->json[0]);
    for (size_t i = survey->ncomputed; i < survey->run.ncells; i++)
        survey->json[i] = NULL;
    if (run.ncells) {
        status = iso_run_spread(&results, &run, jobs, timeout_s, verb);
        if (status == 0)
            iso_run_results_warn(&results, &run);
        for (size_t i = 0; i < run.ncells && status == 0; i++) {
            const struct iso_run_result *result = &results.result[results.of[i]];
            struct iso_buffer json = {0};
            survey->summary[index[i]] = result->summary;
            survey->summary[index[i]].cell = (uint32_t)index[i];
            iso_cell_json(&json, &run, i, result->body, result->size);
            survey->json[index[i]] = json.data;
        }
        iso_run_results_free(&results);
    }
    if (status == 0)
        survey->ncomputed = survey->run.ncells;
    free(run.cell);
    free(index);
    return status;
}

void iso_policy_check_free(struct iso_policy_check *check)
{
    free(check->place);
    free(check->cell);
    free(check->leak);
    iso_buffer_free(&check->unknown);
    *check = (struct iso_policy_check){0};
}

void iso_survey_free(struct iso_survey *survey)
{
    for (size_t i = 0; i < survey->ncomputed; i++)
        free(survey->json[i]);
    for (size_t s = 0; survey->of_scenario && s < survey->run.nscenarios; s++)
        free(survey->of_scenario[s]);
    free(survey->json);
    free(survey->summary);
    free(survey->of_scenario);
    free(survey->nof_scenario);
    iso_strings_free(&survey->tiers);
    iso_run_free(&survey->run);
}
