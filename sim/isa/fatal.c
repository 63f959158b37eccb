/* The end of the process, as declared in fatal.h. */
#include "sim/isa/fatal.h"

#include <stdio.h>
#include <stdlib.h>

static ISO_NORETURN void die(const char *file, int line, const char *why)
{
    fprintf(stderr, "%s:%d: %s\n", file, line, why);
    abort();
}

void iso_out_of_memory(const char *file, int line)
{
    die(file, line, "out of memory");
}

void iso_impossible(const char *file, int line)
{
    die(file, line, "internal error: impossible state");
}
