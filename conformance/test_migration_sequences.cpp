// Does every migration bug that a program can see show in a bundled scenario, and does every correct sequence stay unseen?
// Exhaustive engine, on a machine whose tiers differ in time alone: what diverges, the sequence did.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>

extern "C" {
#include "sim/run.h"
}

namespace
{

// Cells that the exhaustive engine does not hold: more than 64 events in the kernel's part.
const std::set<std::pair<std::string, std::string>> kTooLarge = {
    {"base-retry", "migration/memcpy-migrate-between-pairs"},
    {"retry-warn", "migration/memcpy-migrate-between-pairs"},
    {"swap", "migration/memcpy-migrate-between-pairs"},
    {"swap-no-save", "migration/memcpy-migrate-between-pairs"},
    {"swap-no-restore", "migration/memcpy-migrate-between-pairs"},
};

// Pages of a VM that a sequence is not for: composing says so.
const std::set<std::pair<std::string, std::string>> kNotOfGuests = {
    {"tag-aware-untagged", "migration/guest-tagged-heap-migrate-at-use"},
};

// What finds each bug: the scenario written for it. Others may find it too.
const std::map<std::string, const char *> kFoundBy = {
    {"no-tlbi", "migration/store-during-migration"},
    {"no-dsb-after-tlbi", "migration/store-during-migration"},
    {"no-dsb-before-tlbi", "migration/store-during-migration"},
    {"late-break", "migration/store-during-migration"},
    {"copy-before-break", "migration/store-during-migration"},
    {"batched-no-flush", "migration/store-during-migration"},
    {"batched-copy-before-flush", "migration/store-during-migration"},
    {"guest-no-combined-flush", "migration/store-during-migration"},
    {"guest-no-unmap", "migration/guest-store-during-migration"},
    {"guest-late-unmap", "migration/guest-store-during-migration"},
    {"guest-no-ipa-flush", "migration/guest-store-during-migration"},
    {"guest-no-dsb-between", "migration/guest-store-during-migration"},
    {"guest-no-dsb-after", "migration/guest-store-during-migration"},
    {"guest-copy-before-unmap", "migration/guest-store-during-migration"},
    {"guest-map-before-copy", "migration/guest-checksum-during-migration"},
    {"guest-no-publish-barrier", "migration/guest-checksum-during-migration"},
    {"no-icache-sync", "migration/code-page-migrate"},
    {"no-publish-barrier", "migration/checksum-during-migration"},
    {"pte-before-copy", "migration/checksum-during-migration"},
    {"tags-after-pte", "migration/tagged-heap-migrate"},
    {"no-tag-copy", "migration/tagged-heap-migrate-at-use"},
    {"no-set-tagged", "migration/tagged-heap-migrate-at-use"},
    {"zero-after-copy", "migration/tagged-heap-migrate-at-use"},
    {"zero-after-map", "migration/retag-while-migrating"},
    {"uninitialised-tags", "migration/mprotect-after-migrate"},
    {"shared-no-tag-lock", "migration/mprotect-two-mappers-migrate"},
    {"kasan-stale-tag", "migration/tagged-heap-migrate-at-use"},
    {"tag-storage-race", "migration/tag-block-neighbour-migrate"},
    {"thp-split-zero-tagged", "migration/zero-chunk-migrate"},
    {"swap-no-save", "migration/tagged-heap-migrate-at-use"},
    {"swap-no-restore", "migration/tagged-heap-migrate-at-use"},
    {"guest-flag-lost", "migration/tagged-heap-migrate-at-use"},
    {"device-private", "migration/tagged-heap-migrate-at-use"},
    {"device-coherent", "migration/tagged-heap-migrate-at-use"},
    {"dma-offload", "migration/tagged-heap-migrate-at-use"},
    {"tag-aware-untagged", "migration/use-after-free-migrate"},
};

const char *text_of(const iso_diags &diags)
{
    return diags.count ? diags.list[0].message : "";
}

class Bundled
{
  public:
    explicit Bundled(const char *path = ISOTIER_SOURCE_DIR "/scenarios/migration",
                     const char *machine = ISOTIER_SOURCE_DIR "/models/machines/alike.yaml")
    {
        iso_strings folder = {};
        iso_strings_add(&folder, path);
        iso_scenarios_read(&run.scenario, &run.nscenarios, &diags, &folder);
        iso_strings_free(&folder);
        iso_machine_load(&file, &diags, machine);
        run.machine = file;
        run.engines = ISO_ENGINE_EXHAUSTIVE;
        run.seed = 1;
    }
    ~Bundled()
    {
        iso_run_free(&run);
        iso_machine_file_free(file);
        iso_diags_free(&diags);
    }
    iso_run run = {};
    iso_diags diags = {};
    iso_machine_file *file = nullptr;
};

struct answer {
    iso_verdict verdict;
    std::string error, fresh;
};

answer judge(Bundled &bundled, const iso_migration *sequence, const iso_scenario *scenario, size_t tier)
{
    answer out = {ISO_VERDICT_BOUNDED, "", ""};
    iso_judge judge;
    iso_diags diags = {};
    bundled.run.sequence = sequence;
    iso_attribute ordinary = iso_scenario_ordinary(scenario);
    if (iso_judge_begin(&judge, &diags, &bundled.run, scenario, sequence) == 0) {
        iso_judgement judgement;
        iso_cell cell = {};
        cell.tier = tier;
        if (iso_judge_cell(&judgement, &diags, &judge, &bundled.file->machine, &cell, &ordinary) == 0) {
            out.verdict = judgement.verdict;
            out.error = judgement.cell->error.size ? judgement.cell->error.data : "";
            if (judgement.against_reference.nfresh)
                out.fresh = judgement.cell->exact.list[judgement.against_reference.witness].text;
        }
        iso_judgement_free(&judgement);
    }
    if (diags.count)
        out.error = text_of(diags);
    iso_judge_end(&judge);
    iso_diags_free(&diags);
    return out;
}

class Sequences : public testing::TestWithParam<size_t>
{
};

TEST_P(Sequences, AreSeenOrNot)
{
    Bundled bundled;
    ASSERT_EQ(bundled.diags.count, 0u) << text_of(bundled.diags);
    const iso_migration *sequence = iso_migration_at(GetParam());
    size_t tier = bundled.file->machine.ntiers - 1;
    std::set<std::string> found;
    bool unseen = sequence->correct || sequence->invisible;
    for (size_t s = 0; s < bundled.run.nscenarios; s++) {
        const iso_scenario *scenario = &bundled.run.scenario[s];
        answer a = judge(bundled, sequence, scenario, tier);
        if (kTooLarge.count({sequence->name, scenario->id})) {
            EXPECT_NE(a.error, "") << scenario->id << " fits now";
            continue;
        }
        if (kNotOfGuests.count({sequence->name, scenario->id})) {
            EXPECT_NE(a.error.find("that a VM's page can have"), std::string::npos) << a.error;
            continue;
        }
        EXPECT_EQ(a.error, "") << scenario->id;
        EXPECT_NE(a.verdict, ISO_VERDICT_BOUNDED) << scenario->id;
        if (a.verdict == ISO_VERDICT_DIVERGES)
            found.insert(scenario->id);
        if (unseen || (sequence->standing == ISO_MIGRATION_HAZARD && !scenario->tagged)) {
            EXPECT_EQ(a.verdict, ISO_VERDICT_SAME) << scenario->id << ": " << a.fresh;
        }
    }
    auto expected = kFoundBy.find(sequence->name);
    EXPECT_EQ(expected == kFoundBy.end(), unseen) << "a bug names the scenario written for it";
    if (!unseen && expected != kFoundBy.end()) {
        EXPECT_EQ(found.count(expected->second), 1u)
            << expected->second << " does not find it, " << found.size() << " others do";
    }
}

INSTANTIATE_TEST_SUITE_P(Migration, Sequences, testing::Range(size_t{0}, iso_migration_count()),
                         [](const testing::TestParamInfo<size_t> &row) {
                             std::string name = iso_migration_at(row.param)->name;
                             for (char &c : name)
                                 c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
                             return name;
                         });

TEST(MigrationTiers, ThatAreAlikeAreSameUnderTheBaseSequence)
{
    Bundled bundled;
    ASSERT_EQ(bundled.diags.count, 0u) << text_of(bundled.diags);
    for (size_t tier = 0; tier < bundled.file->machine.ntiers; tier++)
        for (size_t s = 0; s < bundled.run.nscenarios; s++) {
            answer a = judge(bundled, iso_migration_find("base"), &bundled.run.scenario[s], tier);
            EXPECT_EQ(a.verdict, ISO_VERDICT_SAME)
                << bundled.run.scenario[s].id << " on " << bundled.file->machine.tiers[tier].name << ": " << a.fresh;
        }
}

// Bytes that the program goes over by wider accesses: a read through the new descriptor finds what was copied, never what was there before, so that the
// values of several bytes stay few; and they are copied by words, so that the kernel's part has room for them.
TEST(MigrationCopies, OfBytesThatAreAccessedByWordsAreExplored)
{
    static const char *const scenarios[] = {"memmove-overlap-bytes", "load-across-granule-half",
                                            "load-across-line-half", "load-in-granule-double"};
    for (const char *name : scenarios) {
        Bundled bundled((std::string(ISOTIER_SOURCE_DIR "/scenarios/alignment/") + name + ".litmus").c_str(),
                        ISOTIER_SOURCE_DIR "/models/machines/default.yaml");
        ASSERT_EQ(bundled.diags.count, 0u) << text_of(bundled.diags);
        iso_strings_add(&bundled.run.migrate, "all");
        answer a = judge(bundled, iso_migration_find("base"), &bundled.run.scenario[0], 0);
        EXPECT_EQ(a.error, "") << name;
        EXPECT_EQ(a.verdict, ISO_VERDICT_SAME) << name << ": " << a.fresh;
    }
}

} // namespace
