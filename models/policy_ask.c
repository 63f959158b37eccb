/* The question put to a policy: a mapping on a machine as values of the inputs; and stage 1 x stage 2 as final attributes.
 * Declared in policy.h. Not for: rules. A tier's claims are turned into the words of facts/kernel-policies.md E.1 here and only
 * for policies that may read them; what a tier does to an access stays iso_decide()'s. */
#include "models/alias.h"
#include "models/machine.h"
#include "models/policy.h"

static uint8_t yes_no(bool yes)
{
    return yes ? ISO_POLICY_BOOL_YES : ISO_POLICY_BOOL_NO;
}

static uint8_t tri(bool known, bool yes)
{
    return !known ? ISO_POLICY_TRI_UNKNOWN : yes ? ISO_POLICY_TRI_YES : ISO_POLICY_TRI_NO;
}

/* ---- the tier in the words of E.1 ---- */

static uint8_t tags_of(const struct iso_tier *tier)
{
    static const uint8_t by_read[] = {
        [ISO_TAG_READ_UNKNOWN] = ISO_POLICY_TAGS_UNKNOWN,  [ISO_TAG_READ_PASS] = ISO_POLICY_TAGS_UNKNOWN,
        [ISO_TAG_READ_ZERO_CLEAN] = ISO_POLICY_TAGS_ZERO,  [ISO_TAG_READ_FAULT] = ISO_POLICY_TAGS_ABORT,
        [ISO_TAG_READ_UNCHECKED] = ISO_POLICY_TAGS_IGNORE, [ISO_TAG_READ_ALIAS] = ISO_POLICY_TAGS_ALIAS};
    uint8_t storage = iso_tier_get(tier, ISO_CAP_TAG_STORAGE, NULL);
    uint8_t write = iso_tier_get(tier, ISO_CAP_TAG_WRITE_UNSUPPORTED, NULL);
    if (storage == ISO_TAG_STORAGE_UNKNOWN || storage == ISO_TAG_STORAGE_PASS)
        return ISO_POLICY_TAGS_UNKNOWN;
    if (storage != ISO_TAG_STORAGE_NONE)
        return ISO_POLICY_TAGS_STORE;
    if (write == ISO_TAG_WRITE_ALIAS)
        return ISO_POLICY_TAGS_ALIAS;
    if (write == ISO_TAG_WRITE_ABORT)
        return ISO_POLICY_TAGS_ABORT;
    return by_read[iso_tier_get(tier, ISO_CAP_TAG_ON_READ_UNSUPPORTED, NULL)];
}

static uint8_t exclusives_of(const struct iso_tier *tier)
{
    static const uint8_t by_failure[] = {[ISO_EXCL_UNSUPPORTED_UNKNOWN] = ISO_POLICY_EXCL_UNKNOWN,
                                         [ISO_EXCL_UNSUPPORTED_PASS] = ISO_POLICY_EXCL_UNKNOWN,
                                         [ISO_EXCL_UNSUPPORTED_ABORT35] = ISO_POLICY_EXCL_ABORT35,
                                         [ISO_EXCL_UNSUPPORTED_EXTERNAL_ABORT] = ISO_POLICY_EXCL_SERROR,
                                         [ISO_EXCL_UNSUPPORTED_NOP] = ISO_POLICY_EXCL_OTHER,
                                         [ISO_EXCL_UNSUPPORTED_LOCAL_ONLY] = ISO_POLICY_EXCL_OTHER,
                                         [ISO_EXCL_UNSUPPORTED_FAIL] = ISO_POLICY_EXCL_OKAY_FAIL,
                                         [ISO_EXCL_UNSUPPORTED_STATUS_UNKNOWN] = ISO_POLICY_EXCL_OTHER};
    uint8_t support = iso_tier_get(tier, ISO_CAP_EXCL_NC, NULL);
    if (support != ISO_SUPPORT_NO)
        return support == ISO_SUPPORT_YES ? ISO_POLICY_EXCL_FULL : ISO_POLICY_EXCL_UNKNOWN;
    uint8_t failure = by_failure[iso_tier_get(tier, ISO_CAP_EXCL_ON_UNSUPPORTED, NULL)];
    uint8_t store = iso_tier_get(tier, ISO_CAP_EXCL_STORE_ON_FAIL, NULL);
    if (failure != ISO_POLICY_EXCL_OKAY_FAIL || store == ISO_STORE_ON_FAIL_KEEP)
        return failure;
    return store == ISO_STORE_ON_FAIL_WRITE ? ISO_POLICY_EXCL_FAIL_WRITES : ISO_POLICY_EXCL_UNKNOWN;
}

