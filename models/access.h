/* The access: what one instruction asks of one location, before anyone decides what becomes of it.
 *
 * For: the currency between sim/isa (which makes accesses), the two engines and iso_decide().
 * Not for: register state, program order, dependencies (sim/isa, sim/explore).
 * Not modelled: AArch32, SME streaming state other than as SVE, MECID (an opaque number that never changes a type).
 * Source: facts/arm-attributes.md section 10 (51 kinds, 102 kind x alignment pairs, 80 of them tag-checkable). */
#ifndef ISO_MODELS_ACCESS_H
#define ISO_MODELS_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Family: which rows of the master matrix (9.1) and which choice sets apply. */
enum iso_family {
    ISO_FAMILY_PLAIN,     /* single-copy atomic loads and stores, pairs, SIMD, SVE */
    ISO_FAMILY_ACQREL,    /* LDAR, LDAPR, STLR, LDIAPP/STILP: not atomic instructions, own alignment rule CH-31 */
    ISO_FAMILY_EXCLUSIVE, /* set E */
    ISO_FAMILY_ATOMIC,    /* set A */
    ISO_FAMILY_LS64,      /* CH-46 */
    ISO_FAMILY_TAG,       /* LDG.., STG.., STZG.., DC GVA/GZVA, SETG */
    ISO_FAMILY_BLOCK,     /* DC ZVA, MOPS */
    ISO_FAMILY_HINT,      /* PRFM */
    ISO_FAMILY_MAINTENANCE /* DC, IC */,
    ISO_FAMILY_GCS,
    ISO_FAMILY_FETCH,
    ISO_FAMILY_WALK, /* translation table read and hardware AF/dirty update */
};

/* One row a kind:
 * KIND(symbol, name, family, reads, writes, tag_checkable, alignments, usual size in bytes)
 * alignments: 3 = {aligned, misaligned inside 16 B, crosses 16 B}; 2 = {aligned, misaligned}, because the operand is
 * 16 B or more, or because no misaligned form is ever performed; 1 = alignment is not an axis (addresses are rounded
 * down, or the engine splits at will). The sums over the rows are 102 and, tag-checkable only, 80. */
