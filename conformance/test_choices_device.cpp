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

namespace
{

// P1 writes over the first element when it has seen it: does P0's pair come back?
std::string overwritten_pair()
{
    return "AArch64 t\n{ uint64_t x[2]={0,0}; 0:X0=x; 0:X2=1; 1:X0=x; 1:X3=2; }\n P0 | P1 ;\n STP X2,X2,[X0] | LDR "
           "X2,[X0] ;\n "
           "| STR X3,[X0] ;\nlocations [x;]\nexists (1:X2=1 /\\ x={1,1})\n";
}

Bench disturbing()
{
    Bench bench;
    bench.set(ISO_CAP_SPECULATION_SAFE, ISO_SUPPORT_NO);
    return bench;
}

} // namespace

// Of a store of two registers that is no single access, one may be made again, and is then over what others wrote meanwhile.
RULE_TEST(ChoicesDevice, APairMayBeWrittenAgain, "CH-38")
{
    Bench bench;
    for (const char *attribute : {"device-ngnrne", "device-gre", "nc", "wt"})
        expect_unordered(bench, attribute, overwritten_pair());
    expect_ordered(bench, "wb", overwritten_pair());
    bench.knob(ISO_CPU_LSE2, ISO_FEATURE_NO);
    expect_unordered(bench, "wb", overwritten_pair());
}

TEST(ChoicesDevice, OneRegisterIsWrittenOnce)
{
    std::string text = overwritten_pair();
    text.replace(text.find("STP X2,X2,[X0]"), 14, "STR X2,[X0]");
    text.replace(text.find("x={1,1}"), 7, "x={1,0}");
    expect_ordered(Bench(), "device-ngnre", text);
}

// The two elements arrive in either order, even at a peripheral that keeps the order of instructions.
RULE_TEST(ChoicesDevice, ElementsOfAPairArriveInEitherOrder, "CH-38")
{
    const std::string text =
        "AArch64 t\n{ uint64_t x[2]={0,0}; 0:X0=x; 0:X2=1; 1:X0=x; }\n P0 | P1 ;\n STP X2,X2,[X0] | LDR X2,[X0,#8] ;\n "
        "| LDR X3,[X0] ;\nexists (1:X2=1 /\\ 1:X3=0)\n";
    const std::string back =
        "AArch64 t\n{ uint64_t x[2]={0,0}; 0:X0=x; 0:X2=1; 1:X0=x; }\n P0 | P1 ;\n STP X2,X2,[X0] | LDR X2,[X0] ;\n "
        "| LDR X3,[X0,#8] ;\nexists (1:X2=1 /\\ 1:X3=0)\n";
    Bench bench = peripheral(ISO_PERIPHERAL_WHOLE);
    EXPECT_GT(both(bench, "device-ngnre", text, "", 1).positive_allowed, 0u);
    expect_unordered(bench, "device-ngnre", back);
}

// Without the Gathering attribute a read comes from the endpoint: not from a store of its own that is still on its way.
RULE_TEST(ChoicesDevice, ReadsComeFromTheEndpoint, "CH-43", "L7")
{
    const std::string text =
        "AArch64 sb\n{ uint64_t x=0; uint64_t y=0; 0:X0=x; 0:X1=y; 1:X0=x; 1:X1=y; }\n P0 | P1 ;\n MOV X2,#1 | MOV "
        "X2,#1 ;\n "
        "STR X2,[X0] | STR X2,[X1] ;\n LDR X3,[X0] | DMB SY ;\n EOR X5,X3,X3 | LDR X4,[X0] ;\n ADD X5,X5,X1 | ;\n LDR "
        "X4,[X5] | ;\nexists (0:X3=1 /\\ 0:X4=0 /\\ 1:X4=0)\n";
    Bench bench;
    for (const char *attribute : {"device-ngre", "device-ngnre", "device-ngnrne"})
        expect_ordered(bench, attribute, text);
    for (const char *attribute : {"device-gre", "nc", "wb"})
        expect_unordered(bench, attribute, text);
    bench.knob(ISO_CPU_GATHER, ISO_SPECULATION_NO);
    for (const char *attribute : {"device-gre", "nc"})
        expect_ordered(bench, attribute, text);
    expect_unordered(bench, "wb", text);
}

