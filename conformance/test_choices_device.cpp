// Do both engines keep the order of Device accesses that a peripheral keeps, and no other (facts 5.2, L1 to L8)?
#include "conformance/both_engines.h"

namespace
{

// Message passing: data and flag lie `apart` bytes apart in one page, or in two pages.
std::string one_page(unsigned apart, const char *barrier = "NOP")
{
    const std::string at = "#" + std::to_string(apart);
    return std::string("AArch64 mp\n{ uint64_t x[64]; 0:X0=x; 1:X0=x; }\n P0 | P1 ;\n MOV X2,#1 | LDR X3,[X0,") + at +
           "] ;\n STR X2,[X0] | " + barrier + " ;\n " + barrier + " | LDR X4,[X0] ;\n STR X2,[X0," + at +
           "] | ;\nexists (1:X3=1 /\\ 1:X4=0)\n";
}

std::string two_pages(const char *barrier = "NOP")
{
    return std::string("AArch64 mp\n{ uint64_t x=0; uint64_t y=0; 0:X0=x; 0:X1=y; 1:X0=x; 1:X1=y; }\n P0 | P1 ;\n MOV "
                       "X2,#1 | LDR X3,[X1] ;\n STR X2,[X0] | ") +
           barrier + " ;\n " + barrier + " | LDR X4,[X0] ;\n STR X2,[X1] | ;\nexists (1:X3=1 /\\ 1:X4=0)\n";
}

Bench peripheral(int bytes)
{
    Bench bench;
    bench.set({{ISO_CAP_IS_PERIPHERAL, ISO_SUPPORT_YES}, {ISO_CAP_PERIPHERAL_BYTES, bytes}});
    return bench;
}

void expect_ordered(const Bench &bench, const char *attribute, const std::string &text, const char *variant = "")
{
    Both b = both(bench, attribute, text, variant);
    EXPECT_FALSE(b.bounded);
    EXPECT_EQ(b.positive_allowed, 0u) << attribute << "\n" << text;
    EXPECT_EQ(b.positive_seen, 0u);
}

void expect_unordered(const Bench &bench, const char *attribute, const std::string &text, const char *variant = "")
{
    Both b = both(bench, attribute, text, variant);
    EXPECT_GT(b.positive_allowed, 0u) << attribute << "\n" << text;
    EXPECT_GT(b.positive_seen, 0u) << attribute << "\n" << text;
}

} // namespace

RULE_TEST(ChoicesDevice, OnePeripheralKeepsProgramOrder, "L1")
{
    for (const char *attribute : {"device-ngnre", "device-ngnrne"})
        expect_ordered(peripheral(ISO_PERIPHERAL_4096), attribute, one_page(64));
    for (const char *attribute : {"device-ngre", "device-gre", "nc", "wb"})
        expect_unordered(peripheral(ISO_PERIPHERAL_4096), attribute, one_page(64));
}

RULE_TEST(ChoicesDevice, MemoryKeepsNone, "L2")
{
    Bench memory;
    expect_unordered(memory, "device-ngnre", one_page(64));
}

RULE_TEST(ChoicesDevice, BarriersOrderEverywhere, "L3", "L5")
{
    for (const char *attribute : {"device-ngnre", "device-ngre", "device-gre", "nc", "wb"}) {
        expect_ordered(peripheral(ISO_PERIPHERAL_4), attribute, one_page(64, "DMB SY"));
        expect_ordered(peripheral(ISO_PERIPHERAL_4096), attribute, two_pages("DMB SY"));
    }
}

RULE_TEST(ChoicesDevice, TwoPeripheralsKeepNone, "L4")
{
    for (const char *attribute : {"device-ngnre", "device-ngnrne"})
        expect_unordered(peripheral(ISO_PERIPHERAL_4096), attribute, two_pages());
}

// The same two pages, or the same two registers, are one peripheral or two as the size has it.
RULE_TEST(ChoicesDevice, SizeOfAPeripheral, "CH-42")
{
    expect_ordered(peripheral(ISO_PERIPHERAL_WHOLE), "device-ngnre", two_pages());
    expect_unordered(peripheral(ISO_PERIPHERAL_64), "device-ngnre", one_page(64));
    expect_ordered(peripheral(ISO_PERIPHERAL_64), "device-ngnre", one_page(8));
    expect_unordered(peripheral(ISO_PERIPHERAL_4), "device-ngnre", one_page(8));
}

