/* States of the search, as declared in layout.h. Not for: what threads make of each other (twins.c, symmetry.c). */
#include "sim/explore/layout.h"
#include "sim/explore/symmetry.h"

#include <string.h>

void iso_layout_find(struct iso_layout *at, const struct iso_ob_machine *m, bool has_claims)
{
    at->has_claims = has_claims;
    at->memory = m->nthreads;
    at->oldest = m->nthreads + m->nslots;
    at->cleaned = at->oldest + (m->has_completions ? m->nthreads * m->nkeys : m->nkeys);
    at->claims = at->cleaned + (m->program->idc ? 0 : m->nkeys - m->first_code);
    at->width = at->claims + (has_claims ? ISO_CLAIM_WORDS * m->nthreads : 0);
}

bool iso_layout_is_alike(const struct iso_layout *at, const struct iso_ob_machine *m, const uint32_t *state, unsigned i,
                         unsigned k)
{
    size_t keys = m->has_completions ? m->nkeys : 0;
    return state[i] == state[k] &&
           (!at->has_claims || !memcmp(state + at->claims + ISO_CLAIM_WORDS * i,
                                       state + at->claims + ISO_CLAIM_WORDS * k, ISO_CLAIM_WORDS * sizeof *state)) &&
           !memcmp(state + at->oldest + i * keys, state + at->oldest + k * keys, keys * sizeof *state);
}

/* With completions or claims a thread is more than its node, and the order of nodes may leave several. */
static void sort_twins(const struct iso_layout *at, const struct iso_ob_machine *m, uint32_t *state)
{
    uint32_t *claims = state + at->claims, *oldest = state + at->oldest;
    if (!m->has_completions && !at->has_claims) {
        iso_twins_sort(m->program, state);
        return;
    }
    for (unsigned i = 0; i < m->nthreads; i++)
        for (unsigned k = i + 1; k < m->nthreads; k++)
            if (m->program->twin_of[i] == m->program->twin_of[k] && state[i] > state[k]) {
                iso_swap_words(&state[i], &state[k], 1);
                if (at->has_claims)
                    iso_swap_words(&claims[i * ISO_CLAIM_WORDS], &claims[k * ISO_CLAIM_WORDS], ISO_CLAIM_WORDS);
                if (m->has_completions)
                    iso_swap_words(&oldest[i * m->nkeys], &oldest[k * m->nkeys], m->nkeys);
            }
}

bool iso_layout_arrange(const struct iso_layout *at, struct iso_ob_machine *m, uint32_t *state)
{
    const uint32_t *least;
    if (m->program->has_twins)
        sort_twins(at, m, state);
    if (!m->symmetry)
        return true;
    least = iso_symmetry_least(m, state);
    if (least)
        memcpy(state, least, at->width * sizeof *state);
    return least != NULL;
}
