/* Names of a litmus file become pages and locations: one page a name, or as Layout= says.
 * Addresses follow the map of value.h. Not for: values (litmus_value.c). */
#include "models/translate.h"
#include "sim/isa/litmus_build.h"

#include <string.h>

static uint32_t hash(struct iso_span name)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < name.size; i++)
        h = (h ^ (unsigned char)name.text[i]) * 16777619u;
    return (h ^ h >> 15) % ISO_SYMBOL_BUCKETS;
}

int32_t iso_build_symbol_find(const struct iso_build *build, struct iso_span name)
{
    for (int32_t i = build->bucket[hash(name)]; i >= 0; i = build->symbol[i].next)
        if (iso_span_equal(build->symbol[i].name, name))
            return i;
    return -1;
}

int32_t iso_build_symbol_of(struct iso_build *build, struct iso_span name)
{
    int32_t found = iso_build_symbol_find(build, name);

    if (found >= 0)
        return found;
    if (build->all_named) {
        iso_reader_error(build->reader, name.line, name.column,
                         "unknown location '%.*s', expected one of the init section or of locations [..]",
                         name.size > 40 ? 40 : (int)name.size, name.text);
        return -1;
    }
    if (build->nsymbols >= ISO_LITMUS_MAX_ITEMS) {
        iso_reader_error(build->reader, name.line, name.column, "more than %u locations", ISO_LITMUS_MAX_ITEMS);
        return -1;
    }
    if (name.size > 256) {
        iso_reader_error(build->reader, name.line, name.column, "a name of more than 256 bytes");
        return -1;
    }
    uint32_t h = hash(name);
    build->symbol = iso_arena_grow(build->reader->arena, build->symbol, build->nsymbols, &build->symbol_capacity,
                                   sizeof *build->symbol);
    build->symbol[build->nsymbols] = (struct iso_build_symbol){.name = name, .next = build->bucket[h]};
    build->bucket[h] = (int32_t)build->nsymbols;
    return (int32_t)build->nsymbols++;
}

static bool collect_value(struct iso_build *build, const struct iso_ast_value *value)
{
    switch (value->kind) {
    case ISO_AST_SYMBOL:
    case ISO_AST_ELEMENT:
    case ISO_AST_PTE:
    case ISO_AST_PTE2:
    case ISO_AST_S2PTE:
    case ISO_AST_PA:
    case ISO_AST_TAG_ADDRESS:
        return value->oa_is_label || iso_build_symbol_of(build, value->name) >= 0;
    case ISO_AST_DESCRIPTOR:
    case ISO_AST_PAR:
        return !value->has_oa || value->oa_is_label || iso_build_symbol_of(build, value->name) >= 0;
    case ISO_AST_LIST:
        for (uint32_t i = 0; i < value->nitems; i++)
            if (!collect_value(build, &value->item[i]))
                return false;
        return true;
    case ISO_AST_NUMBER:
    case ISO_AST_COLOUR:
    case ISO_AST_COLOUR_SET:
    case ISO_AST_LABEL:
    case ISO_AST_INSTRUCTION:
        return true;
    }
    return true;
}

static bool collect_place(struct iso_build *build, const struct iso_ast_place *place)
{
    bool is_register = place->kind == ISO_PLACE_REGISTER || place->kind == ISO_PLACE_SYMBOLIC;

    return is_register || place->pte_of_label || iso_build_symbol_of(build, place->name) >= 0;
}

static bool collect_prop(struct iso_build *build, const struct iso_ast_prop *prop)
{
    if (!prop)
        return true;
    switch ((enum iso_prop_kind)prop->kind) {
    case ISO_PROP_EQ:
    case ISO_PROP_NE:
        return collect_place(build, &prop->place) && collect_value(build, &prop->value);
    case ISO_PROP_EQ_OBSERVABLE:
        return collect_place(build, &prop->place) && collect_place(build, &prop->place2);
    case ISO_PROP_FAULT:
        return !prop->fault.has_address || iso_build_symbol_of(build, prop->fault.address) >= 0;
    case ISO_PROP_TRUE:
    case ISO_PROP_FALSE:
        return true;
    case ISO_PROP_NOT:
    case ISO_PROP_AND:
    case ISO_PROP_OR:
    case ISO_PROP_IMPLIES:
        return collect_prop(build, prop->a) && collect_prop(build, prop->b);
    }
    return true;
}

