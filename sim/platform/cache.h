/* Private caches of one CPU, L1 and L2: which lines are near, and how far a request has to go.
 * Contents are the image's, permissions the directory's; this module answers hits, passes misses on and gives capacity its due.
 * Not for: coherence decisions (home.h), values (image.h). Not modelled: ways (direct mapped), prefetchers, write buffers of a
 * write-through cache (a write is in memory and in the line at one instant). */
#ifndef ISOTIER_SIM_PLATFORM_CACHE_H
#define ISOTIER_SIM_PLATFORM_CACHE_H

#include "sim/platform/home.h"

#include <vector>

namespace iso
{

class cache : public sc_core::sc_module
{
  public:
    tlm_utils::simple_target_socket<cache> upstream;
    tlm_utils::simple_initiator_socket<cache> downstream;

    cache(sc_core::sc_module_name name, context &shared, home &node, unsigned cpu);
    void configure();
    void reset();

  private:
    struct way {
        uint64_t address;
        uint32_t run; /* valid in this run only */
        uint8_t domain;
    };
    context &shared_;
    home &home_;
    unsigned cpu_;
    uint32_t run_ = 1;
    std::vector<way> l1_, l2_;
    const iso_hop *core_hop_[TIERS] = {};

    void transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
    bool near_hit(std::vector<way> &level, uint64_t address, unsigned domain) const;
    void take_in(uint64_t address, unsigned domain);
};

} // namespace iso

#endif
