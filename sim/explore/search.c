/* Depth-first search over states: memory, descriptors' histories, one node a thread. Each state is visited once.
 * Not for: what a move does (machine.c). */
#include "sim/explore/search.h"
#include "sim/explore/claims.h"
#include "sim/explore/copies.h"
#include "sim/explore/finals.h"
#include "sim/explore/holds.h"
#include "sim/explore/layout.h"
#include "sim/explore/live.h"
#include "sim/explore/looks.h"
#include "sim/explore/moves.h"
#include "sim/explore/offers.h"
#include "sim/explore/past.h"
#include "sim/explore/reach.h"
#include "sim/explore/states.h"
#include "sim/explore/symmetry.h"
#include "sim/explore/transitions.h"
#include "sim/explore/traps.h"
#include "sim/explore/unmet.h"
#include "sim/explore/waiting.h"
#include "sim/explore/withhold.h"
#include "sim/explore/witness.h"
#include "sim/isa/fatal.h"

#include <stdlib.h>
#include <string.h>

enum {
    DEFAULT_STATES = 20000000,
    TRANSITIONS_FROM = 2000,
    COPIES_FROM = 64,      /* what caches do most threads never notice */
    EAGER_STATES = 100000, /* of threads walked as a whole; more pay only where nothing can be put together */

    CROWDED_BYTES = 224 << 20,
    UNCOUNTED_BYTES = 64 << 20,
    WHOLE_BYTES = 40 << 20,
    WHOLE_STATE_BYTES = 64, /* besides, for each state that was met: where there are many, runs are not what it takes */
    CROWDED_ASKED = 64,     /* once in so many states */
    OUTDATED_FACTOR = 2,
    REASONS = 2 /* words of a state that say why a final state comes about: copies.h, newer and lost */
};

/* How a state was first come to; kept only where a witness is asked for. */
struct origin {
    uint32_t from; /* UINT32_MAX: nothing came before */
    uint8_t thread;
    uint8_t move;         /* number among the moves of the thread's node, or of caches */
    bool copying;         /* of a cache on its own (copies.h) */
    struct iso_part part; /* of hardware on its own */
};

struct search {
    struct iso_ob_machine *m;
    struct iso_finals *finals;
    struct iso_layout at;   /* of a state */
    bool claims;            /* more need not wait than reads that walks stop in front of (claims.h) */
    const uint32_t *before; /* state before the move under way */
    bool forgets;           /* past.h */
    uint32_t outdated;      /* states when it turned out that the search will begin again; 0: it need not */
    uint32_t nwrites;       /* of the domain when that was last looked at */
    bool has_news;          /* of values */
    bool quiet_copies; /* moves of caches that nobody notices are left out, and states have words that only say why */
    struct iso_states states;
    struct iso_waiting waiting; /* empty where a witness is asked for */
    uint64_t limit_states, limit_bytes;
    struct iso_transitions transitions;
    uint32_t transitions_from; /* with so many states it is worth while to remember them */
    const char *bound;
    struct iso_copyings *copying; /* of the state under way; NULL: no copies */
    unsigned ncopyings, nquiet;
    uint64_t abandoned;           /* slots of a line that no thread goes to any more (copies.h); 0: none is dirty */
    uint8_t quiet[ISO_SLOTS_MAX]; /* fills among them that no thread notices yet */
    struct iso_witness_request *request; /* NULL: no witness is asked for */
    uint32_t number;                     /* of the state under way; UINT32_MAX: none yet */
    struct iso_traps traps;              /* filled where the program has uncounted rounds */
    struct origin *origin, coming;       /* by state; of the state under way */
    uint32_t norigins, origin_capacity;
};

static struct iso_view view_of(const struct search *s, const uint32_t *state, unsigned thread)
{
    const uint32_t at_oldest = s->at.oldest + (s->m->has_completions ? thread * s->m->nkeys : 0);
    return (struct iso_view){state + s->at.memory, state + at_oldest, (s->before ? s->before : state) + at_oldest,
                             s->m->program->idc ? NULL : state + s->at.cleaned};
}

