/* Measurements. See measure.h. */
#include "sim/platform/measure.h"

#include "sim/platform/platform.h"

#include <algorithm>
#include <cmath>

namespace iso
{

requester::requester(sc_core::sc_module_name name, context &shared)
    : sc_core::sc_module(name), memory("memory"), shared_(shared)
{
    SC_METHOD(step);
    sensitive << wake_;
    dont_initialize();
}

void requester::start(const request_plan &plan)
{
    plan_ = plan;
    sent_ = measured_ = warm_ = 0;
    latency_ps_ = 0;
    last_ps_ = first_ps_ = shared_.base_ps;
    done_.clear();
    wake_.cancel();
    wake_.notify(sc_core::sc_time::from_value(shared_.base_ps - sc_core::sc_time_stamp().value()));
}

uint64_t requester::send(uint64_t now)
{
    const iso_tier &tier = shared_.machine->tiers[plan_.tier];
    bool write = !shared_.random.permille(plan_.read_permille);
    request_extension &x = transaction_.extension;
    transaction_.begin(step::REQUEST, write ? want::UNCACHED_WRITE : want::UNCACHED_READ,
                       tier.base + uint64_t{shared_.random.below(1u << 20)} * LINE_BYTES, LINE_BYTES);
    x.tier = static_cast<uint8_t>(plan_.tier);
    x.synthetic = true;
    x.now_ps = now;
    uint64_t core = tier.nhops && tier.hops[0].kind == ISO_HOP_CORE ? tier.hops[0].timing.latency_ps : 0;
    sc_core::sc_time delay = sc_core::sc_time::from_value(core);
    memory->b_transport(transaction_.payload, delay);
    sent_++;
    uint64_t done = now + delay.value();
    last_ps_ = std::max(last_ps_, done);
    /* The first tenth only warms up the load. */
    if (sent_ <= plan_.accesses / 10) {
        warm_ = sent_;
        first_ps_ = done;
    } else if (!write) {
        latency_ps_ += delay.value();
        measured_++;
    }
    return done;
}

void requester::step()
{
    uint64_t now = sc_core::sc_time_stamp().value();
    uint64_t next = 0;
    if (plan_.interval_ps) { /* random arrivals: exponential gaps */
        send(now);
        double u = (static_cast<double>(shared_.random.below(1u << 30)) + 1.0) / (double{1u << 30} + 1.0);
        next = now + static_cast<uint64_t>(-std::log(u) * static_cast<double>(plan_.interval_ps)) + 1;
    } else {
        while (!done_.empty() && done_.front() <= now) {
            std::pop_heap(done_.begin(), done_.end(), std::greater<>());
            done_.pop_back();
        }
        while (done_.size() < plan_.in_flight && sent_ < plan_.accesses) {
            done_.push_back(send(now));
            std::push_heap(done_.begin(), done_.end(), std::greater<>());
        }
        next = done_.empty() ? now + 1 : done_.front();
    }
    if (sent_ < plan_.accesses)
        wake_.notify(sc_core::sc_time::from_value(std::max<uint64_t>(next - now, 1)));
}

double requester::mean_latency_ns() const
{
    return measured_ ? static_cast<double>(latency_ps_) / measured_ / 1000.0 : 0;
}

double requester::bandwidth_gbps() const
{
    uint64_t span = last_ps_ - first_ps_;
    return span ? static_cast<double>(sent_ - warm_) * LINE_BYTES * 1000.0 / static_cast<double>(span) : 0;
}

namespace
{

bool run(const request_plan &plan, const iso_machine *machine, uint64_t seed)
{
    if (!machine || plan.tier >= machine->ntiers || !plan.accesses || plan.read_permille > 1000)
        return false;
    platform &p = the_platform();
    p.configure(machine, nullptr);
    p.reset(seed);
    for (auto &c : p.cpus) {
        c->load(nullptr, 0);
        c->start({}, 0, 0);
    }
    p.measurer.start(plan);
    sc_core::sc_start(sc_core::sc_time(1e6, sc_core::SC_SEC), sc_core::SC_EXIT_ON_STARVATION);
    return true;
}

} // namespace
} // namespace iso

extern "C" int iso_platform_measure_latency(double *out_ns, const iso_machine *machine, unsigned tier,
                                            uint32_t accesses, uint64_t seed)
{
    iso::request_plan plan;
    plan.tier = tier;
    plan.accesses = accesses;
    if (!iso::run(plan, machine, seed))
        return -1;
    *out_ns = iso::the_platform().measurer.mean_latency_ns();
    return 0;
}

extern "C" int iso_platform_measure_bandwidth(double *out_gbps, const iso_machine *machine, unsigned tier,
                                              unsigned read_permille, uint32_t accesses, uint64_t seed)
{
    iso::request_plan plan;
    plan.tier = tier;
    plan.accesses = accesses;
    plan.read_permille = read_permille;
    plan.in_flight = 16384;
    if (!iso::run(plan, machine, seed))
        return -1;
    *out_gbps = iso::the_platform().measurer.bandwidth_gbps();
    return 0;
}

extern "C" int iso_platform_measure_loaded(double *out_ns, const iso_machine *machine, unsigned tier,
                                           unsigned use_permille, uint32_t accesses, uint64_t seed)
{
    if (!machine || tier >= machine->ntiers || use_permille == 0 || use_permille > 950)
        return -1;
    iso::load_meter meter;
    const iso_tier &t = machine->tiers[tier];
    const iso_timing &device = t.hops[t.nhops ? t.nhops - 1 : 0].timing;
    meter.configure(t, device.read_mbps, device.write_mbps);
    uint32_t peak = meter.peak_mbps(1000);
    for (size_t h = 0; h < t.nhops; h++) /* the narrowest hop counts */
        if (t.hops[h].timing.read_mbps && (!peak || t.hops[h].timing.read_mbps < peak))
            peak = t.hops[h].timing.read_mbps;
    if (!peak)
        return -1;
    iso::request_plan plan;
    plan.tier = tier;
    plan.accesses = accesses;
    plan.interval_ps = uint64_t{iso::LINE_BYTES} * 1000000000u / (uint64_t{peak} * use_permille);
    if (!iso::run(plan, machine, seed))
        return -1;
    *out_ns = iso::the_platform().measurer.mean_latency_ns();
    return 0;
}
