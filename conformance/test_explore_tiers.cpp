// Do the states of one tier follow what decide() says of its accesses? One machine of one tier, bent by a setting at a time.
#include "conformance/bench.h"
#include "conformance/explore_case.h"

extern "C" {
#include "sim/explore/effect.h"
}

// The bench's tier as the only one of a machine.
static explored cut_on(const Bench &bench, const char *attribute, const std::string &text, const char *variant = "")
{
    static iso_machine machine;
    iso_machine_init(&machine);
    machine.ntiers = 1;
    machine.tiers[0] = bench.tier;
    machine.features = bench.cpu;
    explored e = explore_on(&machine, attribute, text, variant);
    EXPECT_EQ(e.status, 0) << e.diagnostic;
    return e;
}

static explored on(const Bench &bench, const char *attribute, const std::string &text, const char *variant = "")
{
    explored e = cut_on(bench, attribute, text, variant);
    EXPECT_FALSE(e.bounded) << e.reason;
    return e;
}

// How often the states have this in them.
static size_t with(const explored &e, const std::string &part)
{
    size_t count = 0;
    for (const std::string &state : e.states)
        count += state.find(part) != std::string::npos;
    return count;
}

static const char *const increment = "AArch64 increment\n{ 0:X1=x; 1:X1=x; }\n P0 | P1 ;\n L0: LDXR W0,[X1] | L1: LDXR "
                                     "W0,[X1] ;\n ADD W2,W0,#1 | ADD W2,W0,#1 ;\n STXR W3,W2,[X1] | STXR W3,W2,[X1] "
                                     ";\n CBNZ W3,L0 | CBNZ W3,L1 ;\nlocations [x;]\nforall (x=2)\n";
static const char *const once = "AArch64 once\n{ 0:X1=x; }\n P0 ;\n LDXR W0,[X1] ;\n MOV W2,#1 ;\n STXR W3,W2,[X1] "
                                ";\nlocations [x;0:X3;]\nexists (x=1)\n";
static const char *const add = "AArch64 add\n{ 0:X1=x; 1:X1=x; }\n P0 | P1 ;\n MOV W0,#1 | MOV W0,#1 ;\n LDADD "
                               "W0,W2,[X1] | LDADD W0,W2,[X1] ;\nlocations [x;]\nforall (x=2)\n";

TEST(ExploreTiers, TierThatDoesEverythingAddsNothing)
{
    Bench bench;
    for (const char *attribute : {"wb", "nc"}) {
        EXPECT_EQ(on(bench, attribute, increment).states, explore_text(increment, "").states) << attribute;
        EXPECT_EQ(on(bench, attribute, add).states, explore_text(add, "").states) << attribute;
    }
}

// A loop that shows what it read comes back to where it was unless a fault may leave that in the register: where no access faults rounds are left out as ever.
TEST(ExploreTiers, LoopsThatShowWhatTheyReadAreThoseOfOrdinaryMemory)
{
    const char *text =
        "AArch64 loops\n{ int x=1; 0:X0=x; 1:X0=x; }\n P0 | P1 ;\n L00: LDR W10,[X0] | L10: LDAXR W11,[X0] ;\n "
        "ADD W9,W10,#1 | ADD W9,W11,#1 ;\n MOV W11,W10 | STXR W12,W9,[X0] ;\n CASAL W11,W9,[X0] | CBNZ W12,L10 ;\n "
        "CMP W11,W10 | ;\n B.NE L00 | ;\n L01: LDR W12,[X0] | ;\n ADD W9,W12,#1 | ;\n MOV W13,W12 | ;\n "
        "CASA W13,W9,[X0] | ;\n CMP W13,W12 | ;\n B.NE L01 | ;\nlocations [0:X12; 1:X11;]\nexists (x=1)\n";
    Bench bench;
    EXPECT_EQ(on(bench, "nc", text).states, explore_text(text, "").states);
}

