/* The input space of policies: names, possible cases, and the exact answer to "is this condition covered by those?".
 * Declared in policy_input.h. Not for: rules and their results (policy.c). */
#include "models/policy_input.h"

#include <string.h>

#define VALUE_NAME(set, symbol, name) name,
#define VALUE_NAMES(set, tag)         static const char *const set##_names[] = {ISO_##set##_VALUES(VALUE_NAME)};
ISO_POLICY_VALUE_SETS(VALUE_NAMES)

#define INPUT_ROW(symbol, text, set, reach, what)                                                                      \
    [ISO_POLICY_##symbol] = {.name = text,                                                                             \
                             .values = set##_names,                                                                    \
                             .nvalues = sizeof set##_names / sizeof set##_names[0],                                    \
                             .scope = ISO_POLICY_SCOPE_##reach,                                                        \
                             .meaning = what},
static const struct iso_policy_input_row rows[ISO_POLICY_INPUT_COUNT] = {ISO_POLICY_INPUTS(INPUT_ROW)};

const struct iso_policy_input_row *iso_policy_input_at(enum iso_policy_input input)
{
    return &rows[input];
}

bool iso_policy_input_has_unknown(enum iso_policy_input input)
{
    return strcmp(rows[input].values[0], "unknown") == 0;
}

bool iso_policy_input_find(enum iso_policy_input *out, const char *name)
{
    for (size_t i = 0; i < ISO_POLICY_INPUT_COUNT; i++)
        if (strcmp(rows[i].name, name) == 0) {
            *out = (enum iso_policy_input)i;
            return true;
        }
    return false;
}

bool iso_policy_value_find(uint8_t *out, enum iso_policy_input input, const char *name)
{
    for (size_t i = 0; i < rows[input].nvalues; i++)
        if (strcmp(rows[input].values[i], name) == 0) {
            *out = (uint8_t)i;
            return true;
        }
    return false;
}

uint16_t iso_policy_input_mask(enum iso_policy_input input)
{
    return (uint16_t)((1u << rows[input].nvalues) - 1u);
}

void iso_policy_box_init(struct iso_policy_box *out)
{
    for (size_t i = 0; i < ISO_POLICY_INPUT_COUNT; i++)
        out->allowed[i] = iso_policy_input_mask((enum iso_policy_input)i);
}

/* ---- cases that cannot be ---- */

enum { YES = 1u << ISO_POLICY_BOOL_YES, NO = 1u << ISO_POLICY_BOOL_NO };
enum {
    HAS_STRUCT_PAGE = 1u << ISO_POLICY_ORIGIN_BOOT_RAM | 1u << ISO_POLICY_ORIGIN_HOTPLUG_RAM |
                      1u << ISO_POLICY_ORIGIN_PRIVATE | 1u << ISO_POLICY_ORIGIN_COHERENT |
                      1u << ISO_POLICY_ORIGIN_FS_DAX | 1u << ISO_POLICY_ORIGIN_GENERIC |
                      1u << ISO_POLICY_ORIGIN_P2PDMA | 1u << ISO_POLICY_ORIGIN_GMEM,
    HAS_NO_STRUCT_PAGE = 1u << ISO_POLICY_ORIGIN_PFN_ONLY | 1u << ISO_POLICY_ORIGIN_GIC_MMIO,
    SYSTEM_RAM = 1u << ISO_POLICY_ORIGIN_BOOT_RAM | 1u << ISO_POLICY_ORIGIN_HOTPLUG_RAM | 1u << ISO_POLICY_ORIGIN_GMEM,
};

/* Two inputs that cannot have these values together, and why. */
struct impossible {
    enum iso_policy_input a;
    uint16_t a_values;
    enum iso_policy_input b;
    uint16_t b_values;
    const char *why;
};

#define NO_VM(input)                                                                                                   \
    {                                                                                                                  \
        ISO_POLICY_VM, NO, input, YES, "a VM flag without a VM"                                                        \
    }
#define NO_VMA(input)                                                                                                  \
    {                                                                                                                  \
        ISO_POLICY_VMA_ATTR, 1u << ISO_POLICY_ATTR_NONE, input, YES, "a VMA flag without a VMA"                        \
    }
