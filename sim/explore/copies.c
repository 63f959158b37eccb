/* Copies in caches, as declared in copies.h. */
#include "sim/explore/copies.h"

#include <stdlib.h>
#include <string.h>

enum { CACHED_MAX = 32, WORDS = 3 };

static unsigned copy_number(uint64_t loc)
{
    return (unsigned)((loc & ISO_LOC_COPY) >> ISO_LOC_COPY_SHIFT);
}

static int slot_at(const struct iso_ob_machine *m, uint64_t loc)
{
    for (unsigned i = 0; i < m->nslots; i++)
        if (m->slot[i].loc == loc)
            return (int)i;
    return -1;
}

/* Slots of one copy that some access covers together with slot i, and so on. */
static uint64_t joined(const struct iso_ob_machine *m, unsigned i)
{
    const struct iso_footprints *f = m->program->footprints;
    uint64_t out = ISO_BIT(i), before = 0;
    if (iso_loc_is_tag(m->slot[i].loc)) /* no two are accessed at once (D10.2 RCPMDB) */
        return out;
    while (out != before) {
        before = out;
        for (uint32_t k = 0; k < f->count; k++) {
            uint64_t from = iso_loc_strip(f->list[k].loc), touched = 0;
            for (unsigned s = 0; s < m->nslots; s++) {
                uint64_t at = iso_loc_strip(m->slot[s].loc);
                if (copy_number(m->slot[s].loc) == copy_number(m->slot[i].loc) && at < from + f->list[k].size &&
                    from < at + m->slot[s].size && !iso_loc_is_tag(m->slot[s].loc) && !iso_loc_is_tag(f->list[k].loc))
                    touched |= ISO_BIT(s);
            }
            if (touched & out)
                out |= touched;
        }
    }
    return out;
}

/* Data or tags of slot i's copy of its line. */
static uint64_t line_of(const struct iso_ob_machine *m, unsigned i, bool tags)
{
    const struct iso_copies *c = m->copies;
    uint64_t at = iso_loc_bare(m->slot[i].loc), out = 0;
    for (uint64_t k = c->cached; k; k &= k - 1) {
        uint64_t loc = m->slot[__builtin_ctzll(k)].loc;
        if (copy_number(loc) == copy_number(m->slot[i].loc) && iso_loc_is_tag(loc) == tags &&
            iso_loc_bare(loc) / ISO_LINE_BYTES == at / ISO_LINE_BYTES)
            out |= k & -k;
    }
    return out;
}

static void add_unit(struct iso_ob_machine *m, unsigned i)
{
    struct iso_copies *c = m->copies;
    struct iso_copy_unit *u = &c->unit[c->nunits++];
    bool is_tag = iso_loc_is_tag(m->slot[i].loc), with_data = m->program->aliases->tags_with_data;
    uint64_t data, tags = line_of(m, i, true);
    u->slots = joined(m, i) & c->cached;
    data = line_of(m, i, false) | (is_tag ? 0 : u->slots);
    u->line[0] = is_tag ? tags : data;
    if (is_tag || with_data)
        u->line[1] = data | tags;
    u->carriers = tags | (is_tag && !with_data ? 0 : data);
}

/* Whether it is lost what is written back there. */
static bool keeps_nothing(const struct iso_ob_machine *m, unsigned home)
{
    return iso_image_is_tagless(&m->program->image, m->slot[home].loc);
}

/* Whether some run writes the location that a slot is a copy of. */
static bool is_written(const struct iso_ob_machine *m, unsigned slot)
{
    const struct iso_footprints *f = m->program->footprints;
    uint64_t at = iso_loc_strip(m->slot[slot].loc);
    for (uint32_t k = 0; k < f->count; k++)
        if (f->list[k].is_written && iso_loc_strip(f->list[k].loc) < at + m->slot[slot].size &&
            at < iso_loc_strip(f->list[k].loc) + f->list[k].size)
            return true;
    return false;
}

