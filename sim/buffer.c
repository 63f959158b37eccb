/* Growing buffers and JSON writing, as declared in buffer.h. Not for: files (file.c). Not modelled: nothing of the architecture. */
#include "sim/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void iso_buffer_out_of_memory(const char *file, int line)
{
    fprintf(stderr, "%s:%d: out of memory\n", file, line);
    abort();
}

void *iso_allocate(size_t size)
{
    void *data = calloc(1, size ? size : 1);
    if (!data)
        iso_buffer_out_of_memory(__FILE__, __LINE__);
    return data;
}

void *iso_reallocate(void *data, size_t size)
{
    void *moved = realloc(data, size ? size : 1);
    if (!moved)
        iso_buffer_out_of_memory(__FILE__, __LINE__);
    return moved;
}

char *iso_duplicate(const char *string)
{
    size_t size = strlen(string) + 1;
    char *copy = iso_allocate(size);
    memcpy(copy, string, size);
    return copy;
}

static void reserve(struct iso_buffer *text, size_t more)
{
    if (text->size + more + 1 <= text->capacity)
        return;
    size_t capacity = text->capacity ? text->capacity * 2 : 256;
    while (capacity < text->size + more + 1)
        capacity *= 2;
    text->data = iso_reallocate(text->data, capacity);
    text->capacity = capacity;
}

void iso_buffer_add_bytes(struct iso_buffer *text, const char *data, size_t size)
{
    reserve(text, size);
    if (size)
        memcpy(text->data + text->size, data, size);
    text->size += size;
    text->data[text->size] = 0;
}

void iso_buffer_add(struct iso_buffer *text, const char *string)
{
    iso_buffer_add_bytes(text, string, strlen(string));
}

void iso_buffer_format(struct iso_buffer *text, const char *format, ...)
{
    va_list list;
    size_t spare = text->capacity - text->size;
    va_start(list, format);
    int size = vsnprintf(spare ? text->data + text->size : NULL, spare, format, list);
    va_end(list);
    if (size < 0)
        return;
    if ((size_t)size >= spare) {
        reserve(text, (size_t)size);
        va_start(list, format);
        vsnprintf(text->data + text->size, (size_t)size + 1, format, list);
        va_end(list);
    }
    text->size += (size_t)size;
}

void iso_buffer_clear(struct iso_buffer *text)
{
    text->size = 0;
    if (text->data)
        text->data[0] = 0;
}

void iso_buffer_free(struct iso_buffer *text)
{
    free(text->data);
    *text = (struct iso_buffer){0};
}

const char *iso_buffer_string(const struct iso_buffer *text)
{
    return text->data ? text->data : "";
}

/* Bytes of the well-formed UTF-8 character at data[0], 0 if it is none. */
static size_t utf8_bytes(const unsigned char *data, size_t size)
{
    size_t need = data[0] < 0x80                      ? 1u
                  : data[0] >= 0xc2 && data[0] < 0xe0 ? 2u
                  : data[0] >= 0xe0 && data[0] < 0xf0 ? 3u
                  : data[0] >= 0xf0 && data[0] < 0xf5 ? 4u
                                                      : 0u;
    if (!need || need > size)
        return 0;
    for (size_t i = 1; i < need; i++)
        if ((data[i] & 0xc0) != 0x80)
            return 0;
    if (need == 3 && ((data[0] == 0xe0 && data[1] < 0xa0) || (data[0] == 0xed && data[1] >= 0xa0)))
        return 0; /* overlong, surrogate */
    if (need == 4 && ((data[0] == 0xf0 && data[1] < 0x90) || (data[0] == 0xf4 && data[1] >= 0x90)))
        return 0; /* overlong, beyond U+10FFFF */
    return need;
}

void iso_buffer_json_bytes(struct iso_buffer *text, const char *data, size_t size)
{
    const unsigned char *p = (const unsigned char *)data;
    reserve(text, size + 2);
    iso_buffer_add_bytes(text, "\"", 1);
    for (size_t i = 0; i < size;) {
        size_t run = i;
        while (run < size && p[run] >= 0x20 && p[run] < 0x7f && p[run] != '"' && p[run] != '\\')
            run++;
        if (run > i) {
            iso_buffer_add_bytes(text, data + i, run - i);
            i = run;
            continue;
        }
        size_t wide = utf8_bytes(p + i, size - i);
        if (p[i] == '"' || p[i] == '\\')
            iso_buffer_format(text, "\\%c", p[i]);
        else if (p[i] == '\n')
            iso_buffer_add(text, "\\n");
        else if (p[i] == '\t')
            iso_buffer_add(text, "\\t");
        else if (p[i] < 0x20 || p[i] == 0x7f)
            iso_buffer_format(text, "\\u%04x", p[i]);
        else if (wide)
            iso_buffer_add_bytes(text, data + i, wide);
        else
            iso_buffer_add(text, "\\ufffd");
        i += wide > 1 ? wide : 1;
    }
    iso_buffer_add_bytes(text, "\"", 1);
}

void iso_buffer_json_string(struct iso_buffer *text, const char *string)
{
    if (string)
        iso_buffer_json_bytes(text, string, strlen(string));
    else
        iso_buffer_add(text, "null");
}

void iso_buffer_json_key(struct iso_buffer *text, bool *first, const char *key)
{
    iso_buffer_add(text, *first ? "" : ", ");
    *first = false;
    iso_buffer_json_string(text, key);
    iso_buffer_add(text, ": ");
}
