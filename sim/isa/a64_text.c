/* A64 text of decoded instructions, in the spelling the assembler reads back: "LDR W0,[X1,#4]". A branch prints its target as .L<index>.
 * Not for: numbers of other notations; labels by name (the printer does not see the test). */
#include "sim/isa/a64_table.h"
#include "sim/isa/text.h"

static void put_hexadecimal(struct iso_text *text, uint64_t n)
{
    unsigned digits = n ? (67u - (unsigned)__builtin_clzll(n)) / 4u : 1;
    iso_text_string(text, "0x");
    while (digits--)
        iso_text_char(text, "0123456789abcdef"[n >> 4 * digits & 15]);
}

static void put_two(struct iso_text *text, const char *first, const char *second)
{
    iso_text_string(text, first);
    iso_text_string(text, second);
}

static void put_amount(struct iso_text *text, unsigned amount)
{
    iso_text_string(text, " #");
    iso_text_unsigned(text, amount);
}

static void put_reg(struct iso_text *text, uint8_t number, unsigned bytes)
{
    if (number == ISO_REG_ZR) {
        iso_text_string(text, bytes == 4 ? "WZR" : "XZR");
    } else if (number == ISO_REG_SP) {
        iso_text_string(text, bytes == 4 ? "WSP" : "SP");
    } else {
        iso_text_char(text, bytes == 4 ? 'W' : 'X');
        iso_text_unsigned(text, number);
    }
}

static void put_next(struct iso_text *text, uint8_t number, unsigned bytes)
{
    iso_text_string(text, ",");
    put_reg(text, number, bytes);
}

/* Small numbers in decimal, addresses and masks in hexadecimal. */
static void put_number(struct iso_text *text, int64_t value)
{
    iso_text_char(text, '#');
    if (value > 65535 || value < -65535)
        put_hexadecimal(text, (uint64_t)value);
    else
        iso_text_signed(text, value);
}

static void put_next_number(struct iso_text *text, int64_t value)
{
    iso_text_string(text, ",");
    put_number(text, value);
}

static void put_shift(struct iso_text *text, const struct iso_insn *insn)
{
    if (insn->extend > A64_EXTEND_ROR) {
        put_two(text, ",", a64_extend_names[insn->extend]);
        if (insn->amount)
            put_amount(text, insn->amount);
    } else if (insn->amount || insn->extend != A64_EXTEND_LSL) {
        put_two(text, ",", a64_extend_names[insn->extend]);
        put_amount(text, insn->amount);
    }
}

/* Register (a W register under a byte, halfword or word extension) with its shift, or immediate. */
static void put_operand2(struct iso_text *text, const struct iso_insn *insn)
{
    if (insn->rm == ISO_REG_NONE) {
        put_next_number(text, insn->imm);
        return;
    }
    bool word = insn->extend >= A64_EXTEND_UXTB && insn->extend != A64_EXTEND_UXTX && insn->extend != A64_EXTEND_SXTX;
    put_next(text, insn->rm, word ? 4 : insn->width);
    put_shift(text, insn);
}

static void put_label(struct iso_text *text, const struct iso_insn *insn)
{
    if (insn->target < 0 && insn->imm) { /* a location's address: has no name here */
        put_hexadecimal(text, (uint64_t)insn->imm);
    } else {
        iso_text_string(text, ".L");
        iso_text_signed(text, insn->target);
    }
}

static void put_address(struct iso_text *text, const struct iso_insn *insn)
{
    if (insn->rn == ISO_REG_NONE) {
        put_label(text, insn);
        return;
    }
    iso_text_string(text, "[");
    put_reg(text, insn->rn, 8);
    if (insn->rm != ISO_REG_NONE) {
        put_next(text, insn->rm, insn->extend == A64_EXTEND_UXTW || insn->extend == A64_EXTEND_SXTW ? 4 : 8);
        put_shift(text, insn);
        iso_text_string(text, "]");
    } else if (insn->writeback == ISO_WRITEBACK_POST) {
        iso_text_string(text, "]");
        put_next_number(text, insn->imm);
    } else {
        if (insn->imm || insn->writeback == ISO_WRITEBACK_PRE)
            put_next_number(text, insn->imm);
        iso_text_string(text, insn->writeback == ISO_WRITEBACK_PRE ? "]!" : "]");
    }
}

