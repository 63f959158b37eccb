/* Verdicts and classes, as declared in compare.h. Not for: printing. Not modelled: how likely an outcome is. */
#include "sim/compare.h"

#include "sim/buffer.h"

#include <stdlib.h>
#include <string.h>

static const char *const verdict_names[ISO_VERDICT_COUNT] = {
    [ISO_VERDICT_SAME] = "SAME",           [ISO_VERDICT_NARROWER] = "NARROWER", [ISO_VERDICT_DIVERGES] = "DIVERGES",
    [ISO_VERDICT_REFUSED] = "REFUSED",     [ISO_VERDICT_UNKNOWN] = "UNKNOWN",   [ISO_VERDICT_BOUNDED] = "BOUNDED",
    [ISO_VERDICT_MODEL_BUG] = "MODEL-BUG",
};

static const char *const divergence_names[] = {
    [ISO_DIVERGENCE_CORRUPTION] = "corruption", [ISO_DIVERGENCE_LOST_UPDATE] = "lost-update",
    [ISO_DIVERGENCE_STALE] = "stale",           [ISO_DIVERGENCE_TORN] = "torn",
    [ISO_DIVERGENCE_TAG_LOST] = "tag-lost",     [ISO_DIVERGENCE_TAG_FALSE_FAULT] = "tag-false-fault",
    [ISO_DIVERGENCE_FAULT] = "fault",           [ISO_DIVERGENCE_NO_PROGRESS] = "no-progress",
    [ISO_DIVERGENCE_VALUE] = "value",
};

/* One row an effect: what to call it, and the class of a new state that it explains where faults and loops do not decide. */
static const struct {
    const char *phrase;
    enum iso_divergence divergence;
} effects[] = {
    [ISO_CAUSE_NONE] = {"no deviating effect recorded", ISO_DIVERGENCE_VALUE},
    [ISO_CAUSE_FAULT] = {"faults", ISO_DIVERGENCE_FAULT},
    [ISO_CAUSE_NOP] = {"does nothing", ISO_DIVERGENCE_LOST_UPDATE},
    [ISO_CAUSE_HANG] = {"never completes", ISO_DIVERGENCE_NO_PROGRESS},
    [ISO_CAUSE_LOCAL_ONLY] = {"passes although another observer wrote", ISO_DIVERGENCE_LOST_UPDATE},
    [ISO_CAUSE_FAILS_KEEPS] = {"reports failure every time", ISO_DIVERGENCE_NO_PROGRESS},
    [ISO_CAUSE_FAILS_WRITES] = {"reports failure and writes", ISO_DIVERGENCE_LOST_UPDATE},
    [ISO_CAUSE_STATUS_UNKNOWN] = {"gives an UNKNOWN status", ISO_DIVERGENCE_LOST_UPDATE},
    [ISO_CAUSE_NONATOMIC] = {"is not atomic for other observers", ISO_DIVERGENCE_LOST_UPDATE},
    [ISO_CAUSE_TORN] = {"is torn", ISO_DIVERGENCE_TORN},
    [ISO_CAUSE_DATA_ONES] = {"reads all ones without an error", ISO_DIVERGENCE_CORRUPTION},
    [ISO_CAUSE_DATA_LOST] = {"completes and is dropped", ISO_DIVERGENCE_LOST_UPDATE},
    [ISO_CAUSE_STALE] = {"reads a stale copy", ISO_DIVERGENCE_STALE},
    [ISO_CAUSE_TAG_UNCHECKED] = {"is not tag-checked", ISO_DIVERGENCE_TAG_LOST},
    [ISO_CAUSE_TAG_ZERO] = {"finds the tag zero", ISO_DIVERGENCE_TAG_LOST},
    [ISO_CAUSE_TAG_MATCH_FAILS] = {"fails its tag match whatever the tag", ISO_DIVERGENCE_TAG_FALSE_FAULT},
    [ISO_CAUSE_TAG_DROPPED] = {"loses the tag it writes", ISO_DIVERGENCE_TAG_LOST},
    [ISO_CAUSE_TAG_ALIASES] = {"lands in other memory", ISO_DIVERGENCE_CORRUPTION},
    [ISO_CAUSE_ORDER] = {"is ordered otherwise than in ordinary memory", ISO_DIVERGENCE_VALUE},
};
enum { EFFECTS = sizeof effects / sizeof effects[0] };

const char *iso_verdict_name(enum iso_verdict verdict)
{
    return verdict_names[verdict];
}

bool iso_verdict_find(enum iso_verdict *out, const char *name)
{
    for (unsigned i = 0; i < ISO_VERDICT_COUNT; i++)
        if (strcmp(verdict_names[i], name) == 0) {
            *out = (enum iso_verdict)i;
            return true;
        }
    return false;
}

const char *iso_divergence_name(enum iso_divergence divergence)
{
    return divergence < ISO_DIVERGENCE_NONE ? divergence_names[divergence] : NULL;
}

bool iso_divergence_find(enum iso_divergence *out, const char *name)
{
    for (unsigned i = 0; i < ISO_DIVERGENCE_NONE; i++)
        if (strcmp(divergence_names[i], name) == 0) {
            *out = (enum iso_divergence)i;
            return true;
        }
    return false;
}

