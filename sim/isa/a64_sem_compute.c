/* Results of instructions that touch registers alone, and branch decisions: the one place that computes them, for every engine.
 * Not for: memory (a64_sem_memory.c), roles of registers (a64_sem_uses.c). Not modelled: traps, EL-dependent system registers.
 * Source: Arm ARM C6.2 pseudocode; shared functions AddWithCarry, ConditionHolds, DecodeBitMasks, ChooseNonExcludedTag. */
#include "sim/isa/a64_sem.h"

struct sum {
    uint64_t value;
    unsigned flags; /* N Z C V */
};

static struct sum add_with_carry(uint64_t a, uint64_t b, unsigned carry, unsigned bits)
{
    struct sum sum;
    if (bits == 32) {
        uint64_t wide = (uint64_t)(uint32_t)a + (uint32_t)b + carry;
        sum.value = (uint32_t)wide;
        sum.flags = (wide >> 32 ? 2u : 0u);
    } else {
        uint64_t partial = a + b;
        sum.value = partial + carry;
        sum.flags = (partial < a || sum.value < partial ? 2u : 0u);
    }
    uint64_t sign = (uint64_t)1 << (bits - 1);
    if (sum.value & sign)
        sum.flags |= 8;
    if (!sum.value)
        sum.flags |= 4;
    if (~(a ^ b) & (a ^ sum.value) & sign)
        sum.flags |= 1;
    return sum;
}

static unsigned flags_of_logic(uint64_t value, unsigned bits)
{
    return (value >> (bits - 1) & 1 ? 8u : 0u) | (value ? 0u : 4u);
}

bool a64_condition_holds(unsigned cond, uint64_t nzcv)
{
    bool n = nzcv >> 3 & 1, z = nzcv >> 2 & 1, c = nzcv >> 1 & 1, v = nzcv & 1, result = true;
    switch (cond >> 1 & 7) {
    case 0:
        result = z;
        break;
    case 1:
        result = c;
        break;
    case 2:
        result = n;
        break;
    case 3:
        result = v;
        break;
    case 4:
        result = c && !z;
        break;
    case 5:
        result = n == v;
        break;
    case 6:
        result = n == v && !z;
        break;
    case 7:
        return true; /* AL and NV */
    }
    return cond & 1 ? !result : result;
}

static uint64_t shift(uint64_t value, unsigned kind, unsigned amount, unsigned bits)
{
    if (bits == 32)
        value = (uint32_t)value;
    if (!amount)
        return value;
    switch (kind) {
    case A64_EXTEND_LSL:
        value <<= amount;
        break;
    case A64_EXTEND_LSR:
        value >>= amount;
        break;
    case A64_EXTEND_ASR:
        value = (uint64_t)((bits == 32 ? (int64_t)(int32_t)(uint32_t)value : (int64_t)value) >> amount);
        break;
    case A64_EXTEND_ROR:
        value = value >> amount | value << (bits - amount);
        break;
    }
    return bits == 32 ? (uint32_t)value : value;
}

uint64_t a64_extended(uint64_t value, unsigned extend, unsigned amount, unsigned bits)
{
    switch (extend) {
    case A64_EXTEND_UXTB:
        value = (uint8_t)value;
        break;
    case A64_EXTEND_UXTH:
        value = (uint16_t)value;
        break;
    case A64_EXTEND_UXTW:
        value = (uint32_t)value;
        break;
    case A64_EXTEND_SXTB:
        value = (uint64_t)(int64_t)(int8_t)value;
        break;
    case A64_EXTEND_SXTH:
        value = (uint64_t)(int64_t)(int16_t)value;
        break;
    case A64_EXTEND_SXTW:
        value = (uint64_t)(int64_t)(int32_t)value;
        break;
    case A64_EXTEND_UXTX:
    case A64_EXTEND_SXTX:
        break;
    default:
        return shift(value, extend, amount, bits);
    }
    return value << amount;
}

static unsigned leading_zeros(uint64_t value, unsigned bits)
{
    return value ? (unsigned)__builtin_clzll(value) - (64 - bits) : bits;
}

