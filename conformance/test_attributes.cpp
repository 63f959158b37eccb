// Are attributes named, decoded and overridden as the architecture says? (Combining itself: harness/, every input.)
#include "conformance/bench.h"

static const iso_decode_features all_features{true, true, true, false, ISO_SHARE_INPUT_CONFIGURED};
static const iso_overrides no_overrides{};

static std::string name_of(const iso_memattr &m)
{
    char text[ISO_ATTRIBUTE_NAME_MAX];
    iso_attribute attribute = iso_attribute_of(&m);
    iso_attribute_name(text, &attribute);
    return text;
}

static std::set<std::string> names(const iso_memattr_set &set)
{
    std::set<std::string> all;
    for (size_t i = 0; i < set.count; i++)
        all.insert(name_of(set.item[i]));
    return all;
}

static bool cites(const iso_memattr_set &set, uint16_t rule)
{
    return std::find(set.rule, set.rule + set.nrules, rule) != set.rule + set.nrules;
}

static iso_memattr_set decode(uint8_t byte, unsigned sh = 3, iso_decode_features f = all_features)
{
    iso_memattr_set set;
    iso_stage1_decode(&set, byte, sh, &f);
    return set;
}

static iso_memattr_set combine(uint8_t byte, iso_stage2 stage2, iso_overrides overrides = {}, unsigned sh = 3,
                               iso_decode_features f = all_features)
{
    iso_memattr_set stage1, result;
    iso_stage1_resolve(&stage1, byte, sh, &f, &overrides);
    iso_attribute_combine(&result, &stage1, &stage2, &f, &overrides);
    return result;
}

using Names = std::set<std::string>;

TEST(AttributePoints, FortyNineWithNamesThatReadBack)
{
    Names seen;
    for (size_t i = 0; i < ISO_ATTRIBUTE_POINTS; i++) {
        iso_attribute point = iso_attribute_point(i), back{};
        char text[ISO_ATTRIBUTE_NAME_MAX];
        size_t length = iso_attribute_name(text, &point);
        EXPECT_EQ(length, std::string(text).size());
        EXPECT_TRUE(seen.insert(text).second) << text;
        EXPECT_EQ(iso_attribute_parse(&back, text, nullptr, nullptr), 0) << text;
        EXPECT_EQ(iso_attribute_point_of(&back), i) << text;
        EXPECT_EQ(back.xs, point.xs) << text;
    }
    EXPECT_EQ(seen.size(), 49u);
}

TEST(AttributePoints, Census)
{
    size_t tagging[3] = {}, lifted = 0;
    for (size_t i = 0; i < ISO_ATTRIBUTE_POINTS; i++) {
        iso_attribute point = iso_attribute_point(i);
        tagging[point.tagging]++;
        lifted += point.provenance != ISO_PROVENANCE_NONE;
    }
    EXPECT_EQ(tagging[ISO_TAGGING_UNTAGGED], 17u + 9u);
    EXPECT_EQ(tagging[ISO_TAGGING_CANONICAL], 17u);
    EXPECT_EQ(tagging[ISO_TAGGING_ALLOCATION], 6u);
    EXPECT_EQ(lifted, 9u);
}

TEST(AttributeNames, Wrong)
{
    const struct {
        const char *text;
        size_t at;
        const char *expected;
    } rows[] = {
        {"wbx", 0, "wb-tagged, wb,"},   {"", 0, "wb-tagged, wb,"},      {"wb:xsh", 2, ":nsh, :ish or :osh"},
        {"nc:ish", 2, ":osh"},          {"wb:ish:osh", 6, "one share"}, {"wb+pdev:ish", 7, "one share"},
        {"wb+notag", 2, "+notag only"}, {"wt+pdev", 2, "+pdev only"},   {"wb-weak+pdev", 7, "+pdev only"},
        {"wb+what", 2, "+notag, "},     {"wb+pdev+pnwb", 7, "one of"},  {"wb-tagged+canonical", 9, "+canonical once"},
        {"wb+", 2, "+notag, "},         {"WB", 0, "wb-tagged, wb,"},
    };
    for (const auto &row : rows) {
        iso_attribute untouched = iso_attribute_point(3);
        size_t at = 99;
        const char *expected = "";
        EXPECT_EQ(iso_attribute_parse(&untouched, row.text, &at, &expected), -1) << row.text;
        EXPECT_EQ(at, row.at) << row.text;
        EXPECT_EQ(std::string(expected).rfind(row.expected, 0), 0u) << row.text << ": " << expected;
        EXPECT_EQ(iso_attribute_point_of(&untouched), 3u);
    }
}