static void put_condition(struct iso_text *text, unsigned cond)
{
    put_two(text, ",", a64_condition_name(cond));
}

static void put_system(struct iso_text *text, const struct iso_insn *insn)
{
    switch (insn->opcode) {
    case A64_ROW_TLBI:
        put_two(text, a64_tlbi_ops[insn->imm2].name,
                insn->domain == ISO_DOMAIN_ISH   ? "IS"
                : insn->domain == ISO_DOMAIN_OSH ? "OS"
                                                 : "");
        iso_text_string(text, insn->nxs ? "NXS" : "");
        break;
    case A64_ROW_AT:
        iso_text_string(text, a64_at_ops[insn->imm2].name);
        break;
    default:
        iso_text_string(text, a64_cache_ops[insn->imm2].name);
        break;
    }
    if (insn->rn != ISO_REG_NONE)
        put_next(text, insn->rn, 8);
}

static void put_field(struct iso_text *text, const struct iso_insn *insn, bool insert)
{
    int64_t bits = insn->width * 8, lsb = insert ? (bits - insn->imm) % bits : insn->imm;
    put_next_number(text, lsb);
    put_next_number(text, insert ? insn->imm2 + 1 : insn->imm2 - lsb + 1);
}

/* Shapes of computing instructions and branches; false if the shape is none of them. */
static bool put_compute(struct iso_text *text, const struct iso_insn *i, unsigned shape)
{
    const unsigned w = i->width;
    const struct a64_row *row = a64_row_of(i);
    switch (shape) {
    case A64_SHAPE_COMPARE:
    case A64_SHAPE_TEST:
        put_reg(text, i->rn, w);
        put_operand2(text, i);
        return true;
    case A64_SHAPE_CONDITIONAL_COMPARE:
        put_reg(text, i->rn, w);
        put_operand2(text, i);
        put_next_number(text, i->imm2);
        put_condition(text, i->cond);
        return true;
    case A64_SHAPE_ROTATE_FLAGS:
        put_reg(text, i->rn, 8);
        put_next_number(text, i->imm);
        put_next_number(text, i->imm2);
        return true;
    case A64_SHAPE_SET_FLAGS:
        put_reg(text, i->rn, 4);
        return true;
    case A64_SHAPE_TAG_COMPARE:
        put_reg(text, i->rn, 8);
        put_next(text, i->rm, 8);
        return true;
    case A64_SHAPE_LABEL:
        put_label(text, i);
        return true;
    case A64_SHAPE_BRANCH_REGISTER:
        put_reg(text, i->rn, 8);
        return true;
    case A64_SHAPE_COMPARE_BRANCH:
        put_reg(text, i->rn, w);
        iso_text_string(text, ",");
        put_label(text, i);
        return true;
    case A64_SHAPE_TEST_BRANCH:
        put_reg(text, i->rn, w);
        put_next_number(text, i->imm);
        iso_text_string(text, ",");
        put_label(text, i);
        return true;
    }
    if (i->cls != ISO_INSN_COMPUTE || shape == A64_SHAPE_NONE)
        return false;
    put_reg(text, i->rd, w);
    switch (shape) {
    case A64_SHAPE_ADDSUB:
    case A64_SHAPE_LOGIC:
    case A64_SHAPE_SHIFT:
    case A64_SHAPE_MINMAX:
        put_next(text, i->rn, w);
        put_operand2(text, i);
        break;
    case A64_SHAPE_NEGATE:
    case A64_SHAPE_MOVE_NOT:
    case A64_SHAPE_MOVE:
    case A64_SHAPE_NEGATE_CARRY:
        put_operand2(text, i);
        break;
    case A64_SHAPE_MOVE_WIDE:
        put_next_number(text, i->imm);
        put_shift(text, i);
        break;
    case A64_SHAPE_TWO:
        put_next(text, i->rn, w);
        break;
    case A64_SHAPE_THREE:
    case A64_SHAPE_FOUR:
        put_next(text, i->rn, w);
        put_next(text, i->rm, w);
        if (shape == A64_SHAPE_FOUR)
            put_next(text, i->ra, w);
        break;
    case A64_SHAPE_LONG_THREE:
    case A64_SHAPE_LONG_FOUR:
        put_next(text, i->rn, 4);
        put_next(text, i->rm, 4);
        if (shape == A64_SHAPE_LONG_FOUR)
            put_next(text, i->ra, 8);
        break;
    case A64_SHAPE_BITFIELD:
        put_next(text, i->rn, w);
        put_next_number(text, i->imm);
        put_next_number(text, i->imm2);
        break;
    case A64_SHAPE_BITFIELD_EXTRACT:
    case A64_SHAPE_BITFIELD_INSERT:
        put_next(text, i->rn, w);
        put_field(text, i, shape == A64_SHAPE_BITFIELD_INSERT);
        break;
    case A64_SHAPE_BITFIELD_CLEAR:
        put_field(text, i, true);
        break;
    case A64_SHAPE_EXTEND:
        put_next(text, i->rn, 4);
        break;
    case A64_SHAPE_EXTRACT:
        put_next(text, i->rn, w);
        put_next(text, i->rm, w);
        put_next_number(text, i->imm);
        break;
    case A64_SHAPE_SELECT:
        put_next(text, i->rn, w);
        put_next(text, i->rm, w);
        put_condition(text, i->cond);
        break;
    case A64_SHAPE_SELECT_SET:
        put_condition(text, i->cond ^ 1u);
        break;
    case A64_SHAPE_SELECT_ONE:
        put_next(text, i->rn, w);
        put_condition(text, i->cond ^ 1u);
        break;
    case A64_SHAPE_CHECKSUM:
        put_next(text, i->rn, 4);
        put_next(text, i->rm, row->size == 8 ? 8 : 4);
        break;
    case A64_SHAPE_PC_RELATIVE:
        iso_text_string(text, ",");
        put_label(text, i);
        break;
    case A64_SHAPE_TAG_RANDOM:
        put_next(text, i->rn, 8);
        if (i->rm != ISO_REG_ZR)
            put_next(text, i->rm, 8);
        break;
    case A64_SHAPE_TAG_MASK:
    case A64_SHAPE_TAG_SUBTRACT:
        put_next(text, i->rn, 8);
        put_next(text, i->rm, 8);
        break;
    case A64_SHAPE_TAG_ADD:
        put_next(text, i->rn, 8);
        put_next_number(text, i->imm);
        put_next_number(text, i->imm2);
        break;
    }
    return true;
}

