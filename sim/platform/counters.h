/* Event counters of the timed engine: one row a counter, in the order of iso_platform_stats.counter.
 * Not for: times (those are the cycles of iso_platform_stats). Names are part of the report: never renumber, append. */
#ifndef ISOTIER_SIM_PLATFORM_COUNTERS_H
#define ISOTIER_SIM_PLATFORM_COUNTERS_H

#include <cstdint>

/* clang-format off */
#define ISO_COUNTERS(ROW)                                                                                              \
    ROW(LOADS, "loads")                               /* reads bound, hits and forwarded ones included */             \
    ROW(STORES, "stores")                             /* writes made visible */                                        \
    ROW(FORWARDS, "store-forwards")                   /* loads served by the store buffer */                           \
    ROW(L1_HITS, "l1-hits")                                                                                            \
    ROW(L2_HITS, "l2-hits")                                                                                            \
    ROW(MISSES, "misses")                             /* requests that reached the home node */                        \
    ROW(UNCACHED, "uncached")                         /* Normal-NC and Device accesses, write-through as NC */          \
    ROW(SNOOPS, "snoops")                                                                                              \
    ROW(TRANSFERS, "cache-to-cache")                                                                                   \
    ROW(EVICTIONS, "evictions")                                                                                        \
    ROW(WRITEBACKS, "writebacks")                                                                                      \
    ROW(SQUASHES, "squashes")                         /* all causes */                                                 \
    ROW(MISPREDICTS, "mispredicted-branches")                                                                          \
    ROW(PICK_MISPREDICTS, "mispredicted-picks")                                                                        \
    ROW(REPLAYS, "load-replays")                      /* same-address order, late store address */                     \
    ROW(ATOMICS_NEAR, "atomics-near")                                                                                  \
    ROW(ATOMICS_FAR, "atomics-far")                                                                                    \
    ROW(ATOMIC_RETRIES, "atomic-retries")             /* early read of an atomic no longer current at its write */     \
    ROW(EXCLUSIVE_LOADS, "exclusive-loads")                                                                            \
    ROW(EXCLUSIVE_PASS, "exclusive-pass")                                                                              \
    ROW(EXCLUSIVE_FAIL_LOCAL, "exclusive-fail-local") /* local monitor open or another address */                      \
    ROW(EXCLUSIVE_FAIL_GLOBAL, "exclusive-fail-global")                                                                \
    ROW(EXCLUSIVE_FAIL_UNSUPPORTED, "exclusive-fail-unsupported")                                                      \
    ROW(EXCLUSIVE_SPONTANEOUS, "monitor-spontaneous-clears")                                                           \
    ROW(TAG_READS, "tag-reads")                                                                                        \
    ROW(TAG_WRITES, "tag-writes")                                                                                      \
    ROW(TAG_MISMATCHES, "tag-mismatches")                                                                              \
    ROW(TAG_EVICT_LOST, "tags-lost-on-eviction")                                                                       \
    ROW(TAG_EVICT_ALIASED, "tags-aliased-on-eviction")                                                                 \
    ROW(TAG_EVICT_ABORTED, "tags-aborted-on-eviction")                                                                 \
    ROW(TLB_HITS, "tlb-hits")                                                                                          \
    ROW(TLB_MISSES, "tlb-misses")                                                                                      \
    ROW(HARDWARE_UPDATES, "af-dirty-updates")                                                                          \
    ROW(TLBI, "tlbi")                                                                                                  \
    ROW(DVM, "dvm-messages")                                                                                           \
    ROW(FAULTS, "faults")                                                                                              \
    ROW(RETRIES, "blocked-on-migration")                                                                               \
    ROW(BARRIERS, "barriers")                                                                                          \
    ROW(FLITS, "flits")                                                                                                \
    ROW(QUEUED, "queued-at-hop")                      /* requests that waited for bandwidth */                         \
    ROW(BACK_INVALIDATES, "back-invalidates")                                                                          \
    ROW(POISON, "poison")                                                                                              \
    ROW(DECISIONS, "decisions")                       /* calls of iso_decide() */                                      \
    ROW(WATCHDOG, "watchdog")                                                                                          \
    ROW(LATE_REPLAYS, "late-replays")                 /* must stay 0: a replay that met a visible store */
/* clang-format on */

namespace iso
{

enum counter {
#define ISO_COUNTER_ENUM(symbol, name) COUNT_##symbol,
    ISO_COUNTERS(ISO_COUNTER_ENUM)
#undef ISO_COUNTER_ENUM
        COUNTERS
};

} // namespace iso

#endif
