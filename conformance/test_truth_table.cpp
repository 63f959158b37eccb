// Is the truth table whole: 8,678 rows, none empty, every element with a registered rule, and unknowns that shrink when
// they are bound?
#include "conformance/bench.h"

namespace
{

// Calls f(row, effects) for every row of the table on a tier.
template <typename F> void each_row(const Bench &bench, F f)
{
    iso_table_cursor cursor;
    iso_table_begin(&cursor);
    iso_table_row row;
    while (iso_table_next(&row, &cursor))
        f(row, bench.decide(row.access, row.attribute));
}

Bench unknown_bench()
{
    Bench bench;
    for (size_t i = 0; i < bench.tier.nhops; i++)
        iso_hop_init(&bench.tier.hops[i], bench.tier.hops[i].kind);
    return bench;
}

std::string where(const iso_table_row &row)
{
    char attribute[ISO_ATTRIBUTE_NAME_MAX];
    iso_attribute_name(attribute, &row.attribute);
    return std::string(iso_access_kind_name(row.access.kind)) + " " + iso_alignment_name(row.alignment) + " " +
           attribute + " check " + std::to_string(row.access.check);
}

// An element without the reasons why it is there: what a program sees.
std::string behaviour(const iso_effect &effect)
{
    iso_effect e = effect;
    e.rule = {"", nullptr};
    e.rule2 = {nullptr, nullptr};
    e.nassumed = 0;
    return describe(e);
}

std::set<std::string> behaviours(const Effects &effects)
{
    std::set<std::string> all;
    for (const iso_effect &e : effects)
        all.insert(behaviour(e));
    return all;
}

} // namespace

TEST(TruthTable, RowsAndOrder)
{
    iso_table_cursor cursor;
    iso_table_begin(&cursor);
    iso_table_row row;
    size_t rows = 0, core = 0;
    std::set<std::string> seen;
    while (iso_table_next(&row, &cursor)) {
        rows++;
        core += row.attribute.tagging != ISO_TAGGING_CANONICAL && row.attribute.provenance == ISO_PROVENANCE_NONE;
        EXPECT_TRUE(seen.insert(where(row)).second) << where(row);
        if (iso_access_alignment_count(row.access.kind) > 1) {
            EXPECT_EQ(iso_access_alignment(&row.access) == ISO_ALIGNMENT_ALIGNED,
                      row.alignment == ISO_ALIGNMENT_ALIGNED)
                << where(row);
        }
        if (iso_access_alignment_count(row.access.kind) == 3) {
            EXPECT_EQ(iso_access_alignment(&row.access), row.alignment) << where(row);
        }
        EXPECT_EQ(iso_attribute_point_of(&row.attribute), row.point);
    }
    EXPECT_EQ(rows, static_cast<size_t>(ISO_TABLE_ROWS));
    EXPECT_EQ(core, 3306u);
    EXPECT_EQ(seen.count("rcw inside-16 wb check 0"), 1u);
    EXPECT_EQ(seen.count("casp crosses-16 wb check 0"), 1u);
    EXPECT_EQ(seen.count("ldr crosses-16 nc check 0"), 1u);
    EXPECT_FALSE(iso_table_next(&row, &cursor)) << "stays at the end";
}

TEST(TruthTable, NoRowIsEmptyAndEveryElementHasARule)
{
    for (const Bench &bench : {Bench(), unknown_bench()})
        each_row(bench, [](const iso_table_row &row, const Effects &effects) {
            ASSERT_FALSE(effects.empty()) << where(row);
            std::set<std::string> words;
            for (const iso_effect &e : effects)
                EXPECT_TRUE(words.insert(describe(e) + rule_name(e.rule2) + std::to_string(e.hop)).second)
                    << where(row) << ": twice " << describe(e);
            for (const iso_effect &e : effects) {
                EXPECT_NE(e.kind, ISO_EFFECT_PASS) << where(row);
                ASSERT_NE(e.rule.id, nullptr) << where(row);
                EXPECT_NE(iso_rule_find(e.rule.id), nullptr) << where(row) << ": " << describe(e);
                if (e.rule.member) {
                    EXPECT_NE(iso_rule_find(e.rule.member), nullptr) << where(row) << ": " << describe(e);
                }
                EXPECT_EQ(e.kind == ISO_EFFECT_FAULT, e.fault != ISO_ABORT_NONE) << where(row) << ": " << describe(e);
                if (e.kind == ISO_EFFECT_PERFORM && iso_access_family(row.access.kind) == ISO_FAMILY_EXCLUSIVE) {
                    EXPECT_NE(e.exclusive, ISO_EXCLUSIVE_UNDECIDED) << where(row);
                }
                if (e.kind == ISO_EFFECT_PERFORM && iso_access_family(row.access.kind) == ISO_FAMILY_ATOMIC) {
                    EXPECT_NE(e.rmw, ISO_RMW_UNDECIDED) << where(row);
                }
                if (e.kind == ISO_EFFECT_PERFORM) {
                    EXPECT_GT(e.single_copy_bytes, 0) << where(row);
                }
                if (e.kind == ISO_EFFECT_PERFORM && row.access.check != ISO_TAG_CHECK_NO) {
                    EXPECT_NE(e.compare, ISO_TAG_COMPARE_UNDECIDED) << where(row);
                }
            }
        });
}

