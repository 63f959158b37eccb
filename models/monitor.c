/* Exclusive monitors. Source: facts/arm-attributes.md 2.3 (local), 2.4 (global), 2.5, 2.6; CHI B6.2-B6.3. */
#include "models/monitor.h"

bool iso_range_overlap(uint64_t a, uint64_t na, uint64_t b, uint64_t nb)
{
    return a < b ? b - a < na : a - b < nb;
}

static enum iso_monitor_choice open_or_exclusive(const struct iso_cpu_features *features, enum iso_cpu_key key)
{
    switch ((enum iso_open_excl)iso_cpu_get(features, key)) {
    case ISO_OPEN_EXCL_OPEN:
        return ISO_MONITOR_OPEN;
    case ISO_OPEN_EXCL_EXCL:
        return ISO_MONITOR_EXCL;
    case ISO_OPEN_EXCL_UNKNOWN:
    case ISO_OPEN_EXCL_FREE:
        return ISO_MONITOR_EITHER;
    }
    return ISO_MONITOR_EITHER;
}

static bool touches(const struct iso_mark *mark, const struct iso_monitor_access *access)
{
    return iso_range_overlap(mark->block, mark->block_bytes, access->pa, access->size_bytes);
}

/* Every granule the access touches is marked (CH-22). */
static struct iso_mark mark_of(const struct iso_monitor_access *access, uint32_t granule_bytes)
{
    uint64_t mask = ~(uint64_t)(granule_bytes - 1);
    uint64_t first = access->pa & mask, last = (access->pa + access->size_bytes - 1) & mask;
    return (struct iso_mark){
        .exclusive = true,
        .block = first,
        .block_bytes = (uint32_t)(last - first) + granule_bytes,
        .va = access->va,
        .pa = access->pa,
        .size_bytes = (uint8_t)access->size_bytes,
        .registers = access->registers,
        .attribute = access->attribute,
    };
}

enum iso_monitor_choice iso_local_monitor_after(const struct iso_local_monitor *monitor, enum iso_monitor_event event,
                                                const struct iso_monitor_access *access,
                                                const struct iso_cpu_features *features)
{
    const struct iso_mark *mark = &monitor->mark;
    if (!mark->exclusive)
        return ISO_MONITOR_OPEN;
    switch (event) {
    case ISO_MONITOR_OWN_STORE:
        return open_or_exclusive(features,
                                 touches(mark, access) ? ISO_CPU_MON_OWN_STORE_MARKED : ISO_CPU_MON_OWN_STORE_OTHER);
    case ISO_MONITOR_FOREIGN_STORE:
    case ISO_MONITOR_DEVICE_WRITE:
        return touches(mark, access) ? open_or_exclusive(features, ISO_CPU_MON_FOREIGN_LOCAL) : ISO_MONITOR_EXCL;
    case ISO_MONITOR_CLREX:
    case ISO_MONITOR_ERET:
    case ISO_MONITOR_TRANSACTION:
        return ISO_MONITOR_OPEN;
    case ISO_MONITOR_ABORT:
        return open_or_exclusive(features, ISO_CPU_MON_ABORT);
    case ISO_MONITOR_MAINTENANCE:
        return touches(mark, access) ? open_or_exclusive(features, ISO_CPU_MON_DC) : ISO_MONITOR_EXCL;
    case ISO_MONITOR_SPONTANEOUS:
        return open_or_exclusive(features, ISO_CPU_MON_SPONTANEOUS);
    case ISO_MONITOR_GCS:
    case ISO_MONITOR_IC:
        return ISO_MONITOR_EITHER; /* "may clear" */
    case ISO_MONITOR_PLDW:
        return touches(mark, access) ? ISO_MONITOR_EITHER : ISO_MONITOR_EXCL;
    case ISO_MONITOR_LS64: /* "clears by address other PEs" */
        return touches(mark, access) ? ISO_MONITOR_OPEN : ISO_MONITOR_EXCL;
    case ISO_MONITOR_TLBI: /* the PA is re-checked by the store instead: 2.6 */
        return ISO_MONITOR_EXCL;
    }
    return ISO_MONITOR_EITHER;
}

