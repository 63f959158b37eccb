// Is memory that one thread alone accesses left out of the search without a change to what can be seen?
// The same test with one more thread, which only looks at that memory, has nothing private and must give the same final states.
#include "conformance/explore_case.h"

#include <gtest/gtest.h>

namespace
{

struct program {
    const char *name, *start, *heads, *code, *observed, *variant;
    const char *looks; // what the thread that looks executes; X1 is x, X4 is y
};

const program PROGRAMS[] = {
    {"copy", "0:X1=x; 0:X4=y; 1:X1=x; 1:X2=1;", "P0|P1", "LDR W0,[X1]|STR W2,[X1]\nSTR W0,[X4]|\n", "y;", "",
     "LDR W9,[X4]"},
    {"own values", "0:X1=x; 0:X4=y; 0:X2=1; 0:X3=2;", "P0", "STR W2,[X4]\nLDR W5,[X4]\nSTR W3,[X4]\nLDR W6,[X4]\n",
     "y; 0:X5; 0:X6;", "", "LDR W9,[X4]"},
    {"pieces", "0:X4=y; 0:X2=257; 0:X3=5; 1:X1=x; 1:X2=1; 0:X1=x;", "P0|P1",
     "STR X2,[X4]|STR W2,[X1]\nSTRB W3,[X4]|\nLDRH W5,[X4]|\nLDR W6,[X1]|\nSTRB W6,[X4,#1]|\nLDR X7,[X4]|\n",
     "y; 0:X5; 0:X7;", "mixed", "LDR X9,[X4]"},
    {"exclusives", "0:X4=y; 0:X2=1; 0:X1=x; 1:X1=x; 1:X2=1;", "P0|P1",
     "LDXR W5,[X4]|STR W2,[X1]\nADD W5,W5,#1|\nSTXR W6,W5,[X4]|\nLDR W7,[X1]|\nLDADD W7,W8,[X4]|\n", "y; 0:X6; 0:X8;",
     "", "LDR W9,[X4]"},
    {"order through it", "0:X4=y; 0:X2=1; 0:X1=x; 1:X4=z; 1:X2=1; 1:X1=x; 0:X10=z;", "P0|P1",
     "STR W2,[X1]|STR W2,[X4]\nDMB ST|DMB ST\nSTR W2,[X4]|LDR W3,[X1]\nLDR W5,[X4]|\nEOR W5,W5,W5|\nLDR "
     "W6,[X10,W5,SXTW]|\n",
     "0:X6; 1:X3; y;", "", "LDR W9,[X4]"},
    {"faults", "0:X4=y; 0:X2=1; 0:X1=x; 1:X7=PTE(x); 1:X6=(valid:0);", "P0|P1",
     "STR W2,[X4]|STR X6,[X7]\nLDR W5,[X1]|\nSTR W5,[X4]|\n", "y; 0:X5; fault(P0,x);", "vmsa", "LDR W9,[X4]"},
    {"tags", "0:X4=y:red; 0:X2=y:green; 0:X3=1; 0:X1=x; 1:X1=x; 1:X2=1;", "P0|P1",
     "STG X4,[X4]|STR W2,[X1]\nSTR W3,[X4]|\nLDR W5,[X1]|\nSTG X2,[X4]|\nSTR W5,[X4]|\n", "y; 0:X5; fault(P0,y);",
     "memtag,precise", "LDG X9,[X4]\nLDR W9,[X4]"},
    {"a loop", "0:X4=y; 0:X2=1; 0:X1=x; 1:X1=x; 1:X2=1;", "P0|P1",
     "L0: LDR W5,[X1]|STR W2,[X1]\nSTR W5,[X4]|\nCBZ W5,L0|\nLDR W6,[X4]|\n", "y; 0:X6;", "", "LDR W9,[X4]"},
};

std::string test_of(const program &p, bool looked_at)
{
    std::string out = "AArch64 private\n{ int x=0; uint64_t y=0; int z=0;\n", looks = p.looks, code = p.code;
    bool one = std::string(p.heads) == "P0";
    out += p.start + std::string(looked_at ? one ? " 1:X4=y;" : " 2:X4=y;" : "") + "\n}\n " + p.heads +
           (looked_at ? one ? "|P1" : "|P2" : "") + " ;\n";
    for (size_t at = 0, end, look = 0; (end = code.find('\n', at)) != std::string::npos; at = end + 1) {
        size_t stop = look < looks.size() ? looks.find('\n', look) : look;
        stop = stop == std::string::npos ? looks.size() : stop;
        out += " " + code.substr(at, end - at) + (looked_at ? "|" + looks.substr(look, stop - look) : "") + " ;\n";
        look = stop < looks.size() ? stop + 1 : looks.size();
    }
    return out + "locations [" + p.observed + "]\nexists (x=0)\n";
}

} // namespace

TEST(ExplorePrivate, WhatOnlyOneThreadAccessesGivesWhatItGivesWhenLookedAt)
{
    for (const program &p : PROGRAMS) {
        explored alone = explore_text(test_of(p, false), p.variant),
                 looked_at = explore_text(test_of(p, true), p.variant);
        ASSERT_EQ(alone.status, 0) << p.name << ": " << alone.diagnostic;
        ASSERT_EQ(looked_at.status, 0) << p.name << ": " << looked_at.diagnostic;
        EXPECT_FALSE(alone.states.empty()) << p.name;
        EXPECT_EQ(alone.states, looked_at.states) << p.name;
        EXPECT_EQ(alone.bounded, looked_at.bounded) << p.name;
    }
}

TEST(ExplorePrivate, OrderOfItsWritesIsNoState)
{
    std::string text = "AArch64 many\n{ uint64_t y[12]; int x=0; 0:X4=y; 0:X2=1; 0:X1=x; 1:X1=x; }\n P0 | P1 ;\n";
    for (unsigned i = 0; i < 12; i++)
        text += " STR X2,[X4,#" + std::to_string(8 * i) + "] | " + (i ? "" : "LDR W0,[X1]") + " ;\n";
    text += " STR W2,[X1] | ;\nlocations [y; 1:X0;]\nexists (x=0)\n";
    explored all = explore_text(text, "");
    ASSERT_EQ(all.status, 0) << all.diagnostic;
    EXPECT_EQ(all.states, (std::set<std::string>{"1:X0=0; [x]=1; y={1,1,1,1,1,1,1,1,1,1,1,1};",
                                                 "1:X0=1; [x]=1; y={1,1,1,1,1,1,1,1,1,1,1,1};"}));
    EXPECT_LE(all.visited, 2u); // 8192 if each order of the writes were a state
}
