/* Symmetry between threads, as declared in symmetry.h. An exchange of two threads pairs runs of one with runs of the other, with the names they use (names.c).
 * All other exchanges come of these, one after the other.
 * Not for: which threads come into question (twins.c). Not modelled: translations, changing code, and several copies of a location; there is no symmetry then. */
#include "sim/explore/symmetry.h"
#include "sim/explore/claims.h"
#include "sim/explore/future.h"
#include "sim/explore/names.h"
#include "sim/explore/sets.h"
#include "sim/isa/fatal.h"

#include <stdlib.h>
#include <string.h>

enum { EXCHANGES_MAX = 4 };

struct iso_symmetry {
    struct iso_exchange exchange[EXCHANGES_MAX];
    unsigned nexchanges;
    struct {
        uint8_t from, exchange; /* the image that it comes of, and by which exchange */
    } image[ISO_IMAGES_MAX];
    unsigned nimages;
    uint32_t *state; /* the images asked for last */
    uint64_t noted[ISO_THREADS_MAX]
                  [ISO_SLOTS_MAX]; /* values written that are told already, a bit each for the first 64 */
    bool broken;
};

/* A run with what it finds, or has made. */
struct instance {
    uint8_t thread;
    uint32_t run;
    struct iso_bytes16 value;
};

bool iso_symmetry_give_up(struct iso_ob_machine *m)
{
    m->symmetry->broken |= !m->again; /* else it is only not finished */
    m->again = true;
    return false;
}

/* ---- runs ---- */

/* Pairs two runs. */
static bool pair_runs(struct iso_ob_machine *m, struct iso_exchange *x, unsigned thread, uint32_t run, uint32_t other)
{
    const unsigned there = x->thread[thread];
    const uint32_t to = iso_table_get(&x->run[thread], run), from = iso_table_get(&x->run[there], other);
    if (to != ISO_NO_NAME || from != ISO_NO_NAME)
        return to == other && from == run;
    if (!iso_names_fit(m, x, m->thread[thread].run[run], m->thread[there].run[other]))
        return false;
    iso_table_set(&x->run[thread], run, other);
    iso_table_set(&x->run[there], other, run);
    return true;
}

/* Pairs runs of a thread with as many of the thread in its place. */
static bool pair_all(struct iso_ob_machine *m, struct iso_exchange *x, unsigned thread, uint32_t first, uint32_t count,
                     uint32_t other, uint32_t others)
{
    const unsigned there = x->thread[thread];
    for (uint32_t k = 0; k < count && count == others; k++) {
        uint32_t known = iso_table_get(&x->run[thread], first + k), i = 0;
        if (known != ISO_NO_NAME && known - other >= others)
            return iso_symmetry_give_up(m);
        while (known == ISO_NO_NAME && i < others &&
               (iso_table_get(&x->run[there], other + (k + i) % others) != ISO_NO_NAME ||
                !pair_runs(m, x, thread, first + k, other + (k + i) % others)))
            i++;
        if (i == others)
            return iso_symmetry_give_up(m);
    }
    return count == others || iso_symmetry_give_up(m);
}

/* What a run that awaits `value` awaits in its image. */
static bool image_of_value(struct iso_bytes16 *out, struct iso_ob_machine *m, const struct iso_exchange *x,
                           const struct iso_run *run, const struct iso_run *image, struct iso_bytes16 value)
{
    *out = (struct iso_bytes16){0, 0};
    for (uint64_t k = run->awaited; k; k &= k - 1) {
        unsigned slot = (unsigned)__builtin_ctzll(k);
        struct iso_slot *from = &m->slot[slot];
        const struct iso_slot *to = &m->slot[x->slot[slot]];
        uint32_t number = iso_table_get(
            &x->value[slot],
            iso_machine_value(from, iso_bytes_slice(value, (unsigned)(from->loc - run->open->awaited), from->size)));
        if (number == ISO_NO_NAME)
            return false;
        for (unsigned i = 0; i < to->size; i++)
            iso_bytes_set(out, (unsigned)(to->loc - image->open->awaited) + i, iso_bytes_get(to->value[number], i));
    }
    return true;
}

static unsigned find(const struct instance *list, unsigned count, const struct instance *wanted)
{
    unsigned i = 0;
    while (i < count && (list[i].thread != wanted->thread || list[i].run != wanted->run ||
                         !iso_bytes_equal(list[i].value, wanted->value)))
        i++;
    return i;
}

/* One by one, everything that comes of the first of the list by exchanges: how many; 0: some has no image. next[i][x]: place in the list of what comes
 * of i by exchange x. */
