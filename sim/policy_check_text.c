/* Policy checks as text and JSON. Declared in policy_check.h. Not for: judging. */
#include "sim/policy_check.h"

#include "sim/policy_move.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { LEAK_LINES = 20 };

static const struct iso_cell_summary *summary_of(const struct iso_policy_check *check, const struct iso_survey *survey,
                                                 const struct iso_policy_leak *leak)
{
    return &survey->summary[check->cell[leak->cell].computed];
}

static const struct iso_machine *machine_of(const struct iso_survey *survey)
{
    return &survey->run.machine->machine;
}

static void add_rule(struct iso_buffer *out, const struct iso_policy_rule *rule)
{
    if (rule)
        iso_buffer_format(out, "%s/%s", iso_policy_stage_name(rule->stage), rule->id);
    else
        iso_buffer_add(out, "no rule");
}

static void add_keys(struct iso_buffer *out, const struct iso_policy_check *check)
{
    const char *list = iso_buffer_string(&check->unknown);
    for (bool first = true; *list; first = false) {
        size_t start = strspn(list, " "), size = strcspn(list + start, " ");
        if (size)
            iso_buffer_format(out, "%s%.*s", first ? "" : ", ", (int)size, list + start);
        list += start + size;
        if (!size)
            break;
    }
}

static size_t count_keys(const struct iso_policy_check *check)
{
    size_t count = 0;
    for (const char *list = iso_buffer_string(&check->unknown); *(list += strspn(list, " "));
         list += strcspn(list, " "))
        count++;
    return count;
}

/* "move: host kernel, ddr -> cxl" */
static void add_move(struct iso_buffer *out, const struct iso_policy_check *check, const struct iso_survey *survey,
                     const struct iso_policy_place *place)
{
    const struct iso_policy_place *partner = &check->place[place->partner];
    if (place->mover == ISO_POLICY_MOVER_NONE)
        iso_buffer_add(out, "no page moves");
    else
        iso_buffer_format(out, "%s kernel moves pages, %s@%s - %s@%s",
                          place->mover == ISO_POLICY_MOVER_HOST ? "host" : "guest", partner->mapping->name,
                          machine_of(survey)->tiers[partner->tier].name, place->mapping->name,
                          machine_of(survey)->tiers[place->tier].name);
    if (place->mover == ISO_POLICY_MOVER_HOST && place->triggers) {
        iso_buffer_add(out, ", by ");
        if (place->triggers == (unsigned)ISO_TRIGGERS_ALL)
            iso_buffer_add(out, "any trigger");
        else
            iso_triggers_text(out, place->triggers, ", ");
    }
}

static void text_leak(struct iso_buffer *out, const struct iso_policy_check *check, const struct iso_survey *survey,
                      const struct iso_policy_leak *leak)
{
    const struct iso_cell_summary *s = summary_of(check, survey, leak);
    const struct iso_policy_cell *cell = &check->cell[leak->cell];
    const struct iso_policy_place *place = &check->place[leak->place];
    iso_buffer_format(out, "  %-15s %s on %s as %s: %s, %s", iso_divergence_name((enum iso_divergence)s->divergence),
                      place->mapping->name, machine_of(survey)->tiers[place->tier].name,
                      survey->run.cell[cell->computed].attribute_name, survey->run.scenario[cell->scenario].id,
                      s->what);
    if (s->rule[0] || s->hop[0])
        iso_buffer_format(out, "   %s%s%s", s->rule, s->hop[0] ? " at hop " : "", s->hop);
    if (leak->scenarios > 1)
        iso_buffer_format(out, "   (%u scenarios)", leak->scenarios);
    iso_buffer_add(out, "\n                  by ");
    add_rule(out, iso_policy_place_rule(place));
    iso_buffer_add(out, "; ");
    add_move(out, check, survey, place);
    iso_buffer_add(out, "\n");
}

