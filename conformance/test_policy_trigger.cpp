// Does each trigger of migration choose the targets that facts/kernel-policies.md B.2 gives it, and no others? Machines built here.
#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <string>

extern "C" {
#include "models/migration_trigger.h"
#include "models/policy.h"
}

namespace
{

enum { DDR, FAR, HBM, CXL, GPU };

// Idle latencies: DDR 100 ns, the other node's 180, HBM 80, CXL 250, GPU 400.
iso_machine machine()
{
    static const struct {
        iso_tier_kind kind;
        uint32_t ns;
    } tiers[] = {{ISO_TIER_DDR, 100},
                 {ISO_TIER_DDR_REMOTE, 180},
                 {ISO_TIER_HBM, 80},
                 {ISO_TIER_CXL_ASIC, 250},
                 {ISO_TIER_C2C_GPU, 400}};
    iso_machine out;
    iso_machine_init(&out);
    for (const auto &tier : tiers) {
        iso_tier &to = out.tiers[out.ntiers++];
        to.kind = tier.kind;
        to.nhops = 1;
        iso_hop_init(&to.hops[0], ISO_HOP_DEVICE);
        to.hops[0].timing.latency_ps = tier.ns * 1000;
    }
    return out;
}

constexpr iso_policy_origin BOOT = ISO_POLICY_ORIGIN_BOOT_RAM, HOT = ISO_POLICY_ORIGIN_HOTPLUG_RAM,
                            COHERENT = ISO_POLICY_ORIGIN_COHERENT;

iso_trigger_page page(size_t tier, iso_policy_origin origin, iso_policy_backing backing = ISO_POLICY_BACKING_ANON)
{
    return {tier, origin, backing};
}

bool chooses(iso_policy_trigger trigger, const iso_trigger_page &from, const iso_trigger_page &to)
{
    iso_machine m = machine();
    return iso_trigger_chooses(trigger, &m, &from, &to);
}

TEST(Trigger, EachHasARowThatIsNamedAsItsInputAndSaysWhereItIsKnownFrom)
{
    const iso_policy_input_row *input = iso_policy_input_at(ISO_POLICY_TRIGGER);
    std::set<std::string> names;
    ASSERT_EQ(input->nvalues, static_cast<size_t>(ISO_POLICY_TRIGGER_COUNT));
    EXPECT_EQ(ISO_TRIGGERS_ALL, (1 << ISO_POLICY_TRIGGER_COUNT) - 1);
    for (unsigned t = 0; t < ISO_POLICY_TRIGGER_COUNT; t++) {
        const iso_trigger *row = iso_trigger_at(static_cast<iso_policy_trigger>(t));
        EXPECT_STREQ(row->name, input->values[t]);
        EXPECT_TRUE(names.insert(row->name).second);
        EXPECT_EQ(std::string(row->citation).substr(0, 4), "B.2:");
        EXPECT_GT(std::strlen(row->what), 5u);
        EXPECT_GT(std::strlen(iso_trigger_target_name(row->target)), 5u);
    }
}

TEST(Trigger, MoveAnywhereWhatTheUserOrAnEmptyingNodeMoves)
{
    for (iso_policy_trigger t : {ISO_POLICY_TRIGGER_MOVE_PAGES, ISO_POLICY_TRIGGER_COMPACTION,
                                 ISO_POLICY_TRIGGER_OFFLINE, ISO_POLICY_TRIGGER_CMA, ISO_POLICY_TRIGGER_SOFT_OFFLINE}) {
        EXPECT_TRUE(chooses(t, page(DDR, BOOT), page(CXL, HOT)));
        EXPECT_TRUE(chooses(t, page(CXL, HOT), page(DDR, BOOT)));
        EXPECT_TRUE(chooses(t, page(CXL, HOT), page(GPU, HOT)));
        EXPECT_FALSE(chooses(t, page(DDR, BOOT), page(GPU, COHERENT)));
    }
}

TEST(Trigger, NumaBalancingGoesToNodesWithCpus)
{
    EXPECT_TRUE(chooses(ISO_POLICY_TRIGGER_NUMA_BALANCING, page(CXL, HOT), page(DDR, BOOT)));
    EXPECT_TRUE(chooses(ISO_POLICY_TRIGGER_NUMA_BALANCING, page(DDR, BOOT), page(FAR, BOOT)));
    EXPECT_FALSE(chooses(ISO_POLICY_TRIGGER_NUMA_BALANCING, page(DDR, BOOT), page(CXL, HOT)));
    EXPECT_FALSE(chooses(ISO_POLICY_TRIGGER_NUMA_BALANCING, page(DDR, BOOT), page(GPU, HOT)));
}

TEST(Trigger, DemotionGoesDownAndNeverBetweenNodesWithCpus)
{
    EXPECT_TRUE(chooses(ISO_POLICY_TRIGGER_DEMOTION, page(DDR, BOOT), page(CXL, HOT)));
    EXPECT_TRUE(chooses(ISO_POLICY_TRIGGER_DEMOTION, page(FAR, BOOT), page(CXL, HOT)));
    EXPECT_TRUE(
        chooses(ISO_POLICY_TRIGGER_DEMOTION, page(DDR, BOOT), page(GPU, HOT))); // by the fallback mask, past CXL
    EXPECT_TRUE(chooses(ISO_POLICY_TRIGGER_DEMOTION, page(CXL, HOT), page(GPU, HOT)));
    EXPECT_FALSE(chooses(ISO_POLICY_TRIGGER_DEMOTION, page(GPU, HOT), page(CXL, HOT)));
    EXPECT_FALSE(chooses(ISO_POLICY_TRIGGER_DEMOTION, page(CXL, HOT), page(DDR, BOOT)));
    EXPECT_FALSE(chooses(ISO_POLICY_TRIGGER_DEMOTION, page(DDR, BOOT), page(FAR, BOOT)));
    EXPECT_FALSE(chooses(ISO_POLICY_TRIGGER_DEMOTION, page(FAR, BOOT), page(DDR, BOOT)));
    EXPECT_FALSE(chooses(ISO_POLICY_TRIGGER_DEMOTION, page(CXL, HOT), page(CXL, HOT)));
}

// HMAT says that HBM is nearer than DDR; without it dax_kmem takes five times the distance of DRAM for whatever it plugs in.
TEST(Trigger, DemotionTakesEitherOrderWhereTheMachineDoesNotSay)
{
    EXPECT_TRUE(chooses(ISO_POLICY_TRIGGER_DEMOTION, page(HBM, HOT), page(DDR, BOOT)));
    EXPECT_TRUE(chooses(ISO_POLICY_TRIGGER_DEMOTION, page(DDR, BOOT), page(HBM, HOT)));
    EXPECT_TRUE(chooses(ISO_POLICY_TRIGGER_DEMOTION, page(HBM, BOOT), page(FAR, BOOT)));
    EXPECT_FALSE(chooses(ISO_POLICY_TRIGGER_DEMOTION, page(FAR, BOOT), page(HBM, BOOT)));
}

TEST(Trigger, DriversMoveToDevicesAndBackButNoHugePagesAndNoSpecialOnes)
{
    constexpr iso_policy_trigger hmm = ISO_POLICY_TRIGGER_HMM;
    EXPECT_TRUE(chooses(hmm, page(DDR, BOOT), page(GPU, COHERENT)));
    EXPECT_TRUE(chooses(hmm, page(GPU, COHERENT), page(DDR, BOOT)));
    EXPECT_TRUE(chooses(hmm, page(CXL, COHERENT), page(GPU, COHERENT)));
    EXPECT_TRUE(chooses(hmm, page(DDR, BOOT), page(GPU, ISO_POLICY_ORIGIN_PRIVATE)));
    EXPECT_FALSE(chooses(hmm, page(DDR, BOOT), page(CXL, HOT)));
    EXPECT_FALSE(chooses(hmm, page(DDR, BOOT, ISO_POLICY_BACKING_HUGETLB), page(GPU, COHERENT)));
    EXPECT_FALSE(chooses(hmm, page(CXL, ISO_POLICY_ORIGIN_FS_DAX, ISO_POLICY_BACKING_DAX), page(GPU, COHERENT)));
    EXPECT_FALSE(chooses(hmm, page(GPU, ISO_POLICY_ORIGIN_PFN_ONLY, ISO_POLICY_BACKING_DRIVER), page(GPU, COHERENT)));
}

TEST(Trigger, NothingTakesMemoryThatIsOnNoList)
{
    for (unsigned t = 0; t < ISO_POLICY_TRIGGER_COUNT; t++)
        for (iso_policy_origin origin :
             {ISO_POLICY_ORIGIN_FS_DAX, ISO_POLICY_ORIGIN_GENERIC, ISO_POLICY_ORIGIN_P2PDMA, ISO_POLICY_ORIGIN_PFN_ONLY,
              ISO_POLICY_ORIGIN_GIC_MMIO, ISO_POLICY_ORIGIN_GMEM}) {
            EXPECT_FALSE(chooses(static_cast<iso_policy_trigger>(t), page(DDR, origin), page(CXL, HOT)));
            EXPECT_FALSE(chooses(static_cast<iso_policy_trigger>(t), page(DDR, BOOT), page(CXL, origin)));
        }
}

} // namespace
