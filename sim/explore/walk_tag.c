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
    struct iso_path_request request = {.va = iso_insn_address(&after, insn, &b->w.regs), .size = ISO_GRANULE_BYTES};
    bool many = !strcmp(insn->mnemonic, "LDGM");
    unsigned count = many ? BITMAP_BYTES / ISO_GRANULE_BYTES : 1;
    uint64_t old, flow = 0, picks = 0;
    iso_insn_uses(&uses, insn);
    old = iso_walk_flow(b->w.flow, uses.data);
    if (iso_walk_path(b, &path, insn, &uses, &request, &(uint8_t){ISO_FAULT_NONE}) != ISO_PATH_OK)
        return;
    for (unsigned k = 0; k < count; k++) {
        struct iso_bytes16 tag;
        int i = iso_walk_read(b, &path, iso_loc_of_tag(path.loc + k * ISO_GRANULE_BYTES), 1, 0, old, 0, &tag);
        if (i < 0)
            return;
        b->build[i].depend.pick_flow |= iso_walk_flow(b->w.pick_flow, uses.data);
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

static bool store_tags(struct iso_builder *b, const struct iso_path *path, const struct iso_insn_uses *uses, unsigned bytes, uint64_t tags, bool many)
{
    struct iso_depend extra = {.data = iso_walk_flow(b->w.flow, uses->data), .pick_data = iso_walk_flow(b->w.pick_flow, uses->data)};
    for (unsigned k = 0; k < bytes / ISO_GRANULE_BYTES; k++) {
        struct iso_bytes16 tag = {many ? tags >> (4 * k) & 15 : tags, 0};
        if (iso_walk_write(b, path, iso_loc_of_tag(path->loc + k * ISO_GRANULE_BYTES), 1, 0, extra, -1, tag) < 0)
            return false;
    }
    return true;
}

static bool store_data(struct iso_builder *b, const struct iso_path *path, unsigned bytes, struct iso_bytes16 data, struct iso_depend extra)
{
    uint64_t loc = path->loc & ~(uint64_t)(ISO_GRANULE_BYTES - 1);
    for (unsigned k = 0; k < bytes / ISO_GRANULE_BYTES; k++)
        if (iso_walk_write(b, path, loc + k * ISO_GRANULE_BYTES, ISO_GRANULE_BYTES, 0, extra, -1, data) < 0)
            return false;
    return true;
}

void iso_walk_tag(struct iso_builder *b, const struct iso_insn *insn)
{
    struct iso_insn_uses uses;
    struct iso_path path;
    uint64_t after;
    struct iso_path_request request = {.va = iso_insn_address(&after, insn, &b->w.regs), .write = true, .update_db = true, .size = ISO_GRANULE_BYTES};
    struct iso_depend zero = {0};
    bool tags = true, data = false, many = false;
    unsigned bytes = insn->size;
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
    if (iso_walk_path(b, &path, insn, &uses, &request, &(uint8_t){ISO_FAULT_NONE}) != ISO_PATH_OK)
        return;
    if (tags && !store_tags(b, &path, &uses, bytes, value, many))
        return;
    if (data && !store_data(b, &path, bytes, iso_insn_store_data(insn, &b->w.regs, 0), zero))
        return;
    iso_walk_writeback(b, insn, &uses, after, path.depend.address, path.depend.pick_address);
    b->w.pc++;
}
