// A write that nobody else can meet is made before all else, and a kernel's copy reads as soon as it can. Is no outcome lost where somebody can meet the write, or writes
// what is copied? Random programs that move a page, rightly and wrongly, are explored with and without.
#include "conformance/bench.h"
#include "conformance/explore_case.h"
#include "conformance/random_words.h"

extern "C" {
#include "sim/explore/unmet.h"
}

#include <gtest/gtest.h>
#include <vector>

namespace
{

using code = std::vector<std::string>;

// P1 moves the page of x from its frame, which z maps too, to that of y; here and there something is left out, or comes too early.
code mover(source &from)
{
    code out;
    auto maybe = [&](unsigned often, const std::string &line) {
        if (below(from, often))
            out.push_back(line);
    };
    const bool early = below(from, 10) == 0;
    if (early)
        out.push_back("LDR W2,[X21]");
    maybe(10, "STR X24,[X22]");
    maybe(10, "DSB " + one_of(from, {"ISHST", "ISHST", "ISH", "ISHLD"}));
    maybe(10, "TLBI " +
                  one_of(from, {"VAAE1IS,X14", "VAAE1IS,X14", "VAAE1IS,X14", "VMALLE1IS", "VAAE1,X14", "VAAE1IS,X15"}));
    maybe(10, "DSB " + one_of(from, {"ISH", "ISH", "ISH", "ISHST"}));
    if (!early)
        out.push_back("LDR W2,[X21]");
    out.push_back("STR W2,[X23]");
    if (below(from, 2)) {
        out.push_back("LDR W2,[X21,#4]");
        out.push_back("STR W2,[X23,#4]");
    }
    maybe(8, one_of(from, {"DMB ISHST", "DMB ISHST", "DSB ISHST", "DMB ISHLD"}));
    out.push_back(one_of(from, {"STR", "STR", "STR", "STLR"}) + " X25,[X22]");
    return out;
}

code program(source &from, unsigned thread, std::string &observed)
{
    code out;
    unsigned reads = 0;
    auto result = [&] {
        const std::string number = std::to_string(2 + reads++);
        observed += std::to_string(thread) + ":X" + number + "; ";
        return number;
    };
    for (unsigned i = 0, count = 1 + below(from, 3); i < count; i++) {
        const std::string at =
            one_of(from, {",[X20]", ",[X20]", ",[X20,#4]", ",[X21]", ",[X21,#4]", thread ? ",[X21]" : ",[X26]"});
        switch (below(from, 11)) {
        case 0:
            out.push_back(one_of(from, {"DMB SY", "DMB ST", "DSB SY", "DMB LD", "ISB"}));
            break;
        case 1:
        case 2:
            out.push_back("LDR W" + result() + at);
            break;
        case 10:
            out.push_back("LDR X" + result() + ",[X20]");
            break;
        case 8: // something behind a horizon
            out.push_back("LDR W" + result() + at);
            out.push_back("DSB SY");
            out.push_back("ISB");
            break;
        case 9:
            out.push_back("LDXR W10,[X20]");
            out.push_back("STXR W" + result() + ",W0,[X20]");
            break;
        case 3:
            out.push_back("STR X1,[X20]");
            break;
        case 4:
            out.push_back("STP W1,W0,[X20]");
            break;
        default:
            out.push_back("STR W" + std::to_string(below(from, 2)) + at);
            break;
        }
    }
    return out;
}

std::string random_test(source &from)
{
    std::string start = "uint64_t x=0; uint64_t y=0x55; uint64_t z=0; uint64_t w=0; [PTE(z)]=(oa:PA(x)); ", heads, body;
    std::string observed = "x; y; w; ";
    std::vector<code> all;
    const unsigned threads = 2 + (below(from, 3) == 0);
    size_t height = 0;
    for (unsigned t = 0; t < threads; t++) {
        const std::string n = std::to_string(t);
        start += "uint64_t " + n + ":X2; uint64_t " + n + ":X3; " + n + ":X0=2; " + n + ":X1=0x100000001; " + n +
                 ":X20=x; " + n + ":X21=z; " + n + ":X26=w; ";
        if (t == 1)
            start += "1:X22=PTE(x); 1:X23=y; 1:X24=(oa:PA(x),valid:0); 1:X25=(oa:PA(y)); ";
        all.push_back(t == 1 ? mover(from) : program(from, t, observed));
        if (t == 1) {
            all[t].insert(all[t].begin(), "LSR X15,X26,#12");
            all[t].insert(all[t].begin(), "LSR X14,X20,#12");
        }
        heads += (t ? " | P" : " P") + n;
        height = std::max(height, all[t].size());
    }
    for (size_t i = 0; i < height; i++) {
        for (size_t t = 0; t < all.size(); t++)
            body += (t ? " | " : " ") + (i < all[t].size() ? all[t][i] : "");
        body += " ;\n";
    }
    return "AArch64 move\n{ " + start + "}\n" + heads + " ;\n" + body + "locations [" + observed + "]\nexists (x=1)\n";
}

void expect_same(uint32_t kernel, const std::string &text, const char *variant = "vmsa,mixed,fatal")
{
    const explored plain = explore_beside_kernel(kernel, text, variant, ISO_REDUCE_NEVER);
    if (plain.status != 0 && plain.diagnostic.find("more runs") != std::string::npos)
        return; // too many without reductions
    ASSERT_EQ(plain.status, 0) << text << plain.diagnostic;
    for (iso_reduce reduce : {ISO_REDUCE_WHERE_IT_PAYS, ISO_REDUCE_ALWAYS}) {
        const explored reduced = explore_beside_kernel(kernel, text, variant, reduce);
        ASSERT_EQ(reduced.status, 0) << text << reduced.diagnostic;
        EXPECT_EQ(plain.states, reduced.states) << "kernel " << kernel << "\n" << text;
        EXPECT_EQ(plain.positive == 0, reduced.positive == 0) << text;
    }
}

} // namespace

