/* The exhaustive engine's front: from a setup to its exact outcome set. Not for: anything below (program.c, slots.c, search.c). */
#include "models/translate.h"
#include "sim/explore/claims.h"
#include "sim/explore/search.h"
#include "sim/explore/symmetry.h"
#include "sim/explore/traps.h"
#include "sim/explore/witness.h"
#include "sim/isa/fatal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_LOOP_BOUND = 2, ROUNDS_MAX = 200 };

/* Where a register is among those that the thread shows. */
static uint8_t show(struct iso_thread_traces *t, uint8_t reg)
{
    uint8_t place = 0;
    while (place < t->nshown && t->shown[place] != reg)
        place++;
    if (place == t->nshown)
        t->shown[t->nshown++] = reg;
    return place;
}

/* What one thread shows all show that run the same code: then what counts for one's end counts for the other's. */
static void observe(struct iso_program *program, const struct iso_test *test)
{
    for (uint32_t i = 0; i < test->nobservables; i++) {
        const struct iso_observable *o = &test->observable[i];
        struct iso_thread_traces *t = &program->thread[o->thread];
        if (o->kind != ISO_OBSERVABLE_REGISTER)
            continue;
        for (unsigned k = 0; k < program->nthreads; k++)
            if (program->kin_of[k] == program->kin_of[o->thread])
                show(&program->thread[k], o->reg);
        t->place[t->nobserved] = show(&program->thread[program->twin_of[o->thread]], o->reg);
        t->observed[t->nobserved++] = (uint16_t)i;
    }
}

/* The instruction that a walk could not go on with; else, of what the test is as a whole, its first one, which the kernel's own have no place before. */
static const struct iso_insn *place_of(const struct iso_test *test, const struct iso_builder *b, bool walking)
{
    const struct iso_thread *t = &test->thread[b->w.code];
    if (walking && b->w.pc < t->ninsns && t->insn[b->w.pc].line)
        return &t->insn[b->w.pc];
    for (uint32_t i = 0; i < test->nthreads; i++)
        for (uint32_t k = 0; k < test->thread[i].ninsns; k++)
            if (test->thread[i].insn[k].line)
                return &test->thread[i].insn[k];
    return NULL;
}

static void report(struct iso_diags *diags, const struct iso_program *program, const struct iso_builder *b,
                   const char *failure)
{
    const struct iso_test *test = program->setup->test;
    const struct iso_insn *insn = place_of(test, b, b->failure || program->failure);
    iso_diags_add(diags, false, test->file, insn ? insn->line : 0, insn ? insn->column : 0,
                  "cannot explore test '%s': %s", test->name, failure);
}

/* Frames whose tier reads tags as zero: nothing is stored there before the test begins either. Asked for a Tagged mapping, for through another nobody could tell. */
static uint64_t tagless_frames(struct iso_program *program)
{
    const struct iso_setup *setup = program->setup;
    uint64_t out = 0;
    for (uint32_t i = 0; setup->machine && setup->variant.memtag && i < setup->test->npages; i++) {
        struct iso_effect_query q;
        const struct iso_tier_effect *found;
        uint32_t count;
        memset(&q, 0, sizeof q);
        iso_access_init(&q.access, ISO_ACCESS_LDG);
        q.access.tag_access = true;
        q.attribute = (struct iso_attribute){
            .cls = ISO_CLASS_WB, .shareability = ISO_SHAREABILITY_ISH, .tagging = ISO_TAGGING_ALLOCATION};
        q.tier = setup->frame_tier[i];
        found = iso_effect_find(program->effects, program->choices, &count, setup->machine, &q);
        if (found->effect.tag == ISO_TAG_EFFECT_READS_ZERO)
            out |= ISO_BIT(i);
    }
    return out;
}

static void bound(struct iso_outcome_set *out, const char *reason)
{
    if (out->bounded)
        return;
    out->bounded = true;
    snprintf(out->bound_reason, sizeof out->bound_reason, "%s", reason);
}

