// Does the exhaustive engine have the clauses of Ordered-before that no public litmus test tells from their absence?
// One row a clause, as in test_explore_relations.cpp: without the clause the first program's condition is reachable; the second lacks the cause.
#include "explore_case.h"

#include <gtest/gtest.h>

namespace
{

struct clause {
    const char *name, *relation; // Arm ARM B2.3
    const char *forbidden;
    const char *allowed;
};

void PrintTo(const clause &c, std::ostream *out)
{
    *out << c.name << " (" << c.relation << ")";
}

const clause clauses[] = {
    {"TlbiThenContext", "TLBI-ordered-before: TLBI-after; [TLBI]; IFB-ob",
     R"(AArch64 A
Variant=vmsa,fatal
{ [PTE(y)]=(oa:PA(y),valid:0); 0:X0=x; 0:X1=y; 0:X2=PTE(x); 0:X3=(oa:PA(x),valid:0); 1:X0=x; 1:X2=PTE(y); 1:X3=(oa:PA(y)); }
 P0 | P1 ;
 STR X3,[X2] | STR X3,[X2] ;
 DSB ISH | DMB SY ;
 LSR X4,X0,#12 | L1: LDR W5,[X0] ;
 TLBI VAAE1IS,X4 | ;
 DSB ISH | ;
 ISB | ;
 L0: LDR W5,[X1] | ;
exists (~fault(P1:L1,x) /\ fault(P0:L0,y))
)",
     R"(AArch64 A
Variant=vmsa,fatal
{ [PTE(y)]=(oa:PA(y),valid:0); 0:X0=x; 0:X1=y; 0:X2=PTE(x); 0:X3=(oa:PA(x),valid:0); 1:X0=x; 1:X2=PTE(y); 1:X3=(oa:PA(y)); }
 P0 | P1 ;
 STR X3,[X2] | STR X3,[X2] ;
 DSB ISH | DMB SY ;
 LSR X4,X0,#12 | L1: LDR W5,[X0] ;
 TLBI VAAE1IS,X4 | ;
 DSB ISH | ;
 NOP | ;
 L0: LDR W5,[X1] | ;
exists (~fault(P1:L1,x) /\ fault(P0:L0,y))
)"},
    {"IcThenContext", "IC-ordered-before: IC-after; [IC]; IFB-ob",
     R"(AArch64 A
Variant=ifetch
CacheType=IDC
{ 0:X0=P1:K; 0:X2=instr:"NOP"; 2:X0=P0:L; 2:X2=instr:"NOP"; 2:X1=P1:J; }
 P0 | P1 | P2 ;
 STR W2,[X0] | J: B J2 | STR W2,[X0] ;
 DC CVAU,X0 | MOV W8,#1 | DC CVAU,X0 ;
 DSB ISH | J2: | DSB ISH ;
 IC IVAU,X0 | K: B N | IC IVAU,X0 ;
 DSB ISH | MOV W9,#1 | DSB ISH ;
 ISB | N: | STR W2,[X1] ;
 L: B M | | ;
 MOV W9,#1 | | ;
 M: | | ;
exists (0:X9=0 /\ 1:X8=1 /\ 1:X9=0)
)",
     R"(AArch64 A
Variant=ifetch
CacheType=IDC
{ 0:X0=P1:K; 0:X2=instr:"NOP"; 2:X0=P0:L; 2:X2=instr:"NOP"; 2:X1=P1:J; }
 P0 | P1 | P2 ;
 STR W2,[X0] | J: B J2 | STR W2,[X0] ;
 DC CVAU,X0 | MOV W8,#1 | DC CVAU,X0 ;
 DSB ISH | J2: | DSB ISH ;
 IC IVAU,X0 | K: B N | IC IVAU,X0 ;
 DSB ISH | MOV W9,#1 | DSB ISH ;
 NOP | N: | STR W2,[X1] ;
 L: B M | | ;
 MOV W9,#1 | | ;
 M: | | ;
exists (0:X9=0 /\ 1:X8=1 /\ 1:X9=0)
)"},
    {"IcThenContextWithoutIdc", "IC-ordered-before: IC-after; [IC]; IFB-ob",
     R"(AArch64 A
Variant=ifetch
{ 0:X0=P1:K; 0:X2=instr:"NOP"; 2:X0=P0:L; 2:X2=instr:"NOP"; 2:X1=P1:J; }
 P0 | P1 | P2 ;
 STR W2,[X0] | J: B J2 | STR W2,[X0] ;
 DC CVAU,X0 | MOV W8,#1 | DC CVAU,X0 ;
 DSB ISH | J2: | DSB ISH ;
 IC IVAU,X0 | K: B N | IC IVAU,X0 ;
 DSB ISH | MOV W9,#1 | DSB ISH ;
 ISB | N: | STR W2,[X1] ;
 L: B M | | ;
 MOV W9,#1 | | ;
 M: | | ;
exists (0:X9=0 /\ 1:X8=1 /\ 1:X9=0)
)",
     R"(AArch64 A
