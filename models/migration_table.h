/* The migration sequences, one a row; private to migration.c. What a step does is the engines' business.
 * Every correct sequence and hazard ends with what mprotect(PROT_MTE) does, so that a bug may lie there too.
 * Source: facts/kernel-policies.md B.1 (steps 2 to 11), B.3, B.4, E.2 P17; mutants are one step away from their base. */
#ifndef ISO_MODELS_MIGRATION_TABLE_H
#define ISO_MODELS_MIGRATION_TABLE_H

#include "models/migration.h"

/* clang-format off */
#define ROW(step, cite)            {ISO_MIGRATION_##step, false, false, false, cite}
#define IF_TAGGED(step, cite)      {ISO_MIGRATION_##step, true, false, false, cite}
#define IF_MAPPED(step, cite)      {ISO_MIGRATION_##step, false, true, false, cite}
#define IF_UNTAGGED(step, cite)    {ISO_MIGRATION_##step, false, false, true, cite}

#define LOCK            ROW(LOCK, "B.1 step 2, folio_trylock/folio_lock")
#define CLEAR           ROW(CLEAR_PTE, "B.1 step 4a, ptep_clear_flush")
#define DSB_PTE         ROW(DSB_ISHST, "B.1 step 4a, flush_tlb_page")
#define TLBI            ROW(TLBI, "B.1 step 4a, TLBI VALE1IS")
#define DSB_TLBI        ROW(DSB_ISH, "B.1 step 4a, flush_tlb_page")
#define MIGRATION_ENTRY ROW(WRITE_MIGRATION, "B.1 step 5, make_*_migration_entry")
#define CLEAR_BATCHED   ROW(CLEAR_PTE, "B.1 step 4b, ptep_get_and_clear")
#define DSB_BATCH       ROW(DSB_ISHST, "B.1 step 6, arch_tlbbatch_flush")
#define TLBI_BATCH      ROW(TLBI, "B.1 step 6, try_to_unmap_flush")
#define DSB_TLBI_BATCH  ROW(DSB_ISH, "B.1 step 6, arch_tlbbatch_flush")
#define COPY            ROW(COPY_DATA, "B.1 step 7, folio_mc_copy")
#define COPY_TAGS       IF_TAGGED(COPY_TAGS, "B.1 step 8, mte_copy_page_tags")
#define SET_TAGGED      IF_TAGGED(SET_TAGGED, "B.1 step 8, set_page_mte_tagged")
#define SWITCH          ROW(SWITCH_MAPPING, "B.1 step 7, __folio_migrate_mapping")
#define PUBLISH         ROW(DMB_ISHST, "B.1 step 9, folio_migrate_flags: folio_mark_uptodate's smp_wmb")
#define SYNC            IF_MAPPED(SYNC_TAGS, "B.1 step 10, mte_sync_tags")
#define SYNC_BARRIER    IF_MAPPED(DMB_ISHST, "B.1 step 10, mte_sync_tags: smp_wmb")
#define SYNC_CODE       ROW(SYNC_ICACHE, "set_pte_at of an executable entry: arch/arm64/mm/flush.c, __sync_icache_dcache")
#define NEW_PTE         ROW(WRITE_PTE, "B.1 step 10, remove_migration_pte")
#define PTE_BARRIERS    ROW(DSB_ISHST_ISB, "set_pte: DSB ISHST, ISB")
#define UNLOCK          ROW(UNLOCK, "B.1 step 11, folio_unlock")

#define UNMAP           LOCK, CLEAR, DSB_PTE, TLBI, DSB_TLBI, MIGRATION_ENTRY
#define UNMAP_BATCHED   LOCK, CLEAR_BATCHED, MIGRATION_ENTRY, DSB_BATCH, TLBI_BATCH, DSB_TLBI_BATCH
#define MOVE            COPY, COPY_TAGS, SET_TAGGED, SWITCH
#define REMAP           PUBLISH, SYNC_CODE, SYNC, SYNC_BARRIER, NEW_PTE, PTE_BARRIERS, UNLOCK

