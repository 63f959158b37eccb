/* A litmus test as both engines run it: code, initial state, final condition, and isotier's own info lines.
 * All values are concrete: every symbol has a virtual and a physical address, a page-table descriptor is its real 64-bit encoding
 * (models/translate.h), a tag sits in bits 59:56 of an address, a code label is the address of its instruction. Text in the symbolic
 * notation of the herd tools is made from concrete values only when a final state is printed (outcome.h).
 * Lifetime: iso_litmus_read() allocates one arena; iso_test_free() frees it; everything inside is read-only for the engines.
 * Source: facts/oracle.md section 3 (syntax in use), design section 4. */
#ifndef ISOTIER_SIM_ISA_LITMUS_H
#define ISOTIER_SIM_ISA_LITMUS_H

#include "models/attribute.h"
#include "models/route.h"
#include "sim/isa/diag.h"
#include "sim/isa/insn.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ISO_PAGE_BYTES    4096u
#define ISO_GRANULE_BYTES 16u /* MTE tag granule */

/* Features a test runs with: command line variants plus the file's own Variant= line. */
struct iso_variant {
    bool memtag;   /* MTE */
    bool vmsa;     /* translation is modelled */
    bool mixed;    /* mixed-size accesses (the engines here are always byte-accurate; kept for the oracle's options) */
    bool ifetch;   /* instruction fetch is modelled */
    bool dic, idc; /* CTR_EL0.DIC, IDC (CacheType=) */
    bool store_only;                       /* FEAT_MTE_STORE_ONLY: explicit reads unchecked */
    uint8_t ets;                           /* 0, 2, 3 */
    uint8_t tag_mode;                      /* enum iso_tag_mode */
    uint8_t fault_mode;                    /* enum iso_fault_mode */
    bool tag_mode_given, fault_mode_given; /* named, not the default: the file's wins over the command line's */
    bool exs, eis,
        eos;  /* FEAT_ExS: exception entry (eis) and return (eos) are context synchronisation events only where named */
    bool fwb; /* HCR_EL2.FWB=1: how stage-2 MemAttr reads */
    bool ptw; /* HCR_EL2.PTW=1: a stage-1 walk of Device memory at stage 2 is a Permission fault */
    bool cu;  /* CONSTRAINED UNPREDICTABLE outcomes are shown */
    bool not_supported;   /* a variant outside the model was asked for; name in not_supported_name */
    bool changes_meaning; /* ... one that gives known instructions another meaning */
    char not_supported_name[32];
    uint32_t line, column; /* where the file says so; line 0: in the text given, which is the command line's */
};
enum iso_tag_mode { ISO_TAG_MODE_SYNC, ISO_TAG_MODE_ASYNC, ISO_TAG_MODE_ASYM };
/* What a fault does to the program where the thread has no handler. */
enum iso_fault_mode {
    ISO_FAULT_MODE_FATAL,   /* the thread stops (default; precise) */
    ISO_FAULT_MODE_HANDLED, /* the instruction is retried until it does not fault (imprecise) */
    ISO_FAULT_MODE_SKIP     /* faultToNext: go on at the next instruction */
};

enum iso_type {
    ISO_TYPE_INT32,
    ISO_TYPE_UINT32,
    ISO_TYPE_INT64,
    ISO_TYPE_UINT64,
    ISO_TYPE_INT16,
    ISO_TYPE_UINT16,
    ISO_TYPE_INT8,
    ISO_TYPE_UINT8,
    ISO_TYPE_INT128,
    ISO_TYPE_UINT128,
    ISO_TYPE_POINTER,
    ISO_TYPE_PTEVAL,
    ISO_TYPE_INSTRUCTION,
    ISO_TYPE_PAR /* PAR_EL1: prints as (parel1_t:(oa:PA(x))) or (parel1_t:(f:1)) */
};

