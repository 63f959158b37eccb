// Does the search lose or invent an outcome where it makes one of what comes to the same? Random programs are explored with and without; locks that exclude must
// give the one final state they have, and no bound may be met.
#include "conformance/explore_case.h"
#include "conformance/random_words.h"

#include <cstring>
#include <gtest/gtest.h>
#include <vector>

namespace
{

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

/* Threads side by side; a program is instructions with "; " between them. */
std::string columns(const std::vector<std::string> &programs)
{
    std::vector<std::vector<std::string>> rows;
    std::string out;
    for (size_t t = 0; t < programs.size(); t++)
        for (size_t at = 0, k = 0; at != std::string::npos; k++) {
            size_t end = programs[t].find("; ", at);
            if (k == rows.size())
                rows.emplace_back(programs.size());
            rows[k][t] = programs[t].substr(at, end == std::string::npos ? end : end - at);
            at = end == std::string::npos ? end : end + 2;
        }
    for (size_t t = 0; t < programs.size(); t++)
        out += (t ? " | P" : " P") + std::to_string(t);
    out += " ;\n";
    for (const auto &row : rows) {
        for (size_t t = 0; t < row.size(); t++)
            out += (t ? " | " : " ") + row[t];
        out += " ;\n";
    }
    return out;
}

/* Whether a state that begins so is among those of a test, which are the same with every reduction and with none. */
bool shows(const std::string &text, const std::string &state, const char *variant = "")
{
    explored plain = explore_text(text, variant, 0, 0, ISO_REDUCE_NEVER),
             reduced = explore_text(text, variant, 0, 0, ISO_REDUCE_ALWAYS);
    EXPECT_EQ(reduced.status, 0) << text << reduced.diagnostic;
    EXPECT_EQ(reduced.states, plain.states) << text;
    for (const std::string &one : plain.states)
        if (one.rfind(state, 0) == 0)
            return true;
    return false;
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

// P0 fills x before it shows y. Unless it does so by a Release, or behind a barrier for stores, x may come later, and then its write must not be made at once. A store
// between the barrier and the one that shows y is not before it.
TEST(ExploreReductions, ClaimsLastAsLongAsNobodyLooks)
{
    const struct {
        const char *code[4];
        bool late;
    } cases[] = {
        {{"STR W13,[X20]", "STR W13,[X21]", "", ""}, true},
        {{"STR W13,[X20]", "STLR W13,[X21]", "", ""}, false},
        {{"STR W13,[X20]", "DMB SY", "STR W13,[X21]", ""}, false},
        {{"STR W13,[X20]", "DMB ST", "STR W13,[X21]", ""}, false},
        {{"STR W13,[X20]", "DMB LD", "STR W13,[X21]", ""}, true},
        {{"DMB SY", "STR W13,[X20]", "STR W13,[X21]", ""}, true},
        {{"DMB SY", "STR W13,[X20]", "LDAR W3,[X22]", "STR W13,[X21]"}, true},
    };
    for (const auto &one : cases) {
        std::string text =
            std::string(
                "AArch64 shown\n{ int x=0; int y=0; int z=0; 0:X20=x; 0:X21=y; 0:X22=z; 1:X20=x; 1:X21=y; 0:X13=1; }\n"
                " P0 | P1 ;\n ") +
            one.code[0] + " | LDAR W2,[X21] ;\n " + one.code[1] + " | CBZ W2,L0 ;\n " + one.code[2] +
            " | LDR W3,[X20] ;\n " + one.code[3] + " | L0: ;\nlocations [1:X2; 1:X3;]\nexists (x=1)\n";
        EXPECT_EQ(shows(text, "1:X2=1; 1:X3=0; [x]=1;"), one.late) << text;
    }
}

// P0 has filled x at once before it sees z, and no barrier is between that and y.
TEST(ExploreReductions, ClaimsOutlastWhatIsForgottenOfThem)
{
    for (const char *fence : {"NOP", "DMB SY"}) {
        std::string text =
            std::string(
                "AArch64 later\n{ int x=0; int y=0; int z=0; 0:X20=x; 0:X21=y; 0:X22=z; 1:X20=x; 1:X21=y; 1:X22=z; "
                "0:X13=1; 1:X13=1; }\n P0 | P1 ;\n DMB SY | STR W13,[X22] ;\n STR W13,[X20] | LDAR W2,[X21] ;\n "
                "L: LDAR W3,[X22] | CBZ W2,L0 ;\n CBZ W3,L | LDR W3,[X20] ;\n ") +
            fence + " | L0: ;\n STR W13,[X21] | ;\nlocations [1:X2; 1:X3;]\nexists (x=1)\n";
        EXPECT_EQ(shows(text, "1:X2=1; 1:X3=0; [x]=1;"), fence == std::string("NOP")) << text;
    }
}

// P0 reads x before it shows y. Unless it does so by a Release or behind a barrier, x may be read later, when P1 has written it, and then what it finds first is not
// all it can find. A Release of z, which is P0's alone, comes at once, and does not say that x was read before anything else. A load behind the Release may be late, too.
TEST(ExploreReductions, LoadsAreEarlyAsLongAsNobodyWrites)
{
    const struct {
        const char *first, *second, *third;
        bool late;
    } cases[] = {
        {"LDR W2,[X20]", "STR W13,[X21]", "", true},
        {"LDR W2,[X20]", "STLR W13,[X21]", "", false},
        {"LDR W2,[X20]", "STLR W13,[X22]", "STR W13,[X21]", true},
        {"LDR W2,[X20]", "STR W13,[X22]", "STLR W13,[X21]", false},
        {"STLR W13,[X21]", "LDR W2,[X20]", "", true},
        {"LDR W5,[X22]", "STLR W13,[X21]", "LDR W2,[X20]", true},
        {"LDR W2,[X20]", "DMB SY", "STR W13,[X21]", false},
        {"LDR W2,[X20]", "DMB ST", "STR W13,[X21]", true},
        {"DMB SY", "LDR W2,[X20]", "STR W13,[X21]", true},
    };
    for (const auto &one : cases) {
        std::string text =
            std::string("AArch64 early\n{ int x=0; int y=0; int z=0; 0:X20=x; 0:X21=y; 0:X22=z; 1:X20=x; 1:X21=y; "
                        "0:X13=1; 1:X13=1; }\n P0 | P1 ;\n ") +
            one.first + " | LDAR W2,[X21] ;\n " + one.second + " | CBZ W2,L0 ;\n " + one.third +
            " | STR W13,[X20] ;\n | L0: ;\nlocations [0:X2; 1:X2;]\nexists (x=1)\n";
        EXPECT_EQ(shows(text, "0:X2=1; 1:X2=1; [x]=1;"), one.late) << text;
    }
}

// A CAS that fails has no write: what comes after one that passes need not come after its own read then, nor after a load that it compares with.
TEST(ExploreReductions, LoadsAreAsLateAsACasThatFailsLetsThemBe)
{
    for (const char *cas : {"CASL W2,W14,[X20] ;\n", "LDR W2,[X20] ;\n | MOV W3,W2 ;\n | CAS W3,W3,[X22] ;\n"}) {
        const std::string text =
            std::string("AArch64 late\n{ int x=0; int y=0; int z=0; 0:X20=x; 0:X21=y; 1:X20=x; 1:X21=y; 1:X22=z;"
                        "0:X13=1; 1:X13=1; 1:X14=5; }\n P0 | P1 ;\n LDAR W2,[X21] | ") +
            cas +
            " CBZ W2,L0 | DMB ST ;\n STR W13,[X20] | STR W13,[X21] ;\n L0: | DMB SY ;\n | LDR W4,[X22] ;\n"
            "locations [0:X2; 1:X2; z;]\nexists (x=1)\n";
        EXPECT_TRUE(shows(text, "0:X2=1; 1:X2=1; [x]=1;")) << text;
    }
}

// What P0 stores to w is picked by its load of y. Past the Acquire, which reads it back, that load may be still to come, and so may be what hangs on the pick.
TEST(ExploreReductions, KeepAPickBehindAHorizon)
{
    const std::string text =
        "AArch64 pick\n{ 0:X20=x; 0:X21=y; 0:X23=w; 1:X20=x; 1:X21=y; 0:X7=1; 0:X8=2; 1:X7=1; }\n P0 | P1 ;\n"
        " LDR W1,[X21] | LDR W2,[X20] ;\n CMP W1,#1 | STLR W7,[X21] ;\n CSEL W11,W7,W8,EQ | ;\n STR W11,[X23] | ;\n"
        " LDAR W2,[X23] | ;\n STR W7,[X20] | ;\nlocations [0:X2; 1:X2;]\nexists (0:X2=1 /\\ 1:X2=1)\n";
    for (iso_reduce reduce : {ISO_REDUCE_NEVER, ISO_REDUCE_WHERE_IT_PAYS, ISO_REDUCE_ALWAYS, ISO_REDUCE_EARLY}) {
        const explored e = explore_text(text, "", 0, 0, reduce);
        EXPECT_EQ(e.positive, 0u) << reduce;
        EXPECT_GT(e.negative, 0u) << reduce;
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

// A horizon waits for the reads in its gate alone (P1's LDAR): what of a load before it that is still to come counts behind it is kept. Each program of P1 runs
// against P0, which writes x, then y; the state says whether the load of x, or what hangs on it, can still be as it was before.
TEST(ExploreReductions, KeepWhatAPendingLoadOrders)
{
    const struct {
        const char *what, *code, *observed, *state;
        bool allowed;
    } cases[] = {
        {"the load itself comes late", "LDR W2,[X20]; LDAR W3,[X21]", "1:X2; 1:X3", "1:X2=1; 1:X3=0;", true},
        {"the load itself comes early", "LDR W2,[X20]; LDAR W3,[X21]", "1:X2; 1:X3", "1:X2=0; 1:X3=1;", true},
        {"one location is read in order", "LDR W2,[X20]; LDAR W3,[X21]; LDR W4,[X20]", "1:X2; 1:X4", "1:X2=1; 1:X4=0;",
         false},
        {"an address depends on it", "LDR W2,[X21]; LDAR W5,[X22]; EOR W4,W2,W2; LDR W3,[X20,W4,SXTW]", "1:X2; 1:X3",
         "1:X2=1; 1:X3=0;", false},
        {"no address depends on it", "LDR W2,[X21]; LDAR W5,[X22]; LDR W3,[X20]", "1:X2; 1:X3", "1:X2=1; 1:X3=0;",
         true},
        {"a barrier for loads comes later", "LDR W2,[X21]; LDAR W5,[X22]; DMB LD; LDR W3,[X20]", "1:X2; 1:X3",
         "1:X2=1; 1:X3=0;", false},
        {"a barrier for loads leaves loads without result",
         "MOV W5,#2; STADD W5,[X21]; LDAR W6,[X22]; DMB LD; LDR W3,[X20]", "1:X3; y", "1:X3=0; [y]=3;", true},
        {"what it decided comes after it", "LDR W2,[X23]; CBNZ W2,L; L: LDAR W5,[X22]; MOV W6,#1; STR W6,[X24]",
         "1:X2; 2:X2", "1:X2=1; 2:X2=1;", false},
        {"what it is yet to decide comes after it",
         "LDR W2,[X23]; LDAR W5,[X22]; CBNZ W2,L; L: MOV W6,#1; STR W6,[X24]", "1:X2; 2:X2", "1:X2=1; 2:X2=1;", false},
        {"what it did not decide may come before it", "LDR W2,[X23]; LDAR W5,[X22]; L: MOV W6,#1; STR W6,[X24]",
         "1:X2; 2:X2", "1:X2=1; 2:X2=1;", true},
        {"data depend on it", "LDR W2,[X23]; LDAR W5,[X22]; EOR W6,W2,W2; ADD W6,W6,#1; STR W6,[X24]", "1:X2; 2:X2",
         "1:X2=1; 2:X2=1;", false},
        {"a release comes after it", "LDR W2,[X23]; LDAR W5,[X22]; MOV W6,#1; STLR W6,[X24]", "1:X2; 2:X2",
         "1:X2=1; 2:X2=1;", false},
        {"an address that it gave was used",
         "LDR W2,[X23]; EOR W7,W2,W2; LDR W8,[X20,W7,SXTW]; LDAR W5,[X22]; "
         "MOV W6,#1; STR W6,[X24]",
         "1:X2; 2:X2", "1:X2=1; 2:X2=1;", false},
        {"what was picked by it was used",
         "LDR W2,[X23]; CMP W2,#1; CSEL X7,XZR,XZR,EQ; ADD X9,X20,X7; LDAR W8,[X9]; MOV W6,#1; STR W6,[X24]",
         "1:X2; 2:X2", "1:X2=1; 2:X2=1;", false},
        {"what was picked by it decided",
         "LDR W2,[X23]; CMP W2,#1; CSEL W7,WZR,WZR,EQ; CBNZ W7,L; L: LDAR W5,[X22]; MOV W6,#1; STR W6,[X24]",
         "1:X2; 2:X2", "1:X2=1; 2:X2=1;", false},
        {"it goes on through memory",
         "LDR W2,[X23]; STR W2,[X22]; LDAR W5,[X20]; LDR W3,[X22]; EOR W6,W3,W3; ADD W6,W6,#1; STR W6,[X24]",
         "1:X2; 2:X2", "1:X2=1; 2:X2=1;", false},
        {"nothing comes between the halves of an atomic", "MOV W5,#2; LDADD W5,W2,[X20]; LDAR W3,[X22]", "1:X2",
         "1:X2=0; [x]=2;", false},
        {"an atomic is read from memory", "MOV W5,#2; LDADD W5,W2,[X20]; LDAR W3,[X21]", "1:X2; 1:X3",
         "1:X2=1; 1:X3=0;", true},
    };
    for (const auto &one : cases) {
        std::string start, text;
        for (const char *t : {"0:", "1:", "2:"})
            for (const char *l : {"X20=x; ", "X21=y; ", "X22=z; ", "X23=a; ", "X24=b; "})
                start += t + std::string(l);
        text = "AArch64 pending\n{ int x=0; int y=0; int z=0; int a=0; int b=0; " + start + "}\n" +
               columns({"MOV W1,#1; STR W1,[X20]; DMB SY; STR W1,[X21]", one.code,
                        "LDR W2,[X24]; DMB SY; MOV W1,#1; STR W1,[X23]"}) +
               "locations [" + one.observed + ";" + (strstr(one.state, "[x]") ? " x;" : "") + "]\nexists (z=1)\n";
        EXPECT_EQ(shows(text, one.state), one.allowed) << one.what;
    }
}

// What a read finds that all else is behind is looked up, not guessed: in memory, or in an own store still to come, but for where another access may overtake it.
// P0 writes x, then y; the state says whether P1's load of x can be older than what it read of y, or what it read of y without P0's write older than its own.
TEST(ExploreReductions, LookUpReadsThatAllElseIsBehind)
{
    const struct {
        const char *what, *code, *state;
        bool allowed;
    } cases[] = {
        {"an Acquire", "LDAR W2,[X21]; LDR W3,[X20]", "1:X2=1; 1:X3=0;", false},
        {"an AcquirePC", "LDAPR W2,[X21]; LDR W3,[X20]", "1:X2=1; 1:X3=0;", false},
        {"a load in front of a barrier", "LDR W2,[X21]; DMB LD; LDR W3,[X20]", "1:X2=1; 1:X3=0;", false},
        {"a load in front of a barrier for stores", "LDR W2,[X21]; DMB ST; LDR W3,[X20]", "1:X2=1; 1:X3=0;", true},
        {"a load in front of another and a barrier", "LDR W2,[X21]; LDR W3,[X20]; DMB SY", "1:X2=1; 1:X3=0;", true},
        {"an atomic in front of a barrier", "LDADD WZR,W2,[X21]; DMB SY; LDR W3,[X20]", "1:X2=1; 1:X3=0;", false},
        {"a loop that waits in front of a barrier", "L: LDR W2,[X21]; CBZ W2,L; DMB LD; LDR W3,[X20]",
         "1:X2=1; 1:X3=0;", false},
        {"a loop that counts in front of a barrier",
         "MOV W5,#2; L: LDR W2,[X21]; SUB W5,W5,#1; CBNZ W5,L; DMB LD; LDR W3,[X20]", "1:X2=1; 1:X3=0;", false},
        {"a loop that goes on elsewhere",
         "MOV X5,X21; MOV W6,#2; L: MOV W3,W2; LDR W2,[X5]; MOV X5,X20; SUB W6,W6,#1; CBNZ W6,L; DMB LD; "
         "EOR W7,W2,W3; EOR W2,W2,W7; EOR W3,W3,W7",
         "1:X2=1; 1:X3=0;", true},
        {"an atomic without result in front of a barrier for loads",
         "MOV W5,#2; STADD W5,[X21]; DMB LD; LDR W3,[X20]; LDR W2,[X21]", "1:X2=3; 1:X3=0;", true},
        {"a way around the barrier", "LDR W2,[X21]; CBNZ W2,L; DMB LD; L: LDR W3,[X20]", "1:X2=1; 1:X3=0;", true},
        {"an own store still to come", "MOV W6,#2; STR W6,[X21]; LDAR W2,[X21]; LDR W3,[X20]", "1:X2=2; 1:X3=0;", true},
        {"others' store after the own", "MOV W6,#2; STR W6,[X21]; LDAR W2,[X21]; LDR W3,[X20]", "1:X2=1; 1:X3=0;",
         false},
        {"an own Release that comes first", "MOV W6,#2; STLR W6,[X21]; LDAR W2,[X21]; LDR W3,[X20]", "1:X2=0; 1:X3=0;",
         false},
        {"the latest of two own stores",
         "MOV W6,#2; STR W6,[X21]; MOV W6,#3; STR W6,[X21]; LDAR W2,[X21]; LDR W3,[X20]", "1:X2=2; 1:X3=0;", false},
        {"an own store of a part", "MOV W6,#2; STRB W6,[X21,#1]; LDAR W2,[X21]; LDR W3,[X20]", "1:X2=513; 1:X3=0;",
         false},
        {"an own store of a part still to come", "MOV W6,#2; STRB W6,[X21,#1]; LDAR W2,[X21]; LDR W3,[X20]",
         "1:X2=512; 1:X3=0;", true},
    };
    for (const auto &one : cases) {
        std::string text = "AArch64 awaited\n{ int x=0; int y=0; 0:X20=x; 0:X21=y; 1:X20=x; 1:X21=y; }\n" +
                           columns({"MOV W1,#1; STR W1,[X20]; DMB SY; STR W1,[X21]", one.code}) +
                           "locations [1:X2; 1:X3;]\nexists (x=1)\n";
        EXPECT_EQ(shows(text, one.state, "mixed"), one.allowed) << one.what;
    }
}

// What x holds is left out as long as no run is known that reads it; P1's turns up only behind y.
TEST(ExploreReductions, ReadNoValueThatWasLeftOut)
{
    std::string text = "AArch64 left\n{ int x=0; int y=0; 0:X20=x; 0:X21=y; 1:X20=x; 1:X21=y; }\n" +
                       columns({"MOV W1,#1; STR W1,[X20]; MOV W1,#2; STR W1,[X20]; DMB SY; STR W1,[X21]",
                                "LDAR W2,[X21]; CBZ W2,L; LDR W3,[X20]; L: NOP"}) +
                       "locations [1:X2; 1:X3;]\nexists (y=1)\n";
    EXPECT_TRUE(shows(text, "1:X2=2; 1:X3=2;")) << text;
    EXPECT_FALSE(shows(text, "1:X2=2; 1:X3=1;")) << text;
    EXPECT_FALSE(shows(text, "1:X2=2; 1:X3=0;")) << text;
}

// P1 reads 3, writes 1, and then finds its own 1 for ever, also where P2 writes another 1.
TEST(ExploreReductions, KeepALoopThatWaitsForWhatItWrote)
{
    const char *text =
        "AArch64 own\n{ int x=0; 0:X20=x; 0:X12=3; 1:X20=x; 1:X12=1; 2:X20=x; 2:X12=1; }\n P0 | P1 | P2 ;\n"
        " SWPL W12,W4,[X20] | L: SWPA W12,W4,[X20] | LDXR W6,[X20] ;\n | CBNZ W4,L | STXR W7,W12,[X20] ;\n"
        "locations [2:X6; 2:X7;]\nexists (x=1)\n";
    explored plain = explore_text(text, "", 0, 0, ISO_REDUCE_NEVER),
             reduced = explore_text(text, "", 0, 0, ISO_REDUCE_ALWAYS);
    EXPECT_EQ(plain.states.count("2:X6=1; 2:X7=0; [x]=1; NoProgress(P1);"), 1u);
    EXPECT_EQ(reduced.states, plain.states);
}

// P0 counts x up to 2; a way of P1 in which it is yet to read what was there before leads nowhere, unless P2 puts it back, as only a later part of its program does.
TEST(ExploreReductions, LeaveOutOnlyWhatCannotComeAgain)
{
    const struct {
        const char *back, *state;
        bool comes;
    } cases[] = {
        {"SWP WZR,W5,[X20]", "1:X2=1; 1:X3=0; 2:X2=1;", true},
        {"STR WZR,[X20]", "1:X2=1; 1:X3=0; 2:X2=1;", true},
        {"LDADD W6,W5,[X20]", "1:X2=1; 1:X3=1; 2:X2=1;", true},
        {"LDADD W6,W5,[X20]", "1:X2=1; 1:X3=0; 2:X2=1;", false},
        {"LDADD W1,W5,[X20]", "1:X2=1; 1:X3=1; 2:X2=1;", false},
    };
    for (const auto &one : cases) {
        std::string text =
            std::string(
                "AArch64 again\n{ int x=0; int y=0; 0:X20=x; 0:X21=y; 0:X1=1; 1:X20=x; 1:X21=y; 2:X20=x; 2:X21=y; "
                "2:X1=1; 2:X6=-1; }\n P0 | P1 | P2 ;\n LDADD W1,W2,[X20] | LDAR W2,[X21] | LDAR W2,[X21] ;\n"
                " LDADD W1,W3,[X20] | CBZ W2,L1 | CBZ W2,L2 ;\n STLR W1,[X21] | LDR W3,[X20] | ") +
            one.back + " ;\n | L1: | L2: ;\nlocations [1:X2; 1:X3; 2:X2;]\nexists (x=1)\n";
        EXPECT_EQ(shows(text, one.state), one.comes) << text;
    }
}

// P0 loads X5 again once z is set. It never is: then what the first load gave is what P0 shows, however much lies between.
TEST(ExploreReductions, ShowWhatAThreadHoldsThatWaitsForEver)
{
    const char *text =
        "AArch64 held\n{ int x=1; int y=0; int z=0; 0:X20=x; 0:X21=y; 0:X22=z; 1:X20=x; 1:X1=2; }\n P0 | P1 ;\n"
        " LDAR W5,[X20] | STR W1,[X20] ;\n LDAR W6,[X21] | ;\n L: LDAR W7,[X22] | ;\n CBZ W7,L | ;\n"
        " LDR W5,[X20] | ;\nlocations [0:X5;]\nexists (y=1)\n";
    explored plain = explore_text(text, "", 0, 0, ISO_REDUCE_NEVER),
             reduced = explore_text(text, "", 0, 0, ISO_REDUCE_ALWAYS);
    EXPECT_EQ(plain.states,
              (std::set<std::string>{"0:X5=1; [y]=0; NoProgress(P0);", "0:X5=2; [y]=0; NoProgress(P0);"}));
    EXPECT_EQ(reduced.states, plain.states);
}

// However often P0 counts x up, behind its own write it finds that, or what another thread writes: P1, which puts back what P0 wrote before, does.
TEST(ExploreReductions, GuessNoOwnValuesBehindAnOwnWrite)
{
    for (bool back : {false, true}) {
        const unsigned times = back ? 3 : 8;
        std::string text = "AArch64 counter\n{ int x=0; 0:X20=x; 0:X1=1; 1:X20=x; }\n P0 | P1 ;\n";
        for (unsigned i = 0; i < times; i++)
            text += std::string(" STADD W1,[X20] | ") +
                    (!back || i > 1 ? ""
                     : i            ? "STR W2,[X20]"
                                    : "LDR W2,[X20]") +
                    " ;\n";
        text += " LDR W3,[X20] | ;\nlocations [0:X3; x;]\nexists (x=1)\n";
        explored plain = explore_text(text, "", 0, 0, ISO_REDUCE_NEVER),
                 reduced = explore_text(text, "", 0, 0, ISO_REDUCE_ALWAYS);
        EXPECT_EQ(reduced.status, 0) << reduced.diagnostic;
        EXPECT_EQ(reduced.states, plain.states);
        EXPECT_EQ(plain.states.size(), back ? 2 * times + 1 : 1);
    }
}

// P1 writes what P0 wrote before only once it knows of P2's write, when nothing new turns up any more. As translations may be old, no claim begins the search again.
TEST(ExploreReductions, FindAnOwnValueThatAnotherWritesLate)
{
    const char *text =
        "AArch64 joined\n{ int x=0; int y=0; int z=0; 0:X20=x; 0:X21=z; 0:X1=1; 0:X2=2; 1:X20=x; 1:X21=z; 1:X1=1; "
        "2:X20=y; 2:X21=z; 2:X5=5; 3:X20=PTE(y); 3:X7=(oa:PA(y),valid:0); }\n P0 | P1 | P2 | P3 ;\n"
        " STR W1,[X20] | LDR W2,[X21] | STR W5,[X21] | STR X7,[X20] ;\n STR W2,[X20] | CBZ W2,L | LDR W2,[X20] | ;\n"
        " LDR W3,[X20] | STR W1,[X20] | | ;\n LDR W4,[X21] | L: | | ;\nlocations [0:X3;]\nexists (x=1)\n";
    EXPECT_TRUE(shows(text, "0:X3=1; [x]=1;", "vmsa"));
}

// A reader of a sequence lock has horizons inside the loop in which it may only wait: it ends with what one writer wrote at a time, or waits for ever for a writer
// that never ends.
TEST(ExploreReductions, SeeTheRoundsOfALoopThroughItsHorizons)
{
    for (bool ends : {true, false}) {
        std::string text =
            std::string(
                "AArch64 sequence\n{ int s=0; int x=0; int y=0; 0:X0=s; 0:X1=x; 0:X2=y; 1:X0=s; 1:X1=x; 1:X2=y; }\n"
                " P0 | P1 ;\n MOV W3,#1 | L: LDAR W3,[X0] ;\n STR W3,[X0] | TBNZ W3,#0,L ;\n DMB ST | LDR W4,[X1] ;\n"
                " STR W3,[X1] | LDR W5,[X2] ;\n STR W3,[X2] | DMB LD ;\n MOV W4,#2 | LDR W6,[X0] ;\n ") +
            (ends ? "STLR W4,[X0]" : "NOP") + " | CMP W3,W6 ;\n | B.NE L ;\nlocations [1:X4; 1:X5;]\nexists (x=1)\n";
        explored plain = explore_text(text, "", 0, 0, ISO_REDUCE_NEVER),
                 reduced = explore_text(text, "", 0, 0, ISO_REDUCE_ALWAYS);
        EXPECT_EQ(reduced.states, plain.states);
        EXPECT_EQ(reduced.bounded, plain.bounded);
        EXPECT_EQ(plain.states.count("1:X4=0; 1:X5=1; [x]=1;") + plain.states.count("1:X4=1; 1:X5=0; [x]=1;"), 0u);
        EXPECT_EQ(plain.states.size(), 2u);
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

TEST(ExploreReductions, KeepWhatALoadThatFaultsLeavesAsItWas)
{
    std::string text =
        "AArch64 sequence\n{ int x=0; [PTE(x)]=(oa:PA(x)); 0:X24=(oa:PA(x),valid:0); 0:X25=(oa:PA(x)); 0:X22=PTE(x); "
        "1:X20=x; 1:X2=7; 1:X12=1; }\n P0 | P1 ;\n STR X24,[X22] | LDAXR W3,[X20] ;\n"
        " STR X25,[X22] | L0: LDAXR W2,[X20] ;\n | LDAR W4,[X20] ;\n | STXR W3,W12,[X20] ;\n"
        "locations [1:X2; 1:X3; x;]\nexists (fault(P1:L0,x))\n";
    explored plain = explore_text(text, "vmsa,faultToNext", 0, 0, ISO_REDUCE_NEVER),
             reduced = explore_text(text, "vmsa,faultToNext", 0, 0, ISO_REDUCE_ALWAYS);
    EXPECT_EQ(reduced.states, plain.states);
    EXPECT_EQ(reduced.states.count("1:X2=7; 1:X3=1; [x]=0; Fault(P1:L0,x,D-MMU:Translation);"), 1u);
}
