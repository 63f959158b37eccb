/* What the core makes of an access before it leaves: features, alignment, type checks, and as what exclusives and
 * atomics travel. Order: facts/arm-attributes.md 4.1. */
#include "models/align.h"
#include "models/branch.h"

static bool is_wb(const struct iso_attribute *a)
{
    return a->cls == ISO_CLASS_WB || a->cls == ISO_CLASS_WB_WEAK;
}

static void pass(const struct iso_effect *e, struct iso_effect_set *out)
{
    iso_effect_set_add(out, e);
}

/* The stage that made the location Device reports its Alignment faults (AARM B2.10.2); P-DEV: stage 1 (RRMTWN). */
static unsigned type_stage(const struct iso_attribute *a)
{
    return a->provenance == ISO_PROVENANCE_PDEV || a->stage1_device ? 1 : 2;
}

/* ---- features: section 10, step 1 -------------------------------------------------------------------------- */

/* Key that an instruction needs, and the least value that will do; ISO_CPU_COUNT: none. */
static enum iso_cpu_key feature_of(const struct iso_access *access, uint8_t *least)
{
    *least = ISO_FEATURE_YES;
    switch (iso_access_family(access->kind)) {
    case ISO_FAMILY_ATOMIC:
        return access->kind == ISO_ACCESS_LSE128 ? ISO_CPU_LSE128
               : access->kind == ISO_ACCESS_RCW  ? ISO_CPU_THE
                                                 : ISO_CPU_LSE;
    case ISO_FAMILY_LS64:
        *least = access->kind == ISO_ACCESS_ST64BV ? ISO_LS64_LEVEL_LS64V : ISO_LS64_LEVEL_LS64;
        return ISO_CPU_LS64;
    case ISO_FAMILY_TAG:
        *least = ISO_MTE_LEVEL_1;
        return ISO_CPU_MTE;
    case ISO_FAMILY_GCS:
        return ISO_CPU_GCS;
    case ISO_FAMILY_ACQREL:
        return access->kind == ISO_ACCESS_LDIAPP ? ISO_CPU_LRCPC3 : ISO_CPU_COUNT;
    case ISO_FAMILY_PLAIN:
        return access->kind >= ISO_ACCESS_SVE_LOAD && access->kind <= ISO_ACCESS_SVE_NONTEMPORAL ? ISO_CPU_SVE
                                                                                                 : ISO_CPU_COUNT;
    case ISO_FAMILY_BLOCK:
        return access->kind == ISO_ACCESS_DC_ZVA ? ISO_CPU_COUNT : ISO_CPU_MOPS;
    case ISO_FAMILY_MAINTENANCE:
        *least = ISO_MTE_LEVEL_1;
        return access->kind == ISO_ACCESS_DC_TAG ? ISO_CPU_MTE : ISO_CPU_COUNT;
    case ISO_FAMILY_EXCLUSIVE:
    case ISO_FAMILY_HINT:
    case ISO_FAMILY_FETCH:
    case ISO_FAMILY_WALK:
        return ISO_CPU_COUNT;
    }
    return ISO_CPU_COUNT;
}

static void stage_feature(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    uint8_t least;
    enum iso_cpu_key key = feature_of(step->access, &least);
    struct iso_effect e = *in;
    uint8_t value = key == ISO_CPU_COUNT ? 0 : iso_cpu_get(step->features, key);
    if (key != ISO_CPU_COUNT && value >= ISO_VALUE_FIRST && value < least) {
        iso_element_fault(&e, ISO_ABORT_UNDEFINED, 0);
        iso_element_base(&e, step, "FEAT");
    }
    iso_effect_set_add(out, &e);
}

/* ---- alignment: 4.1 (a), (c), (g); table 4.2 ---------------------------------------------------------------- */

static void add_performed(const struct iso_decide_step *step, const struct iso_align_result *r, struct iso_effect e,
                          uint8_t bytes, struct iso_effect_set *out)
{
    e.single_copy_bytes = bytes;
    if (r->verdict == ISO_ALIGN_EITHER || r->single_copy_bytes != r->single_copy_bytes_max)
        iso_element_rule(&e, step, r->rule.id, r->rule.member);
    else
        iso_element_base(&e, step, "ALIGN");
    pass(&e, out);
}

