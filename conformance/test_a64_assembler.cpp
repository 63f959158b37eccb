// Does the assembler take what people write, fill in the right fields, and say exactly what is wrong with the rest?
#include "conformance/a64.h"

namespace
{

using a64::assemble;
using a64::insn;
using a64::text;

TEST(A64Assembler, SpellingsInUse)
{
    const struct {
        const char *written, *printed;
    } rows[] = {
        {"mov w0 , #0x10", "MOV W0,#16"},
        {"MOV X0,#-1", "MOV X0,#-1"},
        {"MOV X0, %ptr", "MOV X0,X20"},
        {"LDR W0,[X%ptr]", "LDR W0,[X20]"},
        {"STR W%val,[%ptr]", "STR W21,[X20]"},
        {"LDR X0,[X1,560]", "LDR X0,[X1,#560]"},
        {"LDR X0,[X1], #44", "LDR X0,[X1],#44"},
        {"LDR W7,[X0,W5,SXTW]", "LDR W7,[X0,W5,SXTW]"},
        {"STR W0, [X2, X3, LSL#0]", "STR W0,[X2,X3]"},
        {"ADD X0,X1,W2,SXTB 2", "ADD X0,X1,W2,SXTB #2"},
        {"ADD X1,X1,#-44", "ADD X1,X1,#-44"},
        {"ADD W1, W0, W0, lsl #1", "ADD W1,W0,W0,LSL #1"},
        {"add X2, SP, #8", "ADD X2,SP,#8"},
        {"ANDS X5,X4,X1,LSL 6", "ANDS X5,X4,X1,LSL #6"},
        {"CMP XZR, X1, ASR #1", "CMP XZR,X1,ASR #1"},
        {"MOVK W0, #1, LSL #0", "MOVK W0,#1"},
        {"STR W1,[X2], #0", "STR W1,[X2],#0"},
        {"CASP W0,W1,W2,W3,[X4]", "CASP W0,W1,W2,W3,[X4]"},
        {"LSR X0,X0,28", "LSR X0,X0,#28"},
        {"B .+8", "B .L4"},
        {"CBNZ W0,.-8", "CBNZ W0,.L0"},
        {"B.EQ L0", "B.EQ .L5"},
        {"ADR X0,P1:L1", "ADR X0,.L1000"},
        {"STR WZR,[C1]", "UDF #0"}, // Morello: unallocated on the modelled CPU
        {"RET X30", "RET"},
        {"RET LR", "RET"},
        {"DSB #15", "DSB SY"},
        {"DSB #24", "DSB ISHNXS"},
        {"DSB ISHnXS", "DSB ISHNXS"},
        {"ISB SY", "ISB"},
        {"IRG X1,X0,XZR", "IRG X1,X0"},
        {"SXTB X0,X1", "SXTB X0,W1"},
        {"LDAPR W0,[X1],#4", "LDAPR W0,[X1],#4"},
        {"MSR DAIFSet,#2", "MSR DAIFSET,#2"},
        {"  NOP\t", "NOP"},
    };
    for (const auto &row : rows)
        EXPECT_EQ(text(insn(row.written)), row.printed) << row.written;
}

TEST(A64Assembler, ErrorsNameColumnAndExpectation)
{
    const struct {
        const char *written, *message;
    } rows[] = {
        {"FOO X0", "10: unknown instruction 'FOO'"},
        {"", "10: expected instruction, found the end of the instruction"},
        {"ADD", "13: expected register, found the end of the instruction"},
        {"ADD X0,X1,Y2", "20: expected register, found 'Y2'"},
        {"ADD X0,W1,X2", "17: expected X register or SP, found 'W1'"},
        {"ADD X31,X1,X2", "14: expected register, found 'X31'"},
        {"LDR W0 [X1]", "17: expected ',', found '['"},
        {"LDR W0,[W1]", "18: expected X register or SP, found 'W1'"},
        {"LDR W0,[X1,X2,LSL #5]", "28: shift amount out of range: expected 0 to 4, found 5"},
        {"LDR W0,[X1", "20: expected ']', found the end of the instruction"},
        {"LDR W0,[X1]]", "21: expected the end of the instruction, found ']'"},
        {"LDR W0,=5", "17: expected address or label, found '=': literal pools are not supported"},
        {"LDXR W0,[X1,#4]", "22: LDXR takes no displacement but 0"},
        {"LDAP X0,X1,[X2,#16]", "25: LDAP takes no displacement but 0"},
        {"STLP W0,W1,[X2]", "15: expected X register, found 'W0'"},
        {"MOV W0,#0x123456789", "17: immediate 4886718345 does not fit in 32 bits"},
        {"MOV X0,#99999999999999999999", "18: immediate '99999999999999999999' does not fit in 64 bits"},
        {"LSL W0,W0,#32", "20: shift amount out of range: expected 0 to 31, found 32"},
        {"TBZ W0,#40,L0", "17: bit number out of range: expected 0 to 31, found 40"},
        {"STG X0,[X1,#8]", "17: displacement 8 is not a multiple of the 16-byte granule"},
        {"CASP X1,X2,X4,X5,[X0]", "15: expected pairs of an even register and the next one"},
        {"B L9", "12: unknown label 'L9'"},
        {"B .+6", "12: branch offset 6 is not a multiple of 4"},
        {"B .-12", "12: branch offset -12 is before the first instruction"},
        {"MOV X0,%too_many", "17: no register left for the symbolic register '%too_many'"},
        {"CSEL X0,X1,X2,XX",
         "24: expected condition (EQ, NE, CS, CC, MI, PL, VS, VC, HI, LS, GE, LT, GT, LE, AL, NV), found 'XX'"},
        {"DSB #12", "14: reserved barrier option 12"},
        {"MRS X0,FOO_EL1", "17: system register 'FOO_EL1': not supported"},
        {"MSR CTR_EL0,X0", "14: system register 'CTR_EL0' is read-only"},
        {"TLBI VMALLE1IS,X0", "24: this operation takes no register"},
        {"LDR Q0,[X1]", "14: floating-point or Advanced SIMD register 'Q0': not supported"},
        {"ADD Z0.S,Z1.S,Z2.S", "14: SVE register 'Z0.S': not supported"},
        {"STR C2,[X1]", "14: Morello register 'C2': not supported"},
        {"LD1W {Z0.S},P0/Z,[X0]", "10: SVE instruction 'LD1W': not supported"},
        {"fmov s0,w1", "10: floating-point or Advanced SIMD instruction 'fmov': not supported"},
        {"PACIA X0,X1", "10: PAC instruction 'PACIA': not supported"},
        {"PACDZA X0", "10: PAC instruction 'PACDZA': not supported"},
        {"GCSPUSHM X0", "10: GCS instruction 'GCSPUSHM': not supported"},
        {"SMSTART", "10: SME instruction 'SMSTART': not supported"},
        {"LD64B X0,[X8]", "10: LS64 instruction 'LD64B': not supported"},
        {"CPYFP [X0]!,[X1]!,X2!", "10: MOPS instruction 'CPYFP': not supported"},
    };
    for (const auto &row : rows) {
        a64::Assembled made = assemble(row.written);
        EXPECT_EQ(made.status, -1) << row.written;
        EXPECT_EQ(made.diagnostics, row.message) << row.written;
    }
}

TEST(A64Assembler, WarningsDoNotRefuse)
{
    const struct {
        const char *written, *message;
    } rows[] = {
        {"MOV W0,#0x12345", "warning 17: immediate 74565 has no encoding in one MOV"},
        {"AND W0,W1,#5", "warning 20: immediate 5 is no bit mask: it has no encoding in AND"},
        {"STRB W0,[X1,X2,LSL 1]", "warning 29: shift amount of an index is 0 or 0 here: 1 has no encoding in STRB"},
        {"LDR X0,[X1,#40000]", "warning 17: displacement 40000 has no encoding in LDR"},
        {"LDR X1,[X1],#8", "warning 10: CONSTRAINED UNPREDICTABLE: registers of LDR overlap"},
        {"STXR W0,X0,[X1]", "warning 10: CONSTRAINED UNPREDICTABLE: registers of STXR overlap"},
        {"LDRB W0,[X1,X2,SXTW]", "warning 22: the index of SXTW is a W register; its lower half is taken"},
    };
    for (const auto &row : rows) {
        a64::Assembled made = assemble(row.written);
        EXPECT_EQ(made.status, 0) << row.written;
        EXPECT_EQ(made.diagnostics, row.message) << row.written;
    }
}

TEST(A64Assembler, FieldsOfMemoryInstructions)
{
    iso_insn ldr = insn("LDRSH X0,[X1,#-2]!");
    EXPECT_EQ(ldr.cls, ISO_INSN_LOAD);
    EXPECT_EQ(ldr.size, 2);
    EXPECT_EQ(ldr.width, 8);
    EXPECT_EQ(ldr.sign, 1);
    EXPECT_EQ(ldr.writeback, ISO_WRITEBACK_PRE);
    iso_insn stlxp = insn("STLXP W9,X5,X6,[X7]");
    EXPECT_EQ(stlxp.cls, ISO_INSN_STORE_EXCLUSIVE);
    EXPECT_EQ(stlxp.order, ISO_ORDER_RELEASE);
    EXPECT_EQ(stlxp.count, 2);
    EXPECT_EQ(stlxp.rs, 9);
    iso_insn literal = insn("LDR X0,L0");
    EXPECT_EQ(literal.rn, ISO_REG_NONE);
    EXPECT_EQ(literal.imm, 0x10000 + 20);
    EXPECT_EQ(insn("ADR X0,x").imm, 0x40001000);
    EXPECT_EQ(insn("LDTR X0,[X1]").unprivileged, 1);
    EXPECT_EQ(insn("LDNP X0,X2,[X1]").nontemporal, 1);
    EXPECT_EQ(insn("CASPAL W0,W1,W2,W3,[X4]").size, 8);
    EXPECT_EQ(insn("CASPAL X0,X1,X2,X3,[X4]").size, 16);
    EXPECT_EQ(insn("LDGM X0,[X1]").count, 16);
    EXPECT_EQ(insn("DC ZVA,X1").cls, ISO_INSN_ZERO);
    iso_insn gva = insn("DC GVA,X1");
    EXPECT_EQ(iso_a64_zero_kind(&gva), ISO_A64_ZERO_TAGS);
    EXPECT_EQ(insn("DMB ISHLD").types, ISO_BARRIER_LD);
    EXPECT_EQ(insn("DMB ISHLD").domain, ISO_DOMAIN_ISH);
    EXPECT_EQ(insn("TLBI VAALE1OS,X0").domain, ISO_DOMAIN_OSH);
}

TEST(A64Assembler, AnAtomicWithoutResultIsNotAcquire)
{
    for (const char *line : {"STADD W0,[X1]", "LDADDA W0,WZR,[X1]", "SWPA W0,WZR,[X1]", "CASA WZR,W0,[X1]"})
        EXPECT_EQ(insn(line).order, ISO_ORDER_NO_RETURN) << line;
    EXPECT_EQ(insn("LDADDAL W0,WZR,[X1]").order, ISO_ORDER_NO_RETURN | ISO_ORDER_RELEASE);
    EXPECT_EQ(insn("LDADDAL W0,W2,[X1]").order, ISO_ORDER_ACQUIRE | ISO_ORDER_RELEASE);
    EXPECT_EQ(insn("LDAPR W0,[X1]").order, ISO_ORDER_ACQUIRE_PC);
}

TEST(A64Assembler, AnyBytesAreRefusedOrTaken)
{
    uint64_t state = 1;
    const std::string alphabet = "LDRSTXWCABQ0123456789[],#!:.-+%() \t\n\x01\xff\xc3\xa9";
    for (int i = 0; i < 20000; i++) {
        std::string line = i % 3 ? "LDR W0," : "";
        for (unsigned n = 0; n < 24; n++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            line += alphabet[(state >> 40) % alphabet.size()];
        }
        a64::Assembled made = assemble(line);
        ASSERT_TRUE(made.status == 0 || !made.diagnostics.empty()) << line;
    }
    EXPECT_EQ(assemble(std::string(1000000, 'A')).status, -1);
    EXPECT_EQ(assemble("B " + std::string(1000000, 'x')).status, -1);
}

} // namespace
