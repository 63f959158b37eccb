/* When translations are made, as declared in translation.h. Not for: what they read (walk_path.c), what follows (machine.c). */
#include "sim/explore/translation.h"
#include "models/translate.h"
#include "sim/explore/sets.h"

/* ---- entries ---- */

/* Whether a translation may find this value. */
static bool serves(const struct iso_step *s, uint32_t value)
{
    for (uint32_t i = 0; i < s->nalike; i++)
        if (s->part[i].value == value)
            return true;
    return false;
}

/* A Translation or Access flag fault is never taken from a stale entry (TLBUncacheable-coherence-after); a hardware update works on the current one
 * (Atomicity). */
static bool is_current(const struct iso_step *s)
{
    return (s->flags & ISO_EVENT_TLB_UNCACHEABLE) || s->pair >= 0;
}

/* Newest history index, `first` at least, with a value that serves; -1: none. */
static int find(const struct iso_ob_machine *m, const struct iso_step *s, const struct iso_view *view, uint32_t first)
{
    for (uint32_t h = view->memory[s->part[0].slot]; h != UINT32_MAX; h = m->history[h].parent) {
        uint32_t index = m->history[h].length - 1;
        if (index < first)
            break;
        if (serves(s, m->history[h].value))
            return (int)index;
        if (is_current(s))
            break;
    }
    return -1;
}

/* Index that is kept for a translation still to come; -1: none. */
static int kept_index(const struct iso_ob_machine *m, const struct iso_residual *r, unsigned i)
{
    for (uint32_t k = 0; k < m->aux[r->aux]; k++)
        if (m->aux[r->aux + 1 + k] >> 24 == i)
            return (int)(m->aux[r->aux + 1 + k] & 0xffff);
    return -1;
}

int iso_translation_finds(const struct iso_ob_machine *m, const struct iso_run *run, const struct iso_residual *r,
                          unsigned i, const struct iso_view *view)
{
    const struct iso_step *s = &run->step[i];
    int found, kept;
    if (s->key < 0)
        return serves(s, view->memory[s->part[0].slot]) ? 0 : -1;
    found = find(m, s, view, view->oldest[s->key]);
    kept = r->aux ? kept_index(m, r, i) : -1;
    return found > kept ? found : kept;
}

/* What a TLBI leaves of key k at this moment. */
uint32_t iso_translation_bound(const struct iso_ob_machine *m, const struct iso_step *s, unsigned k,
                               const struct iso_view *view)
{
    bool pair = k >= m->ndescriptors, stage2 = (m->stage2_keys >> k & 1) != 0;
    unsigned named = pair ? m->pair_first[k] : k;
    if (stage2 ? !(s->flags & ISO_EVENT_STAGE2) : (s->flags & ISO_EVENT_NOT_STAGE1))
        return 0;
    if (s->page >= (int)ISO_SETUP_MAX_PAGES) /* no page of the test */
        return 0;
    if (s->page >= 0 && m->descriptor_of_page[s->page] != (int8_t)named)
        return 0;
    if (pair && !(s->flags & ISO_EVENT_STAGE2))
        return view->oldest[m->pair_second[k]] + 1;
    return m->history[view->memory[m->key_slot[k]]].length;
}

/* ---- when ---- */

/* Whether some TLBI of another thread may reach this one. */
static bool is_reached(const struct iso_ob_machine *m, unsigned thread)
{
    uint32_t self = 1u << thread;
    return m->has_completions && ((m->broadcasts & ~self) || (m->broadcasts & self & m->program->has_twins));
}

/* Whether `missing` are translations that can all be made now. */
static bool can_be_made(const struct iso_ob_machine *m, const struct iso_run *run, const struct iso_residual *r,
                        uint64_t missing, const struct iso_view *view)
{
    for (uint64_t k = missing; k; k &= k - 1) {
        unsigned i = (unsigned)__builtin_ctzll(k);
        const struct iso_step *s = &run->step[i];
        if (s->kind != ISO_EVENT_TTD_READ || (s->preds & ~r->done & ~missing) ||
            iso_translation_finds(m, run, r, i, view) < 0)
            return false;
    }
    return true;
}

/* Whether a step that is ordered after translation i waits for nothing but translations that can be made now. */
static bool is_wanted(struct iso_ob_machine *m, const struct iso_run *run, const struct iso_residual *r, unsigned i,
                      const struct iso_view *view)
{
    if ((run->gate >> i & 1) && can_be_made(m, run, r, run->gate & ~r->done, view))
        return true;
    for (uint64_t left = run->all & ~r->done; left; left &= left - 1) {
        unsigned k = (unsigned)__builtin_ctzll(left);
        const struct iso_step *s = &run->step[k];
        if (!(s->preds >> i & 1) || !can_be_made(m, run, r, s->preds & ~r->done, view))
            continue;
        if ((s->kind != ISO_EVENT_READ && s->kind != ISO_EVENT_TAG_READ) || (run->waits >> k & 1))
            return true;
        m->consulted |= s->slots;
        if (iso_machine_finds(m, s, r->done, view))
            return true;
    }
    return false;
}