const char *iso_cause_phrase(enum iso_cause_effect effect)
{
    return (unsigned)effect < EFFECTS ? effects[effect].phrase : effects[ISO_CAUSE_NONE].phrase;
}

size_t iso_outcome_index(const struct iso_outcome_set *set, const char *text)
{
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(set->list[middle].text, text);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return set->count;
}

/* Fault types and stuck threads that some state of the set has: what the reference can give. */
static void gather(uint32_t *fault_types, uint32_t *stuck, const struct iso_outcome_set *set)
{
    *fault_types = *stuck = 0;
    for (size_t i = 0; i < set->count; i++) {
        const struct iso_final *state = &set->list[i].state;
        *stuck |= state->no_progress;
        for (uint32_t k = 0; k < state->nfaults; k++)
            *fault_types |= 1u << state->fault[k].type;
    }
}

/* Class of one new state. Aliased tags and silent ones are worse than what follows from them; a fault or a stuck thread that the reference
 * cannot have names the state; else the worst effect that took part does. */
static enum iso_divergence classify(const struct iso_final *state, uint32_t fault_types, uint32_t stuck,
                                    const struct iso_cause **cause)
{
    enum iso_divergence worst = ISO_DIVERGENCE_NONE, named = ISO_DIVERGENCE_NONE;
    const struct iso_cause *worst_cause = state->ncauses ? &state->cause[0] : NULL, *fault_cause = NULL,
                           *tag_cause = NULL, *loop_cause = NULL;

    for (uint32_t i = 0; i < state->ncauses && i < ISO_FINAL_MAX_CAUSES; i++) {
        unsigned effect = state->cause[i].effect < EFFECTS ? state->cause[i].effect : ISO_CAUSE_NONE;
        if (effects[effect].divergence < worst) {
            worst = effects[effect].divergence;
            worst_cause = &state->cause[i];
        }
        if (effect == ISO_CAUSE_FAULT)
            fault_cause = &state->cause[i];
        else if (effect == ISO_CAUSE_TAG_ZERO || effect == ISO_CAUSE_TAG_MATCH_FAILS || effect == ISO_CAUSE_TAG_DROPPED)
            tag_cause = &state->cause[i];
        else if (effect == ISO_CAUSE_FAILS_KEEPS || effect == ISO_CAUSE_HANG || effect == ISO_CAUSE_NOP ||
                 effect == ISO_CAUSE_FAILS_WRITES)
            loop_cause = &state->cause[i];
    }
    if (worst == ISO_DIVERGENCE_CORRUPTION) {
        *cause = worst_cause;
        return worst;
    }
    for (uint32_t i = 0; i < state->nfaults; i++)
        if (!(fault_types >> state->fault[i].type & 1)) {
            bool tag = state->fault[i].type == ISO_FAULT_TAG_CHECK;
            enum iso_divergence kind = tag ? ISO_DIVERGENCE_TAG_FALSE_FAULT : ISO_DIVERGENCE_FAULT;
            if (kind < named) {
                named = kind;
                *cause = tag ? (tag_cause ? tag_cause : worst_cause) : (fault_cause ? fault_cause : worst_cause);
            }
        }
    if (named == ISO_DIVERGENCE_NONE && state->no_progress & ~stuck && worst != ISO_DIVERGENCE_LOST_UPDATE) {
        named = ISO_DIVERGENCE_NO_PROGRESS;
        *cause = loop_cause ? loop_cause : worst_cause;
    }
    if (named != ISO_DIVERGENCE_NONE)
        return named;
    *cause = worst_cause;
    return worst == ISO_DIVERGENCE_NONE || worst == ISO_DIVERGENCE_FAULT ? ISO_DIVERGENCE_VALUE : worst;
}

void iso_compare(struct iso_comparison *out, const struct iso_test *test, const struct iso_outcome_set *reference,
                 const struct iso_outcome_set *cell, bool sampled)
{
    uint32_t fault_types, stuck;
    size_t missing = 0;

    (void)test;
    *out = (struct iso_comparison){.divergence = ISO_DIVERGENCE_NONE,
                                   .fresh = iso_allocate((cell->count + 1) * sizeof(size_t))};
    gather(&fault_types, &stuck, reference);
    for (size_t i = 0; i < cell->count; i++) {
        const struct iso_cause *cause = NULL;
        if (iso_outcome_index(reference, cell->list[i].text) < reference->count)
            continue;
        if (sampled && cell->list[i].state.ncauses == 0)
            continue;
        out->fresh[out->nfresh++] = i;
        enum iso_divergence kind = classify(&cell->list[i].state, fault_types, stuck, &cause);
        if (kind < out->divergence) {
            out->divergence = kind;
            out->witness = i;
            out->cause = cause;
        }
    }
    for (size_t i = 0; i < reference->count; i++)
        missing += iso_outcome_index(cell, reference->list[i].text) == cell->count;
    if (out->nfresh && !(reference->bounded && !sampled))
        out->verdict = ISO_VERDICT_DIVERGES;
    else if (cell->bounded || reference->bounded)
        out->verdict = ISO_VERDICT_BOUNDED;
    else
        out->verdict = missing && !sampled ? ISO_VERDICT_NARROWER : ISO_VERDICT_SAME;
}
