/* Addresses, data and results of memory instructions. An engine moves the bytes; this file says which and what becomes of them.
 * Not for: ordering, faults, monitors, tags in memory. Source: Arm ARM C6.2, C3.2; MemAtomic, MemAtomicCompareAndSwap. */
#include "sim/isa/a64_sem.h"
#include "sim/isa/value.h"

static uint64_t ones(unsigned bytes)
{
    return bytes >= 8 ? UINT64_MAX : ((uint64_t)1 << 8 * bytes) - 1;
}

static void write_register(struct iso_regs *regs, uint8_t number, uint64_t value)
{
    if (number < ISO_REG_COUNT)
        regs->x[number] = value;
}

uint64_t iso_insn_address(uint64_t *base_after, const struct iso_insn *insn, const struct iso_regs *regs)
{
    uint64_t base = a64_reg(regs, insn->rn), offset = (uint64_t)insn->imm, address;
    if (insn->rm != ISO_REG_NONE)
        offset = a64_extended(a64_reg(regs, insn->rm), insn->extend, insn->amount, 64);
    address = insn->writeback == ISO_WRITEBACK_POST ? base : base + offset;
    *base_after = insn->writeback == ISO_WRITEBACK_NONE ? base : base + offset;
    switch (insn->opcode) { /* these work on the aligned block that holds the address */
    case A64_ROW_LDG:
        return address & ~(uint64_t)15;
    case A64_ROW_LDGM:
    case A64_ROW_STGM:
        return address & ~(uint64_t)255;
    case A64_ROW_STZGM:
        return address & ~(uint64_t)63;
    }
    return insn->cls == ISO_INSN_ZERO ? address & ~(uint64_t)63 : address;
}

struct iso_bytes16 iso_insn_store_data(const struct iso_insn *insn, const struct iso_regs *regs, unsigned element)
{
    struct iso_bytes16 data = {0, 0};
    if (insn->cls == ISO_INSN_STORE_TAG_DATA || insn->cls == ISO_INSN_ZERO) {
        if (insn->opcode == A64_ROW_STGP) {
            data.lo = a64_reg(regs, insn->rt);
            data.hi = a64_reg(regs, insn->rt2);
        }
        return data;
    }
    data.lo = a64_reg(regs, element ? insn->rt2 : insn->rt) & ones(insn->size);
    return data;
}

static uint64_t load_value(const struct iso_insn *insn, uint64_t raw)
{
    uint64_t value = raw & ones(insn->size);
    if (insn->sign && insn->size < 8) {
        uint64_t sign = (uint64_t)1 << (8 * insn->size - 1);
        value = (value ^ sign) - sign;
    }
    return value & ones(insn->width);
}

void iso_insn_load_result(struct iso_regs *regs, const struct iso_insn *insn, const struct iso_bytes16 loaded[2])
{
    write_register(regs, insn->rd, load_value(insn, loaded[0].lo));
    if (insn->count == 2)
        write_register(regs, insn->rd2, load_value(insn, loaded[1].lo));
}

/* Operand registers of an atomic or compare as the bytes they stand for in memory. */
static struct iso_bytes16 operand(const struct iso_insn *insn, const struct iso_regs *regs, uint8_t low, uint8_t high)
{
    struct iso_bytes16 value = {a64_reg(regs, low), a64_reg(regs, high)};
    if (insn->size == 8 && high != ISO_REG_NONE) { /* CASP of two W registers: one 8-byte element */
        value.lo = (uint32_t)value.lo | value.hi << 32;
        value.hi = 0;
    } else if (insn->size < 16) {
        value.lo &= ones(insn->size);
        value.hi = 0;
    }
    return value;
}

static uint64_t choose(uint64_t old, uint64_t value, unsigned bytes, bool is_signed, bool maximum)
{
    uint64_t bias = is_signed ? (uint64_t)1 << (8 * bytes - 1) : 0;
    return ((old ^ bias) > (value ^ bias)) == maximum ? old : value;
}

