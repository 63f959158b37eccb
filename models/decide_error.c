/* What a hop makes of an access whose location or path is in error: poison, isolation, viral, no memory, memory taken away, TSP
 * mismatch, completions that stay away.
 * Where no hop of the path states a mode, the protocol of the device decides: CXL.mem as chapter 12 of CXL 3.2 has it; memory that the
 * interconnect reaches itself (coh.model native or none) answers with an error response, as AMBA completers do.
 * Not for: which locations are in error, and since when: the scenario says so (Inject=), the engines carry it.
 * Not modelled: copies in caches and store buffers that outlive the error; each access is taken to reach the hop.
 * Source: facts/cxl-chi-timing.md 1.6, 1.9; CXL 3.2 3.3, 11.5, 12.2 to 12.4. */
#include "models/branch.h"

struct direction {
    enum iso_capability_key key; /* ISO_CAP_COUNT: no machine file says otherwise */
    uint8_t cxl, amba; /* ISO_ERROR_MODE_* where no hop states the key; PASS: unaffected; UNKNOWN: nobody says */
};

/* One row a condition. Viral and TSP mismatch are states of CXL devices: memory behind no CXL port cannot be in them. */
static const struct {
    struct direction read, write;
    const char *rule;
} condition_row[ISO_CONDITION_COUNT] = {
#define MODE(name) ISO_ERROR_MODE_##name
    [ISO_CONDITION_NORMAL] = {{ISO_CAP_COUNT, MODE(PASS), MODE(PASS)}, {ISO_CAP_COUNT, MODE(PASS), MODE(PASS)}, "G"},
    [ISO_CONDITION_POISONED] = {{ISO_CAP_ERR_POISON, MODE(ABORT), MODE(ABORT)},
                                {ISO_CAP_ERR_POISON_WRITE, MODE(PASS), MODE(PASS)},
                                "CXL 12.2"},
    [ISO_CONDITION_ISOLATED] = {{ISO_CAP_ERR_ISOLATION_READ, MODE(ABORT), MODE(ABORT)},
                                {ISO_CAP_ERR_ISOLATION, MODE(LOST), MODE(ABORT)},
                                "CXL 12.3"},
    [ISO_CONDITION_VIRAL] = {{ISO_CAP_COUNT, MODE(PASS), MODE(PASS)},
                             {ISO_CAP_ERR_VIRAL, MODE(LOST), MODE(PASS)},
                             "CXL 12.4"},
    [ISO_CONDITION_NXM] = {{ISO_CAP_ERR_NXM, MODE(ABORT), MODE(ABORT)},
                           {ISO_CAP_ERR_NXM_WRITE, MODE(LOST), MODE(ABORT)},
                           "CXL 3.3"},
    [ISO_CONDITION_RELEASED] = {{ISO_CAP_ERR_RELEASE, MODE(UNKNOWN), MODE(ABORT)},
                                {ISO_CAP_ERR_RELEASE, MODE(UNKNOWN), MODE(ABORT)},
                                "DCD"},
    [ISO_CONDITION_TEE_MISMATCH] = {{ISO_CAP_ERR_TEE, MODE(ONES), MODE(PASS)},
                                    {ISO_CAP_COUNT, MODE(LOST), MODE(PASS)},
                                    "CXL 11.5"},
    [ISO_CONDITION_TIMEOUT] = {{ISO_CAP_ERR_TIMEOUT, MODE(UNKNOWN), MODE(UNKNOWN)},
                               {ISO_CAP_ERR_TIMEOUT, MODE(UNKNOWN), MODE(UNKNOWN)},
                               "TIMEOUT"},
#undef MODE
};

static uint8_t said_by_protocol(const struct iso_decide_step *step, const struct direction *direction)
{
    uint8_t model = iso_capability_get(&step->hop->capabilities, ISO_CAP_COH_MODEL);
    return model == ISO_COH_MODEL_NATIVE || model == ISO_COH_MODEL_NONE ? direction->amba : direction->cxl;
}

/* Values of the direction's key at this hop, or what the protocol says where the path ends without one. */
static void modes(struct iso_branches *out, const struct iso_decide_step *step, const struct direction *direction)
{
    bool last = iso_decide_step_is_last(step);
    uint8_t said = direction->key == ISO_CAP_COUNT ? (uint8_t)ISO_ERROR_MODE_PASS
                                                   : iso_capability_get(&step->hop->capabilities, direction->key);
    uint8_t protocol = said_by_protocol(step, direction);
    if (said == ISO_ERROR_MODE_PASS && protocol != ISO_ERROR_MODE_UNKNOWN)
        *out = (struct iso_branches){.count = 1, .value = {last ? protocol : (uint8_t)ISO_ERROR_MODE_PASS}};
    else
        iso_branch_hop(out, step, direction->key, last);
}

