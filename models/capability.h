/* The capability vector of a hop: what it can do with an access. Every key may be `unknown`, which is not `no`, or
 * `pass`: this hop leaves the matter to the next one of the path.
 *
 * For: one table of keys (name in YAML, value set, owners, citation) and generic access by key.
 * Not for: what follows from a value: iso_decide().
 * Source: facts/cxl-chi-timing.md 1.11 and facts/arm-attributes.md section 10 (tier capability vector).
 * Keys of 1.11 not here: atomic.where (it is the hop that says `yes`), tag.pin and tag.rn (atomic/tag `no` at the core
 * hop is the low broadcast pin), perf (tier.h, struct iso_timing), coh.hosts (one host runs the program),
 * ord.channel_reorder (the host orders what the channels do not: cxl 3.2 3.3.12), endpoint_ack (CH-41 adds no
 * outcome), and excl.granule (CH-22 is the CPUs' erg_bytes: a store exclusive may always fail). */
#ifndef ISO_MODELS_CAPABILITY_H
#define ISO_MODELS_CAPABILITY_H

#include "models/reads.h"
#include "models/setting.h"

/* Value sets: SET(symbol, yaml name). The values follow, one X-macro a set: V(SET, SYMBOL, "name", number). */
#define ISO_SUPPORT_VALUES(V) V(SUPPORT, YES, "yes", 0) V(SUPPORT, NO, "no", 0)
/* clang-format off */
#define ISO_EXCL_UNSUPPORTED_VALUES(V)                                                                                 \
    V(EXCL_UNSUPPORTED, ABORT35, "abort35", 0)                 /* E2: MMU fault DFSC 0x35 */                           \
    V(EXCL_UNSUPPORTED, EXTERNAL_ABORT, "external-abort", 0)   /* E1 */                                                \
    V(EXCL_UNSUPPORTED, NOP, "nop", 0)                         /* E3 */                                                \
    V(EXCL_UNSUPPORTED, LOCAL_ONLY, "local-only", 0)           /* E4, E5: as if Non-shareable */                       \
    V(EXCL_UNSUPPORTED, FAIL, "fail", 0)                       /* CHI B6.3.4: never EXOK; see excl.store_on_fail */    \
    V(EXCL_UNSUPPORTED, STATUS_UNKNOWN, "status-unknown", 0)   /* E6 */
/* clang-format on */
#define ISO_STORE_ON_FAIL_VALUES(V) V(STORE_ON_FAIL, KEEP, "keep", 0) V(STORE_ON_FAIL, WRITE, "write", 0)
/* clang-format off */
#define ISO_MONITOR_PLACE_VALUES(V)                                                                                    \
    V(MONITOR_PLACE, LP_POC, "lp+poc", 0) V(MONITOR_PLACE, SYSTEM, "system", 0) V(MONITOR_PLACE, NONE, "none", 0)
#define ISO_COUNT_VALUES(V)                                                                                            \
    V(COUNT, 1, "1", 1) V(COUNT, 2, "2", 2) V(COUNT, 4, "4", 4) V(COUNT, 8, "8", 8) V(COUNT, 16, "16", 16)             \
    V(COUNT, 32, "32", 32) V(COUNT, 64, "64", 64) V(COUNT, 128, "128", 128) V(COUNT, 256, "256", 256)
#define ISO_ATOMIC_UNSUPPORTED_VALUES(V)                                                                               \
    V(ATOMIC_UNSUPPORTED, NDERR, "nderr", 0)                   /* A1: error response, synchronous or by CH-29 */       \
    V(ATOMIC_UNSUPPORTED, SLVERR, "slverr", 0)                 /* as nderr, AXI's name */                              \
    V(ATOMIC_UNSUPPORTED, SERROR, "serror", 0)                 /* A2 */                                                \
    V(ATOMIC_UNSUPPORTED, ABORT35, "abort35", 0)               /* A3 */                                                \
    V(ATOMIC_UNSUPPORTED, NOP, "nop", 0)                       /* A4 */                                                \
    V(ATOMIC_UNSUPPORTED, OKAY_NONATOMIC, "okay-nonatomic", 0) /* A5 */                                                \
    V(ATOMIC_UNSUPPORTED, HANG, "hang", 0)                     /* outside set A: a broken bridge */
