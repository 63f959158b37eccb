/* An empty machine, and the list of what its file leaves unknown. */
#include "models/machine.h"

#include <string.h>

void iso_machine_init(struct iso_machine *out)
{
    memset(out, 0, sizeof *out);
    out->ncpus = 1;
    iso_cpu_features_init(&out->features);
    /* Not measurements: a 3 GHz core of the Neoverse V2 class, facts/cxl-chi-timing.md 3.4 for migration. */
    out->cpu_timing = (struct iso_cpu_timing){
        .cycle_ps = 333,
        .issue_width = 4,
        .load_queue = 64,
        .store_buffer = 32,
        .mispredict_ps = 4000,
        .exception_ps = 100000,
        .tlb_entries = 1024,
        .walk_ps = 10000,
        .tlbi_ps = 300000,
        .dvm_agents = 1,
        .migrate_call_ns = 58000,
        .migrate_page_ns = 3900,
    };
    out->l1 = (struct iso_cache){.size_bytes = 64 * 1024, .ways = 4, .line_bytes = 64, .latency_ps = 1332};
    out->l2 = (struct iso_cache){.size_bytes = 1024 * 1024, .ways = 8, .line_bytes = 64, .latency_ps = 3663};
}

const struct iso_tier *iso_machine_tier(const struct iso_machine *machine, const char *name)
{
    for (size_t i = 0; i < machine->ntiers; i++)
        if (strcmp(machine->tiers[i].name, name) == 0)
            return &machine->tiers[i];
    return NULL;
}

bool iso_machine_unknown(struct iso_unknown *out, const struct iso_machine *machine, size_t i)
{
    for (size_t key = 0; key < ISO_CPU_COUNT; key++)
        if (machine->features.value[key] == ISO_VALUE_UNKNOWN && i-- == 0) {
            *out = (struct iso_unknown){.is_cpu = true, .cpu_key = (enum iso_cpu_key)key};
            return true;
        }
    for (size_t tier = 0; tier < machine->ntiers; tier++)
        for (size_t hop = 0; hop < machine->tiers[tier].nhops; hop++)
            for (size_t key = 0; key < ISO_CAP_COUNT; key++)
                if (machine->tiers[tier].hops[hop].capabilities.value[key] == ISO_VALUE_UNKNOWN && i-- == 0) {
                    *out = (struct iso_unknown){.tier = tier, .hop = hop, .key = (enum iso_capability_key)key};
                    return true;
                }
    return false;
}
