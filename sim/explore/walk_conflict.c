/* A TLB that holds two entries for one address, because a change that needs break-before-make was made without: the translation is that of one of them, a
 * mixture of both, or a TLB conflict abort (Arm ARM D8.17.1, K1.2.3). It has two TTD reads then, one of each descriptor; the machine finds each in what entries may
 * still be old (machine.c), so that a TLBI in time ends both.
 * In the first round no translation is one of two; the search notes the pages of which a TLB can hold two (iso_machine_note_conflicts()), and from then on the walk
 * opens the choice. Only on a machine: the litmus tools know old and new alone.
 * That a TLB can is noted without a machine too, where nobody translates through it any more as well: the set says so (BBM-expected).
 * Not modelled: mixtures of the bits of two output addresses; loss of coherency, of ordering, of single-copy atomicity, which D8.17.1 names besides. */
#include "models/rule.h"
#include "models/translate.h"
#include "sim/explore/explore.h"
#include "sim/explore/machine.h"
#include "sim/explore/walk.h"

static uint8_t knob(const struct iso_program *program)
{
    return program->setup->machine ? iso_cpu_get(&program->setup->machine->features, ISO_CPU_TLB_CONFLICT)
                                   : (uint8_t)ISO_TLB_CONFLICT_ONE;
}

/* Whether some write goes to the frame of an output address. */
static bool is_written(const struct iso_program *program, uint64_t oa)
{
    for (uint32_t i = 0; i < program->domain->nwrites; i++) {
        uint64_t loc = iso_loc_strip(program->domain->write[i].loc);
        if (loc / ISO_PAGE_BYTES == oa / ISO_PAGE_BYTES)
            return true;
    }
    return false;
}

static bool conflict(const struct iso_program *program, int page, uint64_t a, uint64_t b)
{
    const uint64_t oa = UINT64_C(0x0000FFFFFFFFF000);
    bool same = !((a ^ b) & oa) || (iso_setup_same_contents(program->setup, a & oa, b & oa) &&
                                    !is_written(program, a & oa) && !is_written(program, b & oa));
    return iso_setup_conflicts(program->setup, page, a, b, same);
}

static void note(struct iso_program *program, int page, uint64_t a, uint64_t b)
{
    if ((program->needs_bbm && knob(program) == ISO_TLB_CONFLICT_ONE) || !conflict(program, page, a, b))
        return;
    program->needs_bbm = true;
    if (knob(program) != ISO_TLB_CONFLICT_ONE)
        *program->conflicts |= ISO_BIT(page);
}

void iso_machine_note_conflicts(const struct iso_ob_machine *m, const uint32_t *memory, const uint32_t *oldest,
                                const struct iso_move *move)
{
    for (unsigned k = 0; k < m->first_code; k++) {
        const struct iso_slot *slot = &m->slot[m->key_slot[k]];
        int page = iso_test_descriptor_at(m->program->setup->test, slot->loc);
        uint32_t top = memory[m->key_slot[k]], first = UINT32_MAX;
        if (!(move->slots >> m->key_slot[k] & 1) || page < 0 || (*m->program->conflicts >> page & 1))
            continue;
        for (unsigned i = 0; i < (m->has_completions ? m->nthreads : 1); i++)
            if (k < m->ndescriptors || (m->guests >> i & 1u) ||
                !m->has_completions) /* the host has no entries of both stages */
                first = oldest[i * m->nkeys + k] < first ? oldest[i * m->nkeys + k] : first;
        for (uint32_t h = m->history[top].parent; h != UINT32_MAX && m->history[h].length > first;
             h = m->history[h].parent)
            note(m->program, page, slot->value[m->history[h].value].lo, slot->value[m->history[top].value].lo);
    }
}

