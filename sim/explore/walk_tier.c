/* The tier in the walk: asks iso_decide_path() about each access on a machine and turns the answer into what the run does next.
 * Not for: ordinary memory (setup->machine NULL); which copy of a location an access sees where mappings are mismatched (alias.c).
 * Source: facts/arm-attributes.md section 9, models/decide.h. */
#include "models/rule.h"
#include "models/straddle.h"
#include "sim/explore/explore.h"
#include "sim/explore/walk.h"
#include "sim/isa/value.h"

#include <string.h>

/* Of the attributes that an encoding may stand for the one that the implementation takes (CH-01 to CH-05). */
static struct iso_attribute one_of(const struct iso_builder *b, int page, uint64_t stage1, const uint64_t *stage2)
{
    struct iso_attribute any[ISO_MEMATTR_SET_MAX];
    const char *rule;
    unsigned count = iso_setup_attributes(any, &rule, b->setup, page, stage1, stage2);
    return any[count > 1 ? iso_effect_implementation(b->program->choices, 0, 0, rule, count) : 0];
}

struct iso_attribute iso_walk_attribute(const struct iso_builder *b, int page,
                                        const struct iso_walked_descriptors *descriptor, uint8_t *stage)
{
    const struct iso_setup *setup = b->setup;
    struct iso_attribute first, final;
    first = one_of(b, page, setup->variant.vmsa ? descriptor->stage1 : 0, NULL);
    *stage = 1;
    if (!descriptor->has_stage2)
        return first;
    final = one_of(b, page, descriptor->stage1, &descriptor->stage2);
    if (final.cls != first.cls &&
        final.provenance != ISO_PROVENANCE_PDEV) /* lifted: stage 1's faults (CH-34a, CH-34b) */
        *stage = 2;
    return final;
}

void iso_walk_access(struct iso_access *a, const struct iso_builder *b, const struct iso_path *path,
                     const struct iso_insn *insn, const struct iso_path_request *request, bool checked)
{
    static const enum iso_tcf modes[] = {
        [ISO_TAG_MODE_SYNC] = ISO_TCF_SYNC, [ISO_TAG_MODE_ASYNC] = ISO_TCF_ASYNC, [ISO_TAG_MODE_ASYM] = ISO_TCF_ASYM};
    iso_access_init(a, request->fetch ? ISO_ACCESS_IFETCH : iso_effect_kind(insn));
    a->va = iso_address_strip(request->whole ? request->whole_va : path->va);
    a->pa = path->loc;
    a->size_bytes = a->element_bytes = request->whole ? request->whole : request->size;
    if (request->fetch)
        return;
    a->element_bytes = insn->count == 2 ? insn->size : a->size_bytes;
    if (request->rest)
        iso_straddle_rest(a, iso_address_strip(path->va), request->size);
    a->write = request->write;
    a->acquire = insn->order & ISO_ORDER_ACQUIRE;
    a->acquire_pc = insn->order & ISO_ORDER_ACQUIRE_PC;
    a->release = insn->order & ISO_ORDER_RELEASE;
    a->no_return = insn->order & ISO_ORDER_NO_RETURN;
    a->unprivileged = insn->unprivileged;
    a->nontemporal = insn->nontemporal;
    a->tag_access = b->setup->variant.memtag;
    a->check = checked ? ISO_TAG_CHECK_YES : ISO_TAG_CHECK_NO;
    a->logical_tag = (uint8_t)iso_address_tag(path->va);
    a->bit55 = path->va >> 55 & 1;
    a->tcf = modes[b->setup->variant.tag_mode];
}

void iso_walk_add_cause(struct iso_builder *b, const struct iso_tier_effect *effect)
{
    struct iso_walk *w = &b->w;
    struct iso_cause c = {.rule = effect->rule,
                          .effect = effect->deviation,
                          .tier = effect->tier,
                          .hop = effect->effect.hop,
                          .thread = (uint8_t)b->thread_index,
                          .insn = (uint16_t)w->pc};
    b->new_cause = -1;
    if (effect->deviation == ISO_CAUSE_NONE || w->ncauses == ISO_TRACE_CAUSES_MAX)
        return;
    for (unsigned i = 0; i < w->ncauses; i++)
        if (w->cause[i].rule == c.rule && w->cause[i].effect == c.effect && w->cause[i].insn == c.insn)
            return;
    b->new_cause = w->ncauses;
    w->cause[w->ncauses++] = c;
}

void iso_walk_correct_cause(struct iso_builder *b, enum iso_cause_effect from, enum iso_cause_effect to)
{
    struct iso_walk *w = &b->w;
    if (b->new_cause < 0 || b->new_cause + 1 != w->ncauses || w->cause[b->new_cause].effect != from)
        return;
    w->cause[b->new_cause].effect = (uint8_t)to;
    if (to == ISO_CAUSE_NONE)
        w->ncauses--;
    b->new_cause = -1;
}

