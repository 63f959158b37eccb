// Does the timed engine show what caches do under mismatched mappings, and does maintenance cure it there too?
#include "conformance/bench.h"
#include "conformance/platform_run.h"

namespace
{

// P0 writes x through one mapping and raises a flag, P1 looks through the other; `after` and `before` stand between. Returns how often the data were old.
uint64_t old_data(const char *write, const char *read, const char *after, const char *before, const char *other)
{
    static iso_machine machine; // large
    Bench bench;
    iso_machine_init(&machine);
    machine.ntiers = 1;
    machine.tiers[0] = bench.tier;
    machine.features = bench.cpu;
    const std::string text =
        std::string("AArch64 t\nVariant=vmsa\n{ uint64_t x; uint64_t y; uint64_t f; [PTE(y)]=(oa:PA(x), attrs:(") +
        other + "));\n0:X0=1; 0:X1=x; 0:X2=y; 0:X3=f; 1:X1=x; 1:X2=y; 1:X3=f; }\n P0 | P1 ;\n STR X0,[" + write +
        "] | LDR X4,[X3] ;\n " + after + " | DMB SY ;\n DSB SY | " + before +
        " ;\n STR X0,[X3] | DSB SY ;\n | LDR X5,[" + read + "] ;\nexists (1:X4=1 /\\ 1:X5=0)\n";
    platform_result r = platform_run(text, 400, 1, "", &machine, 0, "wb");
    EXPECT_EQ(r.status, 0) << r.error;
    return r.positive;
}

const char *const NC = "Normal,iNC,oNC";

TEST(PlatformAliases, NoncacheableReadMissesADirtyLine)
{
    EXPECT_GT(old_data("X1", "X2", "NOP", "NOP", NC), 0u);
    EXPECT_EQ(old_data("X1", "X2", "DC CVAC,X1", "NOP", NC), 0u);
    EXPECT_EQ(old_data("X1", "X2", "DC CIVAC,X2", "NOP", NC), 0u);
}

TEST(PlatformAliases, CacheableReadHitsAnOldLine)
{
    EXPECT_GT(old_data("X2", "X1", "NOP", "NOP", NC), 0u);
    EXPECT_EQ(old_data("X2", "X1", "NOP", "DC IVAC,X1", NC), 0u);
    EXPECT_GT(old_data("X2", "X1", "NOP", "NOP", "Device-nGnRE"), 0u);
}

TEST(PlatformAliases, OneDefinitionIsCoherent)
{
    EXPECT_EQ(old_data("X1", "X2", "NOP", "NOP", "Normal"), 0u);
    EXPECT_EQ(old_data("X2", "X1", "NOP", "NOP", "TaggedNormal"), 0u);
}

} // namespace
