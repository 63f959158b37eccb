// Does the timed engine fetch changing code as hardware may: old instructions where maintenance is missing, new ones where it is not?
#include "conformance/platform_run.h"

#include <gtest/gtest.h>

namespace
{

constexpr uint32_t SEEDS = 400;

struct row {
    const char *name, *steps;
    bool old_is_seen; // the branch that the program wrote over is still executed in some runs
    bool new_is_seen;
};

void PrintTo(const row &r, std::ostream *out)
{
    *out << r.name;
}

const row rows[] = {
    {"Nothing", "", true, true},
    {"WholeSequence", " DC CVAU,X1 ;\n DSB ISH ;\n IC IVAU,X1 ;\n DSB ISH ;\n ISB ;\n", false, true},
    {"NoClean", " DSB ISH ;\n IC IVAU,X1 ;\n DSB ISH ;\n ISB ;\n", true, true},
    {"NoInvalidate", " DC CVAU,X1 ;\n DSB ISH ;\n ISB ;\n", true, true},
    {"NoSecondDsb", " DC CVAU,X1 ;\n DSB ISH ;\n IC IVAU,X1 ;\n ISB ;\n", true, true},
    {"NoIsb", " DC CVAU,X1 ;\n DSB ISH ;\n IC IVAU,X1 ;\n DSB ISH ;\n", true, true},
    {"InvalidateAll", " DC CVAU,X1 ;\n DSB ISH ;\n IC IALLU ;\n DSB ISH ;\n ISB ;\n", false, true},
};

class PlatformFetch : public testing::TestWithParam<row>
{
};

TEST_P(PlatformFetch, ShowsOldCodeWhereItMay)
{
    const row &r = GetParam();
    std::string text = "AArch64 SM\n{ 0:X0=NOP; 0:X1=P0:m0; 0:X9=0; }\n P0 ;\n STR W0,[X1] ;\n" + std::string(r.steps) +
                       "m0: B l0 ;\n MOV W9,#1 ;\nl0: ;\nexists (0:X9=0)\n";
    platform_result p = platform_run(text, SEEDS);
    ASSERT_EQ(p.status, 0) << p.error;
    EXPECT_EQ(p.positive > 0, r.old_is_seen);
    EXPECT_EQ(p.positive < SEEDS, r.new_is_seen);
    EXPECT_EQ(p.counters["late-replays"], 0u);
}

INSTANTIATE_TEST_SUITE_P(Maintenance, PlatformFetch, testing::ValuesIn(rows),
                         [](const testing::TestParamInfo<row> &r) { return std::string(r.param.name); });

// With CTR_EL0.DIC an instruction cache holds nothing old; only what was fetched before the ISB is.
TEST(PlatformFetchOnce, DicNeedsNoInvalidation)
{
    const std::string
        head = "AArch64 SM\nCacheType=DIC IDC\n{ 0:X0=NOP; 0:X1=P0:m0; 0:X9=0; }\n P0 ;\n STR W0,[X1] ;\n DSB ISH ;\n",
        tail = "m0: B l0 ;\n MOV W9,#1 ;\nl0: ;\nexists (0:X9=0)\n";
    platform_result with = platform_run(head + " ISB ;\n" + tail, SEEDS), without = platform_run(head + tail, SEEDS);
    ASSERT_EQ(with.status, 0) << with.error;
    EXPECT_EQ(with.positive, 0u);
    EXPECT_GT(without.positive, 0u);
}

// IC IALLU is the CPU's own; the other one keeps what it holds.
TEST(PlatformFetchOnce, BroadcastReachesOthers)
{
    const std::string
        head = "AArch64 MP\n{ 0:X0=NOP; 0:X1=P1:m0; 0:X2=1; 0:X3=z; 1:X3=z; 1:X9=0; }\n P0 | P1 ;\n STR W0,[X1] | LDR "
               "W2,[X3] ;\n DC CVAU,X1 | CBZ W2,e ;\n DSB ISH | e: ISB ;\n ",
        tail = " | ;\n DSB ISH | ;\n STR W2,[X3] | ;\n | m0: B l0 ;\n | MOV W9,#1 ;\n | l0: ;\nexists (1:X2=1 /\\ "
               "1:X9=0)\n";
    EXPECT_EQ(platform_run(head + "IC IALLUIS" + tail, SEEDS).positive, 0u);
    EXPECT_EQ(platform_run(head + "IC IVAU,X1" + tail, SEEDS).positive, 0u);
    EXPECT_GT(platform_run(head + "IC IALLU" + tail, SEEDS).positive, 0u);
}

// A word that is no instruction ends in an Undefined Instruction exception, whose handler goes on where it likes.
TEST(PlatformFetchOnce, UndefinedWordFaults)
{
    platform_result p =
        platform_run("AArch64 UD\n{ 0:X0=0; 0:X1=P0:m0; 0:X9=0; }\n P0 ;\n STR W0,[X1] ;\n DC CVAU,X1 ;\n DSB ISH ;\n "
                     "IC IVAU,X1 ;\n DSB ISH ;\n ISB ;\nm0: B l0 ;\nl0: MOV W9,#1 ;\nexists "
                     "(fault(P0:m0,UndefinedInstruction) /\\ 0:X9=0)\n",
                     SEEDS);
    ASSERT_EQ(p.status, 0) << p.error;
    EXPECT_EQ(p.positive, SEEDS);
}

// The page of code is not executable: a fault of the fetch, not of data.
TEST(PlatformFetchOnce, PermissionOfTheFetch)
{
    platform_result p = platform_run(
        "AArch64 XN\nVariant=vmsa,fatal\n{ [PTE(P0:m0)]=(oa:PA(P0:m0),x:0); 0:X9=0; }\n P0 ;\nm0: MOV W9,#1 "
        ";\nexists (fault(P0:m0,I-MMU:Permission) /\\ 0:X9=0)\n",
        20);
    ASSERT_EQ(p.status, 0) << p.error;
    EXPECT_EQ(p.positive, 20u);
}

} // namespace