static uint64_t reverse_bits(uint64_t value, unsigned bits)
{
    uint64_t result = 0;
    for (unsigned i = 0; i < bits; i++)
        result |= (value >> i & 1) << (bits - 1 - i);
    return result;
}

/* Reverses the bytes inside each container of `container` bytes. */
static uint64_t reverse_bytes(uint64_t value, unsigned container, unsigned bytes)
{
    uint64_t result = 0;
    for (unsigned i = 0; i < bytes; i++) {
        unsigned to = i / container * container + (container - 1 - i % container);
        result |= (value >> 8 * i & 0xff) << 8 * to;
    }
    return result;
}

static uint64_t ones(unsigned bits)
{
    return bits >= 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
}

static uint64_t rotate_right(uint64_t value, unsigned amount, unsigned bits)
{
    return shift(value, A64_EXTEND_ROR, amount % bits, bits);
}

/* SBFM, UBFM, BFM with immr and imms (C6.2 BFM: wmask and tmask of DecodeBitMasks for one element of the register size). */
static uint64_t bitfield(unsigned op, uint64_t old, uint64_t source, unsigned immr, unsigned imms, unsigned bits)
{
    uint64_t wmask = rotate_right(ones(imms + 1), immr, bits);
    uint64_t tmask = ones(((imms - immr) & (bits - 1)) + 1);
    uint64_t bottom = rotate_right(source, immr, bits) & wmask;
    if (op == A64_OP_BFM) {
        bottom |= old & ~wmask;
        return ((old & ~tmask) | (bottom & tmask)) & ones(bits);
    }
    uint64_t top = op == A64_OP_SBFM && source >> imms & 1 ? ones(bits) : 0;
    return ((top & ~tmask) | (bottom & tmask)) & ones(bits);
}

static uint64_t checksum(uint64_t accumulator, uint64_t value, unsigned bytes, uint32_t polynomial)
{
    uint32_t crc = (uint32_t)accumulator;
    for (unsigned i = 0; i < bytes; i++) {
        crc ^= (uint32_t)(value >> 8 * i & 0xff);
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? polynomial : 0);
    }
    return crc;
}

static uint64_t high_product(uint64_t a, uint64_t b, bool is_signed)
{
    uint64_t low = (a & UINT32_MAX) * (b & UINT32_MAX), middle = (a >> 32) * (b & UINT32_MAX) + (low >> 32);
    uint64_t cross = (a & UINT32_MAX) * (b >> 32) + (middle & UINT32_MAX);
    uint64_t high = (a >> 32) * (b >> 32) + (middle >> 32) + (cross >> 32);
    if (is_signed)
        high -= (a >> 63 ? b : 0) + (b >> 63 ? a : 0);
    return high;
}

static uint64_t divide(uint64_t a, uint64_t b, bool is_signed, unsigned bits)
{
    if (!b)
        return 0;
    if (!is_signed)
        return a / b;
    int64_t x = bits == 32 ? (int32_t)(uint32_t)a : (int64_t)a, y = bits == 32 ? (int32_t)(uint32_t)b : (int64_t)b;
    return y == -1 ? 0 - (uint64_t)x : (uint64_t)(x / y);
}

/* ChooseNonExcludedTag from `tag`, `offset` steps on. GCR_EL1.Exclude is 0 in this model; IRG adds the mask of its register. */
static unsigned choose_tag(unsigned tag, unsigned offset, unsigned exclude)
{
    if ((exclude & 0xffff) == 0xffff)
        return 0;
    while (exclude >> tag & 1)
        tag = (tag + 1) & 15;
    for (; offset; offset--) {
        tag = (tag + 1) & 15;
        while (exclude >> tag & 1)
            tag = (tag + 1) & 15;
    }
    return tag;
}

static uint64_t with_tag(uint64_t address, unsigned tag)
{
    return (address & ~((uint64_t)15 << 56)) | (uint64_t)tag << 56;
}

static int64_t address_bits(uint64_t value)
{
    return (int64_t)(value << 8) >> 8; /* sign-extended from bit 55 */
}

static void write_register(struct iso_regs *regs, uint8_t number, uint64_t value, unsigned bits)
{
    if (number < ISO_REG_COUNT)
        regs->x[number] = bits == 32 ? (uint32_t)value : value;
}