static void apply(const struct iso_decide_step *step, const struct iso_effect *in, uint8_t mode, bool write,
                  struct iso_effect_set *out)
{
    struct iso_effect e = *in;
    if (mode != ISO_ERROR_MODE_PASS)
        iso_element_rule(&e, step, condition_row[step->access->condition].rule, NULL);
    switch ((enum iso_error_mode)mode) {
    case ISO_ERROR_MODE_ABORT:
        iso_element_external(step, &e, out);
        return;
    case ISO_ERROR_MODE_SERROR:
        iso_element_fault(&e, ISO_ABORT_SERROR, 0);
        break;
    case ISO_ERROR_MODE_ONES:
    case ISO_ERROR_MODE_LOST: /* a read has to give something: all ones, as for memory that is not there */
        e.data_lost = e.data_lost || write;
        e.data_ones = e.data_ones || !write;
        break;
    case ISO_ERROR_MODE_HANG:
        e.kind = ISO_EFFECT_HANG;
        break;
    case ISO_ERROR_MODE_PASS:
    case ISO_ERROR_MODE_UNKNOWN: /* never a branch */
        break;
    }
    iso_effect_set_add(out, &e);
}

static void decide_direction(const struct iso_decide_step *step, const struct iso_effect *in, bool write,
                             struct iso_effect_set *out)
{
    enum iso_condition condition = step->access->condition;
    struct iso_branches how;
    modes(&how, step, write ? &condition_row[condition].write : &condition_row[condition].read);
    for (size_t i = 0; i < how.count; i++) {
        if (!iso_branch_agrees(&how, i, in, step))
            continue;
        struct iso_effect e = iso_branch_take(&how, i, in, step);
        apply(step, &e, how.value[i], write, out);
    }
}

void iso_stage_read_error(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    if (!iso_access_reads(step->access) || step->access->kind == ISO_ACCESS_PRFM || in->data_ones)
        iso_effect_set_add(out, in);
    else
        decide_direction(step, in, false, out);
}

void iso_stage_write_error(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    if (!iso_access_writes(step->access) || in->data_lost || in->clears)
        iso_effect_set_add(out, in);
    else
        decide_direction(step, in, true, out);
}

/* Poison covers 64 bytes unless a hop says more. New data for all of it end the error; less cannot. */
void iso_stage_poison_unit(const struct iso_decide_step *step, const struct iso_effect *in, struct iso_effect_set *out)
{
    const struct iso_access *access = step->access;
    bool whole_line =
        iso_access_writes_data(access) && !iso_access_reads(access) && access->size_bytes >= 64 && access->va % 64 == 0;
    bool last = iso_decide_step_is_last(step);
    struct iso_branches unit;
    if (access->condition != ISO_CONDITION_POISONED || in->poison_settled) {
        iso_effect_set_add(out, in);
        return;
    }
    iso_branch_hop(&unit, step, ISO_CAP_ERR_POISON_UNIT, false);
    for (size_t i = 0; i < unit.count; i++) {
        struct iso_effect e = iso_branch_take(&unit, i, in, step);
        e.poison_settled = unit.value[i] != ISO_BYTES_PASS;
        if (whole_line && (unit.value[i] == ISO_BYTES_64 || (unit.value[i] == ISO_BYTES_PASS && last))) {
            e.clears = true;
            iso_element_rule(&e, step, "CXL 12.2", NULL);
        }
        iso_effect_set_add(out, &e);
    }
}

uint64_t iso_poison_bytes(const struct iso_tier *tier)
{
    for (size_t hop = 0; hop < tier->nhops; hop++) {
        uint8_t value = iso_capability_get(&tier->hops[hop].capabilities, ISO_CAP_ERR_POISON_UNIT);
        if (value == ISO_BYTES_WHOLE)
            return UINT64_MAX;
        if (value >= ISO_VALUE_FIRST)
            return iso_capability_number(&tier->hops[hop].capabilities, ISO_CAP_ERR_POISON_UNIT);
    }
    return 64;
}