static void keep_origin(struct search *s)
{
    if (s->norigins == s->origin_capacity) {
        s->origin_capacity = s->origin_capacity ? 2 * s->origin_capacity : 64;
        s->origin = realloc(s->origin, s->origin_capacity * sizeof *s->origin);
        if (!s->origin)
            iso_out_of_memory(__FILE__, __LINE__);
    }
    s->origin[s->norigins++] = s->coming;
}

/* Keeps a state, to go on from there unless it was seen with as many marks. True: it was not seen. */
static bool push(struct search *s, const uint32_t *state)
{
    const uint32_t count = iso_states_count(&s->states);
    uint32_t number;
    bool marked;
    if (iso_states_count(&s->states) >= s->limit_states || iso_states_bytes(&s->states) > s->limit_bytes) {
        s->bound = "more states than the limit";
        return false;
    }
    number = iso_states_add(&s->states, state, &marked);
    if (s->m->program->uncounted && s->number != UINT32_MAX)
        iso_traps_add(&s->traps, s->number, number);
    if (number != count && !marked)
        return false;
    if (s->request)
        keep_origin(s);
    else
        iso_waiting_put(&s->waiting, number);
    return number == count;
}

/* The node of thread `i` after a move of `thread`. */
static uint32_t follow(struct search *s, const uint32_t *state, unsigned i, unsigned thread,
                       const struct iso_move *move, uint64_t changed)
{
    struct iso_ob_machine *m = s->m;
    const bool own = i == thread;
    struct iso_view view = view_of(s, state, i);
    struct iso_transition_key key = {.count = 0};
    struct iso_transition known;
    if (m->copies && !own && (move->kind == ISO_EVENT_WRITE || move->kind == ISO_EVENT_MAINTENANCE) &&
        !(iso_node_left(m, state[i])->looks & changed))
        return state[i];
    if (!own && move->kind == ISO_EVENT_WRITE && !move->copying && !iso_looks_at_past(m, changed) &&
        !(iso_looks_of_all(m, state[i]) & changed))
        return state[i];
    if (iso_states_count(&s->states) >= s->transitions_from)
        iso_transition_key(&key, m, state[i], own, move, changed, &view);
    if (key.count && iso_transitions_find(&s->transitions, &known, &key)) {
        m->touched = known.touched;
        m->dropped = known.dropped;
        return known.to;
    }
    m->touched = m->consulted = m->dropped = 0;
    known.to = own ? iso_machine_make(m, state[i], move, &view) : iso_machine_see(m, state[i], move, changed, &view);
    known.touched = m->touched;
    known.dropped = m->dropped;
    if (key.count)
        iso_transitions_put(&s->transitions, m, &key, state[i], &known);
    return known.to;
}

/* The final states of a state and of its images. False: there is no room for all of them. */
static bool collect(struct search *s, const uint32_t *state)
{
    bool ended;
    const uint32_t *image = NULL;
    unsigned count = 0;
    for (unsigned i = 0; i < s->m->nthreads; i++)
        if (s->m->node[state[i]].has_moves && !s->m->node[state[i]].may_end)
            return true;
    if (!iso_finals_collect(s->finals, state, state + s->at.memory, state + s->at.oldest, &ended))
        return false;
    if (ended && s->m->program->uncounted)
        iso_traps_end(&s->traps, s->number);
    if (ended && s->m->symmetry)
        image = iso_symmetry_images(s->m, state, &count);
    for (unsigned i = 1; i < count; i++) {
        const uint32_t *other = image + (size_t)i * s->at.width;
        if (!iso_finals_collect(s->finals, other, other + s->at.memory, other + s->at.oldest, &ended))
            return false;
    }
    return true;
}

