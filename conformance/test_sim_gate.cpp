// Does the gate call each change between two reports what it is, and set the exit bits that follow, waivers and days included?
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <vector>

extern "C" {
#include "sim/cli.h"
#include "sim/gate.h"
#include "sim/gate_glob.h"
#include "sim/json_place.h"
}

namespace
{

// ---- globs ----

bool is_separator(char c)
{
    return c == '/' || c == '@' || c == ':' || c == '+';
}

// The definition, with no thought for speed.
bool matches(const std::string &pattern, const std::string &text)
{
    if (pattern.empty())
        return text.empty();
    if (pattern[0] != '*')
        return !text.empty() && text[0] == pattern[0] && matches(pattern.substr(1), text.substr(1));
    bool wide = pattern.size() > 1 && pattern[1] == '*';
    std::string rest = pattern.substr(wide ? 2 : 1);
    for (size_t i = 0;; i++) {
        if (matches(rest, text.substr(i)))
            return true;
        if (i == text.size() || (!wide && is_separator(text[i])))
            return false;
    }
}

TEST(GateGlob, MatchesWholeIdsSegmentBySegment)
{
    const struct {
        const char *pattern, *text;
        bool expected;
    } rows[] = {
        {"mte/heap@cxl:wb-tagged+x", "mte/heap@cxl:wb-tagged+x", true},
        {"mte/heap@cxl:wb-tagged", "mte/heap@cxl:wb-tagged+x", false}, // anchored at the end
        {"heap@cxl:wb-tagged+x", "mte/heap@cxl:wb-tagged+x", false},   // and at the start
        {"mte/*@cxl:wb-tagged+x", "mte/heap@cxl:wb-tagged+x", true},
        {"mte/*", "mte/heap@cxl:wb-tagged+x", false}, // does not cross segments
        {"mte/**", "mte/heap@cxl:wb-tagged+x", true},
        {"**@cxl:*", "mte/heap@cxl:wb-tagged", true},
        {"**@cxl:*", "mte/heap@cxl:wb-tagged+x", false},
        {"**@cxl:*", "mte/heap@cxl-notag:wb-tagged", false},
        {"*/*@*:nc", "mte/heap@cxl:nc", true},
        {"*/*@*:nc", "heap@cxl:nc", false},
        {"mte/*p*@cxl:nc", "mte/heap@cxl:nc", true},
        {"mte/heap*@cxl:nc", "mte/heap@cxl:nc", true}, // a star may be empty
        {"**x", "aaax", true},
        {"", "", true},
        {"", "a", false},
    };
    for (const auto &row : rows)
        EXPECT_EQ(iso_glob_match(row.pattern, row.text), row.expected) << row.pattern << " on " << row.text;
}

TEST(GateGlob, AgreesWithItsDefinitionOnRandomPairs)
{
    std::mt19937 random(1);
    const std::string letters = "ab*/@*", text_letters = "ab/@";
    size_t matched = 0;
    for (int i = 0; i < 200000; i++) {
        std::string pattern, text;
        for (size_t n = random() % 9; n; n--)
            pattern += letters[random() % letters.size()];
        for (size_t n = random() % 9; n; n--)
            text += text_letters[random() % text_letters.size()];
        if (pattern.find("***") != std::string::npos)
            continue;
        bool expected = matches(pattern, text);
        matched += expected;
        ASSERT_EQ(iso_glob_match(pattern.c_str(), text.c_str()), expected) << pattern << " on " << text;
    }
    EXPECT_GT(matched, 1000u);
}

TEST(GateGlob, DoesNotExplode)
{
    std::string pattern = "**", text(250, 'a');
    for (int i = 0; i < 60; i++)
        pattern += "a*a**";
    EXPECT_FALSE(iso_glob_match((pattern + "b").c_str(), text.c_str()));
}

TEST(GateGlob, RefusesPatternsThatCannotBeMeant)
{
    for (const char *bad : {"", "a***", "a?", "[ab]", "a b", "**", "*/*@*:*", "a{b,c}"})
        EXPECT_NE(iso_glob_check(bad), nullptr) << bad;
    for (const char *good : {"a", "mte/*@cxl:wb**", "**@c2c:nc"})
        EXPECT_EQ(iso_glob_check(good), nullptr) << good;
}

// ---- days ----

TEST(GateDay, IsWrittenAsItWasRead)
{
    int32_t day = -1, last = -1;
    char text[ISO_DAY_TEXT_MAX];
    ASSERT_TRUE(iso_day_parse(&day, "1970-01-01"));
    EXPECT_EQ(day, 0);
    ASSERT_TRUE(iso_day_parse(&day, "2000-03-01"));
    EXPECT_EQ(day, 11017);
    ASSERT_TRUE(iso_day_parse(&last, "9999-12-31"));
    for (day = 0; day <= last; day += 13) {
        int32_t again = -1;
        iso_day_text(text, day);
        ASSERT_TRUE(iso_day_parse(&again, text)) << text;
        ASSERT_EQ(again, day) << text;
    }
}

TEST(GateDay, RefusesWhatIsNoDay)
{
    int32_t day;
    for (const char *bad :
         {"", "2026-02-29", "2100-02-29", "2026-13-01", "2026-00-01", "2026-01-00", "2026-04-31", "26-01-01",
          "2026-1-1", "2026/01/01", "2026-01-01T00:00", "1969-12-31", "-026-01-01", "tomorrow"})
        EXPECT_FALSE(iso_day_parse(&day, bad)) << bad;
    for (const char *good : {"2024-02-29", "2000-02-29", "2026-12-31"})
        EXPECT_TRUE(iso_day_parse(&day, good)) << good;
}

// ---- places in JSON ----

TEST(JsonPlace, FindsValuesAndStopsWhereTheyEnd)
{
    const std::string text = "{\"a\": [1, {\"x\": \"}\\\"]\"},\n  {\"b\": null, \"c\": [[], {}]}],\n \"d\": 7}\n";
    const struct {
        std::vector<iso_json_step> steps;
        uint32_t line, column;
    } rows[] = {
        {{}, 1, 1},
        {{{"a", 0}}, 1, 7},
        {{{"a", 0}, {nullptr, 1}, {"x", 0}}, 1, 17},
        {{{"a", 0}, {nullptr, 2}, {"c", 0}, {nullptr, 1}}, 2, 25},
        {{{"d", 0}}, 3, 7},
        {{{"a", 0}, {nullptr, 2}, {"nothing", 0}}, 2, 3}, // the object that lacks the key
        {{{"d", 0}, {nullptr, 3}}, 3, 7},
    };
    for (const auto &row : rows) {
        uint32_t line = 0, column = 0;
        iso_json_place(&line, &column, text.data(), text.size(), row.steps.data(), row.steps.size());
        EXPECT_EQ(line, row.line);
        EXPECT_EQ(column, row.column);
    }
}

// ---- categories ----

struct Cell {
    const char *id;
    iso_verdict verdict;
    iso_divergence divergence = ISO_DIVERGENCE_NONE;
    uint64_t cycles = 0;
    bool exact = true;
    const char *stage = nullptr;
    iso_verdict tier_verdict = ISO_VERDICT_SAME;
};

// A report of our making; rules and lists stay empty.
class Report
{
  public:
    explicit Report(std::vector<Cell> cells)
    {
        for (const Cell &cell : cells) {
            iso_report_cell row = {};
            row.id = cell.id;
            row.scenario = "mte/x";
            row.tier = "cxl";
            row.attribute = "wb";
            row.verdict = cell.verdict;
            row.tier_verdict = cell.tier_verdict;
            row.divergence = cell.divergence;
            row.tier_divergence = ISO_DIVERGENCE_NONE;
            row.stage = cell.stage;
            row.error = cell.stage ? "EINVAL" : nullptr;
            row.observed = cell.verdict != ISO_VERDICT_REFUSED;
            row.exact = cell.exact && row.observed;
            row.has_cycles = cell.cycles != 0;
            row.p50_cycles = row.p99_cycles = cell.cycles;
            rows_.push_back(row);
        }
        report_.machine = report_.machine_sha256 = report_.reference = "m";
        report_.exhaustive = report_.timed = true;
        report_.cell = rows_.data();
        report_.ncells = rows_.size();
    }
    iso_report *get()
    {
        return &report_;
    }

