// What another thread's write leaves as it is is not worked out anew, and what several orders of reads lead to is worked out once. Is a way of a thread looked at
// again where the write concerns it, and only then?
extern "C" {
#include "sim/explore/looks.h"
#include "sim/explore/sets.h"
}

#include <gtest/gtest.h>

namespace
{

// A run: a translation (slot 2), the read that it is for (slot 0), and a read behind that one (slot 1).
struct translated {
    iso_ob_machine *machine = new iso_ob_machine();
    iso_step step[3] = {};
    iso_run run = {};
    iso_run *list[1] = {&run};

    translated()
    {
        step[0].kind = ISO_EVENT_TTD_READ;
        step[0].slots = 4;
        step[1].kind = ISO_EVENT_READ;
        step[1].slots = 1;
        step[1].preds = 1;
        step[2].kind = ISO_EVENT_READ;
        step[2].slots = 2;
        step[2].preds = 3;
        step[0].pair = step[1].pair = step[2].pair = -1;
        run.step = step;
        run.nsteps = 3;
        run.all = 7;
        run.awaited_own = -1;
        machine->nslots = 3;
        machine->slot[2].has_history = true;
        machine->thread[0].run = list;
        machine->thread[0].nruns = 1;
    }
    ~translated()
    {
        free(machine->pool);
        free(machine->pool_hash.bucket);
        delete machine;
    }
    uint64_t looks(uint64_t done)
    {
        iso_pooled p = {};
        p.r.done = done;
        return iso_looks_of(machine, 0, &p);
    }
};

} // namespace

TEST(ExploreLooks, AtReadsThatWaitForTranslationsAlone)
{
    translated t;
    EXPECT_EQ(t.looks(0), 5u); // the read waits for its translation, which is made where the read finds its value
    EXPECT_EQ(t.looks(1), 1u);
    EXPECT_EQ(t.looks(3), 2u);
    EXPECT_EQ(t.looks(7), 0u);
    t.step[1].kind = ISO_EVENT_TTD_READ; // one behind another
    EXPECT_EQ(t.looks(0), 7u);
}

TEST(ExploreLooks, AtReadsMadeThatAWriteMaySpoil)
{
    translated t;
    t.step[1].hazards = 4;
    t.run.sensitive = 2;
    EXPECT_EQ(t.looks(3), 3u);
}

TEST(ExploreLooks, AtThePastOfDescriptorsAlone)
{
    translated t;
    EXPECT_FALSE(iso_looks_at_past(t.machine, 3));
    EXPECT_TRUE(iso_looks_at_past(t.machine, 6));
}

TEST(ExploreLooks, AtOneResidualOnceASet)
{
    translated t;
    const iso_residual one = {0, 0, 1}, other = {0, 0, 3};
    iso_set_reset(t.machine);
    EXPECT_FALSE(iso_set_has_expanded(t.machine, 0, &one));
    EXPECT_FALSE(iso_set_has_expanded(t.machine, 0, &other));
    EXPECT_TRUE(iso_set_has_expanded(t.machine, 0, &one));
    iso_set_reset(t.machine);
    EXPECT_FALSE(iso_set_has_expanded(t.machine, 0, &one));
}
