// Does decide() fault, split or perform misaligned accesses as table 4.2 says?
#include "conformance/bench.h"

static Effects misaligned(const Bench &bench, iso_access_kind kind, const char *attribute, uint64_t va,
                          uint32_t size = 8)
{
    return bench.decide(Bench::at(kind, va, size), attribute);
}

static bool only_alignment_fault(const Effects &effects)
{
    return effects.all([](const iso_effect &e) { return e.fault == ISO_ABORT_ALIGNMENT; });
}

static bool either(const Effects &effects)
{
    return effects.performs() && effects.faults_with(ISO_ABORT_ALIGNMENT);
}

RULE_TEST(Alignment, Classification, "ALIGN")
{
    auto where = [](iso_access_kind kind, uint64_t va, uint32_t size) {
        iso_access access = Bench::at(kind, va, size);
        return iso_access_alignment(&access);
    };
    EXPECT_EQ(where(ISO_ACCESS_LDR, 8, 8), ISO_ALIGNMENT_ALIGNED);
    EXPECT_EQ(where(ISO_ACCESS_LDR, 4, 8), ISO_ALIGNMENT_INSIDE_16);
    EXPECT_EQ(where(ISO_ACCESS_LDR, 8 + 1, 8), ISO_ALIGNMENT_CROSSES_16);
    EXPECT_EQ(where(ISO_ACCESS_LDR, 15, 1), ISO_ALIGNMENT_ALIGNED);
    EXPECT_EQ(where(ISO_ACCESS_CASP, 8, 16), ISO_ALIGNMENT_CROSSES_16) << "overall size counts for atomics";
    iso_access pair = Bench::access_of(ISO_ACCESS_LDP);
    pair.va = 8;
    EXPECT_EQ(iso_access_alignment(&pair), ISO_ALIGNMENT_ALIGNED) << "element size counts for pairs";
    EXPECT_EQ(where(ISO_ACCESS_STG, 8, 16), ISO_ALIGNMENT_CROSSES_16);
    EXPECT_EQ(where(ISO_ACCESS_DC_ZVA, 7, 64), ISO_ALIGNMENT_ALIGNED);
}

RULE_TEST(Alignment, InsideSixteenBytesOfShareableWriteBackIsAtomic, "ALIGN")
{
    Bench bench;
    for (iso_access_kind kind : {ISO_ACCESS_LDR, ISO_ACCESS_STR, ISO_ACCESS_LDAR, ISO_ACCESS_STLR, ISO_ACCESS_LDXR,
                                 ISO_ACCESS_SWP, ISO_ACCESS_CAS_HIT}) {
        iso_effect e = bench.one(Bench::at(kind, 4), "wb");
        EXPECT_EQ(e.kind, ISO_EFFECT_PERFORM);
        EXPECT_EQ(e.single_copy_bytes, 8);
    }
}

RULE_TEST(Alignment, PlainOutsideTheGuarantee, "CH-32", "D4")
{
    Bench bench;
    Effects nc = misaligned(bench, ISO_ACCESS_STR, "nc", 4);
    EXPECT_EQ(nc.rules(), (std::set<std::string>{"CH-32"}));
    EXPECT_EQ(nc.size(), 2u) << "bytes, or whole: " << nc.text();
    EXPECT_FALSE(nc.faults_with(ISO_ABORT_ALIGNMENT)) << "unaligned Normal NC never faults";
    EXPECT_EQ(misaligned(bench, ISO_ACCESS_LDR, "wb:nsh", 4).rules(), (std::set<std::string>{"D4"}));
    bench.knob(ISO_CPU_PLAIN_MISALIGNED, ISO_BYTE_LARGER_BYTE);
    EXPECT_EQ(bench.one(Bench::at(ISO_ACCESS_STR, 4), "nc").single_copy_bytes, 1);
    EXPECT_EQ(bench.one(Bench::at(ISO_ACCESS_STR, 12), "wb").single_copy_bytes, 1) << "crosses 16 bytes";
}

RULE_TEST(Alignment, AtomicsOutsideTheGuarantee, "CH-30", "D3")
{
    Bench bench;
    for (iso_access_kind kind : {ISO_ACCESS_LDXR, ISO_ACCESS_STXR, ISO_ACCESS_LSE_LOAD, ISO_ACCESS_CAS_MISS}) {
        EXPECT_TRUE(either(misaligned(bench, kind, "nc", 4)));
        Effects crossing = misaligned(bench, kind, "wb", 12);
        EXPECT_TRUE(either(crossing)) << crossing.text();
        EXPECT_TRUE(crossing.all([](const iso_effect &e) {
            return e.kind == ISO_EFFECT_FAULT || e.single_copy_bytes == 8; // performed atomically, if at all
        }));
    }
    bench.knob(ISO_CPU_ATOMIC_MISALIGNED, ISO_PERFORM_FAULT_FAULT);
    EXPECT_TRUE(only_alignment_fault(misaligned(bench, ISO_ACCESS_SWP, "nc", 4)));
    EXPECT_FALSE(misaligned(bench, ISO_ACCESS_SWP, "wb", 4).faults_with(ISO_ABORT_ALIGNMENT));
}