/* A descriptor as hardware may make it of its own accord. */
static uint64_t updated(const struct iso_program *program, int page, uint64_t descriptor)
{
    struct iso_s2pte second;
    struct iso_pte first;
    if (!program->sets_af)
        return descriptor;
    if (program->setup->test->page[page].is_stage2) {
        iso_s2pte_decode(&second, descriptor);
        second.af = true;
        return iso_s2pte_encode(&second);
    }
    iso_pte_decode(&first, descriptor);
    first.af = true;
    return iso_pte_encode(&first);
}

bool iso_machine_may_warn(const struct iso_ob_machine *m)
{
    bool out = false;
    for (unsigned d = 0; d < m->ndescriptors && !m->program->setup->machine && !m->program->needs_bbm; d++) {
        const struct iso_slot *slot = &m->slot[m->descriptor[d]];
        int page = iso_test_descriptor_at(m->program->setup->test, slot->loc);
        for (uint32_t i = 0; i < slot->nvalues && page >= 0; i++)
            for (uint32_t k = 0; k < i && !out; k++)
                out = conflict(m->program, page, updated(m->program, page, slot->value[i].lo),
                               updated(m->program, page, slot->value[k].lo));
    }
    return out;
}

bool iso_walk_conflict(struct iso_builder *b, struct iso_conflict *out, int page, uint64_t descriptor)
{
    const struct iso_page *p = &b->test->page[page];
    uint64_t mixed[ISO_AMALGAMS_MAX];
    struct iso_bytes16 other;
    uint8_t value;
    unsigned way;
    *out = (struct iso_conflict){.kind = ISO_CONFLICT_NONE};
    if (!(*b->program->conflicts >> page & 1u)) /* nobody asks the CPU, then (models/reads.h) */
        return true;
    value = knob(b->program);
    if (value == ISO_TLB_CONFLICT_ONE)
        return true;
    way = iso_walk_choose(b, value == ISO_VALUE_FREE || value == ISO_VALUE_UNKNOWN ? 3 : 2);
    if (way == 0)
        return true;
    out->kind = way == 2 || value == ISO_TLB_CONFLICT_ABORT ? ISO_CONFLICT_ABORT : ISO_CONFLICT_AMALGAM;
    if (!iso_walk_value(b, &other, p->descriptor_va, 8, true))
        return false;
    if (other.lo <= descriptor || !conflict(b->program, page, descriptor, other.lo)) {
        b->w.dead = true; /* each pair once */
        return false;
    }
    out->other = other.lo;
    if (out->kind == ISO_CONFLICT_AMALGAM)
        out->descriptor = mixed[iso_walk_choose(
            b, iso_descriptor_amalgams(mixed, descriptor, other.lo, b->test->page[page].is_stage2))];
    return !b->w.dead;
}

int iso_walk_conflict_read(struct iso_builder *b, struct iso_path *out, const struct iso_conflict *conflict, int ttd,
                           const struct iso_depend *depend)
{
    struct iso_depend d = *depend;
    struct iso_cause cause = {.rule = (uint16_t)(iso_rule_find("CH-50") - iso_rule_at(0)),
                              .effect = ISO_CAUSE_MIXED_TRANSLATION,
                              .tier = (uint8_t)b->setup->machine->reference,
                              .thread = (uint8_t)b->thread_index,
                              .insn = (uint16_t)b->w.pc};
    int i;
    d.same |= ISO_BIT(ttd);
    i = iso_walk_event(b, ISO_EVENT_TTD_READ, b->event[ttd].flags, b->event[ttd].loc, 8, &d);
    if (i < 0)
        return -1;
    b->event[i].value.lo = conflict->other;
    b->event[i].page = b->event[ttd].page;
    b->event[i].ttd = b->event[ttd].ttd;
    iso_order_event(b, (unsigned)i);
    out->other_ttds |= ISO_BIT(ttd);
    if (b->w.ncauses < ISO_TRACE_CAUSES_MAX && conflict->kind == ISO_CONFLICT_AMALGAM)
        b->w.cause[b->w.ncauses++] = cause;
    return i;
}
