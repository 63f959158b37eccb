/* What a policy may look at: one table of inputs, each with a small set of values, so that every question about a rule
 * ("can it ever match?", "do these two contradict?") is decided exactly, over the whole space.
 *
 * For: policy.h, the YAML loader, the schema, `isotier decide`, whose names all come from these rows.
 * Not for: what a tier does to an access (decide.h); a policy reads a tier's claims only where it is marked so.
 * Source: facts/kernel-policies.md E.1. Inputs beyond E.1 say in their meaning what needs them. */
#ifndef ISO_MODELS_POLICY_INPUT_H
#define ISO_MODELS_POLICY_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Value sets: V(SET, SYMBOL, "name"). At most 16 values a set: a rule keeps a 16-bit mask of them. */
/* clang-format off */
#define ISO_POLICY_BOOL_VALUES(V) V(POLICY_BOOL, NO, "no") V(POLICY_BOOL, YES, "yes")
#define ISO_POLICY_ORIGIN_VALUES(V)                                                                                    \
    V(POLICY_ORIGIN, BOOT_RAM, "boot_ram") V(POLICY_ORIGIN, HOTPLUG_RAM, "hotplug_ram")                                \
    V(POLICY_ORIGIN, PRIVATE, "pgmap(PRIVATE)") V(POLICY_ORIGIN, COHERENT, "pgmap(COHERENT)")                          \
    V(POLICY_ORIGIN, FS_DAX, "pgmap(FS_DAX)") V(POLICY_ORIGIN, GENERIC, "pgmap(GENERIC)")                              \
    V(POLICY_ORIGIN, P2PDMA, "pgmap(P2PDMA)") V(POLICY_ORIGIN, PFN_ONLY, "pfn_only")                                   \
    V(POLICY_ORIGIN, GIC_MMIO, "gic_mmio") V(POLICY_ORIGIN, GMEM, "gmem")
#define ISO_POLICY_BACKING_VALUES(V)                                                                                   \
    V(POLICY_BACKING, ANON, "anon") V(POLICY_BACKING, SHMEM, "shmem") V(POLICY_BACKING, HUGETLB, "hugetlb")            \
    V(POLICY_BACKING, FILE, "file") V(POLICY_BACKING, DAX, "dax") V(POLICY_BACKING, DRIVER, "driver")                  \
    V(POLICY_BACKING, GMEM, "gmem")
#define ISO_POLICY_ATTR_VALUES(V)                                                                                      \
    V(POLICY_ATTR, NONE, "none") V(POLICY_ATTR, WB, "WB") V(POLICY_ATTR, WBT, "WBT") V(POLICY_ATTR, NC, "NC")          \
    V(POLICY_ATTR, NGNRE, "nGnRE") V(POLICY_ATTR, NGNRNE, "nGnRnE")
#define ISO_POLICY_S2_VALUES(V)                                                                                        \
    V(POLICY_S2, NONE, "none") V(POLICY_S2, NORMAL, "NORMAL") V(POLICY_S2, NORMAL_NOTAG, "NORMAL+NoTag")               \
    V(POLICY_S2, NC, "NC") V(POLICY_S2, NGNRE, "nGnRE") V(POLICY_S2, AS_S1, "as-S1")
#define ISO_POLICY_EVENT_VALUES(V)                                                                                     \
    V(POLICY_EVENT, EXEC, "exec")                     /* instruction fetch */                                          \
    V(POLICY_EVENT, ABORT35, "abort35")               /* fault DFSC 0x35: unsupported exclusive, atomic or LS64 */     \
    V(POLICY_EVENT, EXTERNAL_ABORT, "external_abort") /* synchronous External abort, poison */                         \
    V(POLICY_EVENT, SERROR, "serror")                                                                                  \
    V(POLICY_EVENT, TAG_ACCESS, "tag_access")         /* stage-2 fault of a tag access, NoTagAccess */                 \
    V(POLICY_EVENT, TAG_CHECK, "tag_check")           /* tag check fault */                                            \
    V(POLICY_EVENT, ALIGNMENT, "alignment")           /* Alignment fault of a Device type */                           \
    V(POLICY_EVENT, KERNEL_ABORT, "kernel_abort")     /* External abort or SError of an access by the kernel itself */
