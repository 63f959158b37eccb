/* `isotier explain`: runs one cell of a report again and says why it is as it is. Not for: many cells (run). */
#include "sim/cli.h"

#include "sim/explain.h"
#include "sim/file.h"
#include "sim/policy_answer.h"
#include "sim/report.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct options {
    const char *machine, *scenario, *policy, *dot, *svg, *trace;
    bool no_search;
};

struct subject {
    const struct options *o;
    const struct iso_cli *cli;
    struct iso_report *report;
    const struct iso_report_cell *cell;
    struct iso_machine_file *machine;
    struct iso_policy_file *policy;
    const struct iso_policy_file *policies[1];
    struct iso_run run;
};

static const struct iso_report_cell *find_cell(struct iso_diags *diags, const struct iso_report *report,
                                               const char *path, const char *id)
{
    const struct iso_report_cell *found = NULL;
    size_t matches = 0;
    for (size_t i = 0; i < report->ncells; i++) {
        if (strcmp(report->cell[i].id, id) == 0)
            return &report->cell[i];
        if (strstr(report->cell[i].id, id)) {
            found = &report->cell[i];
            matches++;
        }
    }
    if (matches == 1)
        return found;
    if (matches)
        iso_diags_add(diags, false, path, 0, 0, "%zu cells have \"%s\" in their id, such as %s; expected a whole id",
                      matches, id, found->id);
    else
        iso_diags_add(diags, false, path, 0, 0, "no cell \"%s\"; expected an id such as %s", id,
                      report->ncells ? report->cell[0].id : "SCENARIO@TIER:ATTRIBUTE");
    return NULL;
}

/* Where the scenario of an id is: --scenario, scenarios/ID.litmus here or in the data folder, ID.litmus. */
static int find_scenario(struct iso_buffer *out, struct iso_diags *diags, const struct subject *s)
{
    const char *const roots[] = {"scenarios/", s->cli->data_folder, "", "../"};
    if (s->o->scenario) {
        iso_buffer_add(out, s->o->scenario);
        return 0;
    }
    for (size_t i = 0; i < 4; i++) {
        iso_buffer_clear(out);
        iso_buffer_format(out, "%s%s%s.litmus", roots[i], i == 1 ? "/scenarios/" : "", s->cell->scenario);
        if (iso_file_exists(out->data))
            return 0;
    }
    iso_diags_add(diags, false, s->cell->scenario, 0, 0,
                  "scenario not found below scenarios/; expected --scenario FILE");
    return -1;
}

static int load(struct subject *s, struct iso_diags *diags)
{
    struct iso_buffer path = {0};
    int status =
        iso_machine_path(&path, diags, s->o->machine ? s->o->machine : s->report->machine, s->cli->data_folder);
    if (status == 0)
        status = iso_machine_load(&s->machine, diags, path.data);
    if (status == 0 && strcmp(s->machine->sha256, s->report->machine_sha256) != 0)
        iso_diags_add(diags, true, path.data, 0, 0, "machine has changed since the report was made");
    iso_buffer_clear(&path);
    if (status == 0)
        status = find_scenario(&path, diags, s);
    if (status == 0) {
        s->run.scenario = iso_allocate(sizeof *s->run.scenario);
        status = iso_scenario_read(s->run.scenario, diags, path.data);
        s->run.nscenarios = status == 0;
    }
    if (status == 0) {
        const char *sha256 = iso_report_scenario_sha256(s->report, s->cell->scenario);
        if (!sha256 || strcmp(sha256, s->run.scenario->sha256) != 0)
            iso_diags_add(diags, true, path.data, 0, 0, "scenario has changed since the report was made");
    }
    iso_buffer_free(&path);
    return status;
}

