/* `isotier lint`: machines, policies, scenarios, symptoms, waivers and reports, shape first, then meaning. `--schema` prints a JSON Schema for
 * editors. Not for: running. Not modelled: claims. */
#include "sim/cli.h"

#include "models/rule.h"
#include "sim/file.h"
#include "sim/gate_waiver.h"
#include "sim/policy_load.h"
#include "sim/report.h"
#include "sim/run.h"
#include "sim/symptom.h"
#include "sim/yaml_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    const char *schema, *machine;
};

static bool ends_in(const char *path, const char *suffix)
{
    size_t size = strlen(path), tail = strlen(suffix);
    return size > tail && strcmp(path + size - tail, suffix) == 0;
}

/* Subjects, rules, places and the migration plan of a scenario that parsed. */
static void lint_scenario(struct iso_diags *diags, const struct iso_scenario *scenario,
                          const struct iso_machine *machine)
{
    const struct iso_test *test = scenario->test;
    struct iso_run run = {.sequence = iso_migration_find("base")};
    struct iso_composition composition = {0};
    for (uint32_t i = 0; i < test->nrules; i++) {
        const char *rule = test->rule[i];
        bool field = (rule[0] == 'S' && rule[1] >= '0' && rule[1] <= '9') || strncmp(rule, "claim", 5) == 0 ||
                     strncmp(rule, "L", 1) == 0;
        if (!field && !iso_rule_find(rule))
            iso_diags_add(diags, true, scenario->path, 0, 0, "Rules= names \"%s\", which is not in the rule register",
                          rule);
    }
    if (run.sequence)
        iso_run_compose(&composition, diags, &run, scenario, run.sequence);
    iso_composition_free(&composition);
    if (machine)
        iso_scenario_check_places(diags, scenario, machine);
}

/* Whether a YAML file is about waivers: its root has that key. What cannot be read is left to the reader of machines to complain about. */
static bool has_waivers(const char *path)
{
    struct iso_diags ignored = {0};
    struct iso_yaml yaml;
    bool found = false;
    if (iso_yaml_load(&yaml, &ignored, path) == 0) {
        const yaml_node_t *root = iso_yaml_root(&yaml);
        for (const yaml_node_pair_t *pair = root->type == YAML_MAPPING_NODE ? root->data.mapping.pairs.start : NULL;
             pair && pair < root->data.mapping.pairs.top; pair++)
            found |= strcmp(iso_yaml_scalar(iso_yaml_node(&yaml, pair->key)), "waivers") == 0;
        iso_yaml_free(&yaml);
    }
    iso_diags_free(&ignored);
    return found;
}

static void lint_waivers(struct iso_diags *diags, const char *path)
{
    struct iso_waivers *waivers;
    char day[ISO_DAY_TEXT_MAX];
    int32_t today = iso_day_today();
    if (iso_waivers_read(&waivers, diags, path, today) != 0)
        return;
    for (size_t i = 0; i < waivers->count; i++) {
        const struct iso_waiver *waiver = &waivers->list[i];
        iso_day_text(day, waiver->expires);
        if (waiver->expires < today)
            iso_diags_add(diags, true, path, waiver->line, waiver->column, "waiver %s expired on %s", waiver->id, day);
    }
    iso_waivers_free(waivers);
}

