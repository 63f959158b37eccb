/* Work spread over forked processes, results handed back in order: what came out never depends on how many there were.
 * For: run, outcomes. Not for: threads; the timed engine elaborates once a process, and a crash must not take the program with it. */
#ifndef ISOTIER_SIM_POOL_H
#define ISOTIER_SIM_POOL_H

#include "sim/buffer.h"

enum iso_pool_end {
    ISO_POOL_FINISHED, /* data is what the work wrote */
    ISO_POOL_CRASHED,  /* the process ended by a signal or exit: detail is the number */
    ISO_POOL_TIMED_OUT
};

struct iso_pool {
    unsigned jobs;      /* processes, at least 1 */
    unsigned timeout_s; /* an item may take so long; 0: any time */
    void *context;
    /* In a worker process: does item `item`, appends its result to *out. */
    void (*work)(struct iso_buffer *out, size_t item, void *context);
    /* In the calling process, item by item in order. */
    void (*done)(size_t item, enum iso_pool_end end, int detail, const char *data, size_t size, void *context);
    /* In the calling process, now and then: how many items are finished. May be NULL. */
    void (*tick)(size_t finished, size_t count, void *context);
};

/* Does items 0..count-1. 0, or -1 if no process could be started (errno says why). Workers die with the caller. */
int iso_pool_run(const struct iso_pool *pool, size_t count);

#endif