static uint8_t atomics_of(const struct iso_tier *tier)
{
    uint8_t near = iso_tier_get(tier, ISO_CAP_ATOMIC_NEAR, NULL), far = iso_tier_get(tier, ISO_CAP_ATOMIC_WB, NULL);
    if (near == ISO_SUPPORT_YES)
        return ISO_POLICY_LSE_NEAR;
    if (far == ISO_SUPPORT_YES)
        return ISO_POLICY_LSE_FAR;
    if (near != ISO_SUPPORT_NO || far != ISO_SUPPORT_NO)
        return ISO_POLICY_LSE_UNKNOWN;
    switch ((enum iso_atomic_unsupported)iso_tier_get(tier, ISO_CAP_ATOMIC_ON_UNSUPPORTED, NULL)) {
    case ISO_ATOMIC_UNSUPPORTED_UNKNOWN:
    case ISO_ATOMIC_UNSUPPORTED_PASS:
        return ISO_POLICY_LSE_UNKNOWN;
    case ISO_ATOMIC_UNSUPPORTED_ABORT35:
        return ISO_POLICY_LSE_ABORT35;
    case ISO_ATOMIC_UNSUPPORTED_NDERR:
    case ISO_ATOMIC_UNSUPPORTED_SLVERR:
    case ISO_ATOMIC_UNSUPPORTED_SERROR:
    case ISO_ATOMIC_UNSUPPORTED_NOP:
    case ISO_ATOMIC_UNSUPPORTED_OKAY_NONATOMIC:
    case ISO_ATOMIC_UNSUPPORTED_HANG:
        return ISO_POLICY_LSE_OTHER;
    }
    return ISO_POLICY_LSE_UNKNOWN;
}

static uint8_t support_of(const struct iso_tier *tier, enum iso_capability_key key)
{
    uint8_t value = iso_tier_get(tier, key, NULL);
    return tri(value == ISO_SUPPORT_YES || value == ISO_SUPPORT_NO, value == ISO_SUPPORT_YES);
}

static uint8_t both(uint8_t a, uint8_t b)
{
    if (a == ISO_POLICY_TRI_NO || b == ISO_POLICY_TRI_NO)
        return ISO_POLICY_TRI_NO;
    return a == ISO_POLICY_TRI_YES ? b : ISO_POLICY_TRI_UNKNOWN;
}

/* No error mode that the tier states ends in SError or a hang; none stated at all is unknown. */
static uint8_t contained(const struct iso_tier *tier)
{
    static const enum iso_capability_key keys[] = {ISO_CAP_ERR_POISON, ISO_CAP_ERR_ISOLATION, ISO_CAP_ERR_VIRAL,
                                                   ISO_CAP_ERR_NXM,    ISO_CAP_ERR_RELEASE,   ISO_CAP_ERR_TEE,
                                                   ISO_CAP_ERR_TIMEOUT};
    uint8_t out = ISO_POLICY_TRI_YES;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        uint8_t mode = iso_tier_get(tier, keys[i], NULL);
        bool known = mode != ISO_ERROR_MODE_UNKNOWN && mode != ISO_ERROR_MODE_PASS;
        out = both(out, tri(known, mode != ISO_ERROR_MODE_SERROR && mode != ISO_ERROR_MODE_HANG));
    }
    return out;
}

static uint8_t coherent(const struct iso_tier *tier)
{
    uint8_t model = iso_tier_get(tier, ISO_CAP_COH_MODEL, NULL);
    if (tier->kind == ISO_TIER_PCIE_BAR)
        return ISO_POLICY_TRI_NO;
    return tri(model != ISO_COH_MODEL_UNKNOWN && model != ISO_COH_MODEL_PASS, model != ISO_COH_MODEL_NONE);
}

static uint8_t all_store_tags(const struct iso_machine *machine)
{
    uint8_t out = ISO_POLICY_TRI_YES;
    for (size_t t = 0; t < machine->ntiers; t++) {
        uint8_t tags = tags_of(&machine->tiers[t]);
        if (machine->tiers[t].kind != ISO_TIER_PCIE_BAR)
            out = both(out, tri(tags != ISO_POLICY_TAGS_UNKNOWN, tags == ISO_POLICY_TAGS_STORE));
    }
    return out;
}

