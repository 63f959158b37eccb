// Shared by the A64 suites: the C headers, and one-line assembly of an instruction or a short program.
#ifndef ISO_CONFORMANCE_A64_H
#define ISO_CONFORMANCE_A64_H

// C lets a function and a structure share a name (iso_insn_uses); C++ calls that hiding.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
extern "C" {
#include "sim/isa/a64_asm.h"
#include "sim/isa/interp.h"
}
#pragma GCC diagnostic pop

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace a64
{

/* Diagnostics of one assembly as "column: message" lines; warnings begin with "warning ". */
struct Assembled {
    iso_insn insn{};
    int status = 0;
    std::string diagnostics;
};

inline bool any_label(int32_t *target, void *, const char *name, size_t size)
{
    if (std::string(name, size) == "L0")
        *target = 5;
    else if (std::string(name, size) == "P1:L1")
        *target = 1000;
    else
        return false;
    return true;
}

inline bool any_symbolic(uint8_t *reg, void *, const char *name, size_t size)
{
    *reg = std::string(name, size) == "ptr" ? 20 : 21;
    return std::string(name, size) != "too_many";
}

inline bool any_location(uint64_t *va, void *, const char *name, size_t size)
{
    *va = 0x40001000;
    return std::string(name, size) == "x";
}

inline Assembled assemble(const std::string &text, uint32_t index = 2)
{
    Assembled result;
    iso_diags diags{};
    iso_a64_context context{};
    context.label = any_label;
    context.symbolic = any_symbolic;
    context.location = any_location;
    context.index = index;
    context.code_va = 0x10000;
    result.status = iso_a64_assemble(&result.insn, &diags, "t", 3, 10, text.c_str(), text.size(), &context);
    for (size_t i = 0; i < diags.count; i++)
        result.diagnostics += (i ? "\n" : "") + std::string(diags.list[i].warning ? "warning " : "") +
                              std::to_string(diags.list[i].column) + ": " + diags.list[i].message;
    iso_diags_free(&diags);
    return result;
}

inline iso_insn insn(const std::string &text, uint32_t index = 2)
{
    Assembled result = assemble(text, index);
    EXPECT_EQ(result.status, 0) << text << ": " << result.diagnostics;
    return result.insn;
}

inline std::string text(const iso_insn &insn)
{
    char buffer[128];
    size_t length = iso_insn_text(buffer, sizeof buffer, &insn);
    EXPECT_LT(length, sizeof buffer);
    return buffer;
}

/* Registers after one computing instruction. X1 = a, X2 = b, X3 = c, flags = nzcv; the result is X0 (old value old). */
struct Computed {
    uint64_t x0;
    unsigned nzcv;
};

inline Computed compute(const std::string &line, uint64_t a, uint64_t b = 0, unsigned nzcv = 0, uint64_t c = 0,
                        uint64_t old = 0, uint64_t random = 0)
{
    iso_insn i = insn(line);
    iso_regs regs{};
    regs.x[0] = old;
    regs.x[1] = a;
    regs.x[2] = b;
    regs.x[3] = c;
    regs.x[ISO_REG_NZCV] = nzcv;
    iso_insn_compute(&regs, &i, 0x10008, random);
    return {regs.x[0], static_cast<unsigned>(regs.x[ISO_REG_NZCV])};
}

/* A program over one page at 0x1000 with tags. */
struct Machine {
    std::vector<iso_insn> code;
    std::vector<uint8_t> memory = std::vector<uint8_t>(4096);
    std::vector<uint8_t> tags = std::vector<uint8_t>(256);
    iso_interp interp{};

    explicit Machine(const std::vector<std::string> &lines)
    {
        for (const std::string &line : lines)
            code.push_back(insn(line, static_cast<uint32_t>(code.size())));
        interp.insn = code.data();
        interp.ninsns = static_cast<uint32_t>(code.size());
        interp.code_va = interp.pc = 0x10000;
        interp.memory = memory.data();
        interp.memory_va = 0x1000;
        interp.memory_bytes = memory.size();
        interp.tag = tags.data();
        interp.tag_check = true;
    }
    Machine(const Machine &) = delete;
    Machine &operator=(const Machine &) = delete;

    iso_interp_status run()
    {
        return iso_interp_run(&interp, 1000);
    }
    uint64_t &x(unsigned n)
    {
        return interp.regs.x[n];
    }
    uint64_t word(uint64_t va, unsigned bytes = 8) const
    {
        uint64_t value = 0;
        std::memcpy(&value, memory.data() + (va - 0x1000), bytes);
        return value;
    }
    void set_word(uint64_t va, uint64_t value)
    {
        std::memcpy(memory.data() + (va - 0x1000), &value, 8);
    }
};

} // namespace a64

#endif
