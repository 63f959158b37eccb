/* Tag loads and stores, and zeroing by block, in the walk.
 * An allocation tag is a location of its own; STZG writes tag and data as two Effects of one instruction.
 * Source: Arm ARM D10, C6.2 (LDG, STG ...), DC ZVA/GVA/GZVA; facts/arm-attributes.md section 7. */
#include "sim/explore/explore.h"
#include "sim/explore/walk.h"
#include "sim/isa/a64_asm.h"
#include "sim/isa/value.h"

#include <string.h>

enum { BLOCK_BYTES = 64, BITMAP_BYTES = 256 };

static void load_tags(struct iso_builder *b, const struct iso_insn *insn)
{
    struct iso_insn_uses uses;
    struct iso_path path;
    uint64_t after, tags = 0;
    struct iso_path_request request = {
        .va = iso_insn_address(&after, insn, &b->w.regs), .tags = true, .size = ISO_GRANULE_BYTES};
    bool many = !strcmp(insn->mnemonic, "LDGM");
    unsigned count = many ? BITMAP_BYTES / ISO_GRANULE_BYTES : 1;
    uint64_t old, flow = 0, picks = 0;
    iso_insn_uses(&uses, insn);
    old = iso_walk_flow(b->w.flow, uses.data);
    if (iso_walk_path(b, &path, insn, &uses, &request, &(uint8_t){ISO_FAULT_NONE}) != ISO_PATH_OK)
        return;
    /* Untagged locations read as zero (facts 7.1); what a tier does not store does so once it is evicted, which is the search's. */
    bool untagged = path.untagged || (path.effect && path.effect->tag == ISO_TAG_EFFECT_READS_ZERO &&
                                      iso_attribute_point(path.attribute).tagging != ISO_TAGGING_ALLOCATION);
    for (unsigned k = 0; k < count; k++) {
        struct iso_bytes16 tag;
        int i = iso_walk_read(b, &path, iso_loc_of_tag(path.loc + k * ISO_GRANULE_BYTES), 1, 0, old, 0, &tag);
        if (i < 0)
            return;
        b->build[i].depend.pick_flow |= iso_walk_flow(b->w.pick_flow, uses.data);
        if (path.effect && path.effect->tag == ISO_TAG_EFFECT_READS_CANONICAL)
            tag.lo = path.va >> 55 & 1 ? 15 : 0;
        if (untagged)
            tag.lo = 0;
        tags |= many ? tag.lo << (4 * k) : tag.lo;
        flow |= b->build[i].depend.flow | ISO_BIT(i);
        picks |= b->build[i].depend.pick_flow | ISO_BIT(i);
    }
    iso_insn_load_tag_result(&b->w.regs, insn, tags);
    if (insn->rd < ISO_REG_COUNT) {
        b->w.flow[insn->rd] = flow;
        b->w.pick_flow[insn->rd] = picks;
    }
    b->w.pc++;
}

/* Something hardware does by itself after a tag write, in no other order. */
static bool hardware_write(struct iso_builder *b, int after, uint64_t loc, unsigned size, uint64_t value)
{
    struct iso_depend d = {0};
    int i = iso_walk_event(b, ISO_EVENT_HU, 0, loc, size, &d);
    if (i < 0)
        return false;
    b->event[i].value.lo = value;
    b->event[i].preds = ISO_BIT(after) | b->event[after].preds;
    return true;
}

/* A tier without tag storage keeps a written tag only while the line is dirty in a cache (facts 7.3). That it reads as zero from the eviction on is the search's
 * (spontaneous moves); where tag writes alias, the evicted bytes land at the start of some other page's memory. */
static bool evict(struct iso_builder *b, const struct iso_path *path, int write, uint64_t granule, unsigned tag)
{
    enum iso_tag_effect effect = path->effect ? path->effect->tag : ISO_TAG_EFFECT_NORMAL;
    uint64_t line = granule & ~(uint64_t)63;
    if (effect == ISO_TAG_EFFECT_ALIASES && b->test->npages > 1 && iso_walk_choose(b, 2) == 1) {
        unsigned victim = iso_walk_choose(b, b->test->npages - 1),
                 nibble = (unsigned)(granule - line) / ISO_GRANULE_BYTES;
        int own = b->setup->variant.vmsa ? iso_test_frame_at(b->test, granule) : iso_test_page_at(b->test, granule);
        const struct iso_page *page = &b->test->page[(int)victim >= own ? victim + 1 : victim];
        uint64_t bytes = 0;
        for (unsigned k = 0; k < 4; k++)
            bytes |=
                (k == nibble ? tag
                             : iso_image_read(&b->program->image, iso_loc_of_tag(line + k * ISO_GRANULE_BYTES), 1).lo)
                << (4 * k);
        return hardware_write(b, write, b->setup->variant.vmsa ? page->pa : page->va, 2, bytes);
    }
    return true;
}