/* A second item about the same thing. */
static void claim(struct iso_build *build, const struct iso_ast_init **slot, const struct iso_ast_init *item)
{
    if (*slot && ((*slot)->has_value || (*slot)->typed) && (item->has_value || item->typed))
        iso_reader_error(
            build->reader, item->place.line, item->place.column, "%.*s is initialised twice, first at line %u",
            item->place.name.size > 40 ? 40 : (int)item->place.name.size, item->place.name.text, (*slot)->place.line);
    else if (!*slot || !(*slot)->has_value)
        *slot = item;
}

static bool collect_init(struct iso_build *build)
{
    for (uint32_t i = 0; i < build->ast->ninit; i++) {
        const struct iso_ast_init *item = &build->ast->init[i];
        bool names_none = item->place.kind == ISO_PLACE_REGISTER || item->place.kind == ISO_PLACE_SYMBOLIC ||
                          item->place.pte_of_label;
        int32_t index =
            names_none ? 0 : iso_build_symbol_of(build, item->place.name); /* pages stand in order of first mention */
        if (index < 0 || (item->has_value && !collect_value(build, &item->value)))
            return false;
        if (names_none)
            continue;
        struct iso_build_symbol *symbol = &build->symbol[index];
        switch (item->place.kind) {
        case ISO_PLACE_LOCATION:
            claim(build, &symbol->declaration, item);
            break;
        case ISO_PLACE_PTE:
            claim(build, &symbol->descriptor, item);
            break;
        case ISO_PLACE_S2PTE:
            claim(build, item->place.of_table ? &symbol->table : &symbol->stage2, item);
            break;
        case ISO_PLACE_TAG:
            if (item->place.offset) {
                iso_reader_error(build->reader, item->place.line, item->place.column,
                                 "initial tag of a part of a location, expected tag(x): one tag a location");
                return false;
            }
            claim(build, &symbol->tag, item);
            break;
        case ISO_PLACE_PA: /* [PA(x)]=1 is x=1: the frame holds the initial data */
            claim(build, &symbol->declaration, item);
            break;
        case ISO_PLACE_PTE2:
            iso_reader_error(build->reader, item->place.line, item->place.column,
                             "not supported: translation of descriptors (PTE of PTE)");
            return false;
        case ISO_PLACE_REGISTER:
        case ISO_PLACE_SYMBOLIC:
            break;
        }
    }
    return true;
}

static uint32_t element_bytes(uint8_t type)
{
    return iso_type_bits(type) / 8;
}

static bool is_address(const struct iso_ast_value *value)
{
    return value->kind != ISO_AST_NUMBER && value->kind != ISO_AST_COLOUR && value->kind != ISO_AST_COLOUR_SET &&
           value->kind != ISO_AST_INSTRUCTION;
}

/* Fills type, element size and count of a location. */
static void shape(struct iso_location *location, const struct iso_ast_init *declaration)
{
    location->type = ISO_TYPE_INT32;
    location->count = 1;
    location->element_bytes = 4;
    if (!declaration)
        return;
    const struct iso_ast_value *value = &declaration->value;
    location->type = declaration->type;
    location->typed = declaration->typed;
    location->is_array = declaration->is_array;
    location->count = declaration->is_array ? declaration->count : 1;
    location->element_bytes = (uint8_t)element_bytes(declaration->type);
    if (!declaration->has_value || location->is_array)
        return;
    if (!location->typed && is_address(value))
        location->type = value->kind == ISO_AST_DESCRIPTOR ? ISO_TYPE_PTEVAL : ISO_TYPE_POINTER;
    else if (!location->typed && value->kind == ISO_AST_INSTRUCTION)
        location->type = ISO_TYPE_INSTRUCTION;
    bool wide =
        value->kind == ISO_AST_NUMBER && value->number.lo >> 32 && (int64_t)value->number.lo < INT32_MIN + INT64_C(0);
    wide |= value->kind == ISO_AST_NUMBER && (int64_t)value->number.lo >= INT64_C(0x100000000);
    if (location->element_bytes < 8 && (is_address(value) || (wide && !location->typed)))
        location->element_bytes = 8;
}

