/* Claims of a state, as declared in claims.h. Not for: the moves themselves (machine.c). */
#include "sim/explore/claims.h"
#include "sim/isa/fatal.h"

#include <stdlib.h>

enum { FORBIDDEN_MAX = 64 };

void iso_claims_follow(uint32_t *word, unsigned thread, const struct iso_move *move, bool claimed)
{
    uint64_t mine = claimed          ? iso_claims_of(word, thread) | move->slots
                    : move->releases ? 0
                                     : iso_claims_of(word, thread);
    word[ISO_CLAIM_WORDS * thread] = (uint32_t)mine;
    word[ISO_CLAIM_WORDS * thread + 1] = (uint32_t)(mine >> 32);
}

static bool is_forbidden(const struct iso_ob_machine *m, unsigned thread, uint64_t slots)
{
    for (; slots; slots &= slots - 1)
        for (uint32_t i = 0; i < m->claims->count; i++)
            if (m->claims->forbidden[i].loc == m->slot[__builtin_ctzll(slots)].loc &&
                m->claims->forbidden[i].thread == thread)
                return true;
    return false;
}

static void forbid(struct iso_ob_machine *m, unsigned thread, uint64_t slots)
{
    struct iso_claims *c = m->claims;
    for (; slots; slots &= slots - 1) {
        if (is_forbidden(m, thread, slots & -slots))
            continue;
        if (c->count == FORBIDDEN_MAX) {
            c->given_up = true;
            return;
        }
        if (c->count == c->capacity) {
            c->capacity = c->capacity ? 2 * c->capacity : 8;
            c->forbidden = realloc(c->forbidden, c->capacity * sizeof *c->forbidden);
            if (!c->forbidden)
                iso_out_of_memory(__FILE__, __LINE__);
        }
        c->forbidden[c->count].loc = m->slot[__builtin_ctzll(slots)].loc;
        c->forbidden[c->count++].thread = thread;
    }
}

bool iso_claims_touched(struct iso_ob_machine *m, const uint32_t *word, unsigned thread, uint64_t slots)
{
    bool out = false;
    for (unsigned i = 0; i < m->nthreads; i++) {
        uint64_t met = i == thread ? 0 : iso_claims_of(word, i) & slots;
        if (met)
            forbid(m, m->program->twin_of[i], met);
        out |= met != 0;
    }
    return out;
}

void iso_claims_forget(struct iso_ob_machine *m, const uint32_t *node, uint32_t *memory)
{
    struct iso_move move[ISO_MOVES_MAX];
    uint32_t active = 0; /* a bit for each thread that is walked for one under way */
    for (unsigned i = 0; i < m->nthreads; i++) {
        if (!m->node[node[i]].has_moves)
            iso_machine_moves(m, move, ISO_MOVES_MAX, node[i]);
        if (!m->node[node[i]].has_ended)
            active |= 1u << m->program->twin_of[i];
    }
    for (unsigned k = 0; k < m->nslots; k++)
        if (m->forgettable >> k & 1 && !(m->slot[k].readers & active)) {
            memory[k] = 0;
            m->forgotten |= ISO_BIT(k);
        }
}

void iso_claims_remember(struct iso_ob_machine *m, unsigned k)
{
    forbid(m, ISO_THREADS_MAX, ISO_BIT(k));
    m->again = true;
}

void iso_claims_begin(struct iso_ob_machine *m)
{
    for (unsigned k = 0; k < m->nslots; k++)
        if (!iso_machine_shows(m, &m->slot[k]) && !is_forbidden(m, ISO_THREADS_MAX, ISO_BIT(k)))
            m->forgettable |= ISO_BIT(k);
}

/* Whether some thread is about to access what another claims. */
static bool is_contested(struct iso_ob_machine *m, const uint32_t *node, const uint32_t *word)
{
    struct iso_move move[ISO_MOVES_MAX];
    bool out = false;
    for (unsigned i = 0; i < m->nthreads; i++) {
        if (!m->node[node[i]].has_moves)
            iso_machine_moves(m, move, ISO_MOVES_MAX, node[i]);
        out |= iso_claims_touched(m, word, i, m->node[node[i]].touches);
    }
    return out;
}

unsigned iso_claims_find(struct iso_ob_machine *m, const uint32_t *node, const uint32_t *word)
{
    m->again |= is_contested(m, node, word);
    for (unsigned i = 0; i < m->nthreads && !m->failure && !m->again; i++) {
        const struct iso_node *n = &m->node[node[i]];
        const struct iso_move_origin *o;
        uint64_t slots, others = 0;
        if (n->claim < 0)
            continue;
        o = &m->origin[n->first_move + (uint16_t)n->claim];
        slots = m->thread[n->thread].run[m->pool[o->residual].r.run]->step[o->step].slots;
        for (unsigned k = 0; k < m->nthreads; k++)
            if (k != i)
                others |= m->node[node[k]].touches | iso_claims_of(word, k);
        if (!(slots & others) && !is_forbidden(m, m->program->twin_of[i], slots))
            return i;
    }
    return ISO_THREADS_MAX;
}
