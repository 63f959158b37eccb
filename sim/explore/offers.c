/* Moves that the ways of a node have ahead, as declared in offers.h. Not for: what a move does (machine.c). */
#include "sim/explore/offers.h"
#include "sim/explore/withhold.h"
#include "sim/isa/fatal.h"

#include <stdlib.h>
#include <string.h>

/* Kind of move that a step makes. */
static uint8_t move_kind(const struct iso_step *s)
{
    return s->kind == ISO_EVENT_HU ? (uint8_t)ISO_EVENT_WRITE : s->kind;
}

bool iso_offer_is(struct iso_ob_machine *m, const struct iso_move *a, const struct iso_residual *r, unsigned thread,
                  unsigned i)
{
    const struct iso_step *s = &m->thread[thread].run[r->run]->step[i];
    struct iso_made made;
    iso_withheld_made(&made, m, r, thread, i);
    if (a->nparts != made.nparts || a->slots != made.slots || a->kind != move_kind(s))
        return false;
    if (a->kind == ISO_EVENT_MAINTENANCE)
        return a->maintenance == (uint8_t)s->key;
    for (unsigned k = 0; k < a->nparts; k++)
        if (a->part[k].slot != made.part[k].slot || a->part[k].value != made.part[k].value)
            return false;
    return true;
}

void iso_offer_of(struct iso_ob_machine *m, struct iso_move *out, unsigned thread, const struct iso_residual *r,
                  unsigned i)
{
    const struct iso_run *run = m->thread[thread].run[r->run];
    struct iso_made made;
    const struct iso_step *s = &run->step[i];
    out->kind = move_kind(s);
    out->maintenance = s->kind == ISO_EVENT_MAINTENANCE ? (uint8_t)s->key : 0;
    out->copying = 0;
    iso_withheld_made(&made, m, r, thread, i);
    out->nparts = made.nparts;
    out->slots = made.slots;
    out->part = made.part;
    out->withheld = run->withheld >> i & 1;
    out->is_hu = s->kind == ISO_EVENT_HU;
    out->releases = false;
    out->broadcast = (s->flags & ISO_EVENT_INNER_SHAREABLE) != 0;
    out->guest = (s->flags & ISO_EVENT_GUEST) != 0;
    out->code = s->kind == ISO_EVENT_COMPLETION && run->step[s->pair].kind == ISO_EVENT_IC;
    if (s->kind == ISO_EVENT_COMPLETION) {
        memset(out->bound, 0, m->nkeys * sizeof *out->bound);
        for (uint32_t k = 0; k < m->aux[r->aux]; k++) {
            uint32_t entry = m->aux[r->aux + 1 + k];
            if (entry >> 24 == (uint32_t)s->pair)
                out->bound[entry >> 16 & 255] = entry & 0xffff;
        }
    }
}

bool iso_offer_is_same(const struct iso_ob_machine *m, const struct iso_move *a, const struct iso_move *b)
{
    if (a->kind != b->kind || a->nparts != b->nparts || a->slots != b->slots || a->maintenance != b->maintenance)
        return false;
    if (a->kind == ISO_EVENT_COMPLETION)
        return a->broadcast == b->broadcast && a->guest == b->guest && a->code == b->code &&
               !memcmp(a->bound, b->bound, m->nkeys * sizeof *a->bound);
    for (unsigned i = 0; i < a->nparts; i++)
        if (a->part[i].slot != b->part[i].slot || a->part[i].value != b->part[i].value)
            return false;
    return true;
}

static void keep_move(struct iso_ob_machine *m, uint32_t residual, unsigned step, bool releases)
{
    if (m->norigins == m->origin_capacity) {
        m->origin_capacity = m->origin_capacity ? 2 * m->origin_capacity : 256;
        m->origin = realloc(m->origin, m->origin_capacity * sizeof *m->origin);
        if (!m->origin)
            iso_out_of_memory(__FILE__, __LINE__);
    }
    m->origin[m->norigins++] = (struct iso_move_origin){residual, step, releases};
}

uint64_t iso_machine_touches(const struct iso_run *run, uint64_t done)
{
    uint64_t out = iso_run_awaits(run, done);
    for (uint64_t left = run->all & ~done; left; left &= left - 1) {
        const struct iso_step *s = &run->step[__builtin_ctzll(left)];
        if (!(s->preds & ~(done | run->withheld)))
            out |= s->slots;
    }
    for (uint64_t made = run->sensitive & done; made; made &= made - 1) {
        const struct iso_step *s = &run->step[__builtin_ctzll(made)];
        if ((s->pair >= 0 && !(done >> s->pair & 1)) || ((s->hazards | s->siblings) & ~done))
            out |= s->slots;
    }
    return out;
}

/* Which of the node's moves are Releases however they come about. */
static void find_releases(struct iso_ob_machine *m, const struct iso_node *n, const struct iso_move *move)
{
    for (uint32_t k = 0; k < n->count; k++) {
        const struct iso_residual *r = iso_machine_residual(m, n, k);
        const struct iso_run *run = m->thread[n->thread].run[r->run];
        for (uint64_t left = run->stores & ~(r->done | run->withheld); left; left &= left - 1) {
            const unsigned i = (unsigned)__builtin_ctzll(left);
            const struct iso_step *s = &run->step[i];
            for (unsigned c = 0; c < n->nmoves && !(s->preds & ~(r->done | s->with)) && !(run->releases & left & -left);
                 c++)
                if (move[c].kind != ISO_EVENT_COMPLETION && iso_offer_is(m, &move[c], r, n->thread, i))
                    m->origin[n->first_move + c].releases = false;
        }
    }
}

