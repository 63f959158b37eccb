// Do Device and Normal-NC properties bind where the architecture says, and nowhere else? And errors, and 64-byte accesses.
#include "conformance/bench.h"

RULE_TEST(Device, ReorderingIsBoundAtPeripheralsOnly, "DEVICE", "L2", "L7")
{
    Bench ram, bar;
    bar.set(ISO_CAP_IS_PERIPHERAL, ISO_SUPPORT_YES);
    for (const char *attribute : {"device-ngnre", "device-ngnrne"}) {
        EXPECT_FALSE(ram.one(ISO_ACCESS_STR, attribute).order & ISO_ORDER_NREORDER);
        EXPECT_TRUE(bar.one(ISO_ACCESS_STR, attribute).order & ISO_ORDER_NREORDER);
        EXPECT_TRUE(ram.one(ISO_ACCESS_LDR, attribute).order & ISO_ORDER_NGATHER) << "read at the endpoint";
    }
    EXPECT_FALSE(bar.one(ISO_ACCESS_STR, "device-ngre").order & ISO_ORDER_NREORDER);
    bar.set(ISO_CAP_IS_PERIPHERAL, ISO_SUPPORT_UNKNOWN);
    EXPECT_EQ(bar.decide(ISO_ACCESS_STR, "device-ngnre").size(), 2u);
    EXPECT_EQ(bar.decide(ISO_ACCESS_STR, "nc").size(), 1u);
}

RULE_TEST(Device, SizeOfAPeripheral, "CH-42")
{
    Bench bar;
    EXPECT_EQ(bar.one(ISO_ACCESS_STR, "device-ngnre").peripheral_bytes, 0u) << "memory";
    bar.set(ISO_CAP_IS_PERIPHERAL, ISO_SUPPORT_YES);
    EXPECT_EQ(bar.one(ISO_ACCESS_STR, "device-ngnre").peripheral_bytes, 4096u);
    EXPECT_EQ(bar.one(ISO_ACCESS_STR, "device-ngre").peripheral_bytes, 0u);
    bar.set(ISO_CAP_PERIPHERAL_BYTES, ISO_PERIPHERAL_WHOLE);
    EXPECT_EQ(bar.one(ISO_ACCESS_STR, "device-ngnre").peripheral_bytes, UINT64_MAX);
    bar.set(ISO_CAP_PERIPHERAL_BYTES, ISO_PERIPHERAL_UNKNOWN);
    Effects open = bar.decide(ISO_ACCESS_STR, "device-ngnre");
    EXPECT_EQ(open.size(), iso_capability_choice_count(ISO_CAP_PERIPHERAL_BYTES));
    EXPECT_EQ(open.rules(), std::set<std::string>{"CH-42"});
    EXPECT_TRUE(open.all([](const iso_effect &e) { return e.nassumed == 1; }));
}

RULE_TEST(Device, Gathering, "CH-43")
{
    Bench bench;
    EXPECT_TRUE(bench.one(ISO_ACCESS_STR, "device-ngre").order & ISO_ORDER_NGATHER);
    EXPECT_FALSE(bench.one(ISO_ACCESS_STR, "device-gre").order & ISO_ORDER_NGATHER);
    EXPECT_FALSE(bench.one(ISO_ACCESS_STR, "nc").order & ISO_ORDER_NGATHER);
    bench.knob(ISO_CPU_GATHER, ISO_SPECULATION_NO);
    EXPECT_TRUE(bench.one(ISO_ACCESS_STR, "nc").order & ISO_ORDER_NGATHER);
    EXPECT_TRUE(bench.one(ISO_ACCESS_STR, "device-gre").order & ISO_ORDER_NGATHER);
    EXPECT_FALSE(bench.one(ISO_ACCESS_STR, "wb").order & ISO_ORDER_NGATHER) << "from a cache";
}

RULE_TEST(Device, VectorsAndPairs, "CH-38", "CH-67", "L12")
{
    Bench bench;
    bench.knob(ISO_CPU_SVE, ISO_FEATURE_YES).set(ISO_CAP_IS_PERIPHERAL, ISO_SUPPORT_YES);
    iso_effect sve = bench.one(ISO_ACCESS_SVE_STORE, "device-ngnrne");
    EXPECT_FALSE(sve.order & (ISO_ORDER_NGATHER | ISO_ORDER_NREORDER)) << "as GRE";
    EXPECT_STREQ(sve.rule.id, "CH-67");
    for (iso_access_kind kind : {ISO_ACCESS_CPY_READ, ISO_ACCESS_CPY_WRITE}) {
        EXPECT_FALSE(bench.one(kind, "device-ngnrne").order & ISO_ORDER_NGATHER) << "MOPS may always gather";
        EXPECT_STREQ(bench.one(kind, "device-ngnrne").rule.id, "CH-39");
    }
    iso_effect pair = bench.one(ISO_ACCESS_LDP, "device-ngnre");
    EXPECT_EQ(pair.single_copy_bytes, 8);
    EXPECT_EQ(bench.one(ISO_ACCESS_SVE_FAULTING, "device-ngnre").kind, ISO_EFFECT_NOP) << "suppressed in FFR";
    EXPECT_EQ(bench.one(ISO_ACCESS_PRFM, "device-ngnre").kind, ISO_EFFECT_NOP);
}

