/* What memory holds: lines of 64 bytes with tags, behind the home node and in caches.
 * All caches of the shareability domain see one cached copy of a line (multi-copy atomicity: a write is visible to all at one
 * instant); who holds it is the directory's business. A Non-shareable access has a copy of its own per CPU.
 * Every byte and granule remembers which write put it there, for atomics, replays and reservations.
 * Not for: time, permissions, or what a tier does to tags: see home.h and models/tag.h.
 * Not modelled: values of synthetic requests (measure.h), which carry addresses only. */
#ifndef ISOTIER_SIM_PLATFORM_IMAGE_H
#define ISOTIER_SIM_PLATFORM_IMAGE_H

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

extern "C" {
#include "models/tag.h"
}

namespace iso
{

constexpr unsigned LINE_BYTES = 64;
constexpr unsigned CPUS = 16;
constexpr unsigned TIERS = 16;
/* No write yet: initial contents. Writes are numbered from 1, see write_id(). */
constexpr uint32_t INITIAL_WRITE = 0;
constexpr unsigned SHARED_DOMAIN = 0; /* domain n+1 is the Non-shareable domain of CPU n */
/* What Outer Shareable accesses see where the caches keep a copy of its own for them; elsewhere they are of the shared domain. */
constexpr unsigned OUTER_DOMAIN = CPUS + 1, DOMAINS = CPUS + 2;

struct copy {
    uint8_t data[LINE_BYTES];
    uint8_t tag[ISO_TAGS_PER_LINE];
    uint32_t writer[LINE_BYTES];
    uint32_t tag_writer[ISO_TAGS_PER_LINE];
};

struct line {
    uint64_t address; /* physical, of byte 0 */
    unsigned domain;
    line *home;          /* of a Non-shareable copy: the line it was filled from; else itself */
    copy memory;         /* behind the home node; unused in Non-shareable copies */
    copy cached;         /* valid while held */
    iso_tag_line tags;   /* state of the cached copy's tags; values are kept in cached.tag as well */
    bool held;           /* some cache of the domain has it */
    bool dirty;          /* cached data differ from memory */
    uint8_t tier;        /* index in the machine */
    uint16_t sharers;    /* directory: bit per CPU */
    int8_t owner;        /* CPU that holds it unique, or -1 */
    uint64_t busy_until; /* ps: a transaction on the line completes */
};

class image
{
  public:
    image();
    /* Line of a physical address; made on first use, with memory all zero. Reference stays valid until clear(). */
    line &at(uint64_t address, unsigned domain = SHARED_DOMAIN)
    {
        address &= ~uint64_t{LINE_BYTES - 1};
        line *recent = recent_[recent_of(address)];
        return recent && recent->address == address && recent->domain == domain ? *recent : look_up(address, domain);
    }
    line *find(uint64_t address, unsigned domain = SHARED_DOMAIN);
    void clear();
    size_t size() const
    {
        return used_.size();
    }
    line &operator[](size_t i)
    {
        return *used_[i];
    }
    /* Which copy an observer of this domain sees now. */
    static copy &visible(line &l)
    {
        return l.held ? l.cached : l.home->memory;
    }

    /* Bytes [address, address+size) as this domain (or memory itself: uncached) sees them; may cross lines.
     * writer, if not null, gets one number a byte. */
    void read(uint64_t address, unsigned size, unsigned domain, bool uncached, uint8_t *out, uint32_t *writer);
    /* True if some byte is another than before. */
    bool write(uint64_t address, unsigned size, unsigned domain, bool uncached, const uint8_t *bytes, uint32_t id);
    /* To memory, and to the domain's copy if there is one, which stays as clean as it was. */
    bool write_through(uint64_t address, unsigned size, unsigned domain, const uint8_t *bytes, uint32_t id);
    /* True if any byte was last written by another than the `writer` numbers say. */
    bool changed(uint64_t address, unsigned size, unsigned domain, bool uncached, const uint32_t *writer);

  private:
    std::vector<line *> table_; /* open addressing, power of two */
    std::vector<line *> used_;
    std::deque<line> pool_;
    size_t mask_;
    static constexpr size_t RECENT = 64;
    line *recent_[RECENT] = {}; /* by low bits of the line's number: found here without a search */
    static size_t recent_of(uint64_t address)
    {
        return (address / LINE_BYTES ^ address >> 12) % RECENT;
    }
    line &look_up(uint64_t address, unsigned domain);
    void grow();
    size_t slot(uint64_t address, unsigned domain) const;
};

} // namespace iso

#endif
