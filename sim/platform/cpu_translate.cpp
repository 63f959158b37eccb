/* From virtual address to place: TLB, table walks, TLBI, AT, cache maintenance. See cpu.h.
 * A TLB hit uses the descriptor as it was when it was read; only a TLBI makes it go. Descriptors that fault on validity or the Access
 * flag are never kept. Anything that must change a descriptor or take a fault happens at the head of the window, from memory.
 * Source: facts/arm-attributes.md section 8; models/translate.h. */
#include "sim/platform/cpu.h"

extern "C" {
#include "sim/isa/a64_asm.h"
#include "sim/isa/value.h"
}

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

iso_fault_type type_of(iso_mmu_fault fault)
{
    switch (fault) {
    case ISO_MMU_NONE:
        return ISO_FAULT_NONE;
    case ISO_MMU_TRANSLATION:
        return ISO_FAULT_MMU_TRANSLATION;
    case ISO_MMU_ACCESS_FLAG:
        return ISO_FAULT_MMU_ACCESS_FLAG;
    case ISO_MMU_PERMISSION:
        return ISO_FAULT_MMU_PERMISSION;
    }
    return ISO_FAULT_NONE;
}

} // namespace

iso_attribute cpu::attribute_of(int page, const iso_pte *pte) const
{
    iso_attribute wb = {};
    wb.cls = ISO_CLASS_WB;
    wb.shareability = ISO_SHAREABILITY_ISH;
    if (!shared_.setup || page < 0)
        return wb; /* descriptors and code: ordinary, untagged */
    const iso_setup &setup = *shared_.setup;
    if (setup.machine && pte)
        return shared_.attribute_at(page, iso_pte_encode(pte), nullptr);
    iso_attribute a = setup.page_attribute[page];
    if (setup.machine == nullptr) {
        a = wb;
        a.tagging = shared_.memtag ? ISO_TAGGING_ALLOCATION : ISO_TAGGING_UNTAGGED;
    }
    if (pte && (pte->attr != 0 || (shared_.memtag && setup.machine == nullptr))) {
        iso_memattr_set set;
        iso_decode_features f = {};
        f.xs = iso_cpu_has(&shared_.features, ISO_CPU_XS);
        f.mte2 = true;
        iso_stage1_decode(&set, setup.test->mair[pte->attr & 7], pte->sh, &f);
        a = iso_attribute_of(&set.item[0]);
    }
    if (setup.machine == nullptr) /* all see one memory there, as in the exhaustive engine */
        a.shareability = ISO_SHAREABILITY_ISH;
    return a;
}

uint64_t cpu::read_descriptor(int page)
{
    uint64_t value = 0;
    shared_.memory.read(shared_.setup->test->page[page].descriptor_va, sizeof value, SHARED_DOMAIN, false,
                        reinterpret_cast<uint8_t *>(&value), nullptr);
    return value;
}

bool cpu::tag_checked(const entry &e) const
{
    if (!shared_.memtag || !e.d->checked)
        return false;
    iso_tag_controls c = {};
    c.tbi = true;
    c.ata = true;
    c.tco = arch_.x[ISO_REG_TCO] != 0;
    c.tcso = shared_.setup && shared_.setup->variant.store_only;
    iso_access a;
    make_access(&a, e);
    return iso_tag_is_checked(&c, &a, e.va);
}

/* The access has a place now. */
void cpu::locate(entry &e, uint64_t pa)
{
    e.pa = pa;
    e.translated = true;
    int frame = shared_.setup ? iso_test_frame_at(shared_.setup->test, pa & ~uint64_t{ISO_PAGE_BYTES - 1}) : -1;
    e.tier = frame >= 0 && shared_.setup->machine ? shared_.setup->frame_tier[frame]
                                                  : static_cast<uint8_t>(shared_.machine->reference);
    shared_.memory.at(pa).tier = e.tier;
    shared_.note_use(frame, e.attribute, id_);
    e.check_tags = e.page >= 0 && tag_checked(e);
    find_effect(e);
}

/* False: nothing known of such an access, find out. */
bool cpu::follow_habit(entry &e)
{
    if (shared_.memtag || shared_.setup->nerrors || e.index >> REGION_SHIFT != id_ || e.d->fetched)
        return false;
    const habit &h = habit_of(e);
    if (!h.effect || h.page != e.page || h.low != e.va % LINE_BYTES)
        return false;
    const iso_page &p = shared_.setup->test->page[e.page];
    e.pa = p.pa + (bare(e.va) - p.va);
    e.translated = true;
    e.effect = h.effect;
    e.tier = h.tier;
    e.domain = h.domain;
    e.uncached = h.uncached;
    e.through = h.through;
    e.attribute = h.attribute;
    shared_.memory.at(e.pa).tier = e.tier;
    settle(e);
    return true;
}

