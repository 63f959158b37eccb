/* Initial state of a litmus file, and the values and places that the condition shares with it, as the file says them.
 * Syntax of the herd tools (facts/oracle.md section 3), plus `x+4` and `x:red+8`.
 * Not for: what they mean (litmus_build.c). Refused by name: Morello capabilities, PAC, shadow stacks. */
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

static bool refuse(struct iso_reader *reader, const char *feature)
{
    iso_reader_error(reader, reader->lex.span.line, reader->lex.span.column, "not supported: %s", feature);
    return false;
}

/* Takes a name as an operand of PTE(), PA(), tag(). */
static bool take_symbol(struct iso_reader *reader, struct iso_span *name)
{
    *name = reader->lex.span;
    return iso_lexer_expect(reader, ISO_TOKEN_NAME, "the name of a location");
}

static bool has_prefix(struct iso_span span, const char *prefix)
{
    size_t size = strlen(prefix);
    return span.size > size && !memcmp(span.text, prefix, size);
}

static struct iso_span without(struct iso_span span, size_t head)
{
    return (struct iso_span){span.text + head, span.size - head, span.line, span.column + (uint32_t)head};
}

/* A number that must be an unsigned of at most `most`. */
static bool take_number(struct iso_reader *reader, uint64_t *out, uint64_t most, const char *what)
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
    if (has_prefix(word, "phy_") || has_prefix(word, "pte_")) {
        out->oa_is_pte = word.text[1] == 't';
        out->name = without(word, 4);
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
    return take_symbol(reader, &out->name) && iso_lexer_expect(reader, ISO_TOKEN_CLOSE, "')'");
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
    static const char *const keys[ISO_FIELD_COUNT] = {"valid", "af", "db", "dbm", "el0", "x"};
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
    for (unsigned i = 0; i < ISO_FIELD_COUNT; i++) {
        uint64_t bit;
        if (!iso_span_is(key, keys[i]))
            continue;
        if (out->fields & 1u << i) {
            iso_reader_error(reader, key.line, key.column, "%s is given twice", keys[i]);
            return false;
        }
        if (!take_number(reader, &bit, 1, "0 or 1"))
            return false;
        out->fields = (uint8_t)(out->fields | 1u << i);
        out->field[i] = (uint8_t)bit;
        return true;
    }
    iso_reader_error(reader, key.line, key.column,
                     "descriptor field '%.*s', expected oa, valid, af, db, dbm, el0, x or attrs",
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
            if (!take_number(reader, &bit, 1, "0 or 1"))
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

/* Optional "+8" behind an address. */
static bool take_offset(struct iso_reader *reader, int64_t *offset)
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
    if (!take_number(reader, &bytes, ISO_MAP_STRIDE / 2, "an offset in bytes"))
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
    if (has_prefix(word, "pac") && (word.size == 5 || word.size == 4))
        return refuse(reader, "pointer authentication (PAC)");
    if (iso_span_is(word, "pac"))
        return refuse(reader, "pointer authentication (PAC)");
    if (iso_span_is(word, "ssval_t") || iso_span_is(word, "SSCap") || iso_span_is(word, "SS"))
        return refuse(reader, "guarded control stacks (GCS)");
    iso_lexer_next(reader);
    if (reader->lex.token == ISO_TOKEN_OPEN) {
        bool is_pte = iso_span_is(word, "PTE") || iso_span_is(word, "TTD");
        bool is_tag = iso_span_is(word, "tag") || iso_span_is(word, "TAG");
        if (!is_pte && !is_tag && !iso_span_is(word, "PA")) {
            iso_reader_unexpected(reader, "';' or an operator");
            return false;
        }
        out->kind = is_pte ? ISO_AST_PTE : is_tag ? ISO_AST_TAG_ADDRESS : ISO_AST_PA;
        iso_lexer_next(reader);
        if (is_pte && (iso_lexer_is(reader, "PTE") || iso_lexer_is(reader, "TTD"))) {
            struct iso_lexer saved = reader->lex;
            iso_lexer_next(reader);
            if (iso_lexer_take(reader, ISO_TOKEN_OPEN)) {
                out->kind = ISO_AST_PTE2;
                return take_symbol(reader, &out->name) && iso_lexer_expect(reader, ISO_TOKEN_CLOSE, "')'") &&
                       iso_lexer_expect(reader, ISO_TOKEN_CLOSE, "')'");
            }
            reader->lex = saved;
        }
        return take_symbol(reader, &out->name) && iso_lexer_expect(reader, ISO_TOKEN_CLOSE, "')'") &&
               take_offset(reader, &out->offset);
    }
    if (has_prefix(word, "pte_") || has_prefix(word, "phy_")) {
        out->kind = word.text[1] == 't' ? ISO_AST_PTE : ISO_AST_PA;
        out->name = without(word, 4);
        return true;
    }
    out->kind = ISO_AST_SYMBOL;
    if (iso_lexer_take(reader, ISO_TOKEN_COLON)) {
        if (reader->lex.token == ISO_TOKEN_NUMBER)
            return refuse(reader, "capabilities (Morello)");
        out->colour = reader->lex.span;
        if (!iso_lexer_expect(reader, ISO_TOKEN_NAME, "a colour"))
            return false;
    } else if (iso_lexer_take(reader, ISO_TOKEN_BRACKET)) {
        out->kind = ISO_AST_ELEMENT;
        return take_number(reader, &out->number.lo, UINT32_MAX, "an index") &&
               iso_lexer_expect(reader, ISO_TOKEN_BRACKET_CLOSE, "']'");
    }
    return take_offset(reader, &out->offset);
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
            return refuse(reader, "capabilities (Morello)");
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

/* ---- places ------------------------------------------------------------------------------------------------- */

static bool take_register(struct iso_reader *reader, struct iso_ast_place *out)
{
    out->has_thread = true;
    if (reader->lex.token == ISO_TOKEN_THREAD)
        out->thread = reader->lex.thread;
    else
        out->thread = reader->lex.number.hi || reader->lex.number.lo > ISO_LITMUS_MAX_THREADS
                          ? UINT32_MAX
                          : (uint32_t)reader->lex.number.lo;
    iso_lexer_next(reader);
    if (!iso_lexer_expect(reader, ISO_TOKEN_COLON, "':' and a register"))
        return false;
    out->name = reader->lex.span;
    out->kind = reader->lex.token == ISO_TOKEN_SYMBOLIC ? ISO_PLACE_SYMBOLIC : ISO_PLACE_REGISTER;
    if (reader->lex.token != ISO_TOKEN_SYMBOLIC && reader->lex.token != ISO_TOKEN_NAME) {
        iso_reader_unexpected(reader, "a register");
        return false;
    }
    iso_lexer_next(reader);
    return true;
}

bool iso_ast_place_begins(const struct iso_reader *reader)
{
    enum iso_token t = reader->lex.token;
    return t == ISO_TOKEN_NAME || t == ISO_TOKEN_NUMBER || t == ISO_TOKEN_THREAD || t == ISO_TOKEN_SYMBOLIC ||
           t == ISO_TOKEN_BRACKET;
}

/* PTE(..), PA(..), tag(..): behind the name, at the `(`. */
static bool take_function(struct iso_reader *reader, struct iso_ast_place *out, struct iso_span word)
{
    bool is_pte = iso_span_is(word, "PTE") || iso_span_is(word, "TTD");
    bool is_tag = iso_span_is(word, "tag") || iso_span_is(word, "TAG");

    if (iso_span_is(word, "SS"))
        return refuse(reader, "guarded control stacks (GCS)");
    if (has_prefix(word, "pac") || iso_span_is(word, "pac"))
        return refuse(reader, "pointer authentication (PAC)");
    if (!is_pte && !is_tag && !iso_span_is(word, "PA")) {
        iso_reader_error(reader, word.line, word.column, "unexpected '%.*s(', expected PTE(x), PA(x) or tag(x)",
                         word.size > 40 ? 40 : (int)word.size, word.text);
        return false;
    }
    out->kind = is_pte ? ISO_PLACE_PTE : is_tag ? ISO_PLACE_TAG : ISO_PLACE_PA;
    iso_lexer_next(reader);
    if (is_pte && reader->lex.token == ISO_TOKEN_THREAD) {
        out->pte_of_label = true;
        out->thread = reader->lex.thread;
        iso_lexer_next(reader);
        if (!iso_lexer_expect(reader, ISO_TOKEN_COLON, "':' and a label"))
            return false;
    } else if (is_pte && (iso_lexer_is(reader, "PTE") || iso_lexer_is(reader, "TTD"))) {
        out->kind = ISO_PLACE_PTE2;
        iso_lexer_next(reader);
        if (!iso_lexer_expect(reader, ISO_TOKEN_OPEN, "'('") || !take_symbol(reader, &out->name) ||
            !iso_lexer_expect(reader, ISO_TOKEN_CLOSE, "')'"))
            return false;
        return iso_lexer_expect(reader, ISO_TOKEN_CLOSE, "')'");
    }
    if (!take_symbol(reader, &out->name))
        return false;
    if (is_tag && !take_offset(reader, &out->offset))
        return false;
    if (out->offset < 0 || out->offset % ISO_GRANULE_BYTES) {
        iso_reader_error(reader, word.line, word.column, "offset of a tag is not a multiple of %u", ISO_GRANULE_BYTES);
        return false;
    }
    return iso_lexer_expect(reader, ISO_TOKEN_CLOSE, "')'");
}

static bool take_location(struct iso_reader *reader, struct iso_ast_place *out, bool bracketed)
{
    struct iso_span word = reader->lex.span;

    if (!iso_lexer_expect(reader, ISO_TOKEN_NAME, "the name of a location"))
        return false;
    out->kind = ISO_PLACE_LOCATION;
    out->name = word;
    if (reader->lex.token == ISO_TOKEN_OPEN)
        return take_function(reader, out, word);
    if (has_prefix(word, "pte_pte_")) {
        out->kind = ISO_PLACE_PTE2;
        out->name = without(word, 8);
    } else if (has_prefix(word, "pte_") || has_prefix(word, "phy_")) {
        out->kind = word.text[1] == 't' ? ISO_PLACE_PTE : ISO_PLACE_PA;
        out->name = without(word, 4);
    } else if (!bracketed && reader->lex.token == ISO_TOKEN_BRACKET) {
        iso_lexer_next(reader);
        out->has_index = true;
        return take_number(reader, &out->index, UINT32_MAX, "an index") &&
               iso_lexer_expect(reader, ISO_TOKEN_BRACKET_CLOSE, "']'");
    }
    return true;
}

bool iso_ast_place_parse(struct iso_reader *reader, struct iso_ast_place *out)
{
    *out = (struct iso_ast_place){.line = reader->lex.span.line, .column = reader->lex.span.column};
    if (reader->lex.token == ISO_TOKEN_NUMBER || reader->lex.token == ISO_TOKEN_THREAD)
        return take_register(reader, out);
    if (reader->lex.token == ISO_TOKEN_SYMBOLIC) {
        out->kind = ISO_PLACE_SYMBOLIC;
        out->name = reader->lex.span;
        iso_lexer_next(reader);
        return true;
    }
    if (iso_lexer_take(reader, ISO_TOKEN_BRACKET))
        return take_location(reader, out, true) && iso_lexer_expect(reader, ISO_TOKEN_BRACKET_CLOSE, "']'");
    if (reader->lex.token == ISO_TOKEN_NAME)
        return take_location(reader, out, false);
    iso_reader_unexpected(reader, "a register such as 0:X1 or a location");
    return false;
}

/* ---- the init section --------------------------------------------------------------------------------------- */

/* Whether the name at hand is a type: another place, `*` or `[x]` follows. */
static bool type_begins(struct iso_reader *reader)
{
    struct iso_lexer saved = reader->lex;
    bool is_type;

    if (saved.token != ISO_TOKEN_NAME)
        return false;
    iso_lexer_next(reader);
    is_type = iso_ast_place_begins(reader) || reader->lex.token == ISO_TOKEN_STAR;
    if (reader->lex.token == ISO_TOKEN_BRACKET) { /* x[2] or uint64_t [x] */
        iso_lexer_next(reader);
        is_type = reader->lex.token == ISO_TOKEN_NAME;
    }
    reader->lex = saved;
    return is_type;
}

static bool take_item(struct iso_reader *reader, struct iso_ast_init *item)
{
    struct iso_span type = {0};

    *item = (struct iso_ast_init){.type = ISO_TYPE_INT32};
    if (iso_lexer_is(reader, "_Atomic"))
        iso_lexer_next(reader);
    if (type_begins(reader)) {
        type = reader->lex.span;
        iso_lexer_next(reader);
        item->typed = true;
    }
    if (iso_lexer_take(reader, ISO_TOKEN_STAR))
        item->is_pointer = true;
    if (!iso_ast_place_parse(reader, &item->place))
        return false;
    if (item->is_pointer) {
        item->type = ISO_TYPE_POINTER;
        item->typed = true;
    } else if (item->typed) {
        int known = iso_type_parse(type);
        bool is_register = item->place.kind == ISO_PLACE_REGISTER || item->place.kind == ISO_PLACE_SYMBOLIC;
        if (known < 0 && !is_register) {
            iso_reader_error(reader, type.line, type.column,
                             "unknown type '%.*s', expected int, int8_t .. uint64_t, pteval_t, ins_t ...",
                             type.size > 40 ? 40 : (int)type.size, type.text);
            return true;
        }
        if (known < 0) /* a register keeps its 64 bits whatever the name */
            iso_diags_add(reader->diags, true, reader->file, type.line, type.column,
                          "unknown type '%.*s' of a register, taken as uint64_t", type.size > 40 ? 40 : (int)type.size,
                          type.text);
        item->type = known < 0 ? ISO_TYPE_UINT64 : (uint8_t)known;
    }
    if (item->place.has_index) {
        if (!item->typed) {
            iso_reader_error(reader, item->place.line, item->place.column,
                             "an array needs a type, expected for example 'int x[2]={0,0}'");
            return false;
        }
        item->is_array = true;
        item->count = (uint32_t)item->place.index;
        item->place.has_index = false;
        if (!item->count || item->count > ISO_PAGE_BYTES) {
            iso_reader_error(reader, item->place.line, item->place.column, "array of %u elements, expected 1 to %u",
                             item->count, ISO_PAGE_BYTES);
            return false;
        }
    }
    if (!iso_lexer_take(reader, ISO_TOKEN_EQUAL))
        return true;
    item->has_value = true;
    if (iso_lexer_is(reader, "ATOMIC_INIT")) {
        iso_lexer_next(reader);
        return iso_lexer_expect(reader, ISO_TOKEN_OPEN, "'('") && iso_ast_value_parse(reader, &item->value, true) &&
               iso_lexer_expect(reader, ISO_TOKEN_CLOSE, "')'");
    }
    return iso_ast_value_parse(reader, &item->value, true);
}

bool iso_litmus_state(struct iso_reader *reader, struct iso_ast *ast, size_t begin, size_t end, uint32_t line,
                      size_t line_start)
{
    iso_lexer_start(reader, begin, end, line, line_start);
    while (reader->lex.token != ISO_TOKEN_END) {
        struct iso_ast_init item;
        if (iso_lexer_take(reader, ISO_TOKEN_SEMICOLON))
            continue;
        bool good = take_item(reader, &item);
        if (good && reader->lex.token != ISO_TOKEN_END && reader->lex.token != ISO_TOKEN_SEMICOLON) {
            iso_reader_unexpected(reader, "';' or '}'");
            good = false;
        }
        if (!good) { /* go on behind the next `;` */
            while (reader->lex.token != ISO_TOKEN_END && reader->lex.token != ISO_TOKEN_SEMICOLON)
                iso_lexer_next(reader);
            continue;
        }
        if (ast->ninit >= ISO_LITMUS_MAX_ITEMS) {
            iso_reader_error(reader, item.place.line, item.place.column, "more than %u items in the initial state",
                             ISO_LITMUS_MAX_ITEMS);
            return false;
        }
        ast->init = iso_arena_grow(reader->arena, ast->init, ast->ninit, &ast->init_capacity, sizeof *ast->init);
        ast->init[ast->ninit++] = item;
    }
    return true;
}