/* A named location: a scalar or an array of elements. */
struct iso_location {
    const char *name;
    uint8_t type;          /* enum iso_type of an element */
    uint8_t element_bytes; /* 1..16 */
    bool typed;            /* the file gave a type; else int by default, pointer or pteval_t by its initial value */
    bool is_array;
    uint32_t count;      /* elements */
    uint64_t va;         /* untagged virtual address of element 0 */
    uint16_t page;       /* index in iso_test.page */
    uint8_t tag;         /* initial allocation tag 0..15 of its granules */
    const uint8_t *init; /* element_bytes * count bytes, little endian */
    uint32_t line, column;
};

/* One page of virtual memory with its own last-level descriptor. Identity of a page: its index. */
struct iso_page {
    const char *name; /* the symbol that made it */
    uint64_t va;      /* page aligned */
    uint64_t pa;      /* PA(name): page aligned, the frame that carries the symbol's initial data */
    uint64_t
        descriptor_va; /* address of PTE(name): 8 bytes, accessed by the program as ordinary memory, never itself translated */
    uint64_t descriptor;           /* initial value */
    uint32_t location, nlocations; /* its locations, in order of address; none for a page of code */
    uint16_t
        stage2; /* index + 1 of the page whose descriptor is S2PTE(name); 0: its intermediate address is its physical one */
    uint16_t
        table; /* index + 1 of the page that stands for the memory PTE(name) lies in, and for its stage-2 descriptor; 0: memory
                       that is always there, ordinary and under no stage 2 */
    bool is_table;  /* stands for the memory that PTE(name of `base`) lies in; is_stage2 too */
    bool is_stage2; /* not a page of memory: stands for S2PTE(name), the stage-2 descriptor of page `base` */
    uint16_t base;
};

/* Hardware management of the access flag and dirty state, per thread (TTHM=). */
enum iso_tthm { ISO_TTHM_SOFTWARE, ISO_TTHM_HA, ISO_TTHM_HAHD };

struct iso_thread {
    uint32_t id; /* n of Pn */
    const struct iso_insn *insn;
    uint32_t ninsns;   /* main code followed by the fault handler's code */
    uint32_t handler;  /* index of the first handler instruction; == ninsns: no handler */
    uint32_t code_end; /* end of the main code: running past it ends the thread */
    uint64_t code_va;  /* address of instruction 0; instruction i is at code_va + 4*i */
    const uint32_t *
        word; /* what reading instruction i as data gives; equal text, equal word. NULL: the test holds no address of code. See iso_test.instruction */
    struct iso_regs init; /* initial registers */
    bool el0;             /* EL0=Pn */
    bool guest;           /* Guest=Pn: stage 2 translates it too; the other threads of such a test are the host's */
    uint8_t tthm;         /* enum iso_tthm */
    bool is_kernel;       /* a composed migration thread (design section 2) */
};

struct iso_label {
    const char *name;
    uint32_t thread; /* index in iso_test.thread */
    uint32_t insn;   /* instruction index it stands before (== ninsns at the end) */
};

/* Something a final state tells. */
enum iso_observable_kind { ISO_OBSERVABLE_REGISTER, ISO_OBSERVABLE_LOCATION, ISO_OBSERVABLE_TAG, ISO_OBSERVABLE_FAULT };
struct iso_observable {
    uint8_t kind;     /* enum iso_observable_kind */
    uint8_t thread;   /* REGISTER, FAULT: index in iso_test.thread */
    uint8_t reg;      /* REGISTER: enum iso_reg */
    uint8_t bytes;    /* LOCATION: bytes read at va (1..16); REGISTER: 4 or 8 as typed */
    uint8_t type;     /* enum iso_type, decides how it prints */
    uint64_t va;      /* LOCATION, TAG: address (of a descriptor for PTE(x)) */
    const char *text; /* left side as it prints: "0:X1", "[x]", "x[1]", "[tag(x)]", "[PTE(x)]" */
    uint16_t array;   /* LOCATION of a whole array "x={..}": index of the array group + 1, else 0 */
    int16_t fault;    /* FAULT: index of the pattern in iso_test.fault */
    bool hidden;      /* only the filter speaks of it: it does not print */
};

