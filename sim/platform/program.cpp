/* Decoding of roles and memory shapes. See program.h. */
#include "sim/platform/program.h"

#include <cstring>

extern "C" {
#include "sim/isa/a64_asm.h"
}

namespace iso
{

namespace
{

bool starts_with(const char *text, const char *prefix)
{
    return std::strncmp(text, prefix, std::strlen(prefix)) == 0;
}

iso_access_kind load_kind(const iso_insn &i)
{
    if (i.order & ISO_ORDER_ACQUIRE_PC)
        return i.count == 2 ? ISO_ACCESS_LDIAPP : ISO_ACCESS_LDAPR;
    if (i.order & ISO_ORDER_ACQUIRE)
        return i.count == 2 ? ISO_ACCESS_LDIAPP : ISO_ACCESS_LDAR;
    return i.count == 2 ? ISO_ACCESS_LDP : ISO_ACCESS_LDR;
}

iso_access_kind store_kind(const iso_insn &i)
{
    if (i.order & ISO_ORDER_RELEASE)
        return i.count == 2 ? ISO_ACCESS_LDIAPP : ISO_ACCESS_STLR;
    return i.count == 2 ? ISO_ACCESS_STP : ISO_ACCESS_STR;
}

iso_access_kind atomic_kind(const iso_insn &i)
{
    if (i.size == 16)
        return ISO_ACCESS_LSE128;
    if (starts_with(i.mnemonic, "SWP"))
        return ISO_ACCESS_SWP;
    return i.order & ISO_ORDER_NO_RETURN ? ISO_ACCESS_LSE_STORE : ISO_ACCESS_LSE_LOAD;
}

void shape_zero(decoded &d, const iso_insn &i)
{
    switch (iso_a64_zero_kind(&i)) {
    case ISO_A64_ZERO_DATA:
        d.writes = true;
        d.kind = ISO_ACCESS_DC_ZVA;
        break;
    case ISO_A64_ZERO_TAGS:
        d.tag_writes = true;
        d.kind = ISO_ACCESS_DC_GVA;
        break;
    case ISO_A64_ZERO_TAGS_AND_DATA:
        d.writes = d.tag_writes = true;
        d.kind = ISO_ACCESS_DC_GZVA;
        break;
    }
    d.data_bytes = d.writes ? 64 : 0;
    d.tag_bytes = d.tag_writes ? 64 : 0;
}

void shape_tags(decoded &d, const iso_insn &i)
{
    bool block = starts_with(i.mnemonic, "LDGM") || starts_with(i.mnemonic, "STGM");
    bool zero_block = starts_with(i.mnemonic, "STZGM");
    d.tag_bytes = block ? 256 : zero_block ? 64 : i.size < 16 ? 16 : i.size;
    if (i.cls == ISO_INSN_LOAD_TAG) {
        d.tag_reads = true;
        d.kind = block ? ISO_ACCESS_LDGM : ISO_ACCESS_LDG;
    } else {
        d.tag_writes = true;
        d.kind = block ? ISO_ACCESS_STGM : zero_block ? ISO_ACCESS_STZGM : ISO_ACCESS_STG;
        if (i.cls == ISO_INSN_STORE_TAG_DATA) {
            d.writes = true;
            d.data_bytes = static_cast<uint8_t>(d.tag_bytes);
            if (!zero_block)
                d.kind = ISO_ACCESS_STZG;
        }
    }
}

/* False: not an instruction the platform runs. */
bool shape(decoded &d, const iso_insn &i)
{
    unsigned bytes = unsigned{i.size} * (i.count ? i.count : 1u);
    d.kind = ISO_ACCESS_LDR;
    switch (static_cast<iso_insn_class>(i.cls)) {
    case ISO_INSN_LOAD:
        d.reads = true;
        d.kind = load_kind(i);
        break;
    case ISO_INSN_STORE:
        d.writes = true;
        d.kind = store_kind(i);
        break;
    case ISO_INSN_LOAD_EXCLUSIVE:
        d.reads = d.exclusive_load = true;
        d.kind = i.count == 2 ? ISO_ACCESS_LDXP : ISO_ACCESS_LDXR;
        break;
    case ISO_INSN_STORE_EXCLUSIVE:
        d.writes = d.exclusive_store = true;
        d.kind = i.count == 2 ? ISO_ACCESS_STXP : ISO_ACCESS_STXR;
        break;
    case ISO_INSN_ATOMIC:
        d.reads = d.writes = d.atomic = true;
        d.kind = atomic_kind(i);
        break;
    case ISO_INSN_CAS:
        d.reads = d.writes = d.atomic = d.cas = true;
        d.kind = starts_with(i.mnemonic, "CASP") ? ISO_ACCESS_CASP : ISO_ACCESS_CAS_HIT;
        break;
    case ISO_INSN_LOAD_TAG:
    case ISO_INSN_STORE_TAG:
    case ISO_INSN_STORE_TAG_DATA:
        shape_tags(d, i);
        break;
    case ISO_INSN_ZERO:
        shape_zero(d, i);
        break;
    case ISO_INSN_COMPUTE:
    case ISO_INSN_BRANCH:
    case ISO_INSN_BARRIER:
    case ISO_INSN_CACHE:
    case ISO_INSN_TLBI:
    case ISO_INSN_AT:
    case ISO_INSN_SYSTEM_READ:
    case ISO_INSN_SYSTEM_WRITE:
    case ISO_INSN_EXCEPTION:
    case ISO_INSN_EXCEPTION_RETURN:
    case ISO_INSN_CLREX:
    case ISO_INSN_PREFETCH:
    case ISO_INSN_HINT:
        return true;
    }
    d.memory = true;
    if ((d.reads || d.writes) && !d.data_bytes)
        d.data_bytes = static_cast<uint8_t>(bytes);
    d.checked = iso_insn_is_tag_checked(&i);
    d.no_return = d.atomic && (i.order & ISO_ORDER_NO_RETURN);
    return d.data_bytes <= 64;
}

void add_sources(decoded &d, const struct iso_insn_uses &uses)
{
    uint64_t all = uses.address | uses.data | uses.compare | uses.pick | uses.control;
    for (unsigned r = 0; r < ISO_REG_COUNT && d.nsources < SOURCES; r++) {
        uint64_t bit = uint64_t{1} << r;
        if (!(all & bit))
            continue;
        d.source[d.nsources] = static_cast<uint8_t>(r);
        d.role[d.nsources] =
            static_cast<uint8_t>((uses.address & bit ? ROLE_ADDRESS : 0) | (uses.data & bit ? ROLE_DATA : 0) |
                                 (uses.compare & bit ? ROLE_COMPARE : 0) | (uses.pick & bit ? ROLE_PICK : 0) |
                                 (uses.control & bit ? ROLE_CONTROL : 0));
        d.nsources++;
    }
}

void add_results(decoded &d, uint64_t registers, result_role role)
{
    for (unsigned r = 0; r < ISO_REG_COUNT && d.nresults < RESULTS; r++)
        if (registers >> r & 1) {
            d.result[d.nresults] = static_cast<uint8_t>(r);
            d.result_is[d.nresults++] = role;
        }
}

} // namespace

bool describe(decoded &d)
{
    struct iso_insn_uses uses;
    iso_insn_uses(&uses, d.insn);
    add_sources(d, uses);
    d.picks = uses.pick != 0;
    /* A write-back to a register that is loaded too: the loaded value is the one that stays. */
    add_results(d, uses.writeback & ~uses.result, result_role::WRITEBACK);
    add_results(d, uses.result, result_role::VALUE);
    add_results(d, uses.status, result_role::STATUS);
    return shape(d, *d.insn);
}

bool program::build(const iso_thread &source, unsigned *bad)
{
    thread = &source;
    code.assign(source.ninsns, decoded{});
    for (unsigned k = 0; k < source.ninsns; k++) {
        code[k].insn = &source.insn[k];
        if (!describe(code[k])) {
            *bad = k;
            return false;
        }
    }
    return true;
}

} // namespace iso
