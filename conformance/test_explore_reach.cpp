// A way of a thread whose read waits for a value that cannot come is left out; where a place has more values than are followed, none is. Is no outcome lost either way?
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
    iso_step read = {}, write = {};
    iso_part wanted = {}, written = {};
    iso_run reader = {}, writer = {};
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
        written.value = 63;
        read.kind = ISO_EVENT_READ;
        write.kind = ISO_EVENT_WRITE;
        read.pair = write.pair = -1;
        read.nparts = write.nparts = 1;
        read.part = &wanted;
        write.part = &written;
        read.slots = write.slots = 1;
        reader.step = &read;
        writer.step = &write;
        reader.all = writer.all = writer.stores = 1;
        reader.nsteps = writer.nsteps = 1;
        view.memory = &memory;
        iso_reach_begin(machine);
        iso_reach_add(machine, &writer);
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
        p.written.value = 64;
        iso_reach_add(p.machine, &p.writer);
        iso_reach_end(p.machine);
        EXPECT_EQ(p.claims.too_many, doomed);
        EXPECT_EQ(p.machine->misclaimed, doomed);
        p.machine->reach = nullptr;
        p.machine->slot[0].nvalues = 64;
        iso_reach_begin(p.machine);
        EXPECT_EQ(p.is_doomed(0), !doomed);
    }
}
