/* Instructions to machine words: aliases to the instruction they stand for, then field by field. Not for: text. */
#include "sim/isa/a64_encode.h"

#include "sim/isa/a64_format.h"

/* The row that encodes an operation under all its names. */
static const struct {
    uint8_t op;
    uint16_t row;
} canonical_rows[] = {
    {A64_OP_ADD, A64_ROW_ADD},       {A64_OP_ADDS, A64_ROW_ADDS},     {A64_OP_SUB, A64_ROW_SUB},
    {A64_OP_SUBS, A64_ROW_SUBS},     {A64_OP_ANDS, A64_ROW_ANDS},     {A64_OP_ORN, A64_ROW_ORN},
    {A64_OP_SBC, A64_ROW_SBC},       {A64_OP_SBCS, A64_ROW_SBCS},     {A64_OP_MADD, A64_ROW_MADD},
    {A64_OP_MSUB, A64_ROW_MSUB},     {A64_OP_SMADDL, A64_ROW_SMADDL}, {A64_OP_SMSUBL, A64_ROW_SMSUBL},
    {A64_OP_UMADDL, A64_ROW_UMADDL}, {A64_OP_UMSUBL, A64_ROW_UMSUBL}, {A64_OP_SBFM, A64_ROW_SBFM},
    {A64_OP_UBFM, A64_ROW_UBFM},     {A64_OP_BFM, A64_ROW_BFM},       {A64_OP_REV, A64_ROW_REV},
    {A64_OP_CSINC, A64_ROW_CSINC},   {A64_OP_CSINV, A64_ROW_CSINV},   {A64_OP_CSNEG, A64_ROW_CSNEG},
    {A64_OP_SUBPS, A64_ROW_SUBPS},
};

static void canonical_shift(struct iso_insn *insn, unsigned op)
{
    int64_t bits = insn->width * 8, amount = insn->imm;
    if (insn->rm != ISO_REG_NONE) {
        insn->opcode = (uint16_t)(op == A64_OP_LSL   ? A64_ROW_LSLV
                                  : op == A64_OP_LSR ? A64_ROW_LSRV
                                  : op == A64_OP_ASR ? A64_ROW_ASRV
                                                     : A64_ROW_RORV);
    } else if (op == A64_OP_ROR) {
        insn->opcode = A64_ROW_EXTR;
        insn->rm = insn->rn;
    } else {
        insn->opcode = op == A64_OP_ASR ? A64_ROW_SBFM : A64_ROW_UBFM;
        insn->imm = op == A64_OP_LSL ? (bits - amount) % bits : amount;
        insn->imm2 = op == A64_OP_LSL ? bits - 1 - amount : bits - 1;
    }
}

static void canonical(struct iso_insn *insn)
{
    unsigned op = a64_row_of(insn)->op;
    if (insn->cls != ISO_INSN_COMPUTE)
        return;
    for (size_t i = 0; i < sizeof canonical_rows / sizeof canonical_rows[0]; i++)
        if (canonical_rows[i].op == op)
            insn->opcode = canonical_rows[i].row;
    if (op >= A64_OP_LSL && op <= A64_OP_ROR)
        canonical_shift(insn, op);
    /* Assemblers turn ADD #-n into SUB #n. The flags are the same, too, but for n = 0. */
    if (insn->rm == ISO_REG_NONE && insn->imm < 0 && insn->imm > INT64_MIN) {
        bool swapped = true;
        switch (op) {
        case A64_OP_ADD:
            insn->opcode = A64_ROW_SUB;
            break;
        case A64_OP_ADDS:
            insn->opcode = A64_ROW_SUBS;
            break;
        case A64_OP_SUB:
            insn->opcode = A64_ROW_ADD;
            break;
        case A64_OP_SUBS:
            insn->opcode = A64_ROW_ADDS;
            break;
        default:
            swapped = false;
        }
        if (swapped)
            insn->imm = -insn->imm;
    }
}

/* Puts value into `bits` bits at `at` if it fits. */
static bool put(uint32_t *word, uint64_t value, unsigned at, unsigned bits)
{
    if (value >> bits)
        return false;
    *word |= (uint32_t)value << at;
    return true;
}

static bool put_scaled(uint32_t *word, int64_t value, const struct a64_field *field, int64_t scale, bool is_signed)
{
    int64_t low = is_signed ? -((int64_t)1 << (field->bits - 1)) : 0;
    int64_t high = ((int64_t)1 << (field->bits - is_signed)) - 1;
    if (value % scale || value / scale < low || value / scale > high)
        return false;
    return put(word, (uint64_t)(value / scale) & (((uint64_t)1 << field->bits) - 1), field->at, field->bits);
}

static bool put_register(uint32_t *word, uint8_t number, unsigned at, uint8_t special)
{
    return put(word, number == special ? 31 : number == 31 ? 32 : number, at, 5);
}

