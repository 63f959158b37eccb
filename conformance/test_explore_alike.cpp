// Runs that differ only in what a read finds are one (alike.h). Is no outcome lost or gained, and are there fewer ways?
#include "conformance/explore_case.h"

extern "C" {
#include "sim/explore/alike.h"
#include "sim/explore/machine.h"
}

#include <gtest/gtest.h>

#include <vector>

namespace
{

struct program {
    const char *name, *init, *code, *shown;
};

void same_outcomes(const program &p)
{
    const std::string text = std::string("AArch64 alike\n{ uint32_t x=0; uint32_t y=0; uint32_t z=0; ") + p.init +
                             " }\n " + p.code + "\nlocations [" + p.shown + "]\nexists (x=1)\n";
    explored plain = explore_text(text, "", 0, 0, ISO_REDUCE_NEVER);
    EXPECT_EQ(plain.status, 0) << plain.diagnostic << text;
    EXPECT_GT(plain.states.size(), 1u) << p.name;
    for (iso_reduce reduce : {ISO_REDUCE_ALWAYS, ISO_REDUCE_EARLY}) {
        explored reduced = explore_text(text, "", 0, 0, reduce);
        EXPECT_FALSE(plain.bounded || reduced.bounded) << text;
        EXPECT_EQ(plain.states, reduced.states) << p.name << " " << reduce;
    }
}

const char three[] = "0:X0=x; 0:X1=y; 0:X2=1; 0:X9=7; 1:X0=x; 1:X1=y; 1:X2=2; 2:X0=x; 2:X1=y; 2:X2=4;";

/* A thread's traces of one read of x each, then a write of y. */
struct traces {
    iso_program *program = new iso_program();
    std::vector<std::vector<iso_event>> event;
    std::vector<iso_trace> trace;

    traces()
    {
        program->arena = iso_arena_new();
    }
    ~traces()
    {
        iso_arena_free(program->arena);
        free(program->alike);
        delete program;
    }
    void add(uint64_t first, uint64_t second, uint64_t written, uint16_t flags = ISO_EVENT_IDLE, uint32_t final = 0)
    {
        iso_event e[3] = {};
        for (iso_event &one : e) {
            one.kind = ISO_EVENT_READ;
            one.size = 4;
            one.flags = flags;
            one.pair = one.ttd = one.tag = -1;
        }
        e[0].loc = 0x100;
        e[0].value.lo = first;
        e[1].loc = 0x200;
        e[1].value.lo = second;
        e[2].kind = ISO_EVENT_WRITE;
        e[2].loc = 0x300;
        e[2].value.lo = written;
        event.emplace_back(e, e + 3);
        iso_trace t = {};
        t.nevents = 3;
        t.final = final;
        trace.push_back(t);
    }
    uint32_t merge()
    {
        iso_thread_traces *t = &program->thread[0];
        for (size_t i = 0; i < trace.size(); i++)
            trace[i].event = event[i].data();
        t->trace = trace.data();
        t->ntraces = static_cast<uint32_t>(trace.size());
        iso_alike_merge(program, 0, 0);
        return t->ntraces;
    }
    std::vector<uint64_t> serves(uint32_t k, unsigned i) const
    {
        const iso_event &e = program->thread[0].trace[k].event[i];
        std::vector<uint64_t> out;
        if (!e.alike)
            return {e.value.lo};
        const iso_alike &set = program->alike[e.alike - 1];
        for (uint32_t n = 0; n < set.count; n++)
            out.push_back(set.value[n].lo);
        return out;
    }
};

} // namespace

