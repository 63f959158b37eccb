/* Alignment and single-copy atomicity, as far as they follow from access, type and CPU alone.
 *
 * For: iso_decide() at the core, and tests.
 * Not for: what a hop on the path does to a partial write (capability ptl.*).
 * Source: facts/arm-attributes.md 4.2, CH-30..CH-33, D3, D4, D9. */
#ifndef ISO_MODELS_ALIGN_H
#define ISO_MODELS_ALIGN_H

#include "models/decide.h"

/* Where the access lies: by the overall size for exclusives, atomics and 64-byte accesses, by the element size for
 * pairs and vectors, by 16 for tag stores. */
enum iso_alignment iso_access_alignment(const struct iso_access *access);

/* Guaranteed shareable WB, "WBS" of table 4.2: iWB,oWB and Inner or Outer Shareable (P-NWB: see CH-34d). */
bool iso_attribute_is_wbs(const struct iso_attribute *attribute);

enum iso_align_verdict {
    ISO_ALIGN_OK,     /* performed; single_copy_bytes says how */
    ISO_ALIGN_FAULT,  /* Alignment fault, bound */
    ISO_ALIGN_EITHER, /* {performed, Alignment fault} by the knob named */
};

struct iso_align_result {
    enum iso_align_verdict verdict;
    uint8_t single_copy_bytes;     /* when performed: largest single-copy atomic piece */
    uint8_t single_copy_bytes_max; /* larger piece an implementation may choose (CH-32, D4); else equal */
    bool from_type;                /* fault is due to the memory type: reported by the stage that made it Device */
    enum iso_cpu_key knob; /* that binds EITHER, or the atomicity when the two sizes differ; else ISO_CPU_COUNT */
    struct iso_rule_ref rule;
};

/* The knob of a misaligned access to memory that stage 2 has lifted to WB (CH-34b, CH-34d), where features leave it open: then each of its values has a
 * result of its own, and the caller binds it before it asks iso_align_check(), which takes one left open as WB. ISO_CPU_COUNT: none. */
enum iso_cpu_key iso_align_lifted_knob(const struct iso_access *access, const struct iso_attribute *attribute,
                                       const struct iso_cpu_features *features);

/* Pure; features decide LSE2 and the architecture revision. */
void iso_align_check(struct iso_align_result *out, const struct iso_access *access,
                     const struct iso_attribute *attribute, const struct iso_cpu_features *features);

/* FAULT: an Alignment fault whatever the memory type is, and so before anything else of the access (4.1 (a)); EITHER: it may be. */
enum iso_align_verdict iso_align_before_type(const struct iso_access *access, const struct iso_cpu_features *features);

#endif
