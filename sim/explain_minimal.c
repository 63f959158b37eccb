/* The smallest change that removes a divergence, or the proof that none does. Declared in explain.h.
 * How: a tree of points. A point that does not remove it names the settings its failure depended on; a point that does must differ in one of them, so each
 * of those is changed in turn. What failed for every value of a setting failed whatever its value: the reasons unite, without the setting, to a
 * reason of their own, and are kept: any later point that agrees with one is known to fail without a run. Depth by depth, so that
 * nothing smaller is missed; beyond two, first without a bound, which finds some set or proves that there is none.
 * Not for: what a change costs. Not modelled: timing settings, sequences of migration, attributes of other mappings than the cell's. */
#include "sim/explain_space.h"

#include <stdlib.h>
#include <string.h>

enum { REASONS_MAX = 400000, VISITS_MAX = 3000000 };

/* Points that agree in this do not remove the divergence. */
struct reason {
    struct iso_settings settings;
    uint32_t next; /* of its node, the one learnt before; NONE: none */
};

/* Reasons by their settings that have another value than the machine's, in order: few points agree with a reason in those. */
struct node {
    uint32_t child, sibling; /* NONE: none */
    uint32_t reasons;        /* the last one that has no more such settings */
    uint16_t setting;
    uint8_t value;
};
#define NONE UINT32_MAX

/* Changed machines that are run, states that the engine visits for them. */
struct effort {
    size_t machines;
    uint64_t states;
};

struct search {
    struct iso_minimal *out;
    const struct effort *effort;
    struct iso_space space;
    struct iso_point now;
    struct reason *reason;
    uint32_t nreasons, reason_capacity;
    struct node *node; /* the root first */
    uint32_t nnodes, node_capacity;
    size_t limit; /* settings that may be changed; SIZE_MAX: any number, and the first found will do */
    size_t visits;
    bool cut_off;
    struct iso_point found; /* of a search without a bound */
};

enum result {
    FAILS, /* whatever the settings that are not settled say */
    OPEN,  /* not without more changes than the limit, or only by those noted */
    FOUND  /* and that is enough */
};

/* ---- reasons ---- */

static void *grow(void *list, uint32_t count, uint32_t *capacity, size_t size)
{
    if (count < *capacity)
        return list;
    *capacity = *capacity ? 2 * *capacity : 256;
    return iso_reallocate(list, *capacity * size);
}

static uint32_t add_node(struct search *s, uint16_t setting, uint8_t value)
{
    s->node = grow(s->node, s->nnodes, &s->node_capacity, sizeof *s->node);
    s->node[s->nnodes] =
        (struct node){.child = NONE, .sibling = NONE, .reasons = NONE, .setting = setting, .value = value};
    return s->nnodes++;
}

/* Node below another one; it is made if there is none. */
static uint32_t below(struct search *s, uint32_t parent, uint16_t setting, uint8_t value)
{
    uint32_t at = s->node[parent].child;
    while (at != NONE && (s->node[at].setting != setting || s->node[at].value != value))
        at = s->node[at].sibling;
    if (at == NONE) {
        at = add_node(s, setting, value);
        s->node[at].sibling = s->node[parent].child;
        s->node[parent].child = at;
    }
    return at;
}

/* The point as it is now fails for these settings' sake. */
static void learn(struct search *s, const struct iso_settings *why)
{
    uint32_t at = 0;
    if (s->nreasons == REASONS_MAX)
        return;
    for (uint16_t i = 0; i < s->space.count; i++)
        if (iso_settings_has(why, i) && s->now.value[i] != s->space.base.value[i])
            at = below(s, at, i, s->now.value[i]);
    s->reason = grow(s->reason, s->nreasons, &s->reason_capacity, sizeof *s->reason);
    s->reason[s->nreasons] = (struct reason){*why, s->node[at].reasons};
    s->node[at].reasons = s->nreasons++;
}

