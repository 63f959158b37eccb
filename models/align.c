/* Table 4.2: alignment and single-copy atomicity. Source: facts/arm-attributes.md 4.2; AARM B2.8; CH-30..CH-34. */
#include "models/align.h"

/* The unit by which a kind is judged aligned: the whole for exclusives, atomics and 64-byte accesses (AARM B2.8.2),
 * the element for pairs and vectors, the granule for tag stores. */
static uint32_t alignment_unit(const struct iso_access *access)
{
    switch (iso_access_family(access->kind)) {
    case ISO_FAMILY_EXCLUSIVE:
    case ISO_FAMILY_ATOMIC:
    case ISO_FAMILY_LS64:
        return access->size_bytes;
    case ISO_FAMILY_TAG:
        return iso_access_alignment_count(access->kind) > 1 ? 16 : 1;
    case ISO_FAMILY_PLAIN:
    case ISO_FAMILY_ACQREL:
        return access->element_bytes ? access->element_bytes : access->size_bytes;
    case ISO_FAMILY_GCS:
        return 8;
    case ISO_FAMILY_WALK:
    case ISO_FAMILY_FETCH:
    case ISO_FAMILY_BLOCK: /* rounded down, or split at will */
    case ISO_FAMILY_HINT:
    case ISO_FAMILY_MAINTENANCE:
        return 1;
    }
    return 1;
}

enum iso_alignment iso_access_alignment(const struct iso_access *access)
{
    uint32_t unit = alignment_unit(access);
    if (unit <= 1 || access->va % unit == 0)
        return ISO_ALIGNMENT_ALIGNED;
    return access->va % 16 + access->size_bytes <= 16 ? ISO_ALIGNMENT_INSIDE_16 : ISO_ALIGNMENT_CROSSES_16;
}

bool iso_attribute_is_wbs(const struct iso_attribute *a)
{
    return (a->cls == ISO_CLASS_WB || a->cls == ISO_CLASS_WB_WEAK) && a->shareability != ISO_SHAREABILITY_NSH;
}

static bool is_wb(const struct iso_attribute *a)
{
    return a->cls == ISO_CLASS_WB || a->cls == ISO_CLASS_WB_WEAK;
}

static void set(struct iso_align_result *out, enum iso_align_verdict verdict, uint8_t least, uint8_t most,
                enum iso_cpu_key knob, const char *id, const char *member)
{
    out->verdict = verdict;
    out->single_copy_bytes = least;
    out->single_copy_bytes_max = most;
    out->knob = knob;
    out->rule = (struct iso_rule_ref){id, member};
}

static void fault(struct iso_align_result *out)
{
    set(out, ISO_ALIGN_FAULT, 0, 0, ISO_CPU_COUNT, "ALIGN", NULL);
}

static bool is_pair(enum iso_access_kind kind)
{
    return kind == ISO_ACCESS_LDP || kind == ISO_ACCESS_STP || kind == ISO_ACCESS_LDIAPP;
}

/* Aligned by its unit: how large a piece is single-copy atomic. */
static void aligned(struct iso_align_result *out, const struct iso_access *access, const struct iso_attribute *a,
                    bool lse2)
{
    uint8_t whole = (uint8_t)access->size_bytes;
    uint8_t element = (uint8_t)(access->element_bytes ? access->element_bytes : access->size_bytes);
    bool in16 = access->va % 16 + access->size_bytes <= 16;
    bool device = iso_class_is_device(a->cls);
    switch (iso_access_family(access->kind)) {
    case ISO_FAMILY_BLOCK: /* a set of byte stores, in any order */
        set(out, ISO_ALIGN_OK, 1, 1, ISO_CPU_COUNT, "ALIGN", NULL);
        return;
    case ISO_FAMILY_TAG: /* data part: two registers at most */
        set(out, ISO_ALIGN_OK, 8, 8, ISO_CPU_COUNT, "ALIGN", NULL);
        return;
    case ISO_FAMILY_PLAIN:
    case ISO_FAMILY_ACQREL:
        break;
    case ISO_FAMILY_EXCLUSIVE: /* LDXP 2x64: two halves, whole only if the STXP succeeds (2.7); 2x32: one access */
        if (access->kind == ISO_ACCESS_LDXP && whole == 16)
            whole = 8;
        set(out, ISO_ALIGN_OK, whole, whole, ISO_CPU_COUNT, "ALIGN", NULL);
        return;
    case ISO_FAMILY_ATOMIC:
    case ISO_FAMILY_LS64:
    case ISO_FAMILY_HINT:
    case ISO_FAMILY_MAINTENANCE:
    case ISO_FAMILY_GCS:
    case ISO_FAMILY_FETCH:
    case ISO_FAMILY_WALK:
        set(out, ISO_ALIGN_OK, whole, whole, ISO_CPU_COUNT, "ALIGN", NULL);
        return;
    }
    if (is_pair(access->kind)) {
        /* 16-byte aligned and WB: one 16-byte access (LSE2); NSH is D4. Else one access an element. */
        if (lse2 && in16 && iso_attribute_is_wbs(a))
            set(out, ISO_ALIGN_OK, whole, whole, ISO_CPU_COUNT, "ALIGN", NULL);
        else if (lse2 && in16 && is_wb(a))
            set(out, ISO_ALIGN_OK, element, whole, ISO_CPU_PLAIN_MISALIGNED, "D4", NULL);
        else
            set(out, ISO_ALIGN_OK, element, element, ISO_CPU_COUNT, device ? "CH-38" : "ALIGN", NULL);
    } else if (whole > 8) { /* D9: {16 B, 2 x 8 B} */
        if (lse2 && in16 && is_wb(a))
            set(out, ISO_ALIGN_OK, 8, 16, ISO_CPU_PLAIN_MISALIGNED, "D9", NULL);
        else
            set(out, ISO_ALIGN_OK, 8, 8, ISO_CPU_COUNT, device ? "CH-38" : "ALIGN", NULL);
    } else {
        set(out, ISO_ALIGN_OK, element, element, ISO_CPU_COUNT, "ALIGN", NULL);
    }
}

