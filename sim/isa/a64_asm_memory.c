/* Operands of loads, stores, exclusives, atomics and tag accesses. Not for: semantics, system operations.
 * A displacement or shift that no encoding holds is taken as written, with a warning; combinations that the architecture calls CONSTRAINED
 * UNPREDICTABLE (C3.2, K1.2) are warned about, too. */
#include "sim/isa/a64_parse.h"

#define ZR A64_ACCEPT_ZR
#define SP A64_ACCEPT_SP

/* ", Rm{, extend {#amount}}" with the comma consumed. */
static bool index_register(struct a64_parser *parser)
{
    struct iso_insn *insn = parser->insn;
    struct a64_reg reg;
    struct a64_word word;
    int64_t amount = 0, scale = 0;
    a64_skip_blank(parser);
    const char *at = parser->p;
    if (!a64_register(parser, &reg, A64_ACCEPT_ANY | ZR))
        return false;
    insn->rm = reg.number;
    insn->extend = A64_EXTEND_LSL;
    for (unsigned bytes = insn->size; bytes > 1; bytes >>= 1)
        scale++;
    if (!a64_take(parser, ',')) {
        if (reg.bytes == 4)
            return a64_fail(parser, at, "a W register as index needs UXTW or SXTW");
        return true;
    }
    a64_peek_word(parser, &word);
    if (a64_word_is(&word, "UXTW"))
        insn->extend = A64_EXTEND_UXTW;
    else if (a64_word_is(&word, "SXTW"))
        insn->extend = A64_EXTEND_SXTW;
    else if (reg.bytes == 8 && a64_word_is(&word, "SXTX"))
        insn->extend = A64_EXTEND_SXTX;
    else if (!(reg.bytes == 8 && a64_word_is(&word, "LSL")))
        return a64_expected(parser, reg.bytes == 4 ? "UXTW or SXTW" : "LSL or SXTX");
    if (reg.bytes == 8 && (insn->extend == A64_EXTEND_UXTW || insn->extend == A64_EXTEND_SXTW))
        a64_warn(parser, at, "the index of %s is a W register; its lower half is taken",
                 a64_extend_names[insn->extend]);
    a64_take_word(parser, &word);
    a64_skip_blank(parser);
    const char *amount_at = parser->p;
    if ((insn->extend == A64_EXTEND_LSL || a64_at_immediate(parser)) &&
        !a64_immediate_range(parser, &amount, 0, 4, "shift amount"))
        return false;
    if (amount != 0 && amount != scale)
        a64_warn(parser, amount_at, "shift amount of an index is 0 or %d here: %d has no encoding in %s", (int)scale,
                 (int)amount, insn->mnemonic);
    insn->amount = (uint8_t)amount;
    return true;
}

bool a64_address(struct a64_parser *parser, unsigned forms)
{
    struct iso_insn *insn = parser->insn;
    struct a64_reg reg;
    if (!a64_need(parser, '[') || !a64_base_register(parser, &reg))
        return false;
    insn->rn = reg.number;
    if (a64_take(parser, ',')) {
        if (a64_at_immediate(parser)) {
            const char *at = parser->p;
            if (!a64_immediate(parser, &insn->imm))
                return false;
            if (!(forms & A64_ADDRESS_IMMEDIATE) && insn->imm != 0)
                return a64_fail(parser, at, "%s takes no displacement but 0", insn->mnemonic);
        } else if (forms & A64_ADDRESS_REGISTER) {
            if (!index_register(parser))
                return false;
        } else {
            return a64_expected(parser, "immediate");
        }
    }
    if (!a64_need(parser, ']'))
        return false;
    if (!(forms & A64_ADDRESS_WRITEBACK) || insn->rm != ISO_REG_NONE)
        return true;
    if (a64_take(parser, '!')) {
        insn->writeback = ISO_WRITEBACK_PRE;
    } else if (insn->imm == 0 && a64_take(parser, ',')) {
        insn->writeback = ISO_WRITEBACK_POST;
        return a64_immediate(parser, &insn->imm);
    }
    return true;
}

