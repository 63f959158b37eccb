// Does decide() treat tags by tag type (7.1), check mode (7.2) and storage (7.3, set T)?
#include "conformance/bench.h"

static const iso_access_kind tag_stores[] = {ISO_ACCESS_STG,    ISO_ACCESS_STZG,    ISO_ACCESS_STGM, ISO_ACCESS_STZGM,
                                             ISO_ACCESS_DC_GVA, ISO_ACCESS_DC_GZVA, ISO_ACCESS_SETG};

RULE_TEST(Tags, ByTagType, "TAG")
{
    Bench bench;
    for (iso_access_kind kind : tag_stores) {
        EXPECT_EQ(bench.one(kind, "wb-tagged").tag, ISO_TAG_EFFECT_NORMAL);
        EXPECT_EQ(bench.one(kind, "wb").tag, ISO_TAG_EFFECT_IGNORED);
        EXPECT_EQ(bench.one(kind, "nc").tag, ISO_TAG_EFFECT_IGNORED);
        iso_effect canonical = bench.one(kind, "wb+canonical");
        EXPECT_EQ(canonical.fault, ISO_ABORT_PERMISSION);
        EXPECT_EQ(canonical.fault_stage, 1);
        iso_effect no_access = bench.one(kind, "wb-tagged+notag");
        EXPECT_EQ(no_access.fault, ISO_ABORT_PERMISSION);
        EXPECT_EQ(no_access.fault_stage, 2);
        EXPECT_TRUE(no_access.fault_tag_access);
    }
    for (iso_access_kind kind : {ISO_ACCESS_LDG, ISO_ACCESS_LDGM}) {
        EXPECT_EQ(bench.one(kind, "wb-tagged").tag, ISO_TAG_EFFECT_NORMAL);
        EXPECT_EQ(bench.one(kind, "wb-tagged+notag").fault, ISO_ABORT_PERMISSION);
        EXPECT_EQ(bench.one(kind, "wb+canonical").tag, ISO_TAG_EFFECT_READS_CANONICAL);
        EXPECT_EQ(bench.one(kind, "wb").tag, ISO_TAG_EFFECT_READS_ZERO);
        EXPECT_EQ(bench.one(kind, "device-ngnre").tag, ISO_TAG_EFFECT_READS_ZERO);
    }
}

RULE_TEST(Tags, CheckedAccessByTagType, "TAG")
{
    Bench bench;
    auto compare = [&](const char *attribute) {
        return bench.one(Bench::checked(ISO_ACCESS_LDR, ISO_TAG_CHECK_YES, ISO_TCF_SYNC), attribute).compare;
    };
    EXPECT_EQ(compare("wb-tagged"), ISO_TAG_COMPARE_STORED);
    EXPECT_EQ(compare("wb+canonical"), ISO_TAG_COMPARE_CANONICAL);
    EXPECT_EQ(compare("device-ngnre+canonical"), ISO_TAG_COMPARE_CANONICAL);
    EXPECT_EQ(compare("wb"), ISO_TAG_COMPARE_NONE);
    EXPECT_EQ(compare("device-ngnre"), ISO_TAG_COMPARE_NONE);
    iso_effect no_access =
        bench.one(Bench::checked(ISO_ACCESS_STR, ISO_TAG_CHECK_YES, ISO_TCF_SYNC), "wb-tagged+notag");
    EXPECT_EQ(no_access.fault, ISO_ABORT_PERMISSION);
    EXPECT_TRUE(no_access.fault_tag_access);
    EXPECT_EQ(bench.one(Bench::checked(ISO_ACCESS_STR, ISO_TAG_CHECK_YES, ISO_TCF_NONE), "wb-tagged+notag").kind,
              ISO_EFFECT_PERFORM);
    iso_access disabled = Bench::checked(ISO_ACCESS_LDR, ISO_TAG_CHECK_YES, ISO_TCF_SYNC);
    disabled.tag_access = false;
    EXPECT_EQ(bench.one(disabled, "wb-tagged").compare, ISO_TAG_COMPARE_NONE);
    for (int level : {ISO_MTE_LEVEL_0, ISO_MTE_LEVEL_1}) { // no tag memory at all
        bench.knob(ISO_CPU_MTE, level);
        EXPECT_EQ(compare("wb-tagged"), ISO_TAG_COMPARE_NONE);
    }
    for (int level : {ISO_MTE_LEVEL_2, ISO_MTE_LEVEL_3, ISO_MTE_LEVEL_UNKNOWN}) {
        bench.knob(ISO_CPU_MTE, level);
        EXPECT_EQ(compare("wb-tagged"), ISO_TAG_COMPARE_STORED);
    }
}

