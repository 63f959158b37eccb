/* Tags: what the core makes of the tag type and TCF (7.1, 7.2), and what a hop with or without tag storage does (7.3).
 * Not modelled: tag poison (the bus has none: CHI B12.11.2), when an asynchronous fault shows (CH-60: the engines'). */
#include "models/align.h"
#include "models/branch.h"
#include "models/tag.h"

static bool has_tag_memory(const struct iso_decide_step *step)
{
    uint8_t level = iso_cpu_get(step->features, ISO_CPU_MTE);
    return level < ISO_VALUE_FIRST || level >= ISO_MTE_LEVEL_2;
}

/* Tags exist at all for this access: Tagged, WB, allocation tag access enabled. */
static bool is_tagged(const struct iso_decide_step *step)
{
    return step->attribute->tagging == ISO_TAGGING_ALLOCATION && step->attribute->cls == ISO_CLASS_WB &&
           step->access->tag_access && has_tag_memory(step);
}

static bool is_canonical(const struct iso_decide_step *step)
{
    return step->attribute->tagging == ISO_TAGGING_CANONICAL && step->access->tag_access && has_tag_memory(step);
}

static bool is_pure_read(const struct iso_access *access)
{
    return iso_access_reads(access) && iso_access_family(access->kind) != ISO_FAMILY_ATOMIC;
}

static bool is_rmw(const struct iso_access *access)
{
    return iso_access_family(access->kind) == ISO_FAMILY_ATOMIC;
}

static bool is_vector(enum iso_access_kind kind)
{
    return kind >= ISO_ACCESS_SIMD_LOAD && kind <= ISO_ACCESS_SVE_NONTEMPORAL;
}

/* One checked element under a TCF that is settled: what a mismatch does. CH-57 for asymmetric read-modify-write. */
static void add_mismatch(const struct iso_decide_step *step, struct iso_effect e, enum iso_tcf tcf,
                         struct iso_effect_set *out)
{
    bool rmw = is_rmw(step->access), read = is_pure_read(step->access);
    switch (tcf) {
    case ISO_TCF_NONE:
        e.mismatch = ISO_MISMATCH_IGNORED;
        break;
    case ISO_TCF_SYNC:
        e.mismatch = ISO_MISMATCH_SYNC;
        break;
    case ISO_TCF_ASYNC:
        e.mismatch = ISO_MISMATCH_ASYNC;
        break;
    case ISO_TCF_ASYM:
        if (rmw) {
            struct iso_branches knob;
            iso_branch_cpu(&knob, step, ISO_CPU_ASYM_RMW);
            for (size_t i = 0; i < knob.count; i++) {
                struct iso_effect b = iso_branch_take(&knob, i, &e, step);
                b.mismatch = knob.value[i] == ISO_SYNC_ASYNC_SYNC ? ISO_MISMATCH_SYNC : ISO_MISMATCH_ASYNC;
                iso_element_rule(&b, step, "CH-57", NULL);
                iso_effect_set_add(out, &b);
            }
            return;
        }
        e.mismatch = read ? ISO_MISMATCH_SYNC : ISO_MISMATCH_ASYNC;
        break;
    }
    iso_element_base(&e, step, "TAG");
    iso_effect_set_add(out, &e);
}

/* TCF=11 without FEAT_MTE3 is any of the others (CH-07). */
static void add_checked(const struct iso_decide_step *step, const struct iso_effect *e, struct iso_effect_set *out)
{
    if (step->access->tcf != ISO_TCF_ASYM || iso_cpu_get(step->features, ISO_CPU_MTE) != ISO_MTE_LEVEL_2) {
        add_mismatch(step, *e, step->access->tcf, out);
        return;
    }
    for (unsigned tcf = ISO_TCF_NONE; tcf <= ISO_TCF_ASYNC; tcf++) {
        struct iso_effect b = *e;
        iso_element_rule(&b, step, "CH-07", NULL);
        add_mismatch(step, b, (enum iso_tcf)tcf, out);
    }
}

