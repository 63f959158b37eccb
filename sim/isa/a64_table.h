/* The instruction table as the assembler, the text, the semantics and the encodings see it. Private to sim/isa.
 * Not for: engines; they read struct iso_insn and call the functions of insn.h. */
#ifndef ISOTIER_SIM_ISA_A64_TABLE_H
#define ISOTIER_SIM_ISA_A64_TABLE_H

#include "sim/isa/a64_asm.h"

/* Flags of a row. */
enum a64_flag {
    A64_FLAG_W = 1 << 0,    /* 32-bit register form only */
    A64_FLAG_X = 1 << 1,    /* 64-bit register form only */
    A64_FLAG_SIGN = 1 << 2, /* the loaded value is sign-extended */
    A64_FLAG_PAIR = 1 << 3, /* two elements */
    A64_FLAG_UNPRIVILEGED = 1 << 4,
    A64_FLAG_NONTEMPORAL = 1 << 5,
    A64_FLAG_UNSCALED = 1 << 6,
    A64_FLAG_CONDITION = 1 << 7, /* the mnemonic carries a condition */
    A64_FLAG_RA_ZERO = 1 << 8    /* multiply without addend */
};

/* Operand shapes: one parser and one printer each. */
enum a64_shape {
    A64_SHAPE_NONE,                /* no operand */
    A64_SHAPE_ADDSUB,              /* Rd, Rn, (#imm{, LSL #12} | Rm{, shift} | Rm, extend) */
    A64_SHAPE_COMPARE,             /* ADDSUB without Rd */
    A64_SHAPE_NEGATE,              /* Rd, Rm{, shift} */
    A64_SHAPE_LOGIC,               /* Rd, Rn, (#imm | Rm{, shift}) */
    A64_SHAPE_TEST,                /* LOGIC without Rd */
    A64_SHAPE_MOVE,                /* Rd, (#imm | Rm) */
    A64_SHAPE_MOVE_NOT,            /* Rd, Rm{, shift} */
    A64_SHAPE_MOVE_WIDE,           /* Rd, #imm16{, LSL #n} */
    A64_SHAPE_TWO,                 /* Rd, Rn */
    A64_SHAPE_NEGATE_CARRY,        /* Rd, Rm */
    A64_SHAPE_THREE,               /* Rd, Rn, Rm */
    A64_SHAPE_FOUR,                /* Rd, Rn, Rm, Ra */
    A64_SHAPE_LONG_THREE,          /* Xd, Wn, Wm */
    A64_SHAPE_LONG_FOUR,           /* Xd, Wn, Wm, Xa */
    A64_SHAPE_SHIFT,               /* Rd, Rn, (#n | Rm) */
    A64_SHAPE_BITFIELD,            /* Rd, Rn, #immr, #imms */
    A64_SHAPE_BITFIELD_EXTRACT,    /* Rd, Rn, #lsb, #width from bit lsb on */
    A64_SHAPE_BITFIELD_INSERT,     /* Rd, Rn, #lsb, #width to bit lsb on */
    A64_SHAPE_BITFIELD_CLEAR,      /* Rd, #lsb, #width */
    A64_SHAPE_EXTEND,              /* Rd, Wn */
    A64_SHAPE_EXTRACT,             /* Rd, Rn, Rm, #lsb */
    A64_SHAPE_MINMAX,              /* Rd, Rn, (#imm8 | Rm) */
    A64_SHAPE_SELECT,              /* Rd, Rn, Rm, cond */
    A64_SHAPE_SELECT_SET,          /* Rd, cond */
    A64_SHAPE_SELECT_ONE,          /* Rd, Rn, cond */
    A64_SHAPE_CONDITIONAL_COMPARE, /* Rn, (#imm5 | Rm), #nzcv, cond */
    A64_SHAPE_CHECKSUM,            /* Wd, Wn, (Wm | Xm) */
    A64_SHAPE_PC_RELATIVE,         /* Xd, label */
    A64_SHAPE_ROTATE_FLAGS,        /* Xn, #shift, #mask */
    A64_SHAPE_SET_FLAGS,           /* Wn */
    A64_SHAPE_TAG_RANDOM,          /* Xd|SP, Xn|SP{, Xm} */
    A64_SHAPE_TAG_MASK,            /* Xd, Xn|SP, Xm */
    A64_SHAPE_TAG_ADD,             /* Xd|SP, Xn|SP, #uimm6 * 16, #uimm4 */
    A64_SHAPE_TAG_SUBTRACT,        /* Xd, Xn|SP, Xm|SP */
    A64_SHAPE_TAG_COMPARE,         /* Xn|SP, Xm|SP */
    A64_SHAPE_LABEL,               /* label */
    A64_SHAPE_BRANCH_REGISTER,     /* Xn */
    A64_SHAPE_RETURN,              /* {Xn} */
    A64_SHAPE_COMPARE_BRANCH,      /* Rt, label */
    A64_SHAPE_TEST_BRANCH,         /* Rt, #bit, label */
    A64_SHAPE_MEMORY,              /* Rt, [Xn|SP ...] immediate, write-back and register forms */
    A64_SHAPE_MEMORY_LITERAL,      /* MEMORY, or Rt, label */
    A64_SHAPE_MEMORY_UNSCALED,     /* Rt, [Xn|SP{, #simm9}] */
    A64_SHAPE_MEMORY_BASE,         /* Rt, [Xn|SP] */
    A64_SHAPE_MEMORY_PAIR,         /* Rt, Rt2, [Xn|SP ...] immediate and write-back forms */
    A64_SHAPE_MEMORY_PAIR_BASE,    /* Rt, Rt2, [Xn|SP]; LDIAPP and STILP: with their one write-back form */
    A64_SHAPE_STORE_EXCLUSIVE,     /* Ws, Rt{, Rt2}, [Xn|SP] */
    A64_SHAPE_AMO,                 /* Rs, Rt, [Xn|SP] */
    A64_SHAPE_AMO_STORE,           /* Rs, [Xn|SP] */
    A64_SHAPE_AMO_PAIR,            /* Xt1, Xt2, [Xn|SP] */
    A64_SHAPE_CAS,                 /* Rs, Rt, [Xn|SP] */
    A64_SHAPE_CAS_PAIR,            /* Rs, Rs+1, Rt, Rt+1, [Xn|SP] */
    A64_SHAPE_TAG_LOAD,            /* Xt, [Xn|SP{, #simm}] */
    A64_SHAPE_TAG_STORE,           /* Xt|SP, [Xn|SP ...] immediate and write-back forms */
    A64_SHAPE_TAG_PAIR,            /* Xt, Xt2, [Xn|SP ...] */
    A64_SHAPE_TAG_MULTIPLE,        /* Xt, [Xn|SP] */
    A64_SHAPE_PREFETCH,            /* prfop, address */
    A64_SHAPE_BARRIER,             /* option */
    A64_SHAPE_ISB,                 /* {SY} */
    A64_SHAPE_CSYNC,               /* CSYNC */
    A64_SHAPE_BTI,                 /* {C | J | JC} */
    A64_SHAPE_IMMEDIATE,           /* #imm16; HINT: #imm7 */
    A64_SHAPE_IMMEDIATE_OPTIONAL,  /* {#imm4} */
    A64_SHAPE_SYSTEM_OPERATION,    /* name{, Xt} */
    A64_SHAPE_SYSTEM_READ,         /* Xt, register */
    A64_SHAPE_SYSTEM_WRITE         /* register, Xt or #imm */
};

