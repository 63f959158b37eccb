/* Reads and writes in the walk, loads and load exclusives. Stores are in walk_store.c, atomics in walk_atomic.c, store exclusives in walk_exclusive.c.
 * Not modelled: single-copy atomicity of misaligned accesses finer than what the tier decides.
 * Source: Arm ARM B2.2.1, B2.12 (exclusives), C3.2; facts/oracle.md section 7. */
#include "sim/explore/explore.h"
#include "sim/explore/reach.h"
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
    /* Device's properties do not outlive a mismatch (Arm ARM B2.11) */
    if (path->effect && (path->effect->order & ISO_ORDER_NREORDER) && !path->alias && !path->unordered) {
        b->event[i].peripheral = (uint8_t)((path->tier + 1u) | (path->xs ? ISO_PERIPHERAL_XS : 0u));
        b->program->peripheral_bytes[path->tier] = path->effect->peripheral_bytes;
    }
    if (path->effect && (path->effect->order & ISO_ORDER_NGATHER) && !path->alias &&
        b->event[i].kind == ISO_EVENT_READ && !iso_loc_is_tag(b->event[i].loc))
        b->event[i].peripheral |= ISO_PERIPHERAL_READS;
    iso_walk_use(b, i, path);
}

/* Ends, inside a place, of others that some run accesses. */
static uint32_t ends_within(const struct iso_footprints *f, uint64_t loc, unsigned size)
{
    uint32_t out = 0;
    for (uint32_t i = 0; i < f->count; i++) {
        const uint64_t from = f->list[i].loc - loc, to = from + f->list[i].size;
        out |= from < size ? 1u << from : 0;
        out |= to < size ? 1u << to : 0;
    }
    return out & ~1u;
}

/* Ends of the bytes of a read that the same own write (or none) supplied last, as bits. A write that depends on earlier reads orders only those of the
 * read's bytes that it supplies (dob: dependency, then Local memory read successor), so that the read falls into pieces there. In a walk from horizon to horizon it falls
 * into as many as it ever does, whichever own writes are still to come: so that ways which have them behind them are the same. */
static uint32_t read_cuts(const struct iso_builder *b, uint64_t loc, unsigned size, uint16_t flags, uint8_t alias)
{
    int writer[16];
    uint32_t cuts = 0;
    bool ordered = false;
    for (unsigned k = 0; k < size; k++) {
        writer[k] = -1;
        for (unsigned i = b->w.nevents; i-- > 0 && writer[k] < 0;) {
            const struct iso_event *w = &b->event[i];
            if (w->kind == ISO_EVENT_WRITE && w->instance != b->w.instance && w->alias == alias && w->loc <= loc + k &&
                loc + k < w->loc + w->size)
                writer[k] = (int)i;
        }
        if (k && writer[k] != writer[k - 1])
            cuts |= 1u << k;
        if (writer[k] >= 0) {
            const struct iso_depend *d = &b->build[writer[k]].depend;
            ordered |=
                (d->address | d->data) || (b->event[writer[k]].pair >= 0 && (flags & (ISO_EVENT_A | ISO_EVENT_Q)));
        }
    }
    if (ordered && cuts && b->program->lazy)
        cuts |= ends_within(b->program->footprints, loc, size);
    return ordered ? cuts : 0;
}

uint64_t iso_walk_bits(const struct iso_builder *b, int read)
{
    return ISO_BIT(read) | b->event[read].siblings;
}

/* Whether the walk waits for what the search finds there. */
static bool stops(struct iso_builder *b, const struct iso_path *path, uint64_t loc, unsigned size, uint16_t flags,
                  const struct iso_depend *depend)
{
    const bool copies = b->program->reads_soon && b->thread->is_kernel;
    int i;
    if (!b->program->lazy ||
        (!copies && !(flags & (ISO_EVENT_A | ISO_EVENT_Q)) && !iso_walk_is_fenced(b) && !iso_walk_leads(b, loc, size)))
        return false;
    i = iso_walk_event(b, ISO_EVENT_READ, flags, loc, size, depend);
    if (i < 0)
        return true;
    iso_walk_link(b, i, path);
    iso_order_event(b, (unsigned)i);
    b->w.nevents--;
    return copies ? iso_walk_await_copy(b, path, loc, size, flags, b->event[i].preds)
                  : iso_walk_await(b, path, loc, size, flags, b->event[i].preds);
}

/* One of the values that the place may hold by then. */
static bool choose_value(struct iso_builder *b, const struct iso_path *path, struct iso_bytes16 *out, uint64_t loc,
                         unsigned size)
{
    const struct iso_walk_past past = {b->event, b->w.nevents, b->w.instance};
    bool known;
    unsigned pick;
    b->reading = path;
    known = iso_walk_values(b, loc, size, false);
    b->reading = NULL;
    if (!known)
        return false;
    if (b->program->machine)
        iso_reach_narrow(b->program->machine, &b->values, loc, size, &past);
    pick = iso_walk_choose(b, b->values.count);
    if (b->w.dead)
        return false;
    *out = b->values.value[pick];
    return true;
}

