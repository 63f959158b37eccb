// Which pairs of definitions are mismatched, what a mismatch permits, and what cures it?
#include "conformance/bench.h"

extern "C" {
#include "models/alias.h"
}

static iso_attribute attribute(const char *name)
{
    iso_attribute a{};
    EXPECT_EQ(iso_attribute_parse(&a, name, nullptr, nullptr), 0) << name;
    return a;
}

static iso_alias_decision decide(const char *a, const char *b, iso_as_encoded as = ISO_AS_ENCODED_YES)
{
    iso_attribute x = attribute(a), y = attribute(b);
    iso_alias_decision forward, backward;
    iso_alias_decide(&forward, &x, &y, as);
    iso_alias_decide(&backward, &y, &x, as);
    EXPECT_EQ(forward.mismatched, backward.mismatched) << a << " " << b;
    EXPECT_EQ(forward.permits, backward.permits) << a << " " << b;
    EXPECT_EQ(forward.cure, backward.cure) << a << " " << b;
    return forward;
}

// B2.11: type with Device subtype, cacheability without hints, Shareability, XS. Tagged and NoTagAccess do not count.
RULE_TEST(Aliases, WhatCountsAsMismatch, "CH-44")
{
    EXPECT_TRUE(decide("wb", "nc").mismatched);
    EXPECT_TRUE(decide("wb", "wt").mismatched);
    EXPECT_TRUE(decide("wb", "wb:osh").mismatched);
    EXPECT_TRUE(decide("wb", "wb:nsh").mismatched);
    EXPECT_TRUE(decide("nc", "device-gre").mismatched);
    EXPECT_TRUE(decide("device-ngnre", "device-ngnrne").mismatched);
    for (const char *same : {"wb-weak", "wb-tagged", "wb-tagged+notag", "wb+canonical"})
        EXPECT_FALSE(decide("wb", same).mismatched) << same;
    iso_attribute with = attribute("nc"), without = with;
    without.xs = false;
    EXPECT_FALSE(iso_alias_same(&with, &without));
    for (size_t i = 0; i < ISO_ATTRIBUTE_POINTS; i++) {
        iso_attribute point = iso_attribute_point(i);
        iso_alias_decision d;
        iso_alias_decide(&d, &point, &point, ISO_AS_ENCODED_YES);
        EXPECT_FALSE(d.mismatched);
        EXPECT_EQ(d.permits, 0u);
        EXPECT_EQ(d.rule, nullptr);
    }
}

// R1 is what copies give by themselves: whoever shares a definition looks at the same copy.
RULE_TEST(Aliases, OneDefinitionIsOneCopy, "R1", "NSH")
{
    for (size_t i = 0; i < ISO_ATTRIBUTE_POINTS; i++)
        for (size_t k = 0; k < ISO_ATTRIBUTE_POINTS; k++) {
            iso_attribute a = iso_attribute_point(i), b = iso_attribute_point(k);
            for (iso_as_encoded as : {ISO_AS_ENCODED_YES, ISO_AS_ENCODED_NC})
                if (iso_alias_same(&a, &b)) {
                    EXPECT_EQ(iso_alias_copy(&a, as), iso_alias_copy(&b, as)) << i << " " << k;
                }
        }
    iso_attribute inner = attribute("wb"), outer = attribute("wb:osh"), own = attribute("wb:nsh"),
                  none = attribute("nc");
    for (iso_as_encoded as : {ISO_AS_ENCODED_YES, ISO_AS_ENCODED_NC}) {
        EXPECT_EQ(iso_alias_copy(&inner, as), ISO_COPY_INNER);
        EXPECT_EQ(iso_alias_copy(&outer, as), ISO_COPY_OUTER);
        EXPECT_EQ(iso_alias_copy(&own, as), ISO_COPY_PRIVATE);
        EXPECT_EQ(iso_alias_copy(&none, as), ISO_COPY_MEMORY);
    }
}

// Write-Through and mixed memory: as encoded caches keep it, and a write-through copy is never dirty; or it is as Non-cacheable memory is.
RULE_TEST(Aliases, WriteThroughAndMixed, "CH-08", "CH-44")
{
    iso_attribute through = attribute("wt"), mixed = attribute("mix"), back = attribute("wb"), none = attribute("nc");
    EXPECT_TRUE(iso_alias_is_open(&through) && iso_alias_is_open(&mixed));
    EXPECT_FALSE(iso_alias_is_open(&back) || iso_alias_is_open(&none));
    EXPECT_EQ(iso_alias_copy(&through, ISO_AS_ENCODED_YES), ISO_COPY_INNER);
    EXPECT_EQ(iso_alias_copy(&mixed, ISO_AS_ENCODED_YES), ISO_COPY_INNER);
    EXPECT_EQ(iso_alias_copy(&through, ISO_AS_ENCODED_NC), ISO_COPY_MEMORY);
    EXPECT_EQ(iso_alias_copy(&mixed, ISO_AS_ENCODED_NC), ISO_COPY_MEMORY);
    EXPECT_TRUE(iso_alias_writes_through(&through, ISO_AS_ENCODED_YES));
    EXPECT_FALSE(iso_alias_writes_through(&mixed, ISO_AS_ENCODED_YES) ||
                 iso_alias_writes_through(&through, ISO_AS_ENCODED_NC) ||
                 iso_alias_writes_through(&back, ISO_AS_ENCODED_YES));
    EXPECT_EQ(decide("wt", "nc").permits & (ISO_ALIAS_STALE | ISO_ALIAS_REVERTS), unsigned{ISO_ALIAS_STALE});
    EXPECT_EQ(decide("mix", "nc").permits & (ISO_ALIAS_STALE | ISO_ALIAS_REVERTS),
              unsigned{ISO_ALIAS_STALE | ISO_ALIAS_REVERTS});
    EXPECT_STREQ(decide("wt", "nc", ISO_AS_ENCODED_NC).rule, "R2");
    EXPECT_STREQ(decide("wt", "nc").rule, "R3");
}

