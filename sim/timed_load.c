/* Loads the timed engine, as declared in engines.h: a shared object, for SystemC and the C++ library cost five times the start of the program
 * without them. quick_main.c has another iso_timed_load(), which takes this one's place in the program that is linked statically.
 * Not for: running it (engines.c). Not modelled: nothing of the architecture stands here. */
#include "sim/engines.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

iso_platform_run_function *iso_timed_load(const char **why)
{
    char *path = iso_timed_path();
    iso_platform_run_function *run = NULL;
    /* Loading again only counts; the object stays until the process ends, for SystemC elaborates once. */
    void *object = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
    void *symbol = object ? dlsym(object, "iso_platform_run") : NULL;

    free(path);
    if (symbol)
        memcpy(&run, &symbol, sizeof run); /* ISO C has no cast from object to function pointers */
    else
        *why = dlerror();
    return run;
}
