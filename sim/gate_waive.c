/* Waivers on findings: which finding is covered, which waiver is of no use any more. Declared in gate.h.
 * Not for: reading waiver files (gate_waiver.c). Findings about the report as a whole and model bugs cannot be waived. */
#include "sim/gate.h"

#include "sim/cli.h"
#include "sim/gate_glob.h"

#include <string.h>

const struct iso_report_cell *iso_gate_cell(const struct iso_gate_finding *finding)
{
    return finding->after ? finding->after : finding->before;
}

static bool wants(const struct iso_waiver *waiver, const struct iso_gate_finding *finding)
{
    const struct iso_report_cell *cell = iso_gate_cell(finding);
    if (!cell || finding->kind == ISO_GATE_KIND_MODEL_BUG)
        return false;
    if (!(waiver->categories >> iso_gate_kind_category(finding->kind) & 1))
        return false;
    enum iso_divergence divergence = finding->tier_axis ? cell->tier_divergence : cell->divergence;
    return !waiver->classes || (divergence != ISO_DIVERGENCE_NONE && (waiver->classes >> divergence & 1) != 0);
}

static size_t count_cells(const struct iso_report *report, const struct iso_waiver *waiver)
{
    size_t count = 0;
    for (size_t i = 0; i < report->ncells; i++)
        count += iso_waiver_covers(waiver, report->cell[i].id);
    return count;
}

static bool matches_any(const struct iso_report *report, const char *glob)
{
    for (size_t i = 0; i < report->ncells; i++)
        if (iso_glob_match(glob, report->cell[i].id))
            return true;
    return false;
}

static const char *find_dead(const struct iso_gate *gate, const struct iso_waiver *waiver)
{
    for (size_t i = 0; i < waiver->ncells; i++)
        if (!matches_any(gate->now, waiver->cells[i]) && !matches_any(gate->before, waiver->cells[i]))
            return waiver->cells[i];
    return NULL;
}

static enum iso_waiver_state judge(const struct iso_gate *gate, const struct iso_waiver *waiver,
                                   const struct iso_waiver_use *use)
{
    if (waiver->expires < gate->options.today)
        return ISO_WAIVER_EXPIRED;
    if (use->dead)
        return ISO_WAIVER_UNUSED;
    if (use->findings)
        return ISO_WAIVER_USED;
    return !use->cells && gate->options.subset ? ISO_WAIVER_NOT_RUN : ISO_WAIVER_PASSING;
}

void iso_gate_waive(struct iso_gate *gate)
{
    size_t nwaivers = gate->waivers ? gate->waivers->count : 0;
    gate->use = iso_allocate((nwaivers + 1) * sizeof gate->use[0]);
    for (size_t w = 0; w < nwaivers; w++) {
        const struct iso_waiver *waiver = &gate->waivers->list[w];
        struct iso_waiver_use *use = &gate->use[w];
        use->cells = count_cells(gate->now, waiver);
        for (size_t i = 0; i < gate->nfindings; i++) {
            struct iso_gate_finding *finding = &gate->finding[i];
            if (!wants(waiver, finding) || !iso_waiver_covers(waiver, finding->id))
                continue;
            use->findings++;
            if (!finding->waiver && waiver->expires >= gate->options.today)
                finding->waiver = waiver;
        }
        use->dead = find_dead(gate, waiver);
        use->state = judge(gate, waiver, use);
        switch (use->state) {
        case ISO_WAIVER_USED:
        case ISO_WAIVER_NOT_RUN:
            break;
        case ISO_WAIVER_EXPIRED:
        case ISO_WAIVER_UNUSED:
        case ISO_WAIVER_PASSING:
            gate->status |= ISO_EXIT_CHANGED;
            break;
        }
    }
}