/* The state after a move of `thread` (ISO_THREADS_MAX: of hardware on its own), made at once if it is `claimed`. True: it is new. */
static bool step(struct search *s, const uint32_t *state, unsigned thread, const struct iso_move *move, bool claimed)
{
    uint32_t next[ISO_STATE_WORDS_MAX];
    struct iso_ob_machine *m = s->m;
    uint64_t changed = move->slots;
    s->before = state;
    s->coming.thread = (uint8_t)thread;
    s->coming.copying = move->copying != 0;
    if (thread == ISO_THREADS_MAX && !move->copying)
        s->coming.part = move->part[0];
    memcpy(next, state, s->at.width * sizeof *next);
    iso_move_write(m, next + s->at.memory, move);
    if (move->kind == ISO_EVENT_WRITE && m->ndescriptors)
        iso_machine_note_conflicts(m, next + s->at.memory, next + s->at.oldest, move);
    if (m->copies)
        changed = iso_copies_follow(m, next + s->at.memory, move);
    if (!m->program->idc && (move->kind == ISO_EVENT_CACHE || move->kind == ISO_EVENT_MAINTENANCE))
        iso_move_clean(m, next + s->at.cleaned, next + s->at.memory, move);
    if (move->kind == ISO_EVENT_COMPLETION)
        iso_move_complete(m, next + s->at.oldest, thread, move);
    if (s->at.has_claims)
        iso_claims_follow(m, next + s->at.claims, thread, move, state, state + s->at.memory, claimed);
    if (m->reach) /* before a thread that does not know the value is found to have no way left */
        iso_machine_note_writes(m, next + s->at.memory, thread, move);
    /* A read of the thread itself may be behind it that waits for what was there before: then nothing is left of the thread. */
    if (m->reach && move->is_hu && !iso_reach_follow(m, state, state + s->at.memory, move))
        return false;
    for (unsigned k = 0; k < m->nthreads; k++) { /* the thread itself first */
        const unsigned i = thread >= m->nthreads ? k : k == 0 ? thread : k - (k <= thread);
        m->touched = m->dropped = 0;
        if (i == thread || move->kind == ISO_EVENT_WRITE || move->kind == ISO_EVENT_MAINTENANCE ||
            (move->broadcast && ((m->guests >> i & 1u) == move->guest || move->code)))
            next[i] = follow(s, next, i, thread, move, changed);
        if (s->claims && m->touched)
            m->misclaimed |= iso_claims_touched(m, next + s->at.claims, i, m->touched);
        if (s->at.has_claims)
            iso_claims_read_early(next + s->at.claims, i, m->dropped);
        if (next[i] == UINT32_MAX)
            return false;
        if (k == 0 && m->reach &&
            ((s->claims && iso_holds_clash(m, next, state + s->at.memory, next + s->at.claims)) ||
             (!move->is_hu && !iso_reach_follow(m, state, state + s->at.memory, move))))
            return false;
    }
    if (s->claims && m->reach && !iso_holds_prune(m, next, next + s->at.memory, next + s->at.claims))
        return false;
    if (!m->reach)
        iso_machine_note_writes(m, next + s->at.memory, thread, move);
    if (s->quiet_copies) {
        struct iso_copies_ahead ahead;
        iso_copies_look_ahead(m, &ahead, next);
        iso_copies_forget(m, next + s->at.memory, &ahead);
    }
    if (s->claims)
        iso_live_forget(m, next, next + s->at.memory);
    if (s->forgets)
        iso_past_forget(m, next, next + s->at.memory, next + s->at.oldest,
                        m->program->idc ? NULL : next + s->at.cleaned);
    return iso_layout_arrange(&s->at, m, next) && push(s, next);
}

/* The same with every choice of the fills before it that no thread has noticed and that could not come after it. A fill that nobody notices may wait until
 * somebody would, or what it copies changes. */
static void step_filled(struct search *s, const uint32_t *state, unsigned thread, const struct iso_move *move)
{
    uint8_t before[ISO_SLOTS_MAX];
    unsigned count = 0;
    step(s, state, thread, move, false);
    for (unsigned i = 0; i < s->nquiet; i++)
        if (iso_copies_depend(s->m, &s->copying->move[s->quiet[i]], move))
            before[count++] = s->quiet[i];
    for (uint64_t set = 1; set < ISO_BIT(count) && !s->m->again; set++) {
        uint32_t filled[ISO_STATE_WORDS_MAX];
        struct iso_part part[ISO_SLOTS_MAX];
        struct iso_move then = *move;
        memcpy(filled, state, s->at.width * sizeof *state);
        for (unsigned i = 0; i < count; i++)
            if (set >> i & 1) {
                const struct iso_move *fill = &s->copying->move[before[i]];
                iso_move_write(s->m, filled + s->at.memory, fill);
                iso_copies_follow(s->m, filled + s->at.memory, fill);
                iso_copies_leave_out(s->m, &then, part, fill);
            }
        step(s, filled, thread, &then, false);
    }
}

