/* Helpers the semantics share. Private to a64_sem_*.c and interp.c. Not for: engines (insn.h). */
#ifndef ISOTIER_SIM_ISA_A64_SEM_H
#define ISOTIER_SIM_ISA_A64_SEM_H

#include "sim/isa/a64_table.h"

/* Value of a register number; ZR and none read as 0. */
static inline uint64_t a64_reg(const struct iso_regs *regs, uint8_t number)
{
    return number < ISO_REG_COUNT ? regs->x[number] : 0;
}

/* Arm ARM ConditionHolds. nzcv: bits 3..0. */
bool a64_condition_holds(unsigned cond, uint64_t nzcv);
/* value after `extend` (enum a64_extend) and shift by `amount`, in `bits` (32 or 64) wide arithmetic for shifts. */
uint64_t a64_extended(uint64_t value, unsigned extend, unsigned amount, unsigned bits);

#endif
