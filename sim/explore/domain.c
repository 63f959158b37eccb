/* Values a location may hold. Not for: when it holds them. */
#include "sim/explore/domain.h"
#include "sim/isa/fatal.h"

#include <stdlib.h>
#include <string.h>

void iso_domain_free(struct iso_domain *domain)
{
    free(domain->write);
    free(domain->times);
    for (uint32_t i = 0; i < domain->narrivals; i++)
        free(domain->arrival[i].place);
    free(domain->arrival);
    *domain = (struct iso_domain){0};
}

bool iso_domain_add(struct iso_domain *domain, const struct iso_domain_write *write)
{
    for (uint32_t i = 0; i < domain->nwrites; i++) {
        struct iso_domain_write *w = &domain->write[i];
        if (w->loc != write->loc || w->size != write->size || w->thread != write->thread || w->is_hu != write->is_hu ||
            w->disturbs != write->disturbs || !iso_bytes_equal(w->value, write->value))
            continue;
        domain->joined |= w->asked && (write->writers & ~w->writers);
        w->writers |= write->writers;
        return false;
    }
    if (domain->nwrites == domain->capacity) {
        uint32_t capacity = domain->capacity ? 2 * domain->capacity : 32;
        struct iso_domain_write *grown = realloc(domain->write, capacity * sizeof *grown);
        if (!grown)
            iso_out_of_memory(__FILE__, __LINE__);
        domain->write = grown;
        domain->capacity = capacity;
    }
    domain->write[domain->nwrites++] = *write;
    return true;
}

bool iso_domain_disturbs(const struct iso_domain *domain, uint64_t loc, unsigned size)
{
    loc = iso_loc_strip(loc);
    for (uint32_t i = 0; i < domain->known; i++)
        if (domain->write[i].disturbs && domain->write[i].loc < loc + size &&
            loc < domain->write[i].loc + domain->write[i].size)
            return true;
    return false;
}

bool iso_domain_knows(const struct iso_domain *domain, uint64_t loc, uint64_t descriptor)
{
    for (uint32_t i = 0; i < domain->known; i++)
        if (domain->write[i].loc == loc && domain->write[i].size == 8 && domain->write[i].value.lo == descriptor)
            return true;
    return false;
}

static struct iso_domain_times *times_of(struct iso_domain *domain, uint64_t loc, uint64_t descriptor)
{
    for (uint32_t i = 0; i < domain->ntimes; i++)
        if (domain->times[i].loc == loc && domain->times[i].descriptor == descriptor)
            return &domain->times[i];
    return NULL;
}

bool iso_domain_may_hold(struct iso_domain *domain, uint64_t loc, uint64_t descriptor, uint32_t times, bool under_way)
{
    struct iso_domain_times *t = times_of(domain, loc, descriptor);
    if (times <= (t ? t->times : 1))
        return true;
    if (t)
        return false;
    if (domain->ntimes == domain->times_capacity) {
        domain->times_capacity = domain->times_capacity ? 2 * domain->times_capacity : 8;
        domain->times = realloc(domain->times, domain->times_capacity * sizeof *domain->times);
        if (!domain->times)
            iso_out_of_memory(__FILE__, __LINE__);
    }
    domain->times[domain->ntimes++] =
        (struct iso_domain_times){.loc = loc, .descriptor = descriptor, .times = 1, .is_new = under_way};
    return false;
}

void iso_domain_note_times(struct iso_domain *domain, uint64_t loc, uint64_t descriptor, uint32_t times)
{
    struct iso_domain_times *t = times_of(domain, loc, descriptor);
    if (t && times > t->times) {
        t->times = times;
        t->is_new = true;
    }
}

static void *grown(void *old, uint32_t *capacity, size_t bytes)
{
    void *out;
    *capacity = *capacity ? 2 * *capacity : 8;
    out = realloc(old, *capacity * bytes);
    if (!out)
        iso_out_of_memory(__FILE__, __LINE__);
    return out;
}

struct iso_domain_arrival *iso_domain_arrival(const struct iso_domain *domain, uint64_t loc, uint64_t descriptor)
{
    for (uint32_t i = 0; i < domain->narrivals; i++)
        if (domain->arrival[i].loc == loc && domain->arrival[i].descriptor == descriptor)
            return &domain->arrival[i];
    return NULL;
}

