/* Operands of barriers, system instructions, exceptions and hints, all from the lists of a64_system.def. Not for: semantics. */
#include "sim/isa/a64_parse.h"

#include <string.h>

#define ZR A64_ACCEPT_ZR

static bool barrier(struct a64_parser *parser)
{
    struct iso_insn *insn = parser->insn;
    struct a64_word word;
    int64_t number = -1;
    bool dsb = parser->row->op == A64_OP_DSB;
    insn->barrier = dsb ? ISO_BARRIER_DSB : ISO_BARRIER_DMB;
    a64_skip_blank(parser);
    const char *at = parser->p;
    if (a64_at_immediate(parser) && !a64_immediate_range(parser, &number, 0, dsb ? 28 : 15, "barrier option"))
        return false;
    if (number > 15) { /* DSB nXS by number: 16 OSH, 20 NSH, 24 ISH, 28 SY */
        if (number % 4)
            return a64_fail(parser, at, "barrier option %d: expected 0 to 15, 16, 20, 24 or 28", (int)number);
        insn->nxs = 1;
        number = (number & 12) | 3;
    }
    a64_peek_word(parser, &word);
    size_t size = word.size;
    if (dsb && number < 0 && size > 3 && size < sizeof word.upper && !strcmp(word.upper + size - 3, "NXS")) {
        insn->nxs = 1;
        word.upper[size - 3] = 0;
    }
    for (unsigned i = 0; i < a64_barrier_option_count; i++) {
        const struct a64_barrier_option *option = &a64_barrier_options[i];
        if (number >= 0 ? option->crm == number : !strcmp(word.upper, option->name)) {
            if (insn->nxs && option->types != ISO_BARRIER_SY)
                break;
            insn->types = option->types;
            insn->domain = option->domain;
            insn->imm2 = i;
            if (number < 0)
                a64_take_word(parser, &word);
            return true;
        }
    }
    if (number >= 0)
        return a64_fail(parser, at, "reserved barrier option %d", (int)number);
    return a64_expected(parser, "barrier option (SY, LD, ST, ISH, ISHLD, ISHST, OSH, OSHLD, OSHST, NSH, NSHLD, NSHST)");
}

/* One optional word out of a list; index in imm, -1 none. */
static bool optional_word(struct a64_parser *parser, const char *const *words, const char *what, bool optional)
{
    struct a64_word word;
    parser->insn->imm = -1;
    if (optional && a64_at_end(parser))
        return true;
    a64_peek_word(parser, &word);
    for (int i = 0; words[i]; i++)
        if (a64_word_is(&word, words[i])) {
            a64_take_word(parser, &word);
            parser->insn->imm = i;
            return true;
        }
    return a64_expected(parser, what);
}

/* "{, Xt}" as the operation asks; herd's texts leave the register of a TLBI out, which reads as XZR. */
static bool operation_register(struct a64_parser *parser, bool has_register)
{
    struct iso_insn *insn = parser->insn;
    if (!has_register) {
        insn->rn = ISO_REG_NONE;
        return a64_at_end(parser) || a64_fail(parser, parser->p, "this operation takes no register");
    }
    return a64_next_x(parser, &insn->rn, ZR);
}

static bool tlbi(struct a64_parser *parser, struct a64_word *word)
{
    struct iso_insn *insn = parser->insn;
    size_t size = word->size < sizeof word->upper ? word->size : 0;
    char *name = word->upper;
    if (size > 3 && !strcmp(name + size - 3, "NXS")) {
        insn->nxs = 1;
        name[size -= 3] = 0;
    }
    insn->domain = ISO_DOMAIN_NSH;
    if (size > 2 && (!strcmp(name + size - 2, "IS") || !strcmp(name + size - 2, "OS"))) {
        insn->domain = name[size - 2] == 'I' ? ISO_DOMAIN_ISH : ISO_DOMAIN_OSH;
        name[size -= 2] = 0;
    }
    for (unsigned i = 0; i < a64_tlbi_op_count; i++) {
        const struct a64_tlbi_op *op = &a64_tlbi_ops[i];
        if (size && !strcmp(op->name, name)) {
            a64_take_word(parser, word);
            insn->scope = op->scope;
            insn->leaf = op->leaf;
            insn->imm2 = i;
            return operation_register(parser, op->has_register);
        }
    }
    return a64_expected(parser,
                        "TLBI operation (VMALLE1, VAE1, VAAE1, ASIDE1, VALE1, VAALE1, RVAE1 ... with IS, OS, NXS)");
}

static bool operation(struct a64_parser *parser)
{
    struct iso_insn *insn = parser->insn;
    const long row = parser->row - a64_rows;
    struct a64_word word;
    a64_peek_word(parser, &word);
    if (row == A64_ROW_TLBI)
        return tlbi(parser, &word);
    if (row == A64_ROW_AT) {
        for (unsigned i = 0; i < a64_at_op_count; i++)
            if (a64_word_is(&word, a64_at_ops[i].name)) {
                a64_take_word(parser, &word);
                insn->imm2 = i;
                return operation_register(parser, true);
            }
        return a64_expected(parser, "AT operation (S1E1R, S1E1W, S1E0R, S1E0W ...)");
    }
    for (unsigned i = 0; i < a64_cache_op_count; i++) {
        const struct a64_cache_op *op = &a64_cache_ops[i];
        if (op->row == row && a64_word_is(&word, op->name)) {
            a64_take_word(parser, &word);
            insn->cls = op->cls;
            insn->cache_op = op->what;
            insn->imm2 = i;
            return operation_register(parser, op->has_register);
        }
    }
    return a64_expected(parser, row == A64_ROW_DC ? "DC operation (CVAU, CVAC, CIVAC, ZVA ...)"
                                                  : "IC operation (IVAU, IALLU, IALLUIS)");
}

