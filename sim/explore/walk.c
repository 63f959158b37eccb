/* The walk's driver: choices, events, faults, registers and branches. Memory instructions are in walk_memory.c, walk_store.c, walk_atomic.c, walk_tag.c,
 * translation in walk_path.c, loops in walk_loop.c. */
#include "sim/explore/walk.h"
#include "sim/explore/explore.h"
#include "sim/isa/fatal.h"
#include "sim/isa/value.h"

#include <stdlib.h>
#include <string.h>

unsigned iso_walk_choose(struct iso_builder *b, unsigned count)
{
    struct iso_walk *w = &b->w;
    if (count == 0) {
        iso_walk_drop(b);
        return 0;
    }
    if (count == 1)
        return 0;
    if (w->cursor < b->nchoices)
        return b->choice[w->cursor++].taken;
    if (b->nchoices == ISO_WALK_CHOICES_MAX) {
        b->failure = "more choices in one thread than the engine holds";
        w->dead = true;
        return 0;
    }
    b->choice[b->nchoices++] = (struct iso_choice){0, count, b->nsnapshots - 1};
    w->cursor = (uint16_t)b->nchoices;
    return 0;
}

int iso_walk_event(struct iso_builder *b, uint8_t kind, uint16_t flags, uint64_t loc, unsigned size,
                   const struct iso_depend *depend)
{
    struct iso_walk *w = &b->w;
    unsigned i = w->nevents;
    if (i >= ISO_EVENTS_MAX) {
        if (b->program->lazy)
            b->failure = "more events in one thread than the engine holds (64)";
        b->program->crowded |= !b->program->lazy;
        w->dead = true;
        return -1;
    }
    if ((kind == ISO_EVENT_WRITE || kind == ISO_EVENT_HU) && iso_image_is_code(&b->program->image, loc)) {
        if (iso_program_modifies(b->program, loc, size)) {
            w->dead = true;
            return -1;
        }
    }
    b->event[i] = (struct iso_event){.kind = kind,
                                     .size = (uint8_t)size,
                                     .pair = -1,
                                     .ttd = -1,
                                     .tag = -1,
                                     .flags = flags,
                                     .insn = (uint16_t)w->pc,
                                     .instance = w->instance,
                                     .page = -1,
                                     .loc = loc};
    b->build[i].depend = *depend;
    w->nevents++;
    w->effects += kind == ISO_EVENT_WRITE || kind == ISO_EVENT_HU || kind == ISO_EVENT_TLBI ||
                  kind == ISO_EVENT_CACHE || kind == ISO_EVENT_MAINTENANCE;
    return (int)i;
}

void iso_walk_use_value(struct iso_builder *b, uint64_t value)
{
    const uint32_t unknown = ISO_UNKNOWN_BYTE * UINT32_C(0x01010101);
    if (b->program->aliases && b->program->aliases->data_unknown && (uint32_t)value == unknown)
        b->program->aliases->unknown_used = true;
}

/* Whatever an instruction does with registers but store one of them as it is. */
static void use_registers(struct iso_builder *b, const struct iso_insn *insn)
{
    struct iso_insn_uses uses;
    uint64_t regs;
    if (!b->program->aliases || !b->program->aliases->data_unknown)
        return;
    iso_insn_uses(&uses, insn);
    regs = uses.address | uses.compare | uses.pick | uses.control;
    if (insn->cls != ISO_INSN_STORE && insn->cls != ISO_INSN_STORE_EXCLUSIVE)
        regs |= uses.data;
    for (; regs; regs &= regs - 1)
        iso_walk_use_value(b, b->w.regs.x[__builtin_ctzll(regs)]);
}

