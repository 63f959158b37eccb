// Are the tables of models/ whole: no gap, no duplicate, a citation in every row, a case for every modelled rule?
#include "conformance/bench.h"

#include <filesystem>
#include <fstream>
#include <regex>

TEST(AccessKinds, FiftyOneKindsAndTheirPairs)
{
    std::set<std::string> seen;
    unsigned pairs = 0, checkable = 0;
    for (unsigned i = 0; i < ISO_ACCESS_KIND_COUNT; i++) {
        auto kind = static_cast<iso_access_kind>(i);
        iso_access_kind found;
        ASSERT_TRUE(iso_access_kind_find(&found, iso_access_kind_name(kind)));
        EXPECT_EQ(found, kind);
        EXPECT_TRUE(seen.insert(iso_access_kind_name(kind)).second);
        pairs += iso_access_alignment_count(kind);
        checkable += iso_access_tag_checkable(kind) ? iso_access_alignment_count(kind) : 0;
        iso_access access = Bench::access_of(kind);
        EXPECT_EQ(access.kind, kind);
        EXPECT_GT(access.size_bytes, 0u) << iso_access_kind_name(kind);
        EXPECT_EQ(access.size_bytes & (access.size_bytes - 1), 0u) << iso_access_kind_name(kind);
    }
    EXPECT_TRUE(Bench::access_of(ISO_ACCESS_LDAR).acquire && !Bench::access_of(ISO_ACCESS_LDR).acquire);
    EXPECT_TRUE(Bench::access_of(ISO_ACCESS_STLR).release && Bench::access_of(ISO_ACCESS_LDAPR).acquire_pc);
    EXPECT_EQ(seen.size(), 51u);
    EXPECT_EQ(pairs, 102u);
    EXPECT_EQ(checkable, 80u);
    iso_access_kind untouched = ISO_ACCESS_SWP;
    EXPECT_FALSE(iso_access_kind_find(&untouched, "no-such-kind"));
    EXPECT_EQ(untouched, ISO_ACCESS_SWP);
}

template <typename Row> static void check_key(const Row *row, std::set<std::string> &seen)
{
    EXPECT_TRUE(seen.insert(row->name).second) << row->name;
    EXPECT_FALSE(std::string(row->citation).empty()) << row->name;
    EXPECT_GT(std::string(row->meaning).size(), 8u) << row->name;
    ASSERT_GE(row->set->count, 4u) << row->name << ": unknown, pass or free, and two values at least";
    EXPECT_STREQ(row->set->values[ISO_VALUE_UNKNOWN].name, "unknown");
    std::set<std::string> values;
    for (size_t i = 0; i < row->set->count; i++)
        EXPECT_TRUE(values.insert(row->set->values[i].name).second) << row->name;
    std::string unit = row->unit;
    EXPECT_TRUE(unit.empty() || unit == "bytes" || unit == "count") << row->name;
}

TEST(Capabilities, TableIsWhole)
{
    std::set<std::string> seen;
    for (unsigned i = 0; i < ISO_CAP_COUNT; i++) {
        auto key = static_cast<enum iso_capability_key>(i);
        const iso_key_row *row = iso_capability_key(key);
        check_key(row, seen);
        enum iso_capability_key found;
        ASSERT_TRUE(iso_capability_key_find(&found, row->name));
        EXPECT_EQ(found, key);
        EXPECT_STREQ(row->set->values[ISO_VALUE_PASS].name, "pass");
        for (uint8_t value = 0; value < row->set->count; value++) {
            uint8_t back;
            ASSERT_TRUE(iso_capability_value_find(&back, key, iso_capability_value_name(key, value)));
            EXPECT_EQ(back, value);
        }
        EXPECT_EQ(iso_capability_value_name(key, 255), nullptr);
    }
    enum iso_capability_key none;
    EXPECT_FALSE(iso_capability_key_find(&none, "excl"));
}

TEST(Capabilities, BindingAnUnknown)
{
    iso_hop hop;
    iso_hop_init(&hop, ISO_HOP_DEVICE);
    iso_capabilities *caps = &hop.capabilities;
    EXPECT_EQ(iso_capability_get(caps, ISO_CAP_TAG_STORAGE), ISO_VALUE_UNKNOWN);
    size_t choices = iso_capability_choice_count(ISO_CAP_TAG_STORAGE);
    EXPECT_EQ(choices, 5u);
    EXPECT_FALSE(iso_capability_bind(caps, ISO_CAP_TAG_STORAGE, choices));
    EXPECT_TRUE(iso_capability_bind(caps, ISO_CAP_TAG_STORAGE, 1));
    EXPECT_EQ(iso_capability_get(caps, ISO_CAP_TAG_STORAGE), ISO_TAG_STORAGE_EMD32);
    EXPECT_FALSE(iso_capability_bind(caps, ISO_CAP_TAG_STORAGE, 0)) << "it is known now";
    EXPECT_FALSE(iso_capability_set(caps, ISO_CAP_TAG_STORAGE, 99));
    EXPECT_TRUE(iso_capability_set(caps, ISO_CAP_EXCL_LPS, ISO_COUNT_256));
    EXPECT_EQ(iso_capability_number(caps, ISO_CAP_EXCL_LPS), 256u);
}

