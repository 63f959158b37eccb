/* Moves of the machine: which reads can go, what a write makes of the ways of its thread and of others.
 * Not for: the search over sequences of moves (search.c); which writes can come next (offers.c). Source: Arm ARM B2.3, relation names as there. */
#include "sim/explore/claims.h"
#include "sim/explore/future.h"
#include "sim/explore/looks.h"
#include "sim/explore/offers.h"
#include "sim/explore/reach.h"
#include "sim/explore/sets.h"
#include "sim/explore/symmetry.h"
#include "sim/explore/translation.h"
#include "sim/explore/witness.h"
#include "sim/isa/fatal.h"

#include <stdlib.h>
#include <string.h>

/* ---- reads ---- */

/* Whether one of the values that serve is what it finds. */
static bool finds_one(const struct iso_ob_machine *m, const struct iso_step *s, const struct iso_part *part,
                      uint64_t done, const struct iso_view *view)
{
    for (const struct iso_part *p = part; p < part + s->nparts; p++) {
        if (p->own >= 0 && !(done >> p->own & 1)) {
            if (!p->forwards)
                return false;
        } else if (iso_machine_top(m, p->slot, view->memory) != p->value) {
            return false;
        }
    }
    return true;
}

bool iso_machine_finds(const struct iso_ob_machine *m, const struct iso_step *s, uint64_t done,
                       const struct iso_view *view)
{
    if (iso_step_is_unknown(s))
        return iso_step_reaches_memory(s, done);
    for (uint32_t k = 0; k < s->nalike; k++)
        if (finds_one(m, s, iso_step_served(s, k), done, view))
            return true;
    return false;
}

/* History index with the wanted instruction that a fetch may find now in instruction cache or memory, of its first part; -1: none. With
 * CTR_EL0.DIC: what memory holds, index 0. */
static int fetch_finds(const struct iso_ob_machine *m, const struct iso_step *s, const struct iso_view *view)
{
    int first = -1;
    for (unsigned i = 0; i < s->nparts; i++) {
        const struct iso_part *p = &s->part[i];
        int key = m->code_key[p->slot], found = -1;
        uint32_t h = view->memory[p->slot];
        if (iso_step_is_unknown(s)) /* from memory as it is by now */
            found = key < 0 ? 0 : (int)m->history[h].length - 1;
        else if (key < 0)
            found = iso_machine_top(m, p->slot, view->memory) == p->value ? 0 : -1;
        for (; key >= 0 && found < 0 && h != UINT32_MAX && m->history[h].length > view->oldest[key];
             h = m->history[h].parent)
            if (m->history[h].value == p->value)
                found = (int)m->history[h].length - 1;
        if (found < 0)
            return -1;
        if (i == 0)
            first = found;
    }
    return first;
}

/* What an IC leaves of key k: one more than the oldest index that a fetch may find after it. Without CTR_EL0.IDC that is what was last cleaned to the Point of
 * Unification (IC-coherence-after; Arm ARM B2.7.4.2, facts 6). */
static uint32_t ic_bound(const struct iso_ob_machine *m, unsigned k, const struct iso_view *view)
{
    return view->cleaned ? view->cleaned[k - m->first_code] + 1 : m->history[view->memory[m->key_slot[k]]].length;
}

static void expand(struct iso_ob_machine *m, unsigned thread, struct iso_residual r, const struct iso_view *view);

/* Whether a way is stuck for ever with something that memory does not hold, in the read that the run which it goes on from awaits. As long as that waits, too, this comes
 * about again whenever memory holds it. */
static bool is_stale(struct iso_ob_machine *m, unsigned thread, const struct iso_run *run, uint64_t done,
                     const struct iso_view *view)
{
    const uint32_t read = run->parent ? m->thread[thread].run[run->parent - 1]->nsteps : run->nsteps;
    if (read >= run->nsteps || run->step[read].kind != ISO_EVENT_READ || !(run->waits >> read & 1) ||
        (run->all & ~done & ~run->waits))
        return false;
    m->consulted |= run->step[read].slots;
    return !iso_machine_finds(m, &run->step[read], done, view);
}

