/* Routing: who takes a fault and what the program sees of it. A table of data; the policy of a kernel or hypervisor fills it.
 *
 * For: engines (what a faulting access does next), policies (one row a decision).
 * Not for: whether an access faults (translate.h, decide.h).
 * Not modelled: a VMM that repairs and runs the guest again after an exit, or answers for a device of its own (MMIO).
 * Source: facts/kernel-policies.md sections 2.3, 3, B.5 and D (S1, S7, S11); Arm ARM D8.15 (routing of stage-2 faults to EL2). */
#ifndef ISO_MODELS_ROUTE_H
#define ISO_MODELS_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What went wrong. Stage 2 means: taken to the host. */
#define ISO_ROUTE_CAUSES(CAUSE)                                                                                        \
    CAUSE(TRANSLATION, "translation")                                                                                  \
    CAUSE(ACCESS_FLAG, "access-flag")                                                                                  \
    CAUSE(PERMISSION, "permission")                                                                                    \
    CAUSE(TAG_ACCESS, "tag-access")   /* stage 2 NoTagAccess, stage 1 canonical tag write */                           \
    CAUSE(UNSUPPORTED, "unsupported") /* DFSC 0x35 */                                                                  \
    CAUSE(ALIGNMENT, "alignment")                                                                                      \
    CAUSE(EXTERNAL, "external-abort") /* synchronous */                                                                \
    CAUSE(TAG_CHECK, "tag-check")     /* synchronous */                                                                \
    CAUSE(SERROR, "serror")                                                                                            \
    CAUSE(TLB_CONFLICT, "tlb-conflict") /* DFSC 0x30 */

enum iso_route_cause {
#define CAUSE(name, text) ISO_ROUTE_##name,
    ISO_ROUTE_CAUSES(CAUSE)
#undef CAUSE
        ISO_ROUTE_CAUSE_COUNT
};

/* What comes of it. */
#define ISO_ROUTES(ROUTE)                                                                                              \
    ROUTE(DEFAULT, "default") /* stage 1: fault; stage 2: see iso_route_find() */                                      \
    ROUTE(FAULT, "fault")     /* an exception of the program: its handler, else its fault mode */                      \
    ROUTE(RETRY, "retry")     /* waits until the translation is there, then starts again */                            \
    ROUTE(RESOLVE, "resolve") /* sets the flag or write permission that was missing, then starts again */              \
    ROUTE(EMULATE, "emulate") /* of ALIGNMENT: a handler does a plain load or store byte by byte, or the DC ZVA */     \
    ROUTE(BUS_OBJERR, "SIGBUS:BUS_OBJERR")                                                                             \
    ROUTE(BUS_ADRALN, "SIGBUS:BUS_ADRALN")                                                                             \
    ROUTE(BUS_MCEERR_AR, "SIGBUS:BUS_MCEERR_AR")                                                                       \
    ROUTE(BUS_0, "SIGBUS:0")                                                                                           \
    ROUTE(SEGV_MAPERR, "SIGSEGV:SEGV_MAPERR")                                                                          \
    ROUTE(SEGV_ACCERR, "SIGSEGV:SEGV_ACCERR")                                                                          \
    ROUTE(SEGV_MTESERR, "SIGSEGV:SEGV_MTESERR")                                                                        \
    ROUTE(SEGV_MTEAERR, "SIGSEGV:SEGV_MTEAERR")                                                                        \
    ROUTE(INJECT_ABORT, "inject-abort")           /* synchronous External abort in the guest */                        \
    ROUTE(INJECT_0X35, "inject-0x35")             /* DFSC 0x35 in the guest */                                         \
    ROUTE(INJECT_SERROR, "inject-serror")         /* virtual SError in the guest */                                    \
    ROUTE(KILL_VM, "kill-vm")                     /* all threads of the VM end */                                      \
    ROUTE(EXIT_EFAULT, "exit-efault")             /* KVM_RUN returns -EFAULT: this vCPU goes no further */             \
    ROUTE(EXIT_MEMORY_FAULT, "exit-memory-fault") /* KVM_EXIT_MEMORY_FAULT: the same, with the address */              \
    ROUTE(EXIT_ARM_SEA, "exit-arm-sea")           /* KVM_EXIT_ARM_SEA */                                               \
    ROUTE(PANIC, "panic")                         /* of the host: nothing goes on, nobody is left to observe */

enum iso_route {
#define ROUTE(name, text) ISO_ROUTE_TO_##name,
    ISO_ROUTES(ROUTE)
#undef ROUTE
        ISO_ROUTE_TO_COUNT
};

/* to[stage - 1][cause]: enum iso_route; stage ISO_ROUTE_KERNEL: faults of the kernel's own accesses (a copy for a migration, a host beside its
 * guest). All zero is the default of every cell. */
enum { ISO_ROUTE_KERNEL = 3 };
struct iso_routing {
    uint8_t to[3][ISO_ROUTE_CAUSE_COUNT];
};

/* Route of a fault, stage 1, 2 or ISO_ROUTE_KERNEL; never ISO_ROUTE_TO_DEFAULT. Defaults: the kernel's faults stay what they are; stage 1 is the program's own fault, as on bare metal; stage 2 as
 * KVM of 7.x serves guest RAM: a missing translation is waited for, Access flag and write permission are put right, 0x35 and external aborts go to
 * the guest, the rest makes KVM_RUN fail. */
enum iso_route iso_route_find(const struct iso_routing *routing, unsigned stage, enum iso_route_cause cause);

const char *iso_route_name(enum iso_route route);             /* "SIGBUS:BUS_OBJERR" ... */
const char *iso_route_cause_name(enum iso_route_cause cause); /* "unsupported" ... */
bool iso_route_parse(enum iso_route *out, const char *name);  /* false: no such route */
bool iso_route_cause_parse(enum iso_route_cause *out, const char *name);

/* What a policy's reactions (by enum iso_policy_event, models/policy.h) make of faults: of stage 2 in a VM, of stage 1 without one, of the kernel's own accesses.
 * Events that the policy says nothing of keep the defaults. */
struct iso_policy_reaction;
void iso_routing_of_reactions(struct iso_routing *out, const struct iso_policy_reaction *reaction, bool in_vm);
/* For a program that says nothing of stage 2 and runs in a VM all the same: its stage-1 routes of what is the host's matter become those of stage 2: external
 * aborts, DFSC 0x35 (reported at the final stage: facts/kernel-policies.md 2.3), NoTagAccess, and alignment where only stage 2 says Device. The rest
 * stays the guest's own. */
void iso_routing_flatten(struct iso_routing *routing, bool device_by_stage2);

#endif