// Where the machine does not say, each size is tried, one for a whole run.
RULE_TEST(ChoicesDevice, SizeOfAPeripheralThatNobodySays, "CH-42")
{
    for (const std::string &text : {one_page(8), one_page(64), two_pages()}) {
        std::set<std::string> each;
        for (int bytes = ISO_PERIPHERAL_4; bytes <= ISO_PERIPHERAL_WHOLE; bytes++) {
            Both b = both(peripheral(bytes), "device-ngnre", text, "", 1);
            each.insert(b.allowed.begin(), b.allowed.end());
        }
        Both open = both(peripheral(ISO_PERIPHERAL_UNKNOWN), "device-ngnre", text);
        EXPECT_EQ(open.allowed, each);
        EXPECT_GT(open.positive_allowed, 0u);
        EXPECT_GT(open.positive_seen, 0u);
    }
}

RULE_TEST(ChoicesDevice, OtherXsArrivesInEitherOrder, "CH-45", "L8")
{
    auto pages = [](const char *y, const char *barrier) {
        return std::string("AArch64 mp\n{ uint64_t x=0; uint64_t y=0; [PTE(x)]=(oa:PA(x),attrs:(Device-nGnRE)); "
                           "[PTE(y)]=(oa:PA(y),attrs:(") +
               y + ")); 0:X0=x; 0:X1=y; 1:X0=x; 1:X1=y; }\n P0 | P1 ;\n MOV X2,#1 | LDR X3,[X1] ;\n STR X2,[X0] | " +
               barrier + " ;\n " + barrier + " | LDR X4,[X0] ;\n STR X2,[X1] | ;\nexists (1:X3=1 /\\ 1:X4=0)\n";
    };
    Bench bench = peripheral(ISO_PERIPHERAL_WHOLE);
    expect_ordered(bench, "wb", pages("Device-nGnRE", "NOP"), "vmsa");
    expect_ordered(bench, "wb", pages("Device-nGnRnE", "NOP"), "vmsa"); /* nE and E are one order */
    expect_unordered(bench, "wb", pages("Device-nGnRE,nXS", "NOP"), "vmsa");
    expect_ordered(bench, "wb", pages("Device-nGnRE,nXS", "DMB SY"), "vmsa");
}

// So many ways through the reads that threads are walked from horizon to horizon: a write that is still to come then keeps its place.
RULE_TEST(ChoicesDevice, AWriteKeepsItsPlaceBeyondAHorizon, "L1")
{
    auto reader = [](const char *mine, const char *other) {
        return std::string("MOV W2,#1 ;\n STR W2,[") + mine +
               "] ;\n LDR W5,[X3] ;\n LDR W6,[X3] ;\n LDR W7,[X3] ;\n LDR W8,[X3] ;\n "
               "DMB LD ;\n LDR W4,[" +
               other + "]";
    };
    auto column = [](const std::string &code) {
        std::vector<std::string> lines;
        for (size_t from = 0; from <= code.size();) {
            size_t to = std::min(code.find(" ;\n ", from), code.size());
            lines.push_back(code.substr(from, to - from));
            from = to + 4;
        }
        return lines;
    };
    std::vector<std::string> a = column(reader("X0", "X1")), b = column(reader("X1", "X0"));
    const char *writes[] = {"MOV W2,#1", "STR W2,[X3]", "MOV W2,#2", "STR W2,[X3]",
                            "MOV W2,#3", "STR W2,[X3]", "MOV W2,#4", "STR W2,[X3]"};
    std::string text = "AArch64 sb\n{ uint64_t x[16]; int z=0; 0:X0=x; 0:X1=x; 1:X0=x; 1:X1=x; 0:X3=z; 1:X3=z; 2:X3=z; "
                       "}\n P0 | P1 | P2 ;\n "
                       "ADD X1,X1,#64 | ADD X1,X1,#64 | NOP ;\n";
    ASSERT_EQ(a.size(), 8u);
    for (size_t i = 0; i < 8; i++)
        text += " " + a[i] + " | " + b[i] + " | " + writes[i] + " ;\n";
    text += "exists (0:X4=0 /\\ 1:X4=0)\n";
    expect_ordered(peripheral(ISO_PERIPHERAL_4096), "device-ngnre", text);
    expect_unordered(peripheral(ISO_PERIPHERAL_64), "device-ngnre", text);
}
