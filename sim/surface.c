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
    iso_buffer_format(out,
                      "# surface of machine %s, %s%s, reference %s: what a program sees there that it cannot see on "
                      "ordinary memory\n"
                      "# subject, %s, tier, verdicts; below: class, whether the tier or the attribute alone brings it "
                      "about, scenario\n",
                      report->machine, report->policy ? "policy " : "attributes as forced",
                      report->policy ? report->policy : "", report->reference,
                      report->policy ? "mapping" : "attribute");
    for (size_t i = 0, next; i < report->ncells; i = next) {
        for (next = i + 1; next < report->ncells && compare_heads(&entry[i], &entry[next]) == 0;)
            next++;
        add_head(out, &entry[i], next - i);
        for (size_t k = i; k < next; k++)
            add_cell(out, entry[k].cell);
    }
    free(entry);
}
