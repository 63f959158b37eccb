/* Policy files: YAML into struct iso_policy, with diagnostics that name file, line, column, what was wrong and what was expected.
 * For: every verb that takes --policy, and lint. Not for: evaluating (models/policy.h). The format: models/policies/README.md.
 * Checked besides the shape: rules that can never match or contradict, unknown inputs, values and flags, attributes that the CPU of a rule's
 * condition lacks, tiers read by a policy that is not marked, cycles of `extends`, unknown migration sequences. */
#ifndef ISOTIER_SIM_POLICY_LOAD_H
#define ISOTIER_SIM_POLICY_LOAD_H

#include "models/policy.h"
#include "sim/buffer.h"
#include "sim/isa/diag.h"
#include "sim/sha256.h"

struct iso_policy_file {
    struct iso_policy policy;
    struct iso_arena *arena;          /* holds all that policy points to */
    char sha256[ISO_SHA256_TEXT_MAX]; /* of the file and of those it extends */
};

/* Loads and checks a policy and those it extends, which are looked for beside the file, then below models/policies of the data folder (may
 * be NULL). 0: *out is owned by the caller (iso_policy_file_free). -1 with diagnostics; *out untouched. */
int iso_policy_load(struct iso_policy_file **out, struct iso_diags *diags, const char *path, const char *data_folder);
void iso_policy_file_free(struct iso_policy_file *file);

/* Path of a policy named on the command line: a path if it holds a slash or ends in .yaml, else NAME.yaml below models/policies of the data
 * folder. -1 with a diagnostic that lists the bundled names if there is none. The caller frees *out. */
int iso_policy_path(struct iso_buffer *out, struct iso_diags *diags, const char *name, const char *data_folder);
/* Both at once. */
int iso_policy_open(struct iso_policy_file **out, struct iso_diags *diags, const char *name, const char *data_folder);

/* The JSON Schema (draft-07) of policy files, from the tables that the loader reads by. */
void iso_policy_schema(struct iso_buffer *out);

/* Does the file look like a policy (a top-level key `policy`)? For lint, which tells files apart. False if it cannot be read. */
bool iso_policy_file_looks(const char *path);

/* "6.17" of a kernel number; "" for 0. */
void iso_policy_kernel_name(struct iso_buffer *out, uint16_t kernel);

#endif
