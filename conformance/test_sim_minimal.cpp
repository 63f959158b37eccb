// Are the reasons and the sets of the search for the smallest change those that brute force finds?
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

extern "C" {
#include "sim/explain_space.h"
}

namespace
{

// How much is tried: 1 in the suite, more in `make campaign`.
unsigned Effort()
{
    const char *text = std::getenv("ISO_MINIMAL_EFFORT");
    return text ? static_cast<unsigned>(std::atoi(text)) : 1;
}

// Cells that diverge, of the bundled scenarios on the default machine.
class Minimal : public testing::Test
{
  protected:
    void SetUp() override
    {
        iso_strings operands = {}, none = {};
        iso_strings_add(&operands, ISOTIER_SOURCE_DIR "/scenarios");
        ASSERT_EQ(iso_machine_load(&machine_, &diags_, ISOTIER_SOURCE_DIR "/models/machines/default.yaml"), 0);
        ASSERT_EQ(iso_scenarios_read(&run_.scenario, &run_.nscenarios, &diags_, &operands), 0);
        run_.machine = machine_;
        run_.engines = ISO_ENGINE_EXHAUSTIVE;
        run_.sequence = iso_migration_find("base");
        ASSERT_EQ(iso_run_plan(&run_, &diags_, &none, &none), 0);
        iso_strings_free(&operands);
    }
    void TearDown() override
    {
        iso_run_free(&run_);
        iso_machine_file_free(machine_);
        iso_diags_free(&diags_);
    }
    // Opens the space of a cell that diverges; false: it does not, or takes long.
    bool Open(size_t cell)
    {
        iso_buffer values = {};
        const iso_cell *c = &run_.cell[cell];
        iso_refusal refusal;
        if (iso_scenario_refused(&refusal, &machine_->machine.tiers[c->tier], &c->attribute,
                                 run_.scenario[c->scenario].test->nmigrates != 0))
            return false;
        bool good = iso_judge_begin(&judge_, &diags_, &run_, &run_.scenario[c->scenario], c->sequence) == 0 &&
                    iso_cell_bind(bound_.get(), &values, &diags_, &judge_, cell) == 0 &&
                    iso_space_open(space_.get(), &judge_, bound_.get(), c) == 0;
        iso_buffer_free(&values);
        if (!good)
            Close();
        return good;
    }
    void Close()
    {
        iso_space_close(space_.get());
        iso_judge_end(&judge_);
    }
    // Cells that diverge, evenly over the plan; `use` is called with each space open.
    template <typename Use> void Each(size_t count, Use use)
    {
        size_t used = 0, step = std::max<size_t>(1, run_.ncells / (3 * count));
        while (step % 2 == 0 || step % 3 == 0) // all tiers
            step++;
        for (size_t i = 7 % step; i < run_.ncells && used < count; i += step) {
            if (!Open(i))
                continue;
            use(run_.cell[i]);
            Close();
            used++;
        }
        EXPECT_GT(used, count / 4);
    }
    // A value for each setting, every one drawn.
    iso_point Draw(std::mt19937 &random)
    {
        iso_point point = space_->base;
        for (uint16_t i = 0; i < space_->count; i++) {
            const iso_setting &s = space_->setting[i];
            unsigned pick = static_cast<unsigned>(random() % (s.nvalues + 1u));
            point.value[i] = pick ? s.value[pick - 1] : s.from;
        }
        return point;
    }
    // Few settings changed.
    iso_point Near(std::mt19937 &random, unsigned changes)
    {
        iso_point point = space_->base;
        for (unsigned k = 0; k < changes; k++) {
            uint16_t i = static_cast<uint16_t>(random() % space_->count);
            const iso_setting &s = space_->setting[i];
            if (s.nvalues)
                point.value[i] = s.value[random() % s.nvalues];
        }
        return point;
    }
    static std::string Text(const iso_machine *machine, const iso_cell *cell, const iso_change_set &set)
    {
        iso_buffer text = {};
        for (size_t i = 0; i < set.count; i++) {
            iso_buffer_add(&text, i ? " and " : "");
            iso_change_text(&text, machine, cell, &set.change[i]);
        }
        std::string out = iso_buffer_string(&text);
        iso_buffer_free(&text);
        return out;
    }