RULE_TEST(Tags, CheckModes, "TAG")
{
    Bench bench;
    auto mismatch = [&](iso_access_kind kind, iso_tcf tcf) {
        return bench.one(Bench::checked(kind, ISO_TAG_CHECK_MISMATCH, tcf), "wb-tagged");
    };
    EXPECT_EQ(mismatch(ISO_ACCESS_LDR, ISO_TCF_SYNC).fault, ISO_ABORT_TAG_CHECK);
    EXPECT_EQ(mismatch(ISO_ACCESS_LDR, ISO_TCF_ASYNC).kind, ISO_EFFECT_PERFORM);
    EXPECT_EQ(mismatch(ISO_ACCESS_LDR, ISO_TCF_ASYNC).mismatch, ISO_MISMATCH_ASYNC);
    EXPECT_EQ(mismatch(ISO_ACCESS_LDR, ISO_TCF_ASYM).fault, ISO_ABORT_TAG_CHECK);
    EXPECT_EQ(mismatch(ISO_ACCESS_STR, ISO_TCF_ASYM).mismatch, ISO_MISMATCH_ASYNC);
    EXPECT_EQ(mismatch(ISO_ACCESS_CAS_MISS, ISO_TCF_SYNC).fault, ISO_ABORT_TAG_CHECK) << "a failing CAS faults too";
    EXPECT_EQ(bench.one(Bench::checked(ISO_ACCESS_LDR, ISO_TAG_CHECK_MATCH, ISO_TCF_SYNC), "wb-tagged").kind,
              ISO_EFFECT_PERFORM);
    for (const char *attribute : {"wb-tagged", "wb+canonical", "wb-tagged+notag"}) { // 7.2: TCF=00 ignores all
        iso_effect e = bench.one(Bench::checked(ISO_ACCESS_STR, ISO_TAG_CHECK_MISMATCH, ISO_TCF_NONE), attribute);
        EXPECT_EQ(e.kind, ISO_EFFECT_PERFORM) << attribute;
        EXPECT_EQ(e.mismatch, ISO_MISMATCH_IGNORED) << attribute;
    }
}

RULE_TEST(Tags, AsymmetricReadModifyWrite, "CH-57", "D5")
{
    Bench bench;
    Effects effects = bench.decide(Bench::checked(ISO_ACCESS_SWP, ISO_TAG_CHECK_MISMATCH, ISO_TCF_ASYM), "wb-tagged");
    EXPECT_TRUE(effects.performs() && effects.faults_with(ISO_ABORT_TAG_CHECK)) << effects.text();
    EXPECT_TRUE(effects.text().find("CH-57") != std::string::npos) << effects.text();
    bench.knob(ISO_CPU_ASYM_RMW, ISO_SYNC_ASYNC_SYNC);
    EXPECT_EQ(bench.one(Bench::checked(ISO_ACCESS_SWP, ISO_TAG_CHECK_MISMATCH, ISO_TCF_ASYM), "wb-tagged").fault,
              ISO_ABORT_TAG_CHECK);
}

RULE_TEST(Tags, AsymmetricModeWithoutTheFeature, "CH-07")
{
    Bench bench;
    bench.knob(ISO_CPU_MTE, ISO_MTE_LEVEL_2);
    Effects effects = bench.decide(Bench::checked(ISO_ACCESS_LDR, ISO_TAG_CHECK_MISMATCH, ISO_TCF_ASYM), "wb-tagged");
    EXPECT_EQ(effects.size(), 3u) << effects.text();
    EXPECT_EQ(effects.rules(), std::set<std::string>{"CH-07"});
    std::set<iso_on_mismatch> modes;
    for (const iso_effect &e : effects)
        modes.insert(e.kind == ISO_EFFECT_FAULT ? ISO_MISMATCH_SYNC : e.mismatch);
    EXPECT_EQ(modes, (std::set<iso_on_mismatch>{ISO_MISMATCH_IGNORED, ISO_MISMATCH_SYNC, ISO_MISMATCH_ASYNC}));
}

