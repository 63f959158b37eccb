/* Operands of system instructions as arrays: one row of a64_system.def each. Not for: what they do to memory or the TLB. */
#include "sim/isa/a64_table.h"

/* clang-format off */
const struct a64_barrier_option a64_barrier_options[] = {
#define A64_BARRIER_OPTION(name, crm, domain, types) {name, crm, ISO_DOMAIN_##domain, ISO_BARRIER_##types},
#include "sim/isa/a64_system.def"
};
const struct a64_cache_op a64_cache_ops[] = {
#define A64_CACHE(row, name, cls, what, has_register, op1, crn, crm, op2) \
    {name, A64_ROW_##row, ISO_INSN_##cls, ISO_CACHE_##what, has_register, op1, crn, crm, op2},
#include "sim/isa/a64_system.def"
};
const struct a64_tlbi_op a64_tlbi_ops[] = {
#define A64_TLBI(name, scope, leaf, has_register, op1, crm, crm_is, crm_os, op2) \
    {name, ISO_TLBI_##scope, leaf, has_register, op1, crm, crm_is, crm_os, op2},
#include "sim/isa/a64_system.def"
};
const struct a64_at_op a64_at_ops[] = {
#define A64_AT(name, op1, crm, op2) {name, op1, crm, op2},
#include "sim/isa/a64_system.def"
};
const struct a64_sysreg a64_sysregs[] = {
#define A64_SYSREG(name, storage, shift, mask, op0, op1, crn, crm, op2) \
    {name, 0, mask, ISO_REG_##storage, shift, op0, op1, crn, crm, op2},
#define A64_IDREG(name, value, op0, op1, crn, crm, op2) \
    {name, value, 0, ISO_REG_NONE, 0, op0, op1, crn, crm, op2},
#include "sim/isa/a64_system.def"
};
const struct a64_pstate a64_pstates[] = {
#define A64_PSTATE(name, storage, largest, op1, op2) {name, ISO_REG_##storage, largest, op1, op2},
#include "sim/isa/a64_system.def"
};
const struct a64_prefetch_op a64_prefetch_ops[] = {
#define A64_PREFETCH(name, number) {name, number},
#include "sim/isa/a64_system.def"
};
/* clang-format on */

#define COUNT(array) ((unsigned)(sizeof(array) / sizeof(array)[0]))
const unsigned a64_barrier_option_count = COUNT(a64_barrier_options);
const unsigned a64_cache_op_count = COUNT(a64_cache_ops);
const unsigned a64_tlbi_op_count = COUNT(a64_tlbi_ops);
const unsigned a64_at_op_count = COUNT(a64_at_ops);
const unsigned a64_sysreg_count = COUNT(a64_sysregs);
const unsigned a64_pstate_count = COUNT(a64_pstates);
const unsigned a64_prefetch_op_count = COUNT(a64_prefetch_ops);

struct iso_a64_tlbi_target iso_a64_tlbi_target(const struct iso_insn *insn, bool by_guest)
{
    const struct a64_tlbi_op *op = &a64_tlbi_ops[insn->imm2];
    struct iso_a64_tlbi_target out = {.guest = by_guest, .stage1 = true};
    if (by_guest) {
        out.stage1 = op->op1 == 0;
    } else if (op->scope == ISO_TLBI_IPA) {
        out = (struct iso_a64_tlbi_target){.guest = true, .stage2 = true};
    } else if (op->op1 == 0 && op->scope == ISO_TLBI_ALL) {
        out.guest = true;
    } else if (op->op1 == 4 && (op->op2 == 4 || op->op2 == 6) && op->scope == ISO_TLBI_ALL) { /* ALLE1, VMALLS12E1 */
        out.guest = out.stage2 = true;
    }
    return out;
}

struct iso_alias_operation iso_a64_maintenance(const struct iso_insn *insn)
{
    struct iso_alias_operation out = {.data = true};
    switch ((enum iso_cache_op)insn->cache_op) {
    case ISO_CACHE_DC_CVAC:
    case ISO_CACHE_DC_CVAP:
    case ISO_CACHE_DC_CVADP:
    case ISO_CACHE_DC_TAG_CLEAN:
        out.cleans = true;
        break;
    case ISO_CACHE_DC_CIVAC:
        out.cleans = out.invalidates = true;
        break;
    case ISO_CACHE_DC_IVAC:
        out.invalidates = true;
        break;
    case ISO_CACHE_DC_TAG_INVALIDATE:
        out.invalidates = true;
        out.cleans = a64_cache_ops[insn->imm2].crm == 14;
        break;
    case ISO_CACHE_DC_CVAU:
    case ISO_CACHE_DC_SET_WAY:
    case ISO_CACHE_IC_IVAU:
    case ISO_CACHE_IC_IALLU:
    case ISO_CACHE_IC_IALLUIS:
        return (struct iso_alias_operation){.data = false};
    }
    if (insn->cache_op == ISO_CACHE_DC_TAG_CLEAN || insn->cache_op == ISO_CACHE_DC_TAG_INVALIDATE) {
        out.tags = true;
        out.data = a64_cache_ops[insn->imm2].op2 == 5; /* DC CGDVAC, IGDVAC ...; 3: CGVAC, IGVAC ... */
    }
    return out;
}

enum iso_a64_zero iso_a64_zero_kind(const struct iso_insn *insn)
{
    switch (a64_cache_ops[insn->imm2].op2) {
    case 3:
        return ISO_A64_ZERO_TAGS;
    case 4:
        return ISO_A64_ZERO_TAGS_AND_DATA;
    }
    return ISO_A64_ZERO_DATA;
}