/* Time to read a descriptor from memory, ps. */
uint64_t cpu::walk_delay(int page, uint64_t now)
{
    request_extension &x = transaction_.extension;
    transaction_.begin(step::REQUEST, want::READ, shared_.setup->test->page[page].descriptor_va, 8);
    x.cpu = static_cast<uint8_t>(id_);
    x.tier = static_cast<uint8_t>(shared_.machine->reference);
    x.domain = SHARED_DOMAIN;
    x.synthetic = false;
    x.now_ps = now;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    memory->b_transport(transaction_.payload, delay);
    return delay.value() + shared_.machine->cpu_timing.walk_ps + issue_delay(false);
}

/* True if something changed. */
bool cpu::translate(unsigned i, order_state s, uint64_t now)
{
    entry &e = at(i);
    if (e.page < 0 && e.walking == walk::IDLE) {
        e.page = shared_.setup ? iso_test_page_at(shared_.setup->test, bare(e.va)) : -1;
        const bool vmsa = shared_.setup && shared_.setup->variant.vmsa;
        if (e.page < 0) {
            bool table = shared_.setup && iso_test_descriptor_at(shared_.setup->test, bare(e.va)) >= 0;
            bool el0 = (code_->thread->el0 && !in_handler_) || e.d->insn->unprivileged;
            if (vmsa && table && el0) { /* tables are not mapped for EL0 */
                e.faulting = true;
                e.fault = ISO_FAULT_MMU_PERMISSION;
                return true;
            }
            e.attribute = attribute_of(-1, nullptr);
            locate(e, bare(e.va));
            return true;
        }
        if (!vmsa && follow_habit(e))
            return true;
        if (!vmsa) {
            e.attribute = attribute_of(e.page, nullptr);
            const iso_page &p = shared_.setup->test->page[e.page];
            locate(e, p.pa + (bare(e.va) - p.va));
            if (e.index >> REGION_SHIFT == id_ && !e.faulting && !e.d->fetched)
                habit_of(e) = {e.effect,  e.page,     static_cast<uint8_t>(e.va % LINE_BYTES),
                               e.tier,    e.domain,   e.uncached,
                               e.through, e.attribute};
            return true;
        }
    }
    if (s & WALK_BLOCK)
        return false;
    if (e.walking == walk::IDLE && faults_untranslated(e))
        return true;
    if (e.walking == walk::STAGE2)
        return e.when <= now && end_stage2_walk(e);
    if (tlb_[e.page].valid && e.walking == walk::IDLE) {
        uint64_t descriptor = tlb_[e.page].descriptor;
        shared_.count[COUNT_TLB_HITS]++;
        if (meets_conflict(e, &descriptor))
            return true;
        return use_descriptor(e, descriptor, false, now);
    }
    if (e.walking == walk::IDLE) {
        shared_.count[COUNT_TLB_MISSES]++;
        e.walking = walk::FLIGHT;
        e.when = stamp(now + walk_delay(e.page, now));
        return true;
    }
    if (e.walking != walk::FLIGHT || e.when > now)
        return false;
    e.walking = walk::IDLE;
    if (!table_allows(e, false, false))
        return true;
    uint64_t descriptor = read_descriptor(e.page);
    iso_pte pte;
    iso_pte_decode(&pte, descriptor);
    if (pte.valid && !pte.af && iso_setup_tthm(shared_.setup, code_->thread->tthm) != ISO_TTHM_SOFTWARE &&
        !shared_.setup->test->page[e.page].table && optional_update(300)) { /* on speculation */
        pte.af = true;
        descriptor = iso_pte_encode(&pte);
        write_descriptor(e, descriptor);
    }
    if (pte.valid && pte.af) {
        tlb_[e.page] = {true, descriptor, 0, 0};
    }
    return use_descriptor(e, descriptor, false, now);
}

/* Hardware sets AF or dirty state of the descriptor that translates an access. */
void cpu::write_descriptor(entry &e, uint64_t value)
{
    const uint64_t place = shared_.setup->test->page[e.page].descriptor_va;
    shared_.memory.write(place, sizeof value, SHARED_DOMAIN, false, reinterpret_cast<const uint8_t *>(&value),
                         shared_.next_write++);
    iso_global_monitor_written(&shared_.monitor, id_, place, sizeof value);
    shared_.count[COUNT_HARDWARE_UPDATES]++;
}

