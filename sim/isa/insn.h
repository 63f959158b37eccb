/* One decoded A64 instruction, and what it asks of registers and memory.
 * Both engines execute instructions through this header only, so that semantics stand in one table (a64.def):
 * an engine reads the register roles, forms the addresses, performs the memory operation in its own way, and hands
 * the raw bytes back for the results. Nothing here knows about time, ordering or other CPUs.
 * Not for: what memory does with an access (models/decide.h), translation (models/translate.h).
 * Source: Arm ARM C6 (A64 base instructions), C3.2 (loads and stores), facts/oracle.md section 3. */
#ifndef ISOTIER_SIM_ISA_INSN_H
#define ISOTIER_SIM_ISA_INSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Register numbers in decoded instructions. 0..30 are X0..X30; the rest: */
enum iso_reg {
    ISO_REG_SP = 31,    /* stack pointer of the current EL */
    ISO_REG_NZCV = 32,  /* condition flags, bits 3..0 = N Z C V */
    ISO_REG_ELR = 33,   /* ELR_EL1 */
    ISO_REG_SPSR = 34,  /* SPSR_EL1 */
    ISO_REG_ESR = 35,   /* ESR_EL1 */
    ISO_REG_FAR = 36,   /* FAR_EL1 */
    ISO_REG_TFSR = 37,  /* TFSR_EL1 / TFSRE0_EL1: accumulated asynchronous tag faults */
    ISO_REG_TCO = 38,   /* PSTATE.TCO */
    ISO_REG_PAR = 39,   /* PAR_EL1, written by AT */
    ISO_REG_TPIDR = 40, /* TPIDR_EL0/EL1: plain storage */
    ISO_REG_COUNT = 41,
    ISO_REG_ZR = 254, /* reads as zero, writes are dropped */
    ISO_REG_NONE = 255
};

/* Register file of one CPU as the program sees it. */
struct iso_regs {
    uint64_t x[ISO_REG_COUNT];
};

enum iso_insn_class {
    ISO_INSN_COMPUTE,         /* registers to registers: move, arithmetic, logic, bit field, select, IRG/ADDG/GMI ... */
    ISO_INSN_BRANCH,          /* B, B.cond, CBZ, TBZ, BL, BR, BLR, RET */
    ISO_INSN_LOAD,            /* plain, acquire, pair, unprivileged, non-temporal */
    ISO_INSN_STORE,           /* plain, release, pair, unprivileged, non-temporal */
    ISO_INSN_LOAD_EXCLUSIVE,  /* LDXR, LDAXR, LDXP, LDAXP and B/H */
    ISO_INSN_STORE_EXCLUSIVE, /* STXR, STLXR, STXP, STLXP and B/H */
    ISO_INSN_ATOMIC,          /* LD<op>, ST<op>, SWP, LSE128: always writes */
    ISO_INSN_CAS,             /* CAS, CASP: writes only where the comparison holds */
    ISO_INSN_LOAD_TAG,        /* LDG, LDGM */
    ISO_INSN_STORE_TAG,       /* STG, ST2G, STGM: tags only */
    ISO_INSN_STORE_TAG_DATA,  /* STZG, STZ2G, STGP, STZGM: tags and data */
    ISO_INSN_ZERO,            /* DC ZVA, DC GVA (tags only), DC GZVA */
    ISO_INSN_BARRIER,         /* DMB, DSB, ISB, SB and the hint barriers */
    ISO_INSN_CACHE,           /* DC and IC by address or all, without ZVA/GVA/GZVA */
    ISO_INSN_TLBI,
    ISO_INSN_AT,
    ISO_INSN_SYSTEM_READ,      /* MRS */
    ISO_INSN_SYSTEM_WRITE,     /* MSR */
    ISO_INSN_EXCEPTION,        /* SVC, HVC, SMC, BRK, UDF */
    ISO_INSN_EXCEPTION_RETURN, /* ERET */
    ISO_INSN_CLREX,
    ISO_INSN_PREFETCH, /* PRFM */
    ISO_INSN_HINT      /* NOP, YIELD, WFE, WFI, SEV, SEVL */
};

