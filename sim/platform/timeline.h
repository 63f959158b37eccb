/* The Chrome/Perfetto JSON timeline of one run: instruction spans per CPU, transactions per hop.
 * Not for: many runs (one file is one run). Times are microseconds of simulated time, as the format asks.
 * Source: the Trace Event Format, "X" and "C" events. */
#ifndef ISOTIER_SIM_PLATFORM_TIMELINE_H
#define ISOTIER_SIM_PLATFORM_TIMELINE_H

#include "sim/platform/payload.h"

#include <cstdio>
#include <string>

namespace iso
{

class timeline
{
  public:
    explicit timeline(FILE *out);
    ~timeline();
    timeline(const timeline &) = delete;
    timeline &operator=(const timeline &) = delete;
    /* A span on track `track` of group `group` ("P0", "ddr link0"). */
    void span(const char *group, unsigned group_id, unsigned track, const char *name, uint64_t start_ps,
              uint64_t length_ps);
    void value(const char *name, unsigned group_id, uint64_t at_ps, uint64_t value);
    uint64_t base_ps = 0; /* start of the run */

  private:
    FILE *out_; /* not owned */
    bool first_ = true;
    uint64_t named_ = 0; /* group ids already given a name, low 64 */
    void begin();
};

void trace_hop(timeline &out, const request_extension &extension, unsigned tier, unsigned hop, const char *name,
               uint64_t at_ps, uint64_t length_ps);

/* Text as a JSON string body: quotes, backslashes and control characters escaped. */
std::string json_escape(const char *text);

} // namespace iso

#endif
