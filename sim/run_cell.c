/* One cell of a run: refused, judged, or judged once for each value of what the machine leaves unknown; then its JSON object.
 * Declared in run.h. Not for: engines (judge.c), the rest of the report (report.c). */
#include "sim/run.h"

#include "models/rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAVES_MAX = 64, DEPTH_MAX = 8 };

/* One way in which all unknowns that matter may turn out. */
struct leaf {
    struct iso_buffer values; /* "tiers.cxl.excl.nc=no", one a line */
    enum iso_verdict verdict, tier_verdict;
    enum iso_divergence divergence, tier_divergence;
    struct iso_judgement judgement;
};

struct search {
    struct iso_judge *judge;
    const struct iso_cell *cell;
    struct iso_diags diags;
    struct leaf leaf[LEAVES_MAX];
    size_t nleaves;
    bool failed, overflow;
};

void iso_cause_rule(struct iso_buffer *out, const struct iso_cause *cause)
{
    static const struct {
        char letter;
        const char *choice;
    } sets[] = {{'E', "CH-12"}, {'A', "CH-27"}, {'T', "CH-54"}, {'H', "CH-48"}, {'R', "CH-44"}};
    const struct iso_rule *rule = cause ? iso_rule_at(cause->rule) : NULL;
    iso_buffer_add(out, "");
    if (!rule)
        return;
    for (size_t i = 0; rule->kind == ISO_RULE_MEMBER && i < sizeof sets / sizeof sets[0]; i++)
        if (rule->id[0] == sets[i].letter)
            iso_buffer_format(out, "%s/", sets[i].choice);
    iso_buffer_add(out, rule->id);
}

/* ---- unknown settings ---- */

static size_t choices_of(const struct iso_unknown *unknown)
{
    return unknown->is_cpu ? iso_cpu_choice_count(unknown->cpu_key) : iso_capability_choice_count(unknown->key);
}

/* Binds one unknown of the machine to its i-th value and writes "key=value". */
static void bind_value(struct iso_machine *machine, const struct iso_unknown *unknown, size_t i,
                       struct iso_buffer *values)
{
    iso_unknown_name(values, machine, unknown);
    if (unknown->is_cpu) {
        iso_cpu_bind(&machine->features, unknown->cpu_key, i);
        iso_buffer_format(values, "=%s\n",
                          iso_cpu_value_name(unknown->cpu_key, machine->features.value[unknown->cpu_key]));
    } else {
        struct iso_capabilities *capabilities = &machine->tiers[unknown->tier].hops[unknown->hop].capabilities;
        /* also where the last hop of the path passes on what it would have to answer */
        iso_capability_set(capabilities, unknown->key, iso_capability_choice(unknown->key, i));
        iso_buffer_format(values, "=%s\n", iso_capability_value_name(unknown->key, capabilities->value[unknown->key]));
    }
}

/* The first unknown that the cell or one of its references meets. */
static bool first_unknown(struct iso_unknown *out, struct search *s, const struct iso_machine *machine)
{
    struct iso_judge *judge = s->judge;
    const struct iso_composition *composition = judge->composition.test ? &judge->composition : NULL;
    struct iso_attribute ordinary = iso_scenario_ordinary(judge->scenario);
    struct iso_setup *setup = iso_allocate(sizeof *setup);
    bool found = false;
    for (int k = 0; k < 3 && !found && !s->failed; k++) {
        s->failed =
            iso_scenario_setup(setup, &s->diags, judge->scenario, composition, machine,
                               k == 2 ? s->cell->tier : machine->reference, k == 0 ? &ordinary : &s->cell->attribute,
                               k == 0 ? NULL : &s->cell->aliases) != 0;
        found = !s->failed && iso_setup_unknown(out, setup);
    }
    free(setup);
    return found;
}

