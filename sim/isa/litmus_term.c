/* Values as a litmus file writes them: numbers, addresses, colours, descriptors, labels, lists.
 * Syntax of the herd tools (facts/oracle.md section 3), plus `x+4` and `x:red+8`.
 * Not for: what they mean (litmus_value.c). Refused by name: Morello capabilities, PAC, shadow stacks. */
#include "sim/isa/litmus_ast.h"

#include <string.h>

static const struct {
    const char *name;
    enum iso_type type;
} types[] = {
    {"int", ISO_TYPE_INT32},         {"long", ISO_TYPE_INT32}, /* 4 bytes, as the herd tools have it */
    {"atomic_t", ISO_TYPE_INT32},    {"int32_t", ISO_TYPE_INT32},       {"uint32_t", ISO_TYPE_UINT32},
    {"int64_t", ISO_TYPE_INT64},     {"uint64_t", ISO_TYPE_UINT64},     {"short", ISO_TYPE_INT16},
    {"int16_t", ISO_TYPE_INT16},     {"uint16_t", ISO_TYPE_UINT16},     {"char", ISO_TYPE_INT8},
    {"int8_t", ISO_TYPE_INT8},       {"uint8_t", ISO_TYPE_UINT8},       {"int128_t", ISO_TYPE_INT128},
    {"__int128", ISO_TYPE_INT128},   {"__int128_t", ISO_TYPE_INT128},   {"uint128_t", ISO_TYPE_UINT128},
    {"__uint128", ISO_TYPE_UINT128}, {"__uint128_t", ISO_TYPE_UINT128}, {"intptr_t", ISO_TYPE_INT64},
    {"uintptr_t", ISO_TYPE_UINT64},  {"pteval_t", ISO_TYPE_PTEVAL},     {"parel1_t", ISO_TYPE_PAR},
    {"ins_t", ISO_TYPE_INSTRUCTION},
};

int iso_type_parse(struct iso_span name)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (iso_span_is(name, types[i].name))
            return (int)types[i].type;
    return -1;
}

bool iso_term_refuse(struct iso_reader *reader, const char *feature)
{
    iso_reader_error(reader, reader->lex.span.line, reader->lex.span.column, "not supported: %s", feature);
    return false;
}

bool iso_term_symbol(struct iso_reader *reader, struct iso_span *name)
{
    *name = reader->lex.span;
    return iso_lexer_expect(reader, ISO_TOKEN_NAME, "the name of a location");
}

bool iso_span_begins(struct iso_span span, const char *prefix)
{
    size_t size = strlen(prefix);
    return span.size > size && !memcmp(span.text, prefix, size);
}

struct iso_span iso_span_behind(struct iso_span span, size_t head)
{
    return (struct iso_span){span.text + head, span.size - head, span.line, span.column + (uint32_t)head};
}

bool iso_span_take_atag(struct iso_span *span)
{
    static const char end[] = ".atag";
    const size_t size = sizeof end - 1;

    if (span->size <= size || memcmp(span->text + span->size - size, end, size) != 0)
        return false;
    span->size -= size;
    return true;
}

bool iso_term_number(struct iso_reader *reader, uint64_t *out, uint64_t most, const char *what)
{
    if (reader->lex.token != ISO_TOKEN_NUMBER || reader->lex.number.hi || reader->lex.number.lo > most) {
        iso_reader_unexpected(reader, what);
        return false;
    }
    *out = reader->lex.number.lo;
    iso_lexer_next(reader);
    return true;
}

