// Does the exhaustive engine end on loops, say when it cut one, and refuse what it does not model?
#include "conformance/explore_case.h"

#include <gtest/gtest.h>

#include <sstream>
#include <vector>

static const std::set<std::string> one(const char *state)
{
    return {state};
}

TEST(ExploreLoops, SpinEndsWithTheValueItWaitsFor)
{
    explored e = explore_text("AArch64 spin\n{ 0:X1=x; 0:X3=y; 1:X1=x; 1:X3=y; }\n P0 | P1 ;\n MOV W0,#1 | L0: LDAR "
                              "W0,[X3] ;\n STR W0,[X1] | CBZ W0,L0 ;\n STLR W0,[X3] | LDR W2,[X1] ;\nforall (1:X2=1)\n",
                              "");
    EXPECT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_FALSE(e.bounded) << e.reason;
    EXPECT_EQ(e.states, one("1:X2=1;"));
}

TEST(ExploreLoops, SpinOnAValueThatNeverComesIsNoProgress)
{
    explored e =
        explore_text("AArch64 stuck\n{ 0:X1=x; }\n P0 ;\n L0: LDR W0,[X1] ;\n CBZ W0,L0 ;\nexists (0:X0=1)\n", "");
    ASSERT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_FALSE(e.bounded) << e.reason;
    ASSERT_EQ(e.states.size(), 1u);
    EXPECT_NE(e.states.begin()->find("NoProgress(P0)"), std::string::npos) << *e.states.begin();
}

// The loop reads x through PTE(x), which another thread turns to y's frame; what it runs behind that write differs.
static explored turned(const char *flush)
{
    return explore_text(
        std::string("AArch64 turned\n{ y=1; [PTE(x)]=(oa:PA(x)); 0:X1=PTE(x); pteval_t 0:X0=(oa:PA(y)); "
                    "0:X5=x; 1:X1=x; }\n P0 | P1 ;\n STR X0,[X1] | L0: LDR W0,[X1] ;\n") +
            flush + "exists (1:X0=1)\n",
        "vmsa");
}

TEST(ExploreLoops, EntryThatNothingInvalidatesMayBeUsedForEver)
{
    explored e = turned(" DSB ISH | CBZ W0,L0 ;\n");
    ASSERT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_EQ(e.states, (std::set<std::string>{"1:X0=0; NoProgress(P1);", "1:X0=1;"}));
}

TEST(ExploreLoops, EntryThatIsInvalidatedIsNotUsedForEver)
{
    explored e = turned(" DSB ISH | CBZ W0,L0 ;\n LSR X4,X5,#12 | ;\n TLBI VAAE1IS,X4 | ;\n DSB ISH | ;\n");
    ASSERT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_EQ(e.states, (std::set<std::string>{"1:X0=1;"}));
}

TEST(ExploreLoops, RetryOfAnExclusiveIsOneRound)
{
    explored e =
        explore_text("AArch64 retry\n{ 0:X1=x; 1:X1=x; }\n P0 | P1 ;\n L0: LDXR W0,[X1] | L1: LDXR W0,[X1] ;\n ADD "
                     "W2,W0,#1 | ADD W2,W0,#1 ;\n STXR W3,W2,[X1] | STXR W3,W2,[X1] ;\n CBNZ W3,L0 | CBNZ W3,L1 "
                     ";\nlocations [x;]\nforall (x=2)\n",
                     "");
    ASSERT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_FALSE(e.bounded) << e.reason;
    EXPECT_EQ(e.states, one("[x]=2;"));
}

TEST(ExploreLoops, CountedLoopIsWalkedToItsEnd)
{
    const std::string head = "AArch64 counted\n{ 0:X1=x; 1:X1=x; }\n P0 | P1 ;\n MOV W0,#10 | LDR W0,[X1] ;\n L0: ADD "
                             "W2,W2,#1 | ;\n STR W2,[X1] | ;\n SUB W0,W0,#1 | ;\n";
    explored e = explore_text(head + " CBNZ W0,L0 | ;\nlocations [x;]\nexists (1:X0=10)\n", "");
    ASSERT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_FALSE(e.bounded) << e.reason;
    EXPECT_EQ(e.states.size(), 11u);
    EXPECT_TRUE(e.states.count("1:X0=10; [x]=10;"));
}

TEST(ExploreLoops, LoopUntilAnExclusivePassesIsNotCounted)
{
    explored e =
        explore_text("AArch64 failing\n{ 0:X1=x; }\n P0 ;\n L0: ADD W2,W2,#1 ;\n LDXR W0,[X1] ;\n STXR W3,W2,[X1] "
                     ";\n CBNZ W3,L0 ;\nexists (0:X2=3)\n",
                     "", 2);
    ASSERT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_TRUE(e.bounded);
    EXPECT_EQ(e.states.size(), 3u);
}

