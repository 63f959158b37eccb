// Features and choices of translation that the machine's CPUs have: does each hold in both engines, unless the scenario says otherwise?
#include "conformance/both_engines.h"
#include "conformance/explore_case.h"
#include "conformance/platform_run.h"

// P0 stores x, then finds y unmapped; P1 maps y, then finds x as it was. FEAT_ETS2 orders the store before the table read that the fault comes from (facts 8).
TEST(ChoicesFeatures, TranslationSynchronisation)
{
    const std::string text =
        "AArch64 sb\nVariant=vmsa,fatal\n{ int x=0; int y=0; [PTE(y)]=(valid:0); 0:X0=x; 0:X1=y; 0:X2=1; 1:X0=x; "
        "1:X3=PTE(y); 1:X4=(oa:PA(y)); }\n P0 | P1 ;\n STR W2,[X0] | STR X4,[X3] ;\n L0: LDR W3,[X1] | DMB SY ;\n"
        " | LDR W5,[X0] ;\nexists (fault(P0:L0,y) /\\ 1:X5=0)\n";
    for (int level : std::initializer_list<int>{ISO_ETS_0, ISO_ETS_2, ISO_ETS_3, ISO_VALUE_FREE}) {
        Bench bench;
        bench.knob(ISO_CPU_ETS, level);
        const bool ordered = level == ISO_ETS_2 || level == ISO_ETS_3;
        EXPECT_EQ(both(bench, "wb", text, "vmsa", 100).positive_allowed > 0, !ordered) << level;
        EXPECT_EQ(both(bench, "wb", text, "vmsa,ets2", 50).positive_allowed, 0u) << "the scenario says so";
    }
    Bench lacking;
    lacking.knob(ISO_CPU_ETS, ISO_ETS_2);
    const std::string permission =
        "AArch64 sb\nVariant=vmsa,fatal\n{ int x=0; int y=0; [PTE(y)]=(db:0); 0:X0=x; 0:X1=y; 0:X2=1; 1:X0=x; "
        "1:X3=PTE(y); 1:X4=(oa:PA(y)); }\n P0 | P1 ;\n STR W2,[X0] | STR X4,[X3] ;\n L0: STR W2,[X1] | DMB SY ;\n"
        " | LDR W5,[X0] ;\nexists (fault(P0:L0,y) /\\ 1:X5=0)\n";
    EXPECT_GT(both(lacking, "wb", permission, "vmsa", 50).positive_allowed, 0u) << "ETS2: not of every MMU fault";
}

// AT has the permissions of EL0 where it runs there, and AT S1E0* everywhere; what no descriptor of the test is about EL0 cannot reach (D1.4.2, C5.5).
TEST(ChoicesFeatures, AddressTranslationAtEachLevel)
{
    const struct {
        const char *level, *operation, *start, *par;
    } cases[] = {{"EL0=P0\n", "S1E1R", "x", "f:1"}, {"", "S1E1R", "x", "oa:PA(x)"},
                 {"", "S1E0R", "x", "f:1"},         {"EL0=P0\n", "S1E1W", "y", "oa:PA(y)"},
                 {"", "S1E0W", "y", "oa:PA(y)"},    {"", "S1E1R", "PTE(x)", "oa:PA()"},
                 {"", "S1E0R", "PTE(x)", "f:1"},    {"EL0=P0\n", "S1E1R", "PTE(x)", "f:1"}};
    for (const auto &c : cases) {
        const std::string text = std::string("AArch64 at\nVariant=vmsa\n") + c.level +
                                 "{ [PTE(x)]=(el0:0); y=0; 0:X1=" + c.start + "; }\n P0 ;\n AT " + c.operation +
                                 ",X1 ;\n ISB ;\n MRS X2,PAR_EL1 ;\nlocations [0:X2;]\nexists (y=0)\n";
        const std::string expected = std::string("0:X2=(parel1_t:(") + c.par + ")); [y]=0;";
        EXPECT_EQ(platform_run(text, 4).seen[expected], 4u) << text;
        explored e = explore_text(text, "");
        EXPECT_EQ(e.states, std::set<std::string>{expected}) << text << e.diagnostic;
    }
}

// A scenario's TTHM= asks hardware to update descriptors: CPUs that cannot leave it to software, whose fault it is.
RULE_TEST(ChoicesFeatures, HardwareUpdates, "CH-49")
{
    auto text = [](const char *tthm, const char *fields) {
        return std::string("AArch64 hw\nTTHM=") + tthm + "\nVariant=vmsa,fatal\n{ int x=0; [PTE(x)]=(" + fields +
               "); 0:X1=x; 0:X2=1; }\n P0 ;\n STR W2,[X1] ;\nlocations [x;fault(P0,x);]\n";
    };
    const struct {
        const char *tthm, *fields;
        int level;
        const char *fault; // NULL: it is put right
    } cases[] = {
        {"HA HD", "af:0", ISO_HAFDBS_AF_DB, nullptr},         {"HA HD", "af:0", ISO_HAFDBS_AF, nullptr},
        {"HA HD", "af:0", ISO_HAFDBS_NO, "AccessFlag"},       {"HA", "af:0", ISO_HAFDBS_NO, "AccessFlag"},
        {"HA HD", "db:0,dbm:1", ISO_HAFDBS_AF_DB, nullptr},   {"HA HD", "db:0,dbm:1", ISO_HAFDBS_AF, "Permission"},
        {"HA HD", "db:0,dbm:1", ISO_HAFDBS_NO, "Permission"},
    };
    for (const auto &one : cases) {
        Bench bench;
        bench.knob(ISO_CPU_HAFDBS, one.level);
        Both b = both(bench, "wb", text(one.tthm, one.fields), "vmsa", 50);
        ASSERT_EQ(b.allowed.size(), 1u) << one.fields << one.level;
        EXPECT_EQ(b.allows("[x]=1; ~Fault(P0,x);"), one.fault ? 0u : 1u) << one.fields << one.level;
        EXPECT_EQ(b.allows(one.fault ? one.fault : "~Fault"), 1u) << one.fields << one.level;
        EXPECT_EQ(b.seen, b.allowed) << one.fields << one.level;
    }
}