#define ISO_ATOMIC_MAX_VALUES(V)                                                                                       \
    V(ATOMIC_MAX, 4, "4", 4) V(ATOMIC_MAX, 8, "8", 8) V(ATOMIC_MAX, 16, "16", 16) V(ATOMIC_MAX, 32, "32", 32)
#define ISO_TAG_STORAGE_VALUES(V)                                                                                      \
    V(TAG_STORAGE, NONE, "none", 0) V(TAG_STORAGE, EMD32, "emd32", 0) V(TAG_STORAGE, CARVEOUT, "carveout", 0)          \
    V(TAG_STORAGE, ECC, "ecc", 0) V(TAG_STORAGE, FULL, "full", 0)
#define ISO_TAG_READ_VALUES(V)                                                                                         \
    V(TAG_READ, ZERO_CLEAN, "zero-clean", 0) V(TAG_READ, FAULT, "fault", 0) V(TAG_READ, UNCHECKED, "unchecked", 0) \
    V(TAG_READ, ALIAS, "alias", 0)
#define ISO_TAG_WRITE_VALUES(V)                                                                                        \
    V(TAG_WRITE, DROP, "drop", 0) V(TAG_WRITE, ALIAS, "alias", 0) V(TAG_WRITE, ABORT, "abort", 0)
/* clang-format on */
#define ISO_TAG_MATCH_VALUES(V) V(TAG_MATCH, FAIL, "fail", 0) V(TAG_MATCH, PASSES, "pass-check", 0)
/* clang-format off */
#define ISO_TAG_CHECK_AT_VALUES(V)                                                                                     \
    V(TAG_CHECK_AT, PE, "pe", 0) V(TAG_CHECK_AT, HOME, "home", 0) V(TAG_CHECK_AT, SN, "sn", 0)
#define ISO_TAG_ERROR_VALUES(V)                                                                                        \
    V(TAG_ERROR, NOOP_ZERO, "noop-zero", 0) V(TAG_ERROR, NOOP_KEEP, "noop-keep", 0) V(TAG_ERROR, POISON, "poison", 0)
#define ISO_COH_MODEL_VALUES(V)                                                                                        \
    V(COH_MODEL, NATIVE, "native", 0) V(COH_MODEL, HDM_H, "hdm-h", 0) V(COH_MODEL, HDM_D, "hdm-d", 0)                  \
    V(COH_MODEL, HDM_DB, "hdm-db", 0) V(COH_MODEL, NONE, "none", 0)
#define ISO_BYTES_VALUES(V)                                                                                            \
    V(BYTES, 64, "64", 64) V(BYTES, 4096, "4096", 4096) V(BYTES, 65536, "65536", 65536)                                \
    V(BYTES, 1048576, "1048576", 1048576) V(BYTES, WHOLE, "whole", 0)
/* clang-format on */
#define ISO_PERIPHERAL_VALUES(V)                                                                                       \
    V(PERIPHERAL, 4, "4", 4) /* one register: what any size allows, this one does */                                   \
    V(PERIPHERAL, 64, "64", 64)                                                                                        \
    V(PERIPHERAL, 4096, "4096", 4096)                                                                                  \
    V(PERIPHERAL, 65536, "65536", 65536) V(PERIPHERAL, 1048576, "1048576", 1048576) V(PERIPHERAL, WHOLE, "whole", 0)
#define ISO_RMW_UNIT_VALUES(V) V(RMW_UNIT, 16, "16", 16) V(RMW_UNIT, 32, "32", 32) V(RMW_UNIT, 64, "64", 64)
/* clang-format off */
#define ISO_HTTU_VALUES(V)                                                                                             \
    V(HTTU, YES, "yes", 0) V(HTTU, SYNC_ABORT, "sync-abort", 0) V(HTTU, SERROR, "serror", 0)                           \
    V(HTTU, ABORT31, "abort31", 0) V(HTTU, NONATOMIC, "nonatomic", 0)