static bool put_extend(uint32_t *word, const struct iso_insn *insn)
{
    unsigned option = insn->extend >= A64_EXTEND_UXTB ? (unsigned)insn->extend - A64_EXTEND_UXTB
                      : insn->width == 4              ? 2u
                                                      : 3u;
    if (insn->extend > A64_EXTEND_LSL && insn->extend < A64_EXTEND_UXTB)
        return false;
    return put(word, option, 13, 3) && insn->amount <= 4 && put(word, insn->amount, 10, 3);
}

static bool put_index(uint32_t *word, const struct iso_insn *insn)
{
    unsigned option = insn->extend == A64_EXTEND_UXTW   ? 2u
                      : insn->extend == A64_EXTEND_LSL  ? 3u
                      : insn->extend == A64_EXTEND_SXTW ? 6u
                                                        : 7u;
    return insn->rm != ISO_REG_NONE && put(word, option, 13, 3) && put(word, insn->amount != 0, 12, 1);
}

static bool put_mask(uint32_t *word, const struct iso_insn *insn)
{
    uint32_t field;
    return a64_bitmask_encode(&field, insn->width == 4 ? (uint32_t)insn->imm : (uint64_t)insn->imm, insn->width) &&
           put(word, field, 10, 13);
}

static bool put_move(uint32_t *word, const struct iso_insn *insn, bool inverted)
{
    uint64_t mask = insn->width == 4 ? UINT32_MAX : UINT64_MAX;
    uint64_t value = (inverted ? ~(uint64_t)insn->imm : (uint64_t)insn->imm) & mask;
    for (unsigned hw = 0; hw < insn->width / 2u; hw++)
        if (!(value & ~((uint64_t)0xffff << 16 * hw)))
            return put(word, value >> 16 * hw, 5, 16) && put(word, hw, 21, 2);
    return false;
}

static bool put_offset(uint32_t *word, const struct a64_field *field, const struct iso_insn *insn, uint32_t index)
{
    int64_t offset = (int64_t)insn->target - index;
    if (field->kind == A64_FIELD_LABEL)
        return put_scaled(word, offset, field, 1, true);
    if (insn->target < 0 && insn->imm)
        return false; /* ADR of a location */
    uint64_t bytes = (uint64_t)(4 * offset) & 0x1fffff;
    return offset >= -(1 << 18) && offset < 1 << 18 && put(word, bytes & 3, 29, 2) && put(word, bytes >> 2, 5, 19);
}

static bool put_system(uint32_t *word, unsigned op1, unsigned crn, unsigned crm, unsigned op2, uint8_t reg)
{
    return put(word, op1, 16, 3) && put(word, crn, 12, 4) && put(word, crm, 8, 4) && put(word, op2, 5, 3) &&
           put_register(word, reg == ISO_REG_NONE ? ISO_REG_ZR : reg, 0, ISO_REG_ZR);
}

static bool put_operation(uint32_t *word, const struct a64_field *field, const struct iso_insn *insn)
{
    if (field->kind == A64_FIELD_CACHE) {
        const struct a64_cache_op *op = &a64_cache_ops[insn->imm2];
        return put_system(word, op->op1, op->crn, op->crm, op->op2, insn->rn);
    }
    if (field->kind == A64_FIELD_AT) {
        const struct a64_at_op *op = &a64_at_ops[insn->imm2];
        return put_system(word, op->op1, 7, op->crm, op->op2, insn->rn);
    }
    if (field->kind == A64_FIELD_TLBI) {
        const struct a64_tlbi_op *op = &a64_tlbi_ops[insn->imm2];
        bool outer = insn->domain == ISO_DOMAIN_OSH;
        unsigned crm = outer ? op->crm_os : insn->domain == ISO_DOMAIN_ISH ? op->crm_is : op->crm;
        return put_system(word, op->op1, insn->nxs ? 9 : 8, crm,
                          op->scope == ISO_TLBI_IPA && outer ? op->op2 ^ 1u : op->op2, insn->rn);
    }
    if (field->kind == A64_FIELD_PSTATE) {
        const struct a64_pstate *op = &a64_pstates[insn->imm2];
        return insn->rn == ISO_REG_NONE && put(word, op->op1, 16, 3) && put(word, (uint64_t)insn->imm, 8, 4) &&
               put(word, op->op2, 5, 3);
    }
    const struct a64_sysreg *reg = &a64_sysregs[insn->imm2];
    uint8_t number = field->kind == A64_FIELD_READ ? insn->rd : insn->rn;
    return number != ISO_REG_NONE && put(word, reg->op0, 19, 2) &&
           put_system(word, reg->op1, reg->crn, reg->crm, reg->op2, number);
}