/* Shapes of memory instructions; false if the shape is none of them. */
static bool put_memory(struct iso_text *text, const struct iso_insn *i, unsigned shape)
{
    const unsigned w = i->width;
    bool load = i->cls == ISO_INSN_LOAD || i->cls == ISO_INSN_LOAD_EXCLUSIVE;
    switch (shape) {
    case A64_SHAPE_MEMORY:
    case A64_SHAPE_MEMORY_LITERAL:
    case A64_SHAPE_MEMORY_UNSCALED:
    case A64_SHAPE_MEMORY_BASE:
        put_reg(text, load ? i->rd : i->rt, w);
        break;
    case A64_SHAPE_MEMORY_PAIR:
    case A64_SHAPE_MEMORY_PAIR_BASE:
        put_reg(text, load ? i->rd : i->rt, w);
        put_next(text, load ? i->rd2 : i->rt2, w);
        break;
    case A64_SHAPE_STORE_EXCLUSIVE:
        put_reg(text, i->rs, 4);
        put_next(text, i->rt, w);
        if (i->count == 2)
            put_next(text, i->rt2, w);
        break;
    case A64_SHAPE_AMO:
        put_reg(text, i->rt, w);
        put_next(text, i->rd, w);
        break;
    case A64_SHAPE_AMO_STORE:
        put_reg(text, i->rt, w);
        break;
    case A64_SHAPE_AMO_PAIR:
        put_reg(text, i->rt, w);
        put_next(text, i->rt2, w);
        break;
    case A64_SHAPE_CAS:
        put_reg(text, i->rs, w);
        put_next(text, i->rt, w);
        break;
    case A64_SHAPE_CAS_PAIR:
        put_reg(text, i->rs, w);
        put_next(text, i->rs2, w);
        put_next(text, i->rt, w);
        put_next(text, i->rt2, w);
        break;
    case A64_SHAPE_TAG_LOAD:
    case A64_SHAPE_TAG_STORE:
    case A64_SHAPE_TAG_MULTIPLE:
        put_reg(text, i->cls == ISO_INSN_LOAD_TAG ? i->rd : i->rt, 8);
        break;
    case A64_SHAPE_TAG_PAIR:
        put_reg(text, i->rt, 8);
        put_next(text, i->rt2, 8);
        break;
    case A64_SHAPE_PREFETCH: {
        unsigned index = 0;
        while (index < a64_prefetch_op_count && a64_prefetch_ops[index].number != i->imm2)
            index++;
        if (index < a64_prefetch_op_count)
            iso_text_string(text, a64_prefetch_ops[index].name);
        else
            put_number(text, i->imm2);
        break;
    }
    default:
        return false;
    }
    iso_text_string(text, ",");
    put_address(text, i);
    return true;
}

