/* Composing migrations, as declared in compose.h. Not for: running. Not modelled: page locks, rmap, notifiers, retries after -EAGAIN,
 * the window of batched flushes across several pages (each page has a sequence of its own). */
#include "sim/compose.h"

#include "models/access.h"
#include "models/translate.h"
#include "sim/buffer.h"
#include "sim/isa/a64_asm.h"
#include "sim/isa/value.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CODE_MAX = 1024, COPY_MAX = 256 };

/* Registers of the sequence. */
struct roles {
    uint8_t pte, operand, source, destination, descriptor, data, tag; /* tag: without tags the invalid descriptor */
};

struct code {
    struct iso_diags *diags;
    const char *file;
    struct iso_insn insn[CODE_MAX];
    uint32_t count;
    bool failed;
};

static __attribute__((format(printf, 2, 3))) void emit(struct code *code, const char *format, ...)
{
    static const struct iso_a64_context none = {0};
    char text[96];
    va_list list;
    va_start(list, format);
    int size = vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (code->failed)
        return;
    if (code->count == CODE_MAX) {
        iso_diags_add(code->diags, false, code->file, 0, 0, "migration needs more than %d instructions", CODE_MAX);
        code->failed = true;
    } else if (iso_a64_assemble(&code->insn[code->count], code->diags, code->file, 0, 0, text, (size_t)size, &none) !=
               0) {
        code->failed = true;
    } else {
        code->count++;
    }
}

/* Loads and stores of one element: LDR/STR of its own width, so that a concurrent reader sees what a copy by words gives. */
static void emit_copy(struct code *code, const struct roles *r, uint64_t offset, unsigned bytes)
{
    static const char *const suffix[] = {[1] = "B", [2] = "H", [4] = "", [8] = ""};
    char width = bytes == 8 ? 'X' : 'W';
    emit(code, "LDR%s %c%u,[X%u,#%u]", suffix[bytes], width, r->data, r->source, (unsigned)offset);
    emit(code, "STR%s %c%u,[X%u,#%u]", suffix[bytes], width, r->data, r->destination, (unsigned)offset);
}

static void emit_data(struct code *code, const struct roles *r, const struct iso_test *test,
                      const struct iso_page *page)
{
    uint32_t copied = 0;
    for (uint32_t l = page->location; l < page->location + page->nlocations; l++) {
        const struct iso_location *location = &test->location[l];
        unsigned bytes = location->element_bytes > 8 ? 8 : location->element_bytes;
        uint64_t size = (uint64_t)location->element_bytes * location->count;
        for (uint64_t at = 0; at < size; at += bytes) {
            if (++copied > COPY_MAX) {
                if (!code->failed)
                    iso_diags_add(code->diags, false, code->file, location->line, location->column,
                                  "%s migrates with more than %d elements in use; expected fewer", page->name,
                                  COPY_MAX);
                code->failed = true;
                return;
            }
            emit_copy(code, r, location->va - page->va + at, bytes);
        }
    }
}

/* Every granule that a location touches, once. */
static void emit_tags(struct code *code, const struct roles *r, const struct iso_test *test,
                      const struct iso_page *page, bool zero)
{
    int64_t last = -1;
    for (uint32_t l = page->location; l < page->location + page->nlocations; l++) {
        const struct iso_location *location = &test->location[l];
        uint64_t first = (location->va - page->va) / ISO_GRANULE_BYTES;
        uint64_t end =
            (location->va - page->va + (uint64_t)location->element_bytes * location->count - 1) / ISO_GRANULE_BYTES;
        for (uint64_t granule = first; granule <= end; granule++) {
            if ((int64_t)granule <= last)
                continue;
            last = (int64_t)granule;
            if (!zero)
                emit(code, "LDG X%u,[X%u,#%u]", r->tag, r->source, (unsigned)(granule * ISO_GRANULE_BYTES));
            emit(code, "STG X%u,[X%u,#%u]", zero ? r->destination : r->tag, r->destination,
                 (unsigned)(granule * ISO_GRANULE_BYTES));
        }
    }
}

