/* Can a rule ever have an effect? Declared in policy.h. Exact: conditions are boxes of a finite space (policy_input.h).
 * Not for: syntax, names and marks (sim/policy_load.c). */
#include "models/policy.h"

#include <string.h>

static bool same_result(const struct iso_policy_result *a, const struct iso_policy_result *b)
{
    bool same_sequence =
        a->sequence && b->sequence ? strcmp(a->sequence, b->sequence) == 0 : a->sequence == b->sequence;
    return same_sequence && a->action == b->action && a->error == b->error && a->detail == b->detail &&
           a->says_s1 == b->says_s1 && (!a->says_s1 || a->s1 == b->s1) && a->says_s2 == b->says_s2 &&
           (!a->says_s2 || a->s2 == b->s2) && a->exec == b->exec && a->mte_off == b->mte_off &&
           a->target == b->target && a->tags == b->tags;
}

/* The boxes of rules that take every case from rule i: all earlier ones, or only refusals wherever they stand. */
struct cover {
    const struct iso_policy_box *box[ISO_POLICY_BOXES_MAX];
    size_t count;
    bool overflow; /* more than fit: no answer about the union is exact */
};

static void add_boxes(struct cover *cover, const struct iso_policy_rule *rule)
{
    for (size_t b = 0; b < rule->nboxes; b++)
        if (cover->count < ISO_POLICY_BOXES_MAX)
            cover->box[cover->count++] = &rule->box[b];
        else
            cover->overflow = true;
}

static enum iso_policy_cover rule_covered(const struct iso_policy_rule *rule, const struct cover *cover)
{
    for (size_t b = 0; b < rule->nboxes; b++) {
        enum iso_policy_cover one = iso_policy_box_covered(&rule->box[b], cover->box, cover->count, NULL);
        if (one != ISO_POLICY_COVERED)
            return cover->overflow ? ISO_POLICY_COVER_UNDECIDED : one;
    }
    return ISO_POLICY_COVERED;
}

static bool inside(const struct iso_policy_rule *a, const struct iso_policy_rule *b)
{
    struct cover cover = {.count = 0};
    add_boxes(&cover, b);
    return rule_covered(a, &cover) == ISO_POLICY_COVERED;
}

/* A refusal is never taken by a rule that only says an attribute, unless that one comes first in stage access, where nothing overrides. */
static bool stands_in_the_way(const struct iso_policy_rule *other, const struct iso_policy_rule *rule, bool earlier)
{
    if (other->stage != rule->stage || other == rule)
        return false;
    bool other_refuses = other->result.action == ISO_POLICY_REFUSE, refuses = rule->result.action == ISO_POLICY_REFUSE;
    if (refuses)
        return earlier && other_refuses;
    return other_refuses || earlier;
}

enum iso_policy_defect iso_policy_rule_defect(const struct iso_policy *policy, size_t i, size_t *other)
{
    const struct iso_policy_rule *rule = &policy->rule[i];
    struct cover none = {.count = 0}, all = {.count = 0};
    *other = i;
    switch (rule_covered(rule, &none)) {
    case ISO_POLICY_COVERED:
        return ISO_POLICY_DEFECT_IMPOSSIBLE;
    case ISO_POLICY_COVER_UNDECIDED:
        return ISO_POLICY_DEFECT_UNDECIDED;
    case ISO_POLICY_NOT_COVERED:
        break;
    }
    for (size_t k = 0; k < i; k++)
        if (policy->rule[k].stage == rule->stage && !same_result(&policy->rule[k].result, &rule->result) &&
            inside(rule, &policy->rule[k]) && inside(&policy->rule[k], rule)) {
            *other = k;
            return ISO_POLICY_DEFECT_CONTRADICTS;
        }
    for (size_t k = 0; k < policy->nrules; k++)
        if (stands_in_the_way(&policy->rule[k], rule, k < i)) {
            add_boxes(&all, &policy->rule[k]);
            if (*other == i && inside(rule, &policy->rule[k]))
                *other = k;
        }
    switch (rule_covered(rule, &all)) {
    case ISO_POLICY_COVERED:
        break;
    case ISO_POLICY_COVER_UNDECIDED:
        return ISO_POLICY_DEFECT_UNDECIDED;
    case ISO_POLICY_NOT_COVERED:
        *other = i;
        return ISO_POLICY_DEFECT_NONE;
    }
    return *other > i && *other < policy->nrules ? ISO_POLICY_DEFECT_CONTRADICTS : ISO_POLICY_DEFECT_SHADOWED;
}