// Where reading has side effects, a Normal mapping may be read at any time: nothing written through it need stay.
RULE_TEST(ChoicesDevice, SpeculativeReadsDisturb, "CH-61")
{
    const std::string text = "AArch64 t\n{ uint64_t x=0; 0:X0=x; 1:X0=x; }\n P0 | P1 ;\n MOV X2,#1 | LDR X3,[X0] ;\n "
                             "STR X2,[X0] | ;\nlocations [x; "
                             "1:X3;]\nforall (x=1 /\\ (1:X3=0 \\/ 1:X3=1))\n";
    const std::set<std::string> kept = {"1:X3=0; [x]=1;", "1:X3=1; [x]=1;"};
    std::set<std::string> all = kept;
    for (const char *state :
         {"1:X3=0; [x]=UNKNOWN;", "1:X3=1; [x]=UNKNOWN;", "1:X3=UNKNOWN; [x]=1;", "1:X3=UNKNOWN; [x]=UNKNOWN;"})
        all.insert(state);
    for (const char *attribute : {"nc", "wt"}) {
        Both b = both(disturbing(), attribute, text);
        EXPECT_EQ(b.allowed, all) << attribute;
        EXPECT_EQ(b.seen, all) << attribute;
        EXPECT_FALSE(b.bounded);
    }
    for (const char *attribute : {"device-gre", "device-ngnrne"})
        EXPECT_EQ(both(disturbing(), attribute, text).allowed, kept) << attribute;
    EXPECT_EQ(both(disturbing().knob(ISO_CPU_SPECULATION, ISO_SPECULATION_NO), "nc", text).allowed, kept);
    EXPECT_EQ(both(Bench(), "nc", text).allowed, kept);
}

// No barrier waits for a speculative read: what was stored and read back may be gone all the same.
RULE_TEST(ChoicesDevice, BarriersDoNotKeepSpeculationOff, "CH-61")
{
    auto text = [](const char *between, const char *load) {
        return std::string(
                   "AArch64 t\n{ uint64_t x=0; 0:X0=x; uint64_t 0:X3; }\n P0 ;\n MOV X2,#1 ;\n STR X2,[X0] ;\n ") +
               between + " ;\n " + load + " ;\nlocations [x; 0:X3;]\n";
    };
    for (const char *between : {"NOP", "DSB SY", "DC CIVAC,X0"}) {
        Both b = both(disturbing(), "nc", text(between, "LDR X3,[X0]"));
        EXPECT_EQ(b.allowed, (std::set<std::string>{"0:X3=1; [x]=1;", "0:X3=1; [x]=UNKNOWN;", "0:X3=UNKNOWN; [x]=1;",
                                                    "0:X3=UNKNOWN; [x]=UNKNOWN;"}))
            << between << ": UNKNOWN may be what was there, the next time too";
        EXPECT_EQ(b.seen, b.allowed) << between;
    }
}

// A load that could have gone before it may come late, and find what a speculative read has left.
RULE_TEST(ChoicesDevice, ALateLoadFindsTheDisturbance, "CH-61")
{
    const std::string text =
        "AArch64 t\n{ uint64_t x[2]={5,6}; 0:X0=x; uint64_t 0:X3; }\n P0 ;\n LDR X3,[X0] ;\n LDR X4,[X0,#8] ;\n STR "
        "X3,[X0,#8] ;\nlocations [x; 0:X3;]\n";
    Both b = both(disturbing(), "nc", text);
    EXPECT_EQ(b.allows("0:X3=UNKNOWN; x={UNKNOWN,UNKNOWN};"), 1u);
    EXPECT_EQ(b.allows("0:X3=5; x={UNKNOWN,5};"), 1u);
}

