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

bool iso_policy_vm_set(struct iso_policy_vm *vm, const char *name)
{
    struct {
        const char *name;
        bool *flag;
    } flags[] = {{"mte", &vm->mte},
                 {"protected", &vm->is_protected},
                 {"realm", &vm->realm},
                 {"shared-ipa", &vm->shared_ipa},
                 {"dirty-log", &vm->dirty_log},
                 {"readonly", &vm->readonly},
                 {"sea-exit", &vm->sea_exit},
                 {"slot-cacheable", &vm->slot_cacheable},
                 {"mte-perm", &vm->mte_perm}};
    for (size_t k = 0; k < sizeof flags / sizeof flags[0]; k++)
        if (strcmp(flags[k].name, name) == 0) {
            *flags[k].flag = true;
            return true;
        }
    return false;
}

int iso_policy_vm_parse(struct iso_policy_vm *out, const struct iso_cli *cli, const struct iso_strings *names)
{
    *out = (struct iso_policy_vm){.mte = false};
    for (size_t i = 0; i < names->count; i++)
        if (!iso_policy_vm_set(out, names->list[i])) {
            iso_cli_usage(cli, "--vm has \"%s\"; expected some of %s", names->list[i], ISO_POLICY_VM_WORDS);
            return -1;
        }
    return 0;
}
