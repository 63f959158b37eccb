/* Taking write effects: stores, atomics near and far, torn and rewritten writes. See cpu.h. */
#include "sim/platform/cpu.h"

#include <algorithm>
#include <cstring>

namespace iso
{

/* A cached write needs the line in a cache of its domain; it may have been evicted since permission came. */
void cpu::take_line(entry &e)
{
    if (e.uncached)
        return;
    uint64_t bytes = std::max<uint64_t>(e.d->data_bytes, e.d->tag_bytes);
    for (uint64_t a = e.pa & ~uint64_t{LINE_BYTES - 1}; a < e.pa + bytes; a += LINE_BYTES) {
        line &l = shared_.memory.at(a, e.domain);
        if (!l.held)
            home_.fill(l);
        l.sharers |= static_cast<uint16_t>(1u << id_);
    }
}

/* Bytes of a write where its mapping leads; true if some were others before. */
bool cpu::write_bytes(const entry &e, uint64_t place, unsigned size, const uint8_t *bytes)
{
    return e.through ? shared_.memory.write_through(place, size, e.domain, bytes, e.write_id)
                     : shared_.memory.write(place, size, e.domain, e.uncached, bytes, e.write_id);
}

void cpu::write_memory(entry &e)
{
    const iso_effect &effect = e.effect->effect;
    bool news = e.written || e.d->tag_writes; /* the same value again is none: a loop that stores it gets nowhere */
    shared_.add_cause(*e.effect, e.tier, id_, local(e.index));
    if (shared_.any_mismatch)
        shared_.add_alias_cause(e.pa, true, e.tier, id_, local(e.index));
    shared_.count[COUNT_STORES] += e.d->insn->count ? e.d->insn->count : 1u;
    shared_.count[COUNT_LOADS] += e.d->atomic;
    if (effect.data_lost)
        return;
    take_line(e);
    if (e.d->writes && !e.written) {
        if (e.d->data_bytes <= 16) {
            news |= write_bytes(e, e.pa, e.d->data_bytes, e.data);
        } else { /* STZ2G, DC ZVA: the rest is zero */
            news |= write_bytes(e, e.pa, std::min<unsigned>(e.d->data_bytes, 64), e.data);
        }
    }
    if (e.d->tag_writes && effect.tag != ISO_TAG_EFFECT_IGNORED) {
        uint64_t base = iso_tag_granule(e.pa);
        for (unsigned k = 0; k < e.d->tag_bytes / ISO_TAG_GRANULE_BYTES; k++)
            home_.write_tag(base + k * ISO_TAG_GRANULE_BYTES, e.domain, e.uncached, e.tags[k % 16], e.write_id);
        shared_.count[COUNT_TAG_WRITES]++;
    }
    uint64_t state = 0;
    if (effect.clears && condition_of(e, &state) != ISO_CONDITION_NORMAL) {
        const uint8_t over = 0;
        news |= shared_.memory.write(state, 1, SHARED_DOMAIN, false, &over, e.write_id);
    }
    monitor_write(e);
    if (news)
        shared_.active_ps = sc_core::sc_time_stamp().value();
    disturb(e);
}

/* The check of a write's own tags, at the instant of the write. */
cpu::tag_result cpu::check_before_write(unsigned i)
{
    entry &e = at(i);
    if (!e.check_tags)
        return tag_result::GO;
    int from = -1;
    source_of tags = look_back(i, true, &from);
    if (tags == source_of::BLOCKED)
        return tag_result::WAIT;
    iso_tag_verdict verdict = compare_tags(e, tags == source_of::FORWARD ? &at(static_cast<unsigned>(from)) : nullptr);
    if (verdict == ISO_TAG_FAULTS_SYNC) {
        e.faulting = true;
        e.fault = ISO_FAULT_TAG_CHECK;
        e.state = phase::WAIT;
        return tag_result::FAULT;
    }
    if (verdict == ISO_TAG_FAULTS_ASYNC)
        async_tag_fault(e);
    return tag_result::GO;
}

/* One step of a write that is not single-copy atomic, or that the tier rewrites as a larger unit. True: not finished. */
bool cpu::write_piece(entry &e, uint64_t now)
{
    const iso_effect &effect = e.effect->effect;
    const unsigned bytes = e.d->data_bytes;
    if (effect.data_lost)
        return false;
    take_line(e);
    if (effect.rmw_unit_bytes > bytes && effect.rmw_unit_bytes <= LINE_BYTES && e.d->writes && !e.d->atomic) {
        /* Read-modify-write of the unit around it, or of both: what others write there in between is overwritten. */
        const uint64_t base = e.pa & ~uint64_t{effect.rmw_unit_bytes - 1u};
        const unsigned size =
            e.pa + bytes > base + effect.rmw_unit_bytes ? 2u * effect.rmw_unit_bytes : effect.rmw_unit_bytes;
        uint8_t *const around = around_[&e - slot_];
        if (!e.pieces_done) {
            shared_.memory.read(base, size, e.domain, e.uncached, around, nullptr);
            e.pieces_done = 1;
            e.when = stamp(now + 1000 + random_.below(60000));
            return true;
        }
        std::memcpy(around + (e.pa - base), e.data, bytes);
        write_bytes(e, base, size, around);
        e.written = true;
        return false;
    }
    if (!e.tears || !e.d->writes)
        return false;
    uint8_t &done = e.repeats ? e.repeated : e.pieces_done;
    const unsigned n = piece_bytes(e, done);
    write_bytes(e, e.pa + done, n, e.data + done);
    monitor_write(e);
    done = static_cast<uint8_t>(done + n);
    e.written = e.pieces_done >= bytes;
    if (starts_anew(e, now))
        return true;
    if (done >= bytes && anew_ == e.index + 1)
        anew_ = 0;
    if (done >= bytes && (e.repeats || !starts_again(e)))
        return false;
    if (done >= bytes) {
        e.repeats = true;
        e.write_id = shared_.next_write++;
    }
    e.when = stamp(now + 1000 + random_.below(60000));
    return true;
}

/* CH-38: whether all accesses of a store that makes several are made again, as when an exception struck and it was started anew. */
bool cpu::starts_again(const entry &e)
{
    if (!may_repeat(e) || !random_.permille(150))
        return false;
    blame_repeat(e);
    return true;
}

/* The same where its page may be another by then: at the head of the window, where nothing younger has taken effect, the exception strikes after one of its accesses; what
 * is younger is thrown away, the monitor cleared (B2.12.5), and the store is translated once more. Once for a store, as the exhaustive engine has it. */
bool cpu::starts_anew(const entry &e, uint64_t now)
{
    if (&e != &at(0) || anew_ || !shared_.setup || !shared_.setup->variant.vmsa || !may_repeat(e) ||
        younger_is_visible(0) || !random_.permille(100))
        return false;
    blame_repeat(e);
    shared_.active_ps = now;
    anew_ = e.index + 1;
    monitor_return();
    squash(0, e.index, now);
    return true;
}

/* Stores of data alone, as the exhaustive engine has it (walk_store.c). */
bool cpu::may_repeat(const entry &e) const
{
    return shared_.setup && shared_.setup->machine && e.d->insn->cls == ISO_INSN_STORE && !e.emulated &&
           !e.check_tags && !e.may_err;
}

/* Ordinary memory, where such a store is one access, never makes it again. */
void cpu::blame_repeat(const entry &e)
{
    if (e.effect->deviation == ISO_CAUSE_TORN) {
        resolved why = {};
        why.deviation = ISO_CAUSE_REPEATED;
        why.rule = rule_index({"CH-38", nullptr});
        shared_.add_cause(why, e.tier, id_, local(e.index));
    }
}

/* CH-61: a speculative read has changed what lies behind the mapping. */
bool cpu::disturb(const entry &e)
{
    uint8_t unknown[LINE_BYTES];
    const unsigned bytes = std::min<unsigned>(e.d->data_bytes, LINE_BYTES);
    if (!e.effect || !(e.effect->effect.order & ISO_ORDER_DISTURBED) || !bytes || e.may_err || !random_.permille(150))
        return false;
    resolved why = {};
    why.deviation = ISO_CAUSE_DISTURBED;
    why.rule = rule_index({"CH-61", nullptr});
    why.effect.hop = static_cast<uint8_t>(shared_.machine->tiers[e.tier].nhops - 1);
    shared_.add_cause(why, e.tier, id_, local(e.index));
    std::memset(unknown, ISO_UNKNOWN_BYTE, sizeof unknown);
    shared_.memory.write(e.pa, bytes, e.domain, e.uncached, unknown, shared_.next_write++);
    shared_.disturbed.push_back({e.pa, bytes});
    shared_.active_ps = sc_core::sc_time_stamp().value();
    return true;
}

/* A load with what speculative reads may do before and after it: what they leave may be what was there before, too. */
void cpu::load_disturbed(unsigned i, uint64_t now)
{
    entry &e = at(i);
    uint8_t before[LINE_BYTES];
    const unsigned bytes = std::min<unsigned>(e.d->data_bytes, LINE_BYTES);
    shared_.memory.read(e.pa, bytes, e.domain, e.uncached, before, nullptr);
    const bool back = disturb(e) && random_.permille(500);
    const uint64_t place = e.pa;
    const unsigned domain = e.domain;
    const bool uncached = e.uncached;
    bind_load(i, now);
    if (back)
        shared_.memory.write(place, bytes, domain, uncached, before, shared_.next_write++);
    else
        disturb(e);
}

bool cpu::perform_store(unsigned i, uint64_t now)
{
    entry &e = at(i);
    if (!e.pieces_done) {
        if (look_for_errors(e))
            return true;
        switch (check_before_write(i)) {
        case tag_result::GO:
            break;
        case tag_result::WAIT:
            return false;
        case tag_result::FAULT:
            return true;
        }
    }
    if (e.d->exclusive_store) {
        perform_exclusive(e);
    } else {
        if (write_piece(e, now))
            return true;
        write_memory(e);
    }
    e.state = phase::DONE;
    e.done = true;
    return true;
}

/* Bytes an atomic writes, from the value it read early; a compare that fails becomes a plain read. */
void cpu::compute_atomic(unsigned i, uint64_t now)
{
    entry &e = at(i);
    if (!e.peeked || e.computed || !have(e, ROLE_DATA | ROLE_COMPARE))
        return;
    iso_regs regs = {};
    fill_registers(regs, e);
    iso_bytes16 old = {}, written = {};
    std::memcpy(&old, e.old, sizeof old);
    if (iso_insn_rmw(&written, e.d->insn, &regs, old)) {
        std::memcpy(e.data, &written, sizeof written);
        e.computed = true;
        if (e.d->cas)
            late_write(i, now);
        return;
    }
    e.state = phase::DONE;
    e.done = true;
    shared_.count[COUNT_LOADS]++;
}

/* A compare-and-swap that succeeds leaves its register as it was: what uses the register need not wait for memory (a pick dependency
 * only), as long as nothing irrevocable follows before the comparison is made. */
bool cpu::assume_equal(unsigned i)
{
    entry &e = at(i);
    if (!e.assume || e.assumed || e.peeked || e.done || e.state != phase::WAIT || !have(e, ROLE_COMPARE) ||
        younger_is_visible(i))
        return false;
    iso_regs regs = {};
    fill_registers(regs, e);
    iso_bytes16 old = {};
    old.lo = e.d->insn->rs < ISO_REG_COUNT ? regs.x[e.d->insn->rs] : 0;
    iso_insn_rmw_result(&regs, e.d->insn, old);
    take_results(e, regs, result_role::VALUE);
    e.assumed = true;
    return true;
}

/* The value read decides the result; whoever used an assumed one that is not it starts again. */
void cpu::give_result(unsigned i, const iso_bytes16 &old, uint64_t now)
{
    entry &e = at(i);
    iso_regs regs = {};
    fill_registers(regs, e);
    iso_insn_rmw_result(&regs, e.d->insn, old);
    bool right = true;
    for (unsigned k = 0; k < e.d->nresults && e.assumed; k++)
        right = right && (e.d->result_is[k] != result_role::VALUE || e.result[k].value == regs.x[e.d->result[k]]);
    if (e.assumed && !right) {
        shared_.count[COUNT_PICK_MISPREDICTS]++;
        squash(i + 1, e.index + 1, now);
    }
    e.assumed = e.assume = false;
    take_results(e, regs, result_role::VALUE);
}

/* The read half of an atomic, ahead of its write: like a load. Its value is checked again when the write takes effect. */
bool cpu::peek_atomic(unsigned i, uint64_t now)
{
    entry &e = at(i);
    int from = -1;
    source_of data = look_back(i, false, &from);
    if (data == source_of::BLOCKED)
        return false;
    std::memset(e.old, 0, sizeof e.old);
    unsigned bytes = std::min<unsigned>(e.d->data_bytes, 16);
    if (data == source_of::FORWARD) {
        const entry &o = at(static_cast<unsigned>(from));
        std::memcpy(e.old, o.data + (e.pa - o.pa), bytes);
        std::fill(std::begin(e.writer), std::end(e.writer), o.write_id);
        shared_.count[COUNT_FORWARDS]++;
    } else {
        shared_.memory.read(e.pa, bytes, e.domain, e.uncached, e.old, e.writer);
        shared_.settle_unknown(e.pa, bytes, e.old);
    }
    e.peeked = true;
    iso_bytes16 old = {};
    std::memcpy(&old, e.old, sizeof old);
    give_result(i, old, now);
    compute_atomic(i, now);
    replay_younger(i, now);
    return true;
}

/* All that the write needs is there: reads for good now, writes later; until then no other CPU writes there, so that nothing comes
 * between (atomicity), while reads still see the old value. False: this atomic does both at one instant. */
bool cpu::read_and_lock(unsigned i, uint64_t now)
{
    entry &e = at(i);
    e.split = false;
    const iso_where where = e.effect->effect.where;
    const bool near = where == ISO_WHERE_NEAR || where == ISO_WHERE_UNDECIDED;
    context::lock &lock = shared_.locks[id_];
    if (e.uncached || e.check_tags || !near || e.page < 0 || lock.held || e.effect->effect.rmw == ISO_RMW_NONATOMIC ||
        shared_.aliases_reorder || younger_is_visible(i)) /* a younger access of this CPU may write there first */
        return false;
    if (!peek_atomic(i, now))
        return false;
    if (e.done) /* a compare that failed: a read, nothing more */
        return true;
    lock = {true, e.pa, e.d->data_bytes};
    e.locked = true;
    e.when = stamp(now + 1000 + random_.below(std::max(40000u, mood_.store_delay_ps)));
    return true;
}

void cpu::unlock(entry &e)
{
    if (e.locked)
        shared_.locks[id_].held = false;
    e.locked = false;
}

bool cpu::perform_atomic(unsigned i, uint64_t now)
{
    entry &e = at(i);
    unsigned bytes = std::min<unsigned>(e.d->data_bytes, 16);
    if (!e.pieces_done && look_for_errors(e))
        return true;
    bool nonatomic = e.effect->effect.rmw == ISO_RMW_NONATOMIC;
    if (e.peeked && shared_.memory.changed(e.pa, bytes, e.domain, e.uncached, e.writer)) {
        /* Somebody wrote in between: not atomic any more; read again, at the instant of the write. */
        shared_.count[COUNT_ATOMIC_RETRIES]++;
        squash(i + 1, e.index + 1, now);
        e.peeked = e.computed = e.peek = false;
    }
    if (!e.pieces_done) {
        switch (check_before_write(i)) {
        case tag_result::GO:
            break;
        case tag_result::WAIT:
            return false;
        case tag_result::FAULT:
            return true;
        }
    }
    iso_regs regs = {};
    fill_registers(regs, e);
    iso_bytes16 old = {}, written = {};
    if (!e.peeked && !e.pieces_done) {
        std::memset(e.old, 0, sizeof e.old);
        shared_.memory.read(e.pa, bytes, e.domain, e.uncached, e.old, e.writer);
        shared_.settle_unknown(e.pa, bytes, e.old);
        if (e.effect->effect.data_ones)
            std::memset(e.old, 0xff, bytes);
    }
    std::memcpy(&old, e.old, sizeof old);
    bool writes = iso_insn_rmw(&written, e.d->insn, &regs, old);
    if (!e.peeked && !e.pieces_done)
        give_result(i, old, now);
    if (nonatomic && !e.pieces_done && writes) { /* others may write before our own write arrives */
        e.pieces_done = 1;
        e.when = stamp(now + 1000 + random_.below(120000));
        return true;
    }
    bool first_read = !e.peeked;
    if (writes && first_read && e.d->cas)
        late_write(i, now);
    if (writes) {
        std::memcpy(e.data, &written, sizeof written);
        write_memory(e);
    } else {
        shared_.add_cause(*e.effect, e.tier, id_, local(e.index));
    }
    unlock(e);
    e.state = phase::DONE;
    e.done = true;
    if (first_read)
        replay_younger(i, now);
    return true;
}

} // namespace iso
