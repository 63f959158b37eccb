/* Store exclusives in the walk: which of their ends monitors and tier allow, and what they leave.
 * Not for: load exclusives (walk_memory.c), the monitors themselves (models/monitor.h).
 * Source: Arm ARM B2.12, E2.10; facts/arm-attributes.md 2.3 to 2.6. */
#include "models/align.h"
#include "models/rule.h"
#include "sim/explore/explore.h"
#include "sim/explore/walk.h"
#include "sim/isa/value.h"

#include <string.h>

/* Whether the monitors can let a store exclusive pass: on a machine as its knobs say, else only for the load's own location and size. *unknown: the rule by
 * which status and data are UNKNOWN, NULL: they are not. */
static bool monitor_passes(struct iso_builder *b, const struct iso_insn *insn, const struct iso_path *path,
                           unsigned size, const char **unknown)
{
    const struct iso_walk *w = &b->w;
    bool rest_moved = w->reserved_rest != (path->rest ? path->rest->loc : 0);
    bool same = w->reserved && w->reserved_size == size && w->reserved_loc == path->loc && !rest_moved;
    struct iso_store_decision decision;
    *unknown = NULL;
    if (!b->setup->machine)
        return same || (w->reserved && b->setup->variant.cu);
    if (!w->reserved || (rest_moved && w->reserved_loc == path->loc)) /* the second page alone moved: CH-24 */
        return false;
    struct iso_monitor_access a = {path->va & UINT64_C(0x00ffffffffffffff), iso_loc_strip(path->loc), size, insn->count,
                                   path->attribute};
    bool moved = w->monitor.mark.exclusive && w->monitor.mark.va == a.va && w->monitor.mark.pa != a.pa;
    iso_local_monitor_store(&decision, &w->monitor, &a, moved, false, &b->setup->machine->features);
    if (decision.result & ISO_STORE_DATA_UNKNOWN)
        *unknown = decision.rule.id;
    return (decision.result & ISO_STORE_PASS) != 0 || path->monitor_unknown;
}

/* How a store exclusive ends. */
enum exclusive_end {
    END_PASSES,
    END_FAILS,
    END_FAILS_AND_WRITES,
    END_PASSES_WITHOUT_WRITE,
    END_PASSES_UNKNOWN, /* of a mismatched pair: data UNKNOWN, whatever the status */
    END_FAILS_UNKNOWN
};

/* One of the ends that monitors and tier allow. A store exclusive may always fail. */
static enum exclusive_end choose_end(struct iso_builder *b, const struct iso_path *path, bool can, bool mismatched)
{
    static const enum exclusive_end unpredictable[] = {END_PASSES, END_FAILS, END_PASSES_UNKNOWN, END_FAILS_UNKNOWN};
    static const enum exclusive_end unknown[] = {END_PASSES, END_FAILS, END_FAILS_AND_WRITES, END_PASSES_WITHOUT_WRITE};
    enum iso_exclusive kind = path->effect ? path->effect->exclusive : ISO_EXCLUSIVE_MONITORED;
    switch (kind) {
    case ISO_EXCLUSIVE_UNDECIDED:
    case ISO_EXCLUSIVE_MONITORED:
    case ISO_EXCLUSIVE_LOCAL_ONLY:
    case ISO_EXCLUSIVE_FAILS_WRITES: /* once the local monitor lets it out, CHI B6.3.4 makes it write */
        if (!can)
            return END_FAILS;
        if (mismatched && kind != ISO_EXCLUSIVE_FAILS_WRITES) {
            iso_walk_spurious(&b->w);
            return unpredictable[iso_walk_choose(b, 4)];
        }
        if (iso_walk_choose(b, 2) == 0) {
            if (kind != ISO_EXCLUSIVE_FAILS_WRITES)
                return END_PASSES;
            iso_walk_refused(&b->w);
            return END_FAILS_AND_WRITES;
        }
        iso_walk_spurious(&b->w);
        return END_FAILS;
    case ISO_EXCLUSIVE_FAILS_KEEPS:
        return END_FAILS;
    case ISO_EXCLUSIVE_STATUS_UNKNOWN:
        iso_walk_spurious(&b->w);
        return unknown[iso_walk_choose(b, 4)];
    }
    return END_FAILS;
}

/* CH-25: whether the CPU asks its monitors first, and these let nothing pass: then the access is not looked at, let alone its faults. With a monitor that
 * is marked that may happen, too: it may have been cleared, or be of another address. *no_abort: it goes on all the same, as a store exclusive that has
 * no effect at all would (E3), but not to a fault. */
static bool fails_first(struct iso_builder *b, const struct iso_insn *insn, uint64_t va, unsigned size, bool *no_abort)
{
    const struct iso_machine *machine = b->setup->machine;
    struct iso_access a;
    *no_abort = false;
    if (!machine ||
        iso_effect_setting(b->program->choices, &machine->features, ISO_CPU_STX_ABORT) != ISO_ABORT_FAIL_STATUS)
        return false;
    iso_access_init(&a, iso_effect_kind(insn));
    a.va = iso_address_strip(va);
    a.size_bytes = size;
    a.element_bytes = insn->size;
    switch (iso_align_before_type(&a, &machine->features)) {
    case ISO_ALIGN_OK:
        *no_abort = !b->w.reserved;
        break;
    case ISO_ALIGN_EITHER:
        break;
    case ISO_ALIGN_FAULT:
        return false;
    }
    if (iso_walk_choose(b, 2) == 0)
        return false;
    if (b->w.reserved)
        iso_walk_spurious(&b->w);
    return true;
}

