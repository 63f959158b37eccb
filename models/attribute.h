/* The attribute: the final memory type of a page, after stage 1 x stage 2 and the overrides.
 *
 * For: the 49 points on which the truth table is keyed, their names, and how MAIR bytes, stage-2 MemAttr and
 * shareability make them (struct iso_memattr holds the details a point forgets: levels, hints, XS).
 * Not for: page permissions and table formats (translate.h).
 * Not modelled: AIE/AMAIR/PBHA (IMPLEMENTATION DEFINED, "no effect" is taken: AARM RQVNKY), MIOCNCE=1, Non-shareable memory that is mapped Tagged
 * and treated as Untagged (IMPLEMENTATION DEFINED: AARM RYSLYC).
 * Source: facts/arm-attributes.md section 1, tables 1.1 to 1.6, and section 10. */
#ifndef ISO_MODELS_ATTRIBUTE_H
#define ISO_MODELS_ATTRIBUTE_H

#include "models/cpu.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum iso_class {
    ISO_CLASS_DEVICE_NGNRNE, /* strongest first, so that the lower number wins when two Device types meet */
    ISO_CLASS_DEVICE_NGNRE,
    ISO_CLASS_DEVICE_NGRE,
    ISO_CLASS_DEVICE_GRE,
    ISO_CLASS_NC,
    ISO_CLASS_WT,
    ISO_CLASS_MIX,     /* inner and outer cacheability differ */
    ISO_CLASS_WB_WEAK, /* iWB,oWB without full read+write-allocate, non-transient hints (REV1) */
    ISO_CLASS_WB,
};
enum { ISO_CLASS_COUNT = 9 };

enum iso_shareability { ISO_SHAREABILITY_NSH, ISO_SHAREABILITY_ISH, ISO_SHAREABILITY_OSH };

enum iso_tagging { ISO_TAGGING_UNTAGGED, ISO_TAGGING_CANONICAL, ISO_TAGGING_ALLOCATION };

/* FWB provenance: stage 2 lifted the type to WB; re-opens CH-34 and CH-05. */
enum iso_provenance {
    ISO_PROVENANCE_NONE,
    ISO_PROVENANCE_PDEV, /* stage 1 said Device */
    ISO_PROVENANCE_PNWB, /* stage 1 said Normal, not WB */
};

struct iso_attribute {
    enum iso_class cls;
    enum iso_shareability shareability; /* OSH for Device and NC */
    enum iso_tagging tagging;
    bool no_tag_access; /* stage 2 NoTagAccess; only with ALLOCATION */
    enum iso_provenance provenance;
    bool xs;            /* side bit: counts for nXS forms and arrival order at a peripheral (CH-45) only */
    bool stage1_device; /* the Device type comes from stage 1 (or stage 2 is off): where its faults are reported */
};

enum { ISO_ATTRIBUTE_POINTS = 49, ISO_ATTRIBUTE_NAME_MAX = 48 };

/* The i-th of the 49 points, i < ISO_ATTRIBUTE_POINTS. Order: 17 untagged, 17 canonical, 6 tagged, 9 provenance. */
struct iso_attribute iso_attribute_point(size_t i);
/* Index of the point an attribute falls on; XS and stage1_device are ignored. ISO_ATTRIBUTE_POINTS if it is no point.
 */
size_t iso_attribute_point_of(const struct iso_attribute *attribute);

/* Parses BASE[:nsh|:ish|:osh][+notag][+canonical][+pdev][+pnwb], BASE one of wb-tagged wb wb-weak wt mix nc device-gre
 * device-ngre device-ngnre device-ngnrne. Default shareability ish (osh for Device and NC).
 * Returns 0, or -1 with *error_at the offset of the offending part and *expected a static text; both may be NULL. */
int iso_attribute_parse(struct iso_attribute *out, const char *text, size_t *error_at, const char **expected);

/* Writes the name as above, default shareability left out; always terminated. Returns the length. */
size_t iso_attribute_name(char out[ISO_ATTRIBUTE_NAME_MAX], const struct iso_attribute *attribute);

bool iso_class_is_device(enum iso_class cls);
const char *iso_class_name(enum iso_class cls); /* "wb", "device-ngnre", ... */

