/* What no longer matters of the past, as declared in past.h. */
#include "sim/explore/past.h"

/* Adds what one step still to come does. */
static void add_step(struct iso_node *n, const struct iso_step *s)
{
    switch ((enum iso_event_kind)s->kind) {
    case ISO_EVENT_READ:
    case ISO_EVENT_TAG_READ:
    case ISO_EVENT_TTD_READ:
    case ISO_EVENT_FETCH:
        n->reads_left |= s->slots;
        break;
    case ISO_EVENT_WRITE:
    case ISO_EVENT_HU:
        n->writes_left |= s->slots;
        break;
    case ISO_EVENT_TLBI:
    case ISO_EVENT_IC:
        n->invalidates_left = true;
        break;
    case ISO_EVENT_MAINTENANCE:
        n->maintains_left |= s->slots;
        break;
    case ISO_EVENT_FAULT:
    case ISO_EVENT_CACHE:
    case ISO_EVENT_COMPLETION:
        break;
    }
}

/* Adds what entries the steps made go by: while something ordered behind them is still to come, a TLBI or IC may end them. */
static void add_entries(const struct iso_ob_machine *m, struct iso_node *n, const struct iso_run *run,
                        const struct iso_residual *r)
{
    for (uint32_t k = 0; k < m->aux[r->aux]; k++) {
        const uint32_t entry = m->aux[r->aux + 1 + k];
        const uint8_t kind = run->step[entry >> 24].kind;
        if (kind == ISO_EVENT_TTD_READ || kind == ISO_EVENT_FETCH)
            n->entries_left |= ISO_BIT(m->key_slot[entry >> 16 & 255]);
    }
}

const struct iso_node *iso_node_left(struct iso_ob_machine *m, uint32_t node)
{
    struct iso_node *n = &m->node[node];
    for (uint32_t k = 0; k < n->count && !n->has_left; k++) {
        const struct iso_residual *r = iso_machine_residual(m, n, k);
        const struct iso_run *run = m->thread[n->thread].run[r->run];
        if (run->open) {
            n->reads_left = n->writes_left = n->waits_left = n->maintains_left = UINT64_MAX;
            n->invalidates_left = true;
        }
        n->may_stick |= run->open || m->program->thread[n->thread].final[run->final].no_progress;
        for (uint64_t left = run->all & ~r->done; left; left &= left - 1)
            add_step(n, &run->step[__builtin_ctzll(left)]);
        add_entries(m, n, run, r);
        for (uint64_t waits = run->waits; waits; waits &= waits - 1)
            n->waits_left |= run->step[__builtin_ctzll(waits)].slots;
        for (uint64_t made = run->sensitive & r->done; made; made &= made - 1)
            n->looks |= run->step[__builtin_ctzll(made)].slots;
    }
    n->looks |= n->reads_left;
    n->has_left = true;
    return n;
}

void iso_past_forget(struct iso_ob_machine *m, const uint32_t *node, uint32_t *memory, uint32_t *oldest,
                     uint32_t *cleaned)
{
    uint64_t reads[ISO_THREADS_MAX], all = 0, entries = 0;
    bool invalidates = false;
    for (unsigned i = 0; i < m->nthreads; i++) {
        const struct iso_node *left = iso_node_left(m, node[i]);
        all |= reads[i] = left->reads_left;
        entries |= left->entries_left;
        invalidates |= left->invalidates_left;
    }
    all |= invalidates ? entries : 0;
    for (unsigned k = 0; k < m->nkeys; k++) {
        const unsigned slot = m->key_slot[k];
        const bool is_read = all >> slot & 1;
        uint32_t top;
        if (!is_read && !m->program->domain->ntimes) /* how often it held a value may bring runs that read it */
            memory[slot] = iso_machine_history(m, UINT32_MAX, m->history[memory[slot]].value);
        top = m->history[memory[slot]].length - 1;
        for (unsigned i = 0; m->has_completions && i < m->nthreads; i++)
            if (!(reads[i] >> slot & 1))
                oldest[i * m->nkeys + k] = top;
        if (!is_read && cleaned && k >= m->first_code)
            cleaned[k - m->first_code] = top;
    }
}