/* Pages of a Layout= line from `base` on: each begins with some location. */
static bool layout_is_full(struct iso_build *build, uint32_t base, uint32_t npages, const struct iso_span *word)
{
    for (uint32_t page = base; page < npages; page++) {
        bool found = false;
        for (uint32_t i = 0; i < build->nsymbols && !found; i++)
            found = build->symbol[i].placed && build->symbol[i].page == page;
        if (!found) {
            iso_reader_error(build->reader, word->line, word->column,
                             "Layout= leaves a page without a location, expected one in every page from offset 0 on");
            return false;
        }
    }
    return true;
}

/* Layout=: names on one line share a page at the offsets given. An offset of a page or more is in a page that follows: next to the first in virtual memory,
 * with a descriptor, a frame and a place of its own. */
static bool read_layout(struct iso_build *build, uint32_t *npages)
{
    const struct iso_ast_info *layout = &build->ast->layout;
    uint32_t line = 0, base = 0;

    for (uint32_t i = 0; i < layout->nwords; i++) {
        struct iso_span word = layout->word[i], name = word;
        const char *colon = memchr(word.text, ':', word.size);
        uint32_t offset = 0;
        size_t k = colon ? (size_t)(colon - word.text) + 1 : word.size;
        bool good = colon && k < word.size;

        name.size = colon ? (size_t)(colon - word.text) : word.size;
        for (; k < word.size; k++) {
            good = good && word.text[k] >= '0' && word.text[k] <= '9' && offset < ISO_LAYOUT_BYTES;
            offset = good ? offset * 10 + (uint32_t)(word.text[k] - '0') : offset;
        }
        if (!good || offset >= ISO_LAYOUT_BYTES) {
            iso_reader_error(build->reader, word.line, word.column,
                             "'%.*s' in Layout=, expected NAME:OFFSET with an offset below %u",
                             word.size > 40 ? 40 : (int)word.size, word.text, ISO_LAYOUT_BYTES);
            return false;
        }
        int32_t index = iso_build_symbol_find(build, name);
        if (index < 0 || build->symbol[index].placed) {
            iso_reader_error(build->reader, name.line, name.column,
                             index < 0 ? "Layout= names '%.*s', which is no location of the test"
                                       : "Layout= names '%.*s' twice",
                             name.size > 40 ? 40 : (int)name.size, name.text);
            return false;
        }
        if (word.line != line) {
            if (i && !layout_is_full(build, base, *npages, &layout->word[i - 1]))
                return false;
            line = word.line;
            base = *npages;
        }
        build->symbol[index].placed = true;
        build->symbol[index].follows = (uint8_t)(offset / ISO_PAGE_BYTES);
        build->symbol[index].page = base + offset / ISO_PAGE_BYTES;
        build->symbol[index].offset = offset % ISO_PAGE_BYTES;
        if (build->symbol[index].page >= *npages)
            *npages = build->symbol[index].page + 1;
    }
    return !layout->nwords || layout_is_full(build, base, *npages, &layout->word[layout->nwords - 1]);
}

/* Where the page of a location begins: in a stride of its own, or behind the pages that it follows. */
static uint64_t page_va(const struct iso_build_symbol *s)
{
    return ISO_MAP_VIRTUAL + (uint64_t)(s->page - s->follows) * ISO_MAP_STRIDE + (uint64_t)s->follows * ISO_PAGE_BYTES;
}

uint64_t iso_build_va(const struct iso_build *build, int32_t symbol)
{
    const struct iso_build_symbol *s = &build->symbol[symbol];
    return page_va(s) + s->offset;
}

