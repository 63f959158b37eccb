/* The instruction window of a CPU: dynamic instructions in program order with their registers, and what the scan over them gathers.
 * Not for: what any of it means; see cpu.h. */
#ifndef ISOTIER_SIM_PLATFORM_WINDOW_H
#define ISOTIER_SIM_PLATFORM_WINDOW_H

#include "sim/platform/context.h"
#include "sim/platform/program.h"

namespace iso
{

constexpr unsigned WINDOW = 64; /* slots, power of two */
constexpr unsigned WINDOW_LIMIT = 24;
constexpr int NO_PRODUCER = -1;
constexpr uint64_t NEVER = UINT64_MAX;

struct source_value {
    bool have;
    int8_t producer; /* slot, or NO_PRODUCER: the architectural register */
    uint32_t producer_uid;
    uint64_t value;
};

struct result_value {
    bool ready;
    uint64_t value;
};

/* Life of a memory effect. */
enum class phase : uint8_t {
    WAIT,   /* something it needs is missing */
    DELAY,  /* ready; issues at `when` */
    FLIGHT, /* requested; arrives at `when` */
    BOUND,  /* a load: value taken */
    DONE,   /* all effects visible */
};

enum class walk : uint8_t { IDLE, FLIGHT, AT_HEAD };

struct entry {
    const decoded *d;
    uint32_t index; /* instruction in the thread */
    uint32_t uid;   /* number of this dynamic instruction in its CPU, from 1 */
    bool live;
    bool started; /* its turn has come: eligible_at is over */
    bool done;    /* nothing left to do: may retire */
    uint64_t born, eligible_at, when;
    source_value source[SOURCES];
    result_value result[RESULTS];

    /* memory */
    phase state;
    walk walking;
    bool address_known, translated, data_ready;
    bool check_tags;                /* the access is Tag Checked */
    bool faulting;                  /* waits for the head of the window to take its fault */
    bool fault_is_mmu;              /* translation is tried again there first */
    bool older_writes, older_reads; /* as of the last scan: some older write, some older read is open */
    bool peek, peeked;              /* atomic: may read early; has read early */
    bool assume, assumed; /* CAS: may take the comparison to hold; has: its result register keeps the compared value */
    bool split, locked;   /* atomic: may read for good before it writes; has, and others' writes there wait */
    bool computed;        /* atomic: the bytes to write are known (after the early read) */
    bool hold;            /* a DSB on another CPU waits for it (old translation) */
    bool requested;       /* permission was asked for once: no second round trip */
    uint8_t fault;        /* enum iso_fault_type */
    uint8_t pieces_done;  /* torn accesses: bytes that have taken effect */
    uint8_t tier, domain;
    bool uncached;
    uint64_t va, base_after, pa;
    int page;
    const resolved *effect;
    iso_attribute attribute;
    uint8_t data[64];    /* stored, or loaded */
    uint8_t old[16];     /* atomic: the value read */
    uint8_t tags[16];    /* stored: one per granule; loaded */
    uint32_t writer[16]; /* which writes a load read, by byte */
    uint32_t tag_writer;
    uint32_t write_id; /* number of this instruction's own write */

    /* control */
    bool resolved_branch, predicted;
    uint32_t predicted_next;
    bool pick_unverified;
    uint32_t pick_mask;
};

/* What lies before an instruction in program order and is not finished: gathered from oldest to youngest. */
struct order_state {
    bool load_block;        /* loads and tag reads must wait: barrier, acquire */
    bool store_block;       /* writes must wait */
    bool walk_block;        /* table walks must wait: DSB, ISB, exception */
    bool unbound_read;      /* some read has no value yet */
    bool unbound_no_return; /* ... whose result is dropped */
    bool unbound_tag;       /* some implicit tag read has no value yet */
    bool unperformed_write;
    bool unperformed_release;
    bool speculative; /* something before may still squash this: branch, prediction, fault, unknown address */
    bool exclusive_pending;
    bool device_pending; /* an access that nR or arrival order keeps in program order */
};

} // namespace iso

#endif
