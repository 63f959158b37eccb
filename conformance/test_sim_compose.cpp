// Is a composed migration the sequence it names: pages, frames, code, labels and registers?
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

extern "C" {
#include "models/translate.h"
#include "sim/compose.h"
}

namespace
{

const char *const kTwo = R"(AArch64 two
Layout=x:0 y:8
{ uint64_t x=1; uint64_t y=2; z=3;
0:X0=x; 0:X1=y; 1:X0=z; }
 P0             | P1          ;
 LDR X2,[X0]    | LDR W1,[X0] ;
 L0: LDR X3,[X1] |            ;
 CBZ X3,L0      |             ;
exists (0:X2=1)
)";

class Composed : public testing::Test
{
  protected:
    void Read(const char *text)
    {
        ASSERT_EQ(iso_litmus_parse(&test_, &diags_, "test", text, std::strlen(text)), 0)
            << (diags_.count ? diags_.list[0].message : "");
    }
    int Compose(std::vector<iso_migrate> plan, const char *sequence = "base", bool tagged = false)
    {
        iso_compose_options options = {tagged, 0};
        return iso_compose(&composition_, &diags_, test_, plan.data(), plan.size(), iso_migration_find(sequence),
                           &options);
    }
    uint16_t Page(const char *name)
    {
        for (uint32_t i = 0; i < test_->nlocations; i++)
            if (std::strcmp(test_->location[i].name, name) == 0)
                return test_->location[i].page;
        ADD_FAILURE() << name;
        return 0;
    }
    std::string Code(uint32_t thread)
    {
        std::string text;
        for (uint32_t i = 0; i < composition_.test->thread[thread].ninsns; i++) {
            char insn[96];
            iso_insn_text(insn, sizeof insn, &composition_.test->thread[thread].insn[i]);
            text += std::string(insn) + "\n";
        }
        return text;
    }
    void TearDown() override
    {
        iso_composition_free(&composition_);
        iso_test_free(test_);
        iso_diags_free(&diags_);
    }

    iso_test *test_ = nullptr;
    iso_diags diags_ = {};
    iso_composition composition_ = {};
};

TEST_F(Composed, KernelThreadRunsTheSequence)
{
    Read(kTwo);
    uint16_t page = Page("z");
    ASSERT_EQ(Compose({{page, -1, -1, nullptr}}), 0);
    const iso_test *t = composition_.test;
    ASSERT_EQ(t->nthreads, 3u);
    EXPECT_TRUE(t->thread[2].is_kernel);
    EXPECT_EQ(t->thread[2].id, 2u);
    std::string code = Code(2);
    size_t clear = code.find("STR X6,[X0]"), flush = code.find("TLBI VAAE1IS"), copy = code.find("LDR W5,[X2]"),
           write = code.find("STR X4,[X0]");
    iso_pte invalid;
    iso_pte_decode(&invalid, t->thread[2].init.x[6]);
    EXPECT_FALSE(invalid.valid);
    EXPECT_EQ(invalid.oa, t->page[page].pa) << "a descriptor still, so that other tools take it for one";
    EXPECT_LT(clear, flush);
    EXPECT_LT(flush, copy);
    EXPECT_LT(copy, write);
    EXPECT_NE(write, std::string::npos);
    EXPECT_EQ(code.find("STG"), std::string::npos) << "untagged pages have no tags to copy";
    EXPECT_TRUE(t->variant.vmsa);
    EXPECT_TRUE(t->observe_through_translation);
    EXPECT_EQ(composition_.blocking_pages, UINT64_C(1) << page);
}

