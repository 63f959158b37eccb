/* Loads, stores and exclusives in the walk. Atomics are in walk_atomic.c.
 * Not modelled: single-copy atomicity of misaligned accesses finer than what the tier decides.
 * Source: Arm ARM B2.2.1, B2.12 (exclusives), C3.2; facts/oracle.md section 7. */
#include "sim/explore/explore.h"
#include "sim/explore/walk.h"

uint16_t iso_walk_order_flags(const struct iso_insn *insn, bool read)
{
    uint16_t flags = 0;
    if (read && (insn->order & ISO_ORDER_ACQUIRE))
        flags |= ISO_EVENT_A;
    if (read && (insn->order & ISO_ORDER_ACQUIRE_PC))
        flags |= ISO_EVENT_Q;
    if (!read && (insn->order & ISO_ORDER_RELEASE))
        flags |= ISO_EVENT_L;
    return flags;
}

/* Links an access to what translated and checked it. */
void iso_walk_link(struct iso_builder *b, int i, const struct iso_path *path)
{
    b->event[i].ttd = path->ttd;
    b->event[i].tag = path->tag;
    if (path->ttd >= 0)
        b->event[path->ttd].users |= ISO_BIT(i);
}

/* Ends of the bytes of a read that the same own write (or none) supplied last, as bits. A write that depends on earlier reads orders only those of the
 * read's bytes that it supplies (dob: dependency, then Local memory read successor), so that the read falls into pieces there. */
static uint32_t read_cuts(const struct iso_builder *b, uint64_t loc, unsigned size, uint16_t flags)
{
    int writer[16];
    uint32_t cuts = 0;
    bool ordered = false;
    for (unsigned k = 0; k < size; k++) {
        writer[k] = -1;
        for (unsigned i = b->w.nevents; i-- > 0 && writer[k] < 0;) {
            const struct iso_event *w = &b->event[i];
            if (w->kind == ISO_EVENT_WRITE && w->instance != b->w.instance && w->loc <= loc + k && loc + k < w->loc + w->size)
                writer[k] = (int)i;
        }
        if (k && writer[k] != writer[k - 1])
            cuts |= 1u << k;
        if (writer[k] >= 0) {
            const struct iso_depend *d = &b->build[writer[k]].depend;
            ordered |= (d->address | d->data) || (b->event[writer[k]].pair >= 0 && (flags & (ISO_EVENT_A | ISO_EVENT_Q)));
        }
    }
    return ordered ? cuts : 0;
}

uint64_t iso_walk_bits(const struct iso_builder *b, int read)
{
    return ISO_BIT(read) | b->event[read].siblings;
}

int iso_walk_read(struct iso_builder *b, const struct iso_path *path, uint64_t loc, unsigned size, uint16_t flags, uint64_t extra_flow,
                  uint64_t same, struct iso_bytes16 *value)
{
    struct iso_depend d = path->depend;
    uint64_t pieces = 0, hazards = 0;
    uint32_t cuts;
    int first = -1;
    d.same = path->read_same | same;
    d.flow |= extra_flow;
    d.pick_flow |= extra_flow;
    if (!iso_walk_value(b, value, loc, size, false))
        return -1;
    cuts = read_cuts(b, loc, size, flags);
    for (unsigned from = 0, to; from < size; from = to) {
        int i;
        for (to = from + 1; to < size && !(cuts >> to & 1u);)
            to++;
        i = iso_walk_event(b, ISO_EVENT_READ, flags, loc + from, to - from, &d);
        if (i < 0)
            return -1;
        b->event[i].value = iso_bytes_slice(*value, from, to - from);
        iso_walk_link(b, i, path);
        iso_order_event(b, (unsigned)i);
        pieces |= ISO_BIT(i);
        hazards |= b->event[i].hazards;
        if (first < 0)
            first = i;
    }
    for (uint64_t p = pieces; p && cuts; p &= p - 1) {
        unsigned i = (unsigned)__builtin_ctzll(p);
        b->event[i].siblings = pieces & ~ISO_BIT(i);
        b->event[i].hazards = hazards;
        b->build[first].depend.flow |= b->build[i].depend.flow; /* what the result register depends on */
        b->build[first].depend.pick_flow |= b->build[i].depend.pick_flow;
    }
    return first;
}