/* One of the values that were written there. */
static int read_known(struct iso_builder *b, const struct iso_path *path, uint64_t loc, unsigned size, uint16_t flags,
                      uint64_t extra_flow, uint64_t same, struct iso_bytes16 *value)
{
    struct iso_depend d = path->depend;
    uint64_t pieces = 0, hazards = 0;
    uint32_t cuts;
    bool answered;
    int first = -1;
    d.same = path->read_same | same;
    d.flow |= extra_flow;
    d.pick_flow |= extra_flow;
    answered = iso_walk_is_answered(b);
    if (answered && !iso_walk_is_fixed(b, b->answered)) { /* other descriptors turned up: the search begins again */
        b->w.dead = true;
        return -1;
    }
    if (answered)
        *value = b->answer;
    else if (stops(b, path, loc, size, flags, &d) || !choose_value(b, path, value, loc, size))
        return -1;
    cuts = answered ? 0 : read_cuts(b, loc, size, flags, iso_path_alias(path, loc)); /* own writes are in memory then */
    for (unsigned from = 0, to; from < size; from = to) {
        int i;
        for (to = from + 1; to < size && !(cuts >> to & 1u);)
            to++;
        i = iso_walk_event(b, ISO_EVENT_READ, flags, loc + from, to - from, &d);
        if (i < 0)
            return -1;
        b->event[i].value = iso_bytes_slice(*value, from, to - from);
        b->event[i].alias = iso_path_alias(path, loc);
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

/* Whether an access leaves out a part of a descriptor that it concerns: translations find whole ones, and what they found is kept as a whole. */
static bool is_in_descriptor(struct iso_builder *b, uint64_t loc, unsigned size)
{
    const uint64_t at = iso_loc_strip(loc);
    const int first = iso_test_descriptor_at(b->test, at), last = iso_test_descriptor_at(b->test, at + size - 1);
    if (!b->setup->variant.vmsa || ((first < 0 || b->test->page[first].descriptor_va == at) &&
                                    (last < 0 || b->test->page[last].descriptor_va + 8 == at + size)))
        return false;
    b->failure = "an access to a part of a descriptor";
    b->w.dead = true;
    return true;
}

/* What may be in the way of any value. False: the run ends. */
static bool may_read(struct iso_builder *b, const struct iso_path *path, uint64_t loc, unsigned size)
{
    if (is_in_descriptor(b, loc, size))
        return false;
    if (path->ttd < 0 || !iso_setup_leaves_out(b->setup, loc))
        return true;
    b->program->left_out = true;
    iso_walk_choose(b, 0);
    return false;
}

int iso_walk_read(struct iso_builder *b, const struct iso_path *path, uint64_t loc, unsigned size, uint16_t flags,
                  uint64_t extra_flow, uint64_t same, struct iso_bytes16 *value)
{
    if (!may_read(b, path, loc, size))
        return -1;
    if (iso_walk_is_disturbed(b, loc, size) && iso_walk_choose(b, 2) == 1)
        return iso_walk_read_unknown(b, path, loc, size, flags, extra_flow, same, value);
    return b->w.dead ? -1 : read_known(b, path, loc, size, flags, extra_flow, same, value);
}

int iso_walk_write(struct iso_builder *b, const struct iso_path *path, uint64_t loc, unsigned size, uint16_t flags,
                   struct iso_depend extra, int pair, struct iso_bytes16 value)
{
    struct iso_depend d = path->depend;
    int i;
    if (is_in_descriptor(b, loc, size))
        return -1;
    d.same |= extra.same;
    d.data |= extra.data;
    d.pick_data |= extra.pick_data;
    d.flow |= extra.flow | extra.data;
    d.pick_flow |= extra.pick_flow | extra.pick_data | extra.flow;
    i = iso_walk_event(b, ISO_EVENT_WRITE, flags, loc, size, &d);
    if (i < 0)
        return -1;
    b->event[i].value = value;
    b->event[i].alias = iso_path_alias(path, loc);
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
        set_taint(b, reg, b->build[read].depend.flow | iso_walk_bits(b, read),
                  b->build[read].depend.pick_flow | iso_walk_bits(b, read));
}

/* Base register after an access: from the base itself; post-index forms of loads take it from the translated address. */
void iso_walk_base(struct iso_builder *b, const struct iso_insn *insn, const struct iso_insn_uses *uses, uint64_t after,
                   const struct iso_path *path)
{
    uint64_t flow = path->depend.address, picks = path->depend.pick_address;
    if (insn->writeback == ISO_WRITEBACK_POST) {
        if (path->ttd >= 0 && insn->cls == ISO_INSN_LOAD && insn->count == 1)
            flow = path->depend.flow;
        picks |= path->depend.pick_flow;
    }
    iso_walk_writeback(b, insn, uses, after, flow, picks);
}

/* Bytes that an element of `size` bytes at loc + at is accessed in at once: all, or what the tier leaves whole. */
unsigned iso_walk_whole_bytes(const struct iso_path *path, uint64_t loc, unsigned size)
{
    unsigned unit = path->effect ? path->effect->single_copy_bytes : 0, left;
    if (!unit || unit >= size)
        return size;
    left = unit - (unsigned)(loc % unit);
    return left < size ? left : size;
}

/* Whether a pair is one single-copy atomic access: exclusives always, others where the CPU has FEAT_LSE2 and the attribute lets it (B2.2.1.1). Without a
 * machine nothing is known of the CPU, and the architecture guarantees each element alone. */
bool iso_walk_is_one_access(const struct iso_insn *insn, const struct iso_path *path)
{
    unsigned size = (unsigned)insn->size * insn->count;
    return insn->count == 2 && !path->rest &&
           (insn->cls == ISO_INSN_LOAD_EXCLUSIVE ||
            (path->effect && path->effect->single_copy_bytes >= size && path->effect->rmw_unit_bytes <= size));
}

/* Of the bytes of an element, whether some are disturbed (walk_unknown.c). */
static bool is_disturbed(struct iso_builder *b, const struct iso_path *path, unsigned offset, unsigned size)
{
    bool out = false;
    for (unsigned at = 0, n; at < size; at += n) {
        uint64_t loc;
        const struct iso_path *page = iso_path_at(path, offset + at, &loc);
        n = iso_path_bytes(path, offset + at, size - at);
        out |= !(page->effect && page->effect->data_ones) && iso_walk_is_disturbed(b, loc, n);
    }
    return out;
}

/* One element of a load whose bytes are UNKNOWN, at `offset` of its access; *bits gets the reads of those that are disturbed. */
static bool load_unknown(struct iso_builder *b, const struct iso_path *path, unsigned offset, unsigned size,
                         uint16_t flags, uint64_t same, struct iso_bytes16 *value, uint64_t *bits)
{
    *bits = 0;
    for (unsigned at = 0, n; at < size; at += n) {
        struct iso_bytes16 part;
        uint64_t loc;
        const struct iso_path *page = iso_path_at(path, offset + at, &loc);
        int i;
        n = iso_path_bytes(path, offset + at, size - at);
        if (!is_disturbed(b, path, offset + at, n))
            continue;
        i = may_read(b, page, loc, n) ? iso_walk_read_unknown(b, page, loc, n, flags, 0, same, &part) : -1;
        if (i < 0)
            return false;
        *bits |= ISO_BIT(i);
    }
    *value = iso_walk_unknown(size);
    return true;
}

/* The same of one with values that were written there, in as many accesses as the tier takes. */
static bool load_known(struct iso_builder *b, const struct iso_path *path, unsigned offset, unsigned size,
                       uint16_t flags, uint64_t same, struct iso_bytes16 *value, uint64_t *bits)
{
    *value = (struct iso_bytes16){0, 0};
    *bits = 0;
    for (unsigned at = 0, n; at < size; at += n) {
        struct iso_bytes16 part;
        uint64_t loc;
        const struct iso_path *page = iso_path_at(path, offset + at, &loc);
        int i;
        n = iso_walk_whole_bytes(page, loc, iso_path_bytes(path, offset + at, size - at));
        if (page->effect && page->effect->data_ones) {
            part = (struct iso_bytes16){UINT64_MAX, UINT64_MAX};
            *bits |= page->error >= 0 ? ISO_BIT(page->error) : 0;
        } else {
            i = may_read(b, page, loc, n) ? read_known(b, page, loc, n, flags, 0, same, &part) : -1;
            if (i < 0)
                return false;
            *bits |= iso_walk_bits(b, i);
        }
        for (unsigned k = 0; k < n; k++)
            iso_bytes_set(value, at + k, iso_bytes_get(part, k));
    }
    return true;
}

static void load_taint(struct iso_builder *b, uint8_t reg, const struct iso_path *path, uint64_t bits)
{
    uint64_t flow = bits | path->depend.flow, picks = bits | path->depend.pick_flow;
    if (path->rest) {
        flow |= path->rest->depend.flow;
        picks |= path->rest->depend.pick_flow;
    }
    for (uint64_t k = bits; k; k &= k - 1) {
        flow |= b->build[__builtin_ctzll(k)].depend.flow;
        picks |= b->build[__builtin_ctzll(k)].depend.pick_flow;
    }
    set_taint(b, reg < ISO_REG_COUNT ? reg : ISO_TAINTS, flow, picks);
}

/* Marks the local monitor. */
static void reserve(struct iso_builder *b, const struct iso_insn *insn, const struct iso_path *path, int read)
{
    struct iso_walk *w = &b->w;
    w->reserved = true;
    w->reservation = (int8_t)read;
    w->reserved_loc = path->loc;
    w->reserved_rest = path->rest ? path->rest->loc : 0;
    w->reserved_size = (uint8_t)(insn->size * insn->count);
    if (b->setup->machine) {
        struct iso_monitor_access a = {path->va & UINT64_C(0x00ffffffffffffff), iso_loc_strip(path->loc),
                                       w->reserved_size, insn->count, path->attribute};
        uint32_t granule = iso_cpu_number(&b->setup->machine->features, ISO_CPU_ERG);
        iso_local_monitor_load(&w->monitor, &a, granule < 16 ? 16 : granule);
    }
    set_taint(b, ISO_TAINT_RESERVATION, path->depend.flow, path->depend.pick_flow);
}

void iso_walk_load(struct iso_builder *b, const struct iso_insn *insn)
{
    struct iso_insn_uses uses;
    struct iso_path path;
    struct iso_bytes16 loaded[2] = {{0, 0}, {0, 0}};
    uint64_t after, bits[2] = {0, 0};
    unsigned unknown = 0; /* bit per element */
    bool exclusive = insn->cls == ISO_INSN_LOAD_EXCLUSIVE;
    struct iso_path_request request = {.va = iso_insn_address(&after, insn, &b->w.regs),
                                       .checked = !b->setup->variant.store_only,
                                       .size = (uint16_t)(insn->size * insn->count)};
    uint16_t flags = iso_walk_order_flags(insn, true) | (exclusive                 ? ISO_EVENT_EX
                                                         : iso_walk_is_compared(b) ? ISO_EVENT_COMPARED
                                                                                   : 0);
    iso_insn_uses(&uses, insn);
    if (iso_walk_path(b, &path, insn, &uses, &request, &(uint8_t){ISO_FAULT_NONE}) != ISO_PATH_OK)
        return;
    for (unsigned k = 0; k < insn->count && !exclusive; k++)
        unknown |= is_disturbed(b, &path, k * insn->size, insn->size) ? iso_walk_choose(b, 2) << k : 0;
    if (exclusive && !path.rest && is_disturbed(b, &path, 0, request.size))
        unknown = iso_walk_choose(b, 2);
    if (b->w.dead)
        return;
    if (exclusive && path.rest) {
        int i = iso_walk_read_whole(b, &path, request.size, flags, &loaded[0]);
        if (i < 0)
            return;
        bits[0] = bits[1] = iso_walk_bits(b, i);
        loaded[1] = iso_bytes_slice(loaded[0], insn->size, insn->size);
    } else if (exclusive && unknown) {
        if (!load_unknown(b, &path, 0, request.size, flags, 0, &loaded[0], &bits[0]))
            return;
        bits[1] = bits[0];
        loaded[0] = loaded[1] = iso_walk_unknown(insn->size);
    } else if (!unknown && path.effect && path.effect->data_ones && !path.rest) {
        loaded[0] = loaded[1] = (struct iso_bytes16){UINT64_MAX, UINT64_MAX};
        bits[0] = bits[1] = path.error >= 0 ? ISO_BIT(path.error) : 0;
    } else if (!unknown && iso_walk_is_one_access(insn, &path)) {
        int i = may_read(b, &path, path.loc, 2u * insn->size)
                    ? read_known(b, &path, path.loc, 2u * insn->size, flags, 0, 0, &loaded[0])
                    : -1;
        if (i < 0)
            return;
        bits[0] = bits[1] = iso_walk_bits(b, i);
        loaded[1] = iso_bytes_slice(loaded[0], insn->size, insn->size);
        loaded[0] = iso_bytes_slice(loaded[0], 0, insn->size);
    } else {
        for (unsigned k = 0; k < insn->count; k++) /* LDIAPP orders its two reads */
            if (!(unknown >> k & 1u ? load_unknown : load_known)(b, &path, k * insn->size, insn->size, flags,
                                                                 k && (insn->order & ISO_ORDER_ELEMENTS) ? bits[0] : 0,
                                                                 &loaded[k], &bits[k]))
                return;
    }
    iso_insn_load_result(&b->w.regs, insn, loaded);
    load_taint(b, insn->rd, &path, bits[0]);
    if (insn->count == 2)
        load_taint(b, insn->rd2, &path, bits[1]);
    iso_walk_base(b, insn, &uses, after, &path);
    if (exclusive && bits[0])
        reserve(b, insn, &path, __builtin_ctzll(bits[0]));
    b->w.pc++;
}