Variant=ifetch
{ 0:X0=P1:K; 0:X2=instr:"NOP"; 2:X0=P0:L; 2:X2=instr:"NOP"; 2:X1=P1:J; }
 P0 | P1 | P2 ;
 STR W2,[X0] | J: B J2 | STR W2,[X0] ;
 DC CVAU,X0 | MOV W8,#1 | DC CVAU,X0 ;
 DSB ISH | J2: | DSB ISH ;
 IC IVAU,X0 | K: B N | IC IVAU,X0 ;
 DSB ISH | MOV W9,#1 | DSB ISH ;
 NOP | N: | STR W2,[X1] ;
 L: B M | | ;
 MOV W9,#1 | | ;
 M: | | ;
exists (0:X9=0 /\ 1:X8=1 /\ 1:X9=0)
)"},
    {"FaultBeforeHardwareUpdate", "TLBUncacheable-coherence-after, hardware update",
     R"(AArch64 A
Variant=vmsa,fatal
TTHM=P1:HA
{ [PTE(x)]=(oa:PA(x),af:0); 0:X0=x; 0:X1=z; 1:X0=x; 1:X1=z; 1:X3=1; }
 P0 | P1 ;
 LDR W2,[X1] | LDR W2,[X0] ;
 DSB SY | DSB SY ;
 ISB | STR W3,[X1] ;
 L0: LDR W3,[X0] | ;
exists (0:X2=1 /\ fault(P0:L0,x))
)",
     R"(AArch64 A
Variant=vmsa,fatal
TTHM=P1:HA
{ [PTE(x)]=(oa:PA(x),af:0); 0:X0=x; 0:X1=z; 1:X0=x; 1:X1=z; 1:X3=1; }
 P0 | P1 ;
 LDR W2,[X1] | LDR W2,[X0] ;
 DSB SY | DMB SY ;
 ISB | STR W3,[X1] ;
 L0: LDR W3,[X0] | ;
exists (0:X2=1 /\ fault(P0:L0,x))
)"},
    {"TranslationBeforeOwnDescriptor", "Local write successor of a TTD read",
     R"(AArch64 A
Variant=vmsa,fatal
{ y=5; 0:X0=x; 0:X2=PTE(x); 0:X3=(oa:PA(x),db:0); 1:X2=PTE(x); 1:X3=(oa:PA(y)); pteval_t 1:X4; }
 P0 | P1 ;
 AT S1E1R,X0 | LDR X4,[X2] ;
 NOP | STR X3,[X2] ;
 STR X3,[X2] | ;
 ISB | ;
 MRS X1,PAR_EL1 | ;
exists (1:X4=(oa:PA(x),db:0) /\ 0:X1=parel1_t:(oa:PA(y)))
)",
     R"(AArch64 A
Variant=vmsa,fatal
{ y=5; 0:X0=x; 0:X2=PTE(x); 0:X3=(oa:PA(x),db:0); 1:X2=PTE(x); 1:X3=(oa:PA(y)); pteval_t 1:X4; }
 P0 | P1 ;
 STR X3,[X2] | LDR X4,[X2] ;
 NOP | STR X3,[X2] ;
 AT S1E1R,X0 | ;
 ISB | ;
 MRS X1,PAR_EL1 | ;
exists (1:X4=(oa:PA(x),db:0) /\ 0:X1=parel1_t:(oa:PA(y)))
)"},
    {"FetchBeforeItsAccess", "Fetch-intrinsically-before",
     R"(AArch64 A
Variant=ifetch
{ 0:X0=y; 0:X1=P1:K; 0:X2=instr:"LDR W9,[X3]"; 0:X4=1; 1:X3=y; 1:X9=7; }
 P0 | P1 ;
 STR W4,[X0] | K: NOP ;
 DMB SY | ;
 STR W2,[X1] | ;
exists 1:X9=0
)",
     R"(AArch64 A
