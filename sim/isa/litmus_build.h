/* What the builder of a test keeps while it gives addresses to names: shared by litmus_build.c, litmus_symbols.c, litmus_value.c
 * and litmus_observe.c, by nobody else. */
#ifndef ISOTIER_SIM_ISA_LITMUS_BUILD_H
#define ISOTIER_SIM_ISA_LITMUS_BUILD_H

#include "sim/isa/litmus_ast.h"

#define ISO_SYMBOL_BUCKETS 128u
#define ISO_TYPE_NONE      255u /* of a register: the file gives no type */

/* A name of the file that stands for memory. */
struct iso_build_symbol {
    struct iso_span name;
    const struct iso_ast_init *declaration; /* as a location; NULL: none */
    const struct iso_ast_init *descriptor;  /* PTE(x)=.. */
    const struct iso_ast_init *stage2;      /* S2PTE(x)=.. */
    const struct iso_ast_init *table;       /* S2PTE(PTE(x))=.. */
    const struct iso_ast_init *tag;         /* tag(x)=.. */
    uint32_t page, offset;                  /* offset in the page */
    uint32_t bytes;                         /* of the location */
    uint32_t location;                      /* index in test->location */
    bool placed;                            /* by Layout= */
    uint8_t follows;                        /* pages of its Layout= line that come before its own */
    int32_t next;                           /* in its bucket */
};

struct iso_build_symbolic { /* a symbolic register */
    struct iso_span name;
    uint8_t reg;
};

struct iso_build_thread {
    uint8_t type[ISO_REG_COUNT];  /* enum iso_type, ISO_TYPE_NONE */
    uint8_t given[ISO_REG_COUNT]; /* the init section names it */
    uint32_t used;                /* X registers that the file spells */
    struct iso_build_symbolic *symbolic;
    uint32_t nsymbolic, symbolic_capacity;
    uint32_t first_label, nlabels; /* in build->label */
};

struct iso_build {
    struct iso_reader *reader;
    const struct iso_ast *ast;
    struct iso_test *test;
    struct iso_build_symbol *symbol;
    uint32_t nsymbols, symbol_capacity;
    bool all_named; /* what follows names no memory for the first time */
    int32_t bucket[ISO_SYMBOL_BUCKETS];
    struct iso_page *page;
    struct iso_location *location;
    struct iso_thread *thread;
    struct iso_build_thread *scratch; /* one a thread */
    struct iso_label *label;
    uint32_t nlabels;
    const char *colour[ISO_COLOURS]; /* names of tags 8.. */
    uint32_t ncolours;
    uint32_t nmair; /* AttrIndx in use */
    struct iso_instruction *instruction;
    bool shows_code; /* the test holds an address of code, or can come by one */
    uint32_t ninstructions, instruction_capacity;
    uint32_t *instruction_bucket; /* index + 1 by hash of text */
    uint32_t instruction_buckets;
};

/* litmus_symbols.c: names, pages, addresses. */
bool iso_build_symbols(struct iso_build *build);
/* Symbol of a name, made if it is new; -1 after a diagnostic (too many; new where all are named). */
int32_t iso_build_symbol_of(struct iso_build *build, struct iso_span name);
/* Known symbol of a name or -1, no diagnostic. */
int32_t iso_build_symbol_find(const struct iso_build *build, struct iso_span name);
uint64_t iso_build_va(const struct iso_build *build, int32_t symbol);
/* Page of the code around a label; -1 after a diagnostic. */
int32_t iso_build_code_page(struct iso_build *build, uint32_t thread, struct iso_span label, uint32_t line,
                            uint32_t column);

/* The page that stands for S2PTE of page `base`, or of the memory that its PTE lies in, made if new; -1 after a diagnostic. */
int32_t iso_build_stage2_page(struct iso_build *build, uint32_t base, bool of_table, uint32_t line, uint32_t column);
/* The same for Place=PTE(x)@..: without a guest too. */
int32_t iso_build_table_page(struct iso_build *build, uint32_t base, uint32_t line, uint32_t column);

/* litmus_value.c: concrete values. False after a diagnostic. own_page: whose descriptor the value is, the default of oa; -1: none. */
bool iso_build_value(struct iso_build *build, struct iso_bytes16 *out, const struct iso_ast_value *value,
                     int32_t own_page);
bool iso_build_descriptor(struct iso_build *build, uint64_t *out, const struct iso_ast_value *value, int32_t own_page,
                          bool own_is_pte);

/* litmus_names.c: what names stand for. False, or -1, after a diagnostic; _find: NULL without one. */
int iso_build_colour(struct iso_build *build, struct iso_span name); /* tag, made if new; -1 after a diagnostic */
bool iso_build_label(struct iso_build *build, uint64_t *va, uint32_t thread, struct iso_span name, uint32_t line,
                     uint32_t column);
const struct iso_label *iso_build_label_find(const struct iso_build *build, uint32_t thread, struct iso_span name);
/* Register of a place; -1 after a diagnostic. *thread gets the thread's index. */
int iso_build_register(struct iso_build *build, uint32_t *thread, const struct iso_ast_place *place);
const char *iso_register_name(int reg); /* "X0", "SP", "TFSR_ELx" */
/* Where iso_insn_text() put the target of a branch, ".L<index>", or NULL. */
char *iso_insn_target_text(char *text);
/* Word that stands for an instruction as data, made if new. */
uint32_t iso_build_word(struct iso_build *build, const struct iso_insn *insn, int32_t index);
bool iso_build_instruction(struct iso_build *build, uint32_t *word, struct iso_span text);

/* litmus_program.c: threads, labels, code. */
bool iso_build_threads(struct iso_build *build);  /* labels and addresses */
bool iso_build_assemble(struct iso_build *build); /* instructions, words where the test holds an address of code */
void iso_build_words(struct iso_build *build);    /* words */

/* litmus_cost.c: Cost=, after the registers are known. False after a diagnostic. */
bool iso_build_cost(struct iso_build *build);

/* litmus_alias.c: Alias=, after everything that could contradict it. False after a diagnostic. */
bool iso_build_aliases(struct iso_build *build);

/* litmus_observe.c */
bool iso_build_condition(struct iso_build *build);

#endif
