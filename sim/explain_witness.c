/* Words for the events of a witness, and a witness as text. Declared in explain_witness.h. Not for: pictures (explain_graph.c). */
#include "sim/explain_witness.h"

#include "sim/isa/value.h"

#include <stdlib.h>
#include <string.h>

static const char *const relation_names[] = {[ISO_WITNESS_RF] = "rf", [ISO_WITNESS_CO] = "co", [ISO_WITNESS_FR] = "fr"};

const char *iso_witness_relation_name(enum iso_witness_relation relation)
{
    return relation_names[relation];
}

/* ---- places and values ---- */

static void add_value(struct iso_buffer *out, const struct iso_test *test, uint8_t type, uint8_t bytes,
                      struct iso_bytes16 value)
{
    char text[256];
    iso_value_text(text, sizeof text, test, type, bytes, value);
    iso_buffer_add(out, text);
}

static void add_location(struct iso_buffer *out, const struct iso_witness_view *view, const struct iso_witness_event *e)
{
    iso_buffer_add(out, e->flags & ISO_WITNESS_IS_TAG ? "tag(" : "");
    add_value(out, view->test, ISO_TYPE_POINTER, 8, (struct iso_bytes16){e->loc, 0});
    iso_buffer_add(out, e->flags & ISO_WITNESS_IS_TAG ? ")" : "");
}

/* Type of what lies there: a location's own if the access takes an element whole, else a number or an address. */
static uint8_t type_of(const struct iso_witness_view *view, const struct iso_witness_event *e)
{
    uint64_t va = e->loc;
    const struct iso_location *location;
    if (e->flags & ISO_WITNESS_DESCRIPTOR)
        return ISO_TYPE_PTEVAL;
    if (view->setup->variant.vmsa && e->frame >= 0)
        va = view->test->page[e->frame].va + (e->loc & (ISO_PAGE_BYTES - 1));
    location = iso_test_location_at(view->test, va);
    if (location && location->element_bytes == e->size)
        return location->type;
    return e->size == 8 ? ISO_TYPE_POINTER : ISO_TYPE_UINT64;
}

static void add_content(struct iso_buffer *out, const struct iso_witness_view *view, const struct iso_witness_event *e)
{
    if (e->flags & ISO_WITNESS_IS_TAG)
        iso_buffer_format(out, ":%s", iso_colour_name(view->test, (unsigned)e->value.lo & 15u));
    else
        add_value(out, view->test, type_of(view, e), e->size, e->value);
}

/* Whether the execution has other caches' copies than that of an event. */
static bool has_several_copies(const struct iso_witness_view *view, const struct iso_witness_event *e)
{
    for (uint32_t i = 0; i < view->witness->nevents; i++)
        if (view->witness->event[i].copy != ISO_WITNESS_IN_MEMORY && view->witness->event[i].copy != e->copy)
            return true;
    return false;
}

/* Which caches, where that must be said: "OSH ", "P1's ". */
static void add_copy(struct iso_buffer *out, const struct iso_witness_view *view, const struct iso_witness_event *e)
{
    if (!has_several_copies(view, e))
        return;
    if (e->copy >= ISO_WITNESS_IN_OWN)
        iso_buffer_format(out, "P%u's ", (unsigned)e->copy - ISO_WITNESS_IN_OWN);
    else
        iso_buffer_add(out, e->copy == ISO_WITNESS_IN_OUTER ? "OSH " : "ISH ");
}

/* ---- events ---- */

/* Decided where the tag was looked at, which has an event of its own beside the access. */
static bool is_of_check(const struct iso_cause *cause)
{
    return cause->effect == ISO_CAUSE_TAG_ZERO || cause->effect == ISO_CAUSE_TAG_MATCH_FAILS;
}

