// Two stages: which outcomes a guest can see while its host changes stage 2, and what becomes of stage-2 faults.
#include "conformance/bench.h"
#include "conformance/explore_case.h"

extern "C" {
#include "models/policy.h"
}

#include <memory>

// A host moves the page behind the guest's x from PA(x) to PA(y), then uses PA(x) for something else (7) through an alias of its own. `tlbi` is
// what stands between the break and the reuse. 7 is what no guest may ever see.
static std::string moved(const std::string &tlbi)
{
    return "AArch64 moved\nGuest=P0\n{ x=1; y=2; h=0; [S2PTE(x)]=(oa:PA(x)); [PTE(h)]=(oa:PA(x)); 0:X1=x; "
           "1:X1=S2PTE(x); "
           "1:X2=S2(oa:PA(y)); 1:X3=PA(x); 1:X5=h; 1:X6=7; }\n P0 | P1 ;\n LDR W0,[X1] | STR XZR,[X1] ;\n LDR W2,[X1] "
           "| DSB "
           "ISH ;\n | LSR X4,X3,#12 ;\n" +
           tlbi + " | STR W6,[X5] ;\n | STR X2,[X1] ;\nexists (0:X0=7 \\/ 0:X2=7)\n";
}

static std::string lines(std::initializer_list<const char *> list)
{
    std::string out;
    for (const char *line : list)
        out += std::string(" | ") + line + " ;\n";
    return out;
}

static explored good(const std::string &text)
{
    explored e = explore_text(text, "");
    EXPECT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_FALSE(e.bounded) << e.reason;
    return e;
}

static const char *const IPA = "TLBI IPAS2E1IS,X4", *const ALL = "TLBI VMALLE1IS", *const DSB = "DSB ISH";

// D8.14: entries of stage 2 alone, then those that combine both stages, a DSB after each.
TEST(Stage2, BreakBeforeMakeHidesTheOldPage)
{
    explored e = good(moved(lines({IPA, DSB, ALL, DSB, "ISB"})));
    EXPECT_EQ(e.states, (std::set<std::string>{"0:X0=1; 0:X2=1;", "0:X0=1; 0:X2=2;", "0:X0=2; 0:X2=2;"}));
    EXPECT_EQ(good(moved(lines({"TLBI VMALLS12E1IS", DSB, "ISB"}))).states, e.states);
    EXPECT_EQ(good(moved(lines({"TLBI ALLE1IS", DSB, "ISB"}))).states, e.states);
}

TEST(Stage2, EachStepOfItIsNeeded)
{
    EXPECT_GT(good(moved(lines({ALL, DSB, "ISB"}))).positive, 0u) << "stage-2 entries are left";
    EXPECT_GT(good(moved(lines({IPA, DSB, "ISB"}))).positive, 0u) << "entries that combine both stages are left";
    EXPECT_GT(good(moved(lines({ALL, DSB, IPA, DSB, "ISB"}))).positive, 0u) << "combined entries may be made anew";
    EXPECT_GT(good(moved(lines({IPA, ALL, DSB, "ISB"}))).positive, 0u) << "nothing says that the first is complete";
    EXPECT_GT(good(moved(lines({IPA, DSB, ALL}))).positive, 0u) << "nothing waits for the second";
    EXPECT_GT(good(moved(lines({"TLBI IPAS2E1,X4", DSB, "TLBI VMALLE1", DSB}))).positive, 0u) << "not broadcast";
}

TEST(Stage2, HostsOwnFormsDoNotReachTheGuest)
{
    EXPECT_GT(good(moved(lines({IPA, DSB, "TLBI VAE1IS,X4", DSB}))).positive, 0u);
    EXPECT_GT(good(moved(lines({IPA, DSB, "TLBI ALLE2IS", DSB}))).positive, 0u);
}

// The guest's own TLBI by address reaches the combined entry, but never the host's stage-2 entries.
TEST(Stage2, GuestsTlbiLeavesStage2)
{
    const char *const text =
        "AArch64 own\nGuest=P0\n{ x=1; y=2; [S2PTE(x)]=(oa:PA(x)); 0:X1=x; 0:X3=f; 1:X1=S2PTE(x); "
        "1:X2=S2(oa:PA(y)); 1:X3=f; 1:X4=1; }\n P0 | P1 ;\n LDR W5,[X3] | STR X2,[X1] ;\n LSR X4,X1,#12 | DSB SY "
        ";\n DSB SY | STR W4,[X3] ;\n TLBI VAE1,X4 | ;\n DSB SY | ;\n ISB | ;\n LDR W0,[X1] | ;\n"
        "exists (0:X5=1 /\\ 0:X0=1)\n";
    EXPECT_GT(good(text).positive, 0u);
}

