/* The machine: threads' traces against one memory, write by write.
 * An execution is allowed iff its Effects have a linear order that extends Ordered-before. In such an order each external read takes the value that is in
 * memory at its place, so that memory is a plain array that writes change one by one; an own write not yet in that order is read by forwarding
 * (internal visibility). Reads are invisible to other threads: for a given sequence of writes each thread's reads may be placed on
 * their own. So a state holds, by thread, the *set* of ways its reads can have gone, and only writes and TLBI completions branch.
 * Not for: what a thread demands of its own order (order.c). Not modelled: see event.h.
 * Source: Arm ARM B2.3 (External visibility requirement, Internal visibility requirement, Atomicity). */
#ifndef ISOTIER_SIM_EXPLORE_MACHINE_H
#define ISOTIER_SIM_EXPLORE_MACHINE_H

#include "sim/explore/explore.h"

/* One slot of an event: the bytes of a location that are always accessed together. */
struct iso_part {
    uint8_t slot;
    bool exempt;    /* READ with pair: an own write in between makes outside writes here harmless */
    bool forwards;  /* the latest own write supplies the value this read has */
    int8_t own;     /* latest own Explicit write in program order, -1: none */
    uint32_t value; /* number of the value in the slot's table */
};

/* What a move makes: of one step, or of more (withhold.h). */
struct iso_made {
    const struct iso_part *part;
    uint64_t slots;
    uint8_t nparts;
};

/* The same of a step that publishes the writes `with`, bit per step. */
struct iso_published {
    uint64_t with;
    struct iso_made made;
    struct iso_published *next;
};

/* An event as the machine sees it. */
struct iso_step {
    uint8_t kind;
    uint8_t nparts;
    int8_t pair;
    uint16_t flags;
    int16_t page;
    int8_t
        key; /* TTD_READ: what stale entries it may come from, see iso_ob_machine.key_slot; -1: none. MAINTENANCE: enum iso_alias_maintenance */
    uint64_t preds;
    uint64_t slots; /* bit per slot; CACHE, IC: of code in the line */
    uint64_t hazards, siblings, same_offset, users;
    const struct iso_part
        *part; /* TTD_READ, READ: the parts, then nalike - 1 times as many with other values that serve as well */
    uint32_t alike, nalike; /* TTD_READ, READ: number of the set of all values that serve, 0: one alone; how many */
    uint64_t with;          /* WRITE: what is withheld until then: withhold.h */
    struct iso_published *published; /* ... by what of it is still to come */
};
/* Its parts with value number k of those that serve. */
static inline const struct iso_part *iso_step_served(const struct iso_step *s, uint32_t k)
{
    return s->part + (size_t)k * s->nparts;
}

/* Whether a read finds anything. */
static inline bool iso_step_is_unknown(const struct iso_step *s)
{
    return (s->kind == ISO_EVENT_READ || s->kind == ISO_EVENT_FETCH) && (s->flags & ISO_EVENT_UNKNOWN);
}
/* Whether a read may be made so that some byte of it does not come from an own write still to come. */
static inline bool iso_step_reaches_memory(const struct iso_step *s, uint64_t done)
{
    for (unsigned i = 0; i < s->nparts; i++)
        if (s->part[i].own < 0 || (done >> s->part[i].own & 1))
            return true;
    return false;
}

/* The runs that go on from an open one where the read it awaits finds `value`. */
struct iso_answer {
    struct iso_bytes16 value;
    uint32_t first_child, nchildren;
    struct iso_answer *next;
};

/* What an open run goes on as with the steps `before` performed: that run, with those steps of it performed. */
struct iso_merged {
    uint64_t before, after;
    uint32_t run; /* UINT32_MAX: as itself */
    struct iso_merged *next;
};

enum { ISO_RID_MAX = 2, ISO_MOVES_MAX = 96 /* of one node */ };

