// Is every state the timed engine shows on public tests one that the oracle allows?
#include "conformance/oracle_states.h"
#include "conformance/platform_run.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <jansson.h>
#include <sstream>

namespace
{

constexpr uint32_t SEEDS =
    12; // a slice; the whole set is `isotier-timed --seeds 200` against compare_outcomes.py --sound

// Where both engines knowingly differ from the oracle.
bool argued(const std::string &place)
{
    std::ifstream in(std::filesystem::path(ISOTIER_SOURCE_DIR) / "sim/explore/DIFFERENCES.md");
    std::stringstream text;
    text << in.rdbuf();
    return text.str().find("`" + place + "`") != std::string::npos;
}

void check_group(const std::filesystem::path &group)
{
    std::ifstream lines(group / "oracle.jsonl");
    unsigned tests = 0;
    for (std::string line; std::getline(lines, line);) {
        json_t *row = json_loads(line.c_str(), 0, nullptr);
        ASSERT_NE(row, nullptr);
        std::string name = json_string_value(json_object_get(row, "test"));
        std::string scope = json_string_value(json_object_get(row, "scope"));
        iso_variant variant = {};
        size_t index = 0;
        json_t *value = nullptr;
        json_array_foreach(json_object_get(row, "variants"), index, value)
        {
            const char *bad = nullptr;
            size_t size = 0;
            iso_variant_parse(&variant, json_string_value(value), &bad, &size);
        }
        std::set<std::set<std::string>> allowed;
        json_array_foreach(json_object_get(row, "states"), index, value)
            allowed.insert(state_atoms(json_string_value(value)));
        iso_diags diags = {};
        iso_test *test = nullptr;
        std::string file = (group / json_string_value(json_object_get(row, "file"))).string();
        bool is_fetch = file.find("ifetch") != std::string::npos || file.find("instructions-self") != std::string::npos;
        std::string place = group.filename().string() + "/" + std::filesystem::path(file).filename().string();
        if ((is_fetch || scope == "required") && !argued(place) && iso_litmus_read(&test, &diags, file.c_str()) == 0) {
            platform_result r = platform_run_test(test, SEEDS, 1, variant, nullptr, 0, "wb", 0, nullptr, nullptr);
            EXPECT_EQ(r.status, 0) << name << ": " << r.error;
            for (const auto &s : r.seen)
                EXPECT_TRUE(allowed.count(state_atoms(s.first))) << file << " shows " << s.first;
            EXPECT_EQ(r.counters["late-replays"], 0u) << name;
            tests++;
            iso_test_free(test);
        }
        iso_diags_free(&diags);
        json_decref(row);
    }
    EXPECT_GT(tests, 0u) << group << ": nothing was run";
}

} // namespace

class PlatformCorpus : public testing::TestWithParam<const char *>
{
};

TEST_P(PlatformCorpus, ShowsOnlyAllowedStates)
{
    std::filesystem::path group = std::filesystem::path(ISOTIER_SOURCE_DIR) / "../shared/corpus" / GetParam();
    if (!std::filesystem::exists(group))
        GTEST_SKIP() << "no corpus at " << group;
    check_group(group);
}

INSTANTIATE_TEST_SUITE_P(Groups, PlatformCorpus,
                         testing::Values("aarch64", "bbm", "cas", "ets2", "ets3", "faults", "gen", "gen-mixed",
                                         "gen-mixed-32", "gen-mixed-64", "gen-mixed-strict", "gen-mte", "gen-store",
                                         "ifetch", "instructions", "instructions-self", "instructions-vmsa-ifetch",
                                         "instructions-mixed", "instructions-mte", "instructions-vmsa", "mixed", "mte",
                                         "mte-mixed", "mte-pick", "oban", "pick", "readers-guide", "vmsa"));
