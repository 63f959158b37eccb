/* The migration sequences. Rows only: what a step does is the engines' business.
 * Source: facts/kernel-policies.md B.1 (steps 2 to 11), B.3, B.4; mutants are one step away from their base. */
#include "models/migration.h"

#include <string.h>

/* clang-format off */
#define LOCK            {ISO_MIGRATION_LOCK, false, false, "B.1 step 2, folio_trylock/folio_lock"}
#define CLEAR           {ISO_MIGRATION_CLEAR_PTE, false, false, "B.1 step 4a, ptep_clear_flush"}
#define CLEAR_BATCHED   {ISO_MIGRATION_CLEAR_PTE, false, false, "B.1 step 4b, ptep_get_and_clear"}
#define DSB_PTE         {ISO_MIGRATION_DSB_ISHST, false, false, "B.1 step 4a, flush_tlb_page"}
#define TLBI            {ISO_MIGRATION_TLBI, false, false, "B.1 step 4a, TLBI VALE1IS"}
#define DSB_TLBI        {ISO_MIGRATION_DSB_ISH, false, false, "B.1 step 4a, flush_tlb_page"}
#define MIGRATION_ENTRY {ISO_MIGRATION_WRITE_MIGRATION, false, false, "B.1 step 5, make_*_migration_entry"}
#define DSB_BATCH       {ISO_MIGRATION_DSB_ISHST, false, false, "B.1 step 6, arch_tlbbatch_flush"}
#define TLBI_BATCH      {ISO_MIGRATION_TLBI, false, false, "B.1 step 6, try_to_unmap_flush"}
#define DSB_TLBI_BATCH  {ISO_MIGRATION_DSB_ISH, false, false, "B.1 step 6, arch_tlbbatch_flush"}
#define COPY            {ISO_MIGRATION_COPY_DATA, false, false, "B.1 step 7, folio_mc_copy"}
#define COPY_TAGS       {ISO_MIGRATION_COPY_TAGS, true, false, "B.1 step 8, mte_copy_page_tags"}
#define ZERO_TAGS       {ISO_MIGRATION_ZERO_TAGS, false, true, "B.1 step 10, mte_sync_tags: unless already tagged"}
#define PUBLISH         {ISO_MIGRATION_DMB_ISHST, false, false, "B.1 step 9, folio_migrate_flags: folio_mark_uptodate's smp_wmb"}
#define NEW_PTE         {ISO_MIGRATION_WRITE_PTE, false, false, "B.1 step 10, remove_migration_pte"}
#define PTE_BARRIERS    {ISO_MIGRATION_DSB_ISHST_ISB, false, false, "set_pte: DSB ISHST, ISB"}
#define UNLOCK          {ISO_MIGRATION_UNLOCK, false, false, "B.1 step 11, folio_unlock"}

/* SEQUENCE(name, base, correct, what, citation, rows...) */
#define SEQUENCE(n, b, ok, w, c, ...)                                                                                  \
    {.name = n, .base = b, .correct = ok, .what = w, .citation = c, .row = {__VA_ARGS__},                              \
     .nrows = sizeof((struct iso_migration_row[]){__VA_ARGS__}) / sizeof(struct iso_migration_row)}