const struct iso_cause *iso_witness_event_cause(const struct iso_witness_view *view, uint32_t event)
{
    const struct iso_witness_event *e = &view->witness->event[event];
    const struct iso_final *state = &view->witness->state;
    if (e->thread == ISO_WITNESS_NO_THREAD || e->kind == ISO_WITNESS_TTD_READ || e->kind == ISO_WITNESS_BARRIER)
        return NULL;
    for (uint32_t i = 0; i < state->ncauses && i < ISO_FINAL_MAX_CAUSES; i++)
        if (state->cause[i].thread == e->thread && state->cause[i].insn == e->insn)
            return e->tag >= 0 && is_of_check(&state->cause[i]) ? NULL : &state->cause[i];
    return NULL;
}

/* Number among the events that have letters. */
static uint32_t number_of(const struct iso_witness_view *view, uint32_t event)
{
    const struct iso_witness *w = view->witness;
    uint32_t n = 0;
    for (uint32_t i = 0; i < event; i++)
        n += w->event[i].thread != ISO_WITNESS_NO_THREAD && w->event[i].kind != ISO_WITNESS_BARRIER &&
             !iso_witness_event_is_plain(view, i);
    return n;
}

void iso_witness_event_name(struct iso_buffer *out, const struct iso_witness_view *view, uint32_t event)
{
    const struct iso_witness_event *e = &view->witness->event[event];
    uint32_t n = number_of(view, event);
    if (e->thread == ISO_WITNESS_NO_THREAD) {
        iso_buffer_add(out, e->kind == ISO_WITNESS_INITIAL ? "init(" : "hardware(");
        if (e->copy && e->kind != ISO_WITNESS_WRITTEN_BACK) {
            add_copy(out, view, e);
            iso_buffer_add(out, "cached ");
        }
        add_location(out, view, e);
        iso_buffer_add(out, ")");
        return;
    }
    if (n >= 26)
        iso_buffer_format(out, "%c", (char)('a' + (n / 26 - 1) % 26));
    iso_buffer_format(out, "%c", (char)('a' + n % 26));
}

static void add_access(struct iso_buffer *out, const struct iso_witness_view *view, const struct iso_witness_event *e)
{
    static const struct {
        uint16_t flag;
        const char *name;
    } rows[] = {{ISO_WITNESS_ACQUIRE, ".acq"},
                {ISO_WITNESS_ACQUIRE_PC, ".acqpc"},
                {ISO_WITNESS_RELEASE, ".rel"},
                {ISO_WITNESS_EXCLUSIVE, ".excl"},
                {ISO_WITNESS_ATOMIC, ".atomic"}};
    iso_buffer_add(out, e->kind == ISO_WITNESS_READ ? "R" : "W");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        iso_buffer_add(out, e->flags & rows[i].flag ? rows[i].name : "");
    iso_buffer_add(out, " ");
    add_location(out, view, e);
    iso_buffer_add(out, " = ");
    add_content(out, view, e);
    iso_buffer_add(out, e->flags & ISO_WITNESS_NEVER ? ", for ever" : "");
}

static void add_page(struct iso_buffer *out, const struct iso_witness_view *view, int page)
{
    if (page >= 0 && (uint32_t)page < view->test->npages)
        iso_buffer_format(out, " %s", view->test->page[page].name);
}

/* The fault that an event takes; NULL: none, or it is not part of the state. */
static const struct iso_fault *fault_of(const struct iso_witness_view *view, const struct iso_witness_event *e)
{
    const struct iso_final *state = &view->witness->state;
    for (uint32_t i = 0; i < state->nfaults; i++)
        if (state->fault[i].thread == e->thread && state->fault[i].insn == e->insn)
            return &state->fault[i];
    return NULL;
}

/* The fault as the state prints it, without the thread. */
static void add_fault(struct iso_buffer *out, const struct iso_witness_view *view, const struct iso_witness_event *e)
{
    const struct iso_fault *fault = fault_of(view, e);
    iso_buffer_add(out, "fault");
    if (!fault)
        return;
    iso_buffer_format(out, " %s", iso_fault_type_name(fault->type));
    if (fault->has_address) {
        iso_buffer_add(out, " at ");
        add_value(out, view->test, ISO_TYPE_POINTER, 8, (struct iso_bytes16){fault->va, 0});
    }
}

