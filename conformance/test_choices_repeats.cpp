// A store in several accesses may make any of them again, as often as somebody can tell: does it, in both engines, and no oftener?
#include "conformance/both_engines.h"
#include "conformance/explore_case.h"

#include <algorithm>

namespace
{

// P0 stores a pair of ones, `code` is P1's. x[0] is 0 at first.
std::string against(const std::vector<std::string> &code, const std::string &condition,
                    const char *store = "STP X2,X2,[X0]")
{
    std::string out =
        "AArch64 t\n{ uint64_t x[2]={0,0}; 0:X0=x; 0:X2=1; 1:X0=x; 1:X3=2; uint64_t 1:X6=0; }\n P0 | P1 ;\n";
    for (size_t i = 0; i < code.size(); i++)
        out += " " + std::string(i ? "" : store) + " | " + code[i] + " ;\n";
    return out + "exists (" + condition + ")\n";
}

// Sees the one, writes over it, sees the one again, ...: `times` ones in all.
std::string written_over(unsigned times, const char *store = "STP X2,X2,[X0]")
{
    std::vector<std::string> code;
    std::string condition = "true";
    for (unsigned i = 0; i < times; i++) {
        const std::string reg = "X" + std::to_string(10 + i);
        if (i) {
            code.push_back("STR X3,[X0]");
            code.push_back("DMB SY");
        }
        code.push_back("LDR " + reg + ",[X0]");
        condition += " /\\ 1:" + reg + "=1";
    }
    return against(code, condition, store);
}

iso_machine &machine_of(const Bench &bench)
{
    static iso_machine machine; // large
    iso_machine_init(&machine);
    machine.ntiers = 1;
    machine.tiers[0] = bench.tier;
    machine.features = bench.cpu;
    return machine;
}

} // namespace

// Started anew the store is translated anew: it may have written to the page that was there before, too. One access is made once.
RULE_TEST(ChoicesRepeats, AnewTranslated, "CH-38")
{
    const auto text = [](const char *store) {
        return std::string(
                   "AArch64 t\nVariant=vmsa,handled\n{ uint64_t x[2]={0,0}; uint64_t y[2]={0,0}; 0:X0=x; 0:X2=1; "
                   "1:X0=x; 1:X3=(oa:PA(y)); 1:X4=PTE(x); }\n P0 | P1 ;\n ") +
               store +
               " | STR XZR,[X4] ;\n | DSB ISH ;\n | LSR X9,X0,#12 ;\n | TLBI VAAE1IS,X9 ;\n | DSB ISH ;\n "
               "| STR X3,[X4] ;\nlocations [x; y;]\nexists (x[0]=1 /\\ y[0]=1)\n";
    };
    Bench bench;
    bench.knob(ISO_CPU_TLB_CONFLICT, ISO_TLB_CONFLICT_ONE);
    Both pair = both(bench, "nc", text("STP X2,X2,[X0]"), "vmsa", 3000);
    EXPECT_GT(pair.positive_allowed, 0u);
    EXPECT_GT(pair.positive_seen, 0u);
    EXPECT_TRUE(std::includes(pair.allowed.begin(), pair.allowed.end(), pair.seen.begin(), pair.seen.end()));
    Both one = both(bench, "nc", text("STR X2,[X0]"), "vmsa", 200);
    EXPECT_EQ(one.positive_allowed, 0u);
    EXPECT_EQ(one.positive_seen, 0u);
}

// All writes over it are of one value, by different instructions: each lets the store be seen once more.
RULE_TEST(ChoicesRepeats, OnceForEachWriteOver, "CH-38")
{
    for (unsigned times = 1; times <= 6; times++) {
        explored e = explore_on(&machine_of(Bench()), "nc", written_over(times), "");
        EXPECT_GT(e.positive, 0u) << times;
        EXPECT_FALSE(e.bounded) << e.reason;
        e = explore_on(&machine_of(Bench()), "nc", written_over(times, "STR X2,[X0]"), "");
        EXPECT_EQ(e.positive > 0, times == 1) << times << ": a register alone is written once";
    }
    Both twice = both(Bench(), "nc", written_over(2));
    EXPECT_GT(twice.positive_allowed, 0u);
    EXPECT_GT(twice.positive_seen, 0u);
}

// The same by one instruction in a loop, counted or not.
TEST(ChoicesRepeats, LoopsThatWrite)
{
    const std::vector<std::string> rounds = {"MOV W7,#5", "L0: LDR X4,[X0]", "ADD X6,X6,X4", "STR XZR,[X0]",
                                             "DMB SY",    "SUB W7,W7,#1",    "CBNZ W7,L0"};
    for (const char *sum : {"5", "4", "1", "0"}) {
        explored e = explore_on(&machine_of(Bench()), "nc", against(rounds, std::string("1:X6=") + sum), "");
        EXPECT_GT(e.positive, 0u) << sum;
        EXPECT_FALSE(e.bounded) << e.reason;
    }
    explored once = explore_on(&machine_of(Bench()), "nc", against(rounds, "1:X6=2", "STR X2,[X0]"), "");
    EXPECT_EQ(once.positive, 0u);
    EXPECT_GT(once.negative, 0u);
}

