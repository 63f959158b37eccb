/* In front of an access: translation through the page's descriptor, then the tag check. Both are Implicit Effects with a place of their own
 * in the order; their values are chosen like those of any read.
 * Not for: the access itself; stage 2 (walk_stage2.c). Not modelled: walks of more than one level.
 * Source: Arm ARM B2.3.1, B2.3.10 (translation-intrinsically-before, tag-check-intrinsically-before), D8.5, D10. */
#include "models/translate.h"
#include "sim/explore/explore.h"
#include "sim/explore/walk.h"
#include "sim/isa/a64_asm.h"
#include "sim/isa/value.h"

/* Whether the thread runs at EL0: entry to the handler raises privilege, so that EL0 rules end there. */
static bool at_el0(const struct iso_builder *b)
{
    bool in_code_of_handler = b->w.in_handler && b->thread->handler < b->thread->ninsns;
    return b->thread->el0 && !in_code_of_handler; /* where the instruction is tried again, it has its own level */
}

/* Fault a descriptor gives an access. LDTR, STTR and AT S1E0* have the permissions of EL0 at every level (Arm ARM C6.2 LDTR with PSTATE.UAO 0, C5.5). */
static enum iso_mmu_fault mmu_fault(const struct iso_builder *b, const struct iso_pte *pte,
                                    const struct iso_path_request *request, const struct iso_insn *insn)
{
    bool unprivileged = insn->unprivileged != 0 && !request->fetch;
    struct iso_mmu_access access = {.read = !request->write && !request->fetch,
                                    .write = request->write,
                                    .fetch = request->fetch,
                                    .el0 = at_el0(b) || unprivileged || request->el0};
    struct iso_mmu_control control = {.ha = iso_setup_tthm(b->setup, b->thread->tthm) != ISO_TTHM_SOFTWARE,
                                      .hd = iso_setup_tthm(b->setup, b->thread->tthm) == ISO_TTHM_HAHD};
    return iso_mmu_check(pte, &access, &control);
}

static uint8_t type_of(enum iso_mmu_fault fault)
{
    switch (fault) {
    case ISO_MMU_NONE:
        return ISO_FAULT_NONE;
    case ISO_MMU_TRANSLATION:
        return ISO_FAULT_MMU_TRANSLATION;
    case ISO_MMU_ACCESS_FLAG:
        return ISO_FAULT_MMU_ACCESS_FLAG;
    case ISO_MMU_PERMISSION:
        return ISO_FAULT_MMU_PERMISSION;
    }
    return ISO_FAULT_NONE;
}

/* Hardware update that the access brings about: sets AF with HA; the dirty state with HD if the access writes. */
static bool hardware_update(const struct iso_builder *b, const struct iso_pte *pte, bool update_db, uint64_t *updated)
{
    struct iso_pte after = *pte;
    bool ha = iso_setup_tthm(b->setup, b->thread->tthm) != ISO_TTHM_SOFTWARE,
         hd = iso_setup_tthm(b->setup, b->thread->tthm) == ISO_TTHM_HAHD;
    if (ha)
        after.af = true;
    if (hd && update_db)
        after.db = true;
    if (after.af == pte->af && after.db == pte->db)
        return false;
    *updated = iso_pte_encode(&after);
    return true;
}

struct iso_mmu_maintenance iso_walk_maintenance(const struct iso_builder *b, const struct iso_insn *insn)
{
    struct iso_alias_operation operation = iso_a64_maintenance(insn);
    return (struct iso_mmu_maintenance){.instruction = insn->cache_op >= ISO_CACHE_IC_IVAU,
                                        .invalidates = operation.invalidates && !operation.cleans,
                                        .el0 = at_el0(b)};
}

bool iso_walk_ignores(struct iso_builder *b, const struct iso_insn *insn, enum iso_mmu_fault fault)
{
    struct iso_mmu_maintenance maintenance = iso_walk_maintenance(b, insn);
    enum iso_cpu_key key;
    uint8_t value;
    if (!b->setup->machine || b->fetching || insn->cls != ISO_INSN_CACHE ||
        !iso_maintenance_fault_is_optional(&key, &maintenance, fault))
        return false;
    value = iso_cpu_get(&b->setup->machine->features, key);
    if (value != ISO_VALUE_FREE && value != ISO_VALUE_UNKNOWN)
        return value == ISO_PERFORM_FAULT_PERFORM;
    return iso_effect_implementation(b->program->choices, 0, ISO_ACCESS_DC_CIVAC, iso_cpu_key(key)->name, 2) == 1;
}

