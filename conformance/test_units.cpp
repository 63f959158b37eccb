// Do the atomic unit, tag lines, descriptors and migration sequences compute what the architecture and the kernel say?
#include "conformance/bench.h"

#include <random>

// ---- the atomic unit -------------------------------------------------------------------------------------------------

__extension__ typedef unsigned __int128 u128;
__extension__ typedef __int128 s128;

static iso_u128 split(u128 value)
{
    return {static_cast<uint64_t>(value), static_cast<uint64_t>(value >> 64)};
}

static u128 join(iso_u128 value)
{
    return static_cast<u128>(value.hi) << 64 | value.lo;
}

// Reference in native 128-bit arithmetic: sign-extend, operate, truncate.
static u128 reference(iso_atomic_op op, unsigned bits, u128 old, u128 operand, u128 compare)
{
    auto extend = [&](u128 v) { return static_cast<s128>(v << (128 - bits)) >> (128 - bits); };
    switch (op) {
    case ISO_ATOMIC_ADD:
        return old + operand;
    case ISO_ATOMIC_CLR:
        return old & ~operand;
    case ISO_ATOMIC_EOR:
        return old ^ operand;
    case ISO_ATOMIC_SET:
        return old | operand;
    case ISO_ATOMIC_SMAX:
        return extend(old) > extend(operand) ? old : operand;
    case ISO_ATOMIC_SMIN:
        return extend(old) < extend(operand) ? old : operand;
    case ISO_ATOMIC_UMAX:
        return old > operand ? old : operand;
    case ISO_ATOMIC_UMIN:
        return old < operand ? old : operand;
    case ISO_ATOMIC_SWP:
        return operand;
    case ISO_ATOMIC_CAS:
        return old == compare ? operand : old;
    }
    return 0;
}

TEST(AtomicUnit, EqualsNativeArithmetic)
{
    std::mt19937_64 random(1);
    auto value = [&] {
        u128 v = static_cast<u128>(random()) << 64 | random();
        switch (random() % 4) {
        case 0:
            return v & 3;
        case 1:
            return ~(v & 3);
        default:
            return v;
        }
    };
    for (unsigned op = 0; op < ISO_ATOMIC_OP_COUNT; op++)
        for (unsigned size : {1u, 2u, 4u, 8u, 16u})
            for (int round = 0; round < 2000; round++) {
                u128 mask = size == 16 ? ~static_cast<u128>(0) : (static_cast<u128>(1) << 8 * size) - 1;
                u128 old = value(), operand = value(), compare = round % 2 ? old : value();
                iso_atomic_result r =
                    iso_atomic_apply(static_cast<iso_atomic_op>(op), size, split(old), split(operand), split(compare));
                u128 want =
                    reference(static_cast<iso_atomic_op>(op), 8 * size, old & mask, operand & mask, compare & mask) &
                    mask;
                ASSERT_TRUE(join(r.stored) == want)
                    << iso_atomic_op_name(static_cast<iso_atomic_op>(op)) << " of " << size << " bytes";
                ASSERT_TRUE(join(r.old) == (old & mask));
                ASSERT_EQ(r.writes, op != ISO_ATOMIC_CAS || (old & mask) == (compare & mask));
            }
}

// ---- tags ------------------------------------------------------------------------------------------------------------

TEST(TagUnit, Granules)
{
    EXPECT_EQ(iso_tag_granule(0x101F), 0x1010u);
    EXPECT_EQ(iso_tag_granules(0x100F, 1), 1u);
    EXPECT_EQ(iso_tag_granules(0x100F, 2), 2u);
    EXPECT_EQ(iso_tag_granules(0x1000, 64), 4u);
    EXPECT_EQ(iso_tag_logical(0x0B00000000001000), 0xB);
    EXPECT_EQ(iso_tag_canonical(true), 0xF);
    EXPECT_EQ(iso_tag_carveout_address(0x80000020, 0x80000000, 0x1000), 0x1001u);
}

