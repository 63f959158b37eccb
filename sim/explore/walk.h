/* The walk through one thread: executes its program once for every combination of values its reads may be given.
 * Each run is a row of choices, like an odometer; after a run the last choice moves on and the walk resumes from the start of that instruction.
 * Not for: whether the values can really come together (machine.c).
 * Not modelled: see the files of the walk. */
#ifndef ISOTIER_SIM_EXPLORE_WALK_H
#define ISOTIER_SIM_EXPLORE_WALK_H

#include "models/monitor.h"
#include "models/translate.h"
#include "sim/explore/domain.h"
#include "sim/explore/effect.h"
#include "sim/explore/event.h"
#include "sim/explore/image.h"
#include "sim/explore/order.h"

enum {
    ISO_WALK_CHOICES_MAX = 256,
    ISO_WALK_LOOPS_MAX = 8,
    ISO_WALK_VISITS_MAX = 4,
    ISO_WALK_KNOWN_ROUNDS_MAX = 64,
    ISO_TAINT_RESERVATION = ISO_REG_COUNT,
    ISO_TAINTS
};

/* A loop head that a run has come by. */
struct iso_loop {
    uint32_t target; /* instruction index */
    uint32_t times;  /* backward branches taken to it */
    uint32_t known;  /* more of them, whose condition depended on nothing read */
    bool came_back;
    uint8_t nvisits;
    struct {
        uint64_t digest; /* of what was needed from there on */
        uint32_t effects;
        uint8_t nevents;
        bool unfair;              /* a spurious failure has happened since */
        bool refused;             /* a store exclusive has written and failed since, as its tier always makes it */
    } visit[ISO_WALK_VISITS_MAX]; /* the latest */
};

/* What one run carries from instruction to instruction; copied to resume. */
struct iso_walk {
    struct iso_regs regs;
    uint64_t flow[ISO_TAINTS];      /* by register: Explicit reads it depends on through registers and memory */
    uint64_t pick_flow[ISO_TAINTS]; /* the same with pick steps */
    struct iso_order order;
    uint32_t pc;   /* instruction index */
    uint32_t code; /* thread whose code it is in: a branch may lead into another thread's */
    uint16_t instance;
    uint8_t nevents, nfaults, ncauses, nloops;
    bool in_handler;                  /* a fault has been taken and not returned from */
    bool retried;                     /* the instruction is a store that is started again and has written a part */
    uint64_t retried_through;         /* ... translated by this descriptor alone; 0: by others */
    bool reserved;                    /* local monitor */
    struct iso_local_monitor monitor; /* the same on a machine, with its knobs */
    bool done, dead, stuck;           /* at the end; cannot be an execution; goes round for ever */
    bool cut;                         /* the loop bound is reached */
    bool lost;                        /* with other values it might come to an end: walk_lost.c */
    bool at_horizon;                  /* everything to come is ordered after all reads so far */
    uint8_t awaits;                   /* ... and begins with a read of so many bytes (walk_horizon.c); 0: it does not */
    uint8_t horizon;                  /* events at the last one */
    bool in_wait;       /* the instruction before is in a loop that may only wait, or nothing of it was forgotten yet */
    int8_t reservation; /* event of the load exclusive */
    uint8_t reserved_size;
    uint8_t late_tags;   /* bits of TFSR that a read of it may not show yet (CH-60) */
    uint8_t late_at_dsb; /* those of them before the last DSB: a context synchronisation event shows them */
    uint16_t cursor;     /* next choice */
    uint64_t reserved_loc, reserved_rest; /* rest: of the bytes on a second page, 0: none */
    struct iso_loop loop[ISO_WALK_LOOPS_MAX];
    uint64_t vain;    /* writes that are followed for the sake of reads still to come: walk_vain.c */
    uint32_t effects; /* writes and the like so far; a write of the value just read is none */
    struct iso_fault fault[ISO_TRACE_FAULTS_MAX];
    struct iso_cause cause[ISO_TRACE_CAUSES_MAX];
};

struct iso_choice {
    uint32_t taken, count;
    uint32_t snapshot; /* walk at the start of its instruction */
};

struct iso_program; /* explore.h */
struct iso_path;

