/* From threads to traces: rounds of walks over a growing domain of values.
 * Not for: how traces meet (machine.c, search.c). */
#include "models/translate.h"
#include "sim/explore/alike.h"
#include "sim/explore/machine.h"
#include "sim/isa/fatal.h"

#include <stdlib.h>
#include <string.h>

static void *grow(void *list, uint32_t *capacity, size_t element)
{
    uint32_t next = *capacity ? 2 * *capacity : 16;
    void *out = realloc(list, next * element);
    if (!out)
        iso_out_of_memory(__FILE__, __LINE__);
    *capacity = next;
    return out;
}

struct iso_footprint *iso_footprints_add(struct iso_footprints *f, uint64_t loc, uint8_t size, bool is_code)
{
    for (uint32_t i = 0; i < f->count; i++)
        if (f->list[i].loc == loc && f->list[i].size == size && f->list[i].is_code == is_code)
            return &f->list[i];
    if (f->count == f->capacity)
        f->list = grow(f->list, &f->capacity, sizeof *f->list);
    f->list[f->count] = (struct iso_footprint){.loc = loc, .size = size, .is_code = is_code};
    f->grown = true;
    return &f->list[f->count++];
}

bool iso_modified_has(const struct iso_modified *m, uint64_t loc)
{
    for (uint32_t i = 0; i < m->count; i++)
        if (m->loc[i] == loc)
            return true;
    return false;
}

bool iso_program_modifies(struct iso_program *program, uint64_t loc, unsigned size)
{
    struct iso_modified *m = program->modified;
    loc = iso_loc_strip(loc); /* what one copy holds another may come to hold */
    bool descriptor = iso_test_descriptor_at(program->setup->test, loc) >= 0;
    uint64_t at = descriptor ? loc & ~UINT64_C(7) : loc & ~UINT64_C(3);
    for (; at < loc + size; at += descriptor ? 8 : 4) {
        if (iso_modified_has(m, at) || !iso_image_is_code(&program->image, at))
            continue;
        if (m->count == m->capacity)
            m->loc = grow(m->loc, &m->capacity, sizeof *m->loc);
        m->loc[m->count++] = at;
        program->refetch = true;
    }
    return program->refetch;
}

/* A place that an access looks at or writes; of a split frame, in every copy there is: what is cut in one is cut in all. */
static void add_footprint(struct iso_program *program, unsigned thread, const struct iso_event *e)
{
    struct iso_footprint *place = iso_footprints_add(program->footprints, e->loc, e->size, e->kind == ISO_EVENT_FETCH);
    place->users |= 1u << thread;
    place->writers |= iso_event_is_store(e) ? 1u << thread : 0;
    if (!iso_image_is_split(&program->image, e->loc))
        return;
    uint64_t home = iso_loc_strip(e->loc);
    const struct iso_alias_frame *f = &program->aliases->frame[iso_image_frame(program->setup, e->loc)];
    iso_footprints_add(program->footprints, home, e->size, false)->is_written |= iso_event_is_store(e);
    for (unsigned i = 0; i < f->nuses; i++)
        if (!iso_loc_is_tag(home) || iso_alias_has_tags(program->aliases, &f->use[i]))
            iso_footprints_add(program->footprints,
                               home | (uint64_t)iso_alias_number(program->aliases, &f->use[i]) << ISO_LOC_COPY_SHIFT,
                               e->size, false);
}

void iso_program_note_read(struct iso_program *program, unsigned thread, uint64_t loc, unsigned size)
{
    struct iso_thread_traces *t = &program->thread[thread];
    for (uint32_t i = 0; i < t->nreads; i++)
        if (t->read[i].loc == loc && t->read[i].size == size)
            return;
    if (t->nreads == t->read_capacity)
        t->read = grow(t->read, &t->read_capacity, sizeof *t->read);
    t->read[t->nreads++] = (struct iso_footprint){.loc = loc, .size = (uint8_t)size, .seen = program->domain->known};
}