RULE_TEST(TagUnit, CheckedIff, "TAG")
{
    iso_tag_controls on{true, false, false, true, false, false, false};
    iso_access load = Bench::access_of(ISO_ACCESS_LDR), store = Bench::access_of(ISO_ACCESS_STR),
               swap = Bench::access_of(ISO_ACCESS_SWP), stg = Bench::access_of(ISO_ACCESS_STG);
    EXPECT_TRUE(iso_tag_is_checked(&on, &load, 0));
    EXPECT_FALSE(iso_tag_is_checked(&on, &stg, 0));
    auto with = [&](bool iso_tag_controls::*field, bool value) {
        iso_tag_controls c = on;
        c.*field = value;
        return c;
    };
    iso_tag_controls c = with(&iso_tag_controls::tbi, false);
    EXPECT_FALSE(iso_tag_is_checked(&c, &load, 0));
    c.mtx = true;
    EXPECT_TRUE(iso_tag_is_checked(&c, &load, 0));
    for (auto field : {&iso_tag_controls::tco, &iso_tag_controls::sp_immediate}) {
        c = with(field, true);
        EXPECT_FALSE(iso_tag_is_checked(&c, &load, 0));
    }
    c = with(&iso_tag_controls::ata, false);
    EXPECT_FALSE(iso_tag_is_checked(&c, &load, 0));
    c = with(&iso_tag_controls::tcma, true);
    EXPECT_FALSE(iso_tag_is_checked(&c, &load, 0));
    EXPECT_FALSE(iso_tag_is_checked(&c, &load, UINT64_C(31) << 55));
    EXPECT_TRUE(iso_tag_is_checked(&c, &load, UINT64_C(1) << 56));
    c = with(&iso_tag_controls::tcso, true);
    EXPECT_FALSE(iso_tag_is_checked(&c, &load, 0));
    EXPECT_TRUE(iso_tag_is_checked(&c, &store, 0));
    EXPECT_TRUE(iso_tag_is_checked(&c, &swap, 0));
}

RULE_TEST(TagUnit, WrittenTagIsSeenUntilEviction, "CH-54", "T2")
{
    iso_tag_line line{};
    uint8_t stored[ISO_TAGS_PER_LINE] = {9, 9, 9, 9};
    ASSERT_TRUE(iso_tag_line_fill(&line, stored, ISO_TAG_STORAGE_NONE, ISO_TAG_READ_ZERO_CLEAN));
    EXPECT_EQ(iso_tag_line_read(&line, 0x1010), 0) << "whatever the storage array says";
    EXPECT_TRUE(line.valid && !line.dirty) << "Clean";
    iso_tag_line_write(&line, 0x1010, 5);
    EXPECT_EQ(iso_tag_line_read(&line, 0x1010), 5);
    EXPECT_EQ(iso_tag_line_evict(&line, stored, ISO_TAG_STORAGE_NONE, ISO_TAG_WRITE_DROP), ISO_TAG_WRITEBACK_LOST);
    EXPECT_EQ(std::count(stored, stored + ISO_TAGS_PER_LINE, 0), ISO_TAGS_PER_LINE);
    ASSERT_TRUE(iso_tag_line_fill(&line, stored, ISO_TAG_STORAGE_NONE, ISO_TAG_READ_ZERO_CLEAN));
    EXPECT_EQ(iso_tag_line_read(&line, 0x1010), 0) << "both tags are visible in turn: set T";
}

TEST(TagUnit, StorageKeepsTagsOfEveryKind)
{
    for (iso_tag_storage storage :
         {ISO_TAG_STORAGE_EMD32, ISO_TAG_STORAGE_CARVEOUT, ISO_TAG_STORAGE_ECC, ISO_TAG_STORAGE_FULL}) {
        iso_tag_line line{};
        uint8_t stored[ISO_TAGS_PER_LINE] = {1, 2, 3, 4};
        ASSERT_TRUE(iso_tag_line_fill(&line, stored, storage, ISO_TAG_READ_FAULT));
        iso_tag_line_write(&line, 0x1030, 0xC);
        EXPECT_EQ(iso_tag_line_evict(&line, stored, storage, ISO_TAG_WRITE_ABORT), ISO_TAG_WRITEBACK_STORED);
        EXPECT_FALSE(line.valid);
        EXPECT_EQ(stored[0], 1);
        EXPECT_EQ(stored[3], 0xC);
    }
}

