/* Reading a litmus test: cuts the file into header, initial state, code and condition, has each part read, builds the test.
 * Also the look-ups by address that engines use. Not for: the parts themselves (litmus_*.c). */
#include "sim/isa/litmus.h"
#include "sim/isa/litmus_ast.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Refuses what no text file holds; true if the text is clean. */
static bool check_bytes(struct iso_reader *reader)
{
    uint32_t line = 1;
    size_t line_start = 0;

    for (size_t i = 0; i < reader->size; i++) {
        unsigned char c = (unsigned char)reader->text[i];
        if (c >= 0x20 || c == '\t' || c == '\r')
            continue;
        if (c == '\n') {
            line++;
            line_start = i + 1;
            continue;
        }
        iso_reader_error(reader, line, (uint32_t)(i - line_start + 1), "control character 0x%02x, expected a text file",
                         c);
        return false;
    }
    return true;
}

/* Blanks (* nested comments *) from the body on; newlines stay, so that places stay. */
static bool blank_comments(struct iso_reader *reader, size_t body)
{
    char *text = reader->text;
    size_t size = reader->size, open = 0;
    uint32_t depth = 0;

    for (size_t i = body; i < size; i++) {
        if (!depth) { /* on to the next place where one may begin */
            const char *next = memchr(text + i, '(', size - i);
            if (!next)
                break;
            i = (size_t)(next - text);
        }
        bool pair = i + 1 < size;
        if (pair && text[i] == '(' && text[i + 1] == '*') {
            if (!depth++)
                open = i;
            text[i] = text[i + 1] = ' ';
            i++;
        } else if (depth && pair && text[i] == '*' && text[i + 1] == ')') {
            depth--;
            text[i] = text[i + 1] = ' ';
            i++;
        } else if (depth && text[i] != '\n') {
            text[i] = ' ';
        }
    }
    if (depth) {
        uint32_t line = 1;
        size_t line_start = 0;
        iso_reader_locate(reader, open, &line, &line_start);
        iso_reader_error(reader, line, (uint32_t)(open - line_start + 1), "unterminated comment, expected '*)'");
    }
    return !depth;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '/' ||
           c == '.' || c == '-' || c == '%';
}

/* Offset of the word that begins the condition part, or the end of the text. */
static size_t find_tail(const struct iso_reader *reader, size_t from)
{
    static const char *const words[] = {"final", "forall", "exists", "observed", "Observed", "locations", "filter"};
    size_t i = from, size = reader->size;

    while (i < size) {
        size_t begin = i;
        if (!is_word(reader->text[i])) {
            i++;
            continue;
        }
        while (i < size && is_word(reader->text[i]))
            i++;
        if (!strchr("feoOl", reader->text[begin]))
            continue;
        for (size_t k = 0; k < sizeof words / sizeof words[0]; k++)
            if (strlen(words[k]) == i - begin && !memcmp(words[k], reader->text + begin, i - begin)) {
                size_t back = begin; /* ~exists, ~ exists */
                while (back > from && (reader->text[back - 1] == ' ' || reader->text[back - 1] == '\t'))
                    back--;
                return back > from && reader->text[back - 1] == '~' ? back - 1 : begin;
            }
    }
    return size;
}

/* Offset of the `}` that closes the initial state, or 0. */
static size_t find_close(const struct iso_reader *reader, size_t body)
{
    uint32_t depth = 1;

    for (size_t i = body; i < reader->size; i++) {
        depth += reader->text[i] == '{';
        depth -= reader->text[i] == '}';
        if (!depth)
            return i;
    }
    return 0;
}