struct iso_builder;

/* A walk to go on with: its state and events. */
struct iso_continuation {
    const uint64_t *w,
        *build; /* struct iso_walk, and struct iso_order_event by event, packed (words.h): iso_walk_unpack() */
    uint8_t nevents;
    uint64_t gate; /* reads that everything to come is ordered after: the walk goes on once they are made */
    bool inside;   /* a loop that may only wait: nothing of the past is forgotten, for the walk has to see its rounds */
    uint64_t awaited; /* where it reads first, w->awaits bytes, and finds the value that iso_walk_resume() is given */
    uint8_t awaits;   /* 0: it is given none */
    bool soon;        /* the read is made as soon as it can (walk_copy.c) */
    const struct iso_event *event;
};

/* All runs of thread `thread_index` with values from the program's domain; each finished one is handed to iso_program_add_trace(). */
void iso_walk_thread(struct iso_builder *b, struct iso_program *program, unsigned thread_index);
/* horizon.c: a walk to go on with and its events in few words, for there are many of them and most of their words are 0. */
void iso_walk_pack(struct iso_continuation *c, struct iso_arena *arena, const struct iso_walk *w,
                   const struct iso_event *event, const struct iso_order_event *build);
void iso_walk_unpack(struct iso_walk *out, const struct iso_continuation *c);
void iso_walk_unpack_order(struct iso_order_event *out, const struct iso_continuation *c, unsigned i);
/* ... clears registers that are neither read nor shown from there on. */
void iso_walk_drop_dead(const struct iso_program *program, unsigned thread, struct iso_walk *w);
/* walk_lost.c: the values read so far lead nowhere; others may. */
void iso_walk_drop(struct iso_builder *b);
/* Earlier events are shared by all runs that begin alike: what a later event or the end of the run just left wrote on them goes. */
void iso_walk_forget_later(struct iso_builder *b);
/* Makes known what a dropped run has written. */
void iso_walk_keep_lost(struct iso_builder *b);
/* All runs that go on from a horizon; `value`: what the read that it awaits finds, NULL if it awaits none. */
void iso_walk_resume(struct iso_builder *b, struct iso_program *program, unsigned thread_index,
                     const struct iso_continuation *from, const struct iso_bytes16 *value);

/* ---- inside the walk ---- */
/* walk_loop.c: finds the thread's loop heads; a backward branch was taken from instruction `from` by a condition on registers `control` (0: by none); the
 * walk is at a head (ends it where the round changed nothing). */
void iso_walk_find_loops(struct iso_builder *b);
/* Whether a fault in place of what an instruction does is followed in this round; else the run is none. */
bool iso_walk_expects_fault(struct iso_builder *b);
void iso_walk_count_loop(struct iso_builder *b, uint32_t target, uint32_t from, uint64_t control);
void iso_walk_enter_head(struct iso_builder *b);
/* Whether a walk of the thread may come by that loop head again. */
bool iso_walk_comes_back(const struct iso_program *program, unsigned thread, const struct iso_walk *w, uint32_t head);
/* A store exclusive failed that could have passed: rounds of loops under way are no proof that the loop never ends. */
void iso_walk_spurious(struct iso_walk *w);
/* A store exclusive wrote and failed, as it always will there: a loop that only its success could end never does. */
void iso_walk_refused(struct iso_walk *w);
unsigned iso_walk_choose(struct iso_builder *b, unsigned count); /* 0..count-1; marks the walk dead if count is 0 */
/* walk_horizon.c: whether there is a horizon behind the instruction at `before_pc`; whether the walk stops in front of the read of [loc, loc+size) that the current instruction is about to make, `preds` before it, until the search
 * knows what it finds; whether it has come back with that. Whether a store exclusive may follow that asks what the last load exclusive has left. */
bool iso_walk_is_horizon(struct iso_builder *b, uint32_t before_pc);
/* ... whether the next instruction has no Effect, so that a horizon may as well come behind it, with what was read perhaps no longer needed. */
bool iso_walk_runs_on(const struct iso_builder *b);
bool iso_walk_await(struct iso_builder *b, const struct iso_path *path, uint64_t loc, unsigned size, uint16_t flags,
                    uint64_t preds);
