// Runs that another one can stand for: a CAS that writes back what it read, and a read whose value only decides which way a thread goes. Is no outcome lost?
#include "conformance/explore_case.h"

#include <gtest/gtest.h>

namespace
{

struct program {
    const char *name, *init, *code, *shown;
};

/* All outcomes with and without; how many states each visits. */
void same_outcomes(const program &p, uint64_t *plain_visited, uint64_t *reduced_visited)
{
    const std::string text = std::string("AArch64 vain\n{ uint32_t x=0; uint32_t y=0; uint32_t z=0; ") + p.init +
                             " }\n " + p.code + "\nlocations [" + p.shown + "]\nexists (x=1)\n";
    explored plain = explore_text(text, "", 0, 0, ISO_REDUCE_NEVER),
             reduced = explore_text(text, "", 0, 0, ISO_REDUCE_ALWAYS);
    EXPECT_EQ(plain.status, 0) << plain.diagnostic << text;
    EXPECT_FALSE(plain.bounded || reduced.bounded) << text;
    EXPECT_EQ(plain.states, reduced.states) << p.name;
    EXPECT_GT(plain.states.size(), 1u) << p.name;
    *plain_visited = plain.visited;
    *reduced_visited = reduced.visited;
}

const char two[] = "0:X0=x; 0:X1=y; 0:X2=1; 0:X3=5; 1:X0=x; 1:X1=y; 1:X2=2; 1:X3=5;";

} // namespace

// The write may be found by a read behind it before the CAS's own read is made (no Acquire), stand between exclusives, or be the reason why others fail.
TEST(ExploreVain, ACasThatWritesBackLosesNothing)
{
    const program programs[] = {
        {"acquire", two, "P0 | P1 ;\n CASA W3,W2,[X0] | STR W2,[X0] ;\n LDR W4,[X1] | STR W2,[X1] ;\n",
         "0:X3; 0:X4; x;"},
        {"found before the read", two,
         "P0 | P1 ;\n CAS W3,W2,[X0] | LDR W4,[X1] ;\n LDR W4,[X0] | STR W2,[X0] ;\n STR W4,[X1] | NOP ;\n",
         "0:X3; 0:X4; 1:X4; x; y;"},
        {"found by an acquire", two,
         "P0 | P1 ;\n CAS W3,W2,[X0] | LDR W4,[X1] ;\n LDAR W4,[X0] | DMB SY ;\n STR W2,[X1] | STR W2,[X0] ;\n",
         "0:X3; 0:X4; 1:X4; x;"},
        {"found by another CAS", two,
         "P0 | P1 ;\n CAS W3,W2,[X0] | STR W2,[X0] ;\n MOV W4,#2 | LDR W4,[X1] ;\n CAS W4,W2,[X0] | STR W4,[X0] ;\n "
         "STR W2,[X1] | NOP ;\n",
         "0:X3; 0:X4; 1:X4; x;"},
        {"between exclusives", two,
         "P0 | P1 ;\n LDXR W5,[X0] | STR W2,[X0] ;\n CASA W3,W2,[X0] | STR W2,[X1] ;\n STXR W6,W2,[X0] | NOP ;\n LDR "
         "W4,[X1] | NOP ;\n",
         "0:X3; 0:X4; 0:X5; x;"},
        {"others' exclusives", two,
         "P0 | P1 ;\n CASA W3,W2,[X0] | LDXR W5,[X0] ;\n STR W2,[X1] | LDR W4,[X1] ;\n NOP | STXR W6,W2,[X0] ;\n",
         "0:X3; 1:X4; 1:X5; x;"},
        {"a lock", two,
         "P0 | P1 ;\n L0: MOV W3,#0 | L1: MOV W3,#0 ;\n CASA W3,W2,[X0] | CAS W3,W2,[X0] ;\n CBNZ W3,L0 | CBNZ W3,L1 "
         ";\n LDR W4,[X1] | LDR W4,[X1] ;\n "
         "STR W2,[X1] | STR W2,[X1] ;\n STLR WZR,[X0] | STLR WZR,[X0] ;\n",
         "0:X4; 1:X4; y;"},
        {"a barrier behind it", two,
         "P0 | P1 ;\n CAS W3,W2,[X0] | STR W2,[X1] ;\n DMB LD | DMB SY ;\n LDR W4,[X1] | LDR W4,[X0] ;\n STR W2,[X0] | "
         "NOP ;\n",
         "0:X3; 0:X4; 1:X4; x;"},
    };
    for (const program &p : programs) {
        uint64_t plain, reduced;
        same_outcomes(p, &plain, &reduced);
    }
}

