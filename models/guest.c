/* What a guest reaches beyond its VM. Declared in guest.h. Not for: what an access does, which is asked of iso_decide_path(). */
#include "models/guest.h"

#include <string.h>

const char *iso_guest_class_name(enum iso_guest_class cls)
{
#define ISO_GUEST_NAME(symbol, name, meaning) name,
    static const char *const names[] = {ISO_GUEST_CLASSES(ISO_GUEST_NAME) "uncovered"};
#undef ISO_GUEST_NAME
    return names[cls];
}

const char *iso_guest_class_meaning(enum iso_guest_class cls)
{
#define ISO_GUEST_MEANING(symbol, name, meaning) meaning,
    static const char *const meanings[] = {ISO_GUEST_CLASSES(ISO_GUEST_MEANING) "stays in the VM"};
#undef ISO_GUEST_MEANING
    return meanings[cls];
}

static size_t add_points(struct iso_attribute *out, size_t count, const struct iso_memattr_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        struct iso_attribute attribute = iso_attribute_of(&set->item[i]);
        size_t point = iso_attribute_point_of(&attribute), k = 0;
        while (k < count && iso_attribute_point_of(&out[k]) != point)
            k++;
        if (k == count && point < ISO_ATTRIBUTE_POINTS)
            out[count++] = attribute;
    }
    return count;
}

size_t iso_guest_attributes(struct iso_attribute out[ISO_ATTRIBUTE_POINTS], enum iso_policy_s2 stage2,
                            const struct iso_cpu_features *features, bool tags)
{
    static const unsigned shareabilities[] = {0, 2, 3};
    struct iso_decode_features f = {.xs = iso_cpu_has(features, ISO_CPU_XS),
                                    .mte2 = tags && iso_cpu_number(features, ISO_CPU_MTE) >= 2,
                                    .share_input = (enum iso_share_input)iso_cpu_get(features, ISO_CPU_SHARE_INPUT)};
    struct iso_stage2 descriptor = iso_policy_stage2(stage2, features);
    struct iso_memattr_set stage1, set;
    size_t count = 0;
    f.mte_perm = f.mte2 && iso_cpu_has(features, ISO_CPU_MTE_PERM);
    for (unsigned mair = 0; mair < 256; mair++)
        for (size_t sh = 0; sh < 3; sh++)
            for (int off = 0; off < 2; off++) {
                struct iso_overrides overrides = {.stage1_off = off != 0};
                iso_stage1_resolve(&stage1, (uint8_t)mair, shareabilities[sh], &f, &overrides);
                iso_attribute_combine(&set, &stage1, &descriptor, &f, &overrides);
                count = add_points(out, count, &set);
            }
    return count;
}

/* A fault, by what the policy's kernel makes of it. */
static enum iso_guest_class class_of_fault(bool *uncovered, const struct iso_policy_reaction *reaction, bool own)
{
    if (!reaction->rule) {
        *uncovered = true;
        return ISO_GUEST_ABORT;
    }
    switch (reaction->action) {
    case ISO_POLICY_SIGNAL:
        return reaction->detail == ISO_POLICY_DETAIL_PANIC ? ISO_GUEST_ABORT : ISO_GUEST_CLASS_COUNT;
    case ISO_POLICY_KILL_VM:
        return own ? ISO_GUEST_CLASS_COUNT : ISO_GUEST_OTHER_VM;
    case ISO_POLICY_OK:
    case ISO_POLICY_REFUSE:
    case ISO_POLICY_INJECT:
    case ISO_POLICY_EXIT:
    case ISO_POLICY_RETRY:
    case ISO_POLICY_HANDLED:
        return ISO_GUEST_CLASS_COUNT;
    }
    return ISO_GUEST_CLASS_COUNT;
}

enum iso_guest_class iso_guest_class_of(bool *uncovered, const struct iso_effect *effect,
                                        const struct iso_access *access, const struct iso_attribute *attribute,
                                        const struct iso_policy_reaction reaction[ISO_POLICY_EVENT_COUNT])
{
    *uncovered = false;
    if (effect->kind == ISO_EFFECT_HANG)
        return ISO_GUEST_ABORT;
    if (effect->kind == ISO_EFFECT_FAULT) {
        if (effect->fault == ISO_ABORT_SERROR && !reaction[ISO_POLICY_EVENT_SERROR].rule)
            return !iso_class_is_device(attribute->cls) ? ISO_GUEST_CLASS_COUNT : ISO_GUEST_ABORT;
        if (effect->fault == ISO_ABORT_SERROR)
            return class_of_fault(uncovered, &reaction[ISO_POLICY_EVENT_SERROR], false);
        if (effect->fault == ISO_ABORT_EXTERNAL)
            return class_of_fault(uncovered, &reaction[ISO_POLICY_EVENT_EXTERNAL_ABORT], true);
        if (effect->fault == ISO_ABORT_UNSUPPORTED)
            return class_of_fault(uncovered, &reaction[ISO_POLICY_EVENT_ABORT35], true);
        return ISO_GUEST_CLASS_COUNT; /* the guest's own stage-1 fault */
    }
    if (effect->tag == ISO_TAG_EFFECT_ALIASES)
        return iso_access_writes_tags(access) ? ISO_GUEST_CORRUPTION : ISO_GUEST_FOREIGN;
    if (effect->compare == ISO_TAG_COMPARE_ALIASED)
        return ISO_GUEST_FOREIGN;
    return ISO_GUEST_CLASS_COUNT;
}

