/* `isotier policy`: questions about whole policies. Options, subcommands, and opening what they need.
 * Not for: what a subcommand does (cli_policy_*.c). */
#include "sim/cli_policy.h"

#include "sim/file.h"
#include "sim/policy_move.h"
#include "sim/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_scenarios(struct iso_policy_job *job, struct iso_diags *diags)
{
    const struct iso_policy_options *o = job->options;
    struct iso_strings paths = {0};
    struct iso_buffer folder = {0};
    struct iso_arena *arena = iso_arena_new();
    if (iso_file_is_directory("scenarios"))
        iso_buffer_add(&folder, "scenarios");
    else
        iso_buffer_format(&folder, "%s/scenarios", job->cli->data_folder);
    if (o->profile && o->scenarios.count) {
        iso_diags_add(diags, false, "--profile", 0, 0, "chooses the scenarios; expected no --scenario beside it");
    } else if (o->profile)
        iso_profile_read(&paths, diags, arena, folder.data, o->profile);
    for (size_t i = 0; i < o->scenarios.count; i++)
        iso_strings_add(&paths, o->scenarios.list[i]);
    if (!paths.count)
        iso_strings_add(&paths, folder.data);
    int status = iso_diags_has_error(diags)
                     ? -1
                     : iso_scenarios_read(&job->survey.run.scenario, &job->survey.run.nscenarios, diags, &paths);
    iso_arena_free(arena);
    iso_strings_free(&paths);
    iso_buffer_free(&folder);
    return status;
}

static int choose_engines(struct iso_policy_job *job)
{
    unsigned *engines = &job->survey.run.engines;
    for (size_t i = 0; i < job->options->engines.count; i++) {
        unsigned bit = iso_engine_find(job->options->engines.list[i]);
        if (!bit)
            return iso_cli_usage(job->cli, "--engine has \"%s\"; expected exhaustive, timed or both",
                                 job->options->engines.list[i]);
        *engines |= bit;
    }
    if (!*engines)
        *engines = ISO_ENGINE_EXHAUSTIVE;
    if (*engines & ~iso_engines_linked())
        return iso_cli_usage(job->cli, "this program was built without an engine that --engine asks for");
    return ISO_EXIT_CLEAN;
}

/* Mappings of VMs; how many are left. */
static size_t keep_guests(const struct iso_mapping **list, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (list[i]->view == ISO_MAPPING_GUEST)
            list[kept++] = list[i];
    return kept;
}

int iso_policy_job_open(struct iso_policy_job *job, const struct iso_strings *policies)
{
    const struct iso_policy_options *o = job->options;
    struct iso_run *run = &job->survey.run;
    struct iso_diags diags = {0};
    struct iso_buffer path = {0};
    job->json = o->json || strcmp(o->format, "json") == 0;
    if (choose_engines(job) != 0 ||
        iso_mappings_choose(job->mapping, &job->survey.nmappings, job->cli, &o->mappings) != 0 ||
        iso_policy_vm_parse(&job->survey.vm, job->cli, &o->vm) != 0 ||
        iso_triggers_parse(&job->survey.triggers, job->cli, &o->triggers) != 0)
        return ISO_EXIT_USAGE;
    if (o->no_tags && job->survey.vm.mte)
        return iso_cli_usage(job->cli, "--no-tags leaves MTE out of VMs; expected no --vm mte beside it");
    if (strcmp(o->guest, "hostile") == 0)
        job->survey.nmappings = keep_guests(job->mapping, job->survey.nmappings);
    job->survey.mapping = job->mapping;
    job->survey.named = o->mappings.count && strcmp(o->mappings.list[0], "all") != 0;
    job->survey.no_tags = o->no_tags;
    job->survey.no_errors = o->no_errors;
    for (size_t i = 0; i < o->tiers.count; i++)
        iso_strings_add(&job->survey.tiers, o->tiers.list[i]);
    run->seed = 1;
    run->seeds = (uint32_t)o->seeds;
    run->sequence = iso_migration_find("base");
    job->file = iso_allocate((policies->count + 1) * sizeof *job->file);
    for (size_t i = 0; i < policies->count; i++)
        job->nfiles += iso_policy_open(&job->file[job->nfiles], &diags, policies->list[i], job->cli->data_folder) == 0;
    if (iso_machine_path(&path, &diags, o->machine, job->cli->data_folder) == 0 &&
        iso_machine_load(&job->machine, &diags, path.data) == 0) {
        run->machine = job->machine;
        read_scenarios(job, &diags);
    }
    iso_buffer_free(&path);
    return iso_cli_report(&diags);
}

