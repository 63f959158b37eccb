/* The platform: CPUs, caches, home node and the hops of up to 16 tiers, elaborated once per process and reset between runs.
 * Not for: the C interface (sim/isa/engine.h, run.cpp), measurement (measure.h). */
#ifndef ISOTIER_SIM_PLATFORM_PLATFORM_H
#define ISOTIER_SIM_PLATFORM_PLATFORM_H

#include "sim/platform/cache.h"
#include "sim/platform/cpu.h"
#include "sim/platform/measure_requester.h"

#include <memory>
#include <vector>

namespace iso
{

constexpr unsigned HOPS_BEHIND_HOME = 6;

/* Ends a tier's chain of hop modules; never called. */
struct terminator : sc_core::sc_module {
    tlm_utils::simple_target_socket<terminator> upstream;
    explicit terminator(sc_core::sc_module_name name);
    void transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
};

struct platform {
    context shared;
    cluster processors;
    home node;
    std::vector<std::unique_ptr<cache>> caches;
    std::vector<std::unique_ptr<cpu>> cpus;
    std::vector<std::unique_ptr<hop>> hops; /* tier * HOPS_BEHIND_HOME + i */
    std::vector<std::unique_ptr<terminator>> ends;
    requester measurer;
    iso_machine ordinary;
    unsigned last_used = CPUS; /* CPUs the run before gave a program */

    platform();
    /* Settings of a machine (null: ordinary memory) for the following runs. The machine must outlive them. */
    void configure(const iso_machine *machine, const iso_setup *setup);
    /* Everything as after reset, at the next multiple of 16 ps. */
    void reset(uint64_t seed);
    hop &hop_at(unsigned tier, unsigned i)
    {
        return *hops[tier * HOPS_BEHIND_HOME + i];
    }
};

/* The process's platform, elaborated on first use. */
platform &the_platform();

} // namespace iso

#endif
