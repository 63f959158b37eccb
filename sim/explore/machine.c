/* Moves of the machine: which reads can go, which writes can come next, what an outside write does to a thread's ways.
 * Not for: the search over sequences of moves (search.c). Source: Arm ARM B2.3, relation names as there. */
#include "sim/explore/machine.h"
#include "sim/isa/fatal.h"

#include <stdlib.h>
#include <string.h>

/* ---- lists of history indices (aux) ---- */

#define AUX_ENTRY(step, descriptor, index) ((uint32_t)(step) << 24 | (uint32_t)(descriptor) << 16 | (uint32_t)(index))

static uint32_t aux_intern(struct iso_ob_machine *m, const uint32_t *entry, uint32_t count)
{
    if (count == 0)
        return 0;
    for (uint32_t at = 1; at < m->naux; at += m->aux[at] + 1)
        if (m->aux[at] == count && !memcmp(&m->aux[at + 1], entry, count * sizeof *entry))
            return at;
    while (m->naux + count + 1 > m->aux_capacity) {
        m->aux_capacity *= 2;
        m->aux = realloc(m->aux, m->aux_capacity * sizeof *m->aux);
        if (!m->aux)
            iso_out_of_memory(__FILE__, __LINE__);
    }
    uint32_t at = m->naux;
    m->aux[at] = count;
    memcpy(&m->aux[at + 1], entry, count * sizeof *entry);
    m->naux += count + 1;
    return at;
}

static uint32_t aux_add(struct iso_ob_machine *m, uint32_t aux, uint32_t entry)
{
    uint32_t list[2 * ISO_EVENTS_MAX], count = m->aux[aux], n = 0;
    for (uint32_t i = 0; i < count && n < 2 * ISO_EVENTS_MAX - 1; i++) {
        if (n == i && m->aux[aux + 1 + i] > entry)
            list[n++] = entry;
        list[n++] = m->aux[aux + 1 + i];
    }
    if (n == count)
        list[n++] = entry;
    return aux_intern(m, list, n);
}

/* Steps of a TTD read's consequences that a later TLBI completion could still find missing. */
static uint64_t consequences(const struct iso_run *run, unsigned step)
{
    return run->step[step].users | run->step[step].same_offset;
}

/* Drops entries that can no longer matter, so that equal futures compare equal. */
static uint32_t aux_trim(struct iso_ob_machine *m, const struct iso_run *run, uint32_t aux, uint64_t done)
{
    uint32_t list[2 * ISO_EVENTS_MAX], count = m->aux[aux], n = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t entry = m->aux[aux + 1 + i];
        unsigned step = entry >> 24;
        bool open = true;
        if (run->step[step].kind == ISO_EVENT_TTD_READ) {
            open = (consequences(run, step) & ~done) != 0;
        } else { /* TLBI: until its completion */
            open = false;
            for (unsigned k = 0; k < run->nsteps; k++)
                open |=
                    run->step[k].kind == ISO_EVENT_COMPLETION && run->step[k].pair == (int8_t)step && !(done >> k & 1);
        }
        if (open)
            list[n++] = entry;
    }
    return n == count ? aux : aux_intern(m, list, n);
}

/* ---- sets of residuals ---- */

static void scratch_reset(struct iso_ob_machine *m)
{
    m->nscratch = 0;
    if (m->scratch_hash_size)
        memset(m->scratch_hash, 0, m->scratch_hash_size * sizeof *m->scratch_hash);
    m->scratch_hash_size = 0;
}

static uint32_t residual_hash(const struct iso_residual *r)
{
    uint32_t word[4] = {r->run, r->aux, (uint32_t)r->done, (uint32_t)(r->done >> 32)};
    return iso_hash_words(word, 4);
}

static bool residual_equal(const struct iso_residual *a, const struct iso_residual *b)
{
    return a->run == b->run && a->aux == b->aux && a->done == b->done;
}

static void scratch_rehash(struct iso_ob_machine *m)
{
    uint32_t size = 128;
    while (size < 4 * m->nscratch)
        size *= 2;
    m->scratch_hash = realloc(m->scratch_hash, size * sizeof *m->scratch_hash);
    if (!m->scratch_hash)
        iso_out_of_memory(__FILE__, __LINE__);
    memset(m->scratch_hash, 0, size * sizeof *m->scratch_hash);
    m->scratch_hash_size = size;
    for (uint32_t i = 0; i < m->nscratch; i++) {
        uint32_t h = residual_hash(&m->scratch[i]) & (size - 1);
        while (m->scratch_hash[h])
            h = (h + 1) & (size - 1);
        m->scratch_hash[h] = i + 1;
    }
}

