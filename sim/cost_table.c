/* Text of cost tables, as declared in cost_table.h. Not for: JSON (cost_json.c). */
#include "sim/cost_table.h"

#include "sim/matrix.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMN = 16, NOTES_MAX = 64 };

/* ---- rows ---- */

/* "anon" of "alignment/memcpy@ddr:anon+x". */
static void label_of(char out[ISO_CELL_LABEL_MAX], const struct iso_run *run, const struct iso_cell *cell)
{
    const char *at = cell->id + strlen(run->scenario[cell->scenario].id) + 1 +
                     strlen(run->machine->machine.tiers[cell->tier].name) + 1;
    size_t size = strcspn(at, "+");
    memcpy(out, at, size);
    out[size] = '\0';
}

static struct iso_cost_row *row_of(struct iso_cost_table *table, size_t *capacity, const struct iso_cell *cell)
{
    char label[ISO_CELL_LABEL_MAX];
    label_of(label, table->run, cell);
    for (size_t i = 0; i < table->nrows; i++) {
        struct iso_cost_row *row = &table->row[i];
        if (row->policy == cell->policy && row->tier == cell->tier && strcmp(row->label, label) == 0)
            return row;
    }
    if (table->nrows == *capacity) {
        *capacity = *capacity ? *capacity * 2 : 64;
        table->row = iso_reallocate(table->row, *capacity * sizeof table->row[0]);
    }
    struct iso_cost_row *row = &table->row[table->nrows++];
    *row = (struct iso_cost_row){.policy = cell->policy, .tier = cell->tier, .mapping = cell->mapping};
    memcpy(row->label, label, sizeof label);
    row->cell = iso_allocate((table->run->nscenarios + 1) * sizeof row->cell[0]);
    for (size_t s = 0; s < table->run->nscenarios; s++)
        row->cell[s] = SIZE_MAX;
    return row;
}

void iso_cost_table_make(struct iso_cost_table *out, const struct iso_run *run, const struct iso_cost_cell *cell,
                         uint32_t seeds)
{
    size_t capacity = 0;
    *out = (struct iso_cost_table){.run = run, .cell = cell, .seeds = seeds};
    for (size_t i = 0; i < run->ncells; i++)
        row_of(out, &capacity, &run->cell[i])->cell[run->cell[i].scenario] = i;
}

void iso_cost_table_free(struct iso_cost_table *table)
{
    for (size_t i = 0; i < table->nrows; i++)
        free(table->row[i].cell);
    free(table->row);
    *table = (struct iso_cost_table){0};
}

/* ---- text ---- */

/* Why a cell is not SAME and cheap: each reason once, numbered. */
struct notes {
    char *list[NOTES_MAX];
    size_t count;
};

static size_t note(struct notes *notes, const char *text)
{
    size_t i = 0;
    while (i < notes->count && strcmp(notes->list[i], text) != 0)
        i++;
    if (i == notes->count && i < NOTES_MAX)
        notes->list[notes->count++] = iso_duplicate(text);
    return i + 1;
}

static void add_note(struct iso_buffer *entry, struct notes *notes, const struct iso_cost_cell *cell)
{
    struct iso_buffer text = {0};
    const char *divergence = iso_divergence_name((enum iso_divergence)cell->divergence);
    if (cell->cost.end == ISO_COST_REFUSED)
        iso_buffer_format(&text, "refused at %s with %s", cell->stage, cell->error_name);
    else if (cell->cost.end == ISO_COST_FAILED)
        iso_buffer_add(&text, cell->error);
    else if (cell->unknown[0] && (cell->cost.end == ISO_COST_UNKNOWN || cell->verdict == ISO_VERDICT_UNKNOWN))
        iso_buffer_format(&text, "unknown: %s", cell->unknown);
    else if (divergence)
        iso_buffer_format(&text, "diverges: %s", divergence);
    if (text.size)
        iso_buffer_format(entry, "[%zu]", note(notes, text.data));
    iso_buffer_free(&text);
}

