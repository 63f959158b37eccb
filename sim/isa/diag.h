/* Diagnostics and arenas: how every reader of the tool reports bad input and keeps its memory.
 * A diagnostic has file, line, column, message ("what was wrong, what was expected"); a reader collects several and goes on.
 * Not for: internal errors. Not modelled: severities beyond error and warning. */
#ifndef ISOTIER_SIM_ISA_DIAG_H
#define ISOTIER_SIM_ISA_DIAG_H

#include "sim/isa/fatal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct iso_diag {
    char *file;      /* owned */
    uint32_t line;   /* 1-based; 0: the file as a whole */
    uint32_t column; /* 1-based; 0: the line as a whole */
    bool warning;
    char *message; /* owned, one line, no newline */
};

struct iso_diags {
    struct iso_diag *list;
    size_t count, capacity;
    size_t dropped; /* diagnostics beyond ISO_DIAGS_MAX */
};
#define ISO_DIAGS_MAX 100u

/* Appends; message is printf-style and clipped at 512 bytes. Control characters of user text come out as \xNN. */
void iso_diags_add(struct iso_diags *diags, bool warning, const char *file, uint32_t line, uint32_t column,
                   const char *format, ...) __attribute__((format(printf, 6, 7)));
bool iso_diags_has_error(const struct iso_diags *diags);
void iso_diags_free(struct iso_diags *diags);

/* Bump allocator: everything is freed at once. Allocation never returns NULL (aborts on exhausted memory with file and line). Zeroed. */
struct iso_arena;
struct iso_arena *iso_arena_new(void);
void *iso_arena_alloc(struct iso_arena *arena, size_t size);
/* Bytes that it has taken of the system. */
size_t iso_arena_bytes(const struct iso_arena *arena);
void *iso_arena_copy(struct iso_arena *arena, const void *data, size_t size);
char *iso_arena_string(struct iso_arena *arena, const char *text, size_t size); /* NUL added */
void iso_arena_free(struct iso_arena *arena);

#endif
