/* Order that a thread keeps by itself: one function a relation of Arm ARM B2.3.
 * The walk adds events in program order; each relation is a set of earlier events read off running sets, so that a whole trace is ordered in one pass.
 * Not for: order that needs other threads' events (hazards, observed-by, TLBI-ordered-before): machine.c.
 * Source: Arm ARM B2.3 (names as there), facts/oracle.md section 7. */
#ifndef ISOTIER_SIM_EXPLORE_ORDER_H
#define ISOTIER_SIM_EXPLORE_ORDER_H

#include "sim/explore/event.h"

/* Sources of an event's dependencies: bit masks of Explicit reads. */
struct iso_depend {
    uint64_t address, pick_address; /* through its address registers: Address and Pick address dependency */
    uint64_t data, pick_data;       /* through its data registers */
    uint64_t flow,
        pick_flow; /* everything that reaches the event: Dependency through registers and memory, with picks */
    uint64_t same; /* events of the same instruction that come before it: Intrinsic order */
};

/* Running sets of a thread in program order; events of the instruction under way are not in them yet. */
struct iso_order {
    uint64_t read, read_noret, write, tag, ttd, hu, tlbi, cache, fetch,
        ic;                                       /* by kind; fetches of the instruction under way too */
    uint64_t release;                             /* Explicit writes with Release */
    uint64_t control, pick_control;               /* reads that decided a branch so far */
    uint64_t address_access, pick_address_access; /* reads with an (pick) address dependency to an access so far */
    uint64_t translated, checked;                 /* TTD and tag reads whose access is behind us */
    uint64_t before_access;                       /* ordered before Exp & M, tag reads and MMU faults to come */
    uint64_t before_explicit;                     /* before Exp & M to come */
    uint64_t before_write;                        /* before Exp & W and MMU faults to come */
    uint64_t before_cache;                        /* before DC to come */
    uint64_t before_any, before_ttd; /* DSB: before everything but TTD accesses; before those too under ETS2, ETS3 */
    uint64_t before_all;             /* context synchronisation */
    uint64_t since,
        since_lost; /* what claims.h may make at once, unless a barrier or Acquire has it before everything to come; 1: some such are forgotten (horizon.c) */
};

/* Per event, only while a trace is built. */
struct iso_order_event {
    struct iso_depend depend;
    uint64_t lob; /* Locally-ordered-before, closed */
};

struct iso_builder;

/* A thread begins. */
void iso_order_begin(struct iso_order *o, const struct iso_thread *thread);
/* Orders event `i` of the builder, just added, against all earlier ones: fills event[i].preds and the lists of overlapping events. */
void iso_order_event(struct iso_builder *b, unsigned i);
/* The instruction whose events are from `first` on is done: they join the running sets. */
void iso_order_commit(struct iso_builder *b, unsigned first);
/* A barrier stands here in program order. */
void iso_order_barrier(struct iso_order *o, const struct iso_insn *insn, uint8_t ets);
/* A context synchronisation event stands here (ISB; exception entry and return): IFB-ordered-before.
 * `own`: tag, TTD reads and pick address sources of the fault itself. */
void iso_order_context(struct iso_order *o, uint64_t own);

#endif
