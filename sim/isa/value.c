/* What a value stands for and how it prints: x, x:red+8, PTE(x), PA(x), (oa:PA(x), af:0), label:"P1:L0", instr:"..", numbers.
 * Numbers print by the type of the place, symbols whatever its type, as the herd tools do.
 * Not for: parsing. Source: facts/oracle.md section 7 (states). */
#include "sim/isa/value.h"
#include "models/translate.h"
#include "sim/isa/outcome.h"
#include "sim/isa/text.h"

#include <string.h>

const char *const iso_colour_names[ISO_COLOURS_KNOWN] = {"green", "red",  "blue",   "black",
                                                         "white", "cyan", "yellow", "magenta"};

static const struct {
    const char *name;
    uint8_t bits;
    bool is_signed;
} type_table[] = {
    [ISO_TYPE_INT32] = {"int", 32, true},          [ISO_TYPE_UINT32] = {"uint32_t", 32, false},
    [ISO_TYPE_INT64] = {"int64_t", 64, true},      [ISO_TYPE_UINT64] = {"uint64_t", 64, false},
    [ISO_TYPE_INT16] = {"int16_t", 16, true},      [ISO_TYPE_UINT16] = {"uint16_t", 16, false},
    [ISO_TYPE_INT8] = {"int8_t", 8, true},         [ISO_TYPE_UINT8] = {"uint8_t", 8, false},
    [ISO_TYPE_INT128] = {"int128_t", 128, true},   [ISO_TYPE_UINT128] = {"uint128_t", 128, false},
    [ISO_TYPE_POINTER] = {"uintptr_t", 64, false}, [ISO_TYPE_PTEVAL] = {"pteval_t", 64, false},
    [ISO_TYPE_INSTRUCTION] = {"ins_t", 32, false}, [ISO_TYPE_PAR] = {"parel1_t", 64, false},
};
enum { TYPE_COUNT = sizeof type_table / sizeof type_table[0] };

unsigned iso_type_bits(uint8_t type)
{
    return type < TYPE_COUNT ? type_table[type].bits : 64;
}

bool iso_type_is_signed(uint8_t type)
{
    return type < TYPE_COUNT && type_table[type].is_signed;
}

const char *iso_type_name(uint8_t type)
{
    return type < TYPE_COUNT ? type_table[type].name : "?";
}

const char *iso_colour_name(const struct iso_test *test, unsigned tag)
{
    static const char *const spare[ISO_COLOURS] = {[8] = "tag8", "tag9",  "tag10", "tag11",
                                                   "tag12",      "tag13", "tag14", "tag15"};

    tag &= 15u;
    if (tag < ISO_COLOURS_KNOWN)
        return iso_colour_names[tag];
    return tag - ISO_COLOURS_KNOWN < test->ncolours ? test->colour[tag - ISO_COLOURS_KNOWN] : spare[tag];
}

/* ---- taking apart ------------------------------------------------------------------------------------------- */

#define OA_MASK UINT64_C(0x0000fffffffff000)
#define DESCRIPTOR_MASK                                                                                                \
    (OA_MASK | UINT64_C(0x00680000000007df)) /* the bits a descriptor may have set, UXN, PXN, DBM and bit 1 included */
#define DESCRIPTOR_SIGNS                                                                                               \
    (UINT64_C(0x0068000000000302)) /* bit 1 (pages have it), SH, DBM, PXN or UXN: no PA(x)+offset */
#define DESCRIPTOR_FIELDS (DESCRIPTOR_MASK & ~UINT64_C(2)) /* those that tell two descriptors apart */
#define STAGE2_MASK       (DESCRIPTOR_MASK | UINT64_C(0x0080000000000020))

/* Page of a frame address and whether it is the frame of the page's descriptor; false: no frame of the test. */
static bool frame_of(struct iso_symbol *out, const struct iso_test *test, uint64_t pa)
{
    uint64_t distance = pa - ISO_MAP_DESCRIPTOR_FRAME;

    if (distance / ISO_MAP_STRIDE < test->npages && distance % ISO_MAP_STRIDE < ISO_PAGE_BYTES) {
        out->frame_is_descriptor = true;
        out->index = (uint32_t)(distance / ISO_MAP_STRIDE);
        out->offset = (int64_t)(distance % ISO_MAP_STRIDE);
        return true;
    }
    int page = iso_test_frame_at(test, pa);
    if (page < 0)
        return false;
    out->index = (uint32_t)page;
    out->offset = (int64_t)(pa - test->page[page].pa);
    return true;
}