int iso_copies_build(struct iso_ob_machine *m)
{
    struct iso_copies found = {0}, *c = &found;
    unsigned count = 0;
    uint64_t placed = 0;
    for (unsigned i = 0; i < m->nslots; i++) {
        int memory = copy_number(m->slot[i].loc) ? slot_at(m, iso_loc_strip(m->slot[i].loc)) : -1;
        if (memory < 0 || !is_written(m, i))
            continue;
        if (count == CACHED_MAX || m->nslots + WORDS > ISO_SLOTS_MAX) {
            m->failure = "more cached copies of locations than the engine holds";
            return -1;
        }
        c->cached |= ISO_BIT(i);
        c->memory_of[i] = (uint8_t)memory;
        c->number_of[i] = (uint8_t)count++;
        if (keeps_nothing(m, (unsigned)memory))
            c->lossy |= 1u << c->number_of[i];
        m->slot[i].written = m->slot[memory].written = true;
    }
    if (!count)
        return 0;
    m->copies = iso_arena_copy(m->arena, c, sizeof *c);
    c = m->copies;
    for (uint64_t k = c->cached; k; k &= k - 1) {
        unsigned i = (unsigned)__builtin_ctzll(k);
        if (placed >> i & 1)
            continue;
        add_unit(m, i);
        placed |= c->unit[c->nunits - 1].slots;
    }
    c->dirty = m->nslots++;
    c->newer = m->nslots++;
    c->lost = m->nslots++;
    for (unsigned i = c->dirty; i <= c->lost; i++)
        m->slot[i] = (struct iso_slot){.loc = UINT64_MAX - 16, .size = 0}; /* behind all others, overlaps nothing */
    return 0;
}

/* Bits of the words for a set of cached slots. */
static uint32_t bits_of(const struct iso_copies *c, uint64_t slots)
{
    uint32_t out = 0;
    for (; slots; slots &= slots - 1)
        out |= 1u << c->number_of[__builtin_ctzll(slots)];
    return out;
}

static struct iso_bytes16 value_at(const struct iso_ob_machine *m, unsigned slot, const uint32_t *memory)
{
    return m->slot[slot].value[iso_machine_top(m, slot, memory)];
}

static bool differs(const struct iso_ob_machine *m, unsigned cached, const uint32_t *memory)
{
    return !iso_bytes_equal(value_at(m, cached, memory), value_at(m, m->copies->memory_of[cached], memory));
}

/* The copying of these cached slots, either way, as parts of a move. */
static unsigned copy_parts(struct iso_ob_machine *m, struct iso_part *part, uint64_t slots, bool fill,
                           const uint32_t *memory)
{
    unsigned n = 0;
    for (; slots; slots &= slots - 1) {
        unsigned cached = (unsigned)__builtin_ctzll(slots), home = m->copies->memory_of[cached];
        unsigned from = fill ? home : cached, to = fill ? cached : home;
        if (differs(m, cached, memory) && (fill || !keeps_nothing(m, home)))
            part[n++] = (struct iso_part){
                .slot = (uint8_t)to, .own = -1, .value = iso_machine_value(&m->slot[to], value_at(m, from, memory))};
    }
    return n;
}

static void add_move(struct iso_ob_machine *m, struct iso_copyings *out, unsigned *count, uint64_t slots,
                     enum iso_copying copying, const uint32_t *memory)
{
    struct iso_part *own = out->part[*count];
    unsigned n = copy_parts(m, own, slots, copying == ISO_COPYING_FILL, memory);
    if (!n && copying == ISO_COPYING_FILL)
        return;
    for (unsigned k = 0; k < *count; k++)
        if (out->move[k].copying == copying && out->move[k].slots == slots)
            return;
    out->move[*count] = (struct iso_move){.kind = ISO_EVENT_WRITE,
                                          .is_hu = true,
                                          .copying = (uint8_t)copying,
                                          .nparts = (uint8_t)n,
                                          .slots = slots,
                                          .part = own};
    ++*count;
}