/* Whether two accesses meet in a byte, or in the tag of a granule, of their pages, whatever frames those are in. */
static bool overlap_in_page(const struct iso_event *a, const struct iso_event *b)
{
    uint64_t x = a->loc & (ISO_PAGE_BYTES - 1), y = b->loc & (ISO_PAGE_BYTES - 1);
    return iso_loc_is_tag(a->loc) == iso_loc_is_tag(b->loc) && x < y + b->size && y < x + a->size;
}

/* TTD reads of earlier accesses to the same bytes of their page: TLBI-ordered-before reaches those too (B2.3, TLBI-ob). */
static void link_same_offset(struct iso_builder *b)
{
    for (unsigned i = 0; i < b->w.nevents; i++) {
        struct iso_event *later = &b->event[i];
        if (later->kind != ISO_EVENT_TTD_READ)
            continue;
        for (unsigned k = 0; k < i; k++) {
            const struct iso_event *earlier = &b->event[k];
            if (earlier->kind != ISO_EVENT_TTD_READ || earlier->instance == later->instance)
                continue;
            for (uint64_t u = later->users; u; u &= u - 1)
                for (uint64_t v = earlier->users; v; v &= v - 1) {
                    const struct iso_event *e2 = &b->event[__builtin_ctzll(u)], *e1 = &b->event[__builtin_ctzll(v)];
                    if (e1->kind != ISO_EVENT_FAULT && e2->kind != ISO_EVENT_FAULT && overlap_in_page(e1, e2))
                        later->same_offset |= ISO_BIT(k);
                }
        }
    }
}

/* Read-modify-write pairs seen from the read, and the own writes between the two halves. */
static void link_pairs(struct iso_builder *b)
{
    for (unsigned i = 0; i < b->w.nevents; i++)
        if (b->event[i].kind == ISO_EVENT_READ) {
            b->event[i].pair = -1;
            b->event[i].between = 0;
        }
    for (unsigned i = 0; i < b->w.nevents; i++) {
        const struct iso_event *w = &b->event[i];
        struct iso_event *r;
        if (w->kind != ISO_EVENT_WRITE || w->pair < 0)
            continue;
        r = &b->event[w->pair];
        for (uint64_t s = ISO_BIT(w->pair) | r->siblings; s; s &= s - 1)
            b->event[__builtin_ctzll(s)].pair = (int8_t)i;
        for (unsigned k = (unsigned)w->pair + 1; k < i; k++)
            if (b->event[k].kind == ISO_EVENT_WRITE && b->event[k].instance != w->instance &&
                b->event[k].instance != r->instance && iso_event_overlaps(&b->event[k], w))
                for (uint64_t s = ISO_BIT(w->pair) | r->siblings; s; s &= s - 1)
                    b->event[__builtin_ctzll(s)].between |= ISO_BIT(k);
    }
}

static bool has_loop(const struct iso_test *test)
{
    for (uint32_t t = 0; t < test->nthreads; t++)
        for (uint32_t i = 0; i < test->thread[t].ninsns; i++)
            if (test->thread[t].insn[i].cls == ISO_INSN_BRANCH && test->thread[t].insn[i].target >= 0 &&
                (uint32_t)test->thread[t].insn[i].target <= i)
                return true;
    return false;
}

