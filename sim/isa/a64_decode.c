/* Machine words to instructions, over the same formats as a64_encode.c. Not for: words outside the instruction table. */
#include "sim/isa/a64_encode.h"

#include "sim/isa/a64_format.h"

#include <stdio.h>

static uint32_t get(uint32_t word, unsigned at, unsigned bits)
{
    return (uint32_t)((word >> at) & (((uint64_t)1 << bits) - 1));
}

static int64_t get_scaled(uint32_t word, const struct a64_field *field, int64_t scale, bool is_signed)
{
    int64_t value = get(word, field->at, field->bits), sign = (int64_t)1 << (field->bits - 1);
    return (is_signed ? (value ^ sign) - sign : value) * scale;
}

static uint8_t get_register(uint32_t word, unsigned at, uint8_t special)
{
    uint32_t number = get(word, at, 5);
    return number == 31 ? special : (uint8_t)number;
}

static bool get_move(struct iso_insn *insn, uint32_t word, bool inverted)
{
    uint64_t mask = insn->width == 4 ? UINT32_MAX : UINT64_MAX;
    unsigned hw = get(word, 21, 2), imm16 = get(word, 5, 16);
    uint64_t value = (uint64_t)imm16 << 16 * hw;
    if (hw >= insn->width / 2u || (!imm16 && hw) || (inverted && insn->width == 4 && imm16 == 0xffff))
        return false; /* the architecture prefers MOVZ, MOVN here */
    value = (inverted ? ~value : value) & mask;
    insn->imm = insn->width == 4 ? (int32_t)(uint32_t)value : (int64_t)value;
    return true;
}

/* N = 1 needs 64 bits; a run of all ones is reserved (Arm ARM DecodeBitMasks). */
static bool get_mask(struct iso_insn *insn, uint32_t word)
{
    uint32_t field = get(word, 10, 13), check;
    uint64_t value;
    if (insn->width == 4 && field >> 12)
        return false;
    if (!(field >> 12) && (~field & 63) < 2)
        return false;
    value = a64_bitmask_decode(field, insn->width);
    insn->imm = insn->width == 4 ? (int32_t)(uint32_t)value : (int64_t)value;
    return a64_bitmask_encode(&check, value, insn->width) && check == field;
}

static void get_target(struct iso_insn *insn, int64_t words, uint32_t index)
{
    insn->target = (int32_t)(index + words);
}

static bool get_cache(struct iso_insn *insn, uint32_t word)
{
    for (unsigned i = 0; i < a64_cache_op_count; i++) {
        const struct a64_cache_op *op = &a64_cache_ops[i];
        if (op->row != insn->opcode || op->op1 != get(word, 16, 3) || op->crn != get(word, 12, 4) ||
            op->crm != get(word, 8, 4) || op->op2 != get(word, 5, 3) || (!op->has_register && get(word, 0, 5) != 31))
            continue;
        insn->cls = op->cls;
        insn->cache_op = op->what;
        insn->imm2 = i;
        insn->rn = op->has_register ? get_register(word, 0, ISO_REG_ZR) : ISO_REG_NONE;
        return true;
    }
    return false;
}

static bool get_tlbi(struct iso_insn *insn, uint32_t word)
{
    unsigned crn = get(word, 12, 4), crm = get(word, 8, 4);
    for (unsigned i = 0; i < a64_tlbi_op_count; i++) {
        const struct a64_tlbi_op *op = &a64_tlbi_ops[i];
        unsigned op2 = get(word, 5, 3), outer = op->scope == ISO_TLBI_IPA ? op->op2 ^ 1u : op->op2;
        if ((crn != 8 && crn != 9) || op->op1 != get(word, 16, 3) || (!op->has_register && get(word, 0, 5) != 31))
            continue;
        if (crm == op->crm && op2 == op->op2)
            insn->domain = ISO_DOMAIN_NSH;
        else if (crm == op->crm_is && op2 == op->op2)
            insn->domain = ISO_DOMAIN_ISH;
        else if (crm == op->crm_os && op2 == outer)
            insn->domain = ISO_DOMAIN_OSH;
        else
            continue;
        insn->nxs = crn == 9;
        insn->scope = op->scope;
        insn->leaf = op->leaf;
        insn->imm2 = i;
        insn->rn = op->has_register ? get_register(word, 0, ISO_REG_ZR) : ISO_REG_NONE;
        return true;
    }
    return false;
}

