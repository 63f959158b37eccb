/* The policy: what the kernel or hypervisor does with a mapping. Rules by stage, evaluated here; pure, no allocation.
 *
 * For: which stage-1 and stage-2 attribute a mapping gets, where and how it is refused, what the kernel makes of a fault, which migration
 * sequence moves its pages; with the rules that fired, in order.
 * Not for: reading YAML (sim/policy_load.h), how memory reached the program (mapping.h), what the attribute then does (decide.h).
 * Not modelled: two VMs over one page, memory attributes that change after the mapping was made.
 * Source: facts/kernel-policies.md E.1: within a stage the first matching rule wins, but a refusal that matches overrides an attribute. */
#ifndef ISO_MODELS_POLICY_H
#define ISO_MODELS_POLICY_H

#include "models/attribute.h"
#include "models/mapping.h"
#include "models/policy_input.h"
#include "models/tier.h"

struct iso_machine;

/* In the order of a page's life. STAGE(symbol, "name", "name in reports", "what is decided") */
/* clang-format off */
#define ISO_POLICY_STAGES(STAGE)                                                                                       \
    STAGE(FIRMWARE, "firmware", "firmware", "what firmware hides from the kernel (P15)")                               \
    STAGE(HOTPLUG, "hotplug", "hotplug", "System RAM, at boot or later: kernel alias")                                 \
    STAGE(MEMREMAP, "memremap", "memremap", "ZONE_DEVICE pages and MMIO: kernel alias")                                \
    STAGE(MMAP, "mmap", "mmap", "mapping of a process or VMM: stage 1")                                                \
    STAGE(MEMSLOT, "memslot", "memslot", "memory of a VM")                                                             \
    STAGE(S2FAULT, "s2fault", "fault", "first access of a VM: stage 2")                                                \
    STAGE(ACCESS, "access", "access", "what becomes of a fault")                                                       \
    STAGE(MIGRATE, "migrate", "migrate", "whether and how a page moves to another tier")
/* clang-format on */
enum iso_policy_stage {
#define ISO_POLICY_STAGE_ENUM(symbol, ...) ISO_POLICY_STAGE_##symbol,
    ISO_POLICY_STAGES(ISO_POLICY_STAGE_ENUM)
#undef ISO_POLICY_STAGE_ENUM
};
enum { ISO_POLICY_STAGE_COUNT = 8 };

enum iso_policy_action {
    ISO_POLICY_OK,     /* with what it says of attributes, execution, migration */
    ISO_POLICY_REFUSE, /* with an errno */
    ISO_POLICY_INJECT, /* access: into the guest */
    ISO_POLICY_SIGNAL, /* access: to the process */
    ISO_POLICY_EXIT,   /* access: KVM_RUN returns to the VMM with a reason; the VM lives */
    ISO_POLICY_KILL_VM,
    ISO_POLICY_RETRY, /* access: the kernel mends the cause and the access is done again (emulated, or mapped executable) */
    ISO_POLICY_HANDLED, /* access: the guest's own kernel gets the fault, as on hardware without a hypervisor */
};
enum { ISO_POLICY_ACTION_COUNT = 8 };

/* clang-format off */
#define ISO_POLICY_ERRNOS(V)                                                                                           \
    V(EAGAIN) V(EBUSY) V(EFAULT) V(EINVAL) V(EIO) V(ENODEV) V(ENOEXEC) V(ENXIO) V(EOPNOTSUPP) V(EPERM)