int iso_cell_bind(struct iso_machine *out, struct iso_buffer *values, struct iso_diags *diags, struct iso_judge *judge,
                  size_t cell)
{
    struct search *s = iso_allocate(sizeof *s);
    struct iso_unknown unknown;
    bool failed;
    s->judge = judge;
    s->cell = &judge->run->cell[cell];
    *out = judge->run->machine->machine;
    for (unsigned depth = 0; depth < DEPTH_MAX && first_unknown(&unknown, s, out); depth++)
        bind_value(out, &unknown, 0, values);
    failed = s->failed;
    for (size_t i = 0; i < s->diags.count; i++)
        iso_diags_add(diags, false, s->diags.list[i].file, s->diags.list[i].line, s->diags.list[i].column, "%s",
                      s->diags.list[i].message);
    iso_diags_free(&s->diags);
    free(s);
    return failed ? -1 : 0;
}

static void search_values(struct search *s, const struct iso_machine *machine, const char *values, unsigned depth)
{
    struct iso_unknown unknown;
    bool more = first_unknown(&unknown, s, machine);
    if (s->failed)
        return;
    if (more && depth < DEPTH_MAX) {
        for (size_t i = 0; i < choices_of(&unknown); i++) {
            struct iso_machine *bound = iso_allocate(sizeof *bound);
            struct iso_buffer with = {0};
            *bound = *machine;
            iso_buffer_add(&with, values);
            bind_value(bound, &unknown, i, &with);
            search_values(s, bound, with.data, depth + 1);
            iso_buffer_free(&with);
            free(bound);
        }
        return;
    }
    if (s->nleaves == LEAVES_MAX || more) {
        s->overflow = true;
        return;
    }
    struct leaf *leaf = &s->leaf[s->nleaves];
    if (iso_judge_cell(&leaf->judgement, &s->diags, s->judge, machine, s->cell, &s->cell->attribute) != 0) {
        s->failed = true;
        return;
    }
    s->nleaves++;
    iso_buffer_add(&leaf->values, values);
    leaf->verdict = leaf->judgement.verdict;
    leaf->tier_verdict = leaf->judgement.tier_verdict;
    leaf->divergence = leaf->judgement.divergence;
    leaf->tier_divergence = leaf->judgement.tier_divergence;
}

/* ---- JSON ---- */

static void json_states(struct iso_buffer *json, const struct iso_outcome_set *set, const size_t *only, size_t count)
{
    iso_buffer_add(json, "[");
    for (size_t i = 0; i < (only ? count : set->count); i++) {
        iso_buffer_add(json, i ? ", " : "");
        iso_buffer_json_string(json, set->list[only ? only[i] : i].text);
    }
    iso_buffer_add(json, "]");
}

static void json_cycles(struct iso_buffer *json, const struct iso_evaluation *e)
{
    if (e->has_seen)
        iso_buffer_format(json, "{\"p50\": %llu, \"p99\": %llu}", (unsigned long long)e->stats.cycles_p50,
                          (unsigned long long)e->stats.cycles_p99);
    else
        iso_buffer_add(json, "null");
}

/* Rules of every effect that took part in a new state, once each, in order of first appearance. */
static void json_rules(struct iso_buffer *json, const struct iso_comparison *comparison,
                       const struct iso_outcome_set *cell)
{
    struct iso_buffer seen = {0}, rule = {0};
    bool first = true;
    iso_buffer_add(json, "[");
    iso_buffer_add(&seen, "\n");
    for (size_t i = 0; i < comparison->nfresh; i++) {
        const struct iso_end *state = &cell->list[comparison->fresh[i]].state;
        for (uint32_t k = 0; k < state->ncauses && k < ISO_FINAL_MAX_CAUSES; k++) {
            struct iso_buffer line = {0};
            iso_buffer_clear(&rule);
            iso_cause_rule(&rule, &state->cause[k]);
            iso_buffer_format(&line, "\n%s\n", rule.data);
            if (rule.size && !strstr(seen.data, line.data)) {
                iso_buffer_format(&seen, "%s\n", rule.data);
                iso_buffer_add(json, first ? "" : ", ");
                iso_buffer_json_string(json, rule.data);
                first = false;
            }
            iso_buffer_free(&line);
        }
    }
    iso_buffer_add(json, "]");
    iso_buffer_free(&seen);
    iso_buffer_free(&rule);
}

