/* Code of a litmus file: rows of cells become columns of labels and instruction texts, one column a thread or fault handler.
 * Not for: what an instruction means (a64_asm.h), where a label leads (litmus_build.c). */
#include "sim/isa/litmus_ast.h"

#include <string.h>

/* Where the section reader stands: it walks by bytes, cells have no tokens of their own. */
struct rows {
    struct iso_reader *reader;
    size_t at, end;
    uint32_t line;
    size_t line_start;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '$' || c == '/' || c == '-';
}

static void skip_space(struct rows *rows)
{
    for (; rows->at < rows->end && is_space(rows->reader->text[rows->at]); rows->at++)
        if (rows->reader->text[rows->at] == '\n') {
            rows->line++;
            rows->line_start = rows->at + 1;
        }
}

/* Next cell, without space around it, up to `|`, `;` or the end of the section; *stop is that character, 0 at the end. */
static struct iso_span next_cell(struct rows *rows, char *stop)
{
    skip_space(rows);
    struct iso_span cell = {rows->reader->text + rows->at, 0, rows->line, (uint32_t)(rows->at - rows->line_start + 1)};

    for (; rows->at < rows->end; rows->at++) {
        char c = rows->reader->text[rows->at];
        if (c == '|' || c == ';')
            break;
        if (c == '\n') {
            rows->line++;
            rows->line_start = rows->at + 1;
        }
    }
    cell.size = (size_t)(rows->reader->text + rows->at - cell.text);
    while (cell.size && is_space(cell.text[cell.size - 1]))
        cell.size--;
    *stop = rows->at < rows->end ? rows->reader->text[rows->at++] : '\0';
    return cell;
}

static int shown(size_t size)
{
    return size > 40 ? 40 : (int)size;
}

/* Header cell: P0 or P0.F. */
static bool read_column(struct iso_reader *reader, struct iso_ast *ast, struct iso_span cell, uint32_t *capacity)
{
    struct iso_ast_column column = {.line = cell.line, .column = cell.column};
    uint32_t main_columns = 0;
    size_t i = 1;

    if (cell.size < 2 || cell.text[0] != 'P' || cell.text[1] < '0' || cell.text[1] > '9')
        goto malformed;
    for (; i < cell.size && cell.text[i] >= '0' && cell.text[i] <= '9' && column.id < ISO_LITMUS_MAX_THREADS; i++)
        column.id = column.id * 10 + (uint32_t)(cell.text[i] - '0');
    if (column.id >= ISO_LITMUS_MAX_THREADS) {
        iso_reader_error(reader, cell.line, cell.column, "thread '%.*s', expected at most %u threads", shown(cell.size),
                         cell.text, ISO_LITMUS_MAX_THREADS);
        return false;
    }
    column.is_handler = cell.size == i + 2 && cell.text[i] == '.' && cell.text[i + 1] == 'F';
    if (!column.is_handler && i != cell.size)
        goto malformed;
    for (uint32_t k = 0; k < ast->ncolumns; k++) {
        if (ast->column[k].id == column.id && ast->column[k].is_handler == column.is_handler) {
            iso_reader_error(reader, cell.line, cell.column, "thread P%u%s stands twice", column.id,
                             column.is_handler ? ".F" : "");
            return false;
        }
        main_columns += !ast->column[k].is_handler;
    }
    if (column.is_handler ? column.id >= main_columns : column.id != main_columns) {
        iso_reader_error(reader, cell.line, cell.column,
                         "P%u%s, expected threads P0, P1, ... in order and handlers behind them", column.id,
                         column.is_handler ? ".F" : "");
        return false;
    }
    ast->column = iso_arena_grow(reader->arena, ast->column, ast->ncolumns, capacity, sizeof *ast->column);
    ast->column[ast->ncolumns++] = column;
    return true;
malformed:
    iso_reader_error(reader, cell.line, cell.column, "'%.*s' in the row of threads, expected P%u or Pn.F",
                     shown(cell.size), cell.text, ast->ncolumns);
    return false;
}

