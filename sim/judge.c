/* Running the engines on a cell and its references, and comparing. Declared in run.h. Not for: unknown settings (run_cell.c).
 * Each distinct setup is run once: its key is the hash of all that can decide its outcome. */
#include "sim/run.h"

#include <stdlib.h>
#include <string.h>

const struct iso_migration *iso_migration_correct(const struct iso_migration *sequence)
{
    return iso_migration_reference(sequence);
}

int iso_judge_begin(struct iso_judge *judge, struct iso_diags *diags, const struct iso_run *run,
                    const struct iso_scenario *scenario, const struct iso_migration *sequence)
{
    int status;
    *judge = (struct iso_judge){.run = run, .scenario = scenario};
    status = iso_run_compose(&judge->composition, diags, run, scenario, sequence);
    if (status == 0 && judge->composition.test && sequence != iso_migration_reference(sequence))
        status = iso_run_compose(&judge->correct, diags, run, scenario, iso_migration_correct(sequence));
    return status;
}

void iso_judge_end(struct iso_judge *judge)
{
    for (size_t i = 0; i < judge->count; i++) {
        iso_outcome_set_free(&judge->evaluation[i]->exact);
        iso_outcome_set_free(&judge->evaluation[i]->seen);
        iso_buffer_free(&judge->evaluation[i]->error);
        free(judge->evaluation[i]);
    }
    free(judge->evaluation);
    iso_composition_free(&judge->composition);
    iso_composition_free(&judge->correct);
}

/* Everything of a setup that can change what the engines say of one scenario: settings, placement, attributes, routes of faults that can
 * arise, and which of the judge's compositions it is. */
static void key_of(char out[ISO_SHA256_TEXT_MAX], const struct iso_setup *setup, bool is_correct)
{
    const struct iso_machine *machine = setup->machine;
    struct iso_buffer bytes = {0};
    iso_buffer_add(&bytes, is_correct ? "correct;" : "");
    iso_buffer_add_bytes(&bytes, (const char *)machine->features.value, sizeof machine->features.value);
    for (size_t t = 0; t < machine->ntiers; t++) {
        bool used = false;
        for (uint32_t p = 0; p < setup->test->npages; p++)
            used |= setup->frame_tier[p] == t;
        for (size_t h = 0; used && h < machine->tiers[t].nhops; h++)
            iso_buffer_add_bytes(&bytes, (const char *)machine->tiers[t].hops[h].capabilities.value, ISO_CAP_COUNT);
    }
    for (uint32_t p = 0; p < setup->test->npages; p++)
        iso_buffer_format(&bytes, "%u,%zu,%d,%d;", setup->frame_tier[p],
                          iso_attribute_point_of(&setup->page_attribute[p]), setup->page_attribute[p].xs,
                          iso_class_is_device(setup->page_attribute[p].cls) && setup->page_attribute[p].stage1_device);
    struct iso_routing routing = setup->routing;
    uint32_t causes = iso_setup_fault_causes(setup);
    for (unsigned c = 0; c < ISO_ROUTE_CAUSE_COUNT; c++)
        if (!(causes >> c & 1))
            routing.to[0][c] = routing.to[1][c] = routing.to[2][c] = ISO_ROUTE_TO_DEFAULT;
    iso_buffer_add_bytes(&bytes, (const char *)routing.to, sizeof routing.to);
    for (uint32_t i = 0; i < setup->nerrors; i++)
        iso_buffer_format(&bytes, "!%d,%llx,%llu;", setup->error[i].condition,
                          (unsigned long long)setup->error[i].frames, (unsigned long long)setup->error[i].bytes);
    iso_sha256_text(out, bytes.data, bytes.size);
    iso_buffer_free(&bytes);
}

void iso_diag_reason(struct iso_buffer *out, const struct iso_diag *diag)
{
    if (diag->line)
        iso_buffer_format(out, "%u:%u: ", diag->line, diag->column);
    iso_buffer_add(out, diag->message);
}

