/* `isotier gate`: a report against a baseline report, cell by cell. Not for: running; both sides are files.
 * What is compared: gate.h. Waivers: gate_waiver.h. */
#include "sim/cli.h"

#include "sim/file.h"
#include "sim/gate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    const char *against, *waivers, *format, *today, *output;
    struct iso_strings fail_on;
    uint64_t cost_threshold, coverage_threshold;
    bool allow_different, subset;
};

static int read_fail_on(unsigned *out, const struct iso_cli *cli, const struct iso_strings *names)
{
    enum iso_gate_category category;
    *out = names->count ? 0 : 1u << ISO_GATE_BREAKING | 1u << ISO_GATE_WEAKENING;
    for (size_t i = 0; i < names->count; i++) {
        if (iso_gate_category_find(&category, names->list[i]))
            *out |= 1u << category;
        else if (strcmp(names->list[i], "none") != 0 || names->count > 1)
            return iso_cli_usage(cli, "--fail-on has \"%s\"; expected breaking, weakening, cost, info, or none alone",
                                 names->list[i]);
    }
    return 0;
}

static void (*find_format(const char *name))(struct iso_buffer *, const struct iso_gate *)
{
    return strcmp(name, "json") == 0    ? iso_gate_json
           : strcmp(name, "junit") == 0 ? iso_gate_junit
           : strcmp(name, "sarif") == 0 ? iso_gate_sarif
                                        : NULL;
}

static void check_same(struct iso_diags *diags, const char *path, const char *what, const char *before, const char *now)
{
    if (before && now ? strcmp(before, now) != 0 : before != now)
        iso_diags_add(
            diags, false, path, 0, 0,
            "is about %s %s%s%s; expected %s%s%s, as in the report (--allow-different compares them all the same)",
            what, before ? "\"" : "", before ? before : "none", before ? "\"" : "", now ? "\"" : "", now ? now : "none",
            now ? "\"" : "");
}

/* Policies of one report that the other lacks; *first gets one of them. */
static size_t count_missing(const char **first, const struct iso_report *of, const struct iso_report *in)
{
    size_t count = 0;
    for (size_t i = of->npolicies; i-- > 0;)
        if (iso_report_policy_find(in, of->policy[i].name) == in->npolicies) {
            *first = of->policy[i].name;
            count++;
        }
    return count;
}

/* Each policy of the report has to be in the baseline, and the other way round too unless the report is meant to be a part of it. */
static void check_policies(struct iso_diags *diags, const char *path, const struct iso_report *before,
                           const struct iso_report *now, bool subset)
{
    const char *first = "";
    size_t missing = count_missing(&first, now, before);
    if (missing)
        iso_diags_add(
            diags, false, path, 0, 0,
            "has no policy \"%s\"%s; expected all policies of the report (--allow-different compares them all "
            "the same)",
            first, missing > 1 ? ", nor others of the report" : "");
    missing = count_missing(&first, before, now);
    if (missing && !subset)
        iso_diags_add(
            diags, false, path, 0, 0,
            "is about policy \"%s\"%s too; expected only policies of the report (--subset: the report is a part "
            "of the baseline)",
            first, missing > 1 ? " and others" : "");
}

/* Two reports that do not speak of the same thing have nothing to say to each other. */
static void check_comparable(struct iso_diags *diags, const char *path, const struct iso_report *before,
                             const struct iso_report *now, bool subset)
{
    char was[160], is[160];
    check_same(diags, path, "machine", before->machine, now->machine);
    if ((before->npolicies < 2 && now->npolicies < 2) || !before->npolicies || !now->npolicies)
        check_same(diags, path, "policy", iso_report_policy_name(was, sizeof was, before),
                   iso_report_policy_name(is, sizeof is, now));
    else
        check_policies(diags, path, before, now, subset);
    if (before->vm && now->vm)
        check_same(diags, path, "VMs with", *before->vm ? before->vm : NULL, *now->vm ? now->vm : NULL);
    check_same(diags, path, "reference tier", before->reference, now->reference);
}

static int print_gate(const struct options *o, const struct iso_gate *gate, const char *report_path)
{
    struct iso_buffer text = {0};
    struct iso_diags diags = {0};
    void (*format)(struct iso_buffer *, const struct iso_gate *) = find_format(o->format);
    int status = gate->status;
    if (format)
        format(&text, gate);
    else
        iso_gate_text(&text, gate, report_path);
    if (!o->output)
        fwrite(text.data, 1, text.size, stdout);
    else if (iso_file_write(&diags, o->output, text.data, text.size) != 0) {
        iso_cli_report(&diags);
        status |= ISO_EXIT_ERROR;
    }
    iso_buffer_free(&text);
    return status;
}

static int compare(const struct options *o, struct iso_gate_options *options, const char *path)
{
    struct iso_diags diags = {0};
    struct iso_report *before = NULL, *now = NULL;
    struct iso_waivers *waivers = NULL;
    iso_report_read(&now, &diags, path);
    iso_report_read(&before, &diags, o->against);
    if (o->waivers)
        iso_waivers_read(&waivers, &diags, o->waivers, options->today);
    if (now && before && !o->allow_different)
        check_comparable(&diags, o->against, before, now, o->subset);
    if (now && before && (now->npolicies > 1 || before->npolicies > 1)) {
        iso_report_qualify(before);
        iso_report_qualify(now);
    }
    int status = iso_cli_report(&diags);
    if (status == 0) {
        struct iso_gate gate;
        iso_gate_compare(&gate, before, now, waivers, options);
        status = print_gate(o, &gate, path);
        iso_gate_free(&gate);
    }
    if (now)
        iso_report_free(now);
    if (before)
        iso_report_free(before);
    iso_waivers_free(waivers);
    return status;
}

