/* Stage 1 x stage 2. Facts 1.3 to 1.6; CH-02, CH-03, CH-04, CH-05; HCR_EL2.CD and .ID of 1.2.
 * Not modelled: HCR_EL2.MIOCNCE=1 (loss of coherency between levels of different cacheability). */
#include "models/attribute.h"
#include "models/memattr_set.h"

enum { RWA = 3 };

/* What one stage-2 descriptor says. */
enum stage2_kind {
    STAGE2_DEVICE,  /* combine Device types; level unused */
    STAGE2_COMBINE, /* FWB=0 Normal: per level, NC beats WT beats WB */
    STAGE2_FORCE_NC,
    STAGE2_FORCE_WB,
    STAGE2_STAGE1, /* pass-through */
};

struct stage2_meaning {
    enum stage2_kind kind;
    unsigned device; /* dd */
    enum iso_cacheability outer, inner;
    bool no_tag_access;
};

enum { MEANINGS_MAX = 9 };

struct stage2_set {
    size_t count;
    struct stage2_meaning item[MEANINGS_MAX];
    uint16_t rule; /* 0, 3 or 4 */
};

static struct stage2_meaning stage2_device(unsigned dd)
{
    return (struct stage2_meaning){.kind = STAGE2_DEVICE, .device = dd};
}

/* Two bits of an FWB=0 descriptor: 01 NC, 10 WT, 11 WB; 00 is reserved and any of the three (CH-03). */
static enum iso_cacheability stage2_level(unsigned bits, unsigned choice)
{
    return (enum iso_cacheability)(bits == 0 ? choice : bits - 1);
}

static void stage2_combining(struct stage2_set *out, unsigned memattr, const struct iso_decode_features *f)
{
    unsigned outer = memattr >> 2, inner = memattr & 3;
    out->rule = 0;
    out->count = 1;
    if (outer == 0) {
        out->item[0] = stage2_device(inner);
        return;
    }
    if (memattr == 4 && f->mte_perm) {
        out->item[0] = (struct stage2_meaning){
            .kind = STAGE2_COMBINE,
            .outer = ISO_CACHEABILITY_WB,
            .inner = ISO_CACHEABILITY_WB,
            .no_tag_access = true,
        };
        return;
    }
    if (inner == 0) {
        out->rule = 3;
        out->count = 3;
    }
    for (unsigned i = 0; i < out->count; i++)
        out->item[i] = (struct stage2_meaning){
            .kind = STAGE2_COMBINE,
            .outer = stage2_level(outer, i),
            .inner = stage2_level(inner, i),
        };
}

/* The allocated FWB=1 encodings; false for a reserved one. */
static bool forced_meaning(struct stage2_meaning *out, unsigned memattr)
{
    static const enum stage2_kind kind[] = {STAGE2_FORCE_NC, STAGE2_FORCE_WB, STAGE2_STAGE1};
    if (memattr < 4)
        *out = stage2_device(memattr);
    else if (memattr >= 5 && memattr <= 7)
        *out = (struct stage2_meaning){.kind = kind[memattr - 5]};
    else if (memattr >= 14)
        *out = (struct stage2_meaning){.kind = kind[memattr - 13], .no_tag_access = true};
    else
        return false;
    return true;
}

static void stage2_forcing(struct stage2_set *out, unsigned memattr, const struct iso_decode_features *f)
{
    unsigned bits = f->mte_perm ? memattr : memattr & 7u;
    out->rule = 0;
    out->count = 1;
    if (forced_meaning(&out->item[0], bits))
        return;
    /* CH-04: reserved, so any allocated encoding. */
    out->rule = 4;
    out->count = 0;
    for (unsigned any = 0; any < (f->mte_perm ? 16u : 8u); any++)
        if (forced_meaning(&out->item[out->count], any))
            out->count++;
}

/* HCR_EL2.CD and .ID, and instruction fetch from stage-2 Device: the stage-2 attribute becomes NC. */
static bool stage2_is_nc(const struct stage2_meaning *m, const struct iso_overrides *o)
{
    if (o->fetch)
        return o->hcr_id || m->kind == STAGE2_DEVICE;
    return o->hcr_cd && m->kind != STAGE2_DEVICE;
}

static bool full_hint_wb(const struct iso_level *level)
{
    return level->cacheability == ISO_CACHEABILITY_WB && level->allocate == RWA && !level->transient;
}

static bool is_wb(const struct iso_memattr *m)
{
    return !m->is_device && m->outer.cacheability == ISO_CACHEABILITY_WB &&
           m->inner.cacheability == ISO_CACHEABILITY_WB;
}