/* Warns about a displacement outside low..high or not a multiple of scale. */
static void check_displacement(struct a64_parser *parser, const char *at, int64_t low, int64_t high, int64_t scale)
{
    int64_t imm = parser->insn->imm;
    if (imm < low || imm > high || imm % scale)
        a64_warn(parser, at, "displacement %lld has no encoding in %s", (long long)imm, parser->insn->mnemonic);
}

static bool overlaps(uint8_t a, uint8_t b)
{
    return a == b && a < ISO_REG_SP;
}

/* Register overlaps of C6.2's CONSTRAINED UNPREDICTABLE notes. */
static void check_overlap(struct a64_parser *parser)
{
    const struct iso_insn *i = parser->insn;
    bool bad = false;
    if (i->writeback != ISO_WRITEBACK_NONE && i->cls != ISO_INSN_STORE_TAG && i->cls != ISO_INSN_STORE_TAG_DATA)
        bad = overlaps(i->rn, i->rd) || overlaps(i->rn, i->rd2) || overlaps(i->rn, i->rt) || overlaps(i->rn, i->rt2);
    if (i->cls == ISO_INSN_LOAD || i->cls == ISO_INSN_LOAD_EXCLUSIVE)
        bad |= overlaps(i->rd, i->rd2);
    if (i->cls == ISO_INSN_STORE_EXCLUSIVE)
        bad |= overlaps(i->rs, i->rt) || overlaps(i->rs, i->rt2) || overlaps(i->rs, i->rn);
    if (bad && !parser->has_symbolic)
        a64_warn(parser, parser->start, "CONSTRAINED UNPREDICTABLE: registers of %s overlap", i->mnemonic);
}

static bool single(struct a64_parser *parser)
{
    struct iso_insn *insn = parser->insn;
    const uint8_t shape = parser->row->shape;
    uint8_t *data = insn->cls == ISO_INSN_LOAD || insn->cls == ISO_INSN_LOAD_EXCLUSIVE ? &insn->rd : &insn->rt;
    if (!a64_first_register(parser, data, ZR) || !a64_need_comma(parser))
        return false;
    if (!insn->size)
        insn->size = insn->width;
    a64_skip_blank(parser);
    const char *at = parser->p;
    int64_t size = insn->size;
    if (shape == A64_SHAPE_MEMORY_LITERAL && !a64_at_end(parser) && *at != '[') {
        if (*at == '=')
            return a64_fail(parser, at, "expected address or label, found '=': literal pools are not supported");
        if (!a64_label(parser, true))
            return false;
        if (insn->target >= 0 && parser->context)
            insn->imm = (int64_t)(parser->context->code_va + 4 * (uint64_t)insn->target);
        insn->rn = ISO_REG_NONE;
        return true;
    }
    switch (shape) {
    case A64_SHAPE_MEMORY:
    case A64_SHAPE_MEMORY_LITERAL:
        if (!a64_address(parser, A64_ADDRESS_IMMEDIATE | A64_ADDRESS_WRITEBACK | A64_ADDRESS_REGISTER))
            return false;
        if (insn->writeback != ISO_WRITEBACK_NONE || insn->imm < 0 || insn->imm % size)
            check_displacement(parser, at, -256, 255, 1);
        else
            check_displacement(parser, at, 0, 4095 * size, size);
        return true;
    case A64_SHAPE_MEMORY_UNSCALED:
        if (!a64_address(parser, A64_ADDRESS_IMMEDIATE))
            return false;
        check_displacement(parser, at, -256, 255, 1);
        return true;
    case A64_SHAPE_MEMORY_BASE:
        /* FEAT_LRCPC3: LDAPR Rt,[Xn],#size and STLR Rt,[Xn,#-size]! for words and doublewords. */
        if ((parser->row - a64_rows == A64_ROW_LDAPR || parser->row - a64_rows == A64_ROW_STLR) && size >= 4) {
            if (!a64_address(parser, A64_ADDRESS_IMMEDIATE | A64_ADDRESS_WRITEBACK))
                return false;
            int64_t expected = insn->writeback == ISO_WRITEBACK_POST  ? size
                               : insn->writeback == ISO_WRITEBACK_PRE ? -size
                                                                      : 0;
            bool load = insn->cls == ISO_INSN_LOAD;
            if (insn->imm != expected || insn->writeback == (load ? ISO_WRITEBACK_PRE : ISO_WRITEBACK_POST))
                return a64_fail(parser, at, "expected %s or %s", "[Xn]", load ? "[Xn],#size" : "[Xn,#-size]!");
            return true;
        }
        return a64_address(parser, 0);
    }
    ISO_IMPOSSIBLE();
}

