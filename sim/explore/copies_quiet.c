/* What of cached copies nobody can tell. Declared in copies.h. Source: Arm ARM B2.11; the proofs are the comments. */
#include "sim/explore/copies.h"
#include "sim/explore/past.h"

void iso_copies_look_ahead(struct iso_ob_machine *m, struct iso_copies_ahead *out, const uint32_t *node)
{
    *out = (struct iso_copies_ahead){.may_stick = false};
    for (unsigned i = 0; i < m->nthreads; i++) {
        const struct iso_node *n = iso_node_left(m, node[i]);
        out->reads |= n->reads_left;
        out->writes |= n->writes_left;
        out->waits |= n->waits_left;
        out->maintains |= n->maintains_left;
        out->may_stick |= n->may_stick;
    }
}

static uint64_t dirty_slots(const struct iso_copies *c, const uint32_t *memory, uint64_t slots)
{
    uint64_t out = 0;
    for (; slots; slots &= slots - 1)
        if (memory[c->dirty] >> c->number_of[__builtin_ctzll(slots)] & 1)
            out |= slots & -slots;
    return out;
}

/* Slots of memory's line at slot `home`, and of all copies of it, data and tags. */
static uint64_t whole_line(const struct iso_ob_machine *m, unsigned home)
{
    const uint64_t line = iso_loc_bare(m->slot[home].loc) / ISO_LINE_BYTES;
    uint64_t out = 0;
    for (unsigned i = 0; i < m->copies->dirty; i++)
        if (iso_loc_bare(m->slot[i].loc) / ISO_LINE_BYTES == line)
            out |= ISO_BIT(i);
    return out;
}

/* A line that no thread reads, writes or maintains any more: what caches do with its copies changes nothing but what memory holds there at the end, and moves
 * elsewhere change nothing of it. All of it has to be written back before the end. So whatever order that takes it may take now, before anything else is done.
 * Not where a thread may go round for ever: then it may stay dirty; nor where memory cannot hold what is written back. */
uint64_t iso_copies_abandoned(const struct iso_ob_machine *m, const uint32_t *memory,
                              const struct iso_copies_ahead *ahead)
{
    const struct iso_copies *c = m->copies;
    const uint64_t used = ahead->reads | ahead->writes | ahead->maintains;
    if (ahead->may_stick || c->lossy)
        return 0;
    for (uint64_t k = dirty_slots(c, memory, c->cached & ~used); k; k &= k - 1) {
        uint64_t line = whole_line(m, c->memory_of[__builtin_ctzll(k)]);
        if (!(line & used))
            return line;
    }
    return 0;
}

/* A copy that is clean matters to who reads it, and to who writes what it may be written back with: its line in part. Where nobody will, any value is as good as
 * any other: that of memory, as if the copy had been dropped. Whether memory was written behind a clean copy that nothing takes along matters to nobody, for it
 * is never written back. */
void iso_copies_forget(struct iso_ob_machine *m, uint32_t *memory, const struct iso_copies_ahead *ahead)
{
    const struct iso_copies *c = m->copies;
    for (unsigned i = 0; i < c->nunits; i++) {
        const struct iso_copy_unit *u = &c->unit[i];
        bool alone = !(u->carriers & (u->carriers - 1));
        if (dirty_slots(c, memory, alone ? u->slots : u->carriers) || (!alone && (ahead->writes & u->carriers)))
            continue;
        for (uint64_t k = u->slots; k; k &= k - 1) {
            unsigned slot = (unsigned)__builtin_ctzll(k), home = c->memory_of[slot];
            if (!(ahead->reads & u->slots))
                memory[slot] = iso_machine_written(m, slot, UINT32_MAX,
                                                   iso_machine_value(&m->slot[slot], iso_machine_now(m, home, memory)));
            memory[c->newer] &= ~(1u << c->number_of[slot]);
        }
    }
}

/* Whether it can matter if a fill of these slots comes before the move or after: it changes what memory they come from holds, or the unit in part. */
bool iso_copies_depend(const struct iso_ob_machine *m, const struct iso_move *fill, const struct iso_move *move)
{
    const struct iso_copies *c = m->copies;
    uint64_t touched = 0, from = 0;
    if (move->kind != ISO_EVENT_WRITE && move->kind != ISO_EVENT_MAINTENANCE)
        return false;
    for (unsigned i = 0; i < move->nparts; i++)
        touched |= ISO_BIT(move->part[i].slot);
    for (uint64_t k = move->kind == ISO_EVENT_MAINTENANCE ? move->slots : 0; k; k &= k - 1)
        touched |= (k & -k) | ISO_BIT(c->memory_of[__builtin_ctzll(k)]);
    for (uint64_t k = fill->slots; k; k &= k - 1)
        from |= ISO_BIT(c->memory_of[__builtin_ctzll(k)]);
    return (touched & from) || ((fill->slots & (fill->slots - 1)) && (touched & fill->slots));
}

void iso_copies_leave_out(const struct iso_ob_machine *m, struct iso_move *move, struct iso_part *part,
                          const struct iso_move *fill)
{
    const struct iso_copies *c = m->copies;
    uint64_t filled = 0;
    uint8_t n = 0;
    if (move->copying != ISO_COPYING_WRITE_BACK || !(move->slots & fill->slots))
        return;
    for (uint64_t k = move->slots & fill->slots; k; k &= k - 1)
        filled |= ISO_BIT(c->memory_of[__builtin_ctzll(k)]);
    for (unsigned i = 0; i < move->nparts; i++)
        if (!(filled >> move->part[i].slot & 1))
            part[n++] = move->part[i];
    move->part = part;
    move->nparts = n;
}
