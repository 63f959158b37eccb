/* Which cells a run has where attributes are said, and the migration plan of each scenario. Declared in run.h, run_plan.h.
 * Not for: running them; mappings under a policy (run_policy.c). */
#include "sim/run_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool has_own_plan(const struct iso_run *run)
{
    return run->migrate.count == 0;
}

static bool wants_none(const struct iso_run *run)
{
    return run->migrate.count == 1 && strcmp(run->migrate.list[0], "none") == 0;
}

/* A page with several mappings: composed migrations change one of them. */
static bool has_alias(const struct iso_test *test, uint32_t page)
{
    for (uint32_t i = 0; i < test->naliases; i++)
        if (test->alias[i].page == page || test->alias[i].of == page)
            return true;
    return false;
}

/* The page of code that the text names as the scenario does, "P0:f"; npages: none. *size: of that name. */
static uint32_t code_page(const struct iso_test *test, const char *text, size_t *size)
{
    for (uint32_t i = 0; i < test->npages; i++) {
        size_t length = strlen(test->page[i].name);
        if (iso_test_page_is_code(test, i) && !strncmp(text, test->page[i].name, length) &&
            (text[length] == ':' || !text[length])) {
            *size = length;
            return i;
        }
    }
    return test->npages;
}

/* "x", "x:P0:L1", "P0:f" of --migrate. 0; -1 with a diagnostic. */
static int parse_plan(struct iso_migrate *out, struct iso_diags *diags, const struct iso_scenario *scenario,
                      const char *text)
{
    const struct iso_test *test = scenario->test;
    size_t size = strcspn(text, ":");
    uint32_t page = test->npages, code = code_page(test, text, &size);
    *out = (struct iso_migrate){.thread = -1, .insn = -1};
    for (uint32_t i = 0; i < test->nlocations; i++)
        if (strlen(test->location[i].name) == size && strncmp(test->location[i].name, text, size) == 0)
            page = test->location[i].page;
    page = page == test->npages ? code : page;
    if (page == test->npages) {
        iso_diags_add(diags, false, scenario->path, 1, 1,
                      "--migrate %s: no location \"%.*s\"; expected one of the scenario's", text, (int)size, text);
        return -1;
    }
    if (has_alias(test, page)) {
        iso_diags_add(diags, false, scenario->path, 1, 1,
                      "--migrate %s: the page has several mappings (Alias=); expected a page with one", text);
        return -1;
    }
    out->page = (uint16_t)page;
    if (!text[size])
        return 0;
    uint32_t line = 1, column = 1; /* of the thread's code, where it has such a thread */
    char *end = NULL;
    unsigned long id = text[size + 1] == 'P' ? strtoul(text + size + 2, &end, 10) : 0;
    for (uint32_t t = 0; end && *end == ':' && t < test->nthreads; t++)
        for (uint32_t i = 0; test->thread[t].id == id && i < test->nlabels; i++)
            if (test->label[i].thread == t && strcmp(test->label[i].name, end + 1) == 0) {
                out->thread = (int32_t)t;
                out->insn = (int32_t)test->label[i].insn;
                out->label = test->label[i].name;
                return 0;
            }
    for (uint32_t t = 0; end && *end == ':' && t < test->nthreads; t++)
        if (test->thread[t].id == id && test->thread[t].ninsns) {
            line = test->thread[t].insn[0].line;
            column = test->thread[t].insn[0].column;
        }
    iso_diags_add(diags, false, scenario->path, line, column,
                  "--migrate %s: no such label; expected LOCATION:Pn:LABEL with a label of thread n", text);
    return -1;
}

/* The plan of a scenario; *list is to be freed. */
static int make_plan(struct iso_migrate **list, size_t *count, struct iso_diags *diags, const struct iso_run *run,
                     const struct iso_scenario *scenario)
{
    size_t limit = has_own_plan(run) ? scenario->test->nmigrates : run->migrate.count + scenario->test->npages;
    *list = iso_allocate((limit + 1) * sizeof **list);
    *count = 0;
    if (has_own_plan(run)) {
        memcpy(*list, scenario->test->migrate, limit * sizeof **list);
        *count = limit;
        return 0;
    }
    if (wants_none(run))
        return 0;
    if (run->migrate.count == 1 && strcmp(run->migrate.list[0], "all") == 0) {
        for (uint32_t page = 0; page < scenario->test->npages;
             page++) /* a host that works on a page itself moves it itself */
            if (iso_compose_can_move(scenario->test, (uint16_t)page) && !has_alias(scenario->test, page))
                (*list)[(*count)++] = (struct iso_migrate){.page = (uint16_t)page, .thread = -1, .insn = -1};
        return 0;
    }
    for (size_t i = 0; i < run->migrate.count; i++)
        if (parse_plan(&(*list)[(*count)++], diags, scenario, run->migrate.list[i]) != 0)
            return -1;
    return 0;
}

