/* Waivers: which findings of the gate a person has accepted, why, and until when. One YAML file.
 * For: cli_gate.c, cli_lint.c. Not for: deciding what is a finding (gate.h).
 * Dates are calendar days in UTC, kept as days since 1970-01-01. A waiver holds through the day of its `expires`, which is at most 180
 * days after its `created`; `created` is never later than today, so no waiver outlives today by more than 180 days. */
#ifndef ISOTIER_SIM_GATE_WAIVER_H
#define ISOTIER_SIM_GATE_WAIVER_H

#include "sim/compare.h"
#include "sim/isa/diag.h"

enum { ISO_WAIVER_MAX_DAYS = 180, ISO_DAY_TEXT_MAX = 40 };

/* What a finding is worth, worst first. */
enum iso_gate_category { ISO_GATE_BREAKING, ISO_GATE_WEAKENING, ISO_GATE_COST, ISO_GATE_INFO };
enum { ISO_GATE_CATEGORY_COUNT = 4 };
const char *iso_gate_category_name(enum iso_gate_category category);
bool iso_gate_category_find(enum iso_gate_category *out, const char *name);

struct iso_waiver {
    const char *id, *reason, *owner; /* owned by the file's arena, as the globs */
    const char **cells;              /* globs over cell ids */
    size_t ncells;
    unsigned categories; /* bits 1 << iso_gate_category; breaking, weakening and cost if the file does not say */
    unsigned classes;    /* bits 1 << iso_divergence; 0: any */
    int32_t created, expires;
    uint32_t line, column; /* of its id */
};

struct iso_waivers {
    char *path;
    struct iso_waiver *list;
    size_t count;
    struct iso_arena *arena;
};

/* 0: *out is owned by the caller. -1 with diagnostics, each with line and column: shape, unknown or missing keys, an id given twice, a
 * glob that cannot match, a date that is none, in the future, or too far away. */
int iso_waivers_read(struct iso_waivers **out, struct iso_diags *diags, const char *path, int32_t today);
void iso_waivers_free(struct iso_waivers *waivers); /* NULL is fine */

bool iso_waiver_covers(const struct iso_waiver *waiver, const char *cell);

/* "2026-03-31" to days; false if it is no day of the years 1970..9999. */
bool iso_day_parse(int32_t *out, const char *text);
void iso_day_text(char out[ISO_DAY_TEXT_MAX], int32_t day);
/* The system's date in UTC. */
int32_t iso_day_today(void);

#endif