#define ISO_POLICY_DETAILS(V) /* of INJECT, SIGNAL, EXIT, RETRY */                                                     \
    V(NONE, "", ISO_POLICY_OK)                                                                                         \
    V(IABT, "iabt", ISO_POLICY_INJECT) V(SEA_IABT, "sea-iabt", ISO_POLICY_INJECT) V(ABORT35, "abort35", ISO_POLICY_INJECT) \
    V(SEA, "sea", ISO_POLICY_INJECT) V(SERROR, "serror", ISO_POLICY_INJECT)                                            \
    V(SIGBUS_OBJERR, "SIGBUS/BUS_OBJERR", ISO_POLICY_SIGNAL) V(SIGBUS_ADRALN, "SIGBUS/BUS_ADRALN", ISO_POLICY_SIGNAL)  \
    V(SIGBUS_AR, "SIGBUS/BUS_MCEERR_AR", ISO_POLICY_SIGNAL) V(SIGBUS_0, "SIGBUS/0", ISO_POLICY_SIGNAL)                 \
    V(SIGSEGV_MTE, "SIGSEGV/SEGV_MTESERR", ISO_POLICY_SIGNAL) V(SIGSEGV_ACC, "SIGSEGV/SEGV_ACCERR", ISO_POLICY_SIGNAL) \
    V(PANIC, "panic", ISO_POLICY_SIGNAL)                                                                               \
    V(MEMORY_FAULT, "memory-fault", ISO_POLICY_EXIT) V(TAGACCESS, "memory-fault+tagaccess", ISO_POLICY_EXIT)           \
    V(ARM_SEA, "arm-sea", ISO_POLICY_EXIT)                                                                             \
    V(MAP_EXEC, "map-exec", ISO_POLICY_RETRY) V(EMULATE, "emulate", ISO_POLICY_RETRY)
/* clang-format on */
enum iso_policy_errno {
    ISO_POLICY_ERRNO_NONE,
#define ISO_POLICY_ERRNO_ENUM(name) ISO_POLICY_##name,
    ISO_POLICY_ERRNOS(ISO_POLICY_ERRNO_ENUM)
#undef ISO_POLICY_ERRNO_ENUM
        ISO_POLICY_ERRNO_COUNT
};
enum iso_policy_detail {
#define ISO_POLICY_DETAIL_ENUM(symbol, name, action) ISO_POLICY_DETAIL_##symbol,
    ISO_POLICY_DETAILS(ISO_POLICY_DETAIL_ENUM)
#undef ISO_POLICY_DETAIL_ENUM
        ISO_POLICY_DETAIL_COUNT
};

enum iso_policy_exec { ISO_POLICY_EXEC_UNSAID, ISO_POLICY_EXEC_NO, ISO_POLICY_EXEC_YES, ISO_POLICY_EXEC_ON_FAULT };
enum iso_policy_target {
    ISO_POLICY_TARGET_UNSAID,
    ISO_POLICY_TARGET_ANY,        /* whichever the trigger chooses */
    ISO_POLICY_TARGET_OTHER_NODE, /* not this one: another that the trigger may choose, -EAGAIN if there is none */
};
/* What the kernel does with the tags of a page that moves. */
enum iso_policy_tag_carry {
    ISO_POLICY_TAGS_UNSAID,
    ISO_POLICY_TAGS_COPY,  /* as the sequence does */
    ISO_POLICY_TAGS_ASIDE, /* kept in a side store, page mapped untagged meanwhile */
};

struct iso_policy_result {
    enum iso_policy_action action;
    enum iso_policy_errno error;   /* of REFUSE */
    enum iso_policy_detail detail; /* of INJECT, SIGNAL, EXIT, RETRY */
    bool says_s1, says_s2;
    enum iso_policy_attr s1; /* hotplug, memremap: kernel alias; mmap: VMA */
    enum iso_policy_s2 s2;
    enum iso_policy_exec exec;
    bool mte_off;         /* firmware: MTE is not advertised */
    const char *sequence; /* migrate: name in migration.h; NULL: not said */
    enum iso_policy_target target;
    enum iso_policy_tag_carry tags;
};

struct iso_policy_rule {
    const char *id; /* unique in its policy, parents included */
    enum iso_policy_stage stage;
    const struct iso_policy_box *box; /* the condition: any of these */
    size_t nboxes;
    struct iso_policy_result result;
    const char *cite;   /* commit, mail or section */
    const char *policy; /* the file it was written in; parents keep theirs */
    const char *path;
    uint32_t line, column;
};