RULE_TEST(AttributeDecode, ReservedByte, "CH-01")
{
    iso_memattr_set set = decode(0x02);
    EXPECT_TRUE(cites(set, 1));
    EXPECT_EQ(names(set), (Names{"device-ngnrne", "device-ngnre", "device-ngre", "device-gre", "nc", "wt", "mix",
                                 "wb-weak", "wb", "wb-tagged"}));
    iso_decode_features old = all_features;
    old.mte2 = old.xs = false;
    EXPECT_EQ(names(decode(0xF0, 3, old)).count("wb-tagged"), 0u);
    for (uint8_t byte : {uint8_t{0x01}, uint8_t{0x40}, uint8_t{0xA0}, uint8_t{0xF0}}) {
        EXPECT_EQ(decode(byte).count, 1u);
        EXPECT_TRUE(cites(decode(byte, 3, old), 1)) << "needs the feature";
    }
}

RULE_TEST(AttributeDecode, ReservedShareability, "CH-02")
{
    iso_memattr_set set = decode(0xFF, 1);
    EXPECT_TRUE(cites(set, 2));
    EXPECT_EQ(names(set), (Names{"wb:nsh", "wb", "wb:osh"}));
    EXPECT_FALSE(cites(set, 1));
    set = decode(0x02, 1);
    EXPECT_TRUE(cites(set, 1) && cites(set, 2)) << "a reserved type besides";
    set = combine(0xFF, {0b1111, 1, false, false}, {}, 0);
    EXPECT_TRUE(cites(set, 2)) << "stage 2's";
    EXPECT_EQ(names(set), (Names{"wb:nsh", "wb", "wb:osh"}));
}

TEST(AttributeCombine, HintsOfBothLevelsCount)
{
    for (uint8_t byte : {uint8_t{0xFD}, uint8_t{0xDF}, uint8_t{0xDD}})
        EXPECT_EQ(names(decode(byte)), (Names{"wb-weak"})) << int{byte};
    EXPECT_EQ(names(decode(0xFF)), (Names{"wb"}));
    EXPECT_EQ(names(combine(0x99, {0b0110, 3, true, false})), (Names{"wb-weak+pnwb"})) << "forced WB keeps WT's hints";
    EXPECT_EQ(names(combine(0x44, {0b0110, 3, true, false})), (Names{"wb+pnwb"})) << "NC has none to keep";
}

TEST(AttributeCombine, CanonicalTagsPassThrough)
{
    iso_decode_features f = all_features;
    f.mtx = true;
    EXPECT_EQ(names(decode(0xFF, 3, f)), (Names{"wb+canonical"}));
    EXPECT_EQ(names(decode(0xF0, 3, f)), (Names{"wb-tagged"}));
    EXPECT_EQ(names(combine(0xFF, {0b0001, 3, false, false}, {}, 3, f)), (Names{"device-ngnre+canonical"}));
    EXPECT_EQ(names(combine(0xFF, {0b0101, 3, false, false}, {}, 3, f)), (Names{"nc+canonical"}));
    EXPECT_EQ(names(combine(0xF0, {0b0101, 3, false, false}, {}, 3, f)), (Names{"nc"})) << "Tagged does not survive";
}

RULE_TEST(AttributeCombine, ReservedStage2, "CH-03", "CH-04")
{
    EXPECT_EQ(names(combine(0xFF, {0b1000, 3, false, false})), (Names{"mix", "wt"})) << "inner level is any";
    EXPECT_TRUE(cites(combine(0xFF, {0b1000, 3, false, false}), 3));
    iso_memattr_set forced = combine(0xFF, {0b1001, 3, true, false});
    EXPECT_TRUE(cites(forced, 4));
    EXPECT_EQ(names(forced), (Names{"device-ngnrne", "device-ngnre", "device-ngre", "device-gre", "nc", "wb"}));
    iso_decode_features no_perm = all_features;
    no_perm.mte_perm = false;
    EXPECT_EQ(names(combine(0xFF, {0b1110, 3, true, false}, {}, 3, no_perm)), (Names{"wb"})) << "bit 3 is RES0";
}

