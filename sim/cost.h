/* What work costs on a cell: workloads (scenarios with a Cost= line) on the timed engine, as ratio to ordinary memory.
 * For: cli_cost.c. Not for: verdicts (those are of the workload as written, by iso_scenario_run()), tables (cost_table.c).
 *
 * Measured are n and 2n iterations with caches empty at the start; the difference is the cost of n iterations in the steady state, without
 * the start of the program and the end. A workload without registers in Cost= is one run as written.
 * Not modelled: the kernel's own software beside the instructions of a migration (migrate_call_ns of a machine), faults handled by it. */
#ifndef ISOTIER_SIM_COST_H
#define ISOTIER_SIM_COST_H

#include "sim/run.h"

enum iso_cost_end {
    ISO_COST_MEASURED,
    ISO_COST_REFUSED, /* no system or policy maps it so */
    ISO_COST_UNKNOWN, /* the policy's answer hangs on what the machine leaves unknown, or no rule covers the mapping */
    ISO_COST_FAULT,   /* a fault reaches the program: the work cannot be done */
    ISO_COST_NO_PROGRESS, /* a thread never ends */
    ISO_COST_FAILED       /* the engine or the composition failed: see error */
};
const char *
iso_cost_end_name(enum iso_cost_end end); /* "measured", "refused", "unknown", "fault", "no-progress", "failed" */

/* Cycles of one iteration, in thousandths. */
struct iso_cost {
    enum iso_cost_end end;
    uint64_t p50_milli, p99_milli;
};

/* What is known of one cell; plain bytes, crosses a pipe. */
struct iso_cost_cell {
    struct iso_cost cost, reference;
    uint8_t verdict, divergence;    /* enum iso_verdict, iso_divergence of the workload as written */
    char stage[24], error_name[24]; /* of a refusal, as reports have them */
    char unknown[128]; /* first unknown setting that was bound for measuring, or that the policy hangs on; "" */
    char error[160];
};

/* cell / reference; 0 unless both are measured and the reference is not zero. */
double iso_cost_ratio(const struct iso_cost *cost, const struct iso_cost *reference);

/* The workload with its loops run `iterations` times: *out and threads[test->nthreads], which share the rest with `test`. */
void iso_cost_scale(struct iso_test *out, struct iso_thread *threads, const struct iso_test *test, uint64_t iterations);
/* Cost of one of n iterations from what n and 2n took; never negative. Cycles; thousandths of cycles. */
uint64_t iso_cost_difference(uint64_t once, uint64_t twice, uint32_t n);

/* All cells [first, first + count) of one workload; out[0] is of the first. Equal pairs of tier and attribute are measured once.
 * run->engines, run->seeds and run->loop_bound are those of the verdict; `seeds` those of measuring. */
void iso_cost_measure(struct iso_cost_cell *out, const struct iso_run *run, size_t first, size_t count, uint32_t seeds);
/* All cells of the run, workloads spread over processes (jobs 0: one a core). 0; -1 after a message. *out is the caller's either way. */
int iso_cost_measure_all(struct iso_cost_cell **out, const struct iso_run *run, unsigned jobs, uint32_t seeds,
                         const char *verb);

#endif