#define ISO_LS64_VALUES(V)                                                                                             \
    V(LS64, YES, "yes", 0) V(LS64, ABORT35, "abort35", 0) V(LS64, BYTE_ATOMIC, "byte-atomic", 0)
#define ISO_ERROR_MODE_VALUES(V)                                                                                       \
    V(ERROR_MODE, ABORT, "abort", 0)         /* reported to the PE; sync or SError by cpu.external_abort (CH-40) */    \
    V(ERROR_MODE, SERROR, "serror", 0)                                                                                 \
    V(ERROR_MODE, ONES, "all-ones", 0)       /* reads: all ones and no error */                                        \
    V(ERROR_MODE, LOST, "lost", 0)           /* writes: dropped, completion says success; reads: stale zeros */        \
    V(ERROR_MODE, HANG, "hang", 0)
/* clang-format on */

/* clang-format off */
#define ISO_VALUE_SETS(SET)                                                                                            \
    SET(SUPPORT) SET(EXCL_UNSUPPORTED) SET(STORE_ON_FAIL) SET(MONITOR_PLACE) SET(COUNT)                   \
    SET(ATOMIC_UNSUPPORTED) SET(ATOMIC_MAX) SET(TAG_STORAGE) SET(TAG_READ) SET(TAG_WRITE) SET(TAG_MATCH)               \
    SET(TAG_CHECK_AT) SET(TAG_ERROR) SET(COH_MODEL) SET(BYTES) SET(PERIPHERAL) SET(RMW_UNIT) SET(HTTU)         \
    SET(LS64) SET(ERROR_MODE)
/* clang-format on */

#define ISO_VALUE_ENUM_ROW(set, symbol, name, number) ISO_##set##_##symbol,
/* clang-format off */
#define ISO_VALUE_ENUM(set, tag)                                                                                       \
    enum iso_##tag {                                                                                                   \
        ISO_##set##_UNKNOWN,                                                                                           \
        ISO_##set##_PASS,                                                                                              \
        ISO_##set##_VALUES(ISO_VALUE_ENUM_ROW)                                                                         \
    }
/* clang-format on */
ISO_VALUE_ENUM(SUPPORT, support);
ISO_VALUE_ENUM(EXCL_UNSUPPORTED, excl_unsupported);
ISO_VALUE_ENUM(STORE_ON_FAIL, store_on_fail);
ISO_VALUE_ENUM(MONITOR_PLACE, monitor_place);
ISO_VALUE_ENUM(COUNT, count);
ISO_VALUE_ENUM(ATOMIC_UNSUPPORTED, atomic_unsupported);
ISO_VALUE_ENUM(ATOMIC_MAX, atomic_max);
ISO_VALUE_ENUM(TAG_STORAGE, tag_storage);
ISO_VALUE_ENUM(TAG_READ, tag_read);
ISO_VALUE_ENUM(TAG_WRITE, tag_write);
ISO_VALUE_ENUM(TAG_MATCH, tag_match);
ISO_VALUE_ENUM(TAG_CHECK_AT, tag_check_at);
ISO_VALUE_ENUM(TAG_ERROR, tag_error);
ISO_VALUE_ENUM(COH_MODEL, coh_model);
ISO_VALUE_ENUM(BYTES, bytes);
ISO_VALUE_ENUM(PERIPHERAL, peripheral);
ISO_VALUE_ENUM(RMW_UNIT, rmw_unit);
ISO_VALUE_ENUM(HTTU, httu);
ISO_VALUE_ENUM(LS64, ls64);
ISO_VALUE_ENUM(ERROR_MODE, error_mode);