/* fault(P0:L0,x,TagCheck): parts that the file left out are -1 / false. */
struct iso_fault_pattern {
    int32_t thread;     /* index */
    int32_t label_insn; /* instruction index, -1: any */
    const char *label;  /* as written, NULL: none */
    bool has_address;
    uint64_t address; /* symbol's untagged va, or code address */
    const char *address_text;
    const char *type_text; /* as written, e.g. "MMU:Permission"; NULL: none */
    uint32_t types;        /* bit mask of 1 << enum iso_fault_type that match; plus the two bits below */
};
#define ISO_FAULT_PATTERN_DATA  (1u << 30) /* "D-MMU:": data side only */
#define ISO_FAULT_PATTERN_FETCH (1u << 31) /* "I-MMU:": fetch side only */

enum iso_fault_type {
    ISO_FAULT_NONE,
    ISO_FAULT_MMU_TRANSLATION,
    ISO_FAULT_MMU_ACCESS_FLAG,
    ISO_FAULT_MMU_PERMISSION,
    ISO_FAULT_MMU_EXCLUSIVE, /* DFSC 0x35 */
    ISO_FAULT_TAG_CHECK,
    ISO_FAULT_ALIGNMENT,
    ISO_FAULT_EXTERNAL_ABORT,
    ISO_FAULT_SERROR,
    ISO_FAULT_TLB_CONFLICT,
    ISO_FAULT_UNDEFINED,
    ISO_FAULT_SUPERVISOR_CALL,
    ISO_FAULT_HYPERVISOR_CALL,
    ISO_FAULT_SECURE_MONITOR_CALL,
    ISO_FAULT_BREAKPOINT,
    ISO_FAULT_TAG_PERMISSION, /* stage-2 NoTagAccess, stage-1 canonical tag write */
    /* What a kernel or hypervisor made of a fault (models/route.h). They always show in a final state. */
    ISO_FAULT_BUS_OBJERR, /* SIGBUS, SIGSEGV with si_code: the thread ends */
    ISO_FAULT_BUS_ADRALN,
    ISO_FAULT_SEGV_MAPERR,
    ISO_FAULT_SEGV_ACCERR,
    ISO_FAULT_SEGV_MTESERR,
    ISO_FAULT_SEGV_MTEAERR,
    ISO_FAULT_BUS_MCEERR_AR,
    ISO_FAULT_BUS_0,
    ISO_FAULT_EXIT_EFAULT, /* KVM_RUN fails: the vCPU stops */
    ISO_FAULT_EXIT_MEMORY_FAULT,
    ISO_FAULT_EXIT_ARM_SEA,
    ISO_FAULT_VM_KILLED,
    ISO_FAULT_PANIC, /* of the host */
    ISO_FAULT_TYPE_COUNT
};

/* Final condition: a tree in an array, children before parents; root is the last node. */
enum iso_prop_kind {
    ISO_PROP_TRUE,
    ISO_PROP_FALSE,
    ISO_PROP_EQ,
    ISO_PROP_NE,
    ISO_PROP_EQ_OBSERVABLE,
    ISO_PROP_FAULT,
    ISO_PROP_NOT,
    ISO_PROP_AND,
    ISO_PROP_OR,
    ISO_PROP_IMPLIES
};
struct iso_prop {
    uint8_t kind;
    int32_t a, b;             /* children, or a = observable index (b = second observable of EQ_OBSERVABLE) */
    struct iso_bytes16 value; /* right side of EQ, NE */
};
enum iso_quantifier { ISO_EXISTS, ISO_NOT_EXISTS, ISO_FORALL };

/* Info lines of our own (design section 4). */
struct iso_place {
    uint16_t page;
    const char *tier;      /* "tier" = under test, "reference", or a tier's name */
    uint32_t line, column; /* of that name */
};
struct iso_migrate {
    uint16_t page;
    int32_t thread;
    int32_t insn; /* -1: at any point */
    const char *label;
};

