/* The fold: stages of one hop, hops of one path. What a stage does is in decide_core.c, decide_hop.c, decide_tag.c. */
#include "models/decide.h"

#include "models/branch.h"

#include <string.h>

void iso_effect_init(struct iso_effect *out)
{
    *out = (struct iso_effect){.kind = ISO_EFFECT_PASS, .rule = {"G", NULL}};
}

static void empty(struct iso_effect_set *set)
{
    set->count = 0;
    set->overflow = false;
}

/* Only the elements that are there: a set has room for many. */
static void copy(struct iso_effect_set *to, const struct iso_effect_set *from)
{
    for (size_t i = 0; i < from->count; i++)
        to->item[i] = from->item[i];
    to->count = from->count;
    to->overflow = from->overflow;
}

static bool concerns(const struct iso_stage_row *row, const struct iso_decide_step *step)
{
    if (!(row->families & 1u << iso_access_family(step->access->kind)))
        return false;
    switch (row->when) {
    case ISO_STAGE_ALWAYS:
        return true;
    case ISO_STAGE_ON_DEVICE_TYPE:
        return iso_class_is_device(step->attribute->cls);
    case ISO_STAGE_ON_TAG_TYPE:
        return step->attribute->tagging != ISO_TAGGING_UNTAGGED;
    case ISO_STAGE_ON_CONDITION:
        return step->access->condition != ISO_CONDITION_NORMAL;
    }
    return true;
}

/* Of an access that gets fault 0x35 unless its tag check comes first, only that check is still of interest. */
static bool is_refused(const struct iso_effect *e, const struct iso_stage_row *row)
{
    return e->pending.fault == ISO_ABORT_UNSUPPORTED && row->when != ISO_STAGE_ON_TAG_TYPE;
}

static void run(struct iso_effect_set *set, const struct iso_stage_row *rows, size_t count,
                const struct iso_decide_step *step)
{
    struct iso_effect_set other;
    struct iso_effect_set *now = set, *next = &other;
    for (size_t s = 0; s < count; s++) {
        if (!concerns(&rows[s], step))
            continue;
        empty(next);
        next->overflow = now->overflow;
        for (size_t i = 0; i < now->count; i++)
            if (now->item[i].kind == ISO_EFFECT_PASS && !is_refused(&now->item[i], &rows[s]))
                rows[s].stage(step, &now->item[i], next);
            else
                iso_effect_set_add(next, &now->item[i]);
        struct iso_effect_set *swap = now;
        now = next;
        next = swap;
    }
    if (now != set)
        copy(set, now);
}

static bool is_among(const struct iso_rule_ref *rule, const char *const *id, size_t count)
{
    for (size_t i = 0; rule->id && i < count; i++)
        if (strcmp(rule->id, id[i]) == 0)
            return true;
    return false;
}

/* Choices about how an access is performed, or checked; they say nothing of one that is not, for another reason than its tag. */
static bool is_moot(const struct iso_rule_ref *rule, const struct iso_effect *e)
{
    static const char *const performing[] = {"D4",    "D9",    "CH-28", "CH-32", "CH-38", "CH-39",
                                             "CH-41", "CH-61", "CH-67", "CH-68", "PTL"};
    static const char *const checking[] = {"CH-07", "CH-56", "CH-57", "CH-59"};
    return is_among(rule, performing, sizeof performing / sizeof *performing) ||
           (e->fault != ISO_ABORT_TAG_CHECK && is_among(rule, checking, sizeof checking / sizeof *checking));
}

