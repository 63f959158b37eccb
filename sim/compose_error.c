/* Errors as instructions, as declared in compose.h: a byte says whether one is in force, and somebody sets it. Not for: what an error does (models/decide_error.c). */
#include "models/access.h"
#include "sim/buffer.h"
#include "sim/compose_build.h"
#include "sim/isa/a64_asm.h"
#include "sim/isa/value.h"

#include <stdlib.h>

/* A page with one byte: whether the error is in force. */
static uint16_t add_state_page(struct build *b, const struct iso_inject *inject)
{
    uint8_t *init = iso_arena_alloc(b->to->arena, 1);
    uint16_t index = (uint16_t)b->to->npages;
    struct iso_page *page = &b->page[index];

    *init = inject->when == ISO_INJECT_START;
    *page = (struct iso_page){.va = ISO_MAP_VIRTUAL + (uint64_t)index * ISO_MAP_STRIDE,
                              .pa = ISO_MAP_FRAME + (uint64_t)index * ISO_MAP_STRIDE,
                              .descriptor_va = ISO_MAP_DESCRIPTOR + (uint64_t)index * ISO_MAP_SLOT,
                              .location = b->to->nlocations,
                              .nlocations = 1};
    page->descriptor = (b->from->page[inject->page].descriptor & ~UINT64_C(0x0000fffffffff000)) | page->pa;
    page->name = iso_build_fresh_name(b, inject->name, iso_condition_name((enum iso_condition)inject->condition));
    b->to->npages++;
    b->location[b->to->nlocations++] = (struct iso_location){.name = page->name,
                                                             .type = ISO_TYPE_UINT8,
                                                             .element_bytes = 1,
                                                             .typed = true,
                                                             .count = 1,
                                                             .va = page->va,
                                                             .page = index,
                                                             .init = init};
    b->out->role[index] = ISO_PAGE_ERROR_STATE;
    b->out->origin[index] = inject->page;
    return index;
}

int iso_build_error(struct build *b, size_t i)
{
    const struct iso_inject *inject = &b->from->inject[i];
    struct iso_roles roles = {.pte = 0, .data = 1};
    struct iso_code *code;
    int status = 0;

    uint16_t state = b->out->error_state[i] = add_state_page(b, inject);
    if (inject->when == ISO_INJECT_START)
        return 0;
    if (inject->when == ISO_INJECT_LABEL &&
        !iso_build_free_registers(&roles, b, (uint32_t)inject->thread, BASE_ROLES)) {
        const struct iso_build_place at = iso_build_place_of(b, inject->page, inject->thread, inject->insn);
        iso_diags_add(b->diags, false, b->from->file, at.line, at.column,
                      "Inject=%s:P%u:%s: expected 7 general registers that P%u does not use", inject->name,
                      b->thread[inject->thread].id, inject->label, b->thread[inject->thread].id);
        return -1;
    }
    code = iso_allocate(sizeof *code);
    code->diags = b->diags;
    code->file = b->from->file;
    if (inject->when == ISO_INJECT_LABEL) {
        struct iso_migrate at = {
            .page = inject->page, .thread = inject->thread, .insn = inject->insn, .label = inject->label};
        iso_code_emit(code, "DSB SY");
        iso_code_emit(code, "STRB W%u,[X%u]", roles.data, roles.pte);
        iso_code_emit(code, "DSB SY");
        iso_code_emit(code, "ISB");
        iso_build_insert(b, code, (uint32_t)inject->thread, iso_build_label_position(b, &at));
        b->thread[inject->thread].init.x[roles.pte] = b->page[state].va;
        b->thread[inject->thread].init.x[roles.data] = 1;
    } else {
        iso_code_emit(code, "STRB W%u,[X%u]", roles.data, roles.pte);
        iso_build_add_thread(b, code);
        struct iso_thread *thread = &b->thread[b->to->nthreads - 1];
        thread->is_kernel = false;
        thread->init = (struct iso_regs){.x = {[0] = b->page[state].va, [1] = 1}};
    }
    status = code->failed ? -1 : 0;
    free(code);
    return status;
}
