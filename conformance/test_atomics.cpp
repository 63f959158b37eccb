// Does decide() place atomics, and refuse them, as the architecture and CHI allow?
#include "conformance/bench.h"

RULE_TEST(Atomics, WriteBackIsAtomicWhereverItIsDone, "CH-28", "CHI B16.3")
{
    Bench bench;
    EXPECT_EQ(bench.one(ISO_ACCESS_LSE_LOAD, "wb").where, ISO_WHERE_NEAR);
    bench.set(ISO_CAP_ATOMIC_NEAR, ISO_SUPPORT_NO);
    iso_effect far = bench.one(ISO_ACCESS_LSE_LOAD, "wb");
    EXPECT_EQ(far.where, ISO_WHERE_HOME);
    EXPECT_EQ(far.rmw, ISO_RMW_ATOMIC);
    bench.set(ISO_CAP_ATOMIC_WB, ISO_SUPPORT_NO);
    EXPECT_EQ(bench.one(ISO_ACCESS_LSE_LOAD, "wb").fault, ISO_ABORT_EXTERNAL);
}

RULE_TEST(Atomics, OutsideTheGuaranteeFollowsTheMachine, "CH-27", "A0", "A1", "A2", "A3", "A4", "A5")
{
    struct Row {
        int on_unsupported;
        const char *rule;
        iso_outcome_kind kind;
        iso_abort fault;
    };
    const Row rows[] = {
        {ISO_ATOMIC_UNSUPPORTED_NDERR, "CH-27/A1", ISO_EFFECT_FAULT, ISO_ABORT_EXTERNAL},
        {ISO_ATOMIC_UNSUPPORTED_SLVERR, "CH-27/A1", ISO_EFFECT_FAULT, ISO_ABORT_EXTERNAL},
        {ISO_ATOMIC_UNSUPPORTED_SERROR, "CH-27/A2", ISO_EFFECT_FAULT, ISO_ABORT_SERROR},
        {ISO_ATOMIC_UNSUPPORTED_ABORT35, "CH-27/A3", ISO_EFFECT_FAULT, ISO_ABORT_UNSUPPORTED},
        {ISO_ATOMIC_UNSUPPORTED_NOP, "CH-27/A4", ISO_EFFECT_NOP, ISO_ABORT_NONE},
        {ISO_ATOMIC_UNSUPPORTED_OKAY_NONATOMIC, "CH-27/A5", ISO_EFFECT_PERFORM, ISO_ABORT_NONE},
        {ISO_ATOMIC_UNSUPPORTED_HANG, "CHI B16.3", ISO_EFFECT_HANG, ISO_ABORT_NONE},
    };
    for (const char *attribute : {"nc", "wt", "mix", "device-gre", "device-ngnrne"})
        for (iso_access_kind kind : {ISO_ACCESS_LSE_LOAD, ISO_ACCESS_SWP, ISO_ACCESS_CAS_HIT, ISO_ACCESS_CAS_MISS,
                                     ISO_ACCESS_CASP, ISO_ACCESS_LSE128})
            for (const Row &row : rows) {
                Bench bench;
                bench.set({{ISO_CAP_ATOMIC_NC, ISO_SUPPORT_NO}, {ISO_CAP_ATOMIC_ON_UNSUPPORTED, row.on_unsupported}});
                iso_effect e = bench.one(kind, attribute);
                EXPECT_EQ(rule_name(e.rule), row.rule) << attribute;
                EXPECT_EQ(e.kind, row.kind) << attribute;
                EXPECT_EQ(e.fault, row.fault) << attribute;
                EXPECT_EQ(e.rmw, row.kind == ISO_EFFECT_PERFORM ? ISO_RMW_NONATOMIC : ISO_RMW_UNDECIDED);
            }
    Bench supports;
    EXPECT_EQ(rule_name(supports.one(ISO_ACCESS_SWP, "nc").rule), "CH-27/A0");
}

