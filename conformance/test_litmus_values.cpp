// Does each kind of value print and compare as the notation says, where the public corpus has no example?
extern "C" {
#include "models/translate.h"
#include "sim/isa/outcome.h"
}
#include "sim/isa/value.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

namespace
{

const char *const TEXT =
    "AArch64 values\n"
    "Layout=x:0 y:16 z:24\n"
    "{ x=1; uint64_t y; uint16_t z; int a[3]={7,8,9}; int128_t w=-5; [tag(y)]=:red; 0:X1=a; "
    "[PTE(b)]=(attrs:(Normal,NSH,iWT,oNC));\n"
    "  [PTE(c)]=(attrs:(Device-nGRE),x:0,el0:0); 0:X2=b:mauve; [PTE(d)]=(oa:PTE(x)); 1:X9=P1:L0; }\n"
    "P0 | P1 ;\n"
    "L2: L1: LDR W0,[X1] | L0: NOP ;\n"
    "NOP | B L0 ;\n"
    "locations [x; y; z; a; w; 0:X0; PTE(b); x.atag; fault(P0,a); fault(P1:L0); fault(P0:L1,a,MMU:Permission);]\n"
    "exists true\n";

class Values : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        iso_diags diags = {};
        ASSERT_EQ(iso_litmus_parse(&test, &diags, "t", TEXT, strlen(TEXT)), 0)
            << diags.list[0].line << ": " << diags.list[0].message;
        iso_diags_free(&diags);
    }
    void TearDown() override
    {
        iso_test_free(test);
    }
    std::string print(uint64_t lo, uint8_t type = ISO_TYPE_INT32, uint64_t hi = 0) const
    {
        char text[200];
        iso_value_text(text, sizeof text, test, type, 16, {lo, hi});
        return text;
    }
    bool equal(uint64_t a, uint64_t b, uint8_t type = ISO_TYPE_INT32) const
    {
        return iso_value_equal(test, type, {a, 0}, {b, 0});
    }
    const iso_location &at(const char *name) const
    {
        for (uint32_t i = 0; i < test->nlocations; i++)
            if (std::string(name) == test->location[i].name)
                return test->location[i];
        ADD_FAILURE() << name;
        return test->location[0];
    }
    const iso_page &page(const char *name) const
    {
        return test->page[at(name).page];
    }
    iso_test *test = nullptr;
};

// What stands for UNKNOWN data is a number where the test brings it.
TEST(UnknownValues, ATestThatBringsThemHasNumbers)
{
    auto shown = [](const std::string &init, const std::string &code) {
        const std::string text = "AArch64 t\n{ " + init + " }\nP0 ;\n" + code + " ;\nlocations [0:X5;]\n";
        iso_test *test = nullptr;
        iso_diags diags = {};
        EXPECT_EQ(iso_litmus_parse(&test, &diags, "t", text.c_str(), text.size()), 0);
        iso_diags_free(&diags);
        char out[64] = "";
        iso_value_text(out, sizeof out, test, ISO_TYPE_UINT64, 8, {0xd7d7d7d7d7d7d7d7, 0});
        iso_test_free(test);
        return std::string(out);
    };
    EXPECT_EQ(shown("uint64_t 0:X5;", "NOP"), "UNKNOWN");
    for (const char *init : {"uint64_t 0:X5=0xd7d7d7d7d7d7d7d7;", "0:X5=0xd7d7d7d7;", "uint64_t x=0xd7d7d7d700;"})
        EXPECT_EQ(shown(init, "NOP"), "15553137160186484695") << init;
    EXPECT_EQ(shown("uint64_t 0:X5;", "MOV W5,#0xd7d7"), "15553137160186484695");
}

TEST_F(Values, NumbersPrintByType)
{
    EXPECT_EQ(print(0xd7d7d7d7, ISO_TYPE_UINT32), "UNKNOWN");
    EXPECT_EQ(print(0xd7d7d7, ISO_TYPE_UINT32), "14145495") << "four bytes at least";
    EXPECT_EQ(print(0xffffffff), "-1");
    EXPECT_EQ(print(0xffffffff, ISO_TYPE_UINT32), "4294967295");
    EXPECT_EQ(print(0x1ffffffffull), "-1");
    EXPECT_EQ(print(~0ull, ISO_TYPE_INT64), "-1");
    EXPECT_EQ(print(~0ull, ISO_TYPE_UINT64), "18446744073709551615");
    EXPECT_EQ(print(0x80, ISO_TYPE_INT8), "-128");
    EXPECT_EQ(print(0xff80, ISO_TYPE_UINT8), "128");
    EXPECT_EQ(print(0x8000, ISO_TYPE_INT16), "-32768");
    EXPECT_EQ(print(5, ISO_TYPE_INT128), "5");
    EXPECT_EQ(print(~4ull, ISO_TYPE_INT128, ~0ull), "-5");
    EXPECT_EQ(print(1, ISO_TYPE_UINT128, 2), "0x20000000000000001");
}

