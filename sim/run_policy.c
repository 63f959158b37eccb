/* Which cells a run has under policies: scenario x tier x mapping, the attribute derived, refusals and gaps kept as such.
 * Declared in run.h. Not for: evaluating a policy (models/policy.h), running cells. */
#include "sim/policy_move.h"
#include "sim/run_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The setting of the machine that a policy's input is made of; "policy.STAGE" where no rule covers the mapping. */
static void unknown_name(char *out, size_t size, const char *tier, enum iso_policy_stage stage,
                         enum iso_policy_input input)
{
    static const struct {
        enum iso_policy_input input;
        const char *key;
    } keys[] = {{ISO_POLICY_TIER_TAGS, "tag.storage"},   {ISO_POLICY_TIER_EXCL, "excl.nc"},
                {ISO_POLICY_TIER_LSE, "atomic.wb"},      {ISO_POLICY_TIER_IFETCH, "ifetch"},
                {ISO_POLICY_TIER_NC_OK, "excl.nc"},      {ISO_POLICY_TIER_CONTAINED, "err.timeout"},
                {ISO_POLICY_TIER_COHERENT, "coh.model"}, {ISO_POLICY_TIERS_TAGS, "tag.storage"}};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (keys[i].input == input) {
            snprintf(out, size, "tiers.%s.%s", input == ISO_POLICY_TIERS_TAGS ? "*" : tier, keys[i].key);
            return;
        }
    snprintf(out, size, "policy.%s", iso_policy_stage_name(stage));
}

struct planner {
    struct iso_run *run;
    const struct iso_policy_plan *plan;
    size_t capacity;
    const char *migration; /* as reports name it */
    bool migrates;
    struct iso_policy_question question;
    struct iso_policy_decision decision;
    const struct iso_policy_reaction *kept;
};

static void set_refused(struct iso_cell *cell, enum iso_policy_stage stage, enum iso_policy_errno error)
{
    cell->end = ISO_POLICY_REFUSED;
    cell->stage = stage;
    cell->error = error;
}

static void set_unknown(struct iso_cell *cell, const struct planner *p, enum iso_policy_stage stage,
                        enum iso_policy_input input)
{
    cell->end = ISO_POLICY_UNKNOWN;
    cell->stage = stage;
    unknown_name(cell->unknown, sizeof cell->unknown, p->run->machine->machine.tiers[cell->tier].name, stage, input);
}

static void apply_move(struct planner *p, struct iso_cell *cell, const struct iso_policy_move *move)
{
    if (move->end == ISO_POLICY_REFUSED)
        set_refused(cell, ISO_POLICY_STAGE_MIGRATE, move->error);
    else if (move->end == ISO_POLICY_UNKNOWN)
        set_unknown(cell, p, ISO_POLICY_STAGE_MIGRATE, move->unknown);
    else if (move->sequence && !p->plan->keep_sequence)
        cell->sequence = iso_migration_find(move->sequence);
}

/* The ways in which a page of ordinary memory may come to the cell's tier: one, unless rules tell triggers apart. Where none of all triggers
 * takes it there, the rules still say why; of those that were asked for, none is no cell. */
static void plan_moves(struct planner *p, struct iso_policy_moves *out, const struct iso_cell *cell, bool tagged)
{
    const struct iso_machine *machine = &p->run->machine->machine;
    struct iso_trigger_page from = {
        .tier = machine->reference, .origin = ISO_POLICY_ORIGIN_BOOT_RAM, .backing = cell->mapping->backing};
    unsigned wanted = p->plan->triggers;
    iso_policy_moves(out, &cell->policy->policy, &p->question, machine, &from, cell->tier,
                     wanted ? wanted : (unsigned)ISO_TRIGGERS_ALL, tagged, p->plan->keep_sequence);
    if (!out->count && !wanted) {
        iso_policy_migrate(&out->way[0].move, &cell->policy->policy, &p->question, tagged);
        out->count = 1;
    }
}

