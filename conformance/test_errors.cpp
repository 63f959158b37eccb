// Does an access in error end as CXL.mem, AMBA and the CPU's choices say, on the tier and on ordinary memory alike?
#include "conformance/bench.h"

namespace
{

Effects ask(const Bench &bench, iso_access_kind kind, iso_condition condition, const char *attribute = "wb")
{
    iso_access access = Bench::access_of(kind);
    access.condition = condition;
    return bench.decide(access, attribute);
}

// What a program sees of an element: how the access ends.
std::string end_of(const iso_effect &e)
{
    if (e.kind == ISO_EFFECT_FAULT)
        return iso_abort_name(e.fault);
    if (e.kind != ISO_EFFECT_PERFORM)
        return iso_outcome_kind_name(e.kind);
    return e.data_ones ? "ones" : e.data_lost ? "lost" : e.clears ? "clears" : "good";
}

std::string ends(const Effects &effects)
{
    std::string text;
    for (const iso_effect &e : effects)
        text += (text.empty() ? "" : " ") + end_of(e);
    return text;
}

} // namespace

// Every condition by protocol, load and store, where no hop states a mode. Aborts by the default CPU: loads synchronous, stores to
// Normal NC SError.
RULE_TEST(Errors, ProtocolsWhereNoHopSpeaks, "CXL 12.2", "CXL 12.3", "CXL 12.4", "CXL 3.3", "CXL 11.5", "DCD")
{
    const struct {
        iso_condition condition;
        const char *cxl_load, *cxl_store, *amba_load, *amba_store, *rule;
    } rows[] = {
        {ISO_CONDITION_NORMAL, "good", "good", "good", "good", "ALIGN"},
        {ISO_CONDITION_POISONED, "external-abort", "good", "external-abort", "good", "CXL 12.2"},
        {ISO_CONDITION_ISOLATED, "external-abort", "lost", "external-abort", "serror", "CXL 12.3"},
        {ISO_CONDITION_VIRAL, "good", "lost", "good", "good", "CXL 12.4"},
        {ISO_CONDITION_NXM, "external-abort", "lost", "external-abort", "serror", "CXL 3.3"},
        {ISO_CONDITION_RELEASED, "external-abort serror ones ones hang", "serror serror lost lost hang",
         "external-abort", "serror", "DCD"},
        {ISO_CONDITION_TEE_MISMATCH, "ones", "lost", "good", "good", "CXL 11.5"},
        {ISO_CONDITION_TIMEOUT, "external-abort serror ones ones hang", "serror serror lost lost hang",
         "external-abort serror ones ones hang", "serror serror lost lost hang", "TIMEOUT"},
    };
    for (const auto &row : rows) {
        Bench cxl, amba, uncached;
        cxl.set(ISO_CAP_COH_MODEL, ISO_COH_MODEL_HDM_H);
        amba.set(ISO_CAP_COH_MODEL, ISO_COH_MODEL_NATIVE);
        uncached.set(ISO_CAP_COH_MODEL, ISO_COH_MODEL_NONE);
        for (iso_access_kind kind : {ISO_ACCESS_LDR, ISO_ACCESS_STR})
            for (const iso_effect &e : ask(cxl, kind, row.condition, "nc"))
                EXPECT_TRUE(rule_name(e.rule) == row.rule || end_of(e) == "good") << describe(e);
        EXPECT_EQ(ends(ask(cxl, ISO_ACCESS_PRFM, row.condition, "nc")), "good") << "a hint: " << row.condition;
        EXPECT_EQ(ends(ask(uncached, ISO_ACCESS_STR, row.condition, "nc")), row.amba_store) << row.condition;
        EXPECT_EQ(ends(ask(cxl, ISO_ACCESS_LDR, row.condition, "nc")), row.cxl_load) << row.condition;
        EXPECT_EQ(ends(ask(cxl, ISO_ACCESS_STR, row.condition, "nc")), row.cxl_store) << row.condition;
        EXPECT_EQ(ends(ask(amba, ISO_ACCESS_LDR, row.condition, "nc")), row.amba_load) << row.condition;
        EXPECT_EQ(ends(ask(amba, ISO_ACCESS_STR, row.condition, "nc")), row.amba_store) << row.condition;
    }
}

