/* Places as a litmus file writes them: 0:X1, %x, x, [x], x[2], PTE(x), pte_x, tag(x), x.atag.
 * Not for: where they are (litmus_symbols.c, litmus_names.c). */
#include "sim/isa/litmus_ast.h"

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
    bool is_tag = iso_span_is(word, "tag") || iso_span_is(word, "TAG"), is_stage2 = iso_span_is(word, "S2PTE");

    if (iso_span_is(word, "SS"))
        return iso_term_refuse(reader, "guarded control stacks (GCS)");
    if (iso_span_begins(word, "pac") || iso_span_is(word, "pac"))
        return iso_term_refuse(reader, "pointer authentication (PAC)");
    if (!is_pte && !is_tag && !is_stage2 && !iso_span_is(word, "PA")) {
        iso_reader_error(reader, word.line, word.column,
                         "unexpected '%.*s(', expected PTE(x), S2PTE(x), PA(x) or tag(x)",
                         word.size > 40 ? 40 : (int)word.size, word.text);
        return false;
    }
    out->kind = is_pte ? ISO_PLACE_PTE : is_tag ? ISO_PLACE_TAG : is_stage2 ? ISO_PLACE_S2PTE : ISO_PLACE_PA;
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
        if (!iso_lexer_expect(reader, ISO_TOKEN_OPEN, "'('") || !iso_term_symbol(reader, &out->name) ||
            !iso_lexer_expect(reader, ISO_TOKEN_CLOSE, "')'"))
            return false;
        return iso_lexer_expect(reader, ISO_TOKEN_CLOSE, "')'");
    }
    if (is_stage2 && iso_lexer_is(reader, "PTE")) {
        out->of_table = true;
        iso_lexer_next(reader);
        if (!iso_lexer_expect(reader, ISO_TOKEN_OPEN, "'('") || !iso_term_symbol(reader, &out->name) ||
            !iso_lexer_expect(reader, ISO_TOKEN_CLOSE, "')'"))
            return false;
        return iso_lexer_expect(reader, ISO_TOKEN_CLOSE, "')'");
    }
    if (!iso_term_symbol(reader, &out->name))
        return false;
    if (is_tag && !iso_term_offset(reader, &out->offset))
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
    if (iso_span_begins(word, "pte_pte_")) {
        out->kind = ISO_PLACE_PTE2;
        out->name = iso_span_behind(word, 8);
    } else if (iso_span_begins(word, "pte_") || iso_span_begins(word, "phy_")) {
        out->kind = word.text[1] == 't' ? ISO_PLACE_PTE : ISO_PLACE_PA;
        out->name = iso_span_behind(word, 4);
    } else if (iso_span_take_atag(&out->name)) {
        out->kind = ISO_PLACE_TAG;
    } else if (!bracketed && reader->lex.token == ISO_TOKEN_BRACKET) {
        iso_lexer_next(reader);
        out->has_index = true;
        return iso_term_number(reader, &out->index, UINT32_MAX, "an index") &&
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