/* A stage that this policy has written rules for and in which a case is left without one. */
static void warn_gap(struct iso_diags *diags, const struct iso_policy *policy, enum iso_policy_stage stage)
{
    const struct iso_policy_rule *last = NULL;
    struct iso_buffer text = {0};
    struct iso_policy_box gap;
    for (size_t i = 0; i < policy->nrules; i++)
        if (policy->rule[i].stage == stage && strcmp(policy->rule[i].policy, policy->name) == 0)
            last = &policy->rule[i];
    if (!last || !iso_policy_stage_gap(&gap, policy, stage))
        return;
    for (unsigned i = 0; i < ISO_POLICY_INPUT_COUNT; i++) {
        const struct iso_policy_input_row *row = iso_policy_input_at((enum iso_policy_input)i);
        if (gap.allowed[i] == iso_policy_input_mask((enum iso_policy_input)i))
            continue;
        iso_buffer_format(&text, "%s%s: ", text.size ? ", " : "", row->name);
        for (size_t v = 0, n = 0; v < row->nvalues; v++)
            if ((unsigned)gap.allowed[i] >> v & 1u)
                iso_buffer_format(&text, "%s%s", n++ ? "|" : "", row->values[v]);
    }
    iso_diags_add(diags, true, last->path, last->line, last->column,
                  "stage %s has no rule for %s: such a mapping is UNKNOWN", iso_policy_stage_name(stage),
                  iso_buffer_string(&text));
    iso_buffer_free(&text);
}

static void lint_policy(struct iso_diags *diags, const char *path, const char *data_folder)
{
    struct iso_policy_file *file;
    if (iso_policy_load(&file, diags, path, data_folder) != 0)
        return;
    for (unsigned s = 0; s < ISO_POLICY_STAGE_COUNT; s++)
        warn_gap(diags, &file->policy, (enum iso_policy_stage)s);
    iso_policy_file_free(file);
}

static void lint_symptoms(struct iso_diags *diags, const char *path)
{
    struct iso_symptom_file *file;
    if (iso_symptoms_load(&file, diags, path) == 0)
        iso_symptoms_free(file);
}

static void lint_file(struct iso_diags *diags, const char *path, const struct iso_machine *machine,
                      const char *data_folder)
{
    if ((ends_in(path, ".yaml") || ends_in(path, ".yml")) && has_waivers(path)) {
        lint_waivers(diags, path);
    } else if ((ends_in(path, ".yaml") || ends_in(path, ".yml")) && iso_policy_file_looks(path)) {
        lint_policy(diags, path, data_folder);
    } else if ((ends_in(path, ".yaml") || ends_in(path, ".yml")) && iso_symptoms_file_looks(path)) {
        lint_symptoms(diags, path);
    } else if (ends_in(path, ".yaml") || ends_in(path, ".yml")) {
        struct iso_machine_file *file;
        if (iso_machine_load(&file, diags, path) == 0)
            iso_machine_file_free(file);
    } else if (ends_in(path, ".json")) {
        struct iso_report *report;
        if (iso_report_read(&report, diags, path) == 0)
            iso_report_free(report);
    } else if (ends_in(path, ".litmus")) {
        struct iso_scenario scenario;
        if (iso_scenario_read(&scenario, diags, path) == 0) {
            if (iso_scenario_check(diags, &scenario) == 0)
                lint_scenario(diags, &scenario, machine);
            iso_scenario_free(&scenario);
        }
    } else {
        iso_diags_add(diags, false, path, 0, 0,
                      "cannot tell what this is; expected a name in .yaml (machine, policy, symptoms or waivers), "
                      ".litmus (scenario) or "
                      ".json (report)");
    }
}

/* A folder stands for its machines, policies and scenarios. */
static int lint_operand(const char *path, const struct iso_machine *machine, const char *data_folder, size_t *files)
{
    static const char *const suffixes[] = {".yaml", ".litmus"};
    struct iso_diags diags = {0};
    if (!iso_file_is_directory(path)) {
        ++*files;
        lint_file(&diags, path, machine, data_folder);
        return iso_cli_report(&diags);
    }
    int status = 0;
    for (size_t s = 0; s < 2; s++) {
        char **list = NULL;
        size_t count = 0;
        iso_file_find(&list, &count, &diags, path, suffixes[s]);
        status |= iso_cli_report(&diags);
        for (size_t i = 0; i < count; i++) {
            struct iso_diags one = {0};
            ++*files;
            lint_file(&one, list[i], machine, data_folder);
            status |= iso_cli_report(&one);
            free(list[i]);
        }
        free(list);
    }
    return status;
}

