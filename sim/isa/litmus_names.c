/* Names of a litmus file and what they stand for: registers, symbolic registers, labels, instructions as data, colours.
 * Not for: locations (litmus_symbols.c), values (litmus_value.c). */
#include "sim/isa/a64_asm.h"
#include "sim/isa/a64_encode.h"
#include "sim/isa/litmus_build.h"

#include <string.h>
#include <strings.h>

static int shown(size_t size)
{
    return size > 40 ? 40 : (int)size;
}

/* ---- registers ---------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    enum iso_reg reg;
} registers[] = {
    /* the first name of a register is the one it prints as */
    {"SP", ISO_REG_SP},           {"WSP", ISO_REG_SP},          {"XZR", ISO_REG_ZR},         {"WZR", ISO_REG_ZR},
    {"LR", (enum iso_reg)30},     {"NZCV", ISO_REG_NZCV},       {"ELR_EL1", ISO_REG_ELR},    {"SPSR_EL1", ISO_REG_SPSR},
    {"ESR_EL1", ISO_REG_ESR},     {"FAR_EL1", ISO_REG_FAR},     {"TFSR_ELx", ISO_REG_TFSR},  {"TFSR_EL1", ISO_REG_TFSR},
    {"TFSRE0_EL1", ISO_REG_TFSR}, {"TCO", ISO_REG_TCO},         {"PSTATE.TCO", ISO_REG_TCO}, {"PAR_EL1", ISO_REG_PAR},
    {"TPIDR_EL0", ISO_REG_TPIDR}, {"TPIDR_EL1", ISO_REG_TPIDR},
};

static bool is_vector(struct iso_span name)
{
    return name.size >= 2 && strchr("vVqQdDsShHbBzZpP", name.text[0]) && name.text[1] >= '0' && name.text[1] <= '9';
}

const char *iso_register_name(int reg)
{
    static const char *const general[31] = {"X0",  "X1",  "X2",  "X3",  "X4",  "X5",  "X6",  "X7",  "X8",  "X9",  "X10",
                                            "X11", "X12", "X13", "X14", "X15", "X16", "X17", "X18", "X19", "X20", "X21",
                                            "X22", "X23", "X24", "X25", "X26", "X27", "X28", "X29", "X30"};

    if (reg >= 0 && reg <= 30)
        return general[reg];
    for (size_t i = 0; i < sizeof registers / sizeof registers[0]; i++)
        if ((int)registers[i].reg == reg)
            return registers[i].name;
    return "?";
}

static int register_of(struct iso_build *build, struct iso_span name)
{
    char letter = name.size ? (char)(name.text[0] | 32) : 0;

    if ((letter == 'x' || letter == 'w') && (name.size == 2 || name.size == 3)) {
        int n = 0;
        bool digits = true;
        for (size_t i = 1; i < name.size; i++) {
            digits = digits && name.text[i] >= '0' && name.text[i] <= '9';
            n = n * 10 + (name.text[i] - '0');
        }
        if (digits && n <= 30)
            return n;
    }
    for (size_t i = 0; i < sizeof registers / sizeof registers[0]; i++)
        if (strlen(registers[i].name) == name.size && !strncasecmp(registers[i].name, name.text, name.size))
            return (int)registers[i].reg;
    if (is_vector(name))
        iso_reader_error(build->reader, name.line, name.column,
                         "register '%.*s' not supported: Advanced SIMD and SVE registers", shown(name.size), name.text);
    else if (letter == 'c' && name.size <= 3)
        iso_reader_error(build->reader, name.line, name.column, "register '%.*s' not supported: capabilities (Morello)",
                         shown(name.size), name.text);
    else if (iso_span_is(name, "VNCR_EL2"))
        iso_reader_error(build->reader, name.line, name.column,
                         "register VNCR_EL2 not supported: nested virtualisation (FEAT_NV2)");
    else if (name.size > 3 && !strncasecmp(name.text, "GCS", 3))
        iso_reader_error(build->reader, name.line, name.column,
                         "register '%.*s' not supported: guarded control stacks (GCS)", shown(name.size), name.text);
    else
        iso_reader_error(build->reader, name.line, name.column,
                         "unknown register '%.*s', expected X0 .. X30, SP, XZR or a system register", shown(name.size),
                         name.text);
    return -1;
}