static unsigned find_orbit(struct iso_ob_machine *m, struct instance list[ISO_IMAGES_MAX],
                           uint8_t next[ISO_IMAGES_MAX][EXCHANGES_MAX], bool awaits)
{
    struct iso_symmetry *s = m->symmetry;
    unsigned count = 1;
    for (unsigned i = 0; i < count; i++)
        for (unsigned k = 0; k < s->nexchanges; k++) {
            const struct iso_exchange *x = &s->exchange[k];
            struct instance image = {
                x->thread[list[i].thread], iso_table_get(&x->run[list[i].thread], list[i].run), {0, 0}};
            unsigned at;
            if (image.run == ISO_NO_NAME ||
                (awaits && !image_of_value(&image.value, m, x, m->thread[list[i].thread].run[list[i].run],
                                           m->thread[image.thread].run[image.run], list[i].value))) {
                iso_symmetry_give_up(m);
                return 0;
            }
            at = find(list, count, &image);
            if (at == ISO_IMAGES_MAX) {
                iso_symmetry_give_up(m);
                return 0;
            }
            list[at] = image;
            count += at == count;
            next[i][k] = (uint8_t)at;
        }
    return count;
}

bool iso_symmetry_extend(struct iso_ob_machine *m, unsigned thread, uint32_t run)
{
    struct iso_symmetry *s = m->symmetry;
    struct instance orbit[ISO_IMAGES_MAX] = {{(uint8_t)thread, run, {0, 0}}};
    uint8_t next[ISO_IMAGES_MAX][EXCHANGES_MAX];
    unsigned count;
    if (!s || m->thread[thread].run[run]->extended)
        return iso_machine_extend(m, thread, m->thread[thread].run[run]);
    count = find_orbit(m, orbit, next, false);
    for (unsigned i = 0; i < count; i++)
        if (!iso_machine_extend(m, orbit[i].thread, m->thread[orbit[i].thread].run[orbit[i].run]))
            return false;
    for (unsigned i = 0; i < count; i++)
        for (unsigned k = 0; k < s->nexchanges; k++) {
            const struct instance *to = &orbit[next[i][k]];
            const struct iso_run *a = m->thread[orbit[i].thread].run[orbit[i].run],
                                 *b = m->thread[to->thread].run[to->run];
            if (!pair_all(m, &s->exchange[k], orbit[i].thread, a->first_child, a->nchildren, b->first_child,
                          b->nchildren))
                return false;
        }
    return !m->again;
}

const struct iso_answer *iso_symmetry_answer(struct iso_ob_machine *m, unsigned thread, uint32_t run,
                                             struct iso_bytes16 value)
{
    struct iso_symmetry *s = m->symmetry;
    struct instance orbit[ISO_IMAGES_MAX] = {{(uint8_t)thread, run, value}};
    const struct iso_answer *answer[ISO_IMAGES_MAX], *known = s ? m->thread[thread].run[run]->answer : NULL;
    uint8_t next[ISO_IMAGES_MAX][EXCHANGES_MAX];
    unsigned count;
    while (known && !iso_bytes_equal(known->value, value))
        known = known->next;
    if (!s || known)
        return known ? known : iso_machine_answer(m, thread, m->thread[thread].run[run], value);
    count = find_orbit(m, orbit, next, true);
    for (unsigned i = 0; i < count; i++) {
        answer[i] =
            iso_machine_answer(m, orbit[i].thread, m->thread[orbit[i].thread].run[orbit[i].run], orbit[i].value);
        if (!answer[i])
            return NULL;
    }
    for (unsigned i = 0; i < count; i++)
        for (unsigned k = 0; k < s->nexchanges; k++) {
            const struct iso_answer *a = answer[i], *b = answer[next[i][k]];
            if (!pair_all(m, &s->exchange[k], orbit[i].thread, a->first_child, a->nchildren, b->first_child,
                          b->nchildren))
                return NULL;
        }
    return count && !m->again ? answer[0] : NULL;
}