TEST_F(Composed, AliasesMapTheTwoFrames)
{
    Read(kTwo);
    uint16_t page = Page("x");
    ASSERT_EQ(Compose({{page, -1, -1, nullptr}}), 0);
    const iso_test *t = composition_.test;
    ASSERT_EQ(t->npages, test_->npages + 2);
    const uint64_t frame = UINT64_C(0x0000fffffffff000);
    const iso_page *source = &t->page[test_->npages], *destination = &t->page[test_->npages + 1];
    EXPECT_STREQ(source->name, "x_src");
    EXPECT_STREQ(destination->name, "x_dst");
    EXPECT_EQ(source->descriptor & frame, t->page[page].pa);
    EXPECT_EQ(destination->descriptor & frame, destination->pa);
    EXPECT_EQ(t->thread[2].init.x[4], destination->descriptor);
    EXPECT_EQ(source->nlocations, 2u) << "both locations of the page";
    for (uint32_t i = 0; i < source->nlocations; i++) {
        EXPECT_EQ(t->location[source->location + i].va - source->va,
                  t->location[t->page[page].location + i].va - t->page[page].va);
        EXPECT_EQ(iso_test_page_at(t, t->location[source->location + i].va), (int)test_->npages);
    }
}

TEST_F(Composed, EveryUsedElementIsCopiedOnce)
{
    Read(kTwo);
    ASSERT_EQ(Compose({{Page("x"), -1, -1, nullptr}}), 0);
    std::string code = Code(2);
    EXPECT_NE(code.find("LDR X5,[X2]\nSTR X5,[X3]\nLDR X5,[X2,#8]\nSTR X5,[X3,#8]"), std::string::npos) << code;
}

const char kCode[] = R"(AArch64 code
Migrate=P0:f
{ 0:X0=x; 1:X0=x; }
 P0           | P1           ;
f: MOV W1,#1  | MOV W2,#2    ;
 STR W1,[X0]  | L1: MOV W3,#3 ;
 NOP          |              ;
forall (true)
)";

TEST_F(Composed, CodeIsCopiedAndSynchronised)
{
    Read(kCode);
    ASSERT_EQ(test_->nmigrates, 1u);
    ASSERT_EQ(Compose({test_->migrate[0]}, "base", true), 0);
    const iso_test *t = composition_.test;
    const uint16_t page = test_->migrate[0].page;
    EXPECT_STREQ(t->page[page].name, "P0:f");
    EXPECT_EQ(composition_.role[page], ISO_PAGE_MIGRATES);
    EXPECT_EQ(composition_.blocking_pages, UINT64_C(1) << page);
    EXPECT_FALSE(composition_.moves_tagged) << "text has no tags";
    EXPECT_STREQ(t->page[test_->npages].name, "P0_f_src");
    EXPECT_EQ(iso_test_page_at(t, t->thread[0].code_va), page) << "pages added behind it";
    EXPECT_EQ(iso_test_frame_at(t, t->page[page].pa + 8), page);
    std::string code = Code(2);
    size_t copy = code.find("LDR X5,[X2]\nSTR X5,[X3]\nLDR W5,[X2,#8]\nSTR W5,[X3,#8]"),
           clean = code.find("DC CVAU,X5\nADD X5,X3,#8\nDC CVAU,X5\nDSB ISH"),
           invalidate = code.find("IC IVAU,X5\nDSB ISH\nISB"), map = code.find("STR X4,[X0]");
    EXPECT_LT(copy, clean) << code;
    EXPECT_LT(clean, invalidate) << code;
    EXPECT_LT(invalidate, map) << code;
    EXPECT_NE(map, std::string::npos);
    EXPECT_EQ(code.find("STG"), std::string::npos);
}

TEST_F(Composed, CodeThatMovesHoldsNoKernel)
{
    Read(kCode);
    iso_migrate plan = test_->migrate[0];
    plan.thread = 0;
    plan.insn = 0;
    plan.label = "f";
    EXPECT_EQ(Compose({plan}), -1);
    EXPECT_NE(std::string(diags_.list[0].message).find("expected a label of another thread"), std::string::npos);
    plan.thread = 1;
    plan.insn = 1;
    plan.label = "L1";
    ASSERT_EQ(Compose({plan}), 0) << diags_.list[0].message;
    EXPECT_NE(Code(1).find("IC IVAU"), std::string::npos);
}