/* Adds a residual unless it is there. Small sets are searched, large ones hashed. */
static void scratch_add(struct iso_ob_machine *m, const struct iso_residual *r)
{
    if (!m->scratch_hash_size) {
        for (uint32_t i = 0; i < m->nscratch; i++)
            if (residual_equal(&m->scratch[i], r))
                return;
    } else {
        uint32_t h = residual_hash(r) & (m->scratch_hash_size - 1);
        for (; m->scratch_hash[h]; h = (h + 1) & (m->scratch_hash_size - 1))
            if (residual_equal(&m->scratch[m->scratch_hash[h] - 1], r))
                return;
        m->scratch_hash[h] = m->nscratch + 1;
    }
    if (m->nscratch == m->scratch_capacity) {
        m->scratch_capacity = m->scratch_capacity ? 2 * m->scratch_capacity : 64;
        m->scratch = realloc(m->scratch, m->scratch_capacity * sizeof *m->scratch);
        if (!m->scratch)
            iso_out_of_memory(__FILE__, __LINE__);
    }
    m->scratch[m->nscratch++] = *r;
    if (m->scratch_hash_size ? 2 * m->nscratch > m->scratch_hash_size : m->nscratch > 24)
        scratch_rehash(m);
}

static int by_residual(const void *pa, const void *pb)
{
    const struct iso_residual *a = pa, *b = pb;
    if (a->run != b->run)
        return a->run < b->run ? -1 : 1;
    if (a->done != b->done)
        return a->done < b->done ? -1 : 1;
    return a->aux < b->aux ? -1 : a->aux > b->aux;
}

static void sort_residuals(struct iso_residual *list, uint32_t count)
{
    if (count > 16) {
        qsort(list, count, sizeof *list, by_residual);
        return;
    }
    for (uint32_t i = 1; i < count; i++) {
        struct iso_residual r = list[i];
        uint32_t k = i;
        for (; k > 0 && by_residual(&list[k - 1], &r) > 0; k--)
            list[k] = list[k - 1];
        list[k] = r;
    }
}

static uint32_t node_hash(const struct iso_residual *list, uint32_t count, uint32_t thread)
{
    return iso_hash_words((const uint32_t *)(const void *)list, count * (sizeof *list / sizeof(uint32_t))) * 31u +
           thread;
}

static void hash_grow(struct iso_ob_machine *m)
{
    struct iso_machine_hash *h = &m->node_hash;
    h->size = h->size ? 2 * h->size : 256;
    free(h->bucket);
    h->bucket = calloc(h->size, sizeof *h->bucket);
    if (!h->bucket)
        iso_out_of_memory(__FILE__, __LINE__);
    for (uint32_t i = 0; i < m->nnodes; i++) {
        uint32_t at = node_hash(&m->residual[m->node[i].first], m->node[i].count, m->node[i].thread) & (h->size - 1);
        while (h->bucket[at])
            at = (at + 1) & (h->size - 1);
        h->bucket[at] = i + 1;
    }
}

/* Number of the scratch set. UINT32_MAX if it is empty. */
static uint32_t node_intern(struct iso_ob_machine *m, unsigned thread)
{
    struct iso_machine_hash *h = &m->node_hash;
    uint32_t at;
    if (m->nscratch == 0)
        return UINT32_MAX;
    sort_residuals(m->scratch, m->nscratch);
    if (2 * m->nnodes >= h->size)
        hash_grow(m);
    at = node_hash(m->scratch, m->nscratch, thread) & (h->size - 1);
    for (; h->bucket[at]; at = (at + 1) & (h->size - 1)) {
        const struct iso_node *n = &m->node[h->bucket[at] - 1];
        if (n->count == m->nscratch && n->thread == thread &&
            !memcmp(&m->residual[n->first], m->scratch, m->nscratch * sizeof *m->scratch))
            return h->bucket[at] - 1;
    }
    if (m->nnodes == m->node_capacity) {
        m->node_capacity = m->node_capacity ? 2 * m->node_capacity : 64;
        m->node = realloc(m->node, m->node_capacity * sizeof *m->node);
    }
    while (m->nresiduals + m->nscratch > m->residual_capacity) {
        m->residual_capacity = m->residual_capacity ? 2 * m->residual_capacity : 256;
        m->residual = realloc(m->residual, m->residual_capacity * sizeof *m->residual);
    }
    if (!m->node || !m->residual)
        iso_out_of_memory(__FILE__, __LINE__);
    m->node[m->nnodes] = (struct iso_node){m->nscratch, m->nresiduals, thread};
    memcpy(&m->residual[m->nresiduals], m->scratch, m->nscratch * sizeof *m->scratch);
    m->nresiduals += m->nscratch;
    h->bucket[at] = m->nnodes + 1;
    return m->nnodes++;
}

