/* Routing of faults: defaults and names. See route.h. */
#include "models/route.h"

#include <string.h>

static const uint8_t stage2_default[ISO_ROUTE_CAUSE_COUNT] = {
    [ISO_ROUTE_TRANSLATION] = ISO_ROUTE_TO_RETRY,
    [ISO_ROUTE_ACCESS_FLAG] = ISO_ROUTE_TO_RESOLVE,
    [ISO_ROUTE_PERMISSION] = ISO_ROUTE_TO_RESOLVE,
    [ISO_ROUTE_TAG_ACCESS] = ISO_ROUTE_TO_EXIT_EFAULT,
    [ISO_ROUTE_UNSUPPORTED] = ISO_ROUTE_TO_INJECT_0X35,
    [ISO_ROUTE_ALIGNMENT] = ISO_ROUTE_TO_EXIT_EFAULT,
    [ISO_ROUTE_EXTERNAL] = ISO_ROUTE_TO_INJECT_ABORT,
    [ISO_ROUTE_TAG_CHECK] = ISO_ROUTE_TO_FAULT,
    [ISO_ROUTE_SERROR] = ISO_ROUTE_TO_FAULT,
    [ISO_ROUTE_TLB_CONFLICT] = ISO_ROUTE_TO_EXIT_EFAULT,
};

enum iso_route iso_route_find(const struct iso_routing *routing, unsigned stage, enum iso_route_cause cause)
{
    enum iso_route to = (enum iso_route)routing->to[stage - 1][cause];
    if (to != ISO_ROUTE_TO_DEFAULT)
        return to;
    return stage == 2 ? (enum iso_route)stage2_default[cause] : ISO_ROUTE_TO_FAULT;
}

static const char *const routes[ISO_ROUTE_TO_COUNT] = {
#define ROUTE(name, text) [ISO_ROUTE_TO_##name] = (text),
    ISO_ROUTES(ROUTE)
#undef ROUTE
};
static const char *const causes[ISO_ROUTE_CAUSE_COUNT] = {
#define CAUSE(name, text) [ISO_ROUTE_##name] = (text),
    ISO_ROUTE_CAUSES(CAUSE)
#undef CAUSE
};

const char *iso_route_name(enum iso_route route)
{
    return routes[route];
}

const char *iso_route_cause_name(enum iso_route_cause cause)
{
    return causes[cause];
}

bool iso_route_parse(enum iso_route *out, const char *name)
{
    for (unsigned i = 0; i < ISO_ROUTE_TO_COUNT; i++)
        if (strcmp(routes[i], name) == 0) {
            *out = (enum iso_route)i;
            return true;
        }
    return false;
}

bool iso_route_cause_parse(enum iso_route_cause *out, const char *name)
{
    for (unsigned i = 0; i < ISO_ROUTE_CAUSE_COUNT; i++)
        if (strcmp(causes[i], name) == 0) {
            *out = (enum iso_route_cause)i;
            return true;
        }
    return false;
}