// RXHFBX: SIMD in streaming mode without FEAT_SME_FA64 too, and nothing else in that mode.
RULE_TEST(Device, StreamingSimdAsGre, "CH-67")
{
    Bench bench;
    for (iso_access_kind kind : {ISO_ACCESS_SIMD_LOAD, ISO_ACCESS_SIMD_STORE, ISO_ACCESS_LDR, ISO_ACCESS_STP}) {
        const bool simd = kind == ISO_ACCESS_SIMD_LOAD || kind == ISO_ACCESS_SIMD_STORE;
        iso_access access = Bench::access_of(kind);
        EXPECT_TRUE(bench.one(access, "device-ngnre").order & ISO_ORDER_NGATHER) << kind;
        access.streaming = true;
        EXPECT_EQ((bench.one(access, "device-ngnre").order & ISO_ORDER_NGATHER) == 0, simd) << kind;
        EXPECT_EQ(bench.decide(access, "device-ngnre").rules().count("CH-67") != 0, simd) << kind;
    }
}

RULE_TEST(Device, FirstFaultingVectorOnALiftedPage, "CH-34c")
{
    Bench bench;
    bench.knob(ISO_CPU_SVE, ISO_FEATURE_YES);
    Effects effects = bench.decide(ISO_ACCESS_SVE_FAULTING, "wb+pdev");
    EXPECT_TRUE(effects.performs() && effects.any([](const iso_effect &e) { return e.kind == ISO_EFFECT_NOP; }));
}

RULE_TEST(Device, ZeroingFaults, "ALIGN")
{
    Bench bench;
    for (const char *attribute : {"device-gre", "device-ngnrne"})
        EXPECT_EQ(bench.one(ISO_ACCESS_DC_ZVA, attribute).fault, ISO_ABORT_ALIGNMENT);
    for (const char *attribute : {"nc", "wt", "mix", "wb:nsh", "wb-tagged"})
        EXPECT_EQ(bench.one(ISO_ACCESS_DC_ZVA, attribute).kind, ISO_EFFECT_PERFORM) << attribute;
}

RULE_TEST(Device, Speculation, "CH-61")
{
    Bench bench;
    EXPECT_TRUE(bench.one(ISO_ACCESS_LDR, "nc").order & ISO_ORDER_SPECULATES);
    EXPECT_FALSE(bench.one(ISO_ACCESS_LDR, "device-gre").order & ISO_ORDER_SPECULATES);
    EXPECT_FALSE(bench.one(ISO_ACCESS_LDR, "nc").order & ISO_ORDER_DISTURBED);
    bench.set(ISO_CAP_SPECULATION_SAFE, ISO_SUPPORT_NO);
    for (iso_access_kind kind : {ISO_ACCESS_LDR, ISO_ACCESS_STR}) {
        EXPECT_TRUE(bench.one(kind, "nc").order & ISO_ORDER_DISTURBED) << "the mapping allows it, whatever is accessed";
        EXPECT_FALSE(bench.one(kind, "device-gre").order & ISO_ORDER_DISTURBED);
    }
    bench.knob(ISO_CPU_SPECULATION, ISO_SPECULATION_NO);
    EXPECT_FALSE(bench.one(ISO_ACCESS_LDR, "nc").order & (ISO_ORDER_SPECULATES | ISO_ORDER_DISTURBED));
}

RULE_TEST(Device, OrderOfAcquireReleaseDoesNotDependOnTheType, "L10")
{
    Bench bench;
    for (const char *attribute : {"wb", "nc", "wt", "device-ngnre"})
        EXPECT_EQ(bench.one(ISO_ACCESS_LDAR, attribute).kind, ISO_EFFECT_PERFORM) << attribute;
}

