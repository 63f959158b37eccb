/* Registers: renamed sources and results, computing, branches, predicted selects. See cpu.h. */
#include "sim/platform/cpu.h"

#include <cstring>

namespace iso
{

/* Takes the values of sources whose producers have finished since the last look. */
void cpu::capture(entry &e)
{
    if (!e.missing)
        return;
    scan_mark &m = mark_[&e - slot_];
    m.waits = 0;
    for (unsigned k = 0; k < e.d->nsources; k++) {
        source_value &v = e.source[k];
        if (v.have)
            continue;
        const entry &p = slot_[v.producer];
        if (!p.live ||
            p.uid != v.producer_uid) { /* retired: nobody younger than it and older than us writes this register */
            v.value = arch_.x[e.d->source[k]];
            v.have = true;
        } else if (p.result[v.result].ready) {
            v.value = p.result[v.result].value;
            v.have = true;
        }
        if (v.have)
            e.missing--;
        else
            m.waits |= uint64_t{1} << v.producer;
    }
}

bool cpu::have(const entry &e, unsigned roles) const
{
    for (unsigned k = 0; k < e.d->nsources && e.missing; k++)
        if ((e.d->role[k] & roles) && !e.source[k].have)
            return false;
    return true;
}

void cpu::fill_registers(iso_regs &regs, const entry &e) const
{
    for (unsigned k = 0; k < e.d->nsources; k++)
        if (e.source[k].have)
            regs.x[e.d->source[k]] = e.source[k].value;
}

void cpu::take_results(entry &e, const iso_regs &regs, result_role role)
{
    for (unsigned k = 0; k < e.d->nresults; k++)
        if (e.d->result_is[k] == role) {
            e.result[k].value = regs.x[e.d->result[k]];
            e.result[k].ready = true;
        }
}

/* Which data sources the result depends on when the flags are as in `regs`: found by trying (CSEL and kin take one of two sources,
 * changed by at most a negation or an increment, so two values per source tell). */
uint32_t cpu::pick_mask(const entry &e, iso_regs &regs) const
{
    uint32_t mask = 0;
    for (unsigned k = 0; k < e.d->nsources; k++) {
        if (e.d->role[k] & ROLE_PICK)
            continue;
        uint8_t r = e.d->source[k];
        uint64_t kept = regs.x[r];
        iso_regs a = regs, b = regs;
        a.x[r] = 0x1111111111111111u;
        b.x[r] = 0x7777777777777777u;
        iso_insn_compute(&a, e.d->insn, pc_of(e.index), 0);
        iso_insn_compute(&b, e.d->insn, pc_of(e.index), 0);
        for (unsigned n = 0; n < e.d->nresults; n++)
            if (a.x[e.d->result[n]] != b.x[e.d->result[n]])
                mask |= 1u << k;
        regs.x[r] = kept;
    }
    return mask;
}

/* IRG draws from the tags that tests have names for; if all of these are excluded, ChooseRandomTag's answer is 0. */
void cpu::compute(iso_regs &regs, const entry &e)
{
    constexpr unsigned named_tags = 8;
    const iso_regs before = regs;
    const bool draws = std::strcmp(e.d->insn->mnemonic, "IRG") == 0 && e.d->nresults > 0;
    for (unsigned attempt = 0; attempt < 4 * named_tags; attempt++) {
        regs = before;
        iso_insn_compute(&regs, e.d->insn, pc_of(e.index), draws ? random_.below(named_tags) : 0);
        if (!draws || (regs.x[e.d->result[0]] >> 56 & 15) < named_tags)
            return;
    }
    regs.x[e.d->result[0]] &= ~(uint64_t{15} << 56);
}

bool cpu::advance_compute(unsigned i, uint64_t now)
{
    entry &e = at(i);
    constexpr unsigned all = ROLE_ADDRESS | ROLE_DATA | ROLE_COMPARE | ROLE_PICK | ROLE_CONTROL;
    bool writes_flags = false;
    for (unsigned k = 0; k < e.d->nresults; k++)
        writes_flags |= e.d->result[k] == ISO_REG_NZCV;
    if (!e.d->picks || writes_flags) { /* conditional compares wait for everything */
        if (!have(e, all))
            return false;
        iso_regs regs = {};
        fill_registers(regs, e);
        compute(regs, e);
        take_results(e, regs, result_role::VALUE);
        e.done = true;
        return true;
    }
    /* A conditional select: depends on the source it takes; which one may be predicted (pick dependencies order writes only). */
    bool flags = have(e, ROLE_PICK);
    if (!flags && (e.pick_unverified || younger_is_visible(i) || !random_.permille(mood_.predict_pick)))
        return false;
    iso_regs regs = {};
    fill_registers(regs, e);
    if (!flags)
        regs.x[ISO_REG_NZCV] = random_.below(16);
    uint32_t mask = pick_mask(e, regs);
    for (unsigned k = 0; k < e.d->nsources; k++)
        if ((mask >> k & 1) && !e.source[k].have)
            return false;
    iso_insn_compute(&regs, e.d->insn, pc_of(e.index), 0);
    if (!flags) {
        e.pick_unverified = true;
        e.pick_mask = mask;
        take_results(e, regs, result_role::VALUE);
        return true;
    }
    if (e.pick_unverified) {
        bool right = mask == e.pick_mask;
        for (unsigned k = 0; k < e.d->nresults; k++)
            right = right && e.result[k].value == regs.x[e.d->result[k]];
        e.pick_unverified = false;
        if (!right) {
            shared_.count[COUNT_PICK_MISPREDICTS]++;
            squash(i + 1, e.index + 1, now);
        }
    }
    take_results(e, regs, result_role::VALUE);
    e.done = true;
    return true;
}

bool cpu::advance_branch(unsigned i, uint64_t now)
{
    entry &e = at(i);
    if (e.resolved_branch || !have(e, ROLE_CONTROL | ROLE_ADDRESS | ROLE_DATA))
        return false;
    iso_regs regs = {};
    fill_registers(regs, e);
    uint64_t target = 0, code = all_[e.index >> REGION_SHIFT].thread->code_va;
    bool taken = iso_insn_branch(&target, &regs, e.d->insn, pc_of(e.index), code);
    take_results(e, regs, result_role::VALUE);
    uint32_t actual = taken ? place_of(target) : e.index + 1;
    e.resolved_branch = e.done = true;
    if (e.predicted) {
        if (actual != e.predicted_next) {
            shared_.count[COUNT_MISPREDICTS]++;
            squash(i + 1, actual, now);
        }
    } else {
        squash(i + 1, actual, now); /* nothing younger was fetched */
        fetch_at_ = now;
    }
    return true;
}

} // namespace iso
