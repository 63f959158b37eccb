// One litmus text explored on ordinary memory or on a machine's tier, for the test_explore suites.
#ifndef ISOTIER_CONFORMANCE_EXPLORE_CASE_H
#define ISOTIER_CONFORMANCE_EXPLORE_CASE_H

extern "C" {
#include "sim/isa/engine.h"
}

#include <set>
#include <string>

struct explored {
    int status = -1;
    bool bounded = false;
    uint64_t positive = 0, negative = 0, visited = 0;
    uint32_t flags = 0;
    std::set<std::string> states, causes; // texts; texts with what of tiers and caches took part
    std::string reason, diagnostic;
};

// Parses and explores `text`, with the variants of the command line in `variant` ("" for none).
explored explore_text(const std::string &text, const char *variant, uint32_t loop_bound = 0,
                      uint64_t max_memory_bytes = 0, iso_reduce reduce = ISO_REDUCE_WHERE_IT_PAYS);
// The same with every page on tier 0 of `machine` under `attribute`. every_copying: see struct iso_explore_options.
explored explore_on(const iso_machine *machine, const char *attribute, const std::string &text, const char *variant,
                    bool every_copying = false, iso_reduce reduce = ISO_REDUCE_WHERE_IT_PAYS);
// The same, on ordinary memory or a machine, with the threads in `kernel`, a bit each, the kernel's: accesses to a page that those have unmapped wait.
explored explore_beside_kernel(uint32_t kernel, const std::string &text, const char *variant,
                               iso_reduce reduce = ISO_REDUCE_WHERE_IT_PAYS, const iso_machine *machine = nullptr,
                               const char *attribute = "");
// On ordinary memory under a routing of faults; with a machine, as explore_on().
explored explore_routed(const iso_routing &routing, const std::string &text, const iso_machine *machine = nullptr,
                        const char *attribute = "");

#endif