TEST(TagUnit, WritebackWithoutStorage)
{
    for (auto [unsupported, expected] : {std::pair{ISO_TAG_WRITE_ALIAS, ISO_TAG_WRITEBACK_ALIASED},
                                         {ISO_TAG_WRITE_ABORT, ISO_TAG_WRITEBACK_ABORTED}}) {
        iso_tag_line line{};
        uint8_t stored[ISO_TAGS_PER_LINE] = {7, 7, 7, 7};
        iso_tag_line_write(&line, 0, 5);
        EXPECT_EQ(iso_tag_line_evict(&line, stored, ISO_TAG_STORAGE_NONE, unsupported), expected);
        EXPECT_EQ(stored[0], 7) << "not touched";
    }
    iso_tag_line line{};
    uint8_t stored[ISO_TAGS_PER_LINE] = {0};
    EXPECT_FALSE(iso_tag_line_fill(&line, stored, ISO_TAG_STORAGE_NONE, ISO_TAG_READ_FAULT));
    EXPECT_EQ(iso_tag_line_evict(&line, stored, ISO_TAG_STORAGE_NONE, ISO_TAG_WRITE_ABORT), ISO_TAG_WRITEBACK_STORED)
        << "a clean line aborts nothing";
}

TEST(TagUnit, CleanLineWritesNothingBack)
{
    for (iso_tag_write unsupported : {ISO_TAG_WRITE_DROP, ISO_TAG_WRITE_ALIAS, ISO_TAG_WRITE_ABORT})
        for (iso_tag_storage storage : {ISO_TAG_STORAGE_FULL, ISO_TAG_STORAGE_NONE}) {
            iso_tag_line line{};
            uint8_t stored[ISO_TAGS_PER_LINE] = {1, 2, 3, 4};
            ASSERT_TRUE(iso_tag_line_fill(&line, stored, storage, ISO_TAG_READ_ZERO_CLEAN));
            stored[0] = 7; // by another cache meanwhile
            EXPECT_EQ(iso_tag_line_evict(&line, stored, storage, unsupported), ISO_TAG_WRITEBACK_STORED);
            EXPECT_EQ(stored[0], storage == ISO_TAG_STORAGE_FULL ? 7 : 0);
        }
}

TEST(TagUnit, MetadataRoundTrip)
{
    for (uint32_t emd = 0; emd < 0x10000; emd += 0x111) {
        uint8_t tag[ISO_TAGS_PER_LINE];
        iso_tag_emd_unpack(tag, emd);
        EXPECT_EQ(iso_tag_emd_pack(tag), emd);
    }
}

RULE_TEST(TagUnit, Comparison, "TAG", "CH-54")
{
    iso_effect e;
    iso_effect_init(&e);
    iso_access access = Bench::checked(ISO_ACCESS_LDR, ISO_TAG_CHECK_YES, ISO_TCF_SYNC, 5);
    e.mismatch = ISO_MISMATCH_SYNC;
    auto compare = [&](enum iso_tag_compare with, uint8_t stored, bool dirty = false) {
        e.compare = with;
        return iso_tag_compare(&e, &access, stored, dirty);
    };
    EXPECT_EQ(compare(ISO_TAG_COMPARE_STORED, 5), ISO_TAG_PASSES);
    EXPECT_EQ(compare(ISO_TAG_COMPARE_STORED, 4), ISO_TAG_FAULTS_SYNC);
    EXPECT_EQ(compare(ISO_TAG_COMPARE_NONE, 4), ISO_TAG_PASSES);
    EXPECT_EQ(compare(ISO_TAG_COMPARE_ZERO, 5), ISO_TAG_FAULTS_SYNC);
    EXPECT_EQ(compare(ISO_TAG_COMPARE_ZERO, 5, true), ISO_TAG_PASSES) << "still dirty in the cache";
    EXPECT_EQ(compare(ISO_TAG_COMPARE_CANONICAL, 0), ISO_TAG_FAULTS_SYNC);
    access.bit55 = true;
    access.logical_tag = 0xF;
    EXPECT_EQ(compare(ISO_TAG_COMPARE_CANONICAL, 0), ISO_TAG_PASSES);
    e.mismatch = ISO_MISMATCH_ASYNC;
    EXPECT_EQ(compare(ISO_TAG_COMPARE_FAILS, 0xF), ISO_TAG_FAULTS_ASYNC);
    e.mismatch = ISO_MISMATCH_IGNORED;
    EXPECT_EQ(compare(ISO_TAG_COMPARE_STORED, 4), ISO_TAG_FAILS_IGNORED);
}