void iso_run_migration_name(struct iso_buffer *out, const struct iso_run *run, const struct iso_scenario *scenario,
                            const struct iso_migration *sequence)
{
    struct iso_migrate *plan;
    struct iso_diags ignored = {0};
    size_t count;
    iso_buffer_clear(out);
    iso_buffer_add(out, "");
    if (scenario->test->has_guest)
        sequence = iso_migration_of_guest(sequence);
    if (make_plan(&plan, &count, &ignored, run, scenario) == 0)
        for (size_t i = 0; i < count; i++) {
            iso_buffer_format(out, "%s%s", i ? " " : "", scenario->test->page[plan[i].page].name);
            if (plan[i].insn >= 0)
                iso_buffer_format(out, ":P%u:%s", scenario->test->thread[plan[i].thread].id, plan[i].label);
            if (i + 1 == count)
                iso_buffer_format(out, " (%s)", sequence->name);
        }
    iso_diags_free(&ignored);
    free(plan);
}

int iso_run_compose(struct iso_composition *out, struct iso_diags *diags, const struct iso_run *run,
                    const struct iso_scenario *scenario, const struct iso_migration *sequence)
{
    struct iso_migrate *plan;
    size_t count;
    int status = make_plan(&plan, &count, diags, run, scenario);
    *out = (struct iso_composition){0};
    if (scenario->test->has_guest)
        sequence = iso_migration_of_guest(sequence);
    bool protects = scenario->test->nmprotects && scenario->tagged;
    if (status == 0 && (count || protects || scenario->test->ninjects))
        status = iso_compose(
            out, diags, scenario->test, plan, count, sequence,
            &(struct iso_compose_options){.tagged = scenario->tagged,
                                          .line_bytes = run->machine ? run->machine->machine.l1.line_bytes : 0});
    free(plan);
    return status;
}

bool iso_run_wants(const struct iso_strings *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->list[i], name) == 0)
            return true;
    return names->count == 0;
}

const char *iso_cell_label(const struct iso_cell *cell)
{
    return cell->mapping ? cell->mapping->name : cell->attribute_name;
}

struct iso_cell *iso_run_add_cell(struct iso_run *run, size_t *capacity, const struct iso_cell *with, const char *label,
                                  const char *migration)
{
    if (run->ncells == *capacity) {
        *capacity = *capacity ? *capacity * 2 : 256;
        run->cell = iso_reallocate(run->cell, *capacity * sizeof run->cell[0]);
    }
    struct iso_cell *cell = &run->cell[run->ncells++];
    struct iso_buffer id = {0};
    bool names_policy = with->policy && run->npolicies > 1;
    *cell = *with;
    size_t plan = strcspn(migration, " ");
    int more = (int)(strrchr(migration, '(') ? strrchr(migration, '(') - migration - 1 : 0);
    iso_buffer_format(&id, "%s@%s:%s%s%s%s%.*s", run->scenario[cell->scenario].id,
                      run->machine->machine.tiers[cell->tier].name, names_policy ? cell->policy->policy.name : "",
                      names_policy ? ":" : "", label, plan ? "+" : "", more, migration);
    for (char *p = id.data; *p; p++)
        *p = *p == ' ' ? ',' : *p;
    if (!run->arena)
        run->arena = iso_arena_new();
    cell->id = iso_arena_string(run->arena, id.data, id.size);
    iso_buffer_free(&id);
    return cell;
}

static int parse_attribute(struct iso_attribute *out, struct iso_diags *diags, const char *name)
{
    size_t at = 0;
    const char *expected = "";
    if (iso_attribute_parse(out, name, &at, &expected) == 0)
        return 0;
    iso_diags_add(diags, false, "--attr", 1, (uint32_t)at + 1, "\"%s\" is no attribute; expected %s", name, expected);
    return -1;
}

