/* Threads of a litmus file: labels get instruction indices, cells are assembled, every instruction gets its word as data.
 * A fault handler follows its thread's code behind one NOP that nothing runs, so that "past the end" and "at the handler" differ.
 * Not for: what an instruction means (insn.h). */
#include "sim/isa/a64_asm.h"
#include "sim/isa/litmus_build.h"

#include <string.h>

static bool is_pagealign(struct iso_span code)
{
    return iso_span_is(code, ".pagealign");
}

/* Instruction index behind a cell that stands at `index`. */
static uint32_t behind(uint32_t index, const struct iso_ast_cell *cell)
{
    const uint32_t page = ISO_PAGE_BYTES / 4;

    if (!cell->code.size)
        return index;
    return is_pagealign(cell->code) ? (index + page - 1) / page * page : index + 1;
}

static const struct iso_ast_column *column_of(const struct iso_ast *ast, uint32_t thread, bool handler)
{
    for (uint32_t i = 0; i < ast->ncolumns; i++)
        if (ast->column[i].id == thread && ast->column[i].is_handler == handler)
            return &ast->column[i];
    return NULL;
}

static bool add_labels(struct iso_build *build, uint32_t thread, const struct iso_ast_column *column, uint32_t *index)
{
    struct iso_build_thread *scratch = &build->scratch[thread];

    for (uint32_t i = 0; i < column->ncells; i++) {
        const struct iso_ast_cell *cell = &column->cell[i];
        *index = behind(*index, cell);
        if (!cell->label.size)
            continue;
        if (iso_build_label_find(build, thread, cell->label)) {
            iso_reader_error(build->reader, cell->label.line, cell->label.column, "label '%.*s' stands twice in P%u",
                             cell->label.size > 40 ? 40 : (int)cell->label.size, cell->label.text, thread);
            continue;
        }
        if (scratch->nlabels >= 1024) {
            iso_reader_error(build->reader, cell->label.line, cell->label.column, "more than 1024 labels in P%u",
                             thread);
            return false;
        }
        build->label[build->nlabels++] =
            (struct iso_label){iso_span_string(build->reader, cell->label), thread, *index};
        scratch->nlabels++;
    }
    return true;
}

bool iso_build_threads(struct iso_build *build)
{
    const struct iso_ast *ast = build->ast;
    struct iso_arena *arena = build->reader->arena;
    uint32_t nthreads = 0, nlabels = 0;

    for (uint32_t i = 0; i < ast->ncolumns; i++) {
        nthreads += !ast->column[i].is_handler;
        for (uint32_t k = 0; k < ast->column[i].ncells; k++)
            nlabels += ast->column[i].cell[k].label.size != 0;
    }
    build->thread = iso_arena_alloc(arena, nthreads * sizeof *build->thread);
    build->scratch = iso_arena_alloc(arena, nthreads * sizeof *build->scratch);
    build->label = iso_arena_alloc(arena, nlabels * sizeof *build->label);
    build->test->thread = build->thread;
    build->test->nthreads = nthreads;
    build->test->label = build->label;
    for (uint32_t i = 0; i < nthreads; i++) {
        struct iso_thread *thread = &build->thread[i];
        const struct iso_ast_column *handler = column_of(ast, i, true);
        uint64_t bit = UINT64_C(1) << i;
        uint32_t index = 0;

        memset(build->scratch[i].type, ISO_TYPE_NONE, sizeof build->scratch[i].type);
        build->scratch[i].first_label = build->nlabels;
        thread->id = i;
        thread->code_va = ISO_MAP_CODE + i * ISO_MAP_CODE_STRIDE;
        thread->el0 = (ast->el0 & bit) != 0;
        thread->guest = (ast->guest & bit) != 0;
        thread->tthm = ast->software & bit ? ISO_TTHM_SOFTWARE
                       : ast->hd & bit     ? ISO_TTHM_HAHD
                       : ast->ha & bit     ? ISO_TTHM_HA
                                           : ISO_TTHM_SOFTWARE;
        if (!add_labels(build, i, column_of(ast, i, false), &index))
            return false;
        thread->code_end = index;
        if (handler) {
            thread->handler = ++index;
            if (!add_labels(build, i, handler, &index))
                return false;
            index += index == thread->handler; /* an empty one is a NOP, at which the thread ends */
        }
        if (index > ISO_MAP_CODE_STRIDE / 4) {
            iso_reader_error(build->reader, ast->column[i].line, ast->column[i].column,
                             "code of P%u is longer than %u instructions", i, ISO_MAP_CODE_STRIDE / 4);
            return false;
        }
        thread->ninsns = index;
        if (!handler)
            thread->handler = index;
    }
    build->test->nlabels = build->nlabels;
    return true;
}

