/* Exclusive monitors as pure value-type state machines: local, global (PoC, one mark per logical processor) and system.
 *
 * For: both engines; the caller owns the state, names the event, and reads the new state and the result.
 * Not for: whether an access may be monitored at all (iso_decide() says so in effect.exclusive).
 * Every edge of facts/arm-attributes.md 2.3 (local) and 2.4 (global), pair mismatches 2.5, moved pages 2.6, CHI
 * B6.2-B6.3; the defects M1..M12 of facts/cxl-chi-timing.md 4.3 are regression cases in conformance/. An IMPLEMENTATION
 * DEFINED edge asks the CPU's knob; `free` and `unknown` are resolved by the caller through iso_monitor_choice, so that
 * the exhaustive engine can branch and the platform can draw from its seed. Checking and updating memory must be one
 * step for the caller: iso_monitor_store() first, write only if it says so. */
#ifndef ISO_MODELS_MONITOR_H
#define ISO_MODELS_MONITOR_H

#include "models/cpu.h"
#include "models/decide.h"

enum { ISO_MONITOR_CPUS_MAX = 64 };

/* What a load exclusive leaves behind. */
struct iso_mark {
    bool exclusive;       /* false: Open */
    uint64_t block;       /* PA of the first byte of the marked granule */
    uint32_t block_bytes; /* 16..2048: the granule, or more granules if the access spans them */
    uint64_t va, pa;      /* of the load exclusive itself */
    uint8_t size_bytes;
    uint8_t registers; /* 1, or 2 for a pair */
    uint8_t attribute; /* attribute point of the load (iso_attribute_point_of) */
};

struct iso_local_monitor {
    struct iso_mark mark;
};

/* PoC or system monitor: one mark per logical processor. */
struct iso_global_monitor {
    uint32_t granule_bytes;
    uint32_t ncpus;
    struct iso_mark mark[ISO_MONITOR_CPUS_MAX];
};

/* A resolved IMPLEMENTATION DEFINED choice: both bits mean the edge is free or unknown and the caller picks. */
enum iso_monitor_choice { ISO_MONITOR_OPEN = 1, ISO_MONITOR_EXCL = 2, ISO_MONITOR_EITHER = 3 };

enum iso_monitor_event {
    ISO_MONITOR_OWN_STORE,     /* own non-exclusive store, DC ZVA, atomic or tag store */
    ISO_MONITOR_FOREIGN_STORE, /* by another observer to the bytes named: plain, atomic, tag store, migration copy */
    ISO_MONITOR_CLREX,
    ISO_MONITOR_ERET,        /* exception return */
    ISO_MONITOR_ABORT,       /* Data Abort taken: UNKNOWN */
    ISO_MONITOR_MAINTENANCE, /* DC clean/invalidate, own or foreign */
    ISO_MONITOR_SPONTANEOUS, /* eviction, speculation, any other cause */
    ISO_MONITOR_TRANSACTION, /* TSTART, TCOMMIT, failure */
    ISO_MONITOR_GCS,
    ISO_MONITOR_DEVICE_WRITE, /* write by an observer without exclusive support (DMA, GPU, other host): CH-16 */
    ISO_MONITOR_LS64,         /* ST64B/LD64B of another PE to shareable memory */
    ISO_MONITOR_TLBI,         /* no event for the architecture; the PA is re-checked instead */
    ISO_MONITOR_IC,           /* IC IALLU/IVAU by another thread: may clear */
    ISO_MONITOR_PLDW,         /* by another PE: may clear */
};
enum { ISO_MONITOR_EVENT_COUNT = 14 };

/* The bytes an event or an exclusive touches. */
struct iso_monitor_access {
    uint64_t va, pa;
    uint32_t size_bytes;
    uint8_t registers;
    uint8_t attribute;
};

/* States the local monitor may be in after an event (2.3). Never 0. */
enum iso_monitor_choice iso_local_monitor_after(const struct iso_local_monitor *monitor, enum iso_monitor_event event,
                                                const struct iso_monitor_access *access,
                                                const struct iso_cpu_features *features);
/* Makes it Open, or leaves it; for applying a picked choice. */
void iso_local_monitor_clear(struct iso_local_monitor *monitor);
/* Load exclusive by this PE: marks. */
void iso_local_monitor_load(struct iso_local_monitor *monitor, const struct iso_monitor_access *access,
                            uint32_t erg_bytes);

/* Store exclusive: what it may do. Bits; PASS and FAIL both set when the architecture or an unbound knob allows both.
 */
enum iso_store_result {
    ISO_STORE_PASS = 1,           /* status 0, memory written */
    ISO_STORE_FAIL = 2,           /* status 1, memory kept */
    ISO_STORE_STATUS_UNKNOWN = 4, /* CU pair mismatch: status register UNKNOWN as well */
    ISO_STORE_DATA_UNKNOWN = 8,   /* CU pair mismatch: data at the addresses UNKNOWN */
};

struct iso_store_decision {
    unsigned result;      /* enum iso_store_result bits; PASS or FAIL is always there */
    unsigned local_after; /* enum iso_monitor_choice of the local monitor */
    struct iso_rule_ref rule;
};

/* What the local monitor says of a store exclusive (2.3, 2.5, 2.6). moved: the VA's translation changed since the load;
 * new_page_written: another write to the new PA happened after the old translation was invalidated (2.6: must fail). */
void iso_local_monitor_store(struct iso_store_decision *out, const struct iso_local_monitor *monitor,
                             const struct iso_monitor_access *access, bool moved, bool new_page_written,
                             const struct iso_cpu_features *features);

void iso_global_monitor_init(struct iso_global_monitor *out, uint32_t ncpus, uint32_t granule_bytes);
/* Load exclusive by cpu: marks its block; other PEs' marks are untouched. */
void iso_global_monitor_load(struct iso_global_monitor *monitor, uint32_t cpu, const struct iso_monitor_access *access);
/* Would a store exclusive by cpu pass? No state changes. */
void iso_global_monitor_check(struct iso_store_decision *out, const struct iso_global_monitor *monitor, uint32_t cpu,
                              const struct iso_monitor_access *access, const struct iso_cpu_features *features);
/* A store exclusive by cpu that passed (or any other write by it): every other PE whose marked block overlaps the
 * written range goes Open. A failed one must not be reported here. Returns a bit mask of the PEs that went Open. */
uint64_t iso_global_monitor_written(struct iso_global_monitor *monitor, uint32_t cpu, uint64_t pa, uint32_t size_bytes);
/* State of cpu's own mark after its own successful store exclusive: CH-15. */
enum iso_monitor_choice iso_global_monitor_after_store(const struct iso_cpu_features *features);
/* State of cpu's mark after CLREX: CH-15. */
enum iso_monitor_choice iso_global_monitor_after_clrex(const struct iso_cpu_features *features);
/* State of cpu's mark after its own write or load exclusive to a Non-shareable location: CH-15. */
enum iso_monitor_choice iso_global_monitor_after_nsh(const struct iso_cpu_features *features);
/* After a write by a device, DMA or another host: CH-16 by the hop's coh.snoops_clear_monitor_from_device. */
enum iso_monitor_choice iso_global_monitor_after_device(const struct iso_capabilities *capabilities);
void iso_global_monitor_clear(struct iso_global_monitor *monitor, uint32_t cpu);

/* Do [a, a+na) and [b, b+nb) share a byte? Sizes above 0; no wrap at the end of the address space. */
bool iso_range_overlap(uint64_t a, uint64_t na, uint64_t b, uint64_t nb);

#endif
