// Is a test that was printed and read again the same test? Over the whole public corpus and tests of our own syntax.
extern "C" {
#include "sim/isa/litmus.h"
}

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

namespace
{

namespace fs = std::filesystem;

fs::path corpus()
{
    return fs::path(ISOTIER_SOURCE_DIR) / ".." / "shared" / "corpus";
}

std::string text_of(const iso_test *test)
{
    std::string text(iso_litmus_text(nullptr, 0, test), '\0');
    iso_litmus_text(text.data(), text.size() + 1, test);
    return text;
}

iso_test *parse(const std::string &text, std::string *error)
{
    iso_test *test = nullptr;
    iso_diags diags = {};
    if (iso_litmus_parse(&test, &diags, "printed", text.data(), text.size()))
        *error = std::to_string(diags.list[0].line) + ":" + std::to_string(diags.list[0].column) + ": " +
                 diags.list[0].message;
    iso_diags_free(&diags);
    return test;
}

bool same_insn(iso_insn a, iso_insn b)
{
    a.line = b.line = a.column = b.column = 0;
    auto fields = [](const iso_insn &i) {
        return std::vector<int64_t>{i.opcode,      i.cls,     i.width,  i.size,   i.count,     i.order, i.rd,
                                    i.rd2,         i.rn,      i.rm,     i.ra,     i.rt,        i.rt2,   i.rs,
                                    i.rs2,         i.extend,  i.amount, i.cond,   i.writeback, i.sign,  i.unprivileged,
                                    i.nontemporal, i.barrier, i.types,  i.domain, i.nxs,       i.scope, i.leaf,
                                    i.cache_op,    i.sysreg,  i.imm,    i.imm2,   i.target};
    };
    return fields(a) == fields(b);
}

std::string str(const char *s)
{
    return s ? s : "";
}

// The first difference that matters to an engine, or "".
std::string difference(const iso_test &a, const iso_test &b)
{
    if (str(a.name) != b.name || str(a.doc) != b.doc || a.unroll != b.unroll)
        return "header";
    const iso_variant &v = a.variant, &w = b.variant;
    if (v.memtag != w.memtag || v.vmsa != w.vmsa || v.mixed != w.mixed || v.ifetch != w.ifetch || v.dic != w.dic ||
        v.idc != w.idc || v.store_only != w.store_only || v.ets != w.ets || v.tag_mode != w.tag_mode ||
        v.fault_mode != w.fault_mode || v.tag_mode_given != w.tag_mode_given ||
        v.fault_mode_given != w.fault_mode_given || v.exs != w.exs || v.eis != w.eis || v.cu != w.cu)
        return "variant";
    if (a.nlocations != b.nlocations || a.npages != b.npages || a.nthreads != b.nthreads || a.nlabels != b.nlabels)
        return "counts";
    for (uint32_t i = 0; i < a.nlocations; i++) {
        const iso_location &l = a.location[i], &m = b.location[i];
        if (str(l.name) != m.name || l.type != m.type || l.typed != m.typed || l.element_bytes != m.element_bytes ||
            l.count != m.count || l.is_array != m.is_array || l.va != m.va || l.page != m.page || l.tag != m.tag ||
            std::memcmp(l.init, m.init, size_t(l.element_bytes) * l.count))
            return str("location ") + l.name;
    }
    if (std::memcmp(a.mair, b.mair, sizeof a.mair))
        return "mair";
    for (uint32_t i = 0; i < a.npages; i++)
        if (a.page[i].va != b.page[i].va || a.page[i].pa != b.page[i].pa ||
            a.page[i].descriptor != b.page[i].descriptor || a.page[i].descriptor_va != b.page[i].descriptor_va)
            return str("page ") + a.page[i].name;
    for (uint32_t t = 0; t < a.nthreads; t++) {
        const iso_thread &x = a.thread[t], &y = b.thread[t];
        if (x.ninsns != y.ninsns || x.handler != y.handler || x.code_end != y.code_end || x.code_va != y.code_va ||
            x.el0 != y.el0 || x.tthm != y.tthm)
            return "thread " + std::to_string(t);
        for (int r = 0; r < ISO_REG_COUNT; r++)
            if (x.init.x[r] != y.init.x[r])
                return "register " + std::to_string(t) + ":" + std::to_string(r);
        for (uint32_t i = 0; i < x.ninsns; i++)
            if (!same_insn(x.insn[i], y.insn[i]))
                return "instruction " + std::to_string(t) + ":" + std::to_string(i);
    }
    for (uint32_t i = 0; i < a.nlabels; i++)
        if (str(a.label[i].name) != b.label[i].name || a.label[i].thread != b.label[i].thread ||
            a.label[i].insn != b.label[i].insn)
            return str("label ") + a.label[i].name;
    if (a.nobservables != b.nobservables || a.nfaults != b.nfaults)
        return "observables";
    for (uint32_t i = 0; i < a.nobservables; i++) {
        const iso_observable &o = a.observable[i], &p = b.observable[i];
        if (o.kind == ISO_OBSERVABLE_FAULT ? p.kind != o.kind
                                           : str(o.text) != p.text || o.type != p.type || o.bytes != p.bytes ||
                                                 o.va != p.va || o.hidden != p.hidden || o.reg != p.reg)
            return str("observable ") + o.text;
    }
    auto same_prop = [](const iso_prop &p, const iso_prop &q, bool fault) {
        return p.kind == q.kind && (fault || p.a == q.a) && p.b == q.b && p.value.lo == q.value.lo &&
               p.value.hi == q.value.hi;
    };
    if (a.nconditions != b.nconditions || a.nfilters != b.nfilters || a.quantifier != b.quantifier)
        return "condition";
    for (uint32_t i = 0; i < a.nconditions; i++)
        if (!same_prop(a.condition[i], b.condition[i], a.condition[i].kind == ISO_PROP_FAULT))
            return "condition node " + std::to_string(i);
    for (uint32_t i = 0; i < a.nfilters; i++)
        if (!same_prop(a.filter[i], b.filter[i], a.filter[i].kind == ISO_PROP_FAULT))
            return "filter";
    if (a.nplaces != b.nplaces || a.nmigrates != b.nmigrates || a.nsubjects != b.nsubjects || a.nrules != b.nrules)
        return "info lines";
    for (uint32_t i = 0; i < a.nplaces; i++)
        if (a.place[i].page != b.place[i].page || str(a.place[i].tier) != b.place[i].tier)
            return "Place=";
    for (uint32_t i = 0; i < a.nmigrates; i++)
        if (a.migrate[i].page != b.migrate[i].page || a.migrate[i].thread != b.migrate[i].thread ||
            a.migrate[i].insn != b.migrate[i].insn)
            return "Migrate=";
    if (a.cost_iterations != b.cost_iterations || a.ncost_registers != b.ncost_registers)
        return "Cost=";
    for (uint32_t i = 0; i < a.ncost_registers; i++)
        if (a.cost_register[i].thread != b.cost_register[i].thread || a.cost_register[i].reg != b.cost_register[i].reg)
            return "Cost= registers";
    return "";
}

void check(const iso_test *test, const std::string &name)
{
    std::string text = text_of(test), error;
    iso_test *again = parse(text, &error);
    ASSERT_TRUE(again) << name << ": " << error << "\n" << text;
    EXPECT_EQ(difference(*test, *again), "") << name << "\n" << text;
    EXPECT_EQ(text_of(again), text) << name;
    iso_test_free(again);
}

TEST(LitmusPrint, CorpusReadsBackTheSame)
{
    if (!fs::exists(corpus()))
        GTEST_SKIP() << "no corpus at " << corpus();
    size_t count = 0;
    for (const auto &entry : fs::recursive_directory_iterator(corpus())) {
        iso_test *test = nullptr;
        iso_diags diags = {};
        if (entry.path().extension() == ".litmus" && !iso_litmus_read(&test, &diags, entry.path().c_str())) {
            check(test, entry.path());
            count++;
            iso_test_free(test);
        }
        iso_diags_free(&diags);
    }
    EXPECT_GT(count, 2000u);
}

TEST(LitmusPrint, OurInfoLinesReadBackTheSame)
{
    const std::string text = "AArch64 ticket-lock+migrate\n"
                             "\"A ticket lock\"\n"
                             "Subject=atomics migration\nRules=CH-27 S23\nVariant=memtag,async\nTTHM=P1:HA\nUnroll=3\n"
                             "Place=l@tier e@reference     (* default: tier *)\n"
                             "Migrate=l e:P0:L1 P1:L7 P1:L7:P0:L1\nCost=64 0:X9 1:X9\nLayout=l:0 d:8 n:64\n"
                             "{ uint16_t l=1; int d; uint64_t e[3]={1,d,e:red}; *q=e; [tag(n)]=:blue; 0:X1=l:blue; "
                             "0:X2=n:mauve; 1:X3=d; 0:X9=2; 1:X9=2; z=-7; w=0x123456789; }\n"
                             " P0 | P1 | P1.F ;\n"
                             " LDADDA W2,W3,[X1] | L7: LDR W0,[X3] | ADR X5,z ;\n"
                             " L1: CBNZ W3,.+8 | B L7 | ERET ;\n"
                             " NOP | Lend: | ;\n"
                             "locations [e[1]; 0:X3; tag(l); fault(P1:L7,d,Alignment);]\n"
                             "filter 0:X3<>4\n"
                             "~exists (([l]=2 \\/ not d=1 => w=[z]) /\\ 1:X0={:red} /\\ e={1,2,3})\n";
    std::string error;
    iso_test *test = parse(text, &error);
    ASSERT_TRUE(test) << error;
    check(test, "own");
    EXPECT_EQ(test->nplaces, 2u);
    EXPECT_EQ(test->nmigrates, 4u);
    EXPECT_EQ(test->migrate[1].insn, 1);
    EXPECT_EQ(test->migrate[2].insn, -1);
    EXPECT_EQ(test->migrate[2].page, test->migrate[3].page);
    EXPECT_EQ(test->migrate[3].insn, 1);
    EXPECT_EQ(test->cost_iterations, 64u);
    EXPECT_EQ(test->ncost_registers, 2u);
    EXPECT_EQ(test->cost_register[1].thread, 1u);
    EXPECT_EQ(test->npages, 6u); // l d n | e | q | z | w | P1:L7
    EXPECT_EQ(test->quantifier, ISO_NOT_EXISTS);
    iso_test_free(test);
}

} // namespace
