/* The atomic unit: the arithmetic of every LSE operation, 8 to 128 bits.
 *
 * For: the near atomic unit of a core and the far ones of home node, bridge and device alike.
 * Not for: where and whether an atomic is performed (iso_decide()).
 * Source: Arm ARM C3.2.13, FEAT_LSE, FEAT_LSE128; facts/arm-attributes.md 3.3. Little-endian. */
#ifndef ISO_MODELS_ATOMIC_H
#define ISO_MODELS_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

struct iso_u128 {
    uint64_t lo, hi;
};

/* clang-format off */
#define ISO_ATOMIC_OPS(V)                                                                                              \
    V(ADD, "add") V(CLR, "clr") V(EOR, "eor") V(SET, "set") V(SMAX, "smax") V(SMIN, "smin") V(UMAX, "umax")            \
    V(UMIN, "umin") V(SWP, "swp") V(CAS, "cas")
/* clang-format on */
enum iso_atomic_op {
#define ISO_ATOMIC_ENUM(symbol, name) ISO_ATOMIC_##symbol,
    ISO_ATOMIC_OPS(ISO_ATOMIC_ENUM)
#undef ISO_ATOMIC_ENUM
};
enum { ISO_ATOMIC_OP_COUNT = 10 };

struct iso_atomic_result {
    struct iso_u128 old;    /* what memory held: the loaded value, zero-extended */
    struct iso_u128 stored; /* what memory holds afterwards, zero-extended */
    bool writes;            /* false only for a compare that failed */
};

/* old, operand and compare are taken modulo size_bytes (1, 2, 4, 8, 16); compare counts for CAS only, where operand is
 * the new value. For 16 bytes ADD, SMAX, SMIN, UMAX, UMIN have no instruction and are computed all the same. */
struct iso_atomic_result iso_atomic_apply(enum iso_atomic_op op, unsigned size_bytes, struct iso_u128 old,
                                          struct iso_u128 operand, struct iso_u128 compare);

const char *iso_atomic_op_name(enum iso_atomic_op op);

#endif
