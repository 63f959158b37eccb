/* What each step of a migration sequence leaves in the composed thread, as declared in compose_code.h; one case a row of models/migration.h.
 * Not for: pages, threads and registers (compose.c), which steps a kernel runs (models/migration_table.h).
 * The kernel's decisions that depend on flags of struct page alone are taken here, while composing: nobody races for them, but where the
 * sequence says so (SYNC_TAGS_LOCKED, SYNC_TAGS_RACING: then the flags are a word in memory).
 * Not modelled: tags and data of elements that the scenario does not name. */
#include "sim/compose_code.h"

#include "sim/isa/a64_asm.h"

#include <stdarg.h>
#include <stdio.h>

void iso_code_emit(struct iso_code *code, const char *format, ...)
{
    static const struct iso_a64_context none = {0};
    char text[96];
    va_list list;
    va_start(list, format);
    int size = vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (code->failed)
        return;
    if (code->count == ISO_CODE_MAX) {
        iso_diags_add(code->diags, false, code->file, code->line, code->column,
                      "migration needs more than %d instructions", ISO_CODE_MAX);
        code->failed = true;
    } else if (iso_a64_assemble(&code->insn[code->count], code->diags, code->file, 0, 0, text, (size_t)size, &none) !=
               0) {
        code->failed = true;
    } else {
        code->count++;
    }
}

#define emit iso_code_emit

/* A branch forward, and where it goes: the next instruction to come. */
static uint32_t branch_from(const struct iso_code *code)
{
    return code->count - 1;
}
static void branch_here(struct iso_code *code, uint32_t from)
{
    if (!code->failed)
        code->insn[from].target = (int32_t)code->count;
}

bool iso_sequence_has(const struct iso_migration *sequence, enum iso_migration_step step)
{
    for (size_t i = 0; i < sequence->nrows; i++)
        if (sequence->row[i].step == step)
            return true;
    return false;
}

/* ---- data ---- */

/* Elements of the page that the scenario names, one after the other; 8 bytes at most, as wide as the program's own accesses, so that a
 * concurrent reader sees what a copy by words gives. Where the program goes over the elements of an array in wider steps, they are copied by as wide ones as
 * they lie in: copy_page() copies words whatever is in them. */
struct element {
    uint32_t location;
    uint64_t at; /* bytes within the location */
    uint64_t offset;
    unsigned bytes;
    uint32_t seen;
};

/* Whether some instruction of the program accesses more than so many bytes at once. */
static bool has_wider_access(const struct iso_test *test, unsigned bytes)
{
    for (uint32_t t = 0; t < test->nthreads; t++)
        for (uint32_t i = 0; i < test->thread[t].ninsns && !test->thread[t].is_kernel; i++) {
            const struct iso_insn *insn = &test->thread[t].insn[i];
            const bool is_data = insn->cls == ISO_INSN_LOAD || insn->cls == ISO_INSN_STORE;
            if (is_data && (unsigned)insn->size > bytes)
                return true;
        }
    return false;
}

static unsigned bytes_at(const struct element *e, const struct iso_page_state *s)
{
    const struct iso_location *location = &s->test->location[e->location];
    const uint64_t left = (uint64_t)location->element_bytes * location->count - e->at;
    unsigned bytes = 8;
    if (location->element_bytes >= 8 || !has_wider_access(s->test, location->element_bytes))
        return location->element_bytes > 8 ? 8 : location->element_bytes;
    while (bytes > location->element_bytes && (bytes > left || e->offset % bytes))
        bytes /= 2;
    return bytes;
}

static bool next_element(struct element *e, const struct iso_page_state *s, struct iso_code *code)
{
    const struct iso_page *page = s->page;
    if (e->seen)
        e->at += e->bytes;
    else
        e->location = page->location;
    for (; e->location < page->location + page->nlocations; e->location++, e->at = 0) {
        const struct iso_location *location = &s->test->location[e->location];
        if (e->at >= (uint64_t)location->element_bytes * location->count)
            continue;
        if (++e->seen > ISO_COPY_MAX) {
            if (!code->failed)
                iso_diags_add(code->diags, false, code->file, location->line, location->column,
                              "%s migrates with more than %d elements in use; expected fewer", page->name,
                              ISO_COPY_MAX);
            code->failed = true;
            return false;
        }
        e->offset = location->va - page->va + e->at;
        e->bytes = bytes_at(e, s);
        return true;
    }
    return false;
}

static const char *const suffix[] = {[1] = "B", [2] = "H", [4] = "", [8] = ""};

