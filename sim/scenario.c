/* Reading and placing scenarios, as declared in scenario.h. Not for: unknown settings (unknown.c).
 * Not modelled: mappings under a policy; here an attribute is said, not derived. */
#include "sim/scenario.h"

#include "models/decide.h"
#include "sim/buffer.h"
#include "sim/file.h"

#include <stdlib.h>
#include <string.h>

/* Attributes by subject: what the field argues about for that kind of access. */
static const struct {
    const char *subject, *attributes;
} defaults[] = {
    {"aliases", "wb nc device-ngnre"},
    {"exclusives", "wb wt nc device-ngnre"},
    {"atomics", "wb wt nc device-ngnre"},
    {"alignment", "wb nc device-gre device-ngnre"},
    {"ordering", "wb nc device-ngnre"},
    {"coherence", "wb wt nc"},
    {"code", "wb nc device-ngnre"},
    {"errors", "wb nc"},
    {"migration", "wb"},
};

/* Last folder and name without the suffix. */
static char *make_id(const char *path)
{
    const char *name = strrchr(path, '/'), *folder = name;
    size_t size;
    if (name) {
        while (folder > path && folder[-1] != '/')
            folder--;
        if (folder == name || strncmp(folder, "./", 2) == 0 || strncmp(folder, "../", 3) == 0)
            folder = name + 1;
    } else {
        folder = path;
    }
    size = strlen(folder);
    if (size > 7 && strcmp(folder + size - 7, ".litmus") == 0)
        size -= 7;
    char *id = iso_allocate(size + 1);
    memcpy(id, folder, size);
    return id;
}

void iso_scenario_free(struct iso_scenario *scenario)
{
    free(scenario->path);
    free(scenario->id);
    iso_test_free(scenario->test);
    *scenario = (struct iso_scenario){0};
}

int iso_scenario_read(struct iso_scenario *out, struct iso_diags *diags, const char *path)
{
    struct iso_scenario scenario = {0};
    char *text;
    size_t size;
    if (iso_litmus_read(&scenario.test, diags, path) != 0)
        return -1;
    if (iso_file_read(&text, &size, diags, path, ISO_FILE_MAX_BYTES) != 0) {
        iso_test_free(scenario.test);
        return -1;
    }
    iso_sha256_text(scenario.sha256, text, size);
    free(text);
    scenario.path = iso_duplicate(path);
    scenario.id = make_id(path);
    scenario.tagged = scenario.test->variant.memtag;
    for (uint32_t i = 0; i < scenario.test->nsubjects; i++)
        scenario.tagged |= strcmp(scenario.test->subject[i], "mte") == 0;
    *out = scenario;
    return 0;
}

int iso_scenario_check(struct iso_diags *diags, const struct iso_scenario *scenario)
{
    return iso_setup_check(diags, &(struct iso_setup){.test = scenario->test, .variant = scenario->test->variant});
}

static int add_list_file(struct iso_strings *paths, struct iso_strings *owned, struct iso_diags *diags,
                         const char *path)
{
    char *text, *saved = NULL;
    size_t size;
    if (iso_file_read(&text, &size, diags, path, ISO_FILE_MAX_BYTES) != 0)
        return -1;
    iso_strings_add(owned, text);
    for (char *line = strtok_r(text, "\r\n", &saved); line; line = strtok_r(NULL, "\r\n", &saved))
        iso_strings_add(paths, line);
    return 0;
}

static int expand(struct iso_strings *paths, struct iso_strings *owned, struct iso_diags *diags, const char *operand)
{
    char **list = NULL;
    size_t count = 0;
    int status;
    if (operand[0] == '@')
        return add_list_file(paths, owned, diags, operand + 1);
    if (!iso_file_is_directory(operand)) {
        iso_strings_add(paths, operand);
        return 0;
    }
    status = iso_file_find(&list, &count, diags, operand, ".litmus");
    for (size_t i = 0; i < count; i++) {
        iso_strings_add(paths, list[i]);
        iso_strings_add(owned, list[i]);
    }
    free(list);
    if (status == 0 && count == 0) {
        iso_diags_add(diags, false, operand, 0, 0, "folder has no .litmus file; expected scenarios");
        status = -1;
    }
    return status;
}