TEST(ExploreUnmet, RandomMovesShowWhatTheyDoWithout)
{
    source from(20261201);
    for (unsigned i = 0; i < 1500 && !::testing::Test::HasFailure(); i++) {
        const std::string text = random_test(from);
        const uint32_t kernel = below(from, 2) ? 2 : 0;
        expect_same(kernel, text, below(from, 2) ? "vmsa,mixed,fatal" : "vmsa,mixed,fatal,ets2");
    }
}

namespace
{

// Threads side by side; P0 stores both words of x in two accesses of one STP, z is another mapping of the frame.
std::string beside(const std::vector<code> &threads, const std::string &observed)
{
    std::string start = "uint64_t x=0; uint64_t y=5; uint64_t z=0; uint64_t w=0; [PTE(z)]=(oa:PA(x)); ", heads, body;
    size_t height = 0, t = 0;
    for (const code &c : threads) {
        const std::string n = std::to_string(t);
        start += "uint64_t " + n + ":X2; uint64_t " + n + ":X4; " + n + ":X0=2; " + n + ":X1=1; " + n + ":X20=x; " + n +
                 ":X21=z; " + n + ":X22=PTE(x); " + n + ":X23=y; " + n + ":X24=(oa:PA(x),valid:0); " + n +
                 ":X25=(oa:PA(y)); " + n + ":X26=w; " + n + ":X27=PTE(w); " + n + ":X28=(oa:PA(w),valid:0); " + n +
                 ":X29=(oa:PA(x),el0:0); ";
        heads += (t++ ? " | P" : " P") + n;
        height = std::max(height, c.size());
    }
    for (size_t i = 0; i < height; i++) {
        t = 0;
        for (const code &c : threads)
            body += (t++ ? " | " : " ") + (i < c.size() ? c[i] : "");
        body += " ;\n";
    }
    return "AArch64 beside\n{ " + start + "}\n" + heads + " ;\n" + body + "locations [" + observed +
           "]\nexists (x=1)\n";
}

// Whether some outcome has all of these in it, with reductions and without.
bool shows(const std::string &text, std::initializer_list<const char *> parts)
{
    bool out = false;
    expect_same(0, text);
    for (const std::string &state : explore_beside_kernel(0, text, "vmsa,mixed,fatal").states) {
        bool all = true;
        for (const char *part : parts)
            all &= state.find(part) != std::string::npos;
        out |= all;
    }
    return out;
}

const code store = {"STP W1,W0,[X20]"};
const char *const page = "LSR X14,X20,#12";

} // namespace