#define MPROTECT_BEGIN  ROW(MPROTECT, "B.4, 1.2: change_protection")
#define MPROTECT_CLEAR  ROW(CLEAR_PTE, "ptep_modify_prot_start")
#define MPROTECT_SYNC   ROW(SYNC_TAGS, "set_pte_at: mte_sync_tags")
#define MPROTECT_WMB    ROW(DMB_ISHST, "mte_sync_tags: smp_wmb")
#define MPROTECT_PTE    ROW(WRITE_PTE_TAGGED, "ptep_modify_prot_commit")
#define MPROTECT_FLUSH  ROW(DSB_ISHST, "flush_tlb_range"), ROW(TLBI, "flush_tlb_range"), ROW(DSB_ISH, "flush_tlb_range")
#define MPROTECT_CALL   MPROTECT_BEGIN, MPROTECT_CLEAR, MPROTECT_SYNC, MPROTECT_WMB, MPROTECT_PTE, MPROTECT_FLUSH

#define SHARED_CALL(step, cite) MPROTECT_BEGIN, MPROTECT_CLEAR, ROW(step, cite), MPROTECT_WMB, MPROTECT_PTE, MPROTECT_FLUSH

#define S2_GONE         ROW(S2_CLEAR, "B.1 step 3, kvm_unmap_gfn_range; 3 note d")
#define S2_DSB          ROW(DSB_ISHST, "B.1 step 3, __kvm_tlb_flush_vmid_ipa")
#define S2_TLBI         ROW(TLBI_IPA, "B.1 step 3, TLBI by IPA")
#define S2_TLBI_DSB     ROW(DSB_ISH, "B.1 step 3, __kvm_tlb_flush_vmid_ipa")
#define S2_TLBI_ALL     ROW(TLBI_VMALLE1, "B.1 step 3, stage-1 flush")
#define S2_CLEAN        ROW(S2_CLEAN, "B.1 step 3, DC CIVAC without FWB; 3 note d")
#define S2_UNMAP        S2_GONE, S2_DSB, S2_TLBI, S2_TLBI_DSB
#define S2_FLUSH        S2_TLBI_ALL, S2_TLBI_DSB, S2_CLEAN
#define VMM_UNMAP       ROW(VMM_UNMAP, "B.1 steps 4 and 5")
#define VMM_MAP         ROW(VMM_MAP, "B.1 step 10")
#define SANITISE        IF_MAPPED(SYNC_TAGS, "B.3 M-guest; 3 note b, sanitise_mte_tags")
#define S2_MAP          ROW(S2_MAP, "3, user_mem_abort, kvm_pgtable_stage2_map")
#define SYNC_S2_CODE    ROW(SYNC_ICACHE, "arch/arm64/kvm/hyp/pgtable.c, stage2_map_walker_try_leaf: icache_inval_pou")
#define GUEST_REMAP     PUBLISH, VMM_MAP, UNLOCK, SANITISE, SYNC_BARRIER, SYNC_S2_CODE, S2_MAP, PTE_BARRIERS

#define SWAP_ENTRY      ROW(WRITE_MIGRATION, "B.3 M-swap, try_to_unmap: swap entry")
#define SAVE_TAGS       IF_TAGGED(SAVE_TAGS, "B.3 M-swap, mte_save_tags")
#define RESTORE_TAGS    IF_TAGGED(RESTORE_TAGS, "B.3 M-swap, mte_restore_tags")
#define SWAP_OUT        ROW(SWAP_OUT, "B.3 M-swap, swap_writepage")
#define SWAP_IN         ROW(SWAP_IN, "B.3 M-swap, swap_read_folio")
#define SWAP_UNMAP      LOCK, CLEAR, DSB_PTE, TLBI, DSB_TLBI, SWAP_ENTRY

