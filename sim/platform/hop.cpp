/* Hops behind the home node. See hop.h. */
#include "sim/platform/hop.h"

#include "sim/platform/timeline.h"

#include <algorithm>

namespace iso
{

namespace
{
constexpr uint64_t WINDOW_PS = 400000;    /* use of a device is measured over two windows of this length */
constexpr unsigned CXL_HEADER_BYTES = 16; /* one slot of a flit carries a request or an answer's header */

uint64_t transfer_ps(unsigned bytes, uint32_t mbps)
{
    return mbps ? uint64_t{bytes} * 1000000u / mbps : 0;
}
} // namespace

void decide_at(context &shared, request_extension &extension, const iso_hop &settings, unsigned hop_index)
{
    static thread_local iso_effect_set set; /* scratch: a set is too large for the stack of a method call chain */
    iso_decide_after(&set, &extension.effect, extension.access, extension.attribute, &settings,
                     static_cast<uint8_t>(hop_index), &shared.features);
    shared.count[COUNT_DECISIONS]++;
    extension.effect = choose_effect(set, shared.seed, extension.tier, extension.access->kind);
    extension.seed_dependent |= set.count > 1;
}

void load_meter::configure(const iso_tier &tier, uint32_t device_read_mbps, uint32_t device_write_mbps)
{
    tier_ = &tier;
    read_mbps_ = device_read_mbps;
    write_mbps_ = device_write_mbps;
    idle_ps_ = iso_tier_idle_ps(&tier);
    reset();
}

void load_meter::reset()
{
    busy_until_ = alone_until_ = 0;
    window_start_ = window_bytes_ = last_bytes_ = 0;
    reads_ = writes_ = 0;
}

uint32_t load_meter::peak_mbps(unsigned read_permille) const
{
    const iso_mix_point *below = nullptr, *above = nullptr;
    for (size_t i = 0; i < tier_->nmix; i++) {
        const iso_mix_point &m = tier_->mix[i];
        if (m.read_permille <= read_permille && (!below || m.read_permille > below->read_permille))
            below = &m;
        if (m.read_permille >= read_permille && (!above || m.read_permille < above->read_permille))
            above = &m;
    }
    if (below && above) {
        if (below == above)
            return below->bandwidth_mbps;
        int64_t span = int64_t{above->read_permille} - below->read_permille;
        int64_t rise = int64_t{above->bandwidth_mbps} - below->bandwidth_mbps;
        return static_cast<uint32_t>(below->bandwidth_mbps +
                                     rise * (int64_t{read_permille} - below->read_permille) / span);
    }
    if (below || above)
        return (below ? below : above)->bandwidth_mbps;
    if (!write_mbps_)
        return read_mbps_;
    /* Reads and writes have rates of their own on one bus: time shares add. */
    if (!read_mbps_)
        return 0;
    uint64_t r = read_permille, w = 1000 - read_permille;
    return static_cast<uint32_t>(1000ull * read_mbps_ * write_mbps_ / (r * write_mbps_ + w * read_mbps_));
}

uint64_t load_meter::extra_ps(unsigned use_permille) const
{
    if (tier_->ncurve > 0) {
        uint64_t use0 = 0, latency0 = idle_ps_;
        for (size_t i = 0; i < tier_->ncurve; i++) {
            const iso_load_point &p = tier_->curve[i];
            if (use_permille <= p.use_permille || i + 1 == tier_->ncurve) {
                uint64_t span = p.use_permille > use0 ? p.use_permille - use0 : 1;
                int64_t rise = static_cast<int64_t>(p.latency_ps) - static_cast<int64_t>(latency0);
                int64_t latency = static_cast<int64_t>(latency0) +
                                  rise * (static_cast<int64_t>(use_permille) - static_cast<int64_t>(use0)) /
                                      static_cast<int64_t>(span);
                return latency > static_cast<int64_t>(idle_ps_) ? static_cast<uint64_t>(latency) - idle_ps_ : 0;
            }
            use0 = p.use_permille;
            latency0 = p.latency_ps;
        }
    }
    /* M/D/1-like: waiting grows as u/(1-u); a quarter of the idle latency at the knee (facts 3.6: curve shape [D]). */
    uint64_t knee = tier_->knee_permille ? tier_->knee_permille : 700;
    uint64_t u = std::min<uint64_t>(use_permille, 970);
    return idle_ps_ / 4 * u * (1000 - knee) / ((1000 - u) * knee);
}

unsigned load_meter::use_permille(uint64_t at_ps, uint32_t mbps)
{
    if (at_ps >= window_start_ + 2 * WINDOW_PS) {
        window_start_ = at_ps;
        last_bytes_ = window_bytes_ = 0;
    } else if (at_ps >= window_start_ + WINDOW_PS) {
        window_start_ += WINDOW_PS;
        last_bytes_ = window_bytes_;
        window_bytes_ = 0;
    }
    uint64_t in_window = at_ps > window_start_ ? at_ps - window_start_ : 0;
    uint64_t bytes = window_bytes_ + last_bytes_ * (WINDOW_PS - std::min(in_window, WINDOW_PS)) / WINDOW_PS;
    uint64_t capacity = uint64_t{mbps} * WINDOW_PS / 1000000u; /* bytes in one window */
    return capacity ? static_cast<unsigned>(std::min<uint64_t>(1000, bytes * 1000 / capacity)) : 0;
}

uint64_t load_meter::arrive(uint64_t at_ps, unsigned bytes, bool is_write, uint64_t *wait_ps)
{
    (is_write ? writes_ : reads_)++;
    if (reads_ + writes_ > 4096) { /* follow a change of mix */
        reads_ /= 2;
        writes_ /= 2;
    }
    uint32_t mbps = peak_mbps(static_cast<unsigned>(1000 * reads_ / (reads_ + writes_)));
    *wait_ps = 0;
    if (!mbps)
        return 0;
    unsigned use = use_permille(at_ps, mbps);
    window_bytes_ += bytes;
    uint64_t start = std::max(at_ps, busy_until_);
    uint64_t queue = start - at_ps;
    busy_until_ = start + transfer_ps(bytes, mbps);
    bool alone = at_ps >= alone_until_;
    uint64_t extra = alone ? 0 : std::max(queue, extra_ps(use));
    alone_until_ = std::max(alone_until_, at_ps + idle_ps_ / 2 + extra);
    *wait_ps = queue;
    return extra;
}

hop::hop(sc_core::sc_module_name name, context &shared)
    : sc_core::sc_module(name), upstream("upstream"), downstream("downstream"), shared_(shared)
{
    upstream.register_b_transport(this, &hop::transport);
}

void hop::configure(const iso_tier &tier, unsigned tier_index, unsigned index, bool last)
{
    tier_ = &tier;
    settings_ = &tier.hops[index];
    tier_index_ = tier_index;
    index_ = index;
    last_ = last;
    if (last)
        meter_.configure(tier, settings_->timing.read_mbps, settings_->timing.write_mbps);
    reset();
}

void hop::unplug()
{
    settings_ = nullptr;
    last_ = false;
}

void hop::reset()
{
    busy_request_ = busy_answer_ = 0;
    if (last_)
        meter_.reset();
}

/* Waiting for the wires: a write's data travel out, a read's come back; flits round up. Returns the wait, ps. */
uint64_t hop::cross(request_extension &extension, uint64_t at_ps, unsigned bytes, bool is_write)
{
    const iso_timing &t = settings_->timing;
    if (t.flit_bytes) { /* request one way, answer the other; the one with data may need several */
        unsigned with_data = (bytes + CXL_HEADER_BYTES + t.flit_bytes - 1) / t.flit_bytes;
        extension.flits = static_cast<uint8_t>(extension.flits + 1 + with_data);
        shared_.count[COUNT_FLITS] += 1 + with_data;
    }
    uint32_t mbps = is_write && t.write_mbps ? t.write_mbps : t.read_mbps;
    if (!mbps)
        return 0;
    uint64_t &busy = is_write && t.write_mbps ? busy_request_ : busy_answer_;
    uint64_t start = std::max(at_ps, busy);
    /* Peak figures in machine files are of payload: the share of headers is in them already. */
    busy = start + transfer_ps(bytes, mbps);
    if (start > at_ps) {
        extension.queued = true;
        shared_.count[COUNT_QUEUED]++;
    }
    return start - at_ps;
}

void hop::transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
{
    request_extension &extension = extension_of(payload);
    if (extension.what == step::DECIDE) {
        decide_at(shared_, extension, *settings_, index_);
        if (extension.effect.kind == ISO_EFFECT_PASS && !last_)
            downstream->b_transport(payload, delay);
        return;
    }
    bool is_write = payload.get_command() == tlm::TLM_WRITE_COMMAND;
    unsigned bytes = std::min(payload.get_data_length(), LINE_BYTES);
    uint64_t at = extension.now_ps + delay.value();
    const iso_timing &t = settings_->timing;
    uint64_t latency = is_write && t.write_latency_ps ? t.write_latency_ps : t.latency_ps;
    uint64_t wait = 0;
    if (last_) {
        uint64_t queue = 0;
        wait = meter_.arrive(at, bytes, is_write, &queue);
        if (queue) {
            extension.queued = true;
            shared_.count[COUNT_QUEUED]++;
        }
        busy_request_ = at + wait;
    } else {
        wait = cross(extension, at, bytes, is_write);
    }
    if (shared_.trace)
        trace_hop(*shared_.trace, extension, tier_index_, index_, settings_->name, at, latency + wait);
    delay += sc_core::sc_time::from_value(latency + wait);
    if (last_)
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    else
        downstream->b_transport(payload, delay);
}

} // namespace iso
