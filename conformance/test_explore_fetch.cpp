// Does the exhaustive engine fetch changing code as Arm ARM B2.3 has it: what each step of the maintenance forbids, and what it leaves open without?
// One row a relation: a program whose condition is unreachable because of it, and the same program without the cause, where it is reachable.
#include "conformance/bench.h"
#include "conformance/explore_case.h"

namespace
{

struct row {
    const char *name, *relation; // Arm ARM B2.3
    const char *forbidden;
    const char *allowed; // nullptr: nothing weaker to compare with
};

void PrintTo(const row &r, std::ostream *out)
{
    *out << r.name << " (" << r.relation << ")";
}

// P0 writes NOP over its own branch, with `steps` between; W9 stays 0 if the old branch is fetched.
#define SELF(info, steps)                                                                                              \
    "AArch64 SM\n" info "{ 0:X0=NOP; 0:X1=P0:m0; 0:X9=0; }\n P0 ;\n STR W0,[X1] ;\n" steps                             \
    "m0: B l0 ;\n MOV W9,#1 ;\nl0: ;\nexists (0:X9=0)\n"
#define CLEAN      " DC CVAU,X1 ;\n"
#define DSB        " DSB ISH ;\n"
#define INVALIDATE " IC IVAU,X1 ;\n"
#define ISB        " ISB ;\n"
// P0 changes P1's code and tells it by z, which P1 reads before it goes there.
#define TOLD(info, left, right)                                                                                        \
    "AArch64 MP\n" info "{ 0:X0=NOP; 0:X1=P1:m0; 0:X2=1; 0:X3=z; 1:X1=P1:m0; 1:X3=z; 1:X9=0; }\n P0 | P1 ;\n "         \
    "STR W0,[X1] | LDR W2,[X3] ;\n" left right "             | m0: B l0 ;\n | MOV W9,#1 ;\n | l0: ;\n"                 \
    "exists (1:X2=1 /\\ 1:X9=0)\n"

const row rows[] = {
    {"WholeSequence", "IC-coherence-after: DC, DSB, IC, DSB, ISB", SELF("", CLEAN DSB INVALIDATE DSB ISB), nullptr},
    {"Clean", "[W]; DC-after; [DC.CVAU]", SELF("", CLEAN DSB INVALIDATE DSB ISB), SELF("", DSB INVALIDATE DSB ISB)},
    {"CleanBeforeInvalidate", "DSB-ob between DC and IC", SELF("", CLEAN DSB INVALIDATE DSB ISB),
     SELF("", CLEAN INVALIDATE DSB ISB)},
    {"Invalidate", "IC-after", SELF("", CLEAN DSB INVALIDATE DSB ISB), SELF("", CLEAN DSB ISB)},
    {"InvalidateCompletes", "DSB-ob after IC", SELF("", CLEAN DSB INVALIDATE DSB ISB),
     SELF("", CLEAN DSB INVALIDATE ISB)},
    {"ContextSynchronisation", "IFB-ob before the fetch", SELF("", CLEAN DSB INVALIDATE DSB ISB),
     SELF("", CLEAN DSB INVALIDATE DSB)},
    {"NoCleanWithIdc", "CTR_EL0.IDC", SELF("CacheType=IDC\n", DSB INVALIDATE DSB ISB),
     SELF("CacheType=IDC\n", DSB ISB)},
    {"NothingButSynchronisationWithDic", "CTR_EL0.DIC", SELF("CacheType=DIC IDC\n", DSB ISB),
     SELF("CacheType=DIC IDC\n", DSB)},
    {"InvalidateAll", "IC IALLU", SELF("", CLEAN DSB " IC IALLU ;\n" DSB ISB), nullptr},
    {"InvalidateOtherLine", "IC by address names a line", SELF("", CLEAN DSB INVALIDATE DSB ISB),
     "AArch64 SM\n{ 0:X0=NOP; 0:X1=P0:m0; 0:X2=P0:l0; 0:X9=0; }\n P0 ;\n STR W0,[X1] ;\n DC CVAU,X1 ;\n DSB ISH ;\n "
     "IC IVAU,X2 ;\n DSB ISH ;\n ISB ;\nm0: B l0 ;\n MOV W9,#1 ;\n NOP ;\nl0: ;\nexists (0:X9=0)\n"},
    {"Broadcast", "IC IVAU ends what every CPU of the domain holds",
     TOLD("", " DC CVAU,X1 | CBZ W2,e ;\n DSB ISH | e: ISB ;\n IC IVAU,X1 | ;\n DSB ISH | ;\n STR W2,[X3] | ;\n", ""),
     TOLD("", " DC CVAU,X1 | CBZ W2,e ;\n DSB ISH | e: ISB ;\n IC IALLU | ;\n DSB ISH | ;\n STR W2,[X3] | ;\n", "")},
    {"BroadcastAll", "IC IALLUIS",
     TOLD("", " DC CVAU,X1 | CBZ W2,e ;\n DSB ISH | e: ISB ;\n IC IALLUIS | ;\n DSB ISH | ;\n STR W2,[X3] | ;\n", ""),
     nullptr},
    {"ControlAndIsb", "ctrl; [ISB]; po",
     TOLD("", " DC CVAU,X1 | CBZ W2,e ;\n DSB ISH | e: ISB ;\n IC IVAU,X1 | ;\n DSB ISH | ;\n STR W2,[X3] | ;\n", ""),
     TOLD("", " DC CVAU,X1 | CBZ W2,e ;\n DSB ISH | e: NOP ;\n IC IVAU,X1 | ;\n DSB ISH | ;\n STR W2,[X3] | ;\n", "")},
    {"FetchBeforeWrite", "f-ob: a fetch before what comes later in program order",
     "AArch64 coFW\n{ 0:X0=NOP; 0:X1=P0:m0; 0:X9=0; }\n P0 ;\nm0: B l0 ;\n MOV W9,#1 ;\nl0: STR W0,[X1] ;\nexists "
     "(0:X9=1)\n",
     nullptr},
    {"FetchOrdersReads", "f-ob: what was fetched is there for later reads",
     "AArch64 MP.RF\n{ 0:X0=NOP; 0:X1=P1:m0; 0:X2=1; 0:X3=z; 1:X3=z; 1:X9=0; }\n P0 | P1 ;\n STR W2,[X3] | m0: B l0 "
     ";\n "
     "DMB ST | MOV W9,#1 ;\n STR W0,[X1] | l0: LDR W4,[X3] ;\nexists (1:X9=1 /\\ 1:X4=0)\n",
     "AArch64 MP.RF\n{ 0:X0=NOP; 0:X1=P1:m0; 0:X2=1; 0:X3=z; 1:X3=z; 1:X9=0; }\n P0 | P1 ;\n STR W0,[X1] | m0: B l0 "
     ";\n "
     "DMB ST | MOV W9,#1 ;\n STR W2,[X3] | l0: LDR W4,[X3] ;\nexists (1:X9=0 /\\ 1:X4=1)\n"},
    {"FetchesInOrderUnderIc", "IC-ordered-before",
     "AArch64 coFF\n{ 0:X0=NOP; 0:X1=P1:m0; 1:X9=0; 1:X10=0; 1:X0=NOP; }\n P0 | P1 ;\n STR W0,[X1] | BL m0 ;\n DC "
     "CVAU,X1 | "
     "MOV W10,W9 ;\n DSB ISH | MOV W9,#0 ;\n IC IVAU,X1 | BL m0 ;\n DSB ISH | B end ;\n | m0: B l0 ;\n | MOV W9,#1 ;\n "
     "| l0: RET ;\n | end: ;\nexists (1:X10=2)\n",
     nullptr},
    {"Undefined", "a word that is no instruction",
     "AArch64 UD\n{ 0:X0=0; 0:X1=P0:m0; 0:X9=0; }\n P0 ;\n STR W0,[X1] ;\n" CLEAN DSB INVALIDATE DSB ISB
     "m0: B l0 ;\nl0: MOV W9,#1 ;\nexists (0:X9=1 \\/ ~fault(P0:m0,UndefinedInstruction))\n",
     "AArch64 UD\n{ 0:X0=0; 0:X1=P0:m0; 0:X9=0; }\n P0 ;\n STR W0,[X1] ;\n" CLEAN DSB INVALIDATE DSB
     "m0: B l0 ;\nl0: MOV W9,#1 ;\nexists (0:X9=1)\n"},
    {"TwoWordsAtOnce", "one store changes two instructions",
     "AArch64 pair\n{ uint64_t 0:X0=0xd503201fd503201f; 0:X1=P0:m0; 0:X9=0; }\n P0 ;\n STR X0,[X1] ;\n DC CVAU,X1 ;\n "
     "ADD "
     "X2,X1,#4 ;\n DC CVAU,X2 ;\n DSB ISH ;\n IC IVAU,X1 ;\n IC IVAU,X2 ;\n DSB ISH ;\n ISB ;\nm0: ADD W9,W9,#1 ;\n "
     "ADD "
     "W9,W9,#2 ;\nexists (not (0:X9=0))\n",
     "AArch64 pair\n{ uint64_t 0:X0=0xd503201fd503201f; 0:X1=P0:m0; 0:X9=0; }\n P0 ;\n STR X0,[X1] ;\n DC CVAU,X1 ;\n "
     "ADD "
     "X2,X1,#4 ;\n DC CVAU,X2 ;\n DSB ISH ;\n IC IVAU,X1 ;\n DSB ISH ;\n ISB ;\nm0: ADD W9,W9,#1 ;\n ADD W9,W9,#2 "
     ";\nexists (0:X9=2)\n"},
};

std::vector<row> having(const char *row::*member)
{
    std::vector<row> out;
    for (const row &r : rows)
        if (r.*member)
            out.push_back(r);
    return out;
}

std::string name_of(const ::testing::TestParamInfo<row> &row_info)
{
    return row_info.param.name;
}

class FetchForbids : public ::testing::TestWithParam<row>
{
};

TEST_P(FetchForbids, ItsCase)
{
    const row &r = GetParam();
    explored e = explore_text(r.forbidden, "");
    ASSERT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_FALSE(e.bounded) << e.reason;
    EXPECT_FALSE(e.states.empty());
    EXPECT_EQ(e.positive, 0u) << r.relation;
}

class FetchAllows : public ::testing::TestWithParam<row>
{
};

TEST_P(FetchAllows, TheCaseWithoutItsCause)
{
    const row &r = GetParam();
    explored e = explore_text(r.allowed, "");
    ASSERT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_GT(e.positive, 0u) << "without " << r.relation;
}

INSTANTIATE_TEST_SUITE_P(ArmArmB23, FetchForbids, ::testing::ValuesIn(having(&row::forbidden)), name_of);
INSTANTIATE_TEST_SUITE_P(ArmArmB23, FetchAllows, ::testing::ValuesIn(having(&row::allowed)), name_of);

// The value decides what is executed: any instruction, a branch counted from where it stands.
TEST(ExploreFetch, ExecutesWhatWasWritten)
{
    explored e = explore_text("AArch64 jit\n{ 0:X0=instr:\"B .+8\"; 0:X1=P0:m0; 0:X9=0; }\n P0 ;\n STR W0,[X1] ;\n DC "
                              "CVAU,X1 ;\n DSB ISH ;\n IC IVAU,X1 ;\n DSB ISH ;\n ISB ;\nm0: NOP ;\n MOV W9,#1 ;\n ADD "
                              "W9,W9,#2 ;\nexists (0:X9=2)\n",
                              "");
    ASSERT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_EQ(e.states, std::set<std::string>{"0:X9=2;"});
}

// Backwards, too: once round the loop that the new instruction makes, then the counter ends it.
TEST(ExploreFetch, NewBranchMayLeadBackwards)
{
    explored e = explore_text(
        "AArch64 back\n{ 0:X0=instr:\"B .-8\"; 0:X1=P0:m0; 0:X9=0; }\n P0 ;\n STR W0,[X1] ;\n DC CVAU,X1 "
        ";\n DSB ISH ;\n IC IVAU,X1 ;\n DSB ISH ;\n ISB ;\n ADD W9,W9,#1 ;\n CBNZ W2,end ;\n MOV W2,#1 ;\nm0: "
        "NOP ;\n MOV W9,#9 ;\nend: ;\nexists (0:X9=1)\n",
        "");
    ASSERT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_EQ(e.states, std::set<std::string>{"0:X9=1;"});
}

// Code is data of its A64 encoding: it can be put together from numbers, and read. Here the source becomes X10.
TEST(ExploreFetch, WordsAreEncodings)
{
    explored e = explore_text("AArch64 word\n{ 0:X1=P0:m0; 0:X10=5; }\n P0 ;\n LDR W3,[X1] ;\n ADD W3,W3,#32 ;\n STR "
                              "W3,[X1] ;\n DC CVAU,X1 ;\n DSB ISH ;\n IC IVAU,X1 ;\n DSB ISH ;\n ISB ;\nm0: ADD "
                              "W9,W9,#1 ;\nexists (0:X9=6)\n",
                              "");
    ASSERT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_EQ(e.states, std::set<std::string>{"0:X9=6;"});
}

// A page of code moves: the copy must be there for fetches when the new translation is.
TEST(ExploreFetch, TranslationComesBeforeTheFetch)
{
    const char *text =
        "AArch64 noexec\n{ [PTE(P0:m0)]=(oa:PA(P0:m0),x:0); 0:X9=0; }\n P0 ;\nm0: MOV W9,#1 ;\nexists (0:X9=1)\n";
    explored e = explore_text(text, "vmsa,ifetch,fatal");
    ASSERT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_EQ(e.positive, 0u);
}

// Nothing is fetched as an Effect where no code changes: the price of the feature for all other programs.
TEST(ExploreFetch, CostsNothingElsewhere)
{
    const char *with =
        "AArch64 plain\n{ 0:X1=x; 0:X5=P0:m0; 1:X1=x; }\n P0 | P1 ;\n MOV W0,#1 | LDR W0,[X1] ;\n STR W0,[X1] | "
        "LDR W2,[X1] ;\n IC IVAU,X5 | ;\n DSB ISH | ;\nm0: LDR W6,[X1] | ;\nexists (1:X0=1)\n";
    const char *without =
        "AArch64 plain\n{ 0:X1=x; 0:X5=P0:m0; 1:X1=x; }\n P0 | P1 ;\n MOV W0,#1 | LDR W0,[X1] ;\n STR W0,[X1] "
        "| LDR W2,[X1] ;\n NOP | ;\n DSB ISH | ;\nm0: LDR W6,[X1] | ;\nexists (1:X0=1)\n";
    explored a = explore_text(with, ""), b = explore_text(without, "");
    ASSERT_EQ(a.status, 0) << a.diagnostic;
    EXPECT_EQ(a.states, b.states);
    EXPECT_EQ(a.positive + a.negative, b.positive + b.negative);
}

// A page of code on a tier: what iso_decide() says of the fetch is what becomes of it.
explored run_from(const Bench &bench, const char *attribute)
{
    static iso_machine machine;
    iso_machine_init(&machine);
    machine.ntiers = 1;
    machine.tiers[0] = bench.tier;
    machine.features = bench.cpu;
    return explore_on(
        &machine, attribute,
        "AArch64 run\nPlace=P0:f@tier\n{ 0:X0=2; }\n P0 ;\nf: ADD W0,W0,#1 ;\nexists (0:X0=3 /\\ ~fault(P0))\n", "");
}

TEST(ExploreFetch, TierDecides)
{
    Bench bench;
    for (const char *attribute : {"wb", "nc"}) {
        explored e = run_from(bench, attribute);
        EXPECT_EQ(e.negative, 0u) << attribute << e.diagnostic;
    }
    bench.cpu.value[ISO_CPU_IFETCH_DEVICE] = ISO_FETCH_PERMISSION;
    explored device = run_from(bench, "device-ngnre");
    EXPECT_EQ(device.positive, 0u);
    EXPECT_EQ(device.states.size(), 1u);
    EXPECT_NE(device.states.begin()->find("Fault"), std::string::npos);
    bench.cpu.value[ISO_CPU_IFETCH_DEVICE] = ISO_FETCH_AS_NC;
    EXPECT_EQ(run_from(bench, "device-ngnre").negative, 0u) << "CH-10 allows it as Normal NC, too";
    bench.set(ISO_CAP_IFETCH, ISO_SUPPORT_NO);
    EXPECT_EQ(run_from(bench, "wb").positive, 0u) << "no instruction comes from there";
}

// CTR_EL0.DIC and .IDC of a machine count as those of a test's CacheType= line.
TEST(ExploreFetch, MachineSaysWhatCachesNeed)
{
    Bench bench;
    static iso_machine machine;
    iso_machine_init(&machine);
    machine.ntiers = 1;
    machine.tiers[0] = bench.tier;
    machine.features = bench.cpu;
    machine.features.value[ISO_CPU_DIC] = machine.features.value[ISO_CPU_IDC] = ISO_FEATURE_NO;
    const char *text = SELF("", DSB ISB);
    EXPECT_GT(explore_on(&machine, "wb", text, "").positive, 0u);
    machine.features.value[ISO_CPU_DIC] = machine.features.value[ISO_CPU_IDC] = ISO_FEATURE_YES;
    EXPECT_EQ(explore_on(&machine, "wb", text, "").positive, 0u);
}

} // namespace