/* What hardware may write now. */
static void hardware(struct search *s, const uint32_t *state)
{
    struct iso_part part[2 * ISO_SLOTS_MAX];
    for (unsigned i = 0, count = iso_move_hardware(part, s->m, state + s->at.memory); i < count; i++) {
        const struct iso_move move = {
            .kind = ISO_EVENT_WRITE, .is_hu = true, .nparts = 1, .slots = ISO_BIT(part[i].slot), .part = &part[i]};
        step(s, state, ISO_THREADS_MAX, &move, false);
    }
}

/* Whether a thread notices a fill: what it has read, or can read now, is another matter with it. */
static bool is_noticed(struct search *s, const uint32_t *state, const struct iso_move *fill,
                       const struct iso_copies_ahead *ahead)
{
    uint32_t filled[ISO_STATE_WORDS_MAX];
    uint64_t changed;
    if (!s->quiet_copies || (ahead->waits & fill->slots))
        return true;
    memcpy(filled, state, s->at.width * sizeof *state);
    iso_move_write(s->m, filled + s->at.memory, fill);
    changed = iso_copies_follow(s->m, filled + s->at.memory, fill);
    for (unsigned i = 0; i < s->m->nthreads; i++)
        if (follow(s, filled, i, ISO_THREADS_MAX, fill, changed) != state[i])
            return true;
    return false;
}

/* What caches may do now; those fills that a thread notices are made. True: nothing but what they do with an abandoned line need be looked at. */
static bool fill_lines(struct search *s, const uint32_t *state)
{
    struct iso_copies_ahead ahead;
    if (!s->copying)
        s->copying = iso_arena_alloc(s->m->arena, sizeof *s->copying);
    s->nquiet = 0;
    s->ncopyings = iso_copies_moves(s->m, s->copying, state + s->at.memory);
    iso_copies_look_ahead(s->m, &ahead, state);
    s->abandoned = s->quiet_copies ? iso_copies_abandoned(s->m, state + s->at.memory, &ahead) : 0;
    for (unsigned k = 0; k < s->ncopyings && !s->m->again; k++) {
        const struct iso_move *move = &s->copying->move[k];
        s->coming.move = (uint8_t)k;
        if (move->copying != ISO_COPYING_FILL || (s->abandoned && !(move->slots & s->abandoned)))
            continue;
        if (!s->abandoned && is_noticed(s, state, move, &ahead))
            step(s, state, ISO_THREADS_MAX, move, false);
        else
            s->quiet[s->nquiet++] = (uint8_t)k;
    }
    return s->abandoned != 0;
}

/* Copies of these slots. */
static void write_lines_back(struct search *s, const uint32_t *state, uint64_t slots)
{
    for (unsigned k = 0; k < s->ncopyings && !s->m->again; k++) {
        s->coming.move = (uint8_t)k;
        if (s->copying->move[k].copying != ISO_COPYING_FILL && (s->copying->move[k].slots & slots))
            step_filled(s, state, ISO_THREADS_MAX, &s->copying->move[k]);
    }
}

/* Bytes that threads' runs and sets of them take. */
static uint64_t bytes_of_runs(const struct iso_ob_machine *m)
{
    return iso_arena_bytes(m->arena) + m->npool * sizeof *m->pool + m->nmembers * sizeof *m->member;
}

/* Whether horizons that leave reads behind them cost more than they save: what was guessed of those reads piles up. The same of rounds that are not counted. */
static bool is_crowded(const struct search *s)
{
    const bool uncounted = s->m->program->uncounted;
    if (s->m->program->tries_horizons && s->claims && !s->request &&
        bytes_of_runs(s->m) > WHOLE_BYTES + (uint64_t)WHOLE_STATE_BYTES * iso_states_count(&s->states))
        return true;
    if (!(s->m->program->has_early_horizons || uncounted) || s->request)
        return false;
    return s->bound || (iso_states_count(&s->states) % CROWDED_ASKED == 0 &&
                        bytes_of_runs(s->m) > (uncounted ? UNCOUNTED_BYTES : CROWDED_BYTES));
}

