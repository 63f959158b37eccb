/* Stage-1 leaf descriptors. Source: Arm ARM D8.3, D8.5, D8.17; facts/arm-attributes.md section 8. */
#include "models/translate.h"

#define BIT(n) (UINT64_C(1) << (n))

enum {
    VALID = 0,
    PAGE = 1,
    ATTR = 2,
    AP_EL0 = 6,
    AP_READ_ONLY = 7,
    SH = 8,
    AF = 10,
    NG = 11,
    DBM = 51,
    PXN = 53,
    UXN = 54
};
#define OA_MASK UINT64_C(0x0000FFFFFFFFF000)

uint64_t iso_pte_encode(const struct iso_pte *pte)
{
    uint64_t d = pte->oa & OA_MASK;
    d |= BIT(PAGE) |
         (pte->valid ? BIT(VALID) : 0); /* an invalid one keeps bit 1, so that setting bit 0 alone makes it valid */
    d |= (uint64_t)(pte->attr & 7) << ATTR;
    d |= pte->el0 ? BIT(AP_EL0) : 0;
    d |= pte->db ? 0 : BIT(AP_READ_ONLY);
    d |= (uint64_t)(pte->sh & 3) << SH;
    d |= pte->af ? BIT(AF) : 0;
    d |= pte->ng ? BIT(NG) : 0;
    d |= pte->dbm ? BIT(DBM) : 0;
    d |= pte->xn ? BIT(UXN) : 0;
    d |= pte->pxn ? BIT(PXN) : 0;
    return d;
}

void iso_pte_decode(struct iso_pte *out, uint64_t d)
{
    *out = (struct iso_pte){
        .valid = (d & BIT(VALID)) != 0 && (d & BIT(PAGE)) != 0,
        .attr = (uint8_t)(d >> ATTR & 7),
        .el0 = (d & BIT(AP_EL0)) != 0,
        .db = (d & BIT(AP_READ_ONLY)) == 0,
        .sh = (uint8_t)(d >> SH & 3),
        .af = (d & BIT(AF)) != 0,
        .ng = (d & BIT(NG)) != 0,
        .dbm = (d & BIT(DBM)) != 0,
        .xn = (d & BIT(UXN)) != 0,
        .pxn = (d & BIT(PXN)) != 0,
        .oa = d & OA_MASK,
    };
}

const char *iso_mmu_fault_name(enum iso_mmu_fault fault)
{
    static const char *const name[] = {
        [ISO_MMU_NONE] = "none",
        [ISO_MMU_TRANSLATION] = "translation",
        [ISO_MMU_ACCESS_FLAG] = "access-flag",
        [ISO_MMU_PERMISSION] = "permission",
    };
    return name[fault];
}

enum iso_mmu_fault iso_mmu_check(const struct iso_pte *pte, const struct iso_mmu_access *access,
                                 const struct iso_mmu_control *control)
{
    bool hd = control->ha && control->hd;
    if (!pte->valid)
        return ISO_MMU_TRANSLATION;
    if (!pte->af && !control->ha)
        return ISO_MMU_ACCESS_FLAG;
    if (access->el0 && !pte->el0)
        return ISO_MMU_PERMISSION;
    if (access->fetch && (access->el0 ? pte->xn : pte->pxn))
        return ISO_MMU_PERMISSION;
    if (access->write && !pte->db && !(hd && pte->dbm))
        return ISO_MMU_PERMISSION;
    return ISO_MMU_NONE;
}

bool iso_mmu_update(struct iso_pte *out, const struct iso_pte *pte, const struct iso_mmu_access *access,
                    const struct iso_mmu_control *control)
{
    *out = *pte;
    if (control->ha)
        out->af = true;
    if (control->ha && control->hd && pte->dbm && access->write)
        out->db = true;
    return out->af != pte->af || out->db != pte->db;
}

bool iso_pte_needs_bbm(const struct iso_pte *before, const struct iso_pte *after, bool same_type, bool same_contents)
{
    if (!before->valid || !after->valid || !before->af || !after->af)
        return false; /* invalid to valid, and the break itself; by AF=0 too (D8), for no TLB keeps what faults for it (IWZCBG) */
    if (!same_type || before->sh != after->sh)
        return true;
    if (before->ng && !after->ng)
        return true; /* a global entry over a non-global one */
    bool writable = before->db || before->dbm || after->db || after->dbm;
    return before->oa != after->oa && (writable || !same_contents);
}

unsigned iso_descriptor_amalgams(uint64_t out[ISO_AMALGAMS_MAX], uint64_t a, uint64_t b, bool stage2)
{
    enum { FIELDS = 5 };
    const uint64_t field[FIELDS] = {OA_MASK, stage2 ? BIT(2) | BIT(3) | BIT(4) | BIT(5) : BIT(2) | BIT(3) | BIT(4),
                                    BIT(8) | BIT(9), BIT(6) | BIT(7) | BIT(DBM), BIT(PXN) | BIT(UXN)};
    uint64_t all = 0;
    unsigned count = 0;
    for (unsigned k = 0; k < FIELDS; k++)
        all |= field[k];
    for (unsigned set = 1; set < (1u << FIELDS) - 1; set++) {
        uint64_t taken = 0, mixed;
        unsigned i = 0;
        for (unsigned k = 0; k < FIELDS; k++)
            taken |= set >> k & 1 ? field[k] : 0;
        mixed = (a & ~taken) | (b & taken);
        if (!((mixed ^ a) & all) || !((mixed ^ b) & all))
            continue;
        while (i < count && out[i] != mixed)
            i++;
        if (i == count)
            out[count++] = mixed;
    }
    return count;
}

