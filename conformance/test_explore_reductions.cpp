// Does the search lose or invent an outcome where it makes one of what comes to the same? Random programs are explored with and without; locks that exclude must
// give the one final state they have, and no bound may be met.
#include "conformance/explore_case.h"

#include <gtest/gtest.h>
#include <random>
#include <vector>

namespace
{

using source = std::mt19937;

unsigned below(source &from, unsigned count)
{
    return (unsigned)(from() % count);
}

const char *one_of(source &from, std::initializer_list<const char *> words)
{
    return *(words.begin() + below(from, (unsigned)words.size()));
}

// One thread's code; registers that it reads into are numbered from 2 on and may be observed.
struct code {
    std::vector<std::string> line;
    std::vector<unsigned> result;
    unsigned thread, labels = 0;

    std::string label()
    {
        return "L" + std::to_string(thread) + std::to_string(labels++);
    }
    std::string read()
    {
        result.push_back(2 + (unsigned)result.size());
        return "W" + std::to_string(result.back());
    }
    void add(const std::string &text)
    {
        line.push_back(text);
    }
};

void add_loop(code &c, source &from, const std::string &at)
{
    std::string head = c.label(), value = c.read();
    switch (below(from, 4)) {
    case 0:
        c.add(head + ": " + one_of(from, {"LDR ", "LDAR ", "LDAPR "}) + value + at);
        c.add(one_of(from, {"CBZ ", "CBNZ "}) + value + "," + head);
        return;
    case 1: {
        std::string status = c.read();
        c.add(head + ": " + one_of(from, {"LDXR ", "LDAXR "}) + value + at);
        c.add("ADD W12," + value + ",#1");
        c.add(one_of(from, {"STXR ", "STLXR "}) + status + ",W12" + at);
        c.add("CBNZ " + status + "," + head);
        return;
    }
    case 2:
        c.add("MOV W12,#1");
        c.add(head + ": " + one_of(from, {"SWP", "SWPA", "SWPAL"}) + " W12," + value + at);
        c.add("CBNZ " + value + "," + head);
        return;
    default:
        c.add("MOV W12,#1");
        c.add(head + ": MOV " + value + ",#0");
        c.add(one_of(from, {"CAS ", "CASA ", "CASL "}) + value + ",W12" + at);
        c.add("CBNZ " + value + "," + head);
    }
}

void add_access(code &c, source &from, unsigned locations, bool nested)
{
    std::string at = ",[X" + std::to_string(20 + below(from, locations)) + "]";
    std::string last = c.result.empty() ? "" : "W" + std::to_string(c.result.back());
    unsigned kind = below(from, nested ? 7 : 10);
    switch (kind) {
    case 0:
    case 1:
        if (!last.empty() && below(from, 3) == 0) {
            c.add("EOR W15," + last + "," + last);
            c.add("LDR " + c.read() + at.substr(0, at.size() - 1) + ",W15,SXTW]");
        } else {
            c.add(one_of(from, {"LDR ", "LDR ", "LDAR ", "LDAPR "}) + c.read() + at);
        }
        return;
    case 2:
    case 3:
        if (!last.empty() && below(from, 2))
            c.add("ADD W13," + last + ",#1");
        else
            c.add("MOV W13,#" + std::to_string(1 + below(from, 3)));
        c.add(one_of(from, {"STR", "STR", "STLR"}) + std::string(" W13") + at);
        return;
    case 4:
        c.add(one_of(from, {"DMB SY", "DMB LD", "DMB ST", "DMB SY"}));
        return;
    case 5:
        c.add("MOV W12,#" + std::to_string(1 + below(from, 3)));
        c.add(one_of(from, {"SWP", "SWPA", "SWPAL", "LDADD", "LDADDL", "LDADDAL"}) + std::string(" W12,") + c.read() +
              at);
        return;
    case 6: {
        std::string value = c.read();
        c.add("MOV " + value + ",#" + std::to_string(below(from, 3)));
        c.add("MOV W12,#" + std::to_string(1 + below(from, 3)));
        c.add(one_of(from, {"CAS ", "CASA ", "CASAL "}) + value + ",W12" + at);
        return;
    }
    case 7:
        if (!last.empty()) {
            std::string past = c.label();
            c.add(one_of(from, {"CBZ ", "CBNZ "}) + last + "," + past);
            add_access(c, from, locations, true);
            c.add(past + ": NOP");
        }
        return;
    default:
        add_loop(c, from, at);
    }
}

std::string random_test(source &from)
{
    unsigned threads = 2 + below(from, 2), locations = 1 + below(from, 3);
    std::vector<code> all(threads);
    std::string start = "uint32_t x=0; uint32_t y=0; uint32_t z=0;", heads, body, observed = "x; y;", gate;
    size_t height = 0;
    for (unsigned t = 0; t < threads; t++) {
        std::string n = std::to_string(t);
        start += " " + n + ":X20=x; " + n + ":X21=y; " + n + ":X22=z;";
        heads += (t ? " | P" : " P") + n;
        all[t].thread = t;
        gate.clear();
        if (below(from, 2)) { // it does nothing until another thread, or itself, has made a write
            gate = all[t].label();
            all[t].add(one_of(from, {"LDR ", "LDAR ", "LDAPR "}) + all[t].read() + ",[X21]");
            all[t].add("CBZ W2," + gate);
        }
        for (unsigned k = 0, count = 2 + below(from, threads == 2 ? 5 : 3); k < count; k++)
            add_access(all[t], from, locations, false);
        if (!gate.empty())
            all[t].add(gate + ": NOP");
        for (unsigned reg : all[t].result)
            if (below(from, 3) == 0)
                observed += " " + n + ":X" + std::to_string(reg) + ";";
        height = std::max(height, all[t].line.size());
    }
    for (size_t i = 0; i < height; i++) {
        for (unsigned t = 0; t < threads; t++)
            body += (t ? " | " : " ") + (i < all[t].line.size() ? all[t].line[i] : "");
        body += " ;\n";
    }
    return "AArch64 random\n{ " + start + " }\n" + heads + " ;\n" + body + "locations [" + observed +
           "]\nexists (x=1)\n";
}

} // namespace

