/* Asking a policy about a mapping and writing the answer down, as declared in policy_answer.h. Not for: the command line. */
#include "sim/policy_answer.h"

#include <string.h>

static void add_alias(struct iso_policy_answer *a, const char *who, enum iso_policy_attr attr)
{
    struct iso_policy_alias *alias = &a->alias[a->naliases++];
    struct iso_attribute points[ISO_POLICY_POINTS_MAX];
    *alias = (struct iso_policy_alias){.who = who, .attr = attr};
    if (iso_policy_combine(points, attr, ISO_POLICY_S2_NONE, &a->machine->features, a->decision.mte_off) == 0)
        return;
    alias->attribute = points[0];
    alias->mismatched = a->decision.nattributes != 0;
    for (size_t i = 0; i < a->decision.nattributes; i++)
        alias->mismatched &= iso_policy_mismatched(&points[0], &a->decision.attribute[i]);
}

void iso_policy_answer(struct iso_policy_answer *out, const struct iso_policy_file *file,
                       const struct iso_mapping *mapping, const struct iso_machine *machine, size_t tier,
                       const struct iso_policy_vm *vm, bool tagged)
{
    *out = (struct iso_policy_answer){.file = file, .mapping = mapping, .machine = machine, .tier = tier};
    iso_policy_ask(&out->question, &file->policy, mapping, machine, tier, vm, tagged);
    iso_policy_decide(&out->decision, &file->policy, &out->question, &machine->features);
    iso_policy_migrate(&out->move, &file->policy, &out->question, false);
    iso_policy_migrate(&out->tagged_move, &file->policy, &out->question, true);
    out->from = tier < machine->ntiers ? tier : machine->reference;
    for (size_t t = 0; t < machine->ntiers && tier == machine->ntiers;
         t++) /* no tier named: one that can back it, the reference if it can */
        if (!iso_mapping_fits(mapping, machine->tiers[out->from].kind) &&
            iso_mapping_fits(mapping, machine->tiers[t].kind))
            out->from = t;
    iso_policy_targets(&out->targets, &file->policy, mapping, machine, out->from, vm, false);
    iso_policy_targets(&out->tagged_targets, &file->policy, mapping, machine, out->from, vm, true);
    if (mapping->view != ISO_MAPPING_KERNEL)
        add_alias(out, "kernel", out->decision.kernel_alias);
    if (mapping->view == ISO_MAPPING_GUEST)
        add_alias(out, "VMM", out->decision.vma);
}

/* ---- text ---- */

void iso_policy_result_text(struct iso_buffer *out, const struct iso_policy_rule *rule)
{
    static const char *const exec[] = {"", "no", "yes", "on-fault"}, *const target[] = {"", "any", "other-node"},
                             *const tags[] = {"", "copy", "aside"};
    const struct iso_policy_result *r = &rule->result;
    switch (r->action) {
    case ISO_POLICY_OK:
        if (r->mte_off)
            iso_buffer_add(out, "mte off");
        else if (r->says_s1)
            iso_buffer_format(out, "s1 %s", iso_policy_attr_name(r->s1));
        else if (r->says_s2)
            iso_buffer_format(out, "s2 %s%s%s", iso_policy_s2_name(r->s2), r->exec ? ", x " : "", exec[r->exec]);
        else if (r->sequence || r->target || r->tags)
            iso_buffer_format(out, "%s%s%s%s%s", r->sequence ? r->sequence : "", r->target ? ", target " : "",
                              target[r->target], r->tags ? ", tags " : "", tags[r->tags]);
        else
            iso_buffer_add(out, "ok");
        break;
    case ISO_POLICY_REFUSE:
        iso_buffer_format(out, "REFUSE -%s", iso_policy_errno_name(r->error));
        break;
    case ISO_POLICY_INJECT:
    case ISO_POLICY_SIGNAL:
    case ISO_POLICY_EXIT:
    case ISO_POLICY_RETRY:
        iso_buffer_format(out, "%s %s", iso_policy_action_name(r->action), iso_policy_detail_name(r->detail));
        break;
    case ISO_POLICY_KILL_VM:
        iso_buffer_add(out, "KILL_VM");
        break;
    case ISO_POLICY_HANDLED:
        iso_buffer_add(out, "handled by the guest");
        break;
    }
}

