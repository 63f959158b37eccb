// Do allocation tags have copies as data have, where mismatched mappings see several, and does DC work on those that it names?
#include "conformance/bench.h"
#include "conformance/explore_case.h"

namespace
{

const char *const OSH = "TaggedNormal,OSH", *const NSH = "TaggedNormal,NSH", *const NC = "Normal,iNC,oNC";

const iso_machine &machine_of(const Bench &bench)
{
    static iso_machine machine;
    iso_machine_init(&machine);
    machine.ntiers = 1;
    machine.tiers[0] = bench.tier;
    machine.features = bench.cpu;
    return machine;
}

explored good(const std::string &text, const Bench &bench = Bench())
{
    explored e = explore_on(&machine_of(bench), "wb", text, "");
    EXPECT_EQ(e.status, 0) << e.diagnostic << "\n" << text;
    EXPECT_FALSE(e.bounded) << e.reason << "\n" << text;
    return e;
}

// x is Tagged, y x's page under another definition. X1 x, X2 y, X3 a flag; X6 and X7 the same two in red; X0 one.
std::string head(const char *other, unsigned threads, const char *more = "", const char *mode = "sync")
{
    std::string out = std::string("AArch64 t\nVariant=vmsa,memtag,") + mode + "\n" + more +
                      "{ uint64_t x; uint64_t y; uint64_t z; uint64_t f; [PTE(x)]=(oa:PA(x), attrs:(TaggedNormal)); "
                      "[PTE(y)]=(oa:PA(x), attrs:(" +
                      other + "));\n";
    for (unsigned t = 0; t < threads; t++) {
        std::string n = std::to_string(t);
        out += n + ":X0=1; " + n + ":X1=x; " + n + ":X2=y; " + n + ":X3=f; " + n + ":X6=x:red; " + n + ":X7=y:red; " +
               n + ":X9=z; uint64_t " + n + ":X5=y;\n";
    }
    return out + "}\n";
}

// P0 colours x red and raises a flag, P1 looks through y; `after` and `before` stand between. `then`: of P1, behind its look at the flag.
std::string message_text(const std::string &after, const std::string &before, const std::string &look,
                         const char *condition, const char *other = OSH, const char *mode = "sync")
{
    return head(other, 2, "", mode) + " P0 | P1 ;\n STG X6,[X1] | LDR X4,[X3] ;\n " + after +
           " | DMB SY ;\n DSB SY | " + before + " ;\n STR X0,[X3] | DSB SY ;\n | L0: " + look + " ;\nexists (" +
           condition + ")\n";
}

explored message(const std::string &after, const std::string &before, const std::string &look, const char *condition,
                 const char *other = OSH, const char *mode = "sync")
{
    return good(message_text(after, before, look, condition, other, mode));
}

uint64_t stale(const std::string &after, const std::string &before, const char *other = OSH)
{
    return message(after, before, "LDG X5,[X2]", "1:X4=1 /\\ ~(1:X5=y:red)", other).positive;
}

} // namespace

// R4: each Shareability has tags of its own, until they are cleaned where they were written and invalidated where they are read.
RULE_TEST(ExploreTagCopies, OtherShareabilityMissesATag, "CH-44", "R4")
{
    EXPECT_GT(stale("NOP", "NOP"), 0u);
    EXPECT_GT(stale("DC CGVAC,X1", "NOP"), 0u) << "an old line in the reader's domain";
    EXPECT_GT(stale("NOP", "DC IGVAC,X2"), 0u) << "thrown away before it was written back";
    EXPECT_EQ(stale("NOP", "DC CIGVAC,X2"), 0u) << "the writer's caches are in the reader's domain";
    for (const char *clean : {"DC CGVAC,X1", "DC CIGVAC,X1", "DC CGDVAC,X1", "DC CIGDVAC,X1", "DC CGVAP,X1"})
        for (const char *drop : {"DC CIGVAC,X2", "DC IGVAC,X2", "DC CIGDVAC,X2", "DC IGDVAC,X2"})
            EXPECT_EQ(stale(clean, drop), 0u) << clean << " " << drop;
    EXPECT_GT(stale("DC CGVAC,X9", "DC IGVAC,X2"), 0u) << "another line";
    EXPECT_GT(stale("DC CGVAC,X1", "DC IGVAC,X9"), 0u) << "another line";
    EXPECT_EQ(stale("NOP", "NOP", "TaggedNormal"), 0u) << "one definition";
}

