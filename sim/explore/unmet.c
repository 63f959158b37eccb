/* Writes that nobody else can meet, as declared in unmet.h. Not for: the moves themselves (machine.c). */
#include "sim/explore/unmet.h"
#include "sim/explore/translation.h"

enum { ASKED_MAX = 8 };

/* A write that all ways of a thread have ahead, and what was found out about it. */
struct candidate {
    const struct iso_unmet_state *state;
    const struct iso_step *write;
    unsigned thread;
    struct { /* a completion, by a way of another thread: whether it waits for the write */
        const struct iso_residual *by;
        unsigned completion;
        bool waits;
    } known;
    unsigned nasked;
    struct { /* a descriptor: whether it comes only after the write */
        uint32_t slot, value;
        bool later;
    } asked[ASKED_MAX];
};

/* ---- what runs access ---- */

void iso_unmet_begin(struct iso_ob_machine *m)
{
    const struct iso_footprints *f = m->program->footprints;
    for (uint32_t i = 0; i < f->count; i++)
        for (unsigned k = 0; k < m->nslots; k++) {
            if (m->slot[k].loc >= f->list[i].loc + f->list[i].size ||
                f->list[i].loc >= m->slot[k].loc + m->slot[k].size)
                continue;
            for (unsigned t = 0; t < m->nthreads; t++) {
                m->thread[t].accessed |= f->list[i].users >> t & 1u ? ISO_BIT(k) : 0;
                m->thread[t].written |= f->list[i].writers >> t & 1u ? ISO_BIT(k) : 0;
            }
        }
}

void iso_unmet_note(struct iso_ob_machine *m, unsigned thread, uint64_t accessed, uint64_t written)
{
    struct iso_machine_thread *t = &m->thread[thread];
    t->accessed |= accessed;
    t->written |= written;
    m->misclaimed |= (t->accessed & t->unaccessed) || (t->written & t->unwritten);
}

/* ---- the thread's own ways ---- */

static bool same_write(const struct iso_step *a, const struct iso_step *b)
{
    if (b->kind != ISO_EVENT_WRITE || b->pair >= 0 || a->slots != b->slots || a->nparts != b->nparts)
        return false;
    for (unsigned i = 0; i < a->nparts; i++)
        if (a->part[i].slot != b->part[i].slot || a->part[i].value != b->part[i].value)
            return false;
    return true;
}

/* The step by which a run can make such a write now; -1: none. */
static int find_write(const struct iso_run *run, uint64_t done, const struct iso_step *write)
{
    for (uint64_t left = run->stores & ~done; left; left &= left - 1) {
        const struct iso_step *s = &run->step[__builtin_ctzll(left)];
        if (!(s->preds & ~done) && same_write(write, s))
            return __builtin_ctzll(left);
    }
    return -1;
}

/* Steps of the node's first residual that are such writes in all. */
static uint64_t find_common(struct iso_ob_machine *m, struct iso_node *n)
{
    const struct iso_residual *first = iso_machine_residual(m, n, 0);
    const struct iso_run *run = m->thread[n->thread].run[first->run];
    if (n->has_common)
        return n->common;
    for (uint64_t left = run->stores & ~first->done; left; left &= left - 1) {
        const struct iso_step *s = &run->step[__builtin_ctzll(left)];
        bool in_all = !(s->preds & ~first->done) && same_write(s, s);
        for (unsigned i = 0; i < s->nparts; i++)
            in_all &= !m->slot[s->part[i].slot].has_history && !m->slot[s->part[i].slot].is_code &&
                      !iso_image_is_split(&m->program->image, m->slot[s->part[i].slot].loc);
        for (uint32_t k = 1; k < n->count && in_all; k++) {
            const struct iso_residual *r = iso_machine_residual(m, n, k);
            in_all = find_write(m->thread[n->thread].run[r->run], r->done, s) >= 0;
        }
        n->common |= in_all ? left & -left : 0;
    }
    n->has_common = true;
    return n->common;
}

/* ---- others ---- */

/* Slots of reads made that a write may still spoil. */
static uint64_t find_watched(const struct iso_run *run, uint64_t done)
{
    uint64_t out = 0;
    for (uint64_t made = run->sensitive & done; made; made &= made - 1) {
        const struct iso_step *s = &run->step[__builtin_ctzll(made)];
        if ((s->pair >= 0 && !(done >> s->pair & 1)) || ((s->hazards | s->siblings) & ~done))
            out |= s->slots;
    }
    return out;
}

