// Writes that are made together with the one that publishes them: no outcome is lost, whoever looks at them before, and the orders among them are no states.
#include "conformance/explore_case.h"

#include <gtest/gtest.h>

namespace
{

const char init[] =
    "uint64_t x=0; uint64_t y=0; uint64_t n[4]={0,0,0,0}; 0:X0=x; 0:X1=y; 0:X2=1; 0:X3=n; 0:X4=n+8; 0:X9=n+16; "
    "1:X0=x; 1:X1=y; 1:X2=2; 1:X3=n; 1:X4=n+8; 1:X9=n+16;";

explored outcomes(const std::string &code, const char *shown, iso_reduce reduce)
{
    explored out = explore_text(std::string("AArch64 withhold\n{ ") + init + " }\n " + code + "\nlocations [" + shown +
                                    "]\nexists (x=1)\n",
                                "", 0, 0, reduce);
    EXPECT_EQ(out.status, 0) << out.diagnostic << code;
    EXPECT_FALSE(out.bounded) << code;
    return out;
}

void same_outcomes(const char *code, const char *shown)
{
    explored plain = outcomes(code, shown, ISO_REDUCE_NEVER);
    EXPECT_FALSE(plain.states.empty()) << code;
    EXPECT_EQ(plain.states, outcomes(code, shown, ISO_REDUCE_ALWAYS).states) << code;
    EXPECT_EQ(plain.states, outcomes(code, shown, ISO_REDUCE_EARLY).states) << code;
}

} // namespace

// The place is read, waited for, written or swapped by the other thread before or after it is published.
TEST(ExploreWithhold, LosesNothingThatOthersLookAt)
{
    for (const char *other : {"LDR X5,[X3] | LDR X6,[X0]", "LDR X5,[X0] | LDR X6,[X3]", "STR X2,[X3] | LDR X6,[X0]",
                              "SWP X2,X5,[X3] | SWP X2,X6,[X0]", "L1: LDR X5,[X3] | CBZ X5,L1",
                              "LDAR X5,[X4] | STR X5,[X3]", "LDXR X5,[X3] | STXR W6,X2,[X3]"}) {
        const std::string both = other, first = both.substr(0, both.find(" | ")),
                          second = both.substr(both.find(" | ") + 3);
        for (const char *middle : {"NOP", "DMB ST", "DMB SY", "LDR X8,[X4]"}) {
            const std::string code = "P0 | P1 ;\n STR X2,[X3] | " + first + " ;\n " + middle + " | " + second +
                                     " ;\n STR X2,[X4] | NOP ;\n SWP X2,X7,[X0] | NOP ;\n LDR X10,[X3] | NOP ;\n";
            same_outcomes(code.c_str(), "0:X7; 0:X10; 1:X5; 1:X6; x; n[0]; n[1];");
        }
    }
}

// What publishes it is behind an answer to it.
TEST(ExploreWithhold, LosesNothingThatIsWaitedFor)
{
    same_outcomes(
        "P0 | P1 ;\n STR X2,[X3] | L1: LDR X5,[X3] ;\n L0: LDR X5,[X1] | CBZ X5,L1 ;\n CBZ X5,L0 | STR X2,[X1] "
        ";\n SWP X2,X6,[X0] | LDR X6,[X0] ;\n",
        "0:X6; 1:X6; x;");
    same_outcomes(
        "P0 | P1 ;\n STR X2,[X3] | LDR X5,[X3] ;\n LDAR X5,[X1] | STR X5,[X1] ;\n STR X5,[X4] | LDR X6,[X4] ;\n "
        "SWP X2,X6,[X0] | NOP ;\n",
        "0:X5; 0:X6; 1:X5; 1:X6; x;");
}

// The thread itself waits for it, behind a barrier, on a way that not every run takes.
TEST(ExploreWithhold, IsMadeWhereItsThreadWaitsForIt)
{
    for (const char *read : {"LDAR X5,[X1]", "LDR X5,[X1]", "SWPA X2,X5,[X1]"}) {
        const std::string code =
            std::string("P0 | P1 ;\n LDR X7,[X1] | STR X2,[X1] ;\n CBZ X7,L0 | SWP X2,X5,[X0] ;\n STR X2,[X3] | LDR "
                        "X6,[X1] ;\n L0: DMB SY | NOP ;\n ") +
            read + " | NOP ;\n SWP X2,X6,[X0] | NOP ;\n";
        same_outcomes(code.c_str(), "0:X5; 0:X6; 0:X7; 1:X5; 1:X6; x; n[0];");
    }
}