/* ---- histories ---- */

uint32_t iso_machine_history(struct iso_ob_machine *m, uint32_t parent, uint32_t value)
{
    uint32_t length = parent == UINT32_MAX ? 1 : m->history[parent].length + 1;
    for (uint32_t i = 0; i < m->nhistories; i++)
        if (m->history[i].parent == parent && m->history[i].value == value)
            return i;
    if (m->nhistories == m->history_capacity) {
        m->history_capacity = m->history_capacity ? 2 * m->history_capacity : 16;
        m->history = realloc(m->history, m->history_capacity * sizeof *m->history);
        if (!m->history)
            iso_out_of_memory(__FILE__, __LINE__);
    }
    m->history[m->nhistories] = (struct iso_history){parent, value, length};
    return m->nhistories++;
}

/* ---- reads ---- */

/* Whether an Explicit or tag read finds its value now: in the thread's latest own write if that is still to come (internal
 * visibility), else in memory. */
static bool read_finds(const struct iso_ob_machine *m, const struct iso_step *s, uint64_t done,
                       const struct iso_view *view)
{
    for (unsigned i = 0; i < s->nparts; i++) {
        const struct iso_part *p = &s->part[i];
        if (p->own >= 0 && !(done >> p->own & 1)) {
            if (!p->forwards)
                return false;
        } else if (iso_machine_top(m, p->slot, view->memory) != p->value) {
            return false;
        }
    }
    return true;
}

/* Newest history index with the wanted value that a translation may use, or -1. A Translation or Access flag fault is never taken from a stale entry
 * (TLBUncacheable-coherence-after); a hardware update works on the current one (Atomicity). */
static int translation_finds(const struct iso_ob_machine *m, const struct iso_step *s, const struct iso_view *view,
                             int descriptor)
{
    const struct iso_part *p = &s->part[0];
    bool current = (s->flags & ISO_EVENT_TLB_UNCACHEABLE) || s->pair >= 0;
    uint32_t h;
    if (descriptor < 0)
        return view->memory[p->slot] == p->value ? 0 : -1;
    for (h = view->memory[p->slot]; h != UINT32_MAX; h = m->history[h].parent) {
        uint32_t index = m->history[h].length - 1;
        if (index < view->oldest[descriptor])
            break;
        if (m->history[h].value == p->value)
            return (int)index;
        if (current)
            break;
    }
    return -1;
}

static void expand(struct iso_ob_machine *m, unsigned thread, struct iso_residual r, const struct iso_view *view);

/* All reads up to the horizon are made: on with the runs behind it. */
static void expand_on(struct iso_ob_machine *m, unsigned thread, struct iso_residual r, const struct iso_view *view)
{
    struct iso_run *run = m->thread[thread].run[r.run];
    if (!iso_machine_extend(m, thread, run))
        return;
    for (uint32_t i = 0; i < run->nchildren; i++)
        expand(m, thread, (struct iso_residual){run->first_child + i, r.aux, r.done}, view);
}

