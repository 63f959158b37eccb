// Does the search lose or invent an outcome where translations wait until an access wants them, or where one stands for all that find descriptors alike? Random
// programs that change page tables are explored with and without; so are programs in which a translation made late would miss what an early one finds.
#include "conformance/explore_case.h"
#include "conformance/random_words.h"

#include <gtest/gtest.h>
#include <vector>

namespace
{

struct code {
    std::vector<std::string> line;
    std::string start, observed, faults;
    unsigned thread = 0, results = 0, tables = 0, labels = 0;

    void add(const std::string &text)
    {
        line.push_back(text);
    }
    // An access through x or y whose fault the condition asks about.
    void access(const std::string &text)
    {
        std::string label = "A" + std::to_string(thread) + std::to_string(labels++);
        faults += " \\/ fault(P" + std::to_string(thread) + ":" + label + "," +
                  (text.back() == ']' && text[text.size() - 2] == '0' ? "x" : "y") + ")";
        add(label + ": " + text);
    }
    std::string read()
    {
        std::string number = std::to_string(2 + results++);
        observed += std::to_string(thread) + ":X" + number + "; ";
        return number;
    }
};

std::string descriptor(source &from)
{
    return "(oa:PA(" + one_of(from, {"x", "x", "y", "z"}) + ")" +
           one_of(from, {"", ",valid:0", ",valid:0", ",af:0", ",db:0", ",db:0,dbm:1", ",el0:0", ",af:0,db:0"}) + ")";
}

void add_invalidation(code &c, source &from)
{
    c.add("LSR X14,X20,#12");
    c.add("DSB " + one_of(from, {"ISH", "ISH", "ST"}));
    c.add("TLBI " + one_of(from, {"VAAE1IS,X14", "VAAE1IS,X14", "VALE1IS,X14", "VMALLE1IS", "VAAE1,X14", "VMALLE1"}));
    if (below(from, 5))
        c.add("DSB " + one_of(from, {"ISH", "ISH", "LD"}));
    if (below(from, 3) == 0)
        c.add("ISB");
}

void add_table_write(code &c, source &from)
{
    std::string value = std::to_string(24 + c.tables++), n = std::to_string(c.thread);
    c.start += n + ":X" + value + "=" + descriptor(from) + "; ";
    c.add(one_of(from, {"STR X", "STR X", "STLR X"}) + value + ",[X22]");
    if (below(from, 3))
        add_invalidation(c, from);
}

void add_access(code &c, source &from)
{
    std::string at = one_of(from, {",[X20]", ",[X20]", ",[X20]", ",[X21]"});
    switch (below(from, 7)) {
    case 0:
    case 1:
        c.access(one_of(from, {"LDR W", "LDR W", "LDAR W", "LDAPR W"}) + c.read() + at);
        return;
    case 2:
    case 3:
        c.add("MOV W13,#" + std::to_string(1 + below(from, 2)));
        c.access(one_of(from, {"STR W13", "STR W13", "STLR W13"}) + at);
        return;
    case 4:
        c.add("MOV W12,#1");
        c.access(one_of(from, {"LDXR W", "LDAXR W"}) + c.read() + at);
        c.access(one_of(from, {"STXR W", "STLXR W"}) + c.read() + ",W12" + at);
        return;
    case 5:
        c.add("MOV W12,#1");
        c.access(one_of(from, {"SWP W12,W", "SWPA W12,W", "LDADDAL W12,W"}) + c.read() + at);
        return;
    default:
        c.add("LDR X" + c.read() + ",[X22]");
    }
}

void add_order(code &c, source &from)
{
    if (c.results && below(from, 2)) {
        std::string past = "L" + std::to_string(c.thread) + std::to_string(c.line.size());
        c.add("CBZ X" + std::to_string(1 + c.results) + "," + past);
        c.add(past + ": " + one_of(from, {"NOP", "ISB"}));
        return;
    }
    c.add(one_of(from, {"DSB ISH", "DMB SY", "DMB LD", "ISB", "DSB ISH", "DSB ST"}));
}

std::string random_test(source &from, bool &managed)
{
    std::vector<code> all(2 + (below(from, 8) == 0));
    std::string start = "z=2; ", heads, body, observed = "x; y; ", faults;
    size_t height = 0;
    if (below(from, 2))
        start += "[PTE(x)]=" + descriptor(from) + "; ";
    managed = below(from, 3) == 0;
    for (unsigned t = 0; t < all.size(); t++) {
        code &c = all[t];
        std::string n = std::to_string(t);
        bool writer = t == 0 || below(from, 4) == 0;
        c.thread = t;
        c.start = n + ":X20=x; " + n + ":X21=y; " + n + ":X22=PTE(x); ";
        for (unsigned i = 0, count = 2 + below(from, 2); i < count; i++) {
            unsigned kind = below(from, 10);
            if (kind < 2)
                add_order(c, from);
            else if (writer && kind < 7 && c.tables < 3)
                add_table_write(c, from);
            else
                add_access(c, from);
        }
        heads += (t ? " | P" : " P") + n;
        start += c.start;
        observed += c.observed;
        faults += c.faults;
        height = std::max(height, c.line.size());
    }
    for (size_t i = 0; i < height; i++) {
        for (size_t t = 0; t < all.size(); t++)
            body += (t ? " | " : " ") + (i < all[t].line.size() ? all[t].line[i] : "");
        body += " ;\n";
    }
    return std::string("AArch64 sequence\n") + (managed ? "TTHM=" + one_of(from, {"HA", "HD", "HA HD"}) + "\n" : "") +
           "{ " + start + "}\n" + heads + " ;\n" + body + "locations [" + observed + "]\nexists (x=1" + faults + ")\n";
}

void expect_same(const std::string &text, const char *variant)
{
    explored plain = explore_text(text, variant, 0, 0, ISO_REDUCE_NEVER);
    if (plain.status != 0 && plain.diagnostic.find("more runs") != std::string::npos)
        return; // too many without reductions
    ASSERT_EQ(plain.status, 0) << text << plain.diagnostic;
    for (iso_reduce reduce : {ISO_REDUCE_WHERE_IT_PAYS, ISO_REDUCE_ALWAYS}) {
        explored reduced = explore_text(text, variant, 0, 0, reduce);
        ASSERT_EQ(reduced.status, 0) << text << reduced.diagnostic;
        EXPECT_EQ(plain.states, reduced.states) << variant << "\n" << text;
        EXPECT_EQ(plain.positive == 0, reduced.positive == 0) << variant << "\n" << text;
        EXPECT_EQ(plain.negative == 0, reduced.negative == 0) << variant << "\n" << text;
    }
}

} // namespace