// What stands between two horizons is kept: the pieces that an atomic's read fell into stay atomic with its write.
TEST(ExploreReductions, KeepThePiecesOfAnAtomicTogether)
{
    const char *text = "AArch64 pieces\n{ uint64_t x=0; uint64_t y=0; 0:X20=x; 0:X21=y; 1:X21=y; 1:X13=2; 0:X12=3; }\n"
                       " P0 | P1 ;\n LDR X2,[X20] | STR W13,[X21,#4] ;\n ADD X14,X2,#3 | ;\n STRB W14,[X21] | ;\n"
                       " CASA X3,X12,[X21] | ;\n DMB SY | ;\n LDR X4,[X20] | ;\nlocations [y;]\nexists (y=3)\n";
    explored plain = explore_text(text, "mixed", 0, 0, ISO_REDUCE_NEVER),
             reduced = explore_text(text, "mixed", 0, 0, ISO_REDUCE_ALWAYS);
    EXPECT_EQ(plain.states, (std::set<std::string>{"[y]=8589934595;"}));
    EXPECT_EQ(reduced.states, plain.states);
}

// A TLBI behind the first horizon bounds what translations may use as one in front of it does.
TEST(ExploreReductions, FindCompletionsBehindAHorizon)
{
    const char *text =
        "AArch64 later\n{ int x=0; 0:X2=PTE(x); 0:X1=(oa:PA(x),valid:0); 1:X2=PTE(x); 1:X3=x; }\n"
        " P0 | P1 ;\n STR X1,[X2] | LDR X7,[X2] ;\n | DSB ISH ;\n | ISB ;\n | LSR X9,X3,#12 ;\n | TLBI VAAE1IS,X9 ;\n"
        " | DSB ISH ;\n | ISB ;\n | LDR W4,[X3] ;\nlocations [1:X7; fault(P1,x);]\nexists (x=1)\n";
    explored plain = explore_text(text, "vmsa", 0, 0, ISO_REDUCE_NEVER),
             reduced = explore_text(text, "vmsa", 0, 0, ISO_REDUCE_ALWAYS);
    EXPECT_EQ(plain.states.size(), 3u);
    EXPECT_EQ(reduced.states, plain.states);
}

