/* The gate as JUnit XML: a testsuite for each subject, a testcase for each cell of the report, and two suites of its own for what is about
 * the report as a whole and for waivers. Declared in gate.h. A finding that fails is a failure, a model bug an error, a cell whose
 * findings are all waived is skipped; findings that do not fail stand in system-out.
 * Not modelled: times; the gate compares reports, it runs nothing. */
#include "sim/gate.h"

#include <stdlib.h>
#include <string.h>

/* Characters that XML 1.0 has no way to write become U+FFFD. */
static void add_xml(struct iso_buffer *out, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '&':
            iso_buffer_add(out, "&amp;");
            break;
        case '<':
            iso_buffer_add(out, "&lt;");
            break;
        case '>':
            iso_buffer_add(out, "&gt;");
            break;
        case '"':
            iso_buffer_add(out, "&quot;");
            break;
        case '\n':
            iso_buffer_add(out, "&#10;");
            break;
        default:
            if ((unsigned char)*text < ' ') {
                iso_buffer_add(out, "\xef\xbf\xbd");
            } else if (strncmp(text, "\xef\xbf\xbe", 3) == 0 ||
                       strncmp(text, "\xef\xbf\xbf", 3) == 0) { /* U+FFFE, U+FFFF */
                iso_buffer_add(out, "\xef\xbf\xbd");
                text += 2;
            } else
                iso_buffer_add_bytes(out, text, 1);
        }
}

static void add_attribute(struct iso_buffer *out, const char *name, const char *value)
{
    iso_buffer_format(out, " %s=\"", name);
    add_xml(out, value);
    iso_buffer_add(out, "\"");
}

/* One testcase: what it says in the end, and the lines on the way. */
struct result {
    struct iso_buffer failure, notes, skipped;
    const char *type; /* of the worst failure */
    bool error;
};

struct suite {
    struct iso_buffer text;
    size_t tests, failures, errors, skipped;
};

static void take(struct result *result, const struct iso_gate *gate, const struct iso_gate_finding *finding)
{
    struct iso_buffer *to = iso_gate_fails(gate, finding) ? &result->failure
                            : finding->waiver             ? &result->skipped
                                                          : &result->notes;
    iso_buffer_add(to, to->size ? "\n" : "");
    if (to == &result->skipped)
        iso_buffer_format(to, "waived by %s: ", finding->waiver->id);
    iso_buffer_format(to, "%s %s: %s (%s)", iso_gate_category_name(iso_gate_kind_category(finding->kind)),
                      iso_gate_kind_name(finding->kind), finding->message, iso_gate_kind_meaning(finding->kind));
    const struct iso_report_cell *cell = iso_gate_cell(finding);
    for (size_t i = 0; cell && i < iso_report_list_size(cell->rules); i++)
        iso_buffer_format(to, "%s%s", i ? ", " : "; rules ", iso_report_list_text(cell->rules, i));
    if (to == &result->failure && !result->type)
        result->type = iso_gate_kind_name(finding->kind);
    result->error |= finding->kind == ISO_GATE_KIND_MODEL_BUG;
}

static void add_element(struct iso_buffer *out, const char *element, const char *type, const char *text)
{
    struct iso_buffer first = {0};
    iso_buffer_format(&first, "%.*s", (int)strcspn(text, "\n"), text);
    iso_buffer_format(out, "      <%s", element);
    if (type)
        add_attribute(out, "type", type);
    add_attribute(out, "message", first.data);
    iso_buffer_add(out, ">");
    add_xml(out, text);
    iso_buffer_format(out, "</%s>\n", element);
    iso_buffer_free(&first);
}

static void add_case(struct suite *suite, const char *class_name, const char *name, struct result *result)
{
    struct iso_buffer *out = &suite->text;
    bool empty = !result->failure.size && !result->skipped.size && !result->notes.size;
    iso_buffer_add(out, "    <testcase");
    add_attribute(out, "classname", class_name);
    add_attribute(out, "name", name);
    iso_buffer_add(out, empty ? " time=\"0\"/>\n" : " time=\"0\">\n");
    suite->tests++;
    if (result->failure.size) {
        suite->errors += result->error;
        suite->failures += !result->error;
        add_element(out, result->error ? "error" : "failure", result->type, result->failure.data);
    } else if (result->skipped.size) {
        suite->skipped++;
        add_element(out, "skipped", NULL, result->skipped.data);
    }
    if (result->notes.size) {
        iso_buffer_add(out, "      <system-out>");
        add_xml(out, result->notes.data);
        iso_buffer_add(out, "</system-out>\n");
    }
    if (!empty)
        iso_buffer_add(out, "    </testcase>\n");
    iso_buffer_free(&result->failure);
    iso_buffer_free(&result->notes);
    iso_buffer_free(&result->skipped);
}

static void add_property(struct iso_buffer *out, const char *name, const char *value)
{
    iso_buffer_add(out, "      <property");
    add_attribute(out, "name", name);
    add_attribute(out, "value", value);
    iso_buffer_add(out, "/>\n");
}