/* ... stops it there, as it was `before` the instruction; gate, inside and soon of the builder say how it goes on. */
void iso_walk_stop(struct iso_builder *b, const struct iso_walk *before, uint64_t loc, unsigned size);
bool iso_walk_is_answered(const struct iso_builder *b);
bool iso_walk_is_fenced(const struct iso_builder *b); /* a barrier orders everything to come after the current read */
void iso_walk_find_fenced(struct iso_builder *b);     /* where that is so */
/* walk_copy.c: the same of a load of a kernel's copy, through `path`, `preds` before it. */
bool iso_walk_await_copy(struct iso_builder *b, const struct iso_path *path, uint64_t loc, unsigned size,
                         uint16_t flags, uint64_t preds);
/* The last events, from `first` on, are translations that can find one descriptor only. */
bool iso_walk_is_fixed(const struct iso_builder *b, unsigned first);
/* walk_ahead.c: everything that comes behind the current load, of [loc, loc+size), meets it in a byte or comes behind such a barrier. */
bool iso_walk_leads(const struct iso_builder *b, uint64_t loc, unsigned size);
bool iso_walk_is_paired(const struct iso_builder *b, const struct iso_walk *w);
/* Adds an event of the current instruction; returns its index, or -1 after marking the failure (too many). */
int iso_walk_event(struct iso_builder *b, uint8_t kind, uint16_t flags, uint64_t loc, unsigned size,
                   const struct iso_depend *depend);
/* One value for a read of [loc, loc+size): chooses among what the location may hold. False: none (the run is dead). */
bool iso_walk_value(struct iso_builder *b, struct iso_bytes16 *out, uint64_t loc, unsigned size, bool is_ttd);
/* All that it may hold, in b->values. False: more than the engine holds (the run is dead). */
bool iso_walk_values(struct iso_builder *b, uint64_t loc, unsigned size, bool is_ttd);

/* Some instruction works with this value: if it is data that a mismatched store exclusive left UNKNOWN, any other could come of it. */
void iso_walk_use_value(struct iso_builder *b, uint64_t value);

/* Taints of the registers in a role mask. */
static inline uint64_t iso_walk_flow(const uint64_t *taint, uint64_t regs)
{
    uint64_t out = 0;
    while (regs) {
        out |= taint[__builtin_ctzll(regs)];
        regs &= regs - 1;
    }
    return out;
}

/* Descriptors that translated an access. */
struct iso_walked_descriptors {
    uint64_t stage1, stage2;
    bool has_stage2;
};

