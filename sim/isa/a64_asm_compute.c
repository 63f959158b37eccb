/* Operands of arithmetic, logic, moves and conditional selects. Bit fields and tags: a64_asm_bits.c. Not for: semantics.
 * An immediate that no encoding holds is taken as written, with a warning: public litmus tests write such MOVs. */
#include "sim/isa/a64_parse.h"

#define ZR A64_ACCEPT_ZR
#define SP A64_ACCEPT_SP

/* Extension or shift by name, or -1. */
static int extend_find(const struct a64_word *word)
{
    for (int i = 0; i < A64_EXTEND_COUNT; i++)
        if (a64_word_is(word, a64_extend_names[i]))
            return i;
    return -1;
}

/* "{, shift #amount}": allowed is a mask of 1 << enum a64_extend. */
static bool optional_shift(struct a64_parser *parser, unsigned allowed, const char *what)
{
    struct iso_insn *insn = parser->insn;
    struct a64_word word;
    int64_t amount = 0;
    if (!a64_take(parser, ','))
        return true;
    a64_peek_word(parser, &word);
    int kind = extend_find(&word);
    if (kind < 0 || !(allowed & 1u << kind))
        return a64_expected(parser, what);
    a64_take_word(parser, &word);
    insn->extend = (uint8_t)kind;
    bool shift = kind <= A64_EXTEND_ROR;
    if ((shift || a64_at_immediate(parser)) &&
        !a64_immediate_range(parser, &amount, 0, shift ? insn->width * 8 - 1 : 4, "shift amount"))
        return false;
    insn->amount = (uint8_t)amount;
    return true;
}

#define SHIFTS    (1u << A64_EXTEND_LSL | 1u << A64_EXTEND_LSR | 1u << A64_EXTEND_ASR)
#define ROTATE    (1u << A64_EXTEND_ROR)
#define EXTENDS   ((1u << A64_EXTEND_COUNT) - (1u << A64_EXTEND_UXTB))
#define EXTENDS_X (1u << A64_EXTEND_UXTX | 1u << A64_EXTEND_SXTX)

/* Last operand of ADD, SUB and kin; rd and rn are there already. */
static bool addsub_operand(struct a64_parser *parser)
{
    struct iso_insn *insn = parser->insn;
    struct a64_word word;
    struct a64_reg reg;
    bool sp = insn->rd == ISO_REG_SP || insn->rn == ISO_REG_SP;

    if (!a64_need_comma(parser))
        return false;
    if (a64_at_immediate(parser)) {
        const char *at = parser->p;
        int64_t amount = 0;
        if (insn->rn == ISO_REG_ZR)
            a64_warn(parser, at, "the immediate form has no zero register as source");
        if (!a64_immediate(parser, &insn->imm))
            return false;
        if (a64_take(parser, ',')) {
            a64_peek_word(parser, &word);
            if (!a64_word_is(&word, "LSL"))
                return a64_expected(parser, "LSL");
            a64_take_word(parser, &word);
            if (!a64_immediate_range(parser, &amount, 0, 12, "shift amount"))
                return false;
            if (amount != 0 && amount != 12)
                return a64_fail(parser, at, "shift amount of an immediate is 0 or 12, found %d", (int)amount);
            insn->imm = (int64_t)((uint64_t)insn->imm << amount);
        }
        uint64_t magnitude = insn->imm < 0 ? 0 - (uint64_t)insn->imm : (uint64_t)insn->imm;
        if (magnitude > 4095 && (magnitude & 4095 || magnitude > 4095u << 12))
            a64_warn(parser, at, "immediate %lld has no encoding in %s", (long long)insn->imm, insn->mnemonic);
        return true;
    }
    a64_skip_blank(parser);
    const char *at = parser->p;
    if (!a64_register(parser, &reg, ZR | A64_ACCEPT_W | (insn->width == 8 ? A64_ACCEPT_X : 0)))
        return false;
    insn->rm = reg.number;
    if (reg.bytes < insn->width) { /* X0, X1, W2, SXTW: the extension must be there */
        if (!optional_shift(parser, EXTENDS & ~EXTENDS_X, "UXTB, UXTH, UXTW, SXTB, SXTH or SXTW"))
            return false;
        if (insn->extend == A64_EXTEND_LSL)
            return a64_fail(parser, at, "a W register beside X registers needs an extension (UXTW, SXTW ...)");
        return true;
    }
    if (!optional_shift(parser, SHIFTS | (insn->width == 8 ? EXTENDS_X : EXTENDS),
                        "shift (LSL, LSR, ASR) or extension"))
        return false;
    if (sp && (insn->extend == A64_EXTEND_LSR || insn->extend == A64_EXTEND_ASR || insn->amount > 4))
        return a64_fail(parser, at, "with SP only extensions and LSL #0 to #4 exist");
    return true;
}

