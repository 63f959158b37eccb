/* A witness as a graph in the language of graphviz. Declared in explain.h. Not for: words (explain_witness.c), layout (dot does that). */
#include "sim/explain_witness.h"

#include "models/rule.h"

static const char *const colours[] = {
    [ISO_WITNESS_RF] = "#2e7d32", [ISO_WITNESS_CO] = "#6d4c41", [ISO_WITNESS_FR] = "#ef6c00"};
#define DECIDES "#c00000"

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

/* A further line of a label, unless empty. */
static void add_line(struct iso_buffer *out, const char *text)
{
    if (!*text)
        return;
    iso_buffer_add(out, "\\n");
    add_escaped(out, text);
}

static void add_cause(struct iso_buffer *out, const struct iso_machine *machine, const struct iso_cause *cause)
{
    struct iso_buffer rule = {0};
    add_line(out, iso_cause_phrase((enum iso_cause_effect)cause->effect));
    iso_cause_rule(&rule, cause);
    add_line(out, iso_buffer_string(&rule));
    if (cause->tier < machine->ntiers && cause->hop < machine->tiers[cause->tier].nhops) {
        iso_buffer_add(out, " at ");
        add_escaped(out, machine->tiers[cause->tier].hops[cause->hop].name);
    }
    iso_buffer_free(&rule);
}

static void add_event(struct iso_buffer *out, const struct iso_witness_view *view, uint32_t i)
{
    const struct iso_witness_event *e = &view->witness->event[i];
    const struct iso_cause *cause = iso_witness_event_cause(view, i);
    struct iso_buffer text = {0};
    char insn[96];
    bool has_letter = e->thread != ISO_WITNESS_NO_THREAD && e->kind != ISO_WITNESS_BARRIER;
    iso_buffer_format(out, "    e%u [label=\"", i);
    if (has_letter) {
        iso_witness_event_name(&text, view, i);
        iso_buffer_add(&text, ": ");
    }
    iso_witness_event_text(&text, view, i);
    add_escaped(out, text.data);
    if (has_letter) {
        iso_witness_event_insn(insn, sizeof insn, view, i);
        add_line(out, insn);
    }
    iso_buffer_clear(&text);
    iso_witness_event_place(&text, view, i);
    add_line(out, iso_buffer_string(&text));
    if (cause)
        add_cause(out, view->machine, cause);
    iso_buffer_add(out, "\"");
    if (cause)
        iso_buffer_add(out, ", color=\"" DECIDES "\", penwidth=2");
    if (e->kind == ISO_WITNESS_BARRIER)
        iso_buffer_add(out, ", shape=plaintext");
    else if (e->size)
        iso_buffer_add(out, ", style=filled, fillcolor=\"#eef3fb\"");
    iso_buffer_add(out, "];\n");
    iso_buffer_free(&text);
}

/* Initial writes and hardware's own, in a row above the threads. */
static void add_top(struct iso_buffer *out, const struct iso_witness_view *view)
{
    const struct iso_witness *w = view->witness;
    iso_buffer_add(out, "  { rank=min;\n");
    for (uint32_t i = 0; i < w->nevents; i++)
        if (w->event[i].thread == ISO_WITNESS_NO_THREAD && !iso_witness_event_is_plain(view, i))
            add_event(out, view, i);
    iso_buffer_add(out, "  }\n");
}

/* One thread: a column, top down in program order. */
static void add_thread(struct iso_buffer *out, const struct iso_witness_view *view, uint32_t t)
{
    const struct iso_witness *w = view->witness;
    struct iso_buffer name = {0};
    uint32_t before = UINT32_MAX, first = UINT32_MAX;
    iso_witness_thread_name(&name, view, t);
    iso_buffer_format(out, "  subgraph cluster_%u {\n    label=\"", t);
    add_escaped(out, name.data);
    iso_buffer_add(out, "\"; color=gray; fontname=\"sans-serif\";\n");
    for (uint32_t i = 0; i < w->nevents; i++) {
        if (w->event[i].thread != t || iso_witness_event_is_plain(view, i))
            continue;
        add_event(out, view, i);
        if (before != UINT32_MAX)
            iso_buffer_format(out, "    e%u -> e%u [label=\"po\", color=gray, fontcolor=gray, weight=8];\n", before, i);
        else
            first = i;
        before = i;
    }
    iso_buffer_add(out, "  }\n");
    for (uint32_t i = 0; i < w->nevents && first != UINT32_MAX; i++)
        if (w->event[i].thread == ISO_WITNESS_NO_THREAD && !iso_witness_event_is_plain(view, i))
            iso_buffer_format(out, "  e%u -> e%u [style=invis];\n", i, first);
    iso_buffer_free(&name);
}

static void add_relations(struct iso_buffer *out, const struct iso_witness_view *view)
{
    for (uint32_t i = 0; i < view->witness->nedges; i++) {
        const struct iso_witness_edge *e = &view->witness->edge[i];
        bool decides = iso_witness_edge_decides(view, e);
        const char *colour = decides ? DECIDES : colours[e->relation];
        if (iso_witness_event_is_plain(view, e->from) || iso_witness_event_is_plain(view, e->to))
            continue;
        iso_buffer_format(out, "  e%u -> e%u [label=\"%s\", color=\"%s\", fontcolor=\"%s\", constraint=false%s];\n",
                          e->from, e->to, iso_witness_relation_name((enum iso_witness_relation)e->relation), colour,
                          colour, decides ? ", penwidth=2" : "");
    }
}

void iso_explain_dot(struct iso_buffer *out, const struct iso_judge *judge, const struct iso_machine *machine,
                     const struct iso_cell *cell, const struct iso_explained *explained)
{
    const struct iso_test *test = judge->composition.test ? judge->composition.test : judge->scenario->test;
    const struct iso_witness_view view = {test, machine, explained->setup, judge->run, explained->witness};
    iso_buffer_add(out, "digraph witness {\n  label=\"");
    add_escaped(out, cell->id);
    add_line(out, explained->witness ? explained->witness->text : "no execution to show");
    iso_buffer_add(out, "\";\n  labelloc=t; newrank=true; splines=true; nodesep=0.6; fontname=\"sans-serif\";\n"
                        "  node [shape=box, fontname=\"monospace\", fontsize=10]; edge [fontsize=9];\n");
    if (explained->witness) {
        add_top(out, &view);
        for (uint32_t t = 0; t < test->nthreads; t++)
            add_thread(out, &view, t);
        add_relations(out, &view);
    }
    iso_buffer_add(out, "}\n");
}