/* What the assembler's callbacks need. */
struct names {
    struct iso_build *build;
    uint32_t thread;
    uint32_t line, column;
};

static bool find_label(int32_t *target, void *user, const char *name, size_t size)
{
    const struct names *names = user;
    const struct iso_build *build = names->build;
    struct iso_span span = {name, size, names->line, names->column};
    uint32_t thread = names->thread;

    if (size > 3 && name[0] == 'P' && memchr(name, ':', size)) { /* P1:L0 */
        size_t i = 1;
        for (thread = 0; i < size && name[i] >= '0' && name[i] <= '9' && thread < ISO_LITMUS_MAX_THREADS; i++)
            thread = thread * 10 + (uint32_t)(name[i] - '0');
        if (i == 1 || i >= size || name[i] != ':')
            return false;
        span.text = name + i + 1;
        span.size = size - i - 1;
    }
    const struct iso_label *label = iso_build_label_find(build, thread, span);
    if (!label)
        return false;
    *target = (int32_t)label->insn + ((int32_t)thread - (int32_t)names->thread) * (int32_t)(ISO_MAP_CODE_STRIDE / 4);
    return true;
}

static bool find_symbolic(uint8_t *reg, void *user, const char *name, size_t size)
{
    const struct names *names = user;
    struct iso_ast_place place = {.kind = ISO_PLACE_SYMBOLIC,
                                  .has_thread = true,
                                  .thread = names->thread,
                                  .name = {name, size, names->line, names->column}};
    uint32_t thread;
    int found = iso_build_register(names->build, &thread, &place);

    if (found < 0)
        return false;
    *reg = (uint8_t)found;
    return true;
}

static bool find_location(uint64_t *va, void *user, const char *name, size_t size)
{
    const struct names *names = user;
    int32_t symbol = iso_build_symbol_find(names->build, (struct iso_span){name, size, names->line, names->column});

    if (symbol < 0)
        return false;
    *va = iso_build_va(names->build, symbol);
    return true;
}

static bool assemble_column(struct iso_build *build, uint32_t thread, const struct iso_ast_column *column,
                            struct iso_insn *insn, uint32_t *index)
{
    struct iso_reader *reader = build->reader;
    struct names names = {build, thread, 0, 0};
    struct iso_a64_context context = {.user = &names,
                                      .label = find_label,
                                      .symbolic = find_symbolic,
                                      .location = find_location,
                                      .code_va = build->thread[thread].code_va};
    bool good = true;

    if (build->ast->variant.dic || build->ast->variant.idc) /* CTR_EL0: DIC bit 29, IDC bit 28, 64-byte lines */
        context.ctr_el0 =
            UINT64_C(0x84448004) | (uint64_t)build->ast->variant.dic << 29 | (uint64_t)build->ast->variant.idc << 28;
    for (uint32_t i = 0; i < column->ncells; i++) {
        const struct iso_ast_cell *cell = &column->cell[i];
        uint32_t next = behind(*index, cell);
        struct iso_span code = cell->code;
        if (!code.size)
            continue;
        if (is_pagealign(code))
            code.text = "NOP", code.size = 3;
        names.line = cell->code.line;
        names.column = cell->code.column;
        for (; *index < next; ++*index) {
            context.index = *index;
            if (iso_a64_assemble(&insn[*index], reader->diags, reader->file, cell->code.line, cell->code.column,
                                 code.text, code.size, &context)) {
                reader->failed = true;
                good = false;
                *index = next;
                break;
            }
        }
    }
    return good;
}

/* Text up to the first ':' of *rest; *rest goes on behind it. */
static struct iso_span field(struct iso_span *rest)
{
    size_t size = 0;
    while (size < rest->size && rest->text[size] != ':')
        size++;
    struct iso_span out = {rest->text, size, rest->line, rest->column};
    *rest = size < rest->size ? iso_span_behind(*rest, size + 1) : iso_span_behind(*rest, size);
    return out;
}

