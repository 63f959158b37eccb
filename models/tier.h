/* Tier and hop: a kind of memory behind a path of hops, each with capabilities and timing.
 *
 * For: both engines. The exhaustive engine folds iso_decide() along the path (iso_decide_path); each module of the
 * platform calls it for its own hop and reads its own timing.
 * Not for: loading files (sim/), contention (sim/platform).
 * Latencies are in picoseconds (uint32_t, up to 4.29 ms) unless the name says otherwise; bandwidth in MB/s (10^6).
 * Source: facts/cxl-chi-timing.md section 3; 3.6 for the profiles. */
#ifndef ISO_MODELS_TIER_H
#define ISO_MODELS_TIER_H

#include "models/capability.h"

/* The order is the order along a path, so that owner masks can say "this hop or a later one". */
/* clang-format off */
#define ISO_HOP_KINDS(V)                                                                                               \
    V(CORE, "core") V(HOME, "home-node") V(BRIDGE, "bridge") V(LINK, "link") V(SWITCH, "switch") V(DEVICE, "device")
/* clang-format on */
enum iso_hop_kind {
#define ISO_HOP_ENUM(symbol, name) ISO_HOP_##symbol,
    ISO_HOP_KINDS(ISO_HOP_ENUM)
#undef ISO_HOP_ENUM
};
enum { ISO_HOP_KIND_COUNT = 6 };

/* clang-format off */
#define ISO_TIER_KINDS(V)                                                                                              \
    V(DDR, "ddr") V(DDR_REMOTE, "ddr-remote") V(HBM, "hbm") V(CXL_ASIC, "cxl-asic") V(CXL_FPGA, "cxl-fpga")            \
    V(CXL_SWITCHED, "cxl-switched") V(CXL_POOLED, "cxl-pooled") V(TYPE2_GPU, "type2-gpu") V(C2C_GPU, "c2c-gpu")        \
    V(PMEM, "pmem") V(PCIE_BAR, "pcie-bar")
/* clang-format on */
enum iso_tier_kind {
#define ISO_TIER_ENUM(symbol, name) ISO_TIER_##symbol,
    ISO_TIER_KINDS(ISO_TIER_ENUM)
#undef ISO_TIER_ENUM
};
enum { ISO_TIER_KIND_COUNT = 11 };

enum { ISO_NAME_MAX = 32, ISO_CURVE_MAX = 8, ISO_HOPS_MAX = 8 };

/* A point of a curve: at this share of peak bandwidth (per mille) the load-to-use latency is that. */
struct iso_load_point {
    uint32_t use_permille;
    uint32_t latency_ps;
};

/* A point of the read/write mix: peak with that many reads per mille. */
struct iso_mix_point {
    uint32_t read_permille;
    uint32_t bandwidth_mbps; /* megabytes (10^6) a second */
};

struct iso_timing {
    uint32_t latency_ps;       /* one way through this hop, idle, both directions together */
    uint32_t write_latency_ps; /* until a write is acknowledged here; 0: as latency_ps */
    uint32_t read_mbps;        /* peak, MB/s; 0: never the bottleneck */
    uint32_t write_mbps;       /* 0: shared with reads */
    uint32_t queue_depth;      /* requests held; 0: unbounded */
    uint32_t flit_bytes;       /* 68, 256, ...; 0: no flits */
    uint32_t snoop_ps;         /* one back-invalidate handshake; 0: none */
};

struct iso_hop {
    enum iso_hop_kind kind;
    char name[ISO_NAME_MAX];
    struct iso_capabilities capabilities;
    struct iso_timing timing;
};

struct iso_tier {
    char name[ISO_NAME_MAX];
    enum iso_tier_kind kind;
    bool reference;            /* the tier every other is compared with */
    uint64_t base, size_bytes; /* range of physical addresses; size 0: chosen by the platform */
    struct iso_hop hops[ISO_HOPS_MAX];
    size_t nhops;
    struct iso_load_point curve[ISO_CURVE_MAX]; /* whole path, by use; empty: M/D/1-like with the knee */
    size_t ncurve;
    struct iso_mix_point mix[ISO_CURVE_MAX];
    size_t nmix;
    uint32_t knee_permille;
    uint32_t tail_permille; /* p99.9 / p50 in per mille, 1500 = 1.5 */
    struct iso_provenance_note timing_source;
};

const char *iso_hop_kind_name(enum iso_hop_kind kind);
bool iso_hop_kind_find(enum iso_hop_kind *out, const char *name);
const char *iso_tier_kind_name(enum iso_tier_kind kind);
bool iso_tier_kind_find(enum iso_tier_kind *out, const char *name);

/* Empties a hop: keys that a hop of this kind has to state are `unknown`, all others `pass`; no timing, no name. */
void iso_hop_init(struct iso_hop *out, enum iso_hop_kind kind);

/* Sets a key said of the tier as a whole ("tiers.cxl0.excl.nc") on the hop that owns it: the home node for keys it
 * owns, the core for core keys, else the last hop; keys of ISO_OWNER_TIER on every hop (call it before the hops' own). Returns false if the path has no such hop or the value is bad. */
bool iso_tier_set(struct iso_tier *tier, enum iso_capability_key key, uint8_t value);
/* Hop of a tier that the previous function would use; tier->nhops if there is none. */
size_t iso_tier_owner(const struct iso_tier *tier, enum iso_capability_key key);
/* What the tier as a whole says: the first hop along the path that does not say `pass`. *hop may be NULL. */
uint8_t iso_tier_get(const struct iso_tier *tier, enum iso_capability_key key, size_t *hop);

/* Sum of the idle latencies of the path, ps. */
uint64_t iso_tier_idle_ps(const struct iso_tier *tier);

#endif
