// Are the choices that translation leaves to an implementation, or leaves open each time, explored as the architecture says?
#include "conformance/bench.h"
#include "conformance/explore_case.h"

namespace
{

explored on(const Bench &bench, const std::string &text, const char *variant = "")
{
    static iso_machine machine; // large
    iso_machine_init(&machine);
    machine.ntiers = 1;
    machine.tiers[0] = bench.tier;
    machine.features = bench.cpu;
    explored e = explore_on(&machine, "wb", text, variant);
    EXPECT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_FALSE(e.bounded) << e.reason;
    return e;
}

size_t with(const explored &e, const std::string &part)
{
    return static_cast<size_t>(std::count_if(e.states.begin(), e.states.end(), [&](const std::string &state) {
        return state.find(part) != std::string::npos;
    }));
}

// Maintenance of x, twice, under a descriptor; `info` and `rest` are lines of the header and of the initial state.
std::string maintenance(const char *operation, const char *descriptor, const char *info = "")
{
    return std::string("AArch64 m\nVariant=vmsa,faultToNext\n") + info + "{ [PTE(x)]=(oa:PA(x)," + descriptor +
           "); 0:X1=x; }\n P0 ;\n L0: " + operation + ",X1 ;\n L1: " + operation +
           ",X1 ;\nlocations [fault(P0:L0,x);fault(P0:L1,x);]\n";
}

const char *const EL0 = "EL0=P0\n";

RULE_TEST(ExploreTranslation, MaintenanceTakesTranslationFaultsOfDataCaches, "CH-63")
{
    for (const char *operation : {"DC CIVAC", "DC CVAC", "DC IVAC", "DC CVAU"}) {
        explored e = on(Bench(), maintenance(operation, "valid:0"));
        EXPECT_EQ(e.states.size(), 1u) << operation;
        EXPECT_EQ(with(e, "~Fault"), 0u) << operation;
    }
    explored e = on(Bench(), maintenance("DC CVAC", "el0:0", EL0));
    EXPECT_EQ(e.states.size(), 1u);
    EXPECT_EQ(with(e, "~Fault"), 0u);
    e = on(Bench(), maintenance("DC IVAC", "db:0"));
    EXPECT_EQ(with(e, "~Fault"), 0u);
}

// What one implementation does once, it does each time.
RULE_TEST(ExploreTranslation, MaintenanceMayTakeOtherFaults, "CH-63")
{
    const struct {
        std::string text;
        enum iso_cpu_key key;
    } cases[] = {{maintenance("DC CVAC", "af:0"), ISO_CPU_MAINTENANCE_AF},
                 {maintenance("IC IVAU", "af:0"), ISO_CPU_MAINTENANCE_AF},
                 {maintenance("IC IVAU", "valid:0"), ISO_CPU_IC_TRANSLATION},
                 {maintenance("IC IVAU", "el0:0", EL0), ISO_CPU_IC_PERMISSION}};
    for (const auto &c : cases) {
        Bench bench;
        explored e = on(bench, c.text);
        EXPECT_EQ(e.states.size(), 2u) << c.text;
        EXPECT_EQ(with(e, "~Fault(P0:L0,x); ~Fault(P0:L1,x);"), 1u) << c.text;
        EXPECT_EQ(with(e, "~Fault"), 1u) << c.text;
        bench.knob(c.key, ISO_PERFORM_FAULT_FAULT);
        EXPECT_EQ(with(on(bench, c.text), "~Fault"), 0u) << c.text;
        bench.knob(c.key, ISO_PERFORM_FAULT_PERFORM);
        EXPECT_EQ(on(bench, c.text).states, (std::set<std::string>{"~Fault(P0:L0,x); ~Fault(P0:L1,x);"})) << c.text;
        EXPECT_EQ(explore_text(c.text, "").states.size(), 1u) << c.text;
    }
}

// Stage 2: the host's Access flag is the same choice; permission to read is asked at EL0 alone, to write by DC IVAC.
RULE_TEST(ExploreTranslation, MaintenanceOfAGuest, "CH-63")
{
    const auto guest = [](const char *operation, const char *descriptor, const char *info) {
        return std::string("AArch64 m\nGuest=P0\n") + info + "{ [S2PTE(x)]=(oa:PA(x)," + descriptor +
               "); 0:X1=x; }\n P0 ;\n " + operation + ",X1 ;\n MOV W2,#1 ;\nlocations [0:X2;[S2PTE(x)];]\n";
    };
    Bench bench;
    const std::string aged = guest("DC CVAC", "af:0", "");
    EXPECT_EQ(on(bench, aged).states.size(), 2u);
    bench.knob(ISO_CPU_MAINTENANCE_AF, ISO_PERFORM_FAULT_FAULT);
    EXPECT_EQ(with(on(bench, aged), "af:0"), 0u) << "the host has set it";
    bench.knob(ISO_CPU_MAINTENANCE_AF, ISO_PERFORM_FAULT_PERFORM);
    EXPECT_EQ(with(on(bench, aged), "af:0"), 1u);
    EXPECT_EQ(with(on(bench, guest("DC IVAC", "db:0", "")), "db:0"), 0u);
    EXPECT_EQ(with(on(bench, guest("DC CIVAC", "db:0", "")), "db:0"), 1u);
}

// One access under TTHM; `access` may use X1=x, W2=1. The final state shows its descriptor.
std::string access(const char *tthm, const char *descriptor, const std::string &code, const char *info = "")
{
    return std::string("AArch64 u\nVariant=vmsa,faultToNext\nTTHM=P0:") + tthm + "\n" + info +
           "{ uint64_t x; [PTE(x)]=(oa:PA(x)," + descriptor + "); 0:X1=x; 0:X2=1; }\n P0 ;\n L0: " + code +
           " ;\nlocations [[PTE(x)];fault(P0:L0,x);]\n";
}

// By what the key says, the states in which hardware has left the flag (`left` is what shows it) and in which it has not.
void expect_choice(const Bench &start, const std::string &text, const char *left, const char *variant = "")
{
    Bench bench = start;
    explored e = on(bench, text, variant);
    EXPECT_GT(with(e, left), 0u) << text;
    EXPECT_LT(with(e, left), e.states.size()) << text;
    bench.knob(ISO_CPU_TABLE_UPDATE, ISO_TABLE_UPDATE_YES);
    EXPECT_EQ(with(on(bench, text, variant), left), 0u) << text;
    bench.knob(ISO_CPU_TABLE_UPDATE, ISO_TABLE_UPDATE_NO);
    e = on(bench, text, variant);
    EXPECT_EQ(with(e, left), e.states.size()) << text;
}

RULE_TEST(ExploreTranslation, AccessFlagOfWhatNeedsNone, "CH-49")
{
    expect_choice(Bench(), access("HA", "af:0,db:0", "STR X2,[X1]"), "af:0");
    expect_choice(Bench(), access("HA", "af:0", "AT S1E1R,X1"), "af:0");
    expect_choice(Bench(), access("HA", "af:0", "DC CVAC,X1"), "af:0");
    EXPECT_EQ(with(on(Bench(), access("HA", "af:0", "LDR X3,[X1]")), "af:0"), 0u) << "an access needs it";
    EXPECT_EQ(with(on(Bench(), access("HA", "af:0,valid:0", "LDR X3,[X1]")), "valid:0, af:0") +
                  with(on(Bench(), access("HA", "af:0,valid:0", "LDR X3,[X1]")), "af:0, valid:0"),
              1u);
}

RULE_TEST(ExploreTranslation, DirtyStateOfWhatDoesNotWrite, "CH-49")
{
    Bench bench;
    expect_choice(bench, access("HD", "db:0,dbm:1,attrs:(Device-nGnRE)", "STR X2,[X1,#1]"), "db:0");
    EXPECT_EQ(with(on(bench, access("HD", "db:0,dbm:1", "STR X2,[X1,#8]")), "db:0"), 0u) << "it writes";
    explored e = on(bench, access("HD", "db:0,dbm:1", "CAS X2,X2,[X1]"));
    EXPECT_GT(with(e, "db:0"), 0u);
    EXPECT_LT(with(e, "db:0"), e.states.size());
    bench.knob(ISO_CPU_TABLE_UPDATE, ISO_TABLE_UPDATE_YES);
    EXPECT_EQ(with(on(bench, access("HD", "db:0,dbm:1", "CAS X2,X2,[X1]")), "db:0"), 0u);
}

RULE_TEST(ExploreTranslation, DirtyStateOfAFailingStoreExclusive, "CH-49")
{
    const std::string text = access("HD", "db:0,dbm:1", "STXR W3,X2,[X1]");
    explored e = on(Bench(), text);
    EXPECT_EQ(e.states.size(), 2u);
    EXPECT_EQ(with(e, "db:0"), 1u);
}

RULE_TEST(ExploreTranslation, DirtyStateOfTagsThatAreIgnored, "CH-49")
{
    expect_choice(Bench(), access("HD", "db:0,dbm:1,attrs:(Normal)", "STG X1,[X1]", "Variant=memtag\n"), "db:0",
                  "memtag");
}

// P0 loads through x's descriptor, which P1 rewrites; `before` is what P1 does between.
std::string rewritten(const char *descriptor, const std::string &before = "", const std::string &more = "")
{
    return std::string("AArch64 c\nVariant=vmsa,faultToNext\n{ x=1; y=2; 0:X1=x; 1:X2=0; 1:X3=") + descriptor +
           "; 1:X4=PTE(x); 1:X5=x; " + more + "}\n P0 | P1 ;\n L0: LDR W2,[X1] | " + before +
           "STR X3,[X4] ;\n MOV W5,#3 | ;\n L1: STR W5,[X1] | ;\nlocations "
           "[0:X2;x;y;fault(P0:L0,x);fault(P0:L1,x);]\n";
}

const char *const MOVED = "(oa:PA(y))", *const MOVED_READ_ONLY = "(oa:PA(y),db:0)";

RULE_TEST(ExploreTranslation, TwoEntriesWithoutBreakBeforeMake, "CH-50")
{
    Bench bench;
    const explored all = on(bench, rewritten(MOVED_READ_ONLY));
    EXPECT_GT(with(all, "TLBConflict"), 0u);
    EXPECT_GT(with(all, "[y]=3;"), 0u) << "the new page with the old permission";
    EXPECT_GT(with(all, "0:X2=1; [x]=1; [y]=2; Fault(P0:L1,x,D-MMU:Permission)"), 0u);

    bench.knob(ISO_CPU_TLB_CONFLICT, ISO_TLB_CONFLICT_ONE);
    const explored one = on(bench, rewritten(MOVED_READ_ONLY));
    EXPECT_EQ(one.states, explore_text(rewritten(MOVED_READ_ONLY), "").states) << "the litmus tools know old and new";
    EXPECT_EQ(with(one, "TLBConflict") + with(one, "[y]=3;"), 0u);
    bench.knob(ISO_CPU_TLB_CONFLICT, ISO_TLB_CONFLICT_AMALGAM);
    const explored amalgam = on(bench, rewritten(MOVED_READ_ONLY));
    EXPECT_EQ(with(amalgam, "TLBConflict"), 0u);
    EXPECT_GT(with(amalgam, "[y]=3;"), 0u);
    bench.knob(ISO_CPU_TLB_CONFLICT, ISO_TLB_CONFLICT_ABORT);
    const explored abort = on(bench, rewritten(MOVED_READ_ONLY));
    EXPECT_GT(with(abort, "TLBConflict"), 0u);
    EXPECT_EQ(with(abort, "[y]=3;"), 0u);
    for (const explored *e : {&one, &amalgam, &abort})
        EXPECT_TRUE(std::includes(all.states.begin(), all.states.end(), e->states.begin(), e->states.end()));
}

// Where the change needs no break-before-make, or had it, a TLB never holds two.
RULE_TEST(ExploreTranslation, NoConflictWithBreakBeforeMake, "CH-50", "D8")
{
    const std::string flush = "LSR X5,X5,#12 ;\n | TLBI VAE1IS,X5 ;\n | DSB SY ;\n | ";
    EXPECT_EQ(with(on(Bench(), rewritten(MOVED, "STR X2,[X4] ;\n | DSB SY ;\n | " + flush)), "TLBConflict"), 0u);
    EXPECT_GT(with(on(Bench(), rewritten(MOVED, "STR X2,[X4] ;\n | DSB SY ;\n | ")), "TLBConflict"), 0u)
        << "the old entry is still there";
    EXPECT_EQ(with(on(Bench(), rewritten(MOVED, "STR X7,[X4] ;\n | DSB SY ;\n | " + flush, "1:X7=(oa:PA(x),af:0); ")),
                   "TLBConflict"),
              0u)
        << "D8";
    EXPECT_EQ(with(on(Bench(), rewritten("(oa:PA(x),attrs:(TaggedNormal))")), "TLBConflict"), 0u)
        << "tagging is no part of the type (B2.11)";
    EXPECT_GT(with(on(Bench(), rewritten("(oa:PA(x),attrs:(Normal,iNC,oNC))")), "TLBConflict"), 0u) << "type";
    EXPECT_EQ(with(on(Bench(), rewritten("(oa:PA(x),db:0)")), "TLBConflict"), 0u) << "permissions alone";
    EXPECT_EQ(with(on(Bench(), rewritten("(oa:PA(y),valid:0)")), "TLBConflict"), 0u);
}

// The host remaps a guest's page at stage 2 without break-before-make: the guest's abort is the host's.
RULE_TEST(ExploreTranslation, TwoEntriesOfStage2, "CH-50")
{
    const auto moved = [](const char *descriptor) {
        return std::string("AArch64 g\nGuest=P0\n{ x=1; y=2; 0:X1=x; 1:X3=") + descriptor +
               "; 1:X4=S2PTE(x); [S2PTE(x)]=(oa:PA(x)); }\n P0 | P1 ;\n LDR W2,[X1] | STR X3,[X4] ;\nlocations "
               "[0:X2;]\n";
    };
    explored e = on(Bench(), moved("S2(oa:PA(y))"));
    EXPECT_EQ(with(e, "EFAULT"), 1u);
    EXPECT_EQ(e.states.size(), 3u);
    EXPECT_EQ(with(on(Bench(), moved("S2(oa:PA(x),db:0)")), "EFAULT"), 0u);
}

// Without a machine, too, and where nobody translates through the descriptor: by one thread alone.
TEST(ExploreTranslation, WarnsOfMissingBreakBeforeMake)
{
    const char *const flush = "DSB ISH ;\n LSR X9,X1,#12 ;\n TLBI VAAE1IS,X9 ;\n DSB ISH ;\n ";
    const std::string broken = "STR X5,[X4] ;\n ", made = "STR X3,[X4] ;\n ";
    const struct {
        const char *what;
        std::string code, descriptor, info;
        bool warned;
    } cases[] = {
        {"another page", made, "(oa:PA(y))", "", true},
        {"broken, flushed and made", broken + flush + made, "(oa:PA(y))", "", false},
        {"made again before the flush", broken + made + flush, "(oa:PA(y))", "", true},
        {"broken, not flushed", broken + "DSB ISH ;\n " + made, "(oa:PA(y))", "", true},
        {"flushed without a break", flush + made, "(oa:PA(y))", "", true},
        {"left broken", broken, "(oa:PA(y))", "", false},
        {"another type", made, "(oa:PA(x),attrs:(Normal,iNC,oNC))", "", true},
        {"another Shareability", made, "(oa:PA(x),attrs:(OSH,iWB,oWB))", "", true},
        {"permissions alone", made, "(oa:PA(x),db:0)", "", false},
        {"what no TLB keeps", made, "(oa:PA(y),af:0)", "", false},
        {"... but that hardware makes what one does", made, "(oa:PA(y),af:0)", "TTHM=HA\n", true},
    };
    for (const auto &one : cases)
        for (iso_reduce reduce : {ISO_REDUCE_WHERE_IT_PAYS, ISO_REDUCE_NEVER, ISO_REDUCE_ALWAYS}) {
            explored e =
                explore_text("AArch64 bbm\nVariant=vmsa\n" + one.info + "{ x=1; y=2; 0:X1=x; 0:X3=" + one.descriptor +
                                 "; 0:X4=PTE(x); 0:X5=(oa:PA(x),valid:0); }\n P0 ;\n " + one.code +
                                 "NOP ;\nlocations [y;]\nexists (y=2)\n",
                             "", 0, 0, reduce);
            EXPECT_EQ(e.status, 0) << one.what << e.diagnostic;
            EXPECT_EQ((e.flags & ISO_OUTCOME_BBM_EXPECTED) != 0, one.warned) << one.what << reduce;
        }
}

} // namespace

// Translations find whole descriptors, and what they found is kept as a whole.
TEST(ExploreTranslation, RefusesAnAccessToAPartOfADescriptor)
{
    const auto explore = [](const std::string &access) {
        return explore_text("AArch64 part\n{ 0:X0=x; 0:X1=PTE(x); }\n P0 ;\n STR WZR,[X0] ;\n " + access +
                                " ;\nexists (x=0)\n",
                            "vmsa,mixed,fatal");
    };
    for (const char *whole : {"LDR X4,[X1]", "STR XZR,[X1]", "SWP X4,X5,[X1]", "LDXR X4,[X1]"})
        EXPECT_EQ(explore(whole).status, 0) << whole;
    for (const char *part : {"LDR W4,[X1]", "STR W4,[X1]", "LDRB W4,[X1,#7]", "SWPH W4,W5,[X1]", "LDXR W4,[X1]"})
        EXPECT_NE(explore(part).diagnostic.find("an access to a part of a descriptor"), std::string::npos) << part;
}
