/* memcpy(), memmove(), memset(), memcmp() and strlen() of the program that starts quickly, where its C library is musl: that one's use string instructions, which cost more than
 * the few bytes that tests are made of. Sixteen bytes at a time, the rest by a last piece that overlaps.
 * Not for: programs with another C library. Not modelled: nothing of the architecture stands here. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef unsigned char block __attribute__((vector_size(16), aligned(1), may_alias));
typedef uint64_t word __attribute__((aligned(1), may_alias));
typedef uint32_t half __attribute__((aligned(1), may_alias));

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    unsigned char *t = to;
    const unsigned char *f = from;
    if (size >= 16) {
        const block last = *(const block *)(f + size - 16);
        for (size_t i = 0; i + 16 < size; i += 16)
            *(block *)(t + i) = *(const block *)(f + i);
        *(block *)(t + size - 16) = last;
    } else if (size >= 8) {
        const uint64_t last = *(const word *)(f + size - 8);
        *(word *)t = *(const word *)f;
        *(word *)(t + size - 8) = last;
    } else if (size >= 4) {
        const uint32_t last = *(const half *)(f + size - 4);
        *(half *)t = *(const half *)f;
        *(half *)(t + size - 4) = last;
    } else if (size) {
        const unsigned char middle = f[size / 2], last = f[size - 1];
        t[0] = f[0];
        t[size / 2] = middle;
        t[size - 1] = last;
    }
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    unsigned char *t = to;
    const unsigned char *f = from;
    if ((uintptr_t)t - (uintptr_t)f >= size) { /* upwards meets no byte that is still to be read */
        for (; size >= 8; size -= 8, t += 8, f += 8)
            *(word *)t = *(const word *)f;
        for (size_t i = 0; i < size; i++)
            t[i] = f[i];
    } else {
        for (; size >= 8; size -= 8)
            *(word *)(t + size - 8) = *(const word *)(f + size - 8);
        while (size--)
            t[size] = f[size];
    }
    return to;
}

void *memset(void *to, int value, size_t size)
{
    unsigned char *t = to;
    const uint64_t bytes = (unsigned char)value * UINT64_C(0x0101010101010101);
    if (size >= 16) {
        const block all = (block)(uint64_t __attribute__((vector_size(16)))){bytes, bytes};
        for (size_t i = 0; i + 16 < size; i += 16)
            *(block *)(t + i) = all;
        *(block *)(t + size - 16) = all;
    } else if (size >= 8) {
        *(word *)t = *(word *)(t + size - 8) = bytes;
    } else if (size >= 4) {
        *(half *)t = *(half *)(t + size - 4) = (uint32_t)bytes;
    } else if (size) {
        t[0] = t[size / 2] = t[size - 1] = (unsigned char)value;
    }
    return to;
}

int memcmp(const void *left, const void *right, size_t size)
{
    const unsigned char *l = left, *r = right;
    for (; size >= 8 && *(const word *)l == *(const word *)r; size -= 8) {
        l += 8;
        r += 8;
    }
    for (; size && *l == *r; size--) {
        l++;
        r++;
    }
    return size ? *l - *r : 0;
}

size_t strlen(const char *text)
{
    const char *end = text;
    while (*end)
        end++;
    return (size_t)(end - text);
}
