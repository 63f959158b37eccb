/* The interpreter of interp.h. Not for: timing, order. Source: Arm ARM C6.2 for the sequence of steps inside an instruction. */
#include "sim/isa/interp.h"

#include "sim/isa/a64_asm.h"

#include <string.h>

#define ADDRESS_MASK (((uint64_t)1 << 56) - 1)

/* Untagged address, sign of bit 55 spread over the tag. */
static uint64_t untagged(uint64_t address)
{
    return (address & (uint64_t)1 << 55) ? address | ~ADDRESS_MASK : address & ADDRESS_MASK;
}

static enum iso_interp_status fault(struct iso_interp *interp, enum iso_fault_type type, uint64_t address)
{
    interp->fault = type;
    interp->fault_address = address;
    return ISO_INTERP_FAULT;
}

static bool mapped(const struct iso_interp *interp, uint64_t address, uint64_t bytes)
{
    uint64_t offset = untagged(address) - interp->memory_va;
    return offset < interp->memory_bytes && bytes <= interp->memory_bytes - offset;
}

static uint8_t *granule(struct iso_interp *interp, uint64_t address)
{
    return interp->tag ? interp->tag + (untagged(address) - interp->memory_va) / ISO_GRANULE_BYTES : NULL;
}

static bool tags_match(struct iso_interp *interp, uint64_t address, uint64_t bytes)
{
    unsigned tag = address >> 56 & 15;
    uint64_t first = untagged(address) / ISO_GRANULE_BYTES, last = (untagged(address) + bytes - 1) / ISO_GRANULE_BYTES;
    for (uint64_t g = first; g <= last; g++)
        if (*granule(interp, g * ISO_GRANULE_BYTES) != tag)
            return false;
    return true;
}

/* Everything that can stop an access, before it has any effect. */
static bool may_access(struct iso_interp *interp, const struct iso_insn *insn, uint64_t address, uint64_t bytes,
                       uint64_t alignment)
{
    if (alignment && address % alignment) {
        fault(interp, ISO_FAULT_ALIGNMENT, address);
        return false;
    }
    if (!mapped(interp, address, bytes)) {
        fault(interp, ISO_FAULT_MMU_TRANSLATION, address);
        return false;
    }
    if (interp->tag && interp->tag_check && !interp->regs.x[ISO_REG_TCO] && iso_insn_is_tag_checked(insn) &&
        !tags_match(interp, address, bytes)) {
        fault(interp, ISO_FAULT_TAG_CHECK, address);
        return false;
    }
    return true;
}

static struct iso_bytes16 read_bytes(const struct iso_interp *interp, uint64_t address, unsigned bytes)
{
    const uint8_t *p = interp->memory + (untagged(address) - interp->memory_va);
    struct iso_bytes16 value = {0, 0};
    for (unsigned i = 0; i < bytes; i++) {
        if (i < 8)
            value.lo |= (uint64_t)p[i] << 8 * i;
        else
            value.hi |= (uint64_t)p[i] << 8 * (i - 8);
    }
    return value;
}

static void write_bytes(struct iso_interp *interp, uint64_t address, unsigned bytes, struct iso_bytes16 value)
{
    uint8_t *p = interp->memory + (untagged(address) - interp->memory_va);
    for (unsigned i = 0; i < bytes; i++)
        p[i] = (uint8_t)(i < 8 ? value.lo >> 8 * i : value.hi >> 8 * (i - 8));
}

/* FEAT_LSE2 (B2.2.1): an atomic or ordered access may be unaligned inside 16 aligned bytes; exclusives may not. */
static uint64_t required_alignment(const struct iso_interp *interp, const struct iso_insn *insn, uint64_t address,
                                   uint64_t bytes)
{
    if (insn->cls == ISO_INSN_LOAD_EXCLUSIVE || insn->cls == ISO_INSN_STORE_EXCLUSIVE)
        return bytes;
    bool single_copy = insn->cls == ISO_INSN_ATOMIC || insn->cls == ISO_INSN_CAS || insn->order != 0;
    if (single_copy && insn->size == 16)
        return 16;
    return single_copy && (interp->without_lse2 || address % 16 + bytes > 16) ? bytes : 0;
}

