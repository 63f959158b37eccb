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
    for (int priority = ISO_PRIORITY_LAST; priority <= ISO_PRIORITY_FIRST; priority++) {
        bench.knob(ISO_CPU_ABORT35_PRIORITY, priority);
        Both b = both(bench, "nc", text, "mixed", 50);
        EXPECT_EQ(b.allowed.size(), 1u);
        EXPECT_EQ(b.allows("~Fault"), priority == ISO_PRIORITY_FIRST ? 1u : 0u) << priority;
    }
}

namespace
{

// A fault that the page gives, of a store exclusive that its tier refuses: which of the two is reported? X is the page's descriptor.
std::string refused(const std::string &descriptor, const char *other, const char *init = "")
{
    return std::string("AArch64 two\nVariant=vmsa\n{ ") + init + " [PTE(x)]=(oa:PA(x),attrs:(Normal,iNC,oNC)" +
           descriptor + "); 0:X1=x; }\n P0 ;\n LDXR W3,[X1] ;\nlocations [fault(P0,x,MMU:Exclusive);fault(P0,x," +
           other + ");]\n";
}

// How many priorities report 0x35, each alone; with the knob left open either may be, one for a whole run.
void expect_outranked_by(const std::string &text, const char *other, std::set<int> wins, const char *variant = "vmsa")
{
    std::set<std::string> each;
    Bench bench = aborting(ISO_ABORT_FAIL_ABORT);
    for (int priority = ISO_PRIORITY_LAST; priority <= ISO_PRIORITY_FIRST; priority++) {
        bench.knob(ISO_CPU_ABORT35_PRIORITY, priority);
        Both b = both(bench, "wb", text, variant, 60);
        EXPECT_EQ(b.allowed.size(), 1u) << priority << other;
        EXPECT_EQ(b.allows(std::string("~Fault(P0,x,") + other), wins.count(priority)) << priority << other;
        EXPECT_EQ(b.seen, b.allowed);
        each.insert(b.allowed.begin(), b.allowed.end());
    }
    bench.knob(ISO_CPU_ABORT35_PRIORITY, ISO_VALUE_FREE);
    Both open = both(bench, "wb", text, variant, 200);
    EXPECT_EQ(open.allowed, each) << other;
    EXPECT_EQ(open.seen, each) << other;
}

} // namespace

RULE_TEST(ChoicesExclusive, PriorityOfFault35AgainstMmuFaults, "CH-13")
{
    const std::set<int> none = {}, first = {ISO_PRIORITY_FIRST},
                        before_permission = {ISO_PRIORITY_FIRST, ISO_PRIORITY_AFTER_ALIGNMENT};
    expect_outranked_by(refused(",af:0", "MMU:AccessFlag"), "MMU:AccessFlag", first);
    expect_outranked_by(refused(",valid:0", "MMU:Translation"), "MMU:Translation", none);
    std::string write = refused(",db:0", "MMU:Permission");
    write.replace(write.find("LDXR W3,[X1]"), 12, "STXR W3,W2,[X1]");
    expect_outranked_by(write, "MMU:Permission", before_permission);
}

// Tags are checked after everything else of the MMU: fault 0x35 comes before that or behind.
RULE_TEST(ChoicesExclusive, PriorityOfFault35AgainstTagChecks, "CH-13")
{
    const std::string text =
        "AArch64 two\nVariant=memtag,sync\n{ [tag(x)]=:blue; int x=5; 0:X1=x:red; }\n P0 ;\n LDXR W3,[X1] "
        ";\nlocations [fault(P0,x,MMU:Exclusive);fault(P0,x,TagCheck);]\n";
    Bench bench;
    bench.set({{ISO_CAP_EXCL_WB, ISO_SUPPORT_NO}, {ISO_CAP_EXCL_ON_UNSUPPORTED, ISO_EXCL_UNSUPPORTED_ABORT35}});
    for (int priority = ISO_PRIORITY_LAST; priority <= ISO_PRIORITY_FIRST; priority++) {
        bench.knob(ISO_CPU_ABORT35_PRIORITY, priority);
        Both b = both(bench, "wb-tagged", text, "", 60);
        EXPECT_EQ(b.allowed.size(), 1u);
        EXPECT_EQ(b.allows("~Fault(P0,x,TagCheck)"), priority == ISO_PRIORITY_LAST ? 0u : 1u) << priority;
        EXPECT_EQ(b.seen, b.allowed);
    }
}