// Taken in pieces, a register is UNKNOWN as a whole, each one of a pair for itself, and so is an element in memory, or a long array.
RULE_TEST(ChoicesDevice, DisturbanceOfPieces, "CH-61")
{
    const std::string torn =
        "AArch64 t\n{ uint32_t x[4]={0,0,0,0}; 0:X0=x; 1:X0=x; uint64_t 0:X2=0x100000001; uint64_t "
        "1:X2; }\n P0 | P1 ;\n STUR X2,[X0,#4] | LDUR X2,[X0,#4] ;\nlocations [x;1:X2;]\n";
    Both b = both(disturbing(), "nc", torn);
    EXPECT_EQ(b.allowed.size(), 20u) << "each half is there or not, or neither is known; two elements are, or are not";
    EXPECT_EQ(b.allows("1:X2=UNKNOWN; x={0,UNKNOWN,UNKNOWN,0};"), 1u);
    EXPECT_EQ(b.allows("x={UNKNOWN"), 0u);
    EXPECT_GT(b.shows("1:X2=UNKNOWN"), 0u);
    const std::string pair = "AArch64 t\n{ uint64_t x[2]={1,2}; 0:X0=x; uint64_t 0:X2; uint64_t 0:X3; }\n P0 ;\n LDP "
                             "X2,X3,[X0] ;\nlocations [0:X2;0:X3;]\n";
    for (const char *attribute : {"nc", "wt"}) {
        b = both(disturbing(), attribute, pair);
        EXPECT_EQ(b.allowed, (std::set<std::string>{"0:X2=1; 0:X3=2;", "0:X2=1; 0:X3=UNKNOWN;", "0:X2=UNKNOWN; 0:X3=2;",
                                                    "0:X2=UNKNOWN; 0:X3=UNKNOWN;"}));
        EXPECT_EQ(b.seen, b.allowed);
    }
    const std::string bytes =
        "AArch64 t\n{ uint8_t x[10]={1,2,3,4,5,6,7,8,9,10}; 0:X0=x; }\n P0 ;\n LDUR X2,[X0,#1] ;\n LDRB "
        "W3,[X0,#9] ;\n STR X2,[X0] ;\n STRB W3,[X0,#8] ;\nlocations [x;]\n";
    b = both(disturbing(), "nc", bytes);
    EXPECT_FALSE(b.bounded);
    EXPECT_EQ(b.allows("x={2,3,4,5,6,7,8,9,10,10};"), 1u);
    EXPECT_EQ(b.allows("x={215,215,215,215,215,215,215,215,215,215};"), 1u);
    EXPECT_EQ(b.shows("x={215,215,215,215,215,215,215,215,215,215};"), 1u);
}

// A thread that waits for ever finds what memory holds at the end.
TEST(ChoicesDevice, WaitsForWhatIsDisturbed)
{
    const std::string text =
        "AArch64 t\n{ uint64_t x=0; uint64_t y=0; 0:X0=x; 0:X1=y; 0:X2=1; 1:X0=x; }\n P0 | P1 ;\n STR "
        "X2,[X1] | L: LDR X3,[X0] ;\n STR X2,[X0] | CMP X3,#1 ;\n | B.NE L ;\nlocations [x;y;]\n";
    Both b = both(disturbing(), "nc", text, "", 5);
    EXPECT_EQ(b.allows("NoProgress"), 2u) << "y is UNKNOWN or not";
    EXPECT_EQ(b.allows("[x]=UNKNOWN; [y]=1; NoProgress"), 1u);
    EXPECT_EQ(b.allows("[x]=1; [y]=1;"), 1u);
}

// A load that finds UNKNOWN data orders what comes after it all the same.
TEST(ChoicesDevice, AnUnknownAcquireOrders)
{
    auto text = [](const char *load) {
        return std::string(
                   "AArch64 t\n{ uint64_t x=0; uint64_t y=0; uint64_t z=0; 0:X1=y; 0:X2=1; 0:X4=z; 1:X0=x; 1:X1=y; "
                   "1:X4=z; }\n P0 | P1 ;\n STR X2,[X4] | LDR X5,[X1] ;\n DMB ST | EOR X8,X5,X5 ;\n STR X2,[X1] | ADD "
                   "X8,X8,X0 ;\n | ") +
               load + " X6,[X8] ;\n | LDR X7,[X4] ;\nexists (1:X5=1 /\\ 1:X6=0xd7d7d7d7d7d7d7d7 /\\ 1:X7=0)\n";
    };
    EXPECT_EQ(both(disturbing(), "nc", text("LDAR"), "", 1).positive_allowed, 0u);
    EXPECT_GT(both(disturbing(), "nc", text("LDR"), "", 1).positive_allowed, 0u);
}

