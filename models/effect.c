/* Effects as values: equality, sets, names. */
#include "models/decide.h"

#include <string.h>

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_rule(const struct iso_rule_ref *a, const struct iso_rule_ref *b)
{
    return same_text(a->id, b->id) && same_text(a->member, b->member);
}

static bool same_assumptions(const struct iso_assumption *a, size_t na, const struct iso_assumption *b, size_t nb)
{
    for (size_t i = 0; na == nb && i < na; i++)
        if (a[i].is_cpu != b[i].is_cpu || a[i].hop != b[i].hop || a[i].key != b[i].key || a[i].value != b[i].value)
            return false;
    return na == nb;
}

static bool same_pending(const struct iso_pending_fault *a, const struct iso_pending_fault *b)
{
    return a->fault == b->fault &&
           (a->fault == ISO_ABORT_NONE || (a->stage == b->stage && a->tag_access == b->tag_access && a->hop == b->hop &&
                                           same_rule(&a->rule, &b->rule) && same_rule(&a->rule2, &b->rule2) &&
                                           same_assumptions(a->assumed, a->nassumed, b->assumed, b->nassumed)));
}

bool iso_effect_equal(const struct iso_effect *a, const struct iso_effect *b)
{
    return same_assumptions(a->assumed, a->nassumed, b->assumed, b->nassumed) && a->kind == b->kind &&
           a->fault == b->fault && a->fault_stage == b->fault_stage && a->fault_tag_access == b->fault_tag_access &&
           a->acts_as == b->acts_as && a->exclusive == b->exclusive && a->rmw == b->rmw && a->where == b->where &&
           a->single_copy_bytes == b->single_copy_bytes && a->rmw_unit_bytes == b->rmw_unit_bytes &&
           a->data_ones == b->data_ones && a->data_lost == b->data_lost && a->clears == b->clears &&
           a->poison_settled == b->poison_settled && a->compare == b->compare && a->mismatch == b->mismatch &&
           a->check_at == b->check_at && a->tag == b->tag && a->order == b->order &&
           a->peripheral_bytes == b->peripheral_bytes && a->hop == b->hop && same_pending(&a->pending, &b->pending) &&
           same_rule(&a->rule, &b->rule) && same_rule(&a->rule2, &b->rule2);
}

bool iso_effect_set_add(struct iso_effect_set *set, const struct iso_effect *effect)
{
    for (size_t i = 0; i < set->count; i++)
        if (iso_effect_equal(&set->item[i], effect))
            return true;
    if (set->count == ISO_EFFECT_SET_MAX) {
        set->overflow = true;
        return false;
    }
    set->item[set->count++] = *effect;
    return true;
}

const char *iso_outcome_kind_name(enum iso_outcome_kind kind)
{
    static const char *const name[] = {
        [ISO_EFFECT_PASS] = "pass",   [ISO_EFFECT_PERFORM] = "perform", [ISO_EFFECT_NOP] = "nop",
        [ISO_EFFECT_FAULT] = "fault", [ISO_EFFECT_HANG] = "hang",
    };
    return name[kind];
}

const char *iso_abort_name(enum iso_abort fault)
{
    static const char *const name[ISO_ABORT_COUNT] = {
        [ISO_ABORT_NONE] = "none",
        [ISO_ABORT_UNDEFINED] = "undefined",
        [ISO_ABORT_ALIGNMENT] = "alignment",
        [ISO_ABORT_UNSUPPORTED] = "unsupported-0x35",
        [ISO_ABORT_ATOMIC_UPDATE] = "atomic-update-0x31",
        [ISO_ABORT_PERMISSION] = "permission",
        [ISO_ABORT_TAG_CHECK] = "tag-check",
        [ISO_ABORT_EXTERNAL] = "external-abort",
        [ISO_ABORT_SERROR] = "serror",
        [ISO_ABORT_INTERRUPT] = "interrupt",
    };
    return name[fault];
}

const char *iso_exclusive_name(enum iso_exclusive exclusive)
{
    static const char *const name[] = {
        [ISO_EXCLUSIVE_UNDECIDED] = "undecided",       [ISO_EXCLUSIVE_MONITORED] = "monitored",
        [ISO_EXCLUSIVE_LOCAL_ONLY] = "local-only",     [ISO_EXCLUSIVE_FAILS_KEEPS] = "fails-keeps",
        [ISO_EXCLUSIVE_FAILS_WRITES] = "fails-writes", [ISO_EXCLUSIVE_STATUS_UNKNOWN] = "status-unknown",
    };
    return name[exclusive];
}

const char *iso_where_name(enum iso_where where)
{
    static const char *const name[] = {
        [ISO_WHERE_UNDECIDED] = "undecided", [ISO_WHERE_NEAR] = "near",     [ISO_WHERE_HOME] = "home",
        [ISO_WHERE_BRIDGE] = "bridge",       [ISO_WHERE_DEVICE] = "device",
    };
    return name[where];
}

const char *iso_tag_compare_name(enum iso_tag_compare compare)
{
    static const char *const name[] = {
        [ISO_TAG_COMPARE_UNDECIDED] = "undecided", [ISO_TAG_COMPARE_NONE] = "unchecked",
        [ISO_TAG_COMPARE_STORED] = "stored",       [ISO_TAG_COMPARE_ZERO] = "zero",
        [ISO_TAG_COMPARE_CANONICAL] = "canonical", [ISO_TAG_COMPARE_FAILS] = "match-fails",
        [ISO_TAG_COMPARE_ALIASED] = "aliased",
    };
    return name[compare];
}

