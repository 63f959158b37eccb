/* Home node. See home.h. */
#include "sim/platform/home.h"

#include "sim/platform/timeline.h"

#include <algorithm>
#include <cstring>

namespace iso
{

using sc_core::sc_time;

home::home(sc_core::sc_module_name name, context &shared)
    : sc_core::sc_module(name), upstream("upstream"), downstream("downstream"), shared_(shared)
{
    upstream.register_b_transport(this, &home::transport);
    SC_METHOD(work);
    sensitive << wake_;
    dont_initialize();
}

unsigned first_hop_behind_home(const iso_tier &tier)
{
    unsigned i = 0;
    while (i < tier.nhops && (tier.hops[i].kind == ISO_HOP_CORE || tier.hops[i].kind == ISO_HOP_HOME))
        i++;
    return i;
}

void home::configure()
{
    std::fill(std::begin(home_hop_), std::end(home_hop_), nullptr);
    for (size_t t = 0; t < shared_.machine->ntiers; t++) {
        const iso_tier &tier = shared_.machine->tiers[t];
        for (size_t h = 0; h < tier.nhops; h++)
            if (tier.hops[h].kind == ISO_HOP_HOME)
                home_hop_[t] = &tier.hops[h];
        has_path_[t] = first_hop_behind_home(tier) < tier.nhops;
    }
}

void home::reset()
{
    queue_ = {};
    order_ = 0;
    wake_.cancel();
}

void home::listen(unsigned cpu, snoop_listener *listener)
{
    listener_[cpu] = listener;
}

/* To the tier behind; a tier may end here. */
void home::pass_on(tlm::tlm_generic_payload &payload, request_extension &extension, sc_time &delay)
{
    if (has_path_[extension.tier])
        downstream[extension.tier]->b_transport(payload, delay);
    else
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void home::transport(int, tlm::tlm_generic_payload &payload, sc_time &delay)
{
    request_extension &extension = extension_of(payload);
    const iso_tier &tier = shared_.machine->tiers[extension.tier];
    const iso_hop *own = home_hop_[extension.tier];
    if (extension.what == step::DECIDE) {
        if (own)
            decide_at(shared_, extension, *own, static_cast<unsigned>(own - tier.hops));
        if (extension.effect.kind == ISO_EFFECT_PASS)
            pass_on(payload, extension, delay);
        return;
    }
    if (own) {
        if (shared_.trace)
            trace_hop(*shared_.trace, extension, extension.tier, static_cast<unsigned>(own - tier.hops), own->name,
                      extension.now_ps + delay.value(), own->timing.latency_ps);
        delay += sc_time::from_value(own->timing.latency_ps);
    }
    if (extension.synthetic) {
        pass_on(payload, extension, delay);
        return;
    }
    request(payload, extension, delay);
}

/* Snoops every other holder that must give way. Returns whether one had to answer. */
bool home::take_from_others(line &l, const request_extension &extension, uint64_t at_ps)
{
    bool invalidate = extension.need != want::READ;
    uint16_t others = static_cast<uint16_t>(l.sharers & ~(1u << extension.cpu));
    if (!invalidate && (l.owner < 0 || l.owner == static_cast<int>(extension.cpu)))
        return false;
    if (!others)
        return false;
    for (unsigned k = 0; k < CPUS; k++) {
        if (!(others >> k & 1))
            continue;
        shared_.count[COUNT_SNOOPS]++;
        if (listener_[k])
            schedule(
                {at_ps + snoop_ps_ / 2, order_++, l.address, static_cast<uint8_t>(l.domain), static_cast<int8_t>(k)});
    }
    if (invalidate)
        l.sharers &= static_cast<uint16_t>(1u << extension.cpu);
    l.owner = -1;
    return true;
}

/* An atomic has its place to itself from the read to the write, wherever it is performed: those on one line come one after the other. */
void home::pass_uncached(tlm::tlm_generic_payload &payload, request_extension &extension, sc_time &delay)
{
    line *l = extension.atomic ? &shared_.memory.at(payload.get_address(), extension.domain) : nullptr;
    uint64_t at = extension.now_ps + delay.value();
    if (l && l->busy_until > at)
        delay += sc_time::from_value(l->busy_until - at);
    pass_on(payload, extension, delay);
    if (l)
        l->busy_until = extension.now_ps + delay.value();
}

void home::request(tlm::tlm_generic_payload &payload, request_extension &extension, sc_time &delay)
{
    bool cached = extension.need == want::READ || extension.need == want::UNIQUE;
    if (extension.need == want::UNCACHED_READ || extension.need == want::UNCACHED_WRITE) {
        pass_uncached(payload, extension, delay);
        return;
    }
    line &l = shared_.memory.at(payload.get_address(), extension.domain);
    uint64_t at = extension.now_ps + delay.value();
    if (l.busy_until > at) { /* transactions on one line are in order here */
        delay += sc_time::from_value(l.busy_until - at);
        at = l.busy_until;
    }
    bool had_copy = l.held;
    extension.snooped = take_from_others(l, extension, at);
    if (extension.snooped)
        delay += sc_time::from_value(snoop_ps_);
    if (!cached)
        evict_all(l);
    bool own_copy = l.sharers >> extension.cpu & 1;
    if (!had_copy || !cached) {
        pass_on(payload, extension, delay);
        if (cached && !l.held)
            fill(l);
    } else if (!own_copy && !extension.snooped) {
        delay += sc_time::from_value(snoop_ps_); /* a clean sharer forwards */
        shared_.count[COUNT_TRANSFERS]++;
    } else if (extension.snooped && !own_copy) {
        shared_.count[COUNT_TRANSFERS]++;
    }
    if (cached) {
        l.sharers |= static_cast<uint16_t>(1u << extension.cpu);
        bool alone = l.sharers == 1u << extension.cpu;
        l.owner = extension.need == want::UNIQUE || alone ? static_cast<int8_t>(extension.cpu) : int8_t{-1};
    }
    l.busy_until = extension.now_ps + delay.value();
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void home::fill(line &l)
{
    l.cached = l.home->memory;
    if (l.home != &l && l.home->held) /* a Non-shareable copy is filled from where memory is: not from other caches */
        l.cached = l.home->memory;
    l.held = true;
    l.dirty = false;
    l.tags = {};
    if (shared_.tags_exist) {
        const iso_tier &tier = shared_.machine->tiers[l.tier];
        iso_tag_line_fill(&l.tags, l.home->memory.tag,
                          static_cast<iso_tag_storage>(iso_tier_get(&tier, ISO_CAP_TAG_STORAGE, nullptr)),
                          static_cast<iso_tag_read>(iso_tier_get(&tier, ISO_CAP_TAG_ON_READ_UNSUPPORTED, nullptr)));
    }
}

void home::write_data_back(line &l)
{
    if (!l.dirty)
        return;
    std::memcpy(l.home->memory.data, l.cached.data, sizeof l.cached.data);
    std::memcpy(l.home->memory.writer, l.cached.writer, sizeof l.cached.writer);
    l.dirty = false;
    shared_.count[COUNT_WRITEBACKS]++;
}

/* Of a line that is dirty in part, what else is written back in this run: old tags with new data, old data with new tags. */
void home::take_along(line &l)
{
    const bool tags_dirty = l.tags.valid && l.tags.dirty, data_dirty = l.dirty;
    const iso_tier &tier = shared_.machine->tiers[l.tier];
    if (!shared_.any_mismatch || !l.tags.valid)
        return;
    l.dirty |= tags_dirty && shared_.data_with_tags;
    l.tags.dirty |=
        data_dirty && shared_.tags_with_data &&
        iso_tag_storage_keeps(static_cast<iso_tag_storage>(iso_tier_get(&tier, ISO_CAP_TAG_STORAGE, nullptr)));
}

void home::clean_data(line &l)
{
    write_data_back(l);
    std::memcpy(l.cached.data, l.home->memory.data, sizeof l.cached.data);
    std::memcpy(l.cached.writer, l.home->memory.writer, sizeof l.cached.writer);
}

void home::write_back(line &l)
{
    if (!l.held)
        return;
    copy &memory = l.home->memory;
    take_along(l);
    write_data_back(l);
    if (l.tags.valid && l.tags.dirty) {
        const iso_tier &tier = shared_.machine->tiers[l.tier];
        iso_tag_writeback result = iso_tag_line_evict(
            &l.tags, memory.tag, static_cast<iso_tag_storage>(iso_tier_get(&tier, ISO_CAP_TAG_STORAGE, nullptr)),
            static_cast<iso_tag_write>(iso_tier_get(&tier, ISO_CAP_TAG_WRITE_UNSUPPORTED, nullptr)));
        switch (result) {
        case ISO_TAG_WRITEBACK_STORED:
            std::memcpy(memory.tag_writer, l.cached.tag_writer, sizeof memory.tag_writer);
            break;
        case ISO_TAG_WRITEBACK_LOST:
            shared_.count[COUNT_TAG_EVICT_LOST]++;
            break;
        case ISO_TAG_WRITEBACK_ALIASED:
            shared_.count[COUNT_TAG_EVICT_ALIASED]++;
            alias_tags(l);
            break;
        case ISO_TAG_WRITEBACK_ABORTED:
            shared_.count[COUNT_TAG_EVICT_ABORTED]++;
            for (unsigned k = 0; k < CPUS; k++)
                if (listener_[k] && (l.owner == static_cast<int>(k) || (l.owner < 0 && (l.sharers >> k & 1)))) {
                    listener_[k]->write_back_aborted();
                    break;
                }
            break;
        }
    }
    l.held = l.dirty = false;
    l.tags.valid = l.tags.dirty = false;
    l.owner = -1;
}

void home::evict(line &l, unsigned cpu)
{
    if (!(l.sharers >> cpu & 1))
        return;
    shared_.count[COUNT_EVICTIONS]++;
    uint16_t rest = static_cast<uint16_t>(l.sharers & ~(1u << cpu));
    if (!rest)
        write_back(l);
    l.sharers = rest;
    if (l.owner == static_cast<int>(cpu))
        l.owner = -1;
}

void home::evict_all(line &l)
{
    if (l.held)
        shared_.count[COUNT_EVICTIONS]++;
    write_back(l);
    l.sharers = 0;
    l.owner = -1;
}

void home::preload(uint64_t address, unsigned domain, uint16_t sharers, int owner)
{
    line &l = shared_.memory.at(address, domain);
    if (!sharers)
        return;
    fill(l);
    l.sharers = sharers;
    l.owner = static_cast<int8_t>(owner);
}

uint8_t home::read_tag(uint64_t address, unsigned domain, bool uncached, bool *dirty, uint32_t *writer)
{
    line &l = shared_.memory.at(address, uncached ? SHARED_DOMAIN : domain);
    unsigned granule = static_cast<unsigned>(address % LINE_BYTES) / ISO_TAG_GRANULE_BYTES;
    bool from_cache = !uncached && l.held && l.tags.valid;
    *dirty = from_cache && l.tags.dirty;
    *writer = (from_cache ? l.cached : l.home->memory).tag_writer[granule];
    return from_cache ? iso_tag_line_read(&l.tags, address) : l.home->memory.tag[granule];
}

void home::write_tag(uint64_t address, unsigned domain, bool uncached, uint8_t tag, uint32_t id)
{
    line &l = shared_.memory.at(address, uncached ? SHARED_DOMAIN : domain);
    unsigned granule = static_cast<unsigned>(address % LINE_BYTES) / ISO_TAG_GRANULE_BYTES;
    if (!uncached && !l.held)
        fill(l);
    if (!uncached && l.tags.valid) {
        iso_tag_line_write(&l.tags, address, tag);
        l.cached.tag_writer[granule] = id;
    } else {
        l.home->memory.tag[granule] = tag;
        l.home->memory.tag_writer[granule] = id;
    }
}

/* Tags written behind the end of tag storage land in memory that belongs to something else: one of the run's other lines. */
void home::alias_tags(const line &from)
{
    line *victim = nullptr;
    for (size_t i = 0; i < shared_.memory.size() && !victim; i++) {
        line &l = shared_.memory[i];
        if (l.home == &l && l.address / 4096 != from.address / 4096)
            victim = &l;
    }
    if (!victim)
        return;
    copy &c = image::visible(*victim);
    c.data[0] = static_cast<uint8_t>(from.tags.tag[0] | from.tags.tag[1] << 4);
    c.data[1] = static_cast<uint8_t>(from.tags.tag[2] | from.tags.tag[3] << 4);
}

void home::schedule(const delayed &d)
{
    bool first = queue_.empty() || d.at_ps < queue_.top().at_ps;
    queue_.push(d);
    if (first) {
        uint64_t now = sc_core::sc_time_stamp().value();
        wake_.notify(sc_time::from_value(d.at_ps > now ? d.at_ps - now : 0));
    }
}

void home::evict_later(uint64_t address, unsigned domain, uint64_t at_ps)
{
    schedule({at_ps, order_++, address, static_cast<uint8_t>(domain), -1});
}

void home::work()
{
    host_time measured(shared_);
    uint64_t now = sc_core::sc_time_stamp().value();
    while (!queue_.empty() && queue_.top().at_ps <= now) {
        delayed d = queue_.top();
        queue_.pop();
        if (d.cpu >= 0) {
            listener_[d.cpu]->snooped(d.address, true);
        } else if (line *l = shared_.memory.find(d.address, d.domain)) {
            if (l->busy_until <= now) {
                uint16_t had = l->sharers;
                evict_all(*l);
                for (unsigned k = 0; k < CPUS; k++)
                    if ((had >> k & 1) && listener_[k])
                        listener_[k]->snooped(d.address, true);
            }
        }
    }
    if (!queue_.empty())
        wake_.notify(sc_time::from_value(queue_.top().at_ps - now));
}

} // namespace iso
