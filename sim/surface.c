/* The surface of a report, as declared in surface.h. Not for: comparing surfaces; diff does. */
#include "sim/surface.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    char subject[80];
    const char *access; /* attribute, or mapping under a policy */
    size_t tier;        /* in the order of the report */
    const struct iso_report_cell *cell;
};

static int compare_heads(const struct entry *x, const struct entry *y)
{
    int order = strcmp(x->subject, y->subject);
    if (!order)
        order = strcmp(x->access, y->access);
    return order ? order : x->tier < y->tier ? -1 : x->tier > y->tier;
}

static int by_head(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = compare_heads(x, y);
    return order ? order : strcmp(x->cell->id, y->cell->id);
}

/* Worst class over the cells of a paragraph that diverge; NONE if none does. */
static enum iso_divergence worst_of(const struct entry *entry, size_t count)
{
    enum iso_divergence worst = ISO_DIVERGENCE_NONE;
    for (size_t i = 0; i < count; i++)
        if (entry[i].cell->verdict == ISO_VERDICT_DIVERGES && entry[i].cell->divergence < worst)
            worst = entry[i].cell->divergence;
    return worst;
}

/* The stage at which the policy has no answer, as it stands in the cell's unknown keys: the same for every program; NULL if it has one. */
static const char *gap_of(const struct iso_report_cell *cell)
{
    const char *key = iso_report_list_size(cell->unknown) ? iso_report_list_text(cell->unknown, 0) : "";
    return cell->verdict == ISO_VERDICT_UNKNOWN && strncmp(key, "policy.", 7) == 0 ? key : NULL;
}

static void add_gaps(struct iso_buffer *out, const struct entry *entry, size_t count)
{
    const char *last = NULL;
    for (size_t i = 0; i < count; i++) {
        const char *gap = gap_of(entry[i].cell);
        if (gap && (!last || strcmp(gap, last) != 0))
            iso_buffer_format(out, "%s%s", last ? ", " : " (", gap);
        last = gap ? gap : last;
    }
    iso_buffer_add(out, last ? ")" : "");
}

static void add_head(struct iso_buffer *out, const struct entry *entry, size_t count)
{
    static const enum iso_verdict order[] = {ISO_VERDICT_MODEL_BUG, ISO_VERDICT_DIVERGES, ISO_VERDICT_UNKNOWN,
                                             ISO_VERDICT_BOUNDED,   ISO_VERDICT_REFUSED,  ISO_VERDICT_NARROWER,
                                             ISO_VERDICT_SAME};
    size_t counts[ISO_VERDICT_COUNT] = {0};
    enum iso_divergence worst = worst_of(entry, count);
    const char *between = "";
    for (size_t i = 0; i < count; i++)
        counts[entry[i].cell->verdict]++;
    iso_buffer_format(out, "%-11s %-16s %-10s ", entry->subject, entry->access, entry->cell->tier);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        if (!counts[order[i]])
            continue;
        iso_buffer_format(out, "%s%s %zu", between, iso_verdict_name(order[i]), counts[order[i]]);
        if (order[i] == ISO_VERDICT_UNKNOWN)
            add_gaps(out, entry, count);
        if (order[i] == ISO_VERDICT_DIVERGES && worst != ISO_DIVERGENCE_NONE)
            iso_buffer_format(out, " (worst %s)", iso_divergence_name(worst));
        between = ", ";
    }
    iso_buffer_add(out, "\n");
}

/* What a scenario does there, its name last; the migration plan stands in it as in the cell's id. */
static void add_cell(struct iso_buffer *out, const struct iso_report_cell *cell)
{
    const char *plan = strrchr(cell->id, '+'), *name = strchr(cell->scenario, '/');
    switch (cell->verdict) {
    case ISO_VERDICT_SAME:
    case ISO_VERDICT_NARROWER:
    case ISO_VERDICT_REFUSED:
        return;
    case ISO_VERDICT_DIVERGES:
        iso_buffer_format(out, "    %-15s %-12s ",
                          cell->divergence == ISO_DIVERGENCE_NONE ? "?" : iso_divergence_name(cell->divergence),
                          cell->tier_verdict == ISO_VERDICT_DIVERGES  ? "by tier"
                          : cell->tier_verdict == ISO_VERDICT_UNKNOWN ? "by tier?"
                                                                      : "by attribute");
        break;
    case ISO_VERDICT_UNKNOWN:
        if (gap_of(cell))
            return;
        iso_buffer_format(out, "    %-15s %-12s ", iso_verdict_name(cell->verdict), "");
        break;
    case ISO_VERDICT_BOUNDED:
    case ISO_VERDICT_MODEL_BUG:
        iso_buffer_format(out, "    %-15s %-12s ", iso_verdict_name(cell->verdict), "");
        break;
    }
    iso_buffer_add(out, name ? name + 1 : cell->scenario);
    iso_buffer_add(out, cell->migration && plan ? plan : "");
    for (size_t i = 0; i < iso_report_list_size(cell->unknown); i++)
        iso_buffer_format(out, " %s", iso_report_list_text(cell->unknown, i));
    iso_buffer_add(out, "\n");
}

