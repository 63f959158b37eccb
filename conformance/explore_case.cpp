// See explore_case.h.
#include "explore_case.h"

static explored explore(const std::string &text, const char *variant, uint32_t loop_bound, const iso_machine *machine,
                        const char *attribute, const iso_routing *routing = nullptr, uint64_t max_memory_bytes = 0,
                        bool every_copying = false, iso_reduce reduce = ISO_REDUCE_WHERE_IT_PAYS, uint32_t kernel = 0)
{
    explored out;
    iso_test *test = nullptr;
    iso_diags diags = {};
    if (iso_litmus_parse(&test, &diags, "case", text.data(), text.size()) == 0) {
        iso_variant given = {};
        const char *bad = nullptr;
        size_t size = 0;
        iso_variant_parse(&given, variant, &bad, &size);
        iso_setup *setup = new iso_setup();
        for (uint32_t i = 0; i < test->nthreads; i++)
            const_cast<iso_thread *>(test->thread)[i].is_kernel = kernel >> i & 1;
        if (kernel)
            setup->blocking_pages = ~UINT64_C(0);
        setup->test = test;
        iso_variant_merge(&setup->variant, &given, test);
        setup->machine = machine;
        if (routing)
            setup->routing = *routing;
        for (iso_attribute &page : setup->page_attribute)
            if (machine)
                iso_attribute_parse(&page, attribute, nullptr, nullptr);
        iso_explore_options options = {};
        options.loop_bound = loop_bound;
        options.max_memory_bytes = max_memory_bytes;
        options.every_copying = every_copying;
        options.reduce = reduce;
        iso_outcome_set set;
        iso_outcome_set_init(&set);
        out.status = iso_explore(&set, &diags, setup, &options);
        iso_outcome_set_sort(&set);
        out.bounded = set.bounded;
        out.reason = set.bound_reason;
        out.positive = set.positive;
        out.flags = set.flags;
        out.visited = set.candidates;
        out.negative = set.negative;
        for (size_t i = 0; i < set.count; i++)
            out.states.insert(set.list[i].text);
        for (size_t i = 0; i < set.count; i++) {
            std::string why = set.list[i].text;
            for (uint32_t k = 0; k < set.list[i].state.ncauses; k++)
                why += " " + std::to_string(set.list[i].state.cause[k].rule) + "/" +
                       std::to_string(set.list[i].state.cause[k].effect);
            out.causes.insert(why);
        }
        iso_outcome_set_free(&set);
        delete setup;
        iso_test_free(test);
    }
    if (diags.count)
        out.diagnostic = diags.list[0].message;
    iso_diags_free(&diags);
    return out;
}

explored explore_text(const std::string &text, const char *variant, uint32_t loop_bound, uint64_t max_memory_bytes,
                      iso_reduce reduce)
{
    return explore(text, variant, loop_bound, nullptr, "", nullptr, max_memory_bytes, false, reduce);
}

explored explore_on(const iso_machine *machine, const char *attribute, const std::string &text, const char *variant,
                    bool every_copying, iso_reduce reduce)
{
    return explore(text, variant, 0, machine, attribute, nullptr, 0, every_copying, reduce);
}

explored explore_beside_kernel(uint32_t kernel, const std::string &text, const char *variant, iso_reduce reduce,
                               const iso_machine *machine, const char *attribute)
{
    return explore(text, variant, 0, machine, attribute, nullptr, 0, false, reduce, kernel);
}

explored explore_routed(const iso_routing &routing, const std::string &text, const iso_machine *machine,
                        const char *attribute)
{
    return explore(text, "", 0, machine, attribute, &routing);
}
