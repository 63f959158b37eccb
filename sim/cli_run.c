/* `isotier run`: all cells of scenarios on a machine, under attributes said or a policy; the matrix on standard output, the report in a
 * file. Not for: comparing policies. */
#include "sim/cli.h"

#include "sim/file.h"
#include "sim/matrix.h"
#include "sim/policy_answer.h"
#include "sim/policy_move.h"
#include "sim/profile.h"
#include "sim/report.h"
#include "sim/run_spread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    const char *machine, *report, *vcd, *trace, *sequence, *profile;
    struct iso_strings attributes, tiers, engines, migrate, policies, mappings, vm, triggers;
    uint64_t seeds, seed, jobs, loop_bound, max_candidates, timeout_s;
    bool quiet, no_report, list, slim;
};

/* --vcd and --trace: one cell, one seed, in this process. */
static int trace_cell(const struct options *o, struct iso_run *run, struct iso_diags *diags)
{
    struct iso_judge judge;
    struct iso_platform_options options = {
        .first_seed = run->seed, .runs = 1, .vcd_path = o->vcd, .trace_path = o->trace};
    struct iso_platform_stats stats = {0};
    struct iso_outcome_set set;
    struct iso_setup *setup = iso_allocate(sizeof *setup);
    const struct iso_cell *cell = &run->cell[0];
    const struct iso_scenario *scenario = &run->scenario[cell->scenario];
    int status = iso_judge_begin(&judge, diags, run, scenario, cell->sequence);

    iso_outcome_set_init(&set);
    if (status == 0)
        status = iso_cell_setup(setup, diags, scenario, judge.composition.test ? &judge.composition : NULL,
                                &run->machine->machine, cell, cell->tier, &cell->attribute);
    if (status == 0)
        status = iso_engine_timed(&set, &stats, diags, setup, &options);
    for (size_t i = 0; status == 0 && i < set.count; i++)
        printf("%s  seed %llu  %llu cycles  %s\n", cell->id, (unsigned long long)run->seed,
               (unsigned long long)stats.cycles_p50, set.list[i].text);
    iso_outcome_set_free(&set);
    free(setup);
    iso_judge_end(&judge);
    return status;
}

/* Engines of --engine, or those linked. 0 after a message. */
static unsigned choose_engines(const struct iso_cli *cli, const struct options *o)
{
    unsigned wanted = 0, linked = iso_engines_linked();
    for (size_t i = 0; i < o->engines.count; i++) {
        unsigned bit = iso_engine_find(o->engines.list[i]);
        if (!bit) {
            iso_cli_usage(cli, "--engine has \"%s\"; expected exhaustive, timed or both", o->engines.list[i]);
            return 0;
        }
        if (!(linked & bit)) {
            iso_cli_usage(cli, "this program was built without the %s engine", o->engines.list[i]);
            return 0;
        }
        wanted |= bit;
    }
    if (!wanted && !linked)
        iso_cli_usage(cli, "this program was built without an engine");
    return wanted ? wanted : linked;
}

/* The report as `isotier baseline` would reduce it, without the way through the full one. */
static int write_slim(struct iso_diags *diags, const char *path, const struct iso_run *run,
                      const struct iso_run_results *results)
{
    struct iso_report *report;
    struct iso_buffer text = {0};
    int status = iso_report_of_run(&report, diags, run, results);
    if (status == 0) {
        iso_report_slim(&text, report);
        status = iso_file_write(diags, path, text.data, text.size);
        iso_report_free(report);
    }
    iso_buffer_free(&text);
    return status;
}