// The same of stage 2, whose Access flag hardware may set for nothing (CH-49): software sets it for accesses alone.
TEST(ChoicesFeatures, HardwareUpdatesOfStageTwo)
{
    const char *text = "AArch64 hw\nGuest=P0\nTTHM=S2:HA\nVariant=vmsa,fatal\n{ int x=0; [S2PTE(x)]=(oa:PA(x),af:0); "
                       "0:X1=x; 0:X2=1; }\n P0 ;\n NOP ;\nlocations [S2PTE(x);]\n";
    for (bool has : {false, true}) {
        Bench bench;
        bench.knob(ISO_CPU_HAFDBS, has ? ISO_HAFDBS_AF : ISO_HAFDBS_NO);
        EXPECT_EQ(both(bench, "wb", text, "vmsa", 50).allowed.size(), has ? 2u : 1u);
    }
}

namespace
{

// Outcomes of an atomic that a CPU reports as unsupported where its page is Non-shareable.
struct Shared {
    bool performed, refused;
};
Shared shares(const Both &b)
{
    EXPECT_EQ(b.seen, b.allowed);
    return {b.allows("[x]=1; ~Fault(P0,x);") > 0, b.allows("[x]=0; Fault(P0,x,D-MMU:Exclusive);") > 0};
}

Bench refusing()
{
    Bench bench;
    bench.knob(ISO_CPU_NSH_ATOMIC, ISO_NSH_ATOMIC_ABORT35).knob(ISO_CPU_ABORT35_STAGE, ISO_STAGE_CAUSE);
    return bench;
}

} // namespace

// A descriptor that the program gives the reserved Shareability 01 is Non-, Inner or Outer Shareable, the same each time; one that says so is what it says.
RULE_TEST(ChoicesFeatures, ReservedShareability, "CH-02")
{
    for (const char *type : {"", ",attrs:(Normal)", ",attrs:(Normal,ISH,iWB,oWB)"})
        for (const char *flip : {"#0x200", "#0x300", "#0x100"}) { // of 11: 01, 00, 10
            const std::string text =
                std::string("AArch64 sh\nVariant=vmsa,fatal\n{ int x=0; [PTE(x)]=(oa:PA(x)") + type +
                "); 0:X0=x; 0:X2=1; 0:X3=PTE(x); }\n P0 ;\n LDR X5,[X3] ;\n EOR X5,X5," + flip +
                " ;\n STR XZR,[X3] ;\n DSB ISH ;\n LSR X9,X0,#12 ;\n TLBI VAAE1IS,X9 ;\n DSB ISH ;\n STR X5,[X3] ;\n"
                " DSB ISH ;\n ISB ;\n LDADD W2,W4,[X0] ;\nlocations [x;fault(P0,x);]\n";
            const Shared shown = shares(both(refusing(), "wb", text, "vmsa", 100));
            EXPECT_EQ(shown.refused, flip != std::string("#0x100")) << type << flip;
            EXPECT_EQ(shown.performed, flip != std::string("#0x300")) << type << flip;
        }
}

// What stage 2 lifts from Non-cacheable to Write-Back counts for as shareable as stage 1 says, or for Outer Shareable.
RULE_TEST(ChoicesFeatures, ShareabilityOfALiftedPage, "CH-05")
{
    const char *text =
        "AArch64 sh\nGuest=P0\nVariant=vmsa,fwb,fatal\n{ int x=0; "
        "[PTE(x)]=(oa:PA(x),attrs:(Normal,NSH,iNC,oNC)); [S2PTE(x)]=(oa:PA(x),memattr:6,valid:0); 0:X0=x; "
        "0:X2=1; 1:X3=S2PTE(x); }\n P0 | P1 ;\n LDADD W2,W4,[X0] | LDR X5,[X3] ;\n"
        " | BIC X5,X5,#0x300 ;\n | ORR X5,X5,#1 ;\n | STR X5,[X3] ;\nlocations [x;fault(P0,x);]\n";
    for (int input : std::initializer_list<int>{ISO_SHARE_INPUT_CONFIGURED, ISO_SHARE_INPUT_OSH, ISO_VALUE_FREE}) {
        Bench bench = refusing();
        bench.knob(ISO_CPU_SHARE_INPUT, input);
        const Shared shown = shares(both(bench, "wb", text, "vmsa,fwb", 100));
        EXPECT_EQ(shown.refused, input != ISO_SHARE_INPUT_OSH) << input;
        EXPECT_EQ(shown.performed, input != ISO_SHARE_INPUT_CONFIGURED) << input;
    }
}
