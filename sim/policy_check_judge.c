/* Which places are pairs, and what their cells amount to: verdict and leaks. Declared in policy_check.h. Not for: computing cells. */
#include "sim/policy_check.h"

#include "sim/policy_move.h"

#include <stdlib.h>
#include <string.h>

const char *iso_policy_verdict_name(enum iso_policy_verdict verdict)
{
    static const char *const names[] = {"transparent", "guarded", "leaky", "undecided", "failed", "unobserved"};
    return names[verdict];
}

/* ---- pairs ---- */

/* Both are memory of one VM, whose kernel may move pages between them. */
static bool same_vm(const struct iso_mapping *a, const struct iso_mapping *b)
{
    return a->view == ISO_MAPPING_GUEST && b->view == ISO_MAPPING_GUEST && a->vm_protected == b->vm_protected &&
           a->vm_realm == b->vm_realm && a->guest_attr == ISO_POLICY_ATTR_WB && b->guest_attr == ISO_POLICY_ATTR_WB;
}

/* The triggers, of those that count, that may take a page from one place to the other (bits); *let gets those that the policy lets, asked of both ends'
 * mappings. */
static unsigned moved_by(unsigned *let, const struct iso_policy_check *check, const struct iso_survey *survey,
                         const struct iso_policy_place *from, const struct iso_policy_place *to)
{
    const struct iso_machine *machine = &survey->run.machine->machine;
    const struct iso_trigger_page source = {from->tier, from->mapping->origin, from->mapping->backing},
                                  target = {to->tier, to->mapping->origin, to->mapping->backing};
    const struct iso_mapping *ends[] = {from->mapping, to->mapping};
    unsigned chosen = 0;
    for (unsigned t = 0; t < ISO_POLICY_TRIGGER_COUNT; t++)
        if ((!survey->triggers || survey->triggers >> t & 1u) &&
            iso_trigger_chooses((enum iso_policy_trigger)t, machine, &source, &target))
            chosen |= 1u << t;
    *let = chosen;
    for (size_t i = 0; i < 2; i++) {
        struct iso_policy_question question;
        struct iso_policy_move move;
        iso_policy_ask(&question, &check->file->policy, ends[i], machine, to->tier, &survey->vm, from->tagged);
        for (unsigned t = 0; t < ISO_POLICY_TRIGGER_COUNT; t++) {
            if (!(*let >> t & 1u))
                continue;
            question.inputs.value[ISO_POLICY_TRIGGER] = (uint8_t)t;
            iso_policy_migrate(&move, &check->file->policy, &question, from->tagged);
            if (move.end != ISO_POLICY_MAPPED)
                *let &= ~(1u << t);
        }
    }
    return chosen;
}

static void pair_up(struct iso_policy_check *check, size_t a, size_t b, enum iso_policy_mover mover, size_t reference)
{
    struct iso_policy_place *from = &check->place[a], *to = &check->place[b];
    if (to->mover == ISO_POLICY_MOVER_NONE || (mover == ISO_POLICY_MOVER_HOST && to->mover == ISO_POLICY_MOVER_GUEST) ||
        (mover == to->mover && check->place[to->partner].tier != reference && from->tier == reference)) {
        to->mover = mover;
        to->partner = a;
    }
    if (from->mover == ISO_POLICY_MOVER_NONE) {
        from->mover = mover;
        from->partner = b;
    }
}

/* Who moves pages from one place to the other; *let, *chosen: as moved_by() says. */
static enum iso_policy_mover mover_of(unsigned *let, unsigned *chosen, const struct iso_policy_check *check,
                                      const struct iso_survey *survey, const struct iso_policy_place *from,
                                      const struct iso_policy_place *to)
{
    bool mapped = from->decision.end == ISO_POLICY_MAPPED && to->decision.end == ISO_POLICY_MAPPED;
    *let = *chosen = 0;
    if (from->tagged != to->tagged || (from->tier == to->tier && from->mapping == to->mapping))
        return ISO_POLICY_MOVER_NONE;
    if (iso_mapping_movable(from->mapping) && iso_mapping_movable(to->mapping))
        *chosen = moved_by(let, check, survey, from, to);
    if (mapped && *let && iso_mapping_same_memory(from->mapping, to->mapping))
        return ISO_POLICY_MOVER_HOST;
    return mapped && same_vm(from->mapping, to->mapping) ? ISO_POLICY_MOVER_GUEST : ISO_POLICY_MOVER_NONE;
}

