// A way of a thread whose read waits for a value that cannot come is left out; where a place has more values than are followed, none is. Is no outcome lost either way?
#include "conformance/bench.h"
#include "conformance/explore_case.h"

#include <gtest/gtest.h>

extern "C" {
#include "sim/explore/claims.h"
#include "sim/explore/reach.h"
}

#include <vector>

namespace
{

/* Sums of x: P0 adds 1 twice and shows y, each of `adders` threads then adds two numbers of its own, and the last ends with `back`. P1 reads x then. */
std::string sums(unsigned adders, const std::string &back)
{
    std::string init = "uint64_t x=0; y=0; z=0; 0:X20=x; 0:X21=y; 0:X1=1; 1:X20=x; 1:X21=y; 1:X22=z;";
    std::vector<std::vector<std::string>> code = {
        {"LDADD X1,X3,[X20]", "LDADD X1,X3,[X20]", "STLR W1,[X21]", "", "", ""},
        {"LDAR W2,[X21]", "CBZ W2,L1", "LDR X3,[X20]", "STR W2,[X22]", "", "L1:"}};
    for (unsigned i = 0; i < adders; i++) {
        const std::string p = std::to_string(i + 2);
        init += " " + p + ":X20=x; " + p + ":X21=y; " + p + ":X4=" + std::to_string(4u << 2 * i) + "; " + p +
                ":X5=" + std::to_string(8u << 2 * i) + ";";
        code.push_back({"LDAR W2,[X21]", "CBZ W2,L" + p, "LDADD X4,X3,[X20]", "LDADD X5,X3,[X20]",
                        i + 1 == adders ? back : "", "L" + p + ":"});
    }
    std::string out = "AArch64 sums\n{ " + init + " }\n";
    for (size_t t = 0; t < code.size(); t++)
        out += (t ? " | P" : " P") + std::to_string(t);
    for (size_t row = 0; row < code[0].size(); row++)
        for (size_t t = 0; t < code.size(); t++)
            out += (t ? " | " : " ;\n ") + code[t][row];
    return out + " ;\nlocations [1:X2; 1:X3;]\nexists (x=1)\n";
}

/* One place with 64 values and one more, and what a search knows of it. */
struct place {
    iso_ob_machine *machine = new iso_ob_machine();
    iso_claims claims = {};
    iso_step read = {};
    iso_part wanted = {}, written = {};
    iso_run reader = {};
    uint32_t memory = 1;
    iso_view view = {};
    std::vector<iso_bytes16> value;

    place()
    {
        for (uint64_t i = 0; i < 65; i++)
            value.push_back({i, 0});
        machine->arena = iso_arena_new();
        machine->claims = &claims;
        machine->nslots = 1;
        machine->slot[0].loc = 0x1000;
        machine->slot[0].size = 8;
        machine->slot[0].value = value.data();
        machine->slot[0].capacity = 65;
        machine->slot[0].nvalues = 64;
        wanted.own = written.own = -1;
        read.kind = ISO_EVENT_READ;
        read.pair = -1;
        read.nparts = 1;
        read.part = &wanted;
        read.nalike = 1;
        read.slots = 1;
        reader.step = &read;
        reader.all = 1;
        reader.nsteps = 1;
        view.memory = &memory;
        iso_reach_begin(machine);
        writes(1, 63);
    }
    /* A write of `to` is made while the place holds `from`. */
    bool writes(uint32_t from, uint32_t to)
    {
        iso_move move = {};
        move.kind = ISO_EVENT_WRITE;
        move.nparts = 1;
        move.part = &written;
        written.value = to;
        return iso_reach_follow(machine, nullptr, &from, &move);
    }
    ~place()
    {
        free(claims.write);
        iso_arena_free(machine->arena);
        delete machine;
    }
    bool is_doomed(uint32_t number)
    {
        wanted.value = number;
        return iso_reach_is_doomed(machine, &reader, 0, &view);
    }
};

} // namespace

