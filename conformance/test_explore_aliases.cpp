// What may a program see through mismatched mappings of one location, and does the maintenance that Arm ARM B2.11 asks for make it whole again?
#include "conformance/bench.h"
#include "conformance/explore_case.h"

// y is x's page under another attribute; pages without attributes of their own have the machine's `attribute`.
static const char *const NC = "Normal,iNC,oNC", *const OSH = "OSH", *const GRE = "Device-GRE";

static const iso_machine &machine_of(const Bench &bench)
{
    static iso_machine machine;
    iso_machine_init(&machine);
    machine.ntiers = 1;
    machine.tiers[0] = bench.tier;
    machine.features = bench.cpu;
    return machine;
}

// Head and initial state of a test of two or three threads: X1 is the first mapping, X2 the second, X3 a flag, X0 one.
static std::string head(const char *other, unsigned threads, const char *more = "")
{
    std::string out = std::string("AArch64 t\nVariant=vmsa\n") + more +
                      "{ uint64_t x; uint64_t y; uint64_t z; uint64_t f; " + "[PTE(y)]=(oa:PA(x), attrs:(" + other +
                      "));\n";
    for (unsigned t = 0; t < threads; t++) {
        std::string n = std::to_string(t);
        out += n + ":X0=1; " + n + ":X1=x; " + n + ":X2=y; " + n + ":X3=f; " + n + ":X9=z; ";
    }
    return out + "}\n";
}

static explored bounded_or_not(const std::string &text, const char *attribute = "wb", const Bench &bench = Bench())
{
    explored e = explore_on(&machine_of(bench), attribute, text, "");
    EXPECT_EQ(e.status, 0) << e.diagnostic << "\n" << text;
    return e;
}

static explored good(const std::string &text, const char *attribute = "wb", const Bench &bench = Bench())
{
    explored e = bounded_or_not(text, attribute, bench);
    EXPECT_FALSE(e.bounded) << e.reason;
    return e;
}

// Message passing: what stands between P0's write and its flag, and between P1's look at the flag and its read.
static std::string message(const char *other, const char *write, const std::string &after, const std::string &before,
                           const char *read)
{
    return head(other, 2) + " P0 | P1 ;\n STR X0,[" + write + "] | LDR X4,[X3] ;\n " + after +
           " | DMB SY ;\n DSB SY | " + before + " ;\n STR X0,[X3] | DSB SY ;\n | LDR X5,[" + read +
           "] ;\nexists (1:X4=1 /\\ 1:X5=0)\n";
}

// R3: after a Write-Back write the line is cleaned; before a cacheable read it is invalidated.
TEST(ExploreAliases, CacheableAndNoncacheableNeedMaintenance)
{
    EXPECT_GT(good(message(NC, "X1", "NOP", "NOP", "X2")).positive, 0u) << "the line is still dirty";
    EXPECT_GT(good(message(NC, "X1", "DC IVAC,X1", "NOP", "X2")).positive, 0u) << "the data are thrown away";
    EXPECT_GT(good(message(NC, "X1", "DC CVAU,X1", "NOP", "X2")).positive, 0u) << "that is not as far as memory";
    EXPECT_GT(good(message(NC, "X1", "DC CVAC,X9", "NOP", "X2")).positive, 0u) << "another line";
    for (const char *clean : {"DC CVAC,X1", "DC CVAC,X2", "DC CIVAC,X1", "DC CVAP,X1", "DC CGDVAC,X1"})
        EXPECT_EQ(good(message(NC, "X1", clean, "NOP", "X2")).positive, 0u) << clean;
    EXPECT_GT(good(message(NC, "X2", "NOP", "NOP", "X1")).positive, 0u) << "an old line may be there";
    EXPECT_GT(good(message(NC, "X2", "DC CIVAC,X1", "DC CVAC,X1", "X1")).positive, 0u)
        << "a clean keeps it, and it may come again";
    for (const char *invalidate : {"DC IVAC,X1", "DC IVAC,X2", "DC CIVAC,X1"})
        EXPECT_EQ(good(message(NC, "X2", "NOP", invalidate, "X1")).positive, 0u) << invalidate;
}

