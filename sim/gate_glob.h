/* Globs over cell ids, for waivers. Always anchored: a pattern matches a whole id or nothing.
 * An id is cut into segments by '/', '@', ':' and '+': "mte/heap@cxl:wb-tagged+x". '*' is any text within a segment, '**' any text across
 * segments, both may be empty; every other character stands for itself.
 * Not for: paths of files. Not modelled: '?', classes, escapes; cell ids need none of them, and iso_glob_check() refuses them. */
#ifndef ISOTIER_SIM_GATE_GLOB_H
#define ISOTIER_SIM_GATE_GLOB_H

#include <stdbool.h>

/* Time: product of the lengths for patterns without "**", never exponential. */
bool iso_glob_match(const char *pattern, const char *text);
/* NULL if the pattern can be used; else what is wrong with it and what was expected. */
const char *iso_glob_check(const char *pattern);

#endif