/* One way that the thread stands after all reads that could go. */
static void keep(struct iso_ob_machine *m, unsigned thread, struct iso_residual r, const struct iso_view *view)
{
    uint64_t late = m->thread[thread].early ? iso_claims_late_read(m, thread, &r, view) : 0;
    m->dropped |= late;
    if (late)
        return;
    if (iso_reach_is_doomed(m, m->thread[thread].run[r.run], r.done, view))
        return;
    const struct iso_residual *seen = m->seen == UINT32_MAX ? NULL : &m->pool[m->seen].r;
    bool same = seen && seen->run == r.run && seen->done == r.done && seen->aux == r.aux;
    uint32_t number = iso_future_of(m, same ? m->seen : iso_set_number(m, thread, &r));
    iso_set_add(m, number);
    if (is_stale(m, thread, m->thread[thread].run[r.run], r.done, view))
        m->pool[number].stale = m->scratch_stamp;
    iso_record_end(m, &m->pool[number].r);
}

/* The read that the horizon awaits is made now, or later with what memory holds then; if it is made soon, only now. */
static void expand_awaited(struct iso_ob_machine *m, unsigned thread, struct iso_residual r,
                           const struct iso_view *view)
{
    struct iso_run *run = m->thread[thread].run[r.run];
    const struct iso_answer *answer;
    m->consulted |= run->awaited;
    m->touched |= run->awaited;
    answer = iso_symmetry_answer(m, thread, r.run, iso_machine_awaited(m, run, r.done, view));
    if (run->open->soon || (answer && iso_claims_may_read_now(m, thread, &r, answer)))
        m->dropped |= run->awaited;
    else
        keep(m, thread, r, view);
    for (uint32_t i = 0; answer && i < answer->nchildren; i++) {
        struct iso_residual next = {answer->first_child + i, r.aux, r.done};
        struct iso_run *child = m->thread[thread].run[next.run];
        uint32_t read = run->nsteps;
        child->parent = r.run + 1;
        while (run->open->soon && read < child->nsteps && child->step[read].kind == ISO_EVENT_TTD_READ)
            read++;
        if (child->nsteps > read && child->step[read].kind == ISO_EVENT_READ)
            next.done |= ISO_BIT(read);
        next.done &= ~child->waits;
        expand(m, thread, next, view);
    }
}

/* The reads that a horizon waits for are made: on with the runs behind it. Reads of a round that goes on for ever are for its end to look at. */
static void expand_on(struct iso_ob_machine *m, unsigned thread, struct iso_residual r, const struct iso_view *view)
{
    struct iso_run *run;
    struct iso_residual from = r;
    uint32_t mark = iso_record_mark(m);
    run = m->thread[thread].run[r.run];
    if (!run->canonical && !run->open->inside && !r.aux && iso_symmetry_canonical(m, thread, &r.run, &r.done))
        iso_record_merge(m, &from, r.run);
    run = m->thread[thread].run[r.run];
    if (run->awaited) {
        expand_awaited(m, thread, r, view);
        iso_record_forget(m, mark);
        return;
    }
    if (!iso_symmetry_extend(m, thread, r.run))
        return;
    for (uint32_t i = 0; i < run->nchildren; i++) {
        uint64_t waits = m->thread[thread].run[run->first_child + i]->waits;
        expand(m, thread, (struct iso_residual){run->first_child + i, r.aux, r.done & ~waits}, view);
    }
    iso_record_forget(m, mark);
}

/* What is read together with step i of a residual, bit per step; 0: it cannot be read now. Once a piece of a read is made, an outside write to one still to come would tear
 * it (is_torn): so each piece has to find its value when the first is made, and if none waits for something else, all are as good as made then. */
static uint64_t read_together(const struct iso_ob_machine *m, const struct iso_run *run, unsigned i, uint64_t done,
                              const struct iso_view *view)
{
    uint64_t pieces = (run->step[i].siblings | ISO_BIT(i)) & ~done;
    bool waits = false;
    for (uint64_t k = pieces; k; k &= k - 1) {
        const struct iso_step *s = &run->step[__builtin_ctzll(k)];
        if (!iso_machine_finds(m, s, done, view))
            return 0;
        waits |= (s->preds & ~done) != 0;
    }
    return waits ? ISO_BIT(i) : pieces;
}

static void record_all(struct iso_ob_machine *m, uint32_t run, uint64_t steps, int index)
{
    for (; steps; steps &= steps - 1)
        iso_record_step(m, run, (unsigned)__builtin_ctzll(steps), index);
}

