/* Choice of an effect, memory of effects, causes. See context.h. */
#include "sim/platform/context.h"

#include <algorithm>
#include <chrono>
#include <cstring>

extern "C" {
#include "models/rule.h"
}

namespace iso
{

const iso_effect &choose_effect(const iso_effect_set &set, uint64_t seed, unsigned tier, unsigned kind)
{
    if (set.count == 1)
        return set.item[0];
    uint64_t h = mix(seed, tier * 64 + kind);
    for (const char *p = set.item[0].rule.id; p && *p; p++)
        h = mix(h, static_cast<unsigned char>(*p));
    return set.item[h % set.count];
}

uint64_t host_ns()
{
    return static_cast<uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
            .count());
}

host_time::host_time(context &shared) : shared_(shared), begin_(shared.measure_kernel ? host_ns() : 0)
{
}

host_time::~host_time()
{
    if (shared_.measure_kernel)
        shared_.module_ns += host_ns() - begin_;
}

access_key key_of(const iso_access &a, const iso_attribute &t, unsigned tier)
{
    uint64_t flags = a.write | a.acquire << 1 | a.acquire_pc << 2 | a.release << 3 | a.no_return << 4 |
                     a.unprivileged << 5 | a.nontemporal << 6 | a.alignment_check << 7 | a.naa << 8 | a.streaming << 9 |
                     a.tag_access << 10 | a.bit55 << 11;
    access_key k;
    k.access = uint64_t{a.kind} | uint64_t{a.size_bytes & 0x1ff} << 6 | uint64_t{a.element_bytes & 0x1ff} << 15 |
               (a.va & 63) << 24 | flags << 30 | uint64_t{a.check} << 42 | uint64_t{a.tcf} << 44 |
               uint64_t{a.logical_tag} << 46 | uint64_t{a.condition} << 50 | (a.pa & 15) << 54;
    k.place = uint64_t{t.cls} | uint64_t{t.shareability} << 4 | uint64_t{t.tagging} << 6 |
              uint64_t{t.no_tag_access} << 8 | uint64_t{t.provenance} << 9 | uint64_t{t.xs} << 11 |
              uint64_t{t.stage1_device} << 12 | uint64_t{tier} << 13;
    return k;
}

uint16_t rule_index(const iso_rule_ref &rule)
{
    const iso_rule *row = rule.id ? iso_rule_find(rule.id) : nullptr;
    return row ? static_cast<uint16_t>(row - iso_rule_at(0)) : uint16_t{0};
}

iso_cause_effect deviation_of(const iso_effect &effect, const iso_access &access, const iso_cpu_features &features)
{
    static const iso_machine ordinary = [] {
        iso_machine m;
        iso_ordinary_machine(&m);
        return m;
    }();
    static thread_local iso_effect_set usual; /* scratch: large */
    iso_decide_ordinary(&usual, &access, &ordinary, &features);
    return static_cast<iso_cause_effect>(iso_effect_deviation(&effect, &access, &usual));
}

uint8_t context::setting(enum iso_cpu_key key) const
{
    const uint8_t value = iso_cpu_get(&features, key);
    return value >= ISO_VALUE_FIRST ? value : iso_cpu_choice(key, mix(seed, 1000u + key) % iso_cpu_choice_count(key));
}

iso_attribute context::attribute_at(int page, uint64_t stage1, const uint64_t *stage2) const
{
    iso_attribute any[ISO_MEMATTR_SET_MAX];
    const char *rule = nullptr;
    const unsigned count = iso_setup_attributes(any, &rule, setup, page, stage1, stage2);
    return any[count > 1 ? mix(seed, 2000u + static_cast<unsigned>(rule[4] - '0')) % count : 0];
}

bool context::settle_unknown(uint64_t place, unsigned bytes, uint8_t *data) const
{
    const bool met = std::any_of(disturbed.begin(), disturbed.end(), [&](const disturbance &d) {
        return d.place < place + bytes && place < d.place + d.bytes;
    });
    if (!met || !std::count(data, data + bytes, uint8_t{ISO_UNKNOWN_BYTE}))
        return false;
    std::fill_n(data, bytes, uint8_t{ISO_UNKNOWN_BYTE});
    return true;
}