// Each key turns its own direction of its own condition, at any hop of the path.
RULE_TEST(Errors, KeysBindOneDirection, "CXL 12.2", "CXL 12.3", "CXL 3.3")
{
    const struct {
        enum iso_capability_key key;
        iso_condition condition;
        bool write;
    } rows[] = {
        {ISO_CAP_ERR_POISON, ISO_CONDITION_POISONED, false},
        {ISO_CAP_ERR_POISON_WRITE, ISO_CONDITION_POISONED, true},
        {ISO_CAP_ERR_ISOLATION, ISO_CONDITION_ISOLATED, true},
        {ISO_CAP_ERR_ISOLATION_READ, ISO_CONDITION_ISOLATED, false},
        {ISO_CAP_ERR_VIRAL, ISO_CONDITION_VIRAL, true},
        {ISO_CAP_ERR_NXM, ISO_CONDITION_NXM, false},
        {ISO_CAP_ERR_NXM_WRITE, ISO_CONDITION_NXM, true},
        {ISO_CAP_ERR_TEE, ISO_CONDITION_TEE_MISMATCH, false},
        {ISO_CAP_ERR_TIMEOUT, ISO_CONDITION_TIMEOUT, false},
        {ISO_CAP_ERR_TIMEOUT, ISO_CONDITION_TIMEOUT, true},
        {ISO_CAP_ERR_RELEASE, ISO_CONDITION_RELEASED, false},
        {ISO_CAP_ERR_RELEASE, ISO_CONDITION_RELEASED, true},
    };
    for (const auto &row : rows)
        for (size_t hop = 0; hop < 4; hop++) {
            Bench bench, hangs;
            bench.hop(hop, row.key, ISO_ERROR_MODE_ONES);
            hangs.hop(hop, row.key, ISO_ERROR_MODE_HANG);
            iso_access_kind kind = row.write ? ISO_ACCESS_STR : ISO_ACCESS_LDR;
            const char *name = iso_capability_key(row.key)->name;
            EXPECT_EQ(ends(ask(bench, kind, row.condition, "nc")), row.write ? "lost" : "ones")
                << name << " hop " << hop;
            EXPECT_EQ(ends(ask(hangs, kind, row.condition, "nc")), "hang") << name;
            EXPECT_EQ(ends(ask(hangs, kind, ISO_CONDITION_NORMAL, "nc")), "good") << name;
        }
}

RULE_TEST(Errors, NobodySaysWhenACompletionStaysAway, "TIMEOUT")
{
    Bench bench;
    bench.set(ISO_CAP_COH_MODEL, ISO_COH_MODEL_NATIVE);
    Effects effects = ask(bench, ISO_ACCESS_LDR, ISO_CONDITION_TIMEOUT);
    EXPECT_EQ(effects.size(), 5u) << effects.text();
    EXPECT_TRUE(effects.all([](const iso_effect &e) { return e.nassumed == 1; })) << effects.text();
    EXPECT_EQ(effects.rules(), std::set<std::string>{"TIMEOUT"});
}

