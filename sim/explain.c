/* Why a cell is as it is, as text; declared in explain.h. Not for: the search for a smaller change (explain_minimal.c), the events of a witness
 * (explain_witness.c), pictures (explain_graph.c). */
#include "sim/explain.h"
#include "sim/explain_witness.h"

#include "models/rule.h"

#include <stdlib.h>
#include <string.h>

static const struct iso_test *test_of(const struct iso_judge *judge)
{
    return judge->composition.test ? judge->composition.test : judge->scenario->test;
}

/* How the state ends that the explanation is about: as the execution found ends, else as the set says. */
static struct iso_end end_of(const struct iso_judgement *j, const struct iso_explained *explained)
{
    return explained->witness ? iso_final_end(&explained->witness->state)
                              : iso_evaluation_set(j->cell)->list[j->against_reference.witness].state;
}

static void add_set(struct iso_buffer *out, const char *title, const struct iso_outcome_set *set,
                    const struct iso_comparison *comparison)
{
    iso_buffer_format(out, "%s (%zu)\n", title, set->count);
    for (size_t i = 0; i < set->count; i++) {
        bool fresh = false;
        for (size_t k = 0; comparison && k < comparison->nfresh; k++)
            fresh |= comparison->fresh[k] == i;
        iso_buffer_format(out, "  %c %s\n", fresh ? '+' : ' ', set->list[i].text);
    }
}

static void add_cause(struct iso_buffer *out, const struct iso_test *test, const struct iso_machine *machine,
                      const struct iso_cause *cause)
{
    struct iso_buffer rule = {0};
    char insn[96] = "?";
    if (cause->tier >= machine->ntiers || cause->thread >= test->nthreads)
        return;
    const struct iso_tier *tier = &machine->tiers[cause->tier];
    const struct iso_thread *thread = &test->thread[cause->thread];
    const struct iso_rule *row = iso_rule_at(cause->rule);
    if (cause->insn < thread->ninsns)
        iso_insn_text(insn, sizeof insn, &thread->insn[cause->insn]);
    iso_cause_rule(&rule, cause);
    iso_buffer_format(out, "  P%u: %-28s %s\n", thread->id, insn,
                      iso_cause_phrase((enum iso_cause_effect)cause->effect));
    iso_buffer_format(out, "      tier %s, hop %s, rule %s%s%s%s%s\n", tier->name,
                      cause->hop < tier->nhops ? tier->hops[cause->hop].name : "-", iso_buffer_string(&rule),
                      row ? ": " : "", row ? row->title : "", row && *row->citation ? "; " : "",
                      row ? row->citation : "");
    iso_buffer_free(&rule);
}

/* What decided where no tier's effect did. */
static void add_reason(struct iso_buffer *out, const struct iso_judge *judge)
{
    const struct iso_migration *sequence = judge->run->sequence;
    if (judge->composition.test && !sequence->correct)
        iso_buffer_format(out, "  no effect of a tier: the migration sequence %s allows it; %s (%s)\n", sequence->name,
                          sequence->what, sequence->citation);
    else
        iso_buffer_add(out,
                       "  no effect of the tier is recorded for it: the ordering of this attribute alone allows it\n");
}

int iso_explain_witness(struct iso_explained *out, struct iso_diags *diags, const struct iso_judge *judge,
                        const struct iso_machine *machine, const struct iso_cell *cell,
                        const struct iso_judgement *judgement)
{
    const struct iso_composition *composition = judge->composition.test ? &judge->composition : NULL;
    const struct iso_explore_options options = {.loop_bound = judge->run->loop_bound,
                                                .max_candidates = judge->run->max_candidates};
    const struct iso_comparison *c = &judgement->against_reference;
    struct iso_outcome wanted;
    struct iso_witness *found = NULL;
    int status;
    *out = (struct iso_explained){0};
    if (!c->nfresh)
        return 0;
    out->setup = iso_allocate(sizeof *out->setup);
    wanted = iso_evaluation_set(judgement->cell)->list[c->witness];
    if (!judgement->cell->has_exact) /* what one timed run recorded is no bound */
        wanted.state.ncauses = UINT32_MAX;
    status =
        iso_cell_setup(out->setup, diags, judge->scenario, composition, machine, cell, cell->tier, &cell->attribute);
    if (status == 0)
        status = iso_engine_witness(&found, diags, out->setup, &options, &wanted);
    if (found)
        out->witness = iso_witness_complete(found, test_of(judge));
    iso_witness_free(found);
    return status;
}

void iso_explained_free(struct iso_explained *explained)
{
    iso_witness_free(explained->witness);
    free(explained->setup);
    *explained = (struct iso_explained){0};
}

static void add_execution(struct iso_buffer *out, const struct iso_judge *judge, const struct iso_machine *machine,
                          const struct iso_explained *explained)
{
    const struct iso_witness_view view = {test_of(judge), machine, explained->setup, judge->run, explained->witness};
    iso_buffer_add(out, "\nan execution that ends so; <-- marks the events that decide, * their relations\n");
    iso_witness_text(out, &view);
}

void iso_explain_text(struct iso_buffer *out, const struct iso_judge *judge, const struct iso_machine *machine,
                      const struct iso_cell *cell, const struct iso_judgement *judgement,
                      const struct iso_explained *explained)
{
    const char *kind = iso_divergence_name(judgement->divergence),
               *tier_kind = iso_divergence_name(judgement->tier_divergence);
    iso_buffer_format(out, "%s\n\"%s\"\n\n", cell->id, judge->scenario->test->doc ? judge->scenario->test->doc : "");
    iso_buffer_format(out, "against ordinary memory   %s%s%s\n", iso_verdict_name(judgement->verdict), kind ? " " : "",
                      kind ? kind : "");
    if (judge->correct.test)
        iso_buffer_format(out, "  (this cell's pages move by %s, those of ordinary memory by %s)\n",
                          judge->run->sequence->name, iso_migration_correct(judge->run->sequence)->name);
    iso_buffer_format(out, "what the tier alone adds  %s%s%s\n\n", iso_verdict_name(judgement->tier_verdict),
                      tier_kind ? " " : "", tier_kind ? tier_kind : "");
    add_set(out, "ordinary memory shows", iso_evaluation_set(judgement->reference), NULL);
    add_set(out, "this cell shows, new ones marked +", iso_evaluation_set(judgement->cell),
            &judgement->against_reference);
    if (judgement->cell->has_exact && judgement->cell->has_seen)
        iso_buffer_format(out, "%zu of them in %llu timed runs\n", judgement->cell->seen.count,
                          (unsigned long long)judgement->cell->stats.runs);
    for (size_t i = 0; i < judgement->bugs.count; i++)
        iso_buffer_format(out, "%s  * %s\n", i ? "" : "\nMODEL-BUG: observed, but not in the exhaustive engine's set\n",
                          judgement->bugs.list[i]);
    if (!explained->witness && !judgement->against_reference.nfresh)
        return;
    struct iso_end end = end_of(judgement, explained);
    iso_buffer_format(out, "\nwitness: %s\n",
                      iso_evaluation_set(judgement->cell)->list[judgement->against_reference.witness].text);
    for (uint32_t i = 0; i < end.ncauses && i < ISO_FINAL_MAX_CAUSES; i++)
        add_cause(out, test_of(judge), machine, &end.cause[i]);
    if (!end.ncauses)
        add_reason(out, judge);
    if (explained->witness)
        add_execution(out, judge, machine, explained);
}