static bool meets(const struct iso_setup_error *e, int frame, const struct iso_path *path,
                  const struct iso_path_request *request)
{
    uint64_t offset = path->loc & (ISO_PAGE_BYTES - 1);
    return frame >= 0 && frame < (int)ISO_SETUP_MAX_PAGES && (e->frames >> frame & 1u) &&
           offset < e->first + e->bytes && e->first < offset + request->size;
}

/* Errors that may befall the access: reads their state, in the place that the access has in the order. A store that finds an error in
 * force may be lost, so its look is ordered as its write is. A later write waits for it: an External abort is precise. */
static bool meet_errors(struct iso_builder *b, struct iso_path *path, const struct iso_insn *insn,
                        const struct iso_path_request *request, int frame, uint8_t *condition)
{
    const struct iso_setup *setup = b->setup;
    bool reads = !request->write || insn->cls == ISO_INSN_ATOMIC || insn->cls == ISO_INSN_CAS;
    uint16_t flags = (uint16_t)((reads ? iso_walk_order_flags(insn, true) : 0) |
                                (request->write ? iso_walk_order_flags(insn, false) | ISO_EVENT_AS_WRITE : 0));
    *condition = ISO_CONDITION_NORMAL;
    for (uint32_t k = 0; k < setup->nerrors && *condition == ISO_CONDITION_NORMAL; k++) {
        const struct iso_setup_error *e = &setup->error[k];
        struct iso_bytes16 value;
        int i;
        if (!meets(e, frame, path, request))
            continue;
        path->error_state = iso_image_loc(setup, setup->test->page[e->state].va);
        i = iso_walk_read(b, path, path->error_state, 1, flags, 0, 0, &value);
        if (i < 0)
            return false;
        path->error = (int8_t)i;
        path->depend.same |= ISO_BIT(i);
        path->read_same |= ISO_BIT(i);
        b->w.order.checked |= ISO_BIT(i);
        if (value.lo)
            *condition = e->condition;
    }
    return true;
}

bool iso_walk_clear_error(struct iso_builder *b, const struct iso_path *path, unsigned first)
{
    struct iso_depend after = {0};
    if (!path->effect || !path->effect->clears || path->error < 0)
        return true;
    for (unsigned i = first; i < b->w.nevents; i++)
        after.same |= ISO_BIT(i);
    return iso_walk_write(b, path, path->error_state, 1, 0, after, -1, (struct iso_bytes16){0, 0}) >= 0;
}

bool iso_walk_is_emulated(const struct iso_builder *b, const struct iso_insn *insn, unsigned stage)
{
    unsigned row = iso_setup_route_row(b->setup, b->thread_index, insn, stage);
    return iso_insn_is_emulated(insn) &&
           iso_route_find(&b->setup->routing, row, ISO_ROUTE_ALIGNMENT) == ISO_ROUTE_TO_EMULATE;
}

/* An Alignment fault whose handler does the access instead: by bytes, DC ZVA by granules. What the tier makes of such a piece is asked anew. False if the run
 * ends. */
static bool emulate(struct iso_builder *b, const struct iso_insn *insn, struct iso_tier_effect *effect,
                    struct iso_effect_query *q)
{
    uint8_t piece = insn->cls == ISO_INSN_ZERO ? ISO_GRANULE_BYTES : 1;
    struct iso_rule_ref rule = effect->effect.rule;
    uint16_t row_of_rule = effect->rule;
    uint32_t count;
    q->access.kind = q->access.write ? ISO_ACCESS_STR : ISO_ACCESS_LDR;
    q->access.size_bytes = q->access.element_bytes = q->access.write && piece > 1 ? 8 : 1;
    const struct iso_tier_effect *found =
        iso_effect_find(b->program->effects, b->program->choices, &count, b->setup->machine, q);
    *effect = found[iso_walk_choose(b, count)];
    if (b->w.dead)
        return false;
    if (effect->effect.kind == ISO_EFFECT_PERFORM || effect->effect.kind == ISO_EFFECT_PASS) {
        effect->effect.single_copy_bytes = piece;
        effect->effect.rule = rule;
        effect->rule = row_of_rule;
        effect->deviation = ISO_CAUSE_EMULATED;
    }
    iso_order_context(&b->w.order, 0); /* exception entry */
    b->w.reserved = false;             /* its return clears the local monitor */
    return true;
}

/* CH-49: an Alignment fault leaves open whether hardware has updated the descriptors; all else needs them updated. */
static bool update_fits(const struct iso_builder *b, const struct iso_path *path, const struct iso_tier_effect *effect,
                        unsigned stage)
{
    const struct iso_effect *e = &effect->effect;
    bool faults = e->kind == ISO_EFFECT_FAULT && e->fault == ISO_ABORT_ALIGNMENT;
    uint8_t value = iso_cpu_get(&b->setup->machine->features, ISO_CPU_TABLE_UPDATE);
    if (!faults)
        return !path->unupdated[0] && !path->unupdated[1];
    if (path->unupdated[0] && stage != 1)
        return false;
    if (b->thread->guest)
        return true;
    return !(path->updated && value == ISO_TABLE_UPDATE_NO) && !(path->unupdated[0] && value == ISO_TABLE_UPDATE_YES);
}