static void put_other(struct iso_text *text, const struct iso_insn *i, unsigned shape)
{
    static const char *const bti[] = {"C", "J", "JC"};
    switch (shape) {
    case A64_SHAPE_RETURN:
        if (i->rn != 30) {
            iso_text_string(text, " ");
            put_reg(text, i->rn, 8);
        }
        return;
    case A64_SHAPE_ISB:
        return;
    case A64_SHAPE_IMMEDIATE_OPTIONAL:
        if (i->imm != 15) {
            iso_text_string(text, " ");
            put_number(text, i->imm);
        }
        return;
    case A64_SHAPE_BTI:
        if (i->imm >= 0)
            put_two(text, " ", bti[i->imm]);
        return;
    case A64_SHAPE_CSYNC:
        iso_text_string(text, " CSYNC");
        return;
    case A64_SHAPE_IMMEDIATE:
        iso_text_string(text, " ");
        put_number(text, i->imm);
        return;
    case A64_SHAPE_BARRIER:
        put_two(text, " ", a64_barrier_options[i->imm2].name);
        iso_text_string(text, i->nxs ? "NXS" : "");
        return;
    case A64_SHAPE_SYSTEM_OPERATION:
        iso_text_string(text, " ");
        put_system(text, i);
        return;
    case A64_SHAPE_SYSTEM_READ:
        iso_text_string(text, " ");
        put_reg(text, i->rd, 8);
        put_two(text, ",", a64_sysregs[i->imm2].name);
        return;
    case A64_SHAPE_SYSTEM_WRITE:
        if (i->rn == ISO_REG_NONE) {
            put_two(text, " ", a64_pstates[i->imm2].name);
            put_next_number(text, i->imm);
        } else {
            put_two(text, " ", a64_sysregs[i->imm2].name);
            put_next(text, i->rn, 8);
        }
        return;
    }
}

size_t iso_insn_text(char *out, size_t size, const struct iso_insn *insn)
{
    struct iso_text text;
    const unsigned shape = a64_row_of(insn)->shape;
    iso_text_start(&text, out, size);
    iso_text_string(&text, insn->mnemonic);
    switch (shape) {
    case A64_SHAPE_NONE:
        break;
    case A64_SHAPE_RETURN:
    case A64_SHAPE_ISB:
    case A64_SHAPE_IMMEDIATE_OPTIONAL:
    case A64_SHAPE_BTI:
    case A64_SHAPE_CSYNC:
    case A64_SHAPE_IMMEDIATE:
    case A64_SHAPE_BARRIER:
    case A64_SHAPE_SYSTEM_OPERATION:
    case A64_SHAPE_SYSTEM_READ:
    case A64_SHAPE_SYSTEM_WRITE:
        put_other(&text, insn, shape);
        break;
    default:
        iso_text_string(&text, " ");
        if (!put_compute(&text, insn, shape) && !put_memory(&text, insn, shape))
            ISO_IMPOSSIBLE();
    }
    return iso_text_end(&text);
}
