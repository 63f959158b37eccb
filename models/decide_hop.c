/* What a hop makes of an access: 64-byte accesses, misaligned Device accesses, partial writes, arrival order.
 * Exclusives and atomics are in decide_atomic.c, errors in decide_error.c, tags in decide_tag.c.
 * A stage that another hop has settled already hands the element on. */
#include "models/align.h"
#include "models/branch.h"

bool iso_decide_step_is_last(const struct iso_decide_step *step)
{
    return step->hop->kind == ISO_HOP_DEVICE;
}

enum iso_where iso_decide_step_where(const struct iso_decide_step *step)
{
    switch (step->hop->kind) {
    case ISO_HOP_CORE:
        return ISO_WHERE_NEAR;
    case ISO_HOP_HOME:
        return ISO_WHERE_HOME;
    case ISO_HOP_BRIDGE:
    case ISO_HOP_LINK:
    case ISO_HOP_SWITCH:
        return ISO_WHERE_BRIDGE;
    case ISO_HOP_DEVICE:
        return ISO_WHERE_DEVICE;
    }
    return ISO_WHERE_UNDECIDED;
}

static uint8_t capability(const struct iso_decide_step *step, enum iso_capability_key key)
{
    return iso_capability_get(&step->hop->capabilities, key);
}

/* ---- 64-byte accesses, fetch, misaligned Device ------------------------------------------------------------------ */

static void stage_ls64_hop(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    bool cached = step->attribute->cls > ISO_CLASS_NC; /* FEAT_LS64WB: done in the cache */
    if (iso_access_family(step->access->kind) != ISO_FAMILY_LS64 || cached || in->where != ISO_WHERE_UNDECIDED) {
        iso_effect_set_add(out, in);
        return;
    }
    struct iso_branches how;
    iso_branch_hop(&how, step, ISO_CAP_LS64, iso_decide_step_is_last(step));
    for (size_t i = 0; i < how.count; i++) {
        struct iso_effect e = iso_branch_take(&how, i, in, step);
        if (how.value[i] == ISO_LS64_ABORT35) {
            iso_element_rule(&e, step, "CH-46", NULL);
            iso_element_fault(&e, ISO_ABORT_UNSUPPORTED, 1);
        } else if (how.value[i] == ISO_LS64_BYTE_ATOMIC) {
            iso_element_rule(&e, step, "CH-46", NULL);
            e.single_copy_bytes = 1;
            e.where = iso_decide_step_where(step);
        } else if (how.value[i] == ISO_LS64_YES) {
            e.where = iso_decide_step_where(step);
        }
        iso_effect_set_add(out, &e);
    }
}

static void stage_fetch(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    if (step->access->kind != ISO_ACCESS_IFETCH) {
        iso_effect_set_add(out, in);
        return;
    }
    struct iso_branches ok;
    iso_branch_hop(&ok, step, ISO_CAP_IFETCH, false);
    for (size_t i = 0; i < ok.count; i++) {
        struct iso_effect e = iso_branch_take(&ok, i, in, step);
        if (ok.value[i] == ISO_SUPPORT_NO) {
            iso_element_rule(&e, step, "CH-40", NULL);
            iso_element_fault(&e, ISO_ABORT_EXTERNAL, 0);
        }
        iso_effect_set_add(out, &e);
    }
}

/* The core chose to perform a misaligned Device access; a location that cannot still faults (CH-33). */
static void stage_misaligned(const struct iso_decide_step *step, const struct iso_effect *in,
                             struct iso_effect_set *out)
{
    if (step->hop->kind == ISO_HOP_CORE || !iso_class_is_device(step->attribute->cls) ||
        iso_access_alignment(step->access) == ISO_ALIGNMENT_ALIGNED) {
        iso_effect_set_add(out, in);
        return;
    }
    struct iso_branches ok;
    iso_branch_hop(&ok, step, ISO_CAP_UNALIGNED_OK, iso_decide_step_is_last(step));
    for (size_t i = 0; i < ok.count; i++) {
        struct iso_effect e = iso_branch_take(&ok, i, in, step);
        if (ok.value[i] == ISO_SUPPORT_NO)
            iso_element_misaligned(step, &e, out, step->attribute->stage1_device ? 1 : 2,
                                   &(struct iso_rule_ref){"CH-33", NULL});
        else
            iso_effect_set_add(out, &e);
    }
}

/* ---- partial writes ------------------------------------------------------------------------------------------------ */

/* Uncached writes that are no multiple of the unit become a read and a write of the whole unit (CXL MemWrPtl under
 * encryption): what another agent writes beside them meanwhile is lost. */
static void stage_partial(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    const struct iso_access *access = step->access;
    bool uncached = step->attribute->cls < ISO_CLASS_WB_WEAK;
    if (!uncached || !iso_access_writes_data(access) || capability(step, ISO_CAP_PTL_NATIVE) == ISO_SUPPORT_PASS) {
        iso_effect_set_add(out, in);
        return;
    }
    uint32_t unit = iso_capability_number(&step->hop->capabilities, ISO_CAP_PTL_RMW_UNIT);
    if (unit == 0)
        unit = 64;
    bool whole = access->size_bytes % unit == 0 && access->va % unit == 0;
    struct iso_branches native;
    iso_branch_hop(&native, step, ISO_CAP_PTL_NATIVE, false);
    for (size_t i = 0; i < native.count; i++) {
        struct iso_effect e = iso_branch_take(&native, i, in, step);
        if (native.value[i] == ISO_SUPPORT_NO && !whole) {
            e.rmw_unit_bytes = (uint8_t)unit;
            iso_element_rule(&e, step, "PTL", NULL);
        }
        iso_effect_set_add(out, &e);
    }
}