TEST(TruthTable, ABoundMachineAssumesNothing)
{
    each_row(Bench(), [](const iso_table_row &row, const Effects &effects) {
        for (const iso_effect &e : effects)
            EXPECT_EQ(e.nassumed, 0) << where(row) << ": " << describe(e);
    });
}

// Unknown is not no: what a bound machine does is among what the unknown one may do.
TEST(TruthTable, BindingOnlyNarrows)
{
    std::vector<Bench> machines(5);
    machines[1].set({{ISO_CAP_EXCL_NC, ISO_SUPPORT_NO}, {ISO_CAP_EXCL_ON_UNSUPPORTED, ISO_EXCL_UNSUPPORTED_FAIL}});
    machines[2].set({{ISO_CAP_ATOMIC_NC, ISO_SUPPORT_NO},
                     {ISO_CAP_ATOMIC_ON_UNSUPPORTED, ISO_ATOMIC_UNSUPPORTED_OKAY_NONATOMIC},
                     {ISO_CAP_IS_PERIPHERAL, ISO_SUPPORT_YES}});
    machines[3].set({{ISO_CAP_TAG_STORAGE, ISO_TAG_STORAGE_NONE}, {ISO_CAP_HTTU, ISO_HTTU_NONATOMIC}});
    machines[4].set({{ISO_CAP_TAG_STORAGE, ISO_TAG_STORAGE_NONE},
                     {ISO_CAP_TAG_ON_READ_UNSUPPORTED, ISO_TAG_READ_ALIAS},
                     {ISO_CAP_TAG_WRITE_UNSUPPORTED, ISO_TAG_WRITE_ALIAS}});
    // A machine that knows nothing: every key anyone can be asked for is unknown at the device or where it belongs.
    Bench unknown = unknown_bench();
    for (const Bench &machine : machines) {
        iso_table_cursor cursor;
        iso_table_begin(&cursor);
        iso_table_row row;
        while (iso_table_next(&row, &cursor)) {
            std::set<std::string> allowed = behaviours(unknown.decide(row.access, row.attribute));
            for (const std::string &b : behaviours(machine.decide(row.access, row.attribute)))
                ASSERT_EQ(allowed.count(b), 1u) << where(row) << ": " << b;
        }
    }
}

// Every assumption, made true, leaves the elements that made it.
TEST(TruthTable, AssumptionsAreTheBindingsTheyName)
{
    Bench unknown = unknown_bench();
    size_t elements = 0;
    each_row(unknown, [&](const iso_table_row &row, const Effects &effects) {
        for (const iso_effect &e : effects) {
            if (e.nassumed == 0)
                continue;
            elements++;
            Bench bound = unknown;
            for (size_t i = 0; i < e.nassumed; i++) {
                ASSERT_FALSE(e.assumed[i].is_cpu);
                bound.hop(e.assumed[i].hop, static_cast<enum iso_capability_key>(e.assumed[i].key), e.assumed[i].value);
            }
            EXPECT_EQ(behaviours(bound.decide(row.access, row.attribute)).count(behaviour(e)), 1u)
                << where(row) << ": " << describe(e);
        }
    });
    EXPECT_GT(elements, 5000u);
}

