/* Uses of frames under several definitions. Declared in alias.h. Source: Arm ARM B2.11; facts/arm-attributes.md section 6. */
#include "sim/explore/alias.h"
#include "models/rule.h"
#include "sim/explore/explore.h"

#include <string.h>

enum { PRIVATE = 3 };

/* Number of the copy behind a definition. */
static uint8_t copy_of(const struct iso_attribute *attribute, unsigned thread)
{
    switch (iso_alias_copy(attribute)) {
    case ISO_COPY_MEMORY:
        return 0;
    case ISO_COPY_INNER:
        return 1;
    case ISO_COPY_OUTER:
        return 2;
    case ISO_COPY_PRIVATE:
        return (uint8_t)(PRIVATE + thread);
    }
    return 0;
}

/* Index of the use; a new one is news where there are others. -1: too many. */
static int use_of(struct iso_aliases *aliases, struct iso_alias_frame *f, const struct iso_attribute *attribute,
                  uint8_t copy)
{
    for (unsigned i = 0; i < f->nuses; i++)
        if (f->use[i].copy == copy && iso_alias_same(&f->use[i].attribute, attribute))
            return (int)i;
    if (f->nuses == ISO_ALIAS_USES_MAX) {
        aliases->crowded = true;
        return -1;
    }
    aliases->news |= f->nuses > 0;
    aliases->is_private |= copy >= PRIVATE;
    f->use[f->nuses] = (struct iso_alias_use){*attribute, copy};
    return f->nuses++;
}

/* What the mismatches of one use permit, all others taken together. */
static struct iso_alias_decision permitted(const struct iso_alias_frame *f, unsigned use)
{
    struct iso_alias_decision out = {.permits = 0};
    for (unsigned i = 0; i < f->nuses; i++) {
        struct iso_alias_decision pair;
        iso_alias_decide(&pair, &f->use[use].attribute, &f->use[i].attribute);
        if (!pair.mismatched &&
            f->use[i].copy != f->use[use].copy) /* Non-shareable: coherent with nobody (B2.10.1.2) */
            pair = (struct iso_alias_decision){.permits = ISO_ALIAS_STALE | ISO_ALIAS_REVERTS, .rule = "NSH"};
        out.permits |= pair.permits;
        if (!out.rule || (pair.rule && pair.cure > out.cure)) {
            out.rule = pair.rule;
            out.cure = pair.cure;
        }
    }
    return out;
}

static struct iso_cause cause_of(const struct iso_builder *b, const struct iso_path *path, const char *rule,
                                 enum iso_cause_effect effect)
{
    const struct iso_rule *row = iso_rule_find(rule);
    return (struct iso_cause){.rule = row ? (uint16_t)(row - iso_rule_at(0)) : 0,
                              .effect = (uint8_t)effect,
                              .tier = path->tier,
                              .thread = (uint8_t)b->thread_index,
                              .insn = (uint16_t)b->w.pc};
}

static void add_cause(struct iso_builder *b, const struct iso_cause *cause)
{
    struct iso_walk *w = &b->w;
    for (unsigned i = 0; i < w->ncauses; i++)
        if (w->cause[i].effect == cause->effect && w->cause[i].insn == cause->insn)
            return;
    if (w->ncauses < ISO_TRACE_CAUSES_MAX)
        w->cause[w->ncauses++] = *cause;
}

static bool is_exclusive(const struct iso_insn *insn)
{
    return insn->cls == ISO_INSN_LOAD_EXCLUSIVE || insn->cls == ISO_INSN_STORE_EXCLUSIVE;
}

static bool only_writes(const struct iso_insn *insn)
{
    return insn->cls == ISO_INSN_STORE || insn->cls == ISO_INSN_STORE_EXCLUSIVE || insn->cls == ISO_INSN_STORE_TAG ||
           insn->cls == ISO_INSN_STORE_TAG_DATA || insn->cls == ISO_INSN_ZERO;
}

