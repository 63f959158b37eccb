/* Dispatch: built-in verbs, verbs of the harness (isotier-VERB, as git does), --version, --help.
 * Not for: options of a verb (cli_options.c). Not modelled: aliases, configuration files. */
#include "sim/cli.h"

#include "sim/buffer.h"
#include "sim/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct iso_verb *const verbs[] = {
    &iso_verb_run,     &iso_verb_outcomes, &iso_verb_show,      &iso_verb_decide, &iso_verb_policy,
    &iso_verb_explain, &iso_verb_cost,     &iso_verb_symptoms,  &iso_verb_gate,   &iso_verb_baseline,
    &iso_verb_surface, &iso_verb_lint,     &iso_verb_completion};

const struct iso_verb *iso_verb_at(size_t i)
{
    return i < sizeof verbs / sizeof verbs[0] ? verbs[i] : NULL;
}

static void print_help(void)
{
    printf("usage: isotier VERB [OPTION...] [OPERAND...]\n\nCan a program tell which memory tier its page is on?\n\n");
    for (size_t i = 0; iso_verb_at(i); i++)
        printf("  %-12s %s\n", verbs[i]->name, verbs[i]->summary);
    printf("  %-12s %s\n", "VERB",
           "any other verb runs the program isotier-VERB beside this one, in ../libexec/isotier, or on PATH");
    printf("\n`isotier VERB --help` has options and examples. Exit status, a bitmask: 0 clean, 1 tool error, 2 bad "
           "usage or input,\n"
           "4 changed, 8 divergence, 16 inconclusive, 32 nothing was observed.\n");
}

/* Folder with models/machines: $ISOTIER_DATA, the source tree around the build folder, the current directory, or share/isotier. */
static char *find_data_folder(void)
{
    static const char *const below[] = {"/../..", "/..", "/../share/isotier"};
    const char *named = getenv("ISOTIER_DATA");
    struct iso_buffer probe = {0};
    char *found = NULL;

    if (named && *named)
        return iso_duplicate(named);
    char *folder = iso_file_program_folder();
    for (size_t i = 0; !found && i < sizeof below / sizeof below[0]; i++) {
        iso_buffer_clear(&probe);
        iso_buffer_format(&probe, "%s%s/models/machines", folder, below[i]);
        if (iso_file_is_directory(probe.data)) {
            iso_buffer_clear(&probe);
            iso_buffer_format(&probe, "%s%s", folder, below[i]);
            found = iso_duplicate(probe.data);
        }
    }
    free(folder);
    iso_buffer_free(&probe);
    return found ? found : iso_duplicate(".");
}

/* Never returns if the program exists. */
static void run_external(const char *verb, char **argv)
{
    static const char *const below[] = {"/", "/../libexec/isotier/"};
    struct iso_buffer path = {0};
    char *folder = iso_file_program_folder();
    for (size_t i = 0; i < 2; i++) {
        iso_buffer_clear(&path);
        iso_buffer_format(&path, "%s%sisotier-%s", folder, below[i], verb);
        if (access(path.data, X_OK) == 0)
            execv(path.data, argv);
    }
    iso_buffer_clear(&path);
    iso_buffer_format(&path, "isotier-%s", verb);
    execvp(path.data, argv);
    free(folder);
    iso_buffer_free(&path);
}

static bool is_plain_word(const char *verb)
{
    return *verb && strspn(verb, "abcdefghijklmnopqrstuvwxyz0123456789-_") == strlen(verb) && verb[0] != '-';
}

int iso_cli_main(int argc, char **argv)
{
    struct iso_cli cli = {.program = argc ? argv[0] : "isotier"};
    const char *verb = argc > 1 ? argv[1] : NULL;

    if (!verb || strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0 || (strcmp(verb, "help") == 0 && argc == 2)) {
        print_help();
        return verb ? ISO_EXIT_CLEAN : ISO_EXIT_USAGE;
    }
    if (strcmp(verb, "--version") == 0)
        return iso_cli_version();
    if (strcmp(verb, "help") == 0) {
        for (size_t i = 0; iso_verb_at(i); i++)
            if (strcmp(verbs[i]->name, argv[2]) == 0) {
                iso_cli_help(verbs[i]);
                return ISO_EXIT_CLEAN;
            }
        verb = argv[2];
        return iso_cli_usage(&cli, "there is no built-in verb \"%s\"; `isotier --help` lists them", verb);
    }
    for (size_t i = 0; iso_verb_at(i); i++)
        if (strcmp(verbs[i]->name, verb) == 0) {
            char *data_folder = find_data_folder();
            cli.data_folder = data_folder;
            cli.verb = verbs[i];
            int status = iso_cli_run(&cli, argc - 2, argv + 2);
            free(data_folder);
            return status;
        }
    if (is_plain_word(verb))
        run_external(verb, argv + 1);
    return iso_cli_usage(&cli,
                         "there is no verb \"%s\" and no program isotier-%s on PATH; `isotier --help` lists the verbs",
                         verb, is_plain_word(verb) ? verb : "VERB");
}
