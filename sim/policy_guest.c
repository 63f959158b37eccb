/* Every attribute x access that stage 2 leaves a guest, decided on each tier that its VM reaches. Declared in policy_guest.h.
 * Not for: what counts as reaching beyond the VM (models/guest.h), printing. */
#include "sim/policy_guest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool same_leak(const struct iso_guest_leak *a, const struct iso_guest_leak *b)
{
    return a->cls == b->cls && a->mapping == b->mapping && a->tier == b->tier && a->undecided == b->undecided &&
           strcmp(a->key, b->key) == 0 && strcmp(a->rule, b->rule) == 0 && (a->tagged == b->tagged || !a->tagged);
}

static void add_leak(struct iso_guest_report *r, const struct iso_guest_leak *leak)
{
    for (size_t i = 0; i < r->nleaks; i++)
        if (same_leak(&r->leak[i], leak)) {
            r->leak[i].ways++;
            return;
        }
    if (r->nleaks == r->capacity) {
        r->capacity = r->capacity * 2 + 32;
        r->leak = iso_reallocate(r->leak, r->capacity * sizeof r->leak[0]);
    }
    r->leak[r->nleaks] = *leak;
    r->leak[r->nleaks++].ways = 1;
    r->nundecided += leak->undecided;
}

static void name_key(struct iso_guest_leak *leak, const struct iso_machine *machine, size_t hop,
                     enum iso_capability_key key)
{
    const struct iso_tier *tier = &machine->tiers[leak->tier];
    if (key == ISO_CAP_COUNT)
        return;
    if (hop >= tier->nhops || tier->hops[hop].capabilities.value[key] == ISO_VALUE_PASS)
        iso_tier_get(tier, key, &hop);
    snprintf(leak->key, sizeof leak->key, "tiers.%s.%s", tier->name, iso_capability_key(key)->name);
    if (hop >= tier->nhops) {
        snprintf(leak->value, sizeof leak->value, "not said");
        return;
    }
    snprintf(leak->value, sizeof leak->value, "%s",
             iso_capability_value_name(key, tier->hops[hop].capabilities.value[key]));
    leak->source = iso_source_name(tier->hops[hop].capabilities.source[key].source);
}

/* An element that hangs on something unknown: the first of what it assumes is named. */
static void name_assumption(struct iso_guest_leak *leak, const struct iso_machine *machine,
                            const struct iso_assumption *assumption)
{
    leak->undecided = true;
    leak->source = NULL;
    if (assumption->is_cpu)
        snprintf(leak->key, sizeof leak->key, "cpu.%s", iso_assumption_key_name(assumption));
    else
        snprintf(leak->key, sizeof leak->key, "tiers.%s.%s", machine->tiers[leak->tier].name,
                 iso_assumption_key_name(assumption));
    snprintf(leak->value, sizeof leak->value, "unknown");
}

static struct iso_guest_leak leak_of(const struct iso_guest_question *q, enum iso_guest_class cls,
                                     const struct iso_attribute *attribute)
{
    return (struct iso_guest_leak){.cls = cls,
                                   .mapping = q->mapping,
                                   .tier = q->tier,
                                   .tagged = q->tagged,
                                   .attribute = *attribute,
                                   .policy_rule = q->rule};
}

static void decide(struct iso_guest_report *r, const struct iso_guest_question *q, const struct iso_access *access,
                   const struct iso_attribute *attribute)
{
    struct iso_effect_set set;
    iso_decide_path(&set, access, attribute, &r->machine->tiers[q->tier], &r->machine->features);
    r->decided++;
    for (size_t i = 0; i < set.count; i++) {
        bool uncovered;
        enum iso_guest_class cls = iso_guest_class_of(&uncovered, &set.item[i], access, attribute, q->reaction);
        struct iso_guest_leak leak = leak_of(q, cls, attribute);
        if (cls == ISO_GUEST_CLASS_COUNT)
            continue;
        leak.access = *access;
        snprintf(leak.how, sizeof leak.how, "%s%s%s: %s", iso_access_kind_name(access->kind),
                 access->condition == ISO_CONDITION_NORMAL ? "" : " when ",
                 access->condition == ISO_CONDITION_NORMAL ? "" : iso_condition_name(access->condition),
                 set.item[i].kind == ISO_EFFECT_FAULT  ? iso_abort_name(set.item[i].fault)
                 : set.item[i].kind == ISO_EFFECT_HANG ? "never completes"
                 : cls == ISO_GUEST_CORRUPTION         ? "tags land in other memory"
                                                       : "tags of other memory are seen");
        iso_rule_ref_name(leak.rule, sizeof leak.rule, &set.item[i].rule);
        name_key(&leak, r->machine, set.item[i].hop, iso_guest_key_of(&set.item[i], access));
        if (set.item[i].nassumed)
            name_assumption(&leak, r->machine, &set.item[i].assumed[0]);
        else if (uncovered) {
            leak.undecided = true;
            snprintf(leak.key, sizeof leak.key, "policy.access/%s",
                     set.item[i].fault == ISO_ABORT_SERROR     ? "serror"
                     : set.item[i].fault == ISO_ABORT_EXTERNAL ? "external_abort"
                                                               : "abort35");
            snprintf(leak.value, sizeof leak.value, "no rule");
            leak.source = NULL;
        }
        add_leak(r, &leak);
    }
}

