/* Tail of a litmus file: `locations [..]`, `filter`, and the condition with its quantifier, as the file says them.
 * Binding, weakest first: \/, /\, =>, not; as the herd tools have it. `with` clauses are skipped: they name kinds for other tools.
 * Not for: evaluating (condition.c). */
#include "sim/isa/litmus_ast.h"

#include <string.h>

static struct iso_ast_prop *new_prop(struct iso_reader *reader, uint8_t kind)
{
    struct iso_ast_prop *prop = iso_arena_alloc(reader->arena, sizeof *prop);
    if (++reader->nprops == ISO_LITMUS_MAX_ITEMS + 1)
        iso_reader_error(reader, reader->lex.span.line, reader->lex.span.column, "a condition of more than %u terms",
                         ISO_LITMUS_MAX_ITEMS);
    if (reader->nprops > ISO_LITMUS_MAX_ITEMS) /* stop here */
        reader->lex.position = reader->lex.end;
    prop->kind = kind;
    return prop;
}

static struct iso_ast_prop *binary(struct iso_reader *reader, uint8_t kind, struct iso_ast_prop *a,
                                   struct iso_ast_prop *b)
{
    struct iso_ast_prop *prop = new_prop(reader, kind);
    prop->a = a;
    prop->b = b;
    return prop;
}

static bool is_fault_word(const struct iso_reader *reader)
{
    return iso_lexer_is(reader, "fault") || iso_lexer_is(reader, "Fault");
}

/* NAME or NAME:NAME.. as one span. */
static bool take_type(struct iso_reader *reader, struct iso_span *type)
{
    *type = reader->lex.span;
    if (!iso_lexer_expect(reader, ISO_TOKEN_NAME, "a fault type such as TagCheck or MMU:Permission"))
        return false;
    while (iso_lexer_take(reader, ISO_TOKEN_COLON)) {
        const struct iso_span part = reader->lex.span;
        if (!iso_lexer_expect(reader, ISO_TOKEN_NAME, "the rest of a fault type"))
            return false;
        type->size = (size_t)(part.text + part.size - type->text);
    }
    return true;
}

static bool is_fault_type(struct iso_span name)
{
    static const char *const plain[] = {
        "TagCheck",     "UndefinedInstruction", "SupervisorCall", "HypervisorCall", "SecureMonitorCall",
        "Alignment",    "ExternalAbort",        "SError",         "TLBConflict",    "Breakpoint",
        "TagPermission"};
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        if (iso_span_is(name, plain[i]))
            return true;
    return false;
}

/* fault(P0:L0,x,TYPE) with all but P0 optional; at the word. */
static bool take_fault(struct iso_reader *reader, struct iso_ast_fault *out)
{
    *out = (struct iso_ast_fault){.line = reader->lex.span.line, .column = reader->lex.span.column};
    iso_lexer_next(reader);
    if (!iso_lexer_expect(reader, ISO_TOKEN_OPEN, "'('"))
        return false;
    out->thread = reader->lex.thread;
    if (!iso_lexer_expect(reader, ISO_TOKEN_THREAD, "a thread such as P0"))
        return false;
    if (iso_lexer_take(reader, ISO_TOKEN_COLON)) {
        out->label = reader->lex.span;
        if (!iso_lexer_expect(reader, ISO_TOKEN_NAME, "a label"))
            return false;
    }
    if (iso_lexer_take(reader, ISO_TOKEN_COMMA)) {
        struct iso_lexer saved = reader->lex;
        struct iso_span word = saved.span;
        if (!iso_lexer_expect(reader, ISO_TOKEN_NAME, "a location or a fault type"))
            return false;
        if (reader->lex.token == ISO_TOKEN_COLON || is_fault_type(word)) {
            reader->lex = saved;
            if (!take_type(reader, &out->type))
                return false;
        } else {
            out->has_address = true;
            out->address = word;
            if (word.size > 4 && !memcmp(word.text, "pte_", 4)) {
                out->address_is_pte = true;
                out->address.text += 4;
                out->address.size -= 4;
            } else if (reader->lex.token == ISO_TOKEN_OPEN && (iso_span_is(word, "PTE") || iso_span_is(word, "TTD"))) {
                iso_lexer_next(reader);
                out->address_is_pte = true;
                out->address = reader->lex.span;
                if (!iso_lexer_expect(reader, ISO_TOKEN_NAME, "the name of a location") ||
                    !iso_lexer_expect(reader, ISO_TOKEN_CLOSE, "')'"))
                    return false;
            }
            if (iso_lexer_take(reader, ISO_TOKEN_COMMA) && !take_type(reader, &out->type))
                return false;
        }
    }
    return iso_lexer_expect(reader, ISO_TOKEN_CLOSE, "')' or ','");
}

