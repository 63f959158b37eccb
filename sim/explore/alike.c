/* Traces that become one, as declared in alike.h: by each event in turn, the last first, so that sets of values of several reads multiply out. */
#include "sim/explore/alike.h"
#include "sim/explore/machine.h"
#include "sim/isa/fatal.h"

#include <stdlib.h>
#include <string.h>

enum { EVENT_WORDS = sizeof(struct iso_event) / sizeof(uint32_t), SET_MAX = ISO_DOMAIN_VALUES_MAX };

struct candidate {
    struct iso_trace *trace; /* NULL: it has become part of another */
    uint32_t rest;           /* hash of all but the events */
    uint32_t event[ISO_EVENTS_MAX], sum;
    uint32_t hash; /* but for the value of the event under way */
};

static uint32_t hash_event(const struct iso_event *e, uint32_t number)
{
    return 31u * iso_hash_words((const uint32_t *)(const void *)e, EVENT_WORDS) + number;
}

/* The event with nothing said of its value. */
static struct iso_event blank(const struct iso_event *e)
{
    struct iso_event out = *e;
    out.value = (struct iso_bytes16){0, 0};
    out.alike = 0;
    return out;
}

static bool may_join(const struct iso_trace *t, unsigned i)
{
    return i < t->nevents && t->event[i].kind == ISO_EVENT_READ && (t->event[i].flags & ISO_EVENT_IDLE) &&
           !(t->event[i].flags & ISO_EVENT_UNKNOWN);
}

static bool goes_on_alike(const struct iso_trace *a, const struct iso_trace *b)
{
    const struct iso_continuation *x = a->open, *y = b->open;
    struct iso_walk w, v;
    if (a->cut != b->cut || a->lost != b->lost || !x != !y || (!x && a->final != b->final))
        return false;
    if (!x)
        return true;
    if (x->gate != y->gate || x->inside != y->inside || x->awaited != y->awaited || x->awaits != y->awaits ||
        x->soon != y->soon)
        return false;
    iso_walk_unpack(&w, x);
    iso_walk_unpack(&v, y);
    if (memcmp(&w, &v, sizeof w) != 0)
        return false;
    for (unsigned i = 0; i < x->nevents; i++) {
        struct iso_order_event p, q;
        iso_walk_unpack_order(&p, x, i);
        iso_walk_unpack_order(&q, y, i);
        if (memcmp(&p, &q, sizeof p) != 0)
            return false;
    }
    return true;
}

/* Whether two traces are the same but for the value of event i. */
static bool are_alike(const struct iso_trace *a, const struct iso_trace *b, unsigned i)
{
    if (a->nevents != b->nevents)
        return false;
    for (unsigned k = 0; k < a->nevents; k++) {
        struct iso_event x = k == i ? blank(&a->event[k]) : a->event[k], y = k == i ? blank(&b->event[k]) : b->event[k];
        if (memcmp(&x, &y, sizeof x) != 0)
            return false;
    }
    return goes_on_alike(a, b);
}

static void begin(struct candidate *c, struct iso_trace *t)
{
    *c = (struct candidate){.trace = t, .rest = t->nevents | (uint32_t)t->cut << 8 | (uint32_t)t->lost << 9};
    if (t->open) {
        struct iso_walk w;
        iso_walk_unpack(&w, t->open);
        c->rest ^= 7u * iso_hash_words((const uint32_t *)(const void *)&w, sizeof w / sizeof(uint32_t));
    } else {
        c->rest ^= 7u * t->final;
    }
    for (unsigned i = 0; i < t->nevents; i++)
        c->sum += c->event[i] = hash_event(&t->event[i], i);
}

static int by_hash(const void *a, const void *b)
{
    const struct candidate *x = *(struct candidate *const *)a, *y = *(struct candidate *const *)b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->trace < y->trace ? -1 : x->trace > y->trace;
}

static int by_value(const void *a, const void *b)
{
    const struct iso_bytes16 *x = a, *y = b;
    if (x->hi != y->hi)
        return x->hi < y->hi ? -1 : 1;
    return x->lo < y->lo ? -1 : x->lo > y->lo;
}

