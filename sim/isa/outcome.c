/* The text of a final state: "0:X0=1; [x]=2; Fault(P1:L0,x,TagCheck);". Not for: values (value.c), sets (outcome_set.c).
 * A pattern without a matching fault prints as ~Fault(..); a fault prints once, with the type as the pattern spells it where one does.
 * What software made of a fault prints always: Signal(P0:L0,x,SIGBUS:BUS_OBJERR), Exit(P0:L0,x,EFAULT). Of a killed VM nothing is left to
 * observe but that: Killed(VM) and the registers of the host's threads. */
#include "sim/isa/outcome.h"
#include "sim/isa/fault_match.h"
#include "sim/isa/text.h"
#include "sim/isa/value.h"

#include <string.h>

static const char *const fault_names[ISO_FAULT_TYPE_COUNT] = {
    [ISO_FAULT_NONE] = "None",
    [ISO_FAULT_MMU_TRANSLATION] = "MMU:Translation",
    [ISO_FAULT_MMU_ACCESS_FLAG] = "MMU:AccessFlag",
    [ISO_FAULT_MMU_PERMISSION] = "MMU:Permission",
    [ISO_FAULT_MMU_EXCLUSIVE] = "MMU:Exclusive",
    [ISO_FAULT_TAG_CHECK] = "TagCheck",
    [ISO_FAULT_ALIGNMENT] = "Alignment",
    [ISO_FAULT_EXTERNAL_ABORT] = "ExternalAbort",
    [ISO_FAULT_SERROR] = "SError",
    [ISO_FAULT_TLB_CONFLICT] = "TLBConflict",
    [ISO_FAULT_UNDEFINED] = "UndefinedInstruction",
    [ISO_FAULT_SUPERVISOR_CALL] = "SupervisorCall",
    [ISO_FAULT_HYPERVISOR_CALL] = "HypervisorCall",
    [ISO_FAULT_SECURE_MONITOR_CALL] = "SecureMonitorCall",
    [ISO_FAULT_BREAKPOINT] = "Breakpoint",
    [ISO_FAULT_TAG_PERMISSION] = "TagPermission",
    [ISO_FAULT_BUS_OBJERR] = "SIGBUS:BUS_OBJERR",
    [ISO_FAULT_BUS_ADRALN] = "SIGBUS:BUS_ADRALN",
    [ISO_FAULT_SEGV_MAPERR] = "SIGSEGV:SEGV_MAPERR",
    [ISO_FAULT_SEGV_ACCERR] = "SIGSEGV:SEGV_ACCERR",
    [ISO_FAULT_SEGV_MTESERR] = "SIGSEGV:SEGV_MTESERR",
    [ISO_FAULT_SEGV_MTEAERR] = "SIGSEGV:SEGV_MTEAERR",
    [ISO_FAULT_BUS_MCEERR_AR] = "SIGBUS:BUS_MCEERR_AR",
    [ISO_FAULT_BUS_0] = "SIGBUS:0",
    [ISO_FAULT_EXIT_EFAULT] = "VMM:EFAULT",
    [ISO_FAULT_EXIT_MEMORY_FAULT] = "VMM:MEMORY_FAULT",
    [ISO_FAULT_EXIT_ARM_SEA] = "VMM:ARM_SEA",
    [ISO_FAULT_VM_KILLED] = "VM:Killed",
    [ISO_FAULT_PANIC] = "Host:Panic",
};

const char *iso_fault_type_name(unsigned type)
{
    return fault_names[type < ISO_FAULT_TYPE_COUNT ? type : 0];
}

static bool is_mmu(uint8_t type)
{
    return type >= ISO_FAULT_MMU_TRANSLATION && type <= ISO_FAULT_MMU_EXCLUSIVE;
}

/* Least label in front of an instruction that comes after `before` (NULL: any), or NULL. */
static const char *next_label(const struct iso_test *test, uint8_t thread, uint32_t insn, const char *before)
{
    const char *least = NULL;

    for (uint32_t i = 0; i < test->nlabels; i++) {
        const struct iso_label *label = &test->label[i];
        if (label->thread == thread && label->insn == insn && (!before || strcmp(label->name, before) > 0) &&
            (!least || strcmp(label->name, least) < 0))
            least = label->name;
    }
    return least;
}

