/* Measuring a machine's tiers with synthetic requesters, through the same home node and hop modules as programs.
 * Not for: behaviour. No allocation is handed out. All functions: 0, or -1 if the tier does not exist or a rate is out of range.
 * Source of what they must agree with: facts/cxl-chi-timing.md section 3. */
#ifndef ISOTIER_SIM_PLATFORM_MEASURE_H
#define ISOTIER_SIM_PLATFORM_MEASURE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "models/machine.h"

/* Idle load-to-use latency of a dependent chain of reads, ns (mean over `accesses`). */
int iso_platform_measure_latency(double *out_ns, const struct iso_machine *machine, unsigned tier, uint32_t accesses,
                                 uint64_t seed);
/* Bandwidth of saturating traffic with that many reads per mille, GB/s (10^9 bytes). */
int iso_platform_measure_bandwidth(double *out_gbps, const struct iso_machine *machine, unsigned tier,
                                   unsigned read_permille, uint32_t accesses, uint64_t seed);
/* Mean read latency, ns, while random arrivals use that share of the read peak (per mille, up to 950). */
int iso_platform_measure_loaded(double *out_ns, const struct iso_machine *machine, unsigned tier, unsigned use_permille,
                                uint32_t accesses, uint64_t seed);

#ifdef __cplusplus
}
#endif
#endif