RULE_TEST(Alignment, AcquireReleaseOutsideTheGuarantee, "CH-31", "CH-68")
{
    Bench bench;
    EXPECT_TRUE(either(misaligned(bench, ISO_ACCESS_LDAR, "nc", 4)));
    EXPECT_TRUE(only_alignment_fault(misaligned(bench, ISO_ACCESS_STLR, "wb", 12)));
    iso_access naa = Bench::at(ISO_ACCESS_STLR, 12);
    naa.naa = true;
    iso_effect e = bench.one(naa, "wb");
    EXPECT_EQ(e.single_copy_bytes, 1);
    EXPECT_STREQ(e.rule.id, "ALIGN");
}

RULE_TEST(Alignment, Device, "CH-33", "D2")
{
    Bench bench;
    EXPECT_TRUE(only_alignment_fault(misaligned(bench, ISO_ACCESS_LDR, "device-gre", 4))) << "the CPU's choice";
    bench.knob(ISO_CPU_DEVICE_MISALIGNED, ISO_PERFORM_FAULT_PERFORM);
    EXPECT_TRUE(only_alignment_fault(misaligned(bench, ISO_ACCESS_LDR, "device-gre", 4))) << "location incapable";
    bench.set(ISO_CAP_UNALIGNED_OK, ISO_SUPPORT_YES);
    EXPECT_EQ(bench.one(Bench::at(ISO_ACCESS_LDR, 4), "device-gre").kind, ISO_EFFECT_PERFORM);
    bench.set(ISO_CAP_UNALIGNED_OK, ISO_SUPPORT_UNKNOWN);
    Effects open = misaligned(bench, ISO_ACCESS_LDR, "device-gre", 4);
    EXPECT_TRUE(either(open));
    EXPECT_TRUE(open.all([](const iso_effect &e) { return e.nassumed == 1; }));
    bench.knob(ISO_CPU_ARCH, ISO_ARCH_L);
    EXPECT_TRUE(only_alignment_fault(misaligned(bench, ISO_ACCESS_LDR, "device-gre", 4))) << "REV4";
}

RULE_TEST(Alignment, FaultIsReportedByTheStageThatMadeItDevice, "CH-33")
{
    Bench bench;
    iso_attribute stage2 = Bench::parse("device-ngnre");
    stage2.stage1_device = false;
    EXPECT_EQ(bench.decide(Bench::at(ISO_ACCESS_LDR, 4), stage2).front().fault_stage, 2);
    Bench incapable; // the core would perform it, the location cannot
    incapable.knob(ISO_CPU_DEVICE_MISALIGNED, ISO_PERFORM_FAULT_PERFORM);
    EXPECT_EQ(incapable.decide(Bench::at(ISO_ACCESS_LDR, 4), stage2).front().fault_stage, 2);
    EXPECT_EQ(incapable.one(Bench::at(ISO_ACCESS_LDR, 4), "device-ngnre").fault_stage, 1);
    EXPECT_EQ(bench.one(Bench::at(ISO_ACCESS_LDR, 4), "device-ngnre").fault_stage, 1);
}

