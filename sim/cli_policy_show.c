/* `isotier policy list` and `policy show`: which policies there are, and the rules of one with those it inherits.
 * Not for: asking about a mapping (`isotier decide --policy`). */
#include "sim/cli_policy.h"

#include <stdio.h>
#include <string.h>

static void json_text(struct iso_buffer *out, bool *first, const char *key, const char *value)
{
    iso_buffer_json_key(out, first, key);
    iso_buffer_json_string(out, value);
}

static void json_head(struct iso_buffer *out, bool *first, const struct iso_policy *policy)
{
    struct iso_buffer kernel = {0};
    iso_policy_kernel_name(&kernel, policy->kernel);
    json_text(out, first, "policy", policy->name);
    json_text(out, first, "title", policy->title);
    json_text(out, first, "cite", policy->cite);
    json_text(out, first, "kernel", kernel.size ? kernel.data : NULL);
    iso_buffer_format(out, ", \"proposal\": %s, \"reads_tiers\": %s", policy->proposal ? "true" : "false",
                      policy->reads_tiers ? "true" : "false");
    json_text(out, first, "extends", policy->extends);
    iso_buffer_free(&kernel);
}

static void list_one(struct iso_buffer *out, const struct iso_policy *policy, bool json, bool first_policy)
{
    struct iso_buffer kernel = {0};
    bool first = true;
    iso_policy_kernel_name(&kernel, policy->kernel);
    if (json) {
        iso_buffer_add(out, first_policy ? "[\n {" : ",\n {");
        json_head(out, &first, policy);
        iso_buffer_add(out, "}");
    } else {
        iso_buffer_format(out, "%-34s %-9s %-7s %-34s %s\n", policy->name, policy->proposal ? "proposal" : "shipped",
                          kernel.size ? kernel.data : "-", policy->extends ? policy->extends : "-", policy->title);
    }
    iso_buffer_free(&kernel);
}

int iso_policy_do_list(const struct iso_cli *cli, const struct iso_policy_options *options,
                       const struct iso_strings *operands)
{
    struct iso_arena *arena = iso_arena_new();
    struct iso_strings names = {0};
    struct iso_diags diags = {0};
    struct iso_buffer out = {0};
    bool json = options->json || strcmp(options->format, "json") == 0;
    if (operands->count)
        iso_cli_usage(cli, "list: expected nothing after it, got \"%s\"", operands->list[0]);
    else
        iso_policies_bundled(&names, &diags, arena, cli->data_folder);
    if (!json)
        iso_buffer_format(&out, "%-34s %-9s %-7s %-34s %s\n", "policy", "status", "kernel", "extends", "title");
    for (size_t i = 0; i < names.count; i++) {
        struct iso_policy_file *file = NULL;
        if (iso_policy_open(&file, &diags, names.list[i], cli->data_folder) == 0)
            list_one(&out, &file->policy, json, i == 0);
        iso_policy_file_free(file);
    }
    iso_buffer_add(&out, json ? (names.count ? "\n]\n" : "[]\n") : "");
    int status = operands->count ? ISO_EXIT_USAGE : iso_cli_report(&diags);
    if (status == 0)
        fwrite(out.data, 1, out.size, stdout);
    iso_buffer_free(&out);
    iso_strings_free(&names);
    iso_arena_free(arena);
    return status;
}

/* Is there a rule for this trigger that does not hold for all of them? */
static bool tells_apart(const struct iso_policy *policy, unsigned trigger)
{
    uint16_t mask = iso_policy_input_mask(ISO_POLICY_TRIGGER);
    for (size_t i = 0; i < policy->nrules; i++)
        for (size_t b = 0; b < policy->rule[i].nboxes; b++) {
            uint16_t allowed = policy->rule[i].box[b].allowed[ISO_POLICY_TRIGGER] & mask;
            if (allowed != mask && ((unsigned)allowed >> trigger & 1u))
                return true;
        }
    return false;
}