/* Host=Pn:FROM:TO: what stands between two labels of a guest's thread is its host's code. Words of other threads are left alone; thread
 * `nthreads` asks for what no thread answers to. */
static bool mark_host(struct iso_build *build, uint32_t thread, struct iso_insn *insn)
{
    const struct iso_ast_info *info = &build->ast->host;

    for (uint32_t i = 0; i < info->nwords; i++) {
        struct iso_span word = info->word[i], rest = word, who = field(&rest), from = field(&rest);
        uint32_t n = 0;
        bool good = who.size >= 2 && who.size <= 3 && who.text[0] == 'P' && from.size && rest.size;
        for (size_t k = 1; good && k < who.size; k++) {
            good = who.text[k] >= '0' && who.text[k] <= '9';
            n = n * 10 + (uint32_t)(who.text[k] - '0');
        }
        good = good && n < build->test->nthreads && build->thread[n].guest;
        if (good && n != thread)
            continue;
        const struct iso_label *first = good && insn ? iso_build_label_find(build, thread, from) : NULL;
        const struct iso_label *end = good && insn ? iso_build_label_find(build, thread, rest) : NULL;
        if (!first || !end || first->insn > end->insn) {
            iso_reader_error(
                build->reader, word.line, word.column,
                "'%.*s' in Host=, expected Pn:FROM:TO with a thread of Guest= and two of its labels, in order",
                word.size > 40 ? 40 : (int)word.size, word.text);
            return false;
        }
        for (uint32_t k = first->insn; k < end->insn; k++)
            insn[k].host = 1;
    }
    return true;
}

/* Whether an instruction puts an address of code into a register, so that code may be read or written as data. */
static bool gives_code_address(const struct iso_insn *insn)
{
    bool links = insn->cls == ISO_INSN_BRANCH && insn->mnemonic[0] == 'B' && insn->mnemonic[1] == 'L';
    return links || insn->cls == ISO_INSN_SYSTEM_READ || (!strcmp(insn->mnemonic, "ADR") && insn->target >= 0);
}

static bool assemble_nop(struct iso_build *build, uint32_t thread, const struct iso_ast_column *column,
                         struct iso_insn *insn, uint32_t *index)
{
    struct iso_a64_context context = {.index = *index, .code_va = build->thread[thread].code_va};
    return !iso_a64_assemble(&insn[(*index)++], build->reader->diags, build->reader->file, column->line, column->column,
                             "NOP", 3, &context);
}

bool iso_build_assemble(struct iso_build *build)
{
    struct iso_reader *reader = build->reader;
    bool good = true;

    if (!mark_host(build, build->test->nthreads, NULL))
        return false;
    for (uint32_t i = 0; i < build->test->nthreads; i++) {
        struct iso_thread *thread = &build->thread[i];
        const struct iso_ast_column *handler = column_of(build->ast, i, true);
        struct iso_insn *insn = iso_arena_alloc(reader->arena, thread->ninsns * sizeof *insn);
        uint32_t index = 0;

        good &= assemble_column(build, i, column_of(build->ast, i, false), insn, &index);
        if (handler) {
            if (!assemble_nop(build, i, handler, insn, &index))
                return false;
            good &= assemble_column(build, i, handler, insn, &index);
            if (good && index < thread->ninsns && !assemble_nop(build, i, handler, insn, &index))
                return false;
        }
        thread->insn = insn;
        if (!good)
            continue;
        good &= mark_host(build, i, insn);
        for (uint32_t k = 0; k < thread->ninsns; k++)
            build->shows_code |= gives_code_address(&insn[k]);
    }
    if (good && build->shows_code)
        iso_build_words(build);
    return good;
}

void iso_build_words(struct iso_build *build)
{
    for (uint32_t i = 0; i < build->test->nthreads; i++) {
        struct iso_thread *thread = &build->thread[i];
        if (thread->word)
            continue;
        uint32_t *word = iso_arena_alloc(build->reader->arena, thread->ninsns * sizeof *word);
        for (uint32_t k = 0; k < thread->ninsns; k++)
            word[k] = iso_build_word(build, &thread->insn[k], (int32_t)k);
        thread->word = word;
    }
}