/* The cell as its policy makes it: its attribute alone would not say what becomes of a fault. 0; -1 with diagnostics. */
static int plan_policy(struct subject *s, struct iso_diags *diags, const struct iso_strings *tiers)
{
    const struct iso_mapping *mapping = iso_mapping_find(s->cell->mapping);
    const char *name = s->o->policy ? s->o->policy : s->cell->policy;
    struct iso_policy_plan plan = {
        .policy = s->policies, .npolicies = 1, .mapping = &mapping, .nmappings = 1, .keep_sequence = true};
    char *vm = iso_duplicate(s->report->vm ? s->report->vm : ""), *saved = NULL;
    size_t kept = 0;
    int status = 0;
    for (char *word = strtok_r(vm, ",", &saved); word; word = strtok_r(NULL, ",", &saved))
        iso_policy_vm_set(&plan.vm, word);
    free(vm);
    if (!mapping) {
        iso_diags_add(diags, false, s->cell->id, 0, 0, "mapping \"%s\" of this cell is not known", s->cell->mapping);
        return -1;
    }
    if (iso_policy_open(&s->policy, diags, name, s->cli->data_folder) != 0) {
        if (!s->o->policy)
            iso_diags_add(diags, false, s->cell->id, 0, 0,
                          "its policy is not among the bundled ones; expected --policy FILE");
        return -1;
    }
    size_t at = iso_report_policy_find(s->report, s->cell->policy);
    if (strcmp(s->report->policy[at].sha256, s->policy->sha256) != 0)
        iso_diags_add(diags, true, name, 0, 0, "policy has changed since the report was made");
    s->policies[0] = s->policy;
    status = iso_run_plan_policies(&s->run, diags, tiers, &plan);
    for (size_t i = 0; i < s->run.ncells; i++)
        if (strcmp(s->run.cell[i].attribute_name, s->cell->attribute) == 0)
            s->run.cell[kept++] = s->run.cell[i];
    s->run.ncells = kept;
    if (status == 0 && kept != 1) {
        iso_diags_add(diags, false, s->cell->id, 0, 0,
                      "the policy no longer gives %s here; expected a report that is current", s->cell->attribute);
        status = -1;
    }
    return status;
}

/* The run that made the cell, narrowed to it. The migration reads "x y:P0:L (base)". */
static int plan(struct subject *s, struct iso_diags *diags, char **words)
{
    struct iso_strings tiers = {0}, attributes = {0};
    char *saved = NULL;
    s->run.machine = s->machine;
    s->run.engines =
        ((s->report->exhaustive ? ISO_ENGINE_EXHAUSTIVE : 0u) | (s->report->timed ? ISO_ENGINE_TIMED : 0u)) &
        iso_engines_linked();
    if (!s->run.engines)
        s->run.engines = iso_engines_linked();
    s->run.seed = s->report->seed;
    s->run.seeds = (uint32_t)s->report->seeds;
    s->run.sequence = iso_migration_find("base");
    *words = iso_duplicate(s->cell->migration ? s->cell->migration : "none");
    for (char *word = strtok_r(*words, " ", &saved); word; word = strtok_r(NULL, " ", &saved)) {
        size_t size = strlen(word);
        if (word[0] == '(' && size > 2) {
            word[size - 1] = 0;
            s->run.sequence = iso_migration_find(word + 1);
        } else {
            iso_strings_add(&s->run.migrate, word);
        }
    }
    iso_strings_add(&tiers, s->cell->tier);
    iso_strings_add(&attributes, s->cell->attribute);
    int status = 0;
    if (!s->run.sequence) {
        iso_diags_add(diags, false, s->cell->id, 0, 0,
                      "migration sequence of this cell is not known; `isotier show --sequences` lists them");
        status = -1;
    }
    if (status == 0 && s->cell->mapping && s->cell->policy)
        status = plan_policy(s, diags, &tiers);
    else if (status == 0)
        status = iso_run_plan(&s->run, diags, &tiers, &attributes);
    if (status == 0 && s->cell->mapping &&
        s->run.ncells == 1) /* the attribute was derived: the cell keeps its own name */
        s->run.cell[0].id = s->cell->id;
    iso_strings_free(&tiers);
    iso_strings_free(&attributes);
    return status;
}

static int write_file(const char *path, const struct iso_buffer *text)
{
    struct iso_diags diags = {0};
    int status = iso_file_write(&diags, path, iso_buffer_string(text), text->size) == 0 ? 0 : ISO_EXIT_ERROR;
    iso_cli_report(&diags);
    return status;
}