// D10.6.3: an operation on data need do nothing to tags, nor one on tags anything to data.
RULE_TEST(ExploreTagCopies, DataAndTagsAreMaintainedApart, "CH-44")
{
    for (const char *data : {"DC CVAC,X1", "DC CIVAC,X1", "DC IVAC,X1"})
        EXPECT_GT(stale(data, "DC IGVAC,X2"), 0u) << data;
    for (const char *data : {"DC CIVAC,X2", "DC IVAC,X2"})
        EXPECT_GT(stale("DC CGVAC,X1", data), 0u) << data;
    auto old_data = [](const char *after, const char *before) {
        return good(head(OSH, 2) + " P0 | P1 ;\n STR X0,[X1] | LDR X4,[X3] ;\n " + after + " | DMB SY ;\n DSB SY | " +
                    before + " ;\n STR X0,[X3] | DSB SY ;\n | LDR X5,[X2] ;\nexists (1:X4=1 /\\ 1:X5=0)\n")
            .positive;
    };
    EXPECT_GT(old_data("DC CIGVAC,X1", "DC CIGVAC,X2"), 0u);
    EXPECT_EQ(old_data("DC CGDVAC,X1", "DC CIGDVAC,X2"), 0u);
}

// A check finds the tag that its own mapping's copy has: a false fault, or none where there should be one.
RULE_TEST(ExploreTagCopies, ChecksFindTheirOwnCopy, "CH-44", "R4")
{
    for (const char *access : {"LDR X5,[X7]", "STR X5,[X7]", "LDADD X0,X5,[X7]", "CAS X5,X0,[X7]", "LDXR X5,[X7]",
                               "LDP X5,X8,[X7]", "SWP X0,X5,[X7]"}) {
        EXPECT_GT(message("NOP", "NOP", access, "1:X4=1 /\\ fault(P1:L0,y)").positive, 0u) << access;
        EXPECT_EQ(message("DC CGVAC,X1", "DC CIGVAC,X2", access, "1:X4=1 /\\ fault(P1:L0,y)").positive, 0u) << access;
    }
    EXPECT_GT(message("NOP", "NOP", "LDR X5,[X2]", "1:X4=1 /\\ ~fault(P1:L0,y)").positive, 0u) << "missed";
    EXPECT_EQ(message("DC CGVAC,X1", "DC CIGVAC,X2", "LDR X5,[X2]", "1:X4=1 /\\ ~fault(P1:L0,y)").positive, 0u);
    EXPECT_GT(message("NOP", "NOP", "STR X5,[X7]", "1:X4=1 /\\ fault(P1)", OSH, "async").positive, 0u);
    EXPECT_EQ(message("DC CGVAC,X1", "DC CIGVAC,X2", "STR X5,[X7]", "1:X4=1 /\\ fault(P1)", OSH, "async").positive, 0u);
}

// ... and the final state says why.
RULE_TEST(ExploreTagCopies, FalseFaultsHaveACause, "CH-44", "R4")
{
    const std::string stale = "/" + std::to_string(static_cast<int>(ISO_CAUSE_STALE));
    for (const char *access : {"LDR X5,[X7]", "STR X5,[X7]", "LDADD X0,X5,[X7]"}) {
        explored e = message("NOP", "NOP", access, "1:X4=1 /\\ fault(P1:L0,y)");
        size_t faults = 0;
        for (const std::string &state : e.causes)
            if (state.rfind("1:X4=1; Fault(P1", 0) == 0) {
                faults++;
                EXPECT_NE(state.find(stale), std::string::npos) << access << " " << state;
            }
        EXPECT_GT(faults, 0u) << access;
    }
}

