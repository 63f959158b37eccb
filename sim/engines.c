/* The engines this program was linked with, as declared in engines.h. Not for: options. Not modelled: nothing stands here. */
#include "sim/engines.h"

#include <string.h>

unsigned iso_engines_linked(void)
{
    unsigned linked = 0;
#ifdef ISOTIER_HAVE_EXPLORE
    linked |= ISO_ENGINE_EXHAUSTIVE;
#endif
#ifdef ISOTIER_HAVE_PLATFORM
    linked |= ISO_ENGINE_TIMED;
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

#ifdef ISOTIER_HAVE_PLATFORM
int iso_engine_timed(struct iso_outcome_set *out, struct iso_platform_stats *stats, struct iso_diags *diags,
                     const struct iso_setup *setup, const struct iso_platform_options *options)
{
    return iso_platform_run(out, stats, diags, setup, options);
}
#else
int iso_engine_timed(struct iso_outcome_set *out, struct iso_platform_stats *stats, struct iso_diags *diags,
                     const struct iso_setup *setup, const struct iso_platform_options *options)
{
    (void)out, (void)stats, (void)options;
    iso_diags_add(diags, false, setup->test->file, 0, 0, "this program was built without the timed engine");
    return -1;
}
#endif