// Behind the completion of a TLBI a copy sees all of a store or nothing of it, if the descriptor was invalid by then and the TLBI reaches the storing CPU.
TEST(ExploreUnmet, CopyIsWholeOnlyBehindACompletionThatEndsTheTranslation)
{
    auto copied = [](const code &before, const char *first = "NOP") {
        code copy = {page,     "LSR X15,X26,#12", first,
                     "DMB SY", "LDR W2,[X21]",    "DMB SY"}; // sees the first word stored before any of it
        copy.insert(copy.end(), before.begin(), before.end());
        copy.insert(copy.end(), {"LDR W3,[X21,#4]", "STLR X25,[X22]"});
        return shows(beside({store, copy}, "1:X2; 1:X3;"), {"1:X2=1; 1:X3=0;"});
    };
    EXPECT_FALSE(copied({"STR X24,[X22]", "DSB ISH", "TLBI VAAE1IS,X14", "DSB ISH"}));
    EXPECT_TRUE(copied({"STR X24,[X22]", "DSB ISH", "TLBI VAAE1,X14", "DSB ISH"})) << "of the other CPU alone";
    EXPECT_TRUE(copied({"STR X24,[X22]", "DSB ISH", "TLBI VAAE1,X14", "TLBI VAAE1IS,X15", "DSB ISH"}))
        << "of another page for all CPUs";
    EXPECT_TRUE(copied({"DSB ISH", "TLBI VAAE1IS,X14", "DSB ISH"})) << "the page is mapped";
    EXPECT_FALSE(copied({"STR X29,[X22]", "DSB ISH", "TLBI VAAE1IS,X14", "DSB ISH"}));
    EXPECT_TRUE(copied({"DSB ISH", "TLBI VAAE1IS,X14", "DSB ISH"}, "STR X29,[X22]"))
        << "stored through the new descriptor";
    EXPECT_TRUE(copied({"STR X28,[X27]", "DSB ISH", "TLBI VAAE1IS,X14", "DSB ISH"})) << "another page is unmapped";
    EXPECT_TRUE(copied({"STR X24,[X22]", "DSB ISH", "TLBI VAAE1IS,X14"})) << "not waited for";
}

// What is copied to is seen in part if somebody maps it before.
TEST(ExploreUnmet, TargetIsWholeOnlyWhereTheCopierAloneMapsIt)
{
    auto half = [](std::initializer_list<code> movers) {
        std::vector<code> all = {{"LDR X2,[X20]"}};
        all.insert(all.end(), movers);
        return shows(beside(all, "0:X2;"), {"0:X2=1;"}) || shows(beside(all, "0:X2;"), {"0:X2=8589934597;"});
    };
    const code copy = {"STR W1,[X23]", "STR W0,[X23,#4]", "DMB ST", "STR X25,[X22]"};
    EXPECT_FALSE(half({copy}));
    EXPECT_TRUE(half({{"STR W1,[X23]", "STR X25,[X22]", "STR W0,[X23,#4]"}})) << "mapped before the second word";
    EXPECT_TRUE(half({copy, {"STR X25,[X22]"}})) << "another thread maps it, too";
    const code map = {"LDR W4,[X26]", "DSB SY", "ISB", "STR X25,[X22]"}; // behind a horizon
    EXPECT_TRUE(half({copy, map}));
    EXPECT_TRUE(
        shows(beside({{"LDR X2,[X20]"}, {"STR W1,[X26]", "STR W1,[X23]"}, map}, "0:X2; 2:X4;"), {"0:X2=5; 2:X4=1;"}));
    EXPECT_TRUE(shows(beside({copy, {"LDR X2,[X23]"}}, "1:X2;"), {"1:X2=1;"})) << "through another mapping";
}

// A read made early is spoilt by a write while an earlier one of the same place is still to come (Explicitly-hazard-ordered-before).
TEST(ExploreUnmet, ReadsThatAWriteMaySpoilMeetIt)
{
    const std::string text = beside({{"STR W0,[X20,#4]"},
                                     {"STR W0,[X26]"},
                                     {"LDR W5,[X26]", "EOR W6,W5,W5", "LDR W3,[X20,W6,SXTW]", "LDR X4,[X20]"}},
                                    "2:X4; 2:X5; x;");
    EXPECT_TRUE(shows(text, {"2:X4=0; 2:X5=2;"}));
}