#define ISO_POLICY_TAGS_VALUES(V)                                                                                      \
    V(POLICY_TAGS, UNKNOWN, "unknown") V(POLICY_TAGS, STORE, "store") V(POLICY_TAGS, ZERO, "zero")                     \
    V(POLICY_TAGS, IGNORE, "ignore") V(POLICY_TAGS, ALIAS, "alias") V(POLICY_TAGS, ABORT, "abort")
#define ISO_POLICY_EXCL_VALUES(V)                                                                                      \
    V(POLICY_EXCL, UNKNOWN, "unknown") V(POLICY_EXCL, FULL, "full") V(POLICY_EXCL, OKAY_FAIL, "okay_fail")             \
    V(POLICY_EXCL, FAIL_WRITES, "fail_writes") V(POLICY_EXCL, ABORT35, "abort35") V(POLICY_EXCL, SERROR, "serror")     \
    V(POLICY_EXCL, OTHER, "other")
#define ISO_POLICY_LSE_VALUES(V)                                                                                       \
    V(POLICY_LSE, UNKNOWN, "unknown") V(POLICY_LSE, NEAR, "near") V(POLICY_LSE, FAR, "far")                            \
    V(POLICY_LSE, ABORT35, "abort35") V(POLICY_LSE, OTHER, "other")
#define ISO_POLICY_TRIGGER_VALUES(V) /* rows with what they choose: migration_trigger.h */                              \
    V(POLICY_TRIGGER, MOVE_PAGES, "move-pages") V(POLICY_TRIGGER, NUMA_BALANCING, "numa-balancing")                    \
    V(POLICY_TRIGGER, DEMOTION, "demotion") V(POLICY_TRIGGER, COMPACTION, "compaction")                                \
    V(POLICY_TRIGGER, OFFLINE, "offline") V(POLICY_TRIGGER, CMA, "cma")                                                \
    V(POLICY_TRIGGER, SOFT_OFFLINE, "soft-offline") V(POLICY_TRIGGER, HMM, "hmm")
#define ISO_POLICY_TRI_VALUES(V)                                                                                       \
    V(POLICY_TRI, UNKNOWN, "unknown") V(POLICY_TRI, NO, "no") V(POLICY_TRI, YES, "yes")

#define ISO_POLICY_VALUE_SETS(SET)                                                                                     \
    SET(POLICY_BOOL, policy_bool) SET(POLICY_ORIGIN, policy_origin) SET(POLICY_BACKING, policy_backing)                \
    SET(POLICY_ATTR, policy_attr) SET(POLICY_S2, policy_s2) SET(POLICY_EVENT, policy_event)                            \
    SET(POLICY_TAGS, policy_tags) SET(POLICY_EXCL, policy_excl) SET(POLICY_LSE, policy_lse) SET(POLICY_TRI, policy_tri)  \
    SET(POLICY_TRIGGER, policy_trigger)
/* clang-format on */

#define ISO_POLICY_VALUE_ENUM_ROW(set, symbol, name) ISO_##set##_##symbol,
#define ISO_POLICY_VALUE_ENUM(set, tag)              enum iso_##tag{ISO_##set##_VALUES(ISO_POLICY_VALUE_ENUM_ROW) ISO_##set##_COUNT};
ISO_POLICY_VALUE_SETS(ISO_POLICY_VALUE_ENUM)

/* Who may look: ANY rule; rules of the stages named; rules of a policy marked `reads_tiers: yes`. */
enum iso_policy_scope {
    ISO_POLICY_SCOPE_ANY,
    ISO_POLICY_SCOPE_ACCESS,
    ISO_POLICY_SCOPE_MIGRATE,
    ISO_POLICY_SCOPE_TIER
};

