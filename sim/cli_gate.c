/* `isotier gate`: a report against a baseline report, cell by cell. Not for: running; both sides are files.
 * Not modelled: waivers, cost. */
#include "sim/cli.h"

#include "sim/buffer.h"
#include "sim/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    const char *against;
};

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct iso_report_cell *)a)->id, ((const struct iso_report_cell *)b)->id);
}

/* Exit bits of one pair, and what to call the difference; NULL: none. */
static const char *judge_pair(int *status, const struct iso_report_cell *before, const struct iso_report_cell *now)
{
    bool diverged = before->verdict == ISO_VERDICT_DIVERGES, diverges = now->verdict == ISO_VERDICT_DIVERGES;
    if (now->verdict == ISO_VERDICT_MODEL_BUG) {
        *status |= ISO_EXIT_ERROR;
        return "model bug";
    }
    if (before->verdict == now->verdict && before->divergence == now->divergence &&
        before->tier_verdict == now->tier_verdict)
        return NULL;
    if (diverges && (!diverged || now->divergence < before->divergence)) {
        *status |= ISO_EXIT_DIVERGES;
        return diverged ? "worse" : "diverges now";
    }
    if (diverged && !diverges &&
        (now->verdict == ISO_VERDICT_SAME || now->verdict == ISO_VERDICT_NARROWER ||
         now->verdict == ISO_VERDICT_REFUSED)) {
        *status |= ISO_EXIT_CHANGED;
        return "better";
    }
    *status |= now->verdict == ISO_VERDICT_UNKNOWN || now->verdict == ISO_VERDICT_BOUNDED
                   ? ISO_EXIT_CHANGED | ISO_EXIT_INCONCLUSIVE
                   : ISO_EXIT_CHANGED;
    return "changed";
}

static void print_cell(const char *what, const struct iso_report_cell *before, const struct iso_report_cell *now)
{
    const struct iso_report_cell *sides[2] = {before, now};
    printf("%-13s %s  ", what, now ? now->id : before->id);
    for (size_t i = 0; i < 2; i++) {
        const char *kind = sides[i] ? iso_divergence_name(sides[i]->divergence) : NULL;
        printf("%s%s%s%s", i ? " -> " : "", sides[i] ? iso_verdict_name(sides[i]->verdict) : "-", kind ? " " : "",
               kind ? kind : "");
    }
    printf("\n");
}

static int compare_reports(struct iso_report *before, struct iso_report *now)
{
    size_t a = 0, b = 0, common = 0;
    int status = 0;
    if (before->ncells)
        qsort(before->cell, before->ncells, sizeof before->cell[0], by_id);
    if (now->ncells)
        qsort(now->cell, now->ncells, sizeof now->cell[0], by_id);
    while (a < before->ncells || b < now->ncells) {
        int order = a == before->ncells ? 1 : b == now->ncells ? -1 : strcmp(before->cell[a].id, now->cell[b].id);
        if (order < 0) {
            status |= ISO_EXIT_CHANGED;
            print_cell("missing", &before->cell[a++], NULL);
        } else if (order > 0) {
            const struct iso_report_cell *cell = &now->cell[b++];
            status |= cell->verdict == ISO_VERDICT_DIVERGES    ? ISO_EXIT_DIVERGES
                      : cell->verdict == ISO_VERDICT_MODEL_BUG ? ISO_EXIT_ERROR
                                                               : ISO_EXIT_CHANGED;
            print_cell("new", NULL, cell);
        } else {
            const char *what = judge_pair(&status, &before->cell[a], &now->cell[b]);
            if (what)
                print_cell(what, &before->cell[a], &now->cell[b]);
            common++, a++, b++;
        }
    }
    printf("%zu cells compared, machine %s, exit %d\n", common, now->machine,
           common ? status : status | ISO_EXIT_VACUOUS);
    return common ? status : status | ISO_EXIT_VACUOUS;
}

static int run_gate(const struct iso_cli *cli, int argc, char **argv)
{
    struct options o = {0};
    struct iso_strings operands = {0};
    struct iso_diags diags = {0};
    struct iso_report *before = NULL, *now = NULL;
    int parsed = iso_cli_options(&o, &operands, cli, argc, argv), status = parsed > 0 ? ISO_EXIT_USAGE : ISO_EXIT_CLEAN;

    if (parsed == 0 && (operands.count != 1 || !o.against)) {
        status = iso_cli_usage(cli, "expected one REPORT and --against BASELINE");
    } else if (parsed == 0) {
        iso_report_read(&now, &diags, operands.list[0]);
        iso_report_read(&before, &diags, o.against);
        if (now && before && strcmp(now->machine, before->machine) != 0)
            iso_diags_add(&diags, false, o.against, 0, 0,
                          "is about machine \"%s\"; expected \"%s\", the machine of the report", before->machine,
                          now->machine);
        status = iso_cli_report(&diags);
        if (status == 0)
            status = compare_reports(before, now);
    }
    if (now)
        iso_report_free(now);
    if (before)
        iso_report_free(before);
    iso_strings_free(&operands);
    return status;
}

static const struct iso_option options[] = {
    {"against", ISO_OPTION_TEXT, offsetof(struct options, against), "BASELINE", "@file", "the report to compare with"},
};

const struct iso_verb iso_verb_gate = {
    .name = "gate",
    .operands = "REPORT",
    .summary = "compare a report with a baseline and exit by what changed",
    .examples = "isotier gate report.json --against reports/default.json",
    .options = options,
    .noptions = sizeof options / sizeof options[0],
    .run = run_gate,
};
