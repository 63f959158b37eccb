/* Exclusives and tag checks: asks the monitors and tag rules of models/ and applies what they say. See cpu.h. */
#include "sim/platform/cpu.h"

#include <algorithm>
#include <cstring>

namespace iso
{

iso_monitor_access cpu::monitor_access(const entry &e) const
{
    iso_monitor_access a = {};
    a.va = e.va & UINT64_C(0x00ffffffffffffff);
    a.pa = e.pa;
    a.size_bytes = e.d->data_bytes ? e.d->data_bytes : e.d->tag_bytes;
    a.registers = e.d->insn->count ? e.d->insn->count : uint8_t{1};
    a.attribute = static_cast<uint8_t>(iso_attribute_point_of(&e.attribute));
    return a;
}

bool cpu::still_exclusive(iso_monitor_choice c)
{
    switch (c) {
    case ISO_MONITOR_OPEN:
        return false;
    case ISO_MONITOR_EXCL:
        return true;
    case ISO_MONITOR_EITHER:
        return !random_.permille(500);
    }
    return true;
}

void cpu::monitor_return()
{
    iso_monitor_access a = {};
    a.size_bytes = 1;
    if (!still_exclusive(iso_local_monitor_after(&local_, ISO_MONITOR_ERET, &a, &shared_.features)))
        iso_local_monitor_clear(&local_);
}

void cpu::mark_exclusive(const entry &e)
{
    iso_monitor_access a = monitor_access(e);
    shared_.count[COUNT_EXCLUSIVE_LOADS]++;
    iso_local_monitor_load(&local_, &a, std::max(16u, iso_cpu_number(&shared_.features, ISO_CPU_ERG)));
    marked_domain_ = e.domain;
    marked_uncached_ = e.uncached;
    if (e.effect->effect.exclusive == ISO_EXCLUSIVE_MONITORED && e.attribute.shareability != ISO_SHAREABILITY_NSH)
        iso_global_monitor_load(&shared_.monitor, id_, &a);
}

/* A mismatched pair: data UNKNOWN at the store's address, and at the load's where that is another virtual one (Arm ARM E2.10.5). */
void cpu::leave_unknown(entry &e, const iso_mark &mark, const iso_store_decision &decision)
{
    resolved why = {};
    why.deviation = ISO_CAUSE_STATUS_UNKNOWN;
    why.rule = rule_index(decision.rule);
    shared_.add_cause(why, e.tier, id_, local(e.index));
    std::fill(std::begin(e.data), std::end(e.data), static_cast<uint8_t>(ISO_UNKNOWN_BYTE));
    write_memory(e);
    if (!std::strcmp(decision.rule.id, "CH-18") && (marked_domain_ != e.domain || marked_uncached_ != e.uncached))
        shared_.memory.write(mark.pa, mark.size_bytes, marked_domain_, marked_uncached_, e.data, e.write_id);
}

/* A store exclusive at the instant it would write: monitors are asked and memory changes in one step. */
void cpu::perform_exclusive(entry &e)
{
    const iso_effect &effect = e.effect->effect;
    iso_monitor_access a = monitor_access(e);
    const iso_mark mark = local_.mark;
    bool moved = mark.exclusive && mark.va == a.va && mark.pa != a.pa;
    bool rewritten = false; /* 2.6: the new page has been written since the load */
    if (moved) {
        uint32_t writer[64] = {};
        uint8_t bytes[64];
        shared_.memory.read(a.pa, std::min(a.size_bytes, 64u), e.domain, e.uncached, bytes, writer);
        for (unsigned k = 0; k < a.size_bytes && k < 64; k++)
            rewritten |= writer[k] != INITIAL_WRITE;
    }
    if (mark.exclusive && random_.permille(mood_.spontaneous) &&
        !still_exclusive(iso_local_monitor_after(&local_, ISO_MONITOR_SPONTANEOUS, &a, &shared_.features))) {
        iso_local_monitor_clear(&local_);
        shared_.count[COUNT_EXCLUSIVE_SPONTANEOUS]++;
    }
    iso_store_decision decision;
    iso_local_monitor_store(&decision, &local_, &a, moved, rewritten, &shared_.features);
    bool pass = (decision.result & ISO_STORE_PASS) && (!(decision.result & ISO_STORE_FAIL) || random_.permille(500));
    bool write = pass;
    uint64_t status = pass ? 0 : 1;
    if (!pass)
        shared_.count[COUNT_EXCLUSIVE_FAIL_LOCAL]++;
    const bool monitored = effect.exclusive == ISO_EXCLUSIVE_UNDECIDED ||
                           effect.exclusive == ISO_EXCLUSIVE_LOCAL_ONLY || effect.exclusive == ISO_EXCLUSIVE_MONITORED;
    if ((decision.result & ISO_STORE_DATA_UNKNOWN) && monitored && random_.below(3) == 0) {
        leave_unknown(e, mark, decision);
        iso_local_monitor_clear(&local_);
        iso_regs ended = {};
        if (e.d->insn->rs < ISO_REG_COUNT)
            ended.x[e.d->insn->rs] = random_.below(2);
        take_results(e, ended, result_role::STATUS);
        return;
    }
    switch (effect.exclusive) {
    case ISO_EXCLUSIVE_UNDECIDED:
    case ISO_EXCLUSIVE_LOCAL_ONLY:
        break;
    case ISO_EXCLUSIVE_MONITORED:
        if (pass && e.attribute.shareability != ISO_SHAREABILITY_NSH) {
            iso_store_decision global;
            iso_global_monitor_check(&global, &shared_.monitor, id_, &a, &shared_.features);
            pass = (global.result & ISO_STORE_PASS) && (!(global.result & ISO_STORE_FAIL) || random_.permille(500));
            write = pass;
            status = pass ? 0 : 1;
            if (!pass)
                shared_.count[COUNT_EXCLUSIVE_FAIL_GLOBAL]++;
        }
        break;
    case ISO_EXCLUSIVE_FAILS_KEEPS:
        status = 1;
        write = false;
        shared_.count[COUNT_EXCLUSIVE_FAIL_UNSUPPORTED]++;
        break;
    case ISO_EXCLUSIVE_FAILS_WRITES:
        status = 1;
        write = pass;
        shared_.count[COUNT_EXCLUSIVE_FAIL_UNSUPPORTED]++;
        break;
    case ISO_EXCLUSIVE_STATUS_UNKNOWN:
        status = random_.below(2);
        write = random_.permille(500);
        break;
    }
    if (write) {
        shared_.count[COUNT_EXCLUSIVE_PASS] += status == 0;
        write_memory(e);
        if (effect.exclusive == ISO_EXCLUSIVE_MONITORED &&
            !still_exclusive(iso_global_monitor_after_store(&shared_.features)))
            iso_global_monitor_clear(&shared_.monitor, id_);
    } else {
        shared_.add_cause(*e.effect, e.tier, id_, local(e.index));
    }
    if (!still_exclusive(static_cast<iso_monitor_choice>(decision.local_after)))
        iso_local_monitor_clear(&local_);
    iso_regs regs = {};
    if (e.d->insn->rs < ISO_REG_COUNT)
        regs.x[e.d->insn->rs] = status;
    take_results(e, regs, result_role::STATUS);
}

/* Every write that others can see: own local monitor, everybody's global marks, and the local monitors those stood for. */
void cpu::monitor_write(const entry &e)
{
    iso_monitor_access a = monitor_access(e);
    if (!e.d->exclusive_store && local_.mark.exclusive &&
        !still_exclusive(iso_local_monitor_after(&local_, ISO_MONITOR_OWN_STORE, &a, &shared_.features)))
        iso_local_monitor_clear(&local_);
    if (e.attribute.shareability == ISO_SHAREABILITY_NSH)
        return;
    uint64_t opened = iso_global_monitor_written(&shared_.monitor, id_, a.pa, a.size_bytes);
    for (unsigned k = 0; opened && k < others_.count; k++)
        if (opened >> k & 1)
            others_.member[k]->foreign_store(a);
}

void cpu::foreign_store(const iso_monitor_access &access)
{
    if (local_.mark.exclusive &&
        !still_exclusive(iso_local_monitor_after(&local_, ISO_MONITOR_FOREIGN_STORE, &access, &shared_.features)))
        iso_local_monitor_clear(&local_);
}

/* A line left this CPU's caches. Losing a marked line may clear the local monitor; never for ever (2.3). */
void cpu::snooped(uint64_t address, bool)
{
    if (!local_.mark.exclusive || local_.mark.pa / LINE_BYTES != address / LINE_BYTES)
        return;
    iso_monitor_access a = {};
    a.pa = address;
    a.size_bytes = LINE_BYTES;
    if (random_.permille(mood_.spontaneous) &&
        !still_exclusive(iso_local_monitor_after(&local_, ISO_MONITOR_SPONTANEOUS, &a, &shared_.features))) {
        iso_local_monitor_clear(&local_);
        shared_.count[COUNT_EXCLUSIVE_SPONTANEOUS]++;
    }
}

void cpu::write_back_aborted()
{
    async_abort_ = true;
    wake();
}

/* All granules of a checked access against their tags: from an older store tag of this CPU, or as the coherent image has them. */
iso_tag_verdict cpu::compare_tags(entry &e, const entry *forwarded)
{
    iso_access a;
    make_access(&a, e);
    uint64_t base = iso_tag_granule(e.pa);
    unsigned n = iso_tag_granules(e.pa, e.d->data_bytes ? e.d->data_bytes : 1u);
    iso_tag_verdict worst = ISO_TAG_PASSES;
    shared_.count[COUNT_TAG_READS]++;
    for (unsigned k = 0; k < n; k++) {
        uint64_t granule = base + k * ISO_TAG_GRANULE_BYTES;
        bool dirty = true;
        uint8_t stored = 0;
        uint32_t writer = 0;
        if (forwarded) {
            stored = forwarded->tags[(granule - iso_tag_granule(forwarded->pa)) / ISO_TAG_GRANULE_BYTES % 16];
            writer = forwarded->write_id;
        } else {
            stored = home_.read_tag(granule, e.domain, e.uncached, &dirty, &writer);
        }
        if (k == 0)
            e.tag_writer = writer;
        iso_tag_verdict v = iso_tag_compare(&e.effect->effect, &a, stored, dirty);
        if (v != ISO_TAG_PASSES) {
            shared_.count[COUNT_TAG_MISMATCHES]++;
            if (worst == ISO_TAG_PASSES || v == ISO_TAG_FAULTS_SYNC)
                worst = v;
        }
    }
    return worst;
}

/* Explicit tag reads (LDG, LDGM). */
void cpu::read_tags(entry &e, const entry *forwarded)
{
    uint64_t base = iso_tag_granule(e.pa);
    const iso_effect &effect = e.effect->effect;
    for (unsigned k = 0; k < e.d->tag_bytes / ISO_TAG_GRANULE_BYTES && k < 16; k++) {
        uint64_t granule = base + k * ISO_TAG_GRANULE_BYTES;
        bool dirty = true;
        uint32_t writer = 0;
        uint8_t stored = 0;
        if (forwarded) {
            stored = forwarded->tags[(granule - iso_tag_granule(forwarded->pa)) / ISO_TAG_GRANULE_BYTES % 16];
            writer = forwarded->write_id;
        } else {
            stored = home_.read_tag(granule, e.domain, e.uncached, &dirty, &writer);
        }
        if (k == 0)
            e.tag_writer = writer;
        if (effect.tag == ISO_TAG_EFFECT_READS_CANONICAL)
            stored = iso_tag_canonical(e.va >> 55 & 1);
        else if (effect.tag == ISO_TAG_EFFECT_READS_ZERO && !dirty)
            stored = 0; /* while a written tag is dirty in a cache it is seen: facts 7.3 */
        else if (effect.tag == ISO_TAG_EFFECT_READS_ZERO && e.attribute.tagging != ISO_TAGGING_ALLOCATION)
            stored = 0;
        e.tags[k] = stored;
    }
    shared_.count[COUNT_TAG_READS]++;
}

void cpu::async_tag_fault(const entry &e)
{
    const uint64_t bit = uint64_t{1} << (e.va >> 55 & 1);
    if (shared_.setup && shared_.setup->machine && !(arch_.x[ISO_REG_TFSR] & bit) &&
        iso_cpu_get(&shared_.features, ISO_CPU_ASYNC_REPORT) != ISO_TAG_REPORT_AT_ONCE)
        late_tags_ |= static_cast<unsigned>(bit);
    arch_.x[ISO_REG_TFSR] |= bit;
    shared_.add_fault(id_, ISO_FAULT_TAG_CHECK, false, 0, UINT32_MAX); /* of no instruction in particular */
}

/* Bits of the status register that are late once more: a read of it does not show them, a write comes before they are counted. */
uint64_t cpu::hidden_tags()
{
    for (unsigned bit = 1; bit <= 2; bit <<= 1)
        if ((late_tags_ & bit) && random_.permille(500))
            late_tags_ &= ~bit;
    late_at_dsb_ &= late_tags_;
    return late_tags_;
}

/* DSB completes what came before it; a context synchronisation event after it shows that. */
void cpu::tag_barrier(const entry &e)
{
    if (!late_tags_ || e.d->insn->cls != ISO_INSN_BARRIER)
        return;
    if (e.d->insn->barrier == ISO_BARRIER_DSB && e.d->insn->types == ISO_BARRIER_SY)
        late_at_dsb_ |= late_tags_;
    if (e.d->insn->barrier == ISO_BARRIER_ISB) {
        late_tags_ &= ~late_at_dsb_;
        late_at_dsb_ = 0;
    }
}

} // namespace iso