/* Expands one residual: performs what can go and loses nothing by going now; leaves the choice open where going later could matter. */
static void expand(struct iso_ob_machine *m, unsigned thread, struct iso_residual r, const struct iso_view *view)
{
    const struct iso_run *run = m->thread[thread].run[r.run];
    uint64_t left, open = 0; /* open: reads that may go now or later */
    bool again = true;
    while (again) {
        again = false;
        for (left = run->all & ~r.done & ~run->stores & ~run->waits & ~open; left; left &= left - 1) {
            unsigned i = (unsigned)__builtin_ctzll(left);
            const struct iso_step *s = &run->step[i];
            int descriptor, index;
            if (s->preds & ~r.done)
                continue;
            switch ((enum iso_event_kind)s->kind) {
            case ISO_EVENT_READ:
            case ISO_EVENT_TAG_READ:
                if (!read_finds(m, s, r.done, view))
                    continue;
                if (s->pair >= 0 || ((s->hazards | s->siblings) &
                                     ~r.done)) { /* an outside write may spoil it: may wait for another such value */
                    open |= ISO_BIT(i);
                    continue;
                }
                break;
            case ISO_EVENT_TTD_READ:
                descriptor = s->page < 0 ? -1 : m->descriptor_of_page[s->page];
                index = translation_finds(m, s, view, descriptor);
                if (index < 0)
                    continue;
                if (m->slot[s->part[0].slot].written && (m->has_completions || s->pair >= 0)) {
                    open |= ISO_BIT(i);
                    continue;
                }
                break;
            case ISO_EVENT_TLBI:
                if (m->has_completions)
                    for (unsigned d = 0; d < m->ndescriptors; d++)
                        if (s->page < 0 || m->descriptor_of_page[s->page] == (int8_t)d)
                            r.aux =
                                aux_add(m, r.aux, AUX_ENTRY(i, d, m->history[view->memory[m->descriptor[d]]].length));
                break;
            case ISO_EVENT_FAULT:
            case ISO_EVENT_CACHE:
                break;
            case ISO_EVENT_WRITE:
            case ISO_EVENT_HU:
            case ISO_EVENT_COMPLETION:
                continue;
            }
            r.done |= ISO_BIT(i);
            again = true;
        }
    }
    if (r.aux)
        r.aux = aux_trim(m, run, r.aux, r.done);
    if (run->open && !(run->reads & ~r.done))
        expand_on(m, thread, r, view);
    else
        scratch_add(m, &r);
    for (; open; open &= open - 1) {
        unsigned i = (unsigned)__builtin_ctzll(open);
        const struct iso_step *s = &run->step[i];
        struct iso_residual next = r;
        next.done |= ISO_BIT(i);
        if (s->kind == ISO_EVENT_TTD_READ && m->has_completions && m->descriptor_of_page[s->page] >= 0) {
            int descriptor = m->descriptor_of_page[s->page];
            next.aux = aux_add(m, next.aux, AUX_ENTRY(i, descriptor, translation_finds(m, s, view, descriptor)));
        }
        expand(m, thread, next, view);
    }
}

uint32_t iso_machine_start(struct iso_ob_machine *m, unsigned thread, const struct iso_view *view)
{
    scratch_reset(m);
    for (uint32_t i = 0, n = m->thread[thread].nruns; i < n; i++)
        expand(m, thread, (struct iso_residual){i, 0, 0}, view);
    return node_intern(m, thread);
}

/* ---- moves ---- */

static bool same_parts(const struct iso_move *a, const struct iso_step *s)
{
    if (a->nparts != s->nparts || a->slots != s->slots)
        return false;
    for (unsigned i = 0; i < a->nparts; i++)
        if (a->part[i].slot != s->part[i].slot || a->part[i].value != s->part[i].value)
            return false;
    return true;
}

/* A step as a move; for a completion the bounds that its TLBI took. */
static void move_of(struct iso_ob_machine *m, struct iso_move *out, const struct iso_run *run,
                    const struct iso_residual *r, unsigned i)
{
    const struct iso_step *s = &run->step[i];
    out->kind = s->kind == ISO_EVENT_COMPLETION ? ISO_EVENT_COMPLETION : ISO_EVENT_WRITE;
    out->nparts = s->nparts;
    out->slots = s->slots;
    out->part = s->part;
    out->is_hu = s->kind == ISO_EVENT_HU;
    out->broadcast = (s->flags & ISO_EVENT_INNER_SHAREABLE) != 0;
    if (s->kind == ISO_EVENT_COMPLETION) {
        memset(out->bound, 0, m->ndescriptors * sizeof *out->bound);
        for (uint32_t k = 0; k < m->aux[r->aux]; k++) {
            uint32_t entry = m->aux[r->aux + 1 + k];
            if (entry >> 24 == (uint32_t)s->pair)
                out->bound[entry >> 16 & 255] = entry & 0xffff;
        }
    }
}

static bool same_move(const struct iso_ob_machine *m, const struct iso_move *a, const struct iso_move *b)
{
    if (a->kind != b->kind || a->nparts != b->nparts || a->slots != b->slots)
        return false;
    if (a->kind == ISO_EVENT_COMPLETION)
        return a->broadcast == b->broadcast && !memcmp(a->bound, b->bound, m->ndescriptors * sizeof *a->bound);
    for (unsigned i = 0; i < a->nparts; i++)
        if (a->part[i].slot != b->part[i].slot || a->part[i].value != b->part[i].value)
            return false;
    return true;
}

