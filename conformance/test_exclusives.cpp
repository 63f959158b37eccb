// Does decide() say of exclusives what the architecture and CHI allow, by type, range and machine?
#include "conformance/bench.h"

static const char *const shareable_wb[] = {"wb", "wb:osh", "wb-tagged", "wb-weak", "wb+pnwb"};
static const char *const outside[] = {"nc", "wt", "mix", "wt:nsh", "device-gre", "device-ngnrne"};

RULE_TEST(Exclusives, ShareableWriteBackIsMonitored, "G")
{
    Bench bench;
    for (const char *attribute : shareable_wb)
        for (iso_access_kind kind : {ISO_ACCESS_LDXR, ISO_ACCESS_STXR, ISO_ACCESS_LDXP, ISO_ACCESS_STXP}) {
            iso_effect e = bench.one(kind, attribute);
            EXPECT_EQ(e.kind, ISO_EFFECT_PERFORM) << attribute;
            EXPECT_EQ(e.exclusive, ISO_EXCLUSIVE_MONITORED) << attribute;
        }
}

RULE_TEST(Exclusives, TypeOutsideTheGuaranteeFollowsTheMachine, "CH-12", "E0", "E1", "E2", "E3", "E4", "E5", "E6")
{
    struct Row {
        int on_unsupported;
        const char *load_rule, *store_rule;
        iso_outcome_kind kind;
    };
    const Row rows[] = {
        {ISO_EXCL_UNSUPPORTED_EXTERNAL_ABORT, "CH-12/E1", "CH-12/E1", ISO_EFFECT_FAULT},
        {ISO_EXCL_UNSUPPORTED_ABORT35, "CH-12/E2", "CH-12/E2", ISO_EFFECT_FAULT},
        {ISO_EXCL_UNSUPPORTED_NOP, "CH-12/E3", "CH-12/E3", ISO_EFFECT_NOP},
        {ISO_EXCL_UNSUPPORTED_LOCAL_ONLY, "CH-12/E4", "CH-12/E5", ISO_EFFECT_PERFORM},
        {ISO_EXCL_UNSUPPORTED_STATUS_UNKNOWN, "CH-12/E6", "CH-12/E6", ISO_EFFECT_PERFORM},
    };
    for (const char *attribute : outside)
        for (const Row &row : rows) {
            Bench bench;
            bench.set({{ISO_CAP_EXCL_NC, ISO_SUPPORT_NO}, {ISO_CAP_EXCL_ON_UNSUPPORTED, row.on_unsupported}});
            iso_effect load = bench.one(ISO_ACCESS_LDXR, attribute), store = bench.one(ISO_ACCESS_STXR, attribute);
            EXPECT_EQ(rule_name(load.rule), row.load_rule) << attribute;
            EXPECT_EQ(rule_name(store.rule), row.store_rule) << attribute;
            EXPECT_EQ(load.kind, row.kind);
            EXPECT_EQ(store.kind, row.kind);
        }
    Bench supports;
    supports.set(ISO_CAP_EXCL_DEVICE, ISO_SUPPORT_YES);
    for (const char *attribute : outside)
        EXPECT_EQ(rule_name(supports.one(ISO_ACCESS_LDXR, attribute).rule), "CH-12/E0") << attribute;
}

RULE_TEST(Exclusives, UnsupportedStoreWritesAndFails, "CHI B6.3.4")
{
    Bench bench;
    bench.set({{ISO_CAP_EXCL_NC, ISO_SUPPORT_NO}, {ISO_CAP_EXCL_ON_UNSUPPORTED, ISO_EXCL_UNSUPPORTED_FAIL}});
    EXPECT_EQ(bench.one(ISO_ACCESS_STXR, "nc").exclusive, ISO_EXCLUSIVE_FAILS_WRITES);
    EXPECT_EQ(rule_name(bench.one(ISO_ACCESS_STXR, "nc").rule), "CHI B6.3.4");
    EXPECT_EQ(rule_name(bench.one(ISO_ACCESS_STXR, "nc").rule2), "CH-12/E5");
    bench.set(ISO_CAP_EXCL_STORE_ON_FAIL, ISO_STORE_ON_FAIL_KEEP);
    EXPECT_EQ(bench.one(ISO_ACCESS_STXR, "nc").exclusive, ISO_EXCLUSIVE_FAILS_KEEPS);
    bench.set(ISO_CAP_EXCL_STORE_ON_FAIL, ISO_SUPPORT_UNKNOWN);
    Effects both = bench.decide(ISO_ACCESS_STXR, "nc");
    EXPECT_EQ(both.size(), 2u) << both.text();
}

