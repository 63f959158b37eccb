/* CPU features and the choices a CPU makes (IMPLEMENTATION DEFINED and CONSTRAINED UNPREDICTABLE knobs).
 *
 * For: one table of keys, as capability.h, so that machine files, reports and the binder are generic.
 * Not for: interconnect and memory (capability.h), timing (machine.h).
 * A knob is `unknown` (the machine file does not say: the verdict names it) or `free` (the architecture allows every
 * member each time: outcomes are a set, and nothing is missing).
 * Source: facts/arm-attributes.md section 10 (CPU feature vector) and the CH rows named. */
#ifndef ISO_MODELS_CPU_H
#define ISO_MODELS_CPU_H

#include "models/reads.h"
#include "models/setting.h"

#define ISO_FEATURE_VALUES(V) V(FEATURE, NO, "no", 0) V(FEATURE, YES, "yes", 0)
/* clang-format off */
#define ISO_ARCH_VALUES(V)                                                                                             \
    V(ARCH, L, "L", 0) /* DDI 0487 up to L.b: hints count (REV1), Device misaligned always faults (REV4) */            \
    V(ARCH, M, "M", 0)
#define ISO_MTE_LEVEL_VALUES(V)                                                                                        \
    V(MTE_LEVEL, 0, "0", 0) V(MTE_LEVEL, 1, "1", 1) V(MTE_LEVEL, 2, "2", 2) V(MTE_LEVEL, 3, "3", 3)
/* clang-format on */
#define ISO_ETS_VALUES(V)    V(ETS, 0, "0", 0) V(ETS, 2, "2", 2) V(ETS, 3, "3", 3)
#define ISO_BBML_VALUES(V)   V(BBML, 0, "0", 0) V(BBML, 1, "1", 1) V(BBML, 2, "2", 2)
#define ISO_HAFDBS_VALUES(V) V(HAFDBS, NO, "no", 0) V(HAFDBS, AF, "af", 0) V(HAFDBS, AF_DB, "af+db", 0)
/* clang-format off */
#define ISO_LS64_LEVEL_VALUES(V)                                                                                       \
    V(LS64_LEVEL, NO, "no", 0) V(LS64_LEVEL, LS64, "ls64", 0) V(LS64_LEVEL, LS64V, "v", 0)                                 \
    V(LS64_LEVEL, ACCDATA, "accdata", 0) V(LS64_LEVEL, WB, "wb", 0)
#define ISO_ERG_VALUES(V)                                                                                              \
    V(ERG, 16, "16", 16) V(ERG, 32, "32", 32) V(ERG, 64, "64", 64) V(ERG, 128, "128", 128) V(ERG, 256, "256", 256)     \
    V(ERG, 512, "512", 512) V(ERG, 1024, "1024", 1024) V(ERG, 2048, "2048", 2048)
/* clang-format on */
#define ISO_OPEN_EXCL_VALUES(V) V(OPEN_EXCL, OPEN, "open", 0) V(OPEN_EXCL, EXCL, "exclusive", 0)
/* clang-format off */
#define ISO_OTHER_PA_VALUES(V)                                                                                         \
    V(OTHER_PA, FAIL_OPEN, "fail-open", 0) V(OTHER_PA, FAIL_EXCL, "fail-exclusive", 0)                                 \
    V(OTHER_PA, PASS_OPEN, "succeed-open", 0) V(OTHER_PA, PASS_EXCL, "succeed-exclusive", 0)
/* clang-format on */
#define ISO_PASS_FAIL_VALUES(V)     V(PASS_FAIL, FAIL, "fail", 0) V(PASS_FAIL, SUCCEED, "succeed", 0)
#define ISO_PERFORM_FAULT_VALUES(V) V(PERFORM_FAULT, FAULT, "fault", 0) V(PERFORM_FAULT, PERFORM, "perform", 0)
#define ISO_TAG_DEVICE_VALUES(V)    V(TAG_DEVICE, FAULT, "fault", 0) V(TAG_DEVICE, NO_EFFECT, "no-effect", 0)
/* clang-format off */
#define ISO_EXTERNAL_ABORT_VALUES(V)                                                                                   \
    V(EXTERNAL_ABORT, A35, "a35", 0) /* loads and STX sync; other stores SError; WB stores and evictions: interrupt */ \
    V(EXTERNAL_ABORT, SYNC, "sync", 0) V(EXTERNAL_ABORT, SERROR, "serror", 0)
