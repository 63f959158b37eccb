// Accesses over two pages: does each part go through its own page, and what else may become of the instruction?
#include "conformance/bench.h"
#include "conformance/explore_case.h"

static explored on(const Bench &bench, const std::string &text, const char *attribute = "wb")
{
    static iso_machine machine;
    iso_machine_init(&machine);
    machine.ntiers = 1;
    machine.tiers[0] = bench.tier;
    machine.features = bench.cpu;
    explored e = explore_on(&machine, attribute, text, "vmsa");
    EXPECT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_FALSE(e.bounded) << e.reason;
    return e;
}

static explored plain(const std::string &text, const char *variant = "")
{
    explored e = explore_text(text, variant);
    EXPECT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_FALSE(e.bounded) << e.reason;
    return e;
}

static size_t with(const explored &e, const std::string &part)
{
    size_t count = 0;
    for (const std::string &state : e.states)
        count += state.find(part) != std::string::npos;
    return count;
}

// y lies right behind x, on a page of its own. init: more of the initial state; shown: what the states show.
static std::string over(const std::string &init, const std::string &code, const std::string &shown,
                        const std::string &info = "")
{
    return "AArch64 over\nLayout=x:4088 y:4096\n" + info +
           "{ uint64_t x=0x1111111111111111; uint64_t y=0x2222222222222222; " + init +
           " 0:X1=x; uint64_t 0:X0=0; uint64_t 0:X2=0; 0:X8=0x8877665544332211; }\n P0 ;\n L0: " + code +
           " ;\n MOV X9,#1 ;\nlocations [" + shown + "]\nexists (0:X9=1)\n";
}

static const char *const device = "[PTE(y)]=(attrs:(Device-nGnRE));", *const nc = "[PTE(y)]=(attrs:(Normal,iNC,oNC));";
static const char *const devices = "[PTE(x)]=(attrs:(Device-nGnRE)); [PTE(y)]=(attrs:(Device-nGnRE));";

TEST(ExploreStraddle, PartsComeFromTwoFrames)
{
    for (const char *variant : {"", "vmsa"}) {
        EXPECT_EQ(with(plain(over("", "LDUR X0,[X1,#4]", "0:X0;"), variant), "0:X0=2459565876208275729;"), 1u);
        explored e = plain(over("", "STUR X8,[X1,#6]", "x;y;"), variant);
        EXPECT_EQ(e.states, (std::set<std::string>{"0:X9=1; [x]=2454762036892078353; [y]=2459678392897061939;"}))
            << variant;
    }
    EXPECT_EQ(
        with(plain(over("", "LDP X0,X2,[X1]", "0:X0;0:X2;")), "0:X0=1229782938247303441; 0:X2=2459565876494606882"),
        1u);
}

// The descriptor, the fault and its address are the second page's.
TEST(ExploreStraddle, SecondPartFaultsAlone)
{
    const std::string faults = "x;y;fault(P0:L0,x);fault(P0:L0,y);";
    explored load = plain(over("[PTE(y)]=(valid:0);", "LDUR X0,[X1,#4]", "0:X0;" + faults), "vmsa");
    EXPECT_EQ(load.states.size(), 1u);
    EXPECT_EQ(with(load, "0:X0=0;"), 1u);
    EXPECT_EQ(with(load, " Fault(P0:L0,y,D-MMU:Translation); ~Fault(P0:L0,x);"), 1u);
    // D1.4.1.4 RTNVSL: what the store wrote on the first page is there or not
    explored store = plain(over("[PTE(y)]=(valid:0);", "STUR X8,[X1,#4]", faults), "vmsa");
    EXPECT_EQ(store.states.size(), 2u);
    EXPECT_EQ(with(store, "Fault(P0:L0,y,D-MMU:Translation)"), 2u);
    EXPECT_EQ(with(store, "[y]=2459565876494606882;"), 2u);
    EXPECT_EQ(with(store, "[x]=1229782938247303441;"), 1u);
    // both: the first part's is reported
    explored both = plain(over("[PTE(x)]=(valid:0); [PTE(y)]=(valid:0);", "STUR X8,[X1,#4]", faults), "vmsa");
    EXPECT_EQ(both.states.size(), 1u);
    EXPECT_EQ(with(both, "~Fault(P0:L0,y)"), 1u);
    // STILP with write-back begins with its second register
    explored back =
        plain(over("[PTE(x)]=(valid:0); [PTE(y)]=(valid:0); 0:X3=y+8;", "STILP X8,X8,[X3,#-16]!", faults), "vmsa");
    EXPECT_EQ(with(back, "~Fault(P0:L0,x)"), back.states.size());
}