RULE_TEST(Tags, StoreOnly, "CH-56")
{
    Bench bench;
    bench.knob(ISO_CPU_MTE_STORE_ONLY, ISO_FEATURE_YES);
    auto ask = [&](iso_access_kind kind) {
        return bench.decide(Bench::checked(kind, ISO_TAG_CHECK_MISMATCH, ISO_TCF_SYNC), "wb-tagged");
    };
    EXPECT_FALSE(ask(ISO_ACCESS_LDR).faults_with(ISO_ABORT_TAG_CHECK));
    EXPECT_TRUE(ask(ISO_ACCESS_STR).faults_with(ISO_ABORT_TAG_CHECK));
    EXPECT_TRUE(ask(ISO_ACCESS_SWP).faults_with(ISO_ABORT_TAG_CHECK));
    EXPECT_TRUE(ask(ISO_ACCESS_CAS_MISS).faults_with(ISO_ABORT_TAG_CHECK));
    EXPECT_TRUE(ask(ISO_ACCESS_CAS_MISS).performs()) << "checked or unchecked";
}

RULE_TEST(Tags, StreamingVectors, "CH-59")
{
    Bench bench;
    iso_access access = Bench::checked(ISO_ACCESS_SIMD_STORE, ISO_TAG_CHECK_MISMATCH, ISO_TCF_SYNC);
    access.streaming = true;
    EXPECT_FALSE(bench.decide(access, "wb-tagged").faults_with(ISO_ABORT_TAG_CHECK));
    bench.knob(ISO_CPU_STREAMING_CHECK, ISO_VALUE_FREE).knob(ISO_CPU_SVE, ISO_FEATURE_YES);
    Effects effects = bench.decide(access, "wb-tagged");
    EXPECT_EQ(effects.text().find("CH-56"), std::string::npos);
    EXPECT_TRUE(effects.any([](const iso_effect &e) { return rule_name(e.rule) == "CH-59"; })) << effects.text();
    for (iso_access_kind kind :
         {ISO_ACCESS_SIMD_LOAD, ISO_ACCESS_SIMD_STORE, ISO_ACCESS_SVE_LOAD, ISO_ACCESS_SVE_STORE,
          ISO_ACCESS_SVE_FAULTING, ISO_ACCESS_SVE_NONTEMPORAL, ISO_ACCESS_STP, ISO_ACCESS_LDAR}) {
        const bool vector = kind != ISO_ACCESS_STP && kind != ISO_ACCESS_LDAR;
        access = Bench::checked(kind, ISO_TAG_CHECK_MISMATCH, ISO_TCF_SYNC);
        access.streaming = true;
        Effects asked = bench.decide(access, "wb-tagged");
        EXPECT_TRUE(asked.faults_with(ISO_ABORT_TAG_CHECK)) << asked.text();
        EXPECT_EQ(asked.performs(), vector) << asked.text();
    }
}

RULE_TEST(Tags, DeviceTagStores, "CH-35", "D6")
{
    Bench bench;
    for (iso_access_kind kind : tag_stores)
        for (const char *attribute : {"device-ngnre", "device-gre+canonical"}) {
            Effects effects = bench.decide(kind, attribute);
            EXPECT_TRUE(effects.performs() && effects.faults_with(ISO_ABORT_ALIGNMENT)) << effects.text();
        }
    bench.knob(ISO_CPU_TAG_DEVICE, ISO_TAG_DEVICE_FAULT);
    EXPECT_EQ(bench.one(ISO_ACCESS_STG, "device-ngnre").fault_stage, 1);
    iso_attribute stage2 = Bench::parse("device-ngnre");
    stage2.stage1_device = false;
    EXPECT_EQ(bench.decide(Bench::access_of(ISO_ACCESS_STG), stage2).front().fault_stage, 2);
    bench.knob(ISO_CPU_TAG_DEVICE, ISO_TAG_DEVICE_NO_EFFECT);
    EXPECT_EQ(bench.one(ISO_ACCESS_STG, "device-ngnre").tag, ISO_TAG_EFFECT_IGNORED);
}