static char width(unsigned bytes)
{
    return bytes == 8 ? 'X' : 'W';
}

static void copy_data(struct iso_code *code, const struct iso_roles *r, const struct iso_page_state *s, uint8_t from,
                      uint8_t to)
{
    struct element e = {0};
    while (next_element(&e, s, code)) {
        emit(code, "LDR%s %c%u,[X%u,#%u]", suffix[e.bytes], width(e.bytes), r->data, from, (unsigned)e.offset);
        emit(code, "STR%s %c%u,[X%u,#%u]", suffix[e.bytes], width(e.bytes), r->data, to, (unsigned)e.offset);
    }
}

/* ---- tags ---- */

enum { CACHE_LINE_BYTES = 64 };

/* Every granule that a location touches, once. */
struct granule {
    uint32_t location;
    int64_t last; /* -1: none yet */
    unsigned index, offset;
};

static bool next_granule(struct granule *g, const struct iso_page_state *s)
{
    const struct iso_page *page = s->page;
    if (g->last < 0)
        g->location = page->location;
    for (; g->location < page->location + page->nlocations; g->location++) {
        const struct iso_location *location = &s->test->location[g->location];
        uint64_t start = location->va - page->va;
        int64_t first = (int64_t)(start / ISO_GRANULE_BYTES),
                end = (int64_t)((start + (uint64_t)location->element_bytes * location->count - 1) / ISO_GRANULE_BYTES);
        int64_t next = first > g->last ? first : g->last + 1;
        if (next > end)
            continue;
        g->index += g->last >= 0;
        g->last = next;
        g->offset = (unsigned)next * ISO_GRANULE_BYTES;
        return true;
    }
    return false;
}

static void copy_tags(struct iso_code *code, const struct iso_roles *r, const struct iso_page_state *s)
{
    struct granule g = {.last = -1};
    while (next_granule(&g, s)) {
        emit(code, "LDG X%u,[X%u,#%u]", r->tag, r->source, g.offset);
        if (s->unreserved && s->has_side) { /* the tag block is another page's data */
            emit(code, "LSR X%u,X%u,#56", r->data, r->tag);
            emit(code, "STRB W%u,[X%u,#%u]", r->data, r->side, g.index);
        }
        emit(code, "STG X%u,[X%u,#%u]", r->tag, r->destination, g.offset);
    }
}

/* DC CIVAC of every line that the scenario names. */
static void clean(struct iso_code *code, const struct iso_roles *r, const struct iso_page_state *s)
{
    struct granule g = {.last = -1};
    unsigned line = UINT32_MAX;
    while (next_granule(&g, s)) {
        if (g.offset / CACHE_LINE_BYTES == line)
            continue;
        line = g.offset / CACHE_LINE_BYTES;
        emit(code, "ADD X%u,X%u,#%u", r->data, r->source, line * CACHE_LINE_BYTES);
        emit(code, "DC CIVAC,X%u", r->data);
    }
    emit(code, "DSB ISH");
}

/* __sync_icache_dcache: what was copied is instructions from now on. */
static void sync_code(struct iso_code *code, const struct iso_roles *r, const struct iso_page_state *s)
{
    static const char *const by_line[] = {"DC CVAU,X%u", "IC IVAU,X%u"};
    struct element e = {0};
    uint64_t end = 0;
    while (next_element(&e, s, code))
        end = e.offset + e.bytes;
    for (unsigned i = 0; i < 2; i++) {
        for (uint64_t line = 0; line < end; line += s->line_bytes) {
            emit(code, "ADD X%u,X%u,#%u", r->data, r->destination, (unsigned)line);
            emit(code, by_line[i], r->data);
        }
        emit(code, "DSB ISH");
    }
    emit(code, "ISB");
}

static void zero_tags(struct iso_code *code, const struct iso_page_state *s, uint8_t page)
{
    struct granule g = {.last = -1};
    while (next_granule(&g, s))
        emit(code, "STG X%u,[X%u,#%u]", page, page, g.offset);
}

static void save_tags(struct iso_code *code, const struct iso_roles *r, const struct iso_page_state *s)
{
    struct granule g = {.last = -1};
    while (next_granule(&g, s)) {
        emit(code, "LDG X%u,[X%u,#%u]", r->tag, r->source, g.offset);
        emit(code, "STR X%u,[X%u,#%u]", r->tag, r->side, g.index * 8);
    }
}

static void restore_tags(struct iso_code *code, const struct iso_roles *r, const struct iso_page_state *s)
{
    struct granule g = {.last = -1};
    while (next_granule(&g, s)) {
        emit(code, "LDR X%u,[X%u,#%u]", r->tag, r->side, g.index * 8);
        emit(code, "STG X%u,[X%u,#%u]", r->tag, r->destination, g.offset);
    }
}

