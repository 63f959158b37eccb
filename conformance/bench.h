// A test bench for iso_decide(): one tier with every key bound, to be bent by a test, and short ways to ask.
#ifndef ISO_CONFORMANCE_BENCH_H
#define ISO_CONFORMANCE_BENCH_H

#include "conformance/shim.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <set>
#include <string>
#include <vector>

// Rules that have a case. Filled before main by RULE_TEST, read by Register.EveryModelledRuleHasACase.
inline std::set<std::string> &covered_rules()
{
    static std::set<std::string> rules;
    return rules;
}

struct CoveredRules {
    CoveredRules(std::initializer_list<const char *> ids)
    {
        covered_rules().insert(ids.begin(), ids.end());
    }
};

// A case and the rules it is a case of: RULE_TEST(Suite, Name, "CH-12", "E2") { ... }
#define RULE_TEST(suite, name, ...)                                                                                    \
    static const CoveredRules covered_##suite##_##name{__VA_ARGS__};                                                   \
    TEST(suite, name)

inline std::string describe(const iso_effect &effect)
{
    char text[512];
    iso_effect_describe(text, sizeof text, &effect);
    return text;
}

inline std::string rule_name(const iso_rule_ref &rule)
{
    char text[64];
    iso_rule_ref_name(text, sizeof text, &rule);
    return text;
}

struct Effects : std::vector<iso_effect> {
    std::string text() const
    {
        std::string all;
        for (const iso_effect &e : *this)
            all += describe(e) + "\n";
        return all;
    }
    // Names of the rules, "CH-12/E2", of all elements.
    std::set<std::string> rules() const
    {
        std::set<std::string> names;
        for (const iso_effect &e : *this)
            names.insert(rule_name(e.rule));
        return names;
    }
    template <typename Predicate> bool any(Predicate p) const
    {
        return std::any_of(begin(), end(), p);
    }
    template <typename Predicate> bool all(Predicate p) const
    {
        return std::all_of(begin(), end(), p);
    }
    bool faults_with(iso_abort fault) const
    {
        return any([&](const iso_effect &e) { return e.kind == ISO_EFFECT_FAULT && e.fault == fault; });
    }
    bool performs() const
    {
        return any([](const iso_effect &e) { return e.kind == ISO_EFFECT_PERFORM; });
    }
};

// core -> home node -> bridge -> device, bound to what ordinary memory does.
class Bench
{
  public:
    iso_tier tier{};
    iso_cpu_features cpu{};

    // A machine with this tier alone.
    iso_machine machine() const
    {
        iso_machine out;
        iso_machine_init(&out);
        out.ntiers = 1;
        out.tiers[0] = tier;
        out.features = cpu;
        return out;
    }

    Bench()
    {
        iso_cpu_features_init(&cpu);
        tier.nhops = 4;
        iso_hop_init(&tier.hops[0], ISO_HOP_CORE);
        iso_hop_init(&tier.hops[1], ISO_HOP_HOME);
        iso_hop_init(&tier.hops[2], ISO_HOP_BRIDGE);
        iso_hop_init(&tier.hops[3], ISO_HOP_DEVICE);
        set({{ISO_CAP_EXCL_ON_UNSUPPORTED, ISO_EXCL_UNSUPPORTED_ABORT35},
             {ISO_CAP_EXCL_STORE_ON_FAIL, ISO_STORE_ON_FAIL_WRITE},
             {ISO_CAP_ATOMIC_ON_UNSUPPORTED, ISO_ATOMIC_UNSUPPORTED_NDERR},
             {ISO_CAP_TAG_ON_READ_UNSUPPORTED, ISO_TAG_READ_ZERO_CLEAN},
             {ISO_CAP_TAG_WRITE_UNSUPPORTED, ISO_TAG_WRITE_DROP},
             {ISO_CAP_TAG_MATCH_UNSUPPORTED, ISO_TAG_MATCH_FAIL},
             {ISO_CAP_EXCL_WB, ISO_SUPPORT_YES},
             {ISO_CAP_EXCL_NC, ISO_SUPPORT_YES},
             {ISO_CAP_EXCL_DEVICE, ISO_SUPPORT_NO},
             {ISO_CAP_ATOMIC_NEAR, ISO_SUPPORT_YES},
             {ISO_CAP_ATOMIC_WB, ISO_SUPPORT_YES},
             {ISO_CAP_ATOMIC_NC, ISO_SUPPORT_YES},
             {ISO_CAP_ATOMIC_DEVICE, ISO_SUPPORT_NO},
             {ISO_CAP_TAG_STORAGE, ISO_TAG_STORAGE_FULL},
             {ISO_CAP_UNALIGNED_OK, ISO_SUPPORT_NO},
             {ISO_CAP_IS_PERIPHERAL, ISO_SUPPORT_NO},
             {ISO_CAP_PERIPHERAL_BYTES, ISO_PERIPHERAL_4096},
             {ISO_CAP_HTTU, ISO_HTTU_YES},
             {ISO_CAP_LS64, ISO_LS64_ABORT35}});
    }