TEST(Stage2, FaultsAreTakenFromNoStaleEntry)
{
    explored e = good("AArch64 wait\nGuest=P0\n{ x=1; [S2PTE(x)]=(oa:PA(x),valid:0); 0:X1=x; 1:X1=S2PTE(x); "
                      "1:X2=S2(oa:PA(x)); }\n P0 | P1 ;\n LDR W0,[X1] | STR X2,[X1] ;\nexists (0:X0=1)\n");
    EXPECT_EQ(e.states, (std::set<std::string>{"0:X0=1;"}));
    e = good("AArch64 never\nGuest=P0\n{ x=1; [S2PTE(x)]=(oa:PA(x),valid:0); 0:X1=x; }\n P0 ;\n LDR W0,[X1] ;\nexists "
             "(0:X0=1)\n");
    EXPECT_EQ(e.states, (std::set<std::string>{"0:X0=0; NoProgress(P0);"}));
}

TEST(Stage2, HostPutsFlagsRight)
{
    const std::string head =
        "{ x=1; [S2PTE(x)]=(oa:PA(x),af:0,db:0); 0:X1=x; 0:X2=5; }\n P0 ;\n LDR W0,[X1] ;\n STR W2,[X1] "
        ";\nlocations [S2PTE(x);x;]\nexists (0:X0=1)\n";
    EXPECT_EQ(good("AArch64 s\nGuest=P0\n" + head).states,
              (std::set<std::string>{"0:X0=1; [S2PTE(x)]=S2(oa:PA(x)); [x]=5;"}));
    // Hardware does it where VTCR_EL2.HA and HD are set and the descriptor has DBM.
    std::string hardware = head;
    hardware.replace(hardware.find("db:0"), 4, "db:0,dbm:1");
    EXPECT_EQ(good("AArch64 h\nGuest=P0\nTTHM=S2:HD\n" + hardware).states,
              (std::set<std::string>{"0:X0=1; [S2PTE(x)]=S2(oa:PA(x), dbm:1); [x]=5;"}));
}

// The host takes the page of the guest's own table away; what comes before the flag says how much is flushed. P0's first load may leave any entry behind.
static std::string table_taken(const std::string &tlbi)
{
    return "AArch64 table\nGuest=P0\n{ x=1; f=0; [S2PTE(PTE(x))]=(oa:PTE(x)); 0:X1=x; 0:X3=f; 1:X1=S2PTE(PTE(x)); "
           "1:X3=f; "
           "1:X4=PA(PTE(x)); 1:X5=1; }\n P0 | P1 ;\n LDR W0,[X1] | STR XZR,[X1] ;\n LDR W5,[X3] | DSB ISH ;\n DSB SY | "
           "LSR X6,X4,#12 ;\n"
           " ISB | TLBI IPAS2E1IS,X6 ;\n LDR W2,[X1] | DSB ISH ;\n" +
           tlbi + " | STR W5,[X3] ;\nexists (0:X5=1 /\\ 0:X2=1)\n";
}

// D8.14: a stage-1 entry made through the table, and what combines it, outlives the stage-2 entry of the table; VMALLE1 takes it away.
TEST(Stage2, WalksOfTheGuestGoThroughStage2)
{
    EXPECT_GT(good(table_taken("")).positive, 0u);
    explored e = good(table_taken(lines({ALL, DSB})));
    EXPECT_EQ(e.positive, 0u);
    bool waits = false;
    for (const std::string &state : e.states)
        waits |= state.find("NoProgress(P0)") != std::string::npos;
    EXPECT_TRUE(waits) << "the walk's fault is the host's, who never maps the page again";
}