static bool put_field(uint32_t *word, const struct a64_field *field, const struct iso_insn *insn, uint32_t index)
{
    const int64_t bits = insn->width * 8;
    switch ((enum a64_field_kind)field->kind) {
    case A64_FIELD_END:
    case A64_FIELD_ISB:
        return true;
    case A64_FIELD_WIDTH:
    case A64_FIELD_N:
        return put(word, insn->width == 8, field->at, 1);
    case A64_FIELD_WIDTH_IS:
        return insn->width == field->arg;
    case A64_FIELD_REG:
        return put_register(word, a64_member_of(insn, field->arg), field->at, ISO_REG_ZR);
    case A64_FIELD_REG_SP:
        return put_register(word, a64_member_of(insn, field->arg), field->at, ISO_REG_SP);
    case A64_FIELD_IS:
        return a64_member_of(insn, field->arg) == field->at;
    case A64_FIELD_PAIR:
        return put_register(word, a64_member_of(insn, field->arg), field->at, ISO_REG_ZR);
    case A64_FIELD_SAME:
        return a64_member_of(insn, field->arg) == a64_member_of(insn, field->at);
    case A64_FIELD_UIMM:
        return put_scaled(word, insn->imm, field, 1 << field->arg, false);
    case A64_FIELD_UIMM2:
        return put_scaled(word, insn->imm2, field, 1 << field->arg, false);
    case A64_FIELD_SIMM:
        return put_scaled(word, insn->imm, field, 1 << field->arg, true);
    case A64_FIELD_UIMM_SIZE:
        return put_scaled(word, insn->imm, field, insn->size, false);
    case A64_FIELD_SIMM_SIZE:
        return put_scaled(word, insn->imm, field, insn->size, true);
    case A64_FIELD_IMM_ZERO:
    case A64_FIELD_FIRST:
        return insn->imm == 0;
    case A64_FIELD_POSITION:
        return insn->imm < bits && put(word, (uint64_t)insn->imm, field->at, 6);
    case A64_FIELD_POSITION2:
        return insn->imm2 < bits && put(word, (uint64_t)insn->imm2, field->at, 6);
    case A64_FIELD_SUM_IMM:
        if (insn->imm >= 0 && insn->imm < 4096)
            return put(word, (uint64_t)insn->imm, 10, 12);
        return !(insn->imm & 4095) && put(word, (uint64_t)insn->imm >> 12, 10, 12) && put(word, 1, 22, 1);
    case A64_FIELD_SHIFT:
        return insn->rm != ISO_REG_NONE && insn->extend <= field->arg && insn->amount < bits &&
               put(word, insn->extend, 22, 2) && put(word, insn->amount, 10, 6);
    case A64_FIELD_EXTEND:
        return put_extend(word, insn);
    case A64_FIELD_INDEX:
        return put_index(word, insn);
    case A64_FIELD_MASK:
    case A64_FIELD_MOVE_MASK:
        return put_mask(word, insn);
    case A64_FIELD_WIDE:
        return put(word, (uint64_t)insn->imm, 5, 16) && put(word, insn->amount / 16u, 21, 2);
    case A64_FIELD_MOVE:
        return put_move(word, insn, field->arg);
    case A64_FIELD_COND:
        return put(word, insn->cond, field->at, 4);
    case A64_FIELD_LABEL:
    case A64_FIELD_ADR:
        return put_offset(word, field, insn, index);
    case A64_FIELD_TEST_BIT:
        return put(word, (uint64_t)insn->imm >> 5, 31, 1) && put(word, insn->imm & 31, 19, 5);
    case A64_FIELD_WRITEBACK:
        return insn->writeback == field->arg;
    case A64_FIELD_BARRIER:
        return !insn->nxs && put(word, a64_barrier_options[insn->imm2].crm, 8, 4);
    case A64_FIELD_BARRIER_NXS:
        return insn->nxs && put(word, a64_barrier_options[insn->imm2].crm >> 2, 10, 2);
    case A64_FIELD_BTI:
        return put(word, (uint64_t)(insn->imm + 1), 6, 2);
    case A64_FIELD_CACHE:
    case A64_FIELD_TLBI:
    case A64_FIELD_AT:
    case A64_FIELD_PSTATE:
    case A64_FIELD_READ:
    case A64_FIELD_WRITE:
        return put_operation(word, field, insn);
    }
    ISO_IMPOSSIBLE();
}

bool iso_insn_encode(uint32_t *word, const struct iso_insn *insn, uint32_t index)
{
    struct iso_insn base = *insn;
    canonical(&base);
    for (unsigned i = 0; i < a64_encoding_count; i++) {
        const struct a64_encoding *encoding = &a64_encodings[i];
        if (encoding->row != base.opcode)
            continue;
        uint32_t value = encoding->value;
        bool fits = true;
        for (const struct a64_field *field = encoding->fields; fits && field->kind != A64_FIELD_END; field++)
            fits = put_field(&value, field, &base, index);
        if (fits) {
            *word = value;
            return true;
        }
    }
    return false;
}
