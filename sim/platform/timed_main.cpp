/* isotier-timed: one JSON line per test with what the timed engine observed on ordinary memory, for comparison with an oracle.
 * Not for: users; `isotier outcomes --engine timed` is. usage: isotier-timed [--variant LIST] [--seeds N] [--first N] FILE... | @LIST */
extern "C" {
#include "sim/isa/engine.h"
}

#include "sim/platform/timeline.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

namespace
{

struct options {
    iso_variant variant = {};
    uint32_t seeds = 200;
    uint64_t first = 1;
    std::vector<std::string> files;
    const char *vcd = nullptr, *trace = nullptr;
};

void print_test(const options &o, const std::string &file)
{
    iso_diags diags = {};
    iso_test *test = nullptr;
    std::string error;
    iso_outcome_set set;
    iso_outcome_set_init(&set);
    iso_platform_stats stats = {};
    auto begin = std::chrono::steady_clock::now();
    int status = iso_litmus_read(&test, &diags, file.c_str());
    if (status == 0) {
        static iso_setup setup;
        setup = {};
        setup.test = test;
        iso_variant_merge(&setup.variant, &o.variant, test);
        setup.whole_locations = !setup.variant.mixed && !test->has_guest;
        iso_platform_options run = {};
        run.first_seed = o.first;
        run.runs = o.seeds;
        run.vcd_path = o.vcd;
        run.trace_path = o.trace;
        status = iso_platform_run(&set, &stats, &diags, &setup, &run);
    }
    auto wall = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin).count();
    if (status != 0 && diags.count)
        error = std::to_string(diags.list[0].line) + ":" + std::to_string(diags.list[0].column) + ": " +
                diags.list[0].message;
    iso_outcome_set_sort(&set);
    static const char *const verdicts[] = {"Always", "Sometimes", "Never"};
    std::printf("{\"test\":\"%s\",\"file\":\"%s\",\"engine\":\"timed\"",
                iso::json_escape(test ? test->name : "").c_str(), iso::json_escape(file.c_str()).c_str());
    if (status == 0)
        std::printf(",\"verdict\":\"%s\"", verdicts[iso_outcome_set_verdict(&set, test)]);
    std::printf(",\"states\":[");
    for (size_t k = 0; k < set.count; k++)
        std::printf("%s\"%s\"", k ? "," : "", iso::json_escape(set.list[k].text).c_str());
    std::printf("],\"positive\":%llu,\"negative\":%llu,\"wall_us\":%lld,\"cycles_p50\":%llu,\"error\":",
                static_cast<unsigned long long>(set.positive), static_cast<unsigned long long>(set.negative),
                static_cast<long long>(wall), static_cast<unsigned long long>(stats.cycles_p50));
    if (status == 0)
        std::printf("null,\"counters\":{");
    else
        std::printf("\"%s\",\"counters\":{", iso::json_escape(error.empty() ? "unknown" : error.c_str()).c_str());
    bool first = true;
    for (unsigned k = 0; iso_platform_counter_name(k) && status == 0; k++)
        if (stats.counter[k]) {
            std::printf("%s\"%s\":%llu", first ? "" : ",", iso_platform_counter_name(k),
                        static_cast<unsigned long long>(stats.counter[k]));
            first = false;
        }
    std::printf("}}\n");
    std::fflush(stdout);
    iso_outcome_set_free(&set);
    iso_diags_free(&diags);
    if (test)
        iso_test_free(test);
}

int usage()
{
    std::fputs(
        "usage: isotier-timed [--variant LIST] [--seeds N] [--first N] [--vcd FILE] [--trace FILE] FILE... | @LIST\n",
        stderr);
    return 2;
}

} // namespace

int main(int argc, char **argv)
{
    options o;
    for (int k = 1; k < argc; k++) {
        std::string a = argv[k];
        bool more = k + 1 < argc;
        if (a == "--variant" && more) {
            const char *bad = nullptr;
            size_t size = 0;
            if (iso_variant_parse(&o.variant, argv[++k], &bad, &size) != 0)
                return usage();
        } else if (a == "--seeds" && more) {
            o.seeds = static_cast<uint32_t>(std::strtoul(argv[++k], nullptr, 10));
        } else if (a == "--first" && more) {
            o.first = std::strtoull(argv[++k], nullptr, 10);
        } else if (a == "--vcd" && more) {
            o.vcd = argv[++k];
        } else if (a == "--trace" && more) {
            o.trace = argv[++k];
        } else if (a.size() > 1 && a[0] == '@') {
            std::ifstream list(a.substr(1));
            for (std::string line; std::getline(list, line);)
                if (!line.empty())
                    o.files.push_back(line);
        } else if (a[0] == '-') {
            return usage();
        } else {
            o.files.push_back(a);
        }
    }
    if (o.files.empty())
        return usage();
    for (const std::string &f : o.files)
        print_test(o, f);
    return 0;
}
