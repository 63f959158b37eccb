/* Uses of frames under several definitions. Declared in alias.h. Source: Arm ARM B2.11; facts/arm-attributes.md section 6. */
#include "sim/explore/alias.h"
#include "models/rule.h"
#include "sim/explore/explore.h"

#include "sim/isa/fatal.h"

#include <stdlib.h>
#include <string.h>

enum { INNER = 1, OUTER = 2, PRIVATE = 3 };

/* How the CPUs take Write-Through and mixed memory: as the machine says, else one way for the whole exploration (CH-08). */
static enum iso_as_encoded treatment(const struct iso_builder *b, const struct iso_attribute *attribute)
{
    if (!iso_alias_is_open(attribute))
        return ISO_AS_ENCODED_YES;
    return (enum iso_as_encoded)iso_effect_setting(b->program->choices, &b->setup->machine->features,
                                                   ISO_CPU_CACHEABILITY);
}

/* Number of the copy behind a definition. */
static uint8_t copy_of(const struct iso_attribute *attribute, enum iso_as_encoded as, unsigned thread)
{
    switch (iso_alias_copy(attribute, as)) {
    case ISO_COPY_MEMORY:
        return 0;
    case ISO_COPY_INNER:
        return INNER;
    case ISO_COPY_OUTER:
        return OUTER;
    case ISO_COPY_PRIVATE:
        return (uint8_t)(PRIVATE + thread);
    }
    return 0;
}

/* Index of the use; a new one is news where there are others. */
static unsigned use_of(struct iso_aliases *aliases, struct iso_alias_frame *f, const struct iso_alias_use *use)
{
    for (unsigned i = 0; i < f->nuses; i++)
        if (f->use[i].copy == use->copy && iso_alias_same(&f->use[i].attribute, &use->attribute))
            return i;
    if (f->nuses == f->capacity) {
        f->capacity = f->capacity ? (uint8_t)(2 * f->capacity) : 4;
        f->use = realloc(f->use, f->capacity * sizeof *f->use);
        if (!f->use)
            iso_out_of_memory(__FILE__, __LINE__);
    }
    aliases->news |= f->nuses > 0;
    aliases->is_private |= use->copy >= PRIVATE;
    f->use[f->nuses] = *use;
    return f->nuses++;
}

void iso_alias_free(struct iso_aliases *aliases)
{
    for (unsigned i = 0; aliases && i < ISO_SETUP_MAX_PAGES; i++)
        free(aliases->frame[i].use);
    free(aliases);
}

uint8_t iso_alias_number(const struct iso_aliases *aliases, const struct iso_alias_use *use)
{
    bool together = use->copy == OUTER ? aliases->one_shared : use->copy >= PRIVATE && aliases->one_private;
    return together ? INNER : use->copy;
}

/* Copies in caches that the frame's definitions see, a bit each. */
static uint32_t cached_copies(const struct iso_aliases *aliases, const struct iso_alias_frame *f)
{
    uint32_t out = 0;
    for (unsigned i = 0; i < f->nuses; i++)
        out |= 1u << iso_alias_number(aliases, &f->use[i]);
    return out & ~1u;
}

/* Nobody requires that accesses of different Shareability see different copies: hardware may keep one for Inner and Outer Shareable ones, or for all. Nor is it
 * said whether tags that nobody in the domain has written may be written back (D10.6.3); where caches keep one copy, memory has no other tags than that had. */
static void choose_copies(const struct iso_builder *b, struct iso_aliases *aliases, const struct iso_alias_frame *f)
{
    static const char shared[] = "R4", own[] = "NSH", with_data[] = "RFYDLC";
    bool inner = false, outer = false, is_private = false;
    for (unsigned i = 0; i < f->nuses; i++) {
        inner |= f->use[i].copy == INNER;
        outer |= f->use[i].copy == OUTER;
        is_private |= f->use[i].copy >= PRIVATE;
    }
    if (outer && (inner || is_private))
        aliases->one_shared = iso_effect_implementation(b->program->choices, 0, ISO_ACCESS_LDR, shared, 2) == 1;
    if (is_private)
        aliases->one_private = iso_effect_implementation(b->program->choices, 0, ISO_ACCESS_LDR, own, 2) == 1;
    if (f->tags && (cached_copies(aliases, f) & (cached_copies(aliases, f) - 1)))
        aliases->tags_with_data = iso_effect_implementation(b->program->choices, 0, ISO_ACCESS_STG, with_data, 2) == 1;
}

