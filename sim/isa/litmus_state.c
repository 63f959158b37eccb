/* The initial state of a litmus file, item by item.
 * Not for: values (litmus_term.c), places (litmus_place.c), what they mean (litmus_build.c). */
#include "sim/isa/litmus_ast.h"

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
