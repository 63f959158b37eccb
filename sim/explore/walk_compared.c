/* Loads that a CAS may compare with. Whether there is a write then hangs on what the load finds, and what follows is ordered after that write, but not after a load that
 * the write would have been ordered after: so such a load that comes late leaves the thread other moves to make before it. claims.h makes none of them early.
 * Not for: loads that decide over a branch in front of the CAS, which every write behind is ordered after.
 * Source: Arm ARM C6.2 (CAS), B2.3 (Pick dependency). */
#include "sim/explore/explore.h"
#include "sim/explore/walk.h"

#define MEMORY ISO_BIT(63) /* values that stores leave for loads: counts as a register */

/* Registers whose value a CAS may come to compare with, from instruction i on, one pass backwards. */
static bool compared_pass(const struct iso_thread *t, uint64_t *compared)
{
    bool changed = false;
    for (uint32_t i = t->ninsns; i-- > 0;) {
        const struct iso_insn *insn = &t->insn[i];
        struct iso_insn_uses u;
        uint64_t out = i + 1 == t->code_end || i + 1 == t->ninsns ? 0 : compared[i + 1], next;
        iso_insn_uses(&u, insn);
        if (insn->cls == ISO_INSN_BRANCH)
            out |= insn->target >= 0 && (uint32_t)insn->target <= t->ninsns ? compared[insn->target] : UINT64_MAX;
        else if (insn->cls == ISO_INSN_EXCEPTION_RETURN || insn->cls == ISO_INSN_EXCEPTION)
            out = UINT64_MAX;
        next = out;
        out &= ~(u.result | u.status | u.writeback);
        if (next & (u.result | u.writeback))
            out |= u.address | u.data | u.pick | (insn->cls == ISO_INSN_COMPUTE ? 0 : MEMORY);
        out |= u.compare | (next & MEMORY ? u.data : 0);
        if (t->handler < t->ninsns)
            out |= compared[t->handler];
        changed |= out != compared[i];
        compared[i] = out;
    }
    return changed;
}

void iso_walk_find_compared(struct iso_builder *b)
{
    const struct iso_thread *t = b->thread;
    bool any = false;
    b->compared = NULL;
    for (unsigned i = 0; i < b->test->nthreads && b->program->lazy; i++)
        for (uint32_t k = 0; k < b->test->thread[i].ninsns; k++)
            any |= b->test->thread[i].insn[k].cls == ISO_INSN_CAS;
    if (!any)
        return;
    b->compared = iso_arena_alloc(b->program->arena, (t->ninsns + 1) * sizeof *b->compared);
    while (compared_pass(t, b->compared))
        ;
    b->program->thread[b->thread_index].compared = b->compared;
}

bool iso_walk_is_compared(const struct iso_builder *b)
{
    struct iso_insn_uses u;
    if (!b->compared || b->w.code != b->thread_index)
        return b->compared != NULL;
    iso_insn_uses(&u, b->insn);
    return b->compared[b->w.pc + 1] & u.result;
}
