/* A64 text to struct iso_insn, one instruction at a time. The reader of litmus files splits cells and labels; this header knows
 * mnemonics and operands. No allocation, no state: thousands of tests a second pass through here.
 * Not for: labels "L0:", directives, macros. Not modelled: SVE, SME, Advanced SIMD and floating point, PAC, GCS, Morello, LS64 and
 * RCW; their mnemonics and registers are recognised and refused by name.
 *
 * Fields by class, beyond what insn.h says (none = ISO_REG_NONE):
 *   COMPUTE      rd; rn, rm, ra sources; imm, imm2. CMP, TST and kin: rd = ISO_REG_ZR. MOVK, BFM: rd is read too.
 *   BRANCH       target, or rn for BR, BLR, RET; rn for CBZ/TBZ (imm = bit number of TBZ); cond for B.cond.
 *   LOAD         rd (LDP: rd, rd2), [rn, #imm] or [rn, rm, extend #amount]. Literal form: rn = none, imm = absolute address.
 *   STORE        rt (STP: rt, rt2), address as LOAD.          LOAD_EXCLUSIVE rd, rd2.    STORE_EXCLUSIVE rs = status, rt, rt2.
 *   ATOMIC       rt = operand, rd = old value (ST<op>: ISO_REG_ZR and ISO_ORDER_NO_RETURN). LSE128: rt, rt2 operand; rd = rt, rd2 = rt2.
 *   CAS          rs (CASP: rs, rs2) = compared and old value, rt (rt2) = new value.
 *                A zero destination drops acquire and sets ISO_ORDER_NO_RETURN for LD<op>, SWP and CAS.
 *   LOAD_TAG     rd, [rn, #imm]: LDG size 16 count 1; LDGM size 16 count 16 (a 256-byte block).
 *   STORE_TAG    rt = register whose bits 59:56 are the tag, [rn, #imm], size 16 or 32; STGM as LDGM, 4 bits of rt a granule.
 *   STORE_TAG_DATA  as STORE_TAG; iso_insn_store_data(element) gives the 16 bytes of granule `element` (zero; STGP: rt, rt2).
 *                STZGM: size 64, tag in rt bits 3:0.
 *   ZERO         rn = address, size 64. row->op tells ZVA, GVA and GZVA apart: see iso_a64_zero_kind().
 *   CACHE, TLBI, AT, PREFETCH   rn = operand, ISO_REG_NONE where there is none.
 *   SYSTEM_READ  rd <- sysreg, or <- imm for identification registers.
 *   SYSTEM_WRITE sysreg <- rn, or <- imm if rn is none; sysreg none: no effect in this model (DAIFSet ...).
 *   EXCEPTION    imm. */
#ifndef ISOTIER_SIM_ISA_A64_ASM_H
#define ISOTIER_SIM_ISA_A64_ASM_H

#include "models/alias.h"
#include "sim/isa/diag.h"
#include "sim/isa/insn.h"

/* What the text around an instruction means. Callbacks may be NULL: then no such name is known. */
struct iso_a64_context {
    void *user;
    /* Instruction index of a label as written: "L0", "P1:L0", "1f". A label of another thread is an index relative to this thread's
     * code: (its address - code_va) / 4. False: no such label. ".L<n>" (index n) and ".+8" never get here. */
    bool (*label)(int32_t *target, void *user, const char *name, size_t size);
    /* General register 0..30 that stands for the symbolic register %name (name without the %). False: none left. */
    bool (*symbolic)(uint8_t *reg, void *user, const char *name, size_t size);
    /* Virtual address of a location: operand of ADR that is no label. False: no such location. */
    bool (*location)(uint64_t *va, void *user, const char *name, size_t size);
    uint32_t index;   /* of this instruction in its thread */
    uint64_t code_va; /* address of instruction 0: literal loads */
    uint64_t ctr_el0; /* what MRS CTR_EL0 reads; 0: 64-byte lines, neither IDC nor DIC */
};

/* Assembles one instruction. `text` is the bare instruction at `file`:`line`:`column` (its first byte), without label or separator;
 * white space around it is fine. Returns 0, or -1 with one diagnostic that points at the offending operand; *out is then undefined. */
int iso_a64_assemble(struct iso_insn *out, struct iso_diags *diags, const char *file, uint32_t line, uint32_t column,
                     const char *text, size_t size, const struct iso_a64_context *context);

/* True if the text begins with a name of the instruction table: tells an instruction from, say, a macro. */
bool iso_a64_is_mnemonic(const char *text, size_t size);

/* What a ZERO instruction does to a block of 64 bytes. */
enum iso_a64_zero { ISO_A64_ZERO_DATA, ISO_A64_ZERO_TAGS, ISO_A64_ZERO_TAGS_AND_DATA };
enum iso_a64_zero iso_a64_zero_kind(const struct iso_insn *insn);

/* TLB entries that a TLBI removes: of which translation regime, and of which stage. `stage1` includes entries that combine both stages; `stage2`
 * alone (IPAS2E1) leaves those, so that a TLBI of stage 1 must follow (Arm ARM D8.14). By address of the operand where insn->scope says so. */
struct iso_a64_tlbi_target {
    bool guest; /* EL1&0 under the VM's VMID; else the issuer's own regime */
    bool stage1, stage2;
};
/* A guest's EL1 forms reach its own regime and nothing else it may issue reaches anything; the host's VMALLE1, ALLE1, VMALLS12E1 and IPAS2 forms reach the guest's
 * (HCR_EL2.TGE=0 around them), its forms by address and EL2 forms its own. */
struct iso_a64_tlbi_target iso_a64_tlbi_target(const struct iso_insn *insn, bool by_guest);

/* What DC by address to the Point of Coherency, or past it, does and to what; nothing for all else. */
struct iso_alias_operation iso_a64_maintenance(const struct iso_insn *insn);

/* The instruction table itself, for listings and tests: rows in the order of a64.def. */
struct iso_a64_listing {
    const char *mnemonic;
    enum iso_insn_class cls;
    const char *example; /* text that assembles, and prints back the same */
};
size_t iso_a64_count(void);
struct iso_a64_listing iso_a64_list(size_t row);

#endif