int iso_policy_job_run(struct iso_policy_job *job)
{
    struct iso_diags diags = {0};
    job->check = iso_allocate((job->nfiles + 1) * sizeof job->check[0]);
    for (size_t i = 0; i < job->nfiles; i++)
        if (iso_survey_add(&job->check[i], &job->survey, &diags, job->file[i]) != 0)
            break;
    int status = iso_cli_report(&diags);
    if (status == 0 && iso_survey_compute(&job->survey, (unsigned)job->options->jobs, job->options->timeout_s,
                                          job->cli->verb->name) != 0)
        status = ISO_EXIT_ERROR;
    for (size_t i = 0; i < job->nfiles && status == 0; i++)
        iso_policy_judge(&job->check[i], &job->survey);
    return status;
}

void iso_policy_job_close(struct iso_policy_job *job)
{
    for (size_t i = 0; i < job->nfiles && job->check; i++)
        iso_policy_check_free(&job->check[i]);
    for (size_t i = 0; i < job->nfiles; i++)
        iso_policy_file_free(job->file[i]);
    free(job->check);
    free(job->file);
    iso_survey_free(&job->survey);
    iso_machine_file_free(job->machine);
}

static const struct {
    const char *name;
    int (*run)(const struct iso_cli *cli, const struct iso_policy_options *options, const struct iso_strings *operands);
} subcommands[] = {{"list", iso_policy_do_list}, {"show", iso_policy_do_show},       {"check", iso_policy_do_check},
                   {"diff", iso_policy_do_diff}, {"suggest", iso_policy_do_suggest}, {"needs", iso_policy_do_needs}};
enum { SUBCOMMANDS = sizeof subcommands / sizeof subcommands[0] };

static int run_policy(const struct iso_cli *cli, int argc, char **argv)
{
    struct iso_policy_options o = {.machine = "default", .format = "text", .guest = "ordinary", .seeds = 100};
    struct iso_strings operands = {0};
    struct iso_buffer known = {0};
    int parsed = iso_cli_options(&o, &operands, cli, argc, argv), status = parsed > 0 ? ISO_EXIT_USAGE : ISO_EXIT_CLEAN;
    size_t k = 0;
    while (parsed == 0 && operands.count && k < SUBCOMMANDS && strcmp(subcommands[k].name, operands.list[0]) != 0)
        k++;
    if (parsed == 0 && strcmp(o.format, "text") != 0 && strcmp(o.format, "json") != 0) {
        status = iso_cli_usage(cli, "--format is \"%s\"; expected text or json", o.format);
    } else if (parsed == 0 && operands.count && k < SUBCOMMANDS) {
        struct iso_strings rest = {.list = operands.list + 1, .count = operands.count - 1};
        status = subcommands[k].run(cli, &o, &rest);
    } else if (parsed == 0) {
        for (size_t i = 0; i < SUBCOMMANDS; i++)
            iso_buffer_format(&known, "%s%s", i ? ", " : "", subcommands[i].name);
        status = iso_cli_usage(cli, "%s%s%s; expected one of %s",
                               operands.count ? "there is no subcommand \"" : "a subcommand is missing",
                               operands.count ? operands.list[0] : "", operands.count ? "\"" : "", known.data);
    }
    iso_buffer_free(&known);
    iso_strings_free(&operands);
    iso_strings_free(&o.mappings);
    iso_strings_free(&o.vm);
    iso_strings_free(&o.triggers);
    iso_strings_free(&o.tiers);
    iso_strings_free(&o.engines);
    iso_strings_free(&o.scenarios);
    return status;
}