/* CH-49: whether hardware updates a descriptor for an access that does not need it. */
static bool optional_update(struct iso_builder *b)
{
    uint8_t value = iso_cpu_get(&b->setup->machine->features, ISO_CPU_TABLE_UPDATE);
    if (value == ISO_TABLE_UPDATE_NO || value == ISO_TABLE_UPDATE_YES)
        return value == ISO_TABLE_UPDATE_YES;
    return iso_walk_choose(b, 2) == 0;
}

bool iso_walk_may_misalign(const struct iso_builder *b, const struct iso_insn *insn,
                           const struct iso_path_request *request)
{
    uint64_t va = request->whole ? request->whole_va : request->va;
    unsigned size = request->whole ? request->whole : request->size;
    return b->setup->machine && !request->probe && !request->fetch && insn->cls != ISO_INSN_CACHE &&
           (insn->cls == ISO_INSN_ZERO || (size && va % size));
}

/* What hardware makes of the descriptor for an access that its translation gives `fault`. Updates that an access needs are certain; on a machine those of one
 * with a Permission fault, of AT, DC and IC are not (SAIL AFUPDATE; D8.5.1), nor those of one that its tier gives an Alignment fault (DBUPDATE; iso_walk_tier()). */
static bool updates_for(struct iso_builder *b, struct iso_path *out, const struct iso_pte *pte,
                        const struct iso_insn *insn, const struct iso_path_request *request, uint8_t fault,
                        uint64_t *updated)
{
    bool maintenance = insn->cls == ISO_INSN_CACHE && !request->fetch;
    if (request->quiet || (fault != ISO_FAULT_NONE && (fault != ISO_FAULT_MMU_PERMISSION || !b->setup->machine)))
        return false;
    if (!hardware_update(b, pte, request->update_db && fault == ISO_FAULT_NONE, updated))
        return false;
    if (b->setup->machine && (fault != ISO_FAULT_NONE || request->probe || maintenance))
        return optional_update(b);
    if (iso_walk_may_misalign(b, insn, request)) {
        out->unupdated[0] = iso_walk_choose(b, 2) == 1;
        out->updated = !out->unupdated[0];
    }
    return !out->unupdated[0];
}

/* Whether the descriptor may be found once more by a hardware update, which makes `updated` of it: between two of them it is written anew. Of threads walked as a
 * whole all runs are kept; and so they are until `updated` is known, so that each run left out has one beside it that finds that and begins alike: the search
 * comes as far with it, and tells whether the descriptor is written so often. */
static bool may_update(struct iso_builder *b, int ttd, uint64_t updated)
{
    const struct iso_event *found = &b->event[ttd];
    uint32_t times = 1;
    if (!b->program->lazy || b->setup->machine || found->value.hi ||
        !iso_domain_knows(b->program->domain, found->loc, updated))
        return true;
    for (unsigned i = 0; i < b->w.nevents; i++) {
        const struct iso_event *e = &b->event[i];
        times += e->kind == ISO_EVENT_TTD_READ && (int)i != ttd && e->pair >= 0 && e->loc == found->loc &&
                 !e->value.hi && e->value.lo == found->value.lo;
    }
    return times == 1 || iso_domain_may_hold(b->program->domain, found->loc, found->value.lo, times, b->resumed);
}

/* The hardware update of the descriptor read by `ttd`. False: the run ends. */
static bool write_update(struct iso_builder *b, int ttd, uint16_t flags, uint64_t updated,
                         const struct iso_depend *address)
{
    struct iso_depend at_update = {.address = address->address,
                                   .pick_address = address->pick_address,
                                   .flow = b->build[ttd].depend.flow,
                                   .pick_flow = b->build[ttd].depend.pick_flow,
                                   .same = ISO_BIT(ttd)};
    int hu;
    if (!may_update(b, ttd, updated)) {
        b->w.dead = true;
        return false;
    }
    hu = iso_walk_event(b, ISO_EVENT_HU, flags, b->event[ttd].loc, 8, &at_update);
    if (hu < 0)
        return false;
    b->event[hu].value.lo = updated;
    b->event[hu].page = b->event[ttd].page;
    b->event[hu].pair = (int8_t)ttd;
    b->event[ttd].pair = (int8_t)hu;
    iso_order_event(b, (unsigned)hu);
    return true;
}