enum iso_translation_time iso_translation_when(struct iso_ob_machine *m, unsigned thread, const struct iso_run *run,
                                               const struct iso_residual *r, unsigned i, const struct iso_view *view)
{
    const struct iso_step *s = &run->step[i];
    if (!m->slot[s->part[0].slot].written)
        return ISO_TRANSLATION_NOW;
    if (!m->defers)
        return m->has_completions || s->pair >= 0 ? ISO_TRANSLATION_EITHER : ISO_TRANSLATION_NOW;
    if (s->pair < 0 && (!is_reached(m, thread) || !(iso_set_consequences(run, i) & ~r->done)))
        return ISO_TRANSLATION_NOW;
    return (run->deferred >> i & 1) && !is_wanted(m, run, r, i, view) ? ISO_TRANSLATION_LATER : ISO_TRANSLATION_EITHER;
}

void iso_translation_make(struct iso_ob_machine *m, unsigned thread, const struct iso_run *run, struct iso_residual *r,
                          unsigned i, int index)
{
    const struct iso_step *s = &run->step[i];
    r->done |= ISO_BIT(i);
    if (m->has_completions && s->key >= 0 && (!m->defers || is_reached(m, thread)))
        r->aux = iso_set_aux_put(m, r->aux, i, ISO_AUX_ENTRY(i, s->key, index));
}

/* ---- what others do ---- */

bool iso_translation_survives(struct iso_ob_machine *m, unsigned thread, const struct iso_run *run,
                              struct iso_residual *r, const struct iso_move *move, const struct iso_view *view)
{
    const uint32_t count = m->aux[r->aux], list = r->aux;
    uint64_t missing = 0, gone = 0;
    for (uint32_t k = 0; k < count; k++) {
        uint32_t entry = m->aux[list + 1 + k], bound = move->bound[entry >> 16 & 255];
        unsigned step = entry >> 24;
        if ((run->step[step].kind != ISO_EVENT_TTD_READ && run->step[step].kind != ISO_EVENT_FETCH) || !bound ||
            (entry & 0xffff) + 1 >= bound)
            continue;
        if (r->done >> step & 1)
            missing |= iso_set_consequences(run, step) & ~r->done;
        else
            gone |= ISO_BIT(step);
    }
    for (; gone; gone &= gone - 1)
        r->aux = iso_set_aux_drop(m, r->aux, (unsigned)__builtin_ctzll(gone));
    if (missing & ~(m->defers ? run->deferred : 0))
        return false;
    for (; missing; missing &= missing - 1) {
        unsigned i = (unsigned)__builtin_ctzll(missing);
        const struct iso_step *s = &run->step[i];
        int index = s->preds & ~r->done ? -1 : iso_translation_finds(m, run, r, i, view);
        if (index < 0 || (s->key >= 0 && (uint32_t)index + 1 < move->bound[s->key]))
            return false;
        iso_translation_make(m, thread, run, r, i, index);
    }
    return true;
}

void iso_translation_keep(struct iso_ob_machine *m, unsigned thread, const struct iso_run *run, struct iso_residual *r,
                          const struct iso_move *move, uint64_t slots, const struct iso_view *view)
{
    if (!m->defers || !is_reached(m, thread))
        return;
    for (uint64_t k = run->deferred & ~run->waits & ~r->done; k; k &= k - 1) {
        unsigned i = (unsigned)__builtin_ctzll(k);
        const struct iso_step *s = &run->step[i];
        int index = -1;
        if (s->pair >= 0 || s->key < 0 || (s->preds & ~r->done))
            continue;
        if (is_current(s) && move->kind == ISO_EVENT_WRITE && (slots >> s->part[0].slot & 1)) {
            uint32_t h = m->history[view->memory[s->part[0].slot]].parent;
            index = h != UINT32_MAX && serves(s, m->history[h].value) ? (int)m->history[h].length - 1 : -1;
        } else if (!is_current(s) && move->kind == ISO_EVENT_COMPLETION) {
            index = find(m, s, view, view->before[s->key]);
            if (index >= (int)view->oldest[s->key])
                index = -1;
        }
        if (index > kept_index(m, r, i))
            r->aux = iso_set_aux_put(m, r->aux, i, ISO_AUX_ENTRY(i, s->key, index));
    }
}

void iso_translation_note_times(const struct iso_ob_machine *m, const struct iso_slot *slot, uint32_t now)
{
    uint32_t times = 0;
    for (uint32_t h = now; h != UINT32_MAX; h = m->history[h].parent)
        times += m->history[h].value == m->history[now].value;
    iso_domain_note_times(m->program->domain, slot->loc, slot->value[m->history[now].value].lo, times);
}

bool iso_translation_may_update(const struct iso_ob_machine *m, const uint32_t *memory, uint64_t loc)
{
    const struct iso_test *test = m->program->setup->test;
    int page = test->has_guest ? iso_test_descriptor_at(test, loc) : -1,
        table = page < 0 ? -1 : test->page[page].table - 1;
    struct iso_s2pte pte;
    uint64_t value;
    if (table < 0)
        return true;
    value = test->page[table].descriptor;
    if (m->descriptor_of_page[table] >= 0) {
        unsigned d = m->descriptor[m->descriptor_of_page[table]];
        value = m->slot[d].value[iso_machine_top(m, d, memory)].lo;
    }
    iso_s2pte_decode(&pte, value);
    return pte.valid && pte.af && pte.read && pte.write;
}