/* Location and offset of a bare program address; half a stride around each page belongs to it. */
static bool location_of(struct iso_symbol *out, const struct iso_test *test, uint64_t bare)
{
    uint64_t slot = (bare - ISO_MAP_VIRTUAL + ISO_MAP_STRIDE / 4) / ISO_MAP_STRIDE;

    if (bare + ISO_MAP_STRIDE / 4 < ISO_MAP_VIRTUAL || slot >= test->npages || !test->page[slot].nlocations ||
        test->page[slot].va != ISO_MAP_VIRTUAL + slot * ISO_MAP_STRIDE)
        return false;
    const struct iso_page *page = &test->page[slot];
    uint64_t end = page->va + ISO_LAYOUT_BYTES; /* of the pages that follow it */
    out->index = page->location;
    for (uint32_t i = page->location + 1;
         i < test->nlocations && test->location[i].va <= bare && test->location[i].va - page->va < end - page->va; i++)
        out->index = i;
    out->offset = (int64_t)(bare - test->location[out->index].va);
    return true;
}

void iso_symbol_of(struct iso_symbol *out, const struct iso_test *test, uint64_t value)
{
    uint64_t bare = iso_address_strip(value), top = value >> 60;

    *out = (struct iso_symbol){.kind = ISO_SYMBOL_NUMBER};
    if (value < 0x100000000u)
        return;
    if (top <= 1 && location_of(out, test, bare)) {
        out->kind = ISO_SYMBOL_ADDRESS;
        out->tag = (uint8_t)iso_address_tag(value);
        out->coloured = top == 1 || out->tag;
        return;
    }
    if (!(value & ~DESCRIPTOR_MASK) && (value & DESCRIPTOR_SIGNS) && frame_of(out, test, value & OA_MASK)) {
        out->kind = ISO_SYMBOL_DESCRIPTOR;
        return;
    }
    if (iso_s2pte_is(value) && !(value & ~STAGE2_MASK) && (value & 2) && frame_of(out, test, value & OA_MASK)) {
        out->kind = ISO_SYMBOL_DESCRIPTOR;
        return;
    }
    if (value >> 56)
        return;
    if (frame_of(out, test, value)) {
        out->kind = ISO_SYMBOL_FRAME;
        return;
    }
    uint64_t distance = value - ISO_MAP_DESCRIPTOR;
    if (distance / ISO_MAP_SLOT < test->npages) {
        out->kind = ISO_SYMBOL_DESCRIPTOR_ADDRESS;
        out->index = (uint32_t)(distance / ISO_MAP_SLOT);
        out->offset = (int64_t)(distance % ISO_MAP_SLOT);
        return;
    }
    distance = value - ISO_MAP_DESCRIPTOR2;
    if (distance / ISO_MAP_SLOT < test->npages) {
        out->kind = ISO_SYMBOL_DESCRIPTOR2_ADDRESS;
        out->index = (uint32_t)(distance / ISO_MAP_SLOT);
        out->offset = (int64_t)(distance % ISO_MAP_SLOT);
        return;
    }
    distance = value - ISO_MAP_CODE;
    if (distance / ISO_MAP_CODE_STRIDE < test->nthreads && !(value & 3) &&
        distance % ISO_MAP_CODE_STRIDE / 4 <= test->thread[distance / ISO_MAP_CODE_STRIDE].ninsns) {
        out->kind = ISO_SYMBOL_LABEL;
        out->index = (uint32_t)(distance / ISO_MAP_CODE_STRIDE);
        out->offset = (int64_t)(distance % ISO_MAP_CODE_STRIDE / 4);
    }
}

/* ---- equality ----------------------------------------------------------------------------------------------- */

static bool is_par_fault(uint64_t par)
{
    return (par & ISO_PAR_FAULT) == ISO_PAR_FAULT;
}