/* What an instruction computes. */
enum a64_op {
    A64_OP_NONE,
    A64_OP_ADD,
    A64_OP_ADDS,
    A64_OP_SUB,
    A64_OP_SUBS,
    A64_OP_AND,
    A64_OP_ANDS,
    A64_OP_BIC,
    A64_OP_BICS,
    A64_OP_ORR,
    A64_OP_ORN,
    A64_OP_EOR,
    A64_OP_EON,
    A64_OP_MOV,
    A64_OP_MOVZ,
    A64_OP_MOVN,
    A64_OP_MOVK,
    A64_OP_ADC,
    A64_OP_ADCS,
    A64_OP_SBC,
    A64_OP_SBCS,
    A64_OP_MADD,
    A64_OP_MSUB,
    A64_OP_SMADDL,
    A64_OP_SMSUBL,
    A64_OP_UMADDL,
    A64_OP_UMSUBL,
    A64_OP_SMULH,
    A64_OP_UMULH,
    A64_OP_UDIV,
    A64_OP_SDIV,
    A64_OP_LSL,
    A64_OP_LSR,
    A64_OP_ASR,
    A64_OP_ROR,
    A64_OP_SBFM,
    A64_OP_UBFM,
    A64_OP_BFM,
    A64_OP_EXTR,
    A64_OP_CLZ,
    A64_OP_CLS,
    A64_OP_CTZ,
    A64_OP_CNT,
    A64_OP_RBIT,
    A64_OP_REV,
    A64_OP_REV16,
    A64_OP_REV32,
    A64_OP_ABS,
    A64_OP_SMAX,
    A64_OP_SMIN,
    A64_OP_UMAX,
    A64_OP_UMIN,
    A64_OP_CSEL,
    A64_OP_CSINC,
    A64_OP_CSINV,
    A64_OP_CSNEG,
    A64_OP_CCMP,
    A64_OP_CCMN,
    A64_OP_CRC32,
    A64_OP_CRC32C,
    A64_OP_ADR,
    A64_OP_ADRP,
    A64_OP_RMIF,
    A64_OP_SETF,
    A64_OP_CFINV,
    A64_OP_IRG,
    A64_OP_GMI,
    A64_OP_ADDG,
    A64_OP_SUBG,
    A64_OP_SUBP,
    A64_OP_SUBPS,
    A64_OP_B,
    A64_OP_BCOND,
    A64_OP_BL,
    A64_OP_CBZ,
    A64_OP_CBNZ,
    A64_OP_TBZ,
    A64_OP_TBNZ,
    A64_OP_AMO_ADD,
    A64_OP_AMO_CLR,
    A64_OP_AMO_EOR,
    A64_OP_AMO_SET,
    A64_OP_AMO_SMAX,
    A64_OP_AMO_SMIN,
    A64_OP_AMO_UMAX,
    A64_OP_AMO_UMIN,
    A64_OP_AMO_SWP,
    A64_OP_CAS,
    A64_OP_DMB,
    A64_OP_DSB,
    A64_OP_ISB,
    A64_OP_SB,
    A64_OP_OTHER,
    A64_OP_MRS,
    A64_OP_MSR
};