/* What a store to a granule writes there. */
static bool writes_tag(const struct iso_path *path)
{
    return !path->untagged &&
           !(path->effect && (path->effect->tag == ISO_TAG_EFFECT_IGNORED || path->effect->data_lost));
}

static bool writes_data(const struct iso_path *path)
{
    return !(path->effect && path->effect->data_lost);
}

static bool store_tags(struct iso_builder *b, const struct iso_path *path, unsigned pages,
                       const struct iso_insn_uses *uses, unsigned bytes, uint64_t tags, bool many)
{
    struct iso_depend extra = {.data = iso_walk_flow(b->w.flow, uses->data),
                               .pick_data = iso_walk_flow(b->w.pick_flow, uses->data)};
    for (unsigned k = 0; k < bytes / ISO_GRANULE_BYTES; k++) {
        struct iso_bytes16 tag = {many ? tags >> (4 * k) & 15 : tags, 0};
        uint64_t loc;
        const struct iso_path *page = iso_path_at(path, k * ISO_GRANULE_BYTES, &loc);
        if (!writes_tag(page) || !(pages >> (page != path) & 1u))
            continue;
        int i = iso_walk_write(b, page, iso_loc_of_tag(loc), 1, 0, extra, -1, tag);
        if (i < 0 || !evict(b, page, i, iso_loc_strip(loc), (unsigned)tag.lo))
            return false;
    }
    return true;
}

static bool store_data(struct iso_builder *b, const struct iso_path *path, unsigned pages, unsigned bytes,
                       struct iso_bytes16 data, struct iso_depend extra)
{
    for (unsigned k = 0; k < bytes / ISO_GRANULE_BYTES; k++) {
        uint64_t loc;
        const struct iso_path *page = iso_path_at(path, k * ISO_GRANULE_BYTES, &loc);
        loc &= ~(uint64_t)(ISO_GRANULE_BYTES - 1);
        if (!writes_data(page) || !(pages >> (page != path) & 1u))
            continue;
        if (iso_walk_write(b, page, loc, ISO_GRANULE_BYTES, 0, extra, -1, data) < 0)
            return false;
    }
    return true;
}

/* Of ST2G, STZ2G the granule on one of two pages. */
static bool store_part(struct iso_builder *b, const struct iso_partial *partial)
{
    struct iso_path page[2] = {*partial->path, *partial->path};
    struct iso_depend none = {0};
    page[0].first = ISO_GRANULE_BYTES;
    page[0].rest = &page[1];
    return store_tags(b, &page[0], 1u << partial->part, partial->uses, 2 * ISO_GRANULE_BYTES, partial->tag, false) &&
           (!partial->zeroes ||
            store_data(b, &page[0], 1u << partial->part, 2 * ISO_GRANULE_BYTES, (struct iso_bytes16){0, 0}, none));
}

static bool ignores_tag(const struct iso_path *path)
{
    return path->untagged || (path->effect && path->effect->tag == ISO_TAG_EFFECT_IGNORED);
}

/* CH-49: a store of tags alone leaves the dirty state only where they are ignored, and where the machine says so, then always. */
static bool fits_dirty_state(const struct iso_builder *b, const struct iso_path *path, bool clean)
{
    uint8_t value = iso_cpu_get(&b->setup->machine->features, ISO_CPU_TABLE_UPDATE);
    bool ignored = ignores_tag(path) && (!path->rest || ignores_tag(path->rest));
    if (clean)
        return ignored && value != ISO_TABLE_UPDATE_YES;
    return !(ignored && value == ISO_TABLE_UPDATE_NO && !b->thread->guest);
}

