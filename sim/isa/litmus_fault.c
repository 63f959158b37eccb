/* Fault patterns of a condition: fault(P0:L0,x,MMU:Permission). Not for: matching (condition.c). */
#include "sim/isa/litmus_observe.h"

#include <string.h>

static const struct {
    const char *name;
    enum iso_fault_type type;
} fault_types[] = {
    {"MMU:Translation", ISO_FAULT_MMU_TRANSLATION},
    {"MMU:AccessFlag", ISO_FAULT_MMU_ACCESS_FLAG},
    {"MMU:Permission", ISO_FAULT_MMU_PERMISSION},
    {"MMU:Exclusive", ISO_FAULT_MMU_EXCLUSIVE},
    {"TagCheck", ISO_FAULT_TAG_CHECK},
    {"Alignment", ISO_FAULT_ALIGNMENT},
    {"ExternalAbort", ISO_FAULT_EXTERNAL_ABORT},
    {"SError", ISO_FAULT_SERROR},
    {"TLBConflict", ISO_FAULT_TLB_CONFLICT},
    {"UndefinedInstruction", ISO_FAULT_UNDEFINED},
    {"SupervisorCall", ISO_FAULT_SUPERVISOR_CALL},
    {"HypervisorCall", ISO_FAULT_HYPERVISOR_CALL},
    {"SecureMonitorCall", ISO_FAULT_SECURE_MONITOR_CALL},
    {"Breakpoint", ISO_FAULT_BREAKPOINT},
    {"TagPermission", ISO_FAULT_TAG_PERMISSION},
    {"SIGBUS:BUS_OBJERR", ISO_FAULT_BUS_OBJERR},
    {"SIGBUS:BUS_ADRALN", ISO_FAULT_BUS_ADRALN},
    {"SIGSEGV:SEGV_MAPERR", ISO_FAULT_SEGV_MAPERR},
    {"SIGSEGV:SEGV_ACCERR", ISO_FAULT_SEGV_ACCERR},
    {"SIGSEGV:SEGV_MTESERR", ISO_FAULT_SEGV_MTESERR},
    {"SIGSEGV:SEGV_MTEAERR", ISO_FAULT_SEGV_MTEAERR},
    {"SIGBUS:BUS_MCEERR_AR", ISO_FAULT_BUS_MCEERR_AR},
    {"SIGBUS:0", ISO_FAULT_BUS_0},
    {"VMM:EFAULT", ISO_FAULT_EXIT_EFAULT},
    {"VMM:MEMORY_FAULT", ISO_FAULT_EXIT_MEMORY_FAULT},
    {"VMM:ARM_SEA", ISO_FAULT_EXIT_ARM_SEA},
    {"VM:Killed", ISO_FAULT_VM_KILLED},
    {"Host:Panic", ISO_FAULT_PANIC},
};

static bool read_fault_type(struct iso_build *build, uint32_t *mask, struct iso_span text)
{
    uint32_t side = 0;
    struct iso_span name = text;

    if (text.size > 6 && (!memcmp(text.text, "D-MMU:", 6) || !memcmp(text.text, "I-MMU:", 6))) {
        side = text.text[0] == 'D' ? ISO_FAULT_PATTERN_DATA : ISO_FAULT_PATTERN_FETCH;
        name.text += 2;
        name.size -= 2;
    }
    for (size_t i = 0; i < sizeof fault_types / sizeof fault_types[0]; i++)
        if (iso_span_is(name, fault_types[i].name)) {
            *mask = 1u << fault_types[i].type | side;
            return true;
        }
    int size = text.size > 40 ? 40 : (int)text.size;
    if (text.size > 4 && (!memcmp(text.text, "GCS:", 4) || !memcmp(text.text, "PacC", 4)))
        iso_reader_error(build->reader, text.line, text.column, "fault type '%.*s' not supported: %s", size, text.text,
                         text.text[0] == 'G' ? "guarded control stacks (GCS)" : "pointer authentication (PAC)");
    else
        iso_reader_error(build->reader, text.line, text.column,
                         "fault type '%.*s', expected MMU:Translation, MMU:AccessFlag, MMU:Permission, TagCheck ...",
                         size, text.text);
    return false;
}

bool iso_observe_make_fault(struct iso_build *build, struct iso_fault_pattern *out, const struct iso_ast_fault *fault)
{
    *out = (struct iso_fault_pattern){.thread = (int32_t)fault->thread,
                                      .label_insn = -1,
                                      .types = UINT32_MAX & ~(ISO_FAULT_PATTERN_DATA | ISO_FAULT_PATTERN_FETCH)};
    if (fault->thread >= build->test->nthreads) {
        iso_reader_error(build->reader, fault->line, fault->column,
                         "fault of P%u, a thread that does not exist, expected P0 .. P%u", fault->thread,
                         build->test->nthreads - 1);
        return false;
    }
    if (fault->label.size) {
        const struct iso_label *label = iso_build_label_find(build, fault->thread, fault->label);
        if (!label) {
            iso_reader_error(build->reader, fault->label.line, fault->label.column, "unknown label '%.*s' of P%u",
                             fault->label.size > 40 ? 40 : (int)fault->label.size, fault->label.text, fault->thread);
            return false;
        }
        out->label_insn = (int32_t)label->insn;
        out->label = label->name;
    }
    if (fault->has_address) {
        int32_t symbol = iso_build_symbol_find(build, fault->address);
        const char *name = iso_span_string(build->reader, fault->address);
        out->has_address = true;
        out->address =
            fault->address_is_pte ? build->page[build->symbol[symbol].page].descriptor_va : iso_build_va(build, symbol);
        out->address_text = fault->address_is_pte ? iso_observe_format(build, "PTE(%s)", name, 0) : name;
    }
    if (fault->type.size) {
        out->type_text = iso_span_string(build->reader, fault->type);
        return read_fault_type(build, &out->types, fault->type);
    }
    return true;
}

int32_t iso_observe_find_fault(const struct iso_observe *o, const struct iso_fault_pattern *key)
{
    for (uint32_t i = 0; i < o->nfaults; i++) {
        const struct iso_fault_pattern *p = &o->fault[i];
        bool same_label = (!p->label && !key->label) || (p->label && key->label && !strcmp(p->label, key->label));
        if (p->thread == key->thread && same_label && p->has_address == key->has_address &&
            p->address == key->address && !p->type_text == !key->type_text && p->types == key->types)
            return (int32_t)i;
    }
    return -1;
}

bool iso_observe_add_fault(struct iso_observe *o, const struct iso_ast_fault *fault)
{
    struct iso_fault_pattern key;

    if (!iso_observe_make_fault(o->build, &key, fault))
        return false;
    if (iso_observe_find_fault(o, &key) >= 0)
        return true;
    o->fault = iso_arena_grow(o->build->reader->arena, o->fault, o->nfaults, &o->fault_capacity, sizeof *o->fault);
    o->fault[o->nfaults++] = key;
    if (o->nfaults > ISO_FINAL_MAX_OBSERVABLES) {
        iso_reader_error(o->build->reader, fault->line, fault->column, "more than %u different faults in the condition",
                         ISO_FINAL_MAX_OBSERVABLES);
        return false;
    }
    return true;
}
