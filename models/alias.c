/* Mismatched aliases, as declared in alias.h. Source: Arm ARM B2.11; facts/arm-attributes.md section 6. */
#include "models/alias.h"

static bool is_write_back(const struct iso_attribute *a)
{
    return a->cls == ISO_CLASS_WB || a->cls == ISO_CLASS_WB_WEAK;
}

bool iso_alias_is_open(const struct iso_attribute *attribute)
{
    return attribute->cls == ISO_CLASS_WT || attribute->cls == ISO_CLASS_MIX;
}

enum iso_copy iso_alias_copy(const struct iso_attribute *attribute, enum iso_as_encoded as)
{
    if (!is_write_back(attribute) && !(iso_alias_is_open(attribute) && as == ISO_AS_ENCODED_YES))
        return ISO_COPY_MEMORY;
    switch (attribute->shareability) {
    case ISO_SHAREABILITY_NSH:
        return ISO_COPY_PRIVATE;
    case ISO_SHAREABILITY_ISH:
        return ISO_COPY_INNER;
    case ISO_SHAREABILITY_OSH:
        return ISO_COPY_OUTER;
    }
    return ISO_COPY_MEMORY;
}

bool iso_alias_writes_through(const struct iso_attribute *attribute, enum iso_as_encoded as)
{
    return attribute->cls == ISO_CLASS_WT && as == ISO_AS_ENCODED_YES;
}

bool iso_alias_same(const struct iso_attribute *a, const struct iso_attribute *b)
{
    bool same_type = a->cls == b->cls || (is_write_back(a) && is_write_back(b));    /* hints are excluded */
    bool free_shareability = iso_class_is_device(a->cls) || a->cls == ISO_CLASS_NC; /* always Outer Shareable */
    return same_type && a->xs == b->xs && (free_shareability || a->shareability == b->shareability);
}

void iso_alias_decide(struct iso_alias_decision *out, const struct iso_attribute *a, const struct iso_attribute *b,
                      enum iso_as_encoded as)
{
    bool cached_a = iso_alias_copy(a, as) != ISO_COPY_MEMORY, cached_b = iso_alias_copy(b, as) != ISO_COPY_MEMORY;
    bool dirty_a = cached_a && !iso_alias_writes_through(a, as), dirty_b = cached_b && !iso_alias_writes_through(b, as);
    *out = (struct iso_alias_decision){.mismatched = !iso_alias_same(a, b)};
    if (!out->mismatched)
        return;
    out->permits = ISO_ALIAS_REORDERS | ISO_ALIAS_MONITOR;
    if (iso_class_is_device(a->cls) || iso_class_is_device(b->cls))
        out->permits |= ISO_ALIAS_PROPERTIES;
    if (!cached_a && !cached_b) {
        out->cure = ISO_ALIAS_CURE_DMB;
        out->rule = "R2";
        return;
    }
    out->permits |= ISO_ALIAS_STALE;
    if (dirty_a || dirty_b) /* only a write-back brings old bytes back */
        out->permits |= ISO_ALIAS_REVERTS;
    out->cure = cached_a && cached_b ? ISO_ALIAS_CURE_BOTH : ISO_ALIAS_CURE_CLEAN;
    out->rule = cached_a && cached_b ? "R4" : "R3";
}

unsigned iso_alias_maintain(const struct iso_alias_operation *operation, bool upgraded, enum iso_tagging tagging,
                            bool tags_with_data)
{
    bool invalidates = operation->invalidates, cleans = operation->cleans || (invalidates && upgraded);
    bool along = operation->data && !operation->tags && tags_with_data;
    unsigned out = 0;
    if (operation->data)
        out |= (cleans ? ISO_ALIAS_CLEAN_DATA : 0u) | (invalidates ? ISO_ALIAS_INVALIDATE_DATA : 0u);
    if (operation->tags || along)
        out |= (cleans ? ISO_ALIAS_CLEAN_TAGS : 0u) | (invalidates ? ISO_ALIAS_INVALIDATE_TAGS : 0u);
    if (invalidates && (along || (operation->tags && tagging == ISO_TAGGING_UNTAGGED)))
        out |= ISO_ALIAS_CLEAN_TAGS;
    return out;
}