/* clang-format on */
#define ISO_SYNC_ASYNC_VALUES(V) V(SYNC_ASYNC, SYNC, "sync", 0) V(SYNC_ASYNC, ASYNC, "async", 0)
#define ISO_ATOMIC_ERROR_VALUES(V)                                                                                     \
    V(ATOMIC_ERROR, SYNC, "sync", 0)                                                                                   \
    V(ATOMIC_ERROR, ASYNC, "async", 0)                                                                                 \
    V(ATOMIC_ERROR, INTERRUPT, "interrupt", 0) /* CH-40: by interrupt at most; the program is not told (S22) */
/* Of D8.15.5: behind tag checks; behind the faults of both stages, of stage 1, of its Alignment by type; above all that leave a memory type to look at. */
#define ISO_PRIORITY_VALUES(V)                                                                                         \
    V(PRIORITY, LAST, "last", 0)                                                                                       \
    V(PRIORITY, AFTER_MMU, "after-mmu", 0)                                                                             \
    V(PRIORITY, AFTER_STAGE1, "after-stage1", 0)                                                                       \
    V(PRIORITY, AFTER_ALIGNMENT, "after-alignment", 0) V(PRIORITY, FIRST, "first", 0)
#define ISO_TAG_REPORT_VALUES(V)   V(TAG_REPORT, AT_ONCE, "at-once", 0) V(TAG_REPORT, LATE, "late", 0)
#define ISO_CHECKED_VALUES(V)      V(CHECKED, YES, "checked", 0) V(CHECKED, NO, "unchecked", 0)
#define ISO_AS_ENCODED_VALUES(V)   V(AS_ENCODED, YES, "as-encoded", 0) V(AS_ENCODED, NC, "as-nc", 0)
#define ISO_SHARE_INPUT_VALUES(V)  V(SHARE_INPUT, CONFIGURED, "configured", 0) V(SHARE_INPUT, OSH, "osh", 0)
#define ISO_PDEV_VALUES(V)         V(PDEV, DEVICE, "device", 0) V(PDEV, WB, "wb", 0)
#define ISO_PNWB_VALUES(V)         V(PNWB, NON_WB, "non-wb", 0) V(PNWB, WB, "wb", 0)
#define ISO_BYTE_LARGER_VALUES(V)  V(BYTE_LARGER, BYTE, "byte", 0) V(BYTE_LARGER, WHOLE, "whole", 0)
#define ISO_SPECULATION_VALUES(V)  V(SPECULATION, NO, "no", 0) V(SPECULATION, YES, "yes", 0)
#define ISO_STAGE_VALUES(V)        V(STAGE, CAUSE, "by-cause", 0) V(STAGE, S1, "s1", 0) V(STAGE, S2, "s2", 0)
#define ISO_FETCH_VALUES(V)        V(FETCH, AS_NC, "as-nc", 0) V(FETCH, PERMISSION, "permission-fault", 0)
#define ISO_TABLE_UPDATE_VALUES(V) V(TABLE_UPDATE, NO, "no-update", 0) V(TABLE_UPDATE, YES, "update", 0)
#define ISO_ABORT_FAIL_VALUES(V)   V(ABORT_FAIL, ABORT, "abort", 0) V(ABORT_FAIL, STATUS, "status-1", 0)
/* clang-format off */
#define ISO_TLB_CONFLICT_VALUES(V)                                                                                     \
    V(TLB_CONFLICT, ONE, "one-entry", 0) V(TLB_CONFLICT, AMALGAM, "amalgam", 0) V(TLB_CONFLICT, ABORT, "abort", 0)
#define ISO_SPAN_TYPE_VALUES(V)                                                                                        \
    V(SPAN_TYPE, OWN, "own-attributes", 0) V(SPAN_TYPE, FAULT, "fault", 0) V(SPAN_TYPE, NOP, "nop", 0)