  private:
    std::vector<iso_report_cell> rows_;
    iso_report report_ = {};
};

class Gate
{
  public:
    Gate(Report &before, Report &now, const iso_waivers *waivers = nullptr, unsigned fail_on = 3, bool subset = false)
    {
        iso_gate_options options = {};
        options.fail_on = fail_on;
        options.cost_percent = 10;
        options.cover_percent = 5;
        options.subset = subset;
        options.today = 20000;
        iso_gate_compare(&gate_, before.get(), now.get(), waivers, &options);
    }
    Gate(std::vector<Cell> before, std::vector<Cell> now, unsigned fail_on = 3, bool subset = false)
        : before_(before), now_(now)
    {
        iso_gate_options options = {};
        options.fail_on = fail_on;
        options.cost_percent = 10;
        options.subset = subset;
        iso_gate_compare(&gate_, before_.get(), now_.get(), nullptr, &options);
    }
    ~Gate()
    {
        iso_gate_free(&gate_);
    }
    Gate(const Gate &) = delete;
    Gate &operator=(const Gate &) = delete;
    const iso_gate *operator->() const
    {
        return &gate_;
    }
    // The kinds found, worst first, as text.
    std::string kinds() const
    {
        std::string text;
        for (size_t i = 0; i < gate_.nfindings; i++)
            text += (i ? " " : "") + std::string(iso_gate_kind_name(gate_.finding[i].kind));
        return text;
    }

