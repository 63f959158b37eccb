/* Local order, relation by relation. Each function adds the direct predecessors of one event; iso_order_event() closes them.
 * Not for: hazards, observed-by, TLBI (machine.c). Names and order follow Arm ARM B2.3 and its machine-readable form. */
#include "sim/explore/explore.h"
#include "sim/explore/walk.h"

/* Explicit writes and hardware updates that an event's bytes would find last in its own thread: Local memory read successor, backwards.
 * B2.3 "Local read successor"; `only_explicit` leaves hardware updates out. */
static uint64_t local_read_predecessors(const struct iso_builder *b, unsigned i, bool only_explicit)
{
    const struct iso_event *e = &b->event[i];
    uint64_t found = 0;
    uint32_t open = e->size >= 16 ? 0xffffu : (1u << e->size) - 1u; /* bytes without a writer yet */
    for (unsigned k = i; k-- > 0 && open;) {
        const struct iso_event *w = &b->event[k];
        if (!iso_event_is_store(w) || w->instance == e->instance || !iso_event_overlaps(w, e))
            continue;
        if (iso_event_is_spontaneous(w) || (only_explicit && w->kind != ISO_EVENT_WRITE))
            continue;
        for (unsigned byte = 0; byte < e->size; byte++) {
            uint64_t at = e->loc + byte;
            if ((open >> byte & 1u) && at >= w->loc && at < w->loc + w->size) {
                open &= ~(1u << byte);
                found |= ISO_BIT(k);
            }
        }
    }
    return found;
}

/* Local write successor (lmws): an access or tag read before a later write of the thread to the same location; a TTD read also before a later
 * hardware update of the descriptor. */
static uint64_t local_write_successor(const struct iso_builder *b, unsigned i)
{
    const struct iso_event *e = &b->event[i];
    uint64_t out = 0;
    if (!iso_event_is_store(e))
        return 0;
    for (unsigned k = 0; k < i; k++) {
        const struct iso_event *f = &b->event[k];
        bool source = f->kind == ISO_EVENT_TTD_READ ||
                      (e->kind == ISO_EVENT_WRITE && (iso_event_is_explicit(f) || f->kind == ISO_EVENT_TAG_READ));
        if (source && f->instance != e->instance && iso_event_overlaps(f, e))
            out |= ISO_BIT(k);
    }
    return out;
}

/* Dependency-ordered-before (dob). */
static uint64_t dependency(const struct iso_builder *b, unsigned i, uint64_t last_writes)
{
    const struct iso_event *e = &b->event[i];
    const struct iso_order *o = &b->w.order;
    const struct iso_depend *d = &b->build[i].depend;
    uint64_t out = d->address;
    if (e->flags & ISO_EVENT_AS_WRITE)
        return out | o->control | o->address_access | o->translated | o->checked;
    switch ((enum iso_event_kind)e->kind) {
    case ISO_EVENT_WRITE:
        out |= d->data | o->control | o->address_access | o->translated | o->checked;
        break;
    case ISO_EVENT_HU:
        out |= o->control | o->address_access | o->translated | o->checked;
        break;
    case ISO_EVENT_TLBI:
    case ISO_EVENT_CACHE:
    case ISO_EVENT_IC:
    case ISO_EVENT_MAINTENANCE:
        out |= o->control;
        break;
    case ISO_EVENT_READ:
    case ISO_EVENT_TAG_READ: /* address or data dependency, then a read of what was written */
        for (uint64_t w = last_writes; w; w &= w - 1) {
            const struct iso_depend *from = &b->build[__builtin_ctzll(w)].depend;
            if (b->event[__builtin_ctzll(w)].kind == ISO_EVENT_WRITE)
                out |= from->address | from->data;
        }
        break;
    case ISO_EVENT_TTD_READ:
        break;
    case ISO_EVENT_FETCH:
    case ISO_EVENT_FAULT:
    case ISO_EVENT_COMPLETION:
        out = 0;
        break;
    }
    return out;
}