int iso_walk_write(struct iso_builder *b, const struct iso_path *path, uint64_t loc, unsigned size, uint16_t flags, struct iso_depend extra,
                   int pair, struct iso_bytes16 value)
{
    struct iso_depend d = path->depend;
    int i;
    d.same |= extra.same;
    d.data |= extra.data;
    d.pick_data |= extra.pick_data;
    d.flow |= extra.flow | extra.data;
    d.pick_flow |= extra.pick_flow | extra.pick_data | extra.flow;
    i = iso_walk_event(b, ISO_EVENT_WRITE, flags, loc, size, &d);
    if (i < 0)
        return -1;
    b->event[i].value = value;
    b->event[i].pair = (int8_t)pair;
    if (pair >= 0 && (flags & ISO_EVENT_X) && !b->event[pair].siblings && iso_bytes_equal(b->event[pair].value, value))
        b->w.effects--; /* writes back what it read */
    iso_walk_link(b, i, path);
    iso_order_event(b, (unsigned)i);
    return i;
}

static void set_taint(struct iso_builder *b, uint8_t reg, uint64_t flow, uint64_t pick_flow)
{
    if (reg < ISO_TAINTS) {
        b->w.flow[reg] = flow;
        b->w.pick_flow[reg] = pick_flow | flow;
    }
}

void iso_walk_result(struct iso_builder *b, uint8_t reg, int read)
{
    if (reg < ISO_REG_COUNT)
        set_taint(b, reg, b->build[read].depend.flow | iso_walk_bits(b, read), b->build[read].depend.pick_flow | iso_walk_bits(b, read));
}

/* Base register after an access: from the base itself; post-index forms of loads take it from the translated address. */
static void writeback(struct iso_builder *b, const struct iso_insn *insn, const struct iso_insn_uses *uses, uint64_t after, const struct iso_path *path)
{
    uint64_t flow = path->depend.address, picks = path->depend.pick_address;
    if (insn->writeback == ISO_WRITEBACK_POST) {
        if (path->ttd >= 0 && insn->cls == ISO_INSN_LOAD && insn->count == 1)
            flow = path->depend.flow;
        picks |= path->depend.pick_flow;
    }
    iso_walk_writeback(b, insn, uses, after, flow, picks);
}

void iso_walk_load(struct iso_builder *b, const struct iso_insn *insn)
{
    struct iso_insn_uses uses;
    struct iso_path path;
    struct iso_bytes16 loaded[2] = {{0, 0}, {0, 0}};
    uint64_t after;
    bool exclusive = insn->cls == ISO_INSN_LOAD_EXCLUSIVE;
    bool together = exclusive && insn->count == 2;
    struct iso_path_request request = {.va = iso_insn_address(&after, insn, &b->w.regs), .checked = !b->setup->variant.store_only, .size = insn->size};
    uint16_t flags = iso_walk_order_flags(insn, true) | (exclusive ? ISO_EVENT_EX : 0);
    int first = -1;
    iso_insn_uses(&uses, insn);
    if (iso_walk_path(b, &path, insn, &uses, &request, &(uint8_t){ISO_FAULT_NONE}) != ISO_PATH_OK)
        return;
    if (together) { /* a pair of exclusives is one single-copy atomic access */
        first = iso_walk_read(b, &path, path.loc, 2u * insn->size, flags, 0, 0, &loaded[0]);
        if (first < 0)
            return;
        loaded[1] = iso_bytes_slice(loaded[0], insn->size, insn->size);
        loaded[0] = iso_bytes_slice(loaded[0], 0, insn->size);
    }
    for (unsigned k = 0; k < insn->count && !together; k++) {
        /* LDIAPP orders its two reads */
        uint64_t same = k && (insn->order & ISO_ORDER_ACQUIRE_PC) ? iso_walk_bits(b, first) : 0;
        int i = iso_walk_read(b, &path, path.loc + k * insn->size, insn->size, flags, 0, same, &loaded[k]);
        if (i < 0)
            return;
        if (k == 0)
            first = i;
        else
            iso_walk_result(b, insn->rd2, i);
    }
    iso_insn_load_result(&b->w.regs, insn, loaded);
    iso_walk_result(b, insn->rd, first);
    if (together)
        iso_walk_result(b, insn->rd2, first);
    writeback(b, insn, &uses, after, &path);
    if (exclusive) {
        b->w.reserved = true;
        b->w.reservation = (int8_t)first;
        b->w.reserved_loc = path.loc;
        b->w.reserved_size = (uint8_t)(insn->size * insn->count);
        set_taint(b, ISO_TAINT_RESERVATION, path.depend.flow, path.depend.pick_flow);
    }
    b->w.pc++;
}

