/* Page migration as data: the kernel's thread, step by step. Variants and one-step mutants are rows, not code.
 *
 * For: both engines run the instructions that sim/compose_steps.c makes of these steps.
 * Not for: when a page moves or to where (migration_trigger.h, Migrate= lines), what the steps cost (machine.h).
 * Not modelled: allocation, rmap and reference counts, notifiers of devices; several pages under one lock or one flush (a huge page is
 * one page here); soft lockups (B.4, mprotect of a large hugetlb area: nothing but time passes).
 * Source: facts/kernel-policies.md B.1 (M-base), B.3 (variants), B.4 (known bugs), 1.3 (the kernel's alias). */
#ifndef ISO_MODELS_MIGRATION_H
#define ISO_MODELS_MIGRATION_H

#include "models/tier.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "Nothing": the step leaves no instruction in the composed thread; why, stands with it. */
/* clang-format off */
#define ISO_MIGRATION_STEPS(V)                                                                                         \
    V(LOCK, "lock")                          /* take the folio lock. Nothing: faulting accesses wait for a valid entry */ \
    V(CLEAR_PTE, "clear-pte")                /* PTE := 0, atomically, keeping the old value (dirty, young) */          \
    V(DSB_ISHST, "dsb-ishst")                                                                                          \
    V(TLBI, "tlbi")                          /* TLBI by VA, inner shareable */                                         \
    V(DSB_ISH, "dsb-ish")                                                                                              \
    V(WRITE_MIGRATION, "write-migration")    /* PTE := migration or swap entry (invalid): faults wait */               \
    V(COPY_DATA, "copy-data")                /* loads and stores through the kernel's unchecked aliases */             \
    V(COPY_TAGS, "copy-tags")                /* allocation tags, through the same aliases */                           \
    V(ZERO_TAGS, "zero-tags")                /* clear the page's tags, whatever they are */                            \
    V(DMB_ISHST, "dmb-ishst")                /* what was copied is visible before the new entry is */                  \
    V(SYNC_ICACHE, "sync-icache")            /* of a page of code: clean to PoU, IC, DSB, ISB. Nothing of any other page */ \
    V(WRITE_PTE, "write-pte")                /* PTE := destination, attributes of the mapping */                       \
    V(DSB_ISHST_ISB, "dsb-ishst-isb")        /* set_pte's barriers */                                                  \
    V(UNLOCK, "unlock")                      /* Nothing: waiters go on when the entry is valid */                      \
    V(SET_TAGGED, "set-tagged")              /* PG_mte_tagged := 1 on the destination. Nothing: composing keeps the flag */ \
    V(SYNC_TAGS, "sync-tags")                /* mte_sync_tags: zero the tags unless PG_mte_tagged, then set it */      \
    V(SYNC_TAGS_LOCKED, "sync-tags-locked")  /* the same by two mappers at once, under PG_mte_lock */                  \
    V(SYNC_TAGS_RACING, "sync-tags-racing")  /* the same by two mappers at once, check and set apart */                \
    V(RETRY, "retry")                        /* late -EAGAIN: the destination is kept for the next pass. Nothing */    \
    V(WARN_IF_TAGGED, "warn-if-tagged")      /* WARN if PG_mte_tagged is set already. Nothing: a line in the kernel's log */ \
    V(SWITCH_MAPPING, "switch-mapping")      /* reference count and page cache point to the destination. Nothing: no access goes there */ \
    V(DMA_COPY, "dma-copy")                  /* an engine or a driver copies data; it neither reads nor writes tags */ \
    V(SAVE_TAGS, "save-tags")                /* tags to a side store in ordinary memory */                             \
    V(RESTORE_TAGS, "restore-tags")          /* tags from the side store, if they were saved; sets PG_mte_tagged */    \
    V(SWAP_OUT, "swap-out")                  /* data to the swap device; the source is free */                         \
    V(SWAP_IN, "swap-in")                    /* data from the swap device to the destination */                        \
    V(VMM_UNMAP, "vmm-unmap")                /* steps 4 and 5 on the VMM's own entry. Nothing: the guest does not go through it */ \
    V(VMM_MAP, "vmm-map")                    /* step 10 on the VMM's own entry. Nothing, as above */                   \
    V(S2_CLEAR, "s2-clear")                  /* stage-2 entry := 0. The guest's stage 1 stays; without Guest= the page's one entry */ \
    V(TLBI_IPA, "tlbi-ipa")                  /* stage-2 entries alone. Nothing without Guest=: one stage's entries are all combined */ \
    V(TLBI_VMALLE1, "tlbi-vmalle1")          /* the guest's stage-1 and combined entries */                            \
    V(S2_CLEAN, "s2-clean")                  /* clean and invalidate to PoC, without FWB. Nothing without Guest= */     \
    V(S2_MAP, "s2-map")                      /* stage-2 entry := destination, by the guest's next stage-2 fault */     \
    V(MAP_ZERO_PAGE, "map-zero-page")        /* a page of zeros becomes the shared zero page, whose tags are 0; the rest is skipped */ \
    V(WRITE_PTE_UNTAGGED, "write-pte-untagged") /* PTE := destination, Normal untagged */                              \
    V(CHECK_TAG_STORAGE, "check-tag-storage") /* -EAGAIN if the page is tagged and the target keeps no tags: nothing moves */ \
    V(ALLOC_UNRESERVED, "alloc-unreserved")  /* the destination's tag block still holds another page's data */         \
    V(RESERVE_TAGS, "reserve-tags")          /* ... that data moves elsewhere, the block holds tags. Nothing: nobody waits for it */ \
    V(KASAN_RESET, "kasan-reset")            /* page_kasan_tag_reset: the kernel's pointer matches all tags */         \
    V(KERNEL_READ, "kernel-read")            /* the kernel reads the destination through its own pointer, checked unless reset */ \
    V(MPROTECT, "mprotect")                  /* from here on: mprotect(PROT_MTE), where a scenario has Mprotect= */    \
    V(WRITE_PTE_TAGGED, "write-pte-tagged")  /* PTE := the same frame, Normal tagged */
