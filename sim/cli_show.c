/* `isotier show`: a scenario as parsed, or composed with the kernel's thread, as litmus text that other tools read where they can.
 * Not for: running. */
#include "models/migration_trigger.h"
#include "sim/cli.h"

#include "sim/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    bool composed, plain, sequences, triggers;
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

/* What a composition holds that the herd tools cannot express; NULL: nothing. */
static const char *not_plain(const struct iso_scenario *scenario, const struct iso_test *test)
{
    bool exclusive = false, clears = false;
    if (scenario->tagged)
        return "it uses allocation tags, which no other tool has together with translation; expected a scenario "
               "without tags";
    for (uint32_t p = 0; p < test->npages; p++)
        if (test->page[p].nlocations > 1)
            return "several locations share a page (Layout=), and other tools give each a page of its own; expected "
                   "one a page";
    for (uint32_t p = 1; p < test->npages; p++)
        if (test->page[p].va == test->page[p - 1].va + ISO_PAGE_BYTES)
            return "a page lies directly behind another (Layout=), and other tools keep them apart; expected pages "
                   "with no place";
    for (uint32_t p = 0; p < test->npages; p++)
        if (iso_test_page_is_code(test, p))
            return "it moves or maps a page of code, and other tools translate no fetches; expected pages of data";
    for (uint32_t t = 0; t < test->nthreads; t++)
        for (uint32_t i = 0; i < test->thread[t].ninsns; i++) {
            exclusive |= test->thread[t].insn[i].cls == ISO_INSN_LOAD_EXCLUSIVE;
            clears |= test->thread[t].insn[i].cls == ISO_INSN_CLREX;
            if (test->thread[t].insn[i].cls == ISO_INSN_ZERO)
                return "it has DC ZVA, which the herd tools do not know";
        }
    if (test->has_guest)
        return "it has a guest under two stages, which other tools do not know";
    if (exclusive && clears)
        return "the move at a label clears the monitor (CLREX) of a scenario with exclusives, which other tools do not "
               "model";
    return NULL;
}

/* For the herd tools: without our info lines, and showing the frames that pages move to, for there [x] is the frame that x starts in. */
static void print_plain(const struct iso_composition *composition)
{
    struct iso_test test = *composition->test;
    const char *const statement[] = {test.filter_text, test.condition_text}, *const head[] = {"filter ", ""};
    struct iso_buffer text = {0};
    test.nsubjects = test.nrules = test.nplaces = test.nmigrates = test.nmprotects = 0;
    test.filter_text = test.condition_text = "";
    size_t size = iso_litmus_text(NULL, 0, &test) + 1;
    char *body = iso_allocate(size), *locations;
    iso_litmus_text(body, size, &test);
    for (char *clear = strstr(body, "CLREX"); clear; clear = strstr(clear, "CLREX"))
        memcpy(clear, "NOP  ", 5); /* no monitor to clear */
    locations = strstr(body, "\nlocations [");
    if (locations)
        locations[0] = 0;
    if (locations) {
        const char *list = locations + strlen("\nlocations [");
        iso_buffer_format(&text, "%s\nlocations [%.*s", body, (int)strcspn(list, "]"), list);
    } else {
        iso_buffer_format(&text, "%slocations [", body);
    }
    for (uint32_t p = 0; p < test.npages; p++)
        for (uint32_t l = 0; composition->role[p] == ISO_PAGE_DESTINATION && l < test.page[p].nlocations; l++)
            iso_buffer_format(&text, "%s;", test.location[test.page[p].location + l].name);
    iso_buffer_add(&text, "]\n");
    for (size_t i = 0; i < 2; i++)
        if (statement[i] && *statement[i])
            iso_buffer_format(&text, "%s%s\n", head[i], statement[i]);
    fputs(text.data, stdout);
    iso_buffer_free(&text);
    free(body);
}

static void print_composed(const struct options *o, struct iso_diags *diags, const struct iso_scenario *scenario,
                           const struct iso_composition *composition)
{
    struct iso_test test = *composition->test;
    const char *reason = o->plain ? not_plain(scenario, composition->test) : NULL;
    if (reason) {
        iso_diags_add(diags, false, scenario->path, 1, 1, "cannot be written for other tools: %s", reason);
    } else if (o->plain) {
        print_plain(composition);
    } else {
        test.nmigrates = test.nmprotects = 0; /* done */
        print_test(&test);
    }
}

