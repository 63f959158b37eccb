// What does decide() permit an instruction whose bytes lie on two pages?
#include "conformance/bench.h"

extern "C" {
#include "models/straddle.h"
}

// What each stage says of the two pages; no second stage: one.
struct Pages {
    const char *first[2];
    const char *second[2] = {nullptr, nullptr};
    const char *final[2] = {nullptr, nullptr};
};

static Effects decide(const Bench &bench, const Pages &pages, iso_access_kind kind = ISO_ACCESS_LDR)
{
    iso_straddle_page page[2] = {};
    for (unsigned k = 0; k < 2; k++) {
        page[k].stage1 = Bench::parse(pages.first[k]);
        page[k].has_stage2 = pages.second[k] != nullptr;
        page[k].stage2 = Bench::parse(pages.second[k] ? pages.second[k] : "wb");
        page[k].attribute = Bench::parse(pages.final[k] ? pages.final[k] : pages.first[k]);
    }
    iso_access access = Bench::at(kind, ISO_STRADDLE_BYTES - 4, 8);
    iso_effect_set set;
    iso_decide_straddle(&set, &access, page, &bench.cpu);
    Effects out;
    out.assign(set.item, set.item + set.count);
    return out;
}

static std::set<std::string> members(const Effects &effects)
{
    std::set<std::string> out;
    for (const iso_effect &e : effects)
        out.insert(e.kind == ISO_EFFECT_FAULT      ? "fault" + std::to_string(e.fault_stage)
                   : e.kind == ISO_EFFECT_NOP      ? "nop"
                   : e.order & ISO_ORDER_UNORDERED ? "unordered"
                                                   : "own");
    return out;
}

using Members = std::set<std::string>;

RULE_TEST(Straddle, OneTypeAndShareabilityIsNothingSpecial, "CH-32")
{
    Bench bench;
    EXPECT_EQ(members(decide(bench, {{"wb", "wb"}})), (Members{"own"}));
    EXPECT_EQ(members(decide(bench, {{"nc", "nc"}})), (Members{"own"}));
    EXPECT_EQ(members(decide(bench, {{"wb:osh", "nc"}})), (Members{"own"})) << "cacheability alone is deprecated only";
    EXPECT_EQ(members(decide(bench, {{"wb", "wb-tagged"}})), (Members{"own"}));
    EXPECT_EQ(iso_straddle_first(0x1ffc, 8), 4u);
    EXPECT_EQ(iso_straddle_first(0x1ff8, 8), 0u);
    EXPECT_EQ(iso_straddle_first(0x1ff8, 16), 8u);
    EXPECT_EQ(iso_straddle_first(0x2000, 64), 0u);
}

// K1.2.13: each its own, Alignment fault, NOP.
RULE_TEST(Straddle, TypesOrShareabilityDiffer, "CH-36")
{
    Bench bench;
    for (auto pages : {Pages{{"wb", "device-ngnre"}}, Pages{{"nc", "device-gre"}}, Pages{{"wb", "nc"}},
                       Pages{{"wb:nsh", "wb:ish"}}}) {
        Effects e = decide(bench, pages);
        EXPECT_EQ(members(e), (Members{"own", "fault1", "nop"})) << pages.first[0] << pages.first[1];
        EXPECT_EQ(e.rules(), (std::set<std::string>{"CH-36"}));
    }
    for (iso_access_kind kind : {ISO_ACCESS_LDP, ISO_ACCESS_STP, ISO_ACCESS_LDXP, ISO_ACCESS_CASP, ISO_ACCESS_STG})
        EXPECT_EQ(members(decide(bench, {{"wb", "device-gre"}}, kind)).size(), 3u) << "about an instruction";
    EXPECT_EQ(members(decide(bench, {{"wb", "device-gre"}}, ISO_ACCESS_CPY_READ)), (Members{"own", "fault1"}));
    EXPECT_EQ(members(decide(bench, {{"wb", "device-gre"}}, ISO_ACCESS_PRFM)), (Members{"own"})) << "no load";
    bench.knob(ISO_CPU_SPAN_TYPE, ISO_SPAN_TYPE_NOP);
    EXPECT_EQ(members(decide(bench, {{"wb", "nc"}})), (Members{"nop"}));
    bench.knob(ISO_CPU_SPAN_TYPE, ISO_SPAN_TYPE_OWN);
    EXPECT_EQ(members(decide(bench, {{"wb", "nc"}})), (Members{"own"}));
    bench.knob(ISO_CPU_SPAN_TYPE, ISO_VALUE_UNKNOWN);
    EXPECT_TRUE(decide(bench, {{"wb", "nc"}}).all([](const iso_effect &e) { return e.nassumed == 1; }));
}