RULE_TEST(AttributeCombine, ShareabilityOfALiftedPage, "CH-05")
{
    iso_decode_features f = all_features;
    EXPECT_EQ(names(combine(0x04, {0b0110, 0, true, false}, {}, 0, f)), (Names{"wb:nsh+pdev"}));
    f.share_input = ISO_SHARE_INPUT_OSH;
    EXPECT_EQ(names(combine(0x04, {0b0110, 0, true, false}, {}, 0, f)), (Names{"wb:osh+pdev"}));
    f.share_input = ISO_SHARE_INPUT_FREE;
    iso_memattr_set open = combine(0x04, {0b0110, 0, true, false}, {}, 0, f);
    EXPECT_EQ(names(open), (Names{"wb:nsh+pdev", "wb:osh+pdev"}));
    EXPECT_TRUE(cites(open, 5));
    EXPECT_FALSE(cites(combine(0xFF, {0b0110, 0, true, false}, {}, 0, f), 5)) << "WB is as configured";
}

RULE_TEST(AttributeCombine, DeviceTypesCombineToTheStrongest, "D7")
{
    const uint8_t byte[] = {0x00, 0x04, 0x08, 0x0C};
    for (unsigned s1 = 0; s1 < 4; s1++)
        for (uint8_t s2 = 0; s2 < 4; s2++)
            for (bool fwb : {false, true}) {
                iso_memattr_set set = combine(byte[s1], {s2, 3, fwb, false});
                EXPECT_EQ(set.item[0].device, static_cast<iso_class>(std::min<unsigned>(s1, s2)));
                EXPECT_TRUE(set.item[0].stage1_device);
            }
    EXPECT_FALSE(combine(0xFF, {1, 3, false, false}).item[0].stage1_device);
}

RULE_TEST(AttributeOverrides, CachesOff, "CH-06")
{
    iso_overrides c_off{};
    c_off.sctlr_c_off = true;
    iso_memattr_set set;
    iso_stage1_resolve(&set, 0xF0, 3, &all_features, &c_off);
    ASSERT_EQ(set.count, 2u) << "Tagged or not";
    EXPECT_TRUE(cites(set, 6));
    iso_stage1_resolve(&set, 0x02, 3, &all_features, &c_off);
    EXPECT_TRUE(cites(set, 1)) << "what was open before stays so";
    iso_stage1_resolve(&set, 0xFF, 3, &all_features, &c_off);
    EXPECT_EQ(names(set), (Names{"nc"}));
    EXPECT_FALSE(cites(set, 6)) << "nothing that is Tagged";
    iso_stage1_resolve(&set, 0x04, 3, &all_features, &c_off);
    EXPECT_EQ(names(set), (Names{"device-ngnre"})) << "Device stays";
    EXPECT_EQ(names(combine(0xFF, {0b0110, 3, true, false}, c_off)), (Names{"wb:osh+pnwb"})) << "FWB lifts it again";
    EXPECT_EQ(names(combine(0xFF, {0b1111, 3, false, false}, c_off)), (Names{"nc"}));
}

TEST(AttributeOverrides, Stage1Off)
{
    iso_overrides off{};
    off.stage1_off = true;
    iso_memattr_set set;
    auto resolve = [&](const iso_decode_features &f) {
        iso_stage1_resolve(&set, 0xFF, 3, &f, &off);
        return names(set);
    };
    EXPECT_EQ(resolve(all_features), (Names{"device-ngnrne"}));
    EXPECT_EQ(set.nrules, 0u);
    EXPECT_TRUE(set.item[0].xs);
    iso_decode_features canonical = all_features;
    canonical.mtx = true;
    EXPECT_EQ(resolve(canonical), (Names{"device-ngnrne+canonical"}));
    off.fetch = true;
    EXPECT_EQ(resolve(all_features), (Names{"nc"}));
    off.sctlr_i = true;
    EXPECT_EQ(resolve(all_features), (Names{"wt:osh"}));
    off.fetch = false;
    off.hcr_dc = true;
    EXPECT_EQ(resolve(all_features), (Names{"wb:nsh"}));
    off.hcr_dct = true;
    EXPECT_EQ(resolve(all_features), (Names{"wb-tagged:nsh"}));
}