/* One box of a condition: the inputs it binds. */
static void add_box(struct iso_buffer *out, const struct iso_policy_box *box)
{
    bool any = false;
    for (unsigned k = 0; k < ISO_POLICY_INPUT_COUNT; k++) {
        const struct iso_policy_input_row *row = iso_policy_input_at((enum iso_policy_input)k);
        uint16_t mask = iso_policy_input_mask((enum iso_policy_input)k), allowed = box->allowed[k] & mask;
        unsigned count = 0, n = 0;
        if (allowed == mask)
            continue;
        for (size_t v = 0; v < row->nvalues; v++)
            count += (unsigned)allowed >> v & 1u;
        bool negated = count > 1 && 2 * count > row->nvalues;
        iso_buffer_format(out, "%s%s %s", any ? ", " : "", row->name, negated ? "not " : "");
        for (size_t v = 0; v < row->nvalues; v++)
            if (((unsigned)allowed >> v & 1u) != negated)
                iso_buffer_format(out, "%s%s", n++ ? "|" : "", row->values[v]);
        any = true;
    }
    if (!any)
        iso_buffer_add(out, "always");
}

void iso_policy_condition_text(struct iso_buffer *out, const struct iso_policy_rule *rule)
{
    for (size_t i = 0; i < rule->nboxes; i++) {
        iso_buffer_add(out, i ? "; or " : "when ");
        add_box(out, &rule->box[i]);
    }
}

/* "event exec" beside rules of stage access. */
static const char *event_of(const struct iso_policy_decision *d, const struct iso_policy_rule *rule, size_t nth)
{
    for (unsigned e = 0; e < ISO_POLICY_EVENT_COUNT; e++)
        if (d->reaction[e].rule == rule && nth-- == 0)
            return iso_policy_input_at(ISO_POLICY_EVENT)->values[e];
    return "";
}

static void text_rule(struct iso_buffer *out, const struct iso_policy_answer *a, size_t i)
{
    const struct iso_policy_fired *fired = &a->decision.fired[i];
    struct iso_buffer result = {0};
    size_t nth = 0;
    for (size_t k = 0; k < i; k++)
        nth += a->decision.fired[k].rule == fired->rule;
    if (fired->rule->stage == ISO_POLICY_STAGE_ACCESS)
        iso_buffer_format(&result, "%s: ", event_of(&a->decision, fired->rule, nth));
    iso_policy_result_text(&result, fired->rule);
    if (fired->overridden)
        iso_buffer_add(&result, " (overridden)");
    iso_buffer_format(out, "  %-9s %-28s %-30s  %s\n", iso_policy_stage_name(fired->rule->stage), fired->rule->id,
                      result.data, fired->rule->cite);
    iso_buffer_free(&result);
}

static void text_move(struct iso_buffer *out, const struct iso_policy_move *move, const char *what)
{
    struct iso_buffer result = {0};
    if (move->rule)
        iso_policy_result_text(&result, move->rule);
    else if (move->unknown != ISO_POLICY_INPUT_COUNT)
        iso_buffer_format(&result, "UNKNOWN: hangs on %s", iso_policy_input_at(move->unknown)->name);
    else
        iso_buffer_add(&result, "UNKNOWN: no rule");
    iso_buffer_format(out, "  %-9s %-28s %s%-30s  %s\n", "migrate", move->rule ? move->rule->id : "-", what,
                      result.data, move->rule ? move->rule->cite : "");
    iso_buffer_free(&result);
}

void iso_policy_answer_reason(struct iso_buffer *out, const struct iso_policy_decision *d)
{
    const char *stage = iso_policy_stage_name(d->stage);
    switch (d->end) {
    case ISO_POLICY_MAPPED:
        iso_buffer_add(out, "mapped");
        break;
    case ISO_POLICY_UNMAPPED:
        iso_buffer_format(out, "no such alias: rule %s of stage %s", d->because->id, stage);
        break;
    case ISO_POLICY_REFUSED:
        iso_buffer_format(out, "refused at %s with -%s by rule %s", stage, iso_policy_errno_name(d->error),
                          d->because->id);
        break;
    case ISO_POLICY_UNKNOWN:
        if (d->unknown == ISO_POLICY_INPUT_COUNT)
            iso_buffer_format(out, "no rule of stage %s covers it", stage);
        else
            iso_buffer_format(out, "a rule of stage %s hangs on %s, which the machine leaves unknown", stage,
                              iso_policy_input_at(d->unknown)->name);
        break;
    }
}

