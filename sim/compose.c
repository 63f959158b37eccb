/* Composing migrations, as declared in compose.h: registers, threads, and the pages that a sequence needs. Not for: running, what a step is (compose_steps.c),
 * how a page is made (compose_pages.c).
 * Not modelled: page locks, rmap, notifiers, the window of batched flushes across several pages (each page has a sequence of its own),
 * mprotect(2) in a thread other than the one that moves the page. */
#include "sim/compose_build.h"

#include "models/translate.h"
#include "sim/buffer.h"
#include "sim/isa/a64_asm.h"
#include "sim/isa/a64_encode.h"
#include "sim/isa/value.h"

#include <stdlib.h>
#include <string.h>

enum { PAGES_EACH = 4 };

/* ---- threads ---- */

/* Pages that a sequence works on besides the one that moves; 0: the sequence has none (page 0 is the scenario's). */
struct frames {
    uint16_t page, source, destination, side, swap;
    uint16_t entry; /* whose descriptor maps the page: itself, or what stands for its stage-2 descriptor */
    uint64_t moved; /* the entry that maps the destination */
    bool tagged;    /* the scenario has tags */
};

/* An entry that maps nothing, but differs from `entry` in its valid bit alone. */
static uint64_t invalid(const struct iso_page *entry)
{
    struct iso_s2pte second;
    struct iso_pte first;
    if (entry->is_stage2) {
        iso_s2pte_decode(&second, entry->descriptor);
        second.valid = false;
        return iso_s2pte_encode(&second);
    }
    iso_pte_decode(&first, entry->descriptor);
    first.valid = false;
    return iso_pte_encode(&first);
}

/* tag: without tags the invalid entry, which is plain litmus text where zero is not. */
static void set_roles(struct iso_regs *init, const struct iso_roles *r, const struct build *b, const struct frames *f,
                      unsigned count)
{
    const struct iso_page *entry = &b->page[f->entry];
    if (!f->tagged)
        init->x[r->tag] = invalid(entry);
    init->x[r->pte] = entry->descriptor_va;
    init->x[r->operand] = entry->is_stage2 ? b->page[f->page].pa : b->page[f->page].va;
    init->x[r->source] = b->page[f->source].va;
    init->x[r->destination] = b->page[f->destination].va;
    init->x[r->descriptor] = f->moved;
    if (count > BASE_ROLES) {
        init->x[r->side] = f->side ? b->location[b->page[f->side].location].va : 0;
        init->x[r->swap] = f->swap ? b->page[f->swap].va : 0;
        init->x[r->old] = entry->descriptor;
    }
}

struct iso_thread *iso_build_add_thread(struct build *b, const struct iso_code *code)
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
    b->to->nthreads++;
    return thread;
}

static void add_kernel_thread(struct build *b, const struct iso_code *code, const struct iso_roles *r,
                              const struct frames *f, unsigned count)
{
    set_roles(&iso_build_add_thread(b, code)->init, r, b, f, count);
}

/* Registers that thread t neither uses, sets, nor shows. */
bool iso_build_free_registers(struct iso_roles *out, const struct build *b, uint32_t t, unsigned count)
{
    const struct iso_thread *thread = &b->thread[t];
    uint8_t *const role[] = {&out->pte,  &out->operand, &out->source, &out->destination, &out->descriptor,
                             &out->data, &out->tag,     &out->side,   &out->swap,        &out->old};
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
    for (uint8_t reg = 0; reg <= 30 && found < count; reg++)
        if (!(used >> reg & 1) && thread->init.x[reg] == 0)
            *role[found++] = reg;
    return found == count;
}

/* Code addresses behind the insertion move on. */
static uint64_t relocate(uint64_t value, const struct iso_thread *thread, uint32_t at, uint32_t by)
{
    bool inside =
        value >= thread->code_va + 4 * (uint64_t)at && value <= thread->code_va + 4 * (uint64_t)thread->ninsns;
    return inside ? value + 4 * (uint64_t)by : value;
}

