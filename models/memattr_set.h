/* Inside models/ only: helpers that memattr.c and combine.c share. */
#ifndef ISO_MODELS_MEMATTR_SET_H
#define ISO_MODELS_MEMATTR_SET_H

#include "models/attribute.h"

bool iso_memattr_equal(const struct iso_memattr *a, const struct iso_memattr *b);
/* Adds an item unless it is there. ISO_MEMATTR_SET_MAX is larger than any set the tables can make (tested). */
void iso_memattr_set_add(struct iso_memattr_set *set, const struct iso_memattr *item);
/* Notes that choice CH-<rule> opened the set. */
void iso_memattr_set_rule(struct iso_memattr_set *set, uint16_t rule);
/* SH field 0, 2 or 3. */
enum iso_shareability iso_shareability_of(unsigned sh);
/* Device type dd: 0 nGnRnE .. 3 GRE. */
struct iso_memattr iso_memattr_device(unsigned dd, bool xs);

#endif