// ---- descriptors -------------------------------------------------------------------------------------------------------

TEST(Descriptors, RoundTrip)
{
    for (unsigned bits = 0; bits < 1u << 12; bits++) {
        iso_pte pte{};
        pte.valid = bits & 1;
        pte.af = bits & 2;
        pte.db = bits & 4;
        pte.dbm = bits & 8;
        pte.el0 = bits & 16;
        pte.xn = bits & 32;
        pte.ng = bits & 64;
        pte.attr = static_cast<uint8_t>(bits >> 7 & 7);
        pte.sh = static_cast<uint8_t>(bits >> 10 & 3);
        pte.oa = 0x0000123456789000;
        iso_pte back;
        iso_pte_decode(&back, iso_pte_encode(&pte));
        EXPECT_EQ(iso_pte_encode(&back), iso_pte_encode(&pte));
        EXPECT_EQ(back.valid, pte.valid);
        EXPECT_EQ(back.db, pte.db);
        EXPECT_EQ(back.attr, pte.attr);
        EXPECT_EQ(back.sh, pte.sh);
        EXPECT_EQ(back.oa, pte.oa);
    }
}

TEST(Descriptors, KnownEncoding)
{
    // A user page as Linux writes it: valid, AttrIndx 0, AP[1], SH=11, AF, nG, DBM, UXN, writable.
    iso_pte pte{true, true, true, true, true, true, false, true, 0, 3, 0x40000000};
    EXPECT_EQ(iso_pte_encode(&pte), UINT64_C(0x0048000040000F43));
}

TEST(Descriptors, FaultsInOrder)
{
    iso_mmu_access read{true, false, false, true}, write{false, true, false, true}, fetch{true, false, true, true};
    iso_mmu_control none{false, false}, ha{true, false}, hd{true, true};
    iso_pte pte{true, true, true, false, true, false, false, false, 0, 3, 0x1000};
    EXPECT_EQ(iso_mmu_check(&pte, &write, &none), ISO_MMU_NONE);
    pte.db = false;
    EXPECT_EQ(iso_mmu_check(&pte, &read, &none), ISO_MMU_NONE);
    EXPECT_EQ(iso_mmu_check(&pte, &write, &hd), ISO_MMU_PERMISSION) << "read-only without DBM";
    pte.dbm = true;
    EXPECT_EQ(iso_mmu_check(&pte, &write, &ha), ISO_MMU_PERMISSION);
    EXPECT_EQ(iso_mmu_check(&pte, &write, &hd), ISO_MMU_NONE);
    pte.af = false;
    EXPECT_EQ(iso_mmu_check(&pte, &write, &none), ISO_MMU_ACCESS_FLAG) << "before Permission";
    EXPECT_EQ(iso_mmu_check(&pte, &read, &ha), ISO_MMU_NONE);
    pte.valid = false;
    EXPECT_EQ(iso_mmu_check(&pte, &read, &ha), ISO_MMU_TRANSLATION);
    pte.valid = true;
    pte.xn = true;
    EXPECT_EQ(iso_mmu_check(&pte, &fetch, &ha), ISO_MMU_PERMISSION);
    fetch.el0 = false;
    EXPECT_EQ(iso_mmu_check(&pte, &fetch, &ha), ISO_MMU_NONE) << "UXN is EL0's";
    pte.pxn = true;
    EXPECT_EQ(iso_mmu_check(&pte, &fetch, &ha), ISO_MMU_PERMISSION);
    pte.el0 = false;
    EXPECT_EQ(iso_mmu_check(&pte, &read, &ha), ISO_MMU_PERMISSION);
}