/* Translates with a descriptor, or says why not. At the head of the window the descriptor is memory's of this instant, and hardware
 * may update it. Returns true if the access is translated or has become a fault to be taken at the head. */
bool cpu::use_descriptor(entry &e, uint64_t descriptor, bool at_window_head, uint64_t now)
{
    iso_pte pte, updated;
    iso_pte_decode(&pte, descriptor);
    iso_mmu_access a = {};
    if (at_window_head && !table_allows(e, false, true))
        return true;
    e.fault_stage = 1;
    a.read = e.d->reads || e.d->tag_reads;
    a.write = e.d->writes || e.d->tag_writes;
    a.el0 = (code_->thread->el0 && !in_handler_) || e.d->insn->unprivileged;
    iso_mmu_control control = {};
    control.ha = iso_setup_tthm(shared_.setup, code_->thread->tthm) != ISO_TTHM_SOFTWARE;
    control.hd = iso_setup_tthm(shared_.setup, code_->thread->tthm) == ISO_TTHM_HAHD;
    iso_mmu_fault fault = iso_mmu_check(&pte, &a, &control);
    if (at_window_head && fault == ISO_MMU_PERMISSION && control.ha && !pte.af &&
        !shared_.setup->test->page[e.page].table && shared_.setup->machine && optional_update(ALWAYS_IF_BOUND)) {
        pte.af = true;
        write_descriptor(e, iso_pte_encode(&pte));
    }
    bool update = fault == ISO_MMU_NONE && iso_mmu_update(&updated, &pte, &a, &control);
    if ((fault != ISO_MMU_NONE || update) && !at_window_head) {
        e.faulting = e.fault_is_mmu = true; /* comes back at the head */
        e.fault = static_cast<uint8_t>(type_of(fault));
        return true;
    }
    if (fault != ISO_MMU_NONE) {
        const rank place = fault == ISO_MMU_TRANSLATION   ? rank::TRANSLATION
                           : fault == ISO_MMU_ACCESS_FLAG ? rank::ACCESS_FLAG
                                                          : rank::PERMISSION;
        const uint64_t offset = bare(e.va) - shared_.setup->test->page[e.page].va;
        if (!outranked(e, pte.oa + offset, attribute_of(e.page, &pte), 1, place))
            e.fault = static_cast<uint8_t>(type_of(fault));
        return true;
    }
    if (update && update_is_optional(e, updated) && !optional_update(ALWAYS_IF_BOUND)) {
        pte = updated; /* as if */
        update = false;
    }
    if (update && !table_allows(e, true, true))
        return true;
    if (update && !table_update(e)) {
        if (e.faulting && !e.fault_is_mmu)
            return true;
        update = false;
    }
    if (update) {
        const uint64_t value = iso_pte_encode(&updated);
        write_descriptor(e, value);
        e.updated = true;
        pte = updated;
        descriptor = value;
    }
    iso_pte kept;
    iso_pte_decode(&kept, descriptor);
    if (at_window_head && kept.valid && kept.af)
        tlb_[e.page] = {true, descriptor, 0, 0};
    e.attribute = attribute_of(e.page, &pte);
    e.faulting = e.fault_is_mmu = false;
    e.fault = ISO_FAULT_NONE;
    const iso_page &p = shared_.setup->test->page[e.page];
    return second_stage(e, descriptor, pte.oa + (bare(e.va) - p.va), at_window_head, now);
}

/* A TLBI reaches this CPU. Instructions that others have seen (a visible write, a hardware update, and everything older: an access updates
 * its descriptor once) keep their old translation and the DSB that completes the TLBI waits for them; younger ones start again (TLBI-ob). */