static void system_move(struct iso_regs *regs, const struct iso_insn *insn)
{
    if (insn->cls == ISO_INSN_SYSTEM_READ) {
        const struct a64_sysreg *reg = &a64_sysregs[insn->imm2];
        uint64_t value =
            insn->sysreg == ISO_REG_NONE ? (uint64_t)insn->imm : (regs->x[insn->sysreg] & reg->mask) << reg->shift;
        write_register(regs, insn->rd, value, 64);
    } else if (insn->sysreg != ISO_REG_NONE) {
        if (insn->rn == ISO_REG_NONE)
            regs->x[insn->sysreg] = (uint64_t)insn->imm;
        else
            regs->x[insn->sysreg] =
                a64_reg(regs, insn->rn) >> a64_sysregs[insn->imm2].shift & a64_sysregs[insn->imm2].mask;
    }
}

static void set_flags(struct iso_regs *regs, unsigned flags)
{
    regs->x[ISO_REG_NZCV] = flags;
}

/* Flag-setting and flag-reading operations; false if op is none of them. */
static bool compute_flags(struct iso_regs *regs, const struct iso_insn *insn, unsigned op, uint64_t a, uint64_t b,
                          unsigned bits)
{
    uint64_t mask = ones(bits), flags = regs->x[ISO_REG_NZCV];
    unsigned carry = flags >> 1 & 1;
    struct sum sum = {0, 0};
    switch (op) {
    case A64_OP_ADDS:
        sum = add_with_carry(a, b, 0, bits);
        break;
    case A64_OP_SUBS:
        sum = add_with_carry(a, ~b & mask, 1, bits);
        break;
    case A64_OP_ADC:
    case A64_OP_ADCS:
        sum = add_with_carry(a, b, carry, bits);
        break;
    case A64_OP_SBC:
    case A64_OP_SBCS:
        sum = add_with_carry(a, ~b & mask, carry, bits);
        break;
    case A64_OP_ANDS:
        sum.value = a & b;
        sum.flags = flags_of_logic(sum.value, bits);
        break;
    case A64_OP_BICS:
        sum.value = a & ~b;
        sum.flags = flags_of_logic(sum.value, bits);
        break;
    case A64_OP_SUBPS:
        sum = add_with_carry((uint64_t)address_bits(a), ~(uint64_t)address_bits(b), 1, 64);
        break;
    case A64_OP_CCMP:
    case A64_OP_CCMN:
        sum = add_with_carry(a, op == A64_OP_CCMP ? ~b & mask : b, op == A64_OP_CCMP, bits);
        set_flags(regs, a64_condition_holds(insn->cond, flags) ? sum.flags : (unsigned)insn->imm2);
        return true;
    case A64_OP_CSEL:
    case A64_OP_CSINC:
    case A64_OP_CSINV:
    case A64_OP_CSNEG:
        if (!a64_condition_holds(insn->cond, flags))
            a = op == A64_OP_CSEL ? b : op == A64_OP_CSINC ? b + 1 : op == A64_OP_CSINV ? ~b : 0 - b;
        write_register(regs, insn->rd, a, bits);
        return true;
    case A64_OP_RMIF: {
        unsigned taken = (unsigned)rotate_right(a, (unsigned)insn->imm, 64) & 15, chosen = (unsigned)insn->imm2;
        set_flags(regs, (unsigned)((flags & ~chosen) | (taken & chosen)) & 15);
        return true;
    }
    case A64_OP_SETF: {
        unsigned top = a64_row_of(insn)->size * 8u;
        unsigned n = a >> (top - 1) & 1, z = (a & ones(top)) == 0, v = (a >> top & 1) != n;
        set_flags(regs, n << 3 | z << 2 | (unsigned)(flags & 2) | v);
        return true;
    }
    case A64_OP_CFINV:
        set_flags(regs, (unsigned)flags ^ 2);
        return true;
    default:
        return false;
    }
    if (op != A64_OP_ADC && op != A64_OP_SBC)
        set_flags(regs, sum.flags);
    write_register(regs, insn->rd, sum.value, bits);
    return true;
}