/* Labels in front of an instruction: none, L0, or {L0,L1}. */
static void print_labels(struct iso_text *out, const struct iso_test *test, uint8_t thread, uint32_t insn)
{
    const char *first = next_label(test, thread, insn, NULL);
    const char *second = first ? next_label(test, thread, insn, first) : NULL;

    if (!first)
        return;
    iso_text_string(out, second ? ":{" : ":");
    iso_text_string(out, first);
    for (; second; second = next_label(test, thread, insn, second)) {
        iso_text_char(out, ',');
        iso_text_string(out, second);
    }
    iso_text_string(out, next_label(test, thread, insn, first) ? "}" : "");
}

static bool is_exit(uint8_t type)
{
    return type >= ISO_FAULT_EXIT_EFAULT && type <= ISO_FAULT_EXIT_ARM_SEA;
}

static const char *head_of(uint8_t type)
{
    if (!iso_fault_is_result(type))
        return "Fault(P";
    return is_exit(type) ? "Exit(P" : "Signal(P";
}

/* Whether EL0 asked for what no descriptor maps for it: a descriptor itself. The litmus tools say so behind the type. */
static bool is_out_of_bounds(const struct iso_test *test, const struct iso_fault *fault)
{
    struct iso_symbol symbol;

    if (fault->type != ISO_FAULT_MMU_PERMISSION || !fault->has_address || !test->thread[fault->thread].el0)
        return false;
    iso_symbol_of(&symbol, test, fault->va);
    return symbol.kind == ISO_SYMBOL_DESCRIPTOR_ADDRESS;
}

/* "Fault(P1:L0,x,D-MMU:Permission); " */
static void print_fault(struct iso_text *out, const struct iso_test *test, const struct iso_fault *fault)
{
    const char *type = NULL;

    for (uint32_t i = 0; i < test->nfaults && !type; i++)
        if (test->fault[i].type_text && iso_fault_matches(test, fault, &test->fault[i]))
            type = test->fault[i].type_text;
    if (is_exit(fault->type))
        type = fault_names[fault->type] + 4; /* behind "VMM:" */
    iso_text_string(out, head_of(fault->type));
    iso_text_unsigned(out, test->thread[fault->thread].id);
    print_labels(out, test, fault->thread, fault->insn);
    if (fault->has_address) {
        iso_text_char(out, ',');
        iso_value_print(out, test, ISO_TYPE_POINTER, (struct iso_bytes16){fault->va, 0});
    }
    iso_text_char(out, ',');
    if (!type && is_mmu(fault->type))
        iso_text_string(out, fault->is_fetch ? "I-" : "D-");
    iso_text_string(out, type ? type : iso_fault_type_name(fault->type));
    iso_text_string(out, is_out_of_bounds(test, fault) ? ",EL0); " : "); ");
}

/* "~Fault(P1:L0,x,MMU:Permission); " */
static void print_absent(struct iso_text *out, const struct iso_test *test, const struct iso_fault_pattern *pattern)
{
    iso_text_string(out, "~Fault(P");
    iso_text_unsigned(out, test->thread[pattern->thread].id);
    if (pattern->label) {
        iso_text_char(out, ':');
        iso_text_string(out, pattern->label);
    }
    if (pattern->has_address) {
        iso_text_char(out, ',');
        iso_text_string(out, pattern->address_text);
    }
    if (pattern->type_text) {
        iso_text_char(out, ',');
        iso_text_string(out, pattern->type_text);
    }
    iso_text_string(out, "); ");
}

/* Texts of faults and absent patterns, sorted and without repeats. */
struct pieces {
    char text[ISO_FINAL_MAX_FAULTS + ISO_FINAL_MAX_OBSERVABLES][200];
    uint32_t order[ISO_FINAL_MAX_FAULTS + ISO_FINAL_MAX_OBSERVABLES];
    uint32_t count;
};

static void add_piece(struct pieces *pieces, const struct iso_test *test, const struct iso_fault *fault,
                      const struct iso_fault_pattern *pattern)
{
    struct iso_text text;
    uint32_t at = pieces->count;

    iso_text_start(&text, pieces->text[at], sizeof pieces->text[at]);
    if (fault)
        print_fault(&text, test, fault);
    else
        print_absent(&text, test, pattern);
    iso_text_end(&text);
    for (; at; at--) {
        int order = strcmp(pieces->text[pieces->order[at - 1]], pieces->text[pieces->count]);
        if (!order)
            break;
        if (order < 0)
            break;
    }
    if (at && !strcmp(pieces->text[pieces->order[at - 1]], pieces->text[pieces->count]))
        return;
    memmove(pieces->order + at + 1, pieces->order + at, (pieces->count - at) * sizeof *pieces->order);
    pieces->order[at] = pieces->count++;
}