/* What an access makes of a descriptor, as far as anybody can tell. */
struct made_of {
    uint64_t oa, updated; /* without a fault; 0: hardware updates nothing */
    enum iso_mmu_fault fault;
    uint8_t attr;
};

static struct made_of make_of(const struct iso_builder *b, uint64_t descriptor, const struct iso_insn *insn,
                              const struct iso_path_request *request)
{
    struct made_of out = {.oa = 0};
    struct iso_pte pte;
    iso_pte_decode(&pte, descriptor);
    out.fault = mmu_fault(b, &pte, request, insn);
    if (out.fault != ISO_MMU_NONE)
        return out;
    out.oa = pte.oa;
    out.attr = pte.attr;
    if (request->quiet || !hardware_update(b, &pte, request->update_db, &out.updated))
        out.updated = 0;
    return out;
}

static bool is_alike(const struct made_of *a, const struct made_of *b)
{
    return a->oa == b->oa && a->updated == b->updated && a->fault == b->fault && a->attr == b->attr;
}

/* The first of b->values of which the access makes the same as of value i. */
static unsigned first_alike(const struct iso_builder *b, unsigned i, const struct iso_insn *insn,
                            const struct iso_path_request *request)
{
    struct made_of one = make_of(b, b->values.value[i].lo, insn, request);
    unsigned k = 0;
    for (; k < i; k++) {
        struct made_of other = make_of(b, b->values.value[k].lo, insn, request);
        if (is_alike(&one, &other))
            break;
    }
    return k;
}

/* The value of a TTD read: one descriptor of all those of which the access makes the same. A run with each of them would differ in nothing but which it found;
 * a read that may find any is the sum of those runs. The newest of them in sight is the one to take: a TLBI that it does not outlive ends the others, too, and
 * whether one is found at all is asked of each (machine.c).
 * Not where a tier or stage 2 has a say about a descriptor's other bits, AT shows them, or a witness names the write that is read. */
static bool choose_descriptor(struct iso_builder *b, struct iso_bytes16 *out, const struct iso_page *p,
                              const struct iso_insn *insn, const struct iso_path_request *request)
{
    const struct iso_explore_options *options = b->program->options;
    struct iso_bytes16 descriptor[ISO_DOMAIN_VALUES_MAX];
    struct iso_alike alike = {.value = descriptor};
    unsigned classes = 0, pick, first = 0;
    if (b->setup->machine || b->test->has_guest || request->probe || b->program->request ||
        (options && options->reduce == ISO_REDUCE_NEVER))
        return iso_walk_value(b, out, p->descriptor_va, 8, true);
    if (!iso_walk_values(b, p->descriptor_va, 8, true))
        return false;
    for (unsigned i = 0; i < b->values.count; i++)
        classes += first_alike(b, i, insn, request) == i;
    pick = iso_walk_choose(b, classes);
    if (b->w.dead)
        return false;
    for (unsigned i = 0; i < b->values.count; i++)
        if (first_alike(b, i, insn, request) == i && pick-- == 0)
            first = i;
    for (unsigned i = first; i < b->values.count; i++)
        if (first_alike(b, i, insn, request) == first)
            descriptor[alike.count++] = b->values.value[i];
    *out = (struct iso_bytes16){descriptor[0].lo, iso_program_alike(b->program, &alike)};
    return true;
}

