/* Comparing two reports cell by cell, as declared in gate.h. Not for: waivers (gate_waive.c), names and tables (gate_table.c), output
 * (gate_text.c, gate_json.c, gate_junit.c, gate_sarif.c). */
#include "sim/gate.h"

#include "sim/cli.h"

#include <stdlib.h>
#include <string.h>

/* ---- findings ---- */

static struct iso_gate_finding *add(struct iso_gate *gate, enum iso_gate_kind kind,
                                    const struct iso_report_cell *before, const struct iso_report_cell *after,
                                    struct iso_buffer *message)
{
    if (gate->nfindings == gate->capacity) {
        gate->capacity = gate->capacity ? gate->capacity * 2 : 64;
        gate->finding = iso_reallocate(gate->finding, gate->capacity * sizeof gate->finding[0]);
    }
    struct iso_gate_finding *finding = &gate->finding[gate->nfindings++];
    *finding = (struct iso_gate_finding){.kind = kind,
                                         .id = after    ? after->id
                                               : before ? before->id
                                                        : "report",
                                         .before = before,
                                         .after = after,
                                         .message = iso_duplicate(iso_buffer_string(message))};
    iso_buffer_free(message);
    return finding;
}

/* A finding about the report as a whole; `name` follows `what` in its id. */
static void add_whole(struct iso_gate *gate, enum iso_gate_kind kind, const char *what, const char *name,
                      struct iso_buffer *message)
{
    struct iso_buffer id = {0};
    iso_buffer_format(&id, "%s%s%s", what, *name ? " " : "", name);
    struct iso_gate_finding *finding = add(gate, kind, NULL, NULL, message);
    finding->id = id.data;
    finding->owned = true;
}

void iso_gate_side(struct iso_buffer *out, const struct iso_report_cell *cell, bool tier_axis)
{
    if (!cell) {
        iso_buffer_add(out, "-");
        return;
    }
    enum iso_divergence divergence = tier_axis ? cell->tier_divergence : cell->divergence;
    iso_buffer_add(out, iso_verdict_name(tier_axis ? cell->tier_verdict : cell->verdict));
    if (divergence != ISO_DIVERGENCE_NONE)
        iso_buffer_format(out, " %s", iso_divergence_name(divergence));
    if (!tier_axis && cell->stage)
        iso_buffer_format(out, " at %s with %s", cell->stage, cell->error);
}

static void say_change(struct iso_buffer *out, const struct iso_report_cell *before,
                       const struct iso_report_cell *after, bool tier_axis)
{
    if (tier_axis)
        iso_buffer_add(out, "what the tier alone adds: ");
    iso_gate_side(out, before, tier_axis);
    iso_buffer_add(out, " -> ");
    iso_gate_side(out, after, tier_axis);
}

/* ---- one pair ---- */

static bool has_text(const void *list, const char *text)
{
    for (size_t i = 0; i < iso_report_list_size(list); i++)
        if (strcmp(iso_report_list_text(list, i), text) == 0)
            return true;
    return false;
}