/* struct iso_insn.extend: how rm becomes the second operand. */
enum a64_extend {
    A64_EXTEND_LSL,
    A64_EXTEND_LSR,
    A64_EXTEND_ASR,
    A64_EXTEND_ROR,
    A64_EXTEND_UXTB,
    A64_EXTEND_UXTH,
    A64_EXTEND_UXTW,
    A64_EXTEND_UXTX,
    A64_EXTEND_SXTB,
    A64_EXTEND_SXTH,
    A64_EXTEND_SXTW,
    A64_EXTEND_SXTX,
    A64_EXTEND_COUNT
};

struct a64_row {
    const char *mnemonic;
    const char *example;
    uint8_t cls, shape, op, size, order;
    uint16_t flags;
};

/* Names of the rows: struct iso_insn.opcode. */
enum a64_row_id {
#define A64(id, mnemonic, cls, shape, op, size, order, flags, example) A64_ROW_##id,
#include "sim/isa/a64.def"
#undef A64
    A64_ROW_COUNT
};

extern const struct a64_row a64_rows[A64_ROW_COUNT];

static inline const struct a64_row *a64_row_of(const struct iso_insn *insn)
{
    return &a64_rows[insn->opcode];
}

/* Fields of an instruction that follow from its row alone; registers are none, target -1. */
void a64_prepare(struct iso_insn *out, int row);
/* The read of an atomic whose result is dropped is neither acquire nor ordered by DMB LD. */
void a64_drop_result_order(struct iso_insn *insn, uint8_t result);
/* Static spelling of B.cond or BC.cond. */
const char *a64_condition_mnemonic(int row, unsigned cond);

/* Row of an upper-case name, or -1. Names with a condition ("B.EQ") are not in the index: a64_condition_row(). */
int a64_row_find(const char *name, size_t size);
/* Row of "B.EQ", "BEQ", "BC.EQ" with *cond set and *mnemonic the static full spelling; -1 if the name is none of these. */
int a64_condition_row(uint8_t *cond, const char **mnemonic, const char *name, size_t size);
/* Condition number of "EQ", "HS" ..., or -1; and the name of a number 0..15. */
int a64_condition_find(const char *name, size_t size);
const char *a64_condition_name(unsigned cond);
/* What an unsupported mnemonic belongs to ("SVE", "Advanced SIMD" ...), or NULL if it is no A64 name known here. */
const char *a64_extension_of(const char *name, size_t size);
extern const char *const a64_extend_names[A64_EXTEND_COUNT];

/* Whether imm (already cut to 32 bits for bytes == 4) is a bit mask of logical instructions; *field gets N:immr:imms. */
bool a64_bitmask_encode(uint32_t *field, uint64_t imm, unsigned bytes);
uint64_t a64_bitmask_decode(uint32_t field, unsigned bytes);
/* Whether MOV can load imm with one MOVZ, MOVN or ORR. */
bool a64_move_is_encodable(uint64_t imm, unsigned bytes);

/* System instruction operands (a64_system.def). struct iso_insn.imm2 is the index in the list of its class. */
struct a64_barrier_option {
    const char *name;
    uint8_t crm, domain, types;
};
struct a64_cache_op {
    const char *name;
    uint16_t row;
    uint8_t cls, what, has_register, op1, crn, crm, op2;
};
struct a64_tlbi_op {
    const char *name;
    uint8_t scope, leaf, has_register, op1, crm, crm_is, crm_os, op2;
};
struct a64_at_op {
    const char *name;
    uint8_t op1, crm, op2;
};
struct a64_sysreg {
    const char *name;
    uint64_t value, mask;   /* constant if storage is ISO_REG_NONE; bits of the field kept */
    uint8_t storage, shift; /* enum iso_reg */
    uint8_t op0, op1, crn, crm, op2;
};
struct a64_pstate {
    const char *name;
    uint8_t storage, largest, op1, op2;
};
struct a64_prefetch_op {
    const char *name;
    uint8_t number;
};
extern const struct a64_barrier_option a64_barrier_options[];
extern const struct a64_cache_op a64_cache_ops[];
extern const struct a64_tlbi_op a64_tlbi_ops[];
extern const struct a64_at_op a64_at_ops[];
extern const struct a64_sysreg a64_sysregs[];
extern const struct a64_pstate a64_pstates[];
extern const struct a64_prefetch_op a64_prefetch_ops[];
extern const unsigned a64_barrier_option_count, a64_cache_op_count, a64_tlbi_op_count, a64_at_op_count,
    a64_sysreg_count, a64_pstate_count, a64_prefetch_op_count;

#endif