bool iso_symmetry_canonical(struct iso_ob_machine *m, unsigned thread, uint32_t *run, uint64_t *done)
{
    struct iso_symmetry *s = m->symmetry;
    struct instance orbit[ISO_IMAGES_MAX] = {{(uint8_t)thread, *run, {0, 0}}};
    const struct iso_run *from = m->thread[thread].run[*run];
    uint32_t to[ISO_IMAGES_MAX];
    uint64_t made = 0, after = 0;
    uint8_t next[ISO_IMAGES_MAX][EXCHANGES_MAX];
    unsigned count;
    bool is_one = false;
    if (!s || iso_run_merged(from, *done))
        return iso_horizon_canonical(m, thread, run, done);
    count = find_orbit(m, orbit, next, false);
    for (unsigned i = 0; i < count; i++) {
        bool found;
        to[i] = orbit[i].run;
        made = *done;
        found = iso_horizon_canonical(m, orbit[i].thread, &to[i], &made);
        if (m->failure)
            return false;
        if (i && (found != is_one || made != after))
            return iso_symmetry_give_up(m);
        is_one = found;
        after = made;
    }
    for (unsigned i = 0; i < count && is_one; i++)
        for (unsigned k = 0; k < s->nexchanges; k++)
            if (!pair_runs(m, &s->exchange[k], orbit[i].thread, to[i], to[next[i][k]]))
                return iso_symmetry_give_up(m);
    if (!is_one || !count)
        return false;
    *run = to[0];
    *done = after;
    return true;
}

/* ---- residuals, sets, states ---- */

/* Number of a residual's image; ISO_NO_NAME: it has none. */
static uint32_t image_of_residual(struct iso_ob_machine *m, const struct iso_exchange *x, uint32_t number)
{
    struct iso_residual r = m->pool[number].r;
    const unsigned thread = m->pool[number].thread;
    r.run = iso_table_get(&x->run[thread], r.run);
    return r.run == ISO_NO_NAME || r.aux ? ISO_NO_NAME : iso_set_number(m, x->thread[thread], &r);
}

void iso_symmetry_check(struct iso_ob_machine *m, uint32_t number, uint32_t other)
{
    struct iso_symmetry *s = m->symmetry;
    for (unsigned k = 0; k < s->nexchanges && !m->again; k++) {
        uint32_t a = image_of_residual(m, &s->exchange[k], number), b = image_of_residual(m, &s->exchange[k], other);
        if (a == ISO_NO_NAME || b == ISO_NO_NAME || iso_future_of(m, a) != iso_future_of(m, b))
            iso_symmetry_give_up(m);
    }
}

static uint32_t image_of_node(struct iso_ob_machine *m, struct iso_exchange *x, uint32_t node)
{
    uint32_t out = iso_table_get(&x->node, node);
    const uint32_t count = m->node[node].count, first = m->node[node].first;
    const unsigned there = x->thread[m->node[node].thread];
    if (out != ISO_NO_NAME)
        return out;
    iso_set_reset(m);
    for (uint32_t k = 0; k < count && !m->again; k++) {
        uint32_t number = image_of_residual(m, x, m->member[first + k]);
        if (number == ISO_NO_NAME) {
            iso_symmetry_give_up(m);
            return ISO_NO_NAME;
        }
        iso_set_add(m, iso_future_of(m, number));
    }
    if (m->again)
        return ISO_NO_NAME;
    out = iso_set_intern(m, there);
    iso_table_set(&x->node, node, out);
    return out;
}

/* Bits of slots as they are named in the image. */
static uint64_t image_of_slots(const struct iso_exchange *x, uint64_t slots)
{
    uint64_t out = 0;
    for (; slots; slots &= slots - 1)
        out |= x->slot[__builtin_ctzll(slots)] == ISO_NO_SLOT ? 0 : ISO_BIT(x->slot[__builtin_ctzll(slots)]);
    return out;
}

static bool exchange_state(struct iso_ob_machine *m, struct iso_exchange *x, uint32_t *out, const uint32_t *in)
{
    const uint32_t *memory = in + m->nthreads, *claim = memory + m->nslots;
    for (unsigned i = 0; i < m->nthreads; i++) {
        uint32_t to = image_of_node(m, x, in[i]);
        if (to == ISO_NO_NAME)
            return false;
        out[x->thread[i]] = to;
    }
    for (unsigned k = 0; k < m->nslots; k++) {
        uint32_t value = x->slot[k] == ISO_NO_SLOT ? memory[k] : iso_table_get(&x->value[k], memory[k]);
        if (value == ISO_NO_NAME || (x->slot[k] == ISO_NO_SLOT && value)) /* what no run accesses is as it was */
            return iso_symmetry_give_up(m);
        out[m->nthreads + (unsigned)(x->slot[k] == ISO_NO_SLOT ? (int)k : x->slot[k])] = value;
    }
    for (unsigned i = 0; i < m->nthreads; i++) {
        uint32_t *to = out + m->nthreads + m->nslots + (size_t)ISO_CLAIM_WORDS * x->thread[i];
        iso_claims_put(to, image_of_slots(x, iso_claims_of(claim, i)));
        iso_claims_put(to + 2, image_of_slots(x, iso_claims_read(claim, i)));
    }
    return true;
}