static bool is_nc(const struct iso_memattr *m)
{
    return !m->is_device && m->outer.cacheability == ISO_CACHEABILITY_NC &&
           m->inner.cacheability == ISO_CACHEABILITY_NC;
}

/* Hints always come from stage 1; an NC level has none. */
static struct iso_level weaker(struct iso_level stage1, enum iso_cacheability stage2)
{
    if (stage2 < stage1.cacheability)
        stage1.cacheability = stage2;
    if (stage1.cacheability == ISO_CACHEABILITY_NC)
        stage1 = (struct iso_level){.cacheability = ISO_CACHEABILITY_NC};
    return stage1;
}

static struct iso_level forced_wb(struct iso_level stage1)
{
    if (stage1.cacheability == ISO_CACHEABILITY_NC)
        stage1.allocate = RWA;
    stage1.cacheability = ISO_CACHEABILITY_WB;
    return stage1;
}

static struct iso_memattr make_device(const struct iso_memattr *s1, unsigned dd)
{
    struct iso_memattr r = *s1;
    struct iso_memattr device = iso_memattr_device(dd, s1->xs);
    if (!s1->is_device || device.device < s1->device)
        r.device = device.device;
    r.is_device = true;
    r.outer = r.inner = (struct iso_level){.cacheability = ISO_CACHEABILITY_NC};
    return r;
}

static struct iso_memattr make_nc(const struct iso_memattr *s1)
{
    struct iso_memattr r = *s1;
    r.is_device = false;
    r.device = ISO_CLASS_DEVICE_NGNRNE;
    r.outer = r.inner = (struct iso_level){.cacheability = ISO_CACHEABILITY_NC};
    r.stage1_device = false;
    return r;
}

static struct iso_memattr make_wb(const struct iso_memattr *s1)
{
    struct iso_memattr r = *s1;
    r.outer = forced_wb(s1->outer);
    r.inner = forced_wb(s1->inner);
    r.provenance = s1->is_device ? ISO_PROVENANCE_PDEV : is_wb(s1) ? ISO_PROVENANCE_NONE : ISO_PROVENANCE_PNWB;
    r.is_device = false;
    r.device = ISO_CLASS_DEVICE_NGNRNE;
    r.stage1_device = false;
    return r;
}

/* Type, hints and provenance; XS, tagging and shareability follow. */
static struct iso_memattr combine_type(const struct iso_memattr *s1, const struct stage2_meaning *s2)
{
    struct iso_memattr r = *s1;
    switch (s2->kind) {
    case STAGE2_DEVICE:
        return make_device(s1, s2->device);
    case STAGE2_COMBINE:
        if (!s1->is_device) {
            r.outer = weaker(s1->outer, s2->outer);
            r.inner = weaker(s1->inner, s2->inner);
        }
        return r;
    case STAGE2_FORCE_NC:
        return s1->is_device ? r : make_nc(s1);
    case STAGE2_FORCE_WB:
        return make_wb(s1);
    case STAGE2_STAGE1:
        return r;
    }
    return r;
}

static bool combined_xs(const struct iso_memattr *r, const struct iso_memattr *s1, const struct stage2_meaning *s2,
                        const struct iso_stage2 *stage2)
{
    if (!stage2->fwb)
        return is_wb(r) ? false : s1->xs && !stage2->fnxs;
    if (stage2->fnxs || s2->kind == STAGE2_FORCE_WB)
        return false;
    return s1->xs;
}

static struct iso_memattr combine_one(const struct iso_memattr *s1, const struct stage2_meaning *s2,
                                      const struct iso_stage2 *stage2, const struct iso_overrides *overrides)
{
    struct stage2_meaning m = *s2;
    struct iso_memattr r;
    if (stage2_is_nc(s2, overrides)) {
        if (stage2->fwb) { /* NC is the final type, unless the result is Device */
            r = overrides->fetch ? make_nc(s1) : combine_type(s1, s2);
            if (!r.is_device)
                r = make_nc(&r);
            r.provenance = ISO_PROVENANCE_NONE;
            m.kind = STAGE2_FORCE_NC;
        } else {
            m = (struct stage2_meaning){.kind = STAGE2_COMBINE};
            r = combine_type(s1, &m);
        }
    } else {
        r = combine_type(s1, s2);
    }
    r.xs = combined_xs(&r, s1, &m, stage2);
    if (r.tagging == ISO_TAGGING_ALLOCATION) {
        if (r.is_device || !full_hint_wb(&r.outer) || !full_hint_wb(&r.inner))
            r.tagging = ISO_TAGGING_UNTAGGED;
        else
            r.no_tag_access = m.no_tag_access;
    }
    return r;
}

static enum iso_shareability stronger(enum iso_shareability a, enum iso_shareability b)
{
    return a > b ? a : b;
}

