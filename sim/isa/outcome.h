/* Final states and sets of them: what an engine reports about a cell.
 * A final state is a value for every observable of the test plus the faults taken plus threads that can never go on. Two states are the same if
 * they print the same. Sets are sorted by their text, so that the same inputs give the same bytes. */
#ifndef ISOTIER_SIM_ISA_OUTCOME_H
#define ISOTIER_SIM_ISA_OUTCOME_H

#include "sim/isa/litmus.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ISO_FINAL_MAX_OBSERVABLES 96u
/* Every byte of data that the architecture leaves UNKNOWN: both engines write it where any value may be. Four or more such bytes print as UNKNOWN,
 * unless the test brings them with it. */
#define ISO_UNKNOWN_BYTE     0xd7u
#define ISO_FINAL_MAX_FAULTS 24u

struct iso_fault {
    uint8_t thread;   /* index in iso_test.thread */
    uint8_t type;     /* enum iso_fault_type */
    bool is_fetch;    /* instruction side */
    bool has_address; /* false: asynchronous or exception-generating instruction */
    uint32_t insn;    /* instruction index */
    uint64_t va;      /* faulting address as the program formed it, tag included */
};

/* One effect of a tier that ordinary memory does not have and that took part in an execution: why an outcome is new. Not part of a state's identity. */
enum iso_cause_effect {
    ISO_CAUSE_NONE,
    ISO_CAUSE_FAULT,          /* effect.kind FAULT: alignment, 0x35, external abort, SError, permission */
    ISO_CAUSE_NOP,            /* E3, A4: the instruction does nothing */
    ISO_CAUSE_HANG,           /* a completion never comes */
    ISO_CAUSE_LOCAL_ONLY,     /* exclusive checked by the local monitor alone (E4, E5) */
    ISO_CAUSE_FAILS_KEEPS,    /* exclusive never succeeds, memory keeps */
    ISO_CAUSE_FAILS_WRITES,   /* exclusive reports failure and writes (CHI B6.3.4) */
    ISO_CAUSE_STATUS_UNKNOWN, /* E6 */
    ISO_CAUSE_NONATOMIC,      /* read-modify-write not atomic for others (A5) */
    ISO_CAUSE_TORN,      /* single-copy atomicity smaller than ordinary memory's, partial write rewritten by the tier */
    ISO_CAUSE_DATA_ONES, /* all ones read, no error */
    ISO_CAUSE_DATA_LOST, /* write completed with success and dropped */
    ISO_CAUSE_STALE, /* a copy that nobody invalidated was read: no coherence, mismatched attributes, early acknowledgement */
    ISO_CAUSE_TAG_UNCHECKED,     /* tag check silently off */
    ISO_CAUSE_TAG_ZERO,          /* tag read or compared as zero */
    ISO_CAUSE_TAG_MATCH_FAILS,   /* Match write fails whatever the tag */
    ISO_CAUSE_TAG_DROPPED,       /* tag write dropped or ignored */
    ISO_CAUSE_TAG_ALIASES,       /* tag write landed in other memory */
    ISO_CAUSE_ORDER,             /* ordering other than ordinary memory's */
    ISO_CAUSE_EMULATED,          /* a kernel does in pieces what an Alignment fault stopped */
    ISO_CAUSE_NOP_READ,          /* the same of an instruction that writes nothing: registers keep what they hold */
    ISO_CAUSE_REVERTED,          /* a write-back put older bytes over what was written: mismatched attributes */
    ISO_CAUSE_MIXED_TRANSLATION, /* two TLB entries for an address, and fields of both translated it (CH-50) */
    ISO_CAUSE_REPEATED, /* a store in several accesses, some of them made again: over what others wrote meanwhile (CH-38) */
    ISO_CAUSE_DISTURBED /* speculative reads have changed what the location holds (CH-61) */
};
struct iso_cause {
    uint16_t rule;     /* index in the rule register (models/rule.h) */
    uint8_t effect;    /* enum iso_cause_effect */
    uint8_t tier, hop; /* indices in the machine and in the tier's path */
    uint8_t thread;
    uint16_t insn;
};
#define ISO_FINAL_MAX_CAUSES 8u

struct iso_final {
    struct iso_bytes16 value[ISO_FINAL_MAX_OBSERVABLES]; /* by observable index; FAULT kinds unused */
    uint32_t nfaults;
    uint32_t no_progress;                         /* bit per thread that loops for ever */
    struct iso_fault fault[ISO_FINAL_MAX_FAULTS]; /* each distinct fault once, any order */
    uint32_t ncauses;
    struct iso_cause
        cause[ISO_FINAL_MAX_CAUSES]; /* in the order they took effect; of equal states the one with fewest is kept */
};

