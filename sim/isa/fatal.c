/* The end of the process where memory is exhausted, as declared in fatal.h. */
#include "sim/isa/fatal.h"

#include <stdio.h>
#include <stdlib.h>

void iso_out_of_memory(const char *file, int line)
{
    fprintf(stderr, "%s:%d: out of memory\n", file, line);
    abort();
}