void context::add_cause(const resolved &what, unsigned tier, unsigned cpu, unsigned insn)
{
    if (!final || what.deviation == ISO_CAUSE_NONE || final->ncauses >= ISO_FINAL_MAX_CAUSES)
        return;
    iso_cause c = {};
    c.rule = what.rule;
    c.effect = what.deviation;
    c.tier = static_cast<uint8_t>(tier);
    c.hop = what.effect.hop;
    c.thread = static_cast<uint8_t>(cpu);
    c.insn = static_cast<uint16_t>(insn);
    for (uint32_t i = 0; i < final->ncauses; i++) {
        const iso_cause &d = final->cause[i];
        if (d.rule == c.rule && d.effect == c.effect && d.tier == c.tier && d.thread == c.thread && d.insn == c.insn)
            return;
    }
    final->cause[final->ncauses++] = c;
}

void context::note_use(int frame, const iso_attribute &attribute, unsigned cpu)
{
    if (frame < 0 || frame >= static_cast<int>(ISO_SETUP_MAX_PAGES))
        return;
    frame_use &u = uses[frame];
    if (!u.used) {
        u = {true, false, static_cast<uint8_t>(cpu), attribute};
        return;
    }
    const bool is_private = iso_alias_copy(&attribute, as) == ISO_COPY_PRIVATE;
    if (u.mismatched || (iso_alias_same(&u.first, &attribute) && !(is_private && u.cpu != cpu)))
        return;
    u.mismatched = any_mismatch = true;
}

void context::add_alias_cause(uint64_t pa, bool write, unsigned tier, unsigned cpu, unsigned insn)
{
    int frame = any_mismatch && setup ? iso_test_frame_at(setup->test, pa & ~uint64_t{ISO_PAGE_BYTES - 1}) : -1;
    if (frame < 0 || !uses[frame].mismatched)
        return;
    resolved what = {};
    what.deviation = write ? ISO_CAUSE_REVERTED : ISO_CAUSE_STALE;
    what.rule = rule_index({"CH-44", nullptr});
    add_cause(what, tier, cpu, insn);
}

void context::add_fault(unsigned thread, iso_fault_type type, bool has_address, uint64_t va, unsigned insn,
                        bool is_fetch)
{
    count[COUNT_FAULTS]++;
    if (!final)
        return;
    iso_fault f = {};
    f.thread = static_cast<uint8_t>(thread);
    f.type = static_cast<uint8_t>(type);
    f.has_address = has_address;
    f.is_fetch = is_fetch;
    f.insn = insn;
    f.va = va;
    for (uint32_t i = 0; i < final->nfaults; i++) {
        const iso_fault &g = final->fault[i];
        if (g.thread == f.thread && g.type == f.type && g.has_address == f.has_address && g.insn == f.insn &&
            g.va == f.va)
            return;
    }
    if (final->nfaults < ISO_FINAL_MAX_FAULTS)
        final->fault[final->nfaults++] = f;
}

bool context::is_locked(unsigned cpu, uint64_t place, uint64_t bytes) const
{
    for (unsigned k = 0; k < CPUS; k++)
        if (k != cpu && locks[k].held && bytes && iso_range_overlap(place, bytes, locks[k].place, locks[k].bytes))
            return true;
    return false;
}

void context::forget_effects(bool all)
{
    if (all) {
        effects.clear();
        return;
    }
    for (auto it = effects.begin(); it != effects.end();)
        it = it->second.seed_dependent ? effects.erase(it) : std::next(it);
}

void ordinary_machine(iso_machine *out)
{
    iso_ordinary_machine(out);
    std::strcpy(out->name, "ordinary");
    out->ncpus = CPUS;
    out->reference = 0;
    /* CH-57 is disputed: without a machine both engines have what the litmus tools have. */
    iso_cpu_set(&out->features, ISO_CPU_ASYM_RMW, ISO_SYNC_ASYNC_ASYNC);
    iso_tier &tier = out->tiers[0];
    std::strcpy(tier.name, "ordinary");
    tier.reference = true;
    static const uint32_t latency_ps[3] = {10000, 40000, 70000};
    for (size_t i = 0; i < tier.nhops; i++) {
        std::strcpy(tier.hops[i].name, iso_hop_kind_name(tier.hops[i].kind));
        tier.hops[i].timing.latency_ps = latency_ps[i];
    }
    tier.hops[2].timing.read_mbps = 450000;
    tier.knee_permille = 750;
    tier.tail_permille = 1500;
}

} // namespace iso