static void print_faults(struct iso_text *out, const struct iso_test *test, const struct iso_final *state)
{
    struct pieces pieces;

    pieces.count = 0;
    for (uint32_t i = 0; i < state->nfaults && i < ISO_FINAL_MAX_FAULTS; i++) {
        if (iso_fault_is_result(state->fault[i].type))
            add_piece(&pieces, test, &state->fault[i], NULL);
        for (uint32_t k = 0; k < test->nfaults; k++)
            if (iso_fault_matches(test, &state->fault[i], &test->fault[k])) {
                add_piece(&pieces, test, &state->fault[i], NULL);
                break;
            }
    }
    for (uint32_t k = 0; k < test->nfaults; k++) {
        bool found = false;
        for (uint32_t i = 0; i < state->nfaults && !found; i++)
            found = iso_fault_matches(test, &state->fault[i], &test->fault[k]);
        if (!found)
            add_piece(&pieces, test, NULL, &test->fault[k]);
    }
    for (uint32_t i = 0; i < pieces.count; i++)
        iso_text_string(out, pieces.text[pieces.order[i]]);
}

static struct iso_bytes16 clip(struct iso_bytes16 value, uint8_t bytes)
{
    if (bytes && bytes < 8)
        value = (struct iso_bytes16){value.lo & ((UINT64_C(1) << 8 * bytes) - 1), 0};
    return value;
}

static bool ends_in(const struct iso_final *state, enum iso_fault_type type)
{
    for (uint32_t i = 0; i < state->nfaults; i++)
        if (state->fault[i].type == type)
            return true;
    return false;
}

bool iso_final_is_killed(const struct iso_final *state)
{
    return ends_in(state, ISO_FAULT_VM_KILLED) || ends_in(state, ISO_FAULT_PANIC);
}

bool iso_observable_is_one_of_many(const struct iso_test *test, const struct iso_observable *observable)
{
    const uint32_t many = 8;
    uint32_t count = 0;
    if (observable->kind != ISO_OBSERVABLE_LOCATION || !observable->array)
        return false;
    for (uint32_t i = 0; i < test->nobservables; i++)
        count += test->observable[i].kind == ISO_OBSERVABLE_LOCATION && test->observable[i].array == observable->array;
    return count > many;
}

bool iso_final_survives(const struct iso_test *test, const struct iso_final *state,
                        const struct iso_observable *observable)
{
    return !ends_in(state, ISO_FAULT_PANIC) && test->has_guest && observable->kind == ISO_OBSERVABLE_REGISTER &&
           !test->thread[observable->thread].guest;
}

size_t iso_final_text(char *out, size_t size, const struct iso_test *test, const struct iso_final *state)
{
    struct iso_text text;
    uint16_t array = 0;
    bool killed = iso_final_is_killed(state), panicked = ends_in(state, ISO_FAULT_PANIC), results = false;

    for (uint32_t i = 0; i < state->nfaults; i++)
        results |= iso_fault_is_result(state->fault[i].type);
    iso_text_start(&text, out, size);
    for (uint32_t i = 0; i < test->nobservables && i < ISO_FINAL_MAX_OBSERVABLES; i++) {
        const struct iso_observable *o = &test->observable[i];
        if (o->kind == ISO_OBSERVABLE_FAULT || o->hidden || (killed && !iso_final_survives(test, state, o)))
            continue;
        if (array && o->array == array) {
            iso_text_char(&text, ',');
        } else {
            if (array)
                iso_text_string(&text, "}; ");
            iso_text_string(&text, o->text);
            iso_text_string(&text, o->array ? "={" : "=");
        }
        array = o->array;
        if (o->kind == ISO_OBSERVABLE_TAG) {
            iso_text_char(&text, ':');
            iso_text_string(&text, iso_colour_name(test, (unsigned)state->value[i].lo & 15u));
        } else {
            iso_value_print(&text, test, o->type, clip(state->value[i], o->bytes));
        }
        if (!array)
            iso_text_string(&text, "; ");
    }
    if (array)
        iso_text_string(&text, "}; ");
    if (panicked)
        iso_text_string(&text, "Panic(host); ");
    else if (killed)
        iso_text_string(&text, "Killed(VM); ");
    else if (test->nfaults || results)
        print_faults(&text, test, state);
    for (uint32_t i = 0; i < test->nthreads; i++)
        if (state->no_progress >> i & 1u && !panicked && !(killed && (test->thread[i].guest || !test->has_guest))) {
            iso_text_string(&text, "NoProgress(P");
            iso_text_unsigned(&text, test->thread[i].id);
            iso_text_string(&text, "); ");
        }
    if (text.length) /* no blank at the end */
        text.length--;
    return iso_text_end(&text);
}