static int print_schema(const struct iso_cli *cli, const char *name)
{
    struct iso_buffer text = {0}, path = {0};
    struct iso_diags diags = {0};
    int status = ISO_EXIT_CLEAN;
    if (strcmp(name, "machine") == 0) {
        iso_machine_schema(&text);
        fwrite(text.data, 1, text.size, stdout);
    } else if (strcmp(name, "policy") == 0) {
        iso_policy_schema(&text);
        fwrite(text.data, 1, text.size, stdout);
    } else if (strcmp(name, "report") == 0 || strcmp(name, "baseline") == 0 || strcmp(name, "gate") == 0 ||
               strcmp(name, "waivers") == 0 || strcmp(name, "symptoms") == 0 || strcmp(name, "cost") == 0 ||
               strcmp(name, "policy-answers") == 0) {
        char *data;
        size_t size;
        iso_buffer_format(&path, "%s/reports/schema/%s.schema.json", cli->data_folder, name);
        if (iso_file_read(&data, &size, &diags, path.data, ISO_FILE_MAX_BYTES) == 0) {
            fwrite(data, 1, size, stdout);
            free(data);
        }
        status = iso_cli_report(&diags);
    } else {
        status = iso_cli_usage(
            cli,
            "--schema is \"%s\"; expected machine, policy, policy-answers, symptoms, report, baseline, gate, cost "
            "or waivers",
            name);
    }
    iso_buffer_free(&text);
    iso_buffer_free(&path);
    return status;
}

static int run_lint(const struct iso_cli *cli, int argc, char **argv)
{
    struct options o = {0};
    struct iso_strings operands = {0};
    struct iso_machine_file *machine = NULL;
    struct iso_diags diags = {0};
    struct iso_buffer path = {0};
    size_t files = 0;
    int parsed = iso_cli_options(&o, &operands, cli, argc, argv), status = parsed > 0 ? ISO_EXIT_USAGE : ISO_EXIT_CLEAN;

    if (parsed == 0 && o.schema) {
        status = print_schema(cli, o.schema);
    } else if (parsed == 0 && !operands.count) {
        status = iso_cli_usage(cli, "nothing to check; expected machines, policies, scenarios or folders of them");
    } else if (parsed == 0) {
        if (o.machine && (iso_machine_path(&path, &diags, o.machine, cli->data_folder) != 0 ||
                          iso_machine_load(&machine, &diags, path.data) != 0))
            status = iso_cli_report(&diags);
        for (size_t i = 0; machine || !o.machine ? i < operands.count : false; i++)
            status |= lint_operand(operands.list[i], machine ? &machine->machine : NULL, cli->data_folder, &files);
        if (status == 0 && !files)
            status = ISO_EXIT_VACUOUS;
        if (status == 0)
            printf("%zu file%s good\n", files, files == 1 ? "" : "s");
    }
    iso_machine_file_free(machine);
    iso_buffer_free(&path);
    iso_strings_free(&operands);
    return status;
}

static const struct iso_option options[] = {
    {"schema", ISO_OPTION_TEXT, offsetof(struct options, schema), "NAME",
     "machine policy policy-answers symptoms report baseline gate cost waivers",
     "print the JSON Schema of machine files, policies, symptoms, waivers, reports, baselines, or of what gate, cost "
     "and policy answer"},
    {"machine", ISO_OPTION_TEXT, offsetof(struct options, machine), "NAME|FILE", "@machine",
     "check the tiers that scenarios name against this machine"},
};

const struct iso_verb iso_verb_lint = {
    .name = "lint",
    .operands = "FILE|FOLDER...",
    .summary = "check machines, policies, scenarios, waivers and reports: shape, then meaning",
    .examples = "isotier lint models/machines models/policies scenarios\nisotier lint --machine default "
                "my.litmus\nisotier lint "
                "--schema machine > machine.schema.json",
    .options = options,
    .noptions = sizeof options / sizeof options[0],
    .run = run_lint,
};