TEST(ExploreReach, LosesNothingWhereAPlaceHasManyValues)
{
    const struct {
        unsigned adders;
        const char *back;
        size_t states;
    } cases[] = {
        {2, "", 20}, {2, "STR XZR,[X20]", 33}, {3, "STR XZR,[X20]", 173}, {3, "SWP XZR,X9,[X20]", 173}, {4, "", 272}};
    for (const auto &one : cases) {
        const std::string text = sums(one.adders, one.back);
        explored plain = explore_text(text, "", 0, 0, ISO_REDUCE_NEVER),
                 reduced = explore_text(text, "", 0, 0, ISO_REDUCE_ALWAYS);
        EXPECT_EQ(plain.status, 0) << plain.diagnostic << text;
        EXPECT_FALSE(plain.bounded || reduced.bounded) << plain.reason << reduced.reason;
        EXPECT_EQ(plain.states.size(), one.states) << text;
        EXPECT_EQ(plain.states, reduced.states) << text;
    }
}

// 63 is the one value that is written: all others are out of reach from 1, as long as the place has 64 values.
TEST(ExploreReach, DoomsNothingPastSixtyFourValues)
{
    place p;
    EXPECT_FALSE(p.is_doomed(1));
    EXPECT_FALSE(p.is_doomed(63));
    EXPECT_TRUE(p.is_doomed(0));
    EXPECT_TRUE(p.is_doomed(62));
    iso_reach_end(p.machine);
    EXPECT_FALSE(p.machine->misclaimed);
    p.machine->slot[0].nvalues = 65;
    for (uint32_t number : {0u, 1u, 62u, 63u, 64u})
        EXPECT_FALSE(p.is_doomed(number)) << number;
    p.memory = 64;
    EXPECT_FALSE(p.is_doomed(0));
}

// What was left out before the 65th value turned up may have been within reach of it: the search begins again, and leaves nothing out any more.
TEST(ExploreReach, BeginsAgainWithoutWhereSomethingWasLeftOutBefore)
{
    for (bool doomed : {true, false}) {
        place p;
        if (doomed) {
            EXPECT_TRUE(p.is_doomed(0));
        }
        p.machine->slot[0].nvalues = 65;
        p.writes(1, 64);
        iso_reach_end(p.machine);
        EXPECT_EQ(p.claims.too_many, doomed);
        EXPECT_EQ(p.machine->misclaimed, doomed);
        p.machine->reach = nullptr;
        p.machine->slot[0].nvalues = 64;
        iso_reach_begin(p.machine);
        EXPECT_EQ(p.is_doomed(0), !doomed);
    }
}

// Values are within reach as writes were made, one after the other. What was taken to be out of reach and is not, after all, has the search begin again.
TEST(ExploreReach, FollowsTheWritesThatWereMade)
{
    place p;
    EXPECT_TRUE(p.is_doomed(5));
    p.writes(63, 4);
    EXPECT_FALSE(p.is_doomed(4));
    EXPECT_FALSE(p.machine->misclaimed);
    p.writes(4, 5);
    EXPECT_FALSE(p.is_doomed(5));
    EXPECT_TRUE(p.machine->misclaimed);
    iso_reach_end(p.machine);
    p.machine->misclaimed = false;
    iso_reach_begin(p.machine); // all of them are known
    EXPECT_FALSE(p.is_doomed(5));
    EXPECT_TRUE(p.is_doomed(6));
    EXPECT_FALSE(p.machine->misclaimed);
}

// A value that was written over comes back if writes lead back to it, or put it there over itself.
TEST(ExploreReach, KnowsWhatComesBack)
{
    for (uint32_t last : {63u, 1u}) {
        place p;
        p.wanted.value = 63;
        EXPECT_TRUE(iso_reach_is_once(p.machine, &p.read));
        EXPECT_TRUE(p.is_doomed(7));
        p.writes(63, last);
        p.wanted.value = 63;
        EXPECT_FALSE(iso_reach_is_once(p.machine, &p.read));
        EXPECT_TRUE(p.machine->misclaimed); // it was taken not to
        EXPECT_EQ(p.is_doomed(7), last == 63) << "where places go round nothing is left out";
        p.wanted.value = 7;
        EXPECT_EQ(iso_reach_is_once(p.machine, &p.read), last == 63);
    }
}

// What else comes after a value is known once it was written over it.
TEST(ExploreReach, KnowsWhetherAPlaceGoesOn)
{
    place p;
    uint32_t now = 1;
    EXPECT_TRUE(iso_reach_goes_on(p.machine, 0, &now));
    now = 63;
    EXPECT_FALSE(iso_reach_goes_on(p.machine, 0, &now));
    p.writes(63, 63);
    EXPECT_FALSE(iso_reach_goes_on(p.machine, 0, &now));
    p.writes(63, 2);
    EXPECT_TRUE(iso_reach_goes_on(p.machine, 0, &now));
}

