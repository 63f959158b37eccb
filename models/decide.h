/* decide(): what becomes of one access at one hop of its path. The only place that says what a tier does.
 *
 * For: the exhaustive engine (iso_decide_path folds it along the path) and the platform (each module calls
 * iso_decide_after() for its own hop, with the effect the payload carries).
 * Not for: whether an STXR finds its monitor open (monitor.h), what a tag comparison yields (tag.h): the effect says
 * which machinery answers, the machinery answers.
 * Source: facts/arm-attributes.md sections 4.1 (order of checks), 9 (choices), 9.1 (matrix), 10 (order of resolution).
 */
#ifndef ISO_MODELS_DECIDE_H
#define ISO_MODELS_DECIDE_H

#include "models/access.h"
#include "models/attribute.h"
#include "models/machine.h"

enum iso_outcome_kind {
    ISO_EFFECT_PASS,    /* handed to the next hop, aspects decided so far are filled in */
    ISO_EFFECT_PERFORM, /* takes effect, as the aspects say */
    ISO_EFFECT_NOP,     /* nothing happens, no fault */
    ISO_EFFECT_FAULT,
    ISO_EFFECT_HANG, /* a completion never comes */
};

/* Named abort, not fault: sim/isa has its own enum for what a program sees. */
enum iso_abort {
    ISO_ABORT_NONE,
    ISO_ABORT_UNDEFINED, /* the CPU lacks the instruction */
    ISO_ABORT_ALIGNMENT,
    ISO_ABORT_UNSUPPORTED,   /* DFSC 0x35, unsupported exclusive or atomic */
    ISO_ABORT_ATOMIC_UPDATE, /* DFSC 0x31, unsupported hardware update */
    ISO_ABORT_PERMISSION,    /* TagAccess (stage 2) or TnD (stage 1) when tag_access is set, else fetch */
    ISO_ABORT_TAG_CHECK,     /* synchronous, DFSC 0x11 */
    ISO_ABORT_EXTERNAL,      /* synchronous External abort, DFSC 0x10 */
    ISO_ABORT_SERROR,        /* asynchronous; the access has had no effect */
    ISO_ABORT_INTERRUPT,     /* unreported or by interrupt only, not attributable (CH-40) */
};
enum { ISO_ABORT_COUNT = 10 };

/* What backs the exclusive. UNDECIDED: no hop has said yet, or the access is no exclusive. */
enum iso_exclusive {
    ISO_EXCLUSIVE_UNDECIDED,
    ISO_EXCLUSIVE_MONITORED,      /* local and global monitor: normal semantics */
    ISO_EXCLUSIVE_LOCAL_ONLY,     /* as if Non-shareable: other observers do not clear it (E4, E5, NSH) */
    ISO_EXCLUSIVE_FAILS_KEEPS,    /* store reports failure, memory keeps */
    ISO_EXCLUSIVE_FAILS_WRITES,   /* store reports failure and writes (CHI B6.3.4) */
    ISO_EXCLUSIVE_STATUS_UNKNOWN, /* status register UNKNOWN, store may or may not happen (E6) */
};

/* As what an exclusive or atomic travels: which of excl.wb, excl.nc, excl.device (atomic.*) answers. */
enum iso_acts_as { ISO_ACTS_AS_UNDECIDED, ISO_ACTS_AS_WB, ISO_ACTS_AS_NC, ISO_ACTS_AS_DEVICE };

/* Where a read-modify-write is done. */
enum iso_where { ISO_WHERE_UNDECIDED, ISO_WHERE_NEAR, ISO_WHERE_HOME, ISO_WHERE_BRIDGE, ISO_WHERE_DEVICE };

enum iso_rmw { ISO_RMW_UNDECIDED, ISO_RMW_ATOMIC, ISO_RMW_NONATOMIC };

/* What a tag check compares with. */
enum iso_tag_compare {
    ISO_TAG_COMPARE_UNDECIDED,
    ISO_TAG_COMPARE_NONE,      /* Tag Unchecked, or checking is silently off */
    ISO_TAG_COMPARE_STORED,    /* the allocation tag */
    ISO_TAG_COMPARE_ZERO,      /* no storage, tags read 0: passes iff logical tag is 0. While STG's line is dirty in a
                                  cache the written tag is seen instead: tag.h */
    ISO_TAG_COMPARE_CANONICAL, /* 0x0 or 0xF by bit 55 */
    ISO_TAG_COMPARE_FAILS,     /* Match write where unsupported: Fail whatever the tag, data written */
    ISO_TAG_COMPARE_ALIASED,   /* with what lies where the tag address of this location points to */
};

enum iso_on_mismatch { ISO_MISMATCH_IGNORED, ISO_MISMATCH_SYNC, ISO_MISMATCH_ASYNC };

