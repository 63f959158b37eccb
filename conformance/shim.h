// The C headers of models/ for C++ tests. Nothing else: tests call the C functions directly.
#ifndef ISO_CONFORMANCE_SHIM_H
#define ISO_CONFORMANCE_SHIM_H

extern "C" {
#include "models/access.h"
#include "models/align.h"
#include "models/atomic.h"
#include "models/attribute.h"
#include "models/capability.h"
#include "models/cpu.h"
#include "models/decide.h"
#include "models/machine.h"
#include "models/migration.h"
#include "models/monitor.h"
#include "models/route.h"
#include "models/rule.h"
#include "models/tag.h"
#include "models/tier.h"
#include "models/translate.h"
}

#endif