/* The text of a state in the notation of the herd tools: "0:X0=1; [x]=2; Fault(P1:L0,x,TagCheck);" ("NoProgress(P1);" is ours).
 * Only faults that some pattern of the condition speaks about are shown; what software made of a fault always is: "Signal(P0:L0,x,SIGBUS:BUS_OBJERR);",
 * "Exit(P0:L0,x,EFAULT);", "Killed(VM);", "Panic(host);". A condition asks for them as fault(P0:L0,x,SIGBUS:BUS_OBJERR), fault(P0,VMM:EFAULT), fault(P0,VM:Killed),
 * fault(P0,Host:Panic). Canonical: equal states give equal text.
 * Writes at most size bytes with NUL, returns the full length. */
size_t iso_final_text(char *out, size_t size, const struct iso_test *test, const struct iso_final *state);
/* "MMU:Translation", "TagCheck"; "None" for what is no enum iso_fault_type. */
const char *iso_fault_type_name(unsigned type);
/* Whether the condition's body (without its quantifier) holds / the filter lets the state through. */
bool iso_final_satisfies(const struct iso_test *test, const struct iso_final *state);
bool iso_final_passes_filter(const struct iso_test *test, const struct iso_final *state);
/* Whether the VM was killed or the host went down; then only what survives it is observed: registers of the host's threads (none where no Guest= says who is the host, and none behind a panic). A
 * comparison with anything else is false. */
bool iso_final_is_killed(const struct iso_final *state);
bool iso_final_survives(const struct iso_test *test, const struct iso_final *state,
                        const struct iso_observable *observable);
/* Whether the observable is an element of a long array: what becomes UNKNOWN of such a one does so as a whole (CH-61), in both engines. */
bool iso_observable_is_one_of_many(const struct iso_test *test, const struct iso_observable *observable);
/* One value as it would print for an observable of this type: number, address with colour, descriptor, label. */
size_t iso_value_text(char *out, size_t size, const struct iso_test *test, uint8_t type, uint8_t bytes,
                      struct iso_bytes16 value);

enum iso_test_verdict { ISO_ALWAYS, ISO_SOMETIMES, ISO_NEVER };

/* What of a final state its text does not say for sure: all faults, threads that can never go on, and why. A view: who owns the lists is said where it stands. */
struct iso_end {
    uint32_t nfaults, ncauses;
    uint32_t no_progress;
    const struct iso_fault *fault;
    const struct iso_cause *cause;
};
/* The end of a state; its lists are the state's. */
struct iso_end iso_final_end(const struct iso_final *state);

struct iso_outcome {
    char *text;           /* owned by the set */
    uint64_t count;       /* times seen (timed) or executions that give it (exhaustive, may be 1) */
    bool satisfies;       /* condition body holds */
    struct iso_end state; /* lists owned by the set */
};
struct iso_outcome_set {
    struct iso_outcome *list; /* sorted by text once iso_outcome_set_sort was called */
    size_t count, capacity;
    uint64_t positive,
        negative; /* executions (exhaustive: at least their zeroness is exact) that satisfy the quantified body or not;
                                    for ~exists and forall as the herd tools count them */
    uint64_t candidates;
    bool bounded; /* the set may be incomplete; why in bound_reason */
    char bound_reason[160];
    uint32_t flags;   /* enum iso_outcome_flag bits */
    uint32_t *bucket; /* index + 1 in list by hash of text; private */
    size_t nbuckets;
    size_t bytes; /* that the states take */
};
enum iso_outcome_flag {
    ISO_OUTCOME_BBM_EXPECTED = 1, /* a descriptor is changed without the break-before-make that it needs (D8.17.1) */
    ISO_OUTCOME_CONSTRAINED_UNPREDICTABLE = 4,
    ISO_OUTCOME_PARTS_LEFT_OUT = 8 /* executions that read a part of a location: setup.whole_locations */
};

void iso_outcome_set_init(struct iso_outcome_set *set);
/* Adds one execution's final state (deduplicated by text; drops those the filter refuses). */
void iso_outcome_set_add(struct iso_outcome_set *set, const struct iso_test *test, const struct iso_final *state,
                         uint64_t count);
/* How far a set has come that is not sorted yet; takes out again what was added since. */
struct iso_outcome_mark {
    size_t count, bytes;
    uint64_t positive, negative;
};
struct iso_outcome_mark iso_outcome_set_mark(const struct iso_outcome_set *set);
void iso_outcome_set_cut(struct iso_outcome_set *set, const struct iso_outcome_mark *mark);
void iso_outcome_set_sort(struct iso_outcome_set *set);
enum iso_test_verdict iso_outcome_set_verdict(const struct iso_outcome_set *set, const struct iso_test *test);
void iso_outcome_set_free(struct iso_outcome_set *set);

#ifdef __cplusplus
}
#endif
#endif
