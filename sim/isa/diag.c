/* Diagnostics and arenas, as declared in diag.h. Not for: printing; the program decides where a diagnostic goes.
 * Not modelled: nothing of the architecture stands here. */
#include "sim/isa/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIAG_MESSAGE_MAX 512u
#define DIAG_PATH_MAX    4096u

/* Bytes of the well-formed UTF-8 character at `p`, 0 if there is none. Control characters count as ill-formed. */
static size_t printable_bytes(const unsigned char *p)
{
    size_t size = *p < 0x80                 ? 1u
                  : *p >= 0xc2 && *p < 0xe0 ? 2u
                  : *p >= 0xe0 && *p < 0xf0 ? 3u
                  : *p >= 0xf0 && *p < 0xf5 ? 4u
                                            : 0u;
    if (*p < 0x20 || *p == 0x7f)
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return size;
}

/* Copies text with control characters and broken UTF-8 as \xNN, clipped to `limit` bytes between characters. */
static char *copy_printable(const char *text, size_t limit)
{
    static const char hex[] = "0123456789abcdef";
    size_t used = 0;
    char *copy = malloc(limit + 1);
    if (!copy)
        iso_out_of_memory(__FILE__, __LINE__);
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        size_t size = printable_bytes(p);
        if (used + (size ? size : 4) > limit)
            break;
        if (size) {
            memcpy(copy + used, p, size);
            used += size;
            p += size;
        } else {
            copy[used++] = '\\';
            copy[used++] = 'x';
            copy[used++] = hex[*p >> 4];
            copy[used++] = hex[*p & 15];
            p++;
        }
    }
    copy[used] = 0;
    return copy;
}

void iso_diags_add(struct iso_diags *diags, bool warning, const char *file, uint32_t line, uint32_t column,
                   const char *format, ...)
{
    char raw[2 * DIAG_MESSAGE_MAX]; /* longer than the limit, so that clipping sees whole characters */
    va_list list;

    if (diags->count >= ISO_DIAGS_MAX) {
        diags->dropped++;
        /* A dropped error must still make the reader fail: turn the last warning kept into room for it. */
        if (warning || iso_diags_has_error(diags))
            return;
        diags->count--;
        free(diags->list[diags->count].file);
        free(diags->list[diags->count].message);
    }
    if (diags->count == diags->capacity) {
        size_t capacity = diags->capacity ? diags->capacity * 2 : 8;
        struct iso_diag *more = realloc(diags->list, capacity * sizeof *more);
        if (!more)
            iso_out_of_memory(__FILE__, __LINE__);
        diags->list = more;
        diags->capacity = capacity;
    }
    va_start(list, format);
    vsnprintf(raw, sizeof raw, format, list);
    va_end(list);
    diags->list[diags->count++] = (struct iso_diag){.file = copy_printable(file ? file : "", DIAG_PATH_MAX),
                                                    .line = line,
                                                    .column = column,
                                                    .warning = warning,
                                                    .message = copy_printable(raw, DIAG_MESSAGE_MAX)};
}

bool iso_diags_has_error(const struct iso_diags *diags)
{
    for (size_t i = 0; i < diags->count; i++)
        if (!diags->list[i].warning)
            return true;
    return false;
}

void iso_diags_free(struct iso_diags *diags)
{
    for (size_t i = 0; i < diags->count; i++) {
        free(diags->list[i].file);
        free(diags->list[i].message);
    }
    free(diags->list);
    *diags = (struct iso_diags){0};
}

/* A chunk of an arena; `bytes` follow the header, aligned for any object. */
struct chunk {
    struct chunk *next;
    size_t used, size;
    _Alignas(max_align_t) unsigned char bytes[];
};

struct iso_arena {
    struct chunk *head;
};

#define ARENA_FIRST_BYTES   8192u
#define ARENA_LARGEST_BYTES (1024u * 1024u)

static struct chunk *chunk_new(size_t size)
{
    struct chunk *chunk = calloc(1, sizeof *chunk + size);
    if (!chunk)
        iso_out_of_memory(__FILE__, __LINE__);
    chunk->size = size;
    return chunk;
}

struct iso_arena *iso_arena_new(void)
{
    struct iso_arena *arena = calloc(1, sizeof *arena);
    if (!arena)
        iso_out_of_memory(__FILE__, __LINE__);
    arena->head = chunk_new(ARENA_FIRST_BYTES);
    return arena;
}

void *iso_arena_alloc(struct iso_arena *arena, size_t size)
{
    const size_t align = _Alignof(max_align_t);
    if (size > SIZE_MAX / 2)
        iso_out_of_memory(__FILE__, __LINE__);
    size = size ? (size + align - 1) & ~(align - 1) : align;
    struct chunk *head = arena->head;
    if (head->size - head->used < size) {
        size_t grow = head->size < ARENA_LARGEST_BYTES ? head->size * 2 : ARENA_LARGEST_BYTES;
        struct chunk *chunk = chunk_new(size > grow ? size : grow);
        if (size > grow) { /* a large object gets a chunk of its own behind the current one */
            chunk->used = size;
            chunk->next = head->next;
            head->next = chunk;
            return chunk->bytes;
        }
        chunk->next = head;
        arena->head = head = chunk;
    }
    void *result = head->bytes + head->used;
    head->used += size;
    return result;
}

void *iso_arena_copy(struct iso_arena *arena, const void *data, size_t size)
{
    void *copy = iso_arena_alloc(arena, size);
    if (size)
        memcpy(copy, data, size);
    return copy;
}

char *iso_arena_string(struct iso_arena *arena, const char *text, size_t size)
{
    char *copy = iso_arena_alloc(arena, size + 1);
    if (size)
        memcpy(copy, text, size);
    return copy;
}

size_t iso_arena_bytes(const struct iso_arena *arena)
{
    size_t bytes = 0;
    for (const struct chunk *chunk = arena->head; chunk; chunk = chunk->next)
        bytes += chunk->size;
    return bytes;
}

void iso_arena_free(struct iso_arena *arena)
{
    if (!arena)
        return;
    for (struct chunk *chunk = arena->head; chunk;) {
        struct chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
    free(arena);
}
