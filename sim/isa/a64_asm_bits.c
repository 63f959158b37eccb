/* Operands of shifts, bit fields, checksums, flag and tag arithmetic, and of branches. Not for: semantics. */
#include "sim/isa/a64_parse.h"

#define ZR A64_ACCEPT_ZR
#define SP A64_ACCEPT_SP

/* "#lsb, #width" of the bit-field aliases, kept as immr and imms of the instruction they stand for. */
static bool field_operands(struct a64_parser *parser, bool insert)
{
    struct iso_insn *insn = parser->insn;
    int64_t bits = insn->width * 8, lsb, width;
    if (!a64_next_immediate_range(parser, &lsb, 0, bits - 1, "bit position") ||
        !a64_next_immediate_range(parser, &width, 1, bits - lsb, "field width"))
        return false;
    insn->imm = insert ? (bits - lsb) % bits : lsb;
    insn->imm2 = insert ? width - 1 : lsb + width - 1;
    return true;
}

static bool shift_operands(struct a64_parser *parser)
{
    struct iso_insn *insn = parser->insn;
    if (!a64_next_register(parser, &insn->rn, ZR) || !a64_need_comma(parser))
        return false;
    if (!a64_at_immediate(parser))
        return a64_same_register(parser, &insn->rm, ZR);
    return a64_immediate_range(parser, &insn->imm, 0, insn->width * 8 - 1, "shift amount");
}

/* SXTB X0,W1: the source is a W register whatever the result; SXTB X0,X1 is written too. */
static bool extend_operands(struct a64_parser *parser)
{
    struct iso_insn *insn = parser->insn;
    struct a64_reg reg;
    if (!a64_need_comma(parser) ||
        !a64_register(parser, &reg, ZR | A64_ACCEPT_W | (insn->width == 8 ? A64_ACCEPT_X : 0)))
        return false;
    insn->rn = reg.number;
    insn->imm = 0;
    insn->imm2 = parser->row->size * 8 - 1;
    return true;
}

static bool tag_operands(struct a64_parser *parser)
{
    struct iso_insn *insn = parser->insn;
    struct a64_reg reg;
    const uint8_t shape = parser->row->shape;
    bool random = shape == A64_SHAPE_TAG_RANDOM;

    if (shape == A64_SHAPE_TAG_COMPARE) {
        insn->rd = ISO_REG_ZR;
        if (!a64_register(parser, &reg, A64_ACCEPT_X | SP))
            return false;
        insn->rn = reg.number;
        return a64_next_x(parser, &insn->rm, SP);
    }
    if (!a64_register(parser, &reg, A64_ACCEPT_X | (random || shape == A64_SHAPE_TAG_ADD ? SP : ZR)))
        return false;
    insn->rd = reg.number;
    if (!a64_next_x(parser, &insn->rn, SP))
        return false;
    if (random) {
        insn->rm = ISO_REG_ZR;
        return !a64_take(parser, ',') || (parser->p--, a64_next_x(parser, &insn->rm, ZR));
    }
    if (shape == A64_SHAPE_TAG_MASK)
        return a64_next_x(parser, &insn->rm, ZR);
    if (shape == A64_SHAPE_TAG_SUBTRACT)
        return a64_next_x(parser, &insn->rm, SP);
    if (!a64_need_comma(parser))
        return false;
    a64_skip_blank(parser);
    const char *at = parser->p;
    if (!a64_immediate_range(parser, &insn->imm, 0, 1008, "address offset"))
        return false;
    if (insn->imm % 16)
        return a64_fail(parser, at, "address offset %d is not a multiple of 16", (int)insn->imm);
    return a64_next_immediate_range(parser, &insn->imm2, 0, 15, "tag offset");
}