RULE_TEST(Exclusives, UnknownIsNotNo, "CH-12")
{
    Bench bench;
    bench.set(ISO_CAP_EXCL_NC, ISO_SUPPORT_UNKNOWN);
    Effects effects = bench.decide(ISO_ACCESS_STXR, "nc");
    EXPECT_EQ(effects.rules(), (std::set<std::string>{"CH-12/E0", "CH-12/E2"})) << effects.text();
    for (const iso_effect &e : effects) {
        ASSERT_GE(e.nassumed, 1);
        EXPECT_STREQ(iso_assumption_key_name(&e.assumed[0]), "excl.nc");
        EXPECT_EQ(e.assumed[0].hop, 3);
    }
    EXPECT_EQ(bench.one(ISO_ACCESS_STXR, "wb").nassumed, 0) << "the key is not asked for WB";
}

RULE_TEST(Exclusives, FirstHopThatAnswersDecides, "CH-12")
{
    Bench bench;
    bench.hop(2, ISO_CAP_EXCL_NC, ISO_SUPPORT_NO); // the bridge says no before the device could say yes
    iso_effect e = bench.one(ISO_ACCESS_LDXR, "nc");
    EXPECT_EQ(e.fault, ISO_ABORT_UNSUPPORTED);
    EXPECT_EQ(e.hop, 2);
    bench.hop(1, ISO_CAP_EXCL_NC, ISO_SUPPORT_YES); // the home node's system monitor comes before both
    EXPECT_EQ(bench.one(ISO_ACCESS_LDXR, "nc").exclusive, ISO_EXCLUSIVE_MONITORED);
    bench.hop(1, ISO_CAP_EXCL_MONITOR, ISO_MONITOR_PLACE_NONE);
    EXPECT_EQ(bench.one(ISO_ACCESS_LDXR, "nc").fault, ISO_ABORT_UNSUPPORTED);
}

// A hop that is asked alone, with no core before it, goes by the type.
RULE_TEST(Exclusives, AHopAloneGoesByTheType, "CH-12")
{
    static const enum iso_capability_key keys[] = {ISO_CAP_EXCL_WB, ISO_CAP_EXCL_NC, ISO_CAP_EXCL_DEVICE};
    static const char *const types[][2] = {{"wb", "wb-weak"}, {"nc", "wt"}, {"device-gre", "device-ngnrne"}};
    for (unsigned answered = 0; answered < 3; answered++)
        for (unsigned asked = 0; asked < 3; asked++)
            for (const char *type : types[asked]) {
                Bench bench;
                iso_hop hop;
                iso_effect_set set;
                iso_access access = Bench::access_of(ISO_ACCESS_STXR);
                iso_attribute attribute = Bench::parse(type);
                iso_hop_init(&hop, ISO_HOP_BRIDGE);
                iso_capability_set(&hop.capabilities, keys[answered], ISO_SUPPORT_YES);
                iso_decide(&set, &access, &attribute, &hop, &bench.cpu);
                ASSERT_EQ(set.count, 1u) << type;
                EXPECT_EQ(set.item[0].exclusive == ISO_EXCLUSIVE_MONITORED, answered == asked) << type;
            }
}

RULE_TEST(Exclusives, StageOfFault35, "CH-13")
{
    Bench bench;
    iso_attribute by_stage2 = Bench::parse("device-ngnre");
    by_stage2.stage1_device = false;
    Effects effects = bench.decide(Bench::access_of(ISO_ACCESS_LDXR), by_stage2);
    ASSERT_EQ(effects.size(), 1u);
    EXPECT_EQ(effects[0].fault_stage, 2);
    EXPECT_EQ(bench.one(ISO_ACCESS_LDXR, "device-ngnre").fault_stage, 1);
    bench.knob(ISO_CPU_ABORT35_STAGE, ISO_STAGE_S2);
    EXPECT_EQ(bench.one(ISO_ACCESS_LDXR, "device-ngnre").fault_stage, 2);
    bench.knob(ISO_CPU_ABORT35_STAGE, ISO_VALUE_FREE);
    EXPECT_EQ(bench.decide(ISO_ACCESS_LDXR, "device-ngnre").size(), 2u);
}