// P0 fills x before it shows y. Unless it does so by a Release, x may come later, and then its write must not be made at once.
TEST(ExploreReductions, ClaimsLastAsLongAsNobodyLooks)
{
    for (const char *shows : {"STR", "STLR"}) {
        std::string text =
            std::string("AArch64 shown\n{ int x=0; int y=0; 0:X20=x; 0:X21=y; 1:X20=x; 1:X21=y; 0:X13=1; }\n"
                        " P0 | P1 ;\n STR W13,[X20] | LDAR W2,[X21] ;\n ") +
            shows + " W13,[X21] | CBZ W2,L0 ;\n | LDR W3,[X20] ;\n | L0: ;\nlocations [1:X2; 1:X3;]\nexists (x=1)\n";
        explored plain = explore_text(text, "", 0, 0, ISO_REDUCE_NEVER),
                 reduced = explore_text(text, "", 0, 0, ISO_REDUCE_ALWAYS);
        EXPECT_EQ(plain.states.count("1:X2=1; 1:X3=0; [x]=1;"), shows == std::string("STR") ? 1u : 0u) << shows;
        EXPECT_EQ(reduced.states, plain.states) << shows;
    }
}

// What P0 leaves in z nobody reads any more once it has ended, unless a final state shows it.
TEST(ExploreReductions, ForgetOnlyWhatNobodySees)
{
    for (const char *seen : {"", "z; "}) {
        std::string text = "AArch64 left\n{ int x=0; int z=0; 0:X20=x; 0:X22=z; 1:X20=x; 1:X13=1; 2:X20=x; 2:X13=2; }\n"
                           " P0 | P1 | P2 ;\n LDR W2,[X20] | STR W13,[X20] | STR W13,[X20] ;\n STR W2,[X22] | | ;\n"
                           " LDR W3,[X22] | | ;\nlocations [x; " +
                           std::string(seen) + "]\nexists (x=1)\n";
        explored plain = explore_text(text, "", 0, 0, ISO_REDUCE_NEVER),
                 reduced = explore_text(text, "", 0, 0, ISO_REDUCE_ALWAYS);
        EXPECT_EQ(plain.states.size(), *seen ? 6u : 2u);
        EXPECT_EQ(reduced.states, plain.states);
    }
}

TEST(ExploreReductions, GiveRandomProgramsWhatTheyHaveWithoutThem)
{
    source from(20240607);
    unsigned states = 0;
    for (unsigned i = 0; i < 200; i++) {
        std::string text = random_test(from);
        explored plain = explore_text(text, "", 0, 0, ISO_REDUCE_NEVER),
                 reduced = explore_text(text, "", 0, 0, ISO_REDUCE_ALWAYS);
        ASSERT_EQ(plain.status, 0) << text << plain.diagnostic;
        ASSERT_EQ(reduced.status, 0) << text << reduced.diagnostic;
        EXPECT_EQ(plain.states, reduced.states) << text;
        EXPECT_EQ(plain.positive == 0, reduced.positive == 0) << text;
        EXPECT_EQ(plain.negative == 0, reduced.negative == 0) << text;
        EXPECT_EQ(plain.bounded, reduced.bounded) << text;
        states += (unsigned)plain.states.size();
    }
    EXPECT_GT(states, 500u);
}