static void pair(struct iso_policy_check *check, const struct iso_survey *survey, size_t a, size_t b)
{
    struct iso_policy_place *from = &check->place[a], *to = &check->place[b];
    bool host = iso_mapping_same_memory(from->mapping, to->mapping), guest = same_vm(from->mapping, to->mapping);
    unsigned let, chosen, ignored;
    enum iso_policy_mover mover = mover_of(&let, &chosen, check, survey, from, to);
    if (mover == ISO_POLICY_MOVER_HOST) {
        from->triggers |= let;
        to->triggers |= let;
    }
    if (mover != ISO_POLICY_MOVER_NONE) {
        pair_up(check, a, b, mover, survey->run.machine->machine.reference);
        check->pairs += a < b || mover_of(&ignored, &ignored, check, survey, to, from) == ISO_POLICY_MOVER_NONE;
    } else if (from->tagged == to->tagged && (host || guest) && from->decision.end == ISO_POLICY_MAPPED &&
               (to->decision.end == ISO_POLICY_REFUSED || to->decision.end == ISO_POLICY_MAPPED) && (guest || chosen)) {
        to->kept_apart = true;
    }
}

void iso_policy_pair_places(struct iso_policy_check *check, const struct iso_survey *survey)
{
    for (size_t a = 0; a < check->nplaces; a++)
        for (size_t b = 0; b < check->nplaces; b++)
            if (a != b)
                pair(check, survey, a, b);
    for (size_t i = 0; i < check->nplaces; i++)
        check->place[i].counts = survey->named || check->place[i].mover != ISO_POLICY_MOVER_NONE ||
                                 check->place[i].decision.end == ISO_POLICY_UNKNOWN;
}

const struct iso_policy_rule *iso_policy_place_rule(const struct iso_policy_place *place)
{
    const struct iso_policy_decision *d = &place->decision;
    const struct iso_policy_rule *rule = NULL;
    if (d->end != ISO_POLICY_MAPPED)
        return d->because;
    for (size_t i = 0; i < d->nfired; i++)
        if (!d->fired[i].overridden && d->fired[i].rule->stage > ISO_POLICY_STAGE_MEMREMAP &&
            d->fired[i].rule->stage < ISO_POLICY_STAGE_ACCESS)
            rule = d->fired[i].rule;
    return rule;
}

/* ---- verdict ---- */

static void add_key(struct iso_buffer *keys, const char *list)
{
    if (!keys->size)
        iso_buffer_add(keys, " ");
    while (*list) {
        struct iso_buffer one = {0};
        size_t start = strspn(list, " "), size = strcspn(list + start, " ");
        iso_buffer_format(&one, " %.*s ", (int)size, list + start);
        if (size && !strstr(keys->data, one.data))
            iso_buffer_format(keys, "%.*s ", (int)size, list + start);
        iso_buffer_free(&one);
        list += start + size;
    }
}

static bool is_struck(const struct iso_survey *survey, const struct iso_policy_cell *cell)
{
    return survey->run.scenario[cell->scenario].test->ninjects != 0;
}

static void add_leak(struct iso_policy_check *check, const struct iso_survey *survey, size_t *capacity, uint32_t index)
{
    const struct iso_policy_cell *cell = &check->cell[index];
    const struct iso_cell_summary *s = &survey->summary[cell->computed];
    for (size_t i = 0; i < check->nleaks; i++) {
        struct iso_policy_leak *leak = &check->leak[i];
        const struct iso_policy_place *a = &check->place[leak->place], *b = &check->place[cell->place];
        const struct iso_cell_summary *first = &survey->summary[check->cell[leak->cell].computed];
        bool explained = s->rule[0] || s->hop[0];
        if (a->mapping == b->mapping && a->tier == b->tier && leak->counts == b->counts &&
            leak->struck == is_struck(survey, cell) && first->divergence == s->divergence &&
            strcmp(first->rule, s->rule) == 0 && strcmp(first->hop, s->hop) == 0 &&
            (explained || check->cell[leak->cell].scenario == cell->scenario)) {
            leak->scenarios += check->cell[leak->cell].scenario != cell->scenario;
            return;
        }
    }
    if (check->nleaks == *capacity) {
        *capacity = *capacity * 2 + 64;
        check->leak = iso_reallocate(check->leak, *capacity * sizeof check->leak[0]);
    }
    check->leak[check->nleaks++] = (struct iso_policy_leak){.cell = index,
                                                            .scenarios = 1,
                                                            .place = cell->place,
                                                            .counts = check->place[cell->place].counts,
                                                            .struck = is_struck(survey, cell)};
}

struct order {
    struct iso_policy_leak leak;
    unsigned rank;
};

