/* Moves and states, as declared in moves.h. */
#include "sim/explore/moves.h"

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
