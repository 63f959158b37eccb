/* Inside models/ only: the rows of the rule register. RULE(id, title, kind, state, why, citation), one row a line.
 * States: MODELLED here or in an engine through what is stated here; PARTLY and NOT_MODELLED say what is missing.
 * "facts" is facts/arm-attributes.md unless another sheet is named. */
#ifndef ISO_MODELS_RULE_TABLE_H
#define ISO_MODELS_RULE_TABLE_H

/* clang-format off */
#define ISO_RULES_CHOICES(RULE)                                                                                        \
    RULE("CH-01", "reserved MAIR byte", UNPREDICTABLE, MODELLED, "", "SAIL RESMAIR; K1.2.19") \
    RULE("CH-02", "reserved shareability SH=01", UNPREDICTABLE, MODELLED, "", "SAIL DecodeShareability") \
    RULE("CH-03", "reserved stage-2 MemAttr, FWB=0", UNPREDICTABLE, MODELLED, "", "SAIL S2DecodeCacheability; K1.2.19") \
    RULE("CH-04", "reserved stage-2 MemAttr, FWB=1", UNPREDICTABLE, MODELLED, "", "SAIL; AARM Table D8-101; K1.2.19") \
    RULE("CH-05", "shareability of a Device or NC page into stage 2", IMPDEF, MODELLED, "", "AARM RNSCNC") \
    RULE("CH-06", "SCTLR.C=0 on a Tagged page", UNPREDICTABLE, PARTLY, "in the combination of attributes: no scenario turns SCTLR_ELx.C off", "SAIL S1CTAGGED") \
    RULE("CH-07", "TCF=11 without FEAT_MTE3", UNPREDICTABLE, MODELLED, "", "SAIL RESTCF") \
    RULE("CH-08", "WT, mixed and weak-hint cacheability", IMPDEF, MODELLED, "", "AARM E2.10.2; D8.7") \
    RULE("CH-09", "precision of Device types", IMPDEF, NOT_MODELLED, "adds no outcome: a stronger Device type shows only what the weaker one allows", "AARM B2.10.2") \
    RULE("CH-10", "instruction fetch from Device that is not XN", UNPREDICTABLE, MODELLED, "", "K1.2.11; SAIL INSTRDEVICE") \
    RULE("CH-11", "stage-1 walk to stage-2 Device, PTW=0", FIXED, MODELLED, "", "AARM RKTSYP") \
    RULE("CH-12", "exclusive to a type or range without a global monitor: set E", IMPDEF, MODELLED, "", "AARM E2.10.2; facts 2.2") \
    RULE("CH-13", "stage and priority of fault 0x35", IMPDEF, MODELLED, "", "facts 2.2; AARM D8.15.5 RCSFKV") \
    RULE("CH-14", "local monitor: stores and spontaneous clears", IMPDEF, MODELLED, "", "AARM E2.10.1; facts 2.3") \
    RULE("CH-15", "global monitor: own STX, CLREX, Non-shareable accesses (of the mark that an earlier LDX left the local monitor knows nothing)", IMPDEF, MODELLED, "", "AARM E2.10.2.1; facts 2.4") \
    RULE("CH-16", "writes of observers that are no PE, and monitors", IMPDEF, MODELLED, "", "AARM E2.10.2.1; facts 2.4") \
    RULE("CH-17", "STX to another PA than the marked one", IMPDEF, MODELLED, "", "AARM E2.10.1, E2.10.2.1") \
    RULE("CH-18", "STX with another VA than the LDX", UNPREDICTABLE, MODELLED, "", "AARM E2.10.5; K1.2.16") \
    RULE("CH-19", "STX of another size or register count", UNPREDICTABLE, MODELLED, "", "AARM E2.10.5; K1.2.16") \
    RULE("CH-20", "attributes changed between LDX and STX", UNPREDICTABLE, MODELLED, "", "AARM E2.10.5; K1.2.16") \
    RULE("CH-21", "DC clean or invalidate, and monitors", UNPREDICTABLE, MODELLED, "", "K1.2.16; facts 2.3") \
    RULE("CH-22", "exclusives reservation granule", IMPDEF, MODELLED, "", "AARM E2.10.3") \
    RULE("CH-23", "monitors after a Data Abort", UNPREDICTABLE, MODELLED, "", "AARM E2.10.5") \
    RULE("CH-24", "page moved between LDX and STX", FIXED, MODELLED, "", "AARM E2.10.5; facts 2.6") \
    RULE("CH-25", "STX: abort against monitor failure", IMPDEF, MODELLED, "", "facts D10 (memory)") \
    RULE("CH-26", "Non-shareable exclusives and other observers", IMPDEF, MODELLED, "", "AARM B2.10.1.2") \
    RULE("CH-27", "atomic to a type or range without the guarantee: set A", IMPDEF, MODELLED, "", "AARM B2.2.6; facts 3.1") \
    RULE("CH-28", "placement of WB atomics", IMPDEF, MODELLED, "", "CHI B16.3; facts 3.2") \
    RULE("CH-29", "error of atomics with and without return value", IMPDEF, MODELLED, "", "facts 5.5; TRM-A55") \
    RULE("CH-30", "misaligned exclusive or atomic outside the guarantee", UNPREDICTABLE, MODELLED, "", "AARM B2.8.2.1.2; D3") \
    RULE("CH-31", "misaligned acquire or release outside the guarantee", UNPREDICTABLE, MODELLED, "", "AARM B2.8.2.1.3") \
    RULE("CH-32", "misaligned plain access outside the guarantee", IMPDEF, MODELLED, "", "AARM B2.8, D1.4.1.4 RTNVSL; SAIL MemSingle, Mem_read, Mem_set") \
    RULE("CH-33", "misaligned Device access", IMPDEF, MODELLED, "", "AARM B2.8.2, B2.10.2; D2") \
    RULE("CH-34a", "P-DEV: exclusives and atomics", IMPDEF, MODELLED, "", "AARM RRMTWN") \
    RULE("CH-34b", "P-DEV: misaligned accesses and DC ZVA, GZVA, GVA", UNPREDICTABLE, MODELLED, "", "AARM RRMTWN") \
    RULE("CH-34c", "P-DEV: SVE non-faulting and first-faulting elements", UNPREDICTABLE, PARTLY, "in the truth table: no engine runs SVE", "AARM RRMTWN") \
    RULE("CH-34d", "P-NWB: alignment of exclusives, atomics, acquire and release", UNPREDICTABLE, MODELLED, "", "AARM RDPDXS") \
    RULE("CH-35", "tag store, DC GVA or GZVA on Device", UNPREDICTABLE, MODELLED, "", "SAIL DEVICETAGSTORE; D6") \
    RULE("CH-36", "one instruction over pages of different type or shareability", UNPREDICTABLE, MODELLED, "", "K1.2.13; AARM B2.10.3") \
    RULE("CH-37", "Device access across the smallest granule", UNPREDICTABLE, MODELLED, "", "K1.2.14; AARM B2.10.3") \
    RULE("CH-38", "multi-register access to Device: order, repetition", IMPDEF, MODELLED, "", "AARM B2.10.2.4; B2.10.1") \
    RULE("CH-39", "extra bytes of SIMD, SVE, MOPS, LDNP on Device", PERMITTED, NOT_MODELLED, "cannot arise: no endpoint of a scenario tells a read from none", "AARM B2.10.2; facts 5.3") \
    RULE("CH-40", "how an External abort is taken", IMPDEF, MODELLED, "", "SAIL IsExternalAbortTakenSynchronously; TRM-A35 A7.5") \
    RULE("CH-41", "acknowledgement of Device-nE writes", IMPDEF, NOT_MODELLED, "adds no outcome: it decides when a DSB ends, and no endpoint of a scenario acts but as memory, whose order is the same for every type", "AARM B2.10.2.3") \
    RULE("CH-42", "size of a peripheral", IMPDEF, MODELLED, "", "AARM B2.4.1.1") \
    RULE("CH-43", "gathering (as CH-69) and forwarding on GRE and NC", PERMITTED, MODELLED, "", "AARM B2.10.2.1") \
    RULE("CH-44", "mismatched attributes of aliases", FIXED, MODELLED, "", "AARM B2.11, D10.6.3; facts 6") \
    RULE("CH-45", "arrival order of different XS at one peripheral", PERMITTED, MODELLED, "", "AARM B2.4.1.1") \
    RULE("CH-46", "LD64B, ST64B: unsupported location or type", UNPREDICTABLE, PARTLY, "in the truth table: no engine runs 64-byte accesses", "K1.2.17; facts 3.4") \
    RULE("CH-47", "GCS access to an unsupported type", UNPREDICTABLE, PARTLY, "in the truth table: no engine runs a guarded control stack", "AARM D11.9 RFFJDX") \
    RULE("CH-48", "hardware table update outside the guarantee: set H", IMPDEF, MODELLED, "", "AARM D8.5.4 RWLTNL, RVSXXT") \
    RULE("CH-49", "AF or dirty update that no access needs: of one that faults, of tags that are ignored, of a failing CAS or store exclusive, by AT, DC and IC, speculative", PERMITTED, MODELLED, "", "SAIL AFUPDATE, DBUPDATE; AARM D8.5 ILLCCB, RXQSMX, IKJBFT, RRNMLQ, RBZXVS, RTXGHB") \
    RULE("CH-50", "stale or multiple TLB entries without break-before-make: old, new, fields of both, conflict abort", UNPREDICTABLE, MODELLED, "", "AARM D8.17.1 ITHWDH; K1.2.3") \
    RULE("CH-51", "Contiguous bit misprogrammed", UNPREDICTABLE, NOT_MODELLED, "cannot arise: descriptors of a scenario have no Contiguous bit", "AARM D8.7.1") \
    RULE("CH-52", "nT=1 block entries", IMPDEF, NOT_MODELLED, "cannot arise: scenarios have leaf pages, and nT is of block entries", "SAIL BlocknTFaults") \
    RULE("CH-53", "reserved fields of registers and descriptors: of a scenario those of CH-01 to CH-04 and CH-07", UNPREDICTABLE, MODELLED, "", "K1.2.19") \
    RULE("CH-54", "Tagged mapping of memory without tag storage: set T", IMPDEF, MODELLED, "", "facts 7.3; CHI B12.11; AXI A12.2") \
    RULE("CH-55", "where tags are checked", IMPDEF, MODELLED, "", "CHI B12.11.1") \
    RULE("CH-56", "store-only checking and a failing compare", UNPREDICTABLE, MODELLED, "", "SAIL; HERD") \
    RULE("CH-57", "tag mismatch of a read-modify-write in asymmetric mode", DISPUTED, MODELLED, "", "facts D5") \
    RULE("CH-58", "address of a DC ZVA tag fault", IMPDEF, NOT_MODELLED, "adds no outcome: a final state does not tell addresses inside one block apart", "SAIL") \
    RULE("CH-59", "tag checks of SIMD and SVE in streaming mode", IMPDEF, PARTLY, "in the truth table: no engine runs SIMD or SVE", "SAIL impdef strings") \
    RULE("CH-60", "latency of an asynchronous tag fault", IMPDEF, MODELLED, "", "facts 9 (memory)") \
    RULE("CH-61", "speculative reads of Normal memory", PERMITTED, MODELLED, "", "AARM B2.10.1; K1.2.10") \
    RULE("CH-62", "point of coherency before caches", IMPDEF, NOT_MODELLED, "cannot arise: machines described here have their point of coherency behind the caches", "SAIL impdef strings") \
    RULE("CH-63", "faults of IC and DC operations: Access flag, and of IC translation and permission at EL0", IMPDEF, MODELLED, "", "SAIL impdef strings, ICInstNeedsTranslation") \
    RULE("CH-64", "set/way out of range", UNPREDICTABLE, NOT_MODELLED, "cannot arise: set/way operations name no location of a scenario and do nothing here", "K1.2.18") \
    RULE("CH-65", "control change without synchronisation", UNPREDICTABLE, NOT_MODELLED, "cannot arise: controls are constant during a scenario", "K1.2.4") \
    RULE("CH-66", "cached control values not invalidated", UNPREDICTABLE, NOT_MODELLED, "cannot arise: controls are constant during a scenario", "K1.2.3") \
    RULE("CH-67", "SVE and streaming SIMD on Device may behave as GRE", PERMITTED, PARTLY, "in the truth table: no engine runs SIMD or SVE", "AARM RQBLMZ, RXHFBX") \
    RULE("CH-68", "order of the bytes of a misaligned acquire or release", PERMITTED, MODELLED, "", "AARM B2.8.2.1.3") \
    RULE("CH-69", "NC and WT writes may merge", PERMITTED, NOT_MODELLED, "adds no outcome: merged writes are two between which nobody looks", "AARM B2.10.1")

