/* Which fault of an access is reported where it has several: as sim/explore/walk_priority.c has it (Arm ARM D8.15.5, CH-13). See cpu.h. */
#include "sim/platform/cpu.h"

extern "C" {
#include "models/align.h"
}

namespace iso
{

namespace
{

bool may_be_unsupported(const decoded &d)
{
    return d.exclusive_load || d.exclusive_store || d.atomic;
}

} // namespace

/* Is fault 0x35 reported rather than one that stands at `place`? */
bool cpu::unsupported_outranks(rank place) const
{
    switch (static_cast<iso_priority>(shared_.setting(ISO_CPU_ABORT35_PRIORITY))) {
    case ISO_PRIORITY_FIRST:
        return true;
    case ISO_PRIORITY_AFTER_ALIGNMENT:
        return place >= rank::PERMISSION;
    case ISO_PRIORITY_AFTER_STAGE1:
        return place >= rank::STAGE2;
    case ISO_PRIORITY_AFTER_MMU:
        return place >= rank::TAG;
    case ISO_PRIORITY_LAST:
    case ISO_PRIORITY_UNKNOWN: /* never a setting's value */
    case ISO_PRIORITY_FREE:
        break;
    }
    return false;
}

/* Has the access an Alignment fault whatever its memory type is? */
bool cpu::is_misaligned(const entry &e) const
{
    if (!shared_.setup || !shared_.setup->machine || e.d->insn->cls == ISO_INSN_ZERO)
        return false;
    iso_access a;
    make_access(&a, e);
    return iso_align_before_type(&a, &shared_.features) == ISO_ALIGN_FAULT;
}

/* Is that fault taken before anything is translated? */
bool cpu::faults_untranslated(entry &e)
{
    if (!is_misaligned(e) ||
        (may_be_unsupported(*e.d) && shared_.setting(ISO_CPU_ABORT35_PRIORITY) == ISO_PRIORITY_FIRST))
        return false;
    e.faulting = true;
    e.fault_is_mmu = false;
    e.fault = ISO_FAULT_ALIGNMENT;
    e.fault_stage = 1;
    return true;
}

/* A guest's access that stage 1 has translated: does its type there give an Alignment fault, whatever tier stage 2 leads to? */
bool cpu::faults_before_stage2(entry &e)
{
    if (!shared_.setup->machine ||
        (may_be_unsupported(*e.d) && shared_.setting(ISO_CPU_ABORT35_PRIORITY) == ISO_PRIORITY_FIRST) ||
        (iso_setup_may_lift(shared_.setup, e.stage2_page) && shared_.setting(ISO_CPU_PDEV_ALIGN) != ISO_PDEV_DEVICE))
        return false;
    iso_access a;
    iso_align_result r;
    make_access(&a, e);
    iso_align_check(&r, &a, &e.attribute, &shared_.features);
    if (r.verdict == ISO_ALIGN_EITHER && r.from_type && shared_.setting(r.knob) == ISO_VALUE_FIRST)
        r.verdict = ISO_ALIGN_FAULT; /* CH-33: the CPU's one choice */
    const bool zero = a.kind == ISO_ACCESS_DC_ZVA && iso_class_is_device(e.attribute.cls);
    e.fault_stage = 1;
    if ((r.verdict != ISO_ALIGN_FAULT && !zero) || is_emulated(e))
        return false;
    e.faulting = true;
    e.fault_is_mmu = false;
    e.fault = ISO_FAULT_ALIGNMENT;
    resolved why = {};
    why.deviation = ISO_CAUSE_FAULT;
    why.rule = rule_index({"ALIGN", nullptr});
    shared_.add_cause(why, static_cast<unsigned>(shared_.machine->reference), id_, local(e.index));
    return true;
}

/* At the head of the window, the descriptors give the access a fault at `place`: is another one reported? pa, attribute: as they have it. */
bool cpu::outranked(entry &e, uint64_t pa, const iso_attribute &attribute, unsigned stage, rank place)
{
    const decoded &d = *e.d;
    if (!shared_.setup->machine)
        return false;
    if (is_misaligned(e) && place == rank::TRANSLATION) {
        e.fault = ISO_FAULT_ALIGNMENT; /* behind 0x35 alone, but there is no type */
    } else if (place == rank::TRANSLATION) {
        return false;
    } else {
        entry other = e;
        iso_access a;
        const int frame = iso_test_frame_at(shared_.setup->test, pa & ~uint64_t{ISO_PAGE_BYTES - 1});
        other.pa = pa;
        other.tier = frame >= 0 ? shared_.setup->frame_tier[frame] : static_cast<uint8_t>(shared_.machine->reference);
        other.attribute = attribute;
        other.check_tags = false;
        make_access(&a, other);
        const resolved &r = resolve(a, other, false);
        if (r.effect.kind != ISO_EFFECT_FAULT)
            return false;
        if (r.effect.fault == ISO_ABORT_ALIGNMENT) {
            other.fault_stage = static_cast<uint8_t>(stage);
            const bool earlier = place >= rank::PERMISSION && (place != rank::STAGE2 || stage == 1);
            if (!earlier || is_emulated(other))
                return false;
        } else if (r.effect.fault != ISO_ABORT_UNSUPPORTED || !may_be_unsupported(d) || !unsupported_outranks(place)) {
            return false;
        }
        e.effect = &r;
        e.tier = other.tier;
        e.fault = iso_effect_fault(&r.effect);
    }
    e.faulting = true;
    e.fault_is_mmu = false;
    e.fault_stage = static_cast<uint8_t>(stage);
    return true;
}

/* Fault 0x35 of an access whose tags are checked before that. True if they do not match. */
bool cpu::checks_first(entry &e)
{
    if (e.fault != ISO_FAULT_MMU_EXCLUSIVE || !e.check_tags || !e.effect || !e.translated ||
        e.effect->effect.fault != ISO_ABORT_UNSUPPORTED || unsupported_outranks(rank::TAG))
        return false;
    const iso_tag_verdict verdict = compare_tags(e, nullptr);
    if (verdict == ISO_TAG_FAULTS_ASYNC)
        async_tag_fault(e);
    return verdict == ISO_TAG_FAULTS_SYNC;
}

} // namespace iso