void iso_witness_event_text(struct iso_buffer *out, const struct iso_witness_view *view, uint32_t event)
{
    const struct iso_witness_event *e = &view->witness->event[event];
    char insn[96];
    switch ((enum iso_witness_kind)e->kind) {
    case ISO_WITNESS_INITIAL:
        if (e->copy) {
            iso_buffer_add(out, "in ");
            add_copy(out, view, e);
            iso_buffer_add(out, "caches ");
        }
        add_location(out, view, e);
        iso_buffer_add(out, " = ");
        add_content(out, view, e);
        break;
    case ISO_WITNESS_READ:
    case ISO_WITNESS_WRITE:
        add_access(out, view, e);
        break;
    case ISO_WITNESS_TAG_READ:
        iso_buffer_add(out, "check ");
        add_location(out, view, e);
        iso_buffer_add(out, " = ");
        add_content(out, view, e);
        if (e->flags & ISO_WITNESS_FAULTS) {
            iso_buffer_add(out, ", ");
            add_fault(out, view, e);
        }
        break;
    case ISO_WITNESS_TTD_READ:
        iso_buffer_add(out, "translate");
        add_page(out, view, e->page);
        iso_buffer_add(out, ": ");
        add_content(out, view, e);
        iso_buffer_add(out, e->flags & ISO_WITNESS_NEVER ? ", for ever" : "");
        break;
    case ISO_WITNESS_HARDWARE:
        iso_buffer_add(out, "hardware sets ");
        add_location(out, view, e);
        iso_buffer_add(out, " = ");
        add_content(out, view, e);
        break;
    case ISO_WITNESS_TAG_EVICTED:
        iso_buffer_add(out, "eviction loses ");
        add_location(out, view, e);
        break;
    case ISO_WITNESS_FILLED:
    case ISO_WITNESS_WRITTEN_BACK:
        if (!has_several_copies(view, e))
            iso_buffer_add(out, "a ");
        else if (e->copy < ISO_WITNESS_IN_OWN)
            iso_buffer_add(out, "an ");
        add_copy(out, view, e);
        iso_buffer_add(out, e->kind == ISO_WITNESS_FILLED ? "cache takes a copy: " : "cache writes back ");
        add_location(out, view, e);
        iso_buffer_add(out, " = ");
        add_content(out, view, e);
        break;
    case ISO_WITNESS_FAULT:
        add_fault(out, view, e);
        break;
    case ISO_WITNESS_TLBI:
        iso_buffer_add(out, "TLBI");
        add_page(out, view, e->page);
        break;
    case ISO_WITNESS_COMPLETION:
        iso_buffer_add(out, e->pair >= 0 && view->witness->event[e->pair].kind == ISO_WITNESS_IC
                                ? "IC complete on every CPU"
                                : "TLBI complete on every CPU");
        break;
    case ISO_WITNESS_CACHE:
        iso_buffer_add(out, "clean to the Point of Unification");
        break;
    case ISO_WITNESS_MAINTENANCE:
        iso_buffer_add(out, "maintain to the Point of Coherency");
        break;
    case ISO_WITNESS_FETCH:
        iso_buffer_add(out, "fetch ");
        add_location(out, view, e);
        iso_buffer_add(out, " = ");
        add_content(out, view, e);
        iso_buffer_add(out, e->flags & ISO_WITNESS_NEVER ? ", for ever" : "");
        break;
    case ISO_WITNESS_IC:
        iso_buffer_add(out, "invalidate instruction caches");
        break;
    case ISO_WITNESS_BARRIER:
        iso_witness_event_insn(insn, sizeof insn, view, event);
        iso_buffer_add(out, insn);
        break;
    case ISO_WITNESS_NOTHING:
        iso_buffer_add(out, "no access");
        break;
    }
}