/* ---- decoding and combining ------------------------------------------------------------------------------- */

enum iso_cacheability { ISO_CACHEABILITY_NC, ISO_CACHEABILITY_WT, ISO_CACHEABILITY_WB };

/* One cacheability level with its hints; hints of an NC level are 0 / false. */
struct iso_level {
    enum iso_cacheability cacheability;
    uint8_t allocate; /* bit 1 read-allocate, bit 0 write-allocate */
    bool transient;
};

/* Memory attributes in full. For Device, device is the class and both levels are NC. */
struct iso_memattr {
    bool is_device;
    enum iso_class device; /* valid if is_device */
    struct iso_level outer, inner;
    enum iso_shareability shareability;
    bool xs;
    enum iso_tagging tagging;
    bool no_tag_access;
    enum iso_provenance provenance;
    bool stage1_device;
};

enum { ISO_MEMATTR_SET_MAX = 96, ISO_MEMATTR_CHOICES_MAX = 4 };

/* A set of results: one where the architecture binds it, more for CONSTRAINED UNPREDICTABLE input. */
struct iso_memattr_set {
    size_t count; /* never 0 */
    struct iso_memattr item[ISO_MEMATTR_SET_MAX];
    uint16_t rule[ISO_MEMATTR_CHOICES_MAX]; /* register numbers of the choices that opened the set (1 is CH-01) */
    size_t nrules;
};

/* What of the CPU the decoding depends on. */
struct iso_decode_features {
    bool xs;                          /* FEAT_XS */
    bool mte2;                        /* FEAT_MTE2 */
    bool mte_perm;                    /* FEAT_MTE_PERM */
    bool mtx;                         /* TCR.MTX in force: pages that are not Tagged are CanonicallyTagged */
    enum iso_share_input share_input; /* CH-05; 0 (unknown) and free give both */
};

/* Stage 1: MAIR byte and SH field (00 NSH, 01 reserved CH-02, 10 OSH, 11 ISH). Reserved bytes (CH-01) give one
 * encoding of each class a CPU may choose: 0x00 0x04 0x08 0x0C 0x44 0xBB 0x4F 0x77 0xFF, and 0xF0 with FEAT_MTE2. */
void iso_stage1_decode(struct iso_memattr_set *out, uint8_t mair_byte, unsigned sh,
                       const struct iso_decode_features *f);

/* Controls of facts 1.2 that act between the descriptor and the combined result. */
struct iso_overrides {
    bool stage1_off; /* SCTLR.M=0 */
    bool hcr_dc, hcr_dct, hcr_cd, hcr_id;
    bool sctlr_c_off; /* SCTLR.C=0 */
    bool sctlr_i;     /* SCTLR.I=1 */
    bool fetch;       /* instruction fetch instead of data access */
};

/* Stage 1 with the overrides applied. */
void iso_stage1_resolve(struct iso_memattr_set *out, uint8_t mair_byte, unsigned sh,
                        const struct iso_decode_features *f, const struct iso_overrides *overrides);

/* A stage-2 descriptor: MemAttr[3:0], SH, with or without forced write-back, FnXS. */
struct iso_stage2 {
    uint8_t memattr; /* 0..15 */
    uint8_t sh;      /* 0..3 */
    bool fwb;
    bool fnxs;
};

/* Final attributes of stage 1 x stage 2. Source: 1.4 (FWB=0), 1.5 (FWB=1), 1.6 (shareability), CH-03, CH-04, CH-05. */
void iso_attribute_combine(struct iso_memattr_set *out, const struct iso_memattr_set *stage1,
                           const struct iso_stage2 *stage2, const struct iso_decode_features *f,
                           const struct iso_overrides *overrides);

/* The point (with XS) a full attribute falls on. */
struct iso_attribute iso_attribute_of(const struct iso_memattr *memattr);

/* PAR_EL1.ATTR byte of a result (0xF0 Tagged, 0xE0 Tagged + NoTagAccess). Source: SAIL EncodePARAttrs. */
uint8_t iso_memattr_par(const struct iso_memattr *memattr);

#endif
