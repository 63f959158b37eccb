/* Taking memory effects: requests, loads, stores, forwarding and replay. See cpu.h. */
#include "sim/platform/cpu.h"

#include <algorithm>
#include <cstring>

namespace iso
{

namespace
{

/* Granules an instruction covers: explicit tag accesses, or implicit ones of a checked access. */
void tag_range_of(const entry &e, uint64_t *base, uint64_t *size)
{
    *base = iso_tag_granule(e.pa);
    *size = e.d->tag_bytes
                ? e.d->tag_bytes
                : uint64_t{iso_tag_granules(e.pa, e.d->data_bytes ? e.d->data_bytes : 1u)} * ISO_TAG_GRANULE_BYTES;
}

} // namespace

bool cpu::tags_overlap(const entry &a, const entry &b)
{
    uint64_t base_a, base_b, size_a, size_b;
    tag_range_of(a, &base_a, &size_a);
    tag_range_of(b, &base_b, &size_b);
    return iso_range_overlap(base_a, size_a, base_b, size_b);
}

void cpu::make_access(iso_access *out, const entry &e) const
{
    const decoded &d = *e.d;
    const iso_insn &insn = *d.insn;
    iso_access_init(out, d.kind);
    out->va = e.va & UINT64_C(0x00ffffffffffffff);
    out->pa = e.pa;
    out->size_bytes = d.data_bytes ? d.data_bytes : d.tag_bytes;
    if (e.whole_bytes) { /* a part is judged as one of the whole */
        out->va = e.whole_va & UINT64_C(0x00ffffffffffffff);
        out->size_bytes = e.whole_bytes;
    }
    out->element_bytes = insn.count == 2 ? insn.size : out->size_bytes;
    if (e.rest)
        iso_straddle_rest(out, e.va & UINT64_C(0x00ffffffffffffff), std::max<uint32_t>(d.data_bytes, d.tag_bytes));
    out->write = d.writes || d.tag_writes;
    out->acquire = insn.order & ISO_ORDER_ACQUIRE;
    out->acquire_pc = insn.order & ISO_ORDER_ACQUIRE_PC;
    out->release = insn.order & ISO_ORDER_RELEASE;
    out->no_return = d.no_return;
    out->unprivileged = insn.unprivileged;
    out->nontemporal = insn.nontemporal;
    out->tag_access = shared_.memtag;
    out->check = e.check_tags ? ISO_TAG_CHECK_YES : ISO_TAG_CHECK_NO;
    out->logical_tag = iso_tag_logical(e.va);
    out->bit55 = e.va >> 55 & 1;
    static const iso_tcf modes[] = {ISO_TCF_SYNC, ISO_TCF_ASYNC, ISO_TCF_ASYM}; /* by enum iso_tag_mode */
    out->tcf = shared_.setup ? modes[shared_.setup->variant.tag_mode] : ISO_TCF_SYNC;
}

/* Errors that are in force now where the entry accesses; *state gets the place of the first one that could be, 0 if none. */
iso_condition cpu::condition_of(const entry &e, uint64_t *state)
{
    *state = 0;
    const iso_setup *setup = shared_.setup;
    if (!setup || !setup->nerrors)
        return ISO_CONDITION_NORMAL;
    int frame = iso_test_frame_at(setup->test, e.pa & ~uint64_t{ISO_PAGE_BYTES - 1});
    uint64_t offset = e.pa % ISO_PAGE_BYTES, bytes = std::max<uint64_t>(e.d->data_bytes, e.d->tag_bytes);
    for (uint32_t k = 0; k < setup->nerrors && frame >= 0; k++) {
        const iso_setup_error &error = setup->error[k];
        if (!(error.frames >> frame & 1) || !iso_range_overlap(offset, bytes, error.first, error.bytes))
            continue;
        uint64_t place = setup->test->page[error.state].pa;
        uint8_t in_force = 0;
        shared_.memory.read(place, 1, SHARED_DOMAIN, false, &in_force, nullptr);
        if (!*state || in_force)
            *state = place;
        if (in_force)
            return static_cast<iso_condition>(error.condition);
    }
    return ISO_CONDITION_NORMAL;
}

/* At the instant of the access: has an error struck, or gone, since its effect was decided? Then it is decided again. True if the
 * access cannot go on as it was about to. */
bool cpu::look_for_errors(entry &e)
{
    uint64_t state = 0;
    if (!e.may_err || e.condition == condition_of(e, &state))
        return false;
    e.faulting = false;
    e.fault = ISO_FAULT_NONE;
    find_effect(e);
    if (!e.faulting && e.effect->effect.kind == ISO_EFFECT_PERFORM)
        return false;
    e.state = phase::WAIT;
    return true;
}

/* What becomes of an access, found once for all alike. emulated: of a piece of an access whose fault a kernel's handler puts right. */
const resolved &cpu::resolve(const iso_access &a, const entry &e, bool emulated)
{
    access_key key = key_of(a, e.attribute, e.tier);
    key.access |= uint64_t{emulated} << 63;
    auto found = shared_.effects.find(key);
    if (found == shared_.effects.end()) {
        request_extension &x = transaction_.extension;
        transaction_.begin(step::DECIDE, want::READ, e.pa, a.size_bytes);
        x.cpu = static_cast<uint8_t>(id_);
        x.tier = e.tier;
        x.access = &a;
        x.attribute = &e.attribute;
        iso_effect_init(&x.effect);
        sc_core::sc_time none = sc_core::SC_ZERO_TIME;
        /* what an implementation chooses once is one thing for all accesses of a run */
        const iso_cpu_features kept = shared_.features;
        iso_reads reads = {};
        for (unsigned k = 0; k < ISO_CPU_COUNT; k++)
            if (one_choice_[k])
                shared_.features.value[k] = shared_.setting(static_cast<enum iso_cpu_key>(k));
        shared_.features.reads = &reads;
        memory->b_transport(transaction_.payload, none);
        iso_effect_finish(&x.effect, &a, &e.attribute, &shared_.features);
        bool depends = false;
        for (unsigned k = 0; k < ISO_CPU_COUNT; k++)
            depends |= one_choice_[k] && kept.value[k] < ISO_VALUE_FIRST && (reads.key[k / 64] >> k % 64 & 1);
        shared_.features = kept;
        resolved r = {};
        r.effect = x.effect;
        r.seed_dependent = x.seed_dependent || depends;
        r.deviation = deviation_of(r.effect, a, shared_.features);
        r.rule = rule_index(r.effect.rule);
        if (emulated && (r.effect.kind == ISO_EFFECT_PERFORM || r.effect.kind == ISO_EFFECT_PASS)) {
            r.effect.single_copy_bytes = a.size_bytes == 1 ? 1 : ISO_TAG_GRANULE_BYTES;
            r.deviation = ISO_CAUSE_EMULATED;
        }
        found = shared_.effects.emplace(key, r).first;
    }
    return found->second;
}

uint8_t cpu::domain_of(const iso_attribute &attribute) const
{
    const iso_copy copy = iso_alias_copy(&attribute, shared_.as);
    return static_cast<uint8_t>(copy == ISO_COPY_PRIVATE                        ? id_ + 1
                                : copy == ISO_COPY_OUTER && shared_.outer_apart ? OUTER_DOMAIN
                                                                                : SHARED_DOMAIN);
}

/* Place and attribute of an access are known: tier, domain, and what becomes of it. */
void cpu::find_effect(entry &e)
{
    iso_access a;
    uint64_t state = 0;
    make_access(&a, e);
    a.condition = condition_of(e, &state);
    e.condition = static_cast<uint8_t>(a.condition);
    e.may_err = state != 0;
    const iso_copy copy = iso_alias_copy(&e.attribute, shared_.as);
    e.uncached = copy == ISO_COPY_MEMORY;
    e.through = iso_alias_writes_through(&e.attribute, shared_.as);
    e.domain = domain_of(e.attribute);
    e.effect = &resolve(a, e, false);
    const iso_effect &effect = e.effect->effect;
    switch (effect.kind) {
    case ISO_EFFECT_PERFORM:
    case ISO_EFFECT_PASS:
        settle(e);
        break;
    case ISO_EFFECT_FAULT:
        e.faulting = true;
        e.fault = iso_effect_fault(&effect);
        break;
    case ISO_EFFECT_NOP:
    case ISO_EFFECT_HANG:
        break; /* at the head of the window */
    }
}

void cpu::settle(entry &e)
{
    settle_peek(e);
    const iso_insn_class cls = static_cast<iso_insn_class>(e.d->insn->cls);
    const unsigned unit = e.effect->effect.single_copy_bytes, bytes = e.d->data_bytes;
    if (!unit || unit >= bytes)
        return;
    if (e.uncached || e.effect->deviation == ISO_CAUSE_TORN)
        e.tears = !e.d->exclusive_load && !e.d->exclusive_store && !e.d->atomic;
    else if (e.d->insn->order == 0 && (cls == ISO_INSN_LOAD || cls == ISO_INSN_STORE) && piece_bytes(e, 0) < bytes)
        e.tears = random_.permille(mood_.tear);
}

/* Bytes of the piece, `at` bytes from its beginning, of an access that is not single-copy atomic as a whole: elements of pairs, where their size is guaranteed, or
 * what the tier takes at once. Without a machine nothing is known of the CPU: elements are whole. */
unsigned cpu::piece_bytes(const entry &e, unsigned at) const
{
    const unsigned unit = e.effect->effect.single_copy_bytes, size = e.d->insn->size ? e.d->insn->size : 1u;
    const unsigned element = e.d->insn->count == 2 ? size : e.d->data_bytes;
    const unsigned left = element - at % element;
    if (unit >= element || !shared_.setup || !shared_.setup->machine)
        return left;
    return std::min(left, unit - static_cast<unsigned>((e.pa + at) % unit));
}

/* A load of which some pieces were read: none of them counts. */
void cpu::start_again(entry &e)
{
    if (e.d->reads && !e.d->writes && e.state == phase::FLIGHT)
        e.pieces_done = 0;
}

/* Only atomics in the core's own cache, whose tags are not checked, may read early. */
void cpu::settle_peek(entry &e)
{
    const iso_effect &effect = e.effect->effect;
    e.split = e.split && !e.may_err;
    e.assume = e.assume && !e.may_err;
    e.peek = e.peek && !e.may_err && !e.uncached && !e.check_tags && effect.rmw != ISO_RMW_NONATOMIC &&
             (effect.where == ISO_WHERE_NEAR || effect.where == ISO_WHERE_UNDECIDED);
}

want cpu::want_of(const entry &e, bool write) const
{
    if (e.uncached)
        return write && !e.d->reads ? want::UNCACHED_WRITE : want::UNCACHED_READ;
    const iso_where where = e.effect->effect.where;
    if (e.d->atomic && write && where != ISO_WHERE_NEAR && where != ISO_WHERE_UNDECIDED)
        return want::FAR;
    return write ? want::UNIQUE : want::READ;
}

/* Time until permission and data are here, ps. */
uint64_t cpu::request(entry &e, want need, uint64_t now)
{
    request_extension &x = transaction_.extension;
    transaction_.begin(step::REQUEST, need, e.pa, e.d->data_bytes ? e.d->data_bytes : LINE_BYTES);
    x.cpu = static_cast<uint8_t>(id_);
    x.tier = e.tier;
    x.domain = e.domain;
    x.synthetic = false;
    x.atomic = e.d->atomic;
    x.now_ps = now;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    memory->b_transport(transaction_.payload, delay);
    if (e.d->atomic && need == want::UNIQUE)
        shared_.count[COUNT_ATOMICS_NEAR]++;
    return delay.value();
}

/* The youngest older write to the same place that is not visible yet. */
cpu::source_of cpu::look_back(unsigned i, bool tags, int *from)
{
    const entry &e = at(i);
    if (!e.older_writes)
        return source_of::MEMORY;
    looked_ = true;
    const bool passes_unknown = mix(e.uid, shared_.seed + id_) % 1000 < mood_.pass_unknown;
    for (uint64_t left = positions(open_ & writers_, 0, i), bit; left; left ^= bit) {
        const unsigned j = 63u - static_cast<unsigned>(__builtin_clzll(left));
        bit = uint64_t{1} << j;
        const entry &o = at(j);
        if (!(tags ? o.d->tag_writes : o.d->writes) || o.state == phase::DONE)
            continue;
        if (!o.translated) {
            if (o.faulting || passes_unknown)
                continue; /* replayed if the address turns out to be this one */
            return source_of::BLOCKED;
        }
        if (!overlaps(o, e, tags))
            continue;
        uint64_t base = e.pa, size = e.d->data_bytes, obase = o.pa, osize = o.d->data_bytes;
        if (tags) {
            tag_range_of(e, &base, &size);
            tag_range_of(o, &obase, &osize);
        }
        bool covers = obase <= base && base + size <= obase + osize;
        bool whole = !o.pieces_done && o.effect && o.effect->effect.kind == ISO_EFFECT_PERFORM &&
                     !o.effect->effect.data_lost && o.effect->effect.tag != ISO_TAG_EFFECT_IGNORED;
        bool stays = o.d->exclusive_store || e.d->exclusive_load || (o.d->atomic && !o.computed);
        if (o.d->cas && !o.peeked && o.state != phase::DONE && passes_unknown)
            continue;       /* it may not write: replayed if it does */
        stays |= e.may_err; /* the store may end the error that the load would meet */
        stays |= e.effect && (e.effect->effect.order & ISO_ORDER_NGATHER) && !tags; /* it comes from the endpoint */
        if (!covers || !whole || stays || !o.data_ready || o.uncached != e.uncached || o.domain != e.domain)
            return source_of::BLOCKED;
        *from = static_cast<int>(j);
        return source_of::FORWARD;
    }
    return source_of::MEMORY;
}

/* Position in the window of the instruction whose write has this number, or -1. */
int cpu::own_write_position(uint32_t write_id)
{
    for (uint64_t left = positions(writers_, 0, count_); left; left &= left - 1) {
        const unsigned j = static_cast<unsigned>(__builtin_ctzll(left));
        if (at(j).write_id == write_id)
            return static_cast<int>(j);
    }
    return -1;
}

/* The same of the write that a read found; -1 also where the two are under mismatched definitions, which loses their order. */
int cpu::found_own_write(const entry &read, uint32_t write_id)
{
    const int p = write_id ? own_write_position(write_id) : -1;
    return p >= 0 && shared_.aliases_reorder &&
                   !iso_alias_same(&at(static_cast<unsigned>(p)).attribute, &read.attribute)
               ? -1
               : p;
}

/* A write's place has become known. A compare-and-swap may turn out not to write: it waits for the comparison. */
void cpu::late_address(unsigned i, uint64_t now)
{
    if (!at(i).d->cas)
        late_write(i, now);
}

/* It is known that and where an instruction writes: younger reads of that place that read something older must be done again. */
void cpu::late_write(unsigned i, uint64_t now)
{
    const entry &e = at(i);
    if (!e.d->writes && !e.d->tag_writes)
        return;
    for (uint64_t left = positions(readers_, i + 1, count_); left; left &= left - 1) {
        const unsigned j = static_cast<unsigned>(__builtin_ctzll(left));
        entry &y = at(j);
        if (y.pieces_done && y.translated && e.d->writes && overlaps(e, y, false))
            start_again(y);
        if (!y.translated || !(y.state == phase::BOUND || y.state == phase::DONE || y.peeked))
            continue;
        bool stale = false;
        if (e.d->writes && y.d->reads && overlaps(e, y, false))
            for (unsigned b = 0; b < y.d->data_bytes && b < 16; b++)
                if (y.pa + b >= e.pa && y.pa + b < e.pa + e.d->data_bytes) {
                    int p = found_own_write(y, y.writer[b]);
                    stale |= p < static_cast<int>(i);
                }
        if (e.d->tag_writes && (y.d->tag_reads || y.check_tags) && overlaps(e, y, true)) {
            int p = found_own_write(y, y.tag_writer);
            stale |= p < static_cast<int>(i);
        }
        if (stale) {
            shared_.count[COUNT_REPLAYS]++;
            squash(j, y.index, now);
            return;
        }
    }
}

/* A read has just taken its value: a younger read of that place that took its own earlier, from another write, must be done again
 * (Exp-haz-ob), unless it read a write of this CPU that lies between the two. */
void cpu::replay_younger(unsigned i, uint64_t now)
{
    const entry &e = at(i);
    for (uint64_t left = positions(readers_, i + 1, count_); left; left &= left - 1) {
        const unsigned j = static_cast<unsigned>(__builtin_ctzll(left));
        entry &y = at(j);
        if (y.pieces_done && y.translated && e.d->reads && overlaps(e, y, false))
            start_again(y);
        if (!y.translated || !(y.state == phase::BOUND || y.state == phase::DONE || y.peeked))
            continue;
        bool stale = false;
        if (e.d->reads && y.d->reads && overlaps(e, y, false))
            for (unsigned b = 0; b < y.d->data_bytes && b < 16; b++) {
                uint64_t place = y.pa + b;
                if (place < e.pa || place >= e.pa + e.d->data_bytes || place - e.pa >= 16)
                    continue;
                if (e.writer[place - e.pa] != y.writer[b])
                    stale |= found_own_write(y, y.writer[b]) <= static_cast<int>(i);
            }
        if (e.d->tag_reads && y.d->tag_reads && overlaps(e, y, true) && e.tag_writer != y.tag_writer)
            stale |= found_own_write(y, y.tag_writer) <= static_cast<int>(i);
        if (stale) {
            shared_.count[COUNT_REPLAYS]++;
            squash(j, y.index, now);
            return;
        }
    }
}

void cpu::finish_load(entry &e, const iso_bytes16 loaded[2])
{
    iso_regs regs = {};
    fill_registers(regs, e);
    if (e.d->tag_reads) {
        uint64_t tags = 0;
        for (unsigned k = 0; k < e.d->tag_bytes / ISO_TAG_GRANULE_BYTES && k < 16; k++)
            tags |= uint64_t{e.tags[k]} << (4 * k);
        iso_insn_load_tag_result(&regs, e.d->insn, tags);
    } else {
        iso_insn_load_result(&regs, e.d->insn, loaded);
    }
    take_results(e, regs, result_role::VALUE);
}

bool cpu::bind_load(unsigned i, uint64_t now)
{
    entry &e = at(i);
    if (!e.pieces_done && look_for_errors(e))
        return true;
    const decoded &d = *e.d;
    const iso_effect &effect = e.effect->effect;
    int from = -1, tags_from = -1;
    source_of data = d.reads ? look_back(i, false, &from) : source_of::MEMORY;
    source_of tags = d.tag_reads || e.check_tags ? look_back(i, true, &tags_from) : source_of::MEMORY;
    if (data == source_of::BLOCKED || tags == source_of::BLOCKED) {
        e.state = phase::WAIT;
        e.pieces_done = 0;
        return true;
    }
    if (e.check_tags) {
        iso_tag_verdict verdict =
            compare_tags(e, tags == source_of::FORWARD ? &at(static_cast<unsigned>(tags_from)) : nullptr);
        if (verdict == ISO_TAG_FAULTS_SYNC) {
            e.faulting = true;
            e.fault = ISO_FAULT_TAG_CHECK;
            e.state = phase::WAIT;
            return true;
        }
        e.async_tag = verdict == ISO_TAG_FAULTS_ASYNC;
    }
    if (d.exclusive_load && !e.pieces_done) /* marked before data are read: a write in between must be noticed */
        mark_exclusive(e);
    if (d.tag_reads)
        read_tags(e, tags == source_of::FORWARD ? &at(static_cast<unsigned>(tags_from)) : nullptr);
    if (d.reads) {
        if (data == source_of::FORWARD) {
            const entry &o = at(static_cast<unsigned>(from));
            std::memcpy(e.data, o.data + (e.pa - o.pa), d.data_bytes);
            std::fill(std::begin(e.writer), std::end(e.writer), o.write_id);
            shared_.count[COUNT_FORWARDS]++;
        } else if (read_piece(e, now)) {
            return true; /* more pieces to come */
        }
        if (effect.data_ones)
            std::memset(e.data, 0xff, d.data_bytes);
    }
    iso_bytes16 loaded[2] = {};
    unsigned size = d.insn->size;
    settle_loaded(e);
    for (unsigned k = 0; k < d.insn->count && k < 2 && d.reads; k++)
        std::memcpy(&loaded[k], e.data + k * size, std::min(size, 16u));
    finish_load(e, loaded);
    e.state = phase::BOUND;
    e.done = true;
    shared_.count[COUNT_LOADS] += d.insn->count ? d.insn->count : 1u;
    replay_younger(i, now);
    return true;
}

/* UNKNOWN data are so as far as one register goes; those of a load exclusive as a whole. */
void cpu::settle_loaded(entry &e)
{
    const unsigned bytes = e.d->exclusive_load ? e.d->data_bytes : e.d->insn->size;
    if (shared_.disturbed.empty() || !e.d->reads)
        return;
    for (unsigned at = 0; at + bytes <= e.d->data_bytes; at += bytes)
        shared_.settle_unknown(e.pa + at, bytes, e.data + at);
}

/* Reads from the coherent image, whole or, where the access is not single-copy atomic, a piece a time. True: not finished. */
bool cpu::read_piece(entry &e, uint64_t now)
{
    const unsigned bytes = e.d->data_bytes;
    uint32_t writers[64];
    if (!e.tears) {
        shared_.memory.read(e.pa, bytes, e.domain, e.uncached, e.data, writers);
        std::memcpy(e.writer, writers, std::min(bytes, 16u) * sizeof *writers);
        return false;
    }
    const unsigned n = piece_bytes(e, e.pieces_done);
    shared_.memory.read(e.pa + e.pieces_done, n, e.domain, e.uncached, e.data + e.pieces_done, writers);
    for (unsigned k = 0; k < n && e.pieces_done + k < 16; k++)
        e.writer[e.pieces_done + k] = writers[k];
    e.pieces_done = static_cast<uint8_t>(e.pieces_done + n);
    if (e.pieces_done >= bytes)
        return false;
    e.when = stamp(now + 1000 + random_.below(60000));
    return true;
}

/* Data and tags a write will store, as soon as its registers are there. Atomics compute theirs from the value read. */
bool cpu::prepare_data(entry &e)
{
    const decoded &d = *e.d;
    if (!d.writes && !d.tag_writes)
        return false;
    if (!have(e, ROLE_DATA | ROLE_COMPARE) || (d.tag_writes && !have(e, ROLE_ADDRESS)))
        return false;
    iso_regs regs = {};
    fill_registers(regs, e);
    if (d.atomic) {
        e.data_ready = true;
        return true;
    }
    if (d.writes && d.insn->cls == ISO_INSN_ZERO) {
        std::memset(e.data, 0, 64);
    } else if (d.writes && d.insn->cls == ISO_INSN_STORE_TAG_DATA) {
        iso_bytes16 b = iso_insn_store_data(d.insn, &regs, 0);
        std::memset(e.data, 0, 64);
        std::memcpy(e.data, &b, 16);
    } else if (d.writes) {
        for (unsigned k = 0; k < d.insn->count && k < 2; k++) {
            iso_bytes16 b = iso_insn_store_data(d.insn, &regs, k);
            std::memcpy(e.data + k * d.insn->size, &b, std::min<unsigned>(d.insn->size, 16));
        }
    }
    if (d.tag_writes) {
        bool block = d.kind == ISO_ACCESS_STGM;
        uint64_t each = block ? regs.x[d.insn->rt < ISO_REG_COUNT ? d.insn->rt : 0] : 0;
        if (block && d.insn->rt >= ISO_REG_COUNT)
            each = 0;
        unsigned tag = block ? 0 : iso_insn_store_tag(d.insn, &regs);
        for (unsigned k = 0; k < 16; k++)
            e.tags[k] = static_cast<uint8_t>(block ? each >> (4 * k) & 15 : tag);
    }
    e.data_ready = true;
    return true;
}

} // namespace iso
