/* VMSAv8-64 leaf descriptors of both stages: encode, decode, permission check, hardware AF/dirty update.
 *
 * For: the kernel's thread, PTE(x) and S2PTE(x) values of litmus files, TLBs of the platform.
 * Not for: walks, table levels, memory types (attribute.h combines them; policies choose them).
 * Not modelled: 52-bit OA, GP, nT, Contiguous, PBHA, POE/PIE, hierarchical permissions.
 * Bits: 0 valid, 1 page, 4:2 AttrIndx, 6 AP[1] (EL0), 7 AP[2] (read-only), 9:8 SH, 10 AF, 11 nG, 47:12 OA, 51 DBM,
 * 53 PXN, 54 UXN. Stage 2: 5:2 MemAttr, 6 S2AP[0] (read), 7 S2AP[1] (write), 9:8 SH, 10 AF, 51 DBM, 54:53 XN; bit 55, which is software's,
 * marks a stage-2 descriptor so that its value tells by itself what it is.
 * Source: Arm ARM D8.3, D8.5; facts/arm-attributes.md sections 1.3, 1.5 and 8. */
#ifndef ISO_MODELS_TRANSLATE_H
#define ISO_MODELS_TRANSLATE_H

#include "models/cpu.h"

#include <stdbool.h>
#include <stdint.h>

struct iso_pte {
    bool valid;
    bool af;  /* Access flag */
    bool db;  /* not AP[2]: writable now ("dirty" when dbm) */
    bool dbm; /* hardware may set db */
    bool el0; /* AP[1] */
    bool xn;  /* UXN */
    bool pxn; /* PXN */
    bool ng;
    uint8_t attr; /* AttrIndx 0..7 */
    uint8_t sh;   /* SH field 0..3 */
    uint64_t oa;  /* output address, multiple of 4096, below 2^48 */
};

uint64_t iso_pte_encode(const struct iso_pte *pte);
void iso_pte_decode(struct iso_pte *out, uint64_t descriptor);

enum iso_mmu_fault { ISO_MMU_NONE, ISO_MMU_TRANSLATION, ISO_MMU_ACCESS_FLAG, ISO_MMU_PERMISSION };
const char *iso_mmu_fault_name(enum iso_mmu_fault fault);

struct iso_mmu_access {
    bool read, write, fetch;
    bool el0; /* made with EL0 permissions */
};

/* Hardware management in force: TCR.HA and TCR.HD (HD needs HA). */
struct iso_mmu_control {
    bool ha, hd;
};

/* First fault of an access, in the architecture's order: Translation, Access flag, Permission. With HA a clear AF is
 * no fault; with HD a clear db is no write fault if dbm is set. */
enum iso_mmu_fault iso_mmu_check(const struct iso_pte *pte, const struct iso_mmu_access *access,
                                 const struct iso_mmu_control *control);

/* The descriptor after hardware has done what the access requires: AF set with HA; db set with HD, dbm, for a write
 * that is architecturally performed. Returns true if it differs. Only for accesses that iso_mmu_check() lets pass. */
bool iso_mmu_update(struct iso_pte *out, const struct iso_pte *pte, const struct iso_mmu_access *access,
                    const struct iso_mmu_control *control);

/* Must old -> new go through break-before-make? Type, shareability, or OA with (a writable side or differing contents). Not from or to a descriptor that is
 * invalid or has AF clear: no TLB keeps those. FEAT_BBM changes nothing here: it is about the size of blocks.
 * same_type: both AttrIndx mean the same type, cacheability and Shareability (tagging is none of them: B2.11); same_contents: both pages hold the same data. RWHZWS, REV7. */
bool iso_pte_needs_bbm(const struct iso_pte *before, const struct iso_pte *after, bool same_type, bool same_contents);

/* What a translation may be made of where a TLB holds both descriptors: each field of one of them (output address, memory type, Shareability, permissions,
 * execute-never), at least one of either. Privilege is never more than the one or the other gives (K1.2.3, D8.17.1). Returns their number; no two are alike. */
enum { ISO_AMALGAMS_MAX = 30 };
unsigned iso_descriptor_amalgams(uint64_t out[ISO_AMALGAMS_MAX], uint64_t a, uint64_t b, bool stage2);

/* ---- maintenance by address (DC, IC IVAU): CH-63 ---- */

struct iso_mmu_maintenance {
    bool instruction; /* IC IVAU */
    bool invalidates; /* DC IVAC and its kin: without cleaning */
    bool el0;
};
/* Permission that maintenance asks of its translation: DC IVAC to write, at any level; the rest to read, at EL0 alone. SAIL
 * AArch64_S1CheckPermissions, AArch64_S2CheckPermissions. */
void iso_maintenance_access(struct iso_mmu_access *out, const struct iso_mmu_maintenance *maintenance);
/* Whether it is IMPLEMENTATION DEFINED that maintenance takes a fault of its translation, and by which key (values fault, perform): an Access flag fault; of
 * IC also a Translation fault (an instruction cache may need no translation) and a Permission fault at EL0. Without the fault the Access flag or permission
 * counts as given, and IC of what does not translate does nothing. SAIL S1Walk, S2Walk, ICInstNeedsTranslation, "Permission fault on EL0 IC_IVAU execution". */
bool iso_maintenance_fault_is_optional(enum iso_cpu_key *key, const struct iso_mmu_maintenance *maintenance,
                                       enum iso_mmu_fault fault);

/* ---- stage 2 ------------------------------------------------------------------------------------------------ */

struct iso_s2pte {
    bool valid;
    bool af;
    bool read;  /* S2AP[0] */
    bool write; /* S2AP[1]: writable now ("dirty" when dbm) */
    bool dbm;   /* hardware may set write */
    bool xn;
    uint8_t memattr; /* MemAttr[3:0]; its meaning depends on HCR_EL2.FWB */
    uint8_t sh;
    uint64_t oa; /* output address, multiple of 4096, below 2^48 */
};

/* MemAttr that leaves the stage-1 type as it is. */
static inline uint8_t iso_s2pte_as_stage1(bool fwb)
{
    return fwb ? 0x7 : 0xf;
}
uint64_t iso_s2pte_encode(const struct iso_s2pte *pte);
void iso_s2pte_decode(struct iso_s2pte *out, uint64_t descriptor);
bool iso_s2pte_is(uint64_t descriptor); /* marked as stage 2; an invalid one that software wrote as zero is not */

/* First fault of an access at stage 2: Translation, Access flag, Permission (S2AP; EL0 and EL1 alike). A store needs write, a load read,
 * an atomic both. Hardware management as in stage 1, from VTCR_EL2.HA and HD. */
enum iso_mmu_fault iso_s2pte_check(const struct iso_s2pte *pte, const struct iso_mmu_access *access,
                                   const struct iso_mmu_control *control);
/* The descriptor after hardware's update; true if it differs. */
bool iso_s2pte_update(struct iso_s2pte *out, const struct iso_s2pte *pte, const struct iso_mmu_access *access,
                      const struct iso_mmu_control *control);

/* Must old -> new go through break-before-make? Type, shareability, or OA with (a writable side or differing contents). same_type: both MemAttr say the same but for
 * NoTagAccess. */
bool iso_s2pte_needs_bbm(const struct iso_s2pte *before, const struct iso_s2pte *after, bool same_type,
                         bool same_contents);

/* What a host's handler makes of a fault that it can put right: sets the Access flag, or write permission. False: it cannot. */
bool iso_s2pte_resolve(struct iso_s2pte *pte, enum iso_mmu_fault fault, const struct iso_mmu_access *access);

#endif
