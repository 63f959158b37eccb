/* Tables of the keys of a machine file, as declared in machine_fields.h: one row a key, units in the names.
 * Not for: reading. Not modelled: nothing of the architecture stands here. */
#include "sim/machine_fields.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define FIELD(type, member, key, kind_, required_, low, high, text)                                                    \
    {                                                                                                                  \
        .name = key, .kind = ISO_FIELD_##kind_, .required = required_, .offset = offsetof(type, member),               \
        .minimum = low, .maximum = high, .meaning = text                                                               \
    }
#define PART(key, part_, required_, text)                                                                              \
    {                                                                                                                  \
        .name = key, .kind = ISO_FIELD_PART, .part = ISO_PART_##part_, .required = required_, .meaning = text          \
    }

static const struct iso_field machine_fields[] = {
    FIELD(struct iso_machine, name, "machine", NAME, true, 0, 0, "name of the machine in reports"),
    {.name = "description", .kind = ISO_FIELD_TEXT, .meaning = "what this machine is for; not kept"},
    PART("provenance", PROVENANCE, false, "where values below come from that do not say themselves"),
    FIELD(struct iso_machine, ncpus, "cpus", COUNT, true, 1, ISO_CPUS_MAX, "number of CPUs"),
    PART("reference", REFERENCE, true, "name of the tier every other is compared with"),
    PART("cpu", CPU, false, "features, choices and timing of the CPUs"),
    PART("l1", CACHE_L1, false, "first-level data cache of each CPU"),
    PART("l2", CACHE_L2, false, "private second-level cache of each CPU"),
    PART("tiers", TIERS, true, "kinds of memory, by name"),
};

static const struct iso_field cpu_fields[] = {
    PART("provenance", PROVENANCE, false, "where the values of this part come from"),
    PART("features", FEATURES, false, "features and IMPLEMENTATION DEFINED choices, by key"),
    PART("timing", CPU_TIMING, false, "pipeline, TLB and migration costs"),
};

static const struct iso_field cpu_timing_fields[] = {
    FIELD(struct iso_cpu_timing, cycle_ps, "cycle_ns", NS_PS, false, 0.05, 100, "clock period"),
    FIELD(struct iso_cpu_timing, issue_width, "issue_width", COUNT, false, 1, 16, "instructions issued a cycle"),
    FIELD(struct iso_cpu_timing, load_queue, "load_queue", COUNT, false, 1, 1024, "loads in flight"),
    FIELD(struct iso_cpu_timing, store_buffer, "store_buffer", COUNT, false, 1, 1024, "stores waiting to drain"),
    FIELD(struct iso_cpu_timing, mispredict_ps, "mispredict_ns", NS_PS, false, 0, 1000,
          "cost of a mispredicted branch"),
    FIELD(struct iso_cpu_timing, exception_ps, "exception_ns", NS_PS, false, 0, 1000000,
          "take and return from one fault, without the handler's work"),
    FIELD(struct iso_cpu_timing, tlb_entries, "tlb_entries", COUNT, false, 1, 65536, "entries of the TLB"),
    FIELD(struct iso_cpu_timing, walk_ps, "walk_ns", NS_PS, false, 0, 1000000, "one table walk that hits the caches"),
    FIELD(struct iso_cpu_timing, tlbi_ps, "tlbi_ns", NS_PS, false, 0, 1000000,
          "broadcast TLBI and DSB, all agents answering"),
    FIELD(struct iso_cpu_timing, dvm_agents, "dvm_agents", COUNT, false, 1, 1024,
          "agents that answer a broadcast TLBI"),
    FIELD(struct iso_cpu_timing, migrate_call_ns, "migrate_call_ns", NS, false, 0, 1e9,
          "fixed cost of one migration call"),
    FIELD(struct iso_cpu_timing, migrate_page_ns, "migrate_page_ns", NS, false, 0, 1e9,
          "cost of one migrated 4 KiB page"),
};

static const struct iso_field cache_fields[] = {
    FIELD(struct iso_cache, size_bytes, "size_kib", KIB, true, 1, 1048576, "capacity"),
    FIELD(struct iso_cache, ways, "ways", COUNT, true, 1, 64, "associativity"),
    FIELD(struct iso_cache, line_bytes, "line_bytes", COUNT, false, 64, 64, "line size: 64"),
    FIELD(struct iso_cache, latency_ps, "latency_ns", NS_PS, true, 0, 1000, "load-to-use latency of a hit"),
};