static bool get_operation(struct iso_insn *insn, const struct a64_field *field, uint32_t word)
{
    switch (field->kind) {
    case A64_FIELD_CACHE:
        return get_cache(insn, word);
    case A64_FIELD_TLBI:
        return get_tlbi(insn, word);
    case A64_FIELD_AT:
        for (unsigned i = 0; i < a64_at_op_count; i++)
            if (a64_at_ops[i].op1 == get(word, 16, 3) && get(word, 12, 4) == 7 &&
                a64_at_ops[i].crm == get(word, 8, 4) && a64_at_ops[i].op2 == get(word, 5, 3)) {
                insn->imm2 = i;
                insn->rn = get_register(word, 0, ISO_REG_ZR);
                return true;
            }
        return false;
    case A64_FIELD_PSTATE:
        for (unsigned i = 0; i < a64_pstate_count; i++)
            if (a64_pstates[i].op1 == get(word, 16, 3) && a64_pstates[i].op2 == get(word, 5, 3)) {
                insn->imm2 = i;
                insn->imm = get(word, 8, 4);
                insn->sysreg = a64_pstates[i].storage;
                return insn->imm <= a64_pstates[i].largest;
            }
        return false;
    }
    for (unsigned i = 0; i < a64_sysreg_count; i++) {
        const struct a64_sysreg *reg = &a64_sysregs[i];
        if (reg->op0 != get(word, 19, 2) || reg->op1 != get(word, 16, 3) || reg->crn != get(word, 12, 4) ||
            reg->crm != get(word, 8, 4) || reg->op2 != get(word, 5, 3))
            continue;
        insn->imm2 = i;
        insn->sysreg = reg->storage;
        if (field->kind == A64_FIELD_READ) {
            insn->imm = (int64_t)reg->value;
            insn->rd = get_register(word, 0, ISO_REG_ZR);
            return true;
        }
        insn->rn = get_register(word, 0, ISO_REG_ZR);
        return reg->storage != ISO_REG_NONE;
    }
    return false;
}

static bool get_barrier(struct iso_insn *insn, unsigned crm)
{
    for (unsigned i = 0; i < a64_barrier_option_count; i++)
        if (a64_barrier_options[i].crm == crm) {
            insn->imm2 = i;
            insn->types = a64_barrier_options[i].types;
            insn->domain = a64_barrier_options[i].domain;
            return true;
        }
    return false;
}

static bool get_index(struct iso_insn *insn, uint32_t word)
{
    static const uint8_t extends[8] = {
        [2] = A64_EXTEND_UXTW, [3] = A64_EXTEND_LSL, [6] = A64_EXTEND_SXTW, [7] = A64_EXTEND_SXTX};
    unsigned option = get(word, 13, 3), scale = 0, size = insn->size ? insn->size : insn->width;
    for (; size > 1; size >>= 1)
        scale++;
    insn->extend = extends[option];
    insn->amount = get(word, 12, 1) ? (uint8_t)scale : 0;
    return option & 2;
}

static bool get_extend(struct iso_insn *insn, uint32_t word)
{
    insn->extend = (uint8_t)(A64_EXTEND_UXTB + get(word, 13, 3));
    insn->amount = (uint8_t)get(word, 10, 3);
    return insn->amount <= 4;
}