#define ISO_SPAN_DEVICE_VALUES(V)                                                                                      \
    V(SPAN_DEVICE, NORMAL, "normal", 0) V(SPAN_DEVICE, UNORDERED, "unordered", 0)                                      \
    V(SPAN_DEVICE, FAULT, "fault", 0) V(SPAN_DEVICE, NOP, "nop", 0)
/* clang-format on */
#define ISO_NSH_ATOMIC_VALUES(V)                                                                                       \
    V(NSH_ATOMIC, PERFORM, "perform", 0)                                                                               \
    V(NSH_ATOMIC, EXTERNAL_ABORT, "external-abort", 0)                                                                 \
    V(NSH_ATOMIC, SERROR, "serror", 0)                                                                                 \
    V(NSH_ATOMIC, ABORT35, "abort35", 0) V(NSH_ATOMIC, NOP, "nop", 0) V(NSH_ATOMIC, NONATOMIC, "nonatomic", 0)

/* clang-format off */
#define ISO_CPU_VALUE_SETS(SET)                                                                                        \
    SET(FEATURE) SET(ARCH) SET(MTE_LEVEL) SET(ETS) SET(BBML) SET(HAFDBS) SET(LS64_LEVEL) SET(ERG) SET(OPEN_EXCL)       \
    SET(OTHER_PA) SET(PASS_FAIL) SET(PERFORM_FAULT) SET(TAG_DEVICE) SET(EXTERNAL_ABORT) SET(SYNC_ASYNC) SET(CHECKED)   \
    SET(AS_ENCODED) SET(SHARE_INPUT) SET(PDEV) SET(PNWB) SET(BYTE_LARGER) SET(SPECULATION) SET(STAGE) SET(FETCH)       \
    SET(TABLE_UPDATE) SET(TLB_CONFLICT) SET(ABORT_FAIL) SET(NSH_ATOMIC) SET(ATOMIC_ERROR) SET(SPAN_TYPE)             \
    SET(SPAN_DEVICE) SET(TAG_REPORT) SET(PRIORITY)
/* clang-format on */

#define ISO_CPU_ENUM_ROW(set, symbol, name, number) ISO_##set##_##symbol,
/* clang-format off */
#define ISO_CPU_ENUM(set, tag)                                                                                         \
    enum iso_##tag {                                                                                                   \
        ISO_##set##_UNKNOWN,                                                                                           \
        ISO_##set##_FREE,                                                                                              \
        ISO_##set##_VALUES(ISO_CPU_ENUM_ROW)                                                                           \
    }
/* clang-format on */
ISO_CPU_ENUM(FEATURE, feature);
ISO_CPU_ENUM(ARCH, arch);
ISO_CPU_ENUM(MTE_LEVEL, mte_level);
ISO_CPU_ENUM(ETS, ets);
ISO_CPU_ENUM(BBML, bbml);
ISO_CPU_ENUM(HAFDBS, hafdbs);
ISO_CPU_ENUM(LS64_LEVEL, ls64_level);
ISO_CPU_ENUM(ERG, erg);
ISO_CPU_ENUM(OPEN_EXCL, open_excl);
ISO_CPU_ENUM(OTHER_PA, other_pa);
ISO_CPU_ENUM(PASS_FAIL, pass_fail);
ISO_CPU_ENUM(PERFORM_FAULT, perform_fault);
ISO_CPU_ENUM(TAG_DEVICE, tag_device);
ISO_CPU_ENUM(EXTERNAL_ABORT, external_abort);
ISO_CPU_ENUM(SYNC_ASYNC, sync_async);
ISO_CPU_ENUM(CHECKED, checked);
ISO_CPU_ENUM(AS_ENCODED, as_encoded);
ISO_CPU_ENUM(SHARE_INPUT, share_input);
ISO_CPU_ENUM(PDEV, pdev);
ISO_CPU_ENUM(PNWB, pnwb);
ISO_CPU_ENUM(BYTE_LARGER, byte_larger);
ISO_CPU_ENUM(SPECULATION, speculation);
ISO_CPU_ENUM(STAGE, stage);
ISO_CPU_ENUM(FETCH, fetch);
ISO_CPU_ENUM(TABLE_UPDATE, table_update);
ISO_CPU_ENUM(TLB_CONFLICT, tlb_conflict);
ISO_CPU_ENUM(ABORT_FAIL, abort_fail);
ISO_CPU_ENUM(ATOMIC_ERROR, atomic_error);
ISO_CPU_ENUM(NSH_ATOMIC, nsh_atomic);
ISO_CPU_ENUM(SPAN_TYPE, span_type);
ISO_CPU_ENUM(SPAN_DEVICE, span_device);
ISO_CPU_ENUM(TAG_REPORT, tag_report);
ISO_CPU_ENUM(PRIORITY, priority);

