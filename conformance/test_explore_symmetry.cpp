// Are threads that run the same code on other things explored as one without losing or inventing an outcome? The same test with NOPs that tell the threads
// apart has no such symmetry and must give the same final states, as must a search that reduces nothing.
#include "conformance/explore_case.h"

#include <gtest/gtest.h>
#include <random>
#include <vector>

namespace
{

// In {}: the thread's number, from 0. X20 and X21 are the same for all, X22 is the thread's own place of two words, X23 its second word, X24 its number from 2.
struct program {
    const char *name, *code, *observed;
    unsigned fewer; // at least so many times fewer states, counted over all rounds
};

const char *const QUEUE = "STR XZR,[X22]\nSTR X26,[X23]\nSWPAL X22,X3,[X20]\nCBZ X3,H{}\nSTR X22,[X3]\nL{}: LDAR "
                          "X4,[X23]\nCBNZ X4,L{}\nH{}: LDR X5,[X21]\nADD X5,X5,#1\nSTR X5,[X21]\nLDR X6,[X22]\nCBNZ "
                          "X6,P{}\nMOV X7,X22\nCASL X7,XZR,[X20]\nSUB X7,X7,X22\nCBZ X7,D{}\nN{}: LDR X6,[X22]\nCBZ "
                          "X6,N{}\nP{}: ADD X6,X6,#8\nSTLR XZR,[X6]\nD{}: NOP";

const program PROGRAMS[] = {
    {"a queue of nodes", QUEUE, "y;", 3},
    {"... of which one is shown", QUEUE, "y; n1[0];", 2},
    {"... and what one thread read", QUEUE, "y; 1:X3; 2:X6;", 2},
    {"numbers", "SWP X24,X3,[X20]\nSTR X3,[X21]\nLDR X4,[X20]", "x; y; 0:X4; 2:X3;", 2},
    {"numbers made into others", "LSL X5,X24,#4\nADD X5,X5,#3\nSTR X5,[X20]\nLDR X3,[X20]\nLSR X4,X3,#4\nSTR X4,[X21]",
     "x; y; 0:X3; 1:X4;", 2},
    {"numbers that are compared", "SWP X24,X3,[X20]\nCMP X3,X24\nB.HI L{}\nSTR X24,[X21]\nL{}: LDR X4,[X21]",
     "x; y; 0:X4; 1:X3;", 0},
    {"one number that is more", "SWP X24,X3,[X20]\nCMP X24,#3\nB.NE L{}\nSTR X26,[X21]\nL{}: NOP", "x; y; 2:X3;", 0},
    {"a number that others use for something else",
     "STR X24,[X20]\nMOV X9,#3\nSTR X9,[X20]\nLDR X3,[X20]\nSTR X3,[X21]", "x; y; 0:X3; 2:X3;", 0},
    {"own places alone", "STR X26,[X22]\nLDR X3,[X22]\nSTR X26,[X23]\nLDR X4,[X20]\nSTR X3,[X20]", "x; n0[1]; 1:X4;",
     0},
    {"another's place", "SWPA X22,X3,[X20]\nCBZ X3,E{}\nLDR X4,[X3]\nSTR X24,[X3]\nE{}: STLR X26,[X22]",
     "n0[0]; n2[0]; 1:X4;", 2},
};

std::string replaced(std::string text, const std::string &from, const std::string &to)
{
    for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
    return text;
}

// By thread its code; `apart`: thread n has n NOPs more.
std::string test_of(const std::vector<std::string> &codes, const std::string &observed, bool apart = false)
{
    const unsigned threads = (unsigned)codes.size();
    std::string out = "AArch64 kin\n{ uint64_t x=0; uint64_t y=0;\n", heads;
    std::vector<std::vector<std::string>> column(threads);
    size_t height = 0;
    for (unsigned t = 0; t < threads; t++) {
        std::string n = std::to_string(t), own = replaced(codes[t], "{}", n) + "\n";
        out += "uint64_t n" + n + "[2]={0,0};\n" + n + ":X20=x; " + n + ":X21=y; " + n + ":X22=n" + n + "; " + n +
               ":X23=n" + n + "+8; " + n + ":X24=" + std::to_string(t + 2) + "; " + n + ":X26=1;\n";
        heads += (t ? " | P" : " P") + n;
        for (size_t at = 0, end; (end = own.find('\n', at)) != std::string::npos; at = end + 1)
            column[t].push_back(own.substr(at, end - at));
        column[t].insert(column[t].end(), apart ? t : 0, "NOP");
        height = std::max(height, column[t].size());
    }
    out += "}\n" + heads + " ;\n";
    for (size_t row = 0; row < height; row++) {
        for (unsigned t = 0; t < threads; t++)
            out += (t ? " | " : " ") + (row < column[t].size() ? column[t][row] : "");
        out += " ;\n";
    }
    return out + "locations [" + observed + "]\nexists (x=9)\n";
}

std::string test_of(const std::string &code, const std::string &observed, unsigned threads, bool apart)
{
    return test_of(std::vector<std::string>(threads, code), observed, apart);
}

explored reduced(const std::string &text)
{
    return explore_text(text, "", 0, 0, ISO_REDUCE_ALWAYS);
}

// Code of a thread, from accesses to what all share, to what is its own, and of what is its own.
std::string random_code(std::mt19937 &from)
{
    auto below = [&](unsigned n) { return (unsigned)(from() % n); };
    auto one_of = [&](std::initializer_list<const char *> words) {
        return std::string(*(words.begin() + below((unsigned)words.size())));
    };
    std::string out;
    unsigned result = 2, count = 2 + below(3);
    for (unsigned i = 0; i < count; i++) {
        std::string shared = one_of({",[X20]", ",[X20]", ",[X21]"}), name = one_of({"X22", "X24", "X26"});
        switch (below(7)) {
        case 0:
            out += one_of({"STR ", "STLR "}) + name + shared + "\n";
            break;
        case 1:
            out += one_of({"STR ", "STLR "}) + one_of({"X24", "X26"}) + one_of({",[X22]\n", ",[X23]\n"});
            break;
        case 2:
            out += one_of({"LDR ", "LDAR ", "LDAPR "}) + "X" + std::to_string(++result) + shared + "\n";
            break;
        case 3:
            out += one_of({"DMB SY\n", "DMB LD\n", "DMB ST\n"});
            break;
        case 4:
            out += "SWP" + one_of({"", "A", "L", "AL"}) + " " + one_of({"X24", "X22"}) + ",X" +
                   std::to_string(++result) + shared + "\n";
            break;
        case 5:
            if (result > 2)
                out += one_of({"CBZ X", "CBNZ X"}) + std::to_string(result) + ",L" + std::to_string(i) + "{}\nSTR " +
                       name + shared + "\nL" + std::to_string(i) + "{}: NOP\n";
            break;
        default: // what another has left there to be found
            out += "SWP" + one_of({"", "AL"}) + " X22,X" + std::to_string(result + 1) + ",[X20]\nCBZ X" +
                   std::to_string(result + 1) + ",E" + std::to_string(i) + "{}\n" + one_of({"LDR ", "LDAR "}) + "X" +
                   std::to_string(result + 2) + ",[X" + std::to_string(result + 1) + "]\nE" + std::to_string(i) +
                   "{}: NOP\n";
            result += 2;
            i = count;
        }
    }
    return out + "NOP";
}

} // namespace