// A choice that the CPU is free to make gives what each of its values gives, together: no more, and no less.
TEST(TruthTable, AFreeChoiceIsTheSumOfItsValues)
{
    Bench free;
    for (enum iso_cpu_key instruction : {ISO_CPU_SVE, ISO_CPU_GCS, ISO_CPU_THE})
        free.knob(instruction, ISO_FEATURE_YES);
    free.knob(ISO_CPU_LS64, ISO_LS64_LEVEL_ACCDATA);
    std::vector<Bench> benches(3, free);
    benches[1].knob(ISO_CPU_ARCH, ISO_ARCH_L).knob(ISO_CPU_MTE_STORE_ONLY, ISO_FEATURE_YES);
    benches[2].set({{ISO_CAP_EXCL_WB, ISO_SUPPORT_NO},
                    {ISO_CAP_EXCL_NC, ISO_SUPPORT_NO},
                    {ISO_CAP_ATOMIC_NC, ISO_SUPPORT_NO},
                    {ISO_CAP_TAG_STORAGE, ISO_TAG_STORAGE_NONE},
                    {ISO_CAP_UNALIGNED_OK, ISO_SUPPORT_YES}});
    size_t asked = 0;
    for (Bench &bench : benches) {
        for (unsigned key = ISO_CPU_CACHEABILITY; key < ISO_CPU_COUNT; key++)
            bench.cpu.value[key] = ISO_VALUE_FREE;
        // Permissions: a CPU that is free to use them is one that does.
        bench.knob(ISO_CPU_GATHER, ISO_SPECULATION_YES).knob(ISO_CPU_SPECULATION, ISO_SPECULATION_YES);
        each_row(bench, [&](const iso_table_row &row, const Effects &) {
            iso_reads reads = {};
            Bench noting = bench;
            noting.cpu.reads = &reads;
            const std::set<std::string> all = behaviours(noting.decide(row.access, row.attribute));
            for (unsigned key = ISO_CPU_CACHEABILITY; key < ISO_CPU_COUNT; key++) {
                if (!(reads.key[key / 64] >> key % 64 & 1) || bench.cpu.value[key] != ISO_VALUE_FREE)
                    continue;
                std::set<std::string> sum;
                const auto k = static_cast<enum iso_cpu_key>(key);
                for (size_t i = 0; i < iso_cpu_choice_count(k); i++) {
                    Bench bound = bench;
                    bound.knob(k, iso_cpu_choice(k, i));
                    sum.merge(behaviours(bound.decide(row.access, row.attribute)));
                }
                ASSERT_EQ(sum, all) << where(row) << ": " << iso_cpu_key(k)->name;
                asked++;
            }
        });
    }
    EXPECT_GT(asked, 10000u);
}

// The platform asks hop by hop, the exhaustive engine asks for the path: one truth.
TEST(TruthTable, HopByHopEqualsThePath)
{
    for (const Bench &bench : {Bench(), unknown_bench()})
        each_row(bench, [&](const iso_table_row &row, const Effects &effects) {
            std::vector<iso_effect> open(1), closed;
            iso_effect_init(&open[0]);
            for (uint8_t hop = 0; hop < bench.tier.nhops; hop++) {
                std::vector<iso_effect> next;
                for (const iso_effect &earlier : open) {
                    iso_effect_set set;
                    iso_decide_after(&set, &earlier, &row.access, &row.attribute, &bench.tier.hops[hop], hop,
                                     &bench.cpu);
                    for (size_t i = 0; i < set.count; i++)
                        (set.item[i].kind == ISO_EFFECT_PASS ? next : closed).push_back(set.item[i]);
                }
                open = next;
            }
            for (iso_effect &e : open) {
                iso_effect_finish(&e, &row.access, &row.attribute, &bench.cpu);
                closed.push_back(e);
            }
            for (const iso_effect &e : closed)
                EXPECT_TRUE(effects.any([&](const iso_effect &x) { return iso_effect_equal(&x, &e); })) << where(row);
        });
}

RULE_TEST(TruthTable, HintsAndMaintenance, "HINT", "CMO")
{
    Bench bench;
    EXPECT_STREQ(bench.one(ISO_ACCESS_PRFM, "wb").rule.id, "HINT");
    for (iso_access_kind kind :
         {ISO_ACCESS_DC_CVAC, ISO_ACCESS_DC_CIVAC, ISO_ACCESS_DC_IVAC, ISO_ACCESS_DC_TAG, ISO_ACCESS_IC_IVAU})
        EXPECT_STREQ(bench.one(kind, "wb-tagged").rule.id, "CMO");
}