/* Expands one residual: performs what can go and loses nothing by going now; leaves the choice open where going later could matter. */
static void expand(struct iso_ob_machine *m, unsigned thread, struct iso_residual r, const struct iso_view *view)
{
    const struct iso_run *run = m->thread[thread].run[r.run];
    uint64_t left, open = 0; /* open: reads that may go now or later */
    uint32_t mark = iso_record_mark(m);
    bool again = true;
    while (again) {
        again = false;
        for (left = run->all & ~r.done & ~run->stores & ~run->waits & ~open; left; left &= left - 1) {
            unsigned i = (unsigned)__builtin_ctzll(left);
            const struct iso_step *s = &run->step[i];
            enum iso_translation_time when;
            uint64_t together = ISO_BIT(i);
            int index = -1;
            if (s->preds & ~r.done)
                continue;
            m->consulted |= s->slots;
            switch ((enum iso_event_kind)s->kind) {
            case ISO_EVENT_READ:
            case ISO_EVENT_TAG_READ:
                together = read_together(m, run, i, r.done, view);
                if (!together)
                    continue;
                left &= ~together | ISO_BIT(i);
                m->touched |= s->slots;
                if (s->slots && (s->pair >= 0 || ((s->hazards | s->siblings) & ~r.done & ~together)) &&
                    ((s->siblings & ~r.done) || s->nalike > 1 ||
                     !iso_reach_is_once(m, s))) { /* an outside write may spoil it: may wait for another such value */
                    open |= together;
                    continue;
                }
                break;
            case ISO_EVENT_TTD_READ:
                index = iso_translation_finds(m, run, &r, i, view);
                when = index < 0 ? ISO_TRANSLATION_LATER : iso_translation_when(m, thread, run, &r, i, view);
                if (when != ISO_TRANSLATION_NOW) {
                    open |= when == ISO_TRANSLATION_EITHER ? ISO_BIT(i) : 0;
                    continue;
                }
                break;
            case ISO_EVENT_TLBI:
                if (m->has_completions)
                    for (unsigned k = 0; k < m->first_code; k++) {
                        uint32_t bound = iso_translation_bound(m, s, k, view);
                        if (bound > 1)
                            r.aux = iso_set_aux_add(m, r.aux, ISO_AUX_ENTRY(i, k, bound));
                    }
                break;
            case ISO_EVENT_FETCH:
                index = fetch_finds(m, s, view);
                if (index < 0)
                    continue;
                if (m->has_completions && (s->users & ~r.done)) { /* an IC would tell whether it came before */
                    open |= ISO_BIT(i);
                    continue;
                }
                break;
            case ISO_EVENT_IC:
                for (unsigned k = m->first_code; k < m->nkeys; k++) {
                    uint32_t bound = s->slots >> m->key_slot[k] & 1 ? ic_bound(m, k, view) : 0;
                    if (bound > 1)
                        r.aux = iso_set_aux_add(m, r.aux, ISO_AUX_ENTRY(i, k, bound));
                }
                break;
            case ISO_EVENT_FAULT:
            case ISO_EVENT_CACHE:
            case ISO_EVENT_WRITE: /* of private slots alone: the others are in run->stores */
                break;
            case ISO_EVENT_HU:
            case ISO_EVENT_COMPLETION:
            case ISO_EVENT_MAINTENANCE:
                continue;
            }
            r.done |= together;
            record_all(m, r.run, together, index);
            again = true;
        }
    }
    if (r.aux)
        r.aux = iso_set_aux_trim(m, run, r.aux, r.done);
    if (iso_set_circles(m, &r) || (open && iso_set_has_expanded(m, thread, &r))) {
        iso_record_forget(m, mark);
        return;
    }
    if (run->open && !(run->gate & ~r.done)) {
        struct iso_under_way here = {m->under_way, r};
        m->under_way = m->program->uncounted ? &here : NULL;
        expand_on(m, thread, r, view);
        m->under_way = here.outer;
    } else {
        keep(m, thread, r, view);
    }
    while (open) {
        unsigned i = (unsigned)__builtin_ctzll(open);
        const struct iso_step *s = &run->step[i];
        const uint64_t together = s->kind == ISO_EVENT_READ ? read_together(m, run, i, r.done, view) : ISO_BIT(i);
        struct iso_residual next = r;
        uint32_t made = iso_record_mark(m);
        int index = -1;
        if (s->kind == ISO_EVENT_TTD_READ) {
            index = iso_translation_finds(m, run, &r, i, view);
            iso_translation_make(m, thread, run, &next, i, index);
        } else if (s->kind == ISO_EVENT_FETCH && m->code_key[s->part[0].slot] >= 0) {
            index = fetch_finds(m, s, view);
            next.aux = iso_set_aux_put(m, next.aux, i, ISO_AUX_ENTRY(i, m->code_key[s->part[0].slot], index));
        }
        next.done |= together;
        record_all(m, r.run, together, index);
        expand(m, thread, next, view);
        iso_record_forget(m, made);
        open &= ~together;
    }
    iso_record_forget(m, mark);
}