// An access made again is over by the time that what its thread orders behind the store is seen.
TEST(ChoicesRepeats, NotBehindABarrier)
{
    const std::string text = "AArch64 t\n{ uint64_t x[2]={0,0}; uint64_t y=0; 0:X0=x; 0:X1=y; 0:X2=1; 1:X0=x; 1:X1=y; "
                             "1:X3=2; }\n P0 | P1 ;\n"
                             " STP X2,X2,[X0] | LDR X4,[X1] ;\n DMB ST | DMB SY ;\n STR X2,[X1] | STR X3,[X0] ;\n"
                             "exists (1:X4=1 /\\ x={1,1})\n";
    explored e = explore_on(&machine_of(Bench()), "nc", text, "");
    EXPECT_EQ(e.positive, 0u);
    EXPECT_GT(e.negative, 0u);
}

// What the thread itself writes there is no reason to make a store again, whether its runs are walked as a whole or not.
TEST(ChoicesRepeats, OwnWritesDoNotCount)
{
    const std::string text = "AArch64 t\n{ uint64_t x[2]={0,0}; 0:X0=x; 0:X2=1; 0:X3=2; 1:X0=x; }\n P0 | P1 ;\n"
                             " STP X2,X2,[X0] | LDR X4,[X0] ;\n DMB SY | DMB SY ;\n STP X3,X3,[X0] | LDR X5,[X0] ;\n"
                             "locations [x;1:X4;1:X5;]\nexists (true)\n";
    const std::string again = "/" + std::to_string(ISO_CAUSE_REPEATED);
    for (iso_reduce reduce : {ISO_REDUCE_NEVER, ISO_REDUCE_ALWAYS}) {
        explored e = explore_on(&machine_of(Bench()), "nc", text, "", false, reduce);
        EXPECT_EQ(e.states.size(), 6u) << "both loads in order";
        for (const std::string &why : e.causes)
            EXPECT_EQ(why.find(again), std::string::npos) << why;
    }
    explored other = explore_on(&machine_of(Bench()), "nc", written_over(2), "");
    EXPECT_TRUE(std::any_of(other.causes.begin(), other.causes.end(),
                            [&](const std::string &why) { return why.find(again) != std::string::npos; }));
}

// Threads walked from horizon to horizon write over it with values found on the way: the same states, nothing bounded.
TEST(ChoicesRepeats, AlikeFromHorizonToHorizon)
{
    const std::string text =
        "AArch64 t\n{ uint64_t x[2]={0,0}; 0:X0=x; 0:X2=1; 1:X0=x; 2:X0=x; }\n P0 | P1 | P2 ;\n"
        " STP X2,X2,[X0] | LDAR X4,[X0] | LDAR X4,[X0] ;\n DMB SY | LSL X5,X4,#1 | LSL X5,X4,#1 ;\n"
        " LDR X6,[X0] | STLR X5,[X0] | STLR X5,[X0] ;\n | LDAR X6,[X0] | LDAR X6,[X0] ;\n"
        "locations [x;0:X6;1:X4;1:X6;2:X4;2:X6;]\nexists (true)\n";
    explored whole = explore_on(&machine_of(Bench()), "nc", text, "", false, ISO_REDUCE_NEVER);
    explored parts = explore_on(&machine_of(Bench()), "nc", text, "", false, ISO_REDUCE_ALWAYS);
    EXPECT_EQ(whole.states, parts.states);
    EXPECT_FALSE(whole.bounded) << whole.reason;
    EXPECT_FALSE(parts.bounded) << parts.reason;
    EXPECT_GT(whole.states.size(), 20u);
}