/* clang-format on */
enum iso_migration_step {
#define ISO_MIGRATION_ENUM(symbol, name) ISO_MIGRATION_##symbol,
    ISO_MIGRATION_STEPS(ISO_MIGRATION_ENUM)
#undef ISO_MIGRATION_ENUM
};
enum { ISO_MIGRATION_STEP_COUNT = 42, ISO_MIGRATION_STEPS_MAX = 40 };

struct iso_migration_row {
    enum iso_migration_step step;
    bool if_source_tagged;   /* the step happens only if the source page is tagged (PG_mte_tagged) */
    bool if_mapping_tagged;  /* ... only if the new mapping is tagged */
    bool if_source_untagged; /* ... only if the source page is not tagged */
    const char *citation;    /* step of B.1, function */
};

/* What the kernel's own mapping of the destination is (1.3). */
enum iso_migration_alias {
    ISO_MIGRATION_ALIAS_TAGGED,   /* boot RAM, hot-plugged System RAM: NORMAL_TAGGED wherever the mapping is tagged */
    ISO_MIGRATION_ALIAS_UNTAGGED, /* ZONE_DEVICE with a struct page: NORMAL; tag stores through it are dropped */
    ISO_MIGRATION_ALIAS_NONE      /* device-private: not addressable; the page that comes back is System RAM */
};

enum iso_migration_standing {
    ISO_MIGRATION_CORRECT, /* no program can tell, between tiers that are alike */
    ISO_MIGRATION_HAZARD,  /* correct for untagged pages; what a kernel or a proposal does loses tags */
    ISO_MIGRATION_MUTANT   /* a known bug, or one step changed */
};

struct iso_migration {
    const char *name; /* stable: "base", "base-batched", "no-tlbi", ... */
    const char *
        base; /* correct sequence that this one is compared with and differs from by one step; NULL for a correct one */
    bool correct; /* standing is CORRECT */
    enum iso_migration_standing standing;
    enum iso_migration_alias alias;
    const char *invisible; /* why no program can see it; NULL: some scenario finds it. Correct ones: NULL */
    const char *what;      /* one line for --help */
    const char *citation;
    struct iso_migration_row row[ISO_MIGRATION_STEPS_MAX];
    size_t nrows;
};

size_t iso_migration_count(void);
const struct iso_migration *iso_migration_at(size_t i); /* NULL past the end */
const struct iso_migration *iso_migration_find(const char *name);
const char *iso_migration_step_name(enum iso_migration_step step);
const char *iso_migration_standing_name(enum iso_migration_standing standing);

/* Steps of one sequence that are missing, added or moved in the other; a moved step counts once, and so does one that happens under another
 * condition. Another alias of the destination counts as one step. */
size_t iso_migration_distance(const struct iso_migration *a, const struct iso_migration *b);

/* What a kernel's choice of a sequence means for the page of a VM: "base" is "guest", since its MMU notifier comes first (B.1 step 3); any other
 * stays, and its unmapping is that of stage 2. */
const struct iso_migration *iso_migration_of_guest(const struct iso_migration *sequence);

/* The sequence whose outcomes on the reference tier are what a program may expect of this one: the base of a mutant, else "base". */
const struct iso_migration *iso_migration_reference(const struct iso_migration *sequence);

/* Does a sequence with CHECK_TAG_STORAGE leave a page where it is: tagged, and the tier says that it keeps no tags? A tier that leaves
 * tag.storage unknown is not refused. Source: facts/kernel-policies.md E.2 P17. */
bool iso_migration_refuses(const struct iso_migration *sequence, bool tagged, const struct iso_tier *tier);

#endif
