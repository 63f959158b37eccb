/* Initial contents of locations. Not for: contents during an execution. */
#include "sim/explore/image.h"

int iso_image_frame(const struct iso_setup *setup, uint64_t loc)
{
    return setup->variant.vmsa ? iso_test_frame_at(setup->test, iso_loc_bare(loc))
                               : iso_test_page_at(setup->test, iso_loc_bare(loc));
}

uint64_t iso_image_loc(const struct iso_setup *setup, uint64_t va)
{
    int page;
    if (!setup->variant.vmsa)
        return va;
    page = iso_test_page_at(setup->test, va);
    return page < 0 ? va : setup->test->page[page].pa + (va & (ISO_PAGE_BYTES - 1));
}

/* Virtual address whose initial mapping leads to `loc`. */
static uint64_t initial_va(const struct iso_setup *setup, uint64_t loc)
{
    int page;
    if (!setup->variant.vmsa)
        return loc;
    page = iso_test_frame_at(setup->test, loc);
    return page < 0 ? loc : setup->test->page[page].va + (loc & (ISO_PAGE_BYTES - 1));
}

/* Tag of a granule: that of a location in it. */
static unsigned initial_tag(const struct iso_setup *setup, uint64_t granule)
{
    uint64_t va = initial_va(setup, granule);
    for (unsigned i = 0; i < ISO_GRANULE_BYTES; i++) {
        const struct iso_location *at = iso_test_location_at(setup->test, va + i);
        if (at)
            return at->tag;
    }
    return 0;
}

bool iso_image_is_tagless(const struct iso_image *image, uint64_t loc)
{
    int frame;
    if (!image->tagless_frames || !iso_loc_is_tag(loc))
        return false;
    frame = iso_image_frame(image->setup, loc);
    return frame >= 0 && frame < (int)ISO_SETUP_MAX_PAGES && (image->tagless_frames >> frame & 1);
}

bool iso_image_is_split(const struct iso_image *image, uint64_t loc)
{
    int frame;
    if (!image->split_frames)
        return false;
    frame = iso_image_frame(image->setup, loc);
    return frame >= 0 && frame < (int)ISO_SETUP_MAX_PAGES && (image->split_frames >> frame & 1);
}

/* Whether some thread's code has a byte in [from, to). */
static bool holds_code(const struct iso_test *test, uint64_t from, uint64_t to)
{
    for (uint32_t i = 0; i < test->nthreads; i++) {
        const struct iso_thread *t = &test->thread[i];
        if (from < t->code_va + 4 * (uint64_t)t->ninsns && to > t->code_va)
            return true;
    }
    return false;
}

bool iso_image_is_code(const struct iso_image *image, uint64_t loc)
{
    const struct iso_test *test = image->setup->test;
    uint64_t va;
    int page;
    if (iso_loc_is_tag(loc))
        return false;
    loc = iso_loc_strip(loc);
    page = iso_test_descriptor_at(test, loc);
    if (page >= 0)
        return image->setup->variant.vmsa &&
               holds_code(test, test->page[page].va, test->page[page].va + ISO_PAGE_BYTES);
    va = initial_va(image->setup, loc);
    return holds_code(test, va, va + 1);
}

/* Byte of code read as data, or -1: the word of the instruction there. */
static int code_byte(const struct iso_test *test, uint64_t va)
{
    for (uint32_t i = 0; i < test->nthreads; i++) {
        const struct iso_thread *t = &test->thread[i];
        uint64_t offset = va - t->code_va;
        if (va >= t->code_va && offset < 4 * (uint64_t)t->ninsns && t->word)
            return (int)(t->word[offset / 4] >> (8 * (offset & 3)) & 255u);
    }
    return -1;
}

struct iso_bytes16 iso_image_read(const struct iso_image *image, uint64_t loc, unsigned size)
{
    const struct iso_setup *setup = image->setup;
    const struct iso_test *test = setup->test;
    struct iso_bytes16 out = {0, 0};
    const struct iso_location *at = NULL;
    int page;
    uint64_t va;
    if (iso_loc_is_tag(loc)) { /* caches hold nothing else before the test begins */
        out.lo = initial_tag(setup, iso_loc_bare(loc));
        return out;
    }
    loc = iso_loc_strip(loc);
    page = iso_test_descriptor_at(test, loc);
    va = initial_va(setup, loc);
    for (unsigned i = 0; i < size; i++) {
        uint64_t byte = va + i;
        if (page >= 0) {
            uint64_t offset = loc + i - test->page[page].descriptor_va;
            if (offset < 8)
                iso_bytes_set(&out, i, (unsigned)(test->page[page].descriptor >> (8 * offset)));
            continue;
        }
        if (!at || byte < at->va || byte >= at->va + (uint64_t)at->element_bytes * at->count)
            at = iso_test_location_at(test, byte);
        if (at)
            iso_bytes_set(&out, i, at->init[byte - at->va]);
        else if (code_byte(test, byte) >= 0)
            iso_bytes_set(&out, i, (unsigned)code_byte(test, byte));
    }
    return out;
}