static void align(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    struct iso_align_result r;
    iso_align_check(&r, step->access, step->attribute, step->features);
    struct iso_branches knob = {.count = 1};
    bool open = r.verdict == ISO_ALIGN_EITHER || r.single_copy_bytes != r.single_copy_bytes_max;
    if (open && r.verdict != ISO_ALIGN_FAULT)
        iso_branch_cpu(&knob, step, r.knob);
    for (size_t i = 0; i < knob.count; i++) {
        struct iso_effect e = iso_branch_take(&knob, i, in, step);
        /* In every knob here the first value is the smaller thing: fault, as Device, as non-WB, bytes. */
        bool first = knob.value[i] == ISO_VALUE_FIRST;
        if (r.verdict == ISO_ALIGN_FAULT || (r.verdict == ISO_ALIGN_EITHER && first)) {
            iso_element_misaligned(step, &e, out, r.from_type ? type_stage(step->attribute) : 1, &r.rule);
        } else if (open && r.verdict == ISO_ALIGN_OK) {
            add_performed(step, &r, e, first ? r.single_copy_bytes : r.single_copy_bytes_max, out);
        } else {
            add_performed(step, &r, e, r.single_copy_bytes, out);
        }
    }
}

static void stage_alignment(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    enum iso_cpu_key key = iso_align_lifted_knob(step->access, step->attribute, step->features);
    struct iso_branches knob;
    if (key == ISO_CPU_COUNT) {
        align(step, in, out);
        return;
    }
    iso_branch_cpu(&knob, step, key);
    for (size_t i = 0; i < knob.count; i++) {
        struct iso_cpu_features bound = *step->features;
        struct iso_decide_step then = *step;
        struct iso_effect e = iso_branch_take(&knob, i, in, step);
        iso_cpu_set(&bound, key, knob.value[i]);
        then.features = &bound;
        if (knob.value[i] != ISO_VALUE_FIRST) /* as WB; the other one is named by what comes of it */
            iso_element_rule(&e, step, key == ISO_CPU_PDEV_ALIGN ? "CH-34b" : "CH-34d", NULL);
        align(&then, &e, out);
    }
}

/* ---- kinds that a memory type forbids or changes ------------------------------------------------------------- */

/* DC ZVA to Device: Alignment fault; to P-DEV: CH-34b. */
static void stage_zero(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    const struct iso_attribute *a = step->attribute;
    enum iso_access_kind kind = step->access->kind;
    bool zva = kind == ISO_ACCESS_DC_ZVA;
    bool lifted =
        (zva || kind == ISO_ACCESS_DC_GVA || kind == ISO_ACCESS_DC_GZVA) && a->provenance == ISO_PROVENANCE_PDEV;
    if (zva && iso_class_is_device(a->cls)) {
        struct iso_effect e = *in;
        iso_element_fault(&e, ISO_ABORT_ALIGNMENT, type_stage(a));
        iso_element_base(&e, step, "ALIGN");
        pass(&e, out);
        return;
    }
    if (!lifted) {
        pass(in, out);
        return;
    }
    struct iso_branches knob;
    iso_branch_cpu(&knob, step, ISO_CPU_PDEV_ALIGN);
    for (size_t i = 0; i < knob.count; i++) {
        struct iso_effect e = iso_branch_take(&knob, i, in, step);
        iso_element_rule(&e, step, "CH-34b", NULL);
        if (knob.value[i] == ISO_PDEV_DEVICE)
            iso_element_fault(&e, ISO_ABORT_ALIGNMENT, 1);
        pass(&e, out);
    }
}

/* LD64B and friends: Device and NC only, WB with FEAT_LS64WB; else 0x35 at a stage of the CPU's choice (CH-46). */
static void stage_ls64(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    const struct iso_attribute *a = step->attribute;
    bool uncached = iso_class_is_device(a->cls) || a->cls == ISO_CLASS_NC;
    bool wb_ok = is_wb(a) && iso_cpu_get(step->features, ISO_CPU_LS64) == ISO_LS64_LEVEL_WB;
    if (iso_access_family(step->access->kind) != ISO_FAMILY_LS64 || uncached || wb_ok) {
        pass(in, out);
        return;
    }
    struct iso_branches knob;
    iso_branch_cpu(&knob, step, ISO_CPU_LS64_STAGE);
    for (size_t i = 0; i < knob.count; i++) {
        struct iso_effect e = iso_branch_take(&knob, i, in, step);
        iso_element_fault(&e, ISO_ABORT_UNSUPPORTED, knob.value[i] == ISO_STAGE_S2 ? 2 : 1);
        iso_element_rule(&e, step, "CH-46", NULL);
        pass(&e, out);
    }
}