/* What is left of an access that is not performed: why, where, and under which assumptions. */
static struct iso_effect not_performed(const struct iso_effect *e)
{
    struct iso_effect r = {
        .kind = e->kind,
        .fault = e->fault,
        .fault_stage = e->fault_stage,
        .fault_tag_access = e->fault_tag_access,
        .rule = e->rule,
        .rule2 = e->rule2,
        .hop = e->hop,
        .nassumed = e->nassumed,
    };
    for (size_t i = 0; i < e->nassumed; i++)
        r.assumed[i] = e->assumed[i];
    if (e->pending.fault != ISO_ABORT_NONE && e->fault == ISO_ABORT_UNSUPPORTED)
        r.rule2 = (struct iso_rule_ref){"CH-13", NULL};
    else if (e->pending.fault != ISO_ABORT_NONE)
        iso_element_take_pending(&r, &e->pending);
    if (is_moot(&r.rule2, &r))
        r.rule2 = (struct iso_rule_ref){NULL, NULL};
    if (is_moot(&r.rule, &r)) {
        bool tag = e->fault == ISO_ABORT_TAG_CHECK || e->fault_tag_access;
        r.rule = r.rule2.id ? r.rule2 : (struct iso_rule_ref){tag ? "TAG" : "G", NULL};
        r.rule2 = (struct iso_rule_ref){NULL, NULL};
    }
    return r;
}

/* The same of one with fault 0x35 behind a check of tags that are still to be compared: it keeps what the check is. */
static struct iso_effect refused_behind_check(const struct iso_effect *e)
{
    struct iso_effect r = not_performed(e);
    r.compare = e->compare;
    r.mismatch = e->mismatch;
    for (size_t i = 0; i < e->nassumed && r.nassumed < ISO_ASSUMED_MAX; i++) {
        const struct iso_assumption *a = &e->assumed[i];
        size_t k = 0;
        while (k < r.nassumed &&
               (r.assumed[k].is_cpu != a->is_cpu || r.assumed[k].key != a->key || r.assumed[k].hop != a->hop))
            k++;
        if (k == r.nassumed)
            r.assumed[r.nassumed++] = *a;
    }
    return r;
}

static void drop_what_is_moot(struct iso_effect_set *set)
{
    size_t count = set->count;
    bool moot = false;
    for (size_t i = 0; i < count; i++)
        moot = moot || set->item[i].kind != ISO_EFFECT_PASS;
    if (!moot)
        return;
    set->count = 0; /* elements only move down: none is overwritten before it is read */
    for (size_t i = 0; i < count; i++) {
        struct iso_effect e = set->item[i];
        if (e.kind != ISO_EFFECT_PASS)
            e = not_performed(&e);
        iso_effect_set_add(set, &e);
    }
}

void iso_decide_after(struct iso_effect_set *out, const struct iso_effect *earlier, const struct iso_access *access,
                      const struct iso_attribute *attribute, const struct iso_hop *hop, uint8_t index,
                      const struct iso_cpu_features *features)
{
    struct iso_decide_step step = {access, attribute, hop, features, index};
    empty(out);
    iso_effect_set_add(out, earlier);
    if (hop->kind == ISO_HOP_CORE)
        run(out, iso_core_stages, iso_core_stage_count, &step);
    run(out, iso_hop_stages, iso_hop_stage_count, &step);
    if (hop->kind == ISO_HOP_DEVICE)
        for (size_t i = 0; i < out->count; i++)
            out->item[i].settled = true;
    drop_what_is_moot(out);
}

void iso_decide(struct iso_effect_set *out, const struct iso_access *access, const struct iso_attribute *attribute,
                const struct iso_hop *hop, const struct iso_cpu_features *features)
{
    struct iso_effect start;
    iso_effect_init(&start);
    iso_decide_after(out, &start, access, attribute, hop, 0, features);
}