/* mte_sync_tags by one mapper. */
static void sync_tags(struct iso_code *code, struct iso_page_state *s, uint8_t page, bool destination)
{
    if (s->tags && !s->flag[destination])
        zero_tags(code, s, page);
    s->flag[destination] = true;
}

/* The same with the flags in memory: bit 0 PG_mte_lock, bit 1 PG_mte_tagged. */
static void sync_tags_locked(struct iso_code *code, const struct iso_roles *r, const struct iso_page_state *s,
                             uint8_t page)
{
    emit(code, "MOV W%u,#1", r->data);
    emit(code, "LDSETAL W%u,W%u,[X%u]", r->data, r->tag, r->side);
    emit(code, "CBNZ W%u,.+8", r->tag);
    uint32_t lost = branch_from(code);
    zero_tags(code, s, page);
    emit(code, "DMB ISHST");
    emit(code, "MOV W%u,#2", r->data);
    emit(code, "STSET W%u,[X%u]", r->data, r->side);
    emit(code, "B .+8");
    uint32_t won = branch_from(code);
    branch_here(code, lost);
    uint32_t wait = code->count;
    emit(code, "LDAR W%u,[X%u]", r->tag, r->side);
    emit(code, "TBZ W%u,#1,.+8", r->tag);
    if (!code->failed)
        code->insn[code->count - 1].target = (int32_t)wait;
    branch_here(code, won);
}

static void sync_tags_racing(struct iso_code *code, const struct iso_roles *r, const struct iso_page_state *s,
                             uint8_t page)
{
    emit(code, "LDR W%u,[X%u]", r->tag, r->side);
    emit(code, "CBNZ W%u,.+8", r->tag);
    uint32_t done = branch_from(code);
    zero_tags(code, s, page);
    emit(code, "DMB ISHST");
    emit(code, "MOV W%u,#2", r->data);
    emit(code, "STR W%u,[X%u]", r->data, r->side);
    branch_here(code, done);
}

/* ---- entries ---- */

/* A page of zeros: a page of zeros with tags of zero takes its place, in the destination's frame. The program sees the shared zero page, or the
 * copy of it that its first store makes; neither has tags. The branch that skips the rest is returned. */
static uint32_t map_zero_page(struct iso_code *code, const struct iso_roles *r, const struct iso_page_state *s)
{
    struct element e = {0}, zero = {0};
    emit(code, "MOV X%u,#0", r->tag);
    while (next_element(&e, s, code)) {
        emit(code, "LDR%s %c%u,[X%u,#%u]", suffix[e.bytes], width(e.bytes), r->data, r->source, (unsigned)e.offset);
        emit(code, "ORR X%u,X%u,X%u", r->tag, r->tag, r->data);
    }
    emit(code, "CBNZ X%u,.+8", r->tag);
    uint32_t keep = branch_from(code);
    while (next_element(&zero, s, code))
        emit(code, "STR%s %cZR,[X%u,#%u]", suffix[zero.bytes], width(zero.bytes), r->destination,
             (unsigned)zero.offset);
    if (s->mapping_tagged)
        zero_tags(code, s, r->destination);
    emit(code, "DMB ISHST");
    emit(code, "STR X%u,[X%u]", r->descriptor, r->pte);
    emit(code, "B .+8");
    uint32_t end = branch_from(code);
    branch_here(code, keep);
    emit(code, "MOV X%u,#0", r->tag);
    return end;
}

/* The kernel's pointer carries the tag of a page nobody tagged, unless it was reset. */
static void kernel_read(struct iso_code *code, const struct iso_roles *r, const struct iso_page_state *s)
{
    struct element e = {0};
    if (!next_element(&e, s, code))
        return;
    if (s->kasan_reset) {
        emit(code, "LDR%s %c%u,[X%u,#%u]", suffix[e.bytes], width(e.bytes), r->data, r->destination,
             (unsigned)e.offset);
        return;
    }
    emit(code, "MOVZ X%u,#%u,LSL #48", r->tag, (unsigned)ISO_STALE_TAG << 8);
    emit(code, "ORR X%u,X%u,X%u", r->tag, r->tag, r->destination);
    emit(code, "MSR TCO,#0");
    emit(code, "LDR%s %c%u,[X%u,#%u]", suffix[e.bytes], width(e.bytes), r->data, r->tag, (unsigned)e.offset);
    emit(code, "MSR TCO,#1");
    emit(code, "MOV X%u,#0", r->tag);
}