static const struct iso_migration rows[] = {
    SEQUENCE("base", NULL, true, "one base page, synchronous", "B.1 with 4a",
             LOCK, CLEAR, DSB_PTE, TLBI, DSB_TLBI, MIGRATION_ENTRY, COPY, COPY_TAGS, PUBLISH, NEW_PTE, PTE_BARRIERS, UNLOCK),
    SEQUENCE("base-batched", NULL, true, "one base page, flush deferred until just before the copy", "B.1 with 4b and 6",
             LOCK, CLEAR_BATCHED, MIGRATION_ENTRY, DSB_BATCH, TLBI_BATCH, DSB_TLBI_BATCH, COPY, COPY_TAGS, PUBLISH, NEW_PTE,
             PTE_BARRIERS, UNLOCK),
    SEQUENCE("base-retry", NULL, true, "the copy is done twice onto the same page (6.11+, late -EAGAIN)", "B.1 step 7",
             LOCK, CLEAR, DSB_PTE, TLBI, DSB_TLBI, MIGRATION_ENTRY, COPY, COPY_TAGS, COPY, COPY_TAGS, PUBLISH, NEW_PTE,
             PTE_BARRIERS, UNLOCK),
    SEQUENCE("batched-no-flush", "base-batched", false, "step 6 forgotten: stale TLB entries write after the copy",
             "B.1 note: 4b without step 6",
             LOCK, CLEAR_BATCHED, MIGRATION_ENTRY, DSB_BATCH, DSB_TLBI_BATCH, COPY, COPY_TAGS, PUBLISH, NEW_PTE, PTE_BARRIERS,
             UNLOCK),
    SEQUENCE("no-tlbi", "base", false, "no TLBI: stale TLB entries outlive the copy", "facts/arm-attributes.md 8, RDDMVT",
             LOCK, CLEAR, DSB_PTE, DSB_TLBI, MIGRATION_ENTRY, COPY, COPY_TAGS, PUBLISH, NEW_PTE, PTE_BARRIERS, UNLOCK),
    SEQUENCE("no-dsb-after-tlbi", "base", false, "no DSB after TLBI: old accesses may complete after the copy",
             "facts/arm-attributes.md 8, RDDMVT",
             LOCK, CLEAR, DSB_PTE, TLBI, MIGRATION_ENTRY, COPY, COPY_TAGS, PUBLISH, NEW_PTE, PTE_BARRIERS, UNLOCK),
    SEQUENCE("no-dsb-before-tlbi", "base", false, "no DSB before TLBI: a walker may still see the old entry",
             "facts/arm-attributes.md 8, RDDMVT",
             LOCK, CLEAR, TLBI, DSB_TLBI, MIGRATION_ENTRY, COPY, COPY_TAGS, PUBLISH, NEW_PTE, PTE_BARRIERS, UNLOCK),
    SEQUENCE("late-break", "base", false, "the TLB is flushed before the entry is invalid: walkers fetch it again",
             "facts/arm-attributes.md 8, RDDMVT",
             LOCK, DSB_PTE, TLBI, DSB_TLBI, MIGRATION_ENTRY, COPY, COPY_TAGS, PUBLISH, NEW_PTE, PTE_BARRIERS, UNLOCK),
    SEQUENCE("no-tag-copy", "base", false, "data is copied, tags are not (DMA offload, device-private)",
             "B.3 M-offload, M-devpriv",
             LOCK, CLEAR, DSB_PTE, TLBI, DSB_TLBI, MIGRATION_ENTRY, COPY, PUBLISH, NEW_PTE, PTE_BARRIERS, UNLOCK),
    SEQUENCE("zero-after-copy", "base", false, "tags are zeroed after they were copied (flag set too late)",
             "B.1 step 10, B.4 two mappers initialise tags",
             LOCK, CLEAR, DSB_PTE, TLBI, DSB_TLBI, MIGRATION_ENTRY, COPY, COPY_TAGS, ZERO_TAGS, PUBLISH, NEW_PTE, PTE_BARRIERS,
             UNLOCK),
    SEQUENCE("no-publish-barrier", "base", false, "nothing orders the copy before the new entry: the new frame is read too soon",
             "B.1 step 9, folio_mark_uptodate",
             LOCK, CLEAR, DSB_PTE, TLBI, DSB_TLBI, MIGRATION_ENTRY, COPY, COPY_TAGS, NEW_PTE, PTE_BARRIERS, UNLOCK),
    SEQUENCE("pte-before-copy", "base", false, "the new entry is written before the data", "B.1 order of 7 and 10",
             LOCK, CLEAR, DSB_PTE, TLBI, DSB_TLBI, MIGRATION_ENTRY, NEW_PTE, COPY, COPY_TAGS, PUBLISH, PTE_BARRIERS, UNLOCK),
    SEQUENCE("tags-after-pte", "base", false, "tags are copied after the new entry is written", "B.1 order of 8 and 10",
             LOCK, CLEAR, DSB_PTE, TLBI, DSB_TLBI, MIGRATION_ENTRY, COPY, PUBLISH, NEW_PTE, COPY_TAGS, PTE_BARRIERS, UNLOCK),
    SEQUENCE("copy-before-break", "base", false, "the copy is made while the page is still mapped",
             "B.1 order of 4a and 7",
             LOCK, COPY, CLEAR, DSB_PTE, TLBI, DSB_TLBI, MIGRATION_ENTRY, COPY_TAGS, PUBLISH, NEW_PTE, PTE_BARRIERS, UNLOCK),
};
/* clang-format on */

size_t iso_migration_count(void)
{
    return sizeof rows / sizeof *rows;
}

const struct iso_migration *iso_migration_at(size_t i)
{
    return i < iso_migration_count() ? &rows[i] : NULL;
}

const struct iso_migration *iso_migration_find(const char *name)
{
    for (size_t i = 0; i < iso_migration_count(); i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

const char *iso_migration_step_name(enum iso_migration_step step)
{
    static const char *const name[ISO_MIGRATION_STEP_COUNT] = {
#define STEP_NAME(symbol, text) [ISO_MIGRATION_##symbol] = text,
        ISO_MIGRATION_STEPS(STEP_NAME)
#undef STEP_NAME
    };
    return name[step];
}

/* Longest common subsequence; what is in neither place of it was moved, left out or put in. */
size_t iso_migration_distance(const struct iso_migration *a, const struct iso_migration *b)
{
    size_t common[ISO_MIGRATION_STEPS_MAX + 1][ISO_MIGRATION_STEPS_MAX + 1] = {{0}};
    for (size_t i = 1; i <= a->nrows; i++)
        for (size_t j = 1; j <= b->nrows; j++) {
            size_t skip = common[i - 1][j] > common[i][j - 1] ? common[i - 1][j] : common[i][j - 1];
            bool same = a->row[i - 1].step == b->row[j - 1].step;
            common[i][j] = same ? common[i - 1][j - 1] + 1 : skip;
        }
    size_t shared = common[a->nrows][b->nrows];
    size_t gone = a->nrows - shared, added = b->nrows - shared;
    return gone > added ? gone : added; /* a step that moved is both gone and added, and counts once */
}
