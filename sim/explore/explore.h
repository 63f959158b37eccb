/* A program under exploration: all threads' traces, and what they share. Private to sim/explore.
 * Lifetime: one iso_program for one iso_explore(); everything lies in its arena or is freed with it. */
#ifndef ISOTIER_SIM_EXPLORE_EXPLORE_H
#define ISOTIER_SIM_EXPLORE_EXPLORE_H

#include "sim/explore/alias.h"
#include "sim/explore/domain.h"
#include "sim/explore/effect.h"
#include "sim/explore/event.h"
#include "sim/explore/walk.h"

/* Runs of one thread: most, most of a thread walked as a whole, and most as long as its horizons leave no read behind them where others may do better. */
enum {
    ISO_THREADS_MAX = 16,
    ISO_SLOTS_MAX = 64,
    ISO_TRACES_MAX = 400000,
    ISO_TRACES_EAGER = 300,
    ISO_TRACES_TRIED = 16384
};

struct iso_footprint {
    uint64_t loc;
    uint8_t size;
    uint32_t seen; /* writes of the domain known when it was first read */
    bool is_code;  /* instructions are fetched from it */
    bool is_written;
    uint32_t users, writers; /* bit per thread some run of which accesses it, writes it */
};

struct iso_footprints {
    struct iso_footprint *list;
    uint32_t count, capacity;
    bool grown; /* since the slots were cut */
};
/* Adds a footprint unless it is there; returns it, to stay until the next. */
struct iso_footprint *iso_footprints_add(struct iso_footprints *f, uint64_t loc, uint8_t size, bool is_code);

/* What the test changes of code: words of it, and descriptors of pages that hold some. Nothing is fetched as an Effect while this is empty and
 * every page of code is mapped as it should be: a fetch that can find one value only orders nothing (walk_fetch.c). */
struct iso_modified {
    uint64_t *loc; /* of a word of 4 bytes, or of a descriptor */
    uint32_t count, capacity;
};
bool iso_modified_has(const struct iso_modified *m, uint64_t loc);

/* One thread's traces and distinct ends. */
struct iso_thread_traces {
    struct iso_trace *trace;
    uint32_t ntraces, capacity;
    struct iso_final_part *final;
    uint32_t nfinals, final_capacity;
    uint32_t *final_bucket, nbuckets; /* finals by hash: number + 1 */
    uint32_t
        nobserved; /* register observables of the thread, and where each is among the registers shown by the thread that is walked for it */
    uint16_t observed[ISO_FINAL_MAX_OBSERVABLES];
    uint8_t place[ISO_FINAL_MAX_OBSERVABLES];
    uint32_t nshown; /* registers that some twin's observables name */
    uint8_t shown[ISO_FINAL_MAX_OBSERVABLES];
    struct iso_footprint *read; /* what its reads looked at, each once */
    uint32_t nreads, read_capacity;
    uint32_t batch;     /* first trace of the walk under way */
    uint64_t *live;     /* walk_loop.c */
    uint64_t *compared; /* walk_compared.c */
    uint64_t
        ends; /* registers that its end shows, wherever it may come to it: a loop that never ends shows what was in them before */
    bool *is_head;
    uint64_t *reach;  /* by instruction: loop heads that it may lead to, a bit each in program order; NULL: any */
    bool *waits_here; /* by instruction: inside a loop that may only wait */
    bool *reads_here; /* ... and a read of that round may be still to come */
    bool *
        fenced; /* by instruction: everything to come is behind a barrier that its read is before (walk_horizon.c); NULL: not known */
    uint32_t writes; /* most writes in one trace */
    bool walked;
    bool drops; /* some runs are abandoned for the values they read */
};

/* Values of which the thread makes the same, in order: one read may find any of them. Of TTD reads: descriptors, newest last. */
struct iso_alike {
    const struct iso_bytes16 *value;
    uint32_t count, hash;
};

struct iso_witness_request; /* witness.h */
struct iso_claims;          /* claims.h */