/* Right side of `=` that is a place: [x], *x, 0:X1. */
static bool is_place_behind(struct iso_reader *reader)
{
    struct iso_lexer saved = reader->lex;
    bool place = false;

    if (saved.token == ISO_TOKEN_BRACKET || saved.token == ISO_TOKEN_STAR || saved.token == ISO_TOKEN_SYMBOLIC)
        return true;
    if (saved.token == ISO_TOKEN_NUMBER || saved.token == ISO_TOKEN_THREAD) {
        iso_lexer_next(reader);
        if (reader->lex.token == ISO_TOKEN_COLON) {
            iso_lexer_next(reader);
            place = reader->lex.token == ISO_TOKEN_SYMBOLIC;
            if (reader->lex.token == ISO_TOKEN_NAME) { /* a register, not a label */
                const struct iso_span n = reader->lex.span;
                place = n.size >= 2 && n.size <= 3 && (n.text[0] | 32) == 'x';
                for (size_t i = 1; i < n.size; i++)
                    place = place && n.text[i] >= '0' && n.text[i] <= '9';
            }
        }
        reader->lex = saved;
    }
    return place;
}

static struct iso_ast_prop *take_atom(struct iso_reader *reader)
{
    struct iso_ast_prop *prop = new_prop(reader, ISO_PROP_EQ);

    if (is_fault_word(reader)) {
        struct iso_lexer saved = reader->lex;
        iso_lexer_next(reader);
        bool call = reader->lex.token == ISO_TOKEN_OPEN;
        reader->lex = saved;
        if (call) {
            prop->kind = ISO_PROP_FAULT;
            return take_fault(reader, &prop->fault) ? prop : NULL;
        }
    }
    if (!iso_ast_place_parse(reader, &prop->place))
        return NULL;
    if (iso_lexer_take(reader, ISO_TOKEN_NOT_EQUAL))
        prop->kind = ISO_PROP_NE;
    else if (!iso_lexer_expect(reader, ISO_TOKEN_EQUAL, "'=' or '<>'"))
        return NULL;
    if (is_place_behind(reader)) {
        bool negate = prop->kind == ISO_PROP_NE;
        iso_lexer_take(reader, ISO_TOKEN_STAR);
        prop->kind = ISO_PROP_EQ_OBSERVABLE;
        if (!iso_ast_place_parse(reader, &prop->place2))
            return NULL;
        return negate ? binary(reader, ISO_PROP_NOT, prop, NULL) : prop;
    }
    return iso_ast_value_parse(reader, &prop->value, false) ? prop : NULL;
}

static struct iso_ast_prop *take_or(struct iso_reader *reader);

static struct iso_ast_prop *take_not(struct iso_reader *reader)
{
    struct iso_ast_prop *prop = NULL;

    if (++reader->depth > ISO_LITMUS_MAX_DEPTH) {
        iso_reader_error(reader, reader->lex.span.line, reader->lex.span.column, "condition nested deeper than %u",
                         ISO_LITMUS_MAX_DEPTH);
    } else if (iso_lexer_take(reader, ISO_TOKEN_NOT)) {
        struct iso_ast_prop *inner = take_not(reader);
        prop = inner ? binary(reader, ISO_PROP_NOT, inner, NULL) : NULL;
    } else if (iso_lexer_take(reader, ISO_TOKEN_OPEN)) {
        prop = take_or(reader);
        if (prop && !iso_lexer_expect(reader, ISO_TOKEN_CLOSE, "')', /\\ or \\/"))
            prop = NULL;
    } else if (iso_lexer_is(reader, "true") || iso_lexer_is(reader, "false")) {
        prop = new_prop(reader, iso_lexer_is(reader, "true") ? ISO_PROP_TRUE : ISO_PROP_FALSE);
        iso_lexer_next(reader);
    } else {
        prop = take_atom(reader);
    }
    reader->depth--;
    return prop;
}

static struct iso_ast_prop *take_implies(struct iso_reader *reader)
{
    struct iso_ast_prop *prop = take_not(reader);

    if (!prop || !iso_lexer_take(reader, ISO_TOKEN_IMPLIES))
        return prop;
    if (++reader->depth > ISO_LITMUS_MAX_DEPTH) {
        iso_reader_error(reader, reader->lex.span.line, reader->lex.span.column, "condition nested deeper than %u",
                         ISO_LITMUS_MAX_DEPTH);
        return NULL;
    }
    struct iso_ast_prop *right = take_implies(reader);
    reader->depth--;
    return right ? binary(reader, ISO_PROP_IMPLIES, prop, right) : NULL;
}

static struct iso_ast_prop *take_and(struct iso_reader *reader)
{
    struct iso_ast_prop *prop = take_implies(reader);

    while (prop && iso_lexer_take(reader, ISO_TOKEN_AND)) {
        struct iso_ast_prop *right = take_implies(reader);
        prop = right ? binary(reader, ISO_PROP_AND, prop, right) : NULL;
    }
    return prop;
}