// Of the values that a read may find those go that its place cannot come to after what the thread found or left there before.
TEST(ExploreReach, NarrowsWhatAReadMayFind)
{
    const struct {
        uint64_t loc;
        uint8_t size;
        uint8_t kind;
        uint16_t instance;
        uint64_t value;
        std::vector<uint64_t> left;
        uint16_t flags = 0;
        uint32_t alike = 0;
        bool has_history = false;
    } cases[] = {
        {0x1000, 8, ISO_EVENT_WRITE, 0, 63, {63, 4}},
        {0x1000, 8, ISO_EVENT_READ, 0, 4, {4}},
        {0x1000, 8, ISO_EVENT_READ, 0, 1, {1, 63, 4}},
        {0x1000, 8, ISO_EVENT_READ, 1, 4, {0, 1, 63, 4}},  // of the same instruction
        {0x1000, 4, ISO_EVENT_WRITE, 0, 4, {0, 1, 63, 4}}, // of a part
        {0x1008, 8, ISO_EVENT_WRITE, 0, 4, {0, 1, 63, 4}}, // elsewhere
        {0x1000, 8, ISO_EVENT_TAG_READ, 0, 4, {0, 1, 63, 4}},
        {0x1000, 8, ISO_EVENT_READ, 0, 4, {0, 1, 63, 4}, ISO_EVENT_UNKNOWN},
        {0x1000, 8, ISO_EVENT_READ, 0, 4, {0, 1, 63, 4}, 0, 1},       // another value serves, too
        {0x1000, 8, ISO_EVENT_READ, 0, 4, {0, 1, 63, 4}, 0, 0, true}, // a descriptor
    };
    for (const auto &one : cases) {
        place p;
        iso_event event = {};
        struct iso_domain_values values = {};
        const iso_walk_past past = {&event, 1, 1};
        std::vector<uint64_t> left;
        p.writes(63, 4);
        event.loc = one.loc;
        event.size = one.size;
        event.kind = one.kind;
        event.instance = one.instance;
        event.value.lo = one.value;
        event.flags = one.flags;
        event.alike = one.alike;
        p.machine->slot[0].has_history = one.has_history;
        for (uint64_t v : {0, 1, 63, 4})
            values.value[values.count++].lo = v;
        iso_reach_narrow(p.machine, &values, 0x1000, 8, &past);
        for (unsigned i = 0; i < values.count; i++)
            left.push_back(values.value[i].lo);
        EXPECT_EQ(left, one.left) << one.loc << " " << one.value;
    }
}

// A ticket lock whose tickets are drawn without order, and may be drawn late: every value is written once, so that a ticket read need not be read later too.
TEST(ExploreReach, TakesTicketsThatNeverComeAgain)
{
    const auto lock = [](unsigned threads, unsigned rounds) {
        std::string init = "uint32_t l=0; uint32_t o=0; uint32_t c=0;", code;
        for (unsigned t = 0; t < threads; t++) {
            const std::string p = std::to_string(t);
            init += " " + p + ":X0=l; " + p + ":X4=o; " + p + ":X1=c; " + p + ":X2=1;";
            code += (t ? " | P" : " P") + p;
        }
        for (unsigned r = 0; r < rounds; r++)
            for (const char *insn : {"LDADD W2,W3,[X0]", "L@: LDAPR W6,[X4]", "CMP W6,W3", "B.NE L@", "LDR W5,[X1]",
                                     "ADD W5,W5,#1", "STR W5,[X1]", "ADD W6,W6,#1", "STLR W6,[X4]"})
                for (unsigned t = 0; t < threads; t++) {
                    std::string text = insn;
                    for (size_t at; (at = text.find('@')) != std::string::npos;)
                        text.replace(at, 1, std::to_string(t) + std::to_string(r));
                    code += (t ? " | " : " ;\n ") + text;
                }
        return "AArch64 ticket\n{ " + init + " }\n" + code +
               " ;\nlocations [c;]\nforall (c=" + std::to_string(threads * rounds) + ")\n";
    };
    explored small = explore_text(lock(2, 2), "", 0, 0, ISO_REDUCE_NEVER),
             same = explore_text(lock(2, 2), "", 0, 0, ISO_REDUCE_ALWAYS), large = explore_text(lock(3, 3), "");
    EXPECT_EQ(small.states, std::set<std::string>{"[c]=4;"});
    EXPECT_EQ(same.states, small.states);
    EXPECT_FALSE(large.bounded) << large.reason;
    EXPECT_EQ(large.states, std::set<std::string>{"[c]=9;"});
    EXPECT_LT(large.visited, 10000u);
}

