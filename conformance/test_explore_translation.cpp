// Are the choices that translation leaves to an implementation, or leaves open each time, explored as the architecture says?
#include "conformance/bench.h"
#include "conformance/explore_case.h"

namespace
{

explored on(const Bench &bench, const std::string &text, const char *variant = "")
{
    static iso_machine machine; // large
    iso_machine_init(&machine);
    machine.ntiers = 1;
    machine.tiers[0] = bench.tier;
    machine.features = bench.cpu;
    explored e = explore_on(&machine, "wb", text, variant);
    EXPECT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_FALSE(e.bounded) << e.reason;
    return e;
}

size_t with(const explored &e, const std::string &part)
{
    return static_cast<size_t>(std::count_if(e.states.begin(), e.states.end(), [&](const std::string &state) {
        return state.find(part) != std::string::npos;
    }));
}

// Maintenance of x, twice, under a descriptor; `info` and `rest` are lines of the header and of the initial state.
std::string maintenance(const char *operation, const char *descriptor, const char *info = "")
{
    return std::string("AArch64 m\nVariant=vmsa,faultToNext\n") + info + "{ [PTE(x)]=(oa:PA(x)," + descriptor +
           "); 0:X1=x; }\n P0 ;\n L0: " + operation + ",X1 ;\n L1: " + operation +
           ",X1 ;\nlocations [fault(P0:L0,x);fault(P0:L1,x);]\n";
}

const char *const EL0 = "EL0=P0\n";

RULE_TEST(ExploreTranslation, MaintenanceTakesTranslationFaultsOfDataCaches, "CH-63")
{
    for (const char *operation : {"DC CIVAC", "DC CVAC", "DC IVAC", "DC CVAU"}) {
        explored e = on(Bench(), maintenance(operation, "valid:0"));
        EXPECT_EQ(e.states.size(), 1u) << operation;
        EXPECT_EQ(with(e, "~Fault"), 0u) << operation;
    }
    explored e = on(Bench(), maintenance("DC CVAC", "el0:0", EL0));
    EXPECT_EQ(e.states.size(), 1u);
    EXPECT_EQ(with(e, "~Fault"), 0u);
    e = on(Bench(), maintenance("DC IVAC", "db:0"));
    EXPECT_EQ(with(e, "~Fault"), 0u);
}

// What one implementation does once, it does each time.
RULE_TEST(ExploreTranslation, MaintenanceMayTakeOtherFaults, "CH-63")
{
    const struct {
        std::string text;
        enum iso_cpu_key key;
    } cases[] = {{maintenance("DC CVAC", "af:0"), ISO_CPU_MAINTENANCE_AF},
                 {maintenance("IC IVAU", "af:0"), ISO_CPU_MAINTENANCE_AF},
                 {maintenance("IC IVAU", "valid:0"), ISO_CPU_IC_TRANSLATION},
                 {maintenance("IC IVAU", "el0:0", EL0), ISO_CPU_IC_PERMISSION}};
    for (const auto &c : cases) {
        Bench bench;
        explored e = on(bench, c.text);
        EXPECT_EQ(e.states.size(), 2u) << c.text;
        EXPECT_EQ(with(e, "~Fault(P0:L0,x); ~Fault(P0:L1,x);"), 1u) << c.text;
        EXPECT_EQ(with(e, "~Fault"), 1u) << c.text;
        bench.knob(c.key, ISO_PERFORM_FAULT_FAULT);
        EXPECT_EQ(with(on(bench, c.text), "~Fault"), 0u) << c.text;
        bench.knob(c.key, ISO_PERFORM_FAULT_PERFORM);
        EXPECT_EQ(on(bench, c.text).states, (std::set<std::string>{"~Fault(P0:L0,x); ~Fault(P0:L1,x);"})) << c.text;
        EXPECT_EQ(explore_text(c.text, "").states.size(), 1u) << c.text;
    }
}

// Stage 2: the host's Access flag is the same choice; permission to read is asked at EL0 alone, to write by DC IVAC.
RULE_TEST(ExploreTranslation, MaintenanceOfAGuest, "CH-63")
{
    const auto guest = [](const char *operation, const char *descriptor, const char *info) {
        return std::string("AArch64 m\nGuest=P0\n") + info + "{ [S2PTE(x)]=(oa:PA(x)," + descriptor +
               "); 0:X1=x; }\n P0 ;\n " + operation + ",X1 ;\n MOV W2,#1 ;\nlocations [0:X2;[S2PTE(x)];]\n";
    };
    Bench bench;
    const std::string aged = guest("DC CVAC", "af:0", "");
    EXPECT_EQ(on(bench, aged).states.size(), 2u);
    bench.knob(ISO_CPU_MAINTENANCE_AF, ISO_PERFORM_FAULT_FAULT);
    EXPECT_EQ(with(on(bench, aged), "af:0"), 0u) << "the host has set it";
    bench.knob(ISO_CPU_MAINTENANCE_AF, ISO_PERFORM_FAULT_PERFORM);
    EXPECT_EQ(with(on(bench, aged), "af:0"), 1u);
    EXPECT_EQ(with(on(bench, guest("DC IVAC", "db:0", "")), "db:0"), 0u);
    EXPECT_EQ(with(on(bench, guest("DC CIVAC", "db:0", "")), "db:0"), 1u);
}

} // namespace