TEST_F(Composed, NoSynchronisationIsOneStepAway)
{
    Read(kCode);
    ASSERT_EQ(Compose({test_->migrate[0]}, "no-icache-sync"), 0);
    EXPECT_EQ(Code(2).find("IVAU"), std::string::npos);
}

TEST_F(Composed, TagsFollowTheDataWherePagesAreTagged)
{
    Read(kTwo);
    ASSERT_EQ(Compose({{Page("x"), -1, -1, nullptr}}, "base", true), 0);
    std::string code = Code(2);
    EXPECT_NE(code.find("LDG X6,[X2]\nSTG X6,[X3]"), std::string::npos) << code;
    EXPECT_EQ(code.find("LDG", code.find("LDG") + 1), std::string::npos) << "x and y share one granule";
    EXPECT_EQ(code.find("MSR TCO,#1"), 0u);
}

TEST_F(Composed, AtALabelTheCodeStandsInTheThread)
{
    Read(kTwo);
    ASSERT_EQ(Compose({{Page("x"), 0, 1, "L0"}}), 0);
    const iso_test *t = composition_.test;
    EXPECT_EQ(t->nthreads, 2u);
    std::string code = Code(0);
    EXPECT_EQ(code.find("LDR X2,[X0]\nISB\nSTR X10,[X4]"), 0u) << code;
    uint32_t added = t->thread[0].ninsns - test_->thread[0].ninsns;
    EXPECT_GT(added, 8u);
    ASSERT_EQ(t->nlabels, 1u);
    EXPECT_EQ(t->label[0].insn, 1 + added) << "the label moves behind the migration";
    const iso_insn *branch = &t->thread[0].insn[t->thread[0].ninsns - 1];
    EXPECT_EQ(branch->cls, ISO_INSN_BRANCH);
    EXPECT_EQ(branch->target, (int32_t)(1 + added)) << "going back to the label does not migrate again";
    EXPECT_NE(code.find("CLREX\nISB\nLDR X3,[X1]"), std::string::npos) << code;
}

TEST_F(Composed, RegistersOfTheProgramStayItsOwn)
{
    Read(kTwo);
    ASSERT_EQ(Compose({{Page("x"), 0, 1, "L0"}}), 0);
    const iso_thread *thread = &composition_.test->thread[0];
    for (unsigned reg = 0; reg < 4; reg++)
        EXPECT_EQ(thread->init.x[reg], test_->thread[0].init.x[reg]);
    for (uint32_t i = 1; i + 2 < thread->ninsns; i++) {
        struct iso_insn_uses uses;
        iso_insn_uses(&uses, &thread->insn[i]);
        EXPECT_EQ((uses.result | uses.status | uses.writeback) & 15u, 0u) << i;
    }
}

TEST_F(Composed, AMutantLeavesItsStepOut)
{
    Read(kTwo);
    ASSERT_NE(iso_migration_find("no-tlbi"), nullptr);
    ASSERT_EQ(Compose({{Page("x"), -1, -1, nullptr}}, "no-tlbi"), 0);
    EXPECT_EQ(Code(2).find("TLBI"), std::string::npos);
}

const char *const kGuest = R"(AArch64 guest
Guest=P0
{ uint64_t x=1; y=2; 0:X0=x; 1:X0=y; }
 P0              | P1          ;
 LDR X2,[X0]     | LDR W1,[X0] ;
 L1: LDR X3,[X0] |             ;
exists (0:X2=1)
)";