static enum iso_interp_status load(struct iso_interp *interp, const struct iso_insn *insn, uint64_t address,
                                   uint64_t base_after)
{
    uint64_t bytes = (uint64_t)insn->size * insn->count;
    if (!may_access(interp, insn, address, bytes, required_alignment(interp, insn, address, bytes)))
        return ISO_INTERP_FAULT;
    struct iso_bytes16 loaded[2] = {{0, 0}, {0, 0}};
    for (unsigned i = 0; i < insn->count; i++)
        loaded[i] = read_bytes(interp, address + i * insn->size, insn->size);
    if (insn->writeback != ISO_WRITEBACK_NONE)
        interp->regs.x[insn->rn] = base_after;
    iso_insn_load_result(&interp->regs, insn, loaded);
    if (insn->cls == ISO_INSN_LOAD_EXCLUSIVE) {
        interp->reserved = true;
        interp->reserved_va = untagged(address);
        interp->reserved_bytes = (uint8_t)bytes;
    }
    return ISO_INTERP_NEXT;
}

static enum iso_interp_status store(struct iso_interp *interp, const struct iso_insn *insn, uint64_t address,
                                    uint64_t base_after)
{
    uint64_t bytes = (uint64_t)insn->size * insn->count;
    if (!may_access(interp, insn, address, bytes, required_alignment(interp, insn, address, bytes)))
        return ISO_INTERP_FAULT;
    if (insn->cls == ISO_INSN_STORE_EXCLUSIVE) {
        bool success = interp->reserved && interp->reserved_va == untagged(address) && interp->reserved_bytes == bytes;
        interp->reserved = false;
        if (success)
            for (unsigned i = 0; i < insn->count; i++)
                write_bytes(interp, address + i * insn->size, insn->size, iso_insn_store_data(insn, &interp->regs, i));
        if (insn->rs < ISO_REG_COUNT)
            interp->regs.x[insn->rs] = success ? 0 : 1;
        return ISO_INTERP_NEXT;
    }
    for (unsigned i = 0; i < insn->count; i++)
        write_bytes(interp, address + i * insn->size, insn->size, iso_insn_store_data(insn, &interp->regs, i));
    if (insn->writeback != ISO_WRITEBACK_NONE)
        interp->regs.x[insn->rn] = base_after;
    return ISO_INTERP_NEXT;
}

static enum iso_interp_status atomic(struct iso_interp *interp, const struct iso_insn *insn, uint64_t address)
{
    if (!may_access(interp, insn, address, insn->size, required_alignment(interp, insn, address, insn->size)))
        return ISO_INTERP_FAULT;
    struct iso_bytes16 old = read_bytes(interp, address, insn->size), written;
    if (iso_insn_rmw(&written, insn, &interp->regs, old))
        write_bytes(interp, address, insn->size, written);
    iso_insn_rmw_result(&interp->regs, insn, old);
    return ISO_INTERP_NEXT;
}

static enum iso_interp_status load_tag(struct iso_interp *interp, const struct iso_insn *insn, uint64_t address)
{
    uint64_t tags = 0;
    if (!may_access(interp, insn, address, (uint64_t)insn->size * insn->count, 0))
        return ISO_INTERP_FAULT;
    for (unsigned i = 0; interp->tag && i < insn->count; i++)
        tags |= (uint64_t)*granule(interp, address + i * ISO_GRANULE_BYTES) << 4 * i;
    iso_insn_load_tag_result(&interp->regs, insn, tags);
    return ISO_INTERP_NEXT;
}

/* Tags and zeroes of the granules of a block. */
static void fill(struct iso_interp *interp, const struct iso_insn *insn, uint64_t address, uint64_t bytes, bool tags,
                 bool data)
{
    for (uint64_t at = 0; at < bytes; at += ISO_GRANULE_BYTES) {
        if (tags && interp->tag)
            *granule(interp, address + at) = (uint8_t)iso_insn_store_tag(insn, &interp->regs);
        if (data)
            write_bytes(interp, address + at, ISO_GRANULE_BYTES,
                        iso_insn_store_data(insn, &interp->regs, (unsigned)(at / ISO_GRANULE_BYTES)));
    }
}

static enum iso_interp_status store_tag(struct iso_interp *interp, const struct iso_insn *insn, uint64_t address,
                                        uint64_t base_after)
{
    uint64_t bytes = (uint64_t)insn->size * insn->count;
    if (!may_access(interp, insn, address, bytes, ISO_GRANULE_BYTES))
        return ISO_INTERP_FAULT;
    if (insn->count > 1) { /* STGM: 4 bits of the register a granule */
        for (unsigned i = 0; interp->tag && i < insn->count; i++)
            *granule(interp, address + i * ISO_GRANULE_BYTES) =
                (uint8_t)(insn->rt < ISO_REG_COUNT ? interp->regs.x[insn->rt] >> 4 * i & 15 : 0);
    } else {
        fill(interp, insn, address, bytes, true, insn->cls == ISO_INSN_STORE_TAG_DATA);
    }
    if (insn->writeback != ISO_WRITEBACK_NONE)
        interp->regs.x[insn->rn] = base_after;
    return ISO_INTERP_NEXT;
}

