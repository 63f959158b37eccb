// A read that all behind it meet in a byte, or come after, is not given values: the walk waits for what the search finds. Is that no more and no fewer outcomes, where
// a thread reads one location many times, and where what is behind may come before the read?
#include "conformance/explore_case.h"

#include <gtest/gtest.h>
#include <random>
#include <vector>

namespace
{

std::string test_of(const std::string &init, const std::vector<std::vector<std::string>> &code,
                    const std::string &shown)
{
    std::string out = "AArch64 ahead\nVariant=mixed\n{ uint64_t x=0; uint64_t y=0; uint64_t z=0; " + init + "\n";
    size_t rows = 0;
    for (size_t t = 0; t < code.size(); t++) {
        const std::string p = std::to_string(t);
        for (const char *reg : {"X10", "X11", "X12", "X13", "X14", "X15", "X16", "X17"})
            out += " uint64_t " + p + ":" + reg + "=0;";
        out += " " + p + ":X1=x; " + p + ":X2=y; " + p + ":X3=z; " + p + ":X4=1; " + p + ":X5=0x202;\n";
        rows = std::max(rows, code[t].size());
    }
    out += "}\n";
    for (size_t t = 0; t < code.size(); t++)
        out += (t ? " | P" : " P") + std::to_string(t);
    for (size_t row = 0; row < rows; row++)
        for (size_t t = 0; t < code.size(); t++)
            out += (t ? " | " : " ;\n ") + (row < code[t].size() ? code[t][row] : "");
    return out + " ;\nlocations [" + shown + "]\nexists (true)\n";
}

explored explored_as(const std::string &text, iso_reduce reduce)
{
    explored e = explore_text(text, "", 0, 0, reduce);
    EXPECT_EQ(e.status, 0) << e.diagnostic << "\n" << text;
    EXPECT_FALSE(e.bounded) << e.reason << "\n" << text;
    return e;
}

// P0 reads x `reads` times and goes on with `behind`, P1 writes 1, 2, ... `writes` to x.
std::string observed(unsigned reads, unsigned writes, const std::vector<std::string> &behind)
{
    std::vector<std::string> observer, writer;
    std::string shown;
    for (unsigned i = 0; i < reads; i++) {
        observer.push_back("LDR X" + std::to_string(10 + i) + ",[X1]");
        shown += "0:X" + std::to_string(10 + i) + ";";
    }
    observer.insert(observer.end(), behind.begin(), behind.end());
    for (unsigned i = 1; i <= writes; i++) {
        writer.push_back("MOV X10,#" + std::to_string(i));
        writer.push_back("STR X10,[X1]");
    }
    return test_of("", {observer, writer}, shown);
}

size_t over(size_t n, size_t k)
{
    size_t out = 1;
    for (size_t i = 1; i <= k; i++)
        out = out * (n - k + i) / i;
    return out;
}

struct shape {
    const char *what;
    std::vector<std::string> p0, p1;
    const char *shown, *outcome; // one that is lost if the read is taken to come first; "": none is
};

const shape shapes[] = {
    {"a load of another location may come before",
     {"LDR X10,[X1]", "LDR X11,[X2]"},
     {"STR X4,[X2]", "DMB SY", "STR X4,[X1]"},
     "0:X10;0:X11;",
     "0:X10=1; 0:X11=0;"},
    {"so may a load of other bytes",
     {"LDR W10,[X1]", "LDR W11,[X1,#4]"},
     {"STR W4,[X1,#4]", "DMB SY", "STR W4,[X1]"},
     "0:X10;0:X11;",
     "0:X10=1; 0:X11=0;"},
    {"a load of some of its bytes may not, but for the others",
     {"LDR X10,[X1]", "LDR W11,[X1]"},
     {"STR W4,[X1,#4]", "DMB SY", "STR W4,[X1]"},
     "0:X10;0:X11;",
     ""},
    {"a store elsewhere may",
     {"LDR X10,[X1]", "STR X4,[X2]"},
     {"LDR X10,[X2]", "DMB SY", "STR X4,[X1]"},
     "0:X10;1:X10;",
     "0:X10=1; 1:X10=1;"},
    {"a Release may not; what is behind it may",
     {"LDR X10,[X1]", "STLR X4,[X3]", "STR X4,[X2]"},
     {"LDR X10,[X2]", "DMB SY", "STR X4,[X1]"},
     "0:X10;1:X10;",
     "0:X10=1; 1:X10=1;"},
    {"what is behind an Acquire of some of its bytes may",
     {"LDR X10,[X1]", "LDAR W11,[X1]", "STR X4,[X2]"},
     {"LDR X10,[X2]", "DMB SY", "STR W4,[X1,#4]"},
     "0:X10;0:X11;1:X10;",
     "0:X10=4294967296; 0:X11=0; 1:X10=1;"},
    {"what is behind a Release and then an Acquire may not",
     {"LDR X10,[X1]", "STLR X4,[X3]", "LDAR X11,[X3]", "STR X4,[X2]"},
     {"LDR X10,[X2]", "DMB SY", "STR X4,[X1]"},
     "0:X10;1:X10;",
     ""},
    {"what is behind a barrier of stores may",
     {"LDR X10,[X1]", "DMB ST", "STR X4,[X2]"},
     {"LDR X10,[X2]", "DMB SY", "STR X4,[X1]"},
     "0:X10;1:X10;",
     "0:X10=1; 1:X10=1;"},
    {"what a branch over a barrier leads to may",
     {"LDR X10,[X1]", "CBZ X12,L", "DMB SY", "L:", "LDR X11,[X2]"},
     {"STR X4,[X2]", "DMB SY", "STR X4,[X1]"},
     "0:X10;0:X11;",
     "0:X10=1; 0:X11=0;"},
    {"where an address that is selected by what is read leads is not known",
     {"MOV X14,X1", "LDR X10,[X1]", "CMP X10,#1", "CSEL X14,X2,X1,EQ", "LDR X11,[X14]"},
     {"STR X4,[X2]", "DMB SY", "STR X4,[X1]"},
     "0:X10;0:X11;",
     "0:X10=1; 0:X11=0;"},
    {"its own stores come after it, in part or as a whole",
     {"LDR X10,[X1]", "STRB W4,[X1,#1]", "LDRH W11,[X1]", "STR W4,[X1]", "LDR X12,[X1]"},
     {"STRH W5,[X1]", "STR W5,[X1]"},
     "0:X10;0:X11;0:X12;x;",
     ""},
};

// Two threads of loads and stores of parts of x, now and then something else.
std::string random_parts(unsigned seed)
{
    std::mt19937 from(seed);
    auto below = [&](unsigned count) { return static_cast<unsigned>(from() % count); };
    std::vector<std::vector<std::string>> code(2);
    std::string shown = "x;";
    for (unsigned t = 0; t < 2; t++) {
        for (unsigned i = 0, loaded = 10; i < (t ? 3 : 4); i++) {
            const unsigned size = below(4), what = below(t ? 8 : 14);
            const std::string suffix = size == 0   ? "B"
                                       : size == 1 ? "H"
                                                   : "",
                              width = size == 3 ? "X" : "W",
                              place = std::string(below(8) ? "[X1" : "[X2") +
                                      (size < 3 && below(2) ? ",#" + std::to_string(1u << size) : "") + "]";
            if (what == 0) {
                code[t].push_back(below(2) ? "DMB LD" : "DMB ST");
            } else if (what < 5) {
                code[t].push_back("STR" + suffix + " " + width + std::to_string(4 + below(2)) + "," + place);
            } else {
                const std::string reg = std::to_string(loaded++);
                code[t].push_back((below(6) ? "LDR" : "LDUR") + suffix + " " + width + reg + "," + place);
                shown += std::to_string(t) + ":X" + reg + ";";
            }
        }
    }
    return test_of("", code, shown);
}

} // namespace

