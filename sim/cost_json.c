/* JSON of cost tables, as declared in cost_table.h; its schema is reports/schema/cost.schema.json. Not for: text (cost_table.c). */
#include "sim/cost_table.h"

#include <string.h>

static void json_cost(struct iso_buffer *out, const struct iso_cost *cost)
{
    if (cost->end == ISO_COST_MEASURED)
        iso_buffer_format(out, "{\"p50\": %.3f, \"p99\": %.3f}", (double)cost->p50_milli / 1000,
                          (double)cost->p99_milli / 1000);
    else
        iso_buffer_add(out, "null");
}

static void json_cell(struct iso_buffer *out, const struct iso_cost_table *table, size_t index)
{
    const struct iso_cell *cell = &table->run->cell[index];
    const struct iso_cost_cell *cost = &table->cell[index];
    double ratio = iso_cost_ratio(&cost->cost, &cost->reference);
    iso_buffer_add(out, "{\"workload\": ");
    iso_buffer_json_string(out, table->run->scenario[cell->scenario].id);
    iso_buffer_format(out, ", \"end\": \"%s\", \"attribute\": ", iso_cost_end_name(cost->cost.end));
    iso_buffer_json_string(out, cell->attribute_name);
    if (ratio > 0)
        iso_buffer_format(out, ", \"ratio\": %.4f", ratio);
    else
        iso_buffer_add(out, ", \"ratio\": null");
    iso_buffer_add(out, ", \"cycles\": ");
    json_cost(out, &cost->cost);
    iso_buffer_add(out, ", \"reference\": ");
    json_cost(out, &cost->reference);
    iso_buffer_format(out, ", \"verdict\": \"%s\", \"class\": ", iso_verdict_name((enum iso_verdict)cost->verdict));
    iso_buffer_json_string(out, iso_divergence_name((enum iso_divergence)cost->divergence));
    iso_buffer_add(out, ", \"refused\": ");
    if (cost->cost.end == ISO_COST_REFUSED) {
        iso_buffer_add(out, "{\"stage\": ");
        iso_buffer_json_string(out, cost->stage);
        iso_buffer_add(out, ", \"errno\": ");
        iso_buffer_json_string(out, cost->error_name);
        iso_buffer_add(out, "}");
    } else {
        iso_buffer_add(out, "null");
    }
    iso_buffer_add(out, ", \"unknown\": ");
    iso_buffer_json_string(out, cost->unknown[0] ? cost->unknown : NULL);
    iso_buffer_add(out, ", \"error\": ");
    iso_buffer_json_string(out, cost->error[0] ? cost->error : NULL);
    iso_buffer_add(out, "}");
}

void iso_cost_table_json(struct iso_buffer *out, const struct iso_cost_table *table)
{
    const struct iso_run *run = table->run;
    const struct iso_machine *machine = &run->machine->machine;
    iso_buffer_add(out, "{\"schema\": 1, \"machine\": ");
    iso_buffer_json_string(out, machine->name);
    iso_buffer_add(out, ", \"reference\": ");
    iso_buffer_json_string(out, machine->tiers[machine->reference].name);
    iso_buffer_format(out, ", \"seed\": %llu, \"seeds\": %u, \"cycle_ps\": %u,\n \"rows\": [",
                      (unsigned long long)run->seed, table->seeds, machine->cpu_timing.cycle_ps);
    for (size_t i = 0; i < table->nrows; i++) {
        const struct iso_cost_row *row = &table->row[i];
        bool first = true;
        iso_buffer_add(out, i ? ",\n  {\"policy\": " : "\n  {\"policy\": ");
        iso_buffer_json_string(out, row->policy ? row->policy->policy.name : NULL);
        iso_buffer_add(out, ", \"mapping\": ");
        iso_buffer_json_string(out, row->mapping ? row->mapping->name : NULL);
        iso_buffer_add(out, ", \"label\": ");
        iso_buffer_json_string(out, row->label);
        iso_buffer_add(out, ", \"tier\": ");
        iso_buffer_json_string(out, machine->tiers[row->tier].name);
        iso_buffer_add(out, ", \"cells\": [");
        for (size_t s = 0; s < run->nscenarios; s++)
            if (row->cell[s] != SIZE_MAX) {
                iso_buffer_add(out, first ? "\n    " : ",\n    ");
                json_cell(out, table, row->cell[s]);
                first = false;
            }
        iso_buffer_add(out, "]}");
    }
    iso_buffer_add(out, "]}\n");
}
