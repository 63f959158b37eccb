// Final states of the corpus, read back. See oracle_states.h.
#include "conformance/oracle_states.h"

extern "C" {
#include "models/translate.h"
}
#include "sim/isa/value.h"

#include <algorithm>
#include <cstring>
#include <regex>
#include <stdexcept>
#include <vector>

namespace
{

// A cursor over one conjunct without blanks.
struct Cursor {
    const iso_test *test;
    std::string text;
    size_t at = 0;

    [[noreturn]] void fail(const std::string &what) const
    {
        throw std::runtime_error(what + " at '" + text.substr(at) + "'");
    }
    bool take(const std::string &word)
    {
        if (text.compare(at, word.size(), word) != 0)
            return false;
        at += word.size();
        return true;
    }
    void need(const std::string &word)
    {
        if (!take(word))
            fail("expected " + word);
    }
    std::string until(const std::string &stops)
    {
        size_t end = text.find_first_of(stops, at);
        std::string word = text.substr(at, end == std::string::npos ? end : end - at);
        at += word.size();
        return word;
    }
    bool end() const
    {
        return at == text.size();
    }
};

const iso_location &location(const Cursor &c, const std::string &name)
{
    for (uint32_t i = 0; i < c.test->nlocations; i++)
        if (name == c.test->location[i].name)
            return c.test->location[i];
    throw std::runtime_error("no location " + name);
}

uint32_t page(const Cursor &c, const std::string &name)
{
    for (uint32_t i = 0; i < c.test->npages; i++)
        if (name == c.test->page[i].name)
            return i;
    return location(c, name).page;
}

unsigned colour(const Cursor &c, const std::string &name)
{
    for (unsigned i = 0; i < ISO_COLOURS; i++)
        if (name == iso_colour_name(c.test, i))
            return i;
    throw std::runtime_error("no colour " + name);
}

uint64_t number(Cursor &c)
{
    std::string word = c.until(",;}):");
    size_t used = 0;
    uint64_t value = word[0] == '-' ? static_cast<uint64_t>(std::stoll(word, &used, 0)) : std::stoull(word, &used, 0);
    if (used != word.size())
        c.fail("number " + word);
    return value;
}

uint64_t frame(Cursor &c)
{
    if (c.take("PA(")) {
        std::string name = c.until(")");
        c.need(")");
        return name.empty() ? 0 : c.test->page[page(c, name)].pa;
    }
    c.need("PTE(");
    uint32_t index = page(c, c.until(")"));
    c.need(")");
    return ISO_MAP_DESCRIPTOR_FRAME + index * static_cast<uint64_t>(ISO_MAP_STRIDE);
}

// attrs:(Normal,ISH,iWB,oWB), TaggedNormal or Device-*: a MAIR byte of the test and SH.
void attributes(Cursor &c, iso_pte *pte)
{
    static const std::vector<std::string> device = {"Device-nGnRnE", "Device-nGnRE", "Device-nGRE", "Device-GRE"};
    std::string words = c.until(")");
    unsigned byte = 256;
    if (words == "TaggedNormal")
        byte = 0xf0;
    for (unsigned i = 0; i < device.size(); i++)
        if (words == device[i])
            byte = i << 2;
    std::smatch m;
    if (std::regex_match(words, m, std::regex("Normal,(NSH|ISH|OSH),i(WB|WT|NC),o(WB|WT|NC)"))) {
        auto nibble = [](const std::string &s) { return s == "WB" ? 15u : s == "WT" ? 11u : 4u; };
        byte = nibble(m[3]) << 4 | nibble(m[2]);
        pte->sh = m[1] == "NSH" ? 0 : m[1] == "OSH" ? 2 : 3;
    }
    for (unsigned i = 0; i < 8; i++)
        if (c.test->mair[i] == byte) {
            pte->attr = static_cast<uint8_t>(i);
            return;
        }
    c.fail("attributes " + words);
}

uint64_t descriptor(Cursor &c)
{
    iso_pte pte = {};
    pte.valid = pte.af = pte.db = pte.el0 = true;
    pte.sh = 3;
    c.need("oa:");
    pte.oa = frame(c);
    while (c.take(",")) {
        if (c.take("attrs:(")) {
            attributes(c, &pte);
            c.need(")");
            continue;
        }
        std::string key = c.until(":");
        c.need(":");
        bool bit = number(c) != 0;
        if (key == "valid")
            pte.valid = bit;
        else if (key == "af")
            pte.af = bit;
        else if (key == "db")
            pte.db = bit;
        else if (key == "dbm")
            pte.dbm = bit;
        else if (key == "el0")
            pte.el0 = bit;
        else if (key == "x")
            pte.xn = pte.pxn = !bit;
        else
            c.fail("field " + key);
    }
    c.need(")");
    return iso_pte_encode(&pte);
}

uint64_t label(Cursor &c)
{
    c.need("label:\"P");
    uint64_t thread = std::stoull(c.until(":"));
    c.need(":");
    std::string name = c.until("\"");
    c.need("\"");
    for (uint32_t i = 0; i < c.test->nlabels; i++)
        if (c.test->label[i].thread == thread && name == c.test->label[i].name)
            return c.test->thread[thread].code_va + 4ull * c.test->label[i].insn;
    c.fail("label " + name);
}

uint64_t instruction(Cursor &c, const std::string &text)
{
    auto bare = [](std::string s) {
        s.erase(std::remove(s.begin(), s.end(), ' '), s.end());
        return s;
    };
    for (uint32_t i = 0; i < c.test->ninstructions; i++)
        if (bare(c.test->instruction[i].text) == bare(text))
            return c.test->instruction[i].word;
    c.fail("instruction " + text);
}

uint64_t value(Cursor &c);

// x, x:red, x+8, x:red+8
uint64_t address(Cursor &c)
{
    const iso_location &l = location(c, c.until(":+,;})"));
    uint64_t va = l.va;
    if (c.take(":"))
        va = iso_address_with_tag(va, colour(c, c.until("+,;})")));
    if (c.take("+"))
        va += number(c);
    return va;
}

uint64_t value(Cursor &c)
{
    char first = c.text[c.at];
    if (c.take("(parel1_t:(")) {
        uint64_t par;
        if (c.take("f:")) {
            par = number(c) ? ISO_PAR_FAULT : 0;
        } else {
            c.need("oa:");
            par = frame(c);
        }
        c.need("))");
        return par;
    }
    if (c.take("("))
        return descriptor(c);
    if (c.take(":"))
        return colour(c, c.until(";"));
    if (c.text.compare(c.at, 6, "label:") == 0)
        return label(c);
    if (c.take("instr:\"")) {
        uint64_t word = instruction(c, c.until("\""));
        c.need("\"");
        return word;
    }
    if (c.text.compare(c.at, 3, "NOP") == 0) {
        c.at += 3;
        return instruction(c, "NOP");
    }
    if (c.text.compare(c.at, 3, "PA(") == 0 || c.text.compare(c.at, 7, "oa:PTE(") == 0)
        return frame(c);
    if (c.take("PTE(")) {
        uint64_t va = c.test->page[page(c, c.until(")"))].descriptor_va;
        c.need(")");
        return va;
    }
    return std::isdigit(static_cast<unsigned char>(first)) || first == '-' ? number(c) : address(c);
}

// Fault(P0[:L][,address][,type])
void fault(Cursor &c, iso_final *out)
{
    static const std::vector<std::pair<std::string, uint8_t>> types = {
        {"MMU:Translation", ISO_FAULT_MMU_TRANSLATION}, {"MMU:AccessFlag", ISO_FAULT_MMU_ACCESS_FLAG},
        {"MMU:Permission", ISO_FAULT_MMU_PERMISSION},   {"TagCheck", ISO_FAULT_TAG_CHECK},
        {"UndefinedInstruction", ISO_FAULT_UNDEFINED},  {"SupervisorCall", ISO_FAULT_SUPERVISOR_CALL},
    };
    iso_fault f = {};
    f.thread = static_cast<uint8_t>(std::stoul(c.until(":,)")));
    std::string name = c.take(":") ? c.until(",)") : "";
    std::vector<bool> labelled(c.test->thread[f.thread].ninsns + 2);
    bool found = false;
    for (uint32_t i = 0; i < c.test->nlabels; i++) {
        const iso_label &l = c.test->label[i];
        if (l.thread != f.thread)
            continue;
        labelled[l.insn] = true;
        if (name == l.name) {
            f.insn = l.insn;
            found = true;
        }
    }
    if (name.empty())
        f.insn = static_cast<uint32_t>(std::find(labelled.begin(), labelled.end(), false) - labelled.begin());
    else if (!found)
        c.fail("label " + name);
    while (c.take(",")) {
        f.is_fetch = c.text.compare(c.at, 6, "I-MMU:") == 0;
        if (f.is_fetch || c.text.compare(c.at, 6, "D-MMU:") == 0)
            c.at += 2;
        for (const auto &[type, code] : types)
            if (c.take(type))
                f.type = code;
        if (f.type)
            break;
        f.va = value(c);
        f.has_address = true;
    }
    c.need(")");
    out->fault[out->nfaults++] = f;
}

void conjunct(Cursor &c, iso_final *out, std::vector<bool> *set)
{
    if (c.take("~Fault("))
        return;
    if (c.take("Fault(P")) {
        fault(c, out);
        return;
    }
    size_t equals = c.text.find('=');
    if (equals == std::string::npos)
        c.fail("expected =");
    std::string left = c.text.substr(0, equals);
    c.at = equals + 1;
    bool list = c.take("{"), any = false;
    for (uint32_t i = 0; i < c.test->nobservables; i++) {
        const iso_observable &o = c.test->observable[i];
        if (o.kind == ISO_OBSERVABLE_FAULT || left != o.text || (o.array != 0) != list)
            continue;
        if (any)
            c.need(",");
        any = true;
        out->value[i].lo = value(c);
        (*set)[i] = true;
    }
    if (!any)
        c.fail("no observable " + left);
    if (list)
        c.need("}");
    if (!c.end())
        c.fail("left over");
}

} // namespace