RULE_TEST(Atomics, StoreAtomicErrorIsLate, "CH-29")
{
    Bench bench;
    bench.set(ISO_CAP_ATOMIC_NC, ISO_SUPPORT_NO);
    EXPECT_EQ(bench.one(ISO_ACCESS_LSE_STORE, "nc").fault, ISO_ABORT_SERROR);
    EXPECT_EQ(bench.one(ISO_ACCESS_LSE_LOAD, "nc").fault, ISO_ABORT_EXTERNAL);
    bench.knob(ISO_CPU_ATOMIC_STORE_ERROR, ISO_VALUE_FREE);
    EXPECT_EQ(bench.decide(ISO_ACCESS_LSE_STORE, "nc").rules(), (std::set<std::string>{"CH-27/A1", "CH-27/A2"}));
}

RULE_TEST(Atomics, NonShareableIsInSetA, "CH-27")
{
    Bench bench;
    Effects effects = bench.decide(ISO_ACCESS_LSE_LOAD, "wb:nsh");
    EXPECT_EQ(effects.rules(),
              (std::set<std::string>{"CH-27/A0", "CH-27/A1", "CH-27/A2", "CH-27/A3", "CH-27/A4", "CH-27/A5"}));
    bench.knob(ISO_CPU_NSH_ATOMIC, ISO_NSH_ATOMIC_ABORT35); // Neoverse-N3
    EXPECT_EQ(bench.one(ISO_ACCESS_LSE_LOAD, "wb:nsh").fault, ISO_ABORT_UNSUPPORTED);
}

// What is asked is explored: the priority of fault 0x35 only where another fault of the same access contends with it (CH-13).
RULE_TEST(Atomics, PriorityOfFault35IsAskedOnlyWhereItMatters, "CH-13")
{
    const struct {
        const char *attribute;
        iso_tag_check check;
        bool asked;
    } row[] = {{"wb:nsh", ISO_TAG_CHECK_NO, false},
               {"wb:nsh", ISO_TAG_CHECK_YES, false},
               {"wb-tagged:nsh", ISO_TAG_CHECK_YES, true}};
    for (const auto &r : row) {
        Bench bench;
        iso_reads reads = {};
        iso_access access;
        iso_attribute attribute = {};
        iso_effect_set set;
        iso_access_init(&access, ISO_ACCESS_LSE_LOAD);
        access.check = r.check;
        iso_attribute_parse(&attribute, r.attribute, nullptr, nullptr);
        bench.cpu.reads = &reads;
        iso_decide_path(&set, &access, &attribute, &bench.tier, &bench.cpu);
        EXPECT_EQ(reads.key[ISO_CPU_ABORT35_PRIORITY / 64] >> ISO_CPU_ABORT35_PRIORITY % 64 & 1, r.asked ? 1u : 0u)
            << r.attribute << r.check;
    }
}

RULE_TEST(Atomics, BroadcastPinLowRefusesAtTheCore, "CHI B16.3")
{
    Bench bench;
    bench.hop(0, ISO_CAP_ATOMIC_NC, ISO_SUPPORT_NO).hop(0, ISO_CAP_ATOMIC_WB, ISO_SUPPORT_NO);
    iso_effect refused = bench.one(ISO_ACCESS_SWP, "nc");
    EXPECT_EQ(refused.fault, ISO_ABORT_EXTERNAL);
    EXPECT_EQ(refused.hop, 0);
    EXPECT_EQ(bench.one(ISO_ACCESS_SWP, "wb").where, ISO_WHERE_NEAR) << "WB is still done near";
}