/* Plain access, misaligned, Normal memory. */
static void plain_misaligned(struct iso_align_result *out, const struct iso_access *access,
                             const struct iso_attribute *a, bool lse2, bool inside)
{
    uint8_t whole = (uint8_t)access->size_bytes;
    bool vector = access->kind >= ISO_ACCESS_SIMD_LOAD && access->kind <= ISO_ACCESS_SVE_NONTEMPORAL;
    if (lse2 && inside && iso_attribute_is_wbs(a) && !vector)
        set(out, ISO_ALIGN_OK, whole, whole, ISO_CPU_COUNT, "ALIGN", NULL);
    else if (lse2 && inside && is_wb(a))
        set(out, ISO_ALIGN_OK, 1, whole, ISO_CPU_PLAIN_MISALIGNED, vector ? "CH-32" : "D4", NULL);
    else
        set(out, ISO_ALIGN_OK, 1, inside ? whole : 1, inside ? ISO_CPU_PLAIN_MISALIGNED : ISO_CPU_COUNT, "CH-32", NULL);
}

/* LSE2 is there, and nAA is set if the access crosses 16 bytes. */
static void acqrel_misaligned(struct iso_align_result *out, const struct iso_access *access, bool wbs, bool inside)
{
    uint8_t whole = (uint8_t)access->size_bytes;
    if (!wbs)
        set(out, ISO_ALIGN_EITHER, 1, 1, ISO_CPU_ACQREL_MISALIGNED, "CH-31", NULL);
    else if (inside)
        set(out, ISO_ALIGN_OK, whole, whole, ISO_CPU_COUNT, "ALIGN", NULL);
    else
        set(out, ISO_ALIGN_OK, 1, 1, ISO_CPU_COUNT, "CH-68", NULL); /* order kept, sub-order free */
}

static void device_misaligned(struct iso_align_result *out, const struct iso_cpu_features *features)
{
    out->from_type = true;
    if (iso_cpu_get(features, ISO_CPU_ARCH) == ISO_ARCH_L)
        set(out, ISO_ALIGN_FAULT, 0, 0, ISO_CPU_COUNT, "D2", NULL); /* REV4: always */
    else
        set(out, ISO_ALIGN_EITHER, 1, 1, ISO_CPU_DEVICE_MISALIGNED, "CH-33", NULL);
}

/* An Alignment fault that no memory type has a say in, before translation: 4.1 (a). */
static bool faults_before_type(const struct iso_access *access, const struct iso_cpu_features *features)
{
    enum iso_alignment where = iso_access_alignment(access);
    enum iso_family family = iso_access_family(access->kind);
    bool never = family == ISO_FAMILY_LS64 || family == ISO_FAMILY_TAG || family == ISO_FAMILY_GCS;
    bool atomic = family == ISO_FAMILY_EXCLUSIVE || family == ISO_FAMILY_ATOMIC;
    bool acqrel = family == ISO_FAMILY_ACQREL && !is_pair(access->kind); /* LDIAPP and STILP: as LDP */
    if (where == ISO_ALIGNMENT_ALIGNED)
        return false;
    return never || access->alignment_check || access->kind == ISO_ACCESS_RCW ||
           ((atomic || acqrel) && !iso_cpu_has(features, ISO_CPU_LSE2)) ||
           (acqrel && where == ISO_ALIGNMENT_CROSSES_16 && !access->naa);
}

