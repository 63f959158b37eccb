/* Threads that run the same program from the same registers: twins. What one of them can do all can, so that the engine walks the first alone, states of the
 * search that differ only in which twin stands where are one state, and a final state stands for all that come of it by exchanging them.
 * Not for: threads that differ in a value only (symmetry.c). Not modelled: nothing of the architecture stands here. */
#include "sim/explore/explore.h"

#include <string.h>

/* Whether what an instruction does depends on which thread it stands in: on the address of its code, or on the thread's exceptions. */
static bool is_placed(const struct iso_insn *insn)
{
    struct iso_insn_uses uses;
    switch ((enum iso_insn_class)insn->cls) {
    case ISO_INSN_COMPUTE:
        return insn->target >= 0 || !strcmp(insn->mnemonic, "ADR") || !strcmp(insn->mnemonic, "ADRP");
    case ISO_INSN_BRANCH:
        iso_insn_uses(&uses, insn);
        return insn->target < 0 || uses.result; /* BR, RET, BL */
    case ISO_INSN_LOAD:
    case ISO_INSN_STORE:
    case ISO_INSN_LOAD_EXCLUSIVE:
    case ISO_INSN_STORE_EXCLUSIVE:
    case ISO_INSN_ATOMIC:
    case ISO_INSN_CAS:
    case ISO_INSN_LOAD_TAG:
    case ISO_INSN_STORE_TAG:
    case ISO_INSN_STORE_TAG_DATA:
    case ISO_INSN_ZERO:
    case ISO_INSN_BARRIER:
    case ISO_INSN_CLREX:
    case ISO_INSN_PREFETCH:
    case ISO_INSN_HINT:
        return false;
    case ISO_INSN_SYSTEM_READ:
    case ISO_INSN_SYSTEM_WRITE:
    case ISO_INSN_TLBI:
    case ISO_INSN_AT:
    case ISO_INSN_CACHE:
    case ISO_INSN_EXCEPTION:
    case ISO_INSN_EXCEPTION_RETURN:
        break;
    }
    return true;
}

static bool same_insn(const struct iso_insn *a, const struct iso_insn *b)
{
    struct iso_insn x = *a, y = *b;
    x.line = y.line = x.column = y.column = 0;
    return memcmp(&x, &y, sizeof x) == 0;
}

/* Whether two threads run the same code, but for numbers in it if `named`. */
static bool same_code(const struct iso_setup *setup, unsigned i, unsigned k, bool named)
{
    const struct iso_thread *a = &setup->test->thread[i], *b = &setup->test->thread[k];
    if (a->ninsns != b->ninsns || a->handler != a->ninsns || b->handler != b->ninsns || a->code_end != b->code_end ||
        a->el0 != b->el0 || a->guest != b->guest || a->tthm != b->tthm || a->is_kernel != b->is_kernel ||
        (setup->kernel_thread && (i >= setup->kernel_thread) != (k >= setup->kernel_thread)))
        return false;
    for (uint32_t n = 0; n < a->ninsns; n++) {
        const bool same = named ? a->insn[n].cls == b->insn[n].cls && !strcmp(a->insn[n].mnemonic, b->insn[n].mnemonic)
                                : same_insn(&a->insn[n], &b->insn[n]);
        if (!same || is_placed(&a->insn[n]) || is_placed(&b->insn[n]))
            return false;
    }
    return true;
}

static bool are_twins(const struct iso_setup *setup, unsigned i, unsigned k)
{
    const struct iso_thread *a = &setup->test->thread[i], *b = &setup->test->thread[k];
    return !memcmp(&a->init, &b->init, sizeof a->init) && same_code(setup, i, k, false);
}

void iso_program_find_kin(struct iso_program *program, bool wanted)
{
    for (unsigned i = 0; i < program->nthreads; i++) {
        unsigned k = wanted && !program->request && !program->fetches && !program->has_twins ? 0 : i;
        while (k < i && (program->kin_of[k] != k || !same_code(program->setup, k, i, true)))
            k++;
        program->kin_of[i] = (uint8_t)k;
    }
}

void iso_program_find_twins(struct iso_program *program)
{
    bool apart = program->request || (program->aliases && program->aliases->is_private);
    for (unsigned i = 0; i < program->nthreads; i++) {
        unsigned k = 0;
        while (k < i && (program->twin_of[k] != k || apart || program->fetches || !are_twins(program->setup, k, i)))
            k++;
        program->twin_of[i] = (uint8_t)k;
        if (k < i)
            program->has_twins |= (1u << k) | (1u << i);
    }
}

/* Next arrangement of key[0..count) in order; false: that was the last. */
static bool next_arrangement(uint32_t *key, unsigned count)
{
    unsigned i = count - 1, k = count - 1;
    uint32_t kept;
    while (i > 0 && key[i - 1] >= key[i])
        i--;
    if (i == 0)
        return false;
    while (key[k] <= key[i - 1])
        k--;
    kept = key[i - 1], key[i - 1] = key[k], key[k] = kept;
    for (k = count - 1; i < k; i++, k--)
        kept = key[i], key[i] = key[k], key[k] = kept;
    return true;
}

/* Twins of thread `first` in order. */
static unsigned twins(unsigned *out, const struct iso_program *program, unsigned first)
{
    unsigned count = 0;
    for (unsigned i = first; i < program->nthreads; i++)
        if (program->twin_of[i] == first)
            out[count++] = i;
    return count;
}

void iso_twins_sort(const struct iso_program *program, uint32_t *key)
{
    for (unsigned i = 1; i < program->nthreads && program->has_twins; i++) {
        uint32_t kept = key[i];
        unsigned to = i;
        for (unsigned k = i; k-- > 0;)
            if (program->twin_of[k] == program->twin_of[i] && key[k] > kept) {
                key[to] = key[k];
                to = k;
            }
        key[to] = kept;
    }
}

bool iso_twins_exchange(const struct iso_program *program, uint32_t *key)
{
    for (unsigned first = 0; first < program->nthreads; first++) {
        unsigned thread[ISO_THREADS_MAX];
        uint32_t part[ISO_THREADS_MAX];
        unsigned count = program->twin_of[first] == first ? twins(thread, program, first) : 0;
        bool more;
        if (count < 2)
            continue;
        for (unsigned i = 0; i < count; i++)
            part[i] = key[thread[i]];
        more = next_arrangement(part, count);
        for (unsigned i = 0; !more && i < count / 2;
             i++) { /* back to the first one, and on with the next kind of twins */
            uint32_t kept = part[i];
            part[i] = part[count - 1 - i];
            part[count - 1 - i] = kept;
        }
        for (unsigned i = 0; i < count; i++)
            key[thread[i]] = part[i];
        if (more)
            return true;
    }
    return false;
}
