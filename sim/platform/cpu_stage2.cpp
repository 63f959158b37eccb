/* Stage 2 of a guest's accesses: a second walk behind the first, an entry of its own for the intermediate page, an entry that combines both stages for
 * the page. TLBI by intermediate address takes the former away and leaves the latter, as the architecture allows (D8.14). Faults go to the host: what
 * comes of them is the setup's routing (models/route.h).
 * A guest's stage-1 walk asks stage 2 of the memory that the descriptor lies in, where the scenario speaks of it (S2PTE(PTE(x))).
 * Not modelled: stage 2 of a guest's explicit accesses to its tables.
 * Source: Arm ARM D8.4, D8.14, D8.15; facts/kernel-policies.md sections 2.3 and 3. */
#include "sim/platform/cpu.h"

#include <algorithm>

namespace iso
{

namespace
{

constexpr uint64_t HANDLER_PS = 400000; /* the host's way in, its fault handler, and the way back */
constexpr uint64_t WAIT_PS = 50000;     /* how often an access that waits for a mapping looks again */

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

/* Page that stands for the stage-2 descriptor of an intermediate address, or -1. */
int cpu::stage2_of(uint64_t ipa, bool by_host) const
{
    return !code_->thread->guest || by_host ? -1 : iso_test_stage2_at(shared_.setup->test, ipa);
}

/* Stage 2 of a walk of stage 1: may the descriptor be read, or updated? If not, the entry faults. At the head of the window from memory. */
bool cpu::table_allows(entry &e, bool write, bool at_head)
{
    const iso_test &t = *shared_.setup->test;
    const int page = t.page[e.page].table - 1;
    if (page < 0 || !code_->thread->guest || e.d->insn->host)
        return true;
    const bool cached = !at_head && tlb_[page].valid;
    uint64_t descriptor = cached ? tlb_[page].descriptor : read_descriptor(page);
    iso_s2pte pte, updated;
    iso_s2pte_decode(&pte, descriptor);
    iso_mmu_access a = {};
    a.read = true;
    a.write = write;
    iso_mmu_control control = {};
    control.ha = iso_setup_tthm(shared_.setup, t.stage2_tthm) != ISO_TTHM_SOFTWARE;
    control.hd = iso_setup_tthm(shared_.setup, t.stage2_tthm) == ISO_TTHM_HAHD;
    iso_mmu_fault fault = iso_s2pte_check(&pte, &a, &control);
    const bool update = fault == ISO_MMU_NONE && iso_s2pte_update(&updated, &pte, &a, &control);
    e.stage2_page = page;
    e.table_write = write;
    iso_attribute attribute;
    if (fault == ISO_MMU_NONE && !iso_setup_table_attribute(&attribute, shared_.setup, page, &descriptor))
        fault = ISO_MMU_PERMISSION; /* HCR_EL2.PTW */
    if (fault != ISO_MMU_NONE || (update && !at_head)) {
        e.faulting = e.fault_is_mmu = true;
        e.fault = static_cast<uint8_t>(type_of(fault));
        e.fault_stage = 2;
        return false;
    }
    if (update) {
        descriptor = iso_s2pte_encode(&updated);
        write_stage2(e, descriptor);
        shared_.count[COUNT_HARDWARE_UPDATES]++;
    }
    if (!cached && pte.af)
        tlb_[page] = {true, descriptor, 0, 0};
    return true;
}

/* Whether a walk before the program could have read the page's descriptor through stage 2. */
bool cpu::table_was_mapped(unsigned page) const
{
    const iso_page &p = shared_.setup->test->page[page];
    if (!p.table || !code_->thread->guest)
        return true;
    iso_s2pte pte;
    iso_attribute attribute;
    const uint64_t descriptor = shared_.setup->test->page[p.table - 1].descriptor;
    iso_s2pte_decode(&pte, descriptor);
    return pte.valid && pte.af && pte.read &&
           iso_setup_table_attribute(&attribute, shared_.setup, p.table - 1, &descriptor);
}

/* What the tier of its table makes of a hardware update of the entry's descriptor. False: it faults, or nothing is updated. */
bool cpu::table_update(entry &e)
{
    const iso_test &t = *shared_.setup->test;
    const int page = t.page[e.page].table - 1;
    if (page < 0 || shared_.setup->machine == nullptr)
        return true;
    const bool guest = code_->thread->guest && !e.d->insn->host;
    const uint64_t stage2 = read_descriptor(page);
    entry table = e;
    table.tier = shared_.setup->frame_tier[page];
    table.pa = t.page[e.page].descriptor_va;
    iso_setup_table_attribute(&table.attribute, shared_.setup, page, guest ? &stage2 : nullptr);
    iso_access a;
    iso_access_init(&a, ISO_ACCESS_HW_UPDATE);
    a.va = a.pa = table.pa;
    const resolved &r = resolve(a, table, false);
    if (r.effect.kind == ISO_EFFECT_FAULT) {
        e.effect = &r;
        e.faulting = true;
        e.fault_is_mmu = false;
        e.fault = iso_effect_fault(&r.effect);
        e.fault_stage = guest ? 2 : 1;
        return false;
    }
    if (r.deviation != ISO_CAUSE_NONE)
        shared_.add_cause(r, table.tier, id_, local(e.index));
    return r.effect.kind != ISO_EFFECT_NOP && !r.effect.data_lost;
}

/* Stage 1 gave an intermediate address. True if something changed. */
bool cpu::second_stage(entry &e, uint64_t stage1, uint64_t ipa, bool at_window_head, uint64_t now)
{
    e.ipa = ipa;
    e.stage1 = stage1;
    e.fault_stage = 1;
    e.stage2_page = stage2_of(ipa, e.d->insn->host != 0);
    if (e.stage2_page < 0) {
        locate(e, ipa);
        return true;
    }
    if (faults_before_stage2(e))
        return true;
    if (at_window_head)
        return use_stage2(e, read_descriptor(e.stage2_page), true);
    const tlb_entry &both = tlb_[e.page], &alone = tlb_[e.stage2_page];
    if (both.valid && both.descriptor == stage1 && both.combined == e.stage2_page + 1)
        return use_stage2(e, both.stage2, false);
    if (alone.valid)
        return use_stage2(e, alone.descriptor, false);
    e.when = stamp(now + walk_delay(e.stage2_page, now));
    e.walking = walk::STAGE2;
    return true;
}

bool cpu::end_stage2_walk(entry &e)
{
    e.walking = walk::IDLE;
    uint64_t descriptor = read_descriptor(e.stage2_page);
    iso_s2pte pte;
    iso_s2pte_decode(&pte, descriptor);
    if (pte.valid && pte.af)
        tlb_[e.stage2_page] = {true, descriptor, 0, 0};
    return use_stage2(e, descriptor, false);
}

/* An entry that earlier use left behind may combine both stages. */
void cpu::remember_stage2(int page, uint64_t ipa)
{
    const iso_test &t = *shared_.setup->test;
    int stage2 = t.page[page].is_stage2 ? -1 : stage2_of(ipa, false);
    if (stage2 < 0 || !random_.permille(500))
        return;
    iso_s2pte pte;
    iso_s2pte_decode(&pte, t.page[stage2].descriptor);
    if (!pte.valid || !pte.af)
        return;
    tlb_[page].combined = stage2 + 1;
    tlb_[page].stage2 = t.page[stage2].descriptor;
}

void cpu::write_stage2(const entry &e, uint64_t value)
{
    uint64_t place = shared_.setup->test->page[e.stage2_page].descriptor_va;
    shared_.memory.write(place, sizeof value, SHARED_DOMAIN, false, reinterpret_cast<const uint8_t *>(&value),
                         shared_.next_write++);
    iso_global_monitor_written(&shared_.monitor, id_, place, sizeof value);
}

bool cpu::use_stage2(entry &e, uint64_t descriptor, bool at_window_head)
{
    const iso_test &t = *shared_.setup->test;
    iso_s2pte pte, updated;
    iso_s2pte_decode(&pte, descriptor);
    iso_mmu_access a = {};
    a.read = e.d->reads || e.d->tag_reads;
    a.write = e.d->writes || e.d->tag_writes;
    iso_mmu_control control = {};
    control.ha = iso_setup_tthm(shared_.setup, t.stage2_tthm) != ISO_TTHM_SOFTWARE;
    control.hd = iso_setup_tthm(shared_.setup, t.stage2_tthm) == ISO_TTHM_HAHD;
    iso_mmu_fault fault = iso_s2pte_check(&pte, &a, &control);
    bool update = fault == ISO_MMU_NONE && iso_s2pte_update(&updated, &pte, &a, &control);
    if (fault != ISO_MMU_NONE || (update && !at_window_head)) {
        if (at_window_head && fault != ISO_MMU_NONE && fault != ISO_MMU_TRANSLATION) {
            iso_attribute both = e.attribute;
            both = shared_.attribute_at(e.page, e.stage1, &descriptor);
            if (outranked(e, pte.oa + (e.ipa & (ISO_PAGE_BYTES - 1)), both, both.cls != e.attribute.cls ? 2 : 1,
                          fault == ISO_MMU_PERMISSION ? rank::STAGE2_PERMISSION : rank::STAGE2))
                return true;
        }
        e.faulting = e.fault_is_mmu = true;
        e.fault = static_cast<uint8_t>(type_of(fault));
        e.fault_stage = 2;
        return true;
    }
    if (update) {
        pte = updated;
        descriptor = iso_s2pte_encode(&updated);
        write_stage2(e, descriptor);
        shared_.count[COUNT_HARDWARE_UPDATES]++;
    }
    if (at_window_head)
        tlb_[e.stage2_page] = {true, descriptor, 0, 0};
    if (tlb_[e.page].valid && tlb_[e.page].descriptor == e.stage1) {
        tlb_[e.page].combined = e.stage2_page + 1;
        tlb_[e.page].stage2 = descriptor;
    }
    if (shared_.setup->machine) {
        iso_class first = e.attribute.cls;
        e.attribute = shared_.attribute_at(e.page, e.stage1, &descriptor);
        const bool lifted = e.attribute.provenance == ISO_PROVENANCE_PDEV; // stage 1's faults (CH-34a, CH-34b)
        e.fault_stage = e.attribute.cls != first && !lifted ? 2 : 1;
    }
    locate(e, pte.oa + (e.ipa & (ISO_PAGE_BYTES - 1)));
    return true;
}

/* A stage-2 fault at the head of the window. True if something changed. */
bool cpu::stage2_fault(entry &e, uint64_t now, uint64_t *next)
{
    const iso_fault_type type = static_cast<iso_fault_type>(e.fault);
    iso_route route = iso_route_find(&shared_.setup->routing, 2, iso_fault_cause(e.fault));
    if (route == ISO_ROUTE_TO_RESOLVE) {
        iso_s2pte pte;
        iso_s2pte_decode(&pte, read_descriptor(e.stage2_page));
        iso_mmu_access a = {};
        const bool table = shared_.setup->test->page[e.stage2_page].is_table;
        a.read = table || e.d->reads || e.d->tag_reads;
        a.write = table ? e.table_write : e.d->writes || e.d->tag_writes;
        if (e.d->insn->cls == ISO_INSN_CACHE && !table) {
            const iso_mmu_maintenance m = maintenance_of(*e.d->insn);
            iso_maintenance_access(&a, &m);
        }
        iso_mmu_fault fault = type == ISO_FAULT_MMU_ACCESS_FLAG ? ISO_MMU_ACCESS_FLAG : ISO_MMU_PERMISSION;
        if (!iso_s2pte_resolve(&pte, fault, &a)) {
            end_by(ISO_FAULT_EXIT_EFAULT, true, e.va, local(e.index), now);
            return true;
        }
        write_stage2(e, iso_s2pte_encode(&pte));
        squash(1, e.index + 1, now);
    } else if (route != ISO_ROUTE_TO_RETRY) {
        return false;
    }
    iso_monitor_access a = {};
    a.size_bytes = 1;
    if (!still_exclusive(iso_local_monitor_after(&local_, ISO_MONITOR_ERET, &a, &shared_.features)))
        iso_local_monitor_clear(&local_);
    shared_.count[COUNT_RETRIES]++;
    e.walking = walk::AT_HEAD;
    e.when = stamp(now + (route == ISO_ROUTE_TO_RESOLVE ? HANDLER_PS : WAIT_PS));
    *next = std::min(*next, e.when);
    return true;
}

/* The thread ends by what software made of its fault; with the VM, so do the guest's other threads. */
void cpu::end_by(iso_fault_type result, bool has_address, uint64_t va, unsigned insn, uint64_t now)
{
    shared_.add_fault(id_, result, has_address, va, insn);
    squash(0, CODE_END, now);
    fetch_at_ = now;
    if (result != ISO_FAULT_VM_KILLED && result != ISO_FAULT_PANIC)
        return;
    for (unsigned k = 0; k < others_.count; k++)
        if (k != id_)
            others_.member[k]->kill(result == ISO_FAULT_VM_KILLED);
}

/* An Alignment fault at the head of the window, whose handler does the access instead. True if something changed. */
bool cpu::emulate(entry &e, uint64_t now, uint64_t *next)
{
    const iso_setup &setup = *shared_.setup;
    const iso_insn &insn = *e.d->insn;
    const unsigned row = iso_setup_route_row(&setup, id_, &insn, e.fault_stage == 2 ? 2 : 1);
    if (e.fault != ISO_FAULT_ALIGNMENT || e.emulated || !iso_insn_is_emulated(&insn) ||
        iso_route_find(&setup.routing, row, ISO_ROUTE_ALIGNMENT) != ISO_ROUTE_TO_EMULATE)
        return false;
    iso_access a;
    make_access(&a, e);
    a.condition = static_cast<iso_condition>(e.condition);
    a.kind = a.write ? ISO_ACCESS_STR : ISO_ACCESS_LDR;
    a.size_bytes = a.element_bytes = insn.cls == ISO_INSN_ZERO ? 8 : 1;
    e.emulated = true;
    e.effect = &resolve(a, e, true);
    e.faulting = e.effect->effect.kind == ISO_EFFECT_FAULT;
    e.fault = e.faulting ? iso_effect_fault(&e.effect->effect) : uint8_t{ISO_FAULT_NONE};
    if (!e.faulting)
        settle(e);
    e.state = phase::WAIT;
    squash(1, e.index + 1, now);
    iso_monitor_access m = {};
    m.size_bytes = 1;
    if (!still_exclusive(iso_local_monitor_after(&local_, ISO_MONITOR_ERET, &m, &shared_.features)))
        iso_local_monitor_clear(&local_);
    e.eligible_at = now + HANDLER_PS;
    *next = std::min(*next, e.eligible_at);
    return true;
}

void cpu::kill(bool only_guests)
{
    const iso_test &t = *shared_.setup->test;
    if (finished_ || (only_guests && t.has_guest && !code_->thread->guest))
        return;
    killed_ = true;
    wake();
}

} // namespace iso
