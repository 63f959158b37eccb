/* Claims: writes that need not wait. Where the first write still to come of a thread is the same whatever the thread has read, and nobody else accesses the place
 * before the thread releases it, the write may come at once: it commutes with all that could come before it. So a thread that fills in its own node of
 * a queue is no state of the search for each order in which it may do so.
 * Whether nobody does is not known beforehand. A write that looks like it claims its place for its thread, until the thread makes a Release that is
 * explored in every order; who accesses the place meanwhile shows that there were other orders, and the search begins again with that claim forbidden.
 * An execution that accesses the place before the write would have to do so before the Release, too, and the write made first does not hinder it: the first
 * such access is found. Executions explored are executions, whichever claims hold.
 * Reads that need not wait are the same from the other side. A load that can go finds what memory holds; that it goes later and finds another value matters only
 * where another thread writes the place first. So ways in which it does are left out, and its place counts as read early, until the thread makes a Release,
 * which comes after the load; who writes the place meanwhile shows that the load could have been late, and the search begins again with that forbidden.
 * Up to the first such write the thread makes the same moves whether the load is late or not: what depends on it is ordered after it. A write that leaves the value as it
 * was is none. A load with Acquire is there to wait for others: it is made at once only where a walk stops in front of it (walk_horizon.c) and the thread goes on with what
 * there is, and a way that is stuck there with something else is left out; not in front of an earlier load of the same bytes, which would have to come first. A
 * load of an atomic is not concerned; nor is one that a CAS may compare with: with another value there is no write, and other moves come
 * before the load. Nor is one behind a Release still to come, which may come before the load does, nor any as long as the thread stands between the two halves of
 * an atomic: a thread that gets there first ends that way, and may write the place.
 * What a state claims says nothing of how it goes on, only of what would show that it should not have: states that differ in that alone are one (states.h, marks).
 * Where threads translate that is so of the reads alone that a walk stops in front of, a kernel's of a page that it copies (walk_copy.c): they are made as soon as they can be.
 * A completion is no Release; nor is a write that is made before all else (unmet.h).
 * Not for: places that one thread alone ever accesses (private.c). A Release is any write that comes after all that may have been made at once before it: by a barrier, too (order.c). */
#ifndef ISOTIER_SIM_EXPLORE_CLAIMS_H
#define ISOTIER_SIM_EXPLORE_CLAIMS_H

#include "sim/explore/machine.h"

/* Places that threads may not claim (from ISO_CLAIM_READS on: read early, from ISO_CLAIM_WITHHELD on: withhold writes there); kept from one round to the next, as is what
 * threads read from where on (live.h). */
enum {
    ISO_CLAIM_READS = ISO_THREADS_MAX,
    ISO_CLAIM_WITHHELD = ISO_CLAIM_READS + ISO_THREADS_MAX,
    ISO_CLAIMS = ISO_CLAIM_WITHHELD + ISO_THREADS_MAX
};

/* A write of a slot that was made, over that value (reach.h). */
struct iso_claims_write {
    uint64_t loc;
    uint8_t size;
    struct iso_bytes16 over, value;
};

struct iso_claims {
    struct {
        uint64_t loc;
        unsigned thread;
    } * forbidden;
    uint32_t count, capacity;
    bool given_up; /* too many of them */
    bool too_many; /* values of one place to say which are within reach (reach.h) */
    struct iso_live_read *read;
    uint32_t nreads, read_capacity;
    struct iso_claims_write *write;
    uint32_t nwrites, write_capacity;
};

/* By thread in a state: a bit for each slot that it claims; a bit for each that it read early. */
enum { ISO_CLAIM_WORDS = 4 };

static inline uint64_t iso_claims_of(const uint32_t *word, unsigned thread)
{
    return word[ISO_CLAIM_WORDS * thread] | (uint64_t)word[ISO_CLAIM_WORDS * thread + 1] << 32;
}
static inline uint64_t iso_claims_read(const uint32_t *word, unsigned thread)
{
    return word[ISO_CLAIM_WORDS * thread + 2] | (uint64_t)word[ISO_CLAIM_WORDS * thread + 3] << 32;
}

/* One of the two sets, at its first word. */
static inline void iso_claims_put(uint32_t word[2], uint64_t slots)
{
    word[0] = (uint32_t)slots;
    word[1] = (uint32_t)(slots >> 32);
}

/* A search begins; `whole`: not only reads that walks stop in front of need not wait. */
void iso_claims_begin(struct iso_ob_machine *m, bool whole);
/* Whether the read of [loc, loc+size) that a walk of the thread stops in front of may be made at once. */
bool iso_claims_may_read_soon(const struct iso_claims *known, unsigned thread, uint64_t loc, unsigned size);
/* Whether another thread looks at [loc, loc+size) while a write of the thread there may be withheld (withhold.h); one turned out to. */
bool iso_claims_is_looked_at(const struct iso_claims *known, unsigned thread, uint64_t loc, unsigned size);
void iso_claims_look_at(struct iso_ob_machine *m, unsigned thread, uint64_t slots);
/* What the claims in `word` are after a move of `thread` from threads at these nodes and from `memory`: `claimed` by it, released by it, or as they are. A write of what
 * another thread has read early, or hardware's of what its own has, forbids that, and sets machine->misclaimed; what that thread has read early is forgotten then, for
 * what follows shows nothing about it. */
void iso_claims_follow(struct iso_ob_machine *m, uint32_t *word, unsigned thread, const struct iso_move *move,
                       const uint32_t *node, const uint32_t *memory, bool claimed);
/* Slots that a load which could go, in front of all Releases still to come, finds with another value than it asks for, and which its thread reads early; 0: there is
 * none. */
uint64_t iso_claims_late_read(const struct iso_ob_machine *m, unsigned thread, const struct iso_residual *r,
                              const struct iso_view *view);
/* Whether the read that a residual's horizon awaits may be made at once, with this answer. */
bool iso_claims_may_read_now(const struct iso_ob_machine *m, unsigned thread, const struct iso_residual *r,
                             const struct iso_answer *answer);
/* The thread has read `slots` early. */
void iso_claims_read_early(uint32_t *word, unsigned thread, uint64_t slots);
/* The thread accesses `slots`: forbids the claims of others on them. True if there were some. */
bool iso_claims_touched(struct iso_ob_machine *m, const uint32_t *word, unsigned thread, uint64_t slots);
/* The thread whose next write may come at once; ISO_THREADS_MAX: none. Where a thread is about to access what another claims, machine->misclaimed is set. */
unsigned iso_claims_find(struct iso_ob_machine *m, const uint32_t *node, const uint32_t *word);

#endif