bool iso_insn_rmw(struct iso_bytes16 *written, const struct iso_insn *insn, const struct iso_regs *regs,
                  struct iso_bytes16 old)
{
    struct iso_bytes16 value = operand(insn, regs, insn->rt, insn->rt2);
    uint64_t mask = ones(insn->size);
    old.lo &= mask;
    old.hi &= insn->size == 16 ? UINT64_MAX : 0;
    switch (a64_row_of(insn)->op) {
    case A64_OP_CAS: {
        struct iso_bytes16 expected = operand(insn, regs, insn->rs, insn->rs2);
        *written = value;
        return old.lo == expected.lo && old.hi == expected.hi;
    }
    case A64_OP_AMO_SWP:
        *written = value;
        return true;
    case A64_OP_AMO_ADD:
        *written = (struct iso_bytes16){(old.lo + value.lo) & mask, 0};
        return true;
    case A64_OP_AMO_CLR:
        *written = (struct iso_bytes16){old.lo & ~value.lo, old.hi & ~value.hi};
        return true;
    case A64_OP_AMO_SET:
        *written = (struct iso_bytes16){old.lo | value.lo, old.hi | value.hi};
        return true;
    case A64_OP_AMO_EOR:
        *written = (struct iso_bytes16){old.lo ^ value.lo, 0};
        return true;
    case A64_OP_AMO_SMAX:
        *written = (struct iso_bytes16){choose(old.lo, value.lo, insn->size, true, true), 0};
        return true;
    case A64_OP_AMO_SMIN:
        *written = (struct iso_bytes16){choose(old.lo, value.lo, insn->size, true, false), 0};
        return true;
    case A64_OP_AMO_UMAX:
        *written = (struct iso_bytes16){choose(old.lo, value.lo, insn->size, false, true), 0};
        return true;
    case A64_OP_AMO_UMIN:
        *written = (struct iso_bytes16){choose(old.lo, value.lo, insn->size, false, false), 0};
        return true;
    }
    ISO_IMPOSSIBLE();
}

void iso_insn_rmw_result(struct iso_regs *regs, const struct iso_insn *insn, struct iso_bytes16 old)
{
    uint8_t low = insn->cls == ISO_INSN_CAS ? insn->rs : insn->rd,
            high = insn->cls == ISO_INSN_CAS ? insn->rs2 : insn->rd2;
    if (high == ISO_REG_NONE) {
        write_register(regs, low, old.lo & ones(insn->size));
    } else if (insn->size == 8) {
        write_register(regs, low, (uint32_t)old.lo);
        write_register(regs, high, old.lo >> 32);
    } else {
        write_register(regs, low, old.lo);
        write_register(regs, high, old.hi);
    }
}

unsigned iso_insn_store_tag(const struct iso_insn *insn, const struct iso_regs *regs)
{
    if (insn->opcode == A64_ROW_STZGM)
        return a64_reg(regs, insn->rt) & 15;
    /* STGP tags with the address register, STG and kin with the data register; DC GVA with its address. */
    uint8_t source = insn->opcode == A64_ROW_STGP || insn->cls == ISO_INSN_ZERO ? insn->rn : insn->rt;
    uint64_t value = a64_reg(regs, source);
    if (insn->opcode == A64_ROW_STGP && insn->writeback != ISO_WRITEBACK_POST)
        value += (uint64_t)insn->imm;
    return value >> 56 & 15;
}

void iso_insn_load_tag_result(struct iso_regs *regs, const struct iso_insn *insn, uint64_t tags)
{
    if (insn->opcode == A64_ROW_LDGM)
        write_register(regs, insn->rd, tags);
    else
        write_register(regs, insn->rd,
                       iso_address_mark((a64_reg(regs, insn->rd) & ~((uint64_t)15 << 56)) | (tags & 15) << 56));
}

bool iso_insn_is_tag_checked(const struct iso_insn *insn)
{
    switch ((enum iso_insn_class)insn->cls) {
    case ISO_INSN_LOAD:
    case ISO_INSN_STORE:
    case ISO_INSN_LOAD_EXCLUSIVE:
    case ISO_INSN_STORE_EXCLUSIVE:
    case ISO_INSN_ATOMIC:
    case ISO_INSN_CAS:
        /* C6.2: tag_checked = wback || n != 31 for immediate forms, TRUE for register forms, FALSE for literals. */
        return insn->rn != ISO_REG_NONE &&
               (insn->rn != ISO_REG_SP || insn->writeback != ISO_WRITEBACK_NONE || insn->rm != ISO_REG_NONE);
    case ISO_INSN_ZERO:
        return iso_a64_zero_kind(insn) == ISO_A64_ZERO_DATA;
    case ISO_INSN_COMPUTE:
    case ISO_INSN_BRANCH:
    case ISO_INSN_LOAD_TAG:
    case ISO_INSN_STORE_TAG:
    case ISO_INSN_STORE_TAG_DATA:
    case ISO_INSN_BARRIER:
    case ISO_INSN_CACHE:
    case ISO_INSN_TLBI:
    case ISO_INSN_AT:
    case ISO_INSN_SYSTEM_READ:
    case ISO_INSN_SYSTEM_WRITE:
    case ISO_INSN_EXCEPTION:
    case ISO_INSN_EXCEPTION_RETURN:
    case ISO_INSN_CLREX:
    case ISO_INSN_PREFETCH:
    case ISO_INSN_HINT:
        return false;
    }
    ISO_IMPOSSIBLE();
}