// K1.2.14: as if there were no boundary, the same without order, Alignment fault, NOP.
RULE_TEST(Straddle, DeviceOverTheSmallestGranule, "CH-37")
{
    Bench bench;
    for (auto pages : {Pages{{"device-ngnrne", "device-ngnrne"}}, Pages{{"device-gre", "device-ngnre"}}}) {
        Effects e = decide(bench, pages);
        EXPECT_EQ(members(e), (Members{"own", "unordered", "fault1", "nop"}));
        EXPECT_EQ(e.rules(), (std::set<std::string>{"CH-37"}));
    }
    bench.knob(ISO_CPU_SPAN_DEVICE, ISO_SPAN_DEVICE_FAULT);
    EXPECT_EQ(members(decide(bench, {{"device-gre", "device-gre"}})), (Members{"fault1"}));
    EXPECT_EQ(members(decide(bench, {{"wb", "device-gre"}})), (Members{"own", "fault1", "nop"})) << "the other knob's";
}

// To EL1 where stage 1 makes the pages differ, to EL2 where stage 2 does, to either where both do.
RULE_TEST(Straddle, WhoTakesTheFault, "CH-36", "CH-37")
{
    Bench bench;
    EXPECT_EQ(members(decide(bench, {{"wb", "nc"}, {"wb", "wb"}, {"wb", "nc"}})).count("fault1"), 1u);
    EXPECT_EQ(members(decide(bench, {{"wb", "wb"}, {"wb", "nc"}, {"wb", "nc"}})), (Members{"own", "fault2", "nop"}));
    EXPECT_EQ(members(decide(bench, {{"wb", "device-gre"}, {"wb", "nc"}, {"wb", "device-gre"}})),
              (Members{"own", "fault1", "fault2", "nop"}));
    EXPECT_EQ(members(decide(bench, {{"wb", "device-gre"}, {"nc", "wb"}, {"nc", "device-gre"}})).count("fault2"), 1u);
    EXPECT_EQ(members(decide(bench, {{"wb", "device-gre"}, {"device-gre", "wb"}, {"device-gre", "device-gre"}})),
              (Members{"own", "unordered", "fault2", "nop"}))
        << "Device on both sides only once stage 2 has spoken";
}

// SAIL Mem_read, Mem_set: what is misaligned is settled by the first byte; from the boundary on bytes are aligned (DEVPAGE2).
RULE_TEST(Straddle, RestIsDecidedAligned, "CH-32", "CH-36")
{
    Bench bench;
    iso_access plain = Bench::at(ISO_ACCESS_LDR, 0x1ffc, 8), atomic = Bench::at(ISO_ACCESS_SWP, 0x1ffc, 8),
               pair = Bench::at(ISO_ACCESS_LDP, 0x1ff8, 16);
    EXPECT_TRUE(bench.decide(plain, "device-gre").faults_with(ISO_ABORT_ALIGNMENT));
    pair.element_bytes = 8;
    iso_straddle_rest(&plain, 0x2000, 4);
    iso_straddle_rest(&atomic, 0x2000, 4);
    iso_straddle_rest(&pair, 0x2000, 8);
    EXPECT_FALSE(bench.decide(plain, "device-gre").faults_with(ISO_ABORT_ALIGNMENT));
    EXPECT_EQ(bench.one(plain, "wb").single_copy_bytes, 1);
    EXPECT_EQ(bench.one(pair, "wb").single_copy_bytes, 8);
    EXPECT_EQ(bench.one(atomic, "wb").single_copy_bytes, 8) << "whole, if it is performed at all";
}

// A machine that says which it is does that one alone.
RULE_TEST(Straddle, EachAnswerOfTwoDevicePages, "CH-37")
{
    const std::pair<int, Members> answers[] = {{ISO_SPAN_DEVICE_NORMAL, {"own"}},
                                               {ISO_SPAN_DEVICE_UNORDERED, {"unordered"}},
                                               {ISO_SPAN_DEVICE_FAULT, {"fault1"}},
                                               {ISO_SPAN_DEVICE_NOP, {"nop"}}};
    for (const auto &[answer, expected] : answers) {
        Bench bench;
        bench.knob(ISO_CPU_SPAN_DEVICE, answer);
        EXPECT_EQ(members(decide(bench, {{"device-gre", "device-gre"}})), expected) << answer;
    }
}
