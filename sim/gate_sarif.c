/* The gate as SARIF 2.1.0, for code scanning services: a rule for each kind of finding, a result for each finding, waivers as
 * suppressions. Declared in gate.h. A result points at the scenario's file, at the line of the instruction that the witness names.
 * Not for: reports as such. Paths are those of the bundled scenarios, scenarios/SUBJECT/NAME.litmus, below %SRCROOT%.
 * Source: OASIS SARIF 2.1.0, sections 3.13 to 3.35. */
#include "sim/gate.h"

#ifndef ISOTIER_VERSION
#define ISOTIER_VERSION "0"
#endif

#include <string.h>

static const char *level_of(enum iso_gate_category category)
{
    switch (category) {
    case ISO_GATE_BREAKING:
        return "error";
    case ISO_GATE_WEAKENING:
    case ISO_GATE_COST:
        return "warning";
    case ISO_GATE_INFO:
        return "note";
    }
    return "note";
}

static void add_rules(struct iso_buffer *out)
{
    iso_buffer_add(out, "\"rules\": [");
    for (unsigned k = 0; k < ISO_GATE_KIND_NONE; k++) {
        enum iso_gate_kind kind = (enum iso_gate_kind)k;
        iso_buffer_format(
            out,
            "%s\n     {\"id\": \"%s\", \"shortDescription\": {\"text\": \"%s\"}, \"defaultConfiguration\": "
            "{\"level\": \"%s\"}, \"properties\": {\"category\": \"%s\"}}",
            k ? "," : "", iso_gate_kind_name(kind), iso_gate_kind_meaning(kind), level_of(iso_gate_kind_category(kind)),
            iso_gate_category_name(iso_gate_kind_category(kind)));
    }
    iso_buffer_add(out, "]");
}

/* Percent-encodes what a URI reference cannot hold as it stands (RFC 3986 section 2.1). */
static void add_uri(struct iso_buffer *out, const char *name)
{
    struct iso_buffer uri = {0};
    iso_buffer_add(&uri, "scenarios/");
    for (; *name; name++)
        if (strchr("/-._~+@", *name) || (*name >= '0' && *name <= '9') || (*name >= 'a' && *name <= 'z') ||
            (*name >= 'A' && *name <= 'Z'))
            iso_buffer_add_bytes(&uri, name, 1);
        else
            iso_buffer_format(&uri, "%%%02X", (unsigned)(unsigned char)*name);
    iso_buffer_add(&uri, ".litmus");
    iso_buffer_json_string(out, uri.data);
    iso_buffer_free(&uri);
}

static void add_location(struct iso_buffer *out, const struct iso_gate_finding *finding)
{
    const struct iso_report_cell *cell = iso_gate_cell(finding);
    iso_buffer_add(out, "\"locations\": [{");
    if (cell) {
        uint32_t line = finding->after && finding->after->witness_line ? finding->after->witness_line : 1;
        iso_buffer_add(out, "\"physicalLocation\": {\"artifactLocation\": {\"uri\": ");
        add_uri(out, cell->scenario);
        iso_buffer_format(out, ", \"uriBaseId\": \"%%SRCROOT%%\"}, \"region\": {\"startLine\": %u}}, ", line);
    }
    iso_buffer_add(out, "\"logicalLocations\": [{\"fullyQualifiedName\": ");
    iso_buffer_json_string(out, finding->id);
    iso_buffer_add(out, "}]}]");
}