/* Slots that the node's ways access, as far as they are walked. */
static uint64_t find_met(struct iso_ob_machine *m, struct iso_node *n)
{
    for (uint32_t k = 0; k < n->count && !n->has_met; k++) {
        const struct iso_residual *r = iso_machine_residual(m, n, k);
        const struct iso_run *run = m->thread[n->thread].run[r->run];
        n->met |= find_watched(run, r->done) | run->awaited;
        n->is_open |= run->open != NULL;
        for (uint64_t left = run->all & ~r->done; left; left &= left - 1)
            n->met |= run->step[__builtin_ctzll(left)].slots;
    }
    n->has_met = true;
    return n->met;
}

/* One more than the newest entry of a key that the completion of a TLBI is sure to end; 0: it is not sure to end any. */
static uint32_t least_bound(const struct iso_ob_machine *m, const struct iso_run *run, const struct iso_residual *r,
                            unsigned tlbi, unsigned key, const struct iso_view *view)
{
    const struct iso_step *s = &run->step[tlbi];
    uint32_t bound = 0;
    if (s->kind != ISO_EVENT_TLBI)
        return 0;
    if (r->done >> tlbi & 1) {
        for (uint32_t k = 0; k < m->aux[r->aux]; k++) {
            const uint32_t entry = m->aux[r->aux + 1 + k];
            bound = entry >> 24 == tlbi && (entry >> 16 & 255) == key ? entry & 0xffff : bound;
        }
        return bound;
    }
    bound = iso_translation_bound(m, s, key, view);
    for (uint64_t k = s->preds & ~r->done & run->stores; k && bound && key < m->ndescriptors; k &= k - 1)
        bound += run->step[__builtin_ctzll(k)].slots >> m->key_slot[key] & 1 ? 1 : 0;
    return bound;
}

/* Whether the completion, by a way of another thread, waits for the write in every way of its own: it ends the translation that was used for it. */
static bool find_waits(const struct iso_ob_machine *m, const struct candidate *c, const struct iso_run *run,
                       const struct iso_residual *r, unsigned completion, unsigned thread)
{
    const struct iso_step *s = &run->step[completion];
    const struct iso_node *n = &m->node[c->state->node[c->thread]];
    if (!(s->flags & ISO_EVENT_INNER_SHAREABLE) ||
        ((m->guests >> c->thread & 1u) != 0) != ((s->flags & ISO_EVENT_GUEST) != 0))
        return false;
    for (uint32_t k = 0; k < n->count; k++) {
        const struct iso_residual *own = iso_machine_residual(m, n, k);
        const struct iso_run *way = m->thread[n->thread].run[own->run];
        const int write = find_write(way, own->done, c->write);
        bool ends = false;
        for (uint32_t i = 0; i < m->aux[own->aux] && !ends; i++) {
            const uint32_t entry = m->aux[own->aux + 1 + i], step = entry >> 24;
            ends = way->step[step].kind == ISO_EVENT_TTD_READ && (own->done >> step & 1) &&
                   (way->step[step].users >> write & 1) &&
                   (entry & 0xffff) + 1 <
                       least_bound(m, run, r, (unsigned)s->pair, entry >> 16 & 255, &c->state->view[thread]);
        }
        if (!ends)
            return false;
    }
    return true;
}

static bool is_waited_for(const struct iso_ob_machine *m, struct candidate *c, const struct iso_run *run,
                          const struct iso_residual *r, unsigned completion, unsigned thread)
{
    if (c->known.by != r || c->known.completion != completion) {
        c->known.by = r;
        c->known.completion = completion;
        c->known.waits = find_waits(m, c, run, r, completion, thread);
    }
    return c->known.waits;
}

/* Whether a way writes a value, and not behind step `write` (-1: behind nothing). */
static bool supplies(const struct iso_run *run, uint64_t done, uint32_t slot, uint32_t value, int write)
{
    for (uint64_t left = run->stores & ~done; left; left &= left - 1) {
        const struct iso_step *s = &run->step[__builtin_ctzll(left)];
        if (write >= 0 && (s->preds >> write & 1))
            continue;
        for (unsigned i = 0; i < s->nparts; i++)
            if (s->part[i].slot == slot && s->part[i].value == value)
                return true;
    }
    return false;
}

/* Whether a descriptor can come to hold the value only after the write, if it does not now. */
static bool find_later(struct iso_ob_machine *m, const struct candidate *c, uint32_t slot, uint32_t value)
{
    for (unsigned i = 0; i < m->nthreads; i++) {
        const struct iso_node *n = &m->node[c->state->node[i]];
        for (uint32_t k = 0; k < n->count; k++) {
            const struct iso_residual *r = iso_machine_residual(m, n, k);
            const struct iso_run *run = m->thread[n->thread].run[r->run];
            if (supplies(run, r->done, slot, value, i == c->thread ? find_write(run, r->done, c->write) : -1))
                return false;
            if (run->open && (m->thread[n->thread].written >> slot & 1))
                return false;
            m->thread[n->thread].unwritten |= run->open ? ISO_BIT(slot) : 0;
        }
    }
    return true;
}

