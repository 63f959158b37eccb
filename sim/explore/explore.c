/* The exhaustive engine's front: from a setup to its exact outcome set. Not for: anything below (program.c, slots.c, search.c). */
#include "sim/explore/search.h"

#include <stdlib.h>
#include <string.h>

enum { DEFAULT_LOOP_BOUND = 2 };

static void observe(struct iso_program *program, const struct iso_test *test)
{
    for (uint32_t i = 0; i < test->nobservables; i++) {
        const struct iso_observable *o = &test->observable[i];
        if (o->kind == ISO_OBSERVABLE_REGISTER) {
            struct iso_thread_traces *t = &program->thread[o->thread];
            t->observed[t->nobserved++] = (uint16_t)i;
        }
    }
}

static void report(struct iso_diags *diags, const struct iso_program *program, const char *failure)
{
    const struct iso_test *test = program->setup->test;
    const struct iso_thread *t = &test->thread[program->failure_thread];
    uint32_t line = 0, column = 0;
    if (program->failure && program->failure_insn < t->ninsns) {
        line = t->insn[program->failure_insn].line;
        column = t->insn[program->failure_insn].column;
    }
    iso_diags_add(diags, false, test->file, line, column, "cannot explore test '%s': %s", test->name, failure);
}

int iso_explore(struct iso_outcome_set *out, struct iso_diags *diags, const struct iso_setup *setup, const struct iso_explore_options *options)
{
    const struct iso_test *test = setup->test;
    struct iso_program *program = calloc(1, sizeof *program);
    struct iso_builder *builder = calloc(1, sizeof *builder);
    struct iso_ob_machine *machine = calloc(1, sizeof *machine);
    const char *failure = NULL;
    int status = -1;
    if (!program || !builder || !machine)
        abort();
    program->setup = setup;
    program->options = options;
    program->arena = iso_arena_new();
    machine->arena = program->arena;
    builder->loop_bound = options && options->loop_bound ? options->loop_bound : test->unroll ? test->unroll : DEFAULT_LOOP_BOUND;
    if (test->nthreads > ISO_THREADS_MAX || test->npages > ISO_SETUP_MAX_PAGES) {
        failure = test->nthreads > ISO_THREADS_MAX ? "more threads than the engine holds (16)" : "more pages than the engine holds (64)";
    } else {
        program->nthreads = test->nthreads;
        observe(program, test);
        if (iso_program_build(program, builder) < 0)
            failure = program->failure;
        else if (iso_machine_build(machine, program) < 0 || iso_search(out, machine, options) < 0)
            failure = machine->failure;
        else
            status = 0;
    }
    if (failure)
        report(diags, program, failure);
    if (status == 0 && program->bounded && !out->bounded) {
        static const char reason[] = "a loop was cut at the unrolling bound";
        out->bounded = true;
        memcpy(out->bound_reason, reason, sizeof reason);
    }
    iso_machine_free(machine);
    iso_program_free(program);
    free(builder->snapshot);
    free(builder);
    free(machine);
    free(program);
    return status;
}