/* Whether the translation of the access under way found a descriptor that others wrote while a search was under way. */
static struct iso_domain_arrival *arrival_of(const struct iso_builder *b)
{
    const struct iso_path *path = b->reading;
    const int ttd[] = {path ? path->ttd : -1, path ? path->ttd_stage1 : -1};
    const struct iso_explore_options *options = b->program->options;
    if (!b->program->lazy || (b->program->has_twins >> b->thread_index & 1) ||
        (options && options->reduce == ISO_REDUCE_NEVER))
        return NULL;
    for (unsigned i = 0; i < sizeof ttd / sizeof ttd[0]; i++) {
        const struct iso_event *e = ttd[i] >= 0 ? &b->event[ttd[i]] : NULL;
        struct iso_domain_arrival *a =
            e && !e->value.hi ? iso_domain_arrival(b->program->domain, e->loc, e->value.lo) : NULL;
        if (a && !(a->writers >> b->thread_index & 1u))
            return a;
    }
    return NULL;
}

bool iso_walk_values(struct iso_builder *b, uint64_t loc, unsigned size, bool is_ttd)
{
    uint64_t own = 0, mask = iso_image_is_split(&b->program->image, loc) ? ~ISO_LOC_COPY : ~UINT64_C(0);
    for (unsigned k = 0; k < b->w.nevents; k++) {
        uint64_t at = b->event[k].loc & mask;
        if (b->event[k].kind == ISO_EVENT_WRITE && b->event[k].instance != b->w.instance && at < (loc & mask) + size &&
            (loc & mask) < at + b->event[k].size)
            own |= ISO_BIT(k);
    }
    iso_program_note_read(b->program, b->thread_index, loc, size);
    iso_domain_values(&b->values, b->program->domain, &b->program->image,
                      b->program->has_twins >> b->thread_index & 1 ? ISO_DOMAIN_ANY_THREAD : b->thread_index, loc, size,
                      b->event, own, is_ttd, is_ttd ? NULL : arrival_of(b));
    if (b->values.overflow) {
        if (b->program->lazy)
            b->failure = "more values of one location than the engine holds";
        b->program->crowded |= !b->program->lazy;
        b->w.dead = true;
        return false;
    }
    return true;
}

bool iso_walk_value(struct iso_builder *b, struct iso_bytes16 *out, uint64_t loc, unsigned size, bool is_ttd)
{
    unsigned pick;
    if (!iso_walk_values(b, loc, size, is_ttd))
        return false;
    pick = iso_walk_choose(b, b->values.count);
    if (b->w.dead)
        return false;
    *out = b->values.value[pick];
    return true;
}

/* Code that the walk is in. */
static const struct iso_thread *code_of(const struct iso_builder *b)
{
    return &b->test->thread[b->w.code];
}

static bool is_past_end(const struct iso_builder *b)
{
    const struct iso_thread *code = code_of(b);
    return b->w.pc >= code->ninsns || (!b->w.in_handler && b->w.pc >= code->code_end);
}

/* Goes to the instruction at a virtual address, of any thread's code. Address 0 is where a thread came from: its end. */
static void jump(struct iso_builder *b, uint64_t target)
{
    struct iso_walk *w = &b->w;
    for (uint32_t i = 0; i < b->test->nthreads; i++) {
        const struct iso_thread *t = &b->test->thread[i];
        uint64_t index = (target - t->code_va) / 4;
        if (target < t->code_va || index > t->ninsns)
            continue;
        w->code = i;
        w->pc = (uint32_t)index;
        w->done = is_past_end(b);
        return;
    }
    if (target == 0) {
        w->done = true;
        return;
    }
    b->failure = "branch to an address that holds no code";
    w->dead = true;
}

static void record_fault(struct iso_builder *b, uint8_t type, bool has_address, uint64_t va, bool stops)
{
    struct iso_walk *w = &b->w;
    /* a fault reported later by a register belongs to no instruction */
    struct iso_fault f = {.thread = (uint8_t)b->thread_index,
                          .type = type,
                          .is_fetch = b->fetching,
                          .has_address = has_address,
                          .insn = stops ? w->pc : UINT32_MAX,
                          .va = va};
    w->effects++;
    w->dead |= stops && !iso_walk_expects_fault(b);
    if (w->nfaults == ISO_TRACE_FAULTS_MAX)
        return;
    for (unsigned i = 0; i < w->nfaults; i++)
        if (w->fault[i].type == type && w->fault[i].insn == f.insn && w->fault[i].va == va &&
            w->fault[i].has_address == has_address)
            return;
    w->fault[w->nfaults++] = f;
}

