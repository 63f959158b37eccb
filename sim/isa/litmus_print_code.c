/* The code of a test as columns of a litmus file: labels on rows of their own, branch targets by name.
 * Not for: the rest of the file (litmus_print.c), one instruction (iso_insn_text). */
#include "sim/isa/litmus_build.h"
#include "sim/isa/text.h"

#include <string.h>

/* The rows of one column: labels stand before their instruction. */
struct column {
    uint32_t thread, at, end; /* instruction index */
    uint32_t label;           /* labels of this instruction printed so far */
    bool handler;
};

static const struct iso_label *nth_label(const struct iso_test *test, uint32_t thread, uint32_t insn, uint32_t n)
{
    for (uint32_t i = 0; i < test->nlabels; i++)
        if (test->label[i].thread == thread && test->label[i].insn == insn && !n--)
            return &test->label[i];
    return NULL;
}

/* A branch target by name where a label stands there, else relative. */
static void print_target(struct iso_text *out, const struct iso_test *test, uint32_t thread, uint32_t at,
                         int32_t target)
{
    int64_t address = (int64_t)thread * (ISO_MAP_CODE_STRIDE / 4) + target;
    uint32_t other = address < 0 ? UINT32_MAX : (uint32_t)(address / (ISO_MAP_CODE_STRIDE / 4));
    const struct iso_label *label =
        other < test->nthreads ? nth_label(test, other, (uint32_t)(address % (ISO_MAP_CODE_STRIDE / 4)), 0) : NULL;

    if (label && other != thread) {
        iso_text_char(out, 'P');
        iso_text_unsigned(out, test->thread[other].id);
        iso_text_char(out, ':');
    }
    if (label) {
        iso_text_string(out, label->name);
        return;
    }
    iso_text_string(out, target >= (int32_t)at ? ".+" : ".");
    iso_text_signed(out, ((int64_t)target - at) * 4);
}

static void print_instruction(struct iso_text *out, const struct iso_test *test, uint32_t thread, uint32_t at)
{
    char text[160];
    const struct iso_insn *insn = &test->thread[thread].insn[at];

    iso_insn_text(text, sizeof text, insn);
    const struct iso_location *location =
        insn->target < 0 && insn->imm ? iso_test_location_at(test, (uint64_t)insn->imm) : NULL;
    char *target = location ? strstr(text, "0x") : iso_insn_target_text(text);
    if (target)
        *target = '\0';
    iso_text_string(out, text);
    if (target && location)
        iso_text_string(out, location->name);
    else if (target)
        print_target(out, test, thread, at, insn->target);
}

/* Prints the column's next cell and moves on. False: the column is at its end. */
static bool print_cell(struct iso_text *out, const struct iso_test *test, struct column *column)
{
    const struct iso_label *label = nth_label(test, column->thread, column->at, column->label);

    if (label) {
        iso_text_string(out, label->name);
        iso_text_char(out, ':');
        column->label++;
        return true;
    }
    if (column->at >= column->end)
        return false;
    print_instruction(out, test, column->thread, column->at++);
    column->label = 0;
    return true;
}

void iso_print_host(struct iso_text *out, const struct iso_test *test)
{
    bool first = true;

    for (uint32_t t = 0; t < test->nthreads; t++) /* without a guest it shows in what becomes of faults alone */
        for (uint32_t i = test->thread[t].guest ? 0 : test->thread[t].ninsns, end; i < test->thread[t].ninsns;
             i = end) {
            for (end = i; end < test->thread[t].ninsns && test->thread[t].insn[end].host;)
                end++;
            const struct iso_label *from = nth_label(test, t, i, 0), *to = nth_label(test, t, end, 0);
            if (end == i) {
                end++;
                continue;
            }
            iso_text_string(out, first ? "Host=P" : ",P");
            first = false;
            iso_text_unsigned(out, test->thread[t].id);
            iso_text_char(out, ':');
            iso_text_string(out, from ? from->name : ""); /* the reader asks for labels at both ends */
            iso_text_char(out, ':');
            iso_text_string(out, to ? to->name : "");
        }
    iso_text_string(out, first ? "" : "\n");
}

static size_t cell_width(const struct iso_test *test, struct column column)
{
    size_t width = column.handler ? 4 : 2;

    for (;;) {
        struct iso_text measure;
        iso_text_start(&measure, NULL, 0);
        if (!print_cell(&measure, test, &column))
            return width;
        width = measure.length > width ? measure.length : width;
    }
}

static void pad(struct iso_text *out, size_t from, size_t width)
{
    for (size_t used = out->length - from; used < width; used++)
        iso_text_char(out, ' ');
}

void iso_print_code(struct iso_text *out, const struct iso_test *test)
{
    struct column column[2 * ISO_LITMUS_MAX_THREADS];
    size_t width[2 * ISO_LITMUS_MAX_THREADS];
    uint32_t count = 0;
    bool more = true;

    for (int handler = 0; handler < 2; handler++)
        for (uint32_t i = 0; i < test->nthreads && i < ISO_LITMUS_MAX_THREADS; i++) {
            const struct iso_thread *thread = &test->thread[i];
            if (handler && thread->handler >= thread->ninsns)
                continue;
            column[count] = (struct column){i, handler ? thread->handler : 0,
                                            handler ? thread->ninsns : thread->code_end, 0, handler != 0};
            width[count] = cell_width(test, column[count]);
            count++;
        }
    for (uint32_t i = 0; i < count; i++) {
        size_t from = out->length;
        iso_text_string(out, i ? " | " : " ");
        from = out->length;
        iso_text_char(out, 'P');
        iso_text_unsigned(out, test->thread[column[i].thread].id);
        iso_text_string(out, column[i].handler ? ".F" : "");
        pad(out, from, width[i]);
    }
    iso_text_string(out, " ;\n");
    while (more) {
        struct iso_text saved = *out;
        more = false;
        for (uint32_t i = 0; i < count; i++) {
            iso_text_string(out, i ? " | " : " ");
            size_t from = out->length;
            more |= print_cell(out, test, &column[i]);
            pad(out, from, width[i]);
        }
        if (more)
            iso_text_string(out, " ;\n");
        else
            *out = saved;
    }
}