static void emit_sequence(struct code *code, const struct roles *r, const struct iso_test *test,
                          const struct iso_page *page, const struct iso_migration *sequence, bool tagged)
{
    bool invalid = false;
    for (size_t i = 0; i < sequence->nrows; i++) {
        const struct iso_migration_row *row = &sequence->row[i];
        if ((row->if_source_tagged || row->if_mapping_tagged) && !tagged)
            continue;
        switch (row->step) {
        case ISO_MIGRATION_LOCK:
        case ISO_MIGRATION_UNLOCK:
            break; /* waiters wait for a valid descriptor */
        case ISO_MIGRATION_CLEAR_PTE:
        case ISO_MIGRATION_WRITE_MIGRATION:
            if (!invalid && tagged) /* no register to spare: zero is as invalid */
                emit(code, "STR XZR,[X%u]", r->pte);
            else if (!invalid)
                emit(code, "STR X%u,[X%u]", r->tag, r->pte);
            invalid = true;
            break;
        case ISO_MIGRATION_DSB_ISHST:
            emit(code, "DSB ISHST");
            break;
        case ISO_MIGRATION_TLBI:
            emit(code, "LSR X%u,X%u,#12", r->data, r->operand);
            emit(code, "TLBI VAAE1IS,X%u", r->data);
            break;
        case ISO_MIGRATION_DSB_ISH:
            emit(code, "DSB ISH");
            break;
        case ISO_MIGRATION_COPY_DATA:
            emit_data(code, r, test, page);
            break;
        case ISO_MIGRATION_COPY_TAGS:
            emit_tags(code, r, test, page, false);
            break;
        case ISO_MIGRATION_ZERO_TAGS:
            emit_tags(code, r, test, page, true);
            break;
        case ISO_MIGRATION_DMB_ISHST:
            emit(code, "DMB ISHST");
            break;
        case ISO_MIGRATION_WRITE_PTE:
            emit(code, "STR X%u,[X%u]", r->descriptor, r->pte);
            invalid = false;
            break;
        case ISO_MIGRATION_DSB_ISHST_ISB:
            emit(code, "DSB ISHST");
            emit(code, "ISB");
            break;
        }
    }
}

/* ---- pages ---- */

struct build {
    struct iso_diags *diags;
    const struct iso_test *from;
    struct iso_test *to;
    struct iso_page *page;
    struct iso_location *location;
    struct iso_thread *thread;
    struct iso_label *label;
    struct iso_fault_pattern *fault;
    struct iso_composition *out;
};

/* A name no location has yet: "x_src", "x_src2", ... */
static const char *fresh_name(const struct build *b, const char *stem, const char *suffix)
{
    struct iso_buffer name = {0};
    for (unsigned n = 1;; n++) {
        bool taken = false;
        iso_buffer_clear(&name);
        iso_buffer_format(&name, "%s_%s", stem, suffix);
        if (n > 1)
            iso_buffer_format(&name, "%u", n);
        for (uint32_t i = 0; i < b->to->nlocations; i++)
            taken |= strcmp(b->location[i].name, name.data) == 0;
        for (uint32_t i = 0; i < b->to->npages; i++)
            taken |= strcmp(b->page[i].name, name.data) == 0;
        if (!taken)
            break;
    }
    const char *kept = iso_arena_string(b->to->arena, name.data, name.size);
    iso_buffer_free(&name);
    return kept;
}

/* A page with the same locations as `like`, zero-filled; its descriptor maps the frame at `pa`, or its own where pa is 0. */
static uint16_t add_page(struct build *b, uint16_t like, const char *suffix, uint64_t pa, enum iso_page_role role)
{
    uint16_t index = (uint16_t)b->to->npages;
    struct iso_page *page = &b->page[index];
    const struct iso_page *model = &b->from->page[like];
    uint64_t frame_bits = UINT64_C(0x0000fffffffff000);

    page->name = fresh_name(b, model->name, suffix);
    page->va = ISO_MAP_VIRTUAL + (uint64_t)index * ISO_MAP_STRIDE;
    page->pa = ISO_MAP_FRAME + (uint64_t)index * ISO_MAP_STRIDE;
    page->descriptor_va = ISO_MAP_DESCRIPTOR + (uint64_t)index * ISO_MAP_SLOT;
    page->descriptor = (model->descriptor & ~frame_bits) | (pa ? pa : page->pa);
    page->location = b->to->nlocations;
    page->nlocations = model->nlocations;
    b->to->npages++;
    for (uint32_t l = 0; l < model->nlocations; l++) {
        struct iso_location *location = &b->location[b->to->nlocations];
        const struct iso_location *original = &b->from->location[model->location + l];
        *location = *original;
        location->name = strcmp(original->name, model->name) == 0 ? page->name : fresh_name(b, original->name, suffix);
        location->va = page->va + (original->va - model->va);
        location->page = index;
        location->tag = 0;
        location->typed = true;
        location->init = iso_arena_alloc(b->to->arena, (size_t)original->element_bytes * original->count);
        b->to->nlocations++;
    }
    b->out->role[index] = (uint8_t)role;
    b->out->origin[index] = like;
    return index;
}