#define ISO_RULES_MEMBERS(RULE)                                                                                        \
    RULE("E0", "exclusives: supported by the system after all", MEMBER, MODELLED, "", "AARM E2.10.2") \
    RULE("E1", "exclusives: External abort", MEMBER, MODELLED, "", "AARM E2.10.2") \
    RULE("E2", "exclusives: MMU fault DFSC 0x35", MEMBER, MODELLED, "", "AARM E2.10.2") \
    RULE("E3", "exclusives: NOP", MEMBER, MODELLED, "", "AARM E2.10.2") \
    RULE("E4", "exclusives: load as if Non-shareable", MEMBER, MODELLED, "", "AARM E2.10.2") \
    RULE("E5", "exclusives: store as if Non-shareable", MEMBER, MODELLED, "", "AARM E2.10.2") \
    RULE("E6", "exclusives: status register UNKNOWN", MEMBER, MODELLED, "", "AARM E2.10.2") \
    RULE("A0", "atomics: supported by the system after all", MEMBER, MODELLED, "", "AARM B2.2.6") \
    RULE("A1", "atomics: synchronous External abort", MEMBER, MODELLED, "", "AARM B2.2.6") \
    RULE("A2", "atomics: SError", MEMBER, MODELLED, "", "AARM B2.2.6") \
    RULE("A3", "atomics: MMU fault DFSC 0x35", MEMBER, MODELLED, "", "AARM B2.2.6") \
    RULE("A4", "atomics: NOP", MEMBER, MODELLED, "", "AARM B2.2.6") \
    RULE("A5", "atomics: performed, but not atomically", MEMBER, MODELLED, "", "AARM B2.2.6") \
    RULE("T0", "tags: stored after all", MEMBER, MODELLED, "", "facts 7.3") \
    RULE("T1", "tags: read as 0, may be cached Clean", MEMBER, MODELLED, "", "CHI B12.11.3") \
    RULE("T2", "tags: writes discarded, seen until eviction", MEMBER, MODELLED, "", "AXI A12.2.7") \
    RULE("T3", "tags: Match fails, data written", MEMBER, MODELLED, "", "CHI B12.11.1") \
    RULE("T4", "tags: writes land elsewhere", MEMBER, MODELLED, "", "facts/kernel-policies.md B.5") \
    RULE("T5", "tags: External abort", MEMBER, MODELLED, "", "facts/kernel-policies.md B.5") \
    RULE("T6", "tags: check silently off", MEMBER, MODELLED, "", "facts/kernel-policies.md B.5") \
    RULE("H0", "table update: supported by the system after all", MEMBER, MODELLED, "", "AARM D8.5.4") \
    RULE("H1", "table update: synchronous External abort on the walk", MEMBER, MODELLED, "", "AARM D8.5.4") \
    RULE("H2", "table update: SError", MEMBER, MODELLED, "", "AARM D8.5.4") \
    RULE("H3", "table update: MMU fault DFSC 0x31", MEMBER, MODELLED, "", "AARM D8.5.4") \
    RULE("H4", "table update: performed, but not atomically", MEMBER, MODELLED, "", "AARM D8.5.4") \
    RULE("R1", "aliases: readers that share the only writers' definition are coherent", MEMBER, MODELLED, "", "AARM B2.11; facts 6") \
    RULE("R2", "aliases: Device and Non-cacheable ones reorder, cured by DMB", MEMBER, MODELLED, "", "AARM B2.11; facts 6") \
    RULE("R3", "aliases: cacheable and others differ until caches are cleaned and invalidated", MEMBER, MODELLED, "", "AARM B2.11; facts 6") \
    RULE("R4", "aliases: cacheable ones of other Shareability differ, cured by clean and invalidate around each access", MEMBER, MODELLED, "", "AARM B2.11; facts 6")