bool iso_value_equal(const struct iso_test *test, uint8_t type, struct iso_bytes16 a, struct iso_bytes16 b)
{
    unsigned bits = iso_type_bits(type);
    struct iso_symbol symbol;

    if (bits == 128)
        return a.lo == b.lo && a.hi == b.hi;
    if (type == ISO_TYPE_PAR)
        return is_par_fault(a.lo) == is_par_fault(b.lo) && (is_par_fault(a.lo) || !((a.lo ^ b.lo) & (OA_MASK | 1)));
    if (a.lo == b.lo)
        return true;
    if (bits < 64) {
        uint64_t mask = (UINT64_C(1) << bits) - 1;
        if (!((a.lo ^ b.lo) & mask)) { /* numbers compare in their type, symbols as a whole */
            iso_symbol_of(&symbol, test, a.lo);
            if (symbol.kind == ISO_SYMBOL_NUMBER)
                iso_symbol_of(&symbol, test, b.lo);
            return symbol.kind == ISO_SYMBOL_NUMBER;
        }
    }
    if ((a.lo ^ b.lo) & DESCRIPTOR_FIELDS)
        return false;
    iso_symbol_of(&symbol, test, a.lo);
    bool same_kind = symbol.kind == ISO_SYMBOL_DESCRIPTOR;
    iso_symbol_of(&symbol, test, b.lo);
    return same_kind && symbol.kind == ISO_SYMBOL_DESCRIPTOR;
}

/* ---- printing ----------------------------------------------------------------------------------------------- */

static void print_offset(struct iso_text *out, int64_t offset)
{
    if (!offset)
        return;
    iso_text_char(out, '+');
    iso_text_signed(out, offset);
}

/* Behind an address without a colour "-8"; behind all else "+-8". */
static void print_plain_offset(struct iso_text *out, int64_t offset)
{
    if (offset < 0)
        iso_text_signed(out, offset);
    else
        print_offset(out, offset);
}

static void print_number(struct iso_text *out, uint8_t type, struct iso_bytes16 value)
{
    unsigned bits = iso_type_bits(type);
    bool is_signed = iso_type_is_signed(type);

    if (bits == 128) {
        iso_text_wide(out, value, is_signed);
        return;
    }
    uint64_t n = bits == 64 ? value.lo : value.lo & ((UINT64_C(1) << bits) - 1);
    if (is_signed && bits < 64 && n >> (bits - 1))
        n |= ~UINT64_C(0) << bits;
    if (is_signed)
        iso_text_signed(out, (int64_t)n);
    else
        iso_text_unsigned(out, n);
}

static void print_frame(struct iso_text *out, const struct iso_test *test, const struct iso_symbol *symbol)
{
    iso_text_string(out, symbol->frame_is_descriptor ? "PTE(" : "PA(");
    iso_text_string(out, test->page[symbol->index].name);
    iso_text_char(out, ')');
}

static const char *cacheability(unsigned nibble)
{
    return nibble == 0xf ? "WB" : nibble == 0xb ? "WT" : "NC";
}

static void print_attributes(struct iso_text *out, const struct iso_test *test, const struct iso_pte *pte)
{
    static const char *const device[4] = {"Device-nGnRnE", "Device-nGnRE", "Device-nGRE", "Device-GRE"};
    static const char *const shareability[4] = {"NSH", "RES", "OSH", "ISH"};
    uint8_t byte = test->mair[pte->attr & 7];

    iso_text_string(out, ", attrs:(");
    if (byte == 0xf0) {
        iso_text_string(out, "TaggedNormal");
        if (pte->sh != 3) {
            iso_text_char(out, ',');
            iso_text_string(out, shareability[pte->sh & 3]);
        }
    } else if (!(byte & 0xf0)) {
        iso_text_string(out, device[byte >> 2 & 3]);
        if (byte & 1)
            iso_text_string(out, ",nXS");
    } else {
        iso_text_string(out, "Normal,");
        iso_text_string(out, shareability[pte->sh & 3]);
        iso_text_string(out, ",i");
        iso_text_string(out, cacheability(byte & 15));
        iso_text_string(out, ",o");
        iso_text_string(out, cacheability(byte >> 4));
    }
    iso_text_char(out, ')');
}

