/* Sets of residuals, and the lists of history indices they carry: interned, so that equal ones share a number.
 * Not for: what a residual may do next (machine.c). */
#include "sim/explore/sets.h"
#include "sim/isa/fatal.h"

#include <stdlib.h>
#include <string.h>

/* ---- lists of history indices (aux) ---- */

static void aux_hash_grow(struct iso_ob_machine *m)
{
    struct iso_machine_hash *h = &m->aux_hash;
    h->size = h->size ? 2 * h->size : 64;
    free(h->bucket);
    h->bucket = calloc(h->size, sizeof *h->bucket);
    if (!h->bucket)
        iso_out_of_memory(__FILE__, __LINE__);
    for (uint32_t list = 1; list < m->naux; list += m->aux[list] + 1) {
        uint32_t at = iso_hash_words(&m->aux[list + 1], m->aux[list]) & (h->size - 1);
        while (h->bucket[at])
            at = (at + 1) & (h->size - 1);
        h->bucket[at] = list + 1;
    }
}

static uint32_t aux_intern(struct iso_ob_machine *m, const uint32_t *entry, uint32_t count)
{
    struct iso_machine_hash *h = &m->aux_hash;
    if (count == 0)
        return 0;
    if (2 * h->count >= h->size)
        aux_hash_grow(m);
    uint32_t at = iso_hash_words(entry, count) & (h->size - 1);
    for (; h->bucket[at]; at = (at + 1) & (h->size - 1)) {
        uint32_t list = h->bucket[at] - 1;
        if (m->aux[list] == count && !memcmp(&m->aux[list + 1], entry, count * sizeof *entry))
            return list;
    }
    while (m->naux + count + 1 > m->aux_capacity) {
        m->aux_capacity *= 2;
        m->aux = realloc(m->aux, m->aux_capacity * sizeof *m->aux);
        if (!m->aux)
            iso_out_of_memory(__FILE__, __LINE__);
    }
    uint32_t list = m->naux;
    m->aux[list] = count;
    memcpy(&m->aux[list + 1], entry, count * sizeof *entry);
    m->naux += count + 1;
    h->bucket[at] = list + 1;
    h->count++;
    return list;
}

uint32_t iso_set_aux_add(struct iso_ob_machine *m, uint32_t aux, uint32_t entry)
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

/* Steps of a TTD read's or fetch's consequences that a later completion could still find missing. */
uint64_t iso_set_consequences(const struct iso_run *run, unsigned step)
{
    return run->step[step].users | run->step[step].same_offset;
}

/* Drops entries that can no longer matter, so that equal futures compare equal. */
uint32_t iso_set_aux_trim(struct iso_ob_machine *m, const struct iso_run *run, uint32_t aux, uint64_t done)
{
    uint32_t list[2 * ISO_EVENTS_MAX], count = m->aux[aux], n = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t entry = m->aux[aux + 1 + i];
        unsigned step = entry >> 24;
        bool open = true;
        if (run->step[step].kind == ISO_EVENT_TTD_READ || run->step[step].kind == ISO_EVENT_FETCH) {
            open = (iso_set_consequences(run, step) & ~done) != 0;
        } else { /* TLBI, IC: until its completion */
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

void iso_set_reset(struct iso_ob_machine *m)
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
void iso_set_add(struct iso_ob_machine *m, const struct iso_residual *r)
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

/* Number of the scratch set. UINT32_MAX if it is empty: no way of this thread fits what the others did. A thread that abandons runs when values
 * of this round do not suit it may live on with the next round's, if others show them: then the empty set is a set. */
uint32_t iso_set_node(struct iso_ob_machine *m, unsigned thread)
{
    struct iso_machine_hash *h = &m->node_hash;
    uint32_t at;
    if (m->nscratch == 0 && !(m->program->lazy && m->program->thread[thread].drops))
        return UINT32_MAX;
    sort_residuals(m->scratch, m->nscratch);
    if (2 * m->nnodes >= h->size)
        hash_grow(m);
    at = node_hash(m->scratch, m->nscratch, thread) & (h->size - 1);
    for (; h->bucket[at]; at = (at + 1) & (h->size - 1)) {
        const struct iso_node *n = &m->node[h->bucket[at] - 1];
        if (n->count == m->nscratch && n->thread == thread &&
            (!m->nscratch || !memcmp(&m->residual[n->first], m->scratch, m->nscratch * sizeof *m->scratch)))
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
    if (!m->node || (!m->residual && m->nscratch))
        iso_out_of_memory(__FILE__, __LINE__);
    m->node[m->nnodes] = (struct iso_node){.count = m->nscratch, .first = m->nresiduals, .thread = thread};
    if (m->nscratch)
        memcpy(&m->residual[m->nresiduals], m->scratch, m->nscratch * sizeof *m->scratch);
    m->nresiduals += m->nscratch;
    h->bucket[at] = m->nnodes + 1;
    return m->nnodes++;
}
