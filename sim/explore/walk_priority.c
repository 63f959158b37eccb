/* Which fault of an access is reported where it has several (Arm ARM D8.15.5; SAIL, facts/arm-attributes.md 4.1): an Alignment fault that no memory type has a
 * say in before any translation; one by the type of a stage before the Permission fault of that stage, and one of stage 1 before everything of stage 2; fault 0x35 of an
 * exclusive or atomic wherever the implementation puts it, one place for all (RCSFKV, CH-13).
 * Not for: faults that no other one meets (walk_path.c, walk_stage2.c, walk_tier.c).
 * Not modelled: the place of Alignment faults that are CONSTRAINED UNPREDICTABLE (CH-30, CH-31, CH-35 to CH-37): behind those of the MMU. */
#include "models/align.h"
#include "models/rule.h"
#include "sim/explore/explore.h"
#include "sim/explore/walk.h"

#include <string.h>

static bool may_be_unsupported(const struct iso_insn *insn)
{
    switch ((enum iso_insn_class)insn->cls) {
    case ISO_INSN_LOAD_EXCLUSIVE:
    case ISO_INSN_STORE_EXCLUSIVE:
    case ISO_INSN_ATOMIC:
    case ISO_INSN_CAS:
        return true;
    case ISO_INSN_LOAD:
    case ISO_INSN_STORE:
    case ISO_INSN_LOAD_TAG:
    case ISO_INSN_STORE_TAG:
    case ISO_INSN_STORE_TAG_DATA:
    case ISO_INSN_ZERO:
    case ISO_INSN_COMPUTE:
    case ISO_INSN_BRANCH:
    case ISO_INSN_BARRIER:
    case ISO_INSN_CACHE:
    case ISO_INSN_TLBI:
    case ISO_INSN_AT:
    case ISO_INSN_SYSTEM_READ:
    case ISO_INSN_SYSTEM_WRITE:
    case ISO_INSN_EXCEPTION:
    case ISO_INSN_EXCEPTION_RETURN:
    case ISO_INSN_CLREX:
    case ISO_INSN_PREFETCH:
    case ISO_INSN_HINT:
        break;
    }
    return false;
}

static enum iso_priority priority_of_0x35(const struct iso_builder *b)
{
    return (enum iso_priority)iso_effect_setting(b->program->choices, &b->setup->machine->features,
                                                 ISO_CPU_ABORT35_PRIORITY);
}

/* Whether fault 0x35 is reported rather than one that stands at `rank`. */
static bool outranks(const struct iso_builder *b, enum iso_fault_rank rank)
{
    switch (priority_of_0x35(b)) {
    case ISO_PRIORITY_FIRST:
        return true;
    case ISO_PRIORITY_AFTER_ALIGNMENT:
        return rank >= ISO_RANK_PERMISSION;
    case ISO_PRIORITY_AFTER_STAGE1:
        return rank >= ISO_RANK_STAGE2;
    case ISO_PRIORITY_AFTER_MMU:
        return rank >= ISO_RANK_TAG;
    case ISO_PRIORITY_LAST:
    case ISO_PRIORITY_UNKNOWN: /* never a setting's value */
    case ISO_PRIORITY_FREE:
        break;
    }
    return false;
}

bool iso_walk_is_misaligned(const struct iso_builder *b, const struct iso_insn *insn,
                            const struct iso_path_request *request)
{
    struct iso_path path = {.va = request->va};
    struct iso_access access;
    if (!iso_walk_may_misalign(b, insn, request) || insn->cls == ISO_INSN_ZERO || insn->cls == ISO_INSN_AT)
        return false;
    iso_walk_access(&access, b, &path, insn, request, false);
    return iso_align_before_type(&access, &b->setup->machine->features) == ISO_ALIGN_FAULT;
}

bool iso_walk_faults_untranslated(struct iso_builder *b, const struct iso_insn *insn,
                                  const struct iso_path_request *request)
{
    if (!iso_walk_is_misaligned(b, insn, request))
        return false;
    /* what could come before is known only once there is a type */
    return !may_be_unsupported(insn) || priority_of_0x35(b) != ISO_PRIORITY_FIRST;
}