/* The TTD read of an access: one of the descriptor's values. */
static enum iso_path_status translate(struct iso_builder *b, struct iso_path *out, int page,
                                      const struct iso_insn *insn, const struct iso_path_request *request,
                                      const struct iso_depend *address, uint8_t *fault)
{
    const struct iso_page *p = &b->test->page[page];
    struct iso_depend d = *address, before;
    struct iso_bytes16 value;
    struct iso_conflict conflict;
    struct iso_pte pte;
    uint16_t flags = 0, update_flags = 0;
    uint64_t updated = 0, stage2 = 0;
    enum iso_mmu_fault first, rest;
    uint8_t type;
    bool waits, silent, retries, updates, table = p->table && !request->probe;
    int ttd;
    if (table && iso_walk_table(b, out, p, insn, request, &stage2) != ISO_PATH_OK)
        return ISO_PATH_STOP;
    if (out->ttd_table >= 0)
        d.same |= ISO_BIT(out->ttd_table);
    before = d;
    if (!choose_descriptor(b, &value, p, insn, request) || !iso_walk_conflict(b, &conflict, page, value.lo))
        return ISO_PATH_STOP;
    out->descriptor = conflict.kind == ISO_CONFLICT_AMALGAM ? conflict.descriptor : value.lo;
    iso_pte_decode(&pte, out->descriptor);
    first = rest = mmu_fault(b, &pte, request, insn);
    if (rest == ISO_MMU_ACCESS_FLAG && iso_walk_ignores(b, insn, rest)) {
        pte.af = true;
        rest = mmu_fault(b, &pte, request, insn);
    }
    if (rest == ISO_MMU_PERMISSION && iso_walk_ignores(b, insn, rest))
        rest = ISO_MMU_NONE;
    type = conflict.kind == ISO_CONFLICT_ABORT ? ISO_FAULT_TLB_CONFLICT : type_of(rest);
    silent = rest == ISO_MMU_TRANSLATION && iso_walk_ignores(b, insn, rest);
    waits = type == ISO_FAULT_MMU_TRANSLATION && !request->probe && !silent && (b->setup->blocking_pages >> page & 1u);
    retries = waits && iso_walk_retries(b);
    waits = waits && !retries;
    if (b->w.dead)
        return ISO_PATH_STOP;
    if (type != ISO_FAULT_NONE && !request->probe && !silent)
        flags |= ISO_EVENT_FAULTS;
    if ((first == ISO_MMU_TRANSLATION || first == ISO_MMU_ACCESS_FLAG) && !request->probe)
        flags |= ISO_EVENT_TLB_UNCACHEABLE;
    if (waits)
        flags |= ISO_EVENT_WAITS;
    ttd = iso_walk_event(b, ISO_EVENT_TTD_READ, flags, p->descriptor_va, 8, &d);
    if (ttd < 0)
        return ISO_PATH_STOP;
    b->event[ttd].value = value;
    b->event[ttd].page = (int16_t)page;
    if (out->ttd_table >= 0) /* an entry that combines the two outlives the stage-2 one */
        b->event[out->ttd_table].ttd = (int8_t)ttd;
    iso_order_event(b, (unsigned)ttd);
    if (conflict.kind != ISO_CONFLICT_NONE && (ttd = iso_walk_conflict_read(b, out, &conflict, ttd, &before)) < 0)
        return ISO_PATH_STOP;
    d = b->build[ttd].depend;
    out->ttd = (int8_t)ttd;
    out->depend.flow = d.flow;
    out->depend.pick_flow = d.pick_flow;
    out->depend.same |= ISO_BIT(ttd);
    out->read_same |= ISO_BIT(ttd);
    if (waits) { /* the descriptor stays invalid: the thread waits for ever */
        iso_walk_partial(b);
        b->w.stuck = b->w.done = true;
        return ISO_PATH_STOP;
    }
    if (silent) {
        b->w.pc++;
        return ISO_PATH_STOP;
    }
    updates = updates_for(b, out, &pte, insn, request, type, &updated);
    if (updates && conflict.kind != ISO_CONFLICT_NONE) /* hardware works on what memory holds */
        b->w.dead = true;
    if (b->w.dead)
        return ISO_PATH_STOP;
    if (type != ISO_FAULT_NONE) {
        struct iso_depend at_fault = {.flow = d.flow, .pick_flow = d.pick_flow, .same = ISO_BIT(ttd)};
        int f;
        *fault = type;
        /* where stage 2 or a tier has a say about the table, none: it would come first */
        if (updates && !table && !write_update(b, ttd, 0, updated, address))
            return ISO_PATH_STOP;
        if (request->probe)
            return ISO_PATH_OK;
        if (iso_walk_is_misaligned(b, insn, request) &&
            rest == ISO_MMU_TRANSLATION) { /* CH-13: behind 0x35 alone, but there is no type */
            iso_walk_routed(b, 1, ISO_FAULT_ALIGNMENT, request->va, ISO_BIT(ttd), d.pick_flow);
            return ISO_PATH_STOP;
        }
        if (type == ISO_FAULT_MMU_ACCESS_FLAG || type == ISO_FAULT_MMU_PERMISSION) {
            const struct iso_walked_descriptors only = {.stage1 = out->descriptor};
            out->loc = pte.oa + (request->va & (ISO_PAGE_BYTES - 1));
            if (iso_walk_outranked(b, out, insn, request, page, &only,
                                   type == ISO_FAULT_MMU_PERMISSION ? ISO_RANK_PERMISSION : ISO_RANK_ACCESS_FLAG))
                return ISO_PATH_STOP;
        }
        f = iso_walk_event(b, ISO_EVENT_FAULT, flags & ISO_EVENT_TLB_UNCACHEABLE, 0, 1, &at_fault);
        if (f < 0)
            return ISO_PATH_STOP;
        b->event[f].ttd = (int8_t)ttd;
        iso_walk_use(b, f, out);
        iso_order_event(b, (unsigned)f);
        if (retries) { /* the handler waits, and returns to the instruction */
            iso_order_context(&b->w.order, ISO_BIT(ttd) | address->pick_address);
            b->w.reserved = false;
            return ISO_PATH_STOP;
        }
        iso_walk_routed(b, 1, type, request->va, ISO_BIT(ttd) | address->pick_address, d.pick_flow);
        return ISO_PATH_STOP;
    }
    if (updates && table &&
        iso_walk_table_update(b, out, p, insn, request, &stage2, &update_flags, &updates) != ISO_PATH_OK)
        return ISO_PATH_STOP;
    if (updates && !write_update(b, ttd, update_flags, updated, address))
        return ISO_PATH_STOP;
    out->loc = pte.oa + (request->va & (ISO_PAGE_BYTES - 1));
    return ISO_PATH_OK;
}

