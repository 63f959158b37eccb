// Values that nobody will look at, loads that need not wait and ways that come about again: no outcome is lost, and what is left out is no state.
#include "conformance/explore_case.h"

#include <gtest/gtest.h>

extern "C" {
#include "sim/explore/states.h"
}

namespace
{

const char init[] = "uint64_t x=0; uint64_t y=1; uint64_t z=0; uint64_t n[4]={0,0,0,0}; 0:X0=x; 0:X1=y; 0:X2=1; "
                    "0:X3=2; 0:X8=n; 0:X9=n+16; 0:X13=z; 1:X0=x; 1:X1=y; 1:X2=1; 1:X3=2; 1:X8=n+16; 1:X9=n; 1:X13=z;";

explored outcomes(const std::string &code, const std::string &shown, iso_reduce reduce)
{
    explored out = explore_text(std::string("AArch64 live\n{ ") + init + " }\n P0 | P1 ;\n " + code + "\nlocations [" +
                                    shown + "]\nexists (0:X4=77)\n",
                                "", 0, 0, reduce);
    EXPECT_EQ(out.status, 0) << out.diagnostic << code;
    EXPECT_FALSE(out.bounded) << code;
    return out;
}

void same_outcomes(const std::string &code, const std::string &shown)
{
    explored plain = outcomes(code, shown, ISO_REDUCE_NEVER);
    EXPECT_FALSE(plain.states.empty()) << code;
    EXPECT_EQ(plain.states, outcomes(code, shown, ISO_REDUCE_ALWAYS).states) << code;
    EXPECT_EQ(plain.states, outcomes(code, shown, ISO_REDUCE_EARLY).states) << code;
}

// Three threads take an MCS lock twice each: tail at X0, the own node at X8, successor and a word that holds 1 while it waits, which is at X9.
std::string queue()
{
    const char *code[] = {"STR XZR,[X8]", "STR X2,[X8,#8]",   "DMB ISH",      "SWP X8,X3,[X0]", "CBZ X3,A@",
                          "STR X8,[X3]",  "L@: LDR X6,[X9]",  "CBNZ X6,L@",   "A@: DMB ISH",    "LDR W5,[X1]",
                          "ADD W5,W5,#1", "STR W5,[X1]",      "DMB ISH",      "LDR X6,[X8]",    "CBNZ X6,P@",
                          "MOV X7,X8",    "CAS X7,XZR,[X0]",  "SUB X7,X7,X8", "CBZ X7,D@",      "N@: LDR X6,[X8]",
                          "CBZ X6,N@",    "P@: ADD X6,X6,#8", "STR XZR,[X6]", "D@: NOP"};
    std::string text =
        "AArch64 queue\n{ uint64_t x=0; uint32_t c=0; uint64_t p[2]={0,0}; uint64_t q[2]={0,0}; uint64_t r[2]={0,0};";
    for (int t = 0; t < 3; t++) {
        const std::string of = std::to_string(t) + ":", node(1, "pqr"[t]);
        text +=
            " " + of + "X0=x; " + of + "X1=c; " + of + "X2=1; " + of + "X8=" + node + "; " + of + "X9=" + node + "+8;";
    }
    text += " }\n P0 | P1 | P2 ;\n";
    for (const char *round : {"a", "b"})
        for (std::string insn : code)
            for (int t = 0; t < 3; t++) {
                std::string own = insn;
                for (size_t at; (at = own.find('@')) != std::string::npos;)
                    own.replace(at, 1, round + std::to_string(t));
                text += (t ? " | " : " ") + own + (t == 2 ? " ;\n" : "");
            }
    return text + "forall (c=6)\n";
}

} // namespace