// Fault 0x35 and an Alignment fault of one access: either may be the one that is reported; of accesses that are supported only the latter is.
RULE_TEST(Exclusives, PriorityOfFault35, "CH-13")
{
    Bench bench;
    bench.set(ISO_CAP_EXCL_NC, ISO_SUPPORT_NO).knob(ISO_CPU_LSE2, ISO_FEATURE_NO);
    const iso_access odd = Bench::at(ISO_ACCESS_STXR, 2, 8);
    EXPECT_EQ(bench.one(odd, "wb").fault, ISO_ABORT_ALIGNMENT);
    bench.knob(ISO_CPU_ABORT35_PRIORITY, ISO_PRIORITY_LAST);
    EXPECT_EQ(bench.one(odd, "nc").fault, ISO_ABORT_ALIGNMENT);
    bench.knob(ISO_CPU_ABORT35_PRIORITY, ISO_PRIORITY_FIRST);
    EXPECT_EQ(bench.one(odd, "nc").fault, ISO_ABORT_UNSUPPORTED);
    EXPECT_STREQ(bench.one(odd, "nc").rule2.id, "CH-13");
    EXPECT_EQ(bench.one(odd, "wb").fault, ISO_ABORT_ALIGNMENT);
    bench.knob(ISO_CPU_ABORT35_PRIORITY, ISO_VALUE_FREE);
    Effects both = bench.decide(odd, "nc");
    EXPECT_EQ(both.size(), 2u) << both.text();
    EXPECT_TRUE(both.faults_with(ISO_ABORT_ALIGNMENT) && both.faults_with(ISO_ABORT_UNSUPPORTED));
    bench.set(ISO_CAP_EXCL_ON_UNSUPPORTED, ISO_EXCL_UNSUPPORTED_NOP);
    EXPECT_EQ(bench.one(odd, "nc").fault, ISO_ABORT_ALIGNMENT) << "no fault 0x35 here";
}

// Fault 0x35 and a synchronous tag check that fails: either may be the one that is reported, wherever on the path the tags turn out to differ.
RULE_TEST(Exclusives, PriorityOfFault35AgainstTagChecks, "CH-13")
{
    for (size_t refusing : {1u, 2u, 3u}) {
        Bench bench;
        bench.set(ISO_CAP_EXCL_WB, ISO_SUPPORT_PASS).set(ISO_CAP_TAG_STORAGE, ISO_TAG_STORAGE_PASS);
        bench.hop(refusing, ISO_CAP_EXCL_WB, ISO_SUPPORT_NO).hop(3, ISO_CAP_TAG_STORAGE, ISO_TAG_STORAGE_FULL);
        iso_access differs = Bench::checked(ISO_ACCESS_STXR, ISO_TAG_CHECK_MISMATCH, ISO_TCF_SYNC),
                   matches = Bench::checked(ISO_ACCESS_STXR, ISO_TAG_CHECK_MATCH, ISO_TCF_SYNC),
                   late = Bench::checked(ISO_ACCESS_STXR, ISO_TAG_CHECK_MISMATCH, ISO_TCF_ASYNC);
        Effects open = bench.decide(differs, "wb-tagged");
        EXPECT_EQ(open.size(), 2u) << open.text();
        EXPECT_TRUE(open.faults_with(ISO_ABORT_UNSUPPORTED) && open.faults_with(ISO_ABORT_TAG_CHECK)) << open.text();
        EXPECT_TRUE(open.all([](const iso_effect &e) { return rule_name(e.rule2) == "CH-13" && e.nassumed == 0; }));
        for (int priority = ISO_PRIORITY_LAST; priority <= ISO_PRIORITY_FIRST; priority++) {
            bench.knob(ISO_CPU_ABORT35_PRIORITY, priority);
            const iso_effect e = bench.one(differs, "wb-tagged");
            const bool last = priority == ISO_PRIORITY_LAST;
            EXPECT_EQ(e.fault, last ? ISO_ABORT_TAG_CHECK : ISO_ABORT_UNSUPPORTED) << priority;
            EXPECT_EQ(rule_name(e.rule), last ? "TAG" : "CH-12/E2");
            EXPECT_EQ(e.fault_stage, last ? 0 : 1);
            for (const iso_access &other : {matches, late}) {
                EXPECT_EQ(bench.one(other, "wb-tagged").fault, ISO_ABORT_UNSUPPORTED) << priority;
                EXPECT_EQ(rule_name(bench.one(other, "wb-tagged").rule2), "") << "one fault alone: there is no order";
            }
        }
        bench.knob(ISO_CPU_ABORT35_PRIORITY, ISO_VALUE_UNKNOWN);
        EXPECT_EQ(bench.decide(differs, "wb-tagged").size(), 5u) << "one for each value";
        bench.knob(ISO_CPU_ABORT35_PRIORITY, ISO_VALUE_FREE);
        bench.set(ISO_CAP_EXCL_ON_UNSUPPORTED, ISO_EXCL_UNSUPPORTED_NOP);
        EXPECT_EQ(bench.one(differs, "wb-tagged").kind, ISO_EFFECT_NOP) << "no fault 0x35 here";
    }
}