/* Whose matter the program's faults are. A mapping of the kernel has no program to tell; a scenario with a host and a guest of its own says nothing of host
 * processes, so that only mappings of VMs speak of it. */
static void plan_routing(struct iso_cell *cell, const struct iso_test *test)
{
    switch (cell->mapping->view) {
    case ISO_MAPPING_KERNEL:
        break;
    case ISO_MAPPING_USER:
        if (!test->has_guest)
            iso_routing_of_reactions(&cell->routing, cell->reaction, false);
        break;
    case ISO_MAPPING_GUEST:
        iso_routing_of_reactions(&cell->routing, cell->reaction, true);
        if (!test->has_guest)
            iso_routing_flatten(&cell->routing,
                                iso_class_is_device(cell->attribute.cls) && !cell->attribute.stage1_device);
        break;
    }
}

/* In the run's arena: the same as those kept last, where they are, since most cells of a mapping have them. */
static const struct iso_policy_reaction *keep_reactions(struct planner *p, const struct iso_policy_reaction *reaction)
{
    size_t size = ISO_POLICY_EVENT_COUNT * sizeof *reaction;
    if (p->run->arena == NULL)
        p->run->arena = iso_arena_new();
    if (!p->kept || memcmp(p->kept, reaction, size) != 0)
        p->kept = iso_arena_copy(p->run->arena, reaction, size);
    return p->kept;
}

/* One cell, or one for each attribute that the architecture leaves possible. */
static void add_cells(struct planner *p, struct iso_cell *cell, const char *migration)
{
    const struct iso_policy_decision *d = &p->decision;
    if (cell->end != ISO_POLICY_MAPPED) {
        iso_run_add_cell(p->run, &p->capacity, cell, cell->mapping->name, migration);
        return;
    }
    for (size_t i = 0; i < d->nattributes; i++) {
        char label[ISO_CELL_LABEL_MAX];
        cell->attribute = d->attribute[i];
        iso_attribute_name(cell->attribute_name, &cell->attribute);
        plan_routing(cell, p->run->scenario[cell->scenario].test);
        snprintf(label, sizeof label, "%s%s%s", cell->mapping->name, d->nattributes > 1 ? "=" : "",
                 d->nattributes > 1 ? cell->attribute_name : "");
        iso_run_add_cell(p->run, &p->capacity, cell, label, migration);
    }
}

/* Cells of a page that moves. Where rules tell triggers apart, the id names those of the cell behind the plan: "x+demotion". */
static void add_moving(struct planner *p, const struct iso_cell *cell, bool tagged)
{
    struct iso_policy_moves moves;
    plan_moves(p, &moves, cell, tagged);
    for (size_t i = 0; i < moves.count; i++) {
        struct iso_cell one = *cell;
        struct iso_buffer plan = {0};
        const char *sequence = strrchr(p->migration, '(');
        int size = (int)(sequence ? (size_t)(sequence - p->migration) - 1 : strlen(p->migration));
        iso_buffer_format(&plan, "%.*s", size, p->migration);
        if (moves.count > 1) {
            iso_buffer_add(&plan, "+");
            iso_triggers_text(&plan, moves.way[i].triggers, ",");
        }
        iso_buffer_format(&plan, " %s", sequence ? sequence : "");
        apply_move(p, &one, &moves.way[i].move);
        add_cells(p, &one, plan.data);
        iso_buffer_free(&plan);
    }
}

/* The attribute of a mapping that is stage 1 alone; false: there is no such mapping. */
static bool alias_attribute(struct iso_attribute *out, const struct planner *p, enum iso_policy_attr attr)
{
    struct iso_attribute points[ISO_POLICY_POINTS_MAX];
    if (iso_policy_combine(points, attr, ISO_POLICY_S2_NONE, &p->run->machine->machine.features, p->decision.mte_off) ==
        0)
        return false;
    *out = points[0];
    return true;
}