/* Ordering an access asks for (Arm ARM B2.3.7). */
enum iso_insn_order {
    ISO_ORDER_ACQUIRE = 1,    /* LDAR, LDAXR, LSE ..A */
    ISO_ORDER_ACQUIRE_PC = 2, /* LDAPR */
    ISO_ORDER_RELEASE = 4,    /* STLR, STLXR, LSE ..L */
    ISO_ORDER_ELEMENTS = 16,  /* LDIAPP, STILP: the elements of the pair one after the other */
    ISO_ORDER_NO_RETURN =
        8 /* an atomic's read whose result is dropped (ST<op>, LD<op> and SWP with Rt=ZR, CAS with Rs=ZR): not acquire, not ordered by DMB LD */
};

enum iso_barrier_kind { ISO_BARRIER_DMB, ISO_BARRIER_DSB, ISO_BARRIER_ISB, ISO_BARRIER_SB, ISO_BARRIER_OTHER };
enum iso_barrier_types { ISO_BARRIER_LD, ISO_BARRIER_ST, ISO_BARRIER_SY }; /* which accesses */
enum iso_barrier_domain { ISO_DOMAIN_NSH, ISO_DOMAIN_ISH, ISO_DOMAIN_OSH, ISO_DOMAIN_SYS };

enum iso_writeback { ISO_WRITEBACK_NONE, ISO_WRITEBACK_PRE, ISO_WRITEBACK_POST };

/* TLBI operand shapes: what the operation invalidates. */
enum iso_tlbi_scope { ISO_TLBI_ALL, ISO_TLBI_ASID, ISO_TLBI_VA, ISO_TLBI_RANGE, ISO_TLBI_IPA };

enum iso_cache_op {
    ISO_CACHE_DC_CVAU,
    ISO_CACHE_DC_CVAC,
    ISO_CACHE_DC_CVAP,
    ISO_CACHE_DC_CVADP,
    ISO_CACHE_DC_CIVAC,
    ISO_CACHE_DC_IVAC,
    ISO_CACHE_DC_TAG_CLEAN,      /* CGVAC, CGVAP, CGDVAC, CGDVAP ... */
    ISO_CACHE_DC_TAG_INVALIDATE, /* IGVAC, IGDVAC, CIGVAC, CIGDVAC */
    ISO_CACHE_DC_SET_WAY,        /* ISW, CSW, CISW */
    ISO_CACHE_IC_IVAU,
    ISO_CACHE_IC_IALLU,
    ISO_CACHE_IC_IALLUIS
};

/* A decoded instruction is a value: no pointers into the reader's memory but the mnemonic, which is static. */
struct iso_insn {
    const char *mnemonic; /* static, upper case, as the table spells it */
    uint16_t opcode;      /* row of the instruction table (a64.def) */
    uint8_t cls;          /* enum iso_insn_class */
    uint8_t width;        /* bytes of the register operands: 4 (W) or 8 (X) */
    uint8_t size; /* bytes of one memory element: 1, 2, 4, 8, 16; 64 for DC ZVA; tags: bytes covered (16, 32, ...) */
    uint8_t
        count; /* memory elements: 1, 2 for pairs, 16 for LDGM and STGM; CASP and LSE128 are 1 element of two registers */
    uint8_t order;        /* enum iso_insn_order bits */
    uint8_t rd, rd2;      /* results (LDP, CASP, LDXP have two), else ISO_REG_NONE */
    uint8_t rn;           /* first source; base register of memory forms */
    uint8_t rm, ra;       /* second and third source; rm is the index register of memory forms */
    uint8_t rt, rt2;      /* data stored, or operand of an atomic */
    uint8_t rs, rs2;      /* status result of STX; compare value (and result) of CAS/CASP */
    uint8_t extend;       /* extension or shift of rm: meaning private to the table */
    uint8_t amount;       /* its shift amount, 0..63 */
    uint8_t cond;         /* condition 0..15 of B.cond, CSEL, CCMP */
    uint8_t writeback;    /* enum iso_writeback */
    uint8_t sign;         /* loads: result is sign-extended to width */
    uint8_t unprivileged; /* LDTR, STTR */
    uint8_t nontemporal;  /* LDNP, STNP */
    uint8_t barrier;      /* enum iso_barrier_kind */
    uint8_t types;        /* enum iso_barrier_types */
    uint8_t domain;       /* enum iso_barrier_domain; TLBI: NSH local, ISH, OSH */
    uint8_t nxs;          /* DSB nXS, TLBI nXS */
    uint8_t scope;        /* enum iso_tlbi_scope */
    uint8_t leaf;         /* TLBI of the last level only */
    uint8_t cache_op;     /* enum iso_cache_op */
    uint8_t sysreg;       /* enum iso_reg for MRS and MSR; ISO_REG_NONE: identification register, value in imm */
    uint8_t host;   /* the kernel's own, in a program's thread; in a guest's, its host's (Host=), under one stage */
    int64_t imm;    /* immediate, or displacement of the address */
    int64_t imm2;   /* bit-field position, tag offset, second immediate */
    int32_t target; /* branch, ADR: instruction index in the thread, -1 if none; see iso_thread.code_va */
    uint32_t line, column; /* place in the source, 1-based */
};

