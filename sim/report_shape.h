/* Inside the report readers only: the state of reading, and typed access to keys with diagnostics that name line and column.
 * For: report_read.c, report_slim.c. Not for: anybody else; report.h is the way in. */
#ifndef ISOTIER_SIM_REPORT_SHAPE_H
#define ISOTIER_SIM_REPORT_SHAPE_H

#include "sim/json_place.h"
#include "sim/report.h"

#include <jansson.h>

struct iso_report_reader {
    struct iso_diags *diags;
    const char *path, *text;
    size_t size;
    struct iso_json_step step[8]; /* where the object stands that is being read */
    size_t nsteps;
    bool failed;
    struct iso_report *report;
};

/* 'WHERE has no "KEY"; expected EXPECTED', at the object that r->step leads to; where it has the key: 'WHERE has "KEY" VALUE; ...', at the
 * value. */
void iso_report_fail(struct iso_report_reader *r, const json_t *object, const char *where, const char *key,
                     const char *expected);
/* Text of a key; "" after a diagnostic; NULL for null or nothing where that is allowed. */
const char *iso_report_text(struct iso_report_reader *r, const json_t *object, const char *where, const char *key,
                            bool may_be_null);
/* List of texts of a key, or NULL if it is not there; a diagnostic if it is something else. */
const json_t *iso_report_texts(struct iso_report_reader *r, const json_t *object, const char *where, const char *key);
/* verdict, tier_verdict, class, tier_class, rules, unknown, refused of an object into the cell. */
void iso_report_judgement(struct iso_report_reader *r, struct iso_report_cell *cell, const json_t *json,
                          const char *where);
/* "kinds" and "rows" of a slim report into cells. */
void iso_report_expand(struct iso_report_reader *r, const json_t *json);

#endif