/* The move that claims.h asks for: the first write still to come in every run, the same in all, no half of a read-modify-write. */
static int16_t find_claim(struct iso_ob_machine *m, const struct iso_node *n, const struct iso_move *move)
{
    struct iso_move first = {.kind = 0};
    int16_t found = 0;
    for (uint32_t k = 0; k < n->count; k++) {
        const struct iso_residual *r = iso_machine_residual(m, n, k);
        const struct iso_run *run = m->thread[n->thread].run[r->run];
        uint64_t left = run->stores & ~r->done;
        const unsigned i = left ? (unsigned)__builtin_ctzll(left) : 0;
        const struct iso_step *s = left ? &run->step[i] : NULL;
        if (!s || s->kind != ISO_EVENT_WRITE || s->pair >= 0 || (s->preds & ~r->done))
            return -1;
        if (k == 0)
            iso_offer_of(m, &first, n->thread, r, i);
        if (!iso_offer_is(m, &first, r, n->thread, i) || first.withheld != (run->withheld >> i & 1))
            return -1;
    }
    if (first.withheld)
        return (int16_t)n->nmoves;
    while (found < (int)n->nmoves && !iso_offer_is_same(m, &move[found], &first))
        found++;
    return n->count ? found : (int16_t)-1;
}

/* Works out the node's moves from its runs. False: more than `max`. */
static bool find_moves(struct iso_ob_machine *m, struct iso_move *out, unsigned max, struct iso_node *n)
{
    unsigned count = 0;
    n->first_move = m->norigins;
    for (uint32_t k = 0; k < n->count; k++) {
        const struct iso_residual *r = iso_machine_residual(m, n, k);
        const struct iso_run *run = m->thread[n->thread].run[r->run];
        n->may_end |= !run->cut && !run->lost && !run->open && !(run->all & ~run->waits & ~r->done);
        n->may_cut |= run->cut && !(run->all & ~r->done);
        for (uint64_t left = run->stores & ~(r->done | run->withheld); left; left &= left - 1) {
            unsigned i = (unsigned)__builtin_ctzll(left);
            const struct iso_step *s = &run->step[i];
            bool known = false;
            if (s->preds & ~(r->done | s->with))
                continue;
            if (count == max)
                return false;
            if (s->kind == ISO_EVENT_COMPLETION) {
                iso_offer_of(m, &out[count], n->thread, r, i);
                for (unsigned c = 0; c < count && !known; c++)
                    known = iso_offer_is_same(m, &out[c], &out[count]);
            } else {
                for (unsigned c = 0; c < count && !known; c++)
                    known = iso_offer_is(m, &out[c], r, n->thread, i);
                if (!known)
                    iso_offer_of(m, &out[count], n->thread, r, i);
            }
            if (!known)
                keep_move(m, m->member[n->first + k], i, s->kind != ISO_EVENT_COMPLETION);
            count += !known;
        }
        n->touches |= iso_machine_touches(run, r->done);
    }
    n->nmoves = count;
    if (m->program->withholds)
        iso_withheld_find(m, n);
    find_releases(m, n, out);
    n->claim = find_claim(m, n, out);
    if (n->claim == (int)max)
        n->claim = -1;
    if (n->claim == (int)n->nmoves) {
        const uint32_t first = m->member[n->first];
        const struct iso_run *run = m->thread[n->thread].run[m->pool[first].r.run];
        keep_move(m, first, (unsigned)__builtin_ctzll(run->stores & ~m->pool[first].r.done), false);
    }
    n->has_moves = true;
    return true;
}

unsigned iso_machine_moves(struct iso_ob_machine *m, struct iso_move *out, unsigned max, uint32_t node)
{
    struct iso_node *n = &m->node[node];
    if (!n->has_moves && !find_moves(m, out, max, n)) {
        m->failure = "more moves at once than the engine holds";
        return max;
    }
    for (uint32_t k = 0; k < n->nmoves + (n->claim == (int)n->nmoves); k++) {
        const struct iso_move_origin *o = &m->origin[n->first_move + k];
        const struct iso_residual *r = &m->pool[o->residual].r;
        iso_offer_of(m, &out[k], n->thread, r, o->step);
        out[k].releases = o->releases;
    }
    return n->nmoves;
}

bool iso_offers_cut(const struct iso_ob_machine *m, uint32_t node)
{
    const struct iso_node *n = &m->node[node];
    if (n->has_moves)
        return n->may_cut;
    for (uint32_t k = 0; k < n->count; k++) {
        const struct iso_residual *r = iso_machine_residual(m, n, k);
        const struct iso_run *run = m->thread[n->thread].run[r->run];
        if (run->cut && !(run->all & ~r->done))
            return true;
    }
    return false;
}
