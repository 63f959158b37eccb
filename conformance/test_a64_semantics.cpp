// Are results exact where mistakes are easy? The bulk of the evidence is the comparison with QEMU (harness/qemu_diff); here stand the corners,
// and the instructions that QEMU does not have.
#include "conformance/a64.h"

namespace
{

using a64::compute;
using a64::insn;
using a64::Machine;

constexpr uint64_t MIN64 = uint64_t{1} << 63, MIN32 = uint64_t{1} << 31;
enum { N = 8, Z = 4, C = 2, V = 1 };

TEST(A64Semantics, FlagsOfAdditionAndSubtraction)
{
    EXPECT_EQ(compute("ADDS X0,X1,X2", UINT64_MAX, 1).nzcv, unsigned(Z | C));
    EXPECT_EQ(compute("ADDS X0,X1,X2", MIN64 - 1, 1).nzcv, unsigned(N | V));
    EXPECT_EQ(compute("ADDS W0,W1,W2", MIN32, MIN32).nzcv, unsigned(Z | C | V));
    EXPECT_EQ(compute("SUBS X0,X1,X2", 5, 5).nzcv, unsigned(Z | C));
    EXPECT_EQ(compute("SUBS X0,X1,X2", 4, 5).nzcv, unsigned(N));
    EXPECT_EQ(compute("SUBS W0,W1,W2", MIN32, 1).nzcv, unsigned(C | V));
    EXPECT_EQ(compute("SUBS W0,W1,#0", 0).nzcv, unsigned(Z | C));
    EXPECT_EQ(compute("ADCS X0,X1,X2", UINT64_MAX, 0, C).nzcv, unsigned(Z | C));
    EXPECT_EQ(compute("SBCS X0,X1,X2", 5, 5, 0).nzcv, unsigned(N));
    EXPECT_EQ(compute("ANDS X0,X1,X2", 1, 2, N | C | V).nzcv, unsigned(Z));
}

TEST(A64Semantics, WidthsCutAndExtend)
{
    EXPECT_EQ(compute("ADD W0,W1,W2", 0xffffffffffffffff, 1).x0, 0u);
    EXPECT_EQ(compute("ADD X0,X1,W2,SXTB #2", 16, 0xff).x0, 12u);
    EXPECT_EQ(compute("ADD X0,X1,W2,UXTH #1", 0, 0x1fffe).x0, 0x1fffcu);
    EXPECT_EQ(compute("SXTW X0,W1", 0x80000000).x0, 0xffffffff80000000u);
    EXPECT_EQ(compute("MOV W0,#-1", 0).x0, 0xffffffffu);
    EXPECT_EQ(compute("MOVK W0,#1,LSL #16", 0, 0, 0, 0, 0xdddddddd99999999).x0, 0x00019999u);
    EXPECT_EQ(compute("MOVN X0,#0,LSL #48", 0).x0, UINT64_MAX);
}

TEST(A64Semantics, DivisionNeverTraps)
{
    EXPECT_EQ(compute("SDIV X0,X1,X2", MIN64, UINT64_MAX).x0, MIN64);
    EXPECT_EQ(compute("SDIV W0,W1,W2", MIN32, UINT32_MAX).x0, MIN32);
    EXPECT_EQ(compute("SDIV W0,W1,W2", UINT32_MAX - 6, 2).x0, UINT32_MAX - 2);
    EXPECT_EQ(compute("UDIV X0,X1,X2", 7, 0).x0, 0u);
}

TEST(A64Semantics, SelectsAndConditionalCompare)
{
    EXPECT_EQ(compute("CSINC X0,X1,X2,EQ", 1, UINT64_MAX, 0).x0, 0u);
    EXPECT_EQ(compute("CSNEG W0,W1,W2,EQ", 1, 5, 0).x0, 0xfffffffbu);
    EXPECT_EQ(compute("CSET X0,EQ", 0, 0, Z).x0, 1u);
    EXPECT_EQ(compute("CINC X0,X1,NE", 7, 0, Z).x0, 7u);
    EXPECT_EQ(compute("CCMP X1,X2,#9,EQ", 1, 1, 0).nzcv, 9u);
    EXPECT_EQ(compute("CCMP X1,X2,#9,EQ", 1, 1, Z).nzcv, unsigned(Z | C));
}

// FEAT_CSSC: no QEMU of Debian 12 has it.
TEST(A64Semantics, CommonShortSequences)
{
    EXPECT_EQ(compute("ABS X0,X1", MIN64).x0, MIN64);
    EXPECT_EQ(compute("ABS W0,W1", 0xfffffffe).x0, 2u);
    EXPECT_EQ(compute("CNT W0,W1", 0xffff0000ffff0001).x0, 17u);
    EXPECT_EQ(compute("CTZ X0,X1", 0).x0, 64u);
    EXPECT_EQ(compute("CTZ W0,W1", 8).x0, 3u);
    EXPECT_EQ(compute("SMAX W0,W1,#-1", 0x80000000).x0, 0xffffffffu);
    EXPECT_EQ(compute("SMIN X0,X1,X2", 1, UINT64_MAX).x0, UINT64_MAX);
    EXPECT_EQ(compute("UMAX X0,X1,#255", 3).x0, 255u);
    EXPECT_EQ(compute("UMIN W0,W1,W2", 0xffffffff, 9).x0, 9u);
}

TEST(A64Semantics, TagArithmetic)
{
    constexpr uint64_t tag = uint64_t{1} << 56;
    EXPECT_EQ(compute("ADDG X0,X1,#32,#3", 15 * tag + 0x100).x0, 2 * tag + 0x120);
    EXPECT_EQ(compute("SUBG X0,X1,#16,#1", 15 * tag + 0x100).x0, 0x0f0u);
    EXPECT_EQ(compute("GMI X0,X1,X2", 5 * tag, 1).x0, 0x21u);
    EXPECT_EQ(compute("SUBP X0,X1,X2", 3 * tag + 0x10, 9 * tag + 0x20).x0, uint64_t(-16));
    EXPECT_EQ(compute("CMPP X1,X2", 3 * tag + 0x10, 9 * tag + 0x10).nzcv, unsigned(Z | C));
    EXPECT_EQ(compute("IRG X0,X1", 0x40, 0, 0, 0, 0, 6).x0, 6 * tag + 0x40);
    EXPECT_EQ(compute("IRG X0,X1,X2", 0x40, 0x00c0, 0, 0, 0, 6).x0, 8 * tag + 0x40) << "moved on over excluded 6 and 7";
    EXPECT_EQ(compute("IRG X0,X1,X2", 9 * tag, 0xffff, 0, 0, 0, 6).x0, 0u) << "all excluded: tag 0";
}

TEST(A64Semantics, SystemRegistersKeepTheirBitPlaces)
{
    EXPECT_EQ(compute("MRS X0,NZCV", 0, 0, 0xa).x0, 0xa0000000u);
    EXPECT_EQ(compute("MSR NZCV,X1", 0x60000000).nzcv, 6u);
    EXPECT_EQ(compute("MRS X0,CurrentEL", 0).x0, 4u);
    Machine m({"MSR TCO,#1", "MRS X0,TCO", "MSR ELR_EL1,X1", "MRS X2,ELR_EL1", "MSR DAIFSet,#2"});
    m.x(1) = 0x1234;
    EXPECT_EQ(m.run(), ISO_INTERP_END);
    EXPECT_EQ(m.x(0), uint64_t{1} << 25);
    EXPECT_EQ(m.x(2), 0x1234u);
}

TEST(A64Semantics, Branches)
{
    Machine m({"CBZ X0,.L2", "MOV X1,#1", "BL .L4", "MOV X2,#1", "ADR X3,.L6", "BR X3", "RET"});
    EXPECT_EQ(m.run(), ISO_INTERP_NEXT) << "RET goes to 3, which comes back here: 1000 steps";
    EXPECT_EQ(m.x(1), 0u);
    EXPECT_EQ(m.x(2), 1u);
    EXPECT_EQ(m.x(30), 0x1000cu);
    EXPECT_EQ(m.x(3), 0x10018u);
}

TEST(A64Semantics, CompareAndSwapPairOfWords)
{
    Machine m({"CASP W0,W1,W2,W3,[X4]"});
    m.set_word(0x1010, 0x2222222211111111);
    m.x(0) = 0xffffffff11111111;
    m.x(1) = 0x22222222;
    m.x(2) = 3;
    m.x(3) = 4;
    m.x(4) = 0x1010;
    EXPECT_EQ(m.run(), ISO_INTERP_END);
    EXPECT_EQ(m.word(0x1010), 0x400000003u);
    EXPECT_EQ(m.x(0), 0x11111111u) << "the old value comes back zero-extended";
}

// FEAT_LSE128: no QEMU of Debian 12 has it.
TEST(A64Semantics, Atomics128)
{
    Machine m({"SWPPAL X0,X1,[X2]", "LDSETP X3,X4,[X2]", "LDCLRP X5,X6,[X2]"});
    m.set_word(0x1020, 0xa);
    m.set_word(0x1028, 0xb);
    m.x(0) = 0x100;
    m.x(1) = 0x200;
    m.x(2) = 0x1020;
    m.x(3) = 1;
    m.x(4) = 2;
    m.x(5) = 0x100;
    m.x(6) = 2;
    EXPECT_EQ(m.run(), ISO_INTERP_END);
    EXPECT_EQ(m.x(0), 0xau);
    EXPECT_EQ(m.x(1), 0xbu);
    EXPECT_EQ(m.x(3), 0x100u);
    EXPECT_EQ(m.x(4), 0x200u);
    EXPECT_EQ(m.x(5), 0x101u);
    EXPECT_EQ(m.x(6), 0x202u);
    EXPECT_EQ(m.word(0x1020), 1u);
    EXPECT_EQ(m.word(0x1028), 0x200u);
}

TEST(A64Semantics, ExclusivesNeedTheirReservation)
{
    Machine m({"STXR W0,X9,[X1]", "LDXR X8,[X1]", "STXR W2,X9,[X1]", "STXR W3,X9,[X1]", "LDXR X8,[X1]", "CLREX",
               "STXR W4,X9,[X1]", "LDXR W8,[X1]", "STXR W5,X9,[X1]", "LDXP W10,W11,[X1]", "STXP W6,W12,W13,[X1]"});
    m.x(1) = 0x1040;
    m.x(9) = 0x77;
    EXPECT_EQ(m.run(), ISO_INTERP_END);
    EXPECT_EQ(m.x(0), 1u) << "no load exclusive before";
    EXPECT_EQ(m.x(2), 0u);
    EXPECT_EQ(m.x(3), 1u) << "a store exclusive takes the reservation";
    EXPECT_EQ(m.x(4), 1u) << "CLREX";
    EXPECT_EQ(m.x(5), 1u) << "another size";
    EXPECT_EQ(m.x(6), 0u);
}

// LDGM, STGM and STZGM are for EL1: user-mode QEMU cannot run them.
TEST(A64Semantics, TagBlocks)
{
    Machine m({"STGM X0,[X1]", "LDGM X2,[X1]", "STZGM X3,[X4]"});
    m.x(0) = 0xfedcba9876543210;
    m.x(1) = 0x1180; /* inside the block of 256 bytes at 0x1100 */
    m.x(3) = 9;
    m.x(4) = 0x1040;
    m.set_word(0x1070, 1);
    EXPECT_EQ(m.run(), ISO_INTERP_END);
    EXPECT_EQ(m.x(2), m.x(0));
    EXPECT_EQ(m.tags[0x10], 0);
    EXPECT_EQ(m.tags[0x1f], 15);
    EXPECT_EQ(m.tags[4], 9);
    EXPECT_EQ(m.tags[7], 9);
    EXPECT_EQ(m.tags[8], 0);
    EXPECT_EQ(m.word(0x1070), 0u);
}

// C5.3: the letters of a DC's name are what it does (C, I), and to what (G tags, GD both, none: data).
TEST(A64Semantics, MaintenanceIsWhatItsNameSays)
{
    for (const char *name : {"CVAC", "CVAP", "CVADP", "CIVAC", "IVAC", "CGVAC", "CGVAP", "CGVADP", "CIGVAC", "IGVAC",
                             "CGDVAC", "CGDVAP", "CGDVADP", "CIGDVAC", "IGDVAC"}) {
        const std::string letters = std::string(name).substr(0, std::string(name).find('V'));
        const iso_insn i = insn(std::string("DC ") + name + ",X1");
        const iso_alias_operation what = iso_a64_maintenance(&i);
        EXPECT_EQ(what.cleans, letters.find('C') != std::string::npos) << name;
        EXPECT_EQ(what.invalidates, letters.find('I') != std::string::npos) << name;
        EXPECT_EQ(what.tags, letters.find('G') != std::string::npos) << name;
        EXPECT_EQ(what.data, letters.find('G') == std::string::npos || letters.find('D') != std::string::npos) << name;
    }
    for (const char *text : {"DC CVAU,X1", "DC CISW,X1", "DC CIGDSW,X1", "IC IVAU,X1", "IC IALLU"}) {
        const iso_insn i = insn(text);
        const iso_alias_operation what = iso_a64_maintenance(&i);
        EXPECT_FALSE(what.cleans || what.invalidates || what.data || what.tags) << text;
    }
}

TEST(A64Semantics, TagChecks)
{
    const struct {
        const char *line;
        bool checked;
    } rows[] = {
        {"LDR X0,[X1]", true},       {"LDR X0,[SP]", false},   {"LDR X0,[SP,#8]!", true},      {"LDR X0,[SP,X2]", true},
        {"STP X0,X2,[SP]", false},   {"LDXR X0,[X1]", true},   {"SWP X0,X2,[SP]", false},      {"LDG X0,[X1]", false},
        {"STG X0,[X1]", false},      {"STZG X0,[X1]", false},  {"STGP X0,X2,[X1]", false},     {"DC ZVA,X1", true},
        {"DC GZVA,X1", false},       {"DC CIVAC,X1", false},   {"PRFM PLDL1KEEP,[X1]", false}, {"LDR X0,L0", false},
        {"LDAPUR X0,[X1,#8]", true}, {"CAS X0,X2,[X1]", true}, {"LDTR X0,[X1]", true},
    };
    for (const auto &row : rows) {
        iso_insn i = insn(row.line);
        EXPECT_EQ(iso_insn_is_tag_checked(&i), row.checked) << row.line;
    }
    Machine m({"STR X0,[X1]"});
    m.x(1) = 0x0300000000001040;
    m.tags[4] = 2;
    EXPECT_EQ(m.run(), ISO_INTERP_FAULT);
    EXPECT_EQ(m.interp.fault, ISO_FAULT_TAG_CHECK);
    m.tags[4] = 3;
    EXPECT_EQ(m.run(), ISO_INTERP_END);
}

TEST(A64Semantics, AlignmentAndEdges)
{
    const struct {
        const char *line;
        uint64_t address;
        iso_fault_type fault;
    } rows[] = {
        {"LDXR X0,[X1]", 0x1004, ISO_FAULT_ALIGNMENT},
        {"LDADD X0,X2,[X1]", 0x1004, ISO_FAULT_NONE},
        {"LDADD X0,X2,[X1]", 0x100c, ISO_FAULT_ALIGNMENT},
        {"LDAR X0,[X1]", 0x1009, ISO_FAULT_ALIGNMENT},
        {"LDR X0,[X1]", 0x100d, ISO_FAULT_NONE},
        {"STG X0,[X1]", 0x1008, ISO_FAULT_ALIGNMENT},
        {"LDG X0,[X1]", 0x1008, ISO_FAULT_NONE},
        {"LDR X0,[X1]", 0x1ffc, ISO_FAULT_MMU_TRANSLATION},
        {"LDR X0,[X1]", 0x0ff8, ISO_FAULT_MMU_TRANSLATION},
        {"UDF #0", 0x1000, ISO_FAULT_UNDEFINED},
        {"SVC #0", 0x1000, ISO_FAULT_SUPERVISOR_CALL},
        {"SMC #0", 0x1000, ISO_FAULT_SECURE_MONITOR_CALL},
        {"HVC #0", 0x1000, ISO_FAULT_HYPERVISOR_CALL},
        {"BRK #0", 0x1000, ISO_FAULT_BREAKPOINT},
        {"CASP X2,X3,X4,X5,[X1]", 0x1008, ISO_FAULT_ALIGNMENT},
    };
    for (const auto &row : rows) {
        Machine m({row.line});
        m.x(1) = row.address;
        iso_interp_status status = m.run();
        EXPECT_EQ(status, row.fault == ISO_FAULT_NONE ? ISO_INTERP_END : ISO_INTERP_FAULT) << row.line;
        EXPECT_EQ(m.interp.fault, row.fault) << row.line;
    }
}

} // namespace
