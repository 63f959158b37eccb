// Do the exclusive monitors take every edge the architecture lists, and none of the defects known from peers (M1..M12)?
#include "conformance/bench.h"

#include <utility>

namespace
{

iso_monitor_access range(uint64_t pa, uint32_t size = 8, uint64_t va = 0)
{
    return iso_monitor_access{va ? va : pa, pa, size, 1, 0};
}

iso_local_monitor marked(uint64_t pa = 0x1000, uint32_t erg = 64)
{
    iso_local_monitor monitor{};
    iso_monitor_access access = range(pa);
    iso_local_monitor_load(&monitor, &access, erg);
    return monitor;
}

struct LocalMonitor : testing::Test {
    iso_cpu_features cpu{};
    LocalMonitor()
    {
        iso_cpu_features_init(&cpu);
    }
    iso_monitor_choice after(iso_monitor_event event, iso_monitor_access access = range(0x1000)) const
    {
        iso_local_monitor monitor = marked();
        return iso_local_monitor_after(&monitor, event, &access, &cpu);
    }
    iso_store_decision store(const iso_monitor_access &access, bool moved = false, bool written = false) const
    {
        iso_local_monitor monitor = marked();
        iso_store_decision decision;
        iso_local_monitor_store(&decision, &monitor, &access, moved, written, &cpu);
        return decision;
    }
};

struct GlobalMonitor : testing::Test {
    iso_cpu_features cpu{};
    iso_global_monitor monitor{};
    GlobalMonitor()
    {
        iso_cpu_features_init(&cpu);
        iso_global_monitor_init(&monitor, 4, 64);
    }
    void load(uint32_t n, uint64_t pa, uint32_t size = 8)
    {
        iso_monitor_access access = range(pa, size);
        iso_global_monitor_load(&monitor, n, &access);
    }
    unsigned check(uint32_t n, uint64_t pa, uint32_t size = 8) const
    {
        iso_monitor_access access = range(pa, size);
        iso_store_decision decision;
        iso_global_monitor_check(&decision, &monitor, n, &access, &cpu);
        return decision.result;
    }
};

} // namespace

#define RULE_TEST_F(fixture, name, ...)                                                                                \
    static const CoveredRules covered_##fixture##_##name{__VA_ARGS__};                                                 \
    TEST_F(fixture, name)

RULE_TEST_F(LocalMonitor, StoreClearsAndPassesOnlyWhenMarked, "G")
{
    EXPECT_EQ(store(range(0x1000)).result, static_cast<unsigned>(ISO_STORE_PASS));
    EXPECT_EQ(store(range(0x1000)).local_after, static_cast<unsigned>(ISO_MONITOR_OPEN));
    iso_local_monitor open{};
    iso_store_decision decision;
    iso_monitor_access access = range(0x1000);
    iso_local_monitor_store(&decision, &open, &access, false, false, &cpu);
    EXPECT_EQ(decision.result, static_cast<unsigned>(ISO_STORE_FAIL));
}

RULE_TEST_F(LocalMonitor, AlwaysOpens, "G")
{
    EXPECT_EQ(after(ISO_MONITOR_CLREX), ISO_MONITOR_OPEN);
    EXPECT_EQ(after(ISO_MONITOR_ERET), ISO_MONITOR_OPEN);
    EXPECT_EQ(after(ISO_MONITOR_TRANSACTION), ISO_MONITOR_OPEN);
    EXPECT_EQ(after(ISO_MONITOR_LS64), ISO_MONITOR_OPEN);
    EXPECT_EQ(after(ISO_MONITOR_LS64, range(0x2000)), ISO_MONITOR_EXCL);
}