// B.1 step 3, B.3 M-guest: stage 2 is unmapped, flushed by IPA, then the combined entries; cleaned without FWB; the guest's stage 1 stays.
TEST_F(Composed, AGuestsPageMovesByItsStage2Entry)
{
    Read(kGuest);
    ASSERT_EQ(Compose({{Page("x"), -1, -1, nullptr}}, "guest"), 0);
    const iso_test *t = composition_.test;
    ASSERT_EQ(t->nthreads, 3u);
    EXPECT_EQ(Code(2),
              "STR X6,[X0]\nDSB ISHST\nLSR X5,X1,#12\nTLBI IPAS2E1IS,X5\nDSB ISH\nTLBI VMALLE1IS\nDSB ISH\n"
              "ADD X5,X2,#0\nDC CIVAC,X5\nDSB ISH\nLDR X5,[X2]\nSTR X5,[X3]\nDMB ISHST\nSTR X4,[X0]\nDSB ISHST\nISB\n");
    const iso_page &x = t->page[Page("x")];
    ASSERT_NE(x.stage2, 0);
    const iso_page &entry = t->page[x.stage2 - 1];
    EXPECT_TRUE(entry.is_stage2);
    EXPECT_EQ(t->thread[2].init.x[0], entry.descriptor_va);
    EXPECT_EQ(t->thread[2].init.x[1], x.pa) << "the intermediate address";
    iso_s2pte moved;
    iso_s2pte_decode(&moved, t->thread[2].init.x[4]);
    EXPECT_TRUE(moved.valid && iso_s2pte_is(t->thread[2].init.x[4]));
    EXPECT_NE(moved.oa, x.pa);
    EXPECT_EQ(composition_.blocking_pages, 0u) << "the fault is the host's: it waits by its routing";
    EXPECT_FALSE(t->thread[2].guest);
}

TEST_F(Composed, AtALabelOfAGuestItsHostRuns)
{
    Read(kGuest);
    ASSERT_EQ(Compose({{Page("x"), 0, 1, "L1"}}, "guest"), 0);
    const iso_thread &thread = composition_.test->thread[0];
    ASSERT_GT(thread.ninsns, 3u);
    for (uint32_t i = 0; i < thread.ninsns; i++)
        EXPECT_EQ(thread.insn[i].host != 0, i >= 1 && i + 1 < thread.ninsns) << i;
    EXPECT_STREQ(thread.insn[thread.ninsns - 3].mnemonic, "CLREX") << "exception return";
    size_t size = iso_litmus_text(nullptr, 0, composition_.test) + 1;
    std::vector<char> text(size), again(size);
    iso_litmus_text(text.data(), size, composition_.test);
    EXPECT_NE(std::strstr(text.data(), "\nHost=P0:HOST:L1\n"), nullptr) << text.data();
    iso_test *back = nullptr;
    ASSERT_EQ(iso_litmus_parse(&back, &diags_, "again", text.data(), size - 1), 0);
    iso_litmus_text(again.data(), size, back);
    EXPECT_STREQ(again.data(), text.data());
    iso_test_free(back);
}

TEST_F(Composed, WhatAGuestsPageCannotDoIsAnError)
{
    Read(kGuest);
    EXPECT_EQ(Compose({{Page("y"), -1, -1, nullptr}}), -1);
    ASSERT_EQ(diags_.count, 1u);
    EXPECT_STREQ(diags_.list[0].message,
                 "Migrate=y: P1 of the host uses y or its descriptor; expected threads of Guest= alone");
    EXPECT_EQ(diags_.list[0].line, 5u);
    EXPECT_TRUE(iso_compose_can_move(test_, Page("x")));
    EXPECT_FALSE(iso_compose_can_move(test_, Page("y")));
    EXPECT_EQ(Compose({{Page("x"), -1, -1, nullptr}}, "tag-aware-untagged", true), -1);
}

TEST_F(Composed, NoFreeRegisterIsAnError)
{
    std::string text = "AArch64 full\n{ 0:X0=x; }\n P0 ;\n";
    for (int reg = 1; reg < 26; reg++)
        text += " MOV X" + std::to_string(reg) + ",#1 ;\n";
    text += " L0: LDR W26,[X0] ;\nexists (0:X26=0)\n";
    Read(text.c_str());
    EXPECT_EQ(Compose({{Page("x"), 0, 25, "L0"}}), -1);
    ASSERT_EQ(diags_.count, 1u);
    EXPECT_NE(std::string(diags_.list[0].message).find("expected 7 general registers"), std::string::npos);
}

} // namespace
