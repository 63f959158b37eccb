/* What a litmus file says, before anything has an address: shared by the parts of the reader (litmus_*.c), by nobody else.
 * The parts run in this order: litmus_header.c (name, doc, info lines), litmus_state.c (init section; values and places in
 * litmus_term.c, litmus_place.c), litmus_code.c (columns), litmus_condition.c (locations, filter, condition), litmus_build.c
 * (addresses, registers, assembly) into struct iso_test.
 * Everything lives in the test's arena. Not for: values as the engines see them (value.h). */
#ifndef ISOTIER_SIM_ISA_LITMUS_AST_H
#define ISOTIER_SIM_ISA_LITMUS_AST_H

#include "sim/isa/litmus.h"
#include "sim/isa/value.h"

/* Limits that no honest test comes near; beyond them: a diagnostic. */
#define ISO_LITMUS_MAX_BYTES   (64u * 1024u * 1024u)
#define ISO_LITMUS_MAX_THREADS 32u
#define ISO_LITMUS_MAX_PAGES   64u
#define ISO_LITMUS_MAX_INSNS   8192u /* per thread */
#define ISO_LITMUS_MAX_DEPTH   200u  /* nesting of a condition */
#define ISO_LITMUS_MAX_ITEMS   4096u /* init items, condition nodes */
#define ISO_LITMUS_MAX_ROWS    20000u

/* A piece of the source text; not NUL terminated. */
struct iso_span {
    const char *text;
    size_t size;
    uint32_t line, column;
};

/* ---- lexer of the state sections (init, locations, filter, condition) ---------------------------------------- */

enum iso_token {
    ISO_TOKEN_END,
    ISO_TOKEN_NAME,
    ISO_TOKEN_NUMBER,
    ISO_TOKEN_THREAD /* P0 */,
    ISO_TOKEN_SYMBOLIC /* %x */,
    ISO_TOKEN_INSTR /* instr:"..", NOP */,
    ISO_TOKEN_LABEL /* label:"P0:L" */,
    ISO_TOKEN_EQUAL,
    ISO_TOKEN_NOT_EQUAL,
    ISO_TOKEN_AND,
    ISO_TOKEN_OR,
    ISO_TOKEN_IMPLIES,
    ISO_TOKEN_NOT,
    ISO_TOKEN_OPEN /* ( */,
    ISO_TOKEN_CLOSE,
    ISO_TOKEN_BRACKET /* [ */,
    ISO_TOKEN_BRACKET_CLOSE,
    ISO_TOKEN_BRACE,
    ISO_TOKEN_BRACE_CLOSE,
    ISO_TOKEN_COLON,
    ISO_TOKEN_COMMA,
    ISO_TOKEN_SEMICOLON,
    ISO_TOKEN_STAR,
    ISO_TOKEN_PLUS,
    ISO_TOKEN_AMPERSAND,
    ISO_TOKEN_BAD
};

struct iso_lexer {
    const char *text;
    size_t position, end;
    uint32_t line;
    size_t line_start;
    /* the current token */
    enum iso_token token;
    struct iso_span span;      /* its text; INSTR: the instruction; SYMBOLIC: the name; LABEL: label name */
    struct iso_bytes16 number; /* NUMBER */
    uint32_t thread;           /* THREAD, LABEL: n of Pn */
    bool too_big;              /* NUMBER or THREAD beyond its range */
};

struct iso_reader {
    struct iso_arena *arena;
    struct iso_diags *diags;
    const char *file;
    char *text; /* the file, comments blanked behind the header */
    size_t size;
    bool failed;
    struct iso_lexer lex;
    uint32_t depth, nprops;
};