RULE_TEST_F(LocalMonitor, ImplementationDefinedEdges, "CH-14", "CH-21", "CH-23")
{
    const std::pair<enum iso_cpu_key, iso_monitor_event> edges[] = {
        {ISO_CPU_MON_OWN_STORE_MARKED, ISO_MONITOR_OWN_STORE},
        {ISO_CPU_MON_FOREIGN_LOCAL, ISO_MONITOR_FOREIGN_STORE},
        {ISO_CPU_MON_FOREIGN_LOCAL, ISO_MONITOR_DEVICE_WRITE},
        {ISO_CPU_MON_SPONTANEOUS, ISO_MONITOR_SPONTANEOUS},
        {ISO_CPU_MON_DC, ISO_MONITOR_MAINTENANCE},
        {ISO_CPU_MON_ABORT, ISO_MONITOR_ABORT},
    };
    for (const auto &[key, event] : edges) {
        cpu.value[key] = ISO_OPEN_EXCL_OPEN;
        EXPECT_EQ(after(event), ISO_MONITOR_OPEN) << iso_cpu_key(key)->name;
        cpu.value[key] = ISO_OPEN_EXCL_EXCL;
        EXPECT_EQ(after(event), ISO_MONITOR_EXCL) << iso_cpu_key(key)->name;
        for (uint8_t open : {ISO_VALUE_FREE, ISO_VALUE_UNKNOWN}) {
            cpu.value[key] = open;
            EXPECT_EQ(after(event), ISO_MONITOR_EITHER) << iso_cpu_key(key)->name;
        }
    }
    cpu.value[ISO_CPU_MON_OWN_STORE_OTHER] = ISO_OPEN_EXCL_OPEN;
    EXPECT_EQ(after(ISO_MONITOR_OWN_STORE, range(0x2000)), ISO_MONITOR_OPEN);
    EXPECT_EQ(after(ISO_MONITOR_FOREIGN_STORE, range(0x2000)), ISO_MONITOR_EXCL) << "another block";
    EXPECT_EQ(after(ISO_MONITOR_TLBI), ISO_MONITOR_EXCL) << "the PA is re-checked instead";
    EXPECT_EQ(after(ISO_MONITOR_IC), ISO_MONITOR_EITHER);
    EXPECT_EQ(after(ISO_MONITOR_PLDW), ISO_MONITOR_EITHER);
    EXPECT_EQ(after(ISO_MONITOR_GCS), ISO_MONITOR_EITHER);
}

RULE_TEST_F(LocalMonitor, AnOpenMonitorStaysOpen, "CH-14")
{
    iso_local_monitor open{};
    iso_monitor_access access = range(0x1000);
    for (unsigned event = 0; event < ISO_MONITOR_EVENT_COUNT; event++)
        EXPECT_EQ(iso_local_monitor_after(&open, static_cast<iso_monitor_event>(event), &access, &cpu),
                  ISO_MONITOR_OPEN);
}

RULE_TEST_F(LocalMonitor, OtherAddress, "CH-17")
{
    const std::pair<int, std::pair<unsigned, unsigned>> rows[] = {
        {ISO_OTHER_PA_FAIL_OPEN, {ISO_STORE_FAIL, ISO_MONITOR_OPEN}},
        {ISO_OTHER_PA_FAIL_EXCL, {ISO_STORE_FAIL, ISO_MONITOR_EXCL}},
        {ISO_OTHER_PA_PASS_OPEN, {ISO_STORE_PASS, ISO_MONITOR_OPEN}},
        {ISO_OTHER_PA_PASS_EXCL, {ISO_STORE_PASS, ISO_MONITOR_EXCL}},
        {ISO_VALUE_FREE, {ISO_STORE_PASS | ISO_STORE_FAIL, ISO_MONITOR_EITHER}},
    };
    for (const auto &[value, expected] : rows) {
        cpu.value[ISO_CPU_MON_OTHER_PA] = static_cast<uint8_t>(value);
        iso_store_decision decision = store(range(0x2000));
        EXPECT_EQ(decision.result, expected.first);
        EXPECT_EQ(decision.local_after, expected.second);
        EXPECT_STREQ(decision.rule.id, "CH-17");
    }
}