/* What becomes of tags that an access writes, or that it reads explicitly. */
enum iso_tag_effect {
    ISO_TAG_EFFECT_UNDECIDED,       /* or the access has no tag effect */
    ISO_TAG_EFFECT_NORMAL,          /* stored / read back */
    ISO_TAG_EFFECT_IGNORED,         /* architecture: untagged location, data part only */
    ISO_TAG_EFFECT_DROPPED,         /* storage missing: visible while dirty in a cache, then gone */
    ISO_TAG_EFFECT_ALIASES,         /* lands in memory that belongs to something else */
    ISO_TAG_EFFECT_READS_ZERO,      /* explicit tag read gives 0 */
    ISO_TAG_EFFECT_READS_CANONICAL, /* gives 0 or 0xF by bit 55 */
};

enum iso_tag_where { ISO_TAG_AT_PE, ISO_TAG_AT_HOME, ISO_TAG_AT_SUBORDINATE };

/* Ordering and side permissions; bits of iso_effect.order. */
enum iso_order_bit {
    ISO_ORDER_NGATHER = 1u << 0,    /* a read comes from the endpoint, not from a write that is under way (CH-43) */
    ISO_ORDER_NREORDER = 1u << 1,   /* nR: program order to the same peripheral (facts 5.2) */
    ISO_ORDER_SPECULATES = 1u << 2, /* may be read speculatively */
    ISO_ORDER_DISTURBED = 1u << 3,  /* speculative reads of the location change what it holds (CH-61) */
    ISO_ORDER_UNORDERED = 1u << 4,  /* nothing that Device promises of order holds (CH-37) */
};

enum { ISO_ASSUMED_MAX = 4, ISO_EFFECT_SET_MAX = 96 };

/* A setting that was `unknown`, and the value this element takes for it. */
struct iso_assumption {
    bool is_cpu;
    uint8_t hop; /* index along the path; 0 when one hop was decided alone */
    uint8_t key; /* enum iso_cpu_key or enum iso_capability_key */
    uint8_t value;
};

/* A rule reference: register row and, for a set, its member: printed "CH-12/E2". Static strings. */
struct iso_rule_ref {
    const char *id;     /* NULL: none */
    const char *member; /* NULL: none */
};

/* A fault that an access has, which is taken at the end unless another that comes before it turns up (CH-13): one of alignment or of a tag access behind fault 0x35, or
 * that behind a tag check. */
struct iso_pending_fault {
    enum iso_abort fault; /* NONE: there is none */
    uint8_t stage;
    bool tag_access;
    uint8_t hop;               /* where it was found */
    struct iso_rule_ref rule;  /* and by which rule */
    struct iso_rule_ref rule2; /* 0x35: as in the element; */
    uint8_t nassumed;
    struct iso_assumption assumed[ISO_ASSUMED_MAX];
};

/* One element of the answer. An access that is not performed (FAULT, NOP, HANG) has none of the aspects below, only its
 * fault, rules, hop and assumptions; and, with fault 0x35 behind a tag check whose tags the caller compares, what they are compared with (CH-13). */
struct iso_effect {
    enum iso_outcome_kind kind;
    enum iso_abort fault;
    uint8_t fault_stage;   /* 1, 2; 0 where stages do not apply */
    bool fault_tag_access; /* permission fault: ISS2.TagAccess (stage 2) or TnD (stage 1) */
    enum iso_acts_as acts_as;
    enum iso_exclusive exclusive;
    enum iso_rmw rmw;
    enum iso_where where;
    uint8_t single_copy_bytes; /* largest piece that is single-copy atomic; 0: undecided; 1: bytes */
    uint8_t rmw_unit_bytes;    /* a partial write rewrites that many bytes non-atomically; 0: no */
    bool data_ones;            /* read data is all ones and no error is reported */
    bool data_lost;            /* write completes with success and is dropped */
    bool clears;               /* write ends the condition of what it writes: a poisoned line, written as a whole */
    enum iso_tag_compare compare;
    enum iso_on_mismatch mismatch;
    enum iso_tag_where check_at;
    enum iso_tag_effect tag;
    uint32_t order; /* enum iso_order_bit */
    uint64_t
        peripheral_bytes; /* with NREORDER: size of the blocks, aligned to themselves, of which each is a peripheral; UINT64_MAX: all of the tier */
    struct iso_rule_ref rule;  /* the last choice or rule that made this element what it is; never empty */
    struct iso_rule_ref rule2; /* an earlier one, if two choices met */
    uint8_t hop;               /* index along the path of the hop that rule is about */
    struct iso_assumption assumed[ISO_ASSUMED_MAX];
    uint8_t nassumed; /* 0: the machine is known well enough for this element */
    struct iso_pending_fault pending;
    bool poison_settled; /* a hop has said how much one error poisons */
    bool settled;        /* the device hop was asked: nothing is left for iso_effect_finish() to settle */
};