TEST_F(Values, AddressesPrintWithColourAndOffset)
{
    uint64_t x = at("x").va, y = at("y").va;
    EXPECT_EQ(y, x + 16);
    EXPECT_EQ(print(x), "x");
    EXPECT_EQ(print(x, ISO_TYPE_UINT8), "x");
    EXPECT_EQ(print(x + 8), "x+8");
    EXPECT_EQ(print(y + 9), "z+1");
    EXPECT_EQ(print(x - 4), "x-4");
    EXPECT_EQ(print(iso_address_with_tag(x, 1) - 4), "x:red+-4");
    EXPECT_EQ(print(iso_address_with_tag(x, 0)), "x:green");
    EXPECT_EQ(print(iso_address_with_tag(y, 1) + 2), "y:red+2");
    EXPECT_EQ(print(x | 2ull << 56), "x:blue");
    EXPECT_EQ(print(iso_address_mark(x)), "x:green");
    EXPECT_EQ(iso_address_mark(77), 77u);
    EXPECT_EQ(print(iso_address_with_tag(x, 8)), "x:mauve");
    EXPECT_EQ(print(iso_address_with_tag(x, 15)), "x:tag15");
    EXPECT_FALSE(equal(x, iso_address_with_tag(x, 0)));
    EXPECT_EQ(iso_address_tag(x), iso_address_tag(iso_address_with_tag(x, 0)));
    EXPECT_EQ(at("y").tag, 1);
    EXPECT_EQ(at("z").tag, 1) << "same granule";
    EXPECT_EQ(at("x").tag, 0);
}

TEST_F(Values, PagesDescriptorsAndLabels)
{
    EXPECT_EQ(print(page("a").descriptor_va), "PTE(a)");
    EXPECT_EQ(print(page("y").pa), "PA(x)") << "a page has the name of its first location";
    EXPECT_EQ(print(page("a").pa + 8), "PA(a)+8");
    EXPECT_EQ(print(page("x").descriptor, ISO_TYPE_PTEVAL), "(oa:PA(x))");
    EXPECT_EQ(print(page("x").descriptor & ~1ull), "(oa:PA(x), valid:0)");
    EXPECT_EQ(print((page("x").descriptor & ~0x400ull) | 0x80 | 1ull << 51), "(oa:PA(x), af:0, db:0, dbm:1)");
    EXPECT_EQ(print(page("b").descriptor), "(oa:PA(b), attrs:(Normal,NSH,iWT,oNC))");
    EXPECT_EQ(print(page("c").descriptor), "(oa:PA(c), el0:0, x:0, attrs:(Device-nGRE))");
    EXPECT_EQ(print(page("d").descriptor), "(oa:PTE(x))");
    EXPECT_EQ(print(page("x").descriptor & 0xfffull & ~1ull, ISO_TYPE_PTEVAL), "(oa:PA(), valid:0)");
    EXPECT_TRUE(equal(page("x").descriptor, page("x").descriptor & ~2ull, ISO_TYPE_PTEVAL)) << "bit 1 is no field";
    EXPECT_FALSE(equal(page("x").descriptor, page("x").descriptor | 0x80, ISO_TYPE_PTEVAL));
    EXPECT_EQ(print(test->thread[1].code_va), "label:\"P1:L0\"");
    EXPECT_EQ(print(test->thread[0].code_va + 4), "label:\"P0:+4\"");
    EXPECT_EQ(print(0x1801, ISO_TYPE_PAR), "(parel1_t:(f:1))");
    EXPECT_EQ(print(1, ISO_TYPE_PAR), "1") << "bit 11 is RES1 where F is set";
    EXPECT_EQ(print(page("a").pa | 0x880, ISO_TYPE_PAR), "(parel1_t:(oa:PA(a)))");
    EXPECT_TRUE(equal(page("a").pa | 0x880, page("a").pa, ISO_TYPE_PAR));
    EXPECT_EQ(print(0xd503201f), "NOP");
    EXPECT_EQ(print(test->thread[1].word[1]), "instr:\"B .-4\"");
}

TEST_F(Values, NumbersCompareInTheirTypeSymbolsAsAWhole)
{
    EXPECT_TRUE(equal(0xffffffff, ~0ull));
    EXPECT_FALSE(equal(0xffffffff, ~0ull, ISO_TYPE_INT64));
    EXPECT_TRUE(equal(0x105, 5, ISO_TYPE_UINT8));
    EXPECT_FALSE(equal(at("x").va, at("x").va & 0xffffffff));
    EXPECT_FALSE(equal(at("x").va, 0, ISO_TYPE_UINT16)) << "the address of a page ends in zeros and is not 0";
}

