// Does each ordering relation of the exhaustive engine forbid what it alone forbids, and no more?
// One row a relation: a program whose condition is unreachable because of it, and the same program without the cause, where it is reachable.
#include "explore_case.h"

#include <gtest/gtest.h>

#include <vector>

namespace
{

struct row {
    const char *name, *relation; // Arm ARM B2.3
    const char *variant;
    const char *forbidden; // nullptr: the row only says what is not ordered
    const char *allowed;   // nullptr: nothing weaker to compare with
};

void PrintTo(const row &r, std::ostream *out)
{
    *out << r.name << " (" << r.relation << ")";
}

#define MP_INIT "{ 0:X1=x; 0:X3=y; 1:X1=y; 1:X3=x; }\n"
#define LB_INIT "{ 0:X1=x; 0:X3=y; 1:X1=y; 1:X3=x; }\n"
#define MP(left, right, registers)                                                                                     \
    "AArch64 MP\n" MP_INIT " P0 | P1 ;\n" left right "exists (1:X0=1 /\\ " registers ")\n"

const row rows[] = {
    {"CoherenceWriteWrite", "Local write successor", "",
     "AArch64 A\n{ 0:X1=x; }\n P0 ;\n MOV W0,#1 ;\n STR W0,[X1] ;\n MOV W0,#2 ;\n STR W0,[X1] ;\nexists ([x]=1)\n",
     nullptr},
    {"CoherenceReadWrite", "Local write successor", "",
     "AArch64 A\n{ 0:X1=x; 1:X1=x; }\n P0 | P1 ;\n LDR W0,[X1] | MOV W0,#2 ;\n MOV W2,#1 | STR W0,[X1] ;\n STR W2,[X1] "
     "| ;\nexists (0:X0=2 "
     "/\\ [x]=2)\n",
     nullptr},
    {"AddressToRead", "Address dependency", "",
     MP(" MOV W0,#1 | LDR W0,[X1] ;\n STR W0,[X1] | EOR W2,W0,W0 ;\n DMB ST | LDR W4,[X3,W2,SXTW] ;\n STR W0,[X3] | "
        ";\n",
        "", "1:X4=0"),
     MP(" MOV W0,#1 | LDR W0,[X1] ;\n STR W0,[X1] | LDR W4,[X3] ;\n DMB ST | ;\n STR W0,[X3] | ;\n", "", "1:X4=0")},
    {"DataToWrite", "Data dependency", "",
     "AArch64 A\n" LB_INIT
     " P0 | P1 ;\n LDR W0,[X1] | LDR W0,[X1] ;\n EOR W2,W0,W0 | EOR W2,W0,W0 ;\n ADD W2,W2,#1 | ADD W2,W2,#1 ;\n STR "
     "W2,[X3] | STR W2,[X3] ;\nexists (0:X0=1 /\\ 1:X0=1)\n",
     "AArch64 A\n" LB_INIT
     " P0 | P1 ;\n LDR W0,[X1] | LDR W0,[X1] ;\n MOV W2,#1 | EOR W2,W0,W0 ;\n STR W2,[X3] | ADD W2,W2,#1 ;\n | STR "
     "W2,[X3] ;\nexists (0:X0=1 /\\ 1:X0=1)\n"},
    {"ControlToWrite", "Control dependency", "",
     "AArch64 A\n" LB_INIT " P0 | P1 ;\n LDR W0,[X1] | LDR W0,[X1] ;\n CBZ W0,L0 | CBZ W0,L1 ;\n L0: MOV W2,#1 | L1: "
     "MOV W2,#1 ;\n STR W2,[X3] "
     "| STR W2,[X3] ;\nexists (0:X0=1 /\\ 1:X0=1)\n",
     nullptr},
    {"AddressThenWrite", "addr; [Exp & M]; po; [Exp & W]", "",
     "AArch64 A\n{ 0:X1=x; 0:X3=y; 0:X5=z; 1:X1=y; 1:X3=x; 1:X5=w; }\n P0 | P1 ;\n LDR W0,[X1] | LDR W0,[X1] ;\n EOR "
     "W2,W0,W0 | EOR W2,W0,W0 "
     ";\n LDR W4,[X5,W2,SXTW] | LDR W4,[X5,W2,SXTW] ;\n MOV W6,#1 | MOV W6,#1 ;\n STR W6,[X3] | STR W6,[X3] ;\nexists "
     "(0:X0=1 /\\ 1:X0=1)\n",
     nullptr},
    {"DataThroughMemory", "data; [Exp & M]; Local read successor", "",
     "AArch64 A\n{ 0:X1=x; 0:X3=y; 1:X1=y; 1:X3=x; 1:X5=z; }\n P0 | P1 ;\n MOV W0,#1 | LDR W0,[X1] ;\n STR W0,[X1] | "
     "STR W0,[X5] ;\n DMB ST | LDR "
     "W6,[X5] ;\n STR W0,[X3] | EOR W6,W6,W6 ;\n | LDR W4,[X3,W6,SXTW] ;\nexists (1:X0=1 /\\ 1:X4=0)\n",
     nullptr},
    {"PickAddressToWrite", "Pick-ordered-before", "",
     "AArch64 A\n{ 0:X1=x; 0:X3=y; 0:X5=y; 1:X1=y; 1:X3=x; }\n P0 | P1 ;\n LDR W0,[X1] | LDR W0,[X1] ;\n CMP W0,#7 | "
     "DMB SY ;\n CSEL "
     "X6,X3,X5,EQ | MOV W2,#1 ;\n MOV W2,#1 | STR W2,[X3] ;\n STR W2,[X6] | ;\nexists (0:X0=1 /\\ 1:X0=1)\n",
     nullptr},
    {"PickIsNoAddress", "Pick dependency orders no read", "", nullptr,
     "AArch64 A\n{ 0:X1=x; 0:X3=y; 1:X1=y; 1:X3=x; 1:X5=x; }\n P0 | P1 ;\n MOV W0,#1 | LDR W0,[X1] ;\n STR W0,[X1] | "
     "CMP W0,#7 ;\n DMB ST | CSEL "
     "X6,X3,X5,EQ ;\n STR W0,[X3] | LDR W4,[X6] ;\nexists (1:X0=1 /\\ 1:X4=0)\n"},
    {"PickLocal", "Pick-locally-ordered-before", "",
     "AArch64 A\n{ 0:X1=x; 0:X3=y; 0:X5=z; 1:X1=y; 1:X3=x; }\n P0 | P1 ;\n LDR W0,[X1] | LDR W0,[X1] ;\n CMP W0,#1 | "
     "DMB SY ;\n CSET W6,EQ | MOV "
     "W2,#1 ;\n STR W6,[X5] | STR W2,[X3] ;\n LDAR W4,[X5] | ;\n MOV W2,#1 | ;\n STR W2,[X3] | ;\nexists (0:X0=1 /\\ "
     "1:X0=1)\n",
     "AArch64 A\n{ 0:X1=x; 0:X3=y; 0:X5=z; 1:X1=y; 1:X3=x; }\n P0 | P1 ;\n LDR W0,[X1] | LDR W0,[X1] ;\n MOV W6,#1 | "
     "DMB SY ;\n STR W6,[X5] | MOV "
     "W2,#1 ;\n LDAR W4,[X5] | STR W2,[X3] ;\n MOV W2,#1 | ;\n STR W2,[X3] | ;\nexists (0:X0=1 /\\ 1:X0=1)\n"},
    {"AtomicThenAcquire", "Atomic-ordered-before", "",
     "AArch64 A\n" MP_INIT " P0 | P1 ;\n MOV W0,#1 | MOV W5,#2 ;\n STR W0,[X1] | SWP W5,W0,[X1] ;\n DMB ST | LDAR "
     "W6,[X1] ;\n STR W0,[X3] | LDR "
     "W4,[X3] ;\nexists (1:X0=1 /\\ 1:X4=0)\n",
     "AArch64 A\n" MP_INIT " P0 | P1 ;\n MOV W0,#1 | MOV W5,#2 ;\n STR W0,[X1] | SWP W5,W0,[X1] ;\n DMB ST | LDR "
     "W6,[X1] ;\n STR W0,[X3] | LDR "
     "W4,[X3] ;\nexists (1:X0=1 /\\ 1:X4=0)\n"},
    {"BarrierFull", "Barrier-ordered-before, DMB", "",
     "AArch64 A\n{ 0:X1=x; 0:X3=y; 1:X1=y; 1:X3=x; }\n P0 | P1 ;\n MOV W0,#1 | MOV W0,#1 ;\n STR W0,[X1] | STR W0,[X1] "
     ";\n DMB SY | DMB SY ;\n LDR "
     "W2,[X3] | LDR W2,[X3] ;\nexists (0:X2=0 /\\ 1:X2=0)\n",
     "AArch64 A\n{ 0:X1=x; 0:X3=y; 1:X1=y; 1:X3=x; }\n P0 | P1 ;\n MOV W0,#1 | MOV W0,#1 ;\n STR W0,[X1] | STR W0,[X1] "
     ";\n DMB LD | DMB ST ;\n LDR "
     "W2,[X3] | LDR W2,[X3] ;\nexists (0:X2=0 /\\ 1:X2=0)\n"},
    {"BarrierLoad", "Barrier-ordered-before, DMB LD", "",
     MP(" MOV W0,#1 | LDR W0,[X1] ;\n STR W0,[X1] | DMB LD ;\n DMB ST | LDR W4,[X3] ;\n STR W0,[X3] | ;\n", "",
        "1:X4=0"),
     MP(" MOV W0,#1 | LDR W0,[X1] ;\n STR W0,[X1] | DMB ST ;\n DMB ST | LDR W4,[X3] ;\n STR W0,[X3] | ;\n", "",
        "1:X4=0")},
    {"BarrierStore", "Barrier-ordered-before, DMB ST", "",
     MP(" MOV W0,#1 | LDR W0,[X1] ;\n STR W0,[X1] | DMB SY ;\n DMB ST | LDR W4,[X3] ;\n STR W0,[X3] | ;\n", "",
        "1:X4=0"),
     MP(" MOV W0,#1 | LDR W0,[X1] ;\n STR W0,[X1] | DMB SY ;\n DMB LD | LDR W4,[X3] ;\n STR W0,[X3] | ;\n", "",
        "1:X4=0")},
    {"NoReturn", "no order of DMB LD for an atomic without result", "",
     "AArch64 A\n" MP_INIT
     " P0 | P1 ;\n MOV W0,#1 | MOV W5,#2 ;\n STR W0,[X1] | SWP W5,W0,[X1] ;\n DMB ST | DMB LD ;\n STR W0,[X3] | LDR "
     "W4,[X3] ;\nexists (1:X0=1 /\\ 1:X4=0)\n",
     "AArch64 A\n" MP_INIT
     " P0 | P1 ;\n MOV W0,#1 | MOV W5,#2 ;\n STR W0,[X1] | STADD W5,[X1] ;\n DMB ST | DMB LD ;\n STR W0,[X3] | LDR "
     "W4,[X3] ;\nexists ([y]=3 /\\ 1:X4=0)\n"},
    {"Acquire", "Acquire, Release", "",
     MP(" MOV W0,#1 | LDAR W0,[X1] ;\n STR W0,[X1] | LDR W4,[X3] ;\n STLR W0,[X3] | ;\n", "", "1:X4=0"),
     MP(" MOV W0,#1 | LDR W0,[X1] ;\n STR W0,[X1] | LDR W4,[X3] ;\n STLR W0,[X3] | ;\n", "", "1:X4=0")},
    {"AcquirePc", "AcquirePC", "",
     MP(" MOV W0,#1 | LDAPR W0,[X1] ;\n STR W0,[X1] | LDR W4,[X3] ;\n STLR W0,[X3] | ;\n", "", "1:X4=0"),
     MP(" MOV W0,#1 | LDAPR W0,[X1] ;\n STR W0,[X1] | LDR W4,[X3] ;\n STR W0,[X3] | ;\n", "", "1:X4=0")},
    {"ReleaseThenAcquire", "[L]; po; [A]", "",
     "AArch64 A\n{ 0:X1=x; 0:X3=y; 1:X1=y; 1:X3=x; }\n P0 | P1 ;\n MOV W0,#1 | MOV W0,#1 ;\n STLR W0,[X1] | STLR "
     "W0,[X1] ;\n LDAR W2,[X3] | LDAR "
     "W2,[X3] ;\nexists (0:X2=0 /\\ 1:X2=0)\n",
     "AArch64 A\n{ 0:X1=x; 0:X3=y; 1:X1=y; 1:X3=x; }\n P0 | P1 ;\n MOV W0,#1 | MOV W0,#1 ;\n STLR W0,[X1] | STLR "
     "W0,[X1] ;\n LDAPR W2,[X3] | "
     "LDAPR W2,[X3] ;\nexists (0:X2=0 /\\ 1:X2=0)\n"},
    {"AtomicFull", "write of an atomic with Acquire and Release", "",
     "AArch64 A\n{ 0:X1=x; 0:X3=y; 1:X1=y; 1:X3=x; }\n P0 | P1 ;\n MOV W0,#1 | MOV W0,#1 ;\n SWPAL W0,W5,[X1] | SWPAL "
     "W0,W5,[X1] ;\n LDR W2,[X3] | "
     "LDR W2,[X3] ;\nexists (0:X2=0 /\\ 1:X2=0)\n",
     "AArch64 A\n{ 0:X1=x; 0:X3=y; 1:X1=y; 1:X3=x; }\n P0 | P1 ;\n MOV W0,#1 | MOV W0,#1 ;\n SWPA W0,W5,[X1] | SWPA "
     "W0,W5,[X1] ;\n LDR W2,[X3] | "
     "LDR W2,[X3] ;\nexists (0:X2=0 /\\ 1:X2=0)\n"},
    {"Dsb", "DSB-ordered-before", "",
     "AArch64 A\n{ 0:X1=x; 0:X3=y; 1:X1=y; 1:X3=x; }\n P0 | P1 ;\n MOV W0,#1 | MOV W0,#1 ;\n STR W0,[X1] | STR W0,[X1] "
     ";\n DSB SY | DSB SY ;\n LDR "
     "W2,[X3] | LDR W2,[X3] ;\nexists (0:X2=0 /\\ 1:X2=0)\n",
     "AArch64 A\n{ 0:X1=x; 0:X3=y; 1:X1=y; 1:X3=x; }\n P0 | P1 ;\n MOV W0,#1 | MOV W0,#1 ;\n STR W0,[X1] | STR W0,[X1] "
     ";\n DSB LD | DSB LD ;\n LDR "
     "W2,[X3] | LDR W2,[X3] ;\nexists (0:X2=0 /\\ 1:X2=0)\n"},
    {"ControlIsb", "Context synchronisation", "",
     MP(" MOV W0,#1 | LDR W0,[X1] ;\n STR W0,[X1] | CBZ W0,L1 ;\n DMB ST | L1: ISB ;\n STR W0,[X3] | LDR W4,[X3] ;\n",
        "", "1:X4=0"),
     MP(" MOV W0,#1 | LDR W0,[X1] ;\n STR W0,[X1] | CBZ W0,L1 ;\n DMB ST | L1: NOP ;\n STR W0,[X3] | LDR W4,[X3] ;\n",
        "", "1:X4=0")},
    {"Hazard", "Explicitly-hazard-ordered-before", "",
     "AArch64 A\n{ 0:X1=x; 1:X1=x; }\n P0 | P1 ;\n MOV W0,#1 | LDR W0,[X1] ;\n STR W0,[X1] | LDR W2,[X1] ;\nexists "
     "(1:X0=1 /\\ 1:X2=0)\n",
     nullptr},
    {"DataThroughMemoryToAcquire", "data; [Exp & M]; Local read successor", "",
     "AArch64 A\n{ 0:X1=x; 0:X3=y; 1:X1=y; 1:X3=x; 1:X5=z; }\n P0 | P1 ;\n MOV W0,#1 | LDR W0,[X1] ;\n STR W0,[X1] | "
     "STR W0,[X5] ;\n DMB ST | LDAR "
     "W6,[X5] ;\n STR W0,[X3] | LDR W4,[X3] ;\nexists (1:X0=1 /\\ 1:X4=0)\n",
     "AArch64 A\n{ 0:X1=x; 0:X3=y; 1:X1=y; 1:X3=x; 1:X5=z; }\n P0 | P1 ;\n MOV W0,#1 | LDR W0,[X1] ;\n STR W0,[X1] | "
     "STR WZR,[X5] ;\n DMB ST | LDAR "
     "W6,[X5] ;\n STR W0,[X3] | LDR W4,[X3] ;\nexists (1:X0=1 /\\ 1:X4=0)\n"},
    {"CoherenceWriteRead", "Internal visibility, coWR", "",
     "AArch64 A\n{ 0:X1=x; 1:X1=x; }\n P0 | P1 ;\n MOV W0,#1 | MOV W0,#2 ;\n STR W0,[X1] | STR W0,[X1] ;\n LDR W2,[X1] "
     "| ;\nexists (0:X2=2 /\\ "
     "[x]=1)\n",
     nullptr},
    {"InternalVisibility", "coWR, forwarding", "",
     "AArch64 A\n{ 0:X1=x; }\n P0 ;\n MOV W0,#1 ;\n STR W0,[X1] ;\n LDR W2,[X1] ;\nexists (0:X2=0)\n", nullptr},
    {"ForwardingIsEarly", "an internal read is not ordered", "", nullptr,
     "AArch64 A\n{ 0:X1=x; 0:X3=y; 1:X1=y; 1:X3=x; }\n P0 | P1 ;\n MOV W0,#1 | MOV W0,#1 ;\n STR W0,[X1] | STR W0,[X1] "
     ";\n LDR W4,[X1] | LDR "
     "W4,[X1] ;\n EOR W6,W4,W4 | EOR W6,W4,W4 ;\n LDR W2,[X3,W6,SXTW] | LDR W2,[X3,W6,SXTW] ;\nexists (0:X4=1 /\\ "
     "1:X4=1 /\\ 0:X2=0 /\\ 1:X2=0)\n"},
    {"AtomicityExclusive", "Atomicity requirement", "",
     "AArch64 A\n{ 0:X1=x; 1:X1=x; }\n P0 | P1 ;\n LDXR W0,[X1] | MOV W2,#5 ;\n MOV W2,#1 | STR W2,[X1] ;\n STXR "
     "W3,W2,[X1] | ;\nexists (0:X0=0 "
     "/\\ 0:X3=0 /\\ [x]=1 /\\ ~([x]=5))\n",
     nullptr},
    {"AtomicityAdd", "Atomicity requirement", "",
     "AArch64 A\n{ 0:X1=x; 1:X1=x; }\n P0 | P1 ;\n MOV W0,#1 | MOV W0,#1 ;\n LDADD W0,W2,[X1] | LDADD W0,W2,[X1] "
     ";\nexists ([x]=1)\n",
     nullptr},
    {"SingleCopy", "Observed-by reaches every byte of an access", "mixed",
     "AArch64 A\n{ uint32_t x; 0:X1=x; 1:X1=x; uint32_t 0:X0=0x1010101; }\n P0 | P1 ;\n STR W0,[X1] | LDRH W2,[X1] ;\n "
     "| LDR W4,[X1] ;\nexists "
     "(1:X2=0x101 /\\ 1:X4=0)\n",
     nullptr},
    {"TagObserved", "Tag-observed-by", "memtag,sync",
     "AArch64 A\n{ 0:X1=x:red; 0:X2=x:green; 0:X3=y; 1:X1=y; 1:X3=x:red; }\n P0 | P1 ;\n STG X1,[X2] | LDR W0,[X1] ;\n "
     "DMB SY | DMB SY ;\n MOV "
     "W0,#1 | L1: LDR W4,[X3] ;\n STR W0,[X3] | ;\nexists (1:X0=1 /\\ fault(P1:L1,x))\n",
     "AArch64 A\n{ 0:X1=x:red; 0:X2=x:green; 0:X3=y; 1:X1=y; 1:X3=x:red; }\n P0 | P1 ;\n STG X1,[X2] | LDR W0,[X1] ;\n "
     "DMB SY | L1: LDR W4,[X3] "
     ";\n MOV W0,#1 | ;\n STR W0,[X3] | ;\nexists (1:X0=1 /\\ fault(P1:L1,x))\n"},
    {"TagCheckBeforeWrite", "Tag-Check-intrinsically-before", "memtag,sync",
     "AArch64 A\n{ 0:X1=x:red; 0:X3=y; 1:X1=y; 1:X2=x:red; 1:X3=x:green; 1:X5=x:green; }\n P0 | P1 ;\n MOV W0,#1 | LDR "
     "W0,[X5] ;\n STR W0,[X1] | "
     "DMB SY ;\n | STG X2,[X3] ;\nexists (1:X0=1)\n",
     nullptr},
    {"TranslationBeforeAccess", "Translation-intrinsically-before", "vmsa",
     "AArch64 A\n{ [PTE(x)]=(valid:0); [PTE(z)]=(oa:PA(x)); 0:X1=x; 1:X1=z; 1:X3=PTE(x); pteval_t 1:X2=(oa:PA(x)); }\n "
     "P0 | P1 ;\n MOV W0,#1 | LDR "
     "W0,[X1] ;\n STR W0,[X1] | DSB SY ;\n | STR X2,[X3] ;\nexists (1:X0=1)\n",
     nullptr},
    {"TranslationFault", "TLBUncacheable-coherence-after", "vmsa",
     "AArch64 A\n{ [PTE(x)]=(valid:0); 0:X1=PTE(x); pteval_t 0:X0=(oa:PA(x)); 0:X3=x; }\n P0 ;\n STR X0,[X1] ;\n DSB "
     "SY ;\n ISB ;\n L0: LDR W4,[X3] "
     ";\nexists (fault(P0:L0,x))\n",
     "AArch64 A\n{ [PTE(x)]=(valid:0); 0:X1=PTE(x); pteval_t 0:X0=(oa:PA(x)); 0:X3=x; }\n P0 ;\n STR X0,[X1] ;\n L0: "
     "LDR W4,[X3] ;\nexists "
     "(fault(P0:L0,x))\n"},
    {"TlbiCompletes", "TLBI-ordered-before", "vmsa",
     "AArch64 A\n{ [PTE(x)]=(oa:PA(x)); 0:X1=PTE(x); 0:X0=(valid:0); 0:X5=x; 0:X3=y; 1:X1=y; 1:X3=x; }\n P0 | P1 ;\n "
     "STR X0,[X1] | LDR W0,[X1] ;\n DSB "
     "SY | DMB SY ;\n LSR X6,X5,#12 | L1: LDR W4,[X3] ;\n TLBI VAAE1IS,X6 | ;\n DSB SY | ;\n MOV W2,#1 | ;\n STR "
     "W2,[X3] | ;\nexists (1:X0=1 /\\ "
     "~fault(P1:L1,x))\n",
     "AArch64 A\n{ [PTE(x)]=(oa:PA(x)); 0:X1=PTE(x); 0:X0=(valid:0); 0:X5=x; 0:X3=y; 1:X1=y; 1:X3=x; }\n P0 | P1 ;\n "
     "STR X0,[X1] | LDR W0,[X1] ;\n DSB "
     "SY | DMB SY ;\n MOV W2,#1 | L1: LDR W4,[X3] ;\n STR W2,[X3] | ;\nexists (1:X0=1 /\\ ~fault(P1:L1,x))\n"},
    {"Ets2", "ETS-ordered-before", "vmsa,ets2",
     "AArch64 A\n{ [PTE(x)]=(valid:0); 0:X1=PTE(x); pteval_t 0:X0=(oa:PA(x)); 0:X3=y; 1:X1=y; 1:X3=x; }\n P0 | P1 ;\n "
     "STR X0,[X1] | LDR W0,[X1] ;\n DMB "
     "SY | L1: LDR W4,[X3] ;\n MOV W2,#1 | ;\n STR W2,[X3] | ;\nexists (1:X0=1 /\\ fault(P1:L1,x))\n",
     nullptr},
    {"HardwareUpdateAtomic", "Atomicity of hardware updates", "vmsa",
     "AArch64 A\nTTHM=HA\n{ [PTE(x)]=(oa:PA(x),af:0); 0:X1=x; 1:X1=PTE(x); 1:X0=(valid:0); }\n P0 | P1 ;\n LDR W0,[X1] "
     "| SWP X0,X2,[X1] "
     ";\nexists (1:X2=(oa:PA(x),af:0) /\\ [PTE(x)]=(oa:PA(x)))\n",
     nullptr},
};

std::vector<row> having(const char *row::*member)
{
    std::vector<row> out;
    for (const row &r : rows)
        if (r.*member)
            out.push_back(r);
    return out;
}

std::string name_of(const ::testing::TestParamInfo<row> &row_info)
{
    return row_info.param.name;
}

class Forbids : public ::testing::TestWithParam<row>
{
};

TEST_P(Forbids, ItsCase)
{
    const row &r = GetParam();
    explored e = explore_text(r.forbidden, r.variant);
    ASSERT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_FALSE(e.bounded) << e.reason;
    EXPECT_FALSE(e.states.empty());
    EXPECT_EQ(e.positive, 0u) << r.relation;
}

class Allows : public ::testing::TestWithParam<row>
{
};

TEST_P(Allows, TheCaseWithoutItsCause)
{
    const row &r = GetParam();
    explored e = explore_text(r.allowed, r.variant);
    ASSERT_EQ(e.status, 0) << e.diagnostic;
    EXPECT_GT(e.positive, 0u) << "without " << r.relation;
}

INSTANTIATE_TEST_SUITE_P(ArmArmB23, Forbids, ::testing::ValuesIn(having(&row::forbidden)), name_of);
INSTANTIATE_TEST_SUITE_P(ArmArmB23, Allows, ::testing::ValuesIn(having(&row::allowed)), name_of);

} // namespace