struct iso_run {
    struct iso_step *step;
    uint32_t nsteps;
    uint32_t final;
    uint32_t
        end; /* number among the thread's ends: `final`, or where private slots are hidden, in iso_machine_thread.end */
    uint64_t all;              /* bit per step */
    uint64_t waits;            /* reads that a thread stuck for ever sees last */
    uint64_t sensitive;        /* reads that an outside write may spoil */
    uint64_t idle;             /* reads: ISO_EVENT_IDLE */
    uint64_t gate;             /* open: reads to be made before the thread goes on */
    bool cut, lost;            /* ended at the unrolling bound; without an end: walk_lost.c */
    bool canonical;            /* horizon.c */
    struct iso_merged *merged; /* what it was found to go on as */
    uint32_t kind;             /* of its horizon, iso_horizon_kind(); 0: not asked for yet */
    bool has_pc;               /* the next is set: the instruction that `open` goes on from (live.c) */
    uint32_t pc;
    bool extended; /* `open` has been walked on: */
    uint32_t first_child, nchildren;
    uint32_t parent;  /* number + 1 of the run that this goes on from where the read that it awaits is made; 0: none */
    uint64_t awaited; /* slots of the read that `open` awaits; 0: none */
    int8_t awaited_own;                  /* the own write that supplies it as long as it is still to come; -1: none */
    struct iso_answer *answer;           /* by what it found so far */
    const struct iso_continuation *open; /* the thread goes on when the gate's reads are made */
    uint64_t releases;                   /* writes: see struct iso_event */
    uint64_t stores;   /* steps that other threads see: writes, hardware updates, completions, cleaning of code */
    uint64_t withheld; /* writes that are made with others: withhold.h */
    uint64_t deferred; /* translations that no other is ordered after: translation.h */
};

/* Slot: a location or piece of one. */
struct iso_slot {
    uint64_t loc;
    uint8_t size;
    bool has_history; /* translations or fetches read it: what it held counts */
    bool is_code;     /* instructions are fetched from it */
    bool written;     /* some run writes it */
    struct iso_bytes16 *value;
    uint32_t nvalues, capacity;
};

/* The past of a descriptor or word of code: newest entry first. */
struct iso_history {
    uint32_t parent; /* number of the entry before, UINT32_MAX: none */
    uint32_t value;
    uint32_t length; /* entries up to this one */
};

/* One way a thread's run can stand. */
struct iso_residual {
    uint32_t run;
    uint32_t aux;  /* indices of history that still matter; 0: none */
    uint64_t done; /* steps performed */
};

/* A residual as it is kept once for all sets that it is in. */
struct iso_pooled {
    struct iso_residual r;
    uint64_t looks;  /* slots of which a write by another thread may change it */
    uint32_t stamp;  /* number of the set under way that it is in */
    uint32_t future; /* number + 1 of the one that stands for it (future.h); 0: not asked for yet */
    uint32_t
        rid[ISO_RID_MAX]; /* with has_rid: numbers + 1 of those that it goes on as once an idle read is made; 0: none */
    uint8_t thread;
    bool has_looks; /* they are set */
    bool has_rid;
    bool is_idle;      /* to be left out of the set under way */
    uint32_t stale;    /* number of the set under way in which it is stuck with what its place does not hold */
    uint32_t expanded; /* number of the set under way that all ways to go on from it are in */
};

