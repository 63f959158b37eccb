/* The gate as JSON, by reports/schema/gate.schema.json. Declared in gate.h. Not for: people. No clock, host name or path of a report. */
#include "sim/gate.h"

#ifndef ISOTIER_VERSION
#define ISOTIER_VERSION "0"
#endif

static void add_side(struct iso_buffer *out, const struct iso_report_cell *cell)
{
    if (!cell) {
        iso_buffer_add(out, "null");
        return;
    }
    iso_buffer_format(out, "{\"verdict\": \"%s\", \"class\": ", iso_verdict_name(cell->verdict));
    iso_buffer_json_string(out, iso_divergence_name(cell->divergence));
    iso_buffer_format(out, ", \"tier_verdict\": \"%s\", \"tier_class\": ", iso_verdict_name(cell->tier_verdict));
    iso_buffer_json_string(out, iso_divergence_name(cell->tier_divergence));
    iso_buffer_add(out, ", \"cycles\": ");
    if (cell->has_cycles)
        iso_buffer_format(out, "{\"p50\": %llu, \"p99\": %llu}}", (unsigned long long)cell->p50_cycles,
                          (unsigned long long)cell->p99_cycles);
    else
        iso_buffer_add(out, "null}");
}

static void add_finding(struct iso_buffer *out, const struct iso_gate *gate, const struct iso_gate_finding *finding)
{
    const struct iso_report_cell *cell = iso_gate_cell(finding);
    iso_buffer_format(out, "{\"category\": \"%s\", \"kind\": \"%s\", ",
                      iso_gate_category_name(iso_gate_kind_category(finding->kind)), iso_gate_kind_name(finding->kind));
    iso_buffer_add(out, cell ? "\"cell\": " : "\"about\": ");
    iso_buffer_json_string(out, finding->id);
    iso_buffer_add(out, ", \"message\": ");
    iso_buffer_json_string(out, finding->message);
    iso_buffer_format(out, ", \"axis\": \"%s\", \"before\": ", finding->tier_axis ? "tier_verdict" : "verdict");
    add_side(out, finding->before);
    iso_buffer_add(out, ", \"after\": ");
    add_side(out, finding->after);
    iso_buffer_add(out, ", \"class\": ");
    iso_buffer_json_string(
        out, cell ? iso_divergence_name(finding->tier_axis ? cell->tier_divergence : cell->divergence) : NULL);
    iso_buffer_add(out, ", \"rules\": [");
    for (size_t i = 0; cell && i < iso_report_list_size(cell->rules); i++) {
        iso_buffer_add(out, i ? ", " : "");
        iso_buffer_json_string(out, iso_report_list_text(cell->rules, i));
    }
    iso_buffer_add(out, "], \"witness\": ");
    if (finding->after && finding->after->has_witness)
        iso_buffer_format(out, "\"/cells/%zu/witness\"", finding->after->index);
    else
        iso_buffer_add(out, "null");
    iso_buffer_add(out, ", \"waiver\": ");
    iso_buffer_json_string(out, finding->waiver ? finding->waiver->id : NULL);
    iso_buffer_format(out, ", \"fails\": %s}", iso_gate_fails(gate, finding) ? "true" : "false");
}

static void add_waiver(struct iso_buffer *out, const struct iso_waiver *waiver, const struct iso_waiver_use *use)
{
    char created[ISO_DAY_TEXT_MAX], expires[ISO_DAY_TEXT_MAX];
    iso_day_text(created, waiver->created);
    iso_day_text(expires, waiver->expires);
    iso_buffer_add(out, "{\"id\": ");
    iso_buffer_json_string(out, waiver->id);
    iso_buffer_add(out, ", \"owner\": ");
    iso_buffer_json_string(out, waiver->owner);
    iso_buffer_add(out, ", \"reason\": ");
    iso_buffer_json_string(out, waiver->reason);
    iso_buffer_format(out,
                      ", \"created\": \"%s\", \"expires\": \"%s\", \"state\": \"%s\", \"cells\": %zu, \"findings\": "
                      "%zu, \"line\": %u}",
                      created, expires, iso_waiver_state_name(use->state), use->cells, use->findings, waiver->line);
}

