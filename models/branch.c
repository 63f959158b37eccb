/* Branching of elements over open keys, and the faults every stage can give. */
#include "models/branch.h"

#include <string.h>

static void all_values(struct iso_branches *out, const struct iso_key_row *row)
{
    out->count = row->set->count - ISO_VALUE_FIRST;
    if (out->count > ISO_BRANCHES_MAX) /* only sets of sizes, which no stage branches over */
        out->count = ISO_BRANCHES_MAX;
    for (size_t i = 0; i < ISO_BRANCHES_MAX && i < out->count; i++)
        out->value[i] = (uint8_t)(i + ISO_VALUE_FIRST);
}

void iso_branch_cpu(struct iso_branches *out, const struct iso_decide_step *step, enum iso_cpu_key key)
{
    uint8_t value = iso_cpu_get(step->features, key);
    out->is_cpu = true;
    out->key = (uint8_t)key;
    out->assumed = value == ISO_VALUE_UNKNOWN;
    if (value >= ISO_VALUE_FIRST) {
        out->count = 1;
        out->value[0] = value;
        return;
    }
    all_values(out, iso_cpu_key(key));
}

void iso_branch_hop(struct iso_branches *out, const struct iso_decide_step *step, enum iso_capability_key key,
                    bool pass_is_unknown)
{
    uint8_t value = iso_capability_get(&step->hop->capabilities, key);
    out->is_cpu = false;
    out->key = (uint8_t)key;
    out->assumed = value == ISO_VALUE_UNKNOWN || (pass_is_unknown && value == ISO_VALUE_PASS);
    if (!out->assumed) {
        out->count = 1;
        out->value[0] = value;
        return;
    }
    all_values(out, iso_capability_key(key));
}

static const struct iso_assumption *find_assumption(const struct iso_branches *branches, const struct iso_effect *in,
                                                    const struct iso_decide_step *step)
{
    for (size_t i = 0; i < in->nassumed; i++) {
        const struct iso_assumption *a = &in->assumed[i];
        if (a->is_cpu == branches->is_cpu && a->key == branches->key && (a->is_cpu || a->hop == step->index))
            return a;
    }
    return NULL;
}

bool iso_branch_agrees(const struct iso_branches *branches, size_t i, const struct iso_effect *in,
                       const struct iso_decide_step *step)
{
    const struct iso_assumption *a = branches->assumed ? find_assumption(branches, in, step) : NULL;
    return !a || a->value == branches->value[i];
}

struct iso_effect iso_branch_take(const struct iso_branches *branches, size_t i, const struct iso_effect *in,
                                  const struct iso_decide_step *step)
{
    struct iso_effect e = *in;
    if (branches->assumed && !find_assumption(branches, in, step) && e.nassumed < ISO_ASSUMED_MAX)
        e.assumed[e.nassumed++] = (struct iso_assumption){
            .is_cpu = branches->is_cpu,
            .hop = branches->is_cpu ? 0 : step->index,
            .key = branches->key,
            .value = branches->value[i],
        };
    return e;
}

/* Rules that name no choice: they give way to any that does. */
static bool is_base(const struct iso_rule_ref *rule)
{
    static const char *const base[] = {"G", "ALIGN", "TAG", "DEVICE", "HINT", "CMO", "FEAT"};
    for (size_t i = 0; i < sizeof base / sizeof *base; i++)
        if (strcmp(rule->id, base[i]) == 0)
            return true;
    return false;
}

void iso_element_rule(struct iso_effect *e, const struct iso_decide_step *step, const char *id, const char *member)
{
    if (!is_base(&e->rule))
        e->rule2 = e->rule;
    e->rule = (struct iso_rule_ref){id, member};
    e->hop = step->index;
}

void iso_element_beside(struct iso_effect *e, const struct iso_decide_step *step, const char *id)
{
    if (is_base(&e->rule))
        iso_element_rule(e, step, id, NULL);
    else if (!e->rule2.id)
        e->rule2 = (struct iso_rule_ref){id, NULL};
}

void iso_element_base(struct iso_effect *e, const struct iso_decide_step *step, const char *id)
{
    if (is_base(&e->rule)) {
        e->rule = (struct iso_rule_ref){id, NULL};
        e->hop = step->index;
    }
}

void iso_element_fault(struct iso_effect *e, enum iso_abort fault, unsigned stage)
{
    e->kind = ISO_EFFECT_FAULT;
    e->fault = fault;
    e->fault_stage = (uint8_t)stage;
}

static bool may_be_unsupported(const struct iso_decide_step *step)
{
    enum iso_family family = iso_access_family(step->access->kind);
    return family == ISO_FAMILY_EXCLUSIVE || family == ISO_FAMILY_ATOMIC;
}