/* ---- maintenance by address ---- */

void iso_maintenance_access(struct iso_mmu_access *out, const struct iso_mmu_maintenance *maintenance)
{
    *out = (struct iso_mmu_access){.read = !maintenance->invalidates && maintenance->el0,
                                   .write = maintenance->invalidates,
                                   .el0 = maintenance->el0};
}

bool iso_maintenance_fault_is_optional(enum iso_cpu_key *key, const struct iso_mmu_maintenance *maintenance,
                                       enum iso_mmu_fault fault)
{
    switch (fault) {
    case ISO_MMU_NONE:
        return false;
    case ISO_MMU_TRANSLATION:
        *key = ISO_CPU_IC_TRANSLATION;
        return maintenance->instruction;
    case ISO_MMU_ACCESS_FLAG:
        *key = ISO_CPU_MAINTENANCE_AF;
        return true;
    case ISO_MMU_PERMISSION:
        *key = ISO_CPU_IC_PERMISSION;
        return maintenance->instruction;
    }
    return false;
}

/* ---- stage 2 ------------------------------------------------------------------------------------------------ */

enum { S2_MEMATTR = 2, S2_READ = 6, S2_WRITE = 7, S2_XN = 54, S2_MARK = 55 };

uint64_t iso_s2pte_encode(const struct iso_s2pte *pte)
{
    uint64_t d = (pte->oa & OA_MASK) | BIT(PAGE) | BIT(S2_MARK);
    d |= pte->valid ? BIT(VALID) : 0;
    d |= (uint64_t)(pte->memattr & 15) << S2_MEMATTR;
    d |= pte->read ? BIT(S2_READ) : 0;
    d |= pte->write ? BIT(S2_WRITE) : 0;
    d |= (uint64_t)(pte->sh & 3) << SH;
    d |= pte->af ? BIT(AF) : 0;
    d |= pte->dbm ? BIT(DBM) : 0;
    d |= pte->xn ? BIT(S2_XN) : 0;
    return d;
}

void iso_s2pte_decode(struct iso_s2pte *out, uint64_t d)
{
    *out = (struct iso_s2pte){
        .valid = (d & BIT(VALID)) != 0 && (d & BIT(PAGE)) != 0,
        .af = (d & BIT(AF)) != 0,
        .read = (d & BIT(S2_READ)) != 0,
        .write = (d & BIT(S2_WRITE)) != 0,
        .dbm = (d & BIT(DBM)) != 0,
        .xn = (d & BIT(S2_XN)) != 0,
        .memattr = (uint8_t)(d >> S2_MEMATTR & 15),
        .sh = (uint8_t)(d >> SH & 3),
        .oa = d & OA_MASK,
    };
}

bool iso_s2pte_is(uint64_t d)
{
    return (d & BIT(S2_MARK)) != 0;
}

enum iso_mmu_fault iso_s2pte_check(const struct iso_s2pte *pte, const struct iso_mmu_access *access,
                                   const struct iso_mmu_control *control)
{
    bool hd = control->ha && control->hd;
    if (!pte->valid)
        return ISO_MMU_TRANSLATION;
    if (!pte->af && !control->ha)
        return ISO_MMU_ACCESS_FLAG;
    if (((access->read || access->fetch) && !pte->read) || (access->fetch && pte->xn))
        return ISO_MMU_PERMISSION;
    if (access->write && !pte->write && !(hd && pte->dbm))
        return ISO_MMU_PERMISSION;
    return ISO_MMU_NONE;
}

bool iso_s2pte_update(struct iso_s2pte *out, const struct iso_s2pte *pte, const struct iso_mmu_access *access,
                      const struct iso_mmu_control *control)
{
    *out = *pte;
    if (control->ha)
        out->af = true;
    if (control->ha && control->hd && pte->dbm && access->write)
        out->write = true;
    return out->af != pte->af || out->write != pte->write;
}

bool iso_s2pte_needs_bbm(const struct iso_s2pte *before, const struct iso_s2pte *after, bool same_type,
                         bool same_contents)
{
    bool writable = before->write || before->dbm || after->write || after->dbm;
    if (!before->valid || !after->valid || !before->af || !after->af)
        return false;
    if (!same_type || before->sh != after->sh)
        return true;
    return before->oa != after->oa && (writable || !same_contents);
}

bool iso_s2pte_resolve(struct iso_s2pte *pte, enum iso_mmu_fault fault, const struct iso_mmu_access *access)
{
    if (fault == ISO_MMU_ACCESS_FLAG) {
        pte->af = true;
        return true;
    }
    if (fault != ISO_MMU_PERMISSION || !access->write || (access->read && !pte->read))
        return false;
    pte->write = true;
    return true;
}
