/* Atomic read-modify-writes and compare-and-swap in the walk.
 * Source: Arm ARM C6.2 (LD<op>, SWP, CAS), B2.3.2 (pick dependency of CAS); facts/oracle.md section 7. */
#include "sim/explore/explore.h"
#include "sim/explore/walk.h"

static bool drops_result(const struct iso_insn *insn)
{
    return insn->rd == ISO_REG_ZR || insn->rd == ISO_REG_NONE || (insn->order & ISO_ORDER_NO_RETURN);
}

/* Flags of the read half: no Acquire and no DMB LD where the result is dropped. */
static uint16_t read_flags(const struct iso_insn *insn, bool no_return)
{
    return no_return ? ISO_EVENT_X | ISO_EVENT_NORET : (uint16_t)(ISO_EVENT_X | iso_walk_order_flags(insn, true));
}

/* Flags of the write half; a tier may perform the two halves one after the other. */
static uint16_t write_flags(const struct iso_insn *insn, const struct iso_path *path)
{
    uint16_t flags = (uint16_t)(ISO_EVENT_X | iso_walk_order_flags(insn, false));
    bool loose = (path->effect && path->effect->rmw == ISO_RMW_NONATOMIC) ||
                 (path->rest && path->rest->effect && path->rest->effect->rmw == ISO_RMW_NONATOMIC);
    return loose ? flags | ISO_EVENT_NOT_ATOMIC : flags;
}

/* Bytes that a tier answers with all ones. */
static void read_ones(struct iso_bytes16 *value, const struct iso_path *path, unsigned size)
{
    for (unsigned k = 0; k < size; k++) {
        uint64_t loc;
        const struct iso_path *part = iso_path_at(path, k, &loc);
        if (part->effect && part->effect->data_ones)
            iso_bytes_set(value, k, 0xff);
    }
}

void iso_walk_atomic(struct iso_builder *b, const struct iso_insn *insn)
{
    struct iso_insn_uses uses;
    struct iso_path path;
    uint64_t after;
    unsigned size = (unsigned)insn->size * insn->count;
    struct iso_path_request request = {.va = iso_insn_address(&after, insn, &b->w.regs),
                                       .write = true,
                                       .update_db = true,
                                       .checked = true,
                                       .size = (uint16_t)(insn->size * insn->count)};
    struct iso_bytes16 old, written;
    struct iso_depend extra = {0};
    bool no_return = drops_result(insn) && insn->rd2 >= ISO_REG_COUNT;
    bool is_swap = insn->mnemonic[0] == 'S' && insn->mnemonic[1] == 'W';
    int r;
    iso_insn_uses(&uses, insn);
    if (iso_walk_path(b, &path, insn, &uses, &request, &(uint8_t){ISO_FAULT_NONE}) != ISO_PATH_OK)
        return;
    r = iso_walk_read_whole(b, &path, size, read_flags(insn, no_return), &old);
    if (r < 0)
        return;
    read_ones(&old, &path, size);
    iso_insn_rmw(&written, insn, &b->w.regs, old);
    if (!is_swap)
        iso_walk_use_value(b, old.lo);
    extra.data = iso_walk_flow(b->w.flow, uses.data);
    extra.pick_data = iso_walk_flow(b->w.pick_flow, uses.data);
    extra.same = iso_walk_bits(b, r);
    if (!is_swap) { /* the value read goes into the value written */
        extra.flow = b->build[r].depend.flow | iso_walk_bits(b, r);
        extra.pick_flow = b->build[r].depend.pick_flow;
    }
    if (!iso_path_is_lost(&path) &&
        iso_walk_write_whole(b, &path, size, write_flags(insn, &path), extra, r, written) < 0)
        return;
    iso_insn_rmw_result(&b->w.regs, insn, old);
    iso_walk_result(b, insn->rd, r);
    iso_walk_result(b, insn->rd2, r);
    iso_walk_after(b, &path);
}

static uint8_t table_update(const struct iso_builder *b)
{
    return iso_cpu_get(&b->setup->machine->features, ISO_CPU_TABLE_UPDATE);
}

/* How a CAS goes. Whether one that compares unequal writes back what it read, and whether it sets the dirty state all the same, is free. */
enum cas_mode { CAS_EQUAL, CAS_WRITES_BACK, CAS_READS, CAS_READS_CLEAN, CAS_OPEN };

