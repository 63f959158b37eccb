/* What an engine's witness does not list, put in: barriers, faults, instructions without effect. Declared in explain_witness.h.
 * Not for: words (explain_witness.c). Not modelled: barriers behind a branch that no event shows the direction of. */
#include "sim/explain_witness.h"

#include <stdlib.h>
#include <string.h>

struct completion {
    const struct iso_test *test;
    const struct iso_witness *from;
    struct iso_witness *to;
    uint32_t *place; /* event of `to` by event of `from` */
};

static uint32_t put(struct completion *c, const struct iso_witness_event *event)
{
    c->to->event[c->to->nevents] = *event;
    return c->to->nevents++;
}

static void put_new(struct completion *c, enum iso_witness_kind kind, uint8_t thread, uint32_t insn)
{
    struct iso_witness_event event = {.kind = (uint8_t)kind,
                                      .thread = thread,
                                      .insn = insn,
                                      .time = UINT32_MAX,
                                      .page = -1,
                                      .frame = -1,
                                      .pair = -1,
                                      .ttd = -1,
                                      .tag = -1};
    put(c, &event);
}

static bool leaves_line(const struct iso_insn *insn)
{
    return insn->cls == ISO_INSN_BRANCH || insn->cls == ISO_INSN_EXCEPTION || insn->cls == ISO_INSN_EXCEPTION_RETURN;
}

/* Completions of TLBIs. A DSB at instruction `before` ends those made before it. */
static void put_completions(struct completion *c, uint8_t thread, uint32_t before)
{
    for (uint32_t i = 0; i < c->from->nevents; i++) {
        const struct iso_witness_event *e = &c->from->event[i];
        if (e->thread == thread && e->kind == ISO_WITNESS_COMPLETION && c->place[i] == UINT32_MAX &&
            (e->pair < 0 || c->from->event[e->pair].insn < before))
            c->place[i] = put(c, e);
    }
}

/* Barriers among the instructions [from, to), if nothing but straight code lies there. */
static void put_barriers(struct completion *c, uint8_t thread, uint32_t from, uint32_t to)
{
    const struct iso_thread *t = &c->test->thread[thread];
    for (uint32_t i = from; i < to && i < t->ninsns; i++)
        if (leaves_line(&t->insn[i]))
            return;
    for (uint32_t i = from; i < to && i < t->ninsns; i++)
        if (t->insn[i].cls == ISO_INSN_BARRIER) {
            put_new(c, ISO_WITNESS_BARRIER, thread, i);
            if (!strncmp(t->insn[i].mnemonic, "DSB", 3))
                put_completions(c, thread, i);
        }
}

static bool has_event(const struct iso_witness *w, uint8_t thread, uint32_t insn, bool must_fault)
{
    for (uint32_t i = 0; i < w->nevents; i++)
        if (w->event[i].thread == thread && w->event[i].insn == insn &&
            (!must_fault || w->event[i].kind == ISO_WITNESS_FAULT || (w->event[i].flags & ISO_WITNESS_FAULTS)))
            return true;
    return false;
}

static bool is_stopped(const struct iso_final *state, uint8_t thread)
{
    for (uint32_t i = 0; i < state->nfaults; i++)
        if (state->fault[i].thread == thread)
            return true;
    return state->no_progress >> thread & 1;
}

/* Faults and lost instructions of [from, to) that no event stands for. */
static void put_missing(struct completion *c, uint8_t thread, uint32_t from, uint32_t to)
{
    const struct iso_final *state = &c->from->state;
    for (uint32_t i = 0; i < state->ncauses && i < ISO_FINAL_MAX_CAUSES; i++) {
        const struct iso_cause *cause = &state->cause[i];
        if (cause->thread == thread && cause->insn >= from && cause->insn < to && cause->effect != ISO_CAUSE_FAULT &&
            !has_event(c->from, thread, cause->insn, false))
            put_new(c, ISO_WITNESS_NOTHING, thread, cause->insn);
    }
    for (uint32_t i = 0; i < state->nfaults; i++) {
        const struct iso_fault *fault = &state->fault[i];
        if (fault->thread == thread && fault->insn >= from && fault->insn < to &&
            !has_event(c->from, thread, fault->insn, true))
            put_new(c, ISO_WITNESS_FAULT, thread, fault->insn);
    }
}

static void put_thread(struct completion *c, uint8_t thread, uint32_t *next)
{
    const struct iso_thread *t = &c->test->thread[thread];
    const struct iso_witness *from = c->from;
    uint32_t insn = 0, highest = 0; /* instruction to go on at; below it nothing is missing */
    for (; *next < from->nevents && from->event[*next].thread == thread; (*next)++) {
        const struct iso_witness_event *e = &from->event[*next];
        if (e->kind == ISO_WITNESS_COMPLETION) /* its place is where the DSB waits for it */
            continue;
        if (e->insn >= insn)
            put_barriers(c, thread, insn, e->insn);
        if (e->insn > highest) {
            put_missing(c, thread, highest, e->insn);
            highest = e->insn;
        }
        c->place[*next] = put(c, e);
        insn = leaves_line(&t->insn[e->insn < t->ninsns ? e->insn : 0]) ? e->insn : e->insn + 1;
    }
    put_missing(c, thread, highest, UINT32_MAX);
    if (!is_stopped(&from->state, thread))
        put_barriers(c, thread, insn, t->code_end);
    put_completions(c, thread, UINT32_MAX);
}

struct iso_witness *iso_witness_complete(const struct iso_witness *witness, const struct iso_test *test)
{
    struct completion c = {.test = test, .from = witness, .to = iso_allocate(sizeof *c.to)};
    uint32_t next = 0, room = witness->nevents + ISO_FINAL_MAX_FAULTS + ISO_FINAL_MAX_CAUSES;
    for (uint32_t i = 0; i < test->nthreads; i++)
        for (uint32_t k = 0; k < test->thread[i].ninsns; k++)
            room += test->thread[i].insn[k].cls == ISO_INSN_BARRIER ? witness->nevents + 1 : 0;
    c.to->event = iso_allocate(room * sizeof *c.to->event);
    c.to->edge = iso_allocate((witness->nedges + 1) * sizeof *c.to->edge);
    c.place = iso_allocate((witness->nevents + 1) * sizeof *c.place);
    for (uint32_t i = 0; i < witness->nevents; i++)
        c.place[i] = UINT32_MAX;
    for (; next < witness->nevents && witness->event[next].thread == ISO_WITNESS_NO_THREAD; next++)
        c.place[next] = put(&c, &witness->event[next]);
    for (uint32_t t = 0; t < test->nthreads; t++)
        put_thread(&c, (uint8_t)t, &next);
    for (uint32_t i = 0; i < c.to->nevents; i++) {
        struct iso_witness_event *e = &c.to->event[i];
        e->pair = e->pair < 0 ? -1 : (int)c.place[e->pair];
        e->ttd = e->ttd < 0 ? -1 : (int)c.place[e->ttd];
        e->tag = e->tag < 0 ? -1 : (int)c.place[e->tag];
    }
    for (uint32_t i = 0; i < witness->nedges; i++)
        c.to->edge[i] = (struct iso_witness_edge){c.place[witness->edge[i].from], c.place[witness->edge[i].to],
                                                  witness->edge[i].relation};
    c.to->nedges = witness->nedges;
    c.to->state = witness->state;
    c.to->text = iso_duplicate(witness->text);
    free(c.place);
    return c.to;
}