TEST(TruthTable, APathWithoutADeviceIsNotSupported)
{
    Bench bench;
    bench.tier.nhops = 2; // core and home node only
    EXPECT_EQ(bench.one(ISO_ACCESS_STXR, "wb").exclusive, ISO_EXCLUSIVE_MONITORED);
    EXPECT_EQ(bench.one(ISO_ACCESS_STXR, "nc").exclusive, ISO_EXCLUSIVE_STATUS_UNKNOWN);
    EXPECT_EQ(bench.one(ISO_ACCESS_SWP, "nc").fault, ISO_ABORT_SERROR);
    EXPECT_EQ(bench.one(ISO_ACCESS_STG, "wb-tagged").tag, ISO_TAG_EFFECT_DROPPED);
}

TEST(TruthTable, AHopAskedOnItsOwnGoesByTheType)
{
    Bench bench;
    bench.hop(1, ISO_CAP_EXCL_NC, ISO_SUPPORT_PASS);
    auto ask = [&](const char *attribute) {
        iso_access access = Bench::access_of(ISO_ACCESS_LDXR);
        iso_attribute type = Bench::parse(attribute);
        iso_effect_set set;
        iso_decide(&set, &access, &type, &bench.tier.hops[1], &bench.cpu);
        EXPECT_EQ(set.count, 1u);
        EXPECT_EQ(set.item[0].kind, ISO_EFFECT_PASS);
        return set.item[0].exclusive;
    };
    EXPECT_EQ(ask("wb"), ISO_EXCLUSIVE_MONITORED);
    EXPECT_EQ(ask("wb-weak"), ISO_EXCLUSIVE_MONITORED);
    EXPECT_EQ(ask("nc"), ISO_EXCLUSIVE_UNDECIDED) << "handed on";
    EXPECT_EQ(ask("device-gre"), ISO_EXCLUSIVE_UNDECIDED);
}

TEST(TruthTable, ElementsInWords)
{
    Bench bench;
    bench.set({{ISO_CAP_EXCL_NC, ISO_SUPPORT_UNKNOWN}, {ISO_CAP_TAG_STORAGE, ISO_TAG_STORAGE_NONE}});
    EXPECT_EQ(describe(bench.one(ISO_ACCESS_SWP, "wb")), "perform atomic@near single-copy=8 speculates [CH-28]");
    EXPECT_EQ(bench.decide(ISO_ACCESS_STXR, "nc").text(), "perform monitored single-copy=8 [CH-12/E0] if excl.nc=yes\n"
                                                          "fault unsupported-0x35 S1 [CH-12/E2] if excl.nc=no\n");
    EXPECT_EQ(describe(bench.one(ISO_ACCESS_STG, "wb-tagged")), "perform single-copy=8 tag=dropped [CH-54/T2]");
    EXPECT_EQ(describe(bench.one(ISO_ACCESS_STG, "wb-tagged+notag")), "fault permission S2 TagAccess [TAG]");
    EXPECT_EQ(describe(bench.one(Bench::checked(ISO_ACCESS_LDR, ISO_TAG_CHECK_YES, ISO_TCF_ASYNC), "wb-tagged")),
              "perform single-copy=8 check=zero/async@pe speculates [CH-54/T1]");
    char cut[8];
    iso_effect e = bench.one(ISO_ACCESS_SWP, "wb");
    EXPECT_EQ(iso_effect_describe(cut, sizeof cut, &e), 7u);
    EXPECT_STREQ(cut, "perform") << "cut, and terminated";
}

TEST(TruthTable, UnknownKnobsAreNamedAndFreeOnesAreNot)
{
    Bench bench;
    iso_access access = Bench::at(ISO_ACCESS_SWP, 4);
    EXPECT_TRUE(bench.decide(access, "nc").all([](const iso_effect &e) { return e.nassumed == 0; })) << "free";
    bench.knob(ISO_CPU_ATOMIC_MISALIGNED, ISO_VALUE_UNKNOWN);
    Effects effects = bench.decide(access, "nc");
    EXPECT_EQ(effects.size(), 2u) << effects.text();
    for (const iso_effect &e : effects) {
        ASSERT_EQ(e.nassumed, 1);
        EXPECT_TRUE(e.assumed[0].is_cpu);
        EXPECT_STREQ(iso_assumption_key_name(&e.assumed[0]), "misaligned.atomic");
    }
}
