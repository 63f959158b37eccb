/* Running the configurations of symptoms and saying what was found, as declared in symptom.h. A cell goes the way of `run`, a question the way
 * of `decide --policy`; nothing about a symptom is decided here. Not for: choosing symptoms and printing them (cli_symptoms.c). */
#include "sim/symptom.h"

#include "sim/file.h"
#include "sim/policy_answer.h"
#include "sim/run.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { SEEDS = 100 }; /* of the timed engine, where cycles are asked for */

void iso_symptom_case_name(struct iso_buffer *out, const struct iso_symptom_case *one)
{
    if (one->scenario)
        iso_buffer_format(out, "%s@%s:%s", one->scenario, one->tier,
                          one->mapping ? one->mapping->name : one->attribute);
    else
        iso_buffer_format(out, "%s@%s", one->mapping->name, one->tier);
    if (one->sequence)
        iso_buffer_format(out, " (%s)", one->sequence->name);
    iso_buffer_format(out, " on %s", one->machine);
    if (one->policy)
        iso_buffer_format(out, " under %s", one->policy);
    if (one->tagged || one->vm.mte)
        iso_buffer_add(out, " with tags");
}

static void add_word(struct iso_buffer *out, const char *before, const char *word)
{
    if (word)
        iso_buffer_format(out, "%s%s%s", out->size ? ", " : "", before, word);
}

void iso_symptom_expect_text(struct iso_buffer *out, const struct iso_symptom_expect *e)
{
    struct iso_buffer text = {0};
    if (e->says_verdict)
        add_word(&text, "", iso_verdict_name(e->verdict));
    if (e->says_class)
        add_word(&text, "class ", iso_divergence_name(e->divergence));
    add_word(&text, "rule ", e->rule);
    add_word(&text, "outcome ", e->outcome);
    add_word(&text, "no outcome ", e->no_outcome);
    if (e->says_refused)
        add_word(&text, "refused at ", iso_policy_stage_name(e->refused));
    if (e->says_error)
        add_word(&text, "-", iso_policy_errno_name(e->error));
    if (e->says_event) {
        add_word(&text, "on ", iso_policy_input_at(ISO_POLICY_EVENT)->values[e->event]);
        iso_buffer_format(&text, ": %s", e->reaction);
    }
    add_word(&text, "attribute ", e->attribute);
    add_word(&text, "kernel alias ", e->kernel_alias);
    add_word(&text, "VMM alias ", e->vmm_alias);
    if (e->slower > 0)
        iso_buffer_format(&text, "%sat least %g times the cycles", text.size ? ", " : "", e->slower);
    if (e->faster > 0)
        iso_buffer_format(&text, "%sat most %g times the cycles", text.size ? ", " : "", e->faster);
    iso_buffer_add(out, iso_buffer_string(&text));
    iso_buffer_free(&text);
}

/* ---- what holds ---- */

static bool reaction_holds(struct iso_buffer *found, const struct iso_symptom_expect *e,
                           const struct iso_policy_reaction *reaction)
{
    const struct iso_policy_reaction *r = &reaction[e->event];
    struct iso_buffer text = {0};
    if (!e->says_event)
        return true;
    if (r->rule)
        iso_buffer_format(&text, "%s%s%s", iso_policy_action_name(r->action), r->detail ? " " : "",
                          iso_policy_detail_name(r->detail));
    else
        iso_buffer_add(&text, "nothing said");
    iso_buffer_format(found, "; on %s: %s", iso_policy_input_at(ISO_POLICY_EVENT)->values[e->event], text.data);
    bool holds = strcmp(text.data, e->reaction) == 0;
    iso_buffer_free(&text);
    return holds;
}

static bool refusal_holds(const struct iso_symptom_expect *e, bool refused, enum iso_policy_stage stage,
                          enum iso_policy_errno error)
{
    return !e->says_refused || (refused && stage == e->refused && (!e->says_error || error == e->error));
}

/* ---- cells ---- */

struct seen {
    const struct iso_symptom_case *one;
    const struct iso_run *run;
    struct iso_buffer *found;
    enum iso_symptom_end end;
    size_t ncells;
    double cycles, reference_cycles; /* median of the cell, of its reference; 0: not run */
};