static uint64_t extreme(unsigned op, uint64_t a, uint64_t b, unsigned bits)
{
    bool is_signed = op == A64_OP_SMAX || op == A64_OP_SMIN, maximum = op == A64_OP_SMAX || op == A64_OP_UMAX;
    uint64_t bias = is_signed ? (uint64_t)1 << (bits - 1) : 0;
    return ((a ^ bias) > (b ^ bias)) == maximum ? a : b;
}

void iso_insn_compute(struct iso_regs *regs, const struct iso_insn *insn, uint64_t pc, uint64_t random)
{
    const struct a64_row *row = a64_row_of(insn);
    const unsigned bits = insn->width * 8u, op = row->op;
    const uint64_t mask = ones(bits);

    if (op == A64_OP_MRS || op == A64_OP_MSR) {
        system_move(regs, insn);
        return;
    }
    uint64_t a = a64_reg(regs, insn->rn) & mask;
    uint64_t b = insn->rm == ISO_REG_NONE ? (uint64_t)insn->imm & mask : a64_reg(regs, insn->rm);
    uint64_t c = a64_reg(regs, insn->ra), value = 0;
    if (insn->rm != ISO_REG_NONE && op != A64_OP_CRC32 && op != A64_OP_CRC32C)
        b = a64_extended(b & mask, insn->extend, insn->amount, bits) & mask;
    if (compute_flags(regs, insn, op, a, b, bits))
        return;
    switch (op) {
    case A64_OP_ADD:
        value = a + b;
        break;
    case A64_OP_SUB:
        value = a - b;
        break;
    case A64_OP_AND:
        value = a & b;
        break;
    case A64_OP_BIC:
        value = a & ~b;
        break;
    case A64_OP_ORR:
        value = a | b;
        break;
    case A64_OP_ORN:
        value = a | ~b;
        break;
    case A64_OP_EOR:
        value = a ^ b;
        break;
    case A64_OP_EON:
        value = a ^ ~b;
        break;
    case A64_OP_MOV:
        value = b;
        break;
    case A64_OP_MOVZ:
        value = b << insn->amount;
        break;
    case A64_OP_MOVN:
        value = ~(b << insn->amount);
        break;
    case A64_OP_MOVK:
        value = (a64_reg(regs, insn->rd) & ~((uint64_t)0xffff << insn->amount)) | b << insn->amount;
        break;
    case A64_OP_MADD:
        value = c + a * b;
        break;
    case A64_OP_MSUB:
        value = c - a * b;
        break;
    case A64_OP_SMADDL:
        value = c + (uint64_t)((int64_t)(int32_t)(uint32_t)a * (int32_t)(uint32_t)b);
        break;
    case A64_OP_SMSUBL:
        value = c - (uint64_t)((int64_t)(int32_t)(uint32_t)a * (int32_t)(uint32_t)b);
        break;
    case A64_OP_UMADDL:
        value = c + (a & UINT32_MAX) * (b & UINT32_MAX);
        break;
    case A64_OP_UMSUBL:
        value = c - (a & UINT32_MAX) * (b & UINT32_MAX);
        break;
    case A64_OP_SMULH:
    case A64_OP_UMULH:
        value = high_product(a, b, op == A64_OP_SMULH);
        break;
    case A64_OP_UDIV:
    case A64_OP_SDIV:
        value = divide(a, b, op == A64_OP_SDIV, bits);
        break;
    case A64_OP_LSL:
        value = shift(a, A64_EXTEND_LSL, (unsigned)b & (bits - 1), bits);
        break;
    case A64_OP_LSR:
        value = shift(a, A64_EXTEND_LSR, (unsigned)b & (bits - 1), bits);
        break;
    case A64_OP_ASR:
        value = shift(a, A64_EXTEND_ASR, (unsigned)b & (bits - 1), bits);
        break;
    case A64_OP_ROR:
        value = shift(a, A64_EXTEND_ROR, (unsigned)b & (bits - 1), bits);
        break;
    case A64_OP_SBFM:
    case A64_OP_UBFM:
    case A64_OP_BFM:
        value = bitfield(op, a64_reg(regs, insn->rd), a, (unsigned)insn->imm, (unsigned)insn->imm2, bits);
        break;
    case A64_OP_EXTR:
        value = insn->imm ? b >> insn->imm | a << (bits - (unsigned)insn->imm) : b;
        break;
    case A64_OP_CLZ:
        value = leading_zeros(a, bits);
        break;
    case A64_OP_CLS:
        value = leading_zeros((a ^ a << 1) & mask & ~(uint64_t)1, bits);
        value = value > bits - 1 ? bits - 1 : value;
        break;
    case A64_OP_CTZ:
        value = a ? (unsigned)__builtin_ctzll(a) : bits;
        break;
    case A64_OP_CNT:
        value = (unsigned)__builtin_popcountll(a);
        break;
    case A64_OP_RBIT:
        value = reverse_bits(a, bits);
        break;
    case A64_OP_REV:
        value = reverse_bytes(a, bits / 8, bits / 8);
        break;
    case A64_OP_REV16:
        value = reverse_bytes(a, 2, bits / 8);
        break;
    case A64_OP_REV32:
        value = reverse_bytes(a, 4, bits / 8);
        break;
    case A64_OP_ABS:
        value = a >> (bits - 1) & 1 ? 0 - a : a;
        break;
    case A64_OP_SMAX:
    case A64_OP_SMIN:
    case A64_OP_UMAX:
    case A64_OP_UMIN:
        value = extreme(op, a, b, bits);
        break;
    case A64_OP_CRC32:
        value = checksum(a, b, row->size, 0xedb88320);
        break;
    case A64_OP_CRC32C:
        value = checksum(a, b, row->size, 0x82f63b78);
        break;
    case A64_OP_ADR:
    case A64_OP_ADRP:
        value = insn->target < 0 && insn->imm ? (uint64_t)insn->imm : pc + 4 * (uint64_t)(insn->target - insn->imm2);
        if (op == A64_OP_ADRP)
            value &= ~(uint64_t)4095;
        break;
    case A64_OP_IRG:
        value = with_tag(a, choose_tag((unsigned)random & 15, 0, (unsigned)b & 0xffff));
        break;
    case A64_OP_GMI:
        value = b | (uint64_t)1 << (a >> 56 & 15);
        break;
    case A64_OP_ADDG:
    case A64_OP_SUBG:
        value = op == A64_OP_ADDG ? a + (uint64_t)insn->imm : a - (uint64_t)insn->imm;
        value = with_tag(value, choose_tag(a >> 56 & 15, (unsigned)insn->imm2, 0));
        break;
    case A64_OP_SUBP:
        value = (uint64_t)address_bits(a) - (uint64_t)address_bits(b);
        break;
    default:
        ISO_IMPOSSIBLE();
    }
    write_register(regs, insn->rd, value, bits);
}

