/* Whether a final state satisfies a test's condition or passes its filter.
 * Nodes stand children first, so one pass over a bit array decides. Not for: quantifiers (outcome_set.c). */
#include "sim/isa/fault_match.h"
#include "sim/isa/outcome.h"
#include "sim/isa/value.h"

#include <string.h>

/* Page that an address speaks of: same symbol, not same byte. */
static bool same_symbol(const struct iso_test *test, uint64_t a, uint64_t b)
{
    struct iso_symbol left, right;

    iso_symbol_of(&left, test, a);
    iso_symbol_of(&right, test, b);
    if (left.kind != right.kind)
        return false;
    return left.kind == ISO_SYMBOL_NUMBER ? iso_address_strip(a) == iso_address_strip(b) : left.index == right.index;
}

bool iso_fault_matches(const struct iso_test *test, const struct iso_fault *fault,
                       const struct iso_fault_pattern *pattern)
{
    if (pattern->thread != fault->thread || (pattern->label_insn >= 0 && (uint32_t)pattern->label_insn != fault->insn))
        return false;
    if (!(pattern->types >> fault->type & 1u))
        return false;
    if (pattern->types & (fault->is_fetch ? ISO_FAULT_PATTERN_DATA : ISO_FAULT_PATTERN_FETCH))
        return false;
    return !pattern->has_address || (fault->has_address && same_symbol(test, pattern->address, fault->va));
}

static struct iso_bytes16 clip(struct iso_bytes16 value, uint8_t bytes)
{
    if (bytes && bytes < 8)
        value = (struct iso_bytes16){value.lo & ((UINT64_C(1) << 8 * bytes) - 1), 0};
    return value;
}

static bool equal(const struct iso_test *test, const struct iso_final *state, const struct iso_prop *prop)
{
    const struct iso_observable *o = &test->observable[prop->a];
    struct iso_bytes16 value = state->value[prop->a];

    if (o->kind == ISO_OBSERVABLE_TAG)
        return (value.lo & 15u) == (prop->value.lo & 15u);
    return iso_value_equal(test, o->type, clip(value, o->bytes), prop->value);
}

static bool decide(const struct iso_test *test, const struct iso_final *state, const struct iso_prop *prop,
                   const bool *done)
{
    bool compares = prop->kind == ISO_PROP_EQ || prop->kind == ISO_PROP_NE || prop->kind == ISO_PROP_EQ_OBSERVABLE;
    if (compares && iso_final_is_killed(state) &&
        (!iso_final_survives(test, state, &test->observable[prop->a]) ||
         (prop->kind == ISO_PROP_EQ_OBSERVABLE && !iso_final_survives(test, state, &test->observable[prop->b]))))
        return false; /* nobody can look */
    switch ((enum iso_prop_kind)prop->kind) {
    case ISO_PROP_TRUE:
        return true;
    case ISO_PROP_FALSE:
        return false;
    case ISO_PROP_EQ:
        return equal(test, state, prop);
    case ISO_PROP_NE:
        return !equal(test, state, prop);
    case ISO_PROP_EQ_OBSERVABLE: {
        const struct iso_observable *a = &test->observable[prop->a], *b = &test->observable[prop->b];
        return iso_value_equal(test, iso_type_bits(a->type) < iso_type_bits(b->type) ? a->type : b->type,
                               clip(state->value[prop->a], a->bytes), clip(state->value[prop->b], b->bytes));
    }
    case ISO_PROP_FAULT:
        for (uint32_t i = 0; i < state->nfaults; i++)
            if (iso_fault_matches(test, &state->fault[i], &test->fault[prop->a]))
                return true;
        return false;
    case ISO_PROP_NOT:
        return !done[prop->a];
    case ISO_PROP_AND:
        return done[prop->a] && done[prop->b];
    case ISO_PROP_OR:
        return done[prop->a] || done[prop->b];
    case ISO_PROP_IMPLIES:
        return !done[prop->a] || done[prop->b];
    }
    return false;
}

/* The reader bounds a condition at 4096 terms; whole arrays add nodes, 2 an element. */
#define PROPS_AT_ONCE 16384u

static bool holds(const struct iso_test *test, const struct iso_final *state, const struct iso_prop *prop,
                  uint32_t count)
{
    bool done[PROPS_AT_ONCE];

    if (count > PROPS_AT_ONCE) /* the reader refuses such a condition */
        return false;
    for (uint32_t i = 0; i < count; i++)
        done[i] = decide(test, state, &prop[i], done);
    return count ? done[count - 1] : true;
}

bool iso_final_satisfies(const struct iso_test *test, const struct iso_final *state)
{
    return holds(test, state, test->condition, test->nconditions);
}

bool iso_final_passes_filter(const struct iso_test *test, const struct iso_final *state)
{
    return holds(test, state, test->filter, test->nfilters);
}
