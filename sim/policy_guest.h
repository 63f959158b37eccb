/* A hostile guest against a policy on a machine: what reaches beyond its VM (models/guest.h), gathered and ranked.
 * For: `isotier policy check --guest hostile`. Not for: what programs can tell from each other (policy_check.h). */
#ifndef ISOTIER_SIM_POLICY_GUEST_H
#define ISOTIER_SIM_POLICY_GUEST_H

#include "models/guest.h"
#include "sim/policy_check.h"

/* One way out of a VM, or one that nobody can rule out. */
struct iso_guest_leak {
    enum iso_guest_class cls;
    const struct iso_mapping *mapping; /* NULL: asked of a tier, not of a mapping */
    size_t tier;                       /* machine's ntiers: no tier (the GIC) */
    bool tagged;                       /* only in a VM with MTE */
    bool undecided;                    /* `key` is unknown, or no rule covers the fault */
    uint32_t ways;                     /* attribute x access, of which the first: */
    struct iso_attribute attribute;
    struct iso_access access;
    char how[96];       /* "STG lands ..." in words */
    char rule[48];      /* that allows it: "CH-54/T4" */
    char key[96];       /* "tiers.cxl.tag.write_unsupported", "policy.access/serror"; "" where no capability decided */
    char value[32];     /* of the key */
    const char *source; /* claim, probe, datasheet, assumed; NULL without a key */
    const struct iso_policy_rule *policy_rule; /* that gave the VM its stage 2; NULL: asked of a tier */
};

struct iso_guest_report {
    const struct iso_policy_check *check;
    const struct iso_machine *machine;
    struct iso_guest_leak *leak; /* owned; worst first, undecided ones last */
    size_t nleaks, capacity, nundecided;
    uint32_t places, attributes, decided; /* places a VM reaches; most attributes on one; accesses decided */
};

/* Every mapping of a VM that the check maps. The check need not have run. */
void iso_guest_check(struct iso_guest_report *out, const struct iso_policy_check *check,
                     const struct iso_survey *survey);
void iso_guest_report_free(struct iso_guest_report *report);
int iso_guest_status(const struct iso_guest_report *report); /* 0, 8, 16 or 24; 32: no mapping of a VM */

/* With two lines a tier: is Normal-NC safe to give to a guest, is cacheable? */
void iso_guest_text(struct iso_buffer *out, const struct iso_guest_report *report, const struct iso_survey *survey);
void iso_guest_line(struct iso_buffer *out, const struct iso_guest_report *report);
void iso_guest_json(struct iso_buffer *out, const struct iso_guest_report *report, const struct iso_survey *survey);

/* Inside: what a guest with this stage 2 reaches on a tier, added to the report. passed_through: the guest's own device is behind it, so that
 * it can provoke the device's errors. */
struct iso_guest_question {
    const struct iso_mapping *mapping;
    const struct iso_policy_rule *rule;
    size_t tier;
    enum iso_policy_s2 stage2;
    bool tagged, passed_through, normal_only; /* normal_only: no Device attributes */
    const struct iso_policy_reaction *reaction;
};
void iso_guest_ask(struct iso_guest_report *report, const struct iso_guest_question *question);
void iso_guest_sort(struct iso_guest_report *report);

#endif