// Two writes publish it, whichever comes first; it was made already, and another thread has written there; it is written again.
TEST(ExploreWithhold, LosesNothingWhereSeveralPublish)
{
    same_outcomes(
        "P0 | P1 ;\n STR X2,[X3] | SWP X2,X5,[X0] ;\n DMB ST | CBZ X5,L1 ;\n SWP X2,X5,[X0] | LDR X6,[X3] ;\n STR "
        "X2,[X1] | LDR X7,[X1] ;\n STR X2,[X4] | L1: NOP ;\n",
        "0:X5; 1:X5; 1:X6; 1:X7; x; y;");
    same_outcomes(
        "P0 | P1 ;\n STR X2,[X3] | LDR X5,[X3] ;\n STR X2,[X4] | STR X2,[X3] ;\n DMB ST | LDR X6,[X0] ;\n SWP "
        "X2,X5,[X0] | LDR X7,[X3] ;\n",
        "1:X5; 1:X6; 1:X7; n[0]; n[1];");
    same_outcomes(
        "P0 | P1 ;\n STR X2,[X3] | SWP X2,X5,[X0] ;\n STR XZR,[X3] | LDR X6,[X3] ;\n DMB ST | LDR X7,[X3] ;\n SWP "
        "X2,X5,[X0] | NOP ;\n STR X2,[X3] | NOP ;\n",
        "0:X5; 1:X5; 1:X6; 1:X7; n[0];");
}

// A value that only comes of what stands between two halves where another thread does so in all of its ways.
TEST(ExploreWithhold, LosesNothingOfWhatIsHeld)
{
    same_outcomes(
        "P0 | P1 ;\n STR X2,[X0] | MOV X5,#1 ;\n SWP X3,X5,[X0] | CAS X5,X2,[X0] ;\n SWPAL X3,X6,[X0] | NOP ;\n",
        "0:X5; 0:X6; x;");
    same_outcomes(
        "P0 | P1 ;\n MOV X5,#0 | MOV X6,#1 ;\n MOV X6,#1 | STR X6,[X3] ;\n CASAL X5,X6,[X0] | MOV X5,#1 ;\n DMB ST "
        "| MOV X6,#2 ;\n L0: LDR X7,[X0] | CAS X5,X6,[X0] ;\n ADD X6,X7,#1 | STR X5,[X1] ;\n MOV X8,X7 | LDR "
        "X7,[X1] ;\n CASAL X8,X6,[X0] | NOP ;\n CMP X8,X7 | NOP ;\n B.NE L0 | NOP ;\n",
        "0:X5; 0:X7; 1:X7;");
    same_outcomes("P0 | P1 ;\n STR X2,[X0] | LDADD X2,X5,[X0] ;\n SWP X3,X5,[X0] | LDADD X2,X6,[X0] ;\n",
                  "0:X5; 1:X5; 1:X6; x;");
}

// What stands between two halves and is left out has written nothing: else each value would lead to the next, without end.
TEST(ExploreWithhold, WhatIsLeftOutWritesNothing)
{
    std::string code = "P0 | P1 ;\n L0: LDAR X5,[X1] | L1: LDAR X5,[X1] ;\n CBNZ X5,L0 | CBNZ X5,L1 ;\n";
    for (const char *insn : {"MOV X7,#1", "SWPL X7,X6,[X1]", "ADD X7,X6,#1", "STR X7,[X0]", "MOV X7,#2",
                             "LDSET X7,X8,[X1]", "STADD X7,[X1]"})
        code += std::string(" ") + insn + " | " + insn + " ;\n";
    same_outcomes(code.c_str(), "0:X8; 1:X8; x; y;");
}

// However many words are filled in before they are published, on a way that not every run takes.
TEST(ExploreWithhold, OrdersOfWhatIsFilledInAreNoStates)
{
    uint64_t visited[2];
    for (unsigned many = 0; many < 2; many++) {
        const std::string code =
            std::string("P0 | P1 ;\n LDR X5,[X1] | STR X2,[X1] ;\n CBZ X5,L0 | SWP X2,X5,[X0] ;\n ") +
            "STR X2,[X3] | NOP ;\n " + (many ? "STR X2,[X4] | NOP ;\n STR X2,[X9] | NOP ;\n" : "") +
            " DMB ST | NOP ;\n L0: SWP X2,X6,[X0] | NOP ;\n";
        explored e = outcomes(code, "0:X5; 0:X6; 1:X5; x;", ISO_REDUCE_ALWAYS);
        EXPECT_EQ(e.states, outcomes(code, "0:X5; 0:X6; 1:X5; x;", ISO_REDUCE_NEVER).states);
        visited[many] = e.visited;
    }
    EXPECT_EQ(visited[0], visited[1]);
}

// What the last round of a loop that goes on for ever would write is not made, and publishes nothing.
TEST(ExploreWithhold, NotForARoundThatGoesOnForEver)
{
    const std::string text =
        "AArch64 forever\n{ x=1; 0:X21=y; 1:X20=x; 1:X21=y; 1:X23=w; 0:X12=1; }\n P0 | P1 ;\n SWPAL W12,W5,[X21] | LDR "
        "W2,[X21] ;\n"
        " | ADD W12,W2,#1 ;\n | STR W12,[X23] ;\n | MOV W12,#1 ;\n | L1: SWPAL W12,W3,[X20] ;\n | CBNZ W3,L1 ;\n"
        "locations [1:X2;]\nexists (x=1)\n";
    for (iso_reduce reduce : {ISO_REDUCE_NEVER, ISO_REDUCE_WHERE_IT_PAYS, ISO_REDUCE_ALWAYS, ISO_REDUCE_EARLY})
        EXPECT_EQ(explore_text(text, "", 0, 0, reduce).states,
                  (std::set<std::string>{"1:X2=0; [x]=1; NoProgress(P1);", "1:X2=1; [x]=1; NoProgress(P1);"}))
            << reduce;
}
