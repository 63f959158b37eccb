// Is what a thread writes found before it is known that it can come to an end? Threads that each wait, in faults that are tried again, for what the other writes.
#include "conformance/explore_case.h"

#include <gtest/gtest.h>

namespace
{

void expect_only(const std::string &text, const char *variant, const char *state)
{
    for (iso_reduce reduce : {ISO_REDUCE_NEVER, ISO_REDUCE_WHERE_IT_PAYS, ISO_REDUCE_ALWAYS, ISO_REDUCE_EARLY}) {
        const explored e = explore_text(text, variant, 0, 0, reduce);
        EXPECT_EQ(e.status, 0) << e.diagnostic;
        EXPECT_FALSE(e.bounded) << e.reason;
        EXPECT_EQ(e.states, std::set<std::string>{state}) << "reduce " << reduce << "\n" << text;
    }
}

// P0 needs x and maps y, P1 maps x, with `behind`, and needs y.
std::string tables(const std::string &behind)
{
    return "AArch64 lost\n{ [PTE(x)]=(oa:PA(x),valid:0); [PTE(y)]=(oa:PA(y),valid:0); 0:X1=x; 0:X2=y; 0:X4=(oa:PA(y)); "
           "0:X5=PTE(y); 1:X1=x; 1:X2=y; 1:X4=(oa:PA(x)); 1:X5=PTE(x); 0:X3=1; 1:X3=2; }\n P0 | P1 ;\n"
           " STR W3,[X1] | STR X4,[X5] ;\n STR X4,[X5] | " +
           behind + " STR W3,[X2] ;\nlocations [x; y;]\nexists (x=1)\n";
}

} // namespace

TEST(ExploreLost, FindADescriptorOfAThreadThatWaitsForOneItself)
{
    expect_only(tables(""), "vmsa,handled", "[x]=1; [y]=2;");
    expect_only(tables("DSB ISH ;\n |"), "vmsa,handled", "[x]=1; [y]=2;");
}

TEST(ExploreLost, FindThemThroughThreeThreads)
{
    const std::string text =
        "AArch64 lost\n{ [PTE(x)]=(oa:PA(x),valid:0); [PTE(y)]=(oa:PA(y),valid:0); [PTE(z)]=(oa:PA(z),valid:0); "
        "0:X1=y; 0:X4=(oa:PA(x)); 0:X5=PTE(x); 1:X1=x; 1:X4=(oa:PA(z)); 1:X5=PTE(z); 2:X1=z; 2:X4=(oa:PA(y)); "
        "2:X5=PTE(y); 0:X3=1; 1:X3=2; 2:X3=3; }\n P0 | P1 | P2 ;\n"
        " STR X4,[X5] | STR W3,[X1] | STR W3,[X1] ;\n STR W3,[X1] | STR X4,[X5] | STR X4,[X5] ;\n"
        "locations [x; y; z;]\nexists (x=1)\n";
    expect_only(text, "vmsa,handled", "[x]=2; [y]=1; [z]=3;");
}

TEST(ExploreLost, FindWhatAHandlerThatFaultsHasWritten)
{
    std::string text = tables("");
    text = "AArch64 lost\n{ [PTE(x)]=(oa:PA(x),valid:0); [PTE(y)]=(oa:PA(y),valid:0); 0:X1=x; 0:X2=y; 0:X4=(oa:PA(y)); "
           "0:X5=PTE(y); 1:X1=x; 1:X2=y; 1:X4=(oa:PA(x)); 1:X5=PTE(x); 0:X3=1; 1:X3=2; }\n P0 | P0.F | P1 | P1.F ;\n"
           " L0: STR W3,[X1] | LDR W6,[X1] | STR X4,[X5] | LDR W6,[X2] ;\n"
           " STR X4,[X5] | ERET | STR W3,[X2] | ERET ;\nlocations [x; y; 1:X6;]\nexists (x=1)\n";
    for (iso_reduce reduce : {ISO_REDUCE_NEVER, ISO_REDUCE_WHERE_IT_PAYS, ISO_REDUCE_ALWAYS, ISO_REDUCE_EARLY})
        EXPECT_EQ(explore_text(text, "vmsa", 0, 0, reduce).states, explore_text(text, "vmsa", 0, 0).states) << reduce;
    EXPECT_FALSE(explore_text(text, "vmsa").states.empty());
}

TEST(ExploreLost, FindATagOfAThreadThatWaitsForOneItself)
{
    const std::string text =
        "AArch64 lost\n{ 0:X1=x:red; 0:X4=y:red; 1:X1=y:red; 1:X4=x:red; 0:X3=1; 1:X3=2; }\n P0 | P1 ;\n"
        " STR W3,[X1] | STG X4,[X4] ;\n STG X4,[X4] | STR W3,[X1] ;\nlocations [x; y;]\nexists (x=1)\n";
    expect_only(text, "memtag,sync,handled", "[x]=1; [y]=2;");
}

// A handler without instructions is one: the thread ends there.
TEST(ExploreLost, AnEmptyHandlerEndsTheThread)
{
    const std::string text =
        "AArch64 empty\n{ [PTE(x)]=(oa:PA(x),valid:0); 0:X1=x; 0:X2=y; 0:X3=1; }\n P0 | P0.F ;\n L0: STR W3,[X1] | "
        ";\n STR W3,[X2] | ;\nlocations [y;]\nexists (fault(P0:L0,x))\n";
    expect_only(text, "vmsa,handled", "[y]=0; Fault(P0:L0,x,D-MMU:Translation);");
}