/* How an access came by its physical location. */
struct iso_path {
    uint64_t loc;
    int8_t ttd, ttd_stage1, tag; /* last TTD read; that of stage 1 where there are two */
    int8_t ttd_table;            /* that of stage 2 of the memory stage 1's descriptor lies in; -1: none */
    uint64_t other_ttds;         /* those of a second TLB entry's descriptor; see walk_conflict.c */
    uint64_t descriptor;         /* of stage 1 that translated it */
    bool updated,
        unupdated
            [2]; /* hardware has updated stage 1's for it; has not, by stage, which is for an Alignment fault alone (CH-49) */
    uint64_t va;                     /* as the program formed it */
    struct iso_depend depend;        /* for the access itself: address sources, flow, intrinsic order of writes */
    uint64_t read_same;              /* intrinsic order of reads: a read may be made before its tag check */
    const struct iso_effect *effect; /* what the tier does with it; NULL: ordinary memory */
    int8_t error;                    /* the read of an error's state that came before; -1: none */
    uint64_t error_state;            /* location of that state */
    uint8_t tier;
    uint8_t attribute;           /* point */
    uint8_t fault_stage;         /* of a fault by the tier */
    uint8_t refused;             /* fault 0x35 that comes after the tag checks; ISO_FAULT_NONE: none */
    bool xs;                     /* of its attribute */
    bool untagged;               /* a translation without allocation tags; only where no tier says it by `effect` */
    uint8_t alias;               /* definition of a split frame; 0: not split */
    bool monitor_unknown;        /* exclusives of the frame go through several definitions */
    uint32_t maintained;         /* DC, IC: copies it acts on; 0: all see one */
    bool own_caches;             /* DC, IC: in this CPU's caches alone */
    uint8_t tagging;             /* DC: of the memory its address names, enum iso_tagging */
    bool tags_with_data;         /* DC: caches write a line's tags back with its data (alias.h) */
    bool unordered;              /* nothing that Device promises of order holds (CH-37) */
    uint16_t first;              /* with rest: bytes of the access that are on the first page */
    const struct iso_path *rest; /* of the bytes on the second page; NULL: all are on one */
};
/* The part of a path that byte `offset` of its access is in, and where that byte lies. */
static inline const struct iso_path *iso_path_at(const struct iso_path *path, unsigned offset, uint64_t *loc)
{
    bool rest = path->rest && offset >= path->first;
    const struct iso_path *part = rest ? path->rest : path;
    *loc = part->loc + offset - (rest ? path->first : 0);
    return part;
}
/* Of `size` bytes from `offset` on, those that lie on the page of the first of them. */
static inline unsigned iso_path_bytes(const struct iso_path *path, unsigned offset, unsigned size)
{
    return path->rest && offset < path->first && offset + size > path->first ? path->first - offset : size;
}
/* Nothing of what is written stays. */
static inline bool iso_path_is_lost(const struct iso_path *path)
{
    return path->effect && path->effect->data_lost &&
           (!path->rest || (path->rest->effect && path->rest->effect->data_lost));
}
/* Definition that an event at `loc`, part of the path's access or a tag of it, counts under: what lies elsewhere has one copy. */
static inline uint8_t iso_path_alias(const struct iso_path *path, uint64_t loc)
{
    bool inside = !((iso_loc_bare(loc) ^ iso_loc_bare(path->loc)) / ISO_PAGE_BYTES);
    return path->alias && inside ? path->alias : 0;
}
/* A store over two pages whose first part may have been written when the other one faults; path NULL: none is under way. */
struct iso_partial {
    const struct iso_insn *insn;
    const struct iso_path *path; /* of the first part */
    unsigned part, first;        /* which page that is on; bytes of the store on the lower one */
    bool (*write)(struct iso_builder *b,
                  const struct iso_partial *partial); /* the bytes of that part. False: the run ends */
    struct iso_bytes16 data[2];                       /* of the two registers; of each granule */
    const struct iso_insn_uses *uses;
    uint64_t tag; /* STG and kin */
    bool zeroes;
};

/* Whether accesses of a store may be made again (CH-38); ALONE: ordinary memory, where it is one access, never does that; TOO: it does, too. */
enum iso_repeats { ISO_REPEATS_NO, ISO_REPEATS_TOO, ISO_REPEATS_ALONE };

struct iso_builder {
    struct iso_program *program;
    const struct iso_setup *setup;
    const struct iso_test *test;
    const struct iso_thread *thread;
    unsigned thread_index;
    struct iso_walk w;
    struct iso_event event[ISO_EVENTS_MAX];
    struct iso_order_event build[ISO_EVENTS_MAX];
    struct iso_choice choice[ISO_WALK_CHOICES_MAX];
    unsigned nchoices;
    struct iso_walk *snapshot;
    unsigned nsnapshots, snapshot_capacity;
    struct iso_domain_values values;
    bool resumed;                /* behind a horizon: the search is under way */
    struct iso_insn fetched;     /* decoded from a word that was fetched */
    const struct iso_insn *insn; /* under way; NULL: it is being fetched */
    bool fetching;
    struct iso_tier_effect effect[2]; /* of the access under way, by page (walk_straddle.c) */
    struct iso_path rest;             /* its part on the second page */
    struct iso_partial partial;
    const struct iso_path *reading; /* what the read under way goes through; NULL: none that a value is looked up for */
    int new_cause;                  /* that it added to the walk's; -1: none */
    uint8_t repeats;                /* enum iso_repeats of the store under way */
    uint8_t again;     /* of accesses of it that need not be made again: 0 not asked yet, 1 none may be, 2 all may */
    uint32_t made;     /* its accesses that this start of it makes, a bit each in the order of the walk; */
    uint8_t naccesses; /* those met so far */
    uint32_t loop_bound;
    uint64_t *live; /* by instruction: registers still needed; NULL: no loop */
    uint64_t
        *compared; /* by instruction: registers that a CAS may compare with; NULL: there is none (walk_compared.c) */
    bool *is_head; /* by instruction: a backward branch leads here */
    uint64_t gate; /* of the horizon under way, as in struct iso_continuation */
    bool inside;
    uint64_t awaited;
    bool soon;
    struct iso_bytes16 answer; /* what the read that is event `answered` finds, but for translations before it */
    unsigned answered;         /* ISO_EVENTS_MAX: none */
    const char *failure;       /* why the thread cannot be run; NULL: it can */
};