/* What no single access shows: who keeps it coherent, and whether the monitor has room for all. */
static void ask_tier(struct iso_guest_report *r, const struct iso_guest_question *q,
                     const struct iso_attribute *attribute)
{
    const struct iso_tier *tier = &r->machine->tiers[q->tier];
    bool wb = attribute->cls == ISO_CLASS_WB || attribute->cls == ISO_CLASS_WB_WEAK;
    struct iso_guest_leak leak;
    size_t hop;
    enum iso_policy_tri holds = iso_guest_monitor_holds(tier, attribute, r->machine->ncpus, &hop);
    if (holds != ISO_POLICY_TRI_YES) {
        leak = leak_of(q, ISO_GUEST_MONITOR, attribute);
        leak.undecided = holds == ISO_POLICY_TRI_UNKNOWN;
        iso_access_init(&leak.access, ISO_ACCESS_LDXR);
        snprintf(leak.how, sizeof leak.how, "ldxr: reservations of the system monitor are fewer than CPUs");
        snprintf(leak.rule, sizeof leak.rule, "CHI B6.2.1");
        name_key(&leak, r->machine, tier->nhops, ISO_CAP_EXCL_LPS);
        add_leak(r, &leak);
    }
    enum iso_policy_tri coherent = iso_guest_cacheable(tier, &hop);
    if (wb && coherent != ISO_POLICY_TRI_YES) {
        leak = leak_of(q, ISO_GUEST_STALE, attribute);
        leak.undecided = coherent == ISO_POLICY_TRI_UNKNOWN;
        iso_access_init(&leak.access, ISO_ACCESS_STR);
        snprintf(leak.how, sizeof leak.how, "str: nothing keeps the cached line coherent with the device");
        snprintf(leak.rule, sizeof leak.rule, "cxl-chi-timing 1.9");
        name_key(&leak, r->machine, hop, ISO_CAP_COH_MODEL);
        add_leak(r, &leak);
    }
}

void iso_guest_ask(struct iso_guest_report *r, const struct iso_guest_question *q)
{
    static const enum iso_condition own_device[] = {ISO_CONDITION_NXM, ISO_CONDITION_ISOLATED, ISO_CONDITION_TIMEOUT};
    struct iso_attribute list[ISO_ATTRIBUTE_POINTS];
    size_t count = iso_guest_attributes(list, q->stage2, &r->machine->features, q->tagged);
    bool wanted[ISO_ATTRIBUTE_POINTS] = {false};
    struct iso_table_cursor cursor;
    struct iso_table_row row;
    for (size_t i = 0; i < count; i++) {
        if (q->normal_only && iso_class_is_device(list[i].cls))
            continue;
        wanted[iso_attribute_point_of(&list[i])] = true;
        ask_tier(r, q, &list[i]);
    }
    r->attributes = count > r->attributes ? (uint32_t)count : r->attributes;
    iso_table_begin(&cursor);
    while (iso_table_next(&row, &cursor)) {
        if (!wanted[row.point])
            continue;
        decide(r, q, &row.access, &row.attribute);
        for (size_t i = 0; q->passed_through && row.alignment == ISO_ALIGNMENT_ALIGNED &&
                           i < sizeof own_device / sizeof own_device[0];
             i++) {
            row.access.condition = own_device[i];
            decide(r, q, &row.access, &row.attribute);
        }
    }
}

/* Host and guest alias of one page, where some attribute of the guest's makes them mismatched (Arm ARM B2.11, S26). */
static void ask_aliases(struct iso_guest_report *r, const struct iso_policy_place *place,
                        const struct iso_guest_question *q)
{
    const struct {
        enum iso_policy_attr attr;
        const char *who;
    } aliases[] = {{place->decision.kernel_alias, "kernel"}, {place->decision.vma, "VMM"}};
    struct iso_attribute list[ISO_ATTRIBUTE_POINTS];
    size_t count = iso_guest_attributes(list, q->stage2, &r->machine->features, q->tagged);
    for (size_t a = 0; a < 2; a++) {
        struct iso_attribute host[ISO_POLICY_POINTS_MAX];
        if (!iso_policy_combine(host, aliases[a].attr, ISO_POLICY_S2_NONE, &r->machine->features,
                                place->decision.mte_off))
            continue;
        for (size_t i = 0; i < count; i++)
            if (iso_guest_stale(&host[0], &list[i])) {
                struct iso_guest_leak leak = leak_of(q, ISO_GUEST_STALE, &list[i]);
                iso_access_init(&leak.access, ISO_ACCESS_STR);
                snprintf(leak.how, sizeof leak.how, "str: the %s's alias is %s", aliases[a].who,
                         iso_policy_attr_name(aliases[a].attr));
                snprintf(leak.rule, sizeof leak.rule, "CH-44");
                add_leak(r, &leak);
            }
    }
}