/* A fault that one 0x35 comes before from that priority on. */
static void add_outranked(const struct iso_decide_step *step, const struct iso_effect *e, struct iso_effect_set *out,
                          const struct iso_pending_fault *fault, enum iso_priority from)
{
    struct iso_branches priority = {0};
    priority.count = 1;
    priority.value[0] = ISO_PRIORITY_LAST;
    if (may_be_unsupported(step))
        iso_branch_cpu(&priority, step, ISO_CPU_ABORT35_PRIORITY); /* some values mean the same here */
    for (size_t i = 0; i < priority.count; i++) {
        if (!iso_branch_agrees(&priority, i, e, step))
            continue;
        struct iso_effect f = iso_branch_take(&priority, i, e, step);
        if (priority.value[i] >= from)
            f.pending = *fault;
        else
            iso_element_take_pending(&f, fault);
        iso_effect_set_add(out, &f);
    }
}

void iso_element_take_pending(struct iso_effect *e, const struct iso_pending_fault *pending)
{
    iso_element_fault(e, pending->fault, pending->stage);
    e->fault_tag_access = pending->tag_access;
    e->rule = pending->rule;
    e->rule2 = pending->rule2;
    e->hop = pending->hop;
    if (pending->fault == ISO_ABORT_UNSUPPORTED) {
        e->nassumed = pending->nassumed;
        for (size_t i = 0; i < pending->nassumed; i++)
            e->assumed[i] = pending->assumed[i];
    }
}

void iso_element_misaligned(const struct iso_decide_step *step, const struct iso_effect *e, struct iso_effect_set *out,
                            unsigned stage, const struct iso_rule_ref *rule)
{
    struct iso_effect f = *e;
    iso_element_rule(&f, step, rule->id, rule->member);
    const struct iso_pending_fault fault = {
        .fault = ISO_ABORT_ALIGNMENT, .stage = (uint8_t)stage, .hop = f.hop, .rule = f.rule, .rule2 = f.rule2};
    add_outranked(step, e, out, &fault, ISO_PRIORITY_FIRST);
}

void iso_element_no_tag_access(const struct iso_decide_step *step, const struct iso_effect *e,
                               struct iso_effect_set *out)
{
    struct iso_effect f = *e;
    iso_element_base(&f, step, "TAG");
    const struct iso_pending_fault fault = {
        .fault = ISO_ABORT_PERMISSION, .stage = 2, .tag_access = true, .hop = f.hop, .rule = f.rule, .rule2 = f.rule2};
    if (e->pending.fault != ISO_ABORT_NONE) /* one of alignment is before it */
        iso_effect_set_add(out, e);
    else
        add_outranked(step, e, out, &fault, ISO_PRIORITY_AFTER_STAGE1);
}

static void add_fault(const struct iso_effect *e, struct iso_effect_set *out, enum iso_abort fault, unsigned stage)
{
    struct iso_effect f = *e;
    iso_element_fault(&f, fault, stage);
    iso_effect_set_add(out, &f);
}

/* TRM-A35 A7.5: loads and all STX synchronous; stores to Device and to Normal that is not iWB,oWB SError; stores to WB
 * (and evictions) by interrupt only. */
static enum iso_abort a35_abort(const struct iso_decide_step *step)
{
    if (iso_access_reads(step->access) || iso_access_family(step->access->kind) == ISO_FAMILY_EXCLUSIVE)
        return ISO_ABORT_EXTERNAL;
    enum iso_class cls = step->attribute->cls;
    return cls == ISO_CLASS_WB || cls == ISO_CLASS_WB_WEAK ? ISO_ABORT_INTERRUPT : ISO_ABORT_SERROR;
}

/* CH-29: nothing waits for the response of a store-atomic. Errata have it reported to nobody, with the store lost (S22). */
static void store_atomic_error(const struct iso_decide_step *step, const struct iso_effect *e,
                               struct iso_effect_set *out)
{
    struct iso_branches timing;
    iso_branch_cpu(&timing, step, ISO_CPU_ATOMIC_STORE_ERROR);
    for (size_t i = 0; i < timing.count; i++) {
        if (!iso_branch_agrees(&timing, i, e, step))
            continue;
        struct iso_effect f = iso_branch_take(&timing, i, e, step);
        iso_element_rule(&f, step, "CH-29", NULL);
        switch ((enum iso_atomic_error)timing.value[i]) {
        case ISO_ATOMIC_ERROR_SYNC:
            add_fault(&f, out, ISO_ABORT_EXTERNAL, 0);
            break;
        case ISO_ATOMIC_ERROR_ASYNC:
        case ISO_ATOMIC_ERROR_UNKNOWN: /* never a branch */
        case ISO_ATOMIC_ERROR_FREE:
            add_fault(&f, out, ISO_ABORT_SERROR, 0);
            break;
        case ISO_ATOMIC_ERROR_INTERRUPT:
            add_fault(&f, out, ISO_ABORT_INTERRUPT, 0);
            break;
        }
    }
}