/* GCS (CH-47), instruction fetch (CH-10) and table walk (CH-11) by type; SVE first-faulting on P-DEV (CH-34c). */
static void stage_special(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    const struct iso_attribute *a = step->attribute;
    bool device = iso_class_is_device(a->cls);
    enum iso_access_kind kind = step->access->kind;
    enum iso_cpu_key key = ISO_CPU_COUNT;
    const char *rule = NULL;
    if (kind == ISO_ACCESS_GCS && !is_wb(a)) {
        key = ISO_CPU_GCS_TYPE;
        rule = "CH-47";
    } else if (kind == ISO_ACCESS_IFETCH && device) {
        key = ISO_CPU_IFETCH_DEVICE;
        rule = "CH-10";
    } else if (kind == ISO_ACCESS_SVE_FAULTING && a->provenance == ISO_PROVENANCE_PDEV) {
        key = ISO_CPU_PDEV_SVE;
        rule = "CH-34c";
    }
    struct iso_effect e = *in;
    if (kind == ISO_ACCESS_TTW_READ && device)
        iso_element_rule(&e, step, "CH-11", NULL);
    if (kind == ISO_ACCESS_SVE_FAULTING && device) {
        e.kind = ISO_EFFECT_NOP; /* suppressed through FFR (5.3) */
        iso_element_base(&e, step, "DEVICE");
    }
    if (kind == ISO_ACCESS_PRFM) {
        iso_element_base(&e, step, "HINT");
        if (device)
            e.kind = ISO_EFFECT_NOP;
    }
    if (iso_access_family(kind) == ISO_FAMILY_MAINTENANCE)
        iso_element_base(&e, step, "CMO");
    if (key == ISO_CPU_COUNT) {
        pass(&e, out);
        return;
    }
    struct iso_branches knob;
    iso_branch_cpu(&knob, step, key);
    for (size_t i = 0; i < knob.count; i++) {
        struct iso_effect b = iso_branch_take(&knob, i, &e, step);
        iso_element_rule(&b, step, rule, NULL);
        if (key == ISO_CPU_GCS_TYPE && knob.value[i] == ISO_PERFORM_FAULT_FAULT)
            iso_element_fault(&b, ISO_ABORT_UNSUPPORTED, 1);
        else if (key == ISO_CPU_IFETCH_DEVICE && knob.value[i] == ISO_FETCH_PERMISSION)
            iso_element_fault(&b, ISO_ABORT_PERMISSION, type_stage(a));
        else if (key == ISO_CPU_PDEV_SVE && knob.value[i] == ISO_PDEV_DEVICE)
            b.kind = ISO_EFFECT_NOP;
        pass(&b, out);
    }
}

/* ---- exclusives and atomics: as what do they travel ---------------------------------------------------------- */

static void add_acting(const struct iso_effect *e, enum iso_acts_as as, struct iso_effect_set *out)
{
    struct iso_effect b = *e;
    b.acts_as = as;
    pass(&b, out);
}

/* WB, shareable: the guarantee, but for weak hints under DDI 0487 L (D1, CH-08). */
static void act_as_wb(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    if (step->attribute->cls != ISO_CLASS_WB_WEAK || iso_cpu_get(step->features, ISO_CPU_ARCH) == ISO_ARCH_M) {
        add_acting(in, ISO_ACTS_AS_WB, out);
        return;
    }
    struct iso_branches knob;
    iso_branch_cpu(&knob, step, ISO_CPU_CACHEABILITY);
    for (size_t i = 0; i < knob.count; i++) {
        struct iso_effect e = iso_branch_take(&knob, i, in, step);
        iso_element_rule(&e, step, "D1", NULL);
        add_acting(&e, knob.value[i] == ISO_AS_ENCODED_NC ? ISO_ACTS_AS_NC : ISO_ACTS_AS_WB, out);
    }
}

