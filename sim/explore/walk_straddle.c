/* Accesses over two pages in the walk: each part goes through its own page: descriptor, stage 2, tier, tag. What depends on both (CH-36, CH-37) is
 * iso_decide_straddle()'s.
 * The part at the lower address comes first (the other one where STILP with write-back writes its second register first), and its fault is reported first. Where the
 * part that comes second faults, a store may have written the other one: "the values in [..] memory affected by the instruction can be UNKNOWN" unless their
 * own accesses fault. Of these values the old and the new ones are taken, as of destination registers the old ones.
 * Not for: a test without translation, tags and machine, where nothing tells pages apart.
 * Source: Arm ARM D1.4.1.4 RTNVSL, B2.10.3, K1.2.13, K1.2.14; SAIL Mem_read, Mem_set (each byte of a misaligned access is translated and checked alone). */
#include "models/straddle.h"
#include "sim/explore/explore.h"
#include "sim/explore/walk.h"
#include "sim/isa/value.h"

#include <string.h>

unsigned iso_walk_straddles(const struct iso_builder *b, const struct iso_insn *insn,
                            const struct iso_path_request *request)
{
    if (request->probe || request->fetch || !(b->setup->variant.vmsa || b->setup->variant.memtag || b->setup->machine))
        return 0;
    switch ((enum iso_insn_class)insn->cls) {
    case ISO_INSN_LOAD:
    case ISO_INSN_STORE:
    case ISO_INSN_LOAD_EXCLUSIVE:
    case ISO_INSN_STORE_EXCLUSIVE:
    case ISO_INSN_ATOMIC:
    case ISO_INSN_CAS:
        return iso_straddle_first(request->va, request->size);
    case ISO_INSN_STORE_TAG:
    case ISO_INSN_STORE_TAG_DATA: /* two granules; blocks are aligned, and what is not aligned faults */
        return request->va % ISO_GRANULE_BYTES ? 0 : iso_straddle_first(request->va, request->size);
    case ISO_INSN_LOAD_TAG:
    case ISO_INSN_ZERO:
    case ISO_INSN_COMPUTE:
    case ISO_INSN_BRANCH:
    case ISO_INSN_BARRIER:
    case ISO_INSN_CACHE:
    case ISO_INSN_TLBI:
    case ISO_INSN_AT:
    case ISO_INSN_SYSTEM_READ:
    case ISO_INSN_SYSTEM_WRITE:
    case ISO_INSN_EXCEPTION:
    case ISO_INSN_EXCEPTION_RETURN:
    case ISO_INSN_CLREX:
    case ISO_INSN_PREFETCH:
    case ISO_INSN_HINT:
        break;
    }
    return 0;
}

static void write_part(struct iso_builder *b)
{
    struct iso_partial partial = b->partial;
    b->partial.path = NULL;
    partial.write(b, &partial);
}

void iso_walk_partial(struct iso_builder *b)
{
    if (b->partial.path && iso_walk_choose(b, 2) == 1 && !b->w.dead)
        write_part(b);
    b->partial.path = NULL;
}

void iso_walk_early(struct iso_builder *b)
{
    if (b->partial.path && iso_walk_choose(b, 2) == 1 && !b->w.dead)
        write_part(b);
}

uint64_t iso_walk_moving(struct iso_builder *b, const struct iso_path *path)
{
    const int ttd[] = {path->ttd, path->ttd_stage1, path->ttd_table};
    uint64_t out = 0;
    for (unsigned i = 0; i < sizeof ttd / sizeof ttd[0]; i++)
        if (ttd[i] >= 0 && iso_walk_is_contested(b, &b->event[ttd[i]], false))
            out |= ISO_BIT(ttd[i]);
    return out;
}

/* The instruction may be started any number of times before it passes; of those that write the same bytes all but the last are one event. A start that finds them
 * elsewhere, or what its tier writes back around them, is not followed. */
