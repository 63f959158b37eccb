/* `isotier show`: a scenario as parsed, or composed with the kernel's thread, as litmus text that other tools read where they can.
 * Not for: running. */
#include "sim/cli.h"

#include "sim/run.h"

#include <stdio.h>
#include <stdlib.h>

struct options {
    bool composed, sequences, setup;
    const char *sequence;
    struct iso_strings migrate;
};

static void print_test(const struct iso_test *test)
{
    size_t size = iso_litmus_text(NULL, 0, test) + 1;
    char *text = iso_allocate(size);
    iso_litmus_text(text, size, test);
    fputs(text, stdout);
    free(text);
}

static int show_file(const struct options *o, struct iso_run *run, const char *path)
{
    struct iso_diags diags = {0};
    struct iso_scenario scenario;
    if (iso_scenario_read(&scenario, &diags, path) == 0) {
        struct iso_composition composition = {0};
        if (!o->composed)
            print_test(scenario.test);
        else if (iso_run_compose(&composition, &diags, run, &scenario) == 0 && !composition.test)
            iso_diags_add(&diags, false, path, 0, 0, "nothing migrates; expected a Migrate= line, or --migrate");
        else if (composition.test)
            print_test(composition.test);
        iso_composition_free(&composition);
        iso_scenario_free(&scenario);
    }
    return iso_cli_report(&diags);
}

static void print_sequences(void)
{
    for (size_t i = 0; iso_migration_at(i); i++) {
        const struct iso_migration *m = iso_migration_at(i);
        printf("%-22s %s%s%s\n", m->name, m->what, m->base ? "; differs from " : "", m->base ? m->base : "");
        for (size_t k = 0; k < m->nrows; k++)
            printf("    %-16s %s%s\n", iso_migration_step_name(m->row[k].step), m->row[k].citation,
                   m->row[k].if_source_tagged    ? ", if tagged"
                   : m->row[k].if_mapping_tagged ? ", if mapped tagged"
                                                 : "");
    }
}

static int run_show(const struct iso_cli *cli, int argc, char **argv)
{
    struct options o = {.sequence = "base"};
    struct iso_strings operands = {0};
    struct iso_run run = {0};
    int parsed = iso_cli_options(&o, &operands, cli, argc, argv), status = parsed > 0 ? ISO_EXIT_USAGE : ISO_EXIT_CLEAN;

    if (parsed == 0 && o.sequences) {
        print_sequences();
    } else if (parsed == 0) {
        run.sequence = iso_migration_find(o.sequence);
        run.migrate = o.migrate;
        if (!run.sequence)
            status = iso_cli_usage(
                cli, "--sequence is \"%s\"; `isotier show --sequences` lists the migration sequences", o.sequence);
        else if (!operands.count)
            status = iso_cli_usage(cli, "nothing to show; expected litmus files");
        for (size_t i = 0; run.sequence && i < operands.count; i++)
            status |= show_file(&o, &run, operands.list[i]);
    }
    iso_strings_free(&operands);
    iso_strings_free(&o.migrate);
    return status;
}

static const struct iso_option options[] = {
    {"composed", ISO_OPTION_FLAG, offsetof(struct options, composed), NULL, NULL, "with the kernel's thread"},
    {"migrate", ISO_OPTION_LIST, offsetof(struct options, migrate), "LIST", "all",
     "locations whose page moves, x or x:P0:L1; all (default: Migrate= lines)"},
    {"sequence", ISO_OPTION_TEXT, offsetof(struct options, sequence), "NAME", NULL,
     "migration sequence (default: base)"},
    {"sequences", ISO_OPTION_FLAG, offsetof(struct options, sequences), NULL, NULL,
     "list the migration sequences, step by step"},
};

const struct iso_verb iso_verb_show = {
    .name = "show",
    .operands = "FILE...",
    .summary = "print a scenario as parsed, or composed with the kernel's migration thread",
    .examples = "isotier show scenarios/migration/ticket-lock-migrate.litmus\nisotier show --composed --migrate x "
                "MP.litmus\nisotier show --sequences",
    .options = options,
    .noptions = sizeof options / sizeof options[0],
    .run = run_show,
};
