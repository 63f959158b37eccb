// Two threads that stand between the halves of an atomic read-modify-write of one place cannot both go on. Is that seen where it is so, and only there?
#include "conformance/explore_case.h"

#include <gtest/gtest.h>

extern "C" {
#include "sim/explore/claims.h"
#include "sim/explore/holds.h"
#include "sim/explore/reach.h"
}

namespace
{

/* Two threads with one run each: the read and the write of an atomic pair, on place 0, and a read of place 1. Each stands in as many ways as `done` says. */
struct pair {
    iso_ob_machine *machine = new iso_ob_machine();
    iso_claims claims = {};
    iso_part part[2] = {};
    iso_step step[3] = {};
    iso_run run = {};
    iso_run *runs[1] = {&run};
    iso_node node[2] = {};
    iso_pooled pool[4] = {};
    uint32_t member[4] = {0, 1, 2, 3};
    uint32_t at[2] = {0, 1}, memory[2] = {0, 0};
    uint32_t early[2 * ISO_CLAIM_WORDS] = {};
    iso_bytes16 value[2][2] = {};

    pair()
    {
        machine->arena = iso_arena_new();
        machine->claims = &claims;
        machine->nslots = machine->nthreads = 2;
        for (unsigned k = 0; k < 2; k++) {
            value[k][1].lo = 1;
            machine->slot[k].value = value[k];
            machine->slot[k].nvalues = machine->slot[k].capacity = 2;
            machine->slot[k].loc = 0x1000 + 8 * k;
            machine->slot[k].size = 8;
            part[k].slot = static_cast<uint8_t>(k);
            part[k].own = -1;
            machine->thread[k].run = runs;
            machine->thread[k].nruns = 1;
            node[k].thread = k;
            node[k].has_moves = true;
        }
        step[0].kind = step[2].kind = ISO_EVENT_READ;
        step[1].kind = ISO_EVENT_WRITE;
        for (unsigned k = 0; k < 3; k++) {
            step[k].pair = static_cast<int8_t>(k == 0 ? 1 : k == 1 ? 0 : -1);
            step[k].nparts = 1;
            step[k].part = &part[k == 2];
        }
        run.step = step;
        run.nsteps = 3;
        run.all = 7;
        run.sensitive = 1;
        machine->node = node;
        machine->pool = pool;
        machine->member = member;
        iso_reach_begin(machine);
        writes(0, 1);
    }
    ~pair()
    {
        free(claims.write);
        iso_arena_free(machine->arena);
        delete machine;
    }
    void writes(uint32_t from, uint32_t to)
    {
        iso_part written = part[0];
        iso_move move = {};
        move.kind = ISO_EVENT_WRITE;
        move.nparts = 1;
        move.part = &written;
        written.value = to;
        iso_reach_follow(machine, at, &from, &move);
    }
    /* The ways of each thread, by what is done. */
    bool clash(std::initializer_list<uint64_t> first, std::initializer_list<uint64_t> second)
    {
        uint32_t count = 0;
        node[0].first = 0;
        for (uint64_t done : first)
            pool[count++].r.done = done;
        node[1].first = count;
        node[0].count = count;
        for (uint64_t done : second)
            pool[count++].r.done = done;
        node[1].count = count - node[0].count;
        node[0].has_held = node[1].has_held = false;
        return iso_holds_clash(machine, at, memory, early);
    }
};

} // namespace

TEST(ExploreHolds, ClashWhereEveryWayIsBetweenTheHalves)
{
    pair p;
    EXPECT_TRUE(p.clash({1}, {1}));
    EXPECT_TRUE(p.clash({1, 5}, {1}));
    EXPECT_FALSE(p.clash({1}, {0}));
    EXPECT_FALSE(p.clash({1}, {3}));
    EXPECT_FALSE(p.clash({1, 4}, {1})) << "one way has not read yet";
    EXPECT_FALSE(p.clash({1}, {4, 5}));
}

TEST(ExploreHolds, NoClashWhereSomethingMayComeBetween)
{
    pair p;
    p.part[0].exempt = true;
    EXPECT_FALSE(p.clash({1}, {1}));
    p.part[0].exempt = false;
    p.part[0].own = 2; // found in a write still to come
    EXPECT_FALSE(p.clash({1}, {1}));
    p.part[0].own = -1;
    p.step[1].flags = ISO_EVENT_NOT_ATOMIC;
    EXPECT_FALSE(p.clash({1}, {1}));
    p.step[1].flags = 0;
    EXPECT_TRUE(p.clash({1}, {1}));
}

// Ways that wait for another value may have been left out as long as none is known to come.
TEST(ExploreHolds, NoClashWhereNothingIsKnownToComeNext)
{
    pair p;
    p.memory[0] = 1;
    EXPECT_FALSE(p.clash({1}, {1}));
    p.writes(1, 1);
    EXPECT_FALSE(p.clash({1}, {1}));
    p.writes(1, 0);
    EXPECT_TRUE(p.clash({1}, {1}));
}

// Ways that read the place later may have been left out as long as nobody writes it.
TEST(ExploreHolds, NoClashWhereAPlaceWasReadEarly)
{
    pair p;
    iso_claims_read_early(p.early, 1, 2);
    EXPECT_TRUE(p.clash({1}, {1})) << "of another place";
    iso_claims_read_early(p.early, 1, 1);
    EXPECT_FALSE(p.clash({1}, {1}));
}