/* A TLBI or IC that a DSB completes gets a completion: the point that everything behind the DSB waits for. */
static void add_completions(struct iso_builder *b)
{
    unsigned count = b->w.nevents;
    bool spins = has_loop(b->test);
    for (unsigned i = 0; i < count; i++) {
        uint64_t behind = 0;
        int known = -1;
        if ((b->event[i].kind != ISO_EVENT_TLBI || b->event[i].page == ISO_SETUP_MAX_PAGES) &&
            b->event[i].kind != ISO_EVENT_IC)
            continue;
        for (unsigned k = 0; k < count; k++)
            if (b->event[k].kind == ISO_EVENT_COMPLETION && b->event[k].pair == (int8_t)i)
                known = (int)k;
            else if (b->event[k].preds & ISO_BIT(i))
                behind |= ISO_BIT(k);
        if (known >= 0) { /* a horizon waited for it */
            for (uint64_t e = behind; e; e &= e - 1)
                b->event[__builtin_ctzll(e)].preds |= ISO_BIT(known);
            continue;
        }
        /* with nothing behind, it matters to a loop alone, which would go round for ever over a stale entry; behind a horizon something may come */
        if (!behind && !b->w.at_horizon && (!spins || !(b->w.order.before_any >> i & 1)))
            continue;
        unsigned c = b->w.nevents;
        if (c >= ISO_EVENTS_MAX) {
            b->failure = "more events in one thread than the engine holds (64)";
            return;
        }
        b->event[c] = (struct iso_event){.kind = ISO_EVENT_COMPLETION,
                                         .size = 1,
                                         .pair = (int8_t)i,
                                         .ttd = -1,
                                         .tag = -1,
                                         .flags = b->event[i].flags,
                                         .insn = b->event[i].insn,
                                         .instance = b->event[i].instance,
                                         .page = b->event[i].page,
                                         .loc = UINT64_MAX - 1,
                                         .preds = b->event[i].preds | ISO_BIT(i)};
        b->w.nevents++;
        b->gate |= b->w.at_horizon ? ISO_BIT(c) : 0;
        for (uint64_t e = behind; e; e &= e - 1)
            b->event[__builtin_ctzll(e)].preds |= ISO_BIT(c);
    }
}

static uint32_t final_hash(const struct iso_thread_traces *t, const struct iso_final_part *f)
{
    uint64_t h = f->nfaults * 31u + f->ncauses * 7u + f->no_progress;
    for (uint32_t i = 0; i < t->nshown; i++)
        h = (h ^ f->reg[i]) * UINT64_C(0xff51afd7ed558ccd) ^ h >> 29;
    for (uint32_t i = 0; i < f->ncauses; i++)
        h = (h ^ ((uint64_t)f->cause[i].insn << 8 | f->cause[i].effect)) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(h ^ h >> 32);
}

/* Place for a final in the buckets: its own, or an empty one. */
static uint32_t final_bucket(const struct iso_thread_traces *t, const struct iso_final_part *part)
{
    uint32_t at = final_hash(t, part) & (t->nbuckets - 1);
    for (; t->final_bucket[at]; at = (at + 1) & (t->nbuckets - 1)) {
        const struct iso_final_part *f = &t->final[t->final_bucket[at] - 1];
        if (f->nfaults == part->nfaults && f->ncauses == part->ncauses && f->no_progress == part->no_progress &&
            !memcmp(f->reg, part->reg, t->nshown * sizeof *f->reg) && !memcmp(f->fault, part->fault, sizeof f->fault) &&
            !memcmp(f->cause, part->cause, sizeof f->cause) && !memcmp(f->unknown, part->unknown, sizeof f->unknown))
            break;
    }
    return at;
}

/* Twice the buckets; also after the finals were forgotten. */
static void rehash_finals(struct iso_thread_traces *t)
{
    t->nbuckets = t->nbuckets > 2 * t->nfinals ? t->nbuckets : t->nbuckets ? 2 * t->nbuckets : 16;
    free(t->final_bucket);
    t->final_bucket = calloc(t->nbuckets, sizeof *t->final_bucket);
    if (!t->final_bucket)
        iso_out_of_memory(__FILE__, __LINE__);
    for (uint32_t i = 0; i < t->nfinals; i++)
        t->final_bucket[final_bucket(t, &t->final[i])] = i + 1;
}

