// What does a fetch find of code that caches keep several copies of, as under Non-shareable memory, and what maintenance makes it find the latest?
#include "conformance/bench.h"
#include "conformance/explore_case.h"

namespace
{

explored on(const std::string &text, const char *attribute, bool idc, bool every_copying = false,
            iso_reduce reduce = ISO_REDUCE_WHERE_IT_PAYS)
{
    Bench bench;
    bench.cpu.value[ISO_CPU_DIC] = ISO_FEATURE_NO;
    bench.cpu.value[ISO_CPU_IDC] = idc ? ISO_FEATURE_YES : ISO_FEATURE_NO;
    const iso_machine machine = bench.machine();
    explored e = explore_on(&machine, attribute, text, "", every_copying, reduce);
    EXPECT_EQ(e.status, 0) << e.diagnostic << "\n" << text;
    EXPECT_FALSE(e.bounded) << e.reason;
    return e;
}

struct steps {
    const char *clean, *publish; // P0 after its write, and what it does next
    const char *drop, *invalidate, *synchronise;
};

// P0 changes P1's code and tells it by a Non-cacheable flag, which P1 reads before it goes there. X9 is 0 if the old branch is fetched.
std::string told(const steps &s)
{
    return std::string("AArch64 told\nVariant=vmsa\nPlace=P1:m0@tier\n{ uint64_t z; [PTE(z)]=(oa:PA(z), "
                       "attrs:(Normal,iNC,oNC));\n"
                       "0:X0=NOP; 0:X1=P1:m0; 0:X2=1; 0:X3=z; 1:X1=P1:m0; 1:X3=z; 1:X9=0; }\n"
                       " P0 | P1 ;\n STR W0,[X1] | LDR W2,[X3] ;\n ") +
           s.clean + " | CBZ W2,e ;\n DSB SY | e: " + s.drop + " ;\n " + s.publish + " | DSB SY ;\n DSB SY | " +
           s.invalidate + " ;\n STR W2,[X3] | DSB SY ;\n | " + s.synchronise +
           " ;\n | m0: B l0 ;\n | MOV W9,#1 ;\n | l0: ;\nexists (1:X2=1 /\\ 1:X9=0)\n";
}

const steps WHOLE = {"DC CVAC,X1", "NOP", "DC CIVAC,X1", "IC IVAU,X1", "ISB"};

} // namespace

// What P0 wrote reaches memory by DC to the Point of Coherency, P1's copy by its own, and P1's instruction cache by its own IC: DC and IC by an address in
// Non-shareable memory work on the caches of their CPU (Arm ARM D7.5.9).
TEST(ExploreFetchCopies, EachStepCounts)
{
    for (bool idc : {false, true}) {
        EXPECT_EQ(on(told(WHOLE), "wb:nsh", idc).positive, 0u) << idc;
        const struct {
            const char *what;
            steps s;
        } weaker[] = {
            {"the line is still dirty", {"NOP", "NOP", WHOLE.drop, WHOLE.invalidate, WHOLE.synchronise}},
            {"not as far as memory", {"DC CVAU,X1", "NOP", WHOLE.drop, WHOLE.invalidate, WHOLE.synchronise}},
            {"P1 has a copy", {WHOLE.clean, "NOP", "NOP", WHOLE.invalidate, WHOLE.synchronise}},
            {"P1 cleans a copy that is clean", {WHOLE.clean, "NOP", "DC CVAC,X1", WHOLE.invalidate, WHOLE.synchronise}},
            {"P1's instruction cache", {WHOLE.clean, "NOP", WHOLE.drop, "NOP", WHOLE.synchronise}},
            {"P0's IC is for P0", {WHOLE.clean, "IC IVAU,X1", WHOLE.drop, "NOP", WHOLE.synchronise}},
            {"fetched before", {WHOLE.clean, "NOP", WHOLE.drop, WHOLE.invalidate, "NOP"}},
        };
        for (const auto &one : weaker)
            EXPECT_GT(on(told(one.s), "wb:nsh", idc).positive, 0u) << one.what << ", " << idc;
        const steps all = {WHOLE.clean, "IC IALLUIS", WHOLE.drop, "NOP", WHOLE.synchronise};
        EXPECT_EQ(on(told(all), "wb", idc).positive, 0u) << idc;
        const steps shared = {"DC CVAU,X1", "IC IVAU,X1", "NOP", "NOP", "ISB"};
        EXPECT_EQ(on(told(shared), "wb", idc).positive, 0u) << idc;
        EXPECT_GT(on(told(shared), "wb:nsh", idc).positive, 0u) << idc;
    }
}

// With no maintenance at all caches may write back and fill, and then P1 runs what P0 wrote.
TEST(ExploreFetchCopies, CachesMayBringTheNewInstruction)
{
    const steps none = {"NOP", "NOP", "NOP", "NOP", "NOP"};
    std::string text = told(none);
    text.replace(text.find("exists"), std::string::npos, "exists (1:X9=1)\n");
    for (bool idc : {false, true}) {
        EXPECT_GT(on(text, "wb:nsh", idc).positive, 0u) << idc;
        EXPECT_GT(on(text, "wb:nsh", idc).negative, 0u) << idc;
    }
}

// A DC to the Point of Unification is executed in program order with stores to its line, whichever copy they go to: P0 changes its own code, which P1 reads.
TEST(ExploreFetchCopies, CleaningComesAfterTheStore)
{
    for (const char *dc : {"DC CVAU,X1", "NOP"}) {
        const std::string text =
            std::string("AArch64 own\nPlace=P0:m0@tier\n{ 0:X0=NOP; 0:X1=P0:m0; 0:X9=0; 1:X1=P0:m0; }\n P0 | P1 ;\n "
                        "STR W0,[X1] | LDR "
                        "W2,[X1] ;\n ") +
            dc +
            " | ;\n DSB SY | ;\n IC IVAU,X1 | ;\n DSB SY | ;\n ISB | ;\nm0: B l0 | ;\n MOV W9,#1 | ;\nl0: | "
            ";\nexists (0:X9=0)\n";
        EXPECT_EQ(on(text, "wb:nsh", false).positive > 0, dc == std::string("NOP")) << dc;
        EXPECT_EQ(on(text, "wb:nsh", true).positive, 0u) << dc;
    }
}

// Moves of caches that nobody notices are left out there too, and what a thread that fetches no more could find is forgotten.
TEST(ExploreFetchCopies, QuietMovesAddNothing)
{
    const char *const first[] = {"NOP", "DC CVAC,X1", "DC CVAU,X1", "DC CIVAC,X1", "STR W2,[X1]"};
    const char *const second[] = {"NOP", "IC IVAU,X1", "STR W2,[X1]"};
    const char *const third[] = {"NOP", "DC IVAC,X1", "LDR W5,[X1]"};
    uint64_t quick = 0, whole = 0;
    for (const char *a : first)
        for (const char *b : second)
            for (const char *c : third) {
                const std::string text = told({a, b, c, "IC IVAU,X1", "ISB"});
                for (const char *attribute : {"wb:nsh", "wb"}) {
                    explored kept = on(text, attribute, false);
                    explored all = on(text, attribute, false, true, ISO_REDUCE_NEVER);
                    EXPECT_EQ(kept.causes, all.causes) << attribute << text;
                    quick += kept.visited;
                    whole += all.visited;
                }
            }
    EXPECT_LT(quick, whole);
}