#define KASAN_RESET     IF_TAGGED(KASAN_RESET, "B.4 e74a68468062, page_kasan_tag_reset")
#define KERNEL_READ     IF_TAGGED(KERNEL_READ, "B.4 e74a68468062: any later access by the kernel")
#define UNRESERVED      ROW(ALLOC_UNRESERVED, "B.4 tag-storage series: destination allocated without tag storage")
#define RESERVE         IF_TAGGED(RESERVE_TAGS, "B.4 tag-storage series: reserve when the source is tagged")

/* SEQUENCE(name, what, citation, rows...) */
#define SEQUENCE_OF(n, b, s, a, i, w, c, ...)                                                                          \
    {.name = n, .base = b, .correct = (s) == ISO_MIGRATION_CORRECT, .standing = s, .alias = ISO_MIGRATION_ALIAS_##a,   \
     .invisible = i, .what = w, .citation = c, .row = {__VA_ARGS__},                                                   \
     .nrows = sizeof((struct iso_migration_row[]){__VA_ARGS__}) / sizeof(struct iso_migration_row)}
#define SEQUENCE(n, w, c, ...)         SEQUENCE_OF(n, NULL, ISO_MIGRATION_CORRECT, TAGGED, NULL, w, c, __VA_ARGS__)
#define HAZARD(n, alias, w, c, ...)    SEQUENCE_OF(n, NULL, ISO_MIGRATION_HAZARD, alias, NULL, w, c, __VA_ARGS__)
#define MUTANT(n, b, w, c, ...)        SEQUENCE_OF(n, b, ISO_MIGRATION_MUTANT, TAGGED, NULL, w, c, __VA_ARGS__)
#define INVISIBLE(n, b, why, w, c, ...) SEQUENCE_OF(n, b, ISO_MIGRATION_MUTANT, TAGGED, why, w, c, __VA_ARGS__)