/* The new state that gives the class, and the effect that explains it. */
static void json_witness(struct iso_buffer *json, const struct iso_judge *judge, const struct iso_machine *machine,
                         const struct iso_judgement *j)
{
    const struct iso_comparison *c = &j->against_reference;
    const struct iso_test *test = judge->composition.test ? judge->composition.test : judge->scenario->test;
    bool first = true;
    if (!c->nfresh) {
        iso_buffer_add(json, "null");
        return;
    }
    iso_buffer_add(json, "{");
    iso_buffer_json_key(json, &first, "state");
    iso_buffer_json_string(json, iso_evaluation_set(j->cell)->list[c->witness].text);
    if (c->cause && c->cause->tier < machine->ntiers && c->cause->thread < test->nthreads) {
        const struct iso_tier *tier = &machine->tiers[c->cause->tier];
        const struct iso_thread *thread = &test->thread[c->cause->thread];
        struct iso_buffer text = {0};
        char insn[96] = "";
        iso_buffer_json_key(json, &first, "effect");
        iso_buffer_json_string(json, iso_cause_phrase((enum iso_cause_effect)c->cause->effect));
        iso_cause_rule(&text, c->cause);
        iso_buffer_json_key(json, &first, "rule");
        iso_buffer_json_string(json, text.data);
        iso_buffer_json_key(json, &first, "tier");
        iso_buffer_json_string(json, tier->name);
        iso_buffer_json_key(json, &first, "hop");
        iso_buffer_json_string(json, c->cause->hop < tier->nhops ? tier->hops[c->cause->hop].name : NULL);
        iso_buffer_clear(&text);
        iso_buffer_format(&text, "P%u", thread->id);
        iso_buffer_json_key(json, &first, "thread");
        iso_buffer_json_string(json, text.data);
        if (c->cause->insn < thread->ninsns) {
            iso_insn_text(insn, sizeof insn, &thread->insn[c->cause->insn]);
            iso_buffer_json_key(json, &first, "instruction");
            iso_buffer_json_string(json, insn);
            iso_buffer_json_key(json, &first, "line");
            iso_buffer_format(json, "%u", thread->insn[c->cause->insn].line);
        }
        iso_buffer_free(&text);
    }
    iso_buffer_add(json, "}");
}

static void json_head(struct iso_buffer *json, const struct iso_run *run, const struct iso_cell *cell)
{
    const struct iso_scenario *scenario = &run->scenario[cell->scenario];
    struct iso_buffer migration = {0};
    iso_buffer_add(json, "{\"id\": ");
    iso_buffer_json_string(json, cell->id);
    iso_buffer_add(json, ", \"scenario\": ");
    iso_buffer_json_string(json, scenario->id);
    iso_buffer_add(json, ", \"subject\": [");
    for (uint32_t i = 0; i < scenario->test->nsubjects; i++) {
        iso_buffer_add(json, i ? ", " : "");
        iso_buffer_json_string(json, scenario->test->subject[i]);
    }
    iso_buffer_add(json, "], \"tier\": ");
    iso_buffer_json_string(json, run->machine->machine.tiers[cell->tier].name);
    iso_buffer_add(json, ", \"attribute\": ");
    iso_buffer_json_string(json, cell->attribute_name);
    iso_run_migration_name(&migration, run, scenario, cell->sequence);
    if (run->npolicies) {
        iso_buffer_add(json, ", \"policy\": ");
        iso_buffer_json_string(json, cell->policy ? cell->policy->policy.name : NULL);
    }
    iso_buffer_add(json, ", \"mapping\": ");
    iso_buffer_json_string(json, cell->mapping ? cell->mapping->name : NULL);
    iso_buffer_add(json, ", \"migration\": ");
    iso_buffer_json_string(json, migration.size ? migration.data : NULL);
    iso_buffer_free(&migration);
}

static void json_verdict(struct iso_buffer *json, const struct iso_cell_summary *summary)
{
    iso_buffer_format(json, ", \"verdict\": \"%s\", \"tier_verdict\": \"%s\", \"class\": ",
                      iso_verdict_name((enum iso_verdict)summary->verdict),
                      iso_verdict_name((enum iso_verdict)summary->tier_verdict));
    iso_buffer_json_string(json, iso_divergence_name((enum iso_divergence)summary->divergence));
    iso_buffer_add(json, ", \"tier_class\": ");
    iso_buffer_json_string(json, iso_divergence_name((enum iso_divergence)summary->tier_divergence));
}

