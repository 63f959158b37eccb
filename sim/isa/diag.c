/* Diagnostics and arenas, as declared in diag.h. Not for: printing; the program decides where a diagnostic goes.
 * Not modelled: nothing of the architecture stands here. */
#include "sim/isa/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Memory is exhausted: the one failure that no caller of an arena can mend. */
static _Noreturn void out_of_memory(const char *file, int line)
{
    fprintf(stderr, "%s:%d: out of memory\n", file, line);
    abort();
}

#define DIAG_MESSAGE_MAX 512u

/* Copies text with control characters as \xNN, clipped to DIAG_MESSAGE_MAX bytes on a UTF-8 boundary. */
static char *copy_printable(const char *text)
{
    static const char hex[] = "0123456789abcdef";
    size_t used = 0;
    char *copy = malloc(DIAG_MESSAGE_MAX + 1);
    if (!copy)
        out_of_memory(__FILE__, __LINE__);
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p < 0x20 || *p == 0x7f) {
            if (used + 4 > DIAG_MESSAGE_MAX)
                break;
            copy[used++] = '\\';
            copy[used++] = 'x';
            copy[used++] = hex[*p >> 4];
            copy[used++] = hex[*p & 15];
        } else {
            if (used + 1 > DIAG_MESSAGE_MAX) {
                while (used && ((unsigned char)copy[used] & 0xc0) == 0x80)
                    used--;
                break;
            }
            copy[used++] = (char)*p;
            copy[used] = 0;
        }
    }
    copy[used] = 0;
    return copy;
}

void iso_diags_add(struct iso_diags *diags, bool warning, const char *file, uint32_t line, uint32_t column,
                   const char *format, ...)
{
    char raw[DIAG_MESSAGE_MAX + 1];
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
            out_of_memory(__FILE__, __LINE__);
        diags->list = more;
        diags->capacity = capacity;
    }
    va_start(list, format);
    vsnprintf(raw, sizeof raw, format, list);
    va_end(list);
    diags->list[diags->count++] = (struct iso_diag){.file = copy_printable(file ? file : ""),
                                                    .line = line,
                                                    .column = column,
                                                    .warning = warning,
                                                    .message = copy_printable(raw)};
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
        out_of_memory(__FILE__, __LINE__);
    chunk->size = size;
    return chunk;
}

struct iso_arena *iso_arena_new(void)
{
    struct iso_arena *arena = calloc(1, sizeof *arena);
    if (!arena)
        out_of_memory(__FILE__, __LINE__);
    arena->head = chunk_new(ARENA_FIRST_BYTES);
    return arena;
}

void *iso_arena_alloc(struct iso_arena *arena, size_t size)
{
    const size_t align = _Alignof(max_align_t);
    if (size > SIZE_MAX / 2)
        out_of_memory(__FILE__, __LINE__);
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
