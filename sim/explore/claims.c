/* Claims of a state, as declared in claims.h. Not for: the moves themselves (machine.c). */
#include "sim/explore/claims.h"
#include "sim/explore/live.h"
#include "sim/explore/symmetry.h"
#include "sim/explore/withhold.h"
#include "sim/isa/fatal.h"

#include <stdlib.h>

enum { FORBIDDEN_MAX = 1024 };

static bool is_forbidden(const struct iso_ob_machine *m, unsigned thread, uint64_t slots)
{
    return (m->forbidden[thread] & slots) != 0;
}

static void forbid(struct iso_ob_machine *m, unsigned thread, uint64_t slots);

/* What is forbidden one thread is forbidden others where they stand in its place: states have one image for both. */
static void forbid_images(struct iso_ob_machine *m, unsigned thread, unsigned slot)
{
    const unsigned base = thread >= ISO_CLAIM_WITHHELD ? ISO_CLAIM_WITHHELD
                          : thread >= ISO_CLAIM_READS  ? ISO_CLAIM_READS
                                                       : 0;
    for (unsigned k = 0; k < iso_symmetry_exchanges(m); k++) {
        unsigned there = thread - base;
        int to = iso_symmetry_place(m, k, &there, slot);
        if (to >= 0)
            forbid(m, base + there, ISO_BIT(to));
    }
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
        m->forbidden[thread] |= slots & -slots;
        c->forbidden[c->count].loc = m->slot[__builtin_ctzll(slots)].loc;
        c->forbidden[c->count++].thread = thread;
        forbid_images(m, thread, (unsigned)__builtin_ctzll(slots));
    }
}

static bool is_known(const struct iso_claims *known, unsigned thread, uint64_t loc, unsigned size)
{
    for (uint32_t i = 0; i < known->count; i++)
        if (known->forbidden[i].thread == thread && known->forbidden[i].loc >= loc &&
            known->forbidden[i].loc < loc + size)
            return true;
    return false;
}

bool iso_claims_may_read_soon(const struct iso_claims *known, unsigned thread, uint64_t loc, unsigned size)
{
    return !is_known(known, ISO_CLAIM_READS + thread, loc, size);
}

bool iso_claims_is_looked_at(const struct iso_claims *known, unsigned thread, uint64_t loc, unsigned size)
{
    return is_known(known, ISO_CLAIM_WITHHELD + thread, loc, size);
}

void iso_claims_look_at(struct iso_ob_machine *m, unsigned thread, uint64_t slots)
{
    forbid(m, ISO_CLAIM_WITHHELD + m->program->twin_of[thread], slots);
    m->misclaimed = true;
}

/* Slots that a write leaves with another value, as far as is known: who reads any other finds it as before. */
static uint64_t altered(struct iso_ob_machine *m, const struct iso_move *move, const uint32_t *node,
                        const uint32_t *memory)
{
    uint64_t out = move->kind == ISO_EVENT_WRITE ? iso_live_lost(m, node) & move->slots : move->slots;
    for (unsigned i = 0; i < move->nparts && move->kind == ISO_EVENT_WRITE; i++)
        if (iso_machine_top(m, move->part[i].slot, memory) != move->part[i].value)
            out |= ISO_BIT(move->part[i].slot);
    return out;
}

void iso_claims_follow(struct iso_ob_machine *m, uint32_t *word, unsigned thread, const struct iso_move *move,
                       const uint32_t *node, const uint32_t *memory, bool claimed)
{
    const uint64_t written = altered(m, move, node, memory);
    if (thread < m->nthreads) { /* else hardware does it of its own accord */
        uint64_t mine = claimed          ? iso_claims_of(word, thread) | move->slots
                        : move->releases ? 0
                                         : iso_claims_of(word, thread);
        iso_claims_put(&word[ISO_CLAIM_WORDS * thread], mine);
        if (move->releases && !claimed) /* a claimed move is not explored in every order */
            iso_claims_put(&word[ISO_CLAIM_WORDS * thread + 2], 0);
    }
    for (unsigned i = 0; i < m->nthreads; i++) {
        uint64_t met = i == thread && !move->is_hu ? 0 : iso_claims_read(word, i) & written;
        if (met) {
            forbid(m, ISO_CLAIM_READS + m->program->twin_of[i], met);
            iso_claims_put(&word[ISO_CLAIM_WORDS * i + 2], 0);
        }
        m->misclaimed |= met != 0;
    }
}

