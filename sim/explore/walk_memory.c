/* Loads, stores and load exclusives in the walk. Atomics are in walk_atomic.c, store exclusives in walk_exclusive.c.
 * Not modelled: single-copy atomicity of misaligned accesses finer than what the tier decides.
 * Source: Arm ARM B2.2.1, B2.12 (exclusives), C3.2; facts/oracle.md section 7. */
#include "models/rule.h"
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

/* Ends of the bytes of a read that the same own write (or none) supplied last, as bits. A write that depends on earlier reads orders only those of the
 * read's bytes that it supplies (dob: dependency, then Local memory read successor), so that the read falls into pieces there. */
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
    return ordered ? cuts : 0;
}

uint64_t iso_walk_bits(const struct iso_builder *b, int read)
{
    return ISO_BIT(read) | b->event[read].siblings;
}

int iso_walk_read(struct iso_builder *b, const struct iso_path *path, uint64_t loc, unsigned size, uint16_t flags,
                  uint64_t extra_flow, uint64_t same, struct iso_bytes16 *value)
{
    struct iso_depend d = path->depend;
    uint64_t pieces = 0, hazards = 0;
    uint32_t cuts;
    int first = -1;
    d.same = path->read_same | same;
    d.flow |= extra_flow;
    d.pick_flow |= extra_flow;
    if (path->ttd >= 0 && iso_setup_leaves_out(b->setup, loc)) {
        b->program->left_out = true;
        iso_walk_choose(b, 0);
        return -1;
    }
    if (!iso_walk_value(b, value, loc, size, false))
        return -1;
    cuts = read_cuts(b, loc, size, flags, iso_path_alias(path, loc));
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

int iso_walk_write(struct iso_builder *b, const struct iso_path *path, uint64_t loc, unsigned size, uint16_t flags,
                   struct iso_depend extra, int pair, struct iso_bytes16 value)
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
static void writeback(struct iso_builder *b, const struct iso_insn *insn, const struct iso_insn_uses *uses,
                      uint64_t after, const struct iso_path *path)
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
static unsigned whole_bytes(const struct iso_path *path, uint64_t loc, unsigned size)
{
    unsigned unit = path->effect ? path->effect->single_copy_bytes : 0, left;
    if (!unit || unit >= size)
        return size;
    left = unit - (unsigned)(loc % unit);
    return left < size ? left : size;
}

/* Whether a pair is one single-copy atomic access: exclusives always, others where the CPU has FEAT_LSE2 and the attribute lets it (B2.2.1.1). Without a
 * machine nothing is known of the CPU, and the architecture guarantees each element alone. */
static bool is_one_access(const struct iso_insn *insn, const struct iso_path *path)
{
    unsigned size = (unsigned)insn->size * insn->count;
    return insn->count == 2 && !path->rest &&
           (insn->cls == ISO_INSN_LOAD_EXCLUSIVE ||
            (path->effect && path->effect->single_copy_bytes >= size && path->effect->rmw_unit_bytes <= size));
}

/* One element of a load, at `offset` of its access, in as many accesses as the tier takes; *bits gets their events. */
static bool load_element(struct iso_builder *b, const struct iso_path *path, unsigned offset, unsigned size,
                         uint16_t flags, uint64_t same, struct iso_bytes16 *value, uint64_t *bits)
{
    *value = (struct iso_bytes16){0, 0};
    *bits = 0;
    for (unsigned at = 0, n; at < size; at += n) {
        struct iso_bytes16 part;
        uint64_t loc;
        const struct iso_path *page = iso_path_at(path, offset + at, &loc);
        int i;
        n = whole_bytes(page, loc, iso_path_bytes(path, offset + at, size - at));
        if (page->effect && page->effect->data_ones) {
            part = (struct iso_bytes16){UINT64_MAX, UINT64_MAX};
            *bits |= page->error >= 0 ? ISO_BIT(page->error) : 0;
        } else {
            i = iso_walk_read(b, page, loc, n, flags, 0, same, &part);
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
    bool exclusive = insn->cls == ISO_INSN_LOAD_EXCLUSIVE;
    struct iso_path_request request = {.va = iso_insn_address(&after, insn, &b->w.regs),
                                       .checked = !b->setup->variant.store_only,
                                       .size = (uint16_t)(insn->size * insn->count)};
    uint16_t flags = iso_walk_order_flags(insn, true) | (exclusive ? ISO_EVENT_EX : 0);
    iso_insn_uses(&uses, insn);
    if (iso_walk_path(b, &path, insn, &uses, &request, &(uint8_t){ISO_FAULT_NONE}) != ISO_PATH_OK)
        return;
    if (exclusive && path.rest) {
        int i = iso_walk_read_whole(b, &path, request.size, flags, &loaded[0]);
        if (i < 0)
            return;
        bits[0] = bits[1] = iso_walk_bits(b, i);
        loaded[1] = iso_bytes_slice(loaded[0], insn->size, insn->size);
    } else if (path.effect && path.effect->data_ones && !path.rest) {
        loaded[0] = loaded[1] = (struct iso_bytes16){UINT64_MAX, UINT64_MAX};
        bits[0] = bits[1] = path.error >= 0 ? ISO_BIT(path.error) : 0;
    } else if (is_one_access(insn, &path)) {
        int i = iso_walk_read(b, &path, path.loc, 2u * insn->size, flags, 0, 0, &loaded[0]);
        if (i < 0)
            return;
        bits[0] = bits[1] = iso_walk_bits(b, i);
        loaded[1] = iso_bytes_slice(loaded[0], insn->size, insn->size);
        loaded[0] = iso_bytes_slice(loaded[0], 0, insn->size);
    } else {
        for (unsigned k = 0; k < insn->count; k++) /* LDIAPP orders its two reads */
            if (!load_element(b, &path, k * insn->size, insn->size, flags,
                              k && (insn->order & ISO_ORDER_ELEMENTS) ? bits[0] : 0, &loaded[k], &bits[k]))
                return;
    }
    iso_insn_load_result(&b->w.regs, insn, loaded);
    load_taint(b, insn->rd, &path, bits[0]);
    if (insn->count == 2)
        load_taint(b, insn->rd2, &path, bits[1]);
    writeback(b, insn, &uses, after, &path);
    if (exclusive && bits[0])
        reserve(b, insn, &path, __builtin_ctzll(bits[0]));
    b->w.pc++;
}

/* A write that the tier makes of a larger unit: it reads the unit and writes it back later, whatever others did meanwhile. What the thread itself has written there
 * before, by an access of the same instruction too, it finds. */
static bool rewrite_unit(struct iso_builder *b, const struct iso_path *path, uint64_t loc, unsigned size,
                         uint16_t flags, struct iso_depend extra, struct iso_bytes16 data)
{
    const unsigned unit = path->effect->rmw_unit_bytes;
    uint64_t base = loc & ~(uint64_t)(unit - 1);
    b->w.instance++;
    for (uint64_t at = base; at < base + unit; at += 16) {
        unsigned n = unit < 16 ? unit : 16;
        struct iso_bytes16 around;
        struct iso_depend e = extra;
        int r = iso_walk_read(b, path, at, n, 0, 0, 0, &around), i;
        if (r < 0)
            return false;
        for (unsigned k = 0; k < n; k++)
            if (at + k >= loc && at + k < loc + size)
                iso_bytes_set(&around, k, iso_bytes_get(data, (unsigned)(at + k - loc)));
        e.same |= iso_walk_bits(b, r);
        i = iso_walk_write(b, path, at, n, flags, e, -1, around);
        if (i < 0)
            return false;
    }
    return true;
}

bool iso_walk_is_contested(struct iso_builder *b, const struct iso_event *write)
{
    struct iso_domain *domain = b->program->domain;
    const bool twins = b->program->has_twins >> b->thread_index & 1;
    if (iso_image_is_split(&b->program->image, write->loc)) /* caches write back, fill and drop lines */
        return true;
    iso_program_note_read(b->program, b->thread_index, write->loc, write->size);
    domain->asked = true;
    for (uint32_t i = 0; i < domain->known; i++) {
        const struct iso_domain_write *w = &domain->write[i];
        if (!(w->writers & ~(1u << b->thread_index)) && !twins && !w->is_hu)
            continue;
        for (unsigned k = 0; k < write->size; k++)
            if (w->loc <= write->loc + k && write->loc + k < w->loc + w->size &&
                iso_bytes_get(w->value, (unsigned)(write->loc + k - w->loc)) != iso_bytes_get(write->value, k))
                return true;
    }
    return false;
}

/* One access of a store. CH-38: of those of an instruction that makes several any may be made again, as when an exception struck between two of them and it was
 * started anew (B2.10.1, B2.10.2): what others wrote there meanwhile is gone. */
static int store_access(struct iso_builder *b, const struct iso_path *path, uint64_t loc, unsigned size, uint16_t flags,
                        struct iso_depend extra, struct iso_bytes16 value)
{
    struct iso_tier_effect why = {.deviation = ISO_CAUSE_REPEATED, .tier = path->tier};
    int i = iso_walk_write(b, path, loc, size, flags, extra, -1, value);
    if (i < 0 || !b->repeats || !iso_walk_is_contested(b, &b->event[i]))
        return i;
    if (b->repeats == ISO_REPEATS_ALONE) {
        if (iso_walk_choose(b, 2) == 0)
            return i;
        why.rule = (uint16_t)(iso_rule_find("CH-38") - iso_rule_at(0));
        iso_walk_add_cause(b, &why);
        b->new_cause = -1;
    }
    b->event[i].flags |= ISO_EVENT_AGAIN;
    return i;
}

/* The same of an access that the tier makes of a larger unit. For each time that it is made it reads the unit: once again is followed. */
static int rewrite_access(struct iso_builder *b, const struct iso_path *path, uint64_t loc, unsigned size,
                          uint16_t flags, struct iso_depend extra, struct iso_bytes16 value)
{
    const unsigned first = b->w.nevents;
    bool contested = false;
    if (!rewrite_unit(b, path, loc, size, flags, extra, value))
        return -1;
    for (unsigned i = first; i < b->w.nevents && b->repeats; i++)
        contested |= b->event[i].kind == ISO_EVENT_WRITE && iso_walk_is_contested(b, &b->event[i]);
    b->program->retried_often |= contested;
    if (contested && iso_walk_choose(b, 2) == 1 && !rewrite_unit(b, path, loc, size, flags, extra, value))
        return -1;
    return b->w.nevents - 1;
}

/* Bytes of the unit that the tier makes of an access of `size` bytes; 0: it makes none. */
static unsigned rewritten_bytes(const struct iso_path *path, unsigned size)
{
    unsigned unit = path->effect ? path->effect->rmw_unit_bytes : 0;
    return unit > size && unit <= 64 ? unit : 0;
}

/* One element of a store, in as many accesses as the tier takes. Returns the last event, -1 if the run ends, ISO_EVENTS_MAX for none. */
static int store_element(struct iso_builder *b, const struct iso_path *path, uint64_t loc, unsigned size,
                         uint16_t flags, struct iso_depend extra, struct iso_bytes16 data)
{
    const unsigned unit = rewritten_bytes(path, size);
    int last = ISO_EVENTS_MAX;
    if (path->effect && path->effect->data_lost)
        return last;
    for (unsigned at = 0, n; unit && at < size; at += n) {
        const unsigned room = unit - (unsigned)((loc + at) % unit);
        n = size - at < room ? size - at : room;
        last = rewrite_access(b, path, loc + at, n, flags, extra, iso_bytes_slice(data, at, n));
        if (last < 0)
            return -1;
    }
    if (unit)
        return last;
    for (unsigned at = 0, n; at < size; at += n) {
        n = whole_bytes(path, loc + at, size - at);
        last = store_access(b, path, loc + at, n, flags, extra, iso_bytes_slice(data, at, n));
        if (last < 0)
            return -1;
    }
    return last;
}

/* Whether a store makes several accesses, as far as that can be on a machine. A handler that emulates one makes each by an instruction of its own. */
static uint8_t repeats(const struct iso_builder *b, const struct iso_insn *insn, const struct iso_path *path)
{
    const unsigned element = insn->size, unit = path->effect ? path->effect->single_copy_bytes : 0;
    const bool several = path->rest || insn->count == 2 || (unit && unit < element);
    if (!b->setup->machine || !several || b->effect[0].deviation == ISO_CAUSE_EMULATED)
        return ISO_REPEATS_NO;
    return b->effect[0].deviation == ISO_CAUSE_TORN ? ISO_REPEATS_ALONE : ISO_REPEATS_TOO;
}

/* An own store may open the local monitor. */
static void own_store(struct iso_builder *b, const struct iso_path *path)
{
    struct iso_monitor_access a = {path->va & UINT64_C(0x00ffffffffffffff), iso_loc_strip(path->loc), 1, 1,
                                   path->attribute};
    if (b->setup->machine && b->w.reserved &&
        iso_local_monitor_after(&b->w.monitor, ISO_MONITOR_OWN_STORE, &a, &b->setup->machine->features) ==
            ISO_MONITOR_OPEN)
        b->w.reserved = false;
}

void iso_walk_after(struct iso_builder *b, const struct iso_path *path)
{
    own_store(b, path);
    if (path->rest)
        own_store(b, path->rest);
    b->w.pc++;
}

/* Both elements in one access. As store_element(). */
static int store_pair(struct iso_builder *b, const struct iso_insn *insn, const struct iso_path *path, uint64_t sources,
                      uint16_t flags, const struct iso_bytes16 data[2])
{
    struct iso_depend extra = {.data = iso_walk_flow(b->w.flow, sources),
                               .pick_data = iso_walk_flow(b->w.pick_flow, sources)};
    struct iso_bytes16 both = data[0];
    for (unsigned i = 0; i < insn->size; i++)
        iso_bytes_set(&both, insn->size + i, iso_bytes_get(data[1], i));
    return store_element(b, path, path->loc, 2u * insn->size, flags, extra, both);
}

/* Bytes [offset, offset + size) of a store, those of pages that `pages` has a bit for. As store_element(). */
static int store_bytes(struct iso_builder *b, const struct iso_path *path, unsigned pages, unsigned offset,
                       unsigned size, uint16_t flags, struct iso_depend extra, struct iso_bytes16 data)
{
    int last = ISO_EVENTS_MAX;
    for (unsigned at = 0, n; at < size; at += n) {
        uint64_t loc;
        const struct iso_path *page = iso_path_at(path, offset + at, &loc);
        n = iso_path_bytes(path, offset + at, size - at);
        if (!(pages >> (page != path) & 1u))
            continue;
        last = store_element(b, page, loc, n, flags, extra, iso_bytes_slice(data, at, n));
        if (last < 0)
            return -1;
    }
    return last;
}

/* Element by element, on pages that `pages` has a bit for. False: the run ends. */
static bool store_each(struct iso_builder *b, const struct iso_insn *insn, const struct iso_path *path, unsigned pages,
                       uint16_t flags, const struct iso_bytes16 data[2])
{
    int first = -1;
    /* STILP with write-back writes its second element first; two parts of one unit are written in either order, one over the other */
    bool reversed = (insn->order & ISO_ORDER_ELEMENTS)                      ? insn->writeback == ISO_WRITEBACK_PRE
                    : insn->count == 2 && rewritten_bytes(path, insn->size) ? iso_walk_choose(b, 2) == 1
                                                                            : false;
    for (unsigned n = 0; n < insn->count; n++) {
        unsigned k = reversed ? 1 - n : n;
        uint8_t reg = k ? insn->rt2 : insn->rt;
        struct iso_depend extra = {0};
        int i;
        if (reg < ISO_REG_COUNT) {
            extra.data = b->w.flow[reg];
            extra.pick_data = b->w.pick_flow[reg];
        }
        if (n && (insn->order & ISO_ORDER_ELEMENTS) && first < ISO_EVENTS_MAX)
            extra.same = ISO_BIT(first);
        i = store_bytes(b, path, pages, k * insn->size, insn->size, flags, extra, data[k]);
        if (i < 0)
            return false;
        if (n == 0)
            first = i;
    }
    return true;
}

static bool store_part(struct iso_builder *b, const struct iso_partial *partial)
{
    struct iso_path page[2] = {*partial->path, *partial->path}; /* of the other one nothing is written */
    page[0].first = (uint16_t)partial->first;
    page[0].rest = &page[1];
    return store_each(b, partial->insn, &page[0], 1u << partial->part, iso_walk_order_flags(partial->insn, false),
                      partial->data);
}

void iso_walk_store(struct iso_builder *b, const struct iso_insn *insn)
{
    struct iso_insn_uses uses;
    struct iso_path path;
    uint64_t after;
    struct iso_path_request request = {.va = iso_insn_address(&after, insn, &b->w.regs),
                                       .write = true,
                                       .update_db = true,
                                       .checked = true,
                                       .size = (uint16_t)(insn->size * insn->count)};
    uint16_t flags = iso_walk_order_flags(insn, false);
    struct iso_bytes16 data[2];
    iso_insn_uses(&uses, insn);
    data[0] = iso_insn_store_data(insn, &b->w.regs, 0);
    data[1] = insn->count == 2 ? iso_insn_store_data(insn, &b->w.regs, 1) : data[0];
    b->partial = (struct iso_partial){.insn = insn, .write = store_part, .data = {data[0], data[1]}};
    if (iso_walk_path(b, &path, insn, &uses, &request, &(uint8_t){ISO_FAULT_NONE}) != ISO_PATH_OK)
        return;
    if (is_one_access(insn, &path)) {
        if (store_pair(b, insn, &path, uses.data, flags, data) < 0)
            return;
    } else {
        bool done;
        b->repeats = repeats(b, insn, &path);
        done = store_each(b, insn, &path, 3, flags, data);
        b->repeats = ISO_REPEATS_NO;
        if (!done)
            return;
    }
    writeback(b, insn, &uses, after, &path);
    b->w.retried = false;
    iso_walk_after(b, &path);
}
