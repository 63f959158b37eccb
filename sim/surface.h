/* The surface of a report: a text that a reviewer reads, and whose diff says what a change does to each tier.
 * For: cli_baseline.c. Not for: programs; they read reports. Nothing in it flaps: no cycles, counts of runs, hashes or seeds. */
#ifndef ISOTIER_SIM_SURFACE_H
#define ISOTIER_SIM_SURFACE_H

#include "sim/report.h"

/* A paragraph for each subject, attribute (mapping, where the report has one) and tier, sorted: how many scenarios of each verdict and the
 * worst class; then a line for each scenario that diverges, is refused for another reason than the rest, or has no answer. Under several
 * policies: by subject and mapping, what is the same for some policies once below their names. */
void iso_surface(struct iso_buffer *out, const struct iso_report *report);

#endif
