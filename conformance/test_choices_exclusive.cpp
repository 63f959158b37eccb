// Do both engines try every way that a CPU may order a store exclusive's faults and its monitor, one way for a whole run?
#include "conformance/both_engines.h"

namespace
{

// On a tier without exclusives for NC, whose stores abort.
Bench aborting(int order)
{
    Bench bench;
    bench.set({{ISO_CAP_EXCL_NC, ISO_SUPPORT_NO}, {ISO_CAP_EXCL_ON_UNSUPPORTED, ISO_EXCL_UNSUPPORTED_ABORT35}});
    bench.knob(ISO_CPU_STX_ABORT, order);
    return bench;
}

const char *const unpaired = "AArch64 unpaired\nVariant=faultToNext\n{ 0:X1=x; 0:X3=7; 0:X4=7; }\n P0 ;\n MOV W2,#1 "
                             ";\n L0: STXR W3,W2,[X1] ;\n L1: STXR W4,W2,[X1] ;\nlocations "
                             "[x;0:X3;0:X4;fault(P0:L0,x);fault(P0:L1,x);]\n";

} // namespace

RULE_TEST(ChoicesExclusive, AbortAgainstFailure, "CH-25", "D10")
{
    Both abort = both(aborting(ISO_ABORT_FAIL_ABORT), "nc", unpaired, "", 50);
    EXPECT_EQ(abort.allowed.size(), 1u);
    EXPECT_EQ(abort.allows("0:X3=7; 0:X4=7;"), 1u);
    Both status = both(aborting(ISO_ABORT_FAIL_STATUS), "nc", unpaired, "", 50);
    EXPECT_EQ(status.allowed, (std::set<std::string>{"0:X3=1; 0:X4=1; [x]=0; ~Fault(P0:L0,x); ~Fault(P0:L1,x);"}));
    EXPECT_EQ(status.seen, status.allowed);
    std::set<std::string> each = abort.allowed;
    each.insert(status.allowed.begin(), status.allowed.end());
    for (int open : {ISO_VALUE_FREE, ISO_VALUE_UNKNOWN}) {
        Both b = both(aborting(open), "nc", unpaired, "", 200);
        EXPECT_EQ(b.allowed, each) << "never one of each";
        EXPECT_EQ(b.seen, each);
    }
}

// With a monitor that is marked both can come of it: the mark may be gone by then, or be of another address.
RULE_TEST(ChoicesExclusive, AbortOrFailureWithAMark, "CH-25")
{
    const char *text = "AArch64 marked\nVariant=vmsa,faultToNext\n{ [PTE(y)]=(valid:0); 0:X0=x; 0:X1=y; 0:X3=7; }\n P0 "
                       ";\n LDXR W5,[X0] ;\n MOV W2,#1 ;\n L0: STXR W3,W2,[X1] ;\nlocations [0:X3;fault(P0:L0,y);]\n";
    Both b = both(aborting(ISO_ABORT_FAIL_STATUS), "wb", text, "vmsa", 50);
    EXPECT_EQ(b.allows("0:X3=1; ~Fault"), 1u);
    EXPECT_EQ(b.allows("0:X3=7; Fault"), 1u);
    b = both(aborting(ISO_ABORT_FAIL_ABORT), "wb", text, "vmsa", 50);
    EXPECT_EQ(b.allows("0:X3=1;"), 0u);
}

// Where the tier makes an exclusive do nothing at all, or leaves its status UNKNOWN, the order of the two has no say.
RULE_TEST(ChoicesExclusive, NothingIsNoAbort, "CH-25", "E3", "E6")
{
    for (int how : {ISO_EXCL_UNSUPPORTED_NOP, ISO_EXCL_UNSUPPORTED_STATUS_UNKNOWN}) {
        Bench bench = aborting(ISO_ABORT_FAIL_STATUS);
        bench.set(ISO_CAP_EXCL_ON_UNSUPPORTED, how);
        Both b = both(bench, "nc", unpaired, "", 100);
        EXPECT_GT(b.allows("0:X3=1;"), 0u);
        EXPECT_GT(b.allows(how == ISO_EXCL_UNSUPPORTED_NOP ? "0:X3=7;" : "0:X3=0;"), 0u);
    }
}

