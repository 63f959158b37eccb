/* Lexer of the state sections of a litmus file, and how the reader reports. Comments are blanked before it runs.
 * Not for: code cells (a64_asm.h) and info lines (litmus_header.c).
 * Names follow the herd tools: letters, digits, `_`, `.`, `$`, `/`, `-`; a `/` before `\` belongs to the operator. */
#include "sim/isa/litmus_ast.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void iso_reader_error(struct iso_reader *reader, uint32_t line, uint32_t column, const char *format, ...)
{
    char message[512];
    va_list list;

    va_start(list, format);
    vsnprintf(message, sizeof message, format, list);
    va_end(list);
    reader->failed = true;
    iso_diags_add(reader->diags, false, reader->file, line, column, "%s", message);
}

/* Precision for "%.*s": long tokens are clipped. */
static int shown(size_t size)
{
    return size > 40 ? 40 : (int)size;
}

void iso_reader_unexpected(struct iso_reader *reader, const char *expected)
{
    const struct iso_lexer *lex = &reader->lex;

    if (lex->token == ISO_TOKEN_END)
        iso_reader_error(reader, lex->span.line, lex->span.column, "the section ends here, expected %s", expected);
    else
        iso_reader_error(reader, lex->span.line, lex->span.column, "unexpected '%.*s', expected %s",
                         shown(lex->span.size), lex->span.text, expected);
}

void iso_reader_locate(const struct iso_reader *reader, size_t offset, uint32_t *line, size_t *line_start)
{
    const char *at = reader->text, *end = reader->text + offset;

    for (const char *newline; at < end && (newline = memchr(at, '\n', (size_t)(end - at))); at = newline + 1) {
        ++*line;
        *line_start = (size_t)(newline + 1 - reader->text);
    }
}

bool iso_span_is(struct iso_span span, const char *text)
{
    return strlen(text) == span.size && !memcmp(span.text, text, span.size);
}

bool iso_span_equal(struct iso_span a, struct iso_span b)
{
    return a.size == b.size && !memcmp(a.text, b.text, a.size);
}

const char *iso_span_string(struct iso_reader *reader, struct iso_span span)
{
    return iso_arena_string(reader->arena, span.text, span.size);
}