void iso_walk_cas(struct iso_builder *b, const struct iso_insn *insn)
{
    struct iso_insn_uses uses;
    struct iso_path path;
    uint64_t after;
    unsigned size = (unsigned)insn->size * insn->count, mode = CAS_OPEN;
    struct iso_path_request request = {.va = iso_insn_address(&after, insn, &b->w.regs),
                                       .write = true,
                                       .update_db = true,
                                       .checked = true,
                                       .size = (uint16_t)(insn->size * insn->count)};
    struct iso_bytes16 old, written;
    struct iso_depend extra = {0};
    bool no_return = insn->rs == ISO_REG_ZR, in_vain = iso_walk_may_be_in_vain(b), equal;
    bool hd = b->setup->variant.vmsa && iso_setup_tthm(b->setup, b->thread->tthm) == ISO_TTHM_HAHD;
    int r;
    iso_insn_uses(&uses, insn);
    if (hd || (b->setup->variant.store_only &&
               b->setup->variant.memtag)) { /* what comes before the read depends on the outcome */
        mode = iso_walk_choose(b, hd ? 4 : 3);
        request.update_db = mode != CAS_READS_CLEAN;
        if (b->setup->machine && ((mode == CAS_READS_CLEAN && table_update(b) == ISO_TABLE_UPDATE_YES) ||
                                  (hd && mode == CAS_READS && table_update(b) == ISO_TABLE_UPDATE_NO))) {
            b->w.dead = true;
            return;
        }
        if (b->setup->variant.store_only &&
            mode != CAS_EQUAL) /* FEAT_MTE_STORE_ONLY: whether a failing CAS is checked is open */
            request.checked = iso_walk_choose(b, 2) == 0;
    }
    if (iso_walk_path(b, &path, insn, &uses, &request, &(uint8_t){ISO_FAULT_NONE}) != ISO_PATH_OK)
        return;
    r = iso_walk_read_whole(b, &path, size, read_flags(insn, no_return), &old);
    if (r < 0)
        return;
    read_ones(&old, &path, size);
    equal = iso_insn_rmw(&written, insn, &b->w.regs, old);
    iso_walk_use_value(b, old.lo);
    if (mode == CAS_OPEN)
        mode = equal                                    ? CAS_EQUAL
               : in_vain && iso_walk_is_not_found(b, r) ? CAS_READS
                                                        : CAS_WRITES_BACK + iso_walk_choose(b, 2);
    if (equal != (mode == CAS_EQUAL)) {
        b->w.dead = true;
        return;
    }
    extra.pick_data = iso_walk_flow(b->w.pick_flow, uses.compare);
    extra.pick_flow =
        b->build[r].depend.pick_flow | iso_walk_bits(b, r); /* the comparison picks whether there is a write */
    extra.same = iso_walk_bits(b, r);
    if (mode == CAS_EQUAL) {
        extra.data = iso_walk_flow(b->w.flow, uses.data);
        extra.pick_data |= iso_walk_flow(b->w.pick_flow, uses.data);
    } else {
        extra.flow = b->build[r].depend.flow | iso_walk_bits(b, r);
        written = old;
    }
    if (mode <= CAS_WRITES_BACK && !iso_path_is_lost(&path) &&
        iso_walk_write_whole(b, &path, size, write_flags(insn, &path), extra, r, written) < 0)
        return;
    if (mode == CAS_WRITES_BACK && in_vain)
        b->w.vain |= (ISO_BIT(b->w.nevents) - 1) & ~(iso_walk_bits(b, r) | (ISO_BIT(r) - 1));
    iso_insn_rmw_result(&b->w.regs, insn, old);
    if (mode == CAS_EQUAL && uses.result &&
        iso_walk_choose(b, 2) == 0) { /* result from the compare register, picked by the comparison */
        uint64_t flow = iso_walk_flow(b->w.flow, uses.compare), picks = iso_walk_flow(b->w.pick_flow, uses.compare);
        picks |= b->build[r].depend.pick_flow | iso_walk_bits(b, r);
        for (uint64_t reg = uses.result; reg; reg &= reg - 1) {
            b->w.flow[__builtin_ctzll(reg)] = flow;
            b->w.pick_flow[__builtin_ctzll(reg)] = picks | flow;
        }
    } else {
        iso_walk_result(b, insn->rs, r);
        iso_walk_result(b, insn->rs2, r);
    }
    iso_walk_after(b, &path);
}