void iso_witness_event_insn(char *out, size_t size, const struct iso_witness_view *view, uint32_t event)
{
    const struct iso_witness_event *e = &view->witness->event[event];
    *out = 0;
    if (e->thread < view->test->nthreads && e->insn < view->test->thread[e->thread].ninsns)
        iso_insn_text(out, size, &view->test->thread[e->thread].insn[e->insn]);
}

/* Where an access was to go that a tier made fault. */
static void add_place_of_fault(struct iso_buffer *out, const struct iso_witness_view *view, uint32_t event)
{
    const struct iso_cause *cause = iso_witness_event_cause(view, event);
    const struct iso_fault *fault = fault_of(view, &view->witness->event[event]);
    char attribute[ISO_ATTRIBUTE_NAME_MAX];
    int page = fault && fault->has_address ? iso_test_page_at(view->test, iso_address_strip(fault->va)) : -1;
    if (!cause || cause->tier >= view->machine->ntiers)
        return;
    iso_buffer_add(out, view->machine->tiers[cause->tier].name);
    if (page < 0 || page >= (int)ISO_SETUP_MAX_PAGES)
        return;
    iso_attribute_name(attribute, &view->setup->page_attribute[page]);
    iso_buffer_format(out, " %s", attribute);
}

void iso_witness_event_place(struct iso_buffer *out, const struct iso_witness_view *view, uint32_t event)
{
    const struct iso_witness_event *e = &view->witness->event[event];
    char attribute[ISO_ATTRIBUTE_NAME_MAX];
    if (e->kind == ISO_WITNESS_FAULT) {
        add_place_of_fault(out, view, event);
        return;
    }
    if (e->frame < 0 || e->frame >= (int)ISO_SETUP_MAX_PAGES ||
        view->setup->frame_tier[e->frame] >= view->machine->ntiers)
        return;
    iso_buffer_add(out, view->machine->tiers[view->setup->frame_tier[e->frame]].name);
    if (e->thread != ISO_WITNESS_NO_THREAD && e->page >= 0 && e->page < (int)ISO_SETUP_MAX_PAGES) {
        iso_attribute_name(attribute, &view->setup->page_attribute[e->page]);
        iso_buffer_format(out, " %s", attribute);
    }
    if (e->tag >= 0)
        iso_buffer_format(out, ", tag :%s",
                          iso_colour_name(view->test, (unsigned)view->witness->event[e->tag].value.lo & 15u));
}

void iso_witness_thread_name(struct iso_buffer *out, const struct iso_witness_view *view, unsigned thread)
{
    if (thread >= view->test->nthreads) {
        iso_buffer_add(out, "before the test");
        return;
    }
    iso_buffer_format(out, "P%u", view->test->thread[thread].id);
    if (view->test->thread[thread].is_kernel)
        iso_buffer_format(out, ": kernel, migration sequence %s", view->run->sequence->name);
}

static bool is_written(const struct iso_witness *w, uint32_t read)
{
    for (uint32_t i = 0; i < w->nedges; i++)
        if ((w->edge[i].to == read && w->event[w->edge[i].from].kind != ISO_WITNESS_INITIAL) ||
            (w->edge[i].from == read && w->edge[i].relation == ISO_WITNESS_FR))
            return true;
    return false;
}

bool iso_witness_event_is_plain(const struct iso_witness_view *view, uint32_t event)
{
    const struct iso_witness *w = view->witness;
    const struct iso_witness_event *e = &w->event[event];
    if (e->kind == ISO_WITNESS_INITIAL) { /* that only such checks read */
        for (uint32_t i = 0; i < w->nedges; i++)
            if (w->edge[i].from == event && !iso_witness_event_is_plain(view, w->edge[i].to))
                return false;
        return true;
    }
    return (e->kind == ISO_WITNESS_TTD_READ || e->kind == ISO_WITNESS_TAG_READ) &&
           !(e->flags & (ISO_WITNESS_FAULTS | ISO_WITNESS_NEVER)) && !is_written(w, event) &&
           !(e->kind == ISO_WITNESS_TAG_READ && iso_witness_event_cause(view, event));
}