static int report_run(const struct options *o, const struct iso_run *run, const struct iso_run_results *results)
{
    struct iso_buffer text = {0};
    struct iso_diags diags = {0};
    const char *path = o->no_report ? NULL : o->report ? o->report : "report.json";
    int status = iso_matrix_status(run, results);

    if (path &&
        (o->slim ? write_slim(&diags, path, run, results) : iso_report_write(&diags, path, run, results)) != 0) {
        iso_cli_report(&diags);
        status |= ISO_EXIT_ERROR;
    } else if (path && !iso_file_fits(path, ISO_FILE_MAX_BYTES)) {
        fprintf(stderr,
                "isotier run: %s is larger than gate, explain and surface read; expected --slim for so many cells\n",
                path);
    }
    iso_run_results_warn(results, run);
    if (!o->quiet)
        iso_matrix_print(&text, run, results, path);
    fwrite(iso_buffer_string(&text), 1, text.size, stdout);
    iso_buffer_free(&text);
    return status;
}

static int run_planned(const struct iso_cli *cli, const struct options *o, struct iso_run *run)
{
    struct iso_diags diags = {0};
    int status;
    if (o->list) {
        for (size_t i = 0; i < run->ncells; i++)
            printf("%s\n", run->cell[i].id);
        return run->ncells ? ISO_EXIT_CLEAN : ISO_EXIT_VACUOUS;
    }
    if (o->vcd || o->trace) {
        if (run->ncells != 1 || run->cell[0].end != ISO_POLICY_MAPPED)
            return iso_cli_usage(
                cli,
                "--vcd and --trace follow one run; expected one scenario, one --tier and one --attr, got %zu cells",
                run->ncells);
        if (!(iso_engines_linked() & ISO_ENGINE_TIMED))
            return iso_cli_usage(cli, "this program was built without the timed engine");
        status = trace_cell(o, run, &diags) == 0 ? ISO_EXIT_CLEAN : ISO_EXIT_USAGE;
        return status | iso_cli_report(&diags);
    }
    struct iso_run_results results;
    status = iso_run_spread(&results, run, (unsigned)o->jobs, o->timeout_s, cli->verb->name) == 0
                 ? report_run(o, run, &results)
                 : ISO_EXIT_ERROR;
    iso_run_results_free(&results);
    return status;
}

static int check_policy_options(const struct iso_cli *cli, const struct options *o)
{
    if (!o->policies.count && (o->mappings.count || o->vm.count || o->triggers.count))
        return iso_cli_usage(cli, "--mapping, --vm and --trigger are about a policy; expected --policy");
    if (o->policies.count && o->attributes.count)
        return iso_cli_usage(cli, "--policy derives the attributes; expected no --attr beside it");
    return ISO_EXIT_CLEAN;
}

/* Cells under --policy. A usage error has been printed where the status is not 0. */
static int plan_policy(const struct iso_cli *cli, const struct options *o, struct iso_run *run, struct iso_diags *diags,
                       struct iso_policy_list *policies)
{
    const struct iso_mapping *mapping[ISO_MAPPINGS_MAX];
    struct iso_policy_plan plan = {.mapping = mapping, .keep_sequence = o->sequence != NULL};
    if (iso_mappings_choose(mapping, &plan.nmappings, cli, &o->mappings) != 0 ||
        iso_policy_vm_parse(&plan.vm, cli, &o->vm) != 0 || iso_triggers_parse(&plan.triggers, cli, &o->triggers) != 0)
        return ISO_EXIT_USAGE;
    if (iso_policies_open(policies, diags, &o->policies, cli->data_folder) != 0)
        return ISO_EXIT_CLEAN;
    plan.policy = run->policy = (const struct iso_policy_file *const *)policies->file;
    plan.npolicies = run->npolicies = policies->count;
    run->vm = plan.vm;
    iso_run_plan_policies(run, diags, &o->tiers, &plan);
    return ISO_EXIT_CLEAN;
}