enum iso_path_status { ISO_PATH_OK, ISO_PATH_STOP };

struct iso_path_request {
    uint64_t va;
    bool write;     /* a write for permissions */
    bool update_db; /* hardware sets the dirty state */
    bool checked;   /* tag checked */
    bool probe;     /* AT: no fault, result in *fault */
    bool el0;       /* AT S1E0*: permissions of EL0 at any level */
    bool tags;      /* reads or writes tags explicitly */
    bool fetch;     /* of an instruction */
    uint16_t size;  /* of the whole access */
    /* of an access over two pages, where the rest is about one of them: */
    uint64_t whole_va;
    uint16_t whole; /* bytes of both; 0: there is one page */
    uint8_t part;   /* which page */
    bool rest;      /* not the one that is accessed first */
    bool emulated;  /* by a handler that took the Alignment fault of the whole */
    bool quiet;     /* nothing is accessed: hardware updates no descriptor */
};
/* What iso_walk_path_begin() finds out and iso_walk_path_end() goes on with. */
struct iso_path_walk {
    struct iso_depend address;
    struct iso_walked_descriptors descriptor;
    int page;
    bool checked;
};
/* Translation and tag check in front of an access. STOP: the instruction ends here (fault taken, waiting, or dead).
 * With probe, *fault gets the type instead. */
enum iso_path_status iso_walk_path(struct iso_builder *b, struct iso_path *out, const struct iso_insn *insn,
                                   const struct iso_insn_uses *uses, const struct iso_path_request *request,
                                   uint8_t *fault);
/* walk_priority.c: places in the order of faults, from the highest on; an Access flag fault stands above Alignment faults by memory type, and what is listed behind it below. */
enum iso_fault_rank {
    ISO_RANK_ACCESS_FLAG,
    ISO_RANK_PERMISSION,
    ISO_RANK_STAGE2,
    ISO_RANK_STAGE2_PERMISSION,
    ISO_RANK_TAG
};
/* Whether the access has an Alignment fault whatever its memory type is, and whether that is taken before anything is translated. */
bool iso_walk_is_misaligned(const struct iso_builder *b, const struct iso_insn *insn,
                            const struct iso_path_request *request);
bool iso_walk_faults_untranslated(struct iso_builder *b, const struct iso_insn *insn,
                                  const struct iso_path_request *request);
/* Of a guest's access that stage 1 has translated: whether its type there gives an Alignment fault, whatever tier stage 2 leads to. Takes it. */
bool iso_walk_faults_before_stage2(struct iso_builder *b, struct iso_path *path, const struct iso_insn *insn,
                                   const struct iso_path_request *request, int page);
/* Whether another fault is taken than that of `rank`, which the descriptors give the access. page: of the test; path->loc as they have it. */
bool iso_walk_outranked(struct iso_builder *b, struct iso_path *path, const struct iso_insn *insn,
                        const struct iso_path_request *request, int page,
                        const struct iso_walked_descriptors *descriptor, enum iso_fault_rank rank);
/* Whether the tags of an access are checked before its tier refuses it. */
bool iso_walk_checks_first(const struct iso_builder *b, const struct iso_insn *insn, const struct iso_effect *effect);
/* walk_tier.c: attribute of an access, and the stage that has its type to answer for: stage 2 where it changed what stage 1 says. */
struct iso_attribute iso_walk_attribute(const struct iso_builder *b, int page,
                                        const struct iso_walked_descriptors *descriptor, uint8_t *stage);