// The bytes of a store that the memory takes one by one are no state for each set of them, nor are the writes of a copy; and its reads are no run for each row of
// values that the page may hold.
TEST(ExploreUnmet, MovesOfTornStoresCostWhatWholeOnesDo)
{
    Bench bench;
    static iso_machine machine;
    iso_machine_init(&machine);
    machine.ntiers = 1;
    machine.tiers[0] = bench.tier;
    machine.features = bench.cpu;
    for (const code &stores : {code{"STR X1,[X20]", "STR X1,[X20,#8]"}, code{"STUR X1,[X20,#1]", "STUR X1,[X20,#9]"}}) {
        code move = {page, "STR X24,[X22]", "DSB ISH", "TLBI VAAE1IS,X14", "DSB ISH"};
        for (const char *at : {"", ",#8", ",#16"}) {
            move.push_back(std::string("LDR X2,[X21") + at + "]");
            move.push_back(std::string("STR X2,[X23") + at + "]");
        }
        move.push_back("DMB ISHST");
        move.push_back("STR X25,[X22]");
        std::string text =
            "AArch64 move\n{ uint64_t x[3]={0,0,0}; uint64_t y[3]={5,5,5}; uint64_t z[3]={0,0,0}; "
            "[PTE(z)]=(oa:PA(x)); 0:X1=0x0807060504030201; 0:X20=x; 1:X20=x; 1:X21=z; 1:X22=PTE(x); 1:X23=y; "
            "1:X24=(oa:PA(x),valid:0); 1:X25=(oa:PA(y)); }\n P0 | P1 ;\n";
        for (size_t i = 0; i < move.size(); i++)
            text += (i < stores.size() ? stores[i] : "") + " | " + move[i] + " ;\n";
        const explored e = explore_beside_kernel(2, text + "locations [x; y;]\nexists (true)\n", "vmsa",
                                                 ISO_REDUCE_WHERE_IT_PAYS, &machine, "nc");
        ASSERT_EQ(e.status, 0) << e.diagnostic << text;
        EXPECT_FALSE(e.bounded) << e.reason;
        EXPECT_EQ(e.states.size(), 3u) << "the page moves before, between or behind the stores";
        EXPECT_LT(e.visited, 2000u) << text;
    }
}

// What is built on a thread's not accessing a place is built anew once it does.
TEST(ExploreUnmet, BeginsAgainWhereAnAccessTurnsUp)
{
    auto *machine = new iso_ob_machine();
    machine->thread[1].unaccessed = 4;
    machine->thread[1].unwritten = 2;
    iso_unmet_note(machine, 1, 2, 0);
    EXPECT_FALSE(machine->misclaimed);
    iso_unmet_note(machine, 0, 4, 2);
    EXPECT_FALSE(machine->misclaimed) << "another thread";
    iso_unmet_note(machine, 1, 2, 2);
    EXPECT_TRUE(machine->misclaimed);
    machine->misclaimed = false;
    machine->thread[1].written = 0;
    iso_unmet_note(machine, 1, 4, 0);
    EXPECT_TRUE(machine->misclaimed);
    delete machine;
}

// A copy of a page has tags that hardware evicts into the page that is copied: they may be written before it is read.
TEST(ExploreUnmet, CopyFindsWhatHardwareMakesOfItsTags)
{
    const std::string text = "AArch64 evicted\n{ int x=5; int y=0; [tag(y)]=:red; 0:X2=x; 0:X3=y; 0:X6=y:blue; }\n P0 "
                             "| P1 ;\n MSR TCO,#1 | NOP ;\n "
                             "LDR W5,[X2] | ;\n STR W5,[X3] | ;\n STG X6,[X3] | ;\nlocations [x; y;]\nexists (y=5)\n";
    static iso_machine machine; // large
    Bench bench;
    bench.set({{ISO_CAP_TAG_STORAGE, ISO_TAG_STORAGE_NONE}, {ISO_CAP_TAG_WRITE_UNSUPPORTED, ISO_TAG_WRITE_ALIAS}});
    iso_machine_init(&machine);
    machine.ntiers = 1;
    machine.tiers[0] = bench.tier;
    machine.features = bench.cpu;
    for (iso_reduce reduce : {ISO_REDUCE_NEVER, ISO_REDUCE_WHERE_IT_PAYS, ISO_REDUCE_ALWAYS}) {
        const explored e = explore_beside_kernel(1, text, "vmsa,memtag,sync", reduce, &machine, "wb-tagged");
        EXPECT_EQ(e.status, 0) << e.diagnostic;
        EXPECT_EQ(e.states.count("[x]=2; [y]=2;"), 1u) << reduce << ::testing::PrintToString(e.states);
    }
}
