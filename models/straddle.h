/* One instruction whose bytes lie on two pages: what of it depends on both.
 *
 * For: both engines, after each page has been translated. Everything else an access meets it meets page by page, through iso_decide().
 * Not for: an access of one page; where the boundary is, and which page faults first (the engines).
 * Source: Arm ARM B2.10.3, K1.2.13 (CH-36), K1.2.14 (CH-37). */
#ifndef ISO_MODELS_STRADDLE_H
#define ISO_MODELS_STRADDLE_H

#include "models/decide.h"

/* The smallest translation granule that a machine of ours implements: bytes of a page. */
enum { ISO_STRADDLE_BYTES = 4096 };

/* Bytes of [va, va+size) that lie before the boundary of a page; 0: all of them lie on one. */
static inline uint32_t iso_straddle_first(uint64_t va, uint32_t size_bytes)
{
    uint64_t left = ISO_STRADDLE_BYTES - va % ISO_STRADDLE_BYTES;
    return size_bytes > left ? (uint32_t)left : 0;
}

/* One of the pages. */
struct iso_straddle_page {
    struct iso_attribute attribute; /* of its accesses */
    struct iso_attribute stage1;    /* what stage 1 alone says */
    struct iso_attribute stage2;    /* what stage 2 makes of Normal Write-Back Inner Shareable memory */
    bool has_stage2;                /* its accesses go through stage 2 */
};

/* What the implementation makes of the whole instruction. Pure. A non-empty set:
 *   PASS                 every page by its own attributes
 *   PASS, UNORDERED      the same, and nothing that Device promises of order holds between its accesses and others (CH-37)
 *   FAULT, ALIGNMENT     by the stage that makes the pages differ, or that makes both of them Device; either if both do
 *   NOP                  registers and memory keep what they hold
 * More than PASS where types (Normal, Device) or Shareability differ (CH-36), or where both pages are Device (CH-37). */
void iso_decide_straddle(struct iso_effect_set *out, const struct iso_access *access,
                         const struct iso_straddle_page page[2], const struct iso_cpu_features *features);

/* The access as its part behind the boundary asks for it. That such an access is misaligned is settled where its first part is decided: from the boundary on it is
 * aligned, byte by byte where the whole is not aligned (SAIL Mem_read, Mem_set: DEVPAGE2, whose other member CH-36 and CH-37 have), element by element where it is,
 * and whole if it is atomic. va, size_bytes: of that part. */
void iso_straddle_rest(struct iso_access *access, uint64_t va, uint32_t size_bytes);

#endif