RULE_TEST(Device, FetchAndWalk, "CH-10", "CH-11")
{
    Bench bench;
    EXPECT_EQ(bench.one(ISO_ACCESS_IFETCH, "device-gre").fault, ISO_ABORT_PERMISSION);
    bench.knob(ISO_CPU_IFETCH_DEVICE, ISO_VALUE_FREE);
    EXPECT_EQ(bench.decide(ISO_ACCESS_IFETCH, "device-gre").size(), 2u);
    EXPECT_EQ(rule_name(bench.one(ISO_ACCESS_TTW_READ, "device-gre").rule), "CH-11");
    EXPECT_NE(rule_name(bench.one(ISO_ACCESS_TTW_READ, "nc").rule), "CH-11");
    EXPECT_EQ(bench.one(ISO_ACCESS_IFETCH, "nc").kind, ISO_EFFECT_PERFORM);
    bench.set(ISO_CAP_IFETCH, ISO_SUPPORT_YES);
    EXPECT_EQ(bench.one(ISO_ACCESS_IFETCH, "wb").kind, ISO_EFFECT_PERFORM);
    bench.set(ISO_CAP_IFETCH, ISO_SUPPORT_NO);
    EXPECT_EQ(bench.one(ISO_ACCESS_IFETCH, "nc").fault, ISO_ABORT_EXTERNAL);
}

RULE_TEST(Device, GuardedControlStack, "CH-47")
{
    Bench bench;
    bench.knob(ISO_CPU_GCS, ISO_FEATURE_YES).knob(ISO_CPU_GCS_TYPE, ISO_VALUE_FREE);
    EXPECT_EQ(bench.one(ISO_ACCESS_GCS, "wb").kind, ISO_EFFECT_PERFORM);
    Effects effects = bench.decide(ISO_ACCESS_GCS, "nc");
    EXPECT_TRUE(effects.performs() && effects.faults_with(ISO_ABORT_UNSUPPORTED));
}

RULE_TEST(Device, SixtyFourBytes, "CH-46")
{
    Bench bench;
    bench.knob(ISO_CPU_LS64, ISO_LS64_LEVEL_LS64);
    EXPECT_EQ(bench.one(ISO_ACCESS_LD64B, "wb").fault, ISO_ABORT_UNSUPPORTED) << "wrong type";
    EXPECT_EQ(bench.one(ISO_ACCESS_LD64B, "mix").fault, ISO_ABORT_UNSUPPORTED) << "mixed is not NC";
    EXPECT_EQ(bench.one(ISO_ACCESS_LD64B, "nc").fault, ISO_ABORT_UNSUPPORTED) << "this location";
    bench.set(ISO_CAP_LS64, ISO_LS64_BYTE_ATOMIC);
    EXPECT_EQ(bench.one(ISO_ACCESS_ST64B, "device-gre").single_copy_bytes, 1);
    bench.set(ISO_CAP_LS64, ISO_LS64_YES);
    EXPECT_EQ(bench.one(ISO_ACCESS_ST64B, "device-gre").single_copy_bytes, 64);
    bench.knob(ISO_CPU_LS64, ISO_LS64_LEVEL_WB);
    EXPECT_EQ(bench.one(ISO_ACCESS_LD64B, "wb").single_copy_bytes, 64);
    bench.knob(ISO_CPU_LS64, ISO_LS64_LEVEL_LS64).knob(ISO_CPU_LS64_STAGE, ISO_VALUE_FREE);
    EXPECT_EQ(bench.decide(ISO_ACCESS_LD64B, "wb").size(), 2u) << "either stage";
    for (int first : {ISO_LS64_YES, ISO_LS64_BYTE_ATOMIC}) { // the first hop that answers: no later one is asked
        bench.hop(1, ISO_CAP_LS64, first).hop(3, ISO_CAP_LS64, ISO_LS64_ABORT35);
        EXPECT_EQ(bench.one(ISO_ACCESS_ST64B, "nc").single_copy_bytes, first == ISO_LS64_YES ? 64 : 1);
    }
}

RULE_TEST(Device, ExternalAbortPresets, "CH-40")
{
    Bench bench;
    auto abort_of = [&](iso_access_kind kind, const char *attribute) {
        iso_access access = Bench::access_of(kind);
        access.condition = ISO_CONDITION_RELEASED;
        return bench.one(access, attribute).fault;
    };
    bench.set(ISO_CAP_ERR_RELEASE, ISO_ERROR_MODE_ABORT);
    EXPECT_EQ(abort_of(ISO_ACCESS_LDR, "wb"), ISO_ABORT_EXTERNAL);
    EXPECT_EQ(abort_of(ISO_ACCESS_STXR, "wb"), ISO_ABORT_EXTERNAL) << "all STX synchronous";
    EXPECT_EQ(abort_of(ISO_ACCESS_STR, "device-ngnre"), ISO_ABORT_SERROR);
    EXPECT_EQ(abort_of(ISO_ACCESS_STR, "nc"), ISO_ABORT_SERROR);
    EXPECT_EQ(abort_of(ISO_ACCESS_STR, "wb"), ISO_ABORT_INTERRUPT) << "not attributable";
    bench.knob(ISO_CPU_EXTERNAL_ABORT, ISO_EXTERNAL_ABORT_SYNC);
    EXPECT_EQ(abort_of(ISO_ACCESS_STR, "nc"), ISO_ABORT_EXTERNAL);
}