/* An output address: PA(x), PTE(x), phy_x, pte_x, PA(P0:L). */
static bool take_output_address(struct iso_reader *reader, struct iso_ast_value *out)
{
    struct iso_span word = reader->lex.span;

    out->has_oa = true;
    if (iso_span_begins(word, "phy_") || iso_span_begins(word, "pte_")) {
        out->oa_is_pte = word.text[1] == 't';
        out->name = iso_span_behind(word, 4);
        iso_lexer_next(reader);
        return true;
    }
    if (!iso_lexer_is(reader, "PA") && !iso_lexer_is(reader, "PTE") && !iso_lexer_is(reader, "TTD")) {
        iso_reader_unexpected(reader, "an output address such as PA(x)");
        return false;
    }
    out->oa_is_pte = !iso_lexer_is(reader, "PA");
    iso_lexer_next(reader);
    if (!iso_lexer_expect(reader, ISO_TOKEN_OPEN, "'('"))
        return false;
    if (reader->lex.token == ISO_TOKEN_THREAD) {
        out->oa_is_label = true;
        out->thread = reader->lex.thread;
        iso_lexer_next(reader);
        if (!iso_lexer_expect(reader, ISO_TOKEN_COLON, "':' and a label"))
            return false;
    }
    return iso_term_symbol(reader, &out->name) && iso_lexer_expect(reader, ISO_TOKEN_CLOSE, "')'");
}

static bool take_attribute(struct iso_reader *reader, struct iso_ast_value *out, uint32_t *capacity)
{
    out->attrs = iso_arena_grow(reader->arena, out->attrs, out->nattrs, capacity, sizeof *out->attrs);
    out->attrs[out->nattrs++] = reader->lex.span;
    return iso_lexer_expect(reader, ISO_TOKEN_NAME, "a memory attribute such as iWB");
}

/* One KEY:VALUE of a descriptor, or a bare attribute. */
static bool take_field(struct iso_reader *reader, struct iso_ast_value *out, uint32_t *capacity)
{
    static const char *const keys[ISO_FIELD_COUNT] = {"valid", "af", "db", "dbm", "el0", "x", "r"};
    struct iso_span key = reader->lex.span;
    struct iso_lexer saved = reader->lex;

    if (!iso_lexer_expect(reader, ISO_TOKEN_NAME, "a descriptor field: oa, valid, af, db, dbm, el0, x or attrs"))
        return false;
    if (!iso_lexer_take(reader, ISO_TOKEN_COLON)) {
        reader->lex = saved;
        return take_attribute(reader, out, capacity);
    }
    if (iso_span_is(key, "oa")) {
        if (out->has_oa) {
            iso_reader_error(reader, key.line, key.column, "oa is given twice");
            return false;
        }
        return take_output_address(reader, out);
    }
    if (iso_span_is(key, "attrs") || iso_span_is(key, "Attrs")) {
        if (!iso_lexer_expect(reader, ISO_TOKEN_OPEN, "'(' and memory attributes"))
            return false;
        do
            if (!take_attribute(reader, out, capacity))
                return false;
        while (iso_lexer_take(reader, ISO_TOKEN_COMMA));
        return iso_lexer_expect(reader, ISO_TOKEN_CLOSE, "')' or ','");
    }
    if (iso_span_is(key, "memattr")) {
        uint64_t bits;
        if (!iso_term_number(reader, &bits, 15, "MemAttr[3:0], 0 .. 15"))
            return false;
        out->has_memattr = true;
        out->memattr = (uint8_t)bits;
        return true;
    }
    for (unsigned i = 0; i < ISO_FIELD_COUNT; i++) {
        uint64_t bit;
        if (!iso_span_is(key, keys[i]))
            continue;
        if (out->fields & 1u << i) {
            iso_reader_error(reader, key.line, key.column, "%s is given twice", keys[i]);
            return false;
        }
        if (!iso_term_number(reader, &bit, 1, "0 or 1"))
            return false;
        out->fields = (uint8_t)(out->fields | 1u << i);
        out->field[i] = (uint8_t)bit;
        return true;
    }
    iso_reader_error(
        reader, key.line, key.column,
        "descriptor field '%.*s', expected oa, valid, af, db, dbm, el0, x or attrs; of stage 2 r and memattr",
        key.size > 40 ? 40 : (int)key.size, key.text);
    return false;
}