/* Data UNKNOWN at the store's address, and at the load's where that is another virtual one (Arm ARM E2.10.5). False if the run ends. */
static bool leave_unknown(struct iso_builder *b, const struct iso_path *path, unsigned size, struct iso_depend extra,
                          const char *rule)
{
    const uint64_t pattern = ISO_UNKNOWN_BYTE * UINT64_C(0x0101010101010101);
    const struct iso_bytes16 data = {pattern, pattern};
    struct iso_walk *w = &b->w;
    bool both = !strcmp(rule, "CH-18") && w->reserved_loc != path->loc;
    struct iso_tier_effect why = {.deviation = ISO_CAUSE_STATUS_UNKNOWN, .tier = path->tier};
    why.rule = (uint16_t)(iso_rule_find(rule) - iso_rule_at(0));
    b->program->aliases->data_unknown = true;
    iso_walk_add_cause(b, &why);
    return iso_walk_write(b, path, path->loc, size, ISO_EVENT_NOT_ATOMIC, extra, -1, iso_bytes_slice(data, 0, size)) >=
               0 &&
           (!both || iso_walk_write(b, path, w->reserved_loc, w->reserved_size, ISO_EVENT_NOT_ATOMIC, extra, -1,
                                    iso_bytes_slice(data, 0, w->reserved_size)) >= 0);
}

/* The store exclusive is over; status as given. */
static void end_exclusive(struct iso_builder *b, const struct iso_insn *insn, bool failed)
{
    b->w.reserved = false;
    iso_local_monitor_clear(&b->w.monitor);
    b->w.flow[ISO_TAINT_RESERVATION] = 0;
    if (insn->rs < ISO_REG_COUNT)
        b->w.regs.x[insn->rs] = failed;
    if (insn->rs < ISO_REG_COUNT)
        b->w.flow[insn->rs] = b->w.pick_flow[insn->rs] = 0;
    b->w.pc++;
}

void iso_walk_store_exclusive(struct iso_builder *b, const struct iso_insn *insn)
{
    struct iso_insn_uses uses;
    struct iso_path path;
    uint64_t after;
    unsigned size = (unsigned)insn->size * insn->count;
    struct iso_path_request request = {.va = iso_insn_address(&after, insn, &b->w.regs),
                                       .write = true,
                                       .update_db = true,
                                       .checked = true,
                                       .size = (uint16_t)size};
    struct iso_bytes16 data = iso_insn_store_data(insn, &b->w.regs, 0);
    struct iso_depend extra = {0};
    enum exclusive_end end;
    uint16_t flags = (uint16_t)(iso_walk_order_flags(insn, false) | ISO_EVENT_EX);
    const char *unknown;
    bool same, no_abort, can, clean = false;
    int reservation = b->w.reservation;
    iso_insn_uses(&uses, insn);
    if (b->setup->machine && b->setup->variant.vmsa && iso_setup_tthm(b->setup, b->thread->tthm) == ISO_TTHM_HAHD) {
        clean = iso_walk_choose(b, 2) == 1; /* fails, and leaves the dirty state: it writes nothing (CH-49, RRNMLQ) */
        request.update_db = !clean;
    }
    if (insn->count == 2) {
        struct iso_bytes16 high = iso_insn_store_data(insn, &b->w.regs, 1);
        for (unsigned i = 0; i < insn->size; i++)
            iso_bytes_set(&data, insn->size + i, iso_bytes_get(high, i));
    }
    if (fails_first(b, insn, request.va, size, &no_abort)) {
        end_exclusive(b, insn, true);
        return;
    }
    if (iso_walk_path(b, &path, insn, &uses, &request, &(uint8_t){ISO_FAULT_NONE}) != ISO_PATH_OK) {
        bool nothing = path.effect && (path.effect->kind == ISO_EFFECT_NOP || path.effect->kind == ISO_EFFECT_HANG);
        if ((no_abort && !nothing) || clean)
            iso_walk_choose(b, 0); /* no such run, or the same as another */
        return;
    }
    can = monitor_passes(b, insn, &path, size, &unknown);
    end = choose_end(b, &path, can, unknown != NULL);
    if (clean && end != END_FAILS) {
        b->w.dead = true;
        return;
    }
    if (end == END_FAILS)
        iso_walk_correct_cause(b, ISO_CAUSE_FAILS_WRITES, ISO_CAUSE_FAILS_KEEPS);
    same = b->w.reserved && b->w.reserved_loc == path.loc && b->w.reserved_size == size && !path.monitor_unknown &&
           b->w.reserved_rest == (path.rest ? path.rest->loc : 0);
    b->w.reserved = false;
    extra.data = iso_walk_flow(b->w.flow, uses.data);
    extra.pick_data = iso_walk_flow(b->w.pick_flow, uses.data);
    extra.pick_flow = b->w.pick_flow[ISO_TAINT_RESERVATION]; /* the monitor decides whether there is a write */
    if (path.effect && path.effect->exclusive != ISO_EXCLUSIVE_MONITORED &&
        path.effect->exclusive != ISO_EXCLUSIVE_UNDECIDED)
        flags |= ISO_EVENT_NOT_ATOMIC;
    if ((end == END_PASSES || end == END_FAILS_AND_WRITES) && !iso_path_is_lost(&path) &&
        iso_walk_write_whole(b, &path, size, flags, extra, same || b->setup->variant.cu ? reservation : -1, data) < 0)
        return;
    if ((end == END_PASSES_UNKNOWN || end == END_FAILS_UNKNOWN) && !leave_unknown(b, &path, size, extra, unknown))
        return;
    end_exclusive(b, insn, end == END_FAILS || end == END_FAILS_AND_WRITES || end == END_FAILS_UNKNOWN);
}
