/* Cost= of a litmus file: which registers hold the number of iterations, and how many are measured. Declared in litmus_build.h.
 * Not for: measuring (sim/cost.c). */
#include "sim/isa/litmus_build.h"

static bool refuse(struct iso_build *build, struct iso_span word, const char *expected)
{
    iso_reader_error(build->reader, word.line, word.column, "'%.*s' in Cost=, expected %s",
                     word.size > 40 ? 40 : (int)word.size, word.text, expected);
    return false;
}

/* Decimal digits up to `end`; UINT32_MAX if there are none, others, or too many. */
static uint32_t number(struct iso_span word, size_t end)
{
    uint32_t n = 0;
    if (!end || end > 6)
        return UINT32_MAX;
    for (size_t i = 0; i < end; i++) {
        if (word.text[i] < '0' || word.text[i] > '9')
            return UINT32_MAX;
        n = n * 10 + (uint32_t)(word.text[i] - '0');
    }
    return n;
}

static bool read_register(struct iso_build *build, struct iso_cost_register *out, struct iso_span word)
{
    size_t colon = 0;
    while (colon < word.size && word.text[colon] != ':')
        colon++;
    struct iso_ast_place place = {.kind = ISO_PLACE_REGISTER,
                                  .has_thread = true,
                                  .thread = number(word, colon),
                                  .line = word.line,
                                  .column = word.column};
    uint32_t thread;
    if (colon + 1 >= word.size || place.thread == UINT32_MAX)
        return refuse(build, word, "registers as 0:X9, as in the initial state");
    place.name =
        (struct iso_span){word.text + colon + 1, word.size - colon - 1, word.line, word.column + (uint32_t)colon + 1};
    int reg = iso_build_register(build, &thread, &place);
    if (reg < 0)
        return false;
    if (reg >= ISO_REG_COUNT || !build->test->thread[thread].init.x[reg])
        return refuse(build, word, "a register that the initial state gives a number of iterations");
    *out = (struct iso_cost_register){(uint8_t)thread, (uint8_t)reg};
    return true;
}

bool iso_build_cost(struct iso_build *build)
{
    const struct iso_ast_info *info = &build->ast->cost;
    if (!info->nwords)
        return true;
    struct iso_cost_register *list = iso_arena_alloc(build->reader->arena, info->nwords * sizeof *list);
    uint32_t iterations = number(info->word[0], info->word[0].size);
    if (!iterations || iterations > ISO_LITMUS_MAX_COST_ITERATIONS)
        return refuse(build, info->word[0], "a number of iterations from 1 to 10000, then registers as 0:X9");
    for (uint32_t i = 1; i < info->nwords; i++)
        if (!read_register(build, &list[i - 1], info->word[i]))
            return false;
    build->test->cost_iterations = iterations;
    build->test->cost_register = list;
    build->test->ncost_registers = info->nwords - 1;
    return true;
}