// An Alignment fault that no memory type has a say in comes before either.
RULE_TEST(ChoicesExclusive, AlignmentComesFirst, "CH-25", "ALIGN")
{
    const char *text =
        "AArch64 odd\nVariant=mixed,faultToNext\n{ uint64_t x[2]; 0:X1=x; 0:X3=7; }\n P0 ;\n MOV X2,#1 ;\n "
        "ADD X1,X1,#2 ;\n L0: STXR W3,X2,[X1] ;\nlocations [0:X3;fault(P0:L0);]\n";
    Bench bench = aborting(ISO_ABORT_FAIL_STATUS);
    bench.knob(ISO_CPU_LSE2, ISO_FEATURE_NO);
    Both b = both(bench, "wb", text, "mixed", 50);
    EXPECT_EQ(b.allows("0:X3=1;"), 0u);
    EXPECT_GT(b.allows("0:X3=7; Fault"), 0u);
    bench.knob(ISO_CPU_LSE2, ISO_FEATURE_YES);
    EXPECT_EQ(both(bench, "wb", text, "mixed", 50).allows("0:X3=7;"), 0u);
}

// Accesses before a store exclusive that fails first wait for none of its translation: it makes none.
RULE_TEST(ChoicesExclusive, FailureFirstTranslatesNothing, "CH-25")
{
    const char *text =
        "AArch64 lb\nVariant=vmsa,ets2,faultToNext\n{ [PTE(z)]=(valid:0); 0:X0=x; 0:X1=y; 0:X4=z; 1:X0=x; "
        "1:X1=y; }\n P0 | P1 ;\n LDR W5,[X0] | LDR W5,[X1] ;\n MOV W2,#1 | DMB SY ;\n L0: STXR W3,W2,[X4] | "
        "MOV W2,#1 ;\n STR W2,[X1] | STR W2,[X0] ;\nexists (0:X5=1 /\\ 1:X5=1)\n";
    EXPECT_GT(both(aborting(ISO_ABORT_FAIL_STATUS), "wb", text, "vmsa", 50).positive_allowed, 0u);
    EXPECT_EQ(both(aborting(ISO_ABORT_FAIL_ABORT), "wb", text, "vmsa", 50).positive_allowed, 0u);
}

// Fault 0x35 against an Alignment fault of the same access.
RULE_TEST(ChoicesExclusive, PriorityOfFault35, "CH-13")
{
    const char *text = "AArch64 odd\nVariant=mixed\n{ uint64_t x[2]; 0:X1=x; }\n P0 ;\n ADD X1,X1,#2 ;\n LDXR X3,[X1] "
                       ";\nlocations [fault(P0,x,Alignment);]\n";
    Bench bench = aborting(ISO_ABORT_FAIL_ABORT);
    bench.knob(ISO_CPU_LSE2, ISO_FEATURE_NO);
    Both open = both(bench, "nc", text, "mixed", 100);
    EXPECT_EQ(open.allowed.size(), 2u);
    EXPECT_EQ(open.seen, open.allowed);
    EXPECT_EQ(both(bench, "wb", text, "mixed", 50).allowed.size(), 1u);
    for (int priority : {ISO_PRIORITY_LAST, ISO_PRIORITY_FIRST}) {
        bench.knob(ISO_CPU_ABORT35_PRIORITY, priority);
        EXPECT_EQ(both(bench, "nc", text, "mixed", 50).allowed.size(), 1u);
    }
}

RULE_TEST(ChoicesExclusive, WriteThroughAsTheCpuTreatsIt, "CH-08")
{
    const char *text =
        "AArch64 wt\n{ 0:X1=x; 0:X3=7; }\n P0 ;\n LDXR W2,[X1] ;\n MOV W2,#1 ;\n STXR W3,W2,[X1] ;\nlocations "
        "[x;0:X3;fault(P0);]\n";
    Bench bench = aborting(ISO_ABORT_FAIL_ABORT);
    EXPECT_EQ(both(bench, "wt", text, "", 50).allows("0:X3=0; [x]=1;"), 0u);
    bench.knob(ISO_CPU_WT_EXCLUSIVE, ISO_VALUE_FREE);
    Both open = both(bench, "wt", text, "", 200);
    EXPECT_EQ(open.allows("0:X3=0; [x]=1; ~Fault"), 1u);
    EXPECT_EQ(open.allows("0:X3=7; [x]=0; Fault"), 1u);
    EXPECT_EQ(open.shows("0:X3=0; [x]=1;"), 1u);
    EXPECT_EQ(open.shows("0:X3=7; [x]=0;"), 1u);
}