static unsigned unsettled(const struct iso_settings *why, const struct iso_settings *settled)
{
    unsigned out = 0;
    for (unsigned w = 0; w < ISO_SETTING_WORDS; w++)
        out += (unsigned)__builtin_popcountll(why->bits[w] & ~settled->bits[w]);
    return out;
}

/* What is looked for among the reasons. */
struct wanted {
    struct iso_settings changed; /* settings of the point with another value than the machine's */
    const struct iso_settings *settled;
    uint32_t best;
    unsigned left; /* settings that it leaves to change */
};

static bool agrees(const struct reason *r, const struct iso_settings *changed, unsigned depth)
{
    unsigned out = 0;
    for (unsigned w = 0; w < ISO_SETTING_WORDS; w++)
        out += (unsigned)__builtin_popcountll(r->settings.bits[w] & changed->bits[w]);
    return out == depth;
}

/* Reasons at a node, `depth` settings below the root, that the point agrees with so far, and below it. */
static void look_below(const struct search *s, struct wanted *wanted, uint32_t at, unsigned depth)
{
    for (uint32_t i = s->node[at].reasons; i != NONE; i = s->reason[i].next) {
        unsigned left;
        if (!agrees(&s->reason[i], &wanted->changed, depth))
            continue;
        left = unsettled(&s->reason[i].settings, wanted->settled);
        if (wanted->best != NONE && (left > wanted->left || (left == wanted->left && i < wanted->best)))
            continue;
        wanted->left = left;
        wanted->best = i;
    }
    for (uint32_t k = s->node[at].child; k != NONE; k = s->node[k].sibling)
        if (s->now.value[s->node[k].setting] == s->node[k].value)
            look_below(s, wanted, k, depth + 1);
}

/* The known reason that leaves fewest settings to change; of several the latest. */
static const struct reason *known(const struct search *s, const struct iso_settings *settled)
{
    struct wanted wanted = {.settled = settled, .best = NONE};
    for (uint16_t i = 0; i < s->space.count; i++)
        if (s->now.value[i] != s->space.base.value[i])
            iso_settings_add(&wanted.changed, i);
    look_below(s, &wanted, 0, 0);
    return wanted.best == NONE ? NULL : &s->reason[wanted.best];
}

/* ---- the tree ---- */

static void note(struct search *s)
{
    struct iso_minimal *out = s->out;
    struct iso_change_set *set = &out->set[out->count];
    out->total++;
    if (out->count == ISO_CHANGE_SETS_MAX)
        return;
    set->count = 0;
    for (uint16_t i = 0; i < s->space.count; i++)
        if (s->now.value[i] != s->space.base.value[i] && set->count < ISO_CHANGES_MAX)
            set->change[set->count++] = iso_space_change(&s->space, i, s->now.value[i]);
    out->count++;
}

/* Whether the point as it is now fails, and why. */
static enum result look(struct search *s, const struct iso_settings *settled, struct iso_settings *why)
{
    const struct reason *r = known(s, settled);
    struct iso_finding finding;
    if (++s->visits > VISITS_MAX) {
        s->cut_off = true;
        return OPEN;
    }
    if (r) {
        *why = r->settings;
        return FAILS;
    }
    if (s->space.judged >= s->effort->machines || s->space.states >= s->effort->states) {
        s->cut_off = true;
        return OPEN;
    }
    iso_space_judge(&finding, &s->space, &s->now);
    s->out->undecided += finding.undecided;
    if (finding.removes)
        return FOUND;
    *why = finding.why;
    learn(s, why);
    return FAILS;
}

static uint16_t first_unsettled(const struct iso_settings *why, const struct iso_settings *settled)
{
    for (unsigned w = 0; w < ISO_SETTING_WORDS; w++) {
        uint64_t left = why->bits[w] & ~settled->bits[w];
        if (left)
            return (uint16_t)(64 * w + (unsigned)__builtin_ctzll(left));
    }
    return ISO_SETTING_NONE;
}

static enum result visit(struct search *s, size_t changed, struct iso_settings settled, struct iso_settings *why);