/* Owner masks: the hop of a path that has to state the key; elsewhere it defaults to `pass`. */
#define ISO_OWNER_NOBODY  0u
#define ISO_OWNER_CORE    1u
#define ISO_OWNER_HOME    2u
#define ISO_OWNER_DEVICE  32u
#define ISO_OWNER_TIER    64u /* nobody has to; said of a tier as a whole it holds for every hop */
#define ISO_OWNER_REFUSER 96u /* the device; said of a tier as a whole it holds for every hop that says `no` */

/* One row a key: KEY(symbol, "name", value set, owners, "unit", "citation", "meaning") */
/* clang-format off */
#define ISO_CAPABILITIES(KEY)                                                                                          \
    KEY(EXCL_WB, "excl.wb", SUPPORT, ISO_OWNER_HOME, "", "CH-12; CHI B6.2-B6.3", "exclusive loads of shareable WB get EXOK here") \
    KEY(EXCL_NC, "excl.nc", SUPPORT, ISO_OWNER_DEVICE, "", "CH-12; CHI B6.3.4", "exclusive loads of Normal NC, WT or mixed get EXOK here") \
    KEY(EXCL_DEVICE, "excl.device", SUPPORT, ISO_OWNER_DEVICE, "", "CH-12; CHI B6.3.4", "exclusive loads of Device get EXOK here") \
    KEY(EXCL_ON_UNSUPPORTED, "excl.on_unsupported", EXCL_UNSUPPORTED, ISO_OWNER_REFUSER, "", "CH-12 set E; CHI B6.3.4", "what an exclusive does where it is not supported") \
    KEY(EXCL_STORE_ON_FAIL, "excl.store_on_fail", STORE_ON_FAIL, ISO_OWNER_REFUSER, "", "CHI B6.3.1, B6.3.4", "whether an unsupported exclusive store writes while it reports failure") \
    KEY(EXCL_MONITOR, "excl.monitor", MONITOR_PLACE, ISO_OWNER_NOBODY, "", "CHI B6.2.1", "which monitor answers at this hop; none overrules excl.*") \
    KEY(EXCL_LPS, "excl.lps", COUNT, ISO_OWNER_NOBODY, "count", "CHI B6.2.1", "logical processors the monitor can track at once") \
    KEY(ATOMIC_NEAR, "atomic.near", SUPPORT, ISO_OWNER_CORE, "", "CH-28; CHI B16.3.1", "the core performs WB atomics in its own cache") \
    KEY(ATOMIC_WB, "atomic.wb", SUPPORT, ISO_OWNER_HOME, "", "CH-28; CHI B16.3.2", "far atomics to Snoopable WB are performed here") \
    KEY(ATOMIC_NC, "atomic.nc", SUPPORT, ISO_OWNER_DEVICE, "", "CH-27; CHI B16.3.2", "atomics to Normal NC, WT or mixed are performed here") \
    KEY(ATOMIC_DEVICE, "atomic.device", SUPPORT, ISO_OWNER_DEVICE, "", "CH-27; CHI B16.3.2", "atomics to Device are performed here") \
    KEY(ATOMIC_ON_UNSUPPORTED, "atomic.on_unsupported", ATOMIC_UNSUPPORTED, ISO_OWNER_REFUSER, "", "CH-27 set A; CHI B16.3.2", "what an atomic does where it is not supported") \
    KEY(ATOMIC_MAX_BYTES, "atomic.max_bytes", ATOMIC_MAX, ISO_OWNER_NOBODY, "bytes", "CHI B4.2.5", "largest far atomic other than compare") \
    KEY(ATOMIC_CAS_MAX, "atomic.cas_max", ATOMIC_MAX, ISO_OWNER_NOBODY, "bytes", "CHI B4.2.5", "largest far compare (both operands together)") \
    KEY(TAG_STORAGE, "tag.storage", TAG_STORAGE, ISO_OWNER_DEVICE, "", "CH-54; cxl 3.2 tables 3-36, 3-54", "where allocation tags of this memory live") \
    KEY(TAG_ON_READ_UNSUPPORTED, "tag.on_read_unsupported", TAG_READ, ISO_OWNER_REFUSER, "", "CH-54 set T; CHI B12.11.3", "what a tag read gets where there is no tag storage") \
    KEY(TAG_WRITE_UNSUPPORTED, "tag.write_unsupported", TAG_WRITE, ISO_OWNER_REFUSER, "", "CH-54 set T; AXI A12.2.7", "what becomes of a tag write where there is no tag storage") \
    KEY(TAG_MATCH_UNSUPPORTED, "tag.match_unsupported", TAG_MATCH, ISO_OWNER_TIER, "", "CHI B12.11.1, B12.11.3", "result of a Match write where there is no tag storage") \
    KEY(TAG_CHECK_AT, "tag.check_at", TAG_CHECK_AT, ISO_OWNER_TIER, "", "CH-55; CHI B12.11.1", "who compares tags of stores") \
    KEY(TAG_META_ERROR, "tag.meta_error", TAG_ERROR, ISO_OWNER_NOBODY, "", "cxl 3.2 chapter 12; CHI B12.11.2", "tags of a line whose metadata is in error") \
    KEY(COH_MODEL, "coh.model", COH_MODEL, ISO_OWNER_NOBODY, "", "cxl 3.2 3.3.1", "who keeps this memory coherent") \
    KEY(COH_DEVICE_CLEARS, "coh.snoops_clear_monitor_from_device", SUPPORT, ISO_OWNER_NOBODY, "", "CH-16", "writes of a device or another host clear exclusive monitors") \
    KEY(PTL_NATIVE, "ptl.native", SUPPORT, ISO_OWNER_NOBODY, "", "cxl 3.2 MemWrPtl", "partial writes travel with byte enables") \
    KEY(PTL_RMW_UNIT, "ptl.rmw_unit", RMW_UNIT, ISO_OWNER_NOBODY, "bytes", "cxl 3.2 MemWrPtl", "unit of the read-modify-write that stands for a partial write") \
    KEY(UNALIGNED_OK, "unaligned_ok", SUPPORT, ISO_OWNER_DEVICE, "", "CH-33", "misaligned Device accesses can be performed here") \
    KEY(IS_PERIPHERAL, "is_peripheral", SUPPORT, ISO_OWNER_DEVICE, "", "AARM B2.4.1.1, B2.10.2.2", "arrival order and non-reordering bind here") \
    KEY(PERIPHERAL_BYTES, "peripheral_bytes", PERIPHERAL, ISO_OWNER_DEVICE, "bytes", "CH-42", "size of the peripheral for arrival order") \
    KEY(SPECULATION_SAFE, "speculation_safe", SUPPORT, ISO_OWNER_NOBODY, "", "CH-61", "reading has no side effect, so that Normal mappings keep what is written") \
    KEY(HTTU, "httu", HTTU, ISO_OWNER_HOME, "", "CH-48 set H", "hardware AF/dirty updates of tables in this memory") \
    KEY(IFETCH, "ifetch", SUPPORT, ISO_OWNER_NOBODY, "", "CH-10", "instructions can be fetched from here") \
    KEY(LS64, "ls64", LS64, ISO_OWNER_DEVICE, "", "CH-46", "single-copy 64-byte accesses") \
    KEY(ERR_POISON, "err.poison", ERROR_MODE, ISO_OWNER_NOBODY, "", "cxl 3.2 12.2", "reading a poisoned line") \
    KEY(ERR_POISON_WRITE, "err.poison_write", ERROR_MODE, ISO_OWNER_NOBODY, "", "cxl 3.2 12.2; claim 28", "writing part of a poisoned line; unsaid: merged, the line stays poisoned") \
    KEY(ERR_POISON_UNIT, "err.poison_unit", BYTES, ISO_OWNER_NOBODY, "bytes", "cxl 3.2 12.2; claim 27", "memory that one uncorrected error poisons; unsaid: 64") \
    KEY(ERR_ISOLATION, "err.isolation", ERROR_MODE, ISO_OWNER_NOBODY, "", "cxl 3.2 12.3", "writing while the port is isolated") \
    KEY(ERR_ISOLATION_READ, "err.isolation_read", ERROR_MODE, ISO_OWNER_NOBODY, "", "cxl 3.2 12.3", "reading while the port is isolated") \
    KEY(ERR_VIRAL, "err.viral", ERROR_MODE, ISO_OWNER_NOBODY, "", "cxl 3.2 12.4", "writing while the device is viral") \
    KEY(ERR_NXM, "err.nxm", ERROR_MODE, ISO_OWNER_NOBODY, "", "cxl 3.2 3.3", "reading where no memory is (all ones with poison, or without)") \
    KEY(ERR_NXM_WRITE, "err.nxm_write", ERROR_MODE, ISO_OWNER_NOBODY, "", "cxl 3.2 3.3", "writing where no memory is") \
    KEY(ERR_RELEASE, "err.on_release", ERROR_MODE, ISO_OWNER_NOBODY, "", "claim 42", "accessing a DCD extent after its release") \
    KEY(ERR_TEE, "err.tee_mismatch", ERROR_MODE, ISO_OWNER_NOBODY, "", "cxl 3.2 11.5", "reading across a TSP mismatch") \
    KEY(ERR_TIMEOUT, "err.timeout", ERROR_MODE, ISO_OWNER_NOBODY, "", "claim 32", "a completion that never comes")
