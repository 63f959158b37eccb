/* Private caches. See cache.h. */
#include "sim/platform/cache.h"

#include <algorithm>

namespace iso
{

using sc_core::sc_time;

cache::cache(sc_core::sc_module_name name, context &shared, home &node, unsigned cpu)
    : sc_core::sc_module(name), upstream("upstream"), downstream("downstream"), shared_(shared), home_(node), cpu_(cpu)
{
    upstream.register_b_transport(this, &cache::transport);
}

void cache::configure()
{
    auto lines = [](const iso_cache &c, size_t fallback) {
        size_t n = c.size_bytes / LINE_BYTES;
        return n ? n : fallback;
    };
    l1_.resize(lines(shared_.machine->l1, 1024)); /* contents are of another run, so not valid in the next */
    l2_.resize(lines(shared_.machine->l2, 16384));
    std::fill(std::begin(core_hop_), std::end(core_hop_), nullptr);
    for (size_t t = 0; t < shared_.machine->ntiers; t++) {
        const iso_tier &tier = shared_.machine->tiers[t];
        if (tier.nhops && tier.hops[0].kind == ISO_HOP_CORE)
            core_hop_[t] = &tier.hops[0];
    }
    reset();
}

void cache::reset()
{
    run_++;
}

bool cache::near_hit(std::vector<way> &level, uint64_t address, unsigned domain) const
{
    const way &w = level[address / LINE_BYTES % level.size()];
    return w.run == run_ && w.address == address && w.domain == domain;
}

void cache::take_in(uint64_t address, unsigned domain)
{
    way &w2 = l2_[address / LINE_BYTES % l2_.size()];
    if (w2.run == run_ && (w2.address != address || w2.domain != domain))
        if (line *victim = shared_.memory.find(w2.address, w2.domain))
            home_.evict(*victim, cpu_);
    w2 = {address, run_, static_cast<uint8_t>(domain)};
    l1_[address / LINE_BYTES % l1_.size()] = w2;
}

void cache::transport(tlm::tlm_generic_payload &payload, sc_time &delay)
{
    request_extension &extension = extension_of(payload);
    const iso_hop *core = core_hop_[extension.tier];
    if (extension.what == step::DECIDE) {
        if (core)
            decide_at(shared_, extension, *core, 0);
        if (extension.effect.kind == ISO_EFFECT_PASS)
            downstream->b_transport(payload, delay);
        return;
    }
    if (extension.need == want::READ || extension.need == want::UNIQUE) {
        uint64_t address = payload.get_address() & ~uint64_t{LINE_BYTES - 1};
        line &l = shared_.memory.at(address, extension.domain);
        bool mine = l.held && (l.sharers >> cpu_ & 1);
        if (mine && (extension.need == want::READ || l.owner == static_cast<int>(cpu_))) {
            bool in_l1 = near_hit(l1_, address, extension.domain);
            (in_l1 ? extension.hit_l1 : extension.hit_l2) = true;
            shared_.count[in_l1 ? COUNT_L1_HITS : COUNT_L2_HITS]++;
            delay += sc_time::from_value(in_l1 ? shared_.machine->l1.latency_ps : shared_.machine->l2.latency_ps);
            uint64_t at = extension.now_ps + delay.value();
            if (l.busy_until > at) /* the line is on its way to this cache */
                delay += sc_time::from_value(l.busy_until - at);
            if (!in_l1)
                take_in(address, extension.domain);
            payload.set_response_status(tlm::TLM_OK_RESPONSE);
            return;
        }
        shared_.count[COUNT_MISSES]++;
    } else {
        shared_.count[extension.need == want::FAR ? COUNT_ATOMICS_FAR : COUNT_UNCACHED]++;
    }
    if (core)
        delay += sc_time::from_value(core->timing.latency_ps);
    downstream->b_transport(payload, delay);
    if (extension.need == want::READ || extension.need == want::UNIQUE)
        take_in(payload.get_address() & ~uint64_t{LINE_BYTES - 1}, extension.domain);
}

} // namespace iso