void iso_walk_end(struct iso_builder *b, uint8_t result, uint64_t va)
{
    record_fault(b, result, true, va, true);
    b->w.done = true;
}

void iso_walk_fault(struct iso_builder *b, uint8_t type, bool has_address, uint64_t va, uint64_t own,
                    uint64_t pick_flow, bool stops)
{
    struct iso_walk *w = &b->w;
    const struct iso_variant *v = &b->setup->variant;
    bool is_call =
        type == ISO_FAULT_SUPERVISOR_CALL || type == ISO_FAULT_HYPERVISOR_CALL || type == ISO_FAULT_SECURE_MONITOR_CALL;
    record_fault(b, type, has_address, va, stops);
    if (!stops)
        return;
    w->regs.x[ISO_REG_ELR] = code_of(b)->code_va + 4 * (uint64_t)(w->pc + (is_call ? 1u : 0u));
    w->flow[ISO_REG_ELR] = 0;
    w->pick_flow[ISO_REG_ELR] = pick_flow;
    if (!v->exs || v->eis || !is_call)
        iso_order_context(&w->order, own);
    iso_walk_tag_barrier(w, NULL);
    if (b->thread->handler < b->thread->ninsns) {
        if (w->in_handler) { /* a fault inside a fault handler: outside the model */
            iso_walk_drop(b);
            return;
        }
        w->in_handler = true;
        w->code = b->thread_index;
        w->pc = b->thread->handler;
        return;
    }
    if (w->in_handler) {
        iso_walk_drop(b);
        return;
    }
    w->reserved = false; /* whoever handles it outside the test returns, which clears the local monitor (B2.12.5) */
    switch ((enum iso_fault_mode)v->fault_mode) {
    case ISO_FAULT_MODE_FATAL:
        w->done = true;
        break;
    case ISO_FAULT_MODE_HANDLED: /* the same instruction again; after a call the next one */
        if (is_call)
            w->pc++;
        else
            w->in_handler = true;
        break;
    case ISO_FAULT_MODE_SKIP:
        w->pc++;
        break;
    }
}

void iso_walk_writeback(struct iso_builder *b, const struct iso_insn *insn, const struct iso_insn_uses *uses,
                        uint64_t base_after, uint64_t flow, uint64_t pick_flow)
{
    if (!uses->writeback || insn->rn >= ISO_REG_COUNT)
        return;
    b->w.regs.x[insn->rn] = base_after;
    b->w.flow[insn->rn] = flow;
    b->w.pick_flow[insn->rn] = pick_flow | flow;
}

static bool condition_holds(unsigned cond, uint64_t nzcv)
{
    bool n = nzcv >> 3 & 1, z = nzcv >> 2 & 1, c = nzcv >> 1 & 1, v = nzcv & 1, out = true;
    switch (cond >> 1) {
    case 0:
        out = z;
        break;
    case 1:
        out = c;
        break;
    case 2:
        out = n;
        break;
    case 3:
        out = v;
        break;
    case 4:
        out = c && !z;
        break;
    case 5:
        out = n == v;
        break;
    case 6:
        out = n == v && !z;
        break;
    default:
        return true;
    }
    return (cond & 1) ? !out : out;
}