static void add_unchecked(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    struct iso_effect e = *in;
    e.compare = ISO_TAG_COMPARE_NONE;
    (void)step;
    iso_effect_set_add(out, &e);
}

/* Data accesses: compare with what, and what if it differs. */
static void check_stage(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    const struct iso_access *access = step->access;
    bool exists = is_tagged(step) || is_canonical(step);
    bool read = is_pure_read(access);
    if (!exists || access->check == ISO_TAG_CHECK_NO || !iso_access_tag_checkable(access->kind) ||
        (read && iso_cpu_get(step->features, ISO_CPU_MTE_STORE_ONLY) == ISO_FEATURE_YES)) {
        add_unchecked(step, in, out);
        return;
    }
    if (is_tagged(step) && step->attribute->no_tag_access && access->tcf != ISO_TCF_NONE) {
        struct iso_effect e = *in;
        e.compare = ISO_TAG_COMPARE_NONE;
        iso_element_no_tag_access(step, &e, out);
        return;
    }
    /* CH-56: failing CAS under store-only checking; CH-59: vectors in streaming mode. Both {checked, unchecked}. */
    bool cas =
        access->kind == ISO_ACCESS_CAS_MISS && iso_cpu_get(step->features, ISO_CPU_MTE_STORE_ONLY) == ISO_FEATURE_YES;
    bool streaming = access->streaming && is_vector(access->kind);
    struct iso_branches knob = {.count = 1, .value = {ISO_CHECKED_YES}};
    if (cas || streaming)
        iso_branch_cpu(&knob, step, cas ? ISO_CPU_STORE_ONLY_CAS : ISO_CPU_STREAMING_CHECK);
    for (size_t i = 0; i < knob.count; i++) {
        struct iso_effect e = iso_branch_take(&knob, i, in, step);
        if (cas || streaming)
            iso_element_rule(&e, step, cas ? "CH-56" : "CH-59", NULL);
        if (knob.value[i] == ISO_CHECKED_NO) {
            add_unchecked(step, &e, out);
            continue;
        }
        if (is_canonical(step))
            e.compare = ISO_TAG_COMPARE_CANONICAL;
        if (access->tcf == ISO_TCF_NONE)
            e.compare = ISO_TAG_COMPARE_NONE;
        add_checked(step, &e, out);
    }
}

/* LDG, STG, STZG, DC GVA and the like. */
static void tag_access_stage(const struct iso_decide_step *step, const struct iso_effect *in,
                             struct iso_effect_set *out)
{
    const struct iso_access *access = step->access;
    bool writes = iso_access_writes_tags(access);
    bool device = iso_class_is_device(step->attribute->cls);
    struct iso_effect e = *in;
    e.compare = ISO_TAG_COMPARE_NONE;
    iso_element_base(&e, step, "TAG");
    if (!writes) {
        if (is_tagged(step) && step->attribute->no_tag_access) {
            iso_element_fault(&e, ISO_ABORT_PERMISSION, 2);
            e.fault_tag_access = true;
        } else if (!is_tagged(step)) {
            e.tag = is_canonical(step) ? ISO_TAG_EFFECT_READS_CANONICAL : ISO_TAG_EFFECT_READS_ZERO;
        }
        iso_effect_set_add(out, &e);
        return;
    }
    if (device) { /* CH-35, before the stage-1 Permission fault of canonical tagging (7.1) */
        struct iso_branches knob;
        iso_branch_cpu(&knob, step, ISO_CPU_TAG_DEVICE);
        for (size_t i = 0; i < knob.count; i++) {
            struct iso_effect b = iso_branch_take(&knob, i, &e, step);
            iso_element_rule(&b, step, "CH-35", NULL);
            b.tag = ISO_TAG_EFFECT_IGNORED;
            if (knob.value[i] == ISO_TAG_DEVICE_FAULT)
                iso_element_fault(&b, ISO_ABORT_ALIGNMENT, step->attribute->stage1_device ? 1 : 2);
            iso_effect_set_add(out, &b);
        }
        return;
    }
    if (is_canonical(step)) {
        iso_element_fault(&e, ISO_ABORT_PERMISSION, 1); /* TnD=1 */
        e.fault_tag_access = true;
    } else if (is_tagged(step) && step->attribute->no_tag_access) {
        iso_element_fault(&e, ISO_ABORT_PERMISSION, 2); /* TagAccess=1 */
        e.fault_tag_access = true;
    } else if (!is_tagged(step)) {
        e.tag = ISO_TAG_EFFECT_IGNORED;
    }
    iso_effect_set_add(out, &e);
}