// A page of registers that is mapped as Device is disturbed through a Normal mapping of it.
RULE_TEST(ChoicesDevice, ADeviceMappingSeesTheDisturbance, "CH-61")
{
    const std::string text = "AArch64 t\nVariant=vmsa\n{ uint64_t x; uint64_t y; [PTE(y)]=(oa:PA(x), "
                             "attrs:(Device-nGnRE)); 0:X0=x; 1:X1=y; }\n P0 | P1 ;\n "
                             "LDR X2,[X0] | LDR X3,[X1] ;\nexists (1:X3=0xd7d7d7d7d7d7d7d7)\n";
    Both b = both(disturbing(), "nc", text);
    EXPECT_GT(b.positive_allowed, 0u);
    EXPECT_EQ(both(disturbing(), "device-ngnre", text, "", 1).positive_allowed, 0u);
}

// What a guest maps as Device and stage 2 lifts to Write-Back takes misaligned accesses, or gives stage 1's Alignment fault (RRMTWN).
RULE_TEST(ChoicesAttributes, LiftedPagesTakeMisalignedAccesses, "CH-34b")
{
    auto guest = [](const char *stage2) {
        return std::string("AArch64 g\nGuest=P0\nVariant=vmsa,fwb,faultToNext\n{ uint64_t x; "
                           "[PTE(x)]=(oa:PA(x),attrs:(Device-nGnRE)); [S2PTE(x)]=(oa:PA(x),memattr:") +
               stage2 +
               "); 0:X1=x; 0:X2=1; }\n P0 ;\n L0: STUR W2,[X1,#1] ;\nlocations [x;fault(P0:L0,x,Alignment);]\n";
    };
    Bench bench;
    const std::set<std::string> faults = both(bench, "wb", guest("7"), "vmsa,fwb", 20).allowed; // as stage 1
    EXPECT_EQ(faults.size(), 1u);
    bench.knob(ISO_CPU_PDEV_ALIGN, ISO_PDEV_DEVICE);
    EXPECT_EQ(both(bench, "wb", guest("6"), "vmsa,fwb", 20).allowed, faults);
    bench.knob(ISO_CPU_PDEV_ALIGN, ISO_PDEV_WB);
    Both written = both(bench, "wb", guest("6"), "vmsa,fwb", 20);
    EXPECT_EQ(written.allowed.size(), 1u);
    EXPECT_EQ(written.allows("~Fault"), 1u);
    EXPECT_EQ(written.seen, written.allowed);
    bench.knob(ISO_CPU_PDEV_ALIGN, ISO_VALUE_FREE);
    Both open = both(bench, "wb", guest("6"), "vmsa,fwb", 100);
    EXPECT_EQ(open.allowed.size(), 2u);
    EXPECT_EQ(open.seen, open.allowed);
}

// A reserved encoding stands for one of several, the same for all accesses of a run: with CH-04 Device, Non-cacheable, or as stage 1 has it.
RULE_TEST(ChoicesAttributes, AReservedEncodingStandsForOne, "CH-04", "CH-53")
{
    auto guest = [](const char *stage1, const char *stage2) {
        return std::string(
                   "AArch64 g\nGuest=P0\nVariant=vmsa,fwb,faultToNext\n{ uint64_t x; [PTE(x)]=(oa:PA(x),attrs:(") +
               stage1 + ")); [S2PTE(x)]=(oa:PA(x),memattr:" + stage2 +
               "); 0:X1=x; }\n P0 ;\n L0: LDXR X2,[X1] ;\n L1: LDXR X3,[X1] ;\nlocations "
               "[fault(P0:L0,x,MMU:Exclusive);fault(P0:L1,x,MMU:Exclusive);]\n";
    };
    Bench bench;
    bench.set({{ISO_CAP_EXCL_NC, ISO_SUPPORT_NO}, {ISO_CAP_EXCL_ON_UNSUPPORTED, ISO_EXCL_UNSUPPORTED_ABORT35}});
    Both open = both(bench, "wb", guest("Normal,ISH,iWB,oWB", "4"), "vmsa,fwb", 100);
    EXPECT_EQ(open.allowed.size(), 2u) << "both or none";
    EXPECT_EQ(open.allows("~Fault(P0:L0,x,MMU:Exclusive); ~Fault(P0:L1,x"), 1u);
    EXPECT_EQ(open.seen, open.allowed);
    EXPECT_EQ(both(bench, "wb", guest("Normal,ISH,iWB,oWB", "5"), "vmsa,fwb", 50).allows("~Fault"), 0u)
        << "Non-cacheable";
    EXPECT_EQ(both(bench, "wb", guest("Normal,ISH,iWB,oWB", "6"), "vmsa,fwb", 50).allows("~Fault"), 1u) << "Write-Back";
}
