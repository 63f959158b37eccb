// Are verdicts and classes what the definitions say, for sets that are exact and for sets that are sampled?
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <deque>
#include <initializer_list>
#include <string>
#include <vector>

extern "C" {
#include "sim/compare.h"
}

namespace
{

struct State {
    const char *text;
    std::vector<iso_cause_effect> causes;
    std::vector<iso_fault_type> faults;
    uint32_t no_progress;
};

// A set with states of our making; iso_compare() reads text, causes, faults and stuck threads only.
class Set
{
  public:
    Set(std::initializer_list<State> states, bool bounded = false)
    {
        iso_outcome_set_init(&set_);
        set_.list = static_cast<iso_outcome *>(std::calloc(states.size() + 1, sizeof(iso_outcome)));
        set_.capacity = states.size() + 1;
        set_.bounded = bounded;
        for (const State &state : states) {
            iso_outcome *outcome = &set_.list[set_.count++];
            outcome->text = strdup(state.text);
            outcome->count = 1;
            iso_final &final = finals_.emplace_back();
            final.no_progress = state.no_progress;
            for (iso_cause_effect effect : state.causes)
                final.cause[final.ncauses++].effect = static_cast<uint8_t>(effect);
            for (iso_fault_type type : state.faults)
                final.fault[final.nfaults++].type = static_cast<uint8_t>(type);
            outcome->state = iso_final_end(&final);
        }
    }
    ~Set()
    {
        iso_outcome_set_free(&set_);
    }
    Set(const Set &) = delete;
    Set &operator=(const Set &) = delete;
    iso_fault *mutable_fault() // the first of the first state
    {
        return &finals_.front().fault[0];
    }
    const iso_outcome_set *get() const
    {
        return &set_;
    }