void cpu::invalidate_translations(int page, bool stage1, bool stage2)
{
    const iso_test &test = *shared_.setup->test;
    for (unsigned p = 0; p < test.npages && p < ISO_SETUP_MAX_PAGES; p++)
        if ((page < 0 || static_cast<int>(p) == page) && (test.page[p].is_stage2 ? stage2 : stage1))
            tlb_[p].valid = false;
    if (finished_ || !stage1)
        return; /* what combines both stages is still good */
    int youngest = -1;
    for (unsigned j = 0; j < count_; j++) {
        const entry &e = at(j);
        const bool visible = (e.d->writes || e.d->tag_writes) && (e.state == phase::DONE || e.pieces_done);
        if (e.d->memory && (visible || e.updated))
            youngest = static_cast<int>(j);
    }
    for (int j = 0; j <= youngest; j++) {
        entry &e = at(static_cast<unsigned>(j));
        if (e.d->memory && (e.translated || e.first) && !e.done && !e.hold) {
            e.hold = true;
            holds_++;
        }
    }
    for (unsigned j = static_cast<unsigned>(youngest + 1); j < count_; j++) {
        const entry &e = at(j);
        const bool walks =
            e.page >= 0 && (e.translated || e.faulting || e.walking == walk::FLIGHT || e.walking == walk::STAGE2);
        if (e.d->memory && (walks || (e.first && e.uid == straddle_.uid))) {
            uint64_t now = sc_core::sc_time_stamp().value();
            squash(j, e.index, now);
            break;
        }
    }
    wake();
}

void cpu::execute_tlbi(entry &e, uint64_t now)
{
    const iso_insn &insn = *e.d->insn;
    iso_regs regs = {};
    fill_registers(regs, e);
    int page = -1;
    if (insn.scope == ISO_TLBI_VA && insn.rn < ISO_REG_COUNT) {
        uint64_t va = (regs.x[insn.rn] & UINT64_C(0x00000fffffffffff)) << 12;
        page = iso_test_page_at(shared_.setup->test, va);
        if (page < 0)
            page = -2; /* no page of ours: nothing to invalidate */
    }
    struct iso_a64_tlbi_target target = {false, true, false};
    if (shared_.setup->test->has_guest) {
        target = iso_a64_tlbi_target(&insn, is_guest() && !insn.host);
        if (!target.stage1 && !target.stage2)
            page = -2;
        if (insn.scope == ISO_TLBI_IPA && insn.rn < ISO_REG_COUNT) {
            page = iso_test_stage2_at(shared_.setup->test, (regs.x[insn.rn] & UINT64_C(0xfffffffff)) << 12);
            page = page < 0 ? -2 : page;
        }
    }
    shared_.count[COUNT_TLBI]++;
    bool local = insn.domain == ISO_DOMAIN_NSH;
    e.done = true;
    for (unsigned k = 0; k < others_.count && page != -2; k++)
        if ((k == id_ || !local) && others_.member[k]->is_guest() == target.guest) {
            shared_.count[COUNT_DVM] += k != id_;
            others_.member[k]->invalidate_translations(page, target.stage1, target.stage2);
        }
    dvm_pending_ = true;
    dvm_done_ps_ = now + (local ? 0 : shared_.machine->cpu_timing.tlbi_ps);
}

/* AT: translates without a fault, result in PAR_EL1: that there is one, or the frame. */
void cpu::execute_at(entry &e, uint64_t)
{
    iso_regs regs = {};
    fill_registers(regs, e);
    uint64_t va = e.d->insn->rn < ISO_REG_COUNT ? regs.x[e.d->insn->rn] : 0;
    int page = iso_test_page_at(shared_.setup->test, bare(va));
    uint64_t par = ISO_PAR_FAULT;
    char text[32];
    iso_insn_text(text, sizeof text, e.d->insn);
    const bool el0 = std::strstr(text, "E0") != nullptr || (code_->thread->el0 && !in_handler_);
    if (page < 0 && !el0) { /* tables are not mapped for EL0 */
        par = bare(va) & UINT64_C(0x0000fffffffff000);
    } else if (page >= 0) {
        iso_pte pte;
        iso_pte_decode(&pte, read_descriptor(page));
        iso_mmu_access a = {};
        a.write = std::strstr(text, "W,") != nullptr;
        a.read = !a.write;
        a.el0 = el0;
        iso_mmu_control control = {};
        control.ha = iso_setup_tthm(shared_.setup, code_->thread->tthm) != ISO_TTHM_SOFTWARE;
        control.hd = iso_setup_tthm(shared_.setup, code_->thread->tthm) == ISO_TTHM_HAHD;
        const iso_mmu_fault fault = iso_mmu_check(&pte, &a, &control);
        if (fault == ISO_MMU_NONE)
            par = pte.oa;
        const bool permitted = fault == ISO_MMU_NONE || (fault == ISO_MMU_PERMISSION && shared_.setup->machine);
        if (control.ha && !pte.af && permitted && (!shared_.setup->machine || optional_update(ALWAYS_IF_BOUND))) {
            e.page = page;
            pte.af = true;
            write_descriptor(e, iso_pte_encode(&pte));
        }
    }
    regs.x[ISO_REG_PAR] = par;
    take_results(e, regs, result_role::VALUE);
    e.done = true;
}