static void ask_tier(uint8_t *value, const struct iso_machine *machine, size_t index)
{
    value[ISO_POLICY_TIERS_TAGS] = all_store_tags(machine);
    if (index >= machine->ntiers)
        return;
    const struct iso_tier *tier = &machine->tiers[index];
    value[ISO_POLICY_TIER_TAGS] = tags_of(tier);
    value[ISO_POLICY_TIER_EXCL] = exclusives_of(tier);
    value[ISO_POLICY_TIER_LSE] = atomics_of(tier);
    value[ISO_POLICY_TIER_IFETCH] = support_of(tier, ISO_CAP_IFETCH);
    value[ISO_POLICY_TIER_NC_OK] = both(support_of(tier, ISO_CAP_EXCL_NC), support_of(tier, ISO_CAP_ATOMIC_NC));
    value[ISO_POLICY_TIER_CONTAINED] = contained(tier);
    value[ISO_POLICY_TIER_COHERENT] = coherent(tier);
}

/* ---- the rest ---- */

static void ask_cpu(uint8_t *value, const struct iso_cpu_features *features)
{
    enum iso_ls64_level ls64 = (enum iso_ls64_level)iso_cpu_get(features, ISO_CPU_LS64);
    value[ISO_POLICY_CPU_FWB] = yes_no(iso_cpu_has(features, ISO_CPU_S2FWB));
    value[ISO_POLICY_CPU_DIC] = yes_no(iso_cpu_has(features, ISO_CPU_DIC));
    value[ISO_POLICY_CPU_MTE2] = yes_no(iso_cpu_number(features, ISO_CPU_MTE) >= 2);
    value[ISO_POLICY_CPU_MTE_PERM] = yes_no(iso_cpu_has(features, ISO_CPU_MTE_PERM));
    value[ISO_POLICY_CPU_LSE] = yes_no(iso_cpu_has(features, ISO_CPU_LSE));
    value[ISO_POLICY_CPU_LS64] = yes_no(ls64 != ISO_LS64_LEVEL_NO);
    value[ISO_POLICY_CPU_LS64WB] = yes_no(ls64 == ISO_LS64_LEVEL_WB);
    value[ISO_POLICY_CPU_RAS] = ISO_POLICY_BOOL_YES; /* mandatory from Armv8.2; machines do not state it */
}

static void ask_vm(uint8_t *value, const struct iso_mapping *mapping, const struct iso_policy_vm *vm, bool tagged)
{
    static const struct iso_policy_vm none;
    if (!vm)
        vm = &none;
    value[ISO_POLICY_VM] = ISO_POLICY_BOOL_YES;
    value[ISO_POLICY_VM_MTE] = yes_no(vm->mte || tagged);
    value[ISO_POLICY_VM_PROTECTED] = yes_no(vm->is_protected || mapping->vm_protected);
    value[ISO_POLICY_VM_REALM] = yes_no(vm->realm || vm->shared_ipa || mapping->vm_realm);
    value[ISO_POLICY_VM_SHARED_IPA] = yes_no(vm->shared_ipa || mapping->vm_shared_ipa);
    value[ISO_POLICY_VM_DIRTY_LOG] = yes_no(vm->dirty_log);
    value[ISO_POLICY_VM_READONLY] = yes_no(vm->readonly);
    value[ISO_POLICY_VM_SEA_EXIT] = yes_no(vm->sea_exit);
    value[ISO_POLICY_VM_SLOT_CACHEABLE] = yes_no(vm->slot_cacheable);
    value[ISO_POLICY_VM_MTE_PERM_CAP] = yes_no(vm->mte_perm);
}

void iso_policy_ask(struct iso_policy_question *out, const struct iso_policy *policy, const struct iso_mapping *mapping,
                    const struct iso_machine *machine, size_t tier, const struct iso_policy_vm *vm, bool tagged)
{
    uint8_t *value = out->inputs.value;
    unsigned flags = iso_mapping_flags(mapping, policy->kernel);
    *out = (struct iso_policy_question){.view = mapping->view, .guest_attr = mapping->guest_attr, .mapping = mapping};
    if (tagged && mapping->guest_attr == ISO_POLICY_ATTR_WB)
        out->guest_attr = ISO_POLICY_ATTR_WBT;
    value[ISO_POLICY_ORIGIN] = (uint8_t)mapping->origin;
    value[ISO_POLICY_BACKING] = (uint8_t)mapping->backing;
    value[ISO_POLICY_STRUCT_PAGE] = yes_no(mapping->struct_page);
    value[ISO_POLICY_MAP_MEMORY] = yes_no(mapping->map_memory);
    value[ISO_POLICY_VMA_ATTR] = (uint8_t)mapping->vma_attr;
    if (mapping->vma_attr != ISO_POLICY_ATTR_NONE) {
#define SET_FLAG(name, bit) value[ISO_POLICY_VMA_##name] = yes_no(flags & ISO_MAPPING_##name);
        ISO_MAPPING_FLAGS(SET_FLAG)
#undef SET_FLAG
        value[ISO_POLICY_VMA_MTE] = yes_no(tagged && mapping->view == ISO_MAPPING_USER);
    }
    ask_cpu(value, &machine->features);
    if (mapping->view == ISO_MAPPING_GUEST)
        ask_vm(value, mapping, vm, tagged);
    if (policy->reads_tiers)
        ask_tier(value, machine, tier);
}