static void show_text(struct iso_buffer *out, const struct iso_policy *policy)
{
    struct iso_buffer kernel = {0}, result = {0};
    iso_policy_kernel_name(&kernel, policy->kernel);
    iso_buffer_format(out, "policy %s%s%s%s%s\n%s\n%s\n", policy->name, kernel.size ? "   kernel " : "",
                      iso_buffer_string(&kernel), policy->proposal ? "   proposal, not shipped code" : "",
                      policy->reads_tiers ? "   reads tiers" : "", policy->title, policy->cite);
    if (policy->extends)
        iso_buffer_format(out, "extends %s; rules of a parent are marked with its name\n", policy->extends);
    for (size_t i = 0; i < policy->nrules; i++) {
        const struct iso_policy_rule *rule = &policy->rule[i];
        if (i == 0 || policy->rule[i - 1].stage != rule->stage)
            iso_buffer_format(out, "%s: %s\n", iso_policy_stage_name(rule->stage),
                              iso_policy_stage_meaning(rule->stage));
        iso_buffer_clear(&result);
        iso_policy_result_text(&result, rule);
        iso_buffer_format(out, "  %-28s %-30s ", rule->id, iso_buffer_string(&result));
        iso_policy_condition_text(out, rule);
        if (strcmp(rule->policy, policy->name) != 0)
            iso_buffer_format(out, "   <%s>", rule->policy);
        iso_buffer_format(out, "\n  %-28s %s\n", "", rule->cite);
    }
    iso_buffer_add(out, "triggers of stage migrate, and where each may choose to move a page\n");
    for (unsigned t = 0; t < ISO_POLICY_TRIGGER_COUNT; t++) {
        const struct iso_trigger *trigger = iso_trigger_at((enum iso_policy_trigger)t);
        iso_buffer_format(out, "  %-28s %s%s\n", trigger->name, iso_trigger_target_name(trigger->target),
                          tells_apart(policy, t) ? "   (a rule above is about it)" : "");
    }
    iso_buffer_free(&kernel);
    iso_buffer_free(&result);
}

static void show_json(struct iso_buffer *out, const struct iso_policy *policy)
{
    struct iso_buffer text = {0};
    bool first = true;
    iso_buffer_add(out, "{");
    json_head(out, &first, policy);
    iso_buffer_json_key(out, &first, "rules");
    for (size_t i = 0; i < policy->nrules; i++) {
        const struct iso_policy_rule *rule = &policy->rule[i];
        bool inner = true;
        iso_buffer_add(out, i ? ",\n {" : "[\n {");
        json_text(out, &inner, "stage", iso_policy_stage_name(rule->stage));
        json_text(out, &inner, "rule", rule->id);
        iso_buffer_clear(&text);
        iso_policy_condition_text(&text, rule);
        json_text(out, &inner, "when", iso_buffer_string(&text));
        iso_buffer_clear(&text);
        iso_policy_result_text(&text, rule);
        json_text(out, &inner, "then", iso_buffer_string(&text));
        json_text(out, &inner, "cite", rule->cite);
        json_text(out, &inner, "policy", rule->policy);
        iso_buffer_format(out, ", \"inherited\": %s}", strcmp(rule->policy, policy->name) != 0 ? "true" : "false");
    }
    iso_buffer_add(out, policy->nrules ? "\n], \"triggers\": [" : "[], \"triggers\": [");
    for (unsigned t = 0; t < ISO_POLICY_TRIGGER_COUNT; t++) {
        const struct iso_trigger *trigger = iso_trigger_at((enum iso_policy_trigger)t);
        bool inner = true;
        iso_buffer_add(out, t ? ",\n {" : "\n {");
        json_text(out, &inner, "trigger", trigger->name);
        json_text(out, &inner, "target", iso_trigger_target_name(trigger->target));
        json_text(out, &inner, "cite", trigger->citation);
        iso_buffer_format(out, ", \"told_apart\": %s}", tells_apart(policy, t) ? "true" : "false");
    }
    iso_buffer_add(out, "\n]}\n");
    iso_buffer_free(&text);
}

int iso_policy_do_show(const struct iso_cli *cli, const struct iso_policy_options *options,
                       const struct iso_strings *operands)
{
    struct iso_policy_file *file = NULL;
    struct iso_diags diags = {0};
    struct iso_buffer out = {0};
    if (operands->count != 1)
        return iso_cli_usage(cli, "show: expected one policy");
    if (iso_policy_open(&file, &diags, operands->list[0], cli->data_folder) == 0) {
        if (options->json || strcmp(options->format, "json") == 0)
            show_json(&out, &file->policy);
        else
            show_text(&out, &file->policy);
        fwrite(out.data, 1, out.size, stdout);
    }
    iso_buffer_free(&out);
    iso_policy_file_free(file);
    return iso_cli_report(&diags);
}
