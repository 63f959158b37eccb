// Accesses over two pages in the timed engine: what it shows is what the exhaustive engine allows, and it shows each kind of it.
#include "conformance/bench.h"

extern "C" {
#include "models/machine.h"
#include "sim/isa/engine.h"
}

#include <map>
#include <memory>

namespace
{

// The bench's tier twice, and a machine over them.
iso_machine machine_of(const Bench &bench)
{
    iso_machine machine;
    iso_machine_init(&machine);
    machine.ntiers = 2;
    machine.tiers[0] = machine.tiers[1] = bench.tier;
    for (size_t t = 0; t < 2; t++)
        for (size_t h = 0; h < machine.tiers[t].nhops; h++)
            machine.tiers[t].hops[h].timing.latency_ps = 20000 * static_cast<uint32_t>(t + 1);
    machine.features = bench.cpu;
    return machine;
}

struct Both {
    std::set<std::string> allowed, seen;
};

// Both engines; page k under attribute[k % 2], on tier k % 2.
Both run(const iso_machine &machine, const std::string &text, const std::vector<const char *> &attribute,
         uint32_t seeds, const char *variant = "")
{
    Both out;
    iso_test *test = nullptr;
    iso_diags diags = {};
    EXPECT_EQ(iso_litmus_parse(&test, &diags, "case", text.data(), text.size()), 0)
        << (diags.count ? diags.list[0].message : "");
    if (!test)
        return out;
    auto setup = std::make_unique<iso_setup>();
    iso_variant given = {};
    const char *bad = nullptr;
    size_t size = 0;
    iso_variant_parse(&given, variant, &bad, &size);
    setup->test = test;
    setup->machine = &machine;
    iso_variant_merge(&setup->variant, &given, test);
    for (unsigned p = 0; p < ISO_SETUP_MAX_PAGES; p++) {
        setup->frame_tier[p] = static_cast<uint8_t>(p % 2);
        iso_attribute_parse(&setup->page_attribute[p], attribute[p % attribute.size()], nullptr, nullptr);
    }
    iso_outcome_set exact, sampled;
    iso_explore_options explore = {};
    iso_platform_options platform = {};
    iso_platform_stats stats;
    iso_outcome_set_init(&exact);
    iso_outcome_set_init(&sampled);
    platform.first_seed = 1;
    platform.runs = seeds;
    EXPECT_EQ(iso_explore(&exact, &diags, setup.get(), &explore), 0);
    EXPECT_FALSE(exact.bounded) << exact.bound_reason;
    EXPECT_EQ(iso_platform_run(&sampled, &stats, &diags, setup.get(), &platform), 0);
    for (size_t i = 0; i < exact.count; i++)
        out.allowed.insert(exact.list[i].text);
    for (size_t i = 0; i < sampled.count; i++)
        out.seen.insert(sampled.list[i].text);
    for (const std::string &state : out.seen)
        EXPECT_EQ(out.allowed.count(state), 1u) << text << attribute[0] << " " << attribute.back() << ": " << state;
    iso_outcome_set_free(&exact);
    iso_outcome_set_free(&sampled);
    iso_diags_free(&diags);
    iso_test_free(test);
    return out;
}

std::string over(const std::string &info, const std::string &init, const std::string &columns, const std::string &shown)
{
    return "AArch64 over\nLayout=x:4088 y:4096\n" + info + "{ uint64_t x=0; uint64_t y=0; " + init + " }\n" + columns +
           "\nlocations [" + shown + "]\nexists (true)\n";
}

const std::string two =
    "0:X1=x; 1:X1=x; 0:X8=0x8877665544332211; 0:X9=-1; uint64_t 1:X2=7; uint64_t 1:X3=7; uint64_t 0:X2=7; "
    "uint64_t 0:X3=7; 0:X5=x+4; 1:X5=x+4; 1:X8=0x100000001;";

// Programs whose accesses lie over the boundary.
const std::vector<std::string> programs = {
    over("", two, " P0 | P1 ;\n STUR W8,[X1,#6] | LDUR W2,[X1,#6] ;", "x;y;1:X2;fault(P0);fault(P1);"),
    over("", two, " P0 | P1 ;\n STP X8,X9,[X1] | LDP X2,X3,[X1] ;", "x;y;1:X2;1:X3;fault(P0);fault(P1);"),
    over("", two, " P0 | P1 ;\n STURH W8,[X1,#7] | LDURH W2,[X1,#7] ;\n LDURH W2,[X1,#7] | LDURB W3,[X1,#8] ;",
         "0:X2;1:X2;1:X3;fault(P0);fault(P1);"),
    over("", two, " P0 | P1 ;\n SWP X8,X2,[X5] | LDURH W2,[X1,#7] ;\n | LDADD X8,X3,[X5] ;",
         "x;y;0:X2;1:X3;fault(P0);fault(P1);"),
    over("", two, " P0 | P1 ;\n LDXR X2,[X5] | STUR W8,[X1,#8] ;\n ADD X2,X2,#1 | ;\n STXR W3,X2,[X5] | ;",
         "x;y;0:X3;fault(P0);fault(P1);"),
    over("", two, " P0 | P1 ;\n STURH W8,[X1,#7] | CAS X2,X8,[X5] ;", "x;y;1:X2;fault(P0);fault(P1);"),
};

} // namespace

