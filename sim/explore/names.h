/* What threads that change places call things: for one exchange of two threads, which slot stands in the place of which, which value in it for which, which
 * run for which. An exchange made twice changes nothing, so all of it goes both ways. Private to symmetry.c. */
#ifndef ISOTIER_SIM_EXPLORE_NAMES_H
#define ISOTIER_SIM_EXPLORE_NAMES_H

#include "sim/explore/symmetry.h"

#define ISO_NO_NAME UINT32_MAX
enum { ISO_NO_SLOT = -1 };

/* Numbers by number; what is not in it has none. */
struct iso_table {
    uint32_t *to;
    uint32_t capacity;
};

static inline uint32_t iso_table_get(const struct iso_table *t, uint32_t from)
{
    return from < t->capacity ? t->to[from] : ISO_NO_NAME;
}
void iso_table_set(struct iso_table *t, uint32_t from, uint32_t to);

/* A pair of names made on trial. */
struct iso_trial {
    uint8_t slot;
    uint32_t value; /* ISO_NO_NAME: the slots themselves */
};

struct iso_exchange {
    uint8_t thread[ISO_THREADS_MAX]; /* by thread: the one in its place */
    int8_t slot[ISO_SLOTS_MAX];      /* ISO_NO_SLOT: not known yet */
    struct iso_table value[ISO_SLOTS_MAX], run[ISO_THREADS_MAX], node;
    struct iso_trial *trial;
    uint32_t ntrials, trial_capacity;
};

/* Whether two runs are the same but for names; those are paired then. Nothing is if they are not, or if a name were to stand for two things. */
bool iso_names_fit(struct iso_ob_machine *m, struct iso_exchange *x, const struct iso_run *a, const struct iso_run *b);
/* What earlier rounds found out of exchange `number`; false: it no longer fits. What later rounds should know. */
bool iso_names_take(struct iso_ob_machine *m, struct iso_exchange *x, unsigned number,
                    const struct iso_symmetry_names *names);
void iso_names_keep(const struct iso_ob_machine *m, const struct iso_exchange *x, unsigned number,
                    struct iso_symmetry_names *names);
void iso_names_free(struct iso_exchange *x);

#endif