/* ---- gaps ---- */

/* The cases that reach a stage at all. */
static void reaching(struct iso_policy_box *out, enum iso_policy_stage stage)
{
    const uint16_t yes = 1u << ISO_POLICY_BOOL_YES;
    const uint16_t ram =
        1u << ISO_POLICY_ORIGIN_BOOT_RAM | 1u << ISO_POLICY_ORIGIN_HOTPLUG_RAM | 1u << ISO_POLICY_ORIGIN_GMEM;
    iso_policy_box_init(out);
    for (size_t i = 0; i < ISO_POLICY_INPUT_COUNT; i++)
        if (iso_policy_input_has_unknown((enum iso_policy_input)i))
            out->allowed[i] &= (uint16_t)~1u;
    switch (stage) {
    case ISO_POLICY_STAGE_FIRMWARE:
    case ISO_POLICY_STAGE_ACCESS:
    case ISO_POLICY_STAGE_MIGRATE:
        break;
    case ISO_POLICY_STAGE_HOTPLUG:
        out->allowed[ISO_POLICY_ORIGIN] &= ram;
        break;
    case ISO_POLICY_STAGE_MEMREMAP:
        out->allowed[ISO_POLICY_ORIGIN] &= (uint16_t)~ram;
        break;
    case ISO_POLICY_STAGE_MMAP:
        out->allowed[ISO_POLICY_VMA_ATTR] &= (uint16_t) ~(1u << ISO_POLICY_ATTR_NONE);
        break;
    case ISO_POLICY_STAGE_MEMSLOT:
    case ISO_POLICY_STAGE_S2FAULT:
        out->allowed[ISO_POLICY_VM] &= yes;
        break;
    }
}

static bool meets(const struct iso_policy_box *a, const struct iso_policy_box *b)
{
    for (size_t i = 0; i < ISO_POLICY_INPUT_COUNT; i++)
        if (!(a->allowed[i] & b->allowed[i]))
            return false;
    return true;
}

static bool meets_any(const struct iso_policy_box *box, const struct cover *cover)
{
    for (size_t i = 0; i < cover->count; i++)
        if (meets(box, cover->box[i]))
            return true;
    return false;
}

bool iso_policy_stage_gap(struct iso_policy_box *gap, const struct iso_policy *policy, enum iso_policy_stage stage)
{
    struct cover cover = {.count = 0};
    struct iso_policy_box all;
    struct iso_policy_case left = {.value = {0}};
    reaching(&all, stage);
    for (size_t i = 0; i < policy->nrules; i++)
        if (policy->rule[i].stage == stage)
            add_boxes(&cover, &policy->rule[i]);
    if (stage == ISO_POLICY_STAGE_ACCESS || !cover.count || cover.overflow ||
        iso_policy_box_covered(&all, cover.box, cover.count, &left) != ISO_POLICY_NOT_COVERED)
        return false;
    for (size_t i = 0; i < ISO_POLICY_INPUT_COUNT; i++)
        gap->allowed[i] = (uint16_t)(1u << left.value[i]);
    for (size_t i = 0; i < ISO_POLICY_INPUT_COUNT;
         i++) /* as wide as it can be: only what makes the gap is left narrow */
        for (unsigned bit = 0; bit < 16; bit++) {
            uint16_t before = gap->allowed[i];
            gap->allowed[i] = (uint16_t)(before | (all.allowed[i] & 1u << bit));
            if (meets_any(gap, &cover))
                gap->allowed[i] = before;
        }
    for (size_t i = 0; i < ISO_POLICY_INPUT_COUNT; i++)
        if (gap->allowed[i] == all.allowed[i])
            gap->allowed[i] = iso_policy_input_mask((enum iso_policy_input)i);
    return true;
}