static bool get_field(struct iso_insn *insn, const struct a64_field *field, uint32_t word, uint32_t index)
{
    const unsigned bits = insn->width * 8u;
    switch ((enum a64_field_kind)field->kind) {
    case A64_FIELD_END:
        return true;
    case A64_FIELD_WIDTH:
        insn->width = get(word, field->at, 1) ? 8 : 4;
        return true;
    case A64_FIELD_N:
        return get(word, 22, 1) == (insn->width == 8);
    case A64_FIELD_WIDTH_IS:
        insn->width = field->arg;
        return true;
    case A64_FIELD_REG:
        *a64_member(insn, field->arg) = get_register(word, field->at, ISO_REG_ZR);
        return true;
    case A64_FIELD_REG_SP:
        *a64_member(insn, field->arg) = get_register(word, field->at, ISO_REG_SP);
        return true;
    case A64_FIELD_IS:
        *a64_member(insn, field->arg) = field->at;
        return true;
    case A64_FIELD_PAIR: {
        uint8_t first = get_register(word, field->at, ISO_REG_ZR);
        *a64_member(insn, field->arg) = first;
        *a64_member(insn, (uint8_t)(field->arg + 1)) = first == 30 ? ISO_REG_ZR : (uint8_t)(first + 1);
        return first % 2 == 0 && first <= 30;
    }
    case A64_FIELD_SAME:
        *a64_member(insn, field->arg) = a64_member_of(insn, field->at);
        return a64_member_of(insn, field->at) != ISO_REG_ZR;
    case A64_FIELD_UIMM:
        insn->imm = get_scaled(word, field, 1 << field->arg, false);
        return true;
    case A64_FIELD_UIMM2:
        insn->imm2 = get_scaled(word, field, 1 << field->arg, false);
        return true;
    case A64_FIELD_SIMM:
        insn->imm = get_scaled(word, field, 1 << field->arg, true);
        return true;
    case A64_FIELD_UIMM_SIZE:
        insn->imm = get_scaled(word, field, insn->size ? insn->size : insn->width, false);
        return true;
    case A64_FIELD_SIMM_SIZE:
        insn->imm = get_scaled(word, field, insn->size ? insn->size : insn->width, true);
        return true;
    case A64_FIELD_IMM_ZERO:
    case A64_FIELD_FIRST:
        insn->imm = 0;
        return true;
    case A64_FIELD_ISB:
        insn->imm = -1;
        return true;
    case A64_FIELD_POSITION:
        insn->imm = get(word, field->at, 6);
        return insn->imm < bits;
    case A64_FIELD_POSITION2:
        insn->imm2 = get(word, field->at, 6);
        return insn->imm2 < bits;
    case A64_FIELD_SUM_IMM:
        insn->imm = (int64_t)get(word, 10, 12) << (get(word, 22, 1) ? 12 : 0);
        return true;
    case A64_FIELD_SHIFT:
        insn->extend = (uint8_t)get(word, 22, 2);
        insn->amount = (uint8_t)get(word, 10, 6);
        return insn->extend <= field->arg && insn->amount < bits;
    case A64_FIELD_EXTEND:
        return get_extend(insn, word);
    case A64_FIELD_INDEX:
        return get_index(insn, word);
    case A64_FIELD_MASK:
        return get_mask(insn, word);
    case A64_FIELD_MOVE_MASK: { /* MOV is preferred only where MOVZ and MOVN cannot do it */
        uint32_t ignored;
        struct iso_insn wide = *insn;
        if (!get_mask(insn, word))
            return false;
        wide.imm = insn->imm;
        wide.opcode = A64_ROW_MOV;
        wide.rm = ISO_REG_NONE;
        wide.rd = 0;
        return !iso_insn_encode(&ignored, &wide, 0) || (ignored & 0x1f800000) == 0x12000000;
    }
    case A64_FIELD_WIDE:
        insn->imm = get(word, 5, 16);
        insn->amount = (uint8_t)(16 * get(word, 21, 2));
        return insn->amount < bits;
    case A64_FIELD_MOVE:
        return get_move(insn, word, field->arg);
    case A64_FIELD_COND:
        insn->cond = (uint8_t)get(word, field->at, 4);
        return true;
    case A64_FIELD_LABEL:
        get_target(insn, get_scaled(word, field, 1, true), index);
        return true;
    case A64_FIELD_ADR: {
        int64_t bytes = (int64_t)(get(word, 5, 19) << 2 | get(word, 29, 2));
        bytes = (bytes ^ 0x100000) - 0x100000;
        get_target(insn, bytes / 4, index);
        insn->imm2 = index;
        return bytes % 4 == 0;
    }
    case A64_FIELD_TEST_BIT:
        insn->imm = get(word, 31, 1) << 5 | get(word, 19, 5);
        insn->width = get(word, 31, 1) ? 8 : 4;
        return true;
    case A64_FIELD_WRITEBACK:
        insn->writeback = field->arg;
        return true;
    case A64_FIELD_BARRIER:
        return get_barrier(insn, get(word, 8, 4));
    case A64_FIELD_BARRIER_NXS:
        insn->nxs = 1;
        return get_barrier(insn, get(word, 10, 2) << 2 | 3);
    case A64_FIELD_BTI:
        insn->imm = (int64_t)get(word, 6, 2) - 1;
        return true;
    case A64_FIELD_CACHE:
    case A64_FIELD_TLBI:
    case A64_FIELD_AT:
    case A64_FIELD_PSTATE:
    case A64_FIELD_READ:
    case A64_FIELD_WRITE:
        return get_operation(insn, field, word);
    }
    ISO_IMPOSSIBLE();
}