// What the tags of a tier without storage are compared with says whether there are two faults, whatever is stored there.
RULE_TEST(ChoicesExclusive, PriorityOfFault35AgainstTagsWithoutStorage, "CH-13", "CH-54")
{
    const std::string exclusive =
        "AArch64 two\nVariant=memtag,sync\n{ [tag(x)]=:blue; int x=5; 0:X1=x:red; }\n P0 ;\n LDXR W3,[X1] "
        ";\nlocations [fault(P0,x,MMU:Exclusive);fault(P0,x,TagCheck);]\n";
    std::string store = exclusive;
    store.replace(store.find("LDXR W3,[X1]"), 12, "STXR W3,W2,[X1]");
    for (int priority = ISO_PRIORITY_LAST; priority <= ISO_PRIORITY_FIRST; priority++)
        for (int read : {ISO_TAG_READ_UNCHECKED, ISO_TAG_READ_FAULT, ISO_TAG_READ_ZERO_CLEAN})
            for (const std::string &text : {exclusive, store}) {
                Bench bench = aborting(ISO_ABORT_FAIL_ABORT);
                bench.set({{ISO_CAP_EXCL_WB, ISO_SUPPORT_NO},
                           {ISO_CAP_EXCL_ON_UNSUPPORTED, ISO_EXCL_UNSUPPORTED_ABORT35},
                           {ISO_CAP_TAG_STORAGE, ISO_TAG_STORAGE_NONE},
                           {ISO_CAP_TAG_ON_READ_UNSUPPORTED, read}});
                bench.knob(ISO_CPU_ABORT35_PRIORITY, priority);
                const bool checked = priority == ISO_PRIORITY_LAST && read == ISO_TAG_READ_ZERO_CLEAN;
                Both b = both(bench, "wb-tagged", text, "", 60);
                EXPECT_EQ(b.allowed.size(), 1u) << priority << " " << read;
                EXPECT_EQ(b.allows("~Fault(P0,x,TagCheck)"), checked ? 0u : 1u) << priority << " " << read;
                EXPECT_EQ(b.seen, b.allowed) << priority << " " << read;
            }
}

// The Permission fault of a page without tag access is one of stage 2: fault 0x35 comes before that or behind.
RULE_TEST(ChoicesExclusive, PriorityOfFault35AgainstNoTagAccess, "CH-13")
{
    const std::string text = "AArch64 two\nVariant=memtag,sync\n{ int x=5; 0:X1=x; }\n P0 ;\n LDXR W3,[X1] "
                             ";\nlocations [fault(P0,x,MMU:Exclusive);fault(P0,x,TagPermission);]\n";
    Bench bench;
    bench.set({{ISO_CAP_EXCL_WB, ISO_SUPPORT_NO}, {ISO_CAP_EXCL_ON_UNSUPPORTED, ISO_EXCL_UNSUPPORTED_ABORT35}});
    for (int priority = ISO_PRIORITY_LAST; priority <= ISO_PRIORITY_FIRST; priority++) {
        bench.knob(ISO_CPU_ABORT35_PRIORITY, priority);
        Both b = both(bench, "wb-tagged+notag", text, "", 60);
        EXPECT_EQ(b.allowed.size(), 1u);
        EXPECT_EQ(b.allows("~Fault(P0,x,TagPermission)"), priority >= ISO_PRIORITY_AFTER_STAGE1 ? 1u : 0u) << priority;
        EXPECT_EQ(b.seen, b.allowed);
    }
}

// An Alignment fault by memory type stands between the faults of the descriptor and its permissions; one that no type has a say in before any of them.
RULE_TEST(ChoicesExclusive, AlignmentBetweenMmuFaults, "ALIGN", "CH-33")
{
    auto text = [](const char *access, const char *descriptor, const char *type = "Device-GRE") {
        return std::string("AArch64 two\nVariant=vmsa\n{ uint64_t x[2]; [PTE(x)]=(oa:PA(x),attrs:(") + type + ")" +
               descriptor + "); 0:X1=x; }\n P0 ;\n ADD X1,X1,#1 ;\n " + access +
               " ;\nlocations "
               "[fault(P0,x,Alignment);fault(P0,x,MMU:AccessFlag);fault(P0,x,MMU:Permission);fault(P0,x,MMU:"
               "Translation);]\n";
    };
    Bench bench;
    auto shows = [&](const std::string &t, const char *fault) {
        Both b = both(bench, "wb", t, "vmsa,mixed", 60);
        EXPECT_EQ(b.allowed.size(), 1u);
        EXPECT_EQ(b.seen, b.allowed);
        return b.allows(std::string("Fault(P0,x+1,") + fault);
    };
    EXPECT_EQ(shows(text("STR X2,[X1]", ",db:0"), "Alignment"), 1u);
    EXPECT_EQ(shows(text("STR X2,[X1]", ",af:0"), "MMU:AccessFlag"), 1u);
    EXPECT_EQ(shows(text("STR X2,[X1]", ",valid:0"), "MMU:Translation"), 1u);
    EXPECT_EQ(shows(text("STR X2,[X1]", ",db:0", "Normal"), "MMU:Permission"), 1u) << "no Alignment fault at all";
    bench.knob(ISO_CPU_LSE2, ISO_FEATURE_NO);
    for (const char *descriptor : {",db:0", ",af:0", ",valid:0"})
        EXPECT_EQ(shows(text("STLR X2,[X1]", descriptor, "Normal"), "Alignment"), 1u) << descriptor;
}