/* ---- rows ---- */

struct progress {
    bool invalid; /* the entry is invalid already: a second invalid value changes nothing */
    bool has_end; /* a branch waits for the end */
    uint32_t end;
    uint8_t frame;    /* register of the frame that is or becomes the page */
    bool destination; /* it is the destination */
};

static void emit_row(struct iso_code *code, const struct iso_roles *r, struct iso_page_state *s, struct progress *p,
                     const struct iso_migration_row *row)
{
    switch (row->step) {
    case ISO_MIGRATION_LOCK:
    case ISO_MIGRATION_UNLOCK:
    case ISO_MIGRATION_RETRY:
    case ISO_MIGRATION_WARN_IF_TAGGED:
    case ISO_MIGRATION_SWITCH_MAPPING:
    case ISO_MIGRATION_VMM_UNMAP:
    case ISO_MIGRATION_VMM_MAP:
    case ISO_MIGRATION_CHECK_TAG_STORAGE: /* iso_migration_refuses(): then the cell is refused */
    case ISO_MIGRATION_MPROTECT:
        break;
    case ISO_MIGRATION_CLEAR_PTE:
    case ISO_MIGRATION_WRITE_MIGRATION:
    case ISO_MIGRATION_S2_CLEAR:
        if (!p->invalid && s->tags) /* no register to spare: zero is as invalid */
            emit(code, "STR XZR,[X%u]", r->pte);
        else if (!p->invalid)
            emit(code, "STR X%u,[X%u]", r->tag, r->pte);
        p->invalid = true;
        break;
    case ISO_MIGRATION_DSB_ISHST:
        emit(code, "DSB ISHST");
        break;
    case ISO_MIGRATION_TLBI: /* of a guest: its stage-2 entries, then those that combine both stages (D8.14) */
        emit(code, "LSR X%u,X%u,#12", r->data, r->operand);
        emit(code, s->guest ? "TLBI IPAS2E1IS,X%u" : "TLBI VAAE1IS,X%u", r->data);
        if (s->guest) {
            emit(code, "DSB ISH");
            emit(code, "TLBI VMALLE1IS");
        }
        break;
    case ISO_MIGRATION_TLBI_IPA:
        if (s->guest) {
            emit(code, "LSR X%u,X%u,#12", r->data, r->operand);
            emit(code, "TLBI IPAS2E1IS,X%u", r->data);
        }
        break;
    case ISO_MIGRATION_S2_CLEAN:
        if (s->guest && !s->test->variant.fwb)
            clean(code, r, s);
        break;
    case ISO_MIGRATION_TLBI_VMALLE1:
        emit(code, "TLBI VMALLE1IS");
        break;
    case ISO_MIGRATION_DSB_ISH:
        emit(code, "DSB ISH");
        break;
    case ISO_MIGRATION_COPY_DATA:
    case ISO_MIGRATION_DMA_COPY:
        copy_data(code, r, s, r->source, r->destination);
        break;
    case ISO_MIGRATION_SWAP_OUT:
        copy_data(code, r, s, r->source, r->swap);
        break;
    case ISO_MIGRATION_SWAP_IN:
        copy_data(code, r, s, r->swap, r->destination);
        break;
    case ISO_MIGRATION_COPY_TAGS:
        copy_tags(code, r, s);
        break;
    case ISO_MIGRATION_SAVE_TAGS:
        save_tags(code, r, s);
        s->saved = true;
        break;
    case ISO_MIGRATION_RESTORE_TAGS:
        if (s->saved) {
            restore_tags(code, r, s);
            s->flag[1] = true;
        }
        break;
    case ISO_MIGRATION_ZERO_TAGS:
        zero_tags(code, s, p->frame);
        break;
    case ISO_MIGRATION_SET_TAGGED:
        s->flag[1] = true;
        break;
    case ISO_MIGRATION_SYNC_TAGS:
        sync_tags(code, s, p->frame, p->destination);
        break;
    case ISO_MIGRATION_SYNC_TAGS_LOCKED:
        s->shared_moved = p->destination;
        if (!s->flag[p->destination])
            sync_tags_locked(code, r, s, p->frame);
        s->flag[p->destination] = true;
        break;
    case ISO_MIGRATION_SYNC_TAGS_RACING:
        s->shared_moved = p->destination;
        if (!s->flag[p->destination])
            sync_tags_racing(code, r, s, p->frame);
        s->flag[p->destination] = true;
        break;
    case ISO_MIGRATION_ALLOC_UNRESERVED:
        s->unreserved = true;
        break;
    case ISO_MIGRATION_RESERVE_TAGS:
        s->unreserved = false;
        break;
    case ISO_MIGRATION_KASAN_RESET:
        s->kasan_reset = true;
        break;
    case ISO_MIGRATION_KERNEL_READ:
        kernel_read(code, r, s);
        break;
    case ISO_MIGRATION_MAP_ZERO_PAGE:
        p->end = map_zero_page(code, r, s);
        p->has_end = true;
        break;
    case ISO_MIGRATION_SYNC_ICACHE:
        if (s->is_code)
            sync_code(code, r, s);
        break;
    case ISO_MIGRATION_DMB_ISHST:
        emit(code, "DMB ISHST");
        break;
    case ISO_MIGRATION_WRITE_PTE:
    case ISO_MIGRATION_S2_MAP:
        if (s->entry_untagged && s->mapping_tagged) {
            emit(code, "BIC X%u,X%u,#%u", r->data, r->descriptor, ISO_COMPOSE_ATTR_UNTAGGED << 2);
            emit(code, "STR X%u,[X%u]", r->data, r->pte);
        } else {
            emit(code, "STR X%u,[X%u]", r->descriptor, r->pte);
        }
        p->invalid = false;
        break;
    case ISO_MIGRATION_WRITE_PTE_UNTAGGED:
        if (s->mapping_tagged) {
            emit(code, "ORR X%u,X%u,#%u", r->data, r->descriptor, ISO_COMPOSE_ATTR_UNTAGGED << 2);
            emit(code, "STR X%u,[X%u]", r->data, r->pte);
        } else {
            emit(code, "STR X%u,[X%u]", r->descriptor, r->pte);
        }
        p->invalid = false;
        break;
    case ISO_MIGRATION_WRITE_PTE_TAGGED:
        emit(code, "BIC X%u,X%u,#%u", r->data, p->destination ? r->descriptor : r->old, ISO_COMPOSE_ATTR_UNTAGGED << 2);
        emit(code, "STR X%u,[X%u]", r->data, r->pte);
        s->mapping_tagged = true;
        p->invalid = false;
        break;
    case ISO_MIGRATION_DSB_ISHST_ISB:
        emit(code, "DSB ISHST");
        emit(code, "ISB");
        break;
    }
}

