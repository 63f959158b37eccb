// Does the exploration of what caches do leave out only what nobody can tell?
#include "conformance/alias_case.h"
#include "conformance/bench.h"
#include "conformance/explore_case.h"

#include <cstdlib>

namespace
{

enum { TESTS = 160, LONGEST = 3 };

const iso_machine &machine()
{
    static const iso_machine machine = Bench().machine();
    return machine;
}

// A longer run: ISO_ALIAS_TESTS=2000.
unsigned tests()
{
    const char *given = std::getenv("ISO_ALIAS_TESTS");
    return given ? static_cast<unsigned>(std::atoi(given)) : unsigned{TESTS};
}

} // namespace

// Fills that no thread notices are put off, copies that nobody reads again are forgotten, and states that differ in reasons alone are one.
static void compare(bool tags, unsigned count)
{
    uint64_t visited = 0, all = 0;
    unsigned compared = 0;
    for (unsigned seed = 0; seed < count; seed++) {
        AliasCase c(seed, LONGEST, tags);
        explored quick = explore_on(&machine(), c.attribute.c_str(), c.text, "");
        explored whole = explore_on(&machine(), c.attribute.c_str(), c.text, "", true);
        ASSERT_EQ(quick.status, 0) << quick.diagnostic << "\n" << c.text;
        EXPECT_FALSE(quick.bounded) << quick.reason << "\n" << c.text;
        if (whole.bounded) // more states than the limit
            continue;
        compared++;
        EXPECT_EQ(quick.causes, whole.causes) << c.attribute << "\n" << c.text;
        visited += quick.visited;
        all += whole.visited;
    }
    EXPECT_LT(4 * visited, 3 * all) << "they are many";
    EXPECT_GE(10 * compared, 9 * count);
}

RULE_TEST(ExploreCopies, QuietMovesAddNothing, "CH-44")
{
    compare(false, tests());
}

// The same with allocation tags beside the data.
RULE_TEST(ExploreCopies, QuietMovesOfTagsAddNothing, "CH-44")
{
    compare(true, tests() / 4);
}

// P0's line is nobody's business once it has stored there. It is written back before the end, unless P1 waits for ever, or hangs: then it need not be, even if P1
// has learnt of the store.
TEST(ExploreCopies, LinesThatNobodyGoesToMayStayDirtyWhereAThreadHasNoEnd)
{
    Bench bench;
    bench.set({{ISO_CAP_ATOMIC_NC, ISO_SUPPORT_NO}, {ISO_CAP_ATOMIC_ON_UNSUPPORTED, ISO_ATOMIC_UNSUPPORTED_HANG}});
    const iso_machine hangs = bench.machine();
    const std::string head =
        "AArch64 t\nVariant=vmsa\n{ uint64_t x; uint64_t y; uint64_t f; uint64_t h; [PTE(y)]=(oa:PA(x), "
        "attrs:(Normal,iNC,oNC)); [PTE(f)]=(oa:PA(f), attrs:(Normal,iNC,oNC));\n0:X0=1; 0:X1=x; 0:X2=y; 0:X3=f; "
        "1:X0=1; 1:X3=f; 1:X4=h; }\n P0 | P1 ;\n LDR X4,[X2] | LDR X6,[X3] ;\n DSB SY | L0: ;\n STR X0,[X1] | ";
    const std::string tail = " ;\n STR X0,[X3] | ;\nlocations [1:X6; x;]\nexists (0:X4=0)\n";
    const std::string dirty = "0:X4=0; 1:X6=1; [x]=0; NoProgress(P1);",
                      clean = "0:X4=0; 1:X6=1; [x]=1; NoProgress(P1);";
    for (bool every : {false, true}) {
        explored ends = explore_on(&machine(), "wb", head + "LDR X5,[X4] ;\n DSB SY | NOP" + tail, "", every);
        EXPECT_EQ(ends.states, (std::set<std::string>{"0:X4=0; 1:X6=0; [x]=1;", "0:X4=0; 1:X6=1; [x]=1;"}))
            << ends.diagnostic;
        explored waits = explore_on(&machine(), "wb", head + "LDR X5,[X4] ;\n DSB SY | CBZ X5,L0" + tail, "", every);
        EXPECT_EQ(waits.states.count(dirty) + waits.states.count(clean), 2u) << waits.diagnostic;
        explored hung = explore_on(&hangs, "wb", head + "LDADD X0,X5,[X3] ;\n DSB SY | NOP" + tail, "", every);
        EXPECT_EQ(hung.states.count(dirty) + hung.states.count(clean), 2u) << hung.diagnostic;
    }
}
