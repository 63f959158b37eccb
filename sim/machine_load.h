/* Machine files: YAML into struct iso_machine, with diagnostics that name file, line, column, the offending text and what was expected.
 * For: every verb that takes --machine, and lint. Not for: policies, claims.
 * Shape by the tables of machine_fields.c and models/; meaning (contradictions, sums) in machine_check.c. */
#ifndef ISOTIER_SIM_MACHINE_LOAD_H
#define ISOTIER_SIM_MACHINE_LOAD_H

#include "models/machine.h"
#include "sim/buffer.h"
#include "sim/isa/diag.h"
#include "sim/sha256.h"

struct iso_machine_file {
    struct iso_machine machine;
    struct iso_arena *arena; /* holds the strings machine points to */
    char sha256[ISO_SHA256_TEXT_MAX];
};

/* Loads and checks. 0: *out is owned by the caller (iso_machine_file_free). -1 with diagnostics; *out untouched. */
int iso_machine_load(struct iso_machine_file **out, struct iso_diags *diags, const char *path);
void iso_machine_file_free(struct iso_machine_file *file);

/* Path of a machine named on the command line: a path if it holds a slash or ends in .yaml, else NAME.yaml below models/machines of the
 * data folder. Empty, with a diagnostic that lists the bundled names, if there is none. The caller frees *out. */
int iso_machine_path(struct iso_buffer *out, struct iso_diags *diags, const char *name, const char *data_folder);

/* The JSON Schema (draft-07) of machine files, from the same tables. */
void iso_machine_schema(struct iso_buffer *out);

/* Where values stand in the file, for the second pass. 0: not given. */
struct iso_mark_at {
    uint32_t line, column;
};
struct iso_machine_marks {
    struct iso_mark_at feature[ISO_CPU_COUNT];
    struct iso_mark_at tier[ISO_TIERS_MAX], idle[ISO_TIERS_MAX], curve[ISO_TIERS_MAX];
    struct iso_mark_at capability[ISO_TIERS_MAX][ISO_HOPS_MAX][ISO_CAP_COUNT];
    double idle_ns[ISO_TIERS_MAX]; /* as stated; negative: not stated */
};
/* Second pass: facts that contradict each other. 0 or -1 with diagnostics. */
int iso_machine_check(struct iso_diags *diags, const char *path, const struct iso_machine *machine,
                      const struct iso_machine_marks *marks);

#endif