TEST(Descriptors, HardwareUpdate)
{
    iso_mmu_access read{true, false, false, true}, write{false, true, false, true};
    iso_mmu_control none{false, false}, ha{true, false}, hd{true, true};
    iso_pte pte{true, false, false, true, true, false, false, false, 0, 3, 0x1000}, after;
    EXPECT_FALSE(iso_mmu_update(&after, &pte, &read, &none));
    EXPECT_TRUE(iso_mmu_update(&after, &pte, &write, &ha));
    EXPECT_TRUE(after.af && !after.db);
    EXPECT_TRUE(iso_mmu_update(&after, &pte, &read, &hd));
    EXPECT_TRUE(after.af && !after.db);
    EXPECT_TRUE(iso_mmu_update(&after, &pte, &write, &hd));
    EXPECT_TRUE(after.af && after.db);
}

// SAIL: DC by address takes Translation and Permission faults always; the rest is IMPLEMENTATION DEFINED.
RULE_TEST(Descriptors, FaultsOfMaintenance, "CH-63")
{
    const iso_mmu_maintenance clean = {false, false, false}, invalidate = {false, true, false},
                              user = {false, false, true}, instruction = {true, false, true};
    enum iso_cpu_key key;
    for (const iso_mmu_maintenance *m : {&clean, &invalidate, &user}) {
        EXPECT_FALSE(iso_maintenance_fault_is_optional(&key, m, ISO_MMU_TRANSLATION));
        EXPECT_FALSE(iso_maintenance_fault_is_optional(&key, m, ISO_MMU_PERMISSION));
        ASSERT_TRUE(iso_maintenance_fault_is_optional(&key, m, ISO_MMU_ACCESS_FLAG));
        EXPECT_EQ(key, ISO_CPU_MAINTENANCE_AF);
    }
    ASSERT_TRUE(iso_maintenance_fault_is_optional(&key, &instruction, ISO_MMU_TRANSLATION));
    EXPECT_EQ(key, ISO_CPU_IC_TRANSLATION);
    ASSERT_TRUE(iso_maintenance_fault_is_optional(&key, &instruction, ISO_MMU_PERMISSION));
    EXPECT_EQ(key, ISO_CPU_IC_PERMISSION);
    EXPECT_FALSE(iso_maintenance_fault_is_optional(&key, &instruction, ISO_MMU_NONE));
    iso_mmu_access access;
    iso_maintenance_access(&access, &clean);
    EXPECT_FALSE(access.read || access.write);
    iso_maintenance_access(&access, &user);
    EXPECT_TRUE(access.read && access.el0);
    iso_maintenance_access(&access, &invalidate);
    EXPECT_TRUE(access.write);
}

// CH-49's two switches of what hardware does are in translate.h's update; what is optional is said by the engines' cases.
RULE_TEST(Descriptors, NoUpdateBeyondTheAccess, "CH-49")
{
    const iso_mmu_control ha = {true, false}, hd = {true, true};
    iso_pte pte{}, out{};
    pte.valid = pte.dbm = true;
    iso_mmu_access read{}, write{};
    read.read = write.write = true;
    ASSERT_TRUE(iso_mmu_update(&out, &pte, &read, &hd));
    EXPECT_TRUE(out.af && !out.db) << "a read dirties nothing";
    ASSERT_TRUE(iso_mmu_update(&out, &pte, &write, &ha));
    EXPECT_TRUE(out.af && !out.db) << "without HD";
    ASSERT_TRUE(iso_mmu_update(&out, &pte, &write, &hd));
    EXPECT_TRUE(out.af && out.db);
}

