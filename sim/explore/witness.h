/* How the search came to a final state, as one execution. Private to sim/explore.
 * The search keeps sets of ways each thread can have gone; from the states on the way to a final one, this picks for each thread one way
 * through those sets and writes down what it performs and when.
 * Not for: the search itself (search.c). Not modelled: all ways to the same final state. */
#ifndef ISOTIER_SIM_EXPLORE_WITNESS_H
#define ISOTIER_SIM_EXPLORE_WITNESS_H

#include "sim/explore/machine.h"

/* What is asked for, and the answer. */
struct iso_witness_request {
    const struct iso_outcome *wanted;
    struct iso_final state;  /* how the witness ends, effects of tiers included */
    struct iso_witness *out; /* NULL: not found yet */
};

/* ---- recording ---- */

#define ISO_RECORD_MOVE  (-2) /* a write or completion, as against a read */
#define ISO_RECORD_AGAIN (-4) /* the same, and the write is still to come */
#define ISO_RECORD_MERGE (-3) /* the run goes on as another one (horizon.c) */

struct iso_record {
    uint32_t run;  /* MERGE: the run it goes on as */
    uint32_t from; /* MERGE: the run before */
    uint64_t done; /* MERGE: its steps performed */
    uint8_t step;
    int32_t index; /* TTD read: which entry of the descriptor's history; MOVE, MERGE; -1: none of these */
};

/* Steps on the way from one residual to `target`. */
struct iso_recorder {
    struct iso_residual target;
    struct iso_record *list, *found; /* under way; copy once the target is met */
    uint32_t count, capacity, nfound;
    bool is_found;
};

void iso_recorder_add(struct iso_recorder *recorder, struct iso_record record);
void iso_recorder_end(struct iso_recorder *recorder, const struct iso_residual *r);

static inline uint32_t iso_record_mark(const struct iso_ob_machine *m)
{
    return m->recorder ? m->recorder->count : 0;
}
static inline void iso_record_forget(struct iso_ob_machine *m, uint32_t mark)
{
    if (m->recorder)
        m->recorder->count = mark;
}
static inline void iso_record_step(struct iso_ob_machine *m, uint32_t run, unsigned step, int index)
{
    if (m->recorder)
        iso_recorder_add(m->recorder, (struct iso_record){.run = run, .step = (uint8_t)step, .index = index});
}
static inline void iso_record_merge(struct iso_ob_machine *m, const struct iso_residual *from, uint32_t run)
{
    if (m->recorder)
        iso_recorder_add(
            m->recorder,
            (struct iso_record){.run = run, .from = from->run, .done = from->done, .index = ISO_RECORD_MERGE});
}
static inline void iso_record_end(struct iso_ob_machine *m, const struct iso_residual *r)
{
    if (m->recorder)
        iso_recorder_end(m->recorder, r);
}

/* ---- from states to an execution ---- */

/* A state on the way, and the move that led to it. */
struct iso_passage {
    const uint32_t *node, *memory, *oldest, *cleaned; /* of the state */
    unsigned thread; /* that moved; ISO_THREADS_MAX: hardware on its own; first state: none */
    struct iso_move move;
    uint64_t changed; /* slots that it changed */
};

/* The execution along `passage`, whose last state is final with thread i's final part `final[i]`. Memory is the caller's, iso_witness_free(). NULL: the
 * states do not follow from each other. */
struct iso_witness *iso_witness_build(struct iso_ob_machine *m, const struct iso_passage *passage, uint32_t count,
                                      const uint32_t *final);

#endif