TEST(ExploreSymmetry, GivesWhatThreadsThatAreToldApartGive)
{
    for (const program &p : PROGRAMS) {
        const std::string text = test_of(p.code, p.observed, 3, false);
        explored together = reduced(text), apart = reduced(test_of(p.code, p.observed, 3, true));
        EXPECT_EQ(together.status, 0) << p.name << together.diagnostic << text;
        EXPECT_FALSE(together.bounded || apart.bounded) << p.name << together.reason << apart.reason;
        EXPECT_EQ(together.states, apart.states) << p.name;
        EXPECT_LT(p.fewer * together.visited, apart.visited + (p.fewer ? 0 : 1)) << p.name;
    }
}

// Small enough for a search that reduces nothing, too.
TEST(ExploreSymmetry, GivesWhatAFullSearchGives)
{
    for (const program &p : PROGRAMS) {
        std::string observed = p.observed;
        if (observed.find("2:") != std::string::npos || observed.find("n2") != std::string::npos)
            continue;
        const std::string text = test_of(p.code, observed, 2, false);
        explored plain = explore_text(text, "", 0, 0, ISO_REDUCE_NEVER);
        EXPECT_EQ(reduced(text).states, plain.states) << p.name;
        EXPECT_FALSE(plain.bounded) << p.name;
    }
}