TEST(AttributeOverrides, HypervisorDisablesCaches)
{
    iso_overrides cd{}, id{};
    cd.hcr_cd = true;
    id.hcr_id = true;
    id.fetch = id.sctlr_i = true;
    for (bool fwb : {false, true}) {
        uint8_t wb = fwb ? 0b0110 : 0b1111;
        EXPECT_EQ(names(combine(0xF0, {wb, 3, fwb, false}, cd)), (Names{"nc"}));
        EXPECT_EQ(names(combine(0x04, {fwb ? uint8_t{0b0111} : wb, 3, fwb, false}, cd)), (Names{"device-ngnre"}));
        EXPECT_EQ(names(combine(0xFF, {wb, 3, fwb, false}, id)), (Names{"nc"}));
        EXPECT_EQ(names(combine(0xFF, {1, 3, fwb, false}, cd)), (Names{"device-ngnre"})) << "stage-2 Device stays";
    }
}

TEST(AttributeCombine, XsAndFnxs)
{
    EXPECT_TRUE(combine(0x04, {0b1111, 3, false, false}).item[0].xs);
    EXPECT_FALSE(combine(0x04, {0b1111, 3, false, true}).item[0].xs) << "FnXS";
    EXPECT_FALSE(combine(0x05, {0b1111, 3, false, false}).item[0].xs) << "stage 1 says XS=0";
    EXPECT_FALSE(combine(0xFF, {0b1111, 3, false, false}).item[0].xs);
    EXPECT_FALSE(combine(0xFF, {1, 3, true, false}).item[0].xs) << "stage-2 Device over WB inherits XS=0";
    EXPECT_TRUE(combine(0x44, {0b0111, 3, true, false}).item[0].xs);
    EXPECT_FALSE(combine(0x44, {0b0111, 3, true, true}).item[0].xs);
    EXPECT_FALSE(combine(0x44, {0b0110, 3, true, false}).item[0].xs) << "forced WB";
}

TEST(AttributeCombine, ReportedAttributes)
{
    iso_memattr_set no_access = combine(0xF0, {0b0100, 3, false, false});
    EXPECT_EQ(iso_memattr_par(&no_access.item[0]), 0xE0);
    for (unsigned byte = 0; byte < 256; byte++) { // every allocated byte reports itself
        iso_memattr_set set = decode(static_cast<uint8_t>(byte));
        if (set.nrules == 0) {
            EXPECT_EQ(iso_memattr_par(&set.item[0]), byte) << byte;
        }
    }
}

TEST(AttributeCombine, SetsFit)
{
    size_t largest = 0;
    iso_decode_features open = all_features;
    open.share_input = ISO_SHARE_INPUT_UNKNOWN;
    for (uint8_t memattr = 0; memattr < 16; memattr++)
        for (bool fwb : {false, true})
            largest = std::max(largest, combine(0x02, {memattr, 1, fwb, false}, {}, 1, open).count);
    EXPECT_LT(largest, static_cast<size_t>(ISO_MEMATTR_SET_MAX));
    EXPECT_GT(largest, 20u);
}

// 1.4 (6), 1.5: XS is 0 for Write-Back, and wherever stage 2 says FnXS; else stage 1's. 0x04 and 0x44 have it, 0x05 has not.
TEST(Attributes, XsOfBothStages)
{
    for (bool fnxs : {false, true})
        for (bool fwb : {false, true}) {
            const uint8_t as_stage1 = fwb ? 0b0111 : 0b1111, nc = 0b0101;
            EXPECT_EQ(combine(0x04, {as_stage1, 3, fwb, fnxs}).item[0].xs, !fnxs) << fwb;
            EXPECT_EQ(combine(0x44, {as_stage1, 3, fwb, fnxs}).item[0].xs, !fnxs) << fwb;
            EXPECT_EQ(combine(0x44, {nc, 3, fwb, fnxs}).item[0].xs, !fnxs) << fwb;
            EXPECT_FALSE(combine(0x05, {as_stage1, 3, fwb, fnxs}).item[0].xs) << fwb;
            EXPECT_FALSE(combine(0xFF, {as_stage1, 3, fwb, fnxs}).item[0].xs) << fwb;
        }
    EXPECT_FALSE(combine(0x44, {0b0110, 3, true, false}).item[0].xs) << "forced to Write-Back";
}