  private:
    Report before_{{}}, now_{{}};
    iso_gate gate_;
};

constexpr iso_verdict SAME = ISO_VERDICT_SAME, NARROWER = ISO_VERDICT_NARROWER, DIVERGES = ISO_VERDICT_DIVERGES,
                      REFUSED = ISO_VERDICT_REFUSED, UNKNOWN = ISO_VERDICT_UNKNOWN, BOUNDED = ISO_VERDICT_BOUNDED,
                      BUG = ISO_VERDICT_MODEL_BUG;

TEST(GateTable, EachKindHasANameAMeaningAndBits)
{
    std::set<std::string> names;
    for (unsigned k = 0; k < ISO_GATE_KIND_NONE; k++) {
        auto kind = static_cast<iso_gate_kind>(k);
        EXPECT_TRUE(names.insert(iso_gate_kind_name(kind)).second) << iso_gate_kind_name(kind);
        EXPECT_GT(std::string(iso_gate_kind_meaning(kind)).size(), 5u);
        EXPECT_NE(iso_gate_kind_bits(kind), 0);
        if (k) {
            EXPECT_LE(iso_gate_kind_category(static_cast<iso_gate_kind>(k - 1)), iso_gate_kind_category(kind))
                << "worst first";
        }
    }
}

TEST(GateTable, NoChangeIsNoFindingAndAModelBugAlwaysIsOne)
{
    for (unsigned a = 0; a < ISO_VERDICT_COUNT; a++)
        for (unsigned b = 0; b < ISO_VERDICT_COUNT; b++) {
            iso_gate_kind kind = iso_gate_transition(static_cast<iso_verdict>(a), static_cast<iso_verdict>(b));
            EXPECT_EQ(kind == ISO_GATE_KIND_NONE, a == b && b != BUG) << a << " to " << b;
            EXPECT_EQ(kind == ISO_GATE_KIND_MODEL_BUG, b == BUG) << a << " to " << b;
            EXPECT_EQ(kind == ISO_GATE_KIND_DIVERGES, b == DIVERGES && a != DIVERGES) << a << " to " << b;
        }
}

TEST(Gate, CallsChangesOfAPairByTheirNames)
{
    const iso_divergence fault = ISO_DIVERGENCE_FAULT, corruption = ISO_DIVERGENCE_CORRUPTION;
    const struct {
        Cell before, now;
        const char *kind;
        int status;
    } rows[] = {
        {{"a", SAME}, {"a", SAME}, "", 0},
        {{"a", SAME}, {"a", DIVERGES, fault}, "diverges", 8},
        {{"a", NARROWER}, {"a", DIVERGES, fault}, "diverges", 8},
        {{"a", REFUSED}, {"a", DIVERGES, fault}, "diverges", 8},
        {{"a", UNKNOWN}, {"a", DIVERGES, fault}, "diverges", 8},
        {{"a", DIVERGES, fault}, {"a", DIVERGES, corruption}, "worse-class", 8},
        {{"a", DIVERGES, corruption}, {"a", DIVERGES, fault}, "improved", 0},
        {{"a", DIVERGES, fault}, {"a", DIVERGES, fault}, "", 0},
        {{"a", DIVERGES, fault}, {"a", SAME}, "improved", 0},
        {{"a", SAME}, {"a", NARROWER}, "changed", 0},
        {{"a", SAME}, {"a", UNKNOWN}, "inconclusive", 4 | 16},
        {{"a", DIVERGES, fault}, {"a", BOUNDED}, "inconclusive", 4 | 16},
        {{"a", UNKNOWN}, {"a", SAME}, "improved", 0},
        {{"a", SAME}, {"a", BUG}, "model-bug", 1},
        {{"a", BUG}, {"a", BUG}, "model-bug", 1},
        {{"a", SAME}, {"a", SAME, ISO_DIVERGENCE_NONE, 0, false}, "proof", 4 | 16},
        {{"a", SAME, ISO_DIVERGENCE_NONE, 0, false}, {"a", SAME}, "", 0},
        {{"a", SAME}, {"a", SAME, ISO_DIVERGENCE_NONE, 0, true, nullptr, DIVERGES}, "diverges", 8},
        {{"a", SAME, ISO_DIVERGENCE_NONE, 100}, {"a", SAME, ISO_DIVERGENCE_NONE, 110}, "", 0},
        {{"a", SAME, ISO_DIVERGENCE_NONE, 100}, {"a", SAME, ISO_DIVERGENCE_NONE, 111}, "cost", 0},
        {{"a", SAME, ISO_DIVERGENCE_NONE, 111}, {"a", SAME, ISO_DIVERGENCE_NONE, 100}, "cheaper", 0},
    };
    for (const auto &row : rows) {
        Gate gate({row.before}, {row.now});
        EXPECT_EQ(gate.kinds(), row.kind);
        EXPECT_EQ(gate->status, row.status) << row.kind;
    }
}

TEST(Gate, TellsRefusals)
{
    const Cell other = {"b", SAME};
    const struct {
        Cell before, now;
        const char *kind;
    } rows[] = {
        {{"a", SAME}, {"a", REFUSED, ISO_DIVERGENCE_NONE, 0, true, "mmap"}, "refused"},
        {{"a", REFUSED, ISO_DIVERGENCE_NONE, 0, true, "mmap"}, {"a", SAME}, "allowed"},
        {{"a", REFUSED, ISO_DIVERGENCE_NONE, 0, true, "mmap"},
         {"a", REFUSED, ISO_DIVERGENCE_NONE, 0, true, "memslot"},
         "refused-otherwise"},
        {{"a", DIVERGES, ISO_DIVERGENCE_FAULT}, {"a", REFUSED, ISO_DIVERGENCE_NONE, 0, true, "mmap"}, "improved"},
    };
    for (const auto &row : rows) {
        Gate gate({row.before, other}, {row.now, other});
        EXPECT_EQ(gate.kinds(), row.kind);
        EXPECT_EQ(gate->status, std::string(row.kind) == "improved" ? 0 : ISO_EXIT_CHANGED);
    }
}

TEST(Gate, SeesCellsComeAndGo)
{
    Gate vanished({{"a", SAME}, {"b", SAME}}, {{"a", SAME}});
    EXPECT_EQ(vanished.kinds(), "vanished");
    EXPECT_EQ(vanished->status, ISO_EXIT_CHANGED);
    Gate part({{"a", SAME}, {"b", SAME}}, {{"a", SAME}}, 3, true);
    EXPECT_EQ(part.kinds(), "");
    EXPECT_EQ(part->status, 0);
    EXPECT_EQ(part->vanished, 1u);
    Gate fresh({{"a", SAME}}, {{"a", SAME}, {"b", DIVERGES, ISO_DIVERGENCE_TORN}, {"c", UNKNOWN}, {"d", SAME}});
    EXPECT_EQ(fresh.kinds(), "new-diverges new-inconclusive new");
    EXPECT_EQ(fresh->status, 4 | 8 | 16);
}

TEST(Gate, IsNeverGreenWithoutAnythingObserved)
{
    EXPECT_EQ(Gate({}, {})->status, ISO_EXIT_VACUOUS);
    EXPECT_EQ(Gate({{"a", REFUSED}}, {{"a", REFUSED}})->status, ISO_EXIT_VACUOUS);
    EXPECT_EQ(Gate({{"a", SAME}}, {{"b", SAME}})->status, ISO_EXIT_VACUOUS | ISO_EXIT_CHANGED);
    EXPECT_EQ(Gate({{"a", SAME}}, {{"a", SAME}}, 1u << ISO_GATE_COST)->status, ISO_EXIT_VACUOUS)
        << "no cycles to compare";
}

TEST(Gate, FailsOnTheCategoriesNamedAlone)
{
    std::vector<Cell> before = {{"a", SAME, ISO_DIVERGENCE_NONE, 100}, {"b", SAME}},
                      now = {{"a", SAME, ISO_DIVERGENCE_NONE, 200}, {"b", UNKNOWN}};
    EXPECT_EQ(Gate(before, now, 0)->status, 0);
    EXPECT_EQ(Gate(before, now, 1u << ISO_GATE_BREAKING)->status, 0);
    EXPECT_EQ(Gate(before, now, 1u << ISO_GATE_WEAKENING)->status, 4 | 16);
    EXPECT_EQ(Gate(before, now, 1u << ISO_GATE_COST)->status, 4);
    EXPECT_EQ(Gate({{"a", SAME}}, {{"a", BUG}}, 0)->status, 1) << "a model bug fails whatever is asked for";
}

TEST(Gate, PutsTheWorstFirst)
{
    Gate gate({{"a", SAME}, {"b", SAME}, {"c", SAME}, {"d", SAME}}, {{"a", UNKNOWN},
                                                                     {"b", DIVERGES, ISO_DIVERGENCE_VALUE},
                                                                     {"c", DIVERGES, ISO_DIVERGENCE_CORRUPTION},
                                                                     {"d", NARROWER}});
    ASSERT_EQ(gate.kinds(), "diverges diverges inconclusive changed");
    EXPECT_STREQ(gate->finding[0].id, "c");
    EXPECT_STREQ(gate->finding[0].message, "SAME -> DIVERGES corruption");
}

// ---- waivers ----

struct Waivers {
    const char *glob;
    iso_waiver waiver = {};
    iso_waivers file = {};
    Waivers(const char *cells, int32_t expires, unsigned categories = 7, unsigned classes = 0) : glob(cells)
    {
        waiver.id = "W";
        waiver.reason = waiver.owner = "x";
        waiver.cells = &glob;
        waiver.ncells = 1;
        waiver.categories = categories;
        waiver.classes = classes;
        waiver.created = 19900;
        waiver.expires = expires;
        file.list = &waiver;
        file.count = 1;
    }
    Waivers(const Waivers &) = delete;
    Waivers &operator=(const Waivers &) = delete;
};

TEST(GateWaiver, CoversUntilItsLastDay)
{
    Report before({{"a", SAME}}), now({{"a", DIVERGES, ISO_DIVERGENCE_FAULT}});
    Waivers good("a", 20000), expired("a", 19999);
    Gate covered(before, now, &good.file), late(before, now, &expired.file);
    EXPECT_EQ(covered->status, 0);
    EXPECT_EQ(covered->nfindings, 1u) << "a waived finding is still listed";
    EXPECT_EQ(covered->waived[ISO_GATE_BREAKING], 1u);
    EXPECT_EQ(covered->use[0].state, ISO_WAIVER_USED);
    EXPECT_EQ(late->status, ISO_EXIT_DIVERGES | ISO_EXIT_CHANGED);
    EXPECT_EQ(late->use[0].state, ISO_WAIVER_EXPIRED);
}

TEST(GateWaiver, FailsWhenItIsOfNoUse)
{
    Report before({{"a", SAME}, {"b", SAME}}), now({{"a", SAME}, {"b", SAME}}), part({{"b", SAME}});
    Waivers passing("a", 20010), unused("z", 20010);
    Gate first(before, now, &passing.file), second(before, now, &unused.file),
        third(before, part, &passing.file, 3, true);
    EXPECT_EQ(first->status, ISO_EXIT_CHANGED);
    EXPECT_EQ(first->use[0].state, ISO_WAIVER_PASSING);
    EXPECT_EQ(second->status, ISO_EXIT_CHANGED);
    EXPECT_EQ(second->use[0].state, ISO_WAIVER_UNUSED);
    EXPECT_EQ(third->status, 0);
    EXPECT_EQ(third->use[0].state, ISO_WAIVER_NOT_RUN);
}

TEST(GateWaiver, CoversItsCategoriesAndClassesAlone)
{
    Report before({{"a", SAME}}), now({{"a", DIVERGES, ISO_DIVERGENCE_FAULT}}), bug({{"a", BUG}});
    Waivers other("a", 20010, 1u << ISO_GATE_WEAKENING), milder("a", 20010, 7, 1u << ISO_DIVERGENCE_VALUE),
        same("a", 20010, 7, 1u << ISO_DIVERGENCE_FAULT), any("a", 20010);
    EXPECT_EQ(Gate(before, now, &other.file)->status, ISO_EXIT_DIVERGES | ISO_EXIT_CHANGED);
    EXPECT_EQ(Gate(before, now, &milder.file)->status, ISO_EXIT_DIVERGES | ISO_EXIT_CHANGED);
    EXPECT_EQ(Gate(before, now, &same.file)->status, 0);
    EXPECT_TRUE(Gate(before, bug, &any.file)->status & ISO_EXIT_ERROR) << "a model bug cannot be waived";
}

} // namespace
