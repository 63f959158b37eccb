/* Allocation tags: granules, checks, and a line's tags on their way to and from storage.
 *
 * For: the caches and tiers of the platform, and the tag locations of the exhaustive engine.
 * Not for: whether an access is checked or tags are stored (iso_decide() says so in compare, mismatch and tag).
 * Source: facts/arm-attributes.md 7.1-7.3; CHI B12.11; AXI A12.2. */
#ifndef ISO_MODELS_TAG_H
#define ISO_MODELS_TAG_H

#include "models/decide.h"

enum { ISO_TAG_GRANULE_BYTES = 16, ISO_TAG_LINE_BYTES = 64, ISO_TAGS_PER_LINE = 4 };

uint64_t iso_tag_granule(uint64_t pa);     /* address rounded down to its granule */
uint8_t iso_tag_logical(uint64_t address); /* bits 59:56 */
uint8_t iso_tag_canonical(bool bit55);     /* 0x0, or 0xF when VA bit 55 is set */
/* Granules that [address, address+size) touches; size above 0. */
unsigned iso_tag_granules(uint64_t address, uint32_t size_bytes);

/* Is the access Tag Checked (7.1 "checked iff")? Pure function of the translation regime's controls and the address. */
struct iso_tag_controls {
    bool tbi, mtx;     /* either makes the top byte a tag */
    bool tcma;         /* VA[59:55] all 0 or all 1 unchecked */
    bool ata;          /* allocation tag access enabled */
    bool tco;          /* PSTATE.TCO */
    bool tcso;         /* store-only: pure reads unchecked */
    bool sp_immediate; /* base register SP with immediate offset */
};
bool iso_tag_is_checked(const struct iso_tag_controls *controls, const struct iso_access *access, uint64_t address);

/* What a comparison with a known allocation tag means for an access, given the effect iso_decide() returned. */
enum iso_tag_verdict { ISO_TAG_PASSES, ISO_TAG_FAULTS_SYNC, ISO_TAG_FAULTS_ASYNC, ISO_TAG_FAILS_IGNORED };
/* stored: the tag read from cache or storage; not looked at unless the effect compares with it.
 * cached_dirty: the line holds tags that were written and not yet evicted (set T: they are seen, then lost). */
enum iso_tag_verdict iso_tag_compare(const struct iso_effect *effect, const struct iso_access *access, uint8_t stored,
                                     bool cached_dirty);

/* Tags of one 64-byte line in a cache. */
struct iso_tag_line {
    uint8_t tag[ISO_TAGS_PER_LINE];
    bool valid; /* tags present (Clean or Dirty) */
    bool dirty;
};

/* What writing a line's dirty tags back to a hop does there. */
enum iso_tag_writeback {
    ISO_TAG_WRITEBACK_STORED,
    ISO_TAG_WRITEBACK_LOST,
    ISO_TAG_WRITEBACK_ALIASED,
    ISO_TAG_WRITEBACK_ABORTED
};

/* Writes a tag into the line (STG and friends): dirty, other granules unchanged; the line must be valid. */
void iso_tag_line_write(struct iso_tag_line *line, uint64_t pa, uint8_t tag);
uint8_t iso_tag_line_read(const struct iso_tag_line *line, uint64_t pa);
/* Eviction: the line leaves the cache towards a hop with this tag capability; the line is invalid afterwards.
 * *stored gets the tags as they are in storage then; not touched when the result is ALIASED or ABORTED. */
enum iso_tag_writeback iso_tag_line_evict(struct iso_tag_line *line, uint8_t stored[ISO_TAGS_PER_LINE],
                                          enum iso_tag_storage storage, enum iso_tag_write unsupported);
/* Fill: the line is fetched with tags. stored is what storage holds; not looked at where there is none. Returns false
 * if the fetch faults instead (tag.on_read_unsupported = fault). */
bool iso_tag_line_fill(struct iso_tag_line *line, const uint8_t stored[ISO_TAGS_PER_LINE], enum iso_tag_storage storage,
                       enum iso_tag_read unsupported);
/* Does this storage keep tags? false for NONE, UNKNOWN and PASS. */
bool iso_tag_storage_keeps(enum iso_tag_storage storage);

/* EMD packing: 4 tags of 4 bits in the low half of the 32 bits that a line carries. */
uint32_t iso_tag_emd_pack(const uint8_t tag[ISO_TAGS_PER_LINE]);
void iso_tag_emd_unpack(uint8_t tag[ISO_TAGS_PER_LINE], uint32_t emd);
/* Carve-out: address of the tag byte of a granule, two tags a byte, 1/32 of memory (4 bits for 16 bytes). */
uint64_t iso_tag_carveout_address(uint64_t pa, uint64_t memory_base, uint64_t carveout_base);

#endif