/* ---- stage 1 x stage 2 ---- */

/* MAIR bytes and MemAttr[3:0] of facts 1.1 and 2.1. */
static const uint8_t mair[ISO_POLICY_ATTR_COUNT] = {
    [ISO_POLICY_ATTR_WB] = 0xFF,    [ISO_POLICY_ATTR_WBT] = 0xF0,    [ISO_POLICY_ATTR_NC] = 0x44,
    [ISO_POLICY_ATTR_NGNRE] = 0x04, [ISO_POLICY_ATTR_NGNRNE] = 0x00,
};
static const struct {
    uint8_t combining, forcing;
} memattr[ISO_POLICY_S2_COUNT] = {
    [ISO_POLICY_S2_NORMAL] = {0xF, 6}, [ISO_POLICY_S2_NORMAL_NOTAG] = {0x4, 0xE}, [ISO_POLICY_S2_NC] = {5, 5},
    [ISO_POLICY_S2_NGNRE] = {1, 1},    [ISO_POLICY_S2_AS_S1] = {0xF, 7},
};

struct iso_stage2 iso_policy_stage2(enum iso_policy_s2 stage2, const struct iso_cpu_features *features)
{
    enum { INNER_SHAREABLE = 3 };
    bool fwb = iso_cpu_has(features, ISO_CPU_S2FWB);
    return (struct iso_stage2){
        .memattr = fwb ? memattr[stage2].forcing : memattr[stage2].combining, .sh = INNER_SHAREABLE, .fwb = fwb};
}

size_t iso_policy_combine(struct iso_attribute out[ISO_POLICY_POINTS_MAX], enum iso_policy_attr stage1,
                          enum iso_policy_s2 stage2, const struct iso_cpu_features *features, bool mte_off)
{
    enum { INNER_SHAREABLE = 3 };
    bool mte2 = !mte_off && iso_cpu_number(features, ISO_CPU_MTE) >= 2;
    struct iso_decode_features f = {.xs = iso_cpu_has(features, ISO_CPU_XS),
                                    .mte2 = mte2,
                                    .mte_perm = mte2 && iso_cpu_has(features, ISO_CPU_MTE_PERM),
                                    .share_input = (enum iso_share_input)iso_cpu_get(features, ISO_CPU_SHARE_INPUT)};
    struct iso_overrides none = {.stage1_off = false};
    struct iso_memattr_set s1, both_stages;
    struct iso_memattr_set *set = &s1;
    size_t count = 0;
    uint8_t byte = stage1 == ISO_POLICY_ATTR_WBT && !mte2 ? 0xFF : mair[stage1];

    if (stage1 == ISO_POLICY_ATTR_NONE)
        return 0;
    iso_stage1_decode(&s1, byte, INNER_SHAREABLE, &f);
    if (stage2 != ISO_POLICY_S2_NONE) {
        struct iso_stage2 descriptor = iso_policy_stage2(stage2, features);
        iso_attribute_combine(&both_stages, &s1, &descriptor, &f, &none);
        set = &both_stages;
    }
    for (size_t i = 0; i < set->count && count < ISO_POLICY_POINTS_MAX; i++) {
        struct iso_attribute attribute = iso_attribute_of(&set->item[i]);
        bool seen = false;
        for (size_t k = 0; k < count; k++)
            seen |= iso_attribute_point_of(&out[k]) == iso_attribute_point_of(&attribute);
        if (!seen)
            out[count++] = attribute;
    }
    return count;
}

bool iso_policy_mismatched(const struct iso_attribute *a, const struct iso_attribute *b)
{
    return !iso_alias_same(a, b);
}
