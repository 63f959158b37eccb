/* The matrix of a run, as declared in matrix.h: tiers as columns, subject x attribute (under a policy: mapping) as rows, a block for each of
 * several policies. Not for: judging. */
#include "sim/matrix.h"

#include <stdlib.h>
#include <string.h>

enum { WORST_LINES = 12 };

/* How bad a verdict is in a matrix cell: the worst one shows. */
static const struct {
    char mark;
    int rank;
} marks[ISO_VERDICT_COUNT] = {
    [ISO_VERDICT_SAME] = {'=', 1},      [ISO_VERDICT_NARROWER] = {'<', 2}, [ISO_VERDICT_DIVERGES] = {'!', 5},
    [ISO_VERDICT_REFUSED] = {'-', 0},   [ISO_VERDICT_UNKNOWN] = {'?', 4},  [ISO_VERDICT_BOUNDED] = {'#', 3},
    [ISO_VERDICT_MODEL_BUG] = {'*', 6},
};

char iso_verdict_mark(enum iso_verdict verdict)
{
    return marks[verdict].mark;
}

static const char *subject_of(const struct iso_run *run, size_t cell)
{
    const struct iso_test *test = run->scenario[run->cell[cell].scenario].test;
    return test->nsubjects ? test->subject[0] : "-";
}

/* A row of the matrix: the cells of one subject and attribute or mapping. */
struct row {
    const char *subject, *attribute;
    size_t order; /* of first appearance */
};

static size_t find_row(struct row *rows, size_t *count, const char *subject, const char *attribute)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(rows[i].subject, subject) == 0 && strcmp(rows[i].attribute, attribute) == 0)
            return i;
    rows[*count] = (struct row){subject, attribute, *count};
    return (*count)++;
}

static int by_subject(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int order = strcmp(x->subject, y->subject);
    return order ? order : x->order < y->order ? -1 : x->order > y->order;
}

static void print_entry(struct iso_buffer *out, const uint32_t count[ISO_VERDICT_COUNT], int width)
{
    struct iso_buffer entry = {0};
    unsigned worst = ISO_VERDICT_REFUSED;
    uint32_t sum = 0;
    for (unsigned v = 0; v < ISO_VERDICT_COUNT; v++) {
        sum += count[v];
        if (count[v] && marks[v].rank > marks[worst].rank)
            worst = v;
    }
    if (!sum)
        iso_buffer_add(&entry, ".");
    else if (worst == ISO_VERDICT_REFUSED)
        iso_buffer_add(&entry, "refused");
    else if (worst == ISO_VERDICT_SAME)
        iso_buffer_format(&entry, "=%u", count[worst]);
    else
        iso_buffer_format(&entry, "%c %u", marks[worst].mark, count[worst]);
    iso_buffer_format(out, " %-*s", width, entry.data);
    iso_buffer_free(&entry);
}

struct counts {
    uint32_t tier[ISO_TIERS_MAX][ISO_VERDICT_COUNT];
};

