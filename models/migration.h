/* Page migration as data: the kernel's thread, step by step. Variants and one-step mutants are rows, not code.
 *
 * For: both engines generate the kernel's instructions from these steps.
 * Not for: when a page moves or to where (policies, Migrate= lines), what the steps cost (machine.h).
 * Not modelled: allocation, page locks, rmap and reference counts, notifiers of devices.
 * Source: facts/kernel-policies.md B.1 (M-base), B.3 (variants), B.4 (known bugs). */
#ifndef ISO_MODELS_MIGRATION_H
#define ISO_MODELS_MIGRATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* clang-format off */
#define ISO_MIGRATION_STEPS(V)                                                                                         \
    V(LOCK, "lock")                       /* take the folio lock; accesses that fault from here on wait for UNLOCK */  \
    V(CLEAR_PTE, "clear-pte")             /* PTE := 0, atomically, keeping the old value (dirty, young) */             \
    V(DSB_ISHST, "dsb-ishst")                                                                                          \
    V(TLBI, "tlbi")                       /* TLBI VALE1IS */                                                           \
    V(DSB_ISH, "dsb-ish")                                                                                              \
    V(WRITE_MIGRATION, "write-migration") /* PTE := migration entry (invalid): faults wait */                          \
    V(COPY_DATA, "copy-data")             /* loads and stores through the kernel's untagged-checked alias */           \
    V(COPY_TAGS, "copy-tags")             /* LDGM/STGM, only if the source is tagged */                                \
    V(ZERO_TAGS, "zero-tags")             /* clear the destination's tags, only if the mapping is tagged */            \
    V(DMB_ISHST, "dmb-ishst")             /* what was copied is visible before the new entry is */                     \
    V(WRITE_PTE, "write-pte")             /* PTE := destination, attributes of the mapping */                          \
    V(DSB_ISHST_ISB, "dsb-ishst-isb")     /* set_pte's barriers */                                                     \
    V(UNLOCK, "unlock")                   /* waiters resume */
/* clang-format on */
enum iso_migration_step {
#define ISO_MIGRATION_ENUM(symbol, name) ISO_MIGRATION_##symbol,
    ISO_MIGRATION_STEPS(ISO_MIGRATION_ENUM)
#undef ISO_MIGRATION_ENUM
};
enum { ISO_MIGRATION_STEP_COUNT = 13, ISO_MIGRATION_STEPS_MAX = 24 };

struct iso_migration_row {
    enum iso_migration_step step;
    bool if_source_tagged;  /* the step happens only if the source page is tagged */
    bool if_mapping_tagged; /* ... only if the new mapping is tagged */
    const char *citation;   /* step of B.1, function */
};

struct iso_migration {
    const char *name; /* "base", "base-batched", "base-pre-6.11", "no-tlbi", ... */
    const char *base; /* sequence a mutant differs from, by one step; NULL for a correct one */
    bool correct;     /* false: a known bug or a mutant */
    const char *what; /* one line for --help */
    const char *citation;
    struct iso_migration_row row[ISO_MIGRATION_STEPS_MAX];
    size_t nrows;
};

size_t iso_migration_count(void);
const struct iso_migration *iso_migration_at(size_t i); /* NULL past the end */
const struct iso_migration *iso_migration_find(const char *name);
const char *iso_migration_step_name(enum iso_migration_step step);

/* Steps of one sequence that are missing, added or moved in the other; a moved step counts once. */
size_t iso_migration_distance(const struct iso_migration *a, const struct iso_migration *b);

#endif