RULE_TEST(Tags, NoStorageReadsZero, "CH-54", "T1", "T2", "CHI B12.11")
{
    Bench bench;
    bench.set(ISO_CAP_TAG_STORAGE, ISO_TAG_STORAGE_NONE);
    EXPECT_EQ(bench.one(ISO_ACCESS_STG, "wb-tagged").tag, ISO_TAG_EFFECT_DROPPED);
    EXPECT_EQ(rule_name(bench.one(ISO_ACCESS_STG, "wb-tagged").rule), "CH-54/T2");
    EXPECT_EQ(bench.one(ISO_ACCESS_LDG, "wb-tagged").tag, ISO_TAG_EFFECT_READS_ZERO);
    iso_effect load = bench.one(Bench::checked(ISO_ACCESS_LDR, ISO_TAG_CHECK_YES, ISO_TCF_SYNC), "wb-tagged");
    EXPECT_EQ(load.compare, ISO_TAG_COMPARE_ZERO);
    EXPECT_EQ(rule_name(load.rule), "CH-54/T1");
    // A correct program with tag 3 takes a false fault; tag 0 passes.
    EXPECT_EQ(bench.one(Bench::checked(ISO_ACCESS_LDR, ISO_TAG_CHECK_MATCH, ISO_TCF_SYNC, 3), "wb-tagged").fault,
              ISO_ABORT_TAG_CHECK);
    EXPECT_EQ(bench.one(Bench::checked(ISO_ACCESS_LDR, ISO_TAG_CHECK_MATCH, ISO_TCF_SYNC, 0), "wb-tagged").kind,
              ISO_EFFECT_PERFORM);
    EXPECT_EQ(bench.one(ISO_ACCESS_LDR, "wb").rule.id, std::string("ALIGN")) << "untagged pages do not notice";
}

RULE_TEST(Tags, NoStorageUnchecked, "CH-54", "T6")
{
    Bench bench;
    bench.set({{ISO_CAP_TAG_STORAGE, ISO_TAG_STORAGE_NONE}, {ISO_CAP_TAG_ON_READ_UNSUPPORTED, ISO_TAG_READ_UNCHECKED}});
    iso_effect e = bench.one(Bench::checked(ISO_ACCESS_LDR, ISO_TAG_CHECK_MISMATCH, ISO_TCF_SYNC), "wb-tagged");
    EXPECT_EQ(e.kind, ISO_EFFECT_PERFORM) << "protection is silently off";
    EXPECT_EQ(rule_name(e.rule), "CH-54/T6");
}

RULE_TEST(Tags, NoStorageAliases, "CH-54", "T4")
{
    Bench bench;
    bench.set({{ISO_CAP_TAG_STORAGE, ISO_TAG_STORAGE_NONE},
               {ISO_CAP_TAG_WRITE_UNSUPPORTED, ISO_TAG_WRITE_ALIAS},
               {ISO_CAP_TAG_ON_READ_UNSUPPORTED, ISO_TAG_READ_ALIAS}});
    for (iso_access_kind kind : tag_stores)
        EXPECT_EQ(bench.one(kind, "wb-tagged").tag, ISO_TAG_EFFECT_ALIASES);
    EXPECT_EQ(bench.one(Bench::checked(ISO_ACCESS_LDR, ISO_TAG_CHECK_YES, ISO_TCF_SYNC), "wb-tagged").compare,
              ISO_TAG_COMPARE_ALIASED);
}