void iso_walk_tag(struct iso_builder *b, const struct iso_insn *insn)
{
    struct iso_insn_uses uses;
    struct iso_path path;
    uint64_t after;
    struct iso_path_request request = {.va = iso_insn_address(&after, insn, &b->w.regs),
                                       .write = true,
                                       .update_db = true,
                                       .tags = true,
                                       .size = ISO_GRANULE_BYTES};
    struct iso_depend zero = {0};
    bool tags = true, data = false, many = false, clean = false, may_be_clean;
    unsigned bytes = insn->size, first;
    uint64_t value;
    if (insn->cls == ISO_INSN_LOAD_TAG) {
        load_tags(b, insn);
        return;
    }
    iso_insn_uses(&uses, insn);
    value = iso_insn_store_tag(insn, &b->w.regs);
    if (!strcmp(insn->mnemonic, "STGM")) {
        many = true;
        bytes = BITMAP_BYTES;
        value = insn->rt < ISO_REG_COUNT ? b->w.regs.x[insn->rt] : 0;
    } else if (insn->cls == ISO_INSN_STORE_TAG_DATA) {
        data = true;
    } else if (insn->cls == ISO_INSN_ZERO) {
        enum iso_a64_zero kind = iso_a64_zero_kind(insn);
        bytes = BLOCK_BYTES;
        tags = kind != ISO_A64_ZERO_DATA;
        data = kind != ISO_A64_ZERO_TAGS;
        value = iso_address_tag(request.va);
        request.checked = !tags; /* DC ZVA is checked, the forms that set tags are not */
    }
    if (!strcmp(insn->mnemonic, "STGP")) {
        zero.data = iso_walk_flow(b->w.flow, uses.data);
        zero.pick_data = iso_walk_flow(b->w.pick_flow, uses.data);
    }
    request.size = (uint16_t)bytes;
    b->partial = (struct iso_partial){.insn = insn, .write = store_part, .uses = &uses, .tag = value, .zeroes = data};
    may_be_clean = !data && b->setup->machine && b->setup->variant.vmsa &&
                   iso_setup_tthm(b->setup, b->thread->tthm) == ISO_TTHM_HAHD;
    if (may_be_clean) {
        clean =
            iso_walk_choose(b, 2) == 1; /* a write of tags alone that is ignored may leave the dirty state (RBZXVS) */
        request.update_db = !clean;
    }
    if (iso_walk_path(b, &path, insn, &uses, &request, &(uint8_t){ISO_FAULT_NONE}) != ISO_PATH_OK)
        return;
    first = b->w.nevents;
    if (may_be_clean && !fits_dirty_state(b, &path, clean)) {
        b->w.dead = true;
        return;
    }
    if (tags && !store_tags(b, &path, 3, &uses, bytes, value, many))
        return;
    if (data && !store_data(b, &path, 3, bytes, iso_insn_store_data(insn, &b->w.regs, 0), zero))
        return;
    b->w.retried = false;
    if (!iso_walk_clear_error(b, &path, first) || (path.rest && !iso_walk_clear_error(b, path.rest, first)))
        return;
    iso_walk_writeback(b, insn, &uses, after, path.depend.address, path.depend.pick_address);
    iso_walk_after(b, &path);
}

void iso_walk_async_fault(struct iso_builder *b, uint64_t va, uint64_t pick_flow)
{
    struct iso_walk *w = &b->w;
    const struct iso_machine *machine = b->setup->machine;
    unsigned bit = 1u << (va >> 55 & 1);
    iso_walk_fault(b, ISO_FAULT_TAG_CHECK, false, 0, 0, 0, false);
    if (machine && !(w->regs.x[ISO_REG_TFSR] & bit) &&
        iso_cpu_get(&machine->features, ISO_CPU_ASYNC_REPORT) != ISO_TAG_REPORT_AT_ONCE)
        w->late_tags |= (uint8_t)bit;
    w->regs.x[ISO_REG_TFSR] |= bit;
    w->flow[ISO_REG_TFSR] = 0;
    w->pick_flow[ISO_REG_TFSR] = pick_flow;
}

/* MRS and MSR of the status register. A fault that is late may not show in what MRS reads; MSR may write before it is counted. */
void iso_walk_tag_status(struct iso_builder *b, const struct iso_insn *insn)
{
    struct iso_walk *w = &b->w;
    uint64_t hidden = 0, counted = w->regs.x[ISO_REG_TFSR];
    for (unsigned bit = 1; bit <= 2; bit <<= 1)
        if ((w->late_tags & bit) && iso_walk_choose(b, 2) == 1)
            hidden |= bit;
    if (hidden)
        iso_walk_spurious(w); /* not for ever */
    w->late_tags &= (uint8_t)hidden;
    w->late_at_dsb &= (uint8_t)hidden;
    w->regs.x[ISO_REG_TFSR] = counted & ~hidden;
    iso_insn_compute(&w->regs, insn, 0, 0);
    w->regs.x[ISO_REG_TFSR] |= hidden;
}

/* DSB completes what came before it, and a context synchronisation event shows that (NULL: an exception's entry; SCTLR_EL1.ITFSB is set, as Linux has it). */
void iso_walk_tag_barrier(struct iso_walk *w, const struct iso_insn *insn)
{
    if (!insn)
        w->late_at_dsb = w->late_tags;
    else if (insn->barrier == ISO_BARRIER_DSB && insn->types == ISO_BARRIER_SY)
        w->late_at_dsb |= w->late_tags;
    if (!insn || insn->barrier == ISO_BARRIER_ISB) {
        w->late_tags &= (uint8_t)~w->late_at_dsb;
        w->late_at_dsb = 0;
    }
}
