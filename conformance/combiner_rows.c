/* combiner-rows: prints what models/ makes of every stage 1 x stage 2 combination, for an oracle to compare with.
 *
 * For: harness/tests/test_attribute_combiner.py. Not for users, and not installed.
 * Output, binary: for features 0..7 (bit 0 XS, 1 MTE2, 2 MTE_PERM), FWB 0..1, MAIR 0..255, MemAttr 0..15,
 * SH 0..15 (stage 1 in bits 3:2): one byte n, then n little-endian 32-bit codes in ascending order. */
#include "models/attribute.h"

#include <stdio.h>
#include <stdlib.h>

static uint32_t level_code(const struct iso_level *level)
{
    return (uint32_t)level->cacheability | (uint32_t)level->allocate << 2 | (uint32_t)level->transient << 4;
}

/* 0 Device, 2:1 type, 7:3 outer, 12:8 inner, 14:13 shareability, 15 XS, 17:16 tagging, 18 NoTagAccess,
 * 20:19 provenance, 21 the Device type is stage 1's. */
static uint32_t code_of(const struct iso_memattr *m)
{
    uint32_t code = (uint32_t)m->shareability << 13 | (uint32_t)m->xs << 15 | (uint32_t)m->tagging << 16 |
                    (uint32_t)m->no_tag_access << 18 | (uint32_t)m->provenance << 19;
    if (m->is_device)
        return code | 1u | (uint32_t)m->device << 1 | (uint32_t)m->stage1_device << 21;
    return code | level_code(&m->outer) << 3 | level_code(&m->inner) << 8;
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void print_row(const struct iso_memattr_set *set)
{
    uint32_t code[ISO_MEMATTR_SET_MAX];
    unsigned char out[1 + 4 * ISO_MEMATTR_SET_MAX];
    for (size_t i = 0; i < set->count; i++)
        code[i] = code_of(&set->item[i]);
    qsort(code, set->count, sizeof *code, ascending);
    out[0] = (unsigned char)set->count;
    for (size_t i = 0; i < set->count; i++)
        for (unsigned byte = 0; byte < 4; byte++)
            out[1 + 4 * i + byte] = (unsigned char)(code[i] >> 8 * byte);
    fwrite(out, 1, 1 + 4 * set->count, stdout);
}

int main(void)
{
    static const struct iso_overrides none = {0};
    for (unsigned features = 0; features < 8; features++) {
        struct iso_decode_features f = {
            .xs = (features & 1) != 0,
            .mte2 = (features & 2) != 0,
            .mte_perm = (features & 4) != 0,
        };
        for (unsigned row = 0; row < 2u * 256 * 16 * 16; row++) {
            struct iso_memattr_set stage1, result;
            struct iso_stage2 stage2 = {
                .fwb = row >> 16 & 1,
                .memattr = (uint8_t)(row >> 4 & 15),
                .sh = (uint8_t)(row & 3),
            };
            iso_stage1_decode(&stage1, (uint8_t)(row >> 8), row >> 2 & 3, &f);
            iso_attribute_combine(&result, &stage1, &stage2, &f, &none);
            print_row(&result);
        }
    }
    return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