/* Set of residuals; equal sets share a number. */
struct iso_node {
    uint32_t count;
    uint32_t first; /* in machine->member */
    uint32_t hash;
    uint32_t thread;
    uint32_t nmoves, first_move; /* in machine->origin; set when its moves are first asked for */
    bool has_moves;              /* they are set */
    int16_t
        claim; /* a move that every run has ahead and makes before all others in program order; -1: none. nmoves: one that is withheld otherwise */
    uint64_t touches;      /* slots that the thread may access next, or whose reads something may still spoil */
    uint64_t consults;     /* slots that were looked at so far to find what follows a move */
    bool may_end, may_cut; /* some run has all its steps done: one that is complete, one that ended at the bound */
    bool
        has_left; /* the next are set: whether some run has a TLBI or IC ahead; slots that some run has still to read, to write, and to find at its end */
    bool invalidates_left;
    uint64_t entries_left;   /* slots whose entries something that some run has ahead goes by */
    bool has_held;           /* the next are set: slots that the thread holds (holds.h), */
    uint64_t held, half_way; /* in all ways; in some */
    bool may_stick;          /* some run ends as one that goes round for ever, or hangs */
    uint64_t reads_left, writes_left, waits_left;
    uint64_t maintains_left; /* cached copies that some run's DC is still to work on */
    uint64_t
        looks; /* slots of which another's write may change a way: what is left to read, and reads made that it may spoil */
    uint64_t withheld;                    /* slots of which some run withholds a write that could be made, */
    const struct iso_part *withheld_part; /* and what those are */
    uint8_t nwithheld;
    bool has_met, has_common; /* the next two are set, and the last (unmet.h) */
    bool is_open;             /* some way goes on behind a horizon */
    bool has_looks;           /* the next is set: what its residuals look at (looks.h) */
    uint64_t all_looks;
    uint32_t live_version; /* of what was known when the next was worked out (live.c): */
    uint64_t live;         /* slots whose values its ways may look at */
    uint64_t assumed;      /* ... that they were taken not to */
    uint64_t met;          /* slots that its ways access, or watch */
    uint64_t common;       /* steps of its first residual: writes that all can make now */
};

/* Where a move of a node comes from: the first of its runs that can make it. */
struct iso_move_origin {
    uint32_t residual; /* in machine->pool */
    uint32_t step;
    bool releases; /* see struct iso_move */
};

/* How a run ends: its final, and what it leaves in private slots (value numbers, by position in iso_ob_machine.shown; those of other threads initial). */
struct iso_machine_end {
    uint32_t final;
    const uint32_t *value;
};

/* What goes on behind a horizon, but for what is pending there. */
struct iso_horizon_kind {
    uint32_t hash;
    const struct iso_walk *walk;
};

struct iso_machine_hash {
    uint32_t *bucket; /* number + 1 */
    uint32_t size, count;
};

/* Runs are added while the search goes on, so they are kept by address. */
struct iso_machine_thread {
    struct iso_run **run;
    uint32_t nruns, capacity;
    uint32_t nroots;             /* the first of them begin where the thread does */
    struct iso_machine_end *end; /* NULL: no private slots are hidden, ends are finals */
    uint32_t nends;
    struct iso_horizon_kind *kind;
    uint32_t nkinds, kind_capacity;
    struct iso_machine_hash canonical; /* of its canonical runs */
    uint64_t early;                    /* slots that its loads read as soon as they can: claims.h */
    uint64_t accessed, written;        /* slots that some run of it accesses, or writes, in this round or before */
    uint64_t unaccessed, unwritten;    /* slots that it was taken not to: unmet.h */
};

struct iso_machine_state; /* search.c */
struct iso_move;
struct iso_copies;  /* copies.h */
struct iso_futures; /* future.h */
struct iso_claims;  /* claims.h */
struct iso_reach;   /* reach.h */
struct iso_live;    /* live.h */
struct iso_under_way;
struct iso_symmetry;
struct iso_symmetry_names; /* symmetry.h */

