/* Lexical helpers of the assembler: registers, immediates, words, diagnostics at an exact column. Private to a64_*.c.
 * Every function that returns bool has said what was wrong when it returns false. */
#ifndef ISOTIER_SIM_ISA_A64_PARSE_H
#define ISOTIER_SIM_ISA_A64_PARSE_H

#include "sim/isa/a64_table.h"

struct a64_parser {
    const char *start, *p, *end;
    const char *file;
    uint32_t line, column; /* of start */
    struct iso_diags *diags;
    const struct iso_a64_context *context;
    const struct a64_row *row;
    struct iso_insn *insn;
    bool has_symbolic; /* an operand is a symbolic register */
    bool capability;   /* the base is a Morello capability register */
};

/* Which registers an operand may be. */
enum a64_accept {
    A64_ACCEPT_W = 1,  /* W0..W30 */
    A64_ACCEPT_X = 2,  /* X0..X30 */
    A64_ACCEPT_ZR = 4, /* and WZR or XZR */
    A64_ACCEPT_SP = 8  /* and WSP or SP */
};
#define A64_ACCEPT_ANY (A64_ACCEPT_W | A64_ACCEPT_X)

struct a64_reg {
    uint8_t number; /* enum iso_reg */
    uint8_t bytes;  /* 4 or 8 */
};

/* A word of the text, upper-cased. size 0: none here. */
struct a64_word {
    const char *at; /* in the text */
    size_t size;
    char upper[32]; /* clipped */
};

/* Error at `at`, or a warning; a64_fail returns false. */
bool a64_fail(struct a64_parser *parser, const char *at, const char *format, ...) __attribute__((format(printf, 3, 4)));
void a64_warn(struct a64_parser *parser, const char *at, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* "expected <what>, found <what stands there>" at the current place; false. */
bool a64_expected(struct a64_parser *parser, const char *what);

void a64_skip_blank(struct a64_parser *parser);
bool a64_at_end(struct a64_parser *parser);
/* Consumes c if it is next. */
bool a64_take(struct a64_parser *parser, char c);
bool a64_need(struct a64_parser *parser, char c);
bool a64_need_comma(struct a64_parser *parser);
/* Reads a word (letters, digits, . _ $ % : /) without consuming it. */
void a64_peek_word(struct a64_parser *parser, struct a64_word *word);
bool a64_word_is(const struct a64_word *word, const char *text);
void a64_take_word(struct a64_parser *parser, const struct a64_word *word);

/* True if a general register (of any kind) is next; consumes nothing. */
bool a64_at_register(struct a64_parser *parser);
/* True if an immediate is next: '#', a digit or a sign. */
bool a64_at_immediate(struct a64_parser *parser);
/* accept: enum a64_accept bits; without W or X any width. */
bool a64_register(struct a64_parser *parser, struct a64_reg *out, unsigned accept);
/* X register or SP as the base of an address. A Morello capability register is taken too and noted: without Morello the form is UNDEFINED. */
bool a64_base_register(struct a64_parser *parser, struct a64_reg *out);
/* Register of insn->width bytes; first of an instruction: a64_first_register sets insn->width from it, under the row's W and X flags. */
bool a64_first_register(struct a64_parser *parser, uint8_t *number, unsigned accept);
bool a64_same_register(struct a64_parser *parser, uint8_t *number, unsigned accept);
/* ", Rn" */
bool a64_next_register(struct a64_parser *parser, uint8_t *number, unsigned accept);
bool a64_next_x(struct a64_parser *parser, uint8_t *number, unsigned accept);
bool a64_next_w(struct a64_parser *parser, uint8_t *number, unsigned accept);

/* Optional '#', sign, decimal, 0x, 0b. Values up to 2^64-1 wrap to int64_t. */
bool a64_immediate(struct a64_parser *parser, int64_t *out);
bool a64_immediate_range(struct a64_parser *parser, int64_t *out, int64_t low, int64_t high, const char *what);
bool a64_next_immediate_range(struct a64_parser *parser, int64_t *out, int64_t low, int64_t high, const char *what);
/* ", EQ" */
bool a64_next_condition(struct a64_parser *parser, uint8_t *out);
/* Label, ".L3", ".+8": instruction index into insn->target. location: a location's name is fine too, its address goes to insn->imm
 * and insn->target stays -1. */
bool a64_label(struct a64_parser *parser, bool location);

/* Operands by group of shapes (a64_asm_*.c). */
bool a64_operands_compute(struct a64_parser *parser);
bool a64_operands_bits(struct a64_parser *parser);
bool a64_operands_branch(struct a64_parser *parser);
bool a64_operands_memory(struct a64_parser *parser);
bool a64_operands_system(struct a64_parser *parser);
/* "[Xn|SP ...]" with the forms of A64_ADDRESS bits. */
enum a64_address { A64_ADDRESS_IMMEDIATE = 1, A64_ADDRESS_WRITEBACK = 2, A64_ADDRESS_REGISTER = 4 };
bool a64_address(struct a64_parser *parser, unsigned forms);

#endif