// The same with a Device mapping; one definition for all is coherent without anything.
TEST(ExploreAliases, OneDefinitionNeedsNone)
{
    EXPECT_EQ(good(message("Normal", "X1", "NOP", "NOP", "X2")).positive, 0u);
    EXPECT_EQ(good(message("TaggedNormal", "X1", "NOP", "NOP", "X2")).positive, 0u) << "Tagged is no mismatch";
    EXPECT_EQ(good(message(NC, "X1", "NOP", "NOP", "X2"), "nc").positive, 0u);
    EXPECT_GT(good(message(GRE, "X1", "NOP", "NOP", "X2")).positive, 0u);
    EXPECT_EQ(good(message(GRE, "X1", "NOP", "NOP", "X2"), "nc").positive, 0u) << "R2: nothing gets stale";
}

// Maintenance is in program order with cacheable accesses to its line, but with others only behind a DMB or DSB (D7.5.9).
TEST(ExploreAliases, MaintenanceHasItsPlaceInTheOrder)
{
    auto read = [](const char *first, const char *between, const char *through) {
        return head(NC, 2) + " P0 | P1 ;\n STR X0,[X2] | LDR X4,[X3] ;\n DMB SY | DMB SY ;\n STR X0,[X3] | " + first +
               " ;\n | " + between + " ;\n | LDR X5,[" + through + "] ;\nexists (1:X4=1 /\\ 1:X5=0)\n";
    };
    EXPECT_EQ(good(read("DC IVAC,X1", "NOP", "X1")).positive, 0u);
    EXPECT_GT(good(read("LDR X6,[X1]", "DC IVAC,X1", "X1")).states.size(), 0u);
    auto written = [](const char *between) {
        return head(NC, 1) + " P0 ;\n STR X0,[X1] ;\n DC CVAC,X1 ;\n " + between +
               " ;\n LDR X5,[X2] ;\nexists (0:X5=0)\n";
    };
    EXPECT_GT(good(written("NOP")).positive, 0u);
    EXPECT_GT(good(written("DMB ST")).positive, 0u);
    EXPECT_EQ(good(written("DMB SY")).positive, 0u);
    EXPECT_EQ(good(written("DSB SY")).positive, 0u);
}

// A dirty line is written back when it pleases: over what was written meanwhile, or with bytes beside those that are dirty.
TEST(ExploreAliases, WriteBackPutsOldBytesBack)
{
    auto both = [](const char *between) {
        return head(NC, 1) + " P0 ;\n STR X0,[X1] ;\n " + between +
               " ;\n DSB SY ;\n MOV X7,#2 ;\n STR X7,[X2] ;\nlocations [x;]\nexists (x=1)\n";
    };
    EXPECT_GT(good(both("NOP")).positive, 0u);
    EXPECT_EQ(good(both("DC CIVAC,X1")).positive, 0u);
    EXPECT_EQ(good(both("DC CVAC,X1")).positive, 0u);
    const char *const neighbour =
        " P0 | P1 ;\n MOV X7,#2 | STR X0,[X1] ;\n STR X7,[X2,#8] | ;\nlocations [x;z;]\nexists (z=0)\n";
    EXPECT_EQ(good(head(NC, 2, "Layout=x:0 z:8\n") + neighbour).states,
              (std::set<std::string>{"[x]=1; [z]=0;", "[x]=1; [z]=2;"}));
    EXPECT_EQ(good(head(NC, 2, "Layout=x:0 z:64\n") +
                   std::string(neighbour).replace(std::string(neighbour).find("#8"), 2, "#64"))
                  .positive,
              0u)
        << "another line";
}

// A store that covers several locations of other accesses reaches memory as one (B2.2.1).
TEST(ExploreAliases, WhatIsWrittenAtOnceIsCopiedAtOnce)
{
    explored e =
        good(head(NC, 3, "Layout=x:0 z:8\n") +
             " P0 | P1 | P2 ;\n MOV W7,#1 | LDR X4,[X2] | LDR W6,[X1,#4] ;\n ORR X7,X7,X7,LSL #32 | LSR X5,X4,#32 "
             "| ;\n STR X7,[X1] | | ;\nlocations [1:X4; 1:X5;]\nexists (1:X4=1)\n");
    EXPECT_EQ(e.states, (std::set<std::string>{"1:X4=0; 1:X5=0;", "1:X4=1; 1:X5=1;"})) << "half of the doubleword";
}