/* Non-shareable WB: exclusives use the local monitor alone (CH-26); atomics are in set A (Neoverse-N3: 0x35). */
static void act_nonshareable(const struct iso_decide_step *step, const struct iso_effect *in,
                             struct iso_effect_set *out)
{
    struct iso_branches knob;
    bool exclusive = iso_access_family(step->access->kind) == ISO_FAMILY_EXCLUSIVE;
    iso_branch_cpu(&knob, step, exclusive ? ISO_CPU_NSH_OBSERVERS : ISO_CPU_NSH_ATOMIC);
    for (size_t i = 0; i < knob.count; i++) {
        struct iso_effect e = iso_branch_take(&knob, i, in, step);
        e.acts_as = ISO_ACTS_AS_WB;
        if (exclusive) {
            iso_element_rule(&e, step, "CH-26", NULL);
            e.exclusive = knob.value[i] == ISO_FEATURE_YES ? ISO_EXCLUSIVE_MONITORED : ISO_EXCLUSIVE_LOCAL_ONLY;
            pass(&e, out);
            continue;
        }
        static const char *const member[] = {
            [ISO_NSH_ATOMIC_PERFORM] = "A0", [ISO_NSH_ATOMIC_EXTERNAL_ABORT] = "A1",
            [ISO_NSH_ATOMIC_SERROR] = "A2",  [ISO_NSH_ATOMIC_ABORT35] = "A3",
            [ISO_NSH_ATOMIC_NOP] = "A4",     [ISO_NSH_ATOMIC_NONATOMIC] = "A5",
        };
        iso_element_rule(&e, step, "CH-27", member[knob.value[i]]);
        e.where = ISO_WHERE_NEAR;
        e.rmw = ISO_RMW_ATOMIC;
        switch ((enum iso_nsh_atomic)knob.value[i]) {
        case ISO_NSH_ATOMIC_PERFORM:
        case ISO_NSH_ATOMIC_UNKNOWN: /* never a branch */
        case ISO_NSH_ATOMIC_FREE:
            break;
        case ISO_NSH_ATOMIC_EXTERNAL_ABORT:
            iso_element_fault(&e, ISO_ABORT_EXTERNAL, 0);
            break;
        case ISO_NSH_ATOMIC_SERROR:
            iso_element_fault(&e, ISO_ABORT_SERROR, 0);
            break;
        case ISO_NSH_ATOMIC_ABORT35:
            iso_element_unsupported(step, &e, out);
            continue;
        case ISO_NSH_ATOMIC_NOP:
            e.kind = ISO_EFFECT_NOP;
            break;
        case ISO_NSH_ATOMIC_NONATOMIC:
            e.rmw = ISO_RMW_NONATOMIC;
            break;
        }
        pass(&e, out);
    }
}

/* WT and mixed: outside the guarantee; a CPU may treat them as Non-cacheable, or have them in its caches (CH-08). */
static void act_write_through(const struct iso_decide_step *step, const struct iso_effect *in,
                              struct iso_effect_set *out)
{
    struct iso_branches knob;
    iso_branch_cpu(&knob, step, ISO_CPU_WT_EXCLUSIVE);
    for (size_t i = 0; i < knob.count; i++) {
        struct iso_effect e = iso_branch_take(&knob, i, in, step);
        if (knob.count > 1)
            iso_element_rule(&e, step, "CH-08", NULL);
        if (knob.value[i] == ISO_AS_ENCODED_NC ||
            iso_cpu_get(step->features, ISO_CPU_CACHEABILITY) == ISO_AS_ENCODED_NC)
            add_acting(&e, ISO_ACTS_AS_NC, out);
        else if (step->attribute->shareability == ISO_SHAREABILITY_NSH)
            act_nonshareable(step, &e, out);
        else
            add_acting(&e, ISO_ACTS_AS_WB, out);
    }
}

/* WB, Device at stage 1: as Device, or as WB of its shareability (CH-34a). */
static void act_lifted(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    struct iso_branches knob;
    iso_branch_cpu(&knob, step, ISO_CPU_PDEV_EXCL);
    for (size_t i = 0; i < knob.count; i++) {
        struct iso_effect e = iso_branch_take(&knob, i, in, step);
        iso_element_rule(&e, step, "CH-34a", NULL);
        if (knob.value[i] == ISO_PDEV_DEVICE)
            add_acting(&e, ISO_ACTS_AS_DEVICE, out);
        else if (step->attribute->shareability == ISO_SHAREABILITY_NSH)
            act_nonshareable(step, &e, out);
        else
            add_acting(&e, ISO_ACTS_AS_WB, out);
    }
}