static struct iso_ast_prop *take_or(struct iso_reader *reader)
{
    struct iso_ast_prop *prop = take_and(reader);

    while (prop && iso_lexer_take(reader, ISO_TOKEN_OR)) {
        struct iso_ast_prop *right = take_and(reader);
        prop = right ? binary(reader, ISO_PROP_OR, prop, right) : NULL;
    }
    return prop;
}

static bool take_locations(struct iso_reader *reader, struct iso_ast *ast)
{
    iso_lexer_next(reader);
    if (!iso_lexer_expect(reader, ISO_TOKEN_BRACKET, "'['"))
        return false;
    while (reader->lex.token != ISO_TOKEN_BRACKET_CLOSE) {
        struct iso_ast_observed item = {0};
        if (iso_lexer_take(reader, ISO_TOKEN_SEMICOLON))
            continue;
        if (is_fault_word(reader)) {
            item.is_fault = true;
            if (!take_fault(reader, &item.fault))
                return false;
        } else {
            if (!iso_ast_place_parse(reader, &item.place))
                return false;
            if (reader->lex.token == ISO_TOKEN_NAME) { /* a type for printing */
                int type = iso_type_parse(reader->lex.span);
                item.as_instruction = type == ISO_TYPE_INSTRUCTION;
                iso_lexer_next(reader);
            }
            if (iso_lexer_take(reader, ISO_TOKEN_STAR))
                item.as_instruction = false;
        }
        if (reader->lex.token != ISO_TOKEN_SEMICOLON && reader->lex.token != ISO_TOKEN_BRACKET_CLOSE) {
            iso_reader_unexpected(reader, "';' or ']'");
            return false;
        }
        if (ast->nobserved >= ISO_LITMUS_MAX_ITEMS) {
            iso_reader_error(reader, reader->lex.span.line, reader->lex.span.column, "more than %u locations",
                             ISO_LITMUS_MAX_ITEMS);
            return false;
        }
        ast->observed = iso_arena_grow(reader->arena, ast->observed, ast->nobserved, &ast->observed_capacity,
                                       sizeof *ast->observed);
        ast->observed[ast->nobserved++] = item;
    }
    iso_lexer_next(reader);
    return true;
}

/* Bytes from `first` to the current token, without the blanks before it. */
static size_t size_to_here(const struct iso_reader *reader, const char *first)
{
    const char *last = reader->lex.token == ISO_TOKEN_END ? reader->text + reader->lex.end : reader->lex.span.text;

    while (last > first && (last[-1] == ' ' || last[-1] == '\n' || last[-1] == '\t' || last[-1] == '\r'))
        last--;
    return (size_t)(last - first);
}

bool iso_litmus_condition(struct iso_reader *reader, struct iso_ast *ast, size_t begin, size_t end, uint32_t line,
                          size_t line_start)
{
    bool negated = false;

    ast->quantifier = ISO_FORALL; /* no condition at all: forall true */
    iso_lexer_start(reader, begin, end, line, line_start);
    if (iso_lexer_is(reader, "locations") && !take_locations(reader, ast))
        return false;
    if (iso_lexer_is(reader, "filter")) {
        iso_lexer_next(reader);
        ast->filter_text = reader->lex.span;
        ast->filter = take_or(reader);
        if (!ast->filter)
            return false;
        ast->filter_text.size = size_to_here(reader, ast->filter_text.text);
    }
    const char *first = reader->lex.span.text;
    ast->condition_text = (struct iso_span){first, 0, reader->lex.span.line, reader->lex.span.column};
    if (reader->lex.token == ISO_TOKEN_END)
        return true;
    if (iso_lexer_take(reader, ISO_TOKEN_NOT))
        negated = true;
    if (iso_lexer_is(reader, "exists") || (!negated && iso_lexer_is(reader, "final"))) {
        ast->quantifier = negated ? ISO_NOT_EXISTS : ISO_EXISTS;
        iso_lexer_next(reader);
    } else if (!negated && iso_lexer_is(reader, "forall")) {
        iso_lexer_next(reader);
    } else if (!negated && reader->lex.token == ISO_TOKEN_OPEN) {
        ast->quantifier = ISO_EXISTS;
    } else {
        iso_reader_unexpected(reader, "exists, ~exists or forall");
        return false;
    }
    ast->condition = take_or(reader);
    if (!ast->condition)
        return false;
    ast->condition_text.size = size_to_here(reader, first);
    iso_lexer_take(reader, ISO_TOKEN_SEMICOLON);
    if (iso_lexer_is(reader, "with")) /* kinds for other tools, to the end of the file */
        return true;
    if (reader->lex.token != ISO_TOKEN_END) {
        iso_reader_unexpected(reader, "/\\, \\/, => or the end of the file");
        return false;
    }
    return true;
}
