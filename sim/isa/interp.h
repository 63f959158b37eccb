/* In-order interpreter of one CPU over flat memory with tags: the reference that ties the instruction table to real hardware's
 * behaviour (harness/qemu_diff) and to unit tests. It calls the functions of insn.h only, as the engines do.
 * Not for: litmus tests; the engines run those. Not modelled: translation, other CPUs, caches, exception handlers: an exception ends the run. */
#ifndef ISOTIER_SIM_ISA_INTERP_H
#define ISOTIER_SIM_ISA_INTERP_H

#include "sim/isa/insn.h"
#include "sim/isa/litmus.h"

enum iso_interp_status {
    ISO_INTERP_NEXT, /* one instruction done, pc is at the next */
    ISO_INTERP_END,  /* pc is outside the code; nothing done */
    ISO_INTERP_FAULT /* the instruction at pc faulted or raised an exception; fault and fault_address tell; registers and memory as before it */
};

struct iso_interp {
    const struct iso_insn *insn; /* code; not owned */
    uint32_t ninsns;
    uint64_t code_va, pc; /* addresses; instruction i is at code_va + 4*i */
    struct iso_regs regs;
    uint8_t *memory;                  /* not owned; bytes at memory_va, untagged */
    uint64_t memory_va, memory_bytes; /* both multiples of 16 */
    uint8_t *tag;   /* one tag 0..15 a granule of 16 bytes, or NULL: no MTE, tag accesses read 0 and are ignored */
    bool tag_check; /* synchronous tag check faults, unless PSTATE.TCO is set */
    bool
        without_lse2; /* no FEAT_LSE2: every unaligned atomic or ordered access faults, not only one that crosses 16 bytes */
    uint16_t zva_bytes; /* block of DC ZVA, GVA, GZVA: power of two, 64 if 0 */
    uint64_t random;    /* source of IRG's tag, advanced at each use */
    bool reserved;      /* local monitor: open for reserved_va, reserved_bytes */
    uint64_t reserved_va;
    uint8_t reserved_bytes;
    enum iso_fault_type fault;
    uint64_t fault_address;
};

/* Executes the instruction at pc. Store exclusives fail (status 1) unless the last load exclusive was to the same address and size with
 * no store exclusive, CLREX or ERET since. */
enum iso_interp_status iso_interp_step(struct iso_interp *interp);
/* Steps until the end, a fault, or `limit` instructions (then ISO_INTERP_NEXT). */
enum iso_interp_status iso_interp_run(struct iso_interp *interp, uint64_t limit);

#endif