static void print_entry(struct iso_buffer *out, const struct iso_cost_table *table, size_t index, struct notes *notes)
{
    struct iso_buffer entry = {0};
    if (index == SIZE_MAX) {
        iso_buffer_add(&entry, ".");
    } else {
        const struct iso_cost_cell *cell = &table->cell[index];
        char mark = iso_verdict_mark((enum iso_verdict)cell->verdict);
        switch (cell->cost.end) {
        case ISO_COST_MEASURED:
            iso_buffer_format(&entry, "%.2f %c", iso_cost_ratio(&cell->cost, &cell->reference), mark);
            break;
        case ISO_COST_REFUSED:
        case ISO_COST_UNKNOWN:
            iso_buffer_add(&entry, iso_cost_end_name(cell->cost.end));
            break;
        case ISO_COST_FAULT:
        case ISO_COST_NO_PROGRESS:
        case ISO_COST_FAILED:
            iso_buffer_format(&entry, "%s %c", iso_cost_end_name(cell->cost.end), mark);
            break;
        }
        add_note(&entry, notes, cell);
    }
    iso_buffer_format(out, "%-*s ", COLUMN, entry.data);
    iso_buffer_free(&entry);
}

/* Attribute of the first workload that is mapped. */
static const char *attribute_of(const struct iso_cost_table *table, const struct iso_cost_row *row)
{
    for (size_t s = 0; s < table->run->nscenarios; s++)
        if (row->cell[s] != SIZE_MAX && table->run->cell[row->cell[s]].end == ISO_POLICY_MAPPED)
            return table->run->cell[row->cell[s]].attribute_name;
    return "none";
}

static void end_line(struct iso_buffer *out)
{
    while (out->size && out->data[out->size - 1] == ' ')
        out->data[--out->size] = '\0';
    iso_buffer_add(out, "\n");
}

static const char *short_name(const struct iso_scenario *scenario)
{
    const char *slash = strrchr(scenario->id, '/');
    return slash ? slash + 1 : scenario->id;
}

static int tier_width(const struct iso_cost_table *table)
{
    size_t width = 4;
    for (size_t i = 0; i < table->run->machine->machine.ntiers; i++)
        if (strlen(table->run->machine->machine.tiers[i].name) > width)
            width = strlen(table->run->machine->machine.tiers[i].name);
    return (int)width;
}

static void print_head(struct iso_buffer *out, const struct iso_cost_table *table, const char *first, int first_width)
{
    const struct iso_run *run = table->run;
    const struct iso_machine *machine = &run->machine->machine;
    iso_buffer_format(out, "machine %s   1.00: %s, wb   seeds %llu..%llu   empty caches at the start\n\n",
                      machine->name, machine->tiers[machine->reference].name, (unsigned long long)run->seed,
                      (unsigned long long)(run->seed + table->seeds - 1));
    iso_buffer_format(out, "%-*s %-*s %-14s ", first_width, first, tier_width(table), "tier", "attribute");
    for (size_t s = 0; s < run->nscenarios; s++)
        iso_buffer_format(out, "%-*s ", COLUMN, short_name(&run->scenario[s]));
    end_line(out);
    iso_buffer_format(out, "%-*s %-*s %-14s ", first_width, "cycles", tier_width(table),
                      machine->tiers[machine->reference].name, "wb");
    for (size_t s = 0; s < run->nscenarios; s++) {
        const struct iso_cost *reference = NULL;
        for (size_t i = 0; i < run->ncells && !reference; i++)
            if (run->cell[i].scenario == s && table->cell[i].reference.end == ISO_COST_MEASURED &&
                table->cell[i].reference.p50_milli)
                reference = &table->cell[i].reference;
        struct iso_buffer entry = {0};
        iso_buffer_format(&entry, reference ? "%.1f" : "-", reference ? (double)reference->p50_milli / 1000 : 0.0);
        iso_buffer_format(out, "%-*s ", COLUMN, entry.data);
        iso_buffer_free(&entry);
    }
    end_line(out);
}

static void print_notes(struct iso_buffer *out, struct notes *notes)
{
    iso_buffer_add(out, "\n  = same   < narrower   ! diverges   ? unknown   # bounded   * model bug   "
                        "(of the workload as written, every outcome)\n");
    for (size_t i = 0; i < notes->count; i++) {
        iso_buffer_format(out, "  [%zu] %s\n", i + 1, notes->list[i]);
        free(notes->list[i]);
    }
}

static int label_width(const struct iso_cost_table *table)
{
    size_t width = 8;
    for (size_t i = 0; i < table->nrows; i++)
        if (strlen(table->row[i].label) > width)
            width = strlen(table->row[i].label);
    return (int)width;
}