  private:
    iso_outcome_set set_;
    std::deque<iso_final> finals_; // does not move them
};

struct Result {
    iso_verdict verdict;
    iso_divergence divergence;
    size_t fresh;
};

Result Compare(const Set &reference, const Set &cell, bool sampled = false)
{
    iso_comparison comparison;
    iso_compare(&comparison, nullptr, reference.get(), cell.get(), sampled);
    Result result{comparison.verdict, comparison.divergence, comparison.nfresh};
    std::free(comparison.fresh);
    return result;
}

TEST(Verdict, EqualSetsAreTheSame)
{
    Set a{{"x=0;", {}, {}, 0}, {"x=1;", {}, {}, 0}}, b{{"x=0;", {}, {}, 0}, {"x=1;", {ISO_CAUSE_ORDER}, {}, 0}};
    EXPECT_EQ(Compare(a, b).verdict, ISO_VERDICT_SAME);
}

TEST(Verdict, StrictSubsetIsNarrower)
{
    Set a{{"x=0;", {}, {}, 0}, {"x=1;", {}, {}, 0}}, b{{"x=0;", {}, {}, 0}};
    EXPECT_EQ(Compare(a, b).verdict, ISO_VERDICT_NARROWER);
    EXPECT_EQ(Compare(a, b, true).verdict, ISO_VERDICT_SAME) << "what was not seen may still exist";
}

TEST(Verdict, NewStateDivergesEvenWhereOthersAreMissing)
{
    Set a{{"x=0;", {}, {}, 0}, {"x=1;", {}, {}, 0}}, b{{"x=2;", {}, {}, 0}};
    Result result = Compare(a, b);
    EXPECT_EQ(result.verdict, ISO_VERDICT_DIVERGES);
    EXPECT_EQ(result.divergence, ISO_DIVERGENCE_VALUE);
    EXPECT_EQ(result.fresh, 1u);
}

TEST(Verdict, SampledStateWithoutADeviatingEffectIsNoNews)
{
    Set a{{"x=0;", {}, {}, 0}}, b{{"x=1;", {}, {}, 0}}, c{{"x=1;", {ISO_CAUSE_TORN}, {}, 0}};
    EXPECT_EQ(Compare(a, b, true).verdict, ISO_VERDICT_SAME);
    EXPECT_EQ(Compare(a, c, true).verdict, ISO_VERDICT_DIVERGES);
}

TEST(Verdict, BoundedSetsProveNothingButTheNewStatesOfACell)
{
    Set whole{{"x=0;", {}, {}, 0}}, part({{"x=0;", {}, {}, 0}}, true), fresh({{"x=1;", {}, {}, 0}}, true);
    EXPECT_EQ(Compare(whole, part).verdict, ISO_VERDICT_BOUNDED);
    EXPECT_EQ(Compare(part, whole).verdict, ISO_VERDICT_BOUNDED);
    EXPECT_EQ(Compare(whole, fresh).verdict, ISO_VERDICT_DIVERGES);
    EXPECT_EQ(Compare(part, fresh).verdict, ISO_VERDICT_BOUNDED);
}

struct ClassCase {
    State state;
    iso_divergence expected;
};

TEST(Class, NewStateIsNamedByWhatTheReferenceCannotHave)
{
    const ClassCase cases[] = {
        {{"a", {ISO_CAUSE_TAG_ALIASES}, {}, 0}, ISO_DIVERGENCE_CORRUPTION},
        {{"a", {ISO_CAUSE_TAG_ALIASES}, {ISO_FAULT_TAG_CHECK}, 0}, ISO_DIVERGENCE_CORRUPTION},
        {{"a", {ISO_CAUSE_FAILS_WRITES}, {}, 0}, ISO_DIVERGENCE_LOST_UPDATE},
        {{"a", {ISO_CAUSE_FAILS_WRITES}, {}, 1}, ISO_DIVERGENCE_LOST_UPDATE},
        {{"a", {ISO_CAUSE_NONATOMIC}, {}, 0}, ISO_DIVERGENCE_LOST_UPDATE},
        {{"a", {ISO_CAUSE_STALE}, {}, 0}, ISO_DIVERGENCE_STALE},
        {{"a", {ISO_CAUSE_TORN}, {}, 0}, ISO_DIVERGENCE_TORN},
        {{"a", {ISO_CAUSE_TAG_UNCHECKED}, {}, 0}, ISO_DIVERGENCE_TAG_LOST},
        {{"a", {ISO_CAUSE_TAG_DROPPED}, {}, 0}, ISO_DIVERGENCE_VALUE},
        {{"a", {ISO_CAUSE_TAG_DROPPED}, {ISO_FAULT_TAG_CHECK}, 0}, ISO_DIVERGENCE_TAG_FALSE_FAULT},
        {{"a", {ISO_CAUSE_TAG_ZERO}, {ISO_FAULT_TAG_CHECK}, 0}, ISO_DIVERGENCE_TAG_FALSE_FAULT},
        {{"a", {ISO_CAUSE_FAULT}, {ISO_FAULT_MMU_EXCLUSIVE}, 0}, ISO_DIVERGENCE_FAULT},
        {{"a", {ISO_CAUSE_FAULT}, {ISO_FAULT_ALIGNMENT}, 0}, ISO_DIVERGENCE_FAULT},
        {{"a", {ISO_CAUSE_FAILS_KEEPS}, {}, 2}, ISO_DIVERGENCE_NO_PROGRESS},
        {{"a", {ISO_CAUSE_ORDER}, {}, 0}, ISO_DIVERGENCE_VALUE},
        {{"a", {}, {}, 0}, ISO_DIVERGENCE_VALUE},
    };
    Set reference{{"x=0;", {}, {}, 0}};
    for (const ClassCase &row : cases) {
        Set cell{row.state};
        EXPECT_EQ(Compare(reference, cell).divergence, row.expected) << iso_divergence_name(row.expected);
    }
}

TEST(Class, AFaultThatTheReferenceCanGiveDoesNotNameTheState)
{
    Set reference{{"b", {}, {ISO_FAULT_TAG_CHECK}, 0}},
        cell{{"a", {ISO_CAUSE_TAG_UNCHECKED}, {ISO_FAULT_TAG_CHECK}, 0}};
    EXPECT_EQ(Compare(reference, cell).divergence, ISO_DIVERGENCE_TAG_LOST);
}

TEST(Class, AFaultOfAnotherInstructionIsNew)
{
    Set reference{{"b", {}, {ISO_FAULT_TAG_CHECK}, 0}}, cell{{"a", {ISO_CAUSE_TAG_ZERO}, {ISO_FAULT_TAG_CHECK}, 0}};
    reference.mutable_fault()->insn = 7;
    EXPECT_EQ(Compare(reference, cell).divergence, ISO_DIVERGENCE_TAG_FALSE_FAULT);
}

TEST(Class, AFaultThatMustComeAndDoesNotIsLostProtection)
{
    Set always{{"b", {}, {ISO_FAULT_TAG_CHECK}, 0}, {"c", {}, {ISO_FAULT_TAG_CHECK}, 0}};
    Set sometimes{{"b", {}, {ISO_FAULT_TAG_CHECK}, 0}, {"c", {}, {}, 0}};
    Set cell{{"a", {ISO_CAUSE_TAG_ZERO}, {}, 0}};
    EXPECT_EQ(Compare(always, cell).divergence, ISO_DIVERGENCE_TAG_LOST);
    EXPECT_EQ(Compare(sometimes, cell).divergence, ISO_DIVERGENCE_VALUE);
    Set stopped{{"a", {ISO_CAUSE_FAULT}, {ISO_FAULT_EXTERNAL_ABORT}, 0}};
    EXPECT_EQ(Compare(always, stopped).divergence, ISO_DIVERGENCE_FAULT) << "nothing got through";
}

TEST(Class, TheMostSevereOfSeveralWins)
{
    Set reference{{"0", {}, {}, 0}};
    Set cell{{"a", {ISO_CAUSE_FAULT}, {ISO_FAULT_ALIGNMENT}, 0},
             {"b", {ISO_CAUSE_TAG_ALIASES}, {}, 0},
             {"c", {ISO_CAUSE_TORN}, {}, 0}};
    EXPECT_EQ(Compare(reference, cell).divergence, ISO_DIVERGENCE_CORRUPTION);
}

TEST(Names, EveryVerdictAndClassIsFoundByItsName)
{
    for (unsigned i = 0; i < ISO_VERDICT_COUNT; i++) {
        iso_verdict found;
        ASSERT_TRUE(iso_verdict_find(&found, iso_verdict_name(static_cast<iso_verdict>(i))));
        EXPECT_EQ(found, static_cast<iso_verdict>(i));
    }
    for (unsigned i = 0; i < ISO_DIVERGENCE_NONE; i++) {
        iso_divergence found;
        ASSERT_TRUE(iso_divergence_find(&found, iso_divergence_name(static_cast<iso_divergence>(i))));
        EXPECT_EQ(found, static_cast<iso_divergence>(i));
    }
    EXPECT_EQ(iso_divergence_name(ISO_DIVERGENCE_NONE), nullptr);
}

TEST(Names, EveryEffectHasAPhrase)
{
    for (unsigned i = 1; i <= ISO_CAUSE_EMULATED; i++)
        EXPECT_STRNE(iso_cause_phrase(static_cast<iso_cause_effect>(i)), iso_cause_phrase(ISO_CAUSE_NONE)) << i;
}

} // namespace