/* Behind the `(` of a descriptor. */
static bool take_descriptor(struct iso_reader *reader, struct iso_ast_value *out)
{
    uint32_t capacity = 0;

    out->kind = ISO_AST_DESCRIPTOR;
    do
        if (!take_field(reader, out, &capacity))
            return false;
    while (iso_lexer_take(reader, ISO_TOKEN_COMMA));
    return iso_lexer_expect(reader, ISO_TOKEN_CLOSE, "')' or ','");
}

/* Behind the name parel1_t: `:(f:1)` or `:(oa:PA(x))`. */
static bool take_par(struct iso_reader *reader, struct iso_ast_value *out)
{
    out->kind = ISO_AST_PAR;
    if (!iso_lexer_expect(reader, ISO_TOKEN_COLON, "':'") || !iso_lexer_expect(reader, ISO_TOKEN_OPEN, "'('"))
        return false;
    do {
        struct iso_span key = reader->lex.span;
        uint64_t bit;
        if (!iso_lexer_expect(reader, ISO_TOKEN_NAME, "oa or f") || !iso_lexer_expect(reader, ISO_TOKEN_COLON, "':'"))
            return false;
        if (iso_span_is(key, "oa")) {
            if (!take_output_address(reader, out))
                return false;
        } else if (iso_span_is(key, "f")) {
            if (!iso_term_number(reader, &bit, 1, "0 or 1"))
                return false;
            out->par_f = (uint8_t)bit;
        } else {
            iso_reader_error(reader, key.line, key.column, "field of PAR_EL1 '%.*s', expected oa or f",
                             key.size > 40 ? 40 : (int)key.size, key.text);
            return false;
        }
    } while (iso_lexer_take(reader, ISO_TOKEN_COMMA));
    if (out->par_f && out->has_oa) {
        iso_reader_error(reader, out->line, out->column, "PAR_EL1 with f:1 has no oa");
        return false;
    }
    return iso_lexer_expect(reader, ISO_TOKEN_CLOSE, "')' or ','");
}

bool iso_term_offset(struct iso_reader *reader, int64_t *offset)
{
    uint64_t bytes;

    if (!iso_lexer_take(reader, ISO_TOKEN_PLUS))
        return true;
    if (reader->lex.token == ISO_TOKEN_NUMBER && (int64_t)reader->lex.number.lo < 0 &&
        (int64_t)reader->lex.number.lo > -ISO_MAP_STRIDE) {
        *offset = (int64_t)reader->lex.number.lo;
        iso_lexer_next(reader);
        return true;
    }
    if (!iso_term_number(reader, &bytes, ISO_MAP_STRIDE / 2, "an offset in bytes"))
        return false;
    *offset = (int64_t)bytes;
    return true;
}

