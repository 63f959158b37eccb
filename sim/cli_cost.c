/* `isotier cost`: what typical work costs on each tier under each mapping, as ratio to ordinary memory, beside the verdict.
 * Not for: measuring (cost.c), comparing two reports (cli_gate.c). */
#include "sim/cli.h"

#include "sim/cost_table.h"
#include "sim/file.h"
#include "sim/policy_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POLICIES_MAX = 64, SEEDS_MAX = 10000 };

struct options {
    const char *machine, *format;
    struct iso_strings policies, compare, mappings, tiers, attributes, vm;
    uint64_t seeds, seed, jobs;
};

struct costing {
    struct iso_run run;
    struct iso_machine_file *machine;
    struct iso_policy_file *policy[POLICIES_MAX];
    size_t npolicies;
    struct iso_cost_cell *cell;
    uint32_t seeds;
};

/* ---- choosing ---- */

/* Every workload says what is measured. */
static void check_workloads(const struct iso_run *run, struct iso_diags *diags)
{
    for (size_t i = 0; i < run->nscenarios; i++)
        if (!run->scenario[i].test->cost_iterations)
            iso_diags_add(diags, false, run->scenario[i].path, 1, 1,
                          "no workload; expected an info line Cost=ITERATIONS with the registers that count them");
}

static int check_options(const struct iso_cli *cli, const struct options *o)
{
    if (strcmp(o->format, "text") != 0 && strcmp(o->format, "json") != 0)
        return iso_cli_usage(cli, "--format is \"%s\"; expected text or json", o->format);
    if (o->compare.count && o->compare.count != 2)
        return iso_cli_usage(cli, "--compare has %zu policies; expected two", o->compare.count);
    if (o->compare.count && o->policies.count)
        return iso_cli_usage(cli, "--compare names the policies; expected no --policy beside it");
    if (o->policies.count > POLICIES_MAX)
        return iso_cli_usage(cli, "--policy has %zu policies; expected at most %d", o->policies.count, POLICIES_MAX);
    bool policy = o->compare.count || o->policies.count;
    if (!policy && (o->mappings.count || o->vm.count))
        return iso_cli_usage(cli, "--mapping and --vm are about a policy; expected --policy or --compare");
    if (policy && o->attributes.count)
        return iso_cli_usage(cli, "a policy derives the attributes; expected no --attr beside it");
    if (o->seeds > SEEDS_MAX)
        return iso_cli_usage(cli, "--seeds is %llu; expected 1 to %d", (unsigned long long)o->seeds, SEEDS_MAX);
    if (iso_engines_linked() != (ISO_ENGINE_EXHAUSTIVE | ISO_ENGINE_TIMED))
        return iso_cli_usage(cli, "this program was built without one of the engines; expected both");
    return ISO_EXIT_CLEAN;
}

static int plan(const struct iso_cli *cli, const struct options *o, struct costing *c, struct iso_diags *diags)
{
    const struct iso_strings *names = o->compare.count ? &o->compare : &o->policies;
    const struct iso_mapping *mapping[ISO_MAPPINGS_MAX];
    struct iso_policy_plan plan = {.mapping = mapping};
    if (!names->count && iso_run_check_attributes(diags, &c->machine->machine, &o->attributes) != 0)
        return ISO_EXIT_USAGE;
    if (!names->count)
        return iso_run_plan(&c->run, diags, &o->tiers, &o->attributes) == 0 ? ISO_EXIT_CLEAN : ISO_EXIT_USAGE;
    if (iso_mappings_choose(mapping, &plan.nmappings, cli, &o->mappings) != 0 ||
        iso_policy_vm_parse(&plan.vm, cli, &o->vm) != 0)
        return ISO_EXIT_USAGE;
    for (size_t i = 0; i < names->count; i++) {
        if (iso_policy_open(&c->policy[c->npolicies], diags, names->list[i], cli->data_folder) != 0)
            return ISO_EXIT_USAGE;
        c->npolicies++;
    }
    plan.policy = (const struct iso_policy_file *const *)c->policy;
    plan.npolicies = c->npolicies;
    return iso_run_plan_policies(&c->run, diags, &o->tiers, &plan) == 0 ? ISO_EXIT_CLEAN : ISO_EXIT_USAGE;
}

