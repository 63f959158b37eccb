/* The platform's only source of chance: a small generator, seeded per run, so that the same seed gives the same run.
 * Not for: cryptography, or anything that should differ between two calls with one seed.
 * Source of the mixing function: SplitMix64 (public domain, S. Vigna). */
#ifndef ISOTIER_SIM_PLATFORM_RANDOM_H
#define ISOTIER_SIM_PLATFORM_RANDOM_H

#include <cstdint>

namespace iso
{

/* Mixes two words; used where a choice must be the same all through a run. */
inline uint64_t mix(uint64_t a, uint64_t b)
{
    uint64_t z = a + 0x9e3779b97f4a7c15ull * (b + 1);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

class random_source
{
  public:
    explicit random_source(uint64_t seed = 0) : state_(seed)
    {
    }
    void seed(uint64_t value)
    {
        state_ = value;
    }
    uint64_t next()
    {
        return mix(state_++, 0x632be59bd9b4e019ull);
    }
    /* 0 .. n-1; n above 0. */
    uint32_t below(uint32_t n)
    {
        return static_cast<uint32_t>((next() >> 32) * n >> 32);
    }
    /* True n times in a thousand. */
    bool permille(uint32_t n)
    {
        return below(1000) < n;
    }

  private:
    uint64_t state_;
};

} // namespace iso

#endif