TEST(Stage2, TablesNeedReadAndForUpdatesWritePermission)
{
    const std::string
        head = "AArch64 t\nGuest=P0\nTTHM=P0:HA\n{ x=1; [PTE(x)]=(oa:PA(x),af:0); [S2PTE(PTE(x))]=(oa:PTE(x)",
        tail = "); 0:X1=x; }\n P0 ;\n L0: LDR W0,[X1] ;\nlocations [PTE(x);S2PTE(PTE(x));]\nexists (0:X0=1)\n";
    EXPECT_EQ(good(head + ",db:0" + tail).states,
              (std::set<std::string>{"0:X0=1; [PTE(x)]=(oa:PA(x)); [S2PTE(PTE(x))]=S2(oa:PTE(x));"}))
        << "the handler makes it writable, and logs it";
    EXPECT_EQ(good(head + ",r:0" + tail).states,
              (std::set<std::string>{
                  "0:X0=0; [PTE(x)]=(oa:PA(x), af:0); [S2PTE(PTE(x))]=S2(oa:PTE(x), r:0); Exit(P0:L0,x,EFAULT);"}));
    iso_routing routing = {};
    routing.to[1][ISO_ROUTE_PERMISSION] = ISO_ROUTE_TO_INJECT_ABORT;
    EXPECT_EQ(explore_routed(routing, head + ",db:0" + tail).states,
              (std::set<std::string>{"0:X0=0; [PTE(x)]=(oa:PA(x), af:0); [S2PTE(PTE(x))]=S2(oa:PTE(x), db:0);"}));
}

// RKTSYP, CH-11.
TEST(Stage2, TablesInDeviceMemoryAreWalkedUnlessProtected)
{
    const std::string body =
        "{ x=1; [S2PTE(PTE(x))]=(oa:PTE(x),memattr:1); 0:X1=x; }\n P0 ;\n L0: LDR W0,[X1] ;\nexists (0:X0=1)\n";
    EXPECT_EQ(good("AArch64 d\nGuest=P0\n" + body).states, (std::set<std::string>{"0:X0=1;"}));
    EXPECT_EQ(good("AArch64 d\nGuest=P0\nVariant=ptw\n" + body).states,
              (std::set<std::string>{"0:X0=0; Exit(P0:L0,x,EFAULT);"}));
}

TEST(Stage2, TablesDoNotMove)
{
    explored e = explore_text("AArch64 m\nGuest=P0\n{ x=1; y=2; [S2PTE(PTE(x))]=(oa:PA(y)); 0:X1=x; }\n P0 ;\n LDR "
                              "W0,[X1] ;\nexists (0:X0=1)\n",
                              "");
    EXPECT_NE(e.status, 0);
    EXPECT_NE(e.diagnostic.find("tables do not move"), std::string::npos) << e.diagnostic;
    e = explore_text(
        "AArch64 m\n{ x=1; [S2PTE(PTE(x))]=(oa:PTE(x)); 0:X1=x; }\n P0 ;\n LDR W0,[X1] ;\nexists (0:X0=1)\n", "");
    EXPECT_NE(e.diagnostic.find("S2PTE(PTE(x)) in a test without a guest"), std::string::npos) << e.diagnostic;
}

struct routed {
    const char *name;
    iso_route route;
    std::set<std::string> states;
};

void PrintTo(const routed &r, std::ostream *out)
{
    *out << r.name;
}

class Routes : public testing::TestWithParam<routed>
{
};

TEST_P(Routes, SaysWhatTheProgramSees)
{
    iso_routing routing = {};
    routing.to[1][ISO_ROUTE_TRANSLATION] = GetParam().route;
    explored e = explore_routed(
        routing,
        "AArch64 r\nGuest=P0,P2\n{ x=1; y=0; [S2PTE(x)]=(oa:PA(x),valid:0); 0:X1=x; 0:X3=y; 0:X2=1; 1:X3=y; "
        "2:X3=y; }\n P0 | P1 | P2 ;\n L0: LDR W0,[X1] | LDR W4,[X3] | LDR W5,[X3] ;\n STR W2,[X3] | | ;\nlocations "
        "[1:X4;2:X5;]\nexists (fault(P0:L0,x))\n");
    ASSERT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_EQ(e.states, GetParam().states);
}

