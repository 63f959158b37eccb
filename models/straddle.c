/* Choices about an instruction over two pages. See straddle.h. Source: Arm ARM K1.2.13, K1.2.14; facts/arm-attributes.md 4.2. */
#include "models/straddle.h"

#include "models/align.h"
#include "models/branch.h"

/* Loads and stores; prefetches, maintenance, fetches and walks are none (Arm ARM K1.2.13). */
static bool is_load_or_store(const struct iso_access *access)
{
    switch (iso_access_family(access->kind)) {
    case ISO_FAMILY_PLAIN:
    case ISO_FAMILY_ACQREL:
    case ISO_FAMILY_EXCLUSIVE:
    case ISO_FAMILY_ATOMIC:
    case ISO_FAMILY_LS64:
    case ISO_FAMILY_TAG:
    case ISO_FAMILY_BLOCK:
    case ISO_FAMILY_GCS:
        return true;
    case ISO_FAMILY_HINT:
    case ISO_FAMILY_MAINTENANCE:
    case ISO_FAMILY_FETCH:
    case ISO_FAMILY_WALK:
        return false;
    }
    return false;
}

/* Of different memory type, Normal or Device, or Shareability. Other cacheability alone is deprecated, no more (B2.10.3); Non-cacheable memory is Outer
 * Shareable whatever its descriptor says. */
static bool differ(const struct iso_attribute *a, const struct iso_attribute *b)
{
    return iso_class_is_device(a->cls) != iso_class_is_device(b->cls) || a->shareability != b->shareability;
}

static bool both_device(const struct iso_attribute *a, const struct iso_attribute *b)
{
    return iso_class_is_device(a->cls) && iso_class_is_device(b->cls);
}

struct cause {
    enum iso_cpu_key knob;
    const char *rule;
    bool first, second; /* stage that gives it */
};

static bool find_cause(struct cause *out, const struct iso_straddle_page page[2])
{
    bool (*const meets)(const struct iso_attribute *, const struct iso_attribute *) =
        differ(&page[0].attribute, &page[1].attribute) ? differ : both_device;
    if (!meets(&page[0].attribute, &page[1].attribute))
        return false;
    *out = meets == differ ? (struct cause){.knob = ISO_CPU_SPAN_TYPE, .rule = "CH-36"}
                           : (struct cause){.knob = ISO_CPU_SPAN_DEVICE, .rule = "CH-37"};
    out->first = meets(&page[0].stage1, &page[1].stage1);
    out->second = (page[0].has_stage2 || page[1].has_stage2) && meets(&page[0].stage2, &page[1].stage2);
    if (!out->first && !out->second) /* only both together: it is there once stage 2 has spoken */
        *(page[0].has_stage2 || page[1].has_stage2 ? &out->second : &out->first) = true;
    return true;
}

/* What one value of either knob means. */
enum member { OWN, UNORDERED, FAULT, NOP };

static enum member member_of(enum iso_cpu_key knob, uint8_t value)
{
    if (knob == ISO_CPU_SPAN_TYPE)
        return value == ISO_SPAN_TYPE_FAULT ? FAULT : value == ISO_SPAN_TYPE_NOP ? NOP : OWN;
    return value == ISO_SPAN_DEVICE_FAULT       ? FAULT
           : value == ISO_SPAN_DEVICE_NOP       ? NOP
           : value == ISO_SPAN_DEVICE_UNORDERED ? UNORDERED
                                                : OWN;
}

void iso_decide_straddle(struct iso_effect_set *out, const struct iso_access *access,
                         const struct iso_straddle_page page[2], const struct iso_cpu_features *features)
{
    const struct iso_decide_step step = {.access = access, .features = features};
    struct iso_effect start;
    struct iso_branches knob;
    struct cause cause;
    iso_effect_init(&start);
    out->count = 0;
    out->overflow = false;
    if (!is_load_or_store(access) || !find_cause(&cause, page)) {
        iso_effect_set_add(out, &start);
        return;
    }
    iso_branch_cpu(&knob, &step, cause.knob);
    for (size_t i = 0; i < knob.count; i++) {
        struct iso_effect e = iso_branch_take(&knob, i, &start, &step);
        enum member member = member_of(cause.knob, knob.value[i]);
        iso_element_rule(&e, &step, cause.rule, NULL);
        if (member == NOP && iso_access_family(access->kind) == ISO_FAMILY_BLOCK &&
            access->kind != ISO_ACCESS_DC_ZVA) /* memory copy and set: no NOP (K1.2.13) */
            member = OWN;
        if (member == NOP)
            e.kind = ISO_EFFECT_NOP;
        else if (member == UNORDERED)
            e.order |= ISO_ORDER_UNORDERED;
        for (unsigned stage = 1; stage <= 2 && member == FAULT; stage++) {
            struct iso_effect at = e;
            iso_element_fault(&at, ISO_ABORT_ALIGNMENT, stage);
            if (stage == 1 ? cause.first : cause.second)
                iso_effect_set_add(out, &at);
        }
        if (member != FAULT)
            iso_effect_set_add(out, &e);
    }
}

void iso_straddle_rest(struct iso_access *access, uint64_t va, uint32_t size_bytes)
{
    enum iso_family family = iso_access_family(access->kind);
    bool atomic = family == ISO_FAMILY_EXCLUSIVE || family == ISO_FAMILY_ATOMIC || family == ISO_FAMILY_LS64;
    bool misaligned = iso_access_alignment(access) != ISO_ALIGNMENT_ALIGNED;
    access->va = va;
    if (atomic)
        return;
    access->size_bytes = size_bytes;
    if (misaligned)
        access->size_bytes = access->element_bytes = 1;
    else if (access->element_bytes > size_bytes || !access->element_bytes)
        access->element_bytes = size_bytes;
}
