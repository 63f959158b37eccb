/* Profiles: named lists of bundled scenarios, in scenarios/profiles/NAME.txt, one id a line ("mte/tagged-heap"), # for comments.
 * For: cli_run.c. Not for: lists of files as operands (@LIST, scenario.h). */
#ifndef ISOTIER_SIM_PROFILE_H
#define ISOTIER_SIM_PROFILE_H

#include "sim/cli.h"

/* Appends the paths of a profile's scenarios below `folder`, which holds the scenarios; the strings are the arena's. 0; -1 with a
 * diagnostic: no such profile (names those that are there), unreadable, no scenario in it. */
int iso_profile_read(struct iso_strings *paths, struct iso_diags *diags, struct iso_arena *arena, const char *folder,
                     const char *name);

#endif
