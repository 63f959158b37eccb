// Is the exhaustive engine's outcome set the oracle's, test by test? Every required test of the public corpus and all about instruction fetch; the only exceptions are those that
// sim/explore/DIFFERENCES.md argues. Small as they are, each is explored as large ones are, too: from horizon to horizon, with every reduction.
#include "oracle_states.h"

extern "C" {
#include "sim/isa/engine.h"
#include <jansson.h>
}

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace
{

const std::filesystem::path corpus = std::filesystem::path(ISOTIER_SOURCE_DIR) / ".." / "shared" / "corpus";

std::string text_of(const std::filesystem::path &path)
{
    std::ifstream in(path);
    std::stringstream out;
    out << in.rdbuf();
    return out.str();
}

std::string difference(const std::filesystem::path &group, json_t *row, iso_reduce reduce, uint32_t *flags = nullptr)
{
    iso_test *test = nullptr;
    iso_diags diags = {};
    iso_outcome_set set;
    std::string out, variants, path = (group / json_string_value(json_object_get(row, "file"))).string();
    size_t i;
    json_t *item;
    if (iso_litmus_read(&test, &diags, path.c_str()) < 0) {
        out = diags.count ? diags.list[0].message : "unreadable";
        iso_diags_free(&diags);
        return out;
    }
    json_array_foreach(json_object_get(row, "variants"), i, item) variants +=
        (i ? "," : "") + std::string(json_string_value(item));
    iso_variant given = {};
    const char *bad = nullptr;
    size_t size = 0;
    iso_variant_parse(&given, variants.c_str(), &bad, &size);
    auto setup = std::make_unique<iso_setup>();
    setup->test = test;
    iso_variant_merge(&setup->variant, &given, test);
    setup->whole_locations = !setup->variant.mixed; // as `isotier outcomes` and the oracle have it
    iso_outcome_set_init(&set);
    std::set<std::set<std::string>> ours, theirs;
    iso_explore_options options = {};
    options.reduce = reduce;
    if (iso_explore(&set, &diags, setup.get(), &options) < 0)
        out = diags.count ? diags.list[0].message : "failed";
    if (flags)
        *flags = set.flags;
    for (size_t k = 0; k < set.count; k++)
        ours.insert(state_atoms(set.list[k].text));
    json_array_foreach(json_object_get(row, "states"), i, item) theirs.insert(state_atoms(json_string_value(item)));
    if (out.empty() && ours != theirs)
        out = "states differ";
    if (out.empty() && set.bounded)
        out = set.bound_reason;
    if (out.empty() && (set.positive != 0) != (json_integer_value(json_object_get(row, "positive")) != 0))
        out = "positive differs";
    if (out.empty() && (set.negative != 0) != (json_integer_value(json_object_get(row, "negative")) != 0))
        out = "negative differs";
    iso_outcome_set_free(&set);
    iso_diags_free(&diags);
    iso_test_free(test);
    return out;
}

TEST(ExploreCorpus, EqualsTheOracle)
{
    if (!std::filesystem::exists(corpus))
        GTEST_SKIP() << "no corpus at ../shared/corpus";
    std::string argued = text_of(std::filesystem::path(ISOTIER_SOURCE_DIR) / "sim/explore/DIFFERENCES.md");
    size_t compared = 0;
    for (const auto &group : std::filesystem::directory_iterator(corpus)) {
        std::ifstream rows(group.path() / "oracle.jsonl");
        for (std::string line; std::getline(rows, line);) {
            json_t *row = json_loads(line.c_str(), 0, nullptr);
            ASSERT_TRUE(row) << group.path();
            std::string name = group.path().filename().string() + "/" + json_string_value(json_object_get(row, "file"));
            bool is_fetch = name.find("ifetch") != std::string::npos || name.rfind("instructions-self/", 0) == 0;
            if (is_fetch || std::string(json_string_value(json_object_get(row, "scope"))) == "required") {
                bool expected = argued.find("`" + name + "`") != std::string::npos;
                for (iso_reduce reduce : {ISO_REDUCE_WHERE_IT_PAYS, ISO_REDUCE_ALWAYS}) {
                    std::string why = difference(group.path(), row, reduce);
                    EXPECT_EQ(why.empty(), !expected) << name << ": " << why << " (reduce " << reduce << ")";
                }
                compared++;
            }
            json_decref(row);
        }
    }
    EXPECT_GT(compared, 1900u);
}

TEST(ExploreCorpus, WarnsOfMissingBreakBeforeMakeWhereTheOracleDoes)
{
    if (!std::filesystem::exists(corpus))
        GTEST_SKIP() << "no corpus at ../shared/corpus";
    size_t warned = 0;
    for (const auto &group : std::filesystem::directory_iterator(corpus)) {
        std::ifstream rows(group.path() / "oracle.jsonl");
        for (std::string line; std::getline(rows, line);) {
            json_t *row = json_loads(line.c_str(), 0, nullptr), *flag;
            ASSERT_TRUE(row) << group.path();
            bool wanted = false;
            size_t i;
            json_array_foreach(json_object_get(row, "flags"), i, flag) wanted |=
                std::string(json_string_value(flag)) == "Warning-BBM-expected";
            for (iso_reduce reduce : {ISO_REDUCE_WHERE_IT_PAYS, ISO_REDUCE_ALWAYS}) {
                uint32_t flags = 0;
                difference(group.path(), row, reduce, &flags);
                EXPECT_EQ((flags & ISO_OUTCOME_BBM_EXPECTED) != 0, wanted)
                    << group.path() << json_string_value(json_object_get(row, "file")) << " (reduce " << reduce << ")";
            }
            warned += wanted;
            json_decref(row);
        }
    }
    EXPECT_GT(warned, 100u);
}

} // namespace