/* Strings and lists belong to whoever built it (sim/policy_load.h: an arena). */
struct iso_policy {
    const char *name, *title, *extends; /* extends: NULL or the parent's name */
    const char *cite;
    uint16_t kernel; /* ISO_KERNEL(6, 17): version whose VMA flags mappings get */
    bool proposal;   /* not shipped code */
    bool reads_tiers;
    const struct iso_policy_rule *rule; /* parents' first; those of a stage stand together, in order */
    size_t nrules;
};

/* ---- asking ---- */

/* VM of a question, as `--vm` says it. All false: no VM flag; whether there is a VM at all follows from the mapping. */
struct iso_policy_vm {
    bool mte, is_protected, realm, shared_ipa, dirty_log, readonly, sea_exit, slot_cacheable, mte_perm;
};

struct iso_policy_question {
    struct iso_policy_case inputs;
    enum iso_mapping_view view;
    enum iso_policy_attr guest_attr; /* stage 1 of the guest; only with view GUEST */
    const struct iso_mapping *mapping;
};

/* Fills a question. machine: CPU and tiers; tier: index, or machine->ntiers for none (its inputs are unknown); tagged: the program asks for
 * PROT_MTE (in a VM: enables KVM_CAP_ARM_MTE and maps Tagged). vm may be NULL. */
void iso_policy_ask(struct iso_policy_question *out, const struct iso_policy *policy, const struct iso_mapping *mapping,
                    const struct iso_machine *machine, size_t tier, const struct iso_policy_vm *vm, bool tagged);

enum iso_policy_end {
    ISO_POLICY_MAPPED,
    ISO_POLICY_UNMAPPED, /* the policy says that there is no such alias */
    ISO_POLICY_REFUSED,
    ISO_POLICY_UNKNOWN, /* no rule covers it, or one hangs on a capability that is unknown */
};

struct iso_policy_fired {
    const struct iso_policy_rule *rule;
    bool overridden; /* it matched first, but a refusal of its stage took its place */
};

enum { ISO_POLICY_FIRED_MAX = 40, ISO_POLICY_POINTS_MAX = 4 };

struct iso_policy_reaction {
    const struct iso_policy_rule *rule; /* NULL: no rule covers the event */
    enum iso_policy_action action;
    enum iso_policy_errno error;
    enum iso_policy_detail detail;
};

struct iso_policy_decision {
    enum iso_policy_end end;
    enum iso_policy_stage stage;           /* where it ended; of MAPPED: the last stage */
    enum iso_policy_errno error;           /* of REFUSED */
    const struct iso_policy_rule *because; /* rule that refused or said "none"; NULL where no rule covers the stage */
    enum iso_policy_input unknown; /* of UNKNOWN: input that is unknown; ISO_POLICY_INPUT_COUNT: no rule covers it */
    bool mte_off;
    enum iso_policy_attr kernel_alias; /* of the linear map */
    enum iso_policy_attr vma;          /* of the process's or VMM's mapping; NONE without one, or before stage mmap */
    enum iso_policy_attr stage1;       /* of the view asked about */
    enum iso_policy_s2 stage2;         /* NONE without a VM */
    enum iso_policy_exec exec;
    struct iso_attribute
        attribute[ISO_POLICY_POINTS_MAX]; /* final; more than one where the architecture leaves it open (CH-05) */
    size_t nattributes;
    struct iso_policy_reaction reaction[ISO_POLICY_EVENT_COUNT];
    struct iso_policy_fired fired[ISO_POLICY_FIRED_MAX]; /* in order, stage by stage; events of stage access last */
    size_t nfired;
};

/* What the policy does with a mapping, up to its final attribute and its reactions. Pure. */
void iso_policy_decide(struct iso_policy_decision *out, const struct iso_policy *policy,
                       const struct iso_policy_question *question, const struct iso_cpu_features *features);