static int wider(int width, const char *text)
{
    int size = (int)strlen(text);
    return size > width ? size : width;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Of the outcomes that the exhaustive engine allows for cells of a subject, how many the timed engine showed. Nothing where not both ran. */
static void print_coverage(struct iso_buffer *out, const struct iso_run *run, const struct iso_run_results *results)
{
    const char **subjects = iso_allocate((run->ncells + 1) * sizeof *subjects);
    size_t count = 0;
    bool first = true;
    for (size_t i = 0; i < run->ncells; i++) {
        size_t k = 0;
        while (k < count && strcmp(subjects[k], subject_of(run, i)) != 0)
            k++;
        if (k == count)
            subjects[count++] = subject_of(run, i);
    }
    if (count)
        qsort(subjects, count, sizeof subjects[0], by_name);
    for (size_t r = 0; r < count; r++) {
        uint64_t allowed = 0, covered = 0;
        for (size_t i = 0; i < run->ncells; i++)
            if (strcmp(subject_of(run, i), subjects[r]) == 0) {
                allowed += iso_run_summary(results, i)->allowed;
                covered += iso_run_summary(results, i)->covered;
            }
        if (!allowed)
            continue;
        iso_buffer_format(out, "%s %s %llu/%llu", first ? "  coverage, outcomes observed/allowed:" : ",", subjects[r],
                          (unsigned long long)covered, (unsigned long long)allowed);
        first = false;
    }
    iso_buffer_add(out, first ? "" : "\n");
    free(subjects);
}

/* Widths are those of the whole matrix, so that the blocks of several policies stand below one head. */
struct layout {
    int subject, label, tier[ISO_TIERS_MAX];
    bool used[ISO_TIERS_MAX];
};

static void lay_out(struct layout *out, const struct iso_run *run)
{
    const struct iso_machine *machine = &run->machine->machine;
    *out = (struct layout){.subject = 11, .label = 12};
    for (size_t i = 0; i < run->ncells; i++) {
        out->used[run->cell[i].tier] = true;
        out->subject = wider(out->subject, subject_of(run, i));
        out->label = wider(out->label, iso_cell_label(&run->cell[i]));
    }
    for (size_t t = 0; t < machine->ntiers; t++)
        out->tier[t] = wider(8, machine->tiers[t].name);
}

static void end_line(struct iso_buffer *out)
{
    while (out->size && out->data[out->size - 1] == ' ')
        out->data[--out->size] = 0;
    iso_buffer_add(out, "\n");
}

/* Rows of the cells of one policy; NULL: of cells without one. */
static void print_block(struct iso_buffer *out, const struct iso_run *run, const struct iso_run_results *results,
                        const struct layout *layout, const struct iso_policy_file *policy)
{
    size_t ntiers = run->machine->machine.ntiers, nrows = 0, capacity = 0, row = 0;
    struct row *rows = iso_allocate((run->ncells + 1) * sizeof *rows);
    struct counts *counts = NULL;
    for (size_t i = 0; i < run->ncells; i++) {
        const struct iso_cell *cell = &run->cell[i];
        if (cell->policy != policy)
            continue;
        if (!nrows || strcmp(rows[row].attribute, iso_cell_label(cell)) != 0 ||
            strcmp(rows[row].subject, subject_of(run, i)) != 0)
            row = find_row(rows, &nrows, subject_of(run, i), iso_cell_label(cell));
        if (nrows > capacity) {
            counts = iso_reallocate(counts, (capacity = nrows * 2) * sizeof *counts);
            memset(&counts[row], 0, (capacity - row) * sizeof *counts);
        }
        counts[row].tier[cell->tier][iso_run_summary(results, i)->verdict]++;
    }
    if (nrows)
        qsort(rows, nrows, sizeof rows[0], by_subject);
    for (size_t r = 0; r < nrows; r++) {
        iso_buffer_format(out, "%-*s %-*s", layout->subject, rows[r].subject, layout->label, rows[r].attribute);
        for (size_t t = 0; t < ntiers; t++)
            if (layout->used[t])
                print_entry(out, counts[rows[r].order].tier[t], layout->tier[t]);
        end_line(out);
    }
    free(counts);
    free(rows);
}

/* A block for each policy; those whose blocks read alike share one. */
static void print_blocks(struct iso_buffer *out, const struct iso_run *run, const struct iso_run_results *results,
                         const struct layout *layout)
{
    struct iso_buffer *block = iso_allocate((run->npolicies + 1) * sizeof *block);
    for (size_t k = 0; k < run->npolicies; k++) {
        print_block(&block[k], run, results, layout, run->policy[k]);
        iso_buffer_add(&block[k], "");
    }
    for (size_t k = 0; k < run->npolicies; k++) {
        bool shown = false;
        for (size_t i = 0; i < k && !shown; i++)
            shown = strcmp(block[i].data, block[k].data) == 0;
        if (shown)
            continue;
        size_t line = out->size;
        iso_buffer_add(out, "policy ");
        for (size_t i = k; i < run->npolicies; i++)
            if (strcmp(block[i].data, block[k].data) == 0) {
                const char *name = run->policy[i]->policy.name;
                bool wraps = i > k && out->size - line + strlen(name) > 118;
                if (wraps)
                    line = out->size + 2;
                iso_buffer_format(out, "%s%s", wraps ? ",\n       " : i > k ? ", " : "", name);
            }
        iso_buffer_format(out, "\n%s", block[k].data);
    }
    for (size_t k = 0; k < run->npolicies; k++)
        iso_buffer_free(&block[k]);
    free(block);
}

static void print_rows(struct iso_buffer *out, const struct iso_run *run, const struct iso_run_results *results)
{
    const struct iso_machine *machine = &run->machine->machine;
    struct layout layout;
    lay_out(&layout, run);
    iso_buffer_format(out, "%-*s %-*s", layout.subject, "subject", layout.label,
                      run->npolicies ? "mapping" : "attribute");
    for (size_t t = 0; t < machine->ntiers; t++)
        if (layout.used[t])
            iso_buffer_format(out, " %-*s", layout.tier[t], machine->tiers[t].name);
    iso_buffer_add(out, "\n");
    if (run->npolicies > 1)
        print_blocks(out, run, results, &layout);
    else
        print_block(out, run, results, &layout, run->npolicies ? run->policy[0] : NULL);
    iso_buffer_add(out, "  = same   < narrower   ! diverges   ? unknown   # bounded   * model bug   (count of the "
                        "cells that show the mark)\n");
    print_coverage(out, run, results);
}

/* ---- worst first ---- */

struct finding {
    const struct iso_cell_summary *summary;
    uint32_t cells; /* that show the same kind of thing */
};

/* The same thing on whatever tier; model bugs by scenario. */
static bool same_kind(const struct iso_run *run, const struct iso_cell_summary *a, const struct iso_cell_summary *b)
{
    if (a->verdict != b->verdict)
        return false;
    if (a->verdict == ISO_VERDICT_MODEL_BUG)
        return run->cell[a->cell].scenario == run->cell[b->cell].scenario;
    return a->divergence == b->divergence && strcmp(a->rule, b->rule) == 0 &&
           (!a->hop[0] && !b->hop[0] ? run->cell[a->cell].scenario == run->cell[b->cell].scenario
                                     : strcmp(a->what, b->what) == 0);
}

static int by_severity(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    if (x->summary->verdict != y->summary->verdict)
        return x->summary->verdict == ISO_VERDICT_MODEL_BUG ? -1 : 1;
    if (x->summary->divergence != y->summary->divergence)
        return x->summary->divergence < y->summary->divergence ? -1 : 1;
    return x->summary->cell < y->summary->cell ? -1 : x->summary->cell > y->summary->cell;
}

static void print_worst(struct iso_buffer *out, const struct iso_run *run, const struct iso_run_results *results,
                        const char *report_path)
{
    struct finding *list = iso_allocate((results->count + 1) * sizeof *list);
    size_t count = 0, *kind = iso_allocate((results->count + 1) * sizeof *kind);
    uint32_t rest = 0;
    int width = 20;

    for (size_t i = 0; i < results->count; i++) {
        const struct iso_cell_summary *summary = &results->result[i].summary;
        size_t k = 0;
        kind[i] = SIZE_MAX;
        if (summary->verdict != ISO_VERDICT_DIVERGES && summary->verdict != ISO_VERDICT_MODEL_BUG)
            continue;
        while (k < count && !same_kind(run, list[k].summary, summary))
            k++;
        if (k == count)
            list[count++] = (struct finding){summary, 0};
        kind[i] = k;
    }
    for (size_t i = 0; i < run->ncells; i++)
        if (kind[results->of[i]] != SIZE_MAX)
            list[kind[results->of[i]]].cells++;
    free(kind);
    if (count) {
        qsort(list, count, sizeof list[0], by_severity);
        iso_buffer_add(out, "\nworst first\n");
    }
    for (size_t k = 0; k < count && k < WORST_LINES; k++) {
        int size = (int)strlen(run->scenario[run->cell[list[k].summary->cell].scenario].id);
        width = size > width ? size : width;
    }
    for (size_t k = 0; k < count; k++) {
        const struct iso_cell_summary *s = list[k].summary;
        const struct iso_cell *cell = &run->cell[s->cell];
        if (k >= WORST_LINES) {
            rest += list[k].cells;
            continue;
        }
        iso_buffer_format(out, " %-15s %-*s %-10s %-12s %s",
                          s->verdict == ISO_VERDICT_MODEL_BUG ? "MODEL-BUG"
                                                              : iso_divergence_name((enum iso_divergence)s->divergence),
                          width, run->scenario[cell->scenario].id, run->machine->machine.tiers[cell->tier].name,
                          iso_cell_label(cell), s->what);
        if (s->rule[0] || s->hop[0])
            iso_buffer_format(out, "   %s%s%s", s->rule, s->hop[0] ? " at hop " : "", s->hop);
        if (cell->mapping)
            iso_buffer_format(out, "   as %s", cell->attribute_name);
        if (run->npolicies > 1)
            iso_buffer_format(out, "   under %s", cell->policy->policy.name);
        if (list[k].cells > 1)
            iso_buffer_format(out, "   (%u cells)", list[k].cells);
        iso_buffer_add(out, "\n");
    }
    if (count > WORST_LINES)
        iso_buffer_format(out, "%zu more kinds, %u cells: ", count - WORST_LINES, rest);
    if (count && report_path)
        iso_buffer_format(out, "isotier explain %s CELL      ", report_path);
    if (report_path)
        iso_buffer_format(out, "report: %s\n", report_path);
    else if (count > WORST_LINES)
        iso_buffer_add(out, "--report FILE keeps them all\n");
    free(list);
}

/* ---- exit ---- */

int iso_matrix_status(const struct iso_run *run, const struct iso_run_results *results)
{
    int status = 0;
    bool observed = false;
    for (size_t i = 0; i < results->count && run->ncells; i++) {
        const struct iso_cell_summary *summary = &results->result[i].summary;
        observed |= summary->ran_exact || summary->ran_timed || summary->verdict == ISO_VERDICT_REFUSED;
        if (summary->tool_error || summary->verdict == ISO_VERDICT_MODEL_BUG)
            status |= ISO_EXIT_ERROR;
        if (summary->verdict == ISO_VERDICT_DIVERGES)
            status |= ISO_EXIT_DIVERGES;
        if (summary->verdict == ISO_VERDICT_UNKNOWN || summary->verdict == ISO_VERDICT_BOUNDED)
            status |= ISO_EXIT_INCONCLUSIVE;
    }
    return status | (observed ? 0 : ISO_EXIT_VACUOUS);
}

static void print_exit(struct iso_buffer *out, const struct iso_run *run, const struct iso_run_results *results)
{
    static const struct {
        int bit;
        const char *name;
    } bits[] = {{ISO_EXIT_ERROR, "tool error"},
                {ISO_EXIT_DIVERGES, "divergence"},
                {ISO_EXIT_INCONCLUSIVE, "inconclusive"},
                {ISO_EXIT_VACUOUS, "nothing was observed"}};
    struct iso_buffer numbers = {0}, names = {0}, keys = {0};
    int status = iso_matrix_status(run, results);
    unsigned nkeys = 0, bounded = 0;

    iso_buffer_add(&keys, " ");
    for (size_t i = 0; i < results->count; i++) {
        const struct iso_cell_summary *summary = &results->result[i].summary;
        bounded += summary->verdict == ISO_VERDICT_BOUNDED;
        for (const char *key = summary->unknown; *key;) {
            struct iso_buffer one = {0};
            size_t start = strspn(key, " "), size = strcspn(key + start, " ");
            iso_buffer_format(&one, " %.*s ", (int)size, key + start);
            if (size && !strstr(keys.data, one.data)) {
                iso_buffer_format(&keys, "%.*s ", (int)size, key + start);
                nkeys++;
            }
            iso_buffer_free(&one);
            key += start + size;
        }
    }
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++)
        if (status & bits[i].bit) {
            iso_buffer_format(&numbers, "%s%d", numbers.size ? "+" : "", bits[i].bit);
            iso_buffer_format(&names, "%s%s", names.size ? ", " : ": ",
                              bits[i].bit == ISO_EXIT_INCONCLUSIVE && nkeys && !bounded ? "unknown capabilities"
                                                                                        : bits[i].name);
            if (bits[i].bit == ISO_EXIT_INCONCLUSIVE && nkeys) {
                iso_buffer_format(&names, " (%u key%s:", nkeys, nkeys > 1 ? "s" : "");
                keys.data[keys.size - 1] = 0;
                for (char *p = keys.data + 1; *p; p++)
                    if (*p == ' ')
                        *p = ',';
                iso_buffer_format(&names, " %s)", keys.data + 1);
            }
        }
    iso_buffer_format(out, "exit %s%s\n", numbers.size ? numbers.data : "0: clean", names.size ? names.data : "");
    iso_buffer_free(&numbers);
    iso_buffer_free(&names);
    iso_buffer_free(&keys);
}

