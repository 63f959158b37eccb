/* Text into a buffer of fixed size, without printf: final states are made by the million.
 * Private to sim/isa. Writes what fits, counts what would have been written. */
#ifndef ISOTIER_SIM_ISA_TEXT_H
#define ISOTIER_SIM_ISA_TEXT_H

#include "sim/isa/litmus.h"

struct iso_text {
    char *out;
    size_t size, length; /* length may exceed size */
};

void iso_text_start(struct iso_text *text, char *out, size_t size);
size_t iso_text_end(struct iso_text *text); /* adds the NUL, returns the full length */
void iso_text_char(struct iso_text *text, char c);
void iso_text_string(struct iso_text *text, const char *string);
void iso_text_unsigned(struct iso_text *text, uint64_t n);
void iso_text_signed(struct iso_text *text, int64_t n);
void iso_text_wide(struct iso_text *text, struct iso_bytes16 n,
                   bool is_signed); /* decimal if it fits 64 bits, else hexadecimal */

/* Prints the columns of code, as iso_litmus_text() does. */
void iso_print_code(struct iso_text *out, const struct iso_test *test);
void iso_print_host(struct iso_text *out, const struct iso_test *test); /* the line Host=, if any */

/* Prints a value as iso_value_text() does. */
void iso_value_print(struct iso_text *out, const struct iso_test *test, uint8_t type, struct iso_bytes16 value);

#endif