static int run_gate(const struct iso_cli *cli, int argc, char **argv)
{
    struct options o = {.format = "text", .cost_threshold = 10, .coverage_threshold = 5};
    struct iso_gate_options options = {.today = iso_day_today()};
    struct iso_strings operands = {0};
    int parsed = iso_cli_options(&o, &operands, cli, argc, argv), status = parsed > 0 ? ISO_EXIT_USAGE : ISO_EXIT_CLEAN;

    if (parsed != 0)
        goto end;
    if (operands.count != 1 || !o.against)
        status = iso_cli_usage(cli, "expected one REPORT and --against BASELINE");
    else if (strcmp(o.format, "text") != 0 && !find_format(o.format))
        status = iso_cli_usage(cli, "--format is \"%s\"; expected text, json, junit or sarif", o.format);
    else if (o.today && !iso_day_parse(&options.today, o.today))
        status = iso_cli_usage(cli, "--today is \"%s\"; expected a day as YYYY-MM-DD", o.today);
    else if (o.cost_threshold > 10000 || o.coverage_threshold > 100)
        status = iso_cli_usage(cli, "--%s-threshold is too large; expected at most %d",
                               o.cost_threshold > 10000 ? "cost" : "coverage", o.cost_threshold > 10000 ? 10000 : 100);
    else
        status = read_fail_on(&options.fail_on, cli, &o.fail_on);
    options.cost_percent = o.cost_threshold;
    options.cover_percent = o.coverage_threshold;
    options.subset = o.subset;
    if (status == ISO_EXIT_CLEAN)
        status = compare(&o, &options, operands.list[0]);
end:
    iso_strings_free(&operands);
    iso_strings_free(&o.fail_on);
    return status;
}

static const struct iso_option options[] = {
    {"against", ISO_OPTION_TEXT, offsetof(struct options, against), "BASELINE", "@file",
     "the report to compare with, full or slim (`isotier baseline`)"},
    {"waivers", ISO_OPTION_TEXT, offsetof(struct options, waivers), "FILE", "@file",
     "accepted findings, with owner and expiry"},
    {"fail-on", ISO_OPTION_LIST, offsetof(struct options, fail_on), "LIST", "breaking weakening cost info none",
     "categories that fail (default: breaking,weakening)"},
    {"format", ISO_OPTION_TEXT, offsetof(struct options, format), "FORMAT", "text json junit sarif",
     "text, json, junit or sarif (default: text)"},
    {"output", ISO_OPTION_TEXT, offsetof(struct options, output), "FILE", "@file",
     "write there (default: standard output)"},
    {"cost-threshold", ISO_OPTION_NUMBER, offsetof(struct options, cost_threshold), "PERCENT", NULL,
     "growth of p50 or p99 cycles that is no finding (default: 10)"},
    {"coverage-threshold", ISO_OPTION_NUMBER, offsetof(struct options, coverage_threshold), "POINTS", NULL,
     "percentage points of coverage that may be lost (default: 5)"},
    {"subset", ISO_OPTION_FLAG, offsetof(struct options, subset), NULL, NULL,
     "the report is a part of the baseline: cells it leaves out are no findings"},
    {"today", ISO_OPTION_TEXT, offsetof(struct options, today), "YYYY-MM-DD", NULL,
     "the day by which waivers expire (default: the system's, in UTC)"},
    {"allow-different", ISO_OPTION_FLAG, offsetof(struct options, allow_different), NULL, NULL,
     "compare reports of different machines, policies or reference tiers"},
};

const struct iso_verb iso_verb_gate = {
    .name = "gate",
    .operands = "REPORT",
    .summary = "compare a report with a baseline and exit by what changed",
    .notes =
        "breaking   a cell diverges that did not, or worse; a new cell diverges; a cell vanished; MODEL-BUG\n"
        "weakening  an answer was lost, a proof or coverage shrank, something is refused or allowed that was not\n"
        "cost       p50 or p99 cycles grew beyond the threshold\n"
        "info       improvements, new cells that do not diverge, other hashes, seeds, rules\n\n"
        "Exit status, the sum of what happened in the categories that fail and is not waived: 0 clean; 1 MODEL-BUG\n"
        "(always fails, never waived) or the output cannot be written; 2 bad usage or input; 4 changed, or a waiver\n"
        "is expired, unused or covers nothing any more; 8 a divergence that is new or worse; 4+16 an answer, proof or\n"
        "coverage was lost; 32 no cell is in both reports, none of those was observed, or --fail-on cost has no cycles",
    .examples = "isotier gate report.json --against reports/baselines/default.json\n"
                "isotier gate report.json --against old.json --waivers waivers.yaml --format junit --output gate.xml\n"
                "isotier gate report.json --against old.json --fail-on breaking,cost --cost-threshold 5",
    .options = options,
    .noptions = sizeof options / sizeof options[0],
    .run = run_gate,
};