static const char nothing_observed[] =
    ", \"outcomes\": {\"reference\": [], \"cell\": [], \"new\": []}, \"observed\": {\"runs\": 0, \"states\": {}}, "
    "\"cycles\": {\"reference\": null, \"cell\": null}, \"witness\": null";

static void json_judgement(struct iso_buffer *json, struct iso_cell_summary *summary, const struct iso_judge *judge,
                           const struct iso_judgement *j)
{
    const struct iso_outcome_set *cell = iso_evaluation_set(j->cell), *reference = iso_evaluation_set(j->reference);
    const struct iso_comparison *c = &j->against_reference;

    iso_buffer_add(json, ", \"outcomes\": {\"reference\": ");
    json_states(json, reference, NULL, 0);
    iso_buffer_add(json, ", \"cell\": ");
    json_states(json, cell, NULL, 0);
    iso_buffer_add(json, ", \"new\": ");
    json_states(json, cell, c->fresh ? c->fresh : (size_t[]){0}, c->nfresh);
    iso_buffer_format(json, "}, \"observed\": {\"runs\": %llu, \"states\": {",
                      (unsigned long long)(j->cell->has_seen ? j->cell->stats.runs : 0));
    for (size_t i = 0; i < j->cell->seen.count; i++) {
        iso_buffer_add(json, i ? ", " : "");
        iso_buffer_json_string(json, j->cell->seen.list[i].text);
        iso_buffer_format(json, ": %llu", (unsigned long long)j->cell->seen.list[i].count);
    }
    iso_buffer_add(json, "}}, \"cycles\": {\"reference\": ");
    json_cycles(json, j->reference);
    iso_buffer_add(json, ", \"cell\": ");
    json_cycles(json, j->cell);
    iso_buffer_format(json, "}, \"proof\": \"%s\", \"witness\": ",
                      j->cell->has_exact && j->reference->has_exact ? "exhaustive" : "timed");
    json_witness(json, judge, &judge->run->machine->machine, j);
    if (cell->bounded || reference->bounded) {
        iso_buffer_add(json, ", \"bound\": ");
        iso_buffer_json_string(json, cell->bounded ? cell->bound_reason : reference->bound_reason);
    }
    if (j->bugs.count) {
        iso_buffer_add(json, ", \"model_bug\": [");
        for (size_t i = 0; i < j->bugs.count; i++) {
            iso_buffer_add(json, i ? ", " : "");
            iso_buffer_json_string(json, j->bugs.list[i]);
        }
        iso_buffer_add(json, "]");
    }
    if (j->cell->error.size || j->reference->error.size) {
        const char *error = j->cell->error.size ? j->cell->error.data : j->reference->error.data;
        iso_buffer_add(json, ", \"error\": ");
        iso_buffer_json_string(json, error);
        snprintf(summary->error, sizeof summary->error, "%s", error);
    }
    summary->ran_exact = j->cell->has_exact;
    summary->ran_timed = j->cell->has_seen;
    summary->runs = j->cell->has_seen ? j->cell->stats.runs : 0;
    if (j->cell->has_exact && j->cell->has_seen && !cell->bounded) {
        summary->allowed = (uint32_t)j->cell->exact.count;
        for (size_t i = 0; i < j->cell->seen.count; i++)
            summary->covered += iso_outcome_index(&j->cell->exact, j->cell->seen.list[i].text) < j->cell->exact.count;
    }
}

/* ---- summaries ---- */

/* What a state ends in beyond the program: ": the host panics", or nothing. */
static const char *end_of(const struct iso_end *state)
{
    const char *end = "";
    for (uint32_t i = 0; i < state->nfaults; i++) {
        if (state->fault[i].type == ISO_FAULT_PANIC)
            return ": the host panics";
        if (state->fault[i].type == ISO_FAULT_VM_KILLED)
            end = ": the VM is killed";
    }
    return end;
}