void iso_cell_refused(struct iso_cell_summary *summary, struct iso_buffer *json, size_t cell,
                      const struct iso_diags *diags, const char *otherwise)
{
    struct iso_buffer reason = {0};
    if (diags->count)
        iso_diag_reason(&reason, &diags->list[0]);
    else
        iso_buffer_add(&reason, otherwise);
    iso_cell_failed(summary, json, cell, iso_buffer_string(&reason));
    iso_buffer_free(&reason);
}

static void keep_error(struct iso_evaluation *evaluation, struct iso_diags *diags)
{
    for (size_t i = 0; i < diags->count; i++)
        if (!diags->list[i].warning) {
            if (evaluation->error.size)
                iso_buffer_add(&evaluation->error, "; ");
            iso_diag_reason(&evaluation->error, &diags->list[i]);
            break;
        }
    if (!evaluation->error.size)
        iso_buffer_add(&evaluation->error, "the engine failed without a reason");
    iso_diags_free(diags);
    *diags = (struct iso_diags){0};
}

static const struct iso_evaluation *evaluate(struct iso_judge *judge, const struct iso_setup *setup)
{
    const struct iso_run *run = judge->run;
    struct iso_diags diags = {0};
    char key[ISO_SHA256_TEXT_MAX];

    key_of(key, setup, setup->test == judge->correct.test);
    for (size_t i = 0; i < judge->count; i++)
        if (strcmp(judge->evaluation[i]->key, key) == 0)
            return judge->evaluation[i];
    if (judge->count == judge->capacity) {
        judge->capacity = judge->capacity ? judge->capacity * 2 : 16;
        judge->evaluation = iso_reallocate(judge->evaluation, judge->capacity * sizeof judge->evaluation[0]);
    }
    struct iso_evaluation *e = judge->evaluation[judge->count++] = iso_allocate(sizeof *e);
    memcpy(e->key, key, sizeof key);
    iso_outcome_set_init(&e->exact);
    iso_outcome_set_init(&e->seen);
    if (run->engines & ISO_ENGINE_EXHAUSTIVE) {
        struct iso_explore_options options = {.loop_bound = run->loop_bound, .max_candidates = run->max_candidates};
        e->has_exact = iso_engine_exhaustive(&e->exact, &diags, setup, &options) == 0;
        if (!e->has_exact)
            keep_error(e, &diags);
        iso_outcome_set_sort(&e->exact);
    }
    if (run->engines & ISO_ENGINE_TIMED) {
        struct iso_platform_options options = {.first_seed = run->seed, .runs = run->seeds};
        e->has_seen = iso_engine_timed(&e->seen, &e->stats, &diags, setup, &options) == 0;
        if (!e->has_seen)
            keep_error(e, &diags);
        iso_outcome_set_sort(&e->seen);
    }
    iso_diags_free(&diags);
    return e;
}

const struct iso_outcome_set *iso_evaluation_set(const struct iso_evaluation *evaluation)
{
    return evaluation->has_exact ? &evaluation->exact : &evaluation->seen;
}

/* Observed outside the complete exact set: one of the engines is wrong. */
static void find_bugs(struct iso_strings *bugs, const struct iso_evaluation *e)
{
    if (!e->has_exact || !e->has_seen || e->exact.bounded)
        return;
    for (size_t i = 0; i < e->seen.count; i++) {
        bool known = iso_outcome_index(&e->exact, e->seen.list[i].text) < e->exact.count;
        for (size_t k = 0; k < bugs->count && !known; k++)
            known = strcmp(bugs->list[k], e->seen.list[i].text) == 0;
        if (!known)
            iso_strings_add(bugs, e->seen.list[i].text);
    }
}

