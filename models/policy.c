/* Evaluating a policy, as declared in policy.h: stage by stage, first match, refusals override. Not for: making the question
 * (policy_ask.c), judging the rules themselves (policy_check.c). */
#include "models/policy.h"

#include <string.h>

/* ---- names ---- */

static const struct {
    const char *name, *report, *meaning;
} stages[ISO_POLICY_STAGE_COUNT] = {
#define STAGE_ROW(symbol, name, report, meaning) [ISO_POLICY_STAGE_##symbol] = {name, report, meaning},
    ISO_POLICY_STAGES(STAGE_ROW)
#undef STAGE_ROW
};

const char *iso_policy_stage_name(enum iso_policy_stage stage)
{
    return stages[stage].name;
}

const char *iso_policy_stage_report_name(enum iso_policy_stage stage)
{
    return stages[stage].report;
}

const char *iso_policy_stage_meaning(enum iso_policy_stage stage)
{
    return stages[stage].meaning;
}

bool iso_policy_stage_find(enum iso_policy_stage *out, const char *name)
{
    for (size_t i = 0; i < ISO_POLICY_STAGE_COUNT; i++)
        if (strcmp(stages[i].name, name) == 0) {
            *out = (enum iso_policy_stage)i;
            return true;
        }
    return false;
}

const char *iso_policy_action_name(enum iso_policy_action action)
{
    static const char *const names[] = {"ok", "refuse", "inject", "signal", "exit", "kill_vm", "retry", "handled"};
    return names[action];
}

static const char *const errnos[ISO_POLICY_ERRNO_COUNT] = {"",
#define ERRNO_ROW(name) #name,
                                                           ISO_POLICY_ERRNOS(ERRNO_ROW)
#undef ERRNO_ROW
};

const char *iso_policy_errno_name(enum iso_policy_errno error)
{
    return errnos[error];
}

bool iso_policy_errno_find(enum iso_policy_errno *out, const char *name)
{
    for (size_t i = 1; i < ISO_POLICY_ERRNO_COUNT; i++)
        if (strcmp(errnos[i], name) == 0) {
            *out = (enum iso_policy_errno)i;
            return true;
        }
    return false;
}

static const struct {
    const char *name;
    enum iso_policy_action action;
} details[ISO_POLICY_DETAIL_COUNT] = {
#define DETAIL_ROW(symbol, name, action) {name, action},
    ISO_POLICY_DETAILS(DETAIL_ROW)
#undef DETAIL_ROW
};

const char *iso_policy_detail_name(enum iso_policy_detail detail)
{
    return details[detail].name;
}

bool iso_policy_detail_find(enum iso_policy_detail *out, enum iso_policy_action action, const char *name)
{
    for (size_t i = 1; i < ISO_POLICY_DETAIL_COUNT; i++)
        if (details[i].action == action && strcmp(details[i].name, name) == 0) {
            *out = (enum iso_policy_detail)i;
            return true;
        }
    return false;
}

const char *iso_policy_attr_name(enum iso_policy_attr attr)
{
    return iso_policy_input_at(ISO_POLICY_VMA_ATTR)->values[attr];
}

const char *iso_policy_s2_name(enum iso_policy_s2 s2)
{
    return iso_policy_input_at(ISO_POLICY_S2)->values[s2];
}

/* ---- matching ---- */

enum match { MATCH_NO, MATCH_YES, MATCH_MAYBE };

/* MAYBE: it hangs on an input that is unknown, and the condition does not name `unknown`. */
static enum match match_box(const struct iso_policy_box *box, const struct iso_policy_case *question,
                            enum iso_policy_input *unknown)
{
    enum match match = MATCH_YES;
    for (size_t i = 0; i < ISO_POLICY_INPUT_COUNT; i++) {
        enum iso_policy_input input = (enum iso_policy_input)i;
        if (box->allowed[i] >> question->value[i] & 1u)
            continue;
        if (question->value[i] != 0 || !iso_policy_input_has_unknown(input))
            return MATCH_NO;
        match = MATCH_MAYBE;
        *unknown = input;
    }
    return match;
}

static enum match match_rule(const struct iso_policy_rule *rule, const struct iso_policy_case *question,
                             enum iso_policy_input *unknown)
{
    enum match match = MATCH_NO;
    for (size_t i = 0; i < rule->nboxes; i++) {
        enum match one = match_box(&rule->box[i], question, unknown);
        if (one == MATCH_YES)
            return MATCH_YES;
        if (one == MATCH_MAYBE)
            match = MATCH_MAYBE;
    }
    return match;
}

/* What one stage answers: the rule that wins, the one that a refusal overrides, or the input that nobody knows. */
struct answer {
    const struct iso_policy_rule *rule, *overridden;
    enum iso_policy_input unknown; /* ISO_POLICY_INPUT_COUNT: none */
};