Variant=ifetch
{ 0:X0=y; 0:X1=P1:K; 0:X2=instr:"LDR W9,[X3]"; 0:X4=1; 1:X3=y; 1:X9=7; }
 P0 | P1 ;
 STR W4,[X0] | K: NOP ;
 NOP | ;
 STR W2,[X1] | ;
exists 1:X9=0
)"},
    {"ReturnIsContext", "IFB-ordered-before, exception return",
     R"(AArch64 A
{ 0:X0=x; 0:X1=y; 0:X3=1; 1:X0=x; 1:X1=y; }
 P0 | P1 | P1.F ;
 STR W3,[X0] | SVC #0 | LDR W5,[X1] ;
 DMB SY | LDR W6,[X0] | CBNZ W5,L ;
 STR W3,[X1] | | L: ;
 | | ERET ;
exists (1:X5=1 /\ 1:X6=0)
)",
     R"(AArch64 A
Variant=exs
{ 0:X0=x; 0:X1=y; 0:X3=1; 1:X0=x; 1:X1=y; }
 P0 | P1 | P1.F ;
 STR W3,[X0] | SVC #0 | LDR W5,[X1] ;
 DMB SY | LDR W6,[X0] | CBNZ W5,L ;
 STR W3,[X1] | | L: ;
 | | ERET ;
exists (1:X5=1 /\ 1:X6=0)
)"},
    {"EntryIsContext", "IFB-ordered-before, exception entry",
     R"(AArch64 A
{ 0:X0=x; 0:X1=y; 0:X3=1; 1:X0=x; 1:X1=y; }
 P0 | P1 | P1.F ;
 STR W3,[X0] | LDR W5,[X1] | LDR W6,[X0] ;
 DMB SY | CBNZ W5,L | ;
 STR W3,[X1] | L: | ;
 | SVC #0 | ;
exists (1:X5=1 /\ 1:X6=0)
)",
     R"(AArch64 A
Variant=exs
{ 0:X0=x; 0:X1=y; 0:X3=1; 1:X0=x; 1:X1=y; }
 P0 | P1 | P1.F ;
 STR W3,[X0] | LDR W5,[X1] | LDR W6,[X0] ;
 DMB SY | CBNZ W5,L | ;
 STR W3,[X1] | L: | ;
 | SVC #0 | ;
exists (1:X5=1 /\ 1:X6=0)
)"},
    {"ReturnIsContextWithEos", "IFB-ordered-before, SCTLR_EL1.EOS",
     R"(AArch64 A
Variant=exs,eos
{ 0:X0=x; 0:X1=y; 0:X3=1; 1:X0=x; 1:X1=y; }
 P0 | P1 | P1.F ;
 STR W3,[X0] | SVC #0 | LDR W5,[X1] ;
 DMB SY | LDR W6,[X0] | CBNZ W5,L ;
 STR W3,[X1] | | L: ;
 | | ERET ;
exists (1:X5=1 /\ 1:X6=0)
)",
     R"(AArch64 A
Variant=exs,eis
{ 0:X0=x; 0:X1=y; 0:X3=1; 1:X0=x; 1:X1=y; }
 P0 | P1 | P1.F ;
 STR W3,[X0] | SVC #0 | LDR W5,[X1] ;
 DMB SY | LDR W6,[X0] | CBNZ W5,L ;
 STR W3,[X1] | | L: ;
 | | ERET ;
exists (1:X5=1 /\ 1:X6=0)
)"},
    {"FaultEntryIsContext", "[Imp & TTD & R]; tr-ib; [IFB]; po",
     R"(AArch64 A
Variant=vmsa,fatal
{ 0:X0=x; 0:X1=y; 1:X0=PTE(x); 1:X1=y; 1:X2=(oa:PA(x),valid:0); 1:X3=1; }
 P0 | P0.F | P1 ;
 L0: LDR W2,[X0] | LDR W3,[X1] | STR W3,[X1] ;
 | | DMB SY ;
 | | STR X2,[X0] ;
exists (fault(P0:L0,x) /\ 0:X3=0)
)",
     R"(AArch64 A
Variant=vmsa,fatal
{ 0:X0=x; 0:X1=y; 1:X0=PTE(x); 1:X1=y; 1:X2=(oa:PA(x),valid:0); 1:X3=1; }
 P0 | P0.F | P1 ;
 L0: LDR W2,[X0] | LDR W3,[X1] | STR W3,[X1] ;
 | | NOP ;
 | | STR X2,[X0] ;