/* A value that begins with a name; the name is the current token. */
static bool take_named(struct iso_reader *reader, struct iso_ast_value *out)
{
    struct iso_span word = reader->lex.span;

    out->name = word;
    if (iso_span_is(word, "parel1_t") || iso_span_is(word, "PAREL1_T")) {
        iso_lexer_next(reader);
        return take_par(reader, out);
    }
    if (iso_span_begins(word, "pac") && (word.size == 5 || word.size == 4))
        return iso_term_refuse(reader, "pointer authentication (PAC)");
    if (iso_span_is(word, "pac"))
        return iso_term_refuse(reader, "pointer authentication (PAC)");
    if (iso_span_is(word, "ssval_t") || iso_span_is(word, "SSCap") || iso_span_is(word, "SS"))
        return iso_term_refuse(reader, "guarded control stacks (GCS)");
    iso_lexer_next(reader);
    if (reader->lex.token == ISO_TOKEN_OPEN) {
        bool is_pte = iso_span_is(word, "PTE") || iso_span_is(word, "TTD");
        bool is_tag = iso_span_is(word, "tag") || iso_span_is(word, "TAG"), is_stage2 = iso_span_is(word, "S2PTE");
        if (iso_span_is(word, "S2")) {
            iso_lexer_next(reader);
            out->is_stage2 = true;
            return take_descriptor(reader, out);
        }
        if (!is_pte && !is_tag && !is_stage2 && !iso_span_is(word, "PA")) {
            iso_reader_unexpected(reader, "';' or an operator");
            return false;
        }
        out->kind = is_pte ? ISO_AST_PTE : is_tag ? ISO_AST_TAG_ADDRESS : is_stage2 ? ISO_AST_S2PTE : ISO_AST_PA;
        iso_lexer_next(reader);
        if (is_pte && reader->lex.token == ISO_TOKEN_THREAD) { /* of a page of code */
            out->oa_is_label = true;
            out->thread = reader->lex.thread;
            iso_lexer_next(reader);
            if (!iso_lexer_expect(reader, ISO_TOKEN_COLON, "':' and a label"))
                return false;
            out->name = reader->lex.span;
            return iso_lexer_expect(reader, ISO_TOKEN_NAME, "a label") &&
                   iso_lexer_expect(reader, ISO_TOKEN_CLOSE, "')'");
        }
        if (is_pte && (iso_lexer_is(reader, "PTE") || iso_lexer_is(reader, "TTD"))) {
            struct iso_lexer saved = reader->lex;
            iso_lexer_next(reader);
            if (iso_lexer_take(reader, ISO_TOKEN_OPEN)) {
                out->kind = ISO_AST_PTE2;
                return iso_term_symbol(reader, &out->name) && iso_lexer_expect(reader, ISO_TOKEN_CLOSE, "')'") &&
                       iso_lexer_expect(reader, ISO_TOKEN_CLOSE, "')'");
            }
            reader->lex = saved;
        }
        if (!is_pte && !is_tag && iso_lexer_is(reader, "PTE")) {
            out->of_table = true;
            iso_lexer_next(reader);
            return iso_lexer_expect(reader, ISO_TOKEN_OPEN, "'('") && iso_term_symbol(reader, &out->name) &&
                   iso_lexer_expect(reader, ISO_TOKEN_CLOSE, "')'") && iso_lexer_expect(reader, ISO_TOKEN_CLOSE, "')'");
        }
        return iso_term_symbol(reader, &out->name) && iso_lexer_expect(reader, ISO_TOKEN_CLOSE, "')'") &&
               iso_term_offset(reader, &out->offset);
    }
    if (iso_span_begins(word, "pte_") || iso_span_begins(word, "phy_")) {
        out->kind = word.text[1] == 't' ? ISO_AST_PTE : ISO_AST_PA;
        out->name = iso_span_behind(word, 4);
        return true;
    }
    if (iso_span_take_atag(&out->name)) {
        out->kind = ISO_AST_TAG_ADDRESS;
        return true;
    }
    out->kind = ISO_AST_SYMBOL;
    if (iso_lexer_take(reader, ISO_TOKEN_COLON)) {
        if (reader->lex.token == ISO_TOKEN_NUMBER)
            return iso_term_refuse(reader, "capabilities (Morello)");
        out->colour = reader->lex.span;
        if (!iso_lexer_expect(reader, ISO_TOKEN_NAME, "a colour"))
            return false;
    } else if (iso_lexer_take(reader, ISO_TOKEN_BRACKET)) {
        out->kind = ISO_AST_ELEMENT;
        return iso_term_number(reader, &out->number.lo, UINT32_MAX, "an index") &&
               iso_lexer_expect(reader, ISO_TOKEN_BRACKET_CLOSE, "']'");
    }
    return iso_term_offset(reader, &out->offset);
}