/* S2(oa:PA(x), db:0, memattr:5) */
static void print_stage2(struct iso_text *out, const struct iso_test *test, uint64_t value,
                         const struct iso_symbol *symbol)
{
    struct iso_s2pte pte;

    iso_s2pte_decode(&pte, value);
    iso_text_string(out, "S2(oa:");
    print_frame(out, test, symbol);
    if (!pte.af)
        iso_text_string(out, ", af:0");
    if (!pte.read)
        iso_text_string(out, ", r:0");
    if (!pte.write)
        iso_text_string(out, ", db:0");
    if (pte.dbm)
        iso_text_string(out, ", dbm:1");
    if (!pte.valid)
        iso_text_string(out, ", valid:0");
    if (pte.xn)
        iso_text_string(out, ", x:0");
    if (pte.memattr != iso_s2pte_as_stage1(test->variant.fwb)) {
        iso_text_string(out, ", memattr:");
        iso_text_unsigned(out, pte.memattr);
    }
    iso_text_char(out, ')');
}

/* Fields print where they differ from the default, in the oracle's order. */
static void print_descriptor(struct iso_text *out, const struct iso_test *test, uint64_t value,
                             const struct iso_symbol *symbol)
{
    struct iso_pte pte;

    iso_pte_decode(&pte, value);
    iso_text_string(out, "(oa:");
    if (symbol->kind == ISO_SYMBOL_DESCRIPTOR)
        print_frame(out, test, symbol);
    else
        iso_text_string(out, "PA()");
    if (!pte.af)
        iso_text_string(out, ", af:0");
    if (!pte.db)
        iso_text_string(out, ", db:0");
    if (pte.dbm)
        iso_text_string(out, ", dbm:1");
    if (!pte.valid)
        iso_text_string(out, ", valid:0");
    if (!pte.el0)
        iso_text_string(out, ", el0:0");
    if (pte.xn)
        iso_text_string(out, ", x:0");
    if (test->mair[pte.attr & 7] != test->mair[0] || pte.sh != 3)
        print_attributes(out, test, &pte);
    iso_text_char(out, ')');
}

static void print_par(struct iso_text *out, const struct iso_test *test, uint64_t value)
{
    struct iso_symbol symbol = {0};

    if (!value) { /* never written */
        iso_text_char(out, '0');
        return;
    }
    if (is_par_fault(value)) {
        iso_text_string(out, "(parel1_t:(f:1))");
        return;
    }
    if (value & 1) { /* nothing that AT gives */
        print_number(out, ISO_TYPE_UINT64, (struct iso_bytes16){value, 0});
        return;
    }
    iso_text_string(out, "(parel1_t:(oa:");
    if (frame_of(&symbol, test, value & OA_MASK))
        print_frame(out, test, &symbol);
    else
        iso_text_string(out, "PA()");
    iso_text_string(out, "))");
}

static void print_label(struct iso_text *out, const struct iso_test *test, const struct iso_symbol *symbol)
{
    iso_text_string(out, "label:\"P");
    iso_text_unsigned(out, test->thread[symbol->index].id);
    iso_text_char(out, ':');
    const char *name = NULL;
    for (uint32_t i = 0; i < test->nlabels && !name; i++)
        if (test->label[i].thread == symbol->index && test->label[i].insn == symbol->offset)
            name = test->label[i].name;
    if (name) {
        iso_text_string(out, name);
    } else { /* no label there */
        iso_text_char(out, '+');
        iso_text_unsigned(out, (uint64_t)symbol->offset * 4);
    }
    iso_text_char(out, '"');
}

/* Whether a number is the word of an instruction; then it has printed. */
static bool print_instruction(struct iso_text *out, const struct iso_test *test, uint64_t value)
{
    if (value < 0x10000 || value >> 32) /* no instruction but UDF */
        return false;
    for (uint32_t i = 0; i < test->ninstructions; i++)
        if (test->instruction[i].word == value) {
            bool nop = value == 0xd503201fu;
            iso_text_string(out, nop ? "" : "instr:\"");
            iso_text_string(out, test->instruction[i].text);
            iso_text_string(out, nop ? "" : "\"");
            return true;
        }
    return false;
}

/* Whether the test brings the value with it that stands for UNKNOWN data: four of its bytes in a register, in memory, or half of them in code. */
static bool has_of_its_own(const struct iso_test *test)
{
    const uint32_t unknown = ISO_UNKNOWN_BYTE * UINT32_C(0x01010101);
    for (uint32_t t = 0; t < test->nthreads; t++) {
        const struct iso_thread *thread = &test->thread[t];
        for (unsigned r = 0; r < ISO_REG_COUNT; r++)
            if ((uint32_t)thread->init.x[r] == unknown)
                return true;
        for (uint32_t i = 0; i < thread->ninsns; i++)
            if ((uint16_t)thread->insn[i].imm == (uint16_t)unknown)
                return true;
    }
    for (uint32_t i = 0; i < test->nlocations; i++) {
        const struct iso_location *l = &test->location[i];
        for (uint32_t k = 0, run = 0; k < l->element_bytes * l->count; k++) {
            run = l->init[k] == ISO_UNKNOWN_BYTE ? run + 1 : 0;
            if (run == 4)
                return true;
        }
    }
    return false;
}