int iso_scenarios_read(struct iso_scenario **list, size_t *count, struct iso_diags *diags,
                       const struct iso_strings *operands)
{
    struct iso_strings paths = {0}, owned = {0};
    int status = 0;
    for (size_t i = 0; i < operands->count; i++)
        status |= expand(&paths, &owned, diags, operands->list[i]);
    *list = iso_allocate((paths.count + 1) * sizeof **list);
    *count = 0;
    for (size_t i = 0; i < paths.count; i++) {
        struct iso_scenario *scenario = &(*list)[*count];
        bool twice = false;
        if (iso_scenario_read(scenario, diags, paths.list[i]) != 0) {
            status = -1;
            continue;
        }
        if (iso_scenario_check(diags, scenario) != 0) {
            iso_scenario_free(scenario);
            status = -1;
            continue;
        }
        for (size_t k = 0; k < *count && !twice; k++)
            if (strcmp((*list)[k].id, scenario->id) == 0) {
                iso_diags_add(diags, false, scenario->path, 0, 0,
                              "scenario \"%s\" is also in %s; expected a name of its own", scenario->id,
                              (*list)[k].path);
                twice = true;
            }
        if (twice) {
            iso_scenario_free(scenario);
            status = -1;
            continue;
        }
        ++*count;
    }
    for (size_t i = 0; i < owned.count; i++)
        free((char *)(uintptr_t)owned.list[i]);
    iso_strings_free(&owned);
    iso_strings_free(&paths);
    return status;
}

const char *iso_scenario_attributes(const struct iso_scenario *scenario)
{
    if (scenario->tagged)
        return "wb-tagged";
    if (scenario->test->nmigrates)
        return "wb";
    for (uint32_t s = 0; s < scenario->test->nsubjects; s++)
        for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++)
            if (strcmp(scenario->test->subject[s], defaults[i].subject) == 0)
                return defaults[i].attributes;
    return "wb nc";
}

struct iso_attribute iso_scenario_ordinary(const struct iso_scenario *scenario)
{
    struct iso_attribute attribute = {0};
    iso_attribute_parse(&attribute, scenario->tagged ? "wb-tagged" : "wb", NULL, NULL);
    return attribute;
}

bool iso_scenario_refused(struct iso_refusal *out, const struct iso_tier *tier, const struct iso_attribute *attribute,
                          bool migrates)
{
    if (tier->kind != ISO_TIER_PCIE_BAR)
        return false;
    if (attribute->cls >= ISO_CLASS_WT) {
        *out = (struct iso_refusal){"mmap", "EINVAL"};
        return true;
    }
    if (migrates) {
        *out = (struct iso_refusal){"hotplug", "EINVAL"};
        return true;
    }
    return false;
}

struct iso_alias_attributes iso_scenario_aliases(const struct iso_scenario *scenario)
{
    struct iso_attribute ordinary = iso_scenario_ordinary(scenario);
    return (struct iso_alias_attributes){ordinary, ordinary};
}

bool iso_scenario_has_alias(const struct iso_scenario *scenario, enum iso_alias_role role)
{
    for (uint32_t i = 0; i < scenario->test->naliases; i++)
        if (scenario->test->alias[i].role == role)
            return true;
    return false;
}

struct iso_attribute iso_scenario_alias(const struct iso_scenario *scenario, const struct iso_alias *alias,
                                        const struct iso_attribute *attribute,
                                        const struct iso_alias_attributes *aliases)
{
    switch ((enum iso_alias_role)alias->role) {
    case ISO_ALIAS_CELL:
        break;
    case ISO_ALIAS_ORDINARY:
        return iso_scenario_ordinary(scenario);
    case ISO_ALIAS_FIXED:
        return alias->attribute;
    case ISO_ALIAS_KERNEL:
        return aliases->kernel;
    case ISO_ALIAS_VMM:
        return aliases->vmm;
    }
    return *attribute;
}

static const struct iso_tier *place_tier(const struct iso_machine *machine, const struct iso_place *place, size_t tier)
{
    if (strcmp(place->tier, "tier") == 0)
        return &machine->tiers[tier];
    return strcmp(place->tier, "reference") == 0 ? &machine->tiers[machine->reference]
                                                 : iso_machine_tier(machine, place->tier);
}

int iso_scenario_check_places(struct iso_diags *diags, const struct iso_scenario *scenario,
                              const struct iso_machine *machine)
{
    int status = 0;
    for (uint32_t i = 0; i < scenario->test->nplaces; i++) {
        const struct iso_place *place = &scenario->test->place[i];
        if (place_tier(machine, place, 0))
            continue;
        iso_diags_add(
            diags, false, scenario->path, place->line, place->column,
            "Place= names tier \"%s\", which machine %s has not; expected tier, reference, or one of its tiers",
            place->tier, machine->name);
        status = -1;
    }
    return status;
}

/* Tier a page starts on, and whether it is under test: by its Place= line, if any. */
static void place_page(size_t *where, bool *tested, const struct iso_scenario *scenario,
                       const struct iso_machine *machine, uint32_t page, size_t tier)
{
    *where = tier;
    *tested = true;
    for (uint32_t i = 0; i < scenario->test->nplaces; i++) {
        const struct iso_place *place = &scenario->test->place[i];
        if (place->page != page || strcmp(place->tier, "tier") == 0)
            continue;
        *tested = false;
        *where = (size_t)(place_tier(machine, place, tier) - machine->tiers);
    }
}

/* What holds whether an error is in force: no memory of the program. */
#define ISO_ERROR_STATE_ATTRIBUTE                                                                                      \
    (struct iso_attribute)                                                                                             \
    {                                                                                                                  \
        .cls = ISO_CLASS_WB, .shareability = ISO_SHAREABILITY_ISH                                                      \
    }