// Whoever reads or waits for the place later on, in this or that order, finds what was written there last.
TEST(ExploreLive, LosesNothingThatIsReadLater)
{
    for (const char *first : {"STR X3,[X8] | LDAR X4,[X9]", "SWPAL X3,X4,[X8] | LDADDAL X3,X4,[X9]",
                              "STLR X3,[X9] | SWPAL X3,X4,[X9]", "LDAR X4,[X9] | STLR X3,[X8]"})
        for (const char *then :
             {"LDAR X5,[X1] | LDAR X5,[X1]", "SWPAL X2,X5,[X0] | LDAR X5,[X0]", "LDAR X5,[X9] | STR X2,[X8]"})
            for (const char *last : {"LDR X6,[X8] | LDR X6,[X9]", "STR X2,[X8] | LDR X6,[X8]",
                                     "LDAPR X6,[X9] | LDR X6,[X8]", "LDADD X2,X6,[X8] | LDR X6,[X9]"})
                same_outcomes(std::string(first) + " ;\n " + then + " ;\n " + last +
                                  " ;\n LDR X7,[X8] | LDR X7,[X9] ;\n",
                              "0:X5; 0:X6; 0:X7; 1:X5; 1:X6; 1:X7;");
}

// Two ways lead to the same load, each by a wait of its own; that one of them does may turn up when the load has long been known.
TEST(ExploreLive, LosesNothingThatIsReadOnSeveralWays)
{
    for (const char *load : {"LDR X7,[X8]", "LDADD X2,X7,[X8]", "STR XZR,[X8,#8]"})
        same_outcomes(
            "STR X3,[X1] | LDR X4,[X1] ;\n L0: LDAR X4,[X0] | STR X3,[X9] ;\n CBZ X4,L0 | STLR X4,[X0] ;\n "
            "CMP X4,#1 | STLR X2,[X13] ;\n B.EQ A0 | NOP ;\n B0: LDAR X5,[X13] | NOP ;\n CBZ X5,B0 | NOP ;\n B S0 "
            "| NOP ;\n A0: LDAR X5,[X13] | NOP ;\n CBZ X5,A0 | NOP ;\n S0: LDAR X6,[X9] | NOP ;\n " +
                std::string(load) + " | NOP ;\n LDR X10,[X8] | NOP ;\n",
            "0:X4; 0:X7; 0:X10;");
}

// A thread that waited for a value may have missed it, whatever the place is worth afterwards.
TEST(ExploreLive, LosesNoThreadThatWaitsForEver)
{
    same_outcomes(
        "LDAR X6,[X13] | LDR X7,[X13] ;\n SWPAL X2,X7,[X0] | A1: LDAR X7,[X8] ;\n STLR XZR,[X0] | CBNZ X7,A1 ;\n "
        "NOP | B1: LDAPR X7,[X0] ;\n NOP | CBZ X7,B1 ;\n",
        "0:X6; 1:X7;");
    same_outcomes("A0: LDAR X5,[X9] | STR X3,[X1] ;\n CBNZ X5,A0 | LDAR X4,[X0] ;\n B0: LDAR X6,[X1] | LDR X4,[X0] ;\n "
                  "CBNZ X6,B0 | NOP ;\n",
                  "0:X5; 0:X6; 1:X4;");
    same_outcomes("A0: LDAR X4,[X0] | LDAPR X7,[X8] ;\n CBNZ X4,A0 | NOP ;\n B0: LDAR X7,[X0] | SWPA X3,X5,[X0] ;\n "
                  "CBNZ X7,B0 | NOP ;\n",
                  "0:X4; 0:X7; 1:X5; x;");
    same_outcomes(
        "A0: LDAR X4,[X0] | SWPL X3,X5,[X0] ;\n CBZ X4,A0 | STLR X2,[X0] ;\n B0: LDAR X7,[X0] | STLR XZR,[X0] ;\n "
        "CMP X7,X4 | NOP ;\n B.EQ B0 | NOP ;\n",
        "0:X4; 0:X7; 1:X5; x;");
}