static bool comes_later(struct iso_ob_machine *m, struct candidate *c, uint32_t slot, uint32_t value)
{
    unsigned i = 0;
    while (i < c->nasked && (c->asked[i].slot != slot || c->asked[i].value != value))
        i++;
    if (i == ASKED_MAX)
        return false;
    if (i == c->nasked) {
        c->asked[i].slot = slot;
        c->asked[i].value = value;
        c->asked[i].later = find_later(m, c, slot, value);
        c->nasked++;
    }
    return c->asked[i].later;
}

/* Whether a translation of another thread cannot be made before the write. */
static bool is_supplied_later(struct iso_ob_machine *m, struct candidate *c, const struct iso_run *run,
                              const struct iso_residual *r, unsigned translation, unsigned thread)
{
    const struct iso_step *s = &run->step[translation];
    if (s->key < 0 || m->program->sets_af ||
        iso_translation_finds(m, run, r, translation, &c->state->view[thread]) >= 0)
        return false;
    for (uint32_t i = 0; i < s->nalike; i++)
        if (!comes_later(m, c, s->part[i].slot, s->part[i].value))
            return false;
    return true;
}

/* Whether something that a way of another thread has to wait for, of the steps `before`, waits for the write. */
static bool is_held(struct iso_ob_machine *m, struct candidate *c, const struct iso_run *run,
                    const struct iso_residual *r, uint64_t before, unsigned thread)
{
    for (before &= ~r->done; before; before &= before - 1) {
        const unsigned i = (unsigned)__builtin_ctzll(before);
        if ((run->step[i].kind == ISO_EVENT_COMPLETION && is_waited_for(m, c, run, r, i, thread)) ||
            (run->step[i].kind == ISO_EVENT_TTD_READ && is_supplied_later(m, c, run, r, i, thread)))
            return true;
    }
    return false;
}

/* Whether a way of another thread may access the place before the write is made. */
static bool meets(struct iso_ob_machine *m, struct candidate *c, unsigned thread, const struct iso_residual *r)
{
    struct iso_machine_thread *t = &m->thread[m->node[c->state->node[thread]].thread];
    const struct iso_run *run = t->run[r->run];
    const uint64_t slots = c->write->slots;
    if (find_watched(run, r->done) & slots)
        return true;
    for (uint64_t left = run->all & ~r->done; left; left &= left - 1) {
        const struct iso_step *s = &run->step[__builtin_ctzll(left)];
        if ((s->slots & slots) && !is_held(m, c, run, r, s->preds, thread))
            return true;
    }
    if (!run->open)
        return false;
    if ((run->awaited | t->accessed) & slots)
        return !is_held(m, c, run, r, run->gate, thread);
    t->unaccessed |= slots;
    return false;
}

static bool is_unmet(struct iso_ob_machine *m, struct candidate *c)
{
    for (unsigned i = 0; i < m->nthreads; i++) {
        struct iso_node *n = &m->node[c->state->node[i]];
        if (i == c->thread || (!(find_met(m, n) & c->write->slots) && !n->is_open))
            continue;
        for (uint32_t k = 0; k < n->count; k++)
            if (meets(m, c, i, iso_machine_residual(m, n, k)))
                return false;
    }
    return true;
}

/* Number of the write among the node's moves. */
static unsigned number_of(const struct iso_ob_machine *m, const struct iso_node *n, const struct iso_step *write)
{
    for (unsigned k = 0; k < n->nmoves; k++) {
        const struct iso_move_origin *o = &m->origin[n->first_move + k];
        if (same_write(write, &m->thread[n->thread].run[m->pool[o->residual].r.run]->step[o->step]))
            return k;
    }
    return n->nmoves;
}

bool iso_unmet_find(struct iso_ob_machine *m, const struct iso_unmet_state *state, unsigned *thread, unsigned *move)
{
    struct iso_move all[ISO_MOVES_MAX];
    for (unsigned i = 0; i < m->nthreads && !m->failure; i++) {
        struct iso_node *n = &m->node[state->node[i]];
        if (!n->count)
            continue;
        if (!n->has_moves)
            iso_machine_moves(m, all, ISO_MOVES_MAX, state->node[i]);
        for (uint64_t left = find_common(m, n); left; left &= left - 1) {
            const struct iso_residual *first = iso_machine_residual(m, n, 0);
            const struct iso_step *write = &m->thread[n->thread].run[first->run]->step[__builtin_ctzll(left)];
            struct candidate c = {.state = state, .write = write, .thread = i};
            if (!is_unmet(m, &c))
                continue;
            *thread = i;
            *move = number_of(m, n, write);
            return *move < n->nmoves;
        }
    }
    return false;
}