/* Pick-ordered-before (pob). */
static uint64_t pick(const struct iso_builder *b, unsigned i)
{
    const struct iso_event *e = &b->event[i];
    const struct iso_order *o = &b->w.order;
    const struct iso_depend *d = &b->build[i].depend;
    if (e->flags & ISO_EVENT_AS_WRITE)
        return d->pick_address | o->pick_control | o->pick_address_access;
    switch ((enum iso_event_kind)e->kind) {
    case ISO_EVENT_WRITE:
        return d->pick_address | d->pick_data | o->pick_control | o->pick_address_access;
    case ISO_EVENT_HU:
        return d->pick_address | o->pick_control | o->pick_address_access;
    case ISO_EVENT_TLBI:
    case ISO_EVENT_CACHE:
    case ISO_EVENT_IC:
    case ISO_EVENT_MAINTENANCE:
        return d->pick_address | o->pick_control;
    case ISO_EVENT_READ:
    case ISO_EVENT_TAG_READ:
    case ISO_EVENT_TTD_READ:
    case ISO_EVENT_FETCH:
    case ISO_EVENT_FAULT:
    case ISO_EVENT_COMPLETION:
        break;
    }
    return 0;
}

/* Atomic-ordered-before (aob): the two halves of a read-modify-write; its read before an Acquire read of what it wrote. */
static uint64_t atomic(const struct iso_builder *b, unsigned i, uint64_t last_writes)
{
    const struct iso_event *e = &b->event[i];
    uint64_t out = 0;
    if (iso_event_is_store(e) && e->pair >= 0)
        out |= ISO_BIT(e->pair) | b->event[e->pair].siblings;
    if (e->kind == ISO_EVENT_READ && (e->flags & (ISO_EVENT_A | ISO_EVENT_Q)))
        for (uint64_t w = last_writes; w; w &= w - 1) {
            const struct iso_event *from = &b->event[__builtin_ctzll(w)];
            if (from->kind == ISO_EVENT_WRITE && from->pair >= 0)
                out |= ISO_BIT(from->pair) | b->event[from->pair].siblings;
        }
    return out;
}

/* Barrier-ordered-before (bob), with Acquire and Release. */
static uint64_t barrier(const struct iso_builder *b, unsigned i)
{
    const struct iso_event *e = &b->event[i];
    const struct iso_order *o = &b->w.order;
    uint64_t out = 0;
    switch ((enum iso_event_kind)e->kind) {
    case ISO_EVENT_READ:
        out = o->before_access | o->before_explicit;
        if (e->flags & ISO_EVENT_A)
            out |= o->release;
        if (e->flags & ISO_EVENT_AS_WRITE)
            out |= o->before_write | (e->flags & ISO_EVENT_L ? o->read | o->write | o->tag : 0);
        break;
    case ISO_EVENT_WRITE:
        out = o->before_access | o->before_explicit | o->before_write;
        if (e->flags & ISO_EVENT_L)
            out |= o->read | o->write | o->tag;
        break;
    case ISO_EVENT_TAG_READ:
        out = o->before_access;
        break;
    case ISO_EVENT_FAULT:
        out = o->before_access | o->before_write;
        break;
    case ISO_EVENT_CACHE:
    case ISO_EVENT_MAINTENANCE:
        out = o->before_cache;
        break;
    case ISO_EVENT_TTD_READ:
    case ISO_EVENT_HU:
    case ISO_EVENT_TLBI:
    case ISO_EVENT_FETCH:
    case ISO_EVENT_IC:
    case ISO_EVENT_COMPLETION:
        break;
    }
    return out;
}

/* DSB-ordered-before. */
static uint64_t dsb(const struct iso_builder *b, unsigned i)
{
    const struct iso_order *o = &b->w.order;
    bool is_ttd = b->event[i].kind == ISO_EVENT_TTD_READ || b->event[i].kind == ISO_EVENT_HU;
    if (b->event[i].kind ==
        ISO_EVENT_FETCH) /* it may have been made long before: only a context synchronisation holds it */
        return 0;
    return is_ttd ? o->before_ttd : o->before_any;
}

/* Instruction-fetch-barrier-ordered-before (IFB-ob). */
static uint64_t context(const struct iso_builder *b)
{
    return b->w.order.before_all;
}

/* ETS-ordered-before: accesses before the translation of a later access that faults, under FEAT_ETS2 and FEAT_ETS3. */
static uint64_t translation_synchronisation(const struct iso_builder *b, unsigned i)
{
    const struct iso_event *e = &b->event[i];
    const struct iso_order *o = &b->w.order;
    unsigned ets;
    if (!(e->flags & (ISO_EVENT_TLB_UNCACHEABLE | ISO_EVENT_FAULTS)) ||
        (e->kind != ISO_EVENT_TTD_READ && e->kind != ISO_EVENT_TAG_READ))
        return 0;
    ets = iso_setup_ets(b->setup);
    if (e->kind == ISO_EVENT_TTD_READ &&
        ((ets >= 2 && (e->flags & ISO_EVENT_TLB_UNCACHEABLE)) || (ets >= 3 && (e->flags & ISO_EVENT_FAULTS))))
        return o->read | o->write;
    if (e->kind == ISO_EVENT_TAG_READ && ets >= 3 && (e->flags & ISO_EVENT_FAULTS))
        return o->read | o->write;
    return 0;
}

