/* Exclusives (set E), atomics (set A) and table updates (set H) at a hop.
 * A stage that another hop has settled already hands the element on. */
#include "models/align.h"
#include "models/branch.h"

/* As what it travels; a hop asked on its own, with no core before it, goes by the type. */
static enum iso_acts_as acts_as(const struct iso_decide_step *step, const struct iso_effect *e)
{
    if (e->acts_as != ISO_ACTS_AS_UNDECIDED)
        return e->acts_as;
    enum iso_class cls = step->attribute->cls;
    if (iso_class_is_device(cls))
        return ISO_ACTS_AS_DEVICE;
    return cls == ISO_CLASS_WB || cls == ISO_CLASS_WB_WEAK ? ISO_ACTS_AS_WB : ISO_ACTS_AS_NC;
}

static enum iso_capability_key key_of(enum iso_acts_as as, enum iso_capability_key wb, enum iso_capability_key nc,
                                      enum iso_capability_key device)
{
    return as == ISO_ACTS_AS_WB ? wb : as == ISO_ACTS_AS_DEVICE ? device : nc;
}

/* ---- exclusives: set E ---------------------------------------------------------------------------------------- */

static void refuse_exclusive_silently(const struct iso_decide_step *step, const struct iso_effect *in,
                                      struct iso_effect_set *out)
{
    if (step->access->kind == ISO_ACCESS_LDXR || step->access->kind == ISO_ACCESS_LDXP) {
        struct iso_effect e = *in; /* the load has no EXOK; nothing else differs */
        iso_element_rule(&e, step, "CHI B6.3.4", NULL);
        e.exclusive = ISO_EXCLUSIVE_FAILS_KEEPS;
        iso_effect_set_add(out, &e);
        return;
    }
    struct iso_branches how;
    iso_branch_hop(&how, step, ISO_CAP_EXCL_STORE_ON_FAIL, true);
    for (size_t i = 0; i < how.count; i++) {
        if (!iso_branch_agrees(&how, i, in, step))
            continue;
        struct iso_effect e = iso_branch_take(&how, i, in, step);
        bool writes = how.value[i] == ISO_STORE_ON_FAIL_WRITE;
        iso_element_rule(&e, step, "CH-12", "E5");
        if (writes)
            iso_element_rule(&e, step, "CHI B6.3.4", NULL);
        e.exclusive = writes ? ISO_EXCLUSIVE_FAILS_WRITES : ISO_EXCLUSIVE_FAILS_KEEPS;
        iso_effect_set_add(out, &e);
    }
}

static void refuse_exclusive(const struct iso_decide_step *step, const struct iso_effect *in,
                             struct iso_effect_set *out)
{
    bool load = iso_access_reads(step->access);
    struct iso_branches how;
    iso_branch_hop(&how, step, ISO_CAP_EXCL_ON_UNSUPPORTED, true);
    for (size_t i = 0; i < how.count; i++) {
        if (!iso_branch_agrees(&how, i, in, step))
            continue;
        struct iso_effect e = iso_branch_take(&how, i, in, step);
        switch ((enum iso_excl_unsupported)how.value[i]) {
        case ISO_EXCL_UNSUPPORTED_ABORT35:
            iso_element_rule(&e, step, "CH-12", "E2");
            iso_element_unsupported(step, &e, out);
            continue;
        case ISO_EXCL_UNSUPPORTED_EXTERNAL_ABORT:
            iso_element_rule(&e, step, "CH-12", "E1");
            iso_element_external(step, &e, out);
            continue;
        case ISO_EXCL_UNSUPPORTED_FAIL:
            refuse_exclusive_silently(step, &e, out);
            continue;
        case ISO_EXCL_UNSUPPORTED_NOP:
            iso_element_rule(&e, step, "CH-12", "E3");
            e.kind = ISO_EFFECT_NOP;
            break;
        case ISO_EXCL_UNSUPPORTED_LOCAL_ONLY:
            iso_element_rule(&e, step, "CH-12", load ? "E4" : "E5");
            e.exclusive = ISO_EXCLUSIVE_LOCAL_ONLY;
            break;
        case ISO_EXCL_UNSUPPORTED_STATUS_UNKNOWN:
        case ISO_EXCL_UNSUPPORTED_UNKNOWN: /* never a branch */
        case ISO_EXCL_UNSUPPORTED_PASS:
            iso_element_rule(&e, step, "CH-12", "E6");
            e.exclusive = ISO_EXCLUSIVE_STATUS_UNKNOWN;
            break;
        }
        iso_effect_set_add(out, &e);
    }
}

