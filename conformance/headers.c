/* Does every public header of models/ compile on its own terms, in one C program, without a warning? */
#include "models/access.h"
#include "models/align.h"
#include "models/atomic.h"
#include "models/attribute.h"
#include "models/capability.h"
#include "models/cpu.h"
#include "models/decide.h"
#include "models/guest.h"
#include "models/machine.h"
#include "models/mapping.h"
#include "models/migration.h"
#include "models/monitor.h"
#include "models/policy.h"
#include "models/policy_input.h"
#include "models/route.h"
#include "models/rule.h"
#include "models/setting.h"
#include "models/tag.h"
#include "models/tier.h"
#include "models/translate.h"

int main(void)
{
    return iso_rule_count() > 0 && iso_migration_count() > 0 ? 0 : 1;
}