static void text_leaks(struct iso_buffer *out, const struct iso_policy_check *check, const struct iso_survey *survey,
                       bool counting, bool all)
{
    size_t shown = 0, more = 0;
    for (size_t i = 0; i < check->nleaks; i++) {
        if (check->leak[i].counts != counting)
            continue;
        if (all || shown < (counting ? (size_t)LEAK_LINES : 3)) {
            text_leak(out, check, survey, &check->leak[i]);
            shown++;
        } else {
            more++;
        }
    }
    if (more)
        iso_buffer_format(out, "  ... %zu more: --all shows them, --format json has them\n", more);
}

/* Each refusal once, with the tiers that it keeps. */
static void text_refusals(struct iso_buffer *out, const struct iso_policy_check *check, const struct iso_survey *survey)
{
    bool any = false;
    for (size_t i = 0; i < check->nplaces; i++) {
        const struct iso_policy_place *p = &check->place[i];
        const struct iso_policy_decision *d = &p->decision;
        bool again = false;
        if (d->end != ISO_POLICY_REFUSED)
            continue;
        for (size_t k = 0; k < i; k++)
            again |= check->place[k].mapping == p->mapping && check->place[k].tagged == p->tagged &&
                     check->place[k].decision.because == d->because && check->place[k].decision.end == d->end;
        if (again)
            continue;
        iso_buffer_add(out, any ? "" : "refused\n");
        iso_buffer_format(out, "  %s%s on", p->mapping->name, p->tagged ? " with tags" : "");
        for (size_t k = i; k < check->nplaces; k++)
            if (check->place[k].mapping == p->mapping && check->place[k].tagged == p->tagged &&
                check->place[k].decision.because == d->because && check->place[k].decision.end == d->end)
                iso_buffer_format(out, " %s", machine_of(survey)->tiers[check->place[k].tier].name);
        iso_buffer_format(out, ": -%s by ", iso_policy_errno_name(d->error));
        add_rule(out, d->because);
        iso_buffer_add(out, "\n");
        any = true;
    }
}

void iso_policy_check_text(struct iso_buffer *out, const struct iso_policy_check *check,
                           const struct iso_survey *survey, bool all)
{
    uint32_t cells = 0;
    for (unsigned v = 0; v < ISO_VERDICT_COUNT; v++)
        cells += check->cells[v];
    iso_buffer_format(out, "policy %s%s   machine %s   reference %s   %zu mappings%s\n", check->file->policy.name,
                      check->file->policy.proposal ? " (proposal)" : "", machine_of(survey)->name,
                      machine_of(survey)->tiers[machine_of(survey)->reference].name, survey->nmappings,
                      survey->no_tags ? ", no tags" : "");
    if (survey->triggers) {
        iso_buffer_add(out, "pages that move by: ");
        iso_triggers_text(out, survey->triggers, ", ");
        iso_buffer_add(out, "\n");
    }
    iso_buffer_format(out, "=> %s: %zu leak%s in %u cells (%u pairs of places that a page moves between)",
                      iso_policy_verdict_name(check->verdict), check->ncounting, check->ncounting == 1 ? "" : "s",
                      cells, check->pairs);
    for (unsigned v = 0; v < ISO_VERDICT_COUNT; v++)
        if (check->cells[v])
            iso_buffer_format(out, "%s %u %s", v && cells != check->cells[v] ? "," : ":", check->cells[v],
                              iso_verdict_name((enum iso_verdict)v));
    iso_buffer_add(out, "\n");
    if (check->unstruck != check->verdict)
        iso_buffer_format(out, "where no error strikes: %s, %zu leaks\n", iso_policy_verdict_name(check->unstruck),
                          check->ncounting - check->nstruck);
    if (check->unknown.size > 1) {
        iso_buffer_add(out, "unknown: ");
        add_keys(out, check);
        iso_buffer_add(out, "\n");
    }
    if (check->ncounting)
        iso_buffer_add(out, check->nstruck ? "leaks, worst first; those only where an error strikes last\n"
                                           : "leaks, worst first\n");
    text_leaks(out, check, survey, true, all);
    text_refusals(out, check, survey);
    if (check->nleaks > check->ncounting)
        iso_buffer_add(out,
                       "memory of its own kind: no page moves there, so it does not count; other than the reference\n");
    text_leaks(out, check, survey, false, all);
}