void iso_claims_read_early(uint32_t *word, unsigned thread, uint64_t slots)
{
    iso_claims_put(&word[ISO_CLAIM_WORDS * thread + 2], iso_claims_read(word, thread) | slots);
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

void iso_claims_begin(struct iso_ob_machine *m, bool whole)
{
    const uint32_t known = m->claims->count;
    for (uint32_t i = 0; i < known; i++)
        for (unsigned k = 0; k < m->nslots; k++)
            if (m->slot[k].loc == m->claims->forbidden[i].loc)
                m->forbidden[m->claims->forbidden[i].thread] |= ISO_BIT(k);
    for (unsigned thread = 0; thread < ISO_CLAIMS; thread++)
        for (uint64_t slots = m->forbidden[thread]; slots; slots &= slots - 1)
            forbid_images(m, thread, (unsigned)__builtin_ctzll(slots));
    for (unsigned k = 0; k < m->nslots; k++) {
        for (unsigned i = 0; i < m->nthreads; i++)
            if (!is_forbidden(m, ISO_CLAIM_READS + m->program->twin_of[i], ISO_BIT(k)))
                m->thread[i].early |= whole ? ISO_BIT(k) : 0;
        if (!whole)
            continue;
        if (!iso_machine_shows(m, &m->slot[k]) && !m->copies)
            m->forgettable |= ISO_BIT(k);
    }
    for (unsigned k = 0; k < m->nslots; k++)
        if (iso_symmetry_orbit(m, k) & ~m->forgettable)
            m->forgettable &= ~ISO_BIT(k);
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
    m->misclaimed |= is_contested(m, node, word);
    for (unsigned i = 0; i < m->nthreads && !m->failure && !m->again; i++) {
        const struct iso_node *n = &m->node[node[i]];
        const struct iso_move_origin *o;
        uint64_t slots, others = 0;
        struct iso_made made;
        if (n->claim < 0)
            continue;
        o = &m->origin[n->first_move + (uint16_t)n->claim];
        iso_withheld_made(&made, m, &m->pool[o->residual].r, n->thread, o->step);
        slots = made.slots;
        for (unsigned k = 0; k < m->nthreads; k++)
            if (k != i)
                others |= m->node[node[k]].touches | iso_claims_of(word, k);
        if (!(slots & others) && !is_forbidden(m, m->program->twin_of[i], slots))
            return i;
    }
    return ISO_THREADS_MAX;
}

/* Slots that hardware is still to write for the run, at any time: a load that comes late may find that. */
static uint64_t written_by_hardware(const struct iso_run *run, const struct iso_residual *r)
{
    uint64_t out = 0;
    for (uint64_t left = run->stores & ~r->done; left; left &= left - 1) {
        const struct iso_step *s = &run->step[__builtin_ctzll(left)];
        out |= s->kind == ISO_EVENT_HU ? s->slots : 0;
    }
    return out;
}

/* Slots that hold something else than what a load asks for, of each value that serves; 0: one does not differ by what memory holds. */
static uint64_t differs(const struct iso_ob_machine *m, const struct iso_step *s, uint64_t done,
                        const struct iso_view *view)
{
    uint64_t out = 0;
    for (uint32_t k = 0; k < s->nalike; k++) {
        const struct iso_part *part = iso_step_served(s, k);
        uint64_t here = 0;
        for (const struct iso_part *p = part; p < part + s->nparts; p++)
            if ((p->own < 0 || (done >> p->own & 1)) && iso_machine_top(m, p->slot, view->memory) != p->value)
                here |= ISO_BIT(p->slot);
        if (!here)
            return 0;
        out |= here;
    }
    return out;
}

/* Whether a way of the thread stands between the two halves of an atomic. */
static bool is_half_way(const struct iso_run *run, uint64_t done)
{
    for (uint64_t k = run->sensitive & done; k; k &= k - 1) {
        const struct iso_step *s = &run->step[__builtin_ctzll(k)];
        if (s->kind == ISO_EVENT_READ && s->pair >= 0 && !(done >> s->pair & 1))
            return true;
    }
    return false;
}

bool iso_claims_may_read_now(const struct iso_ob_machine *m, unsigned thread, const struct iso_residual *r,
                             const struct iso_answer *answer)
{
    const struct iso_run *run = m->thread[thread].run[r->run];
    const uint64_t early = m->thread[thread].early & ~written_by_hardware(run, r);
    const uint16_t not_alone = ISO_EVENT_X | ISO_EVENT_EX | ISO_EVENT_COMPARED | ISO_EVENT_UNKNOWN;
    bool goes_on = false;
    if ((run->awaited & ~early) || (run->stores & run->releases & ~r->done) || is_half_way(run, r->done))
        return false;
    for (uint32_t i = 0; i < answer->nchildren; i++) {
        const struct iso_run *child = m->thread[thread].run[answer->first_child + i];
        const struct iso_step *read = child->nsteps > run->nsteps ? &child->step[run->nsteps] : NULL;
        if (read && (read->kind != ISO_EVENT_READ || read->pair >= 0 || (read->hazards & ~r->done) ||
                     (read->flags & not_alone)))
            return false;
        goes_on |= !child->waits && !child->lost && !child->cut;
    }
    return goes_on;
}

uint64_t iso_claims_late_read(const struct iso_ob_machine *m, unsigned thread, const struct iso_residual *r,
                              const struct iso_view *view)
{
    const struct iso_run *run = m->thread[thread].run[r->run];
    uint64_t early = m->thread[thread].early & ~written_by_hardware(run, r);
    if (is_half_way(run, r->done))
        return 0;
    for (uint64_t left = run->all & ~r->done; left; left &= left - 1) {
        const struct iso_step *s = &run->step[__builtin_ctzll(left)];
        const uint16_t acquires = run->waits & left & -left ? 0 : ISO_EVENT_A | ISO_EVENT_Q;
        uint64_t out;
        if (run->stores & run->releases & left & -left)
            return 0;
        if (s->kind != ISO_EVENT_READ || (s->preds & ~r->done) || s->pair >= 0 || s->siblings ||
            (s->flags & (acquires | ISO_EVENT_X | ISO_EVENT_EX | ISO_EVENT_COMPARED | ISO_EVENT_UNKNOWN)))
            continue;
        out = differs(m, s, r->done, view);
        if (out && !(out & ~early))
            return out;
    }
    return 0;
}