/* Of the two, one is a DC to the Point of Coherency: it is executed in program order with cacheable accesses to its line, of data or tags, and with other DC to
 * it; others need a DMB or DSB (Arm ARM D7.5.9, ordering of data cache instructions; D7.1: tag accesses as data accesses). A tag check is no load or store. */
static bool on_its_line(const struct iso_event *a, const struct iso_event *b)
{
    const struct iso_event *dc = a->kind == ISO_EVENT_MAINTENANCE ? a : b, *other = dc == a ? b : a;
    bool cached = other->kind == ISO_EVENT_MAINTENANCE || (iso_event_is_explicit(other) && (other->loc & ISO_LOC_COPY));
    return cached && iso_loc_bare(other->loc) < dc->loc + ISO_LINE_BYTES &&
           dc->loc < iso_loc_bare(other->loc) + other->size;
}

static uint64_t maintenance(const struct iso_builder *b, unsigned i)
{
    const struct iso_event *e = &b->event[i];
    bool is_dc = e->kind == ISO_EVENT_MAINTENANCE;
    uint64_t out = 0;
    for (unsigned k = 0; k < i && (is_dc || (e->alias && b->w.order.cache)); k++)
        if ((is_dc || b->event[k].kind == ISO_EVENT_MAINTENANCE) && b->event[k].instance != e->instance &&
            on_its_line(e, &b->event[k]))
            out |= ISO_BIT(k);
    return out;
}

/* The same of a DC to the Point of Unification, whose line is as long as the machine says. */
static bool is_cleaned(const struct iso_event *dc, const struct iso_event *other)
{
    return iso_event_overlaps(dc, other) ||
           ((other->loc & ISO_LOC_COPY) && iso_loc_bare(other->loc) < dc->loc + dc->size &&
            dc->loc < iso_loc_bare(other->loc) + other->size);
}

/* Order through a cache line: DC and the accesses to the line it works on (po-scl-ob). */
static uint64_t cache_line(const struct iso_builder *b, unsigned i)
{
    const struct iso_event *e = &b->event[i];
    uint64_t out = maintenance(b, i);
    bool is_cache = e->kind == ISO_EVENT_CACHE;
    if (!is_cache && !(iso_event_is_explicit(e) && b->w.order.cache))
        return out;
    for (unsigned k = 0; k < i; k++) {
        const struct iso_event *f = &b->event[k];
        bool pair = f->kind == ISO_EVENT_CACHE || (is_cache && iso_event_is_explicit(f));
        if (pair && f->instance != e->instance && (is_cache ? is_cleaned(e, f) : is_cleaned(f, e)))
            out |= ISO_BIT(k);
    }
    return out;
}

/* Pick-locally-ordered-before: a pick dependency to an event that is itself locally ordered before a write. */
static uint64_t pick_local(const struct iso_builder *b, unsigned i, uint64_t lob)
{
    uint64_t out = 0;
    if (b->event[i].kind != ISO_EVENT_WRITE)
        return 0;
    for (; lob; lob &= lob - 1)
        out |= b->build[__builtin_ctzll(lob)].depend.pick_flow;
    return out & ~ISO_BIT(i);
}

/* Whether two accesses touch one block of that size. */
static bool share_block(const struct iso_event *a, const struct iso_event *b, uint64_t bytes)
{
    return a->loc / bytes <= (b->loc + b->size - 1) / bytes && b->loc / bytes <= (a->loc + a->size - 1) / bytes;
}

/* Peripheral arrival order of Device nGnRE and nGnRnE: accesses of one XS to one peripheral arrive in program order (Arm ARM B2.4.1.1, facts 5.2 (i)), and
 * take their values where they arrive. Of any type without the Gathering attribute a read comes from the endpoint, not from a buffered write (B2.10.2.1). */
static uint64_t arrival(const struct iso_builder *b, unsigned i)
{
    const struct iso_event *e = &b->event[i];
    const unsigned tier = e->peripheral & ~(unsigned)(ISO_PERIPHERAL_XS | ISO_PERIPHERAL_READS);
    uint64_t bytes, out = e->peripheral & ISO_PERIPHERAL_READS ? e->own_writes : 0;
    if (!tier)
        return out;
    bytes = b->program->peripheral_bytes[tier - 1];
    for (unsigned k = 0; k < i; k++)
        if (!((b->event[k].peripheral ^ e->peripheral) & ~(unsigned)ISO_PERIPHERAL_READS) &&
            b->event[k].instance != e->instance && share_block(&b->event[k], e, bytes))
            out |= ISO_BIT(k);
    return out;
}

