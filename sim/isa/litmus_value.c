/* Values of a litmus file become 64- or 128-bit numbers: addresses, colours, descriptors, labels, instruction words.
 * Not for: printing (value.c). Source: Arm ARM D8.3 (descriptors, through models/translate.h), MAIR_EL1. */
#include "models/translate.h"
#include "sim/isa/litmus_build.h"

static int shown(size_t size)
{
    return size > 40 ? 40 : (int)size;
}

/* ---- descriptors -------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    uint8_t byte;
} devices[] = {{"Device-nGnRnE", 0x00}, {"Device-nGnRE", 0x04}, {"Device-nGRE", 0x08}, {"Device-GRE", 0x0c}};

/* What an attribute word says: one of shareability, inner and outer nibble, tagged. */
static const struct {
    const char *name;
    char part; /* s, i, o, t, n (nothing) */
    uint8_t value;
} attributes[] = {
    {"NSH", 's', 0},   {"Non-shareable", 's', 0},         {"ISH", 's', 3},    {"Inner-shareable", 's', 3},
    {"OSH", 's', 2},   {"Outer-shareable", 's', 2},       {"iWB", 'i', 0xf},  {"Inner-write-back", 'i', 0xf},
    {"iWT", 'i', 0xb}, {"Inner-write-through", 'i', 0xb}, {"iNC", 'i', 4},    {"Inner-non-cacheable", 'i', 4},
    {"oWB", 'o', 0xf}, {"Outer-write-back", 'o', 0xf},    {"oWT", 'o', 0xb},  {"Outer-write-through", 'o', 0xb},
    {"oNC", 'o', 4},   {"Outer-non-cacheable", 'o', 4},   {"Normal", 'n', 0}, {"TaggedNormal", 't', 0},
};

/* MAIR byte and SH of a list of attributes. */
static bool read_attributes(struct iso_build *build, uint8_t *mair, uint8_t *sh, const struct iso_ast_value *value)
{
    uint8_t inner = 0xf, outer = 0xf;
    bool tagged = false, seen[3] = {false, false, false};

    for (uint32_t i = 0; i < value->nattrs; i++) {
        struct iso_span word = value->attrs[i];
        size_t k = 0;
        for (size_t d = 0; d < sizeof devices / sizeof devices[0]; d++)
            if (iso_span_is(word, devices[d].name)) {
                bool no_xs = value->nattrs == 2 && iso_span_is(value->attrs[1 - i % 2], "nXS");
                if (value->nattrs > 1 && !no_xs) {
                    iso_reader_error(build->reader, word.line, word.column,
                                     "%s stands with other attributes, expected it alone or with nXS", devices[d].name);
                    return false;
                }
                *mair = (uint8_t)(devices[d].byte | no_xs); /* FEAT_XS: 0b0000dd01 has XS=0 */
                return true;
            }
        while (k < sizeof attributes / sizeof attributes[0] && !iso_span_is(word, attributes[k].name))
            k++;
        if (k == sizeof attributes / sizeof attributes[0]) {
            iso_reader_error(build->reader, word.line, word.column,
                             "memory attribute '%.*s', expected Device-*, Normal, TaggedNormal, NSH, ISH, OSH, iWB, "
                             "iWT, iNC, oWB, oWT or oNC",
                             shown(word.size), word.text);
            return false;
        }
        char part = attributes[k].part;
        int which = part == 's' ? 0 : part == 'i' ? 1 : part == 'o' ? 2 : -1;
        if (which >= 0 && seen[which]) {
            iso_reader_error(build->reader, word.line, word.column, "'%.*s' contradicts an earlier attribute",
                             shown(word.size), word.text);
            return false;
        }
        if (which >= 0)
            seen[which] = true;
        if (part == 's')
            *sh = attributes[k].value;
        else if (part == 'i')
            inner = attributes[k].value;
        else if (part == 'o')
            outer = attributes[k].value;
        else if (part == 't')
            tagged = true;
    }
    *mair = (uint8_t)(tagged ? 0xf0 : outer << 4 | inner);
    return true;
}

static bool mair_index(struct iso_build *build, uint8_t *index, uint8_t byte, const struct iso_ast_value *value)
{
    for (uint32_t i = build->test->mair[0] == 0xff ? 0 : 1; i < build->nmair;
         i++) /* 0: what pages have that say nothing */
        if (build->test->mair[i] == byte) {
            *index = (uint8_t)i;
            return true;
        }
    if (build->nmair >= 8) {
        iso_reader_error(build->reader, value->line, value->column,
                         "more than 8 memory types in one test, expected what MAIR_EL1 holds");
        return false;
    }
    *index = (uint8_t)build->nmair;
    build->test->mair[build->nmair++] = byte;
    return true;
}