TEST(Capabilities, Contradictions)
{
    iso_hop hop;
    iso_hop_init(&hop, ISO_HOP_DEVICE);
    enum iso_capability_key first, second;
    EXPECT_EQ(iso_capability_contradiction(&hop.capabilities, &first, &second), nullptr);
    hop.capabilities.value[ISO_CAP_TAG_STORAGE] = ISO_TAG_STORAGE_EMD32;
    hop.capabilities.value[ISO_CAP_COH_MODEL] = ISO_COH_MODEL_HDM_D;
    ASSERT_NE(iso_capability_contradiction(&hop.capabilities, &first, &second), nullptr);
    EXPECT_EQ(first, ISO_CAP_TAG_STORAGE);
    EXPECT_EQ(second, ISO_CAP_COH_MODEL);
}

TEST(CpuFeatures, TableIsWhole)
{
    std::set<std::string> seen;
    iso_cpu_features features;
    iso_cpu_features_init(&features);
    for (unsigned i = 0; i < ISO_CPU_COUNT; i++) {
        auto key = static_cast<enum iso_cpu_key>(i);
        const iso_key_row *row = iso_cpu_key(key);
        check_key(row, seen);
        EXPECT_STREQ(row->set->values[ISO_VALUE_FREE].name, "free");
        enum iso_cpu_key found;
        ASSERT_TRUE(iso_cpu_key_find(&found, row->name));
        EXPECT_EQ(found, key);
        EXPECT_NE(features.value[key], ISO_VALUE_UNKNOWN) << row->name << ": the default CPU knows itself";
        EXPECT_LT(features.value[key], row->set->count) << row->name;
    }
    enum iso_cpu_key first, second;
    EXPECT_EQ(iso_cpu_contradiction(&features, &first, &second), nullptr);
    features.value[ISO_CPU_LSE] = ISO_FEATURE_NO;
    EXPECT_NE(iso_cpu_contradiction(&features, &first, &second), nullptr);
}

// Every id of a citation such as "CH-12; CHI B6.3.4" that looks like a choice is in the register.
TEST(CpuFeatures, KnobsCiteRegisteredChoices)
{
    for (unsigned i = 0; i < ISO_CPU_COUNT; i++) {
        std::string citation = iso_cpu_key(static_cast<enum iso_cpu_key>(i))->citation;
        if (citation.rfind("CH-", 0) != 0)
            continue;
        std::string id = citation.substr(0, citation.find_first_of("; "));
        EXPECT_NE(iso_rule_find(id.c_str()), nullptr) << id;
    }
}

TEST(Register, ChoicesAreComplete)
{
    for (int n = 1; n <= 69; n++) {
        char id[8];
        snprintf(id, sizeof id, "CH-%02d", n);
        if (n != 34) {
            EXPECT_NE(iso_rule_find(id), nullptr) << id;
        }
    }
    for (const char *set : {"CH-34a", "CH-34b", "CH-34c", "CH-34d", "E0", "E6", "A0", "A5", "T0", "T6", "H0", "H4",
                            "L1", "L12", "D1", "D10", "CHI B6.3.4"})
        EXPECT_NE(iso_rule_find(set), nullptr) << set;
    EXPECT_STREQ(iso_rule_find("CH-12/E2")->id, "CH-12");
    EXPECT_EQ(iso_rule_find("CH-70"), nullptr);
    EXPECT_EQ(iso_rule_find("CH-1"), nullptr);
}

TEST(Register, RowsAreWellFormed)
{
    std::set<std::string> seen;
    for (size_t i = 0; const iso_rule *rule = iso_rule_at(i); i++) {
        EXPECT_TRUE(seen.insert(rule->id).second) << rule->id;
        EXPECT_FALSE(std::string(rule->citation).empty()) << rule->id;
        EXPECT_GT(std::string(rule->title).size(), 4u) << rule->id;
        EXPECT_EQ(rule->state == ISO_RULE_MODELLED, std::string(rule->why).empty())
            << rule->id << ": what is not modelled says why";
        EXPECT_NE(iso_rule_kind_name(rule->kind), nullptr);
        EXPECT_NE(iso_rule_state_name(rule->state), nullptr);
    }
    EXPECT_EQ(iso_rule_at(iso_rule_count()), nullptr);
}