void iso_stage_tag_core(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    if (iso_access_family(step->access->kind) == ISO_FAMILY_TAG)
        tag_access_stage(step, in, out);
    else
        check_stage(step, in, out);
}

/* ---- storage: set T ------------------------------------------------------------------------------------------ */

static bool tag_pending(const struct iso_decide_step *step, const struct iso_effect *e)
{
    if (!is_tagged(step))
        return false;
    if (iso_access_family(step->access->kind) == ISO_FAMILY_TAG)
        return e->tag == ISO_TAG_EFFECT_UNDECIDED;
    return e->compare == ISO_TAG_COMPARE_UNDECIDED;
}

/* No storage, tag written: T2, T4, T5. */
static void refuse_write(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    struct iso_branches how;
    iso_branch_hop(&how, step, ISO_CAP_TAG_WRITE_UNSUPPORTED, true);
    for (size_t i = 0; i < how.count; i++) {
        if (!iso_branch_agrees(&how, i, in, step))
            continue;
        struct iso_effect e = iso_branch_take(&how, i, in, step);
        switch ((enum iso_tag_write)how.value[i]) {
        case ISO_TAG_WRITE_DROP:
        case ISO_TAG_WRITE_UNKNOWN: /* never a branch */
        case ISO_TAG_WRITE_PASS:
            iso_element_rule(&e, step, "CH-54", "T2");
            e.tag = ISO_TAG_EFFECT_DROPPED;
            iso_effect_set_add(out, &e);
            break;
        case ISO_TAG_WRITE_ALIAS:
            iso_element_rule(&e, step, "CH-54", "T4");
            e.tag = ISO_TAG_EFFECT_ALIASES;
            iso_effect_set_add(out, &e);
            break;
        case ISO_TAG_WRITE_ABORT:
            iso_element_rule(&e, step, "CH-54", "T5");
            iso_element_external(step, &e, out);
            break;
        }
    }
}

/* No storage, tag read, explicitly or by a check at the PE: T1, T5, T6, T4. */
static void refuse_read(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    bool explicit_read = iso_access_reads_tags(step->access);
    struct iso_branches how;
    iso_branch_hop(&how, step, ISO_CAP_TAG_ON_READ_UNSUPPORTED, true);
    for (size_t i = 0; i < how.count; i++) {
        if (!iso_branch_agrees(&how, i, in, step))
            continue;
        struct iso_effect e = iso_branch_take(&how, i, in, step);
        switch ((enum iso_tag_read)how.value[i]) {
        case ISO_TAG_READ_ZERO_CLEAN:
        case ISO_TAG_READ_UNKNOWN: /* never a branch */
        case ISO_TAG_READ_PASS:
            iso_element_rule(&e, step, "CH-54", "T1");
            if (explicit_read)
                e.tag = ISO_TAG_EFFECT_READS_ZERO;
            else
                e.compare = ISO_TAG_COMPARE_ZERO;
            iso_effect_set_add(out, &e);
            break;
        case ISO_TAG_READ_UNCHECKED:
            iso_element_rule(&e, step, "CH-54", "T6");
            if (explicit_read)
                e.tag = ISO_TAG_EFFECT_READS_ZERO;
            else
                e.compare = ISO_TAG_COMPARE_NONE;
            iso_effect_set_add(out, &e);
            break;
        case ISO_TAG_READ_ALIAS:
            iso_element_rule(&e, step, "CH-54", "T4");
            if (explicit_read)
                e.tag = ISO_TAG_EFFECT_ALIASES;
            else
                e.compare = ISO_TAG_COMPARE_ALIASED;
            iso_effect_set_add(out, &e);
            break;
        case ISO_TAG_READ_FAULT:
            iso_element_rule(&e, step, "CH-54", "T5");
            iso_element_external(step, &e, out);
            break;
        }
    }
}