static bool read_all(struct iso_reader *reader, struct iso_test *test)
{
    struct iso_ast *ast = iso_arena_alloc(reader->arena, sizeof *ast);

    if (!check_bytes(reader) || !iso_litmus_header(reader, ast) || !blank_comments(reader, ast->body))
        return false;
    size_t close = find_close(reader, ast->body);
    if (!close) {
        iso_reader_error(reader, ast->body_line, (uint32_t)(ast->body - ast->body_line_start),
                         "the initial state does not end, expected '}'");
        return false;
    }
    size_t tail = find_tail(reader, close + 1);
    uint32_t line = ast->body_line;
    size_t line_start = ast->body_line_start, at = ast->body;
    if (!iso_litmus_state(reader, ast, at, close, line, line_start))
        return false;
    for (at = ast->body; at < close; at++)
        if (reader->text[at] == '\n') {
            line++;
            line_start = at + 1;
        }
    bool good = iso_litmus_code(reader, ast, close + 1, tail, line, line_start);
    for (at = close; at < tail; at++)
        if (reader->text[at] == '\n') {
            line++;
            line_start = at + 1;
        }
    if (good)
        good = iso_litmus_condition(reader, ast, tail, reader->size, line, line_start);
    return good && iso_litmus_build(reader, test, ast);
}

/* Parses text that the arena owns. */
static int parse_owned(struct iso_test **out, struct iso_diags *diags, struct iso_arena *arena, const char *name,
                       char *text, size_t size)
{
    struct iso_reader reader = {.arena = arena, .diags = diags, .text = text, .size = size};
    struct iso_test *test = iso_arena_alloc(arena, sizeof *test);

    reader.file = iso_arena_string(arena, name, strlen(name));
    test->arena = arena;
    if (!read_all(&reader, test)) {
        if (!iso_diags_has_error(diags)) /* every refusal says why; this is for the day one does not */
            iso_diags_add(diags, false, name, 1, 1, "the test cannot be read");
        iso_arena_free(arena);
        return -1;
    }
    *out = test;
    return 0;
}

int iso_litmus_parse(struct iso_test **out, struct iso_diags *diags, const char *name, const char *text, size_t size)
{
    if (size > ISO_LITMUS_MAX_BYTES) {
        iso_diags_add(diags, false, name, 1, 1, "%zu bytes, expected a litmus test of at most 64 MiB", size);
        return -1;
    }
    struct iso_arena *arena = iso_arena_new();
    return parse_owned(out, diags, arena, name, iso_arena_string(arena, text, size), size);
}