/* The GIC's virtual CPU interface has no tier: what stage 2 gives it is the whole matter (S25). */
static void ask_gic(struct iso_guest_report *r, const struct iso_survey *survey)
{
    const struct iso_mapping *gic = iso_mapping_find("gic-guest");
    struct iso_policy_question question;
    struct iso_policy_decision *d = iso_allocate(sizeof *d);
    struct iso_attribute list[ISO_ATTRIBUTE_POINTS];
    iso_policy_ask(&question, &r->check->file->policy, gic, r->machine, r->machine->ntiers, &survey->vm, false);
    iso_policy_decide(d, &r->check->file->policy, &question, &r->machine->features);
    struct iso_guest_question q = {.mapping = gic, .rule = d->because, .tier = r->machine->ntiers};
    for (size_t i = 0; i < d->nfired; i++)
        if (!d->fired[i].overridden && d->fired[i].rule->stage == ISO_POLICY_STAGE_S2FAULT)
            q.rule = d->fired[i].rule;
    size_t count =
        d->end == ISO_POLICY_MAPPED ? iso_guest_attributes(list, d->stage2, &r->machine->features, false) : 0;
    for (size_t i = 0; i < count; i++)
        if (!iso_class_is_device(list[i].cls)) {
            struct iso_guest_leak leak = leak_of(&q, ISO_GUEST_PERIPHERAL, &list[i]);
            iso_access_init(&leak.access, ISO_ACCESS_LDXR);
            snprintf(leak.how, sizeof leak.how, "ldxr: the GIC's CPU interface as Normal memory");
            snprintf(leak.rule, sizeof leak.rule, "S25");
            add_leak(r, &leak);
        }
    if (d->end == ISO_POLICY_UNKNOWN) {
        struct iso_guest_leak leak = {.cls = ISO_GUEST_PERIPHERAL, .mapping = gic, .tier = q.tier, .undecided = true};
        snprintf(leak.key, sizeof leak.key, "policy.%s", iso_policy_stage_name(d->stage));
        snprintf(leak.value, sizeof leak.value, "no rule");
        snprintf(leak.how, sizeof leak.how, "the GIC's CPU interface");
        add_leak(r, &leak);
    }
    free(d);
}

static int by_class(const void *a, const void *b)
{
    const struct iso_guest_leak *x = a, *y = b;
    if (x->undecided != y->undecided)
        return x->undecided ? 1 : -1;
    if (x->cls != y->cls)
        return x->cls < y->cls ? -1 : 1;
    if (x->tier != y->tier)
        return x->tier < y->tier ? -1 : 1;
    int order = strcmp(x->mapping ? x->mapping->name : "", y->mapping ? y->mapping->name : "");
    order = order ? order : strcmp(x->key, y->key);
    order = order ? order : strcmp(x->rule, y->rule);
    return order ? order : (int)x->tagged - (int)y->tagged;
}

void iso_guest_sort(struct iso_guest_report *report)
{
    if (report->nleaks)
        qsort(report->leak, report->nleaks, sizeof report->leak[0], by_class);
}

void iso_guest_check(struct iso_guest_report *out, const struct iso_policy_check *check,
                     const struct iso_survey *survey)
{
    *out = (struct iso_guest_report){.check = check, .machine = &survey->run.machine->machine};
    for (size_t i = 0; i < check->nplaces; i++) {
        const struct iso_policy_place *place = &check->place[i];
        if (place->mapping->view != ISO_MAPPING_GUEST)
            continue;
        struct iso_guest_question q = {.mapping = place->mapping,
                                       .rule = iso_policy_place_rule(place),
                                       .tier = place->tier,
                                       .stage2 = place->decision.stage2,
                                       .tagged = place->tagged && !place->decision.mte_off,
                                       .passed_through = place->mapping->backing == ISO_POLICY_BACKING_DRIVER,
                                       .reaction = place->decision.reaction};
        if (place->decision.end == ISO_POLICY_UNKNOWN) {
            struct iso_guest_leak leak = {
                .cls = ISO_GUEST_CLASS_COUNT, .mapping = place->mapping, .tier = place->tier, .undecided = true};
            snprintf(leak.key, sizeof leak.key, "policy.%s", iso_policy_stage_name(place->decision.stage));
            snprintf(leak.value, sizeof leak.value, "no rule");
            snprintf(leak.how, sizeof leak.how, "no rule covers the mapping");
            add_leak(out, &leak);
        }
        if (place->decision.end != ISO_POLICY_MAPPED || (place->tagged && place->decision.mte_off))
            continue;
        out->places++;
        iso_guest_ask(out, &q);
        ask_aliases(out, place, &q);
    }
    ask_gic(out, survey);
    iso_guest_sort(out);
}

void iso_guest_report_free(struct iso_guest_report *report)
{
    free(report->leak);
    *report = (struct iso_guest_report){0};
}

int iso_guest_status(const struct iso_guest_report *report)
{
    return (report->nleaks > report->nundecided ? ISO_EXIT_DIVERGES : 0) |
           (report->nundecided ? ISO_EXIT_INCONCLUSIVE : 0) | (report->places ? 0 : ISO_EXIT_VACUOUS);
}