static bool logic_operand(struct a64_parser *parser)
{
    struct iso_insn *insn = parser->insn;
    if (!a64_need_comma(parser))
        return false;
    if (a64_at_immediate(parser)) {
        const char *at = parser->p;
        uint32_t field;
        if (!a64_immediate(parser, &insn->imm))
            return false;
        if (insn->width == 4 && (insn->imm > UINT32_MAX || insn->imm < INT32_MIN))
            return a64_fail(parser, at, "immediate %lld does not fit in 32 bits", (long long)insn->imm);
        uint64_t mask = insn->width == 4 ? (uint32_t)insn->imm : (uint64_t)insn->imm;
        if (!a64_bitmask_encode(&field, mask, insn->width))
            a64_warn(parser, at, "immediate %lld is no bit mask: it has no encoding in %s", (long long)insn->imm,
                     insn->mnemonic);
        return true;
    }
    return a64_same_register(parser, &insn->rm, ZR) &&
           optional_shift(parser, SHIFTS | ROTATE, "shift (LSL, LSR, ASR, ROR)");
}

static bool move_operand(struct a64_parser *parser)
{
    struct iso_insn *insn = parser->insn;
    if (!a64_need_comma(parser))
        return false;
    if (a64_at_immediate(parser)) {
        const char *at = parser->p;
        if (!a64_immediate(parser, &insn->imm))
            return false;
        if (insn->width == 4 && (insn->imm > UINT32_MAX || insn->imm < INT32_MIN))
            return a64_fail(parser, at, "immediate %lld does not fit in 32 bits", (long long)insn->imm);
        if (!a64_move_is_encodable(insn->width == 4 ? (uint32_t)insn->imm : (uint64_t)insn->imm, insn->width))
            a64_warn(parser, at, "immediate %lld has no encoding in one MOV", (long long)insn->imm);
        return true;
    }
    return a64_same_register(parser, &insn->rm, ZR | SP);
}

static bool move_wide_operand(struct a64_parser *parser)
{
    struct iso_insn *insn = parser->insn;
    struct a64_word word;
    int64_t amount = 0;
    if (!a64_next_immediate_range(parser, &insn->imm, 0, 65535, "immediate"))
        return false;
    if (a64_take(parser, ',')) {
        a64_peek_word(parser, &word);
        if (!a64_word_is(&word, "LSL"))
            return a64_expected(parser, "LSL");
        a64_take_word(parser, &word);
        a64_skip_blank(parser);
        const char *at = parser->p;
        if (!a64_immediate_range(parser, &amount, 0, insn->width * 8 - 16, "shift amount"))
            return false;
        if (amount % 16)
            return a64_fail(parser, at, "shift amount %d is not a multiple of 16", (int)amount);
    }
    insn->amount = (uint8_t)amount;
    return true;
}

/* Condition operand of CSET and kin, stored inverted as the instruction holds it. */
static bool inverted_condition(struct a64_parser *parser)
{
    const char *at = parser->p;
    if (!a64_next_condition(parser, &parser->insn->cond))
        return false;
    if (parser->insn->cond >= 14)
        return a64_fail(parser, at, "%s takes no AL or NV", parser->insn->mnemonic);
    parser->insn->cond ^= 1;
    return true;
}