void iso_walk_store(struct iso_builder *b, const struct iso_insn *insn)
{
    struct iso_insn_uses uses;
    struct iso_path path;
    uint64_t after;
    struct iso_path_request request = {.va = iso_insn_address(&after, insn, &b->w.regs), .write = true, .update_db = true, .checked = true, .size = insn->size};
    uint16_t flags = iso_walk_order_flags(insn, false);
    struct iso_bytes16 data[2];
    int first = -1;
    iso_insn_uses(&uses, insn);
    data[0] = iso_insn_store_data(insn, &b->w.regs, 0);
    data[1] = insn->count == 2 ? iso_insn_store_data(insn, &b->w.regs, 1) : data[0];
    if (iso_walk_path(b, &path, insn, &uses, &request, &(uint8_t){ISO_FAULT_NONE}) != ISO_PATH_OK)
        return;
    for (unsigned n = 0; n < insn->count; n++) {
        /* STILP writes its second element first in the order (both Release) */
        bool reversed = insn->count == 2 && (insn->order & ISO_ORDER_RELEASE) && insn->writeback == ISO_WRITEBACK_PRE;
        unsigned k = reversed ? 1 - n : n;
        uint8_t reg = k ? insn->rt2 : insn->rt;
        struct iso_depend extra = {0};
        int i;
        if (reg < ISO_REG_COUNT) {
            extra.data = b->w.flow[reg];
            extra.pick_data = b->w.pick_flow[reg];
        }
        if (n && (insn->order & ISO_ORDER_RELEASE))
            extra.same = ISO_BIT(first);
        i = iso_walk_write(b, &path, path.loc + k * insn->size, insn->size, flags, extra, -1, data[k]);
        if (i < 0)
            return;
        if (n == 0)
            first = i;
    }
    writeback(b, insn, &uses, after, &path);
    b->w.pc++;
}

/* A store exclusive may always fail; it can succeed only with the monitor open for the same location and size. */
void iso_walk_store_exclusive(struct iso_builder *b, const struct iso_insn *insn)
{
    struct iso_insn_uses uses;
    struct iso_path path;
    uint64_t after;
    unsigned size = (unsigned)insn->size * insn->count;
    struct iso_path_request request = {.va = iso_insn_address(&after, insn, &b->w.regs), .write = true, .update_db = true, .checked = true, .size = insn->size};
    struct iso_bytes16 data = iso_insn_store_data(insn, &b->w.regs, 0);
    struct iso_depend extra = {0};
    bool can, same;
    int reservation = b->w.reservation;
    iso_insn_uses(&uses, insn);
    if (insn->count == 2) {
        struct iso_bytes16 high = iso_insn_store_data(insn, &b->w.regs, 1);
        for (unsigned i = 0; i < insn->size; i++)
            iso_bytes_set(&data, insn->size + i, iso_bytes_get(high, i));
    }
    if (iso_walk_path(b, &path, insn, &uses, &request, &(uint8_t){ISO_FAULT_NONE}) != ISO_PATH_OK)
        return;
    same = b->w.reserved && b->w.reserved_size == size && b->w.reserved_loc == path.loc;
    can = same || (b->w.reserved && b->setup->variant.cu);
    b->w.reserved = false;
    extra.data = iso_walk_flow(b->w.flow, uses.data);
    extra.pick_data = iso_walk_flow(b->w.pick_flow, uses.data);
    extra.pick_flow = b->w.pick_flow[ISO_TAINT_RESERVATION]; /* the monitor decides whether there is a write */
    b->w.flow[ISO_TAINT_RESERVATION] = 0;
    if (can && iso_walk_choose(b, 2) == 0) {
        int i = iso_walk_write(b, &path, path.loc, size, (uint16_t)(iso_walk_order_flags(insn, false) | ISO_EVENT_EX), extra, reservation, data);
        if (i < 0)
            return;
        if (insn->rs < ISO_REG_COUNT)
            b->w.regs.x[insn->rs] = 0;
    } else {
        b->w.unfair |= can;
        if (insn->rs < ISO_REG_COUNT)
            b->w.regs.x[insn->rs] = 1;
    }
    set_taint(b, insn->rs < ISO_REG_COUNT ? insn->rs : ISO_TAINTS, 0, 0);
    b->w.pc++;
}