bool a64_operands_bits(struct a64_parser *parser)
{
    struct iso_insn *insn = parser->insn;
    struct a64_reg reg;
    const uint8_t shape = parser->row->shape;

    switch (shape) {
    case A64_SHAPE_TAG_RANDOM:
    case A64_SHAPE_TAG_MASK:
    case A64_SHAPE_TAG_ADD:
    case A64_SHAPE_TAG_SUBTRACT:
    case A64_SHAPE_TAG_COMPARE:
        return tag_operands(parser);
    case A64_SHAPE_ROTATE_FLAGS:
        return a64_first_register(parser, &insn->rn, A64_ACCEPT_X | ZR) &&
               a64_next_immediate_range(parser, &insn->imm, 0, 63, "rotation") &&
               a64_next_immediate_range(parser, &insn->imm2, 0, 15, "mask");
    case A64_SHAPE_SET_FLAGS:
        return a64_first_register(parser, &insn->rn, A64_ACCEPT_W | ZR);
    case A64_SHAPE_CHECKSUM:
        if (!a64_register(parser, &reg, A64_ACCEPT_W | ZR))
            return false;
        insn->rd = reg.number;
        insn->width = 4;
        return a64_next_w(parser, &insn->rn, ZR) &&
               (parser->row->size == 8 ? a64_next_x(parser, &insn->rm, ZR) : a64_next_w(parser, &insn->rm, ZR));
    }
    if (!a64_first_register(parser, &insn->rd, ZR))
        return false;
    int64_t last = insn->width * 8 - 1;
    switch (shape) {
    case A64_SHAPE_SHIFT:
        return shift_operands(parser);
    case A64_SHAPE_BITFIELD:
        return a64_next_register(parser, &insn->rn, ZR) &&
               a64_next_immediate_range(parser, &insn->imm, 0, last, "immr") &&
               a64_next_immediate_range(parser, &insn->imm2, 0, last, "imms");
    case A64_SHAPE_BITFIELD_EXTRACT:
    case A64_SHAPE_BITFIELD_INSERT:
        return a64_next_register(parser, &insn->rn, ZR) && field_operands(parser, shape == A64_SHAPE_BITFIELD_INSERT);
    case A64_SHAPE_BITFIELD_CLEAR:
        insn->rn = ISO_REG_ZR;
        return field_operands(parser, true);
    case A64_SHAPE_EXTEND:
        return extend_operands(parser);
    case A64_SHAPE_EXTRACT:
        return a64_next_register(parser, &insn->rn, ZR) && a64_next_register(parser, &insn->rm, ZR) &&
               a64_next_immediate_range(parser, &insn->imm, 0, last, "bit position");
    case A64_SHAPE_MINMAX:
        if (!a64_next_register(parser, &insn->rn, ZR) || !a64_need_comma(parser))
            return false;
        if (!a64_at_immediate(parser))
            return a64_same_register(parser, &insn->rm, ZR);
        if (parser->row->op == A64_OP_SMAX || parser->row->op == A64_OP_SMIN)
            return a64_immediate_range(parser, &insn->imm, -128, 127, "immediate");
        return a64_immediate_range(parser, &insn->imm, 0, 255, "immediate");
    }
    ISO_IMPOSSIBLE();
}

bool a64_operands_branch(struct a64_parser *parser)
{
    struct iso_insn *insn = parser->insn;
    struct a64_reg reg;

    switch (parser->row->shape) {
    case A64_SHAPE_LABEL:
        return a64_label(parser, false);
    case A64_SHAPE_RETURN:
        if (a64_at_end(parser)) {
            insn->rn = 30;
            return true;
        } /* fall through */
    case A64_SHAPE_BRANCH_REGISTER:
        if (!a64_register(parser, &reg, A64_ACCEPT_X | ZR))
            return false;
        insn->rn = reg.number;
        return true;
    case A64_SHAPE_COMPARE_BRANCH:
        return a64_first_register(parser, &insn->rn, ZR) && a64_need_comma(parser) && a64_label(parser, false);
    case A64_SHAPE_TEST_BRANCH:
        return a64_first_register(parser, &insn->rn, ZR) &&
               a64_next_immediate_range(parser, &insn->imm, 0, insn->width * 8 - 1, "bit number") &&
               a64_need_comma(parser) && a64_label(parser, false);
    case A64_SHAPE_PC_RELATIVE:
        if (!a64_register(parser, &reg, A64_ACCEPT_X | ZR))
            return false;
        insn->rd = reg.number;
        insn->imm2 = parser->context ? parser->context->index : 0; /* iso_insn_compute knows the pc, not the index */
        return a64_need_comma(parser) && a64_label(parser, true);
    }
    ISO_IMPOSSIBLE();
}