// ... and what a fault leaves there is kept, also where walks begin again behind horizons.
TEST(ExploreTiers, FaultLeavesWhatALoopReadBefore)
{
    const char *text =
        "AArch64 left\n{ int x=0; 0:X0=x; 1:X0=x; 0:X2=7; }\n P0 | P1 ;\n L0: LDAR W2,[X0] | MOV W1,#1 ;\n CBZ "
        "W2,L0 | STR W1,[X0] ;\n LDAR W4,[X0] | MOV W1,#2 ;\n LDAXR W2,[X0] | STR W1,[X0] ;\nlocations "
        "[0:X2; x;]\nexists (x=1)\n";
    Bench bench;
    bench.set({{ISO_CAP_EXCL_NC, ISO_SUPPORT_NO}, {ISO_CAP_EXCL_ON_UNSUPPORTED, ISO_EXCL_UNSUPPORTED_ABORT35}});
    const iso_machine machine = bench.machine();
    for (iso_reduce reduce : {ISO_REDUCE_WHERE_IT_PAYS, ISO_REDUCE_NEVER, ISO_REDUCE_ALWAYS, ISO_REDUCE_EARLY}) {
        const explored e = explore_on(&machine, "nc", text, "", false, reduce);
        ASSERT_EQ(e.status, 0) << e.diagnostic;
        EXPECT_FALSE(e.bounded) << e.reason;
        EXPECT_EQ(e.states.size(), 2u) << reduce;
        EXPECT_EQ(with(e, "0:X2=1; [x]=2;"), 1u) << reduce;
        EXPECT_EQ(with(e, "0:X2=2; [x]=2;"), 1u) << reduce;
    }
}

TEST(ExploreTiers, ExclusiveThatNeverSucceedsMakesNoProgress)
{
    Bench bench;
    bench.set({{ISO_CAP_EXCL_NC, ISO_SUPPORT_NO},
               {ISO_CAP_EXCL_ON_UNSUPPORTED, ISO_EXCL_UNSUPPORTED_FAIL},
               {ISO_CAP_EXCL_STORE_ON_FAIL, ISO_STORE_ON_FAIL_KEEP}});
    explored e = on(bench, "nc", increment);
    ASSERT_FALSE(e.states.empty());
    EXPECT_EQ(with(e, "NoProgress"), e.states.size());
    EXPECT_EQ(on(bench, "nc", once).states, (std::set<std::string>{"0:X3=1; [x]=0;"}));
}

TEST(ExploreTiers, ExclusiveThatFailsAndWrites)
{
    Bench bench;
    bench.set({{ISO_CAP_EXCL_NC, ISO_SUPPORT_NO}, {ISO_CAP_EXCL_ON_UNSUPPORTED, ISO_EXCL_UNSUPPORTED_FAIL}});
    explored e = on(bench, "nc", once);
    EXPECT_GT(with(e, "0:X3=1; [x]=1;"), 0u);
    EXPECT_EQ(with(e, "0:X3=0;"), 0u);
}

// CHI B6.3.4: every store exclusive that is sent writes and fails. Its loop never ends, and memory does not keep still.
TEST(ExploreTiers, RetryOfAnExclusiveThatFailsAndWritesNeverEnds)
{
    Bench bench;
    bench.set({{ISO_CAP_EXCL_NC, ISO_SUPPORT_NO}, {ISO_CAP_EXCL_ON_UNSUPPORTED, ISO_EXCL_UNSUPPORTED_FAIL}});
    explored e = cut_on(bench, "nc", increment);
    EXPECT_TRUE(e.bounded);
    ASSERT_FALSE(e.states.empty());
    EXPECT_EQ(with(e, "NoProgress(P0); NoProgress(P1);"), e.states.size());
    EXPECT_EQ(with(e, "[x]=0;"), 0u); /* going round without a write is no fair run */
    EXPECT_GT(with(e, "[x]=2;"), 0u);
}

// The same loop with another way out: once memory holds two, each thread leaves. Three rounds are enough.
TEST(ExploreTiers, RetryWithAnExitEndsThere)
{
    const char *text =
        "AArch64 to-two\nUnroll=4\n{ 0:X1=x; 1:X1=x; }\n P0 | P1 ;\n L0: LDXR W0,[X1] | L1: LDXR W0,[X1] "
        ";\n CMP W0,#2 | CMP W0,#2 ;\n B.EQ E0 | B.EQ E1 ;\n ADD W2,W0,#1 | ADD W2,W0,#1 ;\n STXR "
        "W3,W2,[X1] | STXR W3,W2,[X1] ;\n CBNZ W3,L0 | CBNZ W3,L1 ;\n E0: | E1: ;\nlocations "
        "[x;0:X0;1:X0;]\nforall (x=2)\n";
    Bench bench;
    bench.set({{ISO_CAP_EXCL_NC, ISO_SUPPORT_NO}, {ISO_CAP_EXCL_ON_UNSUPPORTED, ISO_EXCL_UNSUPPORTED_FAIL}});
    EXPECT_EQ(on(bench, "nc", text).states, (std::set<std::string>{"0:X0=2; 1:X0=2; [x]=2;"}));
}