// Rules that the suites over both engines have a case of: they are another program, so that their sources are read.
static std::set<std::string> rules_of_engines()
{
    std::set<std::string> rules;
    for (const auto &file : std::filesystem::directory_iterator(ISOTIER_SOURCE_DIR "/conformance")) {
        if (file.path().filename().string().rfind("test_choices", 0) != 0)
            continue;
        std::ifstream in(file.path());
        const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
        static const std::regex head("RULE_TEST\\(\\w+,\\s*\\w+((?:,\\s*\"[^\"]+\")+)\\)"), id("\"([^\"]+)\"");
        for (std::sregex_iterator m(text.begin(), text.end(), head), none; m != none; ++m) {
            const std::string ids = (*m)[1];
            for (std::sregex_iterator k(ids.begin(), ids.end(), id); k != none; ++k)
                rules.insert((*k)[1]);
        }
    }
    return rules;
}

TEST(Register, EveryModelledRuleHasACase)
{
    const std::set<std::string> engines = rules_of_engines();
    EXPECT_FALSE(engines.empty());
    for (const std::string &id : engines)
        EXPECT_NE(iso_rule_find(id.c_str()), nullptr) << id << " is no rule";
    for (const std::string &id : covered_rules())
        EXPECT_NE(iso_rule_find(id.c_str()), nullptr) << id << " is no rule";
    for (size_t i = 0; const iso_rule *rule = iso_rule_at(i); i++)
        if (rule->state == ISO_RULE_MODELLED) {
            EXPECT_GT(covered_rules().count(rule->id) + engines.count(rule->id), 0u)
                << rule->id << " is called modelled, but has no case";
        }
}

TEST(Tiers, HopsAndOwners)
{
    Bench bench;
    for (unsigned i = 0; i < ISO_HOP_KIND_COUNT; i++) {
        auto kind = static_cast<iso_hop_kind>(i);
        iso_hop_kind found;
        ASSERT_TRUE(iso_hop_kind_find(&found, iso_hop_kind_name(kind)));
        EXPECT_EQ(found, kind);
    }
    for (unsigned i = 0; i < ISO_TIER_KIND_COUNT; i++) {
        iso_tier_kind found;
        ASSERT_TRUE(iso_tier_kind_find(&found, iso_tier_kind_name(static_cast<iso_tier_kind>(i))));
        EXPECT_EQ(found, static_cast<iso_tier_kind>(i));
    }
    EXPECT_EQ(iso_tier_owner(&bench.tier, ISO_CAP_ATOMIC_NEAR), 0u);
    EXPECT_EQ(iso_tier_owner(&bench.tier, ISO_CAP_EXCL_WB), 1u);
    EXPECT_EQ(iso_tier_owner(&bench.tier, ISO_CAP_EXCL_NC), 3u);
    size_t hop;
    EXPECT_EQ(iso_tier_get(&bench.tier, ISO_CAP_EXCL_NC, &hop), ISO_SUPPORT_YES);
    EXPECT_EQ(hop, 3u);
    iso_tier empty{};
    EXPECT_FALSE(iso_tier_set(&empty, ISO_CAP_EXCL_NC, ISO_SUPPORT_YES));
    EXPECT_FALSE(iso_tier_set(&empty, ISO_CAP_EXCL_ON_UNSUPPORTED, ISO_EXCL_UNSUPPORTED_NOP));
    bench.tier.hops[1].timing.latency_ps = 20000;
    bench.tier.hops[3].timing.latency_ps = 60000;
    EXPECT_EQ(iso_tier_idle_ps(&bench.tier), 80000u);
}

TEST(Machines, UnknownsAreListedAndBound)
{
    static iso_machine machine; // large
    iso_machine_init(&machine);
    iso_unknown unknown;
    EXPECT_FALSE(iso_machine_unknown(&unknown, &machine, 0));
    machine.tiers[0] = Bench().tier;
    machine.ntiers = 1;
    EXPECT_FALSE(iso_machine_unknown(&unknown, &machine, 0)) << "the bench is bound";
    machine.tiers[0].hops[3].capabilities.value[ISO_CAP_EXCL_NC] = ISO_VALUE_UNKNOWN;
    machine.features.value[ISO_CPU_ERG] = ISO_VALUE_UNKNOWN;
    ASSERT_TRUE(iso_machine_unknown(&unknown, &machine, 0));
    EXPECT_TRUE(unknown.is_cpu && unknown.cpu_key == ISO_CPU_ERG);
    ASSERT_TRUE(iso_machine_unknown(&unknown, &machine, 1));
    EXPECT_TRUE(!unknown.is_cpu && unknown.hop == 3 && unknown.key == ISO_CAP_EXCL_NC);
    EXPECT_FALSE(iso_machine_unknown(&unknown, &machine, 2));
    EXPECT_EQ(iso_machine_tier(&machine, "no-such-tier"), nullptr);
}
