/* A witness as a graph in the language of graphviz. Declared in explain.h. Not for: words (explain_witness.c). Events
 * are given their places, for dot takes columns in any order; edges it routes around them. */
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
static void add_line(struct iso_buffer *label, const char *text)
{
    if (!*text)
        return;
    iso_buffer_add(label, "\n");
    iso_buffer_add(label, text);
}

static void add_cause(struct iso_buffer *label, const struct iso_machine *machine, const struct iso_cause *cause)
{
    struct iso_buffer rule = {0};
    add_line(label, iso_cause_phrase((enum iso_cause_effect)cause->effect));
    iso_cause_rule(&rule, cause);
    add_line(label, iso_buffer_string(&rule));
    if (cause->tier < machine->ntiers && cause->hop < machine->tiers[cause->tier].nhops)
        iso_buffer_format(label, " at %s", machine->tiers[cause->tier].hops[cause->hop].name);
    iso_buffer_free(&rule);
}

static void add_label(struct iso_buffer *label, const struct iso_witness_view *view, uint32_t i)
{
    const struct iso_witness_event *e = &view->witness->event[i];
    const struct iso_cause *cause = iso_witness_event_cause(view, i);
    struct iso_buffer place = {0};
    char insn[96];
    bool has_letter = e->thread != ISO_WITNESS_NO_THREAD && e->kind != ISO_WITNESS_BARRIER;
    if (has_letter) {
        iso_witness_event_name(label, view, i);
        iso_buffer_add(label, ": ");
    }
    iso_witness_event_text(label, view, i);
    if (has_letter) {
        iso_witness_event_insn(insn, sizeof insn, view, i);
        add_line(label, insn);
    }
    iso_witness_event_place(&place, view, i);
    add_line(label, iso_buffer_string(&place));
    if (cause)
        add_cause(label, view->machine, cause);
    iso_buffer_free(&place);
}

/* ---- where events stand: points, to the right and up ---- */

enum { LETTER = 6, LINE = 13, MARGIN = 18, GAP = 34, BETWEEN = 110, HEADING = 30 };

struct size {
    int width, height;
};

static struct size size_of(const struct iso_witness_view *view, uint32_t i)
{
    struct iso_buffer label = {0};
    struct size out = {0, LINE};
    int width = 0;
    add_label(&label, view, i);
    for (const char *c = iso_buffer_string(&label); *c; c++) {
        width = *c == '\n' ? 0 : width + LETTER;
        out.height += *c == '\n' ? LINE : 0;
        out.width = width > out.width ? width : out.width;
    }
    out.width += MARGIN;
    out.height += MARGIN - 8;
    iso_buffer_free(&label);
    return out;
}

static void add_event(struct iso_buffer *out, const struct iso_witness_view *view, uint32_t i, int x, int y)
{
    const struct iso_witness_event *e = &view->witness->event[i];
    struct iso_buffer label = {0};
    add_label(&label, view, i);
    iso_buffer_format(out, "    e%u [label=\"", i);
    add_escaped(out, label.data);
    iso_buffer_format(out, "\", pos=\"%d,%d!\"", x, y);
    if (iso_witness_event_cause(view, i))
        iso_buffer_add(out, ", color=\"" DECIDES "\", penwidth=2");
    if (e->kind == ISO_WITNESS_BARRIER)
        iso_buffer_add(out, ", shape=plaintext");
    else if (e->size)
        iso_buffer_add(out, ", style=filled, fillcolor=\"#eef3fb\"");
    iso_buffer_add(out, "];\n");
    iso_buffer_free(&label);
}

static bool is_initial(const struct iso_witness_view *view, uint32_t i)
{
    return view->witness->event[i].kind == ISO_WITNESS_INITIAL && !iso_witness_event_is_plain(view, i);
}

static bool is_of_column(const struct iso_witness_view *view, uint32_t i, uint32_t column)
{
    const struct iso_witness_event *e = &view->witness->event[i];
    bool here = column == view->test->nthreads ? iso_witness_event_is_hardware(view, i) : e->thread == column;
    return here && !iso_witness_event_is_plain(view, i);
}