bool a64_operands_compute(struct a64_parser *parser)
{
    struct iso_insn *insn = parser->insn;
    const struct a64_row *row = parser->row;
    struct a64_reg reg;
    bool flags = row->op == A64_OP_ADDS || row->op == A64_OP_SUBS;
    const uint8_t shape = row->shape;

    if (shape == A64_SHAPE_NONE) {
        if (row->cls == ISO_INSN_BARRIER)
            insn->barrier = row->op == A64_OP_SB ? ISO_BARRIER_SB : ISO_BARRIER_OTHER;
        return true;
    }
    if (shape == A64_SHAPE_COMPARE || shape == A64_SHAPE_TEST) {
        insn->rd = ISO_REG_ZR;
        return a64_first_register(parser, &insn->rn, ZR | (shape == A64_SHAPE_COMPARE ? SP : 0)) &&
               (shape == A64_SHAPE_COMPARE ? addsub_operand(parser) : logic_operand(parser));
    }
    if (shape == A64_SHAPE_CONDITIONAL_COMPARE) {
        if (!a64_first_register(parser, &insn->rn, ZR) || !a64_need_comma(parser))
            return false;
        if (a64_at_immediate(parser) ? !a64_immediate_range(parser, &insn->imm, 0, 31, "immediate")
                                     : !a64_same_register(parser, &insn->rm, ZR))
            return false;
        return a64_next_immediate_range(parser, &insn->imm2, 0, 15, "flags") && a64_next_condition(parser, &insn->cond);
    }
    if (shape == A64_SHAPE_LONG_THREE || shape == A64_SHAPE_LONG_FOUR) {
        insn->ra = ISO_REG_ZR;
        if (!a64_register(parser, &reg, A64_ACCEPT_X | ZR))
            return false;
        insn->rd = reg.number;
        return a64_next_w(parser, &insn->rn, ZR) && a64_next_w(parser, &insn->rm, ZR) &&
               (shape == A64_SHAPE_LONG_THREE || a64_next_x(parser, &insn->ra, ZR));
    }
    /* SP as destination where the immediate or extended form allows it; the register forms are checked by addsub_operand. */
    bool sp_result =
        (shape == A64_SHAPE_ADDSUB && !flags) || shape == A64_SHAPE_MOVE ||
        (shape == A64_SHAPE_LOGIC && (row->op == A64_OP_AND || row->op == A64_OP_ORR || row->op == A64_OP_EOR));
    a64_skip_blank(parser);
    const char *at = parser->p;
    if (!a64_first_register(parser, &insn->rd, ZR | (sp_result ? SP : 0)))
        return false;
    switch (shape) {
    case A64_SHAPE_ADDSUB:
        return a64_next_register(parser, &insn->rn, ZR | SP) && addsub_operand(parser);
    case A64_SHAPE_LOGIC:
        if (!a64_next_register(parser, &insn->rn, ZR) || !logic_operand(parser))
            return false;
        if (insn->rd == ISO_REG_SP && insn->rm != ISO_REG_NONE)
            return a64_fail(parser, at, "SP is no result of the register form");
        return true;
    case A64_SHAPE_NEGATE:
    case A64_SHAPE_MOVE_NOT:
        insn->rn = ISO_REG_ZR;
        return a64_next_register(parser, &insn->rm, ZR) &&
               optional_shift(parser, shape == A64_SHAPE_NEGATE ? SHIFTS : SHIFTS | ROTATE, "shift (LSL, LSR, ASR)");
    case A64_SHAPE_MOVE:
        return move_operand(parser);
    case A64_SHAPE_MOVE_WIDE:
        return move_wide_operand(parser);
    case A64_SHAPE_TWO:
        return a64_next_register(parser, &insn->rn, ZR);
    case A64_SHAPE_NEGATE_CARRY:
        insn->rn = ISO_REG_ZR;
        return a64_next_register(parser, &insn->rm, ZR);
    case A64_SHAPE_THREE:
        if (row->flags & A64_FLAG_RA_ZERO)
            insn->ra = ISO_REG_ZR;
        return a64_next_register(parser, &insn->rn, ZR) && a64_next_register(parser, &insn->rm, ZR);
    case A64_SHAPE_FOUR:
        return a64_next_register(parser, &insn->rn, ZR) && a64_next_register(parser, &insn->rm, ZR) &&
               a64_next_register(parser, &insn->ra, ZR);
    case A64_SHAPE_SELECT:
        return a64_next_register(parser, &insn->rn, ZR) && a64_next_register(parser, &insn->rm, ZR) &&
               a64_next_condition(parser, &insn->cond);
    case A64_SHAPE_SELECT_SET:
        insn->rn = insn->rm = ISO_REG_ZR;
        return inverted_condition(parser);
    case A64_SHAPE_SELECT_ONE:
        if (!a64_next_register(parser, &insn->rn, ZR))
            return false;
        insn->rm = insn->rn;
        return inverted_condition(parser);
    }
    ISO_IMPOSSIBLE();
}
