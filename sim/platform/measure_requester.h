/* The synthetic requester: reads and writes of lines of one tier, one after the other, back to back, or at random times.
 * Not for: programs. */
#ifndef ISOTIER_SIM_PLATFORM_MEASURE_REQUESTER_H
#define ISOTIER_SIM_PLATFORM_MEASURE_REQUESTER_H

#include "sim/platform/context.h"
#include "sim/platform/payload.h"

#include <systemc>
#include <tlm_utils/simple_initiator_socket.h>

namespace iso
{

struct request_plan {
    unsigned tier = 0;
    unsigned read_permille = 1000;
    uint32_t accesses = 0;
    uint64_t interval_ps = 0; /* mean time between arrivals; 0: the next starts when the last has finished */
    unsigned in_flight = 1;   /* with interval 0: so many at once */
};

class requester : public sc_core::sc_module
{
  public:
    tlm_utils::simple_initiator_socket<requester> memory;
    requester(sc_core::sc_module_name name, context &shared);
    SC_HAS_PROCESS(requester);
    /* Begins at the run's base; sc_start() until nothing is left, then ask. */
    void start(const request_plan &plan);
    double mean_latency_ns() const;
    double bandwidth_gbps() const;

  private:
    context &shared_;
    transaction transaction_;
    request_plan plan_;
    sc_core::sc_event wake_;
    uint32_t sent_ = 0, measured_ = 0, warm_ = 0;
    uint64_t latency_ps_ = 0, first_ps_ = 0, last_ps_ = 0;
    std::vector<uint64_t> done_; /* heap of completion times, soonest first */
    void step();
    uint64_t send(uint64_t now);
};

} // namespace iso

#endif