// Device and Non-cacheable alone: no stale data, and a DMB is enough.
RULE_TEST(Aliases, DeviceAndNoncacheable, "R2")
{
    iso_alias_decision d = decide("nc", "device-ngnre");
    EXPECT_EQ(d.permits, unsigned{ISO_ALIAS_REORDERS | ISO_ALIAS_MONITOR | ISO_ALIAS_PROPERTIES});
    EXPECT_EQ(d.cure, ISO_ALIAS_CURE_DMB);
    EXPECT_STREQ(d.rule, "R2");
}

RULE_TEST(Aliases, CacheableAndNot, "R3")
{
    iso_alias_decision d = decide("wb", "nc");
    EXPECT_EQ(d.permits, unsigned{ISO_ALIAS_REORDERS | ISO_ALIAS_MONITOR | ISO_ALIAS_STALE | ISO_ALIAS_REVERTS});
    EXPECT_EQ(d.cure, ISO_ALIAS_CURE_CLEAN);
    EXPECT_STREQ(d.rule, "R3");
    EXPECT_EQ(decide("wb", "device-gre").permits, d.permits | ISO_ALIAS_PROPERTIES);
}

RULE_TEST(Aliases, CacheableOfOtherShareability, "R4")
{
    for (const char *other : {"wb:osh", "wb:nsh"}) {
        iso_alias_decision d = decide("wb", other);
        EXPECT_TRUE(d.permits & ISO_ALIAS_STALE) << other;
        EXPECT_EQ(d.cure, ISO_ALIAS_CURE_BOTH) << other;
        EXPECT_STREQ(d.rule, "R4") << other;
    }
}

// C5.3, D10.6.3: what DC does to data and to tags, by what its name says, the kind of implementation and the memory that its address names.
RULE_TEST(Aliases, WhatMaintenanceDoes, "CH-44")
{
    enum {
        CD = ISO_ALIAS_CLEAN_DATA,
        ID = ISO_ALIAS_INVALIDATE_DATA,
        CT = ISO_ALIAS_CLEAN_TAGS,
        IT = ISO_ALIAS_INVALIDATE_TAGS
    };
    static const struct {
        iso_alias_operation what;
        unsigned tagged, untagged, upgraded, with_data;
    } rows[] = {
        {{true, false, true, false}, CD, CD, CD, CD | CT},                         /* CVAC */
        {{true, true, true, false}, CD | ID, CD | ID, CD | ID, CD | ID | CT | IT}, /* CIVAC */
        {{false, true, true, false}, ID, ID, CD | ID, ID | CT | IT},               /* IVAC */
        {{true, false, false, true}, CT, CT, CT, CT},                              /* CGVAC */
        {{true, true, false, true}, CT | IT, CT | IT, CT | IT, CT | IT},           /* CIGVAC */
        {{false, true, false, true}, IT, CT | IT, CT | IT, IT},                    /* IGVAC */
        {{true, false, true, true}, CD | CT, CD | CT, CD | CT, CD | CT},           /* CGDVAC */
        {{true, true, true, true}, CD | ID | CT | IT, CD | ID | CT | IT, CD | ID | CT | IT, CD | ID | CT | IT},
        {{false, true, true, true}, ID | IT, ID | CT | IT, CD | ID | CT | IT, ID | IT}, /* IGDVAC */
        {{false, false, false, false}, 0, 0, 0, 0},                                     /* CVAU */
    };
    for (const auto &row : rows) {
        const size_t i = static_cast<size_t>(&row - rows);
        EXPECT_EQ(iso_alias_maintain(&row.what, false, ISO_TAGGING_ALLOCATION, false), row.tagged) << i;
        EXPECT_EQ(iso_alias_maintain(&row.what, false, ISO_TAGGING_CANONICAL, false), row.tagged) << i;
        EXPECT_EQ(iso_alias_maintain(&row.what, false, ISO_TAGGING_UNTAGGED, false), row.untagged) << i;
        EXPECT_EQ(iso_alias_maintain(&row.what, true, ISO_TAGGING_ALLOCATION, false), row.upgraded) << i;
        EXPECT_EQ(iso_alias_maintain(&row.what, false, ISO_TAGGING_ALLOCATION, true), row.with_data) << i;
    }
}