void iso_alias_enter(struct iso_builder *b, struct iso_path *path, int frame, const struct iso_attribute *attribute,
                     const struct iso_insn *insn, bool tags)
{
    struct iso_aliases *aliases = b->program->aliases;
    struct iso_alias_frame *f;
    struct iso_alias_decision may;
    int use;
    if (frame < 0 || frame >= (int)ISO_SETUP_MAX_PAGES)
        return;
    f = &aliases->frame[frame];
    use = use_of(aliases, f, attribute, copy_of(attribute, b->thread_index));
    if (use < 0)
        return;
    if (is_exclusive(insn) && !(f->exclusives >> use & 1)) {
        f->exclusives = (uint8_t)(f->exclusives | 1u << use);
        aliases->news |= f->nuses > 1;
    }
    if (tags && attribute->tagging == ISO_TAGGING_ALLOCATION)
        for (unsigned i = 0; i < f->nuses; i++)
            f->tagged_copies |= f->use[i].copy != f->use[use].copy && f->use[i].copy &&
                                f->use[i].attribute.tagging == ISO_TAGGING_ALLOCATION;
    if (!(aliases->split >> frame & 1))
        return;
    may = permitted(f, (unsigned)use);
    path->alias = (uint8_t)(use + 1);
    path->loc |= (uint64_t)f->use[use].copy << ISO_LOC_COPY_SHIFT;
    path->monitor_unknown = is_exclusive(insn) && (f->exclusives & (f->exclusives - 1));
    if (path->monitor_unknown && insn->cls == ISO_INSN_STORE_EXCLUSIVE) {
        struct iso_cause c = cause_of(b, path, "CH-44", ISO_CAUSE_NONATOMIC);
        add_cause(b, &c);
    }
    if (only_writes(insn)) {
        if ((may.permits & ISO_ALIAS_REVERTS) && !aliases->lost) {
            aliases->lost_cause = cause_of(b, path, may.rule, ISO_CAUSE_REVERTED);
            aliases->lost = &aliases->lost_cause;
        }
    } else if (may.permits & ISO_ALIAS_STALE) {
        bool updates = insn->cls == ISO_INSN_ATOMIC || insn->cls == ISO_INSN_CAS;
        struct iso_cause c = cause_of(b, path, may.rule, updates ? ISO_CAUSE_NONATOMIC : ISO_CAUSE_STALE);
        add_cause(b, &c);
    }
    if (!(may.permits & ISO_ALIAS_STALE) && (may.permits & ISO_ALIAS_REORDERS)) {
        struct iso_cause c = cause_of(b, path, may.rule, ISO_CAUSE_ORDER);
        add_cause(b, &c);
    }
}

uint32_t iso_alias_maintained(const struct iso_builder *b, int frame, const struct iso_attribute *attribute)
{
    const struct iso_aliases *aliases = b->program->aliases;
    uint32_t out = 0;
    if (frame < 0 || frame >= (int)ISO_SETUP_MAX_PAGES || !(aliases->split >> frame & 1))
        return 0;
    if (iso_alias_copy(attribute) == ISO_COPY_PRIVATE) /* this CPU's caches alone */
        return 1u << (PRIVATE + b->thread_index);
    for (unsigned i = 0; i < aliases->frame[frame].nuses; i++)
        out |= 1u << aliases->frame[frame].use[i].copy;
    return out & ~1u;
}

/* Whether some pair of the frame's uses is mismatched or looks at copies of its own. */
static bool is_split(struct iso_aliases *aliases, const struct iso_alias_frame *f)
{
    bool out = false;
    for (unsigned i = 0; i < f->nuses; i++)
        for (unsigned k = 0; k < i; k++) {
            bool differ =
                f->use[i].copy != f->use[k].copy || !iso_alias_same(&f->use[i].attribute, &f->use[k].attribute);
            out |= differ;
            aliases->uncertain |= differ && !(iso_alias_copy_is_certain(&f->use[i].attribute) &&
                                              iso_alias_copy_is_certain(&f->use[k].attribute));
        }
    return out;
}

bool iso_alias_settle(struct iso_aliases *aliases, bool has_twins)
{
    uint64_t before = aliases->split;
    bool news = aliases->news, apart = has_twins && aliases->is_private;
    aliases->news = false;
    if (!news)
        return apart;
    for (unsigned i = 0; i < ISO_SETUP_MAX_PAGES; i++)
        if (is_split(aliases, &aliases->frame[i]))
            aliases->split |= ISO_BIT(i);
    return apart || aliases->split != before || aliases->split;
}