bool iso_witness_event_is_hardware(const struct iso_witness_view *view, uint32_t event)
{
    const struct iso_witness_event *e = &view->witness->event[event];
    return e->thread == ISO_WITNESS_NO_THREAD && e->kind != ISO_WITNESS_INITIAL;
}

static bool is_kernel(const struct iso_witness_view *view, uint32_t event)
{
    uint8_t thread = view->witness->event[event].thread;
    return thread < view->test->nthreads && view->test->thread[thread].is_kernel;
}

bool iso_witness_edge_decides(const struct iso_witness_view *view, const struct iso_witness_edge *edge)
{
    const struct iso_witness_event *from = &view->witness->event[edge->from], *to = &view->witness->event[edge->to];
    bool between =
        from->thread != to->thread && from->thread < view->test->nthreads && to->thread < view->test->nthreads;
    if (view->witness->state.ncauses)
        return (iso_witness_event_cause(view, edge->from) || iso_witness_event_cause(view, edge->to)) &&
               (between || edge->relation == ISO_WITNESS_RF || to->kind == ISO_WITNESS_TAG_EVICTED);
    return between && (is_kernel(view, edge->from) != is_kernel(view, edge->to));
}

/* ---- text ---- */

static void add_event_line(struct iso_buffer *out, const struct iso_witness_view *view, uint32_t event)
{
    const struct iso_witness_event *e = &view->witness->event[event];
    const struct iso_cause *cause = iso_witness_event_cause(view, event);
    struct iso_buffer name = {0}, text = {0}, place = {0};
    char insn[96];
    iso_witness_event_name(&name, view, event);
    iso_witness_event_text(&text, view, event);
    iso_witness_event_place(&place, view, event);
    iso_witness_event_insn(insn, sizeof insn, view, event);
    if (e->thread == ISO_WITNESS_NO_THREAD)
        iso_buffer_format(out, place.size ? "    %-30s %s\n" : "    %s\n", text.data, iso_buffer_string(&place));
    else if (e->kind == ISO_WITNESS_BARRIER)
        iso_buffer_format(out, "       %s\n", text.data);
    else
        iso_buffer_format(out, "    %-2s %-34s %-26s %s", name.data, text.data, iso_buffer_string(&place), insn);
    if (e->thread != ISO_WITNESS_NO_THREAD && e->kind != ISO_WITNESS_BARRIER) {
        uint32_t line =
            e->insn < view->test->thread[e->thread].ninsns ? view->test->thread[e->thread].insn[e->insn].line : 0;
        if (line)
            iso_buffer_format(out, "  (line %u)", line);
        iso_buffer_add(out, cause ? "  <--\n" : "\n");
    }
    iso_buffer_free(&name);
    iso_buffer_free(&text);
    iso_buffer_free(&place);
}

static void add_relation(struct iso_buffer *out, const struct iso_witness_view *view,
                         enum iso_witness_relation relation)
{
    struct iso_buffer line = {0};
    unsigned column = 0;
    for (uint32_t i = 0; i < view->witness->nedges; i++) {
        const struct iso_witness_edge *e = &view->witness->edge[i];
        if (e->relation != relation || iso_witness_event_is_plain(view, e->from) ||
            iso_witness_event_is_plain(view, e->to))
            continue;
        iso_buffer_clear(&line);
        iso_witness_event_name(&line, view, e->from);
        iso_buffer_add(&line, "->");
        iso_witness_event_name(&line, view, e->to);
        iso_buffer_add(&line, iso_witness_edge_decides(view, e) ? "*" : "");
        if (column == 0)
            iso_buffer_format(out, "  %s  ", relation_names[relation]);
        else if (column + line.size > 100) {
            iso_buffer_add(out, "\n      ");
            column = 0;
        }
        iso_buffer_format(out, "  %s", line.data);
        column += (unsigned)line.size + 2;
    }
    iso_buffer_add(out, column ? "\n" : "");
    iso_buffer_free(&line);
}