static uint64_t table_frame(uint32_t page)
{
    return ISO_MAP_DESCRIPTOR_FRAME + (uint64_t)page * ISO_MAP_STRIDE;
}

/* Physical address that an oa: names. */
static bool output_address(struct iso_build *build, uint64_t *out, const struct iso_ast_value *value)
{
    int32_t page;

    if (value->oa_is_label) {
        page = iso_build_code_page(build, value->thread, value->name, value->line, value->column);
    } else {
        int32_t symbol = iso_build_symbol_find(build, value->name);
        page = symbol < 0 ? -1 : (int32_t)build->symbol[symbol].page;
    }
    if (page < 0)
        return false;
    *out = value->oa_is_pte ? table_frame((uint32_t)page) : build->page[page].pa;
    return true;
}

/* A stage-2 descriptor; own: the page that stands for it, -1: none. */
static bool stage2_descriptor(struct iso_build *build, uint64_t *out, const struct iso_ast_value *value, int32_t own)
{
    struct iso_s2pte pte = {.valid = true,
                            .af = true,
                            .read = true,
                            .write = true,
                            .memattr = iso_s2pte_as_stage1(build->ast->variant.fwb),
                            .sh = 3,
                            .oa = own < 0                     ? 0
                                  : build->page[own].is_table ? table_frame(build->page[own].base)
                                                              : build->page[build->page[own].base].pa};
    bool *flag[ISO_FIELD_COUNT] = {&pte.valid, &pte.af, &pte.write, &pte.dbm, NULL, &pte.xn, &pte.read};

    for (unsigned i = 0; i < ISO_FIELD_COUNT; i++)
        if (value->fields & 1u << i && flag[i])
            *flag[i] = i == ISO_FIELD_X ? !value->field[i] : value->field[i];
    if (value->nattrs || value->fields & 1u << ISO_FIELD_EL0) {
        iso_reader_error(build->reader, value->line, value->column,
                         "a stage-2 descriptor with %s, expected oa, valid, af, r, db, dbm, x or memattr",
                         value->nattrs ? "attrs" : "el0");
        return false;
    }
    if (value->has_memattr)
        pte.memattr = value->memattr;
    if (value->has_oa && !output_address(build, &pte.oa, value))
        return false;
    if (own >= 0 && build->page[own].is_table && pte.oa != table_frame(build->page[own].base)) {
        iso_reader_error(build->reader, value->line, value->column,
                         "another frame for the memory of PTE(%s), expected oa:PTE(%s): tables do not move",
                         build->page[own].name, build->page[own].name);
        return false;
    }
    *out = iso_s2pte_encode(&pte);
    return true;
}

bool iso_build_descriptor(struct iso_build *build, uint64_t *out, const struct iso_ast_value *value, int32_t own_page,
                          bool own_is_pte)
{
    struct iso_pte pte = {.valid = true, .af = true, .db = true, .el0 = true, .sh = 3};
    uint8_t byte = 0xff;

    if (value && (value->is_stage2 || (own_page >= 0 && build->page[own_page].is_stage2)))
        return stage2_descriptor(build, out, value, own_page >= 0 && build->page[own_page].is_stage2 ? own_page : -1);
    if (value && (value->has_memattr || value->fields & 1u << ISO_FIELD_R)) {
        iso_reader_error(build->reader, value->line, value->column,
                         "%s in a stage-1 descriptor, expected it in S2PTE(x) or S2(..)",
                         value->has_memattr ? "memattr" : "r");
        return false;
    }
    if (value) {
        bool *flag[ISO_FIELD_COUNT] = {&pte.valid, &pte.af, &pte.db, &pte.dbm, &pte.el0, &pte.xn, NULL};
        for (unsigned i = 0; i < ISO_FIELD_COUNT; i++)
            if (value->fields & 1u << i && flag[i])
                *flag[i] = i == ISO_FIELD_X ? !value->field[i] : value->field[i];
        pte.pxn = pte.xn; /* x:0: at no level */
        if (value->nattrs &&
            (!read_attributes(build, &byte, &pte.sh, value) || !mair_index(build, &pte.attr, byte, value)))
            return false;
    }
    if (value && value->has_oa) {
        if (!output_address(build, &pte.oa, value))
            return false;
    } else if (own_page >= 0) {
        pte.oa = own_is_pte ? ISO_MAP_DESCRIPTOR_FRAME + (uint64_t)own_page * ISO_MAP_STRIDE : build->page[own_page].pa;
    }
    *out = iso_pte_encode(&pte);
    return true;
}

