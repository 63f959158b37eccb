/* Both engines behind one call: what the program links, and what it says where an engine is missing.
 * For: run, outcomes, explain. Not for: comparing (compare.h). */
#ifndef ISOTIER_SIM_ENGINES_H
#define ISOTIER_SIM_ENGINES_H

#include "sim/isa/engine.h"

enum iso_engine { ISO_ENGINE_EXHAUSTIVE = 1, ISO_ENGINE_TIMED = 2 };

/* Engines linked into this program, as bits. */
unsigned iso_engines_linked(void);
bool iso_engine_is_linked(enum iso_engine engine);
const char *iso_engine_name(enum iso_engine engine);
/* "exhaustive", "timed" -> bit; 0 if unknown. */
unsigned iso_engine_find(const char *name);

/* Exact outcome set, or bounded. 0; -1 with a diagnostic, also where the engine is not linked. */
int iso_engine_exhaustive(struct iso_outcome_set *out, struct iso_diags *diags, const struct iso_setup *setup,
                          const struct iso_explore_options *options);
/* One execution of the exhaustive engine that ends in `wanted`; *out NULL: none. As iso_explore_witness(). */
int iso_engine_witness(struct iso_witness **out, struct iso_diags *diags, const struct iso_setup *setup,
                       const struct iso_explore_options *options, const struct iso_outcome *wanted);
/* Observed outcomes of options->runs seeds. As above. */
int iso_engine_timed(struct iso_outcome_set *out, struct iso_platform_stats *stats, struct iso_diags *diags,
                     const struct iso_setup *setup, const struct iso_platform_options *options);

/* Path of the timed engine's shared object; the caller frees it. */
char *iso_timed_path(void);
/* The timed engine's iso_platform_run(); NULL with the reason, owned by the system and NULL if it gives none. */
typedef int iso_platform_run_function(struct iso_outcome_set *out, struct iso_platform_stats *stats,
                                      struct iso_diags *diags, const struct iso_setup *setup,
                                      const struct iso_platform_options *options);
iso_platform_run_function *iso_timed_load(const char **why);

#endif