TEST(ExploreDeferred, GiveRandomProgramsWhatTheyHaveWithoutThem)
{
    source from(20240911);
    for (unsigned i = 0; i < 500; i++) {
        bool managed;
        std::string text = random_test(from, managed);
        const char *variants[] = {"vmsa,fatal", "vmsa,faultToNext", "vmsa,fatal,ets2", "vmsa,faultToNext,ets3"};
        expect_same(text, variants[below(from, 4)]);
        if (HasFailure())
            return;
    }
}

// In each of these a translation is made long before its access; a TLBI of the first thread keeps all of the second's reads from being made at once.
namespace
{

std::string with_two(const std::string &start, std::initializer_list<const char *> first,
                     std::initializer_list<const char *> second, const char *observed, const char *condition = "true")
{
    std::string body;
    for (size_t i = 0; i < std::max(first.size(), second.size()); i++)
        body += std::string(" ") + (i < first.size() ? first.begin()[i] : "") + " | " +
                (i < second.size() ? second.begin()[i] : "") + " ;\n";
    return "AArch64 two\n{ " + start + " }\n P0 | P1 ;\n" + body + "locations [" + observed + "]\nexists (" +
           condition + ")\n";
}

bool shows(const std::string &text, const char *state)
{
    expect_same(text, "vmsa,fatal");
    bool found = false;
    for (const std::string &one : explore_text(text, "vmsa,fatal").states)
        found |= one.find(state) != std::string::npos;
    return found;
}

} // namespace

TEST(ExploreDeferred, RememberADescriptorThatNoTlbKeeps)
{
    std::string start =
        "int x=2; int y=0; [PTE(x)]=(oa:PA(x),valid:0); 0:X24=(oa:PA(x)); 0:X22=PTE(x); 0:X20=x; 0:X21=y; "
        "1:X20=x; 1:X21=y;";
    std::string other = with_two(
        start,
        {"STR X24,[X22]", "LSR X14,X21,#12", "DSB ISH", "TLBI VAAE1IS,X14", "DSB ISH", "MOV W13,#1", "STR W13,[X21]"},
        {"LDAR W2,[X21]", "L0: LDR W3,[X20]"}, "1:X2;", "fault(P1:L0,x)");
    std::string own = other;
    own.replace(own.find("LSR X14,X21"), 11, "LSR X14,X20");
    EXPECT_TRUE(shows(other, "1:X2=1; Fault(P1:L0")) << "the fault was found before the page was mapped";
    EXPECT_FALSE(shows(own, "1:X2=1; Fault(P1:L0")) << "the TLBI has ended it";
}

TEST(ExploreDeferred, RememberAnEntryThatTheThreadsOwnTlbiEnds)
{
    std::string text = with_two(
        "int x=2; int y=0; int z=3; 0:X24=(oa:PA(z)); 0:X22=PTE(x); 0:X21=y; 1:X20=x; 1:X21=y;",
        {"STR X24,[X22]", "LSR X14,X21,#12", "DSB ISH", "TLBI VAAE1IS,X14", "DSB ISH", "MOV W13,#1", "STR W13,[X21]"},
        {"LDR W2,[X21]", "DSB ISH", "TLBI VMALLE1", "DSB ISH", "LDR W3,[X20]"}, "1:X2; 1:X3;");
    EXPECT_TRUE(shows(text, "1:X2=1; 1:X3=2;"));
    text.insert(text.find("LDR W3,[X20]"), "ISB ;\n | ");
    EXPECT_FALSE(shows(text, "1:X2=1; 1:X3=2;"));
}

