// Is the instruction table whole: every row assembles, prints back the same, has a name of its own and can be found by it?
#include "conformance/a64.h"

#include <map>
#include <set>

extern "C" {
#include "sim/isa/a64_table.h"
}

namespace
{

TEST(A64Table, EveryExampleAssemblesAndPrintsBack)
{
    ASSERT_GT(iso_a64_count(), 400u);
    for (size_t row = 0; row < iso_a64_count(); row++) {
        iso_a64_listing listing = iso_a64_list(row);
        a64::Assembled made = a64::assemble(listing.example, 0);
        ASSERT_EQ(made.status, 0) << listing.example << ": " << made.diagnostics;
        EXPECT_EQ(made.diagnostics, "") << listing.example;
        EXPECT_EQ(made.insn.opcode, row) << listing.example;
        EXPECT_EQ(a64::text(made.insn), listing.example);
        EXPECT_TRUE(made.insn.cls == listing.cls) << listing.example;
    }
}

TEST(A64Table, NoNameTwice)
{
    std::map<std::string, size_t> seen;
    for (size_t row = 0; row < iso_a64_count(); row++) {
        auto [at, fresh] = seen.emplace(iso_a64_list(row).mnemonic, row);
        EXPECT_TRUE(fresh) << "rows " << at->second << " and " << row << " are both " << at->first;
    }
}

TEST(A64Table, TheIndexFindsEveryRow)
{
    for (int row = 0; row < A64_ROW_COUNT; row++) {
        const a64_row &r = a64_rows[row];
        if (r.flags & A64_FLAG_CONDITION)
            continue;
        EXPECT_EQ(a64_row_find(r.mnemonic, strlen(r.mnemonic)), row)
            << r.mnemonic << ": a64_order.def is out of order or lacks it";
    }
    EXPECT_EQ(a64_row_find("", 0), -1);
    EXPECT_EQ(a64_row_find("LD", 2), -1);
    EXPECT_EQ(a64_row_find("ZZZ", 3), -1);
}

TEST(A64Table, LowerCaseIsTheSame)
{
    for (size_t row = 0; row < iso_a64_count(); row++) {
        std::string lower = iso_a64_list(row).example;
        if (lower.find(".L") != std::string::npos)
            continue;
        for (char &c : lower)
            c = static_cast<char>(tolower(c));
        EXPECT_EQ(a64::text(a64::insn(lower, 0)), iso_a64_list(row).example);
    }
}

TEST(A64Table, EveryConditionOfBothSpellings)
{
    std::set<int> conditions;
    for (const char *name :
         {"EQ", "NE", "CS", "CC", "MI", "PL", "VS", "VC", "HI", "LS", "GE", "LT", "GT", "LE", "AL", "NV"}) {
        iso_insn dotted = a64::insn(std::string("B.") + name + " L0"),
                 bare = a64::insn(std::string("b") + name + " L0");
        EXPECT_EQ(std::string(dotted.mnemonic), std::string("B.") + name);
        EXPECT_EQ(dotted.cond, bare.cond);
        conditions.insert(dotted.cond);
    }
    EXPECT_EQ(conditions.size(), 16u);
    EXPECT_EQ(a64::insn("B.HS L0").cond, a64::insn("B.CS L0").cond);
    EXPECT_EQ(a64::insn("B.LO L0").cond, a64::insn("B.CC L0").cond);
}

TEST(A64Table, EverySystemOperandAssembles)
{
    for (unsigned i = 0; i < a64_barrier_option_count; i++)
        for (const char *name : {"DMB ", "DSB "})
            EXPECT_EQ(a64::insn(std::string(name) + a64_barrier_options[i].name).types, a64_barrier_options[i].types);
    for (unsigned i = 0; i < a64_cache_op_count; i++) {
        const a64_cache_op &op = a64_cache_ops[i];
        std::string line = std::string(a64_rows[op.row].mnemonic) + " " + op.name + (op.has_register ? ",X1" : "");
        EXPECT_EQ(a64::text(a64::insn(line)), line);
    }
    for (unsigned i = 0; i < a64_tlbi_op_count; i++)
        for (const char *suffix : {"", "IS", "OS", "NXS", "ISNXS", "OSNXS"}) {
            const a64_tlbi_op &op = a64_tlbi_ops[i];
            std::string line = std::string("TLBI ") + op.name + suffix + (op.has_register ? ",X1" : "");
            iso_insn made = a64::insn(line);
            EXPECT_EQ(a64::text(made), line);
            EXPECT_EQ(made.scope, op.scope);
            EXPECT_EQ(made.leaf, op.leaf);
            EXPECT_EQ(made.nxs, strstr(suffix, "NXS") ? 1 : 0);
        }
    for (unsigned i = 0; i < a64_at_op_count; i++)
        a64::insn(std::string("AT ") + a64_at_ops[i].name + ",X1");
    for (unsigned i = 0; i < a64_sysreg_count; i++)
        EXPECT_EQ(a64::insn(std::string("MRS X0,") + a64_sysregs[i].name).sysreg, a64_sysregs[i].storage);
    for (unsigned i = 0; i < a64_pstate_count; i++)
        a64::insn(std::string("MSR ") + a64_pstates[i].name + ",#1");
    for (unsigned i = 0; i < a64_prefetch_op_count; i++) {
        std::string line = std::string("PRFM ") + a64_prefetch_ops[i].name + ",[X1]";
        EXPECT_EQ(a64::text(a64::insn(line)), line);
    }
}

TEST(A64Table, BitMasksDecodeToWhatWasEncoded)
{
    unsigned count = 0;
    for (unsigned bytes : {4u, 8u})
        for (unsigned size = 2; size <= bytes * 8; size *= 2)
            for (unsigned ones = 1; ones < size; ones++)
                for (unsigned rotation = 0; rotation < size; rotation++) {
                    uint64_t all = size == 64 ? UINT64_MAX : (uint64_t{1} << size) - 1, run = (uint64_t{1} << ones) - 1;
                    uint64_t element = rotation ? ((run >> rotation) | (run << (size - rotation))) & all : run,
                             mask = 0;
                    for (unsigned at = 0; at < bytes * 8; at += size)
                        mask |= element << at;
                    uint32_t field;
                    ASSERT_TRUE(a64_bitmask_encode(&field, mask, bytes)) << std::hex << mask;
                    ASSERT_EQ(a64_bitmask_decode(field, bytes), mask);
                    count++;
                }
    EXPECT_EQ(count, 5334u + 1302u) << "the architecture has that many masks of 64 and of 32 bits";
    uint32_t field;
    for (uint64_t none : {uint64_t{0}, UINT64_MAX, uint64_t{5}, uint64_t{0x123456}})
        EXPECT_FALSE(a64_bitmask_encode(&field, none, 8));
}

} // namespace
