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
