/* Words of code in a run: what the Point of Unification holds, and what words that are fetched stand for.
 * Not for: instruction caches (cpu_fetch.cpp). */
#ifndef ISOTIER_SIM_PLATFORM_CODE_H
#define ISOTIER_SIM_PLATFORM_CODE_H

#include "sim/platform/program.h"

#include <map>
#include <memory>

namespace iso
{

class code_words
{
  public:
    /* Another cell begins; another run begins. */
    void forget();
    void start();
    const decoded &decode(const program &code, uint32_t place, uint32_t word);
    /* The word last cleaned to the Point of Unification; null: none was. */
    const uint32_t *cleaned(uint64_t place) const;
    void clean(uint64_t place, uint32_t word);

  private:
    struct instruction {
        iso_insn insn = {};
        decoded d = {};
    };
    std::map<uint64_t, std::unique_ptr<instruction>> known_;
    std::map<uint64_t, uint32_t> cleaned_;
};

/* An IC on its way: bytes 0 is everything. */
struct code_maintenance {
    uint64_t place;
    unsigned bytes;
    bool broadcast;
};

/* What an instruction cache holds. */
struct cached_word {
    uint64_t place;
    uint32_t word;
};

} // namespace iso

#endif
