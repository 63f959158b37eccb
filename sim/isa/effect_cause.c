/* What effects of accesses on tiers mean to a program. See effect_cause.h. */
#include "sim/isa/effect_cause.h"

uint8_t iso_effect_fault(const struct iso_effect *effect)
{
    switch (effect->fault) {
    case ISO_ABORT_NONE:
    case ISO_ABORT_INTERRUPT:
        return ISO_FAULT_NONE;
    case ISO_ABORT_UNDEFINED:
        return ISO_FAULT_UNDEFINED;
    case ISO_ABORT_ALIGNMENT:
        return ISO_FAULT_ALIGNMENT;
    case ISO_ABORT_UNSUPPORTED:
    case ISO_ABORT_ATOMIC_UPDATE:
        return ISO_FAULT_MMU_EXCLUSIVE;
    case ISO_ABORT_PERMISSION:
        return effect->fault_tag_access ? ISO_FAULT_TAG_PERMISSION : ISO_FAULT_MMU_PERMISSION;
    case ISO_ABORT_TAG_CHECK:
        return ISO_FAULT_TAG_CHECK;
    case ISO_ABORT_EXTERNAL:
        return ISO_FAULT_EXTERNAL_ABORT;
    case ISO_ABORT_SERROR:
        return ISO_FAULT_SERROR;
    }
    return ISO_FAULT_NONE;
}

uint8_t iso_effect_nop(const struct iso_access *access)
{
    return iso_access_writes(access) ? ISO_CAUSE_NOP : ISO_CAUSE_NOP_READ;
}

static uint8_t deviation_of_exclusive(enum iso_exclusive exclusive)
{
    switch (exclusive) {
    case ISO_EXCLUSIVE_UNDECIDED:
    case ISO_EXCLUSIVE_MONITORED:
        return ISO_CAUSE_NONE;
    case ISO_EXCLUSIVE_LOCAL_ONLY:
        return ISO_CAUSE_LOCAL_ONLY;
    case ISO_EXCLUSIVE_FAILS_KEEPS:
        return ISO_CAUSE_FAILS_KEEPS;
    case ISO_EXCLUSIVE_FAILS_WRITES:
        return ISO_CAUSE_FAILS_WRITES;
    case ISO_EXCLUSIVE_STATUS_UNKNOWN:
        return ISO_CAUSE_STATUS_UNKNOWN;
    }
    return ISO_CAUSE_NONE;
}

static uint8_t deviation_of_tag(const struct iso_effect *e, const struct iso_effect *o)
{
    if (e->compare != o->compare) {
        if (e->compare == ISO_TAG_COMPARE_NONE)
            return ISO_CAUSE_TAG_UNCHECKED;
        if (e->compare == ISO_TAG_COMPARE_ZERO)
            return ISO_CAUSE_TAG_ZERO;
        if (e->compare == ISO_TAG_COMPARE_FAILS)
            return ISO_CAUSE_TAG_MATCH_FAILS;
    }
    if (e->tag != o->tag) {
        if (e->tag == ISO_TAG_EFFECT_ALIASES)
            return ISO_CAUSE_TAG_ALIASES;
        if (e->tag == ISO_TAG_EFFECT_DROPPED || e->tag == ISO_TAG_EFFECT_IGNORED)
            return ISO_CAUSE_TAG_DROPPED;
        if (e->tag == ISO_TAG_EFFECT_READS_ZERO)
            return ISO_CAUSE_TAG_ZERO;
    }
    return ISO_CAUSE_NONE;
}

/* What of an effect is not in `o`, one of those that ordinary memory has for the same access. */
static uint8_t difference(const struct iso_effect *e, const struct iso_access *access, const struct iso_effect *o)
{
    uint8_t tag;
    if (e->kind == ISO_EFFECT_FAULT && (o->kind != ISO_EFFECT_FAULT || o->fault != e->fault))
        return ISO_CAUSE_FAULT;
    if (e->kind == ISO_EFFECT_NOP && o->kind != ISO_EFFECT_NOP)
        return iso_effect_nop(access);
    if (e->kind == ISO_EFFECT_HANG)
        return ISO_CAUSE_HANG;
    if (e->exclusive != o->exclusive && deviation_of_exclusive(e->exclusive) != ISO_CAUSE_NONE)
        return deviation_of_exclusive(e->exclusive);
    if (e->data_ones)
        return ISO_CAUSE_DATA_ONES;
    if (e->data_lost)
        return ISO_CAUSE_DATA_LOST;
    if (e->rmw == ISO_RMW_NONATOMIC &&
        o->rmw != ISO_RMW_NONATOMIC) /* of what another hop makes of it, too, that has the rule */
        return ISO_CAUSE_NONATOMIC;
    tag = deviation_of_tag(e, o);
    if (tag != ISO_CAUSE_NONE)
        return tag;
    if ((e->single_copy_bytes && e->single_copy_bytes < o->single_copy_bytes) || e->rmw_unit_bytes != o->rmw_unit_bytes)
        return ISO_CAUSE_TORN;
    return ISO_CAUSE_NONE;
}

