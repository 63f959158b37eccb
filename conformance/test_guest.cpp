// Does what a hostile guest can make, and what it reaches beyond its VM, follow facts/kernel-policies.md 2.1, A.2 and A.3?
#include <gtest/gtest.h>

#include <set>
#include <string>

extern "C" {
#include "models/guest.h"
}

namespace
{

class Guest : public ::testing::Test
{
  protected:
    Guest()
    {
        iso_cpu_features_init(&cpu);
        iso_access_init(&access, ISO_ACCESS_STG);
        iso_effect_init(&effect);
        effect.kind = ISO_EFFECT_PERFORM;
    }

    std::set<std::string> names(iso_policy_s2 stage2, bool fwb, bool tags)
    {
        iso_attribute list[ISO_ATTRIBUTE_POINTS];
        std::set<std::string> out;
        cpu.value[ISO_CPU_S2FWB] = fwb ? ISO_FEATURE_YES : ISO_FEATURE_NO;
        const size_t count = iso_guest_attributes(list, stage2, &cpu, tags);
        for (size_t i = 0; i < count; i++) {
            char name[ISO_ATTRIBUTE_NAME_MAX];
            iso_attribute_name(name, &list[i]);
            out.insert(name);
        }
        EXPECT_EQ(out.size(), count);
        return out;
    }

    iso_guest_class cls(iso_abort fault, const char *attribute)
    {
        iso_attribute a;
        EXPECT_EQ(iso_attribute_parse(&a, attribute, nullptr, nullptr), 0);
        effect.kind = ISO_EFFECT_FAULT;
        effect.fault = fault;
        return iso_guest_class_of(&uncovered, &effect, &access, &a, reaction);
    }

