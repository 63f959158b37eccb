/* A thread's code as the CPU wants it: for each instruction its registers with their roles and its memory shape, worked out once a cell.
 * Not for: semantics (sim/isa/insn.h). */
#ifndef ISOTIER_SIM_PLATFORM_PROGRAM_H
#define ISOTIER_SIM_PLATFORM_PROGRAM_H

#include <cstdint>
#include <vector>

extern "C" {
#include "models/access.h"
#include "sim/isa/litmus.h"
}

namespace iso
{

/* Roles of a source register; bits. */
enum source_role : uint8_t { ROLE_ADDRESS = 1, ROLE_DATA = 2, ROLE_COMPARE = 4, ROLE_PICK = 8, ROLE_CONTROL = 16 };
enum class result_role : uint8_t { VALUE, WRITEBACK, STATUS };

constexpr unsigned SOURCES = 8;
constexpr unsigned RESULTS = 5;

struct decoded {
    const iso_insn *insn;
    uint8_t nsources, nresults;
    uint8_t source[SOURCES], role[SOURCES];
    uint8_t result[RESULTS];
    result_role result_is[RESULTS];
    /* memory shape */
    bool memory;                /* has an address and explicit effects (loads, stores, atomics, tags, DC ZVA and kin) */
    bool reads, writes;         /* data */
    bool tag_reads, tag_writes; /* explicit tag accesses */
    bool exclusive_load, exclusive_store, atomic, cas;
    bool checked;       /* the form is tag-checked when MTE is on */
    bool no_return;     /* atomic read whose result is dropped */
    bool picks;         /* a source only selects among results */
    bool fetched;       /* decoded from a word that was fetched, not the one the test begins with */
    uint8_t data_bytes; /* 0..64 */
    uint16_t tag_bytes; /* memory covered by explicit tag accesses: 16, 32, 64, 256 */
    iso_access_kind kind;
};

/* Roles and shape of d.insn. False: no instruction the platform runs. */
bool describe(decoded &d);

/* A place in the code of a test: thread in the upper half, instruction in the lower. A thread may branch into another's code. */
constexpr uint32_t REGION_SHIFT = 16;
constexpr uint32_t CODE_END = UINT32_MAX; /* past everything: the thread ends */

struct program {
    const iso_thread *thread = nullptr;
    std::vector<decoded> code;
    /* False if some instruction has no meaning here; *bad gets its index. */
    bool build(const iso_thread &source, unsigned *bad);
};

} // namespace iso

#endif