static const char *state_with(const json_t *states, const char *text)
{
    size_t i;
    json_t *state;
    json_array_foreach(states, i, state) if (strstr(json_string_value(state), text)) return json_string_value(state);
    return NULL;
}

static double cycles_of(const json_t *cell, const char *which)
{
    return json_number_value(json_object_get(json_object_get(json_object_get(cell, "cycles"), which), "p50"));
}

static void describe_cell(struct seen *s, const struct iso_cell_summary *summary, const json_t *json)
{
    const struct iso_cell *cell = &s->run->cell[summary->cell];
    struct iso_buffer *out = s->found;
    const char *divergence = iso_divergence_name((enum iso_divergence)summary->divergence);
    const char *state = json_string_value(json_object_get(json_object_get(json, "witness"), "state"));
    iso_buffer_format(out, "%s%s", out->size ? " | " : "", iso_verdict_name((enum iso_verdict)summary->verdict));
    if (cell->end == ISO_POLICY_REFUSED)
        iso_buffer_format(out, " at %s with -%s", iso_policy_stage_name(cell->stage),
                          iso_policy_errno_name(cell->error));
    if (cell->mapping && cell->end == ISO_POLICY_MAPPED)
        iso_buffer_format(out, " as %s", cell->attribute_name);
    if (divergence)
        iso_buffer_format(out, " %s: %s", divergence, summary->what);
    if (divergence && *summary->rule)
        iso_buffer_format(out, " (%s at %s)", summary->rule, summary->hop);
    if (s->one->expect.outcome)
        state = state_with(json_object_get(json_object_get(json, "outcomes"), "cell"), s->one->expect.outcome);
    if (state && strcmp(state, summary->what) != 0) {
        size_t size = strlen(state);
        iso_buffer_format(out, ": %.*s", (int)(size && state[size - 1] == ';' ? size - 1 : size), state);
    }
}

static bool cell_holds(struct seen *s, const struct iso_cell_summary *summary, const json_t *json)
{
    const struct iso_symptom_expect *e = &s->one->expect;
    const struct iso_cell *cell = &s->run->cell[summary->cell];
    const json_t *states = json_object_get(json_object_get(json, "outcomes"), "cell");
    bool holds = (!e->says_verdict || e->verdict == (enum iso_verdict)summary->verdict) &&
                 (!e->says_class || e->divergence == (enum iso_divergence)summary->divergence) &&
                 (!e->rule || strcmp(e->rule, summary->rule) == 0) && (!e->outcome || state_with(states, e->outcome)) &&
                 (!e->no_outcome || (json_array_size(states) && !state_with(states, e->no_outcome))) &&
                 (!e->attribute || (cell->end == ISO_POLICY_MAPPED && !strcmp(e->attribute, cell->attribute_name))) &&
                 refusal_holds(e, cell->end == ISO_POLICY_REFUSED, cell->stage, cell->error);
    return reaction_holds(s->found, e, cell->reaction) && holds;
}

static void see_cell(void *context, const struct iso_cell_summary *summary, const char *text, size_t size)
{
    struct seen *s = context;
    json_t *json = json_loadb(text, size, 0, NULL);
    s->ncells++;
    if (summary->tool_error || summary->error[0] || !json) {
        iso_buffer_format(s->found, "%s%s", s->found->size ? " | " : "",
                          summary->error[0] ? summary->error : "the cell could not be run");
        s->end = ISO_SYMPTOM_BROKEN;
    } else {
        s->cycles = cycles_of(json, "cell");
        s->reference_cycles = cycles_of(json, "reference");
        describe_cell(s, summary, json);
        if (!cell_holds(s, summary, json) && s->end == ISO_SYMPTOM_AS_EXPECTED)
            s->end = ISO_SYMPTOM_OTHERWISE;
    }
    json_decref(json);
}

/* Everything a configuration names, opened. */
struct opened {
    struct iso_machine_file *machine;
    struct iso_policy_file *policy;
    size_t tier;
};