    struct Setting {
        enum iso_capability_key key;
        int value;
    };
    Bench &set(std::initializer_list<Setting> settings)
    {
        for (const Setting &s : settings)
            EXPECT_TRUE(iso_tier_set(&tier, s.key, static_cast<uint8_t>(s.value)));
        return *this;
    }
    Bench &set(enum iso_capability_key key, int value)
    {
        return set({{key, value}});
    }
    Bench &hop(size_t index, enum iso_capability_key key, int value)
    {
        EXPECT_TRUE(iso_capability_set(&tier.hops[index].capabilities, key, static_cast<uint8_t>(value)));
        return *this;
    }
    Bench &knob(enum iso_cpu_key key, int value)
    {
        EXPECT_TRUE(iso_cpu_set(&cpu, key, static_cast<uint8_t>(value)));
        return *this;
    }

    Effects decide(const iso_access &access, const iso_attribute &attribute) const
    {
        iso_effect_set set;
        iso_decide_path(&set, &access, &attribute, &tier, &cpu);
        EXPECT_FALSE(set.overflow);
        Effects effects;
        effects.assign(set.item, set.item + set.count);
        return effects;
    }
    Effects decide(const iso_access &access, const char *attribute) const
    {
        return decide(access, parse(attribute));
    }
    Effects decide(iso_access_kind kind, const char *attribute) const
    {
        return decide(access_of(kind), parse(attribute));
    }
    // The one element there has to be.
    iso_effect one(const iso_access &access, const char *attribute) const
    {
        Effects effects = decide(access, attribute);
        EXPECT_EQ(effects.size(), 1u) << effects.text();
        return effects.front();
    }
    iso_effect one(iso_access_kind kind, const char *attribute) const
    {
        return one(access_of(kind), attribute);
    }

    static iso_attribute parse(const char *text)
    {
        iso_attribute attribute{};
        const char *expected = "";
        EXPECT_EQ(iso_attribute_parse(&attribute, text, nullptr, &expected), 0) << text << ": expected " << expected;
        return attribute;
    }
    static iso_access access_of(iso_access_kind kind)
    {
        iso_access access;
        iso_access_init(&access, kind);
        return access;
    }
    static iso_access at(iso_access_kind kind, uint64_t va, uint32_t size = 0)
    {
        iso_access access = access_of(kind);
        access.va = access.pa = va;
        if (size)
            access.size_bytes = access.element_bytes = size;
        return access;
    }
    static iso_access checked(iso_access_kind kind, iso_tag_check check, iso_tcf tcf, uint8_t tag = 3)
    {
        iso_access access = access_of(kind);
        access.check = check;
        access.tcf = tcf;
        access.logical_tag = tag;
        return access;
    }
};

#endif
