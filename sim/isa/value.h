/* Concrete values and their symbolic notation: the address map of a test, colours, and how a value prints.
 * Every symbol has a virtual page, a frame, a descriptor; every thread has code; the ranges are disjoint and far from small
 * numbers, so that a 64-bit value tells by itself whether it is x, x:red+8, PTE(x), PA(x), a descriptor or a label.
 * Not for: what a descriptor means to an access (models/translate.h), reading text (litmus.h).
 * Not modelled: Morello capabilities, pointer authentication.
 * Source: facts/oracle.md section 3 (notation), Arm ARM D8.8 (TBI, logical address tags 59:56). */
#ifndef ISOTIER_SIM_ISA_VALUE_H
#define ISOTIER_SIM_ISA_VALUE_H

#include "sim/isa/litmus.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Address map. Page i: virtual ISO_MAP_VIRTUAL + i*ISO_MAP_STRIDE, frame ISO_MAP_FRAME + i*ISO_MAP_STRIDE; its descriptor in a
 * 64-byte slot of its own. A page i+k that Layout= puts k pages behind page i: virtual k*ISO_PAGE_BYTES behind it, all else as any page. Thread i: code at ISO_MAP_CODE + i*ISO_MAP_CODE_STRIDE. */
#define ISO_MAP_VIRTUAL          0x00007a005a100000u
#define ISO_MAP_FRAME            0x000000915a500000u
#define ISO_MAP_STRIDE           0x10000u
#define ISO_MAP_DESCRIPTOR       0x00007c005c100000u
#define ISO_MAP_DESCRIPTOR2      0x00007d005d100000u /* descriptors of the descriptors' pages, PTE(PTE(x)) */
#define ISO_MAP_DESCRIPTOR_FRAME 0x000000935c100000u /* frames of the descriptors' pages, oa:PTE(x) */
#define ISO_MAP_SLOT             64u
#define ISO_LAYOUT_BYTES         (4 * ISO_PAGE_BYTES) /* one Layout= line: pages that follow each other in a stride */
#define ISO_MAP_CODE             0x00007e005e100000u
#define ISO_MAP_CODE_STRIDE      0x100000u
#define ISO_MAP_CODE_FRAME       0x000000955e100000u /* frames of code pages */
#define ISO_MAP_STAGE2           0x00007f005f100000u /* what stands for intermediate pages: no address of any program */

/* PAR_EL1 of a translation that fails: F, and bit 11, which is RES1 then (Arm ARM D24.2); of its status nothing is modelled. So it is no small number. */
#define ISO_PAR_FAULT UINT64_C(0x801)

/* Colours. The default colour is green, tag 0; eight have names of their own, a test may name eight more. */
enum { ISO_COLOURS_KNOWN = 8, ISO_COLOURS = 16 };
extern const char *const iso_colour_names[ISO_COLOURS_KNOWN];

/* An address with an explicit colour carries this bit of the ignored top nibble (TBI), so that `x` and `x:green` stay distinct in
 * print while their tags compare equal. LDG and IRG results are coloured: see iso_address_mark(). */
#define ISO_ADDRESS_COLOURED (UINT64_C(1) << 60)

static inline uint64_t iso_address_strip(uint64_t address) /* tag and marker off */
{
    return address & UINT64_C(0x00ffffffffffffff);
}
static inline unsigned iso_address_tag(uint64_t address)
{
    return (unsigned)(address >> 56) & 15u;
}
static inline uint64_t iso_address_with_tag(uint64_t address, unsigned tag) /* explicitly coloured */
{
    return iso_address_strip(address) | (uint64_t)(tag & 15u) << 56 | ISO_ADDRESS_COLOURED;
}
/* The result of LDG, IRG, ADDG or SUBG on a program address as the oracle shows it: with its colour, green too. Other values unchanged. */
static inline uint64_t iso_address_mark(uint64_t value)
{
    uint64_t bare = iso_address_strip(value);
    bool is_program = bare >= ISO_MAP_VIRTUAL && bare < ISO_MAP_VIRTUAL + ISO_MAP_STRIDE * 4096u;
    return is_program ? value | ISO_ADDRESS_COLOURED : value;
}

/* What a value stands for. */
enum iso_symbol_kind {
    ISO_SYMBOL_NUMBER,
    ISO_SYMBOL_ADDRESS,             /* location and offset, maybe coloured */
    ISO_SYMBOL_DESCRIPTOR_ADDRESS,  /* PTE(x)+offset */
    ISO_SYMBOL_DESCRIPTOR2_ADDRESS, /* PTE(PTE(x)) */
    ISO_SYMBOL_FRAME,               /* PA(x)+offset */
    ISO_SYMBOL_DESCRIPTOR,          /* (oa:PA(x),...) */
    ISO_SYMBOL_LABEL                /* code address */
};
struct iso_symbol {
    uint8_t kind;  /* enum iso_symbol_kind */
    bool coloured; /* ADDRESS: the colour shows */
    uint8_t tag;
    bool frame_is_descriptor; /* FRAME, DESCRIPTOR: of PTE(x), not of x */
    uint32_t index;           /* ADDRESS: location; PTE, FRAME, DESCRIPTOR: page; LABEL: thread */
    int64_t offset;           /* bytes from it; LABEL: instruction index */
};
/* Takes a 64-bit value apart. Total; kind NUMBER if nothing of the test's map fits. */
void iso_symbol_of(struct iso_symbol *out, const struct iso_test *test, uint64_t value);

/* Whether a condition holds two values equal at a place of this type: numbers in the type's bits, symbols as a whole, descriptors by field. */
bool iso_value_equal(const struct iso_test *test, uint8_t type, struct iso_bytes16 a, struct iso_bytes16 b);

/* Bits of a number of this type: 8, 16, 32, 64 or 128. */
unsigned iso_type_bits(uint8_t type);
bool iso_type_is_signed(uint8_t type);
const char *iso_type_name(uint8_t type); /* "int", "uint64_t", ... */

/* Name of a colour in this test ("red"; "tag12" if the test names none), and the tag of a name: 0..15, or -1 if the test has no such colour. */
const char *iso_colour_name(const struct iso_test *test, unsigned tag);

#ifdef __cplusplus
}
#endif
#endif