/* What the mismatches of one use permit, all others taken together. */
static struct iso_alias_decision permitted(const struct iso_alias_frame *f, unsigned use, enum iso_as_encoded as)
{
    struct iso_alias_decision out = {.permits = 0};
    for (unsigned i = 0; i < f->nuses; i++) {
        struct iso_alias_decision pair;
        iso_alias_decide(&pair, &f->use[use].attribute, &f->use[i].attribute, as);
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
                     const struct iso_insn *insn, enum iso_alias_tags tags)
{
    struct iso_aliases *aliases = b->program->aliases;
    struct iso_alias_frame *f;
    struct iso_alias_decision may;
    enum iso_as_encoded as;
    const bool checks = tags == ISO_ALIAS_TAGS_CHECKED && attribute->tagging == ISO_TAGGING_ALLOCATION;
    unsigned use;
    if (frame < 0 || frame >= (int)ISO_SETUP_MAX_PAGES)
        return;
    f = &aliases->frame[frame];
    as = treatment(b, attribute);
    use = use_of(aliases, f,
                 &(struct iso_alias_use){.attribute = *attribute,
                                         .copy = copy_of(attribute, as, b->thread_index),
                                         .through = iso_alias_writes_through(attribute, as)});
    if (is_exclusive(insn) && !f->use[use].exclusive) {
        f->use[use].exclusive = true;
        f->nexclusives++;
        aliases->news |= f->nuses > 1;
    }
    if (tags != ISO_ALIAS_TAGS_NONE && attribute->tagging == ISO_TAGGING_ALLOCATION && !f->tags) {
        f->tags = true;
        aliases->news |= f->nuses > 1;
    }
    if (!(aliases->split >> frame & 1))
        return;
    for (unsigned i = 0; i < f->nuses && !iso_alias_is_open(attribute); i++)
        if (iso_alias_is_open(&f->use[i].attribute))
            as = treatment(b, &f->use[i].attribute);
    may = permitted(f, use, as);
    path->alias = (uint8_t)(use + 1);
    choose_copies(b, aliases, f);
    path->loc |= (uint64_t)iso_alias_number(aliases, &f->use[use]) << ISO_LOC_COPY_SHIFT;
    path->monitor_unknown = is_exclusive(insn) && f->nexclusives > 1;
    if (path->monitor_unknown && insn->cls == ISO_INSN_STORE_EXCLUSIVE) {
        struct iso_cause c = cause_of(b, path, "CH-44", ISO_CAUSE_NONATOMIC);
        add_cause(b, &c);
    }
    if (only_writes(insn) && (may.permits & ISO_ALIAS_REVERTS) && !aliases->lost) {
        aliases->lost_cause = cause_of(b, path, may.rule, ISO_CAUSE_REVERTED);
        aliases->lost = &aliases->lost_cause;
    }
    if ((!only_writes(insn) || checks) && (may.permits & ISO_ALIAS_STALE)) {
        bool updates = insn->cls == ISO_INSN_ATOMIC || insn->cls == ISO_INSN_CAS;
        struct iso_cause c = cause_of(b, path, may.rule, updates ? ISO_CAUSE_NONATOMIC : ISO_CAUSE_STALE);
        add_cause(b, &c);
    }
    if (!(may.permits & ISO_ALIAS_STALE) && (may.permits & ISO_ALIAS_REORDERS)) {
        struct iso_cause c = cause_of(b, path, may.rule, ISO_CAUSE_ORDER);
        add_cause(b, &c);
    }
}

void iso_alias_mistook_tag(struct iso_builder *b)
{
    struct iso_walk *w = &b->w;
    for (unsigned i = 0; i < w->ncauses; i++) {
        const char *rule = iso_rule_at(w->cause[i].rule)->id;
        if (w->cause[i].insn == w->pc && w->cause[i].effect == ISO_CAUSE_NONATOMIC &&
            (!strcmp(rule, "R3") || !strcmp(rule, "R4") || !strcmp(rule, "NSH")))
            w->cause[i].effect = ISO_CAUSE_STALE;
    }
}

void iso_alias_maintained(const struct iso_builder *b, struct iso_path *path, int frame,
                          const struct iso_attribute *attribute)
{
    struct iso_aliases *aliases = b->program->aliases;
    const struct iso_alias_frame *f;
    if (frame < 0 || frame >= (int)ISO_SETUP_MAX_PAGES || !(aliases->split >> frame & 1))
        return;
    f = &aliases->frame[frame];
    choose_copies(b, aliases, f);
    path->maintained = cached_copies(aliases, f);
    path->own_caches = iso_alias_copy(attribute, treatment(b, attribute)) == ISO_COPY_PRIVATE && !aliases->one_private;
    if (path->own_caches)
        path->maintained = 1u << (PRIVATE + b->thread_index);
    path->tagging = (uint8_t)attribute->tagging;
    path->tags_with_data = aliases->tags_with_data;
}

bool iso_alias_has_tags(const struct iso_aliases *aliases, const struct iso_alias_use *use)
{
    return use->copy && (aliases->tags_with_data || use->attribute.tagging == ISO_TAGGING_ALLOCATION);
}

bool iso_alias_writes_memory(const struct iso_program *program, const struct iso_event *e)
{
    const struct iso_setup *setup = program->setup;
    int frame = e->alias ? iso_image_frame(setup, e->loc) : -1;
    return frame >= 0 && (e->loc & ISO_LOC_COPY) && program->aliases->frame[frame].use[e->alias - 1].through;
}

/* Whether some pair of the frame's uses is mismatched or looks at copies of its own. */
static bool is_split(const struct iso_alias_frame *f)
{
    return f->nuses > 1; /* uses are told apart by just that */
}

bool iso_alias_settle(struct iso_aliases *aliases, bool has_twins)
{
    uint64_t before = aliases->split;
    bool news = aliases->news, apart = has_twins && aliases->is_private;
    aliases->news = false;
    if (!news)
        return apart;
    for (unsigned i = 0; i < ISO_SETUP_MAX_PAGES; i++)
        if (is_split(&aliases->frame[i]))
            aliases->split |= ISO_BIT(i);
    return apart || aliases->split != before || aliases->split;
}
