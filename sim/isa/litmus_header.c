/* Head of a litmus file: architecture, name, doc string, info lines up to the `{`.
 * Info lines are KEY=VALUE; keys that no one here knows are skipped, as the herd tools do. A comment inside a value ends it.
 * Source: design section 4 (Subject=, Rules=, Place=, Migrate=, Mprotect=, Layout=, Inject=, Cost=, Alias=). */
#include "sim/isa/litmus_ast.h"

#include <string.h>
#include <strings.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_word(char c)
{
    return is_alpha(c) || (c >= '0' && c <= '9') || c == '_';
}

/* Where the header reader stands. */
struct head {
    struct iso_reader *reader;
    size_t at;
    uint32_t line;
    size_t line_start;
};

static uint32_t column_of(const struct head *head, size_t at)
{
    return (uint32_t)(at - head->line_start + 1);
}

static bool at_end(const struct head *head)
{
    return head->at >= head->reader->size;
}

static char peek(const struct head *head, size_t ahead)
{
    return head->at + ahead < head->reader->size ? head->reader->text[head->at + ahead] : '\0';
}

static void advance(struct head *head)
{
    if (head->reader->text[head->at++] == '\n') {
        head->line++;
        head->line_start = head->at;
    }
}

/* Skips a comment that begins here; nested. */
static bool skip_comment(struct head *head)
{
    uint32_t line = head->line, column = column_of(head, head->at), depth = 0;

    do {
        if (at_end(head)) {
            iso_reader_error(head->reader, line, column, "unterminated comment, expected '*)'");
            return false;
        }
        if (peek(head, 0) == '(' && peek(head, 1) == '*') {
            depth++;
            head->at++;
        } else if (peek(head, 0) == '*' && peek(head, 1) == ')') {
            depth--;
            head->at++;
        }
        advance(head);
    } while (depth);
    return true;
}

static void skip_blanks(struct head *head)
{
    while (is_blank(peek(head, 0)) && !at_end(head))
        head->at++;
}

/* Skips blanks, newlines and comments. */
static bool skip_space(struct head *head)
{
    for (;;) {
        while (!at_end(head) && (is_blank(peek(head, 0)) || peek(head, 0) == '\n'))
            advance(head);
        if (peek(head, 0) != '(' || peek(head, 1) != '*')
            return true;
        if (!skip_comment(head))
            return false;
    }
}

static const char *base_name(struct iso_reader *reader)
{
    const char *slash = strrchr(reader->file, '/'), *base = slash ? slash + 1 : reader->file;
    const char *dot = strrchr(base, '.');

    return iso_arena_string(reader->arena, base, dot && dot != base ? (size_t)(dot - base) : strlen(base));
}

static bool read_title(struct head *head, struct iso_ast *ast)
{
    struct iso_reader *reader = head->reader;
    size_t begin;

    if (!skip_space(head))
        return false;
    if (at_end(head)) {
        iso_reader_error(reader, head->line, column_of(head, head->at), "the file is empty, expected 'AArch64 NAME'");
        return false;
    }
    begin = head->at;
    while (is_word(peek(head, 0)) && head->at - begin < 64)
        head->at++;
    if (head->at - begin != 7 || strncasecmp(reader->text + begin, "AArch64", 7)) {
        size_t size = head->at - begin;
        iso_reader_error(reader, head->line, column_of(head, begin), "architecture '%.*s', expected 'AArch64'",
                         (int)size, reader->text + begin);
        return false;
    }
    skip_blanks(head);
    begin = head->at;
    while (!at_end(head) && !is_blank(peek(head, 0)) && peek(head, 0) != '\n' && peek(head, 0) != '"' &&
           peek(head, 0) != ';' && peek(head, 0) != '{')
        head->at++;
    size_t size = head->at - begin;
    if (!size || size > 4096) {
        iso_reader_error(reader, head->line, column_of(head, begin),
                         size ? "test name of more than 4096 bytes" : "no test name, expected 'AArch64 NAME'");
        return false;
    }
    if (size > 7 && !memcmp(reader->text + head->at - 7, ".litmus", 7))
        size -= 7;
    ast->name = size == 2 && !memcmp(reader->text + begin, "--", 2)
                    ? base_name(reader)
                    : iso_arena_string(reader->arena, reader->text + begin, size);
    ast->doc = "";
    skip_blanks(head);
    if (peek(head, 0) == '(' && peek(head, 1) != '*') { /* a second name, for typesetting */
        while (!at_end(head) && peek(head, 0) != ')' && peek(head, 0) != '\n')
            head->at++;
        if (peek(head, 0) == ')')
            head->at++;
    }
    struct head saved = *head;
    if (!skip_space(head))
        return false;
    if (peek(head, 0) != '"') {
        *head = saved;
        return true;
    }
    saved = *head;
    begin = ++head->at;
    while (!at_end(head) && peek(head, 0) != '"')
        advance(head);
    if (at_end(head)) {
        iso_reader_error(reader, saved.line, column_of(&saved, saved.at), "unterminated doc string, expected '\"'");
        return false;
    }
    ast->doc = iso_arena_string(reader->arena, reader->text + begin, head->at - begin);
    head->at++;
    return true;
}

