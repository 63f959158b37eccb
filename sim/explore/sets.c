/* Sets of residuals, and the lists of history indices they carry: interned, so that equal ones share a number.
 * Not for: what a residual may do next (machine.c). */
#include "sim/explore/sets.h"
#include "sim/explore/future.h"
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

uint32_t iso_set_aux_drop(struct iso_ob_machine *m, uint32_t aux, unsigned step)
{
    uint32_t list[2 * ISO_EVENTS_MAX], count = m->aux[aux], n = 0;
    for (uint32_t i = 0; i < count; i++)
        if (m->aux[aux + 1 + i] >> 24 != step)
            list[n++] = m->aux[aux + 1 + i];
    return n == count ? aux : aux_intern(m, list, n);
}

uint32_t iso_set_aux_put(struct iso_ob_machine *m, uint32_t aux, unsigned step, uint32_t entry)
{
    return iso_set_aux_add(m, iso_set_aux_drop(m, aux, step), entry);
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

/* ---- residuals ---- */

static uint32_t residual_hash(const struct iso_residual *r, unsigned thread)
{
    uint32_t word[4] = {r->run, r->aux ^ thread << 24, (uint32_t)r->done, (uint32_t)(r->done >> 32)};
    return iso_hash_words(word, 4);
}

static bool is_pooled(const struct iso_pooled *p, const struct iso_residual *r, unsigned thread)
{
    return p->r.run == r->run && p->r.aux == r->aux && p->r.done == r->done && p->thread == thread;
}

/* A bucket: number + 1 in as many bits as the table's size has, and above them those of the hash, so that residuals are hardly looked at in vain. */
static void pool_put(struct iso_machine_hash *h, uint32_t hash, uint32_t number)
{
    uint32_t at = hash & (h->size - 1);
    while (h->bucket[at])
        at = (at + 1) & (h->size - 1);
    h->bucket[at] = (hash & ~(h->size - 1)) | (number + 1);
}

/* Room for one more in the pool and its buckets. */
static void pool_grow(struct iso_ob_machine *m)
{
    struct iso_machine_hash *h = &m->pool_hash;
    if (m->npool == m->pool_capacity) {
        m->pool_capacity = m->pool_capacity ? 2 * m->pool_capacity : 128;
        m->pool = realloc(m->pool, m->pool_capacity * sizeof *m->pool);
        if (!m->pool)
            iso_out_of_memory(__FILE__, __LINE__);
    }
    if (2 * m->npool < h->size)
        return;
    h->size = h->size ? 2 * h->size : 256;
    free(h->bucket);
    h->bucket = calloc(h->size, sizeof *h->bucket);
    if (!h->bucket)
        iso_out_of_memory(__FILE__, __LINE__);
    for (uint32_t i = 0; i < m->npool; i++)
        pool_put(h, residual_hash(&m->pool[i].r, m->pool[i].thread), i);
}

uint32_t iso_set_number(struct iso_ob_machine *m, unsigned thread, const struct iso_residual *r)
{
    struct iso_machine_hash *h = &m->pool_hash;
    uint32_t hash;
    if (m->latest < m->npool && is_pooled(&m->pool[m->latest], r, thread))
        return m->latest;
    pool_grow(m);
    hash = residual_hash(r, thread);
    for (uint32_t at = hash & (h->size - 1); h->bucket[at]; at = (at + 1) & (h->size - 1)) {
        m->latest = (h->bucket[at] & (h->size - 1)) - 1;
        if (((h->bucket[at] ^ hash) & ~(h->size - 1)) == 0 && is_pooled(&m->pool[m->latest], r, thread))
            return m->latest;
    }
    m->pool[m->npool] = (struct iso_pooled){.r = *r, .thread = (uint8_t)thread};
    pool_put(h, hash, m->npool);
    return m->latest = m->npool++;
}

/* ---- sets of them ---- */

void iso_set_reset(struct iso_ob_machine *m)
{
    m->nscratch = m->scratch_sum = 0;
    m->scratch_stamp++;
}

void iso_set_add(struct iso_ob_machine *m, uint32_t number)
{
    struct iso_pooled *p = &m->pool[number];
    if (p->stamp == m->scratch_stamp)
        return;
    p->stamp = m->scratch_stamp;
    if (m->nscratch == m->scratch_capacity) {
        m->scratch_capacity = m->scratch_capacity ? 2 * m->scratch_capacity : 64;
        m->scratch = realloc(m->scratch, m->scratch_capacity * sizeof *m->scratch);
        if (!m->scratch)
            iso_out_of_memory(__FILE__, __LINE__);
    }
    m->scratch[m->nscratch++] = number;
    m->scratch_sum += iso_hash_words(&number, 1);
}

bool iso_set_has_expanded(struct iso_ob_machine *m, unsigned thread, const struct iso_residual *r)
{
    uint32_t number;
    bool out;
    if (m->recorder)
        return false;
    number = iso_set_number(m, thread, r);
    out = m->pool[number].expanded == m->scratch_stamp;
    m->pool[number].expanded = m->scratch_stamp;
    return out;
}

bool iso_set_circles(struct iso_ob_machine *m, const struct iso_residual *r)
{
    for (const struct iso_under_way *u = m->under_way; u && !m->circles; u = u->outer)
        m->circles = u->r.run == r->run && u->r.done == r->done && u->r.aux == r->aux;
    m->again |= m->circles;
    return m->circles;
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
        uint32_t at = m->node[i].hash & (h->size - 1);
        while (h->bucket[at])
            at = (at + 1) & (h->size - 1);
        h->bucket[at] = i + 1;
    }
}

