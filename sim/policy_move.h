/* Where pages go under a policy: the triggers that choose a target, and what the policy's stage migrate says of each.
 * For: run, policy check, decide. Not for: the triggers themselves (models/migration_trigger.h), evaluating rules (models/policy.h). */
#ifndef ISOTIER_SIM_POLICY_MOVE_H
#define ISOTIER_SIM_POLICY_MOVE_H

#include "models/machine.h"
#include "models/migration_trigger.h"
#include "sim/cli.h"
#include "sim/policy_load.h"

/* --trigger: names of triggers as bits 1 << enum iso_policy_trigger; 0 for an empty list. -1 after a usage message. */
int iso_triggers_parse(unsigned *out, const struct iso_cli *cli, const struct iso_strings *names);
#define ISO_TRIGGER_WORDS "move-pages numa-balancing demotion compaction offline cma soft-offline hmm"
/* Names of such bits, with `separator` between them. */
void iso_triggers_text(struct iso_buffer *out, unsigned triggers, const char *separator);

/* The answers that differ, in order of the triggers. */
struct iso_policy_moves {
    struct {
        struct iso_policy_move move;
        unsigned triggers; /* that have it */
    } way[ISO_POLICY_TRIGGER_COUNT];
    size_t count;
};
/* How a page that is `from` comes to the question's mapping on a tier, by the triggers wanted that choose so. any_sequence: answers that differ in
 * the sequence alone are the same. */
void iso_policy_moves(struct iso_policy_moves *out, const struct iso_policy *policy,
                      const struct iso_policy_question *question, const struct iso_machine *machine,
                      const struct iso_trigger_page *from, size_t tier, unsigned wanted, bool tagged,
                      bool any_sequence);

/* Are both memory of one program, wherever its pages are: the same view, backing and kind of VM, in RAM or device memory? */
bool iso_mapping_same_memory(const struct iso_mapping *a, const struct iso_mapping *b);
/* RAM on an LRU list or pages in the hands of HMM: what migrate_pages() and migrate_vma_*() move (facts B.2). */
bool iso_mapping_movable(const struct iso_mapping *mapping);

/* The tiers, as bits, to which each trigger may move a page of the mapping that lies on tier `from`, and those where the policy does not let it or
 * gives no answer. */
struct iso_policy_targets {
    uint32_t moves[ISO_POLICY_TRIGGER_COUNT], kept[ISO_POLICY_TRIGGER_COUNT];
};
void iso_policy_targets(struct iso_policy_targets *out, const struct iso_policy *policy,
                        const struct iso_mapping *mapping, const struct iso_machine *machine, size_t from,
                        const struct iso_policy_vm *vm, bool tagged);

#endif