static const struct impossible impossible[] = {
    NO_VM(ISO_POLICY_VM_MTE),
    NO_VM(ISO_POLICY_VM_PROTECTED),
    NO_VM(ISO_POLICY_VM_REALM),
    NO_VM(ISO_POLICY_VM_SHARED_IPA),
    NO_VM(ISO_POLICY_VM_DIRTY_LOG),
    NO_VM(ISO_POLICY_VM_READONLY),
    NO_VM(ISO_POLICY_VM_SEA_EXIT),
    NO_VM(ISO_POLICY_VM_SLOT_CACHEABLE),
    NO_VM(ISO_POLICY_VM_MTE_PERM_CAP),
    NO_VMA(ISO_POLICY_VMA_PFNMAP),
    NO_VMA(ISO_POLICY_VMA_MIXEDMAP),
    NO_VMA(ISO_POLICY_VMA_IO),
    NO_VMA(ISO_POLICY_VMA_ANY_UNCACHED),
    NO_VMA(ISO_POLICY_VMA_MTE_ALLOWED),
    NO_VMA(ISO_POLICY_VMA_MTE),
    NO_VMA(ISO_POLICY_VMA_SHARED),
    {ISO_POLICY_ORIGIN, HAS_STRUCT_PAGE, ISO_POLICY_STRUCT_PAGE, NO, "RAM or ZONE_DEVICE without struct page"},
    {ISO_POLICY_ORIGIN, HAS_NO_STRUCT_PAGE, ISO_POLICY_STRUCT_PAGE, YES, "PFN-only memory with a struct page"},
    {ISO_POLICY_ORIGIN, SYSTEM_RAM, ISO_POLICY_MAP_MEMORY, NO, "System RAM for which pfn_is_map_memory() is false"},
    {ISO_POLICY_ORIGIN, HAS_NO_STRUCT_PAGE, ISO_POLICY_MAP_MEMORY, YES,
     "memory without struct page for which pfn_is_map_memory() is true"},
    {ISO_POLICY_VM, NO, ISO_POLICY_S2, (uint16_t) ~(1u << ISO_POLICY_S2_NONE), "a stage-2 type without a VM"},
    {ISO_POLICY_VM, YES, ISO_POLICY_S2, 1u << ISO_POLICY_S2_NONE, "a VM without a stage-2 type"},
    {ISO_POLICY_VM_REALM, YES, ISO_POLICY_VM_PROTECTED, YES, "a VM that is both a realm and a pKVM protected VM"},
    {ISO_POLICY_VM_REALM, NO, ISO_POLICY_VM_SHARED_IPA, YES, "a shared IPA without a realm"},
    {ISO_POLICY_CPU_MTE2, NO, ISO_POLICY_CPU_MTE_PERM, YES, "FEAT_MTE_PERM without FEAT_MTE2"},
    {ISO_POLICY_CPU_LS64, NO, ISO_POLICY_CPU_LS64WB, YES, "FEAT_LS64WB without FEAT_LS64"},
};
enum { IMPOSSIBLE_COUNT = sizeof impossible / sizeof impossible[0] };

bool iso_policy_case_possible(const struct iso_policy_case *question, const char **why)
{
    for (size_t i = 0; i < IMPOSSIBLE_COUNT; i++) {
        const struct impossible *x = &impossible[i];
        if ((x->a_values >> question->value[x->a] & 1u) && (x->b_values >> question->value[x->b] & 1u)) {
            if (why)
                *why = x->why;
            return false;
        }
    }
    return true;
}

/* ---- is a box covered? ---- */

struct search {
    const struct iso_policy_box *const *cover;
    size_t ncover;
    struct iso_policy_case *left;
    uint32_t steps;
    bool overflow;
};
enum { STEPS_MAX = 200000 };

static void cover_at(struct iso_policy_box *out, const struct search *s, size_t i)
{
    if (i < s->ncover) {
        *out = *s->cover[i];
        return;
    }
    const struct impossible *x = &impossible[i - s->ncover];
    iso_policy_box_init(out);
    out->allowed[x->a] = x->a_values & iso_policy_input_mask(x->a);
    out->allowed[x->b] = x->b_values & iso_policy_input_mask(x->b);
}

static bool disjoint(const struct iso_policy_box *a, const struct iso_policy_box *b)
{
    for (size_t i = 0; i < ISO_POLICY_INPUT_COUNT; i++)
        if (!(a->allowed[i] & b->allowed[i]))
            return true;
    return false;
}

/* Takes cover[i] out of the box and asks the rest of the list about each piece that is left. */
static bool covered_from(struct search *s, struct iso_policy_box box, size_t i)
{
    struct iso_policy_box cover;
    if (++s->steps > STEPS_MAX) {
        s->overflow = true;
        return true;
    }
    for (;; i++) {
        if (i == s->ncover + IMPOSSIBLE_COUNT) {
            for (size_t k = 0; s->left && k < ISO_POLICY_INPUT_COUNT; k++) {
                uint8_t value = 0;
                while (!((unsigned)box.allowed[k] >> value & 1u))
                    value++;
                s->left->value[k] = value;
            }
            return false;
        }
        cover_at(&cover, s, i);
        if (!disjoint(&box, &cover))
            break;
    }
    for (size_t k = 0; k < ISO_POLICY_INPUT_COUNT; k++) {
        uint16_t outside = box.allowed[k] & (uint16_t)~cover.allowed[k];
        if (outside) {
            struct iso_policy_box piece = box;
            piece.allowed[k] = outside;
            if (!covered_from(s, piece, i + 1))
                return false;
            box.allowed[k] &= cover.allowed[k];
        }
    }
    return true;
}

enum iso_policy_cover iso_policy_box_covered(const struct iso_policy_box *box,
                                             const struct iso_policy_box *const *cover, size_t ncover,
                                             struct iso_policy_case *left)
{
    struct search s = {.cover = cover, .ncover = ncover, .left = left};
    for (size_t i = 0; i < ISO_POLICY_INPUT_COUNT; i++)
        if (!box->allowed[i])
            return ISO_POLICY_COVERED;
    bool covered = covered_from(&s, *box, 0);
    return s.overflow ? ISO_POLICY_COVER_UNDECIDED : covered ? ISO_POLICY_COVERED : ISO_POLICY_NOT_COVERED;
}