const char *iso_tag_effect_name(enum iso_tag_effect tag)
{
    static const char *const name[] = {
        [ISO_TAG_EFFECT_UNDECIDED] = "none",
        [ISO_TAG_EFFECT_NORMAL] = "normal",
        [ISO_TAG_EFFECT_IGNORED] = "ignored",
        [ISO_TAG_EFFECT_DROPPED] = "dropped",
        [ISO_TAG_EFFECT_ALIASES] = "aliases",
        [ISO_TAG_EFFECT_READS_ZERO] = "reads-zero",
        [ISO_TAG_EFFECT_READS_CANONICAL] = "reads-canonical",
    };
    return name[tag];
}

const char *iso_alignment_name(enum iso_alignment alignment)
{
    static const char *const name[] = {
        [ISO_ALIGNMENT_ALIGNED] = "aligned",
        [ISO_ALIGNMENT_INSIDE_16] = "inside-16",
        [ISO_ALIGNMENT_CROSSES_16] = "crosses-16",
    };
    return name[alignment];
}

const char *iso_assumption_key_name(const struct iso_assumption *a)
{
    return a->is_cpu ? iso_cpu_key((enum iso_cpu_key)a->key)->name
                     : iso_capability_key((enum iso_capability_key)a->key)->name;
}

const char *iso_assumption_value_name(const struct iso_assumption *a)
{
    return a->is_cpu ? iso_cpu_value_name((enum iso_cpu_key)a->key, a->value)
                     : iso_capability_value_name((enum iso_capability_key)a->key, a->value);
}

/* ---- text --------------------------------------------------------------------------------------------------------- */

struct text {
    char *out;
    size_t size, at;
};

static void put(struct text *t, const char *word)
{
    for (; *word; word++)
        if (t->at + 1 < t->size)
            t->out[t->at++] = *word;
    if (t->size)
        t->out[t->at] = '\0';
}

static void put_word(struct text *t, const char *word)
{
    put(t, " ");
    put(t, word);
}

static void put_number(struct text *t, uint64_t number)
{
    char digits[20] = {0};
    size_t n = 0;
    for (uint64_t rest = number; n == 0 || rest; rest /= 10)
        digits[n++] = (char)('0' + rest % 10);
    while (n--) {
        char one[2] = {digits[n], '\0'};
        put(t, one);
    }
}

static void put_rule(struct text *t, const struct iso_rule_ref *rule)
{
    put(t, rule->id ? rule->id : "");
    if (rule->member) {
        put(t, "/");
        put(t, rule->member);
    }
}

size_t iso_rule_ref_name(char *out, size_t size, const struct iso_rule_ref *rule)
{
    struct text t = {out, size, 0};
    if (size)
        out[0] = '\0';
    put_rule(&t, rule);
    return t.at;
}

static void describe_aspects(struct text *t, const struct iso_effect *e)
{
    if (e->exclusive != ISO_EXCLUSIVE_UNDECIDED)
        put_word(t, iso_exclusive_name(e->exclusive));
    if (e->rmw != ISO_RMW_UNDECIDED) {
        put_word(t, e->rmw == ISO_RMW_ATOMIC ? "atomic@" : "non-atomic@");
        put(t, iso_where_name(e->where));
    }
    if (e->single_copy_bytes) {
        put(t, " single-copy=");
        put_number(t, e->single_copy_bytes);
    }
    if (e->rmw_unit_bytes) {
        put(t, " rmw-unit=");
        put_number(t, e->rmw_unit_bytes);
    }
    if (e->data_ones)
        put_word(t, "all-ones");
    if (e->data_lost)
        put_word(t, "lost");
    if (e->clears)
        put_word(t, "clears");
    if (e->compare > ISO_TAG_COMPARE_NONE) {
        static const char *const mismatch[] = {"ignored", "sync", "async"};
        static const char *const at[] = {"pe", "home", "sn"};
        put(t, " check=");
        put(t, iso_tag_compare_name(e->compare));
        put(t, "/");
        put(t, mismatch[e->mismatch]);
        put(t, "@");
        put(t, at[e->check_at]);
    }
    if (e->tag != ISO_TAG_EFFECT_UNDECIDED) {
        put(t, " tag=");
        put(t, iso_tag_effect_name(e->tag));
    }
    static const char *const order[] = {"no-gather", "no-reorder", "speculates", "disturbed", "unordered"};
    for (unsigned bit = 0; bit < sizeof order / sizeof *order; bit++)
        if (e->order & 1u << bit)
            put_word(t, order[bit]);
    if (e->peripheral_bytes == UINT64_MAX) {
        put(t, " peripheral=whole");
    } else if (e->peripheral_bytes) {
        put(t, " peripheral=");
        put_number(t, e->peripheral_bytes);
    }
}

size_t iso_effect_describe(char *out, size_t size, const struct iso_effect *e)
{
    struct text t = {out, size, 0};
    if (size)
        out[0] = '\0';
    put(&t, iso_outcome_kind_name(e->kind));
    if (e->kind == ISO_EFFECT_FAULT) {
        put_word(&t, iso_abort_name(e->fault));
        if (e->fault_stage)
            put_word(&t, e->fault_stage == 1 ? "S1" : "S2");
        if (e->fault_tag_access)
            put_word(&t, e->fault_stage == 1 ? "TnD" : "TagAccess");
    } else if (e->kind != ISO_EFFECT_NOP) {
        describe_aspects(&t, e);
    }
    put(&t, " [");
    put_rule(&t, &e->rule);
    if (e->rule2.id) {
        put(&t, ", ");
        put_rule(&t, &e->rule2);
    }
    put(&t, "]");
    for (size_t i = 0; i < e->nassumed; i++) {
        put(&t, i ? ", " : " if ");
        put(&t, iso_assumption_key_name(&e->assumed[i]));
        put(&t, "=");
        put(&t, iso_assumption_value_name(&e->assumed[i]));
    }
    return t.at;
}