enum iso_path_status iso_walk_path_of_fetch(struct iso_builder *b, struct iso_path *out, uint64_t va, int page)
{
    const struct iso_path_request request = {.va = va, .fetch = true, .size = 4};
    const struct iso_depend none = {0};
    const struct iso_insn *insn = &b->test->thread[b->w.code].insn[b->w.pc]; /* whose it is, not what it does */
    *out = (struct iso_path){.loc = va, .ttd = -1, .ttd_stage1 = -1, .ttd_table = -1, .tag = -1, .error = -1, .va = va};
    return translate(b, out, page, insn, &request, &none, &(uint8_t){ISO_FAULT_NONE});
}

/* Asynchronous or synchronous report of a failed tag check. */
static bool is_asynchronous(const struct iso_builder *b, bool write)
{
    return b->setup->variant.tag_mode == ISO_TAG_MODE_ASYNC ||
           (b->setup->variant.tag_mode == ISO_TAG_MODE_ASYM && write);
}

/* What a tag check compares with, and what becomes of a mismatch: the tier's word on a machine, else the allocation tag and the test's mode. */
struct check {
    bool reads;       /* the allocation tag */
    bool passes;      /* without looking */
    unsigned against; /* if it does not read */
    bool async, ignored;
};

static struct check check_of(struct iso_builder *b, const struct iso_path *path, bool write)
{
    struct check c = {.reads = true, .async = is_asynchronous(b, write)};
    if (!path->effect)
        return c;
    if (path->refused != ISO_FAULT_NONE && path->effect->compare == ISO_TAG_COMPARE_UNDECIDED)
        c.passes = true; /* nothing on the way to where it is refused checks tags */
    switch (path->effect->compare) {
    case ISO_TAG_COMPARE_NONE:
        c.reads = false;
        c.passes = true;
        break;
    case ISO_TAG_COMPARE_UNDECIDED:
    case ISO_TAG_COMPARE_STORED:
    case ISO_TAG_COMPARE_ZERO: /* the tag location of such a tier starts at zero and falls back to it: image.h, walk_tag.c */
        break;
    case ISO_TAG_COMPARE_CANONICAL:
        c.reads = false;
        c.against = path->va >> 55 & 1 ? 15 : 0;
        break;
    case ISO_TAG_COMPARE_FAILS:
        c.reads = false;
        c.against = 16;
        break;
    case ISO_TAG_COMPARE_ALIASED: /* whatever lies there */
        c.reads = false;
        c.passes = iso_walk_choose(b, 2) == 0;
        c.against = 16;
        break;
    }
    switch (path->effect->mismatch) {
    case ISO_MISMATCH_IGNORED:
        c.ignored = true;
        break;
    case ISO_MISMATCH_SYNC:
        c.async = false;
        break;
    case ISO_MISMATCH_ASYNC:
        c.async = true;
        break;
    }
    return c;
}