    iso_diags diags_ = {};
    iso_machine_file *machine_ = nullptr;
    iso_run run_ = {};
    iso_judge judge_ = {};
    std::unique_ptr<iso_machine> bound_{new iso_machine};
    std::unique_ptr<iso_space> space_{new iso_space};
};

// A machine that agrees with one that fails in the settings of its reason fails, whatever its others are.
TEST_F(Minimal, AReasonHoldsWhateverTheOtherSettingsAre)
{
    std::mt19937 random(1);
    size_t reasons = 0, narrow = 0;
    Each(60 * Effort(), [&](const iso_cell &cell) {
        for (unsigned k = 0; k < 6; k++) {
            iso_point point = k ? Near(random, k % 3) : space_->base;
            iso_finding finding, other;
            iso_space_judge(&finding, space_.get(), &point);
            if (finding.removes || finding.undecided)
                continue;
            size_t size = 0;
            for (uint16_t i = 0; i < space_->count; i++)
                size += iso_settings_has(&finding.why, i);
            reasons++;
            narrow += size < space_->count / 4u;
            for (unsigned j = 0; j < 6 * Effort(); j++) {
                iso_point changed = Draw(random);
                for (uint16_t i = 0; i < space_->count; i++)
                    if (iso_settings_has(&finding.why, i))
                        changed.value[i] = point.value[i];
                iso_space_judge(&other, space_.get(), &changed);
                ASSERT_FALSE(other.removes) << cell.id << ": a reason lacks a setting";
            }
        }
    });
    EXPECT_GT(reasons, 40u);
    EXPECT_GT(narrow, reasons / 2) << "reasons that name everything prove nothing";
}

// Sets of one change, and of two: the search finds exactly those that trying all of them finds.
TEST_F(Minimal, TheSmallestSetsAreThoseOfBruteForce)
{
    size_t pairs_left = 2 * Effort();
    std::set<size_t> sizes;
    auto compare = [&](const iso_cell &cell) {
        std::set<std::string> found, tried;
        std::unique_ptr<iso_minimal> minimal(new iso_minimal);
        iso_explain_minimal(minimal.get(), &judge_, bound_.get(), &cell, ISO_MINIMAL_OF_ONE_CELL);
        ASSERT_TRUE(minimal->proven) << cell.id;
        sizes.insert(minimal->size);
        for (size_t i = 0; i < minimal->count; i++)
            found.insert(Text(bound_.get(), &cell, minimal->set[i]));
        auto removes = [&](const std::vector<std::pair<uint16_t, uint8_t>> &changes) {
            iso_point point = space_->base;
            iso_finding finding;
            iso_change_set set = {};
            for (const auto &[setting, value] : changes) {
                point.value[setting] = value;
                set.change[set.count++] = iso_space_change(space_.get(), setting, value);
            }
            iso_space_judge(&finding, space_.get(), &point);
            if (finding.removes)
                tried.insert(Text(bound_.get(), &cell, set));
        };
        for (uint16_t i = 0; i < space_->count; i++)
            for (unsigned v = 0; v < space_->setting[i].nvalues; v++)
                removes({{i, space_->setting[i].value[v]}});
        if (minimal->size == 1) {
            EXPECT_EQ(found, tried) << cell.id;
            return;
        }
        EXPECT_TRUE(tried.empty()) << cell.id << ": " << *tried.begin();
        if (!pairs_left)
            return;
        pairs_left--;
        for (uint16_t i = 0; i < space_->count; i++)
            for (uint16_t j = static_cast<uint16_t>(i + 1); j < space_->count; j++)
                for (unsigned v = 0; v < space_->setting[i].nvalues; v++)
                    for (unsigned w = 0; w < space_->setting[j].nvalues; w++)
                        removes({{i, space_->setting[i].value[v]}, {j, space_->setting[j].value[w]}});
        if (minimal->size == 2)
            EXPECT_EQ(found, tried) << cell.id;
        else
            EXPECT_TRUE(tried.empty()) << cell.id << ": " << *tried.begin();
    };
    // One of two settings, one that none removes; then others.
    for (const char *id : {"alignment/load-in-granule-double@bar:device-gre", "alignment/ldp-pair-whole@bar:nc"})
        for (size_t i = 0; i < run_.ncells; i++)
            if (std::string(run_.cell[i].id) == id && Open(i)) {
                compare(run_.cell[i]);
                Close();
            }
    Each(40 * Effort(), compare);
    EXPECT_TRUE(sizes.count(0) && sizes.count(1) && sizes.count(2)) << "cells of one size alone show little";
}

// Where the search says that no set does, none of many machines drawn at random does either.
TEST_F(Minimal, NoMachineDrawnAtRandomRefutesAProofThatNoneHelps)
{
    std::mt19937 random(2);
    size_t proofs = 0;
    for (size_t i = 0; i < run_.ncells && proofs < 3 * Effort(); i++) {
        const std::string id = run_.cell[i].id;
        if (id.find("@bar") == std::string::npos || id.find("aliases/") == 0 ||
            !Open(i)) // aliases: each run takes long
            continue;
        std::unique_ptr<iso_minimal> minimal(new iso_minimal);
        iso_explain_minimal(minimal.get(), &judge_, bound_.get(), &run_.cell[i], ISO_MINIMAL_OF_ONE_CELL);
        if (minimal->total == 0) {
            proofs++;
            EXPECT_TRUE(minimal->proven);
            for (unsigned k = 0; k < 50; k++) {
                iso_point point = Draw(random);
                iso_finding finding;
                iso_space_judge(&finding, space_.get(), &point);
                ASSERT_FALSE(finding.removes) << run_.cell[i].id;
            }
        }
        Close();
    }
    EXPECT_GT(proofs, 2u);
}

} // namespace
