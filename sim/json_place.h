/* Where a value stands in a JSON text: line and column for diagnostics about a file that is JSON but has the wrong shape.
 * For: readers over jansson, which keeps no positions of values. Not for: texts that are not JSON (jansson names the place itself).
 * Not modelled: keys written with escapes; they are compared as they stand. */
#ifndef ISOTIER_SIM_JSON_PLACE_H
#define ISOTIER_SIM_JSON_PLACE_H

#include <stddef.h>
#include <stdint.h>

/* One step down: into an object by key, or, where key is NULL, into a list by index. */
struct iso_json_step {
    const char *key;
    size_t index;
};

/* Line and column (1-based, bytes) of the value that the steps lead to in a text that is JSON; where a step leads nowhere, of the
 * deepest value on the way: the object that lacks the key. */
void iso_json_place(uint32_t *line, uint32_t *column, const char *text, size_t size, const struct iso_json_step *step,
                    size_t nsteps);

#endif