// R1, R4: Shareability alone.
TEST(ExploreAliases, ShareabilityAlone)
{
    EXPECT_GT(good(message(OSH, "X1", "NOP", "NOP", "X2")).positive, 0u);
    EXPECT_GT(good(message(OSH, "X1", "DC CVAC,X1", "NOP", "X2")).positive, 0u) << "an old line in the reader's domain";
    EXPECT_GT(good(message(OSH, "X1", "NOP", "DC CIVAC,X2", "X2")).states.size(), 0u);
    EXPECT_EQ(good(message(OSH, "X1", "DC CIVAC,X1", "DC CIVAC,X2", "X2")).positive, 0u);
    EXPECT_EQ(good(head(OSH, 3) +
                   " P0 | P1 | P2 ;\n STR X0,[X1] | LDR X4,[X3] | LDR X5,[X2] ;\n DMB SY | DMB SY | ;\n STR "
                   "X0,[X3] | LDR X5,[X1] | ;\nexists (1:X4=1 /\\ 1:X5=0)\n")
                  .positive,
              0u)
        << "R1: reader and writer share one definition";
}

// Non-shareable memory: every CPU has a copy of its own (B2.10.1.2).
TEST(ExploreAliases, NonshareableIsPrivate)
{
    const std::string text =
        "AArch64 t\n{ 0:X1=x; 0:X3=f; 1:X1=x; 1:X3=f; }\n P0 | P1 ;\n MOV W0,#1 | LDR W4,[X3] ;\n STR "
        "W0,[X1] | DMB SY ;\n DMB SY | LDR W5,[X1] ;\n STR W0,[X3] | ;\nlocations [1:X4; 1:X5;]\nexists (1:X4=1 /\\ "
        "1:X5=0)\n";
    EXPECT_EQ(good(text, "wb").positive, 0u);
    EXPECT_GT(good(text, "wb:nsh").positive, 0u);
}

// R2: accesses of one CPU through both lose their order; a DMB keeps it.
TEST(ExploreAliases, DeviceAndNoncacheableReorder)
{
    auto back = [](const char *between) {
        return head(GRE, 1) + " P0 ;\n STR X0,[X1] ;\n " + between +
               " ;\n LDR X5,[X2] ;\nlocations [x;]\nexists (0:X5=0)\n";
    };
    auto twice = [](const char *between) {
        return head(GRE, 1) + " P0 ;\n MOV X7,#2 ;\n STR X0,[X1] ;\n " + between +
               " ;\n STR X7,[X2] ;\nlocations [x;]\nexists (x=1)\n";
    };
    for (const char *attribute : {"nc", "device-ngnre"}) {
        EXPECT_GT(good(back("NOP"), attribute).positive, 0u) << attribute;
        EXPECT_EQ(good(back("DMB SY"), attribute).positive, 0u) << attribute;
        EXPECT_GT(good(twice("NOP"), attribute).positive, 0u) << attribute;
        EXPECT_EQ(good(twice("DMB SY"), attribute).positive, 0u) << attribute;
    }
    EXPECT_EQ(good(back("NOP"), "device-gre").positive, 0u) << "one definition";
}

// Exclusives through both: monitors are UNKNOWN, so that both may pass; through one alone they keep their meaning.
TEST(ExploreAliases, ExclusivesThroughTwoDefinitions)
{
    auto count = [](const char *first, const char *second) {
        return head(NC, 2) + " P0 | P1 ;\n LDXR X4,[" + first + "] | LDXR X4,[" + second +
               "] ;\n ADD X5,X4,#1 | ADD X5,X4,#1 ;\n STXR W6,X5,[" + first + "] | STXR W6,X5,[" + second +
               "] ;\nlocations [x;]\nexists (0:X6=0 /\\ 1:X6=0 /\\ ~(x=2))\n";
    };
    EXPECT_GT(good(count("X1", "X2")).positive, 0u);
    EXPECT_EQ(good(count("X1", "X1")).positive, 0u);
}