INSTANTIATE_TEST_SUITE_P(
    Stage2, Routes,
    testing::Values(
        routed{"Fault", ISO_ROUTE_TO_FAULT, {"1:X4=0; 2:X5=0; Fault(P0:L0,x,D-MMU:Translation);"}},
        routed{"BusError", ISO_ROUTE_TO_BUS_OBJERR, {"1:X4=0; 2:X5=0; Signal(P0:L0,x,SIGBUS:BUS_OBJERR);"}},
        routed{"AccessError", ISO_ROUTE_TO_SEGV_ACCERR, {"1:X4=0; 2:X5=0; Signal(P0:L0,x,SIGSEGV:SEGV_ACCERR);"}},
        routed{"Abort", ISO_ROUTE_TO_INJECT_ABORT, {"1:X4=0; 2:X5=0; Fault(P0:L0,x,ExternalAbort);"}},
        routed{"MachineCheck", ISO_ROUTE_TO_BUS_MCEERR_AR, {"1:X4=0; 2:X5=0; Signal(P0:L0,x,SIGBUS:BUS_MCEERR_AR);"}},
        routed{"BusErrorWithoutCode", ISO_ROUTE_TO_BUS_0, {"1:X4=0; 2:X5=0; Signal(P0:L0,x,SIGBUS:0);"}},
        routed{"ExitForSea", ISO_ROUTE_TO_EXIT_ARM_SEA, {"1:X4=0; 2:X5=0; Exit(P0:L0,x,ARM_SEA);"}},
        routed{"Panic", ISO_ROUTE_TO_PANIC, {"Panic(host);"}},
        routed{"Kill", ISO_ROUTE_TO_KILL_VM, {"1:X4=0; Killed(VM);"}},
        routed{"Exit", ISO_ROUTE_TO_EXIT_EFAULT, {"1:X4=0; 2:X5=0; Exit(P0:L0,x,EFAULT);"}},
        routed{"Retry", ISO_ROUTE_TO_RETRY, {"1:X4=0; 2:X5=0; ~Fault(P0:L0,x); NoProgress(P0);"}}),
    [](const testing::TestParamInfo<routed> &i) { return std::string(i.param.name); });

static iso_machine one_tier(const Bench &bench)
{
    iso_machine machine;
    iso_machine_init(&machine);
    machine.ntiers = 1;
    machine.tiers[0] = bench.tier;
    machine.features = bench.cpu;
    return machine;
}

// The final type is made by both stages: an unaligned load faults once stage 2 says Device, and is then the host's matter.
TEST(Stage2, MemAttrMakesTheFinalType)
{
    Bench bench;
    iso_machine machine = one_tier(bench);
    auto with = [&](const std::string &memattr) {
        return explore_routed({},
                              "AArch64 d\nGuest=P0\n{ int64_t x=1; [S2PTE(x)]=(oa:PA(x)" + memattr +
                                  "); 0:X1=x; }\n P0 ;\n L0: LDR W0,[X1,#1] ;\nexists (0:X0=0)\n",
                              &machine, "wb")
            .states;
    };
    EXPECT_EQ(with(""), (std::set<std::string>{"0:X0=0;"}));
    EXPECT_EQ(with(",memattr:5"), (std::set<std::string>{"0:X0=0;"}));
    EXPECT_TRUE(with(",memattr:1").count("0:X0=0; Exit(P0:L0,x+1,EFAULT);"));
}

// A program that has a handler gets its signals there, and goes on.
TEST(Stage2, SignalsAreDelivered)
{
    iso_routing routing = {};
    routing.to[0][ISO_ROUTE_TRANSLATION] = ISO_ROUTE_TO_BUS_MCEERR_AR;
    const std::string text =
        "AArch64 s\n{ x=1; [PTE(x)]=(oa:PA(x),valid:0); 0:X1=x; }\n P0 | P0.F ;\n MOV W3,#0 | MOV W3,#5 ;\n"
        " L0: LDR W0,[X1] | ;\n MOV W4,#1 | ;\nlocations [0:X3;0:X4;]\nexists (0:X3=5)\n";
    EXPECT_EQ(explore_routed(routing, "AArch64 s\nVariant=vmsa\n" + text.substr(text.find('{'))).states,
              (std::set<std::string>{"0:X3=5; 0:X4=0; Signal(P0:L0,x,SIGBUS:BUS_MCEERR_AR);"}));
}