/* Where a thread that goes round for ever finds UNKNOWN data in each round: there they are at the end, too. */
static void note_unknown(struct iso_final_part *part, const struct iso_builder *b)
{
    const uint16_t flags = ISO_EVENT_SPIN | ISO_EVENT_UNKNOWN;
    unsigned n = 0;
    for (unsigned i = 0; i < b->w.nevents && n < ISO_TRACE_UNKNOWN_MAX; i++)
        if (b->event[i].kind == ISO_EVENT_READ && (b->event[i].flags & flags) == flags)
            part->unknown[n++] = iso_loc_strip(b->event[i].loc);
}

static uint32_t final_of(struct iso_program *program, struct iso_builder *b)
{
    struct iso_thread_traces *t = &program->thread[b->thread_index];
    uint64_t reg[ISO_FINAL_MAX_OBSERVABLES];
    struct iso_final_part part = {
        .reg = reg, .nfaults = b->w.nfaults, .ncauses = b->w.ncauses, .no_progress = b->w.stuck};
    uint32_t at;
    for (uint32_t i = 0; i < t->nshown; i++)
        reg[i] = t->shown[i] < ISO_REG_COUNT ? b->w.regs.x[t->shown[i]] : 0;
    memcpy(part.fault, b->w.fault, sizeof part.fault);
    memcpy(part.cause, b->w.cause, sizeof part.cause);
    note_unknown(&part, b);
    if (!t->nfinals || 2 * t->nfinals >= t->nbuckets)
        rehash_finals(t);
    at = final_bucket(t, &part);
    if (t->final_bucket[at])
        return t->final_bucket[at] - 1;
    if (t->nfinals == t->final_capacity)
        t->final = grow(t->final, &t->final_capacity, sizeof *t->final);
    part.reg = iso_arena_copy(program->arena, reg, t->nshown * sizeof *reg);
    t->final[t->nfinals] = part;
    t->final_bucket[at] = ++t->nfinals;
    return t->nfinals - 1;
}

static struct iso_continuation *continuation(struct iso_program *program, const struct iso_builder *b)
{
    struct iso_continuation *c = iso_arena_alloc(program->arena, sizeof *c);
    struct iso_walk w = b->w;
    iso_walk_drop_dead(program, b->thread_index, &w);
    w.cursor = 0;
    iso_walk_pack(c, program->arena, &w, b->event, b->build);
    c->gate = b->gate;
    c->inside = b->inside;
    c->awaits = b->w.awaits;
    c->awaited = b->awaited;
    c->soon = b->w.awaits && b->soon;
    return c;
}

/* Forgets an earlier trace or drops the new one where one of the two is the same but more ordered: it adds no behaviour. */
static bool is_redundant(struct iso_arena *arena, struct iso_thread_traces *t, const struct iso_trace *trace)
{
    for (uint32_t i = t->ntraces; i-- > t->batch && i + 8 > t->ntraces;) {
        struct iso_trace *old = &t->trace[i];
        bool less = true, more = true;
        if (old->nevents != trace->nevents || old->final != trace->final || old->open || old->cut != trace->cut ||
            old->lost != trace->lost)
            continue;
        for (uint32_t k = 0; k < trace->nevents && (less || more); k++) {
            struct iso_event a = old->event[k], c = trace->event[k];
            if (a.preds & ~c.preds)
                less = false;
            if (c.preds & ~a.preds)
                more = false;
            a.preds = c.preds = 0;
            if (memcmp(&a, &c, sizeof a))
                less = more = false;
        }
        if (less)
            return true;
        if (more) {
            old->event = iso_arena_copy(arena, trace->event, trace->nevents * sizeof *trace->event);
            return true;
        }
    }
    return false;
}

/* A valid descriptor with AF clear may have it set by hardware at any time where some thread's tables are managed by hardware (D8.5: speculative
 * translation). The value counts as a hardware write. */