/* Whether it is time to begin again, for claims that did not hold or values that runs do not know. What is explored up to then shows more of the kind. */
static bool gives_way(struct search *s)
{
    const struct iso_program *program = s->m->program;
    uint32_t count = iso_states_count(&s->states);
    if (!s->outdated && program->lazy && program->domain->nwrites != s->nwrites) {
        s->nwrites = program->domain->nwrites;
        s->has_news = iso_program_has_news(program);
    }
    if (!s->outdated && (s->m->misclaimed || s->has_news || iso_domain_left_out(program->domain)))
        s->outdated = count;
    return s->outdated && count >= OUTDATED_FACTOR * s->outdated;
}

static void initial(struct search *s)
{
    struct iso_ob_machine *m = s->m;
    uint32_t state[ISO_STATE_WORDS_MAX] = {0}, first[ISO_STATE_WORDS_MAX];
    uint64_t early[ISO_THREADS_MAX];
    for (unsigned i = 0; i < m->nslots; i++) {
        struct iso_slot *slot = &m->slot[i];
        m->initial[i] = iso_machine_value(slot, iso_image_read(&m->program->image, slot->loc, slot->size));
        state[s->at.memory + i] = iso_machine_written(m, i, UINT32_MAX, m->initial[i]);
    }
    for (unsigned i = 0; i < m->nthreads; i++) {
        struct iso_view view = view_of(s, state, i);
        unsigned walked = m->program->twin_of[i];
        m->dropped = 0;
        state[i] = walked < i ? state[walked] : iso_machine_start(m, i, &view);
        early[i] = walked < i ? early[walked] : m->dropped;
        if (s->at.has_claims)
            iso_claims_read_early(state + s->at.claims, i, early[i]);
        if (state[i] == UINT32_MAX)
            return;
    }
    memcpy(first, state, sizeof first);
    if (m->symmetry &&
        (!iso_layout_arrange(&s->at, m, first) || memcmp(first, state, s->at.width * sizeof *state) != 0))
        iso_symmetry_give_up(m);
    else
        push(s, state);
}

/* The moves that led to a state, and what each thread did between them. */
static struct iso_witness *witness_of(struct search *s, uint32_t number, const uint32_t *final)
{
    struct iso_ob_machine *m = s->m;
    struct iso_passage *passage;
    struct iso_witness *out;
    struct iso_move *move = calloc(ISO_MOVES_MAX, sizeof *move);
    uint32_t count = 1;
    for (uint32_t at = number; s->origin[at].from != UINT32_MAX; at = s->origin[at].from)
        count++;
    passage = calloc(count, sizeof *passage);
    if (!move || !passage)
        iso_out_of_memory(__FILE__, __LINE__);
    for (uint32_t at = number, i = count; i-- > 0; at = s->origin[at].from) {
        uint32_t *state = iso_arena_alloc(m->arena, s->at.width * sizeof *state);
        struct origin *o = &s->origin[at];
        struct iso_passage *p = &passage[i];
        iso_states_get(state, &s->states, at);
        *p = (struct iso_passage){.node = state,
                                  .memory = state + s->at.memory,
                                  .oldest = state + s->at.oldest,
                                  .thread = ISO_THREADS_MAX,
                                  .cleaned = m->program->idc ? NULL : state + s->at.cleaned};
        if (o->from == UINT32_MAX)
            break;
        uint32_t before[ISO_STATE_WORDS_MAX];
        iso_states_get(before, &s->states, o->from);
        p->thread = o->thread;
        if (o->thread < m->nthreads) {
            iso_machine_moves(m, move, ISO_MOVES_MAX, before[o->thread]);
            p->move = move[o->move];
        } else if (o->copying) {
            struct iso_copyings *all = iso_arena_alloc(m->arena, sizeof *all);
            iso_copies_moves(m, all, before + s->at.memory);
            p->move = all->move[o->move];
        } else {
            p->move = (struct iso_move){
                .kind = ISO_EVENT_WRITE, .is_hu = true, .nparts = 1, .slots = ISO_BIT(o->part.slot), .part = &o->part};
        }
        p->changed = iso_copies_changed(m, before + s->at.memory, p->memory, &p->move);
    }
    out = iso_witness_build(m, passage, count, final);
    free(passage);
    free(move);
    return out;
}