TEST(ExploreDeferred, TranslateBeforeACompletionWhatALaterReadAsksFor)
{
    std::string text = with_two(
        "int x=2; int z=3; 0:X24=(oa:PA(z)); 0:X22=PTE(x); 0:X20=x; 0:X23=z; 1:X20=x;",
        {"STR X24,[X22]", "LSR X14,X20,#12", "DSB ISH", "TLBI VAAE1IS,X14", "DSB ISH", "MOV W13,#5", "STR W13,[X23]"},
        {"LDR W2,[X20]", "LDR W3,[X20]"}, "1:X2; 1:X3; z;");
    EXPECT_TRUE(shows(text, "1:X2=5; 1:X3=2;")) << "the first read's translation came before the TLBI's end";
}

TEST(ExploreDeferred, GoOnBehindAHorizonWhoseStoreWaits)
{
    std::string text =
        with_two("int x=0; int y=0; int z=0; int w=0; 0:X24=(oa:PA(x)); 0:X22=PTE(x); 0:X20=x; 0:X21=y; "
                 "0:X23=z; 1:X20=x; 1:X21=y; 1:X23=z;",
                 {"STR X24,[X22]", "LSR X14,X20,#12", "DSB ISH", "TLBI VAAE1IS,X14", "DSB ISH", "MOV W13,#1",
                  "STR W13,[X23]", "DMB SY", "LDR W2,[X21]"},
                 {"MOV W13,#1", "STR W13,[X21]", "DMB ST", "STR W13,[X20]", "ISB", "LDR W2,[X23]"}, "0:X2; 1:X2;");
    EXPECT_TRUE(shows(text, "0:X2=0; 1:X2=0;"));
}

TEST(ExploreDeferred, OfferWhatAnotherTranslationIsOrderedAfter)
{
    std::string text =
        with_two("int x=0; int y=0; int z=0; int w=0; [PTE(w)]=(oa:PA(w),valid:0); 0:X24=(oa:PA(x)); 0:X25=(oa:PA(w)); "
                 "0:X22=PTE(x); 0:X26=PTE(w); 0:X21=y; 0:X23=z; 1:X20=x; 1:X21=y; 1:X23=z; 1:X19=w;",
                 {"STR X24,[X22]", "STR X25,[X26]", "LSR X14,X21,#12", "DSB ISH", "TLBI VAAE1IS,X14", "DSB ISH",
                  "LDR W2,[X21]", "DMB SY", "MOV W13,#1", "STR W13,[X23]"},
                 {"MOV W13,#1", "STR W13,[X21]", "DMB ST", "STR W13,[X20]", "ISB", "LDAR W2,[X23]", "L0: LDR W3,[X19]"},
                 "0:X2; 1:X2;", "fault(P1:L0,w)");
    EXPECT_TRUE(shows(text, "0:X2=0; 1:X2=1; Fault(P1:L0"));
}

TEST(ExploreDeferred, UpdateADescriptorAsOftenAsItIsWritten)
{
    std::string text =
        with_two("int x=0; [PTE(x)]=(oa:PA(x)); 0:X24=(oa:PA(x),db:0,dbm:1); 0:X22=PTE(x); 1:X20=x;",
                 {"STR X24,[X22]", "DSB ISH", "LDR X2,[X22]", "STR X24,[X22]", "DSB ISH", "LDR X3,[X22]"},
                 {"MOV W13,#1", "STR W13,[X20]", "STR W13,[X20]", "STR W13,[X20]"}, "0:X2; 0:X3;");
    text.insert(text.find("{"), "TTHM=HA HD\n");
    EXPECT_TRUE(shows(text, "0:X2=(oa:PA(x), dbm:1); 0:X3=(oa:PA(x), dbm:1);")) << "two updates, for two writes";
}

// A store through an entry that is made when nobody reads the descriptor any more; the TLBI still to come ends that entry all the same.
TEST(ExploreDeferred, EndAnEntryOfADescriptorThatNobodyReadsAnyMore)
{
    const std::string text =
        "AArch64 three\n{ int x=0; int y=2; 0:X24=(oa:PA(y)); 0:X22=PTE(x); 1:X20=x; 1:X24=(oa:PA(y)); 1:X22=PTE(x); "
        "2:X20=x; 2:X22=PTE(x); 2:X24=(oa:PA(y),db:0); }\n"
        " P0 | P1 | P2 ;\n"
        " STR X24,[X22] | STR WZR,[X20] | STR X24,[X22] ;\n"
        " | STR X24,[X22] | LSR X14,X20,#12 ;\n"
        " | | DSB ISH ;\n | | TLBI VAAE1IS,X14 ;\n | | DSB ISH ;\n | | LDR W4,[X20] ;\n"
        "locations [2:X4; y; PTE(x);]\nexists (2:X4=2 /\\ y=0 /\\ [PTE(x)]=(oa:PA(y),db:0))\n";
    expect_same(text, "vmsa,fatal");
    EXPECT_EQ(explore_text(text, "vmsa,fatal", 0, 0, ISO_REDUCE_ALWAYS).positive, 0u);
}