// A store exclusive through another mapping than its load's: passes, fails, or status and data at both are UNKNOWN; said in the outcome, not by a bound, unless
// the program works with such data.
RULE_TEST(ExploreAliases, UnknownDataIsShown, "CH-18")
{
    Bench free, fails;
    free.cpu.value[ISO_CPU_STX_VA] = ISO_PASS_FAIL_FREE;
    fails.cpu.value[ISO_CPU_STX_VA] = ISO_PASS_FAIL_FAIL;
    auto pair = [](const char *then, const char *shown) {
        return head(NC, 1) + " P0 ;\n LDXR X4,[X1] ;\n STXR W6,X0,[X2] ;\n DSB SY ;\n " + then + " ;\nlocations [" +
               shown + "]\nexists (0:X6=0)\n";
    };
    EXPECT_EQ(
        good(pair("NOP", "x;"), "wb", free).states,
        (std::set<std::string>{"0:X6=0; [x]=1;", "0:X6=0; [x]=UNKNOWN;", "0:X6=1; [x]=0;", "0:X6=1; [x]=UNKNOWN;"}));
    EXPECT_EQ(good(pair("LDR X7,[X1]", "0:X7;"), "wb", free).states.count("0:X6=1; 0:X7=UNKNOWN;"), 1u)
        << "at the load's address, too";
    EXPECT_EQ(good(pair("NOP", "x;"), "wb", fails).states, (std::set<std::string>{"0:X6=0; [x]=1;", "0:X6=1; [x]=0;"}))
        << "monitors are UNKNOWN all the same";
    explored e = bounded_or_not(pair("LDADD X0,X7,[X2]", "x;"), "wb", free);
    EXPECT_TRUE(e.bounded);
    EXPECT_NE(e.reason.find("CH-18"), std::string::npos) << e.reason;
}

// A loop that polls through a stale copy need never end, nor need a line that it waits for ever be written back.
TEST(ExploreAliases, PollingMayNeverEnd)
{
    for (const char *attribute : {"wb", "nc"}) {
        explored e = good(head(attribute[0] == 'w' ? NC : "Normal", 2) +
                              " P0 | P1 ;\n STR X0,[X2] | L0: LDR X4,[X1] ;\n | CBZ X4,L0 ;\nexists (1:X4=1)\n",
                          attribute);
        size_t stuck = 0;
        for (const std::string &state : e.states)
            stuck += state.find("NoProgress(P1)") != std::string::npos;
        EXPECT_EQ(stuck, attribute[0] == 'w' ? 1u : 0u)
            << attribute; /* AttrIndx 0 is the machine's attribute: no alias differs */
        EXPECT_GT(e.positive, 0u);
    }
}

// A CPU that keeps Write-Through memory in caches, one that does not, and one that does not say.
Bench treats(int as)
{
    Bench bench;
    bench.cpu.value[ISO_CPU_CACHEABILITY] = static_cast<uint8_t>(as);
    return bench;
}

// CH-08: a write reaches memory at once, so that nothing need be cleaned; what a cache holds may be old where caches keep such memory.
RULE_TEST(ExploreAliases, WriteThroughIsNeverDirty, "CH-08", "R3")
{
    Bench kept = treats(ISO_AS_ENCODED_YES), passed = treats(ISO_AS_ENCODED_NC), open = treats(ISO_VALUE_FREE);
    for (const Bench *bench : {&kept, &passed, &open})
        EXPECT_EQ(good(message(NC, "X1", "NOP", "NOP", "X2"), "wt", *bench).positive, 0u);
    EXPECT_GT(good(message(NC, "X2", "NOP", "NOP", "X1"), "wt", kept).positive, 0u) << "an old line";
    EXPECT_EQ(good(message(NC, "X2", "NOP", "DC IVAC,X1", "X1"), "wt", kept).positive, 0u);
    EXPECT_EQ(good(message(NC, "X2", "NOP", "NOP", "X1"), "wt", passed).positive, 0u);
    EXPECT_GT(good(message(NC, "X2", "NOP", "NOP", "X1"), "wt", open).positive, 0u);
    EXPECT_EQ(good(message("Normal", "X1", "NOP", "NOP", "X2"), "wt").positive, 0u) << "one definition";
}