/* What is fetched as Effects: see struct iso_modified. */
static void find_fetches(struct iso_program *program)
{
    const struct iso_setup *setup = program->setup;
    for (uint32_t i = 0; setup->variant.vmsa && i < setup->test->npages; i++) {
        const struct iso_page *page = &setup->test->page[i];
        struct iso_pte pte;
        iso_pte_decode(&pte, page->descriptor);
        if (!(pte.valid && pte.af && !pte.xn && !pte.pxn && pte.oa == page->pa) &&
            iso_image_is_code(&program->image, page->descriptor_va))
            program->unmapped_code |= ISO_BIT(i);
    }
    for (uint32_t i = 0; setup->machine && i < setup->test->npages; i++) /* its tier has a say */
        program->fetches |= iso_test_page_is_code(setup->test, i);
    program->fetches |= program->modified->count || program->unmapped_code;
    if (!program->fetches)
        return;
    program->dic = setup->variant.dic ||
                   (setup->machine && iso_cpu_get(&setup->machine->features, ISO_CPU_DIC) == ISO_FEATURE_YES);
    program->idc = program->dic || setup->variant.idc ||
                   (setup->machine && iso_cpu_get(&setup->machine->features, ISO_CPU_IDC) == ISO_FEATURE_YES);
}

/* What of mismatched mappings is not explored. */
static void report_alias_bounds(struct iso_outcome_set *out, const struct iso_aliases *aliases)
{
    if (aliases->data_unknown)
        out->flags |= ISO_OUTCOME_CONSTRAINED_UNPREDICTABLE;
    if (aliases->unknown_used)
        bound(out, "UNKNOWN data (CH-18, CH-19, CH-20, CH-61) are worked with");
}

/* What was met but is not explored. */
static void report_bounds(struct iso_outcome_set *out, const struct iso_program *program)
{
    if (program->bounded)
        bound(out, "a loop was cut at the unrolling bound");
    if (program->left_out)
        out->flags |= ISO_OUTCOME_PARTS_LEFT_OUT;
    if (program->needs_bbm)
        out->flags |= ISO_OUTCOME_BBM_EXPECTED;
    if (program->retried_often)
        bound(out, "a store is started again, and written in part again, more often than is followed");
    if (program->aliases)
        report_alias_bounds(out, program->aliases);
}

/* Horizons of threads that are walked lazily. Those that leave no read behind them make states fewer, as a rule; where runs pile up all the same, others come next. */
enum horizons { TRY_WHOLE, EARLY, WHOLE };

/* What one exploration keeps from round to round. */
struct rounds {
    struct iso_domain domain;
    struct iso_footprints footprints;
    struct iso_effect_cache *effects;
    struct iso_tier_choices *choices;
    struct iso_builder *builder;
    struct iso_witness_request *request;
    struct iso_modified modified;
    struct iso_aliases *aliases;
    uint64_t conflicts;
    uint32_t faults;
    bool lazy, again;
    enum horizons horizons;
    bool uncounted;               /* rounds of loops are not counted behind horizons */
    bool counted;                 /* they have to be */
    uint64_t candidates;          /* visited before they were not */
    struct iso_outcome_mark mark; /* the same of states found */
    struct iso_claims claims;
    struct iso_symmetry_names names;
    bool needs_bbm; /* some round found that */
    bool completes; /* some run has a completion (machine.h) */
    uint32_t broadcasts;
};

/* Values to be read begin anew; so does what a place is known to hold next, which takes threads to be walked with that (holds.h). */
static void forget_values(struct rounds *r)
{
    iso_domain_free(&r->domain);
    r->claims.nwrites = 0;
}

/* From now on threads are walked from horizon to horizon; the search begins again. */
static void walk_lazily(struct rounds *r)
{
    if (!r->lazy) /* values guessed for threads walked as a whole would burden the search */
        forget_values(r);
    r->lazy = r->again = true;
}

/* What was found by then is left out: so the set does not hang on where a loop was left that has no end. */
static void count_rounds(struct rounds *r, struct iso_outcome_set *out)
{
    iso_outcome_set_cut(out, &r->mark);
    forget_values(r); /* there may be no end to what was written */
    r->builder->failure = NULL;
    r->uncounted = false;
    r->counted = r->again = true;
}

/* A loop was cut: where its rounds leave nothing behind but what memory holds they need not be counted, and all of them are explored. Where that does not come to an end
 * they are. */
static void choose_counting(struct rounds *r, const struct iso_program *program, const struct iso_ob_machine *machine,
                            struct iso_outcome_set *out)
{
    const bool vain = r->uncounted && (out->candidates - r->candidates >= ISO_UNCOUNTED_STATES ||
                                       (machine->crowded && !program->tries_horizons) || machine->circles ||
                                       (!r->again && (program->bounded || machine->trapped)));
    if (machine->uncounts) {
        r->candidates = out->candidates;
        r->mark = iso_outcome_set_mark(out);
        r->uncounted = true;
        walk_lazily(r);
    }
    if (vain)
        count_rounds(r, out);
}