uint32_t iso_machine_start(struct iso_ob_machine *m, unsigned thread, const struct iso_view *view)
{
    iso_set_reset(m);
    for (uint32_t i = 0; i < m->thread[thread].nroots; i++)
        expand(m, thread, (struct iso_residual){i, 0, 0}, view);
    return iso_set_node(m, thread);
}

/* ---- moves ---- */

/* Who makes a write: another thread (or hardware by itself), the thread itself by an instruction or by a hardware update, or a cache that copies. */
enum writer { WRITER_OTHER, WRITER_OWN, WRITER_OWN_UPDATE, WRITER_CACHE };

/* Whether a write contradicts reads that the thread has made.
 * Atomicity: nothing comes between the halves of a read-modify-write under way but the thread's own Explicit writes; between a translation and its hardware
 * update nothing at all. Explicitly-hazard-ordered-before: a read whose earlier sibling at the same location is still to come comes after no
 * later write of another thread. */
static bool is_torn(const struct iso_run *run, const struct iso_step *s, uint64_t done, uint64_t slots);

static bool is_spoilt(const struct iso_run *run, uint64_t done, uint64_t slots, enum writer writer)
{
    for (uint64_t k = run->sensitive & done; k; k &= k - 1) {
        const struct iso_step *s = &run->step[__builtin_ctzll(k)];
        bool pending = s->pair >= 0 && !(done >> s->pair & 1) && !(run->step[s->pair].flags & ISO_EVENT_NOT_ATOMIC);
        bool other = writer == WRITER_OTHER || writer == WRITER_CACHE;
        if (writer == WRITER_CACHE) /* no observer's write: monitors need not notice it (B2.12) */
            pending = pending && !(run->step[s->pair].flags & ISO_EVENT_EX);
        if (other && is_torn(run, s, done, slots))
            return true;
        if (!(s->slots & slots))
            continue;
        if (s->kind == ISO_EVENT_TTD_READ) {
            if (pending)
                return true;
            continue;
        }
        if (writer == WRITER_OWN)
            continue;
        for (unsigned i = 0; i < s->nparts; i++) {
            const struct iso_part *p = &s->part[i];
            if (!(slots >> p->slot & 1) || (p->own >= 0 && !(done >> p->own & 1)))
                continue;
            if ((pending && !p->exempt) || (other && (s->hazards & ~done)))
                return true;
        }
    }
    return false;
}

/* Single-copy atomicity of a read in pieces: once one piece is read, another observer's write to a piece still to come from memory would be
 * seen by that piece alone (Observed-by reaches all bytes of an access). */
static bool is_torn(const struct iso_run *run, const struct iso_step *s, uint64_t done, uint64_t slots)
{
    for (uint64_t k = s->siblings & ~done; k; k &= k - 1) {
        const struct iso_step *other = &run->step[__builtin_ctzll(k)];
        for (unsigned i = 0; i < other->nparts; i++)
            if ((slots >> other->part[i].slot & 1) && (other->part[i].own < 0 || (done >> other->part[i].own & 1)))
                return true;
    }
    return false;
}