// A second store exclusive fails like the first, whatever memory holds by then.
TEST(ExploreTiers, StatusOfAnExclusiveThatFailsAndWritesIsOneEachTime)
{
    const char *text = "AArch64 twice\n{ 0:X1=x; }\n P0 ;\n LDXR X0,[X1] ;\n ADD X2,X0,#1 ;\n STLXR W3,X2,[X1] ;\n CBZ "
                       "W3,E0 ;\n LDXR X0,[X1] ;\n ADD X2,X0,#1 ;\n STLXR W3,X2,[X1] ;\n E0: DMB ISH ;\nlocations "
                       "[x;0:X3;]\nforall (0:X3=1)\n";
    Bench bench;
    bench.set({{ISO_CAP_EXCL_NC, ISO_SUPPORT_NO}, {ISO_CAP_EXCL_ON_UNSUPPORTED, ISO_EXCL_UNSUPPORTED_FAIL}});
    explored e = on(bench, "nc", text);
    EXPECT_EQ(with(e, "0:X3=1;"), e.states.size());
    EXPECT_EQ(e.states.size(), 3u); /* a store that the local monitor held back wrote nothing */
}

TEST(ExploreTiers, ExclusiveThatFaults)
{
    Bench bench;
    bench.set({{ISO_CAP_EXCL_NC, ISO_SUPPORT_NO}});
    explored e = on(bench, "nc", once);
    ASSERT_FALSE(e.states.empty());
    EXPECT_EQ(with(e, "[x]=1;"), 0u);
}

TEST(ExploreTiers, LocalExclusivesLoseAnIncrement)
{
    Bench bench;
    bench.set({{ISO_CAP_EXCL_NC, ISO_SUPPORT_NO}, {ISO_CAP_EXCL_ON_UNSUPPORTED, ISO_EXCL_UNSUPPORTED_LOCAL_ONLY}});
    explored e = on(bench, "nc", increment);
    EXPECT_GT(with(e, "[x]=1;"), 0u);
    EXPECT_GT(with(e, "[x]=2;"), 0u);
}

TEST(ExploreTiers, AtomicWithoutAtomicityLosesAnIncrement)
{
    Bench bench;
    bench.set(
        {{ISO_CAP_ATOMIC_NC, ISO_SUPPORT_NO}, {ISO_CAP_ATOMIC_ON_UNSUPPORTED, ISO_ATOMIC_UNSUPPORTED_OKAY_NONATOMIC}});
    explored e = on(bench, "nc", add);
    EXPECT_GT(with(e, "[x]=1;"), 0u);
    EXPECT_GT(with(e, "[x]=2;"), 0u);
}

TEST(ExploreTiers, TagsThatReadAsZero)
{
    const char *text =
        "AArch64 tags\n{ 0:X1=x:red; 0:X2=x:red; 0:X3=x:green; }\n P0 ;\n STG X1,[X2] ;\n LDG X3,[X2] ;\nexists "
        "(0:X3=x:red)\n";
    Bench bench;
    EXPECT_EQ(on(bench, "wb-tagged", text, "memtag,precise").negative, 0u);
    bench.set({{ISO_CAP_TAG_STORAGE, ISO_TAG_STORAGE_NONE}});
    EXPECT_GT(on(bench, "wb-tagged", text, "memtag,precise").negative, 0u);
}

// Where tag writes land in other memory they do so once the line is evicted, at any time (facts 7.3, CH-54/T4): whatever barriers stand behind them, and be that memory one
// thread's alone, whose own stores do not come before or after it for standing there in the program.
TEST(ExploreTiers, TagsLandInOtherMemoryAtAnyTime)
{
    auto text = [](const std::string &behind, const std::string &observed) {
        return "AArch64 lands\n{ uint64_t y=0; 0:X1=x:red; 0:X2=y; uint64_t 0:X3; uint64_t 0:X5=0x100; }\n P0 ;\n "
               "STG X1,[X1] ;\n" +
               behind + "locations [" + observed + "]\nexists (0:X3=0)\n";
    };
    Bench bench;
    bench.set({{ISO_CAP_TAG_STORAGE, ISO_TAG_STORAGE_NONE}, {ISO_CAP_TAG_WRITE_UNSUPPORTED, ISO_TAG_WRITE_ALIAS}});
    for (const std::string barrier : {"", " DSB SY ;\n ISB ;\n"}) {
        EXPECT_EQ(on(bench, "wb-tagged", text(barrier + " LDR X3,[X2] ;\n", "0:X3; y;"), "memtag,precise").states,
                  (std::set<std::string>{"0:X3=0; [y]=0;", "0:X3=0; [y]=1;", "0:X3=1; [y]=1;"}))
            << barrier;
        EXPECT_EQ(
            on(bench, "wb-tagged", text(barrier + " STR X5,[X2] ;\n LDR X3,[X2] ;\n", "0:X3; y;"), "memtag,precise")
                .states,
            (std::set<std::string>{"0:X3=256; [y]=256;", "0:X3=256; [y]=1;", "0:X3=1; [y]=1;"}))
            << barrier;
    }
}