/* The values of an event join a set. False: there is no room for them. */
static bool collect(struct iso_bytes16 value[SET_MAX], uint32_t *count, const struct iso_program *program,
                    const struct iso_event *e)
{
    const struct iso_alike *set = e->alike ? &program->alike[e->alike - 1] : NULL;
    const uint32_t more = set ? set->count : 1;
    if (*count + more > SET_MAX)
        return false;
    for (uint32_t k = 0; k < more; k++)
        value[(*count)++] = set ? set->value[k] : e->value;
    return true;
}

/* Gives event i of a trace the values collected. */
static void serve(struct iso_program *program, struct candidate *c, unsigned i, struct iso_bytes16 *value,
                  uint32_t count)
{
    struct iso_trace *t = c->trace;
    struct iso_event *event = iso_arena_copy(program->arena, t->event, t->nevents * sizeof *event);
    uint32_t kept = 0;
    qsort(value, count, sizeof *value, by_value);
    for (uint32_t k = 0; k < count; k++)
        if (!k || by_value(&value[k], &value[kept - 1]) != 0)
            value[kept++] = value[k];
    event[i].value = value[0];
    event[i].alike = iso_program_alike(program, &(struct iso_alike){.value = value, .count = kept});
    t->event = event;
    if (t->open)
        t->open->event = event;
    c->sum -= c->event[i];
    c->sum += c->event[i] = hash_event(&event[i], i);
}

/* Of traces with one hash, joins those that are alike but for event i. */
static void join(struct iso_program *program, struct candidate **group, uint32_t count, unsigned i)
{
    struct iso_bytes16 value[SET_MAX];
    for (uint32_t k = 0; k < count; k++) {
        uint32_t nvalues = 0, first = k;
        if (!group[k]->trace || !collect(value, &nvalues, program, &group[k]->trace->event[i]))
            continue;
        for (uint32_t other = k + 1; other < count; other++)
            if (group[other]->trace && are_alike(group[k]->trace, group[other]->trace, i) &&
                collect(value, &nvalues, program, &group[other]->trace->event[i])) {
                group[other]->trace->nevents = UINT32_MAX;
                group[other]->trace = NULL;
                first = other;
            }
        if (first != k)
            serve(program, group[k], i, value, nvalues);
    }
}

/* One event in turn. */
static void join_by(struct iso_program *program, struct candidate *c, struct candidate **order, uint32_t count,
                    unsigned i)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < count; k++) {
        struct iso_event e;
        if (!c[k].trace || !may_join(c[k].trace, i))
            continue;
        e = blank(&c[k].trace->event[i]);
        c[k].hash = c[k].rest ^ (c[k].sum - c[k].event[i] + hash_event(&e, i));
        order[n++] = &c[k];
    }
    qsort(order, n, sizeof(struct candidate *), by_hash);
    for (uint32_t k = 0, end; k < n; k = end) {
        for (end = k + 1; end < n && order[end]->hash == order[k]->hash;)
            end++;
        if (end > k + 1)
            join(program, &order[k], end - k, i);
    }
}

void iso_alike_merge(struct iso_program *program, unsigned thread, uint32_t first)
{
    struct iso_thread_traces *t = &program->thread[thread];
    const uint32_t count = t->ntraces - first;
    struct candidate *c;
    struct candidate **order;
    uint32_t nevents = 0, kept = first;
    if (count < 2 || program->request || (program->options && program->options->reduce == ISO_REDUCE_NEVER))
        return;
    c = malloc(count * sizeof *c);
    order = malloc(count * sizeof(struct candidate *));
    if (!c || !order)
        iso_out_of_memory(__FILE__, __LINE__);
    for (uint32_t k = 0; k < count; k++) {
        begin(&c[k], &t->trace[first + k]);
        nevents = t->trace[first + k].nevents > nevents ? t->trace[first + k].nevents : nevents;
    }
    for (unsigned i = nevents; i-- > 0;)
        join_by(program, c, order, count, i);
    for (uint32_t k = first; k < t->ntraces; k++)
        if (t->trace[k].nevents != UINT32_MAX)
            t->trace[kept++] = t->trace[k];
    t->ntraces = kept;
    free(order);
    free(c);
}