static int status_of(const struct costing *c)
{
    int status = ISO_EXIT_CLEAN;
    bool any = false;
    for (size_t i = 0; i < c->run.ncells; i++) {
        const struct iso_cost_cell *cell = &c->cell[i];
        any |= cell->cost.end == ISO_COST_MEASURED;
        if (cell->cost.end == ISO_COST_FAILED || cell->verdict == ISO_VERDICT_MODEL_BUG)
            status |= ISO_EXIT_ERROR;
        if (cell->verdict == ISO_VERDICT_DIVERGES)
            status |= ISO_EXIT_DIVERGES;
        if (cell->verdict == ISO_VERDICT_UNKNOWN || cell->verdict == ISO_VERDICT_BOUNDED)
            status |= ISO_EXIT_INCONCLUSIVE;
    }
    return any ? status : status | ISO_EXIT_VACUOUS;
}

static int print(const struct options *o, const struct costing *c)
{
    struct iso_cost_table table;
    struct iso_buffer text = {0};
    iso_cost_table_make(&table, &c->run, c->cell, c->seeds);
    if (strcmp(o->format, "json") == 0)
        iso_cost_table_json(&text, &table);
    else if (o->compare.count)
        iso_cost_table_compare(&text, &table, c->policy[0], c->policy[1]);
    else
        iso_cost_table_text(&text, &table);
    fwrite(text.data, 1, text.size, stdout);
    iso_buffer_free(&text);
    iso_cost_table_free(&table);
    return status_of(c);
}

/* Reads everything, measures, prints. */
static int run_asked(const struct iso_cli *cli, const struct options *o, struct iso_strings *operands,
                     struct costing *c)
{
    struct iso_buffer path = {0}, folder = {0};
    struct iso_diags diags = {0};
    int status = ISO_EXIT_CLEAN;

    if (!operands->count) {
        iso_buffer_format(&folder, "%s/workloads", cli->data_folder);
        iso_strings_add(operands, iso_file_is_directory("workloads") ? "workloads" : folder.data);
    }
    if (iso_machine_path(&path, &diags, o->machine, cli->data_folder) == 0 &&
        iso_machine_load(&c->machine, &diags, path.data) == 0) {
        c->run.machine = c->machine;
        iso_scenarios_read(&c->run.scenario, &c->run.nscenarios, &diags, operands);
        check_workloads(&c->run, &diags);
        if (!iso_diags_has_error(&diags))
            status = plan(cli, o, c, &diags);
    }
    status |= iso_cli_report(&diags);
    if (status == ISO_EXIT_CLEAN && !c->run.ncells) {
        fprintf(stderr, "isotier cost: no tier of this machine can back these mappings; nothing was measured\n");
        status = ISO_EXIT_VACUOUS;
    } else if (status == ISO_EXIT_CLEAN) {
        status = iso_cost_measure_all(&c->cell, &c->run, (unsigned)o->jobs, c->seeds, "cost") == 0 ? print(o, c)
                                                                                                   : ISO_EXIT_ERROR;
    }
    iso_buffer_free(&path);
    iso_buffer_free(&folder);
    return status;
}

