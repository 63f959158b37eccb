/* Values of a litmus file become 64- or 128-bit numbers: addresses, colours, descriptors, labels, instruction words.
 * Not for: printing (value.c). Source: Arm ARM D8.3 (descriptors through models/translate.h), D19.2.109 (MAIR_EL1). */
#include "models/translate.h"
#include "sim/isa/a64_asm.h"
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
    return true;
}

#define WORD_NOP   0xd503201fu
#define WORD_FIRST 0xee000000u /* other instructions are numbered from here */

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
    entry->word = strcmp(text, "NOP") ? WORD_FIRST | build->ninstructions : WORD_NOP;
    entry->text = iso_arena_string(build->reader->arena, text, strlen(text));
    entry->insn = *insn;
    if (target)
        entry->insn.target = relative;
    build->instruction_bucket[h] = ++build->ninstructions;
    return entry->word;
}

bool iso_build_instruction(struct iso_build *build, uint32_t *word, struct iso_span text)
{
    struct iso_a64_context context = {.code_va = ISO_MAP_CODE};
    struct iso_insn insn;

    if (iso_a64_assemble(&insn, build->reader->diags, build->reader->file, text.line, text.column, text.text, text.size,
                         &context)) {
        build->reader->failed = true;
        return false;
    }
    *word = iso_build_word(build, &insn, 0);
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

/* ---- descriptors -------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    uint8_t byte;
} devices[] = {{"Device-nGnRnE", 0x00}, {"Device-nGnRE", 0x04}, {"Device-nGRE", 0x08}, {"Device-GRE", 0x0c}};

/* What an attribute word says: one of shareability, inner and outer nibble, tagged. */
static const struct {
    const char *name;
    char part; /* s, i, o, t, n (nothing) */
    uint8_t value;
} attributes[] = {
    {"NSH", 's', 0},   {"Non-shareable", 's', 0},         {"ISH", 's', 3},    {"Inner-shareable", 's', 3},
    {"OSH", 's', 2},   {"Outer-shareable", 's', 2},       {"iWB", 'i', 0xf},  {"Inner-write-back", 'i', 0xf},
    {"iWT", 'i', 0xb}, {"Inner-write-through", 'i', 0xb}, {"iNC", 'i', 4},    {"Inner-non-cacheable", 'i', 4},
    {"oWB", 'o', 0xf}, {"Outer-write-back", 'o', 0xf},    {"oWT", 'o', 0xb},  {"Outer-write-through", 'o', 0xb},
    {"oNC", 'o', 4},   {"Outer-non-cacheable", 'o', 4},   {"Normal", 'n', 0}, {"TaggedNormal", 't', 0},
};

/* MAIR byte and SH of a list of attributes. */
static bool read_attributes(struct iso_build *build, uint8_t *mair, uint8_t *sh, const struct iso_ast_value *value)
{
    uint8_t inner = 0xf, outer = 0xf;
    bool tagged = false, seen[3] = {false, false, false};

    for (uint32_t i = 0; i < value->nattrs; i++) {
        struct iso_span word = value->attrs[i];
        size_t k = 0;
        for (size_t d = 0; d < sizeof devices / sizeof devices[0]; d++)
            if (iso_span_is(word, devices[d].name)) {
                if (value->nattrs > 1) {
                    iso_reader_error(build->reader, word.line, word.column,
                                     "%s stands with other attributes, expected it alone", devices[d].name);
                    return false;
                }
                *mair = devices[d].byte;
                return true;
            }
        while (k < sizeof attributes / sizeof attributes[0] && !iso_span_is(word, attributes[k].name))
            k++;
        if (k == sizeof attributes / sizeof attributes[0]) {
            iso_reader_error(build->reader, word.line, word.column,
                             "memory attribute '%.*s', expected Device-*, Normal, TaggedNormal, NSH, ISH, OSH, iWB, "
                             "iWT, iNC, oWB, oWT or oNC",
                             shown(word.size), word.text);
            return false;
        }
        char part = attributes[k].part;
        int which = part == 's' ? 0 : part == 'i' ? 1 : part == 'o' ? 2 : -1;
        if (which >= 0 && seen[which]) {
            iso_reader_error(build->reader, word.line, word.column, "'%.*s' contradicts an earlier attribute",
                             shown(word.size), word.text);
            return false;
        }
        if (which >= 0)
            seen[which] = true;
        if (part == 's')
            *sh = attributes[k].value;
        else if (part == 'i')
            inner = attributes[k].value;
        else if (part == 'o')
            outer = attributes[k].value;
        else if (part == 't')
            tagged = true;
    }
    *mair = (uint8_t)(tagged ? 0xf0 : outer << 4 | inner);
    return true;
}

static bool mair_index(struct iso_build *build, uint8_t *index, uint8_t byte, const struct iso_ast_value *value)
{
    for (uint32_t i = 0; i < build->nmair; i++)
        if (build->test->mair[i] == byte) {
            *index = (uint8_t)i;
            return true;
        }
    if (build->nmair >= 8) {
        iso_reader_error(build->reader, value->line, value->column,
                         "more than 8 memory types in one test, expected what MAIR_EL1 holds");
        return false;
    }
    *index = (uint8_t)build->nmair;
    build->test->mair[build->nmair++] = byte;
    return true;
}

/* Physical address that an oa: names. */
static bool output_address(struct iso_build *build, uint64_t *out, const struct iso_ast_value *value)
{
    int32_t page;

    if (value->oa_is_label) {
        page = iso_build_code_page(build, value->thread, value->name, value->line, value->column);
    } else {
        int32_t symbol = iso_build_symbol_find(build, value->name);
        page = symbol < 0 ? -1 : (int32_t)build->symbol[symbol].page;
    }
    if (page < 0)
        return false;
    *out = value->oa_is_pte ? ISO_MAP_DESCRIPTOR_FRAME + (uint64_t)page * ISO_MAP_STRIDE : build->page[page].pa;
    return true;
}

bool iso_build_descriptor(struct iso_build *build, uint64_t *out, const struct iso_ast_value *value, int32_t own_page,
                          bool own_is_pte)
{
    struct iso_pte pte = {.valid = true, .af = true, .db = true, .el0 = true, .sh = 3};
    uint8_t byte = 0xff;

    if (value) {
        bool *flag[ISO_FIELD_COUNT] = {&pte.valid, &pte.af, &pte.db, &pte.dbm, &pte.el0, &pte.xn};
        for (unsigned i = 0; i < ISO_FIELD_COUNT; i++)
            if (value->fields & 1u << i)
                *flag[i] = i == ISO_FIELD_X ? !value->field[i] : value->field[i];
        if (value->nattrs &&
            (!read_attributes(build, &byte, &pte.sh, value) || !mair_index(build, &pte.attr, byte, value)))
            return false;
    }
    if (value && value->has_oa) {
        if (!output_address(build, &pte.oa, value))
            return false;
    } else if (own_page >= 0) {
        pte.oa = own_is_pte ? ISO_MAP_DESCRIPTOR_FRAME + (uint64_t)own_page * ISO_MAP_STRIDE : build->page[own_page].pa;
    }
    *out = iso_pte_encode(&pte);
    return true;
}

/* ---- values ------------------------------------------------------------------------------------------------- */

static bool element_address(struct iso_build *build, uint64_t *out, const struct iso_ast_value *value)
{
    int32_t symbol = iso_build_symbol_find(build, value->name);
    const struct iso_location *location = &build->location[build->symbol[symbol].location];
    uint64_t index = value->number.lo;

    if (location->is_array) {
        if (index >= location->count) {
            iso_reader_error(build->reader, value->line, value->column,
                             "%s[%llu] is out of bounds, expected an index below %u", location->name,
                             (unsigned long long)index, location->count);
            return false;
        }
        index *= location->element_bytes;
    } else if (index >= ISO_PAGE_BYTES) {
        iso_reader_error(build->reader, value->line, value->column, "%s[%llu] is out of bounds: %s is no array",
                         location->name, (unsigned long long)index, location->name);
        return false;
    }
    *out = location->va + index;
    return true;
}

bool iso_build_value(struct iso_build *build, struct iso_bytes16 *out, const struct iso_ast_value *value,
                     int32_t own_page)
{
    int32_t symbol;
    int tag;
    uint32_t word;

    *out = (struct iso_bytes16){0, 0};
    switch (value->kind) {
    case ISO_AST_NUMBER:
        *out = value->number;
        return true;
    case ISO_AST_SYMBOL:
        symbol = iso_build_symbol_find(build, value->name);
        out->lo = iso_build_va(build, symbol) + (uint64_t)value->offset;
        if (value->colour.size) {
            tag = iso_build_colour(build, value->colour);
            if (tag < 0)
                return false;
            out->lo = iso_address_with_tag(out->lo, (unsigned)tag);
        }
        return true;
    case ISO_AST_ELEMENT:
        return element_address(build, &out->lo, value);
    case ISO_AST_PTE:
    case ISO_AST_PTE2:
    case ISO_AST_PA:
        symbol = iso_build_symbol_find(build, value->name);
        word = build->symbol[symbol].page;
        out->lo = value->kind == ISO_AST_PTE    ? build->page[word].descriptor_va
                  : value->kind == ISO_AST_PTE2 ? ISO_MAP_DESCRIPTOR2 + (uint64_t)word * ISO_MAP_SLOT
                                                : build->page[word].pa + build->symbol[symbol].offset;
        out->lo += (uint64_t)value->offset;
        return true;
    case ISO_AST_TAG_ADDRESS:
        iso_reader_error(build->reader, value->line, value->column,
                         "tag(x) is no value, expected for example [tag(x)]=:red");
        return false;
    case ISO_AST_COLOUR:
        tag = iso_build_colour(build, value->colour);
        out->lo = (unsigned)tag & 15u;
        return tag >= 0;
    case ISO_AST_COLOUR_SET:
        for (uint32_t i = 0; i < value->nitems; i++) {
            tag = iso_build_colour(build, value->item[i].colour);
            if (tag < 0)
                return false;
            out->lo |= UINT64_C(1) << tag;
        }
        return true;
    case ISO_AST_LABEL:
        return iso_build_label(build, &out->lo, value->thread, value->name, value->line, value->column);
    case ISO_AST_INSTRUCTION:
        if (!iso_build_instruction(build, &word, value->name))
            return false;
        out->lo = word;
        return true;
    case ISO_AST_DESCRIPTOR:
        return iso_build_descriptor(build, &out->lo, value, own_page, false);
    case ISO_AST_PAR:
        out->lo = value->par_f;
        return !value->has_oa || output_address(build, &out->lo, value);
    case ISO_AST_LIST:
        iso_reader_error(build->reader, value->line, value->column, "a list of values, expected one value");
        return false;
    }
    return false;
}