static struct answer ask_stage(const struct iso_policy *policy, enum iso_policy_stage stage,
                               const struct iso_policy_case *question)
{
    struct answer out = {.unknown = ISO_POLICY_INPUT_COUNT};
    const struct iso_policy_rule *first = NULL, *refusal = NULL;
    enum iso_policy_input unknown = ISO_POLICY_INPUT_COUNT, first_unknown = ISO_POLICY_INPUT_COUNT;
    for (size_t i = 0; i < policy->nrules; i++) {
        const struct iso_policy_rule *rule = &policy->rule[i];
        if (rule->stage != stage)
            continue;
        bool refuses = rule->result.action == ISO_POLICY_REFUSE;
        if (first && !refuses)
            continue;
        switch (match_rule(rule, question, &unknown)) {
        case MATCH_NO:
            break;
        case MATCH_YES:
            if (!first)
                first = rule;
            if (refuses && !refusal)
                refusal = rule;
            break;
        case MATCH_MAYBE:
            if (first_unknown == ISO_POLICY_INPUT_COUNT)
                first_unknown = unknown;
            break;
        }
    }
    out.rule = refusal ? refusal : first;
    if (refusal && first != refusal)
        out.overridden = first;
    if (!refusal)
        out.unknown = first_unknown;
    return out;
}

/* ---- the walk ---- */

static void note(struct iso_policy_decision *out, const struct answer *answer)
{
    if (answer->overridden && out->nfired < ISO_POLICY_FIRED_MAX)
        out->fired[out->nfired++] = (struct iso_policy_fired){answer->overridden, true};
    if (answer->rule && out->nfired < ISO_POLICY_FIRED_MAX)
        out->fired[out->nfired++] = (struct iso_policy_fired){answer->rule, false};
}

/* One stage of the walk; false if it ends there. */
static bool walk_stage(struct iso_policy_decision *out, const struct iso_policy *policy, enum iso_policy_stage stage,
                       const struct iso_policy_case *inputs, const struct iso_policy_result **result)
{
    struct answer answer = ask_stage(policy, stage, inputs);
    out->stage = stage;
    note(out, &answer);
    if (answer.unknown != ISO_POLICY_INPUT_COUNT || !answer.rule) {
        out->end = ISO_POLICY_UNKNOWN;
        out->unknown = answer.unknown;
        out->because = answer.rule;
        return false;
    }
    if (answer.rule->result.action == ISO_POLICY_REFUSE) {
        out->end = ISO_POLICY_REFUSED;
        out->error = answer.rule->result.error;
        out->because = answer.rule;
        return false;
    }
    *result = &answer.rule->result;
    return true;
}

static enum iso_policy_attr tagged(enum iso_policy_attr attr, bool yes)
{
    return attr == ISO_POLICY_ATTR_WB && yes ? ISO_POLICY_ATTR_WBT : attr;
}

static bool walk_alias(struct iso_policy_decision *out, const struct iso_policy *policy,
                       const struct iso_policy_question *question, struct iso_policy_case *inputs)
{
    static const bool is_ram[ISO_POLICY_ORIGIN_COUNT] = {
        [ISO_POLICY_ORIGIN_BOOT_RAM] = true, [ISO_POLICY_ORIGIN_HOTPLUG_RAM] = true, [ISO_POLICY_ORIGIN_GMEM] = true};
    const struct iso_policy_result *result;
    if (!walk_stage(out, policy, ISO_POLICY_STAGE_FIRMWARE, inputs, &result))
        return false;
    if (result->mte_off) {
        out->mte_off = true;
        inputs->value[ISO_POLICY_CPU_MTE2] = ISO_POLICY_BOOL_NO;
        inputs->value[ISO_POLICY_CPU_MTE_PERM] = ISO_POLICY_BOOL_NO;
    }
    if (!walk_stage(out, policy,
                    is_ram[inputs->value[ISO_POLICY_ORIGIN]] ? ISO_POLICY_STAGE_HOTPLUG : ISO_POLICY_STAGE_MEMREMAP,
                    inputs, &result))
        return false;
    out->kernel_alias = result->says_s1 ? result->s1 : ISO_POLICY_ATTR_NONE;
    if (question->view == ISO_MAPPING_KERNEL) {
        out->stage1 = out->kernel_alias;
        if (out->stage1 == ISO_POLICY_ATTR_NONE) {
            out->end = ISO_POLICY_UNMAPPED;
            out->because = out->fired[out->nfired - 1].rule;
            return false;
        }
    }
    return true;
}