static int open_machine(struct opened *out, struct iso_diags *diags, const struct iso_symptom_case *one,
                        const char *path, const char *data_folder)
{
    struct iso_buffer machine = {0};
    int status = -1;
    *out = (struct opened){.machine = NULL};
    if (iso_machine_path(&machine, diags, one->machine, data_folder) == 0 &&
        iso_machine_load(&out->machine, diags, machine.data) == 0 &&
        (!one->policy || iso_policy_open(&out->policy, diags, one->policy, data_folder) == 0)) {
        const struct iso_machine *m = &out->machine->machine;
        while (out->tier < m->ntiers && strcmp(m->tiers[out->tier].name, one->tier) != 0)
            out->tier++;
        status = out->tier < m->ntiers ? 0 : -1;
        if (status != 0)
            iso_diags_add(diags, false, path, one->line, one->column, "machine %s has no tier \"%s\"", m->name,
                          one->tier);
    }
    iso_buffer_free(&machine);
    return status;
}

static void close_machine(struct opened *opened)
{
    iso_machine_file_free(opened->machine);
    iso_policy_file_free(opened->policy);
}

/* The cells of a configuration for a scenario; found out in *s. 0; -1 with diagnostics. */
static int run_scenario(struct seen *s, struct iso_diags *diags, const struct opened *opened, const char *scenario,
                        const char *data_folder)
{
    const struct iso_symptom_case *one = s->one;
    const struct iso_policy_file *policy = opened->policy;
    bool timed = one->expect.slower > 0 || one->expect.faster > 0;
    struct iso_run run = {.machine = opened->machine,
                          .engines = timed ? ISO_ENGINE_TIMED : ISO_ENGINE_EXHAUSTIVE,
                          .seed = 1,
                          .seeds = SEEDS,
                          .sequence = one->sequence ? one->sequence : iso_migration_find("base"),
                          .policy = &policy,
                          .npolicies = policy != NULL};
    struct iso_strings operands = {0}, tiers = {0}, attributes = {0};
    struct iso_buffer path = {0};
    int status;

    iso_buffer_format(&path, "%s/scenarios/%s.litmus", data_folder, scenario);
    iso_strings_add(&operands, path.data);
    iso_strings_add(&tiers, one->tier);
    status = iso_scenarios_read(&run.scenario, &run.nscenarios, diags, &operands);
    if (status == 0 && policy) {
        struct iso_policy_plan plan = {.policy = &policy,
                                       .npolicies = 1,
                                       .mapping = &one->mapping,
                                       .nmappings = 1,
                                       .vm = one->vm,
                                       .keep_sequence = one->sequence != NULL};
        status = iso_run_plan_policies(&run, diags, &tiers, &plan);
    } else if (status == 0) {
        iso_strings_add(&attributes, one->attribute);
        status = iso_run_plan(&run, diags, &tiers, &attributes);
    }
    s->run = &run;
    if (status == 0 && run.ncells)
        iso_scenario_run(&run, 0, run.ncells, see_cell, s);
    s->run = NULL;
    iso_run_free(&run);
    iso_strings_free(&operands);
    iso_strings_free(&tiers);
    iso_strings_free(&attributes);
    iso_buffer_free(&path);
    return status;
}

static enum iso_symptom_end check_cycles(struct iso_buffer *found, const struct iso_symptom_case *one, double cycles,
                                         double measure)
{
    const struct iso_symptom_expect *e = &one->expect;
    if (!(cycles > 0) || !(measure > 0)) {
        iso_buffer_add(found, "; no cycles were measured");
        return ISO_SYMPTOM_BROKEN;
    }
    iso_buffer_format(found, "; %.0f cycles, %.2f times %s", cycles, cycles / measure,
                      one->than ? one->than : "ordinary memory");
    return (e->slower > 0 && cycles < e->slower * measure) || (e->faster > 0 && cycles > e->faster * measure)
               ? ISO_SYMPTOM_OTHERWISE
               : ISO_SYMPTOM_AS_EXPECTED;
}