/* ---- threads ---- */

static void set_roles(struct iso_regs *init, const struct roles *r, const struct build *b, uint16_t page,
                      uint16_t source, uint16_t destination, bool tagged)
{
    struct iso_pte invalid;
    iso_pte_decode(&invalid, b->page[page].descriptor);
    invalid.valid = false;
    init->x[r->pte] = b->page[page].descriptor_va;
    init->x[r->operand] = b->page[page].va;
    init->x[r->source] = b->page[source].va;
    init->x[r->destination] = b->page[destination].va;
    init->x[r->descriptor] = b->page[destination].descriptor;
    if (!tagged)
        init->x[r->tag] = iso_pte_encode(&invalid);
}

static void add_kernel_thread(struct build *b, const struct code *code, const struct roles *r, uint16_t page,
                              uint16_t source, uint16_t destination, bool tagged)
{
    struct iso_thread *thread = &b->thread[b->to->nthreads];
    uint32_t id = 0;
    for (uint32_t i = 0; i < b->to->nthreads; i++)
        id = b->thread[i].id >= id ? b->thread[i].id + 1 : id;
    *thread = (struct iso_thread){
        .id = id, .ninsns = code->count, .handler = code->count, .code_end = code->count, .is_kernel = true};
    thread->insn = iso_arena_copy(b->to->arena, code->insn, code->count * sizeof code->insn[0]);
    thread->word = iso_arena_alloc(b->to->arena, code->count * sizeof(uint32_t));
    thread->code_va = ISO_MAP_CODE + (uint64_t)b->to->nthreads * ISO_MAP_CODE_STRIDE;
    set_roles(&thread->init, r, b, page, source, destination, tagged);
    b->to->nthreads++;
}

/* Seven registers that thread t neither uses, sets, nor shows. */
static bool free_registers(struct roles *out, const struct build *b, uint32_t t)
{
    const struct iso_thread *thread = &b->thread[t];
    uint8_t *const role[] = {&out->pte,        &out->operand, &out->source, &out->destination,
                             &out->descriptor, &out->data,    &out->tag};
    uint64_t used = 0;
    size_t found = 0;
    for (uint32_t i = 0; i < thread->ninsns; i++) {
        struct iso_insn_uses u;
        iso_insn_uses(&u, &thread->insn[i]);
        used |= u.address | u.data | u.compare | u.pick | u.control | u.result | u.writeback | u.status;
    }
    for (uint32_t i = 0; i < b->from->nobservables; i++)
        if (b->from->observable[i].kind == ISO_OBSERVABLE_REGISTER && b->from->observable[i].thread == t)
            used |= UINT64_C(1) << (b->from->observable[i].reg & 63);
    for (uint8_t reg = 0; reg <= 30 && found < 7; reg++)
        if (!(used >> reg & 1) && thread->init.x[reg] == 0)
            *role[found++] = reg;
    return found == 7;
}

/* Code addresses behind the insertion move on. */
static uint64_t relocate(uint64_t value, const struct iso_thread *thread, uint32_t at, uint32_t by)
{
    bool inside =
        value >= thread->code_va + 4 * (uint64_t)at && value <= thread->code_va + 4 * (uint64_t)thread->ninsns;
    return inside ? value + 4 * (uint64_t)by : value;
}

static void insert_code(struct build *b, const struct code *code, uint32_t t, uint32_t at)
{
    struct iso_thread *thread = &b->thread[t];
    const struct iso_thread before = *thread;
    uint32_t count = before.ninsns + code->count;
    struct iso_insn *insn = iso_arena_alloc(b->to->arena, count * sizeof insn[0]);
    uint32_t *word = iso_arena_alloc(b->to->arena, count * sizeof word[0]);

    memcpy(insn, before.insn, at * sizeof insn[0]);
    memcpy(insn + at, code->insn, code->count * sizeof insn[0]);
    if (before.ninsns > at)
        memcpy(insn + at + code->count, before.insn + at, (before.ninsns - at) * sizeof insn[0]);
    if (before.word) {
        memcpy(word, before.word, at * sizeof word[0]);
        if (before.ninsns > at)
            memcpy(word + at + code->count, before.word + at, (before.ninsns - at) * sizeof word[0]);
    }
    for (uint32_t i = 0; i < count; i++)
        if ((i < at || i >= at + code->count) && insn[i].target >= (int32_t)at)
            insn[i].target += (int32_t)code->count;
    thread->insn = insn;
    thread->word = word;
    thread->ninsns = count;
    thread->handler += before.handler >= at ? code->count : 0;
    thread->code_end += before.code_end >= at ? code->count : 0;
    for (uint32_t i = 0; i < b->to->nlabels; i++)
        if (b->label[i].thread == t && b->label[i].insn >= at)
            b->label[i].insn += code->count;
    for (uint32_t i = 0; i < b->to->nfaults; i++)
        if (b->fault[i].thread == (int32_t)t && b->fault[i].label_insn >= (int32_t)at)
            b->fault[i].label_insn += (int32_t)code->count;
    for (uint32_t k = 0; k < b->to->nthreads; k++)
        for (unsigned reg = 0; reg < ISO_REG_COUNT; reg++)
            b->thread[k].init.x[reg] = relocate(b->thread[k].init.x[reg], &before, at, code->count);
}