exists (fault(P0:L0,x) /\ 0:X3=0)
)"},
    {"TranslatedThenContext", "[Imp & TTD & R]; tr-ib; [Exp & M]; po; [IFB]; po",
     R"(AArch64 A
Variant=vmsa,fatal
{ z=4; 0:X0=x; 0:X1=y; 1:X0=PTE(x); 1:X1=y; 1:X2=(oa:PA(z)); 1:X3=1; }
 P0 | P1 ;
 LDR W2,[X0] | STR W3,[X1] ;
 ISB | DMB SY ;
 LDR W3,[X1] | STR X2,[X0] ;
exists (0:X2=4 /\ 0:X3=0)
)",
     R"(AArch64 A
Variant=vmsa,fatal
{ z=4; 0:X0=x; 0:X1=y; 1:X0=PTE(x); 1:X1=y; 1:X2=(oa:PA(z)); 1:X3=1; }
 P0 | P1 ;
 LDR W2,[X0] | STR W3,[X1] ;
 NOP | DMB SY ;
 LDR W3,[X1] | STR X2,[X0] ;
exists (0:X2=4 /\ 0:X3=0)
)"},
    {"AddressThroughMemoryToAcquire", "addr; [Exp & M]; Local read successor",
     R"(AArch64 A
{ 0:X0=x; 0:X1=y; 0:X3=1; 1:X0=x; 1:X1=y; 1:X2=z; 1:X3=1; }
 P0 | P1 ;
 STR W3,[X0] | LDR W4,[X1] ;
 DMB SY | EOR X5,X4,X4 ;
 STR W3,[X1] | STR W3,[X2,X5] ;
 | LDAR W6,[X2] ;
 | LDR W8,[X0] ;
exists (1:X4=1 /\ 1:X8=0)
)",
     R"(AArch64 A
{ 0:X0=x; 0:X1=y; 0:X3=1; 1:X0=x; 1:X1=y; 1:X2=z; 1:X3=1; }
 P0 | P1 ;
 STR W3,[X0] | LDR W4,[X1] ;
 DMB SY | EOR X5,X4,X4 ;
 STR W3,[X1] | STR W3,[X2,X5] ;
 | LDR W6,[X2] ;
 | LDR W8,[X0] ;
exists (1:X4=1 /\ 1:X8=0)
)"},
    {"CleanBeforeItsLine", "[DC.CVAU]; po & same cache line; [Exp & M]",
     R"(AArch64 A
Variant=ifetch
{ 0:X0=P1:K; 0:X1=y; 0:X2=instr:"NOP"; 1:X0=P1:K; 1:X1=y; 1:X2=1; 1:X6=instr:"NOP"; }
 P0 | P1 ;
 LDR W4,[X1] | LDR W4,[X0] ;
 EOR X5,X4,X4 | DMB SY ;
 ADD X6,X5,X0 | STR W2,[X1] ;
 DC CVAU,X6 | K: B M ;
 STR W2,[X0] | MOV W9,#1 ;
 | M: ;
exists (0:X4=1 /\ 1:X4=instr:"NOP")
)",
     R"(AArch64 A
Variant=ifetch
{ 0:X0=P1:K; 0:X1=y; 0:X2=instr:"NOP"; 1:X0=P1:K; 1:X1=y; 1:X2=1; 1:X6=instr:"NOP"; }
 P0 | P1 ;
 LDR W4,[X1] | LDR W4,[X0] ;
 EOR X5,X4,X4 | DMB SY ;
 ADD X6,X5,X0 | STR W2,[X1] ;
 NOP | K: B M ;
 STR W2,[X0] | MOV W9,#1 ;
 | M: ;
exists (0:X4=1 /\ 1:X4=instr:"NOP")
)"},
    {"PickAddressThenContext", "pick-addr-dep; [Exp & M]; po; [IFB]; po",
     R"(AArch64 A
{ 0:X0=x; 0:X1=y; 0:X3=1; 1:X0=x; 1:X1=y; 1:X2=z; 1:X3=2; }
 P0 | P1 ;
 STR W3,[X0] | LDR W4,[X1] ;
 DMB SY | CMP W4,#0 ;
 STR W3,[X1] | CSEL X5,X2,X2,EQ ;
 | LDR W6,[X5] ;
 | ISB ;
 | LDR W8,[X0] ;
exists (1:X4=1 /\ 1:X8=0)
)",
     R"(AArch64 A
{ 0:X0=x; 0:X1=y; 0:X3=1; 1:X0=x; 1:X1=y; 1:X2=z; 1:X3=2; }
 P0 | P1 ;
 STR W3,[X0] | LDR W4,[X1] ;
 DMB SY | CMP W4,#0 ;
 STR W3,[X1] | CSEL X5,X2,X2,EQ ;
 | LDR W6,[X5] ;
 | NOP ;
 | LDR W8,[X0] ;