RULE_TEST(Atomics, SizeLimitsOfFarAtomics, "CHI B16.3")
{
    Bench bench;
    bench.set({{ISO_CAP_ATOMIC_MAX_BYTES, ISO_ATOMIC_MAX_8}, {ISO_CAP_ATOMIC_CAS_MAX, ISO_ATOMIC_MAX_16}});
    EXPECT_TRUE(bench.decide(ISO_ACCESS_SWP, "nc").performs());
    EXPECT_FALSE(bench.decide(ISO_ACCESS_LSE128, "nc").performs());
    EXPECT_TRUE(bench.decide(ISO_ACCESS_CAS_HIT, "nc").performs()) << "2 x 8 bytes";
    EXPECT_FALSE(bench.decide(ISO_ACCESS_CASP, "nc").performs()) << "2 x 16 bytes";
    bench.set({{ISO_CAP_ATOMIC_MAX_BYTES, ISO_ATOMIC_MAX_16}, {ISO_CAP_ATOMIC_CAS_MAX, ISO_ATOMIC_MAX_8}});
    EXPECT_TRUE(bench.decide(ISO_ACCESS_LSE128, "nc").performs());
    EXPECT_FALSE(bench.decide(ISO_ACCESS_CAS_HIT, "nc").performs());
    EXPECT_FALSE(bench.decide(ISO_ACCESS_CAS_MISS, "nc").performs());
    EXPECT_FALSE(bench.decide(ISO_ACCESS_CASP, "nc").performs());
}

RULE_TEST(Atomics, TerminatedAtTheBridge, "CHI B16.3")
{
    Bench bench;
    bench.hop(2, ISO_CAP_ATOMIC_NC, ISO_SUPPORT_YES);
    EXPECT_EQ(bench.one(ISO_ACCESS_SWP, "nc").where, ISO_WHERE_BRIDGE);
    bench.hop(1, ISO_CAP_ATOMIC_NC, ISO_SUPPORT_YES);
    EXPECT_EQ(bench.one(ISO_ACCESS_SWP, "nc").where, ISO_WHERE_HOME);
}

RULE_TEST(Atomics, TableUpdates, "CH-48", "H0", "H1", "H2", "H3", "H4")
{
    Bench bench;
    EXPECT_EQ(bench.one(ISO_ACCESS_HW_UPDATE, "wb").rmw, ISO_RMW_ATOMIC);
    EXPECT_EQ(rule_name(bench.one(ISO_ACCESS_HW_UPDATE, "nc").rule), "CH-48/H0");
    bench.set(ISO_CAP_HTTU, ISO_SUPPORT_UNKNOWN);
    Effects effects = bench.decide(ISO_ACCESS_HW_UPDATE, "nc");
    EXPECT_EQ(effects.rules(), (std::set<std::string>{"CH-48/H0", "CH-48/H1", "CH-48/H2", "CH-48/H3", "CH-48/H4"}));
    EXPECT_TRUE(effects.faults_with(ISO_ABORT_ATOMIC_UPDATE));
}

RULE_TEST(Atomics, MissingFeatureIsUndefined, "FEAT")
{
    Bench bench;
    bench.knob(ISO_CPU_LSE, ISO_FEATURE_NO).knob(ISO_CPU_LRCPC3, ISO_FEATURE_NO);
    EXPECT_EQ(bench.one(ISO_ACCESS_SWP, "wb").fault, ISO_ABORT_UNDEFINED);
    EXPECT_EQ(bench.one(ISO_ACCESS_RCW, "wb").fault, ISO_ABORT_UNDEFINED);
    EXPECT_EQ(bench.one(ISO_ACCESS_LD64B, "nc").fault, ISO_ABORT_UNDEFINED);
    EXPECT_EQ(bench.one(ISO_ACCESS_LDIAPP, "wb").fault, ISO_ABORT_UNDEFINED);
    bench.knob(ISO_CPU_MOPS, ISO_FEATURE_NO).knob(ISO_CPU_MTE, ISO_MTE_LEVEL_0);
    EXPECT_EQ(bench.one(ISO_ACCESS_CPY_READ, "wb").fault, ISO_ABORT_UNDEFINED);
    EXPECT_EQ(bench.one(ISO_ACCESS_DC_ZVA, "wb").fault, ISO_ABORT_NONE);
    EXPECT_EQ(bench.one(ISO_ACCESS_STG, "wb").fault, ISO_ABORT_UNDEFINED);
    EXPECT_EQ(bench.one(ISO_ACCESS_DC_TAG, "wb").fault, ISO_ABORT_UNDEFINED);
    EXPECT_EQ(bench.one(ISO_ACCESS_DC_CVAC, "wb").fault, ISO_ABORT_NONE);
    EXPECT_EQ(bench.one(ISO_ACCESS_SVE_LOAD, "wb").fault, ISO_ABORT_UNDEFINED);
    EXPECT_EQ(bench.one(ISO_ACCESS_GCS, "wb").fault, ISO_ABORT_UNDEFINED);
    bench.knob(ISO_CPU_LS64, ISO_LS64_LEVEL_LS64);
    EXPECT_EQ(bench.one(ISO_ACCESS_ST64BV, "nc").fault, ISO_ABORT_UNDEFINED);
}