// A pair's read may wait for another of its values, since a write between the halves would spoil it; so may one that an earlier read of the place is before.
TEST(ExploreAlike, ReadsWhoseValueOnlyDecidesLoseNothing)
{
    const program programs[] = {
        {"a swap", three,
         "P0 | P1 | P2 ;\n SWP W2,W3,[X0] | STR W2,[X0] | STR W2,[X0] ;\n LDR W4,[X1] | STR W2,[X1] | NOP ;\n",
         "x; 0:X4;"},
        {"a swap that is tested", three,
         "P0 | P1 | P2 ;\n SWP W2,W3,[X0] | STR W2,[X0] | LDR W3,[X1] ;\n CBZ W3,L0 | STR WZR,[X0] | STR W2,[X0] ;\n "
         "STR W9,[X1] | STR W2,[X1] | LDR W4,[X0] ;\n L0: LDR W5,[X0] | NOP | NOP ;\n",
         "x; y; 0:X5; 2:X3; 2:X4;"},
        {"a CAS that fails", three,
         "P0 | P1 | P2 ;\n MOV W3,#0 | STR W2,[X0] | STR W2,[X0] ;\n CAS W3,W2,[X0] | STR W2,[X1] | LDR W4,[X1] ;\n "
         "CBZ W3,L0 | NOP | STR WZR,[X0] ;\n STR W9,[X1] | NOP | NOP ;\n L0: LDR W5,[X1] | NOP | NOP ;\n",
         "x; y; 0:X5; 2:X4;"},
        {"reads in order", three,
         "P0 | P1 | P2 ;\n LDR W3,[X0] | STR W2,[X0] | LDR W3,[X0] ;\n CMP W3,#3 | STR WZR,[X0] | DMB SY ;\n B.HI L0 | "
         "MOV W4,#5 | STR W2,[X0] ;\n STR W9,[X1] | STR W4,[X0] | NOP ;\n L0: LDR W3,[X0] | NOP | NOP ;\n CMP W3,#3 | "
         "NOP | NOP ;\n B.HI L1 | NOP | NOP ;\n STR W2,[X1] | NOP | NOP ;\n L1: LDR W5,[X0] | NOP | NOP ;\n",
         "x; y; 0:X5; 2:X3;"},
        {"behind an own write", three,
         "P0 | P1 | P2 ;\n STR W9,[X0] | STR W2,[X0] | STR W2,[X0] ;\n LDR W3,[X0] | LDR W3,[X1] | STR W2,[X1] ;\n CMP "
         "W3,#3 | NOP | NOP ;\n B.HI L0 | NOP | NOP ;\n STR W2,[X1] | NOP | NOP ;\n L0: NOP | NOP | NOP ;\n",
         "x; y; 1:X3;"},
        {"in two sizes", three,
         "P0 | P1 | P2 ;\n STRB W9,[X0] | STRH W2,[X0] | STRB W2,[X0,#2] ;\n LDR W3,[X0] | STRB W2,[X0,#3] | DMB SY "
         ";\n CMP W3,#8 | NOP | LDR W3,[X1] ;\n B.HI L0 | NOP | NOP ;\n STR W2,[X1] | NOP | NOP ;\n L0: LDRB "
         "W5,[X0,#3] "
         "| NOP | NOP ;\n",
         "x; y; 0:X5; 2:X3;"},
        {"before an acquire", three,
         "P0 | P1 | P2 ;\n LDR W3,[X0] | STR W2,[X0] | LDR W3,[X0] ;\n LDAR W4,[X1] | DMB SY | CMP W3,#2 ;\n CMP W3,#2 "
         "| STR W2,[X1] | B.LS L2 ;\n B.LS L0 | NOP | STR W2,[X1] ;\n STR W9,[X0] | NOP | L2: NOP ;\n L0: LDR W5,[X0] "
         "| "
         "NOP | LDR W5,[X1] ;\n",
         "x; y; 0:X4; 0:X5; 2:X5;"},
    };
    for (const program &p : programs)
        same_outcomes(p);
}

