/* A witness as text and as a graph, as declared in explain.h. Not for: the search for a smaller change (explain_minimal.c). */
#include "sim/explain.h"

#include "models/rule.h"

#include <string.h>

static const struct iso_test *test_of(const struct iso_judge *judge)
{
    return judge->composition.test ? judge->composition.test : judge->scenario->test;
}

static const struct iso_final *witness_of(const struct iso_judgement *j)
{
    return j->against_reference.nfresh ? &iso_evaluation_set(j->cell)->list[j->against_reference.witness].state : NULL;
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

void iso_explain_text(struct iso_buffer *out, const struct iso_judge *judge, const struct iso_machine *machine,
                      const struct iso_cell *cell, const struct iso_judgement *judgement)
{
    const struct iso_final *witness = witness_of(judgement);
    const char *kind = iso_divergence_name(judgement->divergence),
               *tier_kind = iso_divergence_name(judgement->tier_divergence);
    iso_buffer_format(out, "%s\n\"%s\"\n\n", cell->id, judge->scenario->test->doc ? judge->scenario->test->doc : "");
    iso_buffer_format(out, "against ordinary memory   %s%s%s\n", iso_verdict_name(judgement->verdict), kind ? " " : "",
                      kind ? kind : "");
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
    if (!witness)
        return;
    iso_buffer_format(out, "\nwitness: %s\n",
                      iso_evaluation_set(judgement->cell)->list[judgement->against_reference.witness].text);
    if (!witness->ncauses)
        iso_buffer_add(out,
                       "  no effect of the tier is recorded for it: the ordering of this attribute alone allows it\n");
    for (uint32_t i = 0; i < witness->ncauses && i < ISO_FINAL_MAX_CAUSES; i++)
        add_cause(out, test_of(judge), machine, &witness->cause[i]);
}

/* ---- graph ---- */

static void add_escaped(struct iso_buffer *out, const char *text)
{
    for (; *text; text++)
        if (*text == '"' || *text == '\\')
            iso_buffer_format(out, "\\%c", *text);
        else if (*text == '\n')
            iso_buffer_add(out, "\\n");
        else
            iso_buffer_add_bytes(out, text, 1);
}

static const struct iso_cause *cause_of(const struct iso_final *witness, uint32_t thread, uint32_t insn)
{
    for (uint32_t i = 0; witness && i < witness->ncauses && i < ISO_FINAL_MAX_CAUSES; i++)
        if (witness->cause[i].thread == thread && witness->cause[i].insn == insn)
            return &witness->cause[i];
    return NULL;
}

static bool touches_memory(const struct iso_insn *insn)
{
    switch ((enum iso_insn_class)insn->cls) {
    case ISO_INSN_LOAD:
    case ISO_INSN_STORE:
    case ISO_INSN_LOAD_EXCLUSIVE:
    case ISO_INSN_STORE_EXCLUSIVE:
    case ISO_INSN_ATOMIC:
    case ISO_INSN_CAS:
    case ISO_INSN_LOAD_TAG:
    case ISO_INSN_STORE_TAG:
    case ISO_INSN_STORE_TAG_DATA:
    case ISO_INSN_ZERO:
    case ISO_INSN_CACHE:
    case ISO_INSN_TLBI:
        return true;
    case ISO_INSN_COMPUTE:
    case ISO_INSN_BRANCH:
    case ISO_INSN_BARRIER:
    case ISO_INSN_AT:
    case ISO_INSN_SYSTEM_READ:
    case ISO_INSN_SYSTEM_WRITE:
    case ISO_INSN_EXCEPTION:
    case ISO_INSN_EXCEPTION_RETURN:
    case ISO_INSN_CLREX:
    case ISO_INSN_PREFETCH:
    case ISO_INSN_HINT:
        return false;
    }
    return false;
}

static void add_thread(struct iso_buffer *out, const struct iso_test *test, const struct iso_machine *machine,
                       const struct iso_final *witness, uint32_t t)
{
    const struct iso_thread *thread = &test->thread[t];
    iso_buffer_format(out, "  subgraph cluster_%u {\n    label=\"P%u%s\"; color=gray; fontname=\"sans-serif\";\n", t,
                      thread->id, thread->is_kernel ? " (kernel)" : "");
    for (uint32_t i = 0; i < thread->ninsns; i++) {
        const struct iso_cause *cause = cause_of(witness, t, i);
        char insn[96];
        iso_insn_text(insn, sizeof insn, &thread->insn[i]);
        iso_buffer_format(out, "    p%u_%u [label=\"", t, i);
        add_escaped(out, insn);
        if (cause) {
            struct iso_buffer rule = {0};
            iso_cause_rule(&rule, cause);
            iso_buffer_add(out, "\\n");
            add_escaped(out, iso_cause_phrase((enum iso_cause_effect)cause->effect));
            iso_buffer_add(out, "\\n");
            add_escaped(out, iso_buffer_string(&rule));
            if (cause->tier < machine->ntiers && cause->hop < machine->tiers[cause->tier].nhops)
                iso_buffer_format(out, " at %s of %s", machine->tiers[cause->tier].hops[cause->hop].name,
                                  machine->tiers[cause->tier].name);
            iso_buffer_free(&rule);
        }
        iso_buffer_format(out, "\"%s%s];\n",
                          touches_memory(&thread->insn[i]) ? ", style=filled, fillcolor=\"#eef3fb\"" : "",
                          cause ? ", color=\"#c00000\", penwidth=2" : "");
        if (i)
            iso_buffer_format(out, "    p%u_%u -> p%u_%u [label=\"po\", color=gray, fontcolor=gray];\n", t, i - 1, t,
                              i);
    }
    iso_buffer_add(out, "  }\n");
}

void iso_explain_dot(struct iso_buffer *out, const struct iso_judge *judge, const struct iso_machine *machine,
                     const struct iso_cell *cell, const struct iso_judgement *judgement)
{
    const struct iso_test *test = test_of(judge);
    const struct iso_final *witness = witness_of(judgement);
    iso_buffer_add(out, "digraph witness {\n  label=\"");
    add_escaped(out, cell->id);
    if (witness) {
        iso_buffer_add(out, "\\n");
        add_escaped(out, iso_evaluation_set(judgement->cell)->list[judgement->against_reference.witness].text);
    }
    iso_buffer_add(out, "\";\n  labelloc=t; fontname=\"sans-serif\"; node [shape=box, fontname=\"monospace\", "
                        "fontsize=10]; edge [fontsize=8];\n");
    for (uint32_t t = 0; t < test->nthreads; t++)
        add_thread(out, test, machine, witness, t);
    iso_buffer_add(out, "}\n");
}