/* Behind a `{`: {1,2,..} or {:red,:blue}. */
static bool take_list(struct iso_reader *reader, struct iso_ast_value *out)
{
    uint32_t capacity = 0;
    bool colours = reader->lex.token == ISO_TOKEN_COLON;

    out->kind = colours ? ISO_AST_COLOUR_SET : ISO_AST_LIST;
    do {
        struct iso_ast_value item;
        if (out->nitems >= ISO_PAGE_BYTES) {
            iso_reader_error(reader, out->line, out->column, "more than %u elements", ISO_PAGE_BYTES);
            return false;
        }
        if (++reader->depth > ISO_LITMUS_MAX_DEPTH) {
            iso_reader_error(reader, out->line, out->column, "nested too deep");
            return false;
        }
        bool good = iso_ast_value_parse(reader, &item, true);
        reader->depth--;
        if (!good)
            return false;
        if (item.kind == ISO_AST_LIST || item.kind == ISO_AST_COLOUR_SET || (item.kind == ISO_AST_COLOUR) != colours) {
            iso_reader_error(reader, item.line, item.column, "a list holds either scalars or colours");
            return false;
        }
        out->item = iso_arena_grow(reader->arena, out->item, out->nitems, &capacity, sizeof *out->item);
        out->item[out->nitems++] = item;
    } while (iso_lexer_take(reader, ISO_TOKEN_COMMA));
    return iso_lexer_expect(reader, ISO_TOKEN_BRACE_CLOSE, "'}' or ','");
}

bool iso_ast_value_parse(struct iso_reader *reader, struct iso_ast_value *out, bool labels)
{
    struct iso_lexer *lex = &reader->lex;
    const enum iso_token token = lex->token;

    *out = (struct iso_ast_value){.line = lex->span.line, .column = lex->span.column};
    if (token == ISO_TOKEN_NUMBER) {
        out->kind = ISO_AST_NUMBER;
        out->number = lex->number;
        iso_lexer_next(reader);
        if (!labels || !iso_lexer_take(reader, ISO_TOKEN_COLON))
            return true;
        if (lex->token == ISO_TOKEN_NUMBER)
            return iso_term_refuse(reader, "capabilities (Morello)");
        out->kind = ISO_AST_LABEL;
        out->thread = out->number.hi || out->number.lo > ISO_LITMUS_MAX_THREADS ? UINT32_MAX : (uint32_t)out->number.lo;
        out->name = lex->span;
        return iso_lexer_expect(reader, ISO_TOKEN_NAME, "a label");
    }
    if (token == ISO_TOKEN_THREAD || token == ISO_TOKEN_LABEL) {
        out->kind = ISO_AST_LABEL;
        out->thread = lex->thread;
        out->name = lex->span;
        iso_lexer_next(reader);
        if (token == ISO_TOKEN_LABEL)
            return true;
        if (!iso_lexer_expect(reader, ISO_TOKEN_COLON, "':' and a label"))
            return false;
        out->name = lex->span;
        return iso_lexer_expect(reader, ISO_TOKEN_NAME, "a label");
    }
    if (token == ISO_TOKEN_INSTR) {
        out->kind = ISO_AST_INSTRUCTION;
        out->name = lex->span;
        iso_lexer_next(reader);
        return true;
    }
    if (token == ISO_TOKEN_COLON) {
        iso_lexer_next(reader);
        out->kind = ISO_AST_COLOUR;
        out->colour = lex->span;
        return iso_lexer_expect(reader, ISO_TOKEN_NAME, "a colour");
    }
    if (token == ISO_TOKEN_AMPERSAND) {
        iso_lexer_next(reader);
        if (lex->token == ISO_TOKEN_NAME)
            return take_named(reader, out);
        iso_reader_unexpected(reader, "the name of a location");
        return false;
    }
    if (token == ISO_TOKEN_OPEN) {
        iso_lexer_next(reader);
        if (iso_lexer_is(reader, "parel1_t") || iso_lexer_is(reader, "PAREL1_T")) {
            iso_lexer_next(reader);
            return take_par(reader, out) && iso_lexer_expect(reader, ISO_TOKEN_CLOSE, "')'");
        }
        return take_descriptor(reader, out);
    }
    if (token == ISO_TOKEN_BRACE) {
        iso_lexer_next(reader);
        return take_list(reader, out);
    }
    if (token == ISO_TOKEN_NAME)
        return take_named(reader, out);
    iso_reader_unexpected(reader, "a value");
    return false;
}