#define OPTION(field) offsetof(struct iso_policy_options, field)
static const struct iso_option options[] = {
    {"machine", ISO_OPTION_TEXT, OPTION(machine), "NAME|FILE", "@machine",
     "bundled machine or YAML file (default: default)"},
    {"mapping", ISO_OPTION_LIST, OPTION(mappings), "LIST", NULL,
     "mappings; all (default: the usual ones of each kind of tier). Those named count even where no page moves"},
    {"vm", ISO_OPTION_LIST, OPTION(vm), "LIST", ISO_POLICY_VM_WORDS,
     "what is enabled in VMs (mte: wherever the program uses tags)"},
    {"trigger", ISO_OPTION_LIST, OPTION(triggers), "LIST", ISO_TRIGGER_WORDS,
     "check, diff, needs, suggest: only what these move (default: all; `isotier show --triggers`)"},
    {"no-tags", ISO_OPTION_FLAG, OPTION(no_tags), NULL, NULL, "VMs without MTE, and no programs that use tags"},
    {"no-errors", ISO_OPTION_FLAG, OPTION(no_errors), NULL, NULL, "no scenarios in which an error strikes"},
    {"no-cost", ISO_OPTION_FLAG, OPTION(no_cost), NULL, NULL, "diff: do not measure what typical work costs"},
    {"guest", ISO_OPTION_TEXT, OPTION(guest), "NAME", "ordinary hostile",
     "check: what VMs run: ordinary (default) programs, or whatever stage 2 leaves them (hostile)"},
    {"scenario", ISO_OPTION_LIST, OPTION(scenarios), "LIST", "@file", "files or folders (default: all bundled ones)"},
    {"profile", ISO_OPTION_TEXT, OPTION(profile), "NAME", "gate", "a named choice of bundled scenarios: gate"},
    {"tier", ISO_OPTION_LIST, OPTION(tiers), "LIST", NULL, "tiers (default: all of the machine)"},
    {"engine", ISO_OPTION_LIST, OPTION(engines), "LIST", "exhaustive timed exhaustive,timed",
     "exhaustive (default), timed"},
    {"seeds", ISO_OPTION_COUNT, OPTION(seeds), "N", NULL, "runs of the timed engine for each cell (default 100)"},
    {"format", ISO_OPTION_TEXT, OPTION(format), "NAME", "text json", "text (default) or json"},
    {"json", ISO_OPTION_FLAG, OPTION(json), NULL, NULL, "the same as --format json"},
    {"all", ISO_OPTION_FLAG, OPTION(all), NULL, NULL, "text: every leak, not only the first ones"},
    {"jobs", ISO_OPTION_COUNT, OPTION(jobs), "N", NULL, "processes (default: one a core); results do not depend on it"},
    {"timeout", ISO_OPTION_COUNT, OPTION(timeout_s), "SECONDS", NULL,
     "a scenario may take so long (default: any time)"},
};

const struct iso_verb iso_verb_policy = {
    .name = "policy",
    .operands = "list | show POLICY | check POLICY...|all | diff A B | suggest POLICY | needs POLICY",
    .summary = "what policies do, and whether they are transparent, guarded or leaky on a machine",
    .examples = "isotier policy list\nisotier policy show linux-6.17-cacheable-pfnmap\n"
                "isotier policy check all --machine grace-like\n"
                "isotier policy check hotplug-refuse-if-mte --machine tags-zero --mapping anon,kmem-anon\n"
                "isotier policy check linux-6.17-cacheable-pfnmap --machine full --no-tags --format json\n"
                "isotier policy check linux-6.17-cacheable-pfnmap --machine tags-alias --guest hostile\n"
                "isotier policy diff linux-6.9-any-uncached linux-6.17-cacheable-pfnmap --machine grace-like\n"
                "isotier policy suggest linux-7.x --machine default --no-errors > guarded.yaml",
    .notes =
        "transparent: every place that a page moves between shows what ordinary memory shows, in every scenario.\n"
        "guarded: the same, because a refusal keeps others apart. leaky: something new shows. undecided: it hangs on\n"
        "what the machine leaves unknown, on a mapping that no rule covers, or a bound was hit.\n"
        "Pages move by the host's kernel (stage migrate) and, between the memories of one VM, by the guest's kernel.\n"
        "--guest hostile: any attribute that stage 2 leaves the guest, any access, decided on every tier that its VM "
        "reaches;\n"
        "what gets beyond the VM, worst first, with rule, capability and where that is known from; whether Normal-NC "
        "and\n"
        "cacheable are safe to give to a guest, tier by tier.\n"
        "Exit status: leaky 8, undecided 16, nothing observed or compared 32.",
    .options = options,
    .noptions = sizeof options / sizeof options[0],
    .run = run_policy,
};