/* Paragraphs of entries [from, to), which are of one subject and mapping, or of all. */
static void add_paragraphs(struct iso_buffer *out, const struct entry *entry, size_t from, size_t to)
{
    for (size_t i = from, next; i < to; i = next) {
        for (next = i + 1; next < to && compare_heads(&entry[i], &entry[next]) == 0;)
            next++;
        add_head(out, &entry[i], next - i);
        for (size_t k = i; k < next; k++)
            add_cell(out, entry[k].cell);
    }
}

/* "all policies", "A, B", "all but C": whatever has fewer names. */
static void add_policies(struct iso_buffer *out, const struct iso_report *report, const bool *has)
{
    size_t count = 0, line;
    for (size_t i = 0; i < report->npolicies; i++)
        count += has[i];
    bool but = count * 2 > report->npolicies;
    const char *between = "";
    iso_buffer_add(out, "  ");
    line = out->size;
    iso_buffer_add(out, count == report->npolicies ? "all policies" : but ? "all policies but " : "");
    for (size_t i = 0; i < report->npolicies && count != report->npolicies; i++) {
        if (has[i] == but)
            continue;
        iso_buffer_add(out, between);
        if (out->size - line + strlen(report->policy[i].name) > 130) {
            iso_buffer_add(out, "\n    ");
            line = out->size;
        }
        iso_buffer_add(out, report->policy[i].name);
        between = ", ";
    }
    iso_buffer_add(out, "\n");
}

/* One subject and mapping under several policies: what is the same for some of them stands once. */
static void add_policies_of(struct iso_buffer *out, const struct iso_report *report, struct entry *entry, size_t from,
                            size_t to)
{
    struct iso_buffer *text = iso_allocate((report->npolicies + 1) * sizeof *text);
    struct entry *own = iso_allocate((to - from + 1) * sizeof *own);
    bool *has = iso_allocate((report->npolicies + 1) * sizeof *has);
    iso_buffer_format(out, "%-11s %s\n", entry[from].subject, entry[from].access);
    for (size_t p = 0; p < report->npolicies; p++) {
        size_t count = 0;
        for (size_t i = from; i < to; i++)
            if (entry[i].cell->policy && strcmp(entry[i].cell->policy, report->policy[p].name) == 0)
                own[count++] = entry[i];
        iso_buffer_add(&text[p], "");
        add_paragraphs(&text[p], own, 0, count);
    }
    for (size_t p = 0; p < report->npolicies; p++) {
        bool shown = !text[p].size;
        for (size_t k = 0; k < p && !shown; k++)
            shown = strcmp(text[k].data, text[p].data) == 0;
        if (shown)
            continue;
        for (size_t k = 0; k < report->npolicies; k++)
            has[k] = strcmp(text[k].data, text[p].data) == 0;
        add_policies(out, report, has);
        iso_buffer_add(out, text[p].data);
    }
    for (size_t p = 0; p < report->npolicies; p++)
        iso_buffer_free(&text[p]);
    free(text);
    free(own);
    free(has);
}

static void add_title(struct iso_buffer *out, const struct iso_report *report)
{
    char name[160];
    const char *policy = iso_report_policy_name(name, sizeof name, report);
    iso_buffer_format(out, "# surface of machine %s, %s%s", report->machine,
                      !policy                  ? "attributes as forced"
                      : report->npolicies == 1 ? "policy "
                                               : "",
                      policy ? policy : "");
    if (report->vm && *report->vm)
        iso_buffer_format(out, ", VMs with %s", report->vm);
    iso_buffer_format(
        out,
        ", reference %s: what a program sees there that it cannot see on ordinary memory\n# subject, %s, "
        "%stier, verdicts; below: class, whether the tier or the attribute alone brings it about, scenario\n",
        report->reference, policy ? "mapping" : "attribute",
        report->npolicies > 1 ? "the policies under which it is so, " : "");
}

void iso_surface(struct iso_buffer *out, const struct iso_report *report)
{
    struct entry *entry = iso_allocate((report->ncells + 1) * sizeof *entry);
    for (size_t i = 0; i < report->ncells; i++) {
        const struct iso_report_cell *cell = &report->cell[i];
        iso_report_subject(entry[i].subject, sizeof entry[i].subject, cell);
        entry[i].access = cell->mapping ? cell->mapping : cell->attribute;
        entry[i].cell = cell;
        while (entry[i].tier < report->ntiers && strcmp(report->tier[entry[i].tier], cell->tier) != 0)
            entry[i].tier++;
    }
    if (report->ncells)
        qsort(entry, report->ncells, sizeof entry[0], by_head);
    add_title(out, report);
    if (report->npolicies < 2)
        add_paragraphs(out, entry, 0, report->ncells);
    for (size_t i = 0, next; i < report->ncells && report->npolicies > 1; i = next) {
        for (next = i + 1; next < report->ncells && strcmp(entry[i].subject, entry[next].subject) == 0 &&
                           strcmp(entry[i].access, entry[next].access) == 0;)
            next++;
        add_policies_of(out, report, entry, i, next);
    }
    free(entry);
}
