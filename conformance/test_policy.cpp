// Does a policy answer by the rules of its stages, and is "can never match" exact? Rules built here, not read from YAML.
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

extern "C" {
#include "models/machine.h"
#include "models/policy.h"
}

namespace
{

using Values = std::vector<std::pair<iso_policy_input, uint16_t>>;

uint16_t one(unsigned value)
{
    return static_cast<uint16_t>(1u << value);
}

constexpr uint16_t yes = 1u << ISO_POLICY_BOOL_YES, no = 1u << ISO_POLICY_BOOL_NO;

iso_policy_box box(const Values &values)
{
    iso_policy_box out;
    iso_policy_box_init(&out);
    for (const auto &[input, mask] : values)
        out.allowed[input] &= mask;
    return out;
}

// A policy whose rules live as long as it does. Every stage that a test does not fill says ok to everything.
class Policy
{
  public:
    Policy &rule(const char *id, iso_policy_stage stage, const Values &values, iso_policy_result result)
    {
        boxes_.push_back(std::make_unique<iso_policy_box>(box(values)));
        iso_policy_rule one_rule{};
        one_rule.id = id;
        one_rule.stage = stage;
        one_rule.box = boxes_.back().get();
        one_rule.nboxes = 1;
        one_rule.result = result;
        one_rule.cite = one_rule.policy = one_rule.path = "test";
        rules_.push_back(one_rule);
        return *this;
    }

    const iso_policy *get()
    {
        policy_ = iso_policy{};
        policy_.name = policy_.title = policy_.cite = "test";
        policy_.reads_tiers = true;
        policy_.rule = rules_.data();
        policy_.nrules = rules_.size();
        return &policy_;
    }

    std::string defect(size_t i)
    {
        static const char *const names[] = {"none", "impossible", "shadowed", "contradicts", "undecided"};
        size_t other = 0;
        iso_policy_defect found = iso_policy_rule_defect(get(), i, &other);
        return std::string(names[found]) +
               (found != ISO_POLICY_DEFECT_NONE && other != i ? std::string(" ") + rules_[other].id : "");
    }

