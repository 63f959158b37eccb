/* What the native runner and the interpreter driver must agree on: where code and data lie, what a sequence starts from, and the record
 * it leaves. Everything follows from the sequence's 64-bit seed. Not for: what the sequences are (generate.py). */
#ifndef ISOTIER_QEMU_DIFF_STATE_H
#define ISOTIER_QEMU_DIFF_STATE_H

#include <stdint.h>

#define QD_CODE_VA    0x20000000ull /* sequence i starts at QD_CODE_VA + i * QD_SLOT_BYTES */
#define QD_SLOT_BYTES 128ull
#define QD_DATA_VA    0x10000000ull /* one page, nothing mapped around it */
#define QD_DATA_BYTES 4096u
#define QD_GRANULES   (QD_DATA_BYTES / 16u)
#define QD_ZVA_BYTES  512u /* qemu-aarch64 -cpu max */

enum qd_cause { QD_END, QD_UNMAPPED, QD_TAG_CHECK, QD_ALIGNMENT, QD_OTHER };

struct qd_record {
    uint64_t x[31];
    uint64_t sp, nzcv, tco;
    uint64_t pc;    /* bytes from the start of the sequence */
    uint64_t cause; /* enum qd_cause */
    uint64_t data_digest, tag_digest;
};

static inline uint64_t qd_mix(uint64_t z)
{
    z += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

/* A value worth trying: corners of both widths, small numbers, noise. */
static inline uint64_t qd_value(uint64_t key)
{
    static const uint64_t corners[16] = {
        0,    1,    UINT64_MAX, 0x7fffffff, 0x80000000, 0xffffffff,     0x8000000000000000ull, 0x7fffffffffffffffull,
        0xff, 0x80, 0x7f,       0x8000,     0x7fff,     0x100000000ull, 0xfffffffeull,         0xff00ff00ff00ff00ull};
    uint64_t r = qd_mix(key);
    switch (r & 7) {
    case 0:
    case 1:
    case 2:
        return corners[r >> 8 & 15];
    case 3:
        return r >> 8 & 63;
    case 4:
        return r >> 32;
    default:
        return qd_mix(r);
    }
}

static inline unsigned qd_home_tag(uint64_t seed)
{
    return qd_mix(seed ^ 0x7a65) & 15;
}

/* Allocation tag of granule g: the sequence's home tag, now and then another. */
static inline unsigned qd_tag(uint64_t seed, unsigned g)
{
    uint64_t r = qd_mix(seed + 0x1000 + g);
    return r % 24 ? qd_home_tag(seed) : r >> 8 & 15;
}

/* Word i of the data: noise, or the value of a data register so that comparisons succeed at times. */
static inline uint64_t qd_data(uint64_t seed, unsigned i)
{
    uint64_t r = qd_mix(seed + 0x2000 + i);
    return r & 3 ? qd_value(r) : qd_value(seed + (r >> 8) % 16);
}

/* Initial X0..X30, SP (n = 31). X0..X15 data; X16..X21 aligned pointers, X22 an odd one; X23, X24 pointers 16384 and 2048 bytes too
 * low for large displacements; X25..X28 index registers; X29 a tag mask that leaves one tag; X30 data. */
static inline uint64_t qd_register(uint64_t seed, unsigned n)
{
    uint64_t r = qd_mix(seed + 0x3000 + n), tag = (uint64_t)(r >> 8 & 31 ? qd_home_tag(seed) : r >> 16 & 15) << 56;
    uint64_t middle = QD_DATA_VA + 1024 + (r >> 24 & 127) * 16;
    if (n < 16 || n == 30)
        return qd_value(seed + n);
    if (n <= 21 || n == 31)
        return middle | tag;
    switch (n) {
    case 22:
        return (middle + (r >> 32 & 15)) | tag;
    case 23:
        return (middle - 16384) | tag;
    case 24:
        return (middle - 2048) | tag;
    case 25:
        return r & 63;
    case 26:
        return (qd_mix(r) & 0xffffffff00000000ull) | (r & 63);
    case 27:
        return (qd_mix(r) & 0xffffffff00000000ull) | (uint32_t) - (int32_t)(r & 63);
    case 28:
        return (uint64_t) - (int64_t)(r & 63);
    }
    return r & 1 ? 0xffff & ~(1u << (r >> 8 & 15)) : 0xffff;
}

static inline uint64_t qd_digest(uint64_t digest, uint64_t word)
{
    return (digest ^ word) * 0x100000001b3ull + (digest >> 47);
}

#endif