/* Makes a write that need not wait, if there is one. False: all moves are to be made. So they are, too, where states form cycles and the write leads to one that was
 * seen: else a thread might go round on its own for ever, and no other would get to do anything. */
static bool claim(struct search *s, const uint32_t *state)
{
    struct iso_ob_machine *m = s->m;
    struct iso_move move[ISO_MOVES_MAX];
    unsigned i;
    iso_withheld_check(m, state, state + s->at.memory, state + s->at.claims);
    i = iso_claims_find(m, state, state + s->at.claims);
    if (i == ISO_THREADS_MAX)
        return false;
    iso_machine_moves(m, move, ISO_MOVES_MAX, state[i]);
    return step(s, state, i, &move[m->node[state[i]].claim], true) || !m->program->uncounted;
}

/* The same of a write that nobody else can meet before it is made (unmet.h). */
static bool make_unmet(struct search *s, const uint32_t *state)
{
    struct iso_ob_machine *m = s->m;
    struct iso_move move[ISO_MOVES_MAX];
    struct iso_view view[ISO_THREADS_MAX];
    unsigned thread, k;
    s->before = NULL;
    for (unsigned i = 0; i < m->nthreads; i++)
        view[i] = view_of(s, state, i);
    if (!iso_unmet_find(m, &(struct iso_unmet_state){state, view}, &thread, &k))
        return false;
    iso_machine_moves(m, move, ISO_MOVES_MAX, state[thread]);
    move[k].releases = false; /* it is not explored in every order: claims.h */
    return step(s, state, thread, &move[k], false) || !m->program->uncounted;
}