static void text_end(struct iso_buffer *out, const struct iso_policy_answer *a)
{
    static const char *const ends[] = {"MAPPED", "UNMAPPED", "REFUSED", "UNKNOWN"};
    const struct iso_policy_decision *d = &a->decision;
    char name[ISO_ATTRIBUTE_NAME_MAX];
    if (d->end != ISO_POLICY_MAPPED) {
        iso_buffer_format(out, "=> %s: ", ends[d->end]);
        iso_policy_answer_reason(out, d);
        iso_buffer_add(out, "\n");
        return;
    }
    iso_buffer_format(out, "=> stage 1 %s", iso_policy_attr_name(d->stage1));
    if (d->stage2 != ISO_POLICY_S2_NONE)
        iso_buffer_format(out, " x stage 2 %s (%s)", iso_policy_s2_name(d->stage2),
                          iso_cpu_has(&a->machine->features, ISO_CPU_S2FWB) ? "FWB" : "no FWB");
    for (size_t i = 0; i < d->nattributes; i++) {
        iso_attribute_name(name, &d->attribute[i]);
        iso_buffer_format(out, "%s%s", i ? " or " : " = ", name);
    }
    iso_buffer_add(out, "\n");
    for (size_t i = 0; i < a->naliases; i++) {
        const struct iso_policy_alias *alias = &a->alias[i];
        iso_buffer_format(out, "   %s alias: %s%s\n", alias->who, iso_policy_attr_name(alias->attr),
                          alias->mismatched ? "   MISMATCHED with this one (Arm ARM B2.11)" : "");
    }
}

static void add_tiers(struct iso_buffer *out, const struct iso_machine *machine, uint32_t tiers, const char *before)
{
    for (size_t t = 0; t < machine->ntiers; t++)
        if (tiers >> t & 1u) {
            iso_buffer_format(out, "%s%s", before, machine->tiers[t].name);
            before = " ";
        }
}

/* "trigger   demotion, from ddr   to cxl c2c; not to cxl-notag": one line for triggers that say the same; nothing where no page moves. */
static void text_targets(struct iso_buffer *out, const struct iso_policy_answer *a,
                         const struct iso_policy_targets *targets, const char *what)
{
    unsigned shown = 0;
    for (unsigned t = 0; t < ISO_POLICY_TRIGGER_COUNT; t++) {
        unsigned alike = 0;
        struct iso_buffer names = {0};
        if ((shown >> t & 1u) || !(targets->moves[t] | targets->kept[t]))
            continue;
        for (unsigned k = t; k < ISO_POLICY_TRIGGER_COUNT; k++)
            if (targets->moves[k] == targets->moves[t] && targets->kept[k] == targets->kept[t])
                alike |= 1u << k;
        shown |= alike;
        iso_triggers_text(&names, alike, ", ");
        iso_buffer_format(out, "  trigger   %s: %sfrom %s", names.data, what, a->machine->tiers[a->from].name);
        add_tiers(out, a->machine, targets->moves[t], " to ");
        add_tiers(out, a->machine, targets->kept[t], targets->moves[t] ? "; not to " : " not to ");
        iso_buffer_add(out, "\n");
        iso_buffer_free(&names);
    }
}