unsigned iso_copies_moves(struct iso_ob_machine *m, struct iso_copyings *out, const uint32_t *memory)
{
    const struct iso_copies *c = m->copies;
    unsigned count = 0;
    for (unsigned i = 0; i < c->nunits; i++) {
        const struct iso_copy_unit *u = &c->unit[i];
        uint64_t dirty = 0;
        for (uint64_t k = u->slots; k; k &= k - 1)
            if (memory[c->dirty] >> c->number_of[__builtin_ctzll(k)] & 1)
                dirty |= k & -k;
        if (!dirty) {
            add_move(m, out, &count, u->slots, ISO_COPYING_FILL, memory);
            continue;
        }
        add_move(m, out, &count, u->slots, ISO_COPYING_WRITE_BACK, memory);
        add_move(m, out, &count, dirty, ISO_COPYING_WRITE_BACK, memory);
        for (unsigned k = 0; k < 2 && u->line[k]; k++)
            add_move(m, out, &count, u->line[k], ISO_COPYING_WRITE_BACK, memory);
    }
    return count;
}

uint64_t iso_copies_changed(const struct iso_ob_machine *m, const uint32_t *before, const uint32_t *after,
                            const struct iso_move *move)
{
    uint64_t out = 0;
    if (!m->copies || (!move->copying && move->kind != ISO_EVENT_MAINTENANCE))
        return move->slots;
    for (unsigned i = 0; i < m->copies->dirty; i++)
        if (before[i] != after[i])
            out |= ISO_BIT(i);
    return out;
}

/* What of maintenance concerns a slot, as if it were data. */
static unsigned concerns(const struct iso_ob_machine *m, unsigned slot, unsigned maintenance)
{
    return iso_loc_is_tag(m->slot[slot].loc) ? maintenance / ISO_ALIAS_CLEAN_TAGS : maintenance % ISO_ALIAS_CLEAN_TAGS;
}

uint64_t iso_copies_of_line(const struct iso_ob_machine *m, uint64_t line, uint64_t copies, unsigned maintenance)
{
    uint64_t out = 0;
    for (uint64_t k = m->copies ? m->copies->cached : 0; k; k &= k - 1) {
        unsigned i = (unsigned)__builtin_ctzll(k);
        if (iso_loc_bare(m->slot[i].loc) / ISO_LINE_BYTES == line / ISO_LINE_BYTES &&
            (copies >> copy_number(m->slot[i].loc) & 1) && concerns(m, i, maintenance))
            out |= ISO_BIT(i);
    }
    return out;
}

unsigned iso_copies_shown(const struct iso_ob_machine *m, const uint32_t *memory, unsigned slot)
{
    const struct iso_copies *c = m->copies;
    for (uint64_t k = c ? c->cached : 0; k; k &= k - 1) {
        unsigned i = (unsigned)__builtin_ctzll(k);
        if (c->memory_of[i] == slot && (c->lossy & memory[c->dirty]) >> c->number_of[i] & 1)
            return i;
    }
    return slot;
}

bool iso_copies_miss(const struct iso_ob_machine *m, unsigned slot)
{
    const struct iso_copies *c = m->copies;
    uint64_t home = iso_loc_strip(m->slot[slot].loc), copies = 0;
    if (!iso_image_is_split(&m->program->image, home))
        return false;
    for (unsigned i = 0; i < m->nslots; i++)
        if (copy_number(m->slot[i].loc) && iso_loc_strip(m->slot[i].loc) == home)
            copies |= ISO_BIT(i);
    return (copies & ~(c ? c->cached : 0)) != 0;
}

static void copy(struct iso_ob_machine *m, uint32_t *memory, unsigned to, unsigned from)
{
    uint32_t value = iso_machine_value(&m->slot[to], value_at(m, from, memory));
    memory[to] = iso_machine_written(m, to, memory[to], value);
}