static void add_result(struct iso_buffer *out, const struct iso_gate *gate, const struct iso_gate_finding *finding)
{
    const struct iso_report_cell *cell = iso_gate_cell(finding);
    struct iso_buffer text = {0};
    const char *state = !cell ? NULL : !finding->after ? "absent" : !finding->before ? "new" : "updated";
    iso_buffer_format(&text, "%s: %s (%s)", finding->id, finding->message, iso_gate_kind_meaning(finding->kind));
    for (size_t i = 0; cell && i < iso_report_list_size(cell->rules); i++)
        iso_buffer_format(&text, "%s%s", i ? ", " : "; rules ", iso_report_list_text(cell->rules, i));
    iso_buffer_format(out, "{\"ruleId\": \"%s\", \"ruleIndex\": %u, \"level\": \"%s\", \"message\": {\"text\": ",
                      iso_gate_kind_name(finding->kind), (unsigned)finding->kind,
                      level_of(iso_gate_kind_category(finding->kind)));
    iso_buffer_json_string(out, text.data);
    iso_buffer_add(out, "}, ");
    add_location(out, finding);
    iso_buffer_add(out, ", \"partialFingerprints\": {\"finding/v1\": ");
    iso_buffer_clear(&text);
    iso_buffer_format(&text, "%s %s", iso_gate_kind_name(finding->kind), finding->id);
    iso_buffer_json_string(out, text.data);
    iso_buffer_add(out, "}");
    if (state)
        iso_buffer_format(out, ", \"baselineState\": \"%s\"", state);
    iso_buffer_add(out, ", \"suppressions\": [");
    if (finding->waiver) {
        iso_buffer_add(out, "{\"kind\": \"external\", \"status\": \"accepted\", \"justification\": ");
        iso_buffer_clear(&text);
        iso_buffer_format(&text, "%s, %s: %s", finding->waiver->id, finding->waiver->owner, finding->waiver->reason);
        iso_buffer_json_string(out, text.data);
        iso_buffer_add(out, "}");
    }
    iso_buffer_format(out, "], \"properties\": {\"category\": \"%s\", \"fails\": %s}}",
                      iso_gate_category_name(iso_gate_kind_category(finding->kind)),
                      iso_gate_fails(gate, finding) ? "true" : "false");
    iso_buffer_free(&text);
}

void iso_gate_sarif(struct iso_buffer *out, const struct iso_gate *gate)
{
    bool ran = gate->compared && gate->observed, first = true;
    iso_buffer_format(out,
                      "{\"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n \"version\": \"2.1.0\",\n "
                      "\"runs\": [{\n  \"tool\": {\"driver\": {\"name\": \"isotier\", \"version\": \"%s\", "
                      "\"semanticVersion\": \"%s\",\n    ",
                      ISOTIER_VERSION, ISOTIER_VERSION);
    add_rules(out);
    iso_buffer_format(out,
                      "}},\n  \"columnKind\": \"utf16CodeUnits\",\n  \"invocations\": [{\"executionSuccessful\": %s, "
                      "\"exitCode\": %d, \"toolExecutionNotifications\": [",
                      ran ? "true" : "false", gate->status);
    if (!ran) {
        iso_buffer_format(out,
                          "{\"level\": \"error\", \"message\": {\"text\": \"%zu cells compared, %zu of them observed: "
                          "nothing observed is never green\"}}",
                          gate->compared, gate->observed);
        first = false;
    }
    for (size_t w = 0; gate->waivers && w < gate->waivers->count; w++) {
        struct iso_buffer text = {0};
        enum iso_waiver_state state = gate->use[w].state;
        if (state == ISO_WAIVER_USED || state == ISO_WAIVER_NOT_RUN)
            continue;
        iso_buffer_format(&text, "waiver %s of %s ", gate->waivers->list[w].id, gate->waivers->list[w].owner);
        iso_waiver_use_say(&text, &gate->waivers->list[w], &gate->use[w]);
        iso_buffer_format(out, "%s{\"level\": \"error\", \"message\": {\"text\": ", first ? "" : ", ");
        iso_buffer_json_string(out, text.data);
        iso_buffer_add(out, "}}");
        iso_buffer_free(&text);
        first = false;
    }
    iso_buffer_add(out, "]}],\n  \"results\": [");
    for (size_t i = 0; i < gate->nfindings; i++) {
        iso_buffer_add(out, i ? ",\n   " : "\n   ");
        add_result(out, gate, &gate->finding[i]);
    }
    iso_buffer_add(out, "]}]}\n");
}