// Of one thread's causes as many are kept as of a final state: else of two ways with more each the one with fewer could not be told.
TEST(ExploreTiers, CausesOfOneThreadAreKeptAsFarAsAStateHasRoom)
{
    std::string text = "AArch64 causes\n{ 0:X1=x:red; }\n P0 ;\n";
    for (unsigned i = 0; i < ISO_FINAL_MAX_CAUSES; i++)
        text += " STG X1,[X1] ;\n";
    Bench bench;
    bench.set({{ISO_CAP_TAG_STORAGE, ISO_TAG_STORAGE_NONE}});
    explored e = on(bench, "wb-tagged", text + "locations [x;]\nexists (x=0)\n", "memtag,precise");
    ASSERT_EQ(e.causes.size(), 1u);
    EXPECT_EQ(std::count(e.causes.begin()->begin(), e.causes.begin()->end(), '/'), ISO_FINAL_MAX_CAUSES)
        << *e.causes.begin();
}

// FEAT_LSE2 (B2.2.1.1): a pair inside 16 aligned bytes of shareable write-back memory is one access, and so is a misaligned one there.
static const char *const pair = "AArch64 pair\n{ uint64_t x[2]; 0:X1=x; 1:X1=x; 0:X2=1; 0:X3=1; }\n P0 | P1 ;\n STP "
                                "X2,X3,[X1] | LDP X2,X3,[X1] ;\nexists ~(1:X2=0 /\\ 1:X3=0 \\/ 1:X2=1 /\\ 1:X3=1)\n";
static const char *const crossing =
    "AArch64 pair-at-8\n{ uint64_t x[4]; 0:X1=x; 1:X1=x; 0:X2=1; 0:X3=1; }\n P0 | P1 ;\n STP "
    "X2,X3,[X1,#8] | LDP X2,X3,[X1,#8] ;\nexists ~(1:X2=0 /\\ 1:X3=0 \\/ 1:X2=1 /\\ 1:X3=1)\n";
static const char *const misaligned = "AArch64 misaligned\nVariant=mixed\n{ uint64_t x[2]; 0:X1=x; 1:X1=x; "
                                      "0:X2=0x01010101; uint32_t 1:X3; }\n P0 | P1 ;\n "
                                      "STUR W2,[X1,#2] | LDUR W3,[X1,#2] ;\nexists ~(1:X3=0 \\/ 1:X3=0x01010101)\n";

TEST(ExploreTiers, PairsAreWholeWithLse2)
{
    Bench bench;
    for (const char *text : {pair, misaligned}) {
        bench.knob(ISO_CPU_LSE2, ISO_FEATURE_YES);
        EXPECT_EQ(on(bench, "wb", text).positive, 0u) << text;
        EXPECT_GT(on(bench, "nc", text).positive, 0u) << text;
        bench.knob(ISO_CPU_LSE2, ISO_FEATURE_NO);
        EXPECT_GT(on(bench, "wb", text).positive, 0u) << text;
    }
    EXPECT_GT(explore_text(pair, "").positive, 0u); /* nothing is known of the CPU */
    bench.knob(ISO_CPU_LSE2, ISO_FEATURE_YES);
    EXPECT_GT(on(bench, "wb", crossing).positive, 0u);
}