uint32_t iso_machine_make(struct iso_ob_machine *m, uint32_t node, const struct iso_move *move,
                          const struct iso_view *view)
{
    unsigned thread = m->node[node].thread;
    uint32_t count = m->node[node].count;
    iso_set_reset(m);
    for (uint32_t k = 0; k < count; k++) {
        struct iso_residual r = *iso_machine_residual(m, &m->node[node], k);
        const struct iso_run *run = m->thread[thread].run[r.run];
        for (uint64_t left = run->stores & ~r.done & (move->withheld ? run->withheld : ~run->withheld); left;
             left &= left - 1) {
            unsigned i = (unsigned)__builtin_ctzll(left);
            const struct iso_step *s = &run->step[i];
            struct iso_residual next = r;
            if (s->preds & ~(r.done | s->with))
                continue;
            if (s->kind == ISO_EVENT_COMPLETION) {
                struct iso_move own;
                if (move->kind != ISO_EVENT_COMPLETION)
                    continue;
                iso_offer_of(m, &own, thread, &r, i);
                if (!iso_offer_is_same(m, &own, move))
                    continue;
            } else if (!iso_offer_is(m, move, &r, thread, i)) {
                continue;
            }
            iso_translation_keep(m, thread, run, &next, move, s->slots, view);
            next.done |= ISO_BIT(i) | s->with;
            if (move->code && !iso_translation_survives(m, thread, run, &next, move, view))
                continue;
            if (move->kind == ISO_EVENT_WRITE &&
                is_spoilt(run, next.done, s->slots, s->kind == ISO_EVENT_HU ? WRITER_OWN_UPDATE : WRITER_OWN))
                continue;
            uint32_t mark = iso_record_mark(m);
            iso_record_step(m, r.run, i, ISO_RECORD_MOVE);
            expand(m, thread, next, view);
            iso_record_forget(m, mark);
            if (s->kind != ISO_EVENT_WRITE || !(s->flags & ISO_EVENT_AGAIN) || iso_reach_is_last(m, s))
                continue;
            iso_record_step(m, r.run, i, ISO_RECORD_AGAIN);
            expand(m, thread, r, view);
            iso_record_forget(m, mark);
        }
    }
    return iso_set_node(m, thread);
}

uint32_t iso_machine_see(struct iso_ob_machine *m, uint32_t node, const struct iso_move *move, uint64_t changed,
                         const struct iso_view *view)
{
    enum writer writer = move->copying || move->kind == ISO_EVENT_MAINTENANCE ? WRITER_CACHE : WRITER_OTHER;
    unsigned thread = m->node[node].thread;
    uint32_t count = m->node[node].count;
    bool plain =
        writer == WRITER_OTHER && move->kind == ISO_EVENT_WRITE && !m->recorder && !iso_looks_at_past(m, changed);
    iso_set_reset(m);
    for (uint32_t k = 0; k < count; k++) {
        uint32_t number = m->member[m->node[node].first + k];
        struct iso_residual r = m->pool[number].r;
        const struct iso_run *run = m->thread[thread].run[r.run];
        if (plain && !(iso_looks_of(m, thread, &m->pool[number]) & changed)) {
            iso_set_add(m, number);
            continue;
        }
        if (move->kind == ISO_EVENT_COMPLETION ? !iso_translation_survives(m, thread, run, &r, move, view)
                                               : is_spoilt(run, r.done, changed, writer))
            continue;
        if (move->kind == ISO_EVENT_WRITE)
            iso_translation_keep(m, thread, run, &r, move, changed, view);
        m->seen = number;
        expand(m, thread, r, view);
    }
    m->seen = UINT32_MAX;
    return iso_set_node(m, thread);
}

bool iso_machine_is_finished(const struct iso_ob_machine *m, unsigned thread, const struct iso_residual *r,
                             const struct iso_view *view)
{
    const struct iso_run *run = m->thread[thread].run[r->run];
    if (run->cut || run->lost || run->open || ((run->all & ~run->waits) & ~r->done))
        return false;
    for (uint64_t w = run->waits; w; w &= w - 1) { /* what it waits for never comes: the last value is the wrong one */
        const struct iso_step *s = &run->step[__builtin_ctzll(w)];
        /* TLB entries that nothing invalidates may stay for ever (Arm ARM D8.14); invalid ones are never in it: translation.c */
        bool found = s->kind == ISO_EVENT_TTD_READ
                         ? iso_translation_finds(m, run, r, (unsigned)__builtin_ctzll(w), view) >= 0
                     : s->kind == ISO_EVENT_FETCH ? fetch_finds(m, s, view) >= 0
                                                  : iso_machine_finds(m, s, r->done, view);
        if (!found)
            return false;
    }
    return true;
}