void iso_policy_check_line(struct iso_buffer *out, const struct iso_policy_check *check,
                           const struct iso_survey *survey)
{
    iso_buffer_format(out, "%-34s %-12s %5zu  %-12s %5zu  ", check->file->policy.name,
                      iso_policy_verdict_name(check->unstruck), check->ncounting - check->nstruck,
                      iso_policy_verdict_name(check->verdict), check->ncounting);
    if (check->ncounting) {
        const struct iso_policy_leak *leak = &check->leak[0];
        const struct iso_policy_cell *cell = &check->cell[leak->cell];
        iso_buffer_format(out, "%s: %s on %s, %s",
                          iso_divergence_name((enum iso_divergence)summary_of(check, survey, leak)->divergence),
                          check->place[leak->place].mapping->name,
                          machine_of(survey)->tiers[check->place[leak->place].tier].name,
                          survey->run.scenario[cell->scenario].id);
    }
    if (check->unknown.size > 1)
        iso_buffer_format(out, "%s%zu unknown keys", check->ncounting ? "; " : "", count_keys(check));
    while (out->data[out->size - 1] == ' ')
        out->data[--out->size] = 0;
    iso_buffer_add(out, "\n");
}

/* ---- JSON ---- */

static void json_text(struct iso_buffer *out, bool *first, const char *key, const char *value)
{
    iso_buffer_json_key(out, first, key);
    iso_buffer_json_string(out, value);
}

/* The witness of a computed cell, as its report has it. */
static void json_witness(struct iso_buffer *out, const char *cell)
{
    json_error_t error;
    json_t *object = json_loads(cell, 0, &error);
    char *text = json_dumps(json_object_get(object, "witness"), JSON_ENCODE_ANY);
    iso_buffer_add(out, text ? text : "null");
    free(text);
    json_decref(object);
}

static void json_place(struct iso_buffer *out, const struct iso_survey *survey, const struct iso_policy_place *place,
                       bool *first)
{
    struct iso_buffer rule = {0};
    json_text(out, first, "mapping", place->mapping->name);
    json_text(out, first, "tier", machine_of(survey)->tiers[place->tier].name);
    iso_buffer_json_key(out, first, "tagged");
    iso_buffer_add(out, place->tagged ? "true" : "false");
    add_rule(&rule, iso_policy_place_rule(place));
    json_text(out, first, "policy_rule", iso_policy_place_rule(place) ? rule.data : NULL);
    iso_buffer_free(&rule);
}

static void json_triggers(struct iso_buffer *out, unsigned triggers)
{
    bool first = true;
    iso_buffer_add(out, "[");
    for (unsigned t = 0; t < ISO_POLICY_TRIGGER_COUNT; t++)
        if (triggers >> t & 1u) {
            iso_buffer_format(out, "%s\"%s\"", first ? "" : ", ", iso_trigger_at((enum iso_policy_trigger)t)->name);
            first = false;
        }
    iso_buffer_add(out, "]");
}