TEST_F(Values, StatesShowFaultsOnceAndSorted)
{
    auto state = std::make_unique<iso_final>();
    uint64_t a = at("a").va;
    state->fault[0] = {0, ISO_FAULT_MMU_PERMISSION, false, true, 0, a + 4};
    state->fault[1] = state->fault[0];
    state->fault[2] = {0, ISO_FAULT_TAG_CHECK, false, true, 1, iso_address_with_tag(a, 1)};
    state->fault[3] = {1, ISO_FAULT_ALIGNMENT, false, true, 1, a};
    state->nfaults = 4;
    state->no_progress = 2;
    for (uint32_t i = 0; i < test->nobservables; i++)
        state->value[i].lo = i;
    char text[1000];
    size_t size = iso_final_text(text, sizeof text, test, state.get());
    EXPECT_STREQ(text,
                 "0:X0=0; [PTE(b)]=1; [tag(x)]=:blue; [w]=3; [x]=4; [y]=5; [z]=6; a={7,8,9}; "
                 "Fault(P0,a:red,TagCheck); Fault(P0:{L1,L2},a+4,MMU:Permission); ~Fault(P1:L0); NoProgress(P1);");
    EXPECT_EQ(size, strlen(text));
    char small[20];
    EXPECT_EQ(iso_final_text(small, sizeof small, test, state.get()), size);
    EXPECT_EQ(strlen(small), sizeof small - 1);
}

TEST_F(Values, SetsCountAndSort)
{
    iso_outcome_set set;
    iso_outcome_set_init(&set);
    auto state = std::make_unique<iso_final>();
    for (uint64_t i = 0; i < 1000; i++) {
        state->value[0].lo = i % 100;
        iso_outcome_set_add(&set, test, state.get(), 2);
    }
    iso_outcome_set_sort(&set);
    ASSERT_EQ(set.count, 100u);
    EXPECT_EQ(set.positive, 2000u);
    EXPECT_EQ(set.list[0].count, 20u);
    for (size_t i = 1; i < set.count; i++)
        EXPECT_LT(std::string(set.list[i - 1].text), set.list[i].text);
    iso_outcome_set_add(&set, test, state.get(), 1); // still found after sorting
    EXPECT_EQ(set.count, 100u);
    EXPECT_EQ(iso_outcome_set_verdict(&set, test), ISO_ALWAYS);
    iso_outcome_set_free(&set);
}

// A state that comes about in several ways is told by the fewest causes, and of as many by the same whichever is found first.
TEST_F(Values, SetsKeepOneSetOfCauses)
{
    const auto cause = [](uint16_t rule, uint8_t effect, uint8_t thread, uint16_t insn) {
        iso_cause out = {};
        out.rule = rule;
        out.effect = effect;
        out.thread = thread;
        out.insn = insn;
        return out;
    };
    const iso_cause early = cause(7, 2, 0, 1), late = cause(5, 1, 0, 3), other = cause(5, 1, 1, 0);
    const std::vector<std::vector<iso_cause>> ways = {{early, other}, {late, other}, {early, late, other}};
    for (std::vector<size_t> order : std::vector<std::vector<size_t>>{{0, 1, 2}, {1, 0, 2}, {2, 1, 0}, {1, 2, 0}}) {
        iso_outcome_set set;
        iso_outcome_set_init(&set);
        for (size_t way : order) {
            auto state = std::make_unique<iso_final>();
            for (const iso_cause &one : ways[way])
                state->cause[state->ncauses++] = one;
            iso_outcome_set_add(&set, test, state.get(), 1);
        }
        ASSERT_EQ(set.count, 1u);
        ASSERT_EQ(set.list[0].state.ncauses, 2u);
        EXPECT_EQ(set.list[0].state.cause[0].insn, early.insn) << order[0];
        iso_outcome_set_free(&set);
    }
}

TEST_F(Values, TypesAndColoursAreDistinct)
{
    std::set<std::string> names;
    for (uint8_t type = 0; type <= ISO_TYPE_PAR; type++) {
        EXPECT_TRUE(names.insert(iso_type_name(type)).second) << iso_type_name(type);
        EXPECT_GT(iso_type_bits(type), 0u);
    }
    for (unsigned tag = 0; tag < ISO_COLOURS; tag++)
        EXPECT_TRUE(names.insert(iso_colour_name(test, tag)).second) << iso_colour_name(test, tag);
}

TEST(Variants, TheFilesLineComesOnTop)
{
    iso_test test = {};
    iso_variant line = {}, merged;
    const char *bad;
    size_t size;
    ASSERT_EQ(iso_variant_parse(&line, "memtag,precise, ETS2", &bad, &size), 0);
    ASSERT_EQ(iso_variant_parse(&test.variant, "async faultToNext", &bad, &size), 0);
    iso_variant_merge(&merged, &line, &test);
    EXPECT_TRUE(merged.memtag);
    EXPECT_EQ(merged.ets, 2);
    EXPECT_EQ(merged.tag_mode, ISO_TAG_MODE_ASYNC);
    EXPECT_EQ(merged.fault_mode, ISO_FAULT_MODE_SKIP);
    test.variant = {};
    iso_variant_merge(&merged, &line, &test);
    EXPECT_EQ(merged.fault_mode, ISO_FAULT_MODE_FATAL);
    EXPECT_EQ(iso_variant_parse(&line, "vmsa,frob", &bad, &size), -1);
    EXPECT_EQ(std::string(bad, size), "frob");
    ASSERT_EQ(iso_variant_parse(&line, "sve:256", &bad, &size), 0);
    EXPECT_TRUE(line.not_supported);
    EXPECT_STREQ(line.not_supported_name, "sve");
}

} // namespace