void iso_decide_path(struct iso_effect_set *out, const struct iso_access *access, const struct iso_attribute *attribute,
                     const struct iso_tier *tier, const struct iso_cpu_features *features)
{
    struct iso_effect start;
    struct iso_effect_set done, step;
    iso_effect_init(&start);
    empty(out);
    iso_effect_set_add(out, &start);
    for (size_t hop = 0; hop < tier->nhops; hop++) {
        empty(&done);
        for (size_t i = 0; i < out->count; i++) {
            if (out->item[i].kind != ISO_EFFECT_PASS) {
                iso_effect_set_add(&done, &out->item[i]);
                continue;
            }
            iso_decide_after(&step, &out->item[i], access, attribute, &tier->hops[hop], (uint8_t)hop, features);
            done.overflow = done.overflow || step.overflow;
            for (size_t j = 0; j < step.count; j++)
                iso_effect_set_add(&done, &step.item[j]);
        }
        done.overflow = done.overflow || out->overflow;
        copy(out, &done);
    }
    copy(&done, out);
    out->count = 0;
    for (size_t i = 0; i < done.count; i++) {
        iso_effect_finish(&done.item[i], access, attribute, features);
        iso_effect_set_add(out, &done.item[i]);
    }
}

void iso_effect_finish(struct iso_effect *effect, const struct iso_access *access,
                       const struct iso_attribute *attribute, const struct iso_cpu_features *features)
{
    if (effect->kind != ISO_EFFECT_PASS)
        return;
    if (effect->pending.fault != ISO_ABORT_NONE) {
        *effect = access->check == ISO_TAG_CHECK_YES && effect->pending.fault == ISO_ABORT_UNSUPPORTED
                      ? refused_behind_check(effect)
                      : not_performed(effect);
        return;
    }
    effect->kind = ISO_EFFECT_PERFORM;
    if (effect->settled)
        return;
    /* A path without memory behind it. */
    effect->kind = ISO_EFFECT_PASS;
    struct iso_hop nothing = {.kind = ISO_HOP_LINK};
    for (size_t key = 0; key < ISO_CAP_COUNT; key++)
        nothing.capabilities.value[key] = ISO_VALUE_PASS;
    nothing.capabilities.value[ISO_CAP_EXCL_WB] = ISO_SUPPORT_NO;
    nothing.capabilities.value[ISO_CAP_EXCL_NC] = ISO_SUPPORT_NO;
    nothing.capabilities.value[ISO_CAP_EXCL_DEVICE] = ISO_SUPPORT_NO;
    nothing.capabilities.value[ISO_CAP_EXCL_ON_UNSUPPORTED] = ISO_EXCL_UNSUPPORTED_STATUS_UNKNOWN;
    nothing.capabilities.value[ISO_CAP_ATOMIC_WB] = ISO_SUPPORT_NO;
    nothing.capabilities.value[ISO_CAP_ATOMIC_NC] = ISO_SUPPORT_NO;
    nothing.capabilities.value[ISO_CAP_ATOMIC_DEVICE] = ISO_SUPPORT_NO;
    nothing.capabilities.value[ISO_CAP_ATOMIC_ON_UNSUPPORTED] = ISO_ATOMIC_UNSUPPORTED_SERROR;
    nothing.capabilities.value[ISO_CAP_HTTU] = ISO_HTTU_SERROR;
    nothing.capabilities.value[ISO_CAP_LS64] = ISO_LS64_BYTE_ATOMIC;
    nothing.capabilities.value[ISO_CAP_TAG_STORAGE] = ISO_TAG_STORAGE_NONE;
    nothing.capabilities.value[ISO_CAP_TAG_ON_READ_UNSUPPORTED] = ISO_TAG_READ_ZERO_CLEAN;
    nothing.capabilities.value[ISO_CAP_TAG_WRITE_UNSUPPORTED] = ISO_TAG_WRITE_DROP;
    nothing.capabilities.value[ISO_CAP_TAG_MATCH_UNSUPPORTED] = ISO_TAG_MATCH_FAIL;
    struct iso_effect_set settled;
    iso_decide_after(&settled, effect, access, attribute, &nothing, effect->hop, features);
    *effect = settled.item[0];
    if (effect->kind == ISO_EFFECT_PASS)
        effect->kind = ISO_EFFECT_PERFORM;
}