enum { COLUMN = 40 };

static void add_moment(struct iso_buffer *out, const struct iso_witness_view *view, uint32_t i)
{
    const struct iso_witness_event *e = &view->witness->event[i];
    struct iso_buffer text = {0};
    if (e->thread != ISO_WITNESS_NO_THREAD) {
        iso_witness_event_name(&text, view, i);
        iso_buffer_add(&text, " ");
    }
    iso_witness_event_text(&text, view, i);
    iso_buffer_format(out, "      %*s%s\n", e->thread == ISO_WITNESS_NO_THREAD ? 0 : e->thread * COLUMN, "", text.data);
    iso_buffer_free(&text);
}

/* Faults of a thread before its event `end`, from *next on: they touch no memory and have no time of their own. */
static void add_faults(struct iso_buffer *out, const struct iso_witness_view *view, unsigned thread, uint32_t *next,
                       uint32_t end)
{
    for (; *next < end; ++*next) {
        const struct iso_witness_event *e = &view->witness->event[*next];
        if (e->thread == thread && e->kind == ISO_WITNESS_FAULT && e->time == UINT32_MAX)
            add_moment(out, view, *next);
    }
}

static void add_timeline(struct iso_buffer *out, const struct iso_witness_view *view)
{
    const struct iso_witness *w = view->witness;
    uint32_t *next = iso_allocate((view->test->nthreads + 1) * sizeof *next);
    iso_buffer_add(out, "\n  in one order that explains every value (others may exist)\n      ");
    for (uint32_t t = 0; t < view->test->nthreads; t++)
        iso_buffer_format(out, "P%-*u", t + 1 < view->test->nthreads ? COLUMN - 1 : 1, view->test->thread[t].id);
    iso_buffer_add(out, "\n");
    for (uint32_t time = 0; time < w->nevents; time++)
        for (uint32_t i = 0; i < w->nevents; i++) {
            unsigned thread = w->event[i].thread;
            if (w->event[i].time != time || w->event[i].kind == ISO_WITNESS_INITIAL ||
                iso_witness_event_is_plain(view, i))
                continue;
            if (thread < view->test->nthreads)
                add_faults(out, view, thread, &next[thread], i);
            add_moment(out, view, i);
        }
    for (unsigned t = 0; t < view->test->nthreads; t++)
        add_faults(out, view, t, &next[t], w->nevents);
    free(next);
}

void iso_witness_text(struct iso_buffer *out, const struct iso_witness_view *view)
{
    const struct iso_witness *w = view->witness;
    unsigned thread = UINT32_MAX;
    bool hardware = false;
    for (uint32_t i = 0; i < w->nevents; i++) {
        if (iso_witness_event_is_plain(view, i) || iso_witness_event_is_hardware(view, i))
            continue;
        if (w->event[i].thread != thread) {
            thread = w->event[i].thread;
            iso_buffer_add(out, "  ");
            iso_witness_thread_name(out, view, thread);
            iso_buffer_add(out, "\n");
        }
        add_event_line(out, view, i);
    }
    for (uint32_t i = 0; i < w->nevents; i++) {
        if (!iso_witness_event_is_hardware(view, i) || iso_witness_event_is_plain(view, i))
            continue;
        iso_buffer_add(out, hardware ? "" : "  hardware, on its own\n");
        hardware = true;
        add_event_line(out, view, i);
    }
    add_relation(out, view, ISO_WITNESS_RF);
    add_relation(out, view, ISO_WITNESS_CO);
    add_relation(out, view, ISO_WITNESS_FR);
    add_timeline(out, view);
}
