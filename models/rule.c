/* Lookup in the rule register. The rows are in rule_table.h. */
#include "models/rule.h"

#include "models/rule_table.h"

#include <string.h>

static const struct iso_rule rows[] = {
#define ROW(id, title, kind, state, why, citation) {id, title, ISO_RULE_##kind, ISO_RULE_##state, why, citation},
    ISO_RULES_CHOICES(ROW) ISO_RULES_MEMBERS(ROW) ISO_RULES_OTHER(ROW)
#undef ROW
};

size_t iso_rule_count(void)
{
    return sizeof rows / sizeof *rows;
}

const struct iso_rule *iso_rule_at(size_t i)
{
    return i < iso_rule_count() ? &rows[i] : NULL;
}

const struct iso_rule *iso_rule_find(const char *id)
{
    size_t length = strcspn(id, "/");
    for (size_t i = 0; i < iso_rule_count(); i++)
        if (strlen(rows[i].id) == length && memcmp(rows[i].id, id, length) == 0)
            return &rows[i];
    return NULL;
}

const char *iso_rule_kind_name(enum iso_rule_kind kind)
{
    static const char *const name[] = {
        [ISO_RULE_IMPDEF] = "IMPLEMENTATION DEFINED",
        [ISO_RULE_UNPREDICTABLE] = "CONSTRAINED UNPREDICTABLE",
        [ISO_RULE_FIXED] = "fixed",
        [ISO_RULE_PERMITTED] = "permitted",
        [ISO_RULE_MEMBER] = "member of a set",
        [ISO_RULE_DISPUTED] = "sources disagree",
    };
    return name[kind];
}

const char *iso_rule_state_name(enum iso_rule_state state)
{
    static const char *const name[] = {
        [ISO_RULE_MODELLED] = "modelled",
        [ISO_RULE_PARTLY] = "partly",
        [ISO_RULE_NOT_MODELLED] = "not modelled",
    };
    return name[state];
}