/* Tags IRG may give: eight colours are enough to tell tags apart (facts/oracle.md section 3). */
static void compute_random_tag(struct iso_builder *b, const struct iso_insn *insn, uint64_t pc)
{
    struct iso_regs tried[8];
    unsigned count = 0;
    for (unsigned tag = 0; tag < 8; tag++) {
        struct iso_regs regs = b->w.regs;
        iso_insn_compute(&regs, insn, pc, tag);
        if (insn->rd >= ISO_REG_COUNT || (regs.x[insn->rd] >> 56 & 15) == tag)
            tried[count++] = regs;
    }
    if (!count) { /* all eight excluded: as if all were */
        iso_insn_compute(&b->w.regs, insn, pc, 0);
        if (insn->rd < ISO_REG_COUNT)
            b->w.regs.x[insn->rd] = iso_address_mark(b->w.regs.x[insn->rd] & ~(UINT64_C(15) << 56));
        return;
    }
    b->w.regs = tried[iso_walk_choose(b, count)];
}

static void execute_compute(struct iso_builder *b, const struct iso_insn *insn)
{
    struct iso_walk *w = &b->w;
    struct iso_insn_uses uses;
    uint64_t pc = code_of(b)->code_va + 4 * (uint64_t)w->pc, sources, flow, picks;
    iso_insn_uses(&uses, insn);
    sources = uses.data;
    if (uses.pick && insn->cls == ISO_INSN_COMPUTE &&
        !(uses.result & uses.pick)) { /* conditional select: only what was selected */
        uint8_t reg = condition_holds(insn->cond, w->regs.x[ISO_REG_NZCV]) ? insn->rn : insn->rm;
        sources = reg < ISO_REG_COUNT ? ISO_BIT(reg) : 0;
    }
    flow = iso_walk_flow(w->flow, sources);
    picks = iso_walk_flow(w->pick_flow, sources | uses.pick);
    if (w->late_tags && insn->cls != ISO_INSN_COMPUTE && insn->sysreg == ISO_REG_TFSR)
        iso_walk_tag_status(b, insn);
    else if (insn->cls == ISO_INSN_COMPUTE && !strcmp(insn->mnemonic, "IRG"))
        compute_random_tag(b, insn, pc);
    else
        iso_insn_compute(&w->regs, insn, pc, 0);
    for (uint64_t r = uses.result; r; r &= r - 1) {
        w->flow[__builtin_ctzll(r)] = flow;
        w->pick_flow[__builtin_ctzll(r)] = picks | flow;
    }
    w->pc++;
}

static void execute_branch(struct iso_builder *b, const struct iso_insn *insn)
{
    struct iso_walk *w = &b->w;
    struct iso_insn_uses uses;
    uint64_t pc = code_of(b)->code_va + 4 * (uint64_t)w->pc, next = pc + 4;
    bool taken;
    uint32_t from = w->pc, code = w->code;
    iso_insn_uses(&uses, insn);
    w->order.control |= iso_walk_flow(w->flow, uses.control);
    w->order.pick_control |= iso_walk_flow(w->pick_flow, uses.control);
    taken = iso_insn_branch(&next, &w->regs, insn, pc, code_of(b)->code_va);
    for (uint64_t r = uses.result; r; r &= r - 1)
        w->flow[__builtin_ctzll(r)] = w->pick_flow[__builtin_ctzll(r)] = 0;
    if (!taken) {
        w->pc++;
        return;
    }
    jump(b, next);
    if (!w->dead && !w->done && w->pc <= from && w->code == code)
        iso_walk_count_loop(b, w->pc, from, uses.control);
}

static void execute_exception(struct iso_builder *b, const struct iso_insn *insn)
{
    uint8_t type = ISO_FAULT_UNDEFINED;
    if (!strcmp(insn->mnemonic, "SVC")) {
        type = ISO_FAULT_SUPERVISOR_CALL;
        b->w.regs.x[ISO_REG_ESR] = UINT64_C(0x2b) << 25 | (uint64_t)(insn->imm & 0xffff);
        b->w.flow[ISO_REG_ESR] = b->w.pick_flow[ISO_REG_ESR] = 0;
    } else if (!strcmp(insn->mnemonic, "HVC")) {
        type = ISO_FAULT_HYPERVISOR_CALL;
    } else if (!strcmp(insn->mnemonic, "SMC")) {
        type = ISO_FAULT_SECURE_MONITOR_CALL;
    } else if (!strcmp(insn->mnemonic, "BRK")) {
        type = ISO_FAULT_BREAKPOINT;
    }
    iso_walk_fault(b, type, false, 0, 0, 0, true);
}