/* One row a key: KEY(symbol, "name", value set, default value, "citation", "meaning"). The defaults are those of the
 * default machine: architecture M with LSE2, MTE3 and S2FWB, and every choice of the architecture left free. */
/* clang-format off */
#define ISO_CPU_KEYS(KEY)                                                                                              \
    KEY(ARCH, "arch_rev", ARCH, ISO_ARCH_M, "REV1..REV7", "revision of the Arm ARM the CPU follows") \
    KEY(LSE, "lse", FEATURE, ISO_FEATURE_YES, "FEAT_LSE", "single-instruction atomics") \
    KEY(LSE2, "lse2", FEATURE, ISO_FEATURE_YES, "FEAT_LSE2; facts 4.2", "single-copy atomicity inside 16 bytes") \
    KEY(LSE128, "lse128", FEATURE, ISO_FEATURE_YES, "FEAT_LSE128", "128-bit atomics") \
    KEY(LRCPC3, "lrcpc3", FEATURE, ISO_FEATURE_YES, "FEAT_LRCPC3", "LDIAPP, STILP") \
    KEY(THE, "the", FEATURE, ISO_FEATURE_NO, "FEAT_THE", "RCW instructions") \
    KEY(GCS, "gcs", FEATURE, ISO_FEATURE_NO, "FEAT_GCS", "guarded control stack") \
    KEY(SVE, "sve", FEATURE, ISO_FEATURE_NO, "FEAT_SVE", "scalable vectors") \
    KEY(MOPS, "mops", FEATURE, ISO_FEATURE_YES, "FEAT_MOPS", "memory copy and set instructions") \
    KEY(MTE, "mte", MTE_LEVEL, ISO_MTE_LEVEL_3, "facts 1.7", "memory tagging level") \
    KEY(MTE_CANONICAL, "mte_canonical", FEATURE, ISO_FEATURE_NO, "FEAT_MTE4", "canonical tag checking available: attributes with +canonical") \
    KEY(MTE_STORE_ONLY, "mte_store_only", FEATURE, ISO_FEATURE_NO, "FEAT_MTE_STORE_ONLY; TCSO in force", "loads are Tag Unchecked") \
    KEY(MTE_PERM, "mte_perm", FEATURE, ISO_FEATURE_NO, "FEAT_MTE_PERM", "stage-2 NoTagAccess") \
    KEY(S2FWB, "s2fwb", FEATURE, ISO_FEATURE_YES, "FEAT_S2FWB", "stage-2 forced write-back") \
    KEY(XS, "xs", FEATURE, ISO_FEATURE_YES, "FEAT_XS", "XS attribute and nXS forms") \
    KEY(ETS, "ets", ETS, ISO_ETS_2, "FEAT_ETS2, FEAT_ETS3; facts 8", "enhanced translation synchronisation, where a scenario's Variant= names none") \
    KEY(BBML, "bbml", BBML, ISO_BBML_0, "FEAT_BBM; facts 8", "break-before-make level: of block sizes and the Contiguous bit, which are not modelled, so that it changes nothing") \
    KEY(HAFDBS, "hafdbs", HAFDBS, ISO_HAFDBS_AF_DB, "FEAT_HAFDBS", "hardware AF and dirty state, where a scenario's TTHM= turns them on") \
    KEY(LS64, "ls64", LS64_LEVEL, ISO_LS64_LEVEL_NO, "FEAT_LS64*; facts 3.4", "64-byte single-copy accesses") \
    KEY(IDC, "idc", FEATURE, ISO_FEATURE_NO, "CTR_EL0.IDC", "no DC CVAU needed") \
    KEY(DIC, "dic", FEATURE, ISO_FEATURE_NO, "CTR_EL0.DIC", "no IC needed") \
    KEY(ERG, "erg_bytes", ERG, ISO_ERG_64, "CH-22", "exclusives reservation granule") \
    KEY(CACHEABILITY, "wt_mixed", AS_ENCODED, ISO_AS_ENCODED_YES, "CH-08", "caches keep WT and mixed memory; weak WB under arch_rev L is in the guarantee") \
    KEY(WT_EXCLUSIVE, "wt_exclusive", AS_ENCODED, ISO_AS_ENCODED_NC, "CH-08", "exclusives and atomics to WT and mixed: in the caches (excl.wb, atomic.wb), or as NC") \
    KEY(SHARE_INPUT, "s1_shareability", SHARE_INPUT, ISO_SHARE_INPUT_CONFIGURED, "CH-05", "shareability of a Device or NC page into stage 2") \
    KEY(ABORT35_STAGE, "abort35_stage", STAGE, ISO_STAGE_CAUSE, "CH-13", "stage that reports fault 0x35") \
    KEY(ABORT35_PRIORITY, "abort35_priority", PRIORITY, ISO_VALUE_FREE, "CH-13", "fault 0x35 against the other faults of the same access") \
    KEY(MON_OWN_STORE_MARKED, "monitor.own_store_marked", OPEN_EXCL, ISO_OPEN_EXCL_EXCL, "CH-14", "own plain store to the marked block") \
    KEY(MON_OWN_STORE_OTHER, "monitor.own_store_unmarked", OPEN_EXCL, ISO_OPEN_EXCL_EXCL, "CH-14", "own plain store elsewhere") \
    KEY(MON_FOREIGN_LOCAL, "monitor.foreign_store_local", OPEN_EXCL, ISO_VALUE_FREE, "CH-14", "store by another observer, local monitor") \
    KEY(MON_SPONTANEOUS, "monitor.spontaneous", OPEN_EXCL, ISO_VALUE_FREE, "CH-14", "clear without an event") \
    KEY(MON_AFTER_STX, "monitor.global_after_stx", OPEN_EXCL, ISO_OPEN_EXCL_OPEN, "CH-15", "global monitor after own successful store") \
    KEY(MON_CLREX, "monitor.global_clrex", OPEN_EXCL, ISO_OPEN_EXCL_OPEN, "CH-15", "global monitor after CLREX") \
    KEY(MON_NSH, "monitor.global_nsh", OPEN_EXCL, ISO_OPEN_EXCL_EXCL, "CH-15", "global monitor after a Non-shareable write or LDX") \
    KEY(MON_OTHER_PA, "monitor.stx_other_pa", OTHER_PA, ISO_OTHER_PA_FAIL_OPEN, "CH-17", "STX to another address than marked") \
    KEY(MON_DC, "monitor.dc", OPEN_EXCL, ISO_VALUE_FREE, "CH-21", "DC clean or invalidate and monitors") \
    KEY(MON_ABORT, "monitor.data_abort", OPEN_EXCL, ISO_VALUE_FREE, "CH-23", "monitors after a Data Abort") \
    KEY(STX_VA, "monitor.stx_va_mismatch", PASS_FAIL, ISO_PASS_FAIL_FAIL, "CH-18", "STX with another VA than the LDX") \
    KEY(STX_SIZE, "monitor.stx_size_mismatch", PASS_FAIL, ISO_PASS_FAIL_FAIL, "CH-19", "STX of another size") \
    KEY(STX_ATTRIBUTE, "monitor.stx_attribute_change", PASS_FAIL, ISO_PASS_FAIL_FAIL, "CH-20", "attributes changed between LDX and STX") \
    KEY(STX_MOVED, "monitor.stx_pa_change", PASS_FAIL, ISO_PASS_FAIL_FAIL, "CH-24", "page moved between LDX and STX, no write to the new page") \
    KEY(STX_ABORT, "monitor.stx_abort_first", ABORT_FAIL, ISO_ABORT_FAIL_ABORT, "CH-25", "STX that would abort with an open monitor") \
    KEY(NSH_OBSERVERS, "monitor.nsh_observers", FEATURE, ISO_FEATURE_NO, "CH-26", "Non-shareable exclusives take other observers into account") \
    KEY(NSH_ATOMIC, "nsh_atomic", NSH_ATOMIC, ISO_VALUE_FREE, "CH-27 set A", "atomics to Non-shareable WB") \
    KEY(ATOMIC_MISALIGNED, "misaligned.atomic", PERFORM_FAULT, ISO_VALUE_FREE, "CH-30", "misaligned exclusive or atomic outside the guarantee") \
    KEY(ACQREL_MISALIGNED, "misaligned.acqrel", PERFORM_FAULT, ISO_VALUE_FREE, "CH-31", "misaligned acquire or release outside the guarantee") \
    KEY(PLAIN_MISALIGNED, "misaligned.plain", BYTE_LARGER, ISO_VALUE_FREE, "CH-32", "atomicity of misaligned plain accesses outside the guarantee") \
    KEY(DEVICE_MISALIGNED, "misaligned.device", PERFORM_FAULT, ISO_PERFORM_FAULT_FAULT, "CH-33", "misaligned Device access to a capable location") \
    KEY(SPAN_TYPE, "span.type_mismatch", SPAN_TYPE, ISO_VALUE_FREE, "CH-36", "load or store over pages of different type or Shareability") \
    KEY(SPAN_DEVICE, "span.device_granule", SPAN_DEVICE, ISO_VALUE_FREE, "CH-37", "Device accesses of one instruction across the smallest granule") \
    KEY(PDEV_EXCL, "pdev.exclusive", PDEV, ISO_VALUE_FREE, "CH-34a", "exclusives and atomics on P-DEV") \
    KEY(PDEV_ALIGN, "pdev.alignment", PDEV, ISO_VALUE_FREE, "CH-34b", "misaligned accesses and DC ZVA on P-DEV") \
    KEY(PDEV_SVE, "pdev.sve_ff", PDEV, ISO_VALUE_FREE, "CH-34c", "SVE non-faulting and first-faulting elements on P-DEV") \
    KEY(PNWB_ALIGN, "pnwb.alignment", PNWB, ISO_VALUE_FREE, "CH-34d", "alignment rules on P-NWB") \
    KEY(TAG_DEVICE, "tag.device_store", TAG_DEVICE, ISO_VALUE_FREE, "CH-35", "tag store or DC GVA/GZVA on Device") \
    KEY(EXTERNAL_ABORT, "external_abort", EXTERNAL_ABORT, ISO_EXTERNAL_ABORT_A35, "CH-40", "how an External abort is taken") \
    KEY(ATOMIC_STORE_ERROR, "atomic_store_error", ATOMIC_ERROR, ISO_ATOMIC_ERROR_ASYNC, "CH-29", "error of an atomic without return value") \
    KEY(GATHER, "gather", SPECULATION, ISO_VALUE_FREE, "CH-43", "merging and forwarding on GRE and NC") \
    KEY(IFETCH_DEVICE, "ifetch_device", FETCH, ISO_FETCH_PERMISSION, "CH-10", "fetch from Device that is not XN") \
    KEY(LS64_STAGE, "ls64_stage", STAGE, ISO_STAGE_CAUSE, "CH-46", "stage that reports a wrong type for LD64B and ST64B") \
    KEY(GCS_TYPE, "gcs_type", PERFORM_FAULT, ISO_PERFORM_FAULT_FAULT, "CH-47", "GCS access to an unsupported type") \
    KEY(TABLE_UPDATE, "table_update", TABLE_UPDATE, ISO_VALUE_FREE, "CH-49", "AF or dirty update that no access needs: of one that faults, by AT, DC or IC, speculative") \
    KEY(TLB_CONFLICT, "tlb_conflict", TLB_CONFLICT, ISO_VALUE_FREE, "CH-50", "two TLB entries for an address, where break-before-make was left out") \
    KEY(MAINTENANCE_AF, "maintenance.access_flag", PERFORM_FAULT, ISO_VALUE_FREE, "CH-63", "Access flag fault of DC or IC by address") \
    KEY(IC_TRANSLATION, "maintenance.ic_translation", PERFORM_FAULT, ISO_VALUE_FREE, "CH-63", "Translation fault of IC by address") \
    KEY(IC_PERMISSION, "maintenance.ic_permission", PERFORM_FAULT, ISO_VALUE_FREE, "CH-63", "Permission fault of IC by address at EL0") \
    KEY(STORE_ONLY_CAS, "tag.store_only_cas_miss", CHECKED, ISO_VALUE_FREE, "CH-56", "failing CAS under store-only checking") \
    KEY(ASYM_RMW, "tag.asym_rmw", SYNC_ASYNC, ISO_VALUE_FREE, "CH-57; D5", "tag mismatch of a read-modify-write in asymmetric mode") \
    KEY(ASYNC_REPORT, "tag.async_report", TAG_REPORT, ISO_VALUE_FREE, "CH-60", "TFSR shows an asynchronous tag fault at once, or as late as the next synchronisation") \
    KEY(STREAMING_CHECK, "tag.streaming", CHECKED, ISO_CHECKED_NO, "CH-59", "SIMD and SVE in streaming mode are tag-checked") \
    KEY(SPECULATION, "speculation", SPECULATION, ISO_SPECULATION_YES, "CH-61", "speculative reads of Normal memory")
