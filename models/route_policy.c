/* A policy's reactions as a routing of faults: what its kernel makes of an event, in the engines' terms. See route.h. */
#include "models/route.h"

#include "models/policy.h"

static enum iso_route of_detail(enum iso_policy_detail detail, enum iso_route otherwise)
{
    switch (detail) {
    case ISO_POLICY_DETAIL_ABORT35:
        return ISO_ROUTE_TO_INJECT_0X35;
    case ISO_POLICY_DETAIL_SEA:
        return ISO_ROUTE_TO_INJECT_ABORT;
    case ISO_POLICY_DETAIL_SERROR:
        return ISO_ROUTE_TO_INJECT_SERROR;
    case ISO_POLICY_DETAIL_SIGBUS_OBJERR:
        return ISO_ROUTE_TO_BUS_OBJERR;
    case ISO_POLICY_DETAIL_SIGBUS_ADRALN:
        return ISO_ROUTE_TO_BUS_ADRALN;
    case ISO_POLICY_DETAIL_SIGSEGV_MTE:
        return ISO_ROUTE_TO_SEGV_MTESERR;
    case ISO_POLICY_DETAIL_SIGSEGV_ACC:
        return ISO_ROUTE_TO_SEGV_ACCERR;
    case ISO_POLICY_DETAIL_MEMORY_FAULT:
    case ISO_POLICY_DETAIL_TAGACCESS:
        return ISO_ROUTE_TO_EXIT_MEMORY_FAULT;
    case ISO_POLICY_DETAIL_ARM_SEA:
        return ISO_ROUTE_TO_EXIT_ARM_SEA;
    case ISO_POLICY_DETAIL_SIGBUS_AR:
        return ISO_ROUTE_TO_BUS_MCEERR_AR;
    case ISO_POLICY_DETAIL_SIGBUS_0:
        return ISO_ROUTE_TO_BUS_0;
    case ISO_POLICY_DETAIL_PANIC:
        return ISO_ROUTE_TO_PANIC;
    case ISO_POLICY_DETAIL_EMULATE:
        return ISO_ROUTE_TO_EMULATE;
    case ISO_POLICY_DETAIL_NONE:
    case ISO_POLICY_DETAIL_IABT: /* of instruction fetches */
    case ISO_POLICY_DETAIL_SEA_IABT:
    case ISO_POLICY_DETAIL_MAP_EXEC:
    case ISO_POLICY_DETAIL_COUNT:
        break;
    }
    return otherwise;
}

static enum iso_route of_reaction(const struct iso_policy_reaction *reaction)
{
    if (!reaction->rule)
        return ISO_ROUTE_TO_DEFAULT;
    switch (reaction->action) {
    case ISO_POLICY_OK:
    case ISO_POLICY_HANDLED:
        return ISO_ROUTE_TO_FAULT;
    case ISO_POLICY_RETRY:
    case ISO_POLICY_INJECT:
    case ISO_POLICY_SIGNAL:
        return of_detail(reaction->detail, ISO_ROUTE_TO_FAULT);
    case ISO_POLICY_EXIT:
        return of_detail(reaction->detail, ISO_ROUTE_TO_EXIT_EFAULT);
    case ISO_POLICY_REFUSE: /* KVM_RUN fails */
        return ISO_ROUTE_TO_EXIT_EFAULT;
    case ISO_POLICY_KILL_VM:
        return ISO_ROUTE_TO_KILL_VM;
    }
    return ISO_ROUTE_TO_DEFAULT;
}

void iso_routing_of_reactions(struct iso_routing *out, const struct iso_policy_reaction *reaction, bool in_vm)
{
    static const struct {
        enum iso_policy_event event;
        enum iso_route_cause cause;
    } rows[] = {
        {ISO_POLICY_EVENT_ABORT35, ISO_ROUTE_UNSUPPORTED},   {ISO_POLICY_EVENT_EXTERNAL_ABORT, ISO_ROUTE_EXTERNAL},
        {ISO_POLICY_EVENT_TAG_ACCESS, ISO_ROUTE_TAG_ACCESS}, {ISO_POLICY_EVENT_TAG_CHECK, ISO_ROUTE_TAG_CHECK},
        {ISO_POLICY_EVENT_ALIGNMENT, ISO_ROUTE_ALIGNMENT},   {ISO_POLICY_EVENT_SERROR, ISO_ROUTE_SERROR},
    };
    uint8_t of_kernel = (uint8_t)of_reaction(&reaction[ISO_POLICY_EVENT_KERNEL_ABORT]);
    *out = (struct iso_routing){{{0}}};
    out->to[ISO_ROUTE_KERNEL - 1][ISO_ROUTE_EXTERNAL] = out->to[ISO_ROUTE_KERNEL - 1][ISO_ROUTE_SERROR] = of_kernel;
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        out->to[in_vm ? 1 : 0][rows[i].cause] = (uint8_t)of_reaction(&reaction[rows[i].event]);
}

void iso_routing_flatten(struct iso_routing *routing, bool device_by_stage2)
{
    static const enum iso_route_cause causes[] = {ISO_ROUTE_TAG_ACCESS, ISO_ROUTE_UNSUPPORTED, ISO_ROUTE_EXTERNAL,
                                                  ISO_ROUTE_SERROR};
    for (unsigned i = 0; i < sizeof causes / sizeof causes[0]; i++)
        routing->to[0][causes[i]] = (uint8_t)iso_route_find(routing, 2, causes[i]);
    if (device_by_stage2)
        routing->to[0][ISO_ROUTE_ALIGNMENT] = (uint8_t)iso_route_find(routing, 2, ISO_ROUTE_ALIGNMENT);
}
