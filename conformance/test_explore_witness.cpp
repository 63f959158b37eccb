// Does every outcome have an execution behind it, and is that execution one: values from where they are read, orders without a knot?
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

extern "C" {
#include "sim/explore/image.h"
#include "sim/isa/engine.h"
}

namespace
{

unsigned Byte(const iso_witness_event &event, uint64_t loc)
{
    return iso_bytes_get(event.value, static_cast<unsigned>(loc - event.loc));
}

bool Overlap(const iso_witness_event &a, const iso_witness_event &b)
{
    bool tags = ((a.flags ^ b.flags) & ISO_WITNESS_IS_TAG) == 0;
    return tags && a.size && b.size && a.loc < b.loc + b.size && b.loc < a.loc + a.size;
}

bool Reads(const iso_witness_event &event)
{
    return event.kind == ISO_WITNESS_READ || event.kind == ISO_WITNESS_TAG_READ || event.kind == ISO_WITNESS_TTD_READ ||
           event.kind == ISO_WITNESS_FETCH;
}

// Every byte that a read has stands in a write that it reads from.
void ReadsFromItsWrites(const iso_witness &w)
{
    std::map<uint32_t, uint64_t> found; // bytes of a read that are accounted for
    for (uint32_t i = 0; i < w.nedges; i++) {
        const iso_witness_edge &edge = w.edge[i];
        const iso_witness_event &from = w.event[edge.from], &to = w.event[edge.to];
        ASSERT_TRUE(Overlap(from, to)) << "relations are between events at one location";
        if (edge.relation != ISO_WITNESS_RF)
            continue;
        EXPECT_TRUE(Reads(to));
        for (uint64_t loc = std::max(from.loc, to.loc); loc < std::min(from.loc + from.size, to.loc + to.size); loc++)
            if (Byte(from, loc) == Byte(to, loc))
                found[edge.to] |= UINT64_C(1) << (loc - to.loc);
    }
    for (uint32_t i = 0; i < w.nevents; i++)
        if (Reads(w.event[i])) {
            EXPECT_EQ(found[i], (UINT64_C(1) << w.event[i].size) - 1) << "event " << i << " has a value from nowhere";
        }
}

// Writes come in the order of time; what is read later is written later (From-read).
void OrdersAgreeWithTime(const iso_witness &w)
{
    for (uint32_t i = 0; i < w.nevents; i++)
        EXPECT_NE(w.event[i].time, UINT32_MAX) << "event " << i << " never happens";
    for (uint32_t i = 0; i < w.nedges; i++) {
        const iso_witness_event &from = w.event[w.edge[i].from], &to = w.event[w.edge[i].to];
        if (w.edge[i].relation == ISO_WITNESS_CO && from.kind != ISO_WITNESS_INITIAL) {
            EXPECT_LT(from.time, to.time);
        }
        if (w.edge[i].relation == ISO_WITNESS_RF && from.kind != ISO_WITNESS_INITIAL && from.thread != to.thread) {
            EXPECT_LT(from.time, to.time) << "nothing is read before another thread wrote it";
        }
    }
}

// Threads one after the other, each in program order.
void EventsAreInProgramOrder(const iso_witness &w)
{
    for (uint32_t i = 1; i < w.nevents; i++) {
        const iso_witness_event &a = w.event[i - 1], &b = w.event[i];
        if (a.thread == b.thread && a.thread != ISO_WITNESS_NO_THREAD && b.kind != ISO_WITNESS_COMPLETION &&
            a.kind != ISO_WITNESS_COMPLETION && a.section == b.section) {
            EXPECT_LE(a.instance, b.instance);
        } else if (a.thread != b.thread && a.thread != ISO_WITNESS_NO_THREAD) {
            EXPECT_LT(a.thread, b.thread);
        }
    }
}

size_t CheckFile(const std::string &path, const char *variant = "")
{
    iso_test *test = nullptr;
    iso_diags diags = {};
    size_t checked = 0;
    EXPECT_EQ(iso_litmus_read(&test, &diags, path.c_str()), 0) << path;
    if (!test)
        return 0;
    auto setup = std::make_unique<iso_setup>();
    iso_variant given = {};
    const char *bad = nullptr;
    size_t size = 0;
    EXPECT_EQ(iso_variant_parse(&given, variant, &bad, &size), 0);
    setup->test = test;
    iso_variant_merge(&setup->variant, &given, test);
    iso_outcome_set set;
    iso_outcome_set_init(&set);
    if (iso_explore(&set, &diags, setup.get(), nullptr) == 0) {
        for (size_t i = 0; i < set.count; i++) {
            iso_witness *w = nullptr;
            SCOPED_TRACE(path + ": " + set.list[i].text);
            EXPECT_EQ(iso_explore_witness(&w, &diags, setup.get(), nullptr, &set.list[i]), 0);
            EXPECT_NE(w, nullptr) << "an outcome without an execution";
            if (!w)
                continue;
            EXPECT_STREQ(w->text, set.list[i].text);
            ReadsFromItsWrites(*w);
            OrdersAgreeWithTime(*w);
            EventsAreInProgramOrder(*w);
            iso_witness_free(w);
            checked++;
        }
    }
    iso_outcome_set_free(&set);
    iso_diags_free(&diags);
    iso_test_free(test);
    return checked;
}

class Subject : public ::testing::TestWithParam<const char *>
{
};

TEST_P(Subject, EveryOutcomeOfItsScenariosHasAnExecution)
{
    size_t checked = 0;
    std::filesystem::path folder = std::filesystem::path(ISOTIER_SOURCE_DIR) / "scenarios" / GetParam();
    for (const auto &entry : std::filesystem::directory_iterator(folder))
        if (entry.path().extension() == ".litmus")
            checked += CheckFile(entry.path().string());
    EXPECT_GT(checked, 20u);
}

INSTANTIATE_TEST_SUITE_P(Scenarios, Subject,
                         ::testing::Values("aliases", "alignment", "atomics", "code", "coherence", "errors",
                                           "exclusives", "migration", "mte", "ordering", "translation"));

struct Group {
    const char *name, *variant;
    unsigned each; // every n-th file
};

TEST(Witness, EveryOutcomeOfPublicTestsHasAnExecution)
{
    const Group groups[] = {{"aarch64", "", 4},   {"mixed", "mixed", 3},
                            {"mte", "memtag", 3}, {"mte-mixed", "memtag,mixed", 1},
                            {"vmsa", "vmsa", 8},  {"bbm", "vmsa", 2}};
    std::filesystem::path corpus = std::filesystem::path(ISOTIER_SOURCE_DIR) / ".." / "shared" / "corpus";
    if (!std::filesystem::exists(corpus))
        GTEST_SKIP() << "no corpus at ../shared/corpus";
    for (const Group &group : groups) {
        std::vector<std::string> files;
        size_t checked = 0;
        for (const auto &entry : std::filesystem::directory_iterator(corpus / group.name))
            if (entry.path().extension() == ".litmus")
                files.push_back(entry.path().string());
        std::sort(files.begin(), files.end());
        for (size_t i = 0; i < files.size(); i += group.each)
            checked += CheckFile(files[i], group.variant);
        EXPECT_GT(checked, 0u) << group.name;
    }
}

TEST(Witness, AnOutcomeThatIsNotAllowedHasNone)
{
    const std::string text =
        "AArch64 MP\n{ 0:X1=x; 0:X3=y; 1:X1=x; 1:X3=y; }\n P0 | P1 ;\n MOV W0,#1 | LDAR W0,[X3] ;\n STR "
        "W0,[X1] | LDR W2,[X1] ;\n STLR W0,[X3] | ;\nexists (1:X0=1 /\\ 1:X2=0)\n";
    iso_test *test = nullptr;
    iso_diags diags = {};
    ASSERT_EQ(iso_litmus_parse(&test, &diags, "MP", text.data(), text.size()), 0);
    auto setup = std::make_unique<iso_setup>();
    setup->test = test;
    iso_outcome wanted = {};
    char state[] = "1:X0=1; 1:X2=0;", allowed[] = "1:X0=1; 1:X2=1;";
    wanted.text = state;
    iso_witness *w = nullptr;
    EXPECT_EQ(iso_explore_witness(&w, &diags, setup.get(), nullptr, &wanted), 0);
    EXPECT_EQ(w, nullptr);
    wanted.text = allowed;
    EXPECT_EQ(iso_explore_witness(&w, &diags, setup.get(), nullptr, &wanted), 0);
    ASSERT_NE(w, nullptr);
    EXPECT_EQ(w->nevents, 6u) << "two initial writes, two stores, two loads";
    iso_witness_free(w);
    iso_diags_free(&diags);
    iso_test_free(test);
}

} // namespace
