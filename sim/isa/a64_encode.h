/* 32-bit machine words of A64 instructions, both ways: a location of type ins_t holds a word, and code that is written over is read
 * back. One table of fields (a64_encode.def) serves both directions.
 * Not for: assembling whole programs; labels beyond branch range are not relaxed. Words of instructions outside the instruction table
 * do not decode. Source: Arm ARM C4.1 (A64 encoding index), C6.2. */
#ifndef ISOTIER_SIM_ISA_A64_ENCODE_H
#define ISOTIER_SIM_ISA_A64_ENCODE_H

#include "sim/isa/insn.h"

/* Word of an instruction that stands at index `index` of its thread (targets are relative to it). False: no encoding holds its operands
 * (an immediate out of range, a target too far), or ADR of a location. */
bool iso_insn_encode(uint32_t *word, const struct iso_insn *insn, uint32_t index);

/* The instruction a word stands for at index `index`. False: not an instruction this table encodes; an engine treats it as UNDEFINED.
 * Aliases: MOV is preferred for MOVZ, MOVN, ORR where the architecture prefers it, CMP, CMN, TST, MUL, LSL ... come back as the
 * instruction they stand for. out->line and column are 0. */
bool iso_insn_decode(struct iso_insn *out, uint32_t word, uint32_t index);

/* Text of a word with targets as ".+4"; ".inst 0x........" where it does not decode. Truncates to size; returns the full length. */
size_t iso_a64_word_text(char *out, size_t size, uint32_t word);

#endif