static const char *const counts_up =
    "AArch64 count\n{ 0:X1=x; }\n P0 ;\n L0: LDR W0,[X1] ;\n ADD W0,W0,#1 ;\n STR W0,[X1] ;\n CMP W0,#5 ;\n B.NE L0 "
    ";\nlocations [x;]\nexists (x=5)\n";

TEST(ExploreLoops, CutAtTheBoundIsSaid)
{
    explored e = explore_text(counts_up, "", 2);
    ASSERT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_TRUE(e.bounded);
    EXPECT_NE(e.reason.find("bound"), std::string::npos) << e.reason;
}

/* A handler that always returns to the access that its thread may never make: each round takes a fault, and others see nothing of it. */
TEST(ExploreLoops, RoundsThroughARegisterAreCountedBehindHorizons)
{
    for (iso_reduce reduce : {ISO_REDUCE_NEVER, ISO_REDUCE_WHERE_IT_PAYS, ISO_REDUCE_ALWAYS, ISO_REDUCE_EARLY}) {
        explored e =
            explore_text("AArch64 back\n{ 0:X3=x; }\n P0 ;\n ADR X1,F ;\n BLR X1 ;\n LDAR W2,[X3] ;\n F: RET ;\n"
                         "exists (x=1)\n",
                         "", 0, 0, reduce);
        EXPECT_EQ(e.status, 0) << e.diagnostic;
        EXPECT_TRUE(e.bounded);
    }
}

TEST(ExploreLoops, RoundsThatOnlyTakeFaultsAreCounted)
{
    explored e = explore_text("AArch64 again\nVariant=memtag,sync\n{ 0:X0=x:red; 0:X1=z; 1:X0=z; 1:X1=1; }\n"
                              " P0           | P1          | P0.F           ;\n"
                              " L0:          | STR W1,[X0] | LDAR W2,[X1]   ;\n"
                              " LDR W3,[X0]  |             | ADR X4,L0      ;\n"
                              "              |             | MSR ELR_EL1,X4 ;\n"
                              "              |             | ERET           ;\n"
                              "exists (0:X2=1)\n",
                              "");
    ASSERT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_TRUE(e.bounded);
    EXPECT_TRUE(e.states.empty());
}

TEST(ExploreLoops, LoopThatEndsBelowTheBoundIsNotBounded)
{
    explored e = explore_text(counts_up, "", 8);
    ASSERT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_FALSE(e.bounded) << e.reason;
    EXPECT_EQ(e.states, one("[x]=5;"));
}

// A spin lock: `take` tries it once and leaves 0 in W3 if it was free. Thread t adds step^t to the counter.
static std::string lock(const std::vector<std::string> &take, unsigned threads, unsigned rounds, unsigned step = 1)
{
    std::ostringstream text;
    std::vector<std::vector<std::string>> column(threads);
    unsigned add = 1, sum = 0;
    text << "AArch64 lock\n{";
    for (unsigned t = 0; t < threads; t++, add *= step) {
        text << " " << t << ":X0=l; " << t << ":X1=c;";
        column[t].push_back("MOV W2,#1");
        sum += add * rounds;
        for (unsigned r = 0; r < rounds; r++) {
            const std::string label = "L" + std::to_string(t) + std::to_string(r);
            column[t].push_back(label + ": " + take[0]);
            column[t].insert(column[t].end(), take.begin() + 1, take.end());
            for (const std::string &insn :
                 {"CBNZ W3," + label, std::string("LDR W5,[X1]"), "ADD W5,W5,#" + std::to_string(add),
                  std::string("STR W5,[X1]"), std::string("STLR WZR,[X0]")})
                column[t].push_back(insn);
        }
    }
    text << " }\n";
    for (unsigned t = 0; t < threads; t++)
        text << (t ? " | P" : " P") << t;
    text << " ;\n";
    for (size_t row = 0; row < column[0].size(); row++) {
        for (unsigned t = 0; t < threads; t++)
            text << (t ? " | " : " ") << column[t][row];
        text << " ;\n";
    }
    text << "locations [c;" << (step > 1 ? "0:X5; 1:X5;" : "") << "]\nforall (c=" << sum << ")\n";
    return text.str();
}

class ExploreLocks : public testing::TestWithParam<std::vector<std::string>>
{
};

// More runs a thread than are walked as a whole, so that threads go from horizon to horizon.
TEST_P(ExploreLocks, ExcludeEachOther)
{
    for (unsigned threads = 2; threads <= 3; threads++)
        for (unsigned rounds = 1; rounds <= 2; rounds++) {
            explored e = explore_text(lock(GetParam(), threads, rounds), "");
            ASSERT_EQ(e.status, 0) << e.diagnostic;
            EXPECT_FALSE(e.bounded) << e.reason;
            EXPECT_EQ(e.states, one(("[c]=" + std::to_string(threads * rounds) + ";").c_str()));
        }
}
INSTANTIATE_TEST_SUITE_P(Acquire, ExploreLocks,
                         testing::Values(std::vector<std::string>{"SWPA W2,W3,[X0]"},
                                         std::vector<std::string>{"MOV W3,#0", "CASA W3,W2,[X0]"},
                                         std::vector<std::string>{"LDAXR W3,[X0]", "CBNZ W3,.-4", "STXR W3,W2,[X0]"}));