bool iso_program_sets_af(const struct iso_program *program, uint64_t loc, uint64_t descriptor, uint64_t *after)
{
    const struct iso_test *test = program->setup->test;
    int page = program->sets_af ? iso_test_descriptor_at(test, loc) : -1;
    if (page < 0)
        return false;
    if (test->page[page].is_stage2) {
        struct iso_s2pte pte;
        iso_s2pte_decode(&pte, descriptor);
        if (iso_setup_tthm(program->setup, test->stage2_tthm) == ISO_TTHM_SOFTWARE || !pte.valid || pte.af)
            return false;
        pte.af = true;
        *after = iso_s2pte_encode(&pte);
    } else {
        struct iso_pte pte;
        iso_pte_decode(&pte, descriptor);
        if (!program->sets_stage1_af || !pte.valid || pte.af || (program->quiet_tables >> page & 1u))
            return false;
        pte.af = true;
        *after = iso_pte_encode(&pte);
    }
    return true;
}

static void note_spontaneous_af(struct iso_program *program, uint64_t loc, uint64_t descriptor)
{
    uint64_t after;
    if (iso_program_sets_af(program, loc, descriptor, &after))
        iso_domain_add(program->domain, &(struct iso_domain_write){.loc = loc,
                                                                   .value = {after, 0},
                                                                   .size = 8,
                                                                   .thread = ISO_THREADS_MAX,
                                                                   .writers = 1u << ISO_THREADS_MAX,
                                                                   .is_hu = true});
}

bool iso_program_note_write(struct iso_program *program, unsigned thread, uint64_t loc, unsigned size,
                            struct iso_bytes16 value, bool is_hu)
{
    /* Past a horizon a thread forgets its own writes: from there on it finds them in memory as others do. So a value counts as everybody's. */
    uint8_t writer = program->lazy ? (uint8_t)ISO_THREADS_MAX : (uint8_t)thread;
    if (!iso_domain_add(program->domain, &(struct iso_domain_write){.loc = loc,
                                                                    .value = value,
                                                                    .size = (uint8_t)size,
                                                                    .thread = writer,
                                                                    .writers = 1u << thread,
                                                                    .is_hu = is_hu}))
        return false;
    if (size == 8 && !is_hu)
        note_spontaneous_af(program, loc, value.lo);
    return true;
}

void iso_program_note_writes(struct iso_program *program, const struct iso_builder *b, bool found)
{
    struct iso_thread_traces *t = &program->thread[b->thread_index];
    uint32_t writes = 0;
    for (unsigned i = 0; i < b->w.nevents; i++) {
        const struct iso_event *e = &b->event[i];
        if (!iso_event_is_store(e))
            continue;
        writes++;
        if (found)
            iso_program_note_write(program, b->thread_index, e->loc, e->size, e->value, e->kind == ISO_EVENT_HU);
    }
    t->writes = writes > t->writes ? writes : t->writes;
}

void iso_program_keep_trace(struct iso_program *program, unsigned thread, const struct iso_trace *trace)
{
    struct iso_thread_traces *t = &program->thread[thread];
    if (t->ntraces == (program->lazy && program->tries_horizons ? ISO_TRACES_TRIED : ISO_TRACES_MAX)) {
        program->failure = "more runs of one thread than the engine holds";
        return;
    }
    if (t->ntraces == t->capacity)
        t->trace = grow(t->trace, &t->capacity, sizeof *t->trace);
    t->trace[t->ntraces++] = *trace;
}