/* One row an input: INPUT(symbol, "name", value set, scope, "meaning"). "vma.X", "cpu.X" and "vm.X" are yes or no. */
/* clang-format off */
#define ISO_POLICY_INPUTS(INPUT)                                                                                       \
    INPUT(ORIGIN, "origin", POLICY_ORIGIN, ANY, "how the memory came to the kernel")                                   \
    INPUT(BACKING, "backing", POLICY_BACKING, ANY, "what mmap() was asked for; P18 needs swap-backed")                 \
    INPUT(STRUCT_PAGE, "struct_page", POLICY_BOOL, ANY, "the page has a struct page")                                  \
    INPUT(MAP_MEMORY, "map_memory", POLICY_BOOL, ANY, "pfn_is_map_memory()")                                           \
    INPUT(VMA_PFNMAP, "vma.PFNMAP", POLICY_BOOL, ANY, "VM_PFNMAP")                                                     \
    INPUT(VMA_MIXEDMAP, "vma.MIXEDMAP", POLICY_BOOL, ANY, "VM_MIXEDMAP")                                               \
    INPUT(VMA_IO, "vma.IO", POLICY_BOOL, ANY, "VM_IO: the VMA maps IO")                                                                 \
    INPUT(VMA_ANY_UNCACHED, "vma.ANY_UNCACHED", POLICY_BOOL, ANY, "VM_ALLOW_ANY_UNCACHED")                             \
    INPUT(VMA_MTE_ALLOWED, "vma.MTE_ALLOWED", POLICY_BOOL, ANY, "VM_MTE_ALLOWED")                                      \
    INPUT(VMA_MTE, "vma.MTE", POLICY_BOOL, ANY, "VM_MTE: PROT_MTE was asked for")                                      \
    INPUT(VMA_SHARED, "vma.SHARED", POLICY_BOOL, ANY, "VM_SHARED")                                                     \
    INPUT(VMA_ATTR, "vma_attr", POLICY_ATTR, ANY, "stage-1 attribute of the VMA's pgprot; none: no VMA")               \
    INPUT(CPU_FWB, "cpu.FWB", POLICY_BOOL, ANY, "FEAT_S2FWB")                                                          \
    INPUT(CPU_DIC, "cpu.DIC", POLICY_BOOL, ANY, "CTR_EL0.DIC")                                                         \
    INPUT(CPU_MTE2, "cpu.MTE2", POLICY_BOOL, ANY, "FEAT_MTE2")                                                         \
    INPUT(CPU_MTE_PERM, "cpu.MTE_PERM", POLICY_BOOL, ANY, "FEAT_MTE_PERM")                                             \
    INPUT(CPU_LSE, "cpu.LSE", POLICY_BOOL, ANY, "FEAT_LSE")                                                            \
    INPUT(CPU_LS64, "cpu.LS64", POLICY_BOOL, ANY, "FEAT_LS64")                                                         \
    INPUT(CPU_LS64WB, "cpu.LS64WB", POLICY_BOOL, ANY, "FEAT_LS64WB")                                                   \
    INPUT(CPU_RAS, "cpu.RAS", POLICY_BOOL, ANY, "FEAT_RAS")                                                            \
    INPUT(VM, "vm", POLICY_BOOL, ANY, "the program runs in a VM over this mapping")                                    \
    INPUT(VM_MTE, "vm.mte", POLICY_BOOL, ANY, "KVM_CAP_ARM_MTE enabled")                                               \
    INPUT(VM_PROTECTED, "vm.protected", POLICY_BOOL, ANY, "pKVM protected VM")                                         \
    INPUT(VM_REALM, "vm.realm", POLICY_BOOL, ANY, "CCA realm")                                                         \
    INPUT(VM_SHARED_IPA, "vm.shared_ipa", POLICY_BOOL, ANY, "realm: the shared (upper) half of the IPA space; P19")    \
    INPUT(VM_DIRTY_LOG, "vm.dirty_log", POLICY_BOOL, ANY, "memslot with dirty logging")                                \
    INPUT(VM_READONLY, "vm.readonly", POLICY_BOOL, ANY, "read-only memslot; P18")                                      \
    INPUT(VM_SEA_EXIT, "vm.sea_exit", POLICY_BOOL, ANY, "KVM_CAP_ARM_SEA_TO_USER enabled")                             \
    INPUT(VM_SLOT_CACHEABLE, "vm.slot_cacheable", POLICY_BOOL, ANY, "memslot flag KVM_MEM_ENABLE_CACHEABLE_PFNMAP; P8") \
    INPUT(VM_MTE_PERM_CAP, "vm.mte_perm", POLICY_BOOL, ANY, "KVM_CAP_ARM_MTE_PERM enabled; P12")                       \
    INPUT(S2, "s2", POLICY_S2, ACCESS, "stage-2 type that stage s2fault chose; none: no stage 2")                      \
    INPUT(EVENT, "event", POLICY_EVENT, ACCESS, "what an access ran into")                                             \
    INPUT(PAGE_TAGGED, "page.tagged", POLICY_BOOL, MIGRATE, "PG_mte_tagged of the page that moves")                    \
    INPUT(TRIGGER, "trigger", POLICY_TRIGGER, MIGRATE, "what makes the kernel move the page (facts B.2)")              \
    INPUT(TIER_TAGS, "tier.tags", POLICY_TAGS, TIER, "what the tier (migrate: the destination) does with tags")        \
    INPUT(TIER_EXCL, "tier.excl", POLICY_EXCL, TIER, "exclusives on Normal-NC there")                                  \
    INPUT(TIER_LSE, "tier.lse", POLICY_LSE, TIER, "atomics on cacheable memory there")                                 \
    INPUT(TIER_IFETCH, "tier.ifetch", POLICY_TRI, TIER, "instructions can be fetched from there")                      \
    INPUT(TIER_NC_OK, "tier.nc_ok", POLICY_TRI, TIER, "exclusives and atomics on Normal-NC work there")                \
    INPUT(TIER_CONTAINED, "tier.contained", POLICY_TRI, TIER, "no error there ends in SError or a hang")               \
    INPUT(TIER_COHERENT, "tier.coherent", POLICY_TRI, TIER, "the tier may be mapped cacheable; P16")                   \
    INPUT(TIERS_TAGS, "tiers.all_store_tags", POLICY_TRI, TIER, "every tier of the machine that holds RAM stores tags; P15")