void iso_stage_exclusive(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    if (iso_access_family(step->access->kind) != ISO_FAMILY_EXCLUSIVE || in->exclusive != ISO_EXCLUSIVE_UNDECIDED) {
        iso_effect_set_add(out, in);
        return;
    }
    enum iso_acts_as as = acts_as(step, in);
    struct iso_branches support;
    iso_branch_hop(&support, step, key_of(as, ISO_CAP_EXCL_WB, ISO_CAP_EXCL_NC, ISO_CAP_EXCL_DEVICE),
                   iso_decide_step_is_last(step));
    bool no_monitor = iso_capability_get(&step->hop->capabilities, ISO_CAP_EXCL_MONITOR) == ISO_MONITOR_PLACE_NONE;
    for (size_t i = 0; i < support.count; i++) {
        struct iso_effect e = iso_branch_take(&support, i, in, step);
        if (support.value[i] == ISO_SUPPORT_PASS) {
            iso_effect_set_add(out, &e);
        } else if (support.value[i] == ISO_SUPPORT_YES && !no_monitor) {
            e.exclusive = ISO_EXCLUSIVE_MONITORED;
            if (as != ISO_ACTS_AS_WB)
                iso_element_rule(&e, step, "CH-12", "E0");
            iso_effect_set_add(out, &e);
        } else {
            refuse_exclusive(step, &e, out);
        }
    }
}

/* ---- atomics: set A ------------------------------------------------------------------------------------------- */

/* An error response. Of a store-atomic the PE may hear late, or nothing (CH-29): A2 then, else A1. */
static void refuse_with_error(const struct iso_decide_step *step, const struct iso_effect *e,
                              struct iso_effect_set *out)
{
    struct iso_branches timing = {.count = 1, .value = {ISO_ATOMIC_ERROR_SYNC}};
    if (!step->access->no_return) {
        struct iso_effect f = *e;
        iso_element_rule(&f, step, "CH-27", "A1");
        iso_element_external(step, &f, out);
        return;
    }
    iso_branch_cpu(&timing, step, ISO_CPU_ATOMIC_STORE_ERROR);
    for (size_t i = 0; i < timing.count; i++) {
        static const enum iso_abort abort[] = {[ISO_ATOMIC_ERROR_SYNC] = ISO_ABORT_EXTERNAL,
                                               [ISO_ATOMIC_ERROR_ASYNC] = ISO_ABORT_SERROR,
                                               [ISO_ATOMIC_ERROR_INTERRUPT] = ISO_ABORT_INTERRUPT};
        struct iso_effect f = iso_branch_take(&timing, i, e, step);
        iso_element_rule(&f, step, "CH-29", NULL);
        iso_element_rule(&f, step, "CH-27", timing.value[i] == ISO_ATOMIC_ERROR_SYNC ? "A1" : "A2");
        iso_element_fault(&f, abort[timing.value[i]], 0);
        iso_effect_set_add(out, &f);
    }
}

static void refuse_atomic(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    struct iso_branches how;
    iso_branch_hop(&how, step, ISO_CAP_ATOMIC_ON_UNSUPPORTED, true);
    for (size_t i = 0; i < how.count; i++) {
        if (!iso_branch_agrees(&how, i, in, step))
            continue;
        struct iso_effect e = iso_branch_take(&how, i, in, step);
        switch ((enum iso_atomic_unsupported)how.value[i]) {
        case ISO_ATOMIC_UNSUPPORTED_NDERR:
        case ISO_ATOMIC_UNSUPPORTED_SLVERR:
            refuse_with_error(step, &e, out);
            continue;
        case ISO_ATOMIC_UNSUPPORTED_SERROR:
            iso_element_rule(&e, step, "CH-27", "A2");
            iso_element_fault(&e, ISO_ABORT_SERROR, 0);
            break;
        case ISO_ATOMIC_UNSUPPORTED_ABORT35:
            iso_element_rule(&e, step, "CH-27", "A3");
            iso_element_unsupported(step, &e, out);
            continue;
        case ISO_ATOMIC_UNSUPPORTED_NOP:
            iso_element_rule(&e, step, "CH-27", "A4");
            e.kind = ISO_EFFECT_NOP;
            break;
        case ISO_ATOMIC_UNSUPPORTED_OKAY_NONATOMIC:
        case ISO_ATOMIC_UNSUPPORTED_UNKNOWN: /* never a branch */
        case ISO_ATOMIC_UNSUPPORTED_PASS:
            iso_element_rule(&e, step, "CH-27", "A5");
            e.rmw = ISO_RMW_NONATOMIC;
            e.where = iso_decide_step_where(step);
            break;
        case ISO_ATOMIC_UNSUPPORTED_HANG: /* not in set A: a defect the machine file claims */
            iso_element_rule(&e, step, "CHI B16.3", NULL);
            e.kind = ISO_EFFECT_HANG;
            break;
        }
        iso_effect_set_add(out, &e);
    }
}

