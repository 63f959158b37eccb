/* What the architecture leaves open about descriptors: updates that no access needs (CH-49), two TLB entries for an address (CH-50). Both are drawn each time, within
 * what the machine's keys table_update and tlb_conflict say.
 * Not modelled: two entries of stage 2. Source: facts/arm-attributes.md section 8; Arm ARM D8.5, D8.17.1. */
#include "sim/platform/cpu.h"

namespace iso
{

/* CH-49: an update that no access needs, drawn with a rate per mille where it is free. Without a machine it is what the litmus tools let hardware do at any time. */
bool cpu::optional_update(uint32_t permille)
{
    const uint8_t value = iso_cpu_get(&shared_.features, ISO_CPU_TABLE_UPDATE);
    if (shared_.setup->machine && value == ISO_TABLE_UPDATE_NO)
        return false;
    return (shared_.setup->machine && value == ISO_TABLE_UPDATE_YES && permille == ALWAYS_IF_BOUND) ||
           random_.permille(permille);
}

/* CH-49: whether what becomes of the access leaves open if hardware updates its descriptor: its tier gives it an Alignment fault that nobody emulates, or it
 * writes tags alone and they are ignored. */
bool cpu::update_is_optional(const entry &e, const iso_pte &pte)
{
    const iso_setup &setup = *shared_.setup;
    if (!setup.machine || code_->thread->guest || e.whole_bytes)
        return false;
    entry probe = e;
    probe.attribute = attribute_of(e.page, &pte);
    probe.pa = pte.oa + ((e.va & UINT64_C(0x00ffffffffffffff)) - setup.test->page[e.page].va);
    const int frame = iso_test_frame_at(setup.test, pte.oa);
    probe.tier = frame >= 0 ? setup.frame_tier[frame] : static_cast<uint8_t>(setup.machine->reference);
    probe.check_tags = tag_checked(probe);
    iso_access a;
    make_access(&a, probe);
    const iso_effect &effect = resolve(a, probe, false).effect;
    if (effect.kind == ISO_EFFECT_FAULT && effect.fault == ISO_ABORT_ALIGNMENT) {
        const unsigned row = iso_setup_route_row(&setup, id_, e.d->insn, 1);
        return !iso_insn_is_emulated(e.d->insn) ||
               iso_route_find(&setup.routing, row, ISO_ROUTE_ALIGNMENT) != ISO_ROUTE_TO_EMULATE;
    }
    return effect.kind != ISO_EFFECT_FAULT && effect.tag == ISO_TAG_EFFECT_IGNORED && e.d->tag_writes && !e.d->writes;
}

/* CH-50: the TLB holds an entry and, from a walk made meanwhile, what memory says now: two, where break-before-make was left out. The translation becomes a mixture
 * of both, or (true) a TLB conflict abort, to be taken at the head if there are still two. */
bool cpu::meets_conflict(entry &e, uint64_t *descriptor)
{
    uint64_t mixed[ISO_AMALGAMS_MAX];
    if (e.whole_bytes || !holds_two(e.page) ||
        !random_.permille(300)) /* a part of an access over two pages: not drawn */
        return false;
    const uint8_t value = iso_cpu_get(&shared_.features, ISO_CPU_TLB_CONFLICT);
    const unsigned count = iso_descriptor_amalgams(mixed, *descriptor, read_descriptor(e.page), false);
    if (value != ISO_TLB_CONFLICT_ABORT && count && (value == ISO_TLB_CONFLICT_AMALGAM || random_.permille(500))) {
        *descriptor = mixed[random_.below(count)];
        return false;
    }
    if (value == ISO_TLB_CONFLICT_AMALGAM)
        return false;
    e.faulting = e.fault_is_mmu = e.conflict = true;
    e.fault = ISO_FAULT_TLB_CONFLICT;
    e.fault_stage = 1;
    return true;
}

bool cpu::holds_two(int page)
{
    constexpr uint64_t oa = 0x0000FFFFFFFFF000;
    if (!shared_.setup->machine || !tlb_[page].valid ||
        iso_cpu_get(&shared_.features, ISO_CPU_TLB_CONFLICT) == ISO_TLB_CONFLICT_ONE)
        return false;
    const uint64_t kept = tlb_[page].descriptor, now = read_descriptor(page);
    return kept != now && iso_setup_conflicts(shared_.setup, page, kept, now,
                                              iso_setup_same_contents(shared_.setup, kept & oa, now & oa));
}

} // namespace iso
