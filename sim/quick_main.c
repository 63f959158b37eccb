/* The program as it is started: `outcomes` of the exhaustive engine and --version, linked statically, for a dynamic start costs more than a small test.
 * Everything else is handed over to the whole program, ../lib/isotier/isotier, with the same arguments.
 * Not for: builds with sanitizers, which have the whole program alone (main.c). Not modelled: nothing of the architecture stands here. */
#include "sim/buffer.h"
#include "sim/cli.h"
#include "sim/engines.h"
#include "sim/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool names_timed_engine(int argc, char **argv)
{
    bool named = false;
    for (int i = 2; i < argc; i++)
        named |= strstr(argv[i], "timed") != NULL;
    return named;
}

/* Only the whole program can load it. */
iso_platform_run_function *iso_timed_load(const char **why)
{
    *why = "the program that starts quickly does not load it";
    return NULL;
}

static int run_whole(char **argv)
{
    char *folder = iso_file_program_folder();
    struct iso_buffer path = {0};
    iso_buffer_format(&path, "%s/../lib/isotier/isotier", folder);
    execv(path.data, argv);
    fprintf(stderr, "isotier: %s: %s; expected the whole program there\n", path.data, strerror(errno));
    iso_buffer_free(&path);
    free(folder);
    return ISO_EXIT_ERROR;
}

int main(int argc, char **argv)
{
    bool outcomes = argc > 1 && strcmp(argv[1], iso_verb_outcomes.name) == 0;
    if (argc > 1 && strcmp(argv[1], "--version") == 0)
        return iso_cli_version();
    if (outcomes && !names_timed_engine(argc, argv))
        return iso_cli_run(&(struct iso_cli){.program = argv[0], .verb = &iso_verb_outcomes}, argc - 2, argv + 2);
    return run_whole(argv);
}