// An asynchronous error has no stage.
RULE_TEST(Atomics, StageOfAStoreAtomicsError, "CH-29")
{
    Bench bench;
    bench.set({{ISO_CAP_ATOMIC_NC, ISO_SUPPORT_NO}, {ISO_CAP_ATOMIC_ON_UNSUPPORTED, ISO_ATOMIC_UNSUPPORTED_NDERR}});
    iso_access store = Bench::access_of(ISO_ACCESS_LSE_STORE);
    store.no_return = true;
    for (int timing : {ISO_ATOMIC_ERROR_SYNC, ISO_ATOMIC_ERROR_ASYNC, ISO_ATOMIC_ERROR_INTERRUPT}) {
        bench.knob(ISO_CPU_ATOMIC_STORE_ERROR, timing);
        EXPECT_EQ(bench.one(store, "nc").fault_stage, 0) << timing;
    }
    bench.set(ISO_CAP_TAG_STORAGE, ISO_TAG_STORAGE_NONE)
        .set(ISO_CAP_TAG_ON_READ_UNSUPPORTED, ISO_TAG_READ_FAULT)
        .set(ISO_CAP_ATOMIC_NEAR, ISO_SUPPORT_NO);
    iso_access checked = Bench::checked(ISO_ACCESS_LSE_STORE, ISO_TAG_CHECK_YES, ISO_TCF_SYNC);
    checked.no_return = true;
    for (int timing : {ISO_ATOMIC_ERROR_SYNC, ISO_ATOMIC_ERROR_ASYNC, ISO_ATOMIC_ERROR_INTERRUPT}) {
        bench.knob(ISO_CPU_ATOMIC_STORE_ERROR, timing);
        const iso_effect e = bench.one(checked, "wb-tagged");
        EXPECT_EQ(e.kind, ISO_EFFECT_FAULT) << timing;
        EXPECT_EQ(e.fault_stage, 0) << timing;
    }
}

RULE_TEST(Atomics, AnExternalAbortThatTheCpuLeavesOpenSaysSo, "CH-40")
{
    Bench bench;
    bench.set({{ISO_CAP_ATOMIC_NC, ISO_SUPPORT_NO}, {ISO_CAP_ATOMIC_ON_UNSUPPORTED, ISO_ATOMIC_UNSUPPORTED_NDERR}});
    EXPECT_NE(rule_name(bench.one(ISO_ACCESS_LSE_LOAD, "nc").rule), "CH-40");
    bench.knob(ISO_CPU_EXTERNAL_ABORT, ISO_VALUE_FREE);
    const Effects open = bench.decide(ISO_ACCESS_LSE_LOAD, "nc");
    EXPECT_GT(open.size(), 1u);
    EXPECT_EQ(open.rules(), (std::set<std::string>{"CH-40"}));
}