/* walk_compared.c: which loads a CAS may compare with; whether the current instruction is one. */
void iso_walk_find_compared(struct iso_builder *b);
bool iso_walk_is_compared(const struct iso_builder *b);
/* walk_vain.c: whether what a CAS that compares unequal writes back may be of no account. */
bool iso_walk_may_be_in_vain(const struct iso_builder *b);
/* ... whether a run that has come to its end, or to a horizon, is: another one can do all that it can. */
bool iso_walk_is_in_vain(const struct iso_builder *b);
/* ... whether nothing of the thread can find what such a CAS writes back before its read, event `read`, is made. */
bool iso_walk_is_not_found(const struct iso_builder *b, int read);
/* ... notes by the reads of such a run what their values are for (ISO_EVENT_IDLE). */
void iso_walk_find_idle(struct iso_builder *b);
/* walk_conflict.c: a translation from two TLB entries. */
enum iso_conflict_kind { ISO_CONFLICT_NONE, ISO_CONFLICT_AMALGAM, ISO_CONFLICT_ABORT };
struct iso_conflict {
    enum iso_conflict_kind kind;
    uint64_t other;      /* the second descriptor */
    uint64_t descriptor; /* AMALGAM: what is made of both */
};
/* Whether the translation that finds `descriptor` finds another entry too, and what comes of it. False: the run is dead. */
bool iso_walk_conflict(struct iso_builder *b, struct iso_conflict *out, int page, uint64_t descriptor);
/* The TTD read of the other entry, behind the event `ttd`, with the same flags. -1: the run ends. */
int iso_walk_conflict_read(struct iso_builder *b, struct iso_path *out, const struct iso_conflict *conflict, int ttd,
                           const struct iso_depend *depend);
/* Whether its tier may give the access an Alignment fault, with which it is open whether hardware updates the descriptors. */
bool iso_walk_may_misalign(const struct iso_builder *b, const struct iso_insn *insn,
                           const struct iso_path_request *request);
/* What DC or IC by address is to its translation. */
struct iso_mmu_maintenance iso_walk_maintenance(const struct iso_builder *b, const struct iso_insn *insn);
/* CH-63: DC or IC by address whose fault is optional, on a machine that does not raise it: one choice for all of an implementation. */
bool iso_walk_ignores(struct iso_builder *b, const struct iso_insn *insn, enum iso_mmu_fault fault);
/* The same in two steps, of bytes on one page: translation; then the tier's word and the tag check. *fault: NULL where no probe is meant. */
enum iso_path_status iso_walk_path_begin(struct iso_builder *b, struct iso_path *out, struct iso_path_walk *walk,
                                         const struct iso_insn *insn, const struct iso_insn_uses *uses,
                                         const struct iso_path_request *request, uint8_t *fault);
enum iso_path_status iso_walk_path_end(struct iso_builder *b, struct iso_path *out, const struct iso_path_walk *walk,
                                       const struct iso_insn *insn, const struct iso_path_request *request);
/* walk_straddle.c: bytes of the access on its first page; 0: it has one page. */
unsigned iso_walk_straddles(const struct iso_builder *b, const struct iso_insn *insn,
                            const struct iso_path_request *request);
/* ... the path of an access over two pages, first: bytes on the first one. STOP as above. */
enum iso_path_status iso_walk_straddle(struct iso_builder *b, struct iso_path *out, const struct iso_insn *insn,
                                       const struct iso_insn_uses *uses, const struct iso_path_request *request,
                                       unsigned first);
/* ... the second part of a store faults: the first one may have been written. */
void iso_walk_partial(struct iso_builder *b);
/* ... the same, where a handler puts the fault right and the instruction is started again. */
void iso_walk_early(struct iso_builder *b);
/* ... where the second part of a store meets an entry that its thread waits for: whether the first one has been written by then, and is written again. Chooses;
 * writes it. */
