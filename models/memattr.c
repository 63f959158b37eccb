/* Stage 1: MAIR bytes, SH, and the overrides that act on stage 1. Facts 1.1, 1.2; CH-01, CH-02, CH-06.
 * Not modelled: AIE and AMAIR (MAIR2 with "no effect"), PBHA. */
#include "models/attribute.h"
#include "models/memattr_set.h"

enum { RWA = 3, RA = 2 };

bool iso_memattr_equal(const struct iso_memattr *a, const struct iso_memattr *b)
{
    return a->is_device == b->is_device && a->device == b->device && a->outer.cacheability == b->outer.cacheability &&
           a->outer.allocate == b->outer.allocate && a->outer.transient == b->outer.transient &&
           a->inner.cacheability == b->inner.cacheability && a->inner.allocate == b->inner.allocate &&
           a->inner.transient == b->inner.transient && a->shareability == b->shareability && a->xs == b->xs &&
           a->tagging == b->tagging && a->no_tag_access == b->no_tag_access && a->provenance == b->provenance &&
           a->stage1_device == b->stage1_device;
}

void iso_memattr_set_add(struct iso_memattr_set *set, const struct iso_memattr *item)
{
    for (size_t i = 0; i < set->count; i++)
        if (iso_memattr_equal(&set->item[i], item))
            return;
    if (set->count < ISO_MEMATTR_SET_MAX)
        set->item[set->count++] = *item;
}

void iso_memattr_set_rule(struct iso_memattr_set *set, uint16_t rule)
{
    for (size_t i = 0; i < set->nrules; i++)
        if (set->rule[i] == rule)
            return;
    if (set->nrules < ISO_MEMATTR_CHOICES_MAX)
        set->rule[set->nrules++] = rule;
}

static bool level_is_wb(const struct iso_level *level)
{
    return level->cacheability == ISO_CACHEABILITY_WB;
}

/* A non-zero nibble of a MAIR byte: 00RW WT transient, 0100 NC, 01RW WB transient, 10RW WT, 11RW WB. */
static struct iso_level level_of(unsigned nibble)
{
    if (nibble == 4)
        return (struct iso_level){.cacheability = ISO_CACHEABILITY_NC};
    return (struct iso_level){
        .cacheability = nibble & 4 ? ISO_CACHEABILITY_WB : ISO_CACHEABILITY_WT,
        .allocate = (uint8_t)(nibble & 3),
        .transient = !(nibble & 8),
    };
}

/* Bits 3:2 of a Device byte: nGnRnE, nGnRE, nGRE, GRE, which is the order of enum iso_class. */
struct iso_memattr iso_memattr_device(unsigned dd, bool xs)
{
    return (struct iso_memattr){
        .is_device = true,
        .device = (enum iso_class)dd,
        .shareability = ISO_SHAREABILITY_OSH,
        .xs = xs,
    };
}

static struct iso_memattr normal(struct iso_level outer, struct iso_level inner, bool xs)
{
    return (struct iso_memattr){.outer = outer, .inner = inner, .xs = xs};
}

/* An allocated byte; false for a reserved one. */
static bool decode_byte(struct iso_memattr *out, uint8_t byte, const struct iso_decode_features *f)
{
    unsigned outer = byte >> 4, inner = byte & 15u;
    struct iso_level nc = {.cacheability = ISO_CACHEABILITY_NC};
    if (outer == 0) {
        if (inner & 2 || (inner & 1 && !f->xs))
            return false;
        *out = iso_memattr_device(inner >> 2, !(inner & 1));
        return true;
    }
    if (inner != 0) {
        struct iso_level o = level_of(outer), i = level_of(inner);
        *out = normal(o, i, !(level_is_wb(&o) && level_is_wb(&i)));
        return true;
    }
    if (byte == 0x40 && f->xs) {
        *out = normal(nc, nc, false);
        return true;
    }
    if (byte == 0xA0 && f->xs) {
        struct iso_level wt = {.cacheability = ISO_CACHEABILITY_WT, .allocate = RA};
        *out = normal(wt, wt, false);
        return true;
    }
    if (byte == 0xF0 && f->mte2) {
        struct iso_level wb = {.cacheability = ISO_CACHEABILITY_WB, .allocate = RWA};
        *out = normal(wb, wb, false);
        out->tagging = ISO_TAGGING_ALLOCATION;
        return true;
    }
    return false;
}