uint8_t iso_effect_deviation(const struct iso_effect *effect, const struct iso_access *access,
                             const struct iso_effect_set *usual)
{
    const struct iso_effect *performed = &usual->item[0];
    for (size_t i = 0; i < usual->count; i++) {
        const struct iso_effect *o = &usual->item[i];
        bool faults = o->kind == ISO_EFFECT_FAULT;
        if (faults == (effect->kind == ISO_EFFECT_FAULT) && difference(effect, access, o) == ISO_CAUSE_NONE)
            return ISO_CAUSE_NONE;
        if (performed->kind == ISO_EFFECT_FAULT && !faults)
            performed = o;
    }
    return difference(effect, access, performed);
}

void iso_ordinary_machine(struct iso_machine *out)
{
    static const enum iso_hop_kind kind[] = {ISO_HOP_CORE, ISO_HOP_HOME, ISO_HOP_DEVICE};
    static const struct {
        enum iso_capability_key key;
        uint8_t value;
    } has[] = {
        {ISO_CAP_EXCL_WB, ISO_SUPPORT_YES},
        {ISO_CAP_EXCL_NC, ISO_SUPPORT_YES},
        {ISO_CAP_EXCL_DEVICE, ISO_SUPPORT_YES},
        {ISO_CAP_EXCL_ON_UNSUPPORTED, ISO_EXCL_UNSUPPORTED_FAIL},
        {ISO_CAP_EXCL_STORE_ON_FAIL, ISO_STORE_ON_FAIL_KEEP},
        {ISO_CAP_ATOMIC_NEAR, ISO_SUPPORT_YES},
        {ISO_CAP_ATOMIC_WB, ISO_SUPPORT_YES},
        {ISO_CAP_ATOMIC_NC, ISO_SUPPORT_YES},
        {ISO_CAP_ATOMIC_DEVICE, ISO_SUPPORT_YES},
        {ISO_CAP_ATOMIC_ON_UNSUPPORTED, ISO_ATOMIC_UNSUPPORTED_NDERR},
        {ISO_CAP_TAG_STORAGE, ISO_TAG_STORAGE_FULL},
        {ISO_CAP_TAG_ON_READ_UNSUPPORTED, ISO_TAG_READ_ZERO_CLEAN},
        {ISO_CAP_TAG_WRITE_UNSUPPORTED, ISO_TAG_WRITE_DROP},
        {ISO_CAP_UNALIGNED_OK, ISO_SUPPORT_YES},
        {ISO_CAP_IS_PERIPHERAL, ISO_SUPPORT_NO},
        {ISO_CAP_SPECULATION_SAFE, ISO_SUPPORT_YES},
        {ISO_CAP_HTTU, ISO_HTTU_YES},
        {ISO_CAP_LS64, ISO_LS64_YES},
    };
    struct iso_tier *tier = &out->tiers[0];
    iso_machine_init(out);
    out->ntiers = 1;
    tier->kind = ISO_TIER_DDR;
    tier->nhops = sizeof kind / sizeof kind[0];
    for (size_t i = 0; i < tier->nhops; i++)
        iso_hop_init(&tier->hops[i], kind[i]);
    for (size_t i = 0; i < sizeof has / sizeof has[0]; i++)
        iso_tier_set(tier, has[i].key, has[i].value);
}

void iso_decide_ordinary(struct iso_effect_set *out, const struct iso_access *access,
                         const struct iso_machine *ordinary, const struct iso_cpu_features *features)
{
    const struct iso_attribute attribute = {.cls = ISO_CLASS_WB,
                                            .shareability = ISO_SHAREABILITY_ISH,
                                            .tagging =
                                                access->tag_access ? ISO_TAGGING_ALLOCATION : ISO_TAGGING_UNTAGGED};
    iso_decide_path(out, access, &attribute, &ordinary->tiers[0], features);
}