static const struct iso_field tier_fields[] = {
    PART("kind", TIER_KIND, true, "kind of memory"),
    {.name = "description", .kind = ISO_FIELD_TEXT, .meaning = "what this tier is; not kept"},
    PART("provenance", PROVENANCE, false, "where values of this tier come from that do not say themselves"),
    FIELD(struct iso_tier, base, "base", ADDRESS, false, 0, 0,
          "first physical address; the platform chooses if left out"),
    FIELD(struct iso_tier, size_bytes, "size_gib", GIB, false, 0, 1048576, "size of the address range"),
    PART("path", PATH, true, "hops from the core to the memory, in order"),
    PART("capabilities", CAPABILITIES, false,
         "what the tier as a whole can do, by key; stands at the hop that owns the key"),
    PART("idle_ns", IDLE, false, "idle load-to-use latency; has to equal the sum of the path's stages"),
    PART("load_curve", CURVE, false, "loaded latency by use of the peak bandwidth"),
    PART("read_mix", MIX, false, "peak bandwidth by share of reads"),
    FIELD(struct iso_tier, knee_permille, "knee_percent", PERCENT, false, 1, 100,
          "use above which queues grow, where no curve is given"),
    FIELD(struct iso_tier, tail_permille, "tail_ratio", RATIO, false, 1, 1000, "p99.9 latency over p50"),
    PART("timing_source", TIMING_SOURCE, false, "where the timing of this tier comes from"),
};

static const struct iso_field hop_fields[] = {
    PART("hop", HOP_KIND, true, "kind of hop"),
    FIELD(struct iso_hop, name, "name", NAME, true, 0, 0, "name of the stage in witnesses and traces"),
    PART("provenance", PROVENANCE, false, "where values of this hop come from that do not say themselves"),
    FIELD(struct iso_hop, timing.latency_ps, "latency_ns", NS_PS, true, 0, 1000000,
          "idle time spent in this hop, both directions together"),
    FIELD(struct iso_hop, timing.write_latency_ps, "write_latency_ns", NS_PS, false, 0, 1000000,
          "until a write is acknowledged here"),
    FIELD(struct iso_hop, timing.read_mbps, "bandwidth_gbps", GBPS, false, 0, 100000,
          "peak read bandwidth, 10^9 bytes a second"),
    FIELD(struct iso_hop, timing.write_mbps, "write_bandwidth_gbps", GBPS, false, 0, 100000,
          "peak write bandwidth; left out: shared with reads"),
    FIELD(struct iso_hop, timing.queue_depth, "queue_depth", COUNT, false, 0, 65536,
          "requests held; left out: unbounded"),
    FIELD(struct iso_hop, timing.flit_bytes, "flit_bytes", COUNT, false, 0, 4096,
          "flit size of a link: 68, 256; left out: no flits"),
    FIELD(struct iso_hop, timing.snoop_ps, "snoop_ns", NS_PS, false, 0, 1000000, "one back-invalidate handshake"),
    PART("capabilities", CAPABILITIES, false,
         "what this hop can do, by key; a key left out is handed on, or unknown where this hop owns it"),
};

static const struct iso_field curve_fields[] = {
    FIELD(struct iso_load_point, use_permille, "use_percent", PERCENT, true, 0, 100,
          "share of the peak bandwidth in use"),
    FIELD(struct iso_load_point, latency_ps, "latency_ns", NS_PS, true, 0, 1000000, "load-to-use latency then"),
};

static const struct iso_field mix_fields[] = {
    FIELD(struct iso_mix_point, read_permille, "read_percent", PERCENT, true, 0, 100, "share of reads"),
    FIELD(struct iso_mix_point, bandwidth_mbps, "bandwidth_gbps", GBPS, true, 0, 100000, "peak bandwidth then"),
};

static const struct iso_section sections[ISO_SECTION_COUNT] = {
    [ISO_SECTION_MACHINE] = {"machine", machine_fields, COUNT(machine_fields)},
    [ISO_SECTION_CPU] = {"cpu", cpu_fields, COUNT(cpu_fields)},
    [ISO_SECTION_CPU_TIMING] = {"cpu_timing", cpu_timing_fields, COUNT(cpu_timing_fields)},
    [ISO_SECTION_CACHE] = {"cache", cache_fields, COUNT(cache_fields)},
    [ISO_SECTION_TIER] = {"tier", tier_fields, COUNT(tier_fields)},
    [ISO_SECTION_HOP] = {"hop", hop_fields, COUNT(hop_fields)},
    [ISO_SECTION_CURVE_POINT] = {"load_point", curve_fields, COUNT(curve_fields)},
    [ISO_SECTION_MIX_POINT] = {"mix_point", mix_fields, COUNT(mix_fields)},
};

static const char *const part_names[] = {
#define PART_NAME(symbol, name) [ISO_PART_##symbol] = name,
    ISO_MACHINE_PARTS(PART_NAME)
#undef PART_NAME
};

const struct iso_section *iso_machine_section(enum iso_machine_section section)
{
    return &sections[section];
}

const char *iso_machine_part_name(enum iso_machine_part part)
{
    return part_names[part];
}