/* Initial writes, in a row above the threads. */
static void add_top(struct iso_buffer *out, const struct iso_witness_view *view)
{
    int left = 0;
    for (uint32_t i = 0; i < view->witness->nevents; i++) {
        if (!is_initial(view, i))
            continue;
        struct size size = size_of(view, i);
        add_event(out, view, i, left + size.width / 2, 2 * HEADING + size.height / 2);
        left += size.width + GAP;
    }
}

/* One thread: a column, top down in program order; behind the last one what hardware does on its own. Returns where the next one begins. */
static int add_column(struct iso_buffer *out, const struct iso_witness_view *view, uint32_t t, int left)
{
    const struct iso_witness *w = view->witness;
    struct iso_buffer name = {0};
    uint32_t before = UINT32_MAX;
    int width = 0, y = -HEADING;
    for (uint32_t i = 0; i < w->nevents; i++)
        if (is_of_column(view, i, t) && size_of(view, i).width > width)
            width = size_of(view, i).width;
    if (!width)
        return left;
    if (t == view->test->nthreads)
        iso_buffer_add(&name, "hardware, on its own");
    else
        iso_witness_thread_name(&name, view, t);
    iso_buffer_format(out, "  subgraph cluster_%u {\n    label=\"\"; color=gray;\n    h%u [label=\"", t, t);
    add_escaped(out, name.data);
    iso_buffer_format(out, "\", pos=\"%d,0!\", shape=plaintext, fontname=\"sans-serif\", fontsize=13];\n",
                      left + width / 2);
    for (uint32_t i = 0; i < w->nevents; i++) {
        if (!is_of_column(view, i, t))
            continue;
        int height = size_of(view, i).height;
        add_event(out, view, i, left + width / 2, y - height / 2);
        y -= height + GAP;
        if (before != UINT32_MAX && t < view->test->nthreads)
            iso_buffer_format(out, "    e%u -> e%u [label=\"po\", color=gray, fontcolor=gray];\n", before, i);
        before = i;
    }
    iso_buffer_add(out, "  }\n");
    iso_buffer_free(&name);
    return left + width + BETWEEN;
}

static void add_relations(struct iso_buffer *out, const struct iso_witness_view *view)
{
    for (uint32_t i = 0; i < view->witness->nedges; i++) {
        const struct iso_witness_edge *e = &view->witness->edge[i];
        bool decides = iso_witness_edge_decides(view, e);
        const char *colour = decides ? DECIDES : colours[e->relation];
        if (iso_witness_event_is_plain(view, e->from) || iso_witness_event_is_plain(view, e->to))
            continue;
        iso_buffer_format(out, "  e%u -> e%u [label=\"%s\", color=\"%s\", fontcolor=\"%s\"%s];\n", e->from, e->to,
                          iso_witness_relation_name((enum iso_witness_relation)e->relation), colour, colour,
                          decides ? ", penwidth=2" : "");
    }
}

void iso_explain_dot(struct iso_buffer *out, const struct iso_judge *judge, const struct iso_machine *machine,
                     const struct iso_cell *cell, const struct iso_explained *explained)
{
    const struct iso_test *test = judge->composition.test ? judge->composition.test : judge->scenario->test;
    const struct iso_witness_view view = {test, machine, explained->setup, judge->run, explained->witness};
    struct iso_buffer title = {0};
    int left = 0;
    iso_buffer_add(&title, cell->id);
    add_line(&title, explained->witness ? explained->witness->text : "no execution to show");
    iso_buffer_add(out, "digraph witness {\n  label=\"");
    add_escaped(out, title.data);
    iso_buffer_add(out, "\";\n  layout=neato; inputscale=72; splines=true; labelloc=t; fontname=\"sans-serif\";\n"
                        "  node [shape=box, fontname=\"monospace\", fontsize=10]; edge [fontsize=9];\n");
    if (explained->witness) {
        add_top(out, &view);
        for (uint32_t t = 0; t <= test->nthreads; t++)
            left = add_column(out, &view, t, left);
        add_relations(out, &view);
    }
    iso_buffer_add(out, "}\n");
    iso_buffer_free(&title);
}