void iso_element_external(const struct iso_decide_step *step, const struct iso_effect *e, struct iso_effect_set *out)
{
    if (iso_access_family(step->access->kind) == ISO_FAMILY_ATOMIC && step->access->no_return) {
        store_atomic_error(step, e, out);
        return;
    }
    struct iso_branches preset;
    iso_branch_cpu(&preset, step, ISO_CPU_EXTERNAL_ABORT);
    for (size_t i = 0; i < preset.count; i++) {
        if (!iso_branch_agrees(&preset, i, e, step))
            continue;
        struct iso_effect f = iso_branch_take(&preset, i, e, step);
        if (preset.count > 1)
            iso_element_rule(&f, step, "CH-40", NULL);
        enum iso_abort fault = ISO_ABORT_NONE;
        switch ((enum iso_external_abort)preset.value[i]) {
        case ISO_EXTERNAL_ABORT_A35:
            fault = a35_abort(step);
            break;
        case ISO_EXTERNAL_ABORT_SYNC:
            fault = ISO_ABORT_EXTERNAL;
            break;
        case ISO_EXTERNAL_ABORT_SERROR:
        case ISO_EXTERNAL_ABORT_UNKNOWN: /* never a branch */
        case ISO_EXTERNAL_ABORT_FREE:
            fault = ISO_ABORT_SERROR;
            break;
        }
        add_fault(&f, out, fault, 0);
    }
}

/* Fault 0x35 `f` of an access `e` that is checked, too: which of the two it is turns out once the tags are known. */
static void add_behind_check(const struct iso_effect *e, const struct iso_effect *f, struct iso_effect_set *out,
                             unsigned stage)
{
    struct iso_effect b = *e;
    b.pending = (struct iso_pending_fault){.fault = ISO_ABORT_UNSUPPORTED,
                                           .stage = (uint8_t)stage,
                                           .hop = f->hop,
                                           .rule = f->rule,
                                           .rule2 = f->rule2,
                                           .nassumed = f->nassumed};
    for (size_t i = 0; i < f->nassumed; i++)
        b.pending.assumed[i] = f->assumed[i];
    b.rule = e->rule2.id ? e->rule2 : (struct iso_rule_ref){"TAG", NULL};
    b.rule2 = (struct iso_rule_ref){NULL, NULL};
    iso_effect_set_add(out, &b);
}

/* Whether fault 0x35 may come behind a check of tags that are not known. Asked only where it matters: a knob that was asked for nothing is explored for nothing. */
static bool may_be_last(const struct iso_decide_step *step)
{
    const uint8_t priority = iso_cpu_get(step->features, ISO_CPU_ABORT35_PRIORITY);
    return priority == ISO_PRIORITY_LAST || priority < (uint8_t)ISO_VALUE_FIRST;
}

/* Whether a tag check may come before fault 0x35: of tags that are known one that reports at once; of others any, where the priority of that fault leaves it room. */
static bool is_behind_check(const struct iso_decide_step *step, const struct iso_effect *e)
{
    if (e->pending.fault != ISO_ABORT_NONE)
        return false;
    switch (step->access->check) {
    case ISO_TAG_CHECK_NO:
        break;
    case ISO_TAG_CHECK_YES:
        return e->mismatch != ISO_MISMATCH_IGNORED && may_be_last(step);
    case ISO_TAG_CHECK_MATCH:
    case ISO_TAG_CHECK_MISMATCH:
        return e->mismatch == ISO_MISMATCH_SYNC;
    }
    return false;
}

void iso_element_unsupported(const struct iso_decide_step *step, const struct iso_effect *e, struct iso_effect_set *out)
{
    const bool checked = is_behind_check(step, e);
    struct iso_branches stage;
    iso_branch_cpu(&stage, step, ISO_CPU_ABORT35_STAGE);
    for (size_t i = 0; i < stage.count; i++) {
        if (!iso_branch_agrees(&stage, i, e, step))
            continue;
        struct iso_effect f = iso_branch_take(&stage, i, e, step);
        bool stage2 = stage.value[i] == ISO_STAGE_S2 ||
                      (stage.value[i] == ISO_STAGE_CAUSE && iso_class_is_device(step->attribute->cls) &&
                       !step->attribute->stage1_device);
        if (checked)
            add_behind_check(e, &f, out, stage2 ? 2 : 1);
        else
            add_fault(&f, out, ISO_ABORT_UNSUPPORTED, stage2 ? 2 : 1);
    }
}