/* want_exact: the exhaustive engine was asked. Where it could not answer, samples that show nothing new are no proof of anything. */
static void compare(struct iso_comparison *out, enum iso_verdict *verdict, enum iso_divergence *divergence,
                    const struct iso_test *test, const struct iso_test *expected,
                    const struct iso_evaluation *reference, const struct iso_evaluation *cell, bool want_exact)
{
    bool exact = reference->has_exact && cell->has_exact, seen = reference->has_seen && cell->has_seen;
    if (reference == cell && (exact || seen)) {
        *out = (struct iso_comparison){.divergence = ISO_DIVERGENCE_NONE};
        out->verdict = iso_evaluation_set(cell)->bounded ? ISO_VERDICT_BOUNDED : ISO_VERDICT_SAME;
    } else if (exact || seen) {
        iso_compare_composed(out, test, expected, exact ? &reference->exact : &reference->seen,
                             exact ? &cell->exact : &cell->seen, !exact);
    } else {
        *out = (struct iso_comparison){.verdict = ISO_VERDICT_BOUNDED, .divergence = ISO_DIVERGENCE_NONE};
    }
    if (want_exact && !exact && out->verdict == ISO_VERDICT_SAME)
        out->verdict = ISO_VERDICT_BOUNDED;
    *verdict = out->verdict;
    *divergence = out->divergence;
}

int iso_cell_setup(struct iso_setup *out, struct iso_diags *diags, const struct iso_scenario *scenario,
                   const struct iso_composition *composition, const struct iso_machine *machine,
                   const struct iso_cell *cell, size_t tier, const struct iso_attribute *attribute)
{
    struct iso_attribute ordinary = iso_scenario_ordinary(scenario);
    if (iso_scenario_setup(out, diags, scenario, composition, machine, tier, attribute ? attribute : &ordinary,
                           attribute ? &cell->aliases : NULL) != 0)
        return -1;
    out->routing = cell->routing;
    out->kernel_thread = scenario->test->nthreads;
    return 0;
}

int iso_judge_cell(struct iso_judgement *out, struct iso_diags *diags, struct iso_judge *judge,
                   const struct iso_machine *machine, const struct iso_cell *cell,
                   const struct iso_attribute *attribute)
{
    const struct iso_composition *composition = judge->composition.test ? &judge->composition : NULL;
    const struct iso_composition *correct = judge->correct.test ? &judge->correct : composition;
    struct iso_setup *setup = iso_allocate(3 * sizeof *setup);
    const struct iso_scenario *scenario = judge->scenario;
    int status = iso_cell_setup(&setup[0], diags, scenario, correct, machine, cell, machine->reference, NULL);

    *out = (struct iso_judgement){0};
    if (status == 0)
        status = iso_cell_setup(&setup[1], diags, scenario, composition, machine, cell, machine->reference, attribute);
    if (status == 0)
        status = iso_cell_setup(&setup[2], diags, scenario, composition, machine, cell, cell->tier, attribute);
    if (status == 0) {
        out->reference = evaluate(judge, &setup[0]);
        out->twin = evaluate(judge, &setup[1]);
        out->cell = evaluate(judge, &setup[2]);
        bool want_exact = judge->run->engines & ISO_ENGINE_EXHAUSTIVE;
        compare(&out->against_reference, &out->verdict, &out->divergence, setup[2].test, setup[0].test, out->reference,
                out->cell, want_exact);
        compare(&out->against_twin, &out->tier_verdict, &out->tier_divergence, setup[2].test, setup[1].test, out->twin,
                out->cell, want_exact);
        find_bugs(&out->bugs, out->cell);
        if (out->reference != out->cell)
            find_bugs(&out->bugs, out->reference);
        if (out->bugs.count)
            out->verdict = out->tier_verdict = ISO_VERDICT_MODEL_BUG;
    }
    free(setup);
    return status;
}

void iso_judgement_free(struct iso_judgement *judgement)
{
    free(judgement->against_reference.fresh);
    free(judgement->against_twin.fresh);
    iso_strings_free(&judgement->bugs);
}
