/* All cells of one scenario: equal ones are computed once and labelled as often as they occur. Declared in run.h.
 * Two cells are equal if tier, final attribute, routing of faults and migration sequence are: policies and mappings only name them.
 * Not for: spreading scenarios over processes (pool.h). */
#include "sim/run.h"

#include <stdlib.h>
#include <string.h>

struct computed {
    size_t cell;
    struct iso_cell_summary summary;
    struct iso_buffer body;
};

struct scenario_run {
    const struct iso_run *run;
    struct iso_judge *judge; /* one a sequence */
    const struct iso_migration **sequence;
    struct iso_diags *diags;
    bool *composed;
    size_t njudges;
    struct computed *computed;
    size_t ncomputed;
};

/* The judge of a sequence, begun when it is first asked for; its index. */
static size_t judge_of(struct scenario_run *s, const struct iso_cell *cell)
{
    size_t i = 0;
    while (i < s->njudges && s->sequence[i] != cell->sequence)
        i++;
    if (i < s->njudges)
        return i;
    s->njudges++;
    s->judge = iso_reallocate(s->judge, s->njudges * sizeof s->judge[0]);
    s->sequence = iso_reallocate(s->sequence, s->njudges * sizeof s->sequence[0]);
    s->diags = iso_reallocate(s->diags, s->njudges * sizeof s->diags[0]);
    s->composed = iso_reallocate(s->composed, s->njudges * sizeof s->composed[0]);
    s->sequence[i] = cell->sequence;
    s->diags[i] = (struct iso_diags){0};
    s->composed[i] =
        iso_judge_begin(&s->judge[i], &s->diags[i], s->run, &s->run->scenario[cell->scenario], cell->sequence) == 0;
    return i;
}

bool iso_cell_same(const struct iso_cell *a, const struct iso_cell *b)
{
    bool device = iso_class_is_device(a->attribute.cls);
    return a->end == ISO_POLICY_MAPPED && b->end == ISO_POLICY_MAPPED && a->tier == b->tier &&
           memcmp(&a->routing, &b->routing, sizeof a->routing) == 0 && a->sequence == b->sequence &&
           !a->policy == !b->policy && a->attribute.xs == b->attribute.xs &&
           iso_attribute_point_of(&a->attribute) == iso_attribute_point_of(&b->attribute) &&
           (!device || a->attribute.stage1_device == b->attribute.stage1_device);
}

static const struct computed *compute(struct scenario_run *s, size_t index)
{
    const struct iso_cell *cell = &s->run->cell[index];
    for (size_t i = 0; i < s->ncomputed; i++)
        if (iso_cell_same(&s->run->cell[s->computed[i].cell], cell))
            return &s->computed[i];
    struct computed *c = &s->computed[s->ncomputed++];
    size_t judge = judge_of(s, cell);
    *c = (struct computed){.cell = index};
    iso_cell_body(&c->summary, &c->body, &s->judge[judge], index);
    return c;
}

void iso_scenario_run(const struct iso_run *run, size_t first, size_t count,
                      void (*done)(void *context, const struct iso_cell_summary *summary, const char *json,
                                   size_t size),
                      void *context)
{
    struct scenario_run s = {.run = run, .computed = iso_allocate((count + 1) * sizeof(struct computed))};
    struct iso_buffer json = {0};
    for (size_t i = first; i < first + count; i++) {
        struct iso_cell_summary summary;
        size_t judge = judge_of(&s, &run->cell[i]);
        iso_buffer_clear(&json);
        if (s.composed[judge]) {
            const struct computed *computed = compute(&s, i);
            summary = computed->summary;
            summary.cell = (uint32_t)i;
            iso_cell_json(&json, run, i, &computed->body);
        } else {
            iso_cell_failed(&summary, &json, run, i,
                            s.diags[judge].count ? s.diags[judge].list[0].message : "the migration cannot be composed");
        }
        done(context, &summary, json.data, json.size);
    }
    for (size_t i = 0; i < s.ncomputed; i++)
        iso_buffer_free(&s.computed[i].body);
    for (size_t i = 0; i < s.njudges; i++) {
        iso_judge_end(&s.judge[i]);
        iso_diags_free(&s.diags[i]);
    }
    free(s.computed);
    free(s.judge);
    free(s.sequence);
    free(s.diags);
    free(s.composed);
    iso_buffer_free(&json);
}