static void execute_exception_return(struct iso_builder *b)
{
    struct iso_walk *w = &b->w;
    uint32_t from = w->pc;
    w->reserved = false; /* an exception return clears the local monitor (B2.12) */
    if (!b->setup->variant.exs || b->setup->variant.eos)
        iso_order_context(&w->order, 0);
    w->in_handler = false;
    jump(b, w->regs.x[ISO_REG_ELR]);
    if (!w->dead && !w->done && w->pc <= from)
        iso_walk_count_loop(b, w->pc, from, 0);
}

static void execute(struct iso_builder *b)
{
    struct iso_walk *w = &b->w;
    const struct iso_insn *insn;
    unsigned first = w->nevents;
    b->insn = NULL;
    b->partial = (struct iso_partial){.insn = NULL};
    insn = b->program->fetches ? iso_walk_fetch(b) : &code_of(b)->insn[w->pc];
    b->insn = insn;
    if (!insn) {
        iso_order_commit(b, first);
        w->instance++;
        return;
    }
    use_registers(b, insn);
    switch ((enum iso_insn_class)insn->cls) {
    case ISO_INSN_COMPUTE:
    case ISO_INSN_SYSTEM_READ:
    case ISO_INSN_SYSTEM_WRITE:
        execute_compute(b, insn);
        break;
    case ISO_INSN_BRANCH:
        execute_branch(b, insn);
        break;
    case ISO_INSN_LOAD:
    case ISO_INSN_LOAD_EXCLUSIVE:
        iso_walk_load(b, insn);
        break;
    case ISO_INSN_STORE:
        iso_walk_store(b, insn);
        break;
    case ISO_INSN_STORE_EXCLUSIVE:
        iso_walk_store_exclusive(b, insn);
        break;
    case ISO_INSN_ATOMIC:
        iso_walk_atomic(b, insn);
        break;
    case ISO_INSN_CAS:
        iso_walk_cas(b, insn);
        break;
    case ISO_INSN_LOAD_TAG:
    case ISO_INSN_STORE_TAG:
    case ISO_INSN_STORE_TAG_DATA:
    case ISO_INSN_ZERO:
        iso_walk_tag(b, insn);
        break;
    case ISO_INSN_BARRIER:
        iso_order_barrier(&w->order, insn, b->setup->variant.vmsa ? (uint8_t)iso_setup_ets(b->setup) : 0);
        iso_walk_tag_barrier(w, insn);
        w->pc++;
        break;
    case ISO_INSN_TLBI:
    case ISO_INSN_AT:
    case ISO_INSN_CACHE:
        iso_walk_system(b, insn);
        break;
    case ISO_INSN_EXCEPTION:
        execute_exception(b, insn);
        break;
    case ISO_INSN_EXCEPTION_RETURN:
        execute_exception_return(b);
        break;
    case ISO_INSN_CLREX:
        w->reserved = false;
        w->pc++;
        break;
    case ISO_INSN_PREFETCH:
    case ISO_INSN_HINT:
        w->pc++;
        break;
    }
    iso_order_commit(b, first);
    w->instance++;
}

