// Does a tier of a machine file take the time its file says: idle, at full load, and along the published curves?
extern "C" {
#include "sim/machine_load.h"
}
#include "sim/platform/measure.h"

#include <cmath>
#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <string>

namespace
{

struct loaded_machine {
    iso_machine_file *file = nullptr;
    explicit loaded_machine(const std::string &path)
    {
        iso_diags diags = {};
        if (iso_machine_load(&file, &diags, path.c_str()) != 0 && diags.count)
            ADD_FAILURE() << path << ": " << diags.list[0].message;
        iso_diags_free(&diags);
    }
    ~loaded_machine()
    {
        if (file)
            iso_machine_file_free(file);
    }
};

std::filesystem::path machines()
{
    return std::filesystem::path(ISOTIER_SOURCE_DIR) / "models/machines";
}

// The narrowest place of the path: a hop, or the mix table of the device.
uint32_t read_peak_mbps(const iso_tier &t)
{
    uint32_t peak = 0;
    for (size_t k = 0; k < t.nmix; k++)
        if (t.mix[k].read_permille == 1000)
            peak = t.mix[k].bandwidth_mbps;
    for (size_t h = 0; h < t.nhops; h++)
        if (t.hops[h].timing.read_mbps && (!peak || t.hops[h].timing.read_mbps < peak))
            peak = t.hops[h].timing.read_mbps;
    return peak;
}

} // namespace

TEST(PlatformTiming, IdleChaseIsTheSumOfTheStages)
{
    for (const auto &entry : std::filesystem::directory_iterator(machines())) {
        loaded_machine m(entry.path().string());
        ASSERT_NE(m.file, nullptr);
        for (unsigned t = 0; t < m.file->machine.ntiers; t++) {
            const iso_tier &tier = m.file->machine.tiers[t];
            double ns = 0, sum = static_cast<double>(iso_tier_idle_ps(&tier)) / 1000;
            ASSERT_EQ(iso_platform_measure_latency(&ns, &m.file->machine, t, 2000, 1), 0);
            EXPECT_NEAR(ns, sum, 0.02 * sum) << entry.path() << " " << tier.name;
        }
    }
}

TEST(PlatformTiming, PeakBandwidthIsTheFiles)
{
    for (const auto &entry : std::filesystem::directory_iterator(machines())) {
        loaded_machine m(entry.path().string());
        ASSERT_NE(m.file, nullptr);
        for (unsigned t = 0; t < m.file->machine.ntiers; t++) {
            const iso_tier &tier = m.file->machine.tiers[t];
            double peak = read_peak_mbps(tier) / 1000.0, gbps = 0;
            if (peak <= 0)
                continue;
            ASSERT_EQ(iso_platform_measure_bandwidth(&gbps, &m.file->machine, t, 1000, 40000, 1), 0);
            EXPECT_NEAR(gbps, peak, 0.05 * peak) << entry.path() << " " << tier.name;
        }
    }
}

TEST(PlatformTiming, MixesOfReadsAndWritesFollowTheTable)
{
    loaded_machine m((machines() / "vistara.yaml").string());
    ASSERT_NE(m.file, nullptr);
    for (unsigned t = 0; t < m.file->machine.ntiers; t++) {
        const iso_tier &tier = m.file->machine.tiers[t];
        for (size_t k = 0; k < tier.nmix; k++) {
            double peak = tier.mix[k].bandwidth_mbps / 1000.0, gbps = 0;
            ASSERT_EQ(iso_platform_measure_bandwidth(&gbps, &m.file->machine, t, tier.mix[k].read_permille, 60000, 1),
                      0);
            EXPECT_NEAR(gbps, peak, 0.05 * peak) << tier.name << " reads per mille " << tier.mix[k].read_permille;
        }
    }
}

TEST(PlatformTiming, LoadedLatencyFollowsThePublishedCurves)
{
    loaded_machine m((machines() / "vistara.yaml").string());
    ASSERT_NE(m.file, nullptr);
    unsigned points = 0;
    for (unsigned t = 0; t < m.file->machine.ntiers; t++) {
        const iso_tier &tier = m.file->machine.tiers[t];
        for (size_t k = 0; k < tier.ncurve; k++, points++) {
            double want = tier.curve[k].latency_ps / 1000.0, ns = 0;
            ASSERT_EQ(iso_platform_measure_loaded(&ns, &m.file->machine, t, tier.curve[k].use_permille, 60000, 1), 0);
            EXPECT_NEAR(ns, want, 0.10 * want) << tier.name << " at per mille " << tier.curve[k].use_permille;
        }
    }
    EXPECT_GE(points, 6u);
}

TEST(PlatformTiming, RefusesWhatIsNotThere)
{
    loaded_machine m((machines() / "vistara.yaml").string());
    ASSERT_NE(m.file, nullptr);
    double x = 0;
    EXPECT_EQ(iso_platform_measure_latency(&x, &m.file->machine, 16, 10, 1), -1);
    EXPECT_EQ(iso_platform_measure_latency(&x, nullptr, 0, 10, 1), -1);
    EXPECT_EQ(iso_platform_measure_bandwidth(&x, &m.file->machine, 0, 1001, 10, 1), -1);
    EXPECT_EQ(iso_platform_measure_loaded(&x, &m.file->machine, 0, 0, 10, 1), -1);
}