/* Is the operand within what a far atomic of this hop carries? A compare carries both operands (CHI B4.2.5). */
static bool atomic_fits(const struct iso_decide_step *step)
{
    enum iso_access_kind kind = step->access->kind;
    bool compare = kind == ISO_ACCESS_CAS_HIT || kind == ISO_ACCESS_CAS_MISS || kind == ISO_ACCESS_CASP;
    enum iso_capability_key key = compare ? ISO_CAP_ATOMIC_CAS_MAX : ISO_CAP_ATOMIC_MAX_BYTES;
    uint32_t limit = iso_capability_number(&step->hop->capabilities, key);
    return limit == 0 || step->access->size_bytes * (compare ? 2u : 1u) <= limit;
}

void iso_stage_atomic(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    if (iso_access_family(step->access->kind) != ISO_FAMILY_ATOMIC || in->rmw != ISO_RMW_UNDECIDED) {
        iso_effect_set_add(out, in);
        return;
    }
    enum iso_acts_as as = acts_as(step, in);
    struct iso_branches support;
    iso_branch_hop(&support, step, key_of(as, ISO_CAP_ATOMIC_WB, ISO_CAP_ATOMIC_NC, ISO_CAP_ATOMIC_DEVICE),
                   iso_decide_step_is_last(step));
    for (size_t i = 0; i < support.count; i++) {
        struct iso_effect e = iso_branch_take(&support, i, in, step);
        if (support.value[i] == ISO_SUPPORT_PASS) {
            iso_effect_set_add(out, &e);
        } else if (support.value[i] == ISO_SUPPORT_YES && atomic_fits(step)) {
            e.rmw = ISO_RMW_ATOMIC;
            e.where = iso_decide_step_where(step);
            if (as == ISO_ACTS_AS_WB)
                iso_element_rule(&e, step, "CH-28", NULL);
            else
                iso_element_rule(&e, step, "CH-27", "A0");
            iso_effect_set_add(out, &e);
        } else {
            refuse_atomic(step, &e, out);
        }
    }
}

/* ---- hardware table update: set H ------------------------------------------------------------------------------ */

void iso_stage_update(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    if (step->access->kind != ISO_ACCESS_HW_UPDATE || in->rmw != ISO_RMW_UNDECIDED) {
        iso_effect_set_add(out, in);
        return;
    }
    struct iso_branches how;
    iso_branch_hop(&how, step, ISO_CAP_HTTU, iso_decide_step_is_last(step));
    bool guaranteed = iso_attribute_is_wbs(step->attribute);
    for (size_t i = 0; i < how.count; i++) {
        struct iso_effect e = iso_branch_take(&how, i, in, step);
        e.rmw = ISO_RMW_ATOMIC;
        e.where = iso_decide_step_where(step);
        switch ((enum iso_httu)how.value[i]) {
        case ISO_HTTU_PASS:
        case ISO_HTTU_UNKNOWN: /* never a branch */
            e.rmw = ISO_RMW_UNDECIDED;
            e.where = in->where;
            break;
        case ISO_HTTU_YES:
            if (!guaranteed)
                iso_element_rule(&e, step, "CH-48", "H0");
            break;
        case ISO_HTTU_SYNC_ABORT:
            iso_element_rule(&e, step, "CH-48", "H1");
            iso_element_fault(&e, ISO_ABORT_EXTERNAL, 0);
            break;
        case ISO_HTTU_SERROR:
            iso_element_rule(&e, step, "CH-48", "H2");
            iso_element_fault(&e, ISO_ABORT_SERROR, 0);
            break;
        case ISO_HTTU_ABORT31:
            iso_element_rule(&e, step, "CH-48", "H3");
            iso_element_fault(&e, ISO_ABORT_ATOMIC_UPDATE, 1);
            break;
        case ISO_HTTU_NONATOMIC:
            iso_element_rule(&e, step, "CH-48", "H4");
            e.rmw = ISO_RMW_NONATOMIC;
            break;
        }
        iso_effect_set_add(out, &e);
    }
}
