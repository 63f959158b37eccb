/* What a guest can do beyond its VM, with whatever stage 2 leaves it: any stage-1 attribute, any access. Pure, no allocation.
 *
 * For: `isotier policy check --guest hostile`. Not for: what an access does (decide.h), whether stage 2 is what it is (policy.h).
 * What a guest does to itself is no matter here: a tag that is lost, a lock that breaks, its own VM killed.
 * Not modelled: side channels, timing beyond "any", devices that the guest programs to write memory (an SMMU's matter), shared caches.
 * Source: facts/kernel-policies.md A.2, A.3 (what was argued), 2.1 (stage 2), S6, S25; facts/cxl-chi-timing.md 1.9. */
#ifndef ISO_MODELS_GUEST_H
#define ISO_MODELS_GUEST_H

#include "models/decide.h"
#include "models/policy.h"

/* Most severe first. CLASS(symbol, "name", "what it is") */
/* clang-format off */
#define ISO_GUEST_CLASSES(CLASS)                                                                                       \
    CLASS(CORRUPTION, "foreign-corruption", "memory that the VM does not own is written")                              \
    CLASS(FOREIGN, "foreign-read", "something of memory that the VM does not own is read")                             \
    CLASS(STALE, "stale-alias", "the host and the guest see different data through two aliases of a page")             \
    CLASS(ABORT, "host-abort", "the host gets an abort, or waits for ever")                                            \
    CLASS(PERIPHERAL, "shared-peripheral", "a peripheral that others share is reached as Normal memory")               \
    CLASS(MONITOR, "monitor-starved", "exclusives of the guest take the monitor from others")                          \
    CLASS(OTHER_VM, "other-vm", "an error that is no VM's own may end another one")
/* clang-format on */
enum iso_guest_class {
#define ISO_GUEST_CLASS_ENUM(symbol, ...) ISO_GUEST_##symbol,
    ISO_GUEST_CLASSES(ISO_GUEST_CLASS_ENUM)
#undef ISO_GUEST_CLASS_ENUM
        ISO_GUEST_CLASS_COUNT /* also: stays in the VM */
};
const char *iso_guest_class_name(enum iso_guest_class cls);
const char *iso_guest_class_meaning(enum iso_guest_class cls);

/* The final attributes that a guest can make: every MAIR byte and shareability, stage 1 on or off, under this stage 2. tags: its VM has MTE;
 * without it HCR_EL2.ATA is clear and no location is Tagged (facts 3). Each point once; returns how many. */
size_t iso_guest_attributes(struct iso_attribute out[ISO_ATTRIBUTE_POINTS], enum iso_policy_s2 stage2,
                            const struct iso_cpu_features *features, bool tags);

/* What one element of iso_decide_path()'s answer reaches. An SError that no rule of stage access covers is contained where the page is
 * Normal, as every CPU here has RAS, and is not where it is Device (facts A.3: "on NC containable"). *uncovered: another fault that no rule covers. */
enum iso_guest_class iso_guest_class_of(bool *uncovered, const struct iso_effect *effect,
                                        const struct iso_access *access, const struct iso_attribute *attribute,
                                        const struct iso_policy_reaction reaction[ISO_POLICY_EVENT_COUNT]);
/* Do data written through one alias stay out of sight of the other: is one cacheable and the other not (Arm ARM B2.11, S26)? */
bool iso_guest_stale(const struct iso_attribute *host, const struct iso_attribute *guest);
/* The capability that decided it; ISO_CAP_COUNT: none, the architecture or the CPU did. */
enum iso_capability_key iso_guest_key_of(const struct iso_effect *effect, const struct iso_access *access);

/* Does the system monitor that exclusives of this attribute meet hold a reservation for each of the machine's CPUs, so that none takes
 * another's (CHI B6.2.1)? YES where no such monitor answers. *hop: where it is. */
enum iso_policy_tri iso_guest_monitor_holds(const struct iso_tier *tier, const struct iso_attribute *attribute,
                                            unsigned ncpus, size_t *hop);
/* Is memory of this tier kept coherent when mapped cacheable? *hop: who says so. */
enum iso_policy_tri iso_guest_cacheable(const struct iso_tier *tier, size_t *hop);

#endif