/* What follows from the fields together, as the assembler sets it. */
static void finish(struct iso_insn *insn)
{
    const struct a64_row *row = a64_row_of(insn);
    if (!insn->size &&
        (insn->cls == ISO_INSN_LOAD || insn->cls == ISO_INSN_STORE || insn->cls == ISO_INSN_LOAD_EXCLUSIVE ||
         insn->cls == ISO_INSN_STORE_EXCLUSIVE || insn->cls == ISO_INSN_ATOMIC || insn->cls == ISO_INSN_CAS))
        insn->size = insn->width;
    switch (row->shape) {
    case A64_SHAPE_CAS_PAIR:
        insn->size = (uint8_t)(2 * insn->width);
        break;
    case A64_SHAPE_CAS:
        a64_drop_result_order(insn, insn->rs);
        break;
    case A64_SHAPE_AMO:
    case A64_SHAPE_AMO_STORE:
        a64_drop_result_order(insn, insn->rd);
        break;
    case A64_SHAPE_TAG_MULTIPLE:
        insn->count = insn->size == 16 ? 16 : 1;
        break;
    }
    if (row->flags & A64_FLAG_CONDITION)
        insn->mnemonic = a64_condition_mnemonic(insn->opcode, insn->cond);
    if (insn->cls == ISO_INSN_BARRIER)
        insn->barrier = row->op == A64_OP_DMB   ? ISO_BARRIER_DMB
                        : row->op == A64_OP_DSB ? ISO_BARRIER_DSB
                        : row->op == A64_OP_ISB ? ISO_BARRIER_ISB
                        : row->op == A64_OP_SB  ? ISO_BARRIER_SB
                                                : ISO_BARRIER_OTHER;
}

bool iso_insn_decode(struct iso_insn *out, uint32_t word, uint32_t index)
{
    for (unsigned i = 0; i < a64_encoding_count; i++) {
        const struct a64_encoding *encoding = &a64_encodings[i];
        /* The ones of the fixed bits first: that is cheap, and enough to pass over nearly every row. */
        if ((word & encoding->value) != encoding->value || (word & a64_encoding_mask(encoding)) != encoding->value)
            continue;
        struct iso_insn insn;
        bool fits = true;
        a64_prepare(&insn, encoding->row);
        for (const struct a64_field *field = encoding->fields; fits && field->kind != A64_FIELD_END; field++)
            fits = get_field(&insn, field, word, index);
        if (fits) {
            finish(&insn);
            *out = insn;
            return true;
        }
    }
    return false;
}

size_t iso_a64_word_text(char *out, size_t size, uint32_t word)
{
    const uint32_t here = 1u << 28; /* far enough from 0 for every negative offset */
    struct iso_insn insn;
    char text[128];
    int length;
    if (!iso_insn_decode(&insn, word, here)) {
        length = snprintf(out, size, ".inst 0x%08x", (unsigned)word);
        return length > 0 ? (size_t)length : 0;
    }
    iso_insn_text(text, sizeof text, &insn);
    if (insn.target < 0) {
        length = snprintf(out, size, "%s", text);
    } else { /* ".L<index>" is last */
        size_t head = 0;
        for (size_t i = 0; text[i]; i++)
            if (text[i] == '.' && text[i + 1] == 'L')
                head = i;
        length = snprintf(out, size, "%.*s.%+lld", (int)head, text, 4 * ((long long)insn.target - here));
    }
    return length > 0 ? (size_t)length : 0;
}