bool iso_walk_retries(struct iso_builder *b);
/* TTD reads that translated a part of an access whose descriptors may change, a bit each. */
uint64_t iso_walk_moving(struct iso_builder *b, const struct iso_path *path);
/* Translation alone, in front of an instruction fetch. STOP as above. */
enum iso_path_status iso_walk_path_of_fetch(struct iso_builder *b, struct iso_path *out, uint64_t va, int page);
/* walk_fetch.c: the instruction at the current place, where code or its mapping changes. NULL: there is none; the fault is taken or the run has ended. */
const struct iso_insn *iso_walk_fetch(struct iso_builder *b);
/* walk_stage2.c: stage 2 of a guest's access: out->loc comes in as an intermediate address and goes out as a physical one. STOP as above. */
enum iso_path_status iso_walk_stage2(struct iso_builder *b, struct iso_path *out, const struct iso_insn *insn,
                                     const struct iso_path_request *request, struct iso_walked_descriptors *descriptor);
/* Stage 2 of a guest's stage-1 walk: may the descriptor of `page` be read (where the memory that it lies in has a stage-2 descriptor)? STOP as above. */
enum iso_path_status iso_walk_table(struct iso_builder *b, struct iso_path *out, const struct iso_page *page,
                                    const struct iso_insn *insn, const struct iso_path_request *request,
                                    uint64_t *stage2);
/* ... and may hardware update it: write permission there, then what its tier makes of the update. *flags: of the update's event. *updates: false where the tier
 * does nothing. */
enum iso_path_status iso_walk_table_update(struct iso_builder *b, struct iso_path *out, const struct iso_page *page,
                                           const struct iso_insn *insn, const struct iso_path_request *request,
                                           uint64_t *stage2, uint16_t *flags, bool *updates);
/* Takes a synchronous fault of the given stage as the routing of the setup says. */
void iso_walk_routed(struct iso_builder *b, unsigned stage, uint8_t type, uint64_t va, uint64_t own,
                     uint64_t pick_flow);
/* Event i needs the translations of a path. */
void iso_walk_use(struct iso_builder *b, int i, const struct iso_path *path);
/* walk_tier.c: whether a handler does the access instead of an Alignment fault of `stage`. */
bool iso_walk_is_emulated(const struct iso_builder *b, const struct iso_insn *insn, unsigned stage);
/* What of an access iso_decide_*() looks at but for where it lies. */
void iso_walk_access(struct iso_access *out, const struct iso_builder *b, const struct iso_path *path,
                     const struct iso_insn *insn, const struct iso_path_request *request, bool checked);
/* What the tier does with an access whose location is known. STOP: nothing more of the instruction happens. */
enum iso_path_status iso_walk_tier(struct iso_builder *b, struct iso_path *path, const struct iso_insn *insn,
                                   const struct iso_path_request *request, int page,
                                   const struct iso_walked_descriptors *descriptor, bool checked);
/* The deviation of an effect becomes a cause of the walk's end. */
void iso_walk_add_cause(struct iso_builder *b, const struct iso_tier_effect *effect);
/* What the access under way met turned out otherwise: its cause is another one, or (ISO_CAUSE_NONE) none. */
void iso_walk_correct_cause(struct iso_builder *b, enum iso_cause_effect from, enum iso_cause_effect to);
/* The write ended the error it met: its state says so after everything the instruction wrote. False if the run ends. */
bool iso_walk_clear_error(struct iso_builder *b, const struct iso_path *path, unsigned first);
/* Takes a fault at the current instruction: records it, writes ELR, goes where the test's fault mode says. */
void iso_walk_fault(struct iso_builder *b, uint8_t type, bool has_address, uint64_t va, uint64_t own,
                    uint64_t pick_flow, bool stops);

/* The program's end by what software made of a fault (iso_fault_is_result()). */
void iso_walk_end(struct iso_builder *b, uint8_t result, uint64_t va);

void iso_walk_load(struct iso_builder *b, const struct iso_insn *insn);
void iso_walk_store(struct iso_builder *b, const struct iso_insn *insn);
void iso_walk_store_exclusive(struct iso_builder *b, const struct iso_insn *insn);
void iso_walk_atomic(struct iso_builder *b, const struct iso_insn *insn);
void iso_walk_cas(struct iso_builder *b, const struct iso_insn *insn);
void iso_walk_tag(struct iso_builder *b, const struct iso_insn *insn); /* LDG, STG, STZG, DC ZVA ... */
/* walk_tag.c: an asynchronous tag fault, and what may be seen of it when. */
void iso_walk_async_fault(struct iso_builder *b, uint64_t va, uint64_t pick_flow);
void iso_walk_tag_status(struct iso_builder *b, const struct iso_insn *insn);
void iso_walk_tag_barrier(struct iso_walk *w, const struct iso_insn *insn);
void iso_walk_system(struct iso_builder *b, const struct iso_insn *insn); /* TLBI, AT, DC, IC */

