/* A growing byte buffer, and JSON written straight into it.
 * For: reports, JSON lines, tables. Writing needs no tree of values, so thousands of lines cost no more than their bytes.
 * Not for: reading JSON (report_read.c uses jansson). Not modelled: nothing of the architecture stands here. */
#ifndef ISOTIER_SIM_BUFFER_H
#define ISOTIER_SIM_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct iso_buffer {
    char *data;  /* owned; NUL-terminated once anything was added; NULL while empty */
    size_t size; /* bytes without the NUL */
    size_t capacity;
};

/* Memory is exhausted: the one failure nobody can mend; ends the process with file and line. */
__attribute__((noreturn)) void iso_buffer_out_of_memory(const char *file, int line);

/* malloc, calloc and strdup that never return NULL. The caller frees. */
void *iso_allocate(size_t size); /* zeroed */
void *iso_reallocate(void *data, size_t size);
char *iso_duplicate(const char *text);

void iso_buffer_add_bytes(struct iso_buffer *text, const char *data, size_t size);
void iso_buffer_add(struct iso_buffer *text, const char *string);
void iso_buffer_format(struct iso_buffer *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void iso_buffer_clear(struct iso_buffer *text); /* keeps the memory */
void iso_buffer_free(struct iso_buffer *text);
/* The bytes as a string: "" while empty. Valid until the next call. */
const char *iso_buffer_string(const struct iso_buffer *text);

/* "..." with JSON escapes; NULL is written as null. Bytes that are not UTF-8 become U+FFFD, so that the output is always JSON. */
void iso_buffer_json_string(struct iso_buffer *text, const char *string);
void iso_buffer_json_bytes(struct iso_buffer *text, const char *data, size_t size);
/* "key": with the comma before it where *first is false; clears *first. */
void iso_buffer_json_key(struct iso_buffer *text, bool *first, const char *key);

#endif
