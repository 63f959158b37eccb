/* The machine: CPUs, caches, tiers. What one YAML file under models/machines/ says, as one plain value.
 *
 * For: passing a machine around and binding its unknowns by writing a field.
 * Not for: reading or printing YAML (sim/).
 * Latencies in picoseconds, sizes in bytes. */
#ifndef ISO_MODELS_MACHINE_H
#define ISO_MODELS_MACHINE_H

#include "models/cpu.h"
#include "models/tier.h"

enum { ISO_TIERS_MAX = 16, ISO_CPUS_MAX = 64 };

struct iso_cache {
    uint32_t size_bytes;
    uint32_t ways;
    uint32_t line_bytes;
    uint32_t latency_ps;
};

struct iso_cpu_timing {
    uint32_t cycle_ps;
    uint32_t issue_width;
    uint32_t load_queue;
    uint32_t store_buffer;
    uint32_t mispredict_ps;
    uint32_t exception_ps; /* take and return from one fault, without the handler's work */
    uint32_t tlb_entries;
    uint32_t walk_ps; /* one table walk that hits the caches */
    uint32_t tlbi_ps; /* broadcast TLBI + DSB, all agents answering */
    uint32_t dvm_agents;
    uint32_t migrate_call_ns; /* fixed cost of one migration call (facts 3.4: 58 us) */
    uint32_t migrate_page_ns; /* per 4 KiB page */
};

struct iso_machine {
    char name[ISO_NAME_MAX];
    uint32_t ncpus;
    struct iso_cpu_features features;
    struct iso_provenance_note features_source[ISO_CPU_COUNT];
    struct iso_cpu_timing cpu_timing;
    struct iso_cache l1, l2;
    struct iso_tier tiers[ISO_TIERS_MAX];
    size_t ntiers;
    size_t reference; /* index into tiers */
};

/* An empty machine: name "", one CPU, default features, no tiers, usual cache and CPU timing. */
void iso_machine_init(struct iso_machine *out);
/* Tier by name; NULL if there is none. */
const struct iso_tier *iso_machine_tier(const struct iso_machine *machine, const char *name);

/* The i-th setting whose value is `unknown`, CPU knobs first, then tier by tier and hop by hop; false past the end.
 * A report names it "cpu.<key>" or "tiers.<tier>.<key>". */
struct iso_unknown {
    bool is_cpu;
    enum iso_cpu_key cpu_key;
    size_t tier, hop;
    enum iso_capability_key key;
};
bool iso_machine_unknown(struct iso_unknown *out, const struct iso_machine *machine, size_t i);

#endif