/* No storage, store sent as Match: T3, or the completer that says Pass without looking (T6). */
static void refuse_match(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    struct iso_branches how;
    iso_branch_hop(&how, step, ISO_CAP_TAG_MATCH_UNSUPPORTED, true);
    for (size_t i = 0; i < how.count; i++) {
        if (!iso_branch_agrees(&how, i, in, step))
            continue;
        struct iso_effect e = iso_branch_take(&how, i, in, step);
        bool fails = how.value[i] == ISO_TAG_MATCH_FAIL;
        iso_element_rule(&e, step, "CH-54", fails ? "T3" : "T6");
        e.compare = fails ? ISO_TAG_COMPARE_FAILS : ISO_TAG_COMPARE_NONE;
        iso_effect_set_add(out, &e);
    }
}

/* Who compares: a synchronous check needs its result before the store retires, so the PE; loads fetch the tag. */
static bool may_match_remotely(const struct iso_decide_step *step, const struct iso_effect *e)
{
    return !is_pure_read(step->access) && e->mismatch == ISO_MISMATCH_ASYNC &&
           iso_access_family(step->access->kind) != ISO_FAMILY_EXCLUSIVE; /* Match not allowed: CHI B12.13 */
}

static void check_at(const struct iso_decide_step *step, const struct iso_effect *in, bool stored,
                     struct iso_effect_set *out)
{
    struct iso_branches where = {.count = 1, .value = {ISO_TAG_CHECK_AT_PE}};
    if (may_match_remotely(step, in))
        iso_branch_hop(&where, step, ISO_CAP_TAG_CHECK_AT, false);
    for (size_t i = 0; i < where.count; i++) {
        struct iso_effect e = iso_branch_take(&where, i, in, step);
        bool remote = where.value[i] == ISO_TAG_CHECK_AT_HOME || where.value[i] == ISO_TAG_CHECK_AT_SN;
        e.check_at = !remote                                   ? ISO_TAG_AT_PE
                     : where.value[i] == ISO_TAG_CHECK_AT_HOME ? ISO_TAG_AT_HOME
                                                               : ISO_TAG_AT_SUBORDINATE;
        if (where.count > 1)
            iso_element_rule(&e, step, "CH-55", NULL);
        if (stored) {
            e.compare = ISO_TAG_COMPARE_STORED;
            iso_effect_set_add(out, &e);
        } else if (remote) {
            refuse_match(step, &e, out);
        } else {
            refuse_read(step, &e, out);
        }
    }
}

/* Metadata of a poisoned line: tags may be lost although data arrives (CXL 3.2 chapter 12). */
static bool metadata_lost(const struct iso_decide_step *step)
{
    return step->access->condition == ISO_CONDITION_POISONED &&
           iso_capability_get(&step->hop->capabilities, ISO_CAP_TAG_META_ERROR) == ISO_TAG_ERROR_NOOP_ZERO;
}