/* Whether a node is the set under way: as many, and all of them in it. */
static bool is_scratch(const struct iso_ob_machine *m, const struct iso_node *n)
{
    for (uint32_t k = 0; k < n->count; k++)
        if (m->pool[m->member[n->first + k]].stamp != m->scratch_stamp)
            return false;
    return true;
}

/* Number of the scratch set. UINT32_MAX if it is empty: no way of this thread fits what the others did. A thread that abandons runs when values
 * of this round do not suit it may live on with the next round's, if others show them: then the empty set is a set. */
uint32_t iso_set_node(struct iso_ob_machine *m, unsigned thread)
{
    iso_future_thin(m);
    if (m->nscratch == 0 && !(m->program->lazy && (m->program->thread[thread].drops || m->dropped)))
        return UINT32_MAX;
    return iso_set_intern(m, thread);
}

uint32_t iso_set_intern(struct iso_ob_machine *m, unsigned thread)
{
    struct iso_machine_hash *h = &m->node_hash;
    uint32_t at, hash = m->scratch_sum * 31u + thread;
    if (2 * m->nnodes >= h->size)
        hash_grow(m);
    at = hash & (h->size - 1);
    for (; h->bucket[at]; at = (at + 1) & (h->size - 1)) {
        const struct iso_node *n = &m->node[h->bucket[at] - 1];
        if (n->hash == hash && n->count == m->nscratch && n->thread == thread && is_scratch(m, n))
            return h->bucket[at] - 1;
    }
    if (m->nnodes == m->node_capacity) {
        m->node_capacity = m->node_capacity ? 2 * m->node_capacity : 64;
        m->node = realloc(m->node, m->node_capacity * sizeof *m->node);
    }
    while (m->nmembers + m->nscratch > m->member_capacity) {
        m->member_capacity = m->member_capacity ? 2 * m->member_capacity : 256;
        m->member = realloc(m->member, m->member_capacity * sizeof *m->member);
    }
    if (!m->node || (!m->member && m->nscratch))
        iso_out_of_memory(__FILE__, __LINE__);
    m->node[m->nnodes] = (struct iso_node){.count = m->nscratch, .first = m->nmembers, .hash = hash, .thread = thread};
    if (m->nscratch)
        memcpy(&m->member[m->nmembers], m->scratch, m->nscratch * sizeof *m->scratch);
    m->nmembers += m->nscratch;
    h->bucket[at] = m->nnodes + 1;
    return m->nnodes++;
}
