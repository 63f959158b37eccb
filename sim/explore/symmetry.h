/* Symmetry between threads that run the same code on other things: each has a node of its own in a queue, or a number of its own. Exchange two such threads, and with
 * them what is named after them, and an execution becomes an execution. So states of the search that differ in such an exchange only are one, and a
 * final state stands for all that come of it.
 * What is named after a thread is not told beforehand. Wherever runs of one of the two turn up, those of the other are walked, too, and laid beside them; places and
 * values that stand in the same position get each other's names. Where that does not come out (runs of another shape, one name for two things), threads
 * have no symmetry, and the search begins again without. So nothing is taken on trust of what instructions do with an address or a number.
 * Not for: threads alike in their registers, too (twins.c, which is cheaper), and programs with such. Source: nothing of the architecture stands here. */
#ifndef ISOTIER_SIM_EXPLORE_SYMMETRY_H
#define ISOTIER_SIM_EXPLORE_SYMMETRY_H

#include "sim/explore/machine.h"

/* What was found out, kept from one round to the next. */
struct iso_symmetry_names {
    struct iso_symmetry_name {
        uint64_t loc[2];
        struct iso_bytes16 value[2];
        uint8_t size, exchange;
    } * list;
    uint32_t count, capacity;
    bool broken; /* there is none */
};

enum { ISO_IMAGES_MAX = 24 };

struct iso_symmetry;

/* A search begins or ends. Begin: machine->symmetry stays NULL where there is no use for it. */
void iso_symmetry_begin(struct iso_ob_machine *m, struct iso_symmetry_names *names);
void iso_symmetry_end(struct iso_ob_machine *m, struct iso_symmetry_names *names);

/* There is none after all: the search begins again. False. */
bool iso_symmetry_give_up(struct iso_ob_machine *m);

/* The functions of machine.h, done for everything that comes of the run by exchanging threads. */
bool iso_symmetry_extend(struct iso_ob_machine *m, unsigned thread, uint32_t run);
const struct iso_answer *iso_symmetry_answer(struct iso_ob_machine *m, unsigned thread, uint32_t run,
                                             struct iso_bytes16 value);
bool iso_symmetry_canonical(struct iso_ob_machine *m, unsigned thread, uint32_t *run, uint64_t *done);
/* Two residuals of the pool were found to go on alike: so must their images. */
void iso_symmetry_check(struct iso_ob_machine *m, uint32_t number, uint32_t other);
/* A value that a thread has written to a slot turned up: so do its images. */
void iso_symmetry_note_write(struct iso_ob_machine *m, unsigned thread, unsigned slot, uint32_t value);
/* The images of a state with claims (layout.h), itself first, until the next are asked for. NULL: the search cannot go on. */
const uint32_t *iso_symmetry_images(struct iso_ob_machine *m, const uint32_t *state, unsigned *count);
/* The one of them that stands for all: first by its nodes, then by all else. Until the next are asked for; NULL as above. */
const uint32_t *iso_symmetry_least(struct iso_ob_machine *m, const uint32_t *state);
/* How many exchanges of two threads all others come of. The slot that one of them makes of a slot, and *thread the thread that it makes of it; negative: none is known. */
unsigned iso_symmetry_exchanges(const struct iso_ob_machine *m);
int iso_symmetry_place(const struct iso_ob_machine *m, unsigned exchange, unsigned *thread, unsigned slot);
/* The slot that an exchange makes of a slot, and the number there of the value that it makes of *value; negative: none is known. */
int iso_symmetry_value(const struct iso_ob_machine *m, unsigned exchange, unsigned slot, uint32_t *value);
/* Slots named after other threads' like this one, itself included. */
uint64_t iso_symmetry_orbit(const struct iso_ob_machine *m, unsigned slot);

#endif