/* Whether and how a page of this mapping moves; the question's tier is the destination, its trigger what makes it move (iso_policy_ask() leaves the
 * first). Where the rule says that another node is chosen, the page does not come here: REFUSED with EAGAIN. */
struct iso_policy_move {
    enum iso_policy_end end; /* MAPPED: it moves */
    enum iso_policy_errno error;
    const struct iso_policy_rule *rule; /* NULL: none covers it */
    enum iso_policy_input unknown;
    const char *sequence; /* NULL: not said */
    enum iso_policy_target target;
    enum iso_policy_tag_carry tags;
};
void iso_policy_migrate(struct iso_policy_move *out, const struct iso_policy *policy,
                        const struct iso_policy_question *question, bool tagged);

/* The stage-2 descriptor of a type other than NONE: MemAttr of facts 1.1, with or without FWB, Inner Shareable. */
struct iso_stage2 iso_policy_stage2(enum iso_policy_s2 stage2, const struct iso_cpu_features *features);
/* The final attributes of stage 1 x stage 2 as points: MAIR and MemAttr encodings of facts 1.1 through iso_attribute_combine(). */
size_t iso_policy_combine(struct iso_attribute out[ISO_POLICY_POINTS_MAX], enum iso_policy_attr stage1,
                          enum iso_policy_s2 stage2, const struct iso_cpu_features *features, bool mte_off);
/* Two aliases of one page whose final attributes are mismatched (Arm ARM B2.11: type, cacheability; NoTagAccess and Tagged do not count). */
bool iso_policy_mismatched(const struct iso_attribute *a, const struct iso_attribute *b);

/* ---- checking ---- */

enum iso_policy_defect {
    ISO_POLICY_DEFECT_NONE,
    ISO_POLICY_DEFECT_IMPOSSIBLE, /* the condition contradicts itself */
    ISO_POLICY_DEFECT_SHADOWED,   /* earlier rules of its stage match wherever it does */
    ISO_POLICY_DEFECT_CONTRADICTS, /* same condition as an earlier rule, another result; or a later refusal overrides all of it */
    ISO_POLICY_DEFECT_UNDECIDED, /* the rules of its stage are too tangled to tell */
};
enum { ISO_POLICY_BOXES_MAX = 1024 }; /* of all rules of a stage */
/* Can rule i of the policy ever have an effect? Exact over the input space. *other gets a rule that alone is in its way, i if there
 * is none such (several together, or no defect). */
enum iso_policy_defect iso_policy_rule_defect(const struct iso_policy *policy, size_t i, size_t *other);

/* A case that reaches the stage and that none of its rules covers, as wide a box as there is: its mapping would be UNKNOWN. False if there is
 * none, for stage access (a fault of which a policy says nothing is none of its business), and where a policy has no rule of the stage at all. */
bool iso_policy_stage_gap(struct iso_policy_box *gap, const struct iso_policy *policy, enum iso_policy_stage stage);

const char *iso_policy_stage_name(enum iso_policy_stage stage);
const char *iso_policy_stage_report_name(enum iso_policy_stage stage); /* as in reports: "fault" for s2fault */
const char *iso_policy_stage_meaning(enum iso_policy_stage stage);
bool iso_policy_stage_find(enum iso_policy_stage *out, const char *name);
const char *iso_policy_action_name(enum iso_policy_action action);
const char *iso_policy_errno_name(enum iso_policy_errno error);
bool iso_policy_errno_find(enum iso_policy_errno *out, const char *name);
const char *iso_policy_detail_name(enum iso_policy_detail detail);
/* Detail by name among those of an action. */
bool iso_policy_detail_find(enum iso_policy_detail *out, enum iso_policy_action action, const char *name);
const char *iso_policy_attr_name(enum iso_policy_attr attr);
const char *iso_policy_s2_name(enum iso_policy_s2 s2);

#endif
