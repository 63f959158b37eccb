/* Names, categories and exit bits of findings, and what each change of verdict is: tables. Declared in gate.h.
 * Not for: classes, refusals and unknown keys within one verdict (gate.c). */
#include "sim/gate.h"

#include "sim/cli.h"

static const struct {
    const char *name, *meaning;
    enum iso_gate_category category;
    int bits;
} kinds[] = {
#define ISO_GATE_ROW(constant, name, category, bits, meaning)                                                          \
    [ISO_GATE_KIND_##constant] = {name, meaning, ISO_GATE_##category, bits},
    ISO_GATE_KINDS(ISO_GATE_ROW)
#undef ISO_GATE_ROW
};

const char *iso_gate_kind_name(enum iso_gate_kind kind)
{
    return kinds[kind].name;
}

const char *iso_gate_kind_meaning(enum iso_gate_kind kind)
{
    return kinds[kind].meaning;
}

enum iso_gate_category iso_gate_kind_category(enum iso_gate_kind kind)
{
    return kinds[kind].category;
}

int iso_gate_kind_bits(enum iso_gate_kind kind)
{
    return kinds[kind].bits;
}

/* Row: before; column: after, in the order SAME, NARROWER, DIVERGES, REFUSED, UNKNOWN, BOUNDED, MODEL-BUG. A model bug is never
 * accepted, whatever was before. */
#define TO(same, narrower, diverges, refused, unknown, bounded)                                                        \
    {                                                                                                                  \
        ISO_GATE_KIND_##same, ISO_GATE_KIND_##narrower, ISO_GATE_KIND_##diverges, ISO_GATE_KIND_##refused,             \
            ISO_GATE_KIND_##unknown, ISO_GATE_KIND_##bounded, ISO_GATE_KIND_MODEL_BUG                                  \
    }
static const enum iso_gate_kind transitions[ISO_VERDICT_COUNT][ISO_VERDICT_COUNT] = {
    [ISO_VERDICT_SAME] = TO(NONE, CHANGED, DIVERGES, REFUSED, INCONCLUSIVE, INCONCLUSIVE),
    [ISO_VERDICT_NARROWER] = TO(CHANGED, NONE, DIVERGES, REFUSED, INCONCLUSIVE, INCONCLUSIVE),
    [ISO_VERDICT_DIVERGES] = TO(IMPROVED, IMPROVED, NONE, IMPROVED, INCONCLUSIVE, INCONCLUSIVE),
    [ISO_VERDICT_REFUSED] = TO(ALLOWED, ALLOWED, DIVERGES, NONE, INCONCLUSIVE, INCONCLUSIVE),
    [ISO_VERDICT_UNKNOWN] = TO(IMPROVED, IMPROVED, DIVERGES, REFUSED, NONE, INCONCLUSIVE),
    [ISO_VERDICT_BOUNDED] = TO(IMPROVED, IMPROVED, DIVERGES, REFUSED, CHANGED, NONE),
    [ISO_VERDICT_MODEL_BUG] = TO(IMPROVED, IMPROVED, DIVERGES, CHANGED, INCONCLUSIVE, INCONCLUSIVE),
};
#undef TO

enum iso_gate_kind iso_gate_transition(enum iso_verdict before, enum iso_verdict after)
{
    return transitions[before][after];
}

const char *iso_waiver_state_name(enum iso_waiver_state state)
{
    switch (state) {
    case ISO_WAIVER_USED:
        return "used";
    case ISO_WAIVER_NOT_RUN:
        return "not-run";
    case ISO_WAIVER_EXPIRED:
        return "expired";
    case ISO_WAIVER_UNUSED:
        return "unused";
    case ISO_WAIVER_PASSING:
        return "passing";
    }
    return "used";
}

void iso_waiver_use_say(struct iso_buffer *out, const struct iso_waiver *waiver, const struct iso_waiver_use *use)
{
    char day[ISO_DAY_TEXT_MAX];
    iso_day_text(day, waiver->expires);
    switch (use->state) {
    case ISO_WAIVER_USED:
        iso_buffer_format(out, "holds until %s", day);
        return;
    case ISO_WAIVER_NOT_RUN:
        iso_buffer_add(out, "none of its cells was run");
        return;
    case ISO_WAIVER_EXPIRED:
        iso_buffer_format(out, "expired on %s; mend what it covers or write a new one", day);
        return;
    case ISO_WAIVER_UNUSED:
        iso_buffer_format(out, "matches no cell of either report with %s; remove it or mend the glob", use->dead);
        return;
    case ISO_WAIVER_PASSING:
        iso_buffer_add(out, "covers cells that no longer show a finding; remove it");
        return;
    }
}

void iso_gate_status_say(struct iso_buffer *out, int status)
{
    static const struct {
        int bit;
        const char *meaning;
    } bits[] = {
        {ISO_EXIT_ERROR, "model bug"},
        {ISO_EXIT_USAGE, "bad input"},
        {ISO_EXIT_CHANGED, "changed, needs a human"},
        {ISO_EXIT_DIVERGES, "divergence"},
        {ISO_EXIT_INCONCLUSIVE, "inconclusive"},
        {ISO_EXIT_VACUOUS, "nothing was compared"},
    };
    const char *between = "";
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++)
        if (status & bits[i].bit) {
            iso_buffer_format(out, "%s%d", between, bits[i].bit);
            between = "+";
        }
    iso_buffer_add(out, status ? ": " : "0: clean");
    between = "";
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++)
        if (status & bits[i].bit) {
            iso_buffer_format(out, "%s%s", between, bits[i].meaning);
            between = ", ";
        }
}