static void print_head(struct iso_buffer *out, const struct iso_run *run, const struct iso_run_results *results)
{
    static const struct {
        enum iso_cpu_key key;
        const char *name;
    } shown[] = {{ISO_CPU_LSE2, "LSE2"}, {ISO_CPU_S2FWB, "S2FWB"}};
    const struct iso_machine *machine = &run->machine->machine;
    size_t exact = 0, timed = 0;
    for (size_t i = 0; i < run->ncells; i++) {
        exact += iso_run_summary(results, i)->ran_exact;
        timed += iso_run_summary(results, i)->ran_timed;
    }
    iso_buffer_format(out, "machine %s  %u cpus, arch %s,", machine->name, machine->ncpus,
                      iso_cpu_value_name(ISO_CPU_ARCH, machine->features.value[ISO_CPU_ARCH]));
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        if (iso_cpu_has(&machine->features, shown[i].key))
            iso_buffer_format(out, " %s", shown[i].name);
        if (i == 0)
            iso_buffer_format(out, " MTE%s", iso_cpu_value_name(ISO_CPU_MTE, machine->features.value[ISO_CPU_MTE]));
    }
    if (run->npolicies == 1)
        iso_buffer_format(out, "    policy %s", run->policy[0]->policy.name);
    else if (run->npolicies)
        iso_buffer_format(out, "    %zu policies", run->npolicies);
    iso_buffer_format(out, "    reference %s    seed %llu    exhaustive %zu/%zu, timed %zux%u\n\n",
                      machine->tiers[machine->reference].name, (unsigned long long)run->seed, exact, run->ncells, timed,
                      run->seeds);
}

void iso_matrix_print(struct iso_buffer *out, const struct iso_run *run, const struct iso_run_results *results,
                      const char *report_path)
{
    print_head(out, run, results);
    print_rows(out, run, results);
    print_worst(out, run, results, report_path);
    print_exit(out, run, results);
}