/* The tag check of one granule of an access: its tag against bits 59:56 of the address. */
static enum iso_path_status check_tag(struct iso_builder *b, struct iso_path *out,
                                      const struct iso_path_request *request, const struct iso_depend *address,
                                      uint64_t granule)
{
    struct iso_depend d = *address;
    struct iso_bytes16 value = {0, 0};
    struct check c = check_of(b, out, request->write);
    uint64_t pick_flow = address->pick_flow;
    bool fails;
    int tag = -1;
    if (c.passes)
        return ISO_PATH_OK;
    if (out->ttd >= 0) {
        d.flow |= out->depend.flow;
        d.pick_flow |= out->depend.pick_flow;
        d.same |= ISO_BIT(out->ttd);
    }
    if (c.reads && !iso_walk_value(b, &value, iso_loc_of_tag(granule), 1, false))
        return ISO_PATH_STOP;
    fails = (c.reads ? value.lo : c.against) != iso_address_tag(request->va);
    if (c.reads) {
        tag = iso_walk_event(b, ISO_EVENT_TAG_READ, fails && !c.async && !c.ignored ? ISO_EVENT_FAULTS : 0,
                             iso_loc_of_tag(granule), 1, &d);
        if (tag < 0)
            return ISO_PATH_STOP;
        b->event[tag].value = value;
        b->event[tag].alias = iso_path_alias(out, granule);
        if (value.lo) /* the tag is still in a cache */
            iso_walk_correct_cause(b, ISO_CAUSE_TAG_ZERO, ISO_CAUSE_NONE);
        iso_walk_use(b, tag, out);
        iso_order_event(b, (unsigned)tag);
        pick_flow = b->build[tag].depend.pick_flow;
    }
    if (fails && out->alias)
        iso_alias_mistook_tag(b);
    if (fails && !c.async && !c.ignored) {
        iso_walk_routed(b, 1, ISO_FAULT_TAG_CHECK, request->va, (tag >= 0 ? ISO_BIT(tag) : 0) | address->pick_address,
                        pick_flow);
        return ISO_PATH_STOP;
    }
    if (fails && !c.ignored) {
        iso_walk_async_fault(b, request->va, pick_flow);
    }
    if (!c.async && tag >= 0) {
        if (out->tag < 0)
            out->tag = (int8_t)tag;
        out->depend.pick_flow |= pick_flow;
        out->depend.same |= ISO_BIT(tag);
    }
    return ISO_PATH_OK;
}

