/* The gate for people: counts, findings worst first, what was waived, waivers that are of no use, the exit line. Declared in gate.h.
 * Not for: programs; they read --format json. */
#include "sim/gate.h"

#include <string.h>

enum { INFO_SHOWN = 20 };

/* Text of files on a terminal: no control characters. */
static void add_plain(struct iso_buffer *out, const char *text)
{
    for (; *text; text++) {
        char c = (unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text;
        iso_buffer_add_bytes(out, &c, 1);
    }
}

static void add_finding(struct iso_buffer *out, const struct iso_gate_finding *finding)
{
    const struct iso_report_cell *cell = iso_gate_cell(finding);
    iso_buffer_format(out, "  %-18s ", iso_gate_kind_name(finding->kind));
    add_plain(out, finding->id);
    iso_buffer_add(out, "  ");
    add_plain(out, finding->message);
    for (size_t i = 0; cell && i < iso_report_list_size(cell->rules); i++) {
        iso_buffer_add(out, i ? ", " : "  by ");
        add_plain(out, iso_report_list_text(cell->rules, i));
    }
    iso_buffer_add(out, "\n");
}

static void add_category(struct iso_buffer *out, const struct iso_gate *gate, enum iso_gate_category category)
{
    size_t open = gate->found[category] - gate->waived[category], shown = 0;
    bool fails = gate->options.fail_on >> category & 1;
    if (!open)
        return;
    iso_buffer_format(out, "\n%s (%zu)%s\n", iso_gate_category_name(category), open, fails ? "" : ", does not fail");
    for (size_t i = 0; i < gate->nfindings; i++) {
        const struct iso_gate_finding *finding = &gate->finding[i];
        if (finding->waiver || iso_gate_kind_category(finding->kind) != category)
            continue;
        if (category == ISO_GATE_INFO && shown == INFO_SHOWN) {
            iso_buffer_format(out, "  ... and %zu more; --format json lists them all\n", open - shown);
            return;
        }
        shown++;
        add_finding(out, finding);
    }
}

static void add_waived(struct iso_buffer *out, const struct iso_gate *gate)
{
    static const struct iso_waiver_use holds = {.state = ISO_WAIVER_USED};
    size_t count = 0;
    for (size_t c = 0; c < ISO_GATE_CATEGORY_COUNT; c++)
        count += gate->waived[c];
    if (count)
        iso_buffer_format(out, "\nwaived (%zu)\n", count);
    for (size_t w = 0; count && w < gate->waivers->count; w++) {
        const struct iso_waiver *waiver = &gate->waivers->list[w];
        bool named = false;
        for (size_t i = 0; i < gate->nfindings; i++) {
            if (gate->finding[i].waiver != waiver)
                continue;
            if (!named) {
                iso_buffer_format(out, " %s, ", waiver->id);
                add_plain(out, waiver->owner);
                iso_buffer_add(out, ", ");
                iso_waiver_use_say(out, waiver, &holds);
                iso_buffer_add(out, ": ");
                add_plain(out, waiver->reason);
                iso_buffer_add(out, "\n");
                named = true;
            }
            add_finding(out, &gate->finding[i]);
        }
    }
}

static void add_bad_waivers(struct iso_buffer *out, const struct iso_gate *gate)
{
    bool first = true;
    for (size_t w = 0; gate->waivers && w < gate->waivers->count; w++) {
        const struct iso_waiver *waiver = &gate->waivers->list[w];
        if (gate->use[w].state == ISO_WAIVER_USED || gate->use[w].state == ISO_WAIVER_NOT_RUN)
            continue;
        iso_buffer_format(out, "%s", first ? "\nwaivers that fail\n" : "");
        first = false;
        iso_buffer_add(out, "  ");
        add_plain(out, gate->waivers->path);
        iso_buffer_format(out, ":%u:%u: waiver %s ", waiver->line, waiver->column, waiver->id);
        iso_waiver_use_say(out, waiver, &gate->use[w]);
        iso_buffer_add(out, "\n");
    }
}

static void add_head(struct iso_buffer *out, const struct iso_gate *gate)
{
    const char *between = "";
    iso_buffer_add(out, "machine ");
    add_plain(out, gate->now->machine);
    char shown[160];
    const char *policy = iso_report_policy_name(shown, sizeof shown, gate->now);
    if (policy) {
        iso_buffer_add(out, gate->now->npolicies == 1 ? "    policy " : "    ");
        add_plain(out, policy);
    }
    iso_buffer_format(out, "    %zu cells compared, %zu of them observed", gate->compared, gate->observed);
    iso_buffer_format(out, "    %zu new, %zu %s    fails on ", gate->fresh, gate->vanished,
                      gate->options.subset ? "not run" : "vanished");
    for (unsigned c = 0; c < ISO_GATE_CATEGORY_COUNT; c++)
        if (gate->options.fail_on >> c & 1) {
            iso_buffer_format(out, "%s%s", between, iso_gate_category_name((enum iso_gate_category)c));
            between = ", ";
        }
    iso_buffer_add(out, *between ? "\n" : "nothing\n");
    if (gate->compared && !gate->costed)
        iso_buffer_add(out, "cost is not compared: no cell has cycles in both reports\n");
}

void iso_gate_text(struct iso_buffer *out, const struct iso_gate *gate, const char *report_path)
{
    add_head(out, gate);
    for (unsigned c = 0; c < ISO_GATE_CATEGORY_COUNT; c++)
        add_category(out, gate, (enum iso_gate_category)c);
    add_waived(out, gate);
    add_bad_waivers(out, gate);
    for (size_t i = 0; i < gate->nfindings; i++) {
        const struct iso_gate_finding *finding = &gate->finding[i];
        if (!iso_gate_fails(gate, finding) || !finding->after || !finding->after->has_witness)
            continue;
        iso_buffer_add(out, "\nwhy: isotier explain ");
        add_plain(out, report_path);
        iso_buffer_add(out, " ");
        add_plain(out, finding->id);
        iso_buffer_add(out, "\n");
        break;
    }
    iso_buffer_add(out, "\nexit ");
    iso_gate_status_say(out, gate->status);
    iso_buffer_add(out, "\n");
}
