/* Stores in the walk: their accesses, element by element, and which of those may be made again. The write itself is in walk_memory.c.
 * Not for: stores of tags (walk_tag.c), store exclusives (walk_exclusive.c).
 * Source: Arm ARM B2.2.1, B2.10.1, B2.10.2 (CH-38), C3.2; facts/oracle.md section 7. */
#include "models/rule.h"
#include "sim/explore/explore.h"
#include "sim/explore/walk.h"

enum { TRANSLATIONS = 2, ACCESSES = 3 };
#define ALL_ACCESSES UINT32_MAX

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

bool iso_walk_is_contested(struct iso_builder *b, const struct iso_event *write, bool by_hardware)
{
    struct iso_domain *domain = b->program->domain;
    const bool twins = b->program->has_twins >> b->thread_index & 1;
    if (iso_image_is_split(&b->program->image, write->loc)) /* caches write back, fill and drop lines */
        return true;
    iso_program_note_read(b->program, b->thread_index, write->loc, write->size);
    for (uint32_t i = 0; i < domain->known; i++) {
        struct iso_domain_write *w = &domain->write[i];
        if (w->disturbs || (w->is_hu && !by_hardware))
            continue;
        if (!(w->writers & ~(1u << b->thread_index)) && !twins && !w->is_hu) {
            w->asked = true;
            continue;
        }
        for (unsigned k = 0; k < write->size; k++)
            if (w->loc <= write->loc + k && write->loc + k < w->loc + w->size &&
                iso_bytes_get(w->value, (unsigned)(write->loc + k - w->loc)) != iso_bytes_get(write->value, k))
                return true;
    }
    return false;
}

/* Whether this start of the store makes its next access. */
static bool is_made(struct iso_builder *b)
{
    const unsigned k = b->naccesses++;
    return k >= 32 || (b->made >> k & 1u);
}

/* Whether accesses of the store under way may be made again, asked once for all of them: one that may be need not be. */
static bool may_repeat(struct iso_builder *b)
{
    if (!b->again)
        b->again = (uint8_t)(1 + iso_walk_choose(b, 2));
    return b->again == 2;
}

/* One access of a store. CH-38: of those of an instruction that makes several any may be made again, as when an exception struck between two of them and it was
 * started anew (B2.10.1, B2.10.2): what others wrote there meanwhile is gone. */