/* clang-format off */
#define ISO_ACCESS_KINDS(KIND)                                                                                         \
    KIND(LDR, "ldr", PLAIN, 1, 0, 1, 3, 8)                                                                             \
    KIND(STR, "str", PLAIN, 0, 1, 1, 3, 8)                                                                             \
    KIND(LDP, "ldp", PLAIN, 1, 0, 1, 3, 16)                                                                            \
    KIND(STP, "stp", PLAIN, 0, 1, 1, 3, 16)                                                                            \
    KIND(SIMD_LOAD, "ldr-q", PLAIN, 1, 0, 1, 2, 16)                                                                    \
    KIND(SIMD_STORE, "str-q", PLAIN, 0, 1, 1, 2, 16)                                                                   \
    KIND(SVE_LOAD, "sve-load", PLAIN, 1, 0, 1, 3, 8)                                                                   \
    KIND(SVE_STORE, "sve-store", PLAIN, 0, 1, 1, 3, 8)                                                                 \
    KIND(SVE_FAULTING, "sve-load-ff", PLAIN, 1, 0, 1, 3, 8)                                                            \
    KIND(SVE_NONTEMPORAL, "sve-load-nt", PLAIN, 1, 0, 1, 3, 8)                                                         \
    KIND(LDAR, "ldar", ACQREL, 1, 0, 1, 3, 8)                                                                          \
    KIND(LDAPR, "ldapr", ACQREL, 1, 0, 1, 3, 8)                                                                        \
    KIND(STLR, "stlr", ACQREL, 0, 1, 1, 3, 8)                                                                          \
    KIND(LDIAPP, "ldiapp", ACQREL, 1, 0, 1, 3, 16) /* and STILP, by the write flag of the access */                    \
    KIND(LDXR, "ldxr", EXCLUSIVE, 1, 0, 1, 3, 8)                                                                       \
    KIND(STXR, "stxr", EXCLUSIVE, 0, 1, 1, 3, 8)                                                                       \
    KIND(LDXP, "ldxp", EXCLUSIVE, 1, 0, 1, 2, 16)                                                                      \
    KIND(STXP, "stxp", EXCLUSIVE, 0, 1, 1, 2, 16)                                                                      \
    KIND(LSE_LOAD, "ldop", ATOMIC, 1, 1, 1, 3, 8) /* LD<op>: LDADD, LDSET, ... */                                      \
    KIND(LSE_STORE, "stop", ATOMIC, 1, 1, 1, 3, 8) /* ST<op>: LD<op> with Rt=ZR */                                     \
    KIND(SWP, "swp", ATOMIC, 1, 1, 1, 3, 8)                                                                            \
    KIND(CAS_HIT, "cas-hit", ATOMIC, 1, 1, 1, 3, 8)                                                                    \
    KIND(CAS_MISS, "cas-miss", ATOMIC, 1, 1, 1, 3, 8) /* counts as a write for permission and tag check only */        \
    KIND(CASP, "casp", ATOMIC, 1, 1, 1, 2, 16)                                                                         \
    KIND(LSE128, "lse128", ATOMIC, 1, 1, 1, 2, 16)                                                                     \
    KIND(RCW, "rcw", ATOMIC, 1, 1, 1, 2, 8)                                                                            \
    KIND(LD64B, "ld64b", LS64, 1, 0, 1, 2, 64)                                                                         \
    KIND(ST64B, "st64b", LS64, 0, 1, 1, 2, 64)                                                                         \
    KIND(ST64BV, "st64bv", LS64, 0, 1, 1, 2, 64) /* and ST64BV0 */                                                     \
    KIND(LDG, "ldg", TAG, 1, 0, 0, 1, 16)                                                                              \
    KIND(LDGM, "ldgm", TAG, 1, 0, 0, 1, 16)                                                                            \
    KIND(STG, "stg", TAG, 0, 1, 0, 2, 16)   /* and ST2G */                                                             \
    KIND(STZG, "stzg", TAG, 0, 1, 0, 2, 16) /* and STZ2G, STGP */                                                      \
    KIND(STGM, "stgm", TAG, 0, 1, 0, 1, 16)                                                                            \
    KIND(STZGM, "stzgm", TAG, 0, 1, 0, 1, 16)                                                                          \
    KIND(DC_ZVA, "dc-zva", BLOCK, 0, 1, 1, 1, 64)                                                                      \
    KIND(DC_GVA, "dc-gva", TAG, 0, 1, 0, 1, 64)                                                                        \
    KIND(DC_GZVA, "dc-gzva", TAG, 0, 1, 0, 1, 64)                                                                      \
    KIND(CPY_READ, "cpy-read", BLOCK, 1, 0, 1, 1, 16)                                                                  \
    KIND(CPY_WRITE, "cpy-write", BLOCK, 0, 1, 1, 1, 16) /* and SET* */                                                 \
    KIND(SETG, "setg", TAG, 0, 1, 0, 2, 16)                                                                            \
    KIND(PRFM, "prfm", HINT, 1, 0, 0, 1, 64)                                                                           \
    KIND(DC_CVAC, "dc-cvac", MAINTENANCE, 0, 0, 0, 1, 64) /* and CVAP, CVADP */                                        \
    KIND(DC_CIVAC, "dc-civac", MAINTENANCE, 0, 0, 0, 1, 64)                                                            \
    KIND(DC_IVAC, "dc-ivac", MAINTENANCE, 0, 0, 0, 1, 64)                                                              \
    KIND(DC_TAG, "dc-cgvac", MAINTENANCE, 0, 0, 0, 1, 64) /* DC CGVAC, CIGVAC, CIGDVAC, ... */                         \
    KIND(IC_IVAU, "ic-ivau", MAINTENANCE, 0, 0, 0, 1, 64)                                                              \
    KIND(GCS, "gcs", GCS, 1, 1, 0, 1, 8)                                                                               \
    KIND(IFETCH, "ifetch", FETCH, 1, 0, 0, 1, 4)                                                                       \
    KIND(TTW_READ, "ttw-read", WALK, 1, 0, 0, 1, 8)                                                                    \
    KIND(HW_UPDATE, "hw-update", WALK, 1, 1, 0, 1, 8)
/* clang-format on */

enum iso_access_kind {
#define ISO_ACCESS_KIND_ENUM(symbol, ...) ISO_ACCESS_##symbol,
    ISO_ACCESS_KINDS(ISO_ACCESS_KIND_ENUM)
#undef ISO_ACCESS_KIND_ENUM
};
enum { ISO_ACCESS_KIND_COUNT = 51 };

/* Whether and how the logical tag of the address is compared with the allocation tag.
 * CHECKED is for engines: the access is Tag Checked, and the caller compares by the effect's tag.compare field.
 * MATCH and MISMATCH are for the truth table: the comparison is already known. */
