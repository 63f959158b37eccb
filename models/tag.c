/* Tag granules, checks, lines on their way to and from storage. Source: facts/arm-attributes.md 7.1-7.3. */
#include "models/tag.h"

uint64_t iso_tag_granule(uint64_t pa)
{
    return pa & ~(uint64_t)(ISO_TAG_GRANULE_BYTES - 1);
}

uint8_t iso_tag_logical(uint64_t address)
{
    return (uint8_t)(address >> 56 & 15);
}

uint8_t iso_tag_canonical(bool bit55)
{
    return bit55 ? 15 : 0;
}

unsigned iso_tag_granules(uint64_t address, uint32_t size_bytes)
{
    uint64_t last = address + size_bytes - 1;
    return (unsigned)((iso_tag_granule(last) - iso_tag_granule(address)) / ISO_TAG_GRANULE_BYTES) + 1;
}

bool iso_tag_is_checked(const struct iso_tag_controls *c, const struct iso_access *access, uint64_t address)
{
    unsigned top = (unsigned)(address >> 55 & 31); /* VA[59:55] */
    bool pure_read = iso_access_reads(access) && iso_access_family(access->kind) != ISO_FAMILY_ATOMIC;
    if (!iso_access_tag_checkable(access->kind) || !(c->tbi || c->mtx) || !c->ata || c->tco || c->sp_immediate)
        return false;
    if (c->tcma && (top == 0 || top == 31))
        return false;
    return !(c->tcso && pure_read);
}

static enum iso_tag_verdict verdict_of(bool matches, enum iso_on_mismatch mismatch)
{
    if (matches)
        return ISO_TAG_PASSES;
    switch (mismatch) {
    case ISO_MISMATCH_IGNORED:
        return ISO_TAG_FAILS_IGNORED;
    case ISO_MISMATCH_SYNC:
        return ISO_TAG_FAULTS_SYNC;
    case ISO_MISMATCH_ASYNC:
        return ISO_TAG_FAULTS_ASYNC;
    }
    return ISO_TAG_FAILS_IGNORED;
}

enum iso_tag_verdict iso_tag_compare(const struct iso_effect *effect, const struct iso_access *access, uint8_t stored,
                                     bool cached_dirty)
{
    uint8_t logical = access->logical_tag & 15;
    switch (effect->compare) {
    case ISO_TAG_COMPARE_UNDECIDED:
    case ISO_TAG_COMPARE_NONE:
        return ISO_TAG_PASSES;
    case ISO_TAG_COMPARE_STORED:
    case ISO_TAG_COMPARE_ALIASED:
        return verdict_of(logical == stored, effect->mismatch);
    case ISO_TAG_COMPARE_ZERO: /* written tags are seen until the line is evicted: facts 7.3 */
        return verdict_of(logical == (cached_dirty ? stored : 0), effect->mismatch);
    case ISO_TAG_COMPARE_CANONICAL:
        return verdict_of(logical == iso_tag_canonical(access->bit55), effect->mismatch);
    case ISO_TAG_COMPARE_FAILS:
        return verdict_of(false, effect->mismatch);
    }
    return ISO_TAG_PASSES;
}

static unsigned index_in_line(uint64_t pa)
{
    return (unsigned)(pa / ISO_TAG_GRANULE_BYTES % ISO_TAGS_PER_LINE);
}

void iso_tag_line_write(struct iso_tag_line *line, uint64_t pa, uint8_t tag)
{
    line->tag[index_in_line(pa)] = tag & 15;
    line->valid = true;
    line->dirty = true;
}

uint8_t iso_tag_line_read(const struct iso_tag_line *line, uint64_t pa)
{
    return line->tag[index_in_line(pa)];
}

bool iso_tag_storage_keeps(enum iso_tag_storage storage)
{
    switch (storage) {
    case ISO_TAG_STORAGE_UNKNOWN:
    case ISO_TAG_STORAGE_PASS:
    case ISO_TAG_STORAGE_NONE:
        return false;
    case ISO_TAG_STORAGE_EMD32:
    case ISO_TAG_STORAGE_CARVEOUT:
    case ISO_TAG_STORAGE_ECC:
    case ISO_TAG_STORAGE_FULL:
        return true;
    }
    return false;
}

enum iso_tag_writeback iso_tag_line_evict(struct iso_tag_line *line, uint8_t stored[ISO_TAGS_PER_LINE],
                                          enum iso_tag_storage storage, enum iso_tag_write unsupported)
{
    bool dirty = line->valid && line->dirty;
    bool keeps = iso_tag_storage_keeps(storage);
    uint8_t tag[ISO_TAGS_PER_LINE];
    for (unsigned i = 0; i < ISO_TAGS_PER_LINE; i++)
        tag[i] = line->tag[i];
    *line = (struct iso_tag_line){0};
    if (dirty && !keeps && unsupported == ISO_TAG_WRITE_ALIAS)
        return ISO_TAG_WRITEBACK_ALIASED;
    if (dirty && !keeps && unsupported == ISO_TAG_WRITE_ABORT)
        return ISO_TAG_WRITEBACK_ABORTED;
    for (unsigned i = 0; i < ISO_TAGS_PER_LINE; i++)
        if (!keeps)
            stored[i] = 0;
        else if (dirty)
            stored[i] = tag[i];
    return dirty && !keeps ? ISO_TAG_WRITEBACK_LOST : ISO_TAG_WRITEBACK_STORED;
}

bool iso_tag_line_fill(struct iso_tag_line *line, const uint8_t stored[ISO_TAGS_PER_LINE], enum iso_tag_storage storage,
                       enum iso_tag_read unsupported)
{
    bool keeps = iso_tag_storage_keeps(storage);
    if (!keeps && unsupported == ISO_TAG_READ_FAULT)
        return false;
    bool read = keeps || unsupported == ISO_TAG_READ_ALIAS; /* an alias gives what lies there: the caller's stored */
    for (unsigned i = 0; i < ISO_TAGS_PER_LINE; i++)
        line->tag[i] = read ? stored[i] & 15 : 0;
    line->valid = true;
    line->dirty = false; /* Clean: CHI B12.11.3 */
    return true;
}

uint32_t iso_tag_emd_pack(const uint8_t tag[ISO_TAGS_PER_LINE])
{
    uint32_t emd = 0;
    for (unsigned i = 0; i < ISO_TAGS_PER_LINE; i++)
        emd |= (uint32_t)(tag[i] & 15) << 4 * i;
    return emd;
}

void iso_tag_emd_unpack(uint8_t tag[ISO_TAGS_PER_LINE], uint32_t emd)
{
    for (unsigned i = 0; i < ISO_TAGS_PER_LINE; i++)
        tag[i] = (uint8_t)(emd >> 4 * i & 15);
}

uint64_t iso_tag_carveout_address(uint64_t pa, uint64_t memory_base, uint64_t carveout_base)
{
    return carveout_base + (pa - memory_base) / 32;
}
