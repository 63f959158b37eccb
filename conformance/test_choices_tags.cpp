// When may the status register show an asynchronous tag fault, and do both engines allow as much (CH-60)?
#include "conformance/both_engines.h"

namespace
{

std::string after(const char *between, const char *access = "STR W3,[X1]")
{
    return std::string(
               "AArch64 late\nVariant=memtag,async\n{ int x=5; [tag(x)]=:blue; 0:X1=x:red; uint64_t 0:X6; uint64_t "
               "0:X7; }\n P0 ;\n MOV W3,#9 ;\n ") +
           access + " ;\n " + between + " MRS X6,TFSR_EL1 ;\n MRS X7,TFSR_EL1 ;\nlocations [0:X6;0:X7;0:TFSR_EL1;]\n";
}

Bench reporting(int how)
{
    Bench bench;
    bench.knob(ISO_CPU_ASYNC_REPORT, how);
    return bench;
}

} // namespace

RULE_TEST(ChoicesTags, AFaultMayShowLate, "CH-60")
{
    for (const char *access : {"STR W3,[X1]", "LDR W3,[X1]", "SWP W3,W4,[X1]"}) {
        for (const char *between : {"", "DSB SY ;\n", "ISB ;\n", "ISB ;\n DSB SY ;\n", "DMB SY ;\n ISB ;\n"}) {
            Both b = both(reporting(ISO_TAG_REPORT_LATE), "wb-tagged", after(between, access), "", 200);
            EXPECT_EQ(b.allows("0:X6=0; 0:X7=0;"), 1u) << between << access;
            EXPECT_EQ(b.allows("0:X6=0; 0:X7=1;"), 1u);
            EXPECT_EQ(b.allows("0:X6=1; 0:X7=1;"), 1u);
            EXPECT_EQ(b.allows("0:X6=1; 0:X7=0;"), 0u) << "once shown, shown for good";
            EXPECT_EQ(b.seen, b.allowed) << between << access;
        }
        Both sure = both(reporting(ISO_TAG_REPORT_LATE), "wb-tagged", after("DSB SY ;\n ISB ;\n", access), "", 200);
        EXPECT_EQ(sure.allowed.size(), 1u);
        EXPECT_EQ(sure.allows("0:X6=1; 0:X7=1;"), 1u);
        EXPECT_EQ(both(reporting(ISO_TAG_REPORT_AT_ONCE), "wb-tagged", after("", access), "", 200).allowed,
                  sure.allowed);
        EXPECT_EQ(both(reporting(ISO_VALUE_FREE), "wb-tagged", after("", access), "", 200).allowed.size(), 3u);
    }
}

// At the end all has been counted; a write may come before that.
RULE_TEST(ChoicesTags, AWriteMayComeFirst, "CH-60")
{
    Both b = both(reporting(ISO_TAG_REPORT_LATE), "wb-tagged", after("MSR TFSR_EL1,XZR ;\n"), "", 300);
    EXPECT_EQ(b.allows("0:TFSR_ELx=0;"), 1u);
    EXPECT_EQ(b.allows("0:TFSR_ELx=1;"), 3u);
    EXPECT_EQ(b.seen, b.allowed);
    EXPECT_EQ(both(reporting(ISO_TAG_REPORT_LATE), "wb-tagged", after("DSB SY ;\n ISB ;\n MSR TFSR_EL1,XZR ;\n"))
                  .allowed.size(),
              1u);
}

RULE_TEST(ChoicesTags, AnExceptionShowsIt, "CH-60")
{
    const char *text =
        "AArch64 entry\nVariant=memtag,async\n{ int x=5; [tag(x)]=:blue; 0:X1=x:red; uint64_t 0:X6; }\n P0 | "
        "P0.F ;\n MOV W3,#9 | MRS X6,TFSR_EL1 ;\n STR W3,[X1] | ERET ;\n SVC #0 | ;\nlocations [0:X6;]\n";
    Both b = both(reporting(ISO_TAG_REPORT_LATE), "wb-tagged", text, "", 100);
    EXPECT_EQ(b.allowed.size(), 1u);
    EXPECT_EQ(b.allows("0:X6=1;"), 1u);
}

// A loop that waits for the register to tell is told some time.
RULE_TEST(ChoicesTags, WaitingForItEnds, "CH-60")
{
    const char *text =
        "AArch64 poll\nVariant=memtag,async\n{ int x=5; [tag(x)]=:blue; 0:X1=x:red; uint64_t 0:X6; }\n P0 ;\n "
        "STR W3,[X1] ;\n L0: MRS X6,TFSR_EL1 ;\n CBZ X6,L0 ;\nlocations [0:X6;]\n";
    Both b = both(reporting(ISO_TAG_REPORT_LATE), "wb-tagged", text, "", 100);
    EXPECT_EQ(b.allows("NoProgress"), 0u);
    EXPECT_EQ(b.allows("0:X6=1;"), 1u);
}

// A load that turns out not to be one, and one behind the read of the register, leave nothing there.
RULE_TEST(ChoicesTags, OnlyLoadsThatAreMade, "CH-60", "TAG")
{
    const char *text =
        "AArch64 guarded\nVariant=memtag,async\n{ int x=5; int y=1; [tag(x)]=:blue; 0:X1=x:red; [tag(y)]=:green; "
        "0:X2=y:green; uint64_t 0:X6; }\n P0 ;\n LDR W3,[X2] ;\n CBNZ W3,L0 ;\n LDR W4,[X1] ;\n L0: MRS "
        "X6,TFSR_EL1 ;\n LDR W5,[X1] ;\nlocations [0:X6;0:TFSR_EL1;]\n";
    Both b = both(reporting(ISO_TAG_REPORT_AT_ONCE), "wb-tagged", text, "", 2000);
    EXPECT_EQ(b.allowed.size(), 1u);
    EXPECT_EQ(b.seen.size(), 1u);
}