/* Image i of the state that lies in front of all, by those that it comes of. */
static bool make_image(struct iso_ob_machine *m, size_t width, unsigned i, uint32_t *known)
{
    struct iso_symmetry *s = m->symmetry;
    if (*known >> i & 1)
        return true;
    *known |= 1u << i;
    return make_image(m, width, s->image[i].from, known) &&
           exchange_state(m, &s->exchange[s->image[i].exchange], s->state + i * width,
                          s->state + s->image[i].from * width);
}

const uint32_t *iso_symmetry_least(struct iso_ob_machine *m, const uint32_t *state)
{
    struct iso_symmetry *s = m->symmetry;
    const size_t width = m->nthreads + m->nslots + (size_t)ISO_CLAIM_WORDS * m->nthreads;
    const size_t bytes = m->nthreads * sizeof *state;
    uint32_t node[ISO_IMAGES_MAX][ISO_THREADS_MAX], known = 1;
    unsigned least = 0;
    if (!s->state)
        s->state = iso_arena_alloc(m->arena, s->nimages * width * sizeof *s->state);
    memcpy(s->state, state, width * sizeof *state);
    memcpy(node[0], state, bytes);
    for (unsigned i = 1; i < s->nimages; i++) {
        struct iso_exchange *x = &s->exchange[s->image[i].exchange];
        for (unsigned t = 0; t < m->nthreads; t++) {
            const uint32_t to = image_of_node(m, x, node[s->image[i].from][t]);
            if (to == ISO_NO_NAME)
                return NULL;
            node[i][x->thread[t]] = to;
        }
        const int order = memcmp(node[i], node[least], bytes);
        if (order > 0)
            continue;
        if (order == 0) {
            if (!make_image(m, width, least, &known) || !make_image(m, width, i, &known))
                return NULL;
            if (memcmp(s->state + i * width, s->state + least * width, width * sizeof *state) >= 0)
                continue;
        }
        least = i;
    }
    return make_image(m, width, least, &known) ? s->state + least * width : NULL;
}

const uint32_t *iso_symmetry_images(struct iso_ob_machine *m, const uint32_t *state, unsigned *count)
{
    struct iso_symmetry *s = m->symmetry;
    const size_t width = m->nthreads + m->nslots + (size_t)ISO_CLAIM_WORDS * m->nthreads;
    if (!s->state)
        s->state = iso_arena_alloc(m->arena, s->nimages * width * sizeof *s->state);
    memcpy(s->state, state, width * sizeof *state);
    *count = 0;
    for (unsigned i = 1; i < s->nimages; i++)
        if (!exchange_state(m, &s->exchange[s->image[i].exchange], s->state + i * width,
                            s->state + s->image[i].from * width))
            return NULL;
    *count = s->nimages;
    return s->state;
}

uint64_t iso_symmetry_orbit(const struct iso_ob_machine *m, unsigned slot)
{
    uint64_t out = ISO_BIT(slot), before = 0;
    while (m->symmetry && out != before) {
        before = out;
        for (unsigned k = 0; k < m->symmetry->nexchanges; k++)
            out |= image_of_slots(&m->symmetry->exchange[k], out);
    }
    return out;
}

unsigned iso_symmetry_exchanges(const struct iso_ob_machine *m)
{
    return m->symmetry ? m->symmetry->nexchanges : 0;
}

int iso_symmetry_place(const struct iso_ob_machine *m, unsigned exchange, unsigned *thread, unsigned slot)
{
    const struct iso_exchange *x = &m->symmetry->exchange[exchange];
    *thread = x->thread[*thread];
    return x->slot[slot];
}

int iso_symmetry_value(const struct iso_ob_machine *m, unsigned exchange, unsigned slot, uint32_t *value)
{
    const struct iso_exchange *x = &m->symmetry->exchange[exchange];
    *value = x->slot[slot] == ISO_NO_SLOT ? ISO_NO_NAME : iso_table_get(&x->value[slot], *value);
    return *value == ISO_NO_NAME ? -1 : x->slot[slot];
}