static const struct iso_migration rows[] = {
    /* ---- what no program can tell ---- */
    SEQUENCE("base", "one base page, synchronous; the copy before the switch of the mapping (6.11+)", "B.1 with 4a",
             UNMAP, MOVE, REMAP, MPROTECT_CALL),
    SEQUENCE("base-pre-6.11", "one base page, synchronous; the switch of the mapping before the copy", "B.1 step 7",
             UNMAP, SWITCH, COPY, COPY_TAGS, SET_TAGGED, REMAP, MPROTECT_CALL),
    SEQUENCE("base-batched", "one base page, flush deferred until just before the copy", "B.1 with 4b and 6",
             UNMAP_BATCHED, MOVE, REMAP, MPROTECT_CALL),
    SEQUENCE("base-retry", "the copy is done twice onto the same page (6.11+, late -EAGAIN)", "B.1 step 7",
             UNMAP, COPY, COPY_TAGS, SET_TAGGED, ROW(RETRY, "B.1 step 7, -EAGAIN"), MOVE, REMAP, MPROTECT_CALL),
    SEQUENCE("base-shared", "mprotect(PROT_MTE) while a second process maps the page tagged, under PG_mte_lock",
             "B.4 d77e59a8fccd",
             UNMAP, MOVE, REMAP, SHARED_CALL(SYNC_TAGS_LOCKED, "B.4 d77e59a8fccd, try_page_mte_tagging")),
    SEQUENCE("base-kasan", "the kernel reads the destination before it maps it, its pointer reset to match all tags",
             "B.4 e74a68468062",
             UNMAP, COPY, COPY_TAGS, KASAN_RESET, SET_TAGGED, SWITCH, KERNEL_READ, REMAP, MPROTECT_CALL),
    SEQUENCE("hugetlb", "one huge page: flushed at once, tag flag on the head, all tags with the first part", "B.3 M-hugetlb",
             LOCK, ROW(CLEAR_PTE, "B.3 M-hugetlb, huge_ptep_clear_flush"), DSB_PTE, TLBI, DSB_TLBI, MIGRATION_ENTRY,
             COPY, IF_TAGGED(COPY_TAGS, "B.3 M-hugetlb, copy_highpage: all subpages"),
             IF_TAGGED(SET_TAGGED, "B.3 M-hugetlb, folio_set_hugetlb_mte_tagged"), SWITCH, REMAP, MPROTECT_CALL),
    SEQUENCE("thp", "a huge page moved whole, behind a PMD migration entry", "B.3 M-thp",
             LOCK, ROW(CLEAR_PTE, "B.3 M-thp, pmdp_invalidate"), DSB_PTE, TLBI, DSB_TLBI,
             ROW(WRITE_MIGRATION, "B.3 M-thp, set_pmd_migration_entry"), MOVE, REMAP, MPROTECT_CALL),
    SEQUENCE("thp-split", "a huge page split and its parts moved; a part of zeros becomes the zero page unless it is tagged",
             "B.3 M-thp, Oct 2025 hotfix",
             UNMAP, IF_UNTAGGED(MAP_ZERO_PAGE, "B.3 M-thp, try_to_map_unused_to_zeropage, fixed"), MOVE, REMAP, MPROTECT_CALL),
    SEQUENCE("swap", "swapped out and in again, tags kept beside the swap entry", "B.3 M-swap",
             SWAP_UNMAP, SAVE_TAGS, SWAP_OUT, SWAP_IN, RESTORE_TAGS, REMAP, MPROTECT_CALL),
    SEQUENCE("guest", "a page of a VM: stage 2 is unmapped first and mapped again by the guest's next fault", "B.3 M-guest, B.1 step 3",
             LOCK, S2_UNMAP, S2_FLUSH, VMM_UNMAP, MOVE, GUEST_REMAP, MPROTECT_CALL),
    SEQUENCE("tag-aware", "a tagged page does not move to memory that keeps no tags; any other page as base", "E.2 P17",
             ROW(CHECK_TAG_STORAGE, "E.2 P17: choose another node, else -EAGAIN"), UNMAP, MOVE, REMAP, MPROTECT_CALL),
    SEQUENCE("tag-storage", "the destination's tag block is reserved before tags are copied (tag-storage series)", "B.4",
             UNRESERVED, UNMAP, RESERVE, MOVE, REMAP, MPROTECT_CALL),

    /* ---- what loses tags by design ---- */
    HAZARD("device-private", NONE, "a driver moves data to a device and back; nobody moves the tags", "B.3 M-devpriv",
           UNMAP, ROW(DMA_COPY, "B.3 M-devpriv, migrate_to_ram"), SWITCH, REMAP, MPROTECT_CALL),
    HAZARD("device-coherent", UNTAGGED, "to ZONE_DEVICE: tag stores through the untagged alias are dropped, the flag is set",
           "B.3 M-devcoherent, 1.3", UNMAP, MOVE, REMAP, MPROTECT_CALL),
    HAZARD("dma-offload", TAGGED, "a DMA engine copies data (MIGRATE_NO_COPY), not tags", "B.3 M-offload",
           UNMAP, ROW(DMA_COPY, "B.3 M-offload"), SWITCH, REMAP, MPROTECT_CALL),
    HAZARD("tag-aware-untagged", TAGGED, "tags stay in a side store and the page is mapped untagged", "E.2 P17, tag-storage design",
           UNMAP, COPY, IF_TAGGED(SAVE_TAGS, "E.2 P17"), SWITCH, PUBLISH, SYNC_CODE, ROW(WRITE_PTE_UNTAGGED, "E.2 P17"), PTE_BARRIERS, UNLOCK,
           MPROTECT_CALL),

    /* ---- one step wrong: break before make ---- */
    MUTANT("no-tlbi", "base", "no TLBI: stale TLB entries outlive the copy", "facts/arm-attributes.md 8, RDDMVT",
           LOCK, CLEAR, DSB_PTE, DSB_TLBI, MIGRATION_ENTRY, MOVE, REMAP, MPROTECT_CALL),
    MUTANT("no-dsb-after-tlbi", "base", "no DSB after TLBI: old accesses may complete after the copy",
           "facts/arm-attributes.md 8, RDDMVT", LOCK, CLEAR, DSB_PTE, TLBI, MIGRATION_ENTRY, MOVE, REMAP, MPROTECT_CALL),
    MUTANT("no-dsb-before-tlbi", "base", "no DSB before TLBI: a walker may still see the old entry",
           "facts/arm-attributes.md 8, RDDMVT", LOCK, CLEAR, TLBI, DSB_TLBI, MIGRATION_ENTRY, MOVE, REMAP, MPROTECT_CALL),
    MUTANT("late-break", "base", "the TLB is flushed before the entry is invalid: walkers fetch it again",
           "facts/arm-attributes.md 8, RDDMVT", LOCK, DSB_PTE, TLBI, DSB_TLBI, MIGRATION_ENTRY, MOVE, REMAP, MPROTECT_CALL),
    MUTANT("copy-before-break", "base", "the copy is made while the page is still mapped", "B.1 order of 4a and 7",
           LOCK, COPY, CLEAR, DSB_PTE, TLBI, DSB_TLBI, MIGRATION_ENTRY, COPY_TAGS, SET_TAGGED, SWITCH, REMAP, MPROTECT_CALL),
    MUTANT("batched-no-flush", "base-batched", "step 6 forgotten: stale TLB entries write after the copy",
           "B.1 note: 4b without step 6",
           LOCK, CLEAR_BATCHED, MIGRATION_ENTRY, DSB_BATCH, DSB_TLBI_BATCH, MOVE, REMAP, MPROTECT_CALL),
    MUTANT("batched-copy-before-flush", "base-batched", "the copy is made in the window of step 4b, before the flush",
           "B.1 step 4b, order of 6 and 7",
           LOCK, CLEAR_BATCHED, MIGRATION_ENTRY, COPY, DSB_BATCH, TLBI_BATCH, DSB_TLBI_BATCH, COPY_TAGS, SET_TAGGED, SWITCH,
           REMAP, MPROTECT_CALL),
    MUTANT("guest-no-combined-flush", "guest", "stage 2 is flushed by IPA alone: TLB entries that combine both stages stay",
           "B.1 step 3, stage-1 flush",
           LOCK, S2_UNMAP, S2_TLBI_DSB, S2_CLEAN, VMM_UNMAP, MOVE, GUEST_REMAP, MPROTECT_CALL),

    MUTANT("guest-no-unmap", "guest", "the notifier flushes, but stage 2 keeps the old page: walkers fetch it again", "B.1 step 3",
           LOCK, S2_DSB, S2_TLBI, S2_TLBI_DSB, S2_FLUSH, VMM_UNMAP, MOVE, GUEST_REMAP, MPROTECT_CALL),
    MUTANT("guest-late-unmap", "guest", "stage 2 is flushed by IPA before its entry is gone", "B.1 step 3, order of unmap and flush",
           LOCK, S2_DSB, S2_TLBI, S2_TLBI_DSB, S2_GONE, S2_FLUSH, VMM_UNMAP, MOVE, GUEST_REMAP, MPROTECT_CALL),
    MUTANT("guest-no-ipa-flush", "guest", "stage-2 entries stay: combined ones are made anew from them", "B.1 step 3, TLBI by IPA",
           LOCK, S2_GONE, S2_DSB, S2_TLBI_DSB, S2_FLUSH, VMM_UNMAP, MOVE, GUEST_REMAP, MPROTECT_CALL),
    MUTANT("guest-no-dsb-between", "guest", "no DSB between the two flushes: combined entries may be made anew in between",
           "B.1 step 3, __kvm_tlb_flush_vmid_ipa",
           LOCK, S2_GONE, S2_DSB, S2_TLBI, S2_FLUSH, VMM_UNMAP, MOVE, GUEST_REMAP, MPROTECT_CALL),
    MUTANT("guest-no-dsb-after", "guest", "no DSB after the flush: the guest's stores may complete after the copy",
           "B.1 step 3, __kvm_tlb_flush_vmid_ipa",
           LOCK, S2_UNMAP, S2_TLBI_ALL, S2_CLEAN, VMM_UNMAP, MOVE, GUEST_REMAP, MPROTECT_CALL),
    MUTANT("guest-copy-before-unmap", "guest", "the copy is made while the guest still writes", "B.1 order of 3 and 7",
           LOCK, COPY, S2_UNMAP, S2_FLUSH, VMM_UNMAP, COPY_TAGS, SET_TAGGED, SWITCH, GUEST_REMAP, MPROTECT_CALL),

    /* ---- one step wrong: make ---- */
    MUTANT("guest-map-before-copy", "guest", "a fault maps the new page before it holds the data", "B.1 order of 7 and 10",
           LOCK, S2_UNMAP, S2_FLUSH, VMM_UNMAP, S2_MAP, MOVE, PUBLISH, VMM_MAP, UNLOCK, SANITISE, SYNC_BARRIER, SYNC_S2_CODE, PTE_BARRIERS, MPROTECT_CALL),
    MUTANT("guest-no-publish-barrier", "guest", "nothing orders the copy before stage 2 maps it", "B.1 step 9, folio_mark_uptodate",
           LOCK, S2_UNMAP, S2_FLUSH, VMM_UNMAP, MOVE, VMM_MAP, UNLOCK, SANITISE, SYNC_BARRIER, SYNC_S2_CODE, S2_MAP, PTE_BARRIERS, MPROTECT_CALL),
    MUTANT("no-publish-barrier", "base", "nothing orders the copy before the new entry: the new frame is read too soon",
           "B.1 step 9, folio_mark_uptodate", UNMAP, MOVE, SYNC_CODE, SYNC, SYNC_BARRIER, NEW_PTE, PTE_BARRIERS, UNLOCK, MPROTECT_CALL),
    MUTANT("no-icache-sync", "base", "a page of code is mapped with what instruction caches held of its frame before",
           "arch/arm64/mm/flush.c, __sync_icache_dcache",
           UNMAP, MOVE, PUBLISH, SYNC, SYNC_BARRIER, NEW_PTE, PTE_BARRIERS, UNLOCK, MPROTECT_CALL),
    MUTANT("pte-before-copy", "base", "the new entry is written before the data", "B.1 order of 7 and 10",
           UNMAP, NEW_PTE, MOVE, PUBLISH, SYNC_CODE, SYNC, SYNC_BARRIER, PTE_BARRIERS, UNLOCK, MPROTECT_CALL),
    MUTANT("tags-after-pte", "base", "tags are copied after the new entry is written", "B.1 order of 8 and 10",
           UNMAP, COPY, SET_TAGGED, SWITCH, PUBLISH, SYNC_CODE, SYNC, SYNC_BARRIER, NEW_PTE, COPY_TAGS, PTE_BARRIERS, UNLOCK, MPROTECT_CALL),

    /* ---- one step wrong: tags ---- */
    MUTANT("no-tag-copy", "base", "PG_mte_tagged is set, the tags are not copied: those of the frame's last user show",
           "B.1 step 8", UNMAP, COPY, SET_TAGGED, SWITCH, REMAP, MPROTECT_CALL),
    MUTANT("no-set-tagged", "base", "tags are copied, PG_mte_tagged is not set: mapping the page zeroes them", "B.1 steps 8 and 10",
           UNMAP, COPY, COPY_TAGS, SWITCH, REMAP, MPROTECT_CALL),
    MUTANT("zero-after-copy", "base", "tags are zeroed after they were copied (flag set too late)", "B.1 step 10",
           UNMAP, COPY, COPY_TAGS, IF_MAPPED(ZERO_TAGS, "B.1 step 10"), SET_TAGGED, SWITCH, REMAP, MPROTECT_CALL),
    MUTANT("zero-after-map", "base", "tags are zeroed after the page is mapped", "B.1 step 10, order of mte_sync_tags and set_pte",
           UNMAP, MOVE, PUBLISH, SYNC_CODE, SYNC, SYNC_BARRIER, NEW_PTE, IF_MAPPED(ZERO_TAGS, "B.1 step 10"), PTE_BARRIERS, UNLOCK, MPROTECT_CALL),
    MUTANT("uninitialised-tags", "base", "PG_mte_tagged is set on a page without tags: mprotect(PROT_MTE) then shows what was there",
           "B.4 e059853d14ca, S15",
           UNMAP, COPY, COPY_TAGS, ROW(SET_TAGGED, "B.4: set whatever the source is"), SWITCH, REMAP, MPROTECT_CALL),
    MUTANT("shared-no-tag-lock", "base-shared", "two mappers initialise the tags of one page at once", "B.4 d77e59a8fccd",
           UNMAP, MOVE, REMAP, SHARED_CALL(SYNC_TAGS_RACING, "B.4, before d77e59a8fccd")),
    MUTANT("kasan-stale-tag", "base-kasan", "the kernel's pointer keeps the tag of an untouched page: its own access faults, the page "
           "stays unmapped for ever", "B.4 e74a68468062",
           UNMAP, COPY, COPY_TAGS, SET_TAGGED, SWITCH, KERNEL_READ, REMAP, MPROTECT_CALL),
    MUTANT("tag-storage-race", "tag-storage", "the source became tagged after the destination was chosen: its tags overwrite data in the "
           "tag block", "B.4 tag-storage cover, S17", UNRESERVED, UNMAP, MOVE, REMAP, MPROTECT_CALL),
    MUTANT("thp-split-zero-tagged", "thp-split", "a tagged part of zeros becomes the zero page, whose tags are 0",
           "B.3 M-thp, Oct 2025 hotfix, S16",
           UNMAP, ROW(MAP_ZERO_PAGE, "B.3 M-thp, try_to_map_unused_to_zeropage"), MOVE, REMAP, MPROTECT_CALL),
    MUTANT("swap-no-save", "swap", "tags are not saved at swap-out: the page comes back with none", "B.3 M-swap",
           SWAP_UNMAP, SWAP_OUT, SWAP_IN, RESTORE_TAGS, REMAP, MPROTECT_CALL),
    MUTANT("swap-no-restore", "swap", "saved tags are not restored at swap-in: mapping the page zeroes them", "B.3 M-swap",
           SWAP_UNMAP, SAVE_TAGS, SWAP_OUT, SWAP_IN, REMAP, MPROTECT_CALL),
    MUTANT("guest-flag-lost", "guest", "the guest's tags are copied, the flag is not: mapping stage 2 zeroes them", "B.3 M-guest",
           LOCK, S2_UNMAP, S2_FLUSH, VMM_UNMAP, COPY, COPY_TAGS, SWITCH, GUEST_REMAP, MPROTECT_CALL),
    INVISIBLE("retry-warn", "base-retry",
              "the WARN is all it does: the source is unmapped and flushed, so both copies carry the same data and tags",
              "the second copy finds PG_mte_tagged set and warns (6.11 to 6.18-rc2)", "B.4 b98c94eed4a9, S14",
              UNMAP, COPY, COPY_TAGS, SET_TAGGED, ROW(RETRY, "B.1 step 7, -EAGAIN"), COPY,
              IF_TAGGED(WARN_IF_TAGGED, "B.4 b98c94eed4a9, copy_highpage"), COPY_TAGS, SET_TAGGED, SWITCH, REMAP, MPROTECT_CALL),
};
/* clang-format on */

#endif