/* Fetch-ordered-before and fetch-intrinsically-before (f-ob, f-ib): a fetch before everything that its instruction and later ones do but fetch. With CTR_EL0.DIC
 * a fetch that finds an old instruction was made before the write of the new one, and so were all earlier ones (IC-ordered-before): as if
 * fetches were made in program order. Without DIC that holds where an IC comes between: machine.c. */
static uint64_t fetched(const struct iso_builder *b, unsigned i)
{
    return b->event[i].kind == ISO_EVENT_FETCH && !b->program->dic ? 0 : b->w.order.fetch & ~ISO_BIT(i);
}

/* Lists of overlapping events that the machine looks at. */
static void overlaps(struct iso_builder *b, unsigned i)
{
    struct iso_event *e = &b->event[i];
    for (unsigned k = 0; k < i; k++) {
        struct iso_event *f = &b->event[k];
        if (f->instance == e->instance || !iso_event_overlaps(f, e))
            continue;
        if (f->kind == ISO_EVENT_WRITE && (e->kind == ISO_EVENT_READ || e->kind == ISO_EVENT_TAG_READ))
            e->own_writes |= ISO_BIT(k);
        if (f->kind == ISO_EVENT_READ && e->kind == ISO_EVENT_READ)
            e->hazards |= ISO_BIT(k);
    }
}

void iso_order_event(struct iso_builder *b, unsigned i)
{
    struct iso_event *e = &b->event[i];
    struct iso_order_event *build = &b->build[i];
    struct iso_depend *d = &build->depend;
    uint64_t last = iso_event_is_load(e) ? local_read_predecessors(b, i, false) : 0;
    uint64_t direct, closed, extra;
    for (uint64_t w = last; w; w &= w - 1) { /* dependencies go on through memory */
        const struct iso_depend *from = &b->build[__builtin_ctzll(w)].depend;
        d->flow |= from->flow;
        d->pick_flow |= from->pick_flow;
    }
    d->pick_flow |= d->flow;
    overlaps(b, i);
    direct = d->same | local_write_successor(b, i) | dependency(b, i, last) | pick(b, i) | atomic(b, i, last) |
             barrier(b, i) | dsb(b, i) | context(b) | translation_synchronisation(b, i) | cache_line(b, i) |
             fetched(b, i);
    build->lob = direct;
    closed = direct;
    for (uint64_t p = direct; p; p &= p - 1) {
        unsigned k = (unsigned)__builtin_ctzll(p);
        build->lob |= b->build[k].lob;
        closed |= b->event[k].preds;
    }
    extra = (pick_local(b, i, build->lob) | arrival(b, i)) & ~closed;
    for (; extra; extra &= extra - 1) {
        unsigned k = (unsigned)__builtin_ctzll(extra);
        closed |= ISO_BIT(k) | b->event[k].preds;
    }
    e->preds = closed;
    e->releases = e->kind == ISO_EVENT_WRITE &&
                  ((e->flags & ISO_EVENT_L) || !((b->w.order.since & ~closed) | b->w.order.since_lost));
}

/* Whether some barrier of the thread orders all accesses: else what comes before all behind it need not be followed. */
static bool has_full_barrier(const struct iso_thread *t)
{
    for (uint32_t i = 0; i < t->ninsns; i++)
        if (t->insn[i].cls == ISO_INSN_BARRIER && t->insn[i].types == ISO_BARRIER_SY &&
            (t->insn[i].barrier == ISO_BARRIER_DMB || t->insn[i].barrier == ISO_BARRIER_DSB))
            return true;
    return false;
}

void iso_order_begin(struct iso_order *o, const struct iso_thread *thread)
{
    *o = (struct iso_order){.since_lost = !has_full_barrier(thread)};
}

/* Whether claims.h may have it made at once. */
static bool may_be_early(const struct iso_event *e)
{
    return iso_event_is_explicit(e) && e->pair < 0 && !(e->flags & (ISO_EVENT_X | ISO_EVENT_EX));
}