enum iso_path_status iso_walk_path_begin(struct iso_builder *b, struct iso_path *out, struct iso_path_walk *walk,
                                         const struct iso_insn *insn, const struct iso_insn_uses *uses,
                                         const struct iso_path_request *request, uint8_t *fault)
{
    struct iso_depend address = {0};
    uint64_t bare = iso_address_strip(request->va);
    int page = b->setup->variant.vmsa || b->setup->machine ? iso_test_page_at(b->test, bare) : -1;
    bool checked =
        request->checked && b->setup->variant.memtag && iso_insn_is_tag_checked(insn) && !b->w.regs.x[ISO_REG_TCO];
    *out = (struct iso_path){
        .loc = bare, .ttd = -1, .ttd_stage1 = -1, .ttd_table = -1, .tag = -1, .error = -1, .va = request->va};
    address.address = iso_walk_flow(b->w.flow, uses->address);
    address.pick_address = iso_walk_flow(b->w.pick_flow, uses->address);
    address.flow = address.address;
    address.pick_flow = address.pick_address;
    out->depend = address;
    *walk = (struct iso_path_walk){.address = address, .page = page, .checked = checked};
    if (!b->setup->variant.vmsa)
        return ISO_PATH_OK;
    if (page >= 0) {
        enum iso_path_status status = translate(b, out, page, insn, request, &address, fault);
        if (status != ISO_PATH_OK || (fault && *fault != ISO_FAULT_NONE))
            return status;
    } else if (at_el0(b) || insn->unprivileged || request->el0) { /* tables are out of bounds for EL0 */
        if (fault)
            *fault = ISO_FAULT_MMU_PERMISSION;
        if (request->probe)
            return ISO_PATH_OK;
        iso_walk_partial(b);
        iso_walk_fault(b, ISO_FAULT_MMU_PERMISSION, true, request->va, 0, address.pick_flow, true);
        return ISO_PATH_STOP;
    }
    if (page >= 0)
        walk->descriptor.stage1 = out->descriptor;
    if (page >= 0 && b->thread->guest && !insn->host && !request->probe &&
        iso_walk_faults_before_stage2(b, out, insn, request, page))
        return ISO_PATH_STOP;
    if (page >= 0 && b->thread->guest && !insn->host && !request->probe &&
        iso_walk_stage2(b, out, insn, request, &walk->descriptor) != ISO_PATH_OK)
        return ISO_PATH_STOP;
    if (page >= 0 && b->setup->variant.memtag && !b->setup->machine) {
        /* Tags are checked, read and written through a Tagged mapping only (facts 7.1). */
        struct iso_pte pte;
        iso_pte_decode(&pte, walk->descriptor.stage1);
        out->untagged = b->test->mair[pte.attr & 7u] != 0xf0;
    }
    walk->checked = checked && page >= 0 && !out->untagged;
    return ISO_PATH_OK;
}

enum iso_path_status iso_walk_path_end(struct iso_builder *b, struct iso_path *out, const struct iso_path_walk *walk,
                                       const struct iso_insn *insn, const struct iso_path_request *request)
{
    if (iso_walk_tier(b, out, insn, request, walk->page, &walk->descriptor, walk->checked) != ISO_PATH_OK)
        return ISO_PATH_STOP;
    if (!walk->checked || iso_test_descriptor_at(b->test, iso_address_strip(request->va)) >= 0)
        return ISO_PATH_OK;
    for (uint64_t g = out->loc & ~(uint64_t)(ISO_GRANULE_BYTES - 1); g < out->loc + request->size;
         g += ISO_GRANULE_BYTES)
        if (check_tag(b, out, request, &walk->address, g) != ISO_PATH_OK)
            return ISO_PATH_STOP;
    if (out->refused != ISO_FAULT_NONE) {
        iso_walk_routed(b, out->fault_stage, out->refused, out->va, 0, out->depend.pick_flow);
        return ISO_PATH_STOP;
    }
    return ISO_PATH_OK;
}

enum iso_path_status iso_walk_path(struct iso_builder *b, struct iso_path *out, const struct iso_insn *insn,
                                   const struct iso_insn_uses *uses, const struct iso_path_request *request,
                                   uint8_t *fault)
{
    struct iso_path_walk walk;
    unsigned first = iso_walk_straddles(b, insn, request);
    b->new_cause = -1;
    if (iso_walk_faults_untranslated(b, insn, request)) {
        *out =
            (struct iso_path){.ttd = -1, .ttd_stage1 = -1, .ttd_table = -1, .tag = -1, .error = -1, .va = request->va};
        iso_walk_routed(b, 1, ISO_FAULT_ALIGNMENT, request->va, iso_walk_flow(b->w.pick_flow, uses->address),
                        iso_walk_flow(b->w.pick_flow, uses->address));
        return ISO_PATH_STOP;
    }
    if (first)
        return iso_walk_straddle(b, out, insn, uses, request, first);
    enum iso_path_status status = iso_walk_path_begin(b, out, &walk, insn, uses, request, fault);
    if (status != ISO_PATH_OK || *fault != ISO_FAULT_NONE)
        return status;
    return iso_walk_path_end(b, out, &walk, insn, request);
}