RULE_TEST_F(LocalMonitor, MismatchedPairs, "CH-18", "CH-19", "CH-20")
{
    iso_monitor_access other_va = range(0x1000, 8, 0x9000), other_size = range(0x1000, 4), other_type = range(0x1000),
                       other_count = range(0x1000);
    other_type.attribute = 12;
    other_count.registers = 2;
    const struct {
        iso_monitor_access access;
        enum iso_cpu_key key;
        const char *rule;
    } rows[] = {{other_va, ISO_CPU_STX_VA, "CH-18"},
                {other_size, ISO_CPU_STX_SIZE, "CH-19"},
                {other_count, ISO_CPU_STX_SIZE, "CH-19"},
                {other_type, ISO_CPU_STX_ATTRIBUTE, "CH-20"}};
    for (const auto &row : rows) {
        cpu.value[row.key] = ISO_PASS_FAIL_FAIL;
        EXPECT_EQ(store(row.access).result, static_cast<unsigned>(ISO_STORE_FAIL)) << row.rule;
        EXPECT_STREQ(store(row.access).rule.id, row.rule);
        cpu.value[row.key] = ISO_VALUE_FREE;
        EXPECT_EQ(store(row.access).result, static_cast<unsigned>(ISO_STORE_PASS | ISO_STORE_FAIL |
                                                                  ISO_STORE_STATUS_UNKNOWN | ISO_STORE_DATA_UNKNOWN));
    }
}

RULE_TEST_F(LocalMonitor, MovedPage, "CH-24")
{
    iso_monitor_access there = range(0x80000, 8, 0x1000); // same VA, the page has moved
    EXPECT_EQ(store(there, true, true).result, static_cast<unsigned>(ISO_STORE_FAIL));
    cpu.value[ISO_CPU_STX_MOVED] = ISO_VALUE_FREE;
    EXPECT_EQ(store(there, true, true).result, static_cast<unsigned>(ISO_STORE_FAIL)) << "mandatory";
    EXPECT_EQ(store(there, true, false).result, static_cast<unsigned>(ISO_STORE_PASS | ISO_STORE_FAIL));
    EXPECT_STREQ(store(there).rule.id, "CH-24") << "same VA, other PA: a moved page even if nobody says so";
}

RULE_TEST(Monitor, Granule, "CH-22")
{
    for (uint32_t erg = 16; erg <= 2048; erg *= 2) {
        iso_local_monitor monitor = marked(0x4008, erg);
        EXPECT_EQ(monitor.mark.block_bytes, erg);
        EXPECT_EQ(monitor.mark.block, 0x4008 & ~static_cast<uint64_t>(erg - 1));
        iso_global_monitor global{};
        iso_global_monitor_init(&global, 2, erg);
        iso_monitor_access access = range(0x4008);
        iso_global_monitor_load(&global, 0, &access);
        iso_global_monitor outside = global;
        EXPECT_EQ(iso_global_monitor_written(&outside, 1, 0x4000 + erg, 1), 0u) << erg;
        EXPECT_EQ(iso_global_monitor_written(&outside, 1, 0x4000 - 1, 1), 0u) << erg;
        EXPECT_EQ(iso_global_monitor_written(&global, 1, 0x4000 + erg - 1, 1), 1u) << erg << ": last byte";
    }
    iso_local_monitor pair{};
    iso_monitor_access wide = range(0x1008, 16); // spans two granules of 16
    iso_local_monitor_load(&pair, &wide, 16);
    EXPECT_EQ(pair.mark.block_bytes, 32u);
}

RULE_TEST_F(GlobalMonitor, WriteByAnotherClearsForSure, "G")
{
    load(0, 0x1000);
    load(1, 0x1000);
    EXPECT_EQ(iso_global_monitor_written(&monitor, 0, 0x1000, 8), 2u) << "others, not the writer";
    EXPECT_EQ(check(1, 0x1000), static_cast<unsigned>(ISO_STORE_FAIL));
    EXPECT_EQ(check(0, 0x1000), static_cast<unsigned>(ISO_STORE_PASS));
    load(2, 0x1000);
    EXPECT_EQ(check(0, 0x1000), static_cast<unsigned>(ISO_STORE_PASS)) << "another's load changes nothing";
}

