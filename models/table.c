/* The truth table as a cursor: kind x alignment x attribute point x tag check outcome, 8,678 rows, no allocation. */
#include "models/decide.h"

void iso_table_begin(struct iso_table_cursor *out)
{
    *out = (struct iso_table_cursor){0};
}

/* An address that puts an access of the kind where the row says. */
static uint64_t address_for(const struct iso_access *access, enum iso_alignment alignment)
{
    switch (alignment) {
    case ISO_ALIGNMENT_ALIGNED:
        return 0;
    case ISO_ALIGNMENT_INSIDE_16:
        return 1;
    case ISO_ALIGNMENT_CROSSES_16:
        return access->size_bytes >= 16 ? 8u + 1u : 16u - access->size_bytes + 1u;
    }
    return 0;
}

/* Kinds with two alignments are those whose misaligned form always crosses 16 bytes, or faults wherever it lies. */
static enum iso_alignment alignment_of(enum iso_access_kind kind, unsigned i)
{
    if (i == 0)
        return ISO_ALIGNMENT_ALIGNED;
    if (i == 1 && iso_access_alignment_count(kind) == 2 && kind != ISO_ACCESS_RCW)
        return ISO_ALIGNMENT_CROSSES_16;
    return i == 1 ? ISO_ALIGNMENT_INSIDE_16 : ISO_ALIGNMENT_CROSSES_16;
}

static unsigned check_count(enum iso_access_kind kind, const struct iso_attribute *attribute)
{
    return iso_access_tag_checkable(kind) && attribute->tagging != ISO_TAGGING_UNTAGGED ? 3 : 1;
}

static const enum iso_tag_check check_outcome[] = {ISO_TAG_CHECK_NO, ISO_TAG_CHECK_MATCH, ISO_TAG_CHECK_MISMATCH};

static void fill(struct iso_table_row *out, const struct iso_table_cursor *c)
{
    enum iso_access_kind kind = (enum iso_access_kind)c->kind;
    iso_access_init(&out->access, kind);
    out->alignment = alignment_of(kind, c->alignment);
    /* Pairs of 2 x 4 bytes, so that a misaligned one fits into 16 bytes. */
    bool pair = kind == ISO_ACCESS_LDP || kind == ISO_ACCESS_STP || kind == ISO_ACCESS_LDIAPP;
    if (pair && out->alignment != ISO_ALIGNMENT_ALIGNED) {
        out->access.size_bytes = 8;
        out->access.element_bytes = 4;
    }
    out->access.va = address_for(&out->access, out->alignment);
    out->access.pa = out->access.va;
    out->point = c->point;
    out->attribute = iso_attribute_point(c->point);
    out->access.check = check_outcome[c->check];
    bool tagged = out->attribute.tagging == ISO_TAGGING_ALLOCATION;
    out->access.logical_tag = tagged && out->access.check != ISO_TAG_CHECK_NO ? 1 : 0;
}

bool iso_table_next(struct iso_table_row *out, struct iso_table_cursor *c)
{
    if (c->kind >= ISO_ACCESS_KIND_COUNT)
        return false;
    fill(out, c);
    enum iso_access_kind kind = (enum iso_access_kind)c->kind;
    if (++c->check < check_count(kind, &out->attribute))
        return true;
    c->check = 0;
    if (++c->point < ISO_ATTRIBUTE_POINTS)
        return true;
    c->point = 0;
    if (++c->alignment < iso_access_alignment_count(kind))
        return true;
    c->alignment = 0;
    c->kind++;
    return true;
}