static void add_report(struct iso_buffer *out, const char *key, const struct iso_report *report)
{
    iso_buffer_format(out, " \"%s\": {\"machine\": ", key);
    iso_buffer_json_string(out, report->machine);
    iso_buffer_add(out, ", \"machine_sha256\": ");
    iso_buffer_json_string(out, report->machine_sha256);
    iso_buffer_add(out, ", \"policy\": ");
    iso_buffer_json_string(out, report->npolicies == 1 ? report->policy->name : NULL);
    iso_buffer_add(out, ", \"policy_sha256\": ");
    iso_buffer_json_string(out, report->npolicies == 1 ? report->policy->sha256 : NULL);
    for (size_t i = 0; i < report->npolicies && report->npolicies > 1; i++) {
        iso_buffer_add(out, i ? ", {\"name\": " : ", \"policies\": [{\"name\": ");
        iso_buffer_json_string(out, report->policy[i].name);
        iso_buffer_add(out, ", \"sha256\": ");
        iso_buffer_json_string(out, report->policy[i].sha256);
        iso_buffer_add(out, "}");
    }
    iso_buffer_add(out, report->npolicies > 1 ? "]" : "");
    iso_buffer_add(out, ", \"reference\": ");
    iso_buffer_json_string(out, report->reference);
    iso_buffer_format(out, ", \"seed\": %llu, \"seeds\": %llu, \"slim\": %s, \"cells\": %zu},\n",
                      (unsigned long long)report->seed, (unsigned long long)report->seeds,
                      report->slim ? "true" : "false", report->ncells);
}

void iso_gate_json(struct iso_buffer *out, const struct iso_gate *gate)
{
    char today[ISO_DAY_TEXT_MAX];
    const char *between = "";
    iso_day_text(today, gate->options.today);
    iso_buffer_format(out, "{\"schema\": 1,\n \"tool\": {\"name\": \"isotier\", \"version\": \"%s\"},\n",
                      ISOTIER_VERSION);
    add_report(out, "report", gate->now);
    add_report(out, "baseline", gate->before);
    iso_buffer_add(out, " \"fail_on\": [");
    for (unsigned c = 0; c < ISO_GATE_CATEGORY_COUNT; c++)
        if (gate->options.fail_on >> c & 1) {
            iso_buffer_format(out, "%s\"%s\"", between, iso_gate_category_name((enum iso_gate_category)c));
            between = ", ";
        }
    iso_buffer_format(out,
                      "],\n \"cost_threshold\": %llu,\n \"coverage_threshold\": %llu,\n \"subset\": %s,\n \"today\": ",
                      (unsigned long long)gate->options.cost_percent, (unsigned long long)gate->options.cover_percent,
                      gate->options.subset ? "true" : "false");
    iso_buffer_json_string(out, gate->waivers ? today : NULL);
    iso_buffer_format(
        out,
        ",\n \"cells\": {\"compared\": %zu, \"observed\": %zu, \"costed\": %zu, \"new\": %zu, \"vanished\": %zu},\n",
        gate->compared, gate->observed, gate->costed, gate->fresh, gate->vanished);
    iso_buffer_add(out, " \"counts\": {");
    for (unsigned c = 0; c < ISO_GATE_CATEGORY_COUNT; c++)
        iso_buffer_format(out, "%s\"%s\": {\"findings\": %zu, \"waived\": %zu}", c ? ", " : "",
                          iso_gate_category_name((enum iso_gate_category)c), gate->found[c], gate->waived[c]);
    iso_buffer_add(out, "},\n \"findings\": [");
    for (size_t i = 0; i < gate->nfindings; i++) {
        iso_buffer_add(out, i ? ",\n  " : "\n  ");
        add_finding(out, gate, &gate->finding[i]);
    }
    iso_buffer_add(out, "],\n \"waivers\": [");
    for (size_t w = 0; gate->waivers && w < gate->waivers->count; w++) {
        iso_buffer_add(out, w ? ",\n  " : "\n  ");
        add_waiver(out, &gate->waivers->list[w], &gate->use[w]);
    }
    iso_buffer_format(out, "],\n \"exit\": %d}\n", gate->status);
}
