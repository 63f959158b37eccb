/* Copies of locations in caches, where mismatched mappings see more than one: what caches may do with them at any moment.
 * A cached copy is a slot of its own beside the slot of memory. It may be filled from memory unless it is dirty, and written back whenever it is: alone, its
 * dirty bytes only, or its whole line with the bytes that have grown old in it (Arm ARM B2.11: reverted by the Write-Back of cacheable bytes). To drop
 * a clean copy is to fill it anew at the next look. What an access covers at once is copied at once. What no thread writes is the same in all copies.
 * Allocation tags are copied as data are. Where some of a line's tags are dirty its other tags and its data may be written back with them (D10.6.3 RPMQPF,
 * RXPPBK); where its data are, its tags too if the implementation is of that kind (RFYDLC). A tier without tag storage loses what is written back.
 * A program ends when nothing is dirty any more, unless some thread goes round for ever: nothing need ever be written back for it. Tags that would be lost so
 * are there as long as they are dirty, at the end too.
 * Not for: which access looks at which copy (alias.h). Source: Arm ARM B2.11, B2.10.1, D10.6.3; facts/arm-attributes.md section 6. */
#ifndef ISOTIER_SIM_EXPLORE_COPIES_H
#define ISOTIER_SIM_EXPLORE_COPIES_H

#include "sim/explore/machine.h"

enum iso_copying { ISO_COPYING_NONE, ISO_COPYING_FILL, ISO_COPYING_WRITE_BACK };

/* Slots that are copied together, of one copy. */
struct iso_copy_unit {
    uint64_t slots;
    uint64_t line[2];  /* what may be written back with them: slots of the copy in the same line; 0: none more */
    uint64_t carriers; /* slots of the copy with which they may be written back */
};

struct iso_copies {
    uint64_t cached;                  /* bit per slot: a cached copy */
    uint32_t lossy;                   /* bits in the words below: tags that are lost when they are written back */
    uint8_t memory_of[ISO_SLOTS_MAX]; /* by cached slot: slot of memory */
    uint8_t number_of[ISO_SLOTS_MAX]; /* by cached slot: its bit in the words below */
    struct iso_copy_unit unit[ISO_SLOTS_MAX];
    unsigned nunits;
    unsigned dirty, newer,
        lost; /* words of a state, as slots behind all others: copies that are dirty; behind which memory has been written; whether something was lost so */
};

/* Finds the copies among the slots and adds the words. 0; -1 with machine->failure (too many). */
int iso_copies_build(struct iso_ob_machine *m);

/* Every way a cache may move next; returns their count. */
enum { ISO_COPYINGS_MAX = 4 * ISO_SLOTS_MAX };
struct iso_copyings {
    struct iso_move move[ISO_COPYINGS_MAX];
    struct iso_part part[ISO_COPYINGS_MAX][ISO_SLOTS_MAX];
};
unsigned iso_copies_moves(struct iso_ob_machine *m, struct iso_copyings *out, const uint32_t *memory);
/* After write_memory(): what the move makes of the words; a MAINTENANCE changes memory itself. Returns the slots whose value changed. */
uint64_t iso_copies_follow(struct iso_ob_machine *m, uint32_t *memory, const struct iso_move *move);
/* ---- copies_quiet.c: what nobody can tell ---- */

/* Slots that some thread may still read or write, or waits for at its end. */
struct iso_copies_ahead {
    uint64_t reads, writes, waits, maintains;
    bool may_stick; /* a thread may go round for ever */
};
void iso_copies_look_ahead(struct iso_ob_machine *m, struct iso_copies_ahead *out, const uint32_t *node);
/* Slots of a line, memory's and all its copies, that no thread goes to any more and some copy of which is dirty; 0: there is none. */
uint64_t iso_copies_abandoned(const struct iso_ob_machine *m, const uint32_t *memory,
                              const struct iso_copies_ahead *ahead);
/* Gives copies that nobody can tell apart one value. */
void iso_copies_forget(struct iso_ob_machine *m, uint32_t *memory, const struct iso_copies_ahead *ahead);
/* Whether a fill and another move come to different states in the two orders, threads apart. */
bool iso_copies_depend(const struct iso_ob_machine *m, const struct iso_move *fill, const struct iso_move *move);
/* What is left of a move behind a fill: bytes of the line that were filled just now have nothing to write back. part: room for the parts. */
void iso_copies_leave_out(const struct iso_ob_machine *m, struct iso_move *move, struct iso_part *part,
                          const struct iso_move *fill);

/* Slots that a move has changed: those it writes; of copying and maintenance those whose values differ. */
uint64_t iso_copies_changed(const struct iso_ob_machine *m, const uint32_t *before, const uint32_t *after,
                            const struct iso_move *move);
/* Cached slots of the line at `line`, of the copies whose bits are set, that maintenance (enum iso_alias_maintenance) does something to. */
uint64_t iso_copies_of_line(const struct iso_ob_machine *m, uint64_t line, uint64_t copies, unsigned maintenance);
/* Whether a write of this slot turns up that is in some copy, and was taken for one that nobody writes. */
bool iso_copies_miss(const struct iso_ob_machine *m, unsigned slot);

static inline bool iso_copies_are_dirty(const struct iso_ob_machine *m, const uint32_t *memory)
{
    return m->copies && (memory[m->copies->dirty] & ~m->copies->lossy);
}
/* Slot that says what memory's slot holds at the end: itself, or the dirty copy of a tag that memory cannot hold. */
unsigned iso_copies_shown(const struct iso_ob_machine *m, const uint32_t *memory, unsigned slot);
static inline bool iso_copies_have_lost(const struct iso_ob_machine *m, const uint32_t *memory)
{
    return m->copies && memory[m->copies->lost];
}

#endif