/* clang-format on */

enum iso_capability_key {
#define ISO_CAPABILITY_ENUM(symbol, ...) ISO_CAP_##symbol,
    ISO_CAPABILITIES(ISO_CAPABILITY_ENUM)
#undef ISO_CAPABILITY_ENUM
        ISO_CAP_COUNT /* also: no key */
};

/* Plain value type. Binding an unknown is a write to value[key]; whoever decides by a value asks iso_capability_get(). */
struct iso_capabilities {
    uint8_t value[ISO_CAP_COUNT];
    struct iso_provenance_note source[ISO_CAP_COUNT];
    struct iso_reads *reads; /* gets the keys asked for; NULL: nobody wants to know */
};
static_assert(ISO_CAP_COUNT <= 64 * ISO_READS_WORDS, "a bit for each key");

/* Table row of a key; key < ISO_CAP_COUNT. */
const struct iso_key_row *iso_capability_key(enum iso_capability_key key);
/* Key by its dotted name. Returns false, *out untouched, if there is none. */
bool iso_capability_key_find(enum iso_capability_key *out, const char *name);
/* Name of a value of a key; NULL if the value is out of range. */
const char *iso_capability_value_name(enum iso_capability_key key, uint8_t value);
bool iso_capability_value_find(uint8_t *out, enum iso_capability_key key, const char *name);
/* Number of a numeric value (bytes, count); 0 for unknown, pass and names. */
uint32_t iso_capability_value_number(enum iso_capability_key key, uint8_t value);
uint32_t iso_capability_number(const struct iso_capabilities *capabilities, enum iso_capability_key key);

static inline uint8_t iso_capability_get(const struct iso_capabilities *capabilities, enum iso_capability_key key)
{
    iso_reads_note(capabilities->reads, key);
    return capabilities->value[key];
}
/* Returns false, nothing changed, if the value is out of range. */
bool iso_capability_set(struct iso_capabilities *capabilities, enum iso_capability_key key, uint8_t value);

/* The i-th concrete value an unknown may turn out to have (0 <= i < count); `unknown` and `pass` are not among them. */
size_t iso_capability_choice_count(enum iso_capability_key key);
uint8_t iso_capability_choice(enum iso_capability_key key, size_t i);
/* Replaces an unknown by its i-th value. Returns false if the key is not unknown or i is out of range. */
bool iso_capability_bind(struct iso_capabilities *capabilities, enum iso_capability_key key, size_t i);

/* Two values that contradict each other, for `isotier lint`. Returns a full sentence, or NULL if all agree;
 * *first and *second get the keys. */
const char *iso_capability_contradiction(const struct iso_capabilities *capabilities, enum iso_capability_key *first,
                                         enum iso_capability_key *second);

#endif
