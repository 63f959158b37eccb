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
    [ISO_CAUSE_NOP_READ] = {"does nothing", ISO_DIVERGENCE_VALUE},
    [ISO_CAUSE_HANG] = {"never completes", ISO_DIVERGENCE_NO_PROGRESS},
    [ISO_CAUSE_LOCAL_ONLY] = {"passes although another observer wrote", ISO_DIVERGENCE_LOST_UPDATE},
    [ISO_CAUSE_FAILS_KEEPS] = {"never gets an exclusive response", ISO_DIVERGENCE_NO_PROGRESS},
    [ISO_CAUSE_FAILS_WRITES] = {"reports failure and writes", ISO_DIVERGENCE_LOST_UPDATE},
    [ISO_CAUSE_STATUS_UNKNOWN] = {"gives an UNKNOWN status", ISO_DIVERGENCE_LOST_UPDATE},
    [ISO_CAUSE_NONATOMIC] = {"is not atomic for other observers", ISO_DIVERGENCE_LOST_UPDATE},
    [ISO_CAUSE_TORN] = {"is torn", ISO_DIVERGENCE_TORN},
    [ISO_CAUSE_DATA_ONES] = {"reads all ones without an error", ISO_DIVERGENCE_CORRUPTION},
    [ISO_CAUSE_DATA_LOST] = {"completes and is dropped", ISO_DIVERGENCE_LOST_UPDATE},
    [ISO_CAUSE_STALE] = {"reads a stale copy", ISO_DIVERGENCE_STALE},
    [ISO_CAUSE_TAG_UNCHECKED] = {"is not tag-checked", ISO_DIVERGENCE_TAG_LOST},
    [ISO_CAUSE_TAG_ZERO] = {"finds the tag zero", ISO_DIVERGENCE_VALUE},
    [ISO_CAUSE_TAG_MATCH_FAILS] = {"fails its tag match whatever the tag", ISO_DIVERGENCE_TAG_FALSE_FAULT},
    [ISO_CAUSE_TAG_DROPPED] = {"loses the tag it writes", ISO_DIVERGENCE_VALUE},
    [ISO_CAUSE_TAG_ALIASES] = {"lands in other memory", ISO_DIVERGENCE_CORRUPTION},
    [ISO_CAUSE_EMULATED] = {"is emulated in pieces", ISO_DIVERGENCE_TORN},
    [ISO_CAUSE_ORDER] = {"is ordered otherwise than in ordinary memory", ISO_DIVERGENCE_VALUE},
    [ISO_CAUSE_MIXED_TRANSLATION] = {"is translated by a mixture of two descriptors", ISO_DIVERGENCE_VALUE},
    [ISO_CAUSE_REPEATED] = {"is written again, over what others wrote meanwhile", ISO_DIVERGENCE_LOST_UPDATE},
    [ISO_CAUSE_DISTURBED] = {"does not keep what is written: speculative reads change it", ISO_DIVERGENCE_CORRUPTION},
    [ISO_CAUSE_REVERTED] = {"is overwritten by an older copy's write-back", ISO_DIVERGENCE_LOST_UPDATE},
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

/* A tag check fault, or the signal that a kernel makes of one. */
static bool is_tag_fault(uint8_t type)
{
    return type == ISO_FAULT_TAG_CHECK || type == ISO_FAULT_SEGV_MTESERR || type == ISO_FAULT_SEGV_MTEAERR;
}

/* What the reference can and must give. */
struct known {
    const struct iso_outcome_set *set;
    const struct iso_test *test, *cell_test; /* what the reference and the cell ran; NULL: the same */
    uint32_t stuck;
    struct iso_fault always[ISO_FINAL_MAX_FAULTS]; /* tag check faults that every state has */
    size_t nalways;
};

