// Running a test text on the timed engine. See platform_run.h.
#include "conformance/platform_run.h"

#include <memory>

platform_result platform_run_test(const iso_test *test, uint32_t seeds, uint64_t first, const iso_variant &command_line,
                                  const iso_machine *machine, unsigned tier, const char *attribute, uint64_t max_cycles,
                                  const char *vcd, const char *trace)
{
    platform_result result;
    iso_diags diags = {};
    auto setup = std::make_unique<iso_setup>();
    setup->test = test;
    iso_variant_merge(&setup->variant, &command_line, test);
    setup->machine = machine;
    setup->whole_locations = !machine && !setup->variant.mixed && !test->has_guest; // as `isotier outcomes` has it
    iso_attribute a = {};
    iso_attribute_parse(&a, attribute, nullptr, nullptr);
    for (unsigned p = 0; p < ISO_SETUP_MAX_PAGES; p++) {
        setup->frame_tier[p] = static_cast<uint8_t>(tier);
        setup->page_attribute[p] = a;
    }
    iso_outcome_set set;
    iso_outcome_set_init(&set);
    iso_platform_options options = {};
    options.first_seed = first;
    options.runs = seeds;
    options.max_cycles = max_cycles;
    options.vcd_path = vcd;
    options.trace_path = trace;
    result.status = iso_platform_run(&set, &result.stats, &diags, setup.get(), &options);
    if (diags.count)
        result.error = diags.list[0].message;
    for (size_t k = 0; k < set.count; k++)
        result.seen[set.list[k].text] = set.list[k].count;
    result.positive = set.positive;
    for (unsigned k = 0; iso_platform_counter_name(k); k++)
        result.counters[iso_platform_counter_name(k)] = result.stats.counter[k];
    iso_outcome_set_free(&set);
    iso_diags_free(&diags);
    return result;
}

platform_result platform_run(const std::string &text, uint32_t seeds, uint64_t first, const std::string &variant,
                             const iso_machine *machine, unsigned tier, const char *attribute, uint64_t max_cycles,
                             const char *vcd, const char *trace)
{
    platform_result result;
    iso_diags diags = {};
    iso_test *test = nullptr;
    iso_variant command_line = {};
    const char *bad = nullptr;
    size_t size = 0;
    if (!variant.empty() && iso_variant_parse(&command_line, variant.c_str(), &bad, &size) != 0) {
        result.error = "bad variant";
        return result;
    }
    if (iso_litmus_parse(&test, &diags, "test", text.c_str(), text.size()) != 0) {
        result.error = diags.count ? diags.list[0].message : "does not parse";
        iso_diags_free(&diags);
        return result;
    }
    result = platform_run_test(test, seeds, first, command_line, machine, tier, attribute, max_cycles, vcd, trace);
    iso_test_free(test);
    iso_diags_free(&diags);
    return result;
}
