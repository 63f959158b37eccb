/* All cells of one scenario: equal ones are computed once and labelled as often as they occur. Declared in run.h.
 * Two cells are equal if tier, final attribute, routing of faults and migration sequence are: policies and mappings only name them. Of those that a
 * policy refuses, or has no answer for, the refusal or the gap has to be the same.
 * Not for: spreading scenarios over processes (pool.h). */
#include "sim/run.h"

#include <stdlib.h>
#include <string.h>

struct scenario_run {
    const struct iso_run *run;
    struct iso_judge *judge; /* one a sequence */
    const struct iso_migration **sequence;
    struct iso_diags *diags;
    bool *composed;
    size_t njudges;
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

static bool same_alias(const struct iso_attribute *a, const struct iso_attribute *b)
{
    return a->cls == b->cls && a->shareability == b->shareability && a->tagging == b->tagging &&
           a->no_tag_access == b->no_tag_access && a->provenance == b->provenance && a->xs == b->xs;
}

bool iso_cell_same(const struct iso_cell *a, const struct iso_cell *b)
{
    bool device = iso_class_is_device(a->attribute.cls);
    if (a->end != b->end || a->sequence != b->sequence || !a->policy != !b->policy)
        return false;
    switch (a->end) {
    case ISO_POLICY_REFUSED:
        return a->stage == b->stage && a->error == b->error;
    case ISO_POLICY_UNKNOWN:
        return strcmp(a->unknown, b->unknown) == 0;
    case ISO_POLICY_UNMAPPED:
        return true;
    case ISO_POLICY_MAPPED:
        break;
    }
    return a->tier == b->tier && memcmp(&a->routing, &b->routing, sizeof a->routing) == 0 &&
           a->attribute.xs == b->attribute.xs && same_alias(&a->aliases.kernel, &b->aliases.kernel) &&
           same_alias(&a->aliases.vmm, &b->aliases.vmm) &&
           iso_attribute_point_of(&a->attribute) == iso_attribute_point_of(&b->attribute) &&
           (!device || a->attribute.stage1_device == b->attribute.stage1_device);
}

static uint32_t result_of(struct iso_scenario_results *out, struct scenario_run *s, size_t index)
{
    const struct iso_cell *cell = &s->run->cell[index];
    for (uint32_t i = 0; i < out->count; i++)
        if (iso_cell_same(&s->run->cell[out->summary[i].cell], cell))
            return i;
    uint32_t i = (uint32_t)out->count++;
    size_t judge = judge_of(s, cell);
    if (s->composed[judge])
        iso_cell_body(&out->summary[i], &out->body[i], &s->judge[judge], index);
    else
        iso_cell_refused(&out->summary[i], &out->body[i], index, &s->diags[judge], "the migration cannot be composed");
    return i;
}

void iso_scenario_compute(struct iso_scenario_results *out, const struct iso_run *run, size_t first, size_t count)
{
    struct scenario_run s = {.run = run};
    *out = (struct iso_scenario_results){.summary = iso_allocate((count + 1) * sizeof out->summary[0]),
                                         .body = iso_allocate((count + 1) * sizeof out->body[0]),
                                         .of = iso_allocate((count + 1) * sizeof out->of[0])};
    for (size_t i = 0; i < count; i++)
        out->of[i] = result_of(out, &s, first + i);
    for (size_t i = 0; i < s.njudges; i++) {
        iso_judge_end(&s.judge[i]);
        iso_diags_free(&s.diags[i]);
    }
    free(s.judge);
    free(s.sequence);
    free(s.diags);
    free(s.composed);
}

void iso_scenario_results_free(struct iso_scenario_results *results)
{
    for (size_t i = 0; i < results->count; i++)
        iso_buffer_free(&results->body[i]);
    free(results->summary);
    free(results->body);
    free(results->of);
}

void iso_scenario_run(const struct iso_run *run, size_t first, size_t count,
                      void (*done)(void *context, const struct iso_cell_summary *summary, const char *json,
                                   size_t size),
                      void *context)
{
    struct iso_scenario_results results;
    struct iso_buffer json = {0};
    iso_scenario_compute(&results, run, first, count);
    for (size_t i = 0; i < count; i++) {
        struct iso_cell_summary summary = results.summary[results.of[i]];
        const struct iso_buffer *body = &results.body[results.of[i]];
        summary.cell = (uint32_t)(first + i);
        iso_buffer_clear(&json);
        iso_cell_json(&json, run, first + i, body->data, body->size);
        done(context, &summary, json.data, json.size);
    }
    iso_scenario_results_free(&results);
    iso_buffer_free(&json);
}