/* Never empty; no two elements equal. */
struct iso_effect_set {
    size_t count;
    bool overflow; /* more elements than fit: the caller must treat the set as bounded */
    struct iso_effect item[ISO_EFFECT_SET_MAX];
};

/* What becomes of one access at one hop of its path. Pure.
 * Result: a non-empty set. One element where machine and architecture bind it; several where the architecture leaves a
 * choice and the machine is silent; each element carries the rule that allows it. An unknown capability gives one
 * element per value it may have, each with an assumption. A key that says `pass` hands the matter on; what no hop of
 * the path takes up, iso_effect_finish() settles as not supported. */
void iso_decide(struct iso_effect_set *out, const struct iso_access *access, const struct iso_attribute *attribute,
                const struct iso_hop *hop, const struct iso_cpu_features *features);

/* Folds iso_decide() along all hops of a tier. No element of the result is ISO_EFFECT_PASS. */
void iso_decide_path(struct iso_effect_set *out, const struct iso_access *access, const struct iso_attribute *attribute,
                     const struct iso_tier *tier, const struct iso_cpu_features *features);

/* One step of the fold, for callers that carry the state themselves (a payload that visits one module after the other):
 * what hop number `index` of the path adds to what `earlier` hops decided. earlier must be of kind PASS; start with
 * iso_effect_init(). iso_decide() is this step from the start, index 0. */
void iso_decide_after(struct iso_effect_set *out, const struct iso_effect *earlier, const struct iso_access *access,
                      const struct iso_attribute *attribute, const struct iso_hop *hop, uint8_t index,
                      const struct iso_cpu_features *features);
/* Start of a fold: PASS, nothing decided. */
void iso_effect_init(struct iso_effect *out);
/* End of a fold: turns PASS into PERFORM. What a path that has no device hop left undecided counts as not supported. */
void iso_effect_finish(struct iso_effect *effect, const struct iso_access *access,
                       const struct iso_attribute *attribute, const struct iso_cpu_features *features);

/* Bytes, aligned to themselves, that an uncorrected error of this tier poisons; UINT64_MAX: all of it. 64 where the machine does not
 * say: the unit of CXL 3.2 12.2. */
uint64_t iso_poison_bytes(const struct iso_tier *tier);

/* Adds an element unless an equal one is there. Returns false when the set is full (overflow is set). */
bool iso_effect_set_add(struct iso_effect_set *set, const struct iso_effect *effect);
bool iso_effect_equal(const struct iso_effect *a, const struct iso_effect *b);

/* Names for reports; static strings. */
const char *iso_outcome_kind_name(enum iso_outcome_kind kind);
const char *iso_abort_name(enum iso_abort fault);
const char *iso_exclusive_name(enum iso_exclusive exclusive);
const char *iso_where_name(enum iso_where where);
const char *iso_tag_compare_name(enum iso_tag_compare compare);
const char *iso_tag_effect_name(enum iso_tag_effect tag);
/* "CH-12/E2" into out; returns the length. */
size_t iso_rule_ref_name(char *out, size_t size, const struct iso_rule_ref *rule);
/* One line such as "fault unsupported S1 [CH-12/E2]" into out, always terminated; returns the length. */
size_t iso_effect_describe(char *out, size_t size, const struct iso_effect *effect);
/* Name of an assumption's key ("excl.nc", "misaligned.atomic") and value. */
const char *iso_assumption_key_name(const struct iso_assumption *assumption);
const char *iso_assumption_value_name(const struct iso_assumption *assumption);

/* ---- the truth table -------------------------------------------------------------------------------------- */

enum iso_alignment { ISO_ALIGNMENT_ALIGNED, ISO_ALIGNMENT_INSIDE_16, ISO_ALIGNMENT_CROSSES_16 };
const char *iso_alignment_name(enum iso_alignment alignment);

/* One row: kind x alignment x attribute point x tag check outcome. */
struct iso_table_row {
    struct iso_access access;
    enum iso_alignment alignment;
    size_t point;
    struct iso_attribute attribute;
};

/* Cursor over the 8,678 rows. Zero-initialise it (or iso_table_begin), then call next until it returns false. */
struct iso_table_cursor {
    unsigned kind, alignment, point, check;
};
enum { ISO_TABLE_ROWS = 8678 };
void iso_table_begin(struct iso_table_cursor *out);
bool iso_table_next(struct iso_table_row *out, struct iso_table_cursor *cursor);

#endif
