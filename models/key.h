/* Inside models/ only: how the key tables of capability.h and cpu.h are laid out and searched.
 * Not for other layers: they use the accessors of those two headers. */
#ifndef ISO_MODELS_KEY_H
#define ISO_MODELS_KEY_H

#include "models/setting.h"

/* Index of the key with that name among count rows; count if there is none. */
size_t iso_key_find(const struct iso_key_row *rows, size_t count, const char *name);
/* NULL if out of range. */
const char *iso_key_value_name(const struct iso_key_row *row, uint8_t value);
uint32_t iso_key_number(const struct iso_key_row *row, uint8_t value);

#endif