struct iso_ob_machine {
    struct iso_program *program;
    struct iso_arena *arena;
    struct iso_slot slot[ISO_SLOTS_MAX];
    unsigned nslots;
    uint32_t initial[ISO_SLOTS_MAX];   /* value number of what the test began with */
    uint8_t descriptor[ISO_SLOTS_MAX]; /* slots that are descriptors */
    unsigned ndescriptors;
    int8_t descriptor_of_page[ISO_SETUP_MAX_PAGES]; /* index in descriptor[], -1 */
    /* TLB entries by what TLBI tells apart. The first `ndescriptors` keys are descriptors: entries of stage 1 by page, entries of stage 2 alone by
     * intermediate page. Behind them pairs: what an entry that combines both stages holds of stage 2, by page and intermediate page. Last, slots of
     * code: what instruction caches may hold. */
    uint8_t key_slot[ISO_SLOTS_MAX];                               /* whose history the key's index counts in */
    uint8_t pair_first[ISO_SLOTS_MAX], pair_second[ISO_SLOTS_MAX]; /* keys of the two stages */
    unsigned nkeys, first_code;                                    /* all; those before the keys of code */
    int8_t code_key[ISO_SLOTS_MAX]; /* by slot; -1: no instruction is fetched from it, or fetches need no IC */
    uint64_t stage2_keys;           /* bit per descriptor of stage 2 */
    uint32_t guests;                /* bit per thread in the guest's regime */
    struct iso_machine_thread thread[ISO_THREADS_MAX];
    unsigned nthreads;
    uint8_t shown[ISO_SLOTS_MAX]; /* private slots that final states show (private.c) */
    unsigned nshown;
    bool has_completions; /* states hold by thread how old its translations and fetches may be */
    bool completes;       /* some run has a completion */
    bool defers;          /* translations wait until they are wanted: translation.h */
    uint32_t broadcasts;  /* bit per thread some run of which has a completion for all threads */
    bool laid_out;        /* the search has begun */
    struct iso_history *history;
    uint32_t nhistories, history_capacity;
    struct iso_node *node;
    uint32_t nnodes, node_capacity;
    struct iso_pooled *pool;               /* all residuals met */
    uint32_t npool, pool_capacity, latest; /* latest: the one asked for last */
    struct iso_machine_hash pool_hash;
    uint32_t *member; /* of nodes, in the pool */
    uint32_t nmembers, member_capacity;
    struct iso_machine_hash node_hash, aux_hash;
    struct iso_move_origin *origin;
    uint32_t norigins, origin_capacity;
    uint32_t *aux; /* lists: length, entries */
    uint32_t naux, aux_capacity;
    uint32_t seen;     /* residual of the pool that is looked at; UINT32_MAX: it changes */
    uint32_t *scratch; /* the set under way, in the pool */
    uint32_t nscratch, scratch_capacity, scratch_stamp, scratch_sum;
    const char *failure;
    bool crowded;    /* horizons that leave reads behind them do not pay here: start again without (walk.c) */
    bool uncounts;   /* some run was cut at the unrolling bound: start again with rounds of loops not counted */
    bool trapped;    /* that may go on for ever */
    bool circles;    /* a round was met that is over without a move: rounds have to be counted */
    bool misclaimed; /* a claim (claims.h) did not hold */
    bool again;      /* a location or completion turned up that the states have no room for: start again */
    struct iso_builder *builder;             /* for walking on */
    struct iso_claims *claims;               /* NULL: no write is claimed */
    uint64_t forbidden[3 * ISO_THREADS_MAX]; /* slots not to be claimed, read early or withheld: claims.h */
    struct iso_symmetry_names *names;        /* NULL: threads have no symmetry */
    struct iso_symmetry *symmetry;           /* NULL: none, or no use for it */
    struct iso_reach *reach;                 /* by slot; NULL: no way of a thread is left out for what it waits for */
    uint64_t doubted[ISO_THREADS_MAX]; /* slots that others may look at while writes of the thread there are withheld */
    uint64_t forgettable;              /* slots whose values nobody sees that does not read them */
    struct iso_live *live;             /* live.h; NULL: no value is left out */
    uint64_t forgotten;              /* slots whose value was left out of some state, as nobody would read it: live.h */
    uint64_t consulted;              /* slots that were looked at since it was last cleared */
    uint64_t dropped;                /* slots whose late reads were left out since it was last cleared: claims.h */
    uint64_t touched;                /* slots that reads were made of since it was last cleared: claims.h */
    struct iso_under_way *under_way; /* residuals being worked out, the latest first, where rounds are not counted */
    struct iso_recorder *recorder;   /* witness.h; NULL: nobody asks how a set came about */
    bool merges;                     /* residuals with one future become one: where that is worth its while */
    struct iso_futures *futures;     /* future.h; NULL: none yet */
    struct iso_copies *copies;       /* NULL: all see one copy of every location */
};

