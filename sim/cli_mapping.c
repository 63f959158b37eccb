/* Options that several verbs share: --mapping and --vm. Declared in policy_answer.h. Not for: what they mean to a policy. */
#include "sim/policy_answer.h"

#include <string.h>

int iso_mappings_choose(const struct iso_mapping **list, size_t *count, const struct iso_cli *cli,
                        const struct iso_strings *names)
{
    bool all = names->count == 1 && strcmp(names->list[0], "all") == 0;
    *count = 0;
    for (size_t i = 0; i < iso_mapping_count() && (all || !names->count); i++)
        if (all || iso_mapping_at(i)->is_default)
            list[(*count)++] = iso_mapping_at(i);
    for (size_t i = 0; i < names->count && !all; i++) {
        const struct iso_mapping *mapping = iso_mapping_find(names->list[i]);
        if (!mapping) {
            struct iso_buffer known = {0};
            for (size_t k = 0; k < iso_mapping_count(); k++)
                iso_buffer_format(&known, "%s%s", k ? ", " : "", iso_mapping_at(k)->name);
            iso_cli_usage(cli, "--mapping has \"%s\"; expected all, or some of %s", names->list[i], known.data);
            iso_buffer_free(&known);
            return -1;
        }
        bool seen = false;
        for (size_t k = 0; k < *count; k++)
            seen |= list[k] == mapping;
        if (!seen && *count < ISO_MAPPINGS_MAX)
            list[(*count)++] = mapping;
    }
    return 0;
}

int iso_policy_vm_parse(struct iso_policy_vm *out, const struct iso_cli *cli, const struct iso_strings *names)
{
    struct {
        const char *name;
        bool *flag;
    } flags[] = {{"mte", &out->mte},
                 {"protected", &out->is_protected},
                 {"realm", &out->realm},
                 {"shared-ipa", &out->shared_ipa},
                 {"dirty-log", &out->dirty_log},
                 {"readonly", &out->readonly},
                 {"sea-exit", &out->sea_exit},
                 {"slot-cacheable", &out->slot_cacheable},
                 {"mte-perm", &out->mte_perm}};
    *out = (struct iso_policy_vm){.mte = false};
    for (size_t i = 0; i < names->count; i++) {
        size_t k = 0;
        while (k < sizeof flags / sizeof flags[0] && strcmp(flags[k].name, names->list[i]) != 0)
            k++;
        if (k == sizeof flags / sizeof flags[0]) {
            iso_cli_usage(cli, "--vm has \"%s\"; expected some of %s", names->list[i], ISO_POLICY_VM_WORDS);
            return -1;
        }
        *flags[k].flag = true;
    }
    return 0;
}
