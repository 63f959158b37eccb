/* The engines of this program, as declared in engines.h. The exhaustive engine is linked in. The timed engine is a shared object that is
 * loaded when it is first asked for: SystemC and the C++ library cost five times the start of the program without them.
 * Not for: options. Not modelled: nothing of the architecture stands here. */
#include "sim/engines.h"

#include "sim/buffer.h"
#include "sim/file.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/* Path of the timed engine; the caller frees it. */
static char *timed_path(void)
{
    char *folder = iso_file_program_folder();
    struct iso_buffer path = {0};
    iso_buffer_format(&path, "%s/../lib/isotier/platform.so", folder);
    free(folder);
    return path.data;
}

unsigned iso_engines_linked(void)
{
    char *path = timed_path();
    unsigned linked = iso_file_exists(path) ? ISO_ENGINE_TIMED : 0;
    free(path);
#ifdef ISOTIER_HAVE_EXPLORE
    linked |= ISO_ENGINE_EXHAUSTIVE;
#endif
    return linked;
}

const char *iso_engine_name(enum iso_engine engine)
{
    return engine == ISO_ENGINE_EXHAUSTIVE ? "exhaustive" : "timed";
}

unsigned iso_engine_find(const char *name)
{
    return strcmp(name, "exhaustive") == 0 ? ISO_ENGINE_EXHAUSTIVE : strcmp(name, "timed") == 0 ? ISO_ENGINE_TIMED : 0;
}

#ifdef ISOTIER_HAVE_EXPLORE
int iso_engine_exhaustive(struct iso_outcome_set *out, struct iso_diags *diags, const struct iso_setup *setup,
                          const struct iso_explore_options *options)
{
    return iso_explore(out, diags, setup, options);
}
#else
int iso_engine_exhaustive(struct iso_outcome_set *out, struct iso_diags *diags, const struct iso_setup *setup,
                          const struct iso_explore_options *options)
{
    (void)out, (void)options;
    iso_diags_add(diags, false, setup->test->file, 0, 0, "this program was built without the exhaustive engine");
    return -1;
}
#endif

typedef int run_platform(struct iso_outcome_set *out, struct iso_platform_stats *stats, struct iso_diags *diags,
                         const struct iso_setup *setup, const struct iso_platform_options *options);

int iso_engine_timed(struct iso_outcome_set *out, struct iso_platform_stats *stats, struct iso_diags *diags,
                     const struct iso_setup *setup, const struct iso_platform_options *options)
{
    char *path = timed_path();
    run_platform *run = NULL;
    /* Loading again only counts; the object stays until the process ends, for SystemC elaborates once. */
    void *object = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
    void *symbol = object ? dlsym(object, "iso_platform_run") : NULL;

    free(path);
    if (!symbol) {
        const char *why = dlerror();
        iso_diags_add(diags, false, setup->test->file, 0, 0, "the timed engine cannot be loaded: %s",
                      why ? why : "it is not there");
        return -1;
    }
    memcpy(&run, &symbol, sizeof run); /* ISO C has no cast from object to function pointers */
    return run(out, stats, diags, setup, options);
}