iso_mmu_maintenance cpu::maintenance_of(const iso_insn &insn) const
{
    iso_mmu_maintenance m = {};
    m.instruction = insn.cache_op >= ISO_CACHE_IC_IVAU;
    const iso_alias_operation operation = iso_a64_maintenance(&insn);
    m.invalidates = operation.invalidates && !operation.cleans;
    m.el0 = code_->thread->el0 && !in_handler_;
    return m;
}

/* CH-63: whether this run's implementation goes on where DC or IC by address could fault. */
bool cpu::ignores(const iso_mmu_maintenance &m, iso_mmu_fault fault) const
{
    enum iso_cpu_key key;
    if (!shared_.setup->machine || !iso_maintenance_fault_is_optional(&key, &m, fault))
        return false;
    const uint8_t value = iso_cpu_get(&shared_.features, key);
    if (value == ISO_VALUE_FREE || value == ISO_VALUE_UNKNOWN)
        return mix(shared_.seed, 0x63000u + static_cast<unsigned>(key)) & 1;
    return value == ISO_PERFORM_FAULT_PERFORM;
}

/* Both stages of maintenance by address, at the head of the window. A fault of stage 2 goes to the host. */
cpu::maintained cpu::translate_cache(entry &e, iso_pte *pte, uint64_t *pa, uint64_t now, uint64_t *next)
{
    const iso_insn &insn = *e.d->insn;
    const iso_page &p = shared_.setup->test->page[e.page];
    const iso_mmu_maintenance m = maintenance_of(insn);
    iso_mmu_access a;
    iso_maintenance_access(&a, &m);
    iso_mmu_control control = {};
    control.ha = iso_setup_tthm(shared_.setup, code_->thread->tthm) != ISO_TTHM_SOFTWARE;
    control.hd = iso_setup_tthm(shared_.setup, code_->thread->tthm) == ISO_TTHM_HAHD;
    e.done = false;
    e.fault_stage = 1;
    iso_pte_decode(pte, read_descriptor(e.page));
    iso_mmu_fault fault = iso_mmu_check(pte, &a, &control);
    if (fault == ISO_MMU_ACCESS_FLAG && ignores(m, fault)) {
        pte->af = true;
        fault = iso_mmu_check(pte, &a, &control);
    }
    if (fault != ISO_MMU_NONE && ignores(m, fault)) {
        if (fault == ISO_MMU_TRANSLATION) {
            e.done = true;
            return maintained::NOTHING;
        }
        fault = ISO_MMU_NONE;
    }
    if (fault == ISO_MMU_NONE) {
        iso_mmu_access only_af = a;
        iso_pte updated;
        only_af.write = false;
        if (!e.updated && iso_mmu_update(&updated, pte, &only_af, &control)) {
            e.updated = true;
            if (!shared_.setup->machine || optional_update(ALWAYS_IF_BOUND)) {
                write_descriptor(e, iso_pte_encode(&updated));
                *pte = updated;
            }
        }
        *pa = pte->oa + (e.va - p.va);
        const int stage2 = stage2_of(*pa, insn.host != 0);
        if (stage2 < 0) {
            e.done = true;
            return maintained::PLACE;
        }
        iso_s2pte second;
        iso_s2pte_decode(&second, read_descriptor(stage2));
        control.ha = iso_setup_tthm(shared_.setup, shared_.setup->test->stage2_tthm) != ISO_TTHM_SOFTWARE;
        control.hd = iso_setup_tthm(shared_.setup, shared_.setup->test->stage2_tthm) == ISO_TTHM_HAHD;
        fault = iso_s2pte_check(&second, &a, &control);
        if (fault == ISO_MMU_ACCESS_FLAG && ignores(m, fault)) {
            second.af = true;
            fault = iso_s2pte_check(&second, &a, &control);
        }
        if (fault != ISO_MMU_NONE && ignores(m, fault)) {
            if (fault == ISO_MMU_TRANSLATION) {
                e.done = true;
                return maintained::NOTHING;
            }
            fault = ISO_MMU_NONE;
        }
        if (fault == ISO_MMU_NONE) {
            *pa = second.oa + (e.va - p.va);
            e.done = true;
            return maintained::PLACE;
        }
        e.fault_stage = 2;
        e.stage2_page = stage2;
    }
    e.fault = static_cast<uint8_t>(type_of(fault));
    if (e.fault_stage == 1 ? waits_for_page(e, now) : stage2_fault(e, now, next)) {
        e.eligible_at = std::max(e.when, now + 1);
        *next = std::min(*next, e.eligible_at);
        return maintained::WAITS;
    }
    return head_fault(e, now, next) ? maintained::FAULT : maintained::WAITS;
}

