/* Writes that nobody else can meet before they are made. Where every way of a thread has a write ahead that it can make now, and no other thread can access the place
 * until that is made, the write may be the only move that is looked at: a store in many accesses is then no state for each set of those that have been made.
 * Why no outcome is lost: take an execution from here on. The thread makes that write in it, for all its ways do. What others do before does not access the
 * place, so that it is the same with the write made first; nor does it end a translation that the write still needs, which has been used for it then. What the thread
 * itself does before is not ordered after the write, and does not write the place (coherence); reads of it there find the write by forwarding, or in memory, and so the
 * same. So the execution that makes the write first and then all else as before is one, and ends alike. The same holds for how an execution begins, if it has not come
 * to the write: so what is written or happens anywhere for the first time happens behind the write, too.
 * When another thread cannot access the place until then:
 * - It accesses it in none of its ways, nor behind a horizon in any way that was ever walked. (If one turns up that does, the search begins again.)
 * - The access comes after the completion of a TLBI that ends the translation of the write. It waits for the write (TLBI-ob).
 * - The access comes after a translation that no entry serves now, and what would serve it is written by the thread alone, after the write: a page that a
 *   kernel copies to before it is mapped.
 * Not for: halves of a read-modify-write, descriptors and code; places under several definitions, which a thread may write in either order, or whose tags get lost; searches with claims (claims.h), which follow who
 * accesses what in every order. */
#ifndef ISOTIER_SIM_EXPLORE_UNMET_H
#define ISOTIER_SIM_EXPLORE_UNMET_H

#include "sim/explore/machine.h"

/* Where the threads stand: by thread, its node, and memory as it sees it. */
struct iso_unmet_state {
    const uint32_t *node;
    const struct iso_view *view;
};

/* A search begins: what runs of earlier rounds accessed is known from the program's footprints. */
void iso_unmet_begin(struct iso_ob_machine *m);
/* Such a write: its thread, and its number among the moves of the thread's node. False: there is none. */
bool iso_unmet_find(struct iso_ob_machine *m, const struct iso_unmet_state *state, unsigned *thread, unsigned *move);
/* A run of the thread turned up that accesses `accessed` and writes `written`: sets machine->misclaimed if something was built on there being none. */
void iso_unmet_note(struct iso_ob_machine *m, unsigned thread, uint64_t accessed, uint64_t written);

#endif
