/* What each location may hold: the values that a thread's read may be given.
 * Every write that any run of any thread makes is kept once, by thread; runs and writes grow together until nothing is new. A value's history
 * cannot use a write twice (observed-by with dependencies is acyclic), so that as many rounds as a test has writes are enough.
 * Not for: which value comes when (machine.c). */
#ifndef ISOTIER_SIM_EXPLORE_DOMAIN_H
#define ISOTIER_SIM_EXPLORE_DOMAIN_H

#include "sim/explore/event.h"
#include "sim/explore/image.h"

/* ANY_THREAD: a reader whose program another thread runs too, so that what it writes may be another's. */
enum { ISO_DOMAIN_VALUES_MAX = 1024, ISO_DOMAIN_ANY_THREAD = 255 };

struct iso_domain_write {
    uint64_t loc;
    struct iso_bytes16 value;
    uint8_t size;
    uint8_t thread;   /* for reads: ISO_THREADS_MAX: everybody's */
    uint32_t writers; /* bit per thread that makes it; hardware: bit ISO_THREADS_MAX */
    bool disturbs;    /* nobody makes it, and it has no value: what is there is UNKNOWN at any time */
    bool is_hu;       /* made by hardware: a read may find it wherever it stands in program order */
    bool asked;       /* some read of this round was not given it, for its thread alone makes it */
};

/* How often a descriptor held a value along the way of some execution: each hardware update ends that, so that runs with more updates of the value are none.
 * Kept for values that a run was left out for; once and for all from the search, as values are. */
struct iso_domain_times {
    uint64_t loc, descriptor;
    uint32_t times;
    bool is_new; /* since runs were left out for it */
};

/* What the search found when a descriptor was written: which places still held what the test began with in some execution, and which did in none. A translation that
 * finds the descriptor comes after that write, and an access after its translation (B2.3.7): of the latter places it finds something newer. So an access to
 * the page that a kernel copies to is not given what was there before the copy. */
struct iso_domain_arrival {
    uint64_t loc, descriptor;
    uint32_t writers;     /* as of a write */
    uint32_t search;      /* that these are about: */
    uint64_t kept, known; /* slots of that search that are kept; all that are among the places */
    bool asked, is_new;   /* runs were left out for it; since then another place was kept */
    struct iso_domain_place *place;
    uint32_t nplaces, capacity;
};

struct iso_domain_place {
    uint64_t loc;
    uint8_t size;
    bool kept; /* it held what the test began with */
};

struct iso_domain {
    struct iso_domain_times *times;
    uint32_t ntimes, times_capacity;
    struct iso_domain_arrival *arrival;
    uint32_t narrivals, arrival_capacity;
    uint32_t searches; /* so far */
    struct iso_domain_write *write;
    uint32_t nwrites, capacity;
    uint32_t known; /* writes that reads of this round may be given; later ones are new */
    bool
        joined; /* another thread turned up that makes a write which reads of this round were not given, as their own thread's alone */
};

struct iso_domain_values {
    struct iso_bytes16 value[ISO_DOMAIN_VALUES_MAX];
    unsigned count;
    bool overflow;
};

void iso_domain_free(struct iso_domain *domain);
/* Keeps a write; false if an equal one is there, whose writers those of this one join. */
bool iso_domain_add(struct iso_domain *domain, const struct iso_domain_write *write);

/* Whether bytes of [loc, loc+size), in whatever copy, are UNKNOWN at any time. */
bool iso_domain_disturbs(const struct iso_domain *domain, uint64_t loc, unsigned size);

/* Whether reads of this round may be given that descriptor because it is written. */
bool iso_domain_knows(const struct iso_domain *domain, uint64_t loc, uint64_t descriptor);
/* Whether a descriptor may hold the value so often; if not, that is remembered; as news where a search is `under_way`, which did not look for it so far. */
bool iso_domain_may_hold(struct iso_domain *domain, uint64_t loc, uint64_t descriptor, uint32_t times, bool under_way);
/* It has held it so often. */
void iso_domain_note_times(struct iso_domain *domain, uint64_t loc, uint64_t descriptor, uint32_t times);
/* A descriptor is written by `writers`; NULL: no arrival is known. What is added is good until the next addition. */
struct iso_domain_arrival *iso_domain_arrive(struct iso_domain *domain, uint64_t loc, uint64_t descriptor,
                                             uint32_t writers);
struct iso_domain_arrival *iso_domain_arrival(const struct iso_domain *domain, uint64_t loc, uint64_t descriptor);
/* ... while [loc, loc+size) held what the test began with (`kept`) or something newer. */
void iso_domain_note_place(struct iso_domain_arrival *arrival, uint64_t loc, unsigned size, bool kept);
/* Whether runs were left out that can be: some descriptor has held a value more often than was known then, or was written while more places held what the test began
 * with; the second forgets it. */
bool iso_domain_left_out(const struct iso_domain *domain);
bool iso_domain_take_left_out(struct iso_domain *domain);

/* Values that a read of [loc, loc+size) by `thread` may be given: for each byte what other threads write there or, failing those, the thread's
 * latest own write (own[], mask of earlier writes in program order) or the initial value. TTD reads may be given older own writes too.
 * `after`: the read comes after that arrival; NULL: none is known. */
void iso_domain_values(struct iso_domain_values *out, struct iso_domain *domain, const struct iso_image *image,
                       unsigned thread, uint64_t loc, unsigned size, const struct iso_event *event, uint64_t own,
                       bool is_ttd, struct iso_domain_arrival *after);

#endif