// What the tags of a tier without storage are compared with says whether there are two faults; what is not known of that, whether there may be.
RULE_TEST(Exclusives, PriorityOfFault35WithoutTagStorage, "CH-13", "CH-54")
{
    Bench bench;
    bench.set(ISO_CAP_EXCL_WB, ISO_SUPPORT_NO).set(ISO_CAP_TAG_STORAGE, ISO_TAG_STORAGE_NONE);
    const iso_access zero = Bench::checked(ISO_ACCESS_LDXR, ISO_TAG_CHECK_MISMATCH, ISO_TCF_SYNC, 0),
                     three = Bench::checked(ISO_ACCESS_LDXR, ISO_TAG_CHECK_MATCH, ISO_TCF_SYNC, 3);
    EXPECT_EQ(bench.one(zero, "wb-tagged").fault, ISO_ABORT_UNSUPPORTED);
    EXPECT_EQ(bench.decide(three, "wb-tagged").size(), 2u);
    bench.set(ISO_CAP_TAG_ON_READ_UNSUPPORTED, ISO_TAG_READ_UNCHECKED);
    EXPECT_EQ(bench.one(three, "wb-tagged").fault, ISO_ABORT_UNSUPPORTED);
    EXPECT_EQ(rule_name(bench.one(three, "wb-tagged").rule), "CH-12/E2");
    bench.set(ISO_CAP_TAG_STORAGE, ISO_VALUE_UNKNOWN).knob(ISO_CPU_ABORT35_STAGE, ISO_VALUE_UNKNOWN);
    for (const iso_effect &e : bench.decide(zero, "wb-tagged"))
        for (size_t i = 0; i < e.nassumed; i++)
            EXPECT_STREQ(iso_assumption_key_name(&e.assumed[i]),
                         e.fault == ISO_ABORT_TAG_CHECK ? "tag.storage" : "abort35_stage");
    EXPECT_TRUE(bench.decide(zero, "wb-tagged").faults_with(ISO_ABORT_TAG_CHECK));
}

// The same of the Permission fault of a page without tag access, which stage 2 gives; one of alignment is before both.
RULE_TEST(Exclusives, PriorityOfFault35AgainstNoTagAccess, "CH-13")
{
    Bench bench;
    bench.set(ISO_CAP_EXCL_WB, ISO_SUPPORT_NO).knob(ISO_CPU_LSE2, ISO_FEATURE_NO);
    const iso_access checked = Bench::checked(ISO_ACCESS_LDXR, ISO_TAG_CHECK_YES, ISO_TCF_SYNC);
    iso_access odd = checked;
    odd.va = odd.pa = 2;
    EXPECT_EQ(bench.decide(checked, "wb-tagged+notag").size(), 2u);
    for (int priority = ISO_PRIORITY_LAST; priority <= ISO_PRIORITY_FIRST; priority++) {
        bench.knob(ISO_CPU_ABORT35_PRIORITY, priority);
        const iso_effect e = bench.one(checked, "wb-tagged+notag");
        const bool behind = priority < ISO_PRIORITY_AFTER_STAGE1;
        EXPECT_EQ(e.fault, behind ? ISO_ABORT_PERMISSION : ISO_ABORT_UNSUPPORTED) << priority;
        EXPECT_EQ(e.fault_tag_access, behind);
        EXPECT_EQ(e.fault_stage, behind ? 2 : 1);
        EXPECT_EQ(rule_name(e.rule2), behind ? "" : "CH-13");
        EXPECT_EQ(bench.one(odd, "wb-tagged+notag").fault,
                  priority == ISO_PRIORITY_FIRST ? ISO_ABORT_UNSUPPORTED : ISO_ABORT_ALIGNMENT);
        bench.set(ISO_CAP_EXCL_WB, ISO_SUPPORT_YES);
        EXPECT_EQ(bench.one(checked, "wb-tagged+notag").fault, ISO_ABORT_PERMISSION) << "no fault 0x35 here";
        EXPECT_EQ(bench.one(odd, "wb-tagged+notag").fault, ISO_ABORT_ALIGNMENT);
        bench.set(ISO_CAP_EXCL_WB, ISO_SUPPORT_NO);
    }
}

