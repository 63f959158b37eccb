// How does an access deviate from ordinary memory, where that has several effects for it?
extern "C" {
#include "sim/isa/effect_cause.h"
}

#include <gtest/gtest.h>

namespace
{

// Ordinary memory's answers to an access, an Alignment fault first.
struct Usual {
    iso_access access = {};
    iso_effect_set set = {};
    iso_effect fault = {}, done = {};

    explicit Usual(iso_access_kind kind, bool write)
    {
        access.kind = kind;
        access.write = write;
        iso_effect_init(&fault);
        iso_effect_init(&done);
        fault.kind = ISO_EFFECT_FAULT;
        fault.fault = ISO_ABORT_ALIGNMENT;
        done.kind = ISO_EFFECT_PERFORM;
        done.tag = ISO_TAG_EFFECT_NORMAL;
        iso_effect_set_add(&set, &fault);
        iso_effect_set_add(&set, &done);
    }
    unsigned of(const iso_effect &effect) const
    {
        return iso_effect_deviation(&effect, &access, &set);
    }
};

} // namespace

TEST(EffectCause, WhatOrdinaryMemoryMayDoDeviatesInNothing)
{
    const Usual usual(ISO_ACCESS_SWP, true);
    EXPECT_EQ(usual.of(usual.fault), ISO_CAUSE_NONE);
    EXPECT_EQ(usual.of(usual.done), ISO_CAUSE_NONE);
}

TEST(EffectCause, WhatIsPerformedIsComparedWithWhatIsPerformed)
{
    const Usual usual(ISO_ACCESS_SWP, true);
    iso_effect other = usual.done;
    other.rmw = ISO_RMW_NONATOMIC;
    EXPECT_EQ(usual.of(other), ISO_CAUSE_NONATOMIC);
    other.data_ones = true; /* the error's rule is the element's */
    EXPECT_EQ(usual.of(other), ISO_CAUSE_DATA_ONES);
    other = usual.done;
    other.tag = ISO_TAG_EFFECT_DROPPED;
    EXPECT_EQ(usual.of(other), ISO_CAUSE_TAG_DROPPED);
    other = usual.fault;
    other.fault = ISO_ABORT_EXTERNAL;
    EXPECT_EQ(usual.of(other), ISO_CAUSE_FAULT);
}

TEST(EffectCause, NothingDoneLosesAnUpdateOnlyWhereThereIsOne)
{
    iso_effect nop;
    iso_effect_init(&nop);
    nop.kind = ISO_EFFECT_NOP;
    EXPECT_EQ(Usual(ISO_ACCESS_STR, true).of(nop), ISO_CAUSE_NOP);
    EXPECT_EQ(Usual(ISO_ACCESS_LDR, false).of(nop), ISO_CAUSE_NOP_READ);
}