// A store exclusive is checked once more: what its load found may have been another copy's past.
RULE_TEST(ExploreTagCopies, ExclusivesAreChecked, "CH-44")
{
    auto pair = [](const char *between) {
        return good(head(OSH, 1) + " P0 ;\n STG X6,[X1] ;\n " + between +
                    " ;\n DSB SY ;\n LDXR X4,[X6] ;\n L0: STXR W5,X0,[X7] ;\nexists (fault(P0:L0,y))\n")
            .positive;
    };
    EXPECT_GT(pair("NOP"), 0u);
    EXPECT_EQ(pair("DC CIGVAC,X1"), 0u);
}

// D10.6.3 RCKJYV: what DC IGVAC drops is lost, unless the memory that its address names is Untagged; DC IVAC loses no tag.
RULE_TEST(ExploreTagCopies, InvalidationLosesTags, "CH-44")
{
    auto lost = [](const char *dc, const char *other) {
        return good(head(other, 2) + " P0 | P1 ;\n STG X6,[X1] | LDR X4,[X2] ;\n " + dc +
                    " | ;\nlocations [[tag(x)];]\nexists ([tag(x)]=:green)\n")
            .positive;
    };
    for (const char *other : {OSH, NC})
        for (const char *dc : {"DC IGVAC,X1", "DC IGDVAC,X1"})
            EXPECT_GT(lost(dc, other), 0u) << dc;
    for (const char *dc : {"DC IGVAC,X2", "DC IGDVAC,X2", "DC IVAC,X1", "DC CIGVAC,X1", "DC CIVAC,X1"})
        EXPECT_EQ(lost(dc, NC), 0u) << dc;
}

// D10.6.3 RPMQPF: a line with dirty tags is written back with its data, over what was written there meanwhile.
RULE_TEST(ExploreTagCopies, TagsTakeDataAlong, "CH-44", "R3")
{
    auto reverted = [](const char *between, const char *more, const char *store) {
        return good(head(NC, 1, more) + " P0 ;\n STG X6,[X1] ;\n " + between + " ;\n DSB SY ;\n MOV X8,#2 ;\n " +
                    store + " ;\nlocations [x; z;]\nexists (x=0 /\\ z=0)\n")
            .positive;
    };
    EXPECT_GT(reverted("NOP", "", "STR X8,[X2]"), 0u);
    EXPECT_GT(reverted("NOP", "Layout=x:0 z:48\n", "STR X8,[X2,#48]"), 0u);
    EXPECT_EQ(reverted("NOP", "Layout=x:0 z:64\n", "STR X8,[X2,#64]"), 0u) << "another line";
    EXPECT_EQ(reverted("DC CGVAC,X1", "", "STR X8,[X2]"), 0u);
    EXPECT_EQ(reverted("DC CIGDVAC,X2", "", "STR X8,[X2]"), 0u);
}

// RXPPBK: the tags of a line are written back together, so that those of one domain take the other's back.
RULE_TEST(ExploreTagCopies, NeighbouringTagsAreReverted, "CH-44", "R4")
{
    auto reverted = [](const char *offset) {
        return good(head(OSH, 2) + " P0 | P1 ;\n STG X6,[X1] | STG X6,[X2,#" + offset + "] ;\nlocations [[tag(x+" +
                    offset + ")];]\nexists ([tag(x+" + offset + ")]=:green)\n")
            .positive;
    };
    EXPECT_GT(reverted("48"), 0u);
    EXPECT_EQ(reverted("64"), 0u) << "another line";
}

// ... and without the data, which may be dropped afterwards.
RULE_TEST(ExploreTagCopies, TagsNeedNotTakeDataAlong, "CH-44")
{
    EXPECT_GT(good(head(OSH, 2) +
                   " P0 | P1 ;\n STR X0,[X1] | STG X7,[X2,#16] ;\n DSB SY | DSB SY ;\n STG X6,[X1] | LDG X5,[X2,#16] "
                   ";\n LDR X4,[X3] | DSB SY ;\n DSB SY | STR X0,[X3] ;\n DC IVAC,X1 | ;\nlocations "
                   "[x;]\nexists (1:X5=y:green /\\ 0:X4=1 /\\ x=0)\n")
                  .positive,
              0u);
}

