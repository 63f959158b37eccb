/* Where nodes go when a move comes: it depends on the node, on the memory that its thread may look at, on how old its entries may be, and on which slots were written by
 * whom, or what entries it ends; many states share those. Private to sim/explore. */
#ifndef ISOTIER_SIM_EXPLORE_TRANSITIONS_H
#define ISOTIER_SIM_EXPLORE_TRANSITIONS_H

#include "sim/explore/machine.h"

enum { ISO_TRANSITION_KEY_MAX = 5 + 5 * ISO_SLOTS_MAX };

struct iso_transition_key {
    uint32_t word[ISO_TRANSITION_KEY_MAX];
    unsigned count; /* 0: not asked for */
};

/* What comes of a move for a thread. */
struct iso_transition {
    uint32_t to;
    uint64_t touched, dropped; /* as in struct iso_ob_machine */
};

struct iso_transitions {
    uint32_t *word;      /* rows of a key and its transition; NULL: none yet */
    uint32_t size, kept; /* rows there are; transitions put since it has so many */
    unsigned width;
};

/* own: the thread itself makes the move. changed: slots whose value is another now. */
void iso_transition_key(struct iso_transition_key *out, struct iso_ob_machine *m, uint32_t node, bool own,
                        const struct iso_move *move, uint64_t changed, const struct iso_view *view);
/* What is known to come of it. False: nothing is. */
bool iso_transitions_find(struct iso_transitions *t, struct iso_transition *out, const struct iso_transition_key *key);
/* Keeps what came of it just now, in place of something else if there is no room. All keys of one search have one length. */
void iso_transitions_put(struct iso_transitions *t, struct iso_ob_machine *m, const struct iso_transition_key *key,
                         uint32_t node, const struct iso_transition *transition);

#endif