static bool pair(struct a64_parser *parser)
{
    struct iso_insn *insn = parser->insn;
    bool load = insn->cls == ISO_INSN_LOAD || insn->cls == ISO_INSN_LOAD_EXCLUSIVE;
    if (!a64_first_register(parser, load ? &insn->rd : &insn->rt, ZR) ||
        !a64_next_register(parser, load ? &insn->rd2 : &insn->rt2, ZR) || !a64_need_comma(parser))
        return false;
    if (!insn->size)
        insn->size = insn->width;
    a64_skip_blank(parser);
    const char *at = parser->p;
    int64_t size = insn->size;
    if (parser->row->shape == A64_SHAPE_MEMORY_PAIR) {
        if (!a64_address(parser, A64_ADDRESS_IMMEDIATE | (insn->nontemporal ? 0u : A64_ADDRESS_WRITEBACK)))
            return false;
        check_displacement(parser, at, -64 * size, 63 * size, size);
        return true;
    }
    if (!(insn->order & ISO_ORDER_ELEMENTS))
        return a64_address(parser, 0);
    if (!a64_address(parser, A64_ADDRESS_IMMEDIATE | A64_ADDRESS_WRITEBACK))
        return false;
    int64_t expected = insn->writeback == ISO_WRITEBACK_POST  ? 2 * size
                       : insn->writeback == ISO_WRITEBACK_PRE ? -2 * size
                                                              : 0;
    if (insn->imm != expected || insn->writeback == (load ? ISO_WRITEBACK_PRE : ISO_WRITEBACK_POST))
        return a64_fail(parser, at, "expected [Xn] or %s with the size of the pair",
                        load ? "[Xn],#size" : "[Xn,#-size]!");
    return true;
}

static bool store_exclusive(struct a64_parser *parser)
{
    struct iso_insn *insn = parser->insn;
    struct a64_reg reg;
    if (!a64_register(parser, &reg, A64_ACCEPT_W | ZR) || !a64_need_comma(parser) ||
        !a64_first_register(parser, &insn->rt, ZR))
        return false;
    insn->rs = reg.number;
    if (insn->count == 2 && !a64_next_register(parser, &insn->rt2, ZR))
        return false;
    if (!insn->size)
        insn->size = insn->width;
    return a64_need_comma(parser) && a64_address(parser, 0);
}

