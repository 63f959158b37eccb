/* The scan: from oldest to youngest, what may go ahead. Every condition here is an ordering requirement of Arm ARM B2.3 (named at
 * the line) or a rule that keeps a later squash from meeting an effect that others have seen.
 * Not for: taking the effects (cpu_memory.cpp). */
#include "sim/platform/cpu.h"

#include <algorithm>

namespace iso
{

/* From the first instruction that has something due (what lies before it has not changed since the last scan) to the youngest. */
void cpu::scan(uint64_t now, uint64_t *next)
{
    unsigned from = dvm_pending_ ? 0 : std::min(first_stale_, scanned_); /* a DSB waits for others, too */
    for (unsigned i = 0; i < from; i++) {
        uint64_t due = due_[(head_ + i) % WINDOW];
        if (due <= now)
            from = i;
        else if (due != NEVER)
            *next = std::min(*next, due);
    }
    order_state s = {};
    if (from > 0)
        s = before_[from];
    for (unsigned i = from; i < count_; i++) {
        before_[i] = s;
        advance(i, s, now);
        if (i >= count_)
            break;
        uint64_t due = due_at(at(i));
        due_[(head_ + i) % WINDOW] = due;
        if (due > now && due != NEVER)
            *next = std::min(*next, due);
    }
    before_[count_] = s;
    scanned_ = first_stale_ = count_;
    if (dvm_pending_ && dvm_done_ps_ > now)
        *next = std::min(*next, dvm_done_ps_);
}

/* When an instruction next has something to do by itself. */
uint64_t cpu::due_at(const entry &e)
{
    if (e.done)
        return NEVER;
    if (!e.started)
        return e.eligible_at;
    if (e.state == phase::DELAY || e.state == phase::FLIGHT || e.walking == walk::FLIGHT)
        return e.when;
    return NEVER;
}

/* One instruction: does what it can, then adds what it leaves open to `s`. */
bool cpu::advance(unsigned i, order_state &s, uint64_t now)
{
    entry &e = at(i);
    if (e.done && !e.d->memory)
        return false;
    e.started |= e.eligible_at <= now;
    if (e.d->memory)
        return advance_memory(i, s, now);
    capture(e);
    bool eligible = e.eligible_at <= now, changed = false;
    if (runs_at_head(*e.d)) {
        if (!e.done) {
            iso_insn_class cls = static_cast<iso_insn_class>(e.d->insn->cls);
            if (cls == ISO_INSN_CLREX) {
                s.exclusive_pending = true;
            } else if (cls == ISO_INSN_CACHE) {
                s.unperformed_write = true; /* barriers wait for maintenance */
            } else {
                s.unperformed_write = true;
                s.speculative = true;
                s.load_block |= cls == ISO_INSN_SYSTEM_WRITE;
            }
        }
        return false;
    }
    switch (static_cast<iso_insn_class>(e.d->insn->cls)) {
    case ISO_INSN_COMPUTE:
    case ISO_INSN_SYSTEM_READ:
    case ISO_INSN_SYSTEM_WRITE:
        if (!e.done && eligible)
            changed = advance_compute(i, now);
        s.speculative |= e.pick_unverified;
        return changed;
    case ISO_INSN_BRANCH:
        if (!e.resolved_branch && eligible)
            changed = advance_branch(i, now);
        s.speculative |= !e.resolved_branch; /* dob: ctrl; [Exp & W] */
        return changed;
    case ISO_INSN_BARRIER:
        return !e.done && eligible ? advance_barrier(e, s, now) : (advance_barrier(e, s, NEVER), false);
    case ISO_INSN_PREFETCH:
    case ISO_INSN_HINT:
        changed = !e.done;
        e.done = true;
        return changed;
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
    case ISO_INSN_CACHE:
    case ISO_INSN_TLBI:
    case ISO_INSN_AT:
    case ISO_INSN_EXCEPTION:
    case ISO_INSN_EXCEPTION_RETURN:
    case ISO_INSN_CLREX:
        break; /* handled above */
    }
    return false;
}

/* now NEVER: only adds what an unfinished barrier blocks. */
bool cpu::advance_barrier(entry &e, order_state &s, uint64_t now)
{
    const iso_insn &b = *e.d->insn;
    if (e.done)
        return false;
    bool full = b.types == ISO_BARRIER_SY, loads = b.types == ISO_BARRIER_LD;
    bool is_sync = b.barrier == ISO_BARRIER_ISB || b.barrier == ISO_BARRIER_SB;
    bool finished = false;
    if (b.barrier == ISO_BARRIER_OTHER) {
        finished = true;
    } else if (is_sync) { /* IFB-ob: branches, addresses, translations, tag checks, DSB before it */
        finished = !s.speculative && !s.walk_block && !s.unbound_tag;
    } else {
        bool reads_left = s.unbound_read || s.unbound_tag || (full && s.unbound_no_return);
        bool writes_left = s.unperformed_write;
        finished = full ? !reads_left && !writes_left : loads ? !reads_left : !writes_left;
        if (b.barrier == ISO_BARRIER_DSB) {
            finished = finished && !s.walk_block;
            if (full && dvm_pending_ && finished) { /* completion of this CPU's TLBIs: everybody answered */
                bool held = dvm_done_ps_ > now;
                for (unsigned k = 0; k < others_.count; k++)
                    held |= others_.member[k]->holds_old_translations();
                finished = !held;
                if (finished && now != NEVER)
                    dvm_pending_ = false;
            }
        }
    }
    if (now != NEVER && finished) {
        e.done = true;
        shared_.count[COUNT_BARRIERS]++;
        return true;
    }
    if (b.barrier == ISO_BARRIER_DMB) {
        s.store_block = true;
        s.load_block |= full || loads; /* bob: dmb.st orders writes only */
    } else {
        s.store_block = s.load_block = s.walk_block = true; /* DSB-ob, IFB-ob */
    }
    return false;
}

/* Has a younger write taken effect already? Then nothing may be done for instruction i that could squash what follows it. */
bool cpu::younger_is_visible(unsigned i)
{
    for (unsigned j = i + 1; j < count_; j++) {
        const entry &e = at(j);
        if (e.d->memory && (e.d->writes || e.d->tag_writes) && (e.state == phase::DONE || e.pieces_done))
            return true;
    }
    return false;
}

/* Is an older read of the same place still without a value? */
bool cpu::older_read_open(unsigned i)
{
    const entry &e = at(i);
    for (unsigned j = 0; j < i; j++) {
        const entry &o = at(j);
        if (!o.d->memory || !o.translated || o.state == phase::DONE || o.state == phase::BOUND || o.peeked)
            continue;
        if ((e.d->reads && o.d->reads && overlaps(o, e, false)) ||
            (e.d->tag_reads && o.d->tag_reads && overlaps(o, e, true)))
            return true;
    }
    return false;
}

bool cpu::load_may_go(unsigned i, const order_state &s)
{
    const entry &e = at(i);
    if (s.load_block)
        return false;
    if ((e.d->insn->order & ISO_ORDER_ACQUIRE) && s.unperformed_release)
        return false; /* bob: [Exp & W & L]; po; [Exp & R & A] */
    if (e.d->exclusive_load && (s.speculative || s.exclusive_pending))
        return false; /* only architectural LDX may mark */
    const uint32_t order = e.effect->effect.order;
    if (!(order & ISO_ORDER_SPECULATES) && s.speculative)
        return false;
    if ((order & (ISO_ORDER_NREORDER | ISO_ORDER_ARRIVAL)) && s.device_pending)
        return false;
    return true;
}

bool cpu::store_may_go(unsigned i, const order_state &s)
{
    const entry &e = at(i);
    /* dob: ctrl and addr;po and translation and tag check before a write; pob; nothing that others see can be squashed */
    if (s.store_block || s.speculative || !e.data_ready)
        return false;
    if ((e.d->insn->order & ISO_ORDER_RELEASE) &&
        (s.unbound_read || s.unbound_no_return || s.unbound_tag || s.unperformed_write))
        return false; /* bob: [Exp & M | Imp & Tag & R]; po; [Exp & W & L] */
    if (e.d->atomic && (e.d->insn->order & ISO_ORDER_ACQUIRE) && s.unperformed_release)
        return false;
    if (e.d->exclusive_store && s.exclusive_pending)
        return false;
    if ((e.effect->effect.order & (ISO_ORDER_NREORDER | ISO_ORDER_ARRIVAL)) && s.device_pending)
        return false;
    if (!e.older_reads && !e.older_writes)
        return true;
    for (unsigned j = 0; j < i; j++) { /* lmws: same location, program order */
        const entry &o = at(j);
        if (!o.d->memory || !o.translated || o.state == phase::DONE)
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
void cpu::after_memory(unsigned i, order_state &s)
{
    const entry &e = at(i);
    const decoded &d = *e.d;
    if (e.done) {
        /* A read that an older one to the same place, still without value, may yet have replayed (Exp-haz-ob). */
        if (!s.speculative && (d.reads || d.tag_reads) && (s.unbound_read || s.unbound_no_return))
            s.speculative = older_read_open(i);
        return;
    }
    const bool performed = e.state == phase::DONE;
    const bool read_bound = performed || e.state == phase::BOUND || e.peeked;
    const unsigned order = d.insn->order;
    if (d.reads || d.tag_reads) {
        if (!read_bound) {
            (d.no_return ? s.unbound_no_return : s.unbound_read) = true;
            bool acquires = (order & ISO_ORDER_ACQUIRE_PC) || ((order & ISO_ORDER_ACQUIRE) && (d.cas || !d.no_return));
            if (acquires) /* bob: [A | Q]; po */
                s.load_block = s.store_block = true;
        }
        if (d.atomic && !performed && (order & ISO_ORDER_ACQUIRE) && (order & ISO_ORDER_RELEASE))
            s.load_block = s.store_block = true; /* bob: [range([A]; amo; [L])]; po */
        s.exclusive_pending |= d.exclusive_load && !read_bound;
    }
    if (e.check_tags && !read_bound)
        s.unbound_tag = true;
    if ((d.writes || d.tag_writes) && !performed) {
        s.unperformed_write = true;
        s.unperformed_release |= (order & ISO_ORDER_RELEASE) != 0;
        s.exclusive_pending |= d.exclusive_store;
    }
    bool fault_open = e.check_tags && !read_bound; /* tc-before; [Exp & M]; po; [Exp & W] */
    if (!e.translated || e.faulting || fault_open || (e.peeked && !e.locked && !performed) || e.assumed)
        s.speculative = true;
    if (e.effect && !read_bound) {
        iso_outcome_kind kind = e.effect->effect.kind;
        s.speculative |= kind != ISO_EFFECT_PERFORM;
        s.device_pending |= (e.effect->effect.order & (ISO_ORDER_NREORDER | ISO_ORDER_ARRIVAL)) != 0;
    }
}

bool cpu::advance_memory(unsigned i, order_state &s, uint64_t now)
{
    entry &e = at(i);
    bool changed = false;
    if ((e.state == phase::DELAY || e.state == phase::FLIGHT) && e.when > now && !e.done) {
        after_memory(i, s); /* on its way: nothing to do yet */
        return false;
    }
    if (!e.done) {
        e.older_writes = s.unperformed_write;
        e.older_reads = s.unbound_read || s.unbound_no_return || s.unbound_tag;
        capture(e);
        if (!e.address_known && e.eligible_at <= now && have(e, ROLE_ADDRESS)) {
            iso_regs regs = {};
            fill_registers(regs, e);
            e.va = iso_insn_address(&e.base_after, e.d->insn, &regs);
            e.address_known = true;
            changed = true;
            for (unsigned k = 0; k < e.d->nresults; k++)
                if (e.d->result_is[k] == result_role::WRITEBACK) {
                    e.result[k].ready = true;
                    e.result[k].value = e.base_after;
                }
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
    }
    if (i < count_)
        after_memory(i, s);
    return changed;
}

uint64_t cpu::issue_delay(bool is_store)
{
    uint32_t rate = is_store ? mood_.store_delay : mood_.load_delay;
    uint32_t longest = is_store ? mood_.store_delay_ps : mood_.load_delay_ps;
    return longest && random_.permille(rate) ? random_.below(longest) : 0;
}

bool cpu::advance_load(unsigned i, const order_state &s, uint64_t now)
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
        return bind_load(i, now);
    case phase::BOUND:
    case phase::DONE:
        return false;
    }
    return false;
}

bool cpu::advance_write(unsigned i, const order_state &s, uint64_t now)
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
        e.state = phase::DELAY;
        e.when = now + issue_delay(true);
        if (e.when > now)
            e.when = stamp(e.when);
        return true;
    case phase::DELAY:
        if (e.when > now || !store_may_go(i, s))
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