bool iso_walk_retries(struct iso_builder *b)
{
    const struct iso_path *path = b->partial.path;
    unsigned first = b->w.nevents;
    bool contested = false;
    if (!path || b->w.retried || iso_walk_choose(b, 2) == 0 || b->w.dead)
        return false;
    b->w.retried = true;
    write_part(b);
    for (unsigned i = first; i < b->w.nevents && !b->w.dead; i++)
        if (b->event[i].kind == ISO_EVENT_WRITE && iso_walk_is_contested(b, &b->event[i], true)) {
            b->event[i].flags |= ISO_EVENT_AGAIN;
            contested = true;
        }
    b->program->retried_often |=
        contested && (iso_walk_moving(b, path) || (path->effect && path->effect->rmw_unit_bytes));
    return !b->w.dead;
}

/* An access over two pages, on its way. */
struct straddle {
    struct iso_path *path[2];
    struct iso_path_request request[2];
    struct iso_path_walk walk[2];
    const struct iso_insn *insn;
    const struct iso_insn_uses *uses;
    unsigned begin; /* part that is accessed first */
};

static enum iso_path_status begin(struct iso_builder *b, struct straddle *s, unsigned part)
{
    return iso_walk_path_begin(b, s->path[part], &s->walk[part], s->insn, s->uses, &s->request[part],
                               &(uint8_t){ISO_FAULT_NONE});
}

static enum iso_path_status end(struct iso_builder *b, struct straddle *s, unsigned part)
{
    return iso_walk_path_end(b, s->path[part], &s->walk[part], s->insn, &s->request[part]);
}

/* What the implementation may make of the whole, both pages being translated: `own`: each page by its own attributes, else all else. Chooses; none: the run is
 * dead. */
static void decide(struct iso_builder *b, const struct straddle *s, bool own, struct iso_tier_effect *out)
{
    const struct iso_setup *setup = b->setup;
    struct iso_straddle_page page[2];
    struct iso_effect_set set;
    struct iso_access access;
    size_t count = 0;
    int frame;
    for (unsigned k = 0; k < 2; k++) {
        const struct iso_path_walk *w = &s->walk[k];
        if (w->page < 0) { /* ordinary memory that no descriptor is about */
            memset(&page[k], 0, sizeof page[k]);
            page[k].attribute.cls = ISO_CLASS_WB;
            page[k].attribute.shareability = ISO_SHAREABILITY_ISH;
            page[k].stage1 = page[k].stage2 = page[k].attribute;
            continue;
        }
        iso_setup_straddle_page(&page[k], setup, w->page, setup->variant.vmsa ? w->descriptor.stage1 : 0,
                                w->descriptor.has_stage2 ? &w->descriptor.stage2 : NULL);
    }
    iso_walk_access(&access, b, s->path[s->begin], s->insn, &s->request[s->begin], s->walk[s->begin].checked);
    iso_decide_straddle(&set, &access, page, &setup->machine->features);
    iso_effect_agree(&set, b->program->choices);
    for (size_t i = 0; i < set.count; i++)
        if ((set.item[i].kind == ISO_EFFECT_PASS) == own)
            set.item[count++] = set.item[i]; /* elements only move down */
    if (!count) {
        b->w.dead = true;
        return;
    }
    frame = setup->variant.vmsa ? iso_test_frame_at(setup->test, s->path[1]->loc) : s->walk[1].page;
    *out = iso_effect_of_both(&set.item[iso_walk_choose(b, (unsigned)count)], &access,
                              frame >= 0 ? setup->frame_tier[frame] : (uint8_t)setup->machine->reference);
}

/* Does the machine rule out that each page goes by its own attributes, where they differ or where both are Device? */
static bool may_rule_out(const struct iso_machine *machine)
{
    uint8_t type = iso_cpu_get(&machine->features, ISO_CPU_SPAN_TYPE),
            device = iso_cpu_get(&machine->features, ISO_CPU_SPAN_DEVICE);
    return type == ISO_SPAN_TYPE_FAULT || type == ISO_SPAN_TYPE_NOP || device == ISO_SPAN_DEVICE_FAULT ||
           device == ISO_SPAN_DEVICE_NOP;
}