static enum iso_interp_status zero(struct iso_interp *interp, const struct iso_insn *insn, uint64_t address)
{
    uint64_t bytes = interp->zva_bytes ? interp->zva_bytes : insn->size;
    enum iso_a64_zero kind = iso_a64_zero_kind(insn);
    address &= ~(bytes - 1);
    if (!may_access(interp, insn, address, bytes, 0))
        return ISO_INTERP_FAULT;
    fill(interp, insn, address, bytes, kind != ISO_A64_ZERO_DATA, kind != ISO_A64_ZERO_TAGS);
    return ISO_INTERP_NEXT;
}

static enum iso_interp_status exception(struct iso_interp *interp, const struct iso_insn *insn)
{
    switch (insn->mnemonic[0]) { /* SVC, HVC, SMC, BRK, UDF */
    case 'H':
        return fault(interp, ISO_FAULT_HYPERVISOR_CALL, interp->pc);
    case 'B':
        return fault(interp, ISO_FAULT_BREAKPOINT, interp->pc);
    case 'U':
        return fault(interp, ISO_FAULT_UNDEFINED, interp->pc);
    }
    return fault(interp, insn->mnemonic[1] == 'V' ? ISO_FAULT_SUPERVISOR_CALL : ISO_FAULT_SECURE_MONITOR_CALL,
                 interp->pc);
}

enum iso_interp_status iso_interp_step(struct iso_interp *interp)
{
    uint64_t index = (interp->pc - interp->code_va) / 4, next = interp->pc + 4;
    if (interp->pc % 4 || index >= interp->ninsns)
        return ISO_INTERP_END;
    const struct iso_insn *insn = &interp->insn[index];
    enum iso_interp_status status = ISO_INTERP_NEXT;
    uint64_t base_after, address = iso_insn_address(&base_after, insn, &interp->regs);

    switch ((enum iso_insn_class)insn->cls) {
    case ISO_INSN_COMPUTE:
    case ISO_INSN_SYSTEM_READ:
    case ISO_INSN_SYSTEM_WRITE:
        iso_insn_compute(&interp->regs, insn, interp->pc, interp->random >> 32);
        interp->random = interp->random * 6364136223846793005u + 1442695040888963407u;
        break;
    case ISO_INSN_BRANCH: {
        uint64_t target;
        if (iso_insn_branch(&target, &interp->regs, insn, interp->pc, interp->code_va))
            next = target;
        break;
    }
    case ISO_INSN_LOAD:
    case ISO_INSN_LOAD_EXCLUSIVE:
        status = load(interp, insn, address, base_after);
        break;
    case ISO_INSN_STORE:
    case ISO_INSN_STORE_EXCLUSIVE:
        status = store(interp, insn, address, base_after);
        break;
    case ISO_INSN_ATOMIC:
    case ISO_INSN_CAS:
        status = atomic(interp, insn, address);
        break;
    case ISO_INSN_LOAD_TAG:
        status = load_tag(interp, insn, address);
        break;
    case ISO_INSN_STORE_TAG:
    case ISO_INSN_STORE_TAG_DATA:
        status = store_tag(interp, insn, address, base_after);
        break;
    case ISO_INSN_ZERO:
        status = zero(interp, insn, address);
        break;
    case ISO_INSN_EXCEPTION:
        return exception(interp, insn);
    case ISO_INSN_EXCEPTION_RETURN:
        interp->reserved = false;
        next = untagged(interp->regs.x[ISO_REG_ELR]);
        break;
    case ISO_INSN_CLREX:
        interp->reserved = false;
        break;
    case ISO_INSN_BARRIER:
    case ISO_INSN_CACHE:
    case ISO_INSN_TLBI:
    case ISO_INSN_AT:
    case ISO_INSN_PREFETCH:
    case ISO_INSN_HINT:
        break;
    }
    if (status == ISO_INTERP_NEXT)
        interp->pc = next;
    return status;
}

enum iso_interp_status iso_interp_run(struct iso_interp *interp, uint64_t limit)
{
    enum iso_interp_status status = ISO_INTERP_NEXT;
    while (status == ISO_INTERP_NEXT && limit--)
        status = iso_interp_step(interp);
    return status;
}