// A poisoned line: part of it written stays poisoned, the whole of it written is good again, unless poison covers more than the line.
RULE_TEST(Errors, PoisonEndsWhereAllOfItIsWritten, "CXL 12.2")
{
    Bench bench;
    EXPECT_EQ(ends(ask(bench, ISO_ACCESS_STR, ISO_CONDITION_POISONED)), "good");
    EXPECT_EQ(ends(ask(bench, ISO_ACCESS_STP, ISO_CONDITION_POISONED)), "good");
    EXPECT_EQ(ends(ask(bench, ISO_ACCESS_DC_ZVA, ISO_CONDITION_POISONED)), "clears");
    EXPECT_EQ(ends(ask(bench, ISO_ACCESS_DC_GZVA, ISO_CONDITION_POISONED, "wb-tagged")), "clears");
    EXPECT_EQ(ends(ask(bench, ISO_ACCESS_DC_GVA, ISO_CONDITION_POISONED, "wb-tagged")), "good") << "tags are no data";
    EXPECT_EQ(ends(ask(bench, ISO_ACCESS_DC_ZVA, ISO_CONDITION_NXM)), "lost") << "only poison ends so";
    EXPECT_EQ(bench.one(ISO_ACCESS_DC_ZVA, "wb").clears, false);
    EXPECT_EQ(iso_poison_bytes(&bench.tier), 64u) << "a line, where no hop says";
    bench.hop(2, ISO_CAP_ERR_POISON_UNIT, ISO_BYTES_64);
    EXPECT_EQ(ends(ask(bench, ISO_ACCESS_DC_ZVA, ISO_CONDITION_POISONED)), "clears");
    EXPECT_EQ(iso_poison_bytes(&bench.tier), 64u);
    bench.hop(2, ISO_CAP_ERR_POISON_UNIT, ISO_BYTES_4096);
    EXPECT_EQ(ends(ask(bench, ISO_ACCESS_DC_ZVA, ISO_CONDITION_POISONED)), "good");
    EXPECT_EQ(iso_poison_bytes(&bench.tier), 4096u);
    bench.hop(2, ISO_CAP_ERR_POISON_UNIT, ISO_VALUE_UNKNOWN);
    EXPECT_EQ(ask(bench, ISO_ACCESS_LDR, ISO_CONDITION_POISONED).size(), 5u) << "one a size, each assumed";
    bench.hop(2, ISO_CAP_ERR_POISON_UNIT, ISO_BYTES_WHOLE);
    EXPECT_EQ(iso_poison_bytes(&bench.tier), UINT64_MAX);
}

// S22: a store-atomic meets bad data; depending on the CPU its program hears of it at once, late, or never, and the store is lost.
RULE_TEST(Errors, StoreAtomicOnPoison, "CH-29", "CH-40")
{
    Bench bench;
    EXPECT_EQ(ends(ask(bench, ISO_ACCESS_LSE_LOAD, ISO_CONDITION_POISONED)), "external-abort");
    EXPECT_EQ(ends(ask(bench, ISO_ACCESS_LSE_STORE, ISO_CONDITION_POISONED)), "serror");
    bench.knob(ISO_CPU_ATOMIC_STORE_ERROR, ISO_ATOMIC_ERROR_SYNC);
    EXPECT_EQ(ends(ask(bench, ISO_ACCESS_LSE_STORE, ISO_CONDITION_POISONED)), "external-abort");
    bench.knob(ISO_CPU_ATOMIC_STORE_ERROR, ISO_ATOMIC_ERROR_INTERRUPT);
    EXPECT_EQ(ends(ask(bench, ISO_ACCESS_LSE_STORE, ISO_CONDITION_POISONED)), "interrupt");
    EXPECT_EQ(ends(ask(bench, ISO_ACCESS_LSE_LOAD, ISO_CONDITION_POISONED)), "external-abort") << "it returns a value";
    bench.set(ISO_CAP_ATOMIC_NC, ISO_SUPPORT_NO);
    EXPECT_EQ(ends(ask(bench, ISO_ACCESS_LSE_STORE, ISO_CONDITION_NORMAL, "nc")), "interrupt");
}

TEST(Errors, ConditionsHaveNames)
{
    std::set<std::string> names;
    for (int i = 0; i < ISO_CONDITION_COUNT; i++) {
        iso_condition found = ISO_CONDITION_NORMAL;
        std::string name = iso_condition_name(static_cast<iso_condition>(i));
        EXPECT_TRUE(names.insert(name).second) << name;
        EXPECT_EQ(iso_condition_find(&found, name.c_str(), name.size()), i != ISO_CONDITION_NORMAL) << name;
        EXPECT_EQ(found, i);
    }
}