// Programs whose threads draw numbers from one place, in and out of order: the same outcomes with and without.
TEST(ExploreHolds, LosesNothing)
{
    const char *code[] = {
        "P0 | P1 | P2 ;\n LDADD W2,W3,[X0] | LDADD W2,W3,[X0] | LDADD W2,W3,[X0] ;\n STR W3,[X1] | STR W2,[X1] | LDR "
        "W4,[X1] ;\n",
        "P0 | P1 | P2 ;\n LDADD W2,W3,[X0] | LDADD W2,W3,[X0] | CASA W4,W2,[X0] ;\n CBZ W3,L0 | CBZ W3,L1 | CBNZ W4,L2 "
        ";\n "
        "STR W2,[X1] | STR W2,[X1] | STR W2,[X1] ;\n L0: LDR W5,[X1] | L1: LDR W5,[X1] | L2: LDR W5,[X1] ;\n",
        "P0 | P1 ;\n LDXR W3,[X0] | SWP W2,W3,[X0] ;\n STXR W4,W2,[X0] | SWP W2,W5,[X0] ;\n LDR W5,[X1] | STR W5,[X1] "
        ";\n",
        "P0 | P1 ;\n LDADD W2,W3,[X0] | LDADD W2,W3,[X0] ;\n L0: LDAPR W5,[X1] | L1: LDAPR W5,[X1] ;\n CMP W5,W3 | CMP "
        "W5,W3 ;\n "
        "B.NE L0 | B.NE L1 ;\n ADD W5,W5,#1 | ADD W5,W5,#1 ;\n STLR W5,[X1] | STLR W5,[X1] ;\n LDADD W2,W4,[X0] | "
        "LDADD W2,W4,[X0] ;\n",
    };
    for (const char *one : code) {
        const std::string text =
            "AArch64 draw\n{ uint32_t x=0; uint32_t y=0; 0:X0=x; 0:X1=y; 0:X2=1; 1:X0=x; 1:X1=y; 1:X2=1;" +
            std::string(std::string(one).find("P2") == std::string::npos ? "" : " 2:X0=x; 2:X1=y; 2:X2=1; 2:X4=0;") +
            " }\n " + one + "locations [x; y; 0:X3; 0:X4; 0:X5; 1:X3; 1:X4; 1:X5;]\nexists (x=1)\n";
        explored plain = explore_text(text, "", 0, 0, ISO_REDUCE_NEVER),
                 reduced = explore_text(text, "", 0, 0, ISO_REDUCE_ALWAYS);
        EXPECT_EQ(plain.status, 0) << plain.diagnostic << text;
        EXPECT_FALSE(plain.bounded || reduced.bounded) << text;
        EXPECT_EQ(plain.states, reduced.states) << text;
        EXPECT_GT(plain.states.size(), 1u) << text;
    }
}

// A CAS that compares unequal only reads, and would be made early: where that was left out a place is not held.
TEST(ExploreHolds, LosesNothingWhereOthersWouldReadLater)
{
    std::string init = "uint64_t x=0; uint64_t y=0;", code = " P0 | P1 | P2 ;\n";
    for (unsigned t = 0; t < 3; t++) {
        const std::string p = std::to_string(t);
        init += " uint64_t n" + p + "[2]={0,0}; " + p + ":X20=x; " + p + ":X24=" + std::to_string(t + 1) + "; " + p +
                ":X25=n" + p + "; " + p + ":X26=1; " + p + ":X27=n" + p + "+8;";
    }
    for (const char *insn : {"STR X26,[X27]", "STR X24,[X25]", "MOV X3,#0", "CAS X3,X25,[X20]", "STR X24,[X20]",
                             "CBNZ X3,L@", "STR X26,[X25]", "L@: NOP"}) {
        std::string row;
        for (unsigned t = 0; t < 3; t++) {
            std::string text = t == 1 && std::string(insn) == "STR X24,[X25]" ? "STLR X24,[X25]" : insn;
            if (size_t at = text.find('@'); at != std::string::npos)
                text.replace(at, 1, std::to_string(t));
            row += (t ? " | " : " ") + text;
        }
        code += row + " ;\n";
    }
    const std::string text = "AArch64 later\n{ " + init + " }\n" + code + "locations [0:X3; 1:X3; x;]\nexists (x=3)\n";
    explored plain = explore_text(text, "", 0, 0, ISO_REDUCE_NEVER),
             reduced = explore_text(text, "", 0, 0, ISO_REDUCE_ALWAYS);
    EXPECT_EQ(plain.status, 0) << plain.diagnostic << text;
    EXPECT_EQ(plain.states.size(), 29u);
    EXPECT_EQ(plain.states, reduced.states);
}

// Rounds of P3's loop, which may go on for ever, come to be counted: the search begins anew without the values found, and may not go by what w is known to hold next.
TEST(ExploreHolds, BeginAgainWithoutValuesWhereRoundsAreCounted)
{
    const std::string text =
        "AArch64 again\n{ 0:X21=y; 1:X21=y; 1:X23=w; 2:X21=y; 2:X23=w; 3:X21=y; 0:X12=2; 1:X12=2; 2:X12=2; "
        "3:X12=1; }\n P0 | P1 | P2 | P3 ;\n STADD W12,[X21] | STADD W12,[X21] | STADD W12,[X21] | L3: "
        "SWPAL W12,W2,[X21] ;\n | CASAL W2,W12,[X23] | CASAL W2,W12,[X23] | CBNZ W2,L3 ;\n"
        " | | | SWPAL W12,W3,[X21] ;\nlocations [1:X2; 2:X2; 3:X3;]\nexists (w=2)\n";
    const explored plain = explore_text(text, "", 0, 0, ISO_REDUCE_NEVER);
    for (iso_reduce reduce : {ISO_REDUCE_WHERE_IT_PAYS, ISO_REDUCE_ALWAYS, ISO_REDUCE_EARLY}) {
        const explored e = explore_text(text, "", 0, 0, reduce);
        EXPECT_EQ(e.status, 0) << e.diagnostic;
        EXPECT_EQ(e.states, plain.states) << reduce;
    }
}
