/* Perfetto timeline. See timeline.h. */
#include "sim/platform/timeline.h"

namespace iso
{

std::string json_escape(const char *text)
{
    std::string out;
    for (const char *p = text; *p; p++) {
        unsigned char c = static_cast<unsigned char>(*p);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += *p;
        } else if (c < 0x20) {
            char code[8];
            std::snprintf(code, sizeof code, "\\u%04x", c);
            out += code;
        } else {
            out += *p;
        }
    }
    return out;
}

timeline::timeline(FILE *out) : out_(out)
{
    std::fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[", out_);
}

timeline::~timeline()
{
    std::fputs("\n]}\n", out_);
}

void timeline::begin()
{
    std::fputs(first_ ? "\n" : ",\n", out_);
    first_ = false;
}

void timeline::span(const char *group, unsigned group_id, unsigned track, const char *name, uint64_t start_ps,
                    uint64_t length_ps)
{
    if (group_id < 64 && !(named_ >> group_id & 1)) {
        named_ |= uint64_t{1} << group_id;
        begin();
        std::fprintf(out_, "{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":%u,\"args\":{\"name\":\"%s\"}}", group_id,
                     json_escape(group).c_str());
    }
    begin();
    std::fprintf(out_, "{\"ph\":\"X\",\"pid\":%u,\"tid\":%u,\"name\":\"%s\",\"ts\":%.6f,\"dur\":%.6f}", group_id, track,
                 json_escape(name).c_str(), static_cast<double>(start_ps - base_ps) / 1e6,
                 static_cast<double>(length_ps) / 1e6);
}

void timeline::value(const char *name, unsigned group_id, uint64_t at_ps, uint64_t value)
{
    begin();
    std::fprintf(out_, "{\"ph\":\"C\",\"pid\":%u,\"name\":\"%s\",\"ts\":%.6f,\"args\":{\"value\":%llu}}", group_id,
                 name, static_cast<double>(at_ps - base_ps) / 1e6, static_cast<unsigned long long>(value));
}

void trace_hop(timeline &out, const request_extension &extension, unsigned tier, unsigned hop, const char *name,
               uint64_t at_ps, uint64_t length_ps)
{
    static const char *const wants[] = {"read", "unique", "uncached read", "uncached write", "far atomic"};
    char text[96];
    std::snprintf(text, sizeof text, "%s P%u (%s)", wants[static_cast<unsigned>(extension.need)], extension.cpu, name);
    char group[32];
    std::snprintf(group, sizeof group, "tier %u", tier);
    out.span(group, 32 + tier, hop, text, at_ps, length_ps);
}

} // namespace iso