/* DC and IC: data caches clean or give up the line, those of every CPU in the domain of the address; instruction caches matter where code changes
 * (cpu_fetch.cpp). */
bool cpu::execute_cache(entry &e, uint64_t now, uint64_t *next)
{
    const iso_insn &insn = *e.d->insn;
    iso_regs regs = {};
    fill_registers(regs, e);
    e.done = true;
    if (shared_.fetches && (insn.cache_op == ISO_CACHE_IC_IALLU || insn.cache_op == ISO_CACHE_IC_IALLUIS))
        execute_ic(insn, 0);
    if (insn.rn >= ISO_REG_COUNT)
        return true;
    uint64_t va = bare(regs.x[insn.rn]), pa = va;
    int page = shared_.setup ? iso_test_page_at(shared_.setup->test, va) : -1;
    iso_attribute attribute = attribute_of(page, nullptr);
    if (page >= 0) {
        const iso_page &p = shared_.setup->test->page[page];
        pa = p.pa + (va - p.va);
        const bool translates = insn.cache_op != ISO_CACHE_DC_SET_WAY &&
                                (insn.cache_op < ISO_CACHE_IC_IVAU || shared_.fetches || shared_.setup->machine);
        if (shared_.setup->variant.vmsa && translates) {
            iso_pte pte;
            e.va = va;
            e.page = page;
            switch (translate_cache(e, &pte, &pa, now, next)) {
            case maintained::PLACE:
                break;
            case maintained::NOTHING:
            case maintained::FAULT:
                return true;
            case maintained::WAITS:
                return false;
            }
            attribute = attribute_of(page, &pte);
        }
    }
    if (shared_.fetches && insn.cache_op == ISO_CACHE_IC_IVAU)
        execute_ic(insn, pa);
    else if (shared_.fetches && insn.cache_op <= ISO_CACHE_DC_CIVAC)
        clean_code(pa);
    switch (static_cast<iso_cache_op>(insn.cache_op)) {
    case ISO_CACHE_DC_CVAU:
    case ISO_CACHE_DC_SET_WAY:
    case ISO_CACHE_IC_IVAU:
    case ISO_CACHE_IC_IALLU:
    case ISO_CACHE_IC_IALLUIS:
        return true;
    case ISO_CACHE_DC_CVAC:
    case ISO_CACHE_DC_CVAP:
    case ISO_CACHE_DC_CVADP:
    case ISO_CACHE_DC_TAG_CLEAN:
    case ISO_CACHE_DC_CIVAC:
    case ISO_CACHE_DC_IVAC:
    case ISO_CACHE_DC_TAG_INVALIDATE:
        break;
    }
    const bool is_private = iso_alias_copy(&attribute, shared_.as) == ISO_COPY_PRIVATE;
    const iso_alias_operation operation = iso_a64_maintenance(&insn);
    const bool tags =
        iso_alias_maintain(&operation, false, attribute.tagging, shared_.tags_with_data) >= ISO_ALIAS_CLEAN_TAGS;
    for (unsigned domain = SHARED_DOMAIN; domain < DOMAINS; domain++) {
        line *l =
            domain == SHARED_DOMAIN || domain == id_ + 1 || !is_private ? shared_.memory.find(pa, domain) : nullptr;
        if (l && !tags && shared_.any_mismatch && l->held && l->tags.valid && l->tags.dirty)
            home_.clean_data(*l);
        else if (l)
            home_.evict_all(*l); /* a clean keeps no less than a clean and invalidate */
    }
    iso_monitor_access a = {};
    a.pa = pa & ~uint64_t{LINE_BYTES - 1};
    a.size_bytes = LINE_BYTES;
    if (local_.mark.exclusive && iso_range_overlap(local_.mark.pa, local_.mark.size_bytes, a.pa, LINE_BYTES) &&
        !still_exclusive(iso_local_monitor_after(&local_, ISO_MONITOR_MAINTENANCE, &a, &shared_.features)))
        iso_local_monitor_clear(&local_);
    return true;
}

} // namespace iso