void iso_local_monitor_clear(struct iso_local_monitor *monitor)
{
    monitor->mark.exclusive = false;
}

void iso_local_monitor_load(struct iso_local_monitor *monitor, const struct iso_monitor_access *access,
                            uint32_t erg_bytes)
{
    monitor->mark = mark_of(access, erg_bytes);
}

static struct iso_store_decision store(unsigned result, unsigned after, const char *rule)
{
    return (struct iso_store_decision){.result = result, .local_after = after, .rule = {rule, NULL}};
}

/* CONSTRAINED UNPREDICTABLE pairs: bound by a knob to pass or fail, else everything 2.5 permits. */
static struct iso_store_decision mismatch(const struct iso_cpu_features *features, enum iso_cpu_key key,
                                          const char *rule)
{
    switch ((enum iso_pass_fail)iso_cpu_get(features, key)) {
    case ISO_PASS_FAIL_FAIL:
        return store(ISO_STORE_FAIL, ISO_MONITOR_OPEN, rule);
    case ISO_PASS_FAIL_SUCCEED:
        return store(ISO_STORE_PASS, ISO_MONITOR_OPEN, rule);
    case ISO_PASS_FAIL_UNKNOWN:
    case ISO_PASS_FAIL_FREE:
        break;
    }
    return store(ISO_STORE_PASS | ISO_STORE_FAIL | ISO_STORE_STATUS_UNKNOWN | ISO_STORE_DATA_UNKNOWN,
                 ISO_MONITOR_EITHER, rule);
}

static struct iso_store_decision other_pa(const struct iso_cpu_features *features)
{
    switch ((enum iso_other_pa)iso_cpu_get(features, ISO_CPU_MON_OTHER_PA)) {
    case ISO_OTHER_PA_FAIL_OPEN:
        return store(ISO_STORE_FAIL, ISO_MONITOR_OPEN, "CH-17");
    case ISO_OTHER_PA_FAIL_EXCL:
        return store(ISO_STORE_FAIL, ISO_MONITOR_EXCL, "CH-17");
    case ISO_OTHER_PA_PASS_OPEN:
        return store(ISO_STORE_PASS, ISO_MONITOR_OPEN, "CH-17");
    case ISO_OTHER_PA_PASS_EXCL:
        return store(ISO_STORE_PASS, ISO_MONITOR_EXCL, "CH-17");
    case ISO_OTHER_PA_UNKNOWN:
    case ISO_OTHER_PA_FREE:
        break;
    }
    return store(ISO_STORE_PASS | ISO_STORE_FAIL, ISO_MONITOR_EITHER, "CH-17");
}

static bool inside(const struct iso_mark *mark, const struct iso_monitor_access *access)
{
    return access->pa >= mark->block && access->pa - mark->block + access->size_bytes <= (uint64_t)mark->block_bytes;
}

/* 2.6: a moved page. Must fail if the new page was written since; else only a weak reading lets it pass. */
static struct iso_store_decision moved_page(bool new_page_written, const struct iso_cpu_features *features)
{
    uint8_t knob = iso_cpu_get(features, ISO_CPU_STX_MOVED);
    if (new_page_written || knob == ISO_PASS_FAIL_FAIL)
        return store(ISO_STORE_FAIL, ISO_MONITOR_OPEN, "CH-24");
    unsigned fail = knob == ISO_PASS_FAIL_SUCCEED ? 0 : ISO_STORE_FAIL;
    return store(ISO_STORE_PASS | fail, ISO_MONITOR_OPEN, "CH-24");
}