/* Inject=NAME[:WHEN]:CONDITION: what befalls memory, and when. */
enum iso_inject_when {
    ISO_INJECT_ANY,   /* at any point, before the first instruction and after the last included */
    ISO_INJECT_START, /* before the program */
    ISO_INJECT_LABEL  /* right before an instruction, as Migrate= has it */
};
struct iso_inject {
    uint16_t page;
    uint64_t va;       /* of the location named: poison is in the line it begins in */
    uint8_t condition; /* enum iso_condition */
    uint8_t when;      /* enum iso_inject_when */
    int32_t thread, insn;
    const char *name, *label; /* label NULL unless ISO_INJECT_LABEL */
};
#define ISO_LITMUS_MAX_INJECTS 8u

/* Cost=N T:Xn ...: the program is work whose cost is measured. The registers hold how often its loops run, as written a few times only;
 * measured are N iterations beyond the first N. Without registers: one run as written. */
struct iso_cost_register {
    uint8_t thread; /* index in iso_test.thread */
    uint8_t reg;    /* enum iso_reg */
};
#define ISO_LITMUS_MAX_COST_ITERATIONS 10000u

/* Alias=NAME:OTHER[@ATTRIBUTE]: NAME is another mapping of OTHER's page, with an attribute of its own. */
enum iso_alias_role {
    ISO_ALIAS_CELL,     /* the attribute that OTHER has */
    ISO_ALIAS_ORDINARY, /* what ordinary memory has */
    ISO_ALIAS_FIXED,    /* the one that is named */
    ISO_ALIAS_KERNEL,   /* of the kernel's own mapping, by the policy; ordinary without one */
    ISO_ALIAS_VMM       /* of the VMM's mapping of a guest's page, likewise */
};
struct iso_alias {
    uint16_t page, of;
    uint8_t role;                   /* enum iso_alias_role */
    struct iso_attribute attribute; /* FIXED */
    const char *text;               /* behind the @; "cell" where nothing is */
};

/* An instruction as a data value: the word that memory holds and the text it prints as ("NOP", "B .+8"). The word is its A64 encoding where there is one
 * (ADR of a location has none). */
struct iso_instruction {
    uint32_t word;
    const char *text;
    struct iso_insn insn; /* branches: target relative to itself */
};

struct iso_test {
    const char *name, *file, *doc;
    struct iso_variant variant; /* of the file alone; see iso_variant_merge */
    const struct iso_location *location;
    uint32_t nlocations;
    const struct iso_page *page;
    uint32_t npages; /* data pages by first mention, then pages of code that PTE(P0:L) names */
    uint8_t mair[8]; /* MAIR byte that AttrIndx of a descriptor means; 0 is Normal WB. Tagged Normal is 0xf0 */
    const struct iso_thread *thread;
    uint32_t nthreads;
    const struct iso_label *label;
    uint32_t nlabels;
    const struct iso_observable *observable;
    uint32_t nobservables; /* what a state shows, in printing order */
    const struct iso_fault_pattern *fault;
    uint32_t nfaults;
    const struct iso_prop *condition;
    uint32_t nconditions;
    uint8_t quantifier;
    const struct iso_prop *filter;
    uint32_t nfilters;                        /* 0: none */
    const char *condition_text, *filter_text; /* as written, with the quantifier; NULL or "": none */
    uint32_t unroll;                          /* Unroll=, 0: not given */
    bool has_guest;                           /* some thread is a guest's */
    uint8_t stage2_tthm;                      /* VTCR_EL2.HA, HD (TTHM=S2:HA): enum iso_tthm */
    const struct iso_instruction *instruction;
    uint32_t ninstructions; /* distinct instructions of the code and of instr:".." values */
    const char *const *colour;
    uint32_t ncolours; /* names of tags 8.. that the test made up */
    /* our info lines */
    const char *const *subject;
    uint32_t nsubjects;
    const char *const *rule;
    uint32_t nrules;
    const struct iso_place *place;
    uint32_t nplaces;
    const struct iso_migrate *migrate;
    uint32_t nmigrates;
    const struct iso_migrate
        *mprotect; /* Mprotect=: the page is mapped untagged until mprotect(PROT_MTE), before the label */
    uint32_t nmprotects;
    const struct iso_inject *inject;
    uint32_t ninjects;
    uint32_t cost_iterations; /* Cost=; 0: the line is not there */
    const struct iso_alias *alias;
    uint32_t naliases;
    const struct iso_cost_register *cost_register;
    uint32_t ncost_registers;
    /* observe program memory through the final translation of its page (composed migrations), not by initial frame */
    bool observe_through_translation;
    struct iso_arena *arena;
};