// Two readers of what a third thread writes, alike but for a number, a register or a kind of barrier.
TEST(ExploreSymmetry, IsNotTakenForGranted)
{
    const struct {
        const char *what, *one, *other;
    } cases[] = {
        {"a dependency", "LDR X3,[X21]\nEOR X4,X3,X3\nLDR X5,[X20,X4]",
         "LDR X3,[X21]\nEOR X4,X26,X26\nLDR X5,[X20,X4]"},
        {"a barrier", "LDR X3,[X21]\nDMB LD\nLDR X5,[X20]", "LDR X3,[X21]\nDMB ST\nLDR X5,[X20]"},
        {"a place", "LDR X3,[X21]\nLDR X5,[X20]", "LDR X3,[X21]\nLDR X5,[X21]"},
        {"another place", "LDAR X3,[X21]\nLDR X5,[X20]", "LDAR X3,[X21]\nLDR X5,[X22]"},
        {"a number that shows at the end alone", "LDAR X3,[X21]\nLDR X5,[X20]\nAND X5,X5,#0",
         "LDAR X3,[X21]\nLDR X5,[X20]\nAND X5,X5,#1"},
        {"a number that shows later", "LDAR X5,[X20]\nAND X5,X5,#0\nDMB SY\nLDAR X3,[X21]\nSTR X5,[X22]",
         "LDAR X5,[X20]\nAND X5,X5,#1\nDMB SY\nLDAR X3,[X21]\nSTR X5,[X22]"},
        {"what is written", "LDAR X3,[X21]\nADD X5,X3,#1\nSTR X5,[X20]", "LDAR X3,[X21]\nADD X5,X3,#2\nSTR X5,[X20]"},
        {"how it goes on", "LDAR X3,[X21]\nCMP X3,#1\nB.NE L{}\nLDR X5,[X20]\nL{}: NOP",
         "LDAR X3,[X21]\nCMP X3,#2\nB.NE L{}\nLDR X5,[X20]\nL{}: NOP"},
    };
    for (const auto &one : cases)
        for (bool second : {false, true}) {
            const std::string writer = "STR X26,[X20]\nDMB SY\nSTR X26,[X21]",
                              text = test_of({writer, second ? one.other : one.one, second ? one.one : one.other},
                                             "x; 1:X3; 1:X5; 2:X3; 2:X5; n1[0]; n2[0];");
            explored plain = explore_text(text, "", 0, 0, ISO_REDUCE_NEVER);
            EXPECT_EQ(plain.status, 0) << one.what << plain.diagnostic;
            EXPECT_EQ(reduced(text).states, plain.states) << one.what;
        }
}

TEST(ExploreSymmetry, GivesWhatAFullSearchGivesForRandomPrograms)
{
    std::mt19937 from(11);
    unsigned fewer = 0;
    for (unsigned i = 0; i < 150; i++) {
        const unsigned threads = 2 + (i % 4 == 0);
        const std::string code = random_code(from);
        std::string observed = from() % 2 ? "x; " : "y; ";
        for (unsigned t = 0; t < threads; t++)
            for (unsigned r = 3; r < 7; r++)
                if (from() % 3 == 0)
                    observed += std::to_string(t) + ":X" + std::to_string(r) + "; ";
        observed += from() % 3 ? "" : "n1[0]; ";
        const std::string text = test_of(code, observed, threads, false);
        explored together = reduced(text), plain = explore_text(text, "", 0, 0, ISO_REDUCE_NEVER);
        ASSERT_EQ(together.status, 0) << together.diagnostic << text;
        ASSERT_EQ(together.states, plain.states) << text;
        fewer += together.visited < reduced(test_of(code, observed, threads, true)).visited;
    }
    EXPECT_GT(fewer, 30u); // else nothing was put together
}