/* Reads the open file to its end into the arena; errno or 0, and what is over the limit is left. */
static int read_whole(char **text, size_t *size, struct iso_arena *arena, int fd)
{
    size_t capacity = 3072; /* most tests fit; what does not is copied */
    *size = 0;
    *text = iso_arena_alloc(arena, capacity);
    for (;;) {
        ssize_t got = read(fd, *text + *size, capacity - *size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno;
        *size += (size_t)got;
        if (got == 0 || *size > ISO_LITMUS_MAX_BYTES)
            return 0;
        if (*size == capacity) {
            char *more = iso_arena_alloc(arena, capacity * 4);
            memcpy(more, *text, *size);
            *text = more;
            capacity *= 4;
        }
    }
}

int iso_litmus_read(struct iso_test **out, struct iso_diags *diags, const char *path)
{
    struct iso_arena *arena;
    char *text;
    size_t size;
    int fd = open(path, O_RDONLY), error;

    if (fd < 0) {
        iso_diags_add(diags, false, path, 0, 0, "cannot open: %s", strerror(errno));
        return -1;
    }
    arena = iso_arena_new();
    error = read_whole(&text, &size, arena, fd);
    close(fd);
    if (error || size > ISO_LITMUS_MAX_BYTES) {
        if (error == EISDIR)
            iso_diags_add(diags, false, path, 0, 0, "is a directory, expected a litmus file");
        else if (error)
            iso_diags_add(diags, false, path, 0, 0, "cannot read: %s", strerror(error));
        else
            iso_diags_add(diags, false, path, 1, 1, "more than 64 MiB, expected a litmus test");
        iso_arena_free(arena);
        return -1;
    }
    return parse_owned(out, diags, arena, path, text, size);
}

void iso_test_free(struct iso_test *test)
{
    if (test)
        iso_arena_free(test->arena);
}

/* ---- look-ups by address ------------------------------------------------------------------------------------ */

int iso_test_page_at(const struct iso_test *test, uint64_t va)
{
    uint64_t bare = iso_address_strip(va), distance = bare - ISO_MAP_VIRTUAL;

    if (bare >= ISO_MAP_VIRTUAL &&
        distance / ISO_MAP_STRIDE < test->npages) { /* pages of one Layout= line share a stride */
        uint64_t page = distance / ISO_MAP_STRIDE + distance % ISO_MAP_STRIDE / ISO_PAGE_BYTES;
        return page < test->npages && test->page[page].va == bare - distance % ISO_PAGE_BYTES ? (int)page : -1;
    }
    if (bare < ISO_MAP_CODE)
        return -1;
    for (uint32_t i = test->npages; i-- > 0;) /* a composed test has other pages behind those of code */
        if (test->page[i].va >= ISO_MAP_CODE && bare - test->page[i].va < ISO_PAGE_BYTES)
            return (int)i;
    return -1;
}

const struct iso_location *iso_test_location_at(const struct iso_test *test, uint64_t va)
{
    uint64_t bare = iso_address_strip(va);
    int page = iso_test_page_at(test, va);

    if (page < 0)
        return NULL;
    for (uint32_t i = 0; i < test->page[page].nlocations; i++) {
        const struct iso_location *location = &test->location[test->page[page].location + i];
        if (bare >= location->va && bare - location->va < (uint64_t)location->element_bytes * location->count)
            return location;
    }
    return NULL;
}

int iso_test_descriptor_at(const struct iso_test *test, uint64_t va)
{
    uint64_t distance = iso_address_strip(va) - ISO_MAP_DESCRIPTOR;

    return distance / ISO_MAP_SLOT < test->npages && distance % ISO_MAP_SLOT < 8 ? (int)(distance / ISO_MAP_SLOT) : -1;
}

int iso_test_stage2_at(const struct iso_test *test, uint64_t ipa)
{
    uint64_t distance = ipa - ISO_MAP_DESCRIPTOR_FRAME;
    int frame;

    if (ipa >= ISO_MAP_DESCRIPTOR_FRAME && distance / ISO_MAP_STRIDE < test->npages &&
        distance % ISO_MAP_STRIDE < ISO_PAGE_BYTES)
        return test->page[distance / ISO_MAP_STRIDE].table - 1;
    frame = iso_test_frame_at(test, ipa);
    return frame < 0 ? -1 : test->page[frame].stage2 - 1;
}

bool iso_test_page_is_code(const struct iso_test *test, uint32_t page)
{
    const struct iso_page *p = &test->page[page];
    for (uint32_t i = 0; i < test->nthreads && !p->nlocations && !p->is_stage2; i++)
        if (p->va < test->thread[i].code_va + 4 * (uint64_t)test->thread[i].ninsns &&
            p->va + ISO_PAGE_BYTES > test->thread[i].code_va)
            return true;
    return false;
}

int iso_test_frame_at(const struct iso_test *test, uint64_t pa)
{
    uint64_t distance = pa - ISO_MAP_FRAME;

    if (distance / ISO_MAP_STRIDE < test->npages && distance % ISO_MAP_STRIDE < ISO_PAGE_BYTES)
        return test->page[distance / ISO_MAP_STRIDE].pa == pa - distance % ISO_MAP_STRIDE
                   ? (int)(distance / ISO_MAP_STRIDE)
                   : -1;
    for (uint32_t i = test->npages; i-- > 0;)
        if (test->page[i].va >= ISO_MAP_CODE && pa - test->page[i].pa < ISO_PAGE_BYTES)
            return (int)i;
    return -1;
}