static int store_access(struct iso_builder *b, const struct iso_path *path, uint64_t loc, unsigned size, uint16_t flags,
                        struct iso_depend extra, struct iso_bytes16 value)
{
    struct iso_tier_effect why = {.deviation = ISO_CAUSE_REPEATED, .tier = path->tier};
    int i;
    if (!is_made(b))
        return ISO_EVENTS_MAX;
    i = iso_walk_write(b, path, loc, size, flags, extra, -1, value);
    if (i < 0 || !b->repeats || !iso_walk_is_contested(b, &b->event[i], true))
        return i;
    if (b->repeats == ISO_REPEATS_ALONE && b->made == ALL_ACCESSES) {
        if (!may_repeat(b))
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
    if (!is_made(b))
        return ISO_EVENTS_MAX;
    if (!rewrite_unit(b, path, loc, size, flags, extra, value))
        return -1;
    for (unsigned i = first; i < b->w.nevents && b->repeats; i++)
        contested |= b->event[i].kind == ISO_EVENT_WRITE && iso_walk_is_contested(b, &b->event[i], true);
    b->program->retried_often |= contested;
    if (contested && b->made == ALL_ACCESSES && iso_walk_choose(b, 2) == 1 &&
        !rewrite_unit(b, path, loc, size, flags, extra, value))
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
        n = iso_walk_whole_bytes(path, loc + at, size - at);
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
    bool reversed = (insn->order & ISO_ORDER_ELEMENTS) && insn->writeback == ISO_WRITEBACK_PRE;
    if (!(insn->order & ISO_ORDER_ELEMENTS) && insn->count == 2 && rewritten_bytes(path, insn->size) && b->made)
        reversed = iso_walk_choose(b, 2) == 1;
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

/* Descriptors that may translate the page, apart from what hardware writes into them. */
static unsigned count_translations(const struct iso_builder *b, uint64_t loc)
{
    const struct iso_domain *domain = b->program->domain;
    uint64_t seen[TRANSLATIONS + 1];
    unsigned count = 0;
    for (uint32_t i = 0; i <= domain->known && count <= TRANSLATIONS; i++) {
        const struct iso_domain_write *w = i ? &domain->write[i - 1] : NULL;
        uint64_t value = w ? w->value.lo : iso_image_read(&b->program->image, loc, 8).lo;
        unsigned k = 0;
        if ((w && (w->loc != loc || w->size != 8 || w->is_hu)) || !(value & 1))
            continue;
        while (k < count && seen[k] != value)
            k++;
        if (k == count)
            seen[count++] = value;
    }
    return count;
}

/* The TTD reads of the store's pages whose descriptors may change. */
static uint64_t moving(struct iso_builder *b, const struct iso_path *path)
{
    return iso_walk_moving(b, path) | (path->rest ? iso_walk_moving(b, path->rest) : 0);
}

/* Whether what translated the first start can have translated the second, and nothing else in between: then both are one start, whose accesses may be made again. */
static bool is_same_start(struct iso_builder *b, const struct iso_path *path)
{
    const uint64_t ttds = b->w.retried_through ? moving(b, path) : 0;
    const struct iso_event *ttd = ttds ? &b->event[__builtin_ctzll(ttds)] : NULL;
    return ttd && !ttd->value.hi && ttd->value.lo == b->w.retried_through &&
           !iso_domain_knows(b->program->domain, ttd->loc, ttd->value.lo);
}

/* Whether somebody may look at what a first start has made before the second, which makes all of it, passes. A kernel that moves the page copies it as it is; where the
 * thread waits until the page is there again, and no other thread of the program runs, nobody does. */
static bool is_watched(struct iso_builder *b, const struct iso_path *path)
{
    unsigned threads = 0;
    for (unsigned i = 0; i < b->program->nthreads; i++)
        threads += !b->test->thread[i].is_kernel;
    if (threads > 1 || b->test->naliases || b->test->has_guest)
        return true;
    for (; path; path = path->rest) {
        const int page = iso_test_page_at(b->test, path->va & UINT64_C(0x00ffffffffffffff));
        if (iso_walk_moving(b, path) && (page < 0 || !(b->setup->blocking_pages >> page & 1u)))
            return true;
    }
    return false;
}

/* CH-38 where the descriptors of the store's pages may change: an exception strikes between two of its accesses, and when it has returned the store is started anew, with
 * new translations. Each subset of the accesses may have been made. Where there are more than two translations, or many accesses, that is not followed. */
static bool starts_anew(struct iso_builder *b, const struct iso_insn *insn, const struct iso_path *path, uint16_t flags,
                        const struct iso_bytes16 data[2])
{
    const uint64_t ttds = b->repeats && !b->w.retried ? moving(b, path) : 0;
    const struct iso_event *ttd = ttds ? &b->event[__builtin_ctzll(ttds)] : NULL;
    const bool one = !(ttds & (ttds - 1));
    struct iso_tier_effect why = {.deviation = ISO_CAUSE_REPEATED, .tier = path->tier};
    const bool ordered = (insn->order & ISO_ORDER_ELEMENTS) != 0;
    unsigned count;
    if (!ttds || !is_watched(b, path))
        return false;
    b->made = 0;
    b->naccesses = 0;
    (void)store_each(b, insn, path, 3, flags, data);
    count = b->naccesses;
    b->naccesses = 0;
    if (count > ACCESSES || (ordered && count % 2)) {
        b->program->retried_often = true;
        b->made = ALL_ACCESSES;
        return false;
    }
    b->made = iso_walk_choose(b, 1u << count);
    if (ordered && b->made >> count / 2 && (~b->made & ((1u << count / 2) - 1))) /* the second element alone */
        b->w.dead = true;
    if (b->w.dead || !b->made) {
        b->made = ALL_ACCESSES;
        return b->w.dead;
    }
    b->program->retried_often |= !one || count_translations(b, ttd->loc) > TRANSLATIONS;
    if (b->repeats == ISO_REPEATS_ALONE) {
        why.rule = (uint16_t)(iso_rule_find("CH-38") - iso_rule_at(0));
        iso_walk_add_cause(b, &why);
        b->new_cause = -1;
    }
    (void)store_each(b, insn, path, 3, flags, data);
    b->made = ALL_ACCESSES;
    b->w.retried = true;
    b->w.retried_through = one && !ttd->value.hi ? ttd->value.lo : 0;
    b->w.reserved = false; /* an exception return clears the local monitor (B2.12) */
    iso_order_context(&b->w.order, 0);
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
    b->made = ALL_ACCESSES;
    iso_insn_uses(&uses, insn);
    data[0] = iso_insn_store_data(insn, &b->w.regs, 0);
    data[1] = insn->count == 2 ? iso_insn_store_data(insn, &b->w.regs, 1) : data[0];
    b->partial = (struct iso_partial){.insn = insn, .write = store_part, .data = {data[0], data[1]}};
    if (iso_walk_path(b, &path, insn, &uses, &request, &(uint8_t){ISO_FAULT_NONE}) != ISO_PATH_OK)
        return;
    if (iso_walk_is_one_access(insn, &path)) {
        if (store_pair(b, insn, &path, uses.data, flags, data) < 0)
            return;
    } else {
        bool done;
        b->repeats = repeats(b, insn, &path);
        b->again = 0;
        if (b->w.retried && is_same_start(b, &path))
            b->w.dead = true;
        done = !b->w.dead && !starts_anew(b, insn, &path, flags, data) && store_each(b, insn, &path, 3, flags, data);
        b->repeats = ISO_REPEATS_NO;
        if (!done)
            return;
    }
    iso_walk_base(b, insn, &uses, after, &path);
    b->w.retried = false;
    b->w.retried_through = 0;
    iso_walk_after(b, &path);
}