// The host beside a guest is no program: what becomes of its faults is the third row's matter.
TEST(Stage2, TheHostsOwnFaultsAreTheKernels)
{
    iso_routing routing = {};
    routing.to[0][ISO_ROUTE_TRANSLATION] = ISO_ROUTE_TO_BUS_OBJERR;
    routing.to[ISO_ROUTE_KERNEL - 1][ISO_ROUTE_TRANSLATION] = ISO_ROUTE_TO_PANIC;
    const std::string head = "AArch64 h\nGuest=P0\n",
                      body = "{ x=1; y=2; [PTE(x)]=(oa:PA(x),valid:0); 0:X1=y; 1:X1=x; }\n P0 | P1 ;\n"
                             " A: LDR W0,[X1] | LDR W2,[X1] ;\n B: | ;\nexists (0:X0=2)\n";
    EXPECT_EQ(explore_routed(routing, head + body).states, (std::set<std::string>{"Panic(host);"}));
    const std::string own =
        "{ x=1; y=2; [PTE(x)]=(oa:PA(x),valid:0); 0:X1=x; 1:X1=y; }" + body.substr(body.find('}') + 1);
    EXPECT_EQ(explore_routed(routing, head + own).states,
              (std::set<std::string>{"0:X0=0; Signal(P0:A,x,SIGBUS:BUS_OBJERR);"}));
    EXPECT_EQ(explore_routed(routing, head + "Host=P0:A:B\n" + own).states, (std::set<std::string>{"Panic(host);"}))
        << "an exit of the guest";
}

// S7, E.2 P20: unaligned accesses to Device memory done by a handler, byte by byte; exclusives and atomics are not, and neither is single-copy atomicity.
TEST(Stage2, EmulationTearsWhatItDoes)
{
    Bench bench;
    iso_machine machine = one_tier(bench);
    iso_routing routing = {};
    routing.to[0][ISO_ROUTE_ALIGNMENT] = ISO_ROUTE_TO_EMULATE;
    auto states = [&](const char *insn) {
        return explore_routed(
                   routing,
                   std::string(
                       "AArch64 e\n{ int64_t x=0; int64_t 1:X3; 0:X1=x; 0:X2=-1; 1:X1=x; }\n P0 | P1 ;\n L0: ") +
                       insn + " | LDR X3,[X1] ;\nexists (1:X3=1)\n",
                   &machine, "device-ngnre")
            .states;
    };
    std::set<std::string> store = states("STRH W2,[X1,#1]");
    EXPECT_EQ(store, (std::set<std::string>{"1:X3=0;", "1:X3=16711680;", "1:X3=16776960;", "1:X3=65280;"}));
    EXPECT_EQ(states("LDRH W3,[X1,#1]"), (std::set<std::string>{"1:X3=0;"}));
    EXPECT_EQ(states("DC ZVA,X1"), (std::set<std::string>{"1:X3=0;"}));
    bool faults = false;
    for (const std::string &s : states("LDADDH W2,W3,[X1]"))
        faults |= s.find("Alignment") != std::string::npos;
    EXPECT_FALSE(faults) << "aligned";
}