/* One cached slot is written back: whatever memory got since the copy was made is lost. */
static void put_back(struct iso_ob_machine *m, uint32_t *memory, unsigned cached, uint64_t *changed)
{
    const struct iso_copies *c = m->copies;
    unsigned home = c->memory_of[cached];
    if (!differs(m, cached, memory) || keeps_nothing(m, home))
        return;
    copy(m, memory, home, cached);
    memory[c->lost] |= memory[c->newer] >> c->number_of[cached] & 1;
    *changed |= ISO_BIT(home);
}

static uint64_t maintain(struct iso_ob_machine *m, uint32_t *memory, const struct iso_move *move)
{
    const struct iso_copies *c = m->copies;
    uint64_t changed = 0;
    for (uint64_t k = move->slots; k; k &= k - 1) {
        unsigned i = (unsigned)__builtin_ctzll(k);
        uint32_t bit = 1u << c->number_of[i];
        if ((concerns(m, i, move->maintenance) & ISO_ALIAS_CLEAN_DATA) && (memory[c->dirty] & bit)) {
            put_back(m, memory, i, &changed);
            memory[c->dirty] &= ~bit;
        }
    }
    for (uint64_t k = move->slots; k; k &= k - 1) {
        unsigned i = (unsigned)__builtin_ctzll(k);
        if (!(concerns(m, i, move->maintenance) & ISO_ALIAS_INVALIDATE_DATA))
            continue;
        if (differs(m, i, memory)) {
            copy(m, memory, i, c->memory_of[i]);
            changed |= ISO_BIT(i);
        }
        memory[c->dirty] &= ~(1u << c->number_of[i]);
    }
    return changed;
}

/* Copies behind which memory was written just now, and those that have caught up. */
static void note_newer(const struct iso_ob_machine *m, uint32_t *memory, uint64_t written)
{
    const struct iso_copies *c = m->copies;
    for (uint64_t k = c->cached; k; k &= k - 1) {
        unsigned i = (unsigned)__builtin_ctzll(k);
        uint32_t bit = 1u << c->number_of[i];
        if (written >> c->memory_of[i] & 1)
            memory[c->newer] |= bit;
        if (!differs(m, i, memory))
            memory[c->newer] &= ~bit;
    }
}

uint64_t iso_copies_follow(struct iso_ob_machine *m, uint32_t *memory, const struct iso_move *move)
{
    const struct iso_copies *c = m->copies;
    uint64_t changed = move->slots, written = 0;
    if (move->kind == ISO_EVENT_MAINTENANCE) {
        changed = maintain(m, memory, move);
        written = changed & ~c->cached;
    } else if (move->copying) {
        changed = 0;
        for (unsigned k = 0; k < move->nparts; k++)
            changed |= ISO_BIT(move->part[k].slot);
        if (move->copying == ISO_COPYING_WRITE_BACK) {
            for (uint64_t k = move->slots; k; k &= k - 1)
                if (changed >> c->memory_of[__builtin_ctzll(k)] & 1)
                    memory[c->lost] |= memory[c->newer] >> c->number_of[__builtin_ctzll(k)] & 1;
            memory[c->dirty] &= ~bits_of(c, move->slots);
            written = changed;
        }
    } else if (move->kind == ISO_EVENT_WRITE) {
        uint64_t kept = 0; /* copies that are not written through */
        for (uint64_t k = changed & c->cached; k; k &= k - 1)
            if (!(changed >> c->memory_of[__builtin_ctzll(k)] & 1))
                kept |= k & -k;
        memory[c->dirty] |= bits_of(c, kept);
        memory[c->newer] &= ~bits_of(c, changed & c->cached);
        written = changed & ~c->cached;
    }
    note_newer(m, memory, written);
    return changed;
}
