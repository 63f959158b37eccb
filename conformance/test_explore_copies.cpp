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
    static iso_machine machine;
    Bench bench;
    iso_machine_init(&machine);
    machine.ntiers = 1;
    machine.tiers[0] = bench.tier;
    machine.features = bench.cpu;
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

// P0's line is nobody's business once it has stored there. It is written back before the end, unless P1 waits for ever: then it need not be, and P0's store is
// never seen.
TEST(ExploreCopies, LinesThatNobodyGoesToStayDirtyBesideALoop)
{
    const std::string head =
        "AArch64 t\nVariant=vmsa\n{ uint64_t x; uint64_t y; uint64_t f; [PTE(y)]=(oa:PA(x), attrs:(Normal,iNC,oNC));\n"
        "0:X0=1; 0:X1=x; 0:X2=y; 1:X3=f; }\n P0 | P1 ;\n LDR X4,[X2] | L0: ;\n DSB SY | LDR X5,[X3] ;\n STR X0,[X1] | ";
    for (bool every : {false, true}) {
        explored ends = explore_on(&machine(), "wb", head + "NOP ;\nlocations [x;]\nexists (0:X4=0)\n", "", every);
        EXPECT_EQ(ends.states, (std::set<std::string>{"0:X4=0; [x]=1;"})) << ends.diagnostic;
        explored waits =
            explore_on(&machine(), "wb", head + "CBZ X5,L0 ;\nlocations [x;]\nexists (0:X4=0)\n", "", every);
        EXPECT_EQ(waits.states,
                  (std::set<std::string>{"0:X4=0; [x]=0; NoProgress(P1);", "0:X4=0; [x]=1; NoProgress(P1);"}))
            << waits.diagnostic;
    }
}

// The same beside an access that hangs.
TEST(ExploreCopies, LinesThatNobodyGoesToStayDirtyBesideAnAccessThatHangs)
{
    static iso_machine hangs;
    Bench bench;
    iso_machine_init(&hangs);
    bench.set({{ISO_CAP_ATOMIC_NC, ISO_SUPPORT_NO}, {ISO_CAP_ATOMIC_ON_UNSUPPORTED, ISO_ATOMIC_UNSUPPORTED_HANG}});
    hangs.ntiers = 1;
    hangs.tiers[0] = bench.tier;
    hangs.features = bench.cpu;
    const std::string text =
        "AArch64 t\nVariant=vmsa\n{ uint64_t x; uint64_t y; uint64_t f; [PTE(y)]=(oa:PA(x), attrs:(Normal,iNC,oNC)); "
        "[PTE(f)]=(oa:PA(f), attrs:(Normal,iNC,oNC));\n0:X0=1; 0:X1=x; 0:X2=y; 1:X0=1; 1:X3=f; }\n P0 | P1 ;\n "
        "LDR X4,[X2] | LDADD X0,X5,[X3] ;\n DSB SY | ;\n STR X0,[X1] | ;\nlocations [x;]\nexists (0:X4=0)\n";
    for (bool every : {false, true}) {
        explored e = explore_on(&hangs, "wb", text, "", every);
        EXPECT_EQ(e.states, (std::set<std::string>{"0:X4=0; [x]=0; NoProgress(P1);", "0:X4=0; [x]=1; NoProgress(P1);"}))
            << e.diagnostic;
    }
}