TEST(ExploreStraddle, SecondPartIsTagCheckedAlone)
{
    const std::string text =
        "AArch64 tag\nLayout=x:4080 y:4096\nVariant=memtag,sync\n{ uint64_t x[2]={0,0}; uint64_t y=0; [tag(y)]=:red; "
        "0:X1=x:green; 0:X0=-1; }\n P0 ;\n L0: STUR X0,[X1,#12] ;\nlocations [y;fault(P0:L0,y);fault(P0:L0,x);]\n"
        "exists (true)\n";
    explored e = plain(text);
    EXPECT_EQ(with(e, "[y]=0; Fault(P0:L0,y:green,TagCheck); ~Fault(P0:L0,x);"), e.states.size());
}

// Hardware sets the dirty state of both descriptors, or of the one whose access comes that far.
TEST(ExploreStraddle, EachDescriptorIsUpdated)
{
    explored e = plain(
        over("[PTE(x)]=(db:0,dbm:1); [PTE(y)]=(db:0,dbm:1);", "STUR X8,[X1,#4]", "PTE(x);PTE(y);", "TTHM=HD HA\n"),
        "vmsa");
    EXPECT_EQ(e.states.size(), 1u);
    EXPECT_EQ(with(e, "[PTE(x)]=(oa:PA(x), dbm:1); [PTE(y)]=(oa:PA(y), dbm:1);"), 1u);
}

// B2.2.1: not atomic over the boundary; each element of a pair still is.
TEST(ExploreStraddle, NotSingleCopyAtomic)
{
    Bench bench;
    const std::string text =
        "AArch64 torn\nLayout=x:4088 y:4096\n{ uint64_t x=0; uint64_t y=0; 0:X1=x; 1:X1=x; 0:X0=-1; uint64_t 1:X0; }\n"
        " P0 | P1 ;\n STUR X0,[X1,#4] | LDUR X0,[X1,#4] ;\nlocations [1:X0;]\nexists (1:X0=0xffffffff)\n";
    EXPECT_EQ(plain(text, "vmsa").states.size(), 4u) << "each page's part is there or not";
    EXPECT_EQ(on(bench, text).states.size(), 256u) << "each byte is there or not";
    const std::string pair =
        "AArch64 pair\nLayout=x:4088 y:4096\n{ uint64_t x=0; uint64_t y=0; 0:X1=x; 1:X1=x; 0:X0=-1; uint64_t 1:X0; "
        "uint64_t 1:X2; }\n P0 | P1 ;\n STP X0,X0,[X1] | LDP X0,X2,[X1] ;\nlocations [1:X0;1:X2;]\nexists (1:X0=-1)\n";
    EXPECT_EQ(on(bench, pair).states.size(), 4u);
}

// CH-30: refused, or performed at once on both pages.
TEST(ExploreStraddle, AtomicOverBothPagesIsAtomic)
{
    Bench bench;
    bench.knob(ISO_CPU_ATOMIC_MISALIGNED, ISO_PERFORM_FAULT_PERFORM);
    const std::string head = "AArch64 atomic\nLayout=x:4088 y:4096\n{ uint64_t x=0; uint64_t y=0; 0:X1=x+4; 1:X1=x+4; ";
    const std::string swaps =
        head + "0:X0=-1; 1:X0=0; uint64_t 1:X2=5; }\n P0 | P1 ;\n SWP X0,X2,[X1] | LDR X2,[X1] ;\n | SWP "
               "X0,X3,[X1] ;\nlocations [0:X2;1:X3;x;y;]\nexists (true)\n";
    explored e = on(bench, swaps);
    EXPECT_EQ(e.states.size(), 2u) << "one after the other";
    const std::string count = head + "0:X8=0x100000001; 1:X8=0x100000001; }\n P0 | P1 ;\n LDADD X8,X2,[X1] | LDXR "
                                     "X2,[X1] ;\n | ADD X2,X2,X8 ;\n | STXR "
                                     "W3,X2,[X1] ;\nlocations [x;y;1:X3;]\nexists (1:X3=0)\n";
    e = on(bench, count);
    EXPECT_EQ(with(e, "1:X3=0; [x]=8589934592; [y]=2;"), 1u);
    EXPECT_EQ(with(e, "1:X3=0;"), 1u) << "a store exclusive that passes has lost nothing";
    bench.knob(ISO_CPU_ATOMIC_MISALIGNED, ISO_PERFORM_FAULT_FAULT);
    EXPECT_EQ(with(on(bench, swaps), "[x]=0; [y]=0;"), 1u);
}