// CH-32: over many seeds, on ordinary and on odd pages, under every bound choice.
RULE_TEST(PlatformStraddle, StaysInside, "CH-32", "CH-36", "CH-37")
{
    std::vector<Bench> benches(4);
    benches[1].knob(ISO_CPU_SPAN_TYPE, ISO_SPAN_TYPE_NOP).knob(ISO_CPU_SPAN_DEVICE, ISO_SPAN_DEVICE_FAULT);
    benches[2].knob(ISO_CPU_ATOMIC_MISALIGNED, ISO_PERFORM_FAULT_PERFORM).knob(ISO_CPU_SPAN_TYPE, ISO_SPAN_TYPE_OWN);
    benches[2].knob(ISO_CPU_DEVICE_MISALIGNED, ISO_PERFORM_FAULT_PERFORM).set(ISO_CAP_UNALIGNED_OK, ISO_SUPPORT_YES);
    benches[3].set({{ISO_CAP_ATOMIC_NC, ISO_SUPPORT_NO}, {ISO_CAP_EXCL_NC, ISO_SUPPORT_NO}});
    benches[3].knob(ISO_CPU_ATOMIC_MISALIGNED, ISO_PERFORM_FAULT_PERFORM);
    size_t seen = 0, allowed = 0;
    for (const Bench &bench : benches) {
        const iso_machine machine = machine_of(bench);
        for (const std::string &text : programs)
            for (const std::vector<const char *> &attributes :
                 std::vector<std::vector<const char *>>{{"wb", "wb"},
                                                        {"wb", "nc"},
                                                        {"wb", "device-ngnre"},
                                                        {"device-gre", "wb"},
                                                        {"device-gre", "device-gre"}})
                for (const char *variant : {"", "vmsa"}) {
                    Both b = run(machine, text, attributes, 100, variant);
                    seen += b.seen.size();
                    allowed += b.allowed.size();
                }
    }
    EXPECT_GT(seen * 3, allowed) << "and shows a good part of it: " << seen << " of " << allowed;
}

RULE_TEST(PlatformStraddle, ShowsEachChoice, "CH-36", "CH-37")
{
    Bench bench;
    const iso_machine machine = machine_of(bench);
    const std::string text = over("", "0:X1=x; uint64_t 0:X2=7; uint64_t 0:X3=7; 0:X4=0;",
                                  " P0 ;\n L0: LDP X2,X3,[X1] ;\n MOV X4,#1 ;", "0:X2;0:X3;0:X4;fault(P0:L0);");
    for (const std::vector<const char *> &attributes :
         std::vector<std::vector<const char *>>{{"wb", "device-gre"}, {"device-gre", "device-gre"}}) {
        Both b = run(machine, text, attributes, 200);
        EXPECT_EQ(b.seen.count("0:X2=0; 0:X3=0; 0:X4=1; ~Fault(P0:L0);"), 1u);
        EXPECT_EQ(b.seen.count("0:X2=7; 0:X3=7; 0:X4=1; ~Fault(P0:L0);"), 1u) << "NOP";
        EXPECT_EQ(b.seen, b.allowed) << "and an Alignment fault";
    }
}

// The second page's descriptor, its hardware update, its fault; tags of the second page.
RULE_TEST(PlatformStraddle, SecondPageIsLookedUp, "CH-32")
{
    Bench bench;
    const iso_machine machine = machine_of(bench);
    const std::string faults = "x;y;fault(P0:L0,x);fault(P0:L0,y);";
    Both b = run(machine, over("", "[PTE(y)]=(valid:0); 0:X1=x; 0:X8=-1;", " P0 ;\n L0: STUR X8,[X1,#4] ;", faults),
                 {"wb"}, 50, "vmsa");
    EXPECT_EQ(b.seen.size(), 1u);
    b = run(machine,
            over("TTHM=HA HD\n", "[PTE(x)]=(db:0,dbm:1); [PTE(y)]=(db:0,dbm:1); 0:X1=x; 0:X8=-1;",
                 " P0 ;\n L0: STUR X8,[X1,#4] ;", faults + "PTE(x);PTE(y);"),
            {"wb"}, 50, "vmsa");
    EXPECT_EQ(b.seen, b.allowed);
    const std::string moves = over(
        "", "[PTE(y)]=(valid:0); 0:X1=x; 0:X8=-1; 1:X1=PTE(y); 1:X2=(oa:PA(y)); 1:X3=x; uint64_t 1:X4;",
        " P0 | P1 ;\n L0: STUR X8,[X1,#4] | STR X2,[X1] ;\n LDUR X9,[X1,#4] | LDR X4,[X3] ;", faults + "1:X4;0:X9;");
    run(machine, moves, {"wb"}, 400, "vmsa");
    const std::string tags = "AArch64 tag\nLayout=x:4080 y:4096\nVariant=memtag,sync\n{ uint64_t x[2]={0,0}; uint64_t "
                             "y[2]={0,0}; [tag(y)]=:red; "
                             "0:X1=x:green; 0:X2=y:red; 0:X0=-1; }\n P0 ;\n L0: STUR X0,[X1,#12] ;\n STG X1,[X2] "
                             ";\nlocations [x;y;fault(P0:L0,y);fault(P0:L0,x);]\nexists (true)\n";
    b = run(machine, tags, {"wb-tagged"}, 100);
    for (const std::string &state : b.seen)
        EXPECT_NE(state.find("Fault(P0:L0,y:green,TagCheck); ~Fault(P0:L0,x);"), std::string::npos) << state;
    b = run(machine, tags, {"wb-tagged", "wb"}, 100);
    EXPECT_EQ(b.seen.size(), 1u) << "an Untagged page checks nothing";
    const std::string st2g = "AArch64 st2g\nLayout=x:4080 y:4096\nVariant=memtag,sync\n{ uint64_t x[2]={1,2}; uint64_t "
                             "y[2]={3,4}; 0:X1=x:red; }\n"
                             " P0 ;\n STZ2G X1,[X1] ;\nlocations [x;y;tag(x);tag(y);]\nexists (true)\n";
    b = run(machine, st2g, {"wb-tagged"}, 50);
    EXPECT_EQ(b.seen, b.allowed);
}
