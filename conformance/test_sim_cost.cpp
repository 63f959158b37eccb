// The pure parts of measuring cost: scaling a workload's loops, the difference of two runs, the ratio.
#include <gtest/gtest.h>

#include <string>
#include <vector>

extern "C" {
#include "sim/cost.h"
}

namespace
{

TEST(SimCost, DifferenceIsOfOneIteration)
{
    EXPECT_EQ(iso_cost_difference(1000, 3000, 100), 20000u); // 20 cycles, in thousandths
    EXPECT_EQ(iso_cost_difference(1000, 1001, 1000), 1u);
    EXPECT_EQ(iso_cost_difference(1000, 1000, 10), 0u);
    EXPECT_EQ(iso_cost_difference(1001, 1000, 10), 0u); // never negative
    EXPECT_EQ(iso_cost_difference(0, 1000, 0), 0u);
}

TEST(SimCost, RatioNeedsBothSides)
{
    const iso_cost one{ISO_COST_MEASURED, 4000, 4000}, six{ISO_COST_MEASURED, 24000, 24000},
        none{ISO_COST_MEASURED, 0, 0};
    EXPECT_DOUBLE_EQ(iso_cost_ratio(&six, &one), 6.0);
    EXPECT_DOUBLE_EQ(iso_cost_ratio(&one, &one), 1.0);
    EXPECT_DOUBLE_EQ(iso_cost_ratio(&one, &none), 0.0);
    for (iso_cost_end end :
         {ISO_COST_REFUSED, ISO_COST_UNKNOWN, ISO_COST_FAULT, ISO_COST_NO_PROGRESS, ISO_COST_FAILED}) {
        const iso_cost other{end, 4000, 4000};
        EXPECT_DOUBLE_EQ(iso_cost_ratio(&other, &one), 0.0) << iso_cost_end_name(end);
        EXPECT_DOUBLE_EQ(iso_cost_ratio(&one, &other), 0.0) << iso_cost_end_name(end);
    }
}

TEST(SimCost, ScalingSetsTheCountersAndNothingElse)
{
    const std::string text = "AArch64 two\nCost=64 0:X9 1:X8\n{ 0:X9=2; 1:X8=3; 1:X9=7; }\n P0 | P1 ;\n NOP | NOP ;\n";
    iso_test *test = nullptr;
    iso_diags diags{};
    ASSERT_EQ(iso_litmus_parse(&test, &diags, "two", text.data(), text.size()), 0) << diags.list[0].message;
    std::vector<iso_thread> threads(test->nthreads);
    iso_test scaled;
    iso_cost_scale(&scaled, threads.data(), test, 128);
    EXPECT_EQ(scaled.thread[0].init.x[9], 128u);
    EXPECT_EQ(scaled.thread[1].init.x[8], 128u);
    EXPECT_EQ(scaled.thread[1].init.x[9], 7u);
    EXPECT_EQ(test->thread[0].init.x[9], 2u); // the workload itself stays as written
    EXPECT_EQ(test->thread[1].init.x[8], 3u);
    EXPECT_EQ(scaled.thread[0].insn, test->thread[0].insn);
    iso_test_free(test);
    iso_diags_free(&diags);
}

} // namespace
