// Do runs in time show only what the exhaustive engine allows where one page has mismatched mappings?
#include "conformance/alias_case.h"
#include "conformance/bench.h"
#include "conformance/explore_case.h"
#include "conformance/platform_run.h"

#include <cstdlib>

namespace
{

enum { TESTS = 60, SEEDS = 60, LONGEST = 3 };

const iso_machine &machine_of(iso_tag_storage storage)
{
    static iso_machine machine;
    Bench bench;
    bench.set(ISO_CAP_TAG_STORAGE, storage);
    iso_machine_init(&machine);
    machine.ntiers = 1;
    machine.tiers[0] = bench.tier;
    for (iso_hop &hop : machine.tiers[0].hops)
        hop.timing.latency_ps = 20000;
    machine.features = bench.cpu;
    return machine;
}

// A longer run: ISO_ALIAS_TESTS=2000.
unsigned tests()
{
    const char *given = std::getenv("ISO_ALIAS_TESTS");
    return given ? static_cast<unsigned>(std::atoi(given)) : unsigned{TESTS};
}

void compare(bool tags, iso_tag_storage storage = ISO_TAG_STORAGE_FULL)
{
    const iso_machine &machine = machine_of(storage);
    size_t seen = 0, allowed = 0;
    for (unsigned seed = 0; seed < tests(); seed++) {
        AliasCase c(seed, LONGEST, tags);
        explored e = explore_on(&machine, c.attribute.c_str(), c.text, "");
        platform_result r = platform_run(c.text, SEEDS, 1, "", &machine, 0, c.attribute.c_str());
        ASSERT_EQ(e.status, 0) << e.diagnostic << "\n" << c.text;
        ASSERT_EQ(r.status, 0) << r.error << "\n" << c.text;
        EXPECT_FALSE(e.bounded) << e.reason;
        for (const auto &state : r.seen)
            EXPECT_EQ(e.states.count(state.first), 1u) << state.first << "\n" << c.attribute << "\n" << c.text;
        seen += r.seen.size();
        allowed += e.states.size();
    }
    EXPECT_GT(8 * seen, allowed) << "they see something";
}

} // namespace

RULE_TEST(ChoicesAliases, DataAreAsAllowed, "CH-44")
{
    compare(false);
}

// Allocation tags of the page beside its data, read, written and checked through mappings of other Shareability.
RULE_TEST(ChoicesAliases, TagsAreAsAllowed, "CH-44")
{
    compare(true);
}

// The same where the tier has no storage for them.
RULE_TEST(ChoicesAliases, TagsWithoutStorageAreAsAllowed, "CH-44", "CH-54")
{
    compare(true, ISO_TAG_STORAGE_NONE);
}
