// Are loops that write explored for any number of rounds where that comes to an end, said to be bounded where it does not, and is no end of theirs lost or invented?
#include "conformance/explore_case.h"

extern "C" {
#include "sim/explore/traps.h"
}

#include <gtest/gtest.h>

namespace
{

std::string pair(const std::string &first, const std::string &second, const std::string &observed)
{
    std::string out =
        "AArch64 rounds\n{ int x=0; int y=0; 0:X20=x; 0:X21=y; 0:X26=1; 1:X20=x; 1:X21=y; 1:X26=1; }\n P0 | P1 ;\n";
    for (size_t a = 0, b = 0; a < first.size() || b < second.size();) {
        size_t i = std::min(first.find('\n', a), first.size()), k = std::min(second.find('\n', b), second.size());
        out += " " + (a < first.size() ? first.substr(a, i - a) : "") + " | " +
               (b < second.size() ? second.substr(b, k - b) : "") + " ;\n";
        a = i + 1;
        b = k + 1;
    }
    return out + "locations [" + observed + "]\nexists (x=9)\n";
}

const char *const BACK_OFF = "L{}: STR W26,[X2{}]\nDMB SY\nLDR W2,[X2{o}]\nCBZ W2,D{}\nSTR WZR,[X2{}]\nDMB SY\nB "
                             "L{}\nD{}: MOV W4,#1";

std::string back_off(unsigned thread, const char *then)
{
    std::string out = BACK_OFF + std::string(then), n = std::to_string(thread), o = std::to_string(1 - thread);
    for (size_t at = 0; (at = out.find('{', at)) != std::string::npos;)
        out.replace(at, out[at + 1] == '}' ? 2 : 3, out[at + 1] == '}' ? n : o);
    return out;
}

} // namespace

// Both ask for the place and give way to each other, as often as it takes.
TEST(ExploreTraps, GivesEveryEndOfLoopsThatWrite)
{
    const std::string text =
        pair(back_off(0, "\nSTLR WZR,[X20]"), back_off(1, "\nSTLR WZR,[X21]"), "x; y; 0:X4; 1:X4;");
    explored e = explore_text(text, "");
    EXPECT_FALSE(e.bounded) << e.reason;
    EXPECT_EQ(e.states, (std::set<std::string>{"0:X4=1; 1:X4=1; [x]=0; [y]=0;"}));
    EXPECT_TRUE(explore_text(text, "", 0, 0, ISO_REDUCE_NEVER).bounded);
}

// The one that comes first never gives the place back: the other goes round for ever, and memory is looked at in each of its rounds.
TEST(ExploreTraps, AreBounded)
{
    explored e = explore_text(pair(back_off(0, ""), back_off(1, ""), "x; y;"), "");
    EXPECT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_TRUE(e.bounded);
    EXPECT_EQ(e.reason, "a loop was cut at the unrolling bound");
}

// What is written grows from round to round, or writes pile up that nothing makes wait.
TEST(ExploreTraps, AreBoundedWhereNothingRepeats)
{
    const char *codes[] = {
        "L: LDR W0,[X20]\nADD W0,W0,#1\nSTR W0,[X20]\nDMB SY\nLDR W2,[X21]\nCBZ W2,L",
        "L: STR W26,[X20]\nLDAR W2,[X21]\nCBZ W2,L",
        "L: STR W26,[X20]\nDMB LD\nLDAPR W2,[X21]\nCBZ W2,L",
        "L: STR W26,[X20]\nDMB SY\nLDR W2,[X21]\nADD W5,W5,#1\nCBZ W2,L",
        "L: STLR W26,[X20]\nLDAR W2,[X21]\nADD W5,W5,#1\nCBZ W2,L",
        "L: LDAR W2,[X21]\nADD W5,W5,#1\nCBZ W2,S\nSTR W26,[X20]\nS: CBZ W2,L",
        "L: LDR W2,[X21]\nDMB SY\nADD W5,W5,#1\nCBZ W2,S\nSTR W26,[X20]\nS: CBZ W2,L",
    };
    for (const char *code : codes)
        for (iso_reduce reduce : {ISO_REDUCE_WHERE_IT_PAYS, ISO_REDUCE_ALWAYS}) {
            const std::string text = pair(code, "STR W26,[X21]", "x; 0:X2; 0:X5;");
            explored e = explore_text(text, "", 0, 0, reduce), plain = explore_text(text, "", 0, 0, ISO_REDUCE_NEVER);
            EXPECT_EQ(e.status, 0) << code << e.diagnostic;
            EXPECT_TRUE(e.bounded) << code;
            EXPECT_EQ(e.states, plain.states) << code; // no more for having been tried
        }
}

// A write that can be made at once is made again in each round; the other thread has to get its turn all the same.
TEST(ExploreTraps, LeavesOthersTheirTurn)
{
    explored e = explore_text(
        pair("L: STR W26,[X20]\nDMB SY\nLDR W2,[X21]\nCBZ W2,L", "STR W26,[X21]\nLDAR W3,[X20]", "x; 0:X2; 1:X3;"), "");
    EXPECT_FALSE(e.bounded) << e.reason;
    EXPECT_EQ(e.states, (std::set<std::string>{"0:X2=1; 1:X3=0; [x]=1;", "0:X2=1; 1:X3=1; [x]=1;"}));
    e = explore_text(pair("L: STR W26,[X20]\nDMB SY\nLDR W2,[X21]\nCBZ W2,L", "STR W26,[X21]", "x; 0:X2;"), "");
    EXPECT_FALSE(e.bounded) << e.reason;
    EXPECT_EQ(e.states, (std::set<std::string>{"0:X2=1; [x]=1;"}));
}

TEST(ExploreTraps, AreCyclesThatLeadToNoEnd)
{
    struct {
        const char *what;
        std::vector<std::pair<uint32_t, uint32_t>> edges;
        std::vector<uint32_t> ends;
        bool found;
    } const cases[] = {
        {"nothing", {}, {}, false},
        {"a way that ends nowhere", {{0, 1}, {1, 2}}, {}, false},
        {"a cycle", {{0, 1}, {1, 2}, {2, 1}}, {}, true},
        {"a cycle that can be left", {{0, 1}, {1, 2}, {2, 1}, {2, 3}}, {3}, false},
        {"a cycle that can be left to nowhere", {{0, 1}, {1, 2}, {2, 1}, {2, 3}}, {}, true},
        {"a cycle beside an end", {{0, 1}, {0, 2}, {2, 3}, {3, 2}}, {1}, true},
        {"a state that leads to itself", {{0, 1}, {1, 1}}, {0}, true},
        {"an end in a cycle", {{0, 1}, {1, 0}}, {1}, false},
        {"the same way twice", {{0, 1}, {0, 1}, {1, 2}, {1, 2}}, {}, false},
    };
    for (const auto &one : cases) {
        iso_traps traps = {};
        for (const auto &edge : one.edges)
            iso_traps_add(&traps, edge.first, edge.second);
        for (uint32_t end : one.ends)
            iso_traps_end(&traps, end);
        EXPECT_EQ(iso_traps_found(&traps, 4), one.found) << one.what;
        iso_traps_free(&traps);
    }
}