static void summarise_witness(struct iso_cell_summary *summary, const struct iso_judge *judge,
                              const struct iso_judgement *j)
{
    const struct iso_machine *machine = &judge->run->machine->machine;
    const struct iso_test *test = judge->composition.test ? judge->composition.test : judge->scenario->test;
    const struct iso_cause *cause = j->against_reference.cause;
    struct iso_buffer rule = {0};
    if (j->bugs.count) {
        snprintf(summary->what, sizeof summary->what, "observed, not allowed: %s", j->bugs.list[0]);
        return;
    }
    if (!j->against_reference.nfresh)
        return;
    if (!cause || cause->tier >= machine->ntiers || cause->thread >= test->nthreads ||
        cause->insn >= test->thread[cause->thread].ninsns) {
        snprintf(summary->what, sizeof summary->what, "%s",
                 iso_evaluation_set(j->cell)->list[j->against_reference.witness].text);
        return;
    }
    snprintf(summary->what, sizeof summary->what, "%s %s%s", test->thread[cause->thread].insn[cause->insn].mnemonic,
             iso_cause_phrase((enum iso_cause_effect)cause->effect),
             end_of(&iso_evaluation_set(j->cell)->list[j->against_reference.witness].state));
    iso_cause_rule(&rule, cause);
    snprintf(summary->rule, sizeof summary->rule, "%s", rule.data);
    if (cause->hop < machine->tiers[cause->tier].nhops)
        snprintf(summary->hop, sizeof summary->hop, "%s", machine->tiers[cause->tier].hops[cause->hop].name);
    iso_buffer_free(&rule);
}

/* Keys on which the leaves differ, each once. */
static void json_unknown(struct iso_buffer *json, struct iso_cell_summary *summary, const struct search *s)
{
    struct iso_buffer keys = {0};
    bool first = true;
    iso_buffer_add(json, ", \"unknown\": [");
    for (size_t i = 0; i < s->nleaves; i++)
        for (const char *line = s->leaf[i].values.data; line && *line; line = strchr(line, '\n') + 1) {
            struct iso_buffer key = {0};
            iso_buffer_format(&key, " %.*s ", (int)strcspn(line, "="), line);
            if (!strstr(iso_buffer_string(&keys), key.data)) {
                iso_buffer_add(&keys, key.data);
                iso_buffer_add(json, first ? "" : ", ");
                iso_buffer_json_bytes(json, key.data + 1, key.size - 2);
                first = false;
            }
            iso_buffer_free(&key);
        }
    iso_buffer_add(json, "], \"unknown_values\": [");
    for (size_t i = 0; i < s->nleaves; i++) {
        bool first_value = true;
        iso_buffer_add(json, i ? ", {\"values\": {" : "{\"values\": {");
        for (const char *line = s->leaf[i].values.data; line && *line; line = strchr(line, '\n') + 1) {
            size_t key = strcspn(line, "="), end = strcspn(line, "\n");
            iso_buffer_add(json, first_value ? "" : ", ");
            first_value = false;
            iso_buffer_json_bytes(json, line, key);
            iso_buffer_add(json, ": ");
            iso_buffer_json_bytes(json, line + key + 1, end - key - 1);
        }
        iso_buffer_format(json, "}, \"verdict\": \"%s\", \"class\": ", iso_verdict_name(s->leaf[i].verdict));
        iso_buffer_json_string(json, iso_divergence_name(s->leaf[i].divergence));
        iso_buffer_format(json, ", \"tier_verdict\": \"%s\"}", iso_verdict_name(s->leaf[i].tier_verdict));
    }
    iso_buffer_add(json, "]");
    snprintf(summary->unknown, sizeof summary->unknown, "%s", iso_buffer_string(&keys));
    iso_buffer_free(&keys);
}

