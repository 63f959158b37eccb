/* Instruction fetch in the walk: which word of code an instruction is, where code or its mapping changes.
 * A fetch is an Implicit read of the word (Arm ARM B2.3.1, "Implicit Instruction Memory Read Effect"), behind the translation of its page where that can
 * change. It may have been made long before: only a context synchronisation holds it back (IFB-ob), and everything else of its instruction and
 * of later ones comes after it (f-ob, f-ib). What it may find is in machine.c. Code that nothing changes is not fetched as an Effect.
 * Not modelled: stage 2 of a guest's code; code executed from locations that hold no code as the test begins.
 * Source: Arm ARM B2.2.5 (concurrent modification and execution), B2.3, B2.7.4.2; facts/arm-attributes.md section 6. */
#include "sim/explore/explore.h"
#include "sim/explore/walk.h"
#include "sim/isa/a64_encode.h"

/* The instruction that a word stands for at the current place: the one written there, any known one, or one of the test's without an encoding.
 * NULL: none. */
static const struct iso_insn *decode(struct iso_builder *b, uint32_t word)
{
    const struct iso_thread *code = &b->test->thread[b->w.code];
    uint32_t pc = b->w.pc;
    if (code->word && code->word[pc] == word)
        return &code->insn[pc];
    if (iso_insn_decode(&b->fetched, word, pc))
        return &b->fetched;
    for (uint32_t i = 0; i < b->test->ninstructions; i++)
        if (b->test->instruction[i].word == word)
            return &b->test->instruction[i].insn;
    return NULL;
}

/* Page whose translation a fetch from `va` takes, if it can be any other than as the test begins, or faults then; -1: it cannot. */
static int mapped_by(const struct iso_program *program, uint64_t va)
{
    int page = program->setup->variant.vmsa ? iso_test_page_at(program->setup->test, va) : -1;
    if (page < 0 || (!(program->unmapped_code >> page & 1) &&
                     !iso_modified_has(program->modified, program->setup->test->page[page].descriptor_va)))
        return -1;
    return page;
}

/* What the tier that a page of code lies on makes of the fetch. False: the fault is taken. */
static bool asks_tier(struct iso_builder *b, struct iso_path *path, uint64_t va)
{
    const struct iso_path_request request = {.va = va, .fetch = true, .size = 4};
    const struct iso_insn *insn = &b->test->thread[b->w.code].insn[b->w.pc];
    struct iso_walked_descriptors descriptor = {0, 0, false};
    int page = b->setup->machine ? iso_test_page_at(b->test, va) : -1;
    if (page < 0)
        return true;
    descriptor.stage1 = path->ttd >= 0 ? path->descriptor : b->test->page[page].descriptor;
    path->va = va;
    path->error = -1;
    return iso_walk_tier(b, path, insn, &request, page, &descriptor, false) == ISO_PATH_OK;
}

static const struct iso_insn *fetch(struct iso_builder *b)
{
    struct iso_program *program = b->program;
    const struct iso_thread *code = &b->test->thread[b->w.code];
    uint64_t va = code->code_va + 4 * (uint64_t)b->w.pc;
    struct iso_path path = {.loc = iso_image_loc(b->setup, va), .ttd = -1};
    struct iso_depend d = {0};
    const struct iso_insn *insn;
    struct iso_bytes16 value;
    bool unknown;
    int page = mapped_by(program, va), i;
    if (page >= 0 && iso_walk_path_of_fetch(b, &path, va, page) != ISO_PATH_OK)
        return NULL;
    if (!asks_tier(b, &path, va))
        return NULL;
    if (page < 0 && !iso_modified_has(program->modified, iso_loc_strip(path.loc)))
        return &code->insn[b->w.pc];
    unknown = iso_walk_is_disturbed(b, path.loc, 4) && iso_walk_choose(b, 2) == 1;
    if (unknown)
        value = iso_walk_unknown(4);
    else if (b->w.dead || !iso_walk_value(b, &value, path.loc, 4, true))
        return NULL;
    d.flow = path.depend.flow;
    d.pick_flow = path.depend.pick_flow;
    d.same = path.depend.same;
    i = iso_walk_event(b, ISO_EVENT_FETCH, unknown ? ISO_EVENT_UNKNOWN : 0, path.loc, 4, &d);
    if (i < 0)
        return NULL;
    b->event[i].value = value;
    b->event[i].users = b->w.order.fetch;
    if (unknown)
        iso_walk_blame_disturbance(b, path.tier);
    if (path.ttd >= 0)
        iso_walk_use(b, i, &path);
    iso_order_event(b, (unsigned)i);
    b->w.order.fetch |= ISO_BIT(i);
    insn = decode(b, (uint32_t)value.lo);
    if (!insn)
        iso_walk_fault(b, ISO_FAULT_UNDEFINED, false, 0, 0, b->build[i].depend.pick_flow, true);
    return insn;
}

const struct iso_insn *iso_walk_fetch(struct iso_builder *b)
{
    const struct iso_insn *insn;
    b->fetching = true;
    insn = fetch(b);
    b->fetching = false;
    return insn;
}
