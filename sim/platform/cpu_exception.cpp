/* The head of the window: faults, exceptions, returns, and instructions that run when nothing older is left. See cpu.h. */
#include "sim/platform/cpu.h"

#include <algorithm>

extern "C" {
#include "models/align.h"
}

namespace iso
{

namespace
{

constexpr uint64_t BLOCKED_POLL_PS = 50000; /* how often an access that waits for a migrating page looks again */

iso_fault_type exception_of(const iso_insn &insn)
{
    switch (insn.mnemonic[0]) {
    case 'S':
        return insn.mnemonic[1] == 'V' ? ISO_FAULT_SUPERVISOR_CALL : ISO_FAULT_SECURE_MONITOR_CALL;
    case 'H':
        return ISO_FAULT_HYPERVISOR_CALL;
    case 'B':
        return ISO_FAULT_BREAKPOINT;
    }
    return ISO_FAULT_UNDEFINED;
}

} // namespace

/* True if something changed. */
bool cpu::at_head(uint64_t now, uint64_t *next)
{
    if (async_abort_) { /* an asynchronous abort ends the thread, as an unexpected SError ends the system */
        async_abort_ = false;
        if (shared_.setup) {
            const iso_insn &insn = *(count_ ? at(0).d->insn : &code_->thread->insn[code_->thread->ninsns - 1]);
            const unsigned row = iso_setup_route_row(shared_.setup, id_, &insn, code_->thread->guest ? 2 : 1);
            const uint8_t becomes = iso_fault_routed(&shared_.setup->routing, row, ISO_FAULT_SERROR);
            if (iso_fault_is_result(becomes)) {
                end_by(static_cast<iso_fault_type>(becomes), false, 0, count_ ? local(at(0).index) : UINT32_MAX, now);
                return true;
            }
        }
        shared_.add_fault(id_, ISO_FAULT_SERROR, false, 0, count_ ? local(at(0).index) : UINT32_MAX);
        squash(0, CODE_END, now);
        fetch_at_ = now;
        return true;
    }
    if (killed_) {
        squash(0, CODE_END, now);
        fetch_at_ = now;
        killed_ = false;
        return true;
    }
    if (count_ == 0 || at(0).done)
        return false;
    entry &e = at(0);
    if (e.eligible_at > now) {
        *next = std::min(*next, e.eligible_at);
        return false;
    }
    if (e.d->memory)
        return head_memory(e, now, next);
    if (!runs_at_head(*e.d))
        return false;
    switch (static_cast<iso_insn_class>(e.d->insn->cls)) {
    case ISO_INSN_TLBI:
        if (shared_.setup)
            execute_tlbi(e, now);
        e.done = true;
        return true;
    case ISO_INSN_AT:
        execute_at(e, now);
        return true;
    case ISO_INSN_CACHE:
        return execute_cache(e, now, next);
    case ISO_INSN_CLREX: {
        iso_monitor_access a = {};
        a.size_bytes = 1;
        if (!still_exclusive(iso_local_monitor_after(&local_, ISO_MONITOR_CLREX, &a, &shared_.features)))
            iso_local_monitor_clear(&local_);
        if (!still_exclusive(iso_global_monitor_after_clrex(&shared_.features)))
            iso_global_monitor_clear(&shared_.monitor, id_);
        e.done = true;
        return true;
    }
    case ISO_INSN_EXCEPTION:
        if (e.fetch_fault)
            take_fetch_fault(e, now);
        else
            take_exception(e, exception_of(*e.d->insn), false, 0, now);
        return true;
    case ISO_INSN_EXCEPTION_RETURN:
        monitor_return();
        in_handler_ = false;
        squash(0, place_of(arch_.x[ISO_REG_ELR]), now);
        return true;
    case ISO_INSN_SYSTEM_READ:
    case ISO_INSN_SYSTEM_WRITE: {
        iso_regs regs = arch_;
        const uint64_t hidden = e.d->insn->sysreg == ISO_REG_TFSR && late_tags_ ? hidden_tags() : 0;
        regs.x[ISO_REG_TFSR] &= ~hidden;
        iso_insn_compute(&regs, e.d->insn, pc_of(e.index), 0);
        regs.x[ISO_REG_TFSR] |= hidden;
        take_results(e, regs, result_role::VALUE);
        e.done = true;
        if (e.d->insn->cls == ISO_INSN_SYSTEM_WRITE) { /* younger ones may have looked at the old value */
            arch_ = regs;
            squash(1, e.index + 1, now);
        }
        return true;
    }
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
        break; /* do not wait for the head */
    }
    return false;
}

/* A memory instruction with nothing older left: faults are taken here, and so are effects that are no access at all. */
bool cpu::head_memory(entry &e, uint64_t now, uint64_t *next)
{
    if (e.first)
        return head_straddle(e, now, next);
    if (e.faulting)
        return head_fault(e, now, next);
    if (!e.translated || !e.effect)
        return false;
    switch (e.effect->effect.kind) {
    case ISO_EFFECT_PERFORM:
    case ISO_EFFECT_PASS:
    case ISO_EFFECT_FAULT:
    case ISO_EFFECT_HANG: /* waits for ever; the watchdog tells */
        if (e.effect->effect.kind == ISO_EFFECT_HANG)
            shared_.add_cause(*e.effect, e.tier, id_, local(e.index));
        return false;
    case ISO_EFFECT_NOP:
        shared_.add_cause(*e.effect, e.tier, id_, local(e.index));
        do_nothing(e);
        return true;
    }
    return false;
}

/* CH-25: a store exclusive that finds its monitor open may report failure before it looks whether its access aborts. True if it did. */
bool cpu::fails_first(entry &e)
{
    if (!e.d->exclusive_store || local_.mark.exclusive || shared_.setting(ISO_CPU_STX_ABORT) != ISO_ABORT_FAIL_STATUS)
        return false;
    iso_access a;
    make_access(&a, e);
    if (iso_align_before_type(&a, &shared_.features) != ISO_ALIGN_OK)
        return false;
    iso_regs regs = {};
    if (e.d->insn->rs < ISO_REG_COUNT)
        regs.x[e.d->insn->rs] = 1;
    take_results(e, regs, result_role::STATUS);
    e.faulting = false;
    e.state = phase::DONE;
    e.done = true;
    return true;
}

/* Registers keep what they held. */
void cpu::do_nothing(entry &e)
{
    for (unsigned k = 0; k < e.d->nresults; k++)
        if (!e.result[k].ready) {
            e.result[k].value = arch_.x[e.d->result[k]];
            e.result[k].ready = true;
        }
    e.state = phase::DONE;
    e.done = true;
}

bool cpu::waits_for_page(entry &e, uint64_t now)
{
    if (e.fault != ISO_FAULT_MMU_TRANSLATION || !(shared_.setup->blocking_pages >> e.page & 1))
        return false;
    monitor_return();
    shared_.count[COUNT_RETRIES]++;
    e.walking = walk::AT_HEAD;
    e.when = stamp(now + BLOCKED_POLL_PS);
    return true;
}

bool cpu::head_fault(entry &e, uint64_t now, uint64_t *next)
{
    if (fails_first(e))
        return true;
    if (e.fault_is_mmu) { /* translation again, from memory, now that everything older is finished */
        if (e.walking == walk::AT_HEAD && e.when > now) {
            *next = std::min(*next, e.when);
            return false;
        }
        if (e.conflict && !holds_two(e.page))
            e.conflict = false;
        if (!e.conflict)
            use_descriptor(e, read_descriptor(e.page), true, now);
        if (!e.fault_is_mmu) { /* translated; a fault of another kind is looked at anew */
            late_address(0, now);
            return true;
        }
        if (e.fault_stage == 2 && stage2_fault(e, now, next))
            return true;
        if (waits_for_page(e, now)) {
            *next = std::min(*next, e.when);
            return false;
        }
    } else if (uint64_t state = 0; e.may_err && e.effect && e.effect->effect.kind == ISO_EFFECT_FAULT &&
                                   e.condition != condition_of(e, &state)) { /* over by now: decided again */
        e.faulting = false;
        e.fault = ISO_FAULT_NONE;
        find_effect(e);
        e.state = phase::WAIT;
        return true;
    } else if (shared_.setup && emulate(e, now, next)) {
        return true;
    } else if (checks_first(e)) {
        e.fault = ISO_FAULT_TAG_CHECK;
        e.effect = nullptr;
    } else if (e.fault == ISO_FAULT_TAG_CHECK) { /* compared again, now that everything older is finished */
        iso_tag_verdict v = compare_tags(e, nullptr);
        if (v != ISO_TAG_FAULTS_SYNC) {
            e.faulting = false;
            e.fault = ISO_FAULT_NONE;
            return true;
        }
    }
    iso_monitor_access a = monitor_access(e);
    if (local_.mark.exclusive &&
        !still_exclusive(iso_local_monitor_after(&local_, ISO_MONITOR_ABORT, &a, &shared_.features)))
        iso_local_monitor_clear(&local_);
    bool decided = e.effect && e.effect->effect.kind == ISO_EFFECT_FAULT;
    if (decided)
        shared_.add_cause(*e.effect, e.tier, id_, local(e.index));
    iso_fault_type type = static_cast<iso_fault_type>(e.fault);
    if (type == ISO_FAULT_NONE) { /* reported to nobody (CH-40): the access is lost */
        for (unsigned k = 0; k < e.d->nresults; k++)
            e.result[k].ready = true;
        e.faulting = false;
        e.state = phase::DONE;
        e.done = true;
        return true;
    }
    const bool guest = code_->thread->guest && !e.d->insn->host;
    bool to_host = e.fault_stage == 2 || (guest && (type == ISO_FAULT_EXTERNAL_ABORT || type == ISO_FAULT_SERROR)) ||
                   (decided && e.effect->effect.fault_tag_access && guest);
    uint8_t becomes = type;
    if (shared_.setup)
        becomes = iso_fault_routed(&shared_.setup->routing,
                                   iso_setup_route_row(shared_.setup, id_, e.d->insn, to_host ? 2 : 1), type);
    if (becomes == ISO_FAULT_NONE) /* tried again for ever; the watchdog tells */
        return false;
    const bool handled = iso_fault_is_signal(becomes) && code_->thread->handler < code_->thread->ninsns;
    if (iso_fault_is_result(becomes) && !handled)
        end_by(static_cast<iso_fault_type>(becomes), true, e.va, local(e.index), now);
    else
        take_exception(e, static_cast<iso_fault_type>(becomes), becomes != ISO_FAULT_SERROR, e.va, now);
    return true;
}

void cpu::take_exception(entry &e, iso_fault_type type, bool has_address, uint64_t va, uint64_t now)
{
    const iso_thread &t = *code_->thread;
    const uint32_t index = e.index;
    const bool call =
        type == ISO_FAULT_SUPERVISOR_CALL || type == ISO_FAULT_HYPERVISOR_CALL || type == ISO_FAULT_SECURE_MONITOR_CALL;
    shared_.add_fault(id_, type, has_address, va, local(index), e.fetch_fault != 0);
    late_tags_ = late_at_dsb_ = 0; /* SCTLR_EL1.ITFSB: an exception's entry shows them */
    /* A fault in a handler, or of an instruction that was already tried again, is not followed any further: as the herd tools do. */
    if (t.handler < t.ninsns && in_handler_) {
        vanished_ = true;
        squash(0, CODE_END, now);
        return;
    }
    if (t.handler < t.ninsns) {
        arch_.x[ISO_REG_ELR] = pc_of(call ? index + 1 : index);
        if (has_address)
            arch_.x[ISO_REG_FAR] = va;
        squash(0, id_ << REGION_SHIFT | t.handler, now);
        in_handler_ = true;
        return;
    }
    iso_fault_mode mode =
        shared_.setup ? static_cast<iso_fault_mode>(shared_.setup->variant.fault_mode) : ISO_FAULT_MODE_FATAL;
    uint32_t go_on = CODE_END;
    switch (mode) {
    case ISO_FAULT_MODE_FATAL:
        break;
    case ISO_FAULT_MODE_HANDLED:
        go_on = call ? index + 1 : index;
        if (retried_) { /* a call, too */
            vanished_ = true;
            go_on = CODE_END;
        }
        retried_ |= !call;
        break;
    case ISO_FAULT_MODE_SKIP:
        go_on = index + 1;
        break;
    }
    monitor_return();
    squash(0, go_on, now);
    /* Whoever handles it outside the test takes its time. */
    uint64_t handling = 20000 + (mood_.load_delay_ps ? random_.below(2000000) : 0);
    fetch_at_ = now + (go_on == CODE_END ? 0 : handling);
}

} // namespace iso
