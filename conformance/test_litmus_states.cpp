// Does every final state of the corpus survive reading and printing, and do the conditions give the oracle's verdicts?
// Proves observables, symbolic notation and conditions without any engine. Skips, saying so, where ../shared/corpus is absent.
#include "conformance/oracle_states.h"

#include <gtest/gtest.h>
#include <jansson.h>

#include <filesystem>
#include <fstream>
#include <memory>

namespace
{

namespace fs = std::filesystem;

fs::path corpus()
{
    return fs::path(ISOTIER_SOURCE_DIR) / ".." / "shared" / "corpus";
}

struct Row {
    fs::path file;
    std::string verdict;
    std::vector<std::string> states;
    bool positive, negative;
};

std::vector<Row> rows()
{
    std::vector<Row> list;
    for (const auto &group : fs::directory_iterator(corpus())) {
        std::ifstream lines(group.path() / "oracle.jsonl");
        for (std::string line; std::getline(lines, line);) {
            std::unique_ptr<json_t, decltype(&json_decref)> row(json_loads(line.c_str(), 0, nullptr), json_decref);
            Row r;
            r.file = group.path() / json_string_value(json_object_get(row.get(), "file"));
            r.verdict = json_string_value(json_object_get(row.get(), "verdict"));
            r.positive = json_integer_value(json_object_get(row.get(), "positive")) != 0;
            r.negative = json_integer_value(json_object_get(row.get(), "negative")) != 0;
            json_t *states = json_object_get(row.get(), "states");
            for (size_t i = 0; i < json_array_size(states); i++)
                r.states.push_back(json_string_value(json_array_get(states, i)));
            list.push_back(r);
        }
    }
    return list;
}

std::string messages(const iso_diags &diags)
{
    std::string text;
    for (size_t i = 0; i < diags.count; i++)
        text += std::string(diags.list[i].file) + ":" + std::to_string(diags.list[i].line) + ": " +
                diags.list[i].message + "\n";
    return text;
}

bool out_of_scope(const iso_diags &diags)
{
    return messages(diags).find("not supported") != std::string::npos;
}

class LitmusStates : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        if (!fs::exists(corpus()))
            GTEST_SKIP() << "no corpus at " << corpus();
    }
};

TEST_F(LitmusStates, PrintBackAndGiveTheOraclesVerdict)
{
    size_t tests = 0, states = 0, refused = 0;
    auto final = std::make_unique<iso_final>();
    for (const Row &row : rows()) {
        iso_test *test = nullptr;
        iso_diags diags = {};
        if (iso_litmus_read(&test, &diags, row.file.c_str())) {
            EXPECT_TRUE(out_of_scope(diags)) << messages(diags);
            refused++;
            iso_diags_free(&diags);
            continue;
        }
        iso_outcome_set set;
        iso_outcome_set_init(&set);
        bool readable = true;
        for (const std::string &state : row.states) {
            std::string error = state_parse(final.get(), test, state);
            EXPECT_EQ(error, "") << row.file << ": " << state;
            readable &= error.empty();
            if (!error.empty())
                break;
            char text[4096];
            iso_final_text(text, sizeof text, test, final.get());
            EXPECT_EQ(state_atoms(text), state_atoms(state))
                << row.file << "\n oracle: " << state << "\n   ours: " << text;
            iso_outcome_set_add(&set, test, final.get(), 1);
            states++;
        }
        if (readable) {
            static const char *const verdicts[] = {"Always", "Sometimes", "Never"};
            EXPECT_EQ(verdicts[iso_outcome_set_verdict(&set, test)], row.verdict)
                << row.file << ": " << test->condition_text;
            EXPECT_EQ(set.positive != 0, row.positive) << row.file << ": " << test->condition_text;
            EXPECT_EQ(set.negative != 0, row.negative) << row.file << ": " << test->condition_text;
            EXPECT_EQ(set.count, row.states.size()) << row.file << ": two states print alike";
        }
        tests++;
        iso_outcome_set_free(&set);
        iso_test_free(test);
        iso_diags_free(&diags);
    }
    RecordProperty("tests", static_cast<int>(tests));
    RecordProperty("states", static_cast<int>(states));
    EXPECT_GT(tests, 2000u);
    EXPECT_LE(refused, 5u);
    std::printf("%zu tests, %zu states, %zu out of scope\n", tests, states, refused);
}

} // namespace