void iso_program_add_trace(struct iso_program *program, struct iso_builder *b)
{
    struct iso_thread_traces *t = &program->thread[b->thread_index];
    struct iso_trace trace;
    link_pairs(b);
    if (program->lazy && iso_walk_is_in_vain(b))
        return;
    if (program->lazy)
        iso_walk_find_idle(b);
    if (program->setup->variant.vmsa) {
        link_same_offset(b);
    }
    if (program->setup->variant.vmsa || program->fetches) {
        add_completions(b);
        if (b->failure)
            return;
    }
    for (unsigned i = 0; i < b->w.nevents; i++)
        if (iso_event_is_memory(&b->event[i]))
            add_footprint(program, b->thread_index, &b->event[i]);
    iso_program_note_writes(program, b, !program->lazy); /* else only what the search really writes counts */
    trace.nevents = b->w.nevents;
    trace.final = final_of(program, b);
    trace.event = b->event;
    trace.cut = b->w.cut;
    trace.lost = b->w.lost;
    program->has_cuts |= b->w.cut;
    trace.open = NULL;
    trace.canonical = false;
    if (b->w.awaits)
        iso_footprints_add(program->footprints, b->awaited, b->w.awaits, false)->users |= 1u << b->thread_index;
    if (b->w.at_horizon)
        trace.open = continuation(program, b);
    else if (is_redundant(program->arena, t, &trace))
        return;
    if (!program->lazy && t->ntraces == ISO_TRACES_EAGER) {
        program->crowded = true;
        return;
    }
    trace.event =
        trace.open ? trace.open->event : iso_arena_copy(program->arena, b->event, b->w.nevents * sizeof *b->event);
    iso_program_keep_trace(program, b->thread_index, &trace);
}

uint32_t iso_program_alike(struct iso_program *program, const struct iso_alike *set)
{
    const size_t bytes = set->count * sizeof *set->value;
    uint32_t i = 0, hash;
    if (set->count < 2)
        return 0;
    hash = iso_hash_words((const uint32_t *)(const void *)set->value, bytes / sizeof(uint32_t));
    while (i < program->nalike && (program->alike[i].hash != hash || program->alike[i].count != set->count ||
                                   memcmp(program->alike[i].value, set->value, bytes) != 0))
        i++;
    if (i == program->nalike) {
        if (program->nalike == program->alike_capacity)
            program->alike = grow(program->alike, &program->alike_capacity, sizeof *program->alike);
        program->alike[program->nalike++] =
            (struct iso_alike){iso_arena_copy(program->arena, set->value, bytes), set->count, hash};
    }
    return i + 1;
}

/* Whether writes that the thread's runs did not know yet concern one of its reads. */
static bool has_news(const struct iso_program *program, unsigned thread)
{
    const struct iso_thread_traces *t = &program->thread[thread];
    bool has_twins = program->has_twins >> thread & 1; /* what it writes a twin writes too */
    for (uint32_t k = 0; k < t->nreads; k++) {
        bool split = iso_image_is_split(&program->image, t->read[k].loc);
        uint64_t mask = split ? ~ISO_LOC_COPY : ~UINT64_C(0), loc = t->read[k].loc & mask;
        for (uint32_t i = t->read[k].seen; i < program->domain->nwrites; i++) {
            const struct iso_domain_write *w = &program->domain->write[i];
            if ((w->thread != thread || w->is_hu || split || has_twins) && (w->loc & mask) < loc + t->read[k].size &&
                loc < (w->loc & mask) + w->size)
                return true;
        }
    }
    return false;
}

bool iso_program_has_news(const struct iso_program *program)
{
    if (program->domain->joined)
        return true;
    for (unsigned i = 0; i < program->nthreads; i++)
        if (has_news(program, i))
            return true;
    return false;
}

/* Tags of frames without tag storage may become zero at any time, those that the test began with too. */
static void note_tagless(struct iso_program *program)
{
    const struct iso_test *test = program->setup->test;
    for (uint32_t i = 0; program->image.tagless_frames && i < test->nlocations; i++) {
        const struct iso_location *l = &test->location[i];
        uint64_t loc = iso_image_loc(program->setup, l->va), end = loc + (uint64_t)l->element_bytes * l->count;
        for (uint64_t g = loc & ~(uint64_t)(ISO_GRANULE_BYTES - 1); g < end; g += ISO_GRANULE_BYTES) {
            if (!iso_image_is_tagless(&program->image, iso_loc_of_tag(g)))
                continue;
            iso_domain_add(program->domain, &(struct iso_domain_write){.loc = iso_loc_of_tag(g),
                                                                       .size = 1,
                                                                       .thread = ISO_THREADS_MAX,
                                                                       .writers = 1u << ISO_THREADS_MAX,
                                                                       .is_hu = true});
            iso_footprints_add(program->footprints, iso_loc_of_tag(g), 1, false)->is_written = true;
        }
    }
}

