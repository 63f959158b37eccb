/* Moves and states, as declared in moves.h. */
#include "sim/explore/moves.h"
#include "sim/explore/translation.h"

void iso_move_write(struct iso_ob_machine *m, uint32_t *memory, const struct iso_move *move)
{
    for (unsigned i = 0; i < move->nparts; i++) {
        const struct iso_part *p = &move->part[i];
        memory[p->slot] = iso_machine_written(m, p->slot, memory[p->slot], p->value);
    }
}

/* A TLBI completes: what entries of key k thread i may still use. The host knows of the guest's stage-2 entries too, for it says what a later TLBI of combined
 * entries leaves. An entry that combines both stages may be made anew from any stage-2 entry still there. */
static void invalidate(const struct iso_ob_machine *m, uint32_t *oldest, unsigned k, unsigned i, unsigned thread,
                       const struct iso_move *move)
{
    bool same_regime = (m->guests >> i & 1u) == move->guest || (m->stage2_keys >> k & 1) || move->code;
    uint32_t bound = move->bound[k];
    if ((i != thread && !move->broadcast) || !same_regime || !bound)
        return;
    if (k >= m->ndescriptors && k < m->first_code && bound > oldest[m->pair_second[k]] + 1)
        bound = oldest[m->pair_second[k]] + 1;
    if (bound > oldest[k] + 1)
        oldest[k] = bound - 1;
}

void iso_move_complete(const struct iso_ob_machine *m, uint32_t *oldest, unsigned thread, const struct iso_move *move)
{
    for (unsigned i = 0; i < m->nthreads; i++)
        for (unsigned k = 0; k < m->nkeys; k++)
            invalidate(m, &oldest[i * m->nkeys], k, i, thread, move);
}

/* Code is cleaned to the Point of Unification, or past it, or what is there is dropped: what memory holds now is there. */
void iso_move_clean(const struct iso_ob_machine *m, uint32_t *cleaned, const uint32_t *memory,
                    const struct iso_move *move)
{
    for (unsigned k = m->first_code; k < m->nkeys; k++)
        if (move->slots >> m->key_slot[k] & 1)
            cleaned[k - m->first_code] = m->history[memory[m->key_slot[k]]].length - 1;
}

unsigned iso_move_hardware(struct iso_part *out, struct iso_ob_machine *m, const uint32_t *memory)
{
    unsigned n = 0;
    for (unsigned d = 0; m->program->sets_af && d < m->ndescriptors; d++) {
        struct iso_slot *slot = &m->slot[m->descriptor[d]];
        struct iso_bytes16 value = slot->value[iso_machine_top(m, m->descriptor[d], memory)];
        if (iso_program_sets_af(m->program, slot->loc, value.lo, &value.lo) &&
            iso_translation_may_update(m, memory, slot->loc))
            out[n++] = (struct iso_part){.slot = m->descriptor[d], .own = -1, .value = iso_machine_value(slot, value)};
    }
    for (unsigned i = 0; m->program->image.tagless_frames && i < m->nslots; i++) {
        struct iso_slot *slot = &m->slot[i];
        uint32_t zero;
        if (!iso_image_is_tagless(&m->program->image, slot->loc) || (slot->loc & ISO_LOC_COPY)) /* copies.h */
            continue;
        zero = iso_machine_value(slot, (struct iso_bytes16){0, 0});
        if (memory[i] != zero)
            out[n++] = (struct iso_part){.slot = (uint8_t)i, .own = -1, .value = zero};
    }
    return n;
}