static int run_run(const struct iso_cli *cli, int argc, char **argv)
{
    struct options o = {.machine = "default", .seeds = 100, .seed = 1};
    struct iso_strings operands = {0};
    struct iso_diags diags = {0};
    struct iso_run run = {0};
    struct iso_machine_file *machine = NULL;
    struct iso_policy_list policies = {0};
    struct iso_buffer path = {0}, folder = {0};
    struct iso_arena *arena = iso_arena_new();
    int parsed = iso_cli_options(&o, &operands, cli, argc, argv), status = parsed > 0 ? ISO_EXIT_USAGE : ISO_EXIT_CLEAN;

    if (parsed == 0) {
        run.engines = choose_engines(cli, &o);
        run.sequence = iso_migration_find(o.sequence ? o.sequence : "base");
        if (!run.engines || check_policy_options(cli, &o) != ISO_EXIT_CLEAN)
            status = ISO_EXIT_USAGE;
        else if (!run.sequence)
            status = iso_cli_usage(
                cli, "--sequence is \"%s\"; `isotier show --sequences` lists the migration sequences", o.sequence);
    }
    if (parsed != 0 || status != ISO_EXIT_CLEAN)
        goto end;
    if (o.profile && operands.count) {
        status = iso_cli_usage(cli, "--profile chooses the scenarios; expected no PATH beside it");
        goto end;
    }
    if (iso_file_is_directory("scenarios"))
        iso_buffer_add(&folder, "scenarios");
    else
        iso_buffer_format(&folder, "%s/scenarios", cli->data_folder);
    if (o.profile)
        iso_profile_read(&operands, &diags, arena, folder.data, o.profile);
    else if (!operands.count)
        iso_strings_add(&operands, folder.data);
    run.seed = o.seed;
    run.seeds = (uint32_t)o.seeds;
    run.loop_bound = (uint32_t)o.loop_bound;
    run.max_candidates = o.max_candidates;
    run.migrate = o.migrate;
    if (!iso_diags_has_error(&diags) && iso_machine_path(&path, &diags, o.machine, cli->data_folder) == 0 &&
        iso_machine_load(&machine, &diags, path.data) == 0) {
        run.machine = machine;
        iso_scenarios_read(&run.scenario, &run.nscenarios, &diags, &operands);
        if (!iso_diags_has_error(&diags) && o.policies.count)
            status = plan_policy(cli, &o, &run, &diags, &policies);
        else if (!iso_diags_has_error(&diags) &&
                 iso_run_check_attributes(&diags, &machine->machine, &o.attributes) == 0)
            iso_run_plan(&run, &diags, &o.tiers, &o.attributes);
    }
    if (status != ISO_EXIT_CLEAN || iso_diags_has_error(&diags))
        status |= iso_cli_report(&diags);
    else
        status = iso_cli_report(&diags) | run_planned(cli, &o, &run);
end:
    iso_run_free(&run);
    iso_machine_file_free(machine);
    iso_policies_close(&policies);
    iso_strings_free(&o.policies);
    iso_strings_free(&o.mappings);
    iso_strings_free(&o.vm);
    iso_strings_free(&o.triggers);
    iso_buffer_free(&path);
    iso_buffer_free(&folder);
    iso_arena_free(arena);
    iso_strings_free(&operands);
    iso_strings_free(&o.attributes);
    iso_strings_free(&o.tiers);
    iso_strings_free(&o.engines);
    return status;
}