/* Orders symbols by page and offset; indices in order[]. Insertion sort: they come nearly sorted, and there are few. */
static void sort_symbols(const struct iso_build *build, uint32_t *order)
{
    for (uint32_t i = 0; i < build->nsymbols; i++) {
        uint32_t k = i;
        const struct iso_build_symbol *s = &build->symbol[i];
        for (; k; k--) {
            const struct iso_build_symbol *t = &build->symbol[order[k - 1]];
            if (t->page < s->page || (t->page == s->page && t->offset <= s->offset))
                break;
            order[k] = order[k - 1];
        }
        order[k] = i;
    }
}

static bool make_locations(struct iso_build *build, uint32_t npages)
{
    struct iso_reader *reader = build->reader;
    uint32_t *order = iso_arena_alloc(reader->arena, build->nsymbols * sizeof *order);

    sort_symbols(build, order);
    build->page = iso_arena_alloc(reader->arena, ISO_LITMUS_MAX_PAGES * sizeof *build->page);
    build->location = iso_arena_alloc(reader->arena, build->nsymbols * sizeof *build->location);
    build->test->page = build->page;
    build->test->npages = npages;
    build->test->location = build->location;
    build->test->nlocations = build->nsymbols;
    for (uint32_t i = 0; i < build->nsymbols; i++) {
        struct iso_build_symbol *symbol = &build->symbol[order[i]];
        struct iso_location *location = &build->location[i];
        struct iso_page *page = &build->page[symbol->page];

        location->name = iso_span_string(reader, symbol->name);
        location->line = symbol->declaration ? symbol->declaration->place.line : symbol->name.line;
        location->column = symbol->declaration ? symbol->declaration->place.column : symbol->name.column;
        shape(location, symbol->declaration);
        symbol->bytes = location->element_bytes * location->count;
        symbol->location = i;
        location->page = (uint16_t)symbol->page;
        location->va = iso_build_va(build, (int32_t)order[i]);
        if (symbol->offset + symbol->bytes > ISO_PAGE_BYTES) {
            iso_reader_error(reader, location->line, location->column,
                             "%s takes %u bytes at offset %u, expected to fit a page of %u", location->name,
                             symbol->bytes, symbol->offset, ISO_PAGE_BYTES);
            return false;
        }
        if (!page->nlocations++) {
            page->location = i;
            page->name = location->name;
        } else {
            const struct iso_location *before = &build->location[i - 1];
            if (before->va + before->element_bytes * before->count > location->va) {
                iso_reader_error(reader, location->line, location->column, "%s overlaps %s in Layout=", location->name,
                                 before->name);
                return false;
            }
        }
        page->va = page_va(symbol);
        page->pa = ISO_MAP_FRAME + (uint64_t)symbol->page * ISO_MAP_STRIDE;
        page->descriptor_va = ISO_MAP_DESCRIPTOR + (uint64_t)symbol->page * ISO_MAP_SLOT;
    }
    return true;
}

int32_t iso_build_code_page(struct iso_build *build, uint32_t thread, struct iso_span label, uint32_t line,
                            uint32_t column)
{
    uint64_t va;

    if (!iso_build_label(build, &va, thread, label, line, column))
        return -1;
    va &= ~(uint64_t)(ISO_PAGE_BYTES - 1);
    for (uint32_t i = 0; i < build->test->npages; i++)
        if (build->page[i].va == va)
            return (int32_t)i;
    uint32_t index = build->test->npages;
    if (index >= ISO_LITMUS_MAX_PAGES) {
        iso_reader_error(build->reader, line, column, "more than %u pages", ISO_LITMUS_MAX_PAGES);
        return -1;
    }
    size_t size = label.size + 8;
    char *name = iso_arena_alloc(build->reader->arena, size);
    name[0] = 'P';
    size_t at = 1;
    if (thread >= 10)
        name[at++] = (char)('0' + thread / 10);
    name[at++] = (char)('0' + thread % 10);
    name[at++] = ':';
    memcpy(name + at, label.text, label.size);
    build->page[index] = (struct iso_page){.name = name,
                                           .va = va,
                                           .pa = ISO_MAP_CODE_FRAME + (va - ISO_MAP_CODE),
                                           .descriptor_va = ISO_MAP_DESCRIPTOR + (uint64_t)index * ISO_MAP_SLOT,
                                           .location = build->nsymbols};
    build->test->npages++;
    if (!iso_build_descriptor(build, &build->page[index].descriptor, NULL, (int32_t)index, false))
        return -1;
    return (int32_t)index;
}

