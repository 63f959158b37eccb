// Which registers feed addresses, data, comparisons, picks and branch decisions: is every dependency there, and no other?
#include "conformance/a64.h"

namespace
{

uint64_t set(std::initializer_list<int> registers)
{
    uint64_t bits = 0;
    for (int n : registers)
        bits |= uint64_t{1} << n;
    return bits;
}

constexpr int NZCV = ISO_REG_NZCV, SP = ISO_REG_SP;

struct Row {
    const char *line;
    std::initializer_list<int> address, data, compare, pick, control, result, writeback, status;
};

TEST(A64Uses, RolesAreExact)
{
    const Row rows[] = {

        {"ADD X0,X1,X2", {}, {1, 2}, {}, {}, {}, {0}, {}, {}},
        {"EOR X0,X1,X1", {}, {1}, {}, {}, {}, {0}, {}, {}},
        {"ADDS X0,X1,#1", {}, {1}, {}, {}, {}, {0, NZCV}, {}, {}},
        {"CMP X1,X2", {}, {1, 2}, {}, {}, {}, {NZCV}, {}, {}},
        {"ADC X0,X1,X2", {}, {1, 2, NZCV}, {}, {}, {}, {0}, {}, {}},
        {"MOV X0,#1", {}, {}, {}, {}, {}, {0}, {}, {}},
        {"MOV X0,SP", {}, {SP}, {}, {}, {}, {0}, {}, {}},
        {"MOVK X0,#1", {}, {0}, {}, {}, {}, {0}, {}, {}},
        {"BFI X0,X1,#0,#8", {}, {0, 1}, {}, {}, {}, {0}, {}, {}},
        {"UBFX X0,X1,#0,#8", {}, {1}, {}, {}, {}, {0}, {}, {}},
        {"MADD X0,X1,X2,X3", {}, {1, 2, 3}, {}, {}, {}, {0}, {}, {}},
        {"CSEL X0,X1,X2,EQ", {}, {1, 2}, {}, {NZCV}, {}, {0}, {}, {}},
        {"CSET X0,EQ", {}, {}, {}, {NZCV}, {}, {0}, {}, {}},
        {"CCMP X1,X2,#0,EQ", {}, {1, 2}, {}, {NZCV}, {}, {NZCV}, {}, {}},
        {"ADR X0,L0", {}, {}, {}, {}, {}, {0}, {}, {}},
        {"IRG X0,X1,X2", {}, {1, 2}, {}, {}, {}, {0}, {}, {}},
        {"B L0", {}, {}, {}, {}, {}, {}, {}, {}},
        {"B.EQ L0", {}, {}, {}, {}, {NZCV}, {}, {}, {}},
        {"BL L0", {}, {}, {}, {}, {}, {30}, {}, {}},
        {"BLR X1", {}, {}, {}, {}, {1}, {30}, {}, {}},
        {"RET", {}, {}, {}, {}, {30}, {}, {}, {}},
        {"CBZ W1,L0", {}, {}, {}, {}, {1}, {}, {}, {}},
        {"TBNZ X1,#3,L0", {}, {}, {}, {}, {1}, {}, {}, {}},
        {"LDR X0,[X1,X2]", {1, 2}, {}, {}, {}, {}, {0}, {}, {}},
        {"LDR WZR,[X1]", {1}, {}, {}, {}, {}, {}, {}, {}},
        {"LDP X0,X2,[X1],#16", {1}, {}, {}, {}, {}, {0, 2}, {1}, {}},
        {"STR X0,[SP,#-16]!", {SP}, {0}, {}, {}, {}, {}, {SP}, {}},
        {"STP X0,X2,[X1]", {1}, {0, 2}, {}, {}, {}, {}, {}, {}},
        {"STR XZR,[X1]", {1}, {}, {}, {}, {}, {}, {}, {}},
        {"LDAXP X0,X2,[X1]", {1}, {}, {}, {}, {}, {0, 2}, {}, {}},
        {"STXR W3,X0,[X1]", {1}, {0}, {}, {}, {}, {}, {}, {3}},
        {"STXP W3,X0,X2,[X1]", {1}, {0, 2}, {}, {}, {}, {}, {}, {3}},
        {"LDADD X0,X2,[X1]", {1}, {0}, {}, {}, {}, {2}, {}, {}},
        {"STADD X0,[X1]", {1}, {0}, {}, {}, {}, {}, {}, {}},
        {"SWP X0,X0,[X1]", {1}, {0}, {}, {}, {}, {0}, {}, {}},
        {"CAS X0,X2,[X1]", {1}, {2}, {0}, {}, {}, {0}, {}, {}},
        {"CASP X2,X3,X4,X5,[X1]", {1}, {4, 5}, {2, 3}, {}, {}, {2, 3}, {}, {}},
        {"SWPP X2,X3,[X1]", {1}, {2, 3}, {}, {}, {}, {2, 3}, {}, {}},
        {"LDG X0,[X1]", {1}, {0}, {}, {}, {}, {0}, {}, {}},
        {"LDGM X0,[X1]", {1}, {}, {}, {}, {}, {0}, {}, {}},
        {"STG X0,[X1],#16", {1}, {0}, {}, {}, {}, {}, {1}, {}},
        {"STGP X0,X2,[X1]", {1}, {0, 2}, {}, {}, {}, {}, {}, {}},
        {"DC ZVA,X1", {1}, {}, {}, {}, {}, {}, {}, {}},
        {"DC CVAU,X1", {1}, {}, {}, {}, {}, {}, {}, {}},
        {"TLBI VAE1IS,X1", {1}, {}, {}, {}, {}, {}, {}, {}},
        {"TLBI VMALLE1", {}, {}, {}, {}, {}, {}, {}, {}},
        {"AT S1E1R,X1", {1}, {}, {}, {}, {}, {ISO_REG_PAR}, {}, {}},
        {"MRS X0,NZCV", {}, {NZCV}, {}, {}, {}, {0}, {}, {}},
        {"MRS X0,CTR_EL0", {}, {}, {}, {}, {}, {0}, {}, {}},
        {"MSR ELR_EL1,X1", {}, {1}, {}, {}, {}, {ISO_REG_ELR}, {}, {}},
        {"ERET", {}, {}, {}, {}, {ISO_REG_ELR, ISO_REG_SPSR}, {}, {}, {}},
        {"DMB SY", {}, {}, {}, {}, {}, {}, {}, {}},
        {"SVC #0", {}, {}, {}, {}, {}, {}, {}, {}},
        {"NOP", {}, {}, {}, {}, {}, {}, {}, {}},
    };
    for (const Row &row : rows) {
        iso_insn insn = a64::insn(row.line);
        struct iso_insn_uses uses;
        iso_insn_uses(&uses, &insn);
        EXPECT_EQ(uses.address, set(row.address)) << row.line;
        EXPECT_EQ(uses.data, set(row.data)) << row.line;
        EXPECT_EQ(uses.compare, set(row.compare)) << row.line;
        EXPECT_EQ(uses.pick, set(row.pick)) << row.line;
        EXPECT_EQ(uses.control, set(row.control)) << row.line;
        EXPECT_EQ(uses.result, set(row.result)) << row.line;
        EXPECT_EQ(uses.writeback, set(row.writeback)) << row.line;
        EXPECT_EQ(uses.status, set(row.status)) << row.line;
    }
}

// Roles against behaviour: a register that is no source must not change any result.
TEST(A64Uses, WhatIsNoSourceDoesNotMatter)
{
    for (size_t row = 0; row < iso_a64_count(); row++) {
        if (iso_a64_list(row).cls != ISO_INSN_COMPUTE)
            continue;
        iso_insn insn = a64::insn(iso_a64_list(row).example);
        struct iso_insn_uses uses;
        iso_insn_uses(&uses, &insn);
        uint64_t sources = uses.data | uses.pick;
        iso_regs base{};
        for (unsigned n = 0; n < ISO_REG_COUNT; n++)
            base.x[n] = n == NZCV ? 9 : 0x9e3779b97f4a7c15u * (n + 1);
        iso_regs expected = base;
        iso_insn_compute(&expected, &insn, 0x10000, 3);
        for (unsigned n = 0; n < ISO_REG_COUNT; n++) {
            if (!(uses.result >> n & 1)) {
                EXPECT_EQ(expected.x[n], base.x[n]) << insn.mnemonic << " writes register " << n;
            }
            if (sources >> n & 1)
                continue;
            iso_regs changed = base;
            changed.x[n] = n == NZCV ? 6 : ~base.x[n];
            iso_insn_compute(&changed, &insn, 0x10000, 3);
            for (unsigned result = 0; result < ISO_REG_COUNT; result++)
                if (uses.result >> result & 1) {
                    EXPECT_EQ(changed.x[result], expected.x[result]) << insn.mnemonic << " reads register " << n;
                }
        }
    }
}

} // namespace
