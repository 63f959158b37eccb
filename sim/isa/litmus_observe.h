/* What the parts of litmus_observe.c share: observables, fault patterns and condition nodes while they are collected. Private. */
#ifndef ISOTIER_SIM_ISA_LITMUS_OBSERVE_H
#define ISOTIER_SIM_ISA_LITMUS_OBSERVE_H

#include "sim/isa/litmus_build.h"
#include "sim/isa/outcome.h"

struct iso_observe {
    struct iso_build *build;
    struct iso_observable *list;
    uint32_t count, capacity;
    struct iso_fault_pattern *fault;
    uint32_t nfaults, fault_capacity;
    struct iso_prop *prop;
    uint32_t nprops, prop_capacity;
};

/* What a place observes: its first observable, without text. False after a diagnostic. *elements: >1 for a whole array. */
bool iso_observe_describe(struct iso_build *build, struct iso_observable *out, uint32_t *elements,
                          const struct iso_ast_place *place);
/* Index of an observable, or -1. */
int32_t iso_observe_find(const struct iso_observe *o, const struct iso_observable *key);
const char *iso_observe_format(struct iso_build *build, const char *pattern, const char *name, long long number);

/* litmus_fault.c: fault patterns. False after a diagnostic. */
bool iso_observe_make_fault(struct iso_build *build, struct iso_fault_pattern *out, const struct iso_ast_fault *fault);
int32_t iso_observe_find_fault(const struct iso_observe *o, const struct iso_fault_pattern *key);
bool iso_observe_add_fault(struct iso_observe *o, const struct iso_ast_fault *fault);

/* litmus_lower.c: appends the nodes of a condition, children first; index of its root, or -1 after a diagnostic. */
int32_t iso_observe_lower(struct iso_observe *o, const struct iso_ast_prop *prop);
int32_t iso_observe_emit(struct iso_observe *o, struct iso_prop prop);

#endif