static bool find_sysreg(struct a64_parser *parser, const struct a64_word *word)
{
    struct iso_insn *insn = parser->insn;
    for (unsigned i = 0; i < a64_sysreg_count; i++)
        if (a64_word_is(word, a64_sysregs[i].name)) {
            a64_take_word(parser, word);
            insn->imm2 = i;
            insn->sysreg = a64_sysregs[i].storage;
            insn->imm = (int64_t)a64_sysregs[i].value;
            if (parser->context && parser->context->ctr_el0 && a64_word_is(word, "CTR_EL0"))
                insn->imm = (int64_t)parser->context->ctr_el0;
            return true;
        }
    if (!word->size)
        return a64_expected(parser, "system register");
    return a64_fail(parser, word->at, "system register '%.*s': not supported", (int)(word->size > 60 ? 60 : word->size),
                    word->at);
}

static bool system_read(struct a64_parser *parser)
{
    struct a64_reg reg;
    struct a64_word word;
    if (!a64_register(parser, &reg, A64_ACCEPT_X | ZR) || !a64_need_comma(parser))
        return false;
    parser->insn->rd = reg.number;
    a64_peek_word(parser, &word);
    return find_sysreg(parser, &word);
}

static bool system_write(struct a64_parser *parser)
{
    struct iso_insn *insn = parser->insn;
    struct a64_reg reg;
    struct a64_word word;
    a64_skip_blank(parser);
    a64_peek_word(parser, &word);
    const char *after = word.at + word.size;
    a64_take_word(parser, &word);
    if (!a64_need_comma(parser))
        return false;
    if (a64_at_immediate(parser)) {
        for (unsigned i = 0; i < a64_pstate_count; i++)
            if (a64_word_is(&word, a64_pstates[i].name)) {
                insn->imm2 = i;
                insn->sysreg = a64_pstates[i].storage;
                return a64_immediate_range(parser, &insn->imm, 0, a64_pstates[i].largest, "immediate");
            }
        return a64_fail(parser, word.at, "expected a PSTATE field (TCO, DAIFSet, DAIFClr ...), found '%.*s'",
                        (int)(word.size > 60 ? 60 : word.size), word.at);
    }
    if (!a64_register(parser, &reg, A64_ACCEPT_X | ZR))
        return false;
    insn->rn = reg.number;
    const char *end = parser->p;
    parser->p = after;
    if (!find_sysreg(parser, &word))
        return false;
    parser->p = end;
    insn->imm = 0;
    if (insn->sysreg == ISO_REG_NONE)
        return a64_fail(parser, word.at, "system register '%.*s' is read-only", (int)word.size, word.at);
    return true;
}

static bool prefetch(struct a64_parser *parser)
{
    struct iso_insn *insn = parser->insn;
    struct a64_word word;
    a64_skip_blank(parser);
    if (a64_at_immediate(parser)) {
        if (!a64_immediate_range(parser, &insn->imm2, 0, 31, "prefetch operation"))
            return false;
    } else {
        unsigned i = 0;
        a64_peek_word(parser, &word);
        while (i < a64_prefetch_op_count && !a64_word_is(&word, a64_prefetch_ops[i].name))
            i++;
        if (i == a64_prefetch_op_count)
            return a64_expected(parser, "prefetch operation (PLDL1KEEP, PSTL1KEEP ...)");
        a64_take_word(parser, &word);
        insn->imm2 = a64_prefetch_ops[i].number;
    }
    return a64_need_comma(parser) &&
           a64_address(parser, parser->row->flags & A64_FLAG_UNSCALED ? A64_ADDRESS_IMMEDIATE
                                                                      : A64_ADDRESS_IMMEDIATE | A64_ADDRESS_REGISTER);
}

bool a64_operands_system(struct a64_parser *parser)
{
    static const char *const sy[] = {"SY", NULL}, *const csync[] = {"CSYNC", NULL},
                             *const bti[] = {"C", "J", "JC", NULL};
    struct iso_insn *insn = parser->insn;
    switch (parser->row->shape) {
    case A64_SHAPE_BARRIER:
        return barrier(parser);
    case A64_SHAPE_ISB:
        insn->barrier = ISO_BARRIER_ISB;
        if (a64_at_immediate(parser))
            return a64_immediate_range(parser, &insn->imm, 0, 15, "option");
        return optional_word(parser, sy, "SY", true);
    case A64_SHAPE_CSYNC:
        insn->barrier = ISO_BARRIER_OTHER;
        return optional_word(parser, csync, "CSYNC", false);
    case A64_SHAPE_BTI:
        return optional_word(parser, bti, "C, J or JC", true);
    case A64_SHAPE_IMMEDIATE:
        return a64_immediate_range(parser, &insn->imm, 0, parser->row->size ? parser->row->size : 65535, "immediate");
    case A64_SHAPE_IMMEDIATE_OPTIONAL:
        insn->imm = 15;
        return a64_at_end(parser) || a64_immediate_range(parser, &insn->imm, 0, 15, "immediate");
    case A64_SHAPE_SYSTEM_OPERATION:
        return operation(parser);
    case A64_SHAPE_SYSTEM_READ:
        return system_read(parser);
    case A64_SHAPE_SYSTEM_WRITE:
        return system_write(parser);
    case A64_SHAPE_PREFETCH:
        return prefetch(parser);
    }
    ISO_IMPOSSIBLE();
}
