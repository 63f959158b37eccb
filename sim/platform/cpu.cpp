/* A CPU's main loop: fetch, scan, retire, sleep until something is due. See cpu.h. */
#include "sim/platform/cpu.h"

#include "sim/platform/timeline.h"
#include "sim/platform/waves.h"

#include <algorithm>
#include <cstring>

namespace iso
{

using sc_core::sc_time;

namespace
{
/* Fetching, finishing and fetching again at one instant: so often, then the front end needs its time. Loops without memory end so, too. */
constexpr unsigned ROUNDS_AT_ONCE = 8;
constexpr uint64_t ROUNDS_PS = 16000;
} // namespace

cpu::cpu(sc_core::sc_module_name name, context &shared, home &node, cluster &others, unsigned id)
    : sc_core::sc_module(name), memory("memory"), shared_(shared), home_(node), others_(others), id_(id)
{
    others.member[id] = this;
    others.count = std::max(others.count, id + 1);
    std::memset(static_cast<void *>(slot_), 0, sizeof slot_);
    for (unsigned k = 0; k < ISO_CPU_COUNT; k++)
        one_choice_[k] = iso_cpu_is_one_choice(static_cast<enum iso_cpu_key>(k));
    SC_METHOD(step);
    sensitive << wake_;
    dont_initialize();
}

bool runs_at_head(const decoded &d)
{
    switch (static_cast<iso_insn_class>(d.insn->cls)) {
    case ISO_INSN_TLBI:
    case ISO_INSN_AT:
    case ISO_INSN_CACHE:
    case ISO_INSN_CLREX:
    case ISO_INSN_EXCEPTION:
    case ISO_INSN_EXCEPTION_RETURN:
        return true;
    case ISO_INSN_SYSTEM_READ:
    case ISO_INSN_SYSTEM_WRITE:
        return d.insn->sysreg == ISO_REG_TFSR || d.insn->sysreg == ISO_REG_TCO || d.insn->sysreg == ISO_REG_PAR;
    case ISO_INSN_COMPUTE:
    case ISO_INSN_BRANCH:
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
    case ISO_INSN_BARRIER:
    case ISO_INSN_PREFETCH:
    case ISO_INSN_HINT:
        return false;
    }
    return false;
}

void cpu::load(const program *all, unsigned count)
{
    all_ = all;
    threads_ = count;
    code_ = all ? &all[id_] : nullptr;
}

/* Instruction at an address; CODE_END if it is in nobody's code. */
uint32_t cpu::place_of(uint64_t address) const
{
    for (unsigned t = 0; t < threads_; t++) {
        const iso_thread &thread = *all_[t].thread;
        if (address >= thread.code_va && address - thread.code_va <= 4ull * thread.ninsns)
            return t << REGION_SHIFT | static_cast<uint32_t>((address - thread.code_va) / 4);
    }
    return CODE_END;
}

/* Does the thread end when it gets here? Past the main code, past everything, or at a handler nobody called. */
bool cpu::at_end(uint32_t place) const
{
    if (place == CODE_END)
        return true;
    const iso_thread &t = *all_[place >> REGION_SHIFT].thread;
    unsigned index = local(place);
    bool handler_code = index >= t.handler && t.handler < t.ninsns;
    return index >= t.ninsns || (!in_handler_ && (index == t.code_end || handler_code));
}

void cpu::start(const mood &m, uint64_t seed, unsigned phase_ps)
{
    for (unsigned i = 0; i < WINDOW; i++)
        slot_[i].live = false;
    head_ = count_ = 0;
    restart_ = false;
    next_uid_ = 1;
    furthest_ = 0;
    anew_ = 0;
    std::fill(std::begin(rename_), std::end(rename_), NO_PRODUCER);
    random_.seed(seed);
    mood_ = m;
    const bool adventurous = m.load_delay_ps || m.store_delay_ps;
    mood_.tear = adventurous ? static_cast<uint32_t>(mix(seed, 0x7ea2) % 3 * 500) : 0;
    phase_ps_ = phase_ps;
    local_ = {};
    straddle_.uid = 0;
    holds_ = 0;
    retried_ = false;
    dvm_pending_ = false;
    dvm_done_ps_ = 0;
    late_tags_ = late_at_dsb_ = 0;
    async_abort_ = vanished_ = hung_ = in_handler_ = fetch_stopped_ = false;
    killed_ = false;
    for (tlb_entry &t : tlb_)
        t = {};
    pc_ = id_ << REGION_SHIFT;
    finished_ = code_ == nullptr;
    end_ps_ = shared_.base_ps;
    wake_.cancel();
    if (finished_)
        return;
    arch_ = code_->thread->init;
    habits_.assign(code_->code.size() * (LINE_BYTES / 16), habit{});
    if (shared_.setup && shared_.setup->variant.vmsa)
        for (unsigned p = 0; p < shared_.setup->test->npages && p < ISO_SETUP_MAX_PAGES; p++) {
            iso_pte pte; /* a stage-2 descriptor has both bits in the same place */
            iso_pte_decode(&pte, shared_.setup->test->page[p].descriptor);
            /* Earlier use may have left a translation behind; invalid and AF-faulting entries are never cached. */
            if (pte.valid && pte.af && random_.permille(600) && table_was_mapped(p)) {
                tlb_[p].valid = true;
                tlb_[p].descriptor = shared_.setup->test->page[p].descriptor;
                remember_stage2(static_cast<int>(p), pte.oa);
            }
        }
    start_fetching();
    fetch_at_ = stamp(shared_.base_ps + m.start_ps);
    wake_.notify(sc_time::from_value(fetch_at_ - sc_core::sc_time_stamp().value()));
}

void cpu::wake()
{
    restart_ = true;
    if (!finished_)
        wake_.notify(sc_core::SC_ZERO_TIME);
}

void cpu::step()
{
    if (finished_)
        return;
    host_time measured(shared_);
    uint64_t now = sc_core::sc_time_stamp().value();
    uint64_t next = NEVER;
    unsigned rounds = 0;
    for (bool again = true; again && !finished_;) {
        next = NEVER;
        if (++rounds % ROUNDS_AT_ONCE == 0 && fetch_at_ <= now)
            fetch_at_ = now + ROUNDS_PS;
        fetch(now);
        scan(now, &next);
        again = false;
        for (bool more = true; more;) {
            more = at_head(now, &next);
            if (more)
                restart_ = true;
            again |= more;
            more |= retire(now);
        }
        again |= may_fetch(now);
        if (count_ == 0 && !fetch_stopped_ && fetch_at_ <= now && at_end(pc_))
            finish(now);
    }
    if (shared_.wave)
        shared_.wave->sample();
    if (finished_)
        return;
    if (!fetch_stopped_ && fetch_at_ > now)
        next = std::min(next, fetch_at_);
    if (now > shared_.active_ps + shared_.spin_ps)
        return; /* loops for ever: nobody has written and nobody gets anywhere. The run reports no progress */
    if (next != NEVER) {
        next = stamp(std::max(next, now + 1));
        wake_.notify(sc_time::from_value(next - now));
    }
}

void cpu::finish(uint64_t now)
{
    finished_ = true;
    end_ps_ = now;
    for (unsigned k = 0; k < others_.count; k++)
        if (!others_.member[k]->finished_)
            return;
    home_.reset(); /* nobody is left to see an eviction */
}

/* A misprediction may bring fetch back even from the end of the code. */
bool cpu::may_fetch(uint64_t now) const
{
    return !fetch_stopped_ && fetch_at_ <= now && count_ < WINDOW_LIMIT && !at_end(pc_);
}

/* Instructions come in groups of four issue widths: within one, the scan decides what goes first. */
void cpu::fetch(uint64_t now)
{
    const unsigned group = 4 * std::max(1u, shared_.machine->cpu_timing.issue_width);
    for (unsigned fetched = 0; may_fetch(now); fetched++) {
        if (!dispatch(now))
            return;
        at(count_ - 1).eligible_at = now + fetched / group * 4 * cycle_ps();
    }
}

/* False: the instruction is not here yet. */
bool cpu::dispatch(uint64_t now)
{
    entry &e = slot_[(head_ + count_) % WINDOW];
    iso_fault_type fetch_fault = ISO_FAULT_NONE;
    const decoded *fetched =
        shared_.fetches ? fetch_instruction(now, &fetch_fault) : &all_[pc_ >> REGION_SHIFT].code[local(pc_)];
    if (!fetched)
        return false;
    const decoded &d = *fetched;
    std::memset(static_cast<void *>(&e), 0, offsetof(entry, source));
    e.d = &d;
    e.fetch_fault = static_cast<uint8_t>(fetch_fault);
    e.index = pc_;
    e.uid = next_uid_++;
    e.live = true;
    e.born = now;
    e.page = -1;
    for (unsigned k = 0; k < d.nsources; k++) {
        source_value &v = e.source[k];
        const int16_t producer = rename_[d.source[k]];
        v.have = producer == NO_PRODUCER;
        if (v.have) {
            v.value = arch_.x[d.source[k]];
        } else {
            v.producer = static_cast<uint8_t>(producer / PRODUCER_SLOT);
            v.result = static_cast<uint8_t>(producer % PRODUCER_SLOT);
            v.producer_uid = slot_[v.producer].uid;
            e.missing++;
        }
    }
    const unsigned slot = (head_ + count_) % WINDOW;
    const uint64_t bit = uint64_t{1} << slot;
    open_ |= bit;
    mark_[slot].due = 0;
    mark_[slot].waits = 0;
    readers_ = d.reads || d.tag_reads || d.checked ? readers_ | bit : readers_ & ~bit;
    writers_ = d.writes || d.tag_writes ? writers_ | bit : writers_ & ~bit;
    for (unsigned k = 0; k < d.nresults; k++) {
        rename_[d.result[k]] = producer_of(slot, k);
        e.result[k].ready = false;
    }
    if (d.writes || d.tag_writes)
        e.write_id = shared_.next_write++;
    e.peek = d.atomic && random_.permille(mood_.peek);
    e.assume = d.cas && d.insn->rs2 == ISO_REG_NONE && random_.permille(mood_.peek);
    e.split = d.atomic && random_.permille(mood_.split);
    count_++;
    pc_++;
    capture(e);
    if (d.insn->cls == ISO_INSN_BRANCH) {
        if (advance_branch(count_ - 1, now))
            return true;
        bool indirect = d.insn->target < 0;
        if (indirect || !random_.permille(mood_.predict)) {
            fetch_stopped_ = true;
            return true;
        }
        e.predicted = true;
        bool backward = d.insn->target <= static_cast<int32_t>(local(e.index));
        if (random_.permille(backward ? 900 : 500))
            pc_ = d.fetched ? place_of(all_[e.index >> REGION_SHIFT].thread->code_va +
                                       4 * static_cast<uint64_t>(static_cast<int64_t>(d.insn->target)))
                            : (e.index & ~0xffffu) | static_cast<uint32_t>(d.insn->target);
        e.predicted_next = pc_;
    } else if (d.insn->cls == ISO_INSN_EXCEPTION || d.insn->cls == ISO_INSN_EXCEPTION_RETURN) {
        fetch_stopped_ = true;
    }
    return true;
}

void cpu::rebuild_rename()
{
    std::fill(std::begin(rename_), std::end(rename_), NO_PRODUCER);
    for (unsigned i = 0; i < count_; i++) {
        const entry &e = at(i);
        for (unsigned k = 0; k < e.d->nresults; k++)
            rename_[e.d->result[k]] = producer_of((head_ + i) % WINDOW, k);
    }
}

/* Throws away instruction `from` of the window and all younger ones; fetch goes on at next_pc. */
void cpu::squash(unsigned from, uint32_t next_pc, uint64_t now)
{
    if (from < count_)
        shared_.count[COUNT_SQUASHES]++;
    while (count_ > from) {
        entry &e = at(count_ - 1);
        if (e.hold && --holds_ == 0)
            for (unsigned k = 0; k < others_.count; k++)
                others_.member[k]->wake();
        unlock(e);
        if (e.state == phase::DONE && (e.d->writes || e.d->tag_writes) && !e.done)
            shared_.count[COUNT_LATE_REPLAYS]++;
        e.live = false;
        count_--;
    }
    rebuild_rename();
    pc_ = next_pc;
    fetch_stopped_ = false;
    uint64_t penalty = shared_.machine->cpu_timing.mispredict_ps ? shared_.machine->cpu_timing.mispredict_ps : 5000;
    fetch_at_ = now + penalty;
}

bool cpu::retire(uint64_t now)
{
    bool any = false;
    while (count_ > 0) {
        entry &e = at(0);
        if (!e.done)
            return any;
        any = true;
        unsigned slot = head_ % WINDOW;
        for (unsigned k = 0; k < e.d->nresults; k++) {
            arch_.x[e.d->result[k]] = e.result[k].value;
            if (rename_[e.d->result[k]] == producer_of(slot, k))
                rename_[e.d->result[k]] = NO_PRODUCER;
        }
        if (local(e.index) >= furthest_) {
            furthest_ = local(e.index) + 1;
            shared_.active_ps = now;
        }
        trace_retired(e, now);
        retired_load(e);
        tag_barrier(e);
        if (e.d->reads && e.translated && e.page >= 0 && shared_.setup && iso_setup_leaves_out(shared_.setup, e.pa))
            vanished_ = shared_.left_out = true;
        if (e.hold && --holds_ == 0)
            for (unsigned k = 0; k < others_.count; k++)
                others_.member[k]->wake();
        e.live = false;
        head_ = (head_ + 1) % WINDOW;
        count_--;
    }
    return any;
}

/* What a load tells of itself, now that it is sure to have been one. */
void cpu::retired_load(const entry &e)
{
    if (e.state != phase::BOUND || !e.effect)
        return;
    shared_.add_cause(*e.effect, e.tier, id_, local(e.index));
    if (shared_.any_mismatch)
        shared_.add_alias_cause(e.pa, false, e.tier, id_, local(e.index));
    if (e.async_tag)
        async_tag_fault(e);
}

void cpu::trace_retired(const entry &e, uint64_t now)
{
    if (!shared_.trace)
        return;
    char text[80], name[16];
    iso_insn_text(text, sizeof text, e.d->insn);
    std::snprintf(name, sizeof name, "P%u", code_->thread->id);
    shared_.trace->span(name, id_, e.uid % 4, text, e.born, now > e.born ? now - e.born : 1);
}

unsigned cpu::store_buffer_depth() const
{
    unsigned n = 0;
    for (unsigned i = 0; i < count_; i++) {
        const entry &e = slot_[(head_ + i) % WINDOW];
        n += (e.d->writes || e.d->tag_writes) && e.state != phase::DONE && e.data_ready;
    }
    return n;
}

int cpu::current_instruction() const
{
    return count_ ? static_cast<int>(local(slot_[head_].index)) : -1;
}

} // namespace iso
