/* Triggers of migration, a row each, and their choice of targets. Declared in migration_trigger.h. */
#include "models/migration_trigger.h"

/* clang-format off */
static const struct iso_trigger rows[ISO_POLICY_TRIGGER_COUNT] = {
    [ISO_POLICY_TRIGGER_MOVE_PAGES]     = {"move-pages", ISO_TRIGGER_ANY_NODE, "move_pages(2), migrate_pages(2), mbind(MPOL_MF_MOVE), cpusets", "B.2: target: the user's choice"},
    [ISO_POLICY_TRIGGER_NUMA_BALANCING] = {"numa-balancing", ISO_TRIGGER_CPU_NODE, "a hint fault: migrate_misplaced_folio(); promotion in tiering mode", "B.2: target: the faulting CPU's node"},
    [ISO_POLICY_TRIGGER_DEMOTION]       = {"demotion", ISO_TRIGGER_LOWER_TIER, "reclaim: demote_folio_list()", "B.2: random among equally near nodes of the next lower tier; fallback mask: all lower tiers"},
    [ISO_POLICY_TRIGGER_COMPACTION]     = {"compaction", ISO_TRIGGER_ANY_NODE, "compaction", "B.2: target: any"},
    [ISO_POLICY_TRIGGER_OFFLINE]        = {"offline", ISO_TRIGGER_ANY_NODE, "memory is taken offline", "B.2: target: any"},
    [ISO_POLICY_TRIGGER_CMA]            = {"cma", ISO_TRIGGER_ANY_NODE, "a contiguous range is wanted", "B.2: target: any"},
    [ISO_POLICY_TRIGGER_SOFT_OFFLINE]   = {"soft-offline", ISO_TRIGGER_ANY_NODE, "a page with corrected errors is taken out of use (hwpoison)", "B.2: target: any"},
    [ISO_POLICY_TRIGGER_HMM]            = {"hmm", ISO_TRIGGER_DEVICE, "a driver: migrate_vma_*(), migrate_to_ram()", "B.2: target: device; B.3 M-devpriv: no hugetlb, no VM_SPECIAL, no DAX"},
};
/* clang-format on */

const struct iso_trigger *iso_trigger_at(enum iso_policy_trigger trigger)
{
    return &rows[trigger];
}

const char *iso_trigger_target_name(enum iso_trigger_target target)
{
    static const char *const names[] = {"any node with RAM", "nodes with CPUs", "lower memory tiers",
                                        "device memory, and back"};
    return names[target];
}

static bool is_ram(enum iso_policy_origin origin)
{
    return origin == ISO_POLICY_ORIGIN_BOOT_RAM || origin == ISO_POLICY_ORIGIN_HOTPLUG_RAM;
}

static bool is_device(enum iso_policy_origin origin)
{
    return origin == ISO_POLICY_ORIGIN_COHERENT || origin == ISO_POLICY_ORIGIN_PRIVATE;
}

static bool has_cpus(const struct iso_machine *machine, size_t tier)
{
    return machine->tiers[tier].kind == ISO_TIER_DDR || machine->tiers[tier].kind == ISO_TIER_DDR_REMOTE;
}

/* Idle latency, what HMAT or CDAT would say; nodes with CPUs are one memory tier, that of the nearest. */
static uint64_t distance(const struct iso_machine *machine, size_t tier)
{
    uint64_t least = iso_tier_idle_ps(&machine->tiers[tier]);
    for (size_t t = 0; t < machine->ntiers && has_cpus(machine, tier); t++)
        if (has_cpus(machine, t) && iso_tier_idle_ps(&machine->tiers[t]) < least)
            least = iso_tier_idle_ps(&machine->tiers[t]);
    return least;
}

/* B.2: dax_kmem's default distance is 5 x DRAM; mt_calc_adistance (HMAT, CDAT) overrides it. A machine file does not say which of the two a
 * system has, so that either makes a tier lower. */
static bool is_lower(const struct iso_machine *machine, const struct iso_trigger_page *from,
                     const struct iso_trigger_page *to)
{
    if (has_cpus(machine, from->tier) && has_cpus(machine, to->tier))
        return false;
    return (from->origin == ISO_POLICY_ORIGIN_BOOT_RAM && to->origin == ISO_POLICY_ORIGIN_HOTPLUG_RAM) ||
           distance(machine, to->tier) > distance(machine, from->tier);
}

bool iso_trigger_chooses(enum iso_policy_trigger trigger, const struct iso_machine *machine,
                         const struct iso_trigger_page *from, const struct iso_trigger_page *to)
{
    bool ram = is_ram(from->origin) && is_ram(to->origin);
    switch (rows[trigger].target) {
    case ISO_TRIGGER_ANY_NODE:
        return ram;
    case ISO_TRIGGER_CPU_NODE:
        return ram && has_cpus(machine, to->tier);
    case ISO_TRIGGER_LOWER_TIER:
        return ram && is_lower(machine, from, to);
    case ISO_TRIGGER_DEVICE:
        return (is_device(from->origin) || is_device(to->origin)) &&
               (is_ram(from->origin) || is_device(from->origin)) && (is_ram(to->origin) || is_device(to->origin)) &&
               from->backing != ISO_POLICY_BACKING_HUGETLB && from->backing != ISO_POLICY_BACKING_DAX &&
               from->backing != ISO_POLICY_BACKING_DRIVER;
    }
    return false;
}