/* Runs pile up, or a walk does not come to its end: from now on horizons may leave reads behind them. */
static void leave_whole(struct rounds *r)
{
    r->horizons = EARLY;
    r->builder->failure = NULL;
    r->again = true;
}

/* Whether some thread is the kernel's. */
static bool has_kernel(const struct iso_test *test)
{
    bool out = false;
    for (uint32_t i = 0; i < test->nthreads; i++)
        out |= test->thread[i].is_kernel;
    return out;
}

/* One round: threads walked with the values known so far, then the search. */
static int explore_round(struct iso_outcome_set *out, struct iso_diags *diags, const struct iso_setup *setup,
                         const struct iso_explore_options *options, struct rounds *r)
{
    const struct iso_test *test = setup->test;
    struct iso_program *program = calloc(1, sizeof *program);
    struct iso_ob_machine *machine = calloc(1, sizeof *machine);
    const char *failure = NULL;
    const uint64_t conflicts = r->conflicts;
    const uint32_t faults = r->faults;
    if (!program || !machine)
        iso_out_of_memory(__FILE__, __LINE__);
    program->setup = setup;
    program->options = options;
    program->request = r->request;
    program->arena = iso_arena_new();
    program->domain = &r->domain;
    program->footprints = &r->footprints;
    program->effects = r->effects;
    program->choices = r->choices;
    program->image.setup = setup;
    program->image.tagless_frames = tagless_frames(program);
    program->modified = &r->modified;
    find_fetches(program);
    program->aliases = r->aliases;
    program->conflicts = &r->conflicts;
    program->faults = &r->faults;
    program->faulty = faults;
    program->image.split_frames = r->aliases ? r->aliases->split : 0;
    program->lazy = r->lazy;
    program->whole_horizons = r->horizons != EARLY;
    program->tries_horizons = r->horizons == TRY_WHOLE;
    program->needs_bbm = r->needs_bbm;
    program->uncounted = r->uncounted;
    program->may_uncount = !r->uncounted && !r->counted;
    program->nthreads = test->nthreads;
    machine->arena = program->arena;
    machine->builder = r->builder;
    machine->completes = r->completes;
    machine->broadcasts = r->broadcasts;
    machine->claims = r->claims.given_up ? NULL : &r->claims;
    machine->names = r->names.broken ? NULL : &r->names;
    program->claims = machine->claims;
    program->withholds = program->lazy && machine->claims && !r->request &&
                         !(options && options->reduce == ISO_REDUCE_NEVER) && !setup->machine && !setup->variant.vmsa &&
                         !setup->variant.memtag && !program->fetches;
    program->reads_soon = program->lazy && machine->claims && !r->request && setup->variant.vmsa && has_kernel(test) &&
                          !program->fetches && !program->image.split_frames &&
                          !(options && options->reduce == ISO_REDUCE_NEVER);
    iso_program_find_twins(program);
    iso_program_find_kin(program, program->lazy && machine->claims && machine->names);
    observe(program, test);
    r->again = false;
    if (iso_program_build(program, r->builder) < 0) {
        failure = program->failure;
        r->lazy |= program->crowded;
        r->again = program->crowded || program->refetch;
        if (r->again) /* values guessed for threads walked as a whole would burden the search */
            forget_values(r);
    } else if (iso_machine_build(machine, program) < 0 || iso_search(out, machine, options) < 0) {
        failure = machine->failure;
        r->again = program->refetch;
    } else {
        const bool oftener = iso_domain_take_left_out(&r->domain);
        r->again = machine->again || machine->crowded || oftener || (r->lazy && iso_program_has_news(program)) ||
                   r->conflicts != conflicts || r->faults != faults;
        if (machine->crowded && r->horizons == TRY_WHOLE)
            leave_whole(r);
        else if (machine->crowded && !r->uncounted)
            r->horizons = WHOLE;
        if (program->crowded)
            walk_lazily(r);
        /* Frames get their copies once all with one copy is known: that is part of the set, too. */
        if (!r->again && r->aliases) {
            const uint64_t split = r->aliases->split;
            r->again = iso_alias_settle(r->aliases, program->has_twins != 0);
            if (r->aliases->split != split) /* nobody goes to those places any more but through copies */
                r->footprints.count = 0;
        }
        if (r->request && r->request->out)
            r->again = false;
        choose_counting(r, program, machine, out);
    }
    if (failure && program->tries_horizons && program->lazy && !program->refetch) {
        failure = NULL;
        leave_whole(r);
    }
    if (failure && r->uncounted) {
        failure = NULL;
        count_rounds(r, out);
    }
    if (failure && r->horizons == WHOLE && !r->again) { /* found states stay, and there are more */
        bound(out, failure);
        failure = NULL;
    }
    r->needs_bbm = program->needs_bbm |= r->needs_bbm;
    if (failure && !program->refetch)
        report(diags, program, r->builder, failure);
    else if (!r->again)
        report_bounds(out, program);
    r->completes |= machine->completes;
    r->broadcasts |= machine->broadcasts;
    iso_machine_free(machine);
    iso_program_free(program);
    free(machine);
    free(program);
    return failure && !r->again ? -1 : 0;
}

