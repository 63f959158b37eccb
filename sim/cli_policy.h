/* Inside `isotier policy` only: what its subcommands share. Not for: other verbs. */
#ifndef ISOTIER_SIM_CLI_POLICY_H
#define ISOTIER_SIM_CLI_POLICY_H

#include "sim/policy_answer.h"
#include "sim/policy_check.h"

struct iso_policy_options {
    const char *machine, *format, *guest, *profile;
    struct iso_strings mappings, vm, tiers, engines, scenarios, triggers;
    uint64_t jobs, timeout_s, seeds;
    bool json, all, no_tags, no_errors, no_cost;
};

/* Everything a check needs, opened. */
struct iso_policy_job {
    const struct iso_cli *cli;
    const struct iso_policy_options *options;
    struct iso_machine_file *machine;
    struct iso_policy_file **file; /* owned */
    size_t nfiles;
    const struct iso_mapping *mapping[ISO_MAPPINGS_MAX];
    struct iso_survey survey;
    struct iso_policy_check *check; /* owned, one a file */
    bool json;
};

/* Opens policies, machine, mappings and scenarios. Exit status. Close either way. */
int iso_policy_job_open(struct iso_policy_job *job, const struct iso_strings *policies);
/* Plans, computes and judges every check. Exit status of the failure, else 0. */
int iso_policy_job_run(struct iso_policy_job *job);
void iso_policy_job_close(struct iso_policy_job *job);

/* The subcommands. operands: what stands after the subcommand. Exit status. */
int iso_policy_do_list(const struct iso_cli *cli, const struct iso_policy_options *options,
                       const struct iso_strings *operands);
int iso_policy_do_show(const struct iso_cli *cli, const struct iso_policy_options *options,
                       const struct iso_strings *operands);
int iso_policy_do_check(const struct iso_cli *cli, const struct iso_policy_options *options,
                        const struct iso_strings *operands);
int iso_policy_do_diff(const struct iso_cli *cli, const struct iso_policy_options *options,
                       const struct iso_strings *operands);
int iso_policy_do_suggest(const struct iso_cli *cli, const struct iso_policy_options *options,
                          const struct iso_strings *operands);
int iso_policy_do_needs(const struct iso_cli *cli, const struct iso_policy_options *options,
                        const struct iso_strings *operands);

#endif
