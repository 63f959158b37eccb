/* Faults against the patterns of a condition. Private to sim/isa. Source: facts/oracle.md section 3. */
#ifndef ISOTIER_SIM_ISA_FAULT_MATCH_H
#define ISOTIER_SIM_ISA_FAULT_MATCH_H

#include "sim/isa/outcome.h"

/* Same thread, label, type and side; an address matches any byte and colour of the same symbol. */
bool iso_fault_matches(const struct iso_test *test, const struct iso_fault *fault,
                       const struct iso_fault_pattern *pattern);

#endif