struct iso_domain_arrival *iso_domain_arrive(struct iso_domain *domain, uint64_t loc, uint64_t descriptor,
                                             uint32_t writers)
{
    struct iso_domain_arrival *a = iso_domain_arrival(domain, loc, descriptor);
    if (!a) {
        if (domain->narrivals == domain->arrival_capacity)
            domain->arrival = grown(domain->arrival, &domain->arrival_capacity, sizeof *domain->arrival);
        a = &domain->arrival[domain->narrivals++];
        *a = (struct iso_domain_arrival){.loc = loc, .descriptor = descriptor};
    }
    a->is_new |= a->asked && (writers & ~a->writers);
    a->writers |= writers;
    if (a->search != domain->searches)
        a->kept = a->known = 0;
    a->search = domain->searches;
    return a;
}

void iso_domain_note_place(struct iso_domain_arrival *arrival, uint64_t loc, unsigned size, bool kept)
{
    struct iso_domain_place *p = NULL;
    for (uint32_t i = 0; i < arrival->nplaces && !p; i++)
        if (arrival->place[i].loc == loc && arrival->place[i].size == size)
            p = &arrival->place[i];
    if (!p) {
        if (arrival->nplaces == arrival->capacity)
            arrival->place = grown(arrival->place, &arrival->capacity, sizeof *arrival->place);
        p = &arrival->place[arrival->nplaces++];
        *p = (struct iso_domain_place){.loc = loc, .size = (uint8_t)size};
    }
    arrival->is_new |= arrival->asked && kept && !p->kept;
    p->kept |= kept;
}

/* Whether a read of [loc, loc+bytes) behind the arrival may find what the test began with. Where the search had no such place yet, that is not known. */
static bool may_be_initial(struct iso_domain_arrival *arrival, uint64_t loc, unsigned bytes)
{
    bool is_known = false;
    for (uint32_t i = 0; i < arrival->nplaces; i++) {
        const struct iso_domain_place *p = &arrival->place[i];
        if (p->loc >= loc + bytes || loc >= p->loc + p->size)
            continue;
        if (p->kept)
            return true;
        is_known = true;
    }
    arrival->asked |= is_known;
    return !is_known;
}

bool iso_domain_left_out(const struct iso_domain *domain)
{
    bool out = false;
    for (uint32_t i = 0; i < domain->ntimes; i++)
        out |= domain->times[i].is_new;
    for (uint32_t i = 0; i < domain->narrivals; i++)
        out |= domain->arrival[i].is_new;
    return out;
}

bool iso_domain_take_left_out(struct iso_domain *domain)
{
    bool out = iso_domain_left_out(domain);
    for (uint32_t i = 0; i < domain->ntimes; i++)
        domain->times[i].is_new = false;
    for (uint32_t i = 0; i < domain->narrivals; i++)
        domain->arrival[i].is_new = domain->arrival[i].asked = false;
    domain->searches++;
    return out;
}

struct request {
    struct iso_domain_values *out;
    struct iso_domain *domain;
    const struct iso_image *image;
    const struct iso_event *event;
    struct iso_domain_arrival *after;
    uint64_t loc, own;
    unsigned thread, size;
    bool is_ttd;
    bool split; /* of several copies: whatever any write put into one may come to be in another, and come back */
};

/* Where a write counts as being. */
static uint64_t place(const struct request *q, uint64_t loc)
{
    return q->split ? iso_loc_strip(loc) : loc;
}

static bool covers(uint64_t loc, unsigned size, uint64_t from, unsigned bytes)
{
    return loc <= from && from + bytes <= loc + size;
}

static bool keep(struct iso_domain_values *out, struct iso_bytes16 value)
{
    for (unsigned i = 0; i < out->count; i++)
        if (iso_bytes_equal(out->value[i], value))
            return false;
    if (out->count == ISO_DOMAIN_VALUES_MAX) {
        out->overflow = true;
        return false;
    }
    out->value[out->count++] = value;
    return true;
}

