/* Mappings: how memory reached the program, as rows. The kernel's, the VMM's and the guest's alias of one page are rows of their own.
 *
 * For: policies: what a rule can see of a mapping, by kernel version where it matters; which tiers can back it.
 * Not for: what a policy makes of it (policy.h).
 * Not modelled: mappings of devices through an SMMU; sub-page protections.
 * Source: facts/kernel-policies.md 1.2 (VM_MTE_ALLOWED), 1.3 (kernel alias), 1.4 (nvgrace-gpu), 3 (KVM). */
#ifndef ISO_MODELS_MAPPING_H
#define ISO_MODELS_MAPPING_H

#include "models/policy_input.h"
#include "models/tier.h"

/* A kernel version as one number that orders: ISO_KERNEL(6, 17). */
#define ISO_KERNEL(major, minor) ((uint16_t)((major) << 8 | (minor)))
#define ISO_KERNEL_ANY           ((uint16_t)0)
#define ISO_KERNEL_LATER         ((uint16_t)0xffff)

enum iso_mapping_view {
    ISO_MAPPING_KERNEL, /* the kernel's own alias */
    ISO_MAPPING_USER,   /* of a process, or of the VMM */
    ISO_MAPPING_GUEST,  /* of a VM, through stage 2 */
};

/* clang-format off */
#define ISO_MAPPING_FLAGS(V)                                                                                           \
    V(PFNMAP, 1) V(MIXEDMAP, 2) V(IO, 4) V(ANY_UNCACHED, 8) V(MTE_ALLOWED, 16) V(SHARED, 32)
/* clang-format on */
enum iso_mapping_flag {
#define ISO_MAPPING_FLAG_ENUM(name, bit) ISO_MAPPING_##name = bit,
    ISO_MAPPING_FLAGS(ISO_MAPPING_FLAG_ENUM)
#undef ISO_MAPPING_FLAG_ENUM
};

/* A flag that only some kernels set: from `since` up to and including `until`. */
struct iso_mapping_change {
    enum iso_mapping_flag flag;
    uint16_t since, until;
    const char *cite;
};
enum { ISO_MAPPING_CHANGES_MAX = 2 };

struct iso_mapping {
    const char *name; /* "anon", "usemem-guest": as in cell ids */
    const char *page; /* rows with the same page are aliases of it */
    enum iso_mapping_view view;
    enum iso_policy_origin origin;
    enum iso_policy_backing backing;
    bool struct_page, map_memory;
    unsigned flags; /* enum iso_mapping_flag, of every kernel */
    struct iso_mapping_change change[ISO_MAPPING_CHANGES_MAX];
    enum iso_policy_attr vma_attr;   /* pgprot of the VMA without PROT_MTE; NONE: no VMA */
    enum iso_policy_attr guest_attr; /* what an ordinary guest maps; NONE unless view is GUEST */
    bool vm_protected, vm_realm, vm_shared_ipa;
    bool is_default; /* `run --policy` takes it where nobody says otherwise */
    unsigned tiers;  /* bit 1 << enum iso_tier_kind: what can back it */
    const char *what;
    const char *cite;
};

size_t iso_mapping_count(void);
const struct iso_mapping *iso_mapping_at(size_t i); /* NULL past the end */
const struct iso_mapping *iso_mapping_find(const char *name);
const char *iso_mapping_view_name(enum iso_mapping_view view);

/* VMA flags under a kernel version (0: the newest). */
unsigned iso_mapping_flags(const struct iso_mapping *mapping, uint16_t kernel);
/* Can memory of this tier kind be behind it? */
bool iso_mapping_fits(const struct iso_mapping *mapping, enum iso_tier_kind kind);

#endif