static bool add_cell(struct iso_reader *reader, struct iso_ast_column *column, struct iso_ast_cell cell)
{
    struct iso_span at = cell.label.size ? cell.label : cell.code;

    if (column->ncells >= ISO_LITMUS_MAX_INSNS) {
        iso_reader_error(reader, at.line, at.column, "more than %u instructions in a thread", ISO_LITMUS_MAX_INSNS);
        return false;
    }
    column->cell = iso_arena_grow(reader->arena, column->cell, column->ncells, &column->capacity, sizeof *column->cell);
    column->cell[column->ncells++] = cell;
    return true;
}

/* Labels at the head of a cell, then maybe an instruction. */
static bool read_cell(struct iso_reader *reader, struct iso_ast_column *column, struct iso_span cell)
{
    while (cell.size) {
        size_t name = 0, i, next;
        while (name < cell.size && is_name(cell.text[name]))
            name++;
        for (i = name; i < cell.size && is_space(cell.text[i]); i++)
            ;
        if (!name || i == cell.size || cell.text[i] != ':')
            return add_cell(reader, column, (struct iso_ast_cell){.code = cell});
        for (next = i + 1; next < cell.size && is_space(cell.text[next]); next++)
            ;
        if (!add_cell(reader, column, (struct iso_ast_cell){.label = {cell.text, name, cell.line, cell.column}}))
            return false;
        for (size_t k = 0; k < next; k++) { /* a label on a line of its own inside the cell */
            if (cell.text[k] == '\n') {
                cell.line++;
                cell.column = 0;
            }
            cell.column++;
        }
        cell.text += next;
        cell.size -= next;
    }
    return true;
}

bool iso_litmus_code(struct iso_reader *reader, struct iso_ast *ast, size_t begin, size_t end, uint32_t line,
                     size_t line_start)
{
    struct rows rows = {reader, begin, end, line, line_start};
    uint32_t capacity = 0, nrows = 0;
    char stop;

    skip_space(&rows);
    if (rows.at < end && reader->text[rows.at] == ';') /* the herd tools allow one here */
        rows.at++;
    skip_space(&rows);
    if (rows.at >= end) {
        iso_reader_error(reader, rows.line, (uint32_t)(rows.at - rows.line_start + 1),
                         "no code, expected a row of threads 'P0 | P1 ;'");
        return false;
    }
    do {
        struct iso_span cell = next_cell(&rows, &stop);
        if (!read_column(reader, ast, cell, &capacity))
            return false;
    } while (stop == '|');
    if (!stop) {
        iso_reader_error(reader, rows.line, (uint32_t)(rows.at - rows.line_start + 1),
                         "the row of threads does not end, expected ';'");
        return false;
    }
    for (;;) {
        uint32_t column = 0;
        skip_space(&rows);
        if (rows.at >= end)
            return true;
        if (++nrows > ISO_LITMUS_MAX_ROWS) {
            iso_reader_error(reader, rows.line, 0, "more than %u rows of code", ISO_LITMUS_MAX_ROWS);
            return false;
        }
        do {
            struct iso_span cell = next_cell(&rows, &stop);
            if (column >= ast->ncolumns) {
                iso_reader_error(reader, cell.line, cell.column, "a row with more cells than threads, expected %u",
                                 ast->ncolumns);
                break;
            }
            if (!read_cell(reader, &ast->column[column++], cell))
                return false;
        } while (stop == '|');
        if (!stop) {
            iso_reader_error(reader, rows.line, (uint32_t)(rows.at - rows.line_start + 1),
                             "a row of code does not end, expected ';'");
            return false;
        }
        while (stop == '|') /* of a row that is too long */
            next_cell(&rows, &stop);
        if (column < ast->ncolumns)
            iso_reader_error(reader, rows.line, (uint32_t)(rows.at - rows.line_start),
                             "a row of %u cells, expected %u (an empty cell is ' | ')", column, ast->ncolumns);
    }
}