static void close_suite(struct iso_buffer *out, struct suite *total, struct suite *suite, const struct iso_gate *gate,
                        const char *name)
{
    char shown[160];
    const char *policy = iso_report_policy_name(shown, sizeof shown, gate->now);
    iso_buffer_add(out, "  <testsuite");
    add_attribute(out, "name", name);
    iso_buffer_format(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"0\">\n", suite->tests,
                      suite->failures, suite->errors, suite->skipped);
    iso_buffer_add(out, "    <properties>\n");
    add_property(out, "machine", gate->now->machine);
    add_property(out, "machine_sha256", gate->now->machine_sha256);
    add_property(out, "policy", policy ? policy : "none");
    add_property(out, "reference", gate->now->reference);
    iso_buffer_add(out, "    </properties>\n");
    iso_buffer_add_bytes(out, suite->text.data, suite->text.size);
    iso_buffer_add(out, "  </testsuite>\n");
    total->tests += suite->tests;
    total->failures += suite->failures;
    total->errors += suite->errors;
    total->skipped += suite->skipped;
    iso_buffer_free(&suite->text);
    *suite = (struct suite){0};
}

/* A cell as a testcase: its place in the order of suites, and its findings. */
struct entry {
    char subject[80];
    const char *id;
    size_t first, count; /* in `order` */
};

static int by_subject(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = strcmp(x->subject, y->subject);
    return order ? order : strcmp(x->id, y->id);
}

/* Findings by cell id, worst first within one. */
static int by_finding(const void *a, const void *b)
{
    const struct iso_gate_finding *const *x = a, *const *y = b;
    int order = strcmp((*x)->id, (*y)->id);
    return order ? order : *x < *y ? -1 : 1;
}

static size_t first_finding(const struct iso_gate_finding **order, size_t count, const char *id)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(order[middle]->id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void add_cells(struct iso_buffer *out, struct suite *total, const struct iso_gate *gate)
{
    const struct iso_gate_finding **order = iso_allocate((gate->nfindings + 1) * sizeof *order);
    struct entry *entry = iso_allocate((gate->now->ncells + gate->nfindings + 1) * sizeof *entry);
    struct suite suite = {0};
    size_t count = 0, nfindings = 0;
    for (size_t i = 0; i < gate->nfindings; i++)
        if (iso_gate_cell(&gate->finding[i]))
            order[nfindings++] = &gate->finding[i];
    if (nfindings)
        qsort(order, nfindings, sizeof order[0], by_finding);
    for (size_t i = 0; i < gate->now->ncells; i++) {
        iso_report_subject(entry[count].subject, sizeof entry[count].subject, gate->cell[i]);
        entry[count++].id = gate->cell[i]->id;
    }
    for (size_t i = 0; i < nfindings; i++)
        if (!order[i]->after) {
            iso_report_subject(entry[count].subject, sizeof entry[count].subject, order[i]->before);
            entry[count++].id = order[i]->id;
        }
    if (count)
        qsort(entry, count, sizeof entry[0], by_subject);
    for (size_t i = 0; i < count; i++) {
        struct result result = {0};
        for (size_t k = first_finding(order, nfindings, entry[i].id);
             k < nfindings && strcmp(order[k]->id, entry[i].id) == 0; k++)
            take(&result, gate, order[k]);
        add_case(&suite, entry[i].subject, entry[i].id, &result);
        if (i + 1 == count || strcmp(entry[i].subject, entry[i + 1].subject) != 0)
            close_suite(out, total, &suite, gate, entry[i].subject);
    }
    free(entry);
    free(order);
}

static void add_whole(struct iso_buffer *out, struct suite *total, const struct iso_gate *gate)
{
    struct suite suite = {0};
    struct result compared = {0};
    if (!gate->compared || !gate->observed) {
        iso_buffer_format(&compared.failure,
                          "%zu cells compared, %zu of them observed: nothing observed is never green", gate->compared,
                          gate->observed);
        compared.type = "vacuous";
    } else if ((gate->options.fail_on >> ISO_GATE_COST & 1) && !gate->costed) {
        iso_buffer_add(&compared.failure, "no cell has cycles in both reports: cost was not compared");
        compared.type = "vacuous";
    } else {
        iso_buffer_format(&compared.notes, "%zu cells compared, %zu of them observed", gate->compared, gate->observed);
    }
    add_case(&suite, "report", "cells compared", &compared);
    for (size_t i = 0; i < gate->nfindings; i++) {
        struct result result = {0};
        if (iso_gate_cell(&gate->finding[i]))
            continue;
        take(&result, gate, &gate->finding[i]);
        add_case(&suite, "report", gate->finding[i].id, &result);
    }
    close_suite(out, total, &suite, gate, "report");
    for (size_t w = 0; gate->waivers && w < gate->waivers->count; w++) {
        const struct iso_waiver *waiver = &gate->waivers->list[w];
        enum iso_waiver_state state = gate->use[w].state;
        struct result result = {.type = iso_waiver_state_name(state)};
        bool good = state == ISO_WAIVER_USED || state == ISO_WAIVER_NOT_RUN;
        struct iso_buffer *to = good ? &result.notes : &result.failure;
        iso_buffer_format(to, "waiver %s of %s ", waiver->id, waiver->owner);
        iso_waiver_use_say(to, waiver, &gate->use[w]);
        add_case(&suite, "waivers", waiver->id, &result);
    }
    if (suite.tests)
        close_suite(out, total, &suite, gate, "waivers");
}

void iso_gate_junit(struct iso_buffer *out, const struct iso_gate *gate)
{
    struct iso_buffer body = {0};
    struct suite total = {0};
    add_cells(&body, &total, gate);
    add_whole(&body, &total, gate);
    iso_buffer_format(out,
                      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"isotier gate\" tests=\"%zu\" "
                      "failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"0\">\n",
                      total.tests, total.failures, total.errors, total.skipped);
    iso_buffer_add_bytes(out, body.data, body.size);
    iso_buffer_add(out, "</testsuites>\n");
    iso_buffer_free(&body);
}