int iso_search(struct iso_outcome_set *out, struct iso_ob_machine *m, const struct iso_explore_options *options)
{
    struct search s = {.m = m, .request = m->program->request, .coming.from = UINT32_MAX, .number = UINT32_MAX};
    struct iso_move move[ISO_MOVES_MAX];
    uint32_t nstates,
        next = 0; /* with a witness asked for, states are visited in the order they turn up: fewest moves first */
    uint32_t state[ISO_STATE_WORDS_MAX];
    enum iso_reduce reduce = options ? options->reduce : ISO_REDUCE_WHERE_IT_PAYS;
    bool can_claim, can_reach, can_make_unmet, may_merge = !s.request && reduce != ISO_REDUCE_NEVER;
    m->laid_out = true;
    m->defers = may_merge;
    can_claim = may_merge && m->claims && !m->has_completions && !m->program->image.split_frames && !m->nkeys &&
                !m->program->sets_af && !m->program->image.tagless_frames;
    can_reach = may_merge && m->claims && !m->program->image.split_frames && m->program->lazy;
    s.claims = can_claim && m->program->lazy;
    iso_layout_find(&s.at, m, s.claims || m->program->reads_soon);
    can_make_unmet = may_merge && !s.claims && !m->copies && !m->program->image.tagless_frames;
    if (can_make_unmet)
        iso_unmet_begin(m);
    s.transitions_from = !may_merge                    ? UINT32_MAX
                         : reduce >= ISO_REDUCE_ALWAYS ? 0
                         : m->copies                   ? COPIES_FROM
                                                       : TRANSITIONS_FROM;
    s.limit_states = options && options->max_candidates ? options->max_candidates : DEFAULT_STATES;
    if (m->program->uncounted && s.limit_states > ISO_UNCOUNTED_STATES)
        s.limit_states = ISO_UNCOUNTED_STATES;
    s.limit_bytes = (options && options->max_memory_bytes ? options->max_memory_bytes : (uint64_t)256 << 20) / 4 * 3;
    s.quiet_copies = m->copies && !s.request && !(options && options->every_copying);
    s.finals = iso_finals_new(m, out, s.limit_bytes / 2);
    m->merges = may_merge && (m->program->lazy || m->copies || reduce >= ISO_REDUCE_ALWAYS);
    iso_states_init(&s.states, s.at.width, m->nthreads, s.request || s.quiet_copies ? 0 : s.at.width - s.at.claims,
                    s.quiet_copies ? s.at.memory + m->copies->newer : 0, s.quiet_copies ? REASONS : 0);
    if (s.claims)
        iso_symmetry_begin(m, m->names);
    if (s.at.has_claims)
        iso_claims_begin(m, s.claims);
    iso_live_begin(m);
    if (can_reach) {
        iso_reach_begin(m);
        m->program->machine = m;
    }
    initial(&s);
    s.forgets = may_merge && m->nkeys && !m->stage2_keys && !iso_machine_may_warn(m);
    while ((s.request ? next < iso_states_count(&s.states) : s.waiting.count > 0) && !m->failure && !m->again) {
        const uint32_t number = s.number = s.request ? next++ : iso_waiting_take(&s.waiting, m->program->lazy);
        iso_states_get(state, &s.states, number);
        m->program->crowded = can_claim && !m->program->lazy && iso_states_count(&s.states) > EAGER_STATES;
        if (m->program->crowded || (m->crowded = is_crowded(&s)) || gives_way(&s))
            break;
        if (!collect(&s, state)) {
            s.bound = "more final states than the limit";
            break;
        }
        if (s.request) {
            uint32_t final[ISO_THREADS_MAX];
            s.coming.from = number;
            if (iso_finals_met(s.finals, final)) {
                s.request->out = witness_of(&s, number, final);
                break;
            }
        }
        for (unsigned i = 0; i < m->nthreads && m->program->has_cuts && !m->program->bounded; i++)
            m->program->bounded = iso_offers_cut(m, state[i]);
        m->uncounts = m->program->bounded && can_claim && m->program->may_uncount;
        if (m->uncounts)
            break;
        if (s.claims && claim(&s, state))
            continue;
        if (can_make_unmet && make_unmet(&s, state))
            continue;
        if (m->copies && fill_lines(&s, state)) {
            write_lines_back(&s, state, s.abandoned);
            continue;
        }
        for (unsigned i = 0; i < m->nthreads && !m->failure && !m->again; i++) {
            unsigned count;
            bool done = false; /* by a twin that stands alike */
            for (unsigned k = 0; k < i && !done && m->program->has_twins; k++)
                done = m->program->twin_of[k] == m->program->twin_of[i] && iso_layout_is_alike(&s.at, m, state, k, i);
            if (done)
                continue;
            count = iso_machine_moves(m, move, ISO_MOVES_MAX, state[i]);
            for (unsigned k = 0; k < count && !m->again; k++) {
                s.coming.move = (uint8_t)k;
                step_filled(&s, state, i, &move[k]);
            }
        }
        m->merges |= may_merge && iso_states_count(&s.states) >= TRANSITIONS_FROM;
        hardware(&s, state);
        if (m->copies)
            write_lines_back(&s, state, UINT64_MAX);
    }
    m->program->machine = NULL;
    iso_reach_end(m);
    if (!s.bound && !m->crowded)
        iso_withheld_settle(m);
    iso_symmetry_end(m, m->names);
    m->again |= m->misclaimed;
    nstates = iso_states_count(&s.states);
    out->candidates += nstates;
    m->crowded |= s.bound && is_crowded(&s);
    if (s.bound && !m->crowded && !m->program->uncounted) {
        out->bounded = true;
        memcpy(out->bound_reason, s.bound, strlen(s.bound) + 1);
    }
    iso_finals_free(s.finals);
    iso_states_free(&s.states);
    iso_waiting_free(&s.waiting);
    free(s.transitions.word);
    free(s.origin);
    m->trapped = m->program->uncounted && (s.bound || iso_traps_found(&s.traps, nstates)); /* takes room of its own */
    iso_traps_free(&s.traps);
    return m->failure ? -1 : 0;
}