namespace
{

// A pair on a page that stage 2 lifts from Device to Write-Back: status 0 and 1, or fault, of LDXR and of STXR.
const char *const lifted = "AArch64 t\nVariant=faultToNext\n{ 0:X1=x; 0:X3=7; }\n P0 ;\n L0: LDXR W2,[X1] ;\n MOV "
                           "W2,#1 ;\n L1: STXR W3,W2,[X1] "
                           ";\n L2: LDADD W2,W4,[X1] ;\nlocations [x;fault(P0:L0,x);fault(P0:L1,x);fault(P0:L2,x);]\n";

} // namespace

// What an implementation chooses once is the same for all that asks: never a load exclusive one way and its store exclusive the other.
RULE_TEST(ChoicesExclusive, OneChoiceForAllKinds, "CH-34a", "CH-08")
{
    Bench bench;
    bench.set({{ISO_CAP_EXCL_ON_UNSUPPORTED, ISO_EXCL_UNSUPPORTED_ABORT35},
               {ISO_CAP_ATOMIC_ON_UNSUPPORTED, ISO_ATOMIC_UNSUPPORTED_ABORT35},
               {ISO_CAP_EXCL_NC, ISO_SUPPORT_NO},
               {ISO_CAP_ATOMIC_NC, ISO_SUPPORT_NO}});
    auto alone = [&](enum iso_cpu_key key, int value, const char *attribute) {
        Bench bound = bench;
        bound.knob(key, value);
        return both(bound, attribute, lifted, "", 30).allowed;
    };
    struct {
        enum iso_cpu_key key;
        int first, second;
        const char *attribute;
    } rows[] = {{ISO_CPU_PDEV_EXCL, ISO_PDEV_DEVICE, ISO_PDEV_WB, "wb+pdev"},
                {ISO_CPU_WT_EXCLUSIVE, ISO_AS_ENCODED_YES, ISO_AS_ENCODED_NC, "wt"}};
    for (const auto &row : rows) {
        std::set<std::string> each = alone(row.key, row.first, row.attribute),
                              other = alone(row.key, row.second, row.attribute);
        EXPECT_NE(each, other) << row.attribute;
        each.insert(other.begin(), other.end());
        Bench open = bench;
        open.knob(row.key, ISO_VALUE_FREE);
        Both b = both(open, row.attribute, lifted, "", 200);
        EXPECT_EQ(b.allowed, each) << row.attribute;
        EXPECT_EQ(b.seen, each) << row.attribute;
        ASSERT_EQ(b.allows("Fault(P0:L0,x"), b.allowed.size()) << "said of each";
        for (const std::string &state : b.allowed) {
            const bool load = state.find("~Fault(P0:L0") == std::string::npos,
                       store = state.find("~Fault(P0:L1") == std::string::npos,
                       atomic = state.find("~Fault(P0:L2") == std::string::npos;
            EXPECT_TRUE(load == store && store == atomic) << state;
        }
    }
}