/* Place= of a page; "tier" where it has none. */
static const char *place_of(const struct iso_test *test, uint32_t page)
{
    for (uint32_t i = 0; i < test->nplaces; i++)
        if (test->place[i].page == page)
            return test->place[i].tier;
    return "tier";
}

/* Which frames an error befalls. Poison is in the frame that a page starts in; conditions of a path or of a range of addresses are
 * those of the tier under test, so of the frame that a migrating page moves to. Behind one port lie all pages of one Place=. */
static void set_error(struct iso_setup_error *out, const struct iso_setup *setup,
                      const struct iso_composition *composition, uint32_t i)
{
    const struct iso_test *test = setup->test;
    const struct iso_inject *inject = &test->inject[i];
    enum iso_condition condition = (enum iso_condition)inject->condition;
    bool poison = condition == ISO_CONDITION_POISONED;

    *out = (struct iso_setup_error){
        .condition = inject->condition, .bytes = ISO_PAGE_BYTES, .state = composition->error_state[i]};
    for (uint32_t p = 0; p < test->npages; p++) {
        enum iso_page_role role = (enum iso_page_role)composition->role[p];
        uint32_t origin = role == ISO_PAGE_DESTINATION ? composition->origin[p] : p;
        bool named = iso_condition_is_of_port(condition)
                         ? strcmp(place_of(test, origin), place_of(test, inject->page)) == 0
                         : origin == inject->page;
        bool holds = role == ISO_PAGE_ORDINARY || role == (poison ? ISO_PAGE_MIGRATES : ISO_PAGE_DESTINATION);
        if (named && holds)
            out->frames |= UINT64_C(1) << p;
    }
    if (poison) {
        uint64_t unit = iso_poison_bytes(&setup->machine->tiers[setup->frame_tier[inject->page]]);
        unit = unit < ISO_PAGE_BYTES ? unit : ISO_PAGE_BYTES;
        out->first = (inject->va & (ISO_PAGE_BYTES - 1)) & ~(unit - 1);
        out->bytes = unit;
    }
}

int iso_scenario_setup(struct iso_setup *out, struct iso_diags *diags, const struct iso_scenario *scenario,
                       const struct iso_composition *composition, const struct iso_machine *machine, size_t tier,
                       const struct iso_attribute *attribute, const struct iso_alias_attributes *aliases)
{
    static const struct iso_variant none = {0};
    const struct iso_test *test = composition ? composition->test : scenario->test;
    struct iso_attribute ordinary = iso_scenario_ordinary(scenario);

    *out = (struct iso_setup){.test = test, .machine = machine};
    iso_variant_merge(&out->variant, &none, test);
    out->variant.memtag |= scenario->tagged;
    out->variant.vmsa |= composition && composition->migrates;
    out->blocking_pages = composition ? composition->blocking_pages : 0;
    if (iso_scenario_check_places(diags, scenario, machine) != 0)
        return -1;
    if (iso_setup_check(diags, out) < 0) /* of a composition */
        return -1;
    for (uint32_t p = 0; p < test->npages; p++) {
        enum iso_page_role role = composition ? (enum iso_page_role)composition->role[p] : ISO_PAGE_ORDINARY;
        uint32_t origin = composition && p >= composition->npages ? composition->origin[p] : p;
        size_t where;
        bool tested;
        place_page(&where, &tested, scenario, machine, origin, tier);
        if (role == ISO_PAGE_MIGRATES || role == ISO_PAGE_ALIAS_SOURCE || role == ISO_PAGE_RETURNED ||
            role == ISO_PAGE_KERNEL || role == ISO_PAGE_ERROR_STATE)
            where = machine->reference;
        bool table = test->page[p].is_table, unplaced = true;
        for (uint32_t i = 0; table && i < scenario->test->nplaces; i++)
            unplaced &= scenario->test->place[i].page != origin;
        if (table && unplaced) {
            where = machine->reference;
            tested = false;
        }
        bool under_test = role == ISO_PAGE_ORDINARY || role == ISO_PAGE_ALIAS_OTHER ? tested : role != ISO_PAGE_KERNEL;
        out->frame_tier[p] = (uint8_t)where;
        out->page_attribute[p] = role == ISO_PAGE_ERROR_STATE ? ISO_ERROR_STATE_ATTRIBUTE
                                 : under_test                 ? *attribute
                                                              : ordinary;
    }
    for (uint32_t i = 0; i < test->naliases; i++) {
        const struct iso_alias *a = &test->alias[i];
        out->frame_tier[a->page] = out->frame_tier[a->of];
        out->page_attribute[a->page] =
            aliases ? iso_scenario_alias(scenario, a, &out->page_attribute[a->of], aliases) : ordinary;
    }
    for (uint32_t i = 0; composition && i < test->ninjects; i++)
        set_error(&out->error[out->nerrors++], out, composition, i);
    return 0;
}