static bool walk_mmap(struct iso_policy_decision *out, const struct iso_policy *policy,
                      const struct iso_policy_question *question, struct iso_policy_case *inputs)
{
    const struct iso_policy_result *result;
    enum iso_policy_attr attr = (enum iso_policy_attr)inputs->value[ISO_POLICY_VMA_ATTR];
    if (attr == ISO_POLICY_ATTR_NONE)
        return true;
    if (!walk_stage(out, policy, ISO_POLICY_STAGE_MMAP, inputs, &result))
        return false;
    if (result->says_s1)
        attr = result->s1;
    attr = tagged(attr, inputs->value[ISO_POLICY_VMA_MTE] == ISO_POLICY_BOOL_YES);
    inputs->value[ISO_POLICY_VMA_ATTR] = (uint8_t)attr;
    out->vma = attr;
    if (question->view != ISO_MAPPING_USER)
        return true;
    out->stage1 = attr;
    if (attr == ISO_POLICY_ATTR_NONE) {
        out->end = ISO_POLICY_UNMAPPED;
        out->because = out->fired[out->nfired - 1].rule;
    }
    return attr != ISO_POLICY_ATTR_NONE;
}

static bool walk_guest(struct iso_policy_decision *out, const struct iso_policy *policy,
                       const struct iso_policy_question *question, struct iso_policy_case *inputs)
{
    const struct iso_policy_result *result;
    if (!walk_stage(out, policy, ISO_POLICY_STAGE_MEMSLOT, inputs, &result) ||
        !walk_stage(out, policy, ISO_POLICY_STAGE_S2FAULT, inputs, &result))
        return false;
    out->stage1 = question->guest_attr;
    out->stage2 = result->says_s2 ? result->s2 : ISO_POLICY_S2_NONE;
    out->exec = result->exec;
    inputs->value[ISO_POLICY_S2] = (uint8_t)out->stage2;
    if (out->stage2 == ISO_POLICY_S2_NONE) {
        out->end = ISO_POLICY_UNMAPPED;
        out->because = out->fired[out->nfired - 1].rule;
        return false;
    }
    return true;
}

static void react(struct iso_policy_decision *out, const struct iso_policy *policy, struct iso_policy_case inputs)
{
    for (unsigned event = 0; event < ISO_POLICY_EVENT_COUNT; event++) {
        struct iso_policy_reaction *reaction = &out->reaction[event];
        inputs.value[ISO_POLICY_EVENT] = (uint8_t)event;
        struct answer answer = ask_stage(policy, ISO_POLICY_STAGE_ACCESS, &inputs);
        if (answer.unknown != ISO_POLICY_INPUT_COUNT || !answer.rule)
            continue;
        note(out, &(struct answer){.rule = answer.rule});
        *reaction = (struct iso_policy_reaction){.rule = answer.rule,
                                                 .action = answer.rule->result.action,
                                                 .error = answer.rule->result.error,
                                                 .detail = answer.rule->result.detail};
    }
}

void iso_policy_decide(struct iso_policy_decision *out, const struct iso_policy *policy,
                       const struct iso_policy_question *question, const struct iso_cpu_features *features)
{
    struct iso_policy_case inputs = question->inputs;
    *out = (struct iso_policy_decision){.end = ISO_POLICY_MAPPED, .unknown = ISO_POLICY_INPUT_COUNT};
    if (!walk_alias(out, policy, question, &inputs))
        return;
    if (question->view != ISO_MAPPING_KERNEL && !walk_mmap(out, policy, question, &inputs))
        return;
    if (question->view == ISO_MAPPING_GUEST && !walk_guest(out, policy, question, &inputs))
        return;
    out->nattributes = iso_policy_combine(out->attribute, out->stage1, out->stage2, features, out->mte_off);
    if (question->view != ISO_MAPPING_KERNEL)
        react(out, policy, inputs);
}

void iso_policy_migrate(struct iso_policy_move *out, const struct iso_policy *policy,
                        const struct iso_policy_question *question, bool page_tagged)
{
    struct iso_policy_case inputs = question->inputs;
    inputs.value[ISO_POLICY_PAGE_TAGGED] = page_tagged ? ISO_POLICY_BOOL_YES : ISO_POLICY_BOOL_NO;
    struct answer answer = ask_stage(policy, ISO_POLICY_STAGE_MIGRATE, &inputs);
    *out = (struct iso_policy_move){.end = ISO_POLICY_MAPPED, .rule = answer.rule, .unknown = answer.unknown};
    if (answer.unknown != ISO_POLICY_INPUT_COUNT || !answer.rule) {
        out->end = ISO_POLICY_UNKNOWN;
        return;
    }
    const struct iso_policy_result *result = &answer.rule->result;
    out->end = result->action == ISO_POLICY_REFUSE ? ISO_POLICY_REFUSED : ISO_POLICY_MAPPED;
    out->error = result->error;
    if (result->target == ISO_POLICY_TARGET_OTHER_NODE) { /* E.2 P17: another node is chosen, else -EAGAIN */
        out->end = ISO_POLICY_REFUSED;
        out->error = ISO_POLICY_EAGAIN;
    }
    out->sequence = result->sequence;
    out->target = result->target;
    out->tags = result->tags;
}