/* clang-format on */

enum iso_cpu_key {
#define ISO_CPU_KEY_ENUM(symbol, ...) ISO_CPU_##symbol,
    ISO_CPU_KEYS(ISO_CPU_KEY_ENUM)
#undef ISO_CPU_KEY_ENUM
        ISO_CPU_COUNT
};

/* Plain value type. Binding an unknown is a write to value[key]; whoever decides by a value asks iso_cpu_get(). */
struct iso_cpu_features {
    uint8_t value[ISO_CPU_COUNT];
    struct iso_reads *reads; /* gets the keys asked for; NULL: nobody wants to know */
};
static_assert(ISO_CPU_COUNT <= 64 * ISO_READS_WORDS, "a bit for each key");

/* All defaults of the table. */
void iso_cpu_features_init(struct iso_cpu_features *out);

const struct iso_key_row *iso_cpu_key(enum iso_cpu_key key);
bool iso_cpu_key_find(enum iso_cpu_key *out, const char *name);
const char *iso_cpu_value_name(enum iso_cpu_key key, uint8_t value);
bool iso_cpu_value_find(uint8_t *out, enum iso_cpu_key key, const char *name);
uint32_t iso_cpu_number(const struct iso_cpu_features *features, enum iso_cpu_key key);
static inline uint8_t iso_cpu_get(const struct iso_cpu_features *features, enum iso_cpu_key key)
{
    iso_reads_note(features->reads, key);
    return features->value[key];
}
bool iso_cpu_set(struct iso_cpu_features *features, enum iso_cpu_key key, uint8_t value);
size_t iso_cpu_choice_count(enum iso_cpu_key key);
uint8_t iso_cpu_choice(enum iso_cpu_key key, size_t i);
bool iso_cpu_bind(struct iso_cpu_features *features, enum iso_cpu_key key, size_t i);

/* Feature present? `unknown` and `free` count as present for instructions: the program would not run otherwise. */
bool iso_cpu_has(const struct iso_cpu_features *features, enum iso_cpu_key key);

/* Whether a knob stands for a choice that an implementation makes once, for all accesses of all kinds (IMPLEMENTATION DEFINED, or disputed between sources).
 * Not: what may differ each time; what the architecture leaves open by kind of access (CH-40 External aborts, set A of CH-27). */
bool iso_cpu_is_one_choice(enum iso_cpu_key key);

/* Two features that contradict each other (LSE128 without LSE, ...): a full sentence, or NULL. */
const char *iso_cpu_contradiction(const struct iso_cpu_features *features, enum iso_cpu_key *first,
                                  enum iso_cpu_key *second);

#endif