static bool has_all(const void *list, const void *wanted)
{
    for (size_t i = 0; i < iso_report_list_size(wanted); i++)
        if (!has_text(list, iso_report_list_text(wanted, i)))
            return false;
    return true;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* What a pair's verdict, or tier verdict, has become. */
static enum iso_gate_kind compare_axis(const struct iso_report_cell *a, const struct iso_report_cell *b, bool tier_axis)
{
    enum iso_verdict before = tier_axis ? a->tier_verdict : a->verdict,
                     after = tier_axis ? b->tier_verdict : b->verdict;
    enum iso_divergence was = tier_axis ? a->tier_divergence : a->divergence,
                        is = tier_axis ? b->tier_divergence : b->divergence;
    enum iso_gate_kind kind = iso_gate_transition(before, after);
    bool classes = was != ISO_DIVERGENCE_NONE && is != ISO_DIVERGENCE_NONE;
    if (kind != ISO_GATE_KIND_NONE)
        return kind;
    if (classes && is != was)
        return is < was ? ISO_GATE_KIND_WORSE : ISO_GATE_KIND_IMPROVED;
    if (after == ISO_VERDICT_REFUSED && !tier_axis && !(same_text(a->stage, b->stage) && same_text(a->error, b->error)))
        return ISO_GATE_KIND_REFUSED_OTHERWISE;
    return ISO_GATE_KIND_NONE;
}

static void compare_lists(struct iso_gate *gate, const struct iso_report_cell *a, const struct iso_report_cell *b)
{
    struct iso_buffer message = {0};
    bool kept = has_all(a->unknown, b->unknown), all = has_all(b->unknown, a->unknown);
    if (!kept || !all) {
        iso_buffer_add(&message, kept ? "no longer hangs on" : "hangs on");
        const void *list = kept ? a->unknown : b->unknown, *other = kept ? b->unknown : a->unknown;
        for (size_t i = 0; i < iso_report_list_size(list); i++)
            if (!has_text(other, iso_report_list_text(list, i)))
                iso_buffer_format(&message, " %s", iso_report_list_text(list, i));
        add(gate, kept ? ISO_GATE_KIND_IMPROVED : ISO_GATE_KIND_UNKNOWN_GREW, a, b, &message);
    } else if (!has_all(a->rules, b->rules) || !has_all(b->rules, a->rules)) {
        iso_gate_side(&message, b, false);
        iso_buffer_add(&message, ", by other rules");
        add(gate, ISO_GATE_KIND_CHANGED, a, b, &message);
    }
}

static void compare_cost(struct iso_gate *gate, const struct iso_report_cell *a, const struct iso_report_cell *b)
{
    uint64_t allowed = 100 + gate->options.cost_percent;
    struct iso_buffer message = {0};
    if (!a->has_cycles || !b->has_cycles)
        return;
    gate->costed++;
    double p50[2] = {(double)a->p50_cycles, (double)b->p50_cycles},
           p99[2] = {(double)a->p99_cycles, (double)b->p99_cycles};
    double share = (double)allowed / 100;
    bool more = p50[1] > p50[0] * share || p99[1] > p99[0] * share;
    bool less = p50[1] * share < p50[0] || p99[1] * share < p99[0];
    if (!more && !less)
        return;
    iso_buffer_format(&message, "p50 %llu -> %llu, p99 %llu -> %llu cycles", (unsigned long long)a->p50_cycles,
                      (unsigned long long)b->p50_cycles, (unsigned long long)a->p99_cycles,
                      (unsigned long long)b->p99_cycles);
    add(gate, more ? ISO_GATE_KIND_COST : ISO_GATE_KIND_CHEAPER, a, b, &message);
}

static void compare_pair(struct iso_gate *gate, const struct iso_report_cell *a, const struct iso_report_cell *b)
{
    struct iso_buffer message = {0};
    enum iso_gate_kind kind = compare_axis(a, b, false), tier = compare_axis(a, b, true);
    bool tier_axis = tier < kind;
    gate->compared++;
    gate->observed += b->observed;
    if (tier_axis || kind != ISO_GATE_KIND_NONE) {
        say_change(&message, a, b, tier_axis);
        add(gate, tier_axis ? tier : kind, a, b, &message)->tier_axis = tier_axis;
    } else if (gate->before->exhaustive && gate->now->exhaustive && a->exact && b->observed && !b->exact) {
        iso_buffer_add(&message, iso_verdict_name(b->verdict));
        iso_buffer_add(&message, " was proven by the exhaustive engine, now it was only observed");
        add(gate, ISO_GATE_KIND_PROOF, a, b, &message);
    } else {
        compare_lists(gate, a, b);
    }
    compare_cost(gate, a, b);
}

static void add_new(struct iso_gate *gate, const struct iso_report_cell *cell)
{
    struct iso_buffer message = {0};
    bool bug = cell->verdict == ISO_VERDICT_MODEL_BUG || cell->tier_verdict == ISO_VERDICT_MODEL_BUG;
    bool diverges = cell->verdict == ISO_VERDICT_DIVERGES, tier = cell->tier_verdict == ISO_VERDICT_DIVERGES;
    bool open = cell->verdict == ISO_VERDICT_UNKNOWN || cell->verdict == ISO_VERDICT_BOUNDED;
    enum iso_gate_kind kind = bug                ? ISO_GATE_KIND_MODEL_BUG
                              : diverges || tier ? ISO_GATE_KIND_NEW_DIVERGES
                              : open             ? ISO_GATE_KIND_NEW_INCONCLUSIVE
                                                 : ISO_GATE_KIND_NEW;
    bool tier_axis = !bug && !diverges && tier;
    gate->fresh++;
    say_change(&message, NULL, cell, tier_axis);
    add(gate, kind, NULL, cell, &message)->tier_axis = tier_axis;
}

static void add_vanished(struct iso_gate *gate, const struct iso_report_cell *cell)
{
    struct iso_buffer message = {0};
    gate->vanished++;
    if (gate->options.subset)
        return;
    say_change(&message, cell, NULL, false);
    add(gate, ISO_GATE_KIND_VANISHED, cell, NULL, &message);
}

/* ---- the reports as a whole ---- */

static void add_input(struct iso_gate *gate, const char *what, const char *name, const char *before, const char *now)
{
    struct iso_buffer message = {0};
    if (same_text(before, now))
        return;
    iso_buffer_format(&message, "%.64s -> %.64s", before ? before : "none", now ? now : "none");
    add_whole(gate, ISO_GATE_KIND_INPUT, what, name, &message);
}

static void add_number(struct iso_gate *gate, const char *what, uint64_t before, uint64_t now)
{
    struct iso_buffer message = {0};
    if (before == now)
        return;
    iso_buffer_format(&message, "%llu -> %llu", (unsigned long long)before, (unsigned long long)now);
    add_whole(gate, ISO_GATE_KIND_INPUT, what, "", &message);
}

/* With --subset policies that the report leaves out are no findings. */
static void compare_policies(struct iso_gate *gate)
{
    const struct iso_report *a = gate->before, *b = gate->now;
    if (a->npolicies < 2 && b->npolicies < 2)
        add_input(gate, "policy", "", a->npolicies ? a->policy->name : NULL, b->npolicies ? b->policy->name : NULL);
    for (size_t i = 0; i < a->npolicies; i++) {
        size_t k = iso_report_policy_find(b, a->policy[i].name);
        if (k < b->npolicies)
            add_input(gate, "policy", b->policy[k].name, a->policy[i].sha256, b->policy[k].sha256);
        else if (!gate->options.subset && (a->npolicies > 1 || b->npolicies > 1))
            add_input(gate, "policy", a->policy[i].name, a->policy[i].sha256, NULL);
    }
    for (size_t i = 0; i < b->npolicies && (a->npolicies > 1 || b->npolicies > 1); i++)
        if (iso_report_policy_find(a, b->policy[i].name) == a->npolicies)
            add_input(gate, "policy", b->policy[i].name, NULL, b->policy[i].sha256);
}

static void compare_scenarios(struct iso_gate *gate)
{
    const struct iso_report *a = gate->before, *b = gate->now;
    for (size_t i = 0, k = 0; i < a->nscenarios && k < b->nscenarios;) {
        int order = strcmp(a->scenario[i].name, b->scenario[k].name);
        if (order == 0)
            add_input(gate, "scenario", a->scenario[i].name, a->scenario[i].sha256, b->scenario[k].sha256);
        i += order <= 0;
        k += order >= 0;
    }
}

static void compare_coverage(struct iso_gate *gate)
{
    const struct iso_report *a = gate->before, *b = gate->now;
    for (size_t i = 0, k = 0; i < a->ncoverage && k < b->ncoverage && a->timed && b->timed;) {
        const struct iso_report_coverage *was = &a->coverage[i], *is = &b->coverage[k];
        int order = strcmp(was->subject, is->subject);
        double before = 100.0 * (double)was->observed / (double)was->allowed,
               now = 100.0 * (double)is->observed / (double)is->allowed;
        if (order == 0 && now + (double)gate->options.cover_percent < before) {
            struct iso_buffer message = {0};
            iso_buffer_format(&message, "%llu of %llu allowed outcomes observed -> %llu of %llu",
                              (unsigned long long)was->observed, (unsigned long long)was->allowed,
                              (unsigned long long)is->observed, (unsigned long long)is->allowed);
            add_whole(gate, ISO_GATE_KIND_COVERAGE, "subject", was->subject, &message);
        }
        i += order <= 0;
        k += order >= 0;
    }
}

static void compare_whole(struct iso_gate *gate)
{
    const struct iso_report *a = gate->before, *b = gate->now;
    struct iso_buffer message = {0};
    add_input(gate, "machine", "", a->machine, b->machine);
    add_input(gate, "machine", b->machine, a->machine_sha256, b->machine_sha256);
    compare_policies(gate);
    if (a->vm && b->vm)
        add_input(gate, "vm", "", *a->vm ? a->vm : NULL, *b->vm ? b->vm : NULL);
    add_input(gate, "reference", "", a->reference, b->reference);
    if (a->version && b->version)
        add_input(gate, "tool", "", a->version, b->version);
    add_number(gate, "seed", a->seed, b->seed);
    if (a->timed && b->timed)
        add_number(gate, "seeds", a->seeds, b->seeds);
    if (a->exhaustive && !b->exhaustive) {
        iso_buffer_add(&message, "the exhaustive engine ran, now it did not: nothing is proven any more");
        add_whole(gate, ISO_GATE_KIND_PROOF, "report", "", &message);
    }
    if (a->timed && !b->timed) {
        iso_buffer_add(&message, "the timed engine ran, now it did not: the engines no longer check each other");
        add_whole(gate, ISO_GATE_KIND_PROOF, "report", "", &message);
    }
    compare_scenarios(gate);
    compare_coverage(gate);
}

/* ---- all ---- */

static int by_id(const void *a, const void *b)
{
    const struct iso_report_cell *const *x = a, *const *y = b;
    return strcmp((*x)->id, (*y)->id);
}

static const struct iso_report_cell **sort_cells(const struct iso_report *report)
{
    const struct iso_report_cell **list = iso_allocate((report->ncells + 1) * sizeof *list);
    for (size_t i = 0; i < report->ncells; i++)
        list[i] = &report->cell[i];
    if (report->ncells)
        qsort(list, report->ncells, sizeof list[0], by_id);
    return list;
}

static enum iso_divergence severity(const struct iso_gate_finding *finding)
{
    const struct iso_report_cell *cell = iso_gate_cell(finding);
    return !cell ? ISO_DIVERGENCE_NONE : finding->tier_axis ? cell->tier_divergence : cell->divergence;
}

/* Worst first: kinds stand in that order, then classes; ids make the order total. */
static int by_weight(const void *a, const void *b)
{
    const struct iso_gate_finding *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (severity(x) != severity(y))
        return severity(x) < severity(y) ? -1 : 1;
    int order = strcmp(x->id, y->id);
    return order ? order : strcmp(x->message, y->message);
}

bool iso_gate_fails(const struct iso_gate *gate, const struct iso_gate_finding *finding)
{
    if (finding->kind == ISO_GATE_KIND_MODEL_BUG)
        return true;
    return !finding->waiver && (gate->options.fail_on >> iso_gate_kind_category(finding->kind) & 1);
}

static void count(struct iso_gate *gate)
{
    bool wants_cost = gate->options.fail_on >> ISO_GATE_COST & 1;
    for (size_t i = 0; i < gate->nfindings; i++) {
        const struct iso_gate_finding *finding = &gate->finding[i];
        enum iso_gate_category category = iso_gate_kind_category(finding->kind);
        gate->found[category]++;
        gate->waived[category] += finding->waiver != NULL;
        if (iso_gate_fails(gate, finding))
            gate->status |= iso_gate_kind_bits(finding->kind);
    }
    if (!gate->compared || !gate->observed || (wants_cost && !gate->costed))
        gate->status |= ISO_EXIT_VACUOUS;
}

void iso_gate_compare(struct iso_gate *out, const struct iso_report *before, const struct iso_report *now,
                      const struct iso_waivers *waivers, const struct iso_gate_options *options)
{
    *out = (struct iso_gate){.before = before, .now = now, .waivers = waivers, .options = *options};
    const struct iso_report_cell **was = sort_cells(before);
    out->cell = sort_cells(now);
    for (size_t a = 0, b = 0; a < before->ncells || b < now->ncells;) {
        int order = a == before->ncells ? 1 : b == now->ncells ? -1 : strcmp(was[a]->id, out->cell[b]->id);
        if (order < 0)
            add_vanished(out, was[a]);
        else if (order > 0)
            add_new(out, out->cell[b]);
        else
            compare_pair(out, was[a], out->cell[b]);
        a += order <= 0;
        b += order >= 0;
    }
    compare_whole(out);
    if (out->nfindings)
        qsort(out->finding, out->nfindings, sizeof out->finding[0], by_weight);
    iso_gate_waive(out);
    count(out);
    free(was);
}

void iso_gate_free(struct iso_gate *gate)
{
    for (size_t i = 0; i < gate->nfindings; i++) {
        if (gate->finding[i].owned)
            free((char *)(uintptr_t)gate->finding[i].id);
        free(gate->finding[i].message);
    }
    free(gate->finding);
    free(gate->use);
    free(gate->cell);
    *gate = (struct iso_gate){0};
}
