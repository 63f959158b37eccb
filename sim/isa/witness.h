/* One execution that ends in a given final state: the events of every thread, where each read takes its value from, and the order of writes.
 * For: explaining an outcome (explain.h). Not for: sets of outcomes (outcome.h), why a tier does what it does (iso_final.cause).
 * Not modelled: computation and branches; the executions that end in the same state otherwise.
 * Source: Arm ARM B2.3.1 (Effects), B2.3.3 (Reads-from, Coherence order, From-read). */
#ifndef ISOTIER_SIM_ISA_WITNESS_H
#define ISOTIER_SIM_ISA_WITNESS_H

#include "sim/isa/outcome.h"

#ifdef __cplusplus
extern "C" {
#endif

enum iso_witness_kind {
    ISO_WITNESS_INITIAL, /* what a location holds before the test begins */
    ISO_WITNESS_READ,
    ISO_WITNESS_WRITE,
    ISO_WITNESS_TAG_READ,    /* a tag check */
    ISO_WITNESS_TTD_READ,    /* a translation */
    ISO_WITNESS_HARDWARE,    /* hardware update of AF or dirty state */
    ISO_WITNESS_TAG_EVICTED, /* a line's tags leave the caches for a tier that stores none */
    ISO_WITNESS_FAULT,       /* MMU fault */
    ISO_WITNESS_TLBI,
    ISO_WITNESS_COMPLETION,   /* the TLBI has reached every CPU concerned */
    ISO_WITNESS_CACHE,        /* cleaning to the Point of Unification */
    ISO_WITNESS_MAINTENANCE,  /* DC to the Point of Coherency where copies differ */
    ISO_WITNESS_FETCH,        /* of an instruction that changes */
    ISO_WITNESS_IC,           /* instruction caches are invalidated */
    ISO_WITNESS_FILLED,       /* a cache takes a copy of what memory holds (mismatched mappings) */
    ISO_WITNESS_WRITTEN_BACK, /* a cache's copy goes to memory */
    ISO_WITNESS_BARRIER,      /* put in by explain: engines list no instruction that touches no memory */
    ISO_WITNESS_NOTHING       /* put in by explain: an instruction that should have accessed memory and did not */
};
enum { ISO_WITNESS_KINDS = 18 };

enum iso_witness_flag {
    ISO_WITNESS_ACQUIRE = 1,
    ISO_WITNESS_ACQUIRE_PC = 2,
    ISO_WITNESS_RELEASE = 4,
    ISO_WITNESS_EXCLUSIVE = 8,
    ISO_WITNESS_ATOMIC = 16,     /* of an atomic read-modify-write */
    ISO_WITNESS_FAULTS = 32,     /* the access faults because of this check */
    ISO_WITNESS_NEVER = 64,      /* read of a thread that waits for ever: the value never changes again */
    ISO_WITNESS_IS_TAG = 128,    /* the location is an allocation tag */
    ISO_WITNESS_DESCRIPTOR = 256 /* the location is a translation table descriptor */
};

/* Of the copies that mismatched mappings see, the one that caches of a domain keep. */
enum iso_witness_copy {
    ISO_WITNESS_IN_MEMORY,
    ISO_WITNESS_IN_INNER,
    ISO_WITNESS_IN_OUTER,
    ISO_WITNESS_IN_OWN /* + CPU */
};

#define ISO_WITNESS_NO_THREAD 255u /* initial writes, hardware on its own */

struct iso_witness_event {
    uint8_t kind; /* enum iso_witness_kind */
    uint8_t size; /* bytes at loc; 0: touches no memory */
    uint8_t thread;
    uint8_t copy;      /* enum iso_witness_copy: of it; WRITTEN_BACK: where it comes from */
    uint16_t flags;    /* enum iso_witness_flag */
    uint32_t insn;     /* instruction index in the thread */
    uint32_t section;  /* grows where the engine forgot the thread's past: `instance` starts again */
    uint32_t instance; /* instructions executed before this one, within the section */
    uint32_t time;     /* place in a linear order of the whole execution; ISO_WITNESS_NEVER: past its end */
    uint64_t
        loc; /* of data and descriptors the physical address with translation on, else the virtual one; of a tag its granule's */
    int page, frame;    /* page index: accessed through, lies in the frame of; -1: none */
    int pair, ttd, tag; /* index of the other half of a read-modify-write, the translation, the tag check; -1: none */
    struct iso_bytes16 value;
};

enum iso_witness_relation { ISO_WITNESS_RF, ISO_WITNESS_CO, ISO_WITNESS_FR };
struct iso_witness_edge {
    uint32_t from, to; /* event indices */
    uint8_t relation;  /* enum iso_witness_relation; co and fr to the next write only, others follow */
};

struct iso_witness {
    struct iso_witness_event *event; /* initial writes, hardware, then each thread's in program order */
    uint32_t nevents;
    struct iso_witness_edge *edge; /* by relation, from, to; each once */
    uint32_t nedges;
    struct iso_final state; /* with the effects of the tier that took part */
    char *text;             /* the state as it prints */
};
/* Frees it; NULL is fine. */
void iso_witness_free(struct iso_witness *witness);

#ifdef __cplusplus
}
#endif
#endif