void iso_lexer_start(struct iso_reader *reader, size_t begin, size_t end, uint32_t line, size_t line_start);
void iso_lexer_next(struct iso_reader *reader);
bool iso_lexer_is(const struct iso_reader *reader, const char *name); /* a NAME spelled so */
bool iso_lexer_take(struct iso_reader *reader, enum iso_token token); /* skips it if it is there */
/* Takes the token or says what was expected in the place of what is there. */
bool iso_lexer_expect(struct iso_reader *reader, enum iso_token token, const char *what);
void iso_reader_error(struct iso_reader *reader, uint32_t line, uint32_t column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void iso_reader_unexpected(struct iso_reader *reader, const char *expected); /* at the current token */
/* Line of an offset is found by counting from a known one: for rare use. */
void iso_reader_locate(const struct iso_reader *reader, size_t offset, uint32_t *line, size_t *line_start);

bool iso_span_is(struct iso_span span, const char *text);
bool iso_span_equal(struct iso_span a, struct iso_span b);
const char *iso_span_string(struct iso_reader *reader, struct iso_span span);

/* ---- values ------------------------------------------------------------------------------------------------ */

enum iso_ast_kind {
    ISO_AST_NUMBER,
    ISO_AST_SYMBOL /* x, x:red, x+8 */,
    ISO_AST_ELEMENT /* x[2], &x[2] */,
    ISO_AST_PTE /* PTE(x) */,
    ISO_AST_PTE2 /* PTE(PTE(x)) */,
    ISO_AST_S2PTE /* S2PTE(x) */,
    ISO_AST_PA /* PA(x) */,
    ISO_AST_TAG_ADDRESS /* tag(x) */,
    ISO_AST_COLOUR /* :red */,
    ISO_AST_COLOUR_SET /* {:red,:blue} */,
    ISO_AST_LABEL /* P1:L0 */,
    ISO_AST_INSTRUCTION,
    ISO_AST_DESCRIPTOR,
    ISO_AST_PAR,
    ISO_AST_LIST /* {1,2} */
};
enum iso_ast_field {
    ISO_FIELD_VALID,
    ISO_FIELD_AF,
    ISO_FIELD_DB,
    ISO_FIELD_DBM,
    ISO_FIELD_EL0,
    ISO_FIELD_X,
    ISO_FIELD_R, /* stage 2: S2AP[0] */
    ISO_FIELD_COUNT
};

struct iso_ast_value {
    enum iso_ast_kind kind;
    struct iso_span name;      /* symbol, label, instruction; DESCRIPTOR, PAR: symbol of oa */
    struct iso_span colour;    /* SYMBOL, COLOUR; size 0: none */
    struct iso_bytes16 number; /* NUMBER; ELEMENT: index; COLOUR_SET: unused */
    int64_t offset;            /* SYMBOL: bytes */
    uint32_t thread;           /* LABEL */
    bool has_oa, oa_is_pte;    /* DESCRIPTOR, PAR */
    bool of_table;             /* S2PTE(PTE(x)), PA(PTE(x)) */
    bool oa_is_label;          /* ... of code: thread, name; PTE: the same */
    uint8_t fields;            /* DESCRIPTOR: bit per enum iso_ast_field given */
    uint8_t field[ISO_FIELD_COUNT];
    uint8_t par_f;    /* PAR */
    bool is_stage2;   /* DESCRIPTOR: written S2(..) */
    bool has_memattr; /* DESCRIPTOR of stage 2 */
    uint8_t memattr;
    struct iso_span *attrs; /* DESCRIPTOR */
    uint32_t nattrs;
    struct iso_ast_value *item; /* LIST, COLOUR_SET */
    uint32_t nitems;
    uint32_t line, column;
};

/* Pieces that values and places share. Each says what it expected and returns false where it is not there. */
bool iso_term_refuse(struct iso_reader *reader, const char *feature);   /* always false */
bool iso_term_symbol(struct iso_reader *reader, struct iso_span *name); /* operand of PTE(), PA(), tag() */
bool iso_term_number(struct iso_reader *reader, uint64_t *out, uint64_t most, const char *what);
bool iso_term_offset(struct iso_reader *reader, int64_t *offset); /* optional "+8" behind an address */
bool iso_span_begins(struct iso_span span, const char *prefix);   /* with more behind it */
struct iso_span iso_span_behind(struct iso_span span, size_t head);
bool iso_span_take_atag(struct iso_span *span); /* x.atag, another spelling of tag(x): leaves x */

/* Parses a value; `labels`: NUMBER:NAME is a label of that thread (init section), else a register (condition). False after a diagnostic. */
bool iso_ast_value_parse(struct iso_reader *reader, struct iso_ast_value *out, bool labels);

enum iso_ast_place_kind {
    ISO_PLACE_REGISTER,
    ISO_PLACE_SYMBOLIC,
    ISO_PLACE_LOCATION,
    ISO_PLACE_PTE,
    ISO_PLACE_PTE2,
    ISO_PLACE_S2PTE,
    ISO_PLACE_PA,
    ISO_PLACE_TAG
};
struct iso_ast_place {
    enum iso_ast_place_kind kind;
    bool has_thread;   /* SYMBOLIC may lack it */
    bool has_index;    /* x[2] */
    bool pte_of_label; /* PTE(P0:L) */
    bool of_table;     /* S2PTE(PTE(x)) */
    uint32_t thread;
    struct iso_span name; /* register or symbol */
    uint64_t index;       /* has_index */
    int64_t offset;       /* TAG: tag(x+16) */
    uint32_t line, column;
};
/* Parses a register or location, with or without brackets. False after a diagnostic. */
bool iso_ast_place_parse(struct iso_reader *reader, struct iso_ast_place *out);
bool iso_ast_place_begins(const struct iso_reader *reader);

/* A type name: iso_type, or -1 if it is none. */
int iso_type_parse(struct iso_span name);

struct iso_ast_init {
    struct iso_ast_place place;
    bool typed, is_pointer, is_array;
    uint8_t type;   /* enum iso_type of the location or element */
    uint32_t count; /* is_array */
    bool has_value;
    struct iso_ast_value value;
};

/* ---- code --------------------------------------------------------------------------------------------------- */

struct iso_ast_cell {      /* one instruction or label, in program order */
    struct iso_span label; /* size 0: none; then this is a label alone */
    struct iso_span code;
};
struct iso_ast_column {
    uint32_t id;     /* n of Pn */
    bool is_handler; /* Pn.F */
    uint32_t line, column;
    struct iso_ast_cell *cell;
    uint32_t ncells, capacity;
};

/* ---- condition ---------------------------------------------------------------------------------------------- */

struct iso_ast_fault {
    uint32_t thread;
    struct iso_span label; /* size 0: none */
    bool has_address, address_is_pte;
    struct iso_span address;
    struct iso_span type; /* size 0: none */
    uint32_t line, column;
};
struct iso_ast_prop {
    uint8_t kind;               /* enum iso_prop_kind */
    struct iso_ast_prop *a, *b; /* operands */
    struct iso_ast_place place, place2;
    struct iso_ast_value value;
    struct iso_ast_fault fault;
};
struct iso_ast_observed { /* an entry of `locations` */
    bool is_fault;
    bool as_instruction; /* "0:X1 ins_t" */
    struct iso_ast_place place;
    struct iso_ast_fault fault;
};

/* ---- the file ------------------------------------------------------------------------------------------------ */

struct iso_ast_info { /* a word of one of our info lines, with its place */
    struct iso_span *word;
    uint32_t nwords;
};
struct iso_ast {
    const char *name, *doc;
    struct iso_variant variant;
    uint32_t unroll;
    uint64_t ha, hd, software; /* TTHM=: bit per thread id; all ones: every thread */
    uint32_t el0, guest;       /* bit per thread id */
    bool stage2_ha, stage2_hd; /* TTHM=S2:.. */
    struct iso_ast_info subject, rules, place, migrate, mprotect, layout, inject, cost, host, alias;
    struct iso_ast_init *init;
    uint32_t ninit, init_capacity;
    struct iso_ast_column *column;
    uint32_t ncolumns;
    struct iso_ast_observed *observed;
    uint32_t nobserved, observed_capacity;
    struct iso_ast_prop *filter, *condition; /* NULL: none */
    uint8_t quantifier;
    struct iso_span condition_text, filter_text;
    size_t body; /* offset behind the `{` */
    uint32_t body_line;
    size_t body_line_start;
};

/* Each part: false after a diagnostic that makes going on pointless. reader->failed tells of any error. */
bool iso_litmus_header(struct iso_reader *reader, struct iso_ast *ast);
bool iso_litmus_state(struct iso_reader *reader, struct iso_ast *ast, size_t begin, size_t end, uint32_t line,
                      size_t line_start);
bool iso_litmus_code(struct iso_reader *reader, struct iso_ast *ast, size_t begin, size_t end, uint32_t line,
                     size_t line_start);
bool iso_litmus_condition(struct iso_reader *reader, struct iso_ast *ast, size_t begin, size_t end, uint32_t line,
                          size_t line_start);
bool iso_litmus_build(struct iso_reader *reader, struct iso_test *test, const struct iso_ast *ast);

/* Grows an arena array: room for one more element of `size` bytes. */
void *iso_arena_grow(struct iso_arena *arena, void *array, uint32_t count, uint32_t *capacity, size_t size);

#endif