int iso_run_check_attributes(struct iso_diags *diags, const struct iso_machine *machine,
                             const struct iso_strings *attributes)
{
    const struct iso_cpu_features *features = &machine->features;
    struct iso_attribute attribute;
    int status = 0;
    for (size_t i = 0; i < attributes->count; i++) {
        const char *lacks = NULL;
        if (parse_attribute(&attribute, diags, attributes->list[i]) != 0)
            status = -1;
        else if (attribute.tagging != ISO_TAGGING_UNTAGGED && iso_cpu_number(features, ISO_CPU_MTE) < 2)
            lacks = "FEAT_MTE2";
        else if (attribute.tagging == ISO_TAGGING_CANONICAL && !iso_cpu_has(features, ISO_CPU_MTE_CANONICAL))
            lacks = "FEAT_MTE4 (mte_canonical)";
        else if (attribute.no_tag_access && !iso_cpu_has(features, ISO_CPU_MTE_PERM))
            lacks = "FEAT_MTE_PERM";
        if (lacks) {
            iso_diags_add(diags, false, "--attr", 1, 1,
                          "\"%s\" takes %s, which the CPUs of machine %s lack; expected an attribute that they have",
                          attributes->list[i], lacks, machine->name);
            status = -1;
        }
    }
    return status;
}

int iso_run_check_tiers(struct iso_diags *diags, const struct iso_run *run, const struct iso_strings *tiers)
{
    struct iso_buffer names = {0};
    int status = 0;
    for (size_t i = 0; i < run->machine->machine.ntiers; i++)
        iso_buffer_format(&names, "%s%s", i ? ", " : "", run->machine->machine.tiers[i].name);
    for (size_t i = 0; i < tiers->count; i++)
        if (!iso_machine_tier(&run->machine->machine, tiers->list[i])) {
            iso_diags_add(diags, false, "--tier", 0, 0, "machine %s has no tier \"%s\"; expected one of %s",
                          run->machine->machine.name, tiers->list[i], iso_buffer_string(&names));
            status = -1;
        }
    for (size_t i = 0; i < run->nscenarios; i++)
        if (iso_scenario_check_places(diags, &run->scenario[i], &run->machine->machine) != 0)
            status = -1;
    iso_buffer_free(&names);
    return status;
}

/* The attributes of a scenario as a list; *words is to be freed. */
static void attribute_names(struct iso_strings *out, char **words, const struct iso_scenario *scenario,
                            const struct iso_strings *given)
{
    *words = NULL;
    if (given->count) {
        for (size_t i = 0; i < given->count; i++)
            iso_strings_add(out, given->list[i]);
        return;
    }
    char *saved = NULL;
    *words = iso_duplicate(iso_scenario_attributes(scenario));
    for (char *word = strtok_r(*words, " ", &saved); word; word = strtok_r(NULL, " ", &saved))
        iso_strings_add(out, word);
}

int iso_run_plan(struct iso_run *run, struct iso_diags *diags, const struct iso_strings *tiers,
                 const struct iso_strings *attributes)
{
    struct iso_buffer migration = {0};
    struct iso_attribute attribute;
    size_t capacity = 0;
    int status = iso_run_check_tiers(diags, run, tiers);

    for (size_t i = 0; i < attributes->count; i++)
        status |= parse_attribute(&attribute, diags, attributes->list[i]);
    for (size_t s = 0; s < run->nscenarios && status == 0; s++) {
        struct iso_strings names = {0};
        struct iso_composition composition;
        char *words;
        if (iso_run_compose(&composition, diags, run, &run->scenario[s], run->sequence) != 0)
            status = -1;
        else
            iso_composition_free(&composition);
        iso_run_migration_name(&migration, run, &run->scenario[s], run->sequence);
        attribute_names(&names, &words, &run->scenario[s], attributes);
        for (size_t a = 0; a < names.count && status == 0; a++) {
            status = parse_attribute(&attribute, diags, names.list[a]);
            for (size_t t = 0; t < run->machine->machine.ntiers && status == 0; t++)
                if (iso_run_wants(tiers, run->machine->machine.tiers[t].name)) {
                    struct iso_cell cell = {
                        .scenario = s, .tier = t, .attribute = attribute, .sequence = run->sequence};
                    if (run->scenario[s].test->naliases)
                        cell.aliases = iso_scenario_aliases(&run->scenario[s]);
                    iso_attribute_name(cell.attribute_name, &attribute);
                    iso_run_add_cell(run, &capacity, &cell, cell.attribute_name, migration.data);
                }
        }
        iso_strings_free(&names);
        free(words);
    }
    iso_buffer_free(&migration);
    return status;
}

void iso_run_free(struct iso_run *run)
{
    for (size_t i = 0; i < run->nscenarios; i++)
        iso_scenario_free(&run->scenario[i]);
    free(run->scenario);
    free(run->cell);
    iso_strings_free(&run->migrate);
    if (run->arena)
        iso_arena_free(run->arena);
    *run = (struct iso_run){0};
}
