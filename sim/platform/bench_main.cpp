/* isotier-bench: how fast the timed engine is, and whether its idle latencies and bandwidths are those of its own settings.
 * Not for: latency of a machine file (`isotier bench`). usage: isotier-bench [SECONDS per figure] */
#include "sim/platform/measure.h"
#include "sim/platform/platform.h"

extern "C" {
#include "sim/isa/engine.h"
}

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace
{

const char message_passing[] = "AArch64 MP\n"
                               "{\n0:X1=x; 0:X3=y;\n1:X1=y; 1:X3=x;\n}\n"
                               " P0          | P1          ;\n"
                               " MOV W0,#1   | LDR W0,[X1] ;\n"
                               " STR W0,[X1] | LDR W2,[X3] ;\n"
                               " MOV W2,#1   |             ;\n"
                               " STR W2,[X3] |             ;\n"
                               "exists (1:X0=1 /\\ 1:X2=0)\n";

const char copy[] = "AArch64 copy\n"
                    "{\nuint64_t a[64]; uint64_t b[64]; uint64_t c[64]; uint64_t d[64];\n"
                    "0:X1=a; 0:X3=b; 1:X1=c; 1:X3=d;\n}\n"
                    " P0                 | P1                 ;\n"
                    " MOV X5,#15         | MOV X5,#15         ;\n"
                    "L0:                 |L1:                 ;\n"
                    " LDP X0,X2,[X1],#16 | LDP X0,X2,[X1],#16 ;\n"
                    " LDP X6,X7,[X1],#16 | LDP X6,X7,[X1],#16 ;\n"
                    " STP X0,X2,[X3],#16 | STP X0,X2,[X3],#16 ;\n"
                    " STP X6,X7,[X3],#16 | STP X6,X7,[X3],#16 ;\n"
                    " SUB X5,X5,#1       | SUB X5,X5,#1       ;\n"
                    " CBNZ X5,L0         | CBNZ X5,L1         ;\n"
                    "exists (0:X0=0)\n";

const char counter[] = "AArch64 counter\n"
                       "{\n0:X1=x; 1:X1=x;\n}\n"
                       " P0               | P1               ;\n"
                       " MOV W5,#100      | MOV W5,#100      ;\n"
                       " MOV W0,#1        | MOV W0,#1        ;\n"
                       "L0:               |L1:               ;\n"
                       " LDADD W0,W2,[X1] | LDADD W0,W2,[X1] ;\n"
                       " SUB W5,W5,#1     | SUB W5,W5,#1     ;\n"
                       " CBNZ W5,L0       | CBNZ W5,L1       ;\n"
                       "exists (0:X2=0)\n";

/* CPU time of this process: what others do on the machine does not count. */
double seconds()
{
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

struct speed {
    double runs, accesses, kernel_share;
};

bool time_test(speed *out, const char *text, uint32_t batch, double limit)
{
    iso_diags diags = {};
    iso_test *test = nullptr;
    if (iso_litmus_parse(&test, &diags, "bench", text, std::strlen(text)) != 0) {
        std::fprintf(stderr, "bench:%u:%u: %s\n", diags.list[0].line, diags.list[0].column, diags.list[0].message);
        return false;
    }
    static iso_setup setup;
    setup = {};
    setup.test = test;
    setup.variant = test->variant;
    uint64_t runs = 0, accesses = 0, seed = 1;
    double begin = seconds(), now = begin;
    while (now - begin < limit) {
        iso_outcome_set set;
        iso_outcome_set_init(&set);
        iso_platform_stats stats = {};
        iso_platform_options options = {};
        options.first_seed = seed;
        options.runs = batch;
        if (iso_platform_run(&set, &stats, &diags, &setup, &options) != 0)
            return false;
        seed += batch;
        runs += stats.runs;
        accesses += stats.accesses;
        iso_outcome_set_free(&set);
        now = seconds();
    }
    out->runs = static_cast<double>(runs) / (now - begin);
    out->accesses = static_cast<double>(accesses) / (now - begin);
    iso_outcome_set set;
    iso_outcome_set_init(&set);
    iso_platform_stats stats = {};
    iso_platform_options options = {};
    options.first_seed = 1;
    options.runs = batch;
    iso::the_platform().shared.measure_kernel = true;
    iso_platform_run(&set, &stats, &diags, &setup, &options);
    iso::the_platform().shared.measure_kernel = false;
    out->kernel_share = stats.kernel_share;
    iso_outcome_set_free(&set);
    iso_test_free(test);
    return true;
}

} // namespace

int main(int argc, char **argv)
{
    double limit = argc > 1 ? std::atof(argv[1]) : 1.0;
    if (limit <= 0)
        limit = 1.0;
    speed s;
    if (!time_test(&s, message_passing, 1000, limit))
        return 1;
    std::printf("litmus-size runs          %10.0f /s per core   (target 2000)\n", s.runs);
    std::printf("  SystemC kernel          %10.1f %% of the time\n", 100 * s.kernel_share);
    if (!time_test(&s, copy, 200, limit))
        return 1;
    std::printf("accesses of programs      %10.0f /s per core   (copying; target 1000000)\n", s.accesses);
    std::printf("  SystemC kernel          %10.1f %% of the time\n", 100 * s.kernel_share);
    if (!time_test(&s, counter, 100, limit))
        return 1;
    std::printf("                          %10.0f /s per core   (two CPUs on one counter)\n", s.accesses);
    static iso_machine machine;
    iso::ordinary_machine(&machine);
    double begin = seconds(), ns = 0, gbps = 0;
    const uint32_t n = 500000;
    iso_platform_measure_latency(&ns, &machine, 0, n, 1);
    std::printf("requests of a chase       %10.0f /s per core\n", n / (seconds() - begin));
    std::printf("  latency                 %10.1f ns (settings: %.1f)\n", ns,
                static_cast<double>(iso_tier_idle_ps(&machine.tiers[0])) / 1000);
    begin = seconds();
    iso_platform_measure_bandwidth(&gbps, &machine, 0, 1000, n, 1);
    std::printf("requests at full load     %10.0f /s per core\n", n / (seconds() - begin));
    std::printf("  bandwidth               %10.1f GB/s (settings: %.1f)\n", gbps,
                machine.tiers[0].hops[2].timing.read_mbps / 1000.0);
    return 0;
}