static int run_cost(const struct iso_cli *cli, int argc, char **argv)
{
    struct options o = {.machine = "default", .format = "text", .seeds = 5, .seed = 1};
    struct costing *c = iso_allocate(sizeof *c);
    struct iso_strings operands = {0};
    int parsed = iso_cli_options(&o, &operands, cli, argc, argv), status = parsed > 0 ? ISO_EXIT_USAGE : ISO_EXIT_CLEAN;

    if (parsed == 0) {
        status = check_options(cli, &o);
        c->run.engines = ISO_ENGINE_EXHAUSTIVE;
        c->run.seed = o.seed;
        c->run.sequence = iso_migration_find("base");
        c->seeds = (uint32_t)o.seeds;
        if (status == ISO_EXIT_CLEAN)
            status = run_asked(cli, &o, &operands, c);
    }
    iso_run_free(&c->run);
    iso_machine_file_free(c->machine);
    for (size_t i = 0; i < c->npolicies; i++)
        iso_policy_file_free(c->policy[i]);
    free(c->cell);
    free(c);
    iso_strings_free(&operands);
    iso_strings_free(&o.policies);
    iso_strings_free(&o.compare);
    iso_strings_free(&o.mappings);
    iso_strings_free(&o.tiers);
    iso_strings_free(&o.attributes);
    iso_strings_free(&o.vm);
    return status;
}

static const struct iso_option options[] = {
    {"machine", ISO_OPTION_TEXT, offsetof(struct options, machine), "NAME|FILE", "@machine",
     "bundled machine or YAML file (default: default)"},
    {"policy", ISO_OPTION_LIST, offsetof(struct options, policies), "LIST", "@policy",
     "bundled policies or YAML files: rows are their mappings (default: none, rows are attributes)"},
    {"compare", ISO_OPTION_LIST, offsetof(struct options, compare), "P1,P2", "@policy",
     "two policies, one below the other, with what the second costs against the first"},
    {"mapping", ISO_OPTION_LIST, offsetof(struct options, mappings), "LIST", NULL,
     "mappings under the policies; all (default: the usual ones of each kind of tier)"},
    {"tier", ISO_OPTION_LIST, offsetof(struct options, tiers), "LIST", NULL, "tiers (default: all of the machine)"},
    {"attr", ISO_OPTION_LIST, offsetof(struct options, attributes), "LIST",
     "wb-tagged wb wb-weak wt nc device-gre device-ngre device-ngnre device-ngnrne",
     "without a policy: attributes (default: by subject of the workload)"},
    {"vm", ISO_OPTION_LIST, offsetof(struct options, vm), "LIST", ISO_POLICY_VM_WORDS,
     "what is enabled in VMs (mte: wherever the program uses tags)"},
    {"seeds", ISO_OPTION_COUNT, offsetof(struct options, seeds), "N", NULL,
     "runs of each workload on each cell (default 5): p50 and p99 are over them"},
    {"seed", ISO_OPTION_NUMBER, offsetof(struct options, seed), "N", NULL, "first seed (default 1)"},
    {"jobs", ISO_OPTION_COUNT, offsetof(struct options, jobs), "N", NULL,
     "processes (default: one a core); results do not depend on it"},
    {"format", ISO_OPTION_TEXT, offsetof(struct options, format), "NAME", "text json", "text (default) or json"},
};

const struct iso_verb iso_verb_cost = {
    .name = "cost",
    .operands = "[WORKLOAD...]",
    .summary = "what typical work costs on each tier, as ratio to ordinary memory, beside the verdict",
    .examples =
        "isotier cost --machine grace-like\n"
        "isotier cost --machine grace-like --policy linux-6.17-cacheable-pfnmap --mapping usemem-guest,anon-guest\n"
        "isotier cost --machine grace-like --compare linux-6.17-cacheable-pfnmap,fallback-noncacheable-if-mte\n"
        "isotier cost my-lock.litmus --attr wb,nc --tier ddr,cxl --seeds 50 --format json",
    .notes =
        "A workload is a scenario with an info line Cost=N T:Xn ...: its loops run as often as those registers say. "
        "The\n"
        "timed engine runs it N and 2N times round with caches empty at the start; the difference is the cost of N.\n"
        "The verdict is the exhaustive engine's, of the workload as written. A ratio is p50 against the reference "
        "tier,\n"
        "wb (wb-tagged where the workload uses tags). Simulated time: ratios mean something, nanoseconds of one part "
        "do not.",
    .options = options,
    .noptions = sizeof options / sizeof options[0],
    .run = run_cost,
};