static void stage_acts_as(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    const struct iso_attribute *a = step->attribute;
    enum iso_family family = iso_access_family(step->access->kind);
    if (family != ISO_FAMILY_EXCLUSIVE && family != ISO_FAMILY_ATOMIC)
        pass(in, out);
    else if (iso_class_is_device(a->cls))
        add_acting(in, ISO_ACTS_AS_DEVICE, out);
    else if (a->cls == ISO_CLASS_NC)
        add_acting(in, ISO_ACTS_AS_NC, out);
    else if (!is_wb(a))
        act_write_through(step, in, out);
    else if (a->provenance == ISO_PROVENANCE_PDEV)
        act_lifted(step, in, out);
    else if (a->shareability == ISO_SHAREABILITY_NSH)
        act_nonshareable(step, in, out);
    else
        act_as_wb(step, in, out);
}

/* A WB atomic in the core's own cache (CH-28). The result does not depend on the place. */
static void stage_near(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    bool near_possible = iso_access_family(step->access->kind) == ISO_FAMILY_ATOMIC && in->acts_as == ISO_ACTS_AS_WB &&
                         in->rmw == ISO_RMW_UNDECIDED;
    if (!near_possible) {
        pass(in, out);
        return;
    }
    struct iso_branches near;
    iso_branch_hop(&near, step, ISO_CAP_ATOMIC_NEAR, false);
    for (size_t i = 0; i < near.count; i++) {
        struct iso_effect e = iso_branch_take(&near, i, in, step);
        if (near.value[i] == ISO_SUPPORT_YES) {
            e.where = ISO_WHERE_NEAR;
            e.rmw = ISO_RMW_ATOMIC;
            iso_element_rule(&e, step, "CH-28", NULL);
        }
        pass(&e, out);
    }
}

/* Ordering and side permissions that the type alone settles; those that need a peripheral are added at the device. */
static void stage_type_order(const struct iso_decide_step *step, const struct iso_effect *in,
                             struct iso_effect_set *out)
{
    const struct iso_attribute *a = step->attribute;
    enum iso_access_kind kind = step->access->kind;
    struct iso_effect e = *in;
    bool device = iso_class_is_device(a->cls);
    bool vector = kind >= ISO_ACCESS_SVE_LOAD && kind <= ISO_ACCESS_SVE_NONTEMPORAL;
    bool streaming = step->access->streaming && (kind == ISO_ACCESS_SIMD_LOAD || kind == ISO_ACCESS_SIMD_STORE);
    bool as_gre = vector || streaming || kind == ISO_ACCESS_CPY_READ || kind == ISO_ACCESS_CPY_WRITE;
    if (device && a->cls != ISO_CLASS_DEVICE_GRE && !as_gre)
        e.order |= ISO_ORDER_NGATHER;
    if ((a->cls == ISO_CLASS_NC || (device && !(e.order & ISO_ORDER_NGATHER))) &&
        iso_cpu_get(step->features, ISO_CPU_GATHER) == ISO_SPECULATION_NO)
        e.order |= ISO_ORDER_NGATHER;
    if (device && as_gre)
        iso_element_rule(&e, step, vector || streaming ? "CH-67" : "CH-39", NULL);
    if (!device && iso_access_reads(step->access) &&
        iso_cpu_get(step->features, ISO_CPU_SPECULATION) != ISO_SPECULATION_NO)
        e.order |= ISO_ORDER_SPECULATES;
    pass(&e, out);
}

#define FAMILY(name) (1u << ISO_FAMILY_##name)
#define ATOMICS      (FAMILY(EXCLUSIVE) | FAMILY(ATOMIC))
#define SPECIAL      (FAMILY(PLAIN) | FAMILY(HINT) | FAMILY(MAINTENANCE) | FAMILY(GCS) | FAMILY(FETCH) | FAMILY(WALK))

const struct iso_stage_row iso_core_stages[] = {
    {stage_feature, ISO_ALL_FAMILIES, ISO_STAGE_ALWAYS},
    {stage_alignment, ISO_ALL_FAMILIES, ISO_STAGE_ALWAYS},
    {stage_zero, FAMILY(BLOCK) | FAMILY(TAG), ISO_STAGE_ALWAYS},
    {stage_ls64, FAMILY(LS64), ISO_STAGE_ALWAYS},
    {stage_special, SPECIAL, ISO_STAGE_ALWAYS},
    {iso_stage_tag_core, ISO_ALL_FAMILIES, ISO_STAGE_ALWAYS},
    {stage_acts_as, ATOMICS, ISO_STAGE_ALWAYS},
    {stage_near, FAMILY(ATOMIC), ISO_STAGE_ALWAYS},
    {stage_type_order, ISO_ALL_FAMILIES, ISO_STAGE_ALWAYS},
};
const size_t iso_core_stage_count = sizeof iso_core_stages / sizeof *iso_core_stages;
