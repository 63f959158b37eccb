/* The engines of this program, as declared in engines.h. The exhaustive engine is linked in. The timed engine is loaded when it is
 * first asked for (timed_load.c).
 * Not for: options. Not modelled: nothing of the architecture stands here. */
#include "sim/engines.h"

#include "sim/buffer.h"
#include "sim/file.h"

#include <stdlib.h>
#include <string.h>

char *iso_timed_path(void)
{
    char *folder = iso_file_program_folder();
    struct iso_buffer path = {0};
    iso_buffer_format(&path, "%s/../lib/isotier/platform.so", folder);
    free(folder);
    return path.data;
}

bool iso_engine_is_linked(enum iso_engine engine)
{
#ifdef ISOTIER_HAVE_EXPLORE
    const bool explores = true;
#else
    const bool explores = false;
#endif
    if (engine == ISO_ENGINE_EXHAUSTIVE)
        return explores;
    char *path = iso_timed_path();
    bool found = iso_file_exists(path);
    free(path);
    return found;
}

unsigned iso_engines_linked(void)
{
    return (iso_engine_is_linked(ISO_ENGINE_EXHAUSTIVE) ? ISO_ENGINE_EXHAUSTIVE : 0u) |
           (iso_engine_is_linked(ISO_ENGINE_TIMED) ? ISO_ENGINE_TIMED : 0u);
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

int iso_engine_witness(struct iso_witness **out, struct iso_diags *diags, const struct iso_setup *setup,
                       const struct iso_explore_options *options, const struct iso_outcome *wanted)
{
    return iso_explore_witness(out, diags, setup, options, wanted);
}
#else
int iso_engine_exhaustive(struct iso_outcome_set *out, struct iso_diags *diags, const struct iso_setup *setup,
                          const struct iso_explore_options *options)
{
    (void)out, (void)options;
    iso_diags_add(diags, false, setup->test->file, 0, 0, "this program was built without the exhaustive engine");
    return -1;
}

int iso_engine_witness(struct iso_witness **out, struct iso_diags *diags, const struct iso_setup *setup,
                       const struct iso_explore_options *options, const struct iso_outcome *wanted)
{
    (void)options, (void)wanted;
    *out = NULL;
    iso_diags_add(diags, false, setup->test->file, 0, 0, "this program was built without the exhaustive engine");
    return -1;
}
#endif

int iso_engine_timed(struct iso_outcome_set *out, struct iso_platform_stats *stats, struct iso_diags *diags,
                     const struct iso_setup *setup, const struct iso_platform_options *options)
{
    const char *why = NULL;
    iso_platform_run_function *run = iso_timed_load(&why);
    if (!run) {
        iso_diags_add(diags, false, setup->test->file, 0, 0, "the timed engine cannot be loaded: %s",
                      why ? why : "it is not there");
        return -1;
    }
    return run(out, stats, diags, setup, options);
}
