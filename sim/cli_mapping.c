/* Options that several verbs share: --mapping, --vm and --policy. Declared in policy_answer.h. Not for: what they mean to a policy. */
#include "sim/policy_answer.h"

#include "sim/file.h"
#include "sim/run.h"

#include <stdlib.h>
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

static const struct {
    const char *name;
    size_t offset;
} vm_flags[] = {{"mte", offsetof(struct iso_policy_vm, mte)},
                {"protected", offsetof(struct iso_policy_vm, is_protected)},
                {"realm", offsetof(struct iso_policy_vm, realm)},
                {"shared-ipa", offsetof(struct iso_policy_vm, shared_ipa)},
                {"dirty-log", offsetof(struct iso_policy_vm, dirty_log)},
                {"readonly", offsetof(struct iso_policy_vm, readonly)},
                {"sea-exit", offsetof(struct iso_policy_vm, sea_exit)},
                {"slot-cacheable", offsetof(struct iso_policy_vm, slot_cacheable)},
                {"mte-perm", offsetof(struct iso_policy_vm, mte_perm)}};

const char *iso_policy_vm_name(size_t i)
{
    return i < sizeof vm_flags / sizeof vm_flags[0] ? vm_flags[i].name : NULL;
}

bool *iso_policy_vm_flag(struct iso_policy_vm *vm, size_t i)
{
    return (bool *)(void *)((char *)vm + vm_flags[i].offset);
}

void iso_run_vm_names(struct iso_buffer *out, const struct iso_run *run)
{
    struct iso_policy_vm vm = run->vm;
    iso_buffer_add(out, "");
    for (size_t i = 0; iso_policy_vm_name(i); i++)
        if (*iso_policy_vm_flag(&vm, i))
            iso_buffer_format(out, "%s%s", out->size ? "," : "", iso_policy_vm_name(i));
}

bool iso_policy_vm_set(struct iso_policy_vm *vm, const char *name)
{
    for (size_t i = 0; iso_policy_vm_name(i); i++)
        if (strcmp(vm_flags[i].name, name) == 0) {
            *iso_policy_vm_flag(vm, i) = true;
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

int iso_policies_bundled(struct iso_strings *out, struct iso_diags *diags, struct iso_arena *arena,
                         const char *data_folder)
{
    struct iso_buffer folder = {0};
    char **list = NULL;
    size_t count = 0;
    iso_buffer_format(&folder, "%s/models/policies", data_folder);
    int status = iso_file_find(&list, &count, diags, folder.data, ".yaml");
    for (size_t i = 0; i < count; i++) {
        const char *name = strrchr(list[i], '/') ? strrchr(list[i], '/') + 1 : list[i];
        char *copy = iso_arena_alloc(arena, strlen(name) + 1);
        memcpy(copy, name, strlen(name) + 1);
        copy[strlen(name) - strlen(".yaml")] = 0;
        iso_strings_add(out, copy);
        free(list[i]);
    }
    free(list);
    iso_buffer_free(&folder);
    return status;
}

int iso_policies_open(struct iso_policy_list *out, struct iso_diags *diags, const struct iso_strings *names,
                      const char *data_folder)
{
    struct iso_arena *arena = iso_arena_new();
    struct iso_strings bundled = {0};
    bool all = names->count == 1 && strcmp(names->list[0], "all") == 0;
    int status = all ? iso_policies_bundled(&bundled, diags, arena, data_folder) : 0;
    const struct iso_strings *wanted = all ? &bundled : names;
    *out = (struct iso_policy_list){.file = iso_allocate((wanted->count + 1) * sizeof out->file[0])};
    for (size_t i = 0; i < wanted->count && status == 0; i++) {
        struct iso_policy_file *file;
        if (iso_policy_open(&file, diags, wanted->list[i], data_folder) != 0) {
            status = -1;
            break;
        }
        out->file[out->count++] = file;
        for (size_t k = 0; k + 1 < out->count; k++)
            if (strcmp(out->file[k]->policy.name, file->policy.name) == 0) {
                iso_diags_add(diags, false, "--policy", 0, 0,
                              "\"%s\" names %s a second time; expected each policy once", wanted->list[i],
                              file->policy.name);
                status = -1;
            }
    }
    iso_strings_free(&bundled);
    iso_arena_free(arena);
    return status;
}

void iso_policies_close(struct iso_policy_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        iso_policy_file_free(list->file[i]);
    free(list->file);
    *list = (struct iso_policy_list){0};
}