    iso_cpu_features cpu;
    iso_access access;
    iso_effect effect;
    iso_policy_rule rule{};
    iso_policy_reaction reaction[ISO_POLICY_EVENT_COUNT]{};
    iso_attribute wb{ISO_CLASS_WB, ISO_SHAREABILITY_ISH, ISO_TAGGING_UNTAGGED, false, ISO_PROVENANCE_NONE, false,
                     false};
    bool uncovered = false;
};

TEST_F(Guest, NoncacheableStageTwoLeavesDeviceAndNoncacheable)
{
    for (const bool fwb : {false, true})
        EXPECT_EQ(names(ISO_POLICY_S2_NC, fwb, true),
                  (std::set<std::string>{"device-gre", "device-ngre", "device-ngnre", "device-ngnrne", "nc"}))
            << fwb;
}

TEST_F(Guest, ForcedWriteBackLeavesNothingElse)
{
    for (const std::string &name : names(ISO_POLICY_S2_NORMAL, true, true))
        EXPECT_EQ(name.rfind("wb", 0), 0u) << name;
    const auto combined = names(ISO_POLICY_S2_NORMAL, false, true);
    EXPECT_TRUE(combined.count("nc") && combined.count("device-ngnrne") && combined.count("wt"));
}

TEST_F(Guest, OnlyAVmWithMteHasTags)
{
    EXPECT_TRUE(names(ISO_POLICY_S2_NORMAL, true, true).count("wb-tagged"));
    EXPECT_FALSE(names(ISO_POLICY_S2_NORMAL, true, false).count("wb-tagged"));
    EXPECT_FALSE(names(ISO_POLICY_S2_NC, true, true).count("wb-tagged"));
}

TEST_F(Guest, DeviceStageTwoLeavesDeviceOnly)
{
    for (const std::string &name : names(ISO_POLICY_S2_NGNRE, true, true))
        EXPECT_EQ(name.rfind("device-", 0), 0u) << name;
}

TEST_F(Guest, TagsThatAliasAreWrittenOrRead)
{
    effect.tag = ISO_TAG_EFFECT_ALIASES;
    EXPECT_EQ(iso_guest_class_of(&uncovered, &effect, &access, &wb, reaction), ISO_GUEST_CORRUPTION);
    EXPECT_EQ(iso_guest_key_of(&effect, &access), ISO_CAP_TAG_WRITE_UNSUPPORTED);
    iso_access_init(&access, ISO_ACCESS_LDG);
    EXPECT_EQ(iso_guest_class_of(&uncovered, &effect, &access, &wb, reaction), ISO_GUEST_FOREIGN);
    EXPECT_EQ(iso_guest_key_of(&effect, &access), ISO_CAP_TAG_ON_READ_UNSUPPORTED);
    effect.tag = ISO_TAG_EFFECT_DROPPED; // its own loss
    EXPECT_EQ(iso_guest_class_of(&uncovered, &effect, &access, &wb, reaction), ISO_GUEST_CLASS_COUNT);
}

TEST_F(Guest, SErrorIsContainableOnNormalMemoryOnly)
{
    EXPECT_EQ(cls(ISO_ABORT_SERROR, "nc"), ISO_GUEST_CLASS_COUNT);
    EXPECT_EQ(cls(ISO_ABORT_SERROR, "device-ngnre"), ISO_GUEST_ABORT);
    EXPECT_FALSE(uncovered);
    effect.kind = ISO_EFFECT_HANG;
    EXPECT_EQ(iso_guest_class_of(&uncovered, &effect, &access, &wb, reaction), ISO_GUEST_ABORT);
}

TEST_F(Guest, ThePolicyKeepsAFaultInTheVmOrNot)
{
    reaction[ISO_POLICY_EVENT_ABORT35] = {&rule, ISO_POLICY_KILL_VM, ISO_POLICY_ERRNO_NONE, ISO_POLICY_DETAIL_NONE};
    EXPECT_EQ(cls(ISO_ABORT_UNSUPPORTED, "nc"), ISO_GUEST_CLASS_COUNT) << "its own end is no leak";
    reaction[ISO_POLICY_EVENT_SERROR] = reaction[ISO_POLICY_EVENT_ABORT35];
    EXPECT_EQ(cls(ISO_ABORT_SERROR, "nc"), ISO_GUEST_OTHER_VM) << "an SError is not attributable";
    reaction[ISO_POLICY_EVENT_SERROR] = {&rule, ISO_POLICY_SIGNAL, ISO_POLICY_ERRNO_NONE, ISO_POLICY_DETAIL_PANIC};
    EXPECT_EQ(cls(ISO_ABORT_SERROR, "nc"), ISO_GUEST_ABORT);
    EXPECT_EQ(cls(ISO_ABORT_EXTERNAL, "nc"), ISO_GUEST_ABORT);
    EXPECT_TRUE(uncovered) << "no rule says what becomes of it";
}

TEST_F(Guest, MonitorsNeedRoomForEveryCpu)
{
    iso_tier tier{};
    size_t hop = 0;
    tier.nhops = 1;
    iso_hop_init(&tier.hops[0], ISO_HOP_DEVICE);
    uint8_t *value = tier.hops[0].capabilities.value;
    iso_attribute nc;
    ASSERT_EQ(iso_attribute_parse(&nc, "nc", nullptr, nullptr), 0);
    value[ISO_CAP_EXCL_NC] = ISO_SUPPORT_NO;
    EXPECT_EQ(iso_guest_monitor_holds(&tier, &nc, 4, &hop), ISO_POLICY_TRI_YES) << "no monitor to take";
    value[ISO_CAP_EXCL_NC] = ISO_SUPPORT_YES;
    EXPECT_EQ(iso_guest_monitor_holds(&tier, &nc, 4, &hop), ISO_POLICY_TRI_UNKNOWN);
    value[ISO_CAP_EXCL_LPS] = ISO_COUNT_2;
    EXPECT_EQ(iso_guest_monitor_holds(&tier, &nc, 4, &hop), ISO_POLICY_TRI_NO);
    value[ISO_CAP_EXCL_LPS] = ISO_COUNT_4;
    EXPECT_EQ(iso_guest_monitor_holds(&tier, &nc, 4, &hop), ISO_POLICY_TRI_YES);
}

TEST_F(Guest, EveryClassHasANameAndAMeaning)
{
    std::set<std::string> seen;
    for (unsigned i = 0; i < ISO_GUEST_CLASS_COUNT; i++) {
        EXPECT_TRUE(seen.insert(iso_guest_class_name(static_cast<iso_guest_class>(i))).second);
        EXPECT_STRNE(iso_guest_class_meaning(static_cast<iso_guest_class>(i)), "");
    }
}

} // namespace
