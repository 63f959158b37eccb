/* `isotier baseline` and `isotier surface`: what of a report is kept in a tree, for the gate and for reviewers.
 * Not for: comparing (cli_gate.c), running (cli_run.c). */
#include "sim/cli.h"

#include "sim/file.h"
#include "sim/report.h"
#include "sim/surface.h"

#include <stdio.h>
#include <string.h>

struct options {
    const char *output, *policy;
};

/* Reads the report of the only operand, renders it, writes it. */
static int render(const struct iso_cli *cli, int argc, char **argv,
                  void (*renderer)(struct iso_buffer *, const struct iso_report *))
{
    struct options o = {0};
    struct iso_strings operands = {0};
    struct iso_diags diags = {0};
    struct iso_buffer text = {0};
    struct iso_report *report;
    int parsed = iso_cli_options(&o, &operands, cli, argc, argv), status = parsed > 0 ? ISO_EXIT_USAGE : ISO_EXIT_CLEAN;

    if (parsed == 0 && operands.count != 1) {
        status = iso_cli_usage(cli, "expected one REPORT");
    } else if (parsed == 0 && iso_report_read(&report, &diags, operands.list[0]) != 0) {
        status = iso_cli_report(&diags);
    } else if (parsed == 0 && o.policy && !iso_report_narrow(report, o.policy)) {
        iso_diags_add(&diags, false, operands.list[0], 0, 0, "has no policy \"%s\"; expected one that its cells name",
                      o.policy);
        status = iso_cli_report(&diags);
        iso_report_free(report);
    } else if (parsed == 0) {
        renderer(&text, report);
        if (report->ncells && !report->ntiers)
            iso_diags_add(&diags, false, operands.list[0], 1, 1, "report has no \"tiers\"; expected a list of texts");
        else if (!report->ncells)
            status = ISO_EXIT_VACUOUS;
        else if (!o.output)
            fwrite(text.data, 1, text.size, stdout);
        else if (iso_file_write(&diags, o.output, text.data, text.size) != 0)
            status = ISO_EXIT_ERROR;
        if (status == ISO_EXIT_VACUOUS)
            fprintf(stderr, "%s: has no cells; there is nothing to keep\n", operands.list[0]);
        int told = iso_cli_report(&diags);
        status = status ? status : told;
        iso_report_free(report);
    }
    iso_buffer_free(&text);
    iso_strings_free(&operands);
    return status;
}

static int run_baseline(const struct iso_cli *cli, int argc, char **argv)
{
    return render(cli, argc, argv, iso_report_slim);
}

static int run_surface(const struct iso_cli *cli, int argc, char **argv)
{
    return render(cli, argc, argv, iso_surface);
}

static const struct iso_option options[] = {
    {"output", ISO_OPTION_TEXT, offsetof(struct options, output), "FILE", "@file",
     "write there (default: standard output)"},
    {"policy", ISO_OPTION_TEXT, offsetof(struct options, policy), "NAME", "@policy",
     "of a report about several policies: the cells of this one"},
};

const struct iso_verb iso_verb_baseline = {
    .name = "baseline",
    .operands = "REPORT",
    .summary = "reduce a report to the verdicts that the gate compares, small enough to commit",
    .notes =
        "Leaves out outcomes, witnesses, coverage, cycles and counts of runs: against such a baseline the gate cannot\n"
        "compare cost or coverage. Keep the full report where that is wanted.",
    .examples = "isotier baseline report.json --output reports/baselines/default.json",
    .options = options,
    .noptions = sizeof options / sizeof options[0],
    .run = run_baseline,
};

const struct iso_verb iso_verb_surface = {
    .name = "surface",
    .operands = "REPORT",
    .summary = "print what each tier shows, sorted and stable, for reviewers and for diff",
    .examples = "isotier surface report.json > reports/baselines/default.surface.txt\n"
                "isotier surface reports/baselines/default.json\n"
                "isotier surface reports/baselines/policies.json --policy linux-7.x",
    .options = options,
    .noptions = sizeof options / sizeof options[0],
    .run = run_surface,
};