/* A page that stands for a stage-2 descriptor: of page `base`, or of the memory that its stage-1 descriptor lies in. */
static int32_t descriptor_page(struct iso_build *build, uint32_t base, bool of_table, bool needs_guest, uint32_t line,
                               uint32_t column)
{
    uint32_t index = build->test->npages;
    uint16_t *known = of_table ? &build->page[base].table : &build->page[base].stage2;
    uint64_t frame = of_table ? ISO_MAP_DESCRIPTOR_FRAME + (uint64_t)base * ISO_MAP_STRIDE : build->page[base].pa;
    struct iso_s2pte pte = {.valid = true,
                            .af = true,
                            .read = true,
                            .write = true,
                            .memattr = iso_s2pte_as_stage1(build->ast->variant.fwb),
                            .sh = 3,
                            .oa = frame};

    if (*known)
        return *known - 1;
    if (needs_guest && !build->ast->guest) {
        iso_reader_error(build->reader, line, column,
                         of_table ? "S2PTE(PTE(%s)) in a test without a guest, expected Guest=Pn"
                                  : "S2PTE(%s) in a test without a guest, expected Guest=Pn",
                         build->page[base].name);
        return -1;
    }
    if (index >= ISO_LITMUS_MAX_PAGES) {
        iso_reader_error(build->reader, line, column, "more than %u pages", ISO_LITMUS_MAX_PAGES);
        return -1;
    }
    *known = (uint16_t)(index + 1);
    build->page[index] = (struct iso_page){.name = build->page[base].name,
                                           .va = ISO_MAP_STAGE2 + (uint64_t)index * ISO_MAP_STRIDE,
                                           .pa = ISO_MAP_STAGE2 + (uint64_t)index * ISO_MAP_STRIDE,
                                           .descriptor_va = ISO_MAP_DESCRIPTOR + (uint64_t)index * ISO_MAP_SLOT,
                                           .descriptor = iso_s2pte_encode(&pte),
                                           .location = build->nsymbols,
                                           .is_stage2 = true,
                                           .is_table = of_table,
                                           .base = (uint16_t)base};
    build->test->npages++;
    return (int32_t)index;
}

int32_t iso_build_stage2_page(struct iso_build *build, uint32_t base, bool of_table, uint32_t line, uint32_t column)
{
    return descriptor_page(build, base, of_table, true, line, column);
}

int32_t iso_build_table_page(struct iso_build *build, uint32_t base, uint32_t line, uint32_t column)
{
    return descriptor_page(build, base, true, false, line, column);
}

bool iso_build_symbols(struct iso_build *build)
{
    const struct iso_ast *ast = build->ast;
    uint32_t npages = 0;

    memset(build->bucket, 0xff, sizeof build->bucket);
    if (!collect_init(build))
        return false;
    for (uint32_t i = 0; i < ast->nobserved; i++) {
        const struct iso_ast_observed *item = &ast->observed[i];
        if (item->is_fault ? item->fault.has_address && iso_build_symbol_of(build, item->fault.address) < 0
                           : !collect_place(build, &item->place))
            return false;
    }
    build->all_named = true; /* a slip in a condition would be a location that nothing writes */
    if (!collect_prop(build, ast->filter) || !collect_prop(build, ast->condition))
        return false;
    build->all_named = false;
    if (!read_layout(build, &npages))
        return false;
    for (uint32_t i = 0; i < build->nsymbols; i++)
        if (!build->symbol[i].placed)
            build->symbol[i].page = npages++;
    if (npages > ISO_LITMUS_MAX_PAGES) {
        const struct iso_build_symbol *last = &build->symbol[build->nsymbols - 1];
        iso_reader_error(build->reader, last->name.line, last->name.column,
                         "%u pages, expected at most %u (Layout= puts several locations in one)", npages,
                         ISO_LITMUS_MAX_PAGES);
        return false;
    }
    return make_locations(build, npages);
}