// Through one mapping a CPU's tags are as its program orders them, whatever others are mapped.
RULE_TEST(ExploreTagCopies, OwnTagsKeepTheirOrder, "CH-44")
{
    for (const char *access : {"LDR X5,[X6]", "STR X5,[X6]", "LDADD X0,X5,[X6]"})
        EXPECT_EQ(good(head(OSH, 2) + " P0 | P1 ;\n STG X6,[X1] | LDR X5,[X2] ;\n L0: " + access +
                       " | ;\nexists (fault(P0:L0,x))\n")
                      .positive,
                  0u)
            << access;
    EXPECT_EQ(
        good(head(OSH, 2) + " P0 | P1 ;\n STG X6,[X1] | LDR X5,[X2] ;\n LDG X5,[X1] | ;\nexists (~(0:X5=y:red))\n")
            .positive,
        0u);
    EXPECT_GT(good(head("TaggedNormal,OSH", 2) +
                   " P0 | P1 ;\n STG X6,[X1] | LDR X5,[X2] ;\n LDG X5,[X2] | ;\nexists (~(0:X5=y:red))\n")
                  .positive,
              0u);
}

// RFYDLC: an implementation may write back tags that nobody wrote, with the data; then its data operations clean tags. It is of one kind or the other.
RULE_TEST(ExploreTagCopies, TagsGoWithDataOrNot, "CH-44")
{
    const std::string reverted = " STR X0,[X1] ;\n STG X6,[X2] ;\n DSB SY ;\n";
    EXPECT_GT(good(head(OSH, 1) + " P0 ;\n" + reverted + "locations [[tag(x)];]\nexists ([tag(x)]=:green)\n").positive,
              0u);
    EXPECT_EQ(good(head(OSH, 1) + " P0 ;\n DC CIVAC,X1 ;\n STG X6,[X2] ;\n DSB SY ;\nlocations "
                                  "[[tag(x)];]\nexists ([tag(x)]=:green)\n")
                  .positive,
              0u)
        << "no data were written";
    auto both = [&](const char *dc) {
        return good("AArch64 t\nVariant=vmsa,memtag,sync\n{ uint64_t x; uint64_t y; uint64_t z; uint64_t w; "
                    "[PTE(x)]=(oa:PA(x), attrs:(TaggedNormal)); [PTE(y)]=(oa:PA(x), attrs:(TaggedNormal,OSH)); "
                    "[PTE(z)]=(oa:PA(z), attrs:(TaggedNormal)); [PTE(w)]=(oa:PA(z), attrs:(TaggedNormal,OSH)); "
                    "0:X0=1; 0:X1=x; 0:X2=y; 0:X6=x:red; 0:X9=z; 0:X10=w; uint64_t 0:X5=w; }\n P0 ;\n" +
                    reverted + " STG X6,[X9] ;\n " + dc +
                    " ;\n DSB SY ;\n DC IGVAC,X10 ;\n DSB SY ;\n LDG X5,[X10] ;\nlocations "
                    "[[tag(x)];]\nexists ([tag(x)]=:green /\\ ~(0:X5=w:red))\n")
            .positive;
    };
    EXPECT_EQ(both("DC CIVAC,X9"), 0u);
    EXPECT_EQ(both("DC IVAC,X9"), 0u) << "with a clean";
    EXPECT_GT(both("NOP"), 0u);
}

// Non-shareable memory: tags that no other CPU sees.
RULE_TEST(ExploreTagCopies, NonshareableTagsArePrivate, "CH-44")
{
    EXPECT_GT(stale("NOP", "NOP", NSH), 0u);
    auto own = [](const char *after, const char *before) {
        return good(head(NSH, 2) + " P0 | P1 ;\n STG X7,[X2] | LDR X4,[X3] ;\n " + after + " | DMB SY ;\n DSB SY | " +
                    before + " ;\n STR X0,[X3] | DSB SY ;\n | LDG X5,[X2] ;\nexists (1:X4=1 /\\ ~(1:X5=y:red))\n")
            .positive;
    };
    EXPECT_GT(own("NOP", "NOP"), 0u) << "one definition, two CPUs";
    EXPECT_GT(own("NOP", "DC CIGVAC,X2"), 0u) << "P1's DC reaches its own caches";
    EXPECT_EQ(own("DC CIGVAC,X2", "DC CIGVAC,X2"), 0u);
}

