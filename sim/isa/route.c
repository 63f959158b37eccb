/* Fault types against routes (models/route.h): what software makes of a fault. Not for: who fills the table (policies). */
#include "sim/isa/a64_asm.h"
#include "sim/isa/litmus.h"

enum iso_route_cause iso_fault_cause(uint8_t type)
{
    switch ((enum iso_fault_type)type) {
    case ISO_FAULT_MMU_TRANSLATION:
        return ISO_ROUTE_TRANSLATION;
    case ISO_FAULT_MMU_ACCESS_FLAG:
        return ISO_ROUTE_ACCESS_FLAG;
    case ISO_FAULT_MMU_PERMISSION:
        return ISO_ROUTE_PERMISSION;
    case ISO_FAULT_TAG_PERMISSION:
        return ISO_ROUTE_TAG_ACCESS;
    case ISO_FAULT_MMU_EXCLUSIVE:
        return ISO_ROUTE_UNSUPPORTED;
    case ISO_FAULT_ALIGNMENT:
        return ISO_ROUTE_ALIGNMENT;
    case ISO_FAULT_EXTERNAL_ABORT:
        return ISO_ROUTE_EXTERNAL;
    case ISO_FAULT_TAG_CHECK:
        return ISO_ROUTE_TAG_CHECK;
    case ISO_FAULT_SERROR:
        return ISO_ROUTE_SERROR;
    case ISO_FAULT_TLB_CONFLICT:
        return ISO_ROUTE_TLB_CONFLICT;
    case ISO_FAULT_NONE:
    case ISO_FAULT_UNDEFINED:
    case ISO_FAULT_SUPERVISOR_CALL:
    case ISO_FAULT_HYPERVISOR_CALL:
    case ISO_FAULT_SECURE_MONITOR_CALL:
    case ISO_FAULT_BREAKPOINT:
    case ISO_FAULT_BUS_OBJERR:
    case ISO_FAULT_BUS_ADRALN:
    case ISO_FAULT_SEGV_MAPERR:
    case ISO_FAULT_SEGV_ACCERR:
    case ISO_FAULT_SEGV_MTESERR:
    case ISO_FAULT_SEGV_MTEAERR:
    case ISO_FAULT_BUS_MCEERR_AR:
    case ISO_FAULT_BUS_0:
    case ISO_FAULT_EXIT_EFAULT:
    case ISO_FAULT_EXIT_MEMORY_FAULT:
    case ISO_FAULT_EXIT_ARM_SEA:
    case ISO_FAULT_VM_KILLED:
    case ISO_FAULT_PANIC:
    case ISO_FAULT_TYPE_COUNT:
        break;
    }
    return ISO_ROUTE_CAUSE_COUNT; /* not routed */
}

static uint8_t of_route(enum iso_route route, uint8_t type)
{
    switch (route) {
    case ISO_ROUTE_TO_DEFAULT:
    case ISO_ROUTE_TO_FAULT:
    case ISO_ROUTE_TO_EMULATE: /* engines have done it where it can be done */
    case ISO_ROUTE_TO_COUNT:
        return type;
    case ISO_ROUTE_TO_RETRY:
    case ISO_ROUTE_TO_RESOLVE:
        return ISO_FAULT_NONE;
    case ISO_ROUTE_TO_BUS_OBJERR:
        return ISO_FAULT_BUS_OBJERR;
    case ISO_ROUTE_TO_BUS_ADRALN:
        return ISO_FAULT_BUS_ADRALN;
    case ISO_ROUTE_TO_SEGV_MAPERR:
        return ISO_FAULT_SEGV_MAPERR;
    case ISO_ROUTE_TO_SEGV_ACCERR:
        return ISO_FAULT_SEGV_ACCERR;
    case ISO_ROUTE_TO_SEGV_MTESERR:
        return ISO_FAULT_SEGV_MTESERR;
    case ISO_ROUTE_TO_SEGV_MTEAERR:
        return ISO_FAULT_SEGV_MTEAERR;
    case ISO_ROUTE_TO_BUS_MCEERR_AR:
        return ISO_FAULT_BUS_MCEERR_AR;
    case ISO_ROUTE_TO_BUS_0:
        return ISO_FAULT_BUS_0;
    case ISO_ROUTE_TO_EXIT_ARM_SEA:
        return ISO_FAULT_EXIT_ARM_SEA;
    case ISO_ROUTE_TO_PANIC:
        return ISO_FAULT_PANIC;
    case ISO_ROUTE_TO_INJECT_ABORT:
        return ISO_FAULT_EXTERNAL_ABORT;
    case ISO_ROUTE_TO_INJECT_0X35:
        return ISO_FAULT_MMU_EXCLUSIVE;
    case ISO_ROUTE_TO_INJECT_SERROR:
        return ISO_FAULT_SERROR;
    case ISO_ROUTE_TO_KILL_VM:
        return ISO_FAULT_VM_KILLED;
    case ISO_ROUTE_TO_EXIT_EFAULT:
        return ISO_FAULT_EXIT_EFAULT;
    case ISO_ROUTE_TO_EXIT_MEMORY_FAULT:
        return ISO_FAULT_EXIT_MEMORY_FAULT;
    }
    return type;
}

uint8_t iso_fault_routed(const struct iso_routing *routing, unsigned stage, uint8_t type)
{
    enum iso_route_cause cause = iso_fault_cause(type);
    if (iso_fault_is_result(type) || cause == ISO_ROUTE_CAUSE_COUNT)
        return type;
    return of_route(iso_route_find(routing, stage, cause), type);
}

bool iso_insn_is_emulated(const struct iso_insn *insn)
{
    bool plain = (insn->cls == ISO_INSN_LOAD || insn->cls == ISO_INSN_STORE) && insn->order == 0;
    return plain || (insn->cls == ISO_INSN_ZERO && iso_a64_zero_kind(insn) == ISO_A64_ZERO_DATA);
}
