/* What may come after a read: whether all of it accesses bytes that the read accesses, too, or comes behind a barrier. Then the read may as well be made before all
 * of it, and the walk may stop in front of it (walk_horizon.c) as it does in front of an Acquire. A thread that looks at one location again and again is walked
 * with what that location really came to hold, not with every row of values that it might.
 * Why no execution is lost: take one in which accesses behind the read come before it. They are reads: writes to its bytes come after it (Local memory write
 * successor). No other thread writes bytes of theirs until the read is made (Explicitly-hazard-ordered-before), so that they find the same right behind it; what is
 * ordered behind them goes along, for it is behind the read, too. What comes after a barrier is ordered after the read already.
 * Looked for on the thread's code, with the registers that do not hang on the read or on later ones.
 * Not for: translation, tag checks and tiers, where an access is more than its read or write; loops.
 * Source: Arm ARM B2.3 (Local memory write successor, Explicitly-hazard-ordered-before, Barrier-ordered-before). */
#include "sim/explore/explore.h"
#include "sim/explore/walk.h"
#include "sim/isa/value.h"

enum { LOOKED_AT_MAX = 64 }; /* instructions */

struct ahead {
    const struct iso_builder *b;
    uint64_t loc; /* of the read */
    unsigned size;
    unsigned looked_at;
};

/* A way through the code behind the read. */
struct way {
    struct iso_regs regs;
    uint64_t known; /* registers whose values hang on no read to come */
    uint32_t at;
    bool released; /* a Release has come, which the read is before */
};

/* Whether an access is one of the read's bytes. */
static bool overlaps(const struct ahead *a, const struct way *way, const struct iso_insn *insn,
                     const struct iso_insn_uses *uses)
{
    uint64_t after, loc;
    if (uses->address & ~way->known)
        return false;
    loc = iso_address_strip(iso_insn_address(&after, insn, &way->regs));
    return loc < a->loc + a->size && a->loc < loc + insn->size;
}

static void compute(const struct ahead *a, struct way *way, const struct iso_insn *insn,
                    const struct iso_insn_uses *uses)
{
    if ((uses->data | uses->pick) & ~way->known) {
        way->known &= ~uses->result;
        return;
    }
    iso_insn_compute(&way->regs, insn, a->b->thread->code_va + 4 * (uint64_t)way->at, 0);
    way->known |= uses->result;
}

static bool comes_after(struct ahead *a, struct way way)
{
    const struct iso_thread *t = a->b->thread;
    for (;; way.at++) {
        const struct iso_insn *insn = &t->insn[way.at];
        struct iso_insn_uses uses;
        if (way.at >= t->code_end)
            return true;
        if (a->looked_at++ == LOOKED_AT_MAX)
            return false;
        iso_insn_uses(&uses, insn);
        switch ((enum iso_insn_class)insn->cls) {
        case ISO_INSN_HINT:
        case ISO_INSN_PREFETCH:
            break;
        case ISO_INSN_COMPUTE:
            compute(a, &way, insn, &uses);
            break;
        case ISO_INSN_BARRIER:
            if ((insn->barrier == ISO_BARRIER_DMB || insn->barrier == ISO_BARRIER_DSB) && insn->types != ISO_BARRIER_ST)
                return true;
            break;
        case ISO_INSN_BRANCH:
            if (insn->target < 0 || (uint32_t)insn->target > t->ninsns || uses.result)
                return false;
            if (uses.control) { /* either way */
                struct way taken = way;
                taken.at = (uint32_t)insn->target;
                if (!comes_after(a, taken))
                    return false;
            } else {
                way.at = (uint32_t)insn->target - 1;
            }
            break;
        case ISO_INSN_LOAD:
            if (way.released && (insn->order & ISO_ORDER_ACQUIRE))
                return true;
            if (insn->count != 1 || uses.writeback || !overlaps(a, &way, insn, &uses))
                return false;
            way.known &= ~uses.result;
            break;
        case ISO_INSN_STORE:
            if (insn->count != 1 || uses.writeback ||
                (!(insn->order & ISO_ORDER_RELEASE) && !overlaps(a, &way, insn, &uses)))
                return false;
            way.released |= (insn->order & ISO_ORDER_RELEASE) != 0;
            break;
        case ISO_INSN_LOAD_EXCLUSIVE:
        case ISO_INSN_STORE_EXCLUSIVE:
        case ISO_INSN_ATOMIC:
        case ISO_INSN_CAS:
        case ISO_INSN_LOAD_TAG:
        case ISO_INSN_STORE_TAG:
        case ISO_INSN_STORE_TAG_DATA:
        case ISO_INSN_ZERO:
        case ISO_INSN_TLBI:
        case ISO_INSN_AT:
        case ISO_INSN_CACHE:
        case ISO_INSN_SYSTEM_READ:
        case ISO_INSN_SYSTEM_WRITE:
        case ISO_INSN_EXCEPTION:
        case ISO_INSN_EXCEPTION_RETURN:
        case ISO_INSN_CLREX:
            return false;
        }
    }
}

bool iso_walk_leads(const struct iso_builder *b, uint64_t loc, unsigned size)
{
    struct ahead a = {.b = b, .loc = loc, .size = size};
    struct way way = {.regs = b->w.regs, .at = b->w.pc + 1};
    struct iso_insn_uses uses;
    if (b->setup->machine || b->setup->variant.vmsa || b->setup->variant.memtag || b->w.code != b->thread_index ||
        b->w.pc >= b->thread->code_end || b->insn->cls != ISO_INSN_LOAD || b->insn->count != 1)
        return false;
    iso_insn_uses(&uses, b->insn);
    way.known = ~uses.result;
    return !uses.writeback && comes_after(&a, way);
}