RULE_TEST(Tags, NoStorageAborts, "CH-54", "T5")
{
    Bench bench;
    bench.set({{ISO_CAP_TAG_STORAGE, ISO_TAG_STORAGE_NONE},
               {ISO_CAP_TAG_WRITE_UNSUPPORTED, ISO_TAG_WRITE_ABORT},
               {ISO_CAP_TAG_ON_READ_UNSUPPORTED, ISO_TAG_READ_FAULT}});
    bench.knob(ISO_CPU_EXTERNAL_ABORT, ISO_EXTERNAL_ABORT_SYNC);
    EXPECT_EQ(bench.one(ISO_ACCESS_STG, "wb-tagged").fault, ISO_ABORT_EXTERNAL);
    EXPECT_EQ(bench.one(ISO_ACCESS_LDG, "wb-tagged").fault, ISO_ABORT_EXTERNAL);
    EXPECT_EQ(bench.one(Bench::checked(ISO_ACCESS_LDR, ISO_TAG_CHECK_YES, ISO_TCF_SYNC), "wb-tagged").fault,
              ISO_ABORT_EXTERNAL);
}

RULE_TEST(Tags, MatchSentToATierWithoutTags, "CH-54", "CH-55", "T3")
{
    Bench bench;
    bench.set({{ISO_CAP_TAG_STORAGE, ISO_TAG_STORAGE_NONE}, {ISO_CAP_TAG_CHECK_AT, ISO_TAG_CHECK_AT_SN}});
    auto store = [&](iso_tcf tcf, uint8_t tag) {
        return bench.decide(Bench::checked(ISO_ACCESS_STR, ISO_TAG_CHECK_MATCH, tcf, tag), "wb-tagged");
    };
    Effects async = store(ISO_TCF_ASYNC, 0); // Fail even if the tag is 0, and the data is written
    ASSERT_EQ(async.size(), 1u) << async.text();
    EXPECT_EQ(async[0].kind, ISO_EFFECT_PERFORM);
    EXPECT_EQ(async[0].compare, ISO_TAG_COMPARE_FAILS);
    EXPECT_EQ(async[0].mismatch, ISO_MISMATCH_ASYNC);
    EXPECT_EQ(async[0].check_at, ISO_TAG_AT_SUBORDINATE);
    EXPECT_EQ(rule_name(async[0].rule), "CH-54/T3");
    EXPECT_EQ(store(ISO_TCF_SYNC, 3)[0].fault, ISO_ABORT_TAG_CHECK) << "a synchronous check is the PE's";
    bench.set(ISO_CAP_TAG_MATCH_UNSUPPORTED, ISO_TAG_MATCH_PASSES);
    Effects passed = store(ISO_TCF_ASYNC, 3);
    ASSERT_EQ(passed.size(), 1u) << passed.text();
    EXPECT_EQ(passed[0].compare, ISO_TAG_COMPARE_NONE) << "a completer that does not look";
    EXPECT_EQ(rule_name(passed[0].rule), "CH-54/T6");
    bench.set(ISO_CAP_TAG_CHECK_AT, ISO_SUPPORT_UNKNOWN);
    EXPECT_TRUE(store(ISO_TCF_ASYNC, 0).any([](const iso_effect &e) { return e.check_at == ISO_TAG_AT_PE; }));
}

RULE_TEST(Tags, UnknownStorageGivesBoth, "CH-54", "T0")
{
    Bench bench;
    bench.set(ISO_CAP_TAG_STORAGE, ISO_SUPPORT_UNKNOWN);
    Effects effects = bench.decide(ISO_ACCESS_STG, "wb-tagged");
    EXPECT_EQ(effects.rules(), (std::set<std::string>{"CH-54/T0", "CH-54/T2"})) << effects.text();
    EXPECT_TRUE(effects.all([](const iso_effect &e) { return e.nassumed == 1; }));
}

RULE_TEST(Tags, StrippedAtTheBridge, "CH-54")
{
    Bench bench;
    bench.hop(2, ISO_CAP_TAG_STORAGE, ISO_TAG_STORAGE_NONE); // the device would keep them
    iso_effect e = bench.one(ISO_ACCESS_STG, "wb-tagged");
    EXPECT_EQ(e.tag, ISO_TAG_EFFECT_DROPPED);
    EXPECT_EQ(e.hop, 2);
    bench.hop(1, ISO_CAP_TAG_STORAGE, ISO_TAG_STORAGE_CARVEOUT); // the host keeps them in its own DDR
    EXPECT_EQ(bench.one(ISO_ACCESS_STG, "wb-tagged").tag, ISO_TAG_EFFECT_NORMAL);
}