// Fields of the one with fields of the other; nothing that neither has.
RULE_TEST(Descriptors, Amalgams, "CH-50")
{
    iso_pte old{}, made{};
    old.valid = old.af = old.db = made.valid = made.af = true;
    old.oa = 0x1000;
    made.oa = 0x2000;
    uint64_t list[ISO_AMALGAMS_MAX];
    ASSERT_EQ(iso_descriptor_amalgams(list, iso_pte_encode(&old), iso_pte_encode(&made), false), 2u);
    for (uint64_t d : {list[0], list[1]}) {
        iso_pte mixed;
        iso_pte_decode(&mixed, d);
        EXPECT_TRUE(mixed.valid && mixed.af);
        EXPECT_NE(mixed.oa == 0x1000, mixed.db) << "a page with the other's permission";
    }
    made.db = true;
    EXPECT_EQ(iso_descriptor_amalgams(list, iso_pte_encode(&old), iso_pte_encode(&made), false), 0u) << "one field";
    iso_s2pte first{}, second{};
    first.valid = second.valid = first.af = second.af = first.read = second.read = true;
    EXPECT_TRUE(iso_s2pte_needs_bbm(&first, &second, false, true));
    second = first;
    second.oa = 0x3000;
    EXPECT_FALSE(iso_s2pte_needs_bbm(&first, &second, true, true));
    EXPECT_TRUE(iso_s2pte_needs_bbm(&first, &second, true, false));
    second.valid = false;
    EXPECT_FALSE(iso_s2pte_needs_bbm(&first, &second, true, false));
}

// AARM breaks by an invalid entry, the litmus tools' model by one with AF clear as well.
RULE_TEST(Descriptors, BreakByAccessFlag, "D8")
{
    iso_pte old{}, unset{}, made{};
    old.valid = old.af = old.db = true;
    old.oa = 0x1000;
    unset = made = old;
    unset.af = false;
    made.oa = 0x2000;
    EXPECT_TRUE(iso_pte_needs_bbm(&old, &made, true, false));
    EXPECT_FALSE(iso_pte_needs_bbm(&old, &unset, true, false));
    EXPECT_FALSE(iso_pte_needs_bbm(&unset, &made, true, false));
}

RULE_TEST(Descriptors, BreakBeforeMake, "CH-50")
{
    iso_pte ro{true, true, false, false, true, true, false, true, 0, 3, 0x1000}, moved = ro, invalid = ro;
    moved.oa = 0x2000;
    invalid.valid = false;
    EXPECT_FALSE(iso_pte_needs_bbm(&ro, &moved, true, true)) << "read-only, same contents";
    EXPECT_TRUE(iso_pte_needs_bbm(&ro, &moved, true, false)) << "contents differ";
    EXPECT_TRUE(iso_pte_needs_bbm(&ro, &ro, false, true)) << "type";
    moved.dbm = true;
    EXPECT_TRUE(iso_pte_needs_bbm(&ro, &moved, true, true)) << "writable through DBM";
    EXPECT_FALSE(iso_pte_needs_bbm(&invalid, &moved, true, false));
    moved = ro;
    moved.sh = 2;
    EXPECT_TRUE(iso_pte_needs_bbm(&ro, &moved, true, true)) << "shareability";
}

// ---- migration -----------------------------------------------------------------------------------------------------------

static int position(const iso_migration &m, iso_migration_step step, int from = 0)
{
    for (size_t i = static_cast<size_t>(from); i < m.nrows; i++)
        if (m.row[i].step == step)
            return static_cast<int>(i);
    return -1;
}