/* Each part by its own page. */
static enum iso_path_status by_own(struct iso_builder *b, struct straddle *s)
{
    unsigned first = s->begin, second = 1 - first;
    bool eager = b->setup->machine && may_rule_out(b->setup->machine);
    struct iso_tier_effect both = {.effect.order = 0};
    struct iso_partial partial = b->partial;
    partial.path = s->path[first];
    partial.part = first;
    partial.first = s->request[0].size;
    if (begin(b, s, first) != ISO_PATH_OK || (!eager && end(b, s, first) != ISO_PATH_OK))
        return ISO_PATH_STOP;
    if (partial.insn && !eager)
        b->partial = partial;
    if (begin(b, s, second) != ISO_PATH_OK)
        return ISO_PATH_STOP;
    if (b->setup->machine)
        decide(b, s, true, &both);
    if (b->w.dead)
        return ISO_PATH_STOP;
    s->path[0]->unordered = s->path[1]->unordered = (both.effect.order & ISO_ORDER_UNORDERED) != 0;
    iso_walk_add_cause(b, &both);
    if (eager && end(b, s, first) != ISO_PATH_OK)
        return ISO_PATH_STOP;
    if (partial.insn)
        b->partial = partial;
    if (end(b, s, second) != ISO_PATH_OK)
        return ISO_PATH_STOP;
    b->partial.path = NULL;
    return ISO_PATH_OK;
}

/* CH-49: with an Alignment fault hardware may have updated the descriptors. */
static bool update_fits(const struct iso_builder *b, const struct iso_tier_effect *both, bool updated)
{
    uint8_t value = iso_cpu_get(&b->setup->machine->features, ISO_CPU_TABLE_UPDATE);
    return updated ? both->effect.kind == ISO_EFFECT_FAULT && value != ISO_TABLE_UPDATE_NO
                   : both->effect.kind != ISO_EFFECT_FAULT || value != ISO_TABLE_UPDATE_YES || b->thread->guest;
}

/* The instruction does nothing, or faults for both pages together (whichever byte's address is reported); pages that do not translate have faults of their own. */
static enum iso_path_status as_one(struct iso_builder *b, struct straddle *s)
{
    struct iso_tier_effect both;
    unsigned stage;
    bool managed = b->setup->variant.vmsa && iso_setup_tthm(b->setup, b->thread->tthm) != ISO_TTHM_SOFTWARE;
    s->request[0].quiet = s->request[1].quiet = !(managed && iso_walk_choose(b, 2) == 1);
    if (begin(b, s, s->begin) != ISO_PATH_OK || begin(b, s, 1 - s->begin) != ISO_PATH_OK)
        b->w.dead = true;
    if (!b->w.dead)
        decide(b, s, false, &both);
    if (!b->w.dead && managed && !update_fits(b, &both, !s->request[0].quiet))
        b->w.dead = true;
    if (b->w.dead)
        return ISO_PATH_STOP;
    stage = both.effect.fault_stage;
    if (both.effect.kind == ISO_EFFECT_FAULT && iso_walk_is_emulated(b, s->insn, stage)) {
        s->request[0].emulated = s->request[1].emulated = true;
        return end(b, s, s->begin) == ISO_PATH_OK && end(b, s, 1 - s->begin) == ISO_PATH_OK ? ISO_PATH_OK
                                                                                            : ISO_PATH_STOP;
    }
    iso_walk_add_cause(b, &both);
    b->effect[0] = both;
    s->path[0]->effect = &b->effect[0].effect;
    if (both.effect.kind == ISO_EFFECT_NOP)
        b->w.pc++;
    else
        iso_walk_routed(b, stage, ISO_FAULT_ALIGNMENT, s->path[iso_walk_choose(b, 2)]->va, 0,
                        s->path[0]->depend.pick_flow | s->path[1]->depend.pick_flow);
    return ISO_PATH_STOP;
}

