/* Lines of memory in a hash table that is emptied, not freed, between runs. See image.h. */
#include "sim/platform/image.h"

#include "sim/platform/random.h"

#include <algorithm>
#include <cstring>

namespace iso
{

image::image() : table_(1024, nullptr), mask_(1023)
{
}

size_t image::slot(uint64_t address, unsigned domain) const
{
    size_t i = mix(address / LINE_BYTES, domain) & mask_;
    while (table_[i] && (table_[i]->address != address || table_[i]->domain != domain))
        i = (i + 1) & mask_;
    return i;
}

line *image::find(uint64_t address, unsigned domain)
{
    return table_[slot(address & ~uint64_t{LINE_BYTES - 1}, domain)];
}

line &image::look_up(uint64_t address, unsigned domain)
{
    size_t i = slot(address, domain);
    if (table_[i])
        return *(recent_[recent_of(address)] = table_[i]);
    line *home = domain == SHARED_DOMAIN ? nullptr : &at(address);
    if (2 * (used_.size() + 1) > table_.size())
        grow();
    if (used_.size() == pool_.size())
        pool_.emplace_back();
    line &l = pool_[used_.size()];
    std::memset(&l, 0, sizeof l);
    l.address = address;
    l.domain = domain;
    l.home = home ? home : &l;
    l.tier = l.home->tier;
    l.owner = -1;
    used_.push_back(&l);
    table_[slot(address, domain)] = &l;
    return l;
}

void image::grow()
{
    table_.assign(table_.size() * 2, nullptr);
    mask_ = table_.size() - 1;
    for (line *l : used_)
        table_[slot(l->address, l->domain)] = l;
}

void image::clear()
{
    if (!used_.empty())
        std::fill(table_.begin(), table_.end(), nullptr);
    used_.clear();
    std::fill(std::begin(recent_), std::end(recent_), nullptr);
}

void image::read(uint64_t address, unsigned size, unsigned domain, bool uncached, uint8_t *out, uint32_t *writer)
{
    while (size > 0) {
        line &l = at(address, uncached ? SHARED_DOMAIN : domain);
        const copy &c = uncached ? l.memory : visible(l);
        unsigned offset = static_cast<unsigned>(address % LINE_BYTES);
        unsigned n = std::min(size, LINE_BYTES - offset);
        std::memcpy(out, c.data + offset, n);
        if (writer) {
            std::memcpy(writer, c.writer + offset, n * sizeof *writer);
            writer += n;
        }
        out += n;
        address += n;
        size -= n;
    }
}

bool image::write(uint64_t address, unsigned size, unsigned domain, bool uncached, const uint8_t *bytes, uint32_t id)
{
    bool differs = false;
    while (size > 0) {
        line &l = at(address, uncached ? SHARED_DOMAIN : domain);
        copy &c = uncached ? l.memory : visible(l);
        unsigned offset = static_cast<unsigned>(address % LINE_BYTES);
        unsigned n = std::min(size, LINE_BYTES - offset);
        differs |= std::memcmp(c.data + offset, bytes, n) != 0;
        std::memcpy(c.data + offset, bytes, n);
        std::fill(c.writer + offset, c.writer + offset + n, id);
        if (l.held && !uncached)
            l.dirty = true;
        bytes += n;
        address += n;
        size -= n;
    }
    return differs;
}

bool image::write_through(uint64_t address, unsigned size, unsigned domain, const uint8_t *bytes, uint32_t id)
{
    bool differs = write(address, size, SHARED_DOMAIN, true, bytes, id);
    for (unsigned i = 0; i < size; i++) {
        line &l = at(address + i, domain);
        unsigned offset = static_cast<unsigned>((address + i) % LINE_BYTES);
        if (!l.held)
            continue;
        differs |= l.cached.data[offset] != bytes[i];
        l.cached.data[offset] = bytes[i];
        l.cached.writer[offset] = id;
    }
    return differs;
}

bool image::changed(uint64_t address, unsigned size, unsigned domain, bool uncached, const uint32_t *writer)
{
    for (unsigned i = 0; i < size; i++) {
        line &l = at(address + i, uncached ? SHARED_DOMAIN : domain);
        const copy &c = uncached ? l.memory : visible(l);
        if (c.writer[(address + i) % LINE_BYTES] != writer[i])
            return true;
    }
    return false;
}

} // namespace iso
