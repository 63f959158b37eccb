/* A scenario on a machine: reading it, placing its pages, choosing the attributes it is asked under.
 * For: run, explain, show. Not for: running it. */
#ifndef ISOTIER_SIM_SCENARIO_H
#define ISOTIER_SIM_SCENARIO_H

#include "sim/buffer.h"
#include "sim/cli.h"
#include "sim/compose.h"
#include "sim/isa/setup.h"
#include "sim/sha256.h"

struct iso_scenario {
    char *path; /* as given; owned */
    char *id;   /* "exclusives/refcount-inc": last folder and file name without .litmus; owned */
    char sha256[ISO_SHA256_TEXT_MAX];
    struct iso_test *test; /* owned */
    bool tagged;           /* uses allocation tags: ordinary memory means wb-tagged */
};

/* Reads one scenario. 0; -1 with diagnostics; *out untouched. */
int iso_scenario_read(struct iso_scenario *out, struct iso_diags *diags, const char *path);
/* Whether the engines take it: 0; -1 with diagnostics. */
int iso_scenario_check(struct iso_diags *diags, const struct iso_scenario *scenario);
void iso_scenario_free(struct iso_scenario *scenario);
/* Every scenario of the operands (files, folders, @LIST), sorted by id within a folder. Bad files are diagnosed, the others stay. */
int iso_scenarios_read(struct iso_scenario **list, size_t *count, struct iso_diags *diags,
                       const struct iso_strings *operands);

/* Names of the attributes a scenario is asked under where the command line names none: by subject, space-separated. */
const char *iso_scenario_attributes(const struct iso_scenario *scenario);
/* What the program was written for: wb, or wb-tagged where it uses tags. */
struct iso_attribute iso_scenario_ordinary(const struct iso_scenario *scenario);

/* Why no system maps such a page, as stage and errno; false if it can be. The only refusal without a policy: memory behind a PCIe BAR is
 * never mapped cacheable, and having no struct page it never migrates (facts/cxl-chi-timing.md 1.9, facts/kernel-policies.md 1.3). */
struct iso_refusal {
    const char *stage, *error;
};
bool iso_scenario_refused(struct iso_refusal *out, const struct iso_tier *tier, const struct iso_attribute *attribute,
                          bool migrates);

/* Attributes of the kernel's and the VMM's mapping of a page, for Alias= lines. */
struct iso_alias_attributes {
    struct iso_attribute kernel, vmm;
};
/* Ordinary memory's, where no policy says otherwise. */
struct iso_alias_attributes iso_scenario_aliases(const struct iso_scenario *scenario);
/* Whether an Alias= line asks for the kernel's mapping (ISO_ALIAS_KERNEL) or the VMM's. */
bool iso_scenario_has_alias(const struct iso_scenario *scenario, enum iso_alias_role role);
/* The attribute of accesses through an alias, where `attribute` is the one of the page it is an alias of. */
struct iso_attribute iso_scenario_alias(const struct iso_scenario *scenario, const struct iso_alias *alias,
                                        const struct iso_attribute *attribute,
                                        const struct iso_alias_attributes *aliases);

/* Every tier that Place= names is one of the machine's. 0; -1 with diagnostics. */
int iso_scenario_check_places(struct iso_diags *diags, const struct iso_scenario *scenario,
                              const struct iso_machine *machine);

/* The setup of one cell. Pages under test are on `tier` with `attribute` (a migrating page starts on the reference tier and moves to `tier`);
 * pages that Place= puts elsewhere are ordinary memory there. Aliases of a page are where it is, and have the attributes that their roles say; with
 * aliases NULL they are ordinary memory too. composition: NULL without migration. 0; -1 with a diagnostic that names the
 * tier of a Place= line that this machine lacks. */
int iso_scenario_setup(struct iso_setup *out, struct iso_diags *diags, const struct iso_scenario *scenario,
                       const struct iso_composition *composition, const struct iso_machine *machine, size_t tier,
                       const struct iso_attribute *attribute, const struct iso_alias_attributes *aliases);

/* The first setting of the machine that is unknown and that an access of the setup's program meets; false if there is none.
 * Addresses that the program computes count as any page under test, at any alignment: naming too much costs time, never a verdict. */
bool iso_setup_unknown(struct iso_unknown *out, const struct iso_setup *setup);
/* What becomes of every such access, as text: two machines with the same text cannot differ for this setup by what iso_decide() says. */
void iso_setup_digest(struct iso_buffer *out, const struct iso_setup *setup);
/* Causes of faults that the setup's program may meet, bit per enum iso_route_cause: too many rather than too few. */
uint32_t iso_setup_fault_causes(const struct iso_setup *setup);
/* "cpu.misaligned.atomic", "tiers.cxl.excl.nc". */
void iso_unknown_name(struct iso_buffer *out, const struct iso_machine *machine, const struct iso_unknown *unknown);

#endif
