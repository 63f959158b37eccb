/* Triggers of migration: what makes the kernel move a page, which pages, and to which tiers it may choose to move them. A table of data.
 *
 * For: policies (input `trigger` of stage migrate), runs and checks narrowed to some triggers, `isotier show --triggers`.
 * Not for: how a page moves (migration.h), whether a policy lets it (policy.h). No trigger looks at what a tier can do (facts B.2).
 * Not modelled: which of several possible targets is taken (B.2: random among equally near nodes; the user; the driver); pinned pages; modes that
 * decide how long a kernel waits; HBM with CPUs of its own; chunks of abstract distance.
 * Source: facts/kernel-policies.md B.2, B.3 (M-devpriv: what migrate_vma_setup() refuses). */
#ifndef ISO_MODELS_MIGRATION_TRIGGER_H
#define ISO_MODELS_MIGRATION_TRIGGER_H

#include "models/machine.h"
#include "models/policy_input.h"

/* Where it may choose to move a page. */
enum iso_trigger_target {
    ISO_TRIGGER_ANY_NODE,   /* RAM anywhere */
    ISO_TRIGGER_CPU_NODE,   /* RAM of a node with CPUs: the one that faulted */
    ISO_TRIGGER_LOWER_TIER, /* RAM of a lower memory tier: the next, or by the fallback mask any lower one */
    ISO_TRIGGER_DEVICE,     /* a driver's: RAM to device memory, and back */
};

struct iso_trigger {
    const char *name; /* that of the policy input's value */
    enum iso_trigger_target target;
    const char *what;
    const char *citation;
};

enum { ISO_TRIGGERS_ALL = (1u << ISO_POLICY_TRIGGER_COUNT) - 1 };

/* Row of a trigger; trigger < ISO_POLICY_TRIGGER_COUNT. */
const struct iso_trigger *iso_trigger_at(enum iso_policy_trigger trigger);
const char *iso_trigger_target_name(enum iso_trigger_target target);

/* A page, as far as triggers care. */
struct iso_trigger_page {
    size_t tier;
    enum iso_policy_origin origin;
    enum iso_policy_backing backing;
};
/* May the trigger choose to make `to` of a page that is `from`? Pure. Whether the policy then lets it is asked of its stage migrate. */
bool iso_trigger_chooses(enum iso_policy_trigger trigger, const struct iso_machine *machine,
                         const struct iso_trigger_page *from, const struct iso_trigger_page *to);

#endif