static void report_leaves(struct iso_cell_summary *summary, struct iso_buffer *json, const struct search *s)
{
    const struct leaf *leaf = &s->leaf[0];
    bool same = true, same_tier = true, bug = false;
    for (size_t i = 0; i < s->nleaves; i++) {
        same &= s->leaf[i].verdict == leaf->verdict && s->leaf[i].divergence == leaf->divergence;
        same_tier &=
            s->leaf[i].tier_verdict == leaf->tier_verdict && s->leaf[i].tier_divergence == leaf->tier_divergence;
        bug |= s->leaf[i].verdict == ISO_VERDICT_MODEL_BUG;
    }
    summary->verdict = (uint8_t)(bug           ? ISO_VERDICT_MODEL_BUG
                                 : s->overflow ? ISO_VERDICT_BOUNDED
                                 : same        ? leaf->verdict
                                               : ISO_VERDICT_UNKNOWN);
    summary->tier_verdict = (uint8_t)(bug           ? ISO_VERDICT_MODEL_BUG
                                      : s->overflow ? ISO_VERDICT_BOUNDED
                                      : same_tier   ? leaf->tier_verdict
                                                    : ISO_VERDICT_UNKNOWN);
    summary->divergence = (uint8_t)(same ? leaf->divergence : ISO_DIVERGENCE_NONE);
    summary->tier_divergence = (uint8_t)(same_tier ? leaf->tier_divergence : ISO_DIVERGENCE_NONE);
    for (size_t i = 0; i < s->nleaves; i++)
        if (bug ? s->leaf[i].judgement.bugs.count != 0 : same && i == 0)
            leaf = &s->leaf[i];
    if (same || bug)
        summarise_witness(summary, s->judge, &leaf->judgement);
    json_verdict(json, summary);
    iso_buffer_add(json, ", \"rules\": ");
    json_rules(json, &leaf->judgement.against_reference, iso_evaluation_set(leaf->judgement.cell));
    if (same && same_tier)
        iso_buffer_add(json, ", \"unknown\": []");
    else
        json_unknown(json, summary, s);
    iso_buffer_add(json, ", \"refused\": null");
    if (s->overflow)
        iso_buffer_format(json, ", \"bound\": \"more than %d ways in which the unknown settings may turn out\"",
                          LEAVES_MAX);
    json_judgement(json, summary, s->judge, &leaf->judgement);
}

void iso_cell_failed(struct iso_cell_summary *summary, struct iso_buffer *json, size_t cell, const char *reason)
{
    *summary = (struct iso_cell_summary){.cell = (uint32_t)cell,
                                         .verdict = ISO_VERDICT_BOUNDED,
                                         .tier_verdict = ISO_VERDICT_BOUNDED,
                                         .divergence = ISO_DIVERGENCE_NONE,
                                         .tier_divergence = ISO_DIVERGENCE_NONE,
                                         .tool_error = true};
    snprintf(summary->error, sizeof summary->error, "%s", reason);
    json_verdict(json, summary);
    iso_buffer_add(json, ", \"rules\": [], \"unknown\": [], \"refused\": null");
    iso_buffer_add(json, nothing_observed);
    iso_buffer_add(json, ", \"error\": ");
    iso_buffer_json_string(json, reason);
}

static void body_refused(struct iso_cell_summary *summary, struct iso_buffer *json, const char *stage,
                         const char *error)
{
    summary->verdict = summary->tier_verdict = ISO_VERDICT_REFUSED;
    json_verdict(json, summary);
    iso_buffer_format(json, ", \"rules\": [], \"unknown\": [], \"refused\": {\"stage\": \"%s\", \"errno\": \"%s\"}",
                      stage, error);
    iso_buffer_add(json, nothing_observed);
}

/* The policy gives no answer: a rule is missing, or hangs on what the machine leaves unknown. */
static void body_uncovered(struct iso_cell_summary *summary, struct iso_buffer *json, const char *key)
{
    summary->verdict = summary->tier_verdict = ISO_VERDICT_UNKNOWN;
    snprintf(summary->unknown, sizeof summary->unknown, " %s ", key);
    json_verdict(json, summary);
    iso_buffer_format(json, ", \"rules\": [], \"unknown\": [\"%s\"], \"refused\": null", key);
    iso_buffer_add(json, nothing_observed);
}

/* A page moves that PG_mte_tagged is set of: mapped tagged. Where attributes are said, an untagged one means memory that never was. */
static bool moves_tagged(const struct iso_judge *judge, const struct iso_cell *cell)
{
    return judge->composition.moves_tagged && (cell->policy || cell->attribute.tagging == ISO_TAGGING_ALLOCATION);
}