static bool atomic(struct a64_parser *parser)
{
    struct iso_insn *insn = parser->insn;
    const uint8_t shape = parser->row->shape;
    bool cas = insn->cls == ISO_INSN_CAS;
    a64_skip_blank(parser);
    const char *at = parser->p;
    if (!a64_first_register(parser, cas ? &insn->rs : &insn->rt, ZR))
        return false;
    switch (shape) {
    case A64_SHAPE_AMO:
        if (!a64_next_register(parser, &insn->rd, ZR))
            return false;
        a64_drop_result_order(insn, insn->rd);
        break;
    case A64_SHAPE_AMO_STORE:
        insn->rd = ISO_REG_ZR;
        a64_drop_result_order(insn, insn->rd);
        break;
    case A64_SHAPE_CAS:
        if (!a64_next_register(parser, &insn->rt, ZR))
            return false;
        a64_drop_result_order(insn, insn->rs);
        break;
    case A64_SHAPE_AMO_PAIR:
        if (insn->rt == ISO_REG_ZR)
            return a64_fail(parser, at, "%s takes no XZR", insn->mnemonic);
        if (!a64_next_register(parser, &insn->rt2, 0))
            return false;
        insn->rd = insn->rt;
        insn->rd2 = insn->rt2;
        if (insn->rt == insn->rt2)
            a64_warn(parser, at, "CONSTRAINED UNPREDICTABLE: registers of %s overlap", insn->mnemonic);
        break;
    case A64_SHAPE_CAS_PAIR:
        if (!a64_next_register(parser, &insn->rs2, ZR) || !a64_next_register(parser, &insn->rt, ZR) ||
            !a64_next_register(parser, &insn->rt2, ZR))
            return false;
        /* X30, XZR is a pair by encoding. */
        if (!parser->has_symbolic &&
            (insn->rs % 2 || insn->rt % 2 || insn->rs2 != (insn->rs == 30 ? ISO_REG_ZR : insn->rs + 1) ||
             insn->rt2 != (insn->rt == 30 ? ISO_REG_ZR : insn->rt + 1)))
            return a64_fail(parser, at, "expected pairs of an even register and the next one");
        break;
    }
    if (!insn->size)
        insn->size = insn->width;
    if (shape == A64_SHAPE_CAS_PAIR)
        insn->size = (uint8_t)(2 * insn->width);
    return a64_need_comma(parser) && a64_address(parser, 0);
}

static bool tag_memory(struct a64_parser *parser)
{
    struct iso_insn *insn = parser->insn;
    const uint8_t shape = parser->row->shape;
    struct a64_reg reg;
    if (!a64_register(parser, &reg, A64_ACCEPT_X | (shape == A64_SHAPE_TAG_STORE ? SP : ZR)))
        return false;
    if (insn->cls == ISO_INSN_LOAD_TAG)
        insn->rd = reg.number;
    else
        insn->rt = reg.number;
    if (shape == A64_SHAPE_TAG_PAIR && !a64_next_x(parser, &insn->rt2, ZR))
        return false;
    if (!a64_need_comma(parser))
        return false;
    a64_skip_blank(parser);
    const char *at = parser->p;
    if (shape == A64_SHAPE_TAG_MULTIPLE) {
        insn->count = insn->size == 16 ? 16 : 1;
        return a64_address(parser, 0);
    }
    if (!a64_address(parser, A64_ADDRESS_IMMEDIATE | (shape == A64_SHAPE_TAG_LOAD ? 0u : A64_ADDRESS_WRITEBACK)))
        return false;
    if (insn->imm % 16)
        return a64_fail(parser, at, "displacement %lld is not a multiple of the 16-byte granule", (long long)insn->imm);
    check_displacement(parser, at, shape == A64_SHAPE_TAG_PAIR ? -1024 : -4096,
                       shape == A64_SHAPE_TAG_PAIR ? 1008 : 4080, 16);
    return true;
}

bool a64_operands_memory(struct a64_parser *parser)
{
    bool fine = false;
    switch (parser->row->shape) {
    case A64_SHAPE_MEMORY:
    case A64_SHAPE_MEMORY_LITERAL:
    case A64_SHAPE_MEMORY_UNSCALED:
    case A64_SHAPE_MEMORY_BASE:
        fine = single(parser);
        break;
    case A64_SHAPE_MEMORY_PAIR:
    case A64_SHAPE_MEMORY_PAIR_BASE:
        fine = pair(parser);
        break;
    case A64_SHAPE_STORE_EXCLUSIVE:
        fine = store_exclusive(parser);
        break;
    case A64_SHAPE_AMO:
    case A64_SHAPE_AMO_STORE:
    case A64_SHAPE_AMO_PAIR:
    case A64_SHAPE_CAS:
    case A64_SHAPE_CAS_PAIR:
        fine = atomic(parser);
        break;
    case A64_SHAPE_TAG_LOAD:
    case A64_SHAPE_TAG_STORE:
    case A64_SHAPE_TAG_PAIR:
    case A64_SHAPE_TAG_MULTIPLE:
        fine = tag_memory(parser);
        break;
    }
    if (fine)
        check_overlap(parser);
    return fine;
}