/* Whether the reader alone makes a write. Behind an own write of the walk a read finds none of those: they came before that one, or are still to come (B2.3.3,
 * internal visibility). Past a horizon own writes are forgotten, and a read finds the last of them in memory. */
static bool is_own(const struct request *q, const struct iso_domain_write *w)
{
    return q->thread != ISO_DOMAIN_ANY_THREAD && w->writers == 1u << q->thread && !w->is_hu;
}

/* Values of the bytes [from, from+bytes) of a location, none of whose writes begins or ends inside them. */
static void segment_values(struct iso_domain_values *out, const struct request *q, uint64_t from, unsigned bytes)
{
    bool own = false, any = q->is_ttd || q->split;
    for (unsigned k = ISO_EVENTS_MAX; k-- > 0;) {
        const struct iso_event *w = &q->event[k];
        if (!(q->own >> k & 1) || !covers(place(q, w->loc), w->size, from, bytes))
            continue;
        keep(out, iso_bytes_slice(w->value, (unsigned)(from - place(q, w->loc)), bytes));
        own = true;
        if (!any)
            break;
    }
    if ((!own || any) && (!q->after || any || may_be_initial(q->after, from, bytes)))
        keep(out, iso_image_read(q->image, from, bytes));
    for (uint32_t i = 0; i < q->domain->known; i++) {
        struct iso_domain_write *w = &q->domain->write[i];
        if ((w->thread == q->thread && !w->is_hu && !q->split) || w->disturbs ||
            !covers(place(q, w->loc), w->size, from, bytes))
            continue;
        if (own && !any && is_own(q, w))
            w->asked = true;
        else
            keep(out, iso_bytes_slice(w->value, (unsigned)(from - place(q, w->loc)), bytes));
    }
}

static void mark(uint32_t *cut, const struct request *q, uint64_t loc, unsigned size)
{
    if (loc > q->loc && loc < q->loc + q->size)
        *cut |= 1u << (loc - q->loc);
    if (loc + size > q->loc && loc + size < q->loc + q->size)
        *cut |= 1u << (loc + size - q->loc);
}

/* All ways to fill the bytes from `at` on, given those before. */
static void combine(const struct request *q, uint32_t cut, unsigned at, struct iso_bytes16 value)
{
    struct iso_domain_values part;
    unsigned end = at + 1;
    if (at == q->size) {
        keep(q->out, value);
        return;
    }
    while (end < q->size && !(cut >> end & 1u))
        end++;
    part.count = 0;
    part.overflow = false;
    segment_values(&part, q, q->loc + at, end - at);
    if (part.overflow)
        q->out->overflow = true;
    for (unsigned i = 0; i < part.count && !q->out->overflow; i++) {
        struct iso_bytes16 next = value;
        for (unsigned k = at; k < end; k++)
            iso_bytes_set(&next, k, iso_bytes_get(part.value[i], k - at));
        combine(q, cut, end, next);
    }
}

void iso_domain_values(struct iso_domain_values *out, struct iso_domain *domain, const struct iso_image *image,
                       unsigned thread, uint64_t loc, unsigned size, const struct iso_event *event, uint64_t own,
                       bool is_ttd, struct iso_domain_arrival *after)
{
    struct request q = {
        out, domain, image, event, after, loc, own, thread, size, is_ttd, iso_image_is_split(image, loc)};
    uint32_t cut = 0;
    q.loc = loc = place(&q, loc);
    out->count = 0;
    out->overflow = false;
    for (uint64_t w = own; w; w &= w - 1) {
        const struct iso_event *e = &event[__builtin_ctzll(w)];
        mark(&cut, &q, place(&q, e->loc), e->size);
    }
    for (uint32_t i = 0; i < domain->known; i++) {
        const struct iso_domain_write *w = &domain->write[i];
        uint64_t at = place(&q, w->loc);
        if ((w->thread != thread || w->is_hu || q.split) && !w->disturbs && at < loc + size && loc < at + w->size)
            mark(&cut, &q, at, w->size);
    }
    if (!cut)
        segment_values(out, &q, loc, size);
    else
        combine(&q, cut, 0, (struct iso_bytes16){0, 0});
}
