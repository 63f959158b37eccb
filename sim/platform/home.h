/* Home node, CHI-like: point of coherence of every tier. Keeps the directory, orders transactions to one line, snoops, fills lines
 * from and writes them back to their tier, and is where the PoC monitor and far atomics live.
 * Not for: what a tier supports (iso_decide() of the hops), monitor edges (models/monitor.h), tag storage (models/tag.h).
 * Not modelled: retries by credit, DMT/DCT as separate flows, several home nodes with different distances.
 * Source: facts/cxl-chi-timing.md section 2. */
#ifndef ISOTIER_SIM_PLATFORM_HOME_H
#define ISOTIER_SIM_PLATFORM_HOME_H

#include "sim/platform/context.h"
#include "sim/platform/hop.h"

#include <queue>
#include <tlm_utils/multi_passthrough_initiator_socket.h>
#include <tlm_utils/multi_passthrough_target_socket.h>

namespace iso
{

/* What the home node tells a core. */
struct snoop_listener {
    virtual ~snoop_listener() = default;
    virtual void snooped(uint64_t address, bool invalidated) = 0;
    /* A line this core had dirty lost its tags, or its write-back was refused: an asynchronous abort. */
    virtual void write_back_aborted() = 0;
};

/* Index of the first hop of a tier that is neither core nor home node; tier.nhops if there is none. */
unsigned first_hop_behind_home(const iso_tier &tier);

class home : public sc_core::sc_module
{
  public:
    tlm_utils::multi_passthrough_target_socket<home> upstream;      /* caches, then requesters of measurements */
    tlm_utils::multi_passthrough_initiator_socket<home> downstream; /* tier by tier */

    home(sc_core::sc_module_name name, context &shared);
    SC_HAS_PROCESS(home);

    void configure();
    void reset();
    void listen(unsigned cpu, snoop_listener *listener);

    /* The line leaves the cache of `cpu`; dirty data and tags go back to the tier when the last copy leaves. */
    void evict(line &l, unsigned cpu);
    /* The line leaves all caches. */
    void evict_all(line &l);
    /* The same of its data alone: it stays for its tags, which are as dirty as they were. */
    void clean_data(line &l);
    /* Schedules an eviction (random pressure) at a time of the run. */
    void evict_later(uint64_t address, unsigned domain, uint64_t at_ps);
    /* Makes a line present in some caches before the run, as if earlier work had left it there. */
    void preload(uint64_t address, unsigned domain, uint16_t sharers, int owner);
    /* A line's tag as an observer of the domain (or of memory itself) reads it. */
    uint8_t read_tag(uint64_t address, unsigned domain, bool uncached, bool *dirty, uint32_t *writer);
    void write_tag(uint64_t address, unsigned domain, bool uncached, uint8_t tag, uint32_t id);
    void fill(line &l);

  private:
    struct delayed {
        uint64_t at_ps;
        uint64_t order;
        uint64_t address;
        uint8_t domain;
        int8_t cpu; /* -1: eviction of the line; else a snoop that this core sees */
        bool operator<(const delayed &o) const
        {
            return at_ps != o.at_ps ? at_ps > o.at_ps : order > o.order;
        }
    };
    context &shared_;
    snoop_listener *listener_[CPUS] = {};
    const iso_hop *home_hop_[TIERS] = {};
    bool has_path_[TIERS] = {};
    std::priority_queue<delayed> queue_;
    uint64_t order_ = 0;
    sc_core::sc_event wake_;
    uint64_t snoop_ps_ = 25000;

    void transport(int id, tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
    void pass_uncached(tlm::tlm_generic_payload &payload, request_extension &extension, sc_core::sc_time &delay);
    void request(tlm::tlm_generic_payload &payload, request_extension &extension, sc_core::sc_time &delay);
    bool take_from_others(line &l, const request_extension &extension, uint64_t at_ps);
    void write_back(line &l);
    void write_data_back(line &l);
    void take_along(line &l);
    void alias_tags(const line &from);
    void pass_on(tlm::tlm_generic_payload &payload, request_extension &extension, sc_core::sc_time &delay);
    void schedule(const delayed &d);
    void work();
};

} // namespace iso

#endif
