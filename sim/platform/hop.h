/* A hop behind the home node: bridge, link, switch or device, configured per run from models/tier.h.
 * Time: idle latency, flits, bandwidth by busy-until bookkeeping per direction; the last hop of a tier adds the loaded-latency
 * curve of the whole path. Behaviour: what iso_decide() says for this hop, nothing else.
 * Not modelled: credits, retries on links, banks and refresh inside a device (the curve stands for them).
 * Source: facts/cxl-chi-timing.md sections 1.3 (flits), 3. */
#ifndef ISOTIER_SIM_PLATFORM_HOP_H
#define ISOTIER_SIM_PLATFORM_HOP_H

#include "sim/platform/context.h"
#include "sim/platform/payload.h"

#include <systemc>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

namespace iso
{

/* Share of a device's bandwidth in use, and what that costs. Plain class: tested without simulation. */
class load_meter
{
  public:
    void configure(const iso_tier &tier, uint32_t device_read_mbps, uint32_t device_write_mbps);
    void reset();
    /* A transfer that arrives at `at_ps`; returns the time it waits in addition to the idle latency. */
    uint64_t arrive(uint64_t at_ps, unsigned bytes, bool is_write, uint64_t *wait_ps);
    /* Peak for a share of reads, MB/s; 0: unlimited. */
    uint32_t peak_mbps(unsigned read_permille) const;
    /* Extra latency at a share of use, ps. */
    uint64_t extra_ps(unsigned use_permille) const;

  private:
    const iso_tier *tier_ = nullptr;
    uint32_t read_mbps_ = 0, write_mbps_ = 0;
    uint64_t idle_ps_ = 0;
    uint64_t busy_until_ = 0, alone_until_ = 0;
    uint64_t window_start_ = 0, window_bytes_ = 0, last_bytes_ = 0;
    uint64_t reads_ = 0, writes_ = 0;
    unsigned use_permille(uint64_t at_ps, uint32_t mbps);
};

class hop : public sc_core::sc_module
{
  public:
    tlm_utils::simple_target_socket<hop> upstream;
    tlm_utils::simple_initiator_socket<hop> downstream;

    hop(sc_core::sc_module_name name, context &shared);
    /* Takes the settings of hop `index` of a tier; last: no hop behind this one. */
    void configure(const iso_tier &tier, unsigned tier_index, unsigned index, bool last);
    void unplug();
    void reset();
    bool in_use() const
    {
        return settings_ != nullptr;
    }
    std::string title() const
    {
        return std::string(tier_->name) + "." + settings_->name;
    }
    uint64_t busy_until() const
    {
        return busy_request_;
    }

  private:
    context &shared_;
    const iso_tier *tier_ = nullptr;
    const iso_hop *settings_ = nullptr;
    unsigned tier_index_ = 0, index_ = 0;
    bool last_ = false;
    uint64_t busy_request_ = 0, busy_answer_ = 0; /* ps: the two directions of a link */
    load_meter meter_;

    void transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
    uint64_t cross(request_extension &extension, uint64_t at_ps, unsigned bytes, bool is_write);
};

/* One hop's part of a DECIDE walk: asks iso_decide(), chooses, merges. Shared with core and home node. */
void decide_at(context &shared, request_extension &extension, const iso_hop &settings, unsigned hop_index);

} // namespace iso

#endif