struct iso_program {
    const struct iso_setup *setup;
    const struct iso_explore_options *options;
    struct iso_witness_request *request; /* NULL: outcomes are all that is asked for */
    struct iso_arena *arena;
    struct iso_image image;
    struct iso_domain *domain;        /* kept from one round to the next */
    struct iso_effect_cache *effects; /* NULL: ordinary memory */
    struct iso_tier_choices *choices;
    struct iso_aliases *aliases; /* kept from one round to the next; NULL: ordinary memory */
    struct iso_thread_traces thread[ISO_THREADS_MAX];
    unsigned nthreads;
    uint8_t
        twin_of[ISO_THREADS_MAX]; /* the first thread that runs the same program: only that one is walked (twins.c) */
    uint8_t kin_of[ISO_THREADS_MAX]; /* the first thread that runs the same code (symmetry.h) */
    uint32_t has_twins;              /* bit per thread that is not alone */
    uint32_t faulty;                 /* bit per thread known to take faults on the machine (walk_loop.c), */
    uint32_t *faults;                /* and those that turned out to since the round began */
    uint64_t
        quiet_tables; /* bit per page: its descriptor lies where hardware's updates may do otherwise than set it; none without an access */
    uint64_t *
        conflicts; /* bit per page of whose descriptor a TLB can hold two that conflict (walk_conflict.c); kept from one round to the next */
    struct iso_alike *alike; /* number + 1 is in value.hi of TTD reads, and in alike of others */
    uint32_t nalike, alike_capacity;
    bool sets_stage1_af;
    bool sets_af;                      /* hardware may set AF out of the blue (TTHM) */
    const char *failure;               /* why the test cannot be run */
    struct iso_footprints *footprints; /* of all accesses, kept from one round to the next */
    struct iso_ob_machine *machine;    /* of the search that is under way; NULL: none is */
    bool lazy;                         /* threads are walked from horizon to horizon, as the search gets there */
    bool crowded;                      /* too many runs to walk threads as a whole */
    bool whole_horizons;               /* a horizon leaves no read behind it */
    bool tries_horizons;               /* ... as long as that is worth its while */
    bool has_early_horizons;           /* some did */
    uint64_t peripheral_bytes
        [ISO_TIERS_MAX]; /* by tier: size of a peripheral there, as its accesses say (event.peripheral) */
    bool retried_often;  /* a store may be started again, and written in part again, more often than is followed */
    bool may_uncount;    /* that is worth a try: */
    const struct iso_claims *claims; /* known from rounds before; NULL: too many */
    bool reads_soon;                 /* reads of kernels that copy pages are made as soon as they can (walk_copy.c) */
    bool withholds;                  /* writes that nobody looks at may wait for others (withhold.h) */
    bool uncounted;                  /* rounds of loops are forgotten at horizons (horizon.c, traps.h) */
    bool has_cuts;                   /* some run ended at the unrolling bound */
    struct iso_modified *modified;   /* kept from one round to the next */
    uint64_t unmapped_code;          /* bit per page of code that not every fetch may go through as the test begins */
    bool fetches;                    /* some instructions are fetched as Effects */
    bool refetch;                    /* a write to code turned up: threads have to be walked anew */
    bool dic, idc;                   /* CTR_EL0 of all CPUs */
    bool needs_bbm; /* a TLB can hold two descriptors of an address that need break-before-make between them */
    bool bounded;   /* such a run can really happen */
    bool left_out;  /* some run read what setup.whole_locations leaves out */
};

/* Walks all threads until no new value turns up. 0; -1 with program->failure. */
int iso_program_build(struct iso_program *program, struct iso_builder *builder);
/* twins.c: fills program->twin_of. Where a witness is asked for, each thread stands for itself. */
void iso_program_find_twins(struct iso_program *program);
/* The same for threads that run the same code, whatever is in their registers: program->kin_of. Not `wanted`: each stands for itself. */
void iso_program_find_kin(struct iso_program *program, bool wanted);
/* A number by thread: brings those of twins into order; goes on to the next way to exchange them (from that order; false, and back in it: all were there). */
void iso_twins_sort(const struct iso_program *program, uint32_t *key);
bool iso_twins_exchange(const struct iso_program *program, uint32_t *key);
/* A write of [loc, loc+size) changes code or its mapping. True if that was not known: the round begins again. */
bool iso_program_modifies(struct iso_program *program, uint64_t loc, unsigned size);
/* Keeps a trace as it is. */
void iso_program_keep_trace(struct iso_program *program, unsigned thread, const struct iso_trace *trace);
/* Keeps the builder's finished run. */
void iso_program_add_trace(struct iso_program *program, struct iso_builder *b);
/* Counts what a walk has written; `found`: others may find it. */
void iso_program_note_writes(struct iso_program *program, const struct iso_builder *b, bool found);
/* A write that the search has really made: its value may be read from now on. True if it was not known. */
bool iso_program_note_write(struct iso_program *program, unsigned thread, uint64_t loc, unsigned size,
                            struct iso_bytes16 value, bool is_hu);
/* Whether hardware may set the Access flag of this descriptor by itself; *after gets the value then. */
bool iso_program_sets_af(const struct iso_program *program, uint64_t loc, uint64_t descriptor, uint64_t *after);
/* Whether reads were walked without values that have turned up since. */
bool iso_program_has_news(const struct iso_program *program);
/* Number + 1 of a set of values, kept once; 0: it has one alone. */
uint32_t iso_program_alike(struct iso_program *program, const struct iso_alike *set);
/* Remembers that the thread looked at a location. */
void iso_program_note_read(struct iso_program *program, unsigned thread, uint64_t loc, unsigned size);
void iso_program_free(struct iso_program *program);

#endif