void iso_cost_table_text(struct iso_buffer *out, const struct iso_cost_table *table)
{
    struct notes notes = {.count = 0};
    int width = label_width(table);
    const struct iso_policy_file *policy = NULL;
    print_head(out, table, table->nrows && table->row[0].policy ? "mapping" : "", width);
    for (size_t i = 0; i < table->nrows; i++) {
        const struct iso_cost_row *row = &table->row[i];
        if (row->policy && row->policy != policy)
            iso_buffer_format(out, "policy %s\n", row->policy->policy.name);
        policy = row->policy;
        iso_buffer_format(out, "%-*s %-*s %-14s ", width, row->label, tier_width(table),
                          table->run->machine->machine.tiers[row->tier].name, attribute_of(table, row));
        for (size_t s = 0; s < table->run->nscenarios; s++)
            print_entry(out, table, row->cell[s], &notes);
        end_line(out);
    }
    print_notes(out, &notes);
}

/* ---- two policies ---- */

static const struct iso_cost_row *find_row(const struct iso_cost_table *table, const struct iso_policy_file *policy,
                                           const struct iso_cost_row *like)
{
    for (size_t i = 0; i < table->nrows; i++)
        if (table->row[i].policy == policy && table->row[i].tier == like->tier &&
            strcmp(table->row[i].label, like->label) == 0)
            return &table->row[i];
    return NULL;
}

static bool same_entry(const struct iso_cost_table *table, size_t a, size_t b)
{
    if (a == SIZE_MAX || b == SIZE_MAX)
        return a == b;
    const struct iso_cost_cell *x = &table->cell[a], *y = &table->cell[b];
    return x->cost.end == y->cost.end && x->cost.p50_milli == y->cost.p50_milli && x->verdict == y->verdict &&
           x->divergence == y->divergence && strcmp(x->stage, y->stage) == 0 &&
           strcmp(table->run->cell[a].attribute_name, table->run->cell[b].attribute_name) == 0;
}

static void print_policy_row(struct iso_buffer *out, const struct iso_cost_table *table, const struct iso_cost_row *row,
                             const char *name, int width, struct notes *notes)
{
    iso_buffer_format(out, "  %-*s %-*s %-14s ", width, name, tier_width(table), "", attribute_of(table, row));
    for (size_t s = 0; s < table->run->nscenarios; s++)
        print_entry(out, table, row->cell[s], notes);
    end_line(out);
}

static void print_trade(struct iso_buffer *out, const struct iso_cost_table *table, const struct iso_cost_row *a,
                        const struct iso_cost_row *b, int width)
{
    iso_buffer_format(out, "  %-*s %-*s %-14s ", width, "second / first", tier_width(table), "", "");
    for (size_t s = 0; s < table->run->nscenarios; s++) {
        struct iso_buffer entry = {0};
        double ratio = a->cell[s] == SIZE_MAX || b->cell[s] == SIZE_MAX
                           ? 0
                           : iso_cost_ratio(&table->cell[b->cell[s]].cost, &table->cell[a->cell[s]].cost);
        iso_buffer_format(&entry, ratio <= 0 ? "-" : ratio < 0.1 ? "%.2g" : "%.2f", ratio);
        iso_buffer_format(out, "%-*s ", COLUMN, entry.data);
        iso_buffer_free(&entry);
    }
    end_line(out);
}

void iso_cost_table_compare(struct iso_buffer *out, const struct iso_cost_table *table,
                            const struct iso_policy_file *first, const struct iso_policy_file *second)
{
    struct notes notes = {.count = 0};
    const char *names[2] = {first->policy.name, second->policy.name};
    int width = (int)(strlen(names[0]) > strlen(names[1]) ? strlen(names[0]) : strlen(names[1]));
    size_t alike = 0;
    width = width < 14 ? 14 : width;
    print_head(out, table, "mapping, policy", width + 2);
    for (size_t i = 0; i < table->nrows; i++) {
        const struct iso_cost_row *a = &table->row[i];
        const struct iso_cost_row *b = a->policy == first ? find_row(table, second, a) : NULL;
        bool same = b != NULL;
        if (!b)
            continue;
        for (size_t s = 0; s < table->run->nscenarios; s++)
            same &= same_entry(table, a->cell[s], b->cell[s]);
        if (same) {
            alike++;
            continue;
        }
        iso_buffer_format(out, "%-*s %s\n", width + 2, a->label, table->run->machine->machine.tiers[a->tier].name);
        print_policy_row(out, table, a, names[0], width, &notes);
        print_policy_row(out, table, b, names[1], width, &notes);
        print_trade(out, table, a, b, width);
    }
    iso_buffer_format(out, "%zu other rows of mapping and tier are alike under both\n", alike);
    print_notes(out, &notes);
}