/* ---- info lines --------------------------------------------------------------------------------------------- */

/* Splits a value into words at blanks (and commas if asked). */
static void split(struct iso_reader *reader, struct iso_ast_info *info, struct iso_span value, bool commas)
{
    uint32_t capacity = info->nwords;

    for (size_t i = 0; i < value.size;) {
        if (is_blank(value.text[i]) || (commas && value.text[i] == ',')) {
            i++;
            continue;
        }
        size_t begin = i;
        while (i < value.size && !is_blank(value.text[i]) && !(commas && value.text[i] == ','))
            i++;
        info->word = iso_arena_grow(reader->arena, info->word, info->nwords, &capacity, sizeof *info->word);
        info->word[info->nwords++] =
            (struct iso_span){value.text + begin, i - begin, value.line, value.column + (uint32_t)begin};
    }
}

/* "P0" or "0" at the head of a word; -1 if there is none. *used: its length. */
static int thread_number(struct iso_span word, size_t *used)
{
    size_t i = word.size && word.text[0] == 'P';
    unsigned n = 0;
    size_t first = i;

    for (; i < word.size && word.text[i] >= '0' && word.text[i] <= '9' && n < ISO_LITMUS_MAX_THREADS; i++)
        n = n * 10 + (unsigned)(word.text[i] - '0');
    *used = i;
    return i == first || n >= ISO_LITMUS_MAX_THREADS ? -1 : (int)n;
}

static void read_tthm(struct iso_reader *reader, struct iso_ast *ast, struct iso_span value)
{
    struct iso_ast_info words = {0};

    split(reader, &words, value, true);
    for (uint32_t i = 0; i < words.nwords; i++) {
        struct iso_span word = words.word[i];
        size_t used;
        int thread = thread_number(word, &used);
        uint64_t mask = UINT64_MAX;
        const char *key = word.text;
        size_t size = word.size;

        if (thread >= 0 && used < size && word.text[used] == ':') {
            mask = UINT64_C(1) << thread;
            key += used + 1;
            size -= used + 1;
        }
        if (size == 2 && !strncasecmp(key, "HA", 2)) {
            ast->ha |= mask;
        } else if (size == 2 && !strncasecmp(key, "HD", 2)) {
            ast->hd |= mask;
        } else if (size > 3 && !strncasecmp(key, "S2:", 3) && size == 5 &&
                   (!strncasecmp(key + 3, "HA", 2) || !strncasecmp(key + 3, "HD", 2))) {
            ast->stage2_ha = true;
            ast->stage2_hd |= (key[4] | 32) == 'd';
        } else if (size == 2 && !strncasecmp(key, "SW", 2)) {
            ast->software |= mask;
        } else {
            iso_reader_error(reader, word.line, word.column,
                             "'%.*s' in TTHM=, expected HA, HD or SW, maybe as Pn:HA or S2:HA",
                             word.size > 40 ? 40 : (int)word.size, word.text);
        }
    }
}

/* EL0= and Guest=: threads. */
static void read_threads(struct iso_reader *reader, uint32_t *out, struct iso_span value, const char *key)
{
    struct iso_ast_info words = {0};

    split(reader, &words, value, true);
    for (uint32_t i = 0; i < words.nwords; i++) {
        size_t used;
        int thread = thread_number(words.word[i], &used);
        if (thread < 0 || used != words.word[i].size)
            iso_reader_error(reader, words.word[i].line, words.word[i].column,
                             "'%.*s' in %s=, expected threads as P0,P2",
                             words.word[i].size > 40 ? 40 : (int)words.word[i].size, words.word[i].text, key);
        else
            *out |= 1u << thread;
    }
}

static void read_variant(struct iso_reader *reader, struct iso_ast *ast, struct iso_span value, const char *key)
{
    const char *text = iso_span_string(reader, value), *bad = NULL;
    const bool before = ast->variant.changes_meaning;
    size_t bad_size = 0;

    if (iso_variant_parse(&ast->variant, text, &bad, &bad_size))
        iso_reader_error(reader, value.line, value.column + (uint32_t)(bad - text),
                         "unknown name '%.*s' in %s=, expected names such as memtag, vmsa, mixed, fatal",
                         bad_size > 40 ? 40 : (int)bad_size, bad, key);
    if (ast->variant.changes_meaning && !before) {
        ast->variant.line = value.line;
        ast->variant.column += value.column - 1;
    }
}

