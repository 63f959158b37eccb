// Are threads that run the same program explored as one without losing or inventing an outcome, and is what does not fit into memory said to be bounded?
// The same test with a register more in one thread has no twins and must give the same final states.
#include "conformance/explore_case.h"

#include <gtest/gtest.h>

namespace
{

struct program {
    const char *name, *code, *observed, *variant;
};

const program PROGRAMS[] = {
    {"counter", "LDXR W0,[X1]\nADD W2,W0,#1\nSTXR W3,W2,[X1]", "x; 0:X3; 1:X3; 2:X3;", ""},
    {"only some are seen", "LDR W0,[X1]\nSTR W2,[X1]\nLDR W3,[X4]\nSTR W2,[X4]", "x; y; 1:X0; 2:X3;", ""},
    {"two ways to end", "LDADD W2,W0,[X1]\nCBNZ W0,E{L}\nSTR W2,[X4]\nE{L}: LDR W3,[X4]", "x; y; 0:X3; 1:X3; 2:X0;",
     ""},
    {"release and acquire", "LDAPR W0,[X1]\nADD W0,W0,#1\nSTLR W0,[X1]\nLDR W3,[X4]", "x; 0:X0; 2:X0;", ""},
    {"tags", "STG X5,[X1]\nLDR W0,[X1]", "0:X0; 1:X0; 2:X0; fault(P0,x); fault(P2,x);", "memtag,precise"},
    {"faults", "LDR W0,[X1]\nSTR X6,[X7]\nLDR W3,[X1]", "0:X0; 1:X3; fault(P0,x); fault(P1,x); fault(P2,x);", "vmsa"},
    {"many rounds",
     "L{L}: LDXR W0,[X1]\nCBNZ W0,L{L}\nSTXR W3,W2,[X1]\nCBNZ W3,L{L}\nLDR W0,[X4]\nADD W0,W0,#1\nSTR W0,[X4]\nSTLR "
     "WZR,[X1]\n"
     "M{L}: SWPA W2,W3,[X1]\nCBNZ W3,M{L}\nLDR W0,[X4]\nADD W0,W0,#1\nSTR W0,[X4]\nSTLR WZR,[X1]",
     "x; y;", ""},
};

std::string replaced(std::string text, const std::string &from, const std::string &to)
{
    for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
    return text;
}

std::string test_of(const program &p, unsigned threads, const char *more)
{
    std::string out = "AArch64 twins\n{ int x=0; int y=0;\n", code = p.code + std::string("\n");
    std::string heads;
    for (unsigned t = 0; t < threads; t++) {
        std::string n = std::to_string(t);
        out += n + ":X1=x; " + n + ":X4=y; " + n + ":X2=1; ";
        if (std::string(p.variant).find("memtag") == 0)
            out += n + ":X5=x:red; ";
        if (std::string(p.variant) == "vmsa")
            out += n + ":X7=PTE(x); " + n + ":X6=(valid:0); ";
        heads += (t ? " | P" : " P") + n;
    }
    out += more + std::string("}\n") + heads + " ;\n";
    for (size_t at = 0, end; (end = code.find('\n', at)) != std::string::npos; at = end + 1) {
        for (unsigned t = 0; t < threads; t++)
            out += (t ? " | " : " ") + replaced(code.substr(at, end - at), "{L}", std::to_string(t));
        out += " ;\n";
    }
    return out + "locations [" + p.observed + "]\nexists (x=0)\n";
}

} // namespace

TEST(ExploreTwins, GiveWhatThreadsThatDifferInNothingThatMattersGive)
{
    for (const program &p : PROGRAMS) {
        unsigned threads = std::string(p.name) == "many rounds" ? 2 : 3;
        explored twins = explore_text(test_of(p, threads, ""), p.variant);
        for (const char *more : {"0:X20=1; ", "1:X20=1; ", "0:X20=1; 1:X20=2; "}) {
            explored others = explore_text(test_of(p, threads, more), p.variant);
            ASSERT_EQ(twins.status, 0) << p.name << twins.diagnostic;
            ASSERT_EQ(others.status, 0) << p.name << others.diagnostic;
            EXPECT_FALSE(twins.states.empty()) << p.name;
            EXPECT_EQ(twins.states, others.states) << p.name << " with " << more;
            EXPECT_EQ(twins.positive == 0, others.positive == 0) << p.name;
            EXPECT_EQ(twins.negative == 0, others.negative == 0) << p.name;
            EXPECT_EQ(twins.bounded, others.bounded) << p.name;
        }
    }
}

TEST(ExploreTwins, AreOneStateWhereverTheyStand)
{
    explored all = explore_text(test_of(PROGRAMS[0], 9, ""), "");
    EXPECT_EQ(all.states.size(), 56u); // three of them, and how many of the other six count
    EXPECT_LT(all.visited, 100u);      // 986,410 if each way to arrange nine threads were a state
}

TEST(ExploreTwins, MoreFinalStatesThanFitAreBounded)
{
    const program own_value = {"own", "STR W0,[X1]\nLDR W3,[X1]", "x; 0:X3; 1:X3; 2:X3; 3:X3; 4:X3;", ""};
    std::string text = test_of(own_value, 5, "0:X0=1; 1:X0=2; 2:X0=3; 3:X0=4; 4:X0=5; ");
    explored all = explore_text(text, ""), small = explore_text(text, "", 0, 1 << 18);
    EXPECT_EQ(all.states.size(), 2160u);
    EXPECT_FALSE(all.bounded) << all.reason;
    EXPECT_LT(small.states.size(), 2160u);
    EXPECT_TRUE(small.bounded);
    EXPECT_NE(small.reason.find("more final states"), std::string::npos) << small.reason;
}
