// Does the timed engine draw the choices that translation leaves open, and only those?
#include "conformance/bench.h"
#include "conformance/platform_run.h"

namespace
{

platform_result run(const Bench &bench, const std::string &text, uint32_t seeds = 60)
{
    static iso_machine machine; // large
    iso_machine_init(&machine);
    machine.ntiers = 1;
    machine.tiers[0] = bench.tier;
    machine.features = bench.cpu;
    platform_result r = platform_run(text, seeds, 1, "", &machine, 0, "wb");
    EXPECT_EQ(r.status, 0) << r.error;
    return r;
}

std::string maintenance(const char *operation, const char *descriptor, const char *info = "")
{
    return std::string("AArch64 m\nVariant=vmsa,faultToNext\n") + info + "{ [PTE(x)]=(oa:PA(x)," + descriptor +
           "); 0:X1=x; }\n P0 ;\n L0: " + operation + ",X1 ;\n L1: " + operation +
           ",X1 ;\nlocations [fault(P0:L0,x);fault(P0:L1,x);]\n";
}

const std::string NONE = "~Fault(P0:L0,x); ~Fault(P0:L1,x);";

RULE_TEST(PlatformTranslation, MaintenanceTakesTranslationFaults, "CH-63")
{
    platform_result r = run(Bench(), maintenance("DC CVAC", "valid:0"));
    EXPECT_EQ(r.seen.size(), 1u);
    EXPECT_EQ(r.seen.count(NONE), 0u);
    r = run(Bench(), maintenance("DC IVAC", "db:0"));
    EXPECT_EQ(r.seen.count(NONE), 0u);
}

RULE_TEST(PlatformTranslation, MaintenanceMayTakeOtherFaults, "CH-63")
{
    const struct {
        std::string text;
        enum iso_cpu_key key;
    } cases[] = {{maintenance("DC CVAC", "af:0"), ISO_CPU_MAINTENANCE_AF},
                 {maintenance("IC IVAU", "valid:0"), ISO_CPU_IC_TRANSLATION},
                 {maintenance("IC IVAU", "el0:0", "EL0=P0\n"), ISO_CPU_IC_PERMISSION}};
    for (const auto &c : cases) {
        Bench bench;
        platform_result r = run(bench, c.text);
        EXPECT_EQ(r.seen.size(), 2u) << c.text;
        EXPECT_GT(r.seen[NONE], 0u) << c.text;
        bench.knob(c.key, ISO_PERFORM_FAULT_FAULT);
        EXPECT_EQ(run(bench, c.text).seen.count(NONE), 0u) << c.text;
        bench.knob(c.key, ISO_PERFORM_FAULT_PERFORM);
        EXPECT_EQ(run(bench, c.text).seen[NONE], 60u) << c.text;
    }
}

// Without a machine there is one memory, whatever a descriptor says of who shares it.
TEST(PlatformTranslation, HasOneMemoryWithoutAMachine)
{
    for (const char *attributes : {"NSH,iWB,oWB", "NSH,iWT,oNC", "ISH,iWB,oWB", "OSH,iNC,oNC"}) {
        platform_result r = platform_run(
            "AArch64 shared\nVariant=vmsa\n{ [PTE(y)]=(oa:PA(y),attrs:(" + std::string(attributes) +
                ")); 0:X0=y; 0:X1=1; 1:X0=y; 1:X1=1; }\n P0 | P1 ;\n LDADD W1,W2,[X0] | LDADD W1,W2,[X0] ;\n"
                "locations [y;]\nexists (y=1)\n",
            60);
        EXPECT_EQ(r.status, 0) << r.error;
        EXPECT_EQ(r.seen["[y]=2;"], 60u) << attributes;
    }
}

// How often the final state has this in it.
uint64_t with(const platform_result &r, const std::string &part)
{
    uint64_t count = 0;
    for (const auto &[state, times] : r.seen)
        count += state.find(part) != std::string::npos ? times : 0;
    return count;
}

RULE_TEST(PlatformTranslation, UpdatesThatNoAccessNeeds, "CH-49")
{
    const auto access = [](const char *tthm, const char *descriptor, const char *code) {
        return std::string("AArch64 u\nVariant=vmsa,faultToNext\nTTHM=P0:") + tthm +
               "\n{ uint64_t x; [PTE(x)]=(oa:PA(x)," + descriptor + "); 0:X1=x; 0:X2=1; }\n P0 ;\n L0: " + code +
               " ;\nlocations [[PTE(x)];fault(P0:L0,x);]\n";
    };
    const struct {
        std::string text;
        const char *left;
    } cases[] = {{access("HA", "af:0,db:0", "STR X2,[X1]"), "af:0"},
                 {access("HA", "af:0", "AT S1E1R,X1"), "af:0"},
                 {access("HA", "af:0", "DC CVAC,X1"), "af:0"},
                 {access("HD", "db:0,dbm:1,attrs:(Device-nGnRE)", "STR X2,[X1,#1]"), "db:0"}};
    for (const auto &c : cases) {
        Bench bench;
        platform_result r = run(bench, c.text);
        EXPECT_GT(with(r, c.left), 0u) << c.text;
        EXPECT_LT(with(r, c.left), 60u) << c.text;
        bench.knob(ISO_CPU_TABLE_UPDATE, ISO_TABLE_UPDATE_YES);
        EXPECT_EQ(with(run(bench, c.text), c.left), 0u) << c.text;
        bench.knob(ISO_CPU_TABLE_UPDATE, ISO_TABLE_UPDATE_NO);
        EXPECT_EQ(with(run(bench, c.text), c.left), 60u) << c.text;
    }
}

RULE_TEST(PlatformTranslation, TwoEntriesWithoutBreakBeforeMake, "CH-50")
{
    const auto moved = [](const char *descriptor) {
        return std::string("AArch64 c\nVariant=vmsa,faultToNext\n{ x=1; y=2; 0:X1=x; 1:X3=") + descriptor +
               "; 1:X4=PTE(x); }\n P0 | P1 ;\n L0: LDR W2,[X1] | STR X3,[X4] ;\n MOV W5,#3 | ;\n L1: STR W5,[X1] | "
               ";\nlocations [0:X2;x;y;fault(P0:L0,x);fault(P0:L1,x);]\n";
    };
    Bench bench;
    platform_result r = run(bench, moved("(oa:PA(y),db:0)"), 400);
    EXPECT_GT(with(r, "TLBConflict"), 0u);
    EXPECT_GT(with(r, "[y]=3;"), 0u);
    EXPECT_EQ(with(run(bench, moved("(oa:PA(x),db:0)"), 400), "TLBConflict"), 0u) << "needs no break-before-make";
    bench.knob(ISO_CPU_TLB_CONFLICT, ISO_TLB_CONFLICT_ABORT);
    r = run(bench, moved("(oa:PA(y),db:0)"), 400);
    EXPECT_GT(with(r, "TLBConflict"), 0u);
    EXPECT_EQ(with(r, "[y]=3;"), 0u);
    bench.knob(ISO_CPU_TLB_CONFLICT, ISO_TLB_CONFLICT_ONE);
    r = run(bench, moved("(oa:PA(y),db:0)"), 400);
    EXPECT_EQ(with(r, "TLBConflict") + with(r, "[y]=3;"), 0u);
}

// Whoever handles the fault outside the test has returned from its exception (B2.12.5).
TEST(PlatformTranslation, AHandledFaultEndsTheReservation)
{
    platform_result r =
        run(Bench(), "AArch64 m\nVariant=vmsa,faultToNext\n{ [PTE(y)]=(oa:PA(y),valid:0); 0:X1=x; 0:X2=1; "
                     "0:X5=y; }\n P0 ;\n LDXR W0,[X1] ;\n LDR W4,[X5] ;\n STXR W3,W2,[X1] ;\n"
                     "exists (0:X3=0)\n");
    EXPECT_EQ(r.seen["0:X3=1;"], 60u);
}

// As in the exhaustive engine, an exception behind one that was handled is followed no further, be it a call.
TEST(PlatformTranslation, ACallBehindAHandledFaultIsNotFollowed)
{
    platform_result r = run(Bench(),
                            "AArch64 m\nVariant=vmsa,handled\n{ [PTE(x)]=(oa:PA(x),valid:0); 0:X1=x; 1:X0=(oa:PA(x)); "
                            "1:X1=PTE(x); }\n P0 | P1 ;\n LDR W2,[X1] | STR X0,[X1] ;\n SVC #0 | ;\n"
                            "locations [fault(P0,x);]\nexists (0:X2=0)\n",
                            400);
    EXPECT_EQ(with(r, "Translation"), 0u);
    EXPECT_GT(r.seen.size(), 0u);
}

} // namespace
