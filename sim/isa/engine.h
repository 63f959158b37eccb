/* The two engines behind one C interface: what the runner calls.
 * Both fill an outcome set for a setup. `iso_explore()` is in sim/explore/, `iso_platform_*()` in sim/platform/.
 * Source: design section 3. */
#ifndef ISOTIER_SIM_ISA_ENGINE_H
#define ISOTIER_SIM_ISA_ENGINE_H

#include "sim/isa/outcome.h"
#include "sim/isa/setup.h"
#include "sim/isa/witness.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Whether the search makes one of what comes to the same. WHERE_IT_PAYS: in large tests. NEVER and ALWAYS are for tests that compare the two; ALWAYS also
 * walks every thread from horizon to horizon, EARLY with horizons that may leave reads behind them from the start. */
enum iso_reduce { ISO_REDUCE_WHERE_IT_PAYS, ISO_REDUCE_NEVER, ISO_REDUCE_ALWAYS, ISO_REDUCE_EARLY };

struct iso_explore_options {
    uint32_t
        loop_bound; /* times a backward branch may be taken per instruction; 0: default (2, or the test's Unroll=) */
    uint64_t max_candidates;   /* 0: default */
    uint64_t max_memory_bytes; /* 0: default 256 MiB */
    bool every_copying;        /* for tests: caches' moves that nobody notices are explored, too; the set is the same */
    enum iso_reduce reduce;
};

/* The exact set of allowed final states, or set->bounded with a reason. 0; -1 with a diagnostic if the test cannot be run (an instruction with no
 * semantics, too many events, contradictory initial state). */
int iso_explore(struct iso_outcome_set *out, struct iso_diags *diags, const struct iso_setup *setup,
                const struct iso_explore_options *options);

/* One execution that ends in `wanted` (its text, with no more effects of tiers than it has), with as few writes as any. *out is NULL if there is none
 * within the bounds; the caller frees it. 0; -1 with a diagnostic as above. Same inputs, same execution. */
int iso_explore_witness(struct iso_witness **out, struct iso_diags *diags, const struct iso_setup *setup,
                        const struct iso_explore_options *options, const struct iso_outcome *wanted);

/* ---- timed engine ---- */
struct iso_platform_options {
    uint64_t first_seed; /* seeds first_seed .. first_seed + runs - 1 */
    uint32_t runs;
    uint64_t max_cycles;    /* watchdog of one run; 0: default. A thread still running then is no-progress */
    bool measure;           /* for cost: caches empty at the start, no artificial delays in any run */
    const char *vcd_path;   /* write a VCD of the (single) run; NULL: none */
    const char *trace_path; /* write a Chrome/Perfetto JSON timeline of the (single) run; NULL: none */
};

enum { ISO_PLATFORM_COUNTERS = 64 };
struct iso_platform_stats {
    uint64_t runs, accesses;         /* memory accesses through the full path */
    uint64_t cycles_p50, cycles_p99; /* simulated CPU cycles of one run, start to the last thread's end */
    uint64_t cycles_min, cycles_max;
    double kernel_share;                     /* share of host time spent in SystemC's kernel, if measured, else 0 */
    uint64_t counter[ISO_PLATFORM_COUNTERS]; /* event counters, names from iso_platform_counter_name() */
};

/* Runs `options->runs` seeds and adds their final states to *out (count = times seen). The hardware is elaborated once per process, reset between
 * runs. 0; -1 with a diagnostic. Not thread safe: one platform per process. */
int iso_platform_run(struct iso_outcome_set *out, struct iso_platform_stats *stats, struct iso_diags *diags,
                     const struct iso_setup *setup, const struct iso_platform_options *options);
const char *iso_platform_counter_name(unsigned index); /* NULL past the last */

#ifdef __cplusplus
}
#endif
#endif