/* The same instruction: in another composition it stands at another index, on the same line of the file. */
static bool same_place(const struct known *known, const struct iso_fault *reference, const struct iso_fault *cell)
{
    const struct iso_test *a = known->test, *b = known->cell_test;
    if (reference->thread != cell->thread)
        return false;
    if (a == b || !a || !b || reference->thread >= a->nthreads || cell->thread >= b->nthreads ||
        reference->insn >= a->thread[reference->thread].ninsns || cell->insn >= b->thread[cell->thread].ninsns)
        return reference->insn == cell->insn;
    const struct iso_insn *left = &a->thread[reference->thread].insn[reference->insn],
                          *right = &b->thread[cell->thread].insn[cell->insn];
    return left->line == right->line;
}

/* A state of the cell has this fault of the reference. */
static bool cell_has(const struct known *known, const struct iso_end *state, const struct iso_fault *fault)
{
    for (uint32_t k = 0; k < state->nfaults; k++)
        if (state->fault[k].type == fault->type && same_place(known, fault, &state->fault[k]))
            return true;
    return false;
}

static bool has_fault(const struct iso_end *state, const struct iso_fault *fault)
{
    for (uint32_t k = 0; k < state->nfaults; k++)
        if (state->fault[k].type == fault->type && state->fault[k].thread == fault->thread &&
            state->fault[k].insn == fault->insn)
            return true;
    return false;
}

/* The reference has this fault, of the same instruction, in some state. */
static bool can_fault(const struct known *known, const struct iso_fault *fault)
{
    for (size_t i = 0; i < known->set->count; i++) {
        const struct iso_end *state = &known->set->list[i].state;
        for (uint32_t k = 0; k < state->nfaults; k++)
            if (state->fault[k].type == fault->type && same_place(known, &state->fault[k], fault))
                return true;
    }
    return false;
}

static void gather(struct known *out, const struct iso_outcome_set *set, const struct iso_test *test,
                   const struct iso_test *cell_test)
{
    *out = (struct known){.set = set, .test = test, .cell_test = cell_test};
    for (size_t i = 0; i < set->count; i++) {
        const struct iso_end *state = &set->list[i].state;
        out->stuck |= state->no_progress;
    }
    for (uint32_t k = 0; set->count && k < set->list[0].state.nfaults; k++) {
        const struct iso_fault *fault = &set->list[0].state.fault[k];
        bool always = is_tag_fault(fault->type);
        for (size_t i = 1; i < set->count && always; i++)
            always = has_fault(&set->list[i].state, fault);
        if (always)
            out->always[out->nalways++] = *fault;
    }
}

/* The effects of a state, by what they explain. */
struct explained {
    enum iso_divergence worst;
    const struct iso_cause *any, *fault, *tag, *loop;
};

static void explain(struct explained *out, const struct iso_end *state)
{
    *out = (struct explained){.worst = ISO_DIVERGENCE_NONE, .any = state->ncauses ? &state->cause[0] : NULL};
    for (uint32_t i = 0; i < state->ncauses && i < ISO_FINAL_MAX_CAUSES; i++) {
        const struct iso_cause *cause = &state->cause[i];
        unsigned effect = cause->effect < EFFECTS ? cause->effect : ISO_CAUSE_NONE;
        if (effects[effect].divergence < out->worst) {
            out->worst = effects[effect].divergence;
            out->any = cause;
        }
        if (effect == ISO_CAUSE_FAULT)
            out->fault = cause;
        else if (effect == ISO_CAUSE_TAG_ZERO || effect == ISO_CAUSE_TAG_MATCH_FAILS || effect == ISO_CAUSE_TAG_DROPPED)
            out->tag = cause;
        else if (effect == ISO_CAUSE_FAILS_KEEPS || effect == ISO_CAUSE_HANG || effect == ISO_CAUSE_NOP ||
                 effect == ISO_CAUSE_NOP_READ || effect == ISO_CAUSE_FAILS_WRITES)
            out->loop = cause;
    }
}

