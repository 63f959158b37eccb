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
constexpr int16_t NO_PRODUCER = -1;
constexpr uint64_t NEVER = UINT64_MAX;

struct source_value {
    bool have;
    uint8_t producer, result; /* slot, and which of its results; unused once there is a value */
    uint32_t producer_uid;
    uint64_t value;
};

/* A slot and one of its results in one number. */
constexpr unsigned PRODUCER_SLOT = 8;
static_assert(RESULTS <= PRODUCER_SLOT, "a result's number fits");
inline int16_t producer_of(unsigned slot, unsigned result)
{
    return static_cast<int16_t>(slot * PRODUCER_SLOT + result);
}

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

enum class walk : uint8_t { IDLE, FLIGHT, STAGE2, AT_HEAD };

struct entry {
    const decoded *d;
    uint32_t index; /* instruction in the thread */
    uint32_t uid;   /* number of this dynamic instruction in its CPU, from 1 */
    bool live;
    uint8_t missing; /* sources without a value */
    bool started;    /* its turn has come: eligible_at is over */
    bool done;       /* nothing left to do: may retire */
    uint64_t born, eligible_at, when;

    /* memory */
    phase state;
    walk walking;
    bool address_known, translated, data_ready;
    bool may_err;                   /* an error may befall the place */
    uint8_t condition;              /* enum iso_condition as of the last look */
    bool check_tags;                /* the access is Tag Checked */
    bool async_tag;                 /* a load's check failed, which is reported by the status register */
    bool faulting;                  /* waits for the head of the window to take its fault */
    bool fault_is_mmu;              /* translation is tried again there first */
    bool conflict;                  /* two TLB entries were found for it */
    bool older_writes, older_reads; /* as of the last scan: some older write, some older read is open */
    bool peek, peeked;              /* atomic: may read early; has read early */
    bool assume, assumed; /* CAS: may take the comparison to hold; has: its result register keeps the compared value */
    bool split, locked;   /* atomic: may read for good before it writes; has, and others' writes there wait */
    bool computed;        /* atomic: the bytes to write are known (after the early read) */
    bool updated;         /* hardware updated the descriptor for it: others have seen that */
    bool hold;            /* a DSB on another CPU waits for it (old translation) */
    bool emulated;        /* a handler does it in pieces after an Alignment fault */
    bool requested;       /* permission was asked for once: no second round trip */
    uint8_t fault;        /* enum iso_fault_type */
    uint8_t fetch_fault;  /* the same, of the fetch */
    uint8_t pieces_done;  /* torn accesses: bytes that have taken effect */
    bool tears;           /* may be taken in pieces and will be */
    bool written;         /* its data are in memory already, piece by piece */
    bool repeats;         /* its pieces are written again (CH-38) */
    uint8_t repeated;     /* bytes of those that have taken effect again */
    uint8_t tier, domain;
    bool uncached;
    bool through; /* its write reaches memory with its copy */
    uint32_t tag_writer;
    uint32_t write_id; /* number of this instruction's own write */
    uint64_t va, base_after, pa;
    int page;
    bool table_write;     /* the fault is of a table: of hardware's update of a descriptor there */
    int stage2_page;      /* that stands for its stage-2 descriptor, -1: one stage */
    uint64_t stage1, ipa; /* descriptor and result of stage 1 */
    uint8_t fault_stage;
    uint8_t first;       /* the access is over two pages: bytes on the first one; 0: it has one page */
    uint8_t whole_bytes; /* of a part of such an access: size and address of the whole; 0: no part */
    bool rest;           /* of such a part: not the one that is accessed first */
    uint64_t whole_va;
    const resolved *effect;
    iso_attribute attribute;

    /* control */
    bool resolved_branch, predicted, pick_unverified;
    uint32_t predicted_next;
    uint32_t pick_mask;

    /* From here on nothing is cleared when an instruction enters: set by who uses it. */
    source_value source[SOURCES];
    result_value result[RESULTS];
    uint8_t data[64];    /* stored, or loaded */
    uint8_t old[16];     /* atomic: the value read */
    uint8_t tags[16];    /* stored: one per granule; loaded */
    uint32_t writer[16]; /* which writes a load read, by byte */
};

/* An access over two pages, under way at the head of the window (cpu_straddle.cpp). */
struct straddle {
    uint32_t uid; /* of its entry; 0: none is under way */
    uint64_t when;
    entry part[2];
    decoded shape[2]; /* the instruction, with what of it is on each page */
    unsigned begin;   /* part that is accessed first */
    bool checked[2];  /* tier and tags of the part have been asked */
    bool decided;     /* what depends on both pages has been */
    uint8_t done[2];  /* bytes accessed */
    resolved both;
};

/* What lies before an instruction in program order and is not finished: bits, gathered from oldest to youngest. */
using order_state = uint32_t;
constexpr order_state LOAD_BLOCK = 1u << 0;        /* loads and tag reads must wait: barrier, acquire */
constexpr order_state STORE_BLOCK = 1u << 1;       /* writes must wait */
constexpr order_state WALK_BLOCK = 1u << 2;        /* table walks must wait: DSB, ISB, exception */
constexpr order_state UNBOUND_READ = 1u << 3;      /* some read has no value yet */
constexpr order_state UNBOUND_NO_RETURN = 1u << 4; /* ... whose result is dropped */
constexpr order_state UNBOUND_TAG = 1u << 5;       /* some implicit tag read has no value yet */
constexpr order_state UNPERFORMED_WRITE = 1u << 6;
constexpr order_state UNPERFORMED_RELEASE = 1u << 7;
constexpr order_state SPECULATIVE =
    1u << 8; /* something before may still squash this: branch, prediction, fault, unknown address */
constexpr order_state EXCLUSIVE_PENDING = 1u << 9;
constexpr order_state DEVICE_PENDING = 1u << 10; /* an access that nR keeps in order with others to its peripheral */
constexpr order_state ANY_OPEN = (1u << 11) - 1;

/* Events that make another look worthwhile. */
constexpr uint32_t WATCH_RESTART = 1u << 0; /* something happened outside of the scan */
constexpr uint32_t WATCH_MEMORY = 1u << 1;  /* an older memory instruction moved, and others were looked at */
constexpr uint32_t WATCH_ALWAYS = 1u << 2;  /* every scan: another look may differ for reasons of its own */

/* What the scan found at an instruction when it last looked, and what would make another look worthwhile. */
struct scan_mark {
    uint64_t due;       /* when it has something to do by itself; 0: never looked at */
    uint64_t waits;     /* slots whose results it waits for */
    order_state before; /* what was open before it */
    order_state cares;  /* bits of `before` that what it does, or adds, depends on */
    order_state adds;   /* what it leaves open for younger ones */
    uint32_t watches;   /* see below */
};

} // namespace iso

#endif
