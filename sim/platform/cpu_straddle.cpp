/* Accesses over two pages, at the head of the window: each part through its own page, then piece by piece. See cpu.h.
 * Everything older is finished; what is younger starts again when the access is done, so that it waits for nothing and sees everything.
 * Exclusives and atomics that an implementation performs at all take effect on both pages at one instant.
 * Not for: what depends on both pages (models/straddle.h). Source: Arm ARM B2.10.3, K1.2.13, K1.2.14; SAIL Mem_read, Mem_set. */
#include "sim/platform/cpu.h"

#include <algorithm>
#include <cstring>

namespace iso
{

namespace
{

uint64_t bare(uint64_t va)
{
    return va & UINT64_C(0x00ffffffffffffff);
}

/* Bytes of the access that lie on page `part`, and where they begin in it. */
unsigned bytes_on(const entry &part)
{
    return std::max<unsigned>(part.d->data_bytes, part.d->tag_bytes);
}

unsigned offset_of(const entry &e, unsigned part)
{
    return part ? e.first : 0;
}

} // namespace

/* Bytes on the first of two pages; 0: the access has one. As the exhaustive engine has it (iso_walk_straddles). */
uint8_t cpu::straddles(const entry &e) const
{
    const decoded &d = *e.d;
    const bool tags = d.insn->cls == ISO_INSN_STORE_TAG || d.insn->cls == ISO_INSN_STORE_TAG_DATA;
    if (!shared_.setup || d.insn->cls == ISO_INSN_LOAD_TAG || d.insn->cls == ISO_INSN_ZERO ||
        (tags && e.va % ISO_TAG_GRANULE_BYTES))
        return 0;
    return static_cast<uint8_t>(iso_straddle_first(bare(e.va), std::max<uint32_t>(d.data_bytes, d.tag_bytes)));
}

void cpu::begin_straddle(const entry &e)
{
    straddle &s = straddle_;
    const iso_insn &insn = *e.d->insn;
    const unsigned bytes = std::max<unsigned>(e.d->data_bytes, e.d->tag_bytes);
    s.uid = e.uid;
    s.when = 0;
    s.begin = (insn.order & ISO_ORDER_ELEMENTS) && insn.cls == ISO_INSN_STORE && insn.writeback == ISO_WRITEBACK_PRE;
    s.decided = false;
    for (unsigned k = 0; k < 2; k++) {
        const unsigned n = k ? bytes - e.first : e.first;
        entry &part = s.part[k];
        part = e;
        part.d = &s.shape[k];
        s.shape[k] = *e.d;
        s.shape[k].data_bytes = static_cast<uint8_t>(e.d->data_bytes ? n : 0);
        s.shape[k].tag_bytes = static_cast<uint16_t>(e.d->tag_bytes ? n : 0);
        part.va = e.va + offset_of(e, k);
        part.page = iso_test_page_at(shared_.setup->test, bare(part.va));
        part.first = 0;
        part.whole_bytes = static_cast<uint8_t>(bytes);
        part.whole_va = e.va;
        part.rest = k != s.begin;
        s.checked[k] = false;
        s.done[k] = 0;
    }
}

/* False: it waits, or its fault is taken (then it is no longer the one under way). */
bool cpu::translate_part(entry &part, uint64_t now, uint64_t *next)
{
    const bool vmsa = shared_.setup->variant.vmsa;
    if (part.translated)
        return true;
    if (part.page < 0) {
        const bool table = iso_test_descriptor_at(shared_.setup->test, bare(part.va)) >= 0;
        const bool el0 = (code_->thread->el0 && !in_handler_) || part.d->insn->unprivileged;
        if (vmsa && table && el0) {
            part.faulting = true;
            part.fault = ISO_FAULT_MMU_PERMISSION;
            part.fault_stage = 1;
            head_fault(part, now, next);
            return false;
        }
        part.attribute = attribute_of(-1, nullptr);
        locate(part, bare(part.va));
        return true;
    }
    if (!vmsa) {
        const iso_page &p = shared_.setup->test->page[part.page];
        part.attribute = attribute_of(part.page, nullptr);
        locate(part, p.pa + (bare(part.va) - p.va));
        return true;
    }
    part.faulting = part.fault_is_mmu = true; /* from memory, as at the head of the window */
    head_fault(part, now, next);
    if (!part.translated && part.faulting && !part.fault_is_mmu) /* another fault of it comes first */
        head_fault(part, now, next);
    return part.translated;
}

/* What the tier makes of a part, and its tags. False: it waits, its fault is taken, or the instruction is over. */
bool cpu::check_part(entry &part, uint64_t now, uint64_t *next)
{
    entry &e = at(0);
    for (;;) {
        if (part.faulting) {
            const bool lost = part.fault == ISO_FAULT_NONE && e.d->writes && !e.d->reads;
            if (lost) { /* reported to nobody */
                shared_.add_cause(*part.effect, part.tier, id_, local(e.index));
                part.faulting = false;
                straddle_.done[&part - straddle_.part] = static_cast<uint8_t>(bytes_on(part));
                return true;
            }
            if (part.fault == ISO_FAULT_NONE) {
                shared_.add_cause(*part.effect, part.tier, id_, local(e.index));
                do_nothing(e);
                return false;
            }
            const uint32_t uid = e.uid;
            if (!head_fault(part, now, next) || !count_ || at(0).uid != uid)
                return false;
            if (part.emulated)
                straddle_.when = part.eligible_at;
            continue;
        }
        if (part.effect->effect.kind == ISO_EFFECT_NOP) {
            shared_.add_cause(*part.effect, part.tier, id_, local(e.index));
            do_nothing(e);
            return false;
        }
        if (part.effect->effect.kind == ISO_EFFECT_HANG) {
            shared_.add_cause(*part.effect, part.tier, id_, local(e.index));
            return false;
        }
        if (!part.check_tags)
            return true;
        switch (compare_tags(part, nullptr)) {
        case ISO_TAG_FAULTS_SYNC:
            part.faulting = true;
            part.fault = ISO_FAULT_TAG_CHECK;
            part.fault_stage = 1;
            continue;
        case ISO_TAG_FAULTS_ASYNC:
            async_tag_fault(part);
            return true;
        case ISO_TAG_PASSES:
        case ISO_TAG_FAILS_IGNORED:
            return true;
        }
    }
}

bool cpu::is_emulated(const entry &e) const
{
    const unsigned row = iso_setup_route_row(shared_.setup, id_, e.d->insn, e.fault_stage == 2 ? 2 : 1);
    return iso_insn_is_emulated(e.d->insn) &&
           iso_route_find(&shared_.setup->routing, row, ISO_ROUTE_ALIGNMENT) == ISO_ROUTE_TO_EMULATE;
}

/* Both pages are translated: CH-36, CH-37. False: the instruction is over, or waits for its handler. */
bool cpu::decide_both(entry &e, uint64_t now, uint64_t *next)
{
    straddle &s = straddle_;
    iso_straddle_page page[2] = {};
    static thread_local iso_effect_set set; /* scratch: large */
    iso_access a;
    if (s.decided || !shared_.setup->machine)
        return true;
    s.decided = true;
    for (unsigned k = 0; k < 2; k++) {
        const entry &part = s.part[k];
        if (part.page < 0) {
            page[k].attribute = page[k].stage1 = page[k].stage2 = attribute_of(-1, nullptr);
            continue;
        }
        const uint64_t second =
            part.stage2_page >= 0 && shared_.setup->variant.vmsa ? tlb_[part.stage2_page].descriptor : 0;
        const bool two = shared_.setup->variant.vmsa && part.stage2_page >= 0;
        iso_setup_straddle_page(&page[k], shared_.setup, part.page, part.stage1, two ? &second : nullptr);
    }
    make_access(&a, s.part[s.begin]);
    iso_decide_straddle(&set, &a, page, &shared_.features);
    const iso_effect &effect = choose_effect(set, shared_.seed, s.part[1].tier, a.kind);
    if (effect.kind == ISO_EFFECT_PASS)
        return true;
    s.both = {};
    s.both.effect = effect;
    s.both.deviation =
        effect.kind == ISO_EFFECT_NOP ? static_cast<iso_cause_effect>(iso_effect_nop(&a)) : ISO_CAUSE_FAULT;
    s.both.rule = rule_index(effect.rule);
    if (effect.kind == ISO_EFFECT_NOP) {
        shared_.add_cause(s.both, s.part[1].tier, id_, local(e.index));
        do_nothing(e);
        return false;
    }
    entry whole = s.part[mix(shared_.seed, e.uid) % 2];
    whole.fault_stage = effect.fault_stage;
    if (is_emulated(whole)) {
        for (entry &part : s.part) {
            make_access(&a, part);
            a.condition = static_cast<iso_condition>(part.condition);
            a.kind = a.write ? ISO_ACCESS_STR : ISO_ACCESS_LDR;
            a.size_bytes = a.element_bytes = 1;
            part.effect = &resolve(a, part, true);
            part.faulting = part.effect->effect.kind == ISO_EFFECT_FAULT;
            part.fault = part.faulting ? iso_effect_fault(&part.effect->effect) : uint8_t{ISO_FAULT_NONE};
            part.emulated = true;
        }
        iso_local_monitor_clear(&local_); /* the handler's exception return */
        return true;
    }
    whole.effect = &s.both;
    whole.tier = s.part[1].tier;
    whole.faulting = true;
    whole.fault_is_mmu = whole.may_err = false;
    whole.fault = ISO_FAULT_ALIGNMENT;
    head_fault(whole, now, next);
    return false;
}

/* True if something changed. */
bool cpu::head_straddle(entry &e, uint64_t now, uint64_t *next)
{
    straddle &s = straddle_;
    const uint32_t uid = e.uid;
    const uint8_t type = shared_.features.value[ISO_CPU_SPAN_TYPE],
                  device = shared_.features.value[ISO_CPU_SPAN_DEVICE];
    /* where the machine rules out that each page goes by its own attributes, that comes before what one of them meets */
    const bool eager = type == ISO_SPAN_TYPE_FAULT || type == ISO_SPAN_TYPE_NOP || device == ISO_SPAN_DEVICE_FAULT ||
                       device == ISO_SPAN_DEVICE_NOP;
    if (e.d->writes && !e.data_ready)
        return false;
    if (fails_first(e)) /* so that no part's fault finds it failed */
        return true;
    if (faults_untranslated(e))
        return head_fault(e, now, next);
    if (s.uid != uid)
        begin_straddle(e);
    auto waits = [&](uint64_t when) {
        if (when <= now)
            return false;
        *next = std::min(*next, when);
        return true;
    };
    auto gone = [&] { return !count_ || at(0).uid != uid || at(0).done; };
    auto check = [&](unsigned k) {
        s.checked[k] = s.checked[k] || check_part(s.part[k], now, next);
        return s.checked[k];
    };
    if (waits(s.when))
        return false;
    const unsigned second = 1 - s.begin;
    for (unsigned k : {s.begin, second}) {
        entry &part = s.part[k];
        if (part.walking == walk::AT_HEAD && waits(part.when))
            return false;
        if (!translate_part(part, now, next))
            return gone();
        e.updated |= part.updated;
        if (k == s.begin && !eager && !check(k))
            return gone();
    }
    if (!decide_both(e, now, next) || !check(s.begin) || !check(second))
        return gone();
    if (waits(s.when))
        return false;
    if (access_parts(e, now))
        return finish_straddle(e, now);
    waits(s.when);
    return false;
}

/* Bytes [at, at + bytes) of a part. */
void cpu::read_part(entry &e, unsigned part, unsigned from, unsigned bytes, uint8_t *out)
{
    entry &p = straddle_.part[part];
    uint32_t writers[64];
    shared_.memory.read(p.pa + from, bytes, p.domain, p.uncached, out, writers);
    for (unsigned k = 0; k < bytes && offset_of(e, part) + from + k < 16; k++)
        e.writer[offset_of(e, part) + from + k] = writers[k];
    if (p.effect->effect.data_ones)
        std::memset(out, 0xff, bytes);
}

void cpu::write_part(entry &e, unsigned part, unsigned from, unsigned bytes, const uint8_t *data)
{
    entry &p = straddle_.part[part];
    bool news = false;
    shared_.add_cause(*p.effect, p.tier, id_, local(e.index));
    if (shared_.any_mismatch)
        shared_.add_alias_cause(p.pa, true, p.tier, id_, local(e.index));
    if (p.effect->effect.data_lost)
        return;
    take_line(p);
    if (e.d->writes)
        news = shared_.memory.write(p.pa + from, bytes, p.domain, p.uncached, data, e.write_id);
    for (unsigned k = 0; k < p.d->tag_bytes && p.effect->effect.tag != ISO_TAG_EFFECT_IGNORED;
         k += ISO_TAG_GRANULE_BYTES) {
        home_.write_tag(iso_tag_granule(p.pa) + k, p.domain, p.uncached,
                        e.tags[(offset_of(e, part) + k) / ISO_TAG_GRANULE_BYTES % 16], e.write_id);
        news = true;
    }
    monitor_write(p);
    if (news)
        shared_.active_ps = sc_core::sc_time_stamp().value();
}

/* One piece, as much as the tier takes at once, or all of the part. False: another CPU's atomic is in the way. */
bool cpu::access_piece(entry &e, unsigned part, uint64_t)
{
    straddle &s = straddle_;
    entry &p = s.part[part];
    const unsigned from = s.done[part], at = offset_of(e, part) + from, bytes = p.d->data_bytes;
    const unsigned unit = p.effect->effect.single_copy_bytes, size = std::max<unsigned>(e.d->insn->size, 1);
    unsigned n = std::min(bytes - from, e.d->insn->count == 2 ? size - at % size : bytes);
    if (unit && shared_.setup->machine && mood_.tear)
        n = std::min(n, unit - static_cast<unsigned>((p.pa + from) % unit));
    if (!e.d->data_bytes)
        n = bytes_on(p);
    if (e.d->writes && shared_.is_locked(id_, p.pa + from, n))
        return false;
    if (e.d->reads)
        read_part(e, part, from, n, e.data + at);
    else
        write_part(e, part, from, n, e.data + at);
    s.done[part] = static_cast<uint8_t>(from + n);
    e.pieces_done = 1;
    return true;
}

/* True: both parts are accessed. */
bool cpu::access_parts(entry &e, uint64_t now)
{
    straddle &s = straddle_;
    if (e.d->atomic || e.d->exclusive_load || e.d->exclusive_store) {
        for (const entry &p : s.part)
            if (e.d->writes && shared_.is_locked(id_, p.pa, p.d->data_bytes)) {
                s.when = stamp(now + 5000);
                return false;
            }
        access_at_once(e, now);
        return true;
    }
    for (unsigned k : {s.begin, 1 - s.begin})
        while (s.done[k] < bytes_on(s.part[k])) {
            const bool may = access_piece(e, k, now);
            const bool more =
                s.done[k] < bytes_on(s.part[k]) || (k == s.begin && s.done[1 - k] < bytes_on(s.part[1 - k]));
            if (!may || (more && mood_.tear && !shared_.setup->nerrors)) {
                s.when = stamp(now + (may ? 1000 + random_.below(60000) : 5000));
                return false;
            }
        }
    return true;
}

/* May the store exclusive pass: by the local monitor, and nobody has written to either page since the load? */
bool cpu::may_store_exclusive(entry &e)
{
    straddle &s = straddle_;
    entry whole = s.part[0];
    whole.d = e.d;
    const iso_monitor_access a = monitor_access(whole);
    iso_store_decision decision;
    iso_local_monitor_store(&decision, &local_, &a, local_.mark.exclusive && local_.mark.pa != a.pa, true,
                            &shared_.features);
    bool pass = (decision.result & ISO_STORE_PASS) && !(decision.result & ISO_STORE_FAIL);
    for (unsigned k = 0; k < 2 && pass; k++) {
        entry &p = s.part[k];
        pass = reserved_[k].pa == p.pa && reserved_[k].bytes == p.d->data_bytes &&
               !shared_.memory.changed(p.pa, p.d->data_bytes, p.domain, p.uncached, reserved_[k].writer);
    }
    return pass;
}

/* Bytes of the access that are UNKNOWN in part are so as a whole (CH-61). */
void cpu::settle_parts(const entry &e, unsigned from, unsigned bytes, uint8_t *data)
{
    for (unsigned k = 0; k < 2 && !shared_.disturbed.empty(); k++) {
        const entry &p = straddle_.part[k];
        const unsigned begin = std::max(from, offset_of(e, k)),
                       end = std::min(from + bytes, offset_of(e, k) + bytes_on(p));
        if (begin < end && shared_.settle_unknown(p.pa + (begin - offset_of(e, k)), end - begin, data + (begin - from)))
            std::fill_n(data, bytes, uint8_t{ISO_UNKNOWN_BYTE});
    }
}

/* Exclusives and atomics: both parts at one instant. */
void cpu::access_at_once(entry &e, uint64_t now)
{
    straddle &s = straddle_;
    uint8_t old[64] = {};
    for (unsigned k = 0; k < 2 && e.d->reads; k++) {
        read_part(e, k, 0, s.part[k].d->data_bytes, old + offset_of(e, k));
        shared_.add_cause(*s.part[k].effect, s.part[k].tier, id_, local(e.index));
    }
    if (e.d->reads)
        settle_parts(e, 0, e.d->data_bytes, old);
    std::memcpy(e.old, old, sizeof e.old);
    if (e.d->exclusive_load) {
        entry whole = s.part[0];
        whole.d = e.d;
        mark_exclusive(whole);
        for (unsigned k = 0; k < 2; k++) {
            reserved_[k].pa = s.part[k].pa;
            reserved_[k].bytes = s.part[k].d->data_bytes;
            std::copy_n(e.writer + offset_of(e, k), reserved_[k].bytes, reserved_[k].writer);
        }
        std::memcpy(e.data, old, sizeof e.data);
        return;
    }
    bool writes = true;
    iso_regs regs = {};
    fill_registers(regs, e);
    if (e.d->atomic) {
        iso_bytes16 before = {}, after = {};
        std::memcpy(&before, e.old, sizeof before);
        writes = iso_insn_rmw(&after, e.d->insn, &regs, before);
        give_result(0, before, now);
        std::memcpy(e.data, &after, sizeof after);
    } else {
        const iso_exclusive kinds[] = {s.part[0].effect->effect.exclusive, s.part[1].effect->effect.exclusive};
        const bool plain = std::all_of(std::begin(kinds), std::end(kinds), [](iso_exclusive k) {
            return k == ISO_EXCLUSIVE_MONITORED || k == ISO_EXCLUSIVE_LOCAL_ONLY || k == ISO_EXCLUSIVE_UNDECIDED;
        });
        writes = plain && may_store_exclusive(e);
        iso_local_monitor_clear(&local_);
        if (e.d->insn->rs < ISO_REG_COUNT)
            regs.x[e.d->insn->rs] = writes ? 0 : 1;
        take_results(e, regs, result_role::STATUS);
    }
    for (unsigned k = 0; k < 2 && writes; k++)
        write_part(e, k, 0, s.part[k].d->data_bytes, e.data + offset_of(e, k));
}

bool cpu::finish_straddle(entry &e, uint64_t now)
{
    for (const entry &p : straddle_.part)
        if (e.d->reads && p.page >= 0 && iso_setup_leaves_out(shared_.setup, p.pa))
            vanished_ = shared_.left_out = true;
    if (e.d->reads && !e.d->atomic) {
        iso_bytes16 loaded[2] = {};
        for (unsigned k = 0; k < e.d->insn->count && k < 2; k++) {
            if (!e.d->exclusive_load)
                settle_parts(e, k * e.d->insn->size, e.d->insn->size, e.data + k * e.d->insn->size);
            std::memcpy(&loaded[k], e.data + k * e.d->insn->size, std::min<unsigned>(e.d->insn->size, 16));
        }
        finish_load(e, loaded);
        for (const entry &p : straddle_.part)
            shared_.add_cause(*p.effect, p.tier, id_, local(e.index));
    }
    shared_.count[COUNT_LOADS] += e.d->reads;
    shared_.count[COUNT_STORES] += e.d->writes;
    e.state = phase::DONE;
    e.done = true;
    squash(1, e.index + 1, now);
    return true;
}

} // namespace iso
