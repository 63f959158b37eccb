/* Pages of a composed test: the kernel's aliases and frames, what it keeps for itself, code as data. Declared in compose_build.h.
 * Not for: which pages a sequence needs (compose.c). */
#include "sim/compose_build.h"

#include "sim/buffer.h"
#include "sim/isa/value.h"

#include <string.h>

const char *iso_build_fresh_name(const struct build *b, const char *stem, const char *suffix)
{
    struct iso_buffer name = {0};
    for (unsigned n = 1;; n++) {
        bool taken = false;
        iso_buffer_clear(&name);
        iso_buffer_format(&name, "%s_%s", stem, suffix);
        for (char *at = strchr(name.data, ':'); at; at = strchr(at, ':'))
            *at = '_'; /* of a page of code */
        if (n > 1)
            iso_buffer_format(&name, "%u", n);
        for (uint32_t i = 0; i < b->to->nlocations; i++)
            taken |= strcmp(b->location[i].name, name.data) == 0;
        for (uint32_t i = 0; i < b->to->npages; i++)
            taken |= strcmp(b->page[i].name, name.data) == 0;
        if (!taken)
            break;
    }
    const char *kept = iso_arena_string(b->to->arena, name.data, name.size);
    iso_buffer_free(&name);
    return kept;
}

/* What a frame holds before the kernel gives it to anybody. */
static const uint8_t *stale(struct build *b, size_t size)
{
    uint8_t *bytes = iso_arena_alloc(b->to->arena, size);
    memset(bytes, ISO_STALE_BYTE, size);
    return bytes;
}

/* A page without locations; its descriptor maps the frame at `pa`, or its own where pa is 0. */
static uint16_t add_bare_page(struct build *b, uint16_t like, const char *suffix, uint64_t pa, enum iso_page_role role)
{
    uint16_t index = (uint16_t)b->to->npages;
    struct iso_page *page = &b->page[index];
    const struct iso_page *model = &b->from->page[like];
    uint64_t frame_bits = UINT64_C(0x0000fffffffff000);

    page->name = iso_build_fresh_name(b, model->name, suffix);
    b->to->npages++;
    page->va = ISO_MAP_VIRTUAL + (uint64_t)index * ISO_MAP_STRIDE;
    page->pa = ISO_MAP_FRAME + (uint64_t)index * ISO_MAP_STRIDE;
    page->descriptor_va = ISO_MAP_DESCRIPTOR + (uint64_t)index * ISO_MAP_SLOT;
    page->descriptor = (model->descriptor & ~frame_bits) | (pa ? pa : page->pa);
    page->location = b->to->nlocations;
    page->nlocations = 0;
    b->out->role[index] = (uint8_t)role;
    b->out->origin[index] = like;
    return index;
}

uint16_t iso_build_kernel_page(struct build *b, uint16_t like, const char *suffix, uint32_t words)
{
    uint16_t index = add_bare_page(b, like, suffix, 0, ISO_PAGE_KERNEL);
    b->page[index].nlocations = 1;
    b->location[b->to->nlocations++] = (struct iso_location){.name = b->page[index].name,
                                                             .type = ISO_TYPE_UINT64,
                                                             .element_bytes = 8,
                                                             .typed = true,
                                                             .is_array = words > 1,
                                                             .count = words,
                                                             .va = b->page[index].va,
                                                             .page = index,
                                                             .init = iso_arena_alloc(b->to->arena, (size_t)words * 8)};
    return index;
}

const struct iso_thread *iso_build_code_on(const struct build *b, uint16_t page)
{
    uint64_t va = b->from->page[page].va;
    for (uint32_t i = 0; i < b->from->nthreads && iso_test_page_is_code(b->from, page); i++)
        if (b->from->thread[i].code_va == va)
            return &b->from->thread[i];
    return NULL;
}

/* Code as the kernel copies it: two instructions at once, and what is left over. */
static void add_code(struct build *b, struct iso_page *page, uint16_t index, uint32_t ninsns)
{
    const struct {
        uint32_t count;
        uint8_t bytes;
        uint8_t type;
    } part[ISO_BUILD_CODE_LOCATIONS] = {{ninsns / 2, 8, ISO_TYPE_UINT64}, {ninsns % 2, 4, ISO_TYPE_UINT32}};
    uint64_t va = page->va;
    for (unsigned i = 0; i < ISO_BUILD_CODE_LOCATIONS; i++) {
        if (!part[i].count)
            continue;
        const char *name = page->nlocations ? iso_build_fresh_name(b, page->name, "rest") : page->name;
        b->location[b->to->nlocations++] =
            (struct iso_location){.name = name,
                                  .type = part[i].type,
                                  .element_bytes = part[i].bytes,
                                  .typed = true,
                                  .is_array = part[i].count > 1,
                                  .count = part[i].count,
                                  .va = va,
                                  .page = index,
                                  .init = stale(b, (size_t)part[i].bytes * part[i].count)};
        page->nlocations++;
        va += (uint64_t)part[i].bytes * part[i].count;
    }
}

uint16_t iso_build_page(struct build *b, uint16_t like, const char *suffix, uint64_t pa, enum iso_page_role role)
{
    uint16_t index = add_bare_page(b, like, suffix, pa, role);
    struct iso_page *page = &b->page[index];
    const struct iso_page *model = &b->from->page[like];

    const struct iso_thread *code = iso_build_code_on(b, like);
    if (code)
        add_code(b, page, index, code->ninsns);
    else
        page->nlocations = model->nlocations;
    for (uint32_t l = 0; l < model->nlocations; l++) {
        struct iso_location *location = &b->location[b->to->nlocations];
        const struct iso_location *original = &b->from->location[model->location + l];
        *location = *original;
        location->name =
            strcmp(original->name, model->name) == 0 ? page->name : iso_build_fresh_name(b, original->name, suffix);
        location->va = page->va + (original->va - model->va);
        location->page = index;
        location->tag = ISO_STALE_TAG;
        location->typed = true;
        location->init = stale(b, (size_t)original->element_bytes * original->count);
        b->to->nlocations++;
    }
    return index;
}