// Beside Write-Back memory a CPU that takes Write-Through as Non-cacheable reads past the dirty line; one that keeps both reads the line.
RULE_TEST(ExploreAliases, WriteThroughBesideWriteBack, "CH-08", "CH-44")
{
    const char *const WT = "Normal,iWT,oWT";
    EXPECT_EQ(good(message(WT, "X1", "NOP", "NOP", "X2"), "wb", treats(ISO_AS_ENCODED_YES)).positive, 0u);
    EXPECT_GT(good(message(WT, "X1", "NOP", "NOP", "X2"), "wb", treats(ISO_AS_ENCODED_NC)).positive, 0u);
    EXPECT_EQ(good(message(WT, "X1", "DC CVAC,X1", "NOP", "X2"), "wb", treats(ISO_VALUE_FREE)).positive, 0u);
    // The choice is one for the whole machine: a read of the dirty line through WT and one that misses it never go together.
    const std::string text = head(WT, 1) + " P0 ;\n STR X0,[X1] ;\n DMB SY ;\n LDR X4,[X2] ;\n DMB SY ;\n LDR X5,[X2] "
                                           ";\nexists (0:X4=1 /\\ 0:X5=0)\n";
    EXPECT_EQ(good(text, "wb", treats(ISO_VALUE_FREE)).positive, 0u);
}

// Mixed cacheability: as encoded some cache may hold it dirty.
RULE_TEST(ExploreAliases, MixedMayBeDirty, "CH-08", "R3")
{
    EXPECT_GT(good(message(NC, "X1", "NOP", "NOP", "X2"), "mix", treats(ISO_AS_ENCODED_YES)).positive, 0u);
    EXPECT_EQ(good(message(NC, "X1", "DC CVAC,X1", "NOP", "X2"), "mix", treats(ISO_AS_ENCODED_YES)).positive, 0u);
    EXPECT_EQ(good(message(NC, "X1", "NOP", "NOP", "X2"), "mix", treats(ISO_AS_ENCODED_NC)).positive, 0u);
}

// Whether Inner and Outer Shareable accesses see one copy is the machine's: then a dirty line is read through both, and missed by a third.
RULE_TEST(ExploreAliases, OneCopyOfTwoShareabilities, "R4")
{
    const std::string text =
        "AArch64 t\nVariant=vmsa\n{ uint64_t x; uint64_t y; uint64_t w; [PTE(y)]=(oa:PA(x), attrs:(OSH)); "
        "[PTE(w)]=(oa:PA(x), attrs:(Normal,iNC,oNC)); 0:X0=1; 0:X1=x; 1:X2=y; 1:X3=w; }\n P0 | P1 ;\n STR X0,[X1] | "
        "LDR "
        "X4,[X2] ;\n | DSB SY ;\n | LDR X5,[X3] ;\nexists (1:X4=1 /\\ 1:X5=0)\n";
    EXPECT_GT(good(text).positive, 0u);
}

// Any number of definitions of one frame.
TEST(ExploreAliases, ManyDefinitions)
{
    static const char *const attributes[] = {
        "Normal,iNC,oNC", "Device-GRE",     "Device-nGRE",        "Device-nGnRE",      "Device-nGnRnE", "OSH", "NSH",
        "Normal,iWT,oWT", "Normal,iWB,oNC", "Normal,iWT,oWT,OSH", "Normal,iWT,oWT,NSH"};
    std::string text = "AArch64 t\nVariant=vmsa\n{ uint64_t x;", code;
    unsigned n = 0;
    for (const char *a : attributes) {
        std::string name = "y" + std::to_string(n);
        text += " uint64_t " + name + "; [PTE(" + name + ")]=(oa:PA(x), attrs:(" + a + ")); 0:X" +
                std::to_string(n + 2) + "=" + name + ";";
        code += " LDR X20,[X" + std::to_string(n + 2) + "] ;\n";
        n++;
    }
    text += " 0:X1=x; 0:X0=1; }\n P0 ;\n STR X0,[X1] ;\n" + code + "exists (0:X20=0)\n";
    EXPECT_GT(good(text).positive, 0u);
}
