/* Inside models/ only: how decide_*.c turn one element into several, one per value of a key that is open.
 *
 * A stage looks at one element of kind PASS and adds what becomes of it to a set. A key that is bound gives one
 * branch; an unknown one a branch a value, each with an assumption; a `free` CPU knob a branch a value, no assumption. */
#ifndef ISO_MODELS_BRANCH_H
#define ISO_MODELS_BRANCH_H

#include "models/decide.h"

struct iso_decide_step {
    const struct iso_access *access;
    const struct iso_attribute *attribute;
    const struct iso_hop *hop;
    const struct iso_cpu_features *features;
    uint8_t index; /* of the hop along the path */
};

typedef void iso_decide_stage(const struct iso_decide_step *step, const struct iso_effect *in,
                              struct iso_effect_set *out);

/* When else a stage has something to say. */
enum iso_stage_when {
    ISO_STAGE_ALWAYS,
    ISO_STAGE_ON_DEVICE_TYPE,
    ISO_STAGE_ON_TAG_TYPE,  /* the page is not Untagged */
    ISO_STAGE_ON_CONDITION, /* the location is not in its normal state */
};

#define ISO_ALL_FAMILIES (~0u)

enum { ISO_BRANCHES_MAX = 8 };

struct iso_branches {
    size_t count;
    bool assumed; /* the key was unknown */
    bool is_cpu;
    uint8_t key;
    uint8_t value[ISO_BRANCHES_MAX];
};

/* Values of a CPU knob: the bound one, or each concrete one. */
void iso_branch_cpu(struct iso_branches *out, const struct iso_decide_step *step, enum iso_cpu_key key);
/* Values of a capability at this hop: the bound one (`pass` included), or each concrete one. pass_is_unknown: this hop
 * has to answer, so `pass` counts as unknown. */
void iso_branch_hop(struct iso_branches *out, const struct iso_decide_step *step, enum iso_capability_key key,
                    bool pass_is_unknown);
/* The element for the i-th branch: a copy, with the assumption if there is one. An earlier assumption about the same
 * key at the same hop keeps its value: see iso_branch_agrees. */
struct iso_effect iso_branch_take(const struct iso_branches *branches, size_t i, const struct iso_effect *in,
                                  const struct iso_decide_step *step);
/* False if the element already assumes another value for this key at this hop. */
bool iso_branch_agrees(const struct iso_branches *branches, size_t i, const struct iso_effect *in,
                       const struct iso_decide_step *step);

/* Names the choice that made the element what it is; an earlier choice moves to rule2. */
void iso_element_rule(struct iso_effect *e, const struct iso_decide_step *step, const char *id, const char *member);
/* Names a permission that comes with the element but decides nothing of what it does: stands behind a choice already named. */
void iso_element_beside(struct iso_effect *e, const struct iso_decide_step *step, const char *id);
/* Names a rule without choice; does nothing if a choice is named already. */
void iso_element_base(struct iso_effect *e, const struct iso_decide_step *step, const char *id);
/* An Alignment fault, now or, where fault 0x35 comes first, only if no such fault turns up: CH-13. */
void iso_element_misaligned(const struct iso_decide_step *step, const struct iso_effect *e, struct iso_effect_set *out,
                            unsigned stage, const struct iso_rule_ref *rule);
/* The same of the Permission fault of stage 2 that a page without tag access gives. */
void iso_element_no_tag_access(const struct iso_decide_step *step, const struct iso_effect *e,
                               struct iso_effect_set *out);
/* The fault that the element has all along. */
void iso_element_take_pending(struct iso_effect *e, const struct iso_pending_fault *pending);
void iso_element_fault(struct iso_effect *e, enum iso_abort fault, unsigned stage);

/* An error response or an unsupported location: adds what the PE sees, by CH-40; of an atomic without return value by CH-29. */
void iso_element_external(const struct iso_decide_step *step, const struct iso_effect *e, struct iso_effect_set *out);
/* Fault 0x35: adds one element per stage that may report it, by CH-13. Where the outcome of a synchronous tag check is known, that may come first. */
void iso_element_unsupported(const struct iso_decide_step *step, const struct iso_effect *e,
                             struct iso_effect_set *out);

/* The device hop: nothing may be handed on. */
bool iso_decide_step_is_last(const struct iso_decide_step *step);
enum iso_where iso_decide_step_where(const struct iso_decide_step *step);

/* decide_core.c: stages of the core, in the architecture's order; decide_hop.c: stages of any hop. */
struct iso_stage_row {
    iso_decide_stage *stage;
    unsigned families; /* 1 << enum iso_family of the accesses it is about; a stage is not run for others */
    enum iso_stage_when when;
};

extern const struct iso_stage_row iso_core_stages[];
extern const size_t iso_core_stage_count;
extern const struct iso_stage_row iso_hop_stages[];
extern const size_t iso_hop_stage_count;

/* decide_atomic.c */
iso_decide_stage iso_stage_exclusive; /* set E */
iso_decide_stage iso_stage_atomic;    /* set A */
iso_decide_stage iso_stage_update;    /* set H */

/* decide_error.c: accesses in error */
iso_decide_stage iso_stage_poison_unit;
iso_decide_stage iso_stage_read_error;
iso_decide_stage iso_stage_write_error;

/* decide_tag.c */
iso_decide_stage iso_stage_tag_core;    /* tag type, TCF: facts 7.1, 7.2 */
iso_decide_stage iso_stage_tag_hop;     /* storage: set T */
iso_decide_stage iso_stage_tag_resolve; /* MATCH and MISMATCH of the truth table */

#endif