void iso_policy_answer_text(struct iso_buffer *out, const struct iso_policy_answer *a)
{
    const struct iso_policy *policy = &a->file->policy;
    struct iso_buffer kernel = {0};
    iso_policy_kernel_name(&kernel, policy->kernel);
    iso_buffer_format(out, "policy %s%s%s%s   mapping %s (%s): %s\n", policy->name, kernel.size ? " kernel " : "",
                      kernel.data, policy->proposal ? " (proposal)" : "", a->mapping->name,
                      iso_mapping_view_name(a->mapping->view), a->mapping->what);
    iso_buffer_format(out, "machine %s%s%s\n", a->machine->name, a->tier < a->machine->ntiers ? "   tier " : "",
                      a->tier < a->machine->ntiers ? a->machine->tiers[a->tier].name : "");
    for (size_t i = 0; i < a->decision.nfired; i++)
        text_rule(out, a, i);
    if (a->decision.end == ISO_POLICY_MAPPED && a->mapping->view != ISO_MAPPING_KERNEL) {
        text_move(out, &a->move, a->move.rule == a->tagged_move.rule ? "" : "untagged page: ");
        if (a->move.rule != a->tagged_move.rule || a->move.end != a->tagged_move.end)
            text_move(out, &a->tagged_move, "tagged page: ");
        bool same = memcmp(&a->targets, &a->tagged_targets, sizeof a->targets) == 0;
        text_targets(out, a, &a->targets, same ? "" : "an untagged page ");
        if (!same)
            text_targets(out, a, &a->tagged_targets, "a tagged page ");
    }
    text_end(out, a);
    iso_buffer_free(&kernel);
}

/* ---- JSON ---- */

static void json_text(struct iso_buffer *out, bool *first, const char *key, const char *value)
{
    iso_buffer_json_key(out, first, key);
    iso_buffer_json_string(out, value);
}

static void json_fired(struct iso_buffer *out, const struct iso_policy_answer *a)
{
    const struct iso_policy_decision *d = &a->decision;
    iso_buffer_add(out, "[");
    for (size_t i = 0; i < d->nfired; i++) {
        const struct iso_policy_rule *rule = d->fired[i].rule;
        struct iso_buffer result = {0};
        bool first = true;
        size_t nth = 0;
        for (size_t k = 0; k < i; k++)
            nth += d->fired[k].rule == rule;
        iso_policy_result_text(&result, rule);
        iso_buffer_add(out, i ? ", {" : "{");
        json_text(out, &first, "stage", iso_policy_stage_name(rule->stage));
        if (rule->stage == ISO_POLICY_STAGE_ACCESS)
            json_text(out, &first, "event", event_of(d, rule, nth));
        json_text(out, &first, "rule", rule->id);
        json_text(out, &first, "policy", rule->policy);
        json_text(out, &first, "result", result.data);
        json_text(out, &first, "cite", rule->cite);
        iso_buffer_json_key(out, &first, "overridden");
        iso_buffer_add(out, d->fired[i].overridden ? "true}" : "false}");
        iso_buffer_free(&result);
    }
    iso_buffer_add(out, "]");
}

static void json_tiers(struct iso_buffer *out, const struct iso_machine *machine, uint32_t tiers)
{
    const char *between = "";
    iso_buffer_add(out, "[");
    for (size_t t = 0; t < machine->ntiers; t++)
        if (tiers >> t & 1u) {
            iso_buffer_format(out, "%s\"%s\"", between, machine->tiers[t].name);
            between = ", ";
        }
    iso_buffer_add(out, "]");
}

/* What each trigger may choose, and which of these the policy lets. */
static void json_targets(struct iso_buffer *out, const struct iso_policy_answer *a,
                         const struct iso_policy_targets *targets)
{
    iso_buffer_add(out, "{");
    for (unsigned t = 0; t < ISO_POLICY_TRIGGER_COUNT; t++) {
        iso_buffer_format(out, "%s\"%s\": {\"moves_to\": ", t ? ", " : "",
                          iso_trigger_at((enum iso_policy_trigger)t)->name);
        json_tiers(out, a->machine, targets->moves[t]);
        iso_buffer_add(out, ", \"kept_from\": ");
        json_tiers(out, a->machine, targets->kept[t]);
        iso_buffer_add(out, "}");
    }
    iso_buffer_add(out, "}");
}