// A tier that makes each write one of a larger unit: neither element of a pair gets lost, nor what lies behind the unit's end.
TEST(ChoicesRepeats, UnitsAroundAPair)
{
    Bench bench;
    bench.hop(2, ISO_CAP_PTL_NATIVE, ISO_SUPPORT_NO).hop(2, ISO_CAP_PTL_RMW_UNIT, ISO_RMW_UNIT_32);
    for (const char *at : {"[X0]", "[X0,#24]"}) {
        Both b = both(bench, "nc",
                      std::string("AArch64 t\n{ uint64_t x[6]={7,7,7,7,7,7}; 0:X0=x; 0:X2=1; }\n P0 ;\n STP X2,X2,") +
                          at + " ;\nlocations [x;]\nexists (true)\n");
        EXPECT_EQ(b.allowed,
                  (std::set<std::string>{*at == '[' && at[3] == ']' ? "x={1,1,7,7,7,7};" : "x={7,7,7,1,1,7};"}));
        EXPECT_EQ(b.seen, b.allowed);
    }
    Both two = both(bench, "nc",
                    "AArch64 t\n{ uint64_t x=0; uint64_t y=7; 0:X0=x; 0:X1=y; 0:X2=1; }\n P0 ;\n STR X2,[X0] ;\n"
                    " STR X2,[X1] ;\nlocations [x;y;]\nexists (true)\n");
    EXPECT_EQ(two.allowed, (std::set<std::string>{"[x]=1; [y]=1;"}));
    EXPECT_EQ(two.seen, two.allowed);
    const std::string read =
        "AArch64 t\n{ uint64_t x[2]={0,0}; 0:X0=x; 0:X2=1; 1:X0=x; }\n P0 | P1 ;\n STP X2,X2,[X0] | LDR X4,[X0] ;\n"
        " | DMB SY ;\n | LDR X5,[X0,#8] ;\nexists (1:X4=1 /\\ 1:X5=0)\n";
    EXPECT_GT(both(bench, "nc", read).positive_allowed, 0u);
}

// P1 sees one element of the pair, takes the page away, and looks at the other through another mapping of its frame: the store was interrupted between the two, and is started
// anew in the new frame. As one access it cannot be.
RULE_TEST(ChoicesRepeats, StartsAnewInTheNewFrame, "CH-38")
{
    const std::string text =
        "AArch64 t\nVariant=vmsa,faultToNext\n{ uint64_t x[2]={0,0}; uint64_t y[2]={0,0}; uint64_t z=0; "
        "[PTE(z)]=(oa:PA(x)); 0:X0=x; 0:X2=1; 1:X0=x; 1:X1=z; 1:X3=PTE(x); 1:X7=(oa:PA(y)); }\n P0 | P1 ;\n"
        " STP X2,X2,[X0] | LDR X4,[X0] ;\n | STR XZR,[X3] ;\n | DSB ISH ;\n | LSR X9,X0,#12 ;\n"
        " | TLBI VAAE1IS,X9 ;\n | DSB ISH ;\n | STR X7,[X3] ;\n | DSB ISH ;\n | LDR X5,[X1,#8] ;\n"
        "exists (1:X4=1 /\\ 1:X5=0)\n";
    Bench bench;
    explored whole = explore_on(&machine_of(bench), "nc", text, "vmsa", false, ISO_REDUCE_NEVER);
    explored parts = explore_on(&machine_of(bench), "nc", text, "vmsa", false, ISO_REDUCE_ALWAYS);
    EXPECT_EQ(whole.status, 0) << whole.diagnostic;
    EXPECT_GT(whole.positive, 0u);
    EXPECT_FALSE(whole.bounded) << whole.reason;
    EXPECT_EQ(whole.states, parts.states);
    EXPECT_EQ(explore_on(&machine_of(bench), "wb", text, "vmsa").positive, 0u) << "16 bytes at once";
    bench.knob(ISO_CPU_LSE2, ISO_FEATURE_NO);
    EXPECT_GT(explore_on(&machine_of(bench), "wb", text, "vmsa").positive, 0u);
    std::string ordered = text;
    ordered.replace(ordered.find("STP X2,X2,[X0]"), 14, "STILP X2,X2,[X0]");
    EXPECT_GT(explore_on(&machine_of(bench), "wb", ordered, "vmsa").positive, 0u);
    ordered.replace(ordered.find("LDR X4,[X0]"), 11, "LDR X4,[X0,#8]");
    ordered.replace(ordered.find("LDR X5,[X1,#8]"), 14, "LDR X5,[X1]");
    EXPECT_EQ(explore_on(&machine_of(bench), "wb", ordered, "vmsa").positive, 0u) << "the first element comes first";
}

// More accesses than are followed are said to be.
TEST(ChoicesRepeats, StartsAnewOftenerThanIsFollowed)
{
    const char *text = "AArch64 t\nVariant=vmsa,mixed,faultToNext\n{ uint64_t x[4]; uint64_t y[4]; 0:X0=x; 0:X2=1; "
                       "1:X3=PTE(x); 1:X7=(oa:PA(y)); }\n P0 | P1 ;\n STUR X2,[X0,#12] | STR X7,[X3] ;\n"
                       "exists (true)\n";
    explored e = explore_on(&machine_of(Bench()), "wb", text, "vmsa,mixed");
    EXPECT_TRUE(e.bounded);
    EXPECT_NE(e.reason.find("started again"), std::string::npos) << e.reason;
}