RULE_TEST(Errors, ProtocolConditions, "CXL 12.2", "CXL 12.3", "CXL 12.4", "CXL 3.3", "CXL 11.5", "DCD")
{
    Bench bench;
    auto ask = [&](iso_access_kind kind, iso_condition condition) {
        iso_access access = Bench::access_of(kind);
        access.condition = condition;
        return bench.decide(access, "wb");
    };
    EXPECT_TRUE(ask(ISO_ACCESS_LDR, ISO_CONDITION_POISONED).faults_with(ISO_ABORT_EXTERNAL));
    EXPECT_TRUE(ask(ISO_ACCESS_STR, ISO_CONDITION_POISONED).performs());
    EXPECT_EQ(ask(ISO_ACCESS_LDR, ISO_CONDITION_POISONED).rules(), (std::set<std::string>{"CXL 12.2"}));
    EXPECT_EQ(ask(ISO_ACCESS_STR, ISO_CONDITION_POISONED).rules(), (std::set<std::string>{"ALIGN"})) << "unaffected";
    EXPECT_TRUE(ask(ISO_ACCESS_LDR, ISO_CONDITION_ISOLATED).faults_with(ISO_ABORT_EXTERNAL));
    EXPECT_TRUE(ask(ISO_ACCESS_STR, ISO_CONDITION_ISOLATED)[0].data_lost) << "success, and the data is gone";
    EXPECT_TRUE(ask(ISO_ACCESS_STXR, ISO_CONDITION_ISOLATED)[0].data_lost);
    EXPECT_TRUE(ask(ISO_ACCESS_STR, ISO_CONDITION_VIRAL)[0].data_lost);
    EXPECT_FALSE(ask(ISO_ACCESS_LDR, ISO_CONDITION_VIRAL)[0].data_ones);
    EXPECT_FALSE(ask(ISO_ACCESS_LDR, ISO_CONDITION_VIRAL)[0].data_lost);
    EXPECT_FALSE(ask(ISO_ACCESS_STR, ISO_CONDITION_NORMAL)[0].data_lost);
    EXPECT_TRUE(ask(ISO_ACCESS_STR, ISO_CONDITION_NXM)[0].data_lost);
    EXPECT_TRUE(ask(ISO_ACCESS_LDR, ISO_CONDITION_TEE_MISMATCH)[0].data_ones) << "an apparently good value";
    EXPECT_EQ(ask(ISO_ACCESS_LDR, ISO_CONDITION_RELEASED).size(), 5u) << "nobody says what happens";
    bench.set(ISO_CAP_ERR_NXM, ISO_ERROR_MODE_ONES);
    EXPECT_TRUE(ask(ISO_ACCESS_LDR, ISO_CONDITION_NXM)[0].data_ones);
}

RULE_TEST(Errors, PartialWritesUnderEncryption, "PTL")
{
    Bench bench;
    bench.hop(2, ISO_CAP_PTL_NATIVE, ISO_SUPPORT_NO).hop(2, ISO_CAP_PTL_RMW_UNIT, ISO_RMW_UNIT_32);
    EXPECT_EQ(bench.one(ISO_ACCESS_STR, "nc").rmw_unit_bytes, 32);
    EXPECT_EQ(bench.one(ISO_ACCESS_STR, "wb").rmw_unit_bytes, 0) << "whole lines";
    EXPECT_EQ(bench.one(ISO_ACCESS_LDR, "nc").rmw_unit_bytes, 0);
    for (iso_access whole : {Bench::at(ISO_ACCESS_ST64B, 0), Bench::at(ISO_ACCESS_STP, 8)}) {
        bench.hop(2, ISO_CAP_PTL_RMW_UNIT, ISO_RMW_UNIT_16).knob(ISO_CPU_LS64, ISO_LS64_LEVEL_LS64);
        bench.set(ISO_CAP_LS64, ISO_LS64_YES);
        EXPECT_EQ(bench.one(whole, "nc").rmw_unit_bytes, whole.va % 16 ? 16 : 0) << "whole units are no partial write";
    }
    bench.hop(2, ISO_CAP_PTL_RMW_UNIT, ISO_RMW_UNIT_PASS);
    EXPECT_EQ(bench.one(ISO_ACCESS_STR, "nc").rmw_unit_bytes, 64) << "a line, where nobody says";
    bench.hop(2, ISO_CAP_PTL_NATIVE, ISO_SUPPORT_UNKNOWN);
    EXPECT_EQ(bench.decide(ISO_ACCESS_STR, "nc").size(), 2u);
}