unsigned iso_machine_moves(struct iso_ob_machine *m, struct iso_move *out, unsigned max, uint32_t node,
                           const struct iso_view *view)
{
    const struct iso_node *n = &m->node[node];
    unsigned count = 0;
    (void)view;
    for (uint32_t k = 0; k < n->count; k++) {
        const struct iso_residual *r = &m->residual[n->first + k];
        const struct iso_run *run = m->thread[n->thread].run[r->run];
        for (uint64_t left = run->stores & ~r->done; left; left &= left - 1) {
            unsigned i = (unsigned)__builtin_ctzll(left);
            const struct iso_step *s = &run->step[i];
            bool known = false;
            if (s->preds & ~r->done)
                continue;
            if (count == max) {
                m->failure = "more moves at once than the engine holds";
                return count;
            }
            if (s->kind == ISO_EVENT_COMPLETION) {
                move_of(m, &out[count], run, r, i);
                for (unsigned c = 0; c < count && !known; c++)
                    known = same_move(m, &out[c], &out[count]);
            } else {
                for (unsigned c = 0; c < count && !known; c++)
                    known = out[c].kind == ISO_EVENT_WRITE && same_parts(&out[c], s);
                if (!known)
                    move_of(m, &out[count], run, r, i);
            }
            count += !known;
        }
    }
    return count;
}

/* Who makes a write: another thread (or hardware by itself), or the thread itself by an instruction or by a hardware update. */
enum writer { WRITER_OTHER, WRITER_OWN, WRITER_OWN_UPDATE };

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
        if (writer == WRITER_OTHER && is_torn(run, s, done, slots))
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
            if ((pending && !p->exempt) || (writer == WRITER_OTHER && (s->hazards & ~done)))
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
    scratch_reset(m);
    for (uint32_t k = 0; k < count; k++) {
        struct iso_residual r = m->residual[m->node[node].first + k];
        const struct iso_run *run = m->thread[thread].run[r.run];
        for (uint64_t left = run->stores & ~r.done; left; left &= left - 1) {
            unsigned i = (unsigned)__builtin_ctzll(left);
            const struct iso_step *s = &run->step[i];
            struct iso_residual next = r;
            if (s->preds & ~r.done)
                continue;
            if (s->kind == ISO_EVENT_COMPLETION) {
                struct iso_move own;
                if (move->kind != ISO_EVENT_COMPLETION)
                    continue;
                move_of(m, &own, run, &r, i);
                if (!same_move(m, &own, move))
                    continue;
            } else if (move->kind != ISO_EVENT_WRITE || !same_parts(move, s)) {
                continue;
            }
            next.done |= ISO_BIT(i);
            if (s->kind != ISO_EVENT_COMPLETION &&
                is_spoilt(run, next.done, s->slots, s->kind == ISO_EVENT_HU ? WRITER_OWN_UPDATE : WRITER_OWN))
                continue;
            expand(m, thread, next, view);
        }
    }
    return node_intern(m, thread);
}

/* TLBI-ordered-before: when the completion comes, no other thread may still have work to do with a translation that the TLBI was to end. */
static bool outlives(const struct iso_ob_machine *m, const struct iso_run *run, const struct iso_residual *r,
                     const struct iso_move *move)
{
    for (uint32_t k = 0; k < m->aux[r->aux]; k++) {
        uint32_t entry = m->aux[r->aux + 1 + k], bound = move->bound[entry >> 16 & 255];
        unsigned step = entry >> 24;
        if (run->step[step].kind == ISO_EVENT_TTD_READ && bound && (entry & 0xffff) + 1 < bound &&
            (consequences(run, step) & ~r->done))
            return true;
    }
    return false;
}

uint32_t iso_machine_see(struct iso_ob_machine *m, uint32_t node, const struct iso_move *move,
                         const struct iso_view *view)
{
    unsigned thread = m->node[node].thread;
    uint32_t count = m->node[node].count;
    scratch_reset(m);
    for (uint32_t k = 0; k < count; k++) {
        struct iso_residual r = m->residual[m->node[node].first + k];
        const struct iso_run *run = m->thread[thread].run[r.run];
        if (move->kind == ISO_EVENT_COMPLETION ? outlives(m, run, &r, move)
                                               : is_spoilt(run, r.done, move->slots, WRITER_OTHER))
            continue;
        expand(m, thread, r, view);
    }
    return node_intern(m, thread);
}

bool iso_machine_is_finished(const struct iso_ob_machine *m, unsigned thread, const struct iso_residual *r,
                             const struct iso_view *view)
{
    const struct iso_run *run = m->thread[thread].run[r->run];
    if (run->cut || run->open || ((run->all & ~run->waits) & ~r->done))
        return false;
    for (uint64_t w = run->waits; w; w &= w - 1) { /* what it waits for never comes: the last value is the wrong one */
        const struct iso_step *s = &run->step[__builtin_ctzll(w)];
        if (!read_finds(m, s, r->done, view))
            return false;
    }
    return true;
}