/* 1.6: the final shareability, with CH-05 on what stage 1 contributes. */
static void add_with_shareability(struct iso_memattr_set *out, struct iso_memattr r, const struct iso_memattr *s1,
                                  enum iso_shareability sh2, const struct iso_decode_features *f)
{
    if (r.is_device || is_nc(&r)) {
        r.shareability = ISO_SHAREABILITY_OSH;
        iso_memattr_set_add(out, &r);
        return;
    }
    bool input_open = s1->is_device || is_nc(s1);
    bool configured = !input_open || f->share_input != ISO_SHARE_INPUT_OSH;
    bool outer = input_open && f->share_input != ISO_SHARE_INPUT_CONFIGURED;
    if (configured) {
        r.shareability = stronger(s1->shareability, sh2);
        iso_memattr_set_add(out, &r);
    }
    if (outer) {
        if (configured && stronger(s1->shareability, sh2) != ISO_SHAREABILITY_OSH)
            iso_memattr_set_rule(out, 5);
        r.shareability = ISO_SHAREABILITY_OSH;
        iso_memattr_set_add(out, &r);
    }
}

void iso_attribute_combine(struct iso_memattr_set *out, const struct iso_memattr_set *stage1,
                           const struct iso_stage2 *stage2, const struct iso_decode_features *f,
                           const struct iso_overrides *overrides)
{
    struct stage2_set meanings;
    if (stage2->fwb)
        stage2_forcing(&meanings, stage2->memattr & 15u, f);
    else
        stage2_combining(&meanings, stage2->memattr & 15u, f);
    out->count = 0;
    out->nrules = 0;
    for (size_t i = 0; i < stage1->nrules; i++)
        iso_memattr_set_rule(out, stage1->rule[i]);
    if (meanings.rule)
        iso_memattr_set_rule(out, meanings.rule);
    unsigned first = stage2->sh == 1 ? 0 : iso_shareability_of(stage2->sh);
    unsigned last = stage2->sh == 1 ? 2 : first;
    if (stage2->sh == 1)
        iso_memattr_set_rule(out, 2);
    for (size_t i = 0; i < stage1->count; i++)
        for (size_t j = 0; j < meanings.count; j++) {
            struct iso_memattr r = combine_one(&stage1->item[i], &meanings.item[j], stage2, overrides);
            for (unsigned sh = first; sh <= last; sh++)
                add_with_shareability(out, r, &stage1->item[i], (enum iso_shareability)sh, f);
        }
    if (out->count == 1)
        out->nrules = 0; /* the choice made no difference */
}

struct iso_attribute iso_attribute_of(const struct iso_memattr *m)
{
    struct iso_attribute a = {
        .shareability = m->shareability,
        .tagging = m->tagging,
        .no_tag_access = m->tagging == ISO_TAGGING_ALLOCATION && m->no_tag_access,
        .provenance = m->provenance,
        .xs = m->xs,
        .stage1_device = m->stage1_device,
    };
    if (m->is_device)
        a.cls = m->device;
    else if (m->outer.cacheability != m->inner.cacheability)
        a.cls = ISO_CLASS_MIX;
    else if (m->outer.cacheability == ISO_CACHEABILITY_NC)
        a.cls = ISO_CLASS_NC;
    else if (m->outer.cacheability == ISO_CACHEABILITY_WT)
        a.cls = ISO_CLASS_WT;
    else
        a.cls = full_hint_wb(&m->outer) && full_hint_wb(&m->inner) ? ISO_CLASS_WB : ISO_CLASS_WB_WEAK;
    if (a.cls <= ISO_CLASS_NC)
        a.shareability = ISO_SHAREABILITY_OSH;
    return a;
}

static unsigned par_nibble(const struct iso_level *level)
{
    if (level->cacheability == ISO_CACHEABILITY_NC)
        return 4;
    unsigned base = level->cacheability == ISO_CACHEABILITY_WB ? 4 : 0;
    return base | (level->transient ? 0u : 8u) | level->allocate;
}

uint8_t iso_memattr_par(const struct iso_memattr *m)
{
    if (m->is_device)
        return (uint8_t)((unsigned)m->device << 2 | (m->xs ? 0u : 1u));
    if (m->tagging == ISO_TAGGING_ALLOCATION)
        return m->no_tag_access ? 0xE0 : 0xF0;
    if (!m->xs && is_nc(m))
        return 0x40;
    if (!m->xs && m->outer.cacheability == ISO_CACHEABILITY_WT && m->inner.cacheability == ISO_CACHEABILITY_WT)
        return 0xA0;
    return (uint8_t)(par_nibble(&m->outer) << 4 | par_nibble(&m->inner));
}