// What serves a read that is still to come behind a horizon, or that a later one of its place looks back at, is all of its values.
TEST(ExploreAlike, AreKeptBehindAHorizon)
{
    const program programs[] = {
        {"one of two comes", three,
         "P0 | P1 | P2 ;\n LDR W3,[X0] | STR W2,[X1] | MOV W3,#0 ;\n LDAR W4,[X1] | DMB SY | CAS W3,W2,[X0] ;\n CBZ "
         "W3,L0 "
         "| MOV W3,#0 | NOP ;\n STR W9,[X1] | CAS W3,W2,[X0] | NOP ;\n L0: NOP | NOP | NOP ;\n",
         "x; y; 0:X4; 1:X3;"},
        {"one comes after the other", three,
         "P0 | P1 | P2 ;\n LDR W3,[X0] | STR W2,[X1] | NOP ;\n CBZ W3,L0 | DMB SY | NOP ;\n LDAR W4,[X1] | MOV W3,#6 | "
         "NOP ;\n LDR W5,[X0] | STR W3,[X0] | NOP ;\n LDR W6,[X1] | MOV W3,#5 | NOP ;\n L0: NOP | STR W3,[X0] | NOP "
         ";\n",
         "y; 0:X4; 0:X5;"},
    };
    for (const program &p : programs)
        same_outcomes(p);
}

/* Three threads that run `row`, with 1, 2 and 4 in X2. */
void same_for_three(const char *name, const std::vector<std::string> &row)
{
    std::string init, code;
    for (unsigned t = 0; t < 3; t++) {
        const std::string p = std::to_string(t);
        init += p + ":X0=x; " + p + ":X1=y; " + p + ":X2=" + std::to_string(1u << t) + ";";
        code += (t ? " | P" : "P") + p;
    }
    for (const std::string &r : row)
        for (unsigned t = 0; t < 3; t++) {
            std::string insn = r;
            if (insn.find('%') != std::string::npos)
                insn.replace(insn.find('%'), 1, std::to_string(t));
            code += (t ? " | " : " ;\n ") + insn;
        }
    same_outcomes({name, init.c_str(), (code + " ;\n").c_str(), "x; y;"});
}

// Threads with the same code and numbers of their own: the values that serve one serve the other by other names, or there is no symmetry.
TEST(ExploreAlike, HaveNamesByThread)
{
    const std::vector<std::string> then = {"B.NE L%", "LDR W4,[X1]", "ADD W4,W4,W2", "STR W4,[X1]", "L%: NOP"};
    for (const char *test : {"CMP W3,W2", "TST W3,#1", "CMP W3,#2"}) {
        std::vector<std::string> row = {"STR W2,[X0]", "LDR W3,[X0]", test};
        row.insert(row.end(), then.begin(), then.end());
        same_for_three(test, row);
    }
    same_for_three("which half", {"LDR W3,[X0]", "CMP W3,#1", "B.HI L%", "LDSET W2,W4,[X1]", "L%: STR W2,[X0]"});
}

TEST(ExploreAlike, MultiplyOut)
{
    traces t;
    for (uint64_t a : {3, 1, 2})
        for (uint64_t b : {5, 4})
            t.add(a, b, 9);
    t.add(1, 4, 8); // goes on otherwise
    ASSERT_EQ(t.merge(), 2u);
    EXPECT_EQ(t.serves(0, 0), (std::vector<uint64_t>{1, 2, 3}));
    EXPECT_EQ(t.serves(0, 1), (std::vector<uint64_t>{4, 5}));
    EXPECT_EQ(t.serves(1, 0), (std::vector<uint64_t>{1}));
}

TEST(ExploreAlike, TogetherHoldNoMoreThanEach)
{
    traces t;
    t.add(1, 4, 9);
    t.add(1, 5, 9);
    t.add(2, 4, 9); // 2 and 5 do not come together
    ASSERT_EQ(t.merge(), 2u);
    EXPECT_EQ(t.serves(0, 1), (std::vector<uint64_t>{4, 5}));
    EXPECT_EQ(t.serves(1, 0), (std::vector<uint64_t>{2}));
    EXPECT_EQ(t.serves(1, 1), (std::vector<uint64_t>{4}));
}

TEST(ExploreAlike, OnlyWhereNothingHangsOnTheValue)
{
    traces busy, ends;
    busy.add(1, 4, 9, 0);
    busy.add(2, 4, 9, 0);
    EXPECT_EQ(busy.merge(), 2u);
    ends.add(1, 4, 9, ISO_EVENT_IDLE, 0);
    ends.add(2, 4, 9, ISO_EVENT_IDLE, 1);
    EXPECT_EQ(ends.merge(), 2u);
}