RULE_TEST_F(GlobalMonitor, StatesLeftToTheImplementation, "CH-15")
{
    const std::pair<enum iso_cpu_key, iso_monitor_choice (*)(const iso_cpu_features *)> edges[] = {
        {ISO_CPU_MON_AFTER_STX, iso_global_monitor_after_store},
        {ISO_CPU_MON_CLREX, iso_global_monitor_after_clrex},
        {ISO_CPU_MON_NSH, iso_global_monitor_after_nsh},
    };
    for (const auto &[key, after] : edges) {
        cpu.value[key] = ISO_OPEN_EXCL_OPEN;
        EXPECT_EQ(after(&cpu), ISO_MONITOR_OPEN);
        cpu.value[key] = ISO_OPEN_EXCL_EXCL;
        EXPECT_EQ(after(&cpu), ISO_MONITOR_EXCL);
        cpu.value[key] = ISO_VALUE_FREE;
        EXPECT_EQ(after(&cpu), ISO_MONITOR_EITHER);
    }
    load(0, 0x1000);
    load(0, 0x2000); // one mark a logical processor: the first is gone
    EXPECT_EQ(check(0, 0x2000), static_cast<unsigned>(ISO_STORE_PASS));
    EXPECT_EQ(check(0, 0x1000), static_cast<unsigned>(ISO_STORE_FAIL));
}

RULE_TEST_F(GlobalMonitor, WritesOfDevices, "CH-16")
{
    iso_hop hop;
    iso_hop_init(&hop, ISO_HOP_HOME);
    const std::pair<int, iso_monitor_choice> rows[] = {{ISO_SUPPORT_YES, ISO_MONITOR_OPEN},
                                                       {ISO_SUPPORT_NO, ISO_MONITOR_EXCL},
                                                       {ISO_SUPPORT_UNKNOWN, ISO_MONITOR_EITHER}};
    for (const auto &[value, expected] : rows) {
        hop.capabilities.value[ISO_CAP_COH_DEVICE_CLEARS] = static_cast<uint8_t>(value);
        EXPECT_EQ(iso_global_monitor_after_device(&hop.capabilities), expected);
    }
}

// ---- defects found in peers' monitors: facts/cxl-chi-timing.md 4.3 -----------------------------------------------

TEST_F(GlobalMonitor, M1FailureIsNeverReportedAsSuccess)
{
    load(0, 0x1000);
    iso_global_monitor_written(&monitor, 1, 0x1000, 8);
    EXPECT_EQ(check(0, 0x1000), static_cast<unsigned>(ISO_STORE_FAIL)); // and the caller writes only on PASS
}

TEST_F(GlobalMonitor, M2WiderWriteThatStartsBelowClears)
{
    load(0, 0x1040);
    EXPECT_EQ(iso_global_monitor_written(&monitor, 1, 0x1000, 128), 1u);
    load(0, 0x1040);
    EXPECT_EQ(iso_global_monitor_written(&monitor, 1, 0x103F, 2), 1u);
    load(0, 0x1040);
    EXPECT_EQ(iso_global_monitor_written(&monitor, 1, 0x1000, 64), 0u) << "ends just below";
}

TEST_F(GlobalMonitor, M3M9ArmingIsOneStepWithTheSample)
{
    // The mark is set by a call that takes no time, before any write can be reported: a write after it clears.
    load(0, 0x1000);
    EXPECT_NE(iso_global_monitor_written(&monitor, 3, 0x1000, 1), 0u);
    EXPECT_EQ(check(0, 0x1000), static_cast<unsigned>(ISO_STORE_FAIL));
}

TEST_F(GlobalMonitor, M4ProcessorsDoNotShareAMonitor)
{
    iso_global_monitor_init(&monitor, 64, 64);
    load(1, 0x1000);
    for (uint32_t other : {17u, 33u, 49u, 63u})
        EXPECT_EQ(check(other, 0x1000), static_cast<unsigned>(ISO_STORE_FAIL)) << other;
    load(17, 0x2000);
    EXPECT_EQ(check(1, 0x1000), static_cast<unsigned>(ISO_STORE_PASS));
}

