/* A witness made readable: its execution completed with barriers, faults and instructions without effect, and words for each event.
 * For: explain.c (text), explain_graph.c (DOT). Not for: finding an execution (sim/explore). */
#ifndef ISOTIER_SIM_EXPLAIN_WITNESS_H
#define ISOTIER_SIM_EXPLAIN_WITNESS_H

#include "sim/explain.h"

/* What explain.c and explain_graph.c print from. */
struct iso_witness_view {
    const struct iso_test *test;
    const struct iso_machine *machine;
    const struct iso_setup *setup;
    const struct iso_run *run;
    const struct iso_witness *witness; /* completed */
};

/* Puts in what the engine does not list: barriers on the way from one event to the next, faults that no memory event stands for, instructions that a tier
 * took the effect of. The caller frees the result. */
struct iso_witness *iso_witness_complete(const struct iso_witness *witness, const struct iso_test *test);

/* "a" .. "z", "aa" ..; initial writes "ix" */
void iso_witness_event_name(struct iso_buffer *out, const struct iso_witness_view *view, uint32_t event);
/* "W.rel x = 1", "translate x: (oa:PA(x))", "DMB ISH" */
void iso_witness_event_text(struct iso_buffer *out, const struct iso_witness_view *view, uint32_t event);
/* "cxl wb-tagged, tag :red"; "" where it touches no memory. */
void iso_witness_event_place(struct iso_buffer *out, const struct iso_witness_view *view, uint32_t event);
/* The instruction as text; "" for initial writes and hardware. */
void iso_witness_event_insn(char *out, size_t size, const struct iso_witness_view *view, uint32_t event);
/* "P1", "P2 (kernel: migrates the page, sequence base)", "hardware" */
void iso_witness_thread_name(struct iso_buffer *out, const struct iso_witness_view *view, unsigned thread);
/* The effect of a tier that the event owes its outcome to; NULL: none. */
const struct iso_cause *iso_witness_event_cause(const struct iso_witness_view *view, uint32_t event);
/* An event that can be left out of a picture: a translation or tag check that passed and that no write of the execution could have changed. */
bool iso_witness_event_is_hardware(const struct iso_witness_view *view,
                                   uint32_t event); /* a cache's own move, an eviction */
bool iso_witness_event_is_plain(const struct iso_witness_view *view, uint32_t event);
/* Whether an edge decides: it leads from or to an event that has a cause; without any cause, between the kernel's thread and the program. */
bool iso_witness_edge_decides(const struct iso_witness_view *view, const struct iso_witness_edge *edge);
const char *iso_witness_relation_name(enum iso_witness_relation relation); /* "rf" */

/* Events by thread in program order, relations, and the same events in one linear order with a column a thread. */
void iso_witness_text(struct iso_buffer *out, const struct iso_witness_view *view);

#endif
