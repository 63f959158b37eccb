// Do words and instructions stand for each other? Against the GNU assembler: harness/tests/test_qemu_diff.py; here the rows it does not
// generate, every example of the table, and words that mean nothing.
#include "conformance/a64.h"

extern "C" {
#include "sim/isa/a64_encode.h"
#include "sim/isa/a64_format.h"
}

namespace
{

uint32_t word_of(const std::string &line, uint32_t index = 0)
{
    iso_insn insn = a64::insn(line, index);
    uint32_t word = 0;
    EXPECT_TRUE(iso_insn_encode(&word, &insn, index)) << line;
    return word;
}

std::string text_of(uint32_t word)
{
    char text[128];
    iso_a64_word_text(text, sizeof text, word);
    return text;
}

TEST(A64Encode, KnownWords)
{
    const struct {
        const char *line;
        uint32_t word;
    } rows[] = {
        {"NOP", 0xd503201f},
        {"RET", 0xd65f03c0},
        {"B .+8", 0x14000002},
        {"MOV W0,#2", 0x52800040},
        {"MOV W0,#-1", 0x12800000},
        {"MOV X0,X1", 0xaa0103e0},
        {"MOV X0,SP", 0x910003e0},
        {"MOV SP,X0", 0x9100001f},
        {"MOV SP,#0xff03ff03ff03ff03", 0xb208a7ff},
        {"MOV X0,#0xff00ff00ff00ff00", 0xb2089fe0},
        {"CMP W0,#1", 0x7100041f},
        {"LDR W0,[X1]", 0xb9400020},
        {"STR X0,[X1,#8]", 0xf9000420},
        {"DMB SY", 0xd5033fbf},
        {"DSB ISHNXS", 0xd5033a3f},
        {"ISB", 0xd5033fdf},
        {"SVC #0", 0xd4000001},
        {"UDF #0", 0x00000000},
        {"CLREX", 0xd5033f5f},
        {"IC IVAU,X1", 0xd50b7521},
        {"DC CVAU,X1", 0xd50b7b21},
        {"TLBI VAAE1IS,X9", 0xd5088369},
        {"TLBI VAAE1ISNXS,X9", 0xd5089369},
        {"MRS X0,NZCV", 0xd53b4200},
        {"MSR TCO,#1", 0xd503419f},
        {"ERET", 0xd69f03e0},
        // FEAT_CSSC, FEAT_LSE128, FEAT_LRCPC3: Arm ARM C6.2
        {"ABS X0,X1", 0xdac02020},
        {"CNT W0,W1", 0x5ac01c20},
        {"CTZ X0,X1", 0xdac01820},
        {"SMAX W0,W1,W2", 0x1ac26020},
        {"UMIN X0,X1,#5", 0x91cc1420},
        {"SWPPAL X0,X1,[X2]", 0x19e18040},
        {"LDCLRP X0,X1,[X2]", 0x19211040},
        {"LDSETPA X0,X1,[X2]", 0x19a13040},
        {"LDIAPP W0,W1,[X2]", 0x99411840},
        {"STILP X0,X1,[X2]", 0xd9011840},
        {"LDAP X0,X1,[X2]", 0xd9415840}, // FEAT_LSCP
        {"LDAPP X0,X1,[X2]", 0xd9417840},
        {"STLP X0,X1,[X2]", 0xd9015840},
    };
    for (const auto &row : rows)
        EXPECT_EQ(word_of(row.line), row.word) << row.line;
}

/* Rows without an encoding here, with the reason. */
bool is_left_out(const std::string &mnemonic)
{
    return mnemonic == "ADRP" /* needs the address of the code */ || mnemonic == "STILP" /* its example writes back */;
}

TEST(A64Encode, EveryExampleSurvives)
{
    for (size_t row = 0; row < iso_a64_count(); row++) {
        iso_a64_listing listing = iso_a64_list(row);
        iso_insn insn = a64::insn(listing.example, 1), back;
        uint32_t word, again;
        if (!iso_insn_encode(&word, &insn, 1)) {
            EXPECT_TRUE(is_left_out(listing.mnemonic)) << listing.example;
            continue;
        }
        ASSERT_TRUE(iso_insn_decode(&back, word, 1)) << listing.example << " " << std::hex << word;
        ASSERT_TRUE(iso_insn_encode(&again, &back, 1)) << a64::text(back);
        EXPECT_EQ(again, word) << listing.example << " came back as " << a64::text(back);
        EXPECT_EQ(back.cls, insn.cls) << listing.example;
        EXPECT_EQ(back.size, insn.size) << listing.example;
        EXPECT_EQ(back.count, insn.count) << listing.example;
        EXPECT_EQ(back.order, insn.order) << listing.example;
        EXPECT_EQ(back.target, insn.target) << listing.example;
        EXPECT_EQ(back.barrier, insn.barrier) << listing.example;
        EXPECT_EQ(back.sign, insn.sign) << listing.example;
        struct iso_insn_uses a, b;
        iso_insn_uses(&a, &insn);
        iso_insn_uses(&b, &back);
        EXPECT_EQ(memcmp(&a, &b, sizeof a), 0) << listing.example << " came back as " << a64::text(back);
    }
}

TEST(A64Encode, TargetsAreRelative)
{
    EXPECT_EQ(text_of(word_of("B L0", 5)), "B .+0");
    EXPECT_EQ(text_of(word_of("B.LT L0", 4)), "B.LT .+4");
    EXPECT_EQ(text_of(word_of("CBNZ W3,L0", 7)), "CBNZ W3,.-8");
    EXPECT_EQ(text_of(word_of("ADR X0,L0", 4)), "ADR X0,.+4");
    EXPECT_EQ(text_of(word_of("ADD W4,W4,#2")), "ADD W4,W4,#2");
    EXPECT_EQ(text_of(0xd503201f), "NOP");
    EXPECT_EQ(text_of(0xffffffff), ".inst 0xffffffff");
    iso_insn insn;
    ASSERT_TRUE(iso_insn_decode(&insn, 0x14000002, 7));
    EXPECT_EQ(insn.target, 9);
}

TEST(A64Encode, WhatFitsNowhereIsRefused)
{
    uint32_t word;
    for (const char *line :
         {"MOV W0,#0x12345", "ADD X0,X1,#0x1001001", "LDR X0,[X1,#40000]", "ADR X0,x", "LDR X0,L0"}) {
        iso_insn insn = a64::assemble(line).insn;
        EXPECT_FALSE(iso_insn_encode(&word, &insn, 0)) << line;
    }
    iso_insn far = a64::insn("CBZ X0,L0");
    far.target = 1 << 20;
    EXPECT_FALSE(iso_insn_encode(&word, &far, 0));
}

TEST(A64Encode, AnyWordIsRefusedOrComesBack)
{
    uint64_t state = 42;
    unsigned decoded = 0;
    for (int i = 0; i < 30000; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        uint32_t word = static_cast<uint32_t>(state >> 32), again = 0;
        if (i % 2) /* near a known encoding, where the corners are */
        {
            const a64_encoding &near = a64_encodings[static_cast<unsigned>(i) / 2 % a64_encoding_count];
            word = (word & ~a64_encoding_mask(&near)) | near.value;
        }
        iso_insn insn;
        if (!iso_insn_decode(&insn, word, 1u << 27))
            continue;
        decoded++;
        ASSERT_TRUE(iso_insn_encode(&again, &insn, 1u << 27)) << std::hex << word << " " << a64::text(insn);
        iso_insn twice;
        ASSERT_TRUE(iso_insn_decode(&twice, again, 1u << 27));
        EXPECT_EQ(a64::text(twice), a64::text(insn)) << std::hex << word;
    }
    EXPECT_GT(decoded, 7500u);
}

} // namespace