/* Where the label stands now: earlier insertions may have moved it. */
static uint32_t label_position(const struct build *b, const struct iso_migrate *plan)
{
    for (uint32_t i = 0; i < b->to->nlabels; i++)
        if (plan->label && b->label[i].thread == (uint32_t)plan->thread && strcmp(b->label[i].name, plan->label) == 0)
            return b->label[i].insn;
    return (uint32_t)plan->insn;
}

static int compose_one(struct build *b, const struct iso_migrate *plan, const struct iso_migration *sequence,
                       bool tagged)
{
    static const struct roles kernel_roles = {
        .pte = 0, .operand = 1, .source = 2, .destination = 3, .descriptor = 4, .data = 5, .tag = 6};
    struct roles roles = kernel_roles;
    const struct iso_page *page = &b->from->page[plan->page];
    bool at_label = plan->insn >= 0 && plan->thread >= 0;
    struct code *code = iso_allocate(sizeof *code);
    int status = -1;

    code->diags = b->diags;
    code->file = b->from->file;
    uint16_t source = add_page(b, plan->page, "src", page->pa, ISO_PAGE_ALIAS_SOURCE);
    uint16_t destination = add_page(b, plan->page, "dst", 0, ISO_PAGE_DESTINATION);
    b->out->role[plan->page] = ISO_PAGE_MIGRATES;
    b->out->blocking_pages |= UINT64_C(1) << plan->page;
    if (at_label && b->thread[plan->thread].el0) {
        iso_diags_add(b->diags, false, b->from->file, 0, 0,
                      "Migrate=%s:P%u:%s: P%u runs at EL0; expected a thread at EL1", page->name,
                      b->thread[plan->thread].id, plan->label, b->thread[plan->thread].id);
    } else if (at_label && !free_registers(&roles, b, (uint32_t)plan->thread)) {
        iso_diags_add(b->diags, false, b->from->file, 0, 0,
                      "Migrate=%s:P%u:%s: expected 7 general registers that P%u does not use", page->name,
                      b->thread[plan->thread].id, plan->label, b->thread[plan->thread].id);
    } else {
        if (at_label)
            emit(code, "ISB");
        if (tagged)
            emit(code, "MSR TCO,#1");
        emit_sequence(code, &roles, b->from, page, sequence, tagged);
        if (at_label) {
            if (tagged)
                emit(code, "MSR TCO,#0");
            emit(code, "CLREX");
            emit(code, "ISB");
        }
        if (!code->failed && at_label) {
            insert_code(b, code, (uint32_t)plan->thread, label_position(b, plan));
            set_roles(&b->thread[plan->thread].init, &roles, b, plan->page, source, destination, tagged);
        } else if (!code->failed) {
            add_kernel_thread(b, code, &roles, plan->page, source, destination, tagged);
        }
        status = code->failed ? -1 : 0;
    }
    free(code);
    return status;
}

/* ---- errors ---- */