static enum iso_symptom_end run_cell(struct iso_buffer *found, struct iso_diags *diags, const struct opened *opened,
                                     const struct iso_symptom_case *one, const char *data_folder)
{
    struct seen seen = {.one = one, .found = found, .end = ISO_SYMPTOM_AS_EXPECTED};
    struct iso_buffer unused = {0};
    struct seen than = {.one = one, .found = &unused};
    if (run_scenario(&seen, diags, opened, one->scenario, data_folder) != 0)
        return ISO_SYMPTOM_BROKEN;
    if (!seen.ncells) {
        iso_buffer_add(found, "this mapping cannot be backed by the tier, or the policy makes none");
        return ISO_SYMPTOM_BROKEN;
    }
    if (seen.end != ISO_SYMPTOM_BROKEN && (one->expect.slower > 0 || one->expect.faster > 0)) {
        int status = one->than ? run_scenario(&than, diags, opened, one->than, data_folder) : 0;
        enum iso_symptom_end end =
            status == 0 ? check_cycles(found, one, seen.cycles, one->than ? than.cycles : seen.reference_cycles)
                        : ISO_SYMPTOM_BROKEN;
        seen.end = end > seen.end ? end : seen.end;
    }
    iso_buffer_free(&unused);
    return seen.end;
}

/* ---- what a policy answers ---- */

static bool aliases_hold(struct iso_buffer *found, const struct iso_symptom_expect *e,
                         const struct iso_policy_answer *answer)
{
    bool holds = true;
    for (size_t i = 0; i < answer->naliases; i++) {
        const struct iso_policy_alias *alias = &answer->alias[i];
        const char *attr = iso_policy_attr_name(alias->attr);
        bool vmm = strcmp(alias->who, "VMM") == 0;
        if (vmm ? e->vmm_alias != NULL : e->kernel_alias != NULL)
            iso_buffer_format(found, "; %s alias %s%s", alias->who, attr, alias->mismatched ? ", mismatched" : "");
        if (vmm && e->vmm_alias)
            holds &= alias->mismatched == (strcmp(e->vmm_alias, "mismatched") == 0);
        if (!vmm && e->kernel_alias)
            holds &= strcmp(attr, e->kernel_alias) == 0;
    }
    return holds && (answer->naliases || (!e->kernel_alias && !e->vmm_alias));
}

static enum iso_symptom_end ask_policy(struct iso_buffer *found, const struct opened *opened,
                                       const struct iso_symptom_case *one)
{
    const struct iso_symptom_expect *e = &one->expect;
    struct iso_policy_answer *answer = iso_allocate(sizeof *answer);
    const struct iso_policy_decision *d = &answer->decision;
    char name[ISO_ATTRIBUTE_NAME_MAX] = "";
    iso_policy_answer(answer, opened->policy, one->mapping, &opened->machine->machine, opened->tier, &one->vm,
                      one->tagged);
    iso_policy_answer_reason(found, d);
    for (size_t i = 0; i < d->nattributes; i++) {
        iso_attribute_name(name, &d->attribute[i]);
        iso_buffer_format(found, "%s%s", i ? " or " : " as ", name);
    }
    bool holds = refusal_holds(e, d->end == ISO_POLICY_REFUSED, d->stage, d->error) &&
                 (!e->attribute || (d->nattributes == 1 && strcmp(name, e->attribute) == 0));
    holds &= reaction_holds(found, e, d->reaction);
    holds &= aliases_hold(found, e, answer);
    free(answer);
    return holds ? ISO_SYMPTOM_AS_EXPECTED : ISO_SYMPTOM_OTHERWISE;
}

enum iso_symptom_end iso_symptom_case_run(struct iso_buffer *found, const struct iso_symptom_case *one,
                                          const char *path, const char *data_folder)
{
    struct iso_diags diags = {0};
    struct opened opened;
    enum iso_symptom_end end = ISO_SYMPTOM_BROKEN;
    iso_buffer_add(found, "");
    if (open_machine(&opened, &diags, one, path, data_folder) == 0)
        end = one->scenario ? run_cell(found, &diags, &opened, one, data_folder) : ask_policy(found, &opened, one);
    close_machine(&opened);
    for (size_t i = 0; i < diags.count; i++)
        iso_buffer_format(found, "%s%s: %s", found->size ? "; " : "", diags.list[i].file, diags.list[i].message);
    if (diags.count)
        end = ISO_SYMPTOM_BROKEN;
    iso_diags_free(&diags);
    return end;
}