void iso_symmetry_note_write(struct iso_ob_machine *m, unsigned thread, unsigned slot, uint32_t value)
{
    struct iso_symmetry *s = m->symmetry;
    if (value < 64 && (s->noted[thread][slot] >> value & 1))
        return;
    if (value < 64)
        s->noted[thread][slot] |= ISO_BIT(value);
    for (unsigned k = 0; k < s->nexchanges; k++) {
        const struct iso_exchange *x = &s->exchange[k];
        const struct iso_slot *to = x->slot[slot] == ISO_NO_SLOT ? NULL : &m->slot[x->slot[slot]];
        uint32_t number = to ? iso_table_get(&x->value[slot], value) : ISO_NO_NAME;
        if (number == ISO_NO_NAME) {
            iso_symmetry_give_up(m);
            return;
        }
        if (iso_program_note_write(m->program, x->thread[thread], to->loc, to->size, to->value[number], false) ||
            (number < 64 && !(s->noted[x->thread[thread]][x->slot[slot]] >> number & 1)))
            iso_symmetry_note_write(m, x->thread[thread], (unsigned)x->slot[slot], number);
    }
}

/* ---- beginning and end ---- */

/* All orders of threads that exchanges lead to, each by one from an earlier one. False: more than there is room for. */
static bool find_images(struct iso_symmetry *s, unsigned nthreads)
{
    uint8_t order[ISO_IMAGES_MAX][ISO_THREADS_MAX];
    for (unsigned i = 0; i < nthreads; i++)
        order[0][i] = (uint8_t)i;
    s->nimages = 1;
    for (unsigned i = 0; i < s->nimages; i++)
        for (unsigned k = 0; k < s->nexchanges; k++) {
            uint8_t next[ISO_THREADS_MAX] = {0};
            unsigned at = 0;
            for (unsigned t = 0; t < nthreads; t++)
                next[s->exchange[k].thread[t]] = order[i][t];
            while (at < s->nimages && memcmp(order[at], next, nthreads) != 0)
                at++;
            if (at < s->nimages)
                continue;
            if (at == ISO_IMAGES_MAX)
                return false;
            memcpy(order[at], next, nthreads);
            s->image[at].from = (uint8_t)i;
            s->image[at].exchange = (uint8_t)k;
            s->nimages++;
        }
    return true;
}

/* One exchange for each two threads next to each other of those that run the same code, as long as there is room for all that come of them. */
static void find_exchanges(struct iso_symmetry *s, const struct iso_program *program)
{
    for (unsigned i = 0; i < program->nthreads; i++)
        for (unsigned k = i + 1; k < program->nthreads && s->nexchanges < EXCHANGES_MAX; k++) {
            struct iso_exchange *x = &s->exchange[s->nexchanges];
            if (program->kin_of[i] != program->kin_of[k])
                continue;
            memset(x->slot, ISO_NO_SLOT, sizeof x->slot);
            for (unsigned t = 0; t < program->nthreads; t++)
                x->thread[t] = (uint8_t)(t == i ? k : t == k ? i : t);
            s->nexchanges++;
            if (!find_images(s, program->nthreads))
                s->nexchanges--;
            break;
        }
    find_images(s, program->nthreads);
}

void iso_symmetry_begin(struct iso_ob_machine *m, struct iso_symmetry_names *names)
{
    struct iso_symmetry *s;
    bool any = false;
    for (unsigned i = 0; i < m->nthreads; i++)
        any |= m->program->kin_of[i] != i;
    if (!names || names->broken || !any || m->program->has_twins)
        return;
    m->symmetry = s = calloc(1, sizeof *s);
    if (!s)
        iso_out_of_memory(__FILE__, __LINE__);
    find_exchanges(s, m->program);
    for (unsigned k = 0; k < s->nexchanges; k++)
        if (!iso_names_take(m, &s->exchange[k], k, names)) {
            iso_symmetry_give_up(m);
            return;
        }
    for (unsigned k = 0; k < s->nexchanges; k++)
        for (unsigned t = 0; t < m->nthreads; t++)
            if (!pair_all(m, &s->exchange[k], t, 0, m->thread[t].nruns, 0, m->thread[s->exchange[k].thread[t]].nruns))
                return;
}

void iso_symmetry_end(struct iso_ob_machine *m, struct iso_symmetry_names *names)
{
    struct iso_symmetry *s = m->symmetry;
    if (!s)
        return;
    names->broken |= s->broken;
    for (unsigned i = 0; i < s->nexchanges && !s->broken; i++)
        iso_names_keep(m, &s->exchange[i], i, names);
    for (unsigned i = 0; i < s->nexchanges; i++)
        iso_names_free(&s->exchange[i]);
    free(s);
    m->symmetry = NULL;
}