enum iso_capability_key iso_guest_key_of(const struct iso_effect *effect, const struct iso_access *access)
{
    static const enum iso_capability_key of_condition[ISO_CONDITION_COUNT] = {
        [ISO_CONDITION_NORMAL] = ISO_CAP_COUNT,
        [ISO_CONDITION_POISONED] = ISO_CAP_ERR_POISON,
        [ISO_CONDITION_ISOLATED] = ISO_CAP_ERR_ISOLATION,
        [ISO_CONDITION_VIRAL] = ISO_CAP_ERR_VIRAL,
        [ISO_CONDITION_NXM] = ISO_CAP_ERR_NXM,
        [ISO_CONDITION_RELEASED] = ISO_CAP_ERR_RELEASE,
        [ISO_CONDITION_TEE_MISMATCH] = ISO_CAP_ERR_TEE,
        [ISO_CONDITION_TIMEOUT] = ISO_CAP_ERR_TIMEOUT,
    };
    enum iso_family family = iso_access_family(access->kind);
    if (effect->tag == ISO_TAG_EFFECT_ALIASES && iso_access_writes_tags(access))
        return ISO_CAP_TAG_WRITE_UNSUPPORTED;
    if (effect->tag == ISO_TAG_EFFECT_ALIASES || effect->compare == ISO_TAG_COMPARE_ALIASED)
        return ISO_CAP_TAG_ON_READ_UNSUPPORTED;
    if (effect->rule.id && strcmp(effect->rule.id, "CH-27") == 0)
        return ISO_CAP_ATOMIC_ON_UNSUPPORTED;
    if (effect->rule.id && strcmp(effect->rule.id, "CH-12") == 0)
        return ISO_CAP_EXCL_ON_UNSUPPORTED;
    if (access->condition != ISO_CONDITION_NORMAL)
        return of_condition[access->condition];
    if (family == ISO_FAMILY_TAG)
        return iso_access_writes_tags(access) ? ISO_CAP_TAG_WRITE_UNSUPPORTED : ISO_CAP_TAG_ON_READ_UNSUPPORTED;
    if (family == ISO_FAMILY_LS64)
        return ISO_CAP_LS64;
    if (access->kind == ISO_ACCESS_HW_UPDATE)
        return ISO_CAP_HTTU;
    return ISO_CAP_COUNT;
}

static bool is_cacheable(const struct iso_attribute *attribute)
{
    return attribute->cls == ISO_CLASS_WT || attribute->cls == ISO_CLASS_MIX || attribute->cls == ISO_CLASS_WB_WEAK ||
           attribute->cls == ISO_CLASS_WB;
}

bool iso_guest_stale(const struct iso_attribute *host, const struct iso_attribute *guest)
{
    return is_cacheable(host) != is_cacheable(guest);
}

enum iso_policy_tri iso_guest_monitor_holds(const struct iso_tier *tier, const struct iso_attribute *attribute,
                                            unsigned ncpus, size_t *hop)
{
    bool device = iso_class_is_device(attribute->cls);
    bool wb = attribute->cls == ISO_CLASS_WB || attribute->cls == ISO_CLASS_WB_WEAK;
    uint8_t answers = iso_tier_get(tier, device ? ISO_CAP_EXCL_DEVICE : ISO_CAP_EXCL_NC, hop);
    if (wb || attribute->shareability == ISO_SHAREABILITY_NSH || answers == ISO_SUPPORT_NO || *hop >= tier->nhops)
        return ISO_POLICY_TRI_YES; /* WB: one reservation a line owner, in the caches (CHI B6.2) */
    size_t monitor;
    iso_tier_get(tier, ISO_CAP_EXCL_LPS, &monitor);
    uint32_t tracked =
        monitor < tier->nhops ? iso_capability_number(&tier->hops[monitor].capabilities, ISO_CAP_EXCL_LPS) : 0;
    if (!tracked || answers != ISO_SUPPORT_YES)
        return ISO_POLICY_TRI_UNKNOWN;
    return tracked >= ncpus ? ISO_POLICY_TRI_YES : ISO_POLICY_TRI_NO;
}

enum iso_policy_tri iso_guest_cacheable(const struct iso_tier *tier, size_t *hop)
{
    uint8_t model = iso_tier_get(tier, ISO_CAP_COH_MODEL, hop);
    if (model == ISO_COH_MODEL_UNKNOWN || model == ISO_COH_MODEL_PASS)
        return ISO_POLICY_TRI_UNKNOWN;
    return model == ISO_COH_MODEL_NONE ? ISO_POLICY_TRI_NO : ISO_POLICY_TRI_YES;
}