/* Without a policy: the page's mapping, or one of its aliases. */
static bool is_refused(struct iso_refusal *out, const struct iso_scenario *scenario, const struct iso_cell *cell,
                       const struct iso_tier *tier, bool migrates)
{
    bool refused = iso_scenario_refused(out, tier, &cell->attribute, migrates);
    for (uint32_t i = 0; i < scenario->test->naliases && !refused; i++) {
        struct iso_attribute a =
            iso_scenario_alias(scenario, &scenario->test->alias[i], &cell->attribute, &cell->aliases);
        refused = iso_scenario_refused(out, tier, &a, migrates);
    }
    return refused;
}

void iso_cell_body(struct iso_cell_summary *summary, struct iso_buffer *json, struct iso_judge *judge, size_t index)
{
    const struct iso_run *run = judge->run;
    const struct iso_cell *cell = &run->cell[index];
    const struct iso_machine *machine = &run->machine->machine;
    struct iso_refusal refusal;
    struct search *s;

    *summary = (struct iso_cell_summary){.cell = (uint32_t)index,
                                         .divergence = ISO_DIVERGENCE_NONE,
                                         .tier_divergence = ISO_DIVERGENCE_NONE,
                                         .migrates = judge->composition.migrates};
    if (cell->end == ISO_POLICY_REFUSED) {
        body_refused(summary, json, iso_policy_stage_report_name(cell->stage), iso_policy_errno_name(cell->error));
        return;
    }
    if (cell->end == ISO_POLICY_UNKNOWN) {
        body_uncovered(summary, json, cell->unknown);
        return;
    }
    if (!cell->policy && is_refused(&refusal, judge->scenario, cell, &machine->tiers[cell->tier], summary->migrates)) {
        body_refused(summary, json, refusal.stage, refusal.error);
        return;
    }
    if (moves_tagged(judge, cell) && iso_migration_refuses(cell->sequence, true, &machine->tiers[cell->tier])) {
        body_refused(summary, json, iso_policy_stage_report_name(ISO_POLICY_STAGE_MIGRATE),
                     iso_policy_errno_name(ISO_POLICY_EAGAIN));
        return;
    }
    s = iso_allocate(sizeof *s);
    s->judge = judge;
    s->cell = cell;
    search_values(s, machine, "", 0);
    if (s->failed || !s->nleaves)
        iso_cell_refused(summary, json, index, &s->diags, "no way to bind the machine's unknown settings");
    else
        report_leaves(summary, json, s);
    for (size_t i = 0; i < s->nleaves; i++) {
        iso_buffer_free(&s->leaf[i].values);
        iso_judgement_free(&s->leaf[i].judgement);
    }
    iso_diags_free(&s->diags);
    free(s);
}

static void json_reactions(struct iso_buffer *json, const struct iso_cell *cell)
{
    bool first = true;
    if (!cell->reaction || cell->end != ISO_POLICY_MAPPED)
        return;
    iso_buffer_add(json, ", \"reactions\": {");
    for (unsigned e = 0; e < ISO_POLICY_EVENT_COUNT; e++) {
        const struct iso_policy_reaction *r = &cell->reaction[e];
        if (!r->rule)
            continue;
        iso_buffer_json_key(json, &first, iso_policy_input_at(ISO_POLICY_EVENT)->values[e]);
        iso_buffer_format(json, "\"%s%s%s\"", iso_policy_action_name(r->action), r->detail ? " " : "",
                          iso_policy_detail_name(r->detail));
    }
    iso_buffer_add(json, "}");
}

void iso_cell_json(struct iso_buffer *json, const struct iso_run *run, size_t index, const char *body, size_t size)
{
    json_head(json, run, &run->cell[index]);
    json_reactions(json, &run->cell[index]);
    iso_buffer_add_bytes(json, body, size);
    iso_buffer_add(json, "}");
}

void iso_cell_run(struct iso_cell_summary *summary, struct iso_buffer *json, struct iso_judge *judge, size_t index)
{
    struct iso_buffer body = {0};
    iso_cell_body(summary, &body, judge, index);
    iso_cell_json(json, judge->run, index, body.data, body.size);
    iso_buffer_free(&body);
}