/* Reads one test. On success 0 and *out owns everything (iso_test_free). On bad input -1, *out untouched, at least one diagnostic with
 * file:line:column. `name` is used in diagnostics and kept as test->file. Text need not end in NUL. */
int iso_litmus_parse(struct iso_test **out, struct iso_diags *diags, const char *name, const char *text, size_t size);
/* The same from a file; refuses files over 64 MiB, directories and unreadable paths with a diagnostic. */
int iso_litmus_read(struct iso_test **out, struct iso_diags *diags, const char *path);
void iso_test_free(struct iso_test *test);

/* The test as litmus text: reading it gives the same test. Herd tools read it too where the test uses nothing of ours.
 * Writes at most size bytes with NUL, returns the full length. */
size_t iso_litmus_text(char *out, size_t size, const struct iso_test *test);

/* Adds command-line variants ("vmsa,fatal") to *variant. 0, or -1 and the unknown name in *bad (points into text). */
int iso_variant_parse(struct iso_variant *variant, const char *text, const char **bad, size_t *bad_size);
/* The file's own line on top of the command line's, as the herd tools do. */
void iso_variant_merge(struct iso_variant *out, const struct iso_variant *command_line, const struct iso_test *test);

/* Location whose bytes contain `va` (tag ignored), or NULL. Page of an address, or -1 (descriptors and code have none). */
const struct iso_location *iso_test_location_at(const struct iso_test *test, uint64_t va);
int iso_test_page_at(const struct iso_test *test, uint64_t va);
/* Page whose descriptor lies at `va`, or -1. */
int iso_test_descriptor_at(const struct iso_test *test, uint64_t va);
/* Whether a fault type is what software made of a fault, not a fault itself. */
static inline bool iso_fault_is_result(uint8_t type)
{
    return type >= ISO_FAULT_BUS_OBJERR && type <= ISO_FAULT_PANIC;
}
/* ... that a program may have a handler for. */
static inline bool iso_fault_is_signal(uint8_t type)
{
    return type >= ISO_FAULT_BUS_OBJERR && type <= ISO_FAULT_BUS_0;
}
/* Whether a kernel that emulates what an Alignment fault stopped knows the instruction: plain loads and stores, DC ZVA (facts/kernel-policies.md S7, E.2
 * P20). Of others no source says anything; their fault shows. */
bool iso_insn_is_emulated(const struct iso_insn *insn);
/* What becomes of a fault of a stage, or of the kernel's own (ISO_ROUTE_KERNEL): the same type, another, or a result; ISO_FAULT_NONE: the access is tried again. Types that no route
 * is about stay. */
uint8_t iso_fault_routed(const struct iso_routing *routing, unsigned stage, uint8_t type);
/* Cause that a fault type stands for; ISO_ROUTE_CAUSE_COUNT: none. */
enum iso_route_cause iso_fault_cause(uint8_t type);
/* Page that stands for the stage-2 descriptor of an intermediate address, of data or of the tables of stage 1; -1: it has none. */
int iso_test_stage2_at(const struct iso_test *test, uint64_t ipa);
/* Page whose frame holds physical address `pa`, or -1. */
int iso_test_frame_at(const struct iso_test *test, uint64_t pa);
/* Whether a page is one of code: some thread's instructions lie in it. */
bool iso_test_page_is_code(const struct iso_test *test, uint32_t page);

#ifdef __cplusplus
}
#endif
#endif