/* dot -Tsvg, fed through a pipe. */
static int write_svg(const char *path, const struct iso_buffer *dot)
{
    int ends[2], status = 0;
    char option[] = "-Tsvg", program[] = "dot", out[] = "-o";
    char *target = iso_duplicate(path);
    char *arguments[] = {program, option, out, target, NULL};
    pid_t pid = -1;
    if (pipe(ends) == 0 && (pid = fork()) == 0) {
        dup2(ends[0], STDIN_FILENO);
        close(ends[0]), close(ends[1]);
        execvp("dot", arguments);
        _exit(127);
    }
    free(target);
    if (pid < 0)
        return ISO_EXIT_ERROR;
    close(ends[0]);
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before; /* where there is no dot, nobody may read any more */
    sigaction(SIGPIPE, &ignore, &before);
    FILE *stream = fdopen(ends[1], "w");
    if (stream) {
        fwrite(dot->data, 1, dot->size, stream);
        fclose(stream);
    }
    sigaction(SIGPIPE, &before, NULL);
    waitpid(pid, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    fprintf(stderr, "isotier explain: dot (graphviz) did not make %s\n", path);
    return ISO_EXIT_ERROR;
}

/* The first seed of the report that shows the witness, run again with a timeline. */
static int write_trace(const struct subject *s, struct iso_judge *judge, const struct iso_machine *machine,
                       const struct iso_judgement *j)
{
    const struct iso_cell *cell = &s->run.cell[0];
    const char *wanted =
        j->against_reference.nfresh ? iso_evaluation_set(j->cell)->list[j->against_reference.witness].text : NULL;
    struct iso_setup *setup = iso_allocate(sizeof *setup);
    struct iso_diags diags = {0};
    int status = ISO_EXIT_VACUOUS;
    if (iso_cell_setup(setup, &diags, judge->scenario, judge->composition.test ? &judge->composition : NULL, machine,
                       cell, cell->tier, &cell->attribute) != 0)
        status = iso_cli_report(&diags);
    for (uint64_t seed = s->run.seed; status == ISO_EXIT_VACUOUS && seed < s->run.seed + s->run.seeds; seed++) {
        struct iso_platform_options options = {.first_seed = seed, .runs = 1};
        struct iso_platform_stats stats = {0};
        struct iso_outcome_set set;
        iso_outcome_set_init(&set);
        if (iso_engine_timed(&set, &stats, &diags, setup, &options) != 0) {
            status = iso_cli_report(&diags);
        } else if (set.count && (!wanted || strcmp(set.list[0].text, wanted) == 0)) {
            options.trace_path = s->o->trace;
            iso_outcome_set_free(&set);
            iso_outcome_set_init(&set);
            status =
                iso_engine_timed(&set, &stats, &diags, setup, &options) == 0 ? ISO_EXIT_CLEAN : iso_cli_report(&diags);
            printf("timeline of seed %llu: %s\n", (unsigned long long)seed, s->o->trace);
        }
        iso_outcome_set_free(&set);
    }
    if (status == ISO_EXIT_VACUOUS)
        fprintf(stderr, "isotier explain: none of %u seeds shows the witness; no timeline\n", s->run.seeds);
    free(setup);
    return status;
}

static void print_minimal(struct iso_judge *judge, const struct iso_machine *machine, const struct iso_cell *cell)
{
    struct iso_minimal *minimal = iso_allocate(sizeof *minimal);
    struct iso_buffer text = {0};
    iso_explain_minimal(minimal, judge, machine, cell, ISO_MINIMAL_OF_ONE_CELL);
    iso_minimal_text(&text, machine, cell, minimal);
    fwrite(text.data, 1, text.size, stdout);
    iso_buffer_free(&text);
    free(minimal);
}

/* A cell that hangs on unknown settings: each way they may turn out, a line each. */
static int explain_unknown(const struct subject *s, struct iso_judge *judge)
{
    struct iso_cell_summary summary;
    struct iso_buffer text = {0};
    iso_cell_run(&summary, &text, judge, 0);
    json_t *cell = json_loadb(text.data, text.size, 0, NULL), *values = json_object_get(cell, "unknown_values"), *value;
    const char *key;
    printf("%s\n%s: the machine leaves unknown%s\n\n", s->run.cell[0].id,
           iso_verdict_name((enum iso_verdict)summary.verdict), summary.unknown);
    for (size_t i = 0; i < json_array_size(values); i++) {
        json_t *way = json_array_get(values, i);
        const char *kind = json_string_value(json_object_get(way, "class"));
        printf("  %s%s%s  if", json_string_value(json_object_get(way, "verdict")), kind ? " " : "", kind ? kind : "");
        json_object_foreach(json_object_get(way, "values"), key, value) printf(" %s=%s", key, json_string_value(value));
        printf("\n");
    }
    json_decref(cell);
    iso_buffer_free(&text);
    return ISO_EXIT_INCONCLUSIVE;
}

/* A faulty migration: whether the sequence alone is to blame, found out by running the cell with the correct one. */
static void print_sequence(const struct subject *s, const struct iso_machine *machine)
{
    const struct iso_migration *correct = iso_migration_correct(s->run.sequence);
    struct iso_judge judge;
    struct iso_judgement judgement;
    struct iso_diags ignored = {0};
    const struct iso_cell *cell = &s->run.cell[0];
    if (iso_judge_begin(&judge, &ignored, &s->run, &s->run.scenario[0], correct) == 0 &&
        iso_judge_cell(&judgement, &ignored, &judge, machine, cell, &cell->attribute) == 0) {
        printf("\nwith the migration sequence %s in place of %s: %s\n", correct->name, s->run.sequence->name,
               iso_verdict_name(judgement.verdict));
        iso_judgement_free(&judgement);
    }
    iso_judge_end(&judge);
    iso_diags_free(&ignored);
}

/* Judges the cell, prints why it is so, and makes the files asked for. */
static int explain_judged(const struct subject *s, struct iso_judge *judge, const struct iso_machine *machine)
{
    const struct iso_cell *cell = &s->run.cell[0];
    struct iso_diags diags = {0};
    struct iso_judgement judgement;
    struct iso_explained explained = {0};
    struct iso_buffer text = {0};
    int status = 0;
    if (iso_judge_cell(&judgement, &diags, judge, machine, cell, &cell->attribute) != 0)
        return iso_cli_report(&diags);
    if (iso_engines_linked() & ISO_ENGINE_EXHAUSTIVE)
        iso_explain_witness(&explained, &diags, judge, machine, cell, &judgement);
    iso_explain_text(&text, judge, machine, cell, &judgement, &explained);
    fwrite(text.data, 1, text.size, stdout);
    iso_buffer_clear(&text);
    iso_explain_dot(&text, judge, machine, cell, &explained);
    if (s->o->dot)
        status |= write_file(s->o->dot, &text);
    if (s->o->svg)
        status |= write_svg(s->o->svg, &text);
    if (s->o->trace)
        status |= write_trace(s, judge, machine, &judgement);
    if (judgement.verdict == ISO_VERDICT_DIVERGES && judge->correct.test)
        print_sequence(s, machine);
    if (judgement.verdict == ISO_VERDICT_DIVERGES && !s->o->no_search)
        print_minimal(judge, machine, cell);
    status |= judgement.verdict == ISO_VERDICT_DIVERGES  ? ISO_EXIT_DIVERGES
              : judgement.verdict == ISO_VERDICT_BOUNDED ? ISO_EXIT_INCONCLUSIVE
                                                         : 0;
    status |= judgement.verdict == ISO_VERDICT_MODEL_BUG ? ISO_EXIT_ERROR : 0;
    status |= iso_cli_report(&diags);
    iso_explained_free(&explained);
    iso_judgement_free(&judgement);
    iso_buffer_free(&text);
    return status;
}

static int explain(struct subject *s)
{
    const struct iso_cell *cell = &s->run.cell[0];
    const struct iso_tier *tier = &s->machine->machine.tiers[cell->tier];
    struct iso_machine *machine = iso_allocate(sizeof *machine);
    struct iso_diags diags = {0};
    struct iso_judge judge;
    struct iso_buffer values = {0};
    struct iso_refusal refusal;
    int status = iso_judge_begin(&judge, &diags, &s->run, &s->run.scenario[0], s->run.sequence) == 0 ? ISO_EXIT_CLEAN
                                                                                                     : ISO_EXIT_USAGE;

    if (status == 0 && !s->cell->mapping &&
        iso_scenario_refused(&refusal, tier, &cell->attribute, judge.composition.migrates)) {
        printf("%s\nREFUSED at %s with %s: such a page is never mapped\n", cell->id, refusal.stage, refusal.error);
    } else if (status == 0 && s->cell->verdict == ISO_VERDICT_UNKNOWN) {
        status = explain_unknown(s, &judge);
    } else if (status == 0 && iso_cell_bind(machine, &values, &diags, &judge, 0) == 0) {
        for (const char *line = values.data; line && *line; line = strchr(line, '\n') + 1)
            printf("%.*s  (unknown; each value gives the same verdict, this is the first)\n", (int)strcspn(line, "\n"),
                   line);
        status = explain_judged(s, &judge, machine);
    }
    status |= iso_cli_report(&diags);
    iso_judge_end(&judge);
    iso_buffer_free(&values);
    free(machine);
    return status;
}

/* A cell to which the policy gave no attribute: nothing was run. */
static int explain_unmapped(const struct subject *s)
{
    const struct iso_report_cell *cell = s->cell;
    bool refused = cell->verdict == ISO_VERDICT_REFUSED;
    printf("%s\n", cell->id);
    if (refused)
        printf("REFUSED at %s with %s", cell->stage ? cell->stage : "?", cell->error ? cell->error : "?");
    else
        printf("UNKNOWN: the policy gives no answer");
    for (size_t i = 0; !refused && i < iso_report_list_size(cell->unknown); i++)
        printf(" (%s)", iso_report_list_text(cell->unknown, i));
    printf(": the rules are in `isotier decide --policy %s --mapping %s --tier %s --machine %s`\n",
           cell->policy ? cell->policy : "POLICY", cell->mapping, cell->tier, s->report->machine);
    return refused ? ISO_EXIT_CLEAN : ISO_EXIT_INCONCLUSIVE;
}

static int run_explain(const struct iso_cli *cli, int argc, char **argv)
{
    struct options o = {0};
    struct subject s = {.o = &o, .cli = cli};
    struct iso_strings operands = {0};
    struct iso_diags diags = {0};
    char *words = NULL;
    int parsed = iso_cli_options(&o, &operands, cli, argc, argv), status = parsed > 0 ? ISO_EXIT_USAGE : ISO_EXIT_CLEAN;

    if (parsed == 0 && operands.count != 2) {
        status = iso_cli_usage(cli, "expected a REPORT and the id of a CELL");
    } else if (parsed == 0 && !iso_engines_linked()) {
        status = iso_cli_usage(cli, "this program was built without an engine");
    } else if (parsed == 0) {
        if (iso_report_read(&s.report, &diags, operands.list[0]) == 0)
            s.cell = find_cell(&diags, s.report, operands.list[0], operands.list[1]);
        if (s.cell && s.cell->mapping && strcmp(s.cell->attribute, "none") == 0) {
            status = iso_cli_report(&diags) | explain_unmapped(&s);
            goto end;
        }
        bool good = s.cell && load(&s, &diags) == 0 && plan(&s, &diags, &words) == 0 && s.run.ncells == 1;
        status = iso_cli_report(&diags);
        if (good && status == 0)
            status = explain(&s);
    }
end:
    if (s.report)
        iso_report_free(s.report);
    iso_run_free(&s.run);
    iso_machine_file_free(s.machine);
    iso_policy_file_free(s.policy);
    iso_strings_free(&operands);
    free(words);
    return status;
}

static const struct iso_option options[] = {
    {"dot", ISO_OPTION_TEXT, offsetof(struct options, dot), "FILE", "@file", "write the witness as a graph"},
    {"svg", ISO_OPTION_TEXT, offsetof(struct options, svg), "FILE", "@file", "the same through graphviz"},
    {"trace", ISO_OPTION_TEXT, offsetof(struct options, trace), "FILE", "@file",
     "Perfetto timeline of the first seed that shows the witness"},
    {"machine", ISO_OPTION_TEXT, offsetof(struct options, machine), "NAME|FILE", "@machine",
     "machine file (default: the bundled one of that name)"},
    {"scenario", ISO_OPTION_TEXT, offsetof(struct options, scenario), "FILE", "@file",
     "scenario file (default: scenarios/ID.litmus)"},
    {"policy", ISO_OPTION_TEXT, offsetof(struct options, policy), "NAME|FILE", "@policy",
     "the cell's policy (default: the bundled one of that name)"},
    {"no-search", ISO_OPTION_FLAG, offsetof(struct options, no_search), NULL, NULL,
     "do not search for the smallest change"},
};

const struct iso_verb iso_verb_explain = {
    .name = "explain",
    .operands = "REPORT CELL",
    .summary = "why a cell diverges: witness, deciding rule and hop, the smallest change that makes it SAME",
    .examples = "isotier explain report.json exclusives/refcount-inc@bar:nc\nisotier explain report.json "
                "exclusives/refcount-inc@bar:nc --svg witness.svg",
    .options = options,
    .noptions = sizeof options / sizeof options[0],
    .run = run_explain,
};