/* Pieces shared by the files of the walk. Reads and writes return the event's index, -1 if the run ends. */
uint16_t iso_walk_order_flags(const struct iso_insn *insn, bool read);
void iso_walk_link(struct iso_builder *b, int i, const struct iso_path *path);
int iso_walk_read(struct iso_builder *b, const struct iso_path *path, uint64_t loc, unsigned size, uint16_t flags,
                  uint64_t extra_flow, uint64_t same, struct iso_bytes16 *value);
/* walk_unknown.c: the same of bytes that speculative reads have changed, and whether they may have; notes what an access says of that. */
int iso_walk_read_unknown(struct iso_builder *b, const struct iso_path *path, uint64_t loc, unsigned size,
                          uint16_t flags, uint64_t extra_flow, uint64_t same, struct iso_bytes16 *value);
bool iso_walk_is_disturbed(struct iso_builder *b, uint64_t loc, unsigned size);
void iso_walk_disturb(struct iso_builder *b, const struct iso_path *path, const struct iso_path_request *request);
void iso_walk_blame_disturbance(struct iso_builder *b, unsigned tier); /* for what the run has found UNKNOWN */
/* UNKNOWN data. */
static inline struct iso_bytes16 iso_walk_unknown(unsigned size)
{
    const uint64_t pattern = ISO_UNKNOWN_BYTE * UINT64_C(0x0101010101010101);
    const struct iso_bytes16 whole = {pattern, pattern};
    return iso_bytes_slice(whole, 0, size);
}
int iso_walk_write(struct iso_builder *b, const struct iso_path *path, uint64_t loc, unsigned size, uint16_t flags,
                   struct iso_depend extra, int pair, struct iso_bytes16 value);
/* The same for the single-copy atomic accesses of exclusives and atomics, which may be over two pages (walk_straddle.c): one Effect for each, made at once. */
int iso_walk_read_whole(struct iso_builder *b, const struct iso_path *path, unsigned size, uint16_t flags,
                        struct iso_bytes16 *value);
int iso_walk_write_whole(struct iso_builder *b, const struct iso_path *path, unsigned size, uint16_t flags,
                         struct iso_depend extra, int pair, struct iso_bytes16 value);
/* End of an instruction that wrote: its own stores may open the local monitor. */
void iso_walk_after(struct iso_builder *b, const struct iso_path *path);
/* Base register after a load or store: from the base itself; post-index forms of loads take it from the translated address. */
void iso_walk_base(struct iso_builder *b, const struct iso_insn *insn, const struct iso_insn_uses *uses, uint64_t after,
                   const struct iso_path *path);
/* Bytes that an element of `size` bytes at loc is accessed in at once, from the first on: all, or what the tier leaves whole. */
unsigned iso_walk_whole_bytes(const struct iso_path *path, uint64_t loc, unsigned size);
/* Whether a pair is one single-copy atomic access. */
bool iso_walk_is_one_access(const struct iso_insn *insn, const struct iso_path *path);
/* walk_store.c: whether anything but the thread's own instructions may replace what its write (an event) leaves by something else: only then does it show that the write is made
 * again. Or, of what it reads, whether software of other threads may (not `by_hardware`). */
bool iso_walk_is_contested(struct iso_builder *b, const struct iso_event *write, bool by_hardware);
/* Bits of a read's event and of its other pieces. */
uint64_t iso_walk_bits(const struct iso_builder *b, int read);
/* Dependencies of a result register on the read it comes from. */
void iso_walk_result(struct iso_builder *b, uint8_t reg, int read);
/* After an instruction's accesses: base register write-back and its dependencies. */
void iso_walk_writeback(struct iso_builder *b, const struct iso_insn *insn, const struct iso_insn_uses *uses,
                        uint64_t base_after, uint64_t flow, uint64_t pick_flow);

#endif
