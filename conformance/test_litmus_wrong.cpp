// Is every broken litmus file refused with its place and what was expected, and never with a crash?
// The mutation run is deterministic; ISO_FUZZ_RUNS makes it longer.
extern "C" {
#include "sim/isa/outcome.h"
}

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace
{

namespace fs = std::filesystem;

// First error as "line:column: message"; "" if the text is read.
std::string first_error(const std::string &text)
{
    iso_test *test = nullptr;
    iso_diags diags = {};
    std::string result;
    if (iso_litmus_parse(&test, &diags, "t", text.data(), text.size())) {
        for (size_t i = 0; i < diags.count && result.empty(); i++)
            if (!diags.list[i].warning)
                result = std::to_string(diags.list[i].line) + ":" + std::to_string(diags.list[i].column) + ": " +
                         diags.list[i].message;
        EXPECT_NE(result, "") << "refused without a reason";
    }
    iso_test_free(test);
    iso_diags_free(&diags);
    return result;
}

struct Wrong {
    const char *text, *error;
};

// What every test here begins with, and a tail that is right.
#define HEAD "AArch64 t\n"
#define CODE "P0 ;\nMOV W0,#1 ;\n"
#define GOOD HEAD "{ x=0; 0:X1=x; }\n" CODE

const Wrong wrong[] = {
    // the file as a whole
    {"", "1:1: the file is empty, expected 'AArch64 NAME'"},
    {" \n\n", "3:1: the file is empty, expected 'AArch64 NAME'"},
    {"X86 t\n{}\nP0;\nexists true", "1:1: architecture 'X86', expected 'AArch64'"},
    {"AArch64\n{}\nP0;\n", "1:8: no test name, expected 'AArch64 NAME'"},
    {"AArch64 t\nVariant=vmsa\n", "3:1: the file ends in its header, expected '{' and the initial state"},
    {"AArch64 t \"never ends\n{}\n", "1:11: unterminated doc string, expected '\"'"},
    {HEAD "(* open (* close *)\n{}", "2:1: unterminated comment, expected '*)'"},
    {HEAD "{ x=0; (* open }\n" CODE "exists [x]=0", "2:8: unterminated comment, expected '*)'"},
    {HEAD "{ x=0; \n" CODE "exists [x]=0", "2:1: the initial state does not end, expected '}'"},
    {HEAD "{ }\n", "3:1: no code, expected a row of threads 'P0 | P1 ;'"},
    // info lines
    {HEAD "Variant=vmsa,fancy\n{ }\n" CODE,
     "2:14: unknown name 'fancy' in Variant=, expected names such as memtag, vmsa, mixed, fatal"},
    {HEAD "TTHM=HX\n{ }\n" CODE, "2:6: 'HX' in TTHM=, expected HA, HD or SW, maybe as Pn:HA or S2:HA"},
    {HEAD "EL0=Q1\n{ }\n" CODE, "2:5: 'Q1' in EL0=, expected threads as P0,P2"},
    {HEAD "Unroll=many\n{ }\n" CODE, "2:8: Unroll= takes a number below 100000"},
    {HEAD "Place=y@tier\n{ x=0; }\n" CODE, "2:7: Place= names 'y', which is no location of the test"},
    {HEAD "Place=x\n{ x=0; }\n" CODE, "2:7: 'x' in Place=, expected NAME@tier, NAME@reference or NAME@TIER"},
    {HEAD "Migrate=P0:f\n{ x=0; }\n" CODE, "2:9: unknown label 'f' of P0"},
    {HEAD "Migrate=P0:f:P9\n{ x=0; }\n P0 ;\nf: NOP ;\n",
     "2:14: 'P0:f:P9' in Migrate=, expected NAME or NAME:Pn:LABEL, where NAME is a location or a label Pn:LABEL of "
     "code"},
    {HEAD "Migrate=x:P0:L9\n{ x=0; }\n" CODE, "2:11: 'P0:L9' in Migrate= is no label of the test"},
    {HEAD "Inject=x\n{ x=0; }\n" CODE,
     "2:8: 'x' in Inject=, expected NAME:CONDITION, NAME:start:CONDITION or NAME:Pn:LABEL:CONDITION"},
    {HEAD "Inject=x:heat\n{ x=0; }\n" CODE,
     "2:10: 'heat' in Inject=, expected poison, isolation, viral, nxm, released, tsp or timeout"},
    {HEAD "Inject=y:poison\n{ x=0; }\n" CODE, "2:8: Inject= names 'y', which is no location of the test"},
    {HEAD "Inject=x:soon:poison\n{ x=0; }\n" CODE,
     "2:10: 'soon' in Inject=, expected start, or Pn:LABEL with a label of the test"},
    {HEAD "Inject=x:P0:L9:poison\n{ x=0; }\n" CODE,
     "2:10: 'P0:L9' in Inject=, expected start, or Pn:LABEL with a label of the test"},
    {HEAD "Cost=many\n{ 0:X9=2; }\n" CODE,
     "2:6: 'many' in Cost=, expected a number of iterations from 1 to 10000, then registers as 0:X9"},
    {HEAD "Cost=0 0:X9\n{ 0:X9=2; }\n" CODE,
     "2:6: '0' in Cost=, expected a number of iterations from 1 to 10000, then registers as 0:X9"},
    {HEAD "Cost=64 X9\n{ 0:X9=2; }\n" CODE, "2:9: 'X9' in Cost=, expected registers as 0:X9, as in the initial state"},
    {HEAD "Cost=64 0:X8\n{ 0:X9=2; }\n" CODE,
     "2:9: '0:X8' in Cost=, expected a register that the initial state gives a number of iterations"},
    {HEAD "Cost=64 7:X9\n{ 0:X9=2; }\n" CODE, "2:9: register of a thread that does not exist, expected P0 .. P0"},
    {HEAD "Alias=y\n{ x=0; }\n" CODE, "2:7: 'y' in Alias=, expected NAME:OTHER or NAME:OTHER@ATTRIBUTE"},
    {HEAD "Alias=y:x@\n{ int x; int y; }\n" CODE, "2:7: 'y:x@' in Alias=, expected NAME:OTHER or NAME:OTHER@ATTRIBUTE"},
    {HEAD "Alias=y:q\n{ int x; int y; }\n" CODE, "2:9: 'q' in Alias=, expected a location of the test"},
    {HEAD "Alias=y:x@warm\n{ int x; int y; }\n" CODE,
     "2:11: 'warm' in Alias=, expected cell, ordinary, kernel, vmm, or an attribute such as nc"},
    {HEAD "Alias=x:x@nc\n{ int x; }\n" CODE, "2:9: 'x' in Alias=, expected a location of another page"},
    {HEAD "Alias=y:x@nc\n{ int x; int y=1; }\n" CODE,
     "2:7: 'y' in Alias=, expected an alias without an initial value: its memory is the other's"},
    {HEAD "Alias=y:x@nc\n{ int x; [PTE(y)]=(oa:PA(z)); }\n" CODE,
     "2:7: 'y' in Alias=, expected an alias whose descriptor maps the other's frame, without attrs:(..)"},
    {HEAD "Alias=y:x@nc\nPlace=y@tier\n{ int x; int y; }\n" CODE,
     "2:7: 'y' in Alias=, expected Place= of the page it is an alias of"},
    {HEAD "Alias=y:x@nc\nMigrate=x\n{ int x; int y; }\n" CODE,
     "2:7: 'y' in Alias=, expected pages that neither Migrate= nor Mprotect= names: only one mapping would change"},
    {HEAD "Alias=y:x@nc\n{ int x; int y; }\n" CODE "exists [y]=0\n",
     "2:7: 'y' in Alias=, expected a condition that asks for the other's memory, not for the alias"},
    {HEAD "Alias=y:x@nc z:y\n{ int x; int y; int z; }\n" CODE,
     "2:14: 'z:y' in Alias=, expected an alias once, of a page that is none itself"},
    {HEAD "Layout=x:16384\n{ x=0; }\n" CODE,
     "2:8: 'x:16384' in Layout=, expected NAME:OFFSET with an offset below 16384"},
    {HEAD "Layout=x:4096\n{ x=0; }\n" CODE,
     "2:8: Layout= leaves a page without a location, expected one in every page from offset 0 on"},
    {HEAD "Layout=x:4094\n{ x=0; }\n" CODE, "3:3: x takes 4 bytes at offset 4094, expected to fit a page of 4096"},
    {HEAD "Layout=x:0 y:2\n{ x=0; y=0; }\n" CODE, "3:8: y overlaps x in Layout="},
    // initial state
    {HEAD "{ x=; }\n" CODE, "2:5: unexpected ';', expected a value"},
    {HEAD "{ x=1 y=2; }\n" CODE, "2:7: unexpected 'y', expected ';' or '}'"},
    {HEAD "{ quux x=1; }\n" CODE, "2:3: unknown type 'quux', expected int, int8_t .. uint64_t, pteval_t, ins_t ..."},
    {HEAD "{ x=1; x=2; }\n" CODE, "2:8: x is initialised twice, first at line 2"},
    {HEAD "{ int x[2]={1}; }\n" CODE, "2:12: x has 2 elements, expected {..} with as many values"},
    {HEAD "{ int x[1000000000]; }\n" CODE, "2:7: array of 1000000000 elements, expected 1 to 4096"},
    {HEAD "{ uint64_t x[4096]; }\n" CODE, "2:12: x takes 32768 bytes at offset 0, expected to fit a page of 4096"},
    {HEAD "{ 7:X1=1; }\n" CODE, "2:3: register of a thread that does not exist, expected P0 .. P0"},
    {HEAD "{ 0:X31=1; }\n" CODE, "2:5: unknown register 'X31', expected X0 .. X30, SP, XZR or a system register"},
    {HEAD "{ 0:V1=1; }\n" CODE, "2:5: register 'V1' not supported: Advanced SIMD and SVE registers"},
    {HEAD "{ 0:X1=P0:L7; }\n" CODE, "2:8: unknown label 'L7' of P0"},
    {HEAD "{ 0:X1=1; 0:X1=2; }\n" CODE, "2:11: P0:X1 is initialised twice"},
    {HEAD "{ [PTE(x)]=(oa:PA(x),valid:2); }\n" CODE, "2:28: unexpected '2', expected 0 or 1"},
    {HEAD "{ [PTE(x)]=(oa:x); }\n" CODE, "2:16: unexpected 'x', expected an output address such as PA(x)"},
    {HEAD "{ [PTE(x)]=(color:1); }\n" CODE,
     "2:13: descriptor field 'color', expected oa, valid, af, db, dbm, el0, x or attrs; of stage 2 r and memattr"},
    {HEAD "{ [PTE(x)]=(attrs:(iWB,iNC)); }\n" CODE, "2:24: 'iNC' contradicts an earlier attribute"},
    {HEAD "{ [PTE(x)]=(attrs:(Device-GRE,ISH)); }\n" CODE,
     "2:20: Device-GRE stands with other attributes, expected it alone or with nXS"},
    {HEAD "{ [tag(x)]=3; }\n" CODE, "2:12: initial tag, expected a colour such as :red"},
    {HEAD "{ 0:X1=x.atag; }\n" CODE, "2:8: the address of a tag is no value, expected for example [tag(x)]=:red"},
    {HEAD "{ 0:X1=instr:\"FROB X1\"; }\n" CODE, "2:15: "},
    {HEAD "{ 0:X1=0x123456789012345678901234567890123; }\n" CODE, "2:8: number does not fit 128 bits"},
    // code
    {HEAD "{ }\nP0 | P0 ;\nNOP | NOP ;\n", "3:6: thread P0 stands twice"},
    {HEAD "{ }\nP1 ;\nNOP ;\n", "3:1: P1, expected threads P0, P1, ... in order and handlers behind them"},
    {HEAD "{ }\nP0 | P1.F ;\nNOP | NOP ;\n",
     "3:6: P1.F, expected threads P0, P1, ... in order and handlers behind them"},
    {HEAD "{ }\nX0 ;\nNOP ;\n", "3:1: 'X0' in the row of threads, expected P0 or Pn.F"},
    {HEAD "{ }\nP99 ;\nNOP ;\n", "3:1: thread 'P99', expected at most 32 threads"},
    {HEAD "{ }\nP0 | P1 ;\nNOP ;\n", "4:5: a row of 1 cells, expected 2 (an empty cell is ' | ')"},
    {HEAD "{ }\nP0 ;\nNOP | NOP ;\n", "4:7: a row with more cells than threads, expected 1"},
    {HEAD "{ }\nP0 ;\nNOP\nexists true", "5:1: a row of code does not end, expected ';'"},
    {HEAD "{ }\nP0 ;\nL0: NOP ;\nL0: NOP ;\n", "5:1: label 'L0' stands twice in P0"},
    {HEAD "{ }\nP0 ;\nB L9 ;\n", "4:3: "},
    {HEAD "{ }\nP0 ;\nFROB X1 ;\n", "4:1: "},
    // condition
    {GOOD "exists", "5:7: the section ends here, expected a register such as 0:X1 or a location"},
    {GOOD "exists (0:X0=1", "5:15: the section ends here, expected ')', /\\ or \\/"},
    {GOOD "exists 0:X0=1 0:X1=2", "5:15: unexpected '0', expected /\\, \\/, => or the end of the file"},
    {GOOD "exists 0:X0", "5:12: the section ends here, expected '=' or '<>'"},
    {GOOD "exists fault(P3,x)", "5:8: fault of P3, a thread that does not exist, expected P0 .. P0"},
    {GOOD "exists fault(P0:L4,x)", "5:17: unknown label 'L4' of P0"},
    {GOOD "exists xx=1", "5:8: unknown location 'xx', expected one of the init section or of locations [..]"},
    {GOOD "exists 0:X1=xx", "5:13: unknown location 'xx', expected one of the init section or of locations [..]"},
    {GOOD "exists fault(P0,xx)", "5:17: unknown location 'xx', expected one of the init section or of locations [..]"},
    {GOOD "filter xx=1 exists x=1",
     "5:8: unknown location 'xx', expected one of the init section or of locations [..]"},
    {GOOD "exists fault(P0,x,Frob)",
     "5:19: fault type 'Frob', expected MMU:Translation, MMU:AccessFlag, MMU:Permission, TagCheck ..."},
    {GOOD "exists [x]={1,2}", "5:12: a list of values for a place that is no array of 1"},
    {GOOD "exists x[3]=1", "5:8: x is no array"},
    {GOOD "exists [tag(x)]=1", "5:17: expected a colour such as :red"},
    {GOOD "exists [x]=:red", "5:12: a colour for a place that is no tag"},
    {GOOD "locations [0:X1 exists true", "5:24: "},
    {GOOD "~forall true", "5:2: unexpected 'forall', expected exists, ~exists or forall"},
};

TEST(LitmusWrong, EachIsRefusedWithItsPlace)
{
    for (const Wrong &w : wrong) {
        std::string error = first_error(w.text), expected = w.error;
        if (!expected.empty() && expected.back() == ' ') // the assembler words the rest
            error = error.substr(0, expected.size());
        EXPECT_EQ(error, expected) << w.text;
    }
}

TEST(LitmusWrong, TheCommonPartIsRight)
{
    EXPECT_EQ(first_error(GOOD "exists 0:X0=1"), "");
    EXPECT_EQ(first_error(GOOD), "");
}

TEST(LitmusWrong, ControlCharactersAndGarbage)
{
    EXPECT_EQ(first_error(std::string("AArch64 t\n{ x\0=0; }", 18)),
              "2:4: control character 0x00, expected a text file");
    EXPECT_EQ(first_error("\x7f"
                          "ELF\x02\x01"),
              "1:5: control character 0x02, expected a text file");
}

TEST(LitmusWrong, AbsurdSizes)
{
    std::string deep = GOOD "exists ";
    for (int i = 0; i < 100000; i++)
        deep += "(";
    EXPECT_EQ(first_error(deep), "5:208: condition nested deeper than 200");
    std::string nots = GOOD "exists ";
    for (int i = 0; i < 100000; i++)
        nots += "~";
    EXPECT_EQ(first_error(nots), "5:208: condition nested deeper than 200");
    std::string implies = GOOD "exists true";
    for (int i = 0; i < 100000; i++)
        implies += "=>true";
    EXPECT_NE(first_error(implies), "");
    std::string terms = GOOD "exists 0:X0=1";
    for (int i = 0; i < 100000; i++)
        terms += "/\\0:X0=1";
    EXPECT_NE(first_error(terms).find("more than 4096 terms"), std::string::npos);
    std::string items = HEAD "{";
    for (int i = 0; i < 100000; i++)
        items += "x" + std::to_string(i) + "=0;";
    EXPECT_NE(first_error(items + "}\n" CODE).find("more than 4096"), std::string::npos);
    std::string rows = HEAD "{ }\nP0 ;\n";
    for (int i = 0; i < 100000; i++)
        rows += "NOP ;\n";
    EXPECT_NE(first_error(rows).find("more than"), std::string::npos);
    EXPECT_NE(first_error(HEAD "{ x=0; }\n" + std::string(1000000, 'P') + " ;\n"), "");
    EXPECT_NE(first_error("AArch64 t\n{ x=" + std::string(1000000, '1') + "; }\n" CODE), "");
    EXPECT_NE(first_error("AArch64 " + std::string(1000000, 'n') + "\n{ }\n" CODE), "");
    EXPECT_EQ(first_error(std::string(size_t(65) << 20, 'a')),
              "1:1: 68157440 bytes, expected a litmus test of at most 64 MiB");
}

TEST(LitmusWrong, PathsThatCannotBeRead)
{
    iso_test *test = nullptr;
    iso_diags diags = {};
    EXPECT_EQ(iso_litmus_read(&test, &diags, "/"), -1);
    EXPECT_EQ(iso_litmus_read(&test, &diags, "/no/such/file.litmus"), -1);
    ASSERT_EQ(diags.count, 2u);
    EXPECT_STREQ(diags.list[0].message, "is a directory, expected a litmus file");
    EXPECT_STREQ(diags.list[1].message, "cannot open: No such file or directory");
    iso_diags_free(&diags);
}

// ---- mutations -----------------------------------------------------------------------------------------------

std::vector<std::string> seeds()
{
    std::vector<std::string> texts = {GOOD "exists 0:X0=1 /\\ not ([x]=2 \\/ fault(P0,x))"};
    fs::path corpus = fs::path(ISOTIER_SOURCE_DIR) / ".." / "shared" / "corpus";
    if (fs::exists(corpus))
        for (const auto &entry : fs::recursive_directory_iterator(corpus))
            if (entry.path().extension() == ".litmus") {
                std::stringstream text;
                text << std::ifstream(entry.path()).rdbuf();
                texts.push_back(text.str());
            }
    std::sort(texts.begin(), texts.end());
    return texts;
}

std::string mutate(const std::vector<std::string> &texts, std::mt19937 &random)
{
    static const std::string tokens[] = {"(*",
                                         "*)",
                                         "{",
                                         "}",
                                         "[",
                                         "]",
                                         ";",
                                         "|",
                                         ":",
                                         "=",
                                         "P0",
                                         "P1",
                                         "0:X1",
                                         "x",
                                         ":red",
                                         "PTE(",
                                         "oa:PA(x)",
                                         "exists",
                                         "locations",
                                         "-1",
                                         "0x",
                                         "99999999999999999999",
                                         "/\\",
                                         "\\/",
                                         "not ",
                                         "fault(",
                                         "%x",
                                         "label:\"",
                                         "instr:\"",
                                         "\"",
                                         "\n",
                                         ",",
                                         "Layout=x:8\n",
                                         "valid:0",
                                         "L0:",
                                         "int ",
                                         "*",
                                         "&",
                                         "+",
                                         "x[2]",
                                         "={1,2}"};
    auto pick = [&](size_t n) { return std::uniform_int_distribution<size_t>(0, n ? n - 1 : 0)(random); };
    std::string text = texts[pick(texts.size())];
    for (size_t edits = 1 + pick(6); edits; edits--) {
        size_t at = pick(text.size() + 1), length = pick(12);
        const std::string &other = texts[pick(texts.size())];
        switch (pick(6)) {
        case 0:
            if (!text.empty())
                text[std::min(at, text.size() - 1)] = static_cast<char>(pick(256));
            break;
        case 1:
            text.erase(at, length);
            break;
        case 2:
            text.insert(at, text.substr(pick(text.size() + 1), length * 4));
            break;
        case 3:
            text.insert(at, tokens[pick(std::size(tokens))]);
            break;
        case 4: {
            size_t from = pick(other.size() + 1);
            text = text.substr(0, at) + other.substr(from);
            break;
        }
        default:
            text.resize(at);
        }
    }
    return text;
}

TEST(LitmusWrong, MutatedFilesNeverCrash)
{
    const char *wish = std::getenv("ISO_FUZZ_RUNS");
    const int runs = wish ? std::atoi(wish) : 4000;
    std::vector<std::string> texts = seeds();
    std::mt19937 random(1);
    auto state = std::make_unique<iso_final>();
    int read = 0;
    for (int i = 0; i < runs; i++) {
        std::string text = mutate(texts, random);
        iso_test *test = nullptr;
        iso_diags diags = {};
        if (!iso_litmus_parse(&test, &diags, "mutant", text.data(), text.size())) {
            char out[512];
            read++;
            for (uint32_t k = 0; k < test->nobservables; k++)
                state->value[k].lo = random() & 1 ? random() : test->page ? test->page[0].va + (random() & 31) : 0;
            state->nfaults = 0;
            iso_final_text(out, sizeof out, test, state.get());
            iso_final_satisfies(test, state.get());
            iso_litmus_text(out, sizeof out, test);
        } else {
            ASSERT_TRUE(iso_diags_has_error(&diags)) << text;
            EXPECT_EQ(test, nullptr);
        }
        iso_test_free(test);
        iso_diags_free(&diags);
    }
    EXPECT_GT(read, runs / 50) << "the mutations are too coarse to reach the builder";
}

} // namespace