/* Roles of the registers an instruction touches; bit n = register n of enum iso_reg. Both engines derive dependencies here. */
struct iso_insn_uses {
    uint64_t address;   /* sources of the address */
    uint64_t data;      /* sources of stored data, of an atomic's operand, of a computed result */
    uint64_t compare;   /* sources of a CAS comparison */
    uint64_t pick;      /* sources that only select among results: NZCV of CSEL ... (pick dependencies) */
    uint64_t control;   /* sources of a branch decision or branch target */
    uint64_t result;    /* registers written from data, address or loaded value */
    uint64_t writeback; /* the base register, if written back */
    uint64_t status;    /* status register of a store exclusive */
};

void iso_insn_uses(struct iso_insn_uses *out, const struct iso_insn *insn);

/* Executes ISO_INSN_COMPUTE (SYSTEM_READ and SYSTEM_WRITE too) on `regs` in place. `random` feeds IRG: the tag is random & 15,
 * moved on over excluded tags. `pc` is the address of the instruction (ADR). Total: no error. */
void iso_insn_compute(struct iso_regs *regs, const struct iso_insn *insn, uint64_t pc, uint64_t random);

/* Whether a branch is taken. If so *next gets the target: an instruction address; direct targets come from insn->target through
 * code_va (address of instruction 0 of the thread). BL and BLR also write X30 = pc + 4. */
bool iso_insn_branch(uint64_t *next, struct iso_regs *regs, const struct iso_insn *insn, uint64_t pc, uint64_t code_va);

/* Virtual address of memory element 0 with all 64 bits (tag in 59:56); element i is at + i*size. *base_after gets the base register's
 * value after write-back (unchanged value if none). */
uint64_t iso_insn_address(uint64_t *base_after, const struct iso_insn *insn, const struct iso_regs *regs);

/* Up to 16 bytes of one element, little endian: lo holds bytes 0..7. */
struct iso_bytes16 {
    uint64_t lo, hi;
};

/* Data a store writes to element `element` (0 or 1); LSE and CAS are below. */
struct iso_bytes16 iso_insn_store_data(const struct iso_insn *insn, const struct iso_regs *regs, unsigned element);

/* Writes the loaded elements to the result registers (extension, pairs, LDXP, LDAPR ...). Does not do write-back. */
void iso_insn_load_result(struct iso_regs *regs, const struct iso_insn *insn, const struct iso_bytes16 loaded[2]);

/* One element of an atomic: reads operands from regs, gives the value to write for `old`, and whether CAS writes at all.
 * size up to 16 (CASP, LSE128). */
bool iso_insn_rmw(struct iso_bytes16 *written, const struct iso_insn *insn, const struct iso_regs *regs,
                  struct iso_bytes16 old);

/* Result registers of an atomic or CAS after it read `old`. */
void iso_insn_rmw_result(struct iso_regs *regs, const struct iso_insn *insn, struct iso_bytes16 old);

/* Tag (0..15) that STG/ST2G/STZG/STGP store, from the source register. STGM/STZGM/LDGM transfer 16 tags: see the 64-bit register. */
unsigned iso_insn_store_tag(const struct iso_insn *insn, const struct iso_regs *regs);
/* LDG: inserts `tag` into rd's bits 59:56. LDGM: rd = tags. */
void iso_insn_load_tag_result(struct iso_regs *regs, const struct iso_insn *insn, uint64_t tags);

/* True if the instruction's accesses are tag-checked when MTE is on: base is not SP with an immediate offset (facts section 7.1). */
bool iso_insn_is_tag_checked(const struct iso_insn *insn);

/* A64 text of one instruction, e.g. "LDR W0,[X1]". Truncates to size; returns the full length. */
size_t iso_insn_text(char *out, size_t size, const struct iso_insn *insn);

#endif
