/* What a hostile guest reaches, as text and JSON. Declared in policy_guest.h. Not for: finding it. */
#include "sim/policy_guest.h"

#include <string.h>

static const char *tier_name(const struct iso_guest_report *r, size_t tier)
{
    return tier < r->machine->ntiers ? r->machine->tiers[tier].name : "-";
}

/* "tiers.cxl.tag.write_unsupported is alias (assumed)" */
static void add_key(struct iso_buffer *out, const struct iso_guest_leak *leak)
{
    if (leak->key[0])
        iso_buffer_format(out, "%s is %s%s%s%s", leak->key, leak->value, leak->source ? " (" : "",
                          leak->source ? leak->source : "", leak->source ? ")" : "");
}

static void add_reason(struct iso_buffer *out, const struct iso_guest_leak *leak)
{
    char attribute[ISO_ATTRIBUTE_NAME_MAX];
    iso_attribute_name(attribute, &leak->attribute);
    iso_buffer_format(out, "%s: %s%s%s", iso_guest_class_name(leak->cls), leak->how,
                      leak->access.size_bytes ? " as " : "", leak->access.size_bytes ? attribute : "");
    if (leak->rule[0])
        iso_buffer_format(out, ", %s", leak->rule);
    if (leak->key[0])
        iso_buffer_add(out, ", ");
    add_key(out, leak);
    if (leak->tagged)
        iso_buffer_add(out, ", in a VM with MTE");
}

/* Any of the VM mappings that could be behind the tier tells what the policy's kernel does with its faults. */
static const struct iso_policy_reaction *reactions_on(const struct iso_guest_report *r, size_t tier)
{
    const struct iso_policy_reaction *any = NULL;
    for (size_t i = 0; i < r->check->nplaces; i++) {
        const struct iso_policy_place *place = &r->check->place[i];
        if (place->mapping->view == ISO_MAPPING_GUEST && place->decision.end == ISO_POLICY_MAPPED &&
            (!any || place->tier == tier))
            any = place->decision.reaction;
    }
    return any;
}

/* The worst that a guest with this stage 2 reaches on a tier, with and without MTE in its VM. */
static void answer(struct iso_buffer *out, const struct iso_guest_report *r, size_t tier, enum iso_policy_s2 stage2,
                   const char *name)
{
    static const struct iso_policy_reaction none[ISO_POLICY_EVENT_COUNT];
    const struct iso_policy_reaction *reaction = reactions_on(r, tier);
    enum iso_tier_kind kind = r->machine->tiers[tier].kind;
    struct iso_guest_report one = {.check = r->check, .machine = r->machine};
    struct iso_guest_question q = {.tier = tier,
                                   .stage2 = stage2,
                                   .normal_only = true,
                                   .passed_through = kind == ISO_TIER_PCIE_BAR || kind == ISO_TIER_TYPE2_GPU ||
                                                     kind == ISO_TIER_C2C_GPU,
                                   .reaction = reaction ? reaction : none};
    iso_guest_ask(&one, &q);
    size_t plain = one.nleaks;
    bool plain_out = one.nleaks > one.nundecided;
    q.tagged = iso_cpu_number(&r->machine->features, ISO_CPU_MTE) >= 2;
    if (q.tagged && !plain_out)
        iso_guest_ask(&one, &q);
    iso_guest_sort(&one);
    iso_buffer_format(out, "  %-12s %-10s ", tier_name(r, tier), name);
    if (!one.nleaks) {
        iso_buffer_add(out, "safe\n");
    } else {
        const char *without = one.leak[0].tagged && !plain ? " (safe in a VM without MTE)" : "";
        iso_buffer_format(out, "%s because ", one.leak[0].undecided ? "unknown" : "not safe");
        if (one.leak[0].undecided && one.leak[0].key[0]) {
            add_key(out, &one.leak[0]);
            iso_buffer_format(out, " (%s: %s)", iso_guest_class_name(one.leak[0].cls), one.leak[0].how);
        } else {
            add_reason(out, &one.leak[0]);
        }
        iso_buffer_format(out, "%s\n", without);
    }
    iso_guest_report_free(&one);
}

static void text_leak(struct iso_buffer *out, const struct iso_guest_report *r, const struct iso_guest_leak *leak)
{
    iso_buffer_format(out, "  %-18s %s on %s: ", iso_guest_class_name(leak->cls), leak->mapping->name,
                      tier_name(r, leak->tier));
    if (leak->access.size_bytes) {
        char attribute[ISO_ATTRIBUTE_NAME_MAX];
        iso_attribute_name(attribute, &leak->attribute);
        iso_buffer_format(out, "%s as %s", leak->how, attribute);
    } else {
        iso_buffer_add(out, leak->how);
    }
    if (leak->rule[0])
        iso_buffer_format(out, "   %s", leak->rule);
    if (leak->key[0])
        iso_buffer_add(out, "   ");
    add_key(out, leak);
    if (leak->policy_rule)
        iso_buffer_format(out, "   by %s/%s", iso_policy_stage_name(leak->policy_rule->stage), leak->policy_rule->id);
    iso_buffer_format(out, "%s%s", leak->tagged ? "   in a VM with MTE" : "", "");
    if (leak->ways > 1)
        iso_buffer_format(out, "   (%u ways)", leak->ways);
    iso_buffer_add(out, "\n");
}