/* One exploration under the machine's choices as they stand. */
static int explore_once(struct iso_outcome_set *out, struct iso_diags *diags, const struct iso_setup *setup,
                        const struct iso_explore_options *options, struct iso_effect_cache *effects,
                        struct iso_tier_choices *choices, struct iso_witness_request *request)
{
    const enum iso_reduce reduce = options ? options->reduce : ISO_REDUCE_WHERE_IT_PAYS;
    struct rounds r = {.effects = effects,
                       .choices = choices,
                       .builder = calloc(1, sizeof *r.builder),
                       .request = request,
                       .lazy = reduce >= ISO_REDUCE_ALWAYS,
                       .horizons = reduce == ISO_REDUCE_EARLY ? EARLY : TRY_WHOLE};
    uint32_t count = 0;
    int status;
    if (setup->machine)
        r.aliases = calloc(1, sizeof *r.aliases);
    if (!r.builder || (setup->machine && !r.aliases))
        iso_out_of_memory(__FILE__, __LINE__);
    r.builder->loop_bound = options && options->loop_bound ? options->loop_bound
                            : setup->test->unroll          ? setup->test->unroll
                                                           : DEFAULT_LOOP_BOUND;
    do { /* final states found in an early round are there to stay; later rounds add what new values make possible */
        status = explore_round(out, diags, setup, options, &r);
    } while (status == 0 && r.again && ++count < ROUNDS_MAX);
    if (r.again && status == 0)
        bound(out, "values kept growing");
    iso_domain_free(&r.domain);
    free(r.footprints.list);
    free(r.modified.loc);
    free(r.claims.forbidden);
    free(r.claims.read);
    free(r.claims.write);
    free(r.names.list);
    iso_alias_free(r.aliases);
    free(r.builder->snapshot);
    free(r.builder);
    return status;
}

static int explore(struct iso_outcome_set *out, struct iso_diags *diags, const struct iso_setup *setup,
                   const struct iso_explore_options *options, struct iso_witness_request *request)
{
    struct iso_tier_choices choices = {.count = 0};
    struct iso_effect_cache *effects = NULL;
    int status;
    if (iso_setup_check(diags, setup) < 0)
        return -1;
    if (setup->machine)
        effects = iso_effect_cache_new();
    do { /* once for each way in which the machine may decide what it does not say */
        if (effects)
            iso_effect_cache_clear(effects);
        status = explore_once(out, diags, setup, options, effects, &choices, request);
    } while (status == 0 && !(request && request->out) && iso_effect_next(&choices));
    if (choices.overflow)
        bound(out, "more open choices of the machine than the engine tries");
    iso_effect_cache_free(effects);
    return status;
}

int iso_explore(struct iso_outcome_set *out, struct iso_diags *diags, const struct iso_setup *setup,
                const struct iso_explore_options *options)
{
    return explore(out, diags, setup, options, NULL);
}

int iso_explore_witness(struct iso_witness **out, struct iso_diags *diags, const struct iso_setup *setup,
                        const struct iso_explore_options *options, const struct iso_outcome *wanted)
{
    struct iso_witness_request request = {.wanted = wanted};
    struct iso_outcome_set set;
    int status;
    iso_outcome_set_init(&set);
    status = explore(&set, diags, setup, options, &request);
    iso_outcome_set_free(&set);
    *out = request.out;
    if (request.out) {
        size_t size = strlen(wanted->text) + 1;
        request.out->state = request.state;
        request.out->text = malloc(size);
        if (!request.out->text)
            iso_out_of_memory(__FILE__, __LINE__);
        memcpy(request.out->text, wanted->text, size);
    }
    return status;
}
