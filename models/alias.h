/* Aliases: what two mappings of one location may do to each other where their attributes are mismatched. Pure.
 *
 * For: both engines, which ask through which copy of a location an access goes, what a pair of definitions permits and what DC does to copies;
 * `decide`, which says MISMATCHED. Not for: when a copy is filled, written back or dropped (at any point: the engines), break-before-make (translate.h).
 * Whether caches keep Write-Through and mixed memory is one choice of the implementation (CH-08), which the caller hands in: as encoded, or as Non-cacheable.
 * Not modelled: which of the caches on the way a mixed type lets hold dirty lines: as encoded, some does.
 * Source: Arm ARM B2.11; D10.6.3 (tags); B2.10.1 (Write-Through: a write reaches memory); facts/arm-attributes.md section 6 (R1..R4); facts/kernel-policies.md 2.1 (Tagged, NoTagAccess do not count). */
#ifndef ISO_MODELS_ALIAS_H
#define ISO_MODELS_ALIAS_H

#include "models/attribute.h"
#include "models/cpu.h"

/* Where an access of an attribute looks: caches keep one copy for each Shareability in use, and accesses that are Device or Non-cacheable
 * bypass all of them (CHI: ReadNoSnp, WriteNoSnp snoop nobody). */
enum iso_copy {
    ISO_COPY_MEMORY,  /* the Point of Coherency */
    ISO_COPY_INNER,   /* the copy that caches of the Inner Shareable domain keep coherent */
    ISO_COPY_OUTER,   /* of the Outer Shareable domain */
    ISO_COPY_PRIVATE, /* Non-shareable: one a CPU */
};

/* What a mismatch permits; bits of iso_alias_decision.permits. Nothing else may happen (B2.11). */
enum iso_alias_permission {
    ISO_ALIAS_REORDERS = 1u << 0,   /* accesses of one CPU through the two aliases lose program order */
    ISO_ALIAS_STALE = 1u << 1,      /* a read may miss what the other alias wrote, until caches are maintained */
    ISO_ALIAS_REVERTS = 1u << 2,    /* a write-back may put old bytes over what the other alias wrote */
    ISO_ALIAS_PROPERTIES = 1u << 3, /* Device's properties may be lost: no speculation, no gathering, no reordering */
    ISO_ALIAS_MONITOR = 1u << 4,    /* with exclusives through both, monitors are UNKNOWN */
};

/* What brings order and coherency back. */
enum iso_alias_cure {
    ISO_ALIAS_CURE_NONE,  /* nothing is lost */
    ISO_ALIAS_CURE_DMB,   /* R2: a DMB between accesses through different aliases */
    ISO_ALIAS_CURE_CLEAN, /* R3: clean after a Write-Back write, clean or invalidate before another write, invalidate before a cacheable read, DMB */
    ISO_ALIAS_CURE_BOTH,  /* R4: clean and invalidate before and after each access, DMB */
};

struct iso_alias_decision {
    bool mismatched;
    unsigned permits;
    enum iso_alias_cure cure;
    const char *rule; /* row of the rule register; NULL where nothing is mismatched */
};

/* What DC by address to the Point of Coherency, or past it, does to the copies of a line; bits. */
enum iso_alias_maintenance {
    ISO_ALIAS_CLEAN_DATA = 1u << 0,
    ISO_ALIAS_INVALIDATE_DATA = 1u << 1,
    ISO_ALIAS_CLEAN_TAGS = 1u << 2,
    ISO_ALIAS_INVALIDATE_TAGS = 1u << 3,
};

/* What its name says. */
struct iso_alias_operation {
    bool cleans, invalidates; /* both false: it does nothing here */
    bool data, tags;
};

/* What is promised of it; that caches may clean and drop more at any time is the engines' matter. `upgraded`: at EL1 under stage 2 an invalidation cleans as well
 * (HCR_EL2.VM). `tagging`: of the memory that its address names; if Untagged, tags are cleaned before they are invalidated (D10.6.3 RCKJYV).
 * `tags_with_data`: the implementation may write back tags that nobody in the domain has written, and so an operation on data works on the line's tags, and
 * cleans them (RFYDLC; else DC CVAC, CIVAC and IVAC do nothing to tags that must be: C5.3).
 * Source: Arm ARM C5.3, D7.5.9.4, D10.6.3; SAIL AArch64_DC; facts/arm-attributes.md section 6. */
unsigned iso_alias_maintain(const struct iso_alias_operation *operation, bool upgraded, enum iso_tagging tagging,
                            bool tags_with_data);

/* Whether the copy depends on the implementation's choice: Write-Through and mixed cacheability (CH-08). */
bool iso_alias_is_open(const struct iso_attribute *attribute);
/* Copy that an access of this attribute reads and writes; `as`: ISO_AS_ENCODED_YES or _NC. */
enum iso_copy iso_alias_copy(const struct iso_attribute *attribute, enum iso_as_encoded as);
/* Whether a write reaches memory with its copy, which stays clean: Write-Through. */
bool iso_alias_writes_through(const struct iso_attribute *attribute, enum iso_as_encoded as);
/* One common definition: the same memory type with Device subtype, cacheability (hints excluded), Shareability and XS. Tagging and
 * NoTagAccess do not count. */
bool iso_alias_same(const struct iso_attribute *a, const struct iso_attribute *b);
/* What the pair permits; R1 needs no word of its own: readers that share the only writers' definition are coherent as everybody who looks at one copy is. */
void iso_alias_decide(struct iso_alias_decision *out, const struct iso_attribute *a, const struct iso_attribute *b,
                      enum iso_as_encoded as);

#endif
