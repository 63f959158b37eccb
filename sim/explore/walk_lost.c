/* Runs that come to no end with the values they found: a fault in a fault handler is outside the model, an instruction that is tried again faults again. With others they
 * may come to one, and those may be what other threads write that wait for what this run has written before. So that counts, though no run of the thread is
 * known yet that ends: of threads walked as a whole as values to be read; where only what the search really writes counts the run is kept as far as its last
 * write, with no end. Not for: runs that no values would mend (iso_walk.dead). */
#include "sim/explore/explore.h"
#include "sim/explore/walk.h"

#include <string.h>

void iso_walk_drop(struct iso_builder *b)
{
    b->w.dead = b->w.lost = true;
    b->program->thread[b->thread_index].drops = true;
}

void iso_walk_forget_later(struct iso_builder *b)
{
    uint64_t left = ISO_BIT(b->w.nevents) - 1;
    if (b->w.nevents >= ISO_EVENTS_MAX)
        return;
    for (unsigned i = 0; i < b->w.nevents; i++) {
        struct iso_event *e = &b->event[i];
        e->flags &= (uint16_t)~ISO_EVENT_SPIN;
        e->preds &= left;
        e->between &= left;
        e->users &= left;
        if (e->pair >= (int8_t)b->w.nevents)
            e->pair = -1;
    }
}

void iso_walk_keep_lost(struct iso_builder *b)
{
    struct iso_event event[ISO_EVENTS_MAX];
    const struct iso_walk w = b->w;
    while (b->w.nevents && !iso_event_is_store(&b->event[b->w.nevents - 1]))
        b->w.nevents--;
    if (!b->program->lazy)
        iso_program_note_writes(b->program, b, true);
    if (b->program->lazy && b->w.nevents) {
        memcpy(event, b->event, w.nevents * sizeof *event);
        iso_walk_forget_later(b);
        iso_program_add_trace(b->program, b);
        memcpy(b->event, event, w.nevents * sizeof *event);
    }
    b->w = w;
}