void iso_local_monitor_store(struct iso_store_decision *out, const struct iso_local_monitor *monitor,
                             const struct iso_monitor_access *access, bool moved, bool new_page_written,
                             const struct iso_cpu_features *features)
{
    const struct iso_mark *mark = &monitor->mark;
    bool same_va = mark->va == access->va;
    if (!mark->exclusive)
        *out = store(ISO_STORE_FAIL, ISO_MONITOR_OPEN, "G");
    else if (moved || (same_va && mark->pa != access->pa))
        *out = moved_page(new_page_written, features);
    else if (!inside(mark, access))
        *out = other_pa(features);
    else if (!same_va)
        *out = mismatch(features, ISO_CPU_STX_VA, "CH-18");
    else if (mark->size_bytes != access->size_bytes || mark->registers != access->registers)
        *out = mismatch(features, ISO_CPU_STX_SIZE, "CH-19");
    else if (mark->attribute != access->attribute)
        *out = mismatch(features, ISO_CPU_STX_ATTRIBUTE, "CH-20");
    else
        *out = store(ISO_STORE_PASS, ISO_MONITOR_OPEN, "G");
}

void iso_global_monitor_init(struct iso_global_monitor *out, uint32_t ncpus, uint32_t granule_bytes)
{
    *out = (struct iso_global_monitor){.granule_bytes = granule_bytes, .ncpus = ncpus};
}

void iso_global_monitor_load(struct iso_global_monitor *monitor, uint32_t cpu, const struct iso_monitor_access *access)
{
    monitor->mark[cpu] = mark_of(access, monitor->granule_bytes);
}

void iso_global_monitor_check(struct iso_store_decision *out, const struct iso_global_monitor *monitor, uint32_t cpu,
                              const struct iso_monitor_access *access, const struct iso_cpu_features *features)
{
    const struct iso_mark *mark = &monitor->mark[cpu];
    if (!mark->exclusive)
        *out = store(ISO_STORE_FAIL, ISO_MONITOR_OPEN, "G");
    else if (!inside(mark, access))
        *out = other_pa(features);
    else if (mark->size_bytes != access->size_bytes) /* CHI 2.1: the pair must match (defect M6) */
        *out = mismatch(features, ISO_CPU_STX_SIZE, "CH-19");
    else
        *out = store(ISO_STORE_PASS, ISO_MONITOR_OPEN, "G");
}

uint64_t iso_global_monitor_written(struct iso_global_monitor *monitor, uint32_t cpu, uint64_t pa, uint32_t size_bytes)
{
    uint64_t cleared = 0;
    for (uint32_t other = 0; other < monitor->ncpus; other++) {
        struct iso_mark *mark = &monitor->mark[other];
        if (other == cpu || !mark->exclusive || !iso_range_overlap(mark->block, mark->block_bytes, pa, size_bytes))
            continue;
        mark->exclusive = false;
        cleared |= UINT64_C(1) << other;
    }
    return cleared;
}

enum iso_monitor_choice iso_global_monitor_after_store(const struct iso_cpu_features *features)
{
    return open_or_exclusive(features, ISO_CPU_MON_AFTER_STX);
}

enum iso_monitor_choice iso_global_monitor_after_clrex(const struct iso_cpu_features *features)
{
    return open_or_exclusive(features, ISO_CPU_MON_CLREX);
}

enum iso_monitor_choice iso_global_monitor_after_nsh(const struct iso_cpu_features *features)
{
    return open_or_exclusive(features, ISO_CPU_MON_NSH);
}

enum iso_monitor_choice iso_global_monitor_after_device(const struct iso_capabilities *capabilities)
{
    switch ((enum iso_support)iso_capability_get(capabilities, ISO_CAP_COH_DEVICE_CLEARS)) {
    case ISO_SUPPORT_YES:
        return ISO_MONITOR_OPEN;
    case ISO_SUPPORT_NO:
        return ISO_MONITOR_EXCL;
    case ISO_SUPPORT_UNKNOWN:
    case ISO_SUPPORT_PASS:
        return ISO_MONITOR_EITHER;
    }
    return ISO_MONITOR_EITHER;
}

void iso_global_monitor_clear(struct iso_global_monitor *monitor, uint32_t cpu)
{
    monitor->mark[cpu].exclusive = false;
}