/* Class of one new state. Aliased data is worse than what follows from it; then protection that is off, a fault or a stuck thread that the
 * reference cannot have name the state; else the worst effect that took part does. Lost tags that fault are a false fault, lost tags that
 * let through what must fault are lost protection, and tags that merely read otherwise are a value. */
static enum iso_divergence classify(const struct iso_end *state, const struct known *known,
                                    const struct iso_cause **cause)
{
    struct explained by;
    enum iso_divergence named = ISO_DIVERGENCE_NONE;

    explain(&by, state);
    *cause = by.any;
    if (by.worst == ISO_DIVERGENCE_CORRUPTION)
        return by.worst;
    for (uint32_t i = 0; i < state->nfaults; i++)
        if (!can_fault(known, &state->fault[i])) {
            bool tag = is_tag_fault(state->fault[i].type);
            enum iso_divergence kind = tag ? ISO_DIVERGENCE_TAG_FALSE_FAULT : ISO_DIVERGENCE_FAULT;
            if (kind < named) {
                named = kind;
                *cause = tag ? (by.tag ? by.tag : by.any) : (by.fault ? by.fault : by.any);
            }
        }
    if (named == ISO_DIVERGENCE_NONE && state->no_progress & ~known->stuck && by.worst != ISO_DIVERGENCE_LOST_UPDATE) {
        named = ISO_DIVERGENCE_NO_PROGRESS;
        *cause = by.loop ? by.loop : by.any;
    }
    if (named != ISO_DIVERGENCE_NONE)
        return named;
    for (size_t i = 0; i < known->nalways; i++)
        if (!cell_has(known, state, &known->always[i]) && !(state->no_progress >> known->always[i].thread & 1) &&
            by.worst > ISO_DIVERGENCE_TAG_LOST) {
            *cause = by.tag ? by.tag : by.any;
            return ISO_DIVERGENCE_TAG_LOST;
        }
    return by.worst == ISO_DIVERGENCE_NONE || by.worst == ISO_DIVERGENCE_FAULT ? ISO_DIVERGENCE_VALUE : by.worst;
}

/* Of two new states of one class the one that ends in more shows: the host, a VM, a vCPU. */
static unsigned graveness(const struct iso_end *state)
{
    unsigned worst = 0;
    for (uint32_t i = 0; i < state->nfaults; i++) {
        uint8_t type = state->fault[i].type;
        unsigned grave = type == ISO_FAULT_PANIC                                           ? 3
                         : type == ISO_FAULT_VM_KILLED                                     ? 2
                         : type >= ISO_FAULT_EXIT_EFAULT && type <= ISO_FAULT_EXIT_ARM_SEA ? 1
                                                                                           : 0;
        worst = grave > worst ? grave : worst;
    }
    return worst;
}

void iso_compare(struct iso_comparison *out, const struct iso_test *test, const struct iso_outcome_set *reference,
                 const struct iso_outcome_set *cell, bool sampled)
{
    iso_compare_composed(out, test, test, reference, cell, sampled);
}

void iso_compare_composed(struct iso_comparison *out, const struct iso_test *test,
                          const struct iso_test *reference_test, const struct iso_outcome_set *reference,
                          const struct iso_outcome_set *cell, bool sampled)
{
    struct known known;
    size_t missing = 0;

    *out = (struct iso_comparison){.divergence = ISO_DIVERGENCE_NONE,
                                   .fresh = iso_allocate((cell->count + 1) * sizeof(size_t))};
    gather(&known, reference, reference_test, test);
    for (size_t i = 0; i < cell->count; i++) {
        const struct iso_cause *cause = NULL;
        if (iso_outcome_index(reference, cell->list[i].text) < reference->count)
            continue;
        if (sampled && cell->list[i].state.ncauses == 0)
            continue;
        out->fresh[out->nfresh++] = i;
        enum iso_divergence kind = classify(&cell->list[i].state, &known, &cause);
        if (kind < out->divergence ||
            (kind == out->divergence && graveness(&cell->list[i].state) > graveness(&cell->list[out->witness].state))) {
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