TEST(Migration, CorrectSequencesBreakBeforeTheyCopy)
{
    for (size_t i = 0; const iso_migration *m = iso_migration_at(i); i++) {
        if (!m->correct)
            continue;
        bool guest = position(*m, ISO_MIGRATION_S2_CLEAR) >= 0, swap = position(*m, ISO_MIGRATION_SWAP_IN) >= 0;
        int clear = position(*m, guest ? ISO_MIGRATION_S2_CLEAR : ISO_MIGRATION_CLEAR_PTE),
            dsb = position(*m, ISO_MIGRATION_DSB_ISHST, clear),
            tlbi = position(*m, guest ? ISO_MIGRATION_TLBI_VMALLE1 : ISO_MIGRATION_TLBI, dsb),
            done = position(*m, ISO_MIGRATION_DSB_ISH, tlbi),
            copy = position(*m, swap ? ISO_MIGRATION_SWAP_OUT : ISO_MIGRATION_COPY_DATA),
            tags = position(*m, swap ? ISO_MIGRATION_RESTORE_TAGS : ISO_MIGRATION_COPY_TAGS, copy),
            published = position(*m, ISO_MIGRATION_DMB_ISHST, tags),
            pte = position(*m, guest ? ISO_MIGRATION_S2_MAP : ISO_MIGRATION_WRITE_PTE, published);
        EXPECT_TRUE(0 <= clear && clear < dsb && dsb < tlbi && tlbi < done && done < copy && copy < tags &&
                    tags < published && published < pte)
            << m->name;
        EXPECT_TRUE(m->row[tags].if_source_tagged) << m->name;
        EXPECT_GE(position(*m, ISO_MIGRATION_LOCK), 0) << m->name;
        EXPECT_GT(position(*m, ISO_MIGRATION_UNLOCK), tags) << m->name;
        EXPECT_GT(position(*m, ISO_MIGRATION_MPROTECT), pte) << m->name;
    }
}

TEST(Migration, MutantsAreOneStepFromTheirBase)
{
    for (size_t i = 0; const iso_migration *m = iso_migration_at(i); i++) {
        EXPECT_EQ(m->correct, m->standing == ISO_MIGRATION_CORRECT) << m->name;
        EXPECT_EQ(m->base != nullptr, m->standing == ISO_MIGRATION_MUTANT) << m->name;
        EXPECT_EQ(iso_migration_reference(m), iso_migration_find(m->base ? m->base : "base"));
        if (m->standing != ISO_MIGRATION_MUTANT)
            continue;
        const iso_migration *base = iso_migration_find(m->base);
        ASSERT_NE(base, nullptr) << m->name;
        EXPECT_TRUE(base->correct);
        EXPECT_EQ(iso_migration_distance(m, base), 1u) << m->name;
    }
    EXPECT_EQ(iso_migration_distance(iso_migration_find("base"), iso_migration_find("base")), 0u);
    EXPECT_EQ(iso_migration_distance(iso_migration_find("base"), iso_migration_find("device-coherent")), 1u)
        << "another alias is a step";
}

TEST(Migration, TagAwareLeavesTaggedPagesOnMemoryThatKeepsTags)
{
    iso_tier tier = {};
    tier.nhops = 1;
    iso_hop_init(&tier.hops[0], ISO_HOP_DEVICE);
    const iso_migration *aware = iso_migration_find("tag-aware");
    iso_tier_set(&tier, ISO_CAP_TAG_STORAGE, ISO_TAG_STORAGE_NONE);
    EXPECT_TRUE(iso_migration_refuses(aware, true, &tier));
    EXPECT_FALSE(iso_migration_refuses(aware, false, &tier));
    EXPECT_FALSE(iso_migration_refuses(iso_migration_find("base"), true, &tier));
    iso_tier_set(&tier, ISO_CAP_TAG_STORAGE, ISO_TAG_STORAGE_EMD32);
    EXPECT_FALSE(iso_migration_refuses(aware, true, &tier));
    iso_tier_set(&tier, ISO_CAP_TAG_STORAGE, ISO_TAG_STORAGE_UNKNOWN);
    EXPECT_FALSE(iso_migration_refuses(aware, true, &tier));
}

TEST(Migration, TableIsWellFormed)
{
    std::set<std::string> names;
    for (size_t i = 0; const iso_migration *m = iso_migration_at(i); i++) {
        EXPECT_TRUE(names.insert(m->name).second) << m->name;
        EXPECT_GT(std::string(m->what).size(), 10u) << m->name;
        EXPECT_FALSE(std::string(m->citation).empty()) << m->name;
        EXPECT_GT(m->nrows, 0u);
        EXPECT_LE(m->nrows, static_cast<size_t>(ISO_MIGRATION_STEPS_MAX));
        for (size_t row = 0; row < m->nrows; row++)
            ASSERT_NE(m->row[row].citation, nullptr) << m->name << " step " << row;
    }
    EXPECT_EQ(iso_migration_find("no-such-sequence"), nullptr);
}