enum iso_path_status iso_walk_straddle(struct iso_builder *b, struct iso_path *out, const struct iso_insn *insn,
                                       const struct iso_insn_uses *uses, const struct iso_path_request *request,
                                       unsigned first)
{
    bool reversed =
        (insn->order & ISO_ORDER_ELEMENTS) && insn->cls == ISO_INSN_STORE && insn->writeback == ISO_WRITEBACK_PRE;
    struct straddle s = {
        .path = {out, &b->rest}, .request = {*request, *request}, .insn = insn, .uses = uses, .begin = reversed};
    enum iso_path_status status;
    for (unsigned k = 0; k < 2; k++) {
        s.request[k].whole_va = request->va;
        s.request[k].whole = request->size;
        s.request[k].part = (uint8_t)k;
        s.request[k].rest = k != s.begin;
    }
    s.request[0].size = (uint16_t)first;
    s.request[1].size = (uint16_t)(request->size - first);
    s.request[1].va = request->va + first;
    status = b->setup->machine && iso_walk_choose(b, 2) == 1 ? as_one(b, &s) : by_own(b, &s);
    b->partial = (struct iso_partial){.insn = NULL};
    if (status != ISO_PATH_OK)
        return status;
    out->first = (uint16_t)first;
    out->rest = &b->rest;
    return ISO_PATH_OK;
}

/* ---- single-copy atomic accesses over both ---- */

int iso_walk_read_whole(struct iso_builder *b, const struct iso_path *path, unsigned size, uint16_t flags,
                        struct iso_bytes16 *value)
{
    unsigned first = path->rest ? path->first : size;
    struct iso_bytes16 part;
    uint64_t pieces, hazards;
    int i = iso_walk_read(b, path, path->loc, first, flags, 0, 0, value), k;
    if (i < 0 || !path->rest)
        return i;
    k = iso_walk_read(b, path->rest, path->rest->loc, size - first, flags, 0, 0, &part);
    if (k < 0)
        return -1;
    for (unsigned at = 0; at < size - first; at++)
        iso_bytes_set(value, first + at, iso_bytes_get(part, at));
    if ((b->event[i].flags | b->event[k].flags) & ISO_EVENT_UNKNOWN)
        *value = iso_walk_unknown(size);
    pieces = iso_walk_bits(b, i) | iso_walk_bits(b, k);
    hazards = b->event[i].hazards | b->event[k].hazards;
    for (uint64_t p = pieces; p; p &= p - 1) {
        unsigned at = (unsigned)__builtin_ctzll(p);
        b->event[at].siblings = pieces & ~ISO_BIT(at);
        b->event[at].hazards = hazards;
    }
    b->build[i].depend.flow |= b->build[k].depend.flow;
    b->build[i].depend.pick_flow |= b->build[k].depend.pick_flow;
    return i;
}

int iso_walk_write_whole(struct iso_builder *b, const struct iso_path *path, unsigned size, uint16_t flags,
                         struct iso_depend extra, int pair, struct iso_bytes16 value)
{
    const struct iso_path *rest = path->rest;
    unsigned first = rest ? path->first : size;
    int i = -1, k;
    if (!rest || !(path->effect && path->effect->data_lost)) {
        i = iso_walk_write(b, path, path->loc, first, flags, extra, pair, iso_bytes_slice(value, 0, first));
        if (i < 0 || !rest || (rest->effect && rest->effect->data_lost))
            return i;
    }
    k = iso_walk_write(b, rest, rest->loc, size - first, flags, extra, i < 0 ? pair : -1,
                       iso_bytes_slice(value, first, size - first));
    if (k < 0 || i < 0)
        return k;
    b->event[i].siblings = ISO_BIT(k); /* slots.c: made at once */
    b->event[i].preds |= b->event[k].preds & ~ISO_BIT(i);
    b->build[i].lob |= b->build[k].lob & ~ISO_BIT(i);
    b->event[k].preds |= b->event[i].preds | ISO_BIT(i);
    return i;
}
