// Threads that invalidate translations are walked from horizon to horizon, too: a DSB behind a TLBI is one. Is no outcome lost or invented there?
#include "conformance/explore_case.h"

#include <gtest/gtest.h>
#include <random>

namespace
{

explored walked(const std::string &text, iso_reduce reduce)
{
    explored e = explore_text(text, "", 0, 0, reduce);
    EXPECT_EQ(e.status, 0) << e.diagnostic << "\n" << text;
    EXPECT_FALSE(e.bounded) << e.reason << "\n" << text;
    return e;
}

std::string in_rows(const std::vector<std::vector<std::string>> &thread)
{
    std::string out = " P0 | P1 ;\n";
    for (size_t i = 0; i < thread[0].size() || i < thread[1].size(); i++)
        out += " " + (i < thread[0].size() ? thread[0][i] : "") + " | " + (i < thread[1].size() ? thread[1][i] : "") +
               " ;\n";
    return out;
}

std::string head(const char *variant = "fatal")
{
    return std::string("AArch64 h\nVariant=vmsa,") + variant +
           "\n{ int x=1; int y=2; int z=3; 0:X0=PTE(x); 0:X1=x; 0:X2=(oa:PA(y)); 0:X3=(oa:PA(z)); 0:X9=z; 1:X0=PTE(x); "
           "1:X1=x; 1:X9=z; }\n";
}

// x's page leads to y's frame `times` times and back, each time by break-before-make, and is read in between.
std::string moves_about(unsigned times)
{
    std::vector<std::string> code;
    for (unsigned i = 0; i < times; i++)
        for (const char *line :
             {"STR XZR,[X0]", "DSB ISH", "LSR X5,X1,#12", "TLBI VAAE1IS,X5", "DSB ISH",
              i % 2 ? "STR X3,[X0]" : "STR X2,[X0]", "DSB ISH", "ISB", "LDR W6,[X1]", "ADD W7,W7,W6"})
            code.push_back(line);
    return head() + in_rows({code, {"NOP"}}) + "locations [0:X7;]\nexists (true)\n";
}

// P0 remaps x, once or twice, with what a random choice leaves of break-before-make; P1 uses it meanwhile.
std::string random_remap(unsigned seed)
{
    std::mt19937 from(seed);
    auto below = [&](unsigned count) { return static_cast<unsigned>(from() % count); };
    std::vector<std::string> p0, p1;
    std::string shown;
    for (unsigned round = 0; round < 1 + below(2); round++) {
        if (below(3))
            p0.push_back("STR XZR,[X0]");
        p0.push_back(below(4) ? "DSB ISH" : "DMB ISH");
        p0.push_back("LSR X5,X1,#12");
        p0.push_back(below(3) ? "TLBI VAAE1IS,X5" : "TLBI VMALLE1IS");
        if (below(4))
            p0.push_back("DSB ISH");
        p0.push_back(round ? "STR X3,[X0]" : "STR X2,[X0]");
        if (below(2))
            p0.push_back("DSB ISH");
        if (below(2))
            p0.push_back("ISB");
        if (below(2)) {
            const std::string reg = "W" + std::to_string(10 + round);
            p0.push_back("LDR " + reg + (below(2) ? ",[X1]" : ",[X9]"));
            shown += "0:X" + reg.substr(1) + ";";
        }
        if (below(2))
            p0.push_back("STR W11,[X9]");
    }
    for (unsigned i = 0; i < 2 + below(2); i++) {
        const std::string reg = "W" + std::to_string(10 + i);
        p1.push_back("LDR " + reg + (below(3) ? ",[X1]" : ",[X9]"));
        shown += "1:X" + reg.substr(1) + ";";
        if (below(3) == 0)
            p1.push_back(below(2) ? "DSB ISH" : "ISB");
    }
    return head(seed % 3 == 0   ? "fatal"
                : seed % 3 == 1 ? "fatal,ets2"
                                : "handled") +
           in_rows({p0, p1}) + "locations [" + shown + "fault(P0,x);fault(P1,x);]\nexists (true)\n";
}

} // namespace

TEST(ExploreHorizons, InvalidationsOneAfterTheOther)
{
    for (unsigned times : {1u, 2u, 3u})
        EXPECT_EQ(walked(moves_about(times), ISO_REDUCE_NEVER).states,
                  walked(moves_about(times), ISO_REDUCE_ALWAYS).states);
    explored e = walked(moves_about(12), ISO_REDUCE_ALWAYS); // more events than one walk holds
    EXPECT_EQ(e.states, (std::set<std::string>{"0:X7=30;"}));
}

TEST(ExploreHorizons, RandomRemapsAreAlike)
{
    size_t several = 0;
    for (unsigned seed = 0; seed < 300; seed++) {
        const std::string text = random_remap(seed);
        explored whole = walked(text, ISO_REDUCE_NEVER), parts = walked(text, ISO_REDUCE_ALWAYS);
        ASSERT_EQ(whole.states, parts.states) << seed << "\n" << text;
        several += whole.states.size() > 3;
    }
    EXPECT_GT(several, 100u);
}

// A loop over a translation that the invalidation ends does not go on for ever, nor does one that nothing ends end.
TEST(ExploreHorizons, LoopsOverWhatIsInvalidated)
{
    const std::string loop = "L: LDR W10,[X1]";
    for (const char *barrier : {"DSB ISH", "NOP"}) {
        const std::string text = head() +
                                 in_rows({{"STR XZR,[X0]", "DSB ISH", "LSR X5,X1,#12", "TLBI VAAE1IS,X5", barrier,
                                           "LDR W10,[X9]", "LDR W11,[X9]"},
                                          {loop, "CMP W10,#1", "B.EQ L"}}) +
                                 "locations [fault(P1,x);]\nexists (true)\n";
        EXPECT_EQ(walked(text, ISO_REDUCE_NEVER).states, walked(text, ISO_REDUCE_ALWAYS).states) << barrier;
    }
}