static void emit_rows(struct iso_code *code, const struct iso_roles *r, struct iso_page_state *s, size_t from,
                      size_t end, bool destination)
{
    struct progress p = {.frame = destination ? r->destination : r->source, .destination = destination};
    for (size_t i = from; i < end; i++) {
        const struct iso_migration_row *row = &s->sequence->row[i];
        bool source_tagged = s->flag[0], happens = true;
        if (row->if_source_tagged)
            happens = s->tags && source_tagged;
        if (row->if_source_untagged)
            happens = !(s->tags && source_tagged);
        if (row->if_mapping_tagged)
            happens = happens && s->tags && s->mapping_tagged;
        if (happens)
            emit_row(code, r, s, &p, row);
    }
    if (p.has_end)
        branch_here(code, p.end);
}

static size_t mprotect_row(const struct iso_migration *sequence)
{
    size_t i = 0;
    while (i < sequence->nrows && sequence->row[i].step != ISO_MIGRATION_MPROTECT)
        i++;
    return i;
}

void iso_code_migrate(struct iso_code *code, const struct iso_roles *r, struct iso_page_state *state)
{
    emit_rows(code, r, state, 0, mprotect_row(state->sequence), true);
    state->moved = true;
}

void iso_code_mprotect(struct iso_code *code, const struct iso_roles *r, struct iso_page_state *state)
{
    emit_rows(code, r, state, mprotect_row(state->sequence), state->sequence->nrows, state->moved);
}

void iso_code_second_mapper(struct iso_code *code, const struct iso_roles *r, const struct iso_page_state *state)
{
    emit(code, "LDR X%u,[X%u]", r->data, r->pte);
    emit(code, "EOR X%u,X%u,X%u", r->data, r->data, state->shared_moved ? r->descriptor : r->old);
    emit(code, "CBNZ X%u,.+8", r->data);
    uint32_t elsewhere = branch_from(code);
    if (iso_sequence_has(state->sequence, ISO_MIGRATION_SYNC_TAGS_LOCKED))
        sync_tags_locked(code, r, state, state->shared_moved ? r->destination : r->source);
    else
        sync_tags_racing(code, r, state, state->shared_moved ? r->destination : r->source);
    branch_here(code, elsewhere);
}