static int show_file(const struct options *o, struct iso_run *run, const char *path)
{
    struct iso_diags diags = {0};
    struct iso_scenario scenario;
    if (iso_scenario_read(&scenario, &diags, path) == 0) {
        struct iso_composition composition = {0};
        if (!o->composed)
            print_test(scenario.test);
        else if (iso_run_compose(&composition, &diags, run, &scenario, run->sequence) == 0 && !composition.test)
            iso_diags_add(&diags, false, path, 1, 1,
                          "nothing migrates and no error strikes; expected a Migrate= or Inject= line, or --migrate");
        else if (composition.test)
            print_composed(o, &diags, &scenario, &composition);
        iso_composition_free(&composition);
        iso_scenario_free(&scenario);
    }
    return iso_cli_report(&diags);
}

static void print_sequences(void)
{
    for (size_t i = 0; iso_migration_at(i); i++) {
        const struct iso_migration *m = iso_migration_at(i);
        printf("%-26s %s (%s%s%s)\n", m->name, m->what, iso_migration_standing_name(m->standing),
               m->base ? "; differs from " : "", m->base ? m->base : "");
        if (m->invisible)
            printf("    no program can see it: %s\n", m->invisible);
        for (size_t k = 0; k < m->nrows; k++)
            printf("    %-16s %s%s\n", iso_migration_step_name(m->row[k].step), m->row[k].citation,
                   m->row[k].if_source_tagged     ? ", if tagged"
                   : m->row[k].if_source_untagged ? ", if untagged"
                   : m->row[k].if_mapping_tagged  ? ", if mapped tagged"
                                                  : "");
    }
}

static void print_triggers(void)
{
    for (unsigned t = 0; t < ISO_POLICY_TRIGGER_COUNT; t++) {
        const struct iso_trigger *trigger = iso_trigger_at((enum iso_policy_trigger)t);
        printf("%-15s to %-24s %s\n%-15s    %s\n", trigger->name, iso_trigger_target_name(trigger->target),
               trigger->what, "", trigger->citation);
    }
}

static int run_show(const struct iso_cli *cli, int argc, char **argv)
{
    struct options o = {0};
    struct iso_strings operands = {0};
    struct iso_run run = {0};
    int parsed = iso_cli_options(&o, &operands, cli, argc, argv), status = parsed > 0 ? ISO_EXIT_USAGE : ISO_EXIT_CLEAN;

    if (parsed == 0 && o.sequences) {
        print_sequences();
    } else if (parsed == 0 && o.triggers) {
        print_triggers();
    } else if (parsed == 0) {
        o.composed |= o.plain || o.sequence || o.migrate.count; /* neither means anything without */
        o.sequence = o.sequence ? o.sequence : "base";
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
    {"composed", ISO_OPTION_FLAG, offsetof(struct options, composed), NULL, NULL,
     "with the kernel's thread (--plain, --migrate and --sequence imply it)"},
    {"plain", ISO_OPTION_FLAG, offsetof(struct options, plain), NULL, NULL,
     "for other tools: no info lines of ours, and the frames that pages move to among the locations"},
    {"migrate", ISO_OPTION_LIST, offsetof(struct options, migrate), "LIST", "all",
     "pages that move, x, x:P0:L1 or P0:f (code); all (default: Migrate= lines)"},
    {"sequence", ISO_OPTION_TEXT, offsetof(struct options, sequence), "NAME", NULL,
     "migration sequence (default: base)"},
    {"sequences", ISO_OPTION_FLAG, offsetof(struct options, sequences), NULL, NULL,
     "list the migration sequences, step by step"},
    {"triggers", ISO_OPTION_FLAG, offsetof(struct options, triggers), NULL, NULL,
     "list what makes the kernel move pages, and to which tiers"},
};

const struct iso_verb iso_verb_show = {
    .name = "show",
    .operands = "FILE...",
    .summary = "print a scenario as parsed, or composed with the kernel's migration thread",
    .examples = "isotier show scenarios/migration/ticket-lock-migrate.litmus\nisotier show --composed --migrate x "
                "MP.litmus\nisotier show --plain scenarios/migration/store-then-migrate.litmus "
                ">t.litmus; isotier outcomes t.litmus; herd7 t.litmus\nisotier show --sequences",
    .options = options,
    .noptions = sizeof options / sizeof options[0],
    .run = run_show,
};