/* The scenario of a check that shows the same rule at work at the same place; NULL if none does. */
static const struct iso_policy_leak *shown_by(const struct iso_guest_report *r, const struct iso_survey *survey,
                                              const struct iso_guest_leak *leak)
{
    for (size_t i = 0; i < r->check->nleaks && leak->rule[0]; i++) {
        const struct iso_policy_leak *l = &r->check->leak[i];
        const struct iso_policy_place *place = &r->check->place[l->place];
        const char *rule = survey->summary[r->check->cell[l->cell].computed].rule;
        size_t size = strlen(leak->rule);
        if (place->mapping == leak->mapping && place->tier == leak->tier && strncmp(rule, leak->rule, size) == 0 &&
            (!rule[size] || rule[size] == '/')) /* a member of the set that the leak names */
            return l;
    }
    return NULL;
}

void iso_guest_text(struct iso_buffer *out, const struct iso_guest_report *r, const struct iso_survey *survey)
{
    size_t leaks = r->nleaks - r->nundecided;
    iso_buffer_format(
        out,
        "policy %s   machine %s   hostile guest: %u places of a VM, up to %u attributes each, %u accesses decided\n"
        "=> %s: %zu way%s beyond the VM, %zu undecided\n",
        r->check->file->policy.name, r->machine->name, r->places, r->attributes, r->decided,
        leaks           ? "leaky"
        : r->nundecided ? "undecided"
        : r->places     ? "contained"
                        : "unobserved",
        leaks, leaks == 1 ? "" : "s", r->nundecided);
    for (size_t i = 0; i < r->nleaks; i++) {
        const struct iso_policy_leak *shown = shown_by(r, survey, &r->leak[i]);
        if (i == leaks)
            iso_buffer_add(out, "undecided\n");
        text_leak(out, r, &r->leak[i]);
        if (shown)
            iso_buffer_format(out, "                     shown by %s\n",
                              survey->run.scenario[r->check->cell[shown->cell].scenario].id);
    }
    if (r->places)
        iso_buffer_add(out, "is it safe to give to a guest?\n");
    for (size_t t = 0; t < r->machine->ntiers && r->places; t++) {
        answer(out, r, t, ISO_POLICY_S2_NC, "Normal-NC");
        answer(out, r, t, ISO_POLICY_S2_NORMAL, "cacheable");
    }
}

void iso_guest_line(struct iso_buffer *out, const struct iso_guest_report *r)
{
    size_t leaks = r->nleaks - r->nundecided;
    iso_buffer_format(out, "%-34s %-12s %5zu %10zu  ", r->check->file->policy.name,
                      leaks           ? "leaky"
                      : r->nundecided ? "undecided"
                      : r->places     ? "contained"
                                      : "no VM",
                      leaks, r->nundecided);
    if (r->nleaks) {
        iso_buffer_format(out, "%s on %s: ", r->leak[0].mapping->name, tier_name(r, r->leak[0].tier));
        add_reason(out, &r->leak[0]);
    }
    iso_buffer_add(out, "\n");
}

static void json_text(struct iso_buffer *out, bool *first, const char *key, const char *value)
{
    iso_buffer_json_key(out, first, key);
    iso_buffer_json_string(out, value);
}

void iso_guest_json(struct iso_buffer *out, const struct iso_guest_report *r, const struct iso_survey *survey)
{
    bool first = true;
    iso_buffer_add(out, "{");
    json_text(out, &first, "policy", r->check->file->policy.name);
    json_text(out, &first, "machine", r->machine->name);
    json_text(out, &first, "guest", "hostile");
    json_text(out, &first, "verdict",
              r->nleaks > r->nundecided ? "leaky"
              : r->nundecided           ? "undecided"
              : r->places               ? "contained"
                                        : "unobserved");
    iso_buffer_format(out, ", \"places\": %u, \"decided\": %u", r->places, r->decided);
    iso_buffer_json_key(out, &first, "leaks");
    iso_buffer_add(out, "[");
    for (size_t i = 0; i < r->nleaks; i++) {
        const struct iso_guest_leak *leak = &r->leak[i];
        const struct iso_policy_leak *shown = shown_by(r, survey, leak);
        char attribute[ISO_ATTRIBUTE_NAME_MAX];
        bool inner = true;
        iso_attribute_name(attribute, &leak->attribute);
        iso_buffer_add(out, i ? ",\n  {" : "\n  {");
        json_text(out, &inner, "class", iso_guest_class_name(leak->cls));
        json_text(out, &inner, "mapping", leak->mapping->name);
        json_text(out, &inner, "tier", leak->tier < r->machine->ntiers ? tier_name(r, leak->tier) : NULL);
        iso_buffer_format(out, ", \"mte\": %s, \"undecided\": %s, \"ways\": %u", leak->tagged ? "true" : "false",
                          leak->undecided ? "true" : "false", leak->ways);
        json_text(out, &inner, "how", leak->how);
        json_text(out, &inner, "attribute", leak->access.size_bytes ? attribute : NULL);
        json_text(out, &inner, "rule", leak->rule[0] ? leak->rule : NULL);
        json_text(out, &inner, "key", leak->key[0] ? leak->key : NULL);
        json_text(out, &inner, "value", leak->key[0] ? leak->value : NULL);
        json_text(out, &inner, "source", leak->source);
        json_text(out, &inner, "policy_rule", leak->policy_rule ? leak->policy_rule->id : NULL);
        json_text(out, &inner, "scenario",
                  shown ? survey->run.scenario[r->check->cell[shown->cell].scenario].id : NULL);
        iso_buffer_add(out, "}");
    }
    iso_buffer_add(out, "]}");
}
