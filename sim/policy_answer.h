/* What a policy answers for one mapping on one tier: the decision, the page's other aliases, the migration and its targets; as text and JSON.
 * For: decide, run, policy. Not for: evaluating (models/policy.h). */
#ifndef ISOTIER_SIM_POLICY_ANSWER_H
#define ISOTIER_SIM_POLICY_ANSWER_H

#include "models/machine.h"
#include "sim/cli.h"
#include "sim/policy_load.h"
#include "sim/policy_move.h"

/* An alias of the page beside the one asked about. */
struct iso_policy_alias {
    const char *who;           /* "kernel", "VMM" */
    enum iso_policy_attr attr; /* NONE: there is none */
    struct iso_attribute attribute;
    bool mismatched; /* with the alias asked about (Arm ARM B2.11) */
};

struct iso_policy_answer {
    const struct iso_policy_file *file;
    const struct iso_mapping *mapping;
    const struct iso_machine *machine;
    size_t tier; /* machine->ntiers: no tier */
    struct iso_policy_question question;
    struct iso_policy_decision decision;
    struct iso_policy_move move, tagged_move; /* the page moves to `tier`: untagged, tagged */
    size_t
        from; /* tier that a page leaves: the one asked about, else the reference, or the first that can back the mapping */
    struct iso_policy_targets targets, tagged_targets; /* where triggers may then take it */
    struct iso_policy_alias alias[2];
    size_t naliases;
};

/* tagged: the program uses allocation tags. vm may be NULL. */
void iso_policy_answer(struct iso_policy_answer *out, const struct iso_policy_file *file,
                       const struct iso_mapping *mapping, const struct iso_machine *machine, size_t tier,
                       const struct iso_policy_vm *vm, bool tagged);
void iso_policy_answer_text(struct iso_buffer *out, const struct iso_policy_answer *answer);
void iso_policy_answer_json(struct iso_buffer *out, const struct iso_policy_answer *answer); /* one object */

/* A rule's result ("s2 NC, x no", "REFUSE -EINVAL") and condition ("when cpu.MTE2 yes, origin pgmap(COHERENT)|pgmap(GENERIC)"), in the words
 * of its file. */
void iso_policy_result_text(struct iso_buffer *out, const struct iso_policy_rule *rule);
void iso_policy_condition_text(struct iso_buffer *out, const struct iso_policy_rule *rule);

/* "EINVAL", "UNKNOWN: no rule ...": why there is no such mapping; one line. Only if the decision is not MAPPED. */
void iso_policy_answer_reason(struct iso_buffer *out, const struct iso_policy_decision *decision);

/* Mappings by name, "all", or (an empty list) those marked default. -1 after a usage message. */
int iso_mappings_choose(const struct iso_mapping **list, size_t *count, const struct iso_cli *cli,
                        const struct iso_strings *names);
enum { ISO_MAPPINGS_MAX = 128 };
/* Flags of --vm: mte, protected, realm, shared-ipa, dirty-log, readonly, sea-exit, slot-cacheable, mte-perm. -1 after a usage message. */
int iso_policy_vm_parse(struct iso_policy_vm *out, const struct iso_cli *cli, const struct iso_strings *names);
/* Sets one of them by name; false if there is no such flag. */
bool iso_policy_vm_set(struct iso_policy_vm *vm, const char *name);
/* Name of the i-th, NULL past the last; and where it stands. */
const char *iso_policy_vm_name(size_t i);
bool *iso_policy_vm_flag(struct iso_policy_vm *vm, size_t i);
#define ISO_POLICY_VM_WORDS "mte protected realm shared-ipa dirty-log readonly sea-exit slot-cacheable mte-perm"

/* Names of the bundled policies, sorted; arena owns them. -1 with diagnostics. */
int iso_policies_bundled(struct iso_strings *out, struct iso_diags *diags, struct iso_arena *arena,
                         const char *data_folder);

/* --policy: names or files, or "all" alone. -1 with diagnostics: one that cannot be read, or is named twice. Close it either way. */
struct iso_policy_list {
    struct iso_policy_file **file; /* owned */
    size_t count;
};
int iso_policies_open(struct iso_policy_list *out, struct iso_diags *diags, const struct iso_strings *names,
                      const char *data_folder);
void iso_policies_close(struct iso_policy_list *list);

#endif