/* What the scenario's Alias= lines ask of the policy. False: one of those mappings does not exist, so that no program runs through it. */
static bool plan_aliases(const struct planner *p, struct iso_cell *cell)
{
    const struct iso_scenario *scenario = &p->run->scenario[cell->scenario];
    if (!scenario->test->naliases)
        return true;
    cell->aliases = iso_scenario_aliases(scenario);
    if (iso_scenario_has_alias(scenario, ISO_ALIAS_KERNEL) &&
        (cell->mapping->view == ISO_MAPPING_KERNEL ||
         !alias_attribute(&cell->aliases.kernel, p, p->decision.kernel_alias)))
        return false;
    return !iso_scenario_has_alias(scenario, ISO_ALIAS_VMM) ||
           (cell->mapping->view == ISO_MAPPING_GUEST && alias_attribute(&cell->aliases.vmm, p, p->decision.vma));
}

/* Whether the scenario brings a mapping of its own that no policy makes: then it says nothing about policies. */
static bool has_own_alias(const struct iso_scenario *scenario)
{
    return iso_scenario_has_alias(scenario, ISO_ALIAS_FIXED) || iso_scenario_has_alias(scenario, ISO_ALIAS_ORDINARY);
}

static void plan_mapping(struct planner *p, size_t scenario, size_t tier, const struct iso_policy_file *file,
                         const struct iso_mapping *mapping)
{
    const struct iso_machine *machine = &p->run->machine->machine;
    const struct iso_policy_decision *d = &p->decision;
    bool tagged = p->run->scenario[scenario].tagged;
    struct iso_cell cell = {.scenario = scenario,
                            .tier = tier,
                            .sequence = p->run->sequence,
                            .policy = file,
                            .mapping = mapping,
                            .attribute_name = "none"};

    if (has_own_alias(&p->run->scenario[scenario]))
        return;
    iso_policy_ask(&p->question, &file->policy, mapping, machine, tier, &p->plan->vm, tagged);
    iso_policy_decide(&p->decision, &file->policy, &p->question, &machine->features);
    if (d->end == ISO_POLICY_UNMAPPED)
        return;
    if (d->end == ISO_POLICY_REFUSED)
        set_refused(&cell, d->stage, d->error);
    else if (d->end == ISO_POLICY_UNKNOWN)
        set_unknown(&cell, p, d->stage, d->unknown);
    if (cell.end == ISO_POLICY_MAPPED && !plan_aliases(p, &cell))
        return;
    cell.reaction = keep_reactions(p, d->reaction);
    if (cell.end == ISO_POLICY_MAPPED && p->migrates)
        add_moving(p, &cell, tagged);
    else
        add_cells(p, &cell, p->migration);
}

int iso_run_plan_policies(struct iso_run *run, struct iso_diags *diags, const struct iso_strings *tiers,
                          const struct iso_policy_plan *plan)
{
    const struct iso_machine *machine = &run->machine->machine;
    struct planner *p = iso_allocate(sizeof *p);
    struct iso_buffer migration = {0};
    int status = iso_run_check_tiers(diags, run, tiers);
    *p = (struct planner){.run = run, .plan = plan};
    for (size_t s = 0; s < run->nscenarios && status == 0; s++) {
        struct iso_composition composition;
        if (iso_run_compose(&composition, diags, run, &run->scenario[s], run->sequence) != 0) {
            status = -1;
            break;
        }
        p->migrates = composition.migrates;
        iso_composition_free(&composition);
        iso_run_migration_name(&migration, run, &run->scenario[s], run->sequence);
        p->migration = migration.data;
        for (size_t k = 0; k < plan->npolicies; k++)
            for (size_t m = 0; m < plan->nmappings; m++)
                for (size_t t = 0; t < machine->ntiers; t++)
                    if (iso_mapping_fits(plan->mapping[m], machine->tiers[t].kind) &&
                        iso_run_wants(tiers, machine->tiers[t].name))
                        plan_mapping(p, s, t, plan->policy[k], plan->mapping[m]);
    }
    iso_buffer_free(&migration);
    free(p);
    return status;
}
