// Running a test text on the timed engine, for the suites of sim/platform. Not for: the exhaustive engine.
#ifndef ISOTIER_CONFORMANCE_PLATFORM_RUN_H
#define ISOTIER_CONFORMANCE_PLATFORM_RUN_H

extern "C" {
#include "sim/isa/engine.h"
}

#include <map>
#include <string>

struct platform_result {
    int status = -1;
    std::string error;                    // first diagnostic
    std::map<std::string, uint64_t> seen; // state text -> times
    uint64_t positive = 0;
    iso_platform_stats stats = {};
    std::map<std::string, uint64_t> counters;
};

// `variant` as on the command line; `machine` null: ordinary memory (else every page on tier `tier` with attribute `attribute`).
platform_result platform_run(const std::string &text, uint32_t seeds, uint64_t first = 1,
                             const std::string &variant = "", const iso_machine *machine = nullptr, unsigned tier = 0,
                             const char *attribute = "wb", uint64_t max_cycles = 0, const char *vcd = nullptr,
                             const char *trace = nullptr);
platform_result platform_run_test(const iso_test *test, uint32_t seeds, uint64_t first, const iso_variant &command_line,
                                  const iso_machine *machine, unsigned tier, const char *attribute, uint64_t max_cycles,
                                  const char *vcd, const char *trace);

#endif
