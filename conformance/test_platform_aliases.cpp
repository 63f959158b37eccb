// Does the timed engine show what caches do under mismatched mappings, and does maintenance cure it there too?
#include "conformance/bench.h"
#include "conformance/platform_run.h"

namespace
{

// P0 writes x through one mapping and raises a flag, P1 looks through the other; `after` and `before` stand between. Returns how often the data were old.
const iso_machine &machine_of(int as)
{
    static iso_machine machine; // large
    Bench bench;
    iso_machine_init(&machine);
    machine.ntiers = 1;
    machine.tiers[0] = bench.tier;
    machine.features = bench.cpu;
    machine.features.value[ISO_CPU_CACHEABILITY] = static_cast<uint8_t>(as);
    return machine;
}

uint64_t old_data(const char *write, const char *read, const char *after, const char *before, const char *other,
                  int as = ISO_AS_ENCODED_YES)
{
    const std::string text =
        std::string("AArch64 t\nVariant=vmsa\n{ uint64_t x; uint64_t y; uint64_t f; [PTE(y)]=(oa:PA(x), attrs:(") +
        other + "));\n0:X0=1; 0:X1=x; 0:X2=y; 0:X3=f; 1:X1=x; 1:X2=y; 1:X3=f; }\n P0 | P1 ;\n STR X0,[" + write +
        "] | LDR X4,[X3] ;\n " + after + " | DMB SY ;\n DSB SY | " + before +
        " ;\n STR X0,[X3] | DSB SY ;\n | LDR X5,[" + read + "] ;\nexists (1:X4=1 /\\ 1:X5=0)\n";
    platform_result r = platform_run(text, 400, 1, "", &machine_of(as), 0, "wb");
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

// R4: in some runs caches keep a copy of its own for Outer Shareable accesses.
RULE_TEST(PlatformAliases, OtherShareabilityMissesALine, "R4")
{
    EXPECT_GT(old_data("X1", "X2", "NOP", "NOP", "OSH"), 0u);
    EXPECT_GT(old_data("X2", "X1", "NOP", "NOP", "OSH"), 0u);
    EXPECT_EQ(old_data("X1", "X2", "DC CIVAC,X1", "DC CIVAC,X2", "OSH"), 0u);
}

// CH-08: Write-Through memory beside Write-Back memory is read past the dirty line where a CPU takes it as Non-cacheable, and there alone.
RULE_TEST(PlatformAliases, WriteThroughIsKeptOrNot, "CH-08")
{
    const char *const WT = "Normal,iWT,oWT";
    EXPECT_EQ(old_data("X1", "X2", "NOP", "NOP", WT), 0u);
    EXPECT_GT(old_data("X1", "X2", "NOP", "NOP", WT, ISO_AS_ENCODED_NC), 0u);
    EXPECT_GT(old_data("X1", "X2", "NOP", "NOP", WT, ISO_VALUE_FREE), 0u);
}

// How often a CPU reads memory through one mapping without what it wrote through the other just before.
uint64_t missed(const char *attribute, const char *between)
{
    const std::string text = std::string("AArch64 t\nVariant=vmsa\n{ uint64_t x; uint64_t y; [PTE(y)]=(oa:PA(x), "
                                         "attrs:(Device-GRE)); 0:X0=1; 0:X1=x; 0:X2=y; }\n P0 ;\n STR X0,[X1] ;\n ") +
                             between + " ;\n LDR X5,[X2] ;\nexists (0:X5=0)\n";
    platform_result r = platform_run(text, 400, 1, "", &machine_of(ISO_AS_ENCODED_YES), 0, attribute);
    EXPECT_EQ(r.status, 0) << r.error;
    return r.positive;
}

// Status and data of a store exclusive through another mapping than its load's are UNKNOWN in some runs.
RULE_TEST(PlatformAliases, UnknownDataIsShown, "CH-18")
{
    iso_machine machine = machine_of(ISO_AS_ENCODED_YES);
    machine.features.value[ISO_CPU_STX_VA] = ISO_PASS_FAIL_FREE;
    const std::string text = "AArch64 t\nVariant=vmsa\n{ uint64_t x; uint64_t y; [PTE(y)]=(oa:PA(x), "
                             "attrs:(Normal,iNC,oNC)); 0:X0=1; 0:X1=x; 0:X2=y; }\n P0 ;\n LDXR X4,[X1] ;\n STXR "
                             "W6,X0,[X2] ;\nlocations [x;]\nexists (0:X6=0)\n";
    platform_result r = platform_run(text, 400, 1, "", &machine, 0, "wb");
    EXPECT_EQ(r.status, 0) << r.error;
    for (const char *state : {"0:X6=0; [x]=1;", "0:X6=1; [x]=0;", "0:X6=0; [x]=UNKNOWN;", "0:X6=1; [x]=UNKNOWN;"})
        EXPECT_EQ(r.seen.count(state), 1u) << state;
    EXPECT_EQ(r.seen.size(), 4u);
}

RULE_TEST(PlatformAliases, DeviceAndNoncacheableReorder, "R2")
{
    EXPECT_GT(missed("nc", "NOP"), 0u);
    EXPECT_EQ(missed("nc", "DMB SY"), 0u);
    EXPECT_EQ(missed("device-gre", "NOP"), 0u) << "one definition";
}

} // namespace