static const struct iso_option options[] = {
    {"machine", ISO_OPTION_TEXT, offsetof(struct options, machine), "NAME|FILE", "@machine",
     "bundled machine or YAML file (default: default)"},
    {"profile", ISO_OPTION_TEXT, offsetof(struct options, profile), "NAME", "gate",
     "a named choice of bundled scenarios instead of PATHs: gate"},
    {"tier", ISO_OPTION_LIST, offsetof(struct options, tiers), "LIST", NULL,
     "tiers to run on (default: all of the machine)"},
    {"attr", ISO_OPTION_LIST, offsetof(struct options, attributes), "LIST",
     "wb-tagged wb wb-weak wt nc device-gre device-ngre device-ngnre device-ngnrne",
     "attributes of the pages under test (default: by subject)"},
    {"policy", ISO_OPTION_LIST, offsetof(struct options, policies), "LIST", "@policy",
     "derive attributes, refusals and migrations from bundled policies or YAML files; all (bundled ones)"},
    {"mapping", ISO_OPTION_LIST, offsetof(struct options, mappings), "LIST", NULL,
     "mappings under the policy; all (default: the usual ones of each kind of tier)"},
    {"vm", ISO_OPTION_LIST, offsetof(struct options, vm), "LIST", ISO_POLICY_VM_WORDS,
     "what is enabled in VMs (mte: wherever the program uses tags)"},
    {"trigger", ISO_OPTION_LIST, offsetof(struct options, triggers), "LIST", ISO_TRIGGER_WORDS,
     "of pages that move, only tiers that these choose under the policy (`isotier show --triggers`)"},
    {"migrate", ISO_OPTION_LIST, offsetof(struct options, migrate), "LIST", "all none",
     "pages that move, x, x:P0:L1 or P0:f (code); all; none (default: Migrate= lines)"},
    {"sequence", ISO_OPTION_TEXT, offsetof(struct options, sequence), "NAME", NULL,
     "migration sequence (default: base, or what the policy says)"},
    {"engine", ISO_OPTION_LIST, offsetof(struct options, engines), "LIST", "exhaustive timed exhaustive,timed",
     "exhaustive, timed (default: both)"},
    {"seeds", ISO_OPTION_COUNT, offsetof(struct options, seeds), "N", NULL,
     "runs of the timed engine for each cell (default 100)"},
    {"seed", ISO_OPTION_NUMBER, offsetof(struct options, seed), "N", NULL, "first seed (default 1)"},
    {"jobs", ISO_OPTION_COUNT, offsetof(struct options, jobs), "N", NULL,
     "processes (default: one a core); results do not depend on it"},
    {"report", ISO_OPTION_TEXT, offsetof(struct options, report), "FILE", "@file",
     "where the JSON report goes (default: report.json)"},
    {"no-report", ISO_OPTION_FLAG, offsetof(struct options, no_report), NULL, NULL, "write no report"},
    {"slim", ISO_OPTION_FLAG, offsetof(struct options, slim), NULL, NULL,
     "the report has the verdicts alone, as `isotier baseline` makes it: for very many cells"},
    {"quiet", ISO_OPTION_FLAG, offsetof(struct options, quiet), NULL, NULL, "print no matrix"},
    {"list", ISO_OPTION_FLAG, offsetof(struct options, list), NULL, NULL, "print the ids of the cells, run nothing"},
    {"loop-bound", ISO_OPTION_COUNT, offsetof(struct options, loop_bound), "N", NULL,
     "times a backward branch is taken (default 2, or Unroll=)"},
    {"max-candidates", ISO_OPTION_NUMBER, offsetof(struct options, max_candidates), "N", NULL,
     "candidate executions before a cell is called bounded"},
    {"timeout", ISO_OPTION_COUNT, offsetof(struct options, timeout_s), "SECONDS", NULL,
     "a scenario may take so long (default: any time)"},
    {"vcd", ISO_OPTION_TEXT, offsetof(struct options, vcd), "FILE", "@file", "one cell, one seed: waveforms"},
    {"trace", ISO_OPTION_TEXT, offsetof(struct options, trace), "FILE", "@file",
     "one cell, one seed: Perfetto timeline"},
};

const struct iso_verb iso_verb_run = {
    .name = "run",
    .operands = "[PATH...|@LIST]",
    .summary = "run scenarios on every tier under every attribute, print the matrix, write the report",
    .examples =
        "isotier run\nisotier run scenarios/exclusives --machine no-nc-monitor --attr wb,nc\n"
        "isotier run scenarios/mte --tier ddr,cxl --engine timed --seeds 1000 --report mte.json\n"
        "isotier run my.litmus --migrate x --attr wb-tagged\n"
        "isotier run --policy linux-6.17-cacheable-pfnmap --mapping usemem-guest,anon-guest --machine grace-like\n"
        "isotier run --policy all --mapping all --machine full --slim\n"
        "isotier run my.litmus --tier cxl --attr nc --seed "
        "7 --vcd my.vcd",
    .options = options,
    .noptions = sizeof options / sizeof options[0],
    .run = run_run,
};
