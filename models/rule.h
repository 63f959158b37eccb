/* The rule register: every choice the architecture leaves open, every set of allowed behaviours and every bus rule
 * that iso_decide() cites, with citation and the state of each.
 *
 * For: `isotier decide`, `explain`, the checklist of what is not modelled.
 * Not for: deciding anything.
 * Source: facts/arm-attributes.md section 9 (CH-01..CH-69), 0.1, 0.2, 2.2, 3.1, 5.4, 7.3, 8; facts/cxl-chi-timing.md.
 */
#ifndef ISO_MODELS_RULE_H
#define ISO_MODELS_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum iso_rule_kind {
    ISO_RULE_IMPDEF,        /* ID: one choice an implementation makes */
    ISO_RULE_UNPREDICTABLE, /* CU: any member each time */
    ISO_RULE_FIXED,         /* the architecture or bus binds it */
    ISO_RULE_PERMITTED,     /* allowed, never required */
    ISO_RULE_MEMBER,        /* member of a set: E2, A1, T3, H4 */
    ISO_RULE_DISPUTED,      /* sources disagree: D1..D10 */
};

enum iso_rule_state { ISO_RULE_MODELLED, ISO_RULE_PARTLY, ISO_RULE_NOT_MODELLED };

struct iso_rule {
    const char *id; /* "CH-12", "E2", "CHI B6.3.4" */
    const char *title;
    enum iso_rule_kind kind;
    enum iso_rule_state state;
    const char *why; /* what is missing, for PARTLY and NOT_MODELLED; else "" */
    const char *citation;
};

size_t iso_rule_count(void);
const struct iso_rule *iso_rule_at(size_t i); /* NULL past the end */
/* Row by id, NULL if there is none. "CH-12/E2" finds CH-12. */
const struct iso_rule *iso_rule_find(const char *id);
const char *iso_rule_kind_name(enum iso_rule_kind kind);
const char *iso_rule_state_name(enum iso_rule_state state);

#endif