/* Runs on from the current instruction to the end of the thread, or to a horizon. */
static void run(struct iso_builder *b)
{
    struct iso_walk *w = &b->w;
    while (!w->done && !w->dead) {
        uint16_t cursor;
        uint32_t pc = w->code == b->thread_index ? w->pc : 0;
        if (is_past_end(b)) {
            w->done = true;
            break;
        }
        if (b->nsnapshots == b->snapshot_capacity) {
            b->snapshot_capacity = b->snapshot_capacity ? 2 * b->snapshot_capacity : 16;
            struct iso_walk *grown = realloc(b->snapshot, b->snapshot_capacity * sizeof *grown);
            if (!grown)
                iso_out_of_memory(__FILE__, __LINE__);
            b->snapshot = grown;
        }
        b->snapshot[b->nsnapshots++] = *w;
        cursor = (uint16_t)b->nchoices;
        if (b->live && w->code == b->thread_index && b->is_head[w->pc]) {
            iso_walk_enter_head(b);
            if (w->done || w->dead)
                break;
        }
        execute(b);
        if (!w->at_horizon)
            w->in_wait = b->program->lazy && b->live && b->program->thread[b->thread_index].waits_here[pc];
        if (b->program->lazy && !w->dead && !w->done && !iso_walk_runs_on(b) && iso_walk_is_horizon(b, pc)) {
            w->at_horizon = w->done = true;
            w->in_wait = b->inside;
            w->horizon = w->nevents;
        }
        if (b->nchoices == cursor && b->nsnapshots > 0) /* no choice was made: nothing to come back to */
            b->nsnapshots--;
    }
}

/* Moves the odometer on and goes back to the start of that instruction. False: all runs are done. */
static bool next_run(struct iso_builder *b)
{
    while (b->nchoices > 0 && b->choice[b->nchoices - 1].taken + 1 == b->choice[b->nchoices - 1].count)
        b->nchoices--;
    if (b->nchoices == 0)
        return false;
    b->choice[b->nchoices - 1].taken++;
    b->nsnapshots = b->choice[b->nchoices - 1].snapshot + 1;
    b->w = b->snapshot[b->nsnapshots - 1];
    iso_walk_forget_later(b);
    return true;
}

static void run_all(struct iso_builder *b)
{
    do {
        run(b);
        if (b->failure)
            return;
        if (b->w.lost)
            iso_walk_keep_lost(b);
        else if (!b->w.dead)
            iso_program_add_trace(b->program, b);
        if (b->program->failure || b->program->crowded || b->program->refetch)
            return;
    } while (next_run(b));
}

void iso_walk_resume(struct iso_builder *b, struct iso_program *program, unsigned thread_index,
                     const struct iso_continuation *from, const struct iso_bytes16 *value)
{
    b->program = program;
    b->setup = program->setup;
    b->test = program->setup->test;
    b->thread = &b->test->thread[thread_index];
    b->thread_index = thread_index;
    b->resumed = true;
    b->nchoices = b->nsnapshots = 0;
    b->live = program->thread[thread_index].live;
    b->compared = program->thread[thread_index].compared;
    b->is_head = program->thread[thread_index].is_head;
    iso_walk_unpack(&b->w, from);
    memcpy(b->event, from->event, b->w.nevents * sizeof *b->event);
    for (unsigned i = 0; i < b->w.nevents; i++)
        iso_walk_unpack_order(&b->build[i], from, i);
    b->w.cursor = 0;
    b->w.awaits = 0;
    b->w.at_horizon = b->w.done = false;
    b->answered = ISO_EVENTS_MAX;
    if (value) {
        b->answered = b->w.nevents;
        b->answer = *value;
    }
    run_all(b);
}

void iso_walk_thread(struct iso_builder *b, struct iso_program *program, unsigned thread_index)
{
    b->program = program;
    b->setup = program->setup;
    b->test = program->setup->test;
    b->thread = &b->test->thread[thread_index];
    b->thread_index = thread_index;
    b->resumed = false;
    b->nchoices = b->nsnapshots = 0;
    memset(&b->w, 0, sizeof b->w);
    b->w.regs = b->thread->init;
    b->w.reservation = -1;
    b->w.code = thread_index;
    iso_order_begin(&b->w.order, b->thread);
    b->answered = ISO_EVENTS_MAX;
    iso_walk_find_loops(b);
    iso_walk_find_compared(b);
    b->w.done = b->thread->code_end == 0;
    run_all(b);
}
