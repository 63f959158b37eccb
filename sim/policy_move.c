/* Triggers and targets under a policy. Declared in policy_move.h. */
#include "sim/policy_move.h"

#include <string.h>

int iso_triggers_parse(unsigned *out, const struct iso_cli *cli, const struct iso_strings *names)
{
    uint8_t value;
    *out = 0;
    for (size_t i = 0; i < names->count; i++) {
        if (!iso_policy_value_find(&value, ISO_POLICY_TRIGGER, names->list[i])) {
            iso_cli_usage(cli, "--trigger has \"%s\"; expected some of %s", names->list[i], ISO_TRIGGER_WORDS);
            return -1;
        }
        *out |= 1u << value;
    }
    return 0;
}

void iso_triggers_text(struct iso_buffer *out, unsigned triggers, const char *separator)
{
    const char *between = "";
    for (unsigned t = 0; t < ISO_POLICY_TRIGGER_COUNT; t++)
        if (triggers >> t & 1u) {
            iso_buffer_format(out, "%s%s", between, iso_trigger_at((enum iso_policy_trigger)t)->name);
            between = separator;
        }
}

static bool same_move(const struct iso_policy_move *a, const struct iso_policy_move *b, bool any_sequence)
{
    if (a->end != b->end)
        return false;
    if (a->end == ISO_POLICY_UNKNOWN)
        return a->unknown == b->unknown;
    if (a->end == ISO_POLICY_REFUSED)
        return a->error == b->error;
    return any_sequence || a->sequence == b->sequence ||
           (a->sequence && b->sequence && strcmp(a->sequence, b->sequence) == 0);
}

void iso_policy_moves(struct iso_policy_moves *out, const struct iso_policy *policy,
                      const struct iso_policy_question *question, const struct iso_machine *machine,
                      const struct iso_trigger_page *from, size_t tier, unsigned wanted, bool tagged, bool any_sequence)
{
    struct iso_trigger_page to = {
        .tier = tier, .origin = question->mapping->origin, .backing = question->mapping->backing};
    *out = (struct iso_policy_moves){.count = 0};
    for (unsigned t = 0; t < ISO_POLICY_TRIGGER_COUNT; t++) {
        struct iso_policy_question asked = *question;
        struct iso_policy_move move;
        size_t i = 0;
        if (!(wanted >> t & 1u) || !iso_trigger_chooses((enum iso_policy_trigger)t, machine, from, &to))
            continue;
        asked.inputs.value[ISO_POLICY_TRIGGER] = (uint8_t)t;
        iso_policy_migrate(&move, policy, &asked, tagged);
        while (i < out->count && !same_move(&out->way[i].move, &move, any_sequence))
            i++;
        if (i == out->count)
            out->way[out->count++].move = move;
        out->way[i].triggers |= 1u << t;
    }
}

bool iso_mapping_movable(const struct iso_mapping *m)
{
    return m->origin == ISO_POLICY_ORIGIN_BOOT_RAM || m->origin == ISO_POLICY_ORIGIN_HOTPLUG_RAM ||
           m->origin == ISO_POLICY_ORIGIN_COHERENT || m->origin == ISO_POLICY_ORIGIN_PRIVATE;
}

bool iso_mapping_same_memory(const struct iso_mapping *a, const struct iso_mapping *b)
{
    if (a->view != b->view || a->vm_protected != b->vm_protected || a->vm_realm != b->vm_realm ||
        a->vm_shared_ipa != b->vm_shared_ipa)
        return false;
    return a == b || (iso_mapping_movable(a) && iso_mapping_movable(b) && a->backing == b->backing);
}

void iso_policy_targets(struct iso_policy_targets *out, const struct iso_policy *policy,
                        const struct iso_mapping *mapping, const struct iso_machine *machine, size_t from,
                        const struct iso_policy_vm *vm, bool tagged)
{
    struct iso_trigger_page page = {.tier = from, .origin = mapping->origin, .backing = mapping->backing};
    *out = (struct iso_policy_targets){.moves = {0}};
    for (size_t m = 0; m < iso_mapping_count() && iso_mapping_movable(mapping); m++) {
        const struct iso_mapping *to = iso_mapping_at(m);
        if (!iso_mapping_same_memory(mapping, to))
            continue;
        for (size_t t = 0; t < machine->ntiers; t++) {
            struct iso_policy_question question;
            struct iso_policy_moves moves;
            if (!iso_mapping_fits(to, machine->tiers[t].kind) || (t == from && to->origin == mapping->origin))
                continue;
            iso_policy_ask(&question, policy, to, machine, t, vm, tagged);
            iso_policy_moves(&moves, policy, &question, machine, &page, t, ISO_TRIGGERS_ALL, tagged, false);
            for (size_t i = 0; i < moves.count; i++)
                for (unsigned k = 0; k < ISO_POLICY_TRIGGER_COUNT; k++)
                    if (moves.way[i].triggers >> k & 1u)
                        *(moves.way[i].move.end == ISO_POLICY_MAPPED ? &out->moves[k] : &out->kept[k]) |= 1u << t;
        }
    }
    for (unsigned k = 0; k < ISO_POLICY_TRIGGER_COUNT; k++)
        out->kept[k] &= ~out->moves[k];
}
