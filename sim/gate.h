/* The gate: what became of each cell between two reports, worst first, and the exit status that follows from it.
 * For: cli_gate.c and the renderers gate_*.c. Not for: running anything, reading files.
 * Not modelled: which of two equal divergences is worse beyond its class; sets of outcomes are not compared with each other. */
#ifndef ISOTIER_SIM_GATE_H
#define ISOTIER_SIM_GATE_H

#include "sim/buffer.h"
#include "sim/gate_waiver.h"
#include "sim/report.h"

/* Kinds of findings, worst first: constant, name in the outputs (SARIF rule), category, exit bits if it fails, what it says. */
#define ISO_GATE_KINDS(X)                                                                                              \
    X(MODEL_BUG, "model-bug", BREAKING, ISO_EXIT_ERROR, "the engines contradict each other")                           \
    X(DIVERGES, "diverges", BREAKING, ISO_EXIT_DIVERGES, "shows what the reference cannot, and did not before")        \
    X(WORSE, "worse-class", BREAKING, ISO_EXIT_DIVERGES, "diverges in a more severe class")                            \
    X(NEW_DIVERGES, "new-diverges", BREAKING, ISO_EXIT_DIVERGES, "a new cell diverges")                                \
    X(VANISHED, "vanished", BREAKING, ISO_EXIT_CHANGED, "a cell of the baseline is not in the report")                 \
    X(INCONCLUSIVE, "inconclusive", WEAKENING, ISO_EXIT_CHANGED | ISO_EXIT_INCONCLUSIVE, "an answer was lost")         \
    X(UNKNOWN_GREW, "unknown-grew", WEAKENING, ISO_EXIT_CHANGED | ISO_EXIT_INCONCLUSIVE,                               \
      "the verdict hangs on more unknown settings")                                                                    \
    X(NEW_INCONCLUSIVE, "new-inconclusive", WEAKENING, ISO_EXIT_CHANGED | ISO_EXIT_INCONCLUSIVE,                       \
      "a new cell has no answer")                                                                                      \
    X(PROOF, "proof", WEAKENING, ISO_EXIT_CHANGED | ISO_EXIT_INCONCLUSIVE, "fewer engines stand behind the verdict")   \
    X(COVERAGE, "coverage", WEAKENING, ISO_EXIT_CHANGED | ISO_EXIT_INCONCLUSIVE,                                       \
      "the timed engine shows a smaller share of the allowed outcomes")                                                \
    X(REFUSED, "refused", WEAKENING, ISO_EXIT_CHANGED, "what was allowed is refused")                                  \
    X(ALLOWED, "allowed", WEAKENING, ISO_EXIT_CHANGED, "what was refused is allowed")                                  \
    X(REFUSED_OTHERWISE, "refused-otherwise", WEAKENING, ISO_EXIT_CHANGED,                                             \
      "refused at another stage or with another errno")                                                                \
    X(COST, "cost", COST, ISO_EXIT_CHANGED, "costs more cycles than the threshold allows")                             \
    X(CHEAPER, "cheaper", INFO, ISO_EXIT_CHANGED, "costs fewer cycles")                                                \
    X(IMPROVED, "improved", INFO, ISO_EXIT_CHANGED, "better than the baseline")                                        \
    X(CHANGED, "changed", INFO, ISO_EXIT_CHANGED, "other than the baseline, and not worse")                            \
    X(NEW, "new", INFO, ISO_EXIT_CHANGED, "a new cell that does not diverge")                                          \
    X(INPUT, "input", INFO, ISO_EXIT_CHANGED, "the report was made from other inputs")

enum iso_gate_kind {
#define ISO_GATE_ENUM(constant, name, category, bits, meaning) ISO_GATE_KIND_##constant,
    ISO_GATE_KINDS(ISO_GATE_ENUM)
#undef ISO_GATE_ENUM
        ISO_GATE_KIND_NONE
};
const char *iso_gate_kind_name(enum iso_gate_kind kind);
const char *iso_gate_kind_meaning(enum iso_gate_kind kind);
enum iso_gate_category iso_gate_kind_category(enum iso_gate_kind kind);
int iso_gate_kind_bits(enum iso_gate_kind kind);

