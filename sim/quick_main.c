/* The program as it is started: everything but the timed engine, linked statically, for a dynamic start costs more than a small test.
 * What needs the timed engine is handed over to the whole program, ../lib/isotier/isotier, with the same arguments.
 * Not for: builds with sanitizers, which have the whole program alone (main.c). Not modelled: nothing of the architecture stands here. */
#include "sim/buffer.h"
#include "sim/cli.h"
#include "sim/engines.h"
#include "sim/file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Whether the timed engine may be asked for: `run`, `cost`, `explain` and `symptoms` use both unless told otherwise, `outcomes` if it is named. */
static bool may_need_timed_engine(int argc, char **argv)
{
    bool named = false;
    if (argc < 2)
        return false;
    for (int i = 2; i < argc; i++)
        named |= strstr(argv[i], "timed") != NULL;
    return !strcmp(argv[1], "run") || !strcmp(argv[1], "cost") || !strcmp(argv[1], "explain") ||
           !strcmp(argv[1], "symptoms") || (!strcmp(argv[1], "outcomes") && named);
}

iso_platform_run_function *iso_timed_load(const char **why)
{
    *why = "the whole program is missing (../lib/isotier/isotier)";
    return NULL;
}

int main(int argc, char **argv)
{
    if (may_need_timed_engine(argc, argv)) {
        char *folder = iso_file_program_folder();
        struct iso_buffer path = {0};
        iso_buffer_format(&path, "%s/../lib/isotier/isotier", folder);
        execv(path.data, argv);
        iso_buffer_free(&path);
        free(folder);
    }
    return iso_cli_main(argc, argv);
}
