/* VMSAv8-64 stage-1 leaf descriptors: encode, decode, permission check, hardware AF/dirty update.
 *
 * For: the kernel's thread, PTE(x) values of litmus files, TLBs of the platform.
 * Not for: walks, table levels, stage 2 (attribute.h combines types; policies choose them).
 * Not modelled: 52-bit OA, GP, nT, Contiguous, PBHA, POE/PIE, hierarchical permissions, PXN.
 * Bits: 0 valid, 1 page, 4:2 AttrIndx, 6 AP[1] (EL0), 7 AP[2] (read-only), 9:8 SH, 10 AF, 11 nG, 47:12 OA, 51 DBM,
 * 54 UXN. Source: Arm ARM D8.3, D8.5; facts/arm-attributes.md section 8. */
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

/* Must old -> new go through break-before-make? Type, shareability, or OA with (a writable side or differing contents).
 * same_type: both AttrIndx mean the same MAIR type; same_contents: both pages hold the same data. RWHZWS, REV7. */
bool iso_pte_needs_bbm(const struct iso_pte *before, const struct iso_pte *after, bool same_type, bool same_contents);

#endif