static int by_rank(const void *a, const void *b)
{
    const struct order *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return x->leak.cell < y->leak.cell ? -1 : x->leak.cell > y->leak.cell;
}

static void sort_leaks(struct iso_policy_check *check, const struct iso_survey *survey)
{
    struct order *list = iso_allocate((check->nleaks + 1) * sizeof *list);
    for (size_t i = 0; i < check->nleaks; i++) {
        list[i].leak = check->leak[i];
        list[i].rank = (check->leak[i].counts ? 0u : 100u) + (check->leak[i].struck ? 50u : 0u) +
                       survey->summary[check->cell[check->leak[i].cell].computed].divergence;
        check->ncounting += check->leak[i].counts;
        check->nstruck += check->leak[i].counts && check->leak[i].struck;
    }
    qsort(list, check->nleaks, sizeof list[0], by_rank);
    for (size_t i = 0; i < check->nleaks; i++)
        check->leak[i] = list[i].leak;
    free(list);
}

/* Keys of a move that hangs on something unknown, or that no rule covers. */
static void add_move_gaps(struct iso_policy_check *check)
{
    for (size_t i = 0; i < check->ncells; i++)
        if (check->cell[i].end == ISO_POLICY_UNKNOWN &&
            check->place[check->cell[i].place].decision.end == ISO_POLICY_MAPPED)
            check->place[check->cell[i].place].counts = true;
}

static enum iso_policy_verdict verdict_of(bool failed, bool leaks, bool open, bool apart, bool observed)
{
    return failed     ? ISO_POLICY_FAILED
           : leaks    ? ISO_POLICY_LEAKY
           : open     ? ISO_POLICY_UNDECIDED
           : apart    ? ISO_POLICY_GUARDED
           : observed ? ISO_POLICY_TRANSPARENT
                      : ISO_POLICY_UNOBSERVED;
}

void iso_policy_judge(struct iso_policy_check *check, const struct iso_survey *survey)
{
    bool failed = false, apart = false, open = false, open_unstruck = false, observed = false;
    size_t capacity = 0;
    iso_policy_pair_places(check, survey);
    add_move_gaps(check);
    iso_buffer_add(&check->unknown, "");
    for (uint32_t i = 0; i < check->ncells; i++) {
        const struct iso_policy_cell *cell = &check->cell[i];
        const struct iso_cell_summary *s = &survey->summary[cell->computed];
        bool counts = check->place[cell->place].counts;
        enum iso_verdict verdict = cell->end == ISO_POLICY_MAPPED    ? (enum iso_verdict)s->verdict
                                   : cell->end == ISO_POLICY_REFUSED ? ISO_VERDICT_REFUSED
                                                                     : ISO_VERDICT_UNKNOWN;
        check->cells[verdict] += counts;
        observed |= counts;
        failed |= verdict == ISO_VERDICT_MODEL_BUG || (cell->end == ISO_POLICY_MAPPED && s->tool_error);
        if (verdict == ISO_VERDICT_DIVERGES)
            add_leak(check, survey, &capacity, i);
        if (counts && verdict == ISO_VERDICT_UNKNOWN)
            add_key(&check->unknown, cell->end == ISO_POLICY_UNKNOWN ? cell->unknown : s->unknown);
        if (counts && (verdict == ISO_VERDICT_UNKNOWN || verdict == ISO_VERDICT_BOUNDED)) {
            open = true;
            open_unstruck |= !is_struck(survey, cell);
        }
    }
    for (size_t i = 0; i < check->nplaces; i++)
        apart |= check->place[i].kept_apart && check->place[i].mover == ISO_POLICY_MOVER_NONE;
    if (check->nleaks)
        sort_leaks(check, survey);
    check->verdict = verdict_of(failed, check->ncounting != 0, open, apart, observed);
    check->unstruck = verdict_of(failed, check->ncounting > check->nstruck, open_unstruck, apart, observed);
}

int iso_policy_verdict_status(const struct iso_policy_check *check)
{
    uint32_t observed = 0;
    int status = check->verdict == ISO_POLICY_FAILED ? ISO_EXIT_ERROR : ISO_EXIT_CLEAN;
    for (unsigned v = 0; v < ISO_VERDICT_COUNT; v++)
        observed += check->cells[v];
    if (check->ncounting)
        status |= ISO_EXIT_DIVERGES;
    if (check->cells[ISO_VERDICT_UNKNOWN] || check->cells[ISO_VERDICT_BOUNDED])
        status |= ISO_EXIT_INCONCLUSIVE;
    return status | (observed ? 0 : ISO_EXIT_VACUOUS);
}