static void read_unroll(struct iso_reader *reader, struct iso_ast *ast, struct iso_span value)
{
    uint32_t n = 0;
    size_t i = 0;

    for (; i < value.size && value.text[i] >= '0' && value.text[i] <= '9' && n < 100000; i++)
        n = n * 10 + (uint32_t)(value.text[i] - '0');
    while (i < value.size && is_blank(value.text[i]))
        i++;
    if (!value.size || i < value.size)
        iso_reader_error(reader, value.line, value.column, "Unroll= takes a number below 100000");
    else
        ast->unroll = n;
}

static void read_info(struct iso_reader *reader, struct iso_ast *ast, struct iso_span key, struct iso_span value)
{
    struct {
        const char *key;
        struct iso_ast_info *info;
        bool commas;
    } words[] = {
        {"subject", &ast->subject, true},    {"rules", &ast->rules, true},    {"place", &ast->place, false},
        {"migrate", &ast->migrate, false},   {"layout", &ast->layout, false}, {"inject", &ast->inject, false},
        {"mprotect", &ast->mprotect, false}, {"cost", &ast->cost, false},     {"host", &ast->host, true},
        {"alias", &ast->alias, false},
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i].key) == key.size && !strncasecmp(words[i].key, key.text, key.size)) {
            split(reader, words[i].info, value, words[i].commas);
            return;
        }
    if (key.size == 7 && !strncasecmp(key.text, "variant", 7))
        read_variant(reader, ast, value, "Variant");
    else if (key.size == 9 && !strncasecmp(key.text, "cachetype", 9))
        read_variant(reader, ast, value, "CacheType");
    else if (key.size == 4 && !strncasecmp(key.text, "tthm", 4))
        read_tthm(reader, ast, value);
    else if (key.size == 3 && !strncasecmp(key.text, "el0", 3))
        read_threads(reader, &ast->el0, value, "EL0");
    else if (key.size == 5 && !strncasecmp(key.text, "guest", 5))
        read_threads(reader, &ast->guest, value, "Guest");
    else if (key.size == 6 && !strncasecmp(key.text, "unroll", 6))
        read_unroll(reader, ast, value);
}

/* One line before the `{`. True if it was KEY=VALUE; otherwise nothing is consumed. */
static bool try_info(struct head *head, struct iso_ast *ast)
{
    const char *text = head->reader->text;
    size_t size = head->reader->size, at = head->at, key = at, key_end, value, end;

    if (!is_alpha(peek(head, 0)))
        return false;
    while (at < size && (is_word(text[at]) || text[at] == '/' || text[at] == '.' || text[at] == '-'))
        at++;
    key_end = at;
    while (at < size && is_blank(text[at]))
        at++;
    if (at >= size || text[at] != '=')
        return false;
    for (at++; at < size && is_blank(text[at]); at++)
        ;
    const char *newline = at < size ? memchr(text + at, '\n', size - at) : NULL;
    value = at;
    end = newline ? (size_t)(newline - text) : size;
    for (at = value; at < end; at++) /* a comment ends the value */
        if (text[at] == '(' && at + 1 < end && text[at + 1] == '*')
            break;
    size_t value_end = at;
    while (value_end > value && is_blank(text[value_end - 1]))
        value_end--;
    read_info(head->reader, ast, (struct iso_span){text + key, key_end - key, head->line, column_of(head, key)},
              (struct iso_span){text + value, value_end - value, head->line, column_of(head, value)});
    head->at = at;
    return true;
}

bool iso_litmus_header(struct iso_reader *reader, struct iso_ast *ast)
{
    struct head head = {reader, 0, 1, 0};

    if (!read_title(&head, ast))
        return false;
    for (;;) {
        if (!skip_space(&head))
            return false;
        if (at_end(&head)) {
            iso_reader_error(reader, head.line, column_of(&head, head.at),
                             "the file ends in its header, expected '{' and the initial state");
            return false;
        }
        if (peek(&head, 0) == '{')
            break;
        if (try_info(&head, ast))
            continue;
        while (!at_end(&head) && peek(&head, 0) != '\n' && peek(&head, 0) != '{')
            head.at++;
    }
    ast->body = head.at + 1;
    ast->body_line = head.line;
    ast->body_line_start = head.line_start;
    return true;
}