void iso_stage_tag_hop(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    if (!tag_pending(step, in)) {
        iso_effect_set_add(out, in);
        return;
    }
    bool last = step->hop->kind == ISO_HOP_DEVICE;
    bool tag_family = iso_access_family(step->access->kind) == ISO_FAMILY_TAG;
    struct iso_branches storage;
    iso_branch_hop(&storage, step, ISO_CAP_TAG_STORAGE, last);
    if (storage.count > 1) { /* all kinds of storage behave alike here: one branch stands for them */
        storage.count = 2;
        storage.value[0] = ISO_TAG_STORAGE_NONE;
        storage.value[1] = ISO_TAG_STORAGE_FULL;
    }
    for (size_t i = 0; i < storage.count; i++) {
        struct iso_effect e = iso_branch_take(&storage, i, in, step);
        uint8_t value = storage.value[i];
        if (value == ISO_TAG_STORAGE_PASS) {
            iso_effect_set_add(out, &e);
        } else if (value == ISO_TAG_STORAGE_NONE || metadata_lost(step)) {
            if (tag_family && iso_access_writes_tags(step->access))
                refuse_write(step, &e, out);
            else if (tag_family)
                refuse_read(step, &e, out);
            else
                check_at(step, &e, false, out);
        } else if (tag_family) {
            if (storage.count > 1)
                iso_element_rule(&e, step, "CH-54", "T0");
            e.tag = ISO_TAG_EFFECT_NORMAL;
            iso_effect_set_add(out, &e);
        } else {
            if (storage.count > 1)
                iso_element_rule(&e, step, "CH-54", "T0");
            check_at(step, &e, true, out);
        }
    }
}

/* Its tags differ, and no hop of its path takes it: one fault or the other (CH-13). */
static void resolve_refused(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    struct iso_effect tagged = *in, refused = *in;
    struct iso_branches priority;
    iso_branch_cpu(&priority, step, ISO_CPU_ABORT35_PRIORITY);
    iso_element_fault(&tagged, ISO_ABORT_TAG_CHECK, 0);
    iso_element_take_pending(&refused, &in->pending);
    tagged.pending = refused.pending = (struct iso_pending_fault){.fault = ISO_ABORT_NONE};
    tagged.rule2 = refused.rule2 = (struct iso_rule_ref){"CH-13", NULL};
    for (size_t i = 0; i < priority.count; i++) {
        const struct iso_effect *one = priority.value[i] == ISO_PRIORITY_LAST ? &tagged : &refused;
        struct iso_effect e = iso_branch_take(&priority, i, one, step);
        iso_effect_set_add(out, &e);
    }
}

/* The truth table knows the outcome of the comparison with the allocation tag; engines compare themselves. */
void iso_stage_tag_resolve(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    const struct iso_access *access = step->access;
    struct iso_effect e = *in;
    /* A Device location that cannot take a misaligned access gives an Alignment fault, which outranks the check (4.1 (c), (l)). */
    bool may_misalign = iso_class_is_device(step->attribute->cls) && !iso_decide_step_is_last(step) &&
                        iso_access_alignment(access) != ISO_ALIGNMENT_ALIGNED;
    if ((access->check != ISO_TAG_CHECK_MATCH && access->check != ISO_TAG_CHECK_MISMATCH) || may_misalign) {
        iso_effect_set_add(out, &e);
        return;
    }
    bool differs = false;
    switch (e.compare) {
    case ISO_TAG_COMPARE_UNDECIDED:
    case ISO_TAG_COMPARE_NONE:
    case ISO_TAG_COMPARE_ALIASED: /* whatever lies there: left to the caller */
        break;
    case ISO_TAG_COMPARE_STORED:
    case ISO_TAG_COMPARE_CANONICAL:
        differs = access->check == ISO_TAG_CHECK_MISMATCH;
        break;
    case ISO_TAG_COMPARE_ZERO:
        differs = access->logical_tag != 0;
        break;
    case ISO_TAG_COMPARE_FAILS:
        differs = true;
        break;
    }
    if (differs && e.mismatch == ISO_MISMATCH_SYNC && e.pending.fault == ISO_ABORT_UNSUPPORTED) {
        resolve_refused(step, &e, out);
        return;
    }
    if (differs && e.mismatch == ISO_MISMATCH_SYNC)
        iso_element_fault(&e, ISO_ABORT_TAG_CHECK, 0);
    iso_effect_set_add(out, &e);
}