/* A page with one byte: whether the error is in force. */
static uint16_t add_state_page(struct build *b, const struct iso_inject *inject)
{
    uint16_t index = (uint16_t)b->to->npages;
    struct iso_page *page = &b->page[index];
    struct iso_location *location = &b->location[b->to->nlocations];
    uint8_t *init = iso_arena_alloc(b->to->arena, 1);

    *init = inject->when == ISO_INJECT_START;
    page->name = fresh_name(b, inject->name, iso_condition_name((enum iso_condition)inject->condition));
    page->va = ISO_MAP_VIRTUAL + (uint64_t)index * ISO_MAP_STRIDE;
    page->pa = ISO_MAP_FRAME + (uint64_t)index * ISO_MAP_STRIDE;
    page->descriptor_va = ISO_MAP_DESCRIPTOR + (uint64_t)index * ISO_MAP_SLOT;
    page->descriptor = (b->from->page[inject->page].descriptor & ~UINT64_C(0x0000fffffffff000)) | page->pa;
    page->location = b->to->nlocations++;
    page->nlocations = 1;
    b->to->npages++;
    *location = (struct iso_location){.name = page->name,
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

static int compose_error(struct build *b, size_t i)
{
    const struct iso_inject *inject = &b->from->inject[i];
    struct roles roles = {.pte = 0, .data = 1};
    struct code *code;
    int status = 0;

    uint16_t state = b->out->error_state[i] = add_state_page(b, inject);
    if (inject->when == ISO_INJECT_START)
        return 0;
    if (inject->when == ISO_INJECT_LABEL && !free_registers(&roles, b, (uint32_t)inject->thread)) {
        iso_diags_add(b->diags, false, b->from->file, 0, 0,
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
        emit(code, "DSB SY");
        emit(code, "STRB W%u,[X%u]", roles.data, roles.pte);
        emit(code, "DSB SY");
        emit(code, "ISB");
        insert_code(b, code, (uint32_t)inject->thread, label_position(b, &at));
        b->thread[inject->thread].init.x[roles.pte] = b->page[state].va;
        b->thread[inject->thread].init.x[roles.data] = 1;
    } else {
        emit(code, "STRB W%u,[X%u]", roles.data, roles.pte);
        add_kernel_thread(b, code, &roles, inject->page, state, state, false);
        struct iso_thread *thread = &b->thread[b->to->nthreads - 1];
        thread->is_kernel = false;
        thread->init = (struct iso_regs){.x = {[0] = b->page[state].va, [1] = 1}};
    }
    status = code->failed ? -1 : 0;
    free(code);
    return status;
}

/* A copy of `count` elements with room for `more`. */
static void *grown(struct iso_arena *arena, const void *list, size_t count, size_t more, size_t size)
{
    char *copy = iso_arena_alloc(arena, (count + more) * size + 1);
    if (count)
        memcpy(copy, list, count * size);
    return copy;
}

int iso_compose(struct iso_composition *out, struct iso_diags *diags, const struct iso_test *test,
                const struct iso_migrate *plan, size_t nplans, const struct iso_migration *sequence, bool tagged)
{
    struct iso_arena *arena;
    struct build b = {.diags = diags, .from = test, .out = out};
    uint32_t extra = 0;
    int status = 0;

    *out = (struct iso_composition){.npages = test->npages, .migrates = nplans > 0};
    if (test->has_guest && nplans) {
        iso_diags_add(
            diags, false, test->file, 0, 0,
            "a page of a test with Guest= is to move; expected its host's own thread to move it, through S2PTE(x)");
        return -1;
    }
    if (test->npages + 2 * nplans + test->ninjects > ISO_SETUP_MAX_PAGES) {
        iso_diags_add(diags, false, test->file, 0, 0,
                      "%u pages, %zu migrations and %u errors; expected at most %u pages, two more a migration and one "
                      "more an error",
                      test->npages, nplans, test->ninjects, ISO_SETUP_MAX_PAGES);
        return -1;
    }
    extra = test->ninjects;
    for (size_t i = 0; i < nplans; i++)
        extra += 2 * test->page[plan[i].page].nlocations;
    arena = iso_arena_new();
    b.to = iso_arena_copy(arena, test, sizeof *test);
    b.to->arena = arena;
    b.to->page = b.page = grown(arena, test->page, test->npages, 2 * nplans + test->ninjects, sizeof b.page[0]);
    b.to->location = b.location = grown(arena, test->location, test->nlocations, extra, sizeof b.location[0]);
    b.to->thread = b.thread = grown(arena, test->thread, test->nthreads, nplans + test->ninjects, sizeof b.thread[0]);
    b.to->label = b.label = grown(arena, test->label, test->nlabels, 0, sizeof b.label[0]);
    b.to->fault = b.fault = grown(arena, test->fault, test->nfaults, 0, sizeof b.fault[0]);
    b.to->variant.vmsa |= out->migrates;
    b.to->observe_through_translation |= out->migrates;
    for (size_t i = 0; i < nplans && status == 0; i++)
        status = compose_one(&b, &plan[i], sequence, tagged);
    for (size_t i = 0; i < test->ninjects && status == 0; i++)
        status = compose_error(&b, i);
    if (status == 0)
        out->test = b.to;
    else
        iso_arena_free(arena);
    return status;
}

void iso_composition_free(struct iso_composition *composition)
{
    if (composition->test)
        iso_test_free(composition->test);
    composition->test = NULL;
}