/* UNKNOWN data (CH-18, CH-19, CH-20, CH-61): a number like any other where the test brings it. */
static bool is_unknown(const struct iso_test *test, struct iso_bytes16 value)
{
    const uint64_t unknown = ISO_UNKNOWN_BYTE * UINT64_C(0x0101010101010101);
    return ((value.lo == unknown && (!value.hi || value.hi == unknown)) ||
            (value.lo == (uint32_t)unknown && !value.hi)) &&
           !has_of_its_own(test);
}

void iso_value_print(struct iso_text *out, const struct iso_test *test, uint8_t type, struct iso_bytes16 value)
{
    struct iso_symbol symbol;

    if (is_unknown(test, value)) {
        iso_text_string(out, "UNKNOWN");
        return;
    }
    if (type == ISO_TYPE_PAR) {
        print_par(out, test, value.lo);
        return;
    }
    iso_symbol_of(&symbol, test, value.lo);
    if (value.hi && iso_type_bits(type) == 128)
        symbol.kind = ISO_SYMBOL_NUMBER;
    switch ((enum iso_symbol_kind)symbol.kind) {
    case ISO_SYMBOL_NUMBER:
        if (print_instruction(out, test, value.lo))
            return;
        if (type == ISO_TYPE_PTEVAL && !(value.lo & OA_MASK) && (value.lo & 0x300) && !(value.lo & ~DESCRIPTOR_MASK))
            print_descriptor(out, test, value.lo, &symbol); /* an output address that the test left out */
        else
            print_number(out, type, value);
        return;
    case ISO_SYMBOL_ADDRESS:
        iso_text_string(out, test->location[symbol.index].name);
        if (symbol.coloured) {
            iso_text_char(out, ':');
            iso_text_string(out, iso_colour_name(test, symbol.tag));
            print_offset(out, symbol.offset);
        } else {
            print_plain_offset(out, symbol.offset);
        }
        return;
    case ISO_SYMBOL_DESCRIPTOR_ADDRESS:
        iso_text_string(out, test->page[symbol.index].is_table    ? "S2PTE(PTE("
                             : test->page[symbol.index].is_stage2 ? "S2PTE("
                                                                  : "PTE(");
        iso_text_string(out, test->page[symbol.index].name);
        iso_text_string(out, test->page[symbol.index].is_table ? "))" : ")");
        print_offset(out, symbol.offset);
        return;
    case ISO_SYMBOL_DESCRIPTOR2_ADDRESS:
        iso_text_string(out, "PTE(PTE(");
        iso_text_string(out, test->page[symbol.index].name);
        iso_text_string(out, "))");
        print_offset(out, symbol.offset);
        return;
    case ISO_SYMBOL_FRAME:
        iso_text_string(out, symbol.frame_is_descriptor ? "PA(" : "");
        print_frame(out, test, &symbol);
        iso_text_string(out, symbol.frame_is_descriptor ? ")" : "");
        print_offset(out, symbol.offset);
        return;
    case ISO_SYMBOL_DESCRIPTOR:
        if (iso_s2pte_is(value.lo))
            print_stage2(out, test, value.lo, &symbol);
        else
            print_descriptor(out, test, value.lo, &symbol);
        return;
    case ISO_SYMBOL_LABEL:
        print_label(out, test, &symbol);
        return;
    }
}

size_t iso_value_text(char *out, size_t size, const struct iso_test *test, uint8_t type, uint8_t bytes,
                      struct iso_bytes16 value)
{
    struct iso_text text;

    if (bytes < 8) /* what the place can hold */
        value = (struct iso_bytes16){value.lo & ((UINT64_C(1) << 8 * bytes) - 1), 0};
    iso_text_start(&text, out, size);
    iso_value_print(&text, test, type, value);
    return iso_text_end(&text);
}
