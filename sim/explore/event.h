/* Events and traces: what one thread does, with every value concrete, and what its own order demands.
 * A trace is one way through a thread's program in which each read has been given a value that some write could supply.
 * `preds` holds everything that is local to the thread (Arm ARM B2.3: locally-ordered-before and
 * hardware-required-ordered-before without hazards); what depends on other threads is decided in machine.c.
 * Not for: choosing which write a read takes its value from (machine.c).
 * Not modelled: more than 64 events a thread (reported as bounded), SVE, SME, Advanced SIMD. */
#ifndef ISOTIER_SIM_EXPLORE_EVENT_H
#define ISOTIER_SIM_EXPLORE_EVENT_H

#include "sim/isa/engine.h"

enum { ISO_EVENTS_MAX = 64, ISO_TRACE_FAULTS_MAX = 8, ISO_TRACE_CAUSES_MAX = 8, ISO_TRACE_UNKNOWN_MAX = 2 };

/* Kinds of Effect (Arm ARM B2.3.1), one machine step each. */
enum iso_event_kind {
    ISO_EVENT_READ,     /* Explicit read of data, a tag (LDG) or a descriptor */
    ISO_EVENT_WRITE,    /* Explicit write */
    ISO_EVENT_TAG_READ, /* Implicit read of an allocation tag: a tag check */
    ISO_EVENT_TTD_READ, /* Implicit read of a descriptor: a translation */
    ISO_EVENT_HU,       /* Hardware update of AF or dirty state */
    ISO_EVENT_FAULT,    /* MMU fault */
    ISO_EVENT_TLBI,
    ISO_EVENT_COMPLETION, /* the point before everything that a DSB after a TLBI or IC holds back */
    ISO_EVENT_CACHE,      /* DC CVAU: no effect on values that data accesses find */
    ISO_EVENT_FETCH,      /* Implicit read of an instruction that some thread writes, or whose page moves */
    ISO_EVENT_IC,         /* IC: ends with a COMPLETION as TLBI does */
    ISO_EVENT_MAINTENANCE /* DC to the Point of Coherency of a line of which there are several copies (alias.h) */
};

enum iso_event_flag {
    ISO_EVENT_A = 1,                 /* Acquire */
    ISO_EVENT_Q = 2,                 /* AcquirePC */
    ISO_EVENT_L = 4,                 /* Release */
    ISO_EVENT_NORET = 8,             /* READ of an atomic without result */
    ISO_EVENT_AGAIN = 8,             /* WRITE: may have been made any number of times before */
    ISO_EVENT_EX = 16,               /* of an exclusive */
    ISO_EVENT_X = 32,                /* of an atomic read-modify-write */
    ISO_EVENT_TLB_UNCACHEABLE = 64,  /* TTD_READ that ends in a Translation or Access flag fault; FAULT of that type */
    ISO_EVENT_INNER_SHAREABLE = 128, /* TLBI, IC that is broadcast */
    ISO_EVENT_UNKNOWN = 128,         /* READ, FETCH: finds anything (walk_unknown.c) */
    ISO_EVENT_NOT_ATOMIC = 256,      /* write of a pair whose atomicity a tier does not keep */
    ISO_EVENT_WAITS = 512,           /* TTD_READ of a thread that waits for ever for a valid descriptor */
    ISO_EVENT_AS_WRITE = 4096,       /* READ of an error's state by a store: ordered as the store's write */
    ISO_EVENT_FAULTS = 2048,         /* TTD_READ, TAG_READ: the access faults because of it */
    ISO_EVENT_STAGE2 = 8192,         /* TTD_READ, HU: of a stage-2 descriptor; TLBI: stage-2 entries */
    ISO_EVENT_IDLE = 16384,          /* READ: its value decides at most which way its thread goes (future.h) */
    ISO_EVENT_NOT_STAGE1 = 16384,    /* TLBI: leaves entries of stage 1 and of both stages combined */
    ISO_EVENT_GUEST = 32768,         /* TLBI: entries of the guest's regime, not of the host's own */
    ISO_EVENT_COMPARED = 32768,      /* READ: a CAS may compare with it (walk_compared.c) */
    ISO_EVENT_SPIN = 1024            /* READ of a loop that goes round for ever unless memory changes */
};