static void json_leak(struct iso_buffer *out, const struct iso_policy_check *check, const struct iso_survey *survey,
                      const struct iso_policy_leak *leak)
{
    static const char *const movers[] = {NULL, "host", "guest"};
    const struct iso_policy_cell *cell = &check->cell[leak->cell];
    const struct iso_cell_summary *s = &survey->summary[cell->computed];
    const struct iso_policy_place *place = &check->place[leak->place];
    bool first = true;
    iso_buffer_add(out, "{");
    json_text(out, &first, "class", iso_divergence_name((enum iso_divergence)s->divergence));
    json_text(out, &first, "scenario", survey->run.scenario[cell->scenario].id);
    iso_buffer_json_key(out, &first, "needs_error");
    iso_buffer_add(out, leak->struck ? "true" : "false");
    iso_buffer_json_key(out, &first, "scenarios");
    iso_buffer_format(out, "%u", leak->scenarios);
    json_place(out, survey, place, &first);
    json_text(out, &first, "attribute", survey->run.cell[cell->computed].attribute_name);
    json_text(out, &first, "moved_by", movers[place->mover]);
    iso_buffer_json_key(out, &first, "triggers");
    json_triggers(out, place->mover == ISO_POLICY_MOVER_HOST ? place->triggers : 0);
    json_text(out, &first, "partner",
              place->mover ? machine_of(survey)->tiers[check->place[place->partner].tier].name : NULL);
    json_text(out, &first, "what", s->what);
    json_text(out, &first, "rule", s->rule[0] ? s->rule : NULL);
    json_text(out, &first, "hop", s->hop[0] ? s->hop : NULL);
    iso_buffer_json_key(out, &first, "witness");
    json_witness(out, survey->json[cell->computed]);
    iso_buffer_add(out, "}");
}

static void json_leaks(struct iso_buffer *out, const struct iso_policy_check *check, const struct iso_survey *survey,
                       bool counting)
{
    bool first = true;
    iso_buffer_add(out, "[");
    for (size_t i = 0; i < check->nleaks; i++)
        if (check->leak[i].counts == counting) {
            iso_buffer_add(out, first ? "\n   " : ",\n   ");
            json_leak(out, check, survey, &check->leak[i]);
            first = false;
        }
    iso_buffer_add(out, "]");
}

void iso_policy_check_json(struct iso_buffer *out, const struct iso_policy_check *check,
                           const struct iso_survey *survey)
{
    const char *keys = iso_buffer_string(&check->unknown);
    bool first = true, other = false;
    iso_buffer_add(out, "{");
    json_text(out, &first, "policy", check->file->policy.name);
    json_text(out, &first, "machine", machine_of(survey)->name);
    json_text(out, &first, "verdict", iso_policy_verdict_name(check->verdict));
    json_text(out, &first, "verdict_without_errors", iso_policy_verdict_name(check->unstruck));
    iso_buffer_json_key(out, &first, "cells");
    iso_buffer_add(out, "{");
    for (unsigned v = 0; v < ISO_VERDICT_COUNT; v++)
        iso_buffer_format(out, "%s\"%s\": %u", v ? ", " : "", iso_verdict_name((enum iso_verdict)v), check->cells[v]);
    iso_buffer_add(out, "}");
    iso_buffer_json_key(out, &first, "pairs");
    iso_buffer_format(out, "%u", check->pairs);
    iso_buffer_json_key(out, &first, "unknown");
    iso_buffer_add(out, "[");
    for (keys += strspn(keys, " "); *keys; keys += strspn(keys, " ")) {
        size_t size = strcspn(keys, " ");
        iso_buffer_add(out, other ? ", " : "");
        iso_buffer_json_bytes(out, keys, size);
        keys += size;
        other = true;
    }
    iso_buffer_add(out, "]");
    iso_buffer_json_key(out, &first, "leaks");
    json_leaks(out, check, survey, true);
    iso_buffer_json_key(out, &first, "not_moved");
    json_leaks(out, check, survey, false);
    iso_buffer_json_key(out, &first, "refused");
    iso_buffer_add(out, "[");
    other = false;
    for (size_t i = 0; i < check->nplaces; i++)
        if (check->place[i].decision.end == ISO_POLICY_REFUSED) {
            bool inner = true;
            iso_buffer_add(out, other ? ", {" : "{");
            json_place(out, survey, &check->place[i], &inner);
            json_text(out, &inner, "errno", iso_policy_errno_name(check->place[i].decision.error));
            iso_buffer_add(out, "}");
            other = true;
        }
    iso_buffer_add(out, "]}");
}