/* ---- values ------------------------------------------------------------------------------------------------- */

static bool element_address(struct iso_build *build, uint64_t *out, const struct iso_ast_value *value)
{
    int32_t symbol = iso_build_symbol_find(build, value->name);
    const struct iso_location *location = &build->location[build->symbol[symbol].location];
    uint64_t index = value->number.lo;

    if (location->is_array) {
        if (index >= location->count) {
            iso_reader_error(build->reader, value->line, value->column,
                             "%s[%llu] is out of bounds, expected an index below %u", location->name,
                             (unsigned long long)index, location->count);
            return false;
        }
        index *= location->element_bytes;
    } else if (index >= ISO_PAGE_BYTES) {
        iso_reader_error(build->reader, value->line, value->column, "%s[%llu] is out of bounds: %s is no array",
                         location->name, (unsigned long long)index, location->name);
        return false;
    }
    *out = location->va + index;
    return true;
}

bool iso_build_value(struct iso_build *build, struct iso_bytes16 *out, const struct iso_ast_value *value,
                     int32_t own_page)
{
    int32_t symbol;
    int tag;
    uint32_t word;

    *out = (struct iso_bytes16){0, 0};
    switch (value->kind) {
    case ISO_AST_NUMBER:
        *out = value->number;
        return true;
    case ISO_AST_SYMBOL:
        symbol = iso_build_symbol_find(build, value->name);
        out->lo = iso_build_va(build, symbol) + (uint64_t)value->offset;
        if (value->colour.size) {
            tag = iso_build_colour(build, value->colour);
            if (tag < 0)
                return false;
            out->lo = iso_address_with_tag(out->lo, (unsigned)tag);
        }
        return true;
    case ISO_AST_ELEMENT:
        return element_address(build, &out->lo, value);
    case ISO_AST_PTE:
    case ISO_AST_PTE2:
    case ISO_AST_PA:
        if (value->oa_is_label) {
            own_page = iso_build_code_page(build, value->thread, value->name, value->line, value->column);
            out->lo = own_page < 0 ? 0 : build->page[own_page].descriptor_va;
            return own_page >= 0;
        }
        symbol = iso_build_symbol_find(build, value->name);
        word = build->symbol[symbol].page;
        out->lo = value->kind == ISO_AST_PTE    ? build->page[word].descriptor_va
                  : value->of_table             ? table_frame(word)
                  : value->kind == ISO_AST_PTE2 ? ISO_MAP_DESCRIPTOR2 + (uint64_t)word * ISO_MAP_SLOT
                                                : build->page[word].pa + build->symbol[symbol].offset;
        out->lo += (uint64_t)value->offset;
        return true;
    case ISO_AST_S2PTE:
        symbol = iso_build_symbol_find(build, value->name);
        own_page =
            iso_build_stage2_page(build, build->symbol[symbol].page, value->of_table, value->line, value->column);
        if (own_page < 0)
            return false;
        out->lo = build->page[own_page].descriptor_va + (uint64_t)value->offset;
        return true;
    case ISO_AST_TAG_ADDRESS:
        iso_reader_error(build->reader, value->line, value->column,
                         "the address of a tag is no value, expected for example [tag(x)]=:red");
        return false;
    case ISO_AST_COLOUR:
        tag = iso_build_colour(build, value->colour);
        out->lo = (unsigned)tag & 15u;
        return tag >= 0;
    case ISO_AST_COLOUR_SET:
        for (uint32_t i = 0; i < value->nitems; i++) {
            tag = iso_build_colour(build, value->item[i].colour);
            if (tag < 0)
                return false;
            out->lo |= UINT64_C(1) << tag;
        }
        return true;
    case ISO_AST_LABEL:
        return iso_build_label(build, &out->lo, value->thread, value->name, value->line, value->column);
    case ISO_AST_INSTRUCTION:
        if (!iso_build_instruction(build, &word, value->name))
            return false;
        out->lo = word;
        return true;
    case ISO_AST_DESCRIPTOR:
        return iso_build_descriptor(build, &out->lo, value, own_page, false);
    case ISO_AST_PAR:
        out->lo = value->par_f ? ISO_PAR_FAULT : 0;
        return !value->has_oa || output_address(build, &out->lo, value);
    case ISO_AST_LIST:
        iso_reader_error(build->reader, value->line, value->column, "a list of values, expected one value");
        return false;
    }
    return false;
}
