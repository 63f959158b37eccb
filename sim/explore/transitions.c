/* Transitions of nodes, as declared in transitions.h: a table that forgets. */
#include "sim/explore/transitions.h"
#include "sim/explore/past.h"
#include "sim/isa/fatal.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROWS = 1 << 10, GROWTH = 2, BYTES_MAX = 24 << 20, RESULT_WORDS = 5 };

/* Whether it is enough to know what the thread has looked at so far, when the same came of it: what it looks at hangs on that alone. */
static bool is_plain(const struct iso_ob_machine *m)
{
    return !m->copies && !m->has_completions && m->nkeys == m->first_code;
}

void iso_transition_key(struct iso_transition_key *out, struct iso_ob_machine *m, uint32_t node, bool own,
                        const struct iso_move *move, uint64_t changed, const struct iso_view *view)
{
    const uint64_t seen = own ? move->slots : changed;
    uint64_t matters = m->node[node].consults | move->slots, keys = UINT64_MAX;
    uint32_t *word = out->word;
    unsigned n = 5;
    if (!is_plain(m)) {
        const struct iso_node *left = iso_node_left(m, node);
        matters = left->reads_left | (own || !m->copies ? move->slots : 0);
        for (unsigned k = 0; k < m->nkeys; k++) {
            const uint64_t slot = ISO_BIT(m->key_slot[k]);
            if (left->invalidates_left)
                matters |= slot;
            else if (!(left->reads_left & slot))
                keys &= ~ISO_BIT(k);
        }
    }
    word[0] = node + 1;
    word[1] =
        (own ? 1u : 0u) | (uint32_t)move->kind << 8 | (uint32_t)move->maintenance << 16 | (uint32_t)move->copying << 24;
    word[2] = (move->broadcast ? 1u : 0u) | (move->guest ? 2u : 0u) | (move->code ? 4u : 0u) | (move->is_hu ? 8u : 0u);
    word[3] = (uint32_t)seen;
    word[4] = (uint32_t)(seen >> 32);
    for (unsigned k = 0; k < m->nslots; k++)
        word[n++] = matters >> k & 1 ? view->memory[k] : UINT32_MAX;
    for (unsigned k = 0; k < m->nkeys; k++) {
        const bool completes = move->kind == ISO_EVENT_COMPLETION;
        word[n++] = keys >> k & 1 ? view->oldest[k] : UINT32_MAX;
        if (k >= m->first_code && view->cleaned)
            word[n++] = keys >> k & 1 ? view->cleaned[k - m->first_code] : UINT32_MAX;
        if (!m->has_completions)
            continue;
        word[n++] = completes && (keys >> k & 1) ? view->before[k] : UINT32_MAX;
        word[n++] = completes ? move->bound[k] : UINT32_MAX; /* it ends entries in use, whatever is left to read */
    }
    out->count = n;
}

static uint32_t *row_of(const struct iso_transitions *t, const uint32_t *key)
{
    return t->word + (size_t)(iso_hash_words(key, t->width - RESULT_WORDS) % t->size) * t->width;
}

/* A table of `size` rows, with what was in the old one as far as it finds a place. */
static void resize(struct iso_transitions *t, uint32_t size)
{
    const struct iso_transitions old = *t;
    t->size = size;
    t->kept = 0;
    t->word = calloc((size_t)size * t->width, sizeof *t->word);
    if (!t->word)
        iso_out_of_memory(__FILE__, __LINE__);
    for (uint32_t i = 0; i < old.size; i++) {
        const uint32_t *row = old.word + (size_t)i * old.width;
        if (row[0])
            memcpy(row_of(t, row), row, t->width * sizeof *row);
    }
    free(old.word);
}

bool iso_transitions_find(struct iso_transitions *t, struct iso_transition *out, const struct iso_transition_key *key)
{
    const uint32_t *row;
    if (!t->word) {
        t->width = key->count + RESULT_WORDS;
        resize(t, FIRST_ROWS);
    }
    row = row_of(t, key->word);
    if (memcmp(row, key->word, key->count * sizeof *row) != 0)
        return false;
    row += key->count;
    *out = (struct iso_transition){row[0], row[1] | (uint64_t)row[2] << 32, row[3] | (uint64_t)row[4] << 32};
    return true;
}

void iso_transitions_put(struct iso_transitions *t, struct iso_ob_machine *m, const struct iso_transition_key *key,
                         uint32_t node, const struct iso_transition *transition)
{
    uint32_t *row;
    if (is_plain(m) && (m->consulted & ~m->node[node].consults)) {
        m->node[node].consults |= m->consulted; /* the next time it will be known by that, too */
        return;
    }
    if (++t->kept > t->size && (size_t)GROWTH * t->size * t->width * sizeof *row <= BYTES_MAX)
        resize(t, GROWTH * t->size);
    row = row_of(t, key->word);
    memcpy(row, key->word, key->count * sizeof *row);
    row += key->count;
    row[0] = transition->to;
    row[1] = (uint32_t)transition->touched;
    row[2] = (uint32_t)(transition->touched >> 32);
    row[3] = (uint32_t)transition->dropped;
    row[4] = (uint32_t)(transition->dropped >> 32);
}
