/* The scan: from oldest to youngest, what may go ahead. Every condition here is an ordering requirement of Arm ARM B2.3 (named at
 * the line) or a rule that keeps a later squash from meeting an effect that others have seen.
 * Not for: taking the effects (cpu_memory.cpp). */
#include "sim/platform/cpu.h"

#include <algorithm>

namespace iso
{

/* From the oldest instruction to the youngest. An instruction is looked at again only if something may have changed for it: its own
 * time has come, what it cares for among what is open before it, a result it waits for, an older memory instruction it looked at. */
void cpu::scan(uint64_t now, uint64_t *next)
{
    order_state s = 0;
    uint64_t moved = restart_ ? ~uint64_t{0} : 0; /* slots */
    uint64_t earliest = NEVER;
    uint32_t events = restart_ ? WATCH_RESTART | WATCH_ALWAYS | WATCH_MEMORY : WATCH_ALWAYS;
    for (unsigned i = 0, slot = head_; i < count_; i++, slot = (slot + 1) % WINDOW) {
        scan_mark &m = mark_[slot];
        const uint64_t reasons = ((m.before ^ s) & m.cares) | (m.waits & moved) | (m.watches & events);
        if (reasons || m.due <= now) {
            const entry &e = slot_[slot];
            order_state adds = 0;
            looked_ = false;
            if (advance(i, s, &adds, now)) {
                moved |= uint64_t{1} << slot;
                events |= e.d->memory ? WATCH_MEMORY : 0;
            }
            if (i >= count_)
                break;
            m.before = s;
            m.cares = cares_for(e, now);
            m.adds = adds;
            m.watches = WATCH_RESTART | (looked_ ? WATCH_MEMORY : 0);
            if (e.done)
                open_ &= ~(uint64_t{1} << slot);
            else if (e.d->picks || (dvm_pending_ && e.d->insn->cls == ISO_INSN_BARRIER))
                m.watches |= WATCH_ALWAYS; /* picks draw, a DSB waits for others */
            m.due = due_at(e);
        }
        s |= m.adds;
        earliest = std::min(earliest, m.due > now ? m.due : NEVER);
    }
    *next = std::min(*next, earliest);
    restart_ = false;
    if (dvm_pending_ && dvm_done_ps_ > now)
        *next = std::min(*next, dvm_done_ps_);
}

/* Which of the bits before it an instruction's next step, or what it adds to them, depends on. */
order_state cpu::cares_for(const entry &e, uint64_t now) const
{
    if (!e.d->memory)
        return e.d->insn->cls == ISO_INSN_BARRIER && !e.done ? ANY_OPEN : 0;
    if (e.done)
        return e.d->reads || e.d->tag_reads ? SPECULATIVE | UNBOUND_READ | UNBOUND_NO_RETURN : 0;
    const bool on_its_way = (e.state == phase::DELAY || e.state == phase::FLIGHT) && e.when > now;
    return on_its_way || !e.address_known ? 0 : ANY_OPEN;
}

/* When an instruction next has something to do by itself. */
uint64_t cpu::due_at(const entry &e)
{
    if (e.done)
        return NEVER;
    if (!e.started)
        return e.eligible_at;
    if (e.state == phase::DELAY || e.state == phase::FLIGHT || e.walking == walk::FLIGHT || e.walking == walk::STAGE2)
        return e.when;
    return NEVER;
}

/* One instruction: does what it can, then says what it leaves open. True if something changed. */
bool cpu::advance(unsigned i, order_state s, order_state *adds, uint64_t now)
{
    entry &e = at(i);
    if (e.done && !e.d->memory)
        return false;
    capture(e);
    e.started |= e.eligible_at <= now;
    if (e.d->memory) {
        bool changed = advance_memory(i, s, now);
        if (i < count_)
            *adds = after_memory(i, s);
        return changed;
    }
    bool eligible = e.eligible_at <= now, changed = false;
    switch (static_cast<iso_insn_class>(e.d->insn->cls)) {
    case ISO_INSN_COMPUTE:
        if (eligible)
            changed = advance_compute(i, now);
        *adds = e.pick_unverified ? SPECULATIVE : 0;
        return changed;
    case ISO_INSN_SYSTEM_READ:
    case ISO_INSN_SYSTEM_WRITE:
        if (runs_at_head(*e.d)) {
            *adds = UNPERFORMED_WRITE | SPECULATIVE | (e.d->insn->cls == ISO_INSN_SYSTEM_WRITE ? LOAD_BLOCK : 0);
            return false;
        }
        return eligible && advance_compute(i, now);
    case ISO_INSN_BRANCH:
        if (!e.resolved_branch && eligible)
            changed = advance_branch(i, now);
        *adds = e.resolved_branch ? 0 : SPECULATIVE; /* dob: ctrl; [Exp & W] */
        return changed;
    case ISO_INSN_BARRIER:
        changed = eligible && advance_barrier(e, s, now);
        if (e.done && shared_.fetches &&
            e.d->insn->barrier == ISO_BARRIER_ISB) /* IFB-ob: what follows is fetched again */
            squash(i + 1, e.index + 1, now);
        else if (e.done && e.d->insn->barrier == ISO_BARRIER_DSB)
            complete_maintenance();
        if (!e.done && e.d->insn->barrier == ISO_BARRIER_DMB) /* bob: dmb.st orders writes only */
            *adds = STORE_BLOCK | (e.d->insn->types == ISO_BARRIER_ST ? 0 : LOAD_BLOCK);
        else if (!e.done) /* DSB-ob, IFB-ob */
            *adds = STORE_BLOCK | LOAD_BLOCK | WALK_BLOCK;
        return changed;
    case ISO_INSN_PREFETCH:
    case ISO_INSN_HINT:
        e.done = true;
        return true;
    case ISO_INSN_CLREX: /* from here on: at the head of the window (cpu_exception.cpp) */
        *adds = EXCLUSIVE_PENDING;
        return false;
    case ISO_INSN_CACHE:
        /* Barriers wait for maintenance; so do, in program order, accesses to its line, and here simply all (Arm ARM D7.5.9). */
        *adds = UNPERFORMED_WRITE | (shared_.copies_differ ? LOAD_BLOCK | STORE_BLOCK : 0);
        return false;
    case ISO_INSN_TLBI:
    case ISO_INSN_AT:
    case ISO_INSN_EXCEPTION:
    case ISO_INSN_EXCEPTION_RETURN:
        *adds = UNPERFORMED_WRITE | SPECULATIVE;
        return false;
    case ISO_INSN_LOAD:
    case ISO_INSN_STORE:
    case ISO_INSN_LOAD_EXCLUSIVE:
    case ISO_INSN_STORE_EXCLUSIVE:
    case ISO_INSN_ATOMIC:
    case ISO_INSN_CAS:
    case ISO_INSN_LOAD_TAG:
    case ISO_INSN_STORE_TAG:
    case ISO_INSN_STORE_TAG_DATA:
    case ISO_INSN_ZERO:
        break; /* handled above */
    }
    return false;
}

/* True if everything that the barrier waits for is finished. */
bool cpu::advance_barrier(entry &e, order_state s, uint64_t now)
{
    const iso_insn &b = *e.d->insn;
    bool full = b.types == ISO_BARRIER_SY, loads = b.types == ISO_BARRIER_LD;
    bool is_sync = b.barrier == ISO_BARRIER_ISB || b.barrier == ISO_BARRIER_SB;
    bool finished = false;
    if (b.barrier == ISO_BARRIER_OTHER) {
        finished = true;
    } else if (is_sync) { /* IFB-ob: branches, addresses, translations, tag checks, DSB before it */
        finished = !(s & (SPECULATIVE | WALK_BLOCK | UNBOUND_TAG));
    } else {
        bool reads_left = (s & (UNBOUND_READ | UNBOUND_TAG)) || (full && (s & UNBOUND_NO_RETURN));
        bool writes_left = s & UNPERFORMED_WRITE;
        finished = full ? !reads_left && !writes_left : loads ? !reads_left : !writes_left;
        if (b.barrier == ISO_BARRIER_DSB) {
            finished = finished && !(s & WALK_BLOCK);
            if (full && dvm_pending_ && finished) { /* completion of this CPU's TLBIs: everybody answered */
                bool held = dvm_done_ps_ > now;
                for (unsigned k = 0; k < others_.count; k++)
                    held |= others_.member[k]->holds_old_translations();
                finished = !held;
                if (finished)
                    dvm_pending_ = false;
            }
        }
    }
    if (!finished)
        return false;
    e.done = true;
    shared_.count[COUNT_BARRIERS]++;
    return true;
}

/* Has a younger write taken effect already? Then nothing may be done for instruction i that could squash what follows it. */
bool cpu::younger_is_visible(unsigned i)
{
    for (uint64_t j = positions(writers_, i + 1, count_); j; j &= j - 1) {
        const entry &e = at(static_cast<unsigned>(__builtin_ctzll(j)));
        if (e.state == phase::DONE || e.pieces_done)
            return true;
    }
    return false; /* may become true, which only forbids more: no reason to look again */
}

/* Is an older read of the same place still without a value? */
bool cpu::older_read_open(unsigned i)
{
    const entry &e = at(i);
    looked_ = true;
    for (uint64_t j = positions(open_ & readers_, 0, i); j; j &= j - 1) {
        const entry &o = at(static_cast<unsigned>(__builtin_ctzll(j)));
        if (o.state == phase::DONE || o.state == phase::BOUND || !o.translated || o.peeked)
            continue;
        if ((e.d->reads && o.d->reads && overlaps(o, e, false)) ||
            (e.d->tag_reads && o.d->tag_reads && overlaps(o, e, true)))
            return true;
    }
    return false;
}

/* Is an older access still to arrive at the same peripheral? Accesses of another XS, and to other peripherals, may arrive in any order (B2.4.1.1). */
bool cpu::arrives_later(unsigned i)
{
    const entry &e = at(i);
    const uint64_t bytes = e.effect->effect.peripheral_bytes;
    if (!bytes)
        return false;
    looked_ = true;
    for (uint64_t j = positions(open_ & (readers_ | writers_), 0, i); j; j &= j - 1) {
        const entry &o = at(static_cast<unsigned>(__builtin_ctzll(j)));
        if (o.state == phase::DONE || o.state == phase::BOUND || o.peeked || !o.translated || !o.effect ||
            o.effect->effect.peripheral_bytes != bytes || o.tier != e.tier || o.attribute.xs != e.attribute.xs)
            continue;
        const uint64_t end = e.pa + std::max<unsigned>(1, e.d->data_bytes) - 1;
        const uint64_t o_end = o.pa + std::max<unsigned>(1, o.d->data_bytes) - 1;
        if (e.pa / bytes <= o_end / bytes && o.pa / bytes <= end / bytes)
            return true;
    }
    return false;
}

bool cpu::load_may_go(unsigned i, order_state s)
{
    const entry &e = at(i);
    if (s & LOAD_BLOCK)
        return false;
    if ((e.d->insn->order & ISO_ORDER_ACQUIRE) && (s & UNPERFORMED_RELEASE))
        return false; /* bob: [Exp & W & L]; po; [Exp & R & A] */
    if (e.d->exclusive_load && (s & (SPECULATIVE | EXCLUSIVE_PENDING)))
        return false; /* only architectural LDX may mark */
    if (!(e.effect->effect.order & ISO_ORDER_SPECULATES) && (s & SPECULATIVE))
        return false;
    return !(s & DEVICE_PENDING) || !arrives_later(i);
}

bool cpu::store_may_go(unsigned i, order_state s)
{
    const entry &e = at(i);
    /* dob: ctrl and addr;po and translation and tag check before a write; pob; nothing that others see can be squashed */
    if ((s & (STORE_BLOCK | SPECULATIVE)) || !e.data_ready)
        return false;
    if ((e.d->insn->order & ISO_ORDER_RELEASE) &&
        (s & (UNBOUND_READ | UNBOUND_NO_RETURN | UNBOUND_TAG | UNPERFORMED_WRITE)))
        return false; /* bob: [Exp & M | Imp & Tag & R]; po; [Exp & W & L] */
    if (e.d->atomic && (e.d->insn->order & ISO_ORDER_ACQUIRE) && (s & UNPERFORMED_RELEASE))
        return false;
    if (e.d->exclusive_store && (s & EXCLUSIVE_PENDING))
        return false;
    if ((s & DEVICE_PENDING) && arrives_later(i))
        return false;
    if (!e.older_reads && !e.older_writes)
        return true;
    looked_ = true;
    for (uint64_t j = positions(open_ & (readers_ | writers_), 0, i); j;
         j &= j - 1) { /* lmws: same location, program order */
        const entry &o = at(static_cast<unsigned>(__builtin_ctzll(j)));
        if (o.state == phase::DONE || !o.translated)
            continue;
        bool unread = o.state != phase::BOUND && !o.peeked;
        if (e.d->writes && overlaps(o, e, false)) {
            if ((o.d->reads && unread) || o.d->writes)
                return false;
        }
        if (e.d->tag_writes && overlaps(o, e, true)) {
            if ((o.d->tag_reads && unread) || o.d->tag_writes || (o.check_tags && unread))
                return false;
        }
    }
    return true;
}

/* What a memory instruction leaves open for younger ones. */
order_state cpu::after_memory(unsigned i, order_state s)
{
    const entry &e = at(i);
    const decoded &d = *e.d;
    if (e.done) {
        /* A read that an older one to the same place, still without value, may yet have replayed (Exp-haz-ob). */
        const bool open = !(s & SPECULATIVE) && (d.reads || d.tag_reads) && (s & (UNBOUND_READ | UNBOUND_NO_RETURN));
        return open && older_read_open(i) ? SPECULATIVE : 0;
    }
    const bool performed = e.state == phase::DONE;
    const bool read_bound = performed || e.state == phase::BOUND || e.peeked;
    const unsigned order = d.insn->order;
    order_state adds = 0;
    if (d.reads || d.tag_reads) {
        if (!read_bound) {
            adds |= d.no_return ? UNBOUND_NO_RETURN : UNBOUND_READ;
            bool acquires = (order & ISO_ORDER_ACQUIRE_PC) || ((order & ISO_ORDER_ACQUIRE) && (d.cas || !d.no_return));
            if (acquires) /* bob: [A | Q]; po */
                adds |= LOAD_BLOCK | STORE_BLOCK;
        }
        if (d.atomic && !performed && (order & ISO_ORDER_ACQUIRE) && (order & ISO_ORDER_RELEASE))
            adds |= LOAD_BLOCK | STORE_BLOCK; /* bob: [range([A]; amo; [L])]; po */
        if (d.exclusive_load && !read_bound)
            adds |= EXCLUSIVE_PENDING;
    }
    if (e.check_tags && !read_bound)
        adds |= UNBOUND_TAG;
    if ((d.writes || d.tag_writes) && !performed)
        adds |= UNPERFORMED_WRITE | (order & ISO_ORDER_RELEASE ? UNPERFORMED_RELEASE : 0) |
                (d.exclusive_store ? EXCLUSIVE_PENDING : 0);
    bool fault_open = e.check_tags && !read_bound; /* tc-before; [Exp & M]; po; [Exp & W] */
    fault_open |= e.may_err && (d.writes || d.tag_writes ? !performed : !read_bound); /* an External abort is precise */
    if (!e.translated || e.faulting || fault_open || (e.peeked && !e.locked && !performed) || e.assumed)
        adds |= SPECULATIVE;
    if (e.effect && !read_bound) {
        if (e.effect->effect.kind != ISO_EFFECT_PERFORM)
            adds |= SPECULATIVE;
        if (e.effect->effect.order & ISO_ORDER_NREORDER)
            adds |= DEVICE_PENDING;
    }
    return adds;
}

bool cpu::advance_memory(unsigned i, order_state s, uint64_t now)
{
    entry &e = at(i);
    if (e.done || ((e.state == phase::DELAY || e.state == phase::FLIGHT) && e.when > now))
        return false; /* on its way: nothing to do yet */
    bool changed = false;
    e.older_writes = s & UNPERFORMED_WRITE;
    e.older_reads = s & (UNBOUND_READ | UNBOUND_NO_RETURN | UNBOUND_TAG);
    if (!e.address_known && e.eligible_at <= now && have(e, ROLE_ADDRESS)) {
        iso_regs regs = {};
        fill_registers(regs, e);
        e.va = iso_insn_address(&e.base_after, e.d->insn, &regs);
        e.address_known = true;
        e.first = straddles(e);
        changed = true;
        for (unsigned k = 0; k < e.d->nresults; k++)
            if (e.d->result_is[k] == result_role::WRITEBACK) {
                e.result[k].ready = true;
                e.result[k].value = e.base_after;
            }
    }
    if (e.first) { /* at the head of the window */
        e.peek = e.split = e.assume = false;
        return (!e.data_ready && prepare_data(e)) || changed;
    }
    if (e.address_known && !e.translated && !e.faulting) {
        unsigned before = count_;
        while (!e.translated && !e.faulting && translate(i, s, now))
            changed = true;
        if (e.translated) {
            late_address(i, now);
        }
        if (count_ != before && i >= count_)
            return true;
    }
    if (e.assume && e.started && assume_equal(i))
        changed = true;
    if (!e.data_ready && prepare_data(e))
        changed = true;
    if (e.peeked && !e.computed && !e.done) {
        compute_atomic(i, now);
        changed |= e.computed || e.done;
    }
    const bool write = e.d->writes || e.d->tag_writes;
    while (i < count_ && e.translated && !e.faulting && e.effect->effect.kind == ISO_EFFECT_PERFORM &&
           (write ? advance_write(i, s, now) : advance_load(i, s, now)))
        changed = true;
    return changed;
}

uint64_t cpu::issue_delay(bool is_store)
{
    uint32_t rate = is_store ? mood_.store_delay : mood_.load_delay;
    uint32_t longest = is_store ? mood_.store_delay_ps : mood_.load_delay_ps;
    return longest && random_.permille(rate) ? random_.below(longest) : 0;
}

bool cpu::advance_load(unsigned i, order_state s, uint64_t now)
{
    entry &e = at(i);
    int from = 0;
    switch (e.state) {
    case phase::WAIT:
        if (!load_may_go(i, s) || look_back(i, !e.d->reads, &from) == source_of::BLOCKED)
            return false;
        e.state = phase::DELAY;
        e.when = now + issue_delay(false);
        if (e.when > now)
            e.when = stamp(e.when);
        return true;
    case phase::DELAY:
        if (e.when > now || !load_may_go(i, s))
            return false;
        e.when = now + request(e, want_of(e, false), now);
        e.state = phase::FLIGHT;
        e.when = stamp(e.when);
        return true;
    case phase::FLIGHT:
        if (e.when > now || !load_may_go(i, s) || (e.older_reads && older_read_open(i) && younger_is_visible(i)))
            return false;
        if ((s & SPECULATIVE) || !e.effect || !(e.effect->effect.order & ISO_ORDER_DISTURBED))
            return bind_load(i, now) || !(s & SPECULATIVE);
        load_disturbed(i, now); /* elsewhere, too, but there the program may never come */
        return true;
    case phase::BOUND:
    case phase::DONE:
        return false;
    }
    return false;
}

bool cpu::advance_write(unsigned i, order_state s, uint64_t now)
{
    entry &e = at(i);
    if (e.peek && !e.peeked && e.state == phase::WAIT && load_may_go(i, s)) {
        int from = 0;
        if (look_back(i, false, &from) == source_of::BLOCKED)
            return false;
        if (younger_is_visible(i)) {
            e.peek = false;
            e.walking = walk::IDLE;
            return true;
        }
        if (!e.requested) { /* the early read takes a read's time */
            e.requested = true;
            e.when = stamp(now + issue_delay(false) + request(e, want_of(e, false), now));
        }
        if (e.when > now) {
            e.walking = walk::FLIGHT; /* due at `when` */
            return false;
        }
        e.walking = walk::IDLE;
        e.requested = false;
        return peek_atomic(i, now);
    }
    if (e.done)
        return false;
    switch (e.state) {
    case phase::WAIT:
        if (!store_may_go(i, s))
            return false;
        e.when = now + issue_delay(true);
        if (e.when > now) {
            e.when = stamp(e.when);
            e.state = phase::DELAY;
            return true;
        }
        [[fallthrough]]; /* nothing has changed since */
    case phase::DELAY:
        if (e.state == phase::DELAY && (e.when > now || !store_may_go(i, s)))
            return false;
        e.when = stamp(now + request(e, want_of(e, true), now));
        e.state = phase::FLIGHT;
        return true;
    case phase::FLIGHT:
        if (e.when > now || !store_may_go(i, s))
            return false;
        if (shared_.is_locked(id_, e.pa,
                              e.d->data_bytes)) { /* another CPU's atomic is between its read and its write */
            e.when = stamp(now + 5000);
            return true;
        }
        if (e.split && !e.peeked && read_and_lock(i, now))
            return true;
        return e.d->atomic ? perform_atomic(i, now) : perform_store(i, now);
    case phase::BOUND:
    case phase::DONE:
        return false;
    }
    return false;
}

} // namespace iso