void iso_build_insert(struct build *b, const struct iso_code *code, uint32_t t, uint32_t at)
{
    struct iso_thread *thread = &b->thread[t];
    const struct iso_thread before = *thread;
    uint32_t count = before.ninsns + code->count;
    struct iso_insn *insn = iso_arena_alloc(b->to->arena, count * sizeof insn[0]);
    uint32_t *word = before.word ? iso_arena_alloc(b->to->arena, count * sizeof word[0]) : NULL;

    memcpy(insn, before.insn, at * sizeof insn[0]);
    memcpy(insn + at, code->insn, code->count * sizeof insn[0]);
    if (before.ninsns > at)
        memcpy(insn + at + code->count, before.insn + at, (before.ninsns - at) * sizeof insn[0]);
    if (before.word) {
        memcpy(word, before.word, at * sizeof word[0]);
        if (before.ninsns > at)
            memcpy(word + at + code->count, before.word + at, (before.ninsns - at) * sizeof word[0]);
    }
    for (uint32_t i = 0; i < count; i++) {
        bool own = i >= at && i < at + code->count;
        if (own && insn[i].cls == ISO_INSN_BRANCH)
            insn[i].target += (int32_t)at;
        else if (!own && insn[i].target >= (int32_t)at)
            insn[i].target += (int32_t)code->count;
        if (word) /* branches over what was put in are other words now; what has no encoding keeps its number */
            (void)iso_insn_encode(&word[i], &insn[i], i);
    }
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

/* ---- one page ---- */

/* What happens to one page: it moves, its protection changes, or both; NULL: not. */
struct calls {
    const struct iso_migrate *migrate, *mprotect;
};

static bool at_label(const struct iso_migrate *call)
{
    return call->insn >= 0 && call->thread >= 0;
}

struct iso_build_place iso_build_place_of(const struct build *b, uint16_t page, int32_t thread, int32_t insn)
{
    const struct iso_test *test = b->from;
    const struct iso_thread *t = thread >= 0 && insn >= 0 ? &test->thread[thread] : iso_build_code_on(b, page);
    const uint32_t k = insn >= 0 ? (uint32_t)insn : 0;
    if (t && k < t->ninsns)
        return (struct iso_build_place){t->insn[k].line, t->insn[k].column};
    if (!t && test->page[page].nlocations) {
        const struct iso_location *l = &test->location[test->page[page].location];
        return (struct iso_build_place){l->line, l->column};
    }
    return (struct iso_build_place){1, 1};
}

static int fail(const struct build *b, const char *key, const struct iso_migrate *call, const char *what)
{
    const char *page = b->from->page[call->page].name;
    const struct iso_build_place at = iso_build_place_of(b, call->page, call->thread, call->insn);
    if (at_label(call))
        iso_diags_add(b->diags, false, b->from->file, at.line, at.column, "%s=%s:P%u:%s: %s", key, page,
                      b->thread[call->thread].id, call->label, what);
    else
        iso_diags_add(b->diags, false, b->from->file, at.line, at.column, "%s=%s: %s", key, page, what);
    return -1;
}

static uint64_t untagged(uint64_t descriptor)
{
    return descriptor | (uint64_t)ISO_COMPOSE_ATTR_UNTAGGED << 2;
}

/* The page whose data lies in the destination's tag block: the first one that stays where it is. */
static int neighbour(const struct build *b)
{
    for (uint32_t p = 0; p < b->from->npages; p++)
        if (b->from->page[p].nlocations && !(b->moving >> p & 1))
            return (int)p;
    return -1;
}

static bool uses_flags(const struct iso_migration *sequence)
{
    return iso_sequence_has(sequence, ISO_MIGRATION_SYNC_TAGS_LOCKED) ||
           iso_sequence_has(sequence, ISO_MIGRATION_SYNC_TAGS_RACING);
}

/* Granules of a page up to the last that the scenario names. */
static uint32_t granules(const struct build *b, uint16_t page)
{
    const struct iso_page *p = &b->from->page[page];
    uint64_t end = 0;
    for (uint32_t l = p->location; l < p->location + p->nlocations; l++) {
        const struct iso_location *location = &b->from->location[l];
        uint64_t behind = location->va - p->va + (uint64_t)location->element_bytes * location->count;
        end = behind > end ? behind : end;
    }
    return (uint32_t)((end + ISO_GRANULE_BYTES - 1) / ISO_GRANULE_BYTES);
}

/* The kernel's aliases and whatever else the sequence needs for this page. */
static void add_frames(struct frames *f, struct build *b, const struct calls *calls,
                       const struct iso_migration *sequence, bool tagged)
{
    uint16_t page = calls->migrate ? calls->migrate->page : calls->mprotect->page;
    uint64_t pa = b->page[page].pa;
    *f = (struct frames){.page = page, .tagged = tagged};
    f->source = iso_build_page(b, page, "src", pa, ISO_PAGE_ALIAS_SOURCE);
    f->destination = iso_build_page(b, page, "dst", 0, ISO_PAGE_DESTINATION);
    f->entry = b->from->has_guest ? iso_build_stage2_entry(b, page) : page;
    f->moved = b->page[f->destination].descriptor;
    if (b->from->has_guest)
        f->moved = (b->page[f->entry].descriptor & ~UINT64_C(0x0000fffffffff000)) | b->page[f->destination].pa;
    if (calls->mprotect && tagged) {
        b->page[page].descriptor = untagged(b->page[page].descriptor);
        f->moved = untagged(f->moved);
    }
    if (sequence->alias == ISO_MIGRATION_ALIAS_NONE)
        b->out->role[f->destination] = ISO_PAGE_RETURNED;
    if (sequence->alias == ISO_MIGRATION_ALIAS_UNTAGGED)
        b->page[f->destination].descriptor = untagged(b->page[f->destination].descriptor);
    if (iso_sequence_has(sequence, ISO_MIGRATION_SAVE_TAGS) && tagged)
        f->side = iso_build_kernel_page(b, page, "tags", granules(b, page));
    if (iso_sequence_has(sequence, ISO_MIGRATION_SWAP_OUT))
        f->swap = iso_build_page(b, page, "swap", 0, ISO_PAGE_KERNEL);
    if (uses_flags(sequence) && calls->mprotect && tagged)
        f->side = iso_build_kernel_page(b, page, "flags", 1);
    if (iso_sequence_has(sequence, ISO_MIGRATION_ALLOC_UNRESERVED) && tagged && neighbour(b) >= 0) {
        uint16_t other = (uint16_t)neighbour(b);
        f->side = iso_build_page(b, other, "tagblock", b->page[other].pa, ISO_PAGE_ALIAS_OTHER);
    }
}

static void enter(struct iso_code *code, bool in_thread, bool tagged)
{
    code->count = 0;
    if (in_thread)
        iso_code_emit(code, "ISB");
    if (tagged)
        iso_code_emit(code, "MSR TCO,#1");
}

static void leave(struct iso_code *code, bool in_thread, bool tagged)
{
    if (in_thread && tagged)
        iso_code_emit(code, "MSR TCO,#0");
    if (in_thread) {
        iso_code_emit(code, "CLREX");
        iso_code_emit(code, "ISB");
    }
}

/* Where the label stands now: earlier insertions may have moved it. */
uint32_t iso_build_label_position(const struct build *b, const struct iso_migrate *plan)
{
    for (uint32_t i = 0; i < b->to->nlabels; i++)
        if (plan->label && b->label[i].thread == (uint32_t)plan->thread && strcmp(b->label[i].name, plan->label) == 0)
            return b->label[i].insn;
    return (uint32_t)plan->insn;
}

static void put(struct build *b, struct iso_code *code, const struct iso_migrate *call, const struct iso_roles *roles,
                const struct frames *f, unsigned nroles)
{
    if (code->failed)
        return;
    for (uint32_t i = 0; at_label(call) && i < code->count; i++)
        code->insn[i].host = 1; /* in a system call; of a guest, in its host */
    if (at_label(call)) {
        uint32_t at = iso_build_label_position(b, call);
        iso_build_insert(b, code, (uint32_t)call->thread, at);
        if (b->thread[call->thread].guest) /* an exit to the host, from this label on to that of the call */
            iso_build_host_label(b, (uint32_t)call->thread, at);
        set_roles(&b->thread[call->thread].init, roles, b, f, nroles);
    } else {
        add_kernel_thread(b, code, roles, f, nroles);
    }
}

/* Why the calls on a page cannot be composed; 0 if they can. */
static int check_calls(const struct build *b, const struct calls *calls)
{
    const struct iso_migrate *call[] = {calls->migrate, calls->mprotect};
    static const char *const key[] = {"Migrate", "Mprotect"};
    for (unsigned i = 0; i < 2; i++)
        if (call[i] && at_label(call[i]) && b->thread[call[i]->thread].el0)
            return fail(b, key[i], call[i], "the thread runs at EL0; expected a thread at EL1");
    if (calls->migrate && calls->mprotect &&
        (!at_label(calls->migrate) || calls->migrate->thread != calls->mprotect->thread))
        return fail(b, "Mprotect", calls->mprotect,
                    "the page migrates elsewhere; expected both at labels of one thread");
    const struct iso_thread *code = calls->migrate ? iso_build_code_on(b, calls->migrate->page) : NULL;
    if (code && b->from->has_guest)
        return fail(b, "Migrate", calls->migrate,
                    "a page of code in a test with a guest; expected a page of data, or no Guest=");
    if (code && !code->word)
        return fail(b, "Migrate", calls->migrate, "nobody reads that code as data; expected Migrate= in the scenario");
    if (code && at_label(calls->migrate) && &b->from->thread[calls->migrate->thread] == code)
        return fail(b, "Migrate", calls->migrate,
                    "the kernel's code would stand in the page that moves; expected a label of another thread");
    if (calls->mprotect && b->to->mair[ISO_COMPOSE_ATTR_UNTAGGED] != 0xff)
        return fail(b, "Mprotect", calls->mprotect, "the test uses all attribute indexes; expected one to be free");
    return 0;
}

static int compose_page(struct build *b, const struct calls *calls, const struct iso_migration *sequence, bool tagged)
{
    /* clang-format off */
    static const struct iso_roles kernel_roles = {.pte = 0, .operand = 1, .source = 2, .destination = 3, .descriptor = 4,
                                                  .data = 5, .tag = 6, .side = 7, .swap = 8, .old = 9};
    /* clang-format on */
    struct iso_roles roles = kernel_roles;
    const struct iso_migrate *first = calls->migrate ? calls->migrate : calls->mprotect;
    bool in_thread = at_label(first), protect = calls->mprotect && tagged,
         code_moves = iso_build_code_on(b, first->page) != NULL,
         has_tags = tagged && !code_moves; /* text is mapped without PROT_MTE */
    struct frames f;

    if (check_calls(b, calls) != 0)
        return -1;
    add_frames(&f, b, calls, sequence, has_tags);
    unsigned nroles = f.side || f.swap || protect ? ISO_ROLES : BASE_ROLES;
    b->out->role[f.page] = calls->migrate ? ISO_PAGE_MIGRATES : ISO_PAGE_ORDINARY;
    if (!b->from->has_guest) /* else the guest's stage-1 entry stays, and the fault is the host's (models/route.h) */
        b->out->blocking_pages |= UINT64_C(1) << f.page;
    if (in_thread && !iso_build_free_registers(&roles, b, (uint32_t)first->thread, nroles)) {
        const struct iso_build_place at = iso_build_place_of(b, f.page, first->thread, first->insn);
        iso_diags_add(b->diags, false, b->from->file, at.line, at.column,
                      "Migrate=%s:P%u:%s: expected %u general registers that P%u does not use",
                      b->from->page[f.page].name, b->thread[first->thread].id, first->label, nroles,
                      b->thread[first->thread].id);
        return -1;
    }
    struct iso_page_state state = {.test = b->to,
                                   .page = code_moves ? &b->page[f.source] : &b->page[f.page],
                                   .is_code = code_moves,
                                   .line_bytes = b->line_bytes ? b->line_bytes : 4,
                                   .sequence = sequence,
                                   .tags = has_tags,
                                   .mapping_tagged = has_tags && !protect,
                                   .flag = {has_tags && !protect, false},
                                   .guest = b->from->has_guest,
                                   .has_side = f.side != 0,
                                   .entry_untagged = protect};
    struct iso_code *code = iso_allocate(sizeof *code);
    code->diags = b->diags;
    code->file = b->from->file;
    code->line = iso_build_place_of(b, f.page, first->thread, first->insn).line;
    code->column = iso_build_place_of(b, f.page, first->thread, first->insn).column;
    bool protect_first = protect && calls->migrate && calls->mprotect->insn < calls->migrate->insn;
    b->out->moves_tagged |= calls->migrate && has_tags && (!protect || protect_first);
    for (unsigned i = 0; i < 2; i++) {
        bool now_protect = (i == 0) == protect_first;
        if (now_protect ? !protect : !calls->migrate)
            continue;
        enter(code, in_thread, tagged);
        if (now_protect)
            iso_code_mprotect(code, &roles, &state);
        else
            iso_code_migrate(code, &roles, &state);
        leave(code, in_thread, tagged);
        put(b, code, now_protect ? calls->mprotect : calls->migrate, &roles, &f, nroles);
    }
    if (protect && uses_flags(sequence)) {
        enter(code, false, tagged);
        iso_code_second_mapper(code, &kernel_roles, &state);
        if (!code->failed)
            add_kernel_thread(b, code, &kernel_roles, &f, ISO_ROLES);
    }
    bool failed = code->failed;
    free(code);
    return failed ? -1 : 0;
}
/* A copy of `count` elements with room for `more`. */
static void *grown(struct iso_arena *arena, const void *list, size_t count, size_t more, size_t size)
{
    char *copy = iso_arena_alloc(arena, (count + more) * size + 1);
    if (count)
        memcpy(copy, list, count * size);
    return copy;
}

/* Every page that moves, then every page whose protection changes without a move. */
static int compose_pages(struct build *b, const struct iso_migrate *plan, size_t nplans,
                         const struct iso_migration *sequence, bool tagged)
{
    const struct iso_test *test = b->from;
    int status = 0;
    for (size_t i = 0; i < nplans && status == 0; i++) {
        struct calls calls = {.migrate = &plan[i]};
        for (uint32_t k = 0; k < test->nmprotects; k++)
            if (test->mprotect[k].page == plan[i].page)
                calls.mprotect = &test->mprotect[k];
        status = compose_page(b, &calls, sequence, tagged);
    }
    for (uint32_t k = 0; k < test->nmprotects && tagged && status == 0; k++)
        if (!(b->moving >> test->mprotect[k].page & 1)) {
            struct calls calls = {.mprotect = &test->mprotect[k]};
            status = compose_page(b, &calls, sequence, tagged);
        }
    return status;
}

int iso_compose(struct iso_composition *out, struct iso_diags *diags, const struct iso_test *test,
                const struct iso_migrate *plan, size_t nplans, const struct iso_migration *sequence,
                const struct iso_compose_options *options)
{
    const bool tagged = options->tagged;
    struct iso_arena *arena;
    struct build b = {.diags = diags, .from = test, .out = out, .line_bytes = options->line_bytes};
    size_t each = PAGES_EACH + test->has_guest, calls = nplans + test->nmprotects,
           pages = each * calls + test->ninjects;
    uint32_t largest = 0;
    int status;

    *out = (struct iso_composition){.npages = test->npages, .migrates = nplans > 0 || (tagged && test->nmprotects > 0)};
    if (test->has_guest && (nplans || test->nmprotects) &&
        iso_build_check_guest(&b, plan, nplans, sequence, tagged) != 0)
        return -1;
    if (test->npages + pages > ISO_SETUP_MAX_PAGES) {
        const struct iso_build_place at = iso_build_place_of(&b, 0, -1, -1);
        iso_diags_add(diags, false, test->file, at.line, at.column,
                      "%u pages, %zu migrations and %u errors; expected at most %u pages, %u more a migration and one "
                      "more an error",
                      test->npages, calls, test->ninjects, ISO_SETUP_MAX_PAGES, (unsigned)each);
        return -1;
    }
    for (size_t i = 0; i < nplans; i++)
        b.moving |= UINT64_C(1) << plan[i].page;
    for (uint32_t i = 0; i < test->npages; i++)
        largest = test->page[i].nlocations > largest ? test->page[i].nlocations : largest;
    largest = largest < ISO_BUILD_CODE_LOCATIONS ? ISO_BUILD_CODE_LOCATIONS : largest;
    arena = iso_arena_new();
    b.to = iso_arena_copy(arena, test, sizeof *test);
    b.to->arena = arena;
    b.to->page = b.page = grown(arena, test->page, test->npages, pages, sizeof b.page[0]);
    b.to->location = b.location =
        grown(arena, test->location, test->nlocations, pages * (largest + 1), sizeof b.location[0]);
    b.to->thread = b.thread =
        grown(arena, test->thread, test->nthreads, 2 * calls + test->ninjects, sizeof b.thread[0]);
    b.to->label = b.label =
        grown(arena, test->label, test->nlabels, test->has_guest ? 2 * calls : 0, sizeof b.label[0]);
    b.to->fault = b.fault = grown(arena, test->fault, test->nfaults, 0, sizeof b.fault[0]);
    b.to->variant.vmsa |= out->migrates;
    b.to->observe_through_translation |= out->migrates;
    status = compose_pages(&b, plan, nplans, sequence, tagged);
    for (size_t i = 0; i < test->ninjects && status == 0; i++)
        status = iso_build_error(&b, i);
    out->test = status == 0 ? b.to : NULL;
    if (status != 0)
        iso_arena_free(arena);
    return status;
}

void iso_composition_free(struct iso_composition *composition)
{
    if (composition->test)
        iso_test_free(composition->test);
    composition->test = NULL;
}