// A setting that the machine leaves unknown has one value for a whole run, whatever access asks: load and store of an exclusive agree.
TEST(ExploreChoices, UnknownSettingIsOneBranchOfTheWholeRun)
{
    const char *text =
        "AArch64 once\n{ 0:X1=x; 0:X0=7; 0:X3=7; }\n P0 ;\n LDXR W0,[X1] ;\n MOV W2,#1 ;\n STXR W3,W2,[X1] "
        ";\nlocations [x;0:X0;0:X3;fault(P0);]\nexists (x=1)\n";
    Bench bench;
    bench.set({{ISO_CAP_EXCL_NC, ISO_SUPPORT_NO}, {ISO_CAP_EXCL_STORE_ON_FAIL, ISO_STORE_ON_FAIL_KEEP}});
    std::set<std::string> each;
    for (int value = ISO_VALUE_FIRST;
         value < static_cast<int>(iso_capability_key(ISO_CAP_EXCL_ON_UNSUPPORTED)->set->count); value++) {
        explored e = on(bench.set(ISO_CAP_EXCL_ON_UNSUPPORTED, value), "nc", text);
        each.insert(e.states.begin(), e.states.end());
    }
    explored open = on(bench.set(ISO_CAP_EXCL_ON_UNSUPPORTED, ISO_VALUE_UNKNOWN), "nc", text);
    EXPECT_EQ(open.states, each);
    EXPECT_GT(with(open, "0:X0=7; 0:X3=7; [x]=0; Fault"), 0u); /* the load faults */
    EXPECT_EQ(with(open, "0:X0=0; 0:X3=7;"), 0u);              /* never only the store */
}

// Two settings: every pair of values, and no other.
TEST(ExploreChoices, UnknownSettingsAreTriedInEveryCombination)
{
    Bench bench;
    bench.set({{ISO_CAP_EXCL_NC, ISO_SUPPORT_NO}, {ISO_CAP_ATOMIC_NC, ISO_SUPPORT_UNKNOWN}});
    const char *text =
        "AArch64 both\n{ 0:X1=x; 0:X5=y; 0:X6=1; }\n P0 ;\n LDXR W0,[X1] ;\n MOV W2,#1 ;\n STXR W3,W2,[X1] ;\n "
        "LDADD W6,W7,[X5] ;\nlocations [x;y;0:X3;]\nexists (x=1)\n";
    std::set<std::string> each;
    for (int atomic : {ISO_SUPPORT_YES, ISO_SUPPORT_NO})
        for (int how :
             {ISO_EXCL_UNSUPPORTED_ABORT35, ISO_EXCL_UNSUPPORTED_FAIL, ISO_EXCL_UNSUPPORTED_LOCAL_ONLY,
              ISO_EXCL_UNSUPPORTED_NOP, ISO_EXCL_UNSUPPORTED_EXTERNAL_ABORT, ISO_EXCL_UNSUPPORTED_STATUS_UNKNOWN}) {
            bench.set({{ISO_CAP_ATOMIC_NC, atomic}, {ISO_CAP_EXCL_ON_UNSUPPORTED, how}});
            explored e = on(bench, "nc", text);
            each.insert(e.states.begin(), e.states.end());
        }
    bench.set({{ISO_CAP_ATOMIC_NC, ISO_SUPPORT_UNKNOWN}, {ISO_CAP_EXCL_ON_UNSUPPORTED, ISO_EXCL_UNSUPPORTED_UNKNOWN}});
    EXPECT_EQ(on(bench, "nc", text).states, each);
}

// CONSTRAINED UNPREDICTABLE (CH-30): of two misaligned atomics one may fault and the other be performed.
TEST(ExploreChoices, UnpredictableIsFreeEachTime)
{
    const char *text =
        "AArch64 misaligned-atomics\n{ 0:X1=x; 1:X1=y; 0:X0=1; 1:X0=1; }\n P0 | P1 ;\n ADD X1,X1,#1 | ADD "
        "X1,X1,#1 ;\n LDADDH W0,W2,[X1] | LDADDH W0,W2,[X1] ;\nlocations [fault(P0);fault(P1);]\nexists "
        "(fault(P0))\n";
    Bench bench;
    bench.knob(ISO_CPU_ATOMIC_MISALIGNED, ISO_VALUE_FREE);
    explored e = on(bench, "nc", text, "mixed");
    EXPECT_EQ(e.states.size(), 4u);
    bench.knob(ISO_CPU_ATOMIC_MISALIGNED, ISO_PERFORM_FAULT_FAULT);
    EXPECT_EQ(on(bench, "nc", text, "mixed").states.size(), 1u);
}

// As many ways to choose as are tried at most are all; with one choice more some are left out.
TEST(ExploreChoices, AreBoundedOnlyWhereWaysAreLeft)
{
    for (uint32_t count : {8u, 9u, 10u}) {
        iso_tier_choices choices = {};
        uint32_t ways = 0;
        do { /* what is behind the choice that changed is met again */
            for (; choices.count < count; choices.count++) {
                choices.list[choices.count] = {};
                choices.list[choices.count].count = 2;
            }
            ways++;
        } while (iso_effect_next(&choices));
        EXPECT_EQ(ways, count == 8 ? 256u : 512u);
        EXPECT_EQ(choices.overflow, count == 10) << count;
    }
}
