/* Inside the policy loader only: its state, and the readers of `when` and `then`.
 * For: policy_load.c, policy_read.c, policy_schema.c. Not for: anybody else; policy_load.h is the way in. */
#ifndef ISOTIER_SIM_POLICY_READ_H
#define ISOTIER_SIM_POLICY_READ_H

#include "sim/policy_load.h"
#include "sim/yaml_tree.h"

enum { ISO_POLICY_RULE_BOXES_MAX = 64 };

struct iso_policy_reader {
    struct iso_yaml yaml;
    struct iso_arena *arena;
    bool reads_tiers;
    bool failed;
};

#define ISO_POLICY_FAIL(reader, node, ...) ((reader)->failed = true, iso_yaml_error(&(reader)->yaml, node, __VA_ARGS__))

/* Names that stand for conditions on other inputs (facts E.1): RAM, CACHE, PF, FD. */
struct iso_policy_shorthand {
    const char *name, *meaning;
    struct {
        enum iso_policy_input input;
        uint16_t values;
    } yes[2];
    bool any; /* yes: one of the two; else both. A single one has input ISO_POLICY_INPUT_COUNT second */
};
const struct iso_policy_shorthand *iso_policy_shorthand_at(size_t i); /* NULL past the end */

/* What a rule of a stage may say under `then`: keys by stage. */
enum iso_policy_then {
    ISO_POLICY_THEN_S1 = 1,
    ISO_POLICY_THEN_S2 = 2,
    ISO_POLICY_THEN_X = 4,
    ISO_POLICY_THEN_MTE = 8,
    ISO_POLICY_THEN_REFUSE = 16,
    ISO_POLICY_THEN_REACT = 32, /* inject, signal, exit, kill_vm, retry, handled */
    ISO_POLICY_THEN_MOVE = 64,  /* sequence, target, tags */
    ISO_POLICY_THEN_OK = 128
};
unsigned iso_policy_then_of(enum iso_policy_stage stage);

/* Reads a condition into boxes that the arena owns. */
void iso_policy_read_when(struct iso_policy_reader *reader, struct iso_policy_rule *rule, const yaml_node_t *node);
void iso_policy_read_then(struct iso_policy_reader *reader, struct iso_policy_rule *rule, const yaml_node_t *node);

#endif