std::set<std::string> state_atoms(const std::string &state)
{
    static const std::regex blanks("\\s+"), brackets("\\[([A-Za-z_]\\w*)\\]"),
        hex("(^|[^\\w.])(-?)0[xX]([0-9a-fA-F]+)");
    std::set<std::string> atoms;
    for (size_t begin = 0; begin < state.size();) {
        size_t end = std::min(state.find(';', begin), state.size());
        std::string atom = std::regex_replace(state.substr(begin, end - begin), blanks, "");
        for (std::smatch m; std::regex_search(atom, m, hex);)
            atom = m.prefix().str() + m[1].str() + m[2].str() + std::to_string(std::stoull(m[3].str(), nullptr, 16)) +
                   m.suffix().str();
        atom = std::regex_replace(atom, brackets, "$1");
        if (!atom.empty())
            atoms.insert(atom);
        begin = end + 1;
    }
    return atoms;
}

std::string state_parse(iso_final *out, const iso_test *test, const std::string &state)
{
    std::vector<bool> set(test->nobservables);
    std::memset(out, 0, sizeof *out);
    try {
        for (size_t begin = 0; begin < state.size();) {
            size_t end = std::min(state.find(';', begin), state.size());
            std::string text;
            for (char ch : state.substr(begin, end - begin))
                if (!std::isspace(static_cast<unsigned char>(ch)))
                    text += ch;
            if (!text.empty()) {
                Cursor c{test, text};
                conjunct(c, out, &set);
            }
            begin = end + 1;
        }
    } catch (const std::exception &error) {
        return error.what();
    }
    for (uint32_t i = 0; i < test->nobservables; i++)
        if (!set[i] && test->observable[i].kind != ISO_OBSERVABLE_FAULT && !test->observable[i].hidden)
            return std::string("the state does not show ") + test->observable[i].text;
    return "";
}