TEST(ExploreStraddle, TypesDiffer)
{
    Bench bench;
    const std::string shown = "0:X0;0:X9;fault(P0:L0);";
    for (const char *other : {device, nc}) {
        explored e = on(bench, over(other, "LDUR X0,[X1,#4]", shown));
        EXPECT_EQ(with(e, "0:X0=2459565876208275729; 0:X9=1; ~Fault(P0:L0);"), 1u) << "each by its own attributes";
        EXPECT_EQ(with(e, "0:X0=0; 0:X9=0; Fault(P0:L0,Alignment);") + with(e, "0:X0=0; 0:X9=0; Fault(P0:L0"),
                  with(e, "0:X9=0"));
        EXPECT_GE(with(e, "0:X9=0; Fault"), 1u);
        EXPECT_EQ(with(e, "0:X0=0; 0:X9=1; ~Fault(P0:L0);"), 1u) << "NOP: the register keeps its value";
        EXPECT_EQ(on(bench, over(other, "LDP X0,X2,[X1]", shown)).states.size(), e.states.size()) << "an instruction's";
        EXPECT_EQ(on(bench, over(other, "LDR X0,[X1]", shown)).states.size(), 1u) << "one page";
    }
    bench.knob(ISO_CPU_SPAN_TYPE, ISO_SPAN_TYPE_OWN);
    EXPECT_EQ(on(bench, over(device, "LDUR X0,[X1,#4]", shown)).states.size(), 1u);
    bench.knob(ISO_CPU_SPAN_TYPE, ISO_SPAN_TYPE_NOP);
    explored nop = on(bench, over(device, "STP X8,X8,[X1]", "x;y;0:X9;fault(P0:L0);"));
    EXPECT_EQ(nop.states,
              (std::set<std::string>{"0:X9=1; [x]=1229782938247303441; [y]=2459565876494606882; ~Fault(P0:L0);"}));
    bench.knob(ISO_CPU_SPAN_TYPE, ISO_SPAN_TYPE_FAULT);
    EXPECT_EQ(with(on(bench, over(nc, "STP X8,X8,[X1]", "x;y;0:X9;")),
                   "0:X9=0; [x]=1229782938247303441; [y]=2459565876494606882;"),
              1u);
}

TEST(ExploreStraddle, DeviceOverTheGranule)
{
    Bench bench;
    const std::string shown = "0:X0;0:X2;0:X9;fault(P0:L0);";
    explored e = on(bench, over(devices, "LDP X0,X2,[X1]", shown));
    EXPECT_EQ(with(e, "0:X0=1229782938247303441; 0:X2=2459565876494606882; 0:X9=1;"), 1u);
    EXPECT_GE(with(e, "0:X9=0; Fault"), 1u);
    EXPECT_EQ(with(e, "0:X0=0; 0:X2=0; 0:X9=1; ~Fault(P0:L0);"), 1u);
    // a location that cannot do unaligned accesses refuses it before the boundary matters
    bench.knob(ISO_CPU_SPAN_DEVICE, ISO_SPAN_DEVICE_NORMAL);
    EXPECT_EQ(with(on(bench, over(devices, "LDUR X0,[X1,#4]", shown)), "Fault(P0:L0"), 1u);
}

// nGnRE to one peripheral arrives in program order, unless the instruction lost that over the granule.
TEST(ExploreStraddle, OrderMayBeLost)
{
    Bench bench;
    bench.set({{ISO_CAP_IS_PERIPHERAL, ISO_SUPPORT_YES}, {ISO_CAP_PERIPHERAL_BYTES, ISO_BYTES_WHOLE}});
    const std::string text = "AArch64 order\nLayout=x:4088 y:4096 z:4104\n{ uint64_t x=0; uint64_t y=0; uint64_t z=0; "
                             "[PTE(x)]=(attrs:(Device-nGnRE)); "
                             "[PTE(y)]=(attrs:(Device-nGnRE)); 0:X1=x; 0:X3=z; 1:X1=y; 1:X3=z; 0:X0=1; }\n P0 | P1 ;\n "
                             "STP X0,X0,[X1] | LDR X0,[X3] ;\n STR "
                             "X0,[X3] | DMB SY ;\n | LDR X2,[X1] ;\nexists (1:X0=1 /\\ 1:X2=0)\n";
    bench.knob(ISO_CPU_SPAN_DEVICE, ISO_SPAN_DEVICE_NORMAL);
    EXPECT_EQ(on(bench, text).positive, 0u);
    bench.knob(ISO_CPU_SPAN_DEVICE, ISO_SPAN_DEVICE_UNORDERED);
    EXPECT_GT(on(bench, text).positive, 0u);
}

// Tags of two granules, each on its page.
TEST(ExploreStraddle, TagsOfTwoGranules)
{
    const std::string text =
        "AArch64 st2g\nLayout=x:4080 y:4096\nVariant=memtag,vmsa\n{ uint64_t x[2]={1,2}; uint64_t y[2]={3,4}; "
        "[PTE(y)]=(valid:V); 0:X1=x:red; }\n P0 ;\n L0: STZ2G X1,[X1] ;\nlocations [x;y;tag(x);tag(y);fault(P0:L0);]\n"
        "exists (true)\n";
    auto at = [&](const char *valid) {
        std::string t = text;
        t.replace(t.find(":V)") + 1, 1, valid);
        return t;
    };
    EXPECT_EQ(with(plain(at("1")), "x={0,0}; y={0,0};"), 1u);
    explored e = plain(at("0"));
    EXPECT_EQ(with(e, "y={3,4}"), e.states.size());
    EXPECT_GT(with(e, "x={1,2}"), 0u);
}