/* All other values of a setting. FAILS: *why is without the setting. */
static enum result change(struct search *s, uint16_t setting, size_t changed, const struct iso_settings *settled,
                          struct iso_settings *why)
{
    const struct iso_setting *of = &s->space.setting[setting];
    struct iso_settings inner = *settled, united = *why;
    bool open = false;
    iso_settings_add(&inner, setting);
    for (unsigned i = 0; i < of->nvalues; i++) {
        struct iso_settings reason;
        s->now.value[setting] = of->value[i];
        enum result result = visit(s, changed + 1, inner, &reason);
        s->now.value[setting] = of->from;
        if (result == FOUND)
            return FOUND;
        open |= result == OPEN;
        if (result == FAILS && !iso_settings_has(&reason, setting)) {
            *why = reason;
            return FAILS;
        }
        if (result == FAILS)
            iso_settings_unite(&united, &reason);
    }
    if (open)
        return OPEN;
    iso_settings_drop(&united, setting);
    *why = united;
    return FAILS;
}

/* The point as it is now and all that differ from it in settings that are not settled. */
static enum result visit(struct search *s, size_t changed, struct iso_settings settled, struct iso_settings *why)
{
    const struct iso_settings outer = settled;
    enum result result = look(s, &settled, why);
    bool open = false, united = false;
    uint16_t setting;
    if (result == FOUND && s->limit == SIZE_MAX) {
        s->found = s->now;
        return FOUND;
    }
    if (result == FOUND)
        note(s);
    if (result != FAILS)
        return OPEN;
    while ((setting = first_unsettled(why, &settled)) != ISO_SETTING_NONE) {
        if (changed == s->limit || s->cut_off)
            return OPEN;
        result = change(s, setting, changed, &settled, why);
        if (result == FOUND)
            return FOUND;
        open |= result == OPEN;
        united |= result == FAILS;
        if (result == OPEN)
            iso_settings_add(&settled, setting); /* what follows is about others */
    }
    if (open && unsettled(why, &outer))
        return OPEN;
    if (united)
        learn(s, why);
    return FAILS;
}

static enum result search_from_base(struct search *s, size_t limit)
{
    struct iso_settings none = {{0}}, why;
    s->limit = limit;
    s->now = s->space.base;
    return visit(s, 0, none, &why);
}

/* Changes that the point found can do without are taken back. How many stay. */
static size_t shrink(struct search *s)
{
    size_t size = 0;
    struct iso_settings none = {{0}}, why;
    s->now = s->found;
    for (uint16_t i = 0; i < s->space.count; i++) {
        uint8_t value = s->now.value[i];
        if (value == s->space.base.value[i])
            continue;
        s->now.value[i] = s->space.base.value[i];
        if (look(s, &none, &why) != FOUND)
            s->now.value[i] = value;
        size += s->now.value[i] == value;
    }
    s->found = s->now;
    return size;
}

static void search_all(struct search *s)
{
    struct iso_minimal *out = s->out;
    size_t most = ISO_SETTINGS_MAX;
    for (size_t size = 1; size <= most; size++) {
        if (size == 3) {
            enum result any = search_from_base(s, SIZE_MAX);
            if (any == FAILS) {
                out->proven = true;
                return;
            }
            if (any == FOUND)
                most = shrink(s);
        }
        enum result result = search_from_base(s, size);
        if (out->total) {
            out->size = size;
            out->proven = true;
            out->all = !s->cut_off;
            return;
        }
        out->proven = result == FAILS;
        if (out->proven || s->cut_off)
            break;
    }
    if (!out->proven && most < ISO_SETTINGS_MAX) { /* one set is known, smaller ones may exist */
        s->now = s->found;
        note(s);
        out->size = most;
    }
}