/* X registers that a thread's code spells, so that symbolic ones can take others. */
static void scan_used(struct iso_build *build, uint32_t thread)
{
    struct iso_build_thread *scratch = &build->scratch[thread];

    for (uint32_t c = 0; c < build->ast->ncolumns; c++) {
        const struct iso_ast_column *column = &build->ast->column[c];
        for (uint32_t k = 0; column->id == thread && k < column->ncells; k++) {
            struct iso_span code = column->cell[k].code;
            for (size_t i = 0; i + 1 < code.size; i++) {
                unsigned n = 0;
                size_t j = i + 1;
                char before = i ? code.text[i - 1] : ' ';
                if ((code.text[i] | 32) != 'x' && (code.text[i] | 32) != 'w')
                    continue;
                if ((before | 32) >= 'a' && (before | 32) <= 'z')
                    continue;
                for (; j < code.size && code.text[j] >= '0' && code.text[j] <= '9' && n < 100; j++)
                    n = n * 10 + (unsigned)(code.text[j] - '0');
                if (j > i + 1 && n <= 30)
                    scratch->used |= 1u << n;
            }
        }
    }
    for (uint32_t r = 0; r <= 30; r++)
        if (scratch->given[r])
            scratch->used |= 1u << r;
    scratch->used |= 1u << 31; /* known */
}

static int symbolic_register(struct iso_build *build, uint32_t thread, struct iso_span name)
{
    struct iso_build_thread *scratch = &build->scratch[thread];

    for (uint32_t i = 0; i < scratch->nsymbolic; i++)
        if (iso_span_equal(scratch->symbolic[i].name, name))
            return scratch->symbolic[i].reg;
    if (!(scratch->used & 1u << 31))
        scan_used(build, thread);
    for (uint8_t r = 0; r <= 30; r++)
        if (!(scratch->used & 1u << r)) {
            scratch->used |= 1u << r;
            scratch->symbolic = iso_arena_grow(build->reader->arena, scratch->symbolic, scratch->nsymbolic,
                                               &scratch->symbolic_capacity, sizeof *scratch->symbolic);
            scratch->symbolic[scratch->nsymbolic++] = (struct iso_build_symbolic){name, r};
            return r;
        }
    iso_reader_error(build->reader, name.line, name.column, "no free register for %%%.*s", shown(name.size), name.text);
    return -1;
}

int iso_build_register(struct iso_build *build, uint32_t *thread, const struct iso_ast_place *place)
{
    if (place->has_thread && place->thread >= build->test->nthreads) {
        iso_reader_error(build->reader, place->line, place->column,
                         "register of a thread that does not exist, expected P0 .. P%u", build->test->nthreads - 1);
        return -1;
    }
    *thread = place->has_thread ? place->thread : 0;
    if (place->kind == ISO_PLACE_SYMBOLIC)
        return symbolic_register(build, *thread, place->name);
    return register_of(build, place->name);
}

/* ---- labels and instructions -------------------------------------------------------------------------------- */

const struct iso_label *iso_build_label_find(const struct iso_build *build, uint32_t thread, struct iso_span name)
{
    if (thread >= build->test->nthreads)
        return NULL;
    const struct iso_build_thread *scratch = &build->scratch[thread];
    for (uint32_t i = 0; i < scratch->nlabels; i++) {
        const struct iso_label *label = &build->label[scratch->first_label + i];
        if (iso_span_is(name, label->name))
            return label;
    }
    return NULL;
}

bool iso_build_label(struct iso_build *build, uint64_t *va, uint32_t thread, struct iso_span name, uint32_t line,
                     uint32_t column)
{
    const struct iso_label *label = iso_build_label_find(build, thread, name);

    if (thread >= build->test->nthreads) {
        iso_reader_error(build->reader, line, column, "label of a thread that does not exist, expected P0 .. P%u",
                         build->test->nthreads - 1);
        return false;
    }
    if (!label) {
        iso_reader_error(build->reader, line, column, "unknown label '%.*s' of P%u", shown(name.size), name.text,
                         thread);
        return false;
    }
    *va = build->thread[thread].code_va + 4u * (uint64_t)label->insn;
    build->shows_code = true;
    return true;
}

#define WORD_FIRST 0xee000000u /* instructions without an encoding are numbered from here */

static uint32_t text_hash(const char *text)
{
    uint32_t h = 2166136261u;
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 16777619u;
    return h ^ h >> 16;
}

static void rehash(struct iso_build *build)
{
    uint32_t buckets = build->instruction_buckets ? build->instruction_buckets * 2 : 64;

    build->instruction_bucket = iso_arena_alloc(build->reader->arena, buckets * sizeof *build->instruction_bucket);
    build->instruction_buckets = buckets;
    for (uint32_t i = 0; i < build->ninstructions; i++) {
        uint32_t h = text_hash(build->instruction[i].text) & (buckets - 1);
        while (build->instruction_bucket[h])
            h = (h + 1) & (buckets - 1);
        build->instruction_bucket[h] = i + 1;
    }
}