// As many rows of values as grow, of (writes + 1)^reads.
TEST(ExploreAhead, FindsEveryRowOfValuesOfAnObserver)
{
    const std::vector<std::vector<std::string>> behind = {
        {},
        {"STRB W4,[X1,#3]"},
        {"MOV X6,X1", "NOP", "STLR X4,[X3]", "DMB LD", "LDR X9,[X2]"},
        {"B L", "LDR X9,[X2]", "L:", "STLR X4,[X3]", "LDAR X9,[X3]", "LDR X9,[X2]"}};
    for (unsigned reads : {1u, 3u, 5u, 8u})
        for (unsigned writes : {1u, 4u, 7u})
            for (const auto &tail : behind) {
                explored e = explored_as(observed(reads, writes, tail), ISO_REDUCE_WHERE_IT_PAYS);
                EXPECT_EQ(e.states.size(), over(writes + reads, reads)) << reads << " reads, " << writes << " writes";
            }
}

TEST(ExploreAhead, KeepsWhatMayComeBeforeTheRead)
{
    for (const shape &s : shapes) {
        const std::string text = test_of("", {s.p0, s.p1}, s.shown);
        explored plain = explored_as(text, ISO_REDUCE_NEVER), reduced = explored_as(text, ISO_REDUCE_ALWAYS);
        EXPECT_EQ(plain.states, reduced.states) << s.what << "\n" << text;
        EXPECT_TRUE(!*s.outcome || reduced.states.count(s.outcome)) << s.what << "\n" << text;
    }
}

TEST(ExploreAhead, LosesNothingOfRandomParts)
{
    for (unsigned seed = 0; seed < 400; seed++) {
        const std::string text = random_parts(seed);
        EXPECT_EQ(explored_as(text, ISO_REDUCE_NEVER).states, explored_as(text, ISO_REDUCE_ALWAYS).states) << text;
    }
}

// A load that may find more values than a walk holds: where threads are walked from horizon to horizon it is given none.
TEST(ExploreAhead, MoreValuesThanAWalkHolds)
{
    std::string text = "AArch64 many\n{ uint64_t x=0; 0:X0=x; 0:X1=1; 0:X2=2; 1:X0=x; uint64_t 1:X2; }\n P0 | P1 ;\n";
    for (unsigned i = 0; i < 7; i++) {
        const std::string at = ",[X0,#" + std::to_string(i) + "]";
        text += " STRB W1" + at + " | " + (i ? "" : "LDR X2,[X0]") + " ;\n DMB ST | ;\n STRB W2" + at +
                " | ;\n DMB ST | ;\n";
    }
    explored e = explore_text(text + "locations [1:X2;]\nexists (true)\n", "");
    ASSERT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_FALSE(e.bounded) << e.reason;
    EXPECT_EQ(e.states.size(), 15u);
}

// The same of more events than a walk holds: those of the past are forgotten at horizons.
TEST(ExploreAhead, MoreEventsThanAWalkHolds)
{
    std::string text = "AArch64 long\n{ x=1; 0:X0=x; 0:X1=y; }\n P0 ;\n";
    for (unsigned i = 0; i < 35; i++)
        text += " LDR W2,[X0] ;\n DMB SY ;\n STR W2,[X1] ;\n";
    explored e = explore_text(text + "locations [y;]\nexists (true)\n", "");
    ASSERT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_FALSE(e.bounded) << e.reason;
    EXPECT_EQ(e.states, (std::set<std::string>{"[y]=1;"}));
}