/* What a change of verdict is called; NONE for none. Classes, refusals and unknown keys are compared by the caller. */
enum iso_gate_kind iso_gate_transition(enum iso_verdict before, enum iso_verdict after);

struct iso_gate_options {
    unsigned fail_on;       /* bits 1 << iso_gate_category */
    uint64_t cost_percent;  /* growth of p50 or p99 that is still allowed */
    uint64_t cover_percent; /* points of coverage that may be lost */
    bool subset; /* the report is meant to be a part of the baseline: cells that are missing are counted, no findings */
    int32_t today; /* for waivers */
};

struct iso_gate_finding {
    enum iso_gate_kind kind;
    bool tier_axis; /* it is about tier_verdict, what the tier alone adds */
    const char *id; /* cell id; "machine", "scenario X", "subject X", "report" otherwise; owned if `owned` */
    const struct iso_report_cell *before, *after; /* NULL: no such cell; both NULL: about the report as a whole */
    char *message;                                /* owned: "SAME -> DIVERGES fault" */
    const struct iso_waiver *waiver;              /* that covers it; NULL: none */
    bool owned;
};

/* What became of a waiver: it must be of use, and only as long as it holds. */
enum iso_waiver_state {
    ISO_WAIVER_USED,
    ISO_WAIVER_NOT_RUN, /* --subset left its cells out */
    ISO_WAIVER_EXPIRED,
    ISO_WAIVER_UNUSED, /* one of its globs matches no cell of either report */
    ISO_WAIVER_PASSING /* its cells show no finding any more */
};
const char *iso_waiver_state_name(enum iso_waiver_state state);
/* "expired on 2026-03-31; mend the finding or renew the waiver", ... */
struct iso_waiver_use {
    enum iso_waiver_state state;
    size_t cells, findings; /* that it covers */
    const char *dead;       /* a glob that matches no cell; NULL: none */
};
void iso_waiver_use_say(struct iso_buffer *out, const struct iso_waiver *waiver, const struct iso_waiver_use *use);

struct iso_gate {
    const struct iso_report *before, *now;
    const struct iso_waivers *waivers; /* NULL: none */
    struct iso_waiver_use *use;        /* one for each waiver */
    struct iso_gate_options options;
    struct iso_gate_finding *finding;
    size_t nfindings, capacity;
    size_t compared, observed,
        costed; /* cells in both reports; of these, answered by an engine; of these, with cycles on both sides */
    size_t fresh, vanished; /* cells in one report only */
    size_t found[ISO_GATE_CATEGORY_COUNT], waived[ISO_GATE_CATEGORY_COUNT];
    const struct iso_report_cell **cell; /* those of the report, by id */
    int status;                          /* exit bits */
};

/* Pure: no clock, no files. The reports and waivers must outlive the gate. The caller frees. */
void iso_gate_compare(struct iso_gate *out, const struct iso_report *before, const struct iso_report *now,
                      const struct iso_waivers *waivers, const struct iso_gate_options *options);
void iso_gate_free(struct iso_gate *gate);

/* Marks findings as waived, judges each waiver. Part of iso_gate_compare(). */
void iso_gate_waive(struct iso_gate *gate);
/* Whether a finding sets its bits: its category fails and no waiver covers it. A model bug always does. */
bool iso_gate_fails(const struct iso_gate *gate, const struct iso_gate_finding *finding);

/* "DIVERGES fault" of one side; "-" for none. */
void iso_gate_side(struct iso_buffer *out, const struct iso_report_cell *cell, bool tier_axis);
/* The cell whose rules and witness speak for a finding; NULL for findings about the report. */
const struct iso_report_cell *iso_gate_cell(const struct iso_gate_finding *finding);
/* "8+16: divergence, inconclusive" of an exit status. */
void iso_gate_status_say(struct iso_buffer *out, int status);

/* Renderers: the same bytes for the same gate. */
void iso_gate_text(struct iso_buffer *out, const struct iso_gate *gate, const char *report_path);
void iso_gate_json(struct iso_buffer *out, const struct iso_gate *gate);
void iso_gate_junit(struct iso_buffer *out, const struct iso_gate *gate);
void iso_gate_sarif(struct iso_buffer *out, const struct iso_gate *gate);

#endif