TEST_F(GlobalMonitor, M5FailedStoreLeavesOthersAlone)
{
    load(0, 0x1000);
    load(1, 0x1000);
    iso_global_monitor_clear(&monitor, 0);
    EXPECT_EQ(check(0, 0x1000), static_cast<unsigned>(ISO_STORE_FAIL));
    EXPECT_EQ(check(1, 0x1000), static_cast<unsigned>(ISO_STORE_PASS)) << "asking changes no state";
}

TEST_F(GlobalMonitor, M6NarrowerStoreIsNoPair)
{
    load(0, 0x1000, 8);
    EXPECT_EQ(check(0, 0x1000, 4), static_cast<unsigned>(ISO_STORE_FAIL));
}

TEST_F(GlobalMonitor, M7SeveralOwnersOfOneBlock)
{
    for (uint32_t n = 0; n < 4; n++)
        load(n, 0x1000);
    for (uint32_t n = 0; n < 4; n++)
        EXPECT_EQ(check(n, 0x1000), static_cast<unsigned>(ISO_STORE_PASS)) << "one bit a logical processor";
}

TEST(Monitor, M8FailureIsAStatusNotAnAbort)
{
    Bench bench;
    iso_effect e = bench.one(ISO_ACCESS_STXR, "wb");
    EXPECT_EQ(e.kind, ISO_EFFECT_PERFORM);
    EXPECT_EQ(e.fault, ISO_ABORT_NONE);
}

TEST(Monitor, M10GranuleIsTheCores)
{
    iso_cpu_features cpu;
    iso_cpu_features_init(&cpu);
    cpu.value[ISO_CPU_ERG] = ISO_ERG_2048;
    EXPECT_EQ(marked(0x1000, iso_cpu_number(&cpu, ISO_CPU_ERG)).mark.block_bytes, 2048u);
}

TEST_F(GlobalMonitor, M11M12EveryKindOfWriteClears)
{
    // Plain stores, atomics, tag stores and migration copies are all reported as bytes written.
    for (uint32_t size : {1u, 8u, 16u, 64u, 4096u}) {
        load(0, 0x1020);
        EXPECT_EQ(iso_global_monitor_written(&monitor, 2, 0x1000, size), 1u) << size;
        EXPECT_EQ(iso_global_monitor_written(&monitor, 2, 0x1000, size), 0u) << "already Open";
    }
    load(0, 0x1020);
    EXPECT_EQ(iso_global_monitor_written(&monitor, 2, 0x1040, 4096), 0u) << "the next granule";
}

TEST(Monitor, RangesAtTheEndOfTheAddressSpace)
{
    EXPECT_TRUE(iso_range_overlap(UINT64_MAX - 7, 8, UINT64_MAX, 1));
    EXPECT_FALSE(iso_range_overlap(UINT64_MAX - 7, 4, UINT64_MAX, 1));
    EXPECT_FALSE(iso_range_overlap(0, 8, 8, 8));
    EXPECT_TRUE(iso_range_overlap(0, 9, 8, 8));
}

TEST_F(LocalMonitor, MarksUpToTheLastByte)
{
    iso_local_monitor monitor{};
    const iso_monitor_access over = range(0x1039), behind = range(0x1060), last = range(0x1038);
    iso_local_monitor_load(&monitor, &over, 64);
    EXPECT_EQ(iso_local_monitor_after(&monitor, ISO_MONITOR_LS64, &behind, &cpu), ISO_MONITOR_OPEN) << "two granules";
    iso_local_monitor_load(&monitor, &last, 64);
    EXPECT_EQ(iso_local_monitor_after(&monitor, ISO_MONITOR_LS64, &behind, &cpu), ISO_MONITOR_EXCL);
    iso_store_decision decision;
    iso_local_monitor_store(&decision, &monitor, &last, false, false, &cpu);
    EXPECT_EQ(decision.result, ISO_STORE_PASS) << "the granule's last bytes";
    iso_local_monitor_clear(&monitor);
    iso_local_monitor_store(&decision, &monitor, &last, false, false, &cpu);
    EXPECT_EQ(decision.result, ISO_STORE_FAIL);
}