/* Memory as a thread's closure sees it. */
struct iso_view {
    const uint32_t *memory; /* by slot: value number, or history number of a descriptor */
    const uint32_t *oldest; /* by key: smallest history index a translation or fetch may still use */
    const uint32_t *before; /* the same before the move under way */
    const uint32_t *
        cleaned; /* by key of code: history index at the Point of Unification; NULL: all that is written is there (CTR_EL0.IDC) */
};

/* Compiles the program's traces. 0; -1 with machine->failure. */
int iso_machine_build(struct iso_ob_machine *m, struct iso_program *program);
void iso_machine_free(struct iso_ob_machine *m);

/* private.c: takes accesses to slots of one thread alone out of what the search sees. */
void iso_machine_hide_private(struct iso_ob_machine *m);
/* Puts in place of an open run whose reads are all made the one that all ways of going on like it share. False: there is none. */
bool iso_horizon_canonical(struct iso_ob_machine *m, unsigned thread, uint32_t *run_number, uint64_t *done);
static inline const struct iso_merged *iso_run_merged(const struct iso_run *run, uint64_t done)
{
    const struct iso_merged *out = run->merged;
    while (out && out->before != done)
        out = out->next;
    return out;
}
/* Steps of a run that its canonical one begins with, the first one first. */
uint64_t iso_horizon_kept(const struct iso_run *run, uint64_t done);
/* Whether that will be so at the horizon of a run of which the steps `left` are still to come; a number for what it goes on as but for what will be pending; what
 * of the order so far will count for those, in words, with steps numbered as among `kept`. Returns their count, at most 160. */
bool iso_horizon_keeps(const struct iso_run *run, uint64_t left);
uint32_t iso_horizon_kind(struct iso_ob_machine *m, unsigned thread, struct iso_run *run);
unsigned iso_horizon_order(uint64_t *out, const struct iso_ob_machine *m, unsigned thread, const struct iso_run *run,
                           uint64_t left, uint64_t kept);
/* The thread's traces from `first` on join its runs. False: a place turned up that no slot stands for. */
bool iso_machine_add_runs(struct iso_ob_machine *m, unsigned thread, uint32_t first);
/* A move of `thread` has made memory what it is: its values may be read from now on. */
void iso_machine_note_writes(struct iso_ob_machine *m, const uint32_t *memory, unsigned thread,
                             const struct iso_move *move);
/* Walks an open run on. False: the search cannot go on (failure or again). */
bool iso_machine_extend(struct iso_ob_machine *m, unsigned thread, struct iso_run *run);
/* The same where it awaits a read, which finds `value`. NULL: the search cannot go on. */
const struct iso_answer *iso_machine_answer(struct iso_ob_machine *m, unsigned thread, struct iso_run *run,
                                            struct iso_bytes16 value);
/* What the read finds that a run awaits: the latest own write if that is still to come, else what memory holds. */
struct iso_bytes16 iso_machine_awaited(const struct iso_ob_machine *m, const struct iso_run *run, uint64_t done,
                                       const struct iso_view *view);
/* Slots that a thread which stands there is about to read as `open` awaits it; 0: none, or not yet. */
static inline uint64_t iso_run_awaits(const struct iso_run *run, uint64_t done)
{
    return run->gate & ~done ? 0 : run->awaited;
}
/* Number of a value in a slot's table, added if new. */
uint32_t iso_machine_value(struct iso_slot *slot, struct iso_bytes16 value);
/* History number of `value` after `parent`. */
uint32_t iso_machine_history(struct iso_ob_machine *m, uint32_t parent, uint32_t value);
/* Value number that a slot holds. */
static inline uint32_t iso_machine_top(const struct iso_ob_machine *m, unsigned slot, const uint32_t *memory)
{
    return m->slot[slot].has_history ? m->history[memory[slot]].value : memory[slot];
}

static inline struct iso_bytes16 iso_machine_now(const struct iso_ob_machine *m, unsigned slot, const uint32_t *memory)
{
    return m->slot[slot].value[iso_machine_top(m, slot, memory)];
}
/* What memory has in place of `now` once a value is written there: descriptors and code keep their past. */
static inline uint32_t iso_machine_written(struct iso_ob_machine *m, unsigned slot, uint32_t now, uint32_t value)
{
    return m->slot[slot].has_history ? iso_machine_history(m, now, value) : value;
}

