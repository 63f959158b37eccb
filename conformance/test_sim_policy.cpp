// Are cells of many policies in one run computed once where they are equal, and labelled each for itself?
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

extern "C" {
#include "sim/run.h"
}

namespace
{

const char *const source = ISOTIER_SOURCE_DIR;

std::string diagnostics(const iso_diags &diags)
{
    std::string out;
    for (size_t i = 0; i < diags.count; i++)
        out += std::string(diags.list[i].file) + ": " + diags.list[i].message + "\n";
    return out;
}

// A machine, scenarios and policies of the tree, planned into one run.
class Planned : public testing::Test
{
  protected:
    void plan(const char *machine, std::initializer_list<const char *> scenarios,
              std::initializer_list<const char *> policies)
    {
        std::string path = std::string(source) + "/models/machines/" + machine + ".yaml";
        ASSERT_EQ(iso_machine_load(&machine_, &diags_, path.c_str()), 0) << diagnostics(diags_);
        iso_strings operands{}, tiers{};
        for (const char *name : scenarios)
            paths_.push_back(std::string(source) + "/scenarios/" + name + ".litmus");
        for (const std::string &name : paths_)
            iso_strings_add(&operands, name.c_str());
        ASSERT_EQ(iso_scenarios_read(&run_.scenario, &run_.nscenarios, &diags_, &operands), 0) << diagnostics(diags_);
        for (const char *name : policies) {
            iso_policy_file *file = nullptr;
            ASSERT_EQ(iso_policy_open(&file, &diags_, name, source), 0) << diagnostics(diags_);
            files_.push_back(file);
        }
        for (size_t i = 0; i < iso_mapping_count(); i++)
            mappings_.push_back(iso_mapping_at(i));
        run_.machine = machine_;
        run_.engines = ISO_ENGINE_EXHAUSTIVE;
        run_.sequence = iso_migration_find("base");
        iso_policy_plan plan{};
        plan.policy = files_.data();
        plan.npolicies = files_.size();
        plan.mapping = mappings_.data();
        plan.nmappings = mappings_.size();
        ASSERT_EQ(iso_run_plan_policies(&run_, &diags_, &tiers, &plan), 0) << diagnostics(diags_);
        iso_strings_free(&operands);
        iso_strings_free(&tiers);
    }

    void TearDown() override
    {
        iso_run_free(&run_);
        for (const iso_policy_file *file : files_)
            iso_policy_file_free(const_cast<iso_policy_file *>(file));
        iso_machine_file_free(machine_);
        iso_diags_free(&diags_);
    }

    iso_run run_{};
    iso_machine_file *machine_ = nullptr;
    iso_diags diags_{};
    std::vector<const iso_policy_file *> files_;
    std::vector<const iso_mapping *> mappings_;
    std::vector<std::string> paths_;
};

struct Collected {
    std::vector<iso_cell_summary> summaries;
    std::vector<std::string> json;
};

void collect(void *context, const iso_cell_summary *summary, const char *json, size_t size)
{
    auto *out = static_cast<Collected *>(context);
    out->summaries.push_back(*summary);
    out->json.emplace_back(json, size);
}

TEST_F(Planned, ManyPoliciesInOneRun)
{
    plan("grace-like", {"exclusives/counter-ldxr-stxr", "mte/malloc-irg-stg"},
         {"linux-6.5-kvm", "linux-6.9-any-uncached", "linux-6.17-cacheable-pfnmap", "linux-s1"});
    std::map<std::string, std::string> usemem;
    for (size_t s = 0, i = 0; s < run_.nscenarios; s++) {
        size_t first = i;
        while (i < run_.ncells && run_.cell[i].scenario == s)
            i++;
        ASSERT_GT(i, first) << "cells of a scenario stand together";
        Collected got;
        iso_scenario_run(&run_, first, i - first, collect, &got);
        ASSERT_EQ(got.json.size(), i - first);
        std::map<std::string, std::string> by_what; // tier and attribute: verdict
        for (size_t k = 0; k < got.json.size(); k++) {
            const iso_cell &cell = run_.cell[first + k];
            EXPECT_EQ(got.summaries[k].cell, first + k);
            EXPECT_NE(got.json[k].find("\"id\": \"" + std::string(cell.id) + "\""), std::string::npos);
            EXPECT_NE(got.json[k].find("\"mapping\": \"" + std::string(cell.mapping->name) + "\""), std::string::npos);
            std::string verdict = iso_verdict_name(static_cast<iso_verdict>(got.summaries[k].verdict));
            if (cell.end == ISO_POLICY_MAPPED) {
                std::string what = std::to_string(cell.tier) + cell.attribute_name;
                EXPECT_EQ(by_what.emplace(what, verdict).first->second, verdict) << cell.id;
            } else {
                EXPECT_EQ(verdict, cell.end == ISO_POLICY_REFUSED ? "REFUSED" : "UNKNOWN") << cell.id;
            }
            if (s == 0 && std::string(cell.mapping->name) == "usemem-guest")
                usemem[cell.policy->policy.name] = verdict + " " + cell.attribute_name;
        }
    }
    EXPECT_EQ(usemem, (std::map<std::string, std::string>{{"linux-6.5-kvm", "DIVERGES device-ngnre"},
                                                          {"linux-6.9-any-uncached", "DIVERGES nc"},
                                                          {"linux-6.17-cacheable-pfnmap", "SAME wb"},
                                                          {"linux-s1", "UNKNOWN none"}}));
}

TEST_F(Planned, TheSameCellsUnderOnePolicyAndAmongMany)
{
    plan("default", {"migration/counter-llsc-migrate"}, {"linux-7.x", "tag-aware-migration"});
    std::map<std::string, std::set<std::string>> bodies; // id: what stands beside its names
    Collected got;
    iso_scenario_run(&run_, 0, run_.ncells, collect, &got);
    for (const std::string &json : got.json)
        bodies[json.substr(0, json.find(", \"scenario\""))].insert(json.substr(json.find(", \"verdict\"")));
    EXPECT_GT(bodies.size(), 20u);
    for (const auto &[id, found] : bodies)
        EXPECT_EQ(found.size(), 1u) << id; // nothing of this scenario is tagged: both policies let it move
}

} // namespace