static size_t append_number(char *out, int64_t n)
{
    char digits[24];
    size_t size = 0, at = 0;
    uint64_t u = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;

    do
        digits[size++] = (char)('0' + u % 10);
    while (u /= 10);
    out[at++] = n < 0 ? '-' : '+';
    while (size)
        out[at++] = digits[--size];
    out[at] = '\0';
    return at;
}

char *iso_insn_target_text(char *text)
{
    for (char *at = strpbrk(text, " ,"); at; at = strpbrk(at + 1, " ,"))
        if (at[1] == '.' && at[2] == 'L')
            return at + 1;
    return NULL;
}

uint32_t iso_build_word(struct iso_build *build, const struct iso_insn *insn, int32_t index)
{
    char text[96 + 24];
    size_t size = iso_insn_text(text, 96, insn);
    if (size > 95)
        text[95] = '\0';
    char *target = iso_insn_target_text(text); /* as data a branch is relative to itself */
    int32_t relative = target ? insn->target - index : 0;
    if (target) {
        target[1] = '\0';
        append_number(target + 1, (int64_t)relative * 4);
    }
    if (build->ninstructions * 2 >= build->instruction_buckets)
        rehash(build);
    uint32_t h = text_hash(text) & (build->instruction_buckets - 1);
    for (; build->instruction_bucket[h]; h = (h + 1) & (build->instruction_buckets - 1)) {
        const struct iso_instruction *known = &build->instruction[build->instruction_bucket[h] - 1];
        if (!strcmp(known->text, text))
            return known->word;
    }
    build->instruction = iso_arena_grow(build->reader->arena, build->instruction, build->ninstructions,
                                        &build->instruction_capacity, sizeof *build->instruction);
    struct iso_instruction *entry = &build->instruction[build->ninstructions];
    if (!iso_insn_encode(&entry->word, insn, (uint32_t)index))
        entry->word = WORD_FIRST | build->ninstructions;
    entry->text = iso_arena_string(build->reader->arena, text, strlen(text));
    entry->insn = *insn;
    if (target)
        entry->insn.target = relative;
    build->instruction_bucket[h] = ++build->ninstructions;
    return entry->word;
}

bool iso_build_instruction(struct iso_build *build, uint32_t *word, struct iso_span text)
{
    enum { FAR = 1 << 20 }; /* as if it stood here, so that a branch may lead backwards too */
    struct iso_a64_context context = {.index = FAR, .code_va = ISO_MAP_CODE};
    struct iso_insn insn;

    if (iso_a64_assemble(&insn, build->reader->diags, build->reader->file, text.line, text.column, text.text, text.size,
                         &context)) {
        build->reader->failed = true;
        return false;
    }
    *word = iso_build_word(build, &insn, FAR);
    return true;
}

/* ---- colours ------------------------------------------------------------------------------------------------ */

int iso_build_colour(struct iso_build *build, struct iso_span name)
{
    for (unsigned i = 0; i < ISO_COLOURS_KNOWN; i++)
        if (iso_span_is(name, iso_colour_names[i]))
            return (int)i;
    for (uint32_t i = 0; i < build->ncolours; i++)
        if (iso_span_is(name, build->colour[i]))
            return (int)(ISO_COLOURS_KNOWN + i);
    if (name.size == 5 || name.size == 4) { /* tag8 .. tag15: as iso_colour_name() prints them */
        unsigned n = 0;
        bool is_number = !memcmp(name.text, "tag", 3);
        for (size_t i = 3; i < name.size; i++) {
            is_number = is_number && name.text[i] >= '0' && name.text[i] <= '9';
            n = n * 10 + (unsigned)(name.text[i] - '0');
        }
        if (is_number && n < ISO_COLOURS)
            return (int)n;
    }
    if (build->ncolours >= ISO_COLOURS - ISO_COLOURS_KNOWN) {
        iso_reader_error(build->reader, name.line, name.column,
                         "colour '%.*s' is one too many, expected at most %u: a tag has 4 bits", shown(name.size),
                         name.text, ISO_COLOURS);
        return -1;
    }
    build->colour[build->ncolours++] = iso_span_string(build->reader, name);
    return (int)(ISO_COLOURS_KNOWN + build->ncolours - 1);
}