void iso_explain_minimal(struct iso_minimal *out, struct iso_judge *judge, const struct iso_machine *machine,
                         const struct iso_cell *cell, enum iso_minimal_effort effort)
{
    static const struct effort limits[] = {
        [ISO_MINIMAL_OF_ONE_CELL] = {100000, 1000000}, [ISO_MINIMAL_OF_MANY] = {1000, 50000}};
    struct search *s = iso_allocate(sizeof *s);
    s->out = out;
    s->effort = &limits[effort];
    *out = (struct iso_minimal){0};
    add_node(s, ISO_SETTING_NONE, 0);
    out->no_engine = iso_space_open(&s->space, judge, machine, cell) != 0;
    if (!out->no_engine)
        search_all(s);
    out->settings = s->space.count;
    out->judged = s->space.judged;
    iso_space_close(&s->space);
    free(s->reason);
    free(s->node);
    free(s);
}

void iso_change_text(struct iso_buffer *out, const struct iso_machine *machine, const struct iso_cell *cell,
                     const struct iso_change *change)
{
    char name[ISO_ATTRIBUTE_NAME_MAX];
    if (change->is_attribute) {
        iso_attribute_name(name, &change->attribute);
        iso_buffer_format(out, "attribute: %s -> %s", cell->attribute_name, name);
    } else if (change->is_cpu) {
        iso_buffer_format(out, "cpu.%s: %s -> %s", iso_cpu_key(change->cpu_key)->name,
                          iso_cpu_value_name(change->cpu_key, change->from),
                          iso_cpu_value_name(change->cpu_key, change->to));
    } else {
        iso_buffer_format(out, "tiers.%s.%s: %s -> %s (hop %s)", machine->tiers[change->tier].name,
                          iso_capability_key(change->key)->name, iso_capability_value_name(change->key, change->from),
                          iso_capability_value_name(change->key, change->to),
                          machine->tiers[change->tier].hops[change->hop].name);
    }
}

static void add_sets(struct iso_buffer *out, const struct iso_machine *machine, const struct iso_cell *cell,
                     const struct iso_minimal *minimal)
{
    for (size_t i = 0; i < minimal->count; i++) {
        for (size_t k = 0; k < minimal->set[i].count; k++) {
            iso_buffer_add(out, k ? "  and  " : "  ");
            iso_change_text(out, machine, cell, &minimal->set[i].change[k]);
        }
        iso_buffer_add(out, "\n");
    }
    if (minimal->total > minimal->count)
        iso_buffer_format(out, "  and %zu other sets of as many\n", minimal->total - minimal->count);
}

void iso_minimal_text(struct iso_buffer *out, const struct iso_machine *machine, const struct iso_cell *cell,
                      const struct iso_minimal *minimal)
{
    const char *cut = minimal->proven && (minimal->all || !minimal->total) ? "proven" : "search cut off";
    if (minimal->no_engine) {
        iso_buffer_add(out, "\nsmallest change that removes it: not searched, for the exhaustive engine does not show "
                            "the divergence\n");
        return;
    }
    if (!minimal->total && minimal->proven)
        iso_buffer_format(out,
                          "\nno change of settings removes it: none of the %zu of tier, CPU and attribute, nor any "
                          "of them together",
                          minimal->settings);
    else if (!minimal->total)
        iso_buffer_add(out, "\nno change of settings found that removes it");
    else
        iso_buffer_format(out, "\n%s change that removes it: %zu setting%s", minimal->proven ? "smallest" : "a",
                          minimal->size, minimal->size == 1 ? "" : "s");
    if (minimal->total > 1)
        iso_buffer_format(out, ", any of %zu%s", minimal->total, minimal->size == 1 ? "" : " sets");
    if (minimal->total && minimal->size > 1)
        iso_buffer_add(out, minimal->proven ? "; fewer do not" : "; fewer may do");
    iso_buffer_format(out, " (%s, %zu machines run)\n", cut, minimal->judged);
    add_sets(out, machine, cell, minimal);
    if (minimal->undecided)
        iso_buffer_format(out, "  the sets of %zu of these machines are bounded: they count as not removing it\n",
                          minimal->undecided);
}