// DC is in program order with tag accesses to its line through a mapping of the same cacheability; others need a barrier.
RULE_TEST(ExploreTagCopies, MaintenanceHasItsPlaceInTheOrder, "CH-44")
{
    auto read = [](const char *between, const char *through) {
        return good(head(OSH, 1) + " P0 ;\n STG X6,[X1] ;\n DC CGVAC,X1 ;\n " + between +
                    " ;\n DC CIGVAC,X2 ;\n LDG X5,[" + through + "] ;\nexists (~(0:X5=y:red))\n")
            .positive;
    };
    EXPECT_EQ(read("DSB SY", "X2"), 0u);
    EXPECT_EQ(read("NOP", "X2"), 0u) << "all are to one line";
    auto wrote = [](const char *between) {
        return good(head(OSH, 2) + " P0 | P1 ;\n STG X6,[X1] | LDR X4,[X3] ;\n DC CGVAC,X1 | DMB SY ;\n " + between +
                    " | DC IGVAC,X2 ;\n STR X0,[X3] | DSB SY ;\n | LDG X5,[X2] ;\nexists (1:X4=1 /\\ ~(1:X5=y:red))\n")
            .positive;
    };
    EXPECT_GT(wrote("NOP"), 0u);
    EXPECT_GT(wrote("DMB ST"), 0u) << "of stores alone";
    EXPECT_EQ(wrote("DMB SY"), 0u);
}

// LDGM reads sixteen tags; those that nobody writes cost nothing.
RULE_TEST(ExploreTagCopies, ManyTags, "CH-44")
{
    EXPECT_GT(message("NOP", "NOP", "LDGM X5,[X2]", "1:X4=1 /\\ 1:X5=0").positive, 0u);
    EXPECT_EQ(message("DC CGVAC,X1", "DC CIGVAC,X2", "LDGM X5,[X2]", "1:X4=1 /\\ 1:X5=0").positive, 0u);
    EXPECT_GT(message("STZG X6,[X1,#16]", "NOP", "LDGM X5,[X2]", "1:X4=1 /\\ 1:X5=0x10").positive, 0u);
    EXPECT_GT(message("ST2G X6,[X1,#32]", "NOP", "LDGM X5,[X2]", "1:X4=1 /\\ 1:X5=0x1001").positive, 0u);
    EXPECT_GT(message("STGP X0,X0,[X6,#16]", "NOP", "LDGM X5,[X2]", "1:X4=1 /\\ 1:X5=0x10").positive, 0u);
}

// CH-54: memory without tag storage loses what caches write back, so that no other copy ever shows it.
RULE_TEST(ExploreTagCopies, WithoutStorageTagsAreLost, "CH-44", "CH-54")
{
    Bench none;
    none.set(ISO_CAP_TAG_STORAGE, ISO_TAG_STORAGE_NONE);
    auto twice = [](const char *first, const char *second) {
        return head(OSH, 1) + " P0 ;\n MOV X8,X5 ;\n STG X6,[X1] ;\n DSB SY ;\n LDG X5,[" + first +
               "] ;\n DSB SY ;\n LDG X8,[" + second + "] ;\nlocations [0:X8;]\nexists (0:X5=y:green /\\ 0:X8=y:red)\n";
    };
    EXPECT_EQ(good(twice("X1", "X2"), none).positive, 0u);
    EXPECT_GT(good(twice("X1", "X1"), none).negative, 0u);
    EXPECT_GT(good(twice("X2", "X1")).positive, 0u) << "stored, and stale in the other copy";
    const std::string reordered = head(NC, 2) + " P0 | P1 ;\n STG X6,[X1] | LDADD X0,X5,[X1] ;\n | STR X0,[X2] "
                                                ";\nlocations [[tag(x)];]\nexists (1:X5=1 /\\ [tag(x)]=:red)\n";
    EXPECT_GT(good(reordered, none).positive, 0u)
        << "a dirty tag is there at the end, in a frame of several copies too";
}

