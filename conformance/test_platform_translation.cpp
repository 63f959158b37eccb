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

} // namespace