static void add_with_shareability(struct iso_memattr_set *out, struct iso_memattr item, unsigned sh,
                                  const struct iso_decode_features *f)
{
    if (item.tagging == ISO_TAGGING_UNTAGGED && f->mtx)
        item.tagging = ISO_TAGGING_CANONICAL;
    item.stage1_device = item.is_device;
    if (sh != 1) {
        item.shareability = iso_shareability_of(sh);
        iso_memattr_set_add(out, &item);
        return;
    }
    iso_memattr_set_rule(out, 2);
    for (unsigned any = 0; any < 3; any++) {
        item.shareability = (enum iso_shareability)any;
        iso_memattr_set_add(out, &item);
    }
}

enum iso_shareability iso_shareability_of(unsigned sh)
{
    return sh == 0 ? ISO_SHAREABILITY_NSH : sh == 3 ? ISO_SHAREABILITY_ISH : ISO_SHAREABILITY_OSH;
}

void iso_stage1_decode(struct iso_memattr_set *out, uint8_t mair_byte, unsigned sh, const struct iso_decode_features *f)
{
    /* CH-01: one encoding of each class, so that the set names every class the CPU may pick. */
    static const uint8_t representative[] = {0x00, 0x04, 0x08, 0x0C, 0x44, 0xBB, 0x4F, 0x77, 0xFF, 0xF0};
    struct iso_memattr item;
    out->count = 0;
    out->nrules = 0;
    if (decode_byte(&item, mair_byte, f)) {
        add_with_shareability(out, item, sh, f);
        return;
    }
    iso_memattr_set_rule(out, 1);
    for (size_t i = 0; i < sizeof representative; i++)
        if (decode_byte(&item, representative[i], f))
            add_with_shareability(out, item, sh, f);
}

/* Stage 1 switched off (1.2). */
static struct iso_memattr stage1_off(const struct iso_decode_features *f, const struct iso_overrides *o)
{
    struct iso_level wb = {.cacheability = ISO_CACHEABILITY_WB, .allocate = RWA};
    struct iso_level wt = {.cacheability = ISO_CACHEABILITY_WT, .allocate = RA};
    struct iso_level nc = {.cacheability = ISO_CACHEABILITY_NC};
    struct iso_memattr item;
    if (o->hcr_dc) {
        item = normal(wb, wb, false);
        item.shareability = ISO_SHAREABILITY_NSH;
        if (o->hcr_dct && f->mte2)
            item.tagging = ISO_TAGGING_ALLOCATION;
    } else if (o->fetch) {
        item = o->sctlr_i ? normal(wt, wt, true) : normal(nc, nc, true);
        item.shareability = ISO_SHAREABILITY_OSH;
    } else {
        item = iso_memattr_device(0, true);
        item.stage1_device = true;
    }
    if (item.tagging == ISO_TAGGING_UNTAGGED && f->mtx)
        item.tagging = ISO_TAGGING_CANONICAL;
    return item;
}

void iso_stage1_resolve(struct iso_memattr_set *out, uint8_t mair_byte, unsigned sh,
                        const struct iso_decode_features *f, const struct iso_overrides *overrides)
{
    if (overrides->stage1_off) {
        struct iso_memattr item = stage1_off(f, overrides);
        out->count = 0;
        out->nrules = 0;
        iso_memattr_set_add(out, &item);
        return;
    }
    struct iso_memattr_set decoded;
    iso_stage1_decode(&decoded, mair_byte, sh, f);
    if (!(overrides->fetch ? !overrides->sctlr_i : overrides->sctlr_c_off)) {
        *out = decoded;
        return;
    }
    out->count = 0;
    out->nrules = decoded.nrules;
    for (size_t i = 0; i < decoded.nrules; i++)
        out->rule[i] = decoded.rule[i];
    for (size_t i = 0; i < decoded.count; i++) {
        struct iso_memattr item = decoded.item[i];
        if (!item.is_device) {
            item.outer = item.inner = (struct iso_level){.cacheability = ISO_CACHEABILITY_NC};
            item.shareability = ISO_SHAREABILITY_OSH;
            item.xs = true;
            if (item.tagging == ISO_TAGGING_ALLOCATION && !overrides->fetch) {
                iso_memattr_set_rule(out, 6); /* CH-06: stays Tagged, or not */
                iso_memattr_set_add(out, &item);
            }
            if (item.tagging == ISO_TAGGING_ALLOCATION)
                item.tagging = ISO_TAGGING_UNTAGGED;
        }
        iso_memattr_set_add(out, &item);
    }
}