// Each order of the sections shows: a thread finds the values that it wrote itself, sections ago, as it finds those of others.
TEST(ExploreLocks, EveryOrderOfTheSectionsIsFound)
{
    explored e = explore_text(lock({"SWPA W2,W3,[X0]"}, 2, 3, 16), "");
    ASSERT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_FALSE(e.bounded) << e.reason;
    EXPECT_EQ(e.states, (std::set<std::string>{"0:X5=3; 1:X5=51; [c]=51;", "0:X5=19; 1:X5=51; [c]=51;",
                                               "0:X5=35; 1:X5=51; [c]=51;", "0:X5=51; 1:X5=48; [c]=51;",
                                               "0:X5=51; 1:X5=49; [c]=51;", "0:X5=51; 1:X5=50; [c]=51;"}));
}

// A lock that hands over by tickets, with two places of its own.
TEST(ExploreLocks, TicketsExcludeEachOther)
{
    explored e = explore_text(
        "AArch64 ticket\n{ 0:X0=l; 0:X4=o; 0:X1=c; 1:X0=l; 1:X4=o; 1:X1=c; }\n P0 | P1 ;\n MOV W2,#1 | MOV W2,#1 ;\n "
        "LDADDA W2,W3,[X0] | LDADDA W2,W3,[X0] ;\n L0: LDAR W6,[X4] | L1: LDAR W6,[X4] ;\n SUB W7,W6,W3 | SUB "
        "W7,W6,W3 ;\n CBNZ W7,L0 | CBNZ W7,L1 ;\n LDR W5,[X1] | LDR W5,[X1] ;\n ADD W5,W5,#1 | ADD W5,W5,#1 ;\n STR "
        "W5,[X1] | STR W5,[X1] ;\n ADD W6,W6,#1 | ADD W6,W6,#1 ;\n STLR W6,[X4] | STLR W6,[X4] ;\n LDADDA W2,W3,[X0] "
        "| LDADDA W2,W3,[X0] ;\n L2: LDAR W6,[X4] | L3: LDAR W6,[X4] ;\n SUB W7,W6,W3 | SUB W7,W6,W3 ;\n CBNZ W7,L2 | "
        "CBNZ W7,L3 ;\n LDR W5,[X1] | LDR W5,[X1] ;\n ADD W5,W5,#1 | ADD W5,W5,#1 ;\n STR W5,[X1] | STR W5,[X1] ;\n "
        "ADD W6,W6,#1 | ADD W6,W6,#1 ;\n STLR W6,[X4] | STLR W6,[X4] ;\nlocations [c;]\nforall (c=4)\n",
        "");
    ASSERT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_FALSE(e.bounded) << e.reason;
    EXPECT_EQ(e.states, one("[c]=4;"));
}

// Without Acquire the critical sections overlap: the counter is read too early.
TEST(ExploreLocks, WithoutAcquireAreNoLocks)
{
    explored e = explore_text(lock({"SWP W2,W3,[X0]"}, 2, 1), "");
    ASSERT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_GT(e.states.count("[c]=1;"), 0u);
}

TEST(ExploreRefuses, VariantThatChangesWhatInstructionsMean)
{
    explored e = explore_text("AArch64 nested\nVariant=NV2\n{ 0:X1=x; }\n P0 ;\n STR WZR,[X1] ;\nexists (x=0)\n", "");
    EXPECT_EQ(e.status, -1);
    EXPECT_NE(e.diagnostic.find("variant"), std::string::npos) << e.diagnostic;
}

TEST(ExploreRefuses, MoreEventsThanAThreadHolds)
{
    std::string text = "AArch64 long\n{ 0:X1=x; }\n P0 ;\n";
    for (unsigned i = 0; i < 70; i++)
        text += " STR WZR,[X1] ;\n";
    explored e = explore_text(text + "exists (x=0)\n", "");
    EXPECT_EQ(e.status, -1);
    EXPECT_NE(e.diagnostic.find("64"), std::string::npos) << e.diagnostic;
}

TEST(ExploreRefuses, BranchToNoCode)
{
    explored e = explore_text("AArch64 away\n{ 0:X1=x; }\n P0 ;\n BR X1 ;\nexists (x=0)\n", "");
    EXPECT_EQ(e.status, -1);
    EXPECT_NE(e.diagnostic.find("no code"), std::string::npos) << e.diagnostic;
}
