/* Lexical helpers of the assembler (a64_parse.h). Not for: what operands an instruction takes. */
#include "sim/isa/a64_parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static uint32_t column_of(const struct a64_parser *parser, const char *at)
{
    return parser->column + (uint32_t)(at - parser->start);
}

bool a64_fail(struct a64_parser *parser, const char *at, const char *format, ...)
{
    char message[512];
    va_list list;
    va_start(list, format);
    vsnprintf(message, sizeof message, format, list);
    va_end(list);
    iso_diags_add(parser->diags, false, parser->file, parser->line, column_of(parser, at), "%s", message);
    return false;
}

void a64_warn(struct a64_parser *parser, const char *at, const char *format, ...)
{
    char message[512];
    va_list list;
    va_start(list, format);
    vsnprintf(message, sizeof message, format, list);
    va_end(list);
    iso_diags_add(parser->diags, true, parser->file, parser->line, column_of(parser, at), "%s", message);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool is_word(char c)
{
    char u = upper(c);
    return is_digit(c) || (u >= 'A' && u <= 'Z') || c == '_' || c == '.' || c == '$' || c == '%' || c == ':' ||
           c == '/' || (unsigned char)c >= 0x80;
}

void a64_skip_blank(struct a64_parser *parser)
{
    while (parser->p < parser->end && is_blank(*parser->p))
        parser->p++;
}

bool a64_at_end(struct a64_parser *parser)
{
    a64_skip_blank(parser);
    return parser->p == parser->end;
}

bool a64_take(struct a64_parser *parser, char c)
{
    if (a64_at_end(parser) || *parser->p != c)
        return false;
    parser->p++;
    return true;
}

void a64_peek_word(struct a64_parser *parser, struct a64_word *word)
{
    a64_skip_blank(parser);
    const char *p = parser->p;
    size_t used = 0;
    word->at = p;
    for (; p < parser->end && is_word(*p); p++)
        if (used < sizeof word->upper - 1)
            word->upper[used++] = upper(*p);
    word->upper[used] = 0;
    word->size = (size_t)(p - word->at);
}

bool a64_word_is(const struct a64_word *word, const char *text)
{
    return word->size < sizeof word->upper && !strcmp(word->upper, text);
}

void a64_take_word(struct a64_parser *parser, const struct a64_word *word)
{
    parser->p = word->at + word->size;
}

bool a64_expected(struct a64_parser *parser, const char *what)
{
    struct a64_word word;
    if (a64_at_end(parser))
        return a64_fail(parser, parser->p, "expected %s, found the end of the instruction", what);
    a64_peek_word(parser, &word);
    if (!word.size)
        return a64_fail(parser, parser->p, "expected %s, found '%c'", what, *parser->p);
    return a64_fail(parser, parser->p, "expected %s, found '%.*s'", what, (int)(word.size > 60 ? 60 : word.size),
                    word.at);
}

bool a64_need(struct a64_parser *parser, char c)
{
    char what[4] = {'\'', c, '\'', 0};
    return a64_take(parser, c) || a64_expected(parser, what);
}

bool a64_need_comma(struct a64_parser *parser)
{
    return a64_need(parser, ',');
}

/* Register by name: 0 not a register, 1 general register, 2 symbolic, else the name of the extension it belongs to via *extension. */
static int classify_register(const struct a64_word *word, struct a64_reg *out, const char **extension)
{
    const char *s = word->upper;
    *extension = NULL;
    if (word->size < 2 || word->size > 31)
        return 0;
    if (s[0] == '%' || ((s[0] == 'X' || s[0] == 'W') && s[1] == '%')) {
        out->bytes = s[0] == 'W' ? 4 : 8;
        return 2;
    }
    if (is_digit(s[1])) {
        unsigned number = 0;
        size_t i = 1;
        for (; i < word->size && i < 3 && is_digit(s[i]); i++)
            number = number * 10 + (unsigned)(s[i] - '0');
        if (i == word->size && !(s[1] == '0' && word->size > 2)) {
            if ((s[0] == 'W' || s[0] == 'X') && number <= 30) {
                *out = (struct a64_reg){(uint8_t)number, s[0] == 'W' ? 4 : 8};
                return 1;
            }
            if (number > 31)
                return 0;
        } else if (i < word->size && s[i] != '.' && s[i] != '/') {
            return 0;
        }
        switch (s[0]) {
        case 'V':
        case 'Q':
        case 'D':
        case 'S':
        case 'H':
        case 'B':
            *extension = "floating-point or Advanced SIMD";
            return 0;
        case 'Z':
        case 'P':
            *extension = "SVE";
            return 0;
        case 'C':
            *extension = "Morello";
            return 0;
        }
        return 0;
    }
    if (!strcmp(s, "XZR"))
        *out = (struct a64_reg){ISO_REG_ZR, 8};
    else if (!strcmp(s, "WZR"))
        *out = (struct a64_reg){ISO_REG_ZR, 4};
    else if (!strcmp(s, "SP"))
        *out = (struct a64_reg){ISO_REG_SP, 8};
    else if (!strcmp(s, "WSP"))
        *out = (struct a64_reg){ISO_REG_SP, 4};
    else if (!strcmp(s, "LR"))
        *out = (struct a64_reg){30, 8};
    else if (!strcmp(s, "FP"))
        *out = (struct a64_reg){29, 8};
    else {
        if (!strcmp(s, "CSP") || !strcmp(s, "CZR") || !strcmp(s, "CLR"))
            *extension = "Morello";
        return 0;
    }
    return 1;
}

bool a64_at_register(struct a64_parser *parser)
{
    struct a64_word word;
    struct a64_reg reg;
    const char *extension;
    a64_peek_word(parser, &word);
    return classify_register(&word, &reg, &extension) != 0 || extension;
}

static const char *describe(unsigned accept)
{
    if ((accept & A64_ACCEPT_ANY) == A64_ACCEPT_W)
        return accept & A64_ACCEPT_SP ? "W register or WSP" : "W register";
    if ((accept & A64_ACCEPT_ANY) == A64_ACCEPT_X)
        return accept & A64_ACCEPT_SP ? "X register or SP" : "X register";
    return "register";
}

bool a64_register(struct a64_parser *parser, struct a64_reg *out, unsigned accept)
{
    struct a64_word word;
    const char *extension;
    a64_peek_word(parser, &word);
    int kind = classify_register(&word, out, &extension);
    if (!(accept & A64_ACCEPT_ANY))
        accept |= A64_ACCEPT_ANY;
    if (extension)
        return a64_fail(parser, word.at, "%s register '%.*s': not supported", extension, (int)word.size, word.at);
    if (kind == 0)
        return a64_expected(parser, describe(accept));
    if (kind == 2) {
        const struct iso_a64_context *context = parser->context;
        const char *name = memchr(word.at, '%', word.size);
        size_t size = (size_t)(word.at + word.size - name) - 1;
        if (!size)
            return a64_fail(parser, word.at, "expected a name after '%%'");
        if (!context || !context->symbolic || !context->symbolic(&out->number, context->user, name + 1, size))
            return a64_fail(parser, word.at, "no register left for the symbolic register '%.*s'", (int)word.size,
                            word.at);
        if (word.at[0] == '%' && !(accept & A64_ACCEPT_X))
            out->bytes = 4;
        parser->has_symbolic = true;
    }
    if (!(accept & (out->bytes == 4 ? A64_ACCEPT_W : A64_ACCEPT_X)) ||
        (out->number == ISO_REG_SP && !(accept & A64_ACCEPT_SP)) ||
        (out->number == ISO_REG_ZR && !(accept & A64_ACCEPT_ZR)))
        return a64_fail(parser, word.at, "expected %s, found '%.*s'", describe(accept), (int)word.size, word.at);
    a64_take_word(parser, &word);
    return true;
}

bool a64_base_register(struct a64_parser *parser, struct a64_reg *out)
{
    struct a64_word word;
    const char *extension;
    a64_peek_word(parser, &word);
    if (classify_register(&word, out, &extension) != 0 || !extension || strcmp(extension, "Morello"))
        return a64_register(parser, out, A64_ACCEPT_X | A64_ACCEPT_SP);
    *out = (struct a64_reg){ISO_REG_SP, 8};
    parser->capability = true;
    a64_take_word(parser, &word);
    return true;
}

bool a64_first_register(struct a64_parser *parser, uint8_t *number, unsigned accept)
{
    struct a64_reg reg;
    if (parser->row->flags & A64_FLAG_W)
        accept |= A64_ACCEPT_W;
    else if (parser->row->flags & A64_FLAG_X)
        accept |= A64_ACCEPT_X;
    if (!a64_register(parser, &reg, accept))
        return false;
    parser->insn->width = reg.bytes;
    *number = reg.number;
    return true;
}

bool a64_same_register(struct a64_parser *parser, uint8_t *number, unsigned accept)
{
    struct a64_reg reg;
    if (!a64_register(parser, &reg, accept | (parser->insn->width == 4 ? A64_ACCEPT_W : A64_ACCEPT_X)))
        return false;
    *number = reg.number;
    return true;
}

bool a64_next_register(struct a64_parser *parser, uint8_t *number, unsigned accept)
{
    return a64_need_comma(parser) && a64_same_register(parser, number, accept);
}

bool a64_next_x(struct a64_parser *parser, uint8_t *number, unsigned accept)
{
    struct a64_reg reg;
    if (!a64_need_comma(parser) || !a64_register(parser, &reg, accept | A64_ACCEPT_X))
        return false;
    *number = reg.number;
    return true;
}

bool a64_next_w(struct a64_parser *parser, uint8_t *number, unsigned accept)
{
    struct a64_reg reg;
    if (!a64_need_comma(parser) || !a64_register(parser, &reg, accept | A64_ACCEPT_W))
        return false;
    *number = reg.number;
    return true;
}

bool a64_at_immediate(struct a64_parser *parser)
{
    if (a64_at_end(parser))
        return false;
    char c = *parser->p;
    return c == '#' || c == '-' || c == '+' || is_digit(c);
}

bool a64_immediate(struct a64_parser *parser, int64_t *out)
{
    a64_take(parser, '#');
    a64_skip_blank(parser);
    const char *at = parser->p, *p = at;
    bool negative = false, overflow = false;
    uint64_t value = 0;
    unsigned base = 10, digits = 0;
    if (p < parser->end && (*p == '-' || *p == '+'))
        negative = *p++ == '-';
    if (parser->end - p > 2 && p[0] == '0' && upper(p[1]) == 'X') {
        base = 16;
        p += 2;
    } else if (parser->end - p > 2 && p[0] == '0' && upper(p[1]) == 'B') {
        base = 2;
        p += 2;
    }
    for (; p < parser->end; p++, digits++) {
        char u = upper(*p);
        unsigned digit = is_digit(u) ? (unsigned)(u - '0') : u >= 'A' && u <= 'F' ? (unsigned)(u - 'A') + 10 : 99;
        if (digit >= base)
            break;
        overflow |= value > (UINT64_MAX - digit) / base;
        value = value * base + digit;
    }
    if (!digits || (p < parser->end && is_word(*p)))
        return a64_expected(parser, "immediate");
    if (overflow || (negative && value > (uint64_t)1 << 63))
        return a64_fail(parser, at, "immediate '%.*s' does not fit in 64 bits", (int)(p - at > 60 ? 60 : p - at), at);
    parser->p = p;
    *out = (int64_t)(negative ? 0 - value : value);
    return true;
}

bool a64_immediate_range(struct a64_parser *parser, int64_t *out, int64_t low, int64_t high, const char *what)
{
    a64_skip_blank(parser);
    const char *at = parser->p;
    if (!a64_immediate(parser, out))
        return false;
    if (*out < low || *out > high)
        return a64_fail(parser, at, "%s out of range: expected %lld to %lld, found %lld", what, (long long)low,
                        (long long)high, (long long)*out);
    return true;
}

bool a64_next_immediate_range(struct a64_parser *parser, int64_t *out, int64_t low, int64_t high, const char *what)
{
    return a64_need_comma(parser) && a64_immediate_range(parser, out, low, high, what);
}

bool a64_next_condition(struct a64_parser *parser, uint8_t *out)
{
    struct a64_word word;
    if (!a64_need_comma(parser))
        return false;
    a64_peek_word(parser, &word);
    int number = a64_condition_find(word.upper, word.size);
    if (number < 0)
        return a64_expected(parser, "condition (EQ, NE, CS, CC, MI, PL, VS, VC, HI, LS, GE, LT, GT, LE, AL, NV)");
    *out = (uint8_t)number;
    a64_take_word(parser, &word);
    return true;
}

/* ".+8", ".-4", "#8": offset in bytes from this instruction. */
static bool relative_target(struct a64_parser *parser, const char *at)
{
    int64_t offset;
    if (!a64_immediate_range(parser, &offset, -(1 << 27), 1 << 27, "branch offset"))
        return false;
    int64_t index = (int64_t)(parser->context ? parser->context->index : 0) + offset / 4;
    if (offset % 4)
        return a64_fail(parser, at, "branch offset %lld is not a multiple of 4", (long long)offset);
    if (index < 0)
        return a64_fail(parser, at, "branch offset %lld is before the first instruction", (long long)offset);
    parser->insn->target = (int32_t)index;
    return true;
}

bool a64_label(struct a64_parser *parser, bool location)
{
    const struct iso_a64_context *context = parser->context;
    struct a64_word word;
    a64_skip_blank(parser);
    const char *at = parser->p;
    if (a64_at_end(parser))
        return a64_expected(parser, "label");
    if (*at == '#')
        return relative_target(parser, at);
    if (*at == '.' && parser->end - at > 1 && (at[1] == '+' || at[1] == '-' || is_blank(at[1]))) {
        parser->p++;
        a64_skip_blank(parser);
        return relative_target(parser, at);
    }
    a64_peek_word(parser, &word);
    if (!word.size)
        return a64_expected(parser, "label");
    if (word.size > 2 && word.size < 12 && word.upper[0] == '.' && word.upper[1] == 'L' && is_digit(word.upper[2])) {
        int64_t index = 0;
        size_t i = 2;
        for (; i < word.size && is_digit(word.upper[i]); i++)
            index = index * 10 + (word.upper[i] - '0');
        if (i == word.size && index <= INT32_MAX) {
            a64_take_word(parser, &word);
            parser->insn->target = (int32_t)index;
            return true;
        }
    }
    a64_take_word(parser, &word);
    if (context && context->label && context->label(&parser->insn->target, context->user, word.at, word.size))
        return true;
    if (location && context && context->location) {
        uint64_t va;
        if (context->location(&va, context->user, word.at, word.size)) {
            parser->insn->imm = (int64_t)va;
            parser->insn->target = -1;
            return true;
        }
    }
    return a64_fail(parser, word.at, "unknown label '%.*s'", (int)(word.size > 60 ? 60 : word.size), word.at);
}