enum iso_path_status iso_walk_tier(struct iso_builder *b, struct iso_path *path, const struct iso_insn *insn,
                                   const struct iso_path_request *request, int page,
                                   const struct iso_walked_descriptors *descriptor, bool checked)
{
    const struct iso_setup *setup = b->setup;
    struct iso_tier_effect *effect = &b->effect[request->part];
    const struct iso_tier_effect *found;
    struct iso_effect_query q;
    uint32_t count;
    uint8_t type, condition, stage;
    int frame;
    if (!setup->machine || page < 0 || (!request->fetch && insn->cls == ISO_INSN_AT))
        return ISO_PATH_OK;
    frame = setup->variant.vmsa ? iso_test_frame_at(setup->test, path->loc) : page;
    if (insn->cls == ISO_INSN_CACHE && !request->fetch) {
        struct iso_attribute a = iso_walk_attribute(b, page, descriptor, &stage);
        iso_alias_maintained(b, path, frame, &a);
        return ISO_PATH_OK;
    }
    memset(&q, 0, sizeof q);
    q.tier = frame >= 0 ? setup->frame_tier[frame] : (uint8_t)setup->machine->reference;
    q.attribute = iso_walk_attribute(b, page, descriptor, &stage);
    if (!meet_errors(b, path, insn, request, frame, &condition))
        return ISO_PATH_STOP;
    iso_walk_access(&q.access, b, path, insn, request, checked);
    q.access.condition = (enum iso_condition)condition;
    if (request->emulated) {
        if (!emulate(b, insn, effect, &q))
            return ISO_PATH_STOP;
    } else {
        found = iso_effect_find(b->program->effects, b->program->choices, &count, setup->machine, &q);
        *effect = found[iso_walk_choose(b, count)];
        if (effect->effect.kind == ISO_EFFECT_FAULT && effect->effect.fault == ISO_ABORT_ALIGNMENT &&
            iso_walk_is_emulated(b, insn, stage) && !emulate(b, insn, effect, &q))
            return ISO_PATH_STOP;
    }
    if (!update_fits(b, path, effect, stage)) {
        b->w.dead = true;
        return ISO_PATH_STOP;
    }
    path->effect = &effect->effect;
    path->tier = q.tier;
    path->xs = q.attribute.xs;
    path->attribute = (uint8_t)iso_attribute_point_of(&q.attribute);
    iso_alias_enter(b, path, frame, &q.attribute, insn,
                    request->tags ? ISO_ALIAS_TAGS_EXPLICIT
                    : checked     ? ISO_ALIAS_TAGS_CHECKED
                                  : ISO_ALIAS_TAGS_NONE);
    if (path->effect->kind == ISO_EFFECT_PASS || path->effect->kind == ISO_EFFECT_PERFORM)
        iso_walk_disturb(b, path, request);
    if (b->w.dead)
        return ISO_PATH_STOP;
    iso_walk_add_cause(b, effect);
    switch (path->effect->kind) {
    case ISO_EFFECT_PASS:
    case ISO_EFFECT_PERFORM:
        return ISO_PATH_OK;
    case ISO_EFFECT_NOP:
        b->w.pc++;
        return ISO_PATH_STOP;
    case ISO_EFFECT_HANG:
        iso_walk_partial(b);
        b->w.stuck = b->w.done = true;
        return ISO_PATH_STOP;
    case ISO_EFFECT_FAULT:
        break;
    }
    type = iso_effect_fault(path->effect);
    path->fault_stage =
        b->thread->guest && !insn->host &&
                (type == ISO_FAULT_EXTERNAL_ABORT || type == ISO_FAULT_SERROR || path->effect->fault_tag_access)
            ? 2
            : stage;
    if (type == ISO_FAULT_NONE && request->whole && insn->cls != ISO_INSN_LOAD &&
        insn->cls != ISO_INSN_LOAD_EXCLUSIVE) { /* of two parts this one is lost */
        effect->effect.kind = ISO_EFFECT_PERFORM;
        effect->effect.data_lost = true;
        return ISO_PATH_OK;
    }
    if (type == ISO_FAULT_NONE) { /* reported to nobody: the access is lost */
        b->w.pc++;
        return ISO_PATH_STOP;
    }
    if (checked && iso_walk_checks_first(b, insn, path->effect)) {
        path->refused = type;
        return ISO_PATH_OK;
    }
    iso_walk_routed(b, path->fault_stage, type, path->va, path->error >= 0 ? ISO_BIT(path->error) : 0,
                    path->depend.pick_flow);
    return ISO_PATH_STOP;
}
