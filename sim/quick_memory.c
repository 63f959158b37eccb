/* malloc() of the program that starts quickly: one thread, small blocks by class from fresh pages, large ones mapped each for itself.
 * Its life is a few thousand small tests: a block is taken and given back in some ten instructions, what was given back last is used first (it is in
 * the cache), fresh memory is known to be zero, and large blocks grow by moving their pages. Nothing but a large block is given back to the system.
 * Not for: the whole program, which keeps the C library's. Not modelled: nothing of the architecture stands here. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    STEP_BITS = 2, /* classes from one power of two to the next: 4 */
    CLASSES = 64,
    FRESH_FIRST = 192 * 1024, /* what a small test needs, its pages made at once */
    FRESH = 1024 * 1024,
    LARGE = 256 * 1024
};

/* In front of each block. */
struct head {
    size_t size;     /* bytes behind it */
    size_t class_of; /* CLASSES: mapped for itself */
};
_Static_assert(sizeof(struct head) % _Alignof(max_align_t) == 0, "blocks are aligned as their heads are");

static struct {
    unsigned char *fresh; /* never handed out, zero */
    size_t left;
    struct head *given_back[CLASSES]; /* the first word of a block points to the next */
    bool begun;
} heap;

/* Smallest class that holds `size` bytes, and how many those are: 16, 20, 24, 28, 32, 40, ... granules of 16 from four on. */
static size_t class_for(size_t size, size_t *bytes)
{
    size_t granules = (size + 15) / 16;
    if (granules < 1u << STEP_BITS) {
        *bytes = (granules ? granules : 1) * 16;
        return granules ? granules : 1;
    }
    unsigned shift = 63 - STEP_BITS - (unsigned)__builtin_clzll(granules);
    size_t steps = (granules + ((size_t)1 << shift) - 1) >> shift; /* 4..8 */
    *bytes = (steps << shift) * 16;
    return ((size_t)shift << STEP_BITS) + steps;
}

static void *map(size_t size, int flags)
{
    void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    return pages == MAP_FAILED ? NULL : pages;
}

static struct head *large(size_t size)
{
    struct head *block = size < SIZE_MAX - 2 * sizeof *block ? map(size + sizeof *block, 0) : NULL;
    if (block)
        *block = (struct head){size, CLASSES};
    return block;
}

static struct head *fresh(size_t bytes, size_t class_of)
{
    size_t all = bytes + sizeof(struct head);
    if (heap.left < all) {
        size_t size = heap.begun ? FRESH : FRESH_FIRST;
        if (size < all)
            size = FRESH;
        unsigned char *pages = map(size, heap.begun ? 0 : MAP_POPULATE);
        if (!pages)
            return NULL;
        heap.begun = true;
        heap.fresh = pages;
        heap.left = size;
    }
    struct head *block = (struct head *)(void *)heap.fresh;
    *block = (struct head){bytes, class_of};
    heap.fresh += all;
    heap.left -= all;
    return block;
}

/* The block's bytes; *zero: they are known to be zero. */
static void *take(size_t size, bool *zero)
{
    struct head *block;
    *zero = true;
    if (size > LARGE) {
        block = large(size);
    } else {
        size_t bytes, c = class_for(size, &bytes);
        block = heap.given_back[c];
        if (block) {
            heap.given_back[c] = *(struct head **)(void *)(block + 1);
            *zero = false;
        } else {
            block = fresh(bytes, c);
        }
    }
    if (!block) {
        errno = ENOMEM;
        return NULL;
    }
    return block + 1;
}

void *malloc(size_t size)
{
    bool zero;
    return take(size, &zero);
}

void free(void *data)
{
    struct head *block = (struct head *)data - 1;
    if (!data)
        return;
    if (block->class_of == CLASSES) {
        munmap(block, block->size + sizeof *block);
        return;
    }
    *(struct head **)data = heap.given_back[block->class_of];
    heap.given_back[block->class_of] = block;
}

void *calloc(size_t count, size_t size)
{
    size_t all;
    bool zero;
    if (__builtin_mul_overflow(count, size, &all)) {
        errno = ENOMEM;
        return NULL;
    }
    void *data = take(all, &zero);
    if (data && !zero)
        memset(data, 0, all);
    return data;
}

void *realloc(void *data, size_t size)
{
    struct head *block = (struct head *)data - 1;
    if (!data)
        return malloc(size);
    if (block->class_of == CLASSES && size > LARGE && size < SIZE_MAX - 2 * sizeof *block) {
        struct head *moved = mremap(block, block->size + sizeof *block, size + sizeof *block, MREMAP_MAYMOVE);
        if (moved == MAP_FAILED) {
            errno = ENOMEM;
            return NULL;
        }
        moved->size = size;
        return moved + 1;
    }
    if (size <= block->size && block->class_of != CLASSES)
        return data;
    void *copy = malloc(size);
    if (copy) {
        memcpy(copy, data, size < block->size ? size : block->size);
        free(data);
    }
    return copy;
}