RULE_TEST(Alignment, LiftedPages, "CH-34b", "CH-34d")
{
    Bench bench;
    iso_attribute lifted = Bench::parse("wb+pdev");
    lifted.stage1_device = false; // as stage 2 leaves it: no Device type any more
    for (const iso_effect &e : bench.decide(Bench::at(ISO_ACCESS_LDR, 4), lifted))
        EXPECT_EQ(e.fault_stage, e.kind == ISO_EFFECT_FAULT ? 1 : 0) << "RRMTWN: of stage 1";
    Effects pdev = misaligned(bench, ISO_ACCESS_LDR, "wb+pdev", 4);
    EXPECT_TRUE(either(pdev)) << pdev.text();
    EXPECT_TRUE(pdev.all([](const iso_effect &e) { return e.fault_stage <= 1; }));
    for (const iso_effect &e : pdev)
        EXPECT_EQ(e.single_copy_bytes, e.kind == ISO_EFFECT_PERFORM ? 8 : 0) << "as WB, or not at all";
    EXPECT_TRUE(either(bench.decide(ISO_ACCESS_DC_ZVA, "wb+pdev")));
    EXPECT_TRUE(either(bench.decide(ISO_ACCESS_DC_GZVA, "wb+pdev")));
    EXPECT_TRUE(either(misaligned(bench, ISO_ACCESS_SWP, "wb+pnwb", 4)));
    EXPECT_FALSE(misaligned(bench, ISO_ACCESS_LDR, "wb+pnwb", 4).faults_with(ISO_ABORT_ALIGNMENT));
    Bench non_wb; // bound to the rules of non-WB, so that CH-30 and CH-31 decide
    non_wb.knob(ISO_CPU_PNWB_ALIGN, ISO_PNWB_NON_WB).knob(ISO_CPU_ATOMIC_MISALIGNED, ISO_PERFORM_FAULT_FAULT);
    non_wb.knob(ISO_CPU_ACQREL_MISALIGNED, ISO_PERFORM_FAULT_PERFORM);
    EXPECT_TRUE(only_alignment_fault(misaligned(non_wb, ISO_ACCESS_SWP, "wb+pnwb", 4)));
    EXPECT_EQ(non_wb.one(Bench::at(ISO_ACCESS_LDAR, 4), "wb+pnwb").single_copy_bytes, 1);
    bench.knob(ISO_CPU_PDEV_ALIGN, ISO_PDEV_WB).knob(ISO_CPU_PNWB_ALIGN, ISO_PNWB_WB);
    EXPECT_EQ(bench.one(Bench::at(ISO_ACCESS_LDR, 4), "wb+pdev").kind, ISO_EFFECT_PERFORM);
    EXPECT_EQ(bench.one(ISO_ACCESS_DC_ZVA, "wb+pdev").kind, ISO_EFFECT_PERFORM);
    EXPECT_EQ(bench.one(Bench::at(ISO_ACCESS_SWP, 4), "wb+pnwb").kind, ISO_EFFECT_PERFORM);
    bench.knob(ISO_CPU_PDEV_ALIGN, ISO_PDEV_DEVICE);
    EXPECT_TRUE(only_alignment_fault(misaligned(bench, ISO_ACCESS_LDR, "wb+pdev", 4)));
}

RULE_TEST(Alignment, TypeIndependentFaults, "ALIGN")
{
    Bench bench;
    bench.knob(ISO_CPU_LS64, ISO_LS64_LEVEL_WB).knob(ISO_CPU_THE, ISO_FEATURE_YES);
    bench.knob(ISO_CPU_GCS, ISO_FEATURE_YES);
    EXPECT_TRUE(only_alignment_fault(misaligned(bench, ISO_ACCESS_GCS, "wb", 4)));
    for (const char *attribute : {"wb", "nc", "device-gre"}) {
        EXPECT_TRUE(only_alignment_fault(misaligned(bench, ISO_ACCESS_LD64B, attribute, 8, 64))) << attribute;
        EXPECT_TRUE(only_alignment_fault(misaligned(bench, ISO_ACCESS_RCW, attribute, 4))) << attribute;
        EXPECT_TRUE(only_alignment_fault(misaligned(bench, ISO_ACCESS_STG, attribute, 8, 16))) << attribute;
        iso_access a = Bench::at(ISO_ACCESS_LDR, 4);
        a.alignment_check = true;
        EXPECT_TRUE(only_alignment_fault(bench.decide(a, attribute))) << "SCTLR.A, " << attribute;
    }
    bench.knob(ISO_CPU_LSE2, ISO_FEATURE_NO);
    EXPECT_TRUE(only_alignment_fault(misaligned(bench, ISO_ACCESS_SWP, "wb", 4)));
    EXPECT_TRUE(only_alignment_fault(misaligned(bench, ISO_ACCESS_LDAR, "wb", 4)));
}

RULE_TEST(Alignment, PairsAndVectors, "D9", "ALIGN")
{
    Bench bench;
    EXPECT_EQ(bench.one(ISO_ACCESS_LDP, "wb").single_copy_bytes, 16);
    EXPECT_EQ(bench.one(ISO_ACCESS_LDP, "nc").single_copy_bytes, 8);
    iso_access pair = Bench::access_of(ISO_ACCESS_STP);
    pair.va = 8;
    EXPECT_EQ(bench.one(pair, "wb").single_copy_bytes, 8);
    EXPECT_EQ(bench.decide(ISO_ACCESS_SIMD_LOAD, "wb").rules(), (std::set<std::string>{"D9"}));
    EXPECT_EQ(bench.decide(ISO_ACCESS_SIMD_LOAD, "wb").size(), 2u);
    EXPECT_EQ(bench.one(ISO_ACCESS_SIMD_LOAD, "nc").single_copy_bytes, 8) << "D9 is about WB";
    EXPECT_EQ(bench.one(ISO_ACCESS_LDXP, "wb").single_copy_bytes, 8) << "whole only if the STXP succeeds";
    EXPECT_EQ(bench.one(ISO_ACCESS_STXP, "wb").single_copy_bytes, 16);
    EXPECT_EQ(bench.one(ISO_ACCESS_CASP, "wb").single_copy_bytes, 16);
    bench.knob(ISO_CPU_LSE2, ISO_FEATURE_NO);
    EXPECT_EQ(bench.one(ISO_ACCESS_LDP, "wb").single_copy_bytes, 8);
}