exists (1:X4=1 /\ 1:X8=0)
)"},
    {"PickAddressOfFault", "pick-addr-dep; tr-ib; [IFB]; po",
     R"(AArch64 A
Variant=vmsa,faultToNext
{ [PTE(z)]=(oa:PA(z),valid:0); 0:X0=x; 0:X1=y; 0:X3=1; 1:X0=x; 1:X1=y; 1:X2=z; 1:X3=2; }
 P0 | P1 ;
 STR W3,[X0] | LDR W4,[X1] ;
 DMB SY | CMP W4,#0 ;
 STR W3,[X1] | CSEL X6,X2,X2,EQ ;
 | L1: LDR W7,[X6] ;
 | NOP ;
 | LDR W8,[X0] ;
exists (1:X4=1 /\ 1:X8=0 /\ fault(P1:L1,z))
)",
     R"(AArch64 A
Variant=vmsa,faultToNext
{ [PTE(z)]=(oa:PA(z),valid:0); 0:X0=x; 0:X1=y; 0:X3=1; 1:X0=x; 1:X1=y; 1:X2=z; 1:X3=2; }
 P0 | P1 ;
 STR W3,[X0] | LDR W4,[X1] ;
 DMB SY | CMP W3,#0 ;
 STR W3,[X1] | CSEL X6,X2,X2,EQ ;
 | L1: LDR W7,[X6] ;
 | NOP ;
 | LDR W8,[X0] ;
exists (1:X4=1 /\ 1:X8=0 /\ fault(P1:L1,z))
)"},
    {"PickAddressOfTagFault", "pick-addr-dep; tc-ib; [IFB]; po",
     R"(AArch64 A
Variant=memtag,sync,faultToNext
{ 0:X0=x:green; 0:X1=y:green; 0:X3=1; 1:X0=x:green; 1:X1=y:green; 1:X2=z:red; 1:X3=2; }
 P0 | P1 ;
 STR W3,[X0] | LDR W4,[X1] ;
 DMB SY | CMP W4,#0 ;
 STR W3,[X1] | CSEL X6,X2,X2,EQ ;
 | L1: LDR W7,[X6] ;
 | NOP ;
 | LDR W8,[X0] ;
exists (1:X4=1 /\ 1:X8=0 /\ fault(P1:L1,z))
)",
     R"(AArch64 A
Variant=memtag,sync,faultToNext
{ 0:X0=x:green; 0:X1=y:green; 0:X3=1; 1:X0=x:green; 1:X1=y:green; 1:X2=z:red; 1:X3=2; }
 P0 | P1 ;
 STR W3,[X0] | LDR W4,[X1] ;
 DMB SY | CMP W3,#0 ;
 STR W3,[X1] | CSEL X6,X2,X2,EQ ;
 | L1: LDR W7,[X6] ;
 | NOP ;
 | LDR W8,[X0] ;
exists (1:X4=1 /\ 1:X8=0 /\ fault(P1:L1,z))
)"},
};

std::string name_of(const ::testing::TestParamInfo<clause> &row_info)
{
    return row_info.param.name;
}

class Clause : public ::testing::TestWithParam<clause>
{
};

TEST_P(Clause, ForbidsItsCase)
{
    const clause &c = GetParam();
    explored e = explore_text(c.forbidden, "");
    ASSERT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_FALSE(e.bounded) << e.reason;
    EXPECT_FALSE(e.states.empty());
    EXPECT_EQ(e.positive, 0u) << c.relation;
}

TEST_P(Clause, AllowsTheCaseWithoutItsCause)
{
    const clause &c = GetParam();
    explored e = explore_text(c.allowed, "");
    ASSERT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_GT(e.positive, 0u) << "without " << c.relation;
}

INSTANTIATE_TEST_SUITE_P(ArmArmB23, Clause, ::testing::ValuesIn(clauses), name_of);

} // namespace