// Its value is compared alone: whatever else than the expected one is found, the thread goes on alike. It is not, where it is shown, stored or an address.
TEST(ExploreVain, AReadThatOnlyDecidesLosesNothing)
{
    const char init[] = "0:X0=x; 0:X1=y; 0:X2=z; 0:X9=7; 1:X0=x; 1:X1=y; 1:X2=1; 2:X0=x; 2:X1=y; 2:X2=2;";
    const char *reader[] = {"LDR W3,[X0]", "LDR W3,[X0]", "LDR W3,[X0]", "LDR W3,[X0]"},
               *then[] = {"CBZ W3,L0", "CMP W3,#2", "CBZ W3,L0", "STR W3,[X2]"},
               *next[] = {"STR W9,[X2]", "B.EQ L0", "STR W3,[X2]", "NOP"};
    const char *shown[] = {"z; 0:X4; 0:X5;", "z; 0:X4; 0:X5; 1:X4;", "z; 0:X4;", "0:X3; 0:X4; z;"};
    for (unsigned i = 0; i < 4; i++) {
        const std::string code = std::string("P0 | P1 | P2 ;\n LDR W4,[X1] | STR W2,[X0] | STR W2,[X1] ;\n ") +
                                 reader[i] + " | LDADD W2,W4,[X1] | LDADDL W2,W4,[X0] ;\n " + then[i] +
                                 " | NOP | NOP ;\n " + next[i] + " | NOP | NOP ;\n L0: LDR W5,[X1] | NOP | NOP ;\n";
        uint64_t plain, reduced;
        same_outcomes({reader[i], init, code.c_str(), shown[i]}, &plain, &reduced);
    }
}

// A reader that only tests what many write stands in fewer ways.
TEST(ExploreVain, ThinsWhatNeedNotWait)
{
    uint64_t plain, reduced;
    same_outcomes({"many values", "0:X0=x; 0:X1=y; 1:X0=x; 1:X2=1; 2:X0=x; 2:X2=2; 3:X0=x; 3:X2=4; 0:X2=1;",
                   "P0 | P1 | P2 | P3 ;\n LDAR W3,[X0] | LDADD W2,W3,[X0] | LDADD W2,W3,[X0] | LDADD W2,W3,[X0] ;\n "
                   "LDR W4,[X0] | NOP | NOP | NOP ;\n CBZ W4,L0 | NOP | NOP | NOP ;\n STR W2,[X1] | NOP | NOP | NOP "
                   ";\n L0: NOP | NOP | NOP | NOP ;\n",
                   "x; y;"},
                  &plain, &reduced);
    EXPECT_LT(reduced, plain);
}

// Read ahead of an earlier read of the same place it may be spoilt: then it has to wait for that one.
TEST(ExploreVain, AReadThatOnlyDecidesMayHaveToWait)
{
    uint64_t plain, reduced;
    same_outcomes(
        {"coherence of reads", "0:X0=x; 0:X1=y; 0:X2=z; 0:X9=7; 1:X0=x; 1:X2=z; 1:X3=1;",
         "P0 | P1 ;\n LDR W7,[X2] | STR W3,[X0] ;\n EOR W8,W7,W7 | STR WZR,[X0] ;\n LDR W3,[X0,W8,SXTW] | STR W3,[X0] "
         ";\n "
         "LDR W4,[X0] | STR W3,[X2] ;\n CMP W4,#2 | NOP ;\n B.EQ L0 | NOP ;\n STR W9,[X1] | NOP ;\n L0: NOP | NOP ;\n",
         "0:X3; 0:X7; y;"},
        &plain, &reduced);
}

// What a CAS has written back is found before its read is made, behind a horizon: by a read that nothing orders behind it, by a DMB LD where it returns nothing.
TEST(ExploreVain, ACasIsFoundBehindAHorizon)
{
    for (const char *cas : {"CAS WZR,W3,[X0]", "CAS W4,W3,[X0]", "CASL WZR,W3,[X0]"})
        for (const char *between : {"LDAR W7,[X9]", "LDAPR W7,[X9]", "MOV X11,X0", "DMB LD"})
            for (const char *read : {"LDR W5,[X0]", "LDR W5,[X8]", "LDR W5,[X11]", "LDAPR W5,[X0]"}) {
                const std::string text =
                    "AArch64 back\n{ uint32_t x=5; uint32_t y=0; uint32_t z=0; uint64_t p=x; 0:X0=x; 0:X1=y; 0:X3=7; "
                    "0:X9=z; 0:X10=p; 0:X11=z; 1:X0=x; 1:X1=y; 1:X2=1; 1:X3=2; }\n P0 | P1 ;\n LDR X8,[X10] | NOP "
                    ";\n " +
                    std::string(cas) + " | STR W2,[X1] ;\n " + between + " | DMB SY ;\n " + read +
                    " | STR W3,[X0] ;\n DMB LD | NOP ;\n LDR W6,[X1] | NOP ;\nlocations [0:X4; 0:X5; 0:X6; x;]\n"
                    "exists (x=1)\n";
                explored plain = explore_text(text, "", 0, 0, ISO_REDUCE_NEVER);
                EXPECT_EQ(plain.status, 0) << plain.diagnostic << text;
                EXPECT_GT(plain.states.size(), 1u) << text;
                EXPECT_EQ(plain.states, explore_text(text, "", 0, 0, ISO_REDUCE_ALWAYS).states) << text;
                EXPECT_EQ(plain.states, explore_text(text, "", 0, 0, ISO_REDUCE_EARLY).states) << text;
            }
}
