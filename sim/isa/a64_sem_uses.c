/* Which registers an instruction reads and writes, and for what: the source of every dependency in both engines.
 * Not for: memory effects. Source: Arm ARM B2.3.2 (basic dependencies: address, data, control, pick), C6.2. */
#include "sim/isa/a64_sem.h"

static uint64_t bit(uint8_t number)
{
    return number < ISO_REG_COUNT ? (uint64_t)1 << number : 0;
}

#define NZCV ((uint64_t)1 << ISO_REG_NZCV)

/* Flags read and written by a computing instruction, and results that are read first. */
static void uses_compute(struct iso_insn_uses *out, const struct iso_insn *insn)
{
    out->data = bit(insn->rn) | bit(insn->rm) | bit(insn->ra);
    out->result = bit(insn->rd);
    switch (a64_row_of(insn)->op) {
    case A64_OP_MOVK:
    case A64_OP_BFM:
        out->data |= bit(insn->rd);
        break;
    case A64_OP_ADDS:
    case A64_OP_SUBS:
    case A64_OP_ANDS:
    case A64_OP_BICS:
    case A64_OP_SUBPS:
        out->result |= NZCV;
        break;
    case A64_OP_ADC:
    case A64_OP_SBC:
        out->data |= NZCV;
        break;
    case A64_OP_ADCS:
    case A64_OP_SBCS:
    case A64_OP_RMIF: /* keep some flags or use the carry */
    case A64_OP_SETF:
    case A64_OP_CFINV:
        out->data |= NZCV;
        out->result |= NZCV;
        break;
    case A64_OP_CCMP:
    case A64_OP_CCMN:
        out->pick = NZCV;
        out->result |= NZCV;
        break;
    case A64_OP_CSEL:
    case A64_OP_CSINC:
    case A64_OP_CSINV:
    case A64_OP_CSNEG:
        out->pick = NZCV;
        break;
    }
}

void iso_insn_uses(struct iso_insn_uses *out, const struct iso_insn *insn)
{
    *out = (struct iso_insn_uses){0};
    uint64_t address = bit(insn->rn) | bit(insn->rm);
    switch ((enum iso_insn_class)insn->cls) {
    case ISO_INSN_COMPUTE:
        uses_compute(out, insn);
        return;
    case ISO_INSN_BRANCH:
        out->control = a64_row_of(insn)->op == A64_OP_BCOND ? NZCV : bit(insn->rn);
        out->result = a64_row_of(insn)->op == A64_OP_BL ? bit(30) : 0;
        return;
    case ISO_INSN_LOAD:
    case ISO_INSN_LOAD_EXCLUSIVE:
        out->address = address;
        out->result = bit(insn->rd) | bit(insn->rd2);
        break;
    case ISO_INSN_STORE:
    case ISO_INSN_STORE_TAG:
    case ISO_INSN_STORE_TAG_DATA:
        out->address = address;
        out->data = bit(insn->rt) | bit(insn->rt2);
        break;
    case ISO_INSN_STORE_EXCLUSIVE:
        out->address = address;
        out->data = bit(insn->rt) | bit(insn->rt2);
        out->status = bit(insn->rs);
        break;
    case ISO_INSN_ATOMIC:
        out->address = address;
        out->data = bit(insn->rt) | bit(insn->rt2);
        out->result = bit(insn->rd) | bit(insn->rd2);
        break;
    case ISO_INSN_CAS:
        out->address = address;
        out->data = bit(insn->rt) | bit(insn->rt2);
        out->compare = out->result = bit(insn->rs) | bit(insn->rs2);
        break;
    case ISO_INSN_LOAD_TAG: /* LDG keeps all of rd but the tag; LDGM replaces it */
        out->address = address;
        out->data = insn->opcode == A64_ROW_LDG ? bit(insn->rd) : 0;
        out->result = bit(insn->rd);
        break;
    case ISO_INSN_ZERO:
    case ISO_INSN_CACHE:
    case ISO_INSN_TLBI:
    case ISO_INSN_PREFETCH:
        out->address = address;
        break;
    case ISO_INSN_AT:
        out->address = address;
        out->result = bit(ISO_REG_PAR);
        break;
    case ISO_INSN_SYSTEM_READ:
        out->data = bit(insn->sysreg);
        out->result = bit(insn->rd);
        break;
    case ISO_INSN_SYSTEM_WRITE:
        out->data = bit(insn->rn);
        out->result = bit(insn->sysreg);
        break;
    case ISO_INSN_EXCEPTION_RETURN:
        out->control = bit(ISO_REG_ELR) | bit(ISO_REG_SPSR);
        break;
    case ISO_INSN_BARRIER:
    case ISO_INSN_EXCEPTION:
    case ISO_INSN_CLREX:
    case ISO_INSN_HINT:
        break;
    }
    if (insn->writeback != ISO_WRITEBACK_NONE)
        out->writeback = bit(insn->rn);
}