TEST(Stage2, PolicysReactionsAreRoutes)
{
    iso_policy_rule rule = {};
    iso_policy_reaction reaction[ISO_POLICY_EVENT_COUNT] = {};
    iso_routing routing;
    reaction[ISO_POLICY_EVENT_ABORT35] = {&rule, ISO_POLICY_KILL_VM, ISO_POLICY_ERRNO_NONE, ISO_POLICY_DETAIL_NONE};
    reaction[ISO_POLICY_EVENT_TAG_ACCESS] = {&rule, ISO_POLICY_EXIT, ISO_POLICY_ERRNO_NONE,
                                             ISO_POLICY_DETAIL_TAGACCESS};
    reaction[ISO_POLICY_EVENT_ALIGNMENT] = {&rule, ISO_POLICY_SIGNAL, ISO_POLICY_ERRNO_NONE,
                                            ISO_POLICY_DETAIL_SIGBUS_ADRALN};
    iso_routing_of_reactions(&routing, reaction, true);
    EXPECT_EQ(iso_route_find(&routing, 2, ISO_ROUTE_UNSUPPORTED), ISO_ROUTE_TO_KILL_VM);
    EXPECT_EQ(iso_route_find(&routing, 2, ISO_ROUTE_TAG_ACCESS), ISO_ROUTE_TO_EXIT_MEMORY_FAULT);
    EXPECT_EQ(iso_route_find(&routing, 1, ISO_ROUTE_UNSUPPORTED), ISO_ROUTE_TO_FAULT);
    EXPECT_EQ(iso_route_find(&routing, 2, ISO_ROUTE_TRANSLATION), ISO_ROUTE_TO_RETRY)
        << "the policy says nothing of it";
    EXPECT_EQ(iso_route_find(&routing, ISO_ROUTE_KERNEL, ISO_ROUTE_EXTERNAL), ISO_ROUTE_TO_FAULT);
    reaction[ISO_POLICY_EVENT_KERNEL_ABORT] = {&rule, ISO_POLICY_SIGNAL, ISO_POLICY_ERRNO_NONE,
                                               ISO_POLICY_DETAIL_PANIC};
    reaction[ISO_POLICY_EVENT_SERROR] = reaction[ISO_POLICY_EVENT_KERNEL_ABORT];
    reaction[ISO_POLICY_EVENT_EXTERNAL_ABORT] = {&rule, ISO_POLICY_EXIT, ISO_POLICY_ERRNO_NONE,
                                                 ISO_POLICY_DETAIL_ARM_SEA};
    iso_routing_of_reactions(&routing, reaction, true);
    EXPECT_EQ(iso_route_find(&routing, ISO_ROUTE_KERNEL, ISO_ROUTE_EXTERNAL), ISO_ROUTE_TO_PANIC);
    EXPECT_EQ(iso_route_find(&routing, ISO_ROUTE_KERNEL, ISO_ROUTE_ALIGNMENT), ISO_ROUTE_TO_FAULT);
    EXPECT_EQ(iso_route_find(&routing, 2, ISO_ROUTE_SERROR), ISO_ROUTE_TO_PANIC);
    EXPECT_EQ(iso_route_find(&routing, 2, ISO_ROUTE_EXTERNAL), ISO_ROUTE_TO_EXIT_ARM_SEA);
    reaction[ISO_POLICY_EVENT_ALIGNMENT] = {&rule, ISO_POLICY_RETRY, ISO_POLICY_ERRNO_NONE, ISO_POLICY_DETAIL_EMULATE};
    iso_routing_of_reactions(&routing, reaction, true);
    EXPECT_EQ(iso_route_find(&routing, 2, ISO_ROUTE_ALIGNMENT), ISO_ROUTE_TO_EMULATE);
    reaction[ISO_POLICY_EVENT_ALIGNMENT] = {&rule, ISO_POLICY_SIGNAL, ISO_POLICY_ERRNO_NONE,
                                            ISO_POLICY_DETAIL_SIGBUS_ADRALN};
    iso_routing_of_reactions(&routing, reaction, false);
    EXPECT_EQ(iso_route_find(&routing, 1, ISO_ROUTE_ALIGNMENT), ISO_ROUTE_TO_BUS_ADRALN);
    EXPECT_EQ(iso_route_find(&routing, 2, ISO_ROUTE_UNSUPPORTED), ISO_ROUTE_TO_INJECT_0X35);
}

TEST(Stage2, RoutesHaveNamesOfTheirOwn)
{
    for (unsigned i = 0; i < ISO_ROUTE_TO_COUNT; i++) {
        iso_route found;
        ASSERT_TRUE(iso_route_parse(&found, iso_route_name(static_cast<iso_route>(i))));
        EXPECT_EQ(found, i);
    }
    for (unsigned i = 0; i < ISO_ROUTE_CAUSE_COUNT; i++) {
        iso_route_cause found;
        ASSERT_TRUE(iso_route_cause_parse(&found, iso_route_cause_name(static_cast<iso_route_cause>(i))));
        EXPECT_EQ(found, i);
        EXPECT_NE(iso_route_find(std::make_unique<iso_routing>().get(), 2, found), ISO_ROUTE_TO_DEFAULT);
    }
}

TEST(Stage2, TextIsReadBack)
{
    iso_s2pte a = {true, true, true, false, true, true, 5, 3, UINT64_C(0x915a500000)}, b;
    iso_s2pte_decode(&b, iso_s2pte_encode(&a));
    EXPECT_TRUE(iso_s2pte_is(iso_s2pte_encode(&a)));
    EXPECT_EQ(iso_s2pte_encode(&a), iso_s2pte_encode(&b));
    EXPECT_FALSE(b.write);
    EXPECT_EQ(b.memattr, 5);
}