// HCR_EL2.VM: a guest's invalidation cleans, so that its tags are never lost.
RULE_TEST(ExploreTagCopies, GuestsLoseNoTag, "CH-44")
{
    for (const char *dc : {"DC IGVAC,X1", "DC IGDVAC,X1"}) {
        const std::string text = std::string(" P0 | P1 ;\n STG X6,[X1] | LDR X4,[X2] ;\n ") + dc +
                                 " | ;\nlocations [[tag(x)];]\nexists ([tag(x)]=:green)\n";
        EXPECT_EQ(good(head(OSH, 2, "Guest=P0\n") + text).positive, 0u) << dc;
        EXPECT_GT(good(head(OSH, 2, "Guest=P1\n") + text).positive, 0u) << dc;
    }
}

// A page that moves while another mapping of its old frame stays: what is copied through that is the tag of its copy.
RULE_TEST(ExploreTagCopies, TagsMoveThroughAnotherMapping, "CH-44", "R4")
{
    auto moved = [](const char *dc) {
        return good(
                   "AArch64 t\nVariant=vmsa,memtag,sync\n{ uint64_t x; uint64_t y; uint64_t w; uint64_t f; "
                   "[PTE(x)]=(oa:PA(x), attrs:(TaggedNormal)); [PTE(y)]=(oa:PA(x), attrs:(TaggedNormal,OSH)); "
                   "[PTE(w)]=(oa:PA(w), attrs:(TaggedNormal));\n0:X1=x:red; 0:X2=1; 0:X3=f; 1:X1=y; 1:X3=f; uint64_t "
                   "1:X5=y; uint64_t 1:X6=x; 1:X7=w; pteval_t 1:X8=(oa:PA(w), attrs:(TaggedNormal)); 1:X9=PTE(x); "
                   "pteval_t 1:X10=(valid:0); 1:X12=x; uint64_t 1:X11;\n}\n P0 | P1 ;\n STG X1,[X1] | LDAR X4,[X3] ;\n "
                   "STLR X2,[X3] | STR X10,[X9] ;\n | DSB ISH ;\n | LSR X11,X12,#12 ;\n | TLBI VAE1IS,X11 ;\n | DSB "
                   "ISH "
                   ";\n | " +
                   std::string(dc) +
                   " ;\n | DSB SY ;\n | LDG X5,[X1] ;\n | STG X5,[X7] ;\n | DSB ISH ;\n | STR X8,[X9] ;\n | DSB ISH "
                   ";\n | "
                   "ISB ;\n | LDG X6,[X12] ;\nexists (1:X4=1 /\\ ~(1:X6=x:red))\n")
            .positive;
    };
    EXPECT_GT(moved("NOP"), 0u);
    EXPECT_EQ(moved("DC CIGVAC,X1"), 0u);
    EXPECT_GT(moved("DC CIVAC,X1"), 0u) << "of data alone";
}

// What one copy for all shows is in the set, too, where threads are walked from horizon to horizon and values turn up late.
RULE_TEST(ExploreTagCopies, WalkedFromHorizonToHorizon, "CH-44", "CH-54")
{
    Bench tagless;
    tagless.set(ISO_CAP_TAG_STORAGE, ISO_TAG_STORAGE_NONE);
    for (const char *after : {"NOP", "DC CGVAC,X1", "DC CVAC,X1", "DC CIGVAC,X1"})
        for (const char *before : {"NOP", "DC IGVAC,X2", "DC CIGVAC,X2"})
            for (const Bench &bench : {Bench(), tagless}) {
                const std::string text = message_text(after, before, "LDG X5,[X2]", "1:X4=1 /\\ 1:X5=y:red");
                explored plain = explore_on(&machine_of(bench), "wb", text, "", false, ISO_REDUCE_NEVER);
                explored walked = explore_on(&machine_of(bench), "wb", text, "", false, ISO_REDUCE_ALWAYS);
                EXPECT_EQ(plain.status, 0) << plain.diagnostic;
                EXPECT_FALSE(plain.bounded || walked.bounded) << text;
                EXPECT_EQ(walked.states, plain.states) << text;
            }
}