// What a store that may be made again leaves is not made again where nothing else is written over it; if something is after all the search begins again.
TEST(ExploreReach, KnowsWhatIsNotWrittenOver)
{
    for (uint32_t after : {63u, 5u}) {
        place p;
        iso_step store = {};
        store.kind = ISO_EVENT_WRITE;
        store.nparts = 1;
        store.part = &p.wanted;
        p.wanted.value = 1;
        EXPECT_FALSE(iso_reach_is_last(p.machine, &store));
        p.wanted.value = 63;
        EXPECT_TRUE(iso_reach_is_last(p.machine, &store));
        p.writes(63, after);
        EXPECT_EQ(p.machine->misclaimed, after != 63) << "the same value is nothing else";
        EXPECT_EQ(iso_reach_is_last(p.machine, &store), after == 63);
        p.machine->slot[0].nvalues = 65;
        iso_reach_end(p.machine);
        EXPECT_TRUE(p.claims.too_many);
    }
    place none;
    none.machine->reach = nullptr;
    EXPECT_FALSE(iso_reach_is_last(none.machine, &none.read));
}

// Reads of descriptors may find hardware's updates in any order with those around them: they are left alone.
TEST(ExploreReach, LeavesDescriptorsAlone)
{
    place p;
    iso_history past[] = {{UINT32_MAX, 1, 1}};
    p.machine->history = past;
    p.memory = 0; // value 1
    EXPECT_TRUE(p.is_doomed(5));
    p.machine->slot[0].has_history = true;
    EXPECT_FALSE(p.is_doomed(5));
    EXPECT_FALSE(iso_reach_is_once(p.machine, &p.read));
    p.writes(0, 63);
    EXPECT_EQ(p.machine->misclaimed, false);
}

// Where reading has side effects a load may find anything: made early it is spoilt by another's write, but it need not be early; and nothing follows from it for a later one.
TEST(ExploreReach, WaitsWithAReadThatFindsAnything)
{
    const std::string text =
        "AArch64 coherence\n{ 0:X0=x; 1:X0=x; }\n P0 | P1 ;\n MOV W1,#1 | LDR W2,[X0] ;\n STR W1,[X0] | "
        "LDR W3,[X0] ;\nlocations [1:X2; 1:X3;]\nexists (x=1)\n";
    const std::string late =
        "AArch64 late\n{ 0:X0=x; 0:X4=y; 1:X0=x; 1:X4=y; }\n P0 | P1 ;\n MOV W1,#1 | LDR W5,[X4] ;\n "
        "STR W1,[X0] | EOR W6,W5,W5 ;\n STLR W1,[X4] | LDR W2,[X0,W6,SXTW] ;\n | LDR W3,[X0] ;\n"
        "locations [1:X2; 1:X3; 1:X5;]\nexists (x=1)\n";
    static iso_machine machine; // large
    Bench bench;
    bench.set(ISO_CAP_SPECULATION_SAFE, ISO_SUPPORT_NO);
    iso_machine_init(&machine);
    machine.ntiers = 1;
    machine.tiers[0] = bench.tier;
    machine.features = bench.cpu;
    for (iso_reduce reduce : {ISO_REDUCE_NEVER, ISO_REDUCE_WHERE_IT_PAYS, ISO_REDUCE_ALWAYS}) {
        const explored e = explore_on(&machine, "nc", text, "", false, reduce);
        EXPECT_EQ(e.status, 0) << e.diagnostic;
        EXPECT_EQ(e.states.count("1:X2=1; 1:X3=UNKNOWN; [x]=1;"), 1u) << reduce;
        EXPECT_EQ(explore_on(&machine, "nc", late, "", false, reduce).states,
                  explore_on(&machine, "nc", late, "", false, ISO_REDUCE_NEVER).states)
            << reduce;
    }
}
