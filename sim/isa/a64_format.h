/* Fields of the encoding formats. Private to a64_encode.c and a64_decode.c. Not for: which word has which format (a64_encode.def). */
#ifndef ISOTIER_SIM_ISA_A64_FORMAT_H
#define ISOTIER_SIM_ISA_A64_FORMAT_H

#include "sim/isa/a64_table.h"

/* What a field of a word holds; `at` and `bits` say where, `arg` is per kind. */
enum a64_field_kind {
    A64_FIELD_END,
    A64_FIELD_WIDTH,     /* register width */
    A64_FIELD_WIDTH_IS,  /* no bits: the width is arg */
    A64_FIELD_REG,       /* register number, 31 = ZR; arg = offset in struct iso_insn */
    A64_FIELD_REG_SP,    /* 31 = SP */
    A64_FIELD_IS,        /* no bits: the member at offset arg has the value `at` */
    A64_FIELD_PAIR,      /* even register and its successor; arg = offset of the first, the second is next to it */
    A64_FIELD_SAME,      /* no bits: the member at offset `at` equals that at arg */
    A64_FIELD_UIMM,      /* imm, unsigned, scaled by 1 << arg */
    A64_FIELD_UIMM2,     /* imm2 */
    A64_FIELD_SIMM,      /* imm, signed */
    A64_FIELD_UIMM_SIZE, /* imm, unsigned, scaled by the element size */
    A64_FIELD_SIMM_SIZE, /* imm, signed */
    A64_FIELD_IMM_ZERO,  /* no bits: imm is 0 */
    A64_FIELD_POSITION,  /* imm, a bit number below the register width */
    A64_FIELD_POSITION2, /* imm2 */
    A64_FIELD_SUM_IMM,   /* 12 bits, bit 22 shifts by 12 */
    A64_FIELD_SHIFT,     /* kind in bits 23:22 up to arg, amount in 15:10 */
    A64_FIELD_EXTEND,    /* option in 15:13, amount in 12:10 */
    A64_FIELD_INDEX,     /* option in 15:13, S in 12 */
    A64_FIELD_MASK,      /* N:immr:imms in 22:10 */
    A64_FIELD_WIDE,      /* imm16 in 20:5, hw in 22:21, from imm and amount */
    A64_FIELD_MOVE,      /* the same bits from the value of MOV; arg: inverted */
    A64_FIELD_MOVE_MASK, /* MASK from the value of MOV */
    A64_FIELD_N,         /* bit 22 repeats the width */
    A64_FIELD_COND,
    A64_FIELD_LABEL,       /* target in words */
    A64_FIELD_ADR,         /* immlo in 30:29, immhi in 23:5 */
    A64_FIELD_TEST_BIT,    /* b5 in 31, b40 in 23:19; the width follows b5 */
    A64_FIELD_WRITEBACK,   /* no bits: write-back is arg */
    A64_FIELD_BARRIER,     /* CRm */
    A64_FIELD_BARRIER_NXS, /* CRm of DSB nXS */
    A64_FIELD_ISB,         /* no bits */
    A64_FIELD_FIRST,       /* no bits: imm is 0, the one option there is */
    A64_FIELD_BTI,
    A64_FIELD_CACHE, /* op1, CRn, CRm, op2, Rt */
    A64_FIELD_TLBI,
    A64_FIELD_AT,
    A64_FIELD_PSTATE,
    A64_FIELD_READ, /* op0 ... Rt */
    A64_FIELD_WRITE
};

struct a64_field {
    uint8_t kind, at, bits, arg;
};

struct a64_encoding {
    uint16_t row;
    const struct a64_field *fields;
    uint32_t value; /* the word with all fields zero */
};

extern const struct a64_encoding a64_encodings[];
extern const unsigned a64_encoding_count;

/* Bits of a word that no field of the format holds: there it must equal `value`. */
uint32_t a64_encoding_mask(const struct a64_encoding *encoding);

static inline uint8_t *a64_member(struct iso_insn *insn, uint8_t offset)
{
    return (uint8_t *)insn + offset;
}

static inline uint8_t a64_member_of(const struct iso_insn *insn, uint8_t offset)
{
    return ((const uint8_t *)insn)[offset];
}

#endif