/* clang-format on */

enum iso_policy_input {
#define ISO_POLICY_INPUT_ENUM(symbol, ...) ISO_POLICY_##symbol,
    ISO_POLICY_INPUTS(ISO_POLICY_INPUT_ENUM)
#undef ISO_POLICY_INPUT_ENUM
        ISO_POLICY_INPUT_COUNT
};

struct iso_policy_input_row {
    const char *name;
    const char *const *values; /* names, by value */
    size_t nvalues;
    enum iso_policy_scope scope;
    const char *meaning;
};

/* Row of an input; input < ISO_POLICY_INPUT_COUNT. */
const struct iso_policy_input_row *iso_policy_input_at(enum iso_policy_input input);
/* Is value 0 of the input `unknown`? */
bool iso_policy_input_has_unknown(enum iso_policy_input input);
/* Input by name. False, *out untouched, if there is none. */
bool iso_policy_input_find(enum iso_policy_input *out, const char *name);
/* Value of an input by name. False if there is none. */
bool iso_policy_value_find(uint8_t *out, enum iso_policy_input input, const char *name);

/* One point of the input space: a value for every input. */
struct iso_policy_case {
    uint8_t value[ISO_POLICY_INPUT_COUNT];
};

/* A box of the input space: for every input the mask of values allowed. A full mask is "whatever it is". */
struct iso_policy_box {
    uint16_t allowed[ISO_POLICY_INPUT_COUNT];
};
/* The whole space. */
void iso_policy_box_init(struct iso_policy_box *out);
uint16_t iso_policy_input_mask(enum iso_policy_input input);

/* Is `box`, without the cases that contradict themselves (a VMA flag without a VMA, vm.mte without a vm, ...), wholly inside the union of
 * `cover`? Exact; undecided only where the lists are so tangled that 200,000 steps do not do.
 * *left (may be NULL) gets a case of `box` outside `cover` where the answer is no. */
enum iso_policy_cover { ISO_POLICY_NOT_COVERED, ISO_POLICY_COVERED, ISO_POLICY_COVER_UNDECIDED };
enum iso_policy_cover iso_policy_box_covered(const struct iso_policy_box *box,
                                             const struct iso_policy_box *const *cover, size_t ncover,
                                             struct iso_policy_case *left);
/* Can this case exist at all? If not, *why (may be NULL) is the reason, a full sentence. */
bool iso_policy_case_possible(const struct iso_policy_case *question, const char **why);

#endif