/* Residual k of a node. */
static inline const struct iso_residual *iso_machine_residual(const struct iso_ob_machine *m, const struct iso_node *n,
                                                              uint32_t k)
{
    return &m->pool[m->member[n->first + k]].r;
}

/* A move that other threads see. */
struct iso_move {
    uint8_t kind; /* WRITE, COMPLETION, CACHE, MAINTENANCE */
    uint8_t nparts;
    uint8_t maintenance; /* MAINTENANCE: enum iso_alias_maintenance */
    uint8_t copying;     /* WRITE: enum iso_copying, made by caches on their own */
    bool broadcast;      /* COMPLETION: for all threads */
    bool guest;          /* COMPLETION: of the guest's regime */
    bool code;           /* COMPLETION: of an IC */
    bool is_hu;          /* WRITE: made by hardware */
    bool withheld;       /* WRITE: it is made by itself all the same (withhold.h) */
    bool releases;       /* WRITE: in every run a Release, after everything before it in program order */
    uint64_t slots;      /* MAINTENANCE: cached copies it acts on; copying: cached copies it is about */
    const struct iso_part *part;
    uint32_t bound[ISO_SLOTS_MAX]; /* COMPLETION: by key, history index + 1; 0: not concerned */
};

/* The thread's node at the start: nothing done, then all reads that can go. */
uint32_t iso_machine_start(struct iso_ob_machine *m, unsigned thread, const struct iso_view *view);
/* Whether a final state may show a slot. */
bool iso_machine_shows(const struct iso_ob_machine *m, const struct iso_slot *slot);
/* Slots of steps that can go as far as the thread's own order lets them, and of reads made that a write may still spoil. */
uint64_t iso_machine_touches(const struct iso_run *run, uint64_t done);
/* Whether an Explicit or tag read finds its value now: in the thread's latest own write if that is still to come (internal
 * visibility), else in memory. */
bool iso_machine_finds(const struct iso_ob_machine *m, const struct iso_step *s, uint64_t done,
                       const struct iso_view *view);
/* Distinct moves of a node, worked out once a node; returns their count, at most `max` (more: failure). */
unsigned iso_machine_moves(struct iso_ob_machine *m, struct iso_move *out, unsigned max, uint32_t node);
/* The node after its own move, memory already changed. UINT32_MAX: impossible. */
uint32_t iso_machine_make(struct iso_ob_machine *m, uint32_t node, const struct iso_move *move,
                          const struct iso_view *view);
/* The node after another thread's move (or hardware's), memory already changed: `changed` slots. UINT32_MAX: nothing of the set survives. */
uint32_t iso_machine_see(struct iso_ob_machine *m, uint32_t node, const struct iso_move *move, uint64_t changed,
                         const struct iso_view *view);
/* walk_conflict.c: notes the descriptors of which some TLB can hold what a move made of one together with what it was. `oldest`: of all threads. */
/* Whether that is still to be found out where nobody translates any more: for the warning alone. */
bool iso_machine_may_warn(const struct iso_ob_machine *m);
void iso_machine_note_conflicts(const struct iso_ob_machine *m, const uint32_t *memory, const uint32_t *oldest,
                                const struct iso_move *move);
/* Whether a residual is a finished run under this memory. */
bool iso_machine_is_finished(const struct iso_ob_machine *m, unsigned thread, const struct iso_residual *r,
                             const struct iso_view *view);

static inline void iso_swap_words(uint32_t *a, uint32_t *b, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint32_t kept = a[i];
        a[i] = b[i];
        b[i] = kept;
    }
}

static inline uint32_t iso_hash_words(const uint32_t *word, size_t count)
{
    uint64_t h = UINT64_C(0x9e3779b97f4a7c15) ^ count;
    for (size_t i = 0; i < count; i++) {
        h ^= word[i];
        h *= UINT64_C(0xff51afd7ed558ccd);
        h ^= h >> 32;
    }
    return (uint32_t)(h ^ h >> 29);
}

#endif
