/* SHA-256 of a byte string: what reports name their input files by.
 * Not for: secrets. Not modelled: streaming; inputs are whole files in memory.
 * Source: FIPS 180-4. */
#ifndef ISOTIER_SIM_SHA256_H
#define ISOTIER_SIM_SHA256_H

#include <stddef.h>

enum { ISO_SHA256_TEXT_MAX = 65 };

/* Writes 64 lower-case hexadecimal digits and a NUL. */
void iso_sha256_text(char out[ISO_SHA256_TEXT_MAX], const void *data, size_t size);

#endif
