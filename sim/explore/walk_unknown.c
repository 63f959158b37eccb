/* Locations that speculative reads change where reading has side effects: what they hold is UNKNOWN at any time (CH-61; Arm ARM K1.2.10).
 * UNKNOWN may be what was there, too. So a read may find it whatever was written and whatever others find, and so may the final state (finals.c): it is a choice of
 * the reader, and memory stays as it is. A read of which some byte is UNKNOWN has all of them so: anything that those could be is among it.
 * Not for: what a mismatched store exclusive leaves UNKNOWN, which is written (walk_exclusive.c). */
#include "models/rule.h"
#include "sim/explore/explore.h"
#include "sim/explore/walk.h"

void iso_walk_disturb(struct iso_builder *b, const struct iso_path *path, const struct iso_path_request *request)
{
    struct iso_aliases *aliases = b->program->aliases;
    if (!(path->effect->order & ISO_ORDER_DISTURBED) || request->fetch)
        return;
    iso_domain_add(b->program->domain, &(struct iso_domain_write){.loc = iso_loc_strip(path->loc),
                                                                  .size = (uint8_t)request->size,
                                                                  .thread = ISO_THREADS_MAX,
                                                                  .writers = 1u << ISO_THREADS_MAX,
                                                                  .is_hu = true,
                                                                  .disturbs = true});
    if (iso_image_is_code(&b->program->image, path->loc) && iso_program_modifies(b->program, path->loc, request->size))
        b->w.dead = true;
    aliases->data_unknown = true;
    if (aliases->is_disturbed)
        return;
    aliases->is_disturbed = true;
    aliases->disturbed_cause = (struct iso_cause){.rule = (uint16_t)(iso_rule_find("CH-61") - iso_rule_at(0)),
                                                  .effect = ISO_CAUSE_DISTURBED,
                                                  .tier = path->tier,
                                                  .hop = (uint8_t)(b->setup->machine->tiers[path->tier].nhops - 1),
                                                  .thread = (uint8_t)b->thread_index,
                                                  .insn = (uint16_t)b->w.pc};
}

bool iso_walk_is_disturbed(struct iso_builder *b, uint64_t loc, unsigned size)
{
    if (!b->program->aliases || !b->program->aliases->is_disturbed)
        return false;
    iso_program_note_read(b->program, b->thread_index, loc, size);
    return iso_domain_disturbs(b->program->domain, loc, size);
}

void iso_walk_blame_disturbance(struct iso_builder *b, unsigned tier)
{
    const struct iso_cause *first = &b->program->aliases->disturbed_cause;
    const struct iso_tier_effect why = {
        .deviation = ISO_CAUSE_DISTURBED, .tier = (uint8_t)tier, .rule = first->rule, .effect.hop = first->hop};
    iso_walk_add_cause(b, &why);
    b->new_cause = -1;
}

int iso_walk_read_unknown(struct iso_builder *b, const struct iso_path *path, uint64_t loc, unsigned size,
                          uint16_t flags, uint64_t extra_flow, uint64_t same, struct iso_bytes16 *value)
{
    struct iso_depend d = path->depend;
    int i;
    d.same = path->read_same | same;
    d.flow |= extra_flow;
    d.pick_flow |= extra_flow;
    i = iso_walk_event(b, ISO_EVENT_READ, flags | ISO_EVENT_UNKNOWN, loc, size, &d);
    if (i < 0)
        return -1;
    *value = iso_walk_unknown(size);
    b->event[i].value = *value;
    b->event[i].alias = iso_path_alias(path, loc);
    iso_walk_link(b, i, path);
    iso_order_event(b, (unsigned)i);
    iso_walk_blame_disturbance(b, path->tier);
    return i;
}