/* Tables in memory whose tier may refuse an update: none is seen that no access asks for. */
static void note_quiet_tables(struct iso_program *program)
{
    const struct iso_setup *setup = program->setup;
    for (uint32_t i = 0; setup->machine && i < setup->test->npages; i++) {
        const struct iso_page *page = &setup->test->page[i];
        struct iso_attribute attribute;
        struct iso_access access;
        struct iso_effect_set set;
        if (!page->table)
            continue;
        iso_access_init(&access, ISO_ACCESS_HW_UPDATE);
        access.va = access.pa = page->descriptor_va;
        iso_setup_table_attribute(&attribute, setup, page->table - 1,
                                  setup->test->has_guest ? &setup->test->page[page->table - 1].descriptor : NULL);
        iso_decide_path(&set, &access, &attribute, &setup->machine->tiers[setup->frame_tier[page->table - 1]],
                        &setup->machine->features);
        for (size_t k = 0; k < set.count; k++)
            if (set.item[k].kind != ISO_EFFECT_PERFORM)
                program->quiet_tables |= ISO_BIT(i);
    }
}

int iso_program_build(struct iso_program *program, struct iso_builder *builder)
{
    uint32_t rounds = 0;
    const struct iso_test *test = program->setup->test;
    program->domain->joined = false;
    for (uint32_t i = 0; i < program->domain->nwrites; i++)
        program->domain->write[i].asked = false;
    for (unsigned i = 0; i < program->nthreads; i++)
        program->sets_stage1_af |=
            program->setup->variant.vmsa && iso_setup_tthm(program->setup, test->thread[i].tthm) != ISO_TTHM_SOFTWARE;
    if (program->sets_stage1_af)
        note_quiet_tables(program);
    program->sets_af = program->sets_stage1_af ||
                       (test->has_guest && iso_setup_tthm(program->setup, test->stage2_tthm) != ISO_TTHM_SOFTWARE);
    if (program->sets_af && program->setup->machine &&
        iso_cpu_get(&program->setup->machine->features, ISO_CPU_TABLE_UPDATE) == ISO_TABLE_UPDATE_NO)
        program->sets_af = program->sets_stage1_af = false; /* CH-49: none that no access needs */
    for (uint32_t i = 0; program->sets_af && i < test->npages; i++)
        note_spontaneous_af(program, test->page[i].descriptor_va, test->page[i].descriptor);
    note_tagless(program);
    for (bool again = true; again;) {
        uint32_t chain = 2;
        again = false;
        for (unsigned i = 0; i < program->nthreads; i++) {
            struct iso_thread_traces *t = &program->thread[i];
            if (program->twin_of[i] != i || (t->walked && !has_news(program, i)))
                continue;
            again = true;
            t->walked = true;
            t->ntraces = t->nfinals = t->nreads = t->batch = 0;
            program->domain->known = program->domain->nwrites;
            iso_walk_thread(builder, program, i);
            if (program->crowded || program->refetch)
                return -1;
            if (program->lazy)
                iso_alike_merge(program, i, 0);
            if (builder->failure && !program->failure)
                program->failure = builder->failure;
            if (program->failure)
                return -1;
        }
        for (unsigned i = 0; i < program->nthreads; i++)
            chain += program->thread[program->twin_of[i]].writes;
        if (++rounds > chain) /* no value's history is longer: what is still new cannot happen */
            break;
    }
    program->domain->known = program->domain->nwrites; /* final states are asked about the last walk's, too */
    return 0;
}

void iso_program_free(struct iso_program *program)
{
    for (unsigned i = 0; i < program->nthreads; i++) {
        free(program->thread[i].trace);
        free(program->thread[i].final);
        free(program->thread[i].final_bucket);
        free(program->thread[i].read);
    }
    free(program->alike);
    iso_arena_free(program->arena);
}