#define ISO_RULES_OTHER(RULE)                                                                                          \
    RULE("L1", "MP to one peripheral, Device-nGnR*", FIXED, MODELLED, "", "facts 5.4") \
    RULE("L2", "MP to RAM mapped Device-nGnR*: no order from nR", FIXED, MODELLED, "", "AARM B2.10.2.2; facts 5.4") \
    RULE("L3", "MP with DMB", FIXED, MODELLED, "", "facts 5.4") \
    RULE("L4", "MP across two peripherals", FIXED, MODELLED, "", "facts 5.4") \
    RULE("L5", "MP across two peripherals with DMB, as memory effects (no endpoint here acts in any other way)", FIXED, MODELLED, "", "facts 5.4") \
    RULE("L6", "two stores counted at the endpoint", FIXED, NOT_MODELLED, "cannot arise: no endpoint of a scenario counts", "facts 5.4") \
    RULE("L7", "store then load, served by the endpoint", FIXED, MODELLED, "", "facts 5.4") \
    RULE("L8", "nGnRE with different XS", PERMITTED, MODELLED, "", "facts 5.4") \
    RULE("L9", "DSB after a Device write: has the endpoint acted?", FIXED, NOT_MODELLED, "adds no outcome: no endpoint of a scenario acts but as memory (CH-41)", "AARM B2.10.2.3") \
    RULE("L10", "LDAR and STLR order does not depend on the type", FIXED, MODELLED, "", "CAT; facts 5.4") \
    RULE("L11", "DMB NSH equals DMB SY", FIXED, NOT_MODELLED, "holds by construction: no barrier of either engine has a domain", "REV2") \
    RULE("L12", "SVE pair of Device stores", PERMITTED, PARTLY, "in the truth table: no engine runs SVE", "AARM RQBLMZ") \
    RULE("D1", "weak hints and the guarantee", DISPUTED, MODELLED, "", "REV1") \
    RULE("D2", "misaligned Device", DISPUTED, MODELLED, "", "REV4") \
    RULE("D3", "exclusive or atomic crossing 16 bytes", DISPUTED, MODELLED, "", "facts 0.2") \
    RULE("D4", "Shareable needed for LSE2 atomicity", DISPUTED, MODELLED, "", "facts 0.2") \
    RULE("D5", "asymmetric mode and read-modify-write", DISPUTED, MODELLED, "", "facts 0.2") \
    RULE("D6", "DC GVA, GZVA on Device", DISPUTED, MODELLED, "", "facts 0.2") \
    RULE("D7", "combining Device types", DISPUTED, MODELLED, "", "AARM Table D8-97") \
    RULE("D8", "break with AF=0", DISPUTED, MODELLED, "", "AARM RDDMVT, IWZCBG; CAT") \
    RULE("D9", "16-byte SIMD access", DISPUTED, PARTLY, "in the truth table: no engine runs SIMD", "facts 0.2") \
    RULE("D10", "STX result against abort", DISPUTED, MODELLED, "", "facts 0.2") \
    RULE("G", "guaranteed by the architecture", FIXED, MODELLED, "", "facts 9.1") \
    RULE("FEAT", "the CPU lacks the feature: UNDEFINED", FIXED, MODELLED, "", "facts 10") \
    RULE("ALIGN", "alignment and single-copy atomicity", FIXED, MODELLED, "", "AARM B2.2, B2.8; facts 4.2") \
    RULE("TAG", "tag checks and tag accesses by tag type", FIXED, MODELLED, "", "facts 7.1, 7.2") \
    RULE("DEVICE", "Device properties bind peripherals", FIXED, MODELLED, "", "AARM B2.10.2; facts 5.2, 5.3") \
    RULE("NSH", "Non-shareable memory is coherent with no other CPU", FIXED, MODELLED, "", "AARM B2.10.1.2") \
    RULE("HINT", "a prefetch has no architectural effect", FIXED, MODELLED, "", "facts 9.1") \
    RULE("CMO", "maintenance acts on caches", FIXED, MODELLED, "", "facts 6") \
    RULE("CHI B6.3.4", "unsupported exclusive store writes and fails", FIXED, MODELLED, "", "CHI B6.3.4; facts/cxl-chi-timing.md 2.1") \
    RULE("CHI B16.3", "where atomics are performed", FIXED, MODELLED, "", "CHI B16.3; facts/cxl-chi-timing.md 2.2") \
    RULE("CHI B12.11", "tags on the bus", FIXED, MODELLED, "", "CHI B12.11; facts/cxl-chi-timing.md 2.5") \
    RULE("CXL 12.2", "poison", FIXED, MODELLED, "", "CXL 3.2 12.2; facts/cxl-chi-timing.md 1.6") \
    RULE("CXL 12.3", "isolation: writes vanish with success", FIXED, MODELLED, "", "CXL 3.2 12.3; facts/cxl-chi-timing.md 1.6") \
    RULE("CXL 12.4", "viral: writes vanish with success", FIXED, MODELLED, "", "CXL 3.2 12.4; facts/cxl-chi-timing.md 1.6") \
    RULE("CXL 3.3", "no memory behind the address", FIXED, MODELLED, "", "CXL 3.2 3.3; facts/cxl-chi-timing.md 1.6") \
    RULE("CXL 11.5", "TSP mismatch reads all ones", FIXED, MODELLED, "", "CXL 3.2 11.5; facts/cxl-chi-timing.md 1.6") \
    RULE("DCD", "access after release of an extent", PERMITTED, MODELLED, "", "facts/cxl-chi-timing.md 1.7, claim 42") \
    RULE("TIMEOUT", "completions that stay away", PERMITTED, MODELLED, "", "facts/cxl-chi-timing.md 1.6, claim 32") \
    RULE("PTL", "partial write as read-modify-write", PERMITTED, MODELLED, "", "facts/cxl-chi-timing.md 1.3")
/* clang-format on */

#endif