void iso_order_commit(struct iso_builder *b, unsigned first)
{
    struct iso_order *o = &b->w.order;
    for (unsigned i = first; i < b->w.nevents; i++) {
        const struct iso_event *e = &b->event[i];
        const struct iso_depend *d = &b->build[i].depend;
        switch ((enum iso_event_kind)e->kind) {
        case ISO_EVENT_READ:
            o->read |= ISO_BIT(i);
            if (e->flags & (ISO_EVENT_NORET | ISO_EVENT_AS_WRITE))
                o->read_noret |= ISO_BIT(i);
            if (e->flags & ISO_EVENT_AS_WRITE) {
                o->write |= ISO_BIT(i);
                o->release |= e->flags & ISO_EVENT_L ? ISO_BIT(i) : 0;
            }
            if (e->flags & (ISO_EVENT_A | ISO_EVENT_Q))
                o->before_access |= ISO_BIT(i);
            break;
        case ISO_EVENT_WRITE:
            o->write |= ISO_BIT(i);
            if (e->flags & ISO_EVENT_L)
                o->release |= ISO_BIT(i);
            if ((e->flags & ISO_EVENT_L) && (e->flags & ISO_EVENT_X) && e->pair >= 0 &&
                (b->event[e->pair].flags & ISO_EVENT_A))
                o->before_access |= ISO_BIT(i); /* write of an atomic with Acquire and Release */
            break;
        case ISO_EVENT_TAG_READ:
            o->tag |= ISO_BIT(i);
            break;
        case ISO_EVENT_TTD_READ:
            o->ttd |= ISO_BIT(i);
            break;
        case ISO_EVENT_HU: /* what hardware does of its own accord no barrier waits for */
            o->hu |= iso_event_is_spontaneous(e) ? 0 : ISO_BIT(i);
            break;
        case ISO_EVENT_TLBI:
            o->tlbi |= ISO_BIT(i);
            break;
        case ISO_EVENT_CACHE:
        case ISO_EVENT_MAINTENANCE:
            o->cache |= ISO_BIT(i);
            break;
        case ISO_EVENT_IC:
            o->ic |= ISO_BIT(i);
            break;
        case ISO_EVENT_FETCH:
        case ISO_EVENT_FAULT:
        case ISO_EVENT_COMPLETION:
            break;
        }
        if (may_be_early(e) && !(o->before_access >> i & 1) && !o->since_lost)
            o->since |= ISO_BIT(i);
        if (iso_event_is_explicit(e)) {
            o->address_access |= d->address;
            o->pick_address_access |= d->pick_address;
            if (e->ttd >= 0)
                o->translated |= ISO_BIT(e->ttd);
            if (e->tag >= 0)
                o->checked |= ISO_BIT(e->tag);
        }
    }
}

void iso_order_barrier(struct iso_order *o, const struct iso_insn *insn, uint8_t ets)
{
    uint64_t returns = o->read & ~o->read_noret;
    bool with_ttd = ets >= 2;
    if ((insn->barrier == ISO_BARRIER_DMB || insn->barrier == ISO_BARRIER_DSB) && insn->types == ISO_BARRIER_SY)
        o->since = o->since_lost = 0; /* a thread without such a barrier has them lost from the start */
    if (insn->barrier == ISO_BARRIER_ISB) {
        iso_order_context(o, 0);
    } else if (insn->barrier == ISO_BARRIER_DMB && insn->types == ISO_BARRIER_SY) {
        o->before_access |= o->read | o->write | o->tag;
        o->before_explicit |= o->cache;
        o->before_cache |= o->read | o->write | o->cache;
    } else if (insn->barrier == ISO_BARRIER_DMB && insn->types == ISO_BARRIER_LD) {
        o->before_access |= returns | o->tag;
    } else if (insn->barrier == ISO_BARRIER_DMB) {
        o->before_write |= o->write;
    } else if (insn->barrier == ISO_BARRIER_DSB && insn->types == ISO_BARRIER_SY) {
        uint64_t all = o->read | o->write | o->tag | o->ttd | o->hu | o->tlbi | o->cache | o->fetch | o->ic;
        o->before_any |= all;
        o->before_ttd |= with_ttd ? all : 0;
    } else if (insn->barrier == ISO_BARRIER_DSB && insn->types == ISO_BARRIER_LD) {
        o->before_any |= returns | o->tag;
        o->before_ttd |= with_ttd ? returns : 0;
    } else if (insn->barrier == ISO_BARRIER_DSB) {
        o->before_any |= o->write;
        o->before_ttd |= with_ttd ? o->write : 0;
    }
}

void iso_order_context(struct iso_order *o, uint64_t own)
{
    o->before_all |= o->control | o->pick_control | o->address_access | o->pick_address_access | o->before_any |
                     o->translated | o->checked | own;
}