bool iso_walk_faults_before_stage2(struct iso_builder *b, struct iso_path *path, const struct iso_insn *insn,
                                   const struct iso_path_request *request, int page)
{
    const struct iso_walked_descriptors only = {.stage1 = path->descriptor};
    struct iso_tier_effect why = {.deviation = ISO_CAUSE_FAULT};
    struct iso_align_result r;
    struct iso_attribute a;
    struct iso_access access;
    uint8_t stage;
    int frame = iso_test_frame_at(b->test, path->loc);
    if (request->fetch || !iso_walk_may_misalign(b, insn, request))
        return false;
    a = iso_walk_attribute(b, page, &only, &stage);
    iso_walk_access(&access, b, path, insn, request, false);
    iso_align_check(&r, &access, &a, &b->setup->machine->features);
    if (r.verdict == ISO_ALIGN_EITHER && r.from_type && /* CH-33: the CPU's one choice */
        iso_effect_setting(b->program->choices, &b->setup->machine->features, r.knob) == ISO_VALUE_FIRST)
        r.verdict = ISO_ALIGN_FAULT;
    if (insn->cls == ISO_INSN_ZERO && access.kind == ISO_ACCESS_DC_ZVA && iso_class_is_device(a.cls))
        r.verdict = ISO_ALIGN_FAULT;
    if (r.verdict != ISO_ALIGN_FAULT || iso_walk_is_emulated(b, insn, 1) ||
        (may_be_unsupported(insn) && priority_of_0x35(b) == ISO_PRIORITY_FIRST) ||
        (iso_setup_may_lift(b->setup, frame < 0 ? -1 : b->test->page[frame].stage2 - 1) &&
         iso_effect_setting(b->program->choices, &b->setup->machine->features, ISO_CPU_PDEV_ALIGN) != ISO_PDEV_DEVICE))
        return false;
    why.rule = (uint16_t)(iso_rule_find("ALIGN") - iso_rule_at(0));
    why.tier = (uint8_t)b->setup->machine->reference;
    iso_walk_add_cause(b, &why);
    iso_walk_routed(b, 1, ISO_FAULT_ALIGNMENT, path->va, path->ttd >= 0 ? ISO_BIT(path->ttd) : 0,
                    path->depend.pick_flow);
    return true;
}

bool iso_walk_outranked(struct iso_builder *b, struct iso_path *path, const struct iso_insn *insn,
                        const struct iso_path_request *request, int page,
                        const struct iso_walked_descriptors *descriptor, enum iso_fault_rank rank)
{
    const struct iso_setup *setup = b->setup;
    const struct iso_tier_effect *found;
    struct iso_tier_effect effect;
    struct iso_effect_query q;
    uint32_t count;
    uint8_t stage, type;
    int frame;
    bool type_counts = rank >= ISO_RANK_PERMISSION && iso_walk_may_misalign(b, insn, request);
    if (!setup->machine || request->probe || request->fetch || (!may_be_unsupported(insn) && !type_counts))
        return false;
    frame = iso_test_frame_at(setup->test, path->loc);
    memset(&q, 0, sizeof q);
    q.tier = frame >= 0 ? setup->frame_tier[frame] : (uint8_t)setup->machine->reference;
    q.attribute = iso_walk_attribute(b, page, descriptor, &stage);
    iso_walk_access(&q.access, b, path, insn, request, false);
    found = iso_effect_find(b->program->effects, b->program->choices, &count, setup->machine, &q);
    effect = found[iso_walk_choose(b, count)];
    if (b->w.dead)
        return true;
    if (effect.effect.kind != ISO_EFFECT_FAULT)
        return false;
    if (effect.effect.fault == ISO_ABORT_ALIGNMENT) {
        bool earlier = type_counts && (rank == ISO_RANK_STAGE2 ? stage == 1 : true);
        if (!earlier || iso_walk_is_emulated(b, insn, stage)) /* the handler's own accesses find the other fault */
            return false;
    } else if (effect.effect.fault != ISO_ABORT_UNSUPPORTED || !outranks(b, rank)) {
        return false;
    }
    if (b->w.dead)
        return true;
    type = iso_effect_fault(&effect.effect);
    iso_walk_add_cause(b, &effect);
    iso_walk_routed(b, stage, type, path->va, path->ttd >= 0 ? ISO_BIT(path->ttd) : 0, path->depend.pick_flow);
    return true;
}

bool iso_walk_checks_first(const struct iso_builder *b, const struct iso_insn *insn, const struct iso_effect *effect)
{
    return effect->fault == ISO_ABORT_UNSUPPORTED && may_be_unsupported(insn) && !outranks(b, ISO_RANK_TAG);
}