struct iso_event {
    uint8_t kind; /* enum iso_event_kind */
    uint8_t size; /* bytes, 1..16; CACHE, IC: of the line */
    int8_t pair;  /* the other half of a read-modify-write, COMPLETION: its TLBI or IC; -1: none */
    int8_t ttd,
        tag; /* READ, WRITE, FAULT: the last TTD_READ that translated it (a stage-2 TTD_READ: that of stage 1), the TAG_READ that checked it;
                        -1: none */
    uint8_t
        releases; /* WRITE: what claims.h may make at once, before it in program order, comes before it as before a Release; no padding in this struct */
    uint16_t flags;
    uint16_t insn;     /* instruction index in the thread */
    uint16_t instance; /* events of one executed instruction share it; grows in program order */
    int16_t
        page; /* TTD_READ, HU: page translated (stage 2: the one that stands for the descriptor); TLBI: page or -1 for all */
    uint8_t
        peripheral; /* Explicit accesses that arrive in program order: tier + 1 of their peripheral, and ISO_PERIPHERAL_XS; 0: none. Besides, ISO_PERIPHERAL_READS */
    uint8_t alias;  /* definition under which it uses a split frame (alias.h); 0: the frame's only one */
    uint64_t loc;   /* physical location; see image.h. MAINTENANCE: of its line, in memory */
    struct iso_bytes16
        value; /* read or written; MAINTENANCE: lo copies, a bit each, hi enum iso_alias_maintenance; CACHE: lo copies; TTD_READ: hi descriptors that serve as well, see iso_program.alike */
    uint64_t preds;       /* bit per event that must come before this one */
    uint64_t own_writes;  /* READ, TAG_READ: Explicit writes of the thread, earlier in program order, that overlap */
    uint64_t hazards;     /* READ: Explicit reads of the thread, earlier in program order, that overlap */
    uint64_t between;     /* READ with pair: own Explicit writes in program order between the two */
    uint64_t siblings;    /* READ: the other pieces of the same single-copy atomic access, see iso_walk_read() */
    uint64_t same_offset; /* TTD_READ: earlier TTD_READs whose accesses have the same offset in their page */
    uint64_t users;       /* TTD_READ: accesses and faults it translated; FETCH: earlier ones of the thread */
    uint64_t
        alike; /* READ: values that serve as well, a number as in value.hi of TTD_READ (alike.h); 0: that one alone */
};

enum {
    ISO_PERIPHERAL_XS = 128,  /* accesses whose XS differs arrive in either order (CH-45) */
    ISO_PERIPHERAL_READS = 64 /* a read comes from the endpoint: the thread's own writes have got there (CH-43) */
};

enum { ISO_LINE_BYTES = 64 }; /* what a DC works on, and what is written back at once (CTR_EL0.DminLine, CWG) */

/* What the thread's end shows. */
struct iso_trace {
    const struct iso_event *event;
    uint32_t nevents;
    uint32_t final;                /* index of the thread's final (struct iso_final_part) */
    bool cut;                      /* ended at the unrolling bound: no end of the thread */
    bool lost;                     /* nor has this one an end (walk_lost.c) */
    struct iso_continuation *open; /* ended at a horizon, from where the thread goes on; NULL: no */
    bool canonical;                /* stands for all that go on alike: horizon.c */
    uint32_t hash;                 /* canonical: of what it goes on with */
};

/* Registers observed, faults and causes of a finished thread. Equal ones share an index. */
struct iso_final_part {
    const uint64_t *reg; /* by position among the registers that the thread shows */
    uint32_t nfaults, ncauses;
    bool no_progress;
    uint64_t unknown
        [ISO_TRACE_UNKNOWN_MAX]; /* locations that hold UNKNOWN data for ever, as the thread waits for others; 0: none */
    struct iso_fault fault[ISO_TRACE_FAULTS_MAX];
    struct iso_cause cause[ISO_TRACE_CAUSES_MAX];
};

#define ISO_BIT(i) (UINT64_C(1) << (i))

static inline bool iso_event_is_explicit(const struct iso_event *e) /* Exp & M */
{
    return e->kind == ISO_EVENT_READ || e->kind == ISO_EVENT_WRITE;
}
static inline bool iso_event_is_store(const struct iso_event *e) /* W */
{
    return e->kind == ISO_EVENT_WRITE || e->kind == ISO_EVENT_HU;
}
/* What hardware does of its own accord, in no place of program order: a tag that is evicted into other memory (walk_tag.c). Hardware updates of descriptors have a
 * pair, their TTD read. */
static inline bool iso_event_is_spontaneous(const struct iso_event *e)
{
    return e->kind == ISO_EVENT_HU && e->pair < 0;
}
static inline bool iso_event_is_load(const struct iso_event *e) /* R */
{
    return e->kind == ISO_EVENT_READ || e->kind == ISO_EVENT_TAG_READ || e->kind == ISO_EVENT_TTD_READ ||
           e->kind == ISO_EVENT_FETCH;
}
static inline bool iso_event_is_memory(const struct iso_event *e) /* M */
{
    return iso_event_is_store(e) || iso_event_is_load(e);
}
/* same-loc; under mismatched definitions the order between them is lost (Arm ARM B2.11: uniprocessor semantics) */
static inline bool iso_event_overlaps(const struct iso_event *a, const struct iso_event *b)
{
    return a->loc < b->loc + b->size && b->loc < a->loc + a->size && a->alias == b->alias;
}

#endif