enum iso_tag_check { ISO_TAG_CHECK_NO, ISO_TAG_CHECK_YES, ISO_TAG_CHECK_MATCH, ISO_TAG_CHECK_MISMATCH };

/* SCTLR_ELx.TCF / TCF0: what a failed tag check does (facts 7.2). */
enum iso_tcf { ISO_TCF_NONE, ISO_TCF_SYNC, ISO_TCF_ASYNC, ISO_TCF_ASYM };

/* What has befallen the location, by injection or by history (CXL 3.2 chapter 12). Normal accesses say NORMAL. */
enum iso_condition {
    ISO_CONDITION_NORMAL,
    ISO_CONDITION_POISONED,     /* 64-byte line is poisoned */
    ISO_CONDITION_ISOLATED,     /* port is in CXL.mem isolation */
    ISO_CONDITION_VIRAL,        /* device is in viral */
    ISO_CONDITION_NXM,          /* no memory behind the address */
    ISO_CONDITION_RELEASED,     /* DCD extent taken away while in use */
    ISO_CONDITION_TEE_MISMATCH, /* TSP access-control mismatch */
    ISO_CONDITION_TIMEOUT,      /* completions stay away */
};
enum { ISO_CONDITION_COUNT = 8 };

/* Request fields only: nobody changes an access after it is made. */
struct iso_access {
    enum iso_access_kind kind;
    uint64_t va;            /* virtual address without the tag byte; alignment is judged on it */
    uint64_t pa;            /* physical address; only the monitors and ranges look at it */
    uint32_t size_bytes;    /* whole access: 1..64, power of two, or the block size of DC ZVA and friends */
    uint32_t element_bytes; /* size of one element of a pair or vector; equal to size_bytes otherwise; 0 means equal */
    bool write;             /* for kinds that come in both directions (LDIAPP/STILP); else implied by the kind */
    bool acquire;           /* LDAR, LDAXR, CASA, ... (RCsc) */
    bool acquire_pc;        /* LDAPR, LDIAPP (RCpc) */
    bool release;
    bool no_return;       /* result register is ZR on an atomic: read is not ordered by DMB LD (facts 3.3, REV6) */
    bool unprivileged;    /* LDTR, STTR */
    bool nontemporal;     /* LDNP, STNP, LDNT1 */
    bool alignment_check; /* SCTLR_ELx.A in force */
    bool naa;             /* SCTLR_ELx.nAA in force */
    bool streaming;       /* SVE/SIMD in streaming mode without FA64 */
    bool tag_access;      /* allocation tag access enabled (ATA); false: behaves as Untagged */
    enum iso_tag_check check;
    enum iso_tcf tcf;
    uint8_t logical_tag; /* address bits 59:56 */
    bool bit55;          /* VA bit 55: canonical tag is 0xF when set, else 0 */
    enum iso_condition condition;
};

/* Fills *out with the usual access of a kind: usual size, aligned address 0, tag access on, TCF sync, unchecked. */
void iso_access_init(struct iso_access *out, enum iso_access_kind kind);

/* Name of a condition as scenarios write it ("poison", "isolation"); static. Finds one by name: false, *out untouched, if
 * there is none or it is NORMAL. */
const char *iso_condition_name(enum iso_condition condition);
bool iso_condition_find(enum iso_condition *out, const char *name, size_t size);
/* Whether the condition is of the path to the memory, so that all that lies behind the same port meets it; else it is of
 * single lines (poison) or of the addresses themselves. */
bool iso_condition_is_of_port(enum iso_condition condition);

/* Static name such as "ldxr"; never NULL for a valid kind. */
const char *iso_access_kind_name(enum iso_access_kind kind);
/* Finds a kind by name. Returns false, *out untouched, if there is none. */
bool iso_access_kind_find(enum iso_access_kind *out, const char *name);

enum iso_family iso_access_family(enum iso_access_kind kind);
bool iso_access_reads(const struct iso_access *access);
bool iso_access_writes(const struct iso_access *access); /* writes memory or tags; CAS_MISS: false */
bool iso_access_tag_checkable(enum iso_access_kind kind);
unsigned iso_access_alignment_count(enum iso_access_kind kind); /* 1, 2 or 3: see the table */
bool iso_access_writes_data(const struct iso_access *access);
bool iso_access_writes_tags(const struct iso_access *access);
bool iso_access_reads_tags(const struct iso_access *access); /* LDG, LDGM: explicit tag reads only */

#endif