void *iso_arena_grow(struct iso_arena *arena, void *array, uint32_t count, uint32_t *capacity, size_t size)
{
    if (count < *capacity)
        return array;
    uint32_t more = *capacity ? *capacity * 2 : 8;
    void *grown = iso_arena_alloc(arena, more * size);
    if (count)
        memcpy(grown, array, count * size);
    *capacity = more;
    return grown;
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_start(char c)
{
    return is_alpha(c) || c == '_' || c == '.' || c == '$';
}

static int hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* number * base + digit, with a flag for overflow of 128 bits. */
static void push_digit(struct iso_lexer *lex, unsigned base, unsigned digit)
{
    uint64_t low = (lex->number.lo & 0xffffffffu) * base + digit;
    uint64_t high = (lex->number.lo >> 32) * base + (low >> 32);
    uint64_t third = (lex->number.hi & 0xffffffffu) * base + (high >> 32);
    uint64_t fourth = (lex->number.hi >> 32) * base + (third >> 32);

    if (fourth >> 32)
        lex->too_big = true;
    lex->number.lo = (low & 0xffffffffu) | high << 32;
    lex->number.hi = (third & 0xffffffffu) | fourth << 32;
}

static size_t scan_number(struct iso_lexer *lex, size_t at)
{
    bool negative = lex->text[at] == '-';

    lex->number = (struct iso_bytes16){0, 0};
    at += negative;
    if (!negative && at + 2 < lex->end && lex->text[at] == '0' && (lex->text[at + 1] | 32) == 'x' &&
        hex_digit(lex->text[at + 2]) >= 0) {
        for (at += 2; at < lex->end && hex_digit(lex->text[at]) >= 0; at++)
            push_digit(lex, 16, (unsigned)hex_digit(lex->text[at]));
    } else {
        for (; at < lex->end && is_digit(lex->text[at]); at++)
            push_digit(lex, 10, (unsigned)hex_digit(lex->text[at]));
    }
    if (negative) {
        lex->number.lo = ~lex->number.lo + 1;
        lex->number.hi = ~lex->number.hi + !lex->number.lo;
    }
    return at;
}

static size_t scan_name(const struct iso_lexer *lex, size_t at)
{
    for (; at < lex->end; at++) {
        char c = lex->text[at];
        if (c == '/' && at + 1 < lex->end && lex->text[at + 1] == '\\')
            break;
        if (!is_name_start(c) && !is_digit(c) && c != '/' && c != '-')
            break;
    }
    return at;
}

static enum iso_token punctuation(const struct iso_lexer *lex, size_t at, size_t *length)
{
    char c = lex->text[at], next = at + 1 < lex->end ? lex->text[at + 1] : 0;

    *length = 1;
    switch (c) {
    case '(':
        return ISO_TOKEN_OPEN;
    case ')':
        return ISO_TOKEN_CLOSE;
    case '[':
        return ISO_TOKEN_BRACKET;
    case ']':
        return ISO_TOKEN_BRACKET_CLOSE;
    case '{':
        return ISO_TOKEN_BRACE;
    case '}':
        return ISO_TOKEN_BRACE_CLOSE;
    case ':':
        return ISO_TOKEN_COLON;
    case ',':
        return ISO_TOKEN_COMMA;
    case ';':
        return ISO_TOKEN_SEMICOLON;
    case '*':
        return ISO_TOKEN_STAR;
    case '+':
        return ISO_TOKEN_PLUS;
    case '&':
        return ISO_TOKEN_AMPERSAND;
    case '~':
        return ISO_TOKEN_NOT;
    }
    *length = 2;
    if (c == '=' && next == '>')
        return ISO_TOKEN_IMPLIES;
    if (c == '=' && next == '=')
        return ISO_TOKEN_EQUAL;
    if ((c == '!' && next == '=') || (c == '<' && next == '>'))
        return ISO_TOKEN_NOT_EQUAL;
    if (c == '/' && next == '\\')
        return ISO_TOKEN_AND;
    if (c == '\\' && next == '/')
        return ISO_TOKEN_OR;
    *length = 1;
    return c == '=' ? ISO_TOKEN_EQUAL : ISO_TOKEN_BAD;
}

/* instr:"..." and label:"P0:L": the quoted text becomes the token's span. */
static size_t scan_quoted(struct iso_reader *reader, size_t at, enum iso_token token)
{
    struct iso_lexer *lex = &reader->lex;
    size_t open = at + 7, close = open;

    while (close < lex->end && lex->text[close] != '"' && lex->text[close] != '\n')
        close++;
    lex->token = token;
    lex->span.text = lex->text + open;
    lex->span.size = close - open;
    lex->span.column += 7;
    if (close == lex->end || lex->text[close] != '"') {
        lex->token = ISO_TOKEN_BAD;
        iso_reader_error(reader, lex->span.line, lex->span.column,
                         "unterminated string, expected '\"' on the same line");
        return close;
    }
    if (token == ISO_TOKEN_LABEL) {
        size_t i = open + (lex->text[open] == 'P');
        size_t first = i;
        lex->thread = 0;
        for (; i < close && is_digit(lex->text[i]); i++)
            lex->thread = lex->thread > 999999 ? 1000000 : lex->thread * 10 + (uint32_t)(lex->text[i] - '0');
        if (i == first || i == close || lex->text[i] != ':') {
            lex->token = ISO_TOKEN_BAD;
            iso_reader_error(reader, lex->span.line, lex->span.column, "malformed label, expected label:\"Pn:NAME\"");
        } else {
            lex->span.text = lex->text + i + 1;
            lex->span.size = close - i - 1;
        }
    }
    return close + 1;
}

static const struct {
    const char *word;
    enum iso_token token;
} words[] = {
    {"not", ISO_TOKEN_NOT},
    {"NOP", ISO_TOKEN_INSTR},
    {"nop", ISO_TOKEN_INSTR},
};

/* A name, keyword, Pn, instr:".." or label:"..". */
static size_t scan_word(struct iso_reader *reader, size_t at)
{
    struct iso_lexer *lex = &reader->lex;
    size_t end = scan_name(lex, at);

    lex->token = ISO_TOKEN_NAME;
    lex->span.size = end - at;
    if (end - at == 5 && end + 1 < lex->end && lex->text[end] == ':' && lex->text[end + 1] == '"') {
        if (!memcmp(lex->text + at, "instr", 5))
            return scan_quoted(reader, at, ISO_TOKEN_INSTR);
        if (!memcmp(lex->text + at, "label", 5))
            return scan_quoted(reader, at, ISO_TOKEN_LABEL);
    }
    if (lex->text[at] == 'P' && end - at > 1) {
        size_t i = at + 1;
        lex->thread = 0;
        for (; i < end && is_digit(lex->text[i]); i++)
            lex->thread = lex->thread > 999999 ? 1000000 : lex->thread * 10 + (uint32_t)(lex->text[i] - '0');
        if (i == end)
            lex->token = ISO_TOKEN_THREAD;
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (iso_span_is(lex->span, words[i].word))
            lex->token = words[i].token;
    return end;
}

void iso_lexer_next(struct iso_reader *reader)
{
    struct iso_lexer *lex = &reader->lex;
    size_t at = lex->position;

    while (at < lex->end &&
           (lex->text[at] == ' ' || lex->text[at] == '\t' || lex->text[at] == '\r' || lex->text[at] == '\n')) {
        if (lex->text[at++] == '\n') {
            lex->line++;
            lex->line_start = at;
        }
    }
    lex->too_big = false;
    lex->span = (struct iso_span){lex->text + at, 0, lex->line, (uint32_t)(at - lex->line_start + 1)};
    if (at >= lex->end) {
        lex->token = ISO_TOKEN_END;
        lex->position = lex->end;
        return;
    }
    char c = lex->text[at];
    if (is_digit(c) || (c == '-' && at + 1 < lex->end && is_digit(lex->text[at + 1]))) {
        lex->position = scan_number(lex, at);
        lex->token = ISO_TOKEN_NUMBER;
        lex->span.size = lex->position - at;
        if (lex->too_big)
            iso_reader_error(reader, lex->span.line, lex->span.column, "number does not fit 128 bits");
    } else if (c == '%' && at + 1 < lex->end && is_name_start(lex->text[at + 1])) {
        lex->position = scan_name(lex, at + 1);
        lex->token = ISO_TOKEN_SYMBOLIC;
        lex->span.text = lex->text + at + 1;
        lex->span.size = lex->position - at - 1;
    } else if (is_name_start(c)) {
        lex->position = scan_word(reader, at);
    } else {
        size_t length;
        lex->token = punctuation(lex, at, &length);
        lex->position = at + length;
        lex->span.size = length;
    }
}

void iso_lexer_start(struct iso_reader *reader, size_t begin, size_t end, uint32_t line, size_t line_start)
{
    reader->lex =
        (struct iso_lexer){.text = reader->text, .position = begin, .end = end, .line = line, .line_start = line_start};
    iso_lexer_next(reader);
}

bool iso_lexer_is(const struct iso_reader *reader, const char *name)
{
    return reader->lex.token == ISO_TOKEN_NAME && iso_span_is(reader->lex.span, name);
}

bool iso_lexer_take(struct iso_reader *reader, enum iso_token token)
{
    if (reader->lex.token != token)
        return false;
    iso_lexer_next(reader);
    return true;
}

bool iso_lexer_expect(struct iso_reader *reader, enum iso_token token, const char *what)
{
    if (iso_lexer_take(reader, token))
        return true;
    iso_reader_unexpected(reader, what);
    return false;
}