/* ---- arrival order: facts 5.2 ------------------------------------------------------------------------------------------ */

/* Accesses that nR keeps in order, by the size of the peripheral: IMPLEMENTATION DEFINED, so that where the machine does not say each is tried (CH-42). */
static void add_ordered(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    struct iso_branches bytes;
    iso_branch_hop(&bytes, step, ISO_CAP_PERIPHERAL_BYTES, true);
    for (size_t i = 0; i < bytes.count; i++) {
        if (!iso_branch_agrees(&bytes, i, in, step))
            continue;
        struct iso_effect e = iso_branch_take(&bytes, i, in, step);
        e.peripheral_bytes = bytes.value[i] == ISO_PERIPHERAL_WHOLE
                                 ? UINT64_MAX
                                 : iso_capability_value_number(ISO_CAP_PERIPHERAL_BYTES, bytes.value[i]);
        if (bytes.count > 1)
            iso_element_beside(&e, step, "CH-42");
        iso_effect_set_add(out, &e);
    }
}

/* nR binds peripherals only (B2.10.2.2): the same type on RAM gives no order. Normal NC has barrier-ordered arrival
 * alone, which barriers give on any location. */
static void stage_peripheral(const struct iso_decide_step *step, const struct iso_effect *in,
                             struct iso_effect_set *out)
{
    enum iso_class cls = step->attribute->cls;
    if (!iso_decide_step_is_last(step) || !iso_class_is_device(cls)) {
        iso_effect_set_add(out, in);
        return;
    }
    struct iso_branches peripheral;
    iso_branch_hop(&peripheral, step, ISO_CAP_IS_PERIPHERAL, true);
    for (size_t i = 0; i < peripheral.count; i++) {
        struct iso_effect e = iso_branch_take(&peripheral, i, in, step);
        if (peripheral.value[i] == ISO_SUPPORT_YES && cls <= ISO_CLASS_DEVICE_NGNRE && e.order & ISO_ORDER_NGATHER)
            e.order |= ISO_ORDER_NREORDER;
        iso_element_base(&e, step, "DEVICE");
        if (e.order & ISO_ORDER_NREORDER)
            add_ordered(step, &e, out);
        else
            iso_effect_set_add(out, &e);
    }
}

/* What lies behind a Normal mapping may be read at any time, whatever the program does; where reading has side effects, it does not keep what was written
 * (K1.2.10, B2.10.1: accesses return UNKNOWN values). */
static void stage_speculation(const struct iso_decide_step *step, const struct iso_effect *in,
                              struct iso_effect_set *out)
{
    bool reads = !iso_class_is_device(step->attribute->cls) &&
                 iso_cpu_get(step->features, ISO_CPU_SPECULATION) != ISO_SPECULATION_NO;
    if (!reads || capability(step, ISO_CAP_SPECULATION_SAFE) == ISO_SUPPORT_PASS) {
        iso_effect_set_add(out, in);
        return;
    }
    struct iso_branches safe;
    iso_branch_hop(&safe, step, ISO_CAP_SPECULATION_SAFE, false);
    for (size_t i = 0; i < safe.count; i++) {
        struct iso_effect e = iso_branch_take(&safe, i, in, step);
        if (safe.value[i] == ISO_SUPPORT_NO) {
            e.order |= ISO_ORDER_DISTURBED;
            if (!e.rule2.id) /* it decides nothing of what the access does */
                e.rule2 = (struct iso_rule_ref){"CH-61", NULL};
        }
        iso_effect_set_add(out, &e);
    }
}

#define FAMILY(name) (1u << ISO_FAMILY_##name)

const struct iso_stage_row iso_hop_stages[] = {
    {stage_misaligned, ISO_ALL_FAMILIES, ISO_STAGE_ON_DEVICE_TYPE}, /* before the access is made: 4.1 (c), (n) */
    {iso_stage_exclusive, FAMILY(EXCLUSIVE), ISO_STAGE_ALWAYS},
    {iso_stage_atomic, FAMILY(ATOMIC), ISO_STAGE_ALWAYS},
    {iso_stage_update, FAMILY(WALK), ISO_STAGE_ALWAYS},
    {stage_ls64_hop, FAMILY(LS64), ISO_STAGE_ALWAYS},
    {stage_fetch, FAMILY(FETCH), ISO_STAGE_ALWAYS},
    {stage_partial, ISO_ALL_FAMILIES, ISO_STAGE_ALWAYS},
    {iso_stage_poison_unit, ISO_ALL_FAMILIES, ISO_STAGE_ON_CONDITION},
    {iso_stage_read_error, ISO_ALL_FAMILIES, ISO_STAGE_ON_CONDITION},
    {iso_stage_write_error, ISO_ALL_FAMILIES, ISO_STAGE_ON_CONDITION},
    {iso_stage_tag_hop, ISO_ALL_FAMILIES, ISO_STAGE_ON_TAG_TYPE},
    {stage_peripheral, ISO_ALL_FAMILIES, ISO_STAGE_ON_DEVICE_TYPE},
    {stage_speculation, ISO_ALL_FAMILIES, ISO_STAGE_ALWAYS},
    {iso_stage_tag_resolve, ISO_ALL_FAMILIES, ISO_STAGE_ON_TAG_TYPE},
};
const size_t iso_hop_stage_count = sizeof iso_hop_stages / sizeof *iso_hop_stages;
