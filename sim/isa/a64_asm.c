/* One A64 instruction from text: finds the row, then the operands by shape. Operands: a64_asm_compute.c, a64_asm_bits.c,
 * a64_asm_memory.c, a64_asm_system.c. Not for: labels and directives; the reader of litmus files does those. */
#include "sim/isa/a64_parse.h"

/* Longest mnemonic of the table with its terminator. */
#define MNEMONIC_BYTES 12u

static int find_row(uint8_t *cond, const char **mnemonic, const char *name, size_t size)
{
    if (size >= MNEMONIC_BYTES)
        return -1;
    int row = a64_row_find(name, size);
    if (row >= 0 && !(a64_rows[row].flags & A64_FLAG_CONDITION)) {
        *mnemonic = a64_rows[row].mnemonic;
        return row;
    }
    return a64_condition_row(cond, mnemonic, name, size);
}

bool iso_a64_is_mnemonic(const char *text, size_t size)
{
    struct a64_parser parser = {.start = text, .p = text, .end = text + size};
    struct a64_word word;
    uint8_t cond;
    const char *mnemonic;
    a64_peek_word(&parser, &word);
    return find_row(&cond, &mnemonic, word.upper, word.size) >= 0;
}

static bool operands(struct a64_parser *parser)
{
    switch (parser->row->shape) {
    case A64_SHAPE_NONE:
    case A64_SHAPE_ADDSUB:
    case A64_SHAPE_COMPARE:
    case A64_SHAPE_NEGATE:
    case A64_SHAPE_LOGIC:
    case A64_SHAPE_TEST:
    case A64_SHAPE_MOVE:
    case A64_SHAPE_MOVE_NOT:
    case A64_SHAPE_MOVE_WIDE:
    case A64_SHAPE_TWO:
    case A64_SHAPE_NEGATE_CARRY:
    case A64_SHAPE_THREE:
    case A64_SHAPE_FOUR:
    case A64_SHAPE_LONG_THREE:
    case A64_SHAPE_LONG_FOUR:
    case A64_SHAPE_SELECT:
    case A64_SHAPE_SELECT_SET:
    case A64_SHAPE_SELECT_ONE:
    case A64_SHAPE_CONDITIONAL_COMPARE:
        return a64_operands_compute(parser);
    case A64_SHAPE_SHIFT:
    case A64_SHAPE_BITFIELD:
    case A64_SHAPE_BITFIELD_EXTRACT:
    case A64_SHAPE_BITFIELD_INSERT:
    case A64_SHAPE_BITFIELD_CLEAR:
    case A64_SHAPE_EXTEND:
    case A64_SHAPE_EXTRACT:
    case A64_SHAPE_MINMAX:
    case A64_SHAPE_CHECKSUM:
    case A64_SHAPE_ROTATE_FLAGS:
    case A64_SHAPE_SET_FLAGS:
    case A64_SHAPE_TAG_RANDOM:
    case A64_SHAPE_TAG_MASK:
    case A64_SHAPE_TAG_ADD:
    case A64_SHAPE_TAG_SUBTRACT:
    case A64_SHAPE_TAG_COMPARE:
        return a64_operands_bits(parser);
    case A64_SHAPE_PC_RELATIVE:
    case A64_SHAPE_LABEL:
    case A64_SHAPE_BRANCH_REGISTER:
    case A64_SHAPE_RETURN:
    case A64_SHAPE_COMPARE_BRANCH:
    case A64_SHAPE_TEST_BRANCH:
        return a64_operands_branch(parser);
    case A64_SHAPE_MEMORY:
    case A64_SHAPE_MEMORY_LITERAL:
    case A64_SHAPE_MEMORY_UNSCALED:
    case A64_SHAPE_MEMORY_BASE:
    case A64_SHAPE_MEMORY_PAIR:
    case A64_SHAPE_MEMORY_PAIR_BASE:
    case A64_SHAPE_STORE_EXCLUSIVE:
    case A64_SHAPE_AMO:
    case A64_SHAPE_AMO_STORE:
    case A64_SHAPE_AMO_PAIR:
    case A64_SHAPE_CAS:
    case A64_SHAPE_CAS_PAIR:
    case A64_SHAPE_TAG_LOAD:
    case A64_SHAPE_TAG_STORE:
    case A64_SHAPE_TAG_PAIR:
    case A64_SHAPE_TAG_MULTIPLE:
        return a64_operands_memory(parser);
    case A64_SHAPE_PREFETCH:
    case A64_SHAPE_BARRIER:
    case A64_SHAPE_ISB:
    case A64_SHAPE_CSYNC:
    case A64_SHAPE_BTI:
    case A64_SHAPE_IMMEDIATE:
    case A64_SHAPE_IMMEDIATE_OPTIONAL:
    case A64_SHAPE_SYSTEM_OPERATION:
    case A64_SHAPE_SYSTEM_READ:
    case A64_SHAPE_SYSTEM_WRITE:
        return a64_operands_system(parser);
    }
    ISO_IMPOSSIBLE();
}

int iso_a64_assemble(struct iso_insn *out, struct iso_diags *diags, const char *file, uint32_t line, uint32_t column,
                     const char *text, size_t size, const struct iso_a64_context *context)
{
    struct a64_parser parser = {.start = text,
                                .p = text,
                                .end = text + size,
                                .file = file,
                                .line = line,
                                .column = column,
                                .diags = diags,
                                .context = context,
                                .insn = out};
    struct a64_word word;
    uint8_t cond = 0;
    const char *mnemonic = NULL;

    a64_peek_word(&parser, &word);
    if (!word.size) {
        a64_expected(&parser, "instruction");
        return -1;
    }
    int row = find_row(&cond, &mnemonic, word.upper, word.size);
    int shown = (int)(word.size > 60 ? 60 : word.size);
    if (row < 0) {
        const char *extension = word.size < sizeof word.upper ? a64_extension_of(word.upper, word.size) : NULL;
        if (extension)
            a64_fail(&parser, word.at, "%s instruction '%.*s': not supported", extension, shown, word.at);
        else
            a64_fail(&parser, word.at, "unknown instruction '%.*s'", shown, word.at);
        return -1;
    }
    a64_prepare(out, row);
    out->line = line;
    out->column = column + (uint32_t)(word.at - text);
    out->mnemonic = mnemonic;
    out->cond = cond;
    parser.row = &a64_rows[row];
    a64_take_word(&parser, &word);
    if (!operands(&parser))
        return -1;
    if (!a64_at_end(&parser)) {
        a64_expected(&parser, "the end of the instruction");
        return -1;
    }
    if (parser.capability) {
        /* The modelled CPU has no Morello: the encoding is unallocated (Arm ARM C4.1) and the instruction UNDEFINED. */
        a64_warn(&parser, text, "a capability as the base of an address: UNDEFINED without Morello");
        uint32_t at = out->column;
        a64_prepare(out, find_row(&cond, &mnemonic, "UDF", 3));
        out->line = line;
        out->column = at;
        out->mnemonic = mnemonic;
    }
    return 0;
}
