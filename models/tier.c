/* Names of hops and tiers, and settings said of a tier as a whole. */
#include "models/tier.h"

#include <string.h>

static const char *const hop_name[ISO_HOP_KIND_COUNT] = {
#define HOP_NAME(symbol, name) [ISO_HOP_##symbol] = name,
    ISO_HOP_KINDS(HOP_NAME)
#undef HOP_NAME
};

static const char *const tier_name[ISO_TIER_KIND_COUNT] = {
#define TIER_NAME(symbol, name) [ISO_TIER_##symbol] = name,
    ISO_TIER_KINDS(TIER_NAME)
#undef TIER_NAME
};

const char *iso_hop_kind_name(enum iso_hop_kind kind)
{
    return hop_name[kind];
}

bool iso_hop_kind_find(enum iso_hop_kind *out, const char *name)
{
    for (size_t i = 0; i < ISO_HOP_KIND_COUNT; i++)
        if (strcmp(hop_name[i], name) == 0) {
            *out = (enum iso_hop_kind)i;
            return true;
        }
    return false;
}

const char *iso_tier_kind_name(enum iso_tier_kind kind)
{
    return tier_name[kind];
}

bool iso_tier_kind_find(enum iso_tier_kind *out, const char *name)
{
    for (size_t i = 0; i < ISO_TIER_KIND_COUNT; i++)
        if (strcmp(tier_name[i], name) == 0) {
            *out = (enum iso_tier_kind)i;
            return true;
        }
    return false;
}

void iso_hop_init(struct iso_hop *out, enum iso_hop_kind kind)
{
    *out = (struct iso_hop){.kind = kind};
    for (size_t key = 0; key < ISO_CAP_COUNT; key++)
        out->capabilities.value[key] =
            iso_capability_key((enum iso_capability_key)key)->owners & 1u << kind ? ISO_VALUE_UNKNOWN : ISO_VALUE_PASS;
}

size_t iso_tier_owner(const struct iso_tier *tier, enum iso_capability_key key)
{
    unsigned owners = iso_capability_key(key)->owners;
    if (tier->nhops == 0)
        return 0;
    if (owners == ISO_OWNER_NOBODY || owners & (ISO_OWNER_DEVICE | ISO_OWNER_TIER))
        return tier->nhops - 1;
    for (size_t i = 0; i < tier->nhops; i++)
        if (owners & 1u << tier->hops[i].kind)
            return i;
    return tier->nhops;
}

bool iso_tier_set(struct iso_tier *tier, enum iso_capability_key key, uint8_t value)
{
    size_t owner = iso_tier_owner(tier, key);
    if (iso_capability_key(key)->owners & ISO_OWNER_TIER) {
        for (size_t i = 0; i < tier->nhops; i++)
            if (!iso_capability_set(&tier->hops[i].capabilities, key, value))
                return false;
        return tier->nhops > 0;
    }
    return owner < tier->nhops && iso_capability_set(&tier->hops[owner].capabilities, key, value);
}

uint8_t iso_tier_get(const struct iso_tier *tier, enum iso_capability_key key, size_t *hop)
{
    for (size_t i = 0; i < tier->nhops; i++) {
        uint8_t value = iso_capability_get(&tier->hops[i].capabilities, key);
        if (value != ISO_VALUE_PASS) {
            if (hop)
                *hop = i;
            return value;
        }
    }
    if (hop)
        *hop = tier->nhops;
    return ISO_VALUE_PASS;
}

uint64_t iso_tier_idle_ps(const struct iso_tier *tier)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < tier->nhops; i++)
        sum += tier->hops[i].timing.latency_ps;
    return sum;
}
