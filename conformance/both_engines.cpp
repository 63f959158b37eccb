// See both_engines.h.
#include "conformance/both_engines.h"

#include "conformance/explore_case.h"
#include "conformance/platform_run.h"

static size_t having(const std::set<std::string> &states, const std::string &part)
{
    size_t count = 0;
    for (const std::string &state : states)
        count += state.find(part) != std::string::npos;
    return count;
}

size_t Both::allows(const std::string &part) const
{
    return having(allowed, part);
}

size_t Both::shows(const std::string &part) const
{
    return having(seen, part);
}

Both both(const Bench &bench, const char *attribute, const std::string &text, const char *variant, uint32_t seeds)
{
    static iso_machine machine; // large
    iso_machine_init(&machine);
    machine.ntiers = 1;
    machine.tiers[0] = bench.tier;
    machine.features = bench.cpu;
    explored e = explore_on(&machine, attribute, text, variant);
    EXPECT_EQ(e.status, 0) << e.diagnostic;
    platform_result r = platform_run(text, seeds, 1, variant, &machine, 0, attribute);
    EXPECT_EQ(r.status, 0) << r.error;
    Both out;
    out.allowed = e.states;
    out.positive_allowed = e.positive;
    out.positive_seen = r.positive;
    out.bounded = e.bounded;
    for (const auto &[state, times] : r.seen) {
        out.seen.insert(state);
        EXPECT_TRUE(e.bounded || e.states.count(state)) << "seen, but not allowed: " << state << "\n" << text;
    }
    return out;
}