// Caches that treat Write-Through as Non-cacheable do no exclusives to it either, whichever way an open machine goes (CH-08).
RULE_TEST(ChoicesExclusive, WriteThroughIsTreatedOneWay, "CH-08")
{
    Bench bench = aborting(ISO_ABORT_FAIL_ABORT);
    bench.knob(ISO_CPU_WT_EXCLUSIVE, ISO_AS_ENCODED_YES);
    const char *text = "AArch64 wt\n{ 0:X1=x; 0:X3=7; }\n P0 ;\n LDXR W2,[X1] ;\nlocations [fault(P0);]\n";
    for (int treated : {ISO_AS_ENCODED_YES, ISO_AS_ENCODED_NC}) {
        bench.knob(ISO_CPU_CACHEABILITY, treated);
        EXPECT_EQ(both(bench, "wt", text, "", 50).allows("~Fault"), treated == ISO_AS_ENCODED_YES ? 1u : 0u);
    }
    for (int open : {ISO_VALUE_FREE, ISO_VALUE_UNKNOWN}) {
        bench.knob(ISO_CPU_CACHEABILITY, open);
        Both b = both(bench, "wt", text, "", 100);
        EXPECT_EQ(b.allowed.size(), 2u) << open;
        EXPECT_EQ(b.seen, b.allowed);
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

// A guest's Alignment fault by stage 1's type comes before anything that stage 2 says, and fault 0x35 before or behind that.
RULE_TEST(ChoicesExclusive, StageTwoComesLater, "ALIGN", "CH-13")
{
    auto guest = [](const char *type, const char *stage2, const char *access) {
        return std::string("AArch64 g\nGuest=P0\nVariant=vmsa\n{ uint64_t x[2]; [PTE(x)]=(oa:PA(x),attrs:(") + type +
               ")); [S2PTE(x)]=(oa:PA(x)" + stage2 + "); 0:X1=x; }\n P0 ;\n " + access +
               " ;\nlocations [fault(P0,x,MMU:Exclusive);fault(P0,x,Alignment);]\n";
    };
    Bench bench = aborting(ISO_ABORT_FAIL_ABORT);
    for (const char *stage2 : {"", ",valid:0", ",af:0,db:0", ",db:0"}) {
        Both b = both(bench, "wb", guest("Device-GRE", stage2, "STR X2,[X1,#1]"), "vmsa,mixed", 60);
        EXPECT_EQ(b.allowed.size(), 1u) << stage2;
        EXPECT_EQ(b.allows("Fault(P0,x+1,Alignment);"), 1u) << stage2;
        EXPECT_EQ(b.seen, b.allowed) << stage2;
    }
    for (int priority = ISO_PRIORITY_LAST; priority <= ISO_PRIORITY_FIRST; priority++) {
        bench.knob(ISO_CPU_ABORT35_PRIORITY, priority);
        Both b = both(bench, "wb", guest("Normal,iNC,oNC", ",memattr:1,r:0", "LDXR X2,[X1]"), "vmsa", 60);
        EXPECT_EQ(b.allowed.size(), 1u) << priority;
        EXPECT_EQ(b.allows("~Fault(P0,x,MMU:Exclusive)"), priority >= ISO_PRIORITY_AFTER_STAGE1 ? 0u : 1u) << priority;
        EXPECT_EQ(b.seen, b.allowed) << priority;
    }
}

// Under HCR_EL2.FWB a CPU that takes what stage 2 lifts to Write-Back for that does not know what stage 1's type forbids before it has looked up stage 2, whatever its
// descriptor was as the test began; one that takes it for Device does.
RULE_TEST(ChoicesExclusive, StageTwoMayLiftLater, "CH-34b")
{
    auto guest = [](const char *before, const char *after) {
        return std::string("AArch64 g\nGuest=P0\nVariant=vmsa,fwb\n{ uint64_t x[2]={0,0}; "
                           "[PTE(x)]=(oa:PA(x),attrs:(Device-GRE)); [S2PTE(x)]=(oa:PA(x)") +
               before + "); 0:X1=x; 0:X2=-1; 1:X3=S2PTE(x); 1:X4=S2(oa:PA(x)" + after +
               "); }\n P0 | P1 ;\n STUR X2,[X1,#1] | STR X4,[X3] ;\n"
               "locations [fault(P0,x,Alignment);fault(P0,x,MMU:Translation);]\n";
    };
    const struct {
        const char *before, *after;
        int choice;
        bool aligned, performed, waits;
    } cases[] = {
        {",memattr:7,valid:0", ",memattr:6", ISO_PDEV_WB, false, true, false},
        {",memattr:7", ",memattr:6", ISO_PDEV_WB, true, true, false},
        {",memattr:6", ",memattr:7", ISO_PDEV_WB, true, true, false},
        {",memattr:6", ",valid:0", ISO_PDEV_WB, false, true, true},
        {",memattr:7,valid:0", ",memattr:6", ISO_PDEV_DEVICE, true, false, false},
        {",memattr:7", ",memattr:6", ISO_PDEV_DEVICE, true, false, false},
    };
    for (const auto &one : cases) {
        Bench bench;
        bench.knob(ISO_CPU_PDEV_ALIGN, one.choice);
        Both b = both(bench, "wb", guest(one.before, one.after), "vmsa,mixed,fwb", 200);
        const std::string none = "~Fault(P0,x,Alignment); ~Fault(P0,x,MMU:Translation);";
        const char *const what = one.before;
        EXPECT_EQ(b.allows("Fault(P0,x+1,Alignment);"), one.aligned) << what << one.after;
        EXPECT_EQ(b.allowed.count(none), one.performed) << what << one.after;
        EXPECT_EQ(b.allowed.count(none + " NoProgress(P0);"), one.waits) << what << one.after;
    }
}