// WT and mixed memory: as Non-cacheable memory answers, or in the caches.
RULE_TEST(Exclusives, WriteThroughAsTheCpuTreatsIt, "CH-08")
{
    Bench bench;
    bench.set({{ISO_CAP_EXCL_NC, ISO_SUPPORT_NO}, {ISO_CAP_ATOMIC_NC, ISO_SUPPORT_NO}});
    for (const char *attribute : {"wt", "mix"}) {
        EXPECT_EQ(bench.knob(ISO_CPU_WT_EXCLUSIVE, ISO_AS_ENCODED_NC).one(ISO_ACCESS_LDXR, attribute).fault,
                  ISO_ABORT_UNSUPPORTED);
        EXPECT_EQ(bench.knob(ISO_CPU_WT_EXCLUSIVE, ISO_AS_ENCODED_YES).one(ISO_ACCESS_LDXR, attribute).exclusive,
                  ISO_EXCLUSIVE_MONITORED);
        EXPECT_EQ(bench.one(ISO_ACCESS_SWP, attribute).rmw, ISO_RMW_ATOMIC);
        bench.knob(ISO_CPU_WT_EXCLUSIVE, ISO_VALUE_FREE);
        for (iso_access_kind kind : {ISO_ACCESS_LDXR, ISO_ACCESS_SWP}) {
            Effects open = bench.decide(kind, attribute);
            EXPECT_EQ(open.size(), 2u) << open.text();
            EXPECT_TRUE(open.performs());
        }
    }
    EXPECT_EQ(bench.knob(ISO_CPU_WT_EXCLUSIVE, ISO_AS_ENCODED_YES).one(ISO_ACCESS_LDXR, "nc").fault,
              ISO_ABORT_UNSUPPORTED);
}

RULE_TEST(Exclusives, NonShareableUsesTheLocalMonitor, "CH-26")
{
    Bench bench;
    EXPECT_EQ(bench.one(ISO_ACCESS_STXR, "wb:nsh").exclusive, ISO_EXCLUSIVE_LOCAL_ONLY);
    bench.knob(ISO_CPU_NSH_OBSERVERS, ISO_FEATURE_YES);
    EXPECT_EQ(bench.one(ISO_ACCESS_STXR, "wb:nsh").exclusive, ISO_EXCLUSIVE_MONITORED);
}

RULE_TEST(Exclusives, LiftedFromDevice, "CH-34a")
{
    Bench bench;
    Effects effects = bench.decide(ISO_ACCESS_STXR, "wb+pdev");
    EXPECT_EQ(effects.size(), 2u) << effects.text();
    EXPECT_TRUE(effects.faults_with(ISO_ABORT_UNSUPPORTED));
    EXPECT_TRUE(effects.performs());
    Effects alone = bench.decide(ISO_ACCESS_STXR, "wb:nsh+pdev"); // as WB of its Shareability
    EXPECT_TRUE(alone.faults_with(ISO_ABORT_UNSUPPORTED) && alone.any([](const iso_effect &e) {
        return e.exclusive == ISO_EXCLUSIVE_LOCAL_ONLY;
    })) << alone.text();
    bench.knob(ISO_CPU_PDEV_EXCL, ISO_PDEV_WB);
    EXPECT_EQ(bench.one(ISO_ACCESS_STXR, "wb+pdev").exclusive, ISO_EXCLUSIVE_MONITORED);
    bench.knob(ISO_CPU_PDEV_EXCL, ISO_PDEV_DEVICE);
    EXPECT_EQ(bench.one(ISO_ACCESS_STXR, "wb+pdev").fault, ISO_ABORT_UNSUPPORTED);
}

RULE_TEST(Exclusives, WeakHintsUnderTheOldManual, "D1")
{
    Bench bench;
    bench.knob(ISO_CPU_ARCH, ISO_ARCH_L).knob(ISO_CPU_CACHEABILITY, ISO_VALUE_FREE);
    bench.set(ISO_CAP_EXCL_NC, ISO_SUPPORT_NO);
    Effects effects = bench.decide(ISO_ACCESS_LDXR, "wb-weak");
    EXPECT_TRUE(effects.performs() && effects.faults_with(ISO_ABORT_UNSUPPORTED)) << effects.text();
    bench.knob(ISO_CPU_ARCH, ISO_ARCH_M);
    EXPECT_EQ(bench.one(ISO_ACCESS_LDXR, "wb-weak").exclusive, ISO_EXCLUSIVE_MONITORED);
}
