// What the exhaustive engine says of instructions that other models of the architecture leave out: all final states of small programs.
// One row a rule; the set of states is the whole set, so that a missing state fails like an additional one.
#include "explore_case.h"

#include <gtest/gtest.h>

#include <vector>

namespace
{

struct row {
    const char *name, *source; // Arm ARM
    const char *variant, *program;
    std::vector<const char *> states;
};

void PrintTo(const row &r, std::ostream *out)
{
    *out << r.name << " (" << r.source << ")";
}

const row rows[] = {
    {"TagLoadGivesAColour",
     "C6.2 LDG",
     "memtag",
     "AArch64 A\n{ 0:X0=x; 0:X1=x; 0:X2=x:red; }\n P0 ;\n LDG X1,[X0] ;\n STG X2,[X0] ;\n MOV X3,X0 ;\n LDG "
     "X3,[X0] ;\nexists (0:X1=x:green /\\ 0:X3=x:red)\n",
     {"0:X1=x:green; 0:X3=x:red;"}},
    {"UntaggedMappingKeepsNoTag",
     "D10, facts 7.1: tag writes through an untagged mapping are ignored, reads give zero",
     "memtag,vmsa,fatal",
     "AArch64 A\n{ [PTE(x)]=(oa:PA(x),attrs:(Normal)); [PTE(y)]=(oa:PA(y),attrs:(TaggedNormal)); 0:X0=x:red; 0:X1=x; "
     "0:X2=y:red; 0:X3=y; }\n P0 ;\n STG X0,[X1] ;\n LDG X1,[X1] ;\n STG X2,[X3] ;\n LDG X3,[X3] ;\n"
     "exists (0:X1=x:green /\\ 0:X3=y:red /\\ [tag(x)]=:green /\\ [tag(y)]=:red)\n",
     {"0:X1=x:green; 0:X3=y:red; [tag(x)]=:green; [tag(y)]=:red;"}},
    {"UserReadsNoDescriptor",
     "D8.4: what EL0 may access is mapped for it",
     "vmsa,fatal",
     "AArch64 A\nEL0=P0\n{ 0:X1=PTE(x); 1:X1=PTE(x); 1:X2=(oa:PA(x)); }\n P0 | P1 ;\n LDR X0,[X1] | STR X2,[X1] "
     ";\nexists (fault(P0,PTE(x)))\n",
     {"Fault(P0,PTE(x),D-MMU:Permission,EL0);"}},
    {"UserTriesAgainAsUser",
     "D1.4.2: the return from a handler restores the level; what EL0 may never access it accesses never",
     "vmsa,handled",
     "AArch64 A\nEL0=P0\n{ [PTE(x)]=(oa:PA(x),el0:0); 0:X1=x; 0:X2=1; }\n P0 ;\n STR W2,[X1] ;\nexists (x=1)\n",
     {}},
    {"PairOfAcquiresInNoOrder",
     "C6.2 LDAP, STLP: acquire and release, neither element before the other",
     "",
     "AArch64 A\n{ uint64_t y[2]={0,0}; uint64_t x=0; uint64_t z=0; 0:X0=y; 0:X4=x; 1:X0=y; 1:X4=x; }\n P0 | P1 ;\n "
     "MOV X1,#1 | LDAP X1,X2,[X0] ;\n STR X1,[X4] | LDR X3,[X4] ;\n STLP X1,X1,[X0] | ;\nexists (1:X1=0 /\\ 1:X2=1 "
     "/\\ 1:X3=1)\n",
     {"1:X1=0; 1:X2=0; 1:X3=0;", "1:X1=0; 1:X2=0; 1:X3=1;", "1:X1=0; 1:X2=1; 1:X3=1;", "1:X1=1; 1:X2=0; 1:X3=1;",
      "1:X1=1; 1:X2=1; 1:X3=1;"}},
    {"ClrexEndsTheReservation",
     "B2.12.5",
     "",
     "AArch64 A\n{ 0:X1=x; }\n P0 ;\n LDXR W0,[X1] ;\n CLREX ;\n MOV W2,#1 ;\n STXR W3,W2,[X1] ;\nlocations "
     "[x;]\nexists (0:X3=0)\n",
     {"0:X3=1; [x]=0;"}},
    {"ExceptionReturnEndsTheReservation",
     "B2.12.5, AArch64.ExceptionReturn",
     "vmsa",
     "AArch64 A\n{ 0:X1=x; }\n P0 | P0.F ;\n LDXR W0,[X1] | ERET ;\n SVC #0 | ;\n MOV W2,#1 | ;\n STXR W3,W2,[X1] | "
     ";\nlocations [x;]\nexists (0:X3=0)\n",
     {"0:X3=1; [x]=0;"}},
    {"TryingAgainEndsTheReservation",
     "B2.12.5: what handled the fault has returned from its exception",
     "vmsa,handled",
     "AArch64 A\n{ [PTE(y)]=(oa:PA(y),valid:0); 0:X1=x; 0:X2=1; 0:X5=y; 1:X0=(oa:PA(y)); 1:X1=PTE(y); }\n P0 | P1 ;\n "
     "LDXR W0,[X1] | STR X0,[X1] ;\n LDR W4,[X5] | ;\n STXR W3,W2,[X1] | ;\nexists (0:X3=0 /\\ fault(P0,y))\n",
     {"0:X3=0; ~Fault(P0,y);", "0:X3=1; Fault(P0,y,D-MMU:Translation);", "0:X3=1; ~Fault(P0,y);"}},
    {"SkippedFaultEndsTheReservation",
     "B2.12.5: what handled the fault has returned from its exception",
     "vmsa,faultToNext",
     "AArch64 A\n{ [PTE(y)]=(oa:PA(y),valid:0); 0:X1=x; 0:X2=1; 0:X5=y; }\n P0 ;\n LDXR W0,[X1] ;\n LDR W4,[X5] ;\n "
     "STXR W3,W2,[X1] ;\nexists (0:X3=0)\n",
     {"0:X3=1;"}},
    {"StoreNextToAReservation",
     "B2.12.1: the granule is at least the word, the store exclusive may fail or succeed",
     "",
     "AArch64 A\n{ int x[2]={0,0}; 0:X1=x; 1:X1=x; }\n P0 | P1 ;\n LDXR W0,[X1] | MOV W2,#1 ;\n MOV W2,#1 | STR "
     "W2,[X1,#4] ;\n STXR W3,W2,[X1] | ;\nexists (0:X3=0)\n",
     {"0:X3=0;", "0:X3=1;"}},
    {"SwapOfAPairIsOneAccess",
     "B2.2.1, FEAT_LSE128",
     "",
     "AArch64 A\n{ int64_t x[2]={0,0}; 0:X1=x; 1:X1=x; 0:X2=1; 0:X3=1; 1:X2=2; 1:X3=2; }\n P0 | P1 ;\n SWPP X2,X3,[X1] "
     "| SWPP X2,X3,[X1] ;\nlocations [0:X2;0:X3;1:X2;1:X3;x;]\nexists (0:X2=2)\n",
     {"0:X2=0; 0:X3=0; 1:X2=1; 1:X3=1; x={2,2};", "0:X2=2; 0:X3=2; 1:X2=0; 1:X3=0; x={1,1};"}},
    {"ClearOfAPair",
     "C6.2 LDCLRP",
     "",
     "AArch64 A\n{ int64_t x[2]={7,7}; 0:X1=x; 0:X2=1; 0:X3=2; }\n P0 ;\n LDCLRP X2,X3,[X1] ;\nlocations "
     "[0:X2;0:X3;x;]\nexists (0:X2=7)\n",
     {"0:X2=7; 0:X3=7; x={6,5};"}},
    {"SetOfAPair",
     "C6.2 LDSETP",
     "",
     "AArch64 A\n{ int64_t x[2]={4,4}; 0:X1=x; 0:X2=1; 0:X3=2; }\n P0 ;\n LDSETPAL X2,X3,[X1] ;\nlocations "
     "[0:X2;0:X3;x;]\nexists (0:X2=4)\n",
     {"0:X2=4; 0:X3=4; x={5,6};"}},
    {"LimitedOrderingIsAcquireAndRelease",
     "C6.2 LDLAR, STLLR: LORegions are not modelled, one covers everything",
     "",
     "AArch64 A\n{ 0:X1=x; 0:X2=y; 1:X1=x; 1:X2=y; 0:X0=1; }\n P0 | P1 ;\n STR W0,[X1] | LDLAR W3,[X2] ;\n STLLR "
     "W0,[X2] | LDR W4,[X1] ;\nexists (1:X3=1 /\\ 1:X4=0)\n",
     {"1:X3=0; 1:X4=0;", "1:X3=0; 1:X4=1;", "1:X3=1; 1:X4=1;"}},

    {"ZeroesDataWithTheTag",
     "C6.2 STZG",
     "memtag",
     "AArch64 A\n{ [x]=5; 0:X1=x:green; 0:X2=x:red; }\n P0 ;\n STZG X2,[X1] ;\n LDR W3,[X2] ;\nlocations "
     "[0:X3;tag(x);]\nexists (fault(P0,x))\n",
     {"0:X3=0; [tag(x)]=:red; ~Fault(P0,x);"}},
    {"TagsTwoGranules",
     "C6.2 ST2G",
     "memtag",
     "AArch64 A\n{ int64_t x[4]={1,2,3,4}; 0:X1=x:green; 0:X2=x:red; }\n P0 ;\n ST2G X2,[X1] ;\n LDR X3,[X2,#16] "
     ";\nlocations [0:X3;]\nexists (fault(P0,x))\n",
     {"0:X3=3; ~Fault(P0,x);"}},
    {"TagsOneGranule",
     "C6.2 STG",
     "memtag",
     "AArch64 A\n{ int64_t x[4]={1,2,3,4}; 0:X1=x:green; 0:X2=x:red; }\n P0 ;\n STG X2,[X1] ;\n LDR X3,[X2,#16] "
     ";\nlocations [0:X3;]\nexists (fault(P0))\n",
     {"0:X3=0; Fault(P0,x:red+16,TagCheck);"}},
    {"ZeroesTwoGranules",
     "C6.2 STZ2G",
     "memtag",
     "AArch64 A\n{ int64_t x[4]={1,2,3,4}; 0:X1=x:green; 0:X2=x:red; }\n P0 ;\n STZ2G X2,[X1] ;\n LDR X3,[X2,#24] "
     ";\nlocations [0:X3;x;]\nexists (fault(P0,x))\n",
     {"0:X3=0; x={0,0,0,0}; ~Fault(P0,x);"}},
    {"StoresAPairWithTheTag",
     "C6.2 STGP",
     "memtag",
     "AArch64 A\n{ int64_t x[2]={1,2}; 0:X1=x:red; 0:X2=7; 0:X3=8; }\n P0 ;\n STGP X2,X3,[X1] ;\nlocations "
     "[x;tag(x);]\nexists (true)\n",
     {"[tag(x)]=:red; x={7,8};"}},
    {"TagsABlock",
     "C6.2 DC GVA",
     "memtag",
     "AArch64 A\n{ int64_t x[2]={1,2}; 0:X1=x:red; }\n P0 ;\n DC GVA,X1 ;\n LDR X3,[X1] ;\nlocations "
     "[0:X3;tag(x);]\nexists (fault(P0,x))\n",
     {"0:X3=1; [tag(x)]=:red; ~Fault(P0,x);"}},
    {"ZeroesAndTagsABlock",
     "C6.2 DC GZVA",
     "memtag",
     "AArch64 A\n{ int64_t x[2]={1,2}; 0:X1=x:red; }\n P0 ;\n DC GZVA,X1 ;\n LDR X3,[X1] ;\nlocations "
     "[0:X3;tag(x);x;]\nexists (fault(P0,x))\n",
     {"0:X3=0; [tag(x)]=:red; x={0,0}; ~Fault(P0,x);"}},
    {"ZeroesABlock",
     "C6.2 DC ZVA: no order among its bytes, so that a pair of reads sees any mixture",
     "",
     "AArch64 A\n{ int64_t x[2]={1,2}; 0:X1=x; 1:X1=x; }\n P0 | P1 ;\n DC ZVA,X1 | LDR X4,[X1] ;\n | LDR X5,[X1,#8] "
     ";\nlocations [1:X4;1:X5;x;]\nexists (1:X4=1)\n",
     {"1:X4=0; 1:X5=0; x={0,0};", "1:X4=0; 1:X5=2; x={0,0};", "1:X4=1; 1:X5=0; x={0,0};", "1:X4=1; 1:X5=2; x={0,0};"}},
    {"ZeroingABlockIsChecked",
     "D10.4: DC ZVA is a store to a checked location",
     "memtag",
     "AArch64 A\n{ [x]=1; 0:X1=x:red; }\n P0 ;\n DC ZVA,X1 ;\nlocations [x;]\nexists (fault(P0))\n",
     {"[x]=1; Fault(P0,x:red,TagCheck);"}},
    {"OverrideOfTagChecks",
     "D10.5: PSTATE.TCO",
     "memtag",
     "AArch64 A\n{ 0:X1=x:red; }\n P0 ;\n MSR TCO,#1 ;\n LDR W3,[X1] ;\nexists (fault(P0,x))\n",
     {"~Fault(P0,x);"}},

    {"UnprivilegedLoad",
     "C6.2 LDTR: EL0 permissions at EL1",
     "vmsa",
     "AArch64 A\n{ [x]=1; [PTE(x)]=(el0:0); 0:X1=x; }\n P0 ;\n LDR W2,[X1] ;\n LDTR W3,[X1] ;\nlocations "
     "[0:X2;0:X3;]\nexists (fault(P0,x))\n",
     {"0:X2=1; 0:X3=0; Fault(P0,x,D-MMU:Permission);"}},
    {"UnprivilegedStore",
     "C6.2 STTR: EL0 permissions at EL1",
     "vmsa",
     "AArch64 A\n{ [PTE(x)]=(el0:0); 0:X1=x; 0:X2=1; }\n P0 ;\n STTR W2,[X1] ;\nlocations [x;]\nexists (fault(P0,x))\n",
     {"[x]=0; Fault(P0,x,D-MMU:Permission);"}},
    {"UnprivilegedLoadOfAUserPage",
     "C6.2 LDTR",
     "vmsa",
     "AArch64 A\n{ [x]=1; 0:X1=x; }\n P0 ;\n LDTR W3,[X1] ;\nlocations [0:X3;]\nexists (fault(P0,x))\n",
     {"0:X3=1; ~Fault(P0,x);"}},
    {"TranslationForEl0",
     "C5.5 AT S1E0R: EL0 permissions whatever the level",
     "vmsa",
     "AArch64 A\n{ [PTE(x)]=(el0:0); 0:X1=x; }\n P0 ;\n AT S1E1R,X1 ;\n ISB ;\n MRS X2,PAR_EL1 ;\n AND X2,X2,#1 ;\n AT "
     "S1E0R,X1 ;\n ISB ;\n MRS X3,PAR_EL1 ;\n AND X3,X3,#1 ;\nlocations [0:X2;0:X3;]\nexists (0:X3=1)\n",
     {"0:X2=0; 0:X3=1;"}},
    {"ParShowsWhatItHolds",
     "D24.2 PAR_EL1: F, or the output address",
     "vmsa",
     "AArch64 A\n{ 0:X1=x; 0:X2=y; [PTE(y)]=(valid:0); }\n P0 ;\n MRS X3,PAR_EL1 ;\n AT S1E1R,X1 ;\n ISB ;\n MRS "
     "X4,PAR_EL1 ;\n AT S1E1W,X2 ;\n ISB ;\n MRS X5,PAR_EL1 ;\nlocations [0:X3;0:X4;0:X5;]\nexists (0:X1=x)\n",
     {"0:X1=x; 0:X3=0; 0:X4=(parel1_t:(oa:PA(x))); 0:X5=(parel1_t:(f:1));"}},
};

class ExploreSystem : public ::testing::TestWithParam<row>
{
};

TEST_P(ExploreSystem, HasExactlyTheStates)
{
    const row &r = GetParam();
    explored e = explore_text(r.program, r.variant);
    ASSERT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_FALSE(e.bounded) << e.reason;
    EXPECT_EQ(e.states, std::set<std::string>(r.states.begin(), r.states.end()));
}

INSTANTIATE_TEST_SUITE_P(Rules, ExploreSystem, ::testing::ValuesIn(rows),
                         [](const auto &rule) { return rule.param.name; });

// D24.2 PAR_EL1: bit 11 is RES1 where F is set, so that the register holds no small number.
TEST(ExploreSystemPar, OfAFaultIsNoNumber)
{
    const std::string program = "AArch64 A\n{ 0:X1=x; [PTE(x)]=(valid:0); }\n P0 ;\n AT S1E1R,X1 ;\n ISB ;\n MRS "
                                "X3,PAR_EL1 ;\n AND X4,X3,#1 ;\nlocations [0:X4;]\nexists (0:X3=";
    EXPECT_EQ(explore_text(program + "parel1_t:(f:1) /\\ 0:X4=1)\n", "vmsa").positive, 1u);
    EXPECT_EQ(explore_text(program + "1)\n", "vmsa").negative, 1u);
}

// FEAT_TLBIRANGE (C5.5 TLBI RVAE1): (NUM + 1) << (5 * SCALE + 1) pages from BaseADDR on, for the granule that TG names. An access that
// went on through the page before it was unmapped is over when the operation is: the other thread cannot miss its write.
std::set<std::string> range(const std::string &operand)
{
    explored e =
        explore_text("AArch64 range\n{ 0:X1=PTE(x); 0:X0=(oa:PA(x),valid:0); 0:X4=x; 0:X6=y; [PTE(y)]=(oa:PA(x)); "
                     "1:X1=x; 1:X0=1; }\n P0 | P1 ;\n STR X0,[X1] | STR W0,[X1] ;\n DSB ISH | ;\n LSR "
                     "X9,X4,#12 | ;\n" +
                         operand + " DSB ISH | ;\n LDR W3,[X6] | ;\nexists (0:X3=0 /\\ ~fault(P1,x))\n",
                     "vmsa");
    EXPECT_EQ(e.status, 0) << e.diagnostic;
    return e.states;
}

TEST(ExploreSystemTlbi, RangeNamesItsPages)
{
    const char *missed = "0:X3=0; ~Fault(P1,x);";
    const char *tg4k = " ORR X9,X9,#0x400000000000 | ;\n TLBI RVAAE1IS,X9 | ;\n";
    EXPECT_EQ(range("").count(missed), 1u) << "nothing waits for the store";
    EXPECT_EQ(range(" TLBI VAAE1IS,X9 | ;\n").count(missed), 0u);
    EXPECT_EQ(range(tg4k).count(missed), 0u);
    EXPECT_EQ(range(std::string(" SUB X9,X9,#1 | ;\n") + tg4k).count(missed), 0u) << "second of two pages";
    EXPECT_EQ(range(std::string(" SUB X9,X9,#2 | ;\n") + tg4k).count(missed), 1u) << "two pages in front";
    EXPECT_EQ(range(std::string(" ADD X9,X9,#1 | ;\n") + tg4k).count(missed), 1u) << "behind the page";
    EXPECT_EQ(range(std::string(" SUB X9,X9,#2 | ;\n ORR X9,X9,#0x8000000000 | ;\n") + tg4k).count(missed), 0u)
        << "NUM 1: four pages";
    EXPECT_EQ(range(std::string(" SUB X9,X9,#9 | ;\n ORR X9,X9,#0x100000000000 | ;\n") + tg4k).count(missed), 0u)
        << "SCALE 1: 64 pages";
    EXPECT_EQ(range(" TLBI RVAAE1IS,X9 | ;\n").count(missed), 1u) << "TG 0 is no granule";
}

// D8.14, D8.16: an entry of a valid descriptor may be cached until a TLBI, so that without break-before-make old and new frame mix.
TEST(ExploreSystemTlbi, WithoutBreakBeforeMakeOldAndNewFrameMix)
{
    explored e =
        explore_text("AArch64 stale\n{ [x]=1; [y]=2; 0:X1=x; 1:X1=PTE(x); 1:X0=(oa:PA(y)); }\n P0 | P1 ;\n LDR "
                     "W2,[X1] | STR X0,[X1] ;\n LDR W3,[X1] | ;\nexists (0:X2=2 /\\ 0:X3=1)\n",
                     "vmsa");
    ASSERT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_EQ(e.states,
              (std::set<std::string>{"0:X2=1; 0:X3=1;", "0:X2=1; 0:X3=2;", "0:X2=2; 0:X3=1;", "0:X2=2; 0:X3=2;"}));
}

} // namespace