static void json_move(struct iso_buffer *out, const struct iso_policy_move *move)
{
    static const char *const ends[] = {"moves", "moves", "refused", "unknown"};
    static const char *const target[] = {NULL, "any", "other-node"}, *const tags[] = {NULL, "copy", "aside"};
    bool first = true;
    iso_buffer_add(out, "{");
    json_text(out, &first, "end", ends[move->end]);
    json_text(out, &first, "rule", move->rule ? move->rule->id : NULL);
    json_text(out, &first, "sequence", move->sequence);
    json_text(out, &first, "target", target[move->target]);
    json_text(out, &first, "tags", tags[move->tags]);
    json_text(out, &first, "errno", move->end == ISO_POLICY_REFUSED ? iso_policy_errno_name(move->error) : NULL);
    iso_buffer_add(out, "}");
}

static void json_end(struct iso_buffer *out, bool *first, const struct iso_policy_answer *a)
{
    static const char *const ends[] = {"mapped", "unmapped", "refused", "unknown"};
    const struct iso_policy_decision *d = &a->decision;
    struct iso_buffer reason = {0};
    char name[ISO_ATTRIBUTE_NAME_MAX];
    iso_policy_answer_reason(&reason, d);
    json_text(out, first, "end", ends[d->end]);
    json_text(out, first, "stage", iso_policy_stage_name(d->stage));
    json_text(out, first, "errno", d->end == ISO_POLICY_REFUSED ? iso_policy_errno_name(d->error) : NULL);
    json_text(out, first, "reason", reason.data);
    json_text(out, first, "unknown",
              d->end == ISO_POLICY_UNKNOWN && d->unknown != ISO_POLICY_INPUT_COUNT
                  ? iso_policy_input_at(d->unknown)->name
                  : NULL);
    json_text(out, first, "kernel_alias", iso_policy_attr_name(d->kernel_alias));
    json_text(out, first, "vma", iso_policy_attr_name(d->vma));
    json_text(out, first, "stage1", iso_policy_attr_name(d->stage1));
    json_text(out, first, "stage2", iso_policy_s2_name(d->stage2));
    iso_buffer_json_key(out, first, "attributes");
    iso_buffer_add(out, "[");
    for (size_t i = 0; i < d->nattributes; i++) {
        iso_attribute_name(name, &d->attribute[i]);
        iso_buffer_add(out, i ? ", " : "");
        iso_buffer_json_string(out, name);
    }
    iso_buffer_add(out, "]");
    iso_buffer_json_key(out, first, "aliases");
    iso_buffer_add(out, "[");
    for (size_t i = 0; i < a->naliases; i++) {
        bool inner = true;
        iso_buffer_add(out, i ? ", {" : "{");
        json_text(out, &inner, "who", a->alias[i].who);
        json_text(out, &inner, "attribute", iso_policy_attr_name(a->alias[i].attr));
        iso_buffer_format(out, ", \"mismatched\": %s}", a->alias[i].mismatched ? "true" : "false");
    }
    iso_buffer_add(out, "]");
    iso_buffer_free(&reason);
}

void iso_policy_answer_json(struct iso_buffer *out, const struct iso_policy_answer *a)
{
    bool first = true;
    iso_buffer_add(out, "{");
    json_text(out, &first, "policy", a->file->policy.name);
    json_text(out, &first, "mapping", a->mapping->name);
    json_text(out, &first, "view", iso_mapping_view_name(a->mapping->view));
    json_text(out, &first, "machine", a->machine->name);
    json_text(out, &first, "tier", a->tier < a->machine->ntiers ? a->machine->tiers[a->tier].name : NULL);
    json_end(out, &first, a);
    iso_buffer_json_key(out, &first, "fired");
    json_fired(out, a);
    iso_buffer_json_key(out, &first, "migration");
    iso_buffer_add(out, "{\"untagged\": ");
    json_move(out, &a->move);
    iso_buffer_add(out, ", \"tagged\": ");
    json_move(out, &a->tagged_move);
    iso_buffer_add(out, ", \"from\": ");
    iso_buffer_json_string(out, a->machine->tiers[a->from].name);
    iso_buffer_add(out, ", \"triggers\": {\"untagged\": ");
    json_targets(out, a, &a->targets);
    iso_buffer_add(out, ", \"tagged\": ");
    json_targets(out, a, &a->tagged_targets);
    iso_buffer_add(out, "}}}");
}