// A write that leaves a place as it was comes between two loads of it, an earlier one that is still to come and one with Acquire, or in an atomic.
TEST(ExploreLive, ReadsNothingAtOnceThatAWriteOfTheSameMayTear)
{
    for (const char *tail : {"LDARB W7,[X1]", "LDARH W7,[X1]", "LDAR W7,[X1]"})
        same_outcomes(
            "SWPAL W2,W6,[X1] | STRB W2,[X1,#2] ;\n LDAR W4,[X13] | LDAPRB W7,[X13] ;\n NOP | LDR W4,[X1] ;\n NOP | " +
                std::string(tail) + " ;\n",
            "0:X6; 1:X4; 1:X7; y;");
    for (const char *atomic : {"SWPAL X2,X4,[X1] | SWPAL X2,X4,[X1]", "CASAL X2,X2,[X1] | CASAL X2,X2,[X1]",
                               "SWPA X2,X4,[X1] | STLR X2,[X1]", "LDADDAL XZR,X4,[X1] | LDADDAL XZR,X4,[X1]",
                               "LDAXR X4,[X1] | STLR X2,[X1]"})
        same_outcomes("STR X2,[X13] | STR X2,[X0] ;\n " + std::string(atomic) +
                          " ;\n STXR W6,X2,[X1] | NOP ;\n LDR X5,[X0] | LDR X7,[X13] ;\n",
                      "0:X4; 0:X5; 0:X6; 1:X7;");
}

// Pieces of a read are read at one time, though a part comes by forwarding from a write that waits for its data.
TEST(ExploreLive, ReadsAllPiecesAtOneTime)
{
    const std::string reader = "LDR W5,[X1] | STRH W3,[X0,#2] ;\n STRH W5,[X0,#2] | ",
                      rest = " ;\n LDR W4,[X0] | STRH W2,[X0] ;\n";
    for (iso_reduce reduce : {ISO_REDUCE_NEVER, ISO_REDUCE_ALWAYS, ISO_REDUCE_EARLY}) {
        explored ordered = outcomes(reader + "DMB SY" + rest, "0:X4; x;", reduce),
                 loose = outcomes(reader + "NOP" + rest, "0:X4; x;", reduce);
        EXPECT_EQ(ordered.states,
                  (std::set<std::string>{"0:X4=65536; [x]=65537;", "0:X4=65536; [x]=131073;", "0:X4=65537; [x]=65537;",
                                         "0:X4=131072; [x]=131073;", "0:X4=131073; [x]=131073;"}));
        EXPECT_EQ(loose.states, (std::set<std::string>{"0:X4=65536; [x]=65537;", "0:X4=65536; [x]=131073;",
                                                       "0:X4=65537; [x]=65537;", "0:X4=65537; [x]=131073;",
                                                       "0:X4=131072; [x]=131073;", "0:X4=131073; [x]=131073;"}));
    }
}

// What a node was worth when its thread begins to fill it in again is no state.
TEST(ExploreLive, ValuesThatAreWrittenFirstAreNoStates)
{
    explored out = explore_text(queue(), "");
    EXPECT_EQ(out.states, std::set<std::string>{"[c]=6;"}) << out.diagnostic;
    EXPECT_FALSE(out.bounded);
    EXPECT_LT(out.visited, 1500u);
}

// States that differ in marks alone are one, which is to be looked at again when it gets more of them.
TEST(ExploreStates, TakeMarksTogether)
{
    iso_states states;
    bool marked;
    uint32_t word[5] = {7, 8, 9, 1, 0};
    iso_states_init(&states, 5, 2, 2, 0, 0);
    EXPECT_EQ(iso_states_add(&states, word, &marked), 0u);
    EXPECT_EQ(iso_states_add(&states, word, &marked), 0u);
    EXPECT_FALSE(marked);
    word[3] = 2;
    EXPECT_EQ(iso_states_add(&states, word, &marked), 0u);
    EXPECT_TRUE(marked);
    word[3] = 0, word[2] = 10;
    EXPECT_EQ(iso_states_add(&states, word, &marked), 1u);
    word[2] = 9, word[4] = 4, word[1] = 70000; // a number that is not small: all rows get more room
    EXPECT_EQ(iso_states_add(&states, word, &marked), 2u);
    word[1] = 8;
    EXPECT_EQ(iso_states_add(&states, word, &marked), 0u);
    EXPECT_TRUE(marked);
    iso_states_get(word, &states, 0);
    EXPECT_EQ((std::set<uint32_t>(word, word + 5)), (std::set<uint32_t>{7, 8, 9, 3, 4}));
    iso_states_get(word, &states, 1);
    EXPECT_EQ(word[3], 0u);
    EXPECT_EQ(iso_states_count(&states), 3u);
    iso_states_free(&states);
}
