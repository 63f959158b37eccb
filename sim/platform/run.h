/* One cell through the platform. Not for: other layers (they call sim/isa/engine.h). */
#ifndef ISOTIER_SIM_PLATFORM_RUN_H
#define ISOTIER_SIM_PLATFORM_RUN_H

extern "C" {
#include "sim/isa/engine.h"
}

namespace iso
{

/* As iso_platform_run(). */
int run_cell(iso_outcome_set *out, iso_platform_stats *stats, iso_diags *diags, const iso_setup &setup,
             const iso_platform_options &options);

} // namespace iso

#endif