enum iso_cpu_key iso_align_lifted_knob(const struct iso_access *access, const struct iso_attribute *a,
                                       const struct iso_cpu_features *features)
{
    enum iso_family family = iso_access_family(access->kind);
    bool ordered = family == ISO_FAMILY_EXCLUSIVE || family == ISO_FAMILY_ATOMIC ||
                   (family == ISO_FAMILY_ACQREL && !is_pair(access->kind));
    enum iso_alignment where = iso_access_alignment(access);
    enum iso_cpu_key knob = ISO_CPU_COUNT;
    if (a->provenance == ISO_PROVENANCE_NONE || where == ISO_ALIGNMENT_ALIGNED || faults_before_type(access, features))
        return ISO_CPU_COUNT;
    if (a->provenance == ISO_PROVENANCE_PDEV)
        knob = ISO_CPU_PDEV_ALIGN;
    else if (where == ISO_ALIGNMENT_INSIDE_16 && ordered)
        knob = ISO_CPU_PNWB_ALIGN;
    return knob == ISO_CPU_COUNT || iso_cpu_get(features, knob) >= ISO_VALUE_FIRST ? ISO_CPU_COUNT : knob;
}

/* Lifted to WB by stage 2, and not taken as WB: CH-34b for any misaligned access to P-DEV, CH-34d for atomics and acquire/release to P-NWB.
 * Returns false where the rules of WB hold. */
static bool lifted_misaligned(struct iso_align_result *out, const struct iso_access *access,
                              const struct iso_attribute *a, const struct iso_cpu_features *features, bool ordered)
{
    uint8_t whole = (uint8_t)access->size_bytes;
    if (a->provenance == ISO_PROVENANCE_PDEV && iso_cpu_get(features, ISO_CPU_PDEV_ALIGN) == ISO_PDEV_DEVICE) {
        out->from_type = true;
        set(out, ISO_ALIGN_FAULT, 0, 0, ISO_CPU_COUNT, "CH-34b", NULL);
        return true;
    }
    if (ordered && a->provenance == ISO_PROVENANCE_PNWB &&
        iso_cpu_get(features, ISO_CPU_PNWB_ALIGN) == ISO_PNWB_NON_WB) {
        bool atomic = iso_access_family(access->kind) != ISO_FAMILY_ACQREL;
        set(out, ISO_ALIGN_EITHER, atomic ? whole : 1, atomic ? whole : 1,
            atomic ? ISO_CPU_ATOMIC_MISALIGNED : ISO_CPU_ACQREL_MISALIGNED, "CH-34d", NULL);
        return true;
    }
    return false;
}

void iso_align_check(struct iso_align_result *out, const struct iso_access *access,
                     const struct iso_attribute *attribute, const struct iso_cpu_features *features)
{
    *out = (struct iso_align_result){.knob = ISO_CPU_COUNT};
    enum iso_alignment where = iso_access_alignment(access);
    enum iso_family family = iso_access_family(access->kind);
    bool lse2 = iso_cpu_has(features, ISO_CPU_LSE2);
    bool inside = where == ISO_ALIGNMENT_INSIDE_16;
    bool wbs = iso_attribute_is_wbs(attribute);
    uint8_t whole = (uint8_t)access->size_bytes;
    if (where == ISO_ALIGNMENT_ALIGNED) {
        aligned(out, access, attribute, lse2);
        return;
    }
    bool atomic = family == ISO_FAMILY_EXCLUSIVE || family == ISO_FAMILY_ATOMIC;
    bool acqrel = family == ISO_FAMILY_ACQREL && !is_pair(access->kind);
    if (faults_before_type(access, features)) {
        fault(out);
    } else if (iso_class_is_device(attribute->cls)) {
        device_misaligned(out, features);
    } else if (lifted_misaligned(out, access, attribute, features, (atomic || acqrel) && inside)) {
        return;
    } else if (atomic) {
        if (wbs && inside)
            set(out, ISO_ALIGN_OK, whole, whole, ISO_CPU_COUNT, "ALIGN", NULL);
        else
            set(out, ISO_ALIGN_EITHER, whole, whole, ISO_CPU_ATOMIC_MISALIGNED, inside ? "CH-30" : "D3", NULL);
    } else if (acqrel) {
        acqrel_misaligned(out, access, wbs, inside);
    } else {
        plain_misaligned(out, access, attribute, lse2, inside);
    }
}

enum iso_align_verdict iso_align_before_type(const struct iso_access *access, const struct iso_cpu_features *features)
{
    static const struct iso_attribute most = {.cls = ISO_CLASS_WB, .shareability = ISO_SHAREABILITY_ISH};
    struct iso_align_result r;
    iso_align_check(&r, access, &most, features);
    if (r.verdict == ISO_ALIGN_EITHER && iso_cpu_get(features, r.knob) >= ISO_VALUE_FIRST)
        return iso_cpu_get(features, r.knob) == ISO_VALUE_FIRST ? ISO_ALIGN_FAULT : ISO_ALIGN_OK;
    return r.verdict;
}