  private:
    std::vector<std::unique_ptr<iso_policy_box>> boxes_;
    std::vector<iso_policy_rule> rules_;
    iso_policy policy_{};
};

iso_policy_result ok()
{
    return iso_policy_result{};
}

iso_policy_result refuse(iso_policy_errno error)
{
    iso_policy_result result{};
    result.action = ISO_POLICY_REFUSE;
    result.error = error;
    return result;
}

iso_policy_result stage2(iso_policy_s2 s2)
{
    iso_policy_result result{};
    result.says_s2 = true;
    result.s2 = s2;
    return result;
}

iso_policy_result stage1(iso_policy_attr s1)
{
    iso_policy_result result{};
    result.says_s1 = true;
    result.s1 = s1;
    return result;
}

// The stages before s2fault, out of the way.
Policy until_fault()
{
    Policy policy;
    policy.rule("firmware", ISO_POLICY_STAGE_FIRMWARE, {}, ok());
    policy.rule("ram", ISO_POLICY_STAGE_HOTPLUG, {}, stage1(ISO_POLICY_ATTR_WB));
    policy.rule("zone", ISO_POLICY_STAGE_MEMREMAP, {}, stage1(ISO_POLICY_ATTR_NONE));
    policy.rule("vma", ISO_POLICY_STAGE_MMAP, {}, ok());
    policy.rule("slot", ISO_POLICY_STAGE_MEMSLOT, {}, ok());
    return policy;
}

iso_policy_decision decide(Policy &policy, const char *mapping, const iso_machine *machine = nullptr, size_t tier = 0)
{
    static iso_machine plain;
    if (!machine) {
        iso_machine_init(&plain);
        machine = &plain;
        tier = plain.ntiers;
    }
    iso_policy_question question;
    iso_policy_decision decision;
    iso_policy_ask(&question, policy.get(), iso_mapping_find(mapping), machine, tier, nullptr, false);
    iso_policy_decide(&decision, policy.get(), &question, &machine->features);
    return decision;
}

std::vector<std::string> fired(const iso_policy_decision &decision)
{
    std::vector<std::string> out;
    for (size_t i = 0; i < decision.nfired; i++)
        out.push_back(std::string(decision.fired[i].rule->id) + (decision.fired[i].overridden ? "!" : ""));
    return out;
}

// ---- evaluation ----

TEST(Policy, FirstMatchWinsInAStage)
{
    Policy policy = until_fault();
    policy.rule("a", ISO_POLICY_STAGE_S2FAULT, {{ISO_POLICY_MAP_MEMORY, no}}, stage2(ISO_POLICY_S2_NGNRE));
    policy.rule("b", ISO_POLICY_STAGE_S2FAULT, {}, stage2(ISO_POLICY_S2_NORMAL));
    policy.rule("c", ISO_POLICY_STAGE_S2FAULT, {}, stage2(ISO_POLICY_S2_NC));
    EXPECT_EQ(decide(policy, "anon-guest").stage2, ISO_POLICY_S2_NORMAL);
    EXPECT_EQ(decide(policy, "bar-guest").stage2, ISO_POLICY_S2_NGNRE);
    EXPECT_EQ(fired(decide(policy, "anon-guest")), (std::vector<std::string>{"firmware", "ram", "vma", "slot", "b"}));
}

TEST(Policy, ARefusalOverridesAnAttributeWhereverItStands)
{
    Policy policy = until_fault();
    policy.rule("normal", ISO_POLICY_STAGE_S2FAULT, {}, stage2(ISO_POLICY_S2_NORMAL));
    policy.rule("first", ISO_POLICY_STAGE_S2FAULT, {{ISO_POLICY_VMA_SHARED, yes}}, refuse(ISO_POLICY_EFAULT));
    policy.rule("second", ISO_POLICY_STAGE_S2FAULT, {{ISO_POLICY_VMA_SHARED, yes}}, refuse(ISO_POLICY_EIO));
    iso_policy_decision decision = decide(policy, "shmem-guest");
    EXPECT_EQ(decision.end, ISO_POLICY_REFUSED);
    EXPECT_EQ(decision.error, ISO_POLICY_EFAULT);
    EXPECT_EQ(fired(decision), (std::vector<std::string>{"firmware", "ram", "vma", "slot", "normal!", "first"}));
    EXPECT_EQ(decide(policy, "anon-guest").end, ISO_POLICY_MAPPED);
}

TEST(Policy, WhatNoRuleCoversIsUnknown)
{
    Policy policy = until_fault();
    policy.rule("ram-only", ISO_POLICY_STAGE_S2FAULT, {{ISO_POLICY_MAP_MEMORY, yes}}, stage2(ISO_POLICY_S2_NORMAL));
    iso_policy_decision decision = decide(policy, "bar-guest");
    EXPECT_EQ(decision.end, ISO_POLICY_UNKNOWN);
    EXPECT_EQ(decision.stage, ISO_POLICY_STAGE_S2FAULT);
    EXPECT_EQ(decision.unknown, ISO_POLICY_INPUT_COUNT);
    EXPECT_EQ(decision.nattributes, 0u);
    Policy empty;
    EXPECT_EQ(decide(empty, "anon").end, ISO_POLICY_UNKNOWN);
}

TEST(Policy, WhatHangsOnAnUnknownCapabilityIsUnknownUnlessItIsRefusedAnyway)
{
    iso_machine machine;
    iso_machine_init(&machine);
    machine.ntiers = 1;
    machine.tiers[0].kind = ISO_TIER_DDR;
    machine.tiers[0].nhops = 1;
    iso_hop_init(&machine.tiers[0].hops[0], ISO_HOP_DEVICE);
    Policy policy = until_fault();
    policy.rule("no-tags", ISO_POLICY_STAGE_S2FAULT, {{ISO_POLICY_TIER_TAGS, one(ISO_POLICY_TAGS_ZERO)}},
                refuse(ISO_POLICY_EFAULT));
    policy.rule("normal", ISO_POLICY_STAGE_S2FAULT, {}, stage2(ISO_POLICY_S2_NORMAL));
    iso_policy_decision decision = decide(policy, "anon-guest", &machine, 0);
    EXPECT_EQ(decision.end, ISO_POLICY_UNKNOWN);
    EXPECT_EQ(decision.unknown, ISO_POLICY_TIER_TAGS);
    policy.rule("shared", ISO_POLICY_STAGE_S2FAULT, {{ISO_POLICY_VMA_SHARED, yes}}, refuse(ISO_POLICY_EFAULT));
    EXPECT_EQ(decide(policy, "shmem-guest", &machine, 0).end, ISO_POLICY_REFUSED);
    ASSERT_TRUE(iso_capability_set(&machine.tiers[0].hops[0].capabilities, ISO_CAP_TAG_STORAGE, ISO_TAG_STORAGE_FULL));
    EXPECT_EQ(decide(policy, "anon-guest", &machine, 0).end, ISO_POLICY_MAPPED);
}

TEST(Policy, AnUnmarkedPolicyNeverSeesATier)
{
    iso_machine machine;
    iso_machine_init(&machine);
    machine.ntiers = 1;
    machine.tiers[0].nhops = 1;
    iso_hop_init(&machine.tiers[0].hops[0], ISO_HOP_DEVICE);
    iso_capability_set(&machine.tiers[0].hops[0].capabilities, ISO_CAP_TAG_STORAGE, ISO_TAG_STORAGE_FULL);
    iso_policy policy{};
    iso_policy_question question;
    iso_policy_ask(&question, &policy, iso_mapping_find("anon"), &machine, 0, nullptr, false);
    EXPECT_EQ(question.inputs.value[ISO_POLICY_TIER_TAGS], ISO_POLICY_TAGS_UNKNOWN);
    policy.reads_tiers = true;
    iso_policy_ask(&question, &policy, iso_mapping_find("anon"), &machine, 0, nullptr, false);
    EXPECT_EQ(question.inputs.value[ISO_POLICY_TIER_TAGS], ISO_POLICY_TAGS_STORE);
}

// ---- stage 1 x stage 2: facts/kernel-policies.md 2.1, all rows and columns ----

struct Combined {
    iso_policy_s2 s2;
    bool fwb;
    const char *device, *nc, *wb, *tagged; // of stage 1 nGnRE, NC, WB, WBT
};

const Combined combined[] = {
    {ISO_POLICY_S2_NGNRE, false, "device-ngnre", "device-ngnre", "device-ngnre", "device-ngnre"},
    {ISO_POLICY_S2_NC, false, "device-ngnre", "nc", "nc", "nc"},
    {ISO_POLICY_S2_NORMAL, false, "device-ngnre", "nc", "wb", "wb-tagged"},
    {ISO_POLICY_S2_NORMAL_NOTAG, false, "device-ngnre", "nc", "wb", "wb-tagged+notag"},
    {ISO_POLICY_S2_NGNRE, true, "device-ngnre", "device-ngnre", "device-ngnre", "device-ngnre"},
    {ISO_POLICY_S2_NC, true, "device-ngnre", "nc", "nc", "nc"},
    {ISO_POLICY_S2_NORMAL, true, "wb+pdev", "wb+pnwb", "wb", "wb-tagged"},
    {ISO_POLICY_S2_NORMAL_NOTAG, true, "wb+pdev", "wb+pnwb", "wb", "wb-tagged+notag"},
    {ISO_POLICY_S2_AS_S1, true, "device-ngnre", "nc", "wb", "wb-tagged"},
    {ISO_POLICY_S2_NONE, true, "device-ngnre", "nc", "wb", "wb-tagged"},
};

TEST(Policy, StageOneTimesStageTwo)
{
    iso_cpu_features features;
    iso_cpu_features_init(&features);
    iso_cpu_set(&features, ISO_CPU_MTE_PERM, ISO_FEATURE_YES);
    for (const Combined &row : combined) {
        const std::pair<iso_policy_attr, const char *> columns[] = {{ISO_POLICY_ATTR_NGNRE, row.device},
                                                                    {ISO_POLICY_ATTR_NC, row.nc},
                                                                    {ISO_POLICY_ATTR_WB, row.wb},
                                                                    {ISO_POLICY_ATTR_WBT, row.tagged}};
        iso_cpu_set(&features, ISO_CPU_S2FWB, row.fwb ? ISO_FEATURE_YES : ISO_FEATURE_NO);
        for (const auto &[stage1_attr, expected] : columns) {
            iso_attribute points[ISO_POLICY_POINTS_MAX];
            char name[ISO_ATTRIBUTE_NAME_MAX];
            ASSERT_EQ(iso_policy_combine(points, stage1_attr, row.s2, &features, false), 1u);
            iso_attribute_name(name, &points[0]);
            EXPECT_STREQ(name, expected) << iso_policy_attr_name(stage1_attr) << " x " << iso_policy_s2_name(row.s2)
                                         << (row.fwb ? " FWB" : "");
        }
    }
    iso_attribute points[ISO_POLICY_POINTS_MAX];
    EXPECT_EQ(iso_policy_combine(points, ISO_POLICY_ATTR_NONE, ISO_POLICY_S2_NORMAL, &features, false), 0u);
    ASSERT_EQ(iso_policy_combine(points, ISO_POLICY_ATTR_WBT, ISO_POLICY_S2_NORMAL, &features, true), 1u);
    EXPECT_EQ(points[0].tagging, ISO_TAGGING_UNTAGGED);
}

TEST(Policy, MismatchedAttributesAreOfTypeNotOfTags)
{
    auto mismatched = [](const char *a, const char *b) {
        iso_attribute x, y;
        EXPECT_EQ(iso_attribute_parse(&x, a, nullptr, nullptr), 0);
        EXPECT_EQ(iso_attribute_parse(&y, b, nullptr, nullptr), 0);
        return iso_policy_mismatched(&x, &y);
    };
    EXPECT_TRUE(mismatched("wb", "nc"));
    EXPECT_TRUE(mismatched("nc", "device-ngnre"));
    EXPECT_TRUE(mismatched("device-ngnrne", "device-ngnre"));
    EXPECT_FALSE(mismatched("wb", "wb-tagged"));
    EXPECT_FALSE(mismatched("wb-tagged+notag", "wb-tagged"));
    EXPECT_FALSE(mismatched("nc", "nc"));
}

// ---- rules that can never match ----

TEST(PolicyCheck, ShadowedByOneBySeveralByNone)
{
    Policy policy;
    policy.rule("mte", ISO_POLICY_STAGE_MEMSLOT, {{ISO_POLICY_VM_MTE, yes}}, ok());
    policy.rule("mte-pfn", ISO_POLICY_STAGE_MEMSLOT, {{ISO_POLICY_VM_MTE, yes}, {ISO_POLICY_VMA_PFNMAP, yes}}, ok());
    policy.rule("plain", ISO_POLICY_STAGE_MEMSLOT, {{ISO_POLICY_VM_MTE, no}}, ok());
    policy.rule("rest", ISO_POLICY_STAGE_MEMSLOT, {}, ok());
    policy.rule("other-stage", ISO_POLICY_STAGE_MMAP, {}, ok());
    EXPECT_EQ(policy.defect(0), "none");
    EXPECT_EQ(policy.defect(1), "shadowed mte");
    EXPECT_EQ(policy.defect(2), "none");
    EXPECT_EQ(policy.defect(3), "shadowed");
    EXPECT_EQ(policy.defect(4), "none");
}

TEST(PolicyCheck, ARefusalIsNotShadowedByAnAttributeButByRefusals)
{
    Policy policy;
    policy.rule("normal", ISO_POLICY_STAGE_S2FAULT, {}, stage2(ISO_POLICY_S2_NORMAL));
    policy.rule("io", ISO_POLICY_STAGE_S2FAULT, {{ISO_POLICY_VMA_IO, yes}}, refuse(ISO_POLICY_EIO));
    policy.rule("io-pfn", ISO_POLICY_STAGE_S2FAULT, {{ISO_POLICY_VMA_IO, yes}, {ISO_POLICY_VMA_PFNMAP, yes}},
                refuse(ISO_POLICY_EFAULT));
    EXPECT_EQ(policy.defect(0), "none");
    EXPECT_EQ(policy.defect(1), "none");
    EXPECT_EQ(policy.defect(2), "shadowed io");
    policy.rule("all", ISO_POLICY_STAGE_S2FAULT, {}, refuse(ISO_POLICY_EPERM));
    EXPECT_EQ(policy.defect(0), "contradicts all");
}

TEST(PolicyCheck, CasesThatCannotBeDoNotCount)
{
    Policy policy;
    policy.rule("no-vm-mte", ISO_POLICY_STAGE_MEMSLOT, {{ISO_POLICY_VM, no}, {ISO_POLICY_VM_MTE, yes}}, ok());
    policy.rule("vm", ISO_POLICY_STAGE_MEMSLOT, {{ISO_POLICY_VM, yes}}, ok());
    policy.rule("mte", ISO_POLICY_STAGE_MEMSLOT, {{ISO_POLICY_VM_MTE, yes}}, ok());
    policy.rule("pfn-page", ISO_POLICY_STAGE_MEMSLOT,
                {{ISO_POLICY_ORIGIN, one(ISO_POLICY_ORIGIN_PFN_ONLY)}, {ISO_POLICY_STRUCT_PAGE, yes}}, ok());
    EXPECT_EQ(policy.defect(0), "impossible");
    EXPECT_EQ(policy.defect(1), "none");
    EXPECT_EQ(policy.defect(2), "shadowed vm");
    EXPECT_EQ(policy.defect(3), "impossible");
}

TEST(PolicyCheck, MoreAlternativesThanFitAreNotDecided)
{
    std::vector<iso_policy_box> boxes(ISO_POLICY_BOXES_MAX + 1,
                                      box({{ISO_POLICY_CPU_FWB, yes}, {ISO_POLICY_CPU_DIC, yes}}));
    iso_policy_rule rules[2] = {};
    for (iso_policy_rule &rule : rules)
        rule.id = rule.cite = rule.policy = rule.path = "test";
    rules[0].box = boxes.data();
    rules[0].nboxes = boxes.size();
    const iso_policy_box all = box({});
    rules[1].box = &all;
    rules[1].nboxes = 1;
    iso_policy policy{};
    policy.rule = rules;
    policy.nrules = 2;
    size_t other = 0;
    EXPECT_EQ(iso_policy_rule_defect(&policy, 1, &other), ISO_POLICY_DEFECT_UNDECIDED);
    rules[0].nboxes = 1;
    EXPECT_EQ(iso_policy_rule_defect(&policy, 1, &other), ISO_POLICY_DEFECT_NONE);
}

// The search for an uncovered case against trying every case of the inputs that the boxes look at.
TEST(PolicyCheck, CoverageIsExact)
{
    const iso_policy_input inputs[] = {ISO_POLICY_VM,          ISO_POLICY_VM_MTE,    ISO_POLICY_ORIGIN,
                                       ISO_POLICY_STRUCT_PAGE, ISO_POLICY_VMA_ATTR,  ISO_POLICY_VMA_PFNMAP,
                                       ISO_POLICY_CPU_FWB,     ISO_POLICY_MAP_MEMORY};
    std::mt19937 random(20240611);
    size_t covered = 0, open = 0;
    for (int round = 0; round < 400; round++) {
        auto random_box = [&](unsigned kept) {
            iso_policy_box out;
            iso_policy_box_init(&out);
            for (iso_policy_input input : inputs)
                if (random() % 8 >= kept)
                    out.allowed[input] &= static_cast<uint16_t>(random() % (iso_policy_input_mask(input) + 1u));
            return out;
        };
        std::vector<iso_policy_box> cover;
        std::vector<const iso_policy_box *> pointers;
        for (size_t i = 0, n = random() % 7; i < n; i++)
            cover.push_back(random_box(6));
        for (const iso_policy_box &item : cover)
            pointers.push_back(&item);
        iso_policy_box asked = random_box(5);
        bool left = false;
        iso_policy_case point{};
        for (size_t i = 0; i < ISO_POLICY_INPUT_COUNT; i++)
            while (!(asked.allowed[i] >> point.value[i] & 1u) && point.value[i] < 15)
                point.value[i]++;
        point.value[ISO_POLICY_S2] = 0;
        std::vector<size_t> at(std::size(inputs), 0);
        for (bool more = true; more && !left;) {
            for (size_t k = 0; k < std::size(inputs); k++)
                point.value[inputs[k]] = static_cast<uint8_t>(at[k]);
            // Stage 2 goes with the VM and no box looks at it.
            point.value[ISO_POLICY_S2] =
                point.value[ISO_POLICY_VM] == ISO_POLICY_BOOL_YES ? ISO_POLICY_S2_NC : ISO_POLICY_S2_NONE;
            auto holds = [&](const iso_policy_box &item) {
                for (iso_policy_input input : inputs)
                    if (!(item.allowed[input] >> point.value[input] & 1u))
                        return false;
                return true;
            };
            left = holds(asked) && iso_policy_case_possible(&point, nullptr);
            for (const iso_policy_box &item : cover)
                left = left && !holds(item);
            more = false;
            for (size_t k = 0; k < std::size(inputs) && !more; k++) {
                more = ++at[k] < iso_policy_input_at(inputs[k])->nvalues;
                if (!more)
                    at[k] = 0;
            }
        }
        iso_policy_case found{};
        iso_policy_cover answer = iso_policy_box_covered(&asked, pointers.data(), pointers.size(), &found);
        ASSERT_EQ(answer, left ? ISO_POLICY_NOT_COVERED : ISO_POLICY_COVERED) << "round " << round;
        if (answer == ISO_POLICY_NOT_COVERED) {
            EXPECT_TRUE(iso_policy_case_possible(&found, nullptr));
        }
        (left ? open : covered)++;
    }
    EXPECT_GT(covered, 20u);
    EXPECT_GT(open, 20u);
}

// ---- the tables themselves ----

TEST(PolicyTables, InputsHaveNamesValuesAndMeanings)
{
    std::set<std::string> names;
    for (unsigned i = 0; i < ISO_POLICY_INPUT_COUNT; i++) {
        auto input = static_cast<iso_policy_input>(i);
        const iso_policy_input_row *row = iso_policy_input_at(input);
        EXPECT_TRUE(names.insert(row->name).second) << row->name;
        EXPECT_GT(std::strlen(row->meaning), 5u) << row->name;
        ASSERT_GE(row->nvalues, 2u);
        ASSERT_LE(row->nvalues, 16u);
        std::set<std::string> values;
        for (size_t v = 0; v < row->nvalues; v++) {
            uint8_t found = 255;
            EXPECT_TRUE(values.insert(row->values[v]).second);
            EXPECT_TRUE(iso_policy_value_find(&found, input, row->values[v]) && found == v);
        }
        EXPECT_EQ(iso_policy_input_has_unknown(input), row->scope == ISO_POLICY_SCOPE_TIER) << row->name;
    }
}

TEST(PolicyTables, MappingsAreAskedAboutCasesThatCanBe)
{
    iso_machine machine;
    iso_machine_init(&machine);
    std::set<std::string> names;
    for (size_t i = 0; i < iso_mapping_count(); i++) {
        const iso_mapping *mapping = iso_mapping_at(i);
        EXPECT_TRUE(names.insert(mapping->name).second) << mapping->name;
        EXPECT_EQ(iso_mapping_find(mapping->name), mapping);
        EXPECT_TRUE(mapping->what && mapping->cite && mapping->page) << mapping->name;
        EXPECT_EQ(mapping->view == ISO_MAPPING_GUEST, mapping->guest_attr != ISO_POLICY_ATTR_NONE) << mapping->name;
        EXPECT_TRUE(mapping->tiers || !mapping->is_default) << mapping->name;
        for (uint16_t kernel :
             {ISO_KERNEL_ANY, ISO_KERNEL(6, 1), ISO_KERNEL(6, 9), ISO_KERNEL(6, 17), ISO_KERNEL(7, 0)}) {
            iso_policy policy{};
            iso_policy_question question;
            const char *why = "";
            policy.kernel = kernel;
            for (bool tagged : {false, true}) {
                iso_policy_ask(&question, &policy, mapping, &machine, machine.ntiers, nullptr, tagged);
                question.inputs.value[ISO_POLICY_S2] =
                    mapping->view == ISO_MAPPING_GUEST ? ISO_POLICY_S2_NORMAL : ISO_POLICY_S2_NONE;
                EXPECT_TRUE(iso_policy_case_possible(&question.inputs, &why)) << mapping->name << ": " << why;
            }
        }
    }
    EXPECT_EQ(iso_mapping_find("attic"), nullptr);
}

// A flag that a kernel sets between two versions, the last one included: nvgrace usemem (facts 1.4), VFIO BARs (6.9 on).
TEST(PolicyTables, FlagsByKernel)
{
    auto uncached = [](const char *mapping, uint16_t kernel) {
        return (iso_mapping_flags(iso_mapping_find(mapping), kernel) & ISO_MAPPING_ANY_UNCACHED) != 0;
    };
    EXPECT_FALSE(uncached("usemem", ISO_KERNEL(6, 8)));
    EXPECT_TRUE(uncached("usemem", ISO_KERNEL(6, 9)));
    EXPECT_TRUE(uncached("usemem", ISO_KERNEL(6, 16)));
    EXPECT_FALSE(uncached("usemem", ISO_KERNEL(6, 17)));
    EXPECT_FALSE(uncached("bar", ISO_KERNEL(6, 8)));
    EXPECT_TRUE(uncached("bar", ISO_KERNEL_ANY));
}

} // namespace
