/* Locations of a test and what they hold before it starts.
 * A location is a 64-bit number: with translation on, data are known by physical address, without it by the untagged virtual one; descriptors by
 * the address of the descriptor; the allocation tag of a granule by the granule's address with bit 63 set, one byte a tag.
 * Not for: values during an execution (machine.c).
 * Source: Arm ARM B2.3.1 (Location), facts/oracle.md section 7. */
#ifndef ISOTIER_SIM_EXPLORE_IMAGE_H
#define ISOTIER_SIM_EXPLORE_IMAGE_H

#include "sim/isa/engine.h"

#define ISO_LOC_TAG (UINT64_C(1) << 63)
/* Copy of a location that mismatched mappings see (alias.h): 0 memory, else a cached one. */
#define ISO_LOC_COPY_SHIFT 56
#define ISO_LOC_COPY       (UINT64_C(0x1f) << ISO_LOC_COPY_SHIFT)

static inline uint64_t iso_loc_of_tag(uint64_t loc)
{
    return (loc & ~(uint64_t)(ISO_GRANULE_BYTES - 1)) | ISO_LOC_TAG;
}
static inline bool iso_loc_is_tag(uint64_t loc)
{
    return (loc & ISO_LOC_TAG) != 0;
}

/* The location in memory, whichever copy is meant. */
static inline uint64_t iso_loc_strip(uint64_t loc)
{
    return loc & ~ISO_LOC_COPY;
}
/* Address of the bytes that a location is of, or that its tag belongs to. */
static inline uint64_t iso_loc_bare(uint64_t loc)
{
    return loc & ~(ISO_LOC_COPY | ISO_LOC_TAG);
}

struct iso_image {
    const struct iso_setup *setup;
    uint64_t
        tagless_frames; /* bit per page: its frame's tier stores no tags; written ones are there while dirty in a cache, then read as zero */
    uint64_t split_frames; /* bit per page: its frame has copies of its own for different mappings (alias.h) */
};

/* Frame, by the number of its page, that a location lies in, whichever copy is meant and whether it is a tag; -1: none. */
int iso_image_frame(const struct iso_setup *setup, uint64_t loc);
/* Location behind the untagged virtual address `va` under the initial identity mapping (a page's own frame). */
uint64_t iso_image_loc(const struct iso_setup *setup, uint64_t va);
/* Whether a tag location lies in a frame without tag storage. */
bool iso_image_is_tagless(const struct iso_image *image, uint64_t loc);
/* Whether a location lies in a frame of which there are several copies. */
bool iso_image_is_split(const struct iso_image *image, uint64_t loc);
/* Whether a write to `loc` could change what some thread executes: its code, or the descriptor of a page that holds code. */
bool iso_image_is_code(const struct iso_image *image, uint64_t loc);
/* Initial bytes of [loc, loc+size), size 1..16. Memory outside every location holds zero; a tag outside is 0. */
struct iso_bytes16 iso_image_read(const struct iso_image *image, uint64_t loc, unsigned size);

/* Byte i of a value, little endian. */
static inline unsigned iso_bytes_get(struct iso_bytes16 v, unsigned i)
{
    return (unsigned)((i < 8 ? v.lo >> (8 * i) : v.hi >> (8 * (i - 8))) & 255u);
}
static inline void iso_bytes_set(struct iso_bytes16 *v, unsigned i, unsigned byte)
{
    uint64_t *half = i < 8 ? &v->lo : &v->hi;
    unsigned shift = 8 * (i & 7);
    *half = (*half & ~(UINT64_C(255) << shift)) | (uint64_t)(byte & 255u) << shift;
}
static inline bool iso_bytes_equal(struct iso_bytes16 a, struct iso_bytes16 b)
{
    return a.lo == b.lo && a.hi == b.hi;
}
/* The `size` bytes from byte `from` on, others zero. */
static inline struct iso_bytes16 iso_bytes_slice(struct iso_bytes16 v, unsigned from, unsigned size)
{
    struct iso_bytes16 out = v;
    if (from >= 8) {
        out.lo = out.hi >> (8 * (from - 8));
        out.hi = 0;
    } else if (from > 0) {
        out.lo = v.lo >> (8 * from) | v.hi << (64 - 8 * from);
        out.hi = v.hi >> (8 * from);
    }
    if (size < 8) {
        out.lo &= (UINT64_C(1) << (8 * size)) - 1;
        out.hi = 0;
    } else if (size < 16) {
        out.hi = size == 8 ? 0 : out.hi & ((UINT64_C(1) << (8 * (size - 8))) - 1);
    }
    return out;
}

#endif