bool iso_insn_branch(uint64_t *next, struct iso_regs *regs, const struct iso_insn *insn, uint64_t pc, uint64_t code_va)
{
    const uint64_t value = a64_reg(regs, insn->rn) & ones(insn->width * 8u);
    const unsigned op = a64_row_of(insn)->op;
    bool taken = true;
    switch (op) {
    case A64_OP_BCOND:
        taken = a64_condition_holds(insn->cond, regs->x[ISO_REG_NZCV]);
        break;
    case A64_OP_CBZ:
        taken = value == 0;
        break;
    case A64_OP_CBNZ:
        taken = value != 0;
        break;
    case A64_OP_TBZ:
        taken = !(value >> insn->imm & 1);
        break;
    case A64_OP_TBNZ:
        taken = value >> insn->imm & 1;
        break;
    }
    if (!taken)
        return false;
    bool direct = a64_row_of(insn)->shape != A64_SHAPE_BRANCH_REGISTER && a64_row_of(insn)->shape != A64_SHAPE_RETURN;
    *next = direct ? code_va + 4 * (uint64_t)(int64_t)insn->target
                   : (uint64_t)address_bits(value); /* BranchAddr under TBI */
    if (op == A64_OP_BL)
        regs->x[30] = pc + 4;
    return true;
}
